"""One figure everywhere, with its year; sums that add up; no column without a cell; every chart with its table and its CSV."""

import base64
import csv
import io
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from withless.report import sentences
from withless.report.charts.svg import ticks
from withless.report.content import Result
from withless.report.page import render
from withless.report.page.pictures import areas, axis, bridge, groups, people, pound, years
from withless.report.terminal import summary
from withless.report.words import change

Json = dict[str, Any]


@pytest.fixture(scope="module")
def result(northshire_content: Json) -> Result:
    return Result.model_validate(northshire_content)


@pytest.fixture(scope="module")
def page(result: Result) -> str:
    return render(result)


class Tables(HTMLParser):
    """The cells of every table, and the text outside pictures."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self.open, self.drawn = False, 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.drawn += tag == "svg"
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")
            self.open = True

    def handle_endtag(self, tag: str) -> None:
        self.drawn -= tag == "svg"
        if tag in ("td", "th"):
            self.open = False

    def handle_data(self, data: str) -> None:
        if self.open and not self.drawn:
            self.tables[-1][-1][-1] += data.strip()


def test_whom_a_service_loses_is_one_figure_on_the_page_and_in_the_terminal(result: Result, page: str) -> None:
    short, full = summary(result), " ".join(summary(result, full=True).split())
    for s in sentences.changing(result):
        if not s.in_verdict or not s.served.change.mean:
            continue
        said = change(s.served.change, s.people)
        assert page.count(said) >= 1
        assert said.partition(" (")[0] in short
        assert said in full
    assert f"Who loses what in {result.year}" in page


def test_every_number_of_a_card_says_its_year(result: Result, page: str) -> None:
    for label in re.findall(r"<dt>(.*?)</dt>", page):
        assert result.year in label


def test_the_bridge_leads_from_the_plan_to_what_is_saved(result: Result) -> None:
    b = result.money.bridge
    assert b.in_plan == pytest.approx(sum(m.booked_saving or 0.0 for m in result.measures))
    assert b.in_plan - b.phased == pytest.approx(b.booked)
    taken = b.raised.mean + b.drawn.mean + b.not_delivered.mean + b.not_modelled.mean
    assert b.booked - taken == pytest.approx(b.saved.mean)
    assert b.saved == result.money.judged
    labels = [row[0] for row in bridge(result).rows]
    assert labels[0] == "In the plan, at full effect"
    assert {"Raised, not saved", "Not delivered", "Saved, not modelled"} <= set(labels)


def test_no_column_of_any_table_is_empty(page: str) -> None:
    parser = Tables()
    parser.feed(page)
    assert len(parser.tables) > 20
    for table in parser.tables:
        wide = max(len(row) for row in table)
        for column in range(1, wide):
            cells = [row[column] for row in table[1:] if len(row) > column]
            assert any(cells) or not cells, table[0]


def test_no_sentence_of_the_first_screen_is_said_twice(page: str) -> None:
    answer = page.partition('id="answer"')[2].partition("<nav")[0]
    answer = re.sub(r"<svg.*?</svg>|<details.*?</details>", "", answer, flags=re.DOTALL)
    said = [s.strip() for s in re.split(r"[.;]\s|<[^>]+>", answer) if len(s.strip()) > 40]
    assert len(said) == len(set(said))


def test_every_chart_is_a_picture_a_table_and_a_csv_of_the_same(page: str) -> None:
    figures = re.findall(r"<figure id=\"(.*?)\">(.*?)</figure>", page, flags=re.DOTALL)
    assert len(figures) > 15
    assert len({name for name, _ in figures}) == len(figures)
    for _, figure in figures:
        assert "<svg" in figure
        assert "<table>" in figure
        data = re.search(r"data:text/csv;base64,([^\"]+)", figure)
        assert data is not None
        rows = list(csv.reader(io.StringIO(base64.b64decode(data[1]).decode("utf-8-sig"))))
        assert len(rows) >= 2
        assert len({len(row) for row in rows}) == 1


def test_every_link_within_the_page_leads_somewhere(page: str) -> None:
    names = set(re.findall(r'\bid="([^"]+)"', page))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= names


def test_titles_of_charts_say_what_is_found(result: Result) -> None:
    found = [pound(result), bridge(result), years(result), groups(result, "age"), areas(result)]
    found += [people(s, result.year) for s in result.services if s.id == "libraries"]
    for chart in found:
        assert chart is not None
        assert re.search(r"\d", chart.title), chart.title


def test_ticks_are_round_and_cover_the_range() -> None:
    assert ticks(0, 31_200_000) == [0, 1e7, 2e7, 3e7, 4e7]
    assert ticks(-0.047, 0.0) == [-0.06, -0.04, -0.02, 0.0]
    assert ticks(0, 0) == [0.0, 0.5, 1.0]
    assert [axis("pounds")(v) for v in (0, 1e7, -2e7, 2500)] == ["£0", "£10m", "\u2212£20m", "£2,500"]
    assert [axis("share")(v) for v in (-0.06, 0.0, 1.0)] == ["\u22126%", "0%", "100%"]
    assert [axis("people")(v) for v in (-1000, 0)] == ["\u22121,000", "0"]


def test_a_plan_that_changes_nothing_has_a_page_without_charts_of_nothing(result: Result) -> None:
    still = result.services[3]
    assert still.id == "sports_centres"
    assert people(still, result.year) is None

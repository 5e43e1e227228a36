"""The report in a browser, on a desk, a phone and paper, light and dark: nothing runs off the page, nothing is fetched, axe finds
nothing, with every fold open as well.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from withless.report.page import render

pytestmark = pytest.mark.browser
WIDTHS = (1280, 390)
OPEN = "document.querySelectorAll('details').forEach(d => d.open = true)"
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium without a window."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory, northshire_content: dict[str, Any]) -> Path:
    """The built-in plan's report on disk."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(render(northshire_content), encoding="utf-8")
    return path


@pytest.fixture(params=WIDTHS)
def page(request: pytest.FixtureRequest, browser: Browser, report: Path) -> Iterator[Page]:
    """The report opened from disk at one width."""
    opened = browser.new_page(viewport={"width": request.param, "height": 900})
    opened.problems = []  # type: ignore[attr-defined]
    opened.on("console", lambda m: opened.problems.append(m.text))  # type: ignore[attr-defined]
    opened.on("request", lambda r: opened.problems.append(r.url) if not r.url.startswith("file:") else None)  # type: ignore[attr-defined]
    opened.goto(report.as_uri())
    yield opened
    opened.close()


def test_nothing_is_fetched_and_nothing_complains(page: Page) -> None:
    assert page.problems == []  # type: ignore[attr-defined]


def test_the_page_is_no_wider_than_the_screen_with_every_fold_open(page: Page) -> None:
    wide = page.viewport_size["width"]  # type: ignore[index]
    assert page.evaluate("document.documentElement.scrollWidth") <= wide
    page.evaluate(OPEN)
    assert page.evaluate("document.documentElement.scrollWidth") <= wide


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_before_and_after_opening_every_fold(browser: Browser, report: Path, scheme: str) -> None:
    for width in WIDTHS:
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
        page.goto(report.as_uri())
        for script in ("0", OPEN):
            page.evaluate(script)
            found = Axe().run(page, options={"runOnly": LEVELS, "resultTypes": ["violations"]})
            assert found.violations_count == 0, found.generate_report()
        page.close()


def test_text_in_charts_stays_inside_and_readable(page: Page) -> None:
    page.evaluate(OPEN)
    worst = page.evaluate("""() => {
        const faults = [];
        for (const text of document.querySelectorAll('figure svg text')) {
            const t = text.getBoundingClientRect(), s = text.ownerSVGElement.getBoundingClientRect();
            if (t.left < s.left - 1 || t.right > s.right + 1 || t.bottom > s.bottom + 1) faults.push(text.textContent);
            const size = 13 * s.width / text.ownerSVGElement.viewBox.baseVal.width;
            if (size < 10) faults.push(size + ' ' + text.textContent);
        }
        return faults;
    }""")
    assert worst == []


def test_words_in_charts_do_not_run_into_each_other(page: Page) -> None:
    page.evaluate(OPEN)
    touching = page.evaluate("""() => {
        const faults = [];
        for (const svg of document.querySelectorAll('figure svg')) {
            const boxes = [...svg.querySelectorAll('text')].map(t => [t.getBoundingClientRect(), t.textContent]);
            for (let i = 0; i < boxes.length; i++) for (let j = i + 1; j < boxes.length; j++) {
                const [a, s] = boxes[i], [b, t] = boxes[j];
                const across = a.left < b.right && b.left < a.right;
                if (across && a.top < b.bottom - 4 && b.top < a.bottom - 4) faults.push(s + ' | ' + t);
            }
        }
        return faults;
    }""")
    assert touching == []


def test_every_picture_has_words_for_those_who_cannot_see_it(page: Page) -> None:
    labels = page.eval_on_selector_all("figure svg", "all => all.map(s => s.getAttribute('aria-label') || '')")
    assert labels
    assert all(len(label) > 20 for label in labels)


def test_headings_and_tables_are_marked_as_such(page: Page) -> None:
    assert page.locator("h1").count() == 1
    levels = page.eval_on_selector_all("h1, h2, h3", "all => all.map(h => +h.tagName[1])")
    assert all(b - a <= 1 for a, b in pairwise(levels))
    assert page.locator("table").count() == page.locator("table:has(th[scope])").count()


def test_details_open_by_keyboard(page: Page) -> None:
    summary = page.locator("details summary").first
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator("details[open]").count() == 1


def test_the_answer_fits_one_screen_of_a_desk(browser: Browser, report: Path) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(report.as_uri())
    for part in ("h1", "#who-loses", "#map svg", "#pound svg", "#wrong"):
        assert page.locator(part).bounding_box()["y"] < 900, part  # type: ignore[index]
    box = page.locator("#pound svg").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < 900
    page.close()


def test_it_prints_on_a4_with_folds_open_and_charts_whole(browser: Browser, report: Path, tmp_path: Path) -> None:
    page = browser.new_page(viewport={"width": 700, "height": 900})
    page.goto(report.as_uri())
    page.emulate_media(media="print")
    cut = page.evaluate("""() => [...document.querySelectorAll('figure svg')]
        .filter(s => s.getBoundingClientRect().right > document.documentElement.clientWidth + 1).length""")
    assert cut == 0
    shut = page.evaluate("""() => [...document.querySelectorAll('details.fold')]
        .filter(d => d.getBoundingClientRect().height < 60).map(d => d.id)""")
    assert shut == []
    assert not page.locator("summary >> text=Table").first.is_visible()
    page.pdf(path=tmp_path / "report.pdf", prefer_css_page_size=True)
    sizes = set(re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", (tmp_path / "report.pdf").read_bytes()))
    assert {(round(float(w)), round(float(h))) for w, h in sizes} == {(595, 842)}
    page.close()

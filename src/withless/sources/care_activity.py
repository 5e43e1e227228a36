"""People a council supports and what their care costs in 2009-10, 2010-11 and 2013-14, from its returns on both.

Rows of a file are councils, columns are items under headers of several rows. Columns are found by their words: a code such
as A4.15 is home care in one year and direct payments in another.
"""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..files import Fault, Faults
from ..files.faults import quoted, suggestion
from .catalogue import FILES, find
from .file_spec import Published
from .matrix import NOTHING, Grid, along, grid, number, position
from .published_spending import TITLED

FEW = "1 to 5"
"""What `-` means in the file of 2009-10, and there alone."""

WEEKS = 52
"""Weeks in a year, as the publisher divides by."""

YEARS = {
    "2009-10": ("care_activity_0910", "care_costs_0910"),
    "2010-11": ("care_activity_1011", "care_costs_1011"),
    "2011-12": ("care_activity_1112", "care_costs_1112"),
    "2012-13": ("care_activity_1213", "care_costs_1213"),
    "2013-14": ("care_activity_1314", "care_costs_1314"),
}
"""The files on activity and on unit costs by year; of some years they are known by their title, under any name."""

KNOWN = ChainMap(FILES, TITLED)
UNDER = {
    "physical": ("Physical disability", "Physical disability", "a Physical disability"),
    "mental": ("Mental health", "mental health needs", "mental health needs"),
    "learning": ("Learning disability", "Learning disability", "a Learning disability"),
}
"""Client groups of 18 to 64 and how the files spell them."""


@dataclass(frozen=True)
class Item:
    """One cell of a council: its code and words in the file, what stands there, its number and what a mark means."""

    file: str
    code: str
    words: str
    written: str
    value: float | None
    mark: str


@dataclass
class Council:
    """All that one file says of a council, by the words over its columns."""

    name: str
    items: list[Item]
    faults: list[Fault] = field(default_factory=list)

    def find(self, pattern: str) -> Item:
        """The one item whose words match; an item that is not there is a fault, told with the rest."""
        found = [i for i in self.items if re.search(pattern, i.words, re.IGNORECASE)]
        if len(found) == 1:
            return found[0]
        file = self.items[0].file
        words = re.sub(r"\([^()]*\)\?", "", pattern)
        words = re.sub(r"[\\^$]|\.\*|\(\?:|\[.*?\]|[()?]", "", words).replace("|", " or ")
        what = "no such column" if not found else f"{len(found)} such columns"
        mend = suggestion(words, [i.words.rpartition(" | ")[2] for i in self.items])
        self.faults.append(Fault(file, None, words, what, "one column", mend))
        return Item(file, "", words, "", None, "no such column")

    def value(self, pattern: str) -> float | None:
        """The number of one item, or None where there is none."""
        return self.find(pattern).value


def activity(data: Path, council: str, year: str) -> Council:
    """What the file on activity of a year says of a council; raises `Faults`."""
    file = _titled(KNOWN[YEARS[year][0]], data, year, "activity data")
    cells = grid(file, data)
    _of_year(cells, file, year, "Activity Data")
    code_row = next((i for i, row in enumerate(cells.rows[:12]) if "A1.1" in row), None)
    if code_row is None or code_row < 4:
        raise Faults([cells.fault(None, "", "no row of codes from A1.1 on", "one below the headers", file.source)])
    tops, sections = (along(cells.rows[code_row - back]) for back in (4, 3))
    items = cells.rows[code_row - 2]
    words = [" | ".join(dict.fromkeys(filter(None, (tops[j], sections[j], items[j])))) for j in range(len(items))]
    marks = NOTHING | ({"-": FEW} if year == "2009-10" else {})
    return _council(cells, file, council, code_row + 1, words, cells.rows[code_row], marks)


def unit_costs(data: Path, council: str, year: str) -> Council | None:
    """What the file on unit costs of a year says of a council; None where no such file is known; raises `Faults`."""
    file = _titled(KNOWN[YEARS[year][1]], data, year, "unit cost")
    if find(file, data) is None and year == "2009-10":
        return None  # published apart from the activity: it may be missing
    cells = grid(file, data)
    _of_year(cells, file, year, "Unit Cost")
    label_row = next(
        (i for i, r in enumerate(cells.rows[:8]) if any(c.startswith("Gross total cost") for c in r)), None
    )
    if label_row is None:
        raise Faults([cells.fault(None, "", "no row of items", "one that begins with Gross total cost", file.source)])
    first = next((i for i in range(label_row + 1, len(cells.rows)) if cells.rows[i][0][:3].isdigit()), label_row + 1)
    codes = cells.rows[label_row + 1] if first > label_row + 1 else [""] * len(cells.rows[0])
    return _council(cells, file, council, first, cells.rows[label_row], codes)


def _titled(file: Published, data: Path, year: str, kind: str) -> Published:
    """The file, or one under another name whose first row says that it is of this kind and year."""
    if find(file, data) is not None:
        return file
    for path in sorted(p for folder in (data / file.folder, data) for p in folder.glob("*.csv")):
        with path.open("rb") as stream:
            title = stream.readline(2_000).decode("cp1252", "replace").casefold()
        said = "activity data" if "activity data" in title else "unit cost"  # which every title of the series holds
        if "social services" in title and kind == said and year in title:
            return replace(file, name=path.name)
    return file


def _of_year(cells: Grid, file: Published, year: str, kind: str) -> None:
    """The title in the first row must name the kind and the year."""
    title = cells.rows[0][0]
    if kind.casefold() in title.casefold() and year in title:
        return
    raise Faults([cells.fault(0, "", quoted(title or "nothing"), f"a title with {kind} and {year}", file.source)])


def _council(
    cells: Grid,
    file: Published,
    council: str,
    first: int,
    words: list[str],
    codes: list[str],
    marks: Mapping[str, str] = NOTHING,
) -> Council:
    """The row of a council as items, after the file has been found whole."""
    named = [(i, cells.rows[i][0]) for i in range(first, len(cells.rows)) if re.match(r"\d{3}\s*-", cells.rows[i][0])]
    if not any(row[0].startswith("TOTAL") for row in cells.rows) or len(named) < file.rows:
        last = named[-1][1] if named else "none"
        found = f"{len(named)} councils, the last of them {last}"
        expected = f"{file.rows} and a row TOTAL England: is this half of the file?"
        raise Faults([cells.fault(None, "", found, expected, file.source)])
    row = position(council, named, file.name, "council")
    items, faults = [], []
    for j in range(1, len(words)):
        if not words[j]:
            continue
        written = cells.rows[row][j]
        try:
            value = number(written)
        except ValueError:
            faults.append(cells.fault(row, codes[j] or words[j][:60], quoted(written), "a number, `..`, `-` or `.`"))
            value = None
        items.append(Item(file.name, codes[j], words[j], written, value, marks.get(written, "")))
    if faults:
        raise Faults(faults)
    return Council(cells.rows[row][0].strip(), items)


def at_home(one: Council, year: str) -> Iterator[tuple[str, str, str, Item]]:
    """People with help at home at 31 March: group, age band, setting, item."""
    for group, (spelt, _, _) in UNDER.items():
        yield group, "18-64", "home", one.find(rf"{spelt}, 18-64, Home care")
        yield group, "18-64", "day_care", one.find(rf"{spelt}, 18-64, Day care")
        yield group, "18-64", "direct_payment", one.find(rf"{spelt}, 18-64, .*Direct payments")
    for setting, spelt in (("home", "Home care"), ("day_care", "Day care"), ("meals", "Meals")):
        yield "older", "65+", setting, one.find(rf"Total 65 and over, {spelt}")
    yield from _older_direct_payments(one, year)


def _older_direct_payments(one: Council, year: str) -> Iterator[tuple[str, str, str, Item]]:
    """Direct payments from 65 on: three ages in 2009-10, one afterwards."""
    if year == "2009-10":
        for age, words in (("65-74", "65-74"), ("75-84", "75-84"), ("85+", "85 and over")):
            yield "older", age, "direct_payment", one.find(rf"Total {words}, .*Direct payments")
        return
    yield "older", "65+", "direct_payment", one.find(r"Total 65 and over, .*Direct payments")


TOTALS = {
    "home": r"Total all ages, Home care",
    "day_care": r"Total all ages, Day care",
    "direct_payment": r"Total all ages, .*Direct payments",
}
"""What all groups together have, by setting: the groups that are not listed are what is left."""


def in_care_homes(one: Council) -> Iterator[tuple[str, str, str, list[Item]]]:
    """Weeks that supported residents spent in care homes in the year: group, age band, setting, items to add up."""
    spelt = {"older": ("65+", "Residents aged 65 and over")} | {
        group: ("18-64", f"Residents aged 18-64 with {'a ' if 'disab' in words[0] else ''}{words[0]}( needs)?")
        for group, words in UNDER.items()
    }
    for group, (age, words) in spelt.items():
        yield group, age, "nursing", [one.find(rf"{words} in nursing placements")]
        parts = [rf"{words} in own provision residential", rf"{words} in residential placements provided by others"]
        yield group, age, "residential", [one.find(part) for part in parts]


def elsewhere(one: Council) -> Iterator[tuple[str, str, str, Item]]:
    """Weeks in extra care housing, supported living and adult placements; councils need not send them."""
    yield "older", "65+", "extra_care", one.find(r"Older People in Extra Care Housing")
    yield "older", "65+", "adult_placement", one.find(r"Adult Placement.*\| People aged 65 and over")
    for setting, words in (("supported_living", r"Supported living"), ("adult_placement", r"Adult Placement")):
        for group, spelt in UNDER.items():
            yield group, "18-64", setting, one.find(rf"{words}.*\| People aged 18-64 with (a )?{spelt[0]}")


def hours_of_home_care(one: Council) -> float | None:
    """Hours of home care in the year, by the council and by others, all groups together."""
    parts = [
        one.value(rf"Actual hours of home care.*\| Provided by the {who}") for who in ("council", "independent sector")
    ]
    return None if None in parts else sum(p for p in parts if p is not None)


Triple = tuple[float | None, float | None, float | None]


def triple(one: Council, pattern: str) -> Triple:
    """Gross cost in thousands of pounds, what it is divided by, and the cost of one, which stand side by side."""
    top = one.find(pattern)
    if not top.code and top.mark == "no such column":
        return None, None, None
    at = one.items.index(top)
    below, each = one.items[at + 1], one.items[at + 2]
    right = re.match(r"(The )?(total|actual|average)?\s*number", below.words, re.IGNORECASE) and each.words.startswith(
        "Average"
    )
    if not right:
        found = quoted(below.words[:50])
        one.faults.append(Fault(top.file, None, top.words[:60], found, "the number it is divided by, to its right"))
    return top.value, below.value, each.value


def costs(one: Council) -> Iterator[tuple[str, str, str, str, str, Triple]]:
    """Unit costs: setting, group, age band, provider, unit, (gross, divisor, pounds)."""
    for provider, words in (
        ("all", "for all adult"),
        ("council", "provided by LA"),
        ("others", "provided by independent"),
    ):
        yield (
            "home",
            "all",
            "18+",
            provider,
            "hour",
            triple(one, rf"^Gross total cost for home care/home help {words}"),
        )
    for group, age, whom in _whom():
        for setting, provider, words in (
            ("nursing", "all", rf"nursing care for {whom} during"),
            ("residential", "all", rf"residential care for {whom} during"),
            ("residential", "council", rf"own provision residential care for {whom} during"),
            ("residential", "others", rf"residential care for {whom} provided by others"),
        ):
            yield setting, group, age, provider, "week", triple(one, rf"^Gross total cost for {words}")
    for group, age, whom in _homes():
        words = rf"residential and nursing care for {whom} during"
        yield "care_home", group, age, "all", "week", triple(one, rf"^Gross total cost for {words}")
    for setting, words in (
        ("home", "home care"),
        ("direct_payment", "direct payments"),
        ("day_care", "day care or day services"),
    ):
        yield (
            setting,
            "all",
            "18+",
            "all",
            "week",
            triple(one, rf"^Gross total cost for {words} to adults and older people"),
        )
        yield setting, "older", "65+", "all", "week", triple(one, rf"^Gross total cost for {words} to older people")
        for group, (_, _, with_) in UNDER.items():
            pattern = rf"^Gross total cost for {words} to adults aged under 65 with {with_}"
            yield setting, group, "18-64", "all", "week", triple(one, pattern)
    yield "meals", "all", "18+", "all", "meal", triple(one, r"^Gross total cost for meals for all adult client groups")


def _whom() -> Iterator[tuple[str, str, str]]:
    """Client groups as the columns on care homes name them."""
    yield "older", "65+", "older people"
    for group, (_, _, with_) in UNDER.items():
        yield group, "18-64", rf"adults aged 18-64 with {with_}"


def _homes() -> Iterator[tuple[str, str, str]]:
    """Client groups as the columns on both kinds of care home together name them."""
    yield "older", "65+", "older people"
    yield "learning", "18-64", "adults (aged 18-64 )?with a Learning disability"
    yield "mental", "18-64", "adults with mental illness"
    yield "physical", "18-64", "adults aged 18-64 with a Physical disability"


def other_income(one: Council) -> Iterator[tuple[str, str, float | None]]:
    """Income from the NHS, joint arrangements and others towards care homes, thousands of pounds: group, age band, income."""
    for group, age, whom in _homes():
        gross = one.value(rf"^Gross total cost for residential and nursing care for {whom} during")
        left = one.value(rf"^Gross total cost \(less income.*\) for residential and nursing care for {whom} during")
        yield group, age, None if gross is None or left is None else gross - left

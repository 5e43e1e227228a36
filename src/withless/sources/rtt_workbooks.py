"""The workbooks of referral to treatment, by commissioner and by provider: one part and month each, several sheets.

Rows of a title, the period and the basis come first; the header is the first row with a treatment function code. The codes of
functions are led by AP, NP or IP, the part. `-` stands for a commissioner under no area team, and for what was not worked out.
Those of the Department of Health to 2012 say month and part in one sentence, and are by primary care trust.
"""

from __future__ import annotations

import calendar
import re
from pathlib import Path
from typing import Any

import polars as pl

from ..files import Fault, Faults
from ..files.faults import quoted
from ..files.workbook import BadWorkbook, open_workbook
from ..writing import reads
from .rtt_long import Wanted

_SHEETS = {
    "england": ("National", "England"),
    "commissioner": ("Commissioner", "PCT", "CCG"),
    "provider": ("Provider", "Trust"),
}
_OWNERS = {
    "commissioner": ("CCG", "Commissioner", "Sub-ICB", "ICB", "PCT", "Commissioner Org"),
    "provider": ("Provider", "Trust", "Provider Org"),
}
"""How a column of codes and one of names begin, by kind of owner."""

_BANDS = re.compile(r"^>(\d+)-(\d+)$")
_OPEN = re.compile(r"^(\d+) plus$")
_PARTS = {"non-admitted": "non_admitted", "admitted": "admitted", "incomplete": "incomplete"}
_MEND = "They are published as: Referral to treatment waiting times, workbooks by commissioner and by provider (NHS England)."


def read(path: Path, wanted: Wanted) -> tuple[pl.DataFrame, tuple[str, ...], dict[str, str]]:
    """Counts in the long layout (see `rtt_layouts`), notes, and the owners there are; raises `Faults`."""
    kind, codes = wanted.kind, wanted.codes
    rows, sheet = _rows(path, _SHEETS[kind], kind)
    above, header, first = _header(path, rows, sheet)
    month, part = _month(path, above, wanted.month), _part(path, above)
    bands = _bands(path, header)
    at = {name: i for i, name in enumerate(header) if name}
    code_at, name_at = at["Treatment Function Code"], at["Treatment Function"]
    starts = _OWNERS.get(kind, ())
    who = next((at[f"{o} Code"] for o in starts if f"{o} Code" in at), None)
    title = next((at[f"{o} Name"] for o in starts if f"{o} Name" in at), None)
    if kind != "england" and (who is None or title is None):
        raise _wrong(path, first, f"no {starts[0]} Code in the sheet {sheet}", f"a column of {kind}s")
    total_at = next((i for n, i in at.items() if re.match(r"Total number of \w+ pathways( \(all\))?$", n)), None)
    out: list[dict[str, Any]] = []
    known: dict[str, str] = {}
    unknown = 0.0
    for n, row in enumerate(rows[first:], start=first + 1):
        if row[code_at] is None:
            continue
        owner, named = ("ENGLAND", "England") if who is None or title is None else (str(row[who]), str(row[title]))
        known[owner] = named
        if kind != "england" and owner not in codes:
            continue
        counts = {c: _count(path, n, header[c], row[c]) for c in bands}
        if total_at is not None:
            whole = _count(path, n, header[total_at], row[total_at])
            if sum(counts.values()) > whole + 0.5:
                raise _wrong(
                    path, n, f"{sum(counts.values()):,.0f} in bands of {whole:,.0f}", "no more in bands than in all"
                )
            unknown += whole - sum(counts.values()) if not str(row[code_at]).endswith("999") else 0.0
        for c, (low, high) in bands.items():
            out.append(
                {
                    "month": month, "provider": owner if kind == "provider" else "", "provider_name": named,
                    "commissioner": "" if kind == "provider" else owner, "part": part,
                    "code": _code(str(row[code_at])), "name": str(row[name_at]), "week_from": low, "week_to": high,
                    "count": counts[c],
                }
            )  # fmt: skip
    left = (
        f"{unknown:,.0f} pathways of unknown clock start are in no band, left out ({part.replace('_', '-')}, {month})."
    )
    notes = (left,) if unknown else ()
    return pl.DataFrame(out, schema=_SCHEMA, orient="row"), (*notes, *_caveats(path)), known


_SCHEMA = {
    **dict.fromkeys(("month", "provider", "provider_name", "commissioner", "part", "code", "name"), pl.String),
    **dict.fromkeys(("week_from", "week_to", "count"), pl.Float64),
}


def _wrong(path: Path, row: int | None, found: str, expected: str, mend: str = _MEND) -> Faults:
    return Faults([Fault(path.name, row, "", found, expected, mend)])


def _rows(path: Path, sheets: tuple[str, ...], kind: str) -> tuple[list[tuple[str | None, ...]], str]:
    """Cells as text of the first of some sheets that is there, and its name; raises `Faults`."""
    reads(path)
    try:
        book = open_workbook(path)
        sheet = next((s for s in sheets if s in book.names), None)
        if sheet is None:
            raise Faults([_no_sheet(path, book.names, sheets, kind)])
        rows = book.sheet(sheet).rows
    except BadWorkbook:
        raise _wrong(
            path, None, "a file that is no workbook, or a damaged one", "an .xls, .xlsx or .ods workbook"
        ) from None
    width = max((len(r) for r in rows), default=0)
    return [tuple(c.strip() or None for c in row) + (None,) * (width - len(row)) for row in rows], sheet


def _no_sheet(path: Path, names: tuple[str, ...], sheets: tuple[str, ...], kind: str) -> Fault:
    """A workbook by others than those asked for says so, and which option reads it."""
    other = next((k for k, s in _SHEETS.items() if k not in (kind, "england") and set(s) & set(names)), None)
    if other is not None and kind != "notes":
        mend = f"Use --{other}, or the workbook by {kind}."
        return Fault(path.name, None, "", f"a workbook by {other}", f"one by {kind}", mend)
    return Fault(path.name, None, "", f"sheets {', '.join(names)}", f"a sheet {sheets[0]}", _MEND)


def _header(path: Path, rows: list[tuple[str | None, ...]], sheet: str) -> tuple[dict[str, str], list[str], int]:
    """What stands above the table ({Period: January 2015}), its header, and the place of its first row."""
    for n, row in enumerate(rows[:40]):
        cells = [str(c).strip() if c is not None else "" for c in row]
        if "Treatment Function Code" in cells and "Treatment Function" in cells:
            told = ([str(c).strip() for c in r if c] for r in rows[:n])
            above = {r[0].strip(" :"): r[1] for r in told if len(r) > 1}
            return above, cells, n + 1
    raise _wrong(path, None, f"no header in {sheet}", "a row with Treatment Function Code and Treatment Function")


def _month(path: Path, above: dict[str, str], given: str | None) -> str:
    """The month that the rows above the header say, in a line of its own or in a sentence; else the one that was given."""
    names = {n.lower(): i for i, n in enumerate(calendar.month_name) if n}
    for text in (above.get("Period", ""), above.get("Summary", ""), above.get("Title", ""), *above.values()):
        found = re.search(rf"\b({'|'.join(names)})\s+(20\d\d)\b", text.lower())
        if found:
            return f"{found[2]}-{names[found[1]]:02d}"
    if given is not None:
        return given
    raise _wrong(
        path, None, "no month above the header", "a month such as January 2015", "Give it with --month 2015-01."
    )


def _part(path: Path, above: dict[str, str]) -> str:
    summary = next((t for t in (above.get("Summary", ""), *above.values()) if "pathways" in t.lower()), "").lower()
    if "adjusted" in summary:
        raise _wrong(
            path, None, "the adjusted admitted pathways", "admitted, non-admitted or incomplete pathways as they were"
        )
    part = next((p for word, p in _PARTS.items() if word in summary), None)
    if part is None:
        raise _wrong(path, None, f"the summary {quoted(summary)}", "one that says admitted, non-admitted or incomplete")
    return part


def _bands(path: Path, header: list[str]) -> dict[int, tuple[float, float | None]]:
    """{column: (week_from, week_to)}, without a gap and with an open end."""
    found: dict[int, tuple[float, float | None]] = {}
    at = 0.0
    for i, name in enumerate(header):
        closed, opened = _BANDS.match(name), _OPEN.match(name)
        if closed is None and opened is None:
            continue
        match = closed or opened
        assert match is not None  # noqa: S101  # one of the two is there
        low = float(match[1])
        if low != at:
            raise _wrong(path, None, f"the column {name} after week {at:g}", "weeks without a gap")
        found[i] = (low, float(closed[2]) if closed else None)
        at = float(closed[2]) if closed else low
    if not found or all(high is not None for _, high in found.values()):
        raise _wrong(path, None, "no open band", "weeks waited, the last band 52 plus")
    return found


def _count(path: Path, row: int, column: str, cell: str | None) -> float:
    """A count; blank and - are nobody."""
    text = "" if cell is None else str(cell).strip().replace(",", "")
    if text in ("", "-"):
        return 0.0
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e9:
        raise Faults([Fault(path.name, row, column, quoted(cell), "a number of people, 0 or more", _MEND)])
    return value


def _code(text: str) -> str:
    """AP100, NP100 and IP100 as C_100; APX01 as X01."""
    bare = re.sub(r"^(AP|NP|IP)", "", text.strip())
    return f"C_{bare}" if bare.isdigit() else bare


def _caveats(path: Path) -> tuple[str, ...]:
    """Trusts that sent nothing in, as the sheet of notes says."""
    try:
        rows, _ = _rows(path, ("Notes",), "notes")
    except Faults:
        return ()
    told = " ".join(str(c) for row in rows for c in row if c)
    silent = re.findall(r"\b(R[A-Z0-9]{2}) [A-Z][A-Za-z,'& ]+(?:Trust|TRUST)", told)
    return ("The workbook's notes name trusts that sent no data, or not all.",) if silent else ()

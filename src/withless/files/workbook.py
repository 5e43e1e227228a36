"""A workbook (.xlsx or .ods; of official files also .xls): which sheets a person sees, and the cells of one of them as text.

python-calamine reads the cells with their stored types. It gives an error cell and a formula that was never calculated
as blank, and says nothing of hidden rows, so these are looked up in the file's own XML: an error stands as its code
(`#REF!`), a formula without a result as its text (`=A1*2`). Nothing that a cell holds becomes a blank.

Every reading is done in a process of its own (workbook_child.py) with limits of memory and time: the reader's native code can
end the process that it runs in, and a small file can ask for any amount of memory. That process loads this module by itself,
so it imports nothing of the package.
"""

from __future__ import annotations

import atexit
import json
import os
import pickle
import re
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar
from xml.etree import ElementTree

ENDINGS = (".xlsx", ".ods")
ERROR = r"^(#(REF!|N/A|DIV/0!|VALUE!|NAME\?|NUM!|NULL!|SPILL!|CALC!|FIELD!|BLOCKED!|GETTING_DATA)|Err:\d{3})$"
"""What stands in a cell that a spreadsheet could not work out."""

Cell = tuple[int, int]
T = TypeVar("T")
PATIENCE = 300
"""Seconds that reading a workbook may take in all."""
_REFERENCE = re.compile(r"([A-Z]+)(\d+)")
_ROW = re.compile(rb'<(?:\w+:)?row\b[^>]*\br="(\d+)"[^>]*>')
_FORMULA = re.compile(
    rb"<(?:\w+:)?c\b([^>]*)>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>(.*?)</(?:\w+:)?f>)"
    rb"\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v\b[^>]*>([^<]*)</(?:\w+:)?v>)?",
    re.DOTALL,
)
_ERROR_CELL = re.compile(
    rb'<(?:\w+:)?c\b([^>]*\bt="e"[^>]*)>(?:(?!</(?:\w+:)?c>).)*?<(?:\w+:)?v\b[^>]*>([^<]*)<', re.DOTALL
)
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"


class BadWorkbook(Exception):
    """The file is no workbook, or a damaged one."""


@dataclass(frozen=True)
class Sheet:
    """One sheet: `rows` as text (blank = ""), the first row of the spreadsheet first; rows that are hidden, by number
    from 0; and what stands in merged cells below each other, {row, column of the first: last row}.
    """

    name: str
    rows: list[list[str]]
    hidden_rows: frozenset[int]
    merged_down: dict[Cell, int]


@dataclass(frozen=True)
class Workbook:
    """A workbook: names of all sheets in order, and those of them that are hidden."""

    path: Path
    names: tuple[str, ...]
    hidden: frozenset[str]

    def sheet(self, name: str) -> Sheet:
        """One sheet with every cell; raises `BadWorkbook`."""
        found, rows, hidden, merged = _asked(self.path, name)
        return Sheet(found, rows, frozenset(hidden), dict(merged))


def unpacked_bytes(path: Path) -> int:
    """How large its parts are when unpacked; raises `BadWorkbook`."""
    return _guarded(lambda: sum(part.file_size for part in zipfile.ZipFile(path).infolist()))


@dataclass(frozen=True)
class Opened:
    """A workbook open in this process."""

    path: Path
    names: tuple[str, ...]
    hidden: frozenset[str]
    book: Any


def open_workbook(path: Path) -> Workbook:
    """A workbook's sheets; raises `BadWorkbook` where it is none."""
    names, hidden = _asked(path)
    return Workbook(path, names, frozenset(hidden))


class _Reader:
    """The process that reads workbooks for this one: started when first asked, again after it failed or another process
    inherited it. Ends when its standard input does.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.process: subprocess.Popen[bytes] | None = None
        self.owner = 0

    def ask(self, path: Path, *what: str) -> bytes:
        """The answer, pickled; empty where reading failed, took too long or ended its process."""
        request = json.dumps([str(path.absolute()), *(what or (None,))]).encode() + b"\n"
        with self.lock:
            process = self._started()
            late = threading.Timer(PATIENCE, process.kill)
            late.start()
            answer = b""
            try:
                answer = _answered(process, request)
            finally:
                late.cancel()
                if not answer:  # or broken off: what is still to come answers no later question
                    self.end()
            return answer

    def _started(self) -> subprocess.Popen[bytes]:
        if self.process is None or self.owner != os.getpid() or self.process.poll() is not None:
            words = [sys.executable, "-I", str(CHILD)]
            pipe, none = subprocess.PIPE, subprocess.DEVNULL
            self.process = subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=none)  # noqa: S603
            self.owner = os.getpid()
        return self.process

    def end(self) -> None:
        """End the process, if there is one and it is ours."""
        if self.process is not None and self.owner == os.getpid():
            self.process.kill()
            self.process.communicate()
        self.process = None


def _answered(process: subprocess.Popen[bytes], request: bytes) -> bytes:
    """One request and its answer; empty where the process ends."""
    assert process.stdin is not None  # noqa: S101  # both are pipes
    assert process.stdout is not None  # noqa: S101
    try:
        process.stdin.write(request)
        process.stdin.flush()
    except BrokenPipeError:
        return b""
    size = int.from_bytes(process.stdout.read(8), "big")
    answer = process.stdout.read(size)
    return answer if len(answer) == size else b""


CHILD = Path(__file__).with_name("workbook_child.py")
_reader = _Reader()
atexit.register(_reader.end)


def _asked(path: Path, *what: str) -> Any:
    """What a process of its own finds in a workbook; raises `BadWorkbook` where that fails or ends, whatever the reason."""
    answer = _reader.ask(path, *what) if path.is_file() else b""
    if not answer:
        raise BadWorkbook
    return pickle.loads(answer)  # noqa: S301  # written by a process of ours


def _guarded(work: Callable[[], T]) -> T:
    """Run what reads a workbook; what breaks in the reader (even outside Exception) is one kind of error."""
    try:
        return work()
    except BaseException as e:
        if isinstance(e, KeyboardInterrupt | SystemExit | MemoryError | OSError | BadWorkbook):
            raise
        raise BadWorkbook from e


def ready() -> None:
    """Load what reads workbooks."""
    import python_calamine  # noqa: F401


def opened(path: Path) -> Opened:
    """Open a workbook in this process; raises `BadWorkbook`."""
    return _guarded(lambda: _open(path))


def sheet_of(book: Opened, name: str) -> Sheet:
    """A sheet of it; raises `BadWorkbook`."""
    return _guarded(lambda: _sheet(book, name))


def _open(path: Path) -> Opened:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum, load_workbook

    book = load_workbook(str(path))
    known = [m for m in book.sheets_metadata if m.typ == SheetTypeEnum.WorkSheet]
    hidden = frozenset(m.name for m in known if m.visible != SheetVisibleEnum.Visible)
    return Opened(path, tuple(m.name for m in known), hidden, book)


def _sheet(book: Opened, name: str) -> Sheet:
    sheet = book.book.get_sheet_by_name(name)
    rows = [[_text(v) for v in row] for row in sheet.to_python(skip_empty_area=False)]
    merged = {a: b[0] for a, b in (sheet.merged_cell_ranges or []) if b[0] > a[0] and a[1] == b[1]}
    found: dict[Cell, str] = {}
    hidden: frozenset[int] = frozenset()
    if book.path.read_bytes()[:2] == b"PK":  # an old .xls is no zip, though one may lie inside it
        with zipfile.ZipFile(book.path) as parts:
            found, hidden = (_ods if "content.xml" in parts.namelist() else _xlsx)(parts, name)
    for (r, c), text in found.items():
        while len(rows) <= r:
            rows.append([])
        rows[r] += [""] * (c + 1 - len(rows[r]))
        rows[r][c] = text
    return Sheet(name, rows, hidden, merged)


def _text(value: object) -> str:
    """A cell as text: whole numbers without a point, days as 2026-03-01."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        midnight = (value.hour, value.minute, value.second) == (0, 0, 0)
        return value.date().isoformat() if midnight else value.isoformat(" ", "seconds")
    return value.isoformat() if isinstance(value, date) else str(value)


def _xlsx(parts: zipfile.ZipFile, name: str) -> tuple[dict[Cell, str], frozenset[int]]:
    """Cells of a sheet whose content the reader does not give, and its hidden rows."""
    book = ElementTree.fromstring(parts.read("xl/workbook.xml"))  # noqa: S314  # expat refuses entities that grow
    part = _part(parts, book, name)
    if part is None:
        raise BadWorkbook
    calc = next((e for e in book.iter() if e.tag.endswith("}calcPr")), None)
    pending = calc is not None and calc.get("fullCalcOnLoad", "0").lower() in ("1", "true")
    content = parts.read(part)
    found: dict[Cell, str] = {}
    if b"<f" in content or b":f" in content:
        found |= _uncalculated(content, pending)
    if b't="e"' in content:
        found |= {_place(m[1]): m[2].decode("utf-8", "replace") for m in _ERROR_CELL.finditer(content)}
    hidden: frozenset[int] = frozenset()
    if b"hidden=" in content:
        rows = (m for m in _ROW.finditer(content) if re.search(rb'\bhidden="(1|true)"', m[0]))
        hidden = frozenset(int(m[1]) - 1 for m in rows)
    return found, hidden


def _part(parts: zipfile.ZipFile, book: ElementTree.Element, name: str) -> str | None:
    """The part of the file that holds a sheet."""
    rels = ElementTree.fromstring(parts.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    target = {r.get("Id"): r.get("Target", "") for r in rels}
    for entry in book.iter():
        if entry.tag.endswith("}sheet") and entry.get("name") == name:
            key = next((v for k, v in entry.attrib.items() if k.endswith("}id")), None)
            part = target.get(key, "")
            return part.lstrip("/") if part.startswith("/") else f"xl/{part}"
    return None


def _uncalculated(content: bytes, pending: bool) -> dict[Cell, str]:
    """Formulas whose result nobody ever worked out: none is stored, or the 0 that writers of files put there, who ask
    (`pending`) that everything be worked out on opening.
    """
    found: dict[Cell, str] = {}
    for match in _FORMULA.finditer(content):
        told = b't="str"' in match[1] or b't="e"' in match[1]
        value = (match[3] or b"").strip()
        if (not value and not told) or (pending and value == b"0"):
            formula = (match[2] or b"").decode("utf-8", "replace")
            found[_place(match[1])] = f"={formula}"
    return found


def _place(attributes: bytes) -> Cell:
    """Row and column from 0 of a cell's reference."""
    match = re.search(rb'\br="([A-Z]+\d+)"', attributes)
    known = _REFERENCE.fullmatch(match[1].decode()) if match else None
    if known is None:
        raise BadWorkbook
    column = 0
    for letter in known[1]:
        column = 26 * column + ord(letter) - 64
    return int(known[2]) - 1, column - 1


def _ods(parts: zipfile.ZipFile, name: str) -> tuple[dict[Cell, str], frozenset[int]]:
    """The same of an OpenDocument spreadsheet."""
    content = parts.read("content.xml")
    errors, formulas = b'calcext:value-type="error"' in content, b"table:formula=" in content
    if not errors and not formulas and b"table:visibility=" not in content:
        return {}, frozenset()
    root = ElementTree.fromstring(content)  # noqa: S314
    table = next((t for t in root.iter(f"{_TABLE}table") if t.get(f"{_TABLE}name") == name), None)
    if table is None:
        raise BadWorkbook
    found: dict[Cell, str] = {}
    hidden: set[int] = set()
    row = 0
    for line in table.iter(f"{_TABLE}table-row"):
        times = int(line.get(f"{_TABLE}number-rows-repeated", "1"))
        if line.get(f"{_TABLE}visibility", "visible") != "visible" and times < 100_000:
            hidden |= set(range(row, row + times))
        column = 0
        for cell in line:
            again = int(cell.get(f"{_TABLE}number-columns-repeated", "1"))
            text = _unworked(cell)
            if text:
                found |= {(r, c): text for r in range(row, row + times) for c in range(column, column + again)}
            column += again
        row += times
    return found, frozenset(hidden)


def _unworked(cell: ElementTree.Element) -> str:
    """The code of an error, or a formula without a result; empty for any other cell."""
    shown = "".join("".join(p.itertext()) for p in cell.iter(f"{_TEXT}p")).strip()
    if cell.get(f"{_CALC}value-type") == "error":
        return shown if re.match(ERROR, shown) else "#VALUE!"
    formula = cell.get(f"{_TABLE}formula")
    if formula is not None and cell.get(f"{_OFFICE}value-type") is None and not shown:
        return "=" + formula.partition(":=")[2] if ":=" in formula else formula
    return ""

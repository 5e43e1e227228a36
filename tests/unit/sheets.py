"""Workbooks as small as they can be, for tests: what Excel and LibreOffice write, cell by cell."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STATE = ' state="hidden"'
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


@dataclass(frozen=True)
class Error:
    """An error cell, such as #REF!."""

    code: str


@dataclass(frozen=True)
class Formula:
    """A formula with the result that is stored, if any."""

    text: str
    stored: str | None = None


@dataclass(frozen=True)
class Day:
    """A date cell: Excel's number of the day, shown as a date."""

    number: int


Cell = str | int | float | Error | Formula | Day | None
Rows = Sequence[Sequence[Cell]]


def xlsx(
    path: Path,
    sheets: Mapping[str, Rows],
    hidden: Sequence[str] = (),
    hidden_rows: Sequence[int] = (),
    merged: Sequence[str] = (),
    recalculate: bool = False,
) -> Path:
    """Write a workbook: sheets in order, those hidden, rows hidden in every sheet (from 1), cells merged in every sheet."""
    names = list(sheets)
    with zipfile.ZipFile(path, "w") as z:
        z.writestr("[Content_Types].xml", _types(len(names)))
        office = f'<Relationship Id="r" Type="{REL}/officeDocument" Target="xl/workbook.xml"/>'
        z.writestr("_rels/.rels", _relations(office))
        listed = "".join(
            f'<sheet name="{escape(n)}" sheetId="{i}" r:id="r{i}"{STATE if n in hidden else ""}/>'
            for i, n in enumerate(names, 1)
        )
        calc = '<calcPr fullCalcOnLoad="1"/>' if recalculate else ""
        z.writestr(
            "xl/workbook.xml", f'<workbook xmlns="{MAIN}" xmlns:r="{REL}"><sheets>{listed}</sheets>{calc}</workbook>'
        )
        parts = "".join(
            f'<Relationship Id="r{i}" Type="{REL}/worksheet" Target="worksheets/s{i}.xml"/>'
            for i in range(1, len(names) + 1)
        )
        styles = f'<Relationship Id="st" Type="{REL}/styles" Target="styles.xml"/>'
        z.writestr("xl/_rels/workbook.xml.rels", _relations(parts + styles))
        z.writestr("xl/styles.xml", _STYLES)
        for i, name in enumerate(names, 1):
            z.writestr(f"xl/worksheets/s{i}.xml", _sheet(sheets[name], hidden_rows, merged))
    return path


def _types(sheets: int) -> str:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = "".join(
        f'<Override PartName="/xl/worksheets/s{i}.xml" ContentType="{kind}.worksheet+xml"/>'
        for i in range(1, sheets + 1)
    )
    return (
        f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.'
        f'relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>{parts}</Types>'
    )


def _relations(inner: str) -> str:
    return f'<Relationships xmlns="{PACKAGE}/relationships">{inner}</Relationships>'


_STYLES = (
    f'<styleSheet xmlns="{MAIN}"><fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/>'
    '</borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="17" '
    'applyNumberFormat="1"/></cellXfs></styleSheet>'
)


def _letter(column: int) -> str:
    return chr(65 + column) if column < 26 else chr(64 + column // 26) + chr(65 + column % 26)


def _sheet(rows: Rows, hidden: Sequence[int], merged: Sequence[str]) -> str:
    lines = []
    for r, row in enumerate(rows, 1):
        cells = "".join(_cell(f"{_letter(c)}{r}", v) for c, v in enumerate(row))
        lines.append(f'<row r="{r}"{" hidden=" + chr(34) + "1" + chr(34) if r in hidden else ""}>{cells}</row>')
    over = "".join(f'<mergeCell ref="{m}"/>' for m in merged)
    over = f'<mergeCells count="{len(merged)}">{over}</mergeCells>' if merged else ""
    return f'<worksheet xmlns="{MAIN}"><sheetData>{"".join(lines)}</sheetData>{over}</worksheet>'


def _cell(at: str, value: Cell) -> str:
    match value:
        case None | "":
            return ""
        case Error(code):
            return f'<c r="{at}" t="e"><v>{code}</v></c>'
        case Formula(text, stored):
            return f'<c r="{at}"><f>{escape(text)}</f>{f"<v>{stored}</v>" if stored is not None else ""}</c>'
        case Day(number):
            return f'<c r="{at}" s="1"><v>{number}</v></c>'
        case str():
            return f'<c r="{at}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f'<c r="{at}"><v>{value}</v></c>'


_NAMES = {
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
    "style": "urn:oasis:names:tc:opendocument:xmlns:style:1.0",
    "calcext": "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0",
}


def ods(path: Path, sheets: Mapping[str, Rows], hidden: Sequence[str] = (), hidden_rows: Sequence[int] = ()) -> Path:
    """The same as an OpenDocument spreadsheet, as LibreOffice writes it."""
    spaces = " ".join(f'xmlns:{k}="{v}"' for k, v in _NAMES.items())
    styles = (
        '<style:style style:name="on" style:family="table"><style:table-properties table:display="true"/></style:style>'
        '<style:style style:name="off" style:family="table"><style:table-properties table:display="false"/></style:style>'
    )
    tables = []
    for name, rows in sheets.items():
        lines = []
        for r, row in enumerate(rows, 1):
            shut = ' table:visibility="collapse"' if r in hidden_rows else ""
            lines.append(f"<table:table-row{shut}>{''.join(map(_ods_cell, row))}</table:table-row>")
        style = "off" if name in hidden else "on"
        tables.append(
            f'<table:table table:name="{escape(name)}" table:style-name="{style}">{"".join(lines)}</table:table>'
        )
    content = (
        f"<office:document-content {spaces}><office:automatic-styles>{styles}</office:automatic-styles><office:body>"
        f"<office:spreadsheet>{''.join(tables)}</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    with zipfile.ZipFile(path, "w") as z:
        z.writestr("mimetype", kind)
        z.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
            f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>',
        )
        z.writestr("content.xml", content)
    return path


def _ods_cell(value: Cell) -> str:
    match value:
        case None | "":
            return "<table:table-cell/>"
        case Error(code):
            told = 'office:value-type="string" office:string-value="" calcext:value-type="error"'
            return f'<table:table-cell table:formula="of:=1/0" {told}><text:p>{code}</text:p></table:table-cell>'
        case Formula(text, None):
            return f'<table:table-cell table:formula="of:={escape(text)}"/>'
        case Formula(text, stored):
            told = f'office:value-type="float" office:value="{stored}"'
            return f'<table:table-cell table:formula="of:={escape(text)}" {told}><text:p>{stored}</text:p></table:table-cell>'
        case Day(number):
            from datetime import date, timedelta

            day = (date(1899, 12, 30) + timedelta(days=number)).isoformat()
            told = f'office:value-type="date" office:date-value="{day}"'
            return f"<table:table-cell {told}><text:p>{day}</text:p></table:table-cell>"
        case str():
            return f'<table:table-cell office:value-type="string"><text:p>{escape(value)}</text:p></table:table-cell>'
    return f'<table:table-cell office:value-type="float" office:value="{value}"><text:p>{value}</text:p></table:table-cell>'

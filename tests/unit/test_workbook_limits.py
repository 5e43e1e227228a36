"""A crafted workbook ends the process that reads it, and nothing else; it takes no memory that its size does not warrant."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from withless.files.faults import Fault
from withless.files.tables import read_table
from withless.files.workbook import BadWorkbook, open_workbook

CONTENT = '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'  # noqa: E501
RELS = '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" Target="{target}"/></Relationships>'  # noqa: E501
BOOK = '<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>'  # noqa: E501
SHEET = '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{dimension}<sheetData>{rows}</sheetData></worksheet>'
HEADER = '<row r="1"><c r="A1" t="inlineStr"><is><t>id</t></is></c></row>'


def workbook(path: Path, rows: str, dimension: str = "") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("[Content_Types].xml", CONTENT)
        parts.writestr("_rels/.rels", RELS.format(kind="officeDocument", target="xl/workbook.xml"))
        parts.writestr("xl/_rels/workbook.xml.rels", RELS.format(kind="worksheet", target="worksheets/sheet1.xml"))
        parts.writestr("xl/workbook.xml", BOOK)
        parts.writestr("xl/worksheets/sheet1.xml", SHEET.format(dimension=dimension, rows=rows))
    return path


READ = """
import resource, sys
from pathlib import Path
from withless.files.tables import read_table
before, faults = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, []
table = read_table(Path(sys.argv[1]), "w.xlsx", faults)
own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
cells = len(table.cells) if table is not None else 0
told = int(any(f.severity == "error" for f in faults))
print(cells, told, own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
"""Cells read, whether an error is told, kB that this process grew by, and the most that one of its own took."""


def test_a_plain_one_is_read(tmp_path: Path) -> None:
    path = workbook(tmp_path / "w.xlsx", HEADER + '<row r="2"><c r="A2"><v>7</v></c></row>')
    assert open_workbook(path).sheet("S").rows == [["id"], ["7"]]


@pytest.mark.parametrize(
    ("rows", "dimension"),
    [
        (HEADER + '<row r="2"><c r="XFD1048576"><v>1</v></c></row>', ""),
        (HEADER + '<row r="4294967295"><c r="A4294967295"><v>1</v></c></row>', ""),
        (HEADER + '<row r="2"><c r="A99999999999999999999"><v>1</v></c></row>', ""),
        (HEADER + '<row r="2"><c r="ZZZZZZZZZZZZZZ2"><v>1</v></c></row>', ""),
        (HEADER + '<row r="2"><c r="A0"><v>1</v></c></row>', ""),
        (HEADER + '<row r="2"><c r="2A"><v>1</v></c></row>', ""),
        (HEADER, '<dimension ref="A1:XFD1048576"/>'),
        (HEADER, '<dimension ref="B5:A1"/>'),
        (HEADER, '<dimension ref="A1:ZZZZZZZZ99999999999"/>'),
        (HEADER + '<row r="1000000000"><c r="A1000000000"><f>1</f></c></row>', ""),
    ],
)
def test_a_crafted_reference_is_a_sentence_and_takes_no_memory(tmp_path: Path, rows: str, dimension: str) -> None:
    path = workbook(tmp_path / "w.xlsx", rows, dimension)
    done = subprocess.run([sys.executable, "-c", READ, str(path)], capture_output=True, text=True, check=True)
    cells, told, own, most = map(int, done.stdout.split())
    assert told or cells < 10
    assert own < 200_000  # kB
    assert most < 700_000


def test_a_reader_that_aborts_is_a_bad_workbook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = workbook(tmp_path / "w.xlsx", HEADER)
    child = tmp_path / "child.py"
    child.write_text("import os; os.abort()", encoding="utf-8")
    monkeypatch.setattr(Path, "with_name", lambda *_: child)
    with pytest.raises(BadWorkbook):
        open_workbook(path)


def test_a_small_file_that_unpacks_to_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("withless.files.tables.LARGEST", 1_000_000)
    path = workbook(tmp_path / "w.xlsx", HEADER + " " * 1_001_000)
    faults: list[Fault] = []
    assert read_table(path, "w.xlsx", faults) is None
    assert "when unpacked" in str(faults[0])

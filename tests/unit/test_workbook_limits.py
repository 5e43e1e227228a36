"""A crafted workbook ends the process that reads it, and nothing else; it takes no memory that its size does not warrant."""

from __future__ import annotations

import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from withless.files import workbook as reader
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


@pytest.mark.parametrize("does", ["os.abort()", "time.sleep(60)", "raise SystemExit", "os.kill(os.getppid(), 9)"])
def test_a_reader_that_fails_is_a_bad_workbook_and_the_next_one_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, does: str
) -> None:
    """The reader breaks in its own process, hangs, or takes the process that forks down with it."""
    path = workbook(tmp_path / "w.xlsx", HEADER)
    broken = workbook(tmp_path / "broken.xlsx", HEADER)
    child = tmp_path / "workbook_child.py"
    code = reader.CHILD.read_text(encoding="utf-8")
    bad = f'    import os, time\n    if path.endswith("broken.xlsx"):\n        {does}\n'
    child.write_text(code.replace("    limit(Path(path))\n", f"{bad}    limit(Path(path))\n"), encoding="utf-8")
    (tmp_path / "workbook.py").write_bytes(reader.CHILD.with_name("workbook.py").read_bytes())
    monkeypatch.setattr(reader, "CHILD", child)
    monkeypatch.setattr(reader, "PATIENCE", 3)
    monkeypatch.setattr(reader, "_reader", reader._Reader())
    assert open_workbook(path).names == ("S",)
    with pytest.raises(BadWorkbook):
        open_workbook(broken)
    assert open_workbook(path).names == ("S",)
    reader._reader.end()


def test_what_reads_workbooks_ends_with_the_process_that_it_reads_for(tmp_path: Path) -> None:
    path = workbook(tmp_path / "w.xlsx", HEADER)
    code = (
        "import sys, time; from pathlib import Path; from withless.files import workbook as w; "
        "w.open_workbook(Path(sys.argv[1])); print(w._reader.process.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True) as asks:
        assert asks.stdout is not None
        pid = int(asks.stdout.readline())
        asks.kill()
    until = time.monotonic() + 5
    while Path(f"/proc/{pid}").exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert not Path(f"/proc/{pid}").exists()


def test_a_small_file_that_unpacks_to_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("withless.files.tables.LARGEST", 1_000_000)
    path = workbook(tmp_path / "w.xlsx", HEADER + " " * 1_001_000)
    faults: list[Fault] = []
    assert read_table(path, "w.xlsx", faults) is None
    assert "when unpacked" in str(faults[0])

"""The one door for written files: what it refuses, what it writes through, and what is left when it is broken off."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest
from typer.testing import CliRunner

from withless import atomic, writing
from withless.cli import app
from withless.report.tables import as_csv
from withless.writing import Twice, WontWrite, claim, plain, plain_json, reads, write_folder, write_whole


def names(folder: Path) -> set[str]:
    return {p.name for p in folder.iterdir()}


def say(*words: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, [str(w) for w in words])
    return done.exit_code, " ".join(done.output.split())


# Outputs never eat inputs


def test_what_a_run_has_read_is_never_written_over_even_by_force(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("a\n1\n", encoding="utf-8")
    os.link(tmp_path / "in.csv", tmp_path / "hard.csv")
    (tmp_path / "soft.csv").symlink_to("in.csv")
    with writing.run(force=True):
        reads(tmp_path / "in.csv")
        for name in ("in.csv", "hard.csv", "soft.csv", "../" + tmp_path.name + "/in.csv"):
            with pytest.raises(WontWrite, match="read by this very run"):
                write_whole(tmp_path / name, "a\n2\n")
            with pytest.raises(WontWrite, match="read by this very run"):
                claim([tmp_path / name])
    assert (tmp_path / "in.csv").read_text(encoding="utf-8") == "a\n1\n"


def test_reading_what_is_to_be_written_stops_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("", encoding="utf-8")
    with writing.run():
        claim([tmp_path / "in.csv"])
        with pytest.raises(WontWrite):
            reads(tmp_path / "in.csv")


def test_two_outputs_never_share_a_file(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("one")
    with writing.run():
        claim([tmp_path / "one"])
        with pytest.raises(Twice):
            claim([tmp_path / "link"])
        write_whole(tmp_path / "two", "x")
        with pytest.raises(Twice):
            write_whole(tmp_path / "two", "x")
        claim([Path("/dev/null"), Path("/dev/null")])


@pytest.mark.parametrize(
    ("old", "new", "sort", "ours"),
    [
        ("<!DOCTYPE html><p>mine", "<!DOCTYPE html>", "html", False),
        ('<!DOCTYPE html><meta name="generator" content="withless 0.1">', "<!DOCTYPE html>", "html", True),
        ('{"a": 1}', '{"b": 1}', "json", False),
        ('{"a": 1}', '{"a": 2}', "json", True),
        ("withless: 1\ntitle: Plan\n", '{"a": 2}', "json", False),
        ("id,name,x,y\nA,B,1,2\n", "service,area,users\n", "", False),
        ("service,area,users\n1,2,3\n", "service,area,users\n", "", True),
        ("# Written by withless fit. A mixture\n", "# Written by withless fit. A mixture\nb", "toml", True),
        ("id,name\n", "# Written by withless fit. A mixture\n", "toml", False),
        ("notes", b"PK\x03\x04", "xlsx", False),
        ("notes", b"$FL2", "sav", False),
    ],
)
def test_only_what_withless_wrote_as_that_output_is_written_over(
    tmp_path: Path, old: str, new: str | bytes, sort: str, ours: bool
) -> None:
    path = tmp_path / "it"
    path.write_text(old, encoding="utf-8")
    if ours:
        write_whole(path, new, sort=sort)
        return
    with pytest.raises(WontWrite, match="--force"):
        write_whole(path, new, sort=sort)
    assert path.read_text(encoding="utf-8") == old
    write_whole(path, new, sort=sort, force=True)


def test_a_table_that_people_edit_is_left_alone_unless_it_is_the_same(tmp_path: Path) -> None:
    write_whole(tmp_path / "t.csv", "a\n1\n", edited=True)
    write_whole(tmp_path / "t.csv", "a\n1\n", edited=True)
    with pytest.raises(WontWrite, match="differs"):
        write_whole(tmp_path / "t.csv", "a\n2\n", edited=True)


def test_a_file_marked_as_read_only_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a\n1\n", encoding="utf-8")
    (tmp_path / "t.csv").chmod(0o444)
    with pytest.raises(WontWrite, match="not to be written"):
        write_whole(tmp_path / "t.csv", "a\n2\n")


def test_one_file_in_the_way_keeps_the_whole_folder_from_being_written(tmp_path: Path) -> None:
    (tmp_path / "areas.csv").write_text("id,name\nA,B\n", encoding="utf-8")
    with pytest.raises(WontWrite):
        write_folder(tmp_path, {"money.csv": "year\n", "areas.csv": "id,users\n"})
    assert names(tmp_path) == {"areas.csv"}


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("county") / "nsx"
    assert say("example", "northshire", folder)[0] == 0
    return folder


@pytest.mark.parametrize(
    "words",
    [
        ("assess", "plan.yaml", "--csv", "."),
        ("assess", "plan.yaml", "--json", "plan.yaml"),
        ("assess", "plan.yaml", "--html", "people.csv"),
        ("assess", "plan.yaml", "--json", "x.json", "--html", "x.json"),
        ("fit", ".", "libraries", "--out", "libraries.csv"),
        ("venues", "closures", ".", "--service", "libraries", "--csv", "libraries.csv"),
        ("waits", "project", ".", "--json", "bands.csv"),
        ("assumptions", "plan.yaml", "--csv", "plan.yaml"),
        ("poll", "people.csv", "--xlsx", "people.csv"),
        ("import", "rtt", "bands.csv", "--england", "--out", "."),
    ],
)
def test_no_command_writes_over_what_it_reads(
    county: Path, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(county)
    before = {p.name: p.read_bytes() for p in county.iterdir()}
    for more in ((), ("--force",)):
        code, said = say(*words, *more)
        assert code in (1, 2), said
        assert "Traceback" not in said
    assert {p.name: p.read_bytes() for p in county.iterdir()} == before


# Written through, not replaced


def test_links_are_followed_and_the_mode_of_what_is_replaced_stays(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "t").write_text("old", encoding="utf-8")
    (tmp_path / "real" / "t").chmod(0o640)
    (tmp_path / "link").symlink_to("real/t")
    (tmp_path / "dangling").symlink_to("real/new")
    atomic.put(tmp_path / "link", b"new")
    atomic.put(tmp_path / "dangling", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "dangling").is_symlink()
    assert (tmp_path / "real" / "t").read_bytes() == (tmp_path / "real" / "new").read_bytes() == b"new"
    assert stat.S_IMODE((tmp_path / "real" / "t").stat().st_mode) == 0o640


def test_pipes_and_devices_are_written_to(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append((tmp_path / "pipe").read_bytes()))
    reader.start()
    atomic.put(tmp_path / "pipe", b"through")
    reader.join()
    (tmp_path / "null").symlink_to("/dev/null")
    atomic.put(tmp_path / "null", b"away")
    assert read == [b"through"]
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


WRITE = """
import sys
from pathlib import Path
from withless.writing import write_whole
print("before")
write_whole(Path(sys.argv[1]), "through\\n")
print("after")
"""


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_standard_output_by_name_is_appended_to_not_replaced(tmp_path: Path, name: str) -> None:
    log = tmp_path / "log"
    log.write_text("kept\n", encoding="utf-8")
    with log.open("a") as file:
        subprocess.run([sys.executable, "-c", WRITE, name], stdout=file, check=True)
    assert log.read_text(encoding="utf-8").split() == ["kept", "before", "through", "after"]


# Whole or not at all, nothing left behind


def test_a_folder_of_tables_is_swapped_whole_and_the_other_files_in_it_stay(tmp_path: Path) -> None:
    folder = tmp_path / "tables"
    atomic.put_all(folder, {"a": b"1", "b": b"1"})
    (folder / "mine.txt").write_text("kept", encoding="utf-8")
    folder.chmod(0o750)
    number = folder.stat().st_ino
    atomic.put_all(folder, {"a": b"2", "b": b"2"})
    assert folder.stat().st_ino != number
    assert stat.S_IMODE(folder.stat().st_mode) == 0o750
    assert {p.name: p.read_text(encoding="utf-8") for p in folder.iterdir()} == {"a": "2", "b": "2", "mine.txt": "kept"}
    assert names(tmp_path) == {"tables"}


def test_a_folder_with_folders_in_it_is_written_file_by_file(tmp_path: Path) -> None:
    (tmp_path / "t" / "fit").mkdir(parents=True)
    number = (tmp_path / "t").stat().st_ino
    atomic.put_all(tmp_path / "t", {"a": b"2"})
    assert (tmp_path / "t").stat().st_ino == number
    assert names(tmp_path / "t") == {"a", "fit"}


READ = """
import os, sys
from pathlib import Path
from withless.atomic import put_all
for n in range(400):
    put_all(Path(sys.argv[1]), {name: str(n).encode() * 2000 for name in "abcdefgh"})
"""


def test_no_reader_ever_sees_old_and_new_tables_together(tmp_path: Path) -> None:
    folder = tmp_path / "tables"
    atomic.put_all(folder, dict.fromkeys("abcdefgh", b"0" * 2000))
    writer = subprocess.Popen([sys.executable, "-c", READ, str(folder)])
    seen = 0
    while writer.poll() is None:
        inside = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            texts = {(os.open(name, os.O_RDONLY, dir_fd=inside)) for name in "abcdefgh"}
        except FileNotFoundError:  # the folder we stand in is the old one, being cleared
            continue
        finally:
            os.close(inside)
        contents = {os.pread(handle, 20_000, 0) for handle in texts}
        for handle in texts:
            os.close(handle)
        assert len(contents) == 1
        seen += 1
    assert writer.returncode == 0
    assert seen > 20
    assert names(tmp_path) == {"tables"}


KILLED = """
import os, signal, sys
from pathlib import Path
from withless import drafts
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # who runs the tests may have them ignore it
print("ready", flush=True)
while True:
    atomic.put(Path(sys.argv[1]) / "one.json", os.urandom(200_000))
    atomic.put_all(Path(sys.argv[1]) / "tables", {n: os.urandom(100_000) for n in "abc"})
"""


def test_a_killed_writer_leaves_whole_files_and_its_drafts_are_swept(tmp_path: Path) -> None:
    atomic.put(tmp_path / "one.json", b"0" * 200_000)
    atomic.put_all(tmp_path / "tables", dict.fromkeys("abc", b"0" * 100_000))
    for i in range(12):
        child = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE)
        assert child.stdout is not None
        child.stdout.readline()
        threading.Event().wait(0.01 + 0.013 * i)
        child.send_signal((signal.SIGKILL, signal.SIGTERM, signal.SIGHUP)[i % 3])
        child.wait()
        child.stdout.close()
        assert (tmp_path / "one.json").stat().st_size == 200_000
        assert {n: (tmp_path / "tables" / n).stat().st_size for n in "abc"} == dict.fromkeys("abc", 100_000)
    atomic.put(tmp_path / "one.json", b"last")
    atomic.put_all(tmp_path / "tables", {"a": b"last"})
    assert names(tmp_path) == {"one.json", "tables"}


def test_a_full_disk_is_told_with_the_files_name_and_leaves_the_old_one(tmp_path: Path) -> None:
    code = textwrap.dedent("""
        import resource, signal, sys
        from pathlib import Path
        from withless.atomic import put, put_all
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        large = b"x" * 2000
        for write in (lambda: put(Path(sys.argv[1]), large), lambda: put_all(Path(sys.argv[2]), {"a": b"", "b": large})):
            try:
                write()
            except OSError as error:
                print(error.filename)
    """)
    (tmp_path / "old").write_text("old", encoding="utf-8")
    put = [sys.executable, "-c", code, str(tmp_path / "old"), str(tmp_path / "new" / "tables")]
    said = subprocess.run(put, capture_output=True, text=True, check=True).stdout.split()
    assert said == [str(tmp_path / "old"), str(tmp_path / "new" / "tables")]
    assert names(tmp_path) == {"old"}
    assert (tmp_path / "old").read_text(encoding="utf-8") == "old"


def test_without_nameless_files_drafts_have_a_hidden_name_and_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "O_TMPFILE")
    atomic.put(tmp_path / "a", b"1")
    atomic.put(tmp_path / "a", b"2")
    atomic.put_all(tmp_path / "t", {"a": b"1"})
    atomic.put_all(tmp_path / "t", {"a": b"2"})
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space"):
        atomic.put(tmp_path / "a", b"3")
    assert names(tmp_path) == {"a", "t"}
    assert (tmp_path / "a").read_bytes() == (tmp_path / "t" / "a").read_bytes() == b"2"


# What text may hold


def test_nothing_unseen_leaves_and_json_keeps_its_meaning() -> None:
    import json

    nasty = "a\x1b[31m\x9b2J\u202eb\0\ud800c\nd\té\u00a0日本\u200d"
    assert plain(nasty) == "a\\x1b[31m\\x9b2J\\u202eb\\x00\\ud800c\nd\té\u00a0日本\u200d"
    assert json.loads(plain_json(json.dumps({nasty: nasty}, ensure_ascii=False))) == {nasty: nasty}


def test_neither_cells_nor_headers_of_a_csv_start_a_formula() -> None:
    text = as_csv([{"=cmd|' /C calc'!A0": "=1+1", "+x": "-1", "ok\x1b": -1.5}])
    cells = text.replace("\r\n", ",").split(",")
    assert all(c.lstrip('"')[:1] not in ("=", "+", "@") for c in cells)
    assert "\x1b" not in text
    assert ",-1.5" in text  # a number is a number


def test_every_line_that_is_printed_goes_through_one_door() -> None:
    folder = Path(writing.__file__).parent
    for path in folder.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        calls = (
            text.count("typer.echo(")
            + text.count("click.echo(")
            + text.count(" print(")
            + text.count("sys.stdout.write")
        )
        assert calls == (2 if path.parts[-2:] == ("cli", "console.py") else 0), path


def test_every_file_is_written_through_one_door() -> None:
    folder = Path(writing.__file__).parent
    ways = ("write_text(", "write_bytes(", 'open("w', "open('w", "to_csv(path", ".save(", "NamedTemporaryFile")
    known = {"atomic.py", "stream.py"}  # a poll too large for memory is laid down in a folder that has no name
    for path in folder.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert path.name in known or not any(way in text for way in ways), path

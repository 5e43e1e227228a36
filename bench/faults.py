"""What is left when a run is killed, the disk is full, nothing can be written, the power failed, or two runs meet.

    python bench/faults.py [kills]

Works in a folder of its own, on the invented county. After every fault: inputs are as they were, each output is the old one
or a new one and whole, no draft and no process is left, and what is said holds no traceback. Prints a line a kind and leaves
with 1 where any of that does not hold.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WITHLESS = [str(Path(sys.executable).with_name("withless"))]
OUTPUTS = ("--json", "out/r.json", "--html", "out/r.html", "--csv", "out/tables")


class Broken(Exception):
    """A promise that does not hold."""


def main(kills: int = 40) -> int:
    """Run every kind of fault."""
    random.seed(1)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="withless-faults-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        run(folder, "example", "northshire", "nsx")
        run(folder, "example", "poll", "poll")
        run(folder, "assess", "nsx/plan.yaml", "--draws", "64", "-q", *OUTPUTS)
        before = digests(folder / "nsx") | digests(folder / "poll")
        for kind in (killed, full_disk, nothing_writable, power_cut, two_at_once):
            start = time.monotonic()
            try:
                told = kind(folder, kills) if kind is killed else kind(folder)
                if digests(folder / "nsx") | digests(folder / "poll") != before:
                    raise Broken("an input was changed")
                if left := [str(p) for p in folder.rglob("*.part")]:
                    raise Broken(f"left behind: {left}")
            except Broken as error:
                told, failed = f"BROKEN: {error}", failed + 1
            print(f"{kind.__name__.replace('_', ' '):<18}{time.monotonic() - start:>6.0f} s  {told}", flush=True)
    return 1 if failed else 0


def killed(folder: Path, kills: int) -> str:
    """Runs with one process and with two, ended at any time by TERM, HUP or KILL."""
    signals = (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP)
    done = after = 0
    for i in range(kills):
        words = ["assess", "nsx/plan.yaml", "--draws", "256", "-q", *OUTPUTS, "--workers", str(1 + i % 2)]
        child = subprocess.Popen(
            [*WITHLESS, *words], cwd=folder, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        time.sleep(random.uniform(0.2, 14.0))
        done += child.poll() is not None
        child.send_signal(signals[i % 3])
        child.wait()
        for _ in range(40):
            if not (alive := session(child.pid)):
                break
            time.sleep(0.25)
        else:
            raise Broken(f"{len(alive)} processes outlived the one they worked for")
        assert child.stderr is not None
        if "Traceback" in child.stderr.read():
            raise Broken("a traceback")
        child.stderr.close()
        whole(folder / "out")
        after += 1
    run(folder, "assess", "nsx/plan.yaml", "--draws", "64", "-q", *OUTPUTS)  # sweeps what a kill between two steps left
    whole(folder / "out")
    return f"{after} kills ({done} of them after the end): no file lost or half, no process left"


def full_disk(folder: Path) -> str:
    """Files that cannot grow beyond some bytes."""
    poll = ("poll", "poll/residents.csv", "--spec", "poll/poll.yaml", "-q")
    cases = (
        ("assess", "nsx/plan.yaml", "--draws", "64", "-q", "--json", "out/r.json"),
        ("assess", "nsx/plan.yaml", "--draws", "64", "-q", "--html", "out/r.html"),
        ("assess", "nsx/plan.yaml", "--draws", "64", "-q", "--csv", "out/tables"),
        (*poll, "--xlsx", "out/p.xlsx"),
        (*poll, "--html", "out/p.html"),
        (*poll, "--json", "out/p.json"),
        ("assumptions", "--json", "out/a.json"),
        ("waits", "project", "nsx", "--draws", "64", "--json", "out/w.json"),
        ("assumptions", "--json", "/dev/full"),
    )
    for words in cases:
        limited = ["prlimit", "--fsize=4000", sys.executable, "-c", IGNORE, *WITHLESS, *words]
        done = subprocess.run(limited, cwd=folder, capture_output=True, text=True, check=False)
        target = words[-1]
        if done.returncode != 1 or target not in done.stderr or "Traceback" in done.stderr:
            raise Broken(f"{' '.join(words)}: {done.returncode} {done.stderr[-300:]}")
        whole(folder / "out")
    return f"{len(cases)} outputs: exit 1, the file named, the old one kept"


IGNORE = "import os, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])"


READ_ONLY = 'mount -o remount,ro,bind / && mount -t tmpfs -o ro tmpfs /dev/shm; exec "$@"'


def nothing_writable(folder: Path) -> str:
    """Every file system read-only, no home: packages, caches, temporary files and results have no place."""
    alone = ["unshare", "-m", "sh", "-c", READ_ONLY, "sh", "env", "-u", "XDG_CACHE_HOME", "HOME=/nonexistent"]
    if subprocess.run([*alone, "true"], capture_output=True, check=False).returncode:
        return "skipped: takes root, and the right to mount"
    cases = (
        (("check", "nsx/plan.yaml"), 0),
        (("programmes", "curve", "nsx", "--service", "youth", "--draws", "64"), 0),
        (("assess", "nsx/plan.yaml", "--draws", "64", "-q", "--json", "out/r.json"), 2),
        (("waits", "project", "nsx", "--draws", "64", "--json", "-"), 0),
    )
    for words, code in cases:
        done = subprocess.run([*alone, *WITHLESS, *words], cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode != code or "Traceback" in done.stderr:
            raise Broken(f"{' '.join(words)}: {done.returncode} {done.stderr[-300:]}")
        if code and "out/r.json" not in done.stderr:
            raise Broken(f"the file is not named: {done.stderr[-300:]}")
    return f"{len(cases)} commands: done, or told what cannot be written"


def power_cut(folder: Path) -> str:
    """Kept compiled code that is empty, cut, or zeros."""
    kept = folder / "kept"
    words = ("waits", "project", "nsx", "--draws", "64", "--json", "-")
    told = dict(os.environ, NUMBA_CACHE_DIR=str(kept))
    right = output(folder, words, told)
    for damage in (lambda _: b"", lambda b: b[: len(b) // 2], lambda b: b"\0" * len(b)):
        for path in kept.rglob("*.withless"):
            path.write_bytes(damage(path.read_bytes()))
        if output(folder, words, told) != right or output(folder, words, told) != right:
            raise Broken("another result")
    return f"3 damages of {len(list(kept.rglob('*.withless')))} files: compiled again, the same result"


def two_at_once(folder: Path) -> str:
    """Two runs into the same files."""
    for i in range(4):
        words = ["assess", "nsx/plan.yaml", "--draws", "64", "-q", *OUTPUTS]
        pair = [subprocess.Popen([*WITHLESS, *words, "--seed", str(2 * i + s)], cwd=folder) for s in (1, 2)]
        if any(p.wait() for p in pair):
            raise Broken("a run failed")
        whole(folder / "out")
    return "4 pairs: every file from one run"


def whole(out: Path) -> None:
    """Every output is one that was finished, and the tables are of one run."""
    json.loads((out / "r.json").read_text(encoding="utf-8"))
    if not (out / "r.html").read_text(encoding="utf-8").rstrip().endswith("</html>"):
        raise Broken("a page that is cut")
    tables = {p.name: p.read_text(encoding="utf-8-sig") for p in (out / "tables").iterdir()}
    if len(tables) < 10:
        raise Broken(f"tables {sorted(tables)}")
    rows = {name: len(list(csv.reader(text.splitlines()))) for name, text in tables.items()}
    if min(rows.values()) < 1 or not all(text.endswith("\n") for text in tables.values()):
        raise Broken(f"a table that is cut: {rows}")


def session(number: int) -> list[str]:
    """Processes of a session that still run."""
    told = subprocess.run(["ps", "-o", "pid=,stat=", "-s", str(number)], capture_output=True, text=True, check=False)
    return [line for line in told.stdout.splitlines() if "Z" not in line]


def digests(folder: Path) -> dict[str, str]:
    """What every file of a folder holds."""
    return {str(p): hashlib.blake2b(p.read_bytes()).hexdigest() for p in folder.rglob("*") if p.is_file()}


def run(folder: Path, *words: str) -> None:
    """Run a command that must succeed."""
    subprocess.run([*WITHLESS, *words], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def output(folder: Path, words: tuple[str, ...], environment: dict[str, str]) -> str:
    """What a command prints."""
    done = subprocess.run([*WITHLESS, *words], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode or "Traceback" in done.stderr:
        raise Broken(done.stderr[-300:])
    return done.stdout


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))

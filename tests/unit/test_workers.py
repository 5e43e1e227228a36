"""Processes end with the one that they work for, and a polite signal ends a run as Ctrl-C does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

POOL = """
import os, signal, time
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # who runs the tests may have them ignore it
from joblib import delayed
from withless.workers import shared

def job(i):
    print(os.getpid(), flush=True)
    time.sleep(60)

list(shared((delayed(job)(i) for i in range(2)), 2))
"""

COMMAND = """
import signal, time
signal.signal(signal.SIGHUP, signal.SIG_DFL)
from withless.cli.console import ended_by_signals, told

@told
def run():
    print("ready", flush=True)
    time.sleep(60)

import typer
app = typer.Typer()
app.command()(run)
with ended_by_signals():
    app()
"""
AFTERWARDS = """
import atexit, time
from withless.cli.console import ended_by_signals

def slow():
    print("ready", flush=True)
    time.sleep(60)

atexit.register(slow)
with ended_by_signals():
    pass
"""


def alive(process: int) -> bool:
    status = Path(f"/proc/{process}/stat")
    return status.exists() and status.read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] != "Z"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at /proc")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_workers_end_with_the_process_they_work_for(tmp_path: Path, number: int) -> None:
    script = tmp_path / "pool.py"
    script.write_text(POOL, encoding="utf-8")
    parent = subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert parent.stdout is not None
    workers = [int(parent.stdout.readline()) for _ in range(2)]
    assert all(alive(w) for w in workers)
    parent.send_signal(number)
    parent.wait()
    deadline = time.monotonic() + 20  # two seconds on a machine that has nothing else to do
    while any(map(alive, workers)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(map(alive, workers))
    parent.stdout.close()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)])
def test_a_polite_signal_ends_a_run_in_a_sentence(number: int, code: int) -> None:
    told = dict(os.environ)
    child = subprocess.Popen(
        [sys.executable, "-c", COMMAND], env=told, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    child.send_signal(number)
    _, said = child.communicate(timeout=60)
    assert (child.returncode, said) == (code, "Stopped. Files that were not finished were not written.\n")


def test_a_polite_signal_while_python_cleans_up_ends_it_without_a_word() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", AFTERWARDS], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGTERM)
    said = process.communicate(timeout=20)[1]
    assert (process.returncode, said) == (-signal.SIGTERM, "")

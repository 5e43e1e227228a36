"""Compiled code is kept where it can be, and nothing that a power cut or another process left is ever run."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from withless import kernels

MODULE = """
from withless.kernels import njit, unkept

@njit(cache=True)
def twice(x):
    return 2 * x

@njit(inline="always")
def one(x):
    return x + 1

@njit(cache=True)
def most(x):
    return twice(one(x))
"""
RUN = (
    "import kept; print(kept.most(20), kept.most(0.5), sum(kept.most.stats.cache_hits.values()), "
    "len(kept.unkept), type(kept.most).__name__)"
)


def run(folder: Path, *before: str, **environment: str) -> list[str]:
    told = {k: v for k, v in os.environ.items() if k != "NUMBA_CACHE_DIR"} | {"PYTHONPATH": f"{folder}:{source()}"}
    done = subprocess.run(
        [*before, sys.executable, "-B", "-c", RUN], env=told | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def source() -> str:
    import withless

    return str(Path(withless.__file__).parents[1])


@pytest.fixture
def module(tmp_path: Path) -> Path:
    (tmp_path / "kept.py").write_text(MODULE, encoding="utf-8")
    return tmp_path


def test_what_is_kept_is_used_again_and_damage_is_thrown_away(module: Path) -> None:
    assert run(module) == ["42", "3.0", "0", "0", "CPUDispatcher"]
    files = list((module / "__pycache__").glob("kept.most*.withless"))
    assert len(files) == 2
    assert run(module)[2] == "2"
    whole = files[0].read_bytes()
    for damaged in (
        b"",
        whole[:-1],
        whole[:100],
        b"\0" * len(whole),
        whole[:-500] + b"\0" * 500,
        whole[:40] + whole[41:],
    ):
        for path in files:
            path.write_bytes(damaged)
        assert run(module)[:2] == ["42", "3.0"]
        assert run(module)[2] == "2"


def test_other_source_makes_other_code_and_lets_the_old_go(module: Path) -> None:
    run(module)
    old = set((module / "__pycache__").glob("kept.most*"))
    (module / "kept.py").write_text(MODULE.replace("twice(one(x))", "twice(one(x)) + 100"), encoding="utf-8")
    assert run(module)[0] == "142"
    assert not old & set((module / "__pycache__").glob("kept.most*"))


NO_CACHE = {"HOME": "/dev/null", "XDG_CACHE_HOME": "/dev/null", "NUMBA_CACHE_DIR": ""}


def no_cache(module: Path) -> Path:
    """The module where neither its own folder nor the user's cache can be written; the temporary folder."""
    (module / "__pycache__").write_text("a file, where a folder would be made", encoding="utf-8")
    temporary = module / "tmp"
    temporary.mkdir()
    return temporary


def test_where_no_cache_can_be_written_a_temporary_folder_of_ones_own_keeps_it(module: Path) -> None:
    temporary = no_cache(module)
    assert run(module, **NO_CACHE, TMPDIR=str(temporary))[3] == "0"
    (folder,) = temporary.iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    kept = list(folder.rglob("*.withless"))
    assert kept
    before = [path.stat().st_mtime_ns for path in kept]
    assert run(module, **NO_CACHE, TMPDIR=str(temporary))[3] == "0"
    assert [path.stat().st_mtime_ns for path in kept] == before


def test_a_temporary_folder_that_others_can_write_is_not_run_from(module: Path) -> None:
    temporary = no_cache(module)
    (temporary / f"withless-{os.getuid()}").mkdir()
    (temporary / f"withless-{os.getuid()}").chmod(0o777)
    assert run(module, **NO_CACHE, TMPDIR=str(temporary))[3] == "2"


def test_where_nothing_can_be_written_it_is_compiled_in_memory(module: Path) -> None:
    temporary = no_cache(module)
    (temporary / f"withless-{os.getuid()}").write_text("a file, where a folder would be made", encoding="utf-8")
    assert run(module, **NO_CACHE, TMPDIR=str(temporary)) == ["42", "3.0", "0", "2", "CPUDispatcher"]


def test_a_full_disk_keeps_nothing_and_breaks_nothing(module: Path) -> None:
    limit = ("prlimit", "--fsize=20000:20000")
    code = f"import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); {RUN}"
    told = dict(os.environ, PYTHONPATH=f"{module}:{source()}")
    done = subprocess.run(
        [*limit, sys.executable, "-B", "-c", code], env=told, capture_output=True, text=True, check=False
    )
    assert done.stdout.split()[:2] == ["42", "3.0"], done.stderr
    assert not [p for p in (module / "__pycache__").iterdir() if "part" in p.name or p.stat().st_size == 0]


def test_numbas_switch_for_other_code_leaves_ours_compiled(module: Path) -> None:
    assert run(module, NUMBA_DISABLE_JIT="1")[:2] == ["42", "3.0"]
    assert run(module, NUMBA_DISABLE_JIT="1")[4] == "CPUDispatcher"


def test_two_processes_that_compile_at_once_never_swap_functions(module: Path) -> None:
    told = dict(os.environ, PYTHONPATH=f"{module}:{source()}")
    codes = ["import kept; print(kept.most(20))", "import kept; print(kept.most(20.0))"] * 2
    started = [
        subprocess.Popen([sys.executable, "-B", "-c", code], env=told, stdout=subprocess.PIPE, text=True)
        for code in codes
    ]
    assert [p.communicate()[0].strip() for p in started] == ["42", "42.0"] * 2
    assert run(module)[:3] == ["42", "3.0", "2"]


BEYOND = """
import numpy as np
from withless.kernels import njit
from withless.simd import at, load, put, store

@njit(cache=True, error_model="numpy")
def number(a, i):
    return a[i]

@njit(cache=True)
def vector(a, i):
    store(np.empty(8), 0, load(a, i))

@njit(cache=True)
def row(a, i):
    put(np.empty((1, 8)), 0, at(a, i))

for read, most in ((number, 23), (vector, 16), (row, 2)):
    line = np.arange(24.0) if read is not row else np.zeros((3, 8))
    read(line, most)
    for i in (most + 1, -25):
        try:
            read(line, i)
        except IndexError:
            print("refused")
"""


def test_debug_runs_refuse_an_index_out_of_bounds_in_compiled_code(tmp_path: Path) -> None:
    """Otherwise it reads what lies there, or ends Python: `WITHLESS_CHECK_BOUNDS=1 pytest` runs everything so."""
    (tmp_path / "beyond.py").write_text(BEYOND, encoding="utf-8")
    told = dict(os.environ, PYTHONPATH=source(), WITHLESS_CHECK_BOUNDS="1")
    command = [sys.executable, "-B", str(tmp_path / "beyond.py")]
    done = subprocess.run(command, env=told, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["refused"] * 6, done.stderr


def test_a_machine_without_any_temporary_folder_has_none_and_runs_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> str:
        raise FileNotFoundError("No usable temporary directory found")

    monkeypatch.setattr("tempfile.gettempdir", none)
    assert kernels._temporary() is None

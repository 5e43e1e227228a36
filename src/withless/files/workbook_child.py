"""What a workbook holds, read in a process of its own, with limits: a crafted file ends that process and nothing else.

Run by its path, with the workbook's path and, where a sheet is asked for, its name.
Prints the answer pickled. Needs nothing of the package but workbook.py beside it, so that it starts at once.
"""

from __future__ import annotations

import importlib.util
import os
import pickle
import sys
import threading
import time
import zipfile
from pathlib import Path
from typing import Any

LEAST, EACH, MOST = 600_000_000, 20, 4_000_000_000
"""Bytes of memory that reading may take: at least, for each byte when unpacked, and at most."""
SECONDS = 120
"""Seconds of a processor that reading one may take."""


def limit(path: Path) -> None:
    """Hold this process to its memory and time, where the system can: what a file of this size can need."""
    try:
        import resource
    except ImportError:
        return
    size = path.stat().st_size
    if zipfile.is_zipfile(path):
        size = sum(part.file_size for part in zipfile.ZipFile(path).infolist())
    memory = min(LEAST + EACH * size, MOST)
    for what, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_CORE, 0)):
        hard = resource.getrlimit(what)[1]
        resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def end_with(parent: int) -> None:
    """End once the process that asked is no more."""

    def look() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=look, daemon=True).start()


def reader() -> Any:
    """The module beside this one, loaded without its package."""
    spec = importlib.util.spec_from_file_location("workbook", Path(__file__).with_name("workbook.py"))
    assert spec is not None  # noqa: S101  # the file is beside this one
    assert spec.loader is not None  # noqa: S101
    module = importlib.util.module_from_spec(spec)
    sys.modules["workbook"] = module
    spec.loader.exec_module(module)
    return module


def main(path: str, sheet: str | None) -> None:
    """Print the names of sheets and which are hidden, or the sheet asked for."""
    end_with(os.getppid())
    limit(Path(path))
    module = reader()
    book = module.opened(Path(path))
    if sheet is None:
        answer: object = (book.names, tuple(sorted(book.hidden)))
    else:
        found = module.sheet_of(book, sheet)
        answer = (found.name, found.rows, tuple(sorted(found.hidden_rows)), tuple(found.merged_down.items()))
    pickle.dump(answer, sys.stdout.buffer, protocol=5)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None)

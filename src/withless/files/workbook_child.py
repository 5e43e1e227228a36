"""What workbooks hold, read in processes of their own, with limits: a crafted file ends its process and nothing else.

Run by its path. Each line of standard input asks for one reading: a JSON list of the workbook's path and, where a sheet is
asked for, its name. Each is answered with eight bytes (how long the answer is; 0 where reading failed) and the answer, pickled.
Every reading has a process of its own, forked from this one, which has loaded the reader; where nothing can be forked, this
process reads one file and ends. Needs nothing of the package but workbook.py beside it, so that it starts at once.
"""

from __future__ import annotations

import importlib.util
import json
import os
import pickle
import select
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


def read(module: Any, path: str, sheet: str | None) -> bytes:
    """Names of sheets and which are hidden, or the sheet asked for, pickled."""
    limit(Path(path))
    book = module.opened(Path(path))
    if sheet is None:
        return pickle.dumps((book.names, tuple(sorted(book.hidden))), protocol=5)
    found = module.sheet_of(book, sheet)
    answer = (found.name, found.rows, tuple(sorted(found.hidden_rows)), tuple(found.merged_down.items()))
    return pickle.dumps(answer, protocol=5)


def apart(module: Any, path: str, sheet: str | None, parent: int) -> bytes:
    """The same from a process of its own; nothing where that ended without an answer. Ends with `parent`."""
    here, there = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(here)
        end_with(os.getppid())
        try:
            with os.fdopen(there, "wb") as answer:
                answer.write(read(module, path, sheet))
        finally:
            os._exit(int(sys.exc_info()[0] is not None))
    os.close(there)
    pieces = []
    while True:
        if not select.select([here], [], [], 1)[0]:
            if os.getppid() != parent:
                os._exit(1)  # and the reading ends with it
        elif piece := os.read(here, 1 << 20):
            pieces.append(piece)
        else:
            os.close(here)
            return b"".join(pieces) if os.waitpid(child, 0)[1] == 0 else b""


def main() -> None:
    """Answer requests until there are no more."""
    parent, forks = os.getppid(), hasattr(os, "fork")
    module = reader()
    module.ready()
    if not forks:
        end_with(parent)
    for line in sys.stdin.buffer:
        path, sheet = json.loads(line)
        answer = apart(module, path, sheet, parent) if forks else read(module, path, sheet)
        sys.stdout.buffer.write(len(answer).to_bytes(8, "big") + answer)
        sys.stdout.buffer.flush()
        if not forks:
            return


if __name__ == "__main__":
    main()

"""Files written whole or not at all: a draft beside the target, then one rename; and cells that start no formula."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

STARTS_A_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def write_whole(path: Path, text: str) -> None:
    """Write UTF-8 text so that a reader sees the old file or the new one, never half; keeps usual permissions."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        mask = os.umask(0)
        os.umask(mask)
        Path(draft).chmod(0o666 & ~mask)
        Path(draft).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(draft).unlink()
        raise


def why_not(path: Path, folder: bool = False) -> str:
    """What keeps a file (or a folder of files) from being written there, in words; empty where nothing does."""
    target = path if folder else path.parent
    if not folder and path.is_dir():
        return "is a folder; a file name is expected"
    if folder and path.exists() and not path.is_dir():
        return "is a file; a folder is expected"
    while not target.exists():
        target = target.parent
    if not target.is_dir():
        return f"cannot be made, because {target} is a file"
    return "" if os.access(target, os.W_OK) else f"cannot be written, because {target} is not ours to write in"


def safe(value: object) -> object:
    """A cell that a spreadsheet takes as what it is: text that would start a formula gets a `'` before it."""
    if isinstance(value, str) and (value[:1] in ("\t", "\r", "\n") or value.lstrip()[:1] in STARTS_A_FORMULA):
        return f"'{value}"
    return "" if value is None else value

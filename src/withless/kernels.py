"""Compiled functions, kept on disk so that nothing half-written is ever run.

Numba's own store trusts what it finds: an empty or cut file, as a power cut leaves it, breaks every later run, zeros in one
are run as code, and two processes that compile at once can swap two functions. Here every compiled function is one file
with a digest of all of it; one that does not hold is thrown away and compiled again. Where neither the package's folder nor the
user's cache can be written, a temporary folder is taken; where not even that, it is compiled anew in every process.
"""

from __future__ import annotations

import contextlib
import functools
import getpass
import logging
import os
import pickle
import stat
import tempfile
from collections.abc import Callable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar, cast, overload

import numba
from numba.core import config, serialize
from numba.core.caching import FunctionCache

from . import atomic

Function = TypeVar("Function", bound=Callable[..., Any])
_dumps: Callable[[object], bytes] = cast(Any, serialize).dumps
_DIGEST = 32

CHECKED = bool(os.environ.get("WITHLESS_CHECK_BOUNDS"))
"""Debug runs: every index of compiled code is checked, and one out of range is an IndexError; nothing is kept on disk."""
unkept: list[str] = []
"""Functions of this process that could be kept nowhere."""


@overload
def njit(function: Function, /) -> Function: ...
@overload
def njit(*, cache: bool = False, **options: Any) -> Callable[[Function], Function]: ...
def njit(function: Any = None, /, *, cache: bool = False, **options: Any) -> Any:
    """`numba.njit`, which also compiles under NUMBA_DISABLE_JIT (a switch for other people's code: ours has no other form)."""
    if function is None:
        return lambda f: njit(f) if not cache and not options else _made(f, cache, options)
    return _made(function, cache, options)


def _made(function: Callable[..., Any], cache: bool, options: dict[str, Any]) -> Any:
    with _compiling():
        made = numba.njit(**options, boundscheck=CHECKED or None)(function)
    if cache and not CHECKED:
        made._cache = _store(function) or made._cache
    return made


def _store(function: Callable[..., Any]) -> Any:
    """Where a function is kept: beside its source, in the user's cache, else in a temporary folder of the user's own."""
    with contextlib.suppress(RuntimeError, OSError):
        return _Kept(function)
    switches: Any = config
    folder = _temporary()  # numba finds no folder that can be written
    if folder is not None:
        before, switches.CACHE_DIR = switches.CACHE_DIR, str(folder)
        try:
            return _Kept(function)
        except (RuntimeError, OSError):
            pass
        finally:
            switches.CACHE_DIR = before
    unkept.append(function.__qualname__)
    return None


def _temporary() -> Path | None:
    """A folder for compiled code under the system's temporary one, if it is this user's alone: what lies in it is run."""
    user = os.getuid() if hasattr(os, "getuid") else getpass.getuser()
    try:
        folder = Path(tempfile.gettempdir()) / f"withless-{user}"  # there is none where nothing can be written
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return None
    ours = not hasattr(os, "getuid") or (found.st_uid == os.getuid() and not found.st_mode & 0o077)
    return folder if stat.S_ISDIR(found.st_mode) and ours else None


@contextlib.contextmanager
def _compiling() -> Iterator[None]:
    switches: Any = config
    before = switches.DISABLE_JIT
    switches.DISABLE_JIT = 0
    try:
        yield
    finally:
        switches.DISABLE_JIT = before


_Store: Any = FunctionCache  # numba says less of its types


class _Kept(_Store):  # type: ignore[misc]
    """Numba's store of one function, with files of ours."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        locator = self._impl.locator
        self._cache_file = _Files(Path(self._cache_path), self._impl.filename_base, locator.get_source_stamp())

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """What was kept, or None: whatever is wrong with it, it is compiled again."""
        try:
            found = super().load_overload(sig, target_context)
        except Exception:  # noqa: BLE001  # anything may be in the file of another version
            found = None
        if found is None:
            _tell()
        return found

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep it if there is room; the run goes on without."""
        with contextlib.suppress(OSError):
            super().save_overload(sig, data)


@functools.cache
def _tell() -> None:
    """Say once that this process compiles: whoever waits for the first run should know why."""
    logging.getLogger("withless").info("Compiling, once (about 30 s)")


class _Files:
    """One file for each signature: a digest, then what is kept with all that it depends on."""

    def __init__(self, folder: Path, base: str, stamp: object) -> None:
        self.folder, self.base = folder, base
        self.stamp = (numba.__version__, stamp)
        self.prefix = f"{base}.{blake2b(repr(self.stamp).encode(), digest_size=6).hexdigest()}"

    def _path(self, key: object) -> Path:
        return self.folder / f"{self.prefix}.{blake2b(repr(key).encode(), digest_size=8).hexdigest()}.withless"

    def load(self, key: object) -> Any:
        """What was saved under `key`, or None where there is nothing that holds."""
        path = self._path(key)
        try:
            content = path.read_bytes()
        except OSError:
            return None
        if content[:_DIGEST] == blake2b(content[_DIGEST:], digest_size=_DIGEST).digest():
            stamp, known, data = pickle.loads(content[_DIGEST:])  # noqa: S301  # a file of ours, in a folder of ours
            if (stamp, known) == (self.stamp, repr(key)):
                return data
        with contextlib.suppress(OSError):
            path.unlink()
        return None

    def save(self, key: object, data: Any) -> None:
        """Keep `data` under `key`, and let go what older sources left."""
        content: bytes = _dumps((self.stamp, repr(key), data))
        atomic.put(self._path(key), blake2b(content, digest_size=_DIGEST).digest() + content)
        for path in self.folder.glob(f"{self.base}.*.withless"):
            if not path.name.startswith(self.prefix):
                with contextlib.suppress(OSError):
                    path.unlink()

    def flush(self) -> None:
        """Forget all that is kept of the function."""
        for path in self.folder.glob(f"{self.base}.*.withless"):
            with contextlib.suppress(OSError):
                path.unlink()

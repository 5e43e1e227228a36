"""Putting bytes where they are asked for: whole or not at all, and through whatever stands there already.

A draft has no name while it is written (Linux), so that a process that is killed leaves nothing behind; then one rename
puts it in its place. Links are followed, pipes and devices are written to, and what is replaced hands on its mode.
"""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import os
import re
import stat
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

_FD = re.compile(r"(?:/proc/(?:self|thread-self|\d+)(?:/task/\d+)?|/dev)/fd/(\d+)")
_EXCHANGE, _HERE = 2, -100  # RENAME_EXCHANGE and AT_FDCWD of renameat2(2)
_HANDLES = "/proc/self/fd"
_MANY = 1_000  # entries of a folder beyond which it is not swapped
_count = itertools.count()


def real(path: Path) -> Path:
    """Where a path leads once every link is followed."""
    return Path(os.path.realpath(path))


def stream_of(path: Path) -> int | None:
    """The number of an open stream that a path stands for (/dev/stdout, /dev/fd/63), or None."""
    for _ in range(40):
        here = os.path.join(os.path.realpath(path.parent), path.name)  # noqa: PTH118  # joined without being resolved
        if match := _FD.fullmatch(here):
            return int(match[1])
        if not os.path.islink(here):  # noqa: PTH114
            return None
        path = Path(os.path.dirname(here), os.readlink(here))  # noqa: PTH115, PTH120
    return None


def replaces(path: Path) -> bool:
    """Whether writing there makes or replaces a file, and does not go into a pipe, a device or an open stream."""
    with contextlib.suppress(OSError):
        return stream_of(path) is None and stat.S_ISREG(path.stat().st_mode)
    return stream_of(path) is None


def put(path: Path, content: bytes) -> None:
    """Write `content` so that a reader sees the old file or the new one, never half; errors name the file."""
    with _named(path):
        stream = stream_of(path)
        if stream is not None:
            for printed in (sys.stdout, sys.stderr):
                printed.flush()
            _pour(os.dup(stream), content)
        elif path.exists() and not path.is_file():
            _pour(os.open(path, os.O_WRONLY), content)
        else:
            target = real(path)
            with _parents(target.parent):
                _sweep(target)
                with _Draft(target, content) as draft:
                    draft.settle()


def put_all(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write some files of one folder together: the folder is swapped for a new one, so that none of old stands by new.

    Other files in it stay. Where it cannot be swapped (it holds folders or links, or is where somebody stands), every
    file is first written whole, and then they are renamed one after the other.
    """
    with _named(folder):
        target = real(folder)
        with _parents(target.parent):
            _sweep(target)
            others = _others(target, contents)
            if others is not None:
                return _swap(target, contents, others)
        with _parents(target), contextlib.ExitStack() as stack:
            paths = {name: target / name for name in contents}
            drafts = [
                stack.enter_context(_Draft(real(path), contents[name]))
                for name, path in paths.items()
                if replaces(path)
            ]
            for draft in drafts:
                draft.settle()
            for name, path in paths.items():
                if not replaces(path):
                    put(path, contents[name])
    return None


class _Draft:
    """A file that is written whole, without a name where the system allows it, and then put in its place.

    Left before it is settled, it is gone.
    """

    def __init__(self, target: Path, content: bytes, folder: Path | None = None) -> None:
        self.target, self.name = target, ""
        self.handle = self._open(folder or target.parent)
        try:
            _write(self.handle, content)
            os.fsync(self.handle)
            with contextlib.suppress(OSError):
                self._like(os.stat(target))  # noqa: PTH116
        except BaseException:
            self.__exit__()
            raise

    def _open(self, folder: Path) -> int:
        """A handle to a new file: nameless, or under a hidden name where that cannot be."""
        if hasattr(os, "O_TMPFILE") and os.path.isdir(_HANDLES):  # noqa: PTH112
            with contextlib.suppress(OSError):
                return os.open(folder, os.O_TMPFILE | os.O_WRONLY, 0o666)
        self.name = str(folder / _part(self.target.name))
        return os.open(self.name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)

    def _like(self, old: os.stat_result) -> None:
        """Owner and mode of what is replaced."""
        if (old.st_uid, old.st_gid) != (os.geteuid(), os.getegid()):
            with contextlib.suppress(OSError):
                os.fchown(self.handle, old.st_uid, old.st_gid)
        os.fchmod(self.handle, stat.S_IMODE(old.st_mode))

    def settle(self, target: Path | None = None) -> None:
        """Put it in its place."""
        target = target or self.target
        if not self.name:
            with contextlib.suppress(FileExistsError):
                return self._give_name(target)
            name = target.parent / _part(target.name)
            self._give_name(name)
            self.name = str(name)
        Path(self.name).replace(target)
        self.name = ""
        return None

    def _give_name(self, path: Path) -> None:
        # A folder's handle makes Python follow the link (linkat instead of link); the path is whole, so none is used.
        os.link(f"{_HANDLES}/{self.handle}", path, src_dir_fd=self.handle, follow_symlinks=True)

    def __enter__(self) -> _Draft:
        return self

    def __exit__(self, *_: object) -> None:
        if self.handle >= 0:
            os.close(self.handle)
            self.handle = -1
        if self.name:
            with contextlib.suppress(OSError):
                os.unlink(self.name)  # noqa: PTH108


def _others(folder: Path, contents: Mapping[str, bytes]) -> list[str] | None:
    """Files of a folder that are none of ours, or None where it cannot be swapped for a new one."""
    if not folder.exists():
        return []
    own = folder.stat()
    if os.path.ismount(folder) or own.st_uid != os.geteuid() or not os.access(folder.parent, os.W_OK):
        return None
    if Path.cwd() == folder or folder in Path.cwd().parents:
        return None
    with os.scandir(folder) as entries:
        found = list(itertools.islice(entries, _MANY + 1))
    if len(found) > _MANY or not all(e.is_file(follow_symlinks=False) for e in found):
        return None
    return [e.name for e in found if e.name not in contents]


def _swap(target: Path, contents: Mapping[str, bytes], others: list[str]) -> None:
    """Make a new folder beside the old, with its other files linked into it, and let the two change places."""
    fresh = target.parent / _part(target.name)
    with contextlib.ExitStack() as stack:
        drafts = {
            name: stack.enter_context(_Draft(target / name, content, target.parent))
            for name, content in contents.items()
        }
        fresh.mkdir()
        try:
            if target.exists():
                fresh.chmod(stat.S_IMODE(target.stat().st_mode))
            for name, draft in drafts.items():
                draft.settle(fresh / name)
            for name in others:
                os.link(target / name, fresh / name, follow_symlinks=False)
            _exchange(fresh, target)
        finally:
            _clear(fresh, target, {*contents, *others})


def _exchange(fresh: Path, target: Path) -> None:
    """Let two folders change places in one step, or in two where the system has no such step."""
    if not target.exists():
        return os.rename(fresh, target)  # noqa: PTH104  # fails where the target has come to be and is not empty
    swap = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if swap is not None and swap(_HERE, os.fsencode(fresh), _HERE, os.fsencode(target), _EXCHANGE) == 0:
        return None
    aside = target.parent / _part(target.name)
    target.rename(aside)
    try:
        fresh.rename(target)
    except OSError:
        aside.rename(target)
        raise
    aside.rename(fresh)
    return None


def _clear(old: Path, new: Path, known: set[str]) -> None:
    """Delete a folder that was put aside, but nothing in it that came there since: that moves over."""
    if not old.exists():
        return
    for path in list(old.iterdir()):
        if path.name in known:
            path.unlink()
        else:
            path.rename(new / path.name)
    old.rmdir()


@contextlib.contextmanager
def _parents(folder: Path) -> Iterator[None]:
    """The folder, made where it is missing, and unmade again where writing into it fails."""
    missing = list(itertools.takewhile(lambda p: not p.exists(), (folder, *folder.parents)))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):
            for made in missing:
                made.rmdir()
        raise


@contextlib.contextmanager
def _named(path: Path) -> Iterator[None]:
    """Errors of the system name the file that was asked for, not its draft."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise type(error)(error.errno, error.strerror or str(error), str(path)) from error


def _part(name: str) -> str:
    """A hidden name that no other draft has, which tells whose it is."""
    return f".{name[:100]}.{_node()}.{os.getpid()}.{next(_count)}.part"


def _sweep(target: Path) -> None:
    """Delete drafts of this file that a process left which is no more (killed between two steps)."""
    ours = re.compile(re.escape(f".{target.name[:100]}.{_node()}.") + r"(\d+)\.\d+\.part")
    with contextlib.suppress(OSError):
        for entry in target.parent.glob(f".{_plain_glob(target.name[:100])}.*.part"):
            if (match := ours.fullmatch(entry.name)) and not _alive(int(match[1])):
                if entry.is_dir():
                    for path in entry.iterdir():
                        path.unlink()
                    entry.rmdir()
                else:
                    entry.unlink()


def _plain_glob(name: str) -> str:
    return re.sub(r"([*?\[])", r"[\1]", name)


def _node() -> str:
    return re.sub(r"\W", "", os.uname().nodename if hasattr(os, "uname") else "here")


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return True


def _pour(handle: int, content: bytes) -> None:
    try:
        _write(handle, content)
    finally:
        os.close(handle)


def _write(handle: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(handle, rest) :]

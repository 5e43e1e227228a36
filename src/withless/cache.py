"""What is worth keeping from one question to the next: values by key, within a stated number of bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import fields, is_dataclass
from functools import wraps
from threading import Lock, RLock, local
from typing import Any, Generic, ParamSpec, TypeVar, cast
from weakref import WeakSet

import numpy as np

T = TypeVar("T")
P = ParamSpec("P")

MOST_BYTES = 512 * 2**20
"""What a cache holds unless it is told otherwise: two plans of a county of ten services, 1,024 draws."""
BRIEF_SHARE = 0.4
"""At most this part of it is for what is asked for again at once and then no more."""
SMALL = 256
"""Bytes that anything takes, beyond its arrays."""


class Cache:
    """Values by key, at most `most_bytes` of arrays; the least recently used make way. Threads may share it.

    `brief` values are what the rest of one run asks for again, and hardly anybody later: they make way for each other, so that
    the large ones among them do not push out what a second plan needs. Types of which instances belong to somebody
    else (`apart`) are not counted where a value refers to them. A pickled cache arrives empty.
    """

    def __init__(self, most_bytes: int = MOST_BYTES, apart: tuple[type, ...] = ()) -> None:
        self.most_bytes = most_bytes
        self._apart = (*apart, Cache)
        self._lasting, self._brief = _Shelf(most_bytes), _Shelf(int(BRIEF_SHARE * most_bytes))
        self._lock = Lock()
        self._turns: dict[Hashable, AbstractContextManager[bool]] = {}

    def get(self, key: Hashable, make: Callable[[], T], *, brief: bool = False) -> T:
        """The value of `key`, made if it is not held; only who asks for the same one waits while it is made.

        What is made may ask for other values, as long as none of those asks for this one in another thread. Nobody may
        write to what comes back.
        """
        shelf = self._brief if brief else self._lasting
        with self._lock:
            if key in shelf.values:
                return cast(T, shelf.used(key))
            turn = self._turns.setdefault(key, RLock())
        with turn:
            with self._lock:
                if key in shelf.values:  # another thread had its turn before
                    return cast(T, shelf.used(key))
            try:
                value = make()
                size = size_of(value, self._apart)
                with self._lock:
                    shelf.put(key, value, size)
                    self._lasting.make_room(self._brief.bytes)
            finally:
                with self._lock:
                    self._turns.pop(key, None)
        return value

    def held(self, key: Hashable) -> Any | None:
        """The value of `key` if it is held, which counts as using it."""
        with self._lock:
            shelf = next((s for s in (self._lasting, self._brief) if key in s.values), None)
            return None if shelf is None else shelf.used(key)

    @property
    def bytes(self) -> int:
        """What is held, in bytes of arrays, as it was when it was made."""
        return self._lasting.bytes + self._brief.bytes

    def clear(self) -> None:
        """Hold nothing any more."""
        with self._lock:
            self._lasting.clear()
            self._brief.clear()

    def __reduce__(self) -> tuple[type[Cache], tuple[int, tuple[type, ...]]]:
        return Cache, (self.most_bytes, self._apart[:-1])


class _Shelf:
    """Values in the order in which they were last used, within `most` bytes. Not for several threads by itself."""

    def __init__(self, most: int) -> None:
        self.most, self.bytes = most, 0
        self.values: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()

    def used(self, key: Hashable) -> Any:
        self.values.move_to_end(key)
        return self.values[key][0]

    def put(self, key: Hashable, value: Any, size: int) -> None:
        """Hold a value; one that is larger than the whole is not held."""
        if size > self.most:
            return
        self.bytes += size - self.values.pop(key, (None, 0))[1]
        self.values[key] = value, size
        self.make_room()

    def make_room(self, taken: int = 0) -> None:
        """Let go what was not used for longest until all fits, `taken` bytes being used by others."""
        while self.values and self.bytes + taken > self.most:
            self.bytes -= self.values.popitem(last=False)[1][1]

    def clear(self) -> None:
        self.values.clear()
        self.bytes = 0


def size_of(value: object, apart: tuple[type, ...] = ()) -> int:
    """Bytes of the NumPy arrays in a value, each counted once: in dataclasses, mappings, lists, tuples, objects' attributes.

    A view counts as the array that it is a view of, since it holds on to all of it.
    """
    total, seen, left = SMALL, set[int](), [value]
    while left:
        one = left.pop()
        if isinstance(one, np.ndarray):
            while isinstance(one.base, np.ndarray):
                one = one.base
            if id(one) not in seen:
                seen.add(id(one))
                total += one.nbytes
        elif id(one) not in seen and not isinstance(one, (*apart, str, bytes, int, float, type)):
            seen.add(id(one))
            left.extend(_parts(one))
    return total


def _parts(value: object) -> Iterable[object]:
    if isinstance(value, Mapping):
        return list(value.values())
    if isinstance(value, list | tuple | set | frozenset):
        return value
    return _attributes(value)


def _attributes(value: object) -> Iterator[object]:
    """What an object holds, found properties that it keeps among them; not what a function or module refers to."""
    if callable(value):
        return
    yield from list(getattr(value, "__dict__", {}).values())
    if is_dataclass(value) and not hasattr(value, "__dict__"):
        yield from (getattr(value, f.name) for f in fields(value))


class Newest(Generic[T]):
    """Holds at most `room` values; the one not asked for longest makes way. Threads may share it."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._held: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = Lock()
        self._turns: dict[Hashable, AbstractContextManager[bool]] = {}
        _ALL.add(self)

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of `key`, made if it is not held; only who asks for the same one waits while it is made.

        What is made may ask for other values, as long as none of those asks for this one in another thread.
        """
        with self._lock:
            if key in self._held:
                return self._used(key)
            turn = self._turns.setdefault(key, RLock())
        with turn:
            with self._lock:
                if key in self._held:  # another thread had its turn before
                    return self._used(key)
            try:
                value = make()
                with self._lock:
                    self._held[key] = value
                    while len(self._held) > self._room:
                        self._held.popitem(last=False)
            finally:
                with self._lock:
                    self._turns.pop(key, None)
        return value

    def held(self, key: Hashable) -> T | None:
        """The value of `key` if it is held, which counts as asking for it."""
        with self._lock:
            return self._used(key) if key in self._held else None

    def _used(self, key: Hashable) -> T:
        self._held.move_to_end(key)
        return self._held[key]

    def forget(self) -> None:
        """Hold nothing any more."""
        with self._lock:
            self._held.clear()


class Latest(Generic[T]):
    """Holds one value a thread. The one before it is handed to what makes the next, so that its room can be used again."""

    def __init__(self) -> None:
        self._held = local()
        _ALL.add(self)

    def get(self, key: Hashable, make: Callable[[T | None], T]) -> T:
        """The value of `key`, made if this thread does not hold it."""
        held: tuple[Hashable, T] | None = getattr(self._held, "value", None)
        if held is None or held[0] != key:
            self._held.value = None  # what it was made of may be written over
            held = self._held.value = key, make(None if held is None else held[1])
        return held[1]

    def forget(self) -> None:
        """Hold nothing any more, in any thread."""
        self._held = local()


def kept(room: int, by: Callable[..., Hashable]) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Keep the newest `room` results of a function, told apart by `by` of its arguments: nobody may write to them.

    Its `forget()` lets them go.
    """

    def keep(function: Callable[P, T]) -> Callable[P, T]:
        newest: Newest[T] = Newest(room)

        @wraps(function)
        def found(*args: P.args, **kwargs: P.kwargs) -> T:
            return newest.get(by(*args, **kwargs), lambda: function(*args, **kwargs))

        found.forget = newest.forget  # type: ignore[attr-defined]
        return found

    return keep


def forget() -> None:
    """Let all that is kept anywhere go: the next run is as the first."""
    for held in list(_ALL):
        held.forget()


_ALL: WeakSet[Newest[Any] | Latest[Any]] = WeakSet()

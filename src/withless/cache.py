"""What is worth keeping from one run to the next: the newest few results of a function, by the inputs that decide them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager
from functools import wraps
from threading import Lock, RLock, local
from typing import Any, Generic, ParamSpec, TypeVar
from weakref import WeakSet

T = TypeVar("T")
P = ParamSpec("P")


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

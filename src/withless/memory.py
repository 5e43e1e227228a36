"""What is worth keeping from one run to the next: the newest few results of a function, by the inputs that decide them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, Generic, TypeVar
from weakref import WeakSet

T = TypeVar("T")


class Newest(Generic[T]):
    """Holds at most `room` values; the one not asked for longest makes way. Threads may share it."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._held: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = Lock()
        _ALL.add(self)

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of `key`, made if it is not held; it is made outside the lock, so that nobody waits for it."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
        value = make()
        with self._lock:
            self._held[key] = value
            while len(self._held) > self._room:
                self._held.popitem(last=False)
        return value

    def forget(self) -> None:
        """Hold nothing any more."""
        with self._lock:
            self._held.clear()


def forget() -> None:
    """Let all that is kept anywhere go: the next run is as the first."""
    for kept in list(_ALL):
        kept.forget()


_ALL: WeakSet[Newest[Any]] = WeakSet()

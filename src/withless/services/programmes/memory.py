"""What is worth keeping from one run to the next: the newest few results of a function, by what decides them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Newest(Generic[T]):
    """Holds at most `room` values; the oldest makes way. Threads may share it: two may make the same value, and both do."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._held: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of `key`, made where it is not held, without the lock."""
        with self._lock:
            held = self._held.get(key)
        if held is not None:
            return held
        made = make()
        with self._lock:
            kept = self._held.setdefault(key, made)
            if len(self._held) > self._room:
                self._held.popitem(last=False)
        return kept

"""What is worth keeping from one run to the next: the newest few results of a function, by what decides them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Newest(Generic[T]):
    """Holds at most `room` values; the oldest makes way."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._held: OrderedDict[Hashable, T] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of `key`, made where it is not held."""
        if key not in self._held:
            self._held[key] = make()
            if len(self._held) > self._room:
                self._held.popitem(last=False)
        return self._held[key]

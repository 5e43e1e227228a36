"""What is worth keeping from one run to the next: the newest few results, by the inputs that decide them."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Newest(Generic[T]):
    """Holds at most `room` values; the oldest makes way."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._held: dict[Hashable, T] = {}

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of `key`, made if it is not held."""
        if key not in self._held:
            self._held[key] = make()
            while len(self._held) > self._room:
                del self._held[next(iter(self._held))]
        return self._held[key]

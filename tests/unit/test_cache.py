"""What is kept from run to run, and for how long."""

import pickle
import time
from dataclasses import dataclass
from functools import cached_property
from threading import Barrier, Event, Thread
from types import MappingProxyType

import numpy as np
import pytest

from withless.cache import SMALL, Cache, Latest, Newest, forget, kept, size_of


def numbers(count: int) -> np.ndarray:
    return np.zeros(count)


def test_the_least_recently_used_makes_way_within_the_bytes() -> None:
    cache, made = Cache(3 * (8_000 + SMALL)), []

    def get(key: str) -> None:
        cache.get(key, lambda: (made.append(key), numbers(1_000))[1])

    for key in "abcadbc":
        get(key)
        assert cache.bytes <= cache.most_bytes
    assert made == ["a", "b", "c", "d", "b", "c"]  # d came for b, b for c, and a had been used again
    cache.clear()
    assert (cache.bytes, cache.held("a")) == (0, None)


def test_what_is_larger_than_all_there_is_is_made_and_not_held() -> None:
    cache = Cache(1_000)
    assert len(cache.get("large", lambda: numbers(1_000))) == 1_000
    assert (cache.bytes, cache.held("large")) == (0, None)


def test_brief_values_make_way_for_each_other_and_not_for_what_lasts() -> None:
    cache = Cache(100_000)
    cache.get("lasts", lambda: numbers(5_000))
    for i in range(50):
        cache.get(i, lambda: numbers(1_500), brief=True)
    assert cache.held("lasts") is not None
    assert cache.held(49) is not None
    assert cache.held(0) is None
    assert cache.bytes <= cache.most_bytes


def test_a_thread_waits_only_for_who_makes_what_it_asks_for() -> None:
    cache, begun, go = Cache(), Event(), Event()

    def slow() -> str:
        begun.set()
        assert go.wait(10)
        return "slow"

    other = Thread(target=lambda: cache.get("slow", slow))
    other.start()
    assert begun.wait(10)
    assert cache.get("quick", lambda: "quick") == "quick"
    go.set()
    other.join()
    assert cache.held("slow") == "slow"


def test_threads_that_ask_a_cache_for_the_same_have_it_made_once() -> None:
    cache, together, made, found = Cache(), Barrier(4), [], []

    def make() -> object:
        time.sleep(0.01)
        made.append(object())
        return made[-1]

    def ask() -> None:
        together.wait()
        found.append(cache.get("key", make))

    threads = [Thread(target=ask) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(made) == 1
    assert found == made * 4


def test_a_pickled_cache_arrives_empty() -> None:
    cache = Cache(5_000)
    cache.get("key", lambda: numbers(10))
    sent = pickle.loads(pickle.dumps(cache))
    assert (sent.most_bytes, sent.bytes, sent.held("key")) == (5_000, 0, None)


@dataclass(frozen=True)
class Pair:
    """Two arrays, and a third found when it is asked for."""

    one: np.ndarray
    other: object

    @cached_property
    def third(self) -> np.ndarray:
        return numbers(3)


def test_every_array_in_a_value_is_counted_once_and_a_view_as_what_it_holds_on_to() -> None:
    array = numbers(100)
    assert size_of(array) == SMALL + 800
    assert size_of(np.broadcast_to(array, (50, 100))) == SMALL + 800
    assert size_of(array[:1]) == SMALL + 800
    pair = Pair(array, {"again": [array, (array[5:], "word")], "more": MappingProxyType({1: numbers(7)})})
    assert size_of(pair) == SMALL + 800 + 56
    assert len(pair.third) == 3
    assert size_of(pair) == SMALL + 800 + 56 + 24
    assert size_of((1, numbers(2), pair), apart=(Pair,)) == SMALL + 16
    pair.other["itself"] = pair  # a ring ends
    assert size_of(pair) == SMALL + 880


def test_the_one_not_asked_for_longest_makes_way() -> None:
    held: Newest[str] = Newest(2)
    made: list[str] = []

    def make(key: str) -> str:
        made.append(key)
        return key

    for key in "abacab":
        assert held.get(key, lambda key=key: make(key)) == key
    assert made == ["a", "b", "c", "b"]


def test_threads_that_ask_for_the_same_have_it_made_once() -> None:
    held: Newest[object] = Newest(4)
    together, made, found = Barrier(4), [], []

    def make() -> object:
        made.append(object())
        return made[-1]

    def ask() -> None:
        together.wait()
        found.append(held.get("key", make))

    threads = [Thread(target=ask) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(made) == 1
    assert found == made * 4


def test_what_could_not_be_made_is_tried_again() -> None:
    held: Newest[int] = Newest(4)

    def fail() -> int:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        held.get("key", fail)
    assert held.get("key", lambda: 3) == 3


def test_what_asks_for_itself_on_its_way_is_made_and_does_not_wait_for_ever() -> None:
    held: Newest[int] = Newest(4)
    assert held.get("key", lambda: 1 + held.get("key", lambda: 2)) == 3


def test_a_function_s_results_are_told_apart_by_what_they_are_kept_by() -> None:
    calls = []

    @kept(8, by=lambda number, other=0: number)  # the other one is not to matter here
    def double(number: int, other: int = 0) -> int:
        calls.append((number, other))
        return 2 * number

    assert [double(2), double(2, other=5), double(3)] == [4, 4, 6]
    assert calls == [(2, 0), (3, 0)]
    forget()
    assert double(2) == 4
    assert len(calls) == 3


def test_each_thread_holds_its_latest_and_hands_it_on() -> None:
    held: Latest[list[str]] = Latest()
    assert held.get("a", lambda last: ["a", str(last)]) == ["a", "None"]
    assert held.get("a", lambda last: ["again", str(last)]) == ["a", "None"]
    assert held.get("b", lambda last: ["b", *(last or [])]) == ["b", "a", "None"]
    elsewhere = []
    thread = Thread(target=lambda: elsewhere.append(held.get("b", lambda last: [str(last)])))
    thread.start()
    thread.join()
    assert elsewhere == [["None"]]
    held.forget()
    assert held.get("b", lambda last: [str(last)]) == ["None"]

"""What is kept from run to run, and for how long."""

from threading import Barrier, Thread

import pytest

from withless.cache import Latest, Newest, forget, kept


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

"""What is kept: worked out once whoever asks, the last ones asked for, and nothing that failed."""

import threading

import pytest

from cwac.ui.kept import Kept


def test_at_most_so_many_are_kept_those_asked_for_last() -> None:
    kept, made = Kept(2), []
    for key in "abacbab":
        assert kept.answer(key, lambda key=key: made.append(key) or key.upper()) == key.upper()  # type: ignore[misc]
    assert made == ["a", "b", "c", "b", "a"]


def test_who_asks_meanwhile_waits() -> None:
    kept, made, begun, go_on = Kept(2), [], threading.Event(), threading.Event()

    def work() -> str:
        made.append(1)
        begun.set()
        go_on.wait(10)
        return "answer"

    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(kept.answer("key", work))) for _ in range(3)]
    for thread in threads:
        thread.start()
    begun.wait(10)
    assert kept.answer("another", lambda: 2) == 2, "what is asked besides does not wait"
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert (found, made) == (["answer"] * 3, [1])


def test_what_failed_is_tried_again() -> None:
    kept = Kept(2)

    def fails() -> None:
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011
        kept.answer("key", fails)
    assert kept.answer("key", lambda: None) is None
    assert kept.answer("key", fails) is None


def test_one_answer_may_ask_for_another() -> None:
    kept = Kept(1)
    assert kept.answer("outer", lambda: kept.answer("inner", lambda: 1) + 1) == 2

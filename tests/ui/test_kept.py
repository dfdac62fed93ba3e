"""What is kept: worked out once whoever asks, the last ones asked for, and nothing that failed."""

import threading

import pytest

from cwac.ui import kept as module
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


def test_what_was_asked_is_told_those_asked_last_first() -> None:
    kept = Kept(3)
    for key, question in (("a", "A?"), ("b", None), ("c", "C?"), ("a", "A?")):
        kept.answer(key, key.upper, question)
    assert kept.asked() == [("A?", "A"), ("C?", "C")]


def test_what_is_given_is_had_and_goes_first() -> None:
    kept = Kept(2)
    kept.answer("asked", lambda: 1)
    kept.give("given", 2)
    assert kept.answer("given", lambda: 3) == 2
    kept.give("another", 4)
    kept.answer("more", lambda: 5)
    assert [kept.answer(key, lambda: None) for key in ("more", "given")] == [5, 2]
    assert kept.asked() == []


@pytest.fixture
def no_counties(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_of", {})


@pytest.mark.usefixtures("no_counties")
def test_what_is_coming_is_there_once_its_version_is() -> None:
    first = module.of("county", 1, 5)
    coming = module.coming("county", 2, 5)
    assert module.of("county", 1, 5) is first
    assert module.shown("county") == (1, first)
    assert module.of("county", 2, 5) is coming
    assert module.shown("county") == (2, coming)


@pytest.mark.usefixtures("no_counties")
def test_who_is_late_ends_nothing_but_what_was_undone_is_kept_again(monkeypatch: pytest.MonkeyPatch) -> None:
    first = module.of("county", 1, 5)
    second = module.of("county", 2, 5)
    assert module.of("county", 1, 5) not in (first, second)
    assert module.of("county", 2, 5) is second
    monkeypatch.setattr(module, "STRAGGLING", 0.0)
    again = module.of("county", 1, 5)
    assert module.of("county", 1, 5) is again


@pytest.mark.usefixtures("no_counties")
def test_another_version_than_the_one_that_was_coming_has_nothing() -> None:
    module.of("county", 1, 5)
    coming = module.coming("county", 2, 5)
    assert module.of("county", 3, 5) is not coming

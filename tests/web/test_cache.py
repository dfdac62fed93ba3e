"""The cache: bounded, computed once for concurrent callers, and empty for a new version."""

import threading

import pytest

from cwac.web import cache
from cwac.web.cache import Cache


def test_least_recently_used_answer_is_evicted_first() -> None:
    answers, computed = Cache(2), []
    for key in "abacbab":
        assert answers.get(key, lambda key=key: computed.append(key) or key.upper()) == key.upper()  # type: ignore[misc]
    assert computed == ["a", "b", "c", "b", "a"]


def test_concurrent_callers_of_one_key_compute_it_once_and_block_no_other_key() -> None:
    answers, computed, begun, go_on = Cache(2), [], threading.Event(), threading.Event()

    def compute() -> str:
        computed.append(1)
        begun.set()
        go_on.wait(10)
        return "answer"

    received: list[str] = []
    threads = [threading.Thread(target=lambda: received.append(answers.get("key", compute))) for _ in range(3)]
    for thread in threads:
        thread.start()
    begun.wait(10)
    assert answers.get("another", lambda: 2) == 2
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert (received, computed) == (["answer"] * 3, [1])


def test_has_tells_whether_an_answer_is_ready() -> None:
    answers = Cache(1)
    assert not answers.has("key")
    answers.get("key", lambda: answers.has("key") and pytest.fail("an answer being computed is not ready"))
    assert answers.has("key")
    answers.get("another", lambda: 1)
    assert not answers.has("key")


def test_an_error_is_not_cached() -> None:
    answers = Cache(2)

    def fails() -> None:
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011
        answers.get("key", fails)
    assert answers.get("key", lambda: None) is None
    assert answers.get("key", fails) is None


def test_one_answer_may_ask_for_another() -> None:
    answers = Cache(1)
    assert answers.get("outer", lambda: answers.get("inner", lambda: 1) + 1) == 2


def test_a_new_version_starts_an_empty_cache_and_other_sheets_keep_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_sheets", {})
    modoc = cache.of_version("Modoc", 1, 5)
    modoc.get("key", lambda: "kept")
    first = cache.of_version("Siskiyou", 1, 5)
    assert first.get("key", lambda: "old") == "old"
    assert cache.of_version("Siskiyou", 1, 5) is first
    assert cache.of_version("Siskiyou", 2, 5).get("key", lambda: "new") == "new"
    assert not first.has("key"), "open pages hold it, and would keep large answers in memory"
    assert cache.of_version("Modoc", 1, 5) is modoc
    assert modoc.has("key")


def test_cache_of_a_coming_version_is_filled_before_that_version_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_sheets", {})
    shown = cache.of_version("Siskiyou", 1, 5)
    shown.get("key", lambda: "old")
    coming = cache.of_coming_version("Siskiyou", 2, 5)
    assert coming.get("key", lambda: "new") == "new"
    assert cache.of_coming_version("Siskiyou", 2, 5) is coming
    assert shown.has("key"), "pages still show this version"
    assert cache.of_version("Siskiyou", 1, 5) is shown
    assert cache.of_version("Siskiyou", 2, 5) is coming
    assert not shown.has("key")
    assert cache.of_coming_version("Siskiyou", 2, 5) is coming


def test_a_coming_version_that_another_overtakes_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_sheets", {})
    cache.of_version("Siskiyou", 1, 5)
    coming = cache.of_coming_version("Siskiyou", 2, 5)
    coming.get("key", lambda: "of version 2")
    assert not cache.of_version("Siskiyou", 3, 5).has("key")
    assert cache.of_version("Siskiyou", 2, 5) is not coming

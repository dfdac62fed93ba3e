"""What is worked out once for a snapshot: by what is asked, for whoever asks at the same time, until it is gone."""

import gc
import threading
import weakref
from dataclasses import replace

from cwac.answers.once import once
from tests.answers.plans import plan


def test_it_is_worked_out_once_for_a_snapshot_and_what_is_asked() -> None:
    asked = []

    @once
    def answer(snapshot, name="", *, upper=False):
        asked.append((len(snapshot.events), name, upper))
        return [name.upper() if upper else name]

    one = plan([])
    assert answer(one, "a") is answer(one, "a")
    assert answer(one, "a", upper=True) == ["A"]
    assert answer(replace(one), "a") == ["a"]  # another snapshot
    assert asked == [(0, "a", False), (0, "a", True), (0, "a", False)]


def test_who_asks_meanwhile_waits_and_one_answer_may_ask_for_another() -> None:
    asked, begun, go_on = [], threading.Event(), threading.Event()

    @once
    def inner(_):
        asked.append("inner")
        return 1

    @once
    def outer(snapshot):
        asked.append("outer")
        begun.set()
        go_on.wait(10)
        return inner(snapshot) + 1

    one, found = plan([]), []
    threads = [threading.Thread(target=lambda: found.append(outer(one))) for _ in range(4)]
    for thread in threads:
        thread.start()
    begun.wait(10)
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert found == [2] * 4
    assert asked == ["outer", "inner"]


def test_what_is_given_is_not_worked_out() -> None:
    @once
    def answer(_, name, *, upper=False):
        return name.upper() if upper else name

    one = plan([])
    assert (answer.known(one, "a"), answer.known(one, "a", upper=True)) == (None, None)
    answer.give("given", one, "a")
    assert (answer(one, "a"), answer.known(one, "a"), answer(one, "a", upper=True)) == ("given", "given", "A")
    assert answer(replace(one), "a") == "a"
    assert answer.__name__ == "answer"


def test_it_goes_with_the_snapshot() -> None:
    class Large:
        pass

    @once
    def answer(_):
        return Large()

    one = plan([])
    kept = weakref.ref(answer(one))
    assert kept() is not None
    del one
    gc.collect()
    assert kept() is None

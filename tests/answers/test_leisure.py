"""Long work beside pages: it gives way to them, and rests, often and for long, where nobody waits for it."""

import sys
import threading
import time

import pytest

from cwac.answers import leisure
from cwac.answers.leisure import at_leisure, drawing, giving_way, rest, unhurried


@pytest.fixture(autouse=True)
def _rested_before(monkeypatch):
    monkeypatch.setattr(leisure, "_this_thread", leisure._Thread())


@pytest.fixture
def rested(monkeypatch):
    """The rests that were taken, by a clock on which each look takes two milliseconds."""
    taken, now = [], [0.0]

    def looked():
        now[0] += 0.002
        return now[0]

    monkeypatch.setattr(leisure.time, "monotonic", looked)
    monkeypatch.setattr(leisure.time, "sleep", lambda seconds: taken.append(round(seconds, 6)))
    return taken


def patience():
    return round(sys.getswitchinterval(), 6)


def test_pages_have_their_turn_sooner_beside_long_work():
    assert patience() == 0.005
    with giving_way():
        with giving_way():
            assert patience() == 0.0005
        assert patience() == 0.0005, "somebody is still at it"
    with at_leisure():
        assert patience() == 0.0005
    with pytest.raises(ZeroDivisionError), giving_way():
        raise ZeroDivisionError
    assert patience() == 0.005


def test_who_waits_for_it_is_not_kept_waiting(rested):
    many = list(range(1000))
    assert unhurried(many) is many
    rest()
    assert rested == []


def test_who_is_at_leisure_rests_three_times_as_long_as_it_has_worked(rested):
    with at_leisure():
        assert list(unhurried(range(32 * 8))) == list(range(32 * 8))
    # It looks at the clock eight times, and has worked for four milliseconds at every other look.
    assert rested == [0.012] * 4
    assert unhurried(rested) is rested, "and is in a hurry again"


def test_no_rest_is_longer_than_a_moment(rested, monkeypatch):
    monkeypatch.setattr(leisure, "STINT", -1)
    with at_leisure():
        monkeypatch.setattr(leisure.time, "monotonic", lambda: 100.0)
        rest()
    assert rested == [leisure.LONGEST]


def test_others_are_in_a_hurry_meanwhile():
    found, many = [], [1, 2]
    with at_leisure():
        thread = threading.Thread(target=lambda: found.append(unhurried(many) is many))
        thread.start()
        thread.join()
        assert unhurried(many) is not many
    assert found == [True]


def test_who_is_at_leisure_rests_until_a_page_is_drawn():
    order, begun = [], threading.Event()

    def page():
        with drawing():
            begun.set()
            time.sleep(0.03)
            order.append("drawn")

    thread = threading.Thread(target=page)
    with at_leisure():
        thread.start()
        assert begun.wait(5)
        rest()
        order.append("went on")
    thread.join()
    assert order == ["drawn", "went on"]


def test_who_waits_for_an_answer_does_not_wait_for_others_pages(monkeypatch):
    clock = Clock(monkeypatch)
    clock.work(1)
    rest()
    assert clock.now == 1


class Clock:
    """Time that passes only where somebody works, sleeps or waits for a page; one is always being drawn."""

    def __init__(self, monkeypatch):
        self.now = 0.0
        monkeypatch.setattr(leisure.time, "monotonic", lambda: self.now)
        monkeypatch.setattr(leisure.time, "sleep", self.work)
        monkeypatch.setattr(leisure, "_nobody_waits", self)

    def work(self, seconds):
        self.now += seconds

    wait = work

    @staticmethod
    def is_set():
        return False


def test_where_somebody_always_waits_it_comes_to_an_end_all_the_same(monkeypatch):
    clock = Clock(monkeypatch)
    with at_leisure():
        for _ in range(10_000):
            clock.work(0.0001)
            rest()
    work = 10_000 * 0.0001
    assert work * leisure.RESTS < clock.now < work * (1 + leisure.MOST_RESTS) + 2 * leisure.LONGEST


def test_in_what_is_done_at_leisure_something_else_may_be(rested):
    with at_leisure():
        with at_leisure():
            pass
        assert list(unhurried(range(32 * 4))) == list(range(32 * 4))
    assert rested == [0.012] * 2

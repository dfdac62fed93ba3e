"""Rests between the parts of a long answer: none for whoever waits for it, most of the time for who is at leisure."""

import threading

import pytest

from cwac.answers import leisure
from cwac.answers.leisure import at_leisure, rest, unhurried


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

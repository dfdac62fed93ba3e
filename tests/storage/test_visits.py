"""When a person was here before this visit."""

import datetime as dt

from tests.storage.workbooks import NOON

MINUTE = dt.timedelta(minutes=1)


def test_visit_lasts_until_a_person_is_away_for_half_an_hour(store):
    before = [store.record_visit("A@Example.gov", NOON + minutes * MINUTE) for minutes in (0, 10, 35, 70, 80, 75, 200)]
    assert before == [None, None, None, *(NOON + 35 * MINUTE,) * 3, NOON + 80 * MINUTE]
    assert store.last_visit("a@example.gov") == NOON + 80 * MINUTE
    assert store.last_visit("b@example.gov") is None


def test_visit_noted_by_a_clock_that_was_ahead_is_forgotten(store):
    days = [0, 1, 401, 402, 2, 3]
    before = [store.record_visit("a@example.gov", NOON + dt.timedelta(days=day)) for day in days]
    assert before == [None, *(NOON + dt.timedelta(days=day) for day in (0, 1, 401)), None, NOON + dt.timedelta(days=2)]

"""A snapshot that shares the records of another one is the same snapshot."""

import datetime as dt
from dataclasses import fields, replace

from cwac.model import Snapshot
from cwac.sheet.reader import read_workbook
from cwac.sources.sample import sample_workbook, the_day_before

TODAY = dt.date(2026, 11, 27)
NOW = dt.datetime(2026, 11, 27, 18, tzinfo=dt.UTC)


def snapshots() -> tuple[Snapshot, Snapshot]:
    """The sample of the day before, and that of the day."""
    return read_workbook(the_day_before(TODAY, NOW), TODAY), read_workbook(sample_workbook(TODAY, NOW), TODAY)


def test_records_that_are_equal_are_those_of_the_version_before() -> None:
    before, now = snapshots()
    shared = now.sharing(before)
    assert shared == now
    assert [name for name in (field.name for field in fields(now)) if getattr(shared, name) != getattr(now, name)] == []
    for mine, theirs in ((shared.assignments, before.assignments), (shared.headcounts, before.headcounts)):
        equal = [(own, other) for own, other in zip(mine, theirs, strict=False) if own == other]
        assert len(equal) > 50
        assert all(own is other for own, other in equal)
    assert shared.events != before.events


def test_a_longer_and_a_shorter_version_keep_their_own_length() -> None:
    before, now = snapshots()
    fewer = replace(now, events=now.events[:5], follow_ups=())
    assert fewer.sharing(now) == fewer
    assert now.sharing(fewer) == now
    assert now.sharing(replace(before, events=())) == now

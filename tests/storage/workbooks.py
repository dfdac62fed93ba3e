"""Small workbooks to store, and what tests of the store share."""

import datetime as dt

import pytest
import sqlalchemy as sa

from cwac.model import Merge, Tab, Workbook
from cwac.storage.store import StoreTrouble

NOON = dt.datetime(2026, 10, 7, 19, 0, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


def book(*event_ids, at=NOON, source="plan.xlsx", **fields):
    """A workbook whose Events tab has a row for each ID, beside a tab that is always the same."""
    events = Tab(
        "Events", [["Event ID", "Date"], *([event_id, 46302] for event_id in event_ids)], (Merge(0, 1, 0, 2),), 7
    )
    towns = Tab("Towns", [["Town"], ["Weed"]])
    return Workbook(source, at, "America/Los_Angeles", (events, towns), **fields)


def row_count(store, table):
    with store.reading() as connection:
        return connection.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar()


def loaded(store, source=None):
    """The workbooks of all versions, newest first."""
    return [store.load(version) for version in store.versions(source)]


def cause_of(action):
    """The cause of the `StoreTrouble` that the action raises."""
    with pytest.raises(StoreTrouble) as raised:
        action()
    assert raised.value.sentence.endswith(".")
    return raised.value.cause

"""Changes day by day between stored versions."""

import datetime as dt

from cwac.storage.history import Since, days
from tests.storage.workbooks import NOON, book


def test_versions_are_read_and_compared_one_after_the_other(store):
    """A caller who keeps two snapshots at a time then reads each version once; one that cannot be read is left out."""
    for number in range(5):
        store.keep(book(f"EV-{number}", at=NOON + dt.timedelta(days=number)))
    calls = []

    def readable(version):
        calls.append(version.id)
        return version.id != 3

    def compare(before, after):
        calls.append((before.id, after and after.id))
        return ()

    assert days(store, "plan.xlsx", Since(version=1), "America/Los_Angeles", readable, compare) == ()
    assert calls == [1, 2, (1, 2), 3, 4, (2, 4), (4, None)]

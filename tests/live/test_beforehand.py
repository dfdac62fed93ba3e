"""What is worked out before a version is shown: what everybody asks for, and as if nothing had been known before."""

import numpy as np
import pytest

from cwac.answers import alerts, attendance, expect, followups, hours, staffing
from cwac.live import apart, beforehand, wire
from cwac.settings import Rules
from cwac.sheet.reading import read_workbook
from tests.live import plan

RULES = Rules(early_hour=10)


def read(rows=()):
    tables = plan.tables()
    tables["Events"][1][5] = "Completed"
    tables["Staffing"] += [["EV--30", "OF-01", "Host", "Attended"], *rows]
    return read_workbook(plan.workbook(tables), plan.TODAY, RULES)


def asked(one):
    book = hours.ledger(one, RULES)
    columns = {name: value.tolist() for name, value in vars(book).items() if isinstance(value, np.ndarray)}
    return (
        alerts.alerts(one, one.today, RULES),
        alerts.by_agency(one, one.today, RULES),
        staffing.gap_board(one, one.today),
        attendance.programme(one),
        followups.missing_after_event(one, one.today),
        expect.expected(one),
        dict(one.assignments_by_event),
        columns,
    )


@pytest.fixture
def both():
    """A version and the next one, in which somebody else goes, both worked out beforehand."""
    before = read()
    beforehand.work_out(before, apart.NOTHING, RULES)
    after = wire.shared(read([["EV-14", "OF-02", "Host", "Assigned"]]), before)
    beforehand.work_out(after, before, RULES)
    return before, after


def test_it_is_what_whoever_asks_first_would_work_out(both):
    before, after = both
    assert asked(before) == asked(read())
    assert asked(after) == asked(read([["EV-14", "OF-02", "Host", "Assigned"]]))
    assert asked(before) != asked(after)


def test_nobody_is_the_first_to_ask(both, monkeypatch):
    found = asked(both[1])

    def never(*_):
        raise AssertionError("worked out again")

    for place in ("alerts.Book.__init__", "staffing.fill", "hours.Ledger.__init__", "followups.by_start"):
        monkeypatch.setattr(f"cwac.answers.{place}", never)
    monkeypatch.setattr("cwac.answers.attendance.by_start", never)
    monkeypatch.setattr("cwac.answers.expect.counted", never)
    assert asked(both[1]) == found

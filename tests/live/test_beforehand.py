"""What is worked out before a version is shown: what everybody asks for, and as if nothing had been known before."""

import copy
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cwac import access
from cwac.access import Viewer, visible_to
from cwac.answers import alerts, attendance, expect, followups, hours, staffing
from cwac.live import apart, beforehand, wire
from cwac.model import Snapshot
from cwac.settings import Rules
from cwac.sheet.reading import read_workbook
from tests.live import plan

RULES = Rules(early_hour=10)


def table(past=20):
    """The plan, with a past long enough for something to be learnt from it, and what else pages ask for."""
    tables = plan.tables()
    head, *rows = tables["Events"]
    day = plan.serial(plan.TODAY)
    rows.append(["EV-0", day, 10 / 24, "Weed", "WPD", "Confirmed", 1])
    for number, row in enumerate([head, *rows]):
        row.append("Yes" if number else "Bilingual needed")
    for row, languages in zip(tables["Officers"], ("Languages", "", "Hmong"), strict=True):
        row.append(languages)
    held = [
        [f"HELD-{n}", day - 3 * n, (8 + n % 3) / 24, ("Weed", "Yreka")[n % 2], "WPD", "Completed", 1]
        for n in range(1, past)
    ]
    tables["Events"] = [head, *held, *rows]
    tables["Staffing"] += [[f"HELD-{n}", f"OF-0{1 + n % 2}", "Host", "Attended"] for n in range(1, past, 2)]
    tables["Attendance"] = [["Event ID", "Guests"], *([f"HELD-{n}", 10 + n % 7] for n in range(2, past))]
    tables["Follow-ups"] = [
        ["Follow-up ID", "Event ID", "Category", "Status"],
        *([f"FU-{n}", f"HELD-{n}", "Traffic", "Open"] for n in range(1, past, 5)),
    ]
    return tables


def read(tables, today=plan.TODAY):
    return read_workbook(plan.workbook(tables), today, RULES)


def asked(one):
    book = hours.ledger(one, RULES)
    lines = {name: getattr(value, "__dict__", value) for name, value in vars(book.lines).items()}
    return (
        alerts.alerts(one, one.today, RULES),
        alerts.by_agency(one, one.today, RULES),
        staffing.gap_board(one, one.today),
        attendance.guests_by_event(one),
        attendance.programme(one),
        followups.missing_after_event(one, one.today),
        expect.expected(one),
        expect.backtest(one),
        dict(one.assignments_by_event),
        dict(one.headcounts_by_event),
        dict(one.follow_ups_by_event),
        plain(lines),
        book.totals_at(one.events),
    )


def plain(value):
    """Without numpy's arrays, which do not compare as a whole."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, hours.Column):
        return value.names, value.numbers.tolist(), value.first.tolist()
    return {name: plain(one) for name, one in value.items()} if isinstance(value, dict) else value


def next_one(before, tables, today=plan.TODAY):
    """The next version, as it is made from the one before, with what was worked out where it was read."""
    read_there = read(tables, today)
    after = wire.shared(read_there, before)
    beforehand.work_out(after, before, RULES, beforehand.long_answers(read_there, RULES))
    return after


@pytest.fixture
def before():
    one = read(table())
    beforehand.work_out(one, apart.NOTHING, RULES)
    return one


def changed(*cells):
    """The table with other things in it: (tab, row, column, value)."""
    tables = table()
    for tab, row, column, value in cells:
        tables[tab][row][column] = value
    return tables


EDITS = {
    "another title": [("Events", 3, 3, "Etna")],
    "a count": [("Attendance", 4, 1, 99)],
    "no count": [("Attendance", 4, 1, "")],
    "somebody else goes": [("Staffing", 2, 1, "OF-01")],
    "hours": [("Staffing", 2, 3, "Declined"), ("Staffing", 5, 3, "Confirmed")],
    "held": [("Events", 20, 5, "Completed"), ("Events", 3, 5, "Cancelled"), ("Events", 22, 5, "Postponed")],
    "moved": [("Events", 3, 1, plan.serial(plan.TODAY) + 9), ("Events", 22, 1, plan.serial(plan.TODAY) - 4)],
    "gone": [("Events", 3, 1, ""), ("Events", 21, 1, "")],
    "an owner": [("Follow-ups", 1, 3, "Closed")],
    "a name": [("Officers", 1, 1, "Z. Sample")],
    "a language": [("Officers", 2, 3, "")],
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
@pytest.mark.parametrize("few", [beforehand.FEW, 1.0], ids=["as it is", "whatever changes"])
def test_it_is_what_whoever_asks_first_would_work_out(before, edit, few, monkeypatch):
    monkeypatch.setattr(beforehand, "FEW", few)
    tables = changed(*edit)
    assert asked(before) == asked(read(table()))
    assert asked(next_one(before, tables)) == asked(read(tables))
    assert asked(read(tables)) != asked(before)


CELLS = st.one_of(
    st.tuples(
        st.just("Events"),
        st.integers(1, 24),
        st.sampled_from([(0, "EV-7"), (1, 46302), (1, 46240), (1, ""), (2, ""), (3, "Etna"), (5, "Completed"),
                         (5, "Cancelled"), (5, "Draft"), (4, "YPD"), (6, 3)]),
    ),
    st.tuples(st.just("Staffing"), st.integers(1, 9), st.sampled_from([(0, "EV-14"), (1, "OF-02"), (3, "Pulled")])),
    st.tuples(st.just("Attendance"), st.integers(1, 15), st.sampled_from([(0, "HELD-3"), (1, "~40"), (1, "")])),
    st.tuples(st.just("Follow-ups"), st.integers(1, 3), st.sampled_from([(1, "HELD-2"), (3, "Closed")])),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(CELLS, max_size=6), st.lists(st.integers(1, 20), max_size=2), st.integers(0, 1))
def test_whatever_is_edited(edits, deleted, later):
    before = read(table())
    beforehand.work_out(before, apart.NOTHING, RULES)
    visible_to(LIAISON, before)
    tables = changed(*((tab, row, *what) for tab, row, what in edits))
    for row in deleted:
        del tables["Events"][row]
    day = plan.TODAY.replace(day=plan.TODAY.day + later)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(beforehand, "FEW", 1.0)
        patch.setattr(wire, "STEP", 7)
        after = next_one(before, tables, day)
    assert asked(after) == asked(read(copy.deepcopy(tables), day))
    assert shown_to_others(after) == shown_to_others(read(tables, day))


LIAISON = Viewer("liaison", ("YPD",))


def shown_to_others(snapshot):
    """What a liaison without a part in most events is shown; the stand-ins stand in no particular order."""
    share = visible_to(LIAISON, snapshot)
    return replace(share, officers=tuple(sorted(share.officers, key=lambda one: one.id)))


def test_what_liaisons_are_shown_is_made_anew_only_where_something_changed(before, monkeypatch):
    visible_to(LIAISON, before)
    tables, made = changed(("Staffing", 3, 1, "OF-01")), []
    make = access._stand_in
    monkeypatch.setattr(access, "_stand_in", lambda row, *given: made.append(row.event_id) or make(row, *given))
    after = next_one(before, tables)
    shown = shown_to_others(after)
    assert made == ["HELD-1"]
    assert shown == shown_to_others(read(tables))
    assert shown.assignments[1].name == "WPD officer"


def test_nobody_is_the_first_to_ask(before, monkeypatch):
    after = next_one(before, changed(*EDITS["another title"]))
    found = asked(after)
    forbid(monkeypatch, "alerts.Book.__init__", "staffing.fill", "hours.lines", "hours.Ledger.__init__",
           "followups._missing_from", "attendance._sorted_out", "expect.counted")  # fmt: skip
    assert asked(after) == found


def forbid(monkeypatch, *names):
    def never(*_):
        raise AssertionError("worked out again")

    for name in names:
        monkeypatch.setattr(f"cwac.answers.{name}", never)


class Unready:
    """What was not laid ready, and would be made at a stroke, while everybody waits."""

    def __get__(self, *_):
        raise AssertionError("not ready")


@pytest.mark.parametrize("cleared", [False, True], ids=["an edit", "and a row cleared"])
def test_what_is_as_it_was_is_not_worked_out_again(before, monkeypatch, cleared):
    """But for the one event: an edit of a large sheet must not keep the viewers waiting for all the others."""
    tables = changed(("Events", 21 if cleared else 22, 3, "Weed"))
    if cleared:
        tables["Staffing"][2] = [""] * 4
    found = beforehand.long_answers(read(tables), RULES)
    seen = []
    total, fill = attendance.total, staffing.fill
    monkeypatch.setattr(staffing, "fill", lambda snapshot, event: seen.append(event.id) or fill(snapshot, event))
    monkeypatch.setattr(attendance, "total", lambda rows: seen.append(rows) or total(rows))
    forbid(monkeypatch, "alerts.Book.__init__", "hours.lines", "expect.fit")
    after = wire.shared(read(tables), before)
    monkeypatch.setattr(Snapshot, "event_by_id", Unready())
    beforehand.work_out(after, before, RULES, found)
    assert seen == ["EV-7" if cleared else "EV-14"]
    assert after.headcounts_by_event is before.headcounts_by_event
    monkeypatch.undo()
    assert asked(after) == asked(read(tables))


def test_the_ledger_crosses(before, tmp_path):
    of = hours.ledger(before, RULES).lines
    said = wire.read(wire.written(beforehand.written(of, tmp_path / "ledger")))
    assert plain(vars(beforehand.read(said))) == plain(vars(of))
    assert list(tmp_path.iterdir()) == []

"""Officer-hours added up by column: as one would add them by hand, and the same with what an earlier version knew."""

import dataclasses

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cwac.answers.events import is_live
from cwac.answers.hours import Hours, Ledger, person_hours
from tests.answers.plans import DEMO, SAMPLE, event, goes, plan, plans

COLUMNS = ("everything", "person", "agency", "pay_type", "funding", "sender")


@st.composite
def with_hours(draw):
    """A plan in which somebody has noted hours, pay and funding here and there, and is written down twice."""
    snapshot, _ = draw(plans())
    rows = [
        dataclasses.replace(
            row,
            hours=draw(st.sampled_from([None, None, 0, 0.25, 1.5])),
            pay_type=draw(st.sampled_from([None, "Grant", "Overtime"])),
            agency=draw(st.sampled_from([row.agency, None, "WPD"])),
        )
        for row in snapshot.assignments
    ]
    events = [dataclasses.replace(one, funding=draw(st.sampled_from([None, "OTS grant"]))) for one in snapshot.events]
    return dataclasses.replace(snapshot, events=tuple(events), assignments=tuple(rows + rows[:3]))


def by_hand(snapshot, heading, chosen):
    """For each name under a heading, the hours of the chosen events, a line at a time."""
    piles = {}
    for one in filter(is_live, snapshot.events):
        lines = person_hours(one, snapshot.assignments_by_event.get(one.id, ()))
        spoke = {}
        for line in lines:
            spoke.setdefault(line.person, line.agency)
            name = {
                "everything": None, "person": line.person, "agency": line.agency, "pay_type": line.pay_type,
                "funding": one.funding, "sender": spoke[line.person],
            }[heading]  # fmt: skip
            if one.id in chosen:
                piles.setdefault(name, []).append(line)
    return {
        name: Hours(
            sum(line.hours for line in lines if line.recorded),
            sum(line.hours for line in lines if not line.recorded and line.hours is not None),
            len({(line.event_id, line.person) for line in lines}),
            sum(not line.recorded and line.hours is not None for line in lines),
            sum(line.hours is None for line in lines),
        )
        for name, lines in piles.items()
    }


@settings(max_examples=150, deadline=None)
@given(with_hours(), st.data())
def test_every_column_adds_up_as_by_hand(snapshot, data):
    chosen = data.draw(st.sets(st.sampled_from([one.id for one in snapshot.events]))) if snapshot.events else set()
    found = Ledger(snapshot)
    lines = found.of(one for one in snapshot.events if one.id in chosen)
    for heading in COLUMNS:
        assert found.totals(lines, getattr(found, heading)) == by_hand(snapshot, heading, chosen), heading
    assert found.total(lines) == by_hand(snapshot, "everything", chosen).get(None, Hours())
    for one in snapshot.events:
        alone = by_hand(snapshot, "everything", {one.id}).get(None, Hours())
        assert found.totals_at([one]) == [alone.total]
        assert found.in_full_at([one]) == [None if alone.unknown else alone.total or None]


@settings(max_examples=100, deadline=None)
@given(with_hours(), with_hours(), st.data())
def test_what_an_earlier_version_knew_changes_nothing(before, after, data):
    kept = data.draw(st.sets(st.sampled_from([one.id for one in before.events]))) if before.events else set()
    events = [one for one in after.events if one.id not in kept] + [one for one in before.events if one.id in kept]
    after = dataclasses.replace(after, events=tuple(events))
    vars(after)["assignments_by_event"] = {  # as records go from version to version: the same objects where unchanged
        name: before.assignments_by_event.get(name, ()) if name in kept else rows
        for name, rows in (dict.fromkeys(kept, ()) | dict(after.assignments_by_event)).items()
    }
    assert columns(Ledger(after, earlier=Ledger(before))) == columns(Ledger(after))


def columns(book):
    found = {name: value.tolist() for name, value in vars(book).items() if isinstance(value, np.ndarray)}
    named = {name: [getattr(book, name).names[one] for one in getattr(book, name).numbers] for name in COLUMNS}
    return found, named, book.events


def test_only_what_was_touched_is_worked_out_anew(monkeypatch):
    events = [event("A", -5), event("B", -4)]
    rows = [goes(SAMPLE, "A", hours=2), goes(DEMO, "B", hours=1)]
    before = plan(events, rows)
    earlier = Ledger(before)
    after = dataclasses.replace(before, events=(events[0], dataclasses.replace(events[1], end=None)))
    vars(after)["assignments_by_event"] = before.assignments_by_event
    asked = []

    def counted(event, *given):
        asked.append(event.id)
        return person_hours(event, *given)

    monkeypatch.setattr("cwac.answers.hours.person_hours", counted)
    assert Ledger(after, earlier=earlier).totals_at(events) == [2, 1]
    assert asked == ["B"]

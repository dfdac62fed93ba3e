"""Officer-hours: recorded where somebody did, scheduled otherwise, and added up by column as one would by hand."""

import dataclasses
import datetime as dt
from collections import namedtuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cwac.analysis import hours as answers
from cwac.analysis.events import FILLED, NOT_GOING, duty_interval, is_live
from cwac.analysis.hours import AWAY, Hours
from cwac.model import UnreadPerson
from tests.analysis.plans import DEMO, EXAMPLE, SAMPLE, asked, event, goes, plan, plans
from tests.cases import each


def ledger(*rows, **fields):
    return answers.ledger(plan([event("E", -5, **fields)], rows))


def hours(*rows, **fields):
    book = ledger(*rows, **fields).lines
    known_hours = [None if lacks else hours for hours, lacks in zip(book.hours, book.unknown, strict=True)]
    return list(
        zip([book.person.names[number] for number in book.person.numbers], known_hours, book.recorded, strict=True)
    )


def added_up(*rows, **fields):
    book = ledger(*rows, **fields)
    return book.total(book.lines.event == 0)


def test_recorded_hours_go_before_the_schedule():
    rows = goes(SAMPLE, "E", hours=2.5, report_time="08:00"), goes(DEMO, "E", "Assigned", report_time="08:30")
    assert hours(*rows) == [("OF-01", 2.5, True), ("OF-02", 1.5, False)]


def test_an_event_without_an_end_lasts_ninety_minutes_and_without_a_start_has_unknown_hours():
    assert hours(goes(SAMPLE, "E"), end=None) == [("OF-01", 1.5, False)]
    assert hours(goes(SAMPLE, "E"), start=None, end=None) == [("OF-01", None, False)]


@each("status", ["Declined", "Swapped out", "No-show"])
def test_people_who_did_not_go_gave_no_hours_even_if_some_are_typed(status):
    assert hours(goes(SAMPLE, "E", status, hours=2)) == []


def test_pulled_and_requested_people_gave_what_is_recorded_and_nothing_else():
    rows = goes(SAMPLE, "E", "Pulled", hours=0.5), goes(DEMO, "E", "Pulled"), goes(EXAMPLE, "E", "Requested")
    assert hours(*rows, asked("E", "WPD")) == [("OF-01", 0.5, True)]


def test_a_person_with_two_rows_is_one_person():
    paid = goes(SAMPLE, "E", hours=1, pay_type="On duty"), goes(SAMPLE, "E", hours=0.5, pay_type="Overtime")
    assert added_up(*paid) == Hours(1.5, 0, 1, 0, 0)
    twice = goes(DEMO, "E", role="Host"), goes(DEMO, "E", role="Bilingual")
    assert added_up(*twice) == Hours(0, 1, 1, 1, 0, 1)


def test_zero_recorded_hours_are_recorded():
    assert hours(goes(SAMPLE, "E", hours=0)) == [("OF-01", 0, True)]


def test_hours_say_what_they_are_made_of():
    assert Hours().words == "nobody is listed as having gone"
    assert Hours().total is None
    assert Hours(people=2, unknown=2).total is None
    some = added_up(goes(SAMPLE, "E", hours=2), goes(DEMO, "E", report_time="08:15", release_time="09:45"))
    assert (some.total, some.words) == (
        3.5,
        "1 of 2 with hours recorded; 1 assigned, not recorded, with 1.5 hours as scheduled",
    )
    none = added_up(goes(SAMPLE, "E", hours=2), goes(DEMO, "E"), start=None, end=None)
    assert (none.total, none.words) == (2, "1 of 2 with hours recorded; 1 not known")
    went = added_up(goes(SAMPLE, "E", "Attended"), goes(DEMO, "E", "Assigned"), goes(EXAMPLE, "E", "Attended"))
    assert went.words == "0 of 3 with hours recorded; 3 with 3 hours as scheduled, 1 of them assigned, not recorded"
    sure = added_up(goes(SAMPLE, "E", "Attended"))
    assert (sure.words, sure.assigned) == ("0 of 1 with hours recorded; 1 with 1 hour as scheduled", 0)


@each(
    ("rows", "known"),
    [
        ([goes(SAMPLE, "E", "Attended", hours=2)], 2),
        ([goes(SAMPLE, "E", "Assigned", hours=2), goes(DEMO, "E", "Attended")], 3),
        ([goes(SAMPLE, "E", "Attended", hours=2), goes(DEMO, "E", "Assigned")], "officers assigned, not recorded"),
        ([goes(SAMPLE, "E", "Attended", hours=2), goes(DEMO, "E", "Confirmed")], "officers assigned, not recorded"),
        ([goes(SAMPLE, "E", "Assigned", role="Host"), goes(SAMPLE, "E", "Attended", role="Bilingual")], 1),
        ([goes(SAMPLE, "E", "Attended", hours=2), goes(DEMO, "E", "Declined")], 2),
        ([goes(SAMPLE, "E", "Attended", hours=0)], "no officer-hours"),
        ([goes(SAMPLE, "E", "Requested")], "no officer-hours"),
        ([], "no officer-hours"),
    ],
)
def test_hours_are_known_in_full_only_if_everybody_is_recorded_or_attended(rows, known):
    worked = event("E", -5)
    assert answers.ledger(plan([worked], rows)).in_full_at([worked]) == [known]


def test_hours_are_not_known_in_full_without_a_start_or_with_an_unread_person():
    untimed, unread = event("E", -5, start=None, end=None), event("F", -5)
    rows = [goes(SAMPLE, "E", "Attended"), goes(SAMPLE, "F", "Attended", hours=1)]
    book = answers.ledger(plan([untimed, unread], rows, unread_people=(UnreadPerson("F", "WPD"),)))
    assert book.in_full_at([untimed, unread]) == ["hours not known", "hours not known"]
    assert book.totals_at([untimed, unread]) == [None, 1]


# --- beside a plain reference, a person at a time -----------------------------------------------------------------


COLUMNS = ("everything", "person", "agency", "pay_type", "funding", "sender")


@st.composite
def with_hours(draw):
    """A plan in which somebody has noted hours, pay and funding here and there, and is written down twice."""
    snapshot, _ = draw(plans())
    generator = draw(st.randoms(use_true_random=True))
    rows = [
        dataclasses.replace(
            row,
            hours=generator.choice([None, 0, 0.25, 1.5]),
            status=generator.choice([row.status, "Attended"]),
            pay_type=generator.choice([None, "Grant", "Overtime"]),
            agency=generator.choice([row.agency, None, "WPD"]),
            role=generator.choice([row.role, "Host"]),
            report_time=generator.choice([row.report_time, None, dt.time(7, 30), dt.time(9, 20)]),
            release_time=generator.choice([row.release_time, None, dt.time(7), dt.time(9, 30)]),
        )
        for row in (*snapshot.assignments, *snapshot.assignments[:4])
    ]
    events = [dataclasses.replace(event, funding=generator.choice([None, "OTS grant"])) for event in snapshot.events]
    return dataclasses.replace(snapshot, events=tuple(events), assignments=tuple(rows))


PersonHours = namedtuple("PersonHours", "event_id person agency pay_type hours recorded early hosts attended")


def person_hours(event, rows):
    """The hours of each person, in the order in which they first appear."""
    rows_of = {}
    for row in rows:
        if row.person is not None and row.status not in AWAY:
            rows_of.setdefault(row.person, []).append(row)
    for person, own in rows_of.items():
        there = [row for row in own if row.status not in NOT_GOING]
        starts = [start for row in there if (start := row.report_time or event.start)]
        about = bool(starts) and min(starts) < dt.time(8), any(row.role == "Host" for row in there)
        about = *about, any(row.status == "Attended" for row in own)
        recorded = [row for row in own if row.hours is not None]
        for row in recorded:
            yield PersonHours(event.id, person, row.agency, row.pay_type, row.hours, True, *about)
        going = [row for row in own if row.status in FILLED]
        if going and not recorded:
            span = duty_interval(event, going[0])
            hours = (span[1] - span[0]).total_seconds() / 3600 if span else None
            yield PersonHours(event.id, person, going[0].agency, going[0].pay_type, hours, False, *about)


def by_hand(snapshot, heading, chosen):
    """For each name under a heading, the hours of the chosen events, a line at a time."""
    piles = {}
    for planned in filter(is_live, snapshot.events):
        lines = list(person_hours(planned, snapshot.assignments_by_event.get(planned.id, ())))
        spoke = {}
        for line in lines:
            spoke.setdefault(line.person, line.agency)
            name = {
                "everything": None, "person": line.person, "agency": line.agency, "pay_type": line.pay_type,
                "funding": planned.funding, "sender": spoke[line.person],
            }[heading]  # fmt: skip
            if planned.id in chosen:
                piles.setdefault(name, []).append(line)
    return {
        name: Hours(
            sum(line.hours for line in lines if line.recorded),
            sum(line.hours for line in lines if not line.recorded and line.hours is not None),
            len({(line.event_id, line.person) for line in lines}),
            sum(not line.recorded and line.hours is not None for line in lines),
            sum(line.hours is None for line in lines),
            sum(not line.recorded and line.hours is not None and not line.attended for line in lines),
        )
        for name, lines in piles.items()
    }


def test_hours_at_an_event_equal_its_total_to_the_last_digit():
    """20 minutes, a quarter of an hour and 20 minutes, of which only the second is recorded: floats, added in order."""
    the_event = event("E", -1, status="Completed", start="09:00", end="09:20")
    rows = [goes(SAMPLE, "E", "Attended"), goes(DEMO, "E", "Attended", hours=0.25), goes(EXAMPLE, "E", "Attended")]
    book = answers.ledger(plan([the_event], rows))
    total = book.total(book.of([the_event])).total
    assert (book.totals_at([the_event]), book.in_full_at([the_event])) == ([total], [total])


@pytest.mark.slow
@settings(max_examples=75, deadline=None)
@given(with_hours(), st.data())
def test_every_column_adds_up_as_by_hand(snapshot, data):
    chosen = data.draw(st.sets(st.sampled_from([event.id for event in snapshot.events]))) if snapshot.events else set()
    book = answers.ledger(snapshot)
    lines = book.of(event for event in snapshot.events if event.id in chosen)
    for heading in COLUMNS:
        column = getattr(book.lines, heading, book.everything)
        assert book.totals(lines, column) == by_hand(snapshot, heading, chosen), heading
    every = [
        line for event in book.events for line in person_hours(event, snapshot.assignments_by_event.get(event.id, ()))
    ]
    assert [*zip(book.lines.early, book.lines.hosts, book.lines.recorded, strict=True)] == [
        (line.early, line.hosts, line.recorded) for line in every
    ]
    assert book.total(lines) == by_hand(snapshot, "everything", chosen).get(None, Hours())
    for planned in snapshot.events:
        alone = by_hand(snapshot, "everything", {planned.id}).get(None, Hours())
        assert book.totals_at([planned]) == [alone.total]
        unknown = alone.unknown or planned.id in snapshot.unread_people_by_event
        lack = "hours not known" if unknown else "officers assigned, not recorded" if alone.assigned else None
        lack = lack if is_live(planned) else None
        assert book.in_full_at([planned]) == [lack or alone.total or "no officer-hours"]

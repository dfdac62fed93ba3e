"""Scheduling: as good as exhaustive search on small instances and as a solver on hard months, and never a clash."""

import itertools
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cwac.analysis import scheduling as plans
from cwac.analysis.alerts import alerts
from cwac.analysis.rest import rest_warnings
from cwac.analysis.scheduling_search import build_task, evaluate, search
from cwac.model import Agency, Assignment, Officer, TimeOff
from cwac.settings import Rules
from cwac.sheet.schema import STAFFING
from tests.analysis.plans import DEMO, DUMMY, EXAMPLE, ON, SAMPLE, asked, day, event, goes
from tests.analysis.plans import plan as sheet
from tests.bench import planning
from tests.cases import each

UNHURRIED = 300.0
"""Seconds, so that a busy machine does not end the search early; each plan here takes a fraction of a second."""
RESTLESS = Rules(rest_hours=0)
ABOUT_OFFICERS = {"officer-double-booked", "officer-tight-travel", "officer-on-time-off", "officer-inactive"}


def plan_for(snapshot, last=60, seconds=UNHURRIED, **options):
    return plans.plan(snapshot, ON, day(last), ON, seconds=seconds, **options)


def after(snapshot, plan):
    """The snapshot once everybody proposed has been asked."""
    asked = [
        Assignment(item.event.id, 0, item.officer.id, item.officer.name, item.officer.agency, status="Requested")
        for item in plan.proposals
    ]
    return replace(snapshot, assignments=(*snapshot.assignments, *asked))


def sent(plan):
    return sorted((proposal.event.id, proposal.officer.id) for proposal in plan.proposals)


# --- by hand ------------------------------------------------------------------------------------------------------


def test_fully_staffed_calendar_needs_no_plan():
    result = plan_for(sheet([event("A", officers_needed=1)], [goes(SAMPLE, "A", role="Host")]))
    assert (result.posts, result.proposals, result.unfilled) == (0, (), ())
    assert result.words == "No position is open."


def test_least_loaded_officers_of_the_events_agencies_fill_the_posts():
    events = [event("A", officers_needed=2, bilingual_needed=True), event("past", -3, status="Completed")]
    busy = [goes(DUMMY, "past", "Attended"), goes(SAMPLE, "past", "Attended")]
    result = plan_for(sheet(events, busy, officers=(SAMPLE, DUMMY, EXAMPLE, DEMO, Officer("OF-05", "N. New", "WPD"))))
    assert sent(result) == [("A", "OF-01"), ("A", "OF-05")]
    assert [(proposal.officer.id, proposal.role) for proposal in result.proposals] == [
        ("OF-01", "Host"),
        ("OF-05", None),
    ]
    assert [
        (unfilled.event.id, unfilled.posts, unfilled.missing_roles, unfilled.reason) for unfilled in result.unfilled
    ] == [
        (
            "A",
            0,
            ("Bilingual",),
            "1 who could are proposed elsewhere that day or week, or cannot give what is wanted of WPD. "
            "2 from other agencies would be free",
        )
    ]
    assert result.words == "2 of 2 open positions filled; 2 of 3 hosts, languages and agencies found."


def test_rows_match_the_staffing_headers_and_are_requested():
    result = plan_for(sheet([event("A", officers_needed=1)]))
    assert [column.header for column in STAFFING.columns] == list(plans.HEADER)
    assert [dict(zip(plans.HEADER, row, strict=True)) for row in result.rows] == [
        dict.fromkeys(plans.HEADER, "") | {"Event ID": "A", "Officer": "OF-01", "Role": "Host", "Status": "Requested"}
    ]


def test_proposal_replaces_a_placeholder_of_its_agency():
    rows = [replace(asked("A", "SCSO", "Floor"), row=7), replace(asked("A", None, "Host"), row=8)]
    result = plan_for(sheet([event("A", officers_needed=2)], rows))
    assert [(proposal.officer.id, proposal.role, proposal.placeholder) for proposal in result.proposals] == [
        ("OF-01", "Host", 8),
        ("OF-02", "Floor", 7),
    ]


def test_placeholders_are_the_posts_when_no_number_is_given():
    result = plan_for(sheet([event("A")], [asked("A", "SCSO"), goes(SAMPLE, "A", role="Host")]))
    assert (result.posts, sent(result)) == (1, [("A", "OF-02")])


def test_extra_officer_is_sought_when_nobody_going_can_take_a_role():
    full = event("A", officers_needed=1)
    assert sent(plan_for(sheet([full], [goes(DUMMY, "A")]))) == [("A", "OF-01")]
    hosting = plan_for(sheet([full], [goes(SAMPLE, "A")]))
    assert hosting.proposals == ()
    assert hosting.advice == ("Weed, Mon, Sep 21: A. Sample is assigned already and can host: set the Role to Host.",)
    nobody = plan_for(
        sheet([full], [goes(DUMMY, "A")], officers=(DUMMY, EXAMPLE, DEMO, replace(SAMPLE, can_host=False)))
    )
    assert nobody.advice == ("Weed, Mon, Sep 21: D. Dummy is assigned already and can host: set the Role to Host.",)


def test_unfilled_posts_carry_a_reason():
    short = event("A", officers_needed=4, partner_agencies=("SCSO",))
    other = event("B", start="10:10", end="11:00", town="Yreka", officers_needed=1)
    snapshot = sheet(
        [short, other],
        [goes(DEMO, "B", role="Host")],
        time_off=(TimeOff("OF-01", day(20), day(20)),),
        officers=(SAMPLE, DEMO, DUMMY, EXAMPLE),
    )
    result = plan_for(snapshot)
    assert sent(result) == [("A", "OF-04")]
    assert [(unfilled.event.id, unfilled.posts, unfilled.missing_roles) for unfilled in result.unfilled] == [
        ("A", 3, ("Host",))
    ]
    assert result.unfilled[0].reason == (
        "1 with the day off; 1 too far away just before or after of SCSO, WPD. 1 from other agencies would be free"
    )
    assert result.words == "1 of 4 open positions filled; 1 of 4 hosts, languages and agencies found."
    assert ("A", "OF-03") in sent(plan_for(snapshot, any_agency=True))


def test_nobody_is_sent_to_two_places_or_to_unknown_times():
    events = [
        event("A", officers_needed=1),
        event("B", start="09:30", end="11:00", officers_needed=1),
        event("C", start=None, officers_needed=1),
    ]
    result = plan_for(sheet(events, officers=(SAMPLE,)))
    assert (result.posts, len(result.proposals)) == (3, 1)


def test_duties_are_shared_between_people_and_agencies():
    events = [event(name, 20 + 3 * n, officers_needed=1, partner_agencies=("SCSO",)) for n, name in enumerate("ABCDEF")]
    officers = (*(Officer(f"W{n}", f"W{n}", "WPD") for n in range(2)), Officer("S0", "S0", "SCSO"))
    result = plan_for(sheet(events, officers=officers))
    assert Counter(proposal.officer.id for proposal in result.proposals) == {"W0": 2, "W1": 2, "S0": 2}
    larger = plan_for(
        sheet(events, officers=officers, agencies=(Agency("WPD", "W", sworn=1), Agency("SCSO", "S", sworn=9)))
    )
    assert Counter(proposal.officer.agency for proposal in larger.proposals)["SCSO"] > 2


def test_only_coming_events_of_the_period_are_planned():
    events = [
        event("A", 4, officers_needed=1),
        event("B", 5, officers_needed=1),
        event("C", 6, officers_needed=1),
        event("D", -1, officers_needed=1),
        event("E", 0, officers_needed=1, status="Completed"),
        event("F", 5, officers_needed=1, status="Draft"),
    ]
    result = plans.plan(sheet(events), day(5), day(5), ON)
    assert [proposal.event.id for proposal in result.proposals] == ["B"]
    assert [proposal.event.id for proposal in plans.plan(sheet(events), day(-9), day(4), ON).proposals] == ["A"]


def test_position_that_would_exceed_the_weekly_hours_stays_open_and_says_why():
    events = [event("A", start="08:00", end="15:00", officers_needed=1), event("B", 22, start="08:00", end="14:00")]
    snapshot = sheet(events, [goes(SAMPLE, "B", role="Host")], officers=(SAMPLE,))
    result = plan_for(snapshot)
    assert result.proposals == ()
    assert [unfilled.reason for unfilled in result.unfilled] == ["1 over 12 h of events that week of WPD"]
    assert sent(plan_for(snapshot, rules=Rules(weekly_hours=13))) == [("A", "OF-01")]


def test_position_that_would_leave_too_little_rest_stays_open_and_says_why():
    events = [event("A", start="17:00", end="18:00", officers_needed=1), event("B", start="09:00", end="10:00")]
    snapshot = sheet(events, [goes(SAMPLE, "B", role="Host")], officers=(SAMPLE,))
    result = plan_for(snapshot)
    assert result.proposals == ()
    assert [unfilled.reason for unfilled in result.unfilled] == ["1 with less than 8 h of rest before or after of WPD"]
    assert sent(plan_for(snapshot, rules=Rules(rest_hours=7))) == [("A", "OF-01")]


def test_positions_of_one_week_exceed_the_weekly_hours_together_no_more_than_alone():
    events = [
        event(name, after, start="08:00", end="13:00", officers_needed=1)
        for name, after in zip("ABC", (19, 20, 21), strict=True)
    ]
    snapshot = sheet(events, officers=(SAMPLE,))
    result = plan_for(snapshot)
    assert (len(result.proposals), rest_warnings(after(snapshot, result), ON)) == (2, ())
    assert [unfilled.reason for unfilled in result.unfilled] == [
        "1 who could are proposed elsewhere that day or week, or cannot give what is wanted of WPD"
    ]


def test_hours_of_duties_earlier_in_the_week_count_for_the_plan():
    """The day "on" is a Tuesday; Sunday and Monday belong to its week, the Saturday before does not."""
    events = [
        event("Saturday", -3, start="08:00", end="18:00", status="Completed"),
        event("Monday", -1, start="08:00", end="18:00", status="Completed"),
        event("A", 1, start="08:00", end="11:00", officers_needed=1),
    ]
    rows = [goes(SAMPLE, "Saturday", "Attended", "Host")]
    assert sent(plan_for(sheet(events, rows, officers=(SAMPLE,)))) == [("A", "OF-01")]
    rows = [goes(SAMPLE, "Monday", "Attended", "Host")]
    assert sent(plan_for(sheet(events, rows, officers=(SAMPLE,)))) == []


def test_need_of_a_full_event_counts_among_the_needs():
    """No position is open at A, but no officer of SCSO goes there."""
    events = [event("A", officers_needed=1, partner_agencies=("SCSO",)), event("B", 25, officers_needed=1)]
    snapshot = sheet(events, [goes(SAMPLE, "A", role="Host")])
    assert plan_for(snapshot).words == "1 of 1 open positions filled; 2 of 3 hosts, languages and agencies found."
    only = sheet(events[:1], [goes(SAMPLE, "A", role="Host")])
    assert plan_for(only).words == "No position is open; 0 of 1 hosts, languages and agencies found."


def test_people_known_only_by_name_can_be_proposed():
    rows = [Assignment("B", 2, name="E. Typed", agency="WPD", role="Host")]
    result = plan_for(sheet([event("A", officers_needed=1), event("B", 30)], rows, officers=()))
    assert [row[plans.HEADER.index("Officer")] for row in result.rows] == ["E. Typed"]


def test_plan_without_changes_remains_when_time_runs_out():
    events = [event(name, 20 + n, officers_needed=2) for n, name in enumerate("ABC")]
    assert len(plan_for(sheet(events), seconds=0.0).proposals) == 6


# --- exhaustive search of small instances ------------------------------------------------------------------------


@st.composite
def small_snapshots(draw):
    """Up to three events and four officers, with every kind of conflict."""
    shorts = ["WPD", "SCSO"]
    events = []
    for name in "ABC"[: draw(st.integers(1, 3))]:
        start = draw(st.sampled_from(["08:00", "09:00", "09:30", "10:10", None]))
        events.append(
            event(
                name,
                draw(st.sampled_from([10, 10, 11, 11])),
                start=start,
                end=start and f"{int(start[:2]) + 1:02}:00",
                town=draw(st.sampled_from(["Weed", "Yreka", "Etna"])),
                officers_needed=draw(st.sampled_from([None, 1, 2, 3])),
                bilingual_needed=draw(st.booleans()),
                lead_agency=draw(st.sampled_from(shorts)),
                partner_agencies=tuple(draw(st.lists(st.sampled_from(shorts), max_size=1))),
            )
        )
    past = [event(f"past {n}", -n - 1, status="Completed") for n in range(3)]
    officers = tuple(
        Officer(
            f"OF-{n}",
            f"Officer {n}",
            draw(st.sampled_from(shorts)),
            languages=draw(st.sampled_from([(), ("Spanish",)])),
            can_host=draw(st.sampled_from([True, False, None])),
            active_to=draw(st.sampled_from([None, None, day(10)])),
        )
        for n in range(draw(st.integers(1, 4)))
    )
    rows = [
        goes(draw(st.sampled_from(officers)), name, draw(st.sampled_from(["Confirmed", "Requested", "Declined"])), role)
        for name, role in draw(
            st.lists(
                st.tuples(
                    st.sampled_from([planned.id for planned in (*events, *past)]),
                    st.sampled_from([None, "Host", "Floor"]),
                ),
                max_size=4,
            )
        )
    ]
    rows += [asked(draw(st.sampled_from([event.id for event in events])), draw(st.sampled_from([None, *shorts])))]
    off = tuple(TimeOff(officer.id, day(10), day(10)) for officer in officers if draw(st.integers(0, 4)) == 0)
    agencies = tuple(Agency(short, short, sworn=draw(st.sampled_from([None, 2, 5]))) for short in shorts)
    return sheet((*events, *past), rows, officers=officers, time_off=off, agencies=agencies)


class Search:
    """Exhaustive search of the same task; alerts decide what is possible, and values are recounted here."""

    def __init__(self, snapshot, rules):
        self.snapshot, self.rules = snapshot, rules
        self.events = [event for event in snapshot.events if event.date >= ON]
        rows = {event.id: [row for row in snapshot.assignments if row.event_id == event.id] for event in self.events}
        self.going = {
            name: [row for row in theirs if row.officer and row.status != "Declined"] for name, theirs in rows.items()
        }
        yes = [officer.id for officer in snapshot.officers if officer.can_host]
        self.hosts = yes or [officer.id for officer in snapshot.officers if officer.can_host is None]
        self.speakers = [officer.id for officer in snapshot.officers if officer.languages]
        self.wants, self.number, self.short = {}, {}, {}
        for planned in self.events:
            there = self.going[planned.id]
            wants = []
            if not any(row.role == "Host" or row.officer in self.hosts for row in there):
                wants.append(self.hosts)
            if planned.bilingual_needed and not any(row.officer in self.speakers for row in there):
                wants.append(self.speakers)
            named = {row.officer for row in there if row.status == "Confirmed"}
            asked_for = sum(row.placeholder for row in rows[planned.id])
            short = self.short[planned.id] = max((planned.officers_needed or 0) - len(named), asked_for)
            self.number[planned.id] = short or min(1, len(wants))
            self.wants[planned.id] = wants
            sending = {row.agency for row in there}
            silent = [agency for agency in planned.agencies if agency not in sending]
            self.wants[planned.id] = wants + [
                [officer.id for officer in snapshot.officers if officer.agency == agency] for agency in silent
            ]
            if not short:
                self.only = getattr(self, "only", {}) | {planned.id: {person for want in wants for person in want}}
        agencies = {
            event.id: {*event.agencies, *(row.agency for row in rows[event.id] if row.placeholder)}
            for event in self.events
        }
        self.pairs = [
            (officer.id, event.id)
            for event in self.events
            for officer in snapshot.officers
            if self.number[event.id]
            and officer.agency in agencies[event.id]
            and officer.id in getattr(self, "only", {}).get(event.id, {officer.id})
            and not any(row.officer == officer.id for row in rows[event.id])
            and self.possible([(officer.id, event.id)])
        ]

    def possible(self, pairs):
        by_id = self.snapshot.officer_by_id
        added = [goes(by_id[person], name) for person, name in pairs]
        for row in added:
            others = [event for event in self.events if event.id != row.event_id]
            here = self.snapshot.event_by_id[row.event_id]
            for other in others:
                theirs = [*self.going[other.id], *(row for row in added if row.event_id == other.id)]
                untimed = other.date == here.date and None in (other.start, here.start)
                if untimed and row.officer in {row.officer for row in theirs}:
                    return False
        after = replace(self.snapshot, assignments=(*self.snapshot.assignments, *added))
        if not set(rest_warnings(after, ON, self.rules)) <= set(rest_warnings(self.snapshot, ON, self.rules)):
            return False
        wrong = [alert for alert in alerts(after, ON) if alert.code in ABOUT_OFFICERS]
        return not any(alert.officer == person and name in alert.event_ids for alert in wrong for person, name in pairs)

    def value(self, pairs):
        met = sum(
            any((person, name) in pairs for person in able) for name, wants in self.wants.items() for able in wants
        )
        loads, agency_loads, listed = Counter(), Counter(), Counter()
        for officer in self.snapshot.officers:
            listed[officer.agency] += 1
            for planned in self.snapshot.events:
                rows = [row for row in self.snapshot.assignments if row.event_id == planned.id]
                if any(row.officer == officer.id and row.status == "Confirmed" for row in rows):
                    loads[officer.id] += 1
                    agency_loads[officer.agency] += 1
        sworn = {agency.short: agency.sworn for agency in self.snapshot.agencies if agency.sworn}
        sizes = sworn if set(listed) <= set(sworn) else listed
        uneven = 0.0
        for person, _ in pairs:
            agency = self.snapshot.officer_by_id[person].agency
            loads[person] += 1
            agency_loads[agency] += 1
            uneven += loads[person] + agency_loads[agency] / sizes[agency]
        return len(pairs), met, -round(uneven, 6)

    def best(self):
        best = (0, 0, 0.0)
        for count in range(len(self.pairs), -1, -1):
            if count < best[0]:
                break
            for pairs in itertools.combinations(self.pairs, count):
                posts = Counter(name for _, name in pairs)
                fits = all(posts[name] <= self.number[name] for name in posts)
                if fits and self.value(pairs) > best and self.possible(pairs):
                    best = self.value(pairs)
        return best


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    small_snapshots(),
    st.builds(Rules, weekly_hours=st.sampled_from([1, 2, 12]), rest_hours=st.sampled_from([0, 1, 8, 30])),
)
def test_plan_is_as_good_as_exhaustive_search_within_the_limits_on_small_instances(snapshot, rules):
    """Exhaustive search drops every plan that would cause a warning about hours or rest, or a conflict."""
    result = plan_for(snapshot, last=20, rules=rules)
    search = Search(snapshot, rules)
    chosen = [(proposal.officer.id, proposal.event.id) for proposal in result.proposals]
    assert set(chosen) <= set(search.pairs)
    assert search.possible(chosen)
    filled, met, evenness = search.best()
    assert search.value(chosen) == pytest.approx((filled, met, evenness))
    assert result.met == met
    assert result.needs == sum(map(len, search.wants.values()))
    assert result.posts == sum(search.short.values())
    assert result.posts + result.extra == sum(search.number.values())
    assert result.posts - (filled - result.extra_filled) == sum(unfilled.posts for unfilled in result.unfilled)


# --- larger ones ------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@each("seed", range(len(planning.PROVEN)))
def test_plan_of_a_hard_month_fills_what_a_solver_proved_possible(seed):
    filled, met = planning.PROVEN[seed]
    value = evaluate(task := planning.hard_month(seed), search(task, UNHURRIED))
    assert value.filled == filled
    assert value.met >= met - 2


@pytest.mark.slow
@each("seed", range(12))
def test_plan_of_a_month_adds_no_clash(seed):
    made = planning.snapshot(seed, events=14, officers=9 + seed, days=2 + seed // 3, off=4)
    result = plan_for(made, last=30)
    task = build_task(made, ON, day(30), ON, Rules(), any_agency=False)
    before = {(alert.code, alert.officer) for alert in alerts(made, ON) if alert.code in ABOUT_OFFICERS}
    afterwards = {
        (alert.code, alert.officer) for alert in alerts(after(made, result), ON) if alert.code in ABOUT_OFFICERS
    }
    assert afterwards <= before
    assert set(rest_warnings(after(made, result), ON)) <= set(rest_warnings(made, ON))
    fills = Counter(proposal.event.id for proposal in result.proposals)
    assert all(fills[post.event.id] <= post.openings for post in task.posts)
    assert len({(proposal.event.id, proposal.officer.id) for proposal in result.proposals}) == len(result.proposals)


def test_officer_with_the_least_load_is_left_for_the_later_event_that_nobody_else_can_fill():
    events = [
        event("A", officers_needed=1, partner_agencies=("SCSO",)),
        event("B", start="09:30", end="10:30", officers_needed=1),
        event("past", -2, status="Completed"),
    ]
    snapshot = sheet(events, [goes(DEMO, "past")], officers=(SAMPLE, DEMO))
    assert sent(plan_for(snapshot)) == [("A", "OF-02"), ("B", "OF-01")]


def test_filling_posts_comes_before_meeting_needs():
    """One person can go to one long event that lacks everything, or to two short ones that lack only a person."""
    events = [
        event("A", start="09:00", end="12:00", officers_needed=1, bilingual_needed=True),
        event("B", start="09:00", end="10:00", officers_needed=2),
        event("C", start="11:00", end="12:00", officers_needed=2),
    ]
    able = replace(SAMPLE, languages=("Spanish",))
    rows = [goes(DUMMY, name, role="Host") for name in "BC"]
    snapshot = sheet(events, rows, officers=(able, DUMMY))
    assert sent(plan_for(snapshot, rules=RESTLESS)) == [("B", "OF-01"), ("C", "OF-01")]


def test_two_short_events_within_two_long_ones_can_both_be_filled():
    """A and B overlap each other and both of C and D, which do not overlap: not one clique of four."""
    hours = {"A": ("09:00", "12:00"), "B": ("09:00", "12:00"), "C": ("09:00", "10:00"), "D": ("11:00", "12:00")}
    events = [event(name, start=start, end=end, officers_needed=1) for name, (start, end) in hours.items()]
    result = plan_for(sheet(events, officers=(SAMPLE,)), rules=RESTLESS)
    assert [proposal.event.id for proposal in result.proposals] == ["C", "D"]


def test_officer_on_duty_that_day_is_not_sent_to_an_event_without_times():
    events = [event("A", start=None, officers_needed=1), event("B", start="16:00", end="17:00")]
    result = plan_for(sheet(events, [goes(SAMPLE, "B", role="Host")], officers=(SAMPLE,)))
    assert (result.posts, result.proposals) == (1, ())
    assert result.unfilled[0].reason == "1 elsewhere that day, times not known of WPD"


def test_officer_is_saved_for_the_event_that_nobody_else_can_fill():
    """Both officers rank the same at the first event."""
    events = [event("A", officers_needed=1, partner_agencies=("SCSO",)), event("B", 21, officers_needed=1)]
    agencies = (Agency("WPD", "W", sworn=5), Agency("SCSO", "S", sworn=5))
    snapshot = sheet(events, officers=(SAMPLE, replace(DEMO, can_host=True)), agencies=agencies)
    assert sent(plan_for(snapshot)) == [("A", "OF-02"), ("B", "OF-01")]


def test_large_agency_is_drawn_on_before_a_small_one():
    events = [
        event("A", officers_needed=1, partner_agencies=("SCSO",)),
        event("B", 21, officers_needed=1, partner_agencies=("EPD",)),
    ]
    officers = tuple(
        Officer(name, name, agency) for name, agency in (("1W", "WPD"), ("2W", "WPD"), ("3E", "EPD"), ("4S", "SCSO"))
    )
    agencies = (Agency("WPD", "W", sworn=2), Agency("EPD", "E", sworn=1), Agency("SCSO", "S", sworn=20))
    snapshot = sheet(events, officers=officers, agencies=agencies)
    assert [proposal.officer.agency for proposal in plan_for(snapshot).proposals] == ["SCSO", "WPD"]


def test_same_sheet_gives_the_same_plan():
    made = planning.snapshot(3, events=12, officers=14, days=6, off=4)
    assert plan_for(made, last=30) == plan_for(made, last=30)

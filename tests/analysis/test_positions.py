"""Open positions: the same number everywhere, the agencies that owe them, and silence where agencies are unknown."""

import datetime as dt
import itertools
import json
import re
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cwac.access import Viewer, restrict
from cwac.analysis import changes as change_answers
from cwac.analysis import overview
from cwac.analysis import scheduling as plans_of
from cwac.analysis.alerts import CLASHES, alerts, by_event, topic_of
from cwac.analysis.candidates import Roster, who_could_go
from cwac.analysis.changes import changes
from cwac.analysis.days import national_day
from cwac.analysis.event_summary import CLASHES as CALENDAR_CLASHES
from cwac.analysis.event_summary import staffing_states, summarize
from cwac.analysis.events import assigned, is_half_typed, planned
from cwac.analysis.fair_share import fair_share
from cwac.analysis.positions import (
    Owed,
    agencies_are_known,
    from_any_agency,
    open_positions,
    owed,
    people_without_agency,
    positions,
    shares_to_ask,
    total_owed,
)
from cwac.analysis.staffing import fill, gap_board
from cwac.exports import documents, ical
from cwac.model import Assignment, AssignmentStatus, Snapshot, Tab, UnreadPerson, Workbook
from cwac.settings import Rules
from cwac.sheet.reader import read_workbook
from cwac.web import event_cards
from cwac.web.sections import gaps, scheduling
from tests.analysis.plans import DEMO, DUMMY, EXAMPLE, NATIONAL, ON, SAMPLE, asked, day, event, goes, plan, plans
from tests.cases import each

STATUSES: tuple[AssignmentStatus, ...] = get_args(AssignmentStatus)
OUT = {"Declined", "Swapped out", "Pulled", "No-show"}
COUNTED = {"Assigned", "Confirmed", "Attended"}
RULES = Rules()


# --- how many -----------------------------------------------------------------------------------------------------


@each("needed", [None, 1, 2, 3, 5])
@each("people", [0, 1, 2, 4])
@each("asked_for", [0, 1, 2, 3])
def test_open_positions_are_the_larger_of_people_missing_and_placeholders(needed, people, asked_for):
    rows = [goes(officer, "E") for officer in (SAMPLE, DEMO, EXAMPLE, DUMMY)[:people]] + [asked("E")] * asked_for
    the_event = event("E", officers_needed=needed)
    missing = 0 if needed is None else max(0, needed - people)
    expected = missing if missing > asked_for else asked_for
    assert open_positions(the_event, rows) == expected
    wanted = positions(the_event, rows)
    if needed is None and not asked_for:
        assert wanted is None
    else:
        assert wanted is not None
        assert wanted >= (needed or 0)
        assert max(0, wanted - people) == expected


@each("needed", [None, 1, 2])
@each("status", STATUSES)
def test_a_placeholder_that_is_out_opens_nothing(status, needed):
    """Declined, swapped out, pulled, no-show; every other status leaves the post open."""
    rows = [goes(SAMPLE, "E", role="Host"), replace(asked("E", "SCSO"), status=status)]
    the_event = event("E", officers_needed=needed)
    expected = max((needed or 0) - 1, int(status not in OUT))
    assert open_positions(the_event, rows) == expected
    assert owed(rows, ()) == ({} if status in OUT else {"SCSO": 1})
    snapshot = plan([the_event], rows)
    assert fill(snapshot, the_event).open == (expected > 0)
    assert ("understaffed" in {alert.code for alert in alerts(snapshot, ON)}) == (expected > 0)


@each("status", STATUSES)
def test_only_people_who_go_fill_a_position(status):
    the_event = event("E", officers_needed=2)
    assert open_positions(the_event, [goes(SAMPLE, "E", status)]) == (1 if status in COUNTED else 2)


def test_two_rows_of_one_person_fill_one_position():
    the_event = event("E", officers_needed=3)
    assert (
        open_positions(the_event, [goes(SAMPLE, "E", role="Host"), goes(SAMPLE, "E", role="PIO"), goes(DEMO, "E")]) == 1
    )


@each("needed", [None, 1])
def test_full_event_with_two_placeholders_is_short_of_two_everywhere(needed):
    the_event = event("E", 5, officers_needed=needed)
    snapshot = plan([the_event], [goes(SAMPLE, "E", role="Host"), asked("E"), asked("E")])
    (gap,) = gap_board(snapshot, ON)
    assert (gap.fill.short, gap.fill.open, gap.fill.words, gap.urgency) == (2, True, "1 of 3 staffed", "warning")
    assert "Still needed: 2 more officers." in gap.ask
    (alert,) = [alert for alert in alerts(snapshot, ON) if alert.code == "understaffed"]
    assert alert.message.endswith("1 of 3 officers (2 requested). Ask WPD for 2 more.")
    assert overview.needs(replace(snapshot, today=ON), ON, None, RULES).positions == 2


@each(
    ("people", "asked_of", "agencies", "alert", "message"),
    [
        (
            [], [], ("SCSO",),
            "Ask WPD for 1 more, SCSO for 1, any agency for 1.", "3 more officers (1 from WPD, 1 from SCSO).",
        ),
        ([SAMPLE, DEMO], [], ("SCSO",), "Ask WPD or SCSO for 1 more.", "1 more officer."),
        ([SAMPLE], ["SCSO", "SCSO"], ("SCSO",), "Ask SCSO for 2 more.", "2 more officers from SCSO."),
        ([SAMPLE], ["SCSO"], ("SCSO",), "Ask SCSO for 1 more, any agency for 1.", "2 more officers (1 from SCSO)."),
        ([SAMPLE], [None, None], (), "Ask WPD for 2 more.", "2 more officers."),
        ([SAMPLE], [], ("SCSO",), "Ask SCSO for 1 more, any agency for 1.", "2 more officers (1 from SCSO)."),
        ([SAMPLE], ["YPD"], ("SCSO",), "Ask SCSO for 1 more, YPD for 1.", "2 more officers (1 from SCSO, 1 from YPD)."),
        ([SAMPLE, DEMO], [], ("CHP-MS", "YPD"), "Ask CHP-MS or YPD for 1 more.", "1 more officer from CHP-MS or YPD."),
    ],
)  # fmt: skip
def test_alert_and_message_ask_the_agencies_that_owe_officers(people, asked_of, agencies, alert, message):
    rows = [goes(person, "E", role="Host") for person in people] + [asked("E", agency) for agency in asked_of]
    snapshot = plan([event("E", 5, officers_needed=3, partner_agencies=agencies)], rows)
    (gap,) = gap_board(snapshot, ON)
    (found,) = [each for each in alerts(snapshot, ON) if each.code == "understaffed"]
    assert found.message.partition(". ")[2] == alert
    assert f"Still needed: {message[:-1]}" in gap.ask
    assert sum(number for _, number in shares_to_ask(gap.fill.short, dict(gap.fill.owed))) == gap.fill.short


def open_by_event(snapshot: Snapshot, on: dt.date) -> dict[str, dict[str, int]]:
    """The number of open positions of each event, read back from each place that shows it."""
    snapshot = replace(snapshot, today=on)
    numbers: dict[str, dict[str, int]] = {event.id: {} for event in planned(snapshot, on)}
    alerts_by_event = by_event(snapshot, on)
    board = gaps.board(snapshot, on, on, None, None)
    rows = {row["event_id"]: row for row in gaps.gap_rows(board.gaps)}
    command = {row["event_id"]: row for row in documents.gap_rows(documents.gaps(snapshot))}
    scope = ical.Scope("all")
    for gap in gap_board(snapshot, on):
        the_event, here = gap.fill.event, numbers[gap.fill.event.id]
        here["gap board"] = gap.fill.short
        here["words"] = missing(
            gap.fill.words.split(" ")[0] + "/" + (re.findall(r"of (\d+) staffed", gap.fill.words) or ["0"])[0]
        )
        asking = re.search(r"Still needed: (\d+) more officer", gap.ask)
        here["words to ask with"] = int(asking[1]) if asking else 0
        here["gaps as CSV"] = rows[the_event.id]["open"] if the_event.id in rows else 0
        here["command line"] = command[the_event.id]["open"] if the_event.id in command else 0
        message = next(
            (alert.message for alert in alerts_by_event.get(the_event.id, ()) if alert.code == "understaffed"), None
        )
        here["alert"] = sum(map(int, re.findall(r" for (\d+)(?= more|,|\.)", message or "")))
        seen = summarize(the_event, snapshot, alerts_by_event, on, gaps=True)
        here["calendar"] = missing(seen.staff or "0")
        assert seen.short == (here["calendar"] > 0)
        assert ("Short of officers" in staffing_states(the_event, snapshot, alerts_by_event, on)) == seen.short
        dots = event_cards.staffing(the_event, snapshot)
        words = dots if isinstance(dots, str) else str(dots["text"])
        here["overview"] = missing("/".join(re.findall(r"\d+", words)))
        line = next(
            line for line in ical._description(the_event, snapshot, scope, RULES, "en") if line.startswith("Officers")
        )
        here["feed"] = missing("/".join(re.findall(r"\d+", line)))
        here["changes"] = change_answers._open_positions(snapshot, the_event.id)
    assert sum(here["gap board"] for here in numbers.values()) == board.positions
    assert board.positions == overview.needs(snapshot, on, None, RULES).positions
    return numbers


def missing(people_of_positions: str) -> int:
    """`1/3` is two missing; a number alone asks for nobody."""
    people, _, wanted = people_of_positions.partition("/")
    return max(0, int(wanted or 0) - int(people))


@settings(max_examples=200, deadline=None)
@given(plans())
def test_every_place_gives_the_same_number(drawn):
    snapshot, on = drawn
    for event_id, numbers in open_by_event(snapshot, on).items():
        assert len(set(numbers.values())) == 1, (event_id, numbers)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(plans())
def test_a_plan_has_as_many_posts_as_are_open(drawn):
    snapshot, on = drawn
    result = plans_of.plan(snapshot, on, dt.date.max, on, seconds=0.0)
    fills = [proposal.event.id for proposal in result.proposals]
    left = {unfilled.event.id: unfilled.posts for unfilled in result.unfilled}
    wanted = [event for event in planned(snapshot, on) if event.status != "Completed"]
    number = {event.id: open_positions(event, snapshot.assignments_by_event.get(event.id, ())) for event in wanted}
    assert result.posts == sum(number.values())
    for event_id, still_open in number.items():
        if still_open:
            assert fills.count(event_id) + left.get(event_id, 0) == still_open
        else:
            assert left.get(event_id, 0) == 0


@each("needed", [None, 1, 2])
def test_a_plan_fills_the_posts_asked_for_beyond_officers_needed(needed):
    rows = [goes(SAMPLE, "E", role="Host"), asked("E", "SCSO"), asked("E", "CHP-MS"), asked("E")]
    rows.append(replace(asked("E", "WPD"), status="Declined"))
    result = plans_of.plan(plan([event("E", officers_needed=needed)], rows), ON, day(30), ON)
    assert (result.posts, result.extra, result.unfilled) == (3, 0, ())
    assert {proposal.officer.id for proposal in result.proposals} == {DEMO.id, EXAMPLE.id, DUMMY.id}
    assert result.words.startswith("3 of 3 open positions filled")


def test_plan_lists_a_missing_host_separately():
    rows = [goes(DUMMY, "E"), asked("F", "SCSO"), goes(SAMPLE, "F", role="Host")]
    events = [event("E", officers_needed=1), event("F", 25)]
    result = plans_of.plan(plan(events, rows), ON, day(30), ON)
    assert (result.posts, result.extra, result.extra_filled, len(result.proposals)) == (1, 1, 1, 2)
    assert result.words.startswith(
        "1 of 1 open positions filled; 1 of 1 officers found where only a host or language is missing"
    )


@settings(max_examples=80, deadline=None)
@given(plans(), st.sets(st.sampled_from(["WPD", "SCSO", "CHP-MS"]), max_size=2))
def test_a_liaison_sees_the_same_number_of_open_positions(drawn, agencies):
    snapshot, on = drawn
    kept = {"Officers": type("Kept", (), {"kept": len(snapshot.officers)})()}
    snapshot = replace(snapshot, accounting=kept)
    share = restrict(snapshot, Viewer("liaison", tuple(agencies)))

    def board(whole):
        return [(gap.fill.event.id, gap.fill.short, gap.fill.owed, gap.fill.silent) for gap in gap_board(whole, on)]

    assert board(share) == board(snapshot)


# --- which agencies owe them --------------------------------------------------------------------------------------


@each("asked_for", [0, 1, 2, 12])
@each("named", [True, False])
@each("sends", [True, False])
def test_an_agency_owes_its_placeholders_and_at_least_one_where_it_sends_nobody(asked_for, named, sends):
    the_event = event("E", partner_agencies=("SCSO",) if named else ())
    rows = [goes(SAMPLE, "E", role="Host"), *([asked("E", "SCSO")] * asked_for), *([goes(DEMO, "E")] if sends else [])]
    owes = dict(fill(plan([the_event], rows), the_event).owed)
    assert owes.get("SCSO", 0) == max(asked_for, int(named and not sends))
    assert set(owes) <= {"SCSO"}


def test_owed_positions_are_shown_with_their_unit():
    events = [event(name, partner_agencies=("SCSO",)) for name in "ABC"] + [event("D", officers_needed=4)]
    rows = [goes(SAMPLE, name, role="Host") for name in "ABCD"] + [asked("A", "SCSO")] * 2 + [asked("D", "CHP-MS")]
    board = gaps.board(plan(events, rows), ON, ON, None, None)
    assert board.owing == {"SCSO": Owed(4, 3), "CHP-MS": Owed(1, 1)}
    assert (board.positions, board.short, board.from_any) == (5, 2, 2)
    answer = gaps.answer(board, gaps.ALL_TO_COME, ON)
    assert answer[0]["text"] == "All upcoming events: 5 positions are open at 2 of 4 events."
    assert answer[-1] == " 3 positions requested, with nobody named yet."
    bars = gaps.owing_bars(board, {})["rows"]
    assert (bars[0]["name"], bars[0]["text"]) == (["Any agency"], ["2 more positions"])
    assert [(bar["name"][0]["name"], bar["text"]) for bar in bars[1:3]] == [
        ("SCSO", ["owes 4 officers at 3 events"]),
        ("CHP-MS", ["owes 1 officer at 1 event"]),
    ]


def test_an_agency_that_is_only_asked_finds_the_event_on_its_board():
    events = [event("A"), event("B")]
    snapshot = plan(events, [asked("B", "SCSO"), replace(asked("A", "SCSO"), status="Declined")])
    assert [gap.fill.event.id for gap in gap_board(snapshot, ON, agency="SCSO")] == ["B"]


def test_debts_add_up_and_the_rest_may_come_from_any_agency():
    each = [{"SCSO": 2, "WPD": 1}, {"SCSO": 1}, {}]
    assert total_owed(each) == {"SCSO": Owed(3, 2), "WPD": Owed(1, 1)}
    assert [from_any_agency(number, {"SCSO": 2}) for number in (0, 1, 2, 3)] == [0, 0, 0, 1]


# --- people of unknown agencies -----------------------------------------------------------------------------------


def codes(snapshot: Snapshot, code: str, on: dt.date = ON) -> list[tuple[str, ...]]:
    return [alert.event_ids for alert in alerts(snapshot, on) if alert.code == code]


def typed(name: str, to: str, agency: str | None = None) -> Assignment:
    return Assignment(to, 2, name=name, agency=agency)


SILENT = "agency-without-officer"


def test_no_agency_is_called_silent_if_a_participants_agency_is_unknown():
    the_event = event("A", partner_agencies=("SCSO",))
    people = [typed("A. Sample", "A"), typed("B. Demo", "A")]
    snapshot = plan([the_event], people, officers=())
    assert codes(snapshot, SILENT) == []
    filled = fill(snapshot, the_event)
    assert (filled.silent, filled.owed) == ((), ())
    assert "nobody from" not in filled.words
    assert [gaps.officers_words(line) for line in filled.by_agency] == ["not known", "not known", "2 not confirmed"]


def test_an_agency_is_called_silent_if_every_participants_agency_is_known():
    the_event = event("A", partner_agencies=("SCSO",))
    assert codes(plan([the_event], [typed("A. Sample", "A", "WPD")], officers=()), SILENT) == [("A",)]
    assert codes(plan([the_event], [goes(SAMPLE, "A")]), SILENT) == [("A",)]
    assert codes(plan([the_event]), SILENT) == [("A",), ("A",)]


def test_one_person_of_an_unknown_agency_silences_their_own_event_only():
    events = [event(name, partner_agencies=("SCSO",)) for name in "AB"]
    rows = [typed("A. Sample", "A", "WPD"), typed("B. Demo", "A"), typed("A. Sample", "B", "WPD")]
    snapshot = plan(events, rows, officers=())
    assert codes(snapshot, SILENT) == [("B",)]
    assert [gaps.officers_words(line) for line in fill(snapshot, events[0]).by_agency] == [
        "at least 1, 1 not confirmed", "not known", "1 not confirmed",
    ]  # fmt: skip


def test_people_who_are_out_do_not_make_agencies_unknown():
    rows = [typed("A. Sample", "A", "WPD"), replace(typed("B. Demo", "A"), status="Declined")]
    assert codes(plan([event("A", partner_agencies=("SCSO",))], rows, officers=()), SILENT) == [("A",)]


@each("declined", [False, True])
def test_without_any_agency_in_the_sheet_all_agencies_of_an_event_to_which_nobody_goes_are_silent(declined):
    events = [event("A"), event("B", partner_agencies=("SCSO",))]
    people = [typed("A. Sample", "A"), *([replace(typed("B. Demo", "B"), status="Declined")] if declined else [])]
    snapshot = plan(events, people, officers=())
    assert not agencies_are_known(snapshot)
    assert codes(snapshot, SILENT) == [("B",), ("B",)]
    filled = fill(snapshot, events[1])
    assert (filled.silent, filled.owed) == (("WPD", "SCSO"), (("WPD", 1), ("SCSO", 1)))
    assert [line.known for line in filled.by_agency] == [True, True]
    assert codes(replace(snapshot, unread_people=(UnreadPerson("B"),)), SILENT) == []
    assert codes(replace(snapshot, assignments=()), SILENT) == [("A",), ("B",), ("B",)]


def test_a_liaison_of_a_sheet_without_agencies_sees_the_same_silent_agencies():
    """Their snapshot has stand-ins for those whose names they may not see: these are no Officers tab."""
    events = [event("A"), event("B", lead_agency="SCSO")]
    snapshot = plan(events, [typed("A. Sample", "A")], officers=())
    share = restrict(snapshot, Viewer("liaison", ("SCSO",)))
    assert [officer.stand_in for officer in share.officers] == [True]
    assert not agencies_are_known(share)
    assert codes(share, SILENT) == codes(snapshot, SILENT) == [("B",)]


@each("agency", [None, "SCSO", "WPD"])
def test_an_unread_name_counts_for_any_agency_unless_its_row_gives_one(agency):
    the_event = event("A", partner_agencies=("SCSO",))
    snapshot = plan([the_event], [goes(SAMPLE, "A")], unread_people=(UnreadPerson("A", agency),))
    assert codes(snapshot, SILENT) == ([("A",)] if agency == "WPD" else [])
    assert codes(replace(snapshot, unread_people=(UnreadPerson("B", agency),)), SILENT) == [("A",)]


def national(people: int, events: int, *, with_agency: bool) -> Snapshot:
    after = (NATIONAL - ON).days
    held = [event(f"E{n}", after, start=f"{8 + n:02}:00", end=None, lead_agency="WPD") for n in range(events)]
    rows = [typed(f"P. Erson{n}", f"E{n % events}", "WPD" if with_agency else None) for n in range(people)]
    return plan(held, rows, officers=())


@each("with_agency", [True, False])
@each(("people", "events"), [(1, 2), (2, 2), (3, 2), (2, 3), (5, 6)])
def test_the_national_day_counts_people_where_it_is_not_known_whose_they_are(people, events, with_agency):
    clashes = [
        alert for alert in alerts(national(people, events, with_agency=with_agency), ON) if alert.code == "national-day"
    ]
    assert [alert.event_ids for alert in clashes] == (
        [tuple(f"E{n}" for n in range(events))] if people < events else []
    )
    for alert in clashes:
        assert ("whose agencies are not known" in alert.message) is not with_agency
        assert f"with {people} " in alert.message


def test_one_unknown_person_or_name_on_the_national_day_makes_it_count_people():
    base = national(1, 2, with_agency=True)
    (alert,) = [alert for alert in alerts(base, ON) if alert.code == "national-day"]
    assert alert.message.endswith("with 1 staffed. Staff 1 more, or step back from one.")
    for changed in (
        {"assignments": (*base.assignments, typed("Some Body", "E1"))},
        {"unread_people": (UnreadPerson("E1"),)},
        {"unread_people": (UnreadPerson("E1", "WPD"),)},
    ):
        assert codes(replace(base, **changed), "national-day") == []
    assert codes(replace(base, unread_people=(UnreadPerson("elsewhere"),)), "national-day") == [("E0", "E1")]


# --- the reader says so once --------------------------------------------------------------------------------------


def sheet(**tabs: str) -> Snapshot:
    """A workbook from rows of cells between bars."""
    grids = [
        Tab(name.replace("_", " "), [[cell.strip() or None for cell in line.split("|")] for line in text.splitlines()])
        for name, text in tabs.items()
    ]
    moment = dt.datetime(2026, 9, 1, tzinfo=dt.UTC)
    return read_workbook(Workbook("odd", moment, "America/Los_Angeles", tuple(grids)), ON)


ONE_TAB = "Date | Town | Lead agency | Partner agencies | Status | Officers\n"
AGENCIES = "Agency | Name\nWPD | Weed Police Department\nSCSO | Sheriff's Office"
OFFICERS = "Officer ID | Name | Agency\nOF-01 | A. Sample | WPD\nOF-02 | B. Demo | SCSO"


def notices(snapshot: Snapshot) -> list[tuple[str, str | None]]:
    return [(problem.severity, problem.tab) for problem in snapshot.problems if problem.code == "agency-unknown"]


@each("people", ["A. Sample", "A. Sample; B. Demo", "A. Sample and B. Demo", "A. Sample; TBD"])
@each("with_agencies", [True, False])
def test_a_one_tab_sheet_says_once_that_it_is_not_known(people, with_agencies):
    rows = "".join(f"{after}/7/2026 | Weed | WPD | SCSO | Confirmed | {people}\n" for after in (9, 10, 11))
    snapshot = sheet(Events=ONE_TAB + rows, **({"Agencies": AGENCIES} if with_agencies else {}))
    assert notices(snapshot) == [("notice", "Officers")]
    assert codes(snapshot, SILENT) == []
    assert codes(snapshot, "national-day") == []


@each("people", ["", "TBD", "2 from SCSO"])
def test_a_sheet_that_names_nobody_leaves_nothing_unknown(people):
    snapshot = sheet(Events=f"{ONE_TAB}10/7/2026 | Weed | WPD | SCSO | Confirmed | {people}", Agencies=AGENCIES)
    assert notices(snapshot) == []
    assert codes(snapshot, SILENT) != []


@each(("first", "second"), list(itertools.product(["WPD", ""], ["SCSO", ""])))
def test_an_agency_cell_makes_it_known_row_by_row(first, second):
    snapshot = sheet(
        Events="Event ID | Date | Town | Lead agency | Partner agencies | Status\n"
        "A | 10/6/2026 | Weed | WPD | SCSO | Confirmed\nB | 10/8/2026 | Etna | WPD | SCSO | Confirmed",
        Staffing=f"Event ID | Officer | Agency\nA | A. Sample | {first}\nB | B. Demo | {second}",
        Agencies=AGENCIES,
    )
    assert len(notices(snapshot)) == (not (first and second))
    assert codes(snapshot, SILENT) == [(name,) for name, agency in (("A", first), ("B", second)) if agency]


UNREAD = [
    ("", "", True),
    ("A. Sample", "", True),
    ("Z. Nobody", "", False),
    ("A. Sample; Z. Nobody", "", False),
    ("Z. Nobody", "WPD", True),
    ("Z. Nobody", "SCSO", False),
    ("#REF!", "", False),
    ("TBD", "", True),
]


def silence_about_scso(grids: dict[str, str]) -> bool:
    """SCSO is named and sends nobody that is known: whether no alert says so."""
    snapshot = sheet(**grids, Agencies=AGENCIES, Officers=OFFICERS)
    assert notices(snapshot) == []
    return not [alert for alert in alerts(snapshot, ON) if alert.code == SILENT and alert.agency == "SCSO"]


HEAD = "Event ID | Date | Town | Lead agency | Partner agencies | Status | Officers\n"
ROW = "A | 10/6/2026 | Weed | WPD | SCSO | Confirmed |"


@each(("typed_name", "agency", "alert"), UNREAD)
def test_with_an_officers_tab_only_a_name_in_staffing_that_is_not_read_leaves_it_unknown(typed_name, agency, alert):
    staffing = f"Event ID | Officer | Agency\nA | {typed_name} | {agency}"
    assert silence_about_scso({"Events": f"{HEAD}{ROW}", "Staffing": staffing}) is not alert


@each(("typed_name", "alert"), [(name, alert) for name, agency, alert in UNREAD if not agency])
def test_with_an_officers_tab_only_a_name_in_events_that_is_not_read_leaves_it_unknown(typed_name, alert):
    assert silence_about_scso({"Events": f"{HEAD}{ROW} {typed_name}"}) is not alert


# --- other answers that must not say "none" -----------------------------------------------------------------------


def past(**fields):
    held = [event(name, -after, status="Completed") for name, after in (("A", 9), ("B", 5))]
    return plan(held, [typed("A. Sample", "A"), typed("B. Demo", "B")], **{"officers": ()} | fields)


def test_a_fair_share_does_not_say_that_an_agency_sent_nobody_where_it_is_not_known():
    share = fair_share(past(), day(-30), ON, ON)
    assert share.unknown == 2
    assert [(row.agency, row.events, row.people, row.hours, row.leads) for row in share.agencies] == [
        ("CHP-MS", None, None, None, 0), ("SCSO", None, None, None, 0), ("WPD", None, None, None, 2),
    ]  # fmt: skip


def test_a_fair_share_says_none_where_it_is_known():
    snapshot = past(officers=(SAMPLE, DEMO))
    rows = (goes(SAMPLE, "A", "Attended"), goes(SAMPLE, "B", "Attended"))
    share = fair_share(replace(snapshot, assignments=rows), day(-30), ON, ON)
    assert share.unknown == 0
    assert {row.agency: row.events for row in share.agencies} == {"CHP-MS": 0, "SCSO": 0, "WPD": 2}


def test_agency_with_known_people_keeps_its_numbers_beside_unknown_ones():
    rows = (typed("A. Sample", "A", "WPD"), typed("B. Demo", "B"))
    share = fair_share(replace(past(), assignments=rows), day(-30), ON, ON)
    assert {row.agency: row.events for row in share.agencies} == {"CHP-MS": None, "SCSO": None, "WPD": 1}
    assert share.agencies[0].agency == "WPD", "those of which nothing is known come last"


def test_a_candidate_of_an_unknown_agency_is_not_said_to_be_a_stranger():
    snapshot = plan([event("A"), event("B", 40)], [typed("A. Sample", "B")], officers=())
    (candidate,) = who_could_go(snapshot, snapshot.event_by_id["A"], ON)
    assert "their agency is not known" in candidate.against
    assert not [words for words in candidate.against if "not named" in words]


def test_a_plan_says_that_people_of_unknown_agencies_would_be_free():
    snapshot = plan([event("A", officers_needed=1), event("B", 40)], [typed("A. Sample", "B")], officers=())
    result = plans_of.plan(snapshot, ON, day(30), ON)
    assert [unfilled.reason for unfilled in result.unfilled] == [
        "nobody else of WPD is listed. 1 of an unknown agency would be free"
    ]


def test_people_without_agency_are_counted_once():
    rows = [typed("A. Sample", "A"), typed("a. sample", "B"), typed("B. Demo", "A", "WPD"), asked("A")]
    assert people_without_agency(plan([event("A"), event("B")], rows)) == {"a. sample"}


def test_a_filled_gap_is_asked_of_nobody():
    """`filling` draws only on people of the agencies given; unknown ones are in no agency."""
    snapshot = plan([event("A"), event("B", 40)], [typed("A. Sample", "B")], officers=())
    able, unable = scheduling.candidates(snapshot, "A", ("WPD",), _roster=Roster(snapshot, ON, RULES))
    assert (able, unable) == ((), ())


# --- a row still being typed --------------------------------------------------------------------------------------

WHOLE = event("whole", 3, town="Etna", officers_needed=1)


@each(
    "typed_so_far",
    [
        {"start": None, "end": None, "lead_agency": None, "status": None},
        {"start": "09:00", "lead_agency": None, "status": None},
        {"lead_agency": None, "status": None, "officers_needed": 3},
        {"officers_needed": 3, "bilingual_needed": True},
        {"status": "Tentative", "release_due": day(-3)},
        {"venue_text": "Grange Hall"},
    ],
)
@each("people", [(), (asked("new"),)])
def test_a_row_without_a_town_and_an_id_of_its_own_raises_no_alert(typed_so_far, people):
    new = event("new", 1, **{"town": None, "made_id": True, **typed_so_far})
    snapshot = plan([new, WHOLE], people)
    assert half_typed(snapshot) == {"new"}
    assert {event_id for alert in alerts(snapshot, ON) for event_id in alert.event_ids} == {"whole"}
    assert [gap.fill.event.id for gap in gap_board(snapshot, ON)] == ["whole"]
    seen = summarize(new, snapshot, by_event(snapshot, ON), ON, gaps=True)
    assert (seen.staff, seen.gaps) == (None, ("Row not finished: no town yet",))
    assert staffing_states(new, snapshot, by_event(snapshot, ON), ON) == frozenset()
    towned = replace(new, town="Weed", town_text="Weed")
    assert "no-host" in {alert.code for alert in alerts(plan([towned, WHOLE], people), ON) if "new" in alert.event_ids}


def half_typed(snapshot):
    return {event.id for event in snapshot.events if is_half_typed(event, snapshot)}


def test_a_date_beside_an_id_alone_is_half_typed_too():
    bare = event("EV-9", 1, None, None, town=None, lead_agency=None, status=None)
    assert half_typed(plan([bare, WHOLE])) == {"EV-9"}
    assert half_typed(plan([replace(bare, status="Confirmed"), WHOLE])) == frozenset()


@each(
    "fields",
    [
        {"town": "Weed", "made_id": True},
        {"town": None, "town_text": "Wede", "made_id": True},
        {"town": None, "made_id": False},
    ],
)
def test_a_row_with_a_town_as_typed_or_an_id_of_its_own_raises_alerts(fields):
    assert "no-host" in {
        alert.code for alert in alerts(plan([event("new", 1, **fields), WHOLE]), ON) if "new" in alert.event_ids
    }


def test_in_a_sheet_without_towns_nothing_is_half_typed():
    events = [event("a", 1, town=None, made_id=True), event("b", 2, town=None, made_id=True)]
    assert half_typed(plan(events)) == frozenset()
    assert {event_id for alert in alerts(plan(events), ON) for event_id in alert.event_ids} == {"a", "b"}


def test_the_reader_lists_what_a_half_typed_row_lacks():
    snapshot = sheet(Events=f"{ONE_TAB}10/6/2026 | Weed | WPD | | Confirmed |\n10/9/2026 | | | | |")
    assert [problem.column for problem in snapshot.problems if problem.code == "missing" and problem.row == 3] == [
        "Town", "Lead agency", "Status",
    ]  # fmt: skip
    assert {event_id for alert in alerts(snapshot, ON) for event_id in alert.event_ids} == {"2026-10-06-weed"}


# --- one list of clashes, and how far apart events in one town are ------------------------------------------------


def test_every_module_uses_one_list_of_clashes():
    assert sorted(CLASHES) == [
        "national-day", "officer-double-booked", "officer-inactive", "officer-on-time-off", "officer-tight-travel",
        "venue-double-booked",
    ]  # fmt: skip
    assert CALENDAR_CLASHES is CLASHES
    assert {code for code in CLASHES if topic_of(code) == "Clashes"} == CLASHES


def test_a_national_day_clash_that_appears_is_told_as_a_change():
    after = (national_day(2026) - ON).days
    first, second = event("A", after), event("B", after, start="12:00", end="13:00", town="Etna")
    rows = [goes(SAMPLE, "A", role="Host")]
    before, now = plan([first], rows), plan([first, second], rows)
    effects = [effect for change in changes(before, now) for effect in change.effects]
    assert ("clash-appeared", "national-day", ("A", "B")) in [
        (effect.kind, effect.code, effect.event_ids) for effect in effects
    ]


@each(
    ("days", "words"),
    [
        ((3, 3), "2 events on one day"),
        ((3, 4), "2 events 1 day apart"),
        ((3, 16), "2 events 13 days apart"),
        ((3, 3, 3), "3 events on one day"),
        ((3, 11, 24), "3 events within 22 days"),
        ((3, 16, 29, 42), "4 events within 40 days"),
    ],
)
def test_alert_gives_the_days_between_events_too_soon_in_one_town(days, words):
    events = [event(f"E{n}", after, start=f"{8 + n:02}:00", end=None) for n, after in enumerate(days)]
    (alert,) = [alert for alert in alerts(plan(events), ON) if alert.code == "town-too-soon"]
    assert alert.message.startswith(f"Weed has {words}: ")


def test_json_of_gaps_can_be_read_back():
    snapshot = plan([event("A", officers_needed=2)], [asked("A", "SCSO")])
    assert json.loads(json.dumps(documents.gap_rows(documents.gaps(snapshot)))) == [
        {
            "event_id": "A", "date": "2026-09-21", "start": "09:00", "town": "Weed", "agencies": ["WPD"], "needed": 2,
            "assigned": 0, "requested": 0, "placeholders": 1, "open": 2,
            "owed": [{"agency": "WPD", "positions": 1}, {"agency": "SCSO", "positions": 1}],
        }
    ]  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(plans())
def test_rows_of_the_command_are_the_numbers_of_the_sheet(drawn):
    snapshot, on = drawn
    snapshot = replace(snapshot, today=on)
    for row in documents.gap_rows(documents.gaps(snapshot)):
        assignments = snapshot.assignments_by_event.get(row["event_id"], ())
        assert row["assigned"] == len(assigned(assignments))
        assert row["placeholders"] == sum(row.placeholder and row.status not in OUT for row in assignments)
        assert row["open"] == max((row["needed"] or 0) - row["assigned"], row["placeholders"], 0)
        assert row["open"] or row["owed"]

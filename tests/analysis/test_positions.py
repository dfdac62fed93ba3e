"""Open positions: the same number everywhere, the agencies that owe them, and silence where agencies are unknown."""

import datetime as dt
import itertools
import re
from dataclasses import replace
from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from cwac.access import Viewer, restrict
from cwac.analysis import changes as change_answers
from cwac.analysis import scheduling as plans_of
from cwac.analysis.alerts import alerts, by_event
from cwac.analysis.candidates import Roster, who_could_go
from cwac.analysis.events import Owed, agencies_are_known, open_positions, people_without_agency, positions
from cwac.analysis.staffing import fill, gap_board, staffing_states, still_needed, summarize
from cwac.exports import ical
from cwac.model import Accounting, AssignmentStatus, Snapshot
from cwac.settings import Rules
from cwac.web import event_cards
from cwac.web.sections import gaps, scheduling
from tests.analysis.plans import ON, day, plans, sheet, typed_plan
from tests.cases import each
from tests.web.conftest import line_words

STATUSES: tuple[AssignmentStatus, ...] = get_args(AssignmentStatus)
OUT, COUNTED = ("Declined", "Swapped out", "Pulled", "No-show"), ("Assigned", "Confirmed", "Attended")
RULES = Rules()


# --- how many -----------------------------------------------------------------------------------------------------


@each("needed", [None, 1, 2, 3, 5])
@each("people", [0, 1, 2, 4])
@each("asked_for", [0, 1, 2, 3])
def test_open_positions_are_the_larger_of_people_missing_and_placeholders(needed, people, asked_for):
    rows = "; ".join([f"{who} E" for who in "SDEU"[:people]] + ["? E"] * asked_for)
    snapshot, _ = typed_plan(f"E needed={needed or '-'}", rows)
    (the_event,), rows = snapshot.events, snapshot.assignments
    missing = 0 if needed is None else max(0, needed - people)
    expected = max(missing, asked_for)
    assert open_positions(the_event, rows) == expected
    wanted = positions(the_event, rows)
    if needed is None and not asked_for:
        assert wanted is None
    else:
        assert wanted >= (needed or 0)
        assert max(0, wanted - people) == expected


@each(
    ("rows", "still_open"),
    [
        *((f"S E status={status}", 1 if status in COUNTED else 2) for status in STATUSES),
        *((f"? E E E status={status}", 2 if status in OUT else 3) for status in STATUSES),
        ("S E role=Host; S E role=PIO", 1),
        ("S E; D E; E E", 0),
    ],
)
def test_distinct_people_who_go_fill_positions_and_placeholders_that_are_not_out_open_some(rows, still_open):
    snapshot, _ = typed_plan("E needed=2", rows.replace("Swapped out", "Swapped_out"))
    (the_event,) = snapshot.events
    assert open_positions(the_event, snapshot.assignments) == fill(snapshot, the_event).short == still_open
    assert ("understaffed" in {alert.code for alert in alerts(snapshot, ON)}) == (still_open > 0)


def open_by_event(snapshot: Snapshot, on: dt.date) -> dict[str, dict[str, int]]:
    """The open positions of each event on the gap board, and as read back from the words about that event."""
    numbers: dict[str, dict[str, int]] = {}
    alerts_by_event = by_event(snapshot, on)
    for gap in gap_board(snapshot, on):
        the_event = gap.fill.event
        here = alerts_by_event.get(the_event.id, ())
        lacks = {f"no-{role.lower()}" for role in gap.fill.lacks} | ({SILENT} if gap.fill.silent else set())
        assert {alert.code for alert in here if alert.code[:3] == "no-" or alert.code == SILENT} == lacks
        seen = summarize(the_event, snapshot, alerts_by_event, on, gaps=True)
        dots = event_cards.staffing(the_event, snapshot)
        told = ical._description(the_event, snapshot, ical.Scope("all"), RULES, "en")
        (line,) = [line for line in told if line.startswith("Officers")]
        of_event = numbers[the_event.id] = {
            "gap board": gap.fill.short,
            "words": missing(gap.fill.words.partition(" staffed")[0]),
            "words to ask with": still_needed_in(gap.ask),
            "alert": still_needed_in("".join(alert.message for alert in here if alert.code == "understaffed")),
            "calendar": missing(seen.staff or "0"),
            "overview": missing(dots if isinstance(dots, str) else str(dots["text"])),
            "feed": missing(line),
            "changes": change_answers._count_open(snapshot, the_event.id),
        }
        is_short = "Short of officers" in staffing_states(the_event, snapshot, alerts_by_event, on)
        assert seen.short == is_short == (of_event["calendar"] > 0)
    return numbers


def still_needed_in(sentences: str) -> int:
    """The officers in `Still needed: 1 officer from SCSO, 2 from any agency.`"""
    asked_for = re.search(r"Still needed: ([^.]*)\.", sentences)
    return sum(map(int, re.findall(r"(\d+) (?:officers? )?from", asked_for[1]))) if asked_for else 0


def missing(words: str) -> int:
    """`1/3` or `1 of 3` is two missing; a number alone asks for nobody."""
    people, wanted = [*map(int, re.findall(r"\d+", words)), 0, 0][:2]
    return max(0, wanted - people)


@settings(max_examples=80, deadline=None)
@given(plans())
def test_every_place_gives_the_same_number_and_the_gap_board_lacks_what_alerts_say(drawn):
    snapshot, on = drawn
    for event_id, numbers in open_by_event(snapshot, on).items():
        assert len(set(numbers.values())) == 1, (event_id, numbers)


@settings(max_examples=40, deadline=None)
@given(plans(), st.sets(st.sampled_from(["WPD", "SCSO", "CHP-MS"]), max_size=2))
def test_a_liaison_sees_the_same_number_of_open_positions(drawn, agencies):
    snapshot, on = drawn
    snapshot = replace(snapshot, accounting={"Officers": Accounting(kept=len(snapshot.officers))})
    share = restrict(snapshot, Viewer("liaison", tuple(agencies)))

    def board(whole):
        return [(gap.fill.event.id, gap.fill.short, gap.fill.owed, gap.fill.silent) for gap in gap_board(whole, on)]

    assert board(share) == board(snapshot)


# --- which agencies owe them --------------------------------------------------------------------------------------


@each("asked_for", [0, 1, 2, 12])
@each("named", [True, False])
@each("sends", [True, False])
def test_an_agency_owes_its_placeholders_and_at_least_one_where_it_sends_nobody(asked_for, named, sends):
    rows = "; ".join(["S E role=Host", *["?SCSO E"] * asked_for, *["D E"] * sends])
    snapshot, _ = typed_plan("E partners=SCSO" if named else "E", rows)
    owes = dict(fill(snapshot, snapshot.events[0]).owed)
    assert owes.get("SCSO", 0) == max(asked_for, int(named and not sends))
    assert set(owes) <= {"SCSO"}


def three_events() -> Snapshot:
    """SCSO still has to send 4 officers to 3 events, CHP-MS 1 to 1 that has 2 places for any agency."""
    events = "A partners=SCSO; B partners=SCSO; C partners=SCSO; D needed=4"
    return typed_plan(events, "S A B C D role=Host; ?SCSO A A; ?CHP-MS D")[0]


@each(
    ("agency", "answer", "any_words", "first", "free", "others"),
    [
        (None, "5 officers are missing at 2 of 4 events.", "2 more places are open to any agency.", "ABCD", "", ""),
        ("SCSO", "SCSO still has to send 4 officers to 3 events.", "2 more places are open to any agency.",
         "ABC", "D", ""),
        ("CHP-MS", "CHP-MS still has to send 1 officer to 1 event.", "2 more places are open to any agency.",
         "D", "D", ""),
        # WPD leads them all: what only others have to send is listed, too.
        ("WPD", "WPD has sent everybody it owes.", "2 places are open to any agency.", "", "D", "ABC"),
    ],
)  # fmt: skip
def test_agency_is_told_what_it_still_has_to_send_then_what_is_open_to_any_then_what_else_its_events_lack(
    agency, answer, any_words, first, free, others
):
    needed = still_needed(gap_board(three_events(), ON), agency)
    assert (needed.answer(), needed.any_words) == (answer, any_words)
    ids = ["".join(gap.fill.event.id for gap in gaps) for gaps in (needed.first, needed.free, needed.others)]
    assert ids == [first, free, others]


def test_bars_and_words_of_openings_have_their_unit():
    needed = still_needed(gap_board(three_events(), ON), None)
    assert (needed.to_send, needed.any_agency) == ({"SCSO": Owed(4, 3), "CHP-MS": Owed(1, 1)}, Owed(2, 1))
    assert gaps.facts(needed) == "3 of 5 officers requested, nobody named yet"
    assert gaps.facts(still_needed(gap_board(three_events(), ON), "SCSO")) == (
        "2 of 4 officers requested, nobody named yet · 2 as no officer from SCSO is at an event that names it"
    )
    _, bars, words = gaps.to_send_bars(needed, {})
    assert [(line_words(bar["name"]), line_words(bar["text"])) for bar in bars["rows"]] == [
        ("Open to any agency", "2 at 1 event"),
        ("SCSO", "4 officers to 3 events"),
        ("CHP-MS", "1 officer to 1 event"),
    ]
    assert words["lines"][0][0]["text"].startswith("Together 7, 2 more than the 5 missing officers: ")


def test_an_agency_that_is_only_asked_finds_the_event_on_its_board():
    snapshot, _ = typed_plan("A; B", "?SCSO B; ?SCSO A status=Declined")
    assert [gap.fill.event.id for gap in gap_board(snapshot, ON, agency="SCSO")] == ["B"]


SILENT = "agency-without-officer"


def test_liaison_of_a_sheet_without_agencies_sees_the_same_silent_agencies():
    """Their snapshot has stand-ins for those whose names they may not see: these are no Officers tab."""
    snapshot, _ = typed_plan("A; B lead=SCSO", "A._Sample A", "officers=")
    share = restrict(snapshot, Viewer("liaison", ("SCSO",)))
    assert [officer.stand_in for officer in share.officers] == [True]
    assert not agencies_are_known(share)
    for seen in (share, snapshot):
        assert [alert.event_ids for alert in alerts(seen, ON) if alert.code == SILENT] == [("B",)]


# --- the reader says so once --------------------------------------------------------------------------------------

AGENCIES = "Agency | Name\nWPD | Weed Police Department\nSCSO | Sheriff's Office"
OFFICERS = "Officer ID | Name | Agency\nOF-01 | A. Sample | WPD\nOF-02 | B. Demo | SCSO"
HEAD = "Event ID | Date | Town | Lead agency | Partner agencies | Status | Officers\n"
ROW = "A | 10/6/2026 | Weed | WPD | SCSO | Confirmed |"


def notices_and_silent(**tabs: str) -> tuple[int, list[str | None]]:
    """The notices that agencies are not known, and the agencies that alerts call silent."""
    snapshot = sheet(**tabs)
    notices = [problem for problem in snapshot.problems if problem.code == "agency-unknown"]
    assert {(problem.severity, problem.tab) for problem in notices} <= {("notice", "Officers")}
    return len(notices), [alert.agency for alert in alerts(snapshot, ON) if alert.code == SILENT]


@each("lists", [{}, {"Agencies": AGENCIES}])
@each("people", ["A. Sample", "A. Sample; B. Demo", "A. Sample and B. Demo", "A. Sample; TBD"])
def test_a_one_tab_sheet_says_once_that_it_is_not_known(people, lists):
    rows = "".join(f"{n} | {n}/7/2026 | Weed | WPD | SCSO | Confirmed | {people}\n" for n in (9, 10, 11))
    assert notices_and_silent(Events=HEAD + rows, **lists) == (1, [])
    assert "national-day" not in {alert.code for alert in alerts(sheet(Events=HEAD + rows, **lists), ON)}


@each("people", ["", "TBD", "2 from SCSO"])
def test_a_sheet_that_names_nobody_leaves_nothing_unknown(people):
    assert notices_and_silent(Events=f"{HEAD}{ROW} {people}", Agencies=AGENCIES) == (0, ["SCSO", "WPD"])


@each(("first", "second"), list(itertools.product(["WPD", ""], ["SCSO", ""])))
def test_an_agency_cell_makes_it_known_row_by_row(first, second):
    events = f"{HEAD}{ROW}\nB | 10/8/2026 | Etna | WPD | SCSO | Confirmed |"
    staffing = f"Event ID | Officer | Agency\nA | A. Sample | {first}\nB | B. Demo | {second}"
    silent = [other for agency, other in ((first, "SCSO"), (second, "WPD")) if agency]
    assert notices_and_silent(Events=events, Staffing=staffing, Agencies=AGENCIES) == (not (first and second), silent)


@each(
    ("name", "agency", "silent"),
    [("", "", True), ("A. Sample", "", True), ("Z. Nobody", "", False), ("A. Sample; Z. Nobody", "", False),
     ("Z. Nobody", "WPD", True), ("Z. Nobody", "SCSO", False), ("#REF!", "", False), ("TBD", "", True)],
)  # fmt: skip
def test_with_an_officers_tab_only_a_name_that_is_not_read_leaves_it_unknown(name, agency, silent):
    lists = {"Agencies": AGENCIES, "Officers": OFFICERS}
    staffing = f"Event ID | Officer | Agency\nA | {name} | {agency}"
    ways = [{"Events": f"{HEAD}{ROW}", "Staffing": staffing}] + [{"Events": f"{HEAD}{ROW} {name}"}] * (not agency)
    for tabs in ways:
        notices, agencies = notices_and_silent(**tabs, **lists)
        assert (notices, "SCSO" in agencies) == (0, silent)


# --- other answers that must not say "none" -----------------------------------------------------------------------


def test_officer_of_an_unknown_agency_is_a_candidate_of_no_agency():
    snapshot, _ = typed_plan("A needed=1; B +40", "A._Sample B", "officers=")
    (candidate,) = who_could_go(snapshot, snapshot.event_by_id["A"], ON)
    assert "their agency is not known" in candidate.against
    assert not [words for words in candidate.against if "not named" in words]
    result = plans_of.plan(snapshot, ON, day(30), ON)
    assert [unfilled.reason for unfilled in result.unfilled] == [
        "nobody else of WPD is listed. 1 of an unknown agency would be free"
    ]
    assert scheduling.candidates(snapshot, "A", ("WPD",), _roster=Roster(snapshot, ON, RULES)) == ((), ())


def test_people_without_agency_are_counted_once():
    snapshot, _ = typed_plan("A; B", "A._Sample A; a._sample B; B._Demo A agency=WPD; ? A")
    assert people_without_agency(snapshot) == {"a. sample"}


def test_row_without_a_town_and_an_id_of_its_own_raises_no_alert_and_is_on_no_board():
    snapshot, _ = typed_plan("new +1 ? town=- made=True status=-; whole +3 town=Etna needed=1", "? new")
    new = snapshot.event_by_id["new"]
    assert {event_id for alert in alerts(snapshot, ON) for event_id in alert.event_ids} == {"whole"}
    assert [gap.fill.event.id for gap in gap_board(snapshot, ON)] == ["whole"]
    seen = summarize(new, snapshot, by_event(snapshot, ON), ON, gaps=True)
    assert (seen.staff, seen.gaps) == (None, ("Row not finished: no town yet",))
    assert staffing_states(new, snapshot, by_event(snapshot, ON), ON) == frozenset()

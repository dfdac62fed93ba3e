"""The overview, checked on a plan small enough to count by hand, and events as cards of the sample."""

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from cwac.analysis import overview as answers
from cwac.analysis.alerts import ALERT_CODES, CLASHES, TOPICS, alerts, topic_of
from cwac.analysis.events import upcoming
from cwac.analysis.overview import Needs
from cwac.analysis.periods import Period
from cwac.analysis.staffing import Fill, Gap, gap_board
from cwac.model import Role
from cwac.settings import Rules
from cwac.sheet.reader import read_workbook
from cwac.sources.sample import sample_workbook
from cwac.web import blocks, event_cards
from cwac.web.blocks import Line
from cwac.web.sections import event as dialog
from cwac.web.sections import gaps, officers, overview, staffing
from tests.cases import each
from tests.web import plan
from tests.web.conftest import line_words

SNAPSHOT = plan.snapshot()
RULES = Rules()
ZONE = ZoneInfo(plan.ZONE)
ALERT = alerts(SNAPSHOT, plan.TODAY, RULES)[0]


@each(
    ("agency", "needs"),
    [
        # Short: SHARED (2 of 4), SHERIFFS (1 of 2), MAYBE (nobody). Not confirmed: all three.
        (None, Needs(gaps=3, positions=5, clashes=0, unconfirmed=3, uncounted=1, short=3, coming=3)),
        ("CHP-MS", Needs(gaps=0, positions=0, clashes=0, unconfirmed=1, uncounted=0, coming=1)),  # sent whom it owes
        ("SCSO", Needs(gaps=1, positions=1, clashes=0, unconfirmed=1, uncounted=1, short=1, coming=1)),
        ("EPD", Needs(gaps=0, positions=0, clashes=0, unconfirmed=0, uncounted=0)),
    ],
)
def test_needs_count_gaps_clashes_unconfirmed_and_uncounted(agency: str | None, needs: Needs) -> None:
    assert answers.needs(SNAPSHOT, plan.TODAY, agency, RULES) == needs


@each(
    ("agency", "counts", "line"),
    [
        (
            None,
            Needs(gaps=11, positions=24, clashes=5, unconfirmed=3, uncounted=8, short=10, not_closed=1),
            "24 officers missing at 10 events · 1 more event is missing only a role or an agency · 5 conflicts · "
            "3 not confirmed · 7 without a count, 1 still Confirmed or Tentative",
        ),
        (None, Needs(1, 1, 1, 0, 0, short=1), "1 officer missing at 1 event · 1 conflict"),
        (None, Needs(0, 0, 0, 0, 2, not_closed=2), "2 still Confirmed or Tentative"),
        (None, Needs(0, 0, 0, 0, 0, coming=12),
         "Nothing needs attention: 12 coming events, no conflict, no count missing."),
        ("SCSO", Needs(7, 9, 5, 0, 0, short=7),
         "SCSO still has to send 9 officers to 7 events · 5 conflicts of its officers or events"),
        ("SCSO", Needs(0, 0, 1, 0, 0), "1 conflict of SCSO's officers or events"),
    ],
)  # fmt: skip
def test_needs_are_said_in_one_line_without_what_is_not_there(agency: str | None, counts: Needs, line: str) -> None:
    assert line_words(overview.needs_line(counts, agency)) == line


def gap(
    days: int, short: int = 0, lacks: tuple[Role, ...] = (), silent: tuple[str, ...] = (), wanted: int | None = 3
) -> Gap:
    """A line of the board for the event in the museum of Dunsmuir in so many days."""
    event = replace(EVENT, id=f"IN-{days}", date=plan.TODAY + dt.timedelta(days=days))
    return Gap(Fill(event, 3, 0, 0, 0, 0, (), (), lacks, silent, wanted, short), days, None, "")


EVENT = next(event for event in SNAPSHOT.events if event.id == "SHARED")
"""An event at Weed Starbucks; the plan's today is Wednesday, November 25."""


@each(
    ("gaps", "conflicting", "sentence"),
    [
        ([], [], "No event is planned."),
        ([gap(0, 1)], [], "Today's event at Weed Starbucks is 1 officer short."),
        ([gap(1, 2)], [], "Tomorrow's event at Weed Starbucks is 2 officers short."),
        ([gap(2), gap(5, 2)], [], "Monday's event at Weed Starbucks is 2 officers short."),
        ([gap(12, 2)], [], "The event on Mon, Dec 7 at Weed Starbucks is 2 officers short."),
        ([gap(2, 2)], ["IN-2"], "Friday's event at Weed Starbucks is 2 officers short and has a conflict."),
        ([gap(2), gap(3, 1)], ["IN-2"], "Friday's event at Weed Starbucks has a conflict."),
        ([gap(2, 0, ("Host",), ("WPD", "EPD"))], [],
         "Friday's event at Weed Starbucks has no host and no officer from WPD or EPD."),
        ([gap(2), gap(13, 1)], [], "The event on Tue, Dec 8 at Weed Starbucks is 1 officer short."),
        ([gap(2), gap(14, 1)], [], "Every event until Dec 8 is staffed."),
        ([gap(14, 1)], [], "No event is planned until Dec 8."),
        ([gap(2), gap(40)], [], "Every event until Jan 4, 2027 is staffed."),
        ([gap(2), gap(6, 0, (), (), None)], [], "No event until Dec 1 is known to be short of officers."),
    ],
)  # fmt: skip
def test_headline_is_the_first_event_that_needs_somebody_or_until_when_all_are_staffed(
    gaps: list[Gap], conflicting: list[str], sentence: str
) -> None:
    assert answers.answer(plan.TODAY, None, (), gaps, conflicting).sentence == sentence


def test_headline_leaves_out_what_is_over_and_names_the_chosen_agency() -> None:
    assert answers.answer(plan.TODAY, "WPD", ["IN-0"], [gap(0, 1)], []).sentence == "No event of WPD is planned."
    assert answers.answer(plan.TODAY, "WPD", [], [gap(3)], []).sentence == "Every event of WPD until Nov 28 is staffed."


TOPIC_OF = {
    "Clashes": "officer-double-booked officer-tight-travel officer-on-time-off officer-inactive venue-double-booked "
    "national-day",
    "Gaps": "understaffed no-host no-bilingual no-supervisor agency-without-officer",
    "Not confirmed": "unconfirmed",
    "Other": "town-too-soon staffed-agency-not-on-event shelter-venue release-overdue federal-holiday",
}


def test_every_alert_code_has_a_topic() -> None:
    assert {code: topic_of(code) for code in ALERT_CODES} == {
        code: topic for topic, codes in TOPIC_OF.items() for code in codes.split()
    }
    assert set(TOPIC_OF) == set(TOPICS)


@each(
    ("now", "first"),
    [
        (dt.datetime(2026, 11, 25, 10, 0, tzinfo=ZONE), "SHARED"),
        (dt.datetime(2026, 11, 28, 9, 29, tzinfo=ZONE), "SHARED"),  # it goes on until 9:30
        (dt.datetime(2026, 11, 28, 9, 30, tzinfo=ZONE), "SHERIFFS"),
        (dt.datetime(2026, 12, 5, 10, 29, tzinfo=ZONE), "MAYBE"),  # without an end, 90 minutes
        (dt.datetime(2026, 12, 5, 10, 30, tzinfo=ZONE), None),
    ],
)
def test_next_event_is_the_first_that_has_not_ended(now: dt.datetime, first: str | None) -> None:
    event = answers.next_event(upcoming(SNAPSHOT, plan.TODAY), now, RULES)
    assert (event and event.id) == first


def test_event_that_is_completed_before_its_end_is_not_the_next_one() -> None:
    first, second = (event for event in upcoming(SNAPSHOT, plan.TODAY) if event.id in ("SHARED", "SHERIFFS"))
    now = dt.datetime(2026, 11, 28, 8, 30, tzinfo=ZONE)
    assert answers.next_event([replace(first, status="Completed"), second], now, RULES) == second


@each(
    ("minute", "short", "positions"),
    [(29, 3, 5), (30, 2, 3)],  # SHARED ends at 9:30 and is two officers short
)
def test_event_of_today_that_is_over_is_no_longer_listed_as_open(minute: int, short: int, positions: int) -> None:
    today = plan.TODAY + dt.timedelta(days=3)
    snapshot = replace(SNAPSHOT, today=today)
    now = dt.datetime(2026, 11, 28, 9, minute, tzinfo=ZONE)
    ended = answers.ended_on(snapshot, now, RULES)
    needs = answers.needs(snapshot, today, None, RULES, ended=ended)
    assert (needs.gaps, needs.positions) == (short, positions)
    board = gaps.openings(snapshot, today, None, None, ended=ended)
    assert (len(board.first), board.missing.officers) == (short, positions)
    soon = overview.soon_blocks(snapshot, None, True, ended, _alerts={})
    assert ("SHARED" in repr(soon)) is (short == 3)


def test_quarters_have_guests_events_hours_and_towns() -> None:
    autumn = Period(dt.date(2026, 10, 1), dt.date(2026, 12, 31), "2026-Q4")
    *_, now = every = answers.quarters(SNAPSHOT, autumn, None, RULES)
    assert (len(every), now.events, now.canceled, now.guests.short) == (8, 2, 1, "about 24")
    assert now.guests.caveat == "one count is “24 or more”, 1 of 2 not counted"
    assert (now.hours.short, now.towns.words) == ("1", "2 of 3 towns")
    assert answers.quarters(SNAPSHOT, autumn, "EPD", RULES)[-1].events == 0


@each(
    ("problems", "whole", "agency", "line", "whose"),
    [
        (True, True, None, "5 cells to fix", ""),
        (True, True, "SCSO", "1 cell to fix", ""),
        (True, True, "WPD", "4 cells to fix", " (WPD: leads 2, takes part in 2 more)"),
        (False, True, None, "nothing to fix", ""),
        (False, False, None, "nothing of yours to fix", ""),
        (False, True, "SCSO", "nothing of SCSO to fix", ""),
    ],
)
def test_sheet_line_counts_rows_and_problem_cells(
    problems: bool, whole: bool, agency: str | None, line: str, whose: str
) -> None:
    snapshot = SNAPSHOT if problems else replace(SNAPSHOT, problems=())
    assert overview.sheet_line(snapshot, whole, agency) == (f"32 of 34 rows used · {line}", whose)


GOOGLE, SHAREPOINT = "https://docs.google.com/spreadsheets/d/KEY", "https://contoso.sharepoint.com/x"


@each(
    ("url", "web_url", "link"),
    [
        (GOOGLE, None, GOOGLE),
        ("https://contoso.sharepoint.com/:x:/s/C/0123456789abcdef", SHAREPOINT, SHAREPOINT),
        ("https://contoso.sharepoint.com/:x:/s/C/0123456789abcdef", None, None),
        (None, None, None),
    ],
)
def test_sheet_is_opened_where_a_browser_can_open_it(url: str | None, web_url: str | None, link: str | None) -> None:
    assert overview._sheet_link(replace(SNAPSHOT, url=url, web_url=web_url)) == link


def test_roster_lists_each_coming_event_with_its_duties() -> None:
    listed = [(event.id, len(going)) for event, going in staffing.rosters(SNAPSHOT, RULES, plan.TODAY, None)]
    assert listed == [("SHARED", 3), ("SHERIFFS", 2), ("MAYBE", 0)]


@each(
    ("days", "codes", "conflict", "tone", "said"),
    [
        (2, ["understaffed"], False, "error", "short of officers"),
        (3, ["understaffed"], False, "warning", "short of officers"),
        (3, ["no-host"], False, "plain", ""),
        (40, ["officer-double-booked", "understaffed"], True, "warning", "conflict, short of officers"),
        (87, ["understaffed"], None, "", ", 1 of them after Feb 13, short of officers"),
        (87, ["no-host"], None, "", ", 1 of them after Feb 13"),
    ],
)
def test_every_coming_event_has_a_box_that_tells_conflict_from_staffing_or_is_told_of_after_the_weeks_ahead(
    days: int, codes: list[str], conflict: bool | None, tone: str, said: str
) -> None:
    day = plan.TODAY + dt.timedelta(days=days)
    there = replace(SNAPSHOT.event_by_id["SHARED"], town="Mount Shasta", venue=None, venue_text="Weed Starbucks")
    event = replace(there, date=day)
    snapshot = replace(SNAPSHOT, events=(event,))
    found = {"SHARED": [replace(ALERT, code=code, days_until=days) for code in codes]}
    if conflict is None:
        snapshot = replace(snapshot, events=(event, replace(event, id="NEAR", date=plan.TODAY)))
    _, block, legend = overview.strip_blocks(snapshot, None, _alerts=found)
    assert line_words(legend["lines"][0][1:]) == f"All events to come{said if conflict is None else ''}"
    if conflict is None:
        return
    (mark,) = [mark for week in block["weeks"] for mark in week["marks"]]
    text = mark["text"].partition("Weed Starbucks, Mount Shasta")[2]
    there = ("Mt Shasta", conflict, tone, f", {said}" if said else "")
    assert (mark["town"], mark["conflict"], mark["tone"], text) == there
    assert legend["lines"][0][0]["text"] == (
        "⚠ conflict, mostly of two events. Red number: short within 2 days; amber: short later. "
    )


@each(
    ("town", "words"),
    [("Weed", "Weed"), ("Fort Jones", "Ft Jones"), ("Mount", "Mount"), (None, "?"), ("Happy Camp", "Happy Camp")],
)
def test_town_in_a_narrow_box_is_written_as_people_there_do(town: str | None, words: str) -> None:
    assert overview.town_words(replace(SNAPSHOT.event_by_id["SHARED"], town=town, town_text=None)) == words


def test_crowded_week_has_few_marks_and_counts_the_others() -> None:
    events = tuple(replace(EVENT, id=f"E{number}", date=plan.TODAY) for number in range(15))
    _, block, _ = overview.strip_blocks(replace(SNAPSHOT, events=events), None, _alerts={})
    first, *others = block["weeks"]
    assert (len(first["marks"]), first["more"]["text"]) == (overview.MARKS_A_WEEK, "+11 events")
    assert first["more"]["query"]["view"] == "week"
    assert [week["more"] for week in others] == [None] * 11


def test_next_14_days_are_the_same_days_as_on_the_staffing_page() -> None:
    today = dt.date(2026, 11, 25)
    assert gaps.days_of("Next 14 days", today) == (today, answers.last_of_soon(today))


# --- events as cards, what they share with the dialog, and the blocks that they are made of ---------------------------


@each(
    ("phone", "digits"),
    [
        ("530-555-0110", "5305550110"),
        ("(530) 555 0110", "5305550110"),
        ("+1 530 555 0110", "+15305550110"),
        *((phone, "") for phone in ("ask at the desk", "530-555-0110 ext. 4", "desk 5", "530-555-0110 #4")),
        *((phone, "") for phone in ("530-555-0110, 4", "555-0110 / 555-0111", "123", "٥٣٠٥٥٥٠١١٠", "")),
    ],
)
def test_only_a_plain_number_is_dialed_and_a_link(phone: str, digits: str) -> None:
    assert event_cards.dialed(phone) == digits
    assert event_cards.phone_link(phone) == (blocks.link(f"tel:{digits}", phone) if digits else phone)


SAMPLE = read_workbook(sample_workbook(dt.date(2026, 11, 28)), dt.date(2026, 11, 28))
ALERTS = alerts(SAMPLE, SAMPLE.today)


def tones(line: Line) -> list[str]:
    return [str(piece["tone"]) for piece in line if isinstance(piece, dict) and piece.get("type") == "chip"]


def test_alert_has_one_color_in_every_row_chip_box_and_card() -> None:
    """Red: a conflict, even one that the command calls a warning, or a shortage in two days; amber: any opening."""
    for alert in ALERTS:
        event = SAMPLE.event_by_id[alert.event_ids[0]]
        red = alert.code in CLASHES or (alert.code == "understaffed" and alert.days_until <= 2)
        mild = alert.severity == "notice" and alert.code not in ("no-supervisor", "agency-without-officer")  # openings
        tone = "error" if red else "notice" if mild else "warning"
        assert tones(officers.conflict_chips([alert])) == [tone]
        (line,) = dialog.alert_lines(SAMPLE, event, [alert]) if alert.code != "federal-holiday" else [[]]
        assert not line or tones(line)[:1] == [tone]
        assert not line or tones(event_cards.wrong(event, SAMPLE, [alert])) == [tone]
        cards = staffing.alert_cards(SAMPLE, [alert], Rules(), {})
        assert {card["tone"] for card in cards} == {tone}
        assert {each for card in cards for shown in (card["title"], *card["lines"]) for each in tones(shown)} == {tone}
        _, strip, _ = overview.strip_blocks(SAMPLE, None, _alerts={event.id: [alert]})
        (box,) = [mark for week in strip["weeks"] for mark in week["marks"] if mark["event"] == event.id] or [None]
        assert box is None or (box["conflict"] or box["tone"] == "error") is red
    for gap in gap_board(SAMPLE, SAMPLE.today):
        row = gaps.rows([gap], {}, "Openings")["rows"][0] if gap.fill.open else {"cells": [[]] * 3}
        assert ("error" in tones(row["cells"][2])) is bool(gap.fill.short and gap.days <= 2)


TWO_SHORT = SAMPLE.event_by_id["EV-2026-201"]  # on Monday, November 30, two officers short


@each(
    ("codes", "days", "line", "tone"),
    [
        ([], 2, "", None),
        (["understaffed"], 2, "2 officers short", "error"),
        (["understaffed"], 3, "2 officers short", "warning"),
        (["no-host"], 0, "No host", "warning"),
        (["agency-without-officer"], 5, "No officer from SCSO", "warning"),
        (["unconfirmed", "no-host", "understaffed"], 3, "2 officers short +2 more problems", "warning"),
        (["understaffed", "officer-tight-travel"], 9, "Too little time to drive +1 more problem", "error"),
    ],
)
def test_row_says_conflicts_first_and_is_red_for_them_and_for_officers_missing_within_two_days(
    codes: list[str], days: int, line: str, tone: str | None
) -> None:
    any_alert = next(alert for alert in ALERTS if TWO_SHORT.id in alert.event_ids)
    found = [replace(any_alert, code=code, severity="warning", agency="SCSO", days_until=days) for code in codes]
    shown = event_cards.wrong(TWO_SHORT, SAMPLE, found)
    assert (line_words(shown), tones(shown)) == (line, [tone] if tone else [])


@each(
    ("event_id", "agency", "words"),
    [
        ("EV-2026-201", "SCSO", "2 officers short: SCSO"),
        ("EV-2026-201", None, "2 officers short"),
        ("EV-2027-220", "WPD", "4 officers short: CHP-MS 1, SCSO 1 and any agency 2"),
    ],
)
def test_row_tells_an_agency_who_still_has_to_send_officers(event_id: str, agency: str | None, words: str) -> None:
    short = [alert for alert in ALERTS if alert.event_ids == (event_id,) and alert.code == "understaffed"]
    assert line_words(event_cards.wrong(SAMPLE.event_by_id[event_id], SAMPLE, short, agency)) == words


def test_row_of_an_event_tells_strangers_nothing_of_staffing() -> None:
    for sees_staffing, cells in ((True, 5), (False, 3)):
        block = event_cards.rows([TWO_SHORT], SAMPLE, {TWO_SHORT.id: ALERTS}, "x", sees_staffing=sees_staffing)
        (row,) = block["rows"]
        assert (len(block["columns"]), len(row["cells"])) == (cells, cells)
        assert line_words(row["cells"][1]) == "Weed Starbucks"


ABOUT_EVENT = {
    "unconfirmed": "B. Demo has not confirmed. Ask, then set the Status to Confirmed.",
    "understaffed": "3 of 5 officers (2 requested). Still needed: 2 officers from SCSO.",
    "no-host": "D. Placeholder can do it: set the Role to Host.",
    "release-overdue": "The news release was due Wed, Nov 18. Send it, then fill in Release sent.",
    "no-supervisor": "4 people and no supervisor. Ask YPD, CHP-YR or SCSO for one.",
    "no-bilingual": "Ask SCSO or CHP-MS for one.",
    "officer-on-time-off": "H. Prototype is off Dec 19–26, but assigned to this event. Assign somebody else.",
    "agency-without-officer": "No officer from YPD. Assign one, or remove YPD from the event.",
    "staffed-agency-not-on-event": "U. Untitled of WPD is assigned to this event, which does not name WPD. Add it to "
    "Partner agencies.",
}


@each(("code", "sentence"), ABOUT_EVENT.items())
def test_alert_beside_its_event_repeats_neither_place_nor_time(code: str, sentence: str) -> None:
    alert = next(alert for alert in ALERTS if alert.code == code)
    assert event_cards.message_at(SAMPLE.event_by_id[alert.event_ids[0]], alert) == sentence


COLORS = {"WPD": "#004400", "SCSO": "#ffee00"}


@each(
    ("lead", "partners", "text"),
    [
        ("WPD", ["CHP-MS", "SCSO"], "WPD leads, with CHP-MS and SCSO"),
        ("WPD", ["CHP-MS", "SCSO", "New"], "WPD leads, with CHP-MS, SCSO and New"),
        ("WPD", ["SCSO"], "WPD leads, with SCSO"),
        ("WPD", [], "WPD leads"),
        (None, ["SCSO", "WPD"], "SCSO and WPD"),
        (None, [], ""),
    ],
)
def test_text_copied_of_the_agencies_of_an_event_says_which_leads(
    lead: str | None, partners: list[str], text: str
) -> None:
    assert line_words(blocks.agencies(lead, partners, COLORS)) == text


def test_agency_is_a_dot_that_is_seen_in_both_themes() -> None:
    assert [blocks.agency(short, COLORS, lead=short == "WPD") for short in ("WPD", "SCSO", "New")] == [
        {"type": "agency", "name": "WPD", "color": "#407340", "lead": True},
        {"type": "agency", "name": "SCSO", "color": "#998f00", "lead": False},
        {"type": "agency", "name": "New", "color": "#6b7280", "lead": False},
    ]


@each("url", ["http://a.example", "javascript:alert(1)", "//a.example", "data:text/html,x", ""])
def test_only_safe_links_are_drawn(url: str) -> None:
    with pytest.raises(ValueError, match="https"):
        blocks.link(url, "x")


def test_empty_line_of_a_card_is_left_out() -> None:
    assert blocks.card(["a"], ["b"], [])["lines"] == [["b"]]

"""Events as cards, what they share with the dialog, and the blocks that they are made of."""

import datetime as dt
from dataclasses import replace

import pytest

from cwac.analysis.alerts import CLASHES, alerts
from cwac.analysis.staffing import gap_board
from cwac.settings import Rules
from cwac.sheet.reader import read_workbook
from cwac.sources.sample import sample_workbook
from cwac.web import blocks, event_cards
from cwac.web.blocks import Line
from cwac.web.sections import event as dialog
from cwac.web.sections import gaps, officers, overview, staffing
from tests.cases import each
from tests.web.conftest import line_words


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


EVENT = SAMPLE.event_by_id["EV-2026-201"]  # on Monday, November 30, two officers short


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
    any_alert = next(alert for alert in ALERTS if EVENT.id in alert.event_ids)
    found = [replace(any_alert, code=code, severity="warning", agency="SCSO", days_until=days) for code in codes]
    shown = event_cards.wrong(EVENT, SAMPLE, found)
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
        block = event_cards.rows([EVENT], SAMPLE, {EVENT.id: ALERTS}, "x", sees_staffing=sees_staffing)
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

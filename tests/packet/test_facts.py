"""Document × fact and state: each names the cell of a fact that is blank, and invites only to an event to come."""

import datetime as dt
import io
import json
import re
from dataclasses import replace

import docx
import jsonschema
import pypdf
import pytest

from cwac.analysis.alerts import alerts
from cwac.analysis.changes import Change
from cwac.model import Count, Event, FollowUp, Headcount, Snapshot, Venue
from cwac.packet import documents
from cwac.packet.facts import checklist, late_words, missing_facts, packet_data
from tests.cases import each
from tests.packet.test_documents import (
    ADDRESS,
    EVENTS,
    FORMS,
    TODAY,
    changed,
    day,
    facts_of,
    grids,
    made,
    snapshot_of,
    text_of,
)

RELEASES = {"release.docx", "release.txt", "release-es.docx"}
FLYERS = {"flyer.pdf", "flyer-half.pdf"}
EVERY = {"briefing.pdf", *FLYERS, *RELEASES, "venue-letter.pdf", "count-sheet.pdf"}
AFTER, COUNT = {"after-action.pdf"}, {"count-sheet.pdf"}
LETTER, BRIEFING = {"venue-letter.pdf"}, {"briefing.pdf"}

# Fact: the tab, row and header of its cell, as in `grids`; the documents that show it.
CELLS = {
    "when.time": ("Events", 1, "Start", EVERY | AFTER),
    "when.end": ("Events", 1, "End", EVERY | AFTER),
    "agencies": ("Events", 1, ("Lead agency", "Partner agencies"), BRIEFING | FLYERS | RELEASES | LETTER | AFTER),
    "place.venue": ("Events", 1, "Venue", EVERY | AFTER),
    "place.street": ("Venues", 1, "Street", EVERY | AFTER),
    "site.parking": ("Venues", 1, "Parking", BRIEFING),
    "site.contact": ("Venues", 1, "Contact", BRIEFING | LETTER | AFTER),
    "site.phone": ("Venues", 1, "Contact work phone", BRIEFING),
    "site.backup": ("Events", 1, "Backup venue", BRIEFING | LETTER),
    "people": ("Staffing", (1, 2, 3), "Officer", BRIEFING | AFTER),
    "people.host": ("Staffing", 1, "Role", BRIEFING),
    "boilerplate.WPD": ("Agencies", 1, "Boilerplate", RELEASES),
    "press.contact": ("Agencies", 1, "Press contact", RELEASES | LETTER),
    "release.due": ("Events", 1, "Release due", RELEASES),
    "results.needed": ("Events", 1, "Officers needed", AFTER),
    "results.guests": ("Attendance", 2, "Guests", AFTER),
}


def past_grids():
    """The full event, once it is over and counted."""
    tabs = changed(Date=day(9, 2), Status="Completed")
    tabs["Attendance"].append(["EV-1", 24, 3, 9])
    return tabs


def blanked(fact, tabs):
    tab, rows, headers, _ = CELLS[fact]
    for row in rows if isinstance(rows, tuple) else (rows,):
        for header in headers if isinstance(headers, tuple) else (headers,):
            tabs[tab][row][tabs[tab][0].index(header)] = None
    return tabs


def bars(name, file):
    """The bars in the margin that mark what is missing."""
    if name.endswith(".docx"):
        return sum("w:pBdr" in paragraph._p.xml for paragraph in docx.Document(io.BytesIO(file)).paragraphs)
    pages = pypdf.PdfReader(io.BytesIO(file)).pages
    # 7 points left of the text, which begins 43.2 or (on a half page) 32.4 points from the edge.
    return sum(len(re.findall(rb"1 0 0 -1 (?:36\.2|25\.4) ", page.get_contents().get_data())) for page in pages)


@pytest.mark.slow
def test_event_that_lacks_nothing_has_no_marks():
    for tabs in (grids(), past_grids()):
        missing, files, _ = made(tabs)
        assert missing == ()
        assert [name for name, file in files.items() if not name.endswith(".txt") and bars(name, file)] == []


TOGETHER = [
    ("when.time", "site.parking", "site.backup", "boilerplate.WPD", "release.due", "results.needed"),
    ("when.end", "site.contact", "people.host", "press.contact", "results.guests"),
    ("agencies", "site.phone"),
    ("place.venue",),
    ("place.street", "people"),
]
"""Facts that are blanked in one event: none of them hides another."""


@pytest.mark.slow
@each("facts", TOGETHER)
def test_blank_fact_is_named_with_its_cell_in_each_document_that_shows_it(facts):
    shown = {fact: set() for fact in facts}
    for tabs, expected in ((past_grids(), RELEASES | LETTER | COUNT | AFTER), (grids(), EVERY)):
        blank = [fact for fact in facts if not (expected == EVERY and fact.startswith("results."))]
        for fact in blank:
            blanked(fact, tabs)
        missing, files, texts = made(tabs)
        assert set(files) == expected
        for fact in blank:
            words = {hole.fact: hole.words for hole in missing}[fact]
            assert ": edit " in words
            marked = {name for name, text in texts.items() if f"[{words}]" in text}
            assert [name for name in marked if not name.endswith(".txt") and not bars(name, files[name])] == []
            shown[fact] |= marked
    assert shown == {fact: CELLS[fact][3] for fact in facts}


def test_every_fact_is_blanked_once():
    assert sorted(fact for facts in TOGETHER for fact in facts) == sorted(CELLS)


@pytest.mark.slow
def test_event_without_venue_asks_for_its_town_too():
    missing, _, texts = made(changed(Venue=None, Town=None))
    words = {hole.fact: hole.words for hole in missing}
    assert words["place.town"] == "town: edit E2 of Events"
    assert [name for name, text in texts.items() if words["place.town"] not in text] == []


# --- what layouts get -----------------------------------------------------------------------------------------------


def schema_errors(page):
    return [error.message for error in jsonschema.Draft202012Validator(documents.schema()).iter_errors(page)]


def pages_of(tabs, late=None):
    snapshot = snapshot_of(tabs)
    for event in snapshot.events:
        data = packet_data(snapshot, event, public_address=ADDRESS, county="Siskiyou", forms=FORMS, late=late)
        missing = missing_facts(snapshot, event)
        for document in documents.documents(data["event"], residents_asked=True):
            if document.ending == "pdf":
                contents = documents.contents(document.name, document.part_of(data), document.holes(missing))
                yield {**contents, "seals": {}}


def test_what_layouts_get_fits_the_documented_schema():
    pages = [*pages_of(grids()), *pages_of(past_grids(), ["start 8:00 → 9:00 AM"])]
    assert {page["document"] for page in pages} == set(documents.schema()["properties"]["document"]["enum"])
    for page in pages:
        assert schema_errors(json.loads(json.dumps(page))) == []
    assert schema_errors({**pages[0], "more": 1}) != []


# --- changed late ---------------------------------------------------------------------------------------------------


def test_late_changes_are_listed_and_unknown_ones_said_so():
    after = documents.DOCUMENTS[-1]
    known = (None, [], ["start 8:00 → 9:00 AM"])
    texts = [text_of("pdf", after.file(facts_of(event_id="OLD", late=late))) for late in known]
    heading = "Typed in the sheet in the last 7 days before the event:"
    assert f"{heading} history not kept" in texts[0]
    assert f"{heading} nothing" in texts[1]
    assert "start 8:00 → 9:00 AM" in texts[2]


def test_late_words_are_those_of_the_event():
    changes = [
        Change("changed", "Events", "EV-1", "EV-1", ("start later",), event_id="EV-1"),
        Change("new", "Events", "EV-2", "EV-2", ("a lot",), event_id="EV-2"),
        Change("new", "Follow-ups", "FU-1", "FU-1", ("new, Traffic",), event_id="EV-1"),
    ]
    found = [late_words(changes, event_id) for event_id in ("EV-1", "EV-2", "EV-3")]
    assert found == [["start later"], ["The event was entered"], []]


# --- states ---------------------------------------------------------------------------------------------------------

OFF = EVERY - {"count-sheet.pdf"}
OFF_AND_PAST = {*RELEASES, "venue-letter.pdf", "after-action.pdf"}
HELD_TODAY = {*RELEASES, "venue-letter.pdf", "count-sheet.pdf"}
HELD = {*HELD_TODAY, "after-action.pdf"}
NOT_CLOSED = {"count-sheet.pdf", "after-action.pdf"}
COMING, GONE = day(10, 7), day(9, 2)

INVITING = (
    "invite residents", "invitan a los residentes", "No agenda", "Sin agenda", "Free and open", "Es gratis",
    "look forward", "we ask of you", "Who is coming", "Scan for directions", "[Quote:",
)  # fmt: skip
"""What only an event to come says; a look back has a quote too."""


def tabs_of(*rows):
    """The plan with these events, like EV-1 but for ID, date, status, reason and the event that they replace."""
    tabs, status = grids(), EVENTS.index("Status")
    usual = tabs["Events"][1]
    tabs["Events"] = [[*EVENTS, "Cancel reason", "Replaces"]]
    for event_id, date, state, *others in rows:
        row = [event_id, date, *usual[2:status], state, *usual[status + 1 :], *others]
        tabs["Events"].append([*row, *[None] * (2 - len(others))])
    tabs["Attendance"] = [["Event ID", "Guests"], ["EV-1", "~1"]]
    return tabs


STATES = [
    (COMING, "Confirmed", EVERY), (COMING, "Cancelled", OFF), (GONE, "Confirmed", NOT_CLOSED),
    (GONE, "Completed", HELD), (day(9, 29), "Completed", HELD_TODAY), (GONE, "Cancelled", OFF_AND_PAST),
]  # fmt: skip


@pytest.mark.slow
@each(("date", "status", "documents"), STATES)
def test_documents_of_each_state_invite_only_to_an_event_that_is_to_come(date, status, documents):
    texts = made(tabs_of(("EV-1", date, status, "Fire" if status == "Cancelled" else None)))[2]
    assert set(texts) == documents
    inviting = {name for name, text in texts.items() if any(words in text for words in INVITING)}
    allowed = EVERY - {"count-sheet.pdf"} if documents == EVERY else set()
    assert inviting == ({"release.docx", "release.txt"} if status == "Completed" else allowed)  # the quote


@each(
    ("date", "status", "expected"),
    [
        *STATES,
        (COMING, "Postponed", OFF), (COMING, "Draft", EVERY), (COMING, "Tentative", EVERY), (COMING, None, EVERY),
        (COMING, "Completed", EVERY),  # a typing mistake: the day is still to come
        (GONE, "Draft", NOT_CLOSED), (GONE, "Tentative", NOT_CLOSED), (GONE, "Postponed", OFF_AND_PAST),
    ],
)  # fmt: skip
def test_event_of_any_state_has_the_documents_of_its_day(date, status, expected):
    needed = documents.documents(facts_of(changed(Date=date, Status=status))["event"])
    assert {f"{document.name}.{document.ending}" for document in needed} == expected


NEW = "Wednesday, October 21, 2026"
NEW_ES = "miércoles 21 de octubre de 2026"
ON = "on Wednesday, October 7, 2026, 8:00–9:30 AM, at Weed Starbucks, 150 Main St, Weed"
ON_ES = "del miércoles 7 de octubre de 2026, de 8:00 a. m. a 9:30 a. m., en Weed Starbucks, 150 Main St, Weed"
MOVED = [("EV-2", day(10, 21), "Confirmed", None, "EV-1")]
MAYBE_MOVED = [("EV-2", day(10, 21), "Tentative", None, "EV-1")]


@pytest.mark.slow
@each(
    ("status", "reason", "others"),
    [
        ("Cancelled", "Fire", ()),
        ("Cancelled", None, MOVED),
        ("Postponed", "Fire", MOVED),
        ("Postponed", "Other", MAYBE_MOVED),
    ],
)
def test_documents_of_an_event_that_is_called_off_say_so_why_and_when_instead(status, reason, others):
    english, in_spanish = {"Cancelled": ("canceled", "cancelado"), "Postponed": ("postponed", "pospuesto")}[status]
    texts = made(tabs_of(("EV-1", COMING, status, reason), *others))[2]
    why, why_es = (" Reason: fire.", " Motivo: incendio.") if reason == "Fire" else ("", "")
    assert f"announce that Coffee with a Cop {ON}, is {english}.{why}" in texts["release.txt"]
    assert (
        f"anuncian que el evento «Café con un policía» {ON_ES}, queda {in_spanish}.{why_es}"
        in (texts["release-es.docx"])
    )
    assert f"at your place on Wednesday, October 7, 2026, 8:00–9:30 AM, is {english}.{why}" in texts["venue-letter.pdf"]
    assert "Nobody has to go." in texts["briefing.pdf"]
    for name in FLYERS:
        for words in (english.upper(), in_spanish.upper(), "Please do not come", "Por favor, no venga"):
            assert words in texts[name], (name, words)
    assert {name for name, text in texts.items() if "Reason: fire" in text or ": fire" in text} == (
        {name for name in texts if name != "release-es.docx"} if reason == "Fire" else set()
    )
    is_moved = others == MOVED
    assert {name for name, text in texts.items() if NEW in text} == (
        {name for name in texts if name != "release-es.docx"} if is_moved else set()
    )
    assert (f"La nueva fecha es el {NEW_ES}, de 8:00 a. m. a 9:30 a. m., en" in texts["release-es.docx"]) == is_moved
    assert (f"The new date is {NEW}, 8:00–9:30 AM, at your place." in texts["venue-letter.pdf"]) == is_moved
    is_open = status == "Postponed" and not is_moved
    assert {name for name, text in texts.items() if "A new date will be announced." in text} == (
        {"release.docx", "release.txt", "venue-letter.pdf", *FLYERS} if is_open else set()
    )


OFF_TOO = ("EV-2", day(10, 21), "Cancelled", None, "EV-1")


@each(
    ("replaces", "others", "moved_to"),
    [
        (None, [OFF_TOO, ("EV-3", day(11, 4), "Confirmed", None, "EV-2")], "2026-11-04"),
        (None, [OFF_TOO], None),
        ("EV-2", [OFF_TOO], None),
        (None, [("EV-2", day(10, 21), "Draft", None, "EV-1")], None),
    ],
    ids=["moved twice", "both off", "each replaces the other", "not sure"],
)
def test_new_date_is_that_of_the_last_event_that_replaces_it(replaces, others, moved_to):
    moved = facts_of(tabs_of(("EV-1", COMING, "Cancelled", None, replaces), *others))["moved_to"]
    assert (moved and moved["date"]) == moved_to


@pytest.mark.slow
def test_event_that_replaces_another_says_from_which_day_it_moved():
    texts = made(tabs_of(("EV-1", day(10, 21), "Confirmed", None, "EV-0"), ("EV-0", COMING, "Cancelled")))[2]
    moved = "This event moved: it was planned for Wednesday, October 7, 2026."
    in_spanish = "Este evento cambió de fecha: estaba previsto para el miércoles 7 de octubre de 2026."
    assert {name for name, text in texts.items() if moved in text} == {*FLYERS, "release.docx", "release.txt"}
    assert {name for name, text in texts.items() if in_spanish in text} == {*FLYERS, "release-es.docx"}


def test_notice_for_the_door_leads_to_no_map_of_a_place_where_nothing_is():
    data = facts_of(changed(Status="Cancelled"), public_address=None)
    assert documents.FLYERS[0].file(data).count(b"/Subtype/Image") == 0
    assert "Scan" not in text_of("pdf", documents.FLYERS[0].file(data))


NOT_CLOSED_YET = (
    "The day is over, and the sheet does not say whether the event took place: set its Status to Completed, Canceled "
    "or Postponed."
)


@each(
    ("date", "status", "sentences"),
    [
        (COMING, "Confirmed", ()),
        (COMING, "Cancelled", ("There is nothing to count: the event is called off.",)),
        (GONE, "Completed", ("The event is over: there is nobody to brief or invite.",)),
        (GONE, "Confirmed", (NOT_CLOSED_YET,)),
    ],
)
def test_document_that_an_event_lacks_is_refused_with_a_sentence(date, status, sentences):
    assert documents.reasons_against(facts_of(changed(Date=date, Status=status))["event"]) == sentences


def test_briefing_lacks_a_supervisor_exactly_where_the_alert_says_so():
    for people, supervised, lacks in ((3, None, False), (4, None, True), (4, "Officers", False), (4, "Role", False)):
        tabs, everybody = grids(), range(1, people + 1)
        roles = ["Supervisor" if supervised == "Role" and n == 1 else "Host" for n in everybody]
        tabs["Officers"][1:] = [
            [f"OF-{n}", f"{n}. Sample", "WPD", supervised == "Officers" and n == 1] for n in everybody
        ]
        tabs["Staffing"][1:] = [
            ["EV-1", f"OF-{n}", roles[n - 1], None, None, "Confirmed", None, None] for n in everybody
        ]
        snapshot = snapshot_of(tabs)
        missing = {hole.fact for hole in missing_facts(snapshot, snapshot.event_by_id["EV-1"])}
        codes = {alert.code for alert in alerts(snapshot, TODAY) if alert.event_ids == ("EV-1",)}
        assert ("people.supervisor" in missing, "no-supervisor" in codes) == (lacks, lacks), (people, supervised)


# --- the checklist -------------------------------------------------------------------------------------------------

FIRST, GONE_ON = dt.date(2026, 10, 1), dt.date(2026, 9, 1)
VENUE = Venue("Cafe", "Weed", 2)
STEPS = {"Events": {"release_sent": "K", "flyer_sent": "L", "host_briefed": "M"}, "Venues": {"permission": "E"}}
TO_COME = Event("EV-1", 2, dt.date(2026, 10, 7), venue=VENUE, status="Confirmed")


@each(
    ("changed", "columns", "records", "expected"),
    [
        ({"release_sent": FIRST, "venue": replace(VENUE, permission="By phone")}, STEPS, {},
         ["+Venue confirmed", "+Release sent", "-Flyer not out", "-Host not briefed"]),
        ({}, {"Events": {"release_sent": "K"}}, {}, ["-Release not sent"]),  # the sheet lacks the other columns
        ({"date": GONE_ON, "host_briefed": FIRST}, STEPS, {},
         ["+Host briefed", "-Counts not in", "-No follow-ups yet"]),
        ({"date": GONE_ON}, STEPS, {"headcounts": (Headcount("EV-1", 2, Count("12", 12, 12, 12)),),
                                    "follow_ups": (FollowUp("F-1", "EV-1"),)}, ["+Counts in", "+Follow-ups entered"]),
        ({"status": "Cancelled"}, STEPS, {}, []),
        ({"status": "Draft"}, STEPS, {}, []),
    ],
)  # fmt: skip
def test_checklist_of_each_state_says_what_is_done_and_what_is_to_do(changed, columns, records, expected):
    at, zone = dt.datetime(2026, 10, 1, tzinfo=dt.UTC), "America/Los_Angeles"
    snapshot = Snapshot("plan", at, zone, FIRST, tab_columns=columns, **records)
    found = checklist(snapshot, replace(TO_COME, **changed), FIRST)
    assert [f"{'+' if step.done else '-'}{step.words}" for step in found] == expected

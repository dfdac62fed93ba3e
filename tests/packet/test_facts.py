"""Document × fact: each fact is read back from each document, and where its cell is blank, each names the cell."""

import io
import json
import re

import docx
import jsonschema
import pypdf
import pytest

from cwac.analysis.changes import Change
from cwac.packet import documents
from cwac.packet.facts import late_words, missing_facts, packet_data
from tests.cases import each
from tests.packet.test_documents import ADDRESS, FORMS, changed, day, facts_of, grids, made, snapshot_of, text_of

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

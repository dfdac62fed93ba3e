"""The printed plan, read back as text and as an image."""

import datetime as dt
import io
from dataclasses import replace

import pypdf
import pytest

from cwac.analysis.alerts import by_event
from cwac.exports import reports
from cwac.exports.reports import PrintedPages
from cwac.model import Venue
from cwac.settings import Rules
from cwac.sheet.reader import read_workbook
from cwac.sources.sample import sample_workbook
from cwac.web.calendar import content
from tests.exports.pdf import drawn, needs, text_of
from tests.web import plan as private

TODAY = dt.date(2026, 9, 29)
NOW = dt.datetime(2026, 9, 29, 20, 0, tzinfo=dt.UTC)
PLAN = private.snapshot()
SHARED = PLAN.event_by_id["SHARED"]

pytestmark = needs("pdftotext")


@pytest.fixture(scope="module")
def october():
    """October of the sample."""
    snapshot, day = read_workbook(sample_workbook(TODAY), TODAY), dt.date(2026, 10, 7)
    plan = content.AllEvents(snapshot, by_event(snapshot, TODAY, Rules()), True)
    shown = content.show(snapshot, content.Request("month", day), _plan=plan)
    sheet = PrintedPages("Coffee with a Cop, October 2026", ("WPD", "Weed"), NOW, True, True)
    return reports.month_pdf(snapshot, shown.visible, content.visible_days("month", day), 10, plan.alerts, sheet)


def roster(*events, plan=PLAN, gaps=True, filters=()):
    return text_of(reports.roster_pdf(plan, events, {}, PrintedPages("Roster", filters, NOW, gaps)))


def test_month_is_one_landscape_page_with_every_event_and_mark(october):
    page = text_of(october)
    for text in (
        "SAMPLE", "Coffee with a Cop, October 2026", "17 events · only WPD, Weed · times are Pacific Time",
        "National Coffee with a Cop", "Columbus Day", "conflict", "Tentative", "3/4", "CHP-MS",
        "Sheet as of Tue, Sep 29, 2026, 12:00 PM Pacific Time · printed Tue, Sep 29, 2026, 1:00 PM", "Page 1 of 1",
    ):  # fmt: skip
        assert text in page, text
    read_back = pypdf.PdfReader(io.BytesIO(october))
    assert [[*map(float, page.mediabox)] for page in read_back.pages] == [[0, 0, 792, 612]]
    assert read_back.trailer["/Root"]["/MarkInfo"]["/Marked"]


def test_month_has_no_color(october):
    """No pixel has a hue, so that a copy loses nothing."""
    page = drawn(october)
    assert (page.max(axis=2) - page.min(axis=2)).max() < 24


def test_roster_names_the_officers_and_leaves_room_to_sign():
    page = roster(SHARED, filters=("WPD",))
    for text in (
        "Sat, Nov 28, 2026", "8:00–9:30 AM, Weed Starbucks", "A. Plantedsample", "Host", "Open position", "requested",
        "Signed in", "1 Main St", "Backup venue: planted-backup", "Internal: planted-internal", "only WPD",
    ):  # fmt: skip
        assert text in page, text
    assert page.count("\f") == 1


def test_roster_says_where_to_park_whom_to_call_and_when_to_report():
    venue = Venue("Depot", "Weed", parking="Back lot", contact="Owner", contact_phone="530-555-0100")
    event = replace(SHARED, venue=venue)
    page, public = roster(event), roster(event, gaps=False)
    assert "Parking: Back lot" in page
    assert "Contact there: Owner, 530-555-0100" in page
    assert page.count("8:00 AM") >= 2  # officers without a report time of their own report at the start
    assert "Back lot" not in public
    assert "530-555" not in public


def test_public_roster_names_nobody():
    text = roster(*PLAN.events, gaps=False)
    assert "Weed Starbucks" in text
    assert "lantedsample" not in text
    assert "internal" not in text


def test_roster_says_that_an_event_is_canceled_or_that_there_is_none():
    assert "Canceled: smoke" in roster(PLAN.event_by_id["RAINED"])
    assert "No event." in roster()


def test_text_from_the_sheet_is_not_typst_markup():
    rows = [list(row) for row in private.tabs()["Events"]]
    rows[1][4] = rows[1][6] = '#panic(1) *x* $y$ = @a <b> ] `c` \\ " // /* \ud800 \x00'
    plan = private.snapshot(Events=rows)
    assert '#panic(1) *x* $y$ = @a <b> ] `c` \\ " // /*' in roster(plan.event_by_id["SHARED"], plan=plan)

"""The printed plan, read back as text and as an image."""

import datetime as dt
import shutil
import subprocess
from dataclasses import replace

import pytest

from cwac.analysis.alerts import by_event
from cwac.exports import reports
from cwac.exports.reports import PrintedPages
from cwac.model import Venue
from cwac.settings import Rules
from cwac.sheet.reader import read_workbook
from cwac.sources.sample import sample_workbook
from cwac.web.calendar import content
from tests.web import plan as private

TODAY = dt.date(2026, 9, 29)
NOW = dt.datetime(2026, 9, 29, 20, 0, tzinfo=dt.UTC)

pytestmark = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="needs pdftotext (Debian: poppler-utils)")


@pytest.fixture(scope="module")
def sample():
    return read_workbook(sample_workbook(TODAY), TODAY)


def pages(tmp_path, pdf, *options):
    path = tmp_path / "page.pdf"
    path.write_bytes(pdf)
    text = subprocess.run(["pdftotext", *options, str(path), "-"], capture_output=True, text=True, check=True).stdout
    return text.split("\f")[:-1]


def month(snapshot, day, sheet=None, gaps=True, title="October"):
    plan = content.AllEvents(snapshot, by_event(snapshot, snapshot.today, Rules()), gaps)
    what = content.show(snapshot, content.Request("month", day), _plan=plan)
    sheet = sheet or PrintedPages(title, (), NOW, gaps)
    span = content.visible_days("month", day)
    return reports.month_pdf(snapshot, what.visible, span, day.month, plan.alerts if gaps else {}, sheet)


def roster(snapshot, events, gaps=True, **options):
    return reports.roster_pdf(snapshot, events, {}, PrintedPages("Roster", options.get("filters", ()), NOW, gaps))


def test_month_is_one_landscape_page_with_every_event_and_mark(sample, tmp_path):
    sheet = PrintedPages("Coffee with a Cop, October 2026", ("WPD", "Weed"), NOW, True, True)
    (page,) = pages(tmp_path, month(sample, dt.date(2026, 10, 7), sheet), "-layout")
    for text in (
        "SAMPLE", "Coffee with a Cop, October 2026", "17 events · only WPD, Weed · times are Pacific Time",
        "National Coffee with a Cop", "Columbus Day", "conflict", "Tentative", "3/4", "CHP-MS",
        "Sheet as of Tue, Sep 29, 2026, 12:00 PM Pacific Time · printed Tue, Sep 29, 2026, 1:00 PM", "Page 1 of 1",
    ):  # fmt: skip
        assert text in page, text
    info = subprocess.run(["pdfinfo", str(tmp_path / "page.pdf")], capture_output=True, text=True, check=True).stdout
    assert "792 x 612" in info
    assert "Tagged:          yes" in info


def test_month_has_no_color(sample, tmp_path):
    """No pixel has a hue, so that a copy loses nothing."""
    path = tmp_path / "page"
    (tmp_path / "page.pdf").write_bytes(month(sample, dt.date(2026, 10, 7)))
    subprocess.run(["pdftoppm", "-r", "40", str(tmp_path / "page.pdf"), str(path)], check=True, capture_output=True)
    (image,) = tmp_path.glob("page*.ppm")
    _, _, _, pixels = image.read_bytes().split(b"\n", 3)
    hues = max(max(pixels[at : at + 3]) - min(pixels[at : at + 3]) for at in range(0, len(pixels) - 2, 3))
    assert hues < 24


def test_roster_names_the_officers_and_leaves_room_to_sign(tmp_path):
    plan = private.snapshot()
    (page,) = pages(tmp_path, roster(plan, [plan.event_by_id["SHARED"]], filters=("WPD",)), "-layout")
    for text in (
        "Sat, Nov 28, 2026", "8:00–9:30 AM, Weed Starbucks", "A. Plantedsample", "Host", "Open position", "requested",
        "Signed in", "1 Main St", "Backup venue: planted-backup", "Internal: planted-internal", "only WPD",
    ):  # fmt: skip
        assert text in page, text


def test_roster_says_where_to_park_whom_to_call_and_when_to_report(tmp_path):
    whole = private.snapshot()
    venue = Venue("Depot", "Weed", parking="Back lot", contact="Owner", contact_phone="530-555-0100")
    event = replace(whole.event_by_id["SHARED"], venue=venue)
    (page,) = pages(tmp_path, roster(whole, [event]), "-layout")
    assert "Parking: Back lot" in page
    assert "Contact there: Owner, 530-555-0100" in page
    assert page.count("8:00 AM") >= 2  # officers without a report time of their own report at the start
    (public,) = pages(tmp_path, roster(whole, [event], gaps=False), "-layout")
    assert "Back lot" not in public
    assert "530-555" not in public


def test_public_roster_names_nobody(tmp_path):
    plan = private.snapshot()
    text = "".join(pages(tmp_path, roster(plan, plan.events, gaps=False)))
    assert "Weed Starbucks" in text
    assert "lantedsample" not in text
    assert "internal" not in text


def test_roster_says_that_an_event_is_canceled_or_that_there_is_none(tmp_path):
    plan = private.snapshot()
    (page,) = pages(tmp_path, roster(plan, [plan.event_by_id["RAINED"]]))
    assert "Canceled: smoke" in page
    assert "No event." in pages(tmp_path, roster(plan, []))[0]


def test_text_from_the_sheet_is_not_typst_markup(tmp_path):
    hostile = '#panic(1) *x* $y$ = @a <b> ] `c` \\ " // /* \ud800 \x00'
    rows = [list(row) for row in private.tabs()["Events"]]
    rows[1][4] = rows[1][6] = hostile
    plan = private.snapshot(Events=rows)
    (page,) = pages(tmp_path, roster(plan, [plan.event_by_id["SHARED"]]))
    assert '#panic(1) *x* $y$ = @a <b> ] `c` \\ " // /*' in page.replace("\n", " ")

"""The quarterly report: the PDF as text and image, the workbook in openpyxl and LibreOffice, and the CSV."""

import csv
import datetime as dt
import io
import itertools
import re
import subprocess
from dataclasses import replace

import numpy as np
import openpyxl
import pypdf
import pytest

from cwac.analysis.quarter import quarter
from cwac.exports import quarterly
from cwac.exports.colors import COUNTED, ESTIMATE, NOT_COUNTED
from cwac.exports.reports import to_csv, to_pdf, to_xlsx
from cwac.model import Agency, Assignment, Count, FollowUp, Headcount
from cwac.settings import PROJECT
from cwac.sheet.reader import read_workbook
from cwac.sources.sample import sample_workbook
from cwac.web.sections import reports
from tests.analysis.plans import DEMO, SAMPLE, event, goes, plan
from tests.cases import each
from tests.exports.pdf import drawn, needs, text_of
from tests.web.conftest import line_words

TODAY, moment = dt.date(2026, 10, 2), dt.datetime.fromisoformat
HOSTILE = '#panic(1) *x* $y$ = @a <b> ] `c` \\ " =HYPERLINK("http://x") // /* 漢 \ud800 \x00'


@pytest.fixture(scope="module")
def sample():
    return read_workbook(sample_workbook(TODAY), TODAY)


def small(**names):
    """Two events held and one canceled in the third quarter of 2026; `names` are fields of the first."""
    fields = {"town": "Weed"} | names
    events = [
        event("=E1", -20, status="Completed", **fields),
        event("E2", -10, status="Completed", town="Yreka", lead_agency="SCSO"),
        event("E3", -5, status="Cancelled", cancel_reason="Fire"),
        event("E4", -3),
    ]
    counts = (Headcount("=E1", 2, Count("35-40", 35, 37.5, 40, True), new_visitors=5, conversations=12),)
    rows = [goes(SAMPLE, "=E1", hours=2), goes(DEMO, "=E1"), goes(DEMO, "E2")]
    follow_ups = (FollowUp("F1", "=E1", summary="SECRET SUMMARY", status="Closed", closed_on=dt.date(2026, 8, 20)),)
    return plan(events, rows, headcounts=counts, follow_ups=follow_ups)


# --- PDF --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small_pdf():
    return to_pdf(quarterly.report(quarter(small(), "2026-Q3")))


@needs("pdftotext")
def test_page_has_the_figures_of_the_answer(small_pdf):
    lines = [re.sub(r" {2,}", " | ", line.strip()) for line in text_of(small_pdf).splitlines() if line.strip()]
    for line in (
        "Coffee with a Cop, Q3 2026 (Jul–Sep)",
        "All agencies · July 1–September 30, 2026 · sheet as of Mon, Aug 31, 2026, 5:00 PM Pacific Time",
        "2 | about 38 | 37.5 | about 4 | 2",
        "Events held | Guests counted in all | Typical guests at an | Officer-hours | Towns reached",
        "The quarter is not over: 0 events still to come, and changes compare it with a whole quarter.",
    ):
        assert line in lines
    text = " ".join(lines)
    assert "2 events held in the quarter: the one counted had 38 guests (estimated); 1 not counted." in text
    first, second = (page.extract_text() for page in pypdf.PdfReader(io.BytesIO(small_pdf)).pages)
    assert "Can’t tell yet whether attendance changed: Jul 2025–Jun 2026 has no counted event." in text
    assert "A typical event of Q3 2026 had 37.5 guests." in first
    assert ("38" in first.split(), "method" in first, "How the figures are made" in second) == (True, False, True)
    assert "1: fire 1." in text
    assert "These figures are about attendance. They say nothing of trust" in text


def test_pdf_is_two_tagged_letter_pages_and_reproducible(sample):
    report = quarterly.report(quarter(sample, "2026-Q3"))
    pdf = to_pdf(report)
    assert to_pdf(report) == pdf
    read_back = pypdf.PdfReader(io.BytesIO(pdf))
    page, _ = read_back.pages
    assert read_back.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert [*map(float, page.mediabox)] == [0, 0, 612, 792]
    assert (read_back.metadata.title, read_back.metadata.author) == (
        "Coffee with a Cop, Q3 2026 (Jul–Sep)", "All agencies",
    )  # fmt: skip
    fonts = {font.get_object()["/BaseFont"].partition("+")[2] for font in page["/Resources"]["/Font"].values()}
    assert {"SourceSansPro-Regular-Identity-H", "SourceSansPro-Bold-Identity-H"} <= fonts
    assert "SAMPLE:" in page.extract_text()


def busy(number, name):
    """Two quarters in which so many agencies held events, with estimates, cancellations and hours of every kind."""
    shorts = [name.format(place) for place in range(number)]
    reasons = ("Fire", "Smoke", "Weather", "Mutual aid", "Short staff", "Venue", "Illness", "Other")
    events, rows, counts = [], [], []
    for at in range(max(number, 8) * 3):
        for quarter_before in (0, 1):
            known = {"lead_agency": shorts[at % number]} if shorts else {"lead_agency": None}
            canceled = at % 5 == 4
            status = {"status": "Cancelled", "cancel_reason": reasons[at % 8]} if canceled else {"status": "Completed"}
            day = -(3 + at % 60) - 92 * quarter_before
            new = event(f"E{at}-{quarter_before}", day, town=name.format(at % 12), **known, **status)
            events.append(new)
            if not canceled:
                rows += [goes(SAMPLE, new.id, hours=1.5), goes(DEMO, new.id, "Assigned")]
                best = Count("30+", 30, 30, None, True) if at % 2 else Count("35-40", 35, 37.5, 40, True)
                counts += [Headcount(new.id, 2, best, new_visitors=5, conversations=12)] if at % 7 else []
    agencies = tuple(Agency(short, short) for short in shorts)
    return plan(events, rows, headcounts=tuple(counts), agencies=agencies)


LONG = "Department of Public Safety of the Upper Klamath River {}"


@pytest.mark.slow
@needs("pdftotext")
@each(("number", "name"), [(0, LONG), (3, "AG-{}"), (5, LONG), (20, LONG)])
def test_quarter_is_two_pages_on_which_no_word_covers_another(number, name):
    pdf = to_pdf(quarterly.report(quarter(busy(number, name), "2026-Q3")))
    pages = text_of(pdf, "-bbox").split("<page ")[1:]
    boxes = [
        re.findall(r'<word xMin="(.+?)" yMin="(.+?)" xMax="(.+?)" yMax="(.+?)">(.*?)</word>', page) for page in pages
    ]
    words = [[(word, *map(float, box)) for *box, word in on_page if word not in "●○?×"] for on_page in boxes]
    covered = [
        (one[0], other[0])
        for on_page in words
        for one, other in itertools.combinations(on_page, 2)
        if min(one[3], other[3]) - max(one[1], other[1]) > 1 and min(one[4], other[4]) - max(one[2], other[2]) > 3
    ]
    assert (len(pages), covered) == (2, [])


def test_agencies_beyond_the_table_are_one_row_with_their_sum():
    names = [f"AG-{place}" for place in range(8)]
    events = [event(name, -20, lead_agency=name, status="Completed") for name in names]
    rows = [
        Assignment(name, 2, f"OF-{place}", name, name, status="Attended", hours=place + 1)
        for place, name in enumerate(names)
    ]
    snapshot = plan(events, rows, agencies=tuple(Agency(name, name) for name in names))
    tables = quarterly._page(quarter(snapshot, "2026-Q3"))["tables"]
    assert [(len(table["agencies"]), table["agencies"][0], table["agencies"][-1]) for table in tables] == [
        (7, ["AG-7", "1", "1", "8"], ["and 2 more agencies, in the workbook", "2", "", "3"]),
        (5, ["AG-7", "1", "1", "8"], ["and 4 more agencies, in the workbook", "4", "", "10"]),
        (3, ["AG-7", "1", "1", "8"], ["and 6 more agencies, in the workbook", "6", "", "21"]),
    ]


@needs("pdftoppm")
def test_margins_are_blank_and_the_chart_has_points(small_pdf):
    """Rendered: blank margins, and a point of the accent color in the chart."""
    page = drawn(small_pdf)
    tall, wide, _ = page.shape
    down, across = np.nonzero(page.sum(axis=2) < 600)
    assert across.min() >= 30
    assert across.max() <= wide - 30
    assert down.max() < tall - 15
    chart = page[int(tall * 0.35) : int(tall * 0.65), wide // 10 : wide * 9 // 10]
    assert ((chart[:, :, 2] > 140) & (chart[:, :, 0] < 110)).any()


@needs("pdftotext")
def test_text_from_the_sheet_is_not_typst_markup():
    sheet = small(town=HOSTILE, lead_agency=HOSTILE)
    pdf = to_pdf(quarterly.report(quarter(sheet, "2026-Q3")))
    shown = "".join(text_of(pdf, "-raw").split())  # a line of the paper ends anywhere
    assert shown.count("".join(HOSTILE.partition("漢")[0].split())) == 2  # as an agency and as a town


@pytest.mark.slow
@needs("pdftotext")
@each("agency", [None, "SCSO"])
def test_no_format_has_an_officer_or_a_summary(agency):
    sheet = small()
    report = quarterly.report(quarter(sheet, "2026-Q3", agency))
    everything = [text_of(to_pdf(report)), to_csv(report).decode()]
    book = openpyxl.load_workbook(io.BytesIO(to_xlsx(report)))
    everything.append(repr([[cell.value for cell in row] for tab in book for row in tab.iter_rows()]))
    planted = ["A. Sample", "B. Demo", "OF-01", "OF-02", "SECRET SUMMARY"]
    assert all(repr(sheet).count(secret) for secret in planted)
    assert [secret for secret in planted for text in everything if secret in text] == []


@pytest.mark.slow
def test_empty_quarter_is_a_page():
    for sheet, name in ((plan([]), "2026-Q3"), (small(), "2020-Q1"), (small(), "2026-Q4")):
        assert to_pdf(quarterly.report(quarter(sheet, name))).startswith(b"%PDF-")


# --- Excel ------------------------------------------------------------------------------------------------------


def test_workbook_has_real_dates_and_numbers_and_no_formula():
    answer = replace(quarter(small(town=HOSTILE), "2026-Q3"), agency="WPD\x0bSCSO")
    book = openpyxl.load_workbook(io.BytesIO(to_xlsx(quarterly.report(answer))))
    assert book.properties.creator == "WPD\ufffdSCSO"
    assert book.sheetnames == ["Quarter", "Events", "Agencies", "Towns", "How it is made"]
    events = book["Events"]
    rows = [[cell.value for cell in row] for row in events.iter_rows(min_row=2, max_row=5)]
    assert [(row[0], row[2], row[8:11], row[12]) for row in rows[:2]] == [
        (moment("2026-08-12"), "=E1", [37.5, 35, 40], 3),
        (moment("2026-08-22"), "E2", [None] * 3, 1),
    ]
    assert [row[7] for row in rows[2:]] == ["Canceled: fire", "Confirmed, not closed"]
    assert (events["A2"].is_date, events["A2"].number_format) == (True, "yyyy-mm-dd")
    assert "f" not in {cell.data_type for tab in book for row in tab.iter_rows() for cell in row}


def test_every_state_of_a_point_has_its_own_mark_on_paper():
    layout = (PROJECT / "cwac/exports/report.typ").read_text()
    assert re.findall(r'point\.state == "([^"]+)"', layout) == [COUNTED, ESTIMATE, NOT_COUNTED]


@pytest.mark.slow
@needs("soffice")
def test_libreoffice_draws_the_charts_of_the_workbook(sample, tmp_path):
    path = tmp_path / "q3.xlsx"
    path.write_bytes(to_xlsx(quarterly.report(quarter(sample, "2026-Q3"))))
    subprocess.run(
        ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "pdf",
         "--outdir", str(tmp_path), str(path)],
        capture_output=True, timeout=120, check=True,
    )  # fmt: skip
    text = text_of((tmp_path / "q3.pdf").read_bytes())
    assert "Guests at each event (a gap: not counted, or not held)" in text
    assert "Officer-hours, recorded and as scheduled" in text
    assert not re.search(r"#(REF|NAME|VALUE|DIV)|Err:", text)


# --- in the same words ------------------------------------------------------------------------------------------


def test_screen_paper_and_csv_say_in_the_same_words_how_hours_are_known():
    answer = quarter(small(), "2026-Q3")
    words = "1 of 3 with hours recorded; 2 assigned, not recorded, with 2 hours as scheduled"
    page = quarterly._page(answer)
    (tile,) = (tile for tile in page["tiles"] if tile["name"] == "Officer-hours")
    assert tile["note"] == words
    # Hours of people who may not have gone are marked.
    assert {row[0]: row[3] for row in page["tables"][0]["agencies"]} == {"WPD": "2", "SCSO": "about 2"}
    assert page["hours"] == f"All agencies, of the people who went: {words}."
    caveats = {
        row["figure"]: row["caveat"] for row in csv.DictReader(io.StringIO(to_csv(quarterly.report(answer)).decode()))
    }
    assert caveats["Officer-hours"] == words
    notes = {line_words(tile["name"]): line_words(tile["note"]) for tile in reports.tiles(answer)["tiles"]}
    assert notes["Officer-hours"] == words


@each("number", [2, 9, 30])
def test_chart_of_agencies_covers_no_table(number):
    names = [f"A{place:02}" for place in range(number)]
    events = [event(name, -40, lead_agency=name, status="Completed") for name in names]
    snapshot = plan(events, agencies=tuple(Agency(name, name) for name in names))
    book = openpyxl.load_workbook(io.BytesIO(to_xlsx(quarterly.report(quarter(snapshot, "2026-Q3")))))
    (chart,) = book["Agencies"]._charts
    row_in_emu = 15 * 12_700  # 15 points
    last = chart.anchor._from.row + 1 + chart.anchor.ext.height / row_in_emu
    titles = {cell.value: cell.row for (cell,) in book["Agencies"].iter_rows(max_col=1) if cell.value}
    assert titles["Officer-hours by pay type"] > last

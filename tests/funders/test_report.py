"""Reports for funders: every figure of the PDF read back against the typed rows."""

import csv
import datetime as dt
import io
import re
import subprocess

import openpyxl
import pytest
from PIL import Image

from cwac.access import Viewer, restrict
from cwac.exports import pdf
from cwac.exports.reports import to_csv, to_pdf, to_pngs, to_xlsx
from cwac.exports.tables import cell_words
from cwac.funders import files, sections
from cwac.funders.figures import GROUPS, figures
from cwac.funders.report import funder_report
from cwac.web.sections.reports import MOST_PICTURES
from tests.cases import each
from tests.exports.test_quarterly import HOSTILE, needs
from tests.exports.typed_events import (
    AGENCIES,
    HEADERS,
    OFFICERS,
    ROWS,
    Plain,
    event_words,
    language_words,
    officer_words,
    other_words,
    people_words,
    read,
    release_words,
    share,
    tables,
)


@pytest.fixture(scope="module")
def snapshot():
    whole = read()
    assert (len(whole.events), len(whole.assignments), len(whole.follow_ups)) == (
        80, len(ROWS["Staffing"]), len(ROWS["Follow-ups"]),
    )  # fmt: skip
    return whole


def text_of(pdf, tmp_path):
    """The text in its reading order, with single spaces; page footers and repeated headers are taken out."""
    (tmp_path / "page.pdf").write_bytes(pdf)
    done = subprocess.run(["pdftotext", "-raw", "page.pdf", "-"], cwd=tmp_path, capture_output=True, check=True)
    return " ".join(done.stdout.decode().split())


SCOPES = [
    ("ots-quarter", "2026-Q3", None, Plain("2026-07-01", "2026-09-30", ots=True)),
    ("ots-quarter", "2026-Q4", None, Plain("2026-10-01", "2026-12-31", ots=True)),
    ("ots-quarter", "2026-Q3", "WPD", Plain("2026-07-01", "2026-09-30", ots=True, agency="WPD")),
    ("nno", "2026-Q3", None, Plain("2026-07-01", "2026-09-30")),
    ("agency", "2026", "SCSO", Plain("2026-01-01", "2026-12-31", agency="SCSO")),
]


@pytest.mark.slow
@needs("pdftotext")
@each(("preset", "period", "agency", "plain"), SCOPES)
def test_every_figure_of_the_pdf_is_that_of_the_typed_rows(snapshot, tmp_path, preset, period, agency, plain):
    report = funder_report(snapshot, preset, period, agency)
    text = text_of(to_pdf(files.report(report)), tmp_path)
    expected = event_words(plain) | people_words(plain) | officer_words(plain) | language_words(plain)
    expected |= release_words(plain) | other_words(plain)
    if preset == "nno":
        night = [event for event in plain.held if event["Date"] == "2026-08-04" or event["Title"]]
        expected["Events on National Night Out"] = share(len(night), len(plain.held), "no event held")
    made = {figure.name: figure for figure in figures(report).values()}
    assert set(expected) == set(made)
    missing = []
    for name, words in expected.items():
        # With the way it is made after it, so that a longer value is not taken for a shorter one.
        method = " ".join(made[name].method.split()[:4])
        match = re.search(
            f"{re.escape(f'{name} {words}')}{'.*?' if words.endswith('(') else ' '}{re.escape(method)}", text
        )
        missing += [] if match else [f"{name} {words}"]
    assert missing == []
    unfound = [row for rows in tables(plain).values() for row in rows if row not in text]
    assert unfound == []
    assert "SECRET" not in text
    assert [name for _, name, _, _ in OFFICERS if name in text] == []


# --- blanks, edges, and what must not be in it -----------------------------------------------------------------------


def sheet(events, today=dt.date(2026, 12, 10), **tabs):
    """A sheet with these events (fields by header) and the rows of other tabs."""
    rows = {name: [] for name in HEADERS} | tabs
    rows["Agencies"] = [[short, f"{short} Department"] for short in AGENCIES]
    rows["Officers"] = [list(officer) for officer in OFFICERS]
    usual = {"Start": "9:00 AM", "End": "10:30 AM", "Town": "Weed", "Lead agency": "WPD", "Status": "Completed",
             "Funding": "OTS grant"}  # fmt: skip
    rows["Events"] = [[(usual | event).get(header) for header in HEADERS["Events"]] for event in events]
    return read(rows, today, without=("Towns",))


def words_of(report):
    return {key: figure.words for key, figure in figures(report).items()}


def rows_of(report, heading):
    tables = sections.sections(report, figures(report))
    return next(section.rows for section in tables if section.heading == heading)


def test_hours_of_people_who_may_not_have_gone_are_marked():
    whole = sheet([{"Event ID": "E1", "Date": "2026-08-05", "Start": "9:00", "End": "10:30"}],
                  Staffing=[["E1", "OF-02", "Assigned", None, None, None]])  # fmt: skip
    words = words_of(funder_report(whole, "ots-quarter", "2026-Q3"))
    assert words["officer_hours"].startswith("about 1.5 (")
    assert words["hours_without_pay_type"] == "about 1.5 (1 person)"


def test_hours_of_an_event_are_about_where_somebodys_are_not_known():
    times = {"Date": "2026-08-05", "Start": None, "End": None}
    whole = sheet(
        [{"Event ID": "E1", **times}, {"Event ID": "E2", **times}],
        Staffing=[["E1", "OF-02", "Attended", None, None, 2.25], ["E1", "OF-03", "Attended", None, None, None],
                  ["E2", "OF-02", "Attended", None, None, 2.25]],
    )  # fmt: skip
    rows = rows_of(funder_report(whole, "ots-quarter", "2026-Q3"), sections.EVENTS)
    assert [cell_words(row[-1]) for row in rows] == ["about 2.25", "2.25"]


def test_blank_cells_are_not_zero():
    whole = sheet([{"Event ID": "E1", "Date": "2026-08-05", "Start": None, "End": None}],
                  Staffing=[["E1", "OF-02", "Attended", None, None, None]],
                  **{"Follow-ups": [["F1", "E1", "Traffic", "x", "Open", None]]})  # fmt: skip
    words = words_of(funder_report(whole, "ots-quarter", "2026-Q3"))
    assert {key: words[key] for key in (
        "guests", "youth", "officer_hours", "hours_without_pay_type", "officers_without_hours",
        "events_with_second_language", "releases_sent", "release_lead_days", "releases_late", "flyers_sent",
        "media_present", "concerns_reported_back",
    )} == {
        "guests": "not known (1 event held, none counted)",
        "youth": "not known (filled in at none of 1 held event)",
        "officer_hours": "not known (0 of 1 with hours recorded; 1 not known)",
        "hours_without_pay_type": "not known (1 person, hours not known)",
        "officers_without_hours": "1 of 1",
        "events_with_second_language": "at least 0 of 1 (languages of 1 of 1 officer not known)",
        "releases_sent": "not known (blank)",
        "release_lead_days": "not known (no event has a day in Release sent)",
        "releases_late": "not known (no event has both days)",
        "flyers_sent": "not known (blank)",
        "media_present": "not known (filled in at none of 1 held event)",
        "concerns_reported_back": "not known (blank)",
    }  # fmt: skip


@each(
    ("sent", "lead", "late"),
    [
        ("2026-09-04", "5", "0 of 1"),  # Labor Day between
        ("2026-09-08", "4, after the day due", "1 of 1"),
        ("2026-09-07", "4", "0 of 1"),  # the day due
        ("2026-09-14", "0, after the day due", "1 of 1"),
        ("2026-09-16", "2 after the event", "1 of 1"),
    ],
)
def test_release_counts_working_days_and_is_late_after_its_day(sent, lead, late):
    event = {"Event ID": "E1", "Date": "2026-09-14", "Release due": "2026-09-07", "Release sent": sent}
    report = funder_report(sheet([event]), "ots-quarter", "2026-Q3")
    assert cell_words(rows_of(report, "Releases by event")[0][-1]) == lead
    assert words_of(report)["releases_late"] == late


def test_event_moved_to_the_next_quarter_is_held_only_there():
    whole = sheet([
        {"Event ID": "E1", "Date": "2026-09-30", "Status": "Postponed"},
        {"Event ID": "E2", "Date": "2026-10-01", "Replaces": "E1"},
        {"Event ID": "E3", "Date": "2026-09-29", "Status": "Canceled", "Cancel reason": "Fire"},
        {"Event ID": "E4", "Date": "2026-10-09", "Status": "Draft", "Replaces": "E3"},
    ])  # fmt: skip
    before, after = (funder_report(whole, "ots-quarter", name) for name in ("2026-Q3", "2026-Q4"))
    keys = ("events_planned", "events_held", "events_postponed", "events_cancelled", "events_rescheduled")
    assert [words_of(before)[key] for key in keys] == ["2", "0", "1", "1 (fire 1)", "1 of 2"]
    assert [words_of(after)[key] for key in keys] == ["1", "1", "0", "0", "none (no event canceled or postponed)"]
    assert rows_of(before, "Canceled and postponed") == [
        (dt.date(2026, 9, 29), "E3", "Canceled", "Fire", "none in the sheet", ""),
        (dt.date(2026, 9, 30), "E1", "Postponed", "Not noted", dt.date(2026, 10, 1), "E2"),
    ]


@each(
    ("period", "title", "due", "words"),
    [
        ("2026-Q3", "quarter 4 of federal fiscal year 2026", dt.date(2026, 10, 30),
         "Was due Fri, Oct 30, 2026, 30 days after the quarter ends (41 days ago)."),
        ("2026-Q4", "quarter 1 of federal fiscal year 2027", dt.date(2027, 1, 30),
         "Due Sat, Jan 30, 2027, 30 days after the quarter ends (in 51 days)."),
        ("2027-Q1", "quarter 2 of federal fiscal year 2027", dt.date(2027, 4, 30), None),
        ("2027-Q2", "quarter 3 of federal fiscal year 2027", dt.date(2027, 7, 30), None),
    ],
)  # fmt: skip
def test_quarter_is_named_as_the_federal_one_with_its_due_day(period, title, due, words):
    report = funder_report(sheet([]), "ots-quarter", period)
    assert sections.title(report) == f"OTS quarterly report, {title}"
    assert report.due == due
    assert words is None or sections.due_words(report) == words


def test_year_spans_two_federal_fiscal_years():
    report = funder_report(sheet([]), "nno", "2026")
    assert sections.period_words(report) == ("January 1–December 31, 2026, federal fiscal years 2026 and 2027")
    assert files.document(report)["federal_quarter"] is None
    with pytest.raises(ValueError, match="is not a quarter"):
        funder_report(sheet([]), "ots-quarter", "2026")


@needs("pdftotext")
def test_empty_period_has_no_figure_from_nothing(tmp_path):
    report = funder_report(sheet([]), "ots-quarter", "2026-Q3")
    text = text_of(to_pdf(files.report(report)), tmp_path)
    for words in ("Events held 0 Status", "People who came not known (no event held)", "Officers whose hours are not "
                  "known none (nobody is listed)", "News releases sent none (no event planned)",
                  "Towns reached 0 Different"):  # fmt: skip
        assert words in text
    values = {key: figure.value for key, figure in figures(report).items()}
    assert {key for key, value in values.items() if value == 0} == {
        "events_planned", "events_held", "events_cancelled", "events_postponed", "events_not_closed", "events_coming",
        "officers", "hours_without_pay_type", "towns", "concerns_raised",
    }  # fmt: skip


def test_two_funders_and_a_blank_are_kept_apart():
    whole = sheet([
        {"Event ID": "E1", "Date": "2026-08-05", "Funding": "OTS grant"},
        {"Event ID": "E2", "Date": "2026-08-06", "Funding": "ots  GRANT"},
        {"Event ID": "E3", "Date": "2026-08-07", "Funding": "City fund"},
        {"Event ID": "E4", "Date": "2026-08-08", "Funding": None},
        {"Event ID": "E5", "Date": "2026-08-09", "Funding": "Scots Fund"},
        {"Event ID": "E6", "Date": "2026-08-10", "Funding": "Grant of the Office of Traffic Safety"},
    ])  # fmt: skip
    report = funder_report(whole, "ots-quarter", "2026-Q3")
    assert [line.event.id for line in report.lines] == ["E1", "E2", "E6"]
    assert [(line.funding, line.included, line.planned) for line in report.by_funding] == [
        ("Grant of the Office of Traffic Safety", True, 1), ("OTS grant", True, 2),
        ("City fund", False, 1), ("Scots Fund", False, 1), (None, False, 1),
    ]  # fmt: skip
    assert "1 event of the quarter has no Funding in the sheet and is not in here." in sections.warnings(report)
    of_city = funder_report(whole, "nno", "2026-Q3", funding="city")
    assert [line.event.id for line in of_city.lines] == ["E3"]
    whole_name = funder_report(whole, "nno", "2026-Q3", funding="OTS Grant")
    assert [line.event.id for line in whole_name.lines] == ["E1", "E2"]
    with pytest.raises(ValueError, match="'lottery' is in no Funding cell of this sheet: it has City fund, Grant of"):
        funder_report(whole, "nno", "2026-Q3", funding="lottery")


def test_concerns_are_not_known_without_their_tab():
    without = read(ROWS, without=("Follow-ups",))
    report = funder_report(without, "nno", "2026-Q3")
    assert words_of(report)["concerns_raised"] == "not known (there is no Follow-ups tab)"
    assert files.document(report)["concerns"] is None


def test_report_of_an_agency_counts_its_own_people_alone(snapshot):
    report = funder_report(snapshot, "agency", "2026", "wpd")
    assert report.agency == "WPD"
    assert report.hours.total == report.hours.of_agency["WPD"]
    assert set(report.hours.of_agency) == set(AGENCIES)
    with pytest.raises(ValueError, match="of one agency"):
        funder_report(snapshot, "agency", "2026")


def test_liaison_gets_the_same_figures_and_no_hidden_language(snapshot):
    theirs = restrict(snapshot, Viewer("liaison", ("WPD",), "one@wpd.example.gov"))
    reports = [funder_report(seen, "nno", "2026-Q3") for seen in (snapshot, theirs)]
    whole, restricted = (files.document(report) for report in reports)
    assert "another" not in [line["language"] for line in whole["languages"]]
    assert "another" in [line["language"] for line in restricted["languages"]]
    assert "A language not shown to you" in [row[0] for row in rows_of(reports[1], "Languages besides English")]
    for document in (whole, restricted):
        del document["languages"], document["figures"]["events_with_second_language"]
    assert restricted == whole


@pytest.mark.slow
@needs("pdftotext")
def test_text_from_the_sheet_stays_text(tmp_path):
    typed = HOSTILE.encode("utf-8", "replace").decode()[:200]
    whole = sheet([{"Event ID": "E1", "Date": "2026-08-05", "Funding": f"OTS {typed}", "Title": typed, "Town": typed}])
    report = funder_report(whole, "ots-quarter", "2026-Q3")
    assert report.lines
    assert "#panic(1)" in text_of(to_pdf(files.report(report)), tmp_path)
    book = openpyxl.load_workbook(io.BytesIO(to_xlsx(files.report(report))))
    assert all(cell.data_type != "f" for tab in book for row in tab.iter_rows() for cell in row)


@pytest.mark.slow
@needs("pdfinfo")
@each("preset", ["ots-quarter", "nno"])
def test_pdf_is_tagged_and_of_letter_pages(snapshot, tmp_path, preset):
    (tmp_path / "page.pdf").write_bytes(to_pdf(files.report(funder_report(snapshot, preset, "2026-Q3"))))
    info = subprocess.run(["pdfinfo", "page.pdf"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert re.search(r"Tagged:\s+yes", info)
    assert "letter" in info
    assert re.search(r"Title:\s+(OTS quarterly report|National Night Out award)", info)


def long_report():
    """A report with more events than rows in pictures."""
    days = [dt.date(2026, 7, 1) + dt.timedelta(days=number % 90) for number in range(files.ROWS_PICTURED + 150)]
    events = [{"Event ID": f"E{number}", "Date": day.isoformat()} for number, day in enumerate(days)]
    return funder_report(sheet(events), "nno", "2026-Q3")


def test_pictures_have_the_first_rows_of_all_tables_together(snapshot):
    pictured, whole = (files._page(long_report(), most) for most in (files.ROWS_PICTURED, None))
    rows = [[row for section in page["sections"] for row in section["rows"]] for page in (pictured, whole)]
    assert rows[0] == rows[1][: files.ROWS_PICTURED]
    assert (pictured["whole"], whole["whole"]) == (False, True)
    short = funder_report(snapshot, "nno", "2026-Q3")
    assert files._page(short, files.ROWS_PICTURED) == files._page(short)


@pytest.mark.slow
def test_pictures_of_a_long_report_are_the_first_pages_of_the_pdf():
    report = long_report()
    pictures, whole = to_pngs(files.report(report)), pdf.to_pngs(files.report(report).layout, files._page(report))
    assert MOST_PICTURES < len(pictures) < len(whole)
    for picture, page in zip(pictures[:MOST_PICTURES], whole, strict=False):
        assert above_the_footer(picture) == above_the_footer(page)


def above_the_footer(picture: bytes) -> bytes:
    """The pixels of a page without its last inch, where the PDF says of how many pages it is."""
    page = Image.open(io.BytesIO(picture)).convert("RGB")
    return page.crop((0, 0, page.width, page.height - 144)).tobytes()


def test_csv_has_each_figure_with_how_it_is_made(snapshot):
    report = funder_report(snapshot, "ots-quarter", "2026-Q3")
    rows = list(csv.DictReader(io.StringIO(to_csv(files.report(report)).decode("utf-8-sig"))))
    made = figures(report)
    assert [row["key"] for row in rows] == list(made)
    assert [row["words"] for row in rows] == [figure.words for figure in made.values()]
    assert {(row["for"], row["period"], row["due"]) for row in rows} == {("ots-quarter", "2026-Q3", "2026-10-30")}
    assert all(row["made"] for row in rows)


def test_workbook_has_real_days_and_numbers(snapshot):
    report = funder_report(snapshot, "ots-quarter", "2026-Q3")
    book = openpyxl.load_workbook(io.BytesIO(to_xlsx(files.report(report))))
    names = [figure.name for figure in figures(report).values()]
    assert [row[0].value for row in book["Figures"].iter_rows() if row[0].value in names] == names
    last = list(book["The events of this report"].values)[-1]
    assert isinstance(last[0], dt.datetime)
    assert [type(cell) for cell in list(book["By funding"].values)[2][2:5]] == [int, int, int]


def test_every_figure_says_how_it_is_made_and_has_a_place(snapshot):
    keys = [key for group in GROUPS.values() for key in group]
    assert len(keys) == len(set(keys))
    for preset, agency in (("nno", "WPD"), ("ots-quarter", None), ("agency", "WPD")):
        made = figures(funder_report(snapshot, preset, "2026-Q3", agency))
        assert [key for key, figure in made.items() if not figure.method.endswith(".")] == []
    assert set(figures(funder_report(snapshot, "nno", "2026-Q3", "WPD"))) == set(keys)

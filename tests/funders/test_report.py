"""Reports for funders: their pages as text, read back from the PDF too; blanks and edges; the other formats."""

import datetime as dt
import io
from pathlib import Path

import openpyxl
import pypdf
import pytest
from PIL import Image

from cwac.access import Viewer, restrict
from cwac.exports.reports import lay_out_pictures, to_pdf, to_pngs, to_xlsx
from cwac.funders import files
from cwac.funders.figures import GROUPS, figures
from cwac.funders.report import funder_report
from cwac.model import Tab, Workbook
from cwac.sheet.reader import read_workbook
from cwac.web.sections.reports import MOST_PICTURES
from tests.cases import each
from tests.exports.pdf import needs, text_of
from tests.exports.test_quarterly import HOSTILE
from tests.exports.test_sums_and_numbers import AGENCIES, QUARTERS_OF_AN_HOUR, SHARED
from tests.sheet.county import typed_tabs

HERE = Path(__file__).parent
TODAY = dt.date(2026, 12, 10)
PAGES = {
    scope: lines.rstrip("\n").split("\n")
    for part in (HERE / "reports.txt").read_text(encoding="utf-8").split("=== ")[1:]
    for scope, _, lines in [part.partition("\n")]
}
"""Preset, period and agency -> what the page says; before a line `---` are the tabs, if not those of `plan.txt`."""


def tabs(text=None):
    """Tab -> its rows, with the header."""
    return typed_tabs(text or (HERE / "plan.txt").read_text(encoding="utf-8"))


def read(rows=None, today=TODAY, without=()):
    sheets = tuple(Tab(name, grid) for name, grid in (rows or tabs()).items() if name not in without)
    book = Workbook("raw.xlsx", dt.datetime(2026, 12, 10, 17, tzinfo=dt.UTC), "America/Los_Angeles", sheets)
    return read_workbook(book, today)


def page_lines(report):
    """Every text of the report's page but how figures are made, a line each; cells of a table are joined by bars."""
    page = files._page(report)
    yield from filter(None, [page["title"], page["subtitle"], page["period"], page["due"], page["scope"]])
    yield from (f"! {words}" for words in page["warnings"])
    yield from (" | ".join(tile.values()) for tile in page["tiles"])
    for section in page["sections"]:
        yield f"## {section['heading']}"
        shown = 2 if section["figures"] else None
        yield from (" | ".join(row[:shown]).rstrip() for row in (section["columns"], *section["rows"]))
        yield from [] if section["rows"] else [section["nothing"]]
        yield from filter(None, [section["note"]])
    yield from page["notes"]


SNAPSHOT = read()


@each("scope", PAGES)
def test_page_of_a_report_is_as_written_down(scope):
    *typed, page = "\n".join(PAGES[scope]).split("\n---\n")
    report = funder_report(read(tabs(typed[0])) if typed else SNAPSHOT, *scope.partition(":")[0].split())
    told = list(page_lines(report))
    assert told == page.split("\n"), "\n".join(told)
    for figure in figures(report).values():
        assert (figure.value is None) == figure.words.startswith(("none (", "not known (")), figure


@pytest.mark.slow
@needs("pdftotext")
@each("scope", ["ots-quarter 2026-Q3", "nno 2026-Q3"])
def test_pdf_has_every_line_of_its_page_and_is_tagged(scope):
    pdf = to_pdf(files.report(funder_report(SNAPSHOT, *scope.split())))
    text = "".join(text_of(pdf, "-raw").split())  # a line of the paper ends anywhere, also after a hyphen
    tables = PAGES[scope][next(at for at, line in enumerate(PAGES[scope]) if line.startswith("## ")) :]
    said = ["".join(line.removeprefix("## ").replace("|", "").split()) for line in tables]
    assert [line for line in said if line not in text] == []
    assert [secret for secret in ("SECRET", "Invented") if secret in text] == []
    read_back = pypdf.PdfReader(io.BytesIO(pdf))
    assert read_back.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert (read_back.metadata.title, [*map(float, read_back.pages[0].mediabox)]) == (PAGES[scope][0], [0, 0, 612, 792])


# --- blanks and edges -------------------------------------------------------------------------------------------------


def sheet(*events, **more):
    """The plan with these events alone (fields by header) and the rows of other tabs, which are else empty."""
    rows = tabs()
    header = rows["Events"][0]
    usual = {"Start": "9:00 AM", "End": "10:30 AM", "Town": "Weed", "Lead agency": "WPD", "Status": "Completed",
             "Funding": "OTS grant"}  # fmt: skip
    for name in ("Staffing", "Attendance", "Follow-ups"):
        rows[name] = [rows[name][0], *more.get(name, ())]
    rows["Events"] = [header, *([(usual | event).get(name) for name in header] for event in events)]
    return read(rows, without=("Towns",))


def rows_of(report, heading):
    (rows,) = (table.rows for table in files.sections(report, figures(report)) if table.heading == heading)
    return rows


@each(
    ("asked", "events"),
    [
        (("ots-quarter", "2026-Q4"), ["E10", "E12"]),
        (("nno", "2026-Q3", None, "scots"), ["E8"]),
        (("nno", "2026-Q3", None, "OTS  Grant"), ["E1", "E2", "E4", "E5", "E6", "E7"]),
        (("nno", "2026-Q3", None, "26"), ["E3"]),
        (("agency", "2026-Q3", "chp-ms"), ["E3", "E8"]),
    ],
)
def test_events_of_a_report_are_those_of_its_funding_and_agency(asked, events):
    assert [line.event.id for line in funder_report(SNAPSHOT, *asked).lines] == events


def test_concerns_are_not_known_without_their_tab():
    report = funder_report(read(without=("Follow-ups",)), "nno", "2026-Q3")
    assert figures(report)["concerns_raised"].words == "not known (there is no Follow-ups tab)"
    assert files.document(report)["concerns"] is None


def test_liaison_gets_the_same_figures_and_no_hidden_language():
    theirs = restrict(SNAPSHOT, Viewer("liaison", ("CHP-MS",), "one@chp.example.gov"))
    reports = [funder_report(seen, "nno", "2026") for seen in (SNAPSHOT, theirs)]
    whole, restricted = map(files.document, reports)
    assert "another" not in [line["language"] for line in whole["languages"]]
    assert "another" in [line["language"] for line in restricted["languages"]]
    assert "A language not shown to you" in [row[0] for row in rows_of(reports[1], "Languages besides English")]
    for document in (whole, restricted):
        del document["languages"]
        del document["figures"]["events_with_second_language"], document["figures"]["bilingual_needed"]
    assert restricted == whole


# --- files ------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_text_from_the_sheet_stays_text():
    typed = HOSTILE.encode("utf-8", "replace").decode()[:200]
    whole = sheet({"Event ID": "E1", "Date": "2026-08-05", "Funding": f"OTS {typed}", "Title": typed, "Town": typed})
    report = files.report(funder_report(whole, "ots-quarter", "2026-Q3"))
    assert "#panic(1)" in "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(to_pdf(report))).pages)
    book = openpyxl.load_workbook(io.BytesIO(to_xlsx(report)))
    assert all(cell.data_type != "f" for tab in book for row in tab.iter_rows() for cell in row)


@pytest.fixture(scope="module")
def long():
    """A report with more events than rows in pictures."""
    days = [dt.date(2026, 7, 1) + dt.timedelta(days=number % 90) for number in range(files.ROWS_PICTURED + 10)]
    events = [{"Event ID": f"E{number}", "Date": day.isoformat()} for number, day in enumerate(days)]
    return funder_report(sheet(*events), "nno", "2026-Q3")


def test_pictures_have_the_first_rows_of_all_tables_together(long):
    pictured, whole = (files._page(long, most) for most in (files.ROWS_PICTURED, None))
    rows = [[row for section in page["sections"] for row in section["rows"]] for page in (pictured, whole)]
    assert rows[0] == rows[1][: files.ROWS_PICTURED]
    assert (pictured["whole"], whole["whole"]) == (False, True)
    short = funder_report(SNAPSHOT, "nno", "2026-Q3")
    assert files._page(short, files.ROWS_PICTURED) == files._page(short)


@pytest.mark.slow
def test_pictures_of_a_long_report_are_the_first_pages_of_the_pdf(long):
    report = files.report(long)
    pictures, whole = to_pngs(report), lay_out_pictures(report.layout, files._page(long, files.ROWS_PICTURED + 60))
    assert MOST_PICTURES < len(pictures) < len(whole)
    for picture, page in zip(pictures[:MOST_PICTURES], whole, strict=False):
        assert above_the_footer(picture) == above_the_footer(page)


def above_the_footer(picture: bytes) -> bytes:
    """The pixels of a page without its last inch, where the PDF says of how many pages it is."""
    page = Image.open(io.BytesIO(picture)).convert("RGB")
    return page.crop((0, 0, page.width, page.height - 144)).tobytes()


def test_hours_of_a_table_add_up_in_excel_and_on_paper():
    report = funder_report(QUARTERS_OF_AN_HOUR, "nno", "2026-Q3")
    book = openpyxl.load_workbook(io.BytesIO(to_xlsx(files.report(report))))
    last = {tab.title: list(tab.iter_rows())[-1] for tab in book}
    by_pay_type, funding = last["Officer-hours by pay type"], last["By funding"]
    assert [cell.value for cell in by_pay_type] == ["Not known", 3, 11.25, 10.25, 0, 21.5]
    assert [cell.value for cell in funding] == ["Blank", "yes", 1, 1, 0, 1, 37.5, 21.5]
    assert [cell.number_format for cell in funding[2:]] == [
        *["#,##0"] * 4, '"about "#,##0.0#;"about "#,##0.0#', "#,##0.0#",
    ]  # fmt: skip
    page = files._page(report)
    (rows,) = (section["rows"] for section in page["sections"] if section["heading"] == "Officer-hours by pay type")
    assert rows[-1] == ["Not known", "3", "11.25", "10.25", "0", "21.5"]
    assert [tile["value"] for tile in page["tiles"] if tile["name"] == "Officer-hours"] == ["21.5"]


def test_every_figure_says_how_it_is_made_and_has_a_place():
    keys = [key for group in GROUPS.values() for key in group]
    assert len(keys) == len(set(keys))
    for preset, agency in (("nno", "WPD"), ("ots-quarter", None), ("agency", "WPD")):
        made = figures(funder_report(SNAPSHOT, preset, "2026-Q3", agency))
        assert [key for key, figure in made.items() if not figure.method.endswith(".")] == []
    assert set(figures(funder_report(SNAPSHOT, "nno", "2026-Q3", "WPD"))) == set(keys)


def test_only_events_and_guests_of_an_agency_are_said_not_to_add_up():
    reports = {agency: funder_report(SHARED, "nno", "2026-Q3", agency) for agency in (None, *AGENCIES)}
    made = {agency: figures(report) for agency, report in reports.items()}
    keys = ("events_held", "guests", "officer_hours", "officers")
    sums = [sum(made[agency][key].value for agency in AGENCIES) for key in keys]
    assert [made[None][key].value for key in keys] == [3, 30, 11.75, 5]
    assert sums == [6, 60, 11.75, 5]
    for agency in AGENCIES:
        said = [sentence for sentence in reports[agency].notes if "must not be added" in sentence]
        assert [sentence.partition("agencies, so ")[2] for sentence in said] == [
            f"{agency}'s events and guests must not be added to another agency's."
        ]
    assert not any("added" in sentence for sentence in reports[None].notes)

"""Numbers are numbers in every workbook that the program writes, and hours add up."""

import datetime as dt
import io
import re

import openpyxl

from cwac.analysis.quarter import quarter
from cwac.exports import quarterly, tables
from cwac.exports.reports import to_xlsx
from cwac.model import Count, Headcount
from cwac.sheet.reader import read_workbook
from cwac.sources.sample import sample_workbook
from tests.analysis.plans import DEMO, EXAMPLE, SAMPLE, event, goes, plan
from tests.cases import each

TODAY = dt.date(2026, 10, 2)
A_NUMBER = re.compile(r"(about |at least |over )?[−-]?[\d,]+(\.\d+)?( or more|%)?|[\d,.]+ (to|of) [\d,.]+( \(.*)?")
IN_WORDS = {"In words", "Count in words", "To know", "Change", "How it is made"}


def numbers_as_text(data):
    """Tab, column and cell of each number in a workbook that is written as a text."""
    for tab in openpyxl.load_workbook(io.BytesIO(data)):
        header: tuple[object, ...] = ()
        for row in tab.values:
            header = row if set(row) & IN_WORDS or not header else header
            for column, cell in zip(header, row, strict=True):
                if isinstance(cell, str) and A_NUMBER.fullmatch(cell) and column not in IN_WORDS:
                    yield tab.title, column, cell


def test_no_cell_of_any_workbook_has_a_number_as_text():
    snapshot = read_workbook(sample_workbook(TODAY), TODAY)
    for agency in (None, "WPD"):
        assert list(numbers_as_text(to_xlsx(quarterly.report(quarter(snapshot, "2026-Q3", agency))))) == []
    exported = [tables.table_of(name, rows(snapshot), columns) for name, (columns, rows) in tables.TABLES.items()]
    assert list(numbers_as_text(tables.to_xlsx(exported))) == []


def quarters_of_an_hour():
    """6.25 hours recorded and 10.25 scheduled, of one agency, and 5 of another."""
    events = [event("E", -10, "08:00", "18:15", status="Completed", partner_agencies=("SCSO",))]
    rows = [goes(SAMPLE, "E", "Attended", hours=6.25), goes(DEMO, "E", hours=5), goes(EXAMPLE, "E", "Attended")]
    rows += [goes(SAMPLE, "E", "Attended", hours=0)]
    return plan(events, rows, headcounts=(Headcount("E", 2, Count("35-40", 35, 37.5, 40, True), new_visitors=9),))


@each(
    ("value", "form"),
    [
        (tables.Amount(12, "about 12"), '"about "#,##0;"about "#,##0'),
        (tables.Amount(6.25, "about 6.25"), '"about "#,##0.0#;"about "#,##0.0#'),
        (tables.Amount(30, "30 or more"), '#,##0" or more";#,##0" or more"'),
        (tables.Amount(-2, "2 after the event"), '#,##0" after the event";#,##0" after the event"'),
        (tables.Amount(37.5, "35 to 40"), '"about "#,##0.0#;"about "#,##0.0#'),
        (tables.Percent(0.24), "0%"),
        (tables.Percent(1), "0%"),
        (21.5, "#,##0.0#"),
        (21.0, "#,##0"),
        (dt.date(2026, 8, 22), "yyyy-mm-dd"),
        (dt.time(8), "h:mm AM/PM"),
        ("=1", "General"),
    ],
)
def test_format_of_a_cell_goes_by_its_kind_and_an_amounts_words(value, form):
    cell = openpyxl.Workbook().active["A1"]
    tables.set_value(cell, value)
    assert (cell.value, cell.number_format) == (value.value if isinstance(value, tables.Amount) else value, form)


def test_shares_of_a_quarter_are_shown_in_percent():
    book = openpyxl.load_workbook(io.BytesIO(to_xlsx(quarterly.report(quarter(quarters_of_an_hour(), "2026-Q3")))))
    (share,) = (row for row in book["Quarter"].iter_rows() if row[0].value == "New visitors' share")
    assert [(share[1].value, share[1].number_format), share[6].value] == [(0.24, "0%"), "share"]

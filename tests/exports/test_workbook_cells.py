"""Numbers are numbers in every workbook that the program writes, and hours add up."""

import datetime as dt
import io
import re

import openpyxl
import pytest

from cwac.analysis.quarter import quarter
from cwac.exports import quarterly, tables
from cwac.exports.reports import to_xlsx
from cwac.funders import files, sections
from cwac.funders.figures import figures
from cwac.funders.report import funder_report
from cwac.model import Count, Headcount
from tests.analysis.plans import DEMO, EXAMPLE, SAMPLE, event, goes, plan
from tests.exports.test_quarterly import midnight
from tests.funders.typed import read

A_NUMBER = re.compile(r"(about |at least |over )?[−-]?[\d,]+(\.\d+)?( or more|%)?|[\d,.]+ (to|of) [\d,.]+( \(.*)?")
IN_WORDS = {"In words", "Count in words", "To know", "Change", "How it is made"}


def books():
    snapshot = read()
    yield from (
        (f"{preset} {agency}", to_xlsx(files.report(funder_report(snapshot, preset, "2026-Q3", agency))))
        for preset, agency in (("ots-quarter", None), ("nno", None), ("agency", "WPD"))
    )
    for agency in (None, "WPD"):
        yield f"quarter {agency}", to_xlsx(quarterly.report(quarter(snapshot, "2026-Q3", agency)))
    for name, (columns, rows) in tables.TABLES.items():
        yield name, tables.to_xlsx([tables.table_of(name, rows(snapshot), columns)])


def test_no_cell_of_any_workbook_has_a_number_as_text():
    found = []
    for name, data in books():
        for tab in openpyxl.load_workbook(io.BytesIO(data)):
            header: tuple[object, ...] = ()
            for row in tab.values:
                header = row if set(row) & IN_WORDS or not header else header
                found += [
                    (name, tab.title, column, cell)
                    for column, cell in zip(header, row, strict=True)
                    if isinstance(cell, str) and A_NUMBER.fullmatch(cell) and column not in IN_WORDS
                ]
    assert found == []


def quarters_of_an_hour():
    """6.25 hours recorded and 10.25 scheduled, of one agency, and 5 of another."""
    events = [event("E", -10, "08:00", "18:15", status="Completed", partner_agencies=("SCSO",))]
    rows = [goes(SAMPLE, "E", "Attended", hours=6.25), goes(DEMO, "E", hours=5), goes(EXAMPLE, "E", "Attended")]
    rows += [goes(SAMPLE, "E", "Attended", hours=0)]
    return plan(events, rows, headcounts=(Headcount("E", 2, Count("35-40", 35, 37.5, 40, True)),))


def funder_tab(title, snapshot):
    book = openpyxl.load_workbook(io.BytesIO(to_xlsx(files.report(funder_report(snapshot, "nno", "2026-Q3")))))
    return list(book[title].iter_rows())


def test_hours_of_a_funders_table_add_up_in_excel_and_on_paper():
    snapshot = quarters_of_an_hour()
    last = [cell.value for cell in funder_tab("Officer-hours by pay type", snapshot)[-1]]
    assert last == ["Not known", 3, 11.25, 10.25, 0, 21.5]
    report = funder_report(snapshot, "nno", "2026-Q3")
    page = files._page(report)
    (rows,) = (section["rows"] for section in page["sections"] if section["heading"] == "Officer-hours by pay type")
    assert rows[-1] == ["Not known", "3", "11.25", "10.25", "0", "21.5"]
    (tile,) = (value for name, value, _ in sections.tiles(report, figures(report)) if name == "Officer-hours")
    assert tile == "21.5"


def test_what_is_said_of_a_number_is_its_format_in_excel():
    people, hours = funder_tab("The events of this report", quarters_of_an_hour())[-1][-2:]
    assert (people.value, people.number_format) == (37.5, '"about "#,##0.0#;"about "#,##0.0#')
    assert (hours.value, hours.number_format) == (21.5, "#,##0.0#")
    funding = funder_tab("By funding", quarters_of_an_hour())[-1]
    assert [cell.value for cell in funding] == ["Blank", "yes", 1, 1, 0, 1, 37.5, 21.5]
    assert funding[6].number_format == '"about "#,##0.0#;"about "#,##0.0#'
    assert {cell.number_format for cell in funding[2:6]} == {"#,##0"}


@pytest.mark.parametrize(
    ("amount", "form"),
    [
        (tables.Amount(12, "about 12"), '"about "#,##0;"about "#,##0'),
        (tables.Amount(6.25, "about 6.25"), '"about "#,##0.0#;"about "#,##0.0#'),
        (tables.Amount(30, "30 or more"), '#,##0" or more";#,##0" or more"'),
        (tables.Amount(-2, "2 after the event"), '#,##0" after the event";#,##0" after the event"'),
        (tables.Amount(37.5, "35 to 40"), '"about "#,##0.0#;"about "#,##0.0#'),
    ],
)
def test_format_of_a_number_has_its_words(amount, form):
    cell = openpyxl.Workbook().active["A1"]
    tables.set_value(cell, amount)
    assert (cell.value, cell.number_format) == (amount.value, form)


def test_days_and_shares_of_a_quarter_are_no_text():
    snapshot = quarters_of_an_hour()
    book = openpyxl.load_workbook(io.BytesIO(to_xlsx(quarterly.report(quarter(snapshot, "2026-Q3")))))
    first = [cell.value for cell in list(book["Events"].iter_rows())[1]]
    assert (first[0], first[1], first[8], first[12]) == (midnight(22), dt.time(8), 37.5, 21.5)
    assert [cell.number_format for cell in book["Events"][2]][-1] == "#,##0.0#"

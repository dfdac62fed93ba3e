"""Numbers are numbers in every workbook; figures that must not be added up are said to be such where that is true."""

import datetime as dt
import io
import re
from dataclasses import replace

import openpyxl
import pytest

from cwac.analysis.attendance import outcomes
from cwac.analysis.candidates import fair_share
from cwac.analysis.hours import productivity
from cwac.analysis.measures import HOURS_ADD_UP
from cwac.analysis.overview import quarters
from cwac.analysis.periods import quarter_named
from cwac.analysis.quarter import quarter
from cwac.exports import quarterly, tables
from cwac.exports.reports import to_xlsx
from cwac.model import Count, Headcount
from cwac.settings import Rules
from cwac.sheet.reader import read_workbook
from cwac.sources.sample import sample_workbook
from tests.analysis.plans import ON, typed_plan
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


@pytest.mark.slow
def test_no_cell_of_any_workbook_has_a_number_as_text():
    snapshot = read_workbook(sample_workbook(TODAY), TODAY)
    for agency in (None, "WPD"):
        assert list(numbers_as_text(to_xlsx(quarterly.report(quarter(snapshot, "2026-Q3", agency))))) == []
    exported = [tables.table_of(name, rows(snapshot), columns) for name, (columns, rows) in tables.TABLES.items()]
    assert list(numbers_as_text(tables.to_xlsx(exported))) == []


QUARTERS_OF_AN_HOUR = replace(
    typed_plan(
        "E -10 8:00-18:15 status=Completed partners=SCSO",
        "S E status=Attended hours=6.25; D E hours=5; E E status=Attended; S E status=Attended hours=0",
    )[0],
    headcounts=(Headcount("E", 2, Count("35-40", 35, 37.5, 40, True), new_visitors=9),),
)
"""6.25 hours recorded and 10.25 scheduled, of one agency, and 5 of another."""


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
    book = openpyxl.load_workbook(io.BytesIO(to_xlsx(quarterly.report(quarter(QUARTERS_OF_AN_HOUR, "2026-Q3")))))
    (share,) = (row for row in book["Quarter"].iter_rows() if row[0].value == "New visitors' share")
    assert [(share[1].value, share[1].number_format), share[6].value] == [(0.24, "0%"), "share"]


# --- sums of agencies -----------------------------------------------------------------------------------------

AGENCIES = ("WPD", "SCSO", "CHP-MS")
HOURS = "Officer-hours by agency add up: each officer's count for the officer's own agency."


SHARED = replace(
    typed_plan(
        "E1 -20 status=Completed partners=SCSO,CHP-MS; E2 -10 status=Completed lead=SCSO partners=WPD; "
        "E3 -5 status=Completed lead=CHP-MS",
        "S E1 status=Attended hours=2.25; D E1 status=Attended hours=1.5; E E1 status=Attended hours=3; "
        "D E2 status=Attended hours=1; E E3 status=Attended hours=4",
    )[0],
    headcounts=tuple(Headcount(name, 2, Count("", 10, 10, 10)) for name in ("E1", "E2", "E3")),
)
"""Two events of two agencies and one of one, with people of three agencies and a quarter of an hour."""


def test_events_guests_and_hours_of_an_agencys_quarter_do_not_add_up_and_are_said_not_to():
    keys = ("events_held", "guests", "officer_hours")
    of_all = {figure.key: figure.this.value for figure in quarter(SHARED, "2026-Q3").figures}
    answers = [quarter(SHARED, "2026-Q3", agency) for agency in AGENCIES]
    sums = {key: sum({f.key: f.this.value for f in answer.figures}[key] for answer in answers) for key in keys}
    assert {key: of_all[key] for key in keys} == {"events_held": 3, "guests": 30, "officer_hours": 11.75}
    assert sums == {"events_held": 6, "guests": 60, "officer_hours": 26.25}
    for answer in answers:
        assert answer.shared is not None
        assert f"so {answer.agency}'s events, guests and hours at its events must not be added" in answer.shared
    caveats = {caveat["name"]: caveat["words"] for caveat in quarterly._page(answers[0])["caveats"]}
    assert caveats["Guests per officer-hour"] == "2 of 2 events complete; 8 are needed"
    assert "2 of WPD's 2 events held were shared with other agencies." in quarterly._page(answers[0])["shared"]
    latest = quarters(SHARED, quarter_named("2026-Q3"), "WPD", Rules())[-1]
    assert latest.shared == "2 of WPD's 2 events also count for other agencies."
    assert quarter(SHARED, "2026-Q3").shared is None


def test_hours_by_the_officers_own_agency_add_up_and_are_said_to():
    answer = productivity(SHARED, outcomes(SHARED).held)
    assert sum(hours.total for hours in answer.by_agency.values()) == answer.hours.total == 11.75
    assert answer.shared is None
    page = quarterly._page(quarter(SHARED, "2026-Q3"))
    agencies = page["tables"][0]["agencies"]
    assert [row[3] for row in agencies] == ["7", "2.5", "2.25"]
    assert page["shared"] == (f"A shared event counts under Took part for each of its agencies. {HOURS}")
    assert sum(int(row[2]) for row in agencies) == 6  # of 3 events
    assert sum(int(row[1]) for row in agencies) == 3
    period = quarter_named("2026-Q3")
    share = fair_share(SHARED, period.first, period.last, ON)
    assert sum(agency.hours.total for agency in share.agencies) == 11.75
    assert sum(agency.events for agency in share.agencies) == 5  # of 3 events
    assert HOURS_ADD_UP == HOURS

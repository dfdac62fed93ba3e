"""Sheets of odd shape, over real HTTP: a header twice, another country's numbers, rows sorted while somebody looks."""

import datetime as dt

from cwac.model import Tab, Workbook
from cwac.sheet.reader import read_workbook
from cwac.sources.google import GoogleSource
from tests.server import SheetsServer
from tests.sheet.county import AS_OF, TODAY, events, serial

NEW_YEARS_EVE = dt.date(2024, 12, 31)


def served(*tabs: Tab, locale: str = "en_US", zone: str = "America/Los_Angeles") -> SheetsServer:
    return SheetsServer(Workbook("plan", AS_OF, zone, tabs, locale=locale))


def test_repeated_header_is_named_and_the_other_columns_work():
    rows = [["Event ID", "Date", "Town", "City", "Lead agency", "Status"], ["E1", 46400, "Weed", "Etna", "WPD", "conf"]]
    with served(Tab("Events", rows)) as google:
        snapshot = read_workbook(GoogleSource(google.url, google.gsheets).fetch(), TODAY)
    problem = next(problem for problem in snapshot.problems if problem.code == "duplicate-column")
    assert (problem.severity, problem.cell, problem.found) == ("warning", "D1", "City")
    assert "Town" in problem.advice
    assert "C1" in problem.advice
    assert problem.link == f"{snapshot.url}/edit#gid={snapshot.tab_ids['Events']}&range=D1"
    assert [(event.town, event.lead_agency) for event in snapshot.events] == [("Weed", "WPD")]


def test_a_german_sheet_gives_its_numbers_and_days_as_they_are():
    plan = events({"Date": serial(NEW_YEARS_EVE), "Start": 0.375, "Town": "Weed", "Status": "Completed"})
    staffing = [["Event ID", "Officer", "Hours"], ["E1", "A. Sample", 0.75]]
    attendance = [["Event ID", "Guests", "Entered on"], ["E1", 1234, serial(NEW_YEARS_EVE)]]
    towns = [["Town", "Latitude", "Longitude"], ["Weed", 41.4242, -122.3844]]
    with served(
        Tab("Events", plan), Tab("Staffing", staffing), Tab("Attendance", attendance), Tab("Towns", towns),
        locale="de_DE", zone="Europe/Berlin",
    ) as google:  # fmt: skip
        snapshot = read_workbook(GoogleSource(google.url, google.gsheets).fetch(), TODAY)
    assert (snapshot.timezone, snapshot.events[0].date, snapshot.events[0].start) == (
        "Europe/Berlin", NEW_YEARS_EVE, dt.time(9),
    )  # fmt: skip
    assert (snapshot.assignments[0].hours, snapshot.headcounts[0].guests.best) == (0.75, 1234)
    assert (snapshot.headcounts[0].entered_on, snapshot.towns[0].latitude) == (NEW_YEARS_EVE, 41.4242)


def test_an_edit_shows_at_the_next_read_and_sorted_rows_keep_their_ids():
    """Every refresh reads the cells themselves: nothing that lags, such as a file's time of change, can veto it."""
    with served(Tab("Events", events({}, {"Event ID": "E2", "Town": "Etna"}))) as google:
        source = GoogleSource(google.url, google.gsheets)
        before = read_workbook(source.fetch(), TODAY)
        book = google.book["Events"]
        first, second = (list(row) for row in events({}, {"Event ID": "E2", "Town": "Dunsmuir"})[1:])
        book.write("A2", [second, first])
        after = read_workbook(source.fetch(), TODAY)
    assert {event.id: event.town for event in before.events} == {"E1": "Weed", "E2": "Etna"}
    assert [(event.id, event.row, event.town) for event in after.events] == [("E2", 2, "Dunsmuir"), ("E1", 3, "Weed")]

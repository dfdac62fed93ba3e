"""Counts from the door: they count where the sheet has none, and a count that differs from the sheet's is reported."""

from dataclasses import replace

from cwac.analysis.attendance import guests_by_event
from cwac.exports.tables import attendance_rows
from cwac.model import Count, Headcount
from cwac.settings import Rules
from cwac.sheet.added import without_private_cells
from cwac.sheet.reader import plan_of
from tests.cases import each
from tests.forms.answered import ANSWERS, COUNTS, DAY, FEEDBACK, at, problems, read
from tests.sheet import county
from tests.sheet.county import serial

EVENTS = county.events({"Event ID": "E1", "Date": serial(DAY), "Status": "Completed"})
FINAL, SO_FAR = "Final", "So far"


def door(*rows, **tabs):
    return read(Events=EVENTS, Staffing=[], **tabs, Form2=[COUNTS, *rows])


@each(
    ("rows", "count", "youth"),
    [
        ([[at(9), "E1", 12, 3, FINAL]], Count("12", 12, 12, 12), 3),
        ([[at(9), "E1", 12, 3, FINAL], [at(10), "E1", 15, None, FINAL]], Count("15", 15, 15, 15), None),
        ([[at(10), "E1", 15, None, FINAL], [at(9), "E1", 12, 3, FINAL]], Count("15", 15, 15, 15), None),
        ([[at(9), "E1", "~40", 2, FINAL], [at(10), "E1", 50, None, SO_FAR]], Count("~40", 40, 40, 40, True), 2),
        ([[at(9), "E1", 30, 1, SO_FAR], [at(10), "E1", 12, 3, SO_FAR]], Count("30+", 30, 30, None), 1),
        ([[at(9), "E1", "35-40", None, SO_FAR]], Count("35+", 35, 35, None), None),
        ([[None, "E1", 12, None, FINAL], [at(9), "E1", 15, 99, FINAL]], Count("15", 15, 15, 15), None),
    ],
)
def test_latest_final_count_counts_else_the_largest_so_far_as_the_least_that_came(rows, count, youth):
    snapshot = door(*rows)
    assert snapshot.headcounts == (Headcount("E1", 0, count, youth=youth, at_door=True),)
    assert [one.code for one in snapshot.problems if one.code == "overdue"] == []


HEADER = ["Event ID", "Guests", "Weather"]


@each(
    ("attendance", "source", "guests", "found"),
    [
        ([HEADER, ["E1", None, "rain"]], "door", 44, []),
        ([HEADER, ["E1", "n/a", "rain"]], "door", 44, []),
        ([HEADER, ["E1", 12, None]], "sheet", 12, [("warning", "inconsistent", "B2")]),
        ([HEADER, ["E1", 60, None]], "sheet", 60, [("warning", "inconsistent", "B2")]),
        ([HEADER, ["E1", 20, None], ["E1", 24, None]], "sheet", 44, []),
        ([HEADER, ["E1", "40-50", None]], "sheet", 45, []),
        ([HEADER, ["E1", "30+", None]], "sheet", 30, []),
    ],
)
def test_typed_count_counts_and_a_difference_is_a_cell_to_fix(attendance, source, guests, found):
    snapshot = door([at(9), "E1", 44, None, FINAL], Attendance=attendance)
    (row,) = attendance_rows(snapshot)
    assert (row["count_source"], row["guests"]) == (source, guests)
    assert problems(snapshot, "Attendance") == found


def test_count_in_the_events_own_row_is_compared_too():
    events = county.events({"Event ID": "E1", "Date": serial(DAY), "Status": "Completed", "Guests": 12})
    snapshot = read(Events=events, Staffing=[], Form2=[COUNTS, [at(9), "E1", 44, None, FINAL]])
    assert [total.best for total in guests_by_event(snapshot).values()] == [12]
    assert ("warning", "inconsistent", "K2") in problems(snapshot, "Events")


def test_weather_of_the_row_without_guests_is_kept_beside_the_count():
    snapshot = door([at(9), "E1", 44, None, FINAL], Attendance=[HEADER, ["E1", None, "rain"]])
    assert snapshot.headcounts == (Headcount("E1", 2, Count("44", 44, 44, 44), weather="rain", at_door=True),)


@each(("status", "date"), [("Cancelled", serial(DAY)), ("Confirmed", 46400)])
def test_count_at_an_event_that_is_off_or_still_to_come_is_reported_at_its_row(status, date):
    events = county.events({"Event ID": "E1", "Date": date, "Status": status})
    snapshot = read(Events=events, Staffing=[], Form2=[COUNTS, [at(9), "E1", 44, None, FINAL]])
    assert problems(snapshot, "Door counts") == [("warning", "inconsistent", "B2")]


def test_downloaded_version_has_of_form_tabs_only_what_agencies_are_shown():
    tabs = {
        "Form1": [ANSWERS, [at(9), "E1", "OF-01", "Yes", "a note", "a@b.gov"]],
        "Form2": [[*COUNTS, "Remark"], [at(9), "E1", 44, None, FINAL, "Ann", "x"]],
        "Form3": [["ID", "Name", *FEEDBACK[:3], "Anything else?"], [1, "Ann", at(9), "E1", 5, "thanks"]],
    }
    book = county.workbook(Events=EVENTS, **tabs)
    plan_of(book, Rules())
    for workbook in (book, replace(book, plan=None)):
        kept = {tab.title: [list(row) for row in tab.rows] for tab in without_private_cells(workbook).tabs}
        assert {title: kept[title][1] for title in tabs} == {
            "Form1": [at(9), "E1", "OF-01", "Yes", "a note", None],
            "Form2": [at(9), "E1", 44, None, FINAL, None, None],
            "Form3": [None, None, at(9), "E1", 5, None],
        }
        assert {title: kept[title][0] for title in tabs} == {title: rows[0] for title, rows in tabs.items()}
        assert kept["Events"] == EVENTS

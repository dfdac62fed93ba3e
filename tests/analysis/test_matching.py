"""Matching of events without typed IDs when rows are sorted, moved or retyped."""

import datetime as dt
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cwac.analysis.changes import changes
from cwac.analysis.revisions import Revisions, advance
from cwac.model import Tab
from cwac.sheet.reader import read_workbook
from tests.cases import each
from tests.sheet.county import book

TODAY = dt.date(2026, 9, 1)
AT = dt.datetime(2026, 9, 1, 17, tzinfo=dt.UTC)
HEADER = ["Date", "Start", "Town", "Venue", "Lead agency", "Status", "Officers", "Guests"]


def read(rows, header=HEADER, **tabs):
    grids = {"Events": [header, *rows]} | tabs
    return read_workbook(book(*map(Tab, grids, grids.values())), TODAY)


def row(day, town="Weed", start="9:00 AM", venue="Depot", lead="WPD", status="Confirmed", officers="", guests=""):
    return [f"2026-{day}", start, town, venue, lead, status, officers, guests]


def changes_between(before, after):
    return [(change.action, change.details) for change in changes(read(before), read(after))]


# Few days, towns and starts, so that twins (same day and town) are frequent. Rows of one day, time and place that name
# people are one event, and so none is there twice.
def few_rows(generator, number):
    some = generator.choice
    rows = [
        row(
            some(["10-07", "10-14", "08-05"]), some(["Weed", "Etna", ""]), some(["9:00 AM", "2:00 PM", ""]),
            some(["Depot", "Cafe"]), officers=some(["", "A. Sample", "B. Demo"]), guests=some(["", "12", "30"]),
        )
        for _ in range(number)
    ]  # fmt: skip
    return list({tuple(each[:4]): each for each in rows}.values())


ROWS = st.builds(few_rows, st.randoms(use_true_random=True), st.integers(1, 7))


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(ROWS, st.randoms(use_true_random=True))
def test_sorting_rows_without_ids_changes_nothing_and_an_edit_or_a_removed_row_among_them_is_one_change(
    rows, generator
):
    def mixed(rows):
        return generator.sample(rows, len(rows))

    assert changes_between(rows, mixed(rows)) == []
    place = generator.randrange(len(rows))
    before, edited, after = rows[:place], [*rows[place]], rows[place + 1 :]
    edited[3] = "Grange Hall"
    assert changes_between(rows, mixed([*before, edited, *after])) == [
        ("changed", (f"venue {rows[place][3]} → Grange Hall",))
    ]
    # Without any town or person left, other rules apply to the remaining rows.
    stays = row("11-04", "Etna", officers="C. Example")
    left = [*mixed([*before, *after]), stays]
    ((action, (words, *_)),) = changes_between([*rows, stays], left)
    assert action == "deleted"
    assert f"was {'Wed, Oct 7' if rows[place][0] == '2026-10-07' else ''}" in words
    assert [action for action, _ in changes_between(left, [*rows, stays])] == ["new"]


@each("seed", range(4))
@each(
    ("column", "value", "words"),
    [
        (0, "2026-10-21", "date Wed, Oct 7 → Wed, Oct 21"),
        (2, "Etna", "town Weed → Etna"),
        (0, "2026-10-14", "date Wed, Oct 7 → Wed, Oct 14"),  # where another event of that town is
    ],
)
def test_moved_event_is_one_change_in_any_row_order(seed, column, value, words):
    rows = [row("10-07", venue="Depot"), row("10-14", venue="Cafe"), row("10-07", "Etna", venue="Grange"), row("11-04")]
    moved = [list(row) for row in rows]
    moved[0][column] = value
    random.Random(seed).shuffle(moved)
    assert changes_between(rows, moved) == [("changed", (words,))]


def test_event_that_changes_day_and_hour_is_recognized_by_its_neighbors():
    rows = [row("10-07"), row("10-14"), row("10-21", "Etna"), row("10-28")]
    moved = [*rows[:1], row("10-15", start="2:00 PM"), *rows[2:]]
    assert changes_between(rows, moved) == [("changed", ("date Wed, Oct 14 → Thu, Oct 15", "start 9:00 AM → 2:00 PM"))]
    # Between other neighbors, it is a different event.
    other = [*rows[:1], rows[2], row("10-15", "Yreka", start="2:00 PM", lead="SCSO"), rows[3]]
    assert sorted(action for action, _ in changes_between(rows, other)) == ["deleted", "new"]


def test_series_that_moves_is_followed_row_by_row():
    rows = [row(f"10-{day:02}") for day in (1, 8, 15)]
    moved = [row(f"10-{day:02}") for day in (3, 10, 17)]
    assert [action for action, _ in changes_between(rows, moved)] == ["changed"] * 3


def test_ambiguous_rows_are_not_matched():
    single, double = [row("10-07")], [row("10-14"), row("10-21")]
    assert sorted(action for action, _ in changes_between(single, double)) == ["deleted", "new", "new"]
    assert sorted(action for action, _ in changes_between(double, single)) == ["deleted", "deleted", "new"]


def test_twin_that_takes_over_the_id_of_a_deleted_event():
    twins = [row("10-07", start="9:00 AM"), row("10-07", start="2:00 PM")]
    (change,) = changes(read(twins), read(twins[1:]))
    assert (change.action, change.id) == ("deleted", "2026-10-07-weed")
    (change,) = changes(read(twins[1:]), read(twins))
    assert (change.action, change.details[0]) == ("new", "new, Wed, Oct 7, 9:00 AM, Confirmed")


def test_moved_event_keeps_its_gap():
    before, after = (read([[*row(day)[:6], 2]], [*HEADER[:6], "Officers needed"]) for day in ("10-14", "10-15"))
    assert [effect.kind for change in changes(before, after) for effect in change.effects] == []
    gone = changes(before, read([]))
    assert [(change.action, change.effects) for change in gone] == [("deleted", ())]


# --- IDs in another case -------------------------------------------------------------------------------------------

TABS = {
    "Events": [["Event ID", "Date", "Town", "Venue", "Lead agency", "Status", "Officers needed"],
               ["EV-1", "10/7/2026", "Weed", "Depot", "WPD", "Confirmed", 3]],
    "Staffing": [["Event ID", "Officer", "Role", "Status"], ["EV-1", "OF-1", "Host", "Confirmed"]],
    "Attendance": [["Event ID", "Guests"], ["EV-1", "12"]],
    "Agencies": [["Agency", "Name"], ["WPD", "Weed Police Department"]],
    "Officers": [["Officer ID", "Name", "Agency"], ["OF-1", "A. Sample", "WPD"]],
    "Time off": [["Officer", "From", "To"], ["OF-1", "11/1/2026", "11/2/2026"]],
    "Venues": [["Venue", "Town"], ["Depot", "Weed"]],
    "Towns": [["Town", "Population"], ["Weed", 2862]],
    "Coverage": [["Town", "Agency"], ["Weed", "WPD"]],
    "Follow-ups": [["Follow-up ID", "Event ID", "Summary", "Referred to"], ["FU-1", "EV-1", "x", "WPD"]],
}  # fmt: skip


def whole(old="", new="", **cells):
    grids = {name: [[new if cell == old else cell for cell in line] for line in grid] for name, grid in TABS.items()}
    for name, (line, place, value) in cells.items():
        grids[name][line][place] = value
    events = grids.pop("Events")
    return read(events[1:], events[0], **grids)


@each("change_case", [str.lower, str.title, str.swapcase])
@each("typed", ["EV-1", "OF-1", "FU-1", "WPD", "Weed", "Depot"])
def test_id_or_name_in_another_case_is_at_most_one_change(typed, change_case):
    other = change_case(typed) if change_case(typed) != typed else typed.upper()
    before, after = whole(), whole(typed, other)
    assert len(after.events) == len(after.assignments) == 1
    result = changes(before, after)
    assert [change.action for change in result] in ([], ["changed"])
    assert [effect for change in result for effect in change.effects] == []


@each(
    ("typed", "cells", "expected"),
    [
        ("EV-1", {"Events": (1, 3, "Cafe")}, "ev-1 Weed: venue Depot → Cafe"),
        ("EV-1", {"Staffing": (1, 2, "Greeter")}, "ev-1 Weed: A. Sample: role Host → Greeter"),
        ("EV-1", {"Attendance": (1, 1, "30")}, "ev-1 Weed: guests 12 → 30"),
        ("OF-1", {"Officers": (1, 1, "A. Sampel")}, "Officer of-1 A. Sampel: name A. Sample → A. Sampel"),
        ("FU-1", {"Follow-ups": (1, 3, None)}, "Follow-up fu-1 (EV-1): referred to WPD removed"),
    ],
)
def test_edit_beside_an_id_in_another_case_is_described(typed, cells, expected):
    result = changes(whole(), whole(typed, typed.lower(), **cells))
    assert expected in [change.sentence for change in result]
    assert {change.action for change in result} == {"changed"}


def test_different_id_is_a_different_event():
    result = changes(whole(), whole("EV-1", "EV-2"))
    assert [change.action for change in result if change.tab == "Events"] == ["deleted", "new"]


def test_event_that_moves_to_the_tab_of_another_month_keeps_its_first_id():
    """In a workbook with a tab a month, whose headers and order are its own."""
    header = ["When", "Time", "Where", "City", "Host agency"]

    def workbook(october, november):
        tabs = Tab("Oct 2026", [header, *october]), Tab("Nov 2026", [header[::-1], *(line[::-1] for line in november)])
        return read_workbook(book(*tabs), TODAY)

    first = ["2026-10-07", "9:00 AM", "Depot", "Weed", "WPD"]
    moved = ["2026-10-14", "2:00 PM", "Grange", "Etna", "SCSO"]
    other = ["2026-11-04", "9:00 AM", "Depot", "Weed", "WPD"]
    before = workbook([first, moved], [other])
    after = workbook([first], [other, ["2026-11-11", *moved[1:]]])
    revisions = advance(advance(Revisions(), before, AT), after, AT + dt.timedelta(days=1))
    first_ids = ["2026-10-07-weed", "2026-11-04-weed", "2026-10-14-etna"]
    assert [event.id for event in after.events] == [*first_ids[:2], "2026-11-11-etna"]
    assert [revisions.first_id(event.id) for event in after.events] == first_ids
    assert [change.action for change in changes(before, after)] == ["changed"]

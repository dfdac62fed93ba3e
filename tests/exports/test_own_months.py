"""A workbook with a tab a month: its restored file, and what is seen to be lost from it."""

import datetime as dt
from dataclasses import replace

import openpyxl
import pytest

from cwac.exports import workbooks
from cwac.model import Tab, Workbook
from cwac.refresh.sanity import vanished
from cwac.sheet.reader import read_workbook
from cwac.sources.excel import read_excel
from cwac.storage.versions import TextToRemove

TODAY = dt.date(2026, 12, 1)
OCT_7, NOV_4 = 46302, 46330
HEADER = ["When", "Time", "Where", "City", "Host agency", "Who goes"]
OCT = [
    ["October events"],
    HEADER,
    [OCT_7, 0.375, "Grange", "Etna", "SCSO", "Vega"],
    [OCT_7 + 7, 0.375, "Park", "Weed", "WPD", "Hall"],
    [OCT_7 + 14, 0.375, "Library", "Yreka", "SCSO", "Ruiz"],
]
NOV = [
    [*reversed(HEADER)],
    ["Ruiz", "WPD", "Weed", "Park", 0.5, NOV_4],
    ["Vega", "WPD", "Weed", "Cafe", 0.5, NOV_4 + 7],
    [*reversed(HEADER)],
    ["Vega", "SCSO", "Etna", "Grange", 0.5, NOV_4 + 14],
    ["Hall", "SCSO", "Etna", "Grange", 0.5, NOV_4 + 14],
]


@pytest.fixture
def workbook():
    tabs = Tab("Oct/2026", OCT, id=1, struck=(3,)), Tab("Nov 2026", NOV, id=2), Tab("Budget", [["Item", "Cost"]], id=3)
    return Workbook(
        "own",
        dt.datetime(2026, 12, 1, tzinfo=dt.UTC),
        "America/Los_Angeles",
        tabs,
        url="https://docs.google.com/spreadsheets/d/own-months",
    )


def test_restored_file_reads_as_the_version_did(workbook, tmp_path):
    before = read_workbook(workbook, TODAY)
    (tmp_path / "restored.xlsx").write_bytes(workbooks.version_workbook(workbook))
    again = read_excel(tmp_path / "restored.xlsx")
    assert [tab.struck for tab in again.tabs] == [(3,), (), ()]
    after = read_workbook(replace(again, timezone=workbook.timezone), TODAY)
    assert after.events == before.events
    assert after.assignments == before.assignments
    cells = openpyxl.load_workbook(tmp_path / "restored.xlsx")["Oct 2026"]
    assert (cells["A3"].value, cells["B3"].value) == (dt.datetime(2026, 10, 7), dt.time(9))  # noqa: DTZ001 - as openpyxl has it


def test_purged_text_leaves_the_other_rows_of_every_tab_read(workbook):
    tabs = [TextToRemove("Vega").removed_from(tab) for tab in workbook.tabs]
    assert [count for _, count in tabs] == [1, 2, 0]
    after = read_workbook(replace(workbook, tabs=tuple(tab for tab, _ in tabs)), TODAY)
    assert [event.row for event in after.events] == [event.row for event in read_workbook(workbook, TODAY).events]
    assert {row.name for row in after.assignments} == {"Hall", "Ruiz"}


def findings(workbook, tabs):
    now = replace(workbook, tabs=tabs)
    return list(map(str, vanished(read_workbook(workbook, TODAY), read_workbook(now, TODAY), workbook, now)))


def test_deleted_tab_of_events_is_a_loss_and_a_renamed_one_is_not(workbook):
    dates = [[OCT_7 - 100 + 7 * week, 0.375, "Park", "Weed", "WPD", "Hall"] for week in range(12)]
    whole = replace(workbook, tabs=(Tab("Summer 2026", [HEADER, *dates]), *workbook.tabs))
    october, november = whole.tabs[1:3]
    assert findings(whole, (whole.tabs[0], november)) == ["all 3 events of the tab Oct/2026 are gone"]
    assert findings(whole, (whole.tabs[0], replace(october, title="October"), november)) == []
    assert findings(whole, (whole.tabs[0], Tab("Autumn 2026", [*OCT, *NOV[:1], *NOV[1:]]))) == []


def test_columns_that_several_make_up_or_that_name_an_event_by_its_day_are_compared_too():
    def workbook(names, count):
        rows = [[OCT_7 + 7 * week, 0.375, "Park", "Weed", "WPD", *names] for week in range(12)]
        header = [*HEADER[:5], "Officer 1", "Officer 2"]
        counts = [["Date", "Place", "Guests"], *([row[0], "Park", count] for row in rows)]
        tabs = Tab("Plan", [header, *rows]), Tab("Attendance", counts)
        return Workbook("own", dt.datetime(2026, 12, 1, tzinfo=dt.UTC), "America/Los_Angeles", tabs)

    before = workbook(["Vega", "Hall"], 12)
    assert findings(before, workbook(["Vega", "Hall"], None).tabs) == [
        '12 of the 12 values in the column "Guests" of the Attendance tab are gone or cannot be read'
    ]
    assert findings(before, workbook(["Vega", None], 12).tabs) == [
        '12 of the 12 values in the column "Officers" of the Events tab are gone or cannot be read'
    ]

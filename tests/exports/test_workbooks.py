"""Workbooks that are written: a restored version, also of a tab a month, and the records of a period."""

import datetime as dt
import io
from dataclasses import replace

import openpyxl
import pytest

from cwac.exports import workbooks
from cwac.model import Tab
from cwac.refresh.sanity import vanished
from cwac.sheet.reader import read_workbook
from cwac.sheet.schema import TABS
from cwac.sources.excel import read_excel
from cwac.storage.versions import TextToRemove
from tests.sheet.county import book
from tests.web import plan

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
    return book(
        Tab("Oct/2026", OCT, id=1, struck=(3,)), Tab("Nov 2026", NOV, id=2), Tab("Budget", [["Item", "Cost"]], id=3)
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
        return book(Tab("Plan", [header, *rows]), Tab("Attendance", counts))

    before = workbook(["Vega", "Hall"], 12)
    assert findings(before, workbook(["Vega", "Hall"], None).tabs) == [
        '12 of the 12 values in the column "Guests" of the Attendance tab are gone or cannot be read'
    ]
    assert findings(before, workbook(["Vega", None], 12).tabs) == [
        '12 of the 12 values in the column "Officers" of the Events tab are gone or cannot be read'
    ]


def test_values_that_excel_cannot_hold_are_replaced_or_cut() -> None:
    tabs = ("Plan 2026/27: all of it, in every detail", "Plan 2026:27? all of it, in every way", "'", "''")
    odd = book(*(Tab(title, [["a\x0bb", "=1+1", "x" * 40_000]]) for title in tabs))
    restored = openpyxl.load_workbook(io.BytesIO(workbooks.version_workbook(odd)))
    assert restored.sheetnames == ["Plan 2026 27  all of it, in eve", "Plan 2026 27  all of it, in e 2", "Tab", "Tab 2"]
    first = [cell.value for cell in restored.worksheets[0][1]]
    assert first == ["a\ufffdb", "=1+1", "x" * 32_767]
    assert restored.worksheets[0]["B1"].data_type == "s"


# --- records, of which `records.txt` of tests/cli/sessions has the rest ---------------------------------------------


def test_every_contract_column_that_names_people_has_a_review_reason() -> None:
    for column in [column for spec in TABS for column in spec.columns]:
        if column.reader in ("people", "officer", "summary") or column.field in ("note", "internal_notes"):
            assert column.review, column.header


def test_text_in_the_workbook_is_never_a_formula() -> None:
    events = plan.tabs()["Events"]
    events[1][4], events[1][15] = '=HYPERLINK("http://evil.example")', "a\x00b\ud800"
    workbook, first, last = plan.workbook(Events=events), dt.date(2026, 10, 1), dt.date(2026, 11, 30)
    snapshot = read_workbook(workbook, plan.TODAY)
    written = workbooks.records_workbook(
        workbooks.records(workbook, snapshot, first, last), workbook, snapshot, first, last
    )
    sheet = openpyxl.load_workbook(io.BytesIO(written))["Events"]
    assert (sheet["H2"].value, sheet["H2"].data_type) == ('=HYPERLINK("http://evil.example")', "s")
    assert sheet["S2"].value == "a\ufffdb\ufffd"

"""What people do in Excel to a shared workbook, read to records, problems and accounting."""

import datetime as dt
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment
from openpyxl.worksheet.table import Table

from cwac.model import Accounting, Snapshot
from cwac.sheet.reader import read_workbook
from cwac.sources.excel import read_excel
from tests.cases import each

TODAY = dt.date(2026, 10, 30)
Read = Callable[[Any], Snapshot]
HEADERS = ["Event ID", "Date", "Start", "Town", "Venue", "Lead agency", "Status", "Guests"]
PLANTED = "planted remark about Mr. X"


def plan(*more: list[object], tab: str = "Events", totals: int | None = None) -> Any:
    """A workbook with two events, each without a problem, and with more rows; `totals` makes it a table."""
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.title = tab
    sheet.append(HEADERS)
    sheet.append(["EV-1", dt.date(2026, 10, 7), dt.time(9), "Weed", "Cafe A", "WPD", "Completed", 10])
    sheet.append(["EV-2", dt.date(2026, 10, 14), dt.time(9), "Yreka", "Cafe B", "YPD", "Completed", 12])
    for row in more:
        sheet.append(row)
    if totals is not None:
        table = Table(displayName="Plan", ref=f"A1:H{sheet.max_row}")
        table.totalsRowCount, table.totalsRowShown = (
            totals,
            True,
        )  # a row that is not shown now may have been shown once
        sheet.add_table(table)
    return book


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def snapshot(content: Any) -> Snapshot:
        path = tmp_path / "plan.xlsx"
        path.write_bytes(content) if isinstance(content, bytes) else content.save(path)
        return read_workbook(read_excel(path), TODAY)

    return snapshot


def problems(snapshot: Snapshot) -> list[tuple[str, str | None, str | None]]:
    """Code, place and cell as typed, but for tabs that a small plan lacks."""
    return [
        (problem.code, problem.cell, problem.found)
        for problem in snapshot.problems
        if problem.code not in ("missing-tab", "unused-tab")
    ]


def towns(snapshot: Snapshot) -> list[str | None]:
    return [event.town for event in snapshot.events]


@each(
    ("row", "found"),
    [
        (["Total", None, None, None, None, None, None, 22], "Total"),
        (["Ergebnis", None, None, None, None, None, None, 22], "Total"),
        ([None, None, None, None, None, None, 2, 22], "Total"),
        ([2, None, None, None, None, None, None, "=SUBTOTAL(109,Plan[Guests])"], "Total"),
    ],
)
def test_total_row_of_a_table_is_skipped_whatever_is_in_it(read: Read, row: list[object], found: str) -> None:
    snapshot = read(plan(row, totals=1))
    assert (towns(snapshot), problems(snapshot)) == (["Weed", "Yreka"], [("skipped-row", "A4", found)])
    assert snapshot.accounting["Events"] == Accounting(rows=3, kept=2, left_out=0, skipped=1)


def test_total_row_is_skipped_in_a_tab_of_events_with_a_title_of_its_own(read: Read) -> None:
    snapshot = read(plan([None, None, None, None, None, None, 2, 22], tab="Oct", totals=1))
    assert snapshot.accounting["Events"] == Accounting(rows=3, kept=2, left_out=0, skipped=1)


def test_last_row_of_a_table_without_a_total_row_is_read(read: Read) -> None:
    assert towns(read(plan(totals=0))) == ["Weed", "Yreka"]


def test_hidden_rows_and_columns_are_read_like_others(read: Read) -> None:
    book = plan()
    sheet = book["Events"]
    sheet.auto_filter.ref = "A1:H3"
    sheet.auto_filter.add_filter_column(3, ["Weed"])
    sheet.row_dimensions[3].hidden = True
    sheet.column_dimensions["D"].hidden = True
    snapshot = read(book)
    assert (towns(snapshot), problems(snapshot)) == (["Weed", "Yreka"], [])
    assert snapshot.accounting["Events"] == Accounting(rows=2, kept=2, left_out=0, skipped=0)


def test_days_in_cells_of_type_text_are_days(read: Read) -> None:
    book = plan()
    sheet = book["Events"]
    for place, typed in {"B2": "10/7/2026", "B3": "46309", "C2": "9:00 AM", "H2": "10"}.items():
        sheet[place].value, sheet[place].number_format = typed, "@"
        sheet[place].data_type = "s"
    snapshot = read(book)
    assert [event.date for event in snapshot.events] == [dt.date(2026, 10, 7), dt.date(2026, 10, 14)]
    assert problems(snapshot) == [("guessed", "B3", "46309")]


@each(
    "error",
    ["#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!", "#UNKNOWN!", "#CONNECT!", "#BUSY!", "#GETTING_DATA", "#PYTHON!",
     "#EXTERNAL!", "#TIMEOUT!", "#NULL!"],
)  # fmt: skip
def test_newer_error_cells_are_failed_formulas(read: Read, error: str) -> None:
    book = plan()
    for place in ("B3", "E2", "H2"):
        book["Events"][place].value, book["Events"][place].data_type = error, "e"
    snapshot = read(book)
    assert towns(snapshot) == ["Weed"]
    assert sorted(problems(snapshot)) == [("formula-error", place, error) for place in ("B3", "E2", "H2")]


def test_formula_without_a_stored_result_says_which_program_to_use(read: Read) -> None:
    book = plan()
    book["Events"]["B2"], book["Events"]["H3"] = "=DATE(2026,10,7)", "=6+6"
    snapshot = read(book)
    assert towns(snapshot) == ["Yreka"]
    assert problems(snapshot) == [
        ("formula-error", "B2", "#NOT CALCULATED!"),
        ("formula-error", "H3", "#NOT CALCULATED!"),
    ]
    assert {problem.advice for problem in snapshot.problems if problem.code == "formula-error"} == {
        "The file was saved by a program that does not work out formulas: open it in Excel and save it again, or type "
        "the value itself."
    }


def test_rich_text_is_one_text_and_headers_may_have_line_breaks(read: Read) -> None:
    book = plan()
    sheet = book["Events"]
    sheet["D2"] = CellRichText("Mount ", TextBlock(InlineFont(b=True), "Sha"), "sta")
    sheet["A1"], sheet["B1"], sheet["E1"], sheet["F1"] = "Event\nID", "Date\n(mm/dd/yyyy)", "Venue \n", "Lead\r\nagency"
    snapshot = read(book)
    assert (towns(snapshot), problems(snapshot)) == (["Mount Shasta", "Yreka"], [])
    assert [event.lead_agency for event in snapshot.events] == ["WPD", "YPD"]


def test_comments_and_threaded_comments_are_not_read(read: Read) -> None:
    book = plan()
    book["Events"]["D2"].comment = Comment(PLANTED, "Somebody")
    made = io.BytesIO()
    book.save(made)
    with zipfile.ZipFile(made, "a") as package:
        thread = f'<threadedComment ref="D3"><text>{PLANTED}</text></threadedComment>'
        package.writestr("xl/threadedComments/threadedComment1.xml", f"<ThreadedComments>{thread}</ThreadedComments>")
        assert any(PLANTED.encode() in package.read(name) for name in package.namelist() if "comments" in name.lower())
    snapshot = read(made.getvalue())
    assert (towns(snapshot), problems(snapshot)) == (["Weed", "Yreka"], [])
    assert PLANTED not in repr(snapshot)

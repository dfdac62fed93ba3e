"""The records of a period: whose rows they are, as typed, what to look at first, and what is old enough to review."""

import datetime as dt
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner

from cwac.cli import main
from cwac.exports.public_records import ELIGIBLE, REVIEW, UNREAD, Records, records, to_xlsx, years_before
from cwac.model import Tab, Workbook
from cwac.sheet.reader import read_workbook
from cwac.sheet.schema import TABS
from tests.web import plan

FIRST, LAST = dt.date(2026, 10, 1), dt.date(2026, 11, 30)
"""Of the plan, around 25 November: SHARED and SHERIFFS ahead; GONE, RAINED and UNCOUNTED past; not MAYBE."""


def made(
    first: dt.date = FIRST, last: dt.date = LAST, today: dt.date = plan.TODAY, **changed: Any
) -> tuple[Records, Workbook]:
    workbook = plan.workbook(**changed)
    return records(workbook, read_workbook(workbook, today), first, last), workbook


def rows(found: Records, tab: str) -> list[tuple[int, str, object]]:
    """Row number, remark, and the first two cells."""
    part = next(part for part in found.parts if part.tab == tab)
    return [(row.number, row.remark, row.values[:2]) for row in part.rows]


def test_the_rows_of_the_periods_events_come_as_typed() -> None:
    found, _ = made()
    assert rows(found, "Events") == [
        (2, "", ("SHARED", dt.date(2026, 11, 28))),
        (3, "", ("SHERIFFS", dt.date(2026, 11, 30))),
        (5, "", ("GONE", dt.date(2026, 10, 16))),
        (6, "", ("RAINED", dt.date(2026, 11, 5))),
        (7, "", ("UNCOUNTED", dt.date(2026, 11, 15))),
        (8, UNREAD, ("LOST", "planted-date")),
    ]
    events = next(part for part in found.parts if part.tab == "Events")
    assert dict(zip(events.headers, events.rows[0].values, strict=True)) == {
        "Event ID": "SHARED", "Date": dt.date(2026, 11, 28), "Start": "08:00", "End": "09:30", "Title": None,
        "Town": "Weed", "Venue": "Weed Starbucks", "Backup venue": "planted-backup", "Lead agency": "CHP-MS",
        "Partner agencies": "WPD", "Status": "Confirmed", "Cancel reason": None, "Officers needed": 4,
        "Bilingual needed": True, "Funding": "planted-funding", "Public notes": "Free parking",
        "Internal notes": "planted-internal",
    }  # fmt: skip


def test_what_belongs_to_the_events_comes_with_them() -> None:
    found, _ = made(last=dt.date(2026, 11, 1))  # GONE alone
    assert rows(found, "Staffing") == [(7, "", ("GONE", "OF-01"))]
    assert rows(found, "Attendance") == [(2, "", ("GONE", "~24")), (3, "", ("GONE", "abc planted-count"))]
    assert [number for number, _, _ in rows(found, "Follow-ups")] == [2, 3, 4]
    assert rows(found, "Officers") == [(2, "", ("OF-01", "A. Plantedsample"))]
    assert rows(found, "Time off") == []
    assert len(rows(found, "Venues")) == 2


def test_days_off_that_touch_the_period_belong_to_it() -> None:
    found, _ = made(first=dt.date(2026, 12, 25), last=dt.date(2026, 12, 25))
    assert [values for _, _, values in rows(found, "Time off")] == [
        ("OF-03", dt.date(2026, 12, 15)),
        ("OF-04", dt.date(2026, 12, 16)),
    ]
    found, _ = made(first=dt.date(2026, 12, 26), last=dt.date(2026, 12, 26))
    assert [values[0] for _, _, values in rows(found, "Time off")] == ["OF-04"]


def test_a_row_that_names_its_event_belongs_to_it_even_where_it_could_not_be_read() -> None:
    found, _ = made()
    assert (8, "", ("SHARED", "planted-stranger")) in rows(found, "Staffing")
    lost = [["Event ID", "Officer"], ["NOBODY KNOWS", "OF-01"], ["shared ", "OF-03"]]
    found, _ = made(Staffing=lost)
    assert rows(found, "Staffing") == [(2, UNREAD, ("NOBODY KNOWS", "OF-01")), (3, "", ("shared ", "OF-03"))]


def test_in_a_sheet_of_one_tab_a_row_number_means_nothing_in_another() -> None:
    events = [
        ["Event ID", "Date", "Town", "Lead agency", "Status", "Officers"],
        ["IN", plan.serial(dt.date(2026, 10, 7)), "Weed", "WPD", "Completed", "A. Plantedsample"],
        ["OUT", plan.serial(dt.date(2026, 12, 7)), "Weed", "WPD", "Confirmed", None],
    ]
    found, _ = made(Events=events, Staffing=[["Event ID", "Officer"], ["OUT", "B. Planteddemo"]])
    assert rows(found, "Staffing") == []


def test_rows_older_than_two_years_are_eligible_for_review_and_still_there() -> None:
    def retention(today: dt.date) -> list[str]:
        found, _ = made(today=today)
        return [row.retention for row in next(part for part in found.parts if part.tab == "Events").rows]

    assert retention(plan.TODAY) == [""] * 6
    # GONE was on 16 October 2026; the undated row says nothing of its age.
    assert retention(dt.date(2028, 10, 16)) == [""] * 6
    assert retention(dt.date(2028, 10, 17)) == ["", "", ELIGIBLE, "", "", ""]
    assert retention(dt.date(2031, 1, 1)) == [ELIGIBLE] * 5 + [""]


@pytest.mark.parametrize(
    ("day", "before"),
    [
        (dt.date(2026, 11, 25), dt.date(2024, 11, 25)),
        (dt.date(2028, 2, 29), dt.date(2026, 2, 28)),
        (dt.date(2028, 3, 1), dt.date(2026, 3, 1)),
    ],
)
def test_two_years_before(day: dt.date, before: dt.date) -> None:
    assert years_before(day) == before


# --- what to look at -----------------------------------------------------------------------------------------------


def test_each_column_that_may_tell_of_a_person_is_to_be_looked_at() -> None:
    found, _ = made()
    looks = {(one.tab, one.column): (one.look, one.filled) for one in found.looks}
    assert {column for (tab, column), (look, _) in looks.items() if look and tab == "Officers"} == {
        "Officer ID", "Name", "Rank", "Languages",
    }  # fmt: skip
    assert {column for (tab, column), (look, _) in looks.items() if look and tab == "Events"} == {
        "Public notes", "Internal notes",
    }  # fmt: skip
    assert looks["Staffing", "Officer"] == (True, 7)
    assert looks["Venues", "Contact work phone"] == (True, 1)
    assert looks["Towns", "Population"] == (False, 3)


def test_every_text_that_people_are_in_is_among_the_columns_to_look_at() -> None:
    known = {(spec.name, column.field) for spec in TABS for column in spec.columns}
    assert set(REVIEW) <= known
    people = {
        (spec.name, column.field)
        for spec in TABS
        for column in spec.columns
        if column.reader in ("people", "officer", "summary") or column.field in ("note", "internal_notes")
    }
    assert people <= set(REVIEW)


def test_a_column_that_nobody_knows_comes_and_is_to_be_looked_at() -> None:
    follow_ups = [["Follow-up ID", "Event ID", "Badge no", None, "Aside"], ["F-1", "GONE", "planted-badge", None, "x"]]
    found, _ = made(**{"Follow-ups": follow_ups})
    part = next(part for part in found.parts if part.tab == "Follow-ups")
    assert (part.headers, part.rows[0].values) == (
        ("Follow-up ID", "Event ID", "Badge no", "(no header)", "Aside"),
        ("F-1", "GONE", "planted-badge", None, "x"),
    )
    assert [(one.column, one.look) for one in found.looks if one.tab == "Follow-ups"] == [
        ("Follow-up ID", False), ("Event ID", False), ("Badge no", True), ("(no header)", True), ("Aside", True),
    ]  # fmt: skip


# --- the file ------------------------------------------------------------------------------------------------------


def read_back(written: bytes) -> dict[str, list[list[object]]]:
    book = openpyxl.load_workbook(io.BytesIO(written))
    return {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book.worksheets}


def test_the_file_says_what_it_is_and_what_to_look_at_before_the_rows() -> None:
    found, workbook = made()
    extra = replace(workbook, tabs=(*workbook.tabs, Tab("Scratch", [["x"]])))
    snapshot = read_workbook(extra, plan.TODAY)
    found = records(extra, snapshot, FIRST, LAST)
    sheets = read_back(to_xlsx(found, extra, snapshot, FIRST, LAST))
    assert list(sheets) == ["About", "Redaction", *(part.tab for part in found.parts)]
    about = {str(name): value for name, value in sheets["About"]}
    assert about["Source"] == "plan.xlsx"
    assert str(about["Written on"]) == "2026-11-25 00:00:00"
    assert about["Tab not looked at"] == "Scratch"
    assert about["Rows of Events"] == 6
    assert sheets["Redaction"][0] == ["Tab", "Column", "Look at it", "Why", "Cells filled"]
    assert len(sheets["Redaction"]) == 1 + sum(len(part.headers) for part in found.parts)
    assert sheets["Events"][0][:5] == ["Row of the sheet", "Retention", "Remark", "Event ID", "Date"]
    assert [*map(str, sheets["Events"][1][:6])] == ["2", "None", "None", "SHARED", "2026-11-28 00:00:00", "08:00"]


def test_text_is_text_in_it() -> None:
    events = plan.tabs()["Events"]
    events[1][4], events[1][15] = '=HYPERLINK("http://evil.example")', "a\x00b\ud800"
    found, workbook = made(Events=events)
    written = to_xlsx(found, workbook, read_workbook(workbook, plan.TODAY), FIRST, LAST)
    sheet = openpyxl.load_workbook(io.BytesIO(written))["Events"]
    assert (sheet["H2"].value, sheet["H2"].data_type) == ('=HYPERLINK("http://evil.example")', "s")
    assert sheet["S2"].value == "a\ufffdb\ufffd"


# --- the command ---------------------------------------------------------------------------------------------------


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    monkeypatch.chdir(tmp_path)
    plan.save(tmp_path / "plan.xlsx")
    return lambda *words: CliRunner().invoke(main, ["records", *words])


def test_the_command_writes_the_file_and_says_what_to_do_with_it(run: Callable[..., Any], tmp_path: Path) -> None:
    done = run("plan.xlsx", "--from", "2026-10-01", "--to", "2026-11-30", "-o", "out.xlsx", "--on", "2026-11-25")
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == (
        "31 rows written to out.xlsx.\nNothing is redacted: look at 14 columns on its tab Redaction first.\n"
    )
    assert len(read_back((tmp_path / "out.xlsx").read_bytes())["Events"]) == 7


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--from", "2026-10-01", "--to", "2026-09-30", "-o", "x.xlsx"), "2026-09-30 is before 2026-10-01"),
        (("--from", "soon", "--to", "2026-09-30", "-o", "x.xlsx"), "soon is not a date"),
        (("--from", "2026-10-01", "-o", "x.xlsx"), "Missing option '--to'"),
        (("--from", "2026-10-01", "--to", "2026-10-02"), "Missing option '-o'"),
        (("--from", "2026-10-01", "--to", "2026-10-02", "-o", "x.csv"), "ends in .xlsx"),
        (("--from", "2026-10-01", "--to", "2026-10-02", "-o", "plan.xlsx"), "is there already"),
    ],
)
def test_a_command_that_cannot_be_followed_writes_nothing(
    run: Callable[..., Any], tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    before = (tmp_path / "plan.xlsx").read_bytes()
    done = run("plan.xlsx", *words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["plan.xlsx"]
    assert (tmp_path / "plan.xlsx").read_bytes() == before

"""The workbook for a public-records request: which rows, which columns to review, and which rows are old."""

import datetime as dt
import io
from dataclasses import replace
from typing import Any

import openpyxl

from cwac.exports.public_records import ELIGIBLE, UNREAD, Records, records, to_workbook
from cwac.model import Tab, Workbook
from cwac.sheet.reader import read_workbook
from cwac.sheet.schema import TABS
from tests.cases import each
from tests.web import plan

FIRST, LAST = dt.date(2026, 10, 1), dt.date(2026, 11, 30)
"""Of the plan, around November 25: SHARED and SHERIFFS ahead; GONE, RAINED and UNCOUNTED past; not MAYBE."""


def plan_records(
    first: dt.date = FIRST, last: dt.date = LAST, today: dt.date = plan.TODAY, **changed: Any
) -> tuple[Records, Workbook]:
    workbook = plan.workbook(**changed)
    return records(workbook, read_workbook(workbook, today), first, last), workbook


def rows(chosen: Records, tab: str) -> list[tuple[int, str, object]]:
    """Row number, remark, and the first two cells."""
    tab_rows = next(tab_rows for tab_rows in chosen.tabs if tab_rows.tab == tab)
    return [(row.number, row.remark, row.values[:2]) for row in tab_rows.rows]


def test_rows_of_events_in_the_period_are_as_typed() -> None:
    chosen, _ = plan_records()
    assert rows(chosen, "Events") == [
        (2, "", ("SHARED", dt.date(2026, 11, 28))),
        (3, "", ("SHERIFFS", dt.date(2026, 11, 30))),
        (5, "", ("GONE", dt.date(2026, 10, 16))),
        (6, "", ("RAINED", dt.date(2026, 11, 5))),
        (7, "", ("UNCOUNTED", dt.date(2026, 11, 15))),
        (8, UNREAD, ("LOST", "planted-date")),
    ]
    assert (8, "", ("SHARED", "planted-stranger")) in rows(chosen, "Staffing")
    events = next(tab_rows for tab_rows in chosen.tabs if tab_rows.tab == "Events")
    assert dict(zip(events.headers, events.rows[0].values, strict=True)) == {
        "Event ID": "SHARED", "Date": dt.date(2026, 11, 28), "Start": "08:00", "End": "09:30", "Title": None,
        "Town": "Weed", "Venue": "Weed Starbucks", "Backup venue": "planted-backup", "Lead agency": "CHP-MS",
        "Partner agencies": "WPD", "Status": "Confirmed", "Cancel reason": None, "Officers needed": 4,
        "Bilingual needed": True, "Funding": "planted-funding", "Public notes": "Free parking",
        "Internal notes": "planted-internal",
    }  # fmt: skip


def test_rows_that_belong_to_the_events_are_included() -> None:
    chosen, _ = plan_records(last=dt.date(2026, 11, 1))  # GONE alone
    assert rows(chosen, "Staffing") == [(7, "", ("GONE", "OF-01"))]
    assert rows(chosen, "Attendance") == [(2, "", ("GONE", "~24")), (3, "", ("GONE", "abc planted-count"))]
    assert [number for number, _, _ in rows(chosen, "Follow-ups")] == [2, 3, 4]
    assert rows(chosen, "Officers") == [(2, "", ("OF-01", "A. Plantedsample"))]
    assert (rows(chosen, "Time off"), len(rows(chosen, "Venues"))) == ([], 2)


@each(("day", "away"), [(25, ["OF-03", "OF-04"]), (26, ["OF-04"])])
def test_time_off_that_overlaps_the_period_is_included(day: int, away: list[str]) -> None:
    chosen, _ = plan_records(dt.date(2026, 12, day), dt.date(2026, 12, day))
    assert [values[0] for _, _, values in rows(chosen, "Time off")] == away


ONE_TAB = ["Event ID", "Date", "Town", "Lead agency", "Status", "Officers"]
IN = ["IN", plan.serial(dt.date(2026, 10, 7)), "Weed", "WPD", "Completed"]
OUT = ["OUT", plan.serial(dt.date(2026, 12, 7)), "Weed", "WPD", "Confirmed"]


@each(
    ("events", "staffing", "found"),
    [
        (None, ["NOBODY KNOWS", "OF-01"], [(2, UNREAD, ("NOBODY KNOWS", "OF-01"))]),
        (None, ["shared ", "OF-03"], [(2, "", ("shared ", "OF-03"))]),
        ([[*IN, "A. Plantedsample"], [*OUT, None]], ["OUT", "B. Planteddemo"], []),
        ([[*OUT, "A. Plantedsample"], [*IN, None]], ["NOBODY KNOWS", "OF-01"],
         [(2, UNREAD, ("NOBODY KNOWS", "OF-01"))]),
    ],
    ids=["of no event", "misspelled", "no number of another tab's row", "unreadable in such a row"],
)  # fmt: skip
def test_row_belongs_to_the_event_that_it_names_and_to_no_other(
    events: list[list[Any]] | None, staffing: list[str], found: list[Any]
) -> None:
    changed = {"Events": [ONE_TAB, *events]} if events else {}
    chosen, _ = plan_records(**changed, Staffing=[["Event ID", "Officer"], staffing])
    assert rows(chosen, "Staffing") == found


def test_day_and_time_in_one_cell_are_both_there_and_midnight_is_no_24_oclock() -> None:
    day = plan.serial(dt.date(2026, 10, 7))
    events = [["Event ID", "Date", "Start", "Status"], ["IN", day + 8.5 / 24, 0.99999, "Completed"]]
    chosen, _ = plan_records(Events=events)
    (row,) = next(tab.rows for tab in chosen.tabs if tab.tab == "Events")
    assert row.values[1:3] == ("10/7/2026 8:30 AM", "00:00")


def test_rows_older_than_two_years_are_marked_and_kept() -> None:
    def retention(today: dt.date) -> list[str]:
        chosen, _ = plan_records(today=today)
        return [row.retention for row in next(tab_rows for tab_rows in chosen.tabs if tab_rows.tab == "Events").rows]

    assert retention(plan.TODAY) == [""] * 6
    # GONE was on October 16, 2026; the undated row says nothing of its age.
    assert retention(dt.date(2028, 10, 16)) == [""] * 6
    assert retention(dt.date(2028, 10, 17)) == ["", "", ELIGIBLE, "", "", ""]
    assert retention(dt.date(2031, 1, 1)) == [ELIGIBLE] * 5 + [""]


FEDERAL = "perhaps a federal grant (a guess from Funding): three years from the grant's final report (2 CFR 200.334)"
OLD = "older than two years: eligible for review"


FUNDED = [
    ("COPS Hiring Program", FEDERAL),
    ("cops micro-grant 2026", FEDERAL),
    ("OTS PT26001", FEDERAL),  # the state passes on money of NHTSA
    ("Office of Traffic Safety", FEDERAL),
    ("NHTSA 402", FEDERAL),
    ("JAG", FEDERAL),
    ("Edward Byrne Memorial", FEDERAL),
    ("Federal", FEDERAL),
    ("federally funded", FEDERAL),
    ("Grant", FEDERAL),
    ("grants", FEDERAL),
    ("Homeland Security (SHSP)", FEDERAL),
    ("Grant's Pass Coffee", FEDERAL),  # a guess, and marked as one
    ("City fund", OLD),
    ("General fund, PD budget", OLD),
    ("Copsey family donation", OLD),
    ("Immigrants' association", OLD),
    ("Costs shared", OLD),
    ("no grant", OLD),
    ("non-federal", OLD),
    ("not a grant", OLD),
    (None, OLD),
]


def test_retention_of_a_row_goes_by_the_words_of_its_funding() -> None:
    day = plan.serial(dt.date(2026, 10, 7))
    events = [[f"IN-{n}", day, "Completed", funding] for n, (funding, _) in enumerate(FUNDED)]
    tabs = {
        "Events": [["Event ID", "Date", "Status", "Funding"], *events],
        "Staffing": [["Event ID", "Officer"], *([row[0], "OF-01"] for row in events)],
    }
    for today, own in (
        (dt.date(2026, 11, 25), [retention.replace(OLD, "") for _, retention in FUNDED]),
        (dt.date(2029, 1, 1), [retention for _, retention in FUNDED]),
    ):
        chosen, _ = plan_records(today=today, **tabs)
        by_tab = {tab.tab: [row.retention for row in tab.rows] for tab in chosen.tabs}
        assert (by_tab["Events"], by_tab["Staffing"]) == (own, own)


# --- what to look at -----------------------------------------------------------------------------------------------


def test_columns_about_people_need_review() -> None:
    chosen, _ = plan_records()
    reviews = {(column.tab, column.column): (column.needed, column.filled) for column in chosen.columns}
    needed = {tab: {name for (of, name), (needed, _) in reviews.items() if needed and of == tab} for tab, _ in reviews}
    assert needed["Officers"] == {"Officer ID", "Name", "Rank", "Languages"}
    assert needed["Events"] == {"Public notes", "Internal notes"}
    assert reviews["Staffing", "Officer"] == (True, 7)
    assert reviews["Venues", "Contact work phone"] == (True, 1)
    assert reviews["Towns", "Population"] == (False, 3)


def test_every_contract_column_that_names_people_has_a_review_reason() -> None:
    for column in [column for spec in TABS for column in spec.columns]:
        if column.reader in ("people", "officer", "summary") or column.field in ("note", "internal_notes"):
            assert column.review, column.header


def test_unknown_column_is_included_and_needs_review() -> None:
    follow_ups = [["Follow-up ID", "Event ID", "Badge no", None, "Aside"], ["F-1", "GONE", "planted-badge", None, "x"]]
    chosen, _ = plan_records(**{"Follow-ups": follow_ups})
    follow_up_rows = next(tab_rows for tab_rows in chosen.tabs if tab_rows.tab == "Follow-ups")
    assert (follow_up_rows.headers, follow_up_rows.rows[0].values) == (
        ("Follow-up ID", "Event ID", "Badge no", "(no header)", "Aside"),
        ("F-1", "GONE", "planted-badge", None, "x"),
    )
    assert [(column.column, column.needed) for column in chosen.columns if column.tab == "Follow-ups"] == [
        ("Follow-up ID", False), ("Event ID", False), ("Badge no", True), ("(no header)", True), ("Aside", True),
    ]  # fmt: skip


# --- the file ------------------------------------------------------------------------------------------------------


def read_back(written: bytes) -> dict[str, list[list[object]]]:
    book = openpyxl.load_workbook(io.BytesIO(written))
    return {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book.worksheets}


def test_workbook_begins_with_about_and_redaction_tabs() -> None:
    chosen, workbook = plan_records()
    extra = replace(workbook, tabs=(*workbook.tabs, Tab("Scratch", [["x"]])))
    snapshot = read_workbook(extra, plan.TODAY)
    chosen = records(extra, snapshot, FIRST, LAST)
    sheets = read_back(to_workbook(chosen, extra, snapshot, FIRST, LAST))
    assert list(sheets) == ["About", "Redaction", *(tab.tab for tab in chosen.tabs)]
    about = {str(name): value for name, value in sheets["About"]}
    assert about["Source"] == "plan.xlsx"
    assert str(about["Written on"]) == "2026-11-25 00:00:00"
    assert about["Tab not looked at"] == "Scratch"
    assert about["Rows of Events"] == 6
    assert sheets["Redaction"][0] == ["Tab", "Column", "Review", "Why", "Cells filled"]
    assert len(sheets["Redaction"]) == 1 + sum(len(tab.headers) for tab in chosen.tabs)
    assert sheets["Events"][0][:5] == ["Row of the sheet", "Retention", "Remark", "Event ID", "Date"]
    assert [*map(str, sheets["Events"][1][:6])] == ["2", "None", "None", "SHARED", "2026-11-28 00:00:00", "08:00"]


def test_text_in_the_workbook_is_never_a_formula() -> None:
    events = plan.tabs()["Events"]
    events[1][4], events[1][15] = '=HYPERLINK("http://evil.example")', "a\x00b\ud800"
    chosen, workbook = plan_records(Events=events)
    written = to_workbook(chosen, workbook, read_workbook(workbook, plan.TODAY), FIRST, LAST)
    sheet = openpyxl.load_workbook(io.BytesIO(written))["Events"]
    assert (sheet["H2"].value, sheet["H2"].data_type) == ('=HYPERLINK("http://evil.example")', "s")
    assert sheet["S2"].value == "a\ufffdb\ufffd"

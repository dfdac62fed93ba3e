"""Two properties: no workbook crashes the reader, and every row with content is accounted for."""

import datetime as dt
import math
from collections import Counter
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cwac.model import Cell, Merge, Snapshot, SourceUnavailable, Tab, Workbook
from cwac.sheet import schema
from cwac.sheet.plan import Plan
from cwac.sheet.planning import make_plan, table_reading
from cwac.sheet.reader import read_workbook
from cwac.sheet.schema import EVENTS
from cwac.sheet.table import ROWS_A_TAB
from cwac.sheet.text import MAX_PROBLEMS, MAX_QUOTE
from cwac.sources.excel import read_excel
from tests.cases import each
from tests.sheet.county import LISTS, OWN, TODAY, book, typed_cell
from tests.sheet.test_messy_values import ROWS

TYPED = [
    *(typed_cell(row["typed"]) for row in ROWS),
    *("TOTAL", "EXAMPLE-1", "E1", "OF-01", "WPD", "Weed", "Host", "yes", "TBD", "n/a", "Sample - sick"),
    *("A. Sample, B. Demo; 2 from SCSO", "Foster, James", "Sample or Demo (until 9:20)", "declined", "#4512"),
    "Weed, CA",
]
DAYS = ["Oct 7", "10/7", "7 Oct", "Oct 7, 2026", "10/7/2026", "2026-10-07", "7", "12", "Dec 30", "Wed Oct 7"]
JOINS = ["-", " - ", " to ", " & ", ", ", " thru ", "/", "–"]
REPEATED = ["a,", " ", "x", "1", "(", "Weed; ", "\n", "'", "-", "a ", "#", "é"]
DRAWN = st.one_of(
    st.integers(), st.floats(), st.text(max_size=20), st.text(alphabet="0123456789-/:., apm?~+x→&()", max_size=14)
)
"""Cells that hypothesis draws. All others, and what cells make up, come from a generator, which is much faster."""


def long_text(generator: Random) -> str:
    return f"x{generator.choice(REPEATED) * generator.choice([490, 1_990, 9_000])}y"


def random_cell(generator: Random, drawn: list[Cell]) -> Cell:
    some = generator.choice
    kind = some(["range", "long", "none", "typed", "typed", "flag", "drawn", "drawn", "drawn", "drawn"])
    if kind == "range":
        return "".join(map(some, (DAYS, JOINS, DAYS, ["", ", 2026"])))
    if kind == "long":
        return long_text(generator)
    return some({"none": [None], "typed": TYPED, "flag": [False, True], "drawn": drawn}[kind])


def random_tab(generator: Random, spec: schema.TabSpec, drawn: list[Cell]) -> Tab:
    """A messy tab: columns of the contract and others, in any order, repeated, with any cells."""
    names = [name for column in spec.columns for name in (column.header, *column.aliases)]
    header: list[Cell] = []
    for _ in range(generator.randint(0, 14)):
        name = generator.choice(names)
        header.append(generator.choice([name, name, name, None, generator.choice(drawn), long_text(generator)]))
    if generator.choice([False, True]):
        # A table as it should be, but for a blank column pushed into it.
        header = [column.header for column in spec.columns]
        header.insert(generator.randint(0, len(header)), generator.choice([None, "", " "]))
    rows = [
        [random_cell(generator, drawn) for _ in range(generator.randint(0, len(header) + 2))]
        for _ in range(generator.randint(0, 8))
    ]
    cells: list[Cell] = ["", "a", "Z9-", "b ,.#", "é\u200b"]
    above = [generator.choices(cells, k=generator.randint(0, 2)) for _ in range(generator.randint(0, 2))]
    if generator.choice([False, True]):
        rows.append(list(header))
    merges = tuple(Merge(*(generator.randint(0, 9) for _ in range(4))) for _ in range(generator.randint(0, 2)))
    title = generator.choice([spec.name, spec.name, generator.choice((spec.name, *spec.aliases))])
    return Tab(title, [*above, header, *rows], merges, generator.randint(0, 99))


@st.composite
def workbooks(draw: st.DrawFn) -> Workbook:
    drawn = draw(st.lists(DRAWN, min_size=1, max_size=20))
    number_of_tabs = draw(st.integers(0, 5))
    generator = Random(draw(st.uuids()).int)
    specs = [EVENTS, *generator.choices(schema.TABS, k=number_of_tabs)]
    grids = [random_tab(generator, spec, drawn) for spec in specs]
    if generator.choice([False, True]):
        grids += [Tab(name, rows) for name, rows in LISTS.items()]
    return book(*grids)


def says_anything(cell, column) -> bool:
    """Whether a cell holds a value, decided without the reader."""
    checkbox = column.reader in ("yes-no", "public") or column.field == "status"
    if cell is None or (checkbox and cell is False):
        return False
    if isinstance(cell, str):
        bare = "".join(
            ch for ch in cell if not ch.isspace() and ch not in "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f"
        )
        return bare != "" and not (checkbox and bare.casefold() == "false")
    return True


def filled_rows(plan: Plan, kind: str, workbook: Workbook) -> set[int] | None:
    """The sheet's numbers of the rows with a value in the columns that are read; None where there is no header."""
    rows: set[int] = set()
    positions = list(dict.fromkeys(table.tab for table in plan.of_kind(kind)))
    for table in plan.of_kind(kind):
        if table.header is None:
            return None
        own = {one.index: table.spec.column(one.field) for one in table.columns if one.field and one.field[0] != "@"}
        own |= {one.index: EVENTS.column(one.field[1:]) for one in table.columns if one.field and one.field[0] == "@"}
        ticks = {one.index for one in table.columns if one.use in ("is there", "takes part")}
        rows |= {
            positions.index(table.tab) * ROWS_A_TAB + below + 1
            for below, row in enumerate(workbook.tabs[table.tab].rows[: table.last])
            if below > table.header
            and any(
                i < len(row) and says_anything(row[i], column) and not (i in ticks and row[i] is False)
                for i, column in own.items()
            )
        }
    return rows


def every_row_is_counted(snapshot: Snapshot) -> None:
    for account in snapshot.accounting.values():
        assert account.rows == account.kept + account.left_out + account.skipped


NUMBERS = {"-1e400": -(10**400), "1e5000": 10**5000, "nan": math.nan, "inf": math.inf}


@each("number", NUMBERS.values(), ids=list(NUMBERS))
def test_no_number_crashes_the_reader_whatever_its_column(number):
    tabs = []
    for spec in schema.TABS:
        at_each = [
            [number if at == row else None for at in range(len(spec.columns))] for row in range(len(spec.columns))
        ]
        tabs.append(Tab(spec.name, [[column.header for column in spec.columns], *at_each]))
    by_month = Tab("October 2026", [["Date", "Place", "Officers"], [7, "Park", "A. Cole"], [number, "Park", "B. Demo"]])
    snapshot = read_workbook(book(*tabs), TODAY)
    every_row_is_counted(snapshot)
    rows = {problem.row for problem in snapshot.problems if problem.tab == EVENTS.name}
    assert rows == set(range(2, len(EVENTS.columns) + 2))
    assert [event.found is not None for event in read_workbook(book(by_month), TODAY).undated] == [True]


def test_row_whose_partners_name_nobody_is_counted():
    header: list[Cell] = ["Date", "Town", "Partner agency", "Agencies"]
    rows: list[list[Cell]] = [["10/7/2026", "Weed", "WPD", "CHP-MS"], [None, None, 0, None], [None, None, "No", "0"]]
    snapshot = read_workbook(book(Tab("Events", [header, *rows])), TODAY)
    account = snapshot.accounting["Events"]
    assert (account.rows, account.kept, account.left_out) == (3, 1, 2)
    assert {3, 4} <= {problem.row for problem in snapshot.problems if problem.severity == "error"}


TICKED = ["Date", "Time", "Place", "WPD", "CHP-MS", "SCSO"]
EVENT_ROWS: list[list[Cell]] = [
    ["9/2/2026", "9am", "Park", "x", "No", "No"], ["9/9/2026", "9am", "Park", "No", "x", "x"],
]  # fmt: skip
NO = [None, None, None, "No", "No", "No"]
FILLED_BEFOREHAND: dict[str, tuple[list[Cell], list[list[Cell]], tuple[int, int, int, int]]] = {
    "one row between events": (TICKED, [EVENT_ROWS[0], NO, EVENT_ROWS[1]], (3, 2, 1, 0)),
    "0 in one column": (TICKED, [*EVENT_ROWS, [None, None, None, None, 0]], (3, 2, 1, 0)),
    "No in the first column of ticks": (TICKED, [*EVENT_ROWS, [None, None, None, "No"]], (3, 2, 1, 0)),
    "two rows at the end": (TICKED, [*EVENT_ROWS, NO, NO], (4, 2, 2, 0)),
    "many rows at the end": (TICKED, [*EVENT_ROWS, *[NO] * 40], (42, 2, 0, 40)),
    "No, 0 and FALSE at the end": (TICKED, [*EVENT_ROWS, *[[None, None, None, "no", 0, False]] * 5], (7, 2, 0, 5)),
    "blank rows among them": (TICKED, [*EVENT_ROWS, NO, [None], NO, [], NO], (5, 2, 0, 3)),
    "many rows before an event": (TICKED, [EVENT_ROWS[0], *[NO] * 4, EVENT_ROWS[1]], (6, 2, 4, 0)),
    "a tick at the end": (TICKED, [*EVENT_ROWS, *[NO] * 3, [None, None, None, "x"]], (6, 2, 4, 0)),
    "unticked checkboxes": (TICKED, [*EVENT_ROWS, *[[None, None, None, False, False, False]] * 9], (2, 2, 0, 0)),
    "canceled": (
        [*TICKED, "Canceled"], [[*row, "No"] for row in EVENT_ROWS] + [[*[None] * 6, "No"]] * 4, (6, 2, 0, 4),
    ),
    "weekdays": (
        ["Day", *TICKED], [["Wed", *row] for row in EVENT_ROWS] + [["Wed"]] * 6, (8, 2, 0, 6),
    ),
    "weekdays and No": (
        ["Day", *TICKED], [["Wed", *row] for row in EVENT_ROWS] + [["Wed", *NO]] * 6, (8, 2, 0, 6),
    ),
    "a month between events": (
        ["Month", "Day", "Weekday", "Time", "Place"],
        [["September", 2, "Wed", "9:00", "Park"], [None, 16, "Wed", "9:00", "Park"], ["October"],
         [None, 7, "Wed", "8:00", "Park"]],
        (4, 3, 0, 1),
    ),
}  # fmt: skip
"""Header, rows, and how they are accounted for: rows, kept, left out, skipped."""


@each(("header", "rows", "expected"), FILLED_BEFOREHAND.values(), ids=list(FILLED_BEFOREHAND))
def test_row_of_no_in_columns_of_ticks_is_counted_and_many_at_the_end_are_skipped(header, rows, expected):
    snapshot = read_workbook(book(Tab("Plan", [header, *rows])), TODAY)
    account = snapshot.accounting["Events"]
    assert (account.rows, account.kept, account.left_out, account.skipped) == expected
    of_rows = [problem for problem in snapshot.problems if problem.row and problem.row > 1]
    assert sum(problem.code == "skipped-row" for problem in of_rows) == min(account.skipped, 1)
    assert len({problem.row for problem in of_rows if problem.severity == "error"}) == account.left_out
    assert len(snapshot.events) == account.kept


def test_next_event_is_typed_where_rows_were_filled_in_beforehand():
    snapshot = read_workbook(book(Tab("Plan", [TICKED, *EVENT_ROWS, *[NO] * 40])), TODAY)
    assert snapshot.free_rows["Events"] == 4
    (notice,) = [problem for problem in snapshot.problems if problem.code == "skipped-row"]
    assert (notice.cell, notice.found, notice.severity) == ("D4", "No", "notice")
    assert "Rows 4 to 43" in notice.advice


@pytest.mark.slow
@settings(max_examples=90, deadline=None)
@given(workbooks(), st.dates(dt.date(2020, 1, 1), dt.date(2030, 12, 31)))
def test_no_workbook_crashes_the_reader_and_every_row_is_accounted_for(workbook, today):
    try:
        snapshot = read_workbook(workbook, today)
    except SourceUnavailable as refused:
        if refused.cause not in {"empty", "no-header", "no-events-tab"}:  # the last where events run across
            raise
        return
    every_row_is_counted(snapshot)
    plan = make_plan(workbook)
    names = {
        kind: {kind} | {table.title for table in plan.of_kind(kind)[1:]} for kind in {one.kind for one in plan.tables}
    }
    for kind, called in names.items():
        account = snapshot.accounting[kind]
        rows = filled_rows(plan, kind, workbook)
        if rows is None:
            continue
        assert account.rows == len(rows)
        if any(called & others for other, others in names.items() if other != kind):
            continue
        problems = [problem for problem in snapshot.problems if problem.tab in called]
        assert all(len(text) <= MAX_QUOTE for problem in problems for text in (problem.found, problem.column) if text)
        assert max(Counter(problem.cell for problem in problems if problem.cell).values(), default=0) <= MAX_PROBLEMS
        assert account.skipped == sum(1 for problem in problems if problem.code == "skipped-row")
        records = {
            "Events": (*snapshot.events, *snapshot.undated), "Agencies": snapshot.agencies,
            "Officers": snapshot.officers, "Towns": snapshot.towns, "Venues": snapshot.venues,
            "Time off": snapshot.time_off, "Coverage": snapshot.coverage, "Follow-ups": snapshot.follow_ups,
            "Staffing": snapshot.assignments, "Attendance": snapshot.headcounts,
        }[kind]  # fmt: skip
        spoken_of = {problem.row for problem in problems if problem.severity != "warning"}
        one_for_all = any(problem.code == "missing-column" and problem.severity == "error" for problem in problems)
        if not any(event.id for event in snapshot.undated) and all(event.made_id for event in snapshot.events):
            # No event has an ID of its own: one problem stands for all rows that name one.
            one_for_all |= any(problem.code == "unknown-reference" for problem in problems)
        repeated = {problem.row for problem in problems if problem.code == "duplicate-row"}
        silent = {row % ROWS_A_TAB for row in rows - {record.row for record in records}} - spoken_of - repeated
        assert not silent or one_for_all
        if kind not in ("Events", "Staffing", "Attendance"):
            assert account.kept == len(records)
    assert names.keys() == snapshot.accounting.keys()
    assert all(Counter(event.id for event in snapshot.events)[event.id] == 1 for event in snapshot.events)
    event_ids = {event.id for event in snapshot.events} | {event.id for event in snapshot.undated}
    assert {row.event_id for row in (*snapshot.assignments, *snapshot.headcounts, *snapshot.follow_ups)} <= event_ids


KEPT = [tab for path in sorted(OWN.glob("*.xlsx")) for tab in read_excel(path).tabs]
KEPT_ROWS = [row for tab in KEPT for row in tab.rows if row]


def edited(generator: Random, tab: Tab) -> Tab:
    """A tab that a clerk kept, after a few careless edits."""
    rows = [list(row) for row in tab.rows]
    for _ in range(generator.randint(0, 12)):
        row, at = generator.choice(rows), generator.randint(0, 7)
        edit = generator.choice(["delete", "paste", "type", "delete column", "insert column", "sort"])
        if edit == "delete" and len(rows) > 1:
            rows.remove(row)
        elif edit == "paste":
            rows.insert(at, list(generator.choice(KEPT_ROWS)))
        elif edit == "type" and at < len(row):
            row[at] = generator.choice(generator.choice(KEPT_ROWS))
        elif edit == "delete column":
            rows = [[*row[:at], *row[at + 1 :]] for row in rows]
        elif edit == "insert column":
            rows = [[*row[:at], generator.choice([None, generator.choice(KEPT_ROWS)[0]]), *row[at:]] for row in rows]
        elif edit == "sort":
            generator.shuffle(rows)
    return replace(tab, rows=rows)


@pytest.mark.slow
@settings(max_examples=220, deadline=None)
@given(st.randoms(use_true_random=True))
def test_no_edit_of_a_sheet_that_was_kept_crashes_the_reader(generator):
    workbook = book(*(edited(generator, generator.choice(KEPT)) for _ in range(generator.randint(1, 3))))
    try:
        snapshot = read_workbook(workbook, TODAY)
    except SourceUnavailable:
        return
    every_row_is_counted(snapshot)
    filled = sum(table_reading(one, workbook.tabs[one.tab].rows).rows for one in workbook.plan.of_kind("Events"))
    assert len(snapshot.events) + len(snapshot.undated) <= snapshot.accounting["Events"].rows <= filled

"""Two properties: no workbook crashes the reader, and every row with content is accounted for."""

import datetime as dt
from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cwac.model import Merge, SourceUnavailable, Tab, Workbook
from cwac.sheet import headers, schema
from cwac.sheet.headers import HEADER_WITHIN
from cwac.sheet.reader import read_workbook
from cwac.sheet.reading import MAX_PROBLEMS
from cwac.sheet.text import MAX_QUOTE
from tests.sheet.county import AS_OF, LISTS
from tests.sheet.test_messy_values import ROWS, typed_cell

SPECS = st.sampled_from(schema.TABS)
TYPED = st.sampled_from(
    [typed_cell(row) for row in ROWS]
    + ["TOTAL", "E1", "OF-01", "WPD", "Weed", "Host", "yes", "TBD", "n/a", "Sample - sick"]
    + [
        "A. Sample, B. Demo; 2 from SCSO",
        "Foster, James",
        "Sample or Demo (until 9:20)",
        "declined",
        "#4512",
        "Weed, CA",
    ]
)
DAYS = st.sampled_from(
    ["Oct 7", "10/7", "7 Oct", "Oct 7, 2026", "10/7/2026", "2026-10-07", "7", "12", "Dec 30", "Wed Oct 7"]
)
RANGES = st.tuples(
    DAYS, st.sampled_from(["-", " - ", " to ", " & ", ", ", " thru ", "/", "–"]), DAYS, st.sampled_from(["", ", 2026"])
).map("".join)
LONG = st.tuples(
    st.sampled_from(["a,", " ", "x", "1", "(", "Weed; ", "\n", "'", "-", "a ", "#", "é"]),
    st.sampled_from([490, 1_990, 9_000]),
).map(lambda shape: "x" + shape[0] * shape[1] + "y")
CELLS = st.one_of(
    RANGES,
    LONG,
    st.none(),
    TYPED,
    TYPED,
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.text(alphabet="0123456789-/:., apm?~+x→&()", max_size=14),
)


@st.composite
def tab_of(draw: st.DrawFn, spec: schema.TabSpec) -> Tab:
    """A tab as nobody would wish it: columns of the contract and others, in any order, twice, with any cells."""
    known = st.sampled_from([name for column in spec.columns for name in (column.header, *column.aliases)])
    titles = st.one_of(known, known, known, st.none(), st.text(max_size=8), LONG)
    header = draw(st.lists(titles, min_size=0, max_size=14))
    if draw(st.booleans()):
        # A table as it should be, but for a blank column pushed into it.
        header = [column.header for column in spec.columns]
        header.insert(draw(st.integers(0, len(header))), draw(st.sampled_from([None, "", " "])))
    rows = draw(st.lists(st.lists(CELLS, max_size=len(header) + 2), max_size=8))
    above = draw(st.lists(st.lists(st.text(max_size=5), max_size=2), max_size=2))
    if draw(st.booleans()):
        rows.append(list(header))
    merge = st.builds(Merge, *[st.integers(0, 9)] * 4)
    title = draw(st.one_of(st.just(spec.name), st.just(spec.name), st.sampled_from((spec.name, *spec.aliases))))
    return Tab(title, [*above, header, *rows], tuple(draw(st.lists(merge, max_size=2))), draw(st.integers(0, 99)))


@st.composite
def workbooks(draw: st.DrawFn) -> Workbook:
    specs = draw(st.lists(SPECS, max_size=5))
    grids = [draw(tab_of(spec)) for spec in [schema.EVENTS, *specs]]
    if draw(st.booleans()):
        grids += [Tab(name, rows) for name, rows in LISTS.items()]
    return Workbook("odd", AS_OF, "America/Los_Angeles", tuple(grids))


def says_anything(cell, column) -> bool:
    """Whether a cell holds a value, told independently of the reader."""
    checkbox = column.reader == "yes-no" or column.field == "status"
    if cell is None or (checkbox and cell is False):
        return False
    if isinstance(cell, str):
        bare = "".join(
            ch for ch in cell if not ch.isspace() and ch not in "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f"
        )
        return bare != "" and not (checkbox and bare.casefold() == "false")
    return True


def filled_rows(spec: schema.TabSpec, tab: Tab) -> set[int] | None:
    """The sheet's numbers of the rows with a value in the table's own columns; None where there is no header."""
    for number, row in enumerate(tab.rows[:HEADER_WITHIN]):  # noqa: B007 - the row it stops at is wanted
        if len(headers.read_header(spec, row).known) >= 2:
            break
    else:
        return None
    own = headers.read_header(spec, tab.rows[number]).columns
    return {
        below + 1
        for below, row in enumerate(tab.rows)
        if below > number and any(i < len(row) and says_anything(row[i], column) for i, column in own.items())
    }


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(workbooks(), st.dates(dt.date(2020, 1, 1), dt.date(2030, 12, 31)))
def test_no_workbook_crashes_the_reader_and_every_row_is_accounted_for(workbook, today):
    try:
        snapshot = read_workbook(workbook, today)
    except SourceUnavailable as refused:
        if refused.cause not in {"empty", "no-header"}:
            raise
        return
    read: set[str] = set()
    for tab in workbook.tabs:
        spec = headers.spec_for(tab.title)
        same = [other for other in workbook.tabs if headers.spec_for(other.title) is spec]
        named = [other for other in same if headers.key(other.title) == headers.key(spec.name)]
        if tab is not (named or same)[0] or spec.name in read:
            continue
        read.add(spec.name)
        account = snapshot.accounting[spec.name]
        assert account.rows == account.kept + account.left_out + account.skipped
        rows = filled_rows(spec, tab)
        if rows is None:
            continue
        assert account.rows == len(rows)
        found = [problem for problem in snapshot.problems if problem.tab == spec.name]
        assert all(len(text) <= MAX_QUOTE for problem in found for text in (problem.found, problem.column) if text)
        assert max(Counter(problem.cell for problem in found if problem.cell).values(), default=0) <= MAX_PROBLEMS
        assert account.skipped == sum(1 for problem in found if problem.code == "skipped-row")
        records = {
            "Events": (*snapshot.events, *snapshot.undated), "Agencies": snapshot.agencies,
            "Officers": snapshot.officers, "Towns": snapshot.towns, "Venues": snapshot.venues,
            "Time off": snapshot.time_off, "Coverage": snapshot.coverage, "Follow-ups": snapshot.follow_ups,
            "Staffing": snapshot.assignments, "Attendance": snapshot.headcounts,
        }[spec.name]  # fmt: skip
        spoken_of = {problem.row for problem in found if problem.severity != "warning"}
        one_for_all = any(problem.code == "missing-column" and problem.severity == "error" for problem in found)
        repeated = {problem.row for problem in found if problem.code == "duplicate-row"}
        silent = rows - {record.row for record in records} - spoken_of - repeated
        assert not silent or one_for_all
        if spec.name not in ("Events", "Staffing", "Attendance"):
            assert account.kept == len(records)
    assert read == set(snapshot.accounting)
    assert all(Counter(event.id for event in snapshot.events)[event.id] == 1 for event in snapshot.events)
    known = {event.id for event in snapshot.events} | {one.id for one in snapshot.undated}
    assert {one.event_id for one in (*snapshot.assignments, *snapshot.headcounts, *snapshot.follow_ups)} <= known

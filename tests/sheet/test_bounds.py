"""Long cells: no pattern sees more than the limit, and no cell fills the list of problems."""

import importlib
import pkgutil
import re
import sys
import types
from collections import Counter

import pytest

from cwac import sheet
from cwac.model import Cell, Problem, Tab, Workbook
from cwac.sheet import cell_kinds
from cwac.sheet.reader import read_workbook
from cwac.sheet.schema import TABS, Column, TabSpec
from cwac.sheet.text import MAX_CELL, MAX_LIST, MAX_NOTE, MAX_PROBLEMS, MAX_QUOTE
from tests.cases import each
from tests.sheet.county import AS_OF, EVENT, LISTS, TODAY, codes, events, read

COLUMNS = [(spec, column) for spec in TABS for column in spec.columns]
NAMES = [f"{spec.name}: {column.header}" for spec, column in COLUMNS]
MODULES = [
    importlib.import_module(module.name)
    for module in pkgutil.walk_packages(sheet.__path__, "cwac.sheet.")
    if module.name != "cwac.sheet.template"
]


SHAPES = {
    "spaces": ("x", " ", "x"),
    "tabs": ("x", "\t", "x"),
    "commas": ("", "a,", ""),
    "names": ("", "Zed Q, ", ""),
    "and": ("", "a and ", ""),
    "brackets": ("", "(", ""),
    "bracket pairs": ("A ", "(x) ", ""),
    "dashes": ("1", "-", "x"),
    "digits": ("", "1", ""),
    "days": ("Oct 7", " - Oct 8", ""),
    "letters": ("", "a", "!"),
    "zero": ("0", " ", "!"),
    "question marks": ("x", "?", ""),
    "plus": ("1", "+1", "x"),
    "tags": ("", "tag ", "x"),
    "at signs": ("", "a@", ""),
    "accents": ("", "é", ""),
    "lines": ("x", "\n", "x"),
}


def shaped(shape: str, length: int) -> str:
    """A text of that shape and length."""
    before, again, after = SHAPES[shape]
    return before + (again * (length // len(again) + 1))[: length - len(before) - len(after)] + after


class Spy:
    """A compiled pattern that records the longest text it sees."""

    longest = 0

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self.pattern = pattern

    def __getattr__(self, name: str) -> object:
        method = getattr(self.pattern, name)
        if not callable(method):
            return method

        def watched(*args: object) -> object:
            see(args)
            return method(*args)

        return watched

    def __eq__(self, other: object) -> bool:
        return self.pattern == getattr(other, "pattern", other)

    __hash__ = None  # type: ignore[assignment]


def see(args: tuple[object, ...]) -> None:
    Spy.longest = max(Spy.longest, *(len(text) for text in args if isinstance(text, str)), 0)


def spied(value: object) -> object:
    if isinstance(value, re.Pattern):
        return Spy(value)
    if isinstance(value, tuple) and any(isinstance(part, re.Pattern | tuple) for part in value):
        return tuple(map(spied, value))
    return value


def wrapped(name: str) -> object:
    """A function of `re` that records its text, not its pattern."""
    function = getattr(re, name)

    def watched(pattern: str, *args: object, **flags: object) -> object:
        see(args)
        return function(pattern, *args, **flags)

    return watched


@pytest.fixture
def spy(monkeypatch):
    """Watches every pattern of the reader, compiled or not."""
    watched = types.SimpleNamespace(**vars(re))
    for name in ("match", "fullmatch", "search", "sub", "split", "findall"):
        setattr(watched, name, wrapped(name))
    for module in MODULES:
        for name, value in list(vars(module).items()):
            if spied(value) is not value and not name.startswith("__"):
                monkeypatch.setattr(module, name, spied(value))
        if hasattr(module, "re"):
            monkeypatch.setattr(module, "re", watched)
    monkeypatch.setattr(Spy, "longest", 0)
    return Spy


def good_row(spec: TabSpec, number: int) -> dict[str, Cell]:
    """A row without a mistake, unlike those of other numbers where rows must differ."""
    return {
        "Events": EVENT | {"Event ID": f"E{number}"},
        "Staffing": {"Event ID": "E1", "Officer": "OF-01"},
        "Attendance": {"Event ID": "E1"},
        "Agencies": {"Agency": f"APD{number}", "Name": f"Another {number}"},
        "Officers": {"Officer ID": f"OF-9{number}", "Name": f"Z. Zed{number}", "Agency": "WPD"},
        "Time off": {"Officer": "OF-01", "From": 46400 + number, "To": 46400 + number},
        "Venues": {"Venue": f"Here {number}", "Town": "Weed"},
        "Towns": {"Town": f"Dorris {number}"},
        "Coverage": {"Town": "Weed", "Agency": "WPD"},
        "Follow-ups": {"Follow-up ID": f"F{number}", "Event ID": "E1"},
    }[spec.name]


def problems_by_cell(spec: TabSpec, column: Column, cells: list[str]) -> list[list[Problem]]:
    """The problems of each of these cells' rows, read in one workbook."""
    grids = {"Events": events({})} | LISTS
    header = [column.header for column in spec.columns]
    before = [[dict(zip(grids[spec.name][0], row, strict=True)).get(name) for name in header]
              for row in grids.get(spec.name, [[]])[1:] if spec.name != "Events"]  # fmt: skip
    typed = [good_row(spec, number) | {column.header: cell} for number, cell in enumerate(cells, 1)]
    grids[spec.name] = [header, *before, *([row.get(name) for name in header] for row in typed)]
    tabs = tuple(Tab(name, rows) for name, rows in grids.items())
    snapshot = read_workbook(Workbook("county", AS_OF, "America/Los_Angeles", tabs), TODAY)
    first = len(before) + 2
    return [[problem for problem in snapshot.problems if (problem.tab, problem.row) == (spec.name, row)]
            for row in range(first, first + len(cells))]  # fmt: skip


def too_large(problems: list[Problem], column: Column) -> list[str]:
    return [problem.severity for problem in problems if (problem.code, problem.column) == ("too-large", column.header)]


@pytest.mark.slow
@each(("spec", "column"), COLUMNS, ids=NAMES)
def test_no_pattern_sees_a_cell_that_is_too_long(spec, column, spy):
    cells = [shaped(shape, 12_000) for shape in SHAPES]
    spy.longest = 0
    problems_by_cell(spec, column, ["x"] * len(cells))
    usual, spy.longest = spy.longest, 0
    assert usual > 0
    read = problems_by_cell(spec, column, cells)
    assert spy.longest <= max(usual, column.longest)
    severity = "warning" if column.longest == MAX_NOTE else "error"
    for shape, problems in zip(SHAPES, read, strict=True):
        assert too_large(problems, column) == [severity], shape
        assert all(problem.found is None or len(problem.found) <= MAX_QUOTE for problem in problems), shape
        assert max(len(problem.advice) for problem in problems) < 1_200, shape


@pytest.mark.slow
@each(("spec", "column"), COLUMNS, ids=NAMES)
def test_no_cell_gives_more_than_twenty_problems_or_a_long_quote(spec, column):
    cells = []
    for length in (column.longest, 12_000):
        repeated = [(typed * length)[:length] for typed in ("ab,", "ab;", "a1 ", "Zq & ", "TBD, ", "x?;", "wxy/")]
        cells += [*repeated, ", ".join(f"n{number}x" for number in range(length))[:length]]
    for cell, problems in zip(cells, problems_by_cell(spec, column, cells), strict=True):
        case = cell[:10], len(cell)
        counted = Counter(problem.cell for problem in problems if problem.cell)
        assert max(counted.values(), default=0) <= MAX_PROBLEMS, case
        assert all(problem.found is None or len(problem.found) <= MAX_QUOTE for problem in problems), case
        assert sum(len(problem.advice) for problem in problems) < 40_000, case


def test_the_last_of_twenty_problems_says_how_many_more_there_are():
    typed = "; ".join(f"Nobody{number}" for number in range(50))
    snapshot = read(Events=events({"Partner agencies": typed}))
    problems = [problem for problem in snapshot.problems if problem.column == "Partner agencies"]
    assert len(problems) == MAX_PROBLEMS
    assert [problem.advice.startswith("31 more") for problem in problems].count(True) == 1


@each("length", [MAX_QUOTE, MAX_QUOTE + 1, MAX_LIST - 5])
def test_a_long_part_is_quoted_short_in_advice(length):
    part = "z" * length
    snapshot = read(Events=events({"Partner agencies": f"{part}; WPD"}))
    [advice] = [problem.advice for problem in snapshot.problems if problem.column == "Partner agencies"]
    assert ("z" * MAX_QUOTE in advice) is (length == MAX_QUOTE)
    assert "z" * (MAX_QUOTE + 1) not in advice


def test_the_same_part_again_and_again_is_one_problem():
    snapshot = read(Events=events({"Partner agencies": "abc," * 400}))
    assert len([problem for problem in snapshot.problems if problem.column == "Partner agencies"]) == 1


@pytest.mark.slow
@each(("spec", "column"), COLUMNS, ids=NAMES)
def test_the_bound_of_each_column_from_both_sides(spec, column):
    limit = column.longest
    assert limit == (
        MAX_NOTE if column.field in ("public_notes", "internal_notes", "note", "summary", "boilerplate")
        else MAX_LIST if column.field in ("partner_agencies", "aliases", "emails", "languages", "officers")
        else MAX_CELL
    )  # fmt: skip
    cells = {
        typed: length > limit for length in (limit, limit + 1) for typed in ("é" * length, f"  {'é' * length}\n\t")
    }
    for (cell, is_too_large), problems in zip(cells.items(), problems_by_cell(spec, column, list(cells)), strict=True):
        bounds = [problem for problem in problems if (problem.code, problem.column) == ("too-large", column.header)]
        if column.field == "summary":
            assert "200" in bounds[0].advice or is_too_large
        else:
            assert bool(bounds) is is_too_large, len(cell)


def test_a_long_note_is_clipped_and_used_and_a_long_name_is_not():
    snapshot = read(Events=events({"Public notes": "n" * 6_000, "Town": "Weed" * 200, "Title": "t" * 501}))
    event = snapshot.events[0]
    assert event.public_notes == "n" * MAX_NOTE
    assert (event.town, event.town_text, event.title) == (None, None, "Coffee with a Cop")
    too_large = {
        problem.column: (problem.code, problem.severity) for problem in snapshot.problems if problem.code == "too-large"
    }
    assert too_large == {
        "Public notes": ("too-large", "warning"), "Town": ("too-large", "error"), "Title": ("too-large", "error"),
    }  # fmt: skip


def test_a_long_required_cell_leaves_its_row_out_with_one_reason():
    snapshot = read(Staffing=[["Event ID", "Officer"], ["E1", "OF-01"], ["E1", "x" * 600], ["y" * 600, "OF-02"]])
    account = snapshot.accounting["Staffing"]
    assert (account.rows, account.kept, account.left_out) == (3, 1, 2)
    assert [code for code, cell in codes(snapshot)] == ["too-large", "too-large"]


def test_long_headers_and_titles_are_quoted_short_and_never_matched(spy):
    evil = "Status " + "(" * 50_000
    table = events({})
    grids = (
        Tab("Events", [[*table[0], evil], *[[*row, "x"] for row in table[1:]]]),
        Tab(f"Staffing{' ' * 600}x{'!' * 50_000}", [["Event ID", "Officer"], ["E1", "OF-01"]]),
        Tab("Towns", [["a" * 50_000], ["Town"], ["Weed"]]),
        Tab("Unused", [[evil] * 3] * 3),
    )
    snapshot = read_workbook(Workbook("odd", AS_OF, "America/Los_Angeles", grids), TODAY)
    assert spy.longest <= MAX_CELL
    assert [problem.cell for problem in snapshot.problems if problem.code == "too-large"] == ["K1"]
    assert [town.name for town in snapshot.towns] == ["Weed"]
    for problem in snapshot.problems:
        assert all(len(text) <= MAX_QUOTE for text in (problem.found, problem.column) if text is not None)
        assert len(problem.advice) < 600


def test_clipped_text_is_not_equal_to_the_same_typed_text():
    long = "n" * 6_000
    rows = events({"Internal notes": long[:MAX_NOTE]}, {"Event ID": "E2", "Internal notes": long})
    snapshot = read(Events=rows)
    assert [problem.row for problem in snapshot.problems if problem.code == "too-large"] == [3]


def test_white_space_around_does_not_make_a_cell_long():
    snapshot = read(Events=events({"Town": f"{' ' * 40_000}Weed{' ' * 9_000}", "Venue": " " * 50_000}))
    assert (snapshot.events[0].town, snapshot.events[0].venue_text) == ("Weed", None)
    assert codes(snapshot) == []


def test_no_cache_keeps_a_text_that_is_too_long():
    long = "Coffee with a Cop, Oct 7 " * 2_000
    before = sys.getrefcount(long)
    for kind in cell_kinds._KINDS:
        cell_kinds.is_kind(kind, long)
    assert sys.getrefcount(long) == before

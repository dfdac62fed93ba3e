"""Long cells: no pattern sees more than the limit, and no cell fills the list of problems."""

import importlib
import pkgutil
import re
import sys
import types
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from cwac import sheet
from cwac.model import Accounting, Cell, Problem, Tab
from cwac.sheet import cell_kinds
from cwac.sheet.schema import Column, TabSpec
from cwac.sheet.text import MAX_CELL, MAX_LIST, MAX_NOTE, MAX_PROBLEMS, MAX_QUOTE
from tests.cases import each
from tests.sheet.county import COLUMNS, EVENT, LISTS, codes, events, problems, read

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


class Spy:
    """A compiled pattern that records the longest text it sees."""

    longest = 0

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self.pattern = pattern

    def __getattr__(self, name: str) -> object:
        method = getattr(self.pattern, name)
        return watched(method) if callable(method) else method

    def __eq__(self, other: object) -> bool:
        return self.pattern == getattr(other, "pattern", other)

    __hash__ = None  # type: ignore[assignment]


def watched(function: Callable[..., object], first: int = 0) -> Callable[..., object]:
    """The function, whose texts from the argument of this number on are measured."""

    def watch(*args: object, **flags: object) -> object:
        Spy.longest = max(Spy.longest, *(len(text) for text in args[first:] if isinstance(text, str)), 0)
        return function(*args, **flags)

    return watch


def spied(value: object) -> object:
    if isinstance(value, re.Pattern):
        return Spy(value)
    if isinstance(value, tuple) and any(isinstance(part, re.Pattern | tuple) for part in value):
        return tuple(map(spied, value))
    return value


@pytest.fixture
def spy(monkeypatch):
    """Watches every pattern of the reader, compiled or not."""
    names = ("match", "fullmatch", "search", "sub", "split", "findall")
    functions = types.SimpleNamespace(**vars(re) | {name: watched(getattr(re, name), first=1) for name in names})
    for module in MODULES:
        for name, value in list(vars(module).items()):
            if spied(value) is not value and not name.startswith("__"):
                monkeypatch.setattr(module, name, spied(value))
        if hasattr(module, "re"):
            monkeypatch.setattr(module, "re", functions)
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
    names, *listed = LISTS.get(spec.name, [[]])
    rows: list[dict[Any, Cell]] = [dict(zip(names, row, strict=True)) for row in listed]
    first = len(rows) + 2
    rows += [good_row(spec, number) | {column.header: cell} for number, cell in enumerate(cells, 1)]
    header = [column.header for column in spec.columns]
    snapshot = read(**{spec.name: [header, *([row.get(name) for name in header] for row in rows)]})
    return [
        [problem for problem in snapshot.problems if (problem.tab, problem.row) == (spec.name, row)]
        for row in range(first, first + len(cells))
    ]


@pytest.mark.slow
@each(("spec", "column"), COLUMNS)
def test_no_pattern_sees_a_cell_that_is_too_long(spec, column, spy):
    cells = [
        before + (again * 12_000)[: 12_000 - len(before + after)] + after for before, again, after in SHAPES.values()
    ]
    spy.longest = 0
    problems_by_cell(spec, column, ["x"] * len(cells))
    usual, spy.longest = spy.longest, 0
    assert usual > 0
    read_problems = problems_by_cell(spec, column, cells)
    assert spy.longest <= max(usual, column.longest)
    for shape, found in zip(SHAPES, read_problems, strict=True):
        too_large = [one.severity for one in found if (one.code, one.column) == ("too-large", column.header)]
        assert too_large == ["warning" if column.longest == MAX_NOTE else "error"], shape
        assert all(problem.found is None or len(problem.found) <= MAX_QUOTE for problem in found), shape
        assert max(len(problem.advice) for problem in found) < 1_200, shape


@pytest.mark.slow
@each(("spec", "column"), COLUMNS)
def test_no_cell_gives_more_than_twenty_problems_or_a_long_quote(spec, column):
    cells = []
    for length in (column.longest, 12_000):
        repeated = [(typed * length)[:length] for typed in ("ab,", "ab;", "a1 ", "Zq & ", "TBD, ", "x?;", "wxy/")]
        cells += [*repeated, ", ".join(f"n{number}x" for number in range(length))[:length]]
    for cell, found in zip(cells, problems_by_cell(spec, column, cells), strict=True):
        case = cell[:10], len(cell)
        counted = Counter(problem.cell for problem in found if problem.cell)
        assert max(counted.values(), default=0) <= MAX_PROBLEMS, case
        assert all(problem.found is None or len(problem.found) <= MAX_QUOTE for problem in found), case
        assert sum(len(problem.advice) for problem in found) < 40_000, case


def advice_on_partners(typed: str) -> list[str]:
    return problems(read(Events=events({"Partner agencies": typed})), "advice", column="Partner agencies")


def test_the_last_of_twenty_problems_says_how_many_more_there_are():
    advice = advice_on_partners("; ".join(f"Nobody{number}" for number in range(50)))
    assert len(advice) == MAX_PROBLEMS
    assert [words.startswith("31 more") for words in advice].count(True) == 1


@each("length", [MAX_QUOTE, MAX_QUOTE + 1, MAX_LIST - 5])
def test_a_long_part_is_quoted_short_in_advice(length):
    [advice] = advice_on_partners(f"{'z' * length}; WPD")
    assert ("z" * MAX_QUOTE in advice) is (length == MAX_QUOTE)
    assert "z" * (MAX_QUOTE + 1) not in advice


def test_the_same_part_again_and_again_is_one_problem():
    assert len(advice_on_partners("abc," * 400)) == 1


@pytest.mark.slow
@each(("spec", "column"), COLUMNS)
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
    for (cell, is_too_large), found in zip(cells.items(), problems_by_cell(spec, column, list(cells)), strict=True):
        bounds = [problem for problem in found if (problem.code, problem.column) == ("too-large", column.header)]
        if column.field == "summary":
            assert "200" in bounds[0].advice or is_too_large
        else:
            assert bool(bounds) is is_too_large, len(cell)


def test_a_long_note_is_clipped_and_used_and_a_long_name_is_not():
    snapshot = read(Events=events({"Public notes": "n" * 6_000, "Town": "Weed" * 200, "Title": "t" * 501}))
    event = snapshot.events[0]
    assert event.public_notes == "n" * MAX_NOTE
    assert (event.town, event.town_text, event.title) == (None, None, "Coffee with a Cop")
    assert set(problems(snapshot, "column", "severity", code="too-large")) == {
        ("Public notes", "warning"), ("Town", "error"), ("Title", "error"),
    }  # fmt: skip


def test_a_long_required_cell_leaves_its_row_out_with_one_reason():
    snapshot = read(Staffing=[["Event ID", "Officer"], ["E1", "OF-01"], ["E1", "x" * 600], ["y" * 600, "OF-02"]])
    assert snapshot.accounting["Staffing"] == Accounting(rows=3, kept=1, left_out=2)
    assert [code for code, _ in codes(snapshot)] == ["too-large", "too-large"]


def test_long_headers_and_titles_are_quoted_short_and_never_matched(spy):
    evil = "Status " + "(" * 50_000
    table = events({})
    snapshot = read(
        Tab("Events", [[*table[0], evil], *[[*row, "x"] for row in table[1:]]]),
        Tab(f"Staffing{' ' * 600}x{'!' * 50_000}", [["Event ID", "Officer"], ["E1", "OF-01"]]),
        Tab("Towns", [["a" * 50_000], ["Town"], ["Weed"]]),
        Tab("Unused", [[evil] * 3] * 3),
    )
    assert spy.longest <= MAX_CELL
    assert problems(snapshot, "cell", code="too-large") == ["K1"]
    assert [town.name for town in snapshot.towns] == ["Weed"]
    for problem in snapshot.problems:
        assert all(len(text) <= MAX_QUOTE for text in (problem.found, problem.column) if text is not None)
        assert len(problem.advice) < 600


def test_clipped_text_is_not_equal_to_the_same_typed_text():
    long = "n" * 6_000
    snapshot = read(Events=events({"Internal notes": long[:MAX_NOTE]}, {"Event ID": "E2", "Internal notes": long}))
    assert problems(snapshot, "row", code="too-large") == [3]


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

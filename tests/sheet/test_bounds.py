"""Long cells: no pattern sees more than the limit, and no cell fills the list of problems."""

import importlib
import pkgutil
import re
import types
from collections import Counter

import pytest

from cwac import sheet
from cwac.model import Cell, Problem, Snapshot, Tab, Workbook
from cwac.sheet.reader import read_workbook
from cwac.sheet.reading import MAX_PROBLEMS
from cwac.sheet.schema import TABS, Column, TabSpec
from cwac.sheet.text import MAX_CELL, MAX_LIST, MAX_NOTE, MAX_QUOTE
from tests.bench.cells import SHAPES, shaped
from tests.cases import each
from tests.sheet.county import AS_OF, EVENT, LISTS, TODAY, codes, events, read

COLUMNS = [(spec, column) for spec in TABS for column in spec.columns]
NAMES = [f"{spec.name}: {column.header}" for spec, column in COLUMNS]
MODULES = [
    importlib.import_module(found.name)
    for found in pkgutil.walk_packages(sheet.__path__, "cwac.sheet.")
    if found.name != "cwac.sheet.template"
]


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
    Spy.longest = max(Spy.longest, *(len(one) for one in args if isinstance(one, str)), 0)


def spied(value: object) -> object:
    if isinstance(value, re.Pattern):
        return Spy(value)
    if isinstance(value, tuple) and any(isinstance(one, re.Pattern | tuple) for one in value):
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


def good_row(spec: TabSpec) -> dict[str, Cell]:
    return {
        "Events": dict(EVENT),
        "Staffing": {"Event ID": "E1", "Officer": "OF-01"},
        "Attendance": {"Event ID": "E1"},
        "Agencies": {"Agency": "APD", "Name": "Another"},
        "Officers": {"Officer ID": "OF-9", "Name": "Z. Zed", "Agency": "WPD"},
        "Time off": {"Officer": "OF-01", "From": 46400, "To": 46401},
        "Venues": {"Venue": "Here", "Town": "Weed"},
        "Towns": {"Town": "Dorris"},
        "Coverage": {"Town": "Weed", "Agency": "WPD"},
        "Follow-ups": {"Follow-up ID": "F1", "Event ID": "E1"},
    }[spec.name]


def county_with(spec: TabSpec, column: Column, cell: Cell) -> Workbook:
    grids = {"Events": events({})} | LISTS
    header = [one.header for one in spec.columns]
    typed = good_row(spec) | {column.header: cell}
    before = [[dict(zip(grids[spec.name][0], row, strict=True)).get(name) for name in header]
              for row in grids.get(spec.name, [[]])[1:] if spec.name != "Events"]  # fmt: skip
    grids[spec.name] = [header, *before, [typed.get(name) for name in header]]
    return Workbook("county", AS_OF, "America/Los_Angeles", tuple(Tab(name, rows) for name, rows in grids.items()))


def of_column(snapshot: Snapshot, spec: TabSpec, column: Column) -> list[Problem]:
    return [one for one in snapshot.problems if (one.tab, one.column) == (spec.name, column.header)]


@each(("spec", "column"), COLUMNS, ids=NAMES)
def test_no_pattern_sees_a_cell_that_is_too_long(spec, column, spy):
    spy.longest = 0
    read_workbook(county_with(spec, column, "x"), TODAY)
    usual, spy.longest = spy.longest, 0
    assert usual > 0
    for shape in SHAPES:
        snapshot = read_workbook(county_with(spec, column, shaped(shape, 50_000)), TODAY)
        assert spy.longest <= max(usual, column.longest)
        found = of_column(snapshot, spec, column)
        is_note = column.longest == MAX_NOTE
        assert [one.severity for one in found if one.code == "too-large"] == ["warning" if is_note else "error"]
        assert all(one.found is None or len(one.found) <= MAX_QUOTE for one in snapshot.problems)
        assert max(len(one.advice) for one in snapshot.problems) < 1_200


@pytest.mark.slow
@each(("spec", "column"), COLUMNS, ids=NAMES)
@each("length", [MAX_CELL, MAX_LIST, MAX_NOTE, 50_000])
def test_no_cell_gives_more_than_twenty_problems_or_a_long_quote(spec, column, length):
    for typed in ("ab,", "ab;", "a1 ", "Zq & ", "TBD, ", "x?;", "wxy/"):
        snapshot = read_workbook(county_with(spec, column, (typed * length)[:length]), TODAY)
        numbered = ", ".join(f"n{number}x" for number in range(length))[:length]
        many = read_workbook(county_with(spec, column, numbered), TODAY)
        for problems in (snapshot.problems, many.problems):
            counted = Counter((one.tab, one.cell) for one in problems if one.cell)
            assert max(counted.values(), default=0) <= MAX_PROBLEMS
            assert all(one.found is None or len(one.found) <= MAX_QUOTE for one in problems)
            assert sum(len(one.advice) for one in problems) < 40_000


def test_the_last_of_twenty_problems_says_how_many_more_there_are():
    typed = "; ".join(f"Nobody{number}" for number in range(50))
    snapshot = read(Events=events({"Partner agencies": typed}))
    found = [one for one in snapshot.problems if one.column == "Partner agencies"]
    assert len(found) == MAX_PROBLEMS
    assert [one.advice.startswith("31 more") for one in found].count(True) == 1


@each("length", [MAX_QUOTE, MAX_QUOTE + 1, MAX_LIST - 5])
def test_a_long_part_is_quoted_short_in_advice(length):
    part = "z" * length
    snapshot = read(Events=events({"Partner agencies": f"{part}; WPD"}))
    [advice] = [one.advice for one in snapshot.problems if one.column == "Partner agencies"]
    assert ("z" * MAX_QUOTE in advice) is (length == MAX_QUOTE)
    assert "z" * (MAX_QUOTE + 1) not in advice


def test_the_same_part_again_and_again_is_one_problem():
    snapshot = read(Events=events({"Partner agencies": "abc," * 400}))
    assert len([one for one in snapshot.problems if one.column == "Partner agencies"]) == 1


@each(("spec", "column"), COLUMNS, ids=NAMES)
def test_the_bound_of_each_column_from_both_sides(spec, column):
    limit = column.longest
    assert limit == (
        MAX_NOTE if column.field in ("public_notes", "internal_notes", "note", "summary")
        else MAX_LIST if column.field in ("partner_agencies", "aliases", "emails", "languages", "officers")
        else MAX_CELL
    )  # fmt: skip
    for length, too_large in ((limit, False), (limit + 1, True)):
        for typed in ("é" * length, f"  {'é' * length}\n\t"):
            snapshot = read_workbook(county_with(spec, column, typed), TODAY)
            bounds = [one for one in of_column(snapshot, spec, column) if one.code == "too-large"]
            if column.field == "summary":
                assert "200" in bounds[0].advice or too_large
            else:
                assert bool(bounds) is too_large


def test_a_long_note_is_clipped_and_used_and_a_long_name_is_not():
    snapshot = read(Events=events({"Public notes": "n" * 6_000, "Town": "Weed" * 200, "Title": "t" * 501}))
    event = snapshot.events[0]
    assert event.public_notes == "n" * MAX_NOTE
    assert (event.town, event.town_text, event.title) == (None, None, "Coffee with a Cop")
    found = {one.column: (one.code, one.severity) for one in snapshot.problems if one.code == "too-large"}
    assert found == {
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
    assert [one.cell for one in snapshot.problems if one.code == "too-large"] == ["K1"]
    assert [town.name for town in snapshot.towns] == ["Weed"]
    for one in snapshot.problems:
        assert all(len(text) <= MAX_QUOTE for text in (one.found, one.column) if text is not None)
        assert len(one.advice) < 600


def test_clipped_text_is_not_equal_to_the_same_typed_text():
    long = "n" * 6_000
    rows = events({"Internal notes": long[:MAX_NOTE]}, {"Event ID": "E2", "Internal notes": long})
    snapshot = read(Events=rows)
    assert [one.row for one in snapshot.problems if one.code == "too-large"] == [3]


def test_white_space_around_does_not_make_a_cell_long():
    snapshot = read(Events=events({"Town": f"{' ' * 40_000}Weed{' ' * 9_000}", "Venue": " " * 50_000}))
    assert (snapshot.events[0].town, snapshot.events[0].venue_text) == ("Weed", None)
    assert codes(snapshot) == []

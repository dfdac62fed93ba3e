"""Tabs that forms fill, what is read of each, what is to be typed, and that nothing counts by answers: `cases.txt`.

`### ` begins a case, `== ` a tab, whose rows have their cells between bars: `@9` is nine hours after the day began, and
a tab without rows is left out. `[forms] ` is a line of the settings, and `moved ` says when an event was moved. Below
is what comes of it: `: ` a tab that is read, `= ` its rows, `+ ` a record, `> ` an answer and the cell to type, `# `
the guests of an event, `! ` a problem and `* ` a finding.
"""

import datetime as dt
import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cwac.analysis.alerts import alerts
from cwac.analysis.revisions import Revisions, advance
from cwac.analysis.staffing import gap_board
from cwac.exports import tables
from cwac.forms.answers import Moved, answered, to_do, words
from cwac.forms.answers import moved as moved_at
from cwac.forms.questions import findings
from cwac.forms.settings import Forms
from cwac.model import Cell, Snapshot
from cwac.settings import Settings
from tests.cases import each
from tests.forms.answered import ANSWERS, DAY, FORM_TABS, at, read
from tests.sheet import county

CASES = [case.split("\n") for case in Path(__file__).with_name("cases.txt").read_text("utf-8").strip().split("\n\n")]


def lean(record: object) -> str:
    """The values of a record that do not stand at their default."""
    values = ((name, getattr(record, name)) for name in record.__slots__)  # type: ignore[attr-defined]
    return ", ".join(f"{name} {value}" for name, value in values if value not in (None, "", ()) and value is not False)


def lines_of(snapshot: Snapshot, titles: set[str], moved: Moved, settings: Settings) -> Iterator[str]:
    yield from (f": {table.tab} is {table.meaning}" for table in snapshot.reading if table.tab in titles)
    yield from (f"= {name}: {lean(snapshot.accounting[name])}" for name in FORM_TABS if name in snapshot.accounting)
    yield from (f"+ {lean(record)}" for record in (*snapshot.added, *snapshot.headcounts))
    for one in answered(snapshot, moved):
        cell = f" -> {one.to_do.words}" if one.to_do else ""
        yield f"> {one.event.id}, {one.answer.name} {words(one.answer, DAY, one.void)}; {one.sheet}{cell}"
    cells = [one.to_do.cell for one in to_do(snapshot, moved=moved) if one.to_do]
    yield from [f"> in this order: {', '.join(map(str, cells))}"] if len(cells) > 1 else []
    for row in tables.attendance_rows(snapshot):
        yield f"# {row['event_id']}: {row['guests']} ({row['count_source']})"
    for problem in snapshot.problems:
        if problem.kind in FORM_TABS or problem.tab in titles or problem.found in titles:
            where = f"{problem.tab} {problem.cell}" if problem.cell else problem.advice
            yield f"! {problem.severity} {problem.code}: {where}"
    for finding in findings(settings, snapshot):
        yield f"* {finding.result}: " + " / ".join(filter(None, (finding.found, finding.next, finding.whose)))


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_tabs_of_forms_become_what_their_case_says(case: list[str]) -> None:
    typed = [line for line in case if not re.match(r"[:=+>#!*] ", line)]
    tabs: dict[str, list[list[Cell]]] = {}
    added: tuple[Forms, ...] = ()
    moved: dict[str, dt.datetime] = {}
    for line in typed[1:]:
        if line.startswith("== "):
            rows = tabs[line[3:]] = []
        elif line.startswith("[forms] "):
            added = (Forms(**tomllib.loads(line[8:])),)
        elif line.startswith("moved "):
            moved[line.split()[1]] = dt.datetime.fromisoformat(line.partition(" ")[2].partition(" ")[2])
        else:
            cells = county.typed_rows(line)[0]
            rows.append([at(float(cell[1:])) if str(cell).startswith("@") else cell for cell in cells])
    told = [*typed, *lines_of(read(**tabs), set(tabs), moved, Settings(added=added))]
    assert told == case, "\n".join(told)


@each(
    ("cells", "moved"),
    [
        ({"Date": 46401}, True), ({"Start": 9 / 24}, True), ({"End": 12 / 24}, True),
        ({"Status": "Tentative"}, False), ({"Town": "Yreka"}, False), ({"Title": "Coffee again"}, False), ({}, False),
    ],
)  # fmt: skip
def test_event_was_moved_where_a_stored_version_has_another_day_or_time(cells, moved):
    versions = [read(), read(Events=county.events({"Event ID": "E1", "Partner agencies": "WPD"} | cells))]
    past = Revisions()
    for number, version in enumerate(versions):
        past = advance(past, version, dt.datetime(2026, 11, 20 + number, 20, tzinfo=dt.UTC))
    asked = read(Form1=[ANSWERS, [at(9), "E1", "OF-01", "Yes"]])
    assert moved_at(asked, _past=past) == ({"E1": dt.datetime.fromisoformat("2026-11-21T12:00")} if moved else {})
    assert moved_at(asked, _past=None) == {}
    assert moved_at(versions[1], _past=past) == {}


ONE_ROW = (
    st.sampled_from(["E1", "E2", "E3", None]),
    st.sampled_from(["OF-01", "OF-02", "OF-03", "B. Demo", "nobody", None]),
    st.sampled_from(["Yes", "No", "Maybe", "Sí", "what?", None]),
    st.sampled_from([None, "a note"]),
)
ROWS = st.lists(st.tuples(st.one_of(st.none(), st.floats(at(0), at(48)), st.just("soon")), *ONE_ROW), max_size=8)
PLAIN = read()


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(ROWS)
def test_answers_never_change_who_is_staffed_confirmed_or_missing(rows):
    snapshot = read(Form1=[ANSWERS, *map(list, rows)])
    own = {"added", "problems", "accounting", "content_hash", "tab_ids", "tab_columns", "free_rows", "reading"}
    kept = {name: getattr(PLAIN, name) for name in own}
    assert replace(snapshot, **kept) == PLAIN
    assert alerts(snapshot, snapshot.today) == alerts(PLAIN, PLAIN.today)
    assert gap_board(snapshot, snapshot.today) == gap_board(PLAIN, PLAIN.today)
    for export in (tables.event_rows, tables.staffing_rows):
        assert export(snapshot) == export(PLAIN)
    account = snapshot.accounting["Officer answers"]
    assert account.rows == account.kept + account.left_out + account.skipped
    assert account.rows == sum(any(cell is not None for cell in row) for row in rows)


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 500), *ONE_ROW), max_size=8, unique_by=lambda row: row[0]), st.randoms())
def test_order_of_rows_does_not_matter_but_by_time(rows, random):
    timed = [[at(hours / 10), *row] for hours, *row in rows]
    found = [
        {(one.event.id, replace(one.answer, row=0), one.to_do) for one in answered(read(Form1=[ANSWERS, *ordered]))}
        for ordered in (timed, random.sample(timed, len(timed)))
    ]
    assert found[0] == found[1]

"""Tabs that forms fill, what is read of each, what is to be typed, and what doctor says: `cases.txt`.

`### ` begins a case, `== ` a tab, whose rows have their cells between bars: `@9` is nine hours after the day began, and
a tab without rows is left out. `[forms] ` is a line of the settings, and `moved ` says when an event was moved. Below
is what comes of it: `: ` a tab that is read, `= ` its rows, `+ ` a record, `> ` an answer and the cell to type, `# `
the guests of an event, `! ` a problem and `* ` a finding.
"""

import datetime as dt
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from cwac.exports.tables import attendance_rows
from cwac.forms.answers import Moved, answered, to_do, words
from cwac.forms.questions import findings
from cwac.forms.settings import Forms
from cwac.model import Cell, Snapshot
from cwac.settings import Settings
from tests.forms.answered import DAY, FORM_TABS, at, read
from tests.sheet.county import typed_rows

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
    yield from (f"# {row['event_id']}: {row['guests']} ({row['count_source']})" for row in attendance_rows(snapshot))
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
            cells = typed_rows(line)[0]
            rows.append([at(float(cell[1:])) if str(cell).startswith("@") else cell for cell in cells])
    told = [*typed, *lines_of(read(**tabs), set(tabs), moved, Settings(added=added))]
    assert told == case, "\n".join(told)

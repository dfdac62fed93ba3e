"""Compares what the reader makes of workbooks that clerks kept with what a careful person reads in them.

`python -m tests.sheet.own_sheets` prints the table; with a workbook's name, the facts that were not read.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cwac.model import Event, Problem, Snapshot, SourceUnavailable
from cwac.settings import Rules
from cwac.sheet.names import name_key, words
from cwac.sheet.reader import read_workbook
from cwac.sources.excel import read_excel

OWN = Path(__file__).parents[1] / "sheets" / "own"
TRUTH: dict[str, dict[str, Any]] = json.loads((OWN / "truth.json").read_text(encoding="utf-8"))
_ABOUT_OTHERS = ("made-id", "missing-tab", "overdue", "agency-unknown")
"""Codes of problems that ask nothing about a fact in the sheet."""


@dataclass
class Score:
    right: int = 0
    asked: int = 0
    silent: int = 0
    not_read: list[str] = field(default_factory=list)

    @property
    def facts(self) -> int:
        return self.right + self.asked + self.silent


def read_own(name: str, rules: Rules | None = None) -> Snapshot:
    return read_workbook(read_excel(OWN / name), dt.date.fromisoformat(TRUTH[name]["on"]), rules)


def score(snapshot: Snapshot, truth: dict[str, Any]) -> Score:
    """Right, asked and wrong in silence, over every fact of every row."""
    counted = Score()
    left = list(snapshot.events)
    for row in truth["rows"]:
        event = _event_of(left, row)
        if event is not None:
            left.remove(event)
        for kind, wanted, cells, is_right in _facts(snapshot, event, row):
            where = f"{row['tab']} {row['row']} {kind} {wanted!r}"
            if is_right:
                counted.right += 1
            elif any(_names(problem, row, cells, kind) for problem in snapshot.problems):
                counted.asked += 1
                counted.not_read.append(f"asked  {where}")
            else:
                counted.silent += 1
                counted.not_read.append(f"SILENT {where}")
    for event in left:
        counted.silent += 1
        counted.not_read.append(f"SILENT no such event {event.date} {event.venue_text} {event.town_text}")
    return counted


def _event_of(events: list[Event], row: dict[str, Any]) -> Event | None:
    day = dt.date.fromisoformat(row["date"])
    same = [event for event in events if event.date == day]
    return max(same, key=lambda event: sum(_is_at(event, place) for place in row["place"]), default=None)


def _is_at(event: Event, place: str) -> bool:
    typed = [event.venue_text, event.town_text, event.town, event.venue.name if event.venue else None]
    return any(name_key(place) in name_key(text) for text in typed if text)


def _facts(snapshot: Snapshot, event: Event | None, row: dict[str, Any]) -> list[tuple[str, Any, list[str], bool]]:
    cells = {kind: where if isinstance(where, list) else [where] for kind, where in row.get("cells", {}).items()}
    facts = [("date", row["date"], cells.get("date", []), event is not None)]

    def add(kind: str, wanted: Any, is_right: bool) -> None:
        facts.append((kind, wanted, cells.get(kind, []), event is not None and is_right))

    if "start" in row:
        add("start", row["start"], bool(event and event.start and f"{event.start:%H:%M}" == row["start"]))
    for place in row["place"]:
        add("place", place, bool(event and _is_at(event, place)))
    agencies = {_agency(name) for name in (event.agencies if event else ())}
    agencies |= {_agency(row.agency) for row in _staff(snapshot, event) if row.agency}
    for agency in row.get("agency", ()):
        add("agency", agency, _agency(agency) in agencies)
    named = [set(words(person.name or "")) for person in _staff(snapshot, event) if not person.placeholder]
    for person in row.get("people", ()):
        add("people", person, any(words(person)[-1] in one for one in named))
    if "people" in row and len(named) != len(row["people"]):
        add("people", "and nobody else", False)
    counts = [count.guests for count in snapshot.headcounts if event and count.event_id == event.id]
    if "attendance" in row:
        best = sum(count.best for count in counts if count is not None) if any(counts) else None
        add("attendance", row["attendance"], best == row["attendance"])
    if "canceled" in row:
        add("canceled", row["canceled"], bool(event and (event.status == "Cancelled") == row["canceled"]))
    return facts


def _staff(snapshot: Snapshot, event: Event | None) -> list[Any]:
    return [row for row in snapshot.assignments if event and row.event_id == event.id]


def _agency(name: str) -> str:
    return re.sub(r"police( department)?", "pd", name.casefold())


_COLUMNS = {"place": ("Venue", "Town"), "agency": ("Lead agency",), "date": ("Date",), "start": ("Start",)}


def _names(problem: Problem, row: dict[str, Any], cells: list[Any], kind: str) -> bool:
    """Whether a problem names a fact's cell, column or tab."""
    if problem.code in _ABOUT_OTHERS:
        return False
    if problem.cell is None:
        whole = problem.found == row["tab"] or problem.code in ("no-events-tab", "no-header")
        return whole or (problem.code == "missing-column" and problem.column in _COLUMNS.get(kind, ()))
    tab, number = row["tab"], row["row"]
    if cells and isinstance(cells[0], str) and len(cells) == 3 and any(isinstance(part, int) for part in cells):
        tab, number, cells = cells[0], cells[1], [cells[2]]
    letters = problem.cell.rstrip("0123456789")
    is_header = problem.code in ("unused-column", "perhaps-column", "duplicate-column", "cut-off")
    return problem.tab in (tab, "Events", "Attendance") and letters in cells and (is_header or problem.row == number)


def scores() -> dict[str, Score]:
    measured = {}
    for name, truth in TRUTH.items():
        try:
            measured[name] = score(read_own(name), truth)
        except SourceUnavailable as trouble:
            nothing = Snapshot("", dt.datetime(2026, 12, 1, tzinfo=dt.UTC), "UTC", dt.date(2026, 12, 1))
            asked = sum(len(_facts(nothing, None, row)) for row in truth["rows"])
            measured[name] = Score(0, asked, 0, [f"refused: {trouble}"])
    return measured


def table(measured: dict[str, Score]) -> str:
    lines = [f"{'workbook':34} {'facts':>5} {'right':>5} {'asked':>5} {'silent':>6}"]
    whole: Counter[str] = Counter()
    for name, one in measured.items():
        lines.append(f"{name:34} {one.facts:5} {one.right:5} {one.asked:5} {one.silent:6}")
        whole.update(facts=one.facts, right=one.right, asked=one.asked, silent=one.silent)
    lines.append(f"{'all':34} {whole['facts']:5} {whole['right']:5} {whole['asked']:5} {whole['silent']:6}")
    return "\n".join([*lines, f"{100 * whole['right'] / whole['facts']:.1f}% right"])


if __name__ == "__main__":
    measured = scores()
    print(table(measured))
    for name in measured if sys.argv[1:] == ["all"] else sys.argv[1:]:
        print(name, *measured[name].not_read, sep="\n  ")

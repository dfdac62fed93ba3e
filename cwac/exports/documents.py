"""The parts of JSON answers that the command line and the API share, and the answers' JSON Schemas."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from importlib import resources

from cwac import release
from cwac.analysis.changes import Change
from cwac.analysis.periods import Period
from cwac.analysis.staffing import Gap, gap_board
from cwac.exports.tables import Row, values_of
from cwac.model import PROBLEM_KEYS, Accounting, Alert, Problem, Snapshot
from cwac.sheet.schema import every_tab


def gaps(snapshot: Snapshot, month: Period | None = None, agency: str | None = None) -> tuple[Gap, ...]:
    """The events to come, soonest first, that lack an officer; with an agency, those that name it or ask it for one."""
    board = gap_board(snapshot, snapshot.today, agency=agency, until=month.last if month else None)
    return tuple(
        gap for gap in board if (gap.fill.short or gap.fill.owed) and (month is None or gap.fill.event.date in month)
    )


def gap_rows(gaps: Sequence[Gap]) -> list[Row]:
    return [
        {
            "event_id": gap.fill.event.id,
            **values_of(gap.fill.event, ("date", "start", "town", "agencies")),
            **values_of(gap.fill, ("needed", "assigned", "requested")),
            "placeholders": gap.fill.asked,
            "open": gap.fill.short,
            "owed": [{"agency": agency, "positions": number} for agency, number in gap.fill.owed],
        }
        for gap in gaps
    ]


def alert_row(alert: Alert) -> Row:
    """The record's fields are the contract's keys, in its order."""
    return asdict(alert)


def change_row(change: Change) -> Row:
    effects = [values_of(effect, ("kind", "code", "event_ids", "message")) for effect in change.effects]
    names = ("action", "tab", "id", "event_id", "date", "agencies", "details")
    return values_of(change, names) | {"effects": effects}


def problem_row(problem: Problem, advice: str) -> Row:
    """The problem by the contract's keys. `advice` may name the officers whom its reader may see."""
    return values_of(problem, PROBLEM_KEYS) | {"advice": advice}


def accounting(snapshot: Snapshot) -> list[tuple[str, Accounting]]:
    """How each tab's rows were read, in the contract's order."""
    return [(spec.name, snapshot.accounting[spec.name]) for spec in every_tab() if spec.name in snapshot.accounting]


def tabs(snapshot: Snapshot) -> Mapping[str, Mapping[str, int]]:
    """Tab -> the number of its rows, and how many were kept, left out and skipped, as JSON has them."""
    return {name: asdict(rows) for name, rows in accounting(snapshot)}


def public(snapshot: Snapshot) -> Row:
    """How many events are public, and what is held back of the others, by the contract's keys."""
    held = [values_of(one, ("event_id", "what", "tab", "cell", "why")) for one in release.held_back(snapshot)]
    return {"events": sum(1 for _ in release.released_events(snapshot)), "held_back": held}


def reading(snapshot: Snapshot) -> list[Row]:
    """What was understood of each tab and column, by the contract's keys."""
    return [
        {
            "tab": table.tab,
            "as": table.meaning,
            "header_row": table.header_row,
            "rows": table.rows,
            "columns": [
                {"column": of.column, "header": of.header, "as": of.meaning, "by": of.by, "perhaps": of.perhaps}
                for of in table.columns
            ],
        }
        for table in snapshot.reading
    ]


SCHEMAS = (
    "check", "columns", "alerts", "gaps", "changes", "events", "staffing", "attendance", "follow-ups", "report",
    "funder-report", "doctor",
)  # fmt: skip


@cache
def schema(name: str) -> Row:
    """The JSON Schema (draft 2020-12) of one answer. Callers share it and must not change it."""
    file = resources.files("cwac.exports") / "schemas" / f"{name}.json"
    loaded: Row = json.loads(file.read_text(encoding="utf-8"))
    return loaded

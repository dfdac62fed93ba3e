"""Where a value or row of an earlier version still is in the sheet, if it can no longer be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable

from cwac.model import Problem, Snapshot
from cwac.sheet.schema import EVENTS, TABS

_SPECS = {spec.name: spec for spec in TABS}
_OF_EVENTS = ("id", "date", "officers", "guests")
"""Columns of Events that cost an event, or what a sheet of one tab has in place of rows of Staffing and Attendance."""


class UnreadCells:
    """The cells of the later of two versions that keep something of the earlier one from being read."""

    def __init__(self, before: Snapshot, after: Snapshot) -> None:
        self._before, self._after = before, after
        errors = [problem for problem in after.problems if problem.severity == "error"]
        self._by_cell = {(problem.tab, problem.row, problem.field_name): problem for problem in errors}
        known = Counter(map(_key, before.problems))
        self._costly: list[Problem] = []
        """New problems that cost a row; each is the answer for one row only."""
        for problem in errors:
            if known[_key(problem)]:
                known[_key(problem)] -= 1
            elif _costs_a_row(problem):
                self._costly.append(problem)
        self._more_people = Counter(person.event_id for person in after.unread_people)
        self._more_people.subtract(person.event_id for person in before.unread_people)

    def of_value(self, tab: str, row: int, field: str) -> str | None:
        """`C12 of Events`, where the value of that field is; None if the cell is blank."""
        problem = self._by_cell.get((tab, row, field))
        return self._missing(tab, (field,)) if problem is None else _place(problem)

    def of_row(self, tab: str, row: int, event_id: str | None = None, field: str | None = None) -> str | None:
        """`B12 of Staffing`, which keeps the earlier row from being read; None if the row is gone.

        `event_id` is that of the row's event in the later version. `field` limits it to that column.
        """
        costly = [
            problem for problem in self._costly if problem.tab == tab and (not field or problem.field_name == field)
        ]
        costly.sort(key=lambda problem: problem.row != row)  # rows may have moved
        for problem in costly:
            if problem.row == row or (event_id is not None and problem.event_id == event_id):
                self._costly.remove(problem)
                return _place(problem)
        needed = [column.field for column in _SPECS[tab].columns if column.required and tab != "Events"]
        if missing := self._missing(tab, [field] if field else needed):
            return missing
        if tab == "Staffing" and self._more_people[event_id or ""] > 0:
            self._more_people[event_id or ""] -= 1
            return "a row of Staffing"  # a liaison sees no problems of another agency's rows
        return None

    def _missing(self, tab: str, fields: Iterable[str]) -> str | None:
        """The column or tab that the later version no longer has."""
        before, after = self._before.tab_columns.get(tab, {}), self._after.tab_columns.get(tab)
        gone = next((field for field in fields if field in before and field not in (after or {})), None)
        if gone is None:
            return None
        return f"no tab {tab}" if after is None else f"no column {_SPECS[tab].column(gone).header} in {tab}"


def _key(problem: Problem) -> Hashable:
    return problem.tab, problem.field_name, problem.code, problem.found, problem.event_id


def _costs_a_row(problem: Problem) -> bool:
    spec, field = _SPECS.get(problem.tab or ""), problem.field_name
    if spec is None or field is None:
        return False
    return field in _OF_EVENTS if spec is EVENTS else spec.column(field).required or field == spec.unique


def _place(problem: Problem) -> str:
    where = problem.cell or f"row {problem.row}"
    return f"{where} of {problem.tab}"

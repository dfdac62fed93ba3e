"""The problems of a header row: columns that are not read, read by another name, or beyond the table."""

from __future__ import annotations

from cwac import model
from cwac.sheet import text
from cwac.sheet.cell_kinds import LOOKED_AT, Cells
from cwac.sheet.naming_headers import may_be_name
from cwac.sheet.plan import ColumnPlan, TablePlan
from cwac.sheet.problems import Problems
from cwac.sheet.table import Part, Table, column_letters, shorten, split_row


class ColumnReport:
    """Reports the columns of a table by its plan, and notes on the table those that are not read."""

    def __init__(self, problems: Problems, table: Table, part: Part, plan: TablePlan) -> None:
        self._problems = problems
        self._table = table
        self._part = part
        self._plan = plan
        self._header_at = {one.index: one.header for one in plan.columns}
        self._names = {column.field: column.header for column in table.spec.columns}
        self._may_name = self._headers_that_may_name()

    def report(self, *, is_first: bool) -> None:
        """Report each column once a tab: where it is the tab's first table."""
        table, columns = self._table, self._plan.columns
        for one in columns if is_first else ():
            if (found := self._problem_of(one)) is not None:
                self._add(one.index, *found, {one.index, one.same_as})
        cut = [one.index for one in columns if one.cut]
        if cut and is_first:
            listed = ", ".join(f'"{shorten(self._header_at[at])}" ({column_letters(at)})' for at in cut[:10])
            more = f" and {len(cut) - 10} more" if len(cut) > 10 else ""
            advice = (
                f"Separated from the table by an empty header cell, so not read: {listed}{more}. If they belong to it, "
                "delete the empty column or name it; if not, give them other names or a tab of their own."
            )
            self._add(cut[0], "warning", "cut-off", advice, {*cut})
        if self._part.header_number == table.header_number:
            table.unused = {
                one.index: one.header
                for one in columns
                if one.field is None and one.same_as is None and not one.cut and one.header.strip(text.INVISIBLE)
            }
            table.may_name = self._may_name
            table.cut = {one.index: table.spec.column(one.perhaps) for one in columns if one.cut and one.perhaps}

    def _add(self, at: int, severity: model.Severity, code: str, advice: str, quoted: set[int | None]) -> None:
        """Add the problem of a header, whose advice may quote others too."""
        number = self._part.header_number
        where, typed = f"{column_letters(at)}{split_row(number)[1]}", self._header_at[at]
        may_name = not self._may_name.isdisjoint(quoted)
        self._problems.add(self._table, severity, code, number, typed, where, typed, advice, header_may_name=may_name)

    def _problem_of(self, one: ColumnPlan) -> tuple[model.Severity, str, str] | None:
        """Severity, code and advice; None for a column that is known by its name, or not to be read."""
        names = self._names
        if one.stood:
            standard = f'as "{names[one.field]}"' if one.field in names else "not read"
            advice = f"{standard[0].upper()}{standard[1:]}, as before, though it looks like something else now."
            return "warning", "guessed", f"{advice} Rename it, or say what it is under [columns]."
        if one.field is not None and one.by in ("near", "cells"):
            standard = names.get(one.field, one.field[1:].capitalize())
            return "notice", "renamed-column", f'Read as "{standard}": rename it, to that or to what else it is.'
        if one.same_as is not None:
            first = f'"{shorten(self._header_at[one.same_as])}" in {column_letters(one.same_as)}'
            row = split_row(self._part.header_number)[1]
            advice = (
                f"{first}{row} is {names[one.perhaps or '']} already; this column is not read: rename or remove it."
            )
            return "warning", "duplicate-column", advice
        if one.perhaps is not None and not one.cut:
            advice = (
                f'This may be "{names[one.perhaps]}", but it is not sure, so it is not read. Rename it to that, or '
                "say what it is in the settings under [columns]."
            )
            return "warning", "perhaps-column", advice
        if one.field is not None or one.cut or one.by is not None:
            return None
        row_typed = self._part.tab.rows[self._plan.header or 0]
        cell = row_typed[one.index] if one.index < len(row_typed) else None
        if isinstance(text.bounded(cell, text.MAX_CELL), text.TooLong):
            return "error", "too-large", f"Over {text.MAX_CELL} characters: no header is read here. Shorten it."
        return "notice", "unused-column", "This column isn't used."

    def _headers_that_may_name(self) -> set[int]:
        """The columns whose headers may be people's names, which not everybody may see."""
        plan = self._plan
        below = self._part.tab.rows[(plan.header or 0) + 1 : plan.last][:LOOKED_AT]
        return {
            one.index
            for one in plan.columns
            if one.by not in ("exact", "alias")
            and (
                one.use == "is there"
                or may_be_name(one.header, Cells(row[one.index] for row in below if one.index < len(row)))
            )
        }

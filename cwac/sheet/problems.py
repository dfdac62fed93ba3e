"""Problems collected while a workbook is read."""

from __future__ import annotations

from typing import Any

from cwac import model
from cwac.model import Problem
from cwac.sheet import schema, text
from cwac.sheet.reading import CellFinding
from cwac.sheet.records import quick
from cwac.sheet.serials import as_shown
from cwac.sheet.table import EVERYBODY, Owner, Table, column_letters

_make_problem = quick(Problem)
_SEVERITY_ORDER = {severity: order for order, severity in enumerate(model.SEVERITIES)}
_TAB_ORDER = {spec.name: order for order, spec in enumerate(schema.TABS)}


class Problems:
    """Collects problems; the owner of each row is looked up at the end, once every tab has been read."""

    def __init__(self, url: str | None) -> None:
        self._url = url
        self._problems: list[tuple[Table | None, int | None, tuple[Any, ...], tuple[Any, ...]]] = []
        """Per problem: its table, its row there (counted from 0), its fields up to `link`, and those it has besides."""

    def add_cell(
        self,
        table: Table,
        row: int,
        name: str,
        finding: CellFinding,
        *,
        for_everybody: bool = False,
        header_may_name: bool = False,
    ) -> None:
        """Add a problem with one cell, of the row's agencies or of everybody; private text is not quoted."""
        number = table.numbers[row]
        part, place = table.part_of(number)
        index, typed = part.columns.get(name) or table.columns.get(name) or (None, None)
        where = None if index is None else f"{column_letters(index)}{place}"
        reader = table.column(name).reader
        found = None if reader == "summary" else text.quoted(as_shown(table.cell(name, row), reader) or "") or None
        self.add(
            table,
            finding.severity,
            finding.code,
            number,
            typed or table.column(name).header,
            where,
            found,
            finding.advice,
            None if for_everybody else row,
            finding.candidates,
            name.partition("#")[0],
            header_may_name,
        )

    def add(
        self,
        table: Table,
        severity: model.Severity,
        code: str,
        row: int,
        column: str | None,
        cell: str | None,
        found: str | None,
        advice: str,
        of_row: int | None = None,
        candidates: tuple[str, ...] = (),
        field_name: str | None = None,
        header_may_name: bool = False,
    ) -> None:
        """Add a problem. `row` is the sheet's row number; `of_row` is the table's, from 0, or None for the header."""
        link = None
        number = row
        part, row = table.part_of(number) if table.parts else (None, number)
        tab = table.tab if part is None else part.tab
        name, kind = table.spec.name if part is None else part.name, table.spec.name
        if self._url and tab is not None and tab.id is not None:
            link = f"{self._url}/edit#gid={tab.id}" + (f"&range={cell}" if cell else "")
        elif self._url and self._url.startswith("https://docs.google.com/"):
            link = self._url  # an export has no tab IDs
        column, found = (None if typed is None else text.quoted(typed) for typed in (column, found))
        fields = (
            severity,
            code,
            name,
            row,
            column,
            cell,
            found,
            advice,
            link,
        )
        elsewhere = (None if name == kind else kind, None if row == number else number, None, header_may_name)
        self._problems.append((table, of_row, fields, (candidates, field_name, *elsewhere)))

    def add_tab(
        self,
        severity: model.Severity,
        code: str,
        tab: str | None,
        advice: str,
        found: str | None = None,
        perhaps: str | None = None,
    ) -> None:
        """Add a problem of a whole tab; `perhaps` is the contract's tab that it may be."""
        quoted = None if found is None else text.quoted(found)
        self._problems.append(
            (None, None, (severity, code, tab, None, None, None, quoted, advice, None), ((), None, None, None, perhaps))
        )

    def sorted_with_owners(self) -> list[Problem]:
        """All problems, worst first, each with the agencies responsible and the event."""
        owners: dict[tuple[str, int], Owner] = {}
        owned: list[Problem] = []
        for table, row, fields, (candidates, field_name, *elsewhere) in self._problems:
            owner = EVERYBODY
            if table is not None and row is not None:
                at = (table.spec.name, row)
                if at not in owners:
                    owners[at] = table.owner(row)
                owner = owners[at]
            owned.append(_make_problem(*fields, owner[0], candidates, field_name, owner[1], *elsewhere))
        return sorted(owned, key=_worst_first)


def _worst_first(problem: Problem) -> tuple[int, int, int, int, str]:
    letters = (problem.cell or "").rstrip("0123456789")
    return (
        _SEVERITY_ORDER[problem.severity],
        _TAB_ORDER.get(problem.kind or "", len(_TAB_ORDER)),
        problem.place[1] or 0,
        len(letters),
        letters,
    )

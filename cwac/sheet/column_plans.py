"""What each column of a header row is: by hand, by name, then by words and cells together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import takewhile

from cwac.model import Cell, Tab
from cwac.sheet import headers, text
from cwac.sheet.cell_kinds import LOOKED_AT, Cells
from cwac.sheet.fit import MARKS_OF_FORMS, OF_FORMS, labels_above, period_above
from cwac.sheet.header_rows import (
    by_names,
    groups_above,
    header_texts,
    is_near,
    may_be_header,
    names_ids,
    several_people,
)
from cwac.sheet.header_words import meanings, speaks_of_other_things
from cwac.sheet.meaning import (
    MASKED,
    SEVERAL,
    assign,
    estimates_beside_counts,
    field_by_hand,
    fitting,
    header_text,
    is_contradicted,
    may_be_anybody,
    names_agency_and_people,
    said_by_hand,
)
from cwac.sheet.naming_headers import Headed, Known, with_agencies_of_groups
from cwac.sheet.plan import ColumnPlan, Use
from cwac.sheet.schema import EVENTS, Column, TabSpec


class ColumnPlanner:
    """Plans columns, as the settings say by hand and as the workbook's lists name agencies and people."""

    def __init__(self, by_hand: Mapping[str, str], known: Known) -> None:
        self._by_hand = by_hand
        self._known = known

    def of_names(self, tab: Tab, spec: TabSpec, header: int) -> list[ColumnPlan]:
        """The columns by their names alone."""
        row = tab.rows[header]
        typed = [header_text(cell) for cell in row]
        by_hand = self.hand_columns(tab, spec, typed)
        planned = by_names(spec, self._without_hand(tab, spec, row), typed) | by_hand
        return [planned[at] for at in sorted(planned)]

    def _without_hand(self, tab: Tab, spec: TabSpec, row: Sequence[Cell]) -> list[Cell]:
        by_hand = self.hand_columns(tab, spec, [header_text(cell) for cell in row])
        fields = {one.field for one in by_hand.values()}.difference(SEVERAL)
        return [
            MASKED
            if at in by_hand or ((column := headers.column_for(spec, cell)) is not None and column.field in fields)
            else cell
            for at, cell in enumerate(row)
        ]

    def hand_columns(self, tab: Tab, spec: TabSpec, typed: Sequence[str]) -> dict[int, ColumnPlan]:
        """The columns that the settings name."""
        found: dict[int, ColumnPlan] = {}
        for at, header in enumerate(typed if self._by_hand else ()):
            meant = said_by_hand(header, tab.title, self._by_hand) if header.strip() else None
            if meant is None:
                continue
            meaning = field_by_hand(meant, spec)
            if meaning is not None:
                field, agency = meaning
                use = "people" if agency else "value"
                found[at] = ColumnPlan(at, header, field, "settings", use, named=agency)  # type: ignore[arg-type]
            elif not meant.strip():
                found[at] = ColumnPlan(at, header, None, "settings")
        return found

    def of_events(self, tab: Tab, header: int, *, is_named: bool) -> list[ColumnPlan]:
        """The columns of a plan of events; `is_named` says that the tab's title names it so."""
        typed = header_texts(tab, header)
        row = _EventsHeader(tab, header, typed, self._without_hand(tab, EVENTS, [name or None for name in typed]))
        row.mask(is_named=is_named)
        by_hand = {at: _of_ticks(one, row.cells[at]) for at, one in self.hand_columns(tab, EVENTS, typed).items()}
        planned = by_names(EVENTS, row.names, typed) | by_hand
        left = [
            Headed(at, typed[at], f"{row.groups[at]} {typed[at]}".strip(), row.cells[at])
            for at, one in planned.items()
            if one.field is None and one.by is None and not one.cut and at not in row.not_read
        ]
        for column in [one for one in left if names_agency_and_people(one.header)]:
            left.remove(column)
            # "Miller (WPD)" and "Ofc. Miller, WPD" are people of an agency; "WPD / Miller" cannot be known.
            in_brackets = sum("(" in str(cell) for cell in column.cells.sample) * 2 > len(column.cells.sample)
            if in_brackets or column.cells.share("people, agency") >= 0.8:
                planned[column.index] = replace(planned[column.index], field="officers", by="cells")
            else:
                row.perhaps[column.index] = "officers"
        open_at = {column.index for column in left}
        planned |= assign(left, [one for at, one in planned.items() if at not in open_at], self._known)
        fields = {one.field for one in planned.values()}
        for at, field in row.perhaps.items():
            one = planned.get(at)  # a column beyond the table has no plan yet
            if (
                one is not None
                and one.field is None
                and one.perhaps is None
                and (field == "officers" or field not in fields)
            ):
                planned[at] = replace(one, perhaps=field)
        for at, name in enumerate(() if row.by_ids else typed):
            if at not in planned and name.strip() and row.cells[at]:
                planned[at] = ColumnPlan(at, name, cut=True)
        if not row.by_ids:
            planned |= _named_by_labels(planned, row.cells, labels_above(tab, header))
        columns = [replace(planned[at], header=typed[at]) for at in sorted(planned)]
        return with_agencies_of_groups(several_people(columns), row.groups, self._known)


def _of_ticks(one: ColumnPlan, cells: Cells) -> ColumnPlan:
    """A column that is an officer's or an agency's by hand, named by its header where ticks stand below."""
    uses: Mapping[str | None, Use] = {
        "officers": "is there", "lead_agency": "takes part", "partner_agencies": "takes part"
    }  # fmt: skip
    if one.field not in uses or one.named is not None or cells.share("tick") < 0.9:
        return one
    field = "officers" if one.field == "officers" else "partner_agencies"
    return replace(one, field=field, use=uses[one.field], named=" ".join(one.header.split()))


def _named_by_labels(
    planned: Mapping[int, ColumnPlan], cells: Sequence[Cells], labels: Mapping[str, str]
) -> dict[int, ColumnPlan]:
    """The ticks of a person that a label above the header names: "SRO there?" below "SRO: Dep. Cole"."""
    return {
        at: replace(one, field="officers", by="cells", use="is there", named=value)
        for label, value in labels.items()
        for at, one in planned.items()
        if one.field is None
        and one.header.casefold().startswith(f"{label.casefold()} ")
        and cells[at].share("tick") >= 0.8
        and fitting("officers", Cells([value])) > 0
    }


class _EventsHeader:
    """A header row of a plan of events, in which names that must not count are masked.

    `not_read` are the columns that nothing may be guessed of, `perhaps` the fields of those to ask about.
    """

    def __init__(self, tab: Tab, header: int, typed: Sequence[str], names: list[Cell]) -> None:
        below = tab.rows[header + 1 : header + 1 + LOOKED_AT]
        below = below[: next((at for at, row in enumerate(below) if at and may_be_header(row)), len(below))]
        self.typed = typed
        self.names = names
        self.cells = [Cells(row[at] for row in below if at < len(row)) for at in range(len(typed))]
        self.groups = groups_above(tab, header, typed)
        self.perhaps: dict[int, str] = {}
        too_long = {
            at
            for at, cell in enumerate(tab.rows[header])
            if isinstance(text.bounded(cell, text.MAX_CELL), text.TooLong)
        }
        self.not_read = too_long | self._of_forms() | estimates_beside_counts(typed, self.cells)
        for at in self.not_read:
            names[at] = MASKED
        self.by_ids = names_ids(EVENTS, names)
        period = period_above(tab, header)
        self._names_month = period is not None and period.month is not None
        self._towns = {
            cell
            for at, name in enumerate(typed)
            if (meant := meanings(name)) and meant[0].field == "town"
            for cell in self.cells[at].all
        }

    def _of_forms(self) -> set[int]:
        """The columns that are about a form's answer, not the event."""
        keys = [headers.key(name) for name in self.typed]
        of_form = {at for at, name in enumerate(keys) if name in OF_FORMS}
        if not any(keys[at] in MARKS_OF_FORMS for at in of_form):
            return set()
        if "completiontime" in keys:
            return of_form
        return {at for at in of_form if keys[at] not in ("starttime", "horadeinicio", "id")}

    def mask(self, *, is_named: bool) -> None:
        """Mask names that the cells or the words beside them contradict."""
        is_judged = not self.by_ids and not is_named
        for at, name in enumerate(self.names):
            column = headers.column_for(EVENTS, name) if isinstance(name, str) else None
            if column is not None and self._is_contradicted(at, column, is_judged=is_judged):
                self.names[at] = MASKED
            elif not self.by_ids and name is None and (self.cells[at] or (is_judged and _is_lone_gap(self.names, at))):
                self.names[at] = MASKED  # a column without a header does not end the table

    def _is_contradicted(self, at: int, column: Column, *, is_judged: bool) -> bool:
        typed, cells = self.typed[at], self.cells[at]
        above = meanings(self.groups[at]) if is_judged else ()
        if above and above[0].field == "officers" and column.reader in ("agency", "agencies"):
            return cells.share("agency") < 0.2  # "Lead" below "Who"
        if is_judged and column.field == "lead_agency" and may_be_anybody(typed, cells, self._towns):
            self.perhaps[at] = column.field
            self.not_read.add(at)
            return True
        is_own_name = headers.key(typed) == headers.key(column.header)
        if (is_judged or not is_own_name) and is_contradicted(column.field, cells, names_month=self._names_month):
            self.perhaps[at] = column.field
            return True
        return speaks_of_other_things(typed) and meanings(typed) == () and is_near(column, typed)


def _is_lone_gap(row: Sequence[Cell], at: int) -> bool:
    """Whether a blank header stands alone between columns of a plan of events, and begins no other table."""
    after = list(takewhile(lambda cell: not text.is_blank(cell), row[at + 1 :]))
    fields = [meant[0].field for cell in after if (meant := meanings(str(cell))) and meant[0].sure]
    before = {column.field for cell in row[:at] if (column := headers.column_for(EVENTS, cell)) is not None}
    return bool(at and fields) and not text.is_blank(row[at - 1]) and before.isdisjoint(fields)

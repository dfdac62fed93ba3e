"""Finds what has vanished from the sheet since the last look: enough to keep the last good copy, or to warn viewers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence, Set
from dataclasses import dataclass, fields
from fractions import Fraction
from operator import attrgetter
from typing import Any, Literal

from cwac.analysis.cells import block_of
from cwac.analysis.events import is_coming
from cwac.model import Accounting, Cell, Row, Snapshot, SourceUnavailable, Workbook
from cwac.sheet import schema
from cwac.sheet.plan import TablePlan
from cwac.sheet.reader import columns_read
from cwac.sheet.text import is_blank, is_loading, quoted


@dataclass(frozen=True, slots=True)
class Limit:
    """Reached by `least` or more that are also at least (with `over`: more than) `share` of all."""

    share: Fraction
    least: int
    over: bool = False

    def is_reached(self, count: int, total: int) -> bool:
        part = Fraction(count, total) if total else Fraction(0)
        return count >= self.least and (part > self.share if self.over else part >= self.share)


LIMITS: Mapping[str, Limit] = {
    # The last good copy stays, in tabs with key columns:
    "most-rows": Limit(Fraction(1, 2), 10, over=True),  # rows, or values of a key column, gone in one look
    "key-column": Limit(Fraction(1), 5),  # every value of a key column
    # Shown, with a notice, in any tab:
    "some-rows": Limit(Fraction(1, 5), 5),  # rows, or values of a column
    "all-rows": Limit(Fraction(1), 2),  # every row of a tab, deleted
    "coming": Limit(Fraction(1, 2), 2, over=True),  # events that are still to come
    "altered": Limit(Fraction(1, 2), 5),  # rows in which a value was replaced or emptied
}
"""What counts as a collapse, from one look to the next. A header that is gone counts from one value below it on."""

CLAUSES = 4
"""Findings named one by one; the rest are only counted."""

Kind = Literal["rows", "coming", "column", "altered", "loading"]


@dataclass(frozen=True, slots=True)
class Vanished:
    """One thing that vanished, as a clause of `noun` and `verb`. With `stays`, the last good copy stays up."""

    kind: Kind
    tab: str
    stays: bool
    noun: str
    verb: str

    @property
    def is_deletion(self) -> bool:
        """Whether rows went from the sheet, rather than values or headers."""
        return self.verb == GONE and self.kind in ("rows", "coming")

    def __str__(self) -> str:
        return f"{self.noun} {self.verb}"


GONE = "are gone"


def vanished(before: Snapshot, after: Snapshot, earlier: Workbook, workbook: Workbook) -> tuple[Vanished, ...]:
    """What vanished between two looks; `before` was read from `earlier`, `after` from `workbook`."""
    findings = []
    for tab, column in new_problems(before, after, "missing-column", "kind", "column"):
        part = "header row" if column is None else f'column "{column}"'
        if _counted(before, tab).kept:  # it is required, and the tab had rows
            findings.append(Vanished("column", tab, True, f"the {part} of the {tab} tab", "is gone"))
    findings += _loading(before, after, workbook)
    changed = _changed_rows(earlier, workbook)
    named = {(finding.tab, finding.noun) for finding in findings}
    columns = _columns(before, after, earlier, workbook, changed)
    findings += [finding for finding in columns if (finding.tab, finding.noun) not in named]
    findings += _rows(before, after)
    touched = {finding.tab for finding in findings}
    for group in _GROUPS:
        if group.tab not in touched:
            findings += _altered(group, before, after, changed, bool(findings))
    return tuple(findings)


def staying(findings: Sequence[Vanished]) -> tuple[Vanished, ...]:
    """The findings that keep the last good copy up."""
    return tuple(finding for finding in findings if finding.stays)


def clauses(findings: Sequence[Vanished | str]) -> str:
    """All findings joined into one clause; of many, the number of the rest."""
    words = [str(finding) for finding in findings[:CLAUSES]]
    if len(findings) > CLAUSES:
        words.append(f"{len(findings) - CLAUSES} more")
    return " and ".join(words)


def loss_sentence(findings: Sequence[Vanished], when: str) -> str:
    """The findings as a sentence; `when` is such as `at 10:42 AM`."""
    gone = [finding.noun for finding in findings if finding.is_deletion]
    others = [finding for finding in findings if not finding.is_deletion]
    if not gone:
        return f"A large change {when}: {clauses(others)}."
    also = f", and {clauses(others)}" if others else ""
    return f"A large deletion: {clauses(gone)} went from the sheet {when}{also}."


def new_problems(before: Snapshot, after: Snapshot, code: str, *names: str) -> list[Any]:
    """These attributes of the problems of that code, where they are not those of an earlier problem."""
    of_problem = attrgetter(*names)
    earlier = {of_problem(problem) for problem in before.problems if problem.code == code}
    now = (of_problem(problem) for problem in after.problems if problem.code == code)
    return [attributes for attributes in now if attributes not in earlier]


def _columns(
    before: Snapshot, after: Snapshot, earlier: Workbook, workbook: Workbook, changed: Mapping[str, int]
) -> list[Vanished]:
    """Columns that lost their header, or many of their values although the rows are still there."""
    suspects = {tab for tab, rows in changed.items() if rows >= LIMITS["some-rows"].least}
    try:
        then, now = columns_read(earlier, suspects), columns_read(workbook, suspects)
    except SourceUnavailable:  # no plan to read, which the caller knows
        return []
    findings = []
    for spec in schema.TABS:
        tab, columns = spec.name, then.get(spec.name, {})
        if not now.get(tab):
            continue  # the rows tell
        failed_then, failed_now = _failed(before, tab), _failed(after, tab)
        rows_gone = max(0, _counted(before, tab).rows - _counted(after, tab).rows)
        for field, (_, cells) in columns.items():
            column = spec.column(field)
            held = _filled(column, cells) - failed_then[field]
            if held <= 0:
                continue
            if field not in now[tab]:
                noun = f'the column "{column.header}" of the {tab} tab'
                new = _new_columns(before, after, tab)  # perhaps the missing one, renamed
                renamed = f" (new and not understood: {new[0]})" if len(new) == 1 else ""
                findings.append(Vanished("column", tab, column.key, noun, f"is gone{renamed}"))
                continue
            _, cells_now = now[tab][field]
            if _is_loading(cells_now):
                continue  # `_loading` says so
            lost = held - max(0, _filled(column, cells_now) - failed_now[field]) - rows_gone
            is_kept = column.key and (
                LIMITS["most-rows"].is_reached(lost, held) or LIMITS["key-column"].is_reached(lost, held - rows_gone)
            )
            if is_kept or LIMITS["some-rows"].is_reached(lost, held):
                noun = f'{lost} of the {held} values in the column "{column.header}" of the {tab} tab'
                findings.append(Vanished("column", tab, is_kept, noun, "are gone or cannot be read"))
    return findings


def _new_columns(before: Snapshot, after: Snapshot, tab: str) -> list[str | None]:
    """The cells of the headers that are new and not read: what they say is for coordinators alone."""
    new = new_problems(before, after, "unused-column", "kind", "column")
    unused = [problem for problem in after.problems if problem.code == "unused-column" and problem.kind == tab]
    return [problem.cell for problem in unused if (tab, problem.column) in new]


def _filled(column: schema.Column, cells: Sequence[Cell]) -> int:
    return sum(not is_blank(cell, yes_no=column.reader in ("yes-no", "public")) for cell in cells if cell is not None)


def _failed(snapshot: Snapshot, tab: str) -> Counter[str]:
    """Cells whose content could not be used, counted by field."""
    cells = {
        (problem.field_name, problem.tab, problem.cell)
        for problem in snapshot.problems
        if problem.kind == tab and problem.severity == "error" and problem.code not in _NOT_OF_THE_CELL
    }
    return Counter(field for field, _, cell in cells if field is not None and cell is not None)


_NOT_OF_THE_CELL = {"missing", "merged-or-offset", "missing-column", "duplicate-id"}
"""Codes of problems with blank cells, and with values that can be read."""


def _loading(before: Snapshot, after: Snapshot, workbook: Workbook) -> list[Vanished]:
    """Columns that hold nothing but `Loading…`."""
    suspects = _columns_with_loading(after) - _columns_with_loading(before)
    if not suspects:
        return []
    return [
        Vanished(
            "loading",
            tab,
            True,
            f'the column "{_SPECS[tab].column(field).header}" of the {tab} tab',
            "is still loading",
        )
        for tab, columns in columns_read(workbook, {tab for tab, _ in suspects}).items()
        for field, (header, cells) in columns.items()
        if (tab, header) in suspects and _is_loading(cells)
    ]


def _columns_with_loading(snapshot: Snapshot) -> set[tuple[str, str]]:
    return {
        (problem.kind, problem.column)
        for problem in snapshot.problems
        if problem.kind and problem.column and is_loading(problem.found)
    }


def _is_loading(cells: Sequence[Cell]) -> bool:
    filled = [cell for cell in cells if not is_blank(cell)]
    return bool(filled) and all(map(is_loading, filled))


def _changed_rows(earlier: Workbook, workbook: Workbook) -> dict[str, int]:
    """By tab that was changed, how many of its rows were changed or deleted; `ALL_ROWS` if its header was."""
    changed = {}
    for spec in schema.TABS:
        then, now = (
            {table.tab: table for table in reversed(book.plan.of_kind(spec.name))} for book in (earlier, workbook)
        )
        old, new = ([book.tabs[at].rows for at in of] for book, of in ((earlier, then), (workbook, now)))
        if old == new:
            continue
        if list(map(_header, then.values(), old)) != list(map(_header, now.values(), new)):
            changed[spec.name] = ALL_ROWS
            continue
        rows_then, rows_now = (Counter(tuple(row) for rows in tabs for row in rows) for tabs in (old, new))
        changed[spec.name] = (rows_then - rows_now).total()
    return changed


ALL_ROWS = 10**9


def _header(table: TablePlan, rows: Sequence[Row]) -> list[Cell] | None:
    return None if table.header is None else list(rows[table.header])


_SPECS = {spec.name: spec for spec in schema.TABS}
_KEY_TABS = {spec.name for spec in schema.TABS if any(column.key for column in spec.columns)}


def _counted(snapshot: Snapshot, tab: str) -> Accounting:
    return snapshot.accounting.get(tab, Accounting())


def _rows(before: Snapshot, after: Snapshot) -> list[Vanished]:
    """Tabs of which far fewer rows are read, since they were deleted or left out."""
    findings = []
    coming = {event.id for event in before.events if is_coming(event, after.today)}
    left = sum(1 for event in after.events if is_coming(event, after.today))
    lost = coming - after.event_by_id.keys() - {event.id for event in after.undated}
    # One with a new ID was not deleted, so there must also be fewer than before.
    if left < len(coming) and LIMITS["coming"].is_reached(len(lost), len(coming)):
        noun = f"{len(lost)} of the {len(coming)} coming events"
        findings.append(Vanished("coming", "Events", False, noun, GONE))
    for tab, then in before.accounting.items():
        now = _counted(after, tab)
        gone, deleted = then.kept - now.kept, then.rows - now.rows
        stays = tab in _KEY_TABS and LIMITS["most-rows"].is_reached(gone, then.kept)
        is_reported = LIMITS["some-rows"].is_reached(gone, then.kept) or (
            now.rows == 0 and LIMITS["all-rows"].is_reached(gone, then.kept)
        )
        # Rows of events that were deleted are left out: the events are named already.
        follows = not deleted and any(finding.tab == "Events" for finding in findings)
        if stays or (is_reported and not follows):
            noun = f"all {then.kept}" if gone == then.kept else f"{gone} of the {then.kept}"
            verb = GONE if 2 * deleted >= gone else "can no longer be read"
            findings.append(Vanished("rows", tab, stays, f"{noun} rows of the {tab} tab", verb))
    if not any(finding.tab == "Events" and finding.kind == "rows" for finding in findings):
        findings += _tabs_of_events(before, after)
    stays_already = any(finding.tab == "Events" and finding.stays for finding in findings)
    return [finding for finding in findings if finding.kind != "coming" or not stays_already]


def _tabs_of_events(before: Snapshot, after: Snapshot) -> list[Vanished]:
    """Where each month or year has a tab of its own: the tabs of which no event is left."""
    in_tab: dict[str, set[str]] = {}
    for event in before.events:
        if (block := block_of(before, event.row)) is not None:
            in_tab.setdefault(block.title, set()).add(event.id)
    left = after.event_by_id.keys() | {event.id for event in after.undated}
    deleted = _counted(before, "Events").rows - _counted(after, "Events").rows
    unread = {problem.found for problem in after.problems if problem.code == "unused-tab"}  # titles for coordinators
    names = {
        title: "a tab that is not read" if quoted(title) in unread else f"the tab {title[:60]}" for title in in_tab
    }
    return [
        Vanished("rows", "Events", False, f"all {len(ids)} events of {names[title]}", GONE)
        for title, ids in in_tab.items()
        if ids.isdisjoint(left) and len(ids) <= deleted and LIMITS["all-rows"].is_reached(len(ids), len(ids))
    ]


@dataclass(frozen=True, slots=True)
class _TabRecords:
    """A tab's records: their name in sentences and in a snapshot, what identifies one, the tabs that they refer to."""

    tab: str
    nouns: str
    field: str
    key: Callable[[Any], Hashable]
    refers_to: Set[str] = frozenset()


_GROUPS = (
    _TabRecords("Events", "events", "events", lambda event: event.id.casefold(), {"Agencies", "Towns", "Venues"}),
    _TabRecords(
        "Staffing",
        "assignments",
        "assignments",
        lambda one: (one.event_id, one.officer or one.name, one.agency if one.placeholder else None),
        {"Agencies", "Officers"},
    ),
    _TabRecords("Attendance", "headcounts", "headcounts", attrgetter("event_id")),
    _TabRecords("Agencies", "agencies", "agencies", attrgetter("short")),
    _TabRecords("Officers", "officers", "officers", attrgetter("id"), {"Agencies"}),
    _TabRecords("Time off", "times off", "time_off", attrgetter("officer", "first"), {"Officers"}),
    _TabRecords("Venues", "venues", "venues", attrgetter("name", "town"), {"Towns"}),
    _TabRecords("Towns", "towns", "towns", attrgetter("name")),
    _TabRecords(
        "Coverage", "rows of coverage", "coverage", attrgetter("town", "agency", "first"), {"Agencies", "Towns"}
    ),
    _TabRecords("Follow-ups", "follow-ups", "follow_ups", attrgetter("id"), {"Agencies"}),
)

_NOT_COMPARED = {"row", "venue", "made_id", "stand_in", "in_events"}
"""Fields that may change although nobody touched the values: an event holds the row of its venue."""


def _altered(
    group: _TabRecords, before: Snapshot, after: Snapshot, changed_rows: Mapping[str, int], has_findings: bool
) -> list[Vanished]:
    """Whether most records of a tab were replaced, or had a value replaced or emptied (filling in a blank is usual)."""
    then, now, limit = getattr(before, group.field), getattr(after, group.field), LIMITS["altered"]
    own = group.tab if group.tab in before.accounting else "Events"  # a one-tab sheet
    rows, kept = changed_rows.get(own, 0), _counted(before, own).kept
    has_several = len(then) > kept  # people in one row
    is_changed = limit.is_reached(rows, kept) or (has_several and rows >= limit.least)
    # Unchanged rows are read differently because of another tab; with findings there, that one is named already.
    follows = not has_findings and not group.refers_to.isdisjoint(changed_rows)
    if not (is_changed or follows) or not limit.is_reached(len(then), len(then)):
        return []
    waiting: dict[Hashable, list[Any]] = {}
    for record in reversed(now):
        waiting.setdefault(group.key(record), []).append(record)
    compared = attrgetter(*(field.name for field in fields(then[0]) if field.name not in _NOT_COMPARED))
    changed = removed = 0
    for record in then:
        if same := waiting.get(group.key(record)):
            pairs = zip(compared(record), compared(same.pop()), strict=True)
            changed += any(old not in (None, ()) and old != value for old, value in pairs)
        else:
            removed += 1
    added = sum(map(len, waiting.values()))
    count = changed + min(removed, added)
    if not limit.is_reached(count, len(then)):
        return []
    return [Vanished("altered", group.tab, False, f"{count} of the {len(then)} {group.nouns}", "were altered")]

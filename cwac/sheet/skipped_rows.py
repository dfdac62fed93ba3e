"""Rows of a tab that are not read: totals, repeated headers, headings, examples, and what was filled in beforehand."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cwac.model import Cell
from cwac.sheet import text
from cwac.sheet.cell_kinds import NO_TICKS, is_day, is_tick
from cwac.sheet.dates import period_of, with_year_of
from cwac.sheet.plan import ColumnPlan
from cwac.sheet.schema import EVENTS, EXAMPLE_PREFIX, EXAMPLES, example_id
from cwac.sheet.table import TableBlock, split_row
from cwac.sheet.text import CellFinding, is_not_said, remark_in, text_of

_TICKED = frozenset(("takes part", "is there", "positions", "people", "canceled"))
_PARTS_OF_DAYS = frozenset(("weekday", "month", "year"))
_MANY = 3
"""Rows at the end of a table in which nothing but No is taken for filled in beforehand."""


def skip_filled_beforehand(block: TableBlock, blank: set[int]) -> set[int]:
    """Skip the rows at the end with nothing but No in columns of ticks, or a weekday, and return them.

    A row of only a weekday, month or year is skipped anywhere.
    """
    own = [one for one in block.plan.columns if one.field is not None]
    if not any(one.use in _TICKED or one.use in _PARTS_OF_DAYS for one in own):
        return set()
    columns = [(one, block.of(one)) for one in own]
    last = next((row for row in reversed(range(block.size)) if not (row in blank or _is_empty(columns, row))), -1)
    at_end = {row for row in range(last + 1, block.size) if row not in blank}
    if len(at_end) < _MANY:
        at_end = set()
    for row in sorted(at_end)[:1]:
        first, final = (split_row(block.numbers[each])[1] for each in (row, max(at_end)))
        advice = f"Rows {first} to {final} have only what was filled in beforehand, so they are not read as events."
        _skip(block, row, columns, advice)
    block.skipped |= at_end
    for row in range(block.size):
        filled = {one.use for one, cells in columns if not text.is_blank(cells[row], yes_no=one.use != "value")}
        if row not in blank and row not in at_end and filled and filled <= _PARTS_OF_DAYS:
            _skip(block, row, columns, "A heading or a remark, so it is not read as an event.")
    return at_end


def _skip(block: TableBlock, row: int, columns: Sequence[tuple[ColumnPlan, Sequence[Cell]]], advice: str) -> None:
    filled = (one for one, cells in columns if not text.is_blank(cells[row], yes_no=one.use != "value"))
    one = next(filled)
    block.skipped.add(row)
    finding = CellFinding("skipped-row", advice, "notice")
    block.found.append((row, (one.index, one.header), one.field or "", finding))


def _is_empty(columns: Sequence[tuple[ColumnPlan, Sequence[Cell]]], row: int) -> bool:
    """Whether all that a row says is No, and perhaps a weekday, month or year."""
    for one, cells in columns:
        cell = cells[row]
        can_say_no = one.use in _TICKED or EVENTS.column(one.field or "").reader == "yes-no"
        if one.use not in _PARTS_OF_DAYS and not text.is_blank(cell) and not (can_say_no and says_no(cell)):
            return False
    return True


def says_no(cell: Cell) -> bool:
    return cell == 0 or text_of(cell).casefold() in NO_TICKS


def skip_totals_and_headers(block: TableBlock, yes_no: set[str]) -> None:
    """Skip rows that only sum up others, or repeat the header."""
    for row, cells in enumerate(() if block.plan.by_ids else block.body):
        at, typed = next(((at, cell) for at, cell in enumerate(cells) if cell is not None and cell != ""), (0, None))
        if _is_total(typed) and at not in [index for index, _ in block.columns.values()]:
            read = [name for name, cells in block.cells.items() if not text.is_blank(cells[row])]
            if read and "date" not in read:
                block.skip(row, read[0], "This row sums up others, so it is not read.")
    repeats: dict[str, set[str]] = {}
    suspects: set[int] = set()
    for name, column in block.cells.items():
        header = block.columns[name][1].strip().casefold()
        similar = [cell for cell in block.distinct[name] if abs(len(cell) - len(header)) <= 2 and len(cell) <= 80]
        repeats[name] = {cell for cell in similar if cell.strip().casefold() == header}
        totals = {cell for cell in block.distinct[name] if cell[:1] in _TOTAL_INITIALS and _is_total(cell)}
        suspicious = repeats[name] | totals
        suspects |= {row for row, cell in enumerate(column if suspicious else ()) if cell in suspicious}
    for row in sorted(suspects - block.skipped):
        filled = [name for name, cells in block.cells.items() if not text.is_blank(cells[row], yes_no=name in yes_no)]
        repeated = sum(block.cells[name][row] in repeats[name] for name in filled)
        first = min(filled, key=lambda name: block.columns[name][0], default=None)
        if first is not None and _is_total(block.cells[first][row]):
            block.skip(row, first, "This row sums up others, so it is not read.")
        elif first is not None and repeated >= 2 and 2 * repeated >= len(filled):
            block.skip(row, first, "The header again, so it is not read.")


def skip_disowned(block: TableBlock) -> None:
    """Skip rows that say of themselves that they are a test, or are to be ignored, or that nothing is held."""
    found: dict[int, str] = {}
    for name in ("title", "status", "internal_notes"):
        cells = {cell for cell in block.distinct.get(name, ()) if _DISOWNED.search(cell)}
        found |= {row: name for row, cell in enumerate(block.cells[name] if cells else ()) if cell in cells}
    for row, name in sorted(found.items()):
        block.skip(row, name, "This says that the row is to be ignored, so it is not read.", "warning")
    for row, cell in enumerate(block.cells.get("title", ())):
        if isinstance(cell, str) and _FREE.match(cell):
            filled = {name for name, cells in block.cells.items() if not text.is_blank(cells[row])}
            if filled <= {"title", "date", "internal_notes"}:
                block.skip(row, "title", "A day on which nothing is held, so it is not read as an event.", "warning")


def skip_examples(block: TableBlock, yes_no: set[str]) -> None:
    """Skip the template's example rows as the template has them; those that were changed are noted."""
    name = example_id(block.plan.spec) or ""
    ids = {
        cell for cell in block.distinct.get(name, ()) if cell.strip(text.INVISIBLE).upper().startswith(EXAMPLE_PREFIX)
    }
    for row, cell in enumerate(block.cells[name] if ids else ()):
        if cell not in ids:
            continue
        if any(
            all(_is_same(cells[row], example.get(field), field in yes_no) for field, cells in block.cells.items())
            for example in EXAMPLES[block.plan.kind]
        ):
            block.skip(row, name, "The template's example, so it is not read or counted.")
        else:
            advice = "This was an example of the template. It was changed, so it is read and counts"
            block.note(row, name, f"{advice}: give it an ID of your own, or delete the row.")


def skip_headings(block: TableBlock, blank: set[int]) -> None:
    """Skip rows of a single text, such as "October" or "PAST EVENTS"; a month or year completes the days below."""
    period, below = block.plan.period, ""
    top = split_row(block.header_number)[1] + 1
    ticked = {one.index for one in block.plan.columns if one.use in _TICKED}
    for row, cells in enumerate(block.body):
        if period is not None:
            block.periods[row] = period
        if below:
            block.called_off[row] = below
        filled = [(at, cell) for at, cell in enumerate(cells) if not text.is_blank(cell)]
        if len(filled) != 1 or row in blank or row in block.skipped or len(block.cells) < 3:
            continue
        at, typed = filled[0]
        if not isinstance(typed, str) or (at in ticked and (says_no(typed) or is_tick(typed))):
            continue
        if is_day(typed):
            if block.plan.days_above:
                block.skip(row, "date", "The day of the rows below.")
            continue
        named = period_of(typed)
        place = next((name for name, (index, _) in block.columns.items() if index == at), None)
        if place is None or (place.startswith("officers") and block.merged_away(top + row, "date")):
            continue  # not read, or a further person of the event whose day is merged down to this row
        is_date = any(map(str.isdigit, typed)) or (len(typed) <= 25 and is_not_said(typed))
        if place == "date" and named is None and is_date:
            continue
        found_in = remark_in(typed, "title")  # a word of cancellation: the events below it are off
        is_off = found_in is not None and found_in.status is not None and found_in.is_plain
        below = f"It is below {text.quoted(typed)}" if is_off and len(typed) <= 40 else ""
        if named is not None:
            period = with_year_of(named, block.plan.period)
        block.skip(row, place, "A heading or a remark, so it is not read as an event.")


def _is_same(cell: Cell, example: Cell, yes_no: bool) -> bool:
    if example is None:
        return text.is_blank(cell, yes_no=yes_no)
    if isinstance(example, str):
        return isinstance(cell, str) and cell.strip(text.INVISIBLE) == example
    # Programs store a time of day with more or fewer digits.
    return isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell - example) < 1e-6


_TOTAL = re.compile(
    r"(?:grand |sub-?|sub |year(?:ly)? |(?:month|quarter)(?:ly)? "
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? )?"
    r"totals?"
    r"(?: (?:guests?|events?|officers?|hours?|attendance|count|20[0-9]{2}))?(?: ?\([^)]*\))?\s*[:=]?\s*[0-9.,]*"
    r"|sum|averages?|avg\.?|mean"
)


_DISOWNED = re.compile(
    r"\b(?:disregard|ignore)(?: (?:this|me)(?: (?:row|one|line|entry))?)?\W*$|^\W*test(?:ing)?\W*$", re.I
)
_FREE = re.compile(
    r"\W*(?:no (?:school|class(?:es)?|events?|coffee)\b|(?:(?:school|office|city hall|library) )?closed\b|holiday\W*$"
    r"|(?:thanksgiving|christmas|winter|spring|summer|fall|school) (?:break|recess|holidays?|vacation)"
    r"(?=\W*$|\W+(?:thru|through|until|to|[0-9])))",
    re.I,
)
_TOTAL_INITIALS = frozenset("gGsStTyYmMaAjJfFoOnNdDqQ \t\n")


def _is_total(cell: Cell) -> bool:
    is_short = isinstance(cell, str) and len(cell) <= 80 and cell[:1] in _TOTAL_INITIALS
    return is_short and _TOTAL.fullmatch(str(cell).strip().casefold()) is not None

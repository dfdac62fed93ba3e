"""What one cell of 50,000 characters costs, column by column, beside the same workbook with a short cell.

`python -m tests.bench.cells`. Each column of the contract gets cells of several shapes that once made a pattern
backtrack; printed are the milliseconds that the worst of them adds, and the ratio to reading the short one.
"""

from __future__ import annotations

import sys
import time

from cwac.model import Cell, Tab, Workbook
from cwac.sheet.reader import read_workbook
from cwac.sheet.schema import TABS, Column, TabSpec
from tests.bench import sheets

LENGTH = 50_000
LIMIT = 50.0
"""Milliseconds that a cell may add."""
BOUNDS = (500, 2_000, 5_000)
"""The same shapes as long as a cell may be, so that the patterns do see them."""

SHAPES: dict[str, tuple[str, str, str]] = {
    "spaces": ("x", " ", "x"),
    "tabs": ("x", "\t", "x"),
    "commas": ("", "a,", ""),
    "names": ("", "Zed Q, ", ""),
    "and": ("", "a and ", ""),
    "brackets": ("", "(", ""),
    "bracket pairs": ("A ", "(x) ", ""),
    "dashes": ("1", "-", "x"),
    "digits": ("", "1", ""),
    "days": ("Oct 7", " - Oct 8", ""),
    "letters": ("", "a", "!"),
    "zero": ("0", " ", "!"),
    "question marks": ("x", "?", ""),
    "plus": ("1", "+1", "x"),
    "tags": ("", "tag ", "x"),
    "at signs": ("", "a@", ""),
    "accents": ("", "é", ""),
    "lines": ("x", "\n", "x"),
}


def shaped(shape: str, length: int) -> str:
    """A text of that shape and length."""
    before, again, after = SHAPES[shape]
    return before + (again * (length // len(again) + 1))[: length - len(before) - len(after)] + after


def workbook_with(spec: TabSpec, column: Column, cell: Cell) -> Workbook:
    """A small county with one more row, good in all but that one cell."""
    tabs = []
    for tab in sheets.workbook(20).tabs:
        rows = [list(row) for row in tab.rows]
        if tab.title == spec.name:
            header = list(rows[0])
            if column.header not in header:
                rows = [[*row, "" if number else column.header] for number, row in enumerate(rows)]
                header.append(column.header)
            rows[1][header.index(column.header)] = cell
        tabs.append(Tab(tab.title, rows, id=tab.id))
    return Workbook("bench", sheets.AS_OF, sheets.ZONE, tuple(tabs))


def milliseconds(workbook: Workbook) -> float:
    """The least of some runs."""
    taken = []
    for _ in range(3):
        before = time.process_time()
        read_workbook(workbook, sheets.TODAY)
        taken.append((time.process_time() - before) * 1000)
    return min(taken)


def main() -> bool:
    """Print the figures; True where every cell adds less than the limit."""
    print(
        f"{'column':<34} {'short':>7} " + " ".join(f"{length:>8,}" for length in (LENGTH, *BOUNDS)) + "  ratio  worst"
    )
    good = True
    for spec in TABS:
        for column in spec.columns:
            short = milliseconds(workbook_with(spec, column, "x"))
            added: list[float] = []
            worst = ""
            for length in (LENGTH, *BOUNDS):
                figures = {shape: milliseconds(workbook_with(spec, column, shaped(shape, length))) for shape in SHAPES}
                slowest = max(figures, key=lambda shape: figures[shape])
                added.append(figures[slowest] - short)
                worst = slowest if added[-1] == max(added) else worst
            good &= max(added) <= LIMIT
            print(
                f"{f'{spec.name}.{column.header}':<34} {short:>7.2f} "
                + " ".join(f"{figure:>8.2f}" for figure in added)
                + f"  {(short + added[0]) / short:>5.2f}  {worst}",
                flush=True,
            )
    print(f"Limit: {LIMIT:g} ms more than the short cell: {'all met' if good else 'NOT MET'}.")
    return good


if __name__ == "__main__":
    sys.exit(0 if main() else 1)

"""The number of cells to fix: distinct cells with an error or a warning."""

from cwac.analysis.cells import cells_by_severity, cells_to_fix
from cwac.model import Problem
from tests.cases import each


def problem(severity="error", cell=None, *, tab="Events", row=None, column=None, code="unreadable", found=None):
    return Problem(severity, code, tab, row, column, cell, found, "")


ERROR, WARNING, NOTICE = (problem(severity, "B2") for severity in ("error", "warning", "notice"))


@each(
    ("problems", "cells"),
    [
        ([], (0, 0, 0)),
        ([ERROR], (1, 0, 0)),
        ([ERROR, ERROR], (1, 0, 0)),
        ([WARNING, ERROR, NOTICE], (1, 0, 0)),  # one cell, by its worst
        ([NOTICE, WARNING], (0, 1, 0)),
        ([NOTICE], (0, 0, 1)),
        ([ERROR, problem("warning", "B3")], (1, 1, 0)),
        ([ERROR, problem(cell="B2", tab="Staffing")], (2, 0, 0)),
        ([problem(row=5), problem(row=5, code="duplicate-row")], (1, 0, 0)),  # the whole row
        ([problem(row=1, column="Date"), problem(row=1, column="Town")], (2, 0, 0)),  # two missing columns
        ([problem(tab=None, found="Old"), problem(tab=None, found="Older")], (2, 0, 0)),  # two tabs
    ],
)
def test_cell_counts_once_by_its_worst_severity(problems, cells):
    assert tuple(cells_by_severity(problems).values()) == cells
    assert list(cells_by_severity(problems)) == ["error", "warning", "notice"]
    assert cells_to_fix(problems) == cells[0] + cells[1]

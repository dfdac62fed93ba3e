"""Count the cells of a sheet that somebody has to fix: the one number that pages, commands and metrics give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping

from cwac.model import SEVERITIES, Problem, Severity


def cells_to_fix(problems: Iterable[Problem]) -> int:
    """The distinct cells with an error or a warning; a cell with several problems counts once."""
    by_severity = cells_by_severity(problems)
    return by_severity["error"] + by_severity["warning"]


def cells_by_severity(problems: Iterable[Problem]) -> Mapping[Severity, int]:
    """Severity -> the distinct cells of which it is the worst; every severity is a key."""
    worst: dict[Hashable, Severity] = {}
    for problem in problems:
        place = _place(problem)
        worst_so_far = worst.get(place)
        if worst_so_far is None or SEVERITIES.index(problem.severity) < SEVERITIES.index(worst_so_far):
            worst[place] = problem.severity
    counts = Counter(worst.values())
    return {severity: counts[severity] for severity in SEVERITIES}


def _place(problem: Problem) -> Hashable:
    """What tells one cell from another; a problem of a whole row, column or tab counts as one cell."""
    if problem.cell is not None:
        return problem.tab, problem.cell
    if problem.row is not None:
        return problem.tab, problem.row, problem.column
    return problem.tab, problem.code, problem.found

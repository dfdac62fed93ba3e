"""The result of reading one cell: a value, and findings about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from cwac.model import Cell, Severity


@dataclass(frozen=True, slots=True)
class CellFinding:
    """A remark about a cell, for its coordinator. With severity "error" the value is not used.

    The advice never names an officer; `candidates` are the IDs of the officers that the cell could mean.
    """

    code: str
    advice: str
    severity: Severity = "error"
    candidates: tuple[str, ...] = ()


@dataclass(slots=True)
class Reading:
    """A cell's value and findings. `extra` holds more that the cell says, such as the end of a range typed in Start."""

    value: Any = None
    findings: tuple[CellFinding, ...] = ()
    extra: Any = None

    @property
    def failed(self) -> bool:
        return any(finding.severity == "error" for finding in self.findings)


NOTHING = Reading()


def wrong(code: str, advice: str) -> Reading:
    return Reading(None, (CellFinding(code, advice),))


def guess(value: Any, advice: str, extra: Any = None) -> Reading:
    return Reading(value, (CellFinding("guessed", advice, "warning"),), extra)


Read = Callable[[Cell], Reading]
MAX_PROBLEMS = 20
"""The most problems of one cell."""


def at_most(findings: tuple[CellFinding, ...]) -> tuple[CellFinding, ...]:
    """At most `MAX_PROBLEMS` findings; the last one says how many more there were."""
    if len(findings) <= MAX_PROBLEMS:
        return findings
    kept, rest = findings[: MAX_PROBLEMS - 1], findings[MAX_PROBLEMS - 1 :]
    worst = next((finding for finding in rest if finding.severity == "error"), rest[0])
    return (*kept, replace(worst, advice=f"{len(rest)} more like these in this cell. One of them: {worst.advice}"))

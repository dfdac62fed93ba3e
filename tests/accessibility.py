"""`python -m tests.accessibility` writes the report in docs/accessibility.md from tests/accessibility.toml."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from tests.web.served import ROOT

PAGE = ROOT / "docs/accessibility.md"
MARKER = "<!-- written by python -m tests.accessibility -->\n"
MATRIX: Mapping[str, Any] = tomllib.loads((ROOT / "tests/accessibility.toml").read_text(encoding="utf-8"))
RESULTS = ("Supports", "Partially supports", "Not applicable")
LEVELS = ("A", "AA")


def with_report(text: str) -> str:
    """The page with the report after its marker."""
    return text.partition(MARKER)[0] + MARKER + "\n" + "\n".join(_report()) + "\n"


def criteria() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Level and row of each success criterion."""
    yield from ((level, row) for level in LEVELS for row in MATRIX[level])


def _report() -> Iterator[str]:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    counts = Counter(row["result"] for _, row in criteria())
    yield (
        f"Coffee with a Cop (`cwac`) {version}, as of {MATRIX['date']}. Of {counts.total()} criteria: "
        + ", ".join(f"{counts[result]} {result.lower()}" for result in RESULTS)
        + ".\n"
    )
    for level in LEVELS:
        yield f"### WCAG 2.2, level {level}\n"
        yield "| Criterion | Conformance | Remarks |\n|---|---|---|"
        yield from map(_row, MATRIX[level])
        yield ""
    yield "### Evidence\n"
    yield f"*hand*: in Chromium on {MATRIX['date']}. `axe-matrix` runs by `pytest -m matrix`, all others always.\n"
    yield "| | Test |\n|---|---|"
    yield from (f"| {name} | `{test}` |" for name, test in MATRIX["tests"].items())


def _row(row: Mapping[str, Any]) -> str:
    since = row.get("added", "2.0")
    european = "" if since == "2.2" else f"EN 9.{row['number']}"
    federal = "; 508: 501, 602.3" if since == "2.0" else ""
    numbers = f" ({european}{federal})" if european else " (WCAG 2.2 only)"
    evidence = f" [{', '.join(row['by'])}]" if "by" in row else ""
    return f"| {row['number']} {row['name']}{numbers} | {row['result']} | {row['remark']}{evidence} |"


if __name__ == "__main__":
    PAGE.write_text(with_report(PAGE.read_text(encoding="utf-8")), encoding="utf-8")

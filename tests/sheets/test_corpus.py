"""Odd workbooks that people have kept, each read and compared whole.

A new one is a text file: `== Tab`, then rows with cells between bars. `python -m tests.sheets.test_corpus` writes what
the reader now makes of each beside it; read that before it is committed.
"""

import datetime as dt
import json
from pathlib import Path

import pytest

from cwac.model import Cell, Snapshot, Tab, Workbook
from cwac.sheet.reader import read_workbook
from tests.sheet.county import typed_rows

HERE = Path(__file__).parent
ODD = sorted(HERE.glob("*.txt"))
TODAY = dt.date(2026, 11, 25)


def workbook(text: str) -> Workbook:
    tabs: list[Tab] = []
    rows: list[list[Cell]] = []
    for line in text.splitlines():
        if line.startswith("== "):
            rows = []
            tabs.append(Tab(line[3:], rows))
        elif not line.startswith("# "):
            rows.extend(typed_rows(line))
    return Workbook("odd", dt.datetime(2026, 11, 25, tzinfo=dt.UTC), "America/Los_Angeles", tuple(tabs))


def told(snapshot: Snapshot) -> dict:
    """What the reader made of it, in full but for what stands at its default."""

    def lean(record: object) -> dict:
        values = {name: getattr(record, name) for name in record.__slots__}  # type: ignore[attr-defined]
        return {name: str(value) for name, value in values.items() if value not in (None, (), False, "")}

    return {
        "accounting": {name: lean(record) for name, record in snapshot.accounting.items()},
        "events": [lean(record) for record in snapshot.events],
        "undated": [lean(record) for record in snapshot.undated],
        "assignments": [lean(record) for record in snapshot.assignments],
        "headcounts": [lean(record) for record in snapshot.headcounts],
        "problems": [lean(record) for record in snapshot.problems if record.code != "missing-tab"],
    }


@pytest.mark.parametrize("path", ODD, ids=[path.stem for path in ODD])
def test_workbook_of_the_corpus_reads_as_recorded(path):
    snapshot = read_workbook(workbook(path.read_text(encoding="utf-8")), TODAY)
    assert told(snapshot) == json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))


if __name__ == "__main__":
    for odd in ODD:
        result = told(read_workbook(workbook(odd.read_text(encoding="utf-8")), TODAY))
        odd.with_suffix(".json").write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

"""Odd workbooks that people have kept, each read and compared whole.

A new one is a text file: `== Tab`, then rows with cells between bars. `python -m tests.sheets.test_corpus` writes what
the reader now makes of each beside it; read that before it is committed.
"""

import datetime as dt
import json
from pathlib import Path

import pytest

from cwac.model import Snapshot, Tab, Workbook
from cwac.sheet.reader import read_workbook
from tests.sheet.county import typed_tabs

HERE = Path(__file__).parent
ODD = sorted(HERE.glob("*.txt"))


def read(path: Path) -> Snapshot:
    tabs = tuple(Tab(name, rows) for name, rows in typed_tabs(path.read_text(encoding="utf-8")).items())
    book = Workbook("odd", dt.datetime(2026, 11, 25, tzinfo=dt.UTC), "America/Los_Angeles", tabs)
    return read_workbook(book, dt.date(2026, 11, 25))


def told(snapshot: Snapshot) -> dict:
    """What the reader made of it, in full but for what stands at its default."""

    def lean(record: object) -> dict:
        values = {name: getattr(record, name) for name in record.__slots__}  # type: ignore[attr-defined]
        return {name: str(value) for name, value in values.items() if value not in (None, (), False, "")}

    lists = ("events", "undated", "assignments", "headcounts")
    return {name: [lean(record) for record in getattr(snapshot, name)] for name in lists} | {
        "accounting": {name: lean(record) for name, record in snapshot.accounting.items()},
        "problems": [lean(record) for record in snapshot.problems if record.code != "missing-tab"],
    }


@pytest.mark.parametrize("path", ODD, ids=[path.stem for path in ODD])
def test_workbook_of_the_corpus_reads_as_recorded(path):
    assert told(read(path)) == json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))


if __name__ == "__main__":
    for odd in ODD:
        odd.with_suffix(".json").write_text(
            json.dumps(told(read(odd)), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )

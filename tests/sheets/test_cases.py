"""Small sheets as people keep them, and what is to be read of each: `cases/*.txt`.

`### ` begins a case, `== ` a tab, whose rows have their cells between bars; `== county` stands for the lists of the
small county. A title that ends in `.xlsx` names a workbook of `own/` instead. Then `> ` is an event with its people and
guests, `? ` a column or an undated row that is asked about, `! ` the problems, and `= ` the rows that are left out or
skipped. The odd workbooks beside this file are compared whole, with what `python -m tests.sheets.test_cases` writes of
each; read that before it is committed.
"""

import datetime as dt
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cwac.model import Event, Snapshot, SourceUnavailable, Tab, Workbook
from cwac.sheet.reader import read_workbook
from cwac.sources.excel import read_excel
from tests.sheet.county import LISTS, OWN, book, read, typed_tabs

FILES = sorted((Path(__file__).parent / "cases").glob("*.txt"))
TODAY = dt.date(2026, 12, 1)
NOT_ASKED = ("agency-unknown", "made-id", "missing-column", "missing-tab", "renamed-column", "unused-column")


def cases(text: str) -> Iterator[tuple[str, Workbook, list[str]]]:
    for case in re.split(r"^### ", text, flags=re.M)[1:]:
        title, *lines = case.rstrip("\n").split("\n")
        expected = [line for line in lines if re.match(r"[>?!=] ", line)]
        grids = typed_tabs("\n".join(line for line in lines if line not in expected))
        if grids.pop("county", None) is not None:
            grids = LISTS | grids
        yield (
            title,
            read_excel(OWN / title) if title.endswith(".xlsx") else book(*map(Tab, grids, grids.values())),
            expected,
        )


def lines_of(snapshot: Snapshot) -> list[str]:
    lines = [event_line(snapshot, event) for event in snapshot.events]
    lines += [f"? {event.id} on {event.found}" for event in snapshot.undated]
    lines += [
        f"? {column.header} ({column.column}): {column.perhaps}"
        for table in snapshot.reading for column in table.columns if column.perhaps
    ]  # fmt: skip
    problems = [
        " ".join(filter(None, (one.code, one.tab if one.tab != "Events" else "", one.cell)))
        for one in snapshot.problems if one.code not in NOT_ASKED
    ]  # fmt: skip
    lines += [f"! {', '.join(problems)}"] if problems else []
    return lines + [
        f"= {tab}: {account.kept} kept, {account.left_out} left out, {account.skipped} skipped"
        for tab, account in snapshot.accounting.items() if account.left_out or account.skipped
    ]  # fmt: skip


def times_of(*times: dt.time | None) -> str:
    return "-".join(f"{time:%-H:%M}" for time in times if time)


def event_line(snapshot: Snapshot, event: Event) -> str:
    people = []
    for row in snapshot.assignments:
        if row.event_id == event.id:
            name = "+" if row.placeholder else row.name or row.officer or ""
            hours = times_of(row.report_time, row.release_time)
            words = [name + (f"/{row.agency}" if row.agency else ""), row.role and f"({row.role})", hours]
            people.append(" ".join(filter(None, [*words, row.status if row.status != "Assigned" else ""])))
    guests = [f"{count.guests.best:g}" for count in snapshot.headcounts if count.event_id == event.id and count.guests]
    status = f"{event.status}{', withheld' if event.withheld else ''}"
    venue = event.venue.name if event.venue else event.venue_text
    town = event.town or (event.town_text and f"{event.town_text}?")
    facts = (venue, town, "+".join(event.agencies), status, "; ".join(people), "+".join(guests))
    event_id = [] if event.made_id else [event.id]
    when = " ".join([">", *event_id, f"{event.date:%-m/%-d/%y}", times_of(event.start, event.end)]).rstrip()
    return " | ".join([when, *(fact or "" for fact in facts)]).rstrip(" |")


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_sheet_becomes_what_its_case_says(path: Path) -> None:
    wrong = []
    for title, workbook, expected in cases(path.read_text(encoding="utf-8")):
        try:
            found = lines_of(read_workbook(workbook, TODAY))
        except SourceUnavailable as refused:
            found = [f"! {refused.cause}"]
        if found != expected:
            wrong.append("\n".join([title, *found]))
    assert not wrong, "\n\n".join(wrong)


HERE = Path(__file__).parent
ODD = sorted(HERE.glob("*.txt"))


def told(path: Path) -> dict:
    """What the reader makes of a workbook, in full but for what stands at its default."""
    tabs = typed_tabs(path.read_text(encoding="utf-8"))
    snapshot = read(*map(Tab, tabs, tabs.values()))

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
    assert told(path) == json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))


if __name__ == "__main__":
    for odd in ODD:
        odd.with_suffix(".json").write_text(
            json.dumps(told(odd), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )

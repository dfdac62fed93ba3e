"""How much of what clerks type is held back from the public as a careful person would.

`python -m tests.bench.release`, with -v for each wrong cell. The cells in `tests/clerks/` were written by people who
knew neither the program nor its words. Each is read in a sheet of one event that is public otherwise. A leak is a cell
that should have been held back.
"""

import csv
import datetime as dt
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from cwac.access import PUBLIC, restrict
from cwac.model import Cell, Event, Tab, Workbook
from cwac.sheet.reader import read_workbook

CLERKS = Path(__file__).parents[1] / "clerks"
TODAY = dt.date(2026, 11, 25)
EVENT: Mapping[str, Cell] = {
    "Event ID": "E1", "Date": "12/9/2026", "Start": "9:00 AM", "Town": "Weed", "Venue": "Bean",
    "Lead agency": "Weed PD", "Status": "Confirmed",
}  # fmt: skip
COLUMNS = {"title": "Title", "public_notes": "Public notes", "venue": "Venue", "town": "Town"}


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    path = folder / f"{name}.csv"
    return list(csv.DictReader(path.open(encoding="utf-8", newline=""))) if path.exists() else []


def published(cells: Mapping[str, Cell], *tabs: Tab) -> Event | None:
    """What the public sees of the event with these cells."""
    row = dict(EVENT) | dict(cells)
    as_of = dt.datetime(2026, 11, 25, 18, 0, tzinfo=dt.UTC)
    events = Tab("Events", [list(row), list(row.values())])
    workbook = Workbook("plan.xlsx", as_of, "America/Los_Angeles", (events, *tabs))
    return next(iter(restrict(read_workbook(workbook, TODAY), PUBLIC).events), None)


def verdicts(folder: Path) -> Iterator[tuple[str, str, bool, bool]]:
    """The kind of cell, the cell, whether it should be held back, and whether it is."""
    for row in rows(folder, "agencies"):
        event, people = (
            published({"Lead agency": row["typed"]}),
            [one for one in row["person_inside"].split("|") if one],
        )
        shown = " ".join(event.agencies).casefold() if event else ""
        named = row["agencies"].split("|")[0].casefold()
        is_held = not any(one.strip().casefold() in shown for one in people) if people else bool(named) and not shown
        yield "agencies", row["typed"], bool(people), is_held
    listed = rows(CLERKS / "first", "officers")
    officers = Tab(
        "Officers", [["Officer ID", "Name", "Rank", "Agency", "Aliases"], *map(list, map(dict.values, listed))]
    )
    for name in ("texts", "officer_texts"):
        for row in rows(folder, name):
            where, typed = row.get("where", "public_notes"), row["typed"]
            venues = [Tab("Venues", [["Venue", "Town"], [typed, "Weed"]])] if where == "venue" else []
            event = published({COLUMNS[where]: typed}, officers, *venues)
            texts = (event.title, event.public_notes, event.town, event.venue and event.venue.name) if event else ()
            seen = {" ".join(text.split()) for text in texts if text}
            yield name, typed, row["verdict"] == "hold", " ".join(typed.split()) not in seen
    for row in rows(folder, "forbids"):
        event = published({row["column"]: row["typed"]})
        yield "forbids", row["typed"], row["verdict"] == "hold", event is None
    for row in rows(folder, "off"):
        event = published({"Date": "11/4/2026", "Status": "Completed", row["column"]: row["typed"]})
        yield "off", row["typed"], row["verdict"] != "on", event is None


def main() -> None:
    shows = "-v" in sys.argv
    for folder in sorted(path for path in CLERKS.iterdir() if path.is_dir()):
        counts: dict[str, list[int]] = {}
        for kind, typed, wanted, is_held in verdicts(folder):
            count = counts.setdefault(kind, [0, 0, 0])
            count[0] += 1
            count[1] += wanted and not is_held
            count[2] += is_held and not wanted
            if shows and wanted != is_held:
                print(f"  {kind}: {'leak' if wanted else 'held'}: {typed!r}")
        for kind, (cells, leaks, held) in counts.items():
            print(f"{folder.name:8}{kind:15}{cells:5} cells, {leaks:3} leaks, {held:3} held without cause")


if __name__ == "__main__":
    main()

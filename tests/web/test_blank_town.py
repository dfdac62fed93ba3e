"""A blank Town at a listed venue is that venue's town in every answer."""

import datetime as dt
import re
from dataclasses import replace

from cwac.analysis.revisions import Revisions, advance
from cwac.model import Cell, Snapshot, Tab, Workbook
from cwac.sheet.reader import read_workbook
from cwac.sources.sample import tabs_of
from tests.web.served import ROOT

TODAY = dt.date(2026, 11, 28)
AS_OF = dt.datetime(2026, 11, 28, 18, 0, tzinfo=dt.UTC)
WITHOUT_ID = {"EV-2026-044": "2026-10-28-weed", "EV-2026-210": "2026-12-17-dorris"}
"""Events whose Event ID is left blank, and the ID that is made for each."""


def tabs(*, blank: bool) -> dict[str, list[list[Cell]]]:
    """The sample's tabs with made IDs, and with `blank` without the town of each event at a venue of that town.

    No venue has coordinates, so drives are between towns.
    """
    grids = {tab.title: [list(row) for row in tab.rows] for tab in tabs_of(TODAY)}
    headers, *rows = grids["Events"]
    town, venue, event_id = (headers.index(name) for name in ("Town", "Venue", "Event ID"))
    venues = {row[0]: row[2] for row in grids["Venues"][1:]}
    for row in rows:
        if row[event_id] in WITHOUT_ID:
            row[event_id] = None
        if blank and row[venue] in venues and venues[row[venue]] == row[town]:
            row[town] = None
    for row in grids["Venues"][1:]:
        row[4] = row[5] = None
    for name in ("Staffing", "Attendance", "Follow-ups"):
        column = grids[name][0].index("Event ID")
        for row in grids[name][1:]:
            row[column] = WITHOUT_ID.get(str(row[column]), row[column])
    return grids


def read(*, blank: bool) -> Snapshot:
    grids = tuple(Tab(name, rows) for name, rows in tabs(blank=blank).items())
    return read_workbook(Workbook("plan.xlsx", AS_OF, "America/Los_Angeles", grids), TODAY)


def without_town_cell(snapshot: Snapshot) -> Snapshot:
    """The snapshot but for the town as typed, and for the problem of a blank Town cell."""
    events = tuple(replace(event, town_text=None) if event.town else event for event in snapshot.events)
    problems = tuple(problem for problem in snapshot.problems if (problem.tab, problem.column) != ("Events", "Town"))
    return replace(snapshot, content_hash="", events=events, problems=problems)


def test_every_record_is_the_same_with_the_town_left_blank() -> None:
    typed, blank = read(blank=False), read(blank=True)
    assert sum(event.town_text is None for event in blank.events) == 82
    assert [event.id for event in blank.events if event.made_id] == [
        "2026-10-28-weed", "2026-12-17-dorris", "2027-01-27-dorris",
    ]  # fmt: skip
    assert without_town_cell(blank) == without_town_cell(typed)


def test_event_whose_made_id_gains_its_town_keeps_its_first_id() -> None:
    now = read(blank=True)
    as_read_before = replace(
        now,
        events=tuple(
            replace(event, id=f"{event.date}-unknown", town=None) if event.made_id else event for event in now.events
        ),
    )
    before = advance(Revisions(), as_read_before, AS_OF)
    after = advance(before, now, AS_OF + dt.timedelta(days=1))
    assert after.first_ids == {
        "2026-10-28-weed": "2026-10-28-unknown",
        "2026-12-17-dorris": "2026-12-17-unknown",
        "2027-01-27-dorris": "2027-01-27-unknown",
    }


def test_town_as_typed_is_asked_for_only_where_no_town_is_known() -> None:
    """How people spell a town, whether any place is known, and what is left out of a link to the map."""
    found = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "cwac").rglob("*.py")
        if "sheet" not in path.parts and path.name != "model.py"
        if "town_text" in re.sub(r"\.town or \(?\w+\.town_text", "", path.read_text("utf-8"))
    }
    assert found == {"cwac/exports/workbooks.py", "cwac/exports/event_pages.py", "cwac/packet/facts.py"}

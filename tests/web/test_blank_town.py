"""A blank Town at a listed venue is that venue's town in every answer."""

import datetime as dt
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from cwac.analysis.revisions import Revisions, advance
from cwac.cli import main
from cwac.model import Cell, Snapshot, Tab, Workbook
from cwac.refresh import sheets
from cwac.refresh.judge import Judge
from cwac.sheet.reader import read_workbook
from cwac.sources.sample import tabs_of
from tests.web.conftest import PAGES, Serve, block_texts, closed_to_strangers, opened, words

TODAY = dt.date(2026, 11, 28)
AS_OF = dt.datetime(2026, 11, 28, 18, 0, tzinfo=dt.UTC)
WITHOUT_ID = {"EV-2026-044": "2026-10-28-weed", "EV-2026-210": "2026-12-17-dorris"}
"""Events whose Event ID is left blank, and the ID that is made for each."""

COMMANDS = [
    ["alerts", "--format", "json"],
    ["gaps", "--format", "json"],
    ["backtest", "--format", "json"],
    *(["export", what, "--format", "json"] for what in ("events", "staffing", "attendance", "follow-ups")),
    ["export", "events", "--format", "ics"],
    *(["report", quarter, "--format", "json"] for quarter in ("2026-Q3", "2026-Q4")),
    *(["report", "2026-Q3", "--for", who, "--format", "json"] for who in ("ots-quarter", "nno")),
]


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


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., Path]:
    """Save either workbook under one name and time, in a folder of that name or in the same one."""

    def write(folder: str = "", *, blank: bool) -> Path:
        book = openpyxl.Workbook()
        book.remove(book.active)
        for name, rows in tabs(blank=blank).items():
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append(row)
        path = tmp_path / folder / "plan.xlsx"
        path.parent.mkdir(exist_ok=True)
        book.save(path)
        os.utime(path, (AS_OF.timestamp(), AS_OF.timestamp()))
        return path

    return write


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


@pytest.mark.slow
def test_every_command_and_file_is_the_same_with_the_town_left_blank(save: Callable[..., Path], tmp_path: Path) -> None:
    def answers(*, blank: bool) -> dict[str, bytes]:
        path, site = save(blank=blank), tmp_path / f"site-{blank}"
        commands = [*COMMANDS, ["publish", str(site)]]
        ended = {
            " ".join(command): CliRunner().invoke(main, [*command, str(path), "--on", "2026-11-28"])
            for command in commands
        }
        assert {command: result.exit_code for command, result in ended.items() if result.exit_code} == {}
        printed = {
            command: result.stdout_bytes for command, result in ended.items() if not command.startswith("publish")
        }
        files = {str(file.relative_to(site)): file.read_bytes() for file in site.rglob("*") if file.is_file()}
        return printed | files

    typed, blank = answers(blank=False), answers(blank=True)
    assert b"officer-tight-travel" in blank["alerts --format json"]
    assert [name for name in typed if typed[name] != blank.get(name)] == []
    assert {"events.json", "calendar.ics"} <= set(blank)


@pytest.mark.slow
def test_every_page_is_the_same_with_the_town_left_blank(
    save: Callable[..., Path], serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Judge, "today", lambda _judge, _workbook: TODAY)
    seen: list[dict[str, tuple[str, list[str]]]] = []
    for blank in (False, True):
        serve(closed_to_strangers(save(f"blank-{blank}", blank=blank)))
        pages = {page: opened(page, "coordinator") for page in PAGES if page != "sheet_health"}
        seen.append({page: (words(app), list(block_texts(app))) for page, app in pages.items()})
        sheets.stop()
    assert seen[0] == seen[1]

"""Seven counties, each with a source of its own: settings, commands, pages and calendars, end to end."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from icalendar import Calendar
from starlette.applications import Starlette

from cwac.cli import main
from cwac.exports import ical
from cwac.model import Cell
from cwac.refresh import sheets
from cwac.settings import load
from cwac.web import feeds
from tests.api.test_routes import Client
from tests.server import SheetsServer
from tests.sources.every import Everywhere, on_this_machine, toml, write_settings
from tests.web import plan
from tests.web.conftest import opened, sent

TOWNS = {"Key": "Weed", "Default": "Yreka", "Link": "Weed", "Graph": "Weed", "Old": "Etna", "New": "Dorris"}
DAY = plan.TODAY + dt.timedelta(days=7)


def of_town(town: str, folder: Path) -> Path:
    """A workbook with one event in a town; each has the same event ID."""
    header: list[Cell] = ["Event ID", "Date", "Start", "Title", "Town", "Venue", "Lead agency", "Status"]
    event: list[Cell] = ["EV-1", DAY, dt.time(9), f"Coffee in {town}", town, "Cafe", "WPD", "Confirmed"]
    return plan.save_tabs(folder / f"{town}.xlsx", {"Events": [header, event]})


@pytest.fixture
def places(tmp_path: Path) -> Iterator[Everywhere]:
    with (
        Everywhere(of_town("Weed", tmp_path).read_bytes(), tmp_path) as running,
        on_this_machine(running, tmp_path),
    ):
        second = SheetsServer(of_town("Yreka", tmp_path)).book
        running.google.books[second.id] = second
        tables: list[dict[str, Any]] = [
            {"county": "Key", "address": running.google.url},
            # The same sheet under another ID: both are read from one stand-in.
            {"county": "Default", "address": second.url, "credentials": "default"},
            {"county": "Link", "address": running.address("link"), "credentials": "none"},
            {"county": "Graph", "address": running.address("secret")},
            {"county": "Old", "workbook": str(of_town("Etna", tmp_path))},
            {"county": "New", "workbook": str(of_town("Dorris", tmp_path)), "calendar_id": "new"},
        ]
        write_settings(
            toml(
                {
                    "connections.gsheets": {"spreadsheet": tables, **running.gsheets("key")},
                    "connections.microsoft": running.microsoft("secret"),
                    "cwac": {"store": f"sqlite:///{tmp_path}/store.sqlite3"},
                    "access": {"public": True},
                }
            ),
            tmp_path,
        )
        yield running
    sheets.stop()


@pytest.mark.slow
@pytest.mark.usefixtures("places")
def test_commands_read_each_county_from_its_own_source() -> None:
    for county, town in TOWNS.items():
        ended = CliRunner().invoke(main, ["export", "events", county, "--format", "csv"])
        assert ended.exit_code == 0, (county, ended.output)
        assert f"Coffee in {town}" in ended.stdout, county
    assert "Say which to read: Key, Default, Link, Graph, Old, New." in CliRunner().invoke(main, ["check"]).output
    doctor = CliRunner().invoke(main, ["doctor"]).output
    for county in TOWNS:
        assert f"PASS  events            {county}: The tab Events was found." in re.sub(r" {12,}", " " * 12, doctor)
    assert "The settings name 6 sheets and files, one for each county." in doctor


def test_connect_checks_each_county_and_goes_on_after_a_failure(places: Everywhere) -> None:
    ended = CliRunner().invoke(main, ["connect"])
    assert ended.exit_code == 0, ended.output
    assert ended.stdout.count("✓ rows read: 1 row.") == len(TOWNS)
    assert [f"{county}:" for county in TOWNS] == [line for line in ended.stdout.splitlines() if line.endswith(":")
                                                     and line[:-1] in TOWNS]  # fmt: skip
    places.graph.links.clear()
    failed = CliRunner().invoke(main, ["connect"])
    assert (failed.exit_code, failed.stdout.count("✓ rows read")) == (2, len(TOWNS) - 1)
    assert "Error: Not every county can be read: Graph." in failed.output
    assert "another one there by hand" in CliRunner().invoke(main, ["connect", "plan.xlsx"]).output


def uids(text: str) -> list[str]:
    return [str(event["UID"]) for event in Calendar.from_ical(text).walk("VEVENT")]


@pytest.mark.slow
@pytest.mark.usefixtures("places")
def test_pages_feeds_and_files_tell_the_counties_apart() -> None:
    sheets.start(load())
    for name in sheets.names():
        sheets.poller(name).look()
    assert {name: live.trouble for name in sheets.names() if (live := sheets.current(name)).snapshot is None} == {}
    client = Client(Starlette(routes=feeds.ROUTES))
    by_feed = {name: uids(client.get(f"/calendar.ics?county={name}").text) for name in sheets.names()}
    assert by_feed["Old"] == [ical.uid("EV-1", None)]  # as while it was the only file
    assert by_feed["New"] == [ical.uid("EV-1", None, "new")]
    assert len({uid for uids in by_feed.values() for uid in uids}) == len(TOWNS)
    for name in sheets.names():
        page = opened("calendar", county=name, date=str(DAY))
        assert not page.exception
        assert f"Coffee in {TOWNS[name]}".encode() in sent(page), name
        exported = CliRunner().invoke(main, ["export", "events", name, "--format", "ics"])
        assert uids(exported.stdout) == by_feed[name], name


@pytest.mark.slow
@pytest.mark.usefixtures("places")
def test_published_pages_have_the_same_uids(tmp_path: Path) -> None:
    ended = CliRunner().invoke(main, ["publish", str(tmp_path / "site"), "--address", "https://www.example.gov/c"])
    assert ended.exit_code == 0, ended.output
    published = {path.parent.name: uids(path.read_text()) for path in (tmp_path / "site").glob("*/calendar.ics")}
    assert (published["Old"], published["New"]) == ([ical.uid("EV-1", None)], [ical.uid("EV-1", None, "new")])


@pytest.mark.slow
def test_no_secret_is_on_a_page_of_a_source_that_works_or_fails(places: Everywhere) -> None:
    sheets.start(replace(load(), auth=True, coordinators=("boss@county.example.gov",)))
    secrets: set[str] = set()
    for fails in (False, True):
        if fails:
            places.google.fail("unauthorized", None)
            places.link.fail("403", None)
            places.graph.fail("403", None)
        for name in sheets.names():
            sheets.poller(name).look(asked=True)
            secrets.update(places.secrets())
            for page in ("overview", "sheet_health"):
                shown = opened(page, "coordinator", county=name)
                assert not shown.exception
                assert [secret for secret in secrets if secret.encode() in sent(shown)] == [], (name, page, fails)
    assert sheets.current("Graph").trouble is not None
    assert sheets.current("Key").trouble is not None

"""A small workbook at the stand-in for Microsoft, and what the tests of the Microsoft source ask of it."""

import datetime as dt
import io
from typing import Any

import openpyxl

from cwac.settings.connections import Microsoft, WorkbookPlace, place_of_link
from cwac.sources.microsoft import MicrosoftSource
from tests.server.entra import CLIENT, SECRET, TENANT
from tests.server.graph import GraphServer


def workbook(*towns: str) -> bytes:
    """An .xlsx file with an event in each of the towns."""
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.title = "Events"
    sheet.append(["Event ID", "Date", "Start", "Town"])
    for number, town in enumerate(towns, 1):
        sheet.append([f"EV-{number}", dt.date(2026, 10, number), dt.time(9), town])
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def sign_in(graph: GraphServer, **other: Any) -> Microsoft:
    own = {"tenant": TENANT, "client_id": CLIENT, "client_secret": SECRET, "graph": graph.graph, "login": graph.login}
    return Microsoft(**(own | other))


def by_path(graph: GraphServer, path: str = "Outreach/Plan.xlsx", drive: str | None = None) -> WorkbookPlace:
    return WorkbookPlace(graph.site.host, site=graph.site.path, drive=drive, path=path)


def source_of(graph: GraphServer, place: WorkbookPlace | str | None = None, **waits: Any) -> MicrosoftSource:
    """The source for a place, by default the sharing link; `microsoft` may hold another sign-in."""
    place = place_of_link(place or graph.link) if not isinstance(place, WorkbookPlace) else place
    microsoft = waits.pop("microsoft", None) or sign_in(graph)
    return MicrosoftSource(place, microsoft, **({"connect": 2, "read": 2, "deadline": 8} | waits))


def towns_of(source: MicrosoftSource) -> list[object]:
    return [row[3] for row in source.fetch().tabs[0].rows[1:]]

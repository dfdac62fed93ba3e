"""What each address of the API answers of a restricted snapshot and the filters asked for, and its OpenAPI document."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version
from typing import Any

from cwac import access
from cwac.access import Viewer
from cwac.analysis import alerts, followups
from cwac.analysis.quarter import quarter as quarter_report
from cwac.exports import documents, quarterly, tables
from cwac.model import Event, Snapshot
from cwac.settings import Rules

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ApiFilters:
    """What was asked for. Empty `agencies` or `towns` mean all; `id` is an event's, `of` names a quarter."""

    first: dt.date | None = None
    last: dt.date | None = None
    agencies: tuple[str, ...] = ()
    towns: tuple[str, ...] = ()
    of: str = ""
    since: dt.date | None = None
    id: str = ""

    def match(self, event: Event | None) -> bool:
        """Whether the event is among those asked for; one that is not known matches only without filters."""
        if event is None:
            return not (self.first or self.last or self.agencies or self.towns)
        return (
            (self.first is None or event.date >= self.first)
            and (self.last is None or event.date <= self.last)
            and (not self.agencies or not set(self.agencies).isdisjoint(event.agencies))
            and (not self.towns or event.town in self.towns)
        )


PREFIX = "/api/v1"
FOLLOW_UP_COUNTS = ("asked", "open", "overdue", "closed", "told", "not_told")


class NotFound(Exception):  # noqa: N818 - no mistake of the program
    """No event of that ID is shown to this viewer."""


def _shown(rows: Iterable[Document], key: str, snapshot: Snapshot, filters: ApiFilters) -> list[Document]:
    by_id = snapshot.event_by_id
    return [row for row in rows if filters.match(by_id.get(row[key]))]


def events(snapshot: Snapshot, viewer: Viewer, _: Rules, filters: ApiFilters) -> Document:
    rows = tables.event_rows(snapshot, sees_staffing=access.may_open(viewer, "staffing"))
    return {"events": _shown(rows, "id", snapshot, filters)}


def event(snapshot: Snapshot, viewer: Viewer, rules: Rules, filters: ApiFilters) -> Document:
    rows = [row for row in events(snapshot, viewer, rules, ApiFilters())["events"] if row["id"] == filters.id]
    if not rows:
        raise NotFound
    staffing = [row for row in tables.staffing_rows(snapshot) if row["event_id"] == filters.id]
    return {"event": rows[0], "staffing": staffing if access.may_open(viewer, "staffing") else None}


def gaps(snapshot: Snapshot, _: Viewer, __: Rules, filters: ApiFilters) -> Document:
    """The gaps; with agencies, of the events that name them or ask them for officers."""
    rows = documents.gap_rows(documents.gaps(snapshot))
    if filters.agencies:
        asked = {gap.fill.event.id for name in filters.agencies for gap in documents.gaps(snapshot, agency=name)}
        rows = [row for row in rows if row["event_id"] in asked]
    return {"gaps": _shown(rows, "event_id", snapshot, replace(filters, agencies=()))}


def alert_rows(snapshot: Snapshot, _: Viewer, rules: Rules, filters: ApiFilters) -> Document:
    by_id = snapshot.event_by_id
    return {
        "alerts": [
            documents.alert_row(alert)
            for alert in alerts.alerts(snapshot, snapshot.today, rules)
            if any(filters.match(by_id.get(event_id)) for event_id in alert.event_ids)
        ]
    }


def attendance(snapshot: Snapshot, _: Viewer, __: Rules, filters: ApiFilters) -> Document:
    return {"attendance": _shown(tables.attendance_rows(snapshot), "event_id", snapshot, filters)}


def follow_ups(snapshot: Snapshot, viewer: Viewer, _: Rules, filters: ApiFilters) -> Document:
    """Counts of all, and the rows, with what was said, of those that the viewer's agencies are responsible for."""
    chosen = [item for item in followups.follow_ups(snapshot, snapshot.today) if filters.match(item.event)]
    totals = followups.tally(chosen)
    listed = {
        item.follow_up.id
        for item in chosen
        if viewer.kind == "coordinator" or followups.responsible(item.follow_up, item.event) in viewer.agencies
    }
    rows = tables.follow_up_rows(snapshot, summaries=True)
    return {
        "counts": {name: getattr(totals, name) for name in FOLLOW_UP_COUNTS},
        "follow_ups": [row for row in rows if row["id"] in listed],
    }


def problems(snapshot: Snapshot, _: Viewer, __: Rules, filters: ApiFilters) -> Document:
    concerning = access.concerning(snapshot.problems, filters.agencies) if filters.agencies else snapshot.problems
    return {
        "tabs": documents.tabs(snapshot),
        "problems": [documents.problem_row(problem, access.advice(problem, snapshot)) for problem in concerning],
    }


def quarter(snapshot: Snapshot, _: Viewer, rules: Rules, filters: ApiFilters) -> Document:
    agency = filters.agencies[0] if filters.agencies else None
    return quarterly.document(quarter_report(snapshot, filters.of, agency, rules))


def as_of(snapshot: Snapshot, _: Viewer, __: Rules, ___: ApiFilters) -> Document:
    return {"timezone": snapshot.timezone}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address, its parameters, and the page to which its viewers must have access. `answer` is None for changes,
    which need two versions."""

    path: str
    name: str
    page: str
    parameters: tuple[str, ...]
    summary: str
    answer: Callable[[Snapshot, Viewer, Rules, ApiFilters], Document] | None


_BY_EVENT = ("from", "to", "agency", "town")
ENDPOINTS: Mapping[str, Endpoint] = {
    endpoint.name: endpoint
    for endpoint in (
        Endpoint("/events", "events", "calendar", _BY_EVENT, "The dated events", events),
        Endpoint("/events/{id}", "event", "calendar", (), "One event, with its staffing", event),
        Endpoint("/gaps", "gaps", "staffing", _BY_EVENT, "Open positions of the events to come", gaps),
        Endpoint("/alerts", "alerts", "staffing", _BY_EVENT, "Conflicts and openings in the plan", alert_rows),
        Endpoint("/attendance", "attendance", "attendance", _BY_EVENT, "Headcounts of events", attendance),
        Endpoint("/follow-ups", "follow-ups", "follow_ups", _BY_EVENT, "What residents asked for", follow_ups),
        Endpoint("/problems", "problems", "sheet_health", ("agency",), "Cells that need attention", problems),
        Endpoint("/changes", "changes", "changes", ("since", "agency"), "What changed since a day", None),
        Endpoint("/quarter", "quarter", "reports", ("of", "agency"), "The figures of a quarter", quarter),
        Endpoint("/as-of", "as-of", "overview", (), "When the sheet was last read", as_of),
    )
}


# --- the OpenAPI 3.1 document -----------------------------------------------------------------------------------------

_DAY = {"type": "string", "format": "date"}
_AS_OF: dict[str, Any] = {"as_of": {"type": "string", "format": "date-time"}}
_ON: dict[str, Any] = {"on": _DAY}


def _of(name: str, *path: str) -> dict[str, str]:
    return {"$ref": "/".join(("#/components/schemas", name, *path))}


def _answers() -> dict[str, dict[str, Any]]:
    counts = {name: {"type": "integer", "minimum": 0} for name in FOLLOW_UP_COUNTS}
    report = [key for key in documents.schema("report")["properties"] if key not in ("source", "as_of", "on")]
    parts = {"gaps": ["gaps"], "alerts": ["alerts"], "check": ["tabs", "problems"], "changes": ["since", "changes"]}
    taken = {
        name: {key: _of(name, "properties", key) for key in keys} for name, keys in (parts | {"report": report}).items()
    }
    return {
        "events": {"events": _of("events")},
        "event": {"event": _of("events", "items"), "staffing": {"anyOf": [_of("staffing"), {"type": "null"}]}},
        "gaps": taken["gaps"],
        "alerts": taken["alerts"],
        "attendance": {"attendance": _of("attendance")},
        "follow-ups": {"counts": _closed(counts), "follow_ups": _of("follow-ups")},
        "problems": taken["check"],
        "changes": taken["changes"],
        "quarter": taken["report"],
        "as-of": {"timezone": {"type": "string"}},
    }


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


_PARAMETERS: dict[str, tuple[str, dict[str, Any]]] = {
    "from": ("The first day, inclusive", _DAY),
    "to": ("The last day, inclusive", _DAY),
    "since": ("From the first minute of that day on; yesterday if left out", _DAY),
    "of": ("The quarter", {"type": "string", "pattern": "^[0-9]{4}-Q[1-4]$"}),
    "agency": ("Short names", {"type": "array", "items": {"type": "string"}}),
    "town": ("Names", {"type": "array", "items": {"type": "string"}}),
    "county": ("The county, where several are served; a token names its own", {"type": "string"}),
}


@cache
def openapi() -> dict[str, Any]:
    """The document, with the JSON Schemas of the command line's answers. Callers share it and must not change it."""
    components = {
        name: {key: value for key, value in documents.schema(name).items() if not key.startswith("$")}
        for name in documents.SCHEMAS
    }
    for name, properties in _answers().items():
        heading = _AS_OF if name == "changes" else _AS_OF | _ON
        components[f"answer-{name}"] = _closed({**heading, **properties})
    text = {"type": "string"}
    components["problem"] = _closed(
        {"type": text, "title": text, "status": {"type": "integer"}, "detail": text, "parameter": text}
    ) | {"required": ["type", "title", "status", "detail"]}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Coffee with a Cop", "version": version("cwac")},
        "paths": {f"{PREFIX}{endpoint.path}": {"get": _operation(endpoint)} for endpoint in ENDPOINTS.values()},
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = [
        {
            "name": name,
            "in": "query",
            "description": _PARAMETERS[name][0],
            "required": name == "of",
            "schema": _PARAMETERS[name][1],
        }
        for name in (*endpoint.parameters, "county")
    ]
    if "{id}" in endpoint.path:
        parameters.insert(0, {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}})
    refused = {"application/problem+json": {"schema": _of("problem")}}
    statuses = {"400": "A parameter is wrong", "401": "No token in force", "403": "Not covered by the token",
                "404": "Nothing there", "429": "Too many requests", "503": "Not ready yet"}  # fmt: skip
    return {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "parameters": parameters,
        "security": [{}, {"token": []}],
        "responses": {
            "200": {
                "description": endpoint.summary,
                "content": {"application/json": {"schema": _of(f"answer-{endpoint.name}")}},
            },
            "304": {"description": "Not changed since the ETag sent"},
            **{status: {"description": words, "content": refused} for status, words in statuses.items()},
        },
    }

"""The OpenAPI 3.1 document of the API. Its components are the JSON Schemas of the command line's answers."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from typing import Any

from cwac.api.answers import ENDPOINTS, FOLLOW_UP_COUNTS, PREFIX, Endpoint
from cwac.exports import documents

_DAY = {"type": "string", "format": "date"}
_AS_OF: dict[str, Any] = {"as_of": {"type": "string", "format": "date-time"}}
_ON: dict[str, Any] = {"on": _DAY}


def _of(name: str, *path: str) -> dict[str, str]:
    return {"$ref": "/".join(("#/components/schemas", name, *path))}


def _answers() -> dict[str, dict[str, Any]]:
    counts = {name: {"type": "integer", "minimum": 0} for name in FOLLOW_UP_COUNTS}
    return {
        "events": {"events": _of("events")},
        "event": {
            "event": _of("events", "items"),
            "staffing": {"anyOf": [_of("staffing"), {"type": "null"}]},
        },
        "gaps": {"gaps": _of("gaps", "properties", "gaps")},
        "alerts": {"alerts": _of("alerts", "properties", "alerts")},
        "attendance": {"attendance": _of("attendance")},
        "follow-ups": {"counts": _closed(counts), "follow_ups": _of("follow-ups")},
        "problems": {
            "tabs": _of("check", "properties", "tabs"),
            "problems": _of("check", "properties", "problems"),
        },
        "changes": {
            "since": _of("changes", "properties", "since"),
            "changes": _of("changes", "properties", "changes"),
        },
        "quarter": {
            key: _of("report", "properties", key)
            for key in documents.schema("report")["properties"]
            if key not in ("source", "as_of", "on")
        },
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
    """The document. Callers share it and must not change it."""
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

"""The test server's answers, compared with Google's own description of its API."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import cache

import jsonschema
import pytest
import requests

from tests.server import SheetsServer, stock_client
from tests.server.masks import discovery

pytestmark = pytest.mark.slow


@cache
def definitions() -> dict:
    """The schemas of the discovery document as JSON Schema. Strict: no field that Google does not name."""
    converted = {schema: _converted(described) for schema, described in discovery()["schemas"].items()}
    jsonschema.Draft7Validator.check_schema({"definitions": converted})
    return converted


def validate(answer: dict, schema: str) -> None:
    """Raise an error if the answer is not as Google describes it."""
    whole = {"$ref": f"#/definitions/{schema}", "definitions": definitions()}
    jsonschema.Draft7Validator(whole).validate(answer)


def _converted(described: dict) -> dict:
    if "$ref" in described:
        return {"$ref": f"#/definitions/{described['$ref']}"}
    kind = described["type"]
    if kind == "any":
        return {"type": ["string", "number", "boolean", "null"]}
    if kind == "array":
        return {"type": "array", "items": _converted(described["items"])}
    if kind == "object":
        inner = {name: _converted(part) for name, part in described.get("properties", {}).items()}
        others = described.get("additionalProperties")
        return {
            "type": "object",
            "properties": inner,
            "additionalProperties": _converted(others) if others else False,
        }
    return {"type": kind} | ({"enum": described["enum"]} if "enum" in described else {})


@pytest.fixture(scope="module")
def google() -> Iterator[SheetsServer]:
    with SheetsServer() as server:
        events = server.book.add(
            "Events", [["Event ID", "Date", "Guests"], ["EV-1", dt.date(2026, 10, 7), 1.5], [], [True, 0, "ü"]]
        )
        events.merge("A4:B5")
        server.book.add("It's 1", hidden=True)
        server.book.add("Chart").kind = "OBJECT"
        yield server


def ask(google: SheetsServer, path: str, **query: object) -> dict:
    client = stock_client(google)
    answer = client.http_client.session.get(f"{google.endpoint}/v4/spreadsheets/{google.book.id}{path}", params=query)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json; charset=UTF-8")
    return answer.json()


FULL = [
    ("Spreadsheet", "", {}),
    ("Spreadsheet", "", {"fields": "sheets(properties(sheetId,title),merges),properties.timeZone"}),
    ("ValueRange", "/values/Events", {}),
    ("ValueRange", "/values/Events!A1:B2", {"majorDimension": "COLUMNS"}),
    ("ValueRange", "/values/'It''s 1'", {"valueRenderOption": "UNFORMATTED_VALUE"}),
    ("BatchGetValuesResponse", "/values:batchGet", {"ranges": ["Events", "'It''s 1'"]}),
    ("BatchGetValuesResponse", "/values:batchGet", {"ranges": "Events", "valueRenderOption": "UNFORMATTED_VALUE"}),
    ("BatchGetValuesResponse", "/values:batchGet", {"ranges": "Events", "valueRenderOption": "FORMULA"}),
    ("BatchGetValuesResponse", "/values:batchGet", {}),
]


@pytest.mark.parametrize(("schema", "path", "query"), FULL)
def test_answers_are_as_google_describes_them(google: SheetsServer, schema: str, path: str, query: dict) -> None:
    validate(ask(google, path, **query), schema)


def test_the_description_is_strict_enough_to_refuse(google: SheetsServer) -> None:
    for spoil in (
        lambda answer: answer.update(tabs=[]),
        lambda answer: answer["properties"].update(timeZone=1),
        lambda answer: answer["sheets"][0]["properties"].update(sheetType="TABLE"),
        lambda answer: answer["sheets"][0]["merges"][0].update(startRowIndex="0"),
    ):
        answer = ask(google, "")
        spoil(answer)
        with pytest.raises(jsonschema.ValidationError):
            validate(answer, "Spreadsheet")


def test_only_what_google_describes_may_be_asked(google: SheetsServer) -> None:
    session = stock_client(google).http_client.session
    root = f"{google.endpoint}/v4/spreadsheets/{google.book.id}"
    answers = {}
    for query in ("?filter=x", "?fields=sheets.sheetProperties", "/values:batchGet?valueRenderOption=RAW", "/sheets"):
        answer = session.get(root + query)
        assert isinstance(answer, requests.Response)
        answers[query] = (answer.status_code, answer.headers["Content-Type"].split(";")[0])
    assert answers == {
        "?filter=x": (400, "application/json"),
        "?fields=sheets.sheetProperties": (400, "application/json"),
        "/values:batchGet?valueRenderOption=RAW": (400, "application/json"),
        "/sheets": (404, "text/html"),
    }
    details = session.get(f"{root}?fields=sheets.sheetProperties").json()["error"]["details"]
    assert details == [
        {
            "@type": "type.googleapis.com/google.rpc.BadRequest",
            "fieldViolations": [
                {
                    "description": "Error expanding 'fields' parameter. Cannot find matching fields for path "
                    "'sheets.sheetProperties'."
                }
            ],
        }
    ]

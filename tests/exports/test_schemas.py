"""The shipped JSON Schemas against what the command line really prints."""

import datetime as dt
import itertools
import json
from importlib import resources

import jsonschema
import pytest

from cwac.exports.documents import SCHEMAS, schema
from cwac.packet import documents
from tests.cli.plan import run
from tests.web import planted

ON = "2026-11-25"
COMMANDS = {name: name for name in ("check", "columns", "alerts", "gaps")}
COMMANDS |= {name: f"export {name}" for name in ("events", "staffing", "attendance", "follow-ups")}
COMMANDS |= {"report": "report 2026-Q3 -o -", "follow-ups --summaries": "export follow-ups --summaries"}


def validate(name, document):
    checker = jsonschema.Draft202012Validator(schema(name), format_checker=jsonschema.FormatChecker())
    assert [f"{error.json_path}: {error.message}" for error in checker.iter_errors(document)] == []


def walk(value):
    """Every object within a JSON value."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        yield from itertools.chain.from_iterable(map(walk, value))


def printed(words, status=0):
    return json.loads(run(*words, status=status).stdout)


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    return str(planted.save(tmp_path_factory.mktemp("odd") / "odd.xlsx", dt.date.fromisoformat(ON)))


@pytest.mark.parametrize("name", COMMANDS)
def test_answers_for_the_sample_and_an_odd_workbook_fit_the_schema(name, odd):
    for source in ("sample", odd):
        day = [] if name == "columns" else ["--on", ON]
        words = [*COMMANDS[name].split(), source, "--format", "json", *day]
        document = printed(words, status=1 if name == "check" else 0)
        assert document
        assert name != "follow-ups --summaries" or all("summary" in row for row in document)
        validate(name.partition(" ")[0], document)


def test_every_schema_is_valid_shipped_and_closed():
    folder = resources.files("cwac.exports") / "schemas"
    files = sorted(file.name for file in folder.iterdir() if file.name.endswith(".json"))
    assert files == sorted(f"{name}.json" for name in SCHEMAS)
    for shipped in (*map(schema, SCHEMAS), documents.schema()):
        jsonschema.Draft202012Validator.check_schema(shipped)
        objects = [part for part in walk(shipped) if part.get("type") == "object"]
        assert [part for part in objects if "additionalProperties" not in part] == []

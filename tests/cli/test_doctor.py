"""`cwac doctor` from the settings to its exit status, with local stand-ins for Google and the sign-in service."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cwac.checks import doctor
from tests.checks.answering import Answering, answering
from tests.checks.test_sign_in import AUTH, WELL_KNOWN, document
from tests.cli.plan import run
from tests.exports.test_schemas import validate
from tests.server import SheetsServer
from tests.web.served import free_port

PLANTED_NAME = "Q. Planted-Officer"


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Answering]:
    """In place of docs.google.com and of the sign-in service: a sheet that is not open, a sane provider."""
    with answering({}) as server:
        server.answers[WELL_KNOWN] = (200, {}, document(server.url))
        monkeypatch.setattr(doctor, "WEB", server.url)
        yield server


def configure(google: SheetsServer, web: Answering) -> Path:
    """Settings for the sheet, whose second event is readable, too."""
    google.book["Events"].rows[2][1] = 46303
    auth = AUTH | {"server_metadata_url": f"{web.url}{WELL_KNOWN}"}
    lines = ["[auth]", *(f"{name} = {json.dumps(value)}" for name, value in auth.items())]
    access = '[access]\nviewers = ["@agency.example"]\n'
    path = Path(".streamlit/secrets.toml")
    path.parent.mkdir()
    path.write_text("\n".join([google.secrets(), *lines, access]))
    path.chmod(0o600)
    return path


def checked(status: int, *words: str) -> dict[str, dict[str, str]]:
    """The checks by name; the first that is not passed where a name comes several times."""
    ended = run("doctor", "--format", "json", "--port", str(free_port()), *words, status=status)
    assert ended.stderr == ""
    content: dict[str, Any] = json.loads(ended.stdout)
    validate("doctor", content)
    by_name: dict[str, dict[str, str]] = {}
    for check in content["checks"]:
        assert bool(check["next"]) == bool(check["whose"]) == (check["result"] in ("WARN", "FAIL"))
        by_name.setdefault(check["check"], check)
    return by_name


def test_sheet_that_is_set_up_well_passes(google: SheetsServer, web: Answering) -> None:
    configure(google, web)
    checks = checked(0)
    assert {name: check["result"] for name, check in checks.items() if check["result"] != "PASS"} == {
        "clock": "SKIP",  # the stand-in sends no date
    }
    assert checks["events"]["found"] == "The tab Events was found. 2 of its 2 rows are used."


def test_open_sheet_is_a_warning_and_a_sheet_that_is_not_shared_a_failure(google: SheetsServer, web: Answering) -> None:
    configure(google, web)
    web.answers[f"/spreadsheets/d/{google.book.id}/export"] = (200, {"Content-Type": "text/csv"}, PLANTED_NAME.encode())
    assert checked(1)["link-sharing"]["result"] == "WARN"
    google.shared = False
    checks = checked(2)
    assert (checks["shared"]["result"], checks["shared"]["whose"]) == ("FAIL", "the owner of the sheet")
    assert (checks["link-sharing"]["result"], checks["events"]["result"]) == ("WARN", "SKIP")


@pytest.mark.parametrize("break_it", [None, "private_key", "[auth", "cookie_secret"])
def test_no_key_secret_token_or_name_is_printed(google: SheetsServer, web: Answering, break_it: str | None) -> None:
    path = configure(google, web)
    secrets = [*google.key["private_key"].split("\n")[1:-2], google.key["private_key_id"], PLANTED_NAME]
    secrets += [AUTH["cookie_secret"], AUTH["client_secret"]]
    assert len(secrets) > 8
    if break_it is not None:
        path.write_text(path.read_text().replace(break_it, f"{break_it}=“", 1))
    for words in ((), ("--format", "json")):
        ended = run("doctor", "--port", str(free_port()), *words, status=2 if break_it else 0)
        printed = ended.stdout + ended.stderr
        tokens = list(google.tokens.given)
        assert [secret for secret in (*secrets, *tokens) if secret in printed] == []


def test_each_county_is_named(google: SheetsServer, web: Answering, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(google, web)
    monkeypatch.setenv(
        "CWAC_SPREADSHEET", f"Siskiyou = {google.url}, Modoc = https://docs.google.com/spreadsheets/d/none00"
    )
    ended = run("doctor", "--port", str(free_port()), status=2)
    assert "Siskiyou: The sheet is shared with the service account." in ended.stdout
    assert "Modoc: Google knows no sheet at the address in the settings." in ended.stdout


def test_settings_that_cannot_be_used_fail_without_reading_anything(google: SheetsServer, web: Answering) -> None:
    path = configure(google, web)
    path.write_text(path.read_text().replace("[access]", "[acess]"))
    checks = checked(2)
    assert checks["settings"]["found"] == "[acess] is not a section that is known."
    assert checks["settings"]["next"].startswith("Did you mean [access]?")
    assert google.calls == {}


def test_dashboard_is_asked_at_its_address() -> None:
    assert checked(2, "--url", "http://127.0.0.1:9/")["outside-health"]["result"] == "FAIL"

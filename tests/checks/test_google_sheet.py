"""The steps from the key to the Events tab, against the Google Sheets test server."""

import datetime as dt
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from google.auth.compute_engine import _metadata

from cwac.checks import doctor
from cwac.checks.finding import CLOUD, NETWORK, OPERATOR, SHEET_OWNER, Finding
from cwac.model import SourceUnavailable
from cwac.settings import Settings
from cwac.settings.connections import NAMES_ARE_PUBLIC
from tests.cases import each
from tests.cli.plan import save
from tests.server import SheetsServer
from tests.server.google_auth import SHEETS, GoogleAuthServer
from tests.server.link_export import LinkExport
from tests.server.tokens import CLIENT_EMAIL
from tests.sources.shared_sheet import EVENTS, STAFFING

NOW = dt.datetime(2026, 10, 1, 12, tzinfo=dt.UTC)


@pytest.fixture
def google() -> Iterator[SheetsServer]:
    with SheetsServer() as server:
        server.book.add("Events", EVENTS)
        server.book.add("Staffing", STAFFING)
        yield server


def settings_of(server: SheetsServer, **key: str) -> Settings:
    return Settings(spreadsheet=server.url, gsheets=server.gsheets | key)


def results(findings: list[Finding]) -> dict[str, str]:
    return {finding.check: finding.result for finding in findings}


def checked(settings: Settings) -> list[Finding]:
    return list(doctor.sheet_findings(settings, NOW))


PASSING = dict.fromkeys(doctor.STEPS, "PASS")


def test_every_step_passes(google: SheetsServer) -> None:
    findings = checked(settings_of(google))
    assert results(findings) == PASSING | {"time-zone": "PASS"}
    assert findings[-2].found == "The tab Events was found. 2 of its 2 rows are used."


def put(name: str, value: object) -> Callable[[SheetsServer], None]:
    return lambda server: setattr(server, name, value)


@each(
    ("break_it", "step", "result", "whose", "part"),
    [
        (SheetsServer.stop, "network", "FAIL", NETWORK, "no connection could be made"),
        (lambda server: server.fail("429", None), "network", "WARN", OPERATOR, "too many requests"),
        (lambda server: setattr(server.tokens, "revoked", True), "token", "FAIL", CLOUD, "does not accept the service"),
        (put("clock_offset", 4000.0), "token", "FAIL", OPERATOR, "clock of this server is wrong"),
        (put("api_enabled", False), "api", "FAIL", CLOUD, "API is switched off"),
        (put("shared", False), "shared", "FAIL", SHEET_OWNER, "press Share, and add cwac-reader@test-project.iam"),
        (lambda server: server.books.clear(), "shared", "FAIL", OPERATOR, "Google knows no sheet"),
        (put("office_file", True), "shared", "FAIL", OPERATOR, "an Excel file kept in Google Drive"),
        (lambda server: server.book.rename("Events", "Old"), "events", "FAIL", SHEET_OWNER, "a column of days was"),
    ],
)
def test_first_step_that_fails_says_who_must_act_and_those_after_it_are_skipped(
    break_it: Callable[[SheetsServer], None], step: str, result: str, whose: str, part: str
) -> None:
    with SheetsServer() as server:
        server.book.add("Events", EVENTS)
        break_it(server)
        findings = {finding.check: finding for finding in checked(settings_of(server))}
    names = list(doctor.STEPS)
    at = names.index(step)
    expected = dict.fromkeys(names[:at], "PASS") | {step: result} | dict.fromkeys(names[at + 1 :], "SKIP")
    assert {name: findings[name].result for name in names} == expected
    assert part in findings[step].sentence
    assert findings[step].whose == whose
    assert findings[step].next
    assert not re.search("Whoever|Nothing to do", findings[step].next)


@each(
    ("key", "part"),
    [
        ({"private_key": "planted-secret"}, "is damaged"),
        ({"private_key": ""}, "is missing its private_key"),
        ({"type": "authorized_user"}, "is of another kind"),
    ],
)
def test_damaged_key_fails_before_anything_is_asked(key: dict[str, str], part: str) -> None:
    with SheetsServer() as server:
        findings = {finding.check: finding for finding in checked(settings_of(server, **key))}
        assert server.calls == {}
    assert (findings["address"].result, findings["key"].result, findings["network"].result) == ("PASS", "FAIL", "SKIP")
    assert part in findings["key"].found
    assert "planted-secret" not in repr(findings)


def test_address_that_is_no_sheet_fails_first() -> None:
    findings = checked(Settings(spreadsheet="https://example.com/plan"))
    assert results(findings) == dict.fromkeys(doctor.STEPS, "SKIP") | {"address": "FAIL"}


def test_rows_left_out_and_another_time_zone_are_warnings(google: SheetsServer) -> None:
    google.book["Events"].set("B2", "soon")
    google.book.time_zone = "America/Denver"
    findings = {finding.check: finding for finding in checked(settings_of(google))}
    assert findings["events"].found == "The tab Events was found. 1 of its 2 rows are used."
    assert findings["events"].result == "WARN"
    assert findings["time-zone"].result == "WARN"
    assert "America/Denver" in findings["time-zone"].found


@each("rows, result, found", [
    ([], "WARN", "The tab Events has no rows yet."),
    ([["TOTAL", None, None]], "WARN", "None of the rows of the tab Events (1) is an event."),
    ([["EV-1", 46302, "Weed"], ["EV-1", 46303, "Etna"]], "WARN", "The tab Events was found. 1 of its 2 rows are used."),
    ([["EV-1", "soon", "Weed"]], "FAIL", "The tab Events was found. 0 of its 1 row is used."),
])  # fmt: skip
def test_events_tab_of_which_a_row_is_not_used_is_no_pass(rows: list[Any], result: str, found: str) -> None:
    with SheetsServer() as server:
        server.book.add("Events", [*EVENTS[:1], *rows])
        findings = checked(settings_of(server))
    assert results(findings) == PASSING | {"events": result, "time-zone": "PASS"}
    assert next(finding.found for finding in findings if finding.check == "events") == found


def test_trouble_of_a_poller_gives_the_same_steps_without_a_call(google: SheetsServer) -> None:
    google.shared = False
    settings = settings_of(google)
    _, trouble, _ = doctor.look(settings)
    assert isinstance(trouble, SourceUnavailable)
    calls = dict(google.calls)
    assert list(doctor.after_trouble(settings, trouble)) == checked(settings)[: len(doctor.STEPS)]
    assert google.calls["token"] == calls["token"] + 1, "only the second check asked again"


# --- without a key --------------------------------------------------------------------------------------------------


@pytest.fixture
def auth(google: SheetsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GoogleAuthServer]:
    """A machine at Google with an attached account."""
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    with GoogleAuthServer(google) as running:
        monkeypatch.setenv("GCE_METADATA_IP", running.environment["GCE_METADATA_IP"])
        monkeypatch.setattr(_metadata, "_GCE_METADATA_HOST", running.environment["GCE_METADATA_HOST"])
        yield running


def by_default(server: SheetsServer) -> Settings:
    return Settings(spreadsheet=server.url, gsheets={"credentials": "default", "api_endpoint": server.endpoint})


def test_default_credentials_are_named_with_the_address_to_share_with(
    google: SheetsServer, auth: GoogleAuthServer
) -> None:
    auth.machine.scopes.add(SHEETS)
    findings = checked(by_default(google))
    assert results(findings) == PASSING | {"time-zone": "PASS"}
    assert findings[1].found == (
        "Application Default Credentials are the service account attached to this machine. "
        f"The sheet must be shared with {CLIENT_EMAIL}."
    )
    google.shared = False
    findings = checked(by_default(google))
    assert [(finding.check, finding.whose) for finding in findings if finding.result == "FAIL"] == [
        ("shared", SHEET_OWNER)
    ]
    assert f"The sheet must be shared with {CLIENT_EMAIL}." in findings[1].found


def test_virtual_machine_without_the_scope_fails_at_the_token(google: SheetsServer, auth: GoogleAuthServer) -> None:
    findings = checked(by_default(google))
    assert [finding.check for finding in findings if finding.result == "FAIL"] == ["token"]
    auth.machine.email = None
    findings = checked(by_default(google))
    assert [finding.check for finding in findings if finding.result == "FAIL"] == ["key"]


def test_sheet_by_its_link(tmp_path: Path) -> None:
    with LinkExport(Path(save(tmp_path / "plan.xlsx", Events=EVENTS)).read_bytes()) as google:
        settings = Settings(
            spreadsheet=f"https://docs.google.com/spreadsheets/d/{google.id}",
            gsheets={"credentials": "none", "web_endpoint": google.address("docs")},
        )
        findings = checked(settings)
        assert results(findings) == dict.fromkeys(doctor.STEPS_BY_LINK, "PASS")
        sharing, _ = doctor.link_sharing(settings)
        assert (sharing.result, sharing.found) == ("WARN", NAMES_ARE_PUBLIC)
        assert "Read it with an account" in sharing.next
        assert google.calls == {"export": 1, "download": 1}
        google.shared = False
        failed = [finding for finding in checked(settings) if finding.result == "FAIL"]
        assert [(finding.check, finding.whose) for finding in failed] == [("shared", SHEET_OWNER)]

"""The steps from the key to the Events tab, and who can open the sheet, against stand-ins for Google and Microsoft."""

import datetime as dt
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from google.auth.compute_engine import _metadata

from cwac.checks import configured, doctor
from cwac.checks.finding import CLOUD, DIRECTORY, NETWORK, OPERATOR, SHEET_OWNER, Finding
from cwac.model import SourceUnavailable
from cwac.settings import Settings
from cwac.settings.connections import NAMES_ARE_PUBLIC
from cwac.settings.schema import Typed
from tests.cases import each
from tests.checks.answering import Written, answering
from tests.cli.plan import save
from tests.server import SheetsServer
from tests.server.google_auth import SHEETS, GoogleAuthServer
from tests.server.graph import GraphServer
from tests.server.library import protected_workbook
from tests.server.link_export import LinkExport
from tests.server.tokens import CLIENT_EMAIL
from tests.sources.shared_sheet import EVENTS, serve_sheet  # noqa: F401
from tests.sources.shared_workbook import sign_in, workbook

NOW = dt.datetime(2026, 10, 1, 12, tzinfo=dt.UTC)


def settings_of(server: SheetsServer, **key: str) -> Settings:
    return Settings(spreadsheet=server.url, gsheets=server.gsheets | key)


def at_microsoft(graph: GraphServer) -> Settings:
    return Settings(microsoft=sign_in(graph, link=graph.link))


def checked(settings: Settings) -> dict[str, Finding]:
    return {finding.check: finding for finding in doctor.sheet_findings(settings, NOW)}


def results(findings: dict[str, Finding]) -> dict[str, str]:
    return {name: finding.result for name, finding in findings.items()}


PASSING = dict.fromkeys(doctor.STEPS, "PASS")
AT_MICROSOFT = tuple(doctor.STEPS_AT_MICROSOFT)


def put(name: str, value: object) -> Callable[[SheetsServer], None]:
    return lambda server: setattr(server, name, value)


def stopped_at(step: str, result: str, steps: Sequence[str]) -> dict[str, str]:
    """The results of all steps where this one is the first that does not pass."""
    before = steps.index(step)
    return dict.fromkeys(steps[:before], "PASS") | {step: result} | dict.fromkeys(steps[before + 1 :], "SKIP")


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
        findings = checked(settings_of(server))
    findings.pop("time-zone", None)
    assert results(findings) == stopped_at(step, result, tuple(doctor.STEPS))
    assert part in findings[step].sentence
    assert findings[step].whose == whose
    assert findings[step].next
    assert not re.search("Whoever|Nothing to do", findings[step].next)


@each(
    ("act", "step", "whose"),
    [
        (GraphServer.stop, "network", NETWORK),
        (lambda graph: setattr(graph.entra, "disabled", True), "token", DIRECTORY),
        (lambda graph: setattr(graph.entra, "roles", {"Sites.Selected"}), "shared", DIRECTORY),
        (lambda graph: graph.links.clear(), "shared", OPERATOR),
        (lambda graph: graph.item.write(protected_workbook()), "file", SHEET_OWNER),
    ],
)
def test_first_step_that_fails_at_microsoft(act: Callable[[GraphServer], None], step: str, whose: str) -> None:
    with GraphServer(workbook("Weed")) as graph:
        act(graph)
        findings = checked(at_microsoft(graph))
    assert results(findings) == stopped_at(step, "FAIL", AT_MICROSOFT)
    assert (findings[step].whose, bool(findings[step].next)) == (whose, True)


def test_every_step_passes_at_microsoft() -> None:
    with GraphServer(workbook("Weed", "Yreka")) as graph:
        findings = checked(at_microsoft(graph))
        sharing, _ = doctor.link_sharing(at_microsoft(graph))
    assert results(findings) == dict.fromkeys(AT_MICROSOFT, "PASS")
    assert findings["events"].found == "The tab Events was found. 2 of its 2 rows are used."
    assert sharing.result == "SKIP"


def test_certificate_that_others_may_read_is_found(tmp_path: Path) -> None:
    typed = Typed({"connections": {"microsoft": {"certificate": str(tmp_path / "app.pem")}}})
    (finding,) = configured.permissions(configured.Configured(Settings(), typed=typed))
    assert finding.found == f"{tmp_path}/app.pem cannot be read (No such file or directory)."


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
        findings = checked(settings_of(server, **key))
        assert server.calls == {}
    assert (findings["address"].result, findings["key"].result, findings["network"].result) == ("PASS", "FAIL", "SKIP")
    assert part in findings["key"].found
    assert "planted-secret" not in repr(findings)


def test_address_that_is_no_sheet_fails_first() -> None:
    findings = checked(Settings(spreadsheet="https://example.com/plan"))
    assert results(findings) == dict.fromkeys(doctor.STEPS, "SKIP") | {"address": "FAIL"}


@each("rows, result, found", [
    ([["EV-1", 46302, "Weed"], ["EV-2", 46303, "Etna"]], "PASS", "The tab Events was found. 2 of its 2 rows are used."),
    ([], "WARN", "The tab Events has no rows yet."),
    ([["TOTAL", None, None]], "WARN", "None of the rows of the tab Events (1) is an event."),
    ([["EV-1", 46302, "Weed"], ["EV-1", 46303, "Etna"]], "WARN", "The tab Events was found. 1 of its 2 rows are used."),
    ([["EV-1", "soon", "Weed"]], "FAIL", "The tab Events was found. 0 of its 1 row is used."),
])  # fmt: skip
@each("zone, of_zone", [("America/Los_Angeles", "PASS"), ("America/Denver", "WARN")])
def test_events_tab_of_which_a_row_is_not_used_is_no_pass_nor_is_another_time_zone(
    rows: list[Any], result: str, found: str, zone: str, of_zone: str
) -> None:
    with SheetsServer() as server:
        server.book.add("Events", [*EVENTS[:1], *rows])
        server.book.time_zone = zone
        findings = checked(settings_of(server))
    assert results(findings) == PASSING | {"events": result, "time-zone": of_zone}
    assert findings["events"].found == found
    assert of_zone == "PASS" or zone in findings["time-zone"].found


def test_trouble_of_a_poller_gives_the_same_steps_without_a_call(google: SheetsServer) -> None:
    google.shared = False
    settings = settings_of(google)
    _, trouble, _ = doctor.look(settings)
    assert isinstance(trouble, SourceUnavailable)
    calls = dict(google.calls)
    steps = list(checked(settings).values())[: len(doctor.STEPS)]
    assert list(doctor.after_trouble(settings, trouble)) == steps
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


def failures(settings: Settings) -> list[tuple[str, str]]:
    return [(name, finding.whose) for name, finding in checked(settings).items() if finding.result == "FAIL"]


def test_default_credentials_are_named_with_the_address_to_share_with_and_fail_without_scope_or_account(
    google: SheetsServer, auth: GoogleAuthServer
) -> None:
    settings = Settings(spreadsheet=google.url, gsheets={"credentials": "default", "api_endpoint": google.endpoint})
    assert [name for name, _ in failures(settings)] == ["token"]
    auth.machine.scopes.add(SHEETS)
    findings = checked(settings)
    assert results(findings) == PASSING | {"time-zone": "PASS"}
    share = f"The sheet must be shared with {CLIENT_EMAIL}."
    assert findings["key"].found == (
        f"Application Default Credentials are the service account attached to this machine. {share}"
    )
    google.shared = False
    assert failures(settings) == [("shared", SHEET_OWNER)]
    assert share in checked(settings)["key"].found
    auth.machine.email = None
    assert [name for name, _ in failures(settings)] == ["key"]


def test_sheet_by_its_link(tmp_path: Path) -> None:
    with LinkExport(Path(save(tmp_path / "plan.xlsx", Events=EVENTS)).read_bytes()) as google:
        settings = Settings(
            spreadsheet=f"https://docs.google.com/spreadsheets/d/{google.id}",
            gsheets={"credentials": "none", "web_endpoint": google.address("docs")},
        )
        assert results(checked(settings)) == dict.fromkeys(doctor.STEPS_BY_LINK, "PASS")
        sharing, _ = doctor.link_sharing(settings)
        assert (sharing.result, sharing.found) == ("WARN", NAMES_ARE_PUBLIC)
        assert "Read it with an account" in sharing.next
        assert google.calls == {"export": 1, "download": 1}
        google.shared = False
        assert failures(settings) == [("shared", SHEET_OWNER)]


# --- whether anybody with the link can open it ----------------------------------------------------------------------

BY_KEY = Settings(spreadsheet="https://docs.google.com/spreadsheets/d/1AbCdEf/edit#gid=0", gsheets={"private_key": "x"})
EXPORT, PAGE = "/spreadsheets/d/1AbCdEf/export", "/spreadsheets/d/1AbCdEf/edit"
CSV: Written = (200, {"Content-Type": "text/csv"}, b"Officer\nplanted name\n" * 1000)
SIGN_IN: Written = (302, {"Location": "https://accounts.google.com/ServiceLogin?continue=x"}, b"")


@each(
    ("answers", "result"),
    [
        ({EXPORT: CSV}, "WARN"),
        ({EXPORT: (307, {"Location": "/export/file"}, b""), "/export/file": CSV}, "WARN"),
        ({EXPORT: (403, {}, b""), PAGE: (200, {"Content-Type": "text/html; charset=utf-8"}, b"<title>Plan")}, "WARN"),
        ({EXPORT: SIGN_IN}, "PASS"),
        ({EXPORT: (401, {}, b"")}, "PASS"),
        ({EXPORT: (403, {}, b""), PAGE: SIGN_IN}, "PASS"),
        ({}, "PASS"),
        ({EXPORT: (307, {"Location": EXPORT}, b"")}, "SKIP"),
        ({EXPORT: (429, {}, b"")}, "SKIP"),
        ({EXPORT: (500, {}, b"")}, "SKIP"),
    ],
)
def test_open_sheet_is_a_warning(answers: dict[str, Written], result: str) -> None:
    with answering(answers) as server:
        finding, _ = doctor.link_sharing(BY_KEY, server.url)
        assert not server.holds("Authorization", "Cookie")
        assert len(server.log) <= 4
    assert finding.result == result
    assert ("officers' names in it are public" in finding.found) == (result == "WARN")
    assert "planted" not in repr(finding)


def test_server_that_is_not_reached_leaves_it_open() -> None:
    finding, answer = doctor.link_sharing(BY_KEY, "http://127.0.0.1:9")
    assert (finding.result, answer) == ("SKIP", None)
    assert "no connection could be made" in finding.found

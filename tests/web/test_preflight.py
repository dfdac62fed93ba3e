"""The checks before the start: refusals, warnings, and the summary in the log."""

import os
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cwac.checks import audience
from cwac.refresh import sheets
from cwac.settings import County, Settings
from cwac.settings.connections import NAMES_ARE_PUBLIC, Microsoft
from cwac.settings.loading import AUTH_KEYS
from cwac.storage.store import Store
from cwac.web.preflight import NEVER, Start
from tests.cases import each

SAFE: dict[str, Any] = {
    "server.address": "localhost", "server.port": 8501, "server.allowedHosts": [], "server.fileWatcherType": "none",
    "server.enableCORS": True, "server.enableXsrfProtection": True, "server.corsAllowedOrigins": [],
    "server.enableStaticServing": False, "server.trustedUserHeaders": {}, "server.baseUrlPath": "",
    "global.developmentMode": False, "client.showErrorDetails": "none",
}  # fmt: skip
SHEET = "https://docs.google.com/spreadsheets/d/1AbCdEf_gh-IJKLmnop/edit#gid=0"
LISTED = Settings(spreadsheet=SHEET, auth=True, viewers=("@chp.example.gov",), store="sqlite:////nowhere/s.sqlite3")
LOCAL = Settings(workbook="x", local=True)
BEHIND = Settings(spreadsheet=SHEET, auth=True, viewers=("@x.example",), reached_at="https://coffee.example.gov")


def start(settings: Settings | None = LISTED, by_streamlit: bool = True, **options: Any) -> Start:
    values = SAFE | {name.replace("__", "."): value for name, value in options.items()}
    return Start(settings, "" if settings else "[cwac must be closed.", values.__getitem__, by_streamlit, {})


@pytest.fixture(autouse=True)
def not_root(monkeypatch: pytest.MonkeyPatch) -> None:
    if hasattr(os, "geteuid"):
        monkeypatch.setattr("os.geteuid", lambda: 4711)


UNSAFE: dict[str, list[Any]] = {
    "server.enableCORS": [False], "server.enableXsrfProtection": [False], "global.developmentMode": [True],
    "server.corsAllowedOrigins": [["*"], ["https://a.example", "https://*.example"]],
    "server.enableStaticServing": [True], "server.trustedUserHeaders": [{"X-User": "email"}],
    "server.baseUrlPath": ["coffee"],
}  # fmt: skip


@each(("option", "value"), [(option, value) for option, values in UNSAFE.items() for value in values])
@each("settings", [LISTED, Settings(), None])
def test_unsafe_option_is_refused_whatever_is_shown(option: str, value: Any, settings: Settings | None) -> None:
    (refusal,) = start(settings, **{option: value}).refusals()
    assert refusal.startswith(f"{option} has an unsafe value: {NEVER[option][1]}. Remove it from config.toml")


def test_every_unsafe_option_is_tested() -> None:
    assert set(UNSAFE) == set(NEVER)


TWO = (County("A", "a"), County("B", "b"))
EVERYWHERE = {"server__address": "0.0.0.0"}


@each(
    ("settings", "options", "part"),
    [
        (Settings(workbook="x", local=True, public=True), {}, "public = true opens"),
        (Settings(local=True, counties=(TWO[0], replace(TWO[1], public=True))), {}, "public = true opens"),
        (LOCAL, {"server__allowedHosts": ["coffee.example.gov"]}, "is for one machine"),
        (LOCAL, {"server__corsAllowedOrigins": ["https://a.example"]}, "read the data"),
        (LOCAL, {"by_streamlit": False}, "cwac serve"),
        (LOCAL, {"server__address": "192.0.2.7"}, "server listens on 192.0.2.7"),
        (LOCAL, {"server__address": None}, "server listens on 0.0.0.0"),
        (BEHIND, {"client__showErrorDetails": "full"}, "client.showErrorDetails shows visitors"),
        (LISTED, EVERYWHERE | {"client__showErrorDetails": "type"}, "client.showErrorDetails"),
        (LISTED, {"client__showErrorDetails": True, "server__address": None}, "client.showErrorDetails"),
        *((settings, {}, None) for settings in (LISTED, Settings(), LOCAL, BEHIND, None)),
        (LOCAL, {"client__showErrorDetails": "full"}, None),  # somebody develops it
        (LOCAL, {"server__allowedHosts": ["localhost", "127.0.0.1"]}, None),
        (Settings(workbook="x", public=True), {"server__allowedHosts": ["coffee.example.gov"]}, None),
        (LISTED, {"server__corsAllowedOrigins": ["https://coffee.example.gov"]}, None),
        (BEHIND, {"client__showErrorDetails": False}, None),  # as Community Cloud sets it
        (BEHIND, {"client__showErrorDetails": "false"}, None),
        (replace(LOCAL, auth=True), EVERYWHERE, None),  # everybody signs in
        (Settings(local=True), EVERYWHERE, None),  # the sample
    ],
)
def test_unsafe_combination_is_refused_and_a_safe_one_accepted(
    settings: Settings | None, options: dict[str, Any], part: str | None
) -> None:
    refusals = list(start(settings, **options).refusals())
    assert len(refusals) == (part is not None)
    assert part is None or part in refusals[0]


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such modes: who may read is set elsewhere.")
@each("scheme", ["sqlite", "sqlite+pysqlite"])
def test_a_store_that_others_may_read_is_refused_with_the_fix(
    open_folder: Path, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()  # the file is ours, root or not
    store = open_folder / f"a store of {scheme}.sqlite3"
    settings = Settings(workbook="x", store=f"{scheme}:///{store}?timeout=5")
    assert list(start(settings).refusals()) == []
    store.touch()
    store.chmod(0o640)
    (refusal,) = start(settings).refusals()
    assert refusal.startswith(f"{store} holds officers' names")
    assert refusal.endswith(f"run chmod 600 '{store}'")
    store.chmod(0o600)
    assert list(start(settings).refusals()) == []


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such modes: who may read is set elsewhere.")
def test_a_workbook_that_everybody_on_the_machine_may_read_is_named_at_the_start_and_by_doctor(
    open_folder: Path,
) -> None:
    path = open_folder / "the plan.xlsx"
    path.touch()
    settings = Settings(workbook=str(path), local=True)
    sentence = f"{path} may hold officers' names, and everybody on this machine may read it: run chmod o-r '{path}'"
    modes = ((0o644, 0o755, True), (0o640, 0o755, False), (0o604, 0o711, True), (0o644, 0o750, False))
    for mode, folder_mode, said in modes:
        path.chmod(mode)
        open_folder.chmod(folder_mode)
        findings = [
            (finding.result, finding.sentence) for finding in audience.findings(settings) if finding.check != "access"
        ]
        assert findings == [("WARN", sentence)] * said
        assert [warning for warning in start(settings).warnings() if "plan.xlsx" in warning] == [sentence] * said
        assert list(start(settings).refusals()) == []


HOSTS = {"server__allowedHosts": ["coffee.example.gov"]}
ANY_NAME = "The server answers to any name."
NOBODY = "Nobody who signs in sees anything"


@each(
    ("start", "beginnings"),
    [
        (start(), []),
        (start(Settings()), []),
        (start(None), []),
        (start(BEHIND, **HOSTS), []),
        (start(BEHIND), [ANY_NAME]),
        (start(BEHIND, server__allowedHosts=["*"]), [ANY_NAME]),
        (start(**EVERYWHERE), [ANY_NAME]),
        (start(Settings(), **EVERYWHERE), [ANY_NAME]),
        (start(BEHIND, server__fileWatcherType="auto", **HOSTS), ["The server watches its own files"]),
        (start(server__fileWatcherType="auto"), []),
        (start(Settings(workbook="x", auth=True)), [NOBODY]),
        (start(Settings(workbook="x", auth=True, public=True)), []),
        (start(Settings(auth=True)), []),
        (start(Settings(auth=True, counties=(TWO[0], replace(TWO[1], viewers=("@x.example",))))), []),
        (start(Settings(auth=True, counties=TWO)), [NOBODY]),
        (start(replace(LOCAL, auth=True, viewers=("@x.example",))), ["local = true has no effect with [auth]"]),
        (
            start(Settings(counties=tuple(County(f"C{n}", f"key{n}") for n in range(100)))),
            ["100 sheets are each read every 133 s, not every 30 s: Google allows one account sixty calls"],
        ),
        (start(Settings(counties=tuple(County(f"C{n}", f"key{n}") for n in range(22)))), []),
        (start(LISTED, by_streamlit=False, **HOSTS), ["Streamlit's own limits do not apply"]),
        (start(Settings(connections=10**9)), ["The system allows this process "]),
    ],
)
def test_warnings_name_each_risk(start: Start, beginnings: list[str]) -> None:
    warnings = list(start.warnings())
    assert len(warnings) == len(beginnings), warnings
    assert all(map(str.startswith, warnings, beginnings)), warnings


def test_root_and_trusting_every_proxy_are_warned_about(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    options = SAFE | {"server.allowedHosts": ["coffee.example.gov"]}
    warnings = list(Start(BEHIND, "", options.__getitem__, True, {"FORWARDED_ALLOW_IPS": "*"}).warnings())
    assert [warning.split()[0] for warning in warnings] == ["FORWARDED_ALLOW_IPS=*", "The"]
    assert "runs as root" in warnings[1]


GOOGLE = {"api_endpoint": "https://robot:planted@sheets.internal.example:8443/x?key=planted"}


PLAN = Settings(workbook="plan.xlsx", store="sqlite:///x.sqlite3")
READS_PLAN = "reads the file plan.xlsx (every 30 s), which is not there, keeps sqlite:///x.sqlite3"
KEEPS_NOTHING = "keeps nothing while the address given cannot be used, listens on localhost:8501"


@each(
    ("settings", "options", "line"),
    [
        (Settings(), {}, "reads the built-in SAMPLE, keeps nothing, listens on localhost:8501, shows it to everybody."),
        (replace(PLAN, local=True), {}, f"{READS_PLAN}, listens on localhost:8501, no sign-in, open at this machine."),
        (
            PLAN,
            {"server__address": None, "server__port": 80},
            f"{READS_PLAN}, listens on 0.0.0.0:80, shows nothing before [auth] is set up.",
        ),
        (
            Settings(
                spreadsheet=SHEET,
                gsheets=GOOGLE,
                auth=True,
                reached_at="https://coffee.example.gov",
                refresh_seconds=45,
                store="postgresql+psycopg://coffee:planted@127.0.0.1:9/coffee?password=planted&sslmode=require",
            ),
            {"server__address": "127.0.0.1"},
            "reads Google Sheet …KLmnop (every 45 s) by way of sheets.internal.example, "
            "keeps nothing while postgresql+psycopg://coffee:***@127.0.0.1:9/coffee cannot be used, "
            "listens on 127.0.0.1:8501, sign-in on at https://coffee.example.gov, strangers see nothing.",
        ),
        (
            Settings(microsoft=Microsoft(link="https://contoso.sharepoint.com/:x:/s/C/Eplanted"), store="nonsense"),
            {},
            f"reads a workbook at contoso.sharepoint.com (every 30 s), {KEEPS_NOTHING}, shows nothing before [auth] is "
            "set up.",
        ),
        (
            Settings(counties=tuple(County(f"C{n}", f"key{n}", public=n == 7) for n in range(100)), store="nonsense"),
            {},
            f"reads 100 sheets (every 133 s), {KEEPS_NOTHING}, sign-in off, strangers see what is public.",
        ),
        (None, {}, "reads nothing, keeps nothing, listens on localhost:8501, shows nothing. [cwac must be closed."),
    ],
)
def test_summary_says_what_is_read_kept_and_served(
    settings: Settings | None, options: dict[str, Any], line: str
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sheets, "_running", sheets.for_settings(settings) if settings else None)
        assert start(settings, **options).summary() == f"Coffee with a Cop: {line}"


@each("lines, words", [
    (dict.fromkeys(AUTH_KEYS, "https://x.example"), "sign-in on, strangers see nothing."),
    ({"client_id": "", "server_metadata_url": "x"}, "sign-in cannot work without redirect_uri, cookie_secret, "
     "client_id, client_secret in [auth], strangers see nothing."),
])  # fmt: skip
def test_start_promises_no_sign_in_that_cannot_work(lines: dict[str, str], words: str, tmp_path: Path) -> None:
    secrets = tmp_path / "secrets.toml"
    secrets.write_text("\n".join(["[auth]", *(f'{key} = "{value}"' for key, value in lines.items())]))
    own = replace(LISTED, file=secrets, store=f"sqlite:///{tmp_path}/x.sqlite3")
    assert start(own)._audience(own) + "." == words


@each("line, cause", [("folder", "read-only"), ("newer", "too-new"), ("damaged", "corrupt"), ("fine", None),
                      ("new/folder/fine", None)])  # fmt: skip
def test_start_does_not_promise_to_keep_what_it_cannot(line: str, cause: str | None) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        path = Path(folder, line)
        if line in ("newer", "fine"):
            Store.open(f"sqlite:///{path}").close()
        if line == "newer":
            with closing(sqlite3.connect(path)) as connection, connection:
                connection.execute("UPDATE alembic_version SET version_num = 'r9999'")
        if line == "damaged":
            path.write_bytes(b"not a database" * 1000)
        if line == "folder":
            patch.setattr("os.access", lambda *_: False)
        trouble = start(replace(LISTED, store=f"sqlite:///{path}"))._store_trouble
        assert (trouble.cause if trouble else None) == cause
        assert not Path(folder, "new").exists()


def test_summary_under_another_server_names_no_address() -> None:
    assert "listens where its server was told to, shows nothing. " in start(None, by_streamlit=False).summary()


TWO_SHEETS = Settings(counties=(County("A", SHEET), County("B", "1AbCdEfG", credentials="none")))
BY_LINK = Settings(spreadsheet=SHEET, gsheets={"credentials": "none"}, auth=True, viewers=("@x.example",))


@each(
    ("settings", "options", "refused"),
    [
        (BY_LINK, {}, False),
        (replace(BY_LINK, auth=False, local=True), {}, False),
        (BY_LINK, EVERYWHERE, True),
        (BY_LINK, {"server__allowedHosts": ["coffee.example.gov"]}, True),
        (BY_LINK, {"by_streamlit": False}, True),
        (replace(BY_LINK, reached_at="https://coffee.example.gov"), {}, True),
        (replace(BY_LINK, public_names_accepted=True), EVERYWHERE, False),
        (replace(BY_LINK, workbook="plan.xlsx"), EVERYWHERE, False),
        (replace(TWO_SHEETS, auth=True), EVERYWHERE, True),
        (LISTED, EVERYWHERE, False),
    ],
)
def test_sheet_by_its_link_is_for_one_machine(settings: Settings, options: dict[str, Any], refused: bool) -> None:
    refusals = [refusal for refusal in start(settings, **options).refusals() if NAMES_ARE_PUBLIC in refusal]
    assert len(refusals) == refused
    assert all("public_names_accepted = true under [access]" in refusal for refusal in refusals)


def test_log_says_that_names_are_public() -> None:
    assert NAMES_ARE_PUBLIC in list(start(BY_LINK).warnings())
    assert "(every 300 s, by its link)" in start(BY_LINK).summary()
    assert NAMES_ARE_PUBLIC not in list(start(LISTED).warnings())

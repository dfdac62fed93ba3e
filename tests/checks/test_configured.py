"""What is said of settings files, of who may look and of the store; `doctor.txt` of tests/cli/sessions has the rest."""

import datetime as dt
import sqlite3
from pathlib import Path

import pytest

from cwac.checks import audience, configured, doctor, store
from cwac.checks.finding import Finding
from cwac.model import RemedyStep, SourceUnavailable
from cwac.settings import County, Settings
from cwac.storage.backup import note_backup
from cwac.storage.database import head
from cwac.storage.store import Store
from tests.cases import each

NOW = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)
GOOD = f'[connections.gsheets]\nspreadsheet = "{"x" * 44}"\nprivate_key = "planted"\n[access]\nlocal = true\n'
MAIL = '[notify]\nuser = "ann"\npassword = "planted"\n'
KEY_BESIDE = f'[connections.gsheets]\nspreadsheet = "{"x" * 44}"\nkey_file = "../key.json"\n'


def test_files_that_others_may_read_fail_if_they_hold_a_key(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(open_folder)
    settings, key = open_folder / ".streamlit/secrets.toml", open_folder / "key.json"
    settings.parent.mkdir()
    settings.touch(0o644)
    key.touch(0o640)
    key.write_text('{"private_key": "planted"}')
    fixes = {"settings": f"Run chmod 600 {settings}", "key": f"Run chmod 600 {key}"}
    for text, environ, results in (
        (GOOD, {"CWAC_SERVICE_ACCOUNT": str(key)}, [("FAIL", fixes["settings"]), ("FAIL", fixes["key"])]),
        (MAIL, {"CWAC_SERVICE_ACCOUNT": str(key)}, [("FAIL", fixes["settings"]), ("FAIL", fixes["key"])]),
        ("[access]\nlocal = true\n", {}, [("WARN", fixes["settings"])]),
        (KEY_BESIDE, {}, [("WARN", fixes["settings"]), ("FAIL", f"Run chmod 600 {settings.parent}/../key.json")]),
    ):
        settings.write_text(text)
        findings = list(configured.findings(configured.load(environ)))
        assert [(each.result, each.next) for each in findings if each.check == "permissions"] == results
        assert "planted" not in repr(findings)


COUNTY = County("A", "a", viewers=("@x.example",))


@each(
    ("settings", "results", "part"),
    [
        (Settings(), ["PASS"], "The sample is open to everybody"),
        (Settings(workbook="x"), ["FAIL"], "not who may see it"),
        (Settings(workbook="x", local=True), ["PASS"], "on this machine"),
        (Settings(workbook="x", public=True), ["PASS"], "Everybody sees what is public"),
        (Settings(workbook="x", local=True, public=True), ["FAIL"], "public = true opens"),
        (Settings(workbook="x", auth=True, viewers=("@planted.example",)), ["PASS"], "1 in viewers, 0 in"),
        (Settings(workbook="x", auth=True), ["WARN"], "Nobody who signs in sees anything"),
        (Settings(workbook="x", auth=True, counties=(COUNTY,)), ["WARN"], "Nobody who signs in sees anything"),
        (Settings(workbook="x", auth=True, local=True, viewers=("@x.example",)), ["WARN"], "no effect with [auth]"),
        (Settings(workbook="x", viewers=("@planted.example",)), ["FAIL"], "nobody can sign in, as there is no [auth]"),
        (Settings(workbook="x", local=True, coordinators=("a@x.example",)), ["WARN"], "as there is no [auth]"),
        (Settings(workbook="x", public=True, viewers=("@x.example",)), ["WARN"], "as there is no [auth]"),
        (Settings(counties=(COUNTY,)), ["FAIL"], "as there is no [auth]"),
        (Settings(counties=(County("A", "a", public=True), County("B", "b"))), ["PASS"], "Everybody sees what is"),
    ],
)
def test_who_may_look_and_that_people_on_a_list_need_sign_in(settings: Settings, results: list[str], part: str) -> None:
    findings = list(audience.findings(settings))
    assert [finding.result for finding in findings] == results
    assert part in findings[0].found
    assert "planted" not in repr(findings)


def test_set_up_page_lists_the_same_findings_without_a_call(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    trouble = SourceUnavailable(
        "not-shared", "It is not shared.", [RemedyStep("Whoever owns the sheet: ", "press Share.")]
    )
    config = configured.load({"CWAC_SPREADSHEET": "x" * 44, "CWAC_LOCAL": "true"})
    findings = {finding.check: finding for finding in doctor.for_this_machine(trouble, config)}
    assert (findings["shared"].result, findings["shared"].next) == ("FAIL", "Press Share.")
    assert "SKIP" not in {finding.result for finding in findings.values()}


# --- the store ------------------------------------------------------------------------------------------------------


def checked(path: Path) -> dict[str, Finding]:
    settings = Settings(workbook="x.xlsx", store=f"sqlite:///{path}")
    return {finding.check: finding for finding in store.findings(settings, NOW)}


def test_current_store_passes(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite3"
    Store.open(f"sqlite:///{path}").close()
    names = ("store", "store-mode", "store-migrations", "backup")
    assert [checked(path)[name].result for name in names] == ["PASS", "PASS", "PASS", "WARN"]
    assert note_backup(Store(f"sqlite:///{path}"), "cli:tester", NOW)
    assert checked(path)["backup"].result == "PASS"


@each("revision, result, part", [
    ("r0003", "WARN", f"The store is at migration r0003; the next start brings it to {head()}."),
    ("r9999", "FAIL", "newer release"),
])  # fmt: skip
def test_store_of_another_release_is_named_and_stays_as_it_is(
    tmp_path: Path, revision: str, result: str, part: str
) -> None:
    path = tmp_path / "store.sqlite3"
    Store.open(f"sqlite:///{path}").close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    connection.close()
    before = path.read_bytes()
    finding = checked(path)["store-migrations"]
    assert (finding.result, part in finding.found, path.read_bytes() == before) == (result, True, True)
    path.unlink()


def test_file_that_is_checked_is_the_one_that_is_opened(tmp_path: Path) -> None:
    for name in ("my store.sqlite3", "your%20store.sqlite3"):
        settings = Settings(workbook="x", store=f"sqlite:///{tmp_path}/{name}")
        Store.open(settings.store).close()
        assert store.path_of(settings) in list(tmp_path.iterdir())


def test_store_that_others_may_read_fails_with_the_fix(open_folder: Path) -> None:
    path = open_folder / "store.sqlite3"
    Store.open(f"sqlite:///{path}").close()
    path.chmod(0o644)
    finding = checked(path)["store-mode"]
    assert (finding.result, finding.next) == ("FAIL", f"run chmod 600 {path}")


@each(("free", "result"), [(10 * 2**20, "FAIL"), (100 * 2**20, "WARN"), (2**31, "PASS")])
def test_little_free_space_is_named(tmp_path: Path, free: int, result: str) -> None:
    assert store.free_space(tmp_path, free).result == result


@each(("days", "result"), [(0, "PASS"), (30, "PASS"), (31, "WARN"), (None, "WARN")])
def test_old_backup_is_a_warning(days: int | None, result: str) -> None:
    last = None if days is None else NOW - dt.timedelta(days=days)
    assert store.backup(last, NOW).result == result


def test_migrations_are_found_on_each_database(url: str) -> None:
    Store.open(url).close()
    assert store.migrations(Settings(workbook="x", store=url)).result == "PASS"


def test_empty_postgresql_is_not_migrated(empty_postgresql_url: str) -> None:
    for _ in range(2):
        finding = store.migrations(Settings(workbook="x", store=empty_postgresql_url))
        assert (finding.result, finding.found) == ("PASS", "The store is empty; the first start makes its tables.")

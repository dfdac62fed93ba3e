"""The store: its mode, free space, migrations and the last backup; `doctor.txt` of tests/cli/sessions has the rest."""

import datetime as dt
import sqlite3
from pathlib import Path

from cwac.checks import store
from cwac.checks.finding import Finding
from cwac.settings import Settings
from cwac.storage.backup import note_backup
from cwac.storage.database import head
from cwac.storage.store import Store
from tests.cases import each

NOW = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)


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

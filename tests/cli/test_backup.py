"""`cwac backup` and `cwac backup --restore`."""

import datetime as dt
import getpass
import stat
from pathlib import Path

import pytest

from cwac.storage import backup
from cwac.storage.store import Store
from tests.cases import each
from tests.cli import plan
from tests.cli.plan import write

AT = dt.datetime(2026, 10, 1, 17, 42, tzinfo=dt.UTC)


@pytest.fixture
def store(monkeypatch, tmp_path):
    address = f"sqlite:///{tmp_path}/store.sqlite3"
    monkeypatch.setenv("CWAC_STORE", address)
    store = Store(address)
    store.create_token("agency:SCSO", "ann@chp.example.gov", AT)
    store.close()
    yield store
    store.close()


def run(*words, status=0):
    result = plan.run(*words, status=status)
    assert result.stdout == ""
    return result.stderr


def test_backup_and_restore(store, tmp_path):
    assert run("backup", "copy") == f"The store {store.address} was backed up to copy.\n"
    assert stat.S_IMODE((tmp_path / "copy").stat().st_mode) == 0o600
    assert backup.last_backup(store) is not None
    entry = store.audited()[0]
    assert (entry.person, entry.action) == (f"cli:{getpass.getuser()} (as typed)", "backed up the store")
    store.revoke_token(1, "ann@chp.example.gov", AT)
    store.close()

    lines = run("backup", "--restore", "copy").splitlines()
    assert lines[0] == f"The store {store.address} was restored: 0 versions."
    assert lines[1].startswith(f"What it held before is in {tmp_path}/store.sqlite3.replaced-")
    assert [token.revoked_at for token in store.tokens()] == [None]
    assert backup.last_backup(store) is None


@pytest.mark.usefixtures("store")
def test_earlier_backup_is_replaced_but_no_other_file(tmp_path):
    run("backup", "copy")
    run("backup", "copy")
    other = Path(write(tmp_path / "plan.xlsx"))
    before = other.read_bytes()
    refusal = "Error: plan.xlsx is there already and no backup: choose another name, or --force.\n"
    assert run("backup", "plan.xlsx", status=2) == refusal
    assert other.read_bytes() == before


@each("words", [(), ("--force",), ("--restore",)])
def test_store_itself_is_refused(store, words):
    before = store.file.read_bytes()
    refusal = "Error: store.sqlite3 is the store itself: name another file.\n"
    assert run("backup", *words, "store.sqlite3", status=2) == refusal
    assert store.file.read_bytes() == before

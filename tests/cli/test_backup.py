"""`cwac backup` and `cwac backup --restore`; `sessions/` has what they refuse."""

import datetime as dt
import stat

from cwac.storage import backup
from cwac.storage.store import Store
from tests.cli.plan import run

AT = dt.datetime(2026, 10, 1, 17, 42, tzinfo=dt.UTC)


def test_backup_and_restore(monkeypatch, tmp_path):
    address = f"sqlite:///{tmp_path}/store.sqlite3"
    monkeypatch.setenv("CWAC_STORE", address)
    store = Store(address)
    store.create_token("agency:SCSO", "ann@chp.example.gov", AT)
    store.close()
    done = run("backup", "copy")
    assert (done.stdout, done.stderr) == ("", f"The store {address} was backed up to copy.\n")
    assert stat.S_IMODE((tmp_path / "copy").stat().st_mode) == 0o600
    assert backup.last_backup(store) is not None
    store.revoke_token(1, "ann@chp.example.gov", AT)
    store.close()

    done = run("backup", "--restore", "copy")
    restored, kept = done.stderr.splitlines()
    assert (done.stdout, restored) == ("", f"The store {address} was restored: 0 versions.")
    assert kept.startswith(f"What it held before is in {tmp_path}/store.sqlite3.replaced-")
    assert [token.revoked_at for token in store.tokens()] == [None]
    assert backup.last_backup(store) is None
    store.close()

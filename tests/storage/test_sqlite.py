"""The SQLite file: corrupt, deleted, moved or replaced while it is in use, or on a disk that cannot be written to."""

import os
import random
import shutil
import sqlite3
import stat
import subprocess
from contextlib import closing
from dataclasses import replace

import pytest
from click.testing import CliRunner

from cwac.checks.store import findings, why_not_kept
from cwac.cli import main
from cwac.model import Tab
from cwac.settings import Settings
from cwac.storage.sqlite import use_wal
from cwac.storage.store import Store
from tests.storage.killing import is_killed
from tests.storage.workbooks import NOON, book, cause_of, loaded


def spoil_pages(path):
    content = bytearray(path.read_bytes())
    content[4096:] = os.urandom(len(content) - 4096)
    path.write_bytes(content)


def test_file_corrupted_while_in_use_is_moved_aside_once(tmp_path, opened):
    store, other = opened(), opened()
    for number in range(20):
        store.keep(book(f"EV-{number}"))
    store.close()
    other.close()
    spoil_pages(store.file)
    assert cause_of(lambda: [store.keep(book("EV-A")), store.keep(book("EV-B"))]) == "corrupt"
    aside = [part for part in tmp_path.iterdir() if ".damaged-" in part.name]
    assert store.moved_aside in aside
    store.keep(book("EV-A"))
    other.keep(book("EV-B"))  # it finds the new file, and leaves it in its place
    assert other.moved_aside is None
    assert [part for part in tmp_path.iterdir() if ".damaged-" in part.name] == aside
    assert loaded(store) == [book("EV-B"), book("EV-A")]


def delete_with_journal(path):
    for part in path.parent.glob(f"{path.name}*"):
        part.unlink()


VANISH = {
    "file deleted": lambda path: path.unlink(),
    "file and journal deleted": delete_with_journal,
    "folder deleted": lambda path: shutil.rmtree(path.parent),
    "file moved": lambda path: path.rename(path.with_name("moved.sqlite3")),
    "folder moved": lambda path: path.parent.rename(path.parent.with_name("moved")),
}
USES = {
    "keep": lambda store: store.keep(book("EV-9")),
    "versions": lambda store: store.versions(),
    "audit": lambda store: store.audit("c", "did", NOON),
    "token": lambda store: store.create_token("all", "c", NOON),
    "look": lambda store: store.count(),
}


@pytest.mark.parametrize(
    ("vanish", "use"), [*((way, "keep") for way in VANISH), *(("file deleted", use) for use in list(USES)[1:])]
)
def test_vanished_file_is_begun_anew_at_the_next_use(tmp_path, opened, vanish, use, caplog):
    path = tmp_path / "mine" / "store.sqlite3"
    store = opened(f"sqlite:///{path}")
    for event_id in ("EV-1", "EV-2"):
        store.keep(book(event_id))
    VANISH[vanish](path)
    USES[use](store)
    assert store.times_replaced == 1
    assert "deleted or moved" in caplog.text
    store.keep(book("EV-9"))
    assert (loaded(store), store.times_replaced) == ([book("EV-9")], 1)
    store.close()
    again = opened(f"sqlite:///{path}")  # the version is in the file at the path, not in the lost one
    assert loaded(again) == [book("EV-9")]
    again.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for moved in {*tmp_path.rglob("*.sqlite3")} - {path}:  # it has all that was kept in it
        with closing(sqlite3.connect(moved)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert connection.execute("SELECT count(*) FROM versions").fetchone() == (2,)


def test_file_put_in_place_of_the_other_is_used_from_then_on(tmp_path, opened, caplog):
    store, backup = opened(), opened(f"sqlite:///{tmp_path}/other.sqlite3")
    store.keep(book("EV-1"))
    backup.keep(book("EV-7"))
    backup.close()
    backup.file.replace(store.file)
    assert loaded(store) == [book("EV-7")]
    assert store.times_replaced == 1
    assert "replaced" in caplog.text


def test_two_stores_on_a_vanished_file_go_on_with_the_same_new_one(opened):
    stores = [opened(), opened()]
    for number, store in enumerate(stores):
        store.keep(book(f"EV-{number}"))
    stores[0].file.unlink()
    for number, store in enumerate(stores):
        store.keep(book(f"NEW-{number}"))
    for store in stores:
        assert loaded(store) == [book("NEW-1"), book("NEW-0")]


def test_file_that_stays_is_never_begun_anew(store):
    store.keep(book("EV-1"))
    os.utime(store.file, (0, 0))
    store.file.chmod(0o640)
    store.purge(1, "c", "why", NOON)  # which rewrites it
    store.close()
    store.keep(book("EV-2"))
    assert store.times_replaced == 0


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 400 kB, and how to make it read-only."""
    if os.getuid() != 0:
        pytest.skip("only root can mount a disk")
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", folder]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        yield folder, lambda: subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
    finally:
        subprocess.run(["umount", folder], check=True)


def test_disk_that_is_really_full_is_reported(small_disk, opened):
    folder, _ = small_disk
    store, filler = opened(f"sqlite:///{folder}/store.sqlite3"), folder / "filler"
    store.keep(book("EV-1"))
    with pytest.raises(OSError, match="No space left"):
        filler.write_bytes(b"x" * 1_000_000)
    big = book(*(f"EV-{random.Random(n).random()}" for n in range(2_000)))
    assert cause_of(lambda: store.keep(big)) == "disk-full"
    other = f"sqlite:///{folder}/other/store.sqlite3"
    assert cause_of(lambda: Store.open(other)) == "disk-full"
    assert why_not_kept(Settings(workbook="x", store=other)).cause == "disk-full"
    filler.unlink()
    assert store.keep(big).id == 2
    assert loaded(store) == [big, book("EV-1")]
    store.close()  # before the disk is gone


@pytest.mark.parametrize("crashed", [False, True])
def test_store_on_a_read_only_disk_is_read(small_disk, crashed):
    folder, make_read_only = small_disk
    url = f"sqlite:///{folder}/store.sqlite3"

    def keep_two():
        store = Store.open(url)
        store.keep(book("EV-1"))
        store.keep(book("EV-2"))
        if not crashed:
            store.close()

    is_killed(keep_two)  # at its end, without closing anything
    assert (folder / "store.sqlite3-wal").exists() is crashed
    make_read_only()
    trouble = why_not_kept(Settings(workbook="x", store=url))
    assert (trouble.cause, "on a disk that can only be read" in trouble.sentence) == ("read-only", True)
    (place, *_) = findings(Settings(workbook="x", store=url), NOON)
    assert (place.result, place.found) == ("FAIL", f"{folder}/store.sqlite3 is on a disk that can only be read.")
    if not crashed:  # after a crash SQLite finds its journal and can read
        assert cause_of(lambda: Store(url).versions()) == "read-only"
    store = Store(url).or_read_only()
    assert loaded(store) == [book("EV-2"), book("EV-1")]
    assert cause_of(lambda: store.audit("c", "did", NOON)) == "read-only"
    assert cause_of(lambda: store.keep(book("EV-3"))) == "read-only"
    store.close()


@pytest.mark.slow
def test_commands_read_a_store_on_a_read_only_disk(small_disk, tmp_path, monkeypatch):
    folder, make_read_only = small_disk
    url = f"sqlite:///{folder}/store.sqlite3"
    store = Store.open(url)
    store.keep(replace(book("EV-1"), tabs=(Tab("Events", [["Event ID", "Date"], ["EV-1", 46302]]),)))
    store.close()
    make_read_only()

    monkeypatch.setenv("CWAC_STORE", url)
    commands = ("history", "audit", f"restore 1 -o {tmp_path}/back.xlsx", "history purge 1 --why x")
    history, audit, restored, purged = (CliRunner().invoke(main, words.split()) for words in commands)
    assert [done.exit_code for done in (history, audit, restored, purged)] == [0, 0, 0, 2]
    assert history.output.startswith("1 version in ")
    assert "The history cannot be written to, so the audit does not say that you did this." in restored.output
    assert (tmp_path / "back.xlsx").exists()


def test_new_file_that_others_open_too_is_waited_for(tmp_path, monkeypatch):
    """SQLite itself does not wait then; the file is free once it has said so twice."""
    other, connection = (sqlite3.connect(tmp_path / "store.sqlite3", isolation_level=None, timeout=0) for _ in "ab")
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        use_wal(connection, busy_seconds=0)
    rests = []

    def rest(seconds):
        rests.append(seconds)
        if len(rests) == 2:
            other.rollback()

    monkeypatch.setattr("cwac.storage.sqlite.time.sleep", rest)
    use_wal(connection, busy_seconds=60)
    assert rests == [0.01, 0.01]
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()
    other.close()

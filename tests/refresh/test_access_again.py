"""`[access]` is read again while the server runs: a removed person is out, and their tokens are revoked for good."""

import datetime as dt
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cwac import access
from cwac.refresh import sheets as counties
from cwac.settings import load
from cwac.storage.store import Store, StoreTrouble, Token
from cwac.web import feeds
from tests.cases import each
from tests.web import plan

AUTH = f"""
[auth]
redirect_uri = "http://localhost:1/oauth2callback"
cookie_secret = "{"x" * 40}"
"""
NOW = dt.datetime(2026, 11, 25, 18, tzinfo=dt.UTC)


class File:
    """A settings file, as an editor saves it."""

    def __init__(self, folder: Path, workbook: Path) -> None:
        self.path = folder / "secrets.toml"
        self.workbook = Path(shutil.copy(workbook, folder / "plan.xlsx"))
        self.store = f"sqlite:///{folder}/store.sqlite3"
        self._saved = 1_700_000_000

    def save(self, access: str, auth: str = AUTH, more: str = "") -> None:
        self.write(f'[cwac]\nworkbook = "{self.workbook}"\nstore = "{self.store}"\n{more}{auth}[access]\n{access}\n')

    def write(self, text: str) -> None:
        if self.path.is_dir():
            self.path.rmdir()
        self.path.touch(0o600)
        self.path.write_text(text, encoding="utf-8")
        self._saved += 10
        os.utime(self.path, (self._saved, self._saved))

    def start(self, access: str, auth: str = AUTH, more: str = "", on_new: counties.OnNew | None = None) -> None:
        self.save(access, auth, more)
        live = counties.start(load({}, self.path), on_new).wait(20)
        assert live.snapshot is not None


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return plan.save(tmp_path_factory.mktemp("saved") / "plan.xlsx")


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, saved: Path) -> Iterator[File]:
    for name in [name for name in os.environ if name.startswith("CWAC_")]:
        monkeypatch.delenv(name)
    yield File(tmp_path, saved)
    counties.stop()


def lists() -> tuple[tuple[str, ...], tuple[str, ...]]:
    settings = counties.settings()
    return settings.viewers, settings.coordinators


# --- read again -----------------------------------------------------------------------------------------------------


def test_who_is_taken_off_is_out_even_where_notify_still_names_them(file: File) -> None:
    """The start refuses such a file; here it must not keep the old lists in force."""
    notify = (
        '[notify]\nsender = "a@b.example"\nserver = "smtp.example.gov"\n'
        '[notify.agencies.WPD]\nto = ["one@wpd.example.gov"]\n'
    )
    more = 'address = "https://coffee.example.gov"\n' + notify
    file.start('viewers = ["one@wpd.example.gov"]', more=more)
    file.save("viewers = []", more=more)
    counties.read_access_again()
    assert (lists(), counties.access_trouble()) == (((), ()), None)


def test_changed_lists_apply_without_a_restart_and_nothing_else_changes(file: File) -> None:
    boss = {"email": "boss@county.example.gov", "email_verified": True}
    file.start('viewers = ["@wpd.example.gov"]\ncoordinators = ["boss@county.example.gov"]')
    assert lists() == (("@wpd.example.gov",), ("boss@county.example.gov",))
    before = counties.settings()
    assert access.viewer_of(boss, before, ()).kind == "coordinator"
    file.save('viewers = ["New@WPD.example.gov"]\nsign_in_days = 2\npublic = true', more='timezone = "UTC"\n')
    after = replace(before, viewers=("new@wpd.example.gov",), coordinators=(), sign_in_days=2, public=True)
    assert (counties.settings(), counties.access_trouble()) == (after, None)
    assert access.viewer_of(boss, counties.settings(), ()).kind == "public"


UNUSABLE: dict[str, Callable[[File], None]] = {
    "not TOML": lambda file: file.save("viewers = ["),
    "empty, as while an editor saves": lambda file: file.write(""),
    "without [auth]": lambda file: file.save("viewers = []", auth=""),
    "no address": lambda file: file.save('viewers = ["wpd"]'),
    "other letters": lambda file: file.save('viewers = ["bo\u00df@county.example.gov"]'),
    "no list": lambda file: file.save("viewers = 3"),
    "access is no section": lambda file: file.write("access = 1"),
    "another setting": lambda file: file.save('viewers = ["@x.example"]', more='refresh_seconds = "soon"\n'),
    "a short secret": lambda file: file.save("", auth='[auth]\ncookie_secret = "short"\n'),
    "not UTF-8": lambda file: file.path.write_bytes(b"\xff\xfe"),
    "gone": lambda file: file.path.unlink(),
    "a folder": lambda file: (file.path.unlink(), file.path.mkdir()),
}  # fmt: skip


@each("spoil", UNUSABLE.values(), ids=[*UNUSABLE])
def test_unusable_file_keeps_the_last_lists_and_logs_one_error(
    file: File, spoil: Callable[[File], None], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.clear()
    file.start('viewers = ["@wpd.example.gov"]')
    assert lists() == (("@wpd.example.gov",), ())
    store = counties.store()
    assert store is not None
    store.create_token("agency:WPD", "one@wpd.example.gov", NOW)
    spoil(file)
    if file.path.exists():
        os.utime(file.path, (1, 1))
    for _ in range(3):
        assert lists() == (("@wpd.example.gov",), ())
        feeds.revoke_removed()
    errors = [record for record in caplog.records if "could not be read again" in record.getMessage()]
    assert [record.levelno for record in errors] == [logging.ERROR], "once for each change"
    assert str(counties.access_trouble()).endswith(
        "Until that is fixed, who may see what, and what headers and tabs mean, stays as it was."
    )
    assert store.tokens()[0].revoked_at is None
    file.save('viewers = ["@scso.example.gov"]')
    assert (lists(), counties.access_trouble()) == ((("@scso.example.gov",), ()), None)


def test_meanings_of_headers_and_tabs_hold_from_the_next_look_and_unknown_ones_change_nothing(file: File) -> None:
    def seen() -> tuple[str | None, str | None, int]:
        counties.settings()
        counties.poller().look()
        snapshot = counties.current().snapshot
        assert snapshot is not None
        return snapshot.events[0].backup_venue, snapshot.events[0].title, len(snapshot.assignments)

    file.start("")
    assert seen() == ("planted-backup", "Coffee with a Cop", 6)
    file.save('[columns]\n"Backup venue" = "Title"\n[tabs]\n"Staffing" = ""')
    assert seen() == (None, "planted-backup", 0)
    file.save('[columns]\n"Backup venue" = "Headline of it"')
    assert seen() == (None, "planted-backup", 0)
    assert "Backup venue in [columns] has a meaning that is not known" in str(counties.access_trouble())
    file.save("")
    assert seen() == ("planted-backup", "Coffee with a Cop", 6)
    assert counties.access_trouble() is None


def test_file_written_a_moment_ago_is_not_read_yet(file: File, monkeypatch: pytest.MonkeyPatch) -> None:
    file.start('viewers = ["@wpd.example.gov"]')
    assert lists()[0] == ("@wpd.example.gov",)
    monkeypatch.setattr(counties, "SETTLED", 1e12)
    file.save("viewers = []")
    assert lists()[0] == ("@wpd.example.gov",)
    monkeypatch.setattr(counties, "SETTLED", 1.0)
    assert lists()[0] == ()


def test_lists_from_the_environment_stay(file: File, monkeypatch: pytest.MonkeyPatch, caplog) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("CWAC_VIEWERS", "@env.example")
    file.save("", more="")
    counties.start(load(None, file.path)).wait(20)
    assert lists() == (("@env.example",), ())
    file.save('viewers = ["@file.example"]\ncoordinators = ["boss@file.example"]')
    with caplog.at_level(logging.WARNING):
        assert lists() == (("@env.example",), ("boss@file.example",))
    assert "CWAC_VIEWERS from the environment as at the start" in caplog.text


def test_each_county_has_its_own_lists_and_one_no_longer_named_those_of_all_alone(file: File) -> None:
    def seen() -> dict[str, tuple[tuple[str, ...], bool]]:
        settings = {name: counties.settings(name) for name in counties.names()}
        return {name: (own.viewers, own.public) for name, own in settings.items()}

    def write(viewer: str, *its_counties: str) -> None:
        sheets = ", ".join(f"{{ {county} }}" for county in its_counties)
        file.write(
            f'[cwac]\nstore = "{file.store}"\n[connections.gsheets]\nspreadsheet = [{sheets}]\n{AUTH}'
            f'[access]\nviewers = ["{viewer}"]\npublic = true\n'
        )

    a, b, c = (f'county = "{name}", address = "key{name}", viewers = ["@{name}.example"]' for name in "abc")
    write("@all.example", a, f"{b}, public = false")
    counties.start(load({}, file.path))
    assert seen() == {"a": (("@all.example", "@a.example"), True), "b": (("@all.example", "@b.example"), False)}
    write("@other.example", a.replace("@a", "@new"), c)
    assert seen() == {"a": (("@other.example", "@new.example"), True), "b": (("@other.example",), False)}


def test_settings_that_come_from_no_file_are_left_alone(file: File, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("read")

    counties.start(replace(load({}, Path(os.devnull)), workbook=str(file.workbook), store=file.store, file=None))
    monkeypatch.setattr("cwac.settings.load", never)
    assert lists() == ((), ())


# --- tokens ---------------------------------------------------------------------------------------------------------

EVERYBODY = 'viewers = ["@wpd.example.gov", "one@chp.example.gov"]\ncoordinators = ["boss@county.example.gov"]'


@pytest.fixture
def store(file: File) -> Store:
    file.start(EVERYBODY)
    store = counties.store()
    assert store is not None
    for maker, scope in (
        ("one@wpd.example.gov", "agency:WPD"), ("one@chp.example.gov", "agency:CHP-MS"),
        ("boss@county.example.gov", "agency:SCSO"), (feeds.LOCAL, "agency:WPD"), (feeds.SAMPLE, "agency:WPD"),
    ):  # fmt: skip
        store.create_token(scope, maker, NOW)
    return store


def in_force(store: Store) -> set[str]:
    return {token.made_by for token in store.tokens() if token.revoked_at is None}


def served(store: Store) -> set[str]:
    """Whose tokens are answered, as the feed itself decides it."""
    snapshot = counties.current().snapshot
    assert snapshot is not None

    def allowed(token: Token) -> bool:
        scope = feeds.read(token.scope)[1]
        assert scope is not None
        return token.revoked_at is None and feeds.still_allowed(token, scope, counties.settings(), snapshot)

    return {token.made_by for token in store.tokens() if allowed(token)}


ALL = {"one@wpd.example.gov", "one@chp.example.gov", "boss@county.example.gov", feeds.LOCAL, feeds.SAMPLE}


@pytest.mark.parametrize(
    ("after", "removed"),
    [
        (EVERYBODY, set()),
        (EVERYBODY.replace('"@wpd.example.gov", ', ""), {"one@wpd.example.gov"}),
        (EVERYBODY.replace("@wpd.example.gov", "two@wpd.example.gov"), {"one@wpd.example.gov"}),
        (EVERYBODY.replace("@wpd.example.gov", "one@wpd.example.gov"), set()),
        (EVERYBODY.replace("one@chp", "@chp"), set()),
        (EVERYBODY.replace("boss@", "other@"), {"boss@county.example.gov"}),
        ('viewers = ["@wpd.example.gov", "one@chp.example.gov", "boss@county.example.gov"]', set()),
        ("viewers = []", {"one@wpd.example.gov", "one@chp.example.gov", "boss@county.example.gov"}),
    ],
)
def test_tokens_of_who_is_removed_are_revoked_for_good(file: File, store: Store, after: str, removed: set[str]) -> None:
    feeds.revoke_removed()
    assert in_force(store) == ALL
    file.save(after)
    feeds.revoke_removed()
    assert in_force(store) == ALL - removed
    file.save(EVERYBODY)
    feeds.revoke_removed()
    assert in_force(store) == ALL - removed, "those who come back make new ones"
    audited = {entry.action for entry in store.audited() if entry.person == feeds.REVOKED}
    assert len(audited) == len(removed)


def test_tokens_of_a_person_removed_and_put_back_between_two_looks_are_revoked(file: File, store: Store) -> None:
    file.save("viewers = []")
    counties.settings()  # somebody opens a page
    file.save(EVERYBODY)
    counties.settings()
    feeds.revoke_removed()
    assert in_force(store) == {feeds.LOCAL, feeds.SAMPLE}


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("lists", "auth", "removed"),
    [(EVERYBODY.replace("one@chp", "two@chp"), AUTH, {"one@chp.example.gov"}), ("local = true", "", set())],
)
def test_tokens_of_a_person_removed_while_nothing_ran_are_revoked_but_none_without_sign_in(
    file: File, lists: str, auth: str, removed: set[str]
) -> None:
    counties.stop()
    file.start(lists, auth=auth)
    feeds.revoke_removed()
    assert in_force(Store(file.store)) == ALL - removed


def test_tokens_are_revoked_later_if_the_store_is_locked(
    file: File, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object) -> bool:
        raise StoreTrouble("locked", "It is locked.", "Wait.")

    file.save("viewers = []")
    with monkeypatch.context() as patched:
        patched.setattr(store, "revoke_token", locked)
        feeds.revoke_removed()
    assert in_force(store) == ALL
    feeds.revoke_removed()
    assert in_force(store) == {feeds.LOCAL, feeds.SAMPLE}


def test_tokens_of_a_person_whose_agency_leaves_the_sheet_work_again_when_it_returns(file: File, store: Store) -> None:
    by_sheet = {"one@wpd.example.gov", "one@chp.example.gov", "boss@county.example.gov"}
    assert served(store) == by_sheet
    rows = [list(row) for row in plan.tabs()["Agencies"]]
    rows[2][5] = None
    plan.save(file.workbook, Agencies=rows)
    counties.poller().look()
    feeds.revoke_removed()
    assert served(store) == by_sheet - {"one@wpd.example.gov"}
    assert in_force(store) == ALL
    plan.save(file.workbook)
    counties.poller().look()
    assert served(store) == by_sheet


def test_coordinator_who_becomes_a_liaison_keeps_only_tokens_that_a_liaison_may_have(file: File, store: Store) -> None:
    file.save('viewers = ["@wpd.example.gov", "one@chp.example.gov", "boss@county.example.gov"]')
    feeds.revoke_removed()
    assert served(store) == {"one@wpd.example.gov", "one@chp.example.gov"}
    file.save(EVERYBODY)
    assert "boss@county.example.gov" in served(store), "they were never taken off the list"


def test_lists_are_read_at_each_look_without_any_visitor(file: File, store: Store) -> None:
    file.start(EVERYBODY, on_new=lambda *_: feeds.revoke_removed())
    file.save("viewers = []")
    counties.poller().look()
    assert in_force(store) == {feeds.LOCAL, feeds.SAMPLE}

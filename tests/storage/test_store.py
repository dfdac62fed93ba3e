"""Feed tokens, visits and the audit: limited, without secret texts; changes day by day, as far as a viewer may know."""

import datetime as dt
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner

from cwac.access import COORDINATOR, PUBLIC, Viewer, sees_names
from cwac.analysis.revisions import Revision, Revisions, advance, key_of
from cwac.cli import main
from cwac.clock import read_clock
from cwac.refresh import sheets
from cwac.settings import Settings
from cwac.storage import audit
from cwac.storage.history import Since, days
from cwac.storage.revisions import last_change
from cwac.storage.store import Entry, Store, TooManyTokens
from tests.storage.workbooks import DAY, HOUR, NOON, SECOND, book
from tests.web import plan

MINUTE = dt.timedelta(minutes=1)


def test_token_is_found_by_its_text_until_it_expires_or_is_revoked(store):
    text = store.create_token("agency:WPD", "a@example.gov", NOON, NOON + DAY)
    token = store.find_token(text, NOON + DAY - SECOND)
    assert (token.scope, token.made_by, token.made_at, token.expires_at) == (
        "agency:WPD", "a@example.gov", NOON, NOON + DAY
    )  # fmt: skip
    assert store.find_token(text, NOON + DAY) is None
    assert store.find_token(text + "x", NOON) is None
    endless = store.create_token("all", "b@example.gov", NOON)
    number = store.find_token(endless, NOON + 9999 * DAY).id
    assert store.revoke_token(number, "c@example.gov", NOON + DAY) is True
    assert store.revoke_token(number, "c@example.gov", NOON + DAY) is False
    assert store.find_token(endless, NOON + DAY) is None
    assert [(token.scope, token.revoked_at) for token in store.tokens()] == [("all", NOON + DAY), ("agency:WPD", None)]
    assert [token.scope for token in store.tokens("a@example.gov")] == ["agency:WPD"]
    assert [entry.action for entry in store.audited()] == [
        "revoked feed token 2", "made a feed token: all", "made a feed token: agency:WPD"
    ]  # fmt: skip


def test_person_may_have_a_limited_number_of_tokens_in_force(store):
    store.create_token("all", "a@example.gov", NOON - 2 * DAY, NOON - DAY)  # expired: does not count
    for _ in range(3):
        store.create_token("all", "a@example.gov", NOON, NOON + DAY, limit=3)
    with pytest.raises(TooManyTokens):
        store.create_token("all", "a@example.gov", NOON, NOON + DAY, limit=3)
    assert len(store.tokens("a@example.gov")) == 4
    store.create_token("all", "b@example.gov", NOON, NOON + DAY, limit=3)
    store.revoke_token(store.tokens("a@example.gov")[0].id, "a@example.gov", NOON)
    store.create_token("all", "a@example.gov", NOON, None, limit=3)
    with pytest.raises(TooManyTokens):
        store.create_token("all", "a@example.gov", NOON + 2 * DAY, NOON + 3 * DAY, limit=1)


@pytest.mark.usefixtures("url")
def test_limit_of_tokens_holds_when_several_are_made_at_once(store):
    def make(_):
        try:
            store.create_token("all", "a@example.gov", NOON, None, limit=5)
        except TooManyTokens:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(make, range(16))) == 5


def test_visit_lasts_until_a_person_is_away_for_half_an_hour_and_one_by_a_clock_that_was_ahead_is_forgotten(store):
    before = [store.record_visit("A@Example.gov", NOON + minutes * MINUTE) for minutes in (0, 10, 35, 70, 80, 75, 200)]
    assert before == [None, None, None, *(NOON + 35 * MINUTE,) * 3, NOON + 80 * MINUTE]
    assert store.last_visit("a@example.gov") == NOON + 80 * MINUTE
    assert store.last_visit("b@example.gov") is None
    before = [store.record_visit("b@example.gov", NOON + day * DAY) for day in (0, 1, 401, 402, 2, 3)]
    assert before == [None, *(NOON + day * DAY for day in (0, 1, 401)), None, NOON + 2 * DAY]


def test_versions_are_read_and_compared_one_after_the_other(store):
    """A caller who keeps two snapshots at a time then reads each version once; one that cannot be read is left out."""
    for number in range(5):
        store.keep(book(f"EV-{number}", at=NOON + number * DAY))
    calls = []

    def readable(version):
        calls.append(version.id)
        return version.id != 3

    def compare(before, after):
        calls.append((before.id, after and after.id))
        return ()

    assert days(store, "plan.xlsx", Since(version=1), "America/Los_Angeles", readable, compare) == ()
    assert calls == [1, 2, (1, 2), 3, 4, (2, 4), (4, None)]


FIRST, EARLIER, LATER = (dt.datetime(2026, 11, day, tzinfo=dt.UTC) for day in (1, 10, 20))


@pytest.mark.parametrize(
    ("plan_changes", "crew_changes", "without_names", "with_names"),
    [
        (0, 0, None, None),
        (1, 0, EARLIER, EARLIER),
        (0, 1, None, LATER),
        (2, 3, EARLIER, LATER),
    ],
)
def test_time_of_a_staffing_change_is_only_for_viewers_who_see_names(
    plan_changes: int, crew_changes: int, without_names: dt.datetime | None, with_names: dt.datetime | None
) -> None:
    planned, staffed = (EARLIER if plan_changes else FIRST), (LATER if crew_changes else FIRST)
    revisions = Revisions({key_of("EV-1"): Revision("plan", plan_changes, planned, "crew", crew_changes, staffed)})
    assert last_change(revisions, "EV-1", crew=False) == without_names
    assert last_change(revisions, "EV-1", crew=True) == with_names
    assert last_change(revisions, "EV-2", crew=True) is None
    assert last_change(None, "EV-1", crew=True) is None


@pytest.mark.parametrize(
    ("viewer", "sees"),
    [
        (PUBLIC, set()),
        (Viewer("liaison"), set()),
        (Viewer("liaison", ("WPD",)), {"SHARED"}),
        (Viewer("liaison", ("SCSO",)), {"SHARED", "SHERIFFS"}),
        (COORDINATOR, {"SHARED", "SHERIFFS"}),
    ],
)
def test_staffing_change_moves_the_last_change_for_viewers_who_see_its_names(viewer: Viewer, sees: set[str]) -> None:
    before = plan.snapshot()
    staffing = [*plan.tabs()["Staffing"], ["SHARED", "OF-04"], ["SHERIFFS", "OF-02", None, "Floor", "Declined"]]
    after = advance(advance(Revisions(), before, FIRST), plan.snapshot(Staffing=staffing), LATER)
    changed = {
        event_id
        for event_id in ("SHARED", "SHERIFFS")
        if last_change(after, event_id, crew=sees_names(viewer, before, event_id)) == LATER
    }
    assert changed == sees


@pytest.fixture
def audited(store: Store) -> Iterator[Store]:
    """The store that the audit's thread writes to."""
    audit.start(store, days=400)
    yield store
    audit.stop()


def entries(store: Store) -> list[tuple[str, str]]:
    assert audit.flush(20)
    return [(entry.person, entry.action) for entry in store.audited()][::-1]


def test_entry_says_on_one_line_who_what_and_when_and_once_a_period_where_that_is_asked_for(audited: Store) -> None:
    before = read_clock()
    audit.note("a@b.example\nroot did nothing", "x\r\n\x1b[2J" + "y" * 1000)
    for _ in range(3):
        audit.note("a@b.example", "came in", once="a@b.example 1")
        audit.note("a@b.example", "feed 1 was read", once="feed 1", seconds=0)
    feed = ("a@b.example", "feed 1 was read")
    first = ("a@b.example root did nothing", "x [2J" + "y" * 495)
    assert entries(audited) == [first, ("a@b.example", "came in"), feed, feed, feed]
    assert all(before <= entry.at <= read_clock() for entry in audited.audited())


def test_entry_that_cannot_be_written_is_in_the_log_and_stop_writes_what_is_queued(
    audited: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(20):
        audit.note("a@b.example", f"downloaded {number}")
    audit.stop(20)
    assert len(audited.audited()) == 20
    with caplog.at_level(logging.WARNING, audit.__name__):
        audit.note("a@b.example", "came in")
        assert audit.flush(20)
        audit.start(audited, days=400)
        audited.close()
        monkeypatch.setattr(audited, "_configured_url", "sqlite:////dev/null/nowhere.sqlite3")
        audit.note("a@b.example", "downloaded events.csv")
        assert audit.flush(20)
    assert [record.getMessage() for record in caplog.records if record.name == audit.__name__] == [
        "Audit, not kept (no store): a@b.example came in",
        "Audit, not kept (read-only): a@b.example downloaded events.csv",
    ]


def test_what_the_sheets_serve_decides_where_entries_go(tmp_path: Path) -> None:
    sheets.start(Settings(store=f"sqlite:///{tmp_path}/store.sqlite3")).wait(20)
    audit.note("a@b.example", "came in")
    store = sheets.store()
    assert store is not None
    assert entries(store) == [("a@b.example", "came in")]
    audit.note("a@b.example", "downloaded events.csv")
    sheets.stop()
    assert [entry.action for entry in Store(f"sqlite:///{tmp_path}/store.sqlite3").audited()] == [
        "downloaded events.csv", "came in"
    ]  # fmt: skip


def test_entries_of_a_clock_that_was_ahead_delete_nothing(audited: Store) -> None:
    store = audited
    for number in range(10):
        store.audit("a@b.example", f"{number}", NOON - number * DAY)
        store.audit("a@b.example", f"old {number}", NOON - (402 + number) * DAY)
    for number in range(3):
        audit._write(Entry(NOON + 401 * DAY + number * SECOND, "a@b.example", f"ahead {number}"), None, 0)
    assert len(store.audited()) == 10 + 3  # what was old by the entries before is gone


@pytest.mark.usefixtures("url")
def test_claim_holds_for_so_many_seconds_and_not_by_a_clock_that_was_ahead(store: Store) -> None:
    claimed = [store.claim("refresh", 10, NOON + seconds * SECOND) for seconds in (0, 0, 9.9, 10, 12)]
    assert claimed == [True, False, False, True, False]
    assert store.claim("other", 10, NOON) is True
    assert store.claim("refresh", 10, NOON + 9 * SECOND) is False  # made earlier by another process, and written later
    assert store.claim("refresh", 10, NOON - HOUR) is True  # the clock was set back
    assert [store.claim("daily", 86_400, NOON + hours * HOUR) for hours in (20, 0, 1)] == [True, True, False]


def test_command_lists_entries_newest_first(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CWAC_STORE", f"sqlite:///{tmp_path}/store.sqlite3")
    store.audit("a@b.example", "came in as liaison of WPD", NOON)
    store.audit("c@d.example", "downloaded \x1b[2Jevents.csv", NOON + HOUR)
    result = CliRunner().invoke(main, ["audit"])
    assert (result.exit_code, result.stdout) == (
        0,
        "2026-10-07 13:00:00 -0700  c@d.example  downloaded \\x1b[2Jevents.csv\n"
        "2026-10-07 12:00:00 -0700  a@b.example  came in as liaison of WPD\n",
    )
    assert len(CliRunner().invoke(main, ["audit", "--most", "1"]).stdout.splitlines()) == 1

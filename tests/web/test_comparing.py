"""Stored versions are read from the store once, however many comparisons need them."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any

import pytest

from cwac.access import COORDINATOR
from cwac.analysis.alerts import alerts
from cwac.analysis.attendance import outcomes
from cwac.analysis.events import DEFAULTS
from cwac.model import Snapshot, Tab, Workbook
from cwac.refresh import sheets
from cwac.refresh.live import Live
from cwac.sheet.reader import read_workbook
from cwac.storage.store import Store, Version
from cwac.web import cache, comparing, first_answers, session
from cwac.web.cache import Cache
from cwac.web.comparing import VersionComparison, keep_replaced
from cwac.web.session import Session
from tests.web import plan
from tests.web.conftest import closed_to_strangers, opened, words
from tests.web.served import until


def workbook(guests: int) -> Workbook:
    """The plan, with that many guests at a past event."""
    tabs = plan.tabs() | {"Attendance": [["Event ID", "Guests"], ["GONE", guests]]}
    as_of = plan.START + dt.timedelta(minutes=guests)
    return Workbook("plan.xlsx", as_of, plan.ZONE, tuple(Tab(name, rows) for name, rows in tabs.items()))


@pytest.fixture(autouse=True)
def empty_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_sheets", {})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(f"sqlite:///{tmp_path}/store.sqlite3")) as opened:
        yield opened


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of the versions that are read from the store."""
    numbers: list[int] = []
    load = Store.load

    def loading(store: Store, version: Version) -> Workbook:
        numbers.append(version.id)
        return load(store, version)

    monkeypatch.setattr(Store, "load", loading)
    return numbers


def versions(store: Store, count: int) -> list[Version]:
    for guests in range(count):
        store.keep(workbook(guests))
    return sorted(store.versions("plan.xlsx"), key=lambda version: version.id)


def comparison(store: Store, whole: Snapshot, answers: Cache | None = None) -> VersionComparison:
    """The comparison that a page makes, right after an edit if its version has no answers yet."""
    return VersionComparison(store, "", Live(snapshot=whole), whole, DEFAULTS, COORDINATOR, answers or Cache(8))


def snapshot(guests: int) -> Snapshot:
    return read_workbook(workbook(guests), plan.TODAY)


def test_several_versions_are_each_read_once_though_the_sheet_is_edited(store: Store, read: list[int]) -> None:
    stored = versions(store, 4)
    for guests in (50, 51, 52):
        page = comparison(store, snapshot(guests))
        for version in stored:
            (change,) = page.changes(version)
            assert str(guests) in change.sentence
    assert read == [version.id for version in stored]


def test_version_that_an_edit_replaces_is_not_read_from_the_store(store: Store, read: list[int]) -> None:
    first, second = versions(store, 2)
    now = snapshot(50)
    keep_replaced("", Live(snapshot=snapshot(1), version=second.id), now, DEFAULTS)
    page = comparison(store, now)
    since_second = page.changes(second)
    assert since_second != ()
    assert read == []
    assert page.changes(first) != ()
    assert read == [first.id]
    cache._sheets.clear()
    assert comparison(store, now).changes(second) == since_second
    assert read == [first.id, second.id]


def test_version_of_another_day_or_content_is_read_from_the_store(store: Store, read: list[int]) -> None:
    (version,) = versions(store, 1)
    now, kept = snapshot(50), snapshot(0)
    yesterday = replace(kept, today=plan.TODAY - dt.timedelta(days=1))
    for replaced in (yesterday, replace(kept, content_hash="another"), None):
        keep_replaced("", Live(snapshot=replaced, version=version.id), now, DEFAULTS)
    keep_replaced("", Live(snapshot=kept), now, DEFAULTS)  # not stored yet
    comparison(store, now).changes(version)
    assert read == [version.id]


def test_of_a_very_large_sheet_one_version_is_kept(
    store: Store, read: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = versions(store, 2)
    now = snapshot(50)
    monkeypatch.setattr(comparing, "VERY_LARGE_SHEET", len(now.events))
    comparison(store, now).changes(first)
    keep_replaced("", Live(snapshot=snapshot(1), version=second.id), now, DEFAULTS)
    comparison(store, now).changes(first)
    assert read == [first.id]
    comparison(store, now).changes(second)
    comparison(store, snapshot(51)).changes(first)
    assert read == [first.id, second.id, first.id]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The content hash of each snapshot whose alerts are worked out for a comparison."""
    hashes: list[str] = []

    @wraps(alerts)
    def remembering(of: Snapshot, *asked_with: Any) -> object:
        hashes.append(of.content_hash)
        return alerts(of, *asked_with)

    monkeypatch.setattr(comparing, "alerts", remembering)
    return hashes


def test_alerts_of_versions_are_worked_out_once(store: Store, asked: list[str]) -> None:
    (version,) = versions(store, 1)
    shown = [snapshot(50), snapshot(51)]
    for whole in shown:
        comparison(store, whole).changes(version)
    assert asked == [version.content_hash, shown[0].content_hash, shown[1].content_hash]


def test_comparison_takes_the_alerts_that_a_page_has_worked_out(store: Store, asked: list[str]) -> None:
    (version,) = versions(store, 1)
    whole, answers = snapshot(50), Cache(8)
    page = Session(COORDINATOR, whole, whole.today, plan.START, DEFAULTS, answers)
    page.ask(alerts, page.today, page.rules)
    comparison(store, whole, answers).changes(version)
    assert asked == [version.content_hash]


ASKED = ("alerts", "by_event", "gap_board", "missing_after_event", "outcomes", "ledger")
"""The answers, as `first_answers` imports them."""


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each answer has been computed; a version that is read from the store counts as `read`."""
    counts: Counter[str] = Counter()
    ask = session.Session.ask

    def counting(own: session.Session, answer: Callable[..., Any], *args: Any, **named: Any) -> Any:
        def compute(*arguments: Any, **also: Any) -> Any:
            counts["outcomes of a period" if answer is outcomes and args else answer.__name__] += 1
            return answer(*arguments, **also)

        compute.__module__, compute.__qualname__ = answer.__module__, answer.__qualname__
        return ask(own, compute, *args, **named)

    load = VersionComparison._load
    monkeypatch.setattr(session.Session, "ask", counting)
    monkeypatch.setattr(VersionComparison, "_load", lambda own, version: counts.update(["read"]) or load(own, version))
    return counts


def move_to_etna() -> None:
    """Save the workbook with its first event in another town, and wait until that is shown."""
    events = plan.tabs()["Events"]
    events[1][5], events[1][6] = "Etna", None
    plan.save(Path(sheets.settings().workbook or ""), Events=events)
    assert sheets.refresh_now()
    until(lambda: town_shown() == "Etna", 20, 0.02)


def town_shown() -> str | None:
    live = sheets.current()
    assert live.snapshot is not None
    return live.snapshot.event_by_id["SHARED"].town


def open_pages() -> None:
    assert "officers missing at" in words(opened(who="coordinator"))
    assert "Events with openings" in words(opened("staffing", "coordinator"))
    assert "Typical" in words(opened("attendance", "coordinator"))


@pytest.fixture
def started(serve: object, tmp_path: Path) -> None:  # noqa: ARG001
    """The plan with the first answers asked for before each version is shown."""
    sheets.start(closed_to_strangers(plan.save(tmp_path / "plan.xlsx")), first_answers.ask).wait(20)


def test_pages_of_a_new_version_find_the_answers(computed: Counter[str], request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("started")
    open_pages()
    before = {name: computed[name] for name in ASKED}
    assert all(before[name] == 1 for name in ("alerts", "gap_board", "missing_after_event", "outcomes"))

    move_to_etna()
    once_more = {name: computed[name] for name in ASKED}
    assert all(once_more[name] == before[name] + 1 for name in ASKED)
    read = computed["read"]
    open_pages()
    assert {name: computed[name] for name in ASKED} == once_more
    assert computed["read"] == read


@pytest.mark.usefixtures("started")
def test_the_version_is_shown_although_an_answer_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    assert town_shown() == "Weed"

    def fails(*_: object) -> None:
        raise ValueError("a mistake")

    monkeypatch.setattr(first_answers, "alerts", fails)
    move_to_etna()

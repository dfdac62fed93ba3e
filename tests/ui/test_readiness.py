"""What was asked of a version is ready for the next one, as whoever asked first would be told, and goes with it."""

import asyncio
import datetime as dt
import gc
import weakref
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from unittest import mock

import pytest

from cwac import access, server
from cwac.live import apart, beforehand, counties
from cwac.live.origin import refuse
from cwac.live.refresh import Refresher
from cwac.model import Snapshot
from cwac.settings import Settings
from cwac.ui import door, kept, readiness
from cwac.ui.kept import Question
from tests.ui.conftest import closed_to_strangers, opened, words

Serve = Callable[[Settings], None]
PAGES = ("overview", "calendar", "attendance", "follow_ups", "sheet_health")
WHO = ("coordinator", "liaison")


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    kept._of.clear()
    yield
    kept._of.clear()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is worked out, by name."""
    names: list[str] = []
    of = Question.of
    monkeypatch.setattr(Question, "of", lambda one, share: names.append(one.answer.__qualname__) or of(one, share))
    return names


def shown() -> Snapshot:
    found = counties.current().snapshot
    assert found is not None
    return found


def another(**given: object) -> Snapshot:
    """The next version, in which the first event to come is called something else."""
    before = shown()
    at = next(at for at, event in enumerate(before.events) if event.date >= before.today)
    events = (*before.events[:at], replace(before.events[at], title="Porch talk"), *before.events[at + 1 :])
    return replace(before, events=events, content_hash="another", **{"as_of": before.as_of, **given})  # type: ignore[arg-type]


def changed(snapshot: Snapshot) -> set[str]:
    return {event.id for event in snapshot.events if event.title == "Porch talk"}


def show(snapshot: Snapshot) -> None:
    refresher = counties.refresher()
    refresher.relay(replace(refresher.current(), snapshot=snapshot), limited=0)


def looked() -> dict[tuple[str, str], str]:
    return {(who, page): words(opened(page, who)) for who in WHO for page in PAGES}


def test_whoever_looks_next_is_told_the_same_without_being_the_first(
    serve: Serve, plan_file: Path, asked: list[str]
) -> None:
    serve(closed_to_strangers(plan_file))
    looked()
    following = another()
    beforehand.work_out(following, shown(), counties.settings().rules)
    readiness.get_ready("", following, changed(following))
    assert len(asked) > 20
    asked.clear()
    show(following)
    told = looked()
    assert asked == []
    kept._of.clear()
    show(replace(following))
    assert looked() == told
    assert len(asked) > 20


def test_where_other_things_than_events_differ_the_shares_are_made_anew(serve: Serve, plan_file: Path) -> None:
    serve(closed_to_strangers(plan_file))
    looked()
    following = another(time_off=())
    readiness.get_ready("", following, None)
    show(following)
    told = looked()
    kept._of.clear()
    show(replace(following))
    assert looked() == told


def test_of_another_day_only_the_shares_are_made(serve: Serve, plan_file: Path, asked: list[str]) -> None:
    serve(closed_to_strangers(plan_file))
    looked()
    asked.clear()
    following = another(today=shown().today + dt.timedelta(days=1))
    readiness.get_ready("", following, None)
    assert asked == []
    coming = kept._of["", "shares"].coming
    assert coming is not None
    assert len(coming[1]._answers) == len(WHO)


@pytest.mark.parametrize("sign_in", [True, False])
def test_where_nobody_looked_only_what_all_liaisons_are_shown_is_made(
    serve: Serve, plan_file: Path, asked: list[str], *, sign_in: bool
) -> None:
    serve(replace(closed_to_strangers(plan_file), auth=sign_in, local=not sign_in))
    following = another()
    readiness.get_ready("", following, None)
    assert (asked, kept._of) == ([], {})
    assert (access._nameless.known(following) is not None) == sign_in


def test_enough_is_enough(serve: Serve, plan_file: Path, asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    serve(closed_to_strangers(plan_file))
    looked()
    asked.clear()
    monkeypatch.setattr(readiness, "ENOUGH", 0.0)
    readiness.get_ready("", another(), None)
    assert asked == []


def test_what_nobody_asked_of_this_version_is_not_made_for_the_next(
    serve: Serve, plan_file: Path, asked: list[str]
) -> None:
    serve(closed_to_strangers(plan_file))
    looked()
    first = another()
    readiness.get_ready("", first, None)
    show(first)
    asked.clear()
    opened("follow_ups", "coordinator")
    assert asked == []
    readiness.get_ready("", replace(first, content_hash="one more"), None)
    assert {"sentence", "mine", "agency_colours"} <= set(asked)
    assert not {"on_screen", "tabs_with_problems"} & set(asked)


def test_what_is_kept_of_a_version_goes_with_it(serve: Serve, plan_file: Path) -> None:
    serve(closed_to_strangers(plan_file))
    following = another()
    show(replace(following, content_hash="before"))
    looked()
    share = kept._of["", "shares"].kept.asked()[0][1]
    gone = weakref.ref(share)
    del share
    readiness.get_ready("", following, None)
    show(following)
    opened("overview", "coordinator")
    gc.collect()
    assert gone() is None


def test_it_is_done_before_a_large_sheet_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[object] = []
    refresher = Refresher(refuse("a test"), counties.reader(Settings()))
    refresher.get_ready = lambda *given: told.append((refresher.current().snapshot, *given))
    monkeypatch.setattr(beforehand, "work_out", lambda *_: {"E"})
    apart._get_ready(refresher, apart.NOTHING, apart.NOTHING, Settings().rules, (), None)
    assert told == [(None, apart.NOTHING, {"E"})]


@pytest.mark.usefixtures("serve")
def test_the_server_has_it_done_for_each_county(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("gc", "logs"):
        monkeypatch.setattr(server, name, mock.Mock())
    start = mock.Mock(settings=Settings())
    told: list[object] = []

    async def from_start_to_stop() -> None:
        async with server.lifespan(start, lambda *given: told.append(given))(None):
            get_ready = counties.refresher().get_ready
            assert get_ready is not None
            get_ready(apart.NOTHING, None)

    asyncio.run(from_start_to_stop())
    assert told == [("", apart.NOTHING, None)]


def test_a_stranger_has_no_part_in_what_all_are_shown_alike(
    serve: Serve, plan_file: Path, monkeypatch: pytest.MonkeyPatch, asked: list[str]
) -> None:
    serve(closed_to_strangers(plan_file, public=True))
    mine = words(opened("overview", "coordinator"))
    asked.clear()
    theirs = words(opened("overview", "stranger"))
    assert {"ahead", "dated"} <= set(asked), "worked out from their own share"
    assert theirs != mine
    asked.clear()
    assert words(opened("overview", "liaison")) != theirs
    assert not {"ahead", "dated"} & set(asked), "worked out for the coordinator already"
    monkeypatch.setattr(door, "in_common", None)
    kept._of.clear()
    assert words(opened("overview", "stranger")) == theirs


def test_a_liaisons_share_of_a_large_sheet_comes_with_its_alerts(
    serve: Serve, plan_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(closed_to_strangers(plan_file))
    made: list[Snapshot] = []
    monkeypatch.setattr(door, "by_event", lambda share, *_: made.append(share))
    for many, number in ((5_000, 0), (0, 1)):
        kept._of.clear()
        monkeypatch.setattr(door, "MANY", many)
        opened("overview", "liaison")
        opened("overview", "coordinator")
        assert len(made) == number
    assert made[0] is not shown()

"""The row of a sheet's turns, in each of the two databases."""

import datetime as dt
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from cwac.model import Workbook
from cwac.storage.store import Store, Version
from tests.refresh.plan import LINK, NOW, tables, towns_kept, workbook

pytestmark = pytest.mark.usefixtures("url")


def finish(store: Store, turn: int, *workbooks: Workbook, state: str = "", pause: float = 0.0) -> bool:
    def outcome(versions: Sequence[Version], _: str) -> tuple[int | None, str]:
        return versions[-1].id if versions else None, state

    return store.finish_turn(LINK, turn, NOW, pause, [(workbook, True) for workbook in workbooks], outcome)


def town(name: str, minutes: int = 0) -> Workbook:
    changed = tables()
    changed["Events"][2][3] = name
    return workbook(changed, NOW + dt.timedelta(minutes=minutes))


def set_back(store: Store, seconds: float, column: str = "taken_at") -> None:
    with store.writing("test") as connection:
        connection.exec_driver_sql(f"UPDATE turns SET {column} = {column} - {seconds}")


def test_a_turn_is_taken_once_an_interval_by_whichever_process(store):
    taken, row = store.take_turn(LINK, 30)
    assert (taken, row.turn, row.kept_turn) == (True, 1, 0)
    assert store.take_turn(LINK, 30)[0] is False
    assert store.take_turn("another", 30)[0] is True
    set_back(store, 31)
    taken, row = store.take_turn(LINK, 30)
    assert (taken, row.turn) == (True, 2)
    set_back(store, -300)
    assert store.take_turn(LINK, 30)[0] is True, "the clock was set back"


def test_the_process_that_looked_last_may_look_again(store):
    store.take_turn(LINK, 30)
    assert store.take_turn(LINK, 30, own=1)[0] is True
    assert store.take_turn(LINK, 30, own=1)[0] is False, "another one has looked since"
    assert store.take_turn(LINK, 30, own=2)[0] is True


def test_a_pause_is_kept_to_by_all_but_for_an_hour_at_most(store):
    store.take_turn(LINK, 0)
    finish(store, 1, pause=90)
    row = store.turn(LINK)
    assert 80 < row.pause <= 90
    assert 80 < row.seconds_until_due(30) <= 90
    assert store.take_turn(LINK, 0, own=1)[0] is False
    set_back(store, 91, "not_before")
    assert store.take_turn(LINK, 0, own=1)[0] is True
    set_back(store, -7200, "not_before")
    assert store.turn(LINK).pause == 0
    assert store.take_turn(LINK, 0, own=2)[0] is True, "one that is further ahead is a mistake of some clock"
    finish(store, 3, pause=1e6)
    assert 3590 < store.turn(LINK).pause <= 3600


def test_an_outcome_is_kept_with_the_version_and_refused_after_a_later_one(store):
    for _ in range(3):
        store.take_turn(LINK, 0)
    assert finish(store, 1, town("Weed"), state="first"), "while the later looks go on"
    row = store.turn(LINK)
    assert (row.kept_turn, row.looked_at, row.version, row.state) == (1, NOW, store.latest(LINK).id, "first")
    assert finish(store, 3, town("Yreka"), state="later")
    assert not finish(store, 2, town("Etna"), state="earlier")
    assert not finish(store, 3, town("Etna"), state="the same turn twice")
    assert (store.count(), store.turn(LINK).state) == (2, "later")


def test_an_outcome_is_refused_by_a_database_that_was_restored_meanwhile(store):
    for _ in range(3):
        store.take_turn(LINK, 0)
    with store.writing("test") as connection:
        connection.exec_driver_sql("UPDATE turns SET turn = 1")
    assert not finish(store, 3, town("Weed"))
    with store.writing("test") as connection:
        connection.exec_driver_sql("DELETE FROM turns")
    assert not finish(store, 3, town("Weed"))
    assert store.count() == 0


def test_an_undo_is_a_new_version_and_equal_neighbors_are_one(store):
    """Whatever the clocks of the machines say: the turns tell what came first."""
    for minutes, name in ((5, "Yreka"), (0, "Yreka"), (5, "Weed"), (4, "Yreka"), (3, "Yreka")):
        _, row = store.take_turn(LINK, 0)
        assert finish(store, row.turn, town(name, minutes))
    assert towns_kept(store) == ["Yreka", "Weed", "Yreka"]


def test_of_many_that_try_at_once_one_takes_the_turn(url, opened):
    stores = [opened(url) for _ in range(6)]
    with ThreadPoolExecutor(len(stores)) as pool:
        taken = list(pool.map(lambda store: store.take_turn(LINK, 30)[0], stores))
    assert taken.count(True) == 1

"""The turns table: one row a sheet says which process looks at it next, and how the last look ended.

Looking twice at a sheet does no harm, so nobody is elected: a process takes the next turn, looks, and writes what it
saw unless a later turn has been written meanwhile.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from cwac.clock import read_clock
from cwac.model import Workbook
from cwac.storage.store import Store, Version
from cwac.storage.tables import turns
from cwac.storage.versions import keep_in

LONGEST_PAUSE = 3600.0
"""Seconds that a Retry-After may lie ahead. One further ahead is a mistake of some clock, and ignored."""


@dataclass(frozen=True, slots=True)
class TurnRow:
    """The row of one sheet. Times are seconds since 1970 by the database's clock; `now` is when it was read.

    `kept_turn` is the last turn whose look was written; `looked_at` is when that look began, `version` the version
    shown since, and `state` what else the other processes must know, written by the poller.
    """

    sheet: str
    turn: int
    taken_at: float
    not_before: float
    kept_turn: int
    looked_at: dt.datetime | None
    version: int | None
    state: str
    now: float

    @property
    def pause(self) -> float:
        """Seconds until the source may be asked again, after it has asked for a pause."""
        pause = self.not_before - self.now
        return pause if 0 < pause <= LONGEST_PAUSE else 0.0

    def seconds_until_due(self, interval: float) -> float:
        """Seconds until a process that looks once an `interval` may take the next turn."""
        since = self.now - self.taken_at
        return max(self.pause, interval - since if since >= 0 else 0.0, 0.0)


def read(store: Store, sheet: str) -> TurnRow | None:
    """The row of that sheet; None before its first turn. Raises `StoreTrouble`."""
    with store.reading() as connection:
        return _row(connection, sheet)


def take(store: Store, sheet: str, wait: float, own: int | None = None) -> tuple[bool, TurnRow]:
    """Take the next turn if the last was taken `wait` seconds ago, or is `own`: whether that worked, and the row."""
    with store.writing(f"turn {sheet}") as connection:
        now = _now(connection)
        if _row(connection, sheet) is None:
            first = {"turn": 0, "taken_at": 0.0, "not_before": 0.0, "kept_turn": 0, "state": ""}
            connection.execute(turns.insert().values(sheet=sheet, **first))
        is_free = (turns.c.taken_at <= now - wait) | (turns.c.taken_at > now) | (turns.c.turn == own)
        may_ask = (turns.c.not_before <= now) | (turns.c.not_before > now + LONGEST_PAUSE)
        taken = connection.execute(
            turns.update().where(turns.c.sheet == sheet, is_free, may_ask).values(turn=turns.c.turn + 1, taken_at=now)
        )
        row = _row(connection, sheet)
        assert row is not None
        return taken.rowcount == 1, row


def finish(
    store: Store,
    sheet: str,
    turn: int,
    looked_at: dt.datetime,
    pause: float,
    workbooks: Sequence[tuple[Workbook, bool]],
    outcome: Callable[[Sequence[Version], str], tuple[int | None, str]],
) -> bool:
    """Keep what was seen in a turn, each workbook with whether it is good, and write its outcome, or nothing at all.

    False if a later turn has been written, or the row is from before this turn (a restored database). `outcome` is
    called with the versions kept and the row's present state, and returns the version shown and the new state. Raises
    `StoreTrouble`.
    """
    packed = [store.pack(workbook) for workbook, _ in workbooks]
    with store.writing("versions") as connection:
        row = _row(connection, sheet, lock=True)
        if row is None or not row.kept_turn < turn <= row.turn:
            return False
        versions = [
            keep_in(connection, workbook, good, bodies)
            for (workbook, good), bodies in zip(workbooks, packed, strict=True)
        ]
        version, state = outcome(versions, row.state)
        not_before = row.now + min(pause, LONGEST_PAUSE) if pause > 0 else row.not_before
        values = {"kept_turn": turn, "looked_at": looked_at, "version": version, "state": state}
        connection.execute(turns.update().where(turns.c.sheet == sheet).values(values | {"not_before": not_before}))
    return True


def _row(connection: sa.Connection, sheet: str, *, lock: bool = False) -> TurnRow | None:
    query = sa.select(turns, _now(connection)).where(turns.c.sheet == sheet)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else TurnRow(*row)


def _now(connection: sa.Connection) -> sa.ColumnElement[float]:
    """The database's clock, in seconds since 1970. SQLite has no other than that of this machine."""
    if connection.dialect.name == "postgresql":
        return sa.cast(sa.func.extract("epoch", sa.func.clock_timestamp()), sa.Float(53))
    return sa.literal(read_clock().timestamp(), sa.Float(53))

"""The audit table: who did what and when, without contents, and the claims that keep repeated entries out."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from cwac.storage import tables

BACKUP = "backup"
"""The claim that says when the store was last backed up."""


_DISORDER = dt.timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the audit. `person` is an address, a command line's user or `ANONYMOUS`."""

    at: dt.datetime
    person: str
    action: str


def add(connection: sa.Connection, now: dt.datetime, person: str, action: str) -> None:
    """Add an entry."""
    connection.execute(tables.audit.insert().values(at=now, who=person, what=action))


def latest(connection: sa.Connection, limit: int) -> tuple[Entry, ...]:
    """The latest entries, newest first."""
    table = tables.audit.c
    query = sa.select(table.at, table.who, table.what).order_by(table.id.desc()).limit(limit)
    return tuple(Entry(*row) for row in connection.execute(query))


def forget(connection: sa.Connection, before: dt.datetime) -> int:
    """Delete the entries, claims but `BACKUP`, and sent messages from before that time; how many entries went."""
    connection.execute(tables.sent_messages.delete().where(tables.sent_messages.c.at < before))
    claims = tables.claims
    connection.execute(claims.delete().where(claims.c.at < before, claims.c.name != BACKUP))
    return connection.execute(tables.audit.delete().where(tables.audit.c.at < before)).rowcount


def confirmed_time(connection: sa.Connection, now: dt.datetime) -> dt.datetime | None:
    """The newest stored time that is a day older than `now`, up to which old rows may be deleted; None without one.

    A clock that is ahead for a while would delete all: it is believed once rows of the day before agree with it.
    """
    columns = tables.audit.c.at, tables.versions.c.at, tables.versions.c.seen_at
    found = [
        connection.execute(sa.select(sa.func.max(column)).where(column <= now - dt.timedelta(days=1))).scalar()
        for column in columns
    ]
    return max(filter(None, found), default=None)


def claim(connection: sa.Connection, name: str, period: dt.timedelta, now: dt.datetime) -> bool:
    """Claim `name` for that long; False where any process has claimed it within the period.

    Several processes write their claims in another order than they made them, so a claim may be a little later than
    `now`. One that is further ahead comes from a wrong clock.
    """
    table = tables.claims
    claimed_at = connection.execute(sa.select(table.c.at).where(table.c.name == name)).scalar()
    if claimed_at is not None and -min(period, _DISORDER) < now - claimed_at < period:
        return False
    if claimed_at is None:
        connection.execute(table.insert().values(name=name, at=now))
    else:
        connection.execute(table.update().where(table.c.name == name).values(at=now))
    return True

"""When each person was last here, by a digest of their address: nothing else is ever asked."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from cwac.storage import tables

SESSION = dt.timedelta(minutes=30)
"""A viewer who was away for longer begins a new visit."""

_table = tables.visits.c


def record(connection: sa.Connection, person: str, now: dt.datetime) -> dt.datetime | None:
    """Note that this person is here; return when they were last here before this visit, None at the first."""
    row = connection.execute(sa.select(tables.visits).where(_table.who_digest == person)).one_or_none()
    if row is None:
        connection.execute(tables.visits.insert().values(who_digest=person, last_at=now))
        return None
    before: dt.datetime | None = row.last_at if now - row.last_at > SESSION else row.before_at
    if before is not None and before > now:
        before = None  # by a clock that was ahead, as is `last_at` then
    if not dt.timedelta() <= row.last_at - now < SESSION:
        update = tables.visits.update().where(_table.who_digest == person)
        connection.execute(update.values(last_at=now, before_at=before))
    return before


def before(connection: sa.Connection, person: str) -> dt.datetime | None:
    """When this person was last here before their latest visit."""
    return connection.execute(sa.select(_table.before_at).where(_table.who_digest == person)).scalar()


def digest_of(email: str) -> str:
    """The digest of a person's address, the same in any capitalization."""
    return tables.digest(email.casefold())

"""Feed tokens: the secret part of a private calendar's address, stored as its SHA-256."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from cwac.storage import tables

_table = tables.tokens.c


@dataclass(frozen=True, slots=True)
class Token:
    """A feed token without its text. `scope` says what the feed may show, as its maker wrote it."""

    id: int
    scope: str
    made_by: str
    made_at: dt.datetime
    expires_at: dt.datetime | None
    revoked_at: dt.datetime | None


class TooManyTokens(Exception):  # noqa: N818 - no mistake of the program
    """This person has as many tokens in force as one person may have."""


def create(
    connection: sa.Connection,
    scope: str,
    made_by: str,
    now: dt.datetime,
    expires_at: dt.datetime | None,
    limit: int | None,
) -> str:
    """Store a new token and return its text. Raises `TooManyTokens` where its maker has `limit` in force already."""
    if limit is not None and _in_force(connection, made_by, now) >= limit:
        raise TooManyTokens
    text = secrets.token_urlsafe(32)
    row = {
        "digest": tables.digest(text),
        "scope": scope,
        "made_by": made_by,
        "made_at": now,
        "expires_at": expires_at,
    }
    connection.execute(tables.tokens.insert().values(row))
    return text


def find(connection: sa.Connection, text: str, now: dt.datetime) -> Token | None:
    """The token with that text, unless it is revoked or expired."""
    query = sa.select(tables.tokens).where(_table.digest == tables.digest(text), _table.revoked_at.is_(None))
    row = connection.execute(query).one_or_none()
    return None if row is None or (row.expires_at is not None and row.expires_at <= now) else _token(row)


def made_by(connection: sa.Connection, maker: str | None) -> tuple[Token, ...]:
    """The tokens of that person, or all, newest first, those revoked or expired included."""
    query = sa.select(tables.tokens).order_by(_table.id.desc())
    rows = connection.execute(query if maker is None else query.where(_table.made_by == maker))
    return tuple(_token(row) for row in rows)


def revoke(connection: sa.Connection, number: int, now: dt.datetime) -> bool:
    """Revoke a token; False where none of that number is unrevoked."""
    in_force = tables.tokens.update().where(_table.id == number, _table.revoked_at.is_(None))
    return connection.execute(in_force.values(revoked_at=now)).rowcount > 0


def _in_force(connection: sa.Connection, maker: str, now: dt.datetime) -> int:
    """How many of this person's tokens are neither revoked nor expired."""
    unexpired = _table.expires_at.is_(None) | (_table.expires_at > now)
    unrevoked = (_table.made_by == maker) & _table.revoked_at.is_(None)
    query = sa.select(sa.func.count()).select_from(tables.tokens)
    return connection.execute(query.where(unrevoked & unexpired)).scalar_one()


def _token(row: sa.Row[Any]) -> Token:
    return Token(row.id, row.scope, row.made_by, row.made_at, row.expires_at, row.revoked_at)

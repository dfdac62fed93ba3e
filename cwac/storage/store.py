"""What outlives the process: versions of each workbook, turns to look, feed tokens, the audit, and people's visits."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass

import sqlalchemy as sa

from cwac.clock import read_clock
from cwac.model import Workbook
from cwac.storage import tables, versions
from cwac.storage.database import StoreTrouble as StoreTrouble
from cwac.storage.tables import digest
from cwac.storage.versions import Purged as Purged
from cwac.storage.versions import PurgedText as PurgedText
from cwac.storage.versions import TextToRemove, VersionStore
from cwac.storage.versions import Version as Version

BACKUP = "backup"
"""The claim that says when the store was last backed up."""

SESSION = dt.timedelta(minutes=30)
"""A viewer who was away for longer begins a new visit."""

_DISORDER = dt.timedelta(minutes=1)

LONGEST_PAUSE = 3600.0
"""Seconds that a Retry-After may lie ahead. One further ahead is a mistake of some clock, and ignored."""

_visits, _tokens, _turns = tables.visits.c, tables.tokens.c, tables.turns.c


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the audit. `person` is an address, a command line's user or `ANONYMOUS`."""

    at: dt.datetime
    person: str
    action: str


@dataclass(frozen=True, slots=True)
class Token:
    """A feed token without its text. `scope` says what the feed may show, as its maker wrote it."""

    id: int
    scope: str
    made_by: str
    made_at: dt.datetime
    expires_at: dt.datetime | None
    revoked_at: dt.datetime | None


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


class TooManyTokens(Exception):  # noqa: N818 - no mistake of the program
    """This person has as many tokens in force as one person may have."""


def add_entry(connection: sa.Connection, now: dt.datetime, person: str, action: str) -> None:
    """Add an entry to the audit, in the caller's transaction."""
    connection.execute(tables.audit.insert().values(at=now, who=person, what=action))


class Store(VersionStore):
    """The database and what is stored in it: each method is a transaction of its own, and may raise `StoreTrouble`."""

    def last_good(self, source: str) -> Workbook | None:
        """The newest good copy of that source; None where there is no store or it is in trouble. Writes nothing."""
        with suppress(StoreTrouble), closing(Store(self._configured_url, read_only=self.file is not None)) as store:
            version = store.latest(source) if self.is_there else None
            return None if version is None else store.load(version)
        return None

    # --- turns: one row a sheet says which process looks at it next, and how the last look ended -----------------
    # Looking twice at a sheet does no harm, so nobody is elected: a process takes the next turn, looks, and writes what
    # it saw unless a later turn has been written meanwhile.

    def turn(self, sheet: str) -> TurnRow | None:
        """The row of that sheet; None before its first turn."""
        with self.reading() as connection:
            return _turn(connection, sheet)

    def take_turn(self, sheet: str, wait: float, own: int | None = None) -> tuple[bool, TurnRow]:
        """Take the next turn if the last is `wait` seconds ago, or is `own`: whether that worked, and the row."""
        with self.writing(f"turn {sheet}") as connection:
            now = _now(connection)
            if _turn(connection, sheet) is None:
                first = {"turn": 0, "taken_at": 0.0, "not_before": 0.0, "kept_turn": 0, "state": ""}
                connection.execute(tables.turns.insert().values(sheet=sheet, **first))
            is_free = (_turns.taken_at <= now - wait) | (_turns.taken_at > now) | (_turns.turn == own)
            may_ask = (_turns.not_before <= now) | (_turns.not_before > now + LONGEST_PAUSE)
            update = tables.turns.update().where(_turns.sheet == sheet, is_free, may_ask)
            taken = connection.execute(update.values(turn=_turns.turn + 1, taken_at=now))
            row = _turn(connection, sheet)
            assert row is not None
            return taken.rowcount == 1, row

    def finish_turn(
        self,
        sheet: str,
        turn: int,
        looked_at: dt.datetime,
        pause: float,
        workbooks: Sequence[tuple[Workbook, bool]],
        outcome: Callable[[Sequence[Version], str], tuple[int | None, str]],
    ) -> bool:
        """Keep what was seen in a turn, each workbook with whether it is good, and its outcome, or nothing at all.

        False if a later turn has been written, or the row is from before this turn (a restored database). `outcome` is
        called with the versions kept and the row's present state, and returns the version shown and the new state.
        """
        packed = [self.pack(workbook) for workbook, _ in workbooks]
        with self.writing("versions") as connection:
            row = _turn(connection, sheet, lock=True)
            if row is None or not row.kept_turn < turn <= row.turn:
                return False
            kept = [
                versions.keep_in(connection, workbook, good, bodies)
                for (workbook, good), bodies in zip(workbooks, packed, strict=True)
            ]
            version, state = outcome(kept, row.state)
            not_before = row.now + min(pause, LONGEST_PAUSE) if pause > 0 else row.not_before
            values = {"kept_turn": turn, "looked_at": looked_at, "version": version, "state": state}
            update = tables.turns.update().where(_turns.sheet == sheet)
            connection.execute(update.values(values | {"not_before": not_before}))
        return True

    def purge(self, number: int, person: str, why: str, now: dt.datetime) -> Purged | None:
        """Delete a version for good, cells included, and audit it; None where there is none of that number."""
        with self.writing("versions") as connection:
            purged = versions.purge(connection, number, dry_run=False)
            if purged is None:
                return None
            add_entry(connection, now, person, f"purged version {number} of {purged.version.at.isoformat()}: {why}")
        self.vacuum()
        return purged

    def find_to_purge(self, number: int) -> Purged | None:
        """The version that `purge` would delete."""
        with self.reading() as connection:
            return versions.purge(connection, number, dry_run=True)

    def purge_text(
        self, text: TextToRemove, person: str, action: str, now: dt.datetime, *, dry_run: bool = False
    ) -> PurgedText:
        """Take a text out of all versions, which keep their numbers, and audit it as `action`; or only find it."""
        file = self.file
        beside = sorted(file.parent.glob(f"{file.name}.*-*")) if file is not None else []
        with self.reading() if dry_run else self.writing("versions") as connection:
            purged = versions.purge_text(connection, text, beside, dry_run=dry_run)
            if dry_run or not (purged.versions or purged.messages or purged.told):
                return purged
            add_entry(connection, now, person, action)
        self.vacuum()
        return purged

    def audit(self, person: str, action: str, now: dt.datetime) -> None:
        with self.writing("audit") as connection:
            add_entry(connection, now, person, action)

    def audited(self, limit: int = 100) -> tuple[Entry, ...]:
        """The latest entries of the audit, newest first."""
        table = tables.audit.c
        query = sa.select(table.at, table.who, table.what).order_by(table.id.desc()).limit(limit)
        return tuple(Entry(*row) for row in self.rows(query))

    def forget_audit(self, before: dt.datetime) -> int:
        """Delete entries, claims but `BACKUP`, and sent messages from before that time; how many entries went."""
        claims, sent = tables.claims, tables.sent_messages
        with self.writing("audit") as connection:
            connection.execute(sent.delete().where(sent.c.at < before))
            connection.execute(claims.delete().where(claims.c.at < before, claims.c.name != BACKUP))
            return connection.execute(tables.audit.delete().where(tables.audit.c.at < before)).rowcount

    def confirmed_time(self, now: dt.datetime) -> dt.datetime | None:
        """The newest stored time that is a day older than `now`, up to which old rows may be deleted; None without one.

        A clock that is ahead for a while would delete all: it is believed once rows of the day before agree with it.
        """
        columns = tables.audit.c.at, tables.versions.c.at, tables.versions.c.seen_at
        until = now - dt.timedelta(days=1)
        found = (self.rows(sa.select(sa.func.max(column)).where(column <= until))[0][0] for column in columns)
        return max(filter(None, found), default=None)

    def claim(self, name: str, seconds: float, now: dt.datetime) -> bool:
        """True for one caller in each period of `seconds`, among all processes that share the store.

        Several processes write their claims in another order than they made them, so a claim may be a little later
        than `now`. One that is further ahead comes from a wrong clock.
        """
        table, period = tables.claims, dt.timedelta(seconds=seconds)
        with self.writing(f"claim {name}") as connection:
            claimed_at = connection.execute(sa.select(table.c.at).where(table.c.name == name)).scalar()
            if claimed_at is None:
                connection.execute(table.insert().values(name=name, at=now))
                return True
            if -min(period, _DISORDER) < now - claimed_at < period:
                return False
            connection.execute(table.update().where(table.c.name == name).values(at=now))
            return True

    # --- visits: when each person was last here, by a digest of their address; nothing else is ever asked --------

    def record_visit(self, address: str, now: dt.datetime) -> dt.datetime | None:
        """Note that this person is here; when they were last here before this visit, None at the first."""
        person = digest(address.casefold())
        with self.writing(f"visit {person}") as connection:
            row = connection.execute(sa.select(tables.visits).where(_visits.who_digest == person)).one_or_none()
            if row is None:
                connection.execute(tables.visits.insert().values(who_digest=person, last_at=now))
                return None
            before: dt.datetime | None = row.last_at if now - row.last_at > SESSION else row.before_at
            if before is not None and before > now:
                before = None  # by a clock that was ahead, as is `last_at` then
            if not dt.timedelta() <= row.last_at - now < SESSION:
                update = tables.visits.update().where(_visits.who_digest == person)
                connection.execute(update.values(last_at=now, before_at=before))
            return before

    def last_visit(self, address: str) -> dt.datetime | None:
        """When this person was last here before their latest visit."""
        query = sa.select(_visits.before_at).where(_visits.who_digest == digest(address.casefold()))
        return next((moment for (moment,) in self.rows(query)), None)

    # --- feed tokens: the secret part of a private calendar's address, stored as its SHA-256 ---------------------

    def create_token(
        self,
        scope: str,
        made_by: str,
        now: dt.datetime,
        expires_at: dt.datetime | None = None,
        limit: int | None = None,
    ) -> str:
        """Make a feed token and return its text, which is stored nowhere; raises `TooManyTokens` at the limit."""
        text = secrets.token_urlsafe(32)
        unexpired = _tokens.expires_at.is_(None) | (_tokens.expires_at > now)
        in_force = (_tokens.made_by == made_by) & _tokens.revoked_at.is_(None) & unexpired
        count = sa.select(sa.func.count()).select_from(tables.tokens).where(in_force)
        row = {"scope": scope, "made_by": made_by, "made_at": now, "expires_at": expires_at}
        with self.writing("token") as connection:
            if limit is not None and connection.execute(count).scalar_one() >= limit:
                raise TooManyTokens
            connection.execute(tables.tokens.insert().values(digest=digest(text), **row))
            add_entry(connection, now, made_by, f"made a feed token: {scope}")
        return text

    def find_token(self, text: str, now: dt.datetime) -> Token | None:
        """The token with that text, unless it is unknown, revoked or expired."""
        (token,) = self._tokens_with(_tokens.digest == digest(text), _tokens.revoked_at.is_(None)) or (None,)
        return None if token is None or (token.expires_at is not None and token.expires_at <= now) else token

    def tokens(self, made_by: str | None = None) -> tuple[Token, ...]:
        """The tokens of that person, or all, newest first, those revoked or expired included."""
        return self._tokens_with(*([] if made_by is None else [_tokens.made_by == made_by]))

    def _tokens_with(self, *conditions: sa.ColumnElement[bool]) -> tuple[Token, ...]:
        columns = (column for column in _tokens if column.name != "digest")
        query = sa.select(*columns).where(*conditions).order_by(_tokens.id.desc())
        return tuple(Token(*row) for row in self.rows(query))

    def revoke_token(self, number: int, person: str, now: dt.datetime) -> bool:
        """Revoke a token at once; False where none of that number is unrevoked."""
        in_force = tables.tokens.update().where(_tokens.id == number, _tokens.revoked_at.is_(None))
        with self.writing("token") as connection:
            revoked = connection.execute(in_force.values(revoked_at=now)).rowcount > 0
            if revoked:
                add_entry(connection, now, person, f"revoked feed token {number}")
            return revoked


def _turn(connection: sa.Connection, sheet: str, *, lock: bool = False) -> TurnRow | None:
    query = sa.select(tables.turns, _now(connection)).where(_turns.sheet == sheet)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else TurnRow(*row)


def _now(connection: sa.Connection) -> sa.ColumnElement[float]:
    """The database's clock, in seconds since 1970. SQLite has no other than that of this machine."""
    if connection.dialect.name == "postgresql":
        return sa.cast(sa.func.extract("epoch", sa.func.clock_timestamp()), sa.Float(53))
    return sa.literal(read_clock().timestamp(), sa.Float(53))

"""What outlives the process, in SQLite or PostgreSQL: versions of the workbook, feed tokens, audit, last visits."""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
import json
import logging
import os
import secrets
import shutil
import sqlite3
import threading
import time
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import platformdirs
import sqlalchemy as sa
from sqlalchemy import exc

from cwac.model import Merge, Tab, Workbook, content_hash, tab_hash
from cwac.storage.text_removal import TextToRemove

_log = logging.getLogger(__name__)

BUSY_SECONDS = 5
"""How long to wait for another process that writes, before saying that the store is locked."""

FORMAT = b"1"
"""Written before each kept tab, so that a later way of packing can tell its own from this one."""

SEEN_EVERY = dt.timedelta(minutes=1)
"""How often it is written down that a version still is what the sheet holds."""

HEAD = "r0005"
"""The last step in `migrations/versions`: where it has been taken, opening needs no Alembic, which is slow to load."""

SESSION = dt.timedelta(minutes=30)
"""A viewer who was away for longer comes for a new visit."""

IDLE_SECONDS = 10
"""After which PostgreSQL ends a transaction in which nothing happens: a process that was stopped must hold no locks."""

QUIET_SECONDS = 10
"""Seconds until a PostgreSQL connection whose packets nobody acknowledges is given up."""

_TRANSACTION_LEFT_ALONE = "25P03"
"""What PostgreSQL says of one that it has ended for that."""

REST_SECONDS = 10
"""Who has waited for one in vain has everybody else told so at once, for so long: a page must not hang at each call."""


class StoreTrouble(Exception):  # noqa: N818 - the name says what happened, to people
    """The store cannot be used at the moment. The dashboard goes on without it: it then keeps nothing.

    `cause` is one of `disk-full`, `locked`, `corrupt`, `read-only`, `unreachable`, `refused`, `too-new`, `bad-address`,
    `no-driver`, `unusable`; `sentence` and `remedy` are fit to be shown.
    """

    def __init__(self, cause: str, sentence: str, remedy: str) -> None:
        super().__init__(f"{sentence} {remedy}")
        self.cause = cause
        self.sentence = sentence
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Version:
    """One kept state of a workbook. `source` is its `identity`; not `good`: kept, but never shown.

    `at` (UTC) is the workbook's `as_of` when it was first seen so, `seen_at` when last, to a minute.
    """

    id: int
    source: str
    at: dt.datetime
    seen_at: dt.datetime
    content_hash: str
    good: bool
    timezone: str
    locale: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Purged:
    """What a purge took away. `also_in` are other versions that still hold one of its tabs, cell for cell."""

    version: Version
    also_in: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PurgedText:
    """Where a text was found: in which versions, how many cells by tab (a tab counts for each version that has it).

    `newest` are the sources whose newest version held it, so the sheet itself may hold it still. `lines` of the audit
    hold it too, which are left as they are. `unreadable` versions could not be searched. `beside` are files that may
    hold it and were not searched.
    """

    versions: tuple[int, ...]
    cells: dict[str, int]
    newest: tuple[str, ...]
    lines: int
    unreadable: tuple[int, ...]
    beside: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Token:
    """A feed's token, without its secret. `scope` says what the feed may show, in the words of whoever made it."""

    id: int
    scope: str
    made_by: str
    made_at: dt.datetime
    expires_at: dt.datetime | None
    revoked_at: dt.datetime | None


class TooManyTokens(Exception):  # noqa: N818 - no mistake of the program
    """Somebody has as many tokens in force as one person may have."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the audit."""

    at: dt.datetime
    who: str
    what: str


# --- tables ------------------------------------------------------------------------------------------------------


class _Moment(sa.TypeDecorator[dt.datetime]):
    """An aware time as ISO text in UTC: the same in both databases, sorts as it should, and people can read it."""

    impl = sa.String(32)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: sa.Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else value.astimezone(dt.UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> dt.datetime | None:  # noqa: ARG002
        return None if value is None else dt.datetime.fromisoformat(value)


_tables = sa.MetaData()
_tabs = sa.Table(
    "tabs",
    _tables,
    sa.Column("hash", sa.String(64), primary_key=True),
    sa.Column("body", sa.LargeBinary),
)
_versions = sa.Table(
    "versions",
    _tables,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("source", sa.Text),
    sa.Column("at", _Moment),
    sa.Column("seen_at", _Moment),
    sa.Column("content_hash", sa.String(64)),
    sa.Column("good", sa.Boolean),
    sa.Column("timezone", sa.Text),
    sa.Column("locale", sa.Text),
    sa.Column("url", sa.Text),
)
_version_tabs = sa.Table(
    "version_tabs",
    _tables,
    sa.Column("version_id", sa.Integer, primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("hash", sa.String(64)),
)
_tokens = sa.Table(
    "tokens",
    _tables,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("digest", sa.String(64)),
    sa.Column("scope", sa.Text),
    sa.Column("made_by", sa.Text),
    sa.Column("made_at", _Moment),
    sa.Column("expires_at", _Moment),
    sa.Column("revoked_at", _Moment),
)
_audit = sa.Table(
    "audit",
    _tables,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", _Moment),
    sa.Column("who", sa.Text),
    sa.Column("what", sa.Text),
)
_visits = sa.Table(
    "visits",
    _tables,
    sa.Column("who_digest", sa.String(64), primary_key=True),
    sa.Column("last_at", _Moment),
    sa.Column("before_at", _Moment),
)
_traces = sa.Table(
    "traces",
    _tables,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("version_id", sa.Integer),
    sa.Column("body", sa.LargeBinary),
    sa.Column("made", sa.LargeBinary),
)
_claims = sa.Table(
    "claims",
    _tables,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("at", _Moment),
)
turns = sa.Table(
    "turns",
    _tables,
    sa.Column("sheet", sa.Text, primary_key=True),
    sa.Column("turn", sa.Integer),
    sa.Column("taken_at", sa.Float(53)),
    sa.Column("not_before", sa.Float(53)),
    sa.Column("kept_turn", sa.Integer),
    sa.Column("looked_at", _Moment),
    sa.Column("version", sa.Integer),
    sa.Column("state", sa.Text),
)


# --- the store ---------------------------------------------------------------------------------------------------


class Store:
    """One store. Opens (and, where needed, migrates) at first use; every method may raise `StoreTrouble`.

    After trouble the next call tries again from the start (where it took long to say so, after `REST_SECONDS`), so a
    store mends itself once the disk has room again, the lock is gone or the server is back. A corrupt SQLite file is
    moved aside, never deleted: `moved_aside` says where.
    """

    def __init__(self, url: str | None = None, *, busy_seconds: float = BUSY_SECONDS, read_only: bool = False) -> None:
        self.moved_aside: Path | None = None
        self.begun_anew = 0
        """How often the SQLite file was found deleted, moved or replaced while it was in use."""
        self._read_only = read_only
        self._stamp: tuple[int, int] | None = None
        self._given = url or f"sqlite:///{default_path()}"
        self._busy_seconds = busy_seconds
        self._engine: sa.Engine | None = None
        self._opening = threading.RLock()
        self._rests: tuple[float, StoreTrouble] | None = None
        """Until when, by the monotonic clock, nobody tries, and why."""

    @classmethod
    def open(cls, url: str | None = None, *, busy_seconds: float = BUSY_SECONDS) -> Store:
        """The store at that address (`sqlite:///…`, `postgresql+psycopg://…`; default: in the user's data folder)."""
        store = cls(url, busy_seconds=busy_seconds)
        with store.reading():
            return store

    def or_read_only(self) -> Store:
        """This store, or where its disk cannot be written to, the same for reading alone."""
        try:
            with self.reading():
                return self
        except StoreTrouble as trouble:
            if trouble.cause != "read-only" or self._file is None or not self._file.exists():
                raise
            return Store(self._given, busy_seconds=self._busy_seconds, read_only=True)

    def last_good(self, source: str) -> Workbook | None:
        """The last good copy of that source, where there is a store and it can be read; makes and changes nothing."""
        try:
            if self._file is not None and not self._file.exists():
                return None
            store = Store(self._given, read_only=True) if self._file is not None else self
            try:
                version = store.latest(source)
                return None if version is None else store.load(version)
            finally:
                store.close()
        except (StoreTrouble, exc.ArgumentError):
            return None

    def look_at_the_file(self) -> int:
        """See whether the file is still there, and begin a new one if not; how often that has been so."""
        with self._told():
            self._opened()
        return self.begun_anew

    def close(self) -> None:
        """Let go of the connections. The store may be used again."""
        with self._opening:
            engine, self._engine = self._engine, None
            if engine is not None:
                engine.dispose()

    @property
    def address(self) -> str:
        """Where it is, without a password, which may stand among the parameters too."""
        try:
            return sa.make_url(self._given).set(query={}).render_as_string(hide_password=True)
        except exc.ArgumentError:
            return "the address given"

    @property
    def is_there(self) -> bool:
        """Whether there is something to open: False where that would make a new file."""
        try:
            return self._file is None or self._file.exists()
        except exc.ArgumentError:
            return True  # opening says what is wrong with the address

    # --- versions ------------------------------------------------------------------------------------------------

    def keep(self, workbook: Workbook, *, good: bool = True) -> Version:
        """Keep this state of the workbook, whole or not at all; the last version again where nothing changed.

        With `good`, a last version that was not so far becomes good.
        """
        source = identity(workbook)
        with self.reading() as connection:
            last = _last(connection, source)
            if last is not None and not _changed(last, workbook, good):
                return last
        with self.writing("versions") as connection:
            last = _last(connection, source)
            is_another = last is None or last.content_hash != workbook.content_hash
            if is_another and (late := _late(connection, source, workbook, last)):
                return late
            return self.keep_in(connection, workbook, good)

    def keep_in(self, connection: sa.Connection, workbook: Workbook, good: bool) -> Version:
        """Keep this state of the workbook within the transaction of the caller, who is `writing("versions")`."""
        source = identity(workbook)
        last = _last(connection, source)
        if last is not None and last.content_hash == workbook.content_hash:
            if not _changed(last, workbook, good):
                return last
            now = {"good": last.good or good, "seen_at": max(last.seen_at, workbook.as_of)}
            connection.execute(_versions.update().where(_versions.c.id == last.id).values(now))
            return _version(connection, last.id)
        by_hash = {tab_hash(tab): tab for tab in workbook.tabs}
        hashes = [tab_hash(tab) for tab in workbook.tabs]
        for one in by_hash.keys() - _known(connection, hashes):
            connection.execute(_tabs.insert().values(hash=one, body=_pack(by_hash[one])))
        inserted = connection.execute(
            _versions.insert().values(
                source=source,
                at=workbook.as_of,
                seen_at=workbook.as_of,
                content_hash=workbook.content_hash,
                good=good,
                timezone=workbook.timezone,
                locale=workbook.locale,
                url=workbook.url,
            )
        )
        assert inserted.inserted_primary_key is not None
        number = int(inserted.inserted_primary_key[0])
        if hashes:
            connection.execute(
                _version_tabs.insert(),
                [{"version_id": number, "position": at, "hash": one} for at, one in enumerate(hashes)],
            )
        return _version(connection, number)

    def latest(self, source: str) -> Version | None:
        """The last good version of that source."""
        return self._one(_versions.c.source == source, _versions.c.good.is_(True))

    def as_of(self, source: str, moment: dt.datetime) -> Version | None:
        """The good version that was the last one at that (aware) moment."""
        return self._one(_versions.c.source == source, _versions.c.good.is_(True), _versions.c.at <= moment)

    def oldest(self, source: str) -> Version | None:
        """The first good version of that source that is still kept."""
        return self._one(_versions.c.source == source, _versions.c.good.is_(True), last=False)

    def before(self, version: Version) -> Version | None:
        """The good version of the same source before this one."""
        ours = (_versions.c.source == version.source, _versions.c.good.is_(True))
        return self._one(*ours, _versions.c.id < version.id)

    def _one(self, *conditions: sa.ColumnElement[bool], last: bool = True) -> Version | None:
        query = sa.select(_versions).where(*conditions).limit(1)
        with self.reading() as connection:
            row = connection.execute(query.order_by(_versions.c.id.desc() if last else _versions.c.id)).one_or_none()
            return None if row is None else Version(**row._mapping)

    def version(self, number: int) -> Version | None:
        """The version of that number, if it is (still) kept."""
        return self._one(_versions.c.id == number)

    def versions(self, source: str | None = None) -> tuple[Version, ...]:
        """The versions of that source, or of all, newest first; those never shown included."""
        query = sa.select(_versions).order_by(_versions.c.id.desc())
        with self.reading() as connection:
            rows = connection.execute(query if source is None else query.where(_versions.c.source == source))
            return tuple(Version(**row._mapping) for row in rows)

    def count(self) -> int:
        """How many versions are kept, of all sources."""
        with self.reading() as connection:
            return int(connection.execute(sa.select(sa.func.count()).select_from(_versions)).scalar() or 0)

    def sizes(self) -> dict[int, int]:
        """Bytes that each version takes as it is kept; tabs that several of them share count for each."""
        query = (
            sa.select(_version_tabs.c.version_id, sa.func.sum(sa.func.length(_tabs.c.body)))
            .join(_tabs, _tabs.c.hash == _version_tabs.c.hash)
            .group_by(_version_tabs.c.version_id)
        )
        with self.reading() as connection:
            return {int(number): int(size) for number, size in connection.execute(query)}

    def load(self, version: Version) -> Workbook:
        """The workbook as it was. Trailing blank cells, which say nothing, may be gone."""
        with self.reading() as connection:
            query = (
                sa.select(_tabs.c.body)
                .join(_version_tabs, _version_tabs.c.hash == _tabs.c.hash)
                .where(_version_tabs.c.version_id == version.id)
                .order_by(_version_tabs.c.position)
            )
            bodies = connection.execute(query).scalars().all()
        unreadable = StoreTrouble(
            "corrupt",
            f"Version {version.id} of the sheet can no longer be read from the store.",
            "The others can. Purge it, or bring back the store from a backup.",
        )
        try:
            workbook = Workbook(
                source=version.source,
                as_of=version.at.astimezone(ZoneInfo(version.timezone)),
                timezone=version.timezone,
                tabs=tuple(_unpack(body) for body in bodies),
                locale=version.locale,
                url=version.url,
            )
        except (zlib.error, ValueError, TypeError, LookupError) as error:
            raise unreadable from error
        if workbook.content_hash != version.content_hash:
            raise unreadable
        return workbook

    def purge(self, number: int, who: str, why: str, now: dt.datetime) -> Purged | None:
        """Take a version away for good, cells included, and write down who did and why; None where there is none.

        The sheet itself must be mended first: what is in it still is kept again at the next look.
        """
        with self.writing("versions") as connection:
            row = connection.execute(sa.select(_versions).where(_versions.c.id == number)).one_or_none()
            if row is None:
                return None
            version = Version(**row._mapping)
            mine = sa.select(_version_tabs.c.hash).where(_version_tabs.c.version_id == number)
            others = sa.select(_version_tabs.c.version_id).where(
                _version_tabs.c.hash.in_(mine), _version_tabs.c.version_id != number
            )
            also_in = tuple(sorted(set(connection.execute(others).scalars())))
            _remove(connection, [number])
            _note(connection, now, who, f"purged version {number} of {version.at.isoformat()}: {why}")
        self._leave_no_trace()
        return Purged(version, also_in)

    def purge_text(
        self, text: TextToRemove, who: str, what: str, now: dt.datetime, *, dry_run: bool = False
    ) -> PurgedText:
        """Take a text out of all versions, whose hashes follow, and write down that (in the words of `what`) who did.

        With `dry_run` only find it. Versions keep their numbers and times, calendars what they know of events.
        """
        with self.reading() if dry_run else self.writing("versions") as connection:
            found, unreadable = _searched(connection, text)
            purged = self._where_found(connection, text, found, unreadable)
            if dry_run or not purged.versions:
                return purged
            for old, without in found.items():
                if not _known(connection, [without.hash]):
                    connection.execute(_tabs.insert().values(hash=without.hash, body=without.body))
                connection.execute(_version_tabs.update().where(_version_tabs.c.hash == old).values(hash=without.hash))
                connection.execute(_tabs.delete().where(_tabs.c.hash == old))
            for number in purged.versions:
                version = _version(connection, number)
                hashes = connection.execute(
                    sa.select(_version_tabs.c.hash)
                    .where(_version_tabs.c.version_id == number)
                    .order_by(_version_tabs.c.position)
                ).scalars()
                whole = content_hash(version.timezone, version.locale, hashes)
                connection.execute(_versions.update().where(_versions.c.id == number).values(content_hash=whole))
            for row in connection.execute(sa.select(turns.c.sheet, turns.c.state)).all():
                if text.is_in(row.state):
                    connection.execute(turns.update().where(turns.c.sheet == row.sheet).values(state=""))
            _note(connection, now, who, what)
        self._leave_no_trace()
        return purged

    def _where_found(
        self,
        connection: sa.Connection,
        text: TextToRemove,
        found: dict[str, _Without],
        unreadable: set[str],
    ) -> PurgedText:
        versions, damaged, cells = set(), set(), Counter[str]()
        for row in connection.execute(sa.select(_version_tabs.c.version_id, _version_tabs.c.hash)):
            if row.hash in unreadable:
                damaged.add(row.version_id)
            if row.hash in found:
                versions.add(row.version_id)
                cells[found[row.hash].title] += found[row.hash].cells
        newest = sa.select(_versions.c.source, sa.func.max(_versions.c.id)).group_by(_versions.c.source)
        lines = sum(text.is_in(what) for what in connection.execute(sa.select(_audit.c.what)).scalars())
        path = self._file
        beside = path.parent.glob(f"{path.name}.*-*") if path is not None else ()
        return PurgedText(
            versions=tuple(sorted(versions)),
            cells=dict(cells),
            newest=tuple(source for source, number in connection.execute(newest) if number in versions),
            lines=lines,
            unreadable=tuple(sorted(damaged)),
            beside=tuple(sorted(beside)),
        )

    def thin(self, source: str, before: dt.datetime) -> int:
        """Of the versions older than `before`, keep the last of each day (in its own zone); how many went."""
        with self.writing("versions") as connection:
            query = sa.select(_versions).where(_versions.c.source == source, _versions.c.at < before)
            last_of: dict[dt.date, int] = {}
            old: list[int] = []
            for row in connection.execute(query.order_by(_versions.c.id)):
                version = Version(**row._mapping)
                old.append(version.id)
                if version.good:
                    last_of[version.at.astimezone(ZoneInfo(version.timezone)).date()] = version.id
            kept = set(last_of.values())
            newest = connection.execute(
                sa.select(sa.func.max(_versions.c.id)).where(_versions.c.source == source)
            ).scalar()
            gone = [one for one in old if one not in kept and one != newest]
            _remove(connection, gone)
        return len(gone)

    # --- the audit, visits, tokens, claims -----------------------------------------------------------------------

    def audit(self, who: str, what: str, now: dt.datetime) -> None:
        """Write down what somebody did."""
        with self.writing("audit") as connection:
            _note(connection, now, who, what)

    def audited(self, most: int = 100) -> tuple[Entry, ...]:
        """The last entries of the audit, newest first."""
        with self.reading() as connection:
            query = sa.select(_audit.c.at, _audit.c.who, _audit.c.what).order_by(_audit.c.id.desc()).limit(most)
            return tuple(Entry(*row) for row in connection.execute(query))

    def forget_audit(self, before: dt.datetime) -> int:
        """Delete the entries of the audit from before then, and the claims, which only say what was done when."""
        with self.writing("audit") as connection:
            connection.execute(_claims.delete().where(_claims.c.at < before))
            return connection.execute(_audit.delete().where(_audit.c.at < before)).rowcount

    def record_visit(self, who: str, now: dt.datetime) -> dt.datetime | None:
        """Note that this person is here; when they were last here before this visit, None at the first.

        Who it is is kept as a digest: all that is ever asked is when the same person came last.
        """
        whose = digest(who.casefold())
        with self.writing(f"visit {whose}") as connection:
            row = connection.execute(sa.select(_visits).where(_visits.c.who_digest == whose)).one_or_none()
            if row is None:
                connection.execute(_visits.insert().values(who_digest=whose, last_at=now))
                return None
            before = row.last_at if now - row.last_at > SESSION else row.before_at
            if now > row.last_at:
                update = _visits.update().where(_visits.c.who_digest == whose)
                connection.execute(update.values(last_at=now, before_at=before))
            return before  # type: ignore[no-any-return]

    def last_visit(self, who: str) -> dt.datetime | None:
        """When this person was last here before the visit last recorded."""
        with self.reading() as connection:
            query = sa.select(_visits.c.before_at).where(_visits.c.who_digest == digest(who.casefold()))
            return connection.execute(query).scalar()

    def create_token(
        self,
        scope: str,
        made_by: str,
        now: dt.datetime,
        expires_at: dt.datetime | None = None,
        most: int | None = None,
    ) -> str:
        """Make a feed's token. Its text is returned this once; the store keeps only its SHA-256.

        Raises `TooManyTokens` where whoever makes it has `most` in force already.
        """
        text = secrets.token_urlsafe(32)
        row = {"digest": digest(text), "scope": scope, "made_by": made_by, "made_at": now, "expires_at": expires_at}
        with self.writing("token") as connection:
            if most is not None and _in_force(connection, made_by, now) >= most:
                raise TooManyTokens
            connection.execute(_tokens.insert().values(row))
            _note(connection, now, made_by, f"made a feed token: {scope}")
        return text

    def find_token(self, text: str, now: dt.datetime) -> Token | None:
        """The token of that text, unless it is unknown, revoked or expired."""
        with self.reading() as connection:
            query = sa.select(_tokens).where(_tokens.c.digest == digest(text), _tokens.c.revoked_at.is_(None))
            row = connection.execute(query).one_or_none()
        if row is None or (row.expires_at is not None and row.expires_at <= now):
            return None
        return _token(row)

    def tokens(self, made_by: str | None = None) -> tuple[Token, ...]:
        """The tokens that somebody made, or all, newest first; revoked and expired ones included."""
        query = sa.select(_tokens).order_by(_tokens.c.id.desc())
        with self.reading() as connection:
            rows = connection.execute(query if made_by is None else query.where(_tokens.c.made_by == made_by))
            return tuple(_token(row) for row in rows)

    def revoke_token(self, number: int, who: str, now: dt.datetime) -> bool:
        """End a token at once; False where there is none of that number in force."""
        with self.writing("token") as connection:
            mine = _tokens.update().where(_tokens.c.id == number, _tokens.c.revoked_at.is_(None))
            if connection.execute(mine.values(revoked_at=now)).rowcount == 0:
                return False
            _note(connection, now, who, f"revoked feed token {number}")
            return True

    def traces(self, source: str) -> tuple[int, bytes, bytes | None] | None:
        """What was last kept of the source's events for calendars, after up to which version it is.

        The last part, about events whose IDs were made, is None where an older release of this program kept the rest.
        """
        with self.reading() as connection:
            query = sa.select(_traces.c.version_id, _traces.c.body, _traces.c.made).where(_traces.c.source == source)
            row = connection.execute(query).one_or_none()
            if row is None:
                return None
            return row.version_id, zlib.decompress(row.body), None if row.made is None else zlib.decompress(row.made)

    def keep_traces(self, source: str, version: int, body: bytes, made: bytes) -> None:
        """Keep that in place of what was kept for an earlier version; never the other way."""
        with self.writing(f"traces {source}") as connection:
            ours = _traces.c.source == source
            kept = connection.execute(sa.select(_traces.c.version_id).where(ours)).scalar()
            values = {"version_id": version, "body": zlib.compress(body, 6), "made": zlib.compress(made, 6)}
            if kept is None:
                connection.execute(_traces.insert().values(source=source, **values))
            elif kept < version:
                connection.execute(_traces.update().where(ours).values(values))

    def claim(self, name: str, seconds: float, now: dt.datetime) -> bool:
        """Whether, of all processes that share this store, this one may do `name` now: once in so many seconds."""
        with self.writing(f"claim {name}") as connection:
            last = connection.execute(sa.select(_claims.c.at).where(_claims.c.name == name)).scalar()
            if last is not None and dt.timedelta(0) <= now - last < dt.timedelta(seconds=seconds):
                return False
            if last is None:
                connection.execute(_claims.insert().values(name=name, at=now))
            else:
                connection.execute(_claims.update().where(_claims.c.name == name).values(at=now))
            return True

    @property
    def is_shared(self) -> bool:
        """Whether processes on several machines can share it."""
        try:
            if self._url.get_backend_name() != "postgresql":
                return False
            import psycopg  # noqa: F401 - it may be installed and still lack the library that it speaks through
        except (exc.ArgumentError, ImportError):
            return False
        return True

    # --- connections ---------------------------------------------------------------------------------------------

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        with self._told(), self._opened().connect() as connection:
            yield connection.execution_options(cwac_writes=False)

    @contextmanager
    def writing(self, what: str) -> Iterator[sa.Connection]:
        """A transaction that no other one with the same `what` runs beside, in whatever process."""
        with self._told(), self._opened().connect() as connection:
            connection = connection.execution_options(cwac_writes=True)
            with connection.begin():
                if connection.dialect.name == "postgresql":
                    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_lock_number(what))))
                yield connection

    @contextmanager
    def _told(self) -> Iterator[None]:
        """The database's own errors become `StoreTrouble`."""
        began, resting = time.monotonic(), self._rests
        if resting is not None and began < resting[0]:
            raise StoreTrouble(resting[1].cause, resting[1].sentence, resting[1].remedy)
        try:
            yield
        except StoreTrouble:
            raise
        except (exc.SQLAlchemyError, sqlite3.Error, OSError, ImportError) as error:
            trouble = self._trouble(error)
            original = error.orig if isinstance(error, exc.DBAPIError) else error
            _log.warning("%s: %s (%s: %s)", self.address, trouble.cause, type(original).__name__, original)
            self.close()
            now = time.monotonic()
            stopped = getattr(original, "sqlstate", None) == _TRANSACTION_LEFT_ALONE  # not the database's fault
            if trouble.cause == "unreachable" and now - began > 1 and not stopped:
                self._rests = now + REST_SECONDS, trouble
            if trouble.cause == "corrupt":
                self._move_aside_if_corrupt()
            raise trouble from error

    def _opened(self) -> sa.Engine:
        with self._opening:
            if self._engine is not None and self._stamp is not None and _stamp(self._file) != self._stamp:
                self._leave_the_old_file()
            if self._engine is None:
                engine = self._connectable()
                try:
                    _migrate(engine)
                except BaseException:
                    engine.dispose()
                    raise
                self._engine, self._stamp = engine, _stamp(self._file)
            return self._engine

    def _leave_the_old_file(self) -> None:
        """Go on with the file that is at the path now, or a new one: what we have open is somewhere else, or gone.

        What the old one's journal holds is written into it, for whoever moved it. A journal that is left must not meet
        another file.
        """
        path, engine = self._file, self._engine
        assert path is not None
        assert engine is not None
        with suppress(exc.SQLAlchemyError, sqlite3.Error):
            raw = engine.raw_connection()
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            raw.close()
        self.close()
        self.begun_anew += 1
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _one_at_a_time(path):
            is_there = path.exists()
            if not is_there:
                stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%S%fZ")
                for ending in ("-wal", "-shm", "-journal"):
                    part = Path(f"{path}{ending}")
                    if part.exists() and ending != "-shm" and part.stat().st_size:
                        part.rename(f"{path}.gone-{stamp}{ending}")
                    else:
                        part.unlink(missing_ok=True)
                _make_private(path)
        what = "replaced: the other one is used" if is_there else "deleted or moved: a new one is begun"
        _log.error("While it was in use, the file with the history (%s) was %s", path, what)

    def _connectable(self) -> sa.Engine:
        url = self._url
        if url.get_backend_name() == "postgresql":
            options = {
                "lock_timeout": int(self._busy_seconds * 1000),
                "idle_in_transaction_session_timeout": IDLE_SECONDS * 1000,
            }
            given = {
                "connect_timeout": 5,
                "options": " ".join(f"-c {name}={value}" for name, value in options.items()),
                # A machine that vanished says nothing: noticed within half a minute.
                "keepalives_idle": 10,
                "keepalives_interval": 5,
                "keepalives_count": 3,
                "tcp_user_timeout": QUIET_SECONDS * 1000,
            }
            engine = sa.create_engine(url, pool_pre_ping=True, pool_timeout=5, connect_args=given, hide_parameters=True)

            def returned(connection: Any, _: object) -> None:
                if connection is None:
                    return
                if engine is not self._engine:  # the store was closed meanwhile: nobody else will have it
                    connection.close()

            sa.event.listen(engine, "checkin", returned)
            return engine
        path = self._file
        if path is None:
            raise exc.ArgumentError("neither a file nor a server")
        if self._read_only:
            return _read_only_engine(path, self._busy_seconds)
        _make_private(path)
        engine = sa.create_engine(url, connect_args={"timeout": self._busy_seconds}, hide_parameters=True)
        sa.event.listen(engine, "connect", _connected)
        sa.event.listen(engine, "begin", _begun)
        return engine

    @property
    def _url(self) -> sa.URL:
        url = sa.make_url(self._given)
        # What hosting companies hand out names no driver, or not ours.
        return url.set(drivername="postgresql+psycopg") if url.drivername in ("postgres", "postgresql") else url

    @property
    def _file(self) -> Path | None:
        url = self._url
        if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
            return None
        return Path(url.database)

    def _leave_no_trace(self) -> None:
        """Rewrite the file, so that what was purged is in none of its free pages."""
        with self._told():
            engine = self._opened()
            if engine.dialect.name == "postgresql":
                with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    connection.exec_driver_sql("VACUUM tabs")
                return
            raw = engine.raw_connection()
            try:
                raw.execute("VACUUM")
                for _ in range(10):  # somebody may be reading: then the journal cannot be emptied yet
                    if raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0:
                        break
                    time.sleep(0.1)
            finally:
                raw.close()

    # --- trouble -------------------------------------------------------------------------------------------------

    def _trouble(self, error: BaseException) -> StoreTrouble:
        cause = self._cause(error)
        sentence, remedy = _TROUBLE[cause]
        aside = "The damaged file is moved aside beside it, and a new one begun." if cause == "corrupt" else remedy
        return StoreTrouble(cause, sentence, aside)

    def _cause(self, error: BaseException) -> str:
        if isinstance(error, exc.ArgumentError | exc.NoSuchModuleError):
            return "bad-address"
        if isinstance(error, ImportError):
            return "no-driver"
        if isinstance(error, exc.TimeoutError):
            return "unreachable"  # all connections are taken by those who wait for an answer
        original = error.orig if isinstance(error, exc.DBAPIError) else error
        if isinstance(original, OSError):
            full = original.errno in (errno.ENOSPC, errno.EDQUOT)
            return "disk-full" if full else "read-only"
        code = getattr(original, "sqlite_errorcode", None)
        if code is not None:
            found = _SQLITE_CAUSE.get(code & 0xFF, "unusable")
            return "disk-full" if found == "unusable" and self._is_full() else found
        state = getattr(original, "sqlstate", None)
        if state is None:
            # A connection that never came about has no state, only words.
            known = any(words in str(original) for words in ("authentication failed", "does not exist", "no password"))
            return "refused" if known else "unreachable" if _is_psycopg(original) else "unusable"
        return next((cause for start, cause in _POSTGRES_CAUSE if state.startswith(start)), "unusable")

    def _is_full(self) -> bool:
        """Whether the disk has no room: SQLite reports that as a plain read or write error at times."""
        path = self._file
        try:
            return path is not None and shutil.disk_usage(path.parent).free < 1 << 20
        except OSError:
            return False

    def _move_aside_if_corrupt(self) -> None:
        """Move the file aside with its journal, unless another process has just done so and this one is sound.

        The journal goes first: a new file must never meet the old one's journal.
        """
        path = self._file
        if path is None:
            return
        with _one_at_a_time(path):
            if not path.exists() or _is_sound(path, self._busy_seconds):
                return
            stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%S%fZ")
            aside = path.with_name(f"{path.name}.damaged-{stamp}")
            for ending in ("-wal", "-shm", "-journal", ""):
                part = Path(f"{path}{ending}")
                if part.exists():
                    part.rename(f"{aside}{ending}")
            self.moved_aside = aside


def identity(workbook: Workbook) -> str:
    """By what name versions of this workbook are kept: a link may be pasted in many forms, the sheet is the same."""
    return workbook.url or workbook.source


def default_path() -> Path:
    """The SQLite file in the user's own data folder."""
    return platformdirs.user_data_path("cwac", appauthor=False) / "cwac.sqlite3"


_TROUBLE = {
    "disk-full": (
        "The disk that holds the history is full, so new versions are not kept.",
        "Whoever runs this dashboard must make room; it then goes on by itself.",
    ),
    "locked": (
        "Another program holds on to the history, so new versions are not kept.",
        "Close whatever has it open; it then goes on by itself.",
    ),
    "corrupt": ("The history was damaged.", ""),
    "read-only": (
        "The history cannot be written to.",
        "Whoever runs this dashboard must give it the right to write there.",
    ),
    "unreachable": (
        "The database that holds the history does not answer.",
        "Whoever runs this dashboard must start it or mend the network; it then goes on by itself.",
    ),
    "refused": (
        "The database that holds the history does not let this dashboard in.",
        "Whoever runs this dashboard must mend the name, the password or the rights in `store`.",
    ),
    "too-new": (
        "The history was last used by a newer version of this dashboard.",
        "Install that version again, or name another store.",
    ),
    "bad-address": (
        "`store` is no address of a store.",
        "Write sqlite:///PATH or postgresql+psycopg://USER@HOST/NAME.",
    ),
    "no-driver": (
        "The program that speaks to the database is not installed.",
        'Install it: pip install "cwac[postgresql]".',
    ),
    "unusable": (
        "The history cannot be used.",
        "The log says why, to whoever runs this dashboard.",
    ),
}

_SQLITE_CAUSE = {
    sqlite3.SQLITE_FULL: "disk-full",
    sqlite3.SQLITE_BUSY: "locked",
    sqlite3.SQLITE_LOCKED: "locked",
    sqlite3.SQLITE_CORRUPT: "corrupt",
    sqlite3.SQLITE_NOTADB: "corrupt",
    sqlite3.SQLITE_READONLY: "read-only",
    sqlite3.SQLITE_CANTOPEN: "read-only",
    sqlite3.SQLITE_PERM: "read-only",
}

_POSTGRES_CAUSE = (
    ("53100", "disk-full"),
    ("55P03", "locked"),
    ("40P01", "locked"),
    ("XX001", "unusable"),
    ("25006", "read-only"),
    ("25P03", "unreachable"),
    ("28", "refused"),
    ("3D", "refused"),
    ("42501", "refused"),
    ("08", "unreachable"),
    ("57P", "unreachable"),
    ("53", "unreachable"),
)


def _is_psycopg(error: BaseException | None) -> bool:
    """Whether it is the driver's trouble with the connection, in one of its forms."""
    kinds = [(one.__module__.split(".")[0], one.__name__) for one in type(error).__mro__]
    return ("psycopg", "OperationalError") in kinds


# --- SQLite --------------------------------------------------------------------------------------------------------


def _connected(connection: Any, _: object) -> None:
    # The driver's own transactions leave tables half made; ours begin in `_begun`, and hold those too.
    connection.isolation_level = None
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begun(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("cwac_writes", True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _make_private(path: Path) -> None:
    """The file names officers: only who runs the dashboard may read it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _stamp(path: Path | None) -> tuple[int, int] | None:
    """Which file is at the path. While one is open, no other has its number."""
    try:
        found = os.stat(path) if path is not None else None
    except OSError:
        return None
    return None if found is None else (found.st_dev, found.st_ino)


def _read_only_engine(path: Path, busy_seconds: float) -> sa.Engine:
    """The file on a disk that cannot be written to. With its journal where SQLite can read that; without, if empty."""

    def connect() -> sqlite3.Connection:
        journal = Path(f"{path}-wal")
        is_whole = not journal.exists() or journal.stat().st_size == 0
        for how in ("mode=ro", "mode=ro&immutable=1") if is_whole else ("mode=ro",):
            opened = sqlite3.connect(
                f"{path.absolute().as_uri()}?{how}", uri=True, timeout=busy_seconds, check_same_thread=False
            )
            opened.isolation_level = None
            try:
                opened.execute("SELECT count(*) FROM sqlite_master").fetchone()
            except sqlite3.OperationalError as error:
                opened.close()
                failed = error
            else:
                return opened
        raise failed

    engine = sa.create_engine("sqlite://", creator=connect, poolclass=sa.pool.QueuePool, hide_parameters=True)
    sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


def _is_sound(path: Path, busy_seconds: float) -> bool:
    try:
        connection = sqlite3.connect(path, timeout=busy_seconds)
        try:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        return getattr(error, "sqlite_errorcode", 0) & 0xFF not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


@contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    """Hold a lock beside the file, where the system has such locks: two processes must not both move it aside."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    with open(f"{path}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# --- migrations ------------------------------------------------------------------------------------------------------


_migrating = threading.Lock()
"""Alembic's `op` and `context` are one a process."""


def _migrate(engine: sa.Engine) -> None:
    """Bring the tables up to date, in one transaction, one process at a time."""
    with engine.connect() as connection:
        if _revision(connection.execution_options(cwac_writes=False)) == HEAD:
            return
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    steps = {step.revision for step in ScriptDirectory.from_config(config).walk_revisions()}
    with engine.connect() as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_lock_number("migrations"))))
        at = _revision(connection)
        if at == HEAD:
            return
        if at is not None and at not in steps:
            raise StoreTrouble("too-new", *_TROUBLE["too-new"])
        config.attributes["connection"] = connection
        with _migrating:
            command.upgrade(config, "head")


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


def _lock_number(what: str) -> int:
    return int.from_bytes(hashlib.sha256(f"cwac {what}".encode()).digest()[:8], "big", signed=True)


# --- rows ----------------------------------------------------------------------------------------------------------


def _last(connection: sa.Connection, source: str) -> Version | None:
    query = sa.select(_versions).where(_versions.c.source == source).order_by(_versions.c.id.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else Version(**row._mapping)


def _changed(last: Version, workbook: Workbook, good: bool) -> bool:
    """Whether there is anything to write: other cells, a verdict, or that they were seen again."""
    return (
        last.content_hash != workbook.content_hash
        or (good and not last.good)
        or workbook.as_of - last.seen_at >= SEEN_EVERY
    )


def _late(connection: sa.Connection, source: str, workbook: Workbook, last: Version | None) -> Version | None:
    """The version before the last, where another process was faster and this one comes with what it saw before that.

    Only for a sheet read over the network: a file may well be put back as it was, with its old time.
    """
    if last is None or workbook.url is None or workbook.as_of >= last.at:
        return None
    query = sa.select(_versions).where(_versions.c.source == source, _versions.c.id < last.id)
    row = connection.execute(query.order_by(_versions.c.id.desc()).limit(1)).one_or_none()
    if row is None or row.content_hash != workbook.content_hash or last.at - workbook.as_of > dt.timedelta(minutes=2):
        return None
    return Version(**row._mapping)


def _version(connection: sa.Connection, number: int) -> Version:
    return Version(**connection.execute(sa.select(_versions).where(_versions.c.id == number)).one()._mapping)


def _known(connection: sa.Connection, hashes: Sequence[str]) -> set[str]:
    return set(connection.execute(sa.select(_tabs.c.hash).where(_tabs.c.hash.in_(hashes))).scalars())


@dataclass(frozen=True, slots=True)
class _Without:
    """A tab from which a text was taken: as it is kept, and from how many cells."""

    title: str
    hash: str
    body: bytes
    cells: int


def _searched(connection: sa.Connection, text: TextToRemove) -> tuple[dict[str, _Without], set[str]]:
    """By hash, the tabs that hold the text, without it; and those that cannot be read."""
    found: dict[str, _Without] = {}
    unreadable = set()
    for one in connection.execute(sa.select(_tabs.c.hash)).scalars().all():
        body = connection.execute(sa.select(_tabs.c.body).where(_tabs.c.hash == one)).scalar()
        try:
            tab, count = text.removed_from(_unpack(body or b""))
        except (zlib.error, ValueError, TypeError, LookupError):
            unreadable.add(one)
            continue
        if count:
            found[one] = _Without(tab.title, tab_hash(tab), _pack(tab), count)
    return found, unreadable


def _remove(connection: sa.Connection, numbers: Sequence[int]) -> None:
    for start in range(0, len(numbers), 500):
        some = numbers[start : start + 500]
        connection.execute(_version_tabs.delete().where(_version_tabs.c.version_id.in_(some)))
        connection.execute(_versions.delete().where(_versions.c.id.in_(some)))
    used = sa.select(_version_tabs.c.hash)
    connection.execute(_tabs.delete().where(_tabs.c.hash.not_in(used)))


def _note(connection: sa.Connection, now: dt.datetime, who: str, what: str) -> None:
    connection.execute(_audit.insert().values(at=now, who=who, what=what))


def _token(row: sa.Row[Any]) -> Token:
    return Token(row.id, row.scope, row.made_by, row.made_at, row.expires_at, row.revoked_at)


def _in_force(connection: sa.Connection, made_by: str, now: dt.datetime) -> int:
    """How many tokens of theirs are neither revoked nor expired."""
    lasting = _tokens.c.expires_at.is_(None) | (_tokens.c.expires_at > now)
    theirs = (_tokens.c.made_by == made_by) & _tokens.c.revoked_at.is_(None)
    return connection.execute(sa.select(sa.func.count()).select_from(_tokens).where(theirs & lasting)).scalar_one()


def digest(text: str) -> str:
    """In place of what must not be kept, or is too long to be said."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


# --- a tab as bytes --------------------------------------------------------------------------------------------------


def _pack(tab: Tab) -> bytes:
    """A tab whole, compressed. Python's JSON keeps what others lose: nan, endless integers, `1` beside `1.0`.

    Text stays text (no `\\u` escapes), as two lone surrogates side by side would come back as one character.
    """
    merges = [(m.top, m.bottom, m.left, m.right) for m in tab.merges]
    written = json.dumps(
        [tab.title, tab.id, merges, [list(row) for row in tab.rows]], ensure_ascii=False, separators=(",", ":")
    )
    return FORMAT + zlib.compress(written.encode("utf-8", "surrogatepass"), 6)


def _unpack(body: bytes) -> Tab:
    if body[:1] != FORMAT:
        raise ValueError("packed in an unknown way")
    title, number, merges, rows = json.loads(zlib.decompress(body[1:]).decode("utf-8", "surrogatepass"))
    return Tab(title, rows, tuple(Merge(*merge) for merge in merges), number)

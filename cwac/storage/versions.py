"""Versions of each workbook: every state that was seen, tab by tab, each distinct tab packed and stored once."""

from __future__ import annotations

import datetime as dt
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from cwac.model import Merge, Tab, Workbook
from cwac.sheet.plan import Plan
from cwac.storage import tables
from cwac.storage.database import Database
from cwac.storage.trouble import StoreTrouble

SEEN_EVERY = dt.timedelta(minutes=1)
"""How often `seen_at` of an unchanged version is updated."""

_table = tables.versions.c


@dataclass(frozen=True, slots=True)
class Version:
    """One state of a workbook. `source` is its `identity`; one that is not `good` is stored but never shown.

    `at` (UTC) is the workbook's `as_of` when this state was first seen, `seen_at` when it was last seen, to a minute.
    `plan` is how it was read, as JSON.
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
    plan: str | None = None


@dataclass(frozen=True, slots=True)
class Purged:
    """A version that was deleted. `also_in` are other versions that still have one of its tabs, cell for cell."""

    version: Version
    also_in: tuple[int, ...]


class VersionStore(Database):
    """The versions in a store: each method is a transaction of its own, and may raise `StoreTrouble`."""

    def keep(self, workbook: Workbook, *, good: bool = True) -> Version:
        """Store this state whole or not at all; the newest version again, perhaps now good, where nothing changed."""
        with self.reading() as connection:
            newest = find(connection, _table.source == workbook.identity)
        if newest is not None and not _needs_writing(newest, workbook, good):
            return newest  # without waiting for a lock, also where the store cannot be written to
        bodies = self.pack(workbook)
        with self.writing("versions") as connection:
            return keep_in(connection, workbook, good, bodies)

    def pack(self, workbook: Workbook) -> Mapping[str, bytes]:
        """By hash, the tabs not stored yet, packed before a transaction: that takes 10 s for the largest sheets."""
        with self.reading() as connection:
            new = _new_tabs(connection, workbook)
        return {hash_: pack(tab) for hash_, tab in new.items()}

    def latest(self, source: str) -> Version | None:
        """The newest good version of that source."""
        return self._find(*_good_of(source))

    def oldest(self, source: str) -> Version | None:
        """The oldest good version of that source that is still stored."""
        return self._find(*_good_of(source), newest=False)

    def as_of(self, source: str, moment: dt.datetime) -> Version | None:
        """The newest good version of that source at that (aware) moment."""
        return self._find(*_good_of(source), _table.at <= moment)

    def before(self, version: Version) -> Version | None:
        return self._find(*_good_of(version.source), _table.id < version.id)

    def version(self, number: int) -> Version | None:
        return self._find(_table.id == number)

    def _find(self, *conditions: sa.ColumnElement[bool], newest: bool = True) -> Version | None:
        with self.reading() as connection:
            return find(connection, *conditions, newest=newest)

    def versions(self, source: str | None = None) -> tuple[Version, ...]:
        """The versions of that source, or of all, newest first, those that are not good included."""
        query = sa.select(tables.versions).order_by(_table.id.desc())
        with self.reading() as connection:
            rows = connection.execute(query if source is None else query.where(_table.source == source))
            return tuple(Version(**row._mapping) for row in rows)

    def count(self) -> int:
        with self.reading() as connection:
            return connection.execute(sa.select(sa.func.count()).select_from(tables.versions)).scalar_one()

    def sizes(self) -> dict[int, int]:
        """Stored bytes by version; a tab that several versions share counts for each."""
        query = (
            sa.select(tables.version_tabs.c.version_id, sa.func.sum(sa.func.length(tables.tabs.c.body)))
            .join(tables.tabs, tables.tabs.c.hash == tables.version_tabs.c.hash)
            .group_by(tables.version_tabs.c.version_id)
        )
        with self.reading() as connection:
            return {int(number): int(size) for number, size in connection.execute(query)}

    def load(self, version: Version) -> Workbook:
        """The workbook as it was, except that blank cells at the end of rows may be missing."""
        query = (
            sa.select(tables.tabs.c.body)
            .join(tables.version_tabs, tables.version_tabs.c.hash == tables.tabs.c.hash)
            .where(tables.version_tabs.c.version_id == version.id)
            .order_by(tables.version_tabs.c.position)
        )
        with self.reading() as connection:
            bodies = connection.execute(query).scalars().all()
        damaged = StoreTrouble(
            "corrupt",
            f"Version {version.id} of the sheet can no longer be read from the store.",
            "The others can. Purge it, or bring back the store from a backup.",
        )
        try:
            workbook = Workbook(
                source=version.source,
                as_of=version.at.astimezone(ZoneInfo(version.timezone)),
                timezone=version.timezone,
                tabs=tuple(unpack(body) for body in bodies),
                locale=version.locale,
                url=version.url,
                plan=None if version.plan is None else Plan.from_json(json.loads(version.plan)),
            )
        except UNPACK_ERRORS as error:
            raise damaged from error
        if workbook.content_hash != version.content_hash:
            raise damaged
        return workbook

    def thin(self, source: str, before: dt.datetime) -> int:
        """Keep the last good version of each day before then, and what people were told last; how many went."""
        query = sa.select(tables.versions).where(_table.source == source, _table.at < before).order_by(_table.id)
        with self.writing("versions") as connection:
            old = [Version(**row._mapping) for row in connection.execute(query)]
            last_of_day = {
                version.at.astimezone(ZoneInfo(version.timezone)).date(): version.id for version in old if version.good
            }
            newest = find(connection, _table.source == source)
            # Their next message is compared with what people were told last.
            table = tables.deliveries.c
            told = connection.execute(sa.select(table.told_version, table.sending_version).where(table.sheet == source))
            stays = {*last_of_day.values(), newest and newest.id, *(number for row in told for number in row)}
            gone = [version.id for version in old if version.id not in stays]
            _delete(connection, gone)
        return len(gone)


# --- in the transaction of a caller ----------------------------------------------------------------------------------


def keep_in(connection: sa.Connection, workbook: Workbook, good: bool, bodies: Mapping[str, bytes]) -> Version:
    """Store this state in the caller's transaction; the newest version again where nothing changed.

    With `good`, a newest version that was not good becomes so. `bodies` are its new tabs, packed before; the others
    are packed now.
    """
    newest, seen_at = find(connection, _table.source == workbook.identity), workbook.as_of.astimezone(dt.UTC)
    if newest is not None and newest.content_hash == workbook.content_hash:
        if not _needs_writing(newest, workbook, good):
            return newest
        # A time ahead of this look comes from a clock that was wrong.
        first = find(connection, *_good_of(newest.source), _table.id < newest.id)
        is_late = newest.at > seen_at and (first is None or first.at <= seen_at)
        values: dict[str, Any] = {"good": newest.good or good, "seen_at": seen_at}
        values |= {"at": seen_at} if is_late else {}
        connection.execute(tables.versions.update().where(_table.id == newest.id).values(values))
        return replace(newest, **values)
    for hash_, tab in _new_tabs(connection, workbook).items():
        connection.execute(tables.tabs.insert().values(hash=hash_, body=bodies.get(hash_) or pack(tab)))
    row: dict[str, Any] = {
        "source": workbook.identity,
        "at": seen_at,
        "seen_at": seen_at,
        "content_hash": workbook.content_hash,
        "good": good,
        "timezone": workbook.timezone,
        "locale": workbook.locale,
        "url": workbook.url,
        "plan": None if workbook.plan is None else json.dumps(workbook.plan.as_json(), ensure_ascii=False),
    }
    key = connection.execute(tables.versions.insert().values(row)).inserted_primary_key
    assert key is not None
    version = Version(id=int(key[0]), **row)
    if workbook.tabs:
        places = [
            {"version_id": version.id, "position": place, "hash": tab.content_hash}
            for place, tab in enumerate(workbook.tabs)
        ]
        connection.execute(tables.version_tabs.insert(), places)
    return version


def _needs_writing(newest: Version, workbook: Workbook, good: bool) -> bool:
    """Whether the cells, the verdict or the time when they were last seen are to be written."""
    return (
        newest.content_hash != workbook.content_hash
        or (good and not newest.good)
        or abs(workbook.as_of - newest.seen_at) >= SEEN_EVERY
    )


def _new_tabs(connection: sa.Connection, workbook: Workbook) -> Mapping[str, Tab]:
    """By hash, the tabs of the workbook that are not stored yet."""
    by_hash = {tab.content_hash: tab for tab in workbook.tabs}
    stored = stored_tabs(connection, list(by_hash))
    return {hash_: tab for hash_, tab in by_hash.items() if hash_ not in stored}


def find(connection: sa.Connection, *conditions: sa.ColumnElement[bool], newest: bool = True) -> Version | None:
    """The newest version that meets the conditions, or the oldest."""
    query = sa.select(tables.versions).where(*conditions).limit(1)
    row = connection.execute(query.order_by(_table.id.desc() if newest else _table.id)).one_or_none()
    return None if row is None else Version(**row._mapping)


def _good_of(source: str) -> tuple[sa.ColumnElement[bool], ...]:
    return _table.source == source, _table.good.is_(True)


def purge(connection: sa.Connection, number: int) -> Purged | None:
    """Delete a version with its cells; None where there is none of that number."""
    version = find(connection, _table.id == number)
    if version is None:
        return None
    its_tabs = sa.select(tables.version_tabs.c.hash).where(tables.version_tabs.c.version_id == number)
    others = sa.select(tables.version_tabs.c.version_id).where(
        tables.version_tabs.c.hash.in_(its_tabs), tables.version_tabs.c.version_id != number
    )
    also_in = tuple(sorted(set(connection.execute(others).scalars())))
    _delete(connection, [number])
    return Purged(version, also_in)


def _delete(connection: sa.Connection, numbers: Sequence[int]) -> None:
    for start in range(0, len(numbers), 500):  # databases limit the parameters of a statement
        some = numbers[start : start + 500]
        connection.execute(tables.version_tabs.delete().where(tables.version_tabs.c.version_id.in_(some)))
        connection.execute(tables.versions.delete().where(_table.id.in_(some)))
    used = sa.select(tables.version_tabs.c.hash)
    connection.execute(tables.tabs.delete().where(tables.tabs.c.hash.not_in(used)))


def stored_tabs(connection: sa.Connection, hashes: Sequence[str]) -> set[str]:
    return set(connection.execute(sa.select(tables.tabs.c.hash).where(tables.tabs.c.hash.in_(hashes))).scalars())


FORMAT = b"1"
"""Written before each packed tab, so that a later way of packing can be told from this one."""

UNPACK_ERRORS = (zlib.error, ValueError, TypeError, LookupError)
"""What `unpack` raises for bytes that are damaged."""


def pack(tab: Tab) -> bytes:
    """Pack a whole tab. Python's JSON keeps what others lose: nan, integers of any size, `1` beside `1.0`.

    Text stays text (no `\\u` escapes), since two lone surrogates side by side would come back as one character.
    """
    merges = [(m.top, m.bottom, m.left, m.right) for m in tab.merges]
    marks = [tab.hidden, list(tab.struck)] if tab.hidden or tab.struck else []
    whole = [tab.title, tab.id, merges, [list(row) for row in tab.rows], *marks]
    text = json.dumps(whole, ensure_ascii=False, separators=(",", ":"))
    return FORMAT + zlib.compress(text.encode("utf-8", "surrogatepass"), 6)


def unpack(body: bytes) -> Tab:
    """The tab that `pack` was given. Raises one of `UNPACK_ERRORS`."""
    if body[:1] != FORMAT:
        raise ValueError("packed in an unknown way")
    title, number, merges, rows, *marks = json.loads(zlib.decompress(body[1:]).decode("utf-8", "surrogatepass"))
    hidden, struck = marks or (False, ())
    return Tab(title, rows, tuple(Merge(*merge) for merge in merges), number, hidden, tuple(struck))

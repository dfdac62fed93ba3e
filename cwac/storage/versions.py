"""Versions of each workbook: every state that was seen, tab by tab, each distinct tab stored once."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from cwac.model import Tab, Workbook
from cwac.sheet.plan import Plan
from cwac.storage import tables
from cwac.storage.packing import UNPACK_ERRORS, pack, unpack
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


# --- writing -----------------------------------------------------------------------------------------------------


def unchanged(connection: sa.Connection, workbook: Workbook, *, good: bool) -> Version | None:
    """The newest version, where storing this workbook would write nothing."""
    newest = last(connection, workbook.identity)
    return None if newest is None or _needs_writing(newest, workbook, good) else newest


def new_tabs(connection: sa.Connection, workbook: Workbook) -> Mapping[str, Tab]:
    """By hash, the tabs of the workbook that are not stored yet.

    Packing them takes 10 s for the largest sheets, so it must not happen in a transaction.
    """
    by_hash = {tab.content_hash: tab for tab in workbook.tabs}
    stored = stored_tabs(connection, list(by_hash))
    return {hash_: tab for hash_, tab in by_hash.items() if hash_ not in stored}


def keep_in(connection: sa.Connection, workbook: Workbook, good: bool, bodies: Mapping[str, bytes]) -> Version:
    """Store this state in the caller's transaction; the newest version again where nothing changed.

    With `good`, a newest version that was not good becomes so. `bodies` are its new tabs, packed before; the others
    are packed now.
    """
    newest = last(connection, workbook.identity)
    if newest is not None and newest.content_hash == workbook.content_hash:
        if _needs_writing(newest, workbook, good):
            # A time ahead of this look comes from a clock that was wrong.
            first = find(connection, *good_before(newest))
            is_late = newest.at > workbook.as_of and (first is None or first.at <= workbook.as_of)
            values = {"good": newest.good or good, "seen_at": workbook.as_of}
            values |= {"at": workbook.as_of} if is_late else {}
            connection.execute(tables.versions.update().where(_table.id == newest.id).values(values))
        return _get(connection, newest.id)
    hashes = [tab.content_hash for tab in workbook.tabs]
    for hash_, tab in new_tabs(connection, workbook).items():
        connection.execute(tables.tabs.insert().values(hash=hash_, body=bodies.get(hash_) or pack(tab)))
    row = {
        "source": workbook.identity,
        "at": workbook.as_of,
        "seen_at": workbook.as_of,
        "content_hash": workbook.content_hash,
        "good": good,
        "timezone": workbook.timezone,
        "locale": workbook.locale,
        "url": workbook.url,
        "plan": None if workbook.plan is None else json.dumps(workbook.plan.as_json(), ensure_ascii=False),
    }
    key = connection.execute(tables.versions.insert().values(row)).inserted_primary_key
    assert key is not None
    number = int(key[0])
    if hashes:
        rows = [{"version_id": number, "position": place, "hash": hash_} for place, hash_ in enumerate(hashes)]
        connection.execute(tables.version_tabs.insert(), rows)
    return _get(connection, number)


def _needs_writing(newest: Version, workbook: Workbook, good: bool) -> bool:
    """Whether the cells, the verdict or the time when they were last seen are to be written."""
    return (
        newest.content_hash != workbook.content_hash
        or (good and not newest.good)
        or abs(workbook.as_of - newest.seen_at) >= SEEN_EVERY
    )


# --- reading -----------------------------------------------------------------------------------------------------


def find(connection: sa.Connection, *conditions: sa.ColumnElement[bool], newest: bool = True) -> Version | None:
    """The newest version that meets the conditions, or the oldest."""
    query = sa.select(tables.versions).where(*conditions).limit(1)
    row = connection.execute(query.order_by(_table.id.desc() if newest else _table.id)).one_or_none()
    return None if row is None else _version(row)


def last(connection: sa.Connection, source: str) -> Version | None:
    """The newest version of that source, good or not."""
    return find(connection, _table.source == source)


def good_of(source: str) -> tuple[sa.ColumnElement[bool], ...]:
    """The conditions for good versions of that source."""
    return _table.source == source, _table.good.is_(True)


def good_before(version: Version) -> tuple[sa.ColumnElement[bool], ...]:
    """The conditions for good versions of the same source before this one."""
    return *good_of(version.source), _table.id < version.id


def every(connection: sa.Connection, source: str | None) -> tuple[Version, ...]:
    """The versions of that source, or of all, newest first, those that are not good included."""
    query = sa.select(tables.versions).order_by(_table.id.desc())
    rows = connection.execute(query if source is None else query.where(_table.source == source))
    return tuple(_version(row) for row in rows)


def count(connection: sa.Connection) -> int:
    """How many versions of all sources are stored."""
    return int(connection.execute(sa.select(sa.func.count()).select_from(tables.versions)).scalar() or 0)


def sizes(connection: sa.Connection) -> dict[int, int]:
    """Stored bytes by version; a tab that several versions share counts for each."""
    query = (
        sa.select(tables.version_tabs.c.version_id, sa.func.sum(sa.func.length(tables.tabs.c.body)))
        .join(tables.tabs, tables.tabs.c.hash == tables.version_tabs.c.hash)
        .group_by(tables.version_tabs.c.version_id)
    )
    return {int(number): int(size) for number, size in connection.execute(query)}


def packed_tabs(connection: sa.Connection, version: Version) -> Sequence[bytes]:
    """The packed tabs of the version, in order."""
    query = (
        sa.select(tables.tabs.c.body)
        .join(tables.version_tabs, tables.version_tabs.c.hash == tables.tabs.c.hash)
        .where(tables.version_tabs.c.version_id == version.id)
        .order_by(tables.version_tabs.c.position)
    )
    return connection.execute(query).scalars().all()


def workbook_of(version: Version, bodies: Sequence[bytes]) -> Workbook:
    """The workbook of a version, from its packed tabs. Raises `StoreTrouble` where they are damaged."""
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


# --- deleting ----------------------------------------------------------------------------------------------------


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


def thin(connection: sa.Connection, source: str, before: dt.datetime) -> int:
    """Of the versions older than `before` keep the last good one of each day, in its own zone; how many went.

    Versions that people were told last stay too.
    """
    query = sa.select(tables.versions).where(_table.source == source, _table.at < before).order_by(_table.id)
    old = [_version(row) for row in connection.execute(query)]
    last_of_day = {
        version.at.astimezone(ZoneInfo(version.timezone)).date(): version.id for version in old if version.good
    }
    newest = last(connection, source)
    stays = {*last_of_day.values(), newest.id if newest is not None else None, *_told(connection, source)}
    gone = [version.id for version in old if version.id not in stays]
    _delete(connection, gone)
    return len(gone)


def _told(connection: sa.Connection, source: str) -> set[int]:
    """The versions that people were told last, which their next message is compared with."""
    table = tables.deliveries.c
    rows = connection.execute(sa.select(table.told_version, table.sending_version).where(table.sheet == source))
    return {number for row in rows for number in row if number is not None}


def _delete(connection: sa.Connection, numbers: Sequence[int]) -> None:
    for start in range(0, len(numbers), 500):  # databases limit the parameters of a statement
        some = numbers[start : start + 500]
        connection.execute(tables.version_tabs.delete().where(tables.version_tabs.c.version_id.in_(some)))
        connection.execute(tables.versions.delete().where(_table.id.in_(some)))
    used = sa.select(tables.version_tabs.c.hash)
    connection.execute(tables.tabs.delete().where(tables.tabs.c.hash.not_in(used)))


# --- rows --------------------------------------------------------------------------------------------------------


def stored_tabs(connection: sa.Connection, hashes: Sequence[str]) -> set[str]:
    """Those of the hashes whose tabs are stored."""
    return set(connection.execute(sa.select(tables.tabs.c.hash).where(tables.tabs.c.hash.in_(hashes))).scalars())


def _get(connection: sa.Connection, number: int) -> Version:
    return _version(connection.execute(sa.select(tables.versions).where(_table.id == number)).one())


def _version(row: sa.Row[Any]) -> Version:
    return Version(**row._mapping)

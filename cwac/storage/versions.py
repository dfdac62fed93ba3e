"""Versions of each workbook, each distinct tab packed and stored once; and texts taken out of all of them."""

from __future__ import annotations

import datetime as dt
import json
import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from cwac.model import Cell, Merge, Tab, Workbook, content_hash
from cwac.sheet import headers
from cwac.sheet.plan import Plan
from cwac.sheet.text import as_typed
from cwac.storage import tables
from cwac.storage.database import Database, StoreTrouble

SEEN_EVERY = dt.timedelta(minutes=1)
"""How often `seen_at` of an unchanged version is updated."""

_table, _places = tables.versions.c, tables.version_tabs.c


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
    """A version that was deleted, or would be. `also_in` are other versions with one of its tabs, cell for cell."""

    version: Version
    also_in: tuple[int, ...]


class VersionStore(Database):
    """The versions in a store: each method is a transaction of its own, and may raise `StoreTrouble`."""

    def keep(self, workbook: Workbook, *, good: bool = True) -> Version:
        """Store this state whole or not at all; the newest version again, perhaps now good, where nothing changed."""
        newest = self._one(_table.source == workbook.identity)
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
        return self._one(*_good_of(source))

    def oldest(self, source: str) -> Version | None:
        """The oldest good version of that source that is still stored."""
        return self._one(*_good_of(source), newest=False)

    def as_of(self, source: str, moment: dt.datetime) -> Version | None:
        """The newest good version of that source at that (aware) moment."""
        return self._one(*_good_of(source), _table.at <= moment)

    def before(self, version: Version) -> Version | None:
        """The good version of the same source before this one."""
        return self._one(*_good_of(version.source), _table.id < version.id)

    def version(self, number: int) -> Version | None:
        return self._one(_table.id == number)

    def _one(self, *conditions: sa.ColumnElement[bool], newest: bool = True) -> Version | None:
        with self.reading() as connection:
            return _find(connection, *conditions, newest=newest)

    def versions(self, source: str | None = None) -> tuple[Version, ...]:
        """The versions of that source, or of all, newest first, those that are not good included."""
        query = sa.select(tables.versions).order_by(_table.id.desc())
        query = query if source is None else query.where(_table.source == source)
        return tuple(Version(**row._mapping) for row in self.rows(query))

    def count(self) -> int:
        return int(self.rows(sa.select(sa.func.count()).select_from(tables.versions))[0][0])

    def sizes(self) -> dict[int, int]:
        """Stored bytes by version; a tab that several versions share counts for each."""
        query = (
            sa.select(_places.version_id, sa.func.sum(sa.func.length(tables.tabs.c.body)))
            .join(tables.tabs, tables.tabs.c.hash == _places.hash)
            .group_by(_places.version_id)
        )
        return {int(number): int(size) for number, size in self.rows(query)}

    def load(self, version: Version) -> Workbook:
        """The workbook as it was, except that blank cells at the end of rows may be missing."""
        query = (
            sa.select(tables.tabs.c.body)
            .join(tables.version_tabs, _places.hash == tables.tabs.c.hash)
            .where(_places.version_id == version.id)
            .order_by(_places.position)
        )
        bodies = [body for (body,) in self.rows(query)]
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
            newest = _find(connection, _table.source == source)
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
    newest, seen_at = _find(connection, _table.source == workbook.identity), workbook.as_of.astimezone(dt.UTC)
    if newest is not None and newest.content_hash == workbook.content_hash:
        if not _needs_writing(newest, workbook, good):
            return newest
        # A time ahead of this look comes from a clock that was wrong.
        first = _find(connection, *_good_of(newest.source), _table.id < newest.id)
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
    stored = _stored_tabs(connection, list(by_hash))
    return {hash_: tab for hash_, tab in by_hash.items() if hash_ not in stored}


def _find(connection: sa.Connection, *conditions: sa.ColumnElement[bool], newest: bool = True) -> Version | None:
    """The newest version that meets the conditions, or the oldest."""
    query = sa.select(tables.versions).where(*conditions).limit(1)
    row = connection.execute(query.order_by(_table.id.desc() if newest else _table.id)).one_or_none()
    return None if row is None else Version(**row._mapping)


def _good_of(source: str) -> tuple[sa.ColumnElement[bool], ...]:
    return _table.source == source, _table.good.is_(True)


def purge(connection: sa.Connection, number: int, *, dry_run: bool) -> Purged | None:
    """Delete a version with its cells, unless `dry_run`; None where there is none of that number."""
    version = _find(connection, _table.id == number)
    if version is None:
        return None
    its_tabs = sa.select(_places.hash).where(_places.version_id == number)
    others = sa.select(_places.version_id).where(_places.hash.in_(its_tabs), _places.version_id != number)
    also_in = tuple(sorted(set(connection.execute(others).scalars())))
    if not dry_run:
        _delete(connection, [number])
    return Purged(version, also_in)


def _delete(connection: sa.Connection, numbers: Sequence[int]) -> None:
    for start in range(0, len(numbers), 500):  # databases limit the parameters of a statement
        some = numbers[start : start + 500]
        connection.execute(tables.version_tabs.delete().where(_places.version_id.in_(some)))
        connection.execute(tables.versions.delete().where(_table.id.in_(some)))
    used = sa.select(_places.hash)
    connection.execute(tables.tabs.delete().where(tables.tabs.c.hash.not_in(used)))


def _stored_tabs(connection: sa.Connection, hashes: Sequence[str]) -> set[str]:
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


MARKER = "[removed]"
SHORTEST = 3
"""Characters: a shorter text would be found in half of all cells."""


class TextToRemove:
    """The text to look for anywhere in a cell, whatever its case or accents; a number only as a whole cell."""

    def __init__(self, text: str) -> None:
        if len(text.strip()) < SHORTEST:
            raise ValueError(f"a text of at least {SHORTEST} characters")
        forms = {unicodedata.normalize(form, text) for form in ("NFC", "NFD")} | {text}
        self._pattern = re.compile("|".join(map(re.escape, sorted(forms))), re.IGNORECASE)
        self._number = text.strip()
        self._marker = "" if self._pattern.search(MARKER) else MARKER

    def is_in(self, text: str) -> bool:
        return self._pattern.search(text) is not None

    def removed_from_line(self, line: str) -> str:
        return self._pattern.sub(self._marker, line)

    def removed_from(self, tab: Tab) -> tuple[Tab, int]:
        """The tab without the text, and in how many cells it was. The title of a tab of no known kind counts as one."""
        count = 0
        rows: list[Sequence[Cell]] = []
        for row in tab.rows:
            cells = [self._cell(cell) for cell in row]
            changed = sum(new is not old for new, old in zip(cells, row, strict=True))
            rows.append(cells if changed else row)
            count += changed
        title = tab.title
        if self.is_in(title) and headers.spec_for(title) is None:
            title, count = self.removed_from_line(title), count + 1
        return (replace(tab, title=title, rows=rows), count) if count else (tab, 0)

    def _cell(self, cell: Cell) -> Cell:
        if isinstance(cell, str):
            return self.removed_from_line(cell) if self.is_in(cell) else cell
        if cell is None or isinstance(cell, bool):
            return cell
        return self._marker if as_typed(cell) == self._number else cell


@dataclass(frozen=True, slots=True)
class PurgedText:
    """Where a text was found: the versions, and the cells by tab (a tab counts for each version that has it).

    `newest` are the sources whose newest version had it, so that the sheet itself may still have it. `lines` is the
    number of audit lines with it, which are left as they are; `messages` are the rows about messages sent to it,
    `told` the sheets whose last look told of it. `unreadable` versions and files `beside` the store were not searched.
    """

    versions: tuple[int, ...]
    cells: dict[str, int]
    newest: tuple[str, ...]
    lines: int
    messages: int
    told: tuple[str, ...]
    unreadable: tuple[int, ...]
    beside: tuple[Path, ...]


def purge_text(connection: sa.Connection, text: TextToRemove, beside: Sequence[Path], *, dry_run: bool) -> PurgedText:
    """Find the text, and unless `dry_run` take it out of tabs and names of recipients; `beside` is passed on."""
    versions_of: dict[str, list[int]] = {}
    for number, hash_ in connection.execute(sa.select(_places.version_id, _places.hash)):
        versions_of.setdefault(hash_, []).append(number)
    numbers, unreadable, cells = set[int](), set[int](), Counter[str]()
    for hash_, its_versions in versions_of.items():  # one body in memory at a time
        body = connection.execute(sa.select(tables.tabs.c.body).where(tables.tabs.c.hash == hash_)).scalar()
        try:
            tab, count = text.removed_from(unpack(body or b""))
        except UNPACK_ERRORS:
            unreadable.update(its_versions)
            continue
        if count:
            numbers.update(its_versions)
            cells[tab.title] += count * len(its_versions)
            if not dry_run:  # put the cleaned tab in place of that with the text
                new = tab.content_hash
                if not _stored_tabs(connection, [new]):
                    connection.execute(tables.tabs.insert().values(hash=new, body=pack(tab)))
                connection.execute(tables.version_tabs.update().where(_places.hash == hash_).values(hash=new))
                connection.execute(tables.tabs.delete().where(tables.tabs.c.hash == hash_))
    states = connection.execute(sa.select(tables.turns.c.sheet, tables.turns.c.state)).all()
    newest = sa.select(_table.source, sa.func.max(_table.id)).group_by(_table.source)
    found = PurgedText(
        versions=tuple(sorted(numbers)),
        cells=dict(cells),
        newest=tuple(source for source, number in connection.execute(newest) if number in numbers),
        lines=sum(text.is_in(line) for line in connection.execute(sa.select(tables.audit.c.what)).scalars()),
        messages=_recipients(connection, text, dry_run=dry_run),
        told=tuple(sheet for sheet, state in states if any(map(text.is_in, _texts(state)))),
        unreadable=tuple(sorted(unreadable)),
        beside=tuple(beside),
    )
    if not dry_run:
        for number in found.versions:  # they get the hashes that follow from their tabs, and no plan: it quotes headers
            version = _find(connection, _table.id == number)
            assert version is not None
            query = sa.select(_places.hash).where(_places.version_id == number).order_by(_places.position)
            whole = content_hash(version.timezone, version.locale, connection.execute(query).scalars())
            update = tables.versions.update().where(_table.id == number)
            connection.execute(update.values(content_hash=whole, plan=None))
        # A notice may quote a cell; the next look writes its own.
        connection.execute(tables.turns.update().where(tables.turns.c.sheet.in_(found.told)).values(state=""))
    return found


def _texts(state: str) -> Iterator[str]:
    """The texts in the JSON of a sheet's last look, as typed."""
    return map(json.loads, re.findall(r'"(?:[^"\\]|\\.)*"', state))


def _recipients(connection: sa.Connection, text: TextToRemove, *, dry_run: bool) -> int:
    """In how many rows about messages the name of a recipient has the text; they go, but for those of messages sent."""
    count = 0
    for table in (tables.recipients, tables.leave_links, tables.deliveries, tables.sent_messages):
        column = table.c.recipient
        for name in filter(text.is_in, connection.execute(sa.select(column)).scalars().all()):
            count += 1
            if dry_run:
                continue
            if table is tables.sent_messages:
                connection.execute(table.update().where(column == name).values(recipient=text.removed_from_line(name)))
            else:
                connection.execute(table.delete().where(column == name))
    return count

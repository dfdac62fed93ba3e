"""Takes a text that must not be stored, such as a resident's name, out of every version and list of recipients."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import sqlalchemy as sa

from cwac.model import Cell, Tab, content_hash
from cwac.sheet import headers
from cwac.sheet.text import as_typed
from cwac.storage import tables, versions
from cwac.storage.versions import UNPACK_ERRORS, pack, unpack

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
            title, count = self._pattern.sub(self._marker, title), count + 1
        return (replace(tab, title=title, rows=rows), count) if count else (tab, 0)

    def _cell(self, cell: Cell) -> Cell:
        if isinstance(cell, str):
            return self._pattern.sub(self._marker, cell) if self.is_in(cell) else cell
        if cell is None or isinstance(cell, bool):
            return cell
        return self._marker if as_typed(cell) == self._number else cell


@dataclass(frozen=True, slots=True)
class PurgedText:
    """Where a text was found: the versions, and the cells by tab (a tab counts for each version that has it).

    `newest` are the sources whose newest version had it, so that the sheet itself may still have it. `lines` is the
    number of audit lines with it, which are left as they are; `messages` are the rows about messages sent to it.
    `unreadable` versions could not be searched. `beside`
    are files that may have it and were not searched.
    """

    versions: tuple[int, ...]
    cells: dict[str, int]
    newest: tuple[str, ...]
    lines: int
    messages: int
    unreadable: tuple[int, ...]
    beside: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A tab without the text: its new hash and packed form, and how many cells had the text."""

    title: str
    hash: str
    body: bytes
    cells: int


def search(
    connection: sa.Connection, text: TextToRemove, beside: Sequence[Path]
) -> tuple[PurgedText, Mapping[str, Cleaned]]:
    """Where the text is, and the tabs with it, cleaned, by their present hash; `beside` is passed on."""
    cleaned: dict[str, Cleaned] = {}
    unreadable = set()
    for hash_ in connection.execute(sa.select(tables.tabs.c.hash)).scalars().all():  # one body in memory at a time
        body = connection.execute(sa.select(tables.tabs.c.body).where(tables.tabs.c.hash == hash_)).scalar()
        try:
            tab, count = text.removed_from(unpack(body or b""))
        except UNPACK_ERRORS:
            unreadable.add(hash_)
            continue
        if count:
            cleaned[hash_] = Cleaned(tab.title, tab.content_hash, pack(tab), count)
    numbers, damaged, cells = set(), set(), Counter[str]()
    for row in connection.execute(sa.select(tables.version_tabs.c.version_id, tables.version_tabs.c.hash)):
        if row.hash in unreadable:
            damaged.add(row.version_id)
        if row.hash in cleaned:
            numbers.add(row.version_id)
            cells[cleaned[row.hash].title] += cleaned[row.hash].cells
    table = tables.versions.c
    newest = sa.select(table.source, sa.func.max(table.id)).group_by(table.source)
    found = PurgedText(
        versions=tuple(sorted(numbers)),
        cells=dict(cells),
        newest=tuple(source for source, number in connection.execute(newest) if number in numbers),
        lines=sum(text.is_in(line) for line in connection.execute(sa.select(tables.audit.c.what)).scalars()),
        messages=sum(text.is_in(name) for _, name in _addresses(connection)),
        unreadable=tuple(sorted(damaged)),
        beside=tuple(beside),
    )
    return found, cleaned


def _addresses(connection: sa.Connection) -> Iterator[tuple[sa.Column[str], str]]:
    """Each name of a recipient in the tables about messages."""
    for table in (tables.recipients, tables.leave_links, tables.deliveries, tables.sent_messages):
        for name in connection.execute(sa.select(table.c.recipient)).scalars().all():
            yield table.c.recipient, name


def remove_recipients(connection: sa.Connection, text: TextToRemove) -> None:
    """Forget what was told to recipients whose address has the text; that messages were sent stays, without it."""
    for column, name in list(_addresses(connection)):
        if not text.is_in(name):
            continue
        if column.table is tables.sent_messages:
            cleaned = tables.sent_messages.update().where(column == name)
            connection.execute(cleaned.values(recipient=text.removed_from_line(name)))
        else:
            connection.execute(sa.delete(column.table).where(column == name))


def remove(
    connection: sa.Connection, text: TextToRemove, cleaned: Mapping[str, Cleaned], numbers: Sequence[int]
) -> None:
    """Put the cleaned tabs in place of those with the text, and give those versions the hashes that follow."""
    places = tables.version_tabs
    for old, tab in cleaned.items():
        if not versions.stored_tabs(connection, [tab.hash]):
            connection.execute(tables.tabs.insert().values(hash=tab.hash, body=tab.body))
        connection.execute(places.update().where(places.c.hash == old).values(hash=tab.hash))
        connection.execute(tables.tabs.delete().where(tables.tabs.c.hash == old))
    for number in numbers:
        version = versions.find(connection, tables.versions.c.id == number)
        assert version is not None
        query = sa.select(places.c.hash).where(places.c.version_id == number).order_by(places.c.position)
        hashes = connection.execute(query).scalars()
        whole = content_hash(version.timezone, version.locale, hashes)
        connection.execute(
            tables.versions.update().where(tables.versions.c.id == number).values(content_hash=whole, plan=None)
        )
    # A notice may quote a cell; the next look writes its own.
    for row in connection.execute(sa.select(tables.turns.c.sheet, tables.turns.c.state)).all():
        if text.is_in(row.state):
            connection.execute(tables.turns.update().where(tables.turns.c.sheet == row.sheet).values(state=""))

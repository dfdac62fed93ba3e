"""Takes a text that must not be stored, such as a resident's name, out of every version and list of recipients."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import sqlalchemy as sa

from cwac.model import Cell, Tab, content_hash
from cwac.sheet import headers
from cwac.sheet.text import as_typed
from cwac.storage import tables, versions
from cwac.storage.versions import UNPACK_ERRORS, pack, unpack

_places = tables.version_tabs.c

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


def purge(connection: sa.Connection, text: TextToRemove, beside: Sequence[Path], *, dry_run: bool) -> PurgedText:
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
                if not versions.stored_tabs(connection, [new]):
                    connection.execute(tables.tabs.insert().values(hash=new, body=pack(tab)))
                connection.execute(tables.version_tabs.update().where(_places.hash == hash_).values(hash=new))
                connection.execute(tables.tabs.delete().where(tables.tabs.c.hash == hash_))
    table = tables.versions.c
    newest = sa.select(table.source, sa.func.max(table.id)).group_by(table.source)
    found = PurgedText(
        versions=tuple(sorted(numbers)),
        cells=dict(cells),
        newest=tuple(source for source, number in connection.execute(newest) if number in numbers),
        lines=sum(text.is_in(line) for line in connection.execute(sa.select(tables.audit.c.what)).scalars()),
        messages=_recipients(connection, text, dry_run=dry_run),
        unreadable=tuple(sorted(unreadable)),
        beside=tuple(beside),
    )
    if not dry_run:
        _correct_hashes(connection, found.versions)
        # A notice may quote a cell; the next look writes its own.
        for sheet, state in connection.execute(sa.select(tables.turns.c.sheet, tables.turns.c.state)).all():
            if text.is_in(state):
                connection.execute(tables.turns.update().where(tables.turns.c.sheet == sheet).values(state=""))
    return found


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


def _correct_hashes(connection: sa.Connection, numbers: Sequence[int]) -> None:
    """Give versions the hashes that follow from their tabs, and no plan, which may quote a header."""
    for number in numbers:
        version = versions.find(connection, tables.versions.c.id == number)
        assert version is not None
        query = sa.select(_places.hash).where(_places.version_id == number).order_by(_places.position)
        whole = content_hash(version.timezone, version.locale, connection.execute(query).scalars())
        update = tables.versions.update().where(tables.versions.c.id == number)
        connection.execute(update.values(content_hash=whole, plan=None))

"""Takes a text that must not be kept, such as a resident's name, out of a tab."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from cwac.model import Cell, Tab
from cwac.sheet import headers
from cwac.sheet.text import as_typed

MARKER = "[removed]"
SHORTEST = 3
"""Characters: a shorter text is in half of all cells."""


class TextToRemove:
    """What to look for: that very text anywhere in a cell, in any case, however its accents are encoded.

    A cell that holds a number is removed where it is that number and no other. Raises `ValueError` for a text shorter
    than `SHORTEST`.
    """

    def __init__(self, text: str) -> None:
        if len(text.strip()) < SHORTEST:
            raise ValueError(f"a text of at least {SHORTEST} characters")
        forms = {unicodedata.normalize(form, text) for form in ("NFC", "NFD")} | {text}
        self._pattern = re.compile("|".join(map(re.escape, sorted(forms))), re.IGNORECASE)
        self._number = text.strip()
        self._marker = "" if self._pattern.search(MARKER) else MARKER

    def is_in(self, text: str) -> bool:
        return self._pattern.search(text) is not None

    def removed_from(self, tab: Tab) -> tuple[Tab, int]:
        """The tab without the text, and from how many cells it went. The title of an unknown tab counts as one."""
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

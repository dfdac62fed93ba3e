"""Text from a cell on one line, for every place where text has no markup to hold it: mails, messages, text files."""

from __future__ import annotations

import unicodedata

_JOINERS = "\u200c\u200d"
"""Needed inside words of some languages and inside emoji; they move no other text."""


def one_line(text: str) -> str:
    """The text on one line, without control characters and those that reverse or hide other text."""
    line = " ".join(text.split())
    if line.isascii() and line.isprintable():
        return line
    shown = "".join(
        letter for letter in line if letter in _JOINERS or unicodedata.category(letter) not in ("Cc", "Cf", "Cs")
    )
    return " ".join(shown.split())

"""Text for a terminal: visible characters only, counted nouns, local times."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from cwac.date_words import zoned_moment


def plain(text: str) -> str:
    """One line of visible characters: a cell's text must not move the cursor, recolor or rewrite a terminal."""
    return "".join(ch if ch.isprintable() else " " if ch.isspace() else ascii(ch)[1:-1] for ch in text)


def days_away(days: int) -> str:
    """`today`, `tomorrow`, `in 5 days`."""
    return {0: "today", 1: "tomorrow"}.get(days, f"in {days} days")


def local_time(moment: dt.datetime, timezone: str) -> str:
    """`Thu, Oct 1, 2026, 10:42 AM Pacific Time`."""
    return zoned_moment(moment.astimezone(ZoneInfo(timezone)))

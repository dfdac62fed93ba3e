"""Phrases of the alerts' messages: shortened names, counts and lists."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from cwac.model import Event


def shorten(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def count_of(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def list_words(words: Sequence[str], most: int, joint: str = "and") -> str:
    """`a, b and c`; beyond `most`, `a, b and 3 more`."""
    if len(words) == 1:
        return words[0]
    shown = list(words) if len(words) <= most else [*words[:most], f"{len(words) - most} more"]
    return f" {joint} ".join([*([", ".join(shown[:-1])] if len(shown) > 1 else []), *shown[-1:]])


@lru_cache(1024)
def any_of(named: tuple[str, ...]) -> str:
    return list_words([shorten(agency, 20) for agency in named], 3, "or") or "the agencies"


def event_label(event: Event) -> str:
    return event.lead_agency or shorten(event.title, 24)

"""Words of cancellation, postponement or doubt that stand beside an event, outside its Status."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from cwac.model import EventStatus
from cwac.sheet.text import DOUBT, plain

Field = Literal["date_note", "title", "town_text", "venue_text", "public_notes", "internal_notes"]
COLUMN_OF: dict[Field, str] = {
    "date_note": "date",
    "title": "title",
    "town_text": "town",
    "venue_text": "venue",
    "public_notes": "public_notes",
    "internal_notes": "internal_notes",
}
"""The texts of an event that are looked at, and the column of each."""

_CANCELED = r"cancel(?:l?ed|ado|ada|ada)?|canx|cncl\w*|cxl?d?|cxl\w*|called off|scrubbed|nixed|suspendido"
_POSTPONED = (
    r"postpon\w*|moved to|moving to|resched\w*(?! +from)(?: +(?:to|for))?|pospuest[oa]|aplazad[oa]|pushed (?:back|to)"
)
_NEGATED = re.compile(
    r"\b(?:not|never|isn't|wasn't|un-?|if|unless|no longer|in case|do not|don't)\W+(?:\w+\W+){0,2}$", re.I
)
_WORDS: tuple[tuple[EventStatus | None, re.Pattern[str]], ...] = (
    ("Cancelled", re.compile(rf"\b(?:{_CANCELED})\b", re.I)),
    ("Postponed", re.compile(rf"\b(?:{_POSTPONED})\b", re.I)),
)
_OPEN = re.compile(rf"\W*(?:on hold|hold|needs? confirm\w*|{DOUBT})(?![\w])|[(\[](?:on hold|{DOUBT})[)\]]", re.I)
_IT_WAS = re.compile(
    r"\W*(?:(?:the|this|our) +)?(?:event|coffee|it|this)? *(?:was|is|has been|had to be|got) +(?:been +)?", re.I
)
"""What may stand before a word of cancellation that is about the event itself: "event was", "it had to be"."""
_ONLY_POLICY = re.compile(r"\bcancel(?:lation)? (?:policy|by|with)\b|\bto cancel\b", re.I)


@dataclass(frozen=True, slots=True)
class Remark:
    """What a text says of its event: the status (None for a doubt), and whether the text is about just that."""

    status: EventStatus | None
    is_plain: bool


def remark_in(typed: str, field: Field) -> Remark | None:
    """The word of cancellation, postponement or doubt in a text; None without one."""
    return _remark_in(plain(typed)[:1000], field)


@lru_cache(8192)
def _remark_in(text: str, field: Field) -> Remark | None:
    for status, pattern in _WORDS:
        for match in pattern.finditer(text):
            before = text[: match.start()]
            if _NEGATED.search(before) or _ONLY_POLICY.search(text):
                continue
            ends = not re.search(r"\w", text[match.end() :].split("(")[0]) or before.rstrip()[-1:] in "(-*:"
            begins = not re.search(r"\w", before) or _IT_WAS.fullmatch(before) is not None
            is_about = field not in ("public_notes", "internal_notes")
            return Remark(
                status, begins or (is_about and (ends or match[0].isupper() or bool(before.rstrip()[-1:] in "-(*")))
            )
    return Remark(None, False) if _OPEN.match(text) or (field != "internal_notes" and _OPEN.search(text)) else None

"""The records that the rows of form tabs become."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

Reply = Literal["Yes", "No", "Maybe"]


@dataclass(frozen=True, slots=True)
class OfficerAnswer:
    """The last answer of an officer about an event. `at` is in the sheet's zone, None where the row has no time.

    `officer` is an Officer ID, None without an Officers tab. `other_address` marks an answer that was sent from an
    address other than the officer's.
    """

    event_id: str
    row: int
    answer: Reply
    officer: str | None = None
    name: str | None = None
    agency: str | None = None
    at: dt.datetime | None = None
    note: str | None = None
    other_address: bool = False

    @property
    def person(self) -> str | None:
        return self.officer or (self.name.casefold() if self.name else None)


@dataclass(frozen=True, slots=True)
class FeedbackAnswer:
    """What one resident answered, without the text: scores from 1 to 5 in the order of the questions, None if blank."""

    event_id: str
    row: int
    questions: tuple[str, ...] = ()
    scores: tuple[int | None, ...] = ()
    first_time: bool | None = None
    language: str | None = None

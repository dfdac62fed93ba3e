"""What there is to show at one moment, and how old it is, as a sentence."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from cwac.date_words import day_words, zoned_clock
from cwac.model import Snapshot, SourceUnavailable


@dataclass(frozen=True, slots=True)
class Notice:
    """Something every viewer should know about the data shown.

    `code` is `damaged`, `large-deletion`, `large-change`, `renamed-tab`, `checked-out` or `store`. `version` is the
    number of the version that still holds what is gone, if one is kept. `may_accept`: a coordinator may show the sheet
    anyway.
    """

    code: str
    sentence: str
    since: dt.datetime
    version: int | None = None
    may_accept: bool = False

    def __str__(self) -> str:
        return self.sentence


@dataclass(frozen=True, slots=True)
class Live:
    """What there is to show at one moment. All times are aware; `silence` is in seconds.

    `generation` grows whenever `snapshot`, `trouble` or `notices` change, and only then; `as_of` advances with each
    answer of the source. `version` is the store's number for the workbook shown, None if it is not kept.
    """

    source: str = "The sheet"
    generation: int = 0
    snapshot: Snapshot | None = None
    version: int | None = None
    as_of: dt.datetime | None = None
    attempted: dt.datetime | None = None
    next_attempt: dt.datetime | None = None
    trouble: SourceUnavailable | None = None
    trouble_since: dt.datetime | None = None
    notices: tuple[Notice, ...] = ()
    silence: float = 60.0

    @property
    def confirmed(self) -> dt.datetime | None:
        """Until when the sheet is known to be as shown, by the times of looks alone.

        `as_of` of a file is when somebody saved it, which would tell strangers that something private changed.
        """
        failing = self.trouble_since if self.trouble is not None else None
        damaged = (notice.since for notice in self.notices if notice.code == "damaged")
        return min((moment for moment in (self.attempted, failing, *damaged) if moment), default=self.as_of)

    def is_current(self, now: dt.datetime) -> bool:
        """Whether the data is as new as it should be, and the sheet has not been damaged since."""
        damaged = any(notice.code == "damaged" for notice in self.notices)
        return self.as_of is not None and self.trouble is None and not damaged and not self.is_silent(now)

    def is_silent(self, now: dt.datetime) -> bool:
        """Whether the next look is overdue."""
        return self.next_attempt is not None and (now - self.next_attempt).total_seconds() > self.silence


_REASONS = {
    "rate-limit": "too many requests",
    "unreachable": "it could not be reached",
    "server-error": "a fault of its own",
    "bad-answer": "its answer could not be read",
}
"""Why Google has not answered, by cause."""


def as_of_sentence(live: Live, now: dt.datetime) -> str:
    """How old the data is and, if it is older than it should be, why, what to do, and who must do it."""
    if live.as_of is None:
        return str(live.trouble) if live.trouble else "The sheet is being read for the first time."
    moment = moment_words(live.as_of, now, live.snapshot.timezone if live.snapshot else None)
    if live.trouble is None:
        if live.is_silent(now):
            return f"{live.source} has not answered since {moment}. Showing the sheet as it was then."
        is_damaged = any(notice.code == "damaged" for notice in live.notices)
        return f"As of {moment}" + (". The sheet has been damaged since." if is_damaged else "")
    reason = _REASONS.get(live.trouble.cause)
    if reason is None:
        return f"{live.trouble.sentence} Showing the sheet as it was at {moment}. {live.trouble.remedy}".strip()
    return (
        f"{live.source} has not answered since {moment} ({reason}). Showing the sheet as it was then. "
        f"{live.trouble.remedy}"
    ).strip()


def moment_words(moment: dt.datetime, now: dt.datetime, timezone: str | None) -> str:
    """`10:42 AM Pacific Time`, followed by the day if that is not today in that zone."""
    local = moment.astimezone(ZoneInfo(timezone)) if timezone else moment
    today = now.astimezone(local.tzinfo).date()
    return zoned_clock(local) if local.date() == today else dated_moment_words(local, today)


def dated_moment_words(local: dt.datetime, today: dt.date) -> str:
    """`10:42 AM Pacific Time on Wed, Oct 7`, for sentences that stay up for days."""
    return f"{zoned_clock(local)} on {day_words(local.date(), today)}"

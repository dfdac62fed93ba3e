"""How old the data is, as a sentence."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from cwac.date_words import day_words, zoned_clock
from cwac.refresh.live import Live

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
        return f"As of {moment}" + (". The sheet has been damaged since." if live.damage else "")
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

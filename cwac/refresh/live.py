"""All that is known of a sheet at one moment, replaced as a whole by the poller; how old that is, as a sentence."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from cwac.date_words import day_words, zoned_clock
from cwac.model import Snapshot, SourceUnavailable, Workbook

ACCEPTED = 20
"""How many damaged contents that a coordinator accepted are remembered."""


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

    def of_version(self, version: int | None) -> Notice:
        """The same, saying which version still holds what is gone, if one does."""
        words = " Version {} on the Changes page still holds it."
        sentence = self.sentence.removesuffix(words.format(self.version))
        sentence += "" if version is None else words.format(version)
        return replace(self, version=version, sentence=sentence)


@dataclass(frozen=True, slots=True)
class Live:
    """The last good copy, its age, and what is wrong with the sheet. All times are aware.

    `generation` grows whenever `snapshot`, `trouble` or `notices` change, and only then; `as_of` advances with each
    answer of the source, and from `overdue_at` on the source counts as silent. `version` is the store's number for the
    workbook shown, None if it is not kept. `trouble_since`: when the source first failed since it last answered, also
    while viewers are not told yet. `damaged_content` is the hash of what `damage` is about, `accepted` are those that a
    coordinator wanted shown all the same. `before_loss` is what was shown before `loss`, None if it is only in the
    store. `asked`: somebody had pressed Refresh before the last look. With `look_closer` the next one reads the
    metadata too: an undo or a merge must not wait until that is due.
    """

    source: str = "The sheet"
    generation: int = 0
    workbook: Workbook | None = None
    snapshot: Snapshot | None = None
    version: int | None = None
    as_of: dt.datetime | None = None
    attempted: dt.datetime | None = None
    overdue_at: dt.datetime | None = None
    asked: bool = False
    trouble: SourceUnavailable | None = None
    trouble_since: dt.datetime | None = None
    damage: Notice | None = None
    damaged_content: str | None = None
    loss: Notice | None = None
    before_loss: Workbook | None = None
    source_notice: Notice | None = None
    store_notices: tuple[Notice, ...] = ()
    accepted: tuple[str, ...] = ()
    look_closer: bool = False

    def accepting(self, *contents: str) -> Live:
        """The same, with these damaged contents accepted as well; the first of more than `ACCEPTED` are forgotten."""
        others = [content for content in self.accepted if content not in contents]
        return replace(self, accepted=(*others, *contents)[-ACCEPTED:])

    @property
    def notices(self) -> tuple[Notice, ...]:
        """The notices on every page."""
        of_sheet = (self.damage, self.loss, self.source_notice)
        return (*filter(None, of_sheet), *self.store_notices)

    @property
    def confirmed(self) -> dt.datetime | None:
        """Until when the sheet is known to be as shown, by the times of looks alone."""
        failing = self.trouble_since if self.trouble is not None else None
        moments = (self.attempted, failing, self.damage and self.damage.since)
        return min((moment for moment in moments if moment), default=self.as_of)

    def is_current(self, now: dt.datetime) -> bool:
        """Whether the data is as new as it should be, and the sheet has not been damaged since."""
        return self.as_of is not None and self.trouble is None and self.damage is None and not self.is_silent(now)

    def is_silent(self, now: dt.datetime) -> bool:
        """Whether the next look is overdue."""
        return self.overdue_at is not None and now > self.overdue_at


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
    local = live.as_of.astimezone(ZoneInfo(live.snapshot.timezone)) if live.snapshot else live.as_of
    today = now.astimezone(local.tzinfo).date()
    moment = zoned_clock(local) if local.date() == today else dated_moment_words(local, today)
    if live.trouble is None and not live.is_silent(now):
        return f"As of {moment}" + (". The sheet has been damaged since." if live.damage else "")
    if live.trouble is not None and live.trouble.cause not in _REASONS:
        return f"{live.trouble.sentence} Showing the sheet as it was at {moment}. {live.trouble.remedy}".strip()
    why, remedy = (f" ({_REASONS[live.trouble.cause]})", live.trouble.remedy) if live.trouble else ("", "")
    return f"{live.source} has not answered since {moment}{why}. Showing the sheet as it was then. {remedy}".strip()


def dated_moment_words(local: dt.datetime, today: dt.date) -> str:
    """`10:42 AM Pacific Time on Wed, Oct 7`, for sentences that stay up for days."""
    return f"{zoned_clock(local)} on {day_words(local.date(), today)}"

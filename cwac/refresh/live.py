"""All that is known of a sheet at one moment, replaced as a whole by the poller."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from cwac.model import Snapshot, SourceUnavailable, Workbook


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

    `generation` grows only when `snapshot`, `trouble` or `notices` change; `as_of` advances with each answer of the
    source, which counts as silent from `overdue_at` on. `version` is the store's number for the workbook shown, None
    if it is not kept. `trouble_since`: when the source first failed since it last answered, also while viewers are not
    told yet. `damaged_content` is the hash of what `damage` is about, `accepted` are those that a coordinator wanted
    shown. `before_loss` is what was shown before `loss`, None if it is only in the store. `asked`: somebody pressed
    Refresh before the last look. With `look_closer` the next one reads the metadata: an undo or a merge must not wait.
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
        """The same, with these damaged contents accepted as well; of more than 20, the first are forgotten."""
        others = [content for content in self.accepted if content not in contents]
        return replace(self, accepted=(*others, *contents)[-20:])

    @property
    def notices(self) -> tuple[Notice, ...]:
        return (*filter(None, (self.damage, self.loss, self.source_notice)), *self.store_notices)

    @property
    def confirmed(self) -> dt.datetime | None:
        """Until when the sheet is known to be as shown, by the times of looks alone."""
        moments = (self.attempted, self.trouble and self.trouble_since, self.damage and self.damage.since)
        return min((moment for moment in moments if moment), default=self.as_of)

    def is_current(self, now: dt.datetime) -> bool:
        """Whether the data is as new as it should be, and the sheet has not been damaged since."""
        return self.as_of is not None and self.trouble is None and self.damage is None and not self.is_silent(now)

    def is_silent(self, now: dt.datetime) -> bool:
        return self.overdue_at is not None and now > self.overdue_at

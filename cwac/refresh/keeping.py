"""Keeps in the store what was seen of a sheet, and remembers it while the store cannot be used."""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Callable

from cwac.model import Workbook
from cwac.refresh.judge import DisplayState
from cwac.refresh.live import Notice
from cwac.storage.store import Store, StoreTrouble, Version

PENDING = 20
"""How many versions wait in memory for a store that cannot be written to; after that the oldest are lost."""


class Keeper:
    """The versions of one sheet that wait to be kept, and what viewers are told about the store."""

    def __init__(
        self, store: Store | None, clock: Callable[[], dt.datetime], thin_after_days: int | None, *, shared: bool
    ) -> None:
        self.pending: deque[tuple[Workbook, bool]] = deque(maxlen=PENDING)
        """Workbooks with whether each is good, oldest first."""
        self.trouble: Notice | None = None
        self.moved_aside: Notice | None = None
        self.file_lost: Notice | None = None
        self._store = store
        self._clock = clock
        self._is_shared = shared
        self._thin_after_days = thin_after_days
        self._thinned: dt.date | None = None
        self._times_begun = 0

    @property
    def notices(self) -> tuple[Notice, ...]:
        return tuple(notice for notice in (self.trouble, self.moved_aside, self.file_lost) if notice is not None)

    def add(self, workbook: Workbook, *, good: bool) -> None:
        if self._store is None:
            return
        if self.pending and self.pending[-1][0].content_hash == workbook.content_hash:
            self.pending.pop()
        self.pending.append((workbook, good))

    def failed(self, trouble: StoreTrouble) -> None:
        sentence = str(trouble)
        if self._is_shared:
            sentence = (
                f"{trouble.sentence} Meanwhile this dashboard looks at the sheet less often, and what it sees is not "
                f"kept. {trouble.remedy}"
            )
        self._say(sentence)

    def failed_by_mistake(self) -> None:
        if self.trouble is None:
            self._say("This program made a mistake while keeping the history. Whoever runs it finds it in its log.")

    def _say(self, sentence: str) -> None:
        if self.trouble is None or self.trouble.sentence != sentence:
            self.trouble = Notice("store", sentence, self._clock())

    def look_at_the_file(self) -> bool:
        """Whether the SQLite file was found deleted or replaced since the last call. May raise `StoreTrouble`."""
        if self._store is None or (begun := self._store.look_at_the_file()) == self._times_begun:
            return False
        self._times_begun = begun
        sentence = (
            "The file with the history was deleted, moved or replaced while the dashboard was running, so the history "
            "begins anew with the sheet as it is shown. Not in it: earlier versions, private calendar links, the audit "
            "and when people were last here. Whoever runs this dashboard: to have those back, stop it, put the old "
            "file in its place, and start it again."
        )
        self.file_lost = Notice("store", sentence, self._clock())
        return True

    def note_moved_aside(self) -> None:
        """Point out a SQLite file that was found corrupt, if there was one."""
        aside = self._store.moved_aside if self._store is not None else None
        if aside is not None and self.moved_aside is None:
            sentence = (
                f"The file with the history was damaged. It was moved aside as {aside.name}, and a new one begun. "
                "Whoever runs this dashboard may have a backup, or rescue what is in it."
            )
            self.moved_aside = Notice("store", sentence, self._clock())

    def begin_anew(self, shown: DisplayState) -> None:
        """Fill a store that has lost its contents: with the version that a notice names, then with what is shown."""
        if shown.workbook is not None and not (self.pending and self.pending[0][0] is shown.workbook):
            self.pending.appendleft((shown.workbook, True))
        if shown.loss is not None and shown.loss.workbook is not None:
            self.pending.appendleft((shown.loss.workbook, True))

    def keep_all(self) -> list[Version]:
        """Keep what is pending, for sheets that only this process reads. May raise `StoreTrouble`."""
        versions = []
        while self._store is not None and self.pending:
            workbook, good = self.pending[0]
            versions.append(self._store.keep(workbook, good=good))
            self.pending.popleft()
        return versions

    def thin(self, source: str) -> None:
        """Once a day, thin the old versions, if that is configured. May raise `StoreTrouble`."""
        now = self._clock()
        if self._store is not None and self._thin_after_days is not None and self._thinned != now.date():
            confirmed = self._store.confirmed_time(now)
            if confirmed is not None:
                self._store.thin(source, confirmed - dt.timedelta(days=self._thin_after_days))
            self._thinned = now.date()

"""What viewers are shown of one sheet: from the store at first, then after each look of this process or another."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from cwac.model import Snapshot, SourceUnavailable, Workbook
from cwac.refresh.judge import LOSS_STANDS, Damage, DisplayState, Judge, Loss, of_version
from cwac.refresh.keeping import Keeper
from cwac.refresh.live import Live
from cwac.refresh.pace import Schedule
from cwac.refresh.source_factory import Source
from cwac.refresh.turns import State, Turns
from cwac.storage.store import Store, StoreTrouble, Version

_log = logging.getLogger(__name__)
MOST_UNREADABLE = 20
"""How many unreadable versions are skipped in search of one that can be shown."""


@dataclass(frozen=True, slots=True)
class LookOutcome:
    """The outcome of one look, beside what is shown. `asked`: somebody had pressed Refresh."""

    attempted: dt.datetime
    asked: bool
    trouble: SourceUnavailable | None
    trouble_since: dt.datetime | None


class Display:
    """Replaces `live`, the one value that viewers read.

    `replacing` is called with a value whose snapshot is about to replace another one, `announced` with the value before
    and the new one.
    """

    def __init__(
        self,
        source: Source,
        store: Store | None,
        judge: Judge,
        schedule: Schedule,
        turns: Turns,
        keeper: Keeper,
        clock: Callable[[], dt.datetime],
        replacing: Callable[[Live], None],
        announced: Callable[[Live, Live], None],
    ) -> None:
        self.shown = DisplayState()
        self.live = Live(source=source.words, silence=schedule.pace.silence)
        self._source = source
        self._store = store
        self._judge = judge
        self._schedule = schedule
        self._turns = turns
        self._keeper = keeper
        self._clock = clock
        self._replacing = replacing
        self._announced = announced

    def begin(self) -> None:
        """Show the last good copy from the store, with its own time, until the source has answered."""
        if self._source.earlier is not None:
            self._keeper.add(self._source.earlier(), good=True)
        if self._store is None or self._source.identity is None:
            return
        try:
            row = self._turns.read()
            last = self._last_good(self._store, self._source.identity)
            if last is not None:
                self._show_kept(self._store, *last)
            if row is not None and (self._turns.is_shared or row.pause):
                self.follow()
            elif row is not None:
                self._turns.kept = row.kept_turn
        except StoreTrouble as trouble:
            self._keeper.failed(trouble)

    def _show_kept(self, store: Store, version: Version, workbook: Workbook) -> None:
        self._source.remember(workbook)
        self.shown = DisplayState(workbook, None, version.id, version.seen_at)
        self.shown = replace(self.shown, snapshot=self._judge.snapshot(workbook, self.shown))
        self.announce(replace(self.live, next_attempt=self._clock()))
        # A restart must not wipe out the warning of a large deletion.
        try:
            then = store.as_of(version.source, self._clock() - LOSS_STANDS) or store.oldest(version.source)
            if then is None or then.id == version.id:
                return
            self.shown = self._judge.loss_since(store.load(then), then.seen_at, then.id, version.at, self.shown)
        except (StoreTrouble, SourceUnavailable):
            return
        self.announce(self.live)

    def _last_good(self, store: Store, identity: str) -> tuple[Version, Workbook] | None:
        version = store.latest(identity)
        for _ in range(MOST_UNREADABLE):
            if version is None:
                break
            try:
                return version, store.load(version)
            except StoreTrouble as trouble:
                if trouble.cause != "corrupt":
                    raise
                _log.error("%s", trouble)
            version = store.before(version)
        return None

    def is_older(self, text: str) -> bool:
        """Whether another process wrote what is older than what this one has seen, and could not keep yet."""
        state = State.from_json(text)
        seen = self.shown.as_of
        return bool(self._keeper.pending and seen and state and state.as_of and state.as_of < seen)

    def follow(self) -> None:
        """Show what another process kept. May raise `StoreTrouble`."""
        row, store = self._turns.row, self._store
        assert row is not None
        assert store is not None
        shown, state = self.shown, State.from_json(row.state) or State()
        version = None if row.version is None else store.version(row.version)
        if version is not None:  # else it was purged: the next look brings what is shown instead
            if shown.workbook is None or shown.workbook.content_hash != version.content_hash:
                workbook = store.load(version)
                self._source.remember(workbook)
                shown = replace(shown, workbook=workbook)
            shown = replace(shown, version=version.id, as_of=state.as_of or version.seen_at)
        self._turns.kept = row.kept_turn
        if shown.workbook is not None:
            shown = replace(shown, snapshot=self._judge.snapshot(shown.workbook, shown))
        loss = None if state.loss is None else Loss(state.loss)
        if loss is not None and shown.loss is not None and shown.loss.notice.version == loss.notice.version:
            loss = replace(shown.loss, notice=loss.notice)
        self.shown = replace(
            shown,
            damage=state.damage and Damage(*state.damage),
            loss=loss,
            source_notice=state.source_notice,
            accepted=state.accepted,
        )
        self._keeper.pending.clear()
        self._schedule.follow(
            pause=row.pause,
            failing_since=state.trouble_since,
            asked_before=row.now - row.taken_at if state.asked else None,
        )
        delay = row.seconds_until_due(self._schedule.pace.every)
        self.announce(
            replace(
                self.live,
                attempted=row.looked_at,
                next_attempt=self._clock() + dt.timedelta(seconds=delay),
                trouble=state.trouble,
                trouble_since=state.trouble_since,
            )
        )

    def begin_anew(self) -> None:
        """Store what is shown once more, after the store lost it or was restored from a backup."""
        self._keeper.begin_anew(self.shown)
        damage, loss = self.shown.damage, self.shown.loss
        self.shown = replace(
            self.shown,
            version=None,
            damage=damage and replace(damage, notice=replace(damage.notice, version=None)),
            loss=loss and replace(loss, notice=of_version(loss.notice, None)),
        )

    def complete_loss(self) -> None:
        """Load what was shown before a loss that another process pointed out: to see whether it comes back."""
        loss = self.shown.loss
        if loss is None or loss.before is not None or self._store is None:
            return
        try:
            version = None if loss.notice.version is None else self._store.version(loss.notice.version)
            if version is not None:
                self.shown = self._judge.with_loss_from(self._store.load(version), self.shown)
                return
        except (StoreTrouble, SourceUnavailable) as trouble:
            _log.warning("What was kept before a loss could not be read: %s", trouble.cause)
        self.shown = replace(self.shown, loss=None)

    def todays_snapshot(self) -> Snapshot:
        assert self.shown.workbook is not None
        return self._judge.snapshot(self.shown.workbook, self.shown)

    def show_today(self) -> None:
        """Read what is shown again when the day has changed in its zone."""
        shown = self.shown
        if shown.workbook is None or shown.snapshot is None:
            return
        if shown.snapshot.today != self._judge.today(shown.workbook):
            self.shown = replace(shown, snapshot=self.todays_snapshot())
            self.announce(self.live)

    def announce_look(self, look: LookOutcome, delay: float) -> None:
        self.announce(
            replace(
                self.live,
                attempted=look.attempted,
                next_attempt=self._clock() + dt.timedelta(seconds=delay),
                trouble=look.trouble,
                trouble_since=look.trouble_since,
            )
        )

    def announce(self, live: Live) -> None:
        """Replace what viewers see by `live` with what is shown now."""
        before, self.shown = self.live, self._judge.without_old_loss(self.shown)
        shown = self.shown
        told = (
            shown.damage and shown.damage.notice,
            shown.loss and shown.loss.notice,
            shown.source_notice,
            *self._keeper.notices,
        )
        notices = tuple(notice for notice in told if notice is not None)
        is_same = (before.snapshot is shown.snapshot, str(before.trouble), before.notices) == (
            True,
            str(live.trouble),
            notices,
        )
        live = replace(
            live,
            generation=before.generation + (not is_same),
            snapshot=shown.snapshot,
            version=shown.version,
            as_of=shown.as_of,
            notices=notices,
        )
        if before.snapshot is not None and live.snapshot is not before.snapshot:
            self._replacing(live)
        self.live = live
        self._announced(before, self.live)

"""One loop a sheet: look, judge, keep, show. Viewers read the last good copy, and how old it is.

Several processes that share a store take turns to look (`keeping`), and each shows what the others saw.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from cwac import logs
from cwac.clock import read_clock
from cwac.model import SourceUnavailable, Workbook
from cwac.refresh.judge import LOSS_STANDS, Judge, Reader, attempt
from cwac.refresh.keeping import Keeper
from cwac.refresh.live import Live, Notice
from cwac.refresh.pace import ALONE, DEFAULT_PACE, Pace, Schedule
from cwac.refresh.source_factory import Source
from cwac.storage.store import Store, StoreTrouble, Version
from cwac.storage.turns import TurnRow

_log = logging.getLogger(__name__)
THREAD = "cwac-refresh"


class Poller(threading.Thread):
    """A thread that replaces `live` as a whole; viewers only read it.

    `read` makes the snapshot of a day; `clock` gives aware times; versions older than `thin_after_days` are thinned.
    `on_new` is called by the thread with each new value of `live` before it is shown.
    """

    def __init__(
        self,
        source: Source,
        read: Reader,
        store: Store | None = None,
        *,
        pace: Pace = DEFAULT_PACE,
        thin_after_days: int | None = None,
        clock: Callable[[], dt.datetime] = read_clock,
        on_new: Callable[[Live], None] | None = None,
    ) -> None:
        super().__init__(name=THREAD, daemon=True)
        self.live = Live(source=source.words)
        self.store = store
        self.looks = 0
        self._source, self._pace, self._clock, self._on_new = source, pace, clock, on_new
        self._judge = Judge(read, clock)
        self._schedule = Schedule(pace)
        self.failures = self._schedule.failures
        self._keeper = Keeper(store, source.identity, clock, thin_after_days)
        self._looking = threading.RLock()
        self._looked_at = float("-inf")
        """When any process is known to have looked last; this and `_due` are by the monotonic clock."""
        self._due = float("inf")
        self._asked = False
        self._asked_at_turn: int | None = None
        self._accepted: str | None = None
        """The damaged content that a coordinator wants shown, until the next look."""
        self._wake, self._ready = threading.Event(), threading.Event()
        self._stopping = False

    # --- for everybody -------------------------------------------------------------------------------------------

    def refresh_now(self) -> bool:
        """Request a look now; False if somebody just requested one, or the source has asked for a pause."""
        if not self._schedule.ask():
            return False
        self._asked_at_turn = None
        self._asked = True
        self._wake.set()
        return True

    def accept(self, notice: Notice | None = None) -> bool:
        """Show the damaged sheet after all; False if the damage is no longer the one that `notice` describes."""
        damage = self.live.damage
        if damage is None or (notice is not None and notice.sentence != damage.notice.sentence):
            return False
        self._accepted = damage.content
        self._wake.set()
        return True

    def wait(self, seconds: float) -> Live:
        """Wait up to `seconds` for the first snapshot or the first trouble, and return what there is."""
        self._ready.wait(seconds)
        return self.live

    def read_by(self, read: Reader) -> None:
        """Read the sheet by other settings, from the next look on."""
        self._judge.read = read

    def leave(self) -> None:
        """Tell the thread to end, without waiting for it."""
        self._stopping = True
        self._wake.set()

    def stop(self, seconds: float = 5.0) -> None:
        """End the thread; one that hangs in a fetch is abandoned after `seconds`."""
        self.leave()
        if self.is_alive():
            self.join(seconds)

    # --- the loop ------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Poll until `stop()`. No error ends the thread."""
        self._try(self.begin)
        self._due = time.monotonic() + self._pace.first
        while not self._stopping:
            self._wake.wait(max(0.0, min(self._due - time.monotonic(), self._pace.follow)))
            self._wake.clear()
            if not self._stopping:
                self._try(self._poll)
        if self.store is not None:
            self.store.close()

    def _try(self, step: Callable[[], None]) -> None:
        try:
            with self._looking:
                step()
        except BaseException as error:
            _log.error("The poller failed: %s at %s", type(error).__name__, logs.place(error))
            self._due = time.monotonic() + self._pace.every

    def begin(self) -> None:
        """Show the last good copy from the store, with its own time, until the source has answered."""
        keeper = self._keeper
        if self._source.earlier is not None:
            keeper.add(self._source.earlier(), good=True)
        try:
            keeper.read()
            if (kept := keeper.last_good()) is not None:
                self._show_kept(*kept)
            if (row := keeper.row) is not None and (keeper.is_shared or row.pause):
                self._follow(keeper.follow(self.live, row), row)
            elif row is not None:
                keeper.followed = row.kept_turn
        except StoreTrouble as trouble:
            keeper.failed(trouble)

    def _show_kept(self, version: Version, workbook: Workbook) -> None:
        """Show the last good version. A restart must not wipe out the warning of a large deletion."""
        self._source.remember(workbook)
        live = replace(self.live, workbook=workbook, version=version.id, as_of=version.seen_at)
        self._show(self._judge.on_today(live), 0.0)
        if (earlier := self._keeper.earlier(version, self._clock() - LOSS_STANDS)) is not None:
            with suppress(SourceUnavailable):
                self._show(self._judge.loss_since(*earlier, version.at, self.live))

    def _poll(self) -> None:
        """Look if a look is due or requested and this process gets the turn; else show what other processes found."""
        is_due, asked, accepted = time.monotonic() >= self._due, self._asked, self._accepted is not None
        may_look, turn = False, None
        if is_due or asked or accepted:
            may_look, turn = self._take_turn(is_due, asked, urgent=accepted)
        elif self._keeper.trouble is None or self._keeper.is_shared:
            self._exchange()
        if not may_look:
            today = self._judge.on_today(self.live)
            if today.snapshot is not self.live.snapshot:
                self._show(today)
            return
        asked = asked or self._asked  # the button may have been pressed while the turn was taken
        self._asked = False
        delay = self._look(turn, asked)
        self._due = time.monotonic() + delay + (self._pace.apart if self.looks == 1 else 0.0)

    def look(self, *, asked: bool = False) -> float:
        """Look at the source now, even if another process has just looked; returns seconds until the next look."""
        with self._looking:
            may_look, turn = self._take_turn(is_due=False, asked=asked, urgent=True)
            return self._look(turn, asked) if may_look else self._schedule.limited_for

    def _look(self, turn: int | None, asked: bool) -> float:
        """Look at the source once, and judge, keep and show what came of it; the seconds until the next look."""
        began, attempted = time.monotonic(), self._clock()
        self._schedule.looked_at = began
        self.looks += 1
        accepted = self._accepted
        live = self._keeper.with_whole_loss(self.live if accepted is None else self.live.accepting(accepted))
        if live.look_closer or live.damage is not None or live.loss is not None:
            self._source.look_closer()
        workbook, trouble = attempt("fetching", lambda: self._source.fetch(asked))
        self._looked_at = time.monotonic()
        if workbook is not None:
            self._schedule.answered_at = self._looked_at
            judged, trouble = attempt("reading", lambda: self._judge.judge(workbook, live))
            if judged is not None:
                live, trouble = judged
                self._keeper.add(workbook, good=live.workbook is workbook)
            live = replace(live, look_closer=live.look_closer or trouble is not None)
        # There may be nothing new to show, but it may be another day.
        today, mistake = attempt("reading", lambda: self._judge.on_today(live))
        live, trouble = today or live, trouble or mistake
        if trouble is None:
            delay = self._schedule.delay_after_success(began)
        else:
            _log.warning("Look %d failed (%s): %s", self.looks, trouble.cause, trouble.sentence)
            delay = self._schedule.delay_after_failure(trouble, attempted, answered=workbook is not None)
            if self.live.trouble is None and self._schedule.may_stay_quiet(trouble, delay, began):
                trouble = None
        since = self._schedule.failing_since if trouble is not None else None
        live = replace(live, attempted=attempted, asked=asked, trouble=trouble, trouble_since=since)
        if turn is not None:
            kept = self._keeper.keep(turn, live, self._schedule.limited_for)
            if kept is None:  # another process has looked later
                self._exchange()
                row = self._keeper.row
                return 0.0 if row is None else row.seconds_until_due(self._pace.every)
            live = kept
        if self._accepted == accepted:
            self._accepted = None
        self._show(live, delay)
        if turn is None or self._keeper.trouble is not None:
            live, is_kept = self._keeper.keep_late(self.live, self._schedule.limited_for)
            if not is_kept and self._keeper.is_shared and live.snapshot is not None:
                delay = max(delay, ALONE * self._pace.every)
            self._show(live, delay)
        return delay

    def _show(self, live: Live, delay: float | None = None) -> None:
        """Replace what viewers see; `delay`: seconds until the next look."""
        before = self.live
        live = replace(self._judge.without_old_loss(live), store_notices=self._keeper.notices)
        if delay is not None:
            live = replace(live, overdue_at=self._clock() + dt.timedelta(seconds=delay + self._pace.silence))
        seen = (live.snapshot is before.snapshot, str(live.trouble), live.notices)
        is_same = seen == (True, str(before.trouble), before.notices)
        live = replace(live, generation=before.generation + (not is_same))
        try:
            if self._on_new is not None:
                self._on_new(live)
        except Exception as error:
            _log.error("What a new version needs failed: %s at %s", type(error).__name__, logs.place(error))
        self.live = live
        if live.snapshot is not None or live.trouble is not None:
            self._ready.set()

    # --- turns and the store -------------------------------------------------------------------------------------

    @property
    def _interval(self) -> float:
        """Seconds between looks; shorter while there is neither a snapshot nor a trouble to show."""
        is_blank = self.live.snapshot is None and self.live.trouble is None
        return min(self._pace.asked, self._pace.every) if is_blank else self._pace.every

    def _take_turn(self, is_due: bool, asked: bool, *, urgent: bool) -> tuple[bool, int | None]:
        """Whether to look now, and in which turn; None while the store is in trouble."""
        keeper = self._keeper
        if keeper.trouble is not None and not keeper.is_shared:
            return True, None  # viewers do not wait for a locked file: `keep_late` comes after the look
        is_first = not self.looks and not keeper.is_shared
        wait = 0.0 if urgent or is_first else min([self._pace.asked] * asked + [self._interval] * is_due)
        has_answered, turn = self._exchange(wait)
        if has_answered:
            return turn is not None, turn
        alone_at = self._looked_at + ALONE * self._pace.every
        is_alone = not keeper.is_shared or asked or urgent or self.live.snapshot is None
        if is_alone or time.monotonic() >= alone_at:
            return True, None
        self._due = alone_at
        return False, None

    def _exchange(self, wait: float | None = None) -> tuple[bool, int | None]:
        """Show what other processes kept, with `wait` taking a turn; whether the store answered, and the turn."""
        keeper = self._keeper
        met, now = keeper.exchange(self.live, wait), time.monotonic()
        if met.is_emptied:
            self._due = min(self._due, now)
        row = keeper.row if met.has_answered else None
        if row is not None and self._asked_at_turn is None:
            self._asked_at_turn = row.turn
        if row is not None and met.has_news:
            if self._asked_at_turn is not None and row.kept_turn > self._asked_at_turn:
                self._asked = False  # that look began after the button was pressed
            self._follow(met.live, row)
        elif met.live is not self.live or keeper.notices != self.live.store_notices:
            self._show(met.live)
        if row is not None and met.is_back:
            self._due = min(self._due, now + row.seconds_until_due(self._pace.every))
        if row is not None and met.turn is None and not keeper.is_own_turn:
            self._due = now + row.seconds_until_due(self._interval)
        return met.has_answered, met.turn

    def _follow(self, live: Live, row: TurnRow) -> None:
        """Show what another process kept."""
        if live.workbook is not None and live.workbook is not self.live.workbook:
            self._source.remember(live.workbook)
        self._looked_at = time.monotonic()
        self._schedule.follow(row, live.trouble_since, asked=live.asked)
        self._show(self._judge.on_today(live), row.seconds_until_due(self._pace.every))

"""One loop a sheet: look, judge, keep, show. Processes that share a store take turns, and show what the others saw."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from cwac.clock import read_clock
from cwac.refresh.judge import LOSS_STANDS, Judge, Reader, attempt
from cwac.refresh.keeping import ALONE, DEFAULT_PACE, Keeper, Pace, Schedule
from cwac.refresh.live import Live, Notice
from cwac.refresh.source_factory import Source
from cwac.storage.store import Store, StoreTrouble

_log = logging.getLogger(__name__)
THREAD = "cwac-refresh"


class Poller(threading.Thread):
    """A thread that replaces `live`, which viewers read, and calls `on_new` with each new one before that is shown."""

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
        self.store, self.looks = store, 0
        self._source, self._pace, self._clock, self._on_new = source, pace, clock, on_new or (lambda _: None)
        self.judge, self._schedule = Judge(read, clock), Schedule(pace)
        self._keeper = Keeper(store, source.identity, clock, thin_after_days)
        self.failures = self._schedule.failures
        self._looking = threading.RLock()
        self._due = float("inf")
        """When to look next, by the monotonic clock."""
        self._asked: float | None = None
        """A look is requested: one in a turn after this one, infinite until the turn of the request is known."""
        self._accepted: str | None = None
        """The damaged content that a coordinator wanted shown last."""
        self._wake, self._ready = threading.Event(), threading.Event()
        self._stopping = False

    def refresh_now(self) -> bool:
        """Request a look now; False if somebody just requested one, or the source has asked for a pause."""
        if not self._schedule.ask():
            return False
        self._asked = float("inf")
        self._wake.set()
        return True

    def accept(self, notice: Notice | None = None) -> bool:
        """Show the damaged sheet after all; False if the damage is no longer the one that `notice` describes."""
        live = self.live
        if live.damage is None or (notice is not None and notice.sentence != live.damage.sentence):
            return False
        self._accepted = live.damaged_content
        self._wake.set()
        return True

    def wait(self, seconds: float) -> Live:
        """Wait up to `seconds` for the first snapshot or the first trouble, and return what there is."""
        self._ready.wait(seconds)
        return self.live

    def stop(self, seconds: float = 5.0) -> None:
        """Tell the thread to end, and wait for that; one that hangs in a fetch is abandoned after `seconds`."""
        self._stopping = True
        self._wake.set()
        if self.is_alive():
            self.join(seconds)

    def run(self) -> None:
        """Poll until `stop()`. No error ends the thread."""
        with self._looking:
            if (trouble := attempt("beginning with", self.begin)[1]) is not None:
                _log.error("The last good copy is not shown: %s", trouble.cause)
        self._due = time.monotonic() + self._pace.first
        while not self._stopping:
            self._wake.wait(max(0.0, min(self._due - time.monotonic(), self._pace.follow)))
            self._wake.clear()
            with self._looking:
                trouble = None if self._stopping else attempt("showing", self._poll)[1]
            if trouble is not None:
                _log.error("The poller failed: %s", trouble.cause)
                self._due = time.monotonic() + self._pace.every
        if self.store is not None:
            self.store.close()

    def begin(self) -> None:
        """Show the last good copy from the store, with its own time, until the source has answered."""
        if self._source.earlier is not None:
            self._keeper.add(self._source.earlier(), good=True)
        try:
            live = self._keeper.begin(self.live)
            if live.workbook is not None:
                self._source.remember(live.workbook)
                self._show(self.judge.on_today(live), 0.0)
                # A restart must not wipe out the warning of a large deletion.
                if (earlier := self._keeper.earlier(live, self._clock() - LOSS_STANDS)) is not None:
                    self._show(self.judge.loss_since(*earlier, self.live))
        except StoreTrouble as trouble:
            self._keeper.failed(trouble)
        self._follow()

    def look(self, *, asked: bool = False) -> float:
        """Look at the source now, even if another process has just looked; returns seconds until the next look."""
        with self._looking:
            self._asked = float("inf") if asked else self._asked
            return self._poll(urgent=True)

    def _poll(self, *, urgent: bool = False) -> float:
        """Look if that is due and this process gets the turn, else show what others found; seconds until the next."""
        keeper, pace, has_copy = self._keeper, self._pace, self.live.snapshot is not None
        urgent = urgent or self._accepted not in (None, *self.live.accepted)
        if not (urgent or self._asked is not None or time.monotonic() >= self._due):
            turn = self._follow()
        elif keeper.waits_for_file:
            turn = 0  # it is taken after the look
        else:
            is_calm = self._asked is None and (has_copy or self.live.trouble is not None)
            is_first = not self.looks and not keeper.is_shared
            wait = 0.0 if urgent or is_first else pace.every if is_calm else pace.asked
            turn, now = self._follow(wait), time.monotonic()
            may_wait = keeper.is_shared and not urgent and self._asked is None and has_copy
            if turn == 0 and may_wait and now < self._schedule.looked_at + ALONE * pace.every:
                turn = None
            if turn is None:
                self._due = now + keeper.seconds_until_due(wait, unknown=pace.follow)
        if turn is not None:
            return self._look(turn)
        today, _ = attempt("reading", lambda: self.judge.on_today(self.live))
        if today is not None and today.snapshot is not self.live.snapshot:
            self._show(today)
        return self._due - time.monotonic()

    def _look(self, turn: int | None) -> float:
        """Look at the source once, and judge, keep and show what came of it; the seconds until the next look."""
        schedule, keeper, began, attempted = self._schedule, self._keeper, time.monotonic(), self._clock()
        asked, self._asked = self._asked is not None, None
        self.looks += 1
        schedule.looked_at = began
        live = keeper.with_whole_loss(self.live.accepting(self._accepted) if self._accepted else self.live)
        if live.look_closer or live.damage is not None or live.loss is not None:
            self._source.look_closer()
        workbook, trouble = attempt("fetching", lambda: self._source.fetch(asked))
        if workbook is not None:
            schedule.answered_at = time.monotonic()
        live, trouble, is_read = self.judge.judge(workbook, trouble, live)
        if workbook is not None and is_read:
            keeper.add(workbook, good=live.workbook is workbook)
        delay, since = schedule.delay_after(trouble, began, answered=workbook is not None), None
        if trouble is not None:
            _log.warning("Look %d failed (%s): %s", self.looks, trouble.cause, trouble.sentence)
            since = live.trouble_since or attempted
            if self.live.trouble is None and schedule.may_stay_quiet(trouble, delay, began):
                trouble = None
        live = replace(live, attempted=attempted, asked=asked, trouble=trouble, trouble_since=since)
        if keeper.waits_for_file:
            self._show(live, delay)  # viewers do not wait for a locked file: the turn is taken now
            turn, live = self._follow(0.0), self.live
        kept = keeper.keep(turn, live, pause=max(0.0, schedule.limited_until - time.monotonic()))
        if kept is not None:
            self._show(kept, delay)
        else:  # another process has looked later
            self._follow()
            delay = keeper.seconds_until_due(self._pace.every)
        self._due = time.monotonic() + delay + (self._pace.apart if self.looks == 1 else 0.0)
        return delay

    def _follow(self, wait: float | None = None) -> int | None:
        """Show what other processes kept; with `wait`, the turn to look in, as `Keeper.meet` gives it."""
        keeper, before = self._keeper, self.live
        live, turn = keeper.meet(before, wait)
        row, delay = keeper.row, keeper.seconds_until_due(self._pace.every)
        if row is not None and live.attempted is not before.attempted:
            if live.workbook is not None and live.workbook is not before.workbook:
                self._source.remember(live.workbook)
            self._schedule.follow(row, failing=live.trouble_since is not None, asked=live.asked)
            self._show(self.judge.on_today(live), delay)
        elif live is not before or keeper.notices != before.store_notices:
            self._show(live)
        if row is not None and self._asked is not None:
            self._asked = None if row.kept_turn > self._asked else min(self._asked, row.turn)
        if keeper.pending and (row is not None or keeper.trouble is None):  # the store was away, or begins anew
            self._due = min(self._due, time.monotonic() + delay)
        return turn

    def _show(self, live: Live, delay: float | None = None) -> None:
        """Replace what viewers see; `delay`: seconds until the next look."""
        before, keeper = self.live, self._keeper
        live = replace(live, store_notices=keeper.notices)
        if live.loss is not None and self._clock() - live.loss.since > LOSS_STANDS:
            live = replace(live, loss=None, before_loss=None)
        if delay is not None:
            if keeper.is_shared and keeper.trouble is not None:
                delay = max(delay, ALONE * self._pace.every)
            live = replace(live, overdue_at=self._clock() + dt.timedelta(seconds=delay + self._pace.silence))
        is_new = live.snapshot is not before.snapshot or str(live.trouble) != str(before.trouble)
        live = replace(live, generation=before.generation + (is_new or live.notices != before.notices))
        attempt("preparing", lambda: self._on_new(live))
        self.live = live
        if live.snapshot is not None or live.trouble is not None:
            self._ready.set()

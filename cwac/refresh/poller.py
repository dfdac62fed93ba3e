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
from cwac.model import SourceUnavailable
from cwac.refresh.judge import LOSS_STANDS, Judge, Reader, attempt
from cwac.refresh.keeping import Keeper
from cwac.refresh.live import Live, Notice
from cwac.refresh.pace import ALONE, DEFAULT_PACE, Pace, Schedule
from cwac.refresh.source_factory import Source
from cwac.storage.store import Store, StoreTrouble
from cwac.storage.turns import TurnRow

_log = logging.getLogger(__name__)
THREAD = "cwac-refresh"

UNLESS_ANOTHER_LOOKED = 1e9
"""Passed to `Keeper.read` as the wait, in seconds: only the process that took the last turn gets the next one."""


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
        self.live = Live(source=source.words, silence=pace.silence)
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
        if self._source.earlier is not None:
            self._keeper.add(self._source.earlier(), good=True)
        try:
            self._keeper.read()
            self._show_kept()
            row = self._keeper.row
            if row is not None and (self._keeper.is_shared or row.pause):
                self._follow(row)
            elif row is not None:
                self._keeper.followed = row.kept_turn
        except StoreTrouble as trouble:
            self._keeper.failed(trouble)

    def _show_kept(self) -> None:
        """Show the last good version. A restart must not wipe out the warning of a large deletion."""
        kept = self._keeper.last_good()
        if kept is None or self.store is None:
            return
        version, workbook = kept
        self._source.remember(workbook)
        live = replace(self.live, workbook=workbook, version=version.id, as_of=version.seen_at)
        self._show(self._judge.on_today(live), 0.0)
        then = self.store.as_of(version.source, self._clock() - LOSS_STANDS) or self.store.oldest(version.source)
        if then is not None and then.id != version.id:
            with suppress(StoreTrouble, SourceUnavailable):
                self._show(self._judge.loss_since(self.store.load(then), then, version.at, self.live))

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
        live = self._with_whole_loss(self.live if accepted is None else self.live.accepting(accepted))
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
            if trouble is not None:
                live = replace(live, look_closer=True)
        # There may be nothing new to show, but it may be another day.
        today, mistake = attempt("reading", lambda: self._judge.on_today(live))
        live, trouble = today or live, trouble or mistake
        if trouble is None:
            delay = self._schedule.delay_after_success(began)
        else:
            _log.warning("Look %d failed (%s): %s", self.looks, trouble.cause, trouble.sentence)
            delay = self._schedule.delay_after_failure(trouble, attempted, answered=workbook is not None)
            took = time.monotonic() - began
            if self.live.trouble is None and self._schedule.may_stay_quiet(trouble, delay, took):
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
            delay = self._catch_up(delay)
        return delay

    def _with_whole_loss(self, live: Live) -> Live:
        """The same with what was shown before a loss that another process pointed out: to see whether it comes back."""
        loss = live.loss
        if loss is None or loss.before is not None or self.store is None:
            return live
        try:
            version = None if loss.notice.version is None else self.store.version(loss.notice.version)
            if version is not None:
                return self._judge.with_loss_from(self.store.load(version), live)
        except (StoreTrouble, SourceUnavailable) as trouble:
            _log.warning("What was kept before a loss could not be read: %s", trouble.cause)
        return replace(live, loss=None)

    def _show(self, live: Live, delay: float | None = None) -> None:
        """Replace what viewers see; `delay`: seconds until the next look."""
        before = self.live
        live = replace(self._judge.without_old_loss(live), store_notices=self._keeper.notices)
        if delay is not None:
            live = replace(live, next_attempt=self._clock() + dt.timedelta(seconds=delay))
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
            return True, None  # viewers do not wait for a locked file: `_catch_up` comes after the look
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
        """Read the row of turns, with `wait` taking one, and act on it; whether the store answered, and the turn."""
        keeper = self._keeper
        try:
            turn = keeper.read(wait)
            self._begin_anew_if_emptied()
            if (row := keeper.row) is None:
                return True, turn
            if keeper.trouble is not None and keeper.is_shared:
                self._due = min(self._due, time.monotonic() + row.seconds_until_due(self._pace.every))
                if not keeper.pending:
                    keeper.trouble = None
                    self._show(self.live)
            if self._asked_at_turn is None:
                self._asked_at_turn = row.turn
            if keeper.has_news(self.live.as_of):
                if row.kept_turn > self._asked_at_turn:
                    self._asked = False  # that look began after the button was pressed
                self._follow(row)
            if turn is None and not keeper.is_own_turn:
                self._due = time.monotonic() + row.seconds_until_due(self._interval)
        except StoreTrouble as trouble:
            keeper.failed(trouble)
            if keeper.notices != self.live.store_notices:
                self._show(self.live)
            return False, None
        return True, turn

    def _begin_anew_if_emptied(self) -> None:
        if self._keeper.was_emptied():
            self._show(self._keeper.begin_anew(self.live))
            self._due = min(self._due, time.monotonic())

    def _follow(self, row: TurnRow) -> None:
        """Show what another process kept. May raise `StoreTrouble`."""
        live = self._keeper.news(self.live, row)
        if live.workbook is not None and live.workbook is not self.live.workbook:
            self._source.remember(live.workbook)
        self._looked_at = time.monotonic()
        self._schedule.follow(row, live.trouble_since, asked=live.asked)
        self._show(self._judge.on_today(live), row.seconds_until_due(self._pace.every))

    def _catch_up(self, delay: float) -> float:
        """Try to keep a look that was made without a turn, unless another process has looked since."""
        try:
            turn = self._keeper.read(UNLESS_ANOTHER_LOOKED)
            self._begin_anew_if_emptied()
            kept = None if turn is None else self._keeper.keep(turn, self.live, self._schedule.limited_for)
        except StoreTrouble as trouble:
            self._keeper.failed(trouble)
            kept = None
        if kept is not None and self._keeper.trouble is None:
            self._show(kept)
            return delay
        if self._keeper.is_shared and self.live.snapshot is not None:
            delay = max(delay, ALONE * self._pace.every)
        self._show(self.live, delay)
        return delay

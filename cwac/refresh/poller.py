"""One loop a sheet: look, judge, keep, announce. Viewers read the last good copy, and how old it is.

Several processes that share a store take turns to look (`turns`), and each shows what the others saw.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from cwac import logs
from cwac.clock import read_clock
from cwac.model import Snapshot, SourceUnavailable, Workbook
from cwac.refresh.display import Display, LookOutcome
from cwac.refresh.judge import ACCEPTED, DisplayState, Judge, of_version, our_mistake
from cwac.refresh.keeping import Keeper
from cwac.refresh.live import Live, Notice, as_of_sentence, moment_words
from cwac.refresh.pace import DEFAULT_PACE, Pace, Schedule
from cwac.refresh.source_factory import Source
from cwac.refresh.turns import ALONE, State, Turns
from cwac.storage.store import Store, StoreTrouble, Version

__all__ = ["THREAD", "Live", "Notice", "Pace", "Poller", "as_of_sentence", "moment_words"]

_log = logging.getLogger(__name__)
THREAD = "cwac-refresh"
_Result = TypeVar("_Result")

UNLESS_ANOTHER_LOOKED = 1e9
"""Passed to `Turns.take` as the wait, in seconds: only the process that took the last turn gets the next one."""


class Poller:
    """Keeps `current()` up to date from one thread of its own; viewers only ever read what it last announced.

    `read` makes the snapshot of a day; `clock` gives aware times; versions older than `thin_after_days` are thinned.
    The first look comes after `after` seconds, and the second one `spread` seconds later than usual, so that the
    sheets of several counties are not all read at once.
    """

    def __init__(
        self,
        source: Source,
        read: Callable[[Workbook, dt.date], Snapshot],
        store: Store | None = None,
        *,
        pace: Pace = DEFAULT_PACE,
        thin_after_days: int | None = None,
        clock: Callable[[], dt.datetime] = read_clock,
        jitter: random.Random | None = None,
        after: float = 0.0,
        spread: float = 0.0,
    ) -> None:
        self.store = store
        self.looks = 0
        self.after_announcing: Callable[[], None] | None = None
        """Called after each announcement, by the poller's thread."""
        self.before_showing: Callable[[Live], None] | None = None
        """Called before a snapshot replaces another one, with what will be shown, by the poller's thread."""
        self.on_new_snapshot: Callable[[Live], None] | None = None
        """Called after a snapshot is shown that was not shown before, by the poller's thread."""
        self._source = source
        self._pace = pace
        self._clock = clock
        self._after, self._spread = after, spread
        self._judge = Judge(read, clock)
        # Several processes must not ask in step.
        self._schedule = Schedule(pace, jitter or random.Random(os.getpid()))  # noqa: S311 - no secret
        self._turns = Turns(store, source.identity)
        self._keeper = Keeper(store, clock, thin_after_days, shared=self._turns.is_shared)
        self._display = Display(
            source,
            store,
            self._judge,
            self._schedule,
            self._turns,
            self._keeper,
            clock,
            self._replacing,
            self._announced,
        )
        self._looking = threading.RLock()
        self._looked_at = float("-inf")
        """When any process is known to have looked last; this and `_due` are by the monotonic clock."""
        self._due = float("inf")
        self._is_first = True
        self._accept: str | None = None
        """The damaged content that a coordinator wants shown anyway."""
        self._accept_now = False
        self._asked = False
        self._asked_at_turn: int | None = None
        self._wake = threading.Event()
        self._ready = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None

    # --- for everybody -------------------------------------------------------------------------------------------

    @property
    def failures(self) -> Counter[str]:
        """Looks that failed since the start, by cause."""
        return self._schedule.failures

    def current(self) -> Live:
        """What there is to show. Never waits."""
        return self._display.live

    def refresh_now(self) -> bool:
        """Request a look now; False if somebody just requested one, or the source has asked for a pause."""
        if not self._schedule.ask():
            return False
        self._asked_at_turn = None
        self._asked = True
        self._wake.set()
        return True

    def accept(self, notice: Notice | None = None) -> bool:
        """Show the damaged sheet after all, since what is gone was taken out on purpose.

        False if the damage is no longer the one that `notice` describes.
        """
        damage = self._display.shown.damage
        if damage is None or (notice is not None and notice.sentence != damage.notice.sentence):
            return False
        self._accept = damage.content
        self._accept_now = True
        self._wake.set()
        return True

    def wait(self, seconds: float) -> Live:
        """Wait up to `seconds` for the first snapshot or the first trouble, and return what there is."""
        self._ready.wait(seconds)
        return self._display.live

    def start(self) -> None:
        """Start the thread."""
        if self._thread is None:
            self._thread = _Thread(self)
            self._thread.start()

    def leave(self) -> None:
        """Tell the thread to end, without waiting for it."""
        self._stopping = True
        self._wake.set()

    def stop(self, seconds: float = 5.0) -> None:
        """End the thread; one that hangs in a fetch is abandoned after `seconds`."""
        self.leave()
        if self._thread is not None:
            self._thread.join(seconds)

    # --- the thread ----------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Poll until `stop()`. No error ends the thread."""
        try:
            self.begin()
        except BaseException as error:
            _log.error("The last good copy could not be shown: %s at %s", type(error).__name__, logs.place(error))
        self._due = time.monotonic() + self._after
        while not self._stopping:
            self._wake.wait(max(0.0, min(self._due - time.monotonic(), self._pace.follow)))
            self._wake.clear()
            if self._stopping:
                break
            try:
                with self._looking:
                    self._poll()
            except BaseException as error:
                _log.error("The poller failed: %s at %s", type(error).__name__, logs.place(error))
                self._due = time.monotonic() + self._pace.every
        if self.store is not None:
            self.store.close()

    def begin(self) -> None:
        """Show the last good copy from the store, with its own time, until the source has answered."""
        self._display.begin()

    def _poll(self) -> None:
        """Look if a look is due or requested and this process gets the turn; else show what other processes found."""
        is_due = time.monotonic() >= self._due
        asked, accepted = self._asked, self._accept_now
        if not (is_due or asked or accepted):
            self._keep_up()
            return
        if accepted and self._accept is not None:
            self._pass_on_acceptance(self._accept)
        may_look, turn = self._take_turn(self._wait_for_turn(is_due, asked, accepted), urgent=asked or accepted)
        if not may_look:
            self._display.show_today()
            return
        asked = asked or self._asked  # the button may have been pressed while the turn was taken
        self._asked = self._accept_now = self._is_first = False
        try:
            delay = self._look(turn, asked)
        finally:
            self._ready.set()
        spread, self._spread = self._spread, 0.0
        self._due = time.monotonic() + delay + spread

    def _wait_for_turn(self, is_due: bool, asked: bool, accepted: bool) -> float:
        """Seconds that must have passed since another process took a turn."""
        if accepted or (self._is_first and not self._turns.is_shared):
            return 0.0
        waits = [self._pace.asked] if asked else []
        if is_due:
            waits.append(self._interval)
        return min(waits)

    # --- turns ---------------------------------------------------------------------------------------------------

    def _take_turn(self, wait: float, *, urgent: bool) -> tuple[bool, int | None]:
        """Whether to look now, and in which turn; None while the store is in trouble."""
        if self._keeper.trouble is not None and not self._turns.is_shared:
            return True, None  # viewers do not wait for a locked file: `_catch_up` comes after the look
        try:
            turn = self._turns.take(wait)
            self._observe(turn)
        except StoreTrouble as trouble:
            self._store_failed(trouble)
            if not self._turns.is_shared or urgent or self._display.shown.snapshot is None:
                return True, None
            alone_at = self._looked_at + ALONE * self._pace.every
            if time.monotonic() >= alone_at:
                return True, None
            self._due = alone_at
            return False, None
        return turn is not None, turn

    def _keep_up(self) -> None:
        """Show what another process has kept, or the same sheet on a new day."""
        if self._keeper.trouble is None or self._turns.is_shared:
            try:
                self._turns.read()
                self._observe(None)
            except StoreTrouble as trouble:
                self._store_failed(trouble)
        self._display.show_today()

    def _observe(self, turn: int | None) -> None:
        """Act on the row just read; `turn` is the one that this process has taken. May raise `StoreTrouble`."""
        row = self._turns.row
        if self._keeper.look_at_the_file() or self._turns.was_restored:
            self._display.begin_anew()
            self._due = min(self._due, time.monotonic())
        if row is None:
            return
        if self._keeper.trouble is not None and self._turns.is_shared:
            self._due = min(self._due, time.monotonic() + row.seconds_until_due(self._pace.every))
            if not self._keeper.pending:
                self._keeper.trouble = None
                self._display.announce(self._display.live)
        if self._asked_at_turn is None:
            self._asked_at_turn = row.turn
        if self._turns.has_news and not self._display.is_older(row.state):
            if self._asked and row.kept_turn > self._asked_at_turn:
                self._asked = False  # that look began after the button was pressed
            self._display.follow()
            self._looked_at = time.monotonic()
        if turn is None and not self._turns.is_own:
            self._due = time.monotonic() + row.seconds_until_due(self._interval)

    @property
    def _interval(self) -> float:
        """Seconds between looks; shorter while there is neither a snapshot nor a trouble to show."""
        is_blank = self._display.live.snapshot is None and self._display.live.trouble is None
        return min(self._pace.asked, self._pace.every) if is_blank else self._pace.every

    def _pass_on_acceptance(self, content: str) -> None:
        try:
            self._turns.accept(content)
        except StoreTrouble as trouble:
            self._store_failed(trouble)

    def _store_failed(self, trouble: StoreTrouble) -> None:
        before = self._keeper.trouble
        self._keeper.failed(trouble)
        if self._keeper.trouble is not before:
            self._display.announce(self._display.live)

    # --- a look --------------------------------------------------------------------------------------------------

    def look(self, *, asked: bool = False) -> float:
        """Look at the source now, even if another process has just looked; returns seconds until the next look."""
        with self._looking:
            may_look, turn = self._take_turn(0.0, urgent=True)
            if not may_look:
                return self._schedule.limited_for
            self._is_first = False
            return self._look(turn, asked)

    def _look(self, turn: int | None, asked: bool) -> float:
        """Look at the source once and announce what came of it; the seconds until the next look."""
        began, attempted = time.monotonic(), self._clock()
        self._schedule.looked_at = began
        self.looks += 1
        self._display.complete_loss()
        if self._display.shown.needs_closer_look:
            self._source.look_closer()
        workbook, trouble = self._attempt("fetching", lambda: self._source.fetch(asked))
        self._looked_at = time.monotonic()
        before = self._display.shown
        if workbook is not None:
            self._schedule.answered_at = time.monotonic()
            self._display.shown, trouble = self._judged(workbook)
        if self._display.shown.workbook is not None:
            # There may be nothing new to show, but it may be another day.
            snapshot, mistake = self._attempt("reading", self._display.todays_snapshot)
            self._display.shown = replace(self._display.shown, snapshot=snapshot or self._display.shown.snapshot)
            trouble = trouble or mistake
        delay = self._delay(trouble, attempted, began, answered=workbook is not None)
        is_quiet = trouble is None or (
            self._display.live.trouble is None
            and self._schedule.may_stay_quiet(trouble, delay, time.monotonic() - began)
        )
        look = LookOutcome(
            attempted, asked, None if is_quiet else trouble, None if is_quiet else self._schedule.failing_since
        )
        if turn is not None and not self._keep(turn, look):
            self._display.shown = before
            return self._follow_later_turn()
        self._display.announce_look(look, delay)
        if (turn is None or self._keeper.trouble is not None) and not self._catch_up(look):
            if self._turns.is_shared and self._display.shown.snapshot is not None:
                delay = max(delay, ALONE * self._pace.every)
            self._display.announce_look(look, delay)
        return delay

    def _attempt(self, doing: str, act: Callable[[], _Result]) -> tuple[_Result | None, SourceUnavailable | None]:
        """The result, or the trouble; any error but `SourceUnavailable` is a fault of this program."""
        try:
            return act(), None
        except SourceUnavailable as trouble:
            return None, trouble
        except BaseException as error:
            _log.error("A mistake while %s the sheet: %s at %s", doing, type(error).__name__, logs.place(error))
            return None, our_mistake(doing)

    def _judged(self, workbook: Workbook) -> tuple[DisplayState, SourceUnavailable | None]:
        """What to show after this workbook, and why it cannot be shown if there is nothing else."""
        verdict, mistake = self._attempt(
            "reading", lambda: self._judge.judge(workbook, self._display.shown, self._accept)
        )
        shown = self._display.shown
        if verdict is not None:
            shown = verdict.shown
            self._accept = None
            self._keeper.add(workbook, good=verdict.good)
            mistake = verdict.trouble
        if mistake is not None:
            shown = replace(shown, look_closer=True)
        return shown, mistake

    def _delay(
        self, trouble: SourceUnavailable | None, attempted: dt.datetime, began: float, *, answered: bool
    ) -> float:
        if trouble is None:
            return self._schedule.delay_after_success(began)
        _log.warning("Look %d failed (%s): %s", self.looks, trouble.cause, trouble.sentence)
        return self._schedule.delay_after_failure(trouble, attempted, answered=answered)

    # --- keeping -------------------------------------------------------------------------------------------------

    def _keep(self, turn: int, look: LookOutcome) -> bool:
        """Store what was seen and the outcome of the look; False if another process has looked later.

        What cannot be stored now is shown anyway, and stored after the next look.
        """
        try:
            if self.store is None:
                self._keeper.pending.clear()
            elif self._source.identity is None:
                pending = list(self._keeper.pending)
                self._display.shown = _with_versions(self._display.shown, pending, self._keeper.keep_all())
            elif not self._finish(turn, look):
                self._keeper.pending.clear()
                return False
            if self._display.shown.workbook is not None:
                self._keeper.thin(self._display.shown.workbook.identity)
        except StoreTrouble as trouble:
            self._keeper.failed(trouble)
        except BaseException as error:
            _log.error("A mistake while keeping the sheet: %s at %s", type(error).__name__, logs.place(error))
            self._keeper.failed_by_mistake()
        else:
            self._keeper.trouble = None
        self._keeper.note_moved_aside()
        return True

    def _finish(self, turn: int, look: LookOutcome) -> bool:
        pending, kept = list(self._keeper.pending), self._display.shown

        def outcome(versions: Sequence[Version], accepted: tuple[str, ...]) -> tuple[int | None, State]:
            nonlocal kept
            kept = _with_versions(self._display.shown, pending, versions)
            others = [content for content in accepted if content not in kept.accepted]
            kept = replace(kept, accepted=(*others, *kept.accepted)[-ACCEPTED:])
            state = State(
                as_of=kept.as_of,
                trouble=look.trouble,
                trouble_since=look.trouble_since,
                damage=kept.damage and (kept.damage.content, kept.damage.notice),
                loss=kept.loss and kept.loss.notice,
                source_notice=kept.source_notice,
                accepted=kept.accepted,
                asked=look.asked,
            )
            return kept.version, state

        if not self._turns.finish(turn, pending, outcome, look.attempted, self._schedule.limited_for):
            return False
        self._display.shown = kept
        self._keeper.pending.clear()
        return True

    def _catch_up(self, look: LookOutcome) -> bool:
        """Try to keep a look that was made without a turn, unless another process has looked since."""
        try:
            turn = self._turns.take(UNLESS_ANOTHER_LOOKED)
            if self._keeper.look_at_the_file() or self._turns.was_restored:
                self._display.begin_anew()
                self._due = min(self._due, time.monotonic())
        except StoreTrouble as trouble:
            self._keeper.failed(trouble)
            self._keeper.note_moved_aside()
            return False
        if turn is None or not self._keep(turn, look) or self._keeper.trouble is not None:
            return False
        self._display.announce(self._display.live)
        return True

    def _follow_later_turn(self) -> float:
        """Show what the process saw that looked later than this one; the seconds until the next look."""
        try:
            self._turns.read()
            self._observe(None)
        except StoreTrouble as trouble:
            self._store_failed(trouble)
        row = self._turns.row
        return 0.0 if row is None else row.seconds_until_due(self._pace.every)

    # --- announcing ----------------------------------------------------------------------------------------------

    def _replacing(self, live: Live) -> None:
        if (callback := self.before_showing) is not None:
            self._call(lambda: callback(live))

    def _announced(self, before: Live, live: Live) -> None:
        if live.snapshot is not None or live.trouble is not None:
            self._ready.set()
        self._call(self.after_announcing)
        if self.on_new_snapshot is not None and live.snapshot is not None and live.snapshot is not before.snapshot:
            callback = self.on_new_snapshot
            self._call(lambda: callback(live))

    def _call(self, callback: Callable[[], None] | None) -> None:
        try:
            if callback is not None:
                callback()
        except Exception as error:
            _log.error("A callback of the poller failed: %s at %s", type(error).__name__, logs.place(error))


class _Thread(threading.Thread):
    def __init__(self, poller: Poller) -> None:
        super().__init__(name=THREAD, daemon=True)
        self.poller = poller

    def run(self) -> None:
        self.poller.run()


def _with_versions(
    shown: DisplayState, pending: Sequence[tuple[Workbook, bool]], versions: Sequence[Version]
) -> DisplayState:
    """The same with the numbers of the versions that were just kept."""
    for (workbook, good), version in zip(pending, versions, strict=True):
        loss = shown.loss
        if loss is not None and loss.workbook is workbook and loss.notice.version is None:
            shown = replace(shown, loss=replace(loss, notice=of_version(loss.notice, version.id)))
        if good:
            shown = replace(shown, version=version.id)
    return shown

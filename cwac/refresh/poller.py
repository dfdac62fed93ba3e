"""The one poller a process: fetch, check, keep, announce; the last good copy; how old it is, as a sentence."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import os
import random
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar
from zoneinfo import ZoneInfo

from cwac import logs
from cwac.analysis.events import clock as clock_words
from cwac.analysis.events import day_words
from cwac.model import Snapshot, SourceUnavailable, Workbook
from cwac.refresh.sanity import Finding, clauses, is_deletion, judge, newly_missing, staying, told
from cwac.refresh.source_factory import Source
from cwac.storage.store import Store, StoreTrouble, Version

_log = logging.getLogger(__name__)
_Result = TypeVar("_Result")
THREAD = "cwac-refresh"

UNKEPT = 20
"""How many versions wait in memory for a store that cannot be written to; after that the oldest are lost."""

LOSS_STANDS = dt.timedelta(days=1)
"""How long a large deletion is pointed out."""

ACCEPTED = 20
"""How many damaged contents that a coordinator wanted shown are remembered."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between looks at the source. A test runs on `scaled` ones."""

    every: float = 30.0
    retries: tuple[float, ...] = (1.0, 4.0, 15.0)
    """After the first, second and third failure in a row; from the fourth on it is `every` again."""
    rate_limit: float = 60.0
    """After "too many requests" without a Retry-After, at most: Google counts by the minute."""
    retry_after: float = 3600.0
    """The longest Retry-After that is obeyed."""
    permanent: float = 60.0
    """Where only a human can mend it: how long at most until we see that one did."""
    asked: float = 10.0
    """Refresh buttons are heard this far apart, however many people press them."""
    silence: float = 60.0
    """This long after a look was due and brought nothing, the source is said not to answer."""

    def scaled(self, factor: float) -> Pace:
        """The same pace with shorter seconds. A Retry-After comes from outside, so its bound stays."""
        return Pace(
            every=self.every * factor,
            retries=tuple(one * factor for one in self.retries),
            rate_limit=self.rate_limit * factor,
            permanent=self.permanent * factor,
            asked=self.asked * factor,
            silence=self.silence * factor,
        )


@dataclass(frozen=True, slots=True)
class Notice:
    """Something every viewer should know about the data shown.

    `code` is `damaged`, `large-deletion`, `large-change`, `renamed-tab` or `store`. `version` is the number of the
    version that still holds what is gone, where one is kept. `may_accept`: a coordinator may show the sheet anyway.
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
    """What there is to show at one moment. All times are aware.

    `generation` grows whenever `snapshot`, `trouble` or `notices` change, and only then; `as_of` moves on by itself
    with each answer of the source. `version` is the store's number for the workbook shown, None where it is not kept.
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


class Refresher:
    """Keeps `current()` up to date from one thread of its own; viewers only ever read what it last announced.

    `read` makes the snapshot of a day; `clock` gives aware times; versions older than `thin_after_days` are thinned.
    Several in one process take turns: each begins `after` so many seconds, and `spread` after its first look.
    """

    def __init__(
        self,
        source: Source,
        read: Callable[[Workbook, dt.date], Snapshot],
        store: Store | None = None,
        *,
        pace: Pace = Pace(),
        thin_after_days: int | None = None,
        clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
        jitter: random.Random | None = None,
        after: float = 0.0,
        spread: float = 0.0,
    ) -> None:
        self.store = store
        self.looks = 0
        self.failures: Counter[str] = Counter()
        """By cause, since the start."""
        self._source = source
        self._turn = "refresh " + hashlib.sha256((source.identity or "").encode()).hexdigest()[:32]
        self._read = read
        self._pace = pace
        self._thin_after_days = thin_after_days
        self._after, self._spread = after, spread
        self.looking = threading.Lock()
        """Held during a look, and by who else is about to take much memory."""
        self.at_each_look: Callable[[], None] | None = None
        """Called after each announcement, by this thread."""
        self._clock = clock
        self._jitter = jitter or random.Random(os.getpid())  # several processes must not ask in step
        self._live = Live(source=source.words, silence=pace.silence)
        self._good: Workbook | None = None
        self._version: int | None = None
        self._answered = float("-inf")
        self._unreadable: tuple[str, dt.date] | None = None
        self._failing_since: dt.datetime | None = None
        self._failing = 0
        self._damaged: tuple[str, Notice] | None = None
        """The content of the damaged sheet, and what is said of it."""
        self._lost: tuple[Snapshot, Notice, Workbook | None] | None = None
        """What was shown before the deletion, what is said of it, and the workbook of before."""
        self._renamed: Notice | None = None
        self._accepted: str | None = None
        self._shown_anyway: deque[str] = deque(maxlen=ACCEPTED)
        """Contents that were found damaged and accepted."""
        self._look_closer = False
        """Whether the next look reads the metadata too: an undo or a merge must not wait until that is due."""
        self._unkept: deque[tuple[Workbook, bool]] = deque(maxlen=UNKEPT)
        self._store_trouble: Notice | None = None
        self._moved_aside: Notice | None = None
        self._begun_anew = 0
        self._file_lost: Notice | None = None
        """Under which what is seen is kept; None where nobody else could read the sheet."""
        self._thinned: dt.date | None = None
        self._limited_until = float("-inf")
        self._asked_at = float("-inf")
        self._asking = threading.Lock()
        self._asked = False
        self._wake = threading.Event()
        self._ready = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None

    # --- for everybody -------------------------------------------------------------------------------------------

    def current(self) -> Live:
        """What there is to show. Never waits."""
        return self._live

    def refresh_now(self) -> bool:
        """Ask for a look at once; False where somebody asked just before, or Google wants to be left alone."""
        now = time.monotonic()
        with self._asking:
            if now < self._asked_at + self._pace.asked or now < self._limited_until:
                return False
            self._asked_at = now
        self._asked = True
        self._wake.set()
        return True

    def accept(self, notice: Notice | None = None) -> bool:
        """Show the damaged sheet after all: what is gone was taken out on purpose.

        False where it is no longer as `notice` says, which somebody read before they pressed the button.
        """
        damaged = self._damaged
        if damaged is None or (notice is not None and notice.sentence != damaged[1].sentence):
            return False
        self._accepted = damaged[0]
        self._wake.set()
        return True

    def wait(self, seconds: float) -> Live:
        """Wait until there is something to show or to complain about, at most so long."""
        self._ready.wait(seconds)
        return self._live

    @property
    def on_duty(self) -> bool | None:
        """Of several processes that share a store, whether this one reads the sheet; None where it is the only one."""
        return None

    def start(self) -> None:
        """Start the thread."""
        if self._thread is None:
            self._thread = _Thread(self)
            self._thread.start()

    def leave(self) -> None:
        """Have the thread end at its next chance, without waiting for it."""
        self._stopping = True
        self._wake.set()

    def stop(self, seconds: float = 5.0) -> None:
        """End the thread; one that hangs in a fetch is left behind after `seconds`."""
        self.leave()
        if self._thread is not None:
            self._thread.join(seconds)

    # --- the thread ----------------------------------------------------------------------------------------------

    def run(self) -> None:
        """What the thread does, until `stop()`."""
        self._run()
        if self.store is not None:
            self.store.close()

    def _run(self) -> None:
        try:
            self.begin()
        except BaseException as error:  # the thread must outlive every mistake of ours
            _log_without_values("The last good copy could not be shown", error)
        due = time.monotonic() + self._after
        while not self._stopping:
            self._wake.wait(max(0.0, due - time.monotonic()))
            self._wake.clear()
            if self._stopping:
                break
            try:
                due = self._woken(due)
            except BaseException as error:
                _log_without_values("The refresher failed", error)
                due = time.monotonic() + self._pace.every

    def _woken(self, due: float) -> float:
        """Look if it is time, or somebody asked; when the next look is due, by the monotonic clock."""
        asked = self._is_asked()
        if not (asked or self._accepted or time.monotonic() >= due):
            return due
        try:
            with self.looking:
                delay = self.look(asked=asked)
        finally:
            self._ready.set()
        spread, self._spread = self._spread, 0.0
        return time.monotonic() + delay + spread

    def _is_asked(self) -> bool:
        asked, self._asked = self._asked, False
        return asked and self._claimed()

    def _is_ours(self) -> bool:
        """Whether what was just fetched counts; not where another process has taken over meanwhile."""
        return True

    def begin(self) -> None:
        """Show the last good copy from the store, with its own time, until the source has answered."""
        if self._source.earlier is not None:
            self._to_keep(self._source.earlier(), good=True)
        if self.store is None or self._source.identity is None:
            return
        try:
            found = self._last_good(self.store, self._source.identity)
        except StoreTrouble as trouble:
            self._store_trouble = Notice("store", str(trouble), self._clock())
            return
        if found is None:
            return
        version, workbook = found
        self._source.remember(workbook)
        self._good, self._version = workbook, version.id
        snapshot = self._read(workbook, self._today(workbook))
        self._announce(replace(self._live, snapshot=snapshot, as_of=version.seen_at, next_attempt=self._clock()))
        self._ready.set()
        self._look_back(self.store, version, snapshot)

    def _look_back(self, store: Store, version: Version, shown: Snapshot) -> None:
        """Point out a large deletion of the last day: who restarts the program must not wipe out the warning."""
        try:
            then = store.as_of(version.source, self._clock() - LOSS_STANDS) or store.oldest(version.source)
            if then is None or then.id == version.id:
                return
            earlier = store.load(then)
            before = self._read(earlier, shown.today)
        except (StoreTrouble, SourceUnavailable):
            return
        if self._good is not None and (found := judge(before, shown, earlier, self._good)):
            notice = self._loss_notice(found, f"since {self._when(then.seen_at)}", version.at, then.id)
            self._lost = before, notice, earlier
            self._announce(self._live)

    def _last_good(self, store: Store, identity: str) -> tuple[Version, Workbook] | None:
        version = store.latest(identity)
        for _ in range(UNKEPT):
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

    def look(self, *, asked: bool = False) -> float:
        """Look at the source once and announce what came of it; the seconds until the next look."""
        began = time.monotonic()
        attempted = self._clock()
        self.looks += 1
        snapshot, as_of = self._live.snapshot, self._live.as_of
        if self._look_closer or self._damaged is not None or self._lost is not None:
            self._source.look_closer()
        workbook, trouble = self._tried("fetching", lambda: self._source.fetch(asked))
        if not self._is_ours():
            return self._pace.every
        judged = None
        if workbook is not None:
            self._answered = time.monotonic()
            judged, trouble = self._tried("reading", lambda: self._judged(workbook))
            if trouble is not None:
                self._look_closer = True
        if workbook is not None and judged is not None:
            snapshot, as_of = judged, workbook.as_of
        elif (good := self._good) is not None:
            # Nothing new to show, but it may be another day.
            again, mistake = self._tried("reading", lambda: self._snapshot(good))
            snapshot, trouble = again or snapshot, trouble or mistake
        delay = self._delay(trouble, attempted, began, answered=workbook is not None)
        quiet = trouble is None or self._is_quiet(trouble, delay, time.monotonic() - began)
        if self._store_trouble is None:
            self._keep()
        self._announce(
            replace(
                self._live,
                snapshot=snapshot,
                as_of=as_of,
                attempted=attempted,
                next_attempt=self._clock() + dt.timedelta(seconds=delay),
                trouble=None if quiet else trouble,
                trouble_since=None if quiet else self._failing_since,
            )
        )
        if self._store_trouble is not None:
            # A locked or distant store takes seconds to say so: viewers are not kept waiting for that.
            self._keep()
            self._announce(self._live)
        return delay

    def _tried(self, doing: str, act: Callable[[], _Result]) -> tuple[_Result | None, SourceUnavailable | None]:
        """What came of it, or the trouble; any error but `SourceUnavailable` is a mistake of ours."""
        try:
            return act(), None
        except SourceUnavailable as trouble:
            return None, trouble
        except BaseException as error:
            _log_without_values(f"A mistake while {doing} the sheet", error)
            return None, _our_mistake(doing)

    def _judged(self, workbook: Workbook) -> Snapshot | None:
        """What to show of a workbook just fetched; None where it is damaged, and the last good one stays.

        Raises `SourceUnavailable` where it is damaged and there is no good one.
        """
        content, today = workbook.content_hash, self._today(workbook)
        before, earlier = self._live.snapshot, self._good
        if self._unreadable == (content, today):
            raise _our_mistake("reading")
        if self._accepted == content:
            self._shown_anyway.append(content)
        accepted = content in self._shown_anyway
        if self._damaged is not None and self._damaged[0] == content and not accepted:
            self._to_keep(workbook, good=False)
            return None
        gone: str | None = None
        found: tuple[Finding, ...] = ()
        try:
            after = self._snapshot(workbook)
            if before is not None and before.content_hash != content:
                before = before if earlier is None else self._snapshot(earlier)  # on the same day
                found = judge(before, after, earlier, workbook)
                if not accepted and (stays := staying(found)):
                    gone = clauses(stays)
        except SourceUnavailable as trouble:
            self._to_keep(workbook, good=False)
            if before is None:
                raise
            after, gone = before, str(trouble)
        except BaseException:
            self._unreadable = content, today  # reading it again would bring the same
            raise
        if gone is not None:
            _log.warning("The sheet is damaged: the last good version stays")
            self._damaged = content, self._damage_notice(gone, workbook.as_of, may_accept=after is not before)
            self._to_keep(workbook, good=False)
            return None
        if before is not None and before.content_hash != content:
            self._look_closer = newly_missing(before, after)
            self._look_for_loss(before, earlier, after, workbook, () if accepted else found)
        else:
            self._look_closer = False
        self._damaged = self._accepted = None
        self._good = workbook
        self._renamed = self._rename_notice(workbook)
        self._to_keep(workbook, good=True)
        return after

    def _snapshot(self, workbook: Workbook) -> Snapshot:
        """The workbook read on today's date in its own zone, or the snapshot shown where that would be the same."""
        today = self._today(workbook)
        shown = self._live.snapshot
        if shown is not None and (shown.content_hash, shown.today) == (workbook.content_hash, today):
            return shown
        return self._read(workbook, today)

    def _today(self, workbook: Workbook) -> dt.date:
        return self._clock().astimezone(ZoneInfo(workbook.timezone)).date()

    def _delay(
        self, trouble: SourceUnavailable | None, attempted: dt.datetime, began: float, *, answered: bool
    ) -> float:
        """Seconds until the next look. Where the source answered, but with what cannot be shown, nothing slows down."""
        if trouble is None:
            self._failing, self._failing_since = 0, None
            # From start to start; but a source that takes longer than that is let breathe.
            return max(self._pace.every / 10, self._pace.every - (time.monotonic() - began))
        self.failures[trouble.cause] += 1
        self._failing += 1
        self._failing_since = self._failing_since or attempted
        _log.warning("Look %d failed (%s): %s", self.looks, trouble.cause, trouble.sentence)
        spread = self._jitter.random() / 4
        if trouble.cause == "rate-limit" or trouble.retry_after is not None:
            # Where Google does not say how long: so that we are back within two intervals of its being ready.
            usual = min(self._pace.rate_limit, 1.5 * self._pace.every)
            told = usual if trouble.retry_after is None else trouble.retry_after
            wait = min(max(told, self._pace.retries[0]), self._pace.retry_after)
            self._limited_until = time.monotonic() + wait
            return wait + spread * min(wait, self._pace.every)
        if answered:
            return self._pace.every
        if trouble.permanent:
            return min(self._pace.permanent, self._pace.every)
        if self._failing <= len(self._pace.retries):
            return self._pace.retries[self._failing - 1] * (1 + spread)
        return self._pace.every

    def _is_quiet(self, trouble: SourceUnavailable, delay: float, took: float) -> bool:
        """Whether not to trouble the viewers yet: the next try will have failed too while what is shown is fresh."""
        return (
            not trouble.permanent
            and trouble.cause != "rate-limit"
            and trouble.retry_after is None
            and self._failing <= len(self._pace.retries)
            and self._live.trouble is None
            and time.monotonic() + delay + took - self._answered < 2 * self._pace.every
        )

    def _announce(self, live: Live) -> None:
        before = self._live
        notices = self._notices()
        same = (before.snapshot is live.snapshot, str(before.trouble), before.notices) == (
            True,
            str(live.trouble),
            notices,
        )
        self._live = replace(live, generation=before.generation + (not same), version=self._version, notices=notices)
        self._tick()

    def _tick(self) -> None:
        if self.at_each_look is not None:
            try:
                self.at_each_look()
            except Exception as error:
                _log_without_values("What is done at each look failed", error)

    # --- what viewers are told -----------------------------------------------------------------------------------

    def _notices(self) -> tuple[Notice, ...]:
        if self._lost is not None and self._clock() - self._lost[1].since > LOSS_STANDS:
            self._lost = None
        told = (
            self._damaged and self._damaged[1],
            self._lost and self._lost[1],
            self._renamed,
            self._store_trouble,
            self._moved_aside,
            self._file_lost,
        )
        return tuple(notice for notice in told if notice is not None)

    def _damage_notice(self, gone: str, seen: dt.datetime, *, may_accept: bool) -> Notice:
        since = self._damaged[1].since if self._damaged is not None else seen
        good_as_of = self._live.as_of or since
        sentence = (
            f"The sheet is damaged since {self._when(since)}: {_clause(gone)}. "
            f"Shown is the sheet as it was at {self._when(good_as_of)}. Whoever keeps it: put back what is gone "
            "(undo, or File > Version history), and this page follows by itself."
        )
        return Notice("damaged", sentence, since, self._version, may_accept)

    def _rename_notice(self, workbook: Workbook) -> Notice | None:
        if not workbook.renamed:
            return None
        said = " and ".join(f'the tab "{title}" is read as {name}' for name, title in workbook.renamed)
        sentence = (
            f"{said[:1].upper()}{said[1:]}, as it was called before. Whoever keeps the sheet: give it that name again. "
            "A program that never saw the old name cannot know which tab it is."
        )
        if self._renamed is not None and self._renamed.sentence == sentence:
            return self._renamed
        return Notice("renamed-tab", sentence, workbook.as_of)

    def _look_for_loss(
        self,
        before: Snapshot,
        earlier: Workbook | None,
        after: Snapshot,
        workbook: Workbook,
        found: tuple[Finding, ...],
    ) -> None:
        """Begin, renew or end the notice of what was lost. Of several losses in a row the first copy has it all."""
        version = self._version
        if self._lost is not None:
            first, notice, kept = self._lost
            still = judge(first, after, kept, workbook)
            if still and not found:
                return
            self._lost = None
            if still:
                before, earlier, found, version = first, kept, still, notice.version
        if found:
            when = f"at {self._when(workbook.as_of)}"
            self._lost = before, self._loss_notice(found, when, workbook.as_of, version), earlier

    def _loss_notice(self, found: tuple[Finding, ...], when: str, since: dt.datetime, version: int | None) -> Notice:
        sentence = (
            f"{told(found, when)} If that was a mistake, whoever keeps the sheet can "
            "undo it there (undo, or File > Version history)."
        )
        code = "large-deletion" if is_deletion(found) else "large-change"
        return _of_version(Notice(code, sentence, since), version)

    def _when(self, moment: dt.datetime) -> str:
        """Always with the day: what is said stays up for a while."""
        zone = self._live.snapshot.timezone if self._live.snapshot else None
        local = moment.astimezone(ZoneInfo(zone)) if zone else moment
        return f"{_clock_and_zone(local)} on {day_words(local.date(), self._clock().astimezone(local.tzinfo).date())}"

    # --- keeping -------------------------------------------------------------------------------------------------

    def _to_keep(self, workbook: Workbook, *, good: bool) -> None:
        if self.store is None:
            return
        if self._unkept and self._unkept[-1][0].content_hash == workbook.content_hash:
            self._unkept.pop()
        self._unkept.append((workbook, good))

    def _keep(self) -> None:
        """Write down what was seen. What cannot be written now waits for the next time."""
        if self.store is None:
            return
        try:
            try:
                self._keep_in(self.store)
            except StoreTrouble as trouble:
                if trouble.cause != "corrupt":
                    raise
                self._keep_in(self.store)  # it was moved aside, and a new one begun
        except StoreTrouble as trouble:
            if self._store_trouble is None or self._store_trouble.sentence != str(trouble):
                self._store_trouble = Notice("store", str(trouble), self._clock())
        except BaseException as error:
            _log_without_values("A mistake while keeping the sheet", error)
            sentence = "This program made a mistake while keeping the history. Whoever runs it finds it in its log."
            self._store_trouble = self._store_trouble or Notice("store", sentence, self._clock())
        else:
            self._store_trouble = None
        aside = self.store.moved_aside
        if aside is not None and self._moved_aside is None:
            sentence = (
                f"The file with the history was damaged. It was moved aside as {aside.name}, and a new one begun. "
                "Whoever runs this dashboard may have a backup, or rescue what is in it."
            )
            self._moved_aside = Notice("store", sentence, self._clock())

    def _keep_in(self, store: Store) -> None:
        if (begun := store.look_at_the_file()) != self._begun_anew:
            self._begun_anew = begun
            self._begin_anew()
        while self._unkept:
            workbook, good = self._unkept[0]
            version = store.keep(workbook, good=good)
            self._unkept.popleft()
            if self._lost is not None and self._lost[2] is workbook and self._lost[1].version is None:
                self._lost = self._lost[0], _of_version(self._lost[1], version.id), workbook
            if good:
                self._version = version.id
                self._thin(store, version)

    def _begin_anew(self) -> None:
        """The file with the history is gone: keep first what is shown, and before it what a notice points to."""
        self._version = None
        if self._damaged is not None:
            self._damaged = self._damaged[0], replace(self._damaged[1], version=None)
        if self._good is not None and not (self._unkept and self._unkept[0][0] is self._good):
            self._unkept.appendleft((self._good, True))
        if self._lost is not None:
            self._lost = self._lost[0], _of_version(self._lost[1], None), self._lost[2]
            if self._lost[2] is not None:
                self._unkept.appendleft((self._lost[2], True))
        sentence = (
            "The file with the history was deleted, moved or replaced while the dashboard was running, so the history "
            "begins anew with the sheet as it is shown. Not in it: earlier versions, private calendar links, the audit "
            "and when people were last here. Whoever runs this dashboard: to have those back, stop it, put the old "
            "file in its place, and start it again."
        )
        self._file_lost = Notice("store", sentence, self._clock())

    def _thin(self, store: Store, version: Version) -> None:
        today = self._clock().date()
        if self._thin_after_days is not None and self._thinned != today:
            store.thin(version.source, self._clock() - dt.timedelta(days=self._thin_after_days))
            self._thinned = today

    def _claimed(self) -> bool:
        """Whether a look out of turn is ours to take, among all processes that share the store."""
        if self.store is None or self._store_trouble is not None:
            return True
        try:
            return self.store.claim(self._turn, self._pace.asked, self._clock())
        except StoreTrouble:
            return True


class _Thread(threading.Thread):
    def __init__(self, refresher: Refresher) -> None:
        super().__init__(name=THREAD, daemon=True)
        self.refresher = refresher

    def run(self) -> None:
        self.refresher.run()


def _of_version(notice: Notice, version: int | None) -> Notice:
    """The notice, saying which version (or that none) still holds what is gone."""
    words = " Version {} on the Changes page still holds it."
    sentence = notice.sentence.removesuffix(words.format(notice.version))
    return replace(notice, version=version, sentence=sentence + (words.format(version) if version is not None else ""))


def _our_mistake(doing: str) -> SourceUnavailable:
    return SourceUnavailable(
        "our-mistake",
        f"This program made a mistake while {doing} the sheet.",
        "Whoever runs it finds the place in its log. It tries again by itself.",
        permanent=False,
    )


def _log_without_values(what: str, error: BaseException) -> None:
    """Where it happened, without the error's own text: that may quote a cell or a key."""
    _log.error("%s: %s at %s", what, type(error).__name__, logs.place(error))


# --- in words ----------------------------------------------------------------------------------------------------

_WHY = {
    "rate-limit": "too many requests",
    "unreachable": "it could not be reached",
    "server-error": "a fault of its own",
    "bad-answer": "its answer could not be read",
}
"""Of Google, in half a sentence."""


def as_of_sentence(live: Live, now: dt.datetime) -> str:
    """How old the data is, and where it is older than it should be: why, what to do, and who must do it."""
    if live.as_of is None:
        return str(live.trouble) if live.trouble else "The sheet is being read for the first time."
    moment = moment_words(live.as_of, now, live.snapshot.timezone if live.snapshot else None)
    if live.trouble is None:
        if live.next_attempt is not None and (now - live.next_attempt).total_seconds() > live.silence:
            return f"{live.source} has not answered since {moment}. Showing the sheet as it was then."
        damaged = any(notice.code == "damaged" for notice in live.notices)
        return f"As of {moment}" + (". The sheet has been damaged since." if damaged else "")
    why = _WHY.get(live.trouble.cause)
    if why is None:
        return f"{live.trouble.sentence} Showing the sheet as it was at {moment}. {live.trouble.remedy}".strip()
    return (
        f"{live.source} has not answered since {moment} ({why}). Showing the sheet as it was then. "
        f"{live.trouble.remedy}"
    ).strip()


def moment_words(moment: dt.datetime, now: dt.datetime, timezone: str | None) -> str:
    """`10:42 AM PDT`, with the day where it is not today in that zone."""
    local = moment.astimezone(ZoneInfo(timezone)) if timezone else moment
    today = now.astimezone(local.tzinfo).date()
    words = _clock_and_zone(local)
    return words if local.date() == today else f"{words} on {day_words(local.date(), today)}"


def _clock_and_zone(local: dt.datetime) -> str:
    return f"{clock_words(local.time())} {local.tzname()}"


def _clause(sentence: str) -> str:
    """A sentence as part of another."""
    return sentence[:1].lower() + sentence[1:].rstrip(".")

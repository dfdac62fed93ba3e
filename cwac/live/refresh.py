"""The one poller a process: fetch, check, keep, announce; the last good copy; how old it is, as a sentence."""

from __future__ import annotations

import datetime as dt
import logging
import os
import random
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

from cwac import settings as configuration
from cwac.answers.events import clock as clock_words
from cwac.answers.events import day_words
from cwac.model import Snapshot, SourceUnavailable, Workbook
from cwac.settings import Settings, SettingsError

_log = logging.getLogger(__name__)
THREAD = "cwac-refresh"


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between looks at the source. A test runs on `scaled` ones."""

    every: float = 30.0
    retries: tuple[float, ...] = (1.0, 4.0, 15.0)
    """After the first, second and third failure in a row; from the fourth on it is `every` again."""
    rate_limit: float = 60.0
    """After "too many requests" without a Retry-After: Google counts by the minute."""
    permanent: float = 60.0
    """Where only a human can mend it: how long until we see that one did."""
    asked: float = 10.0
    """Refresh buttons are heard this far apart, however many people press them."""
    silence: float = 60.0
    """This long after a look was due and brought nothing, the source is said not to answer."""

    def scaled(self, factor: float) -> Pace:
        return Pace(
            self.every * factor,
            tuple(one * factor for one in self.retries),
            self.rate_limit * factor,
            self.permanent * factor,
            self.asked * factor,
            self.silence * factor,
        )


@dataclass(frozen=True, slots=True)
class Notice:
    """Something every viewer should know about the data shown. `code` is `damaged`, `large-deletion` or `store`."""

    code: str
    sentence: str
    since: dt.datetime

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

    `fetch` answers with the workbook or raises `SourceUnavailable`; the same object again means "nothing new". `read`
    makes the snapshot of a day. `clock` gives aware times.
    """

    def __init__(
        self,
        fetch: Callable[[], Workbook],
        read: Callable[[Workbook, dt.date], Snapshot],
        *,
        pace: Pace = Pace(),
        source: str = "The sheet",
        clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
        jitter: random.Random | None = None,
    ) -> None:
        self._fetch = fetch
        self._read = read
        self._pace = pace
        self._clock = clock
        self._jitter = jitter or random.Random(os.getpid())
        self._live = Live(source=source, silence=pace.silence)
        self._workbook: Workbook | None = None
        self._failures = 0
        self._limited_until = float("-inf")
        self._asked_at = float("-inf")
        self._asking = threading.Lock()
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
        self._wake.set()
        return True

    def wait(self, seconds: float) -> Live:
        """Wait until there is something to show or to complain about, at most so long."""
        self._ready.wait(seconds)
        return self._live

    def start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=THREAD, daemon=True)
            self._thread.start()

    def stop(self, seconds: float = 5.0) -> None:
        """End the thread; one that hangs in a fetch is left behind after `seconds`."""
        self._stopping = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join(seconds)

    # --- the thread ----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._stopping:
            self._wake.clear()
            began = time.monotonic()
            try:
                delay = self.look()
            except BaseException as error:  # the thread must outlive every mistake of ours
                _log_without_values("The refresher failed", error)
                delay = self._pace.every
            self._ready.set()
            self._wake.wait(max(0.0, began + delay - time.monotonic()))

    def look(self) -> float:
        """Look at the source once and announce what came of it; the seconds until the next look."""
        attempted = self._clock()
        workbook: Workbook | None = None
        trouble: SourceUnavailable | None = None
        try:
            workbook = self._fetch()
        except SourceUnavailable as error:
            trouble = error
        except BaseException as error:
            _log_without_values("Fetching the sheet failed", error)
            trouble = _our_mistake("fetching")
        snapshot = self._live.snapshot
        as_of = self._live.as_of
        if (shown := workbook or self._workbook) is not None:
            try:
                snapshot = self._snapshot(shown)
            except SourceUnavailable as error:
                trouble = error
            except BaseException as error:
                _log_without_values("Reading the sheet failed", error)
                trouble = _our_mistake("reading")
            else:
                self._workbook = shown
                as_of = workbook.as_of if workbook is not None else as_of
        delay = self._delay(trouble)
        quiet = (
            trouble is not None
            and not trouble.permanent
            and delay < self._pace.every
            and self._live.trouble is None
            and as_of is not None
        )
        self._announce(
            snapshot=snapshot,
            as_of=as_of,
            attempted=attempted,
            next_attempt=self._clock() + dt.timedelta(seconds=delay),
            trouble=None if quiet else trouble,
            trouble_since=None if quiet or trouble is None else self._live.trouble_since or attempted,
        )
        return delay

    def _snapshot(self, workbook: Workbook) -> Snapshot:
        """The workbook read on today's date in its own zone, or the snapshot shown where that would be the same."""
        today = self._clock().astimezone(ZoneInfo(workbook.timezone)).date()
        shown = self._live.snapshot
        if shown is not None and (shown.content_hash, shown.today) == (workbook.content_hash, today):
            return shown
        return self._read(workbook, today)

    def _delay(self, trouble: SourceUnavailable | None) -> float:
        if trouble is None:
            self._failures = 0
            return self._pace.every
        self._failures += 1
        spread = 1 + self._jitter.random() / 4
        if trouble.cause == "rate-limit" or trouble.retry_after is not None:
            wait = trouble.retry_after if trouble.retry_after is not None else self._pace.rate_limit
            self._limited_until = time.monotonic() + wait
            return wait * spread
        if trouble.permanent:
            return self._pace.permanent
        if self._failures <= len(self._pace.retries):
            return self._pace.retries[self._failures - 1] * spread
        return self._pace.every

    def _announce(
        self,
        *,
        snapshot: Snapshot | None,
        as_of: dt.datetime | None,
        attempted: dt.datetime,
        next_attempt: dt.datetime,
        trouble: SourceUnavailable | None,
        trouble_since: dt.datetime | None,
    ) -> None:
        before = self._live
        same = before.snapshot is snapshot and str(before.trouble) == str(trouble)
        self._live = replace(
            before,
            generation=before.generation + (not same),
            snapshot=snapshot,
            as_of=as_of,
            attempted=attempted,
            next_attempt=next_attempt,
            trouble=trouble,
            trouble_since=trouble_since,
        )


def _our_mistake(doing: str) -> SourceUnavailable:
    return SourceUnavailable(
        "our-mistake",
        f"This program made a mistake while {doing} the sheet.",
        "Whoever runs it finds the place in its log. It tries again by itself.",
        permanent=False,
    )


def _log_without_values(what: str, error: BaseException) -> None:
    """Where it happened, without the error's own text: that may quote a cell or a key."""
    places = "".join(traceback.format_tb(error.__traceback__))
    _log.error("%s: %s\n%s", what, type(error).__name__, places)


# --- in words ----------------------------------------------------------------------------------------------------

_WHY = {
    "rate-limit": "too many requests",
    "unreachable": "no connection",
    "timeout": "no answer in time",
}


def as_of_sentence(live: Live, now: dt.datetime) -> str:
    """How old the data is, and where it is older than it should be: why, what to do, and who must do it."""
    if live.as_of is None:
        return str(live.trouble) if live.trouble else "The sheet is being read for the first time."
    moment = moment_words(live.as_of, now, live.snapshot.timezone if live.snapshot else None)
    late = live.next_attempt is not None and (now - live.next_attempt).total_seconds() > live.silence
    if live.trouble is None:
        if not late:
            return f"As of {moment}"
        return f"{live.source} has not answered since {moment}. Showing the sheet as it was then."
    if live.trouble.permanent or live.trouble.cause == "our-mistake":
        return f"{live.trouble.sentence} Showing the sheet as it was at {moment}. {live.trouble.remedy}".strip()
    why = _WHY.get(live.trouble.cause, live.trouble.cause.replace("-", " "))
    return (
        f"{live.source} has not answered since {moment} ({why}). Showing the sheet as it was then. "
        f"{live.trouble.remedy or 'It is asked again by itself.'}"
    )


def moment_words(moment: dt.datetime, now: dt.datetime, timezone: str | None) -> str:
    """`10:42 AM PDT`, with the day where it is not today in that zone."""
    local = moment.astimezone(ZoneInfo(timezone)) if timezone else moment
    today = now.astimezone(local.tzinfo).date()
    words = f"{clock_words(local)} {local.tzname()}"
    return words if local.date() == today else f"{words} on {day_words(local.date(), today)}"


# --- one a process -----------------------------------------------------------------------------------------------

_lock = threading.Lock()
_refresher: Refresher | None = None
_settings: Settings | None = None


def start(chosen: Settings | None = None) -> Refresher:
    """Start this process's refresher with these settings, else with those found; an earlier one is stopped."""
    with _lock:
        return _start(chosen)


def _start(chosen: Settings | None) -> Refresher:
    global _refresher, _settings
    if _refresher is not None:
        _refresher.stop()
    try:
        _settings = chosen if chosen is not None else configuration.load()
        _refresher = for_settings(_settings)
    except SettingsError as error:
        # Nothing is shown, least of all the sample in place of a sheet that somebody meant to configure.
        _settings = Settings(workbook="-")
        _refresher = Refresher(_refuse(str(error)), _read_with(_settings))
    _refresher.start()
    return _refresher


def stop() -> None:
    """Stop this process's refresher, if there is one."""
    global _refresher, _settings
    with _lock:
        if _refresher is not None:
            _refresher.stop()
        _refresher = _settings = None


def refresher() -> Refresher:
    """This process's refresher, started now if it was not."""
    with _lock:
        return _refresher if _refresher is not None else _start(None)


def current() -> Live:
    """What this process shows. Never waits for the source."""
    return refresher().current()


def settings() -> Settings:
    """The settings in use."""
    refresher()
    assert _settings is not None
    return _settings


def _forget() -> None:
    global _refresher, _settings, _lock
    _refresher = _settings = None
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_forget)  # threads do not cross a fork: the child starts its own


# --- sources -----------------------------------------------------------------------------------------------------


def for_settings(chosen: Settings) -> Refresher:
    """A refresher, not started, over the source that the settings name."""
    pace = replace(Pace(), every=float(chosen.refresh_seconds))
    read = _read_with(chosen)
    if chosen.workbook:
        return Refresher(_file(chosen.workbook, chosen.timezone), read, pace=pace, source="The file")
    if chosen.spreadsheet:
        from cwac.sources.google import GoogleSource

        return Refresher(GoogleSource.from_settings(chosen).fetch, read, pace=pace, source="Google")
    return Refresher(_sample(), read, pace=pace, source="The sample")


def _read_with(chosen: Settings) -> Callable[[Workbook, dt.date], Snapshot]:
    from cwac.sheet.reading import read_workbook

    return lambda workbook, today: read_workbook(workbook, today, chosen.rules)


def _file(path: str, timezone: str) -> Callable[[], Workbook]:
    """Reads the file again only when its time or size has changed."""
    from cwac.sources.excel import read_excel

    last: tuple[tuple[int, int] | None, Workbook] | None = None

    def fetch() -> Workbook:
        nonlocal last
        try:
            found = Path(path).stat()
        except OSError:
            stamp = None
        else:
            stamp = (found.st_mtime_ns, found.st_size)
        if last is None or stamp is None or last[0] != stamp:
            last = stamp, read_excel(path, timezone)
        return last[1]

    return fetch


def _sample() -> Callable[[], Workbook]:
    """Made anew each day, so that something is always about to happen."""
    from cwac.sources.sample import ZONE, sample_workbook

    last: tuple[dt.date, Workbook] | None = None

    def fetch() -> Workbook:
        nonlocal last
        now = dt.datetime.now(ZoneInfo(ZONE))
        if last is None or last[0] != now.date():
            last = now.date(), sample_workbook(now.date(), now)
        return replace(last[1], as_of=now)

    return fetch


def _refuse(sentence: str) -> Callable[[], Workbook]:
    def fetch() -> Workbook:
        raise SourceUnavailable("settings", sentence, "Whoever runs this dashboard must mend that, then restart it.")

    return fetch

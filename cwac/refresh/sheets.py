"""The counties that this process serves: a spreadsheet each, with a refresher of its own; one store for all.

Most deployments have one, without a name. Where a county is asked for that is not served, the first one answers.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import tempfile
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from cwac import settings as configuration
from cwac.model import Snapshot, Workbook
from cwac.refresh.poller import THREAD, Live, Pace, Poller
from cwac.refresh.source_factory import refuse, source_for
from cwac.settings import Settings, SettingsError
from cwac.sources.quota import Quota
from cwac.storage import audit
from cwac.storage.store import Store

_log = logging.getLogger(__name__)

LOOKS = 45
"""A minute, by all refreshers together: what Google allows beyond that is for titles, retries and Refresh buttons."""


@dataclass(frozen=True)
class Deployment:
    """What runs: the settings as the operator wrote them, and by county its own settings and refresher."""

    settings: Settings
    by_county: Mapping[str, tuple[Settings, Poller]]

    def of(self, county: str) -> tuple[Settings, Poller]:
        return self.by_county.get(county) or next(iter(self.by_county.values()))


_lock = threading.Lock()
_running: Deployment | None = None


def start(chosen: Settings | None = None) -> Poller:
    """Start serving with these settings, else with those found, and answer with the first county's refresher.

    What ran before is stopped. Settings that cannot be used become the trouble that is shown, and no data.
    """
    with _lock:
        return _start(chosen).of("")[1]


def _start(chosen: Settings | None) -> Deployment:
    global _running, _access
    # By their names: where Streamlit has reloaded this module, the old one's classes and `_running` are not ours.
    earlier = [thread.poller for thread in threading.enumerate() if thread.name == THREAD]  # type: ignore[attr-defined]
    _stop(earlier)
    try:
        _running = for_settings(chosen if chosen is not None else configuration.load())
    except SettingsError as error:
        # Nothing is shown, least of all the sample in place of a sheet that somebody meant to configure.
        nothing = Settings(workbook="-")
        _running = Deployment(nothing, {"": (nothing, Poller(refuse(str(error)), reader(nothing)))})
    audit.start(_running.of("")[1].store, _running.settings.audit_days)
    _access = _Access(lists=(_lists(_running),))
    for _, refresher_of_one in _running.by_county.values():
        refresher_of_one.start()
    return _running


def stop() -> None:
    """Stop what this process serves, if anything."""
    global _running
    with _lock:
        audit.stop()
        if _running is not None:
            _stop([one for _, one in _running.by_county.values()])
        _running = None


def _stop(refreshers: list[Poller]) -> None:
    for one in refreshers:
        one.leave()
    for one in refreshers:
        one.stop()


def running() -> Deployment:
    """What this process serves, started now if nothing was."""
    found = _running
    if found is not None:
        return found
    with _lock:
        return _running if _running is not None else _start(None)


def names() -> tuple[str, ...]:
    """The counties in the operator's order; one without a name where there is a single sheet."""
    return tuple(running().by_county)


def refresher(county: str = "") -> Poller:
    return running().of(county)[1]


def current(county: str = "") -> Live:
    """What this process shows of that county. Never waits for the source."""
    return refresher(county).current()


def refresh_now(county: str = "") -> bool:
    """Ask for a look at once; False where somebody asked just before, or Google wants to be left alone."""
    return refresher(county).refresh_now()


def settings(county: str = "") -> Settings:
    """The settings as that county has them, with the lists of `[access]` as the file has them now."""
    read_access_again()
    return running().of(county)[0]


def store() -> Store | None:
    """The store in use."""
    return refresher().store


def _forget() -> None:
    global _running, _lock
    _running = None
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_forget)  # threads do not cross a fork: the child starts its own


# --- who may see what, while running ------------------------------------------------------------------------------


SETTLED = 1.0
"""Seconds since a file was last written, after which it is whole: an editor may empty it before it writes."""


@dataclass
class _Access:
    """How the settings file was when `[access]` was last read from it."""

    stamp: tuple[int, ...] | None = None
    trouble: str | None = None
    lists: tuple[Mapping[str, Settings], ...] = ()
    """All that held since tokens were last compared with them, by county."""


_access = _Access()


def access_trouble() -> str | None:
    """Why the lists shown are not those of the file, None where they are. For coordinators."""
    return _access.trouble


def read_access_again() -> None:
    """Take over who may see what from the settings file, where that has changed. A file that cannot be used changes
    nothing, and is said.

    Nothing else in it is taken over: the rest needs a restart, and so does what the environment says.
    """
    global _running
    deployment = _running
    if deployment is None or deployment.settings.file is None or _stamp(deployment.settings.file) == _access.stamp:
        return
    if not _lock.acquire(blocking=False):
        return  # somebody else does, or the deployment is being changed
    try:
        if (deployment := _running) is None or (file := deployment.settings.file) is None:
            return
        stamp = _stamp(file)
        if stamp == _access.stamp or 0 <= time.time() - stamp[0] / 1e9 < SETTLED:
            return
        first, _access.stamp = _access.stamp is None, stamp
        try:
            fresh = configuration.load(secrets=file)
            if deployment.settings.auth and not fresh.auth:
                raise SettingsError(f"{file} has no [auth] any more.")
        except SettingsError as error:
            _access.trouble = f"{error} Until that is mended, who may see what stays as it was."
            _log.error("[access] could not be read again: %s", _access.trouble)
            return
        _access.trouble = None
        _running = _with_lists_of(fresh, deployment)
        if _running != deployment:
            _access.lists = (*_access.lists, _lists(_running))
            if not first:
                _log.warning("[access] has changed: %s", _told(fresh))
    finally:
        _lock.release()


def _with_lists_of(fresh: Settings, deployment: Deployment) -> Deployment:
    by_name = {one.name: fresh.of(one) for one in fresh.counties}
    everybodys = replace(fresh, counties=())
    return replace(
        deployment,
        settings=_with(deployment.settings, everybodys),
        by_county={
            name: (_with(own, by_name.get(name, everybodys)), refresher_of_one)
            for name, (own, refresher_of_one) in deployment.by_county.items()
        },
    )


def _with(own: Settings, fresh: Settings) -> Settings:
    return replace(
        own,
        viewers=fresh.viewers,
        coordinators=fresh.coordinators,
        sign_in_days=fresh.sign_in_days,
        public=fresh.public if own.auth or not own.local else own.public,  # the start refuses both together
    )


def _told(fresh: Settings) -> str:
    from_environment = [name for name in ("CWAC_VIEWERS", "CWAC_COORDINATORS", "CWAC_PUBLIC") if name in os.environ]
    told = f"{len(fresh.viewers)} in viewers, {len(fresh.coordinators)} in coordinators"
    return f"{told}; {', '.join(from_environment)} from the environment as at the start" if from_environment else told


def _stamp(file: Path) -> tuple[int, ...]:
    try:
        found = file.stat()
    except OSError:
        return (0,)
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino


def _lists(deployment: Deployment) -> Mapping[str, Settings]:
    return {name: own for name, (own, _) in deployment.by_county.items()}


def lists_since_compared() -> tuple[Mapping[str, Settings], ...]:
    """The settings by county, as they were at the start and after each change, until `compared` is called."""
    return _access.lists


def compared(lists: tuple[Mapping[str, Settings], ...]) -> None:
    """All tokens have been compared with these."""
    with _lock:
        _access.lists = _access.lists[len(lists) :]


def at_each_look(act: Callable[[], None]) -> None:
    """Have `act` called after each look of each refresher, by its thread."""
    for _, refresher_of_one in running().by_county.values():
        refresher_of_one.at_each_look = act


# --- what the settings name --------------------------------------------------------------------------------------


def for_settings(chosen: Settings) -> Deployment:
    """A poller for each configured sheet, not started."""
    kept = _sample_store() if chosen.sample and chosen.store is None else Store(chosen.store)
    by_name = {one.name: chosen.of(one) for one in chosen.counties} if not chosen.workbook else {}
    by_name = by_name or {"": chosen}
    every = seconds_between_looks(chosen)
    quota = Quota()
    return Deployment(
        chosen,
        {
            name: (
                own,
                Poller(
                    source_for(own, quota),
                    reader(own),
                    kept,
                    pace=replace(Pace(), every=every),
                    thin_after_days=own.thin_after_days,
                    after=place * 60 / LOOKS,
                    spread=place * (every / len(by_name) - 60 / LOOKS),
                ),
            )
            for place, (name, own) in enumerate(by_name.items())
        },
    )


def seconds_between_looks(chosen: Settings) -> float:
    """At each sheet: as configured, but longer where so many sheets would use up what Google allows."""
    return max(float(chosen.refresh_seconds), len(chosen.counties) * 60 / LOOKS)


Reader = Callable[[Workbook, dt.date], Snapshot]


around_reads: Callable[[], AbstractContextManager[object]] = nullcontext
"""Entered around each reading of a workbook; the server sets it to shorten the thread switch interval."""


def reader(chosen: Settings) -> Reader:
    """Reads a workbook on a day by the rules that are configured."""
    from cwac.sheet.reader import read_workbook

    def read(workbook: Workbook, today: dt.date) -> Snapshot:
        with around_reads():
            return read_workbook(workbook, today, chosen.rules)

    return read


def _sample_store() -> Store:
    """A store that ends with the process: the sample must not mix with what people keep."""
    folder = tempfile.TemporaryDirectory(prefix="cwac-sample-", ignore_cleanup_errors=True)
    kept = Store(f"sqlite:///{folder.name}/store.sqlite3")
    weakref.finalize(kept, folder.cleanup)
    return kept

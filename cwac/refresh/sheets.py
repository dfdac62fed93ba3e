"""The counties that this process serves (mostly one, without a name), each with its poller; the store is shared."""

from __future__ import annotations

import datetime as dt
import logging
import os
import tempfile
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from cwac import settings as configuration
from cwac import tuning
from cwac.model import Snapshot, Workbook
from cwac.refresh.judge import Reader
from cwac.refresh.keeping import Pace
from cwac.refresh.live import Live
from cwac.refresh.poller import THREAD, Poller
from cwac.refresh.source_factory import refuse, source_for
from cwac.settings import Settings, SettingsError
from cwac.sheet import reader as sheet_reader
from cwac.sheet.plan import Plan
from cwac.sheet.planning import refuse_unknown_meanings
from cwac.sources.quota import Quota
from cwac.storage import audit
from cwac.storage.store import Store

_log = logging.getLogger(__name__)

LOOKS = 45
"""Looks a minute, by all pollers together: the rest of Google's quota is for titles, retries and Refresh buttons."""


OnNew = Callable[[str, Live], None]
"""Called by each poller's thread with its county and what it is about to show, after each look."""


@dataclass(frozen=True)
class Deployment:
    """The settings as the operator wrote them, and by county its own settings and poller.

    `stamp` is the settings file's stat when `[access]` was last read from it, `trouble` says why that did not work, and
    `lists` are the settings by county after each change since tokens were last compared with them.
    """

    settings: Settings
    by_county: Mapping[str, tuple[Settings, Poller]]
    stamp: tuple[int, ...] | None = None
    trouble: str | None = None
    lists: tuple[Mapping[str, Settings], ...] = ()

    def of(self, county: str) -> tuple[Settings, Poller]:
        return self.by_county.get(county) or next(iter(self.by_county.values()))


_lock = threading.RLock()
_running: Deployment | None = None


def start(chosen: Settings | None = None, on_new: OnNew | None = None) -> Poller:
    """Start serving with these settings, by default those of the environment; the first county's poller."""
    global _running
    with _lock:
        # By name: after Streamlit has reloaded this module, the classes and `_running` of the old one are others.
        _stop([thread for thread in threading.enumerate() if thread.name == THREAD])  # type: ignore[misc]
        try:
            _running = for_settings(chosen if chosen is not None else configuration.load(), on_new)
        except SettingsError as error:
            # Show nothing, least of all the sample in place of a sheet that somebody meant to configure.
            nothing = Settings(workbook="-")
            _running = Deployment(nothing, {"": (nothing, Poller(refuse(str(error)), reader(nothing)))})
        first = poller()
        audit.start(first.store, _running.settings.audit_days)
        _running = _with_lists(_running)
        for _, started in _running.by_county.values():
            started.start()
        return first


def stop() -> None:
    global _running
    with _lock:
        audit.stop()
        if _running is not None:
            _stop([poller for _, poller in _running.by_county.values()])
        _running = None


def _stop(pollers: list[Poller]) -> None:
    for poller in pollers:
        poller.stop(0)  # all, before any is waited for
    for poller in pollers:
        poller.stop()


def running() -> Deployment:
    """What this process serves; started now if nothing was."""
    while (deployment := _running) is None:
        with _lock:
            if _running is None:
                start()
    return deployment


def names() -> tuple[str, ...]:
    """The counties in the operator's order; a single sheet has the empty name."""
    return tuple(running().by_county)


def poller(county: str = "") -> Poller:
    return running().of(county)[1]


def current(county: str = "") -> Live:
    """What this process shows of that county. Never waits for the source."""
    return poller(county).live


def refresh_now(county: str = "") -> bool:
    """Request a look now; False if somebody just requested one, or Google has asked for a pause."""
    return poller(county).refresh_now()


def settings(county: str = "") -> Settings:
    """The settings as that county has them, with the lists of `[access]` as the file has them now."""
    read_access_again()
    return running().of(county)[0]


def store() -> Store | None:
    return poller().store


# --- [access], [columns] and [tabs], read again while running ---------------------------------------------------------


SETTLED = 1.0
"""Seconds since a file was last written, after which it is whole: an editor may empty it before it writes."""


def access_trouble() -> str | None:
    """Why the lists in force are not those of the file; None if they are. For coordinators."""
    return running().trouble


def read_access_again() -> None:
    """Apply `[access]`, `[columns]`, `[tabs]` and `[public]` if the file has changed and has no mistakes."""
    global _running
    deployment = _running
    if deployment is None or (file := deployment.settings.file) is None or _stamp(file) == deployment.stamp:
        return
    if not _lock.acquire(blocking=False):
        return  # another thread reads it, or the deployment is being changed
    try:
        if _running is not None and (file := _running.settings.file) is not None:
            _running = _read_again(file, _running)
    finally:
        _lock.release()


def _read_again(file: Path, before: Deployment) -> Deployment:
    stamp = _stamp(file)
    age = time.time() - stamp[0] / 1e9  # noqa: TID251 - by the clock of the file system
    if stamp == before.stamp or 0 <= age < SETTLED:
        return before
    try:
        fresh = configuration.load(secrets=file, running=True)
        refuse_unknown_meanings(fresh.rules)
        if before.settings.auth and not fresh.auth:
            raise SettingsError(str(file), "has no [auth] any more")
    except SettingsError as error:
        trouble = f"{error} Until that is fixed, who may see what, and what headers and tabs mean, stays as it was."
        _log.error("[access] could not be read again: %s", trouble)
        return replace(before, stamp=stamp, trouble=trouble)
    by_name = {county.name: fresh.of(county) for county in fresh.counties}
    shared = replace(fresh, counties=())
    closed = replace(shared, public=False)  # for a county that the file no longer names
    by_county = {
        name: (_with(own, by_name.get(name, closed if name else shared)), poller)
        for name, (own, poller) in before.by_county.items()
    }
    after = Deployment(_with(before.settings, shared), by_county, stamp, lists=before.lists)
    if (after.settings, by_county) == (before.settings, before.by_county):
        return after
    for name, (own, poller) in by_county.items():
        if own.rules != before.by_county[name][0].rules:
            poller.judge.read = reader(own)
    if before.stamp is not None:
        names = [name for name in ("CWAC_VIEWERS", "CWAC_COORDINATORS", "CWAC_PUBLIC") if name in os.environ]
        kept = f"; {', '.join(names)} from the environment as at the start" if names else ""
        counts = f"{len(fresh.viewers)} in viewers, {len(fresh.coordinators)} in coordinators"
        _log.warning("[access] has changed: %s%s", counts, kept)
    return _with_lists(after)


def _with(own: Settings, fresh: Settings) -> Settings:
    return replace(
        own,
        viewers=fresh.viewers,
        coordinators=fresh.coordinators,
        rules=replace(
            own.rules, columns=fresh.rules.columns, tabs=fresh.rules.tabs, public_names=fresh.rules.public_names
        ),
        sign_in_days=fresh.sign_in_days,
        embed_origins=fresh.embed_origins,
        public=fresh.public if own.auth or not own.local else own.public,  # the start refuses both together
    )


def _stamp(file: Path) -> tuple[int, ...]:
    try:
        stat = file.stat()
    except OSError:
        return (0,)
    return stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size, stat.st_ino


def _with_lists(deployment: Deployment) -> Deployment:
    lists = {name: own for name, (own, _) in deployment.by_county.items()}
    return replace(deployment, lists=(*deployment.lists, lists))


def lists_since_compared() -> tuple[Mapping[str, Settings], ...]:
    """The settings by county at the start and after each change, until `forget_compared_lists` is called."""
    return running().lists


def forget_compared_lists(lists: tuple[Mapping[str, Settings], ...]) -> None:
    global _running
    with _lock:
        if _running is not None:
            _running = replace(_running, lists=_running.lists[len(lists) :])


def for_settings(chosen: Settings, on_new: OnNew | None = None) -> Deployment:
    """A poller for each configured sheet, not started. Raises `SettingsError` for an unknown meaning by hand."""
    refuse_unknown_meanings(chosen.rules)
    store = _sample_store() if chosen.sample and chosen.store is None else Store(chosen.store)
    by_name = chosen.by_county()
    quota = Quota()
    sources = {name: source_for(own, quota) for name, own in by_name.items()}
    every, by_county = seconds_between_looks(chosen), {}
    for place, (name, own) in enumerate(by_name.items()):
        pace = Pace(every=every, first=place * 60 / LOOKS, apart=place * (every / len(by_name) - 60 / LOOKS))
        poller = Poller(
            sources[name],
            reader(own),
            store,
            pace=pace.at_least(sources[name].least),
            thin_after_days=own.thin_after_days,
            on_new=on_new and partial(on_new, name),
        )
        by_county[name] = own, poller
    return Deployment(chosen, by_county)


def seconds_between_looks(chosen: Settings) -> float:
    """Seconds between looks at each sheet: as configured, but longer if the sheets would use up Google's quota."""
    with_account = sum(chosen.of(county).reads == "google" for county in chosen.counties)
    return max(float(chosen.refresh_seconds), with_account * 60 / LOOKS)


def reader(chosen: Settings) -> Reader:
    """A function that reads a workbook on a day by the configured rules."""

    def read(workbook: Workbook, today: dt.date, before: Plan | None = None) -> Snapshot:
        with tuning.reading():
            return sheet_reader.read_workbook(workbook, today, chosen.rules, before)

    return read


def _sample_store() -> Store | None:
    """A store that ends with the process: the sample must not mix with real versions. None without a place for it."""
    try:
        folder = tempfile.TemporaryDirectory(prefix="cwac-sample-", ignore_cleanup_errors=True)
    except OSError:
        return None
    store = Store(f"sqlite:///{folder.name}/store.sqlite3")
    weakref.finalize(store, folder.cleanup)
    return store

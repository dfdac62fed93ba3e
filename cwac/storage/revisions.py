"""How often each event changed, when last, and by what ID it was first known: SEQUENCE, LAST-MODIFIED and UID.

It is kept beside the versions and grows with each of them. Worked out anew from those still kept it would go back when
old ones are thinned, and a SEQUENCE that goes back makes calendars ignore the next change.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import threading
from contextlib import suppress
from dataclasses import astuple, replace
from zoneinfo import ZoneInfo

from cwac.analysis.matching import MadeRow
from cwac.analysis.revisions import Made, Past, Trace, passed
from cwac.model import Snapshot, SourceUnavailable
from cwac.refresh.poller import Live
from cwac.settings import Rules
from cwac.sheet.reader import read_workbook
from cwac.storage.store import Store, StoreTrouble, Version

_log = logging.getLogger(__name__)

FIRST_LOOK = 200
"""How many of the versions kept so far are gone through the first time that anybody asks: each must be read."""

_lock = threading.Lock()
_known: dict[str, tuple[tuple[object, ...], Past]] = {}
"""By source."""


def traces(store: Store | None, live: Live, rules: Rules) -> Past | None:
    """What the versions say of the events, up to what is shown; None while the store is in trouble."""
    snapshot = live.snapshot
    if store is None or snapshot is None:
        return Past()
    source = snapshot.url or snapshot.source
    key = (store.address, store.begun_anew, live.version, snapshot.content_hash, snapshot.today)
    with _lock:
        if source in _known and _known[source][0] == key:
            return _known[source][1]
        try:
            found = past(store, snapshot, rules)
        except StoreTrouble as trouble:
            _log.warning("Calendars go without the events' history: %s", trouble.cause)
            return None
        _known[source] = key, found
        return found


def past(store: Store, snapshot: Snapshot, rules: Rules) -> Past:
    """What the versions say of the events of this snapshot, itself included. Raises `StoreTrouble`."""
    found = _kept(store, snapshot.url or snapshot.source, rules, snapshot)
    # What is shown is kept a moment later, or was read on another day.
    return passed(found, snapshot, snapshot.as_of)


def last_change(found: Past | None, event_id: str, *, crew: bool) -> dt.datetime | None:
    """When the event was last changed, None where it has not been seen to change; `crew` is for those who see who goes:
    to others it must not tell when somebody was staffed.
    """
    trace = found.trace(event_id) if found is not None else None
    if trace is None:
        return None
    changed = [trace.plan_changed] if trace.plan_changes else []
    changed += [trace.crew_changed] if crew and trace.crew_changes else []
    return max(changed, default=None)


def _kept(store: Store, source: str, rules: Rules, shown: Snapshot) -> Past:
    """The past up to the last version; what new versions add to it is kept."""

    def read(one: Version) -> Snapshot:
        day = one.at.astimezone(ZoneInfo(one.timezone)).date()
        as_shown = (one.content_hash, day) == (shown.content_hash, shown.today)
        return shown if as_shown else read_workbook(store.load(one), day, rules)

    kept = store.traces(source)
    known = _known.get(source)
    if kept is not None:
        done, found = kept[0], _unpacked(kept[1], kept[2])
    elif known is not None and known[0][0] == store.address:
        done, found = 0, known[1]  # the store's file was lost, but what we know need not be
    else:
        done, found = 0, Past()
    versions = [one for one in store.versions(source) if one.good]
    new = [one for one in versions if one.id > done]
    last = next((one for one in versions if one.id == done), None)
    if new and last is not None and kept is not None and kept[2] is None:
        # A release before this one kept no rows to know events again by.
        with suppress(SourceUnavailable):
            found = replace(passed(Past(), read(last), last.at), traces=found.traces)
    for one in reversed(new[:FIRST_LOOK]):
        try:
            found = passed(found, read(one), one.at)
        except SourceUnavailable:
            continue  # it was a plan when it was kept, to a reader of that time
    if new:
        store.keep_traces(source, new[0].id, *_packed(found))
    return found


def _packed(found: Past) -> tuple[bytes, bytes]:
    rows = {
        key: [one.isoformat() if isinstance(one, dt.datetime) else one for one in astuple(trace)]
        for key, trace in found.traces.items()
    }
    made = [[[one.first, *astuple(one.row)] for one in each] for each in (found.made, found.gone)]
    return _written(rows), _written(made)


def _written(document: object) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()


def _unpacked(body: bytes, made: bytes | None) -> Past:
    at = dt.datetime.fromisoformat
    found = {
        key: Trace(plan, plan_changes, at(plan_changed), crew, crew_changes, at(crew_changed))
        for key, (plan, plan_changes, plan_changed, crew, crew_changes, crew_changed) in json.loads(body).items()
    }
    rows, gone = json.loads(made) if made else ((), ())
    known, away = (tuple(Made(first, MadeRow(*row)) for first, *row in each) for each in (rows, gone))
    return Past(found, known, away)

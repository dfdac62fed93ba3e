"""How often each event changed, and when last, as the versions tell: for SEQUENCE and LAST-MODIFIED of calendars.

It is kept beside the versions and grows with each of them. Worked out anew from those still kept it would go back when
old ones are thinned, and a SEQUENCE that goes back makes calendars ignore the next change.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import threading
from collections.abc import Mapping
from dataclasses import astuple
from zoneinfo import ZoneInfo

from cwac.live.refresh import Live
from cwac.live.store import Store, StoreTrouble
from cwac.model import Snapshot, SourceUnavailable
from cwac.outputs.feed import Trace, trace_key, traced
from cwac.settings import Rules
from cwac.sheet.reading import read_workbook

_log = logging.getLogger(__name__)

FIRST_LOOK = 200
"""How many of the versions kept so far are gone through the first time that anybody asks: each must be read."""

_lock = threading.Lock()
_known: dict[str, tuple[tuple[object, ...], Mapping[str, Trace]]] = {}
"""By source."""


def traces(store: Store | None, live: Live, rules: Rules) -> Mapping[str, Trace] | None:
    """The traces up to what is shown, by `trace_key`; None while the store is in trouble."""
    snapshot = live.snapshot
    if store is None or snapshot is None:
        return {}
    source = snapshot.url or snapshot.source
    key = (store.address, live.version, snapshot.content_hash, snapshot.today)
    with _lock:
        if source in _known and _known[source][0] == key:
            return _known[source][1]
        try:
            found = _kept(store, source, rules, snapshot)
        except StoreTrouble as trouble:
            _log.warning("Calendars go without the events' history: %s", trouble.cause)
            return None
        # What is shown is kept a moment later, or was read on another day.
        found = traced(found, snapshot, snapshot.as_of)
        _known[source] = key, found
        return found


def last_change(found: Mapping[str, Trace] | None, event_id: str, *, crew: bool) -> dt.datetime | None:
    """When the event was last changed, None where it has not been seen to change; `crew` is for those who see who goes:
    to others it must not tell when somebody was staffed.
    """
    trace = (found or {}).get(trace_key(event_id))
    if trace is None:
        return None
    changed = [trace.plan_changed] if trace.plan_changes else []
    changed += [trace.crew_changed] if crew and trace.crew_changes else []
    return max(changed, default=None)


def _kept(store: Store, source: str, rules: Rules, shown: Snapshot) -> Mapping[str, Trace]:
    """The traces up to the last version; those of new versions are added, and kept."""
    kept = store.traces(source)
    done, found = (0, {}) if kept is None else (kept[0], _unpacked(kept[1]))
    new = [one for one in store.versions(source) if one.good and one.id > done]
    for one in reversed(new[:FIRST_LOOK]):
        day = one.at.astimezone(ZoneInfo(one.timezone)).date()
        try:
            as_shown = (one.content_hash, day) == (shown.content_hash, shown.today)
            found = traced(found, shown if as_shown else read_workbook(store.load(one), day, rules), one.at)
        except SourceUnavailable:
            continue  # it was a plan when it was kept, to a reader of that time
    if new:
        store.keep_traces(source, new[0].id, _packed(found))
    return found


def _packed(found: Mapping[str, Trace]) -> bytes:
    rows = {
        key: [one.isoformat() if isinstance(one, dt.datetime) else one for one in astuple(trace)]
        for key, trace in found.items()
    }
    return json.dumps(rows, separators=(",", ":")).encode()


def _unpacked(body: bytes) -> Mapping[str, Trace]:
    at = dt.datetime.fromisoformat
    return {
        key: Trace(plan, plan_changes, at(plan_changed), crew, crew_changes, at(crew_changed))
        for key, (plan, plan_changes, plan_changed, crew, crew_changes, crew_changed) in json.loads(body).items()
    }

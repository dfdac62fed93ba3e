"""A calendar for whoever subscribes, from the sheet that is shown and from how often each event has changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cwac import access
from cwac.access import Viewer
from cwac.analysis.events import matching
from cwac.exports import ical
from cwac.exports.ical import Scope
from cwac.model import Event
from cwac.refresh.poller import Live
from cwac.settings import Rules
from cwac.storage import revisions
from cwac.storage.store import Store

Filters = tuple[tuple[str, ...] | None, ...]
"""Agencies, towns and statuses that are asked for, None where nothing is."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose calendar, narrowed to what `reader` may see, and of its events those that pass the filters.

    `link` and an event's ID are where the dashboard shows it.
    """

    scope: Scope
    reader: Viewer
    filters: Filters = (None, None, None)
    link: str | None = None


def write(store: Store | None, live: Live, rules: Rules, wanted: Wanted) -> tuple[bytes, bool]:
    """The calendar, and whether the store could tell how often its events have changed."""
    full = live.snapshot
    assert full is not None
    share = access.restrict(full, wanted.reader, rules)
    past = revisions.cached(store, full, live.version, rules)
    left_out = ical.unplaced(full)
    events = [one for one in _passing(ical.listed(share, wanted.scope), wanted.filters) if one.id not in left_out]
    body = ical.write(share, wanted.scope, events, sheet=full.url, past=past, rules=rules, link=wanted.link)
    return body, past is not None


def _passing(events: Sequence[Event], filters: Filters) -> Sequence[Event]:
    agencies, towns, statuses = filters
    if () in filters:
        return ()  # asked for what there is not
    found = matching(events, towns=towns or (), statuses=statuses or ())
    return found if agencies is None else [event for event in found if not set(agencies).isdisjoint(event.agencies)]

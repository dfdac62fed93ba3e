"""The answers that nearly every page asks of a new version, worked out before the version is shown.

The first pages after an edit of a large sheet would all wait for them at once.
"""

from __future__ import annotations

import contextlib

from cwac import tuning
from cwac.access import COORDINATOR
from cwac.analysis.alerts import alerts, by_event
from cwac.analysis.attendance import outcomes
from cwac.analysis.followups import missing_after_event
from cwac.analysis.hours import ledger
from cwac.analysis.staffing import gap_board
from cwac.refresh import sheets
from cwac.refresh.live import Live
from cwac.storage import revisions
from cwac.storage.history import days
from cwac.storage.store import StoreTrouble
from cwac.web import session
from cwac.web.comparing import VersionComparison, keep_replaced
from cwac.web.sections.changes import yesterday


def ask(county: str, live: Live) -> None:
    """Work out alerts, openings, missing results, outcomes, hours and the changes since yesterday, for coordinators.

    Nothing is worked out unless a version is about to replace another one.
    """
    whole, store, shown = live.snapshot, sheets.poller(county).store, sheets.current(county)
    if whole is None or shown.snapshot is None or whole is shown.snapshot:
        return
    first = session.session_of(county, whole, sheets.settings(county), COORDINATOR, coming=True)
    with tuning.reading():
        every = first.ask(alerts, first.today, first.rules)
        first.ask(by_event, first.today, first.rules, _alerts=every)
        first.ask(gap_board, first.today)
        first.ask(missing_after_event, first.today)
        first.ask(outcomes)
        first.ask(ledger, first.rules)
        if whole.added:
            revisions.cached(store, whole, live.version, first.rules)  # what was moved after an answer
        if store is not None:
            keep_replaced(county, shown, whole, first.rules)
            stored = VersionComparison(store, county, live, whole, first.rules, COORDINATOR, first.cache)
            with contextlib.suppress(StoreTrouble):
                source, since = whole.identity, yesterday(first)
                days(store, source, since, whole.timezone, stored.is_readable, stored.changes)

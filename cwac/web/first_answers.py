"""The answers that nearly every page asks of a new version, worked out before the version is shown.

The first pages after an edit of a large sheet would all wait for them at once.
"""

from __future__ import annotations

from cwac.analysis.alerts import alerts
from cwac.analysis.attendance import outcomes
from cwac.analysis.followups import missing_after_event
from cwac.analysis.hours import ledger
from cwac.analysis.staffing import gap_board
from cwac.model import Snapshot
from cwac.refresh import sheets
from cwac.web import session, tuning


def ask(county: str, whole: Snapshot) -> None:
    """Ask them for coordinators, whose snapshot is the largest."""
    first = session.of_coordinators(county, whole, sheets.settings(county))
    with tuning.reading():
        first.ask(alerts, first.today, first.rules)
        first.ask(gap_board, first.today)
        first.ask(missing_after_event, first.today)
        first.ask(outcomes)
        first.ask(ledger, first.rules)

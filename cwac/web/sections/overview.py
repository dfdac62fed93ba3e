"""The overview: the next event, what needs attention, and the last quarter in one line."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from zoneinfo import ZoneInfo

import streamlit as st

from cwac import access
from cwac.analysis.alerts import ALERT_CODES, CLASHES, alerts, alerts_concerning, by_event
from cwac.analysis.attendance import outcomes, shared_words, turnout, typical_guests
from cwac.analysis.cells_to_fix import cells_to_fix
from cwac.analysis.event_rules import holiday_words
from cwac.analysis.events import between, clock_range, day_words, interval, matching, upcoming, where
from cwac.analysis.followups import Missing, missing_after_event
from cwac.analysis.hours import ledger, officer_hours
from cwac.analysis.outreach import towns_reached
from cwac.analysis.periods import Period
from cwac.analysis.staffing import Gap, gap_board
from cwac.model import Alert, Event, Snapshot
from cwac.settings import Rules
from cwac.web import widgets
from cwac.web.session import AGENCY, Session
from cwac.web.widgets import counted, md

GAPS = frozenset({"understaffed", "no-host", "no-bilingual", "no-supervisor", "agency-without-officer"})


@dataclass(frozen=True, slots=True)
class Needs:
    """Counts: events with a gap, open positions at them, clashes, unconfirmed assignments, missing headcounts."""

    gaps: int
    positions: int
    clashes: int
    unconfirmed: int
    uncounted: int


def needs(
    snapshot: Snapshot,
    today: dt.date,
    agency: str | None,
    rules: Rules,
    *,
    _alerts: Sequence[Alert] | None = None,
    _gaps: Sequence[Gap] | None = None,
    _uncounted: Sequence[Missing] | None = None,
) -> Needs:
    """The needs of one agency, or of all if None: gaps at its events, its alerts, and the counts it owes."""
    codes = Counter(map(attrgetter("code"), alerts_concerning(snapshot, today, rules, agency, _alerts=_alerts)))
    board = gap_board(snapshot, today, agency=agency, _gaps=_gaps)
    owed = uncounted(snapshot, None) if _uncounted is None else _uncounted
    return Needs(
        gaps=sum([gap.fill.open for gap in board]),
        positions=sum([gap.fill.short for gap in board]),
        clashes=sum(codes[code] for code in codes if topic_of(code) == "Clashes"),
        unconfirmed=sum(codes[code] for code in codes if topic_of(code) == "Not confirmed"),
        uncounted=sum(agency in (None, missing.agency) for missing in owed),
    )


TOPICS = ("Clashes", "Gaps", "Not confirmed", "Other")
"""The topics of alerts, as shown to users."""


def topic_of(code: str) -> str:
    if code in CLASHES:
        return "Clashes"
    if code in GAPS:
        return "Gaps"
    return "Not confirmed" if code == "unconfirmed" else "Other"


def alerts_by_event(session: Session) -> Mapping[str, Sequence[Alert]]:
    """Event ID -> its alerts; empty if the viewer may not see staffing."""
    if not session.sees_staffing:
        return {}
    every = session.ask(alerts, session.today, session.rules)
    return session.ask(by_event, session.today, session.rules, _alerts=every)


def uncounted(snapshot: Snapshot, agency: str | None) -> tuple[Missing, ...]:
    """Past events without a headcount, or not marked as held or canceled; oldest first."""
    owed = missing_after_event(snapshot, snapshot.today, agency)
    return tuple(gap for gap in owed if gap.kind in ("count", "closing"))


def coming_events(snapshot: Snapshot, today: dt.date, agency: str | None) -> tuple[Event, ...]:
    """Coming events of the agency (None for all), by start."""
    return matching(upcoming(snapshot, today), agency)


def events_between(snapshot: Snapshot, first: dt.date, last: dt.date, agency: str | None) -> tuple[Event, ...]:
    """Events of the agency (None for all) from `first` to `last`, by start."""
    return matching(between(snapshot, first, last), agency)


def next_event(upcoming: Sequence[Event], now: dt.datetime, rules: Rules) -> Event | None:
    """The first event that has not ended. `upcoming` is sorted by start; `now` is in the sheet's zone."""
    wall_clock = now.replace(tzinfo=None)
    for event in upcoming:
        span = interval(event, rules)
        if event.status != "Completed" and (span is None or span[1] > wall_clock):
            return event
    return None


def when_and_where(event: Event, today: dt.date, timezone: str) -> str:
    """`Wed 7 Oct · 8:00–9:30 AM PDT · Weed Starbucks`, for Markdown."""
    zone = ""
    if event.start is not None:
        zone = " " + (dt.datetime.combine(event.date, event.start, ZoneInfo(timezone)).tzname() or "")
    return md(f"{day_words(event.date, today)} · {clock_range(event.start, event.end)}{zone} · {where(event)}")


def quarter(snapshot: Snapshot, period: Period, agency: str | None, rules: Rules) -> str:
    """`12 held · 2 cancelled · median 18 guests (11 events counted; …) · 41 officer-hours · towns: 5 of 9 listed`."""
    done = outcomes(snapshot, period, agency)
    if not done.held:
        return "no event held"
    came = typical_guests(turnout(done.held))
    events = [past.event for past in done.held]
    book = ledger(snapshot, rules, events)
    hours = officer_hours(book.total(book.of(events)))
    shared = shared_words(done.held, agency)
    line = " · ".join(
        [
            f"{len(done.held)} held",
            *([f"{len(done.canceled)} cancelled"] if done.canceled else []),
            f"median {came.short} guests ({came.caveat})" if came.value is not None else "none counted",
            *([f"{hours.short} officer-hours"] if hours.value is not None else []),
            f"towns: {towns_reached(done.held, snapshot).words}",
        ]
    )
    return f"{line}. {shared}" if shared else line


def sheet_line(snapshot: Snapshot, whole: bool = True, agency: str | None = None) -> str:
    """`98 % of rows read · 3 cells to fix`, as *Sheet health* counts them for this agency (None for all).

    `whole` is False if other agencies' problems are not shown.
    """
    rows = sum(account.rows - account.skipped for account in snapshot.accounting.values())
    kept = sum(account.kept for account in snapshot.accounting.values())
    cells = cells_to_fix(snapshot.problems if agency is None else access.concerning(snapshot.problems, {agency}))
    share = f"{100 * kept // rows} % of {counted(rows, 'row')} read" if rows else "no rows yet"
    if cells:
        return f"{share} · {counted(cells, 'cell', 'cells')} to fix"
    whose = f"of {md(agency)} " if agency else "" if whole else "of yours "
    return f"{share} · nothing {whose}to fix"


# --- on the page ----------------------------------------------------------------------------------------------------


def show_next(session: Session) -> None:
    """The next event that has not ended, with its staffing if the viewer may see it."""
    snapshot, today = session.snapshot, session.today
    event = next_event(session.ask(coming_events, today, session.agency), session.now, session.rules)
    if event is None:
        widgets.empty("No event is planned. The next one stands here as soon as the Events tab has it.")
        return
    line = f"Next: **{when_and_where(event, today, snapshot.timezone)}** "
    line += widgets.badges(event.agencies, session.ask(widgets.agency_colors))
    if holiday := holiday_words(event):
        line += f" · {md(holiday)}"
    if session.sees_staffing:
        codes = dict.fromkeys(alert.code for alert in alerts_by_event(session).get(event.id, ()))
        names = [ALERT_CODES[code] for code in codes if code != "federal-holiday"]
        staffed = widgets.staffed(event, snapshot.assignments_by_event.get(event.id, ()))
        # `staffed` has said already how many are missing ("Too few officers").
        line += "  \n" + " · ".join([staffed, *(md(name) for name in names if "few" not in name)])
    st.markdown(line)


def show_needs(session: Session) -> None:
    """A link with a count for each kind of thing that needs attention."""
    today, agency, rules = session.today, session.agency, session.rules
    st.header(f"Needs {'you' if agency else 'somebody'} ({md(agency or 'all agencies')})", anchor=False)
    counts = session.ask(
        needs,
        today,
        agency,
        rules,
        _alerts=session.ask(alerts, today, rules),
        _gaps=session.ask(gap_board, today),
        _uncounted=session.ask(uncounted, None),
    )
    positions = f", {counted(counts.positions, 'open post')}" if counts.positions else ""
    links: tuple[tuple[int, str, str, str, dict[str, str]], ...] = (
        (counts.gaps, f"event with a gap{positions}", f"events with gaps{positions}", "staffing", {"show": "Gaps"}),
        (counts.clashes, "clash", "clashes", "staffing", {"show": "Clashes", "about": "Clashes"}),
        (
            counts.unconfirmed,
            "not confirmed",
            "not confirmed",
            "staffing",
            {"show": "Clashes", "about": "Not confirmed"},
        ),
        (
            counts.uncounted,
            "count missing",
            "counts missing",
            "attendance",
            {"show": "After the event", "lacks": "Count or closing"},
        ),
    )
    with st.container(horizontal=True):
        for count, noun, nouns, page, query in links:
            if count:
                label = f"**{count}** {noun if count == 1 else nouns}"
                widgets.link(page, label, query | ({AGENCY: agency} if agency else {}))
    if counts == Needs(0, 0, 0, 0, 0):
        st.markdown(
            "Nothing: every post is filled, nothing clashes, every count is in."
            if session.snapshot.events
            else "No event can be read from the sheet, so nothing is known of posts, clashes or counts."
        )

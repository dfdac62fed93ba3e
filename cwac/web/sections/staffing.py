"""The five views of the staffing page: gaps, people, clashes, who could go, and a plan for a month."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

import streamlit as st

from cwac.analysis.alerts import ALERT_CODES, alerts, alerts_concerning
from cwac.analysis.candidates import Roster
from cwac.analysis.events import day_words, where
from cwac.analysis.periods import Period
from cwac.analysis.scheduling import HEADER
from cwac.analysis.staffing import gap_board
from cwac.exports import printables, tables
from cwac.web import county, widgets
from cwac.web.sections import gaps, officers, overview, rosters, scheduling, subscribe
from cwac.web.session import Session

EVERYTHING = "Everything"
MAX_SHARE_DAYS = 5 * 366
"""Longest period of a fair share: days away are counted one by one."""


def people_words(session: Session) -> str:
    """The people that these views are about: `WPD's people`, or `everybody`."""
    agency = session.agency
    if session.viewer.kind == "liaison":
        own = officers.own_agencies(session.viewer, agency)
        return f"{' and '.join(own or ())}'s people" if own else "your own agency's people"
    return f"{agency}'s people" if agency else "everybody"


def unknown_people(session: Session) -> str:
    """A sentence if some people's agency is not known, else empty."""
    return session.ask(officers.unknown_agency_words, officers.own_agencies(session.viewer, session.agency))


def _show_unknown_people(session: Session) -> None:
    if sentence := unknown_people(session):
        st.markdown(f"{widgets.SEVERITY_SHAPES['notice']} {widgets.md(sentence)}")


# --- gaps -----------------------------------------------------------------------------------------------------------


def show_gaps(session: Session, row: widgets.Filters) -> None:
    today = session.today
    first, last = gaps.days_of(row.select("When", gaps.WHEN, "when", width=150), today)
    lacking = row.multiselect("Lacking", gaps.LACKS, "lacking", width=190)
    row.report_unknown()
    board = session.ask(gaps.board, today, first, last, session.agency, lacking, _gaps=session.ask(gap_board, today))
    if not board.planned:
        widgets.empty(
            "No event is planned, so nobody is needed yet. Events of the Events tab appear here by their date."
        )
        return
    st.markdown(gaps.board_words(board, session.ask(widgets.agency_colors)))
    if not board.gaps:
        if lacking:
            widgets.empty(f"0 of {widgets.counted(board.open, 'event')} with a gap lack that.")
        return
    count = f"{widgets.counted(len(board.gaps), 'event')} to fill, soonest first"
    shown = widgets.page_of(board.gaps, count, "gaps")
    gaps.gap_table(session.snapshot, shown, today)
    st.caption("Urgent: 2 days or less. Soon: 7 days or less. Coming up: 14 days or less.")
    by_label = {gaps.label(gap.fill.event, today): gap for gap in shown}
    ask = widgets.Filters()
    chosen = by_label[ask.select("Words to ask with, for", list(by_label), "gap", width=420)]
    ask.report_unknown()
    gaps.show_message(chosen)
    with st.container(horizontal=True):
        st.button("Who could go?", on_click=_switch_view, args=("Who could go",), icon=":material/person_search:")
        widgets.download("Gaps as CSV", "gaps.csv", lambda: tables.to_csv(gaps.gap_rows(board.gaps), gaps.GAPS))
    _show_emergencies(session)


def _switch_view(view: str) -> None:
    st.query_params["show"] = view


def _show_emergencies(session: Session) -> bool:
    """The events that lost people to mutual aid; False if there are none."""
    own = officers.own_agencies(session.viewer, session.agency)
    pulled = session.ask(officers.emergencies, session.today, session.rules, session.agency, own)
    if pulled:
        st.header("Pulled to mutual aid", anchor=False)
        officers.pulled_table(session.snapshot, pulled, session.today)
    return bool(pulled)


# --- people ---------------------------------------------------------------------------------------------------------


def show_people(session: Session, row: widgets.Filters) -> None:
    of = row.view("About", ["Duties", "Fair share", "Rest and emergencies"], "of")
    _show_unknown_people(session)
    if of == "Duties":
        _show_duties(session, row)
    elif of == "Fair share":
        _show_fair_share(session, row)
    else:
        row.report_unknown()
        _show_rest(session)
        if not _show_emergencies(session):
            st.markdown("No coming event has lost anybody to mutual aid.")


def _show_rest(session: Session) -> None:
    rules, own = session.rules, officers.own_agencies(session.viewer, session.agency)
    limits = f"{rules.weekly_hours:g} hours of events a week, {rules.rest_hours:g} hours between two duties"
    tired = session.ask(officers.warnings_of, session.today, rules, own)
    warnings = widgets.counted(len(tired), "warning")
    count = f"{warnings} for {widgets.md(people_words(session))} (limits: {limits}). Nothing is forbidden."
    if tired:
        officers.rest_table(session.snapshot, widgets.page_of(tired, count, "rest"), session.today)
    else:
        widgets.empty(f"Nobody is {'known to be ' if unknown_people(session) else ''}planned for too much: {count}")


def _show_duties(session: Session, row: widgets.Filters) -> None:
    today, agency, rules = session.today, session.agency, session.rules
    names = session.ask(officers.names, officers.own_agencies(session.viewer, agency))
    person = names.get(row.select("Whose", [officers.EVERYBODY, *names], "officer"))
    first, last = gaps.days_of(row.select("When", gaps.WHEN, "when", width=150), today)
    row.report_unknown()
    if person is None and agency is None:
        lines = session.ask(rosters.rosters, today, rules, None, first, last)
        count = f"{widgets.counted(len(lines), 'coming event')} and who goes, soonest first"
        if lines:
            rosters.roster_table(session.snapshot, widgets.page_of(lines, count, "roster"), today)
        else:
            widgets.empty("No event is planned in that time.")
    else:
        _list_duties(session, first, last, person)
    with st.container(horizontal=True):
        widgets.download(
            "Staffing as CSV",
            "staffing.csv",
            lambda: tables.to_csv(tables.staffing_rows(session.snapshot), tables.STAFFING),
        )
        widgets.download(
            "Duties as CSV",
            "duties.csv",
            lambda: tables.to_csv(
                officers.duty_rows(session.ask(officers.coming, today, rules, first, last, agency, person)),
                officers.DUTIES,
            ),
        )
        subscribe.subscribe(session, {})
        _print_a_day(session, first, last)


def _list_duties(session: Session, first: dt.date, last: dt.date | None, person: str | None) -> None:
    duties = session.ask(officers.coming, session.today, session.rules, first, last, session.agency, person)
    if not duties:
        known = "known to be " if unknown_people(session) else ""
        widgets.empty(f"Nothing to do in that time: nobody is {known}down for an event.")
        return
    events = len({duty.event.id for duty in duties})
    count = f"{widgets.counted(len(duties), 'duty', 'duties')} at {widgets.counted(events, 'event')}, soonest first"
    clashes = sum(bool(duty.clashes) for duty in duties)
    count += f"; {widgets.counted(clashes, 'clashes', 'clash')}" if clashes else "; none clashes"
    officers.duty_table(session.snapshot, widgets.page_of(duties, count, "duties"), session.today)


def _print_a_day(session: Session, first: dt.date, last: dt.date | None) -> None:
    today, agency, snapshot = session.today, session.agency, session.snapshot
    days = {day_words(day, today): day for day in session.ask(officers.days, today, first, last, agency)}
    if not days:
        return
    with st.popover("Print a day", icon=":material/print:"):
        day = days[st.selectbox("Day", list(days), key="print-day")]
        events = tuple(event for event in session.ask(officers.events_on, day) if agency is None or event.names(agency))
        sheet = printables.Sheet(
            f"Who goes where on {day_words(day)}",
            (agency,) if agency else (),
            session.now,
            gaps=True,
            sample=county.settings().sample,
        )
        widgets.download(
            "The roster of the day",
            f"roster-{day}.pdf",
            lambda: printables.roster_pdf(snapshot, events, overview.alerts_by_event(session), sheet),
            "application/pdf",
        )


def _show_fair_share(session: Session, row: widgets.Filters) -> None:
    today, agency = session.today, session.agency
    periods = officers.share_periods(today)
    name = row.select("Period", [*periods, officers.OTHER_DAYS], "period")
    period = periods.get(name) or _other_days(row, periods["Last 12 months"])
    row.report_unknown()
    own = officers.own_agencies(session.viewer, agency)
    by_officer, by_agency, nobodys = session.ask(officers.share, period.first, period.last, today, session.rules, own)
    shown = [share for share in by_agency if agency in (None, share.agency)]
    if not by_officer and not shown:
        widgets.empty("Nobody is listed yet. Officers and Agencies of the sheet appear here with what they carried.")
        return
    st.markdown(
        f"{widgets.md(period.words)}: {widgets.counted(len(by_officer), 'officer')} "
        f"({widgets.md(people_words(session))}), who is next "
        "at the top: available, and longest since the last time. Hours are as recorded, else as scheduled; the last "
        "column says which."
    )
    officers.officer_shares(by_officer)
    hidden = any(share.people is None and share.events is not None for share in shown)
    nameless = " Where names are not shown, how many different people went is not known." if hidden else ""
    if nobodys:
        nameless += (
            f" Of {widgets.counted(nobodys, 'duty', 'duties')} it is not known whose: each may have carried more."
        )
    st.markdown(f"By agency, against its sworn strength. Led: events that it leads; early: before 8 AM.{nameless}")
    officers.agency_shares(shown)
    widgets.download(
        "Fair share as CSV",
        "fair-share.csv",
        lambda: tables.to_csv(officers.share_rows(by_officer, shown), officers.SHARES),
    )


def _other_days(row: widgets.Filters, default: Period) -> Period:
    first = row.day("From", default.first, "from")
    last = row.day("To", default.last, "to")
    return Period(first, min(max(first, last), first + dt.timedelta(days=MAX_SHARE_DAYS)), officers.OTHER_DAYS)


# --- clashes --------------------------------------------------------------------------------------------------------


def show_clashes(session: Session, row: widgets.Filters) -> None:
    today, rules = session.today, session.rules
    topic = row.select("About", [*overview.TOPICS, EVERYTHING], "about")
    kinds = row.multiselect("Kind", list(ALERT_CODES.values()), "kind")
    row.report_unknown()
    every = session.ask(alerts_concerning, today, rules, session.agency, _alerts=session.ask(alerts, today, rules))
    chosen = rosters.alerts_about(every, None if topic == EVERYTHING else topic, kinds)
    noun = ("clash", "clashes") if topic == "Clashes" else ("alert", "alerts")
    if chosen:
        count = f"{widgets.counted(len(chosen), *noun)}, soonest first"
        rosters.alert_table(widgets.page_of(chosen, count, "alerts"))
    elif every:
        widgets.empty(f"None of {widgets.counted(len(every), 'alert')} is of that kind: nothing to do here.")
    else:
        widgets.empty("Nothing clashes or lacks. What does appears here by itself.")
    widgets.download("Alerts as CSV", "alerts.csv", lambda: tables.to_csv(rosters.alert_rows(chosen), rosters.ALERTS))


# --- who could go ---------------------------------------------------------------------------------------------------


def show_who_could_go(session: Session, row: widgets.Filters) -> None:
    today, snapshot, people = session.today, session.snapshot, people_words(session)
    board = session.ask(gaps.board, today, today, None, session.agency, _gaps=session.ask(gap_board, today))
    by_label = {gaps.label(gap.fill.event, today): gap for gap in board.gaps[: widgets.AT_ONCE]}
    if not by_label:
        row.report_unknown()
        widgets.empty("Every post of every coming event is filled, or no event is planned: nobody is looked for.")
        return
    gap = by_label[row.select("For the gap", list(by_label), "gap", width=420)]
    with_unable = row.toggle("Also who cannot", "cannot")
    row.report_unknown()
    event = gap.fill.event
    st.markdown(
        f"{gaps.urgency(gap)}: **{gaps.when(event, today)}**, {widgets.md(where(event))}: {widgets.md(gap.fill.words)}"
    )
    _show_unknown_people(session)
    roster = session.ask(Roster, today, session.rules)
    own = officers.own_agencies(session.viewer, session.agency)
    able, unable = session.ask(scheduling.candidates, event.id, own, _roster=roster)
    count = f"**{len(able)} of {len(able) + len(unable)}** could go ({widgets.md(people)}), best first"
    if able:
        st.caption(scheduling.RANKED)
        scheduling.candidate_table(snapshot, widgets.page_of(able, count, "able"))
    elif unknown_people(session):
        widgets.empty(f"Nobody known to be of {people} could go.")
    else:
        widgets.empty(f"Nobody of {people} could go." if unable else f"There is nobody to choose from ({people}).")
    if unable and with_unable:
        scheduling.unable_table(snapshot, widgets.page_of(unable, f"{len(unable)} cannot go", "unable"))
    gaps.show_message(gap)


# --- a plan ---------------------------------------------------------------------------------------------------------


def show_plan(session: Session, row: widgets.Filters) -> None:
    today = session.today
    horizons = scheduling.horizons(today)
    period = horizons[row.select("For", list(horizons), "month")]
    anybody = row.toggle("Agencies not named on the event too", "any")
    row.report_unknown()
    _show_unknown_people(session)
    own = officers.own_agencies(session.viewer, session.agency)
    request = (period.first, period.last, today, session.rules, own, anybody)
    st.markdown(
        f"A proposal for {widgets.md(period.words)}, with {widgets.md(people_words(session))}: as many open posts as "
        "possible without a clash, then as evenly as can be. It is **never written to the sheet**: you copy what you "
        "like of it."
    )
    every_gap = session.ask(gap_board, today)
    if not session.ask(gaps.board, today, period.first, period.last, None, _gaps=every_gap).planned:
        widgets.empty("No event is planned in that time, so there is nothing to fill.")
        return
    if st.button("Propose a plan", icon=":material/event_list:"):
        st.session_state["plan-asked"] = request
    if st.session_state.get("plan-asked") != request:
        return
    with st.spinner("Looking for the best plan: 10 seconds at most."):
        plan = session.ask(scheduling.proposed, *request)
    scheduling.plan_tables(session.snapshot, plan, today)
    if plan.proposals:
        widgets.download("The plan as CSV", "plan.csv", lambda: tables.to_csv(scheduling.plan_rows(plan), HEADER))


VIEWS: Mapping[str, Callable[[Session, widgets.Filters], None]] = {
    "Gaps": show_gaps,
    "People": show_people,
    "Clashes": show_clashes,
    "Who could go": show_who_could_go,
    "Plan": show_plan,
}

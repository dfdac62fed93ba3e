"""The six views of the staffing page: openings, officers, conflicts, who is available, workload, suggestions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from cwac import addons
from cwac.analysis.alerts import ALERT_CODES, TOPICS, alerts, alerts_concerning, conflicts_among
from cwac.analysis.candidates import OfficerShare, Roster, stand_out_words, typical_shifts
from cwac.analysis.events import is_live, where
from cwac.analysis.hours import ledger
from cwac.analysis.measures import HOURS_ADD_UP
from cwac.analysis.officers import rest_warnings
from cwac.analysis.overview import coming_events, ended_on, events_between
from cwac.analysis.periods import Period
from cwac.analysis.scheduling import HEADER
from cwac.analysis.staffing import gap_board
from cwac.analysis.words import counted, number
from cwac.date_words import day_range, day_words
from cwac.exports import tables
from cwac.exports.colors import agency_colors
from cwac.model import Alert, Snapshot
from cwac.settings import Rules
from cwac.web import blocks, widgets
from cwac.web.blocks import draw
from cwac.web.sections import gaps, missing_results, officers, overview, reports, rosters, scheduling, subscribe
from cwac.web.session import Session

EVERYTHING = "Everything"
TOPIC_LABELS = {"Clashes": "Conflicts", "Gaps": "Openings", "Not confirmed": "Unconfirmed"}
"""Topic, as links have it -> text shown."""
ALERT_NOUNS: Mapping[str, tuple[str, str]] = {
    "Clashes": ("conflict", "conflicts"),
    "Gaps": ("alert about openings", "alerts about openings"),
    "Not confirmed": ("event that is not confirmed", "events that are not confirmed"),
    "Other": ("other alert", "other alerts"),
    EVERYTHING: ("alert", "alerts"),
}
"""Topic -> one and several of its alerts in words."""
MAX_SHARE_DAYS = 5 * 366
"""Longest period of a workload: days away are counted one by one."""
NEXT_UP = 5
"""Officers with the badge "next up"."""


def follow_old_links() -> None:
    """Show what links and bookmarks from before views and filters were renamed ask for."""
    query = st.query_params
    if query.get("show") == "People" and query.get("of") == "Fair share":
        query["show"] = "Fairness"
        del query["of"]
    if (gap := query.get("gap", "")).endswith(")"):
        query["gap"] = gap.rpartition("(")[2].removesuffix(")")  # was "Thu 26 Nov, Weed Starbucks (EV-2026-201)"
    kinds = query.get_all("kind")
    codes = {heading: code for code, heading in (*rosters.OLD_HEADINGS.items(), *ALERT_CODES.items())}
    if any(kind in codes for kind in kinds):
        query["kind"] = [codes.get(kind, kind) for kind in kinds]
    widgets.remember_query()


def people_words(session: Session) -> str:
    """The people that these views are about: `WPD's officers`, or `all officers`."""
    own = officers.own_agencies(session.viewer, session.agency)
    if own is None:
        return "all officers"
    return f"{' and '.join(own)}'s officers" if own else "your own agency's officers"


def unknown_people(session: Session) -> str:
    """A sentence if some people's agency is not known, else empty."""
    return session.ask(officers.unknown_agency_words, officers.own_agencies(session.viewer, session.agency))


def _show_unknown_people(session: Session) -> None:
    if sentence := unknown_people(session):
        st.markdown(f":material/info: {widgets.md(sentence)}")


# --- openings -------------------------------------------------------------------------------------------------------


def show_openings(session: Session, row: widgets.FilterRow) -> None:
    today, snapshot, agency = session.today, session.snapshot, session.agency
    name = row.select("When", gaps.WHEN, "when", 150, gaps.UPCOMING)
    first, last = gaps.days_of(name, today)
    missing = row.multiselect("Missing", gaps.LACKS, "lacking", width=190)
    row.report_unknown()
    ended = ended_on(snapshot, session.now, session.rules)
    every = session.ask(gap_board, today)
    needed = session.ask(gaps.openings, today, first, last, agency, ended=ended, _gaps=every)
    when = gaps.when_words(name, today)
    if not needed.planned:
        widgets.headline(f"No event is planned {when}".rstrip() + ".")
        widgets.empty("Events of the Events tab appear here by their date, with the officers they need.")
        return
    overview.headline(session, needed.answer(when), say_what_to_do=False)
    if words := gaps.facts(needed):
        st.markdown(words)
    for show_added in addons.sections("openings"):
        show_added(session)
    colors = session.ask(agency_colors)
    own = gaps.lacking(needed.first, missing)
    if own:
        shown = widgets.page_of_many(own, f"{counted(len(own), 'event')}, soonest first", "gaps")
        label = f"Events to which {agency} still has to send" if agency else "Events with openings"
        draw("open-events", gaps.rows(shown, today, colors, f"{label}, soonest first", agency=agency))
    elif missing and needed.first:
        widgets.empty(f"None of {counted(len(needed.first), 'event')} with openings is missing that.")
    if agency is None and not missing:
        draw("to-send", *gaps.to_send_bars(needed, colors))
    free, others = gaps.lacking(needed.free, missing), gaps.lacking(needed.others, missing)
    for key, listed, heading, of in (
        ("free", free, needed.any_words.removesuffix("."), agency),
        ("others", others, f"{agency}'s other events with openings", None),
    ):
        if listed:
            shown = widgets.page_of_many(listed, f"{counted(len(listed), 'event')}, soonest first", key)
            table = gaps.rows(shown, today, colors, f"{heading}, soonest first", agency=of, any_agency=of is not None)
            draw(f"open-{key}", blocks.heading(heading), table)
    if listed := tuple(dict.fromkeys((*own, *free, *others))):
        widgets.download("Openings as CSV", "gaps.csv", lambda: tables.to_csv(gaps.gap_rows(listed), gaps.GAPS))
    _show_emergencies(session)


def _show_emergencies(session: Session) -> bool:
    """The events that lost people to mutual aid; False if there are none."""
    own = officers.own_agencies(session.viewer, session.agency)
    pulled = session.ask(officers.emergencies, session.today, session.rules, session.agency, own)
    if pulled:
        st.header("Pulled to mutual aid", anchor=False)
        draw("pulled", officers.pulled_cards(session.snapshot, pulled, session.today))
    return bool(pulled)


# --- officers -------------------------------------------------------------------------------------------------------


def show_officers(session: Session, row: widgets.FilterRow) -> None:
    of = row.view("About", ["Duties", "Rest and emergencies"], "of", {"Duties": "Shifts"})
    _show_unknown_people(session)
    if of == "Duties":
        _show_shifts(session, row)
    else:
        row.report_unknown()
        _show_rest(session)
        if not _show_emergencies(session):
            st.markdown("No coming event has lost officers to mutual aid.")


def limits_words(rules: Rules) -> str:
    return (
        f"at least {rules.rest_hours:g} hours of rest between two events, "
        f"at most {rules.weekly_hours:g} hours of events a week"
    )


def _show_rest(session: Session) -> None:
    rules, own = session.rules, officers.own_agencies(session.viewer, session.agency)
    every = session.ask(rest_warnings, session.today, rules)
    tired = [warning for warning in every if own is None or warning.agency in own]
    about = f"for {widgets.md(people_words(session))} ({limits_words(rules)}). Suggestions keep to that."
    if tired:
        shown = widgets.page_of(tired, f"{counted(len(tired), 'warning')} {about}", "rest")
        draw("rest", officers.rest_cards(session.snapshot, shown, session.today))
    else:
        widgets.empty(f"No shift is {'known to be ' if unknown_people(session) else ''}too much {about}")


def _show_shifts(session: Session, row: widgets.FilterRow) -> None:
    today, agency = session.today, session.agency
    people = session.ask(officers.names, officers.own_agencies(session.viewer, agency))
    everybody = session.ask(officers.names, officers.own_agencies(session.viewer, None))
    chosen = st.query_params.get("officer", "")
    left_out = chosen in everybody and chosen not in people
    options = [officers.EVERYBODY, *people, *([chosen] if left_out else [])]
    person = everybody.get(row.select("Officer", options, "officer", labels={officers.EVERYBODY: "All officers"}))
    first, last = gaps.days_of(row.select("When", gaps.WHEN, "when", 150, gaps.UPCOMING), today)
    row.report_unknown()
    if left_out:
        st.info(
            f"{widgets.md(chosen)} is not one of {widgets.md(agency)}'s officers: the agency filter is not applied to "
            "their shifts.",
            icon=":material/info:",
        )
    if person is None and agency is None:
        _list_rosters(session, first, last)
    else:
        _list_shifts(session, first, last, person)

    def shifts_csv() -> bytes:
        shifts = session.ask(officers.coming, today, session.rules, first, last, agency, person)
        return tables.to_csv(officers.duty_rows(shifts), officers.DUTIES)

    with st.container(horizontal=True):
        widgets.download("Staffing as CSV", "staffing.csv", lambda: reports.data_csv(session.snapshot, "staffing"))
        widgets.download("Shifts as CSV", "duties.csv", shifts_csv)
        subscribe.subscribe(session, {})
        _print_a_day(session, first, last)


def _list_rosters(session: Session, first: dt.date, last: dt.date | None) -> None:
    lines = session.ask(rosters.rosters, session.today, session.rules, None, first, last)
    if not lines:
        widgets.empty("No event is planned in that time.")
        return
    filled = sum(shift.person is not None for _, shifts in lines for shift in shifts)
    widgets.headline(f"{counted(filled, 'shift')} at {counted(len(lines), 'coming event')}.")
    shown = widgets.page_of(lines, "Events and their officers, soonest first", "roster")
    colors, beside = session.ask(agency_colors), addons.beside_names(session)
    draw("rosters", rosters.roster_cards(session.snapshot, shown, session.today, colors, beside))


def _list_shifts(session: Session, first: dt.date, last: dt.date | None, person: str | None) -> None:
    shifts = session.ask(officers.coming, session.today, session.rules, first, last, session.agency, person)
    if not shifts:
        hedge = "known to be " if unknown_people(session) else ""
        widgets.empty(f"No shift in that time: no officer is {hedge}assigned to an event.")
        return
    events = len({shift.event.id for shift in shifts})
    conflicts = sum(bool(shift.clashes) for shift in shifts)
    of = f"; {conflicts:,} {'has' if conflicts == 1 else 'have'} a conflict" if conflicts else ""
    widgets.headline(f"{counted(len(shifts), 'shift')} at {counted(events, 'coming event')}{of}.")
    only = f". Only {widgets.md(session.agency)}'s officers are listed, not the others at these events"
    count = f"Soonest first{only if person is None else ''}"
    shown, beside = widgets.page_of(shifts, count, "duties"), addons.beside_names(session)
    draw("shifts", officers.duty_table(session.snapshot, shown, session.today, beside))


def _soonest_days(
    snapshot: Snapshot, today: dt.date, first: dt.date, last: dt.date | None, agency: str | None
) -> tuple[dt.date, ...]:
    """The soonest days of that time with a coming event (of the agency, if given)."""
    coming = coming_events(snapshot, today, agency)
    days = dict.fromkeys(event.date for event in coming if first <= event.date <= (last or event.date))
    return tuple(days)[: widgets.AT_ONCE]


def _print_a_day(session: Session, first: dt.date, last: dt.date | None) -> None:
    today, agency = session.today, session.agency
    days = {day_words(day, today): day for day in session.ask(_soonest_days, today, first, last, agency)}
    if not days:
        return
    with st.popover("Print a day", icon=":material/print:"):
        day = days[st.selectbox("Day", list(days), key="print-day")]
        events = [event for event in events_between(session.snapshot, day, day, agency) if is_live(event)]
        make = rosters.printed(session, f"Roster for {day_words(day)}", (agency,) if agency else (), events)
        widgets.download("The roster of the day", f"roster-{day}.pdf", make, "application/pdf")


# --- workload -------------------------------------------------------------------------------------------------------


def show_workload(session: Session, row: widgets.FilterRow) -> None:
    today, agency = session.today, session.agency
    periods = officers.share_periods(today)
    name = row.select("Period", [*periods, officers.OTHER_DAYS], "period")
    if (period := periods.get(name)) is None:
        year = periods["Last 12 months"]
        first, last = row.day("From", year.first, "from"), row.day("To", year.last, "to")
        last = min(max(first, last), first + dt.timedelta(days=MAX_SHARE_DAYS))
        period = Period(first, last, officers.OTHER_DAYS)
    row.report_unknown()
    _show_unknown_people(session)
    own = officers.own_agencies(session.viewer, agency)
    book = session.ask(ledger, session.rules)
    by_officer, by_agency, nobodys = session.ask(
        officers.share, period.first, period.last, today, session.rules, own, _book=book
    )
    shown = [share for share in by_agency if agency in (None, share.agency)]
    if not by_officer and not shown:
        widgets.empty("No officer is listed yet. Officers and Agencies of the sheet appear here with what they did.")
        return
    if by_officer:
        widgets.headline(stand_out_words(by_officer, "served" if period.last <= today else "have"))
        _show_load(session, by_officer)
    rows = officers.share_rows(by_officer, shown)
    with st.expander("Show the numbers"):
        st.markdown(
            f"{widgets.md(period.words)}: {counted(len(by_officer), 'officer')} "
            f"({widgets.md(people_words(session))}), those who are next first. Hours are as recorded, else as "
            "scheduled; the last column says which."
        )
        officers.show_shares(rows[: len(by_officer)], officers.OF_OFFICERS, "officers")
        hidden = any(share.people is None and share.events is not None for share in shown)
        nameless = " Where names are not shown, how many different people went is not known." if hidden else ""
        if nobodys:
            nameless += f" Of {counted(nobodys, 'shift')} it is not known whose: each may have carried more."
        st.markdown(f"By agency, against its sworn strength. Led: events that it leads; early: before 8 AM.{nameless}")
        st.caption(f"An event counts for each agency whose people went, so Events must not be added up. {HOURS_ADD_UP}")
        officers.show_shares(rows[len(by_officer) :], officers.OF_AGENCIES, "agencies")
    widgets.download("Workload as CSV", "fair-share.csv", lambda: tables.to_csv(rows, officers.SHARES))


def _show_load(session: Session, by_officer: tuple[OfficerShare, ...]) -> None:
    """A bar for each officer, most shifts first; `by_officer` has those who are next first."""
    next_up = [share for share in by_officer if share.available][:NEXT_UP]
    busiest = sorted(by_officer, key=lambda share: (-share.events, share.officer.name))
    names = ", ".join(widgets.md(share.officer.name) for share in next_up)
    st.markdown(f"Next up, as they have the fewest shifts: {names}." if names else "Nobody is available today.")
    typical, people = typical_shifts(by_officer), people_words(session)
    count = (
        f"The line is the typical officer: {number(typical)}. {widgets.md(people[:1].upper() + people[1:])} "
        f"({len(by_officer):,} in that time), most shifts first"
    )
    shown = widgets.page_of(busiest, count, "load")
    draw("load", officers.load_bars(shown, next_up, session.ask(agency_colors), session.today, typical))


# --- conflicts ------------------------------------------------------------------------------------------------------


def show_conflicts(session: Session, row: widgets.FilterRow) -> None:
    today, rules = session.today, session.rules
    topic = row.select("About", [*TOPICS, EVERYTHING], "about", 150, TOPIC_LABELS)
    codes = row.multiselect("Kind", list(ALERT_CODES), "kind", width=230, labels=ALERT_CODES)
    row.report_unknown()
    every = session.ask(alerts_concerning, today, rules, session.agency, _alerts=session.ask(alerts, today, rules))
    chosen = rosters.alerts_about(every, None if topic == EVERYTHING else topic, codes)
    widgets.headline(alerts_words(chosen, topic, today, of_kind=bool(codes)))
    for each in TOPICS:
        if group := rosters.alerts_about(chosen, each, ()):
            _show_topic(session, each, group, headed=topic == EVERYTHING)
    if chosen:
        made = lambda: tables.to_csv(rosters.alert_rows(chosen), rosters.ALERTS)  # noqa: E731 - a name for one line
        widgets.download("Alerts as CSV", "alerts.csv", made)


def alerts_words(chosen: Sequence[Alert], topic: str, today: dt.date, *, of_kind: bool) -> str:
    """`5 conflicts, the next on Wed, Dec 9.`, `No conflict.`, `No alert of this kind.`"""
    one, several = ALERT_NOUNS.get(topic, ALERT_NOUNS[EVERYTHING])
    kind = " of this kind" if of_kind else ""
    if not chosen:
        return f"No {one}{kind}."
    next_day = day_words(today + dt.timedelta(days=chosen[0].days_until), today)
    return f"{counted(len(chosen), one, several)}{kind}, the next on {next_day}."


def _show_topic(session: Session, topic: str, group: tuple[Alert, ...], *, headed: bool) -> None:
    label = TOPIC_LABELS.get(topic, topic)
    if headed:
        st.header(label, anchor=False)
    count = f"{counted(len(group), *ALERT_NOUNS[topic])}, soonest first"
    shown = overview.with_answers(session, widgets.page_of_many(group, count, f"alerts-{topic}"))
    colors = session.ask(agency_colors)
    cards = rosters.alert_cards(session.snapshot, shown, session.today, session.rules, colors, label, short=headed)
    draw(f"alerts-{topic}", cards)


# --- who is available -------------------------------------------------------------------------------------------------


def show_who_is_available(session: Session, row: widgets.FilterRow) -> None:
    today, snapshot, people = session.today, session.snapshot, people_words(session)
    ended = ended_on(snapshot, session.now, session.rules)
    every = session.ask(gap_board, today)
    needed = session.ask(gaps.openings, today, today, None, session.agency, ended=ended, _gaps=every)
    open_to_agency = {gap.fill.event.id: gap for gap in (*needed.first, *needed.free, *needed.others)}
    asked = st.query_params.get("gap", "")
    listed = dict(sorted(open_to_agency.items(), key=lambda item: item[1].days)[: widgets.AT_ONCE])
    listed |= {gap.fill.event.id: gap for gap in every if gap.fill.event.id == asked and gap.fill.open}
    if not listed:
        row.report_unknown()
        widgets.empty("Every position of every coming event is filled, or no event is planned.")
        return
    events = [gap.fill.event for gap in listed.values()]
    labels = {event.id: f"{day_words(event.date, today)}, {where(event)} ({event.id})" for event in events}
    gap = listed[row.select("Event", list(listed), "gap", width=420, labels=labels)]
    with_unable = row.toggle("Show who is not available, too", "cannot")
    row.report_unknown()
    roster = session.ask(Roster, today, session.rules)
    own = officers.own_agencies(session.viewer, session.agency)
    able, unable = session.ask(scheduling.candidates, gap.fill.event.id, own, _roster=roster)
    event = gap.fill.event
    of = len(able) + len(unable)
    whose = f"{' and '.join(own)}'s " if own else ""
    place = f"{day_words(event.date, today)} at {where(event)}"
    verb = "is" if len(able) == 1 else "are"
    widgets.headline(
        f"{len(able)} of {whose or 'the '}{counted(of, 'officer')} not yet assigned {verb} available on {place}."
        if of
        else f"Nobody {'known to be ' if unknown_people(session) else ''}of {people} is left for {place}."
    )
    draw("chosen-event", blocks.cards([gaps.card(gap, snapshot, today, session.ask(agency_colors))], "The event"))
    _show_unknown_people(session)
    if able:
        shown = widgets.page_of(able, f"{widgets.md(people[:1].upper() + people[1:])}, best first", "able")
        draw("able", scheduling.candidate_table(snapshot, shown, able.index(shown[0]) + 1))
        st.caption(scheduling.RANKED)
    if unable and with_unable:
        shown = widgets.page_of(unable, f"{len(unable)} not available", "unable")
        draw("unable", scheduling.unable_table(snapshot, shown))


# --- suggested assignments --------------------------------------------------------------------------------------------


def show_suggestions(session: Session, row: widgets.FilterRow) -> None:
    today, snapshot = session.today, session.snapshot
    horizons = scheduling.horizons(today)
    period = horizons[row.select("For", list(horizons), "month")]
    anybody = row.toggle("Include agencies not on the event", "any")
    row.report_unknown()
    _show_unknown_people(session)
    own = officers.own_agencies(session.viewer, session.agency)
    board = session.ask(gap_board, today)
    fills = [gap.fill for gap in board if gap.fill.event.date in period]
    earlier = sum(bool(gap.fill.open) and gap.fill.event.date < period.first for gap in board)
    rules = session.rules
    every = session.ask(alerts_concerning, today, rules, session.agency, _alerts=session.ask(alerts, today, rules))
    kept = scheduling.kept_conflicts(fills, every)
    also = " Officers with a conflict still count as staffed." if any(alert.officer for alert in kept) else ""
    also += f" This month has {counted(earlier, 'more event')} with openings." if earlier else ""
    st.markdown(
        f"{day_range(period.first, period.last, today)}, with {widgets.md(people_words(session))}, shared evenly: "
        f"{limits_words(rules)}, and no new conflict. Regular shifts are not in the sheet, so ask before you assign. "
        f"Nothing is written to the sheet.{also}"
    )
    if not fills:
        widgets.empty("No event is planned in that time, so there is nothing to fill.")
        return
    with st.spinner("Looking for a good plan: 5 seconds at most."):
        plan = session.ask(scheduling.proposed, period.first, period.last, today, session.rules, own, anybody)
    widgets.headline(scheduling.answer(plan, len(kept), len(conflicts_among(every))))
    shown = []
    if plan.proposals:
        shown.append(scheduling.proposal_table(snapshot, plan, today))
    if plan.unfilled:
        shown.append(scheduling.unfilled_cards(plan, today))
    if unsolved := scheduling.unsolved(plan, fills, every, today):
        shown.append(blocks.heading("Not solved by this"))
        shown.append(blocks.lines(*([sentence] for sentence in unsolved)))
    draw("plan", *shown)
    if plan.proposals:
        rows = tables.to_tsv(plan.rows, HEADER)
        to_paste = [
            f"Nobody has been asked yet. To put it in the sheet, paste {counted(len(plan.proposals), 'row')} at",
            gaps.sheet_link("", snapshot, "Staffing", "event_id"),
            f". {scheduling.replaced_words(plan)}",
            blocks.copy_button("Copy the rows", rows),
        ]
        draw("rows-to-paste", blocks.lines(to_paste))
        with st.expander("Show the rows as the sheet has them"):
            st.code(rows, language=None, wrap_lines=True)
        widgets.download("Suggested assignments as CSV", "plan.csv", lambda: tables.to_csv(plan.rows, HEADER))


VIEWS: Mapping[str, tuple[str, Callable[[Session, widgets.FilterRow], None], str]] = {
    "Gaps": ("Openings", show_openings, "No officer is needed yet"),
    "People": ("Officers", show_officers, "No officer has a shift yet"),
    "Clashes": ("Conflicts", show_conflicts, "Nothing to check yet"),
    "Who could go": ("Who's available", show_who_is_available, ""),
    "Fairness": ("Workload", show_workload, "Nobody has had a shift yet"),
    "Plan": ("Suggested assignments", show_suggestions, "There is nobody to suggest yet"),
}
"""View, as links have it -> text shown, what draws it, and what is said first of a sheet without events."""


def show(session: Session) -> None:
    row = widgets.FilterRow()
    view = row.view("Show", list(VIEWS), "show", {name: label for name, (label, _, _) in VIEWS.items()})
    _, draw_view, words = VIEWS[view]
    sentence = f"{words}: the sheet has no events. What you type into the Events tab appears here."
    if not words or not missing_results.show_no_events(session, row, sentence):
        draw_view(session, row)

"""Which posts are open, who goes where, what clashes, who could go, and a plan for a month."""

import datetime as dt

import streamlit as st

from cwac.analysis.alerts import ALERT_CODES, alerts, alerts_concerning
from cwac.analysis.candidates import Roster
from cwac.analysis.events import day_words, where
from cwac.analysis.periods import Period
from cwac.analysis.scheduling import HEADER
from cwac.analysis.staffing import gap_board
from cwac.exports import printables, tables
from cwac.web import county, session, widgets
from cwac.web.sections import gaps, overview, rosters, scheduling, subscribe
from cwac.web.sections import officers as people

VIEWS = ["Gaps", "People", "Clashes", "Who could go", "Plan"]
EVERYTHING = "Everything"

visit = session.enter("staffing")
snapshot, today, agency, rules = visit.snapshot, visit.today, visit.agency, visit.rules
own = people.own(visit.viewer, agency)
if visit.viewer.kind == "liaison":
    whose = f"{' and '.join(own or ())}'s people" if own else "your own agency's people"
else:
    whose = f"{agency}'s people" if agency else "everybody"
unknown = visit.ask(people.whose_is_unknown, own)


def show_gaps(row: widgets.Filters) -> None:
    first, last = gaps.stretch(row.one("When", gaps.WHEN, "when", width=150), today)
    lacking = row.many("Lacking", gaps.LACKS, "lacking", width=190)
    row.say()
    found = visit.ask(gaps.board, today, first, last, agency, lacking, _gaps=visit.ask(gap_board, today))
    if not found.planned:
        widgets.empty(
            "No event is planned, so nobody is needed yet. Events of the Events tab appear here by their date."
        )
        return
    st.markdown(gaps.board_words(found, visit.ask(widgets.agency_colors)))
    if not found.gaps:
        if lacking:
            widgets.empty(f"0 of {widgets.counted(found.open, 'event')} with a gap lack that.")
        return
    shown = widgets.page_of(found.gaps, f"{widgets.counted(len(found.gaps), 'event')} to fill, soonest first", "gaps")
    gaps.gap_table(snapshot, shown, today)
    st.caption("Urgent: 2 days or less. Soon: 7 days or less. Coming up: 14 days or less.")
    by_label = {gaps.label(gap.fill.event, today): gap for gap in shown}
    ask = widgets.Filters()
    chosen = by_label[ask.one("Words to ask with, for", list(by_label), "gap", width=420)]
    ask.say()
    gaps.ask(chosen)
    with st.container(horizontal=True):
        st.button("Who could go?", on_click=turn_to, args=("Who could go",), icon=":material/person_search:")
        widgets.download("Gaps as CSV", "gaps.csv", lambda: tables.to_csv(gaps.gap_rows(found.gaps), gaps.GAPS))
    show_emergencies()


def turn_to(view: str) -> None:
    st.session_state["show"] = view


def show_emergencies() -> None:
    pulled = visit.ask(people.emergencies, today, rules, agency, own)
    if pulled:
        st.header("Pulled to mutual aid", anchor=False)
        people.pulled_table(snapshot, pulled, today)


def show_people(row: widgets.Filters) -> None:
    of = row.view("About", ["Duties", "Fair share", "Rest and emergencies"], "of")
    say_whose_is_unknown()
    if of == "Duties":
        show_duties(row)
    elif of == "Fair share":
        show_fair_share(row)
    else:
        row.say()
        limits = f"{rules.weekly_hours:g} hours of events a week, {rules.rest_hours:g} hours between two duties"
        tired = visit.ask(people.too_much, today, rules, own)
        warnings = widgets.counted(len(tired), "warning")
        count = f"{warnings} for {widgets.md(whose)} (limits: {limits}). Nothing is forbidden."
        if tired:
            people.rest_table(snapshot, widgets.page_of(tired, count, "rest"), today)
        else:
            widgets.empty(f"Nobody is {'known to be ' if unknown else ''}planned for too much: {count}")
        show_emergencies()
        if not visit.ask(people.emergencies, today, rules, agency, own):
            st.markdown("No coming event has lost anybody to mutual aid.")


def say_whose_is_unknown() -> None:
    if unknown:
        st.markdown(f"{widgets.SEVERITY_SHAPES['notice']} {widgets.md(unknown)}")


def show_duties(row: widgets.Filters) -> None:
    listed = visit.ask(people.names, own)
    person = listed.get(row.one("Whose", [people.EVERYBODY, *listed], "officer"))
    first, last = gaps.stretch(row.one("When", gaps.WHEN, "when", width=150), today)
    row.say()
    if person is None and agency is None:
        lines = visit.ask(rosters.rosters, today, rules, None, first, last)
        count = f"{widgets.counted(len(lines), 'coming event')} and who goes, soonest first"
        if lines:
            rosters.roster_table(snapshot, widgets.page_of(lines, count, "roster"), today)
        else:
            widgets.empty("No event is planned in that time.")
    else:
        duties = visit.ask(people.coming, today, rules, first, last, agency, person)
        events = len({one.event.id for one in duties})
        count = f"{widgets.counted(len(duties), 'duty', 'duties')} at {widgets.counted(events, 'event')}, soonest first"
        clashes = sum(bool(one.clashes) for one in duties)
        if duties:
            count += f"; {widgets.counted(clashes, 'clashes', 'clash')}" if clashes else "; none clashes"
            people.duty_table(snapshot, widgets.page_of(duties, count, "duties"), today)
        else:
            widgets.empty(
                f"Nothing to do in that time: nobody is {'known to be ' if unknown else ''}down for an event."
            )
    with st.container(horizontal=True):
        widgets.download(
            "Staffing as CSV", "staffing.csv", lambda: tables.to_csv(tables.staffing_rows(snapshot), tables.STAFFING)
        )
        widgets.download(
            "Duties as CSV",
            "duties.csv",
            lambda: tables.to_csv(
                people.duty_rows(visit.ask(people.coming, today, rules, first, last, agency, person)), people.DUTIES
            ),
        )
        subscribe.subscribe(visit, {})
        print_a_day(first, last)


def print_a_day(first: dt.date, last: dt.date | None) -> None:
    days = {day_words(day, today): day for day in visit.ask(people.days, today, first, last, agency)}
    if not days:
        return
    with st.popover("Print a day", icon=":material/print:"):
        day = days[st.selectbox("Day", list(days), key="print-day")]
        events = tuple(one for one in visit.ask(people.on, day) if agency is None or one.names(agency))
        sheet = printables.Sheet(
            f"Who goes where on {day_words(day)}",
            (agency,) if agency else (),
            visit.now,
            gaps=True,
            sample=county.settings().sample,
        )
        widgets.download(
            "The roster of the day",
            f"roster-{day}.pdf",
            lambda: printables.roster_pdf(snapshot, events, overview.alerts_by_event(visit), sheet),
            "application/pdf",
        )


def show_fair_share(row: widgets.Filters) -> None:
    stretches = people.stretches(today)
    name = row.one("Period", [*stretches, people.OTHER_DAYS], "period")
    period = stretches.get(name) or other_days(row, stretches["Last 12 months"])
    row.say()
    officers, agencies, nobodys = visit.ask(people.share, period.first, period.last, today, rules, own)
    shown = [one for one in agencies if agency in (None, one.agency)]
    if not officers and not shown:
        widgets.empty("Nobody is listed yet. Officers and Agencies of the sheet appear here with what they carried.")
        return
    st.markdown(
        f"{widgets.md(period.words)}: {widgets.counted(len(officers), 'officer')} ({widgets.md(whose)}), who is next "
        "at the top: available, and longest since the last time. Hours are as recorded, else as scheduled; the last "
        "column says which."
    )
    people.officer_shares(officers)
    hidden = any(one.people is None and one.events is not None for one in shown)
    nameless = " Where names are not shown, how many different people went is not known." if hidden else ""
    if nobodys:
        nameless += (
            f" Of {widgets.counted(nobodys, 'duty', 'duties')} it is not known whose: each may have carried more."
        )
    st.markdown(f"By agency, against its sworn strength. Led: events that it leads; early: before 8 AM.{nameless}")
    people.agency_shares(shown)
    widgets.download(
        "Fair share as CSV",
        "fair-share.csv",
        lambda: tables.to_csv(people.share_rows(officers, shown), people.SHARES),
    )


def other_days(row: widgets.Filters, default: Period) -> Period:
    """At most five years: somebody's days away are counted one by one."""
    first = row.day("From", default.first, "from")
    last = row.day("To", default.last, "to")
    return Period(first, min(max(first, last), first + dt.timedelta(days=5 * 366)), people.OTHER_DAYS)


def show_clashes(row: widgets.Filters) -> None:
    about = row.one("About", [*overview.ABOUT, EVERYTHING], "about")
    kinds = row.many("Kind", list(ALERT_CODES.values()), "kind")
    row.say()
    every = visit.ask(alerts_concerning, today, rules, agency, _alerts=visit.ask(alerts, today, rules))
    found = rosters.alerts_about(every, None if about == EVERYTHING else about, kinds)
    noun = ("clash", "clashes") if about == "Clashes" else ("alert", "alerts")
    if found:
        rosters.alert_table(widgets.page_of(found, f"{widgets.counted(len(found), *noun)}, soonest first", "alerts"))
    elif every:
        widgets.empty(f"None of {widgets.counted(len(every), 'alert')} is of that kind: nothing to do here.")
    else:
        widgets.empty("Nothing clashes or lacks. What does appears here by itself.")
    widgets.download("Alerts as CSV", "alerts.csv", lambda: tables.to_csv(rosters.alert_rows(found), rosters.ALERTS))


def show_who_could_go(row: widgets.Filters) -> None:
    found = visit.ask(gaps.board, today, today, None, agency, _gaps=visit.ask(gap_board, today))
    by_label = {gaps.label(gap.fill.event, today): gap for gap in found.gaps[: widgets.AT_ONCE]}
    if not by_label:
        row.say()
        widgets.empty("Every post of every coming event is filled, or no event is planned: nobody is looked for.")
        return
    gap = by_label[row.one("For the gap", list(by_label), "gap", width=420)]
    barred = row.check("Also who cannot", "cannot")
    row.say()
    event = gap.fill.event
    st.markdown(
        f"{gaps.urgency(gap)}: **{gaps.when(event, today)}**, {widgets.md(where(event))}: {widgets.md(gap.fill.words)}"
    )
    say_whose_is_unknown()
    everybody = visit.ask(Roster, today, rules)
    able, unable = visit.ask(scheduling.candidates, event.id, own, _roster=everybody)
    count = f"**{len(able)} of {len(able) + len(unable)}** could go ({widgets.md(whose)}), best first"
    if able:
        st.caption(scheduling.RANKED)
        scheduling.candidate_table(snapshot, widgets.page_of(able, count, "able"))
    elif unknown:
        widgets.empty(f"Nobody known to be of {whose} could go.")
    else:
        widgets.empty(f"Nobody of {whose} could go." if unable else f"There is nobody to choose from ({whose}).")
    if unable and barred:
        scheduling.barred_table(snapshot, widgets.page_of(unable, f"{len(unable)} cannot go", "unable"))
    gaps.ask(gap)


def show_plan(row: widgets.Filters) -> None:
    horizons = scheduling.horizons(today)
    period = horizons[row.one("For", list(horizons), "month")]
    anybody = row.check("Agencies not named on the event too", "any")
    row.say()
    say_whose_is_unknown()
    asked = (period.first, period.last, today, rules, own, anybody)
    st.markdown(
        f"A proposal for {widgets.md(period.words)}, with {widgets.md(whose)}: as many open posts as "
        "possible without a clash, then as evenly as can be. It is **never written to the sheet**: you copy what you "
        "like of it."
    )
    everything = visit.ask(gap_board, today)
    if not visit.ask(gaps.board, today, period.first, period.last, None, _gaps=everything).planned:
        widgets.empty("No event is planned in that time, so there is nothing to fill.")
        return
    if st.button("Propose a plan", icon=":material/event_list:"):
        st.session_state["plan-asked"] = asked
    if st.session_state.get("plan-asked") != asked:
        return
    with st.spinner("Looking for the best plan: 10 seconds at most."):
        found = visit.ask(scheduling.proposed, *asked)
    scheduling.plan_tables(snapshot, found, today)
    if found.proposals:
        widgets.download("The plan as CSV", "plan.csv", lambda: tables.to_csv(scheduling.plan_rows(found), HEADER))


SECTIONS = dict(zip(VIEWS, (show_gaps, show_people, show_clashes, show_who_could_go, show_plan), strict=True))

filters = widgets.Filters()
SECTIONS[filters.view("Show", VIEWS, "show")](filters)

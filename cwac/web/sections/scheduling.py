"""Who is available for one event, and suggested assignments: proposals to copy, never written to the sheet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import streamlit as st

from cwac.analysis import periods
from cwac.analysis.alerts import alerts, alerts_concerning, conflicts_among
from cwac.analysis.candidates import LOAD_DAYS, Candidate, Roster, who_could_go
from cwac.analysis.events import where
from cwac.analysis.overview import ended_on
from cwac.analysis.periods import Period
from cwac.analysis.scheduling import HEADER, SchedulePlan, plan
from cwac.analysis.staffing import ROLE_WORDS, Fill, gap_board
from cwac.analysis.words import counted, list_words, with_noun
from cwac.date_words import day_range, day_words
from cwac.exports import tables
from cwac.exports.colors import agency_colors
from cwac.model import Alert, Snapshot
from cwac.settings import Rules
from cwac.web import blocks, event_cards, widgets
from cwac.web.blocks import Block, Line, Piece, draw
from cwac.web.sections import gaps, officers
from cwac.web.session import Session

RANKED = (
    "Ranked by: an agency that is asked for officers, an agency on the event, a missing role, an agency that has no "
    "officer there yet, fewest events in the 90 days before, longest since the last one."
)


def candidates(
    snapshot: Snapshot, event_id: str, agencies: tuple[str, ...] | None, *, _roster: Roster
) -> tuple[tuple[Candidate, ...], tuple[Candidate, ...]]:
    """People of these agencies who are available, best first; then those who are not."""
    eligible = frozenset(officers.names(snapshot, agencies).values())
    people = who_could_go(snapshot, snapshot.event_by_id[event_id], _roster.on, _roster.rules, _roster, eligible)
    able, unable = (tuple(person for person in people if person.available == is_able) for is_able in (True, False))
    return able, unable


def show_who_is_available(session: Session, row: widgets.FilterRow) -> None:
    today, snapshot, people = session.today, session.snapshot, officers.people_words(session)
    ended = ended_on(snapshot, session.now, session.rules)
    every = session.ask(gap_board, today)
    needed = session.ask(gaps.openings, today, None, session.agency, ended=ended, _gaps=every)
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
    event, own = gap.fill.event, officers.own_agencies(session)
    able, unable = session.ask(candidates, event.id, own, _roster=session.ask(Roster, today, session.rules))
    of = len(able) + len(unable)
    whose = f"{' and '.join(own)}'s " if own else ""
    place = f"{day_words(event.date, today)} at {where(event)}"
    verb = "is" if len(able) == 1 else "are"
    widgets.headline(
        f"{len(able)} of {whose or 'the '}{counted(of, 'officer')} not yet assigned {verb} available on {place}."
        if of
        else f"Nobody {'known to be ' if officers.unknown_people(session) else ''}of {people} is left for {place}."
    )
    colors = session.ask(agency_colors)
    draw("chosen-event", blocks.cards([gaps.card(gap, snapshot)], "The event"))
    officers.show_unknown_people(session)
    if able:
        shown = widgets.page_of(able, f"{widgets.md(people[:1].upper() + people[1:])}, best first", "able")
        draw("able", _candidate_table(session, shown, able.index(shown[0]) + 1))
        st.caption(RANKED)
    if unable and with_unable:
        shown = widgets.page_of(unable, f"{len(unable)} not available", "unable")
        rows = [
            ([*officers.agency_of(each.officer.agency, colors), each.officer.name], [", ".join(each.against)])
            for each in shown
        ]
        draw("unable", blocks.table(("Officer", "Why not"), rows, "Who is not available, and why", limit=10))


def _candidate_table(session: Session, people: Sequence[Candidate], first: int) -> Block:
    """A row for each person, best first; `first` is the rank of the first one."""
    colors, today = session.ask(agency_colors), session.today
    labels = {person: label for label, person in session.ask(officers.names, None).items()}
    rows: list[tuple[Line, ...]] = []
    for rank, person in enumerate(people, first):
        officer = person.officer
        label = labels.get(officer.id) or labels.get(officer.id.casefold())
        query = {"show": "People", "officer": label or ""}
        name = blocks.page_link("staffing", officer.name, query) if label else officer.name
        who = [f"{rank}. ", *officers.agency_of(officer.agency, colors), name]
        last = day_words(person.last, today) if person.last else "none yet"
        following = day_words(person.next, today) if person.next else "none"
        reasons = _reason_chips(person.reasons[: len(person.fits)], person.against)
        rows.append((who, [str(person.load)], [last], [following], reasons))
    columns = ("Officer", f"Events in the {LOAD_DAYS} days before", "Last event", "Next event", "To know")
    return blocks.table(columns, rows, "Who is available, best first", limit=10, narrow=5)


def _reason_chips(reasons: Sequence[str], against: Sequence[str]) -> Line:
    """Things to know, then reasons in favor, as chips."""
    return [*(blocks.chip(reason, "warning") for reason in against), *(blocks.chip(reason) for reason in reasons)]


# --- suggested assignments --------------------------------------------------------------------------------------------


def limits_words(rules: Rules) -> str:
    return (
        f"at least {with_noun(f'{rules.rest_hours:g}', 'hour')} of rest between two events, "
        f"at most {with_noun(f'{rules.weekly_hours:g}', 'hour')} of events a week"
    )


def show_suggestions(session: Session, row: widgets.FilterRow) -> None:
    today, rules, month = session.today, session.rules, periods.month_of(session.today)
    horizons = {
        "Next month": periods.month_of(month.last + dt.timedelta(days=1)),
        "This month": Period(today, month.last, "this month"),
        "Next 60 days": Period(today, today + dt.timedelta(days=59), "next 60 days"),
    }
    period = horizons[row.select("For", list(horizons), "month")]
    anybody = row.toggle("Include agencies not on the event", "any")
    row.report_unknown()
    officers.show_unknown_people(session)
    board = session.ask(gap_board, today)
    fills = [gap.fill for gap in board if gap.fill.event.date in period]
    earlier = sum(bool(gap.fill.open) and gap.fill.event.date < period.first for gap in board)
    every = session.ask(alerts_concerning, today, rules, session.agency, _alerts=session.ask(alerts, today, rules))
    kept = kept_conflicts(fills, every)
    also = " Officers with a conflict still count as staffed." if any(alert.officer for alert in kept) else ""
    also += f" This month has {counted(earlier, 'more event')} with openings." if earlier else ""
    people = widgets.md(officers.people_words(session))
    st.markdown(
        f"{day_range(period.first, period.last, today)}, with {people}, shared evenly: {limits_words(rules)}, and no "
        "new conflict. Regular shifts are not in the sheet, so ask before you assign. "
        f"Nothing is written to the sheet.{also}"
    )
    if not fills:
        widgets.empty("No event is planned in that time, so there is nothing to fill.")
        return
    own = officers.own_agencies(session)
    with st.spinner("Looking for a good plan: 5 seconds at most."):
        proposal = session.ask(proposed, period, rules, own, anybody)
    widgets.headline(answer(proposal, len(kept), len(conflicts_among(every))))
    tables_shown = [_proposal_table(session, proposal)] if proposal.proposals else []
    tables_shown += [_unfilled_cards(proposal, today)] if proposal.unfilled else []
    if left := unsolved(proposal, fills, every, today):
        tables_shown += [blocks.heading("Not solved by this"), blocks.lines(*([sentence] for sentence in left))]
    draw("plan", *tables_shown)
    if proposal.proposals:
        _show_rows_to_paste(session, proposal)


def _show_rows_to_paste(session: Session, proposal: SchedulePlan) -> None:
    """The rows for the Staffing tab, and which rows that ask for an officer they make needless."""
    rows = tables.to_tsv(proposal.rows, HEADER)
    replaced = sorted({item.placeholder for item in proposal.proposals if item.placeholder})
    numbers = f"{'row' if len(replaced) == 1 else 'rows'} {list_words(list(map(str, replaced)), 20)}"
    to_paste = [
        f"Nobody has been asked yet. To put it in the sheet, paste {counted(len(proposal.proposals), 'row')} at",
        gaps.sheet_link("", session.snapshot, "Staffing", "event_id"),
        f". {f'Then delete {numbers} of Staffing, which asked for them. ' if replaced else ''}",
        blocks.copy_button("Copy the rows", rows),
    ]
    draw("rows-to-paste", blocks.lines(to_paste))
    with st.expander("Show the rows as the sheet has them"):
        st.code(rows, language=None, wrap_lines=True)
    widgets.download("Suggested assignments as CSV", "plan.csv", lambda: tables.to_csv(proposal.rows, HEADER))


def proposed(
    snapshot: Snapshot, period: Period, rules: Rules, agencies: tuple[str, ...] | None, any_agency: bool
) -> SchedulePlan:
    eligible = frozenset(officers.names(snapshot, agencies).values())
    days = period.first, period.last
    return plan(snapshot, *days, snapshot.today, rules, any_agency=any_agency, among=eligible)


UNSOLVED = 10
"""Lines of what a plan leaves as it is, before "and 3 more"."""


def kept_conflicts(staffing: Sequence[Fill], every: Sequence[Alert]) -> tuple[Alert, ...]:
    """The conflicts at these events, which a plan leaves as they are."""
    planned = {fill.event.id for fill in staffing}
    return tuple(alert for alert in conflicts_among(every) if not planned.isdisjoint(alert.event_ids))


def answer(proposal: SchedulePlan, kept: int, conflicts: int) -> str:
    """What the plan would do, and how many of all coming `conflicts` it leaves: `4 of 5 conflicts stay`."""
    words = proposal.words.removesuffix(".")
    of = f"{kept:,} of " if kept < conflicts else ""
    return f"{words}; {of}{counted(conflicts, 'conflict')} {'stays' if kept == 1 else 'stay'}." if kept else f"{words}."


def unsolved(
    proposal: SchedulePlan, staffing: Sequence[Fill], every: Sequence[Alert], today: dt.date
) -> tuple[str, ...]:
    """What the plan does not solve: missing agencies and hosts, and conflicts that stay."""
    agencies: dict[str, set[str]] = {}
    for item in proposal.proposals:
        agencies.setdefault(item.event.id, set()).add(item.officer.agency)
    lines = [
        f"No officer from {', '.join(silent)} on {day_words(fill.event.date, today)} ({where(fill.event)})."
        for fill in staffing
        if (silent := [agency for agency in fill.silent if agency not in agencies.get(fill.event.id, ())])
    ]
    lines += proposal.advice
    lines += [alert.message for alert in kept_conflicts(staffing, every)]
    more = len(lines) - UNSOLVED
    return (*lines[:UNSOLVED], *([f"And {more} more, under Conflicts and Openings."] if more > 0 else []))


def _proposal_table(session: Session, proposal: SchedulePlan) -> Block:
    colors = session.ask(agency_colors)
    rows: list[tuple[Line, Line, Line]] = []
    for item in proposal.proposals:
        officer: list[Piece] = [*officers.agency_of(item.officer.agency, colors), item.officer.name]
        if item.role:
            officer.append(blocks.quiet(f", {item.role}"))
        if item.placeholder:
            officer += [blocks.BREAK, blocks.quiet(f"replaces row {item.placeholder} of Staffing")]
        event = [*event_cards.title(item.event, session.today), blocks.BREAK, where(item.event)]
        rows.append((event, officer, _reason_chips(item.reasons, item.warnings)))
    return blocks.table(("Event", "Proposed", "Why"), rows, "Proposed officers, soonest first", limit=10, narrow=2)


def _unfilled_cards(proposal: SchedulePlan, today: dt.date) -> Block:
    cards = []
    for item in proposal.unfilled:
        lacks = [counted(item.posts, "position")] if item.posts else []
        lacks += [f"a {ROLE_WORDS[role]}" for role in item.missing_roles]
        still_open = [blocks.chip("Still open", "warning"), f"{', '.join(lacks)}: {item.reason}."]
        title = event_cards.title(item.event, today)
        cards.append(blocks.card(title, [where(item.event)], still_open, tone="warning"))
    return blocks.cards(cards, "Positions that stay open", columns=2, narrow=2)

"""Officers: whose are shown, their shifts in a table, and the view of their workload."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence

import pyarrow as pa
import streamlit as st

from cwac import addons
from cwac.analysis import periods
from cwac.analysis.alerts import ALERT_CODES
from cwac.analysis.candidates import AgencyShare, OfficerShare, fair_share, stand_out_words, typical_shifts
from cwac.analysis.events import people_without_agency
from cwac.analysis.hours import Ledger, ledger
from cwac.analysis.measures import HOURS_ADD_UP
from cwac.analysis.officers import everyone, is_active
from cwac.analysis.periods import Period
from cwac.analysis.staffing import Duty, duties
from cwac.analysis.words import counted, number
from cwac.date_words import clock, day_words
from cwac.exports import tables
from cwac.exports.colors import agency_colors
from cwac.exports.tables import Row
from cwac.model import Alert, Snapshot
from cwac.rounding import half_up
from cwac.settings import Rules
from cwac.web import blocks, event_cards, widgets
from cwac.web.blocks import Block, Line, Piece, draw
from cwac.web.session import Session

OTHER_DAYS = "Other days"
MAX_SHARE_DAYS = 5 * 366
"""Longest period of a workload: days away are counted one by one."""
NEXT_UP = 5
"""Officers with the badge "next up"."""


def own_agencies(session: Session, *, of_all: bool = False) -> tuple[str, ...] | None:
    """Agencies whose people can be shown in full: a liaison's own, else the selected one, None for all.

    A liaison sees only the shared events of other agencies' people, so any count about those would be wrong. With
    `of_all` no agency counts as selected.
    """
    viewer, agency = session.viewer, None if of_all else session.agency
    if viewer.kind == "liaison":
        return tuple(viewer.agencies if agency is None else {agency}.intersection(viewer.agencies))
    return None if agency is None else (agency,)


def names(snapshot: Snapshot, agencies: Collection[str] | None) -> Mapping[str, str]:
    """Label such as `A. Sample, WPD (OF-01)` -> person, by name, for these agencies; stand-ins are left out."""
    by_label = {}
    for person, officer in everyone(snapshot).items():
        if not officer.stand_in and (agencies is None or officer.agency in agencies):
            code = f" ({person})" if person != officer.name else ""
            by_label[f"{officer.name}, {officer.agency or 'agency not known'}{code}"] = person
    return dict(sorted(by_label.items()))


def people_words(session: Session) -> str:
    """The people that the staffing views are about: `WPD's officers`, or `all officers`."""
    own = own_agencies(session)
    if own is None:
        return "all officers"
    return f"{' and '.join(own)}'s officers" if own else "your own agency's officers"


def unknown_people(session: Session) -> str:
    """A sentence that some people's agency is not known, for a view of certain agencies; else empty."""
    return session.ask(_unknown_people, own_agencies(session))


def _unknown_people(snapshot: Snapshot, agencies: tuple[str, ...] | None) -> str:
    people = {row.person for row in snapshot.assignments if row.person is not None}
    unknown = people_without_agency(snapshot)
    if agencies is None or not unknown:
        return ""
    named = counted(len(people), "person named", "people named")
    return (
        f"It is not known which agency {len(unknown)} of the {named} belong{'s' * (len(unknown) == 1)} to, so this may "
        f"leave out some of {' and '.join(agencies) or 'your own agency'}. "
        "List them in an Officers tab, or fill in Agency in Staffing."
    )


def show_unknown_people(session: Session) -> None:
    if sentence := unknown_people(session):
        st.markdown(f":material/info: {widgets.md(sentence)}")


def coming(
    snapshot: Snapshot, rules: Rules, first: dt.date, last: dt.date | None, agency: str | None, person: str | None
) -> tuple[Duty, ...]:
    """Duties of one person, or of an agency's people, from `first` to `last`, soonest first."""
    every = duties(snapshot, snapshot.today, rules, person=person, agency=None if person else agency)
    return tuple(duty for duty in every if first <= duty.event.date <= (last or duty.event.date))


def duty_table(session: Session, rows: Sequence[Duty]) -> Block:
    """One row per shift: time and place to report, officer, role, status and conflicts."""
    colors, beside = session.ask(agency_colors), addons.beside_names(session)
    shown: list[Sequence[Line]] = []
    for duty in rows:
        report = [blocks.strong(f"Report {clock(duty.report)}"), ", "] if duty.report else []
        place = [*event_cards.title(duty.event, session.today), blocks.BREAK, *report, duty.place]
        name = [*agency_of(duty.agency, colors), name_of(duty) or "requested, nobody named yet"]
        status = duty.status.lower() if duty.person else "requested"
        conflicts = [piece for line in conflict_lines(duty.clashes) for piece in (blocks.BREAK, *line)]
        said = [*beside.get((duty.event.id, duty.person or ""), ()), *conflicts]
        shown.append((place, name, [", ".join(filter(None, [duty.role, status])), *said]))
    columns = ("When and where", "Officer", "Role and status")
    return blocks.table(columns, shown, "Shifts to come, soonest first", limit=20, narrow=6)


def conflict_lines(alerts: Sequence[Alert]) -> list[Line]:
    """What is wrong with a shift, and what to do about it."""
    return [[*conflict_chips((alert,)), alert.message] for alert in alerts]


def name_of(duty: Duty) -> str:
    """The officer's name without the agency, which is shown before it: `officer` for one whose name is not shown."""
    return (duty.name or "").removeprefix(f"{duty.agency} ")


def agency_of(short: str | None, colors: Mapping[str, str]) -> Line:
    """The agency's name with its dot; empty if it is not known."""
    return [blocks.agency(short, colors), " "] if short else []


def conflict_chips(alerts: Sequence[Alert]) -> Line:
    tones = {alert.code: event_cards.tone_of(alert) for alert in alerts}
    return [blocks.chip(ALERT_CODES[code], tone) for code, tone in tones.items()]


def show_workload(session: Session, row: widgets.FilterRow) -> None:
    today, agency, quarter = session.today, session.agency, periods.quarter_of(session.today)
    named = {
        "Last 12 months": periods.last_months(today, 12),
        "Last 90 days": Period(today - dt.timedelta(days=89), today, "last 90 days"),
        "This quarter": quarter,
        "Last quarter": periods.quarter_before(quarter),
        "This year": periods.year_of(today),
    }
    name = row.select("Period", [*named, OTHER_DAYS], "period")
    if (period := named.get(name)) is None:
        year = named["Last 12 months"]
        first, last = row.day("From", year.first, "from"), row.day("To", year.last, "to")
        last = min(max(first, last), first + dt.timedelta(days=MAX_SHARE_DAYS))
        period = Period(first, last, OTHER_DAYS)
    row.report_unknown()
    show_unknown_people(session)
    own, book = own_agencies(session), session.ask(ledger, session.rules)
    by_officer, by_agency, nobodys = session.ask(share, period, session.rules, own, _book=book)
    shown = [share for share in by_agency if agency in (None, share.agency)]
    if not by_officer and not shown:
        widgets.empty("No officer is listed yet. Officers and Agencies of the sheet appear here with what they did.")
        return
    if by_officer:
        widgets.headline(stand_out_words(by_officer, "served" if period.last <= today else "have"))
        _show_load(session, by_officer)
    rows = share_rows(by_officer, shown)
    with st.expander("Show the numbers"):
        st.markdown(
            f"{widgets.md(period.words)}: {counted(len(by_officer), 'officer')} "
            f"({widgets.md(people_words(session))}), those who are next first. Hours are as recorded, else as "
            "scheduled; the last column says which."
        )
        show_shares(rows[: len(by_officer)], OF_OFFICERS, "officers")
        hidden = any(share.people is None and share.events is not None for share in shown)
        nameless = " Where names are not shown, how many different people went is not known." if hidden else ""
        if nobodys:
            nameless += f" Of {counted(nobodys, 'shift')} it is not known whose: each may have carried more."
        st.markdown(f"By agency, against its sworn strength. Led: events that it leads; early: before 8 AM.{nameless}")
        st.caption(f"An event counts for each agency whose people went, so Events must not be added up. {HOURS_ADD_UP}")
        show_shares(rows[len(by_officer) :], OF_AGENCIES, "agencies")
    widgets.download("Workload as CSV", "fair-share.csv", lambda: tables.to_csv(rows, SHARES))


def share(
    snapshot: Snapshot, period: Period, rules: Rules, agencies: tuple[str, ...] | None, *, _book: Ledger | None = None
) -> tuple[tuple[OfficerShare, ...], tuple[AgencyShare, ...], int]:
    """Shares of these agencies' officers and of every agency, the next first, and how many duties are of people whose
    agency is not known. `_book`: the ledger of all events, if known.
    """
    people = frozenset(names(snapshot, agencies).values())
    result = fair_share(snapshot, period.first, period.last, snapshot.today, rules, people, _book=_book)
    return result.officers, result.agencies, result.unknown


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
    draw("load", load_bars(session.snapshot, shown, next_up, typical))


def load_bars(
    snapshot: Snapshot, shares: Sequence[OfficerShare], next_up: Sequence[OfficerShare], typical: float
) -> Block:
    """A bar for each officer, with a line at the typical number of shifts."""
    today, colors, rows = snapshot.today, agency_colors(snapshot), []
    for share in shares:
        name = [*agency_of(share.officer.agency, colors), share.officer.name]
        last = f", last {day_words(share.last, today)}" if share.last else ""
        words: list[Piece] = [f"{counted(share.events, 'shift')}{last} "]
        if share in next_up:
            words.append(blocks.chip("Next up", "good"))
        elif not share.available:
            words.append(blocks.chip("On leave" if is_active(share.officer, today) else "Not active"))
        rows.append(blocks.bar(name, [(share.events, "plain")], words))
    return blocks.bars(rows, "Shifts of each officer, most first", limit=20, narrow=10, line=typical)


SHARES = (
    "officer", "agency", "events", "hours", "hours_recorded", "hours_scheduled", "leads", "early_mornings", "weekends",
    "last", "next", "days_away", "available", "sworn",
)  # fmt: skip


def share_rows(officers: Sequence[OfficerShare], agencies: Sequence[AgencyShare]) -> list[Row]:
    """One row per officer, then one per agency (`officer` is empty), with `SHARES` and what tables show besides."""
    rows = []
    shares: list[OfficerShare | AgencyShare] = [*officers, *agencies]
    for share in shares:
        row: Row = {column: getattr(share, column, None) for column in SHARES} | {"early_mornings": share.early}
        row["known"] = share.hours.words if share.hours else "not known whose people went"
        if share.hours:
            recorded, scheduled = share.hours.recorded, share.hours.scheduled
            row |= {"hours": share.hours.total, "hours_recorded": recorded, "hours_scheduled": scheduled}
        if isinstance(share, OfficerShare):
            row |= {"officer": share.officer.name, "agency": share.officer.agency}
            row["today"] = "yes" if share.available else "not today"
        else:
            per_sworn = share.hours_per_sworn
            row |= {"people": share.people, "per_sworn": per_sworn and float(half_up(per_sworn, 2))}
        rows.append(row)
    return rows


OF_OFFICERS = {
    "Officer": "officer", "Agency": "agency", "Last went": "last", "Events": "events", "Hours": "hours",
    "Goes next": "next", "Leads": "leads", "Early": "early_mornings", "Weekend": "weekends", "Available": "today",
    "Days away": "days_away", "How the hours are known": "known",
}  # fmt: skip
OF_AGENCIES = {
    "Agency": "agency", "Last went": "last", "Events": "events", "People": "people", "Hours": "hours", "Sworn": "sworn",
    "Hours per sworn": "per_sworn", "Led": "leads", "Early": "early_mornings", "Weekend": "weekends",
    "How the hours are known": "known",
}  # fmt: skip
_TYPES = {"last": pa.date32(), "next": pa.date32(), "hours": pa.float64(), "per_sworn": pa.float64()} | dict.fromkeys(
    ("officer", "agency", "today", "known"), pa.string()
)


def show_shares(rows: Sequence[Row], columns: Mapping[str, str], key: str) -> None:
    """A table that can be sorted and searched. Its cells are text and numbers, never Markdown."""
    cells = {name: pa.array([row[of] for row in rows], _TYPES.get(of, pa.int64())) for name, of in columns.items()}
    config = {name: st.column_config.DateColumn(format="ddd, MMM D, YYYY") for name in ("Last went", "Goes next")}
    config |= {next(iter(columns)): st.column_config.TextColumn(pinned=True)}
    config |= {"Hours": st.column_config.NumberColumn(format="%.1f")}
    shown = {name: of for name, of in config.items() if name in columns}
    st.dataframe(pa.table(cells), hide_index=True, column_config=shown, key=f"share-{key}", placeholder="–")

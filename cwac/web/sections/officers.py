"""Shifts to come, workload, rest warnings and mutual-aid emergencies, for one officer, one agency or everybody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence

import pyarrow as pa
import streamlit as st

from cwac.access import Viewer
from cwac.analysis import periods
from cwac.analysis.alerts import ALERT_CODES
from cwac.analysis.candidates import AgencyShare, OfficerShare, Pulled, fair_share, pulled
from cwac.analysis.events import among, people_without_agency, where
from cwac.analysis.hours import Ledger
from cwac.analysis.officers import RestWarning, everyone, is_active
from cwac.analysis.periods import Period
from cwac.analysis.staffing import Duty, duties
from cwac.analysis.words import counted
from cwac.date_words import clock, day_words
from cwac.exports.colors import agency_colors
from cwac.exports.tables import Row
from cwac.model import Alert, Snapshot
from cwac.rounding import half_up
from cwac.settings import Rules
from cwac.web import blocks, event_cards
from cwac.web.blocks import Block, Line, Piece

EVERYBODY = "Everybody"
OTHER_DAYS = "Other days"
DUTIES = (
    "date", "report", "release", "where", "officer", "agency", "role", "status", "clashes", "event_id",
)  # fmt: skip


def own_agencies(viewer: Viewer, agency: str | None) -> tuple[str, ...] | None:
    """Agencies whose people can be shown in full: a liaison's own, else the selected one, None for all.

    A liaison sees only the shared events of other agencies' people, so any count about those would be wrong.
    """
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


def unknown_agency_words(snapshot: Snapshot, agencies: tuple[str, ...] | None) -> str:
    """A sentence that some people's agency is unknown, for a page about these agencies; else empty."""
    people = {row.person for row in snapshot.assignments if row.person is not None}
    unknown = people_without_agency(snapshot)
    if agencies is None or not unknown:
        return ""
    return (
        f"It is not known which agency {len(unknown)} of the {len(people)} people named belong to, so this may leave "
        f"out some of {' and '.join(agencies) or 'your own agency'}. "
        "List them in an Officers tab, or fill in Agency in Staffing."
    )


# --- what is to come ------------------------------------------------------------------------------------------------


def coming(
    snapshot: Snapshot,
    today: dt.date,
    rules: Rules,
    first: dt.date,
    last: dt.date | None,
    agency: str | None,
    person: str | None,
) -> tuple[Duty, ...]:
    """Duties of one person, or of an agency's people, from `first` to `last`, soonest first."""
    every = duties(snapshot, today, rules, person=person, agency=None if person else agency)
    return tuple(duty for duty in every if first <= duty.event.date <= (last or duty.event.date))


def duty_table(
    snapshot: Snapshot, rows: Sequence[Duty], today: dt.date, beside: Mapping[tuple[str, str], Line]
) -> Block:
    """One row per shift: time and place to report, officer, role, status and conflicts.

    `beside` is what is said beside a name, by event and person.
    """
    colors = agency_colors(snapshot)
    shown: list[Sequence[Line]] = []
    for duty in rows:
        report = [blocks.strong(f"Report {clock(duty.report)}"), ", "] if duty.report else []
        place = [*event_cards.title(duty.event, today), blocks.BREAK, *report, duty.place]
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


def duty_rows(coming_duties: Sequence[Duty]) -> list[Row]:
    return [
        {
            "date": duty.event.date.isoformat(),
            "report": f"{duty.report:%H:%M}" if duty.report else None,
            "release": f"{duty.release:%H:%M}" if duty.release else None,
            "where": duty.place,
            "officer": duty.name,
            "agency": duty.agency,
            "role": duty.role,
            "status": duty.status,
            "clashes": [alert.message for alert in duty.clashes],
            "event_id": duty.event.id,
        }
        for duty in coming_duties
    ]


# --- workload -----------------------------------------------------------------------------------------------------


def share_periods(today: dt.date) -> Mapping[str, Period]:
    """Name -> period of a workload; `OTHER_DAYS` has date inputs instead."""
    quarter = periods.quarter_of(today)
    return {
        "Last 12 months": periods.last_months(today, 12),
        "Last 90 days": Period(today - dt.timedelta(days=89), today, "last 90 days"),
        "This quarter": quarter,
        "Last quarter": periods.quarter_before(quarter),
        "This year": periods.year_of(today),
    }


def share(
    snapshot: Snapshot,
    first: dt.date,
    last: dt.date,
    today: dt.date,
    rules: Rules,
    agencies: tuple[str, ...] | None,
    *,
    _book: Ledger | None = None,
) -> tuple[tuple[OfficerShare, ...], tuple[AgencyShare, ...], int]:
    """Shares of these agencies' officers and of every agency, the next first, and the number of duties of people
    whose agency is unknown. `_book`: the ledger of all events, if known.
    """
    people = frozenset(names(snapshot, agencies).values())
    result = fair_share(snapshot, first, last, today, rules, people, _book=_book)
    return result.officers, result.agencies, result.unknown


def load_bars(
    shares: Sequence[OfficerShare],
    next_up: Sequence[OfficerShare],
    colors: Mapping[str, str],
    today: dt.date,
    typical: float,
) -> Block:
    """A bar for each officer, with a line at the typical number of shifts."""
    rows = []
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


# --- too much, and emergencies --------------------------------------------------------------------------------------


def rest_cards(snapshot: Snapshot, warnings: Sequence[RestWarning], today: dt.date) -> Block:
    colors = agency_colors(snapshot)
    cards = []
    for warning in warnings:
        chip = blocks.chip("Too many hours" if warning.kind == "hours" else "Too little rest", "warning")
        title = [chip, *agency_of(warning.agency, colors), warning.name]
        links = [
            [blocks.event_link(event.id, f"{where(event)}, {event_cards.when_words(event, today)}")]
            for event in among(snapshot, warning.event_ids)
        ]
        cards.append(blocks.card(title, [warning.message], *links, tone="warning"))
    return blocks.cards(cards, "Too many hours or too little rest, soonest first", columns=2, narrow=3)


def emergencies(
    snapshot: Snapshot, today: dt.date, rules: Rules, agency: str | None, agencies: tuple[str, ...] | None
) -> tuple[tuple[Pulled, tuple[str, ...]], ...]:
    """Events that lost people to an emergency, each with the people of these agencies who could go instead."""
    eligible = set(names(snapshot, agencies).values())
    found = []
    for item in pulled(snapshot, today, rules, limit=60):
        if agency is None or item.event.names(agency):
            could = [
                f"{person.officer.name}, {person.officer.agency}: {'; '.join((*person.reasons, *person.against))}"
                for person in item.could
                if person.officer.id in eligible
            ]
            found.append((item, tuple(could)))
    return tuple(found)


def pulled_cards(snapshot: Snapshot, rows: Sequence[tuple[Pulled, Sequence[str]]], today: dt.date) -> Block:
    colors = agency_colors(snapshot)
    cards = []
    for item, candidates in rows:
        if item.off:
            instead: Line = [blocks.quiet("No replacement needed: the event was called off.")]
        else:
            instead = [blocks.strong("Available instead: "), ". ".join(candidates[:3]) or "nobody who may be shown"]
        title, place = event_cards.title(item.event, today), event_cards.place(item.event, colors)
        said = [blocks.chip("Pulled to mutual aid", "error"), item.message]
        cards.append(blocks.card(title, place, said, instead, tone="error"))
    return blocks.cards(cards, "Events that an emergency took officers from", narrow=3)

"""One officer, one agency, everybody: what is still to come for them, what they carried, and what is too much."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence

import pyarrow as pa
import streamlit as st

from cwac.access import Viewer
from cwac.analysis import periods
from cwac.analysis.alerts import ALERT_CODES
from cwac.analysis.emergencies import Pulled, pulled
from cwac.analysis.events import between, clock, day_words, is_live, upcoming, where
from cwac.analysis.fair_share import AgencyShare, OfficerShare, fair_share
from cwac.analysis.officers import everyone
from cwac.analysis.periods import Period
from cwac.analysis.positions import people_without_agency
from cwac.analysis.rest import RestWarning, rest_warnings
from cwac.analysis.staffing import Duty, duties
from cwac.exports.tables import Row
from cwac.model import Event, Snapshot
from cwac.settings import Rules
from cwac.web.sections.gaps import when
from cwac.web.widgets import AT_ONCE, SEVERITY_SHAPES, agency_colors, badge, badges, md, table, unbroken

EVERYBODY = "Everybody"
OTHER_DAYS = "Other days"
DUTIES = (
    "date", "report", "release", "where", "officer", "agency", "role", "status", "clashes", "event_id",
)  # fmt: skip


def own(viewer: Viewer, agency: str | None) -> tuple[str, ...] | None:
    """The agencies whose people can be told about in full: a liaison's own, else the one chosen, None for all.

    Of other agencies' people a liaison sees only the events shared with them: no count of theirs would be right.
    """
    if viewer.kind == "liaison":
        return tuple(viewer.agencies if agency is None else {agency}.intersection(viewer.agencies))
    return None if agency is None else (agency,)


def names(snapshot: Snapshot, agencies: Collection[str] | None) -> Mapping[str, str]:
    """`A. Sample, WPD (OF-01)` -> the person, by name; of these agencies. Nobody's stand-in is among them."""
    found = {
        f"{officer.name}, {officer.agency or 'agency not known'}"
        + (f" ({person})" if person != officer.name else ""): person
        for person, officer in everyone(snapshot).items()
        if not officer.stand_in and (agencies is None or officer.agency in agencies)
    }
    return dict(sorted(found.items()))


def whose_is_unknown(snapshot: Snapshot, agencies: tuple[str, ...] | None) -> str:
    """A sentence for a page about these agencies' people, where it is not known whose some people are; else empty."""
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
    """The duties of one person, or of an agency's people, from the first to the last day, soonest first."""
    found = duties(snapshot, today, rules, person=person, agency=None if person else agency)
    return tuple(one for one in found if first <= one.event.date and (last is None or one.event.date <= last))


def days(
    snapshot: Snapshot, today: dt.date, first: dt.date, last: dt.date | None, agency: str | None
) -> tuple[dt.date, ...]:
    """The soonest days with a coming event from the first to the last day; with an agency, one that names it."""
    found = {
        event.date: None
        for event in upcoming(snapshot, today)
        if first <= event.date <= (last or event.date) and (agency is None or event.names(agency))
    }
    return tuple(found)[:AT_ONCE]


def on(snapshot: Snapshot, day: dt.date) -> tuple[Event, ...]:
    """The live events of a day, by start."""
    return tuple(event for event in between(snapshot, day, day) if is_live(event))


def duty_table(snapshot: Snapshot, lines: Sequence[Duty], today: dt.date) -> None:
    """One line a duty: when to report and where, who in which role, and what clashes."""
    colors = agency_colors(snapshot)
    table(
        {
            "When and where": [
                f"**{when(one.event, today)}**{_report(one)}  \n{md(one.place)}  \n"
                + badges(one.event.agencies, colors)
                for one in lines
            ],
            "Who": [
                f"{badge(one.agency, colors)} {md(one.name) if one.name else '*somebody, asked for*'}" for one in lines
            ],
            "Role and state": [
                ", ".join(filter(None, [md(one.role or ""), md(one.status.lower()) if one.person else "asked for"]))
                + "".join(
                    f"  \n{SEVERITY_SHAPES[alert.severity]} **{md(ALERT_CODES[alert.code])}**: {md(alert.message)}"
                    for alert in one.clashes
                )
                for one in lines
            ],
        },
        "Duties to come, soonest first",
    )


def _report(duty: Duty) -> str:
    return f"  \n**report {unbroken(md(clock(duty.report)))}**" if duty.report else ""


def duty_rows(lines: Sequence[Duty]) -> list[Row]:
    """One row a duty, by `DUTIES`."""
    return [
        {
            "date": one.event.date.isoformat(),
            "report": f"{one.report:%H:%M}" if one.report else None,
            "release": f"{one.release:%H:%M}" if one.release else None,
            "where": one.place,
            "officer": one.name,
            "agency": one.agency,
            "role": one.role,
            "status": one.status,
            "clashes": [alert.message for alert in one.clashes],
            "event_id": one.event.id,
        }
        for one in lines
    ]


# --- fair share -----------------------------------------------------------------------------------------------------


def stretches(today: dt.date) -> Mapping[str, Period]:
    """The periods to count over, by name; `OTHER_DAYS` are chosen beside."""
    quarter = periods.quarter_of(today)
    return {
        "Last 12 months": periods.last_months(today, 12),
        "Last 90 days": Period(today - dt.timedelta(days=89), today, "last 90 days"),
        "This quarter": quarter,
        "Last quarter": periods.quarter_before(quarter),
        "This year": periods.year_of(today),
    }


def share(
    snapshot: Snapshot, first: dt.date, last: dt.date, today: dt.date, rules: Rules, agencies: tuple[str, ...] | None
) -> tuple[tuple[OfficerShare, ...], tuple[AgencyShare, ...], int]:
    """Who carried what: the officers of these agencies, and every agency, least recent first; and how many duties were
    of people whose agency is not known.
    """
    found = fair_share(snapshot, first, last, today, rules, frozenset(names(snapshot, agencies).values()))
    return found.officers, found.agencies, found.unknown


def officer_shares(lines: Sequence[OfficerShare]) -> None:
    _sortable(
        {
            "Officer": [one.officer.name for one in lines],
            "Agency": [one.officer.agency for one in lines],
            "Last went": pa.array([one.last for one in lines], pa.date32()),
            "Events": [one.events for one in lines],
            "Hours": pa.array([one.hours.total for one in lines], pa.float64()),
            "Goes next": pa.array([one.next for one in lines], pa.date32()),
            "Leads": [one.leads for one in lines],
            "Early": [one.early for one in lines],
            "Weekend": [one.weekends for one in lines],
            "Available": ["yes" if one.available else "not today" for one in lines],
            "Days away": [one.days_away for one in lines],
            "How the hours are known": [one.hours.words for one in lines],
        },
        "officers",
    )


def agency_shares(lines: Sequence[AgencyShare]) -> None:
    _sortable(
        {
            "Agency": [one.agency for one in lines],
            "Last went": pa.array([one.last for one in lines], pa.date32()),
            "Events": pa.array([one.events for one in lines], pa.int64()),
            "People": pa.array([one.people for one in lines], pa.int64()),
            "Hours": pa.array([one.hours.total if one.hours else None for one in lines], pa.float64()),
            "Sworn": pa.array([one.sworn for one in lines], pa.int64()),
            "Hours per sworn": pa.array([_rounded(one.hours_per_sworn) for one in lines], pa.float64()),
            "Led": [one.leads for one in lines],
            "Early": pa.array([one.early for one in lines], pa.int64()),
            "Weekend": pa.array([one.weekends for one in lines], pa.int64()),
            "How the hours are known": [
                one.hours.words if one.hours else "not known whose people went" for one in lines
            ],
        },
        "agencies",
    )


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 2)


def _sortable(columns: Mapping[str, object], key: str) -> None:
    """A table to sort by any column and to search. Its cells are text and numbers, never Markdown."""
    dates = {name: st.column_config.DateColumn(format="ddd D MMM YYYY") for name in ("Last went", "Goes next")}
    first = next(iter(columns))
    st.dataframe(
        pa.table(dict(columns)),
        hide_index=True,
        column_config={name: dates[name] for name in dates if name in columns}
        | {first: st.column_config.TextColumn(pinned=True), "Hours": st.column_config.NumberColumn(format="%.1f")},
        key=f"share-{key}",
        placeholder="–",
    )


SHARES = (
    "officer", "agency", "events", "hours", "hours_recorded", "hours_scheduled", "leads", "early_mornings", "weekends",
    "last", "next", "days_away", "available", "sworn",
)  # fmt: skip


def share_rows(officers: Sequence[OfficerShare], agencies: Sequence[AgencyShare]) -> list[Row]:
    """One row an officer, then one an agency (`officer` empty), by `SHARES`."""
    nobody: Row = dict.fromkeys(SHARES)

    def carried(one: OfficerShare | AgencyShare) -> Row:
        return nobody | {
            "events": one.events,
            "hours": one.hours.total if one.hours else None,
            "hours_recorded": one.hours.recorded if one.hours else None,
            "hours_scheduled": one.hours.scheduled if one.hours else None,
            "leads": one.leads,
            "early_mornings": one.early,
            "weekends": one.weekends,
            "last": one.last.isoformat() if one.last else None,
        }

    return [
        carried(one)
        | {
            "officer": one.officer.name,
            "agency": one.officer.agency,
            "next": one.next.isoformat() if one.next else None,
            "days_away": one.days_away,
            "available": one.available,
        }
        for one in officers
    ] + [carried(one) | {"agency": one.agency, "sworn": one.sworn} for one in agencies]


# --- too much, and emergencies --------------------------------------------------------------------------------------


def too_much(
    snapshot: Snapshot, today: dt.date, rules: Rules, agencies: tuple[str, ...] | None
) -> tuple[RestWarning, ...]:
    return tuple(one for one in rest_warnings(snapshot, today, rules) if agencies is None or one.agency in agencies)


def rest_table(snapshot: Snapshot, found: Sequence[RestWarning], today: dt.date) -> None:
    colors = agency_colors(snapshot)
    table(
        {
            "Who": [f"{badge(one.agency, colors)} {md(one.name)}" for one in found],
            "When": [
                f"week of {unbroken(md(day_words(one.day, today)))}"
                if one.kind == "hours"
                else unbroken(md(day_words(one.day, today)))
                for one in found
            ],
            "What": [f"{SEVERITY_SHAPES['warning']} {md(one.message)}" for one in found],
        },
        "Too many hours or too little rest, soonest first",
    )


def emergencies(
    snapshot: Snapshot, today: dt.date, rules: Rules, agency: str | None, agencies: tuple[str, ...] | None
) -> tuple[tuple[Pulled, tuple[str, ...]], ...]:
    """What an emergency took people from, or took altogether, and who of these agencies could go instead."""
    shown = set(names(snapshot, agencies).values())
    return tuple(
        (
            one,
            tuple(
                f"{each.officer.name}, {each.officer.agency}: {'; '.join((*each.reasons, *each.against))}"
                for each in one.could
                if each.officer.id in shown
            ),
        )
        for one in pulled(snapshot, today, rules, most=60)
        if agency is None or one.event.names(agency)
    )


def pulled_table(snapshot: Snapshot, found: Sequence[tuple[Pulled, Sequence[str]]], today: dt.date) -> None:
    """One line an event: what became of it, who is left, and who could go instead."""
    colors = agency_colors(snapshot)
    table(
        {
            "Event": [
                f"**{when(one.event, today)}**  \n{md(where(one.event))}  \n{badges(one.event.agencies, colors)}"
                for one, _ in found
            ],
            "Pulled to mutual aid, and who is left": [f":material/emergency: {md(one.message)}" for one, _ in found],
            "Who could go instead": [
                "not needed: called off" if one.off else "  \n".join(map(md, could[:5])) or "nobody who may be shown"
                for one, could in found
            ],
        },
        "Events that an emergency took people from",
    )

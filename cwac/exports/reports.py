"""Reports in every format (PDF, PNG, Excel, CSV, JSON), none of which names an officer; and the plan on paper."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from cwac.analysis.events import NOT_GOING, is_live, on_day, state_words, where
from cwac.analysis.periods import marked_days
from cwac.analysis.quarter import PeriodReport
from cwac.analysis.staffing import fill, summarize
from cwac.analysis.words import counted
from cwac.date_words import clock, clock_range, day_words, zone_words, zoned_moment
from cwac.exports import tables
from cwac.exports.tables import ReportTable, Row
from cwac.exports.typesetting import Source, lay_out, lay_out_pictures
from cwac.model import Alert, Assignment, Event, Snapshot

SAMPLE = "SAMPLE: invented events, officers and counts."


@dataclass(frozen=True, slots=True)
class Report:
    """A report to write, made part by part as a format needs it: `layout` prints `page` as PDF and `pictured`, which
    may be shorter, as pictures; `tables` are for Excel, `document` is for JSON, `lines`, at least one, are for CSV.
    """

    title: str
    author: str
    layout: Source
    page: Callable[[], Mapping[str, Any]]
    pictured: Callable[[], Mapping[str, Any]]
    tables: Callable[[], Sequence[ReportTable]]
    lines: Callable[[], Sequence[Row]]
    document: Callable[[], Mapping[str, Any]]


def page_of(answer: PeriodReport, title: str, name: str, whose: str) -> dict[str, Any]:
    """What every layout prints of a report; `name` begins the footer."""
    moment = answer.as_of.astimezone(ZoneInfo(answer.timezone))
    return {
        "title": title,
        "whose": whose,
        "as_of": as_of(answer),
        "made_on": {"year": moment.year, "month": moment.month, "day": moment.day},
        "footer": f"{name} · {whose} · {as_of(answer)}",
        "sample": answer.sample,
    }


def as_of(answer: PeriodReport) -> str:
    """`sheet as of Fri, Oct 2, 2026, 8:05 AM Pacific Time`."""
    return f"sheet as of {zoned_moment(answer.as_of.astimezone(ZoneInfo(answer.timezone)))}"


def to_pdf(report: Report) -> bytes:
    return lay_out(report.layout, report.page())


def to_pngs(report: Report) -> tuple[bytes, ...]:
    return lay_out_pictures(report.layout, report.pictured())


def to_xlsx(report: Report) -> bytes:
    return tables.to_xlsx(report.tables(), report.title, report.author)


def to_csv(report: Report) -> bytes:
    """A line for each figure; shares are 0 to 1, and a figure that is not known is empty."""
    lines = report.lines()
    return tables.to_csv(lines, tuple(lines[0]))


FORMATS: Mapping[str, Callable[[Report], bytes]] = {"pdf": to_pdf, "xlsx": to_xlsx, "csv": to_csv}
"""The function that writes each format, by file ending."""


# --- the plan: a month for the wall, a roster to take along; gray, so that copies stay legible --------------------

MAX_EVENTS_A_DAY = 40
"""Events listed on a day of the printed month; the rest are counted."""


@dataclass(frozen=True, slots=True)
class PrintedPages:
    """Heading and footer of every page. `filters` are those set, in words; `gaps` is whether to show staffing."""

    title: str
    filters: tuple[str, ...]
    now: dt.datetime
    gaps: bool
    sample: bool = False


def month_pdf(
    snapshot: Snapshot,
    events: Sequence[Event],
    days: tuple[dt.date, dt.date],
    month: int,
    alerts: Mapping[str, Sequence[Alert]],
    sheet: PrintedPages,
) -> bytes:
    """Whole weeks from Sunday, from the first to the last of `days`; days outside `month` are gray."""
    first, last = days
    by_day = {day: list(here) for day, here in groupby(sorted(events, key=on_day), on_day)}
    marks = marked_days(first, last)
    cells = []
    for day in (first + dt.timedelta(days=number) for number in range((last - first).days + 1)):
        here = by_day.get(day, [])
        lines = [_brief(event, snapshot, alerts, sheet.gaps) for event in here[:MAX_EVENTS_A_DAY]]
        if (more := len(here) - MAX_EVENTS_A_DAY) > 0:
            blank = {"town": "", "off": False, "words": "", "short": False, "warns": []}
            lines.append({"at": f"+{more} more", "agencies": (), "state": "confirmed", "staff": None} | blank)
        cells.append(
            {"number": str(day.day), "outside": day.month != month, "marks": marks.get(day, ()), "events": lines}
        )
    count = sum(event.date.month == month for event in events)
    return lay_out("printed.typ", _page("month", snapshot, sheet, count, cells))


def roster_pdf(
    snapshot: Snapshot, events: Sequence[Event], alerts: Mapping[str, Sequence[Alert]], sheet: PrintedPages
) -> bytes:
    """Each day with its events and their officers, with room to sign in."""
    days = {day: list(here) for day, here in groupby(sorted(events, key=on_day), on_day)}
    marks = marked_days(min(days), max(days)) if days else {}
    listed = [
        {
            "heading": day_words(day),
            "marks": marks.get(day, ()),
            "events": [_full(event, snapshot, alerts, sheet.gaps) for event in here],
        }
        for day, here in days.items()
    ]
    return lay_out("printed.typ", _page("roster", snapshot, sheet, len(events), listed))


def _page(
    kind: str, snapshot: Snapshot, sheet: PrintedPages, count: int, days: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    zone = ZoneInfo(snapshot.timezone)
    as_of, now = snapshot.as_of.astimezone(zone), sheet.now.astimezone(zone)
    about = [
        counted(count, "event"),
        f"only {', '.join(sheet.filters)}" if sheet.filters else "all agencies and towns",
        f"times are {zone_words(snapshot.timezone)}",
    ]
    return {
        "kind": kind,
        "title": sheet.title,
        "about": " · ".join(about),
        "footer": f"Sheet as of {zoned_moment(as_of)} · printed {day_words(now.date())}, {clock(now)}",
        "sample": sheet.sample,
        "days": days,
    }


def _brief(event: Event, snapshot: Snapshot, alerts: Mapping[str, Sequence[Alert]], gaps: bool) -> dict[str, Any]:
    summary = summarize(event, snapshot, alerts, snapshot.today, gaps=gaps)
    sure = event.status in ("Confirmed", "Completed")
    return {
        "at": clock(event.start) if event.start else "no time yet",
        "town": event.town or event.town_text or "place not known",
        "agencies": event.agencies,
        "state": summary.state,
        "off": event.status in ("Cancelled", "Postponed"),
        "words": summary.guests or "" if sure else state_words(event),
        "staff": summary.staff,
        "short": summary.short,
        "warns": (["conflict"] if summary.clashes else []) if summary.held else [summary.to_close],
    }


def _full(event: Event, snapshot: Snapshot, alerts: Mapping[str, Sequence[Alert]], gaps: bool) -> dict[str, Any]:
    summary = summarize(event, snapshot, alerts, snapshot.today, gaps=gaps)
    rows = snapshot.assignments_by_event.get(event.id, ()) if gaps else ()
    venue, host = event.venue, snapshot.agency_by_short.get(event.lead_agency or "")
    there = ", ".join(filter(None, [venue.contact, venue.contact_phone])) if venue else ""
    notes = {
        "Contact": f"the {host.liaison_role.lower()}, {host.name or host.short}" if host and host.liaison_role else "",
        "Parking": venue.parking if venue else "",
        "Contact there": there,
        "Notes": event.public_notes,
        "Internal": event.internal_notes,
    }
    return {
        "when": clock_range(event.start, event.end) if event.start else "No time yet",
        "place": ", ".join(filter(None, [summary.title, where(event)])),
        "address": ", ".join(filter(None, [venue.street, venue.town])) if venue and venue.street else "",
        "backup": event.backup_venue if gaps else None,
        "agencies": event.agencies or ("agency not known",),
        "state": summary.state,
        "off": event.status in ("Cancelled", "Postponed"),
        "words": state_words(event),
        "staffing": fill(snapshot, event).words.replace(" · ", ", ") if gaps and is_live(event) else "",
        "guests": summary.guests,
        "warns": [f"Conflict: {clash[:1].lower()}{clash[1:]}" for clash in summary.clashes]
        + ([] if summary.held else [f"{summary.to_close[:1].upper()}{summary.to_close[1:]}"]),
        "notes": [f"{name}: {note}" for name, note in notes.items() if note and (gaps or name == "Notes")],
        "people": [_person(row, event) for row in rows if row.status not in NOT_GOING],
    }


def _person(row: Assignment, event: Event) -> list[str]:
    """The cells of an officer's line; without times of their own, those of the event, as on the pages."""
    report, release = row.report_time or event.start, row.release_time or event.end
    return [
        "Open position" if row.placeholder else row.name or "An officer",
        row.agency or "",
        row.role or "",
        clock(report) if report else "",
        clock(release) if release else "",
        "requested" if row.placeholder else row.status,
        "",
    ]

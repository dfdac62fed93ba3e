"""The charts: what each draws from an answer, its text alternative, and the same figures as a table.

A page draws `st.vega_lite_chart(chart.frame, chart.spec, alt=chart.alt)` with `chart.table` beside it.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from cwac.analysis.attendance import (
    OVERDUE_MONTHS,
    By,
    EventGroup,
    HeldEvent,
    Outcomes,
    Total,
    TownOutreach,
    count_words,
    guests_in_all,
    turnout,
    typical_guests,
)
from cwac.analysis.events import state_words, where
from cwac.analysis.hours import Hours, hours_words
from cwac.analysis.words import counted, number, people, with_guests
from cwac.date_words import clock_range, day_words
from cwac.exports import chart_specs as specs
from cwac.exports.chart_specs import EARLIER, LATER, NEGLECTED, VISITED
from cwac.exports.colors import CANCELED, COUNTED, NOT_COUNTED, state_of
from cwac.model import Event


@dataclass(frozen=True, slots=True)
class Chart:
    """`alt` is the text alternative, and `table` has the same figures for reading.

    `events` are the IDs of the events in the table's rows, None for a row without; empty if no row is of an event.
    """

    spec: specs.Spec
    frame: pd.DataFrame
    alt: str
    table: pd.DataFrame
    events: tuple[str | None, ...] = ()


def _frame(columns: Sequence[str], rows: Sequence[Sequence[Any]], days: Sequence[str] = ()) -> pd.DataFrame:
    """A frame with these columns even without rows. `days` are columns of dates without a time zone."""
    frame = pd.DataFrame.from_records([tuple(row) for row in rows], columns=list(columns))
    for column in days:
        frame[column] = pd.to_datetime(frame[column])
    return frame


NARROW_BELOW, NARROW = 640, 240
"""The width in pixels below which a chart is narrow, and the greatest height of its plot there."""


def title(text: str, of: str, dark: bool) -> tuple[Mapping[str, Any], int]:
    """The finding and what it is of, in lines that fit the width at which the browser draws; and how high they are."""
    ink = specs.theme(dark).label
    narrow = textwrap.wrap(text, 40), textwrap.wrap(of, 52)
    wide = textwrap.wrap(text, 84), textwrap.wrap(of, 109)
    shown = [
        {"expr": f"width < {NARROW_BELOW} ? {json.dumps(few)} : {json.dumps(many)}"}
        for few, many in zip(narrow, wide, strict=True)
    ]
    return {
        "text": shown[0],
        "subtitle": shown[1],
        "anchor": "start",
        "frame": "bounds",
        "offset": 12,
        "color": ink,
        "fontSize": 16,
        "fontWeight": 600,
        "subtitleColor": ink,
        "subtitleFontSize": 12,
        "subtitlePadding": 4,
    }, 20 * len(narrow[0]) + 15 * len(narrow[1]) + 16


Level = tuple[dt.date, dt.date, float | None, str]
"""First and last day of a dashed line, its guests, and its name."""


def attendance_over_time(
    events: Outcomes, levels: Sequence[Level] = (), dark: bool = False, spec: specs.Spec | None = None
) -> Chart:
    """Every held event by its guests, with dashed lines; events without a count and canceled ones below."""
    rows = [_event_row(held.event, state_of(held), count_words(held.total), held.total) for held in events.held]
    rows += [_event_row(event, CANCELED, state_words(event), None) for event in events.canceled]
    rows.sort(key=lambda row: row["day"])
    latest = rows[::-1]
    table = _frame(
        ("Date", "Where", "Guests", "Count"),
        [(row["when"], row["place"], row["count"], row["state"]) for row in latest],
    )
    of_rows = tuple(row["event"] for row in latest)
    begins, last_day = (rows[at]["day"] if rows else dt.date.min for at in (0, -1))
    rows.extend(
        {"day": max(first, begins), "until": min(last, last_day), "state": "Typical", "guests": middle, "count": name}
        for first, last, middle, name in levels
        if middle is not None and first <= last_day and last >= begins
    )  # fmt: skip
    columns = ("day", "until", "state", "guests", "low", "high", "when", "place", "count")
    figures, said = turnout(events.held), "No event was held."
    if figures.held:
        lowest, highest, median = people(figures.lowest), people(figures.highest), number(figures.median)
        guests = f", from {lowest} to {with_guests(highest)}, typical {median}" if figures.counted else ""
        estimated = f", {figures.estimated} estimated" if figures.estimated else ""
        canceled = f"; {len(events.canceled)} canceled" if events.canceled else ""
        said = f"{figures.counted} of {counted(figures.held, 'held event')} counted{guests}{estimated}{canceled}."
    frame = _frame(columns, [[row.get(column) for column in columns] for row in rows], ("day", "until"))
    return Chart(spec or specs.over_time_spec(dark), frame, f"Guests at each event. {said}", table, of_rows)


def _event_row(event: Event, state: str, count: str, total: Total | None) -> dict[str, Any]:
    return {
        "event": event.id,
        "day": event.date,
        "state": state,
        "guests": total and total.best,
        "low": total.low if total and total.high is not None else None,
        "high": total and total.high,
        "when": f"{day_words(event.date)}, {clock_range(event.start, event.end)}",
        "place": where(event),
        "count": count,
    }


def towns_over_time(events: Outcomes, dark: bool = False) -> Mapping[str, Chart]:
    """Small multiples: a chart for each town, all on one scale, most held events first."""
    days = [held.event.date for held in events.held] + [event.date for event in events.canceled]
    if not days:
        return {}
    # A round number of at least 10, so that one more guest does not rescale every chart.
    highest = max([10, *(-(-held.guests // 10) * 10 for held in events.held if held.guests is not None)])
    spec = specs.over_time_spec(dark, (min(days), max(days), highest))
    held_in = Counter(past.event.town for past in events.held if past.event.town is not None)
    drawn = {}
    for town in sorted(held_in, key=lambda name: (-held_in[name], name)):
        held_here = tuple(past for past in events.held if past.event.town == town)
        here = Outcomes(held_here, tuple(event for event in events.canceled if event.town == town))
        level = (min(days), max(days), turnout(held_here).median, "")
        drawn[town] = attendance_over_time(here, [level], spec=spec)
    return drawn


def typical(groups: Sequence[EventGroup], by: By, dark: bool = False, colors: Mapping[str, str] | None = None) -> Chart:
    """Typical attendance by month, town, …, from `attendance.groups`; `colors` by agency, fit for the theme."""
    rows = [
        (group.label, place, f"{group.label} ({_counted_of(group)})", group.first,
         COUNTED if group.turnout.counted else NOT_COUNTED, group.turnout.median, group.turnout.lower_quartile,
         group.turnout.upper_quartile, _typical_words(group), spread_words(group), _counted_of(group))
        for place, group in enumerate(groups)
        if group.turnout.held
    ]  # fmt: skip
    table = _frame(
        (by.capitalize(), "Held", "Counted", "Typical guests", "Spread", "Estimated", "Canceled", "Not closed"),
        [
            (group.label, group.turnout.held, group.turnout.counted, _typical_words(group), spread_words(group),
             group.turnout.estimated, group.canceled, group.not_closed)
            for group in groups
        ],
    )  # fmt: skip
    lines = [f"{group.label} {_typical_words(group)} ({_counted_of(group)})" for group in groups if group.turnout.held]
    listed = "; ".join(lines[:12]) + (f"; and {len(lines) - 12} more in the table" if len(lines) > 12 else "")
    alt = (
        f"Typical guests by {by}, with events counted of those held: {listed}." if rows else f"No event held, by {by}."
    )
    columns = ("label", "place", "line", "day", "state", "median", "low", "high", "typical", "spread", "n")
    if by in ("month", "quarter", "year"):
        days = [group.first for group in groups if group.first]
        years = -(-(days[-1].year - days[0].year + 1) // 6) if days and by == "year" else 0  # at most 6 on the axis
        return Chart(specs.by_time_spec(dark, years), _frame(columns, rows, ("day",)), alt, table)
    pairs = _label_colors([row[0] for row in rows], colors, dark)
    spec = specs.with_colors(specs.by_place_spec(dark, bool(pairs)), pairs)
    return Chart(spec, _frame(columns, rows).drop(columns="day"), alt, table)


def _typical_words(group: EventGroup) -> str:
    return number(group.turnout.median) if group.turnout.counted else "not counted"


def _counted_of(group: EventGroup) -> str:
    return f"{group.turnout.counted} of {group.turnout.held}"


def _label_colors(labels: Iterable[str], colors: Mapping[str, str] | None, dark: bool) -> specs.Colors:
    """The color of each label, a quiet one where `colors` has none; empty without `colors`."""
    return tuple((label, colors.get(label, specs.theme(dark).quiet)) for label in labels) if colors else ()


def spread_words(group: EventGroup) -> str:
    """`12 to 21 (middle half)`, or the ends where there are too few for quartiles."""
    figures = group.turnout
    if figures.lower_quartile is not None:
        return f"{number(figures.lower_quartile)} to {number(figures.upper_quartile)} (middle half)"
    if figures.counted > 1:
        return f"{people(figures.lowest)} to {people(figures.highest)} (all)"
    return "one count" if figures.counted else "none"


def hours(table: Mapping[str, Hours], of: str, dark: bool = False, colors: Mapping[str, str] | None = None) -> Chart:
    """Officer-hours by agency, pay type or funding (`of` names which), from `productivity`."""
    rows = [
        (label, how, value, spent.recorded + spent.scheduled, hours_words(spent.total))
        for label, spent in table.items()
        for how, value in (("Recorded", spent.recorded), ("Scheduled", spent.scheduled))
    ]
    pairs = _label_colors(table, colors, dark)
    listed = "; ".join(f"{label} {hours_words(spent.total)}" for label, spent in table.items())
    figures = _frame(
        (of.capitalize(), "Officer-hours", "Based on"),
        [(label, hours_words(spent.total), spent.words) for label, spent in table.items()],
    )
    alt = f"Officer-hours by {of}: {listed}." if table else f"No officer-hours are known, by {of}."
    spec = specs.with_colors(specs.hours_spec(dark, bool(pairs)), pairs)
    return Chart(spec, _frame(("label", "how", "hours", "total", "figures"), rows), alt, figures)


ALL_TOWNS = "All towns"


def compared(
    later: Sequence[HeldEvent],
    earlier: Sequence[HeldEvent],
    names: tuple[str, str],
    dark: bool = False,
    most: int | None = None,
) -> Chart:
    """Typical guests in two periods by town; the table has every town, the chart the `most` towns with most events."""
    periods = ((LATER, names[0], later), (EARLIER, names[1], earlier))
    towns = {ALL_TOWNS: {side: turnout(held) for side, _, held in periods}}
    by_town: dict[str, dict[str, list[HeldEvent]]] = {}
    for side, _, held in periods:
        for past in held:
            town = past.event.town or "Town not known"
            by_town.setdefault(town, {LATER: [], EARLIER: []})[side].append(past)
    for town in sorted(by_town, key=lambda name: (-sum(map(len, by_town[name].values())), name)):
        towns[town] = {side: turnout(held) for side, held in by_town[town].items()}
    rows: list[tuple[Any, ...]] = []
    drawn = [town for town, sides in towns.items() if any(figures.counted for figures in sides.values())]
    for place, town in enumerate(drawn[: None if most is None else most + 1]):
        sides = towns[town]
        counted = [(side, name, sides[side]) for side, name, _ in periods if sides[side].median is not None]
        medians = [figures.median or 0 for _, _, figures in counted]
        for side, name, figures in counted:
            other = sides[EARLIER if side == LATER else LATER].median
            typical = "" if other == figures.median and side == EARLIER else number(figures.median)
            at = "left" if other is not None and (figures.median or 0) < other else "right"
            rows.append(
                (town, town, place, side, name, figures.median, min(medians), max(medians), typical, at,
                 typical_guests(figures).words)
            )  # fmt: skip
    figures_of_towns = _frame(
        ("Town", *names),
        [(town, *(typical_guests(sides[side]).words for side, _, _ in periods)) for town, sides in towns.items()],
    )
    listed = "; ".join(
        f"{town} {number(sides[LATER].median)} after {number(sides[EARLIER].median)}" for town, sides in towns.items()
    )
    columns = ("label", "line", "place", "side", "period", "guests", "low", "high", "typical", "at", "words")
    alt = f"Typical guests in {names[0]}, after those in {names[1]}: {listed}."
    return Chart(specs.compared_spec(dark, *names), _frame(columns, rows), alt, figures_of_towns)


_SMALLEST, _LARGEST = 70, 900
"""Areas in square pixels of a town without guests, and of the one with the most (of a hundred at least)."""


def county_map(towns: Sequence[TownOutreach], today: dt.date, dark: bool = False, narrow: bool = False) -> Chart:
    """The towns with coordinates, on the outline of the county that most of them lie in; the table has every town."""
    placed = [(town, town.longitude, town.latitude) for town in towns if town.longitude and town.latitude]
    share = 0.3 if narrow else 1  # of the circles' areas, on a phone
    most = max([100, *(town.year.guests or 0 for town in towns)])

    def side(east: float, north: float) -> str:
        """Where a town's name goes: right, unless a town or the edge of the map is there; else left, or above."""
        wide = 0.45 if narrow else 0.35  # in degrees: about 40 km, and 30
        if east > max(x for _, x, _ in placed) - 0.1:
            return "left"
        if not any(0 < x - east < wide and abs(y - north) < 0.05 for _, x, y in placed):
            return "right"
        return "above" if any(0 < east - x < 2 * wide and abs(y - north) < 0.09 for _, x, y in placed) else "left"

    rows = [
        (town.name, east, north, side(east, north), NEGLECTED if town.overdue else VISITED, visit_words(town, today),
         size, math.sqrt(size / math.pi), year_words(town))
        for town, east, north in placed
        for size in (share * (_SMALLEST + (_LARGEST - _SMALLEST) * (town.year.guests or 0) / most),)
    ]  # fmt: skip
    table = _frame(
        ("Town", "Last event", "Events in a year", "Guests in a year", "Events per 1,000", "Visits per 1,000",
         "Policed by"),
        [
            (town.name, visit_words(town, today), str(town.year.held),
             guests_in_all(town.year).words if town.year.held else "no event", town.events_rate.words,
             town.visits_rate.words if town.year.held else "no event",
             ", ".join(f"{row.agency} ({row.kind.lower()})" if row.kind else row.agency
                       for row in town.policed_by) or "not known")
            for town in towns
        ],
    )  # fmt: skip
    neglected = [town.name for town in towns if town.overdue]
    places = [(east, north) for _, east, north in placed]
    county = specs.county_of(places)
    alt = f"Map of {county or 'the area'} with {counted(len(rows), 'town')}. " + (
        f"No event for {OVERDUE_MONTHS} months in {', '.join(neglected)}."
        if neglected
        else f"Every town had an event within {OVERDUE_MONTHS} months."
    )
    return Chart(
        specs.county_map_spec(dark, county or specs.box_around(places or [(0.0, 0.0)])),
        _frame(("town", "longitude", "latitude", "side", "state", "visit", "size", "radius", "year"), rows),
        alt,
        table,
    )


def visit_words(town: TownOutreach, today: dt.date) -> str:
    """The day of the town's last event, or `never`."""
    return "never" if town.last_visit is None else day_words(town.last_visit, today)


def year_words(town: TownOutreach) -> str:
    """`about 26 guests at 2 events`, or `no event`."""
    if not town.year.held:
        return "no event"
    events, guests = counted(town.year.held, "event"), guests_in_all(town.year)
    return f"{events}, not counted" if guests.value is None else f"{with_guests(guests.short)} at {events}"

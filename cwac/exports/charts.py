"""The charts: each specification built once with Altair and without data, then drawn many times from a small frame.

A page draws `st.vega_lite_chart(chart.frame, chart.spec, alt=chart.alt)` with `chart.table` beside it. Building a chart
costs 25 ms, drawing a specification 1: hence the caches. Specifications are shared, so nobody may change one.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from cwac.analysis.attendance import By, Group, Outcomes, Total, Trend, number, turnout
from cwac.analysis.events import clock_range, day_words, state_words, where
from cwac.analysis.forecast import Forecast
from cwac.analysis.hours import Hours
from cwac.analysis.outreach import OVERDUE_MONTHS, TownOutreach

if TYPE_CHECKING:
    from altair import FieldOneOfPredicate
    from pandas import DataFrame

Spec = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Chart:
    """What to draw and how, what to say to those who cannot see it, and the same figures as a table for reading."""

    spec: Spec
    frame: DataFrame
    alt: str
    table: DataFrame


@dataclass(frozen=True, slots=True)
class Ink:
    """Colors of one theme. `label` passes 4.5:1 on the theme's ground, `mark` and `quiet` 3:1."""

    ground: str
    label: str
    mark: str
    quiet: str
    grid: str


LIGHT = Ink(ground="#ffffff", label="#3f4650", mark="#0b5cad", quiet="#6b7280", grid="#e3e6ea")
DARK = Ink(ground="#0f1419", label="#c9d1db", mark="#7cb8ff", quiet="#94a0ae", grid="#2b333d")

COUNTED, ESTIMATE, NOT_COUNTED, CANCELLED = "Counted", "Estimate", "Not counted", "Cancelled"
STATES = (COUNTED, ESTIMATE, NOT_COUNTED, CANCELLED)
_SHAPES = ("circle", "diamond", "cross", "triangle-down")
_STRIP = 26
"""Pixels below the plot, where events without a count stand: beside the zero line they would look like nobody came."""


Common = tuple[dt.date, dt.date, float]
"""First day, last day and highest count of a scale that several charts share."""


def _ink(dark: bool) -> Ink:
    return DARK if dark else LIGHT


def _finished(chart: Any, ink: Ink) -> Spec:
    """The specification with readable text: Vega's own gray fails on both grounds."""
    text = {"labelColor": ink.label, "titleColor": ink.label, "labelFontSize": 12, "titleFontSize": 12}
    made = chart.configure(
        axis={**text, "gridColor": ink.grid, "domainColor": ink.grid, "tickColor": ink.grid, "titleFontWeight": 400},
        legend={**text, "orient": "top", "title": None, "symbolStrokeColor": ink.mark, "columns": 2},
        text={"color": ink.label, "fontSize": 12},
    ).to_dict()
    # What Altair puts where data would be (one empty row) would be drawn; and its own width is not the page's.
    held = made.pop("datasets", {})
    for part in (made, *made.get("layer", ())):
        rows = held.get(part.pop("data", {}).get("name"), [{}])
        if rows != [{}]:
            part["data"] = {"values": rows}
        # The chart as a whole has its words; a screen reader is spared its strokes, which have none.
        if "mark" in part:
            part["mark"]["aria"] = False
    made["config"]["view"] = {"stroke": None}
    return dict(made)


def _months(ticks: int) -> Any:
    import altair as alt

    return alt.Axis(title=None, format="%b %Y", offset=_STRIP, grid=False, labelOverlap=True, tickCount=ticks)


def _lines(widest: int) -> Any:
    """The axis of a chart with a line for each name; `widest` in pixels."""
    import altair as alt

    return alt.Axis(title=None, labelLimit=widest, grid=False, labelFlush=False)


def _only(field: str, *values: str) -> FieldOneOfPredicate:
    from altair import FieldOneOfPredicate

    return FieldOneOfPredicate(field=field, oneOf=list(values))


def _frame(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], days: Sequence[str] = ()) -> DataFrame:
    """A frame of these columns even where there are no rows; days without a clock, so that no zone can move them."""
    import pandas as pd

    frame = pd.DataFrame.from_records([dict(row) for row in rows], columns=list(columns))
    for column in days:
        frame[column] = pd.to_datetime(frame[column])
    return frame


# --- attendance over time ---------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def over_time_spec(dark: bool = False, common: Common | None = None) -> Spec:
    """Points are events; below the plot those without a count. `common` is the scale that several charts share."""
    import altair as alt

    ink = _ink(dark)
    days = alt.Scale(type="utc", padding=8)
    scale = alt.Scale(zero=True)
    if common is not None:
        ends = [alt.DateTime(year=day.year, month=day.month, date=day.day, utc=True) for day in common[:2]]
        days, scale = alt.Scale(type="utc", domain=ends, padding=8), alt.Scale(domain=[0, common[2]])
    x = alt.X("day:T", scale=days, axis=_months(6 if common is None else 3))
    y = alt.Y("guests:Q", title="Guests", scale=scale, axis=alt.Axis(tickMinStep=1, tickCount=5))
    legend = alt.Legend() if common is None else None
    shape = alt.Shape("state:N", scale=alt.Scale(domain=list(STATES), range=list(_SHAPES)), legend=legend)
    tooltip = [alt.Tooltip(f"{field}:N", title=title) for field, title in (("when", "Date"), ("place", "Where"),
               ("count", "Guests"))]  # fmt: skip
    base = alt.Chart().encode(x=x)
    trend = base.transform_filter(_only("state", "Trend"))
    band = trend.mark_area(color=ink.mark, opacity=0.18).encode(y=alt.Y("low:Q", title="Guests"), y2="high:Q")
    line = trend.mark_line(color=ink.mark, strokeWidth=2).encode(y=y)
    spans = (
        base.transform_filter(_only("state", ESTIMATE))
        .mark_rule(color=ink.mark, strokeWidth=1.5, opacity=0.7)
        .encode(y=alt.Y("low:Q", title="Guests"), y2="high:Q")
    )
    points = (
        base.transform_filter(_only("state", COUNTED, ESTIMATE))
        .mark_point(color=ink.mark, fill=ink.mark, fillOpacity=0.55, size=55)
        .encode(y=y, shape=shape, tooltip=tooltip)
    )
    strip = (
        base.transform_filter(_only("state", NOT_COUNTED, CANCELLED))
        .mark_point(color=ink.quiet, size=45, yOffset=_STRIP / 2, strokeWidth=1.5)
        .encode(y=alt.value("height"), shape=shape, tooltip=tooltip)
    )
    return _finished(alt.layer(band, line, spans, points, strip).properties(height=240 if common is None else 150), ink)


def attendance_over_time(
    events: Outcomes, trend: Trend | None = None, dark: bool = False, common: Common | None = None
) -> Chart:
    """Every held event by its guests, those without a count and those cancelled apart; the trend where n allows."""
    rows: list[dict[str, Any]] = []
    for one in events.held:
        total, guests = one.total, one.guests
        state = NOT_COUNTED if guests is None else ESTIMATE if total is not None and total.estimated else COUNTED
        ends = {"low": total.low, "high": total.high} if total is not None and total.high is not None else {}
        rows.append(_event_row(one.event, state, count_words(total), guests) | ends)
    rows.extend(_event_row(event, CANCELLED, state_words(event), None) for event in events.canceled)
    rows.sort(key=lambda row: row["day"])
    table = _frame(
        [{"Date": row["when"], "Where": row["place"], "Guests": row["count"], "Count": row["state"]} for row in rows],
        ("Date", "Where", "Guests", "Count"),
    )
    rows.extend(
        {"day": point.day, "state": "Trend", "low": point.low, "guests": point.guests, "high": point.high}
        for point in (trend.line if trend else ())
    )
    columns = ("day", "state", "guests", "low", "high", "when", "place", "count")
    words = f" {trend.words}" if trend else ""
    return Chart(
        over_time_spec(dark, common),
        _frame(rows, columns, ("day",)),
        f"Guests at each event. {_of(events)}{words}",
        table,
    )


def _event_row(event: Any, state: str, count: str, guests: float | None) -> dict[str, Any]:
    when = f"{day_words(event.date)}, {clock_range(event.start, event.end)}"
    return {"day": event.date, "state": state, "guests": guests, "when": when, "place": where(event), "count": count}


def count_words(total: Total | None) -> str:
    """`18`, `about 40`, `35 to 40`, `30 or more`, `not counted`."""
    if total is None or total.best is None:
        return "not counted"
    if total.high is None:
        return f"{number(total.best)} or more"
    if total.low is not None and total.low < total.high:
        return f"{number(total.low)} to {number(total.high)}"
    return f"about {number(total.best)}" if total.estimated else number(total.best)


def _of(events: Outcomes) -> str:
    """What a chart of these events holds, for those who cannot see it."""
    found = turnout(events.held)
    if not found.held:
        return "No event was held."
    counted = f"{found.counted} of {found.held} held events counted"
    if found.counted:
        counted += f", from {number(found.lowest)} to {number(found.highest)} guests, median {number(found.median)}"
    cancelled = f"; {len(events.canceled)} cancelled" if events.canceled else ""
    return f"{counted}{cancelled}."


def towns_over_time(events: Outcomes, dark: bool = False) -> Mapping[str, Chart]:
    """Small multiples: a chart for each town, all on one scale, most held events first."""
    days = [one.event.date for one in events.held] + [event.date for event in events.canceled]
    highest = max((one.guests for one in events.held if one.guests is not None), default=0)
    # A rounded top keeps one new count from making a new specification.
    common = (min(days), max(days), max(10, -(-highest // 10) * 10)) if days else None
    names: dict[str, int] = {}
    for one in events.held:
        if one.event.town is not None:
            names[one.event.town] = names.get(one.event.town, 0) + 1
    order = sorted(names, key=lambda name: (-names[name], name))

    def of(town: str) -> Outcomes:
        return Outcomes(
            held=tuple(one for one in events.held if one.event.town == town),
            canceled=tuple(event for event in events.canceled if event.town == town),
        )

    return {town: attendance_over_time(of(town), None, dark, common) for town in order}


# --- typical attendance -----------------------------------------------------------------------------------------


@cache
def by_time_spec(dark: bool = False) -> Spec:
    """The median of each month (quarter, year), the middle half as a bar; below the plot those without any count."""
    import altair as alt

    ink = _ink(dark)
    x = alt.X("day:T", scale=alt.Scale(type="utc", padding=8), axis=_months(6))
    y = alt.Y("median:Q", title="Median guests", axis=alt.Axis(tickMinStep=1, tickCount=5))
    tooltip = [alt.Tooltip(f"{field}:N", title=title) for field, title in (("label", "When"), ("typical", "Median"),
               ("spread", "Spread"), ("n", "Counted"))]  # fmt: skip
    shape = alt.Shape(
        "state:N", scale=alt.Scale(domain=[COUNTED, NOT_COUNTED], range=["circle", "cross"]), legend=alt.Legend()
    )
    base = alt.Chart().encode(x=x)
    spread = base.mark_rule(color=ink.mark, strokeWidth=5, opacity=0.3).encode(
        y=alt.Y("low:Q", title="Median guests"), y2="high:Q"
    )
    points = (
        base.transform_filter(_only("state", COUNTED))
        .mark_point(color=ink.mark, fill=ink.mark, size=55)
        .encode(y=y, shape=shape, tooltip=tooltip)
    )
    strip = (
        base.transform_filter(_only("state", NOT_COUNTED))
        .mark_point(color=ink.quiet, size=45, yOffset=_STRIP / 2, strokeWidth=1.5)
        .encode(y=alt.value("height"), shape=shape, tooltip=tooltip)
    )
    return _finished(alt.layer(spread, points, strip).properties(height=220), ink)


@lru_cache(maxsize=64)
def by_place_spec(dark: bool = False, colors: tuple[tuple[str, str], ...] = ()) -> Spec:
    """A line for each town (venue, agency, weekday, …), with its n: the median, and the middle half as a bar.

    `colors` are pairs of a label and its color, where labels have one.
    """
    import altair as alt

    ink = _ink(dark)
    y = alt.Y("line:N", sort=alt.EncodingSortField("place", order="ascending"), axis=_lines(220))
    x = alt.X("median:Q", title="Median guests", axis=alt.Axis(tickMinStep=1, tickCount=5))
    tooltip = [alt.Tooltip(f"{field}:N", title=title) for field, title in (("label", "Of"), ("typical", "Median"),
               ("spread", "Spread"), ("n", "Counted"))]  # fmt: skip
    color = alt.Color(
        "label:N", legend=None, scale=alt.Scale(domain=[one for one, _ in colors], range=[one for _, one in colors])
    ) if colors else alt.value(ink.mark)  # fmt: skip
    base = alt.Chart().encode(y=y)
    spread = base.mark_rule(strokeWidth=6, opacity=0.35).encode(
        x=alt.X("low:Q", title="Median guests", scale=alt.Scale(zero=True)), x2="high:Q", color=color
    )
    points = base.mark_point(filled=True, size=80, opacity=1).encode(x=x, color=color, tooltip=tooltip)
    missing = (
        base.transform_filter(_only("state", NOT_COUNTED))
        .mark_text(align="left", dx=6)
        .encode(x=alt.value(0), text="typical:N")
    )
    return _finished(alt.layer(spread, points, missing).properties(height={"step": 28}), ink)


def typical(groups: Sequence[Group], by: By, dark: bool = False, colors: Mapping[str, str] | None = None) -> Chart:
    """Typical attendance by month, town, …, from `attendance.groups`; `colors` by agency, fit for the theme."""
    rows = [
        {
            "label": group.label,
            "place": place,
            "line": f"{group.label} ({group.turnout.counted} of {group.turnout.held})",
            "day": group.first,
            "state": COUNTED if group.turnout.counted else NOT_COUNTED,
            "median": group.turnout.median,
            "low": group.turnout.lower_quartile,
            "high": group.turnout.upper_quartile,
            "typical": number(group.turnout.median) if group.turnout.counted else "not counted",
            "spread": spread_words(group),
            "n": f"{group.turnout.counted} of {group.turnout.held}",
        }
        for place, group in enumerate(groups)
        if group.turnout.held
    ]
    table = _frame(
        [
            {
                by.capitalize(): group.label,
                "Held": group.turnout.held,
                "Counted": group.turnout.counted,
                "Median guests": number(group.turnout.median) if group.turnout.counted else "not counted",
                "Spread": spread_words(group),
                "Estimates": group.turnout.estimated,
                "Cancelled": group.canceled,
                "Not closed": group.not_closed,
            }
            for group in groups
        ],
        (by.capitalize(), "Held", "Counted", "Median guests", "Spread", "Estimates", "Cancelled", "Not closed"),
    )
    lines = [f"{row['label']} {row['typical']} ({row['n']})" for row in rows]
    listed = "; ".join(lines[:12]) + (f"; and {len(lines) - 12} more in the table" if len(lines) > 12 else "")
    alt = f"Median guests by {by}, with events counted of those held: {listed}." if rows else f"No event held, by {by}."
    columns = ("label", "place", "line", "day", "state", "median", "low", "high", "typical", "spread", "n")
    if by in ("month", "quarter", "year"):
        return Chart(by_time_spec(dark), _frame(rows, columns, ("day",)), alt, table)
    known = colors or {}
    pairs = tuple((str(row["label"]), known.get(str(row["label"]), _ink(dark).quiet)) for row in rows) if known else ()
    return Chart(by_place_spec(dark, pairs), _frame(rows, [one for one in columns if one != "day"]), alt, table)


def spread_words(group: Group) -> str:
    """`12 to 21 (middle half)`, or the ends where there are too few for quartiles."""
    found = group.turnout
    if found.lower_quartile is not None:
        return f"{number(found.lower_quartile)} to {number(found.upper_quartile)} (middle half)"
    if found.counted > 1:
        return f"{number(found.lowest)} to {number(found.highest)} (all)"
    return "one count" if found.counted else "none"


# --- what to expect, and hours ----------------------------------------------------------------------------------


@cache
def expected_spec(dark: bool = False) -> Spec:
    import altair as alt

    ink = _ink(dark)
    y = alt.Y("label:N", sort=None, axis=None)
    tooltip = [alt.Tooltip("label:N", title="Event"), alt.Tooltip("words:N", title="Expected")]
    title = "Expected guests, with the 80 % range"
    base = alt.Chart().encode(y=y)
    spans = base.mark_rule(color=ink.mark, strokeWidth=6, opacity=0.35).encode(
        x=alt.X("low:Q", title=title, scale=alt.Scale(zero=True)), x2="high:Q"
    )
    points = base.mark_point(color=ink.mark, filled=True, size=80, opacity=1).encode(
        x=alt.X("guests:Q", title=title, axis=alt.Axis(tickCount=5)), tooltip=tooltip
    )
    # Above its line, since beside it a day with a place left a phone no room for the figures.
    names = base.mark_text(align="left", baseline="bottom", dy=-8).encode(x=alt.value(0), text="label:N")
    return _finished(alt.layer(names, spans, points).properties(height={"step": 40}), ink)


def expected(expectations: Iterable[Forecast], dark: bool = False) -> Chart:
    """The forecast of each coming event; those refused are in the table with the reason, not in the chart."""
    every = tuple(expectations)
    given = [one for one in every if one.guests is not None]
    # Two events of a day at one place would share a line.
    labels = [f"{day_words(one.event.date)}, {where(one.event)}" for one in given]
    rows = [
        {
            "label": label if labels.count(label) == 1 else f"{label}, {clock_range(one.event.start, one.event.end)}",
            "guests": one.guests,
            "low": one.low,
            "high": one.high,
            "words": one.words,
        }
        for label, one in zip(labels, given, strict=True)
    ]
    table = _frame(
        [
            {
                "Date": day_words(one.event.date),
                "Where": where(one.event),
                "Expected guests": "too few events to say" if one.guests is None else f"{one.guests:.0f}",
                "80 % range": "" if one.low is None or one.high is None else f"{one.low:.0f} to {one.high:.0f}",
                "Counted here before": one.at_venue,
            }
            for one in every
        ],
        ("Date", "Where", "Expected guests", "80 % range", "Counted here before"),
    )
    listed = " ".join(f"{row['label']}: {row['words']}" for row in rows[:8])
    more = f" And {len(rows) - 8} more in the table." if len(rows) > 8 else ""
    alt = f"Expected guests. {listed}{more}" if rows else "Expected guests: too few events to say."
    return Chart(expected_spec(dark), _frame(rows, ("label", "guests", "low", "high", "words")), alt, table)


@lru_cache(maxsize=64)
def hours_spec(dark: bool = False, colors: tuple[tuple[str, str], ...] = ()) -> Spec:
    """Bars: hours recorded in full color, those only scheduled in a paler one."""
    import altair as alt

    ink = _ink(dark)
    color = alt.Color(
        "label:N", legend=None, scale=alt.Scale(domain=[one for one, _ in colors], range=[one for _, one in colors])
    ) if colors else alt.value(ink.mark)  # fmt: skip
    bars = alt.Chart().mark_bar(height=16).encode(
        y=alt.Y("label:N", sort=None, axis=_lines(220)),
        x=alt.X("hours:Q", title="Officer-hours", stack="zero", axis=alt.Axis(tickCount=5)),
        color=color,
        opacity=alt.Opacity("how:O", scale=alt.Scale(domain=["Recorded", "Scheduled"], range=[1, 0.4]),
                            legend=alt.Legend(symbolFillColor=ink.mark)),
        order=alt.Order("how:O"),
        tooltip=[alt.Tooltip("label:N", title="Whose"), alt.Tooltip("how:N", title="How"),
                 alt.Tooltip("hours:Q", title="Hours", format=".1f")],
    )  # fmt: skip
    return _finished(bars.properties(height={"step": 28}), ink)


def hours(table: Mapping[str, Hours], of: str, dark: bool = False, colors: Mapping[str, str] | None = None) -> Chart:
    """Officer-hours by agency, pay type or funding (`of` names which), from `productivity`."""
    rows = [
        {"label": label, "how": how, "hours": value}
        for label, spent in table.items()
        for how, value in (("Recorded", spent.recorded), ("Scheduled", spent.scheduled))
    ]
    known = colors or {}
    pairs = tuple((label, known.get(label, _ink(dark).quiet)) for label in table) if known else ()
    listed = "; ".join(f"{label} {number(spent.total)}" for label, spent in table.items())
    beside = _frame(
        [
            {of.capitalize(): label, "Officer-hours": number(spent.total), "Made of": spent.words}
            for label, spent in table.items()
        ],
        (of.capitalize(), "Officer-hours", "Made of"),
    )
    alt = f"Officer-hours by {of}: {listed}." if table else f"No officer-hours are known, by {of}."
    return Chart(hours_spec(dark, pairs), _frame(rows, ("label", "how", "hours")), alt, beside)


# --- the map ----------------------------------------------------------------------------------------------------

VISITED, NEGLECTED = "Visited within six months", "Not visited for six months"


@cache
def outline() -> Mapping[str, Any]:
    """Siskiyou County as GeoJSON, from the US Census Bureau's public-domain boundaries; its provenance is inside."""
    text = resources.files("cwac.exports").joinpath("county.geojson").read_text(encoding="utf-8")
    return dict(json.loads(text))


@cache
def county_map_spec(dark: bool = False) -> Spec:
    """The county with its towns: a filled circle where there was an event within six months, an open square where not.

    Nothing is fetched: the outline travels in the specification.
    """
    import altair as alt

    ink = _ink(dark)
    county = (
        alt.Chart(alt.InlineData(values=outline()))
        .mark_geoshape(fill=ink.grid, stroke=ink.quiet, strokeWidth=1, fillOpacity=0.6)
        .project("mercator")
    )
    base = alt.Chart().encode(longitude="longitude:Q", latitude="latitude:Q")
    look = {
        "shape": alt.Shape(
            "state:N",
            scale=alt.Scale(domain=[VISITED, NEGLECTED], range=["circle", "square"]),
            legend=alt.Legend(columns=1),
        ),
        "tooltip": [
            alt.Tooltip("town:N", title="Town"),
            alt.Tooltip("visit:N", title="Last event"),
            alt.Tooltip("year:N", title="Events in a year"),
        ],
    }
    points = [
        base.transform_filter(_only("state", state))
        .mark_point(color=ink.mark, fill=fill, size=90, strokeWidth=2, opacity=1)
        .encode(**look)
        for state, fill in ((VISITED, ink.mark), (NEGLECTED, ink.ground))
    ]
    right = base.transform_filter(_only("side", "right")).mark_text(align="left", dx=9).encode(text="town:N")
    left = base.transform_filter(_only("side", "left")).mark_text(align="right", dx=-9).encode(text="town:N")
    return _finished(alt.layer(county, *points, right, left).properties(height=340), ink)


def county_map(towns: Sequence[TownOutreach], today: dt.date, dark: bool = False) -> Chart:
    """The towns whose place is known on the county's outline; the table has them all."""
    placed = [(town, town.longitude, town.latitude) for town in towns if town.longitude and town.latitude]

    def side(east: float, north: float) -> str:
        """A name stands to the right of its town, unless another town is there (in degrees: about 30 by 6 km)."""
        return "left" if any(0 < x - east < 0.35 and abs(y - north) < 0.05 for _, x, y in placed) else "right"

    rows = [
        {
            "town": town.name,
            "longitude": east,
            "latitude": north,
            "side": side(east, north),
            "state": NEGLECTED if town.overdue else VISITED,
            "visit": _visit(town, today),
            "year": str(town.year.held),
        }
        for town, east, north in placed
    ]
    columns = ("Town", "Last event", "Events in a year", "Guests in a year", "Events per 1,000", "Guests per 1,000",
               "Policed by")  # fmt: skip
    table = _frame(
        [
            dict(
                zip(
                    columns,
                    (
                        town.name,
                        _visit(town, today),
                        town.year.held,
                        _guests_in_a_year(town),
                        "residents not known" if town.events_rate is None else number(town.events_rate),
                        _guests_rate(town),
                        ", ".join(f"{one.agency} ({one.kind.lower()})" if one.kind else one.agency
                                  for one in town.policed_by) or "not known",
                    ),
                    strict=True,
                )
            )
            for town in towns
        ],
        columns,
    )  # fmt: skip
    neglected = [town.name for town in towns if town.overdue]
    alt = f"Map of the county with {len(rows)} towns. " + (
        f"Not visited for {OVERDUE_MONTHS} months: {', '.join(neglected)}."
        if neglected
        else f"Every town was visited within {OVERDUE_MONTHS} months."
    )
    return Chart(
        county_map_spec(dark),
        _frame(rows, ("town", "longitude", "latitude", "side", "state", "visit", "year")),
        alt,
        table,
    )


def _visit(town: TownOutreach, today: dt.date) -> str:
    return "never" if town.last_visit is None else day_words(town.last_visit, today)


def _guests_rate(town: TownOutreach) -> str:
    if not town.year.held:
        return "no event"
    return "not known" if town.guests_rate is None else number(town.guests_rate)


def _guests_in_a_year(town: TownOutreach) -> str:
    found = town.year
    if not found.held:
        return "no event"
    if not found.counted:
        return "not counted"
    return number(found.guests) if not found.missing else f"{number(found.guests)} ({found.missing} not counted)"

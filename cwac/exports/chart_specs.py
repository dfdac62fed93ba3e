"""Vega-Lite specifications of the charts, built with Altair and without data; `charts` makes the data that they draw.

Building a chart with Altair takes 25 ms, drawing a finished specification 1 ms: hence the caches. Their keys are flags
only, so nothing from a sheet is in them. Callers share the specifications and must not change one.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from altair import FieldOneOfPredicate

Spec = Mapping[str, Any]
SharedScale = tuple[dt.date, dt.date, float]
"""First day, last day and highest count of a scale that several charts share."""
Colors = tuple[tuple[str, str], ...]
"""Pairs of a label and its color."""


@dataclass(frozen=True, slots=True)
class Theme:
    """Colors. `label` has a contrast of 4.5:1 on `ground`, `mark` and `quiet` have 3:1."""

    ground: str
    label: str
    mark: str
    quiet: str
    grid: str


LIGHT = Theme(ground="#ffffff", label="#3f4650", mark="#0b5cad", quiet="#6b7280", grid="#e3e6ea")
DARK = Theme(ground="#0f1419", label="#c9d1db", mark="#7cb8ff", quiet="#94a0ae", grid="#2b333d")

COUNTED, ESTIMATE, NOT_COUNTED, CANCELED = "Counted", "Estimate", "Not counted", "Canceled"
STATES = (COUNTED, ESTIMATE, NOT_COUNTED, CANCELED)
VISITED, NEGLECTED = "Visited within six months", "Not visited for six months"

_SHAPES = ("circle", "diamond", "cross", "triangle-down")
_STRIP = 26
"""Height in pixels of the strip below the plot for events without a count: on the zero line they would read as zero."""


def theme(dark: bool) -> Theme:
    return DARK if dark else LIGHT


def _to_spec(chart: Any, colors: Theme) -> Spec:
    """The specification with readable text: Vega's own gray fails on both grounds."""
    text = {"labelColor": colors.label, "titleColor": colors.label, "labelFontSize": 12, "titleFontSize": 12}
    spec = chart.configure(
        axis={
            **text,
            "gridColor": colors.grid,
            "domainColor": colors.grid,
            "tickColor": colors.grid,
            "titleFontWeight": 400,
        },
        legend={**text, "orient": "top", "title": None, "symbolStrokeColor": colors.mark, "columns": 2},
        text={"color": colors.label, "fontSize": 12},
    ).to_dict()
    # Altair puts one empty row where a chart has no data, and Vega would draw it. Its default width is not the page's.
    datasets = spec.pop("datasets", {})
    for part in (spec, *spec.get("layer", ())):
        rows = datasets.get(part.pop("data", {}).get("name"), [{}])
        if rows != [{}]:
            part["data"] = {"values": rows}
        # The chart as a whole has a text alternative; screen readers skip its marks, which have none.
        if "mark" in part:
            part["mark"]["aria"] = False
    spec["config"]["view"] = {"stroke": None}
    return dict(spec)


def _with_scales(part: Any, scales: Mapping[str, Mapping[str, Any]]) -> Any:
    """A copy of a specification in which each scale of a field is replaced by that field's scale in `scales`."""
    if isinstance(part, list):
        return [_with_scales(item, scales) for item in part]
    if not isinstance(part, dict):
        return part
    copy = {key: _with_scales(value, scales) for key, value in part.items()}
    if "scale" in copy and copy.get("field") in scales:
        copy["scale"] = dict(scales[copy["field"]])
    return copy


def _with_colors(spec: Spec, colors: Colors) -> Spec:
    scale = {"domain": [label for label, _ in colors], "range": [color for _, color in colors]}
    return dict(_with_scales(spec, {"label": scale}))


def _month_axis(ticks: int) -> Any:
    import altair as alt

    return alt.Axis(title=None, format="%b %Y", offset=_STRIP, grid=False, labelOverlap=True, tickCount=ticks)


def _name_axis(width: int) -> Any:
    """The axis of a chart with a line for each name; `width` is the longest name's, in pixels."""
    import altair as alt

    return alt.Axis(title=None, labelLimit=width, grid=False, labelFlush=False)


def _label_color(colored: bool, colors: Theme) -> Any:
    """One color for all labels, or a scale by label that `_with_colors` fills in."""
    import altair as alt

    if not colored:
        return alt.value(colors.mark)
    return alt.Color("label:N", legend=None, scale=alt.Scale(domain=[], range=[]))


def _one_of(field: str, *values: str) -> FieldOneOfPredicate:
    from altair import FieldOneOfPredicate

    return FieldOneOfPredicate(field=field, oneOf=list(values))


# --- attendance -------------------------------------------------------------------------------------------------


def over_time_spec(dark: bool = False, shared: SharedScale | None = None) -> Spec:
    """Events as points, those without a count below the plot. With `shared`, a small chart on that scale."""
    spec = _over_time(dark, shared is not None)
    if shared is None:
        return spec
    first, last, highest = shared
    ends = [{"year": day.year, "month": day.month, "date": day.day, "utc": True} for day in (first, last)]
    day_scale = {"domain": ends, "padding": 8, "type": "utc"}
    return dict(_with_scales(spec, {"day": day_scale, "guests": {"domain": [0, highest]}}))


@cache
def _over_time(dark: bool, small: bool) -> Spec:
    import altair as alt

    colors = theme(dark)
    x = alt.X("day:T", scale=alt.Scale(type="utc", padding=8), axis=_month_axis(3 if small else 6))
    axis = alt.Axis(tickMinStep=1, tickCount=5)
    y = alt.Y("guests:Q", title="Guests", scale=alt.Scale(zero=True), axis=axis)
    legend = None if small else alt.Legend()
    shape = alt.Shape("state:N", scale=alt.Scale(domain=list(STATES), range=list(_SHAPES)), legend=legend)
    tooltip = [alt.Tooltip(f"{field}:N", title=title) for field, title in (("when", "Date"), ("place", "Where"),
               ("count", "Guests"))]  # fmt: skip
    base = alt.Chart().encode(x=x)
    trend = base.transform_filter(_one_of("state", "Trend"))
    band = trend.mark_area(color=colors.mark, opacity=0.18).encode(y=alt.Y("low:Q", title="Guests"), y2="high:Q")
    line = trend.mark_line(color=colors.mark, strokeWidth=2).encode(y=y)
    spans = (
        base.transform_filter(_one_of("state", ESTIMATE))
        .mark_rule(color=colors.mark, strokeWidth=1.5, opacity=0.7)
        .encode(y=alt.Y("low:Q", title="Guests"), y2="high:Q")
    )
    points = (
        base.transform_filter(_one_of("state", COUNTED, ESTIMATE))
        .mark_point(color=colors.mark, fill=colors.mark, fillOpacity=0.55, size=55)
        .encode(y=y, shape=shape, tooltip=tooltip)
    )
    strip = (
        base.transform_filter(_one_of("state", NOT_COUNTED, CANCELED))
        .mark_point(color=colors.quiet, size=45, yOffset=_STRIP / 2, strokeWidth=1.5)
        .encode(y=alt.value("height"), shape=shape, tooltip=tooltip)
    )
    return _to_spec(alt.layer(band, line, spans, points, strip).properties(height=150 if small else 240), colors)


@cache
def by_time_spec(dark: bool = False) -> Spec:
    """The median of each month, quarter or year, the middle half as a bar; below the plot those without any count."""
    import altair as alt

    colors = theme(dark)
    x = alt.X("day:T", scale=alt.Scale(type="utc", padding=8), axis=_month_axis(6))
    y = alt.Y("median:Q", title="Median guests", axis=alt.Axis(tickMinStep=1, tickCount=5))
    tooltip = [alt.Tooltip(f"{field}:N", title=title) for field, title in (("label", "When"), ("typical", "Median"),
               ("spread", "Spread"), ("n", "Counted"))]  # fmt: skip
    shape = alt.Shape(
        "state:N", scale=alt.Scale(domain=[COUNTED, NOT_COUNTED], range=["circle", "cross"]), legend=alt.Legend()
    )
    base = alt.Chart().encode(x=x)
    spread = base.mark_rule(color=colors.mark, strokeWidth=5, opacity=0.3).encode(
        y=alt.Y("low:Q", title="Median guests"), y2="high:Q"
    )
    points = (
        base.transform_filter(_one_of("state", COUNTED))
        .mark_point(color=colors.mark, fill=colors.mark, size=55)
        .encode(y=y, shape=shape, tooltip=tooltip)
    )
    strip = (
        base.transform_filter(_one_of("state", NOT_COUNTED))
        .mark_point(color=colors.quiet, size=45, yOffset=_STRIP / 2, strokeWidth=1.5)
        .encode(y=alt.value("height"), shape=shape, tooltip=tooltip)
    )
    return _to_spec(alt.layer(spread, points, strip).properties(height=220), colors)


def by_place_spec(dark: bool = False, colors: Colors = ()) -> Spec:
    """A line for each town (venue, agency, weekday, …), with its n: the median, and the middle half as a bar."""
    spec = _by_place(dark, bool(colors))
    return _with_colors(spec, colors) if colors else spec


@cache
def _by_place(dark: bool, colored: bool) -> Spec:
    import altair as alt

    colors = theme(dark)
    y = alt.Y("line:N", sort=alt.EncodingSortField("place", order="ascending"), axis=_name_axis(220))
    x = alt.X("median:Q", title="Median guests", axis=alt.Axis(tickMinStep=1, tickCount=5))
    tooltip = [alt.Tooltip(f"{field}:N", title=title) for field, title in (("label", "Of"), ("typical", "Median"),
               ("spread", "Spread"), ("n", "Counted"))]  # fmt: skip
    color = _label_color(colored, colors)
    base = alt.Chart().encode(y=y)
    spread = base.mark_rule(strokeWidth=6, opacity=0.35).encode(
        x=alt.X("low:Q", title="Median guests", scale=alt.Scale(zero=True)), x2="high:Q", color=color
    )
    points = base.mark_point(filled=True, size=80, opacity=1).encode(x=x, color=color, tooltip=tooltip)
    missing = (
        base.transform_filter(_one_of("state", NOT_COUNTED))
        .mark_text(align="left", dx=6)
        .encode(x=alt.value(0), text="typical:N")
    )
    return _to_spec(alt.layer(spread, points, missing).properties(height={"step": 28}), colors)


# --- forecast, and officer-hours --------------------------------------------------------------------------------


@cache
def expected_spec(dark: bool = False) -> Spec:
    import altair as alt

    colors = theme(dark)
    y = alt.Y("label:N", sort=None, axis=None)
    tooltip = [alt.Tooltip("label:N", title="Event"), alt.Tooltip("words:N", title="Expected")]
    title = "Expected guests, with the 80% range"
    base = alt.Chart().encode(y=y)
    spans = base.mark_rule(color=colors.mark, strokeWidth=6, opacity=0.35).encode(
        x=alt.X("low:Q", title=title, scale=alt.Scale(zero=True)), x2="high:Q"
    )
    points = base.mark_point(color=colors.mark, filled=True, size=80, opacity=1).encode(
        x=alt.X("guests:Q", title=title, axis=alt.Axis(tickCount=5)), tooltip=tooltip
    )
    # Labels are above their lines: beside them, a day with a place leaves no room for the figures on a phone.
    names = base.mark_text(align="left", baseline="bottom", dy=-8).encode(x=alt.value(0), text="label:N")
    return _to_spec(alt.layer(names, spans, points).properties(height={"step": 40}), colors)


def hours_spec(dark: bool = False, colors: Colors = ()) -> Spec:
    """Bars: hours recorded in full color, those only scheduled in a paler one."""
    spec = _hours(dark, bool(colors))
    return _with_colors(spec, colors) if colors else spec


@cache
def _hours(dark: bool, colored: bool) -> Spec:
    import altair as alt

    colors = theme(dark)
    bars = alt.Chart().mark_bar(height=16).encode(
        y=alt.Y("label:N", sort=None, axis=_name_axis(220)),
        x=alt.X("hours:Q", title="Officer-hours", stack="zero", axis=alt.Axis(tickCount=5)),
        color=_label_color(colored, colors),
        opacity=alt.Opacity("how:O", scale=alt.Scale(domain=["Recorded", "Scheduled"], range=[1, 0.4]),
                            legend=alt.Legend(symbolFillColor=colors.mark)),
        order=alt.Order("how:O"),
        tooltip=[alt.Tooltip("label:N", title="Agency or kind"), alt.Tooltip("how:N", title="How"),
                 alt.Tooltip("hours:Q", title="Hours", format=".1f")],
    )  # fmt: skip
    return _to_spec(bars.properties(height={"step": 28}), colors)


# --- the map ----------------------------------------------------------------------------------------------------


@cache
def outline() -> Mapping[str, Any]:
    """Siskiyou County as GeoJSON, from the US Census Bureau's public-domain boundaries; the file names its source."""
    text = resources.files("cwac.exports").joinpath("county.geojson").read_text(encoding="utf-8")
    return dict(json.loads(text))


@cache
def county_map_spec(dark: bool = False) -> Spec:
    """The county with its towns: a filled circle where there was an event within six months, an open square where not.

    The outline is part of the specification, so that the browser fetches nothing.
    """
    import altair as alt

    colors = theme(dark)
    county = (
        alt.Chart(alt.InlineData(values=outline()))
        .mark_geoshape(fill=colors.grid, stroke=colors.quiet, strokeWidth=1, fillOpacity=0.6)
        .project("mercator")
    )
    base = alt.Chart().encode(longitude="longitude:Q", latitude="latitude:Q")
    encoding = {
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
        base.transform_filter(_one_of("state", state))
        .mark_point(color=colors.mark, fill=fill, size=90, strokeWidth=2, opacity=1)
        .encode(**encoding)
        for state, fill in ((VISITED, colors.mark), (NEGLECTED, colors.ground))
    ]
    right = base.transform_filter(_one_of("side", "right")).mark_text(align="left", dx=9).encode(text="town:N")
    left = base.transform_filter(_one_of("side", "left")).mark_text(align="right", dx=-9).encode(text="town:N")
    return _to_spec(alt.layer(county, *points, right, left).properties(height=340), colors)

"""Vega-Lite specifications of the charts, without data; `charts` makes the data that they draw."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cwac.exports.county_outlines import outlines

Spec = Mapping[str, Any]
SharedScale = tuple[dt.date, dt.date, float]
"""First day, last day and highest count of a scale that several charts share."""
Colors = tuple[tuple[str, str], ...]
"""Pairs of a label and its color."""


@dataclass(frozen=True, slots=True)
class ChartTheme:
    """Colors. `label` has a contrast of 4.5:1 on `ground`, `mark` and `quiet` have 3:1."""

    ground: str
    label: str
    mark: str
    quiet: str
    grid: str


LIGHT = ChartTheme(ground="#ffffff", label="#3f4650", mark="#0b5cad", quiet="#6b7280", grid="#e3e6ea")
DARK = ChartTheme(ground="#0f1419", label="#c9d1db", mark="#7cb8ff", quiet="#94a0ae", grid="#2b333d")

COUNTED, ESTIMATE, NOT_COUNTED, CANCELED = "Counted", "Estimated", "Not counted", "Canceled"
VISITED, NEGLECTED = "Event within six months", "No event for six months"
LATER, EARLIER = "Later", "Earlier"

_CROSS = "M-.7,-.7L.7,.7M-.7,.7L.7,-.7"
"""A shape as SVG path, 2 wide and high."""
_HEIGHT, _SMALL_HEIGHT = 320, 120
_BY_LINE = {"step": 32}
_STRIP = 44
"""Height in pixels of the strip below the plot for events without a count: on the zero line they would read as zero."""
_IN_STRIP = {NOT_COUNTED: ("square", 14), CANCELED: (_CROSS, 30)}
"""State -> its shape, and how far below the plot its row is."""
_WHOLE_GUESTS = {"tickMinStep": 1, "tickCount": 4, "format": "d"}
_FROM_ZERO = {"domain": {"unionWith": [0, 10]}, "nice": True}
"""From 0 to 10 at least, so that the axis has whole numbers also where nobody came."""
_IN_TIME = {"type": "utc", "padding": 12}


def theme(dark: bool) -> ChartTheme:
    return DARK if dark else LIGHT


def _spec(layers: Sequence[Spec], height: int | Spec, colors: ChartTheme) -> Spec:
    """The layers with readable text: Vega's own gray fails on both grounds."""
    text = {"labelColor": colors.label, "titleColor": colors.label, "labelFontSize": 12, "titleFontSize": 12}
    lines = dict.fromkeys(("gridColor", "domainColor", "tickColor"), colors.grid)
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.4.1.json",
        "height": height,
        "layer": layers,
        "config": {
            "view": {"stroke": None},
            "axis": {**text, **lines, "titleFontWeight": 400, "ticks": False},
            "legend": {
                **text,
                "orient": "top",
                "title": None,
                "columns": 2,
                "symbolSize": 80,
                "symbolStrokeWidth": 2,
                "padding": 0,
                "offset": 8,
                "rowPadding": 4,
            },
            "text": {"color": colors.label, "fontSize": 12},
        },
    }


def _layer(mark: str, encoding: Spec, *, only: tuple[str, Sequence[str]] | None = None, **look: Any) -> dict[str, Any]:
    """A layer of the rows in which a field has one of some values, if `only` names these.

    The chart as a whole has a text alternative; screen readers skip its marks, which have none.
    """
    rows = {"transform": [{"filter": {"field": only[0], "oneOf": [*only[1]]}}]} if only else {}
    return {"mark": {"type": mark, **look, "aria": False}, "encoding": encoding, **rows}


_TYPES = {"N": "nominal", "O": "ordinal", "Q": "quantitative", "T": "temporal"}


def _of(field: str, **options: Any) -> dict[str, Any]:
    """A channel of a field such as `guests:Q`: its name and the first letter of its type."""
    name, _, letter = field.partition(":")
    return {"field": name, "type": _TYPES[letter], **options}


def _guests(field: str, title: str = "Typical guests") -> Spec:
    return _of(field, title=title, axis=_WHOLE_GUESTS, scale=_FROM_ZERO)


def _tooltip(**titles: str) -> list[Spec]:
    return [_of(f"{field}:N", title=title) for field, title in titles.items()]


def _month_axis(ticks: int | Spec, colors: ChartTheme, form: str = "%b %Y") -> Spec:
    return {
        "title": None,
        "format": form,
        "offset": _STRIP,
        "grid": False,
        "labelOverlap": True,
        "labelSeparation": 180,  # at most 6 on the widest page, the first and the last on a phone
        "tickCount": ticks,
        "domain": True,
        "domainColor": colors.quiet,
        "labelPadding": 10,
    }


def _names_axis(limit: int) -> Spec:
    axis = {"title": None, "labelLimit": limit, "grid": False, "labelFlush": False}
    return _of("line:N", sort={"field": "place", "order": "ascending"}, axis=axis)


def _in_strip(x: Spec, state: str, tooltip: Sequence[Spec], colors: ChartTheme, *, named: bool = True) -> list[Spec]:
    """The events of a state in its row of the strip, and its name to the right of the plot."""
    shape, below = _IN_STRIP[state]
    only, y = ("state", [state]), {"value": "height"}
    look = {"size": 60, "stroke": colors.quiet, "strokeWidth": 2, "fill": "transparent", "opacity": 1}
    points = _layer("point", {"x": x, "y": y, "tooltip": tooltip}, only=only, shape=shape, yOffset=below, **look)
    beside = {"x": {"value": "width"}, "y": y, "text": _of("state:N")}
    name = _layer("text", beside, only=only, align="left", dx=4, yOffset=below)
    name["transform"].append({"aggregate": [{"op": "count", "as": "events"}], "groupby": ["state"]})
    return [points, name] if named else [points]


def _label_color(of_labels: Colors, colors: ChartTheme) -> Spec:
    if not of_labels:
        return {"value": colors.mark}
    scale = {"domain": [label for label, _ in of_labels], "range": [color for _, color in of_labels]}
    return _of("label:N", legend=None, scale=scale)


# --- attendance -------------------------------------------------------------------------------------------------


def over_time_spec(dark: bool = False, shared: SharedScale | None = None) -> Spec:
    """Events as points, those without a count below the plot. With `shared`, a small chart on that scale."""
    colors, days, guests = theme(dark), _IN_TIME, _FROM_ZERO
    if shared is not None:
        first, last, highest = shared
        ends = [{"year": day.year, "month": day.month, "date": day.day, "utc": True} for day in (first, last)]
        days, guests = {"domain": ends, "padding": 8, "type": "utc"}, {"domain": [0, highest]}
    # Axes and the look of the states are said once, by the first layer that has them, and Vega-Lite shares them.
    x, axis = _of("day:T", scale=days), _month_axis(5 if shared is None else 3, colors)
    y, low = (_of(field, title="Guests", scale=guests) for field in ("guests:Q", "low:Q"))
    fills = {"domain": [COUNTED, ESTIMATE], "range": [colors.mark, colors.ground]}
    fill = _of("state:N", scale=fills, legend={"symbolStrokeColor": colors.mark} if shared is None else None)
    tooltip = _tooltip(when="Date", place="Where", count="Guests")
    typical, counted = ("state", ["Typical"]), ("state", [COUNTED, ESTIMATE])
    median = {"x": {**x, "axis": axis}, "x2": {"field": "until"}, "y": {**y, "axis": _WHOLE_GUESTS}}
    span = {"x": x, "y": low, "y2": {"field": "high"}}
    point = {"x": x, "y": y, "tooltip": tooltip, "fill": fill}
    layers: list[Spec] = [
        _layer("rule", median, only=typical, color=colors.quiet, strokeWidth=1.5, strokeDash=[6, 4]),
        _layer("rule", span, only=("state", [ESTIMATE]), color=colors.mark, strokeWidth=1.5, opacity=0.7),
        _layer("point", point, only=counted, size=70, stroke=colors.mark, strokeWidth=2, opacity=1),
    ]
    for state in _IN_STRIP:
        layers += _in_strip(x, state, tooltip, colors, named=shared is None)
    if shared is not None:
        return _spec(layers, _SMALL_HEIGHT, colors)
    # To the right of the plot, where no dot is under it.
    name = {"x": {"value": "width"}, "y": y, "text": _of("count:N")}
    return _spec([*layers, _layer("text", name, only=typical, align="left", dx=4)], _HEIGHT, colors)


def by_time_spec(dark: bool = False, years: int = 0) -> Spec:
    """The median of each month, quarter or year, the middle half as a bar; a square below where none is counted.

    The axis has months, or every so many `years`.
    """
    colors = theme(dark)
    axis = _month_axis({"interval": "year", "step": years} if years else 5, colors, "%Y" if years else "%b %Y")
    x = _of("day:T", scale=_IN_TIME, axis=axis)
    tooltip = _tooltip(label="When", typical="Typical", spread="Spread", n="Counted")
    spread = {"x": x, "y": _guests("low:Q"), "y2": {"field": "high"}}
    point = {"x": x, "y": _guests("median:Q"), "tooltip": tooltip}
    layers = [
        _layer("rule", spread, color=colors.mark, strokeWidth=5, opacity=0.3),
        _layer("point", point, only=("state", [COUNTED]), filled=True, color=colors.mark, size=90, opacity=1),
        *_in_strip(x, NOT_COUNTED, tooltip, colors),
    ]
    return _spec(layers, _HEIGHT, colors)


def by_place_spec(dark: bool = False, of_labels: Colors = ()) -> Spec:
    """A line for each town (venue, agency, weekday, …), with its n: the median, and the middle half as a bar."""
    colors = theme(dark)
    x, y, text = _guests("median:Q"), _names_axis(220), _of("typical:N")
    tooltip = _tooltip(label="Of", typical="Typical", spread="Spread", n="Counted")
    color = _label_color(of_labels, colors)
    spread = {"x": _guests("low:Q"), "x2": {"field": "high"}, "y": y, "color": color}
    counted, missing = ("state", [COUNTED]), ("state", [NOT_COUNTED])
    number = {"align": "center", "baseline": "bottom", "dy": -6, "fontSize": 11}
    layers = [
        _layer("rule", spread, strokeWidth=6, opacity=0.35),
        _layer("point", {"x": x, "y": y, "color": color, "tooltip": tooltip}, filled=True, size=80, opacity=1),
        _layer("text", {"x": x, "y": y, "text": text}, only=counted, **number),
        _layer("text", {"x": {"value": 0}, "y": y, "text": text}, only=missing, align="left", dx=6),
    ]
    return _spec(layers, _BY_LINE, colors)


def compared_spec(dark: bool, later: str, earlier: str) -> Spec:
    """A line for each town with a dot for each period: filled for the later one, hollow for the earlier."""
    colors = theme(dark)
    x, y, text = _guests("guests:Q"), _names_axis(160), _of("typical:N")
    names = f"datum.value === {json.dumps(LATER)} ? {json.dumps(later)} : {json.dumps(earlier)}"

    def side(look_of_later: str, look_of_earlier: str) -> Spec:
        scale = {"domain": [LATER, EARLIER], "range": [look_of_later, look_of_earlier]}
        return _of("side:N", scale=scale, legend={"labelExpr": names})

    look = {"fill": side(colors.mark, colors.ground), "shape": side("circle", "circle")}
    dot = {"x": x, "y": y, **look, "tooltip": _tooltip(label="Town", period="Period", words="Typical guests")}
    joined = {"x": _guests("low:Q"), "x2": {"field": "high"}, "y": y}
    layers = [
        _layer("rule", joined, color=colors.quiet, strokeWidth=2),
        _layer("point", dot, size=90, stroke=colors.mark, strokeWidth=2, opacity=1),
        _layer("text", {"x": x, "y": y, "text": text}, only=("at", ["left"]), align="right", dx=-9),
        _layer("text", {"x": x, "y": y, "text": text}, only=("at", ["right"]), align="left", dx=9),
    ]
    return _spec(layers, _BY_LINE, colors)


# --- officer-hours ----------------------------------------------------------------------------------------------


def hours_spec(dark: bool = False, of_labels: Colors = ()) -> Spec:
    """Bars with their hours: those recorded in full color, those only scheduled paler; a dot is an agency's color."""
    colors = theme(dark)
    title = "Officer-hours"
    axis = {"title": None, "labelLimit": 200, "grid": False, "labelPadding": 22}
    y = _of("label:N", sort=None, axis=axis)
    x = _of("hours:Q", title=title, stack="zero", axis={"tickCount": 5, "format": "d", "tickMinStep": 1})
    paler = {"domain": ["Recorded", "Scheduled"], "range": [1, 0.4]}
    legend = {"symbolFillColor": colors.mark, "symbolStrokeWidth": 0, "symbolType": "square"}
    figures = _of("hours:Q", title="Hours", format=".1f")
    bar = {
        "x": x,
        "y": y,
        "opacity": _of("how:O", scale=paler, legend=legend),
        "order": _of("how:O"),
        "tooltip": [*_tooltip(label="Agency or kind", how="How"), figures],
    }
    number = {"x": _of("total:Q", title=title), "y": y, "text": _of("figures:N")}
    total = ("how", ["Scheduled"])
    layers = [
        _layer("bar", bar, height=18, color=colors.mark),
        _layer("text", number, only=total, align="left", dx=6),
    ]
    if of_labels:
        dot = {"x": {"value": 0}, "y": y, "color": _label_color(of_labels, colors)}
        layers.append(_layer("point", dot, only=total, filled=True, size=80, opacity=1, xOffset=-12))
    return _spec(layers, _BY_LINE, colors)


# --- the map ----------------------------------------------------------------------------------------------------


Box = tuple[float, float, float, float]
"""West, south, east and north, in degrees."""


def county_map_spec(dark: bool, around: str | Box) -> Spec:
    """The county with its towns: a filled circle where there was an event within six months, a hollow one where not.

    The circles are sized by guests. The outline of the county named `around` is part of the specification, so that the
    browser fetches nothing; with a box in its place nothing is drawn around the towns.
    """
    colors = theme(dark)
    if isinstance(around, str):
        shape = outlines()[around]
    else:  # the corners of the box: the map is scaled to them
        west, south, east, north = around
        corners = [[x, y] for x in (west, east) for y in (south, north)]
        shape = {"type": "Feature", "properties": {}, "geometry": {"type": "MultiPoint", "coordinates": corners}}
    look = {"fill": colors.grid, "stroke": colors.quiet, "strokeWidth": 1, "fillOpacity": 0.6}
    county = {
        "mark": {"type": "geoshape", **look, "opacity": int(isinstance(around, str)), "aria": False},
        "data": {"values": shape},
        "projection": {"type": "mercator"},
    }
    at = {"longitude": _of("longitude:Q"), "latitude": _of("latitude:Q")}

    def state(visited: str, neglected: str) -> Spec:
        return _of(
            "state:N", scale={"domain": [VISITED, NEGLECTED], "range": [visited, neglected]}, legend={"columns": 1}
        )

    point = {
        **at,
        "fill": state(colors.mark, colors.ground),
        "shape": state("circle", "circle"),
        "size": _of("size:Q", scale=None, legend=None),
        "tooltip": _tooltip(town="Town", visit="Last event", year="Last 12 months"),
    }
    places = {
        "right": {"align": "left", "dx": {"expr": "datum.radius + 6"}},
        "left": {"align": "right", "dx": {"expr": "-datum.radius - 6"}},
        "above": {"baseline": "bottom", "dy": {"expr": "-datum.radius - 2"}},
    }
    halo: Spec = {"stroke": colors.ground, "strokeWidth": 3}  # where a name crosses the outline
    names = [
        _layer("text", {**at, "text": _of("town:N")}, only=("side", [side]), **place, **around_name)
        for around_name in (halo, {})
        for side, place in places.items()
    ]
    points = _layer("point", point, stroke=colors.mark, strokeWidth=2, opacity=1)
    return _spec([county, points, *names], 440, colors)

"""Vega-Lite specifications of the charts, built with Altair and without data; `charts` makes the data that they draw.

Building a chart with Altair takes 25 ms, drawing a finished specification 1 ms: hence the caches. Their keys are flags
only, so nothing from a sheet is in them. Callers share the specifications and must not change one.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Any

import altair as alt

from cwac.exports.colors import CANCELED, COUNTED, ESTIMATE, NOT_COUNTED

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

VISITED, NEGLECTED = "Event within six months", "No event for six months"
LATER, EARLIER = "Later", "Earlier"

_CROSS = "M-.7,-.7L.7,.7M-.7,.7L.7,-.7"
"""A shape as SVG path, 2 wide and high."""
_HEIGHT, _SMALL_HEIGHT = 320, 120
_STRIP = 44
"""Height in pixels of the strip below the plot for events without a count: on the zero line they would read as zero."""
_IN_STRIP = {NOT_COUNTED: ("square", 14), CANCELED: (_CROSS, 30)}
"""State -> its shape, and how far below the plot its row is."""


def theme(dark: bool) -> ChartTheme:
    return DARK if dark else LIGHT


def _to_spec(chart: Any, colors: ChartTheme) -> Spec:
    """The specification with readable text: Vega's own gray fails on both grounds."""
    text = {"labelColor": colors.label, "titleColor": colors.label, "labelFontSize": 12, "titleFontSize": 12}
    spec = chart.configure(
        axis={
            **text,
            "gridColor": colors.grid,
            "domainColor": colors.grid,
            "tickColor": colors.grid,
            "titleFontWeight": 400,
            "ticks": False,
        },
        legend={
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
        text={"color": colors.label, "fontSize": 12},
    ).to_dict(validate=False)  # each is validated in the tests, which takes a while
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


_DAYS, _GUESTS, _NAMES = "<days>", "<guests>", "<names>"
_LABELS: Any = "<labels>"
"""Placeholders in the cached specifications: two scales that charts share, the colors of labels, names in a legend."""


def _filled(part: Any, values: Mapping[str, Any]) -> Any:
    """A copy of a specification with values in place of their placeholders."""
    if isinstance(part, list):
        return [_filled(item, values) for item in part]
    if isinstance(part, dict):
        return {key: _filled(value, values) for key, value in part.items()}
    return values.get(part, part) if isinstance(part, str) else part


def with_colors(spec: Spec, colors: Colors) -> Spec:
    """A copy of a specification made for colored labels, in which these have their colors."""
    scale = {"domain": [label for label, _ in colors], "range": [color for _, color in colors]}
    return dict(_filled(spec, {_LABELS: scale})) if colors else spec


def _month_axis(ticks: Any, colors: ChartTheme, form: str = "%b %Y") -> Any:
    """An axis of days below the strip."""
    return alt.Axis(
        title=None,
        format=form,
        offset=_STRIP,
        grid=False,
        labelOverlap=True,
        labelSeparation=180,  # at most 6 on the widest page, the first and the last on a phone
        tickCount=ticks,
        domain=True,
        domainColor=colors.quiet,
        labelPadding=10,
    )


def _guests_axis(title: str) -> Any:
    """An axis of guests from 0 to 10 at least, so that it has whole numbers also where nobody came."""
    axis = alt.Axis(tickMinStep=1, tickCount=4, format="d")
    return {"title": title, "axis": axis, "scale": alt.Scale(domain={"unionWith": [0, 10]}, nice=True)}


def _in_strip(base: Any, state: str, tooltip: Any, colors: ChartTheme, *, named: bool = True) -> list[Any]:
    """The events of a state in its row of the strip, and its name to the right of the plot."""
    shape, below = _IN_STRIP[state]
    here, y = _only(base, state), alt.value("height")
    look = {"yOffset": below, "stroke": colors.quiet, "strokeWidth": 2, "fill": "transparent", "opacity": 1}
    points = here.mark_point(shape=shape, size=60, **look).encode(y=y, tooltip=tooltip)
    once = here.transform_aggregate(events="count()", groupby=["state"])
    name = once.mark_text(align="left", dx=4, yOffset=below).encode(x=alt.value("width"), y=y, text="state:N")
    return [points, name] if named else [points]


def _label_color(colored: bool, colors: ChartTheme) -> Any:
    """One color for all labels, or a scale by label that `with_colors` fills in."""
    return alt.Color("label:N", legend=None, scale=_LABELS) if colored else alt.value(colors.mark)


def _only(chart: Any, *values: str, field: str = "state") -> Any:
    """The chart of the rows that have one of the values in the field."""
    return chart.transform_filter(alt.FieldOneOfPredicate(field=field, oneOf=list(values)))


def _two_looks(field: str, first: str, second: str, colors: ChartTheme, **legend: Any) -> tuple[alt.Fill, alt.Shape]:
    """Fill and shape of two kinds of circles: the first are filled, the second are hollow."""
    fills = alt.Scale(domain=[first, second], range=[colors.mark, colors.ground])
    shapes = alt.Scale(domain=[first, second], range=["circle", "circle"])
    named = alt.Legend(**legend)
    return alt.Fill(field, scale=fills, legend=named), alt.Shape(field, scale=shapes, legend=named)


def _tooltip(**titles: str) -> list[alt.Tooltip]:
    """The fields with their titles."""
    return [alt.Tooltip(f"{field}:N", title=title) for field, title in titles.items()]


def _lines(most_pixels: int) -> Any:
    """The axis of a chart with a named line for each town, agency, …; longer names are cut."""
    names = alt.Axis(title=None, labelLimit=most_pixels, grid=False, labelFlush=False)
    return alt.Y("line:N", sort=alt.EncodingSortField("place", order="ascending"), axis=names)


# --- attendance -------------------------------------------------------------------------------------------------


def over_time_spec(dark: bool = False, shared: SharedScale | None = None) -> Spec:
    """Events as points, those without a count below the plot. With `shared`, a small chart on that scale."""
    if shared is None:
        return _over_time(dark, False)
    first, last, highest = shared
    ends = [{"year": day.year, "month": day.month, "date": day.day, "utc": True} for day in (first, last)]
    scales = {_DAYS: {"domain": ends, "padding": 8, "type": "utc"}, _GUESTS: {"domain": [0, highest]}}
    return dict(_filled(_over_time(dark, True), scales))


@cache
def _over_time(dark: bool, small: bool) -> Spec:
    colors = theme(dark)
    # Axes and the look of the states are said once, by the first layer that has them, and Vega-Lite shares them.
    in_time: Any = _DAYS if small else alt.Scale(type="utc", padding=12)
    guests = _guests_axis("Guests") | ({"scale": _GUESTS} if small else {})
    x = alt.X("day:T", scale=in_time, axis=_month_axis(3 if small else 5, colors))
    y = alt.Y("guests:Q", **guests)
    fills = alt.Scale(domain=[COUNTED, ESTIMATE], range=[colors.mark, colors.ground])
    look = alt.Fill("state:N", scale=fills, legend=None if small else alt.Legend(symbolStrokeColor=colors.mark))
    same_x = alt.X("day:T", scale=in_time)
    same_y, low = (alt.Y(field, title="Guests", scale=guests["scale"]) for field in ("guests:Q", "low:Q"))
    tooltip = _tooltip(when="Date", place="Where", count="Guests")
    base = alt.Chart().encode(x=same_x)
    typical = _only(base, "Typical")
    median = typical.mark_rule(color=colors.quiet, strokeWidth=1.5, strokeDash=[6, 4]).encode(x=x, x2="until:T", y=y)
    spans = _only(base, ESTIMATE).mark_rule(color=colors.mark, strokeWidth=1.5, opacity=0.7).encode(y=low, y2="high:Q")
    counted = _only(base, COUNTED, ESTIMATE).mark_point(size=70, stroke=colors.mark, strokeWidth=2, opacity=1)
    points = counted.encode(y=same_y, tooltip=tooltip, fill=look)
    without = [layer for state in _IN_STRIP for layer in _in_strip(base, state, tooltip, colors, named=not small)]
    layers = [median, spans, points, *without]
    if not small:
        # To the right of the plot, where no dot is under it.
        name = typical.mark_text(align="left", dx=4).encode(x=alt.value("width"), y=same_y, text="count:N")
        layers.append(name)
    return _to_spec(alt.layer(*layers).properties(height=_SMALL_HEIGHT if small else _HEIGHT), colors)


@cache
def by_time_spec(dark: bool = False, years: int = 0) -> Spec:
    """The median of each month or so many `years`, the middle half as a bar, a square below where none is counted."""
    colors = theme(dark)
    axis = _month_axis({"interval": "year", "step": years} if years else 5, colors, "%Y" if years else "%b %Y")
    x = alt.X("day:T", scale=alt.Scale(type="utc", padding=12), axis=axis)
    guests = _guests_axis("Typical guests")
    tooltip = _tooltip(label="When", typical="Typical", spread="Spread", n="Counted")
    base = alt.Chart().encode(x=x)
    low, median = alt.Y("low:Q", **guests), alt.Y("median:Q", **guests)
    spread = base.mark_rule(color=colors.mark, strokeWidth=5, opacity=0.3).encode(y=low, y2="high:Q")
    counted = _only(base, COUNTED).mark_point(filled=True, color=colors.mark, size=90, opacity=1)
    points = counted.encode(y=median, tooltip=tooltip)
    layers = [spread, points, *_in_strip(base, NOT_COUNTED, tooltip, colors)]
    return _to_spec(alt.layer(*layers).properties(height=_HEIGHT), colors)


@cache
def by_place_spec(dark: bool = False, colored: bool = False) -> Spec:
    """A line for each town (venue, agency, weekday, …), with its n: the median, and the middle half as a bar."""
    colors = theme(dark)
    guests = _guests_axis("Typical guests")
    x = alt.X("median:Q", **guests)
    tooltip = _tooltip(label="Of", typical="Typical", spread="Spread", n="Counted")
    color = _label_color(colored, colors)
    base = alt.Chart().encode(y=_lines(220))
    spread = base.mark_rule(strokeWidth=6, opacity=0.35).encode(x=alt.X("low:Q", **guests), x2="high:Q", color=color)
    points = base.mark_point(filled=True, size=80, opacity=1).encode(x=x, color=color, tooltip=tooltip)
    counted = _only(base, COUNTED)
    numbers = counted.mark_text(align="center", baseline="bottom", dy=-6, fontSize=11).encode(x=x, text="typical:N")
    missing = _only(base, NOT_COUNTED).mark_text(align="left", dx=6).encode(x=alt.value(0), text="typical:N")
    return _to_spec(alt.layer(spread, points, numbers, missing).properties(height={"step": 32}), colors)


def compared_spec(dark: bool, later: str, earlier: str) -> Spec:
    """A line for each town with a dot for each period: filled for the later one, hollow for the earlier."""
    names = f"datum.value === {json.dumps(LATER)} ? {json.dumps(later)} : {json.dumps(earlier)}"
    return dict(_filled(_compared(dark), {_NAMES: names}))


@cache
def _compared(dark: bool) -> Spec:
    colors = theme(dark)
    guests = _guests_axis("Typical guests")
    x = alt.X("guests:Q", **guests)
    fill, shape = _two_looks("side:N", LATER, EARLIER, colors, labelExpr=_NAMES)
    tooltip = _tooltip(label="Town", period="Period", words="Typical guests")
    base = alt.Chart().encode(y=_lines(160))
    joined = base.mark_rule(color=colors.quiet, strokeWidth=2).encode(x=alt.X("low:Q", **guests), x2="high:Q")
    marks = base.mark_point(size=90, stroke=colors.mark, strokeWidth=2, opacity=1)
    dots = marks.encode(x=x, fill=fill, shape=shape, tooltip=tooltip)
    lower = _only(base, "left", field="at").mark_text(align="right", dx=-9).encode(x=x, text="typical:N")
    upper = _only(base, "right", field="at").mark_text(align="left", dx=9).encode(x=x, text="typical:N")
    return _to_spec(alt.layer(joined, dots, lower, upper).properties(height={"step": 32}), colors)


@cache
def hours_spec(dark: bool = False, colored: bool = False) -> Spec:
    """Bars with their hours: those recorded in full color, those only scheduled paler; a dot is an agency's color."""
    colors = theme(dark)
    y = alt.Y("label:N", sort=None, axis=alt.Axis(title=None, labelLimit=200, grid=False, labelPadding=22))
    x = alt.X("hours:Q", title="Officer-hours", stack="zero", axis=alt.Axis(tickCount=5, format="d", tickMinStep=1))
    base = alt.Chart().encode(y=y)
    bars = base.mark_bar(height=18, color=colors.mark).encode(
        x=x,
        opacity=alt.Opacity(
            "how:O",
            scale=alt.Scale(domain=["Recorded", "Scheduled"], range=[1, 0.4]),
            legend=alt.Legend(symbolFillColor=colors.mark, symbolStrokeWidth=0, symbolType="square"),
        ),
        order=alt.Order("how:O"),
        tooltip=[alt.Tooltip("label:N", title="Agency or kind"), alt.Tooltip("how:N", title="How"),
                 alt.Tooltip("hours:Q", title="Hours", format=".1f")],
    )  # fmt: skip
    total = _only(base, "Scheduled", field="how")
    numbers = total.mark_text(align="left", dx=6).encode(x=alt.X("total:Q", title="Officer-hours"), text="figures:N")
    layers = [bars, numbers]
    if colored:
        dots = total.mark_point(filled=True, size=80, opacity=1, xOffset=-12)
        layers.append(dots.encode(x=alt.value(0), color=_label_color(colored, colors)))
    return _to_spec(alt.layer(*layers).properties(height={"step": 32}), colors)


# --- the map ----------------------------------------------------------------------------------------------------


Place = tuple[float, float]
"""Longitude and latitude, in degrees."""
Box = tuple[float, float, float, float]
"""West, south, east and north, in degrees."""


@cache
def outlines() -> Mapping[str, Mapping[str, Any]]:
    """County -> its outline as GeoJSON, from the US Census Bureau's public-domain boundaries."""
    text = resources.files("cwac.exports").joinpath("counties.geojson").read_text(encoding="utf-8")
    return {county["properties"]["name"]: county for county in json.loads(text)["features"]}


def county_of(places: Sequence[Place]) -> str | None:
    """The county that more than half of the places lie in; None where there is none."""
    counts = Counter(county for place in places if (county := _county_at(place)) is not None)
    county, count = next(iter(counts.most_common(1)), (None, 0))
    return county if count * 2 > len(places) else None


@cache
def _county_at(place: Place) -> str | None:
    """The county whose rings a line east from the place crosses an odd number of times."""
    east, north = place
    for name, county in outlines().items():
        crossed = 0
        for ring in itertools.chain.from_iterable(county["geometry"]["coordinates"]):
            for (x, y), (next_x, next_y) in itertools.pairwise(ring):
                crossed += (y > north) != (next_y > north) and east < x + (north - y) * (next_x - x) / (next_y - y)
        if crossed % 2 == 1:
            return name
    return None


def box_around(places: Sequence[Place]) -> Box:
    """A box with room around the places, in degrees."""
    room = 0.1
    longitudes, latitudes = [place[0] for place in places], [place[1] for place in places]
    return min(longitudes) - room, min(latitudes) - room, max(longitudes) + room, max(latitudes) + room


@lru_cache(16)
def county_map_spec(dark: bool, around: str | Box) -> Spec:
    """The county with its towns: a filled circle where there was an event within six months, a hollow one where not.

    The circles are sized by guests. The outline of the county named `around` is part of the specification, so that the
    browser fetches nothing; with a box in its place nothing is drawn around the towns.
    """
    colors = theme(dark)
    if isinstance(around, str):
        shape, opacity = outlines()[around], 1
    else:  # the corners of the box: the map is scaled to them
        west, south, east, north = around
        corners = [[x, y] for x in (west, east) for y in (south, north)]
        points_only = {"type": "MultiPoint", "coordinates": corners}
        shape, opacity = {"type": "Feature", "properties": {}, "geometry": points_only}, 0
    area = alt.Chart(alt.InlineData(values=shape)).project("mercator")
    county = area.mark_geoshape(fill=colors.grid, stroke=colors.quiet, strokeWidth=1, fillOpacity=0.6, opacity=opacity)
    base = alt.Chart().encode(longitude="longitude:Q", latitude="latitude:Q")
    fill, circle = _two_looks("state:N", VISITED, NEGLECTED, colors, columns=1)
    points = base.mark_point(stroke=colors.mark, strokeWidth=2, opacity=1).encode(
        fill=fill,
        shape=circle,
        size=alt.Size("size:Q", scale=None, legend=None),
        tooltip=_tooltip(town="Town", visit="Last event", year="Last 12 months"),
    )
    places: Spec = {
        "right": {"align": "left", "dx": alt.expr("datum.radius + 6")},
        "left": {"align": "right", "dx": alt.expr("-datum.radius - 6")},
        "above": {"baseline": "bottom", "dy": alt.expr("-datum.radius - 2")},
    }
    halo: Spec = {"stroke": colors.ground, "strokeWidth": 3}  # where a name crosses the outline
    names = [
        _only(base, side, field="side").mark_text(**place, **around_name).encode(text="town:N")
        for around_name in (halo, {})
        for side, place in places.items()
    ]
    return _to_spec(alt.layer(county, points, *names).properties(height=440), colors)

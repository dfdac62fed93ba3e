"""The charts: specifications without data, readable in both themes, with text alternatives and tables."""

import datetime as dt
import json
from importlib import resources
from typing import get_args

import altair
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cwac.analysis.attendance import By, Outcomes, groups, outcomes, outreach_by_town
from cwac.analysis.hours import Hours, productivity
from cwac.exports import chart_specs, charts, colors
from cwac.exports.chart_specs import outlines
from cwac.model import Agency, Count, Coverage, Headcount, Town
from cwac.sheet.reader import read_workbook
from cwac.sources.sample import sample_workbook
from cwac.web import blocks
from cwac.web.sections import attendance
from tests.analysis.plans import ON, OPEN, RANGE, event, plan, with_rows
from tests.cases import each
from tests.exports.test_schemas import walk
from tests.web import plan as web_plan

TODAY = dt.date(2026, 10, 2)
COLORS = {"WPD": "#00795b", "SCSO": "#7a5200"}


SPECS = {
    "over time": chart_specs.over_time_spec,
    "small multiple": lambda dark: chart_specs.over_time_spec(dark, (dt.date(2026, 1, 1), dt.date(2026, 9, 1), 40)),
    "by time": chart_specs.by_time_spec,
    "by place": chart_specs.by_place_spec,
    "by agency": lambda dark: chart_specs.with_colors(chart_specs.by_place_spec(dark, True), tuple(COLORS.items())),
    "hours": chart_specs.hours_spec,
    "hours by agency": lambda dark: chart_specs.with_colors(chart_specs.hours_spec(dark, True), tuple(COLORS.items())),
    "two periods": lambda dark: chart_specs.compared_spec(dark, "Q4 2026 (Oct–Dec)", "Q3 2026 (Jul–Sep)"),
    "map": lambda dark: chart_specs.county_map_spec(dark, "Siskiyou County"),
    "map without a county": lambda dark: chart_specs.county_map_spec(dark, (-122.0, 41.0, -121.0, 42.0)),
}
"""Name -> a function from whether the theme is dark to the specification."""


def parts(spec):
    """The layers of a specification, or itself where it has none."""
    return spec.get("layer", [spec])


@pytest.mark.slow
@each("dark", [False, True])
@each("name", SPECS)
def test_specification_is_valid_and_has_no_data_but_the_outline(dark, name):
    spec = SPECS[name](dark)
    if not dark:  # the other has other colors alone
        altair.LayerChart.validate({"data": {"values": []}, **spec})
    held = [part["data"] for part in walk(spec) if "data" in part]
    corners = [[-122.0, 41.0], [-122.0, 42.0], [-121.0, 41.0], [-121.0, 42.0]]
    box = {"type": "Feature", "properties": {}, "geometry": {"type": "MultiPoint", "coordinates": corners}}
    outline = {"map": outlines()["Siskiyou County"], "map without a county": box}.get(name)
    assert held == ([] if outline is None else [{"values": outline}])
    assert "datasets" not in spec
    assert len(json.dumps(spec)) < 6000
    named = [part.get(key) for part in walk(spec) for key in ("field", "title")]
    assert "image" not in {name.casefold() for name in named if isinstance(name, str)}, "Vega would fetch it"


@pytest.mark.slow
@each("dark", [False, True])
@each("name", SPECS)
def test_text_and_marks_have_enough_contrast(dark, name):
    spec, ground = SPECS[name](dark), (chart_specs.DARK if dark else chart_specs.LIGHT).ground
    config = spec["config"]
    texts = [config[part][key] for part in ("axis", "legend") for key in ("labelColor", "titleColor")]
    assert min(colors.contrast(color, ground) for color in [*texts, config["text"]["color"]]) >= 4.5
    marks = [part["mark"] for part in parts(spec) if part["mark"]["type"] in ("point", "line", "rule")]
    assert min((colors.contrast(mark["color"], ground) for mark in marks if "color" in mark), default=21) >= 3


@each("dark", [False, True])
def test_specification_is_built_once(dark):
    assert SPECS["over time"](dark) is SPECS["over time"](dark)
    assert chart_specs.over_time_spec(False) is not chart_specs.over_time_spec(True)


# --- what is drawn ----------------------------------------------------------------------------------------------


def every_chart(snapshot, dark=False):
    events = outcomes(snapshot)
    figures = productivity(snapshot, events.held)
    yield charts.attendance_over_time(events, [(dt.date.min, dt.date.max, 20, "typical 20")], dark)
    yield from (
        charts.typical(groups(events, by), by, dark, COLORS if by == "lead agency" else None) for by in get_args(By)
    )
    yield charts.compared(events.held[:9], events.held[9:], ("later", "earlier"), dark)
    yield charts.hours(figures.by_agency, "agency", dark, COLORS)
    yield charts.hours(figures.by_pay_type, "pay type", dark)
    yield charts.county_map(outreach_by_town(snapshot), snapshot.today, dark)
    yield from charts.towns_over_time(events, dark).values()


@pytest.fixture(scope="module")
def sample():
    return read_workbook(sample_workbook(TODAY), TODAY)


@pytest.mark.slow
@each("which", ["sample", "empty", "one event, not counted"])
def test_every_chart_has_its_fields_alt_text_and_table_and_can_be_sent(which, sample):
    snapshot = {"sample": sample, "empty": plan([])}.get(which) or plan([event("E", -3, status="Completed")])
    drawn = list(every_chart(snapshot))
    assert len(drawn) >= 14
    for chart in drawn:
        fields = {part["field"] for part in walk(dict(chart.spec)) if isinstance(part.get("field"), str)}
        assert fields <= set(chart.frame.columns)
        assert chart.alt.endswith((".", ")"))
        assert "None" not in chart.alt
        assert "nan" not in chart.alt
        assert len(chart.table.columns) > 2
        assert not any(value is None or value != value for row in chart.table.to_numpy() for value in row)
        assert isinstance(chart.frame, pd.DataFrame)
        assert {kind.kind for kind in chart.frame.dtypes} <= set("OMfiT")
        assert json.loads(json.dumps(dict(chart.spec))) == dict(chart.spec)


def test_attendance_frame_has_events_by_state_and_dashed_lines_where_there_are_events():
    events = Outcomes(
        held=tuple(
            with_rows(*counts, after=after) for after, *counts in ((-9, 18), (-8, RANGE), (-7, OPEN), (-6, 0), (-5,))
        ),
        canceled=(event("X", -10, status="Cancelled", cancel_reason="Fire"),),
    )
    ends = [ON + dt.timedelta(after) for after in (-400, -8, -7, 300)]
    levels = [(*ends[:2], 27.75, "before"), (*ends[2:], 15, "now"), (ends[3], ends[3], 9, "later")]
    levels.append((*ends[:2], None, "none"))
    chart = charts.attendance_over_time(events, levels)
    shown = [tuple(None if value != value else value for value in row)
             for row in chart.frame[["state", "guests", "low", "high", "count"]].to_numpy()]  # fmt: skip
    assert shown == [
        ("Canceled", None, None, None, "Canceled: fire"),
        ("Counted", 18, 18, 18, "18"),
        ("Estimated", 37.5, 35, 40, "35 to 40"),
        ("Estimated", 30, None, None, "30 or more"),
        ("Counted", 0, 0, 0, "0"),
        ("Not counted", None, None, None, "not counted"),
        ("Typical", 27.75, None, None, "before"),
        ("Typical", 15, None, None, "now"),
    ]
    lines = chart.frame[chart.frame["state"] == "Typical"]
    assert [[str(day)[:10] for day in lines[column]] for column in ("day", "until")] == [
        ["2026-08-22", "2026-08-25"], ["2026-08-24", "2026-08-27"],
    ]  # fmt: skip
    assert chart.frame["day"].dtype.kind == "M"
    assert chart.frame["day"].dt.tz is None
    assert chart.alt == (
        "Guests at each event. 4 of 5 held events counted, from 0 to 38 guests, typical 24, 2 estimated; 1 canceled."
    )
    assert chart.events == ("E-5", "E-6", "E-7", "E-8", "E-9", "X")  # latest first
    assert chart.table.iloc[-1].to_dict() == {
        "Date": "Sat, Aug 22, 2026, 9:00–10:00 AM",
        "Where": "Weed",
        "Guests": "Canceled: fire",
        "Count": "Canceled",
    }
    assert len(chart.table) == 6


@each("dark", [False, True])
def test_legend_shows_counted_and_estimated_as_drawn(dark):
    spec, theme = chart_specs.over_time_spec(dark), chart_specs.theme(dark)
    (drawn,) = [(part["mark"], part["encoding"]["fill"]) for part in parts(spec) if "fill" in part["encoding"]]
    mark, fill = drawn
    assert fill["scale"] == {"domain": ["Counted", "Estimated"], "range": [theme.mark, theme.ground]}
    assert mark["stroke"] == fill["legend"]["symbolStrokeColor"] == theme.mark


@each("name", ["over time", "by time"])
def test_event_without_a_count_is_no_tick_of_the_axis_and_has_its_word_beside_it(name):
    below = [
        (
            part["transform"][0]["filter"]["oneOf"],
            part["mark"].get("shape", part["encoding"].get("text", {}).get("field")),
        )
        for part in parts(SPECS[name](False))
        if "yOffset" in part["mark"]
    ]
    not_counted = [(["Not counted"], "square"), (["Not counted"], "state")]
    canceled = [(["Canceled"], "M-.7,-.7L.7,.7M-.7,.7L.7,-.7"), (["Canceled"], "state")]
    assert below == (not_counted + canceled if name == "over time" else not_counted)


def test_axis_of_guests_has_whole_numbers_even_where_nobody_came():
    for name in ("over time", "by time", "by place", "two periods"):
        axes = [part for part in walk(dict(SPECS[name](False))) if (part.get("axis") or {}).get("format") == "d"]
        assert axes, name
        for part in axes:
            assert part["axis"]["tickMinStep"] == 1
            assert part["scale"]["domain"] == {"unionWith": [0, 10]}


def test_two_periods_are_joined_by_town_with_their_numbers():
    later = with_rows(18, after=-9), with_rows(22, after=-8), with_rows(after=-7, town="Etna")
    earlier = with_rows(20, after=-99), with_rows(9, after=-98, town="Yreka")
    chart = charts.compared(later, earlier, ("Q3", "Q2"))
    columns = ["line", "period", "guests", "low", "high", "typical", "at"]
    assert chart.frame[columns].to_numpy().tolist() == [
        ["All towns", "Q3", 20, 14.5, 20, "20", "right"],
        ["All towns", "Q2", 14.5, 14.5, 20, "14.5", "left"],
        ["Weed", "Q3", 20, 20, 20, "20", "right"],
        ["Weed", "Q2", 20, 20, 20, "", "right"],
        ["Yreka", "Q2", 9, 9, 9, "9", "right"],
    ]
    assert chart.table["Town"].tolist() == ["All towns", "Weed", "Etna", "Yreka"]
    assert chart.table.iloc[2].tolist() == [
        "Etna", "not known (1 event held, none counted)", "not known (no event held)",
    ]  # fmt: skip
    assert (
        charts.compared(later, earlier, ("Q3", "Q2"), most=1).frame["line"].tolist() == ["All towns"] * 2 + ["Weed"] * 2
    )
    labels = {part["labelExpr"] for part in walk(dict(chart.spec)) if "labelExpr" in part}
    assert labels == {'datum.value === "Later" ? "Q3" : "Q2"'}


@each(("years", "step"), [((2024, 2026), 1), ((2015, 2026), 2), ((2026,), 1)])
def test_an_axis_of_years_has_years_and_at_most_six(years, step):
    events = Outcomes(held=tuple(with_rows(18, after=(dt.date(year, 5, 4) - ON).days) for year in years))
    spec = charts.typical(groups(events, "year"), "year").spec
    axis, *others = [axis for part in walk(dict(spec)) if "%Y" in (axis := part.get("axis") or {}).get("format", "")]
    assert all(other == axis for other in others)
    assert (axis["format"], axis["tickCount"]) == ("%Y", {"interval": "year", "step": step})
    months = charts.typical(groups(events, "month"), "month").spec
    assert "%b %Y" in json.dumps(dict(months))


@each("dark", [False, True])
def test_a_chart_has_its_finding_above_what_it_is_of_in_lines_that_fit(dark):
    finding, of = "A typical event in the last 24 months had 17 guests.", "Guests at each event, WPD: 9 of 10 counted."
    shown, height = charts.title(finding, of, dark)
    narrow, wide = shown["text"]["expr"].removeprefix("width < 640 ? ").split(" : ")
    assert (json.loads(narrow), json.loads(wide)) == (
        ["A typical event in the last 24 months", "had 17 guests."],
        [finding],
    )
    assert (shown["subtitle"], height) == ({"expr": f'width < 640 ? ["{of}"] : ["{of}"]'}, 71)
    assert (shown["fontSize"], shown["color"]) == (16, chart_specs.theme(dark).label)


def test_group_without_counts_is_drawn_as_not_counted():
    chart = charts.typical(groups(Outcomes(held=(with_rows(),)), "town"), "town")
    assert chart.frame[["line", "state", "typical"]].to_numpy().tolist() == [
        ["Weed (0 of 1)", "Not counted", "not counted"]
    ]
    assert chart.alt == "Typical guests by town, with events counted of those held: Weed not counted (0 of 1)."


def test_agencies_have_their_colors_and_the_rest_a_quiet_one():
    held = tuple(with_rows(9, lead_agency=lead) for lead in ("WPD", "EPD"))
    chart = charts.typical(groups(Outcomes(held=held), "lead agency"), "lead agency", False, COLORS)
    (scale,) = {json.dumps(part["scale"]) for part in walk(dict(chart.spec)) if "range" in part.get("scale", {})}
    assert json.loads(scale) == {"domain": ["EPD", "WPD"], "range": [chart_specs.LIGHT.quiet, "#00795b"]}


def test_towns_share_one_scale():
    both = with_rows(18, after=-90), with_rows(33, after=-8, town="Etna")
    by_town = charts.towns_over_time(Outcomes(held=both))
    assert list(by_town) == ["Etna", "Weed"]
    assert by_town["Weed"].spec is by_town["Etna"].spec
    scaled = [part for part in walk(dict(by_town["Weed"].spec)) if "domain" in part.get("scale", {})]
    guests = [part["scale"]["domain"] for part in scaled if part["field"] in ("guests", "low")]
    assert guests == [[0, 40]] * 3
    days = [part["scale"]["domain"] for part in scaled if part["field"] == "day"]
    ends = [
        {"year": 2026, "month": 6, "date": 3, "utc": True},
        {"year": 2026, "month": 8, "date": 24, "utc": True},
    ]
    assert days == [ends] * 5


def test_recorded_and_scheduled_hours_are_drawn_apart():
    chart = charts.hours({"WPD": Hours(3, 1.5, 3, 1, 0), "EPD": Hours(people=1, unknown=1)}, "agency")
    assert chart.frame.to_numpy().tolist() == [
        ["WPD", "Recorded", 3, 4.5, "4.5"],
        ["WPD", "Scheduled", 1.5, 4.5, "4.5"],
        ["EPD", "Recorded", 0, 0, "not known"],
        ["EPD", "Scheduled", 0, 0, "not known"],
    ]
    assert chart.alt == "Officer-hours by agency: WPD 4.5; EPD not known."


@each(
    ("narrow", "sides"),
    [
        (True, {"Happy Camp": "right", "Yreka": "above", "Montague": "right", "Dunsmuir": "left", "Tulelake": "left"}),
        (False, {"Happy Camp": "right", "Yreka": "left", "Montague": "right", "Dunsmuir": "left", "Tulelake": "left"}),
    ],
)
def test_names_on_a_map_keep_clear_of_other_towns_and_of_its_edge(narrow, sides):
    places = {
        "Happy Camp": (41.79, -123.38), "Yreka": (41.735, -122.634), "Montague": (41.728, -122.53),
        "McCloud": (41.256, -122.14), "Dunsmuir": (41.208, -122.27), "Tulelake": (41.956, -121.477),
    }  # fmt: skip
    towns = tuple(Town(name, latitude=north, longitude=east) for name, (north, east) in places.items())
    frame = charts.county_map(outreach_by_town(plan([], towns=towns)), ON, narrow=narrow).frame
    assert dict(zip(frame["town"], frame["side"], strict=True)) == sides | {"McCloud": "right"}


def test_map_has_towns_with_coordinates_and_table_has_all_towns():
    snapshot = plan(
        [event("E", -20, status="Completed")],
        towns=(
            Town("Weed", population=2862, latitude=41.4242, longitude=-122.3844),
            Town("Montague", latitude=41.7272, longitude=-122.5264),
            Town("Yreka", latitude=41.7350, longitude=-122.6340),
            Town("Etna"),
        ),
        headcounts=(Headcount("E", 2, Count("20", 20, 20, 20)),),
        coverage=(Coverage("Weed", "WPD", kind="Primary"),),
    )
    chart = charts.county_map(outreach_by_town(snapshot), ON)
    assert chart.frame[["town", "side", "state"]].to_numpy().tolist() == [
        ["Montague", "right", chart_specs.NEGLECTED],
        ["Yreka", "left", chart_specs.NEGLECTED],
        ["Weed", "left", chart_specs.VISITED],
    ]
    assert chart.alt == "Map of Siskiyou County with 3 towns. No event for 6 months in Etna, Montague, Yreka."
    assert chart.frame["year"].tolist() == ["no event", "no event", "20 guests at 1 event"]
    narrow = charts.county_map(outreach_by_town(snapshot), ON, narrow=True)
    assert narrow.frame["size"].tolist() == (chart.frame["size"] * 0.3).tolist(), "circles overlap less on a phone"
    none, _, some = chart.frame["size"]
    assert some == none + (900 - none) * 20 / 100
    assert chart.table.iloc[-1].tolist() == ["Weed", "Wed, Aug 12", "1", "20", "0.3", "7", "WPD (primary)"]


def test_outlines_are_those_of_the_58_counties_and_name_their_source():
    path = resources.files("cwac.exports").joinpath("counties.geojson")
    assert "public domain" in json.loads(path.read_text())["source"]
    assert len(path.read_bytes()) < 120_000
    assert len(outlines()) == 58


YREKA, WEED, ALTURAS, CEDARVILLE = (-122.634, 41.735), (-122.384, 41.424), (-120.542, 41.487), (-120.173, 41.529)
REDDING, AVALON, ASHLAND, PHOENIX = (-122.392, 40.587), (-118.328, 33.343), (-122.709, 42.195), (-112.074, 33.448)


@each(
    ("places", "county"),
    [
        ([YREKA, WEED], "Siskiyou County"),
        ([ALTURAS, CEDARVILLE], "Modoc County"),
        ([REDDING], "Shasta County"),
        ([AVALON], "Los Angeles County"),  # on an island
        ([YREKA, WEED, ALTURAS], "Siskiyou County"),
        ([YREKA, ALTURAS], None),
        ([YREKA, ASHLAND, PHOENIX], None),
        ([ASHLAND], None),
        ([PHOENIX], None),
        ([], None),
    ],
)
def test_outline_is_that_of_the_county_that_most_towns_lie_in_or_there_is_none(places, county):
    towns = tuple(Town(f"Town {n}", latitude=north, longitude=east) for n, (east, north) in enumerate(places))
    chart = charts.county_map(outreach_by_town(plan([], towns=towns)), ON)
    values = chart.spec["layer"][0]["data"]["values"]
    assert values["properties"].get("name") == county
    words = f"{len(places)} town{'' if len(places) == 1 else 's'}"
    assert chart.alt.startswith(f"Map of {county or 'the area'} with {words}. ")


# --- colors of agencies --------------------------------------------------------------------------------------------


@given(st.integers(0, 0xFFFFFF).map("#{:06x}".format))
def test_color_is_mixed_until_marks_of_it_are_seen_in_both_themes(color):
    def worst(mixed):
        return min(colors.contrast(mixed, theme.ground) for theme in (chart_specs.LIGHT, chart_specs.DARK))

    assert worst(colors.visible(color)) >= 3
    if worst(color) >= 3:
        assert colors.visible(color) == color


def test_contrast_matches_the_wcag_examples():
    assert colors.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert colors.contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)


def test_agencies_without_a_color_get_fallback_colors_in_sheet_order():
    agencies = (Agency("A", "A"), Agency("B", "B", color="#123456"), Agency("C", "C"), Agency("D", "D", color="red"))
    first, second, third = colors.FALLBACK_COLORS[1:4]  # the first is a blue, too
    assert colors.agency_colors(plan([], agencies=agencies)) == {"A": first, "B": "#123456", "C": second, "D": third}


@each(("color", "hue"), [("#ff0000", 0.0), ("#00ff00", 1 / 3), ("#595959", None)])
def test_hue_of_a_color_is_a_share_of_the_circle(color, hue):
    assert colors.hue(color) == hue


def test_agency_has_one_color_on_pages_and_in_charts():
    snapshot = web_plan.snapshot()
    of_dots = {short: blocks.agency(short, colors.agency_colors(snapshot))["color"] for short in ("WPD", "SCSO")}
    assert {short: attendance.inks(snapshot)[short] for short in of_dots} == of_dots

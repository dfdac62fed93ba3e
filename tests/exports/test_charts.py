"""The charts: without data, readable in both themes, and saying in words what they show."""

import datetime as dt
import itertools
import json
import math

import altair
import pandas as pd
import pytest

from cwac.analysis.attendance import BY, HeldEvent, Outcomes, Total, Trend, TrendPoint, groups, outcomes, trend
from cwac.analysis.forecast import Forecast, forecasts
from cwac.analysis.outreach import outreach_by_town
from cwac.analysis.productivity import Hours, productivity
from cwac.exports import charts
from cwac.model import Count, Coverage, Headcount, Town
from cwac.sheet.reader import read_workbook
from cwac.sources.sample import sample_workbook
from tests.analysis.plans import ON, event, plan

TODAY = dt.date(2026, 10, 2)
COLORS = {"WPD": "#00795b", "SCSO": "#7a5200"}


def specs(dark):
    return {
        "over time": charts.over_time_spec(dark),
        "small multiple": charts.over_time_spec(dark, (dt.date(2026, 1, 1), dt.date(2026, 9, 1), 40)),
        "by time": charts.by_time_spec(dark),
        "by place": charts.by_place_spec(dark),
        "by agency": charts.by_place_spec(dark, tuple(COLORS.items())),
        "expected": charts.expected_spec(dark),
        "hours": charts.hours_spec(dark),
        "hours by agency": charts.hours_spec(dark, tuple(COLORS.items())),
        "map": charts.county_map_spec(dark),
    }


EVERY = [pytest.param(dark, name, id=f"{name}, {'dark' if dark else 'light'}")
         for dark in (False, True) for name in specs(False)]  # fmt: skip


def walk(value):
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        yield from itertools.chain.from_iterable(map(walk, value))


def parts(spec):
    """The layers of a specification, or itself where it has none."""
    return spec.get("layer", [spec])


@pytest.mark.parametrize(("dark", "name"), EVERY)
def test_a_specification_is_valid_and_carries_no_data_but_the_outline(dark, name):
    spec = specs(dark)[name]
    altair.Chart.from_dict({"data": {"values": []}, **spec}, validate=True)
    held = [part["data"] for part in walk(spec) if "data" in part]
    assert held == ([{"values": charts.outline()}] if name == "map" else [])
    assert "datasets" not in spec
    assert len(json.dumps(spec)) < 6000


@pytest.mark.parametrize(("dark", "name"), EVERY)
def test_text_on_it_can_be_read_and_marks_be_seen(dark, name):
    spec, ground = specs(dark)[name], (charts.DARK if dark else charts.LIGHT).ground
    config = spec["config"]
    texts = [config[part][key] for part in ("axis", "legend") for key in ("labelColor", "titleColor")]
    assert min(contrast(color, ground) for color in [*texts, config["text"]["color"]]) >= 4.5
    marks = [part["mark"] for part in parts(spec) if part["mark"]["type"] in ("point", "line", "rule")]
    assert min((contrast(mark["color"], ground) for mark in marks if "color" in mark), default=21) >= 3


def test_contrast_is_measured_as_wcag_does():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#808495", "#ffffff") == pytest.approx(3.7, abs=0.1)  # Vega's own gray, which fails


def contrast(one, other):
    def luminance(color):
        channels = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("dark", "name"), EVERY)
def test_no_tooltip_can_fetch_a_picture(dark, name):
    fields = {part["field"] for part in walk(specs(dark)[name]) if isinstance(part.get("field"), str)}
    titles = {part["title"] for part in walk(specs(dark)[name]) if isinstance(part.get("title"), str)}
    assert fields
    assert "image" not in {one.casefold() for one in fields | titles}


@pytest.mark.parametrize("dark", [False, True])
def test_a_specification_is_built_once(dark):
    assert specs(dark)["over time"] is specs(dark)["over time"]
    assert charts.over_time_spec(False) is not charts.over_time_spec(True)


# --- what is drawn ----------------------------------------------------------------------------------------------


def every_chart(snapshot, dark=False):
    events = outcomes(snapshot)
    found = productivity(snapshot, events.held)
    yield charts.attendance_over_time(events, trend(events.held), dark)
    yield from (charts.typical(groups(events, by), by, dark, COLORS if by == "lead agency" else None) for by in BY)
    yield charts.expected(forecasts(snapshot), dark)
    yield charts.hours(found.by_agency, "agency", dark, COLORS)
    yield charts.hours(found.by_pay_type, "pay type", dark)
    yield charts.county_map(outreach_by_town(snapshot), snapshot.today, dark)
    yield from charts.towns_over_time(events, dark).values()


@pytest.fixture(scope="module")
def sample():
    return read_workbook(sample_workbook(TODAY), TODAY)


@pytest.mark.parametrize("which", ["sample", "empty", "one event, not counted"])
def test_every_field_is_in_the_frame_and_every_chart_has_words_and_a_table(which, sample):
    snapshot = {"sample": sample, "empty": plan([])}.get(which) or plan([event("E", -3, status="Completed")])
    made = list(every_chart(snapshot))
    assert len(made) >= 14
    for chart in made:
        fields = {part["field"] for part in walk(dict(chart.spec)) if isinstance(part.get("field"), str)}
        assert fields <= set(chart.frame.columns)
        assert chart.alt.endswith((".", ")"))
        assert "None" not in chart.alt
        assert "nan" not in chart.alt
        assert len(chart.table.columns) > 2
        assert not any(value is None or value != value for row in chart.table.to_numpy() for value in row)


def total(low, best, high, estimated=False):
    return Total(low, best, high, estimated, None, None, None, 1)


def test_each_event_by_its_state_and_the_trend_in_one_frame():
    events = Outcomes(
        held=(
            HeldEvent(event("A", -9, status="Completed"), total(18, 18, 18)),
            HeldEvent(event("B", -8, status="Completed"), total(35, 37.5, 40, True)),
            HeldEvent(event("C", -7, status="Completed"), total(30, 30, None, True)),
            HeldEvent(event("D", -6, status="Completed"), total(0, 0, 0)),
            HeldEvent(event("F", -5, status="Completed"), None),
        ),
        canceled=(event("X", -10, status="Cancelled", cancel_reason="Fire"),),
    )
    line = (TrendPoint(ON, 10, 12, 14),)
    made = charts.attendance_over_time(events, Trend(12, "No clear change.", 1.0, 0.9, 1.1, line))
    shown = [tuple(None if value != value else value for value in row)
             for row in made.frame[["state", "guests", "low", "high", "count"]].to_numpy()]  # fmt: skip
    assert shown == [
        ("Cancelled", None, None, None, "Cancelled: fire"),
        ("Counted", 18, 18, 18, "18"),
        ("Estimate", 37.5, 35, 40, "35 to 40"),
        ("Estimate", 30, None, None, "30 or more"),
        ("Counted", 0, 0, 0, "0"),
        ("Not counted", None, None, None, "not counted"),
        ("Trend", 12, 10, 14, None),
    ]
    assert made.frame["day"].dtype.kind == "M"
    assert made.frame["day"].dt.tz is None
    assert made.alt == (
        "Guests at each event. 4 of 5 held events counted, from 0 to 37.5 guests, median 24; 1 cancelled. No clear "
        "change."
    )
    assert made.table.iloc[0].to_dict() == {
        "Date": "Sat 22 Aug 2026, 9:00–10:00 AM",
        "Where": "Weed",
        "Guests": "Cancelled: fire",
        "Count": "Cancelled",
    }
    assert len(made.table) == 6


def test_a_group_without_counts_is_drawn_as_such():
    sorted_out = Outcomes(held=(HeldEvent(event("A", -9, status="Completed"), None),))
    made = charts.typical(groups(sorted_out, "town"), "town")
    assert made.frame[["line", "state", "typical"]].to_numpy().tolist() == [
        ["Weed (0 of 1)", "Not counted", "not counted"]
    ]
    assert made.alt == "Median guests by town, with events counted of those held: Weed not counted (0 of 1)."


def test_agencies_have_their_colors_and_those_without_one_a_quiet_one():
    held = tuple(HeldEvent(event(f"E{lead}", -9, status="Completed", lead_agency=lead), total(9, 9, 9))
                 for lead in ("WPD", "EPD"))  # fmt: skip
    made = charts.typical(groups(Outcomes(held=held), "lead agency"), "lead agency", False, COLORS)
    (scale,) = {json.dumps(part["scale"]) for part in walk(dict(made.spec)) if "range" in part.get("scale", {})}
    assert json.loads(scale) == {"domain": ["EPD", "WPD"], "range": [charts.LIGHT.quiet, "#00795b"]}


def test_towns_share_one_scale():
    held = (
        HeldEvent(event("A", -90, status="Completed", town="Weed"), total(18, 18, 18)),
        HeldEvent(event("B", -8, status="Completed", town="Etna"), total(33, 33, 33)),
    )
    made = charts.towns_over_time(Outcomes(held=held))
    assert list(made) == ["Etna", "Weed"]
    assert made["Weed"].spec is made["Etna"].spec
    found = [part for part in walk(dict(made["Weed"].spec)) if "domain" in part.get("scale", {})]
    guests = [part["scale"]["domain"] for part in found if part["field"] == "guests"]
    assert guests == [[0, 40]] * 2
    days = [part["scale"]["domain"] for part in found if part["field"] == "day"]
    ends = [
        {"year": 2026, "month": 6, "date": 3, "utc": True},
        {"year": 2026, "month": 8, "date": 24, "utc": True},
    ]
    assert days == [ends] * 5


def test_a_refused_forecast_is_in_the_table_and_not_in_the_chart():
    refused = Forecast(event("E", 6), None, None, None, 3, 1)
    given = Forecast(event("F", 7), 18.4, 11.6, 27.2, 30, 0)
    made = charts.expected([refused, given])
    assert made.frame["guests"].tolist() == [18.4]
    assert made.table[["Expected guests", "80 % range"]].to_numpy().tolist() == [
        ["too few events to say", ""],
        ["18", "12 to 27"],
    ]
    assert charts.expected([refused]).alt == "Expected guests: too few events to say."


def test_hours_stand_apart_by_how_they_are_known():
    made = charts.hours({"WPD": Hours(3, 1.5, 3, 1, 0), "EPD": Hours(people=1, unknown=1)}, "agency")
    assert made.frame.to_numpy().tolist() == [
        ["WPD", "Recorded", 3],
        ["WPD", "Scheduled", 1.5],
        ["EPD", "Recorded", 0],
        ["EPD", "Scheduled", 0],
    ]
    assert made.alt == "Officer-hours by agency: WPD 4.5; EPD not known."


def test_the_map_has_the_towns_whose_place_is_known_and_the_table_has_all():
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
    made = charts.county_map(outreach_by_town(snapshot), ON)
    assert made.frame[["town", "side", "state"]].to_numpy().tolist() == [
        ["Montague", "right", charts.NEGLECTED],
        ["Yreka", "left", charts.NEGLECTED],
        ["Weed", "right", charts.VISITED],
    ]
    assert made.alt == "Map of the county with 3 towns. Not visited for 6 months: Etna, Montague, Yreka."
    assert made.table.iloc[-1].tolist() == ["Weed", "Wed 12 Aug", 1, "20", "0.3", "7", "WPD (primary)"]


def test_the_outline_is_the_countys_and_says_where_it_comes_from():
    county = charts.outline()
    (ring,) = county["geometry"]["coordinates"]
    assert ring[0] == ring[-1]
    assert "public domain" in county["properties"]["source"]
    # The county's land and water, 16,440 km² by the Census Bureau, from the ring by Gauss's formula on the sphere.
    mid = math.cos(math.radians(41.6))
    area = abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in itertools.pairwise(ring))) / 2 * 111.2**2 * mid
    assert area == pytest.approx(16_440, rel=0.02)


def test_frames_can_be_sent_to_the_browser(sample):
    for chart in every_chart(sample):
        assert isinstance(chart.frame, pd.DataFrame)
        assert {kind.kind for kind in chart.frame.dtypes} <= set("OMfiT")
        assert json.loads(json.dumps(dict(chart.spec))) == dict(chart.spec)

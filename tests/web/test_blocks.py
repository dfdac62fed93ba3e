"""The content of blocks, as it is sent to the browser."""

import datetime as dt
import json

import pytest

from cwac.web.blocks import content as blocks

COLORS = {"WPD": "#004400", "SCSO": "#ffee00"}


def test_agency_is_a_dot_that_is_seen_in_both_themes() -> None:
    assert blocks.agencies("WPD", ["SCSO", "New"], COLORS) == [
        {"type": "agency", "name": "WPD", "color": "#407340", "lead": True},
        {"type": "agency", "name": "SCSO", "color": "#998f00", "lead": False},
        {"type": "agency", "name": "New", "color": "#6b7280", "lead": False},
    ]
    assert blocks.agencies(None, [], COLORS) == []


@pytest.mark.parametrize("url", ["http://a.example", "javascript:alert(1)", "//a.example", "data:text/html,x", ""])
def test_only_safe_links_are_drawn(url: str) -> None:
    with pytest.raises(ValueError, match="https"):
        blocks.link(url, "x")


def test_month_has_whole_weeks_from_sunday_with_links_on_days_with_events() -> None:
    day, today = dt.date(2026, 11, 27), dt.date(2026, 11, 26)
    month = blocks.month("November 2026", dt.date(2026, 11, 1), today, {day: (2, blocks.event_link("E", "two events"))})
    weeks = month["weeks"]
    assert [len(week) for week in weeks] == [7] * 5
    assert (weeks[0][0]["number"], weeks[4][1]["number"], weeks[4][2]) == (1, 30, None)
    listed = {cell["number"]: cell for week in weeks for cell in week if cell}
    assert (listed[27]["events"], listed[27]["target"], listed[27]["text"]) == (2, {"event": "E"}, "two events")
    assert [number for number, cell in listed.items() if cell["today"]] == [26]
    assert listed[26]["target"] is None


@pytest.mark.parametrize("year", range(1990, 2101, 10))
def test_every_month_has_all_its_days_once(year: int) -> None:
    for number in range(1, 13):
        first = dt.date(year, number, 1)
        weeks = blocks.month("", first, first, {})["weeks"]
        days = [cell["number"] for week in weeks for cell in week if cell]
        last = (dt.date(year + number // 12, number % 12 + 1, 1) - dt.timedelta(days=1)).day
        assert days == list(range(1, last + 1))
        assert all(len(week) == 7 for week in weeks)


def test_spans_share_an_axis_from_the_full_hour_before_the_first() -> None:
    day = dt.datetime.combine(dt.date(2026, 11, 27), dt.time())
    rows = [
        (["A"], day.replace(hour=9, minute=30), day.replace(hour=11), "error"),
        (["B"], day.replace(hour=10), day.replace(hour=13), "plain"),
    ]
    block = blocks.spans(rows, "Conflict")  # type: ignore[arg-type]
    assert [tick["text"] for tick in block["ticks"]] == ["9 AM", "10 AM", "11 AM", "12 PM", "1 PM"]
    assert [(row["from"], row["to"]) for row in block["rows"]] == [(0.125, 0.5), (0.25, 1.0)]


@pytest.mark.parametrize("hours", [1, 2, 8, 9, 30, 24 * 400])
def test_spans_have_few_ticks_however_long_they_are(hours: int) -> None:
    start = dt.datetime.combine(dt.date(2026, 1, 1), dt.time(8))
    block = blocks.spans([(["A"], start, start + dt.timedelta(hours=hours), "plain")], "x")
    assert 2 <= len(block["ticks"]) <= 120
    assert block["rows"][0]["to"] == 1


def test_blocks_are_plain_data() -> None:
    every = [
        blocks.lines(["a", blocks.strong("b")]),
        blocks.cards([blocks.card(["a"], ["b"], [], actions=[blocks.copy_button("Copy", "x")])], "cards"),
        blocks.tiles([blocks.tile(["a"], "1", [blocks.sparkline([1, None, 2], "x")])], "tiles"),
        blocks.strip([("Nov 22", [blocks.mark("E", 0.33333, "x", conflict=True)], True, None)], "strip"),
        blocks.bars([blocks.bar(["a"], [(1, "good", None)], ["1 of 2"], of=2)], "bars"),
        blocks.grid(["Officer", "Nov 22"], [(["a"], [blocks.cell("1", 2, "E")])], "grid"),
        blocks.table(["A", "B"], [[["a"], ["b"]]], "table"),
    ]
    assert json.loads(json.dumps(every)) == every
    assert every[1]["cards"][0]["lines"] == [["b"]], "an empty line is left out"
    assert every[3]["weeks"][0]["marks"][0]["share"] == 0.333

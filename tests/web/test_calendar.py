"""The calendar: the days and events sent to the browser, the event dialog, the URL and the menus."""

import csv
import datetime as dt
import io
import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import openpyxl
import pytest
from streamlit.testing.v1 import AppTest

from cwac.access import Viewer, restrict
from cwac.analysis.alerts import ALERT_CODES, CLASHES
from cwac.exports import ical, tables
from cwac.model import Agency, Alert, Assignment, Event, Snapshot
from cwac.settings import Rules
from cwac.sheet import schema
from cwac.web.calendar import content
from cwac.web.calendar.content import LANES, AllEvents, Request, ShownEvents
from cwac.web.calendar.page import PRINT, SUBSCRIBE, only_shown, zone_words
from cwac.web.sections import event as dialog
from tests.cases import each
from tests.web import plan
from tests.web.conftest import Serve, closed_to_strangers, data_of, opened, words

TODAY = dt.date(2026, 11, 25)
EVENT = Event("E", 2, TODAY, dt.time(9), dt.time(10), town="Weed", lead_agency="WPD", status="Confirmed")
VIEWS = ("month", "week", "day", "agenda")


def event(day: dt.date, number: int = 0, **fields: Any) -> Event:
    return replace(EVENT, id=f"{day}-{number}", date=day, **fields)


def alert(code: str, *events: str, **fields: Any) -> Alert:
    return replace(Alert("error", code, events or ("E",), None, None, None, 0, ""), **fields)


def snapshot(*events: Event, **fields: Any) -> Snapshot:
    agencies = (Agency("WPD", "Weed Police Department", color="#ffff00"), Agency("SCSO", "Sheriff"))
    sheet = Snapshot("test", dt.datetime(2026, 11, 25, tzinfo=dt.UTC), plan.ZONE, TODAY, agencies=agencies)
    return replace(sheet, events=events, **fields)


def show(
    *events: Event,
    view: Any = "month",
    day: dt.date = TODAY,
    gaps: bool = True,
    alerts: Iterable[Alert] = (),
    **asked: Any,
) -> ShownEvents:
    sheet = snapshot(*events)
    of_events = {event.id: [alert for alert in alerts if event.id in alert.event_ids] for event in events}
    every = AllEvents(sheet, of_events, gaps)
    return content.show(sheet, Request(view, day, **asked), _plan=every)


def answer(*events: Event, view: Any = "month", day: dt.date = TODAY, asked: Any = None, **shown: Any) -> str:
    """The headline."""
    asked = asked or {}
    return content.answer(show(*events, view=view, day=day, **shown, **asked), Request(view, day, **asked), TODAY)


def sent(*events: Event, view: str = "agenda", **shown: Any) -> list[dict[str, Any]]:
    """The events sent to the browser."""
    return [event for day in show(*events, view=view, **shown).wire["days"] for event in day["events"]]


@each(
    ("view", "day", "first", "last"),
    [
        ("month", dt.date(2026, 11, 25), dt.date(2026, 11, 1), dt.date(2026, 12, 5)),
        ("month", dt.date(2026, 2, 14), dt.date(2026, 2, 1), dt.date(2026, 2, 28)),  # four weeks and not a day more
        ("month", dt.date(2028, 2, 29), dt.date(2028, 1, 30), dt.date(2028, 3, 4)),
        ("month", dt.date(2026, 12, 31), dt.date(2026, 11, 29), dt.date(2027, 1, 2)),
        ("week", dt.date(2026, 11, 1), dt.date(2026, 11, 1), dt.date(2026, 11, 7)),  # the clocks go back on its Sunday
        ("week", dt.date(2027, 1, 1), dt.date(2026, 12, 27), dt.date(2027, 1, 2)),
        ("day", dt.date(2028, 2, 29), dt.date(2028, 2, 29), dt.date(2028, 2, 29)),
    ],
)
def test_month_and_week_are_whole_weeks_from_sunday(view: Any, day: dt.date, first: dt.date, last: dt.date) -> None:
    assert content.visible_days(view, day) == (first, last)
    dates = [event["date"] for event in show(view=view, day=day).wire["days"]]
    assert dates == [str(first + dt.timedelta(days=number)) for number in range((last - first).days + 1)]


@each(
    ("view", "day", "shown"),
    [
        ("month", dt.date(2026, 12, 31), ("December 2026", "2026-11-01", "2027-01-01")),
        ("month", dt.date(2026, 3, 31), ("March 2026", "2026-02-01", "2026-04-01")),
        ("week", dt.date(2026, 12, 30), ("Dec 27, 2026–Jan 2, 2027", "2026-12-23", "2027-01-06")),
        ("day", dt.date(2028, 2, 29), ("Tuesday, February 29, 2028", "2028-02-28", "2028-03-01")),
        ("month", content.EARLIEST, ("January 1990", None, "1990-02-01")),
        ("month", content.LATEST, ("December 2100", "2100-11-01", None)),
    ],
)
def test_each_view_has_a_title_and_its_neighbors(view: str, day: dt.date, shown: tuple[str, str, str]) -> None:
    wire = show(view=view, day=day).wire
    assert (wire["title"], wire["earlier"], wire["later"]) == shown


def test_only_visible_events_are_sent_and_a_month_counts_its_own() -> None:
    before, first, last, after, later = (
        event(dt.date(2026, *day)) for day in ((10, 31), (11, 1), (11, 30), (12, 5), (12, 6))
    )
    every = (before, first, last, after, later)
    assert [event["id"] for event in sent(*every, view="month")] == [first.id, last.id, after.id]
    assert show(*every).events == (first, last)
    assert answer(*every) == "2 events this month; none is short of officers."


def test_crowded_day_shows_three_events_and_counts_the_rest() -> None:
    crowd = [event(TODAY, number) for number in range(9)]
    (day,) = [event for event in show(*crowd).wire["days"] if event["events"]]
    assert ([event["id"][-1] for event in day["events"]], day["more"], day["count"]) == (["0", "1", "2"], 6, 9)
    assert show(*crowd, view="day").wire["days"][0]["more"] == 0


def test_agenda_shows_whole_days_of_about_sixty_events_and_pages_back_equally() -> None:
    days = [TODAY + dt.timedelta(days=number) for number in range(-50, 50)]
    many = [event(day, number) for day in days for number in range(2)]
    what, last = show(*many, view="agenda"), show(*many, view="agenda", day=days[80]).wire
    assert [event["date"] for event in what.wire["days"]] == [str(day) for day in days[50:80]]
    assert (what.wire["earlier"], what.wire["later"], len(what.events)) == (str(days[20]), str(days[80]), 100)
    assert (last["earlier"], last["later"], last["title"]) == (str(days[50]), None, "Starting Dec 25, 2026")


def test_holidays_and_the_national_day_are_marked() -> None:
    days = show(day=dt.date(2026, 10, 1)).wire["days"]
    marks = {day["date"]: day["marks"] for day in days if day["marks"]}
    assert marks == {"2026-10-07": ["National Coffee with a Cop Day"], "2026-10-12": ["Columbus Day"]}


def test_joint_event_appears_once_with_every_agency() -> None:
    joint = replace(EVENT, partner_agencies=("SCSO",))
    (shown,) = sent(joint)
    assert shown["agencies"] == ["WPD", "SCSO"]
    assert show(joint).wire["colors"] == {"WPD": "#999900", "SCSO": "#0072b2"}


def test_canceled_event_shows_its_reason() -> None:
    (off,) = sent(replace(EVENT, status="Cancelled", cancel_reason="Fire", officers_needed=3))
    assert (off["state"], off["words"], off["staff"], off["notes"]) == ("cancelled", "Canceled: fire", None, [])


@each("view", VIEWS)
def test_conflicts_are_numbered_alike_in_every_view_so_that_one_of_two_events_is_counted_once(view: str) -> None:
    one, other = (alert("officer-double-booked", "F", officer=name) for name in ("A", "B"))
    alerts = [alert("venue-double-booked", "E", "F", venue="Hall"), alert("understaffed"), one, one, other]
    events = replace(EVENT, officers_needed=2), replace(EVENT, id="F", row=3)
    assert [
        (event["id"], event["conflicts"], event["conflict"], event["staff"], event["short"])
        for event in sent(*events, view=view, alerts=alerts)
    ] == [
        ("E", [0], "Conflict: venue double-booked", "0/2", True),
        ("F", [0, 1, 2], "3 conflicts: venue double-booked and double-booked", "0", False),
    ]


@each("view", ["month", "agenda"])
def test_month_and_agenda_name_few_agencies_and_count_the_others(view: str) -> None:
    joint = replace(EVENT, partner_agencies=("SCSO", "YPD", "EPD", "DPD", "CHP"))
    (shown,) = sent(joint, view=view)
    assert (shown["agencies"], shown["others"], shown["leads"]) == (["WPD", "SCSO", "YPD", "EPD"], 2, True)
    assert set(show(joint).wire["colors"]) == {"WPD", "SCSO", "YPD", "EPD"}


@each("view", ["agenda", "day"])
def test_agenda_and_day_name_every_alert_and_mark_the_mild_ones_but_openings(view: str) -> None:
    codes = [code for code in ALERT_CODES if code not in CLASHES and code != "federal-holiday"]
    (shown,) = sent(EVENT, view=view, alerts=[alert(code, severity="notice") for code in codes])
    headings = ["Officers not confirmed" if code == "unconfirmed" else ALERT_CODES[code] for code in codes]
    openings = {"Too few officers", "No host", "No bilingual officer", "No supervisor", "No officer from an agency"}
    assert (sorted(shown["notes"]), sorted(shown["mild"])) == (sorted(headings), sorted({*headings} - openings))


def test_agenda_names_the_week_and_what_is_missing_which_is_no_conflict() -> None:
    alerts = [alert("understaffed"), alert("town-too-soon", severity="notice")]
    alerts += [alert("agency-without-officer", agency=agency, severity="warning") for agency in ("WPD", "SCSO")]
    missing = ["No officer from an agency", "Too few officers", "Same town within two weeks"]
    for gaps, expected in ((True, missing), (False, [])):
        (shown,) = sent(EVENT, alerts=alerts, gaps=gaps)
        assert (shown["notes"], shown["conflicts"], shown["conflict"]) == (expected, [], None)
    (tentative,) = sent(replace(EVENT, status="Tentative"), alerts=[alert("unconfirmed")])
    assert tentative["notes"] == ["Event not confirmed"], "and not its officers, as of a Confirmed one"
    assert show(EVENT, view="agenda").wire["days"][0]["week"] == content.week_words(TODAY)


@each(("days", "gaps", "urgent"), [(2, True, ["Too few officers"]), (3, True, []), (2, False, [])])
def test_event_short_of_officers_is_urgent_within_two_days_as_on_the_overview(
    days: int, gaps: bool, urgent: list[str]
) -> None:
    coming = replace(EVENT, date=TODAY + dt.timedelta(days=days), officers_needed=2)
    short = alert("understaffed", severity="warning", days_until=days, message="0 of 2 officers.")
    assert [shown["urgent"] for shown in sent(coming, alerts=[short], gaps=gaps)] == [urgent]


def test_small_month_counts_the_events_that_pass_the_filters_and_marks_conflicts_and_openings() -> None:
    towns = ("Weed", "Weed", "Yreka")
    events = [event(TODAY - dt.timedelta(days=20), number, town=town) for number, town in enumerate(towns)]
    for view in ("month", "agenda"):
        mini = show(*events, view=view, towns=("Weed",)).wire["mini"]
        assert [day for day in mini["days"] if day[2]] == [["2026-11-05", "Thursday, November 5", 2, False, ""]]
        assert (len(mini["days"]), mini["days"][0][0], mini["later"]) == (35, "2026-11-01", "2026-12-01")
    assert "mini" not in show(view="week").wire
    first, second = (event(TODAY + dt.timedelta(days=number), number) for number in (0, 1))
    alerts = alert("officer-double-booked", first.id, days_until=3), alert("understaffed", second.id, days_until=3)
    days = show(first, second, alerts=alerts).wire["mini"]["days"]
    assert [day[2:] for day in days if day[2]] == [[1, True, "alarm"], [1, False, "short"]]


def timed(*times: str) -> list[Event]:
    """Events from times such as `9:00-10:30`, `9:00` (no end) or an empty text (no time)."""
    made = []
    for number, text in enumerate(times):
        ends = [dt.time.fromisoformat(part.zfill(5)) for part in text.split("-") if part]
        made.append(event(TODAY, number, start=ends[0] if ends else None, end=ends[1] if len(ends) > 1 else None))
    return made


@each(
    ("times", "blocks"),
    [
        # Without an end it has the usual length; up to midnight at most, and tall enough to be read.
        (("9:00-10:30", "11:00", "23:30", ""), [(540, 90, (0, 1)), (660, 90, (0, 1)), (1395, 45, (0, 1))]),
        (("9:00-9:10",), [(540, 45, (0, 1))]),
        # Side by side, and only as long as they overlap.
        (
            ("9:00-10:30", "10:00-11:00", "10:30-12:00", "13:00-14:00"),
            [(540, 90, (0, 2)), (600, 60, (1, 2)), (630, 90, (0, 2)), (780, 60, (0, 1))],
        ),
    ],
)
def test_events_lie_in_the_week_by_start_and_length_and_side_by_side(
    times: tuple[str, ...], blocks: list[tuple[int, int, tuple[int, int]]]
) -> None:
    placed = content.place_blocks(timed(*times), Rules())
    assert [(block.start, block.length, block.lane) for block in placed] == blocks


def test_untimed_events_of_a_week_come_first_and_more_than_fit_side_by_side_are_counted() -> None:
    untimed_first = sent(*timed("9:00-10:30", ""), view="week")
    assert [(item["id"][-1], "lane" in item) for item in untimed_first] == [("1", False), ("0", True)]
    crowd = timed(*["9:00-10:30"] * 12)
    (day,) = [day for day in show(*crowd, view="week").wire["days"] if day["events"]]
    assert (len(day["events"]), day["more"], day["count"]) == (LANES, 12 - LANES, 12)
    assert [item["lane"] for item in day["events"]] == [(lane, LANES) for lane in range(LANES)]


@each(
    ("times", "first", "hours"),
    [
        (("9:00-10:30", "11:00"), 9, 4),
        (("9:00-10:30", ""), 9, 4),  # the one without a time lies above the axis
        (("9:00-10:30", "17:00-18:30"), 9, 10),
        (("22:00-23:30",), 20, 4),
        (("0:00-0:45",), 0, 4),
        (("",), None, 0),
        (("9:00-10:30",) * 4, None, 0),  # more than fit side by side
        ((), None, 0),
    ],
)
def test_day_has_a_time_axis_of_all_events_unless_some_event_has_no_place_on_it(
    times: tuple[str, ...], first: int | None, hours: int
) -> None:
    wire = show(*timed(*times), view="day").wire
    assert (wire.get("from"), len(wire.get("hours", ()))) == (first, hours)
    assert (wire["days"][0]["count"], wire["days"][0]["more"]) == (len(times), 0)


def test_agencies_that_send_nobody_are_one_line_and_the_holiday_none() -> None:
    short_names = [f"A{number}" for number in range(10)]
    alerts = [alert("agency-without-officer", agency=short, severity="warning") for short in short_names]
    alerts += [alert("federal-holiday", severity="warning"), alert("officer-double-booked", message="X is.")]
    alerts += [alert("no-host", message="N.", severity="warning"), alert("officer-double-booked", message="Y is.")]
    groups = dialog.group_alerts(EVENT, alerts)
    assert [(group.heading, group.sentences) for group in groups] == [
        ("Double-booked", ("X is.", "Y is.")),
        ("No officer yet from 10 agencies", (", ".join(short_names),)),
        ("No host", ("N.",)),
    ]
    (alone,) = dialog.group_alerts(EVENT, alerts[:1])
    assert (alone.heading, alone.sentences) == ("No officer yet from A0", ())


def test_each_request_links_to_the_row_where_it_is_settled() -> None:
    asked = Assignment("E", 7, agency="SCSO", placeholder=True)
    booked = Assignment("E", 9, officer="OF-1", name="A. Sample", agency="WPD")
    sheet = snapshot(
        EVENT,
        assignments=(asked, booked),
        url="https://docs.google.com/spreadsheets/d/x",
        tab_ids={"Events": 3, "Staffing": 4},
        tab_columns={"Staffing": {"officer": "B"}},
    )
    silent = alert("agency-without-officer", agency="SCSO")
    alerts = [silent, alert("no-host"), alert("officer-double-booked", officer="OF-1")]
    alerts += [alert("unconfirmed"), alert("release-overdue")]
    groups = dialog.group_alerts(EVENT, alerts)
    assert {group.code: dialog.cell_to_settle(sheet, EVENT, group) for group in groups} == {
        "agency-without-officer": ("Staffing", "officer", 7),
        "no-host": ("Staffing", "officer", 7),
        "officer-double-booked": ("Staffing", "officer", 9),
        "unconfirmed": ("Staffing", "status", 9),
        "release-overdue": ("Events", "release_sent", 2),
    }
    (settled,) = dialog.alert_lines(sheet, EVENT, [silent])
    assert {"https://docs.google.com/spreadsheets/d/x/edit#gid=4&range=B7"} == {
        piece["url"] for piece in settled if not isinstance(piece, str) and piece["type"] == "link"
    }
    (free,) = dialog.group_alerts(EVENT, [replace(silent, agency="WPD")])
    assert dialog.cell_to_settle(sheet, EVENT, free) == ("Staffing", "officer", None)


SOME = (
    event(TODAY, 0, town="Weed"),
    event(TODAY, 1, town="Yreka", lead_agency="SCSO"),
    event(TODAY, 2, town="Yreka", status="Tentative"),
)


def test_filters_apply_and_counts_show_what_each_value_leaves() -> None:
    what = show(*SOME, towns=("Yreka",), statuses=("Confirmed",))
    assert [event.id for event in what.events] == [f"{TODAY}-1"]
    assert what.counts == {
        "agency": {"SCSO": 1},
        "town": {"Weed": 1, "Yreka": 1},
        "status": {"Confirmed": 1, "Tentative": 1},
        "staffing": {"Nobody yet": 1},
    }
    stranger = show(*SOME, gaps=False, staffing=("Clash",))
    assert (len(stranger.events), stranger.counts["staffing"]) == (3, {}), "who cannot filter by staffing"


EARLIER, LATER = dt.date(2026, 5, 4), dt.date(2027, 1, 4)


@each(
    ("view", "day", "asked", "sentence"),
    [
        ("month", TODAY, {}, "3 events this month; 2 are short of officers."),
        ("month", TODAY, {"agency": "WPD"}, "2 events of WPD this month; 1 is short of officers."),
        ("month", TODAY, {"towns": ("Yreka",)}, "2 of 3 events this month pass the filters; 2 are short of officers."),
        ("month", TODAY, {"towns": ("Etna",)}, "None of 3 events this month passes the filters."),
        ("month", EARLIER, {}, "1 event in May 2026."),
        ("week", TODAY, {}, "3 events this week; 2 are short of officers."),
        ("week", LATER, {}, "1 event in the week of Jan 3–9, 2027; it is not short of officers."),
        ("day", TODAY, {"agency": "SCSO"}, "1 event of SCSO today; it is short of officers."),
        ("day", EARLIER, {"agency": "SCSO"}, "No event of SCSO on Monday, May 4, 2026."),
        ("agenda", TODAY, {}, "4 events from today on; 2 are short of officers."),
        ("agenda", LATER, {}, "1 event from Jan 4, 2027 on; it is not short of officers."),
    ],
)
def test_headline_of_each_view_says_how_many_events_and_how_many_are_short(
    view: str, day: dt.date, asked: dict[str, Any], sentence: str
) -> None:
    events = [
        event(TODAY, 0, town="Weed", officers_needed=0),
        event(TODAY, 1, town="Yreka", lead_agency="SCSO", officers_needed=2),
        event(TODAY, 2, town="Yreka", officers_needed=2),
        event(EARLIER, officers_needed=2),
        event(LATER),
    ]
    assert answer(*events, view=view, day=day, asked=asked) == sentence


@each("view", VIEWS)
@each(
    ("needed", "numbers", "said"),
    [
        ((0, 0), (1, 0), "; none is short of officers; 1 conflict."),
        ((0, 0), (1, 2), "; none is short of officers; 3 conflicts."),
        ((2, 0), (1, 1), "; 1 is short of officers; 2 conflicts."),
        ((0,), (1,), "; it is not short of officers; 1 conflict."),
        ((2,), (2,), "; it is short of officers; 2 conflicts."),
    ],
)
def test_headline_of_every_view_counts_conflicts(
    view: str, needed: tuple[int, ...], numbers: tuple[int, ...], said: str
) -> None:
    events = [event(TODAY, place, officers_needed=number) for place, number in enumerate(needed)]
    alerts = [
        alert("officer-double-booked", shown.id, officer=f"P{which}", message=shown.id)
        for shown, number in zip(events, numbers, strict=True)
        for which in range(number)
    ]
    assert answer(*events, view=view, alerts=alerts).endswith(said)
    assert "conflict" not in answer(*events, view=view, alerts=alerts, gaps=False)


def test_number_of_events_says_which_of_them_no_other_page_counts() -> None:
    """Staffing and forecast count 2 of these: drafts, and events that were called off, are only in the calendar."""
    statuses = ("Confirmed", "Tentative", "Draft", "Cancelled", "Cancelled", "Postponed")
    events = [event(TODAY, number, status=status) for number, status in enumerate(statuses)]
    for asked, said in (
        ({}, "6 events from today on (1 draft, 2 canceled, 1 postponed)."),
        ({"statuses": ("Confirmed", "Cancelled")}, "3 of 6 events from today on (2 canceled) pass the filters."),
    ):
        assert answer(*events, view="agenda", gaps=False, asked=asked) == said


def test_time_zone_and_its_difference_to_the_browser_are_shown() -> None:
    winter = dt.datetime(2026, 11, 25, 9, tzinfo=ZoneInfo(plan.ZONE))
    gap = dt.datetime(2026, 3, 10, 9, tzinfo=ZoneInfo(plan.ZONE))  # summer time here, not yet in Europe
    for browser_zone, now, said in (
        (plan.ZONE, winter, ""),
        ("Europe/Berlin", winter, " Your clock, Europe/Berlin, is 9 hours ahead."),
        ("Asia/Kathmandu", winter, " Your clock, Asia/Kathmandu, is 13 hours 45 minutes ahead."),
        ("Pacific/Honolulu", winter, " Your clock, Hawaii Time, is 2 hours behind."),
        ("Europe/Berlin", gap, " Your clock, Europe/Berlin, is 8 hours ahead."),
        ("Nowhere/Here", winter, ""),
    ):
        here = "All times are Pacific Time, the time zone of the sheet."
        assert zone_words(plan.ZONE, now, browser_zone) == here + said


def test_download_holds_the_events_shown(tmp_path: Path) -> None:
    only = only_shown(snapshot(*SOME), show(*SOME, towns=("Yreka",)))
    rows = tables.event_rows(only)
    assert [row["id"] for row in rows] == [f"{TODAY}-1", f"{TODAY}-2"]
    path = tmp_path / "shown.xlsx"
    path.write_bytes(tables.to_xlsx([tables.table_of("Events", rows, tables.EVENTS)]))
    assert openpyxl.load_workbook(path).active.max_row == 3  # type: ignore[union-attr]
    events = icalendar.Calendar.from_ical(ical.write(only, ical.ALL, only.events, sheet=None)).events
    assert len(events) == 2


def test_every_column_of_the_count_sheet_is_shown_in_the_dialog_and_blank_is_not_shown() -> None:
    headers = [column.header for column in schema.ATTENDANCE.columns if "count-sheet" in column.shown]
    rows: plan.Rows = [["Event ID", *headers]]
    rows += [["GONE", 31, None, 2, 3, 4, 40, 5, "rain"], ["GONE", 9, None, 1, 1, 1, 0, None, "snow"]]
    snapshot = plan.snapshot(Attendance=rows)
    event = snapshot.event_by_id["GONE"]
    assert dialog._attendance(snapshot, event) == (
        "40 guests, 3 of them under 18, 4 there for the first time, 5 conversations"
    )
    assert dialog._also_noted(snapshot, event) == [
        "Cups served 40", "Surveys 5 (noted in only some rows)", "Weather: rain; snow",
    ]  # fmt: skip
    for viewer, lines in ((Viewer("public"), 0), (Viewer("liaison", ("WPD",)), 3)):
        assert len(dialog._also_noted(restrict(snapshot, viewer), event)) == lines
    blank = plan.snapshot(Attendance=[["Event ID", "Guests"], ["GONE", 31]])
    assert dialog._also_noted(blank, event) == []


def test_every_role_of_the_roster_says_of_how_many_and_an_open_position_is_a_status() -> None:
    place = Assignment("E", 2, role="Floor", placeholder=True, status="Requested")
    rows = (replace(place, name="A. Sample", placeholder=False, status="Confirmed"), place, replace(place, row=3))
    first, table = dialog._roster(replace(snapshot(EVENT), assignments=rows), EVENT, {})
    assert "Host 0 of 1, Floor 1 of 3" in json.dumps(first)
    assert [row["cells"] for row in table["rows"]] == [
        [["A. Sample"], ["Floor"], ["Confirmed"]],
        [["any agency"], ["Floor"], ["open position"]],
        [["any agency"], ["Floor"], ["open position"]],
    ]


def test_dialog_has_the_category_of_a_follow_up_in_american_spelling(serve: Serve, tmp_path: Path) -> None:
    rows: plan.Rows = [["Follow-up ID", "Event ID", "Category", "Status"], ["F-1", "GONE", "Neighbour", "Open"]]
    serve(closed_to_strangers(plan.save(tmp_path / "plan.xlsx", **{"Follow-ups": rows})))
    assert "Follow-up: Neighbor, open" in words(opened("calendar", "coordinator", event="GONE"))


# --- the page ---------------------------------------------------------------------------------------------------------


def ids(page: AppTest) -> list[str]:
    """The events that the calendar is sent."""
    assert not page.exception
    (calendar,) = data_of(page, "cwac.calendar")
    return [event["id"] for day in calendar["days"] for event in day["events"]]


@pytest.fixture
def local(serve: Serve, plan_file: Path) -> None:
    serve(closed_to_strangers(plan_file, public=True))


@pytest.mark.usefixtures("local")
def test_filters_are_buttons_with_counts_that_set_and_remove_them() -> None:
    page = opened("calendar", "coordinator", view="agenda")
    listed = {button.label for button in page.button if str(button.key).startswith("filter-")}
    assert {"WPD **2**", "SCSO **1**", "Weed **1**", "Tentative **1**", "Confirmed **2**"} <= listed
    page.button(key="filter-status-Tentative").click().run()
    assert (ids(page), page.query_params["status"]) == (["MAYBE"], "Tentative")
    assert page.button(key="filter-status-Tentative").label == "✓ Tentative **1**"
    page.button(key="filter-agency-WPD").click().run()
    assert (ids(page), page.button(key="chip-agency-WPD").label) == (["MAYBE"], "WPD **1**")
    page.button(key="filter-status-Tentative").click().run()
    assert (ids(page), "status" in page.query_params) == (["SHARED", "MAYBE"], False)


@pytest.mark.usefixtures("local")
def test_chip_removes_its_filter_and_clear_all_the_rest() -> None:
    filters_set = {"town": "Weed", "status": ["Confirmed", "Tentative"], "staffing": ["Clash", "Short of officers"]}
    page = opened("calendar", "coordinator", view="agenda", **filters_set)  # type: ignore[arg-type]
    assert ids(page) == ["SHARED"]
    page.button(key="chip-staffing-Clash").click().run()
    assert page.query_params["staffing"] == "Short of officers"
    page.button(key="chip-status-Confirmed").click().run()
    assert page.query_params["status"] == "Tentative"
    assert ids(page) == []
    assert "None of 3 events from today on passes the filters." in words(page)
    page.button(key="clear-all").click().run()
    assert ids(page) == ["SHARED", "SHERIFFS", "MAYBE"]
    assert "status" not in page.query_params


@pytest.mark.usefixtures("local")
def test_liaison_begins_with_their_agency_and_comes_back_to_it_with_one_click() -> None:
    page = opened("calendar", "liaison", view="agenda")
    assert ids(page) == ["SHARED", "MAYBE"]
    page.button(key="chip-agency-WPD").click().run()
    assert ids(page) == ["SHARED", "SHERIFFS", "MAYBE"]
    page.button(key="own").click().run()
    assert ids(page) == ["SHARED", "MAYBE"]


@pytest.mark.usefixtures("local")
def test_menus_are_drawn_once_they_are_open() -> None:
    page = opened("calendar", "coordinator")
    assert "feed-whose" not in [element.key for element in page.selectbox]
    assert "feed-whose" in [element.key for element in with_menu(page).selectbox]
    stranger = with_menu(opened("calendar", "stranger", view="agenda"))
    assert "feed-whose" not in [element.key for element in stranger.selectbox]


def with_menu(page: AppTest) -> AppTest:
    """The page with its menus open."""
    page.session_state[SUBSCRIBE] = page.session_state[PRINT] = True
    return page.run()


def files_of(page: str, who: str, monkeypatch: pytest.MonkeyPatch, **query: str) -> dict[str, Callable[[], bytes]]:
    """Each download that the page offers in its menu, as the function that makes it."""
    files: dict[str, Callable[[], bytes]] = {}
    monkeypatch.setattr("cwac.web.widgets.download", lambda label, _, make, *__, **___: files.update({label: make}))
    assert not with_menu(opened(page, who, **query)).exception
    return files


@pytest.mark.usefixtures("local")
def test_strangers_file_does_not_say_that_nobody_is_assigned(monkeypatch: pytest.MonkeyPatch) -> None:
    officers = {}
    for who in ("stranger", "coordinator"):
        text = files_of("calendar", who, monkeypatch, view="agenda")["CSV"]().decode()
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        officers[who] = {(row["officers_assigned"], row["officers_confirmed"]) for row in rows}
    assert officers["stranger"] == {("", "")}
    assert "" not in {count for counts in officers["coordinator"] for count in counts}


@pytest.mark.parametrize(("agency", "following"), [(None, "SHARED"), ("SCSO", "SHERIFFS"), ("EPD", None)])
def test_day_without_events_names_the_next_one(agency: str | None, following: str | None) -> None:
    shown = AllEvents(plan.snapshot(), {}, False)
    request = content.Request("day", plan.TODAY, agency)
    event = content.event_after(shown, request)
    assert (event and event.id) == following
    assert content.event_after(shown, replace(request, view="week")) is None

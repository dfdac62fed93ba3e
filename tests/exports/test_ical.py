"""Events as iCalendar: what a scope's calendar has, read back by icalendar and vobject."""

import datetime as dt
import io
from dataclasses import replace
from zoneinfo import ZoneInfo

import icalendar
import pytest
import vobject
from dateutil import tz

from cwac.access import PUBLIC as STRANGER
from cwac.access import Viewer, restrict
from cwac.analysis.revisions import Revisions, advance
from cwac.exports import ical
from cwac.exports.ical import Scope, listed, write
from cwac.model import Assignment, Event, Snapshot, Venue
from tests.cases import each
from tests.web import plan

ZONE = "America/Los_Angeles"
TODAY = dt.date(2026, 11, 25)
AS_OF = dt.datetime(2026, 11, 25, 18, 0, tzinfo=dt.UTC)
STARBUCKS = Venue("Weed Starbucks", "Weed", street="1 Main St", latitude=41.42, longitude=-122.38)
FULL = Event(
    "EV-1", 2, dt.date(2026, 12, 2), dt.time(8, 0), dt.time(9, 30), town="Weed", venue=STARBUCKS, lead_agency="WPD",
    partner_agencies=("SCSO",), status="Confirmed", officers_needed=2, public_notes="Free parking",
    internal_notes="Key at the counter",
)  # fmt: skip
OWN, OF_WPD = Scope("officer", "OF-1"), Scope("agency", "WPD")


def snapshot(*events, zone=ZONE, **records):
    made = {name: tuple(rows) for name, rows in records.items()}
    return Snapshot("plan.xlsx", AS_OF, zone, TODAY, events=events, **made)


def to_file(sheet, **how):
    return write(sheet, ical.ALL, sheet.events, sheet=None, as_file=True, **how)


def written_event(event, scope=ical.PUBLIC, records=None, **how):
    """The event as icalendar reads it from a calendar of it alone."""
    sheet = snapshot(event, **records or {})
    (written,) = icalendar.Calendar.from_ical(write(sheet, scope, sheet.events, **{"sheet": None} | how)).events
    return written


# --- an event ----------------------------------------------------------------------------------------------------


@each(
    ("status", "written", "in_feed", "begins"),
    [
        ("Draft", "TENTATIVE", "TENTATIVE", "Draft: "),
        ("Tentative", "TENTATIVE", "TENTATIVE", "Tentative: "),
        (None, "TENTATIVE", "TENTATIVE", "Tentative: "),
        ("Confirmed", "CONFIRMED", "CONFIRMED", "Coffee"),
        ("Completed", "CONFIRMED", "CONFIRMED", "Coffee"),
        ("Cancelled", "CANCELLED", "CONFIRMED", "Canceled: "),
        ("Postponed", "CANCELLED", "CONFIRMED", "Postponed: "),
    ],
)
def test_status_is_in_the_summary_and_the_public_feed_keeps_canceled_events(status, written, in_feed, begins):
    for scope, as_file in ((ical.PUBLIC, False), (ical.PUBLIC, True), (OF_WPD, False), (ical.ALL, True)):
        event = written_event(replace(FULL, status=status), scope, as_file=as_file)
        assert event["STATUS"] == (in_feed if scope == ical.PUBLIC and not as_file else written)
        assert (event["TRANSP"] == "TRANSPARENT") == (status in ("Draft", "Cancelled", "Postponed"))
        assert event["SUMMARY"].startswith(begins)
        assert event["CLASS"] == ("PUBLIC" if scope == ical.PUBLIC else "PRIVATE")


def test_uid_is_the_same_in_every_calendar_of_a_sheet():
    whole = plan.snapshot()
    uids = {}
    for viewer, scope in ((STRANGER, ical.PUBLIC), (Viewer("liaison", ("WPD",)), Scope("agency", "WPD"))):
        restricted = restrict(whole, viewer)
        text = write(restricted, scope, listed(restricted, scope), sheet=whole.url)
        uids[scope.kind] = {str(event["UID"]) for event in icalendar.Calendar.from_ical(text).events}
    assert ical.uid("SHARED", whole.url) in uids["public"] & uids["agency"]
    assert ical.uid("SHARED", whole.url) != ical.uid("SHARED", whole.url + "-another")
    assert ical.uid("SHARED", whole.url) == ical.uid("SHARED", whole.url, "north")
    assert ical.uid("a b@c\n", None) == "a%20b%40c%0A@workbook.cwac"


# --- time --------------------------------------------------------------------------------------------------------


@each(
    ("day", "hour", "utc"),
    [
        (dt.date(2026, 3, 7), 9, "2026-03-07T17:00:00"),  # the day before the clocks go forward
        (dt.date(2026, 3, 8), 9, "2026-03-08T16:00:00"),
        (dt.date(2026, 3, 8), 1, "2026-03-08T09:00:00"),
        (dt.date(2026, 10, 31), 9, "2026-10-31T16:00:00"),
        (dt.date(2026, 11, 1), 9, "2026-11-01T17:00:00"),  # the day on which they went back
        (dt.date(2028, 2, 29), 9, "2028-02-29T17:00:00"),
        (dt.date(2026, 12, 31), 17, "2027-01-01T01:00:00"),
        (dt.date(2027, 1, 1), 9, "2027-01-01T17:00:00"),
    ],
)
def test_moment_is_right_from_the_file_alone(day, hour, utc):
    sheet = snapshot(replace(FULL, date=day, start=dt.time(hour), end=dt.time(hour, 30)))
    event = vobject.readOne(to_file(sheet).decode()).vevent  # it takes the time zone from the file
    assert event.dtstart.value.astimezone(dt.UTC) == dt.datetime.fromisoformat(utc).replace(tzinfo=dt.UTC)
    assert event.dtend.value - event.dtstart.value == dt.timedelta(minutes=30)


@pytest.mark.slow
@each("zone", [ZONE, "America/Phoenix", "Europe/Dublin", "Africa/Casablanca", "Asia/Kathmandu"])
def test_vtimezone_is_right_at_every_hour_of_the_nights_of_two_years(zone):
    days = [dt.date(2026, 1, 1), dt.date(2027, 12, 31)]
    text = to_file(snapshot(*[replace(FULL, id=str(day), date=day) for day in days], zone=zone)).decode()
    read = tz.tzical(io.StringIO(text[text.index("BEGIN:VTIMEZONE") : text.index("BEGIN:VEVENT")])).get()
    first = dt.datetime(2026, 1, 1, 0, 30)  # noqa: DTZ001
    for moment in (first + dt.timedelta(hours=n) for n in range(2 * 365 * 24) if n % 24 < 6 or n % 24 == 12):
        expected = moment.replace(tzinfo=ZoneInfo(zone))
        if expected.astimezone(dt.UTC).astimezone(ZoneInfo(zone)) == expected:  # an hour that there is
            assert moment.replace(tzinfo=read).utcoffset() == expected.utcoffset(), moment


# --- RFC 5545 ----------------------------------------------------------------------------------------------------

NASTY = 'Kaffee; "Kuchen", C:\\n\\und\nnoch\r\neine Zeile\x07 BEGIN:VEVENT ' + "☕" * 30 + " Ende"


def test_lines_are_folded_at_75_octets_and_two_parsers_read_back_the_typed_text():
    written = to_file(snapshot(replace(FULL, title=NASTY, public_notes=NASTY * 3)))
    lines = written.split(b"\r\n")
    assert written.endswith(b"\r\n")
    assert b"\n" not in b"".join(lines)
    assert max(map(len, lines)) <= 75
    assert [line.decode().encode() for line in lines] == lines
    clean = NASTY.replace("\r\n", "\n").replace("\x07", "")
    title = " ".join(clean.split())
    (first,) = icalendar.Calendar.from_ical(written).events
    second = vobject.readOne(written.decode()).vevent
    assert str(first["SUMMARY"]) == second.summary.value == f"{title}, Weed Starbucks (WPD, SCSO)"
    assert clean in str(first["DESCRIPTION"])
    assert clean in second.description.value


def test_empty_plan_is_a_calendar_and_equal_events_make_equal_bytes():
    assert icalendar.Calendar.from_ical(to_file(snapshot())).events == []
    assert to_file(snapshot(FULL)) == to_file(snapshot(FULL))
    # midnight there: no store tells more
    assert written_event(FULL)["DTSTAMP"].dt == dt.datetime(2026, 11, 25, 8, 0, tzinfo=dt.UTC)


# --- events of a scope -------------------------------------------------------------------------------------------


def ids(scope, *events, **records):
    return [event.id for event in listed(snapshot(*events, **records), scope)]


STATES = ("Draft", "Tentative", None, "Confirmed", "Completed", "Cancelled", "Postponed")
BY_STATE = [replace(FULL, id=str(state), status=state) for state in STATES]
LONG_AGO = [replace(FULL, id=str(n), date=TODAY - dt.timedelta(days=n), status="Cancelled") for n in (59, 60, 61)]
OTHERS = [FULL, replace(FULL, id="EV-2", lead_agency="CHP-MS", partner_agencies=())]


@each(
    ("scope", "events", "shown"),
    [
        (ical.PUBLIC, BY_STATE, "Cancelled Completed Confirmed Postponed"),
        (Scope("agency", "SCSO"), BY_STATE, "Cancelled Completed Confirmed None Postponed Tentative"),
        (ical.ALL, BY_STATE, "Cancelled Completed Confirmed Draft None Postponed Tentative"),
        # a canceled event stays for sixty days
        (ical.PUBLIC, LONG_AGO, "60 59"),
        (ical.ALL, LONG_AGO, "61 60 59"),
        # events that name the agency or that it staffs
        (Scope("agency", "WPD"), OTHERS, "EV-1"),
        (Scope("agency", "YPD"), OTHERS, "EV-2"),
    ],
)
def test_calendar_of_a_scope_has_its_events_alone(scope, events, shown):
    rows = [Assignment("EV-2", 2, "OF-9", "Z. Sample", "YPD")]
    assert ids(scope, *events, assignments=rows) == shown.split()


def test_officer_calendar_has_only_events_that_they_go_to():
    events = [replace(FULL, id=str(n)) for n in range(3)]
    rows = [
        Assignment("0", 2, "OF-1", "A. Sample", "WPD", role="Host", report_time=dt.time(7, 30), status="Confirmed"),
        Assignment("0", 3, "OF-2", "B. Demo", "WPD"),
        Assignment("1", 4, "OF-1", "A. Sample", "WPD", status="Declined"),
    ]
    assert ids(Scope("officer", "OF-1"), *events, assignments=rows) == ["0"]
    description = str(written_event(replace(FULL, id="0"), OWN, {"assignments": rows})["DESCRIPTION"])
    assert "A. Sample: WPD, Host, report 7:30 AM, confirmed." in description
    assert "B. Demo" not in description


@each(
    ("rows", "event", "start", "end"),
    [
        ([(dt.time(7, 30), dt.time(10))], FULL, dt.time(7, 30), dt.time(10)),
        ([(dt.time(7, 30), None)], FULL, dt.time(7, 30), dt.time(9, 30)),
        ([(None, dt.time(9))], FULL, dt.time(8), dt.time(9)),
        ([(None, None)], FULL, dt.time(8), dt.time(9, 30)),
        ([(dt.time(7, 30), dt.time(8, 30)), (dt.time(9), dt.time(10))], FULL, dt.time(7, 30), dt.time(10)),
        ([(dt.time(10), dt.time(9))], FULL, dt.time(8), dt.time(9, 30)),  # a typing mistake
        ([(dt.time(7, 30), None)], replace(FULL, end=None), dt.time(7, 30), dt.time(9, 30)),
    ],
    ids=["both", "report", "release", "neither", "two shifts", "reversed", "event without end"],
)
def test_own_calendar_and_its_reminders_have_the_times_of_the_shift(rows, event, start, end):
    assignments = [
        Assignment("EV-1", at, "OF-1", "A. Sample", "WPD", report_time=report, release_time=release, status="Confirmed")
        for at, (report, release) in enumerate(rows)
    ]
    others = [
        Assignment("EV-1", 8, "OF-2", "B. Demo", "WPD", report_time=dt.time(6, 30), status="Confirmed"),
        Assignment("EV-1", 9, "OF-1", "A. Sample", "WPD", report_time=dt.time(6), status="Declined"),
    ]
    times = {}
    for scope in (OWN, OF_WPD):
        written = written_event(event, scope, {"assignments": (*assignments, *others)}, remind=("2h",))
        (alarm,) = written.walk("VALARM")
        times[scope] = written["DTSTART"].dt.time(), written["DTEND"].dt.time(), alarm["TRIGGER"].dt
        is_said = "Your shift is in the calendar; the event is 8:00" in str(written["DESCRIPTION"])
        assert is_said == (scope == OWN and (start, end) != (dt.time(8), dt.time(9, 30)))
    two_hours_before = dt.timedelta(hours=-2)
    assert times == {OWN: (start, end, two_hours_before), OF_WPD: (dt.time(8), dt.time(9, 30), two_hours_before)}


@each(
    ("status", "day", "words"),
    [
        ("Confirmed", dt.date(2026, 12, 2), ("The time is not known yet.", "Aún no se conoce la hora.")),
        ("Confirmed", dt.date(2026, 11, 2), ("The time is not known.", "No se conoce la hora.")),
        ("Cancelled", dt.date(2026, 12, 2), ("The time is not known.", "No se conoce la hora.")),
        ("Completed", dt.date(2026, 11, 2), ("The time is not known.", "No se conoce la hora.")),
    ],
)
def test_calendar_says_that_a_time_is_not_known_yet_only_of_an_event_to_come(status, day, words):
    event = replace(FULL, start=None, end=None, status=status, date=day)
    for language, said in zip(("en", "es"), words, strict=True):
        assert str(written_event(event, language=language)["DESCRIPTION"]).splitlines()[1] == said


def test_parking_is_in_the_calendars_of_those_who_go_and_never_in_the_public_one():
    event = replace(FULL, venue=replace(STARBUCKS, parking="Back lot"))
    rows = [Assignment("EV-1", 2, "OF-1", "A. Sample", "WPD")]
    for scope, is_there in ((OWN, True), (OF_WPD, True), (ical.PUBLIC, False), (ical.ALL, False)):
        said = str(written_event(event, scope, {"assignments": rows})["DESCRIPTION"])
        assert ("Parking: Back lot." in said, "Back lot" in said) == (is_there, is_there)


def test_public_calendar_has_no_names_and_no_private_notes():
    whole = plan.snapshot()
    restricted = restrict(whole, STRANGER)
    public = write(restricted, ical.PUBLIC, listed(restricted, ical.PUBLIC), sheet=whole.url)
    # Even from a snapshot that is not restricted.
    careless = write(whole, ical.PUBLIC, listed(whole, ical.PUBLIC), sheet=whole.url)
    private = write(whole, Scope("agency", "WPD"), listed(whole, Scope("agency", "WPD")), sheet=whole.url)
    everything = to_file(whole)
    assert b"lantedsample" in private.replace(b"\r\n ", b"")
    for written in (public, careless):
        assert b"lanted" not in written.replace(b"\r\n ", b"")
        assert b"Free parking" in written
    assert b"lantedsample" not in everything.replace(b"\r\n ", b"")


@each(
    ("text", "kind"),
    [("public", "public"), ("agency:WPD", "agency"), ("officer:OF-01", "officer"), ("agency:A:B", "agency"),
     *[(text, None) for text in ("", "all", "agency:", "officer", "coordinator:x", "agencyWPD")]],
)  # fmt: skip
def test_scope_is_parsed_from_its_text_and_none_if_it_is_no_scope(text, kind):
    scope = Scope.parse(text)
    assert (scope and scope.kind, str(scope)) == (kind, text if kind else "None")


MOVED = replace(FULL, start=dt.time(9))
STAFFED = snapshot(MOVED, assignments=[Assignment("EV-1", 2, "OF-1", "A. Sample", "WPD")])


@each(
    ("versions", "scope", "sequence", "hour"),
    [
        ([snapshot(FULL), snapshot(FULL)], ical.PUBLIC, 0, 0),
        ([snapshot(FULL), snapshot(replace(FULL, internal_notes="other"))], ical.PUBLIC, 0, 0),
        ([snapshot(FULL), snapshot(MOVED)], ical.PUBLIC, 1, 1),
        ([snapshot(FULL), snapshot(MOVED), STAFFED], ical.PUBLIC, 1, 1),
        ([snapshot(FULL), snapshot(MOVED), STAFFED], OF_WPD, 2, 2),
        ([snapshot(FULL), snapshot(MOVED), snapshot(), snapshot(FULL)], ical.PUBLIC, 2, 3),
    ],
    ids=["equal", "internal note", "moved", "staffed", "staffed, for its agency", "gone and back"],
)
def test_sequence_and_last_modified_follow_what_the_scope_shows(versions, scope, sequence, hour):
    revisions = Revisions()
    for number, version in enumerate(versions):
        revisions = advance(revisions, version, AS_OF + dt.timedelta(hours=number))
    written = written_event(FULL, scope, past=revisions)
    assert written["DTSTAMP"].dt == written["LAST-MODIFIED"].dt == AS_OF + dt.timedelta(hours=hour)
    assert written["SEQUENCE"] == sequence


# --- feeds, files, reminders --------------------------------------------------------------------------------------


def test_file_is_published_and_a_feed_has_no_method():
    sheet = snapshot(FULL)
    changed = advance(Revisions(), sheet, AS_OF - dt.timedelta(days=2))
    read = icalendar.Calendar.from_ical(to_file(sheet, past=changed))
    (event,) = read.events
    assert (read["METHOD"], event["DTSTAMP"].dt) == ("PUBLISH", AS_OF)
    assert event["LAST-MODIFIED"].dt == AS_OF - dt.timedelta(days=2)
    assert b"METHOD" not in write(sheet, ical.PUBLIC, sheet.events, sheet=None)


@each(
    ("event", "typed", "before"),
    [
        (FULL, ["1d,2h"], [dt.timedelta(days=-1), dt.timedelta(hours=-2)]),
        (FULL, ["2h,1d", "1d"], [dt.timedelta(days=-1), dt.timedelta(hours=-2)]),
        (FULL, ["2h", "5m", "", "2H"], [dt.timedelta(hours=-2)]),
        (replace(FULL, start=None, end=None), ["1d,2h"], [dt.timedelta(hours=-15)]),
        (replace(FULL, status="Cancelled"), ["1d,2h"], []),
        (replace(FULL, status="Postponed"), ["1d,2h"], []),
    ],
)
def test_reminders(event, typed, before):
    written = written_event(event, remind=ical.reminders(typed))
    alarms = written.walk("VALARM")
    assert [alarm["TRIGGER"].dt for alarm in alarms] == before
    assert {alarm["ACTION"] for alarm in alarms} <= {"DISPLAY"}
    assert {str(alarm["DESCRIPTION"]) for alarm in alarms} <= {str(written["SUMMARY"])}

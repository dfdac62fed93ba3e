import datetime as dt
import io
from dataclasses import replace
from zoneinfo import ZoneInfo

import icalendar
import pytest
import vobject
from click.testing import CliRunner
from dateutil import tz

from cwac.access import PUBLIC as STRANGER
from cwac.access import Viewer, restrict
from cwac.cli import main
from cwac.exports import ical
from cwac.exports.ical import Past, Scope, listed, traced, write
from cwac.model import Agency, Assignment, Event, Snapshot, Venue
from tests.web import plan

ZONE = "America/Los_Angeles"
TODAY = dt.date(2026, 11, 25)
AS_OF = dt.datetime(2026, 11, 25, 18, 0, tzinfo=dt.UTC)
STARBUCKS = Venue("Weed Starbucks", "Weed", street="1 Main St", latitude=41.42, longitude=-122.38)
FULL = Event(
    "EV-1",
    2,
    dt.date(2026, 12, 2),
    dt.time(8, 0),
    dt.time(9, 30),
    town="Weed",
    venue=STARBUCKS,
    lead_agency="WPD",
    partner_agencies=("SCSO",),
    status="Confirmed",
    officers_needed=2,
    public_notes="Free parking",
    internal_notes="Key at the counter",
)


def snapshot(*events, zone=ZONE, **records):
    made = {name: tuple(rows) for name, rows in records.items()}
    return Snapshot("plan.xlsx", AS_OF, zone, TODAY, events=events, **made)


def one(event, scope=ical.PUBLIC, **records):
    """The event as one parser reads it from the calendar made of it alone."""
    given = snapshot(event, **records)
    (found,) = icalendar.Calendar.from_ical(write(given, scope, given.events, sheet=None)).events
    return found


def at(*events, zone=ZONE, **records):
    """The events as another parser reads them, which takes the zone from the file itself."""
    given = snapshot(*events, zone=zone, **records)
    text = write(given, ical.ALL, given.events, sheet=None).decode()
    return vobject.readOne(text).vevent_list


# --- what is said of an event --------------------------------------------------------------------------------------


def test_an_event_says_when_where_who_and_how_sure():
    found = one(FULL, agencies=[Agency("WPD", "Weed Police Department")])
    assert {name.lower(): str(found[name]) for name in ("UID", "SUMMARY", "LOCATION", "STATUS", "CLASS", "TRANSP")} == {
        "uid": "EV-1@workbook.cwac",
        "summary": "Coffee with a Cop, Weed Starbucks (WPD, SCSO)",
        "location": "Weed Starbucks, 1 Main St, Weed",
        "status": "CONFIRMED",
        "class": "PUBLIC",
        "transp": "OPAQUE",
    }
    assert found["DTSTART"].dt == dt.datetime(2026, 12, 2, 8, 0, tzinfo=ZoneInfo(ZONE))
    assert found["DTEND"].dt == dt.datetime(2026, 12, 2, 9, 30, tzinfo=ZoneInfo(ZONE))
    assert found["DTSTART"].params["TZID"] == ZONE
    assert found["DTSTAMP"].dt == AS_OF
    assert found["GEO"].to_ical() == "41.42;-122.38"
    assert found.categories == ["WPD", "SCSO"]
    assert str(found["DESCRIPTION"]) == "Confirmed.\nAgencies: Weed Police Department (WPD); SCSO.\nFree parking"


@pytest.mark.parametrize(
    ("status", "written", "begins"),
    [
        ("Draft", "TENTATIVE", "Draft: "),
        ("Tentative", "TENTATIVE", "Tentative: "),
        (None, "TENTATIVE", "Tentative: "),
        ("Confirmed", "CONFIRMED", "Coffee"),
        ("Completed", "CONFIRMED", "Coffee"),
        ("Cancelled", "CANCELLED", "Cancelled: "),
        ("Postponed", "CANCELLED", "Postponed: "),
    ],
)
def test_the_state_is_said_twice_since_calendars_show_status_in_many_ways(status, written, begins):
    found = one(replace(FULL, status=status), ical.ALL)
    assert found["STATUS"] == written
    assert found["SUMMARY"].startswith(begins)


def test_without_a_start_it_lasts_all_day_and_blocks_nobody():
    found = one(replace(FULL, start=None, end=None))
    assert (found["DTSTART"].dt, found["DTEND"].dt) == (dt.date(2026, 12, 2), dt.date(2026, 12, 3))
    assert found["TRANSP"] == "TRANSPARENT"
    assert "The time is not known yet." in found["DESCRIPTION"]


def test_without_an_end_the_usual_length_is_assumed_and_said():
    found = one(replace(FULL, end=None))
    assert found["DTEND"].dt - found["DTSTART"].dt == dt.timedelta(minutes=90)
    assert "The end is not known yet: 90 minutes are assumed." in found["DESCRIPTION"]


def test_one_event_has_one_uid_in_every_calendar_of_a_sheet_and_another_in_another_sheet():
    given = plan.snapshot()
    of = {}
    for viewer, scope in ((STRANGER, ical.PUBLIC), (Viewer("liaison", ("WPD",)), Scope("agency", "WPD"))):
        share = restrict(given, viewer)
        written = icalendar.Calendar.from_ical(write(share, scope, listed(share, scope), sheet=given.url))
        of[scope.kind] = {str(event["UID"]) for event in written.events}
    assert ical.uid("SHARED", given.url) in of["public"] & of["agency"]
    assert ical.uid("SHARED", given.url) != ical.uid("SHARED", given.url + "-another")
    assert ical.uid("a b@c\n", None) == "a%20b%40c%0A@workbook.cwac"


# --- when --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
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
def test_the_file_alone_says_which_moment_it_is(day, hour, utc):
    (found,) = at(replace(FULL, date=day, start=dt.time(hour), end=dt.time(hour, 30)))
    assert found.dtstart.value.astimezone(dt.UTC) == dt.datetime.fromisoformat(utc).replace(tzinfo=dt.UTC)
    assert found.dtend.value - found.dtstart.value == dt.timedelta(minutes=30)


@pytest.mark.parametrize("zone", [ZONE, "America/Phoenix", "Europe/Dublin", "Africa/Casablanca", "Asia/Kathmandu"])
def test_the_zone_in_the_file_is_right_at_every_hour_of_four_years(zone):
    days = [dt.date(2026, 1, 1), dt.date(2029, 12, 31)]
    text = ical.to_ics(snapshot(*[replace(FULL, id=str(day), date=day) for day in days], zone=zone)).decode()
    read = tz.tzical(io.StringIO(text[text.index("BEGIN:VTIMEZONE") : text.index("BEGIN:VEVENT")])).get()
    first = dt.datetime(2026, 1, 1, 0, 30)  # noqa: DTZ001
    for moment in (first + dt.timedelta(hours=n) for n in range(4 * 365 * 24)):
        expected = moment.replace(tzinfo=ZoneInfo(zone))
        if expected.astimezone(dt.UTC).astimezone(ZoneInfo(zone)) == expected:  # an hour that there is
            assert moment.replace(tzinfo=read).utcoffset() == expected.utcoffset(), moment


def test_a_zone_of_regular_changes_is_two_rules_and_the_onset_is_in_the_old_time():
    text = ical.to_ics(snapshot(FULL)).decode()
    assert "DTSTART:20260308T020000\r\nRRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3" in text
    assert "DTSTART:20261101T020000\r\nRRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11" in text


# --- as RFC 5545 wants it ------------------------------------------------------------------------------------------

NASTY = 'Kaffee; "Kuchen", C:\\n\\und\nnoch\r\neine Zeile\x07 BEGIN:VEVENT ' + "☕" * 30 + " Ende"


def test_lines_are_short_end_as_they_should_and_hold_whole_characters():
    given = snapshot(replace(FULL, title=NASTY, public_notes=NASTY * 3))
    written = ical.to_ics(given)
    lines = written.split(b"\r\n")
    assert written.endswith(b"\r\n")
    assert b"\n" not in b"".join(lines)
    assert max(map(len, lines)) <= 75
    assert b"\x07" not in written
    for line in lines:
        line.decode()


def test_two_parsers_read_back_what_was_typed():
    given = snapshot(replace(FULL, title=NASTY, public_notes=NASTY))
    written = ical.to_ics(given)
    clean = NASTY.replace("\r\n", "\n").replace("\x07", "")
    title = " ".join(clean.split())
    (first,) = icalendar.Calendar.from_ical(written).events
    second = vobject.readOne(written.decode()).vevent
    assert str(first["SUMMARY"]) == second.summary.value == f"{title}, Weed Starbucks (WPD, SCSO)"
    assert clean in str(first["DESCRIPTION"])
    assert clean in second.description.value


def test_an_empty_plan_is_a_calendar_too():
    assert icalendar.Calendar.from_ical(ical.to_ics(snapshot())).events == []


def test_equal_events_make_equal_bytes():
    assert ical.to_ics(snapshot(FULL)) == ical.to_ics(snapshot(FULL))


# --- which -------------------------------------------------------------------------------------------------------


def ids(scope, *events, **records):
    return [event.id for event in listed(snapshot(*events, **records), scope)]


def test_the_public_is_told_nothing_that_is_not_sure():
    states = ("Draft", "Tentative", None, "Confirmed", "Completed", "Cancelled", "Postponed")
    events = [replace(FULL, id=str(state), status=state) for state in states]
    assert ids(ical.PUBLIC, *events) == ["Cancelled", "Completed", "Confirmed", "Postponed"]
    assert ids(Scope("agency", "SCSO"), *events) == [
        "Cancelled", "Completed", "Confirmed", "None", "Postponed", "Tentative",
    ]  # fmt: skip
    assert sorted(ids(ical.ALL, *events)) == sorted(map(str, states))


def test_what_was_called_off_stays_sixty_days():
    days = (59, 60, 61)
    events = [replace(FULL, id=str(n), date=TODAY - dt.timedelta(days=n), status="Cancelled") for n in days]
    assert ids(ical.PUBLIC, *events) == ["60", "59"]
    assert ids(ical.ALL, *events) == ["61", "60", "59"]


def test_an_agency_sees_what_it_is_named_on_or_sends_somebody_to():
    events = [FULL, replace(FULL, id="EV-2", lead_agency="CHP-MS", partner_agencies=())]
    rows = [Assignment("EV-2", 2, "OF-9", "Z. Sample", "YPD")]
    assert ids(Scope("agency", "WPD"), *events, assignments=rows) == ["EV-1"]
    assert ids(Scope("agency", "YPD"), *events, assignments=rows) == ["EV-2"]


def test_an_officer_sees_only_where_they_go():
    events = [replace(FULL, id=str(n)) for n in range(3)]
    rows = [
        Assignment("0", 2, "OF-1", "A. Sample", "WPD", role="Host", report_time=dt.time(7, 30), status="Confirmed"),
        Assignment("0", 3, "OF-2", "B. Demo", "WPD"),
        Assignment("1", 4, "OF-1", "A. Sample", "WPD", status="Declined"),
    ]
    assert ids(Scope("officer", "OF-1"), *events, assignments=rows) == ["0"]
    told = str(one(replace(FULL, id="0"), Scope("officer", "OF-1"), assignments=rows)["DESCRIPTION"])
    assert "A. Sample: WPD, Host, report 7:30 AM, confirmed." in told
    assert "B. Demo" not in told


def test_no_name_and_no_private_word_leaves_in_a_public_calendar():
    given = plan.snapshot()
    share = restrict(given, STRANGER)
    public = write(share, ical.PUBLIC, listed(share, ical.PUBLIC), sheet=given.url)
    # Even of a snapshot that nobody has narrowed.
    careless = write(given, ical.PUBLIC, listed(given, ical.PUBLIC), sheet=given.url)
    private = write(given, Scope("agency", "WPD"), listed(given, Scope("agency", "WPD")), sheet=given.url)
    everything = ical.to_ics(given)
    assert b"lantedsample" in private.replace(b"\r\n ", b"")
    for written in (public, careless):
        assert b"lanted" not in written.replace(b"\r\n ", b"")
        assert b"Free parking" in written
    assert b"lantedsample" not in everything.replace(b"\r\n ", b"")


@pytest.mark.parametrize("text", ["public", "agency:WPD", "officer:OF-01", "agency:A:B"])
def test_a_scope_is_what_its_words_say(text):
    assert str(Scope.parse(text)) == text


@pytest.mark.parametrize("text", ["", "all", "agency:", "officer", "coordinator:x", "agencyWPD"])
def test_other_words_are_no_scope(text):
    assert Scope.parse(text) is None


POLICE = Agency("WPD", "Police of Weed")


def test_what_is_known_is_written_again_only_where_something_changed():
    crew = [Assignment("EV-1", 2, "OF-1", "A. Sample", "WPD")]
    first, staffed = snapshot(FULL), snapshot(FULL, assignments=crew)
    scope, known = Scope("agency", "WPD"), {}
    assert POLICE not in first.agencies
    for given in (
        first,
        staffed,
        replace(staffed, timezone="America/New_York"),
        replace(staffed, agencies=(POLICE,)),
        first,
    ):
        afresh = write(given, scope, given.events, sheet=None)
        assert write(given, scope, given.events, sheet=None, known=known) == afresh
        before = known["EV-1"]
        write(given, scope, given.events, sheet=None, known=known)
        assert known["EV-1"] is before
    later = replace(first, as_of=AS_OF + dt.timedelta(hours=1))
    assert write(later, scope, later.events, sheet=None, known=known) == write(later, scope, later.events, sheet=None)


# --- changes -----------------------------------------------------------------------------------------------------


def hours(number):
    return AS_OF + dt.timedelta(hours=number)


def edition(traces, scope):
    given = snapshot(FULL)
    (found,) = icalendar.Calendar.from_ical(write(given, scope, given.events, sheet=None, past=Past(traces))).events
    assert found["DTSTAMP"].dt == found["LAST-MODIFIED"].dt
    return int(found["SEQUENCE"]), found["LAST-MODIFIED"].dt


def after(*versions):
    traces = {}
    for number, version in enumerate(versions):
        traces = traced(traces, version, hours(number))
    return traces


def test_sequence_and_last_modified_follow_what_the_reader_can_see():
    crew = [Assignment("EV-1", 2, "OF-1", "A. Sample", "WPD")]
    first, moved = snapshot(FULL), snapshot(replace(FULL, start=dt.time(9)))
    staffed = snapshot(replace(FULL, start=dt.time(9)), assignments=crew)
    assert edition(after(first, first), ical.PUBLIC) == (0, hours(0))
    assert edition(after(first, moved), ical.PUBLIC) == (1, hours(1))
    assert edition(after(first, moved, staffed), ical.PUBLIC) == (1, hours(1))
    assert edition(after(first, moved, staffed), Scope("agency", "WPD")) == (2, hours(2))


def test_a_secret_note_gives_no_sign():
    assert edition(after(snapshot(FULL), snapshot(replace(FULL, internal_notes="other"))), ical.PUBLIC) == (0, hours(0))


def test_an_event_that_comes_back_goes_on_counting():
    moved = snapshot(replace(FULL, start=dt.time(9)))
    assert edition(after(snapshot(FULL), moved, snapshot(), snapshot(FULL)), ical.PUBLIC) == (2, hours(3))


# --- the command ---------------------------------------------------------------------------------------------------


def test_the_command_writes_the_events_that_it_writes_as_rows(tmp_path):
    path = plan.save(tmp_path / "plan.xlsx")
    done = CliRunner().invoke(main, ["export", "events", str(path), "--on", "2026-11-25", "--format", "ics"])
    assert done.exit_code == 0, done.output
    found = {str(event["UID"]).split("@")[0] for event in icalendar.Calendar.from_ical(done.stdout_bytes).events}
    assert found == {"SHARED", "SHERIFFS", "MAYBE", "GONE", "RAINED", "UNCOUNTED"}

"""Who may see what: the gate narrows the snapshot, and lets nothing private through that was planted."""

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterator

import pytest

from cwac import access
from cwac.access import COORDINATOR, PUBLIC, Viewer, visible_to
from cwac.answers.alerts import alerts
from cwac.model import (
    Agency,
    Assignment,
    Count,
    Coverage,
    Event,
    FollowUp,
    Headcount,
    Officer,
    Snapshot,
    TimeOff,
    Town,
    Undated,
    UnreadPerson,
    Venue,
)
from cwac.settings import Settings
from tests.ui import plan

CHP = Viewer("liaison", ("CHP-MS",))
SCSO = Viewer("liaison", ("SCSO",))


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return plan.snapshot()


def texts(value: object) -> Iterator[str]:
    """Every text that is anywhere in a record, whatever the field."""
    if isinstance(value, str):
        yield value
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from texts(getattr(value, field.name))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from texts(key)
            yield from texts(item)
    elif isinstance(value, tuple | list):
        for item in value:
            yield from texts(item)


def planted(value: object) -> set[str]:
    return {text for text in texts(value) if "planted" in text.lower() or "530-555" in text}


# --- strangers -----------------------------------------------------------------------------------------------------


def test_a_coordinator_sees_everything_that_was_planted(snapshot: Snapshot) -> None:
    seen = planted(visible_to(COORDINATOR, snapshot))
    assert {
        "planted-internal", "planted-funding", "planted-backup", "planted-tentative", "planted-staffing-note",
        "planted-count-note", "planted-weather", "planted-contact", "planted-permission", "530-555-0100",
        "planted-role", "planted-summary-wpd", "planted-date", "A. Plantedsample", "D. Plantedtrial",
        "liaison@planted.example.gov", "https://docs.google.com/spreadsheets/d/planted-key", "planted-stranger",
        "abc planted-count",
    } <= seen  # fmt: skip


def test_a_stranger_sees_nothing_that_was_planted(snapshot: Snapshot) -> None:
    assert planted(visible_to(PUBLIC, snapshot)) == set()


def test_a_stranger_sees_events_places_agencies_public_notes_and_how_many_came(snapshot: Snapshot) -> None:
    share = visible_to(PUBLIC, snapshot)
    assert [(event.id, event.status) for event in share.events] == [
        ("SHARED", "Confirmed"),
        ("SHERIFFS", "Confirmed"),
        ("GONE", "Completed"),
        ("RAINED", "Cancelled"),
        ("UNCOUNTED", "Completed"),
    ]
    shared = share.event_by_id["SHARED"]
    assert (shared.public_notes, shared.lead_agency, shared.partner_agencies) == ("Free parking", "CHP-MS", ("WPD",))
    assert shared.venue is not None
    assert (shared.venue.name, shared.venue.street) == ("Weed Starbucks", "1 Main St")
    assert [agency.short for agency in share.agencies] == ["CHP-MS", "WPD", "SCSO"]
    assert [row.guests and row.guests.best for row in share.headcounts] == [24, None]
    assert (share.assignments, share.officers, share.follow_ups, share.problems, share.undated) == ((), (), (), (), ())
    assert (share.source, share.url, share.accounting, share.tab_ids) == ("", None, {}, {})


def test_an_event_without_a_status_is_tentative_and_not_for_strangers(snapshot: Snapshot) -> None:
    unread = dataclasses.replace(snapshot.event_by_id["SHARED"], status=None)
    share = visible_to(PUBLIC, dataclasses.replace(snapshot, events=(unread,)))
    assert share.events == ()
    assert share.headcounts == ()


# --- liaisons ------------------------------------------------------------------------------------------------------


def test_a_liaison_sees_the_names_on_events_shared_with_their_own_agency_only(snapshot: Snapshot) -> None:
    share = visible_to(CHP, snapshot)
    assert [(row.event_id, row.name, row.agency, row.role, row.status, row.note) for row in share.assignments] == [
        ("SHARED", "A. Plantedsample", "WPD", "Host", "Confirmed", "planted-staffing-note"),
        ("SHARED", "C. Plantedexample", "CHP-MS", "Greeter", "Assigned", None),
        ("SHARED", None, "SCSO", "Floor", "Assigned", None),
        ("SHERIFFS", "SCSO officer", "SCSO", "Host", "Confirmed", None),
        ("SHERIFFS", "SCSO officer", "SCSO", "Bilingual", "Requested", None),
        ("GONE", "A. Plantedsample", "WPD", "Host", "Attended", None),
    ]
    assert {"B. Planteddemo", "D. Plantedtrial", "planted-sheriffs-note", "OF-02", "OF-04"}.isdisjoint(texts(share))
    assert [officer.name for officer in share.officers] == [
        "A. Plantedsample",
        "C. Plantedexample",
        "SCSO officer",
        "SCSO officer",
    ]
    assert {days.officer for days in share.time_off} == {"OF-03"}


def test_who_sends_an_officer_shares_the_event(snapshot: Snapshot) -> None:
    # SCSO is not named on SHARED, but has a post there.
    assert "A. Plantedsample" in set(texts(visible_to(SCSO, snapshot)))


def test_gaps_are_counted_the_same_without_names(snapshot: Snapshot) -> None:
    codes = {(alert.code, alert.event_ids) for alert in alerts(snapshot, plan.TODAY)}
    assert {(alert.code, alert.event_ids) for alert in alerts(visible_to(CHP, snapshot), plan.TODAY)} == codes
    assert ("understaffed", ("SHERIFFS",)) in codes


def test_nobody_without_a_name_clashes_with_anybody(snapshot: Snapshot) -> None:
    sheriffs = snapshot.event_by_id["SHERIFFS"]
    twin = dataclasses.replace(sheriffs, id="TWIN", venue=None, venue_text=None, town="Etna")
    rows = tuple(
        dataclasses.replace(row, event_id="TWIN") for row in snapshot.assignments if row.event_id == "SHERIFFS"
    )
    both = dataclasses.replace(snapshot, events=(*snapshot.events, twin), assignments=(*snapshot.assignments, *rows))
    clash = "officer-double-booked"
    assert [alert.code for alert in alerts(both, plan.TODAY) if alert.code == clash] == [clash] * 2
    assert [alert.code for alert in alerts(visible_to(CHP, both), plan.TODAY) if alert.code == clash] == []


def test_a_liaison_reads_the_follow_ups_of_their_own_agency(snapshot: Snapshot) -> None:
    def summaries(agency: str) -> list[str | None]:
        return [one.summary for one in visible_to(Viewer("liaison", (agency,)), snapshot).follow_ups]

    assert summaries("WPD") == ["planted-summary-wpd", None, None]
    assert summaries("CHP-MS") == [None, None, "planted-summary-lead"]  # referred to nobody: the lead's
    assert summaries("SCSO") == [None, "planted-summary-scso", None]


def test_a_liaison_sees_the_problems_of_their_own_rows(snapshot: Snapshot) -> None:
    def cells(agency: str) -> set[str]:
        share = visible_to(Viewer("liaison", (agency,)), snapshot)
        return {f"{one.tab} {one.cell}" for one in share.problems if one.severity != "notice"}

    assert cells("WPD") == {"Events B8", "Events A7", "Attendance B3"}
    assert cells("CHP-MS") == {"Attendance B3", "Agencies D2"}
    assert cells("SCSO") == {"Events A7"}


def test_a_row_typed_into_events_is_nobodys_row_of_another_tab() -> None:
    """In a sheet of one tab an assignment has its event's row number, which means another row in Staffing."""
    events = [
        ["Event ID", "Date", "Town", "Lead agency", "Status", "Officers"],
        ["E1", plan.serial(plan.TODAY), "Weed", "WPD", "Confirmed", "A. Plantedsample"],
        ["E2", plan.serial(plan.TODAY), "Yreka", "SCSO", "Confirmed", None],
    ]
    staffing = [["Event ID", "Officer", "Hours"], ["E2", "B. Planteddemo", "a secret of SCSO"]]
    share = visible_to(Viewer("liaison", ("WPD",)), plan.snapshot(Events=events, Staffing=staffing))
    assert "a secret of SCSO" not in set(texts(share))


# --- never crossing over -------------------------------------------------------------------------------------------


def test_each_share_has_a_hash_of_its_own(snapshot: Snapshot) -> None:
    viewers = (COORDINATOR, PUBLIC, CHP, SCSO, Viewer("liaison"), Viewer("liaison", ("CHP-MS", "SCSO")))
    hashes = [visible_to(viewer, snapshot).content_hash for viewer in viewers]
    assert len(set(hashes)) == len(viewers)


def filled(records: tuple[object, ...]) -> set[str]:
    return {
        field.name
        for record in records
        for field in dataclasses.fields(record)  # type: ignore[arg-type]
        if getattr(record, field.name) not in (None, (), 0, "", False)
    }


def test_a_strangers_records_are_made_of_these_fields(snapshot: Snapshot) -> None:
    share = visible_to(PUBLIC, snapshot)
    assert filled(share.events) <= {
        "id", "date", "start", "end", "title", "town", "venue", "lead_agency", "partner_agencies", "status",
        "cancel_reason", "replaces", "public_notes",
    }  # fmt: skip
    assert filled(share.agencies) <= {"short", "name", "type", "home_town", "colour", "active"}
    assert filled(share.venues) <= {"name", "town", "street", "latitude", "longitude", "active"}
    assert filled(share.headcounts) <= {"event_id", "guests"}
    assert filled(share.towns) <= {"name", "aliases", "population", "latitude", "longitude"}


RECORDS: dict[type, Callable[[Snapshot], tuple[object, ...]]] = {
    Event: lambda share: share.events,
    Undated: lambda share: share.undated,
    Assignment: lambda share: share.assignments,
    UnreadPerson: lambda share: share.unread_people,
    Headcount: lambda share: share.headcounts,
    Count: lambda share: tuple(row.guests for row in share.headcounts if row.guests),
    Agency: lambda share: share.agencies,
    Officer: lambda share: share.officers,
    TimeOff: lambda share: share.time_off,
    Venue: lambda share: (*share.venues, *(event.venue for event in share.events if event.venue)),
    Town: lambda share: share.towns,
    Coverage: lambda share: share.coverage,
    FollowUp: lambda share: share.follow_ups,
}


@pytest.mark.parametrize("kind", RECORDS, ids=[kind.__name__ for kind in RECORDS])
def test_a_field_that_nobody_thought_of_is_left_out(
    snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch, kind: type
) -> None:
    """A field that the list does not name, as a new one in the model would not be, does not come through."""
    assert set(RECORDS) == set(access.LIAISON_FIELDS)
    needed = {field.name for field in dataclasses.fields(kind) if field.default is dataclasses.MISSING}
    values = filled(RECORDS[kind](visible_to(CHP, snapshot))) - needed
    assert values
    for name in values:
        names = tuple(one for one in access.LIAISON_FIELDS[kind] if one != name)
        monkeypatch.setattr(access, "LIAISON_FIELDS", {**access.LIAISON_FIELDS, kind: names})
        left = tuple(one for one in RECORDS[kind](visible_to(CHP, snapshot)) if "#" not in str(getattr(one, "id", "")))
        if kind is not Assignment:  # nameless ones keep what gaps are counted by
            default = {field.name: field.default for field in dataclasses.fields(kind)}[name]
            assert {repr(getattr(one, name)) for one in left} == {repr(default)}, name
        monkeypatch.undo()


# --- who is it -----------------------------------------------------------------------------------------------------

AGENCIES = (
    Agency("CHP-MS", "", emails=("mtshasta@chp.example.gov", "chp.example.gov")),
    Agency("CHP-YR", "", emails=("CHP.example.gov",)),
    Agency("WPD", "", emails=("@wpd.example.gov",)),
)
LISTED = Settings(
    workbook="x", auth=True, viewers=("@chp.example.gov", "one@wpd.example.gov"), coordinators=("boss@wpd.example.gov",)
)


@pytest.mark.parametrize(
    ("claims", "viewer"),
    [
        ({"email": "Boss@WPD.example.gov"}, Viewer("coordinator", ("WPD",), "boss@wpd.example.gov")),
        ({"email": "one@wpd.example.gov"}, Viewer("liaison", ("WPD",), "one@wpd.example.gov")),
        ({"email": "mtshasta@chp.example.gov"}, Viewer("liaison", ("CHP-MS",), "mtshasta@chp.example.gov")),
        ({"email": "x@chp.example.gov"}, Viewer("liaison", ("CHP-MS", "CHP-YR"), "x@chp.example.gov")),
        ({"email": "two@wpd.example.gov"}, Viewer("public", (), "two@wpd.example.gov")),
        ({"email": "x@evil-chp.example.gov"}, Viewer("public", (), "x@evil-chp.example.gov")),
        ({"email": "x@sub.chp.example.gov"}, Viewer("public", (), "x@sub.chp.example.gov")),
        ({"email": "boss@wpd.example.gov", "email_verified": False}, PUBLIC),
        ({"email": "boss@wpd.example.gov", "email_verified": "false"}, PUBLIC),
        ({"email": "boss@wpd.example.gov", "email_verified": None}, PUBLIC),
        ({"email": "x@evil.example@chp.example.gov"}, PUBLIC),
        ({"email": "@chp.example.gov"}, PUBLIC),
        ({"email": "boss@wpd.example.gov\u200b"}, PUBLIC),
        ({"email": ["boss@wpd.example.gov"]}, PUBLIC),
        ({}, PUBLIC),
    ],
)
def test_whom_claims_make(claims: dict[str, object], viewer: Viewer) -> None:
    assert access.viewer_of({"email_verified": True} | claims, LISTED, AGENCIES) == viewer


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"iss": f"{access.ENTRA}tenant/v2.0"},
        {"iss": f"{access.ENTRA}tenant/v2.0", "xms_edov": False},
        {"iss": f"{access.ENTRA}tenant/v2.0", "xms_edov": "0"},
        {"iss": f"{access.ENTRA}tenant/v2.0", "xms_edov": True, "email_verified": False},
        {"iss": "https://login.microsoftonline.com.evil.example/", "xms_edov": True},
        {"xms_edov": True},
    ],
)
def test_an_address_that_the_provider_does_not_vouch_for_is_nobodys(claims: dict[str, object]) -> None:
    assert access.viewer_of({"email": "boss@wpd.example.gov"} | claims, LISTED, AGENCIES) == PUBLIC


@pytest.mark.parametrize("said", [True, "true", "1", 1])
def test_entra_vouches_in_its_own_way(said: object) -> None:
    claims = {"email": "boss@wpd.example.gov", "iss": f"{access.ENTRA}tenant/v2.0", "xms_edov": said}
    assert access.viewer_of(claims, LISTED, AGENCIES).kind == "coordinator"


NOW = dt.datetime(2026, 11, 25, 18, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("claims", "lately"),
    [
        ({"is_logged_in": True, "iat": NOW.timestamp()}, True),
        ({"is_logged_in": True, "iat": NOW.timestamp() - 2 * 86_400 + 1}, True),
        ({"is_logged_in": True, "iat": NOW.timestamp() - 2 * 86_400}, False),
        ({"is_logged_in": True, "iat": True}, False),
        ({"is_logged_in": True, "iat": "never"}, False),
        ({"is_logged_in": True}, False),
        ({"is_logged_in": "yes", "iat": NOW.timestamp()}, False),
        ({"iat": NOW.timestamp()}, False),
        ({}, False),
    ],
)
def test_a_sign_in_holds_for_as_many_days_as_the_settings_say(claims: dict[str, object], lately: bool) -> None:
    assert access.signed_in_lately(claims, Settings(sign_in_days=2), NOW) is lately


@pytest.mark.parametrize(
    ("kind", "settings", "enters"),
    [
        ("public", Settings(workbook="x"), False),
        ("public", Settings(workbook="x", public=True), True),
        ("public", Settings(), True),
        ("liaison", Settings(workbook="x"), True),
        ("coordinator", Settings(workbook="x"), True),
    ],
)
def test_who_may_enter(kind: access.Kind, settings: Settings, enters: bool) -> None:
    assert access.may_enter(Viewer(kind), settings) is enters


def test_a_page_that_nobody_listed_is_open_to_nobody() -> None:
    assert not access.may_open(COORDINATOR, "secrets")
    assert [page for page in access.PAGES if access.may_open(PUBLIC, page)] == ["overview", "calendar", "attendance"]


@pytest.mark.parametrize(
    ("listening_on", "host", "forwarded", "local"),
    [
        ("localhost", "localhost:8501", False, True),
        ("127.0.0.1", "127.0.0.1:8501", False, True),
        ("::1", "[::1]:8501", False, True),
        ("localhost", "LOCALHOST", False, True),
        ("0.0.0.0", "localhost:8501", False, False),
        ("::", "localhost:8501", False, False),
        (None, "localhost:8501", False, False),
        ("", "localhost:8501", False, False),
        ("192.168.0.4", "localhost:8501", False, False),
        ("localhost", "evil.example", False, False),  # a name of theirs that points at 127.0.0.1
        ("localhost", "localhost.evil.example:8501", False, False),
        ("localhost", "127.0.0.1.evil.example", False, False),
        ("localhost", "[", False, False),
        ("localhost", None, False, False),
        ("localhost", "localhost:8501", True, False),  # a proxy in front
    ],
)
def test_local_holds_on_loopback_only(listening_on: str | None, host: str | None, forwarded: bool, local: bool) -> None:
    assert access.is_loopback(listening_on, host, forwarded) is local

"""Access: each viewer gets a restricted snapshot, and no planted private value gets through."""

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, get_args, get_type_hints

import pytest

from cwac import access
from cwac.access import COORDINATOR, PUBLIC, Viewer, restrict
from cwac.analysis.alerts import alerts
from cwac.analysis.officers import speaks_another
from cwac.model import (
    PROBLEM_KEYS,
    Accounting,
    Agency,
    Assignment,
    Cell,
    ColumnReading,
    Count,
    Coverage,
    Event,
    EventStatus,
    EventTab,
    FollowUp,
    Headcount,
    HeldBack,
    Officer,
    Problem,
    Snapshot,
    Tab,
    TableReading,
    TimeOff,
    Town,
    Undated,
    UnreadPerson,
    Venue,
)
from cwac.settings import Settings
from cwac.sheet import schema
from cwac.sheet.reader import read_workbook
from cwac.sheet.schema import OTHER_FIELDS, TABS, Audience, TabSpec, seen_by
from tests.cases import each
from tests.web import plan

CHP = Viewer("liaison", ("CHP-MS",))
SCSO = Viewer("liaison", ("SCSO",))


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return plan.snapshot()


def texts(value: object) -> Iterator[str]:
    """Every text in a record, in any field."""
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


# --- strangers ----------------------------------------------------------------------------------------------------


def test_a_coordinator_sees_everything_that_was_planted(snapshot: Snapshot) -> None:
    seen = planted(restrict(snapshot, COORDINATOR))
    assert {
        "planted-internal", "planted-funding", "planted-backup", "planted-tentative", "planted-staffing-note",
        "planted-count-note", "planted-weather", "planted-contact", "planted-permission", "530-555-0100",
        "planted-role", "planted-summary-wpd", "planted-date", "A. Plantedsample", "D. Plantedtrial",
        "liaison@planted.example.gov", "https://docs.google.com/spreadsheets/d/planted-key", "planted-stranger",
        "abc planted-count",
    } <= seen  # fmt: skip


def test_a_stranger_sees_nothing_that_was_planted(snapshot: Snapshot) -> None:
    assert planted(restrict(snapshot, PUBLIC)) == set()


def test_a_stranger_sees_events_places_agencies_public_notes_and_how_many_came(snapshot: Snapshot) -> None:
    share = restrict(snapshot, PUBLIC)
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
    assert (share.tab_columns, share.free_rows) == ({}, {})


def test_liaisons_know_the_columns_and_free_rows_of_the_sheet(snapshot: Snapshot) -> None:
    share = restrict(snapshot, CHP)
    assert snapshot.free_rows["Attendance"] > 1
    assert snapshot.tab_columns["Attendance"]["guests"]
    assert (share.tab_columns, share.free_rows) == (snapshot.tab_columns, snapshot.free_rows)


def test_headers_and_example_cells_of_the_reading_are_for_coordinators(snapshot: Snapshot) -> None:
    column = ColumnReading("C", "planted-header", None, None, "Officers", ("planted-cell",))
    whole = dataclasses.replace(snapshot, reading=(TableReading("Fall", "Events", 2, 9, (column,)),))
    assert {"planted-header", "planted-cell"} <= planted(restrict(whole, COORDINATOR))
    assert restrict(whole, CHP).reading == (
        TableReading("Fall", "Events", 2, 9, (ColumnReading("C", perhaps="Officers"),)),
    )
    assert restrict(whole, PUBLIC).reading == ()


# --- liaisons -----------------------------------------------------------------------------------------------------


def test_a_liaison_sees_the_names_on_events_shared_with_their_own_agency_only(snapshot: Snapshot) -> None:
    share = restrict(snapshot, CHP)
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


def test_an_agency_that_sends_an_officer_shares_the_event(snapshot: Snapshot) -> None:
    # SCSO is not named on SHARED, but has a post there.
    assert "A. Plantedsample" in set(texts(restrict(snapshot, SCSO)))


def test_gaps_are_the_same_without_names(snapshot: Snapshot) -> None:
    codes = {(alert.code, alert.event_ids) for alert in alerts(snapshot, plan.TODAY)}
    assert {(alert.code, alert.event_ids) for alert in alerts(restrict(snapshot, CHP), plan.TODAY)} == codes
    assert ("understaffed", ("SHERIFFS",)) in codes


@each(("languages", "another"), [(("English only",), False), (("none",), False), (("English", "Spanish"), True)])
def test_nameless_officer_speaks_another_language_as_the_named_one_does(
    snapshot: Snapshot, languages: tuple[str, ...], another: bool
) -> None:
    officers = tuple(dataclasses.replace(officer, languages=languages) for officer in snapshot.officers)
    shown = restrict(dataclasses.replace(snapshot, officers=officers), CHP)
    stand_ins = [officer for officer in shown.officers if officer.stand_in]
    assert stand_ins
    assert any(speaks_another(officer) for officer in stand_ins) is another


def test_a_liaison_reads_the_follow_ups_of_their_own_agency(snapshot: Snapshot) -> None:
    def summaries(agency: str) -> list[str | None]:
        return [follow_up.summary for follow_up in restrict(snapshot, Viewer("liaison", (agency,))).follow_ups]

    assert summaries("WPD") == ["planted-summary-wpd", None, None]
    assert summaries("CHP-MS") == [None, None, "planted-summary-lead"]  # referred to nobody: the lead's
    assert summaries("SCSO") == [None, "planted-summary-scso", None]


def test_a_liaison_sees_the_problems_of_their_own_rows(snapshot: Snapshot) -> None:
    def cells(agency: str) -> set[str]:
        share = restrict(snapshot, Viewer("liaison", (agency,)))
        return {f"{problem.tab} {problem.cell}" for problem in share.problems if problem.severity != "notice"}

    shared = {"Attendance B3"}  # which names no agency: its event's
    assert cells("WPD") == shared | {"Events B8", "Events A7", "Staffing B8"}  # the last is left out, and names WPD
    assert cells("CHP-MS") == shared | {"Agencies D2"}
    assert cells("SCSO") == {"Events A7"}


def test_an_officer_typed_into_events_opens_no_row_of_the_staffing_tab() -> None:
    """In a sheet of one tab an assignment has its event's row number, which means another row in Staffing."""
    events = [
        ["Event ID", "Date", "Town", "Lead agency", "Status", "Officers"],
        ["E1", plan.serial(plan.TODAY), "Weed", "WPD", "Confirmed", "A. Plantedsample"],
        ["E2", plan.serial(plan.TODAY), "Yreka", "SCSO", "Confirmed", None],
    ]
    staffing = [["Event ID", "Officer", "Hours"], ["E2", "B. Planteddemo", "a secret of SCSO"]]
    share = restrict(plan.snapshot(Events=events, Staffing=staffing), Viewer("liaison", ("WPD",)))
    assert "a secret of SCSO" not in set(texts(share))


# --- never crossing over ------------------------------------------------------------------------------------------


def test_each_kind_of_viewer_has_its_own_content_hash(snapshot: Snapshot) -> None:
    viewers = (COORDINATOR, PUBLIC, CHP, SCSO, Viewer("liaison"), Viewer("liaison", ("CHP-MS", "SCSO")))
    hashes = [restrict(snapshot, viewer).content_hash for viewer in viewers]
    assert len(set(hashes)) == len(viewers)


def filled(records: tuple[object, ...]) -> set[str]:
    return {
        field.name
        for record in records
        for field in dataclasses.fields(record)  # type: ignore[arg-type]
        if getattr(record, field.name) not in (None, (), 0, "", False)
    }


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
    ColumnReading: lambda share: tuple(column for table in share.reading for column in table.columns),
}


def seen_but(withheld: tuple[type, str], kind: type, audience: Audience) -> tuple[str, ...]:
    return tuple(name for name in seen_by(kind, audience) if (kind, name) != withheld)


@each("kind", RECORDS, ids=[kind.__name__ for kind in RECORDS])
def test_a_field_that_is_not_listed_is_left_out(
    snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch, kind: type
) -> None:
    """A field of which the table says nothing, such as a new field of the model, is left out."""
    assert set(RECORDS) == {kind for spec in TABS for kind in spec.records} | set(OTHER_FIELDS)
    needed = {field.name for field in dataclasses.fields(kind) if field.default is dataclasses.MISSING}
    values = filled(RECORDS[kind](restrict(snapshot, CHP))) - needed
    assert values
    for name in values:
        with monkeypatch.context() as patch:
            patch.setattr(access, "seen_by", partial(seen_but, (kind, name)))
            share = restrict(snapshot, CHP)
        left = tuple(record for record in RECORDS[kind](share) if "#" not in str(getattr(record, "id", "")))
        if kind is not Assignment:  # nameless ones keep what gaps are counted by
            default = {field.name: field.default for field in dataclasses.fields(kind)}[name]
            assert {repr(getattr(record, name)) for record in left} == {repr(default)}, name


# --- the gate names every field -----------------------------------------------------------------------------------


def reachable(kind: type) -> set[type]:
    """The kinds of records that a record of this kind can hold, however deep."""
    kinds: set[type] = set()
    for hint in get_type_hints(kind).values():
        for part in parts_of(hint):
            if dataclasses.is_dataclass(part) and part not in kinds:
                kinds |= {part} | reachable(part)
    return kinds


def parts_of(hint: Any) -> Iterator[Any]:
    yield hint
    for part in get_args(hint):
        yield from parts_of(part)


def names_of(kind: type) -> set[str]:
    return {field.name for field in dataclasses.fields(kind)}


OF_EVERYBODY = {
    "accounting", "tab_ids", "tab_columns", "free_rows", "source", "as_of", "timezone", "today", "url", "web_url",
    "content_hash", "read_by",
}  # fmt: skip
"""The fields of a snapshot that are not records."""
STRANGERS_SEE = {
    Event: {
        "id", "date", "start", "end", "title", "town", "venue", "lead_agency", "partner_agencies", "status",
        "cancel_reason", "replaces", "public_notes",
    },
    Undated: {"id", "title", "town", "lead_agency", "partner_agencies", "status"},  # of which no row is shown
    Venue: {"name", "town", "street", "latitude", "longitude", "active"},
    Agency: {"short", "name", "type", "home_town", "color", "active"},
    Headcount: {"event_id", "guests", "at_door"},
    Count: {"low", "best", "high", "estimated"},
    Town: {"name", "aliases", "population", "latitude", "longitude"},
}  # fmt: skip
"""All that strangers see, written down a second time on purpose."""
OWN_AGENCY_ONLY = {
    Assignment: {"officer", "name", "swapped_for", "note", "conflict"},
    FollowUp: {"summary"},
    Officer: {
        "id", "name", "agency", "row", "rank", "aliases", "languages", "can_host", "supervisor", "active_from",
        "active_to", "stand_in",
    },
    TimeOff: {"officer", "first", "last", "row"},
}  # fmt: skip


def test_strangers_records_have_only_the_allowed_fields(snapshot: Snapshot) -> None:
    share = restrict(snapshot, PUBLIC)
    for kind, names in STRANGERS_SEE.items():
        assert filled(RECORDS[kind](share)) <= names, kind


def test_audiences_are_these() -> None:
    assert {kind: seen for kind in RECORDS if (seen := set(seen_by(kind, "public")))} == STRANGERS_SEE
    for kind, names in OWN_AGENCY_ONLY.items():
        assert names <= set(seen_by(kind, "own agency")) - set(seen_by(kind, "agencies")), kind
    assert {"email", "notify"}.isdisjoint(seen_by(Officer, "own agency"))
    for kind in RECORDS:
        assert set(seen_by(kind, "coordinators")) == names_of(kind), kind


def test_no_kind_of_record_is_forgotten_and_no_stale_name_is_in_the_table() -> None:
    """A kind of record, or a list of a snapshot, that is added has to be let through or withheld by name."""
    # See the tests of problems; counts of rows, and the tabs that they stand in, are nobody's.
    by_rows_of_their_own = {Problem, Accounting, EventTab, TableReading, HeldBack}
    assert reachable(Snapshot) == set(RECORDS) | by_rows_of_their_own
    for kind, names in OTHER_FIELDS.items():
        assert set(names) <= names_of(kind), kind
    for spec in TABS:
        elsewhere = {"officers", "guests"} if spec is schema.EVENTS else set()
        fields = names_of(spec.records[0])
        assert {column.field for column in spec.columns} - fields == elsewhere, spec.name
        assert fields - {column.field for column in spec.columns} <= set(OTHER_FIELDS[spec.records[0]]), spec.name
    assert names_of(Problem) == set(PROBLEM_KEYS) | {
        "candidates", "field_name", "event_id", "read_as", "record_row", "perhaps", "unquoted"
    }  # fmt: skip
    assert names_of(Accounting) == {"rows", "kept", "left_out", "skipped"}
    lists = {"assignments", "officers", "time_off", "coverage", "follow_ups", "problems", "undated"}
    lists |= {"unread_people", "added"}  # see tests/forms/test_audience.py
    everybodys = {"events", "headcounts", "agencies", "venues", "towns"}
    facts = {"event_tabs", "reading"}  # titles and letters, for the agencies, as `tab_columns`
    facts |= {"held_back"}  # see tests/test_release.py
    facts |= {"national_day_people"}  # of the whole sheet, for liaisons alone: see test_access_whole_sheet.py
    assert names_of(Snapshot) == OF_EVERYBODY | lists | everybodys | facts


@each("spec", TABS, ids=[spec.name for spec in TABS])
def test_a_renamed_field_is_seen_by_coordinators_alone(monkeypatch: pytest.MonkeyPatch, spec: TabSpec) -> None:
    """A row of the table that still has the field's old name lets nobody else see it."""
    seen = {kind: set(seen_by(kind, "own agency")) for kind in spec.records}
    for column in spec.columns:
        columns = tuple(dataclasses.replace(each, field="before") if each is column else each for each in spec.columns)
        with monkeypatch.context() as patch:
            patch.setattr(schema, "TABS", (dataclasses.replace(spec, columns=columns),))
            renamed = {kind: set(seen_by.__wrapped__(kind, "own agency")) for kind in spec.records}
        assert renamed == {kind: names - {column.field} for kind, names in seen.items()}


@each("status", [*get_args(EventStatus), None])
def test_strangers_see_what_an_event_replaces_only_if_that_is_public(
    snapshot: Snapshot, status: EventStatus | None
) -> None:
    old = dataclasses.replace(snapshot.event_by_id["SHERIFFS"], id="planted-old", status=status)
    new = dataclasses.replace(snapshot.event_by_id["SHARED"], replaces="planted-old")
    both = dataclasses.replace(snapshot, events=(old, new))
    share = restrict(both, PUBLIC)
    replaced = {event.id: event.replaces for event in share.events}
    public = status not in ("Draft", "Tentative", None)
    assert replaced == ({"planted-old": None} if public else {}) | {"SHARED": "planted-old" if public else None}
    assert {row.event_id for row in share.headcounts} <= replaced.keys()
    assert restrict(both, CHP).event_by_id["SHARED"].replaces == "planted-old"


# --- which agencies a problem belongs to --------------------------------------------------------------------------

ROWS: dict[str, tuple[str, list[Cell], str, tuple[str, ...]]] = {
    # tab, a row to add to it, the column of the problem, whose it is
    "a second use of an ID": ("Events", ["SHARED", 46000, *[None] * 6, "SCSO", "WPD"], "id", ("SCSO", "WPD")),
    "no day": ("Events", ["X", "soon", *[None] * 6, "SCSO"], "date", ("SCSO",)),
    "no day and no agency": ("Events", ["X", "soon"], "date", ()),
    "an agency that is none": ("Events", ["X", 46000, *[None] * 6, "KGB"], "lead_agency", ()),
    "a person without an event": ("Staffing", ["NOWHERE", "OF-01"], "event_id", ("WPD",)),
    "an agency without an event": ("Staffing", ["NOWHERE", "Nobody", "SCSO"], "event_id", ("SCSO",)),
    "two people without an event": ("Staffing", ["NOWHERE", "OF-01; OF-02"], "event_id", ("WPD", "SCSO")),
    "nobody at an event": ("Staffing", ["SHERIFFS", "Nobody"], "officer", ("SCSO",)),
    "nobody at a shared event": ("Staffing", ["SHARED", "Nobody"], "officer", ("CHP-MS", "WPD")),
    "nobody of an agency at another's event": ("Staffing", ["SHERIFFS", "Nobody", "WPD"], "officer", ("WPD",)),
    "nobody at an event without a day": ("Staffing", ["LOST", "Nobody"], "officer", ("WPD",)),
    "nobody nowhere": ("Staffing", ["NOWHERE", "Nobody"], "officer", ()),
    "a count of no event": ("Attendance", ["NOWHERE", 12], "event_id", ()),
    "a bad count": ("Attendance", ["SHERIFFS", "many"], "guests", ("SCSO",)),
    "an agency of no kind": ("Agencies", ["KGB", "Their name", "Secret"], "type", ("KGB",)),
    "an officer without a name": ("Officers", ["OF-09", None, None, "SCSO"], "name", ("SCSO",)),
    "an officer of no agency": ("Officers", ["OF-09", "E. New", None, "KGB"], "agency", ()),
    "days off without a first": ("Time off", ["OF-02", "soon", 46000], "first", ("SCSO",)),
    "days off of nobody": ("Time off", ["Nobody", 46000, 46001], "officer", ()),
    "a venue in no town": ("Venues", ["New place", "Atlantis"], "town", ()),
    "a town of no size": ("Towns", ["Etna Mills", "big"], "population", ()),
    "cover of no town": ("Coverage", ["Atlantis", "WPD"], "town", ("WPD",)),
    "a follow-up of no event": ("Follow-ups", ["F-9", "NOWHERE", "Traffic", None, "SCSO"], "event_id", ("SCSO",)),
    "a follow-up of nobody": ("Follow-ups", ["F-9", "NOWHERE", "Traffic"], "event_id", ()),
    "a follow-up of the lead": ("Follow-ups", ["F-9", "SHARED", "Secret"], "category", ("CHP-MS",)),
}


@pytest.mark.slow
@each("case", ROWS)
def test_a_problem_belongs_to_the_rows_agencies_else_its_events_else_everybody(case: str) -> None:
    tab, row, column, agencies = ROWS[case]
    rows = [*plan.tabs()[tab], row]
    whole = plan.snapshot(**{tab: rows})

    def owners(share: Snapshot) -> set[tuple[str, ...]]:
        at = (tab, len(rows), column)
        return {one.agencies for one in share.problems if (one.tab, one.row, one.field_name) == at}

    assert owners(whole) == {agencies}
    for short in ("CHP-MS", "WPD", "SCSO"):
        seen = owners(restrict(whole, Viewer("liaison", (short,))))
        assert bool(seen) == (not agencies or short in agencies), short


@each("row", [2, 3, 8])
def test_a_staffing_problem_is_shown_whatever_the_row_of_its_event(row: int) -> None:
    """Row numbers of two tabs say nothing about each other."""
    staffing: list[list[Cell]] = [["Event ID", "Officer", "Hours"], *([["SHARED", "OF-01", 1]] * 6)]
    staffing.insert(row - 1, ["SHARED", "OF-01", "a lot"])
    share = restrict(plan.snapshot(Staffing=staffing), Viewer("liaison", ("WPD",)))
    assert [
        problem.row for problem in share.problems if problem.code == "unreadable" and problem.tab == "Staffing"
    ] == [row]


# --- viewers from sign-in claims ----------------------------------------------------------------------------------

AGENCIES = (
    Agency("CHP-MS", "", emails=("mtshasta@chp.example.gov", "chp.example.gov")),
    Agency("CHP-YR", "", emails=("CHP.example.gov",)),
    Agency("WPD", "", emails=("@wpd.example.gov",)),
)
LISTED = Settings(
    workbook="x", auth=True, viewers=("@chp.example.gov", "one@wpd.example.gov"), coordinators=("boss@wpd.example.gov",)
)


BOSS = Viewer("coordinator", ("WPD",), "boss@wpd.example.gov")
VERIFIED: list[tuple[object, Viewer]] = [
    ("Boss@WPD.example.gov", BOSS),
    ("one@wpd.example.gov", Viewer("liaison", ("WPD",), "one@wpd.example.gov")),
    ("mtshasta@chp.example.gov", Viewer("liaison", ("CHP-MS",), "mtshasta@chp.example.gov")),
    ("x@chp.example.gov", Viewer("liaison", ("CHP-MS", "CHP-YR"), "x@chp.example.gov")),
    *(
        (other, Viewer("public", (), other))
        for other in ("two@wpd.example.gov", "x@evil-chp.example.gov", "x@sub.chp.example.gov")
    ),
    ("x@evil.example@chp.example.gov", PUBLIC),
    ("@chp.example.gov", PUBLIC),
    ("boss@wpd.example.gov\u200b", PUBLIC),
    (["boss@wpd.example.gov"], PUBLIC),
]
FROM_ENTRA = {"iss": f"{access.ENTRA}tenant/v2.0"}


@each(
    ("claims", "viewer"),
    [
        *(({"email": address, "email_verified": True}, viewer) for address, viewer in VERIFIED),
        ({"email_verified": True}, PUBLIC),
        *(({"email": BOSS.email, "email_verified": other}, PUBLIC) for other in (False, "false", None)),
        ({"email": BOSS.email}, PUBLIC),
        ({"email": BOSS.email, "xms_edov": True}, PUBLIC),
        *(({"email": BOSS.email, "xms_edov": other} | FROM_ENTRA, BOSS) for other in (True, "true", "1", 1)),
        *(({"email": BOSS.email, "xms_edov": other} | FROM_ENTRA, PUBLIC) for other in (False, "0")),
        ({"email": BOSS.email} | FROM_ENTRA, PUBLIC),
        ({"email": BOSS.email, "xms_edov": True, "email_verified": False} | FROM_ENTRA, PUBLIC),
        ({"email": BOSS.email, "xms_edov": True, "iss": f"{access.ENTRA[:-1]}.evil.example/"}, PUBLIC),
    ],
)
def test_claims_give_the_listed_viewer(claims: dict[str, object], viewer: Viewer) -> None:
    assert access.viewer_of(claims, LISTED, AGENCIES) == viewer


NOW = dt.datetime(2026, 11, 25, 18, 0, tzinfo=dt.UTC)


@each(
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


@each(
    ("kind", "settings", "enters"),
    [
        ("public", Settings(workbook="x"), False),
        ("public", Settings(workbook="x", public=True), True),
        ("public", Settings(), True),
        ("liaison", Settings(workbook="x"), True),
        ("coordinator", Settings(workbook="x"), True),
    ],
)
def test_strangers_enter_only_if_the_sheet_is_public(kind: access.Kind, settings: Settings, enters: bool) -> None:
    assert access.may_enter(Viewer(kind), settings) is enters


def test_a_page_that_is_not_listed_is_open_to_nobody() -> None:
    assert not access.may_open(COORDINATOR, "secrets")
    assert [page for page in access.PAGES if access.may_open(PUBLIC, page)] == ["overview", "calendar", "attendance"]


@each(
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
        ("localhost", "x@localhost", False, False),
        ("localhost", "evil.example\\@localhost:8501", False, False),
        ("localhost", "localhost@evil.example", False, False),
        ("localhost", "localhost\t", False, False),
        ("localhost", "localhost:8501:1", False, False),
        ("localhost", None, False, False),
        ("localhost", "localhost:8501", True, False),  # a proxy in front
    ],
)
def test_local_holds_on_loopback_only(listening_on: str | None, host: str | None, forwarded: bool, local: bool) -> None:
    assert access.is_from_this_machine(listening_on, host, forwarded) is local


def test_column_whose_header_is_an_officers_name_is_not_named_to_other_agencies() -> None:
    """A sheet with a column of ticks for each officer, and a problem with such a column."""
    day = plan.serial(plan.TODAY)
    events = Tab(
        "2026",
        [
            ["Date", "Time", "Place", "Town", "Agency", "C. Plantedexample", "B. Planteddemo"],
            [day + 3, "9am", "Grange", "Weed", "WPD", "x", None],
            [day + 9, "9am", "Grange", "Weed", "SCSO", None, "x"],
            [day + 12, "9am", "Park", "Weed", "WPD", "x", "x"],
        ],
    )
    lists = [tab for tab in plan.workbook().tabs if tab.title in ("Officers", "Agencies", "Towns")]
    snapshot = read_workbook(dataclasses.replace(plan.workbook(), tabs=(events, *lists)), plan.TODAY)
    assert {"C. Plantedexample", "B. Planteddemo"} <= planted(snapshot.problems)
    assert planted([one.column for one in restrict(snapshot, SCSO).problems]) == set()
    assert planted([one.found for one in restrict(snapshot, SCSO).problems]) == set()
    assert [one.column for one in restrict(snapshot, SCSO).problems if one.code == "renamed-column"] == ["Officers"] * 2


DAY, NAME = "10/7/2026", "Plantedhall"


@each(
    ("code", "title", "header", "row"),
    [
        ("perhaps-column", "2026", ["Date", "Time", "Place", NAME], [DAY, "9am", "Park", "x"]),
        ("perhaps-column", "2026", ["Date", "Time", "Place", NAME, "Town"], [DAY, "9am", "Park", 12, "Weed"]),
        ("unused-column", "2026", ["Date", "Time", "Place", NAME, "Town"], [DAY, "9am", "Park", "donuts", "Weed"]),
        ("unused-column", "2026", ["Date", "Time", "Place", f"Ofc. {NAME}"], [DAY, "9am", "Park", "donuts, cups"]),
        ("cut-off", "2026", ["Date", "Time", "Place", "Town", None, NAME], [DAY, "9am", "Park", "Weed", None, "x"]),
        ("missing-column", "2026", ["Date", "Time", "Place", f"{NAME} town"], [DAY, "9am", "Park", "Weed"]),
        ("unused-column", "Attendance", ["Event ID", "Guests", NAME], ["SHARED", 5, "donuts"]),
        ("unused-column", "Staffing", ["Event ID", "Officer", NAME], ["SHARED", "OF-01", "x"]),
        ("missing-column", "Staffing", ["Event ID", "Role", NAME], ["SHARED", "Host", "OF-01"]),
        ("unknown-reference", "Events", [NAME, "Date", "Town", "Status"], ["SHARED", DAY, "Weed", "Confirmed"]),
        (
            "inconsistent",
            "2026",
            ["Date", "Place", "Town", "Phone"],
            [DAY, "Park", "Weed", f"Cancelled, says {NAME}"],
        ),
        ("held-back", "2026", ["Date", "Place", "Town", "Phone"], [DAY, "Park", "Weed", f"Do not post: {NAME}"]),
        ("held-back", "2026", ["Date", "Place", "Town", f"Do not post: {NAME}"], [DAY, "Park", "Weed", "x"]),
        ("unused-tab", "2026", ["Date", "Place", "Town"], [DAY, "Park", "Weed"]),
    ],
)
def test_header_or_cell_of_something_that_is_not_read_is_shown_to_coordinators_alone(
    code: str, title: str, header: list[Cell], row: list[Cell]
) -> None:
    replaced = {"Events", title} if title == "2026" else {title}
    others = [tab for tab in plan.workbook().tabs if tab.title not in replaced]
    tabs = (Tab(title, [header, row, row, row]), *others, Tab(f"Notes of {NAME}", [[NAME]]))
    snapshot = read_workbook(dataclasses.replace(plan.workbook(), tabs=tabs), plan.TODAY)
    quoting = {one.code for one in snapshot.problems if NAME in repr(one)}
    assert code in quoting
    assert NAME in repr(restrict(snapshot, COORDINATOR).problems)
    for agency in ("WPD", "SCSO"):
        share = restrict(snapshot, Viewer("liaison", (agency,)))
        assert NAME not in repr(share)
        assert {one.code for one in share.problems if one.column == "Phone"} == set()
        assert missing_columns(share) == missing_columns(snapshot)


def missing_columns(snapshot: Snapshot) -> list[str | None]:
    return [one.column for one in snapshot.problems if one.code == "missing-column"]


@each(("column", "quoted"), [(4, False), (3, True)], ids=["a name under Officers", "a heading under Town"])
def test_row_that_is_skipped_is_quoted_as_its_column_is(column: int, quoted: bool) -> None:
    row: list[Cell] = [DAY, "9am", "Park", "Weed", "C. Plantedexample"]
    heading: list[Cell] = [NAME if at == column else None for at in range(5)]
    lists = [tab for tab in plan.workbook().tabs if tab.title != "Events"]
    tabs = (Tab("2026", [["Date", "Time", "Place", "Town", "Officers"], row, heading, row]), *lists)
    snapshot = read_workbook(dataclasses.replace(plan.workbook(), tabs=tabs), plan.TODAY)
    found = [one.found for one in snapshot.problems if one.code == "skipped-row"]
    shown = [one.found for one in restrict(snapshot, SCSO).problems if one.code == "skipped-row"]
    assert (found, shown) == ([NAME], [NAME if quoted else None])


def test_row_above_a_header_is_reported_without_the_header_which_may_be_a_persons_name() -> None:
    row: list[Cell] = [DAY, "9am", "Park", "Weed"]
    lists = [tab for tab in plan.workbook().tabs if tab.title != "Events"]
    tabs = (Tab("2026", [row, [NAME, "Time", "Place", "Town"], row, row]), *lists)
    snapshot = read_workbook(dataclasses.replace(plan.workbook(), tabs=tabs), plan.TODAY)
    above = [one for one in restrict(snapshot, SCSO).problems if one.code == "merged-or-offset"]
    assert [(one.cell, one.column, one.found) for one in above] == [("A1", "Date", DAY)]
    assert NAME not in repr(above)


def test_problem_of_a_cell_names_the_column_of_the_contract_where_the_header_may_be_a_persons_name() -> None:
    row: list[Cell] = [DAY, "9am", "Park", "Weed"]
    lists = [tab for tab in plan.workbook().tabs if tab.title != "Events"]
    tabs = (Tab("2026", [[NAME, "Time", "Place", "Town"], row, row, [DAY, "25:00", "Park", "Weed"]]), *lists)
    snapshot = read_workbook(dataclasses.replace(plan.workbook(), tabs=tabs), plan.TODAY)
    assert NAME in {one.column for one in snapshot.problems if one.row == 4}
    shown = restrict(snapshot, SCSO).problems
    assert {"Date", "Time"} <= {one.column for one in shown if one.row == 4}
    assert NAME not in repr(shown)


def test_day_that_no_event_has_is_reported_without_a_header_that_may_be_a_persons_name() -> None:
    day, others = "10/1/2026", [tab for tab in plan.workbook().tabs if tab.title != "Attendance"]
    rows: list[list[Cell]] = [[day, "Park", 12], ["10/8/2026", "Park", 9], ["10/15/2026", "Park", 7]]
    tabs = (*others, Tab("Attendance", [[NAME, "Place", "Guests"], *rows]))
    snapshot = read_workbook(dataclasses.replace(plan.workbook(), tabs=tabs), plan.TODAY)
    assert NAME in {one.column for one in snapshot.problems if one.found == day}
    shown = [one for one in restrict(snapshot, SCSO).problems if one.found == day]
    assert {one.column for one in shown} == {"Date"}
    assert NAME not in repr(shown)

"""What may leave the building: the one gate, the exits that ask it, and what is held back of a sheet and why."""

import ast
import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from cwac import release
from cwac.access import COORDINATOR, PUBLIC, Viewer, restrict
from cwac.cli import main
from cwac.model import Cell, HeldBack, Snapshot, Tab, Workbook
from cwac.public.site import county_site
from cwac.settings import Rules, Settings
from cwac.sheet.reader import plan_of, read_workbook
from tests.cases import each

TODAY = dt.date(2026, 11, 25)
AS_OF = dt.datetime(2026, 11, 25, 18, 0, tzinfo=dt.UTC)
ROOT = Path(__file__).parents[1]
HEADER = ("Event ID", "Date", "Start", "Town", "Venue", "Lead agency", "Status", "Officers")
ROW: tuple[Cell, ...] = ("E1", "12/9/2026", "9:00 AM", "Weed", "Bean", "Weed PD", "Confirmed", "Ana Ruiz")


def book(*tabs: Tab) -> Workbook:
    return Workbook("plan.xlsx", AS_OF, "America/Los_Angeles", tabs)


def read(*tabs: Tab, rules: Rules | None = None) -> Snapshot:
    return read_workbook(book(*tabs), TODAY, rules)


def one(column: str, cell: Cell, **more: Cell) -> Snapshot:
    """A sheet of one event that is public, but for a cell in a column, added if it is a new one."""
    row = dict(zip(HEADER, ROW, strict=True)) | more | {column: cell}
    return read(Tab("Events", [list(row), list(row.values())]))


def public_bytes(snapshot: Snapshot) -> bytes:
    """All files of the public site of a snapshot, with the names of the files."""
    site = county_site(snapshot, Settings(workbook="plan.xlsx"), None, "https://coffee.example.gov")
    return b"\n".join(path.encode() + site[path].replace(b"\r\n ", b"") for path in site if not path.endswith("woff2"))


def found(snapshot: Snapshot, code: str) -> list[tuple[str | None, str | None]]:
    return [(problem.cell, problem.found) for problem in snapshot.problems if problem.code == code]


def test_event_of_the_tests_is_public() -> None:
    snapshot = one("Status", "Confirmed")
    assert release.summary(snapshot) == "1 event is public, none is held back."
    assert b"Weed PD" in public_bytes(snapshot)
    assert b"Ruiz" not in public_bytes(snapshot)


# --- agencies ---------------------------------------------------------------------------------------------------------


@each(
    "typed, secret, lead, people",
    [
        ("WPD - Ofc. Vega", "Vega", "WPD", ["Ofc. Vega"]),
        ("K. Lindqvist", "Lindqvist", None, ["K. Lindqvist"]),
        ("Miller", "Miller", None, []),
        ("MILLER", "MILLER", None, []),
        ("Sgt. Kim (WPD)", "Kim", "WPD", ["Sgt. Kim"]),
        ("Deputy Ray Ortiz, SCSO", "Ortiz", "SCSO", ["Deputy Ray Ortiz"]),
        ("CHP Ofc. Salas", "Salas", "CHP", ["Ofc. Salas"]),
        ("Weed PD; Ofc. Vega", "Vega", "Weed PD", ["Ofc. Vega"]),
        ("Lindqvist, Karl", "Lindqvist", None, ["Lindqvist Karl"]),
        ("Ofc Vega #4512", "Vega", None, ["Ofc Vega"]),
        ("Weed PD (Ana Vega)", "Vega", "Weed PD", ["Ana Vega"]),
        ("Maria Vega", "Vega", None, ["Maria Vega"]),
        ("Lt. D. Coe / Weed PD", "Coe", "Weed PD", ["Lt. D. Coe"]),
    ],
)
def test_person_in_a_cell_of_agencies_is_staffing_and_never_public(typed, secret, lead, people):
    for column in ("Lead agency", "Partner agencies"):
        snapshot = one(column, typed, Officers=None)
        (event,) = snapshot.events
        named = [row.name for row in snapshot.assignments]
        agencies = event.agencies if column == "Lead agency" else event.partner_agencies
        assert (agencies, [name.replace(",", "") if name else name for name in named]) == (
            (lead,) if lead else (),
            people,
        )
        assert secret.encode() not in public_bytes(snapshot)
        assert [problem.cell for problem in snapshot.problems if problem.code in ("guessed", "unknown-reference")]


@each(
    "typed",
    [
        "WPD", "Weed PD", "Weed Police Department", "SCSO", "Sheriff", "Siskiyou County Sheriff's Office", "CHP-MS",
        "CHP Mount Shasta", "CHP", "US Marshals", "County Probation", "Weed Fire", "DA's Office", "State Parks",
        "College of the Siskiyous Police", "BLM", "USFS", "MSPD", "Yreka PD Explorers", "Fish & Wildlife",
    ],
)  # fmt: skip
def test_text_that_reads_as_an_agency_is_public(typed):
    snapshot = one("Lead agency", typed)
    assert restrict(snapshot, PUBLIC).events[0].lead_agency == typed
    assert [held for held in snapshot.held_back if held.what == "agency"] == []


def test_partner_that_is_no_agency_is_shown_to_agencies_alone() -> None:
    snapshot = one("Partner agencies", "Weed PD; Weed Rotary Club")
    assert snapshot.events[0].partner_agencies == ("Weed PD", "Weed Rotary Club")
    assert restrict(snapshot, PUBLIC).events[0].partner_agencies == ("Weed PD",)
    assert snapshot.held_back == (
        HeldBack(None, "agency", "Events", None, "it does not read as an agency", "Weed Rotary Club"),
    )


# --- texts ------------------------------------------------------------------------------------------------------------

_OFFICERS = Tab(
    "Officers",
    [
        ["Officer ID", "Name", "Agency", "Aliases"],
        ["OF-1", "Will Park", "WPD", None], ["OF-2", "May Day", "WPD", None], ["OF-3", "Art Weed", "WPD", None],
        ["OF-4", "Dana Ruiz", "WPD", "Danny"], ["OF-5", "Inez De La Rosa", "WPD", None],
        ["OF-6", "Kofi Lindqvist", "WPD", None], ["OF-7", "Grace Church", "WPD", None],
    ],
)  # fmt: skip
_HELD = (
    "Meet Ofc. Vega", "meet ofc vega", "Ask Ruiz", "ASK RUIZ", "Ruiz will be there", "Come see Lindqvist!",
    "Lindqvist, K.", "Coffee with Dana Ruiz", "D. Ruiz hosts", "R\u200buiz hosts", "Ruіz hosts", "De La Rosa pours",
    "Officer Park pours", "Will Park pours", "W. Park pours", "Officer May Day", "Grace Church hosts",
    "Sgt. Kowalski and friends", "Deputy Smith will talk", "oficial Gómez", "Sheriff LaRue", "Chief Garcia's table",
    "Call 530-555-0199", "(530) 555-0199", "5305550199", "530.555.0199", "555-0199", "text 555 0199",
    "five three oh, five five five, oh one nine nine", "vega@weedpd.example", "vega at weedpd dot org",
    "gate code 4411", "door code: 2289#", "wifi password coffee123", "keypad 4411", "DOB 4/5/1981", "born 4/5/81",
    "plate 8ABC123", "7XYZ123", "badge 4512", "Officer #4512", "park at 1420 Oak Street",
    "RSVP: ana.vega+cwac@gmail.com", "llame al 530-555-0199", "código 4411", "press 4411 to enter",
)  # fmt: skip
_HARMLESS = (
    "Miller's Diner", "Sgt. Pepper's Pizza", "Chief Joseph Park", "K9 Rex", "K9 Rex demo", "Main St.",
    "Main St. closed", "Officer Friendly coloring book", "Weed Starbucks", "Church St. parking", "Will park in back",
    "May 5", "May Day picnic", "young people welcome", "Free 12 oz coffee", "call 911 in an emergency", "Highway 97",
    "exit 747", "Room 204", "Suite B-12", "since 1975", "96094", "zip code 96094", "Bus line 2", "8:30-10 AM",
    "$2 donuts", "Buy 1 get 1", "The Chief's choice roast", "Coffee with a Cop", "Coffee with the Chief",
    "Meet your local officers", "Meet the deputies", "Sheriff's Posse pancake breakfast",
    "Police Department open house", "Chief of Police Q&A", "Captain Jack's Stronghold", "Officers will be there",
    "Deputy Sheriffs' Association", "dress code: casual", "no dress code", "promo code COFFEE10", "area code 530",
    "Code enforcement too", "Veterans welcome", "Kids eat free", "Rain or shine", "Bring a friend", "Spanish spoken",
    "Se habla español", "Gratis", "Park behind the store", "Parking in the rear", "Across from the library",
    "Corner of 4th and Pine", "between 9 and 11", "10 years of coffee", "2026 series, 3 of 12",
    "National Coffee with a Cop Day 10/7/2026", "Oct 7, 2026", "All ages", "Rosie's Cafe", "Baker's dozen",
    "Brown bag lunch", "King's Cup Coffee", "St. Mary's Hall", "Dr. Martin Luther King Jr. Park",
    "Martin Luther King Day", "with CHP and Weed PD", "Lt. Governor's proclamation", "Detective story hour",
    "Officer of the Year award",
)  # fmt: skip


def texts_of(public_notes: Cell, title: Cell = None) -> Snapshot:
    row = dict(zip(HEADER, ROW, strict=True)) | {"Officers": None, "Public notes": public_notes, "Title": title}
    return read(Tab("Events", [list(row), list(row.values())]), _OFFICERS)


@each("typed", _HELD)
def test_text_with_a_name_or_a_private_detail_is_held_back(typed):
    for notes, title, what in ((typed, None, "notes"), (None, typed, "title")):
        snapshot = texts_of(notes, title)
        (event,) = restrict(snapshot, PUBLIC).events
        assert (event.public_notes, event.title) == (None, "Coffee with a Cop")
        (held,) = snapshot.held_back
        cell = "I2" if what == "notes" else "J2"
        assert (held.event_id, held.what, held.tab, held.cell, held.value) == ("E1", what, "Events", cell, typed)
        assert found(snapshot, "privacy") == [(cell, None)]
        assert typed.encode() not in public_bytes(snapshot)


@each("typed", _HARMLESS)
def test_harmless_text_stays_as_typed(typed):
    (event,) = restrict(texts_of(typed, typed), PUBLIC).events
    assert (event.public_notes, event.title) == (typed, typed)


def test_there_are_at_least_sixty_harmless_texts() -> None:
    assert len(set(_HARMLESS)) >= 60


def test_allowed_name_is_public() -> None:
    row = dict(zip(HEADER, ROW, strict=True)) | {"Title": "Coffee with Sheriff LaRue", "Public notes": "Ask Ofc. Vega"}
    tab = Tab("Events", [list(row), list(row.values())])
    (event,) = restrict(read(tab, rules=Rules(public_names=("Sheriff LaRue",))), PUBLIC).events
    assert (event.title, event.public_notes) == ("Coffee with Sheriff LaRue", None)


def test_private_venue_and_boilerplate_of_the_lists_are_held_back() -> None:
    events = Tab("Events", [list(HEADER), list(ROW)])
    venues = Tab("Venues", [["Venue", "Town", "Street"], ["Bean", "Weed", "1 Oak St, gate code 4411"]])
    agencies = Tab("Agencies", [["Agency", "Name", "Boilerplate"], ["Weed PD", "Weed Police", "Ask Sgt. Kowalski."]])
    snapshot = read(events, venues, agencies)
    (event,) = restrict(snapshot, PUBLIC).events
    assert event.venue is not None
    assert (event.venue.name, event.venue.street) == ("Bean", None)
    assert [(held.what, held.tab, held.cell) for held in snapshot.held_back] == [
        ("place", "Venues", "C2"), ("notes", "Agencies", "C2"),
    ]  # fmt: skip
    assert [agency.boilerplate for agency in release.released_agencies(snapshot)] == [None]


# --- words that forbid ------------------------------------------------------------------------------------------------

_FORBIDS = (
    "do not publish, LE only", "Not approved yet", "not yet approved", "DO NOT POST", "don't share",
    "no social media", "not for public release", "internal", "INTERNAL ONLY", "LE only", "law enforcement only",
    "staff only", "private event", "by invitation", "invited guests", "confidential", "hold", "hold off",
    "HOLD until Chief OKs", "embargoed until Jan 2", "pending approval", "pending chief's ok", "no publicar",
    "por invitación", "keep off FB", "don't advertise before 1/2", "not public", "awaiting sign-off",
    "needs Chief's approval", "evento privado", "solo personal", "nobody outside the dept", "invite only",
    "unapproved", "closed to the public", "wait to post", "NOT FOR DISTRIBUTION",
)  # fmt: skip
_FORBIDS_NOTHING = (
    "Approved", "posted 12/2", "public works brings cones", "call about publicity", "hold a raffle",
    "household drive", "private parking lot", "staff room", "threshold", "not your average coffee",
    "embargoed until Nov 2", "OK to post", "sent to the paper", "flyer printed", "announce at council",
    "invited the mayor", "publicity done", "shared on FB 11/2", "closed street", "internally lit sign",
    "Chief approved 11/3", "open to the public",
)  # fmt: skip


@each("typed", _FORBIDS)
def test_word_that_forbids_holds_the_event_back_from_any_cell(typed):
    for column in ("Internal notes", "Public notes", "Title", "Misc", "Approvals log", "Funding"):
        snapshot = one(column, typed)
        assert restrict(snapshot, PUBLIC).events == ()
        assert [held.cell for held in snapshot.held_back if held.what == "event"][:1] == ["I2"], column
        assert found(snapshot, "held-back")[0] == ("I2", typed), column
        assert b"12/9" not in public_bytes(snapshot)


@each("typed", _FORBIDS_NOTHING)
def test_other_words_forbid_nothing(typed):
    for column in ("Internal notes", "Misc"):
        assert release.summary(one(column, typed)) == "1 event is public, none is held back.", column


def test_word_that_no_longer_forbids_hides_no_other_one() -> None:
    assert len(restrict(one("Misc", "embargo lifted"), PUBLIC).events) == 1
    assert restrict(one("Misc", "embargo lifted, but do not post"), PUBLIC).events == ()


def test_venue_is_held_back_with_invisible_characters_around_its_name() -> None:
    venues = Tab("Venues", [["Venue", "Town"], ["\u200bBean, gate code 4411", "Weed"]])
    row = [cell if cell != "Bean" else "Bean, gate code 4411" for cell in ROW]
    snapshot = read(Tab("Events", [list(HEADER), row]), venues)
    assert b"4411" not in public_bytes(snapshot)


def test_header_that_forbids_counts_where_its_column_is_ticked() -> None:
    assert restrict(one("Do not post", "x"), PUBLIC).events == ()
    assert len(restrict(one("Do not post", None), PUBLIC).events) == 1


@each(
    "column, cell, is_public",
    [
        ("Public?", "No", False), ("Approved?", "N", False), ("OK to post", "no", False),
        ("Visibility", "Internal", False),
        ("Public", None, False), ("Publish", "pending", False), ("Posted", "FB only", False), ("Sign off", "?", False),
        ("Announce", "after 12/1", False), ("Open to public", "not yet", False), ("Published", False, False),
        ("Public", "Yes", True), ("Public", "x", True), ("Public?", "✓", True), ("Approved", True, True),
        ("Approved", "Y - JB 11/3", True), ("Approval", "approved", True), ("Visibility", "Public", True),
        ("OK to post", "ok per Chief", True), ("Publicar", "sí", True),
    ],
)  # fmt: skip
def test_column_public_wants_a_plain_yes(column, cell, is_public):
    snapshot = one(column, cell)
    assert [bool(event.public) for event in snapshot.events] == [is_public]
    assert bool(restrict(snapshot, PUBLIC).events) is is_public
    assert [held.what for held in snapshot.held_back] == ([] if is_public else ["event"])


def test_public_column_that_was_renamed_holds_until_told() -> None:
    header, row = [*HEADER, "Public"], [*ROW, "Yes"]
    before = plan_of(book(Tab("Events", [header, row])), Rules())
    renamed = book(Tab("Events", [[*HEADER, "On the web"], row]))
    held = read_workbook(renamed, TODAY, before=before)
    assert restrict(held, PUBLIC).events == ()
    assert [problem.cell for problem in held.problems if problem.code == "held-back"] == ["A1"]
    told = read_workbook(
        book(Tab("Events", [[*HEADER, "On the web"], row])), TODAY, Rules(columns=(("On the web", "Public"),)), before
    )
    assert len(restrict(told, PUBLIC).events) == 1


# --- off is off -------------------------------------------------------------------------------------------------------


@each(
    "column, typed",
    [
        ("Misc", "CANCELED by chief"), ("Count", "no event, snow"), ("Held?", "N - snow"), ("Misc", "rained out"),
        ("Weather", "did not happen"), ("Notes", "event cancelled"), ("", "CANX"), ("Guests", "postponed"),
        ("Comments", "called off, smoke"), ("Misc", "se canceló"), ("Follow up", "moved to 1/6"), ("Held?", "No"),
    ],
)  # fmt: skip
def test_event_that_any_cell_calls_off_is_not_public_and_never_completed(column, typed):
    for date, status in (("11/4/2026", "Completed"), ("11/4/2026", "Confirmed"), ("12/9/2026", "Confirmed")):
        if typed == "No" and date.startswith("12"):
            continue  # not held yet
        snapshot = one(column, typed, Date=date, Status=status)
        assert restrict(snapshot, PUBLIC).events == ()
        assert [event.status for event in snapshot.events] != ["Completed"]
        assert [problem.cell for problem in snapshot.problems if problem.code == "inconsistent"] == ["I2"]


# --- the gate and its exits -------------------------------------------------------------------------------------------

_ASKS = {"release", "without_held", "released_events", "released_agencies", "released_places"}
EXITS = {
    "cwac/access.py": "the snapshot of strangers: pages, public site, JSON, ICS, Atom, embed, API of strangers",
    "cwac/exports/event_pages.py": "short addresses and QR codes",
    "cwac/exports/documents.py": "how many events are public",
    "cwac/forms/feedback.py": "what residents answered, on public pages",
    "cwac/packet/facts.py": "flyers, news releases, venue letters, table cards",
    "cwac/web/sections/sheet_health.py": "what coordinators are told",
}
"""The modules that ask the gate, and for which exits."""


def modules_using(names: set[str]) -> Iterator[str]:
    for path in sorted((ROOT / "cwac").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        used |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        if names & used and path.name not in ("release.py", "model.py"):
            yield path.relative_to(ROOT).as_posix()


def test_only_the_gate_decides_by_status_and_every_exit_asks_it() -> None:
    assert list(modules_using({"PUBLIC_STATUSES", "held_back_events"})) == []
    asking = {
        path
        for path in modules_using({"release"})
        if any(f"release.{name}" in (ROOT / path).read_text(encoding="utf-8") for name in _ASKS)
    }
    assert asking == set(EXITS)


def test_every_use_of_the_public_viewer_is_a_restricted_snapshot() -> None:
    """What is made for strangers is made from `restrict`: a module that names their viewer is listed here."""
    assert list(modules_using({"PUBLIC"})) == [
        "cwac/access.py", "cwac/api/routes.py", "cwac/exports/ical.py", "cwac/packet/documents.py",
        "cwac/packet/facts.py", "cwac/public/addon.py", "cwac/public/routes.py", "cwac/public/site.py",
        "cwac/web/calendar/page.py", "cwac/web/feeds.py", "cwac/web/limits.py", "cwac/web/sections/subscribe.py",
        "cwac/web/session.py", "cwac/web/viewer.py",
    ]  # fmt: skip


def test_liaisons_are_not_told_where_and_why() -> None:
    snapshot = one("Approvals log", "do not publish: K. Vega is on leave")
    assert [held.why for held in snapshot.held_back] == ["do not publish"]
    for viewer in (Viewer("liaison", ("Weed PD",)), Viewer("liaison", ("SCSO",))):
        share = restrict(snapshot, viewer)
        assert [(held.cell, held.why) for held in share.held_back] == [(None, "")]
        assert "on leave" not in repr(share)
    assert "on leave" in repr(restrict(snapshot, COORDINATOR))


def test_dry_run_says_what_is_public_and_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import openpyxl

    monkeypatch.chdir(tmp_path)
    sheet = openpyxl.Workbook()
    sheet.active.title = "Events"
    for row in ([*HEADER, "Misc"], [*ROW, None], ["E2", *ROW[1:], "not approved yet"]):
        sheet.active.append(row)
    sheet.save(tmp_path / "plan.xlsx")
    words = ["publish", "site", "plan.xlsx", "--dry-run", "--on", "2026-11-25"]
    text, document = (CliRunner().invoke(main, [*words, *more]) for more in ([], ["--format", "json"]))
    assert text.output.splitlines()[-2:] == [
        "1 event is public, 1 is held back.", "  E2: the event: not approved (Events I3)",
    ]  # fmt: skip
    assert json.loads(document.stdout)["public"] == {
        "events": 1,
        "held_back": [{"event_id": "E2", "what": "event", "tab": "Events", "cell": "I3", "why": "not approved"}],
    }
    assert not (tmp_path / "site").exists()

"""The Changes page and the overview's line about changes, restricted to each viewer; downloads of versions."""

import datetime as dt
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from streamlit.testing.v1 import AppTest

from cwac.analysis.changes import Change, Effect, EffectKind
from cwac.clock import read_clock
from cwac.settings import Settings
from cwac.storage.history import Day
from cwac.storage.store import Store, StoreTrouble
from cwac.web.sections import changes
from tests.cases import each
from tests.web import plan, screen_text
from tests.web.conftest import CLAIMS, Serve, blocks, closed_to_strangers, line_words, links_of, opened, words


@pytest.fixture
def edited(serve: Serve, tmp_path: Path) -> Store:
    """The store of a plan with three versions."""
    address = f"sqlite:///{tmp_path}/store.sqlite3"
    serve(replace(screen_text.edited(tmp_path), store=address))
    return Store(address)


def headers(page: AppTest) -> list[str]:
    drawn = [element.value.replace("\\", "") for element in page.header]
    return drawn + [block["text"] for block in blocks(page) if block["kind"] == "heading"]


def test_overview_counts_changes_since_the_last_visit(edited: Store) -> None:
    email, visit = str(CLAIMS["coordinator"]["email"]), read_clock() - dt.timedelta(days=2)
    edited.record_visit(email, visit)
    page = opened("overview", "coordinator")
    assert "Since your last visit: 2 changes" in words(page)
    (link,) = [piece for block in blocks(page) for piece in links_of(block) if piece["text"] == "2 changes"]
    assert link["query"] == {"since": "Your last visit"}
    assert edited.last_visit(email) == visit
    assert "2 changes" in words(opened("changes", "coordinator", since="Your last visit"))


def run_fragment_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the comparison while the page is drawn, as if a second had passed: AppTest runs no timers."""
    fragment = changes.st.fragment

    def at_once(function: Callable[..., None], **options: object) -> Callable[..., None]:
        if function is not changes._compare_and_rerun:
            return fragment(function, **options)
        return lambda *args: function(*args[:-1], -1)

    monkeypatch.setattr(changes.st, "fragment", at_once)


def test_overview_of_a_large_sheet_compares_versions_after_the_page_is_drawn(
    edited: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "LARGE_SHEET", 0)
    edited.record_visit(str(CLAIMS["coordinator"]["email"]), read_clock() - dt.timedelta(days=2))
    compared: list[int] = []
    monkeypatch.setattr(changes, "_compare", lambda *_: compared.append(1) or ())
    page = opened("overview", "coordinator")
    assert not page.exception
    assert changes.COMPARING in words(page)
    assert LAST_QUARTER in headers(page), "the rest of the page is there"
    assert compared == []
    run_fragment_at_once(monkeypatch)
    page.run()
    assert compared == [1]
    assert "Nothing has changed since your last visit." in words(page)
    assert changes.COMPARING not in words(page)


@pytest.mark.usefixtures("edited")
def test_store_error_while_comparing_a_large_sheet_ends_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise StoreTrouble("store", "The store is away.", "")

    monkeypatch.setattr(changes, "LARGE_SHEET", 0)
    monkeypatch.setattr(changes, "_compare", fails)
    run_fragment_at_once(monkeypatch)
    page = opened("overview", "coordinator")
    assert not page.exception
    assert changes.COMPARING not in words(page)
    assert LAST_QUARTER in headers(page)


SNAPSHOT = plan.snapshot()
FOLLOW_UP = Change("changed", "Follow-ups", "F-1", "Follow-up F-1 (SHARED)", ("Open → Closed",), (), "SHARED")
LAST_QUARTER = "Last quarter: July 1–September 30, 2026"


def effect(kind: EffectKind, code: str, agency: str | None = None, message: str = "message") -> Effect:
    return Effect(kind, code, ("SHARED",), message, agency)


def card_of(*changed: Change) -> list[str]:
    """The lines of the one card made of these changes."""
    block = changes.cards(changes.by_event(changed), SNAPSHOT, plan.TODAY)
    (card,) = block["cards"]
    return [line_words(line) for line in (card["title"], *card["lines"])]


def of_shared(**fields: object) -> Change:
    return replace(Change("changed", "Events", "SHARED", "SHARED Weed", event_id="SHARED"), **fields)  # type: ignore[arg-type]


def test_effects_of_one_event_are_chips_of_one_card() -> None:
    change = of_shared(
        details=("start 8:00 → 9:00 AM",),
        officers=-1,
        openings=4,
        effects=(
            effect("gap-opened", "understaffed"),
            effect("gap-closed", "no-supervisor"),
            *(effect("gap-opened", "agency-without-officer", agency) for agency in ("WPD", "CHP-MS")),
        ),
    )
    assert card_of(change, FOLLOW_UP) == [
        "Sat, Nov 28 · 8:00–9:30 AM",
        "Weed Starbucks CHP-MS leads, with WPD",
        "Start 8:00 → 9:00 AM",
        "Follow-up F-1 (SHARED): Open → Closed",
        "1 officer fewer4 positions openedNew: no officer from WPD, CHP-MSSupervisor no longer required",
    ]


@each(
    ("changed", "chips"),
    [
        ({"officers": 1, "effects": (effect("gap-closed", "no-supervisor"),)}, "1 officer moreSolved: no supervisor"),
        ({"effects": (effect("gap-opened", "understaffed"),)}, "New: too few officers"),
    ],
)
def test_chips_of_an_effect(changed: dict[str, Any], chips: str) -> None:
    assert line_words(changes.effect_chips(of_shared(**changed))) == chips


def listed(*changed: Change) -> changes.Listing:
    return changes.listing_of((Day(plan.TODAY, read_clock(), changed),), None)


def test_headline_counts_the_cards_below_it_and_says_what_is_among_them() -> None:
    there, off = of_shared(upset="moved", openings=4), of_shared(upset="called off", event_id="MAYBE", id="MAYBE")
    typed = Change("new", "Officers", "OF-9", "Officer OF-9 A. Sample")
    listing = listed(there, off, FOLLOW_UP, typed)
    drawn = changes.cards([group for _, group in listing.groups], SNAPSHOT, plan.TODAY)["cards"]
    headline = "3 changes since yesterday, among them 1 moved, 1 called off; 4 positions opened."
    assert (len(drawn), changes.headline(listing, "yesterday", None)) == (3, headline)


def test_tally_counts_positions_as_the_chips_do() -> None:
    opened_up = of_shared(openings=4, effects=(effect("gap-opened", "understaffed"), effect("gap-opened", "no-host")))
    filled = of_shared(openings=-1, effects=(effect("gap-shrank", "understaffed"),))
    conflict = of_shared(effects=(effect("clash-appeared", "officer-double-booked"),))
    moved, off = of_shared(upset="moved"), of_shared(upset="called off")
    there = "Sat, Nov 28, Weed Starbucks"
    of_upset = listed(off, opened_up, moved, moved).summary(SNAPSHOT)
    assert line_words(of_upset) == f": 2 moved ({there}), 1 called off ({there}); 4 positions opened"
    gone = listed(*(replace(change, event_id="NONE") for change in (off, opened_up, moved))).summary(SNAPSHOT)
    assert line_words(gone) == ": 1 moved, 1 called off; 4 positions opened"
    listing = listed(opened_up, filled, conflict)
    assert line_words(listing.summary(SNAPSHOT)) == "; 4 positions opened, 1 new conflict, 1 position filled"
    headline = "1 change for SCSO since yesterday; 4 positions opened, 1 new conflict, 1 position filled."
    assert changes.headline(listing, "yesterday", "SCSO") == headline
    assert changes.headline(replace(listing, effects={}), "version 3", None) == "1 change since version 3."
    assert changes.headline(listed(), "yesterday", None) == "Nothing changed since yesterday."


def test_events_that_moved_or_are_off_come_first_and_a_move_is_said_beside_the_time() -> None:
    other = replace(of_shared(), id="MAYBE", event_id="MAYBE")
    moved = of_shared(details=("start 8:00 → 9:00 AM",), upset="moved")
    cards = changes.cards(changes.by_event((other, moved)), SNAPSHOT, plan.TODAY)["cards"]
    titles = [line_words(card["title"]) for card in cards]
    assert titles[0] == "Sat, Nov 28 · 8:00–9:30 AM Moved"
    assert "Moved" not in titles[1]


def test_new_conflict_is_told_in_full() -> None:
    conflict = effect("clash-appeared", "officer-double-booked", message="A. Sample is double-booked.")
    lines = card_of(of_shared(action="affected", effects=(conflict,)))
    assert lines[2] == "A. Sample is double-booked."
    assert lines[3].startswith("New: ")


def test_new_event_does_not_repeat_its_day() -> None:
    change = of_shared(action="new", details=("new, Sat, Nov 28, 8:00–9:30 AM, Confirmed", "A. Sample assigned"))
    assert card_of(change)[2:] == ["Confirmed", "A. Sample assigned", "New event"]


def test_deleted_event_and_row_of_another_tab_have_no_link() -> None:
    deleted = Change("deleted", "Events", "OLD", "OLD Etna", ("deleted",), event_id="OLD")
    officer = Change("changed", "Officers", "OF-9", "Officer OF-9 A. Sample", ("agency WPD → YPD",))
    block = changes.cards(changes.by_event((deleted, officer)), SNAPSHOT, plan.TODAY)
    assert links_of(block) == []
    assert [line_words(card["title"]) for card in block["cards"]] == ["OLD Etna", "Officer OF-9 A. Sample"]


@pytest.mark.slow
@pytest.mark.usefixtures("edited")
def test_coordinator_downloads_a_version_unchanged() -> None:
    taken = openpyxl.load_workbook(io.BytesIO(changes._as_xlsx(1, changes.source_key())))
    assert taken["Events"]["C2"].value == dt.time(8)
    assert taken["Staffing"]["E6"].value == "Requested"
    assert len(opened("changes", "coordinator").get("download_button")) == 1


def test_single_version_says_that_there_is_nothing_to_compare(serve: Serve, plan_file: Path, tmp_path: Path) -> None:
    serve(replace(closed_to_strangers(plan_file), store=f"sqlite:///{tmp_path}/store.sqlite3"))
    assert "Only one version of the sheet has been seen so far." in words(opened("changes", "coordinator"))


def test_store_error_shows_one_message(serve: Serve, tmp_path: Path) -> None:
    file = plan.save(tmp_path / "plan.xlsx")
    serve(Settings(workbook=str(file), auth=True, coordinators=("boss@county.example.gov",), store="nonsense://x"))
    page = opened("changes", "coordinator")
    assert not page.exception
    assert not opened("overview", "coordinator").exception
    assert "What changed cannot be told at the moment." in words(page)

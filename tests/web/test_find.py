"""Find in the frame: only what the viewer may see, links that open it, and nothing typed that is kept."""

import json
from typing import Any

import pytest

from cwac import access
from cwac.access import COORDINATOR, PUBLIC, Viewer
from cwac.analysis import find as finding
from cwac.clock import read_clock
from cwac.settings import Rules
from cwac.web.cache import Cache
from cwac.web.frame import find_matches
from cwac.web.session import Session
from tests.cases import each
from tests.web import plan
from tests.web.conftest import PAGES, closed_to_strangers, frame, opened, sent

LIAISON = Viewer("liaison", ("WPD",))
PRIVATE = ("planted", "OF-0", "plantedsample", "planteddemo", "plantedexample", "plantedtrial", "stranger")
"""Typed words that name officers, or text of private columns, of the plan."""


def session(viewer: Viewer, agency: str | None = None) -> Session:
    whole = plan.snapshot()
    snapshot = access.restrict(whole, viewer)
    return Session(viewer, snapshot, plan.TODAY, read_clock(), Rules(), Cache(9), agency)


def answer(viewer: Viewer, typed: str, agency: str | None = None) -> Any:
    return find_matches(session(viewer, agency), typed)


def targets(viewer: Viewer, typed: str, agency: str | None = None) -> dict[str, Any]:
    """What each match opens."""
    groups = answer(viewer, typed, agency)["groups"]
    return {link["text"]: link["target"] for group in groups for link in group["links"]}


EVERYBODY = {"A. Plantedsample", "B. Planteddemo", "C. Plantedexample", "D. Plantedtrial"}


@each(
    ("viewer", "typed", "found"),
    [
        (COORDINATOR, "OF-0", EVERYBODY),
        (COORDINATOR, "planted", EVERYBODY),
        (COORDINATOR, "maybe", {"MAYBE"}),
        (COORDINATOR, "lost", {"LOST"}),
        (LIAISON, "planted", {"A. Plantedsample", "C. Plantedexample"}),
        *((LIAISON, typed, set()) for typed in ("planteddemo", "plantedtrial", "OF-02", "OF-04")),
        (PUBLIC, "shared", {"SHARED"}),
        *((PUBLIC, typed, set()) for typed in (*PRIVATE, "maybe", "lost")),
    ],
)
def test_each_viewer_finds_the_officers_and_events_that_they_may_see(
    viewer: Viewer, typed: str, found: set[str]
) -> None:
    names = {name for name in targets(viewer, typed) if typed != "planted" or "Planted" in name}
    assert names == found


def test_public_viewer_is_offered_no_officer_and_no_private_text() -> None:
    assert "officers" not in answer(PUBLIC, "planted")["said"]
    index = session(PUBLIC).ask(finding.index, plan.TODAY)
    assert "planted" not in repr(index).casefold()
    assert {match.kind for _, match in index.names} == {"agency", "town", "venue"}


def test_index_of_a_liaison_has_no_officer_of_another_agency() -> None:
    index = repr(session(LIAISON).ask(finding.index, plan.TODAY))
    # A person without a name is nobody to find.
    assert [name for name in ("Planteddemo", "Plantedtrial", "SCSO officer") if name in index] == []


def test_matches_open_events_and_filter_the_calendar() -> None:
    assert targets(COORDINATOR, "weed") == {
        "WPD": {"page": "calendar", "query": {"agency": "WPD"}},
        "Weed": {"page": "calendar", "query": {"town": "Weed"}},
        "Weed Starbucks": {"event": "SHARED"},
    }
    assert targets(PUBLIC, "sheriffs")["SHERIFFS"] == {"event": "SHERIFFS"}


def test_officer_opens_their_shifts_whatever_agency_is_selected() -> None:
    target = targets(COORDINATOR, "plantedsample")["A. Plantedsample"]
    label = {"officer": "A. Plantedsample, WPD (OF-01)"}
    assert target == {"page": "my_shifts", "query": label}
    assert targets(COORDINATOR, "plantedsample", "WPD")["A. Plantedsample"]["query"] == label
    other = targets(COORDINATOR, "plantedsample", "SCSO")["A. Plantedsample"]
    assert other["query"] == label | {"agency": "All agencies"}


def test_officer_whom_a_liaison_sees_at_a_shared_event_opens_that_event() -> None:
    assert targets(LIAISON, "plantedexample") == {"C. Plantedexample": {"event": "SHARED"}}


def test_pages_of_the_bottom_bar_are_those_that_the_viewer_may_open(serve: Any, plan_file: Any) -> None:
    serve(closed_to_strangers(plan_file, public=True))
    for viewer, kind in (("stranger", "public"), ("liaison", "liaison"), ("coordinator", "coordinator")):
        shown = frame(opened("calendar", viewer))
        allowed = {page for page in PAGES if access.may_open(Viewer(kind), page)}  # type: ignore[arg-type]
        assert {page["page"] for page in shown["pages"]} == allowed
        assert [page["title"] for page in shown["pages"]][:2] == ["Overview", "Calendar"]
        assert shown["current"] == "calendar"
        assert ("officers" in shown["finds"]) == (kind != "public")


@pytest.mark.parametrize(("viewer", "finds"), [("stranger", False), ("liaison", False), ("coordinator", True)])
def test_planted_officer_is_sent_only_to_a_viewer_who_may_see_them(
    serve: Any, plan_file: Any, viewer: str, finds: bool
) -> None:
    serve(closed_to_strangers(plan_file, public=True))
    page = opened("calendar", viewer)
    page.session_state["_find"] = "planteddemo"
    page.run()
    assert (b"Planteddemo" in sent(page)) == finds
    assert "planteddemo" not in json.dumps(dict(page.query_params))
    assert "_find" not in page.session_state, "what was typed is not kept"
    page.run()
    assert frame(page)["found"] is None


def test_closed_dashboard_has_no_find(serve: Any, plan_file: Any) -> None:
    serve(closed_to_strangers(plan_file))
    assert frame(opened("overview", "stranger")) == {}

"""When an event was last changed, as far as somebody may know."""

import datetime as dt

import pytest

from cwac.access import COORDINATOR, PUBLIC, Viewer, sees_names
from cwac.analysis.revisions import Past, Trace, passed, trace_key
from cwac.storage.revisions import last_change
from tests.web import plan

FIRST, EARLIER, LATER = (dt.datetime(2026, 11, day, tzinfo=dt.UTC) for day in (1, 10, 20))


@pytest.mark.parametrize(
    ("plan_changes", "crew_changes", "to_anybody", "to_the_crew"),
    [
        (0, 0, None, None),
        (1, 0, EARLIER, EARLIER),
        (0, 1, None, LATER),
        (2, 3, EARLIER, LATER),
    ],
)
def test_only_those_who_see_who_goes_are_told_when_that_changed(
    plan_changes: int, crew_changes: int, to_anybody: dt.datetime | None, to_the_crew: dt.datetime | None
) -> None:
    planned, staffed = (EARLIER if plan_changes else FIRST), (LATER if crew_changes else FIRST)
    past = Past({trace_key("EV-1"): Trace("plan", plan_changes, planned, "crew", crew_changes, staffed)})
    assert last_change(past, "EV-1", crew=False) == to_anybody
    assert last_change(past, "EV-1", crew=True) == to_the_crew
    assert last_change(past, "EV-2", crew=True) is None
    assert last_change(None, "EV-1", crew=True) is None


@pytest.mark.parametrize(
    ("viewer", "sees"),
    [
        (PUBLIC, set()),
        (Viewer("liaison"), set()),
        (Viewer("liaison", ("WPD",)), {"SHARED"}),
        (Viewer("liaison", ("SCSO",)), {"SHARED", "SHERIFFS"}),
        (COORDINATOR, {"SHARED", "SHERIFFS"}),
    ],
)
def test_staffing_moves_the_last_change_of_those_alone_who_see_its_names(viewer: Viewer, sees: set[str]) -> None:
    before = plan.snapshot()
    staffing = [*plan.tabs()["Staffing"], ["SHARED", "OF-04"], ["SHERIFFS", "OF-02", None, "Floor", "Declined"]]
    after = passed(passed(Past(), before, FIRST), plan.snapshot(Staffing=staffing), LATER)
    changed = {
        event_id
        for event_id in ("SHARED", "SHERIFFS")
        if last_change(after, event_id, crew=sees_names(viewer, before, event_id)) == LATER
    }
    assert changed == sees

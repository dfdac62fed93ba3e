"""When an event was last changed, as far as a viewer may know."""

import datetime as dt

import pytest

from cwac.access import COORDINATOR, PUBLIC, Viewer, sees_names
from cwac.analysis.revisions import Revision, Revisions, advance, key_of
from cwac.storage.revisions import last_change
from tests.web import plan

FIRST, EARLIER, LATER = (dt.datetime(2026, 11, day, tzinfo=dt.UTC) for day in (1, 10, 20))


@pytest.mark.parametrize(
    ("plan_changes", "crew_changes", "without_names", "with_names"),
    [
        (0, 0, None, None),
        (1, 0, EARLIER, EARLIER),
        (0, 1, None, LATER),
        (2, 3, EARLIER, LATER),
    ],
)
def test_time_of_a_staffing_change_is_only_for_viewers_who_see_names(
    plan_changes: int, crew_changes: int, without_names: dt.datetime | None, with_names: dt.datetime | None
) -> None:
    planned, staffed = (EARLIER if plan_changes else FIRST), (LATER if crew_changes else FIRST)
    revisions = Revisions({key_of("EV-1"): Revision("plan", plan_changes, planned, "crew", crew_changes, staffed)})
    assert last_change(revisions, "EV-1", crew=False) == without_names
    assert last_change(revisions, "EV-1", crew=True) == with_names
    assert last_change(revisions, "EV-2", crew=True) is None
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
def test_staffing_change_moves_the_last_change_for_viewers_who_see_its_names(viewer: Viewer, sees: set[str]) -> None:
    before = plan.snapshot()
    staffing = [*plan.tabs()["Staffing"], ["SHARED", "OF-04"], ["SHERIFFS", "OF-02", None, "Floor", "Declined"]]
    after = advance(advance(Revisions(), before, FIRST), plan.snapshot(Staffing=staffing), LATER)
    changed = {
        event_id
        for event_id in ("SHARED", "SHERIFFS")
        if last_change(after, event_id, crew=sees_names(viewer, before, event_id)) == LATER
    }
    assert changed == sees

"""The Attendance page, checked on a plan small enough to count by hand."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from cwac.analysis.backtest import RULES, Backtest, Replay, Tried, Width
from cwac.analysis.periods import quarter_named
from cwac.settings import Rules, Settings
from cwac.web import widgets
from cwac.web.sections import attendance, forecast, outreach, productivity
from tests.web import plan
from tests.web.conftest import closed_to_strangers, opened, words

Serve = Callable[[Settings], None]
SNAPSHOT = plan.snapshot()


def test_comparable_periods_are_years_and_quarters_with_events() -> None:
    assert list(attendance.comparable(SNAPSHOT)) == ["Last 12 months", "The 12 months before", "2026", "2026-Q4"]


def test_two_periods_are_compared_figure_by_figure() -> None:
    text, columns = attendance.compared(
        SNAPSHOT, quarter_named("2026-Q4"), quarter_named("2026-Q3"), "2026-Q4", "2026-Q3", None
    )
    assert text == (
        "typical 24 guests (1 event counted, 1 not; 1 estimated) now, attendance not known (0 events counted) then. "
        "Too few events to say whether they differ; each period takes 8 counted events."
    )
    lines = {row[0]: row[1:] for row in zip(*columns.values(), strict=True)}
    assert lines["Events held"] == ("2", "0")
    assert lines["Of these counted"] == ("1", "0")
    plain = {name: tuple(str(cell).replace("\\", "") for cell in cells) for name, cells in lines.items()}
    assert plain["Median guests"] == ("24 (1 event counted, estimated, 1 not counted)", "not known (no event held)")
    assert plain["Guests counted in all"] == (
        "about 24 (1 of 2 open-ended, 1 not counted)",
        "not known (no event held)",
    )
    assert lines["Cancelled"] == ("1", "0")
    assert plain["Towns reached"] == ("2 of 3 listed", "0 of 3 listed")


def test_no_trend_is_claimed_from_too_few_counts() -> None:
    said = attendance.summary(SNAPSHOT, "Last 24 months", None)
    assert str(said.change).startswith("Change over time: too few events to say")


def test_missing_items_are_counted_by_agency() -> None:
    assert [
        (item.event.id, item.kind, item.agency) for item in attendance.lacking(SNAPSHOT, None, "Count or closing")
    ] == [("UNCOUNTED", "count", "SCSO")]
    owed = attendance.owed_by_agency(SNAPSHOT, "Anything")
    assert list(owed) == ["Agency", "Held or not?", "No count", "No hours", "No owner"]
    lines = [(str(line[0]).split("]")[0], *line[1:]) for line in zip(*owed.values(), strict=True)]
    assert (":color[SCSO", "0", "1", "0", "1") in lines
    assert (":color[WPD", "0", "0", "1", "1") in lines


def test_productivity_ratios_state_their_formula() -> None:
    columns = productivity.measures(productivity.of_period(SNAPSHOT, "Last 24 months", None, Rules()))
    assert [str(item).replace("\\", "") for item in columns["Value"]] == ["**too few events**"] * 3
    assert str(columns["How it is made"][0]).replace("\\", "") == (
        "0 of 2 events known in full; 8 are needed  \n"
        "none of 2 events held is known in full (left out: 1 not counted, 1 with guests noted in only some rows)"
    )


def test_no_forecast_from_too_few_counts() -> None:
    coming = forecast.next_ones(SNAPSHOT, "SCSO")
    assert [(item.event.id, item.guests) for item in coming] == [("SHERIFFS", None)]


def test_towns_without_events_are_named() -> None:
    assert (outreach.sentence(SNAPSHOT) or "").replace("\\", "") == (
        "Towns reached in the last 12 months: 2 of 3 listed. **1 of 3 towns had no event for 6 months:** Etna."
    )


@pytest.mark.parametrize(("viewer", "sections"), [("coordinator", 6), ("stranger", 4)])
def test_public_viewers_do_not_see_hours_or_missing_items(
    serve: Serve, plan_file: Path, viewer: str, sections: int
) -> None:
    serve(closed_to_strangers(plan_file, public=True))
    page = opened("attendance", viewer)
    (control,) = [item for item in page.get("button_group") if item.label == "Show"]
    assert len(control.options) == sections


def test_sample_states_its_forecast_errors(serve: Serve) -> None:
    serve(Settings())
    page = opened("attendance", show="What to expect")
    assert "guests on average (median at the venue: " in words(page)
    assert "held near 80% by adjusting the width" in words(page)
    assert len(page.table) == 2
    assert page.table[1].value["Past events"].tolist()[0] == "Past events tried"


def test_venues_of_the_backtest_are_escaped() -> None:
    rules = dict.fromkeys(RULES, 12.0)
    event = replace(SNAPSHOT.events[0], venue=None, venue_text="[x](http://y) *z*")
    tried = Backtest((Tried(event, 12, 10, 8, 14, rules, first_visit=False),) * 20)
    columns = forecast.in_range_by_venue(Replay(tried, tried, Width(), Width()))
    assert columns["Venue"] == [widgets.md(f"[x](http://y) *z*, {event.town}")]
    assert "\\[x\\]" in str(columns["Venue"][0])
    assert columns["Counts in the 80% range"] == [widgets.md("20 of 20, 100% (95% range 84% to 100%)")]

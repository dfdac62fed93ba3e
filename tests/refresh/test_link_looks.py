"""A dashboard over a sheet that is read by its link: how often it looks, and counties that mix sources."""

from __future__ import annotations

import time
from pathlib import Path

from cwac.model import SourceUnavailable
from cwac.refresh import sheets
from cwac.refresh.pace import Pace, Schedule
from cwac.refresh.source_factory import identity_of, source_for
from cwac.settings import Settings
from cwac.settings.google import SECONDS_BY_LINK
from tests.server.link_export import LinkExport
from tests.sources.shared_workbook import workbook

CONTENT = workbook("Weed", "Yreka")


def link_of(google: LinkExport) -> str:
    return f"https://docs.google.com/spreadsheets/d/{google.id}/edit?usp=sharing"


def test_refresh_seconds_and_retries_cannot_make_it_look_more_often() -> None:
    settings = Settings(spreadsheet="https://docs.google.com/spreadsheets/d/1AbCdEfGh", gsheets={"credentials": "none"})
    least = source_for(settings).least
    pace = Pace(every=10.0).at_least(least)
    assert least > SECONDS_BY_LINK
    assert (pace.every, pace.asked, pace.permanent, pace.retries) == (least, least, least, (least,) * 3)
    schedule = Schedule(pace)
    began = time.monotonic()
    for trouble in (
        SourceUnavailable("unreachable", "x", "y", permanent=False),
        SourceUnavailable("not-shared", "x", "y"),
        SourceUnavailable("rate-limit", "x", "y", permanent=False, retry_after=5.0),
        SourceUnavailable("rate-limit", "x", "y", permanent=False),
    ):
        assert schedule.delay_after(trouble, began, answered=False) >= SECONDS_BY_LINK, trouble.cause
    assert Pace().at_least(0.0) == Pace()


def test_refresh_waits_for_five_minutes_after_any_look(tmp_path: Path) -> None:
    with LinkExport(CONTENT) as google:
        settings = Settings(
            spreadsheet=link_of(google),
            gsheets={"credentials": "none", "web_endpoint": google.address("docs")},
            store=f"sqlite:///{tmp_path}/store.sqlite3",
            refresh_seconds=10,
        )
        _, poller = sheets.for_settings(settings).of("")
        assert poller.look() > SECONDS_BY_LINK / 2
        assert not poller.refresh_now()
        poller.look(asked=True)
        assert google.calls == {"export": 1, "download": 1}
        snapshot = poller.live.snapshot
        assert snapshot is not None
        assert [event.town for event in snapshot.events] == ["Weed", "Yreka"]
        poller.stop()


def test_history_goes_on_when_an_account_takes_the_place_of_the_link() -> None:
    by_link = Settings(
        spreadsheet="https://docs.google.com/spreadsheets/d/1AbCdEfGh/edit", gsheets={"credentials": "none"}
    )
    assert identity_of(by_link) == identity_of(Settings(spreadsheet=by_link.spreadsheet))

"""What strangers can fetch stays the same, byte for byte, while only what is private is edited."""

import datetime as dt
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import icalendar
import pytest
from starlette.applications import Starlette

from cwac import access
from cwac.api import routes as api
from cwac.exports import ical
from cwac.model import Cell, Snapshot, SourceUnavailable
from cwac.public import routes as public
from cwac.refresh import sheets
from cwac.refresh.live import Live, Notice
from cwac.settings import Settings
from cwac.web import feeds, frame, metrics
from tests.api.test_routes import Client
from tests.cases import each
from tests.web import plan
from tests.web.plan import Rows
from tests.web.served import until

CLIENT = Client(Starlette(routes=[*api.ROUTES, *metrics.ROUTES]))
LOOKED = dt.datetime(2026, 11, 25, 18, 42, 17, tzinfo=dt.UTC)
SAVED = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC).timestamp()


def put(rows: Rows, key: str, column: str, value: Cell) -> None:
    next(row for row in rows[1:] if row[0] == key)[rows[0].index(column)] = value


def edit_privately(tabs: dict[str, Rows]) -> None:
    """Edit what strangers do not see, in every tab that has such cells."""
    for column in ("Internal notes", "Backup venue", "Funding"):
        put(tabs["Events"], "SHARED", column, "edited")
    put(tabs["Events"], "SHARED", "Officers needed", 9)
    put(tabs["Events"], "MAYBE", "Title", "edited")
    put(tabs["Events"], "MAYBE", "Town", "Weed")
    tabs["Events"].append(
        ["DRAFT", tabs["Events"][1][1], None, None, "edited", "Weed", *[None] * 4, "Draft", *[None] * 6]
    )
    tabs["Staffing"].append(["SHERIFFS", "OF-04", None, "Floor", "Declined", "edited"])
    put(tabs["Staffing"], "SHARED", "Note", "edited")
    put(tabs["Attendance"], "GONE", "Note", "edited")
    put(tabs["Officers"], "OF-01", "Name", "E. Edited")
    tabs["Time off"].append(["OF-01", tabs["Events"][1][1], tabs["Events"][1][1]])
    put(tabs["Venues"], "Weed Starbucks", "Contact", "edited")
    tabs["Follow-ups"].append(["F-9", "GONE", "Other", "edited", None, "Open"])
    tabs["Agencies"][1][tabs["Agencies"][0].index("Liaison role")] = "edited"


Fetched = dict[str, object]


@pytest.fixture(params=["with its history", "without a store"])
def fetch(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Callable[..., None] | None], Fetched]:
    """A function that has the sheet edited and saved some hours later, and gives what strangers then get of it."""
    today, hours = plan.TODAY, iter(range(100))

    def fetch(edit: Callable[[dict[str, Rows]], None] | None) -> Fetched:
        tabs = plan.tabs(today)
        if edit is not None:
            edit(tabs)
        path = plan.save(tmp_path / "plan.xlsx", today, **tabs)
        saved = SAVED + 3600 * 5 * next(hours)
        os.utime(path, (saved, saved))
        store = f"sqlite:///{tmp_path}/store.sqlite3"
        sheets.start(Settings(workbook=str(path), store=store, public=True)).wait(20)
        until(lambda: (as_of := sheets.current("").as_of) and as_of.timestamp() == saved, 20, 0.02)  # not what was kept
        live = sheets.current("")
        if request.param == "without a store":
            sheets.poller("").store = None
        assert live.snapshot is not None
        try:
            return of_strangers(live, live.snapshot)
        finally:
            sheets.stop()

    return fetch


def of_strangers(live: Live, snapshot: Snapshot) -> Fetched:
    live, settings = replace(live, attempted=LOOKED), sheets.settings("")
    _, site = public.site_of(public.CountyPlace("", "", ""), live, snapshot, settings)
    feed = feeds._cached_calendar("", live, settings, feeds.Selection(ical.PUBLIC, access.PUBLIC))
    assert feed is not None
    paths = ("/api/v1/events", "/api/v1/events/SHARED", "/api/v1/attendance", "/api/v1/quarter?of=2026-Q3")
    answers = {path: CLIENT.get(path) for path in paths}
    fetched: Fetched = {path: site[path] for path in site}
    fetched |= {"embed": site.embed(None, None, 20), "calendar.ics": feed.body, "its ETag": feed.etag}
    fetched |= {f"ETag of {path}": (answer.status_code, answer.headers.get("etag")) for path, answer in answers.items()}
    return fetched


@pytest.mark.slow
def test_nothing_that_strangers_fetch_tells_that_something_private_was_edited(
    fetch: Callable[[Callable[..., None] | None], Fetched],
) -> None:
    before, after = fetch(None), fetch(edit_privately)
    assert [path for path in before.keys() | after.keys() if before.get(path) != after.get(path)] == []
    edited = fetch(lambda tabs: put(tabs["Events"], "SHARED", "Start", 8.5 / 24))
    assert {"index.html", "events.json", "calendar.ics", "its ETag", "ETag of /api/v1/events"} <= {
        path for path in before if before[path] != edited[path]
    }


LIVE = Live(as_of=LOOKED - dt.timedelta(days=3), attempted=LOOKED)
TROUBLE = SourceUnavailable("unreachable", "It could not be reached.", "")
FAILED = LOOKED - dt.timedelta(hours=2)


@each(
    ("live", "expected"),
    [
        (LIVE, "2026-11-25T18:00:00+00:00"),
        (replace(LIVE, as_of=LOOKED - dt.timedelta(days=3, hours=-1)), "2026-11-25T18:00:00+00:00"),
        (replace(LIVE, attempted=LOOKED + dt.timedelta(minutes=17)), "2026-11-25T18:00:00+00:00"),
        (replace(LIVE, attempted=LOOKED + dt.timedelta(hours=1)), "2026-11-25T19:00:00+00:00"),
        (replace(LIVE, trouble=TROUBLE, trouble_since=FAILED), "2026-11-25T16:00:00+00:00"),
        (replace(LIVE, trouble_since=FAILED), "2026-11-25T18:00:00+00:00"),
        (replace(LIVE, damage=Notice("damaged", "The tab Events is gone.", FAILED)), "2026-11-25T16:00:00+00:00"),
        (replace(LIVE, attempted=None), "2026-11-22T18:00:00+00:00"),
        (Live(), None),
    ],
)
def test_public_as_of_is_that_of_looks_and_honest_about_trouble(live: Live, expected: str | None) -> None:
    moment = public._as_of(live)
    assert (moment and moment.isoformat()) == expected


def test_page_tells_strangers_the_time_of_the_look_and_others_that_of_the_file() -> None:
    live = replace(LIVE, snapshot=plan.snapshot())
    assert frame._told(live, public=True).as_of == LOOKED
    assert frame._told(live, public=False).as_of == LIVE.as_of


def test_calendar_file_and_feed_without_history_have_no_time_of_an_edit() -> None:
    snapshot = access.restrict(plan.snapshot(), access.PUBLIC)
    later = replace(snapshot, as_of=snapshot.as_of + dt.timedelta(hours=3))
    before, after = (ical.write(sheet, ical.PUBLIC, snapshot.events, sheet=None) for sheet in (snapshot, later))
    assert before == after
    (changed,) = {event["last-modified"].dt for event in icalendar.Calendar.from_ical(before).walk("VEVENT")}
    assert changed == dt.datetime(2026, 11, 25, 8, 0, tzinfo=dt.UTC)

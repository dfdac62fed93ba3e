"""`cwac changes` on versions that the dashboard has kept."""

import datetime as dt
import json
import shutil
from dataclasses import replace

import pytest

from cwac.storage.store import Store
from tests.cases import each
from tests.cli.plan import refusal, run
from tests.refresh import plan

KEYS = ["action", "tab", "id", "event_id", "date", "agencies", "details", "effects"]
DAY = dt.timedelta(days=1)
LINK = f"https://docs.google.com/spreadsheets/d/{'k' * 44}"


def edited(hour=10, declined=False, **rows):
    tables = plan.tables()
    tables["Events"][2][2] = hour / 24
    if declined:
        tables["Staffing"][1][3] = "Declined"
    return tables | rows


SUMMARY = [
    ["Follow-up ID", "Event ID", "Category", "Summary"],
    ["FU-1", "EV-7", "Traffic", "Planted words of a resident"],
]


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    """A version of three days ago, one of yesterday, one of today; each read again an hour later."""
    path = tmp_path_factory.mktemp("history") / "store.sqlite3"
    store = Store(f"sqlite:///{path}")
    tables = [plan.tables(), edited(9.5), edited(10, declined=True, **{"Follow-ups": SUMMARY})]
    for ago, of in zip((3, 1, 0), tables, strict=True):
        book = replace(plan.workbook(of, plan.NOW - ago * DAY), source=LINK, url=LINK)
        store.keep(book)
        store.keep(book.seen_again(book.as_of + dt.timedelta(hours=1)))
    store.close()
    return path


@pytest.fixture
def kept(tmp_path, history):
    """The settings of a dashboard that has kept these versions."""
    shutil.copy(history, tmp_path)
    return {"CWAC_STORE": f"sqlite:///{tmp_path}/store.sqlite3", "CWAC_SPREADSHEET": f"{LINK}/edit#gid=0"}


def changed(kept, *words):
    done = run("changes", "--on", "2026-10-07", "--format", "json", *words, env=kept)
    return json.loads(done.stdout), done.stderr


def test_changes_in_json_have_the_keys_of_the_contract(kept):
    document, message = changed(kept)
    assert message == ""
    assert list(document) == ["source", "as_of", "since", "changes"]
    assert (document["source"], document["since"]) == (kept["CWAC_SPREADSHEET"], "2026-10-06")
    assert document["as_of"] == "2026-10-07T11:42:00-07:00"
    assert [list(change) for change in document["changes"]] == [KEYS, KEYS]
    event, follow_up = sorted(document["changes"], key=lambda change: change["tab"])
    assert event == {
        "action": "changed",
        "tab": "Events",
        "id": "EV-7",
        "event_id": "EV-7",
        "date": "2026-10-14",
        "agencies": ["WPD"],
        # The change in yesterday's version is one since yesterday.
        "details": ["start 9:00 → 10:00 AM", "A. Sample: Confirmed → Declined"],
        "effects": event["effects"],
    }
    assert {(effect["kind"], effect["code"]) for effect in event["effects"]} >= {("gap-opened", "no-host")}
    assert {tuple(effect) for effect in event["effects"]} == {("kind", "code", "event_ids", "message")}
    assert (follow_up["action"], follow_up["id"], follow_up["details"]) == ("new", "FU-1", ["new, Traffic, open"])


@each(("since", "start"), [("2026-10-07", "9:30 → 10:00"), ("yesterday", "9:00 → 10:00")])
def test_since_begins_at_midnight_in_the_sheets_time_zone(kept, since, start):
    document, message = changed(kept, "--since", since)
    told = [change["details"][0] for change in document["changes"] if change["tab"] == "Events"]
    assert (told, message) == ([f"start {start} AM"], "")
    assert document["since"] == ("2026-10-06" if since == "yesterday" else since)


def test_since_before_the_first_version_is_reported(kept):
    document, message = changed(kept, "--since", "2026-01-01")
    assert message == (
        "No version from before is kept: this is what changed since the first one, of Sun, Oct 4, 2026, 10:42 AM "
        "Pacific Time.\n"
    )
    assert document["since"] == "2026-10-04"
    assert len(document["changes"]) == 2


def test_changes_as_text(kept):
    done = run("changes", "--on", "2026-10-07", env=kept)
    lines = done.stdout.splitlines()
    assert lines[:4] == [
        f"{LINK}, as of Wed, Oct 7, 2026, 11:42 AM Pacific Time; changes since Tue, Oct 6.",
        "",
        "To come:",
        "  EV-7 Yreka (Wed, Oct 14): start 9:00 → 10:00 AM; A. Sample: Confirmed → Declined",
    ]
    assert "      New opening: " in done.stdout
    assert "  Follow-up FU-1 (EV-7) (Wed, Oct 14): new, Traffic, open" in lines
    quiet = run("changes", "--on", "2026-10-09", "--since", "2026-10-08", env=kept)
    assert quiet.stdout.splitlines()[-1] == "Nothing has changed."


@each("form", ["text", "json"])
def test_summaries_of_follow_ups_are_never_printed(kept, form):
    done = run("changes", "--on", "2026-10-07", "--format", form, env=kept)
    assert "FU-1" in done.stdout
    assert "Planted" not in done.stdout + done.stderr


def test_damaged_version_is_not_compared(kept):
    store = Store(kept["CWAC_STORE"])
    damaged = plan.workbook({"Events": [["Event ID", "Date"]]}, plan.NOW + 2 * dt.timedelta(hours=1))
    store.keep(replace(damaged, source=LINK, url=LINK), good=False)
    store.close()
    assert len(changed(kept)[0]["changes"]) == 2


def test_source_without_history_is_refused(tmp_path, kept):
    assert "is a file, and a file has no history" in refusal("changes", "plan.xlsx", env=kept)
    assert "of the sample nothing is kept" in refusal("changes", "sample", env=kept)
    only_store = {"CWAC_STORE": kept["CWAC_STORE"]}
    assert refusal("changes", env=only_store).startswith("Error: No sheet is connected")
    other = "https://docs.google.com/spreadsheets/d/1other-sheet-that-nobody-keeps-0000000000000"
    assert f"No version of {other} is kept yet" in refusal("changes", other, env=kept)
    assert "is kept yet" in refusal("changes", env={"CWAC_SPREADSHEET": other})
    assert not (tmp_path / "data").exists()  # no store is made


@each("since", ["", "soon", "2026-13-01", "2026-10-08"])
def test_since_that_is_no_date_or_in_the_future_is_refused(kept, since):
    assert "--since" in refusal("changes", "--on", "2026-10-07", "--since", since, env=kept)


def test_changes_of_one_of_several_counties(kept):
    two = {"CWAC_SPREADSHEET": f"Siskiyou = {LINK}, Modoc = {LINK}x"}
    assert "Say which to read: Siskiyou, Modoc" in refusal("changes", env=kept | two)
    document, _ = changed(kept | two, "siskiyou")
    assert (document["source"], len(document["changes"])) == (LINK, 2)

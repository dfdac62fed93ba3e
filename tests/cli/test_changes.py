"""`cwac changes` on versions that the dashboard has kept."""

import datetime as dt
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from cwac.storage.store import Store
from tests.refresh import plan

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent.parent
KEYS = ["action", "tab", "id", "event_id", "date", "agencies", "details", "effects"]
DAY = dt.timedelta(days=1)
LINK = f"https://docs.google.com/spreadsheets/d/{'k' * 44}"


def cwac(folder, *words, **environ):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CWAC_")}
    return subprocess.run(
        [sys.executable, "-m", "cwac", *words],
        cwd=folder,
        env=clean | {"PYTHONPATH": str(ROOT), "HOME": str(folder), "XDG_DATA_HOME": f"{folder}/data"} | environ,
        capture_output=True,
        text=True,
        timeout=60,
    )


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


@pytest.fixture
def kept(tmp_path):
    """A version of three days ago, one of yesterday, one of today; each read again an hour later."""
    store = Store(f"sqlite:///{tmp_path}/store.sqlite3")
    tables = [plan.tables(), edited(9.5), edited(10, declined=True, **{"Follow-ups": SUMMARY})]
    for ago, of in zip((3, 1, 0), tables, strict=True):
        book = replace(plan.workbook(of, plan.NOW - ago * DAY), source=LINK, url=LINK)
        store.keep(book)
        store.keep(book.seen_again(book.as_of + dt.timedelta(hours=1)))
    store.close()
    return {"CWAC_STORE": f"sqlite:///{tmp_path}/store.sqlite3", "CWAC_SPREADSHEET": f"{LINK}/edit#gid=0"}


def changed(folder, kept, *words):
    done = cwac(folder, "changes", "--on", "2026-10-07", "--format", "json", *words, **kept)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr


def test_changes_in_json_have_the_keys_of_the_contract(tmp_path, kept):
    document, message = changed(tmp_path, kept)
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


@pytest.mark.parametrize(
    ("since", "start"),
    [
        ("2026-10-07", "9:30 → 10:00"),
        ("2026-10-06", "9:00 → 10:00"),
        ("2026-10-05", "9:00 → 10:00"),
        ("yesterday", "9:00 → 10:00"),
    ],
)
def test_since_begins_at_midnight_in_the_sheets_time_zone(tmp_path, kept, since, start):
    document, message = changed(tmp_path, kept, "--since", since)
    assert [change["details"][0] for change in document["changes"] if change["tab"] == "Events"] == [
        f"start {start} AM"
    ]
    assert document["since"] == ("2026-10-06" if since == "yesterday" else since)
    assert message == ""


def test_since_before_the_first_version_is_reported(tmp_path, kept):
    document, message = changed(tmp_path, kept, "--since", "2026-01-01")
    assert message == (
        "No version from before is kept: this is what changed since the first one, of 2026-10-04 10:42 PDT.\n"
    )
    assert document["since"] == "2026-10-04"
    assert len(document["changes"]) == 2


def test_changes_as_text(tmp_path, kept):
    done = cwac(tmp_path, "changes", "--on", "2026-10-07", **kept)
    lines = done.stdout.splitlines()
    assert lines[:4] == [
        f"{LINK}, as of 2026-10-07 11:42 PDT; changes since Tue 6 Oct.",
        "",
        "To come:",
        "  EV-7 Yreka (Wed 14 Oct): start 9:00 → 10:00 AM; A. Sample: Confirmed → Declined",
    ]
    assert "      Gap opened: " in done.stdout
    assert "  Follow-up FU-1 (EV-7) (Wed 14 Oct): new, Traffic, open" in lines
    quiet = cwac(tmp_path, "changes", "--on", "2026-10-09", "--since", "2026-10-08", **kept)
    assert quiet.stdout.splitlines()[-1] == "Nothing has changed."
    assert (done.returncode, quiet.returncode) == (0, 0)


@pytest.mark.parametrize("form", ["text", "json"])
def test_summaries_of_follow_ups_are_never_printed(tmp_path, kept, form):
    done = cwac(tmp_path, "changes", "--on", "2026-10-07", "--format", form, **kept)
    assert "FU-1" in done.stdout
    assert "Planted" not in done.stdout + done.stderr


def test_damaged_version_is_not_compared(tmp_path, kept):
    store = Store(kept["CWAC_STORE"])
    damaged = plan.workbook({"Events": [["Event ID", "Date"]]}, plan.NOW + 2 * dt.timedelta(hours=1))
    store.keep(replace(damaged, source=LINK, url=LINK), good=False)
    store.close()
    assert len(changed(tmp_path, kept)[0]["changes"]) == 2


def refusal(folder, *words, **environ):
    done = cwac(folder, *words, **environ)
    assert (done.returncode, done.stdout) == (2, "")
    return done.stderr.splitlines()[-1]


def test_source_without_history_is_refused(tmp_path, kept):
    assert "is a file, and a file has no history" in refusal(tmp_path, "changes", "plan.xlsx", **kept)
    assert "is a file, and a file has no history" in refusal(tmp_path, "changes", "plan.xlsx")
    assert "of the sample nothing is kept" in refusal(tmp_path, "changes")
    assert "of the sample nothing is kept" in refusal(tmp_path, "changes", "sample", **kept)
    only_store = {"CWAC_STORE": kept["CWAC_STORE"]}
    assert refusal(tmp_path, "changes", **only_store).startswith("Error: No sheet is configured")
    other = "https://docs.google.com/spreadsheets/d/1other-sheet-that-nobody-keeps-0000000000000"
    assert f"No version of {other} is kept yet" in refusal(tmp_path, "changes", other, **kept)
    nothing = {"CWAC_SPREADSHEET": other}
    assert "is kept yet" in refusal(tmp_path, "changes", **nothing)
    assert not (tmp_path / "data").exists()  # no store is made


@pytest.mark.parametrize("since", ["", " ", "soon", "2026-13-01", "2026-10-08", "tomorrow"])
def test_since_that_is_no_date_or_in_the_future_is_refused(tmp_path, kept, since):
    assert "--since" in refusal(tmp_path, "changes", "--on", "2026-10-07", "--since", since, **kept)


def test_changes_of_one_of_several_counties(tmp_path, kept):
    two = {"CWAC_SPREADSHEET": f"Siskiyou = {LINK}, Modoc = {LINK}x"}
    assert "Say which to read: Siskiyou, Modoc" in refusal(tmp_path, "changes", **kept | two)
    document, _ = changed(tmp_path, kept | two, "siskiyou")
    assert (document["source"], len(document["changes"])) == (LINK, 2)

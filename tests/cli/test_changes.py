"""`cwac changes` on versions that the dashboard has kept; `sessions/changes.txt` has the rest."""

import datetime as dt
import json
import shutil
from dataclasses import replace

import pytest

from cwac.storage.store import Store
from tests.cli.plan import run
from tests.refresh import plan

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


def test_changes_of_one_of_several_counties(kept):
    two = {"CWAC_SPREADSHEET": f"Siskiyou = {LINK}, Modoc = {LINK}x"}
    done = run("changes", "siskiyou", "--on", "2026-10-07", "--format", "json", env=kept | two)
    assert [change["id"] for change in json.loads(done.stdout)["changes"]] == ["EV-7", "FU-1"]

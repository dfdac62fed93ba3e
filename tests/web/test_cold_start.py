"""A first start while Google does not answer: the page says so and updates itself after the first read."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.server import SheetsServer
from tests.web import plan
from tests.web.served import FIRST_READ, Seen, Served, Session, serving, session

SOON = 2.0


@pytest.fixture
def silent() -> Iterator[SheetsServer]:
    """The Google Sheets test server, which hangs on each request until it is healed."""
    with SheetsServer(plan.workbook(plan.real_today())) as google:
        google.fail("hang", None, on="token", seconds=600)
        google.fail("hang", None, on="sheets", seconds=600)
        yield google
        google.heal()


@pytest.fixture
def served(silent: SheetsServer, tmp_path: Path) -> Iterator[Served]:
    key = tmp_path / "key.json"
    key.touch(0o600)
    key.write_text(json.dumps(silent.key))
    environ = {
        "CWAC_SPREADSHEET": silent.url, "CWAC_SERVICE_ACCOUNT": str(key), "CWAC_API_ENDPOINT": silent.endpoint,
        "CWAC_PUBLIC": "true", "CWAC_STORE": f"sqlite:///{tmp_path}/store.sqlite3",
    }  # fmt: skip
    with serving(tmp_path, environ) as running:
        yield running


def first_look(visitor: Session) -> Seen:
    """One run of the script, without waiting for the sheet as `open` does."""
    return visitor.open("calendar", wait=False)


def test_page_opens_within_two_seconds_and_updates_itself_after_the_first_read(
    silent: SheetsServer, served: Served
) -> None:
    with session(served) as visitor:
        opened = [first_look(visitor) for _ in range(4)]
        seen = opened[-1]
        assert httpx.get(f"{served.url}/readyz").status_code == 503, "nothing has been read yet"
        assert all(item.holds(FIRST_READ) and item.holds("Calendar") and not item.holds("Weed") for item in opened)
        # The fastest of four runs, because a loaded machine may delay any one of them.
        assert min(item.seconds for item in opened) < SOON
        looks = [item.auto_rerun for item in seen.messages if item.WhichOneof("type") == "auto_rerun"]
        soonest = min(looks, key=lambda item: item.interval)
        assert soonest.interval <= SOON
        silent.heal()
        until = time.monotonic() + 60
        while httpx.get(f"{served.url}/readyz").status_code != 200:
            assert time.monotonic() < until
            time.sleep(0.05)
        came = visitor.fragment(soonest.fragment_id)  # as the page's timer does
        assert came.holds("Weed")
        assert not came.holds(FIRST_READ)

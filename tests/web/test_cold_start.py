"""The first start while Google does not answer: the page appears, says so, and opens by itself later."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server import SheetsServer
from tests.web import plan
from tests.web.served import FIRST_READ, Seen, Served, Session, get, serving, session, until

pytestmark = pytest.mark.slow

SOON = 2.0
"""Seconds."""


@pytest.fixture
def silent() -> Iterator[SheetsServer]:
    """A Google test server that accepts requests but does not answer until `heal()`."""
    with SheetsServer(plan.workbook()) as google:
        google.fail("hang", None, on="token", seconds=600)
        google.fail("hang", None, on="sheets", seconds=600)
        yield google
        google.heal()


@pytest.fixture
def served(silent: SheetsServer, tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path, silent.environ(tmp_path) | {"CWAC_PUBLIC": "true"}) as running:
        yield running


def first_look(visitor: Session) -> Seen:
    """One run of the script, without waiting for the sheet."""
    return visitor.open("calendar", wait=False)


def test_page_appears_while_the_source_is_silent_and_opens_by_itself(silent: SheetsServer, served: Served) -> None:
    with session(served) as visitor:
        waiting = [first_look(visitor) for _ in range(4)]
        assert get(f"{served.url}/readyz").status_code == 503, "nothing has been read yet"
        assert all(page.holds(FIRST_READ) and page.holds("Calendar") and not page.holds("Weed") for page in waiting)
        timers = [message.auto_rerun for message in waiting[-1].messages if message.WhichOneof("type") == "auto_rerun"]
        soonest = min(timers, key=lambda timer: timer.interval)
        assert soonest.interval <= SOON
        silent.heal()
        until(lambda: get(f"{served.url}/readyz").status_code == 200, 60)
        reopened = visitor.fragment(soonest.fragment_id)  # as the page's own timer does
        assert reopened.holds("Weed")
        assert not reopened.holds(FIRST_READ)
        # Compared with the same page when there is data, as on a busy machine any page takes long.
        usual = [first_look(visitor) for _ in range(4)]
        assert min(page.seconds for page in waiting) - min(page.seconds for page in usual) < SOON

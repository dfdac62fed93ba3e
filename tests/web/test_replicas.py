"""Two servers that share a PostgreSQL: they read the sheet as one, and one goes on when the other is killed."""

import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from tests.refresh import plan
from tests.server import SheetsServer
from tests.web.plan import TODAY
from tests.web.served import Served, until
from tests.web.signed_in import serving_with_sign_in, session_as

pytestmark = pytest.mark.slow

INTERVAL = 10
"""Seconds: the shortest that the settings allow."""


def shows(served: Served, town: str) -> bool:
    with session_as(served, "coordinator") as page:
        return page.open("staffing").holds(town)


def test_two_servers_show_the_same_read_as_one_and_one_is_enough(postgresql_url: str, tmp_path: Path) -> None:
    environ = {"CWAC_STORE": postgresql_url, "CWAC_REFRESH_SECONDS": f"{INTERVAL}"}
    with SheetsServer(plan.workbook(plan.tables(TODAY))) as google, ExitStack() as stack:
        began = time.monotonic()
        pressed, other = (
            stack.enter_context(serving_with_sign_in(tmp_path / name, None, access=google.secrets(), **environ))
            for name in ("pressed", "other")
        )
        google.book.sheets[0].set("D4", "Montague")
        with session_as(pressed, "coordinator") as page:
            page.refresh()
        for served in (pressed, other):
            until(partial(shows, served, "Montague"), 2.5 * INTERVAL, 1.0)
        reads, took = google.calls["batchGet"], time.monotonic() - began
        assert reads <= took / INTERVAL + 3, "the calls of one: both starts and Refresh besides"
        pressed.process.kill()
        google.book.sheets[0].set("D4", "Tulelake")
        until(partial(shows, other, "Tulelake"), 2.5 * INTERVAL, 1.0)

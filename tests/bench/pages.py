"""What a rerun of each page costs beside an empty page, in the same run, on the sample and on 10,000 events.

`python -m tests.bench.pages [EVENTS]`. Each page runs in its frame through Streamlit's own `AppTest`, as a coordinator;
the empty page stands in the same frame. What the frame itself costs is shown beside a script that says one word.
A rerun is what every click costs, so the first run of a page does not count. The reader is watched: nothing may be
read again on a rerun.
"""

from __future__ import annotations

import datetime as dt
import logging
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any
from unittest import mock

import streamlit as st
from streamlit.testing.v1 import AppTest

from cwac.model import Snapshot, Workbook
from cwac.refresh import sheets as counties
from cwac.settings import Settings
from cwac.sheet import reader
from tests.bench import sheets

ROOT = Path(__file__).resolve().parent.parent.parent
FRAME = str(ROOT / "cwac/web/layout.py")
ONE_WORD = "import streamlit as st\n\nst.title('Nothing')\n"
EMPTY = "(empty)"
PAGES = sorted((ROOT / "pages").glob("*.py"))
SAMPLE_LIMIT, LARGE_LIMIT = 3.0, 6.0
RERUNS = 40
ROUNDS = 5


def main(events: int = 10_000) -> bool:
    """Print the figures; True where every page is within its limit and nothing was read again."""
    logging.disable(logging.WARNING)  # Streamlit says on every run that no browser is there
    return all([_measured(None, SAMPLE_LIMIT), _measured(events, LARGE_LIMIT)])


def _measured(events: int | None, limit: float) -> bool:
    print("The sample" if events is None else f"{events:,} events", flush=True)
    with _live(events) as readings:
        pages = {"(one word)": AppTest.from_string(ONE_WORD, default_timeout=60), EMPTY: _in_frame()}
        pages |= {path.stem: _in_frame().switch_page(f"../../pages/{path.name}") for path in PAGES}
        broken = []
        for name, page in pages.items():
            with _emptied() if name == EMPTY else nullcontext():
                if page.run().exception:
                    broken.append(name)
        for name in broken:
            del pages[name]
        read_before = readings.call_count
        taken: dict[str, list[float]] = {name: [] for name in pages}
        for _ in range(ROUNDS):
            for name, page in pages.items():
                with _emptied() if name == EMPTY else nullcontext():
                    start = time.process_time()
                    for _ in range(RERUNS // ROUNDS):
                        page.run()
                    taken[name].append((time.process_time() - start) / (RERUNS // ROUNDS))
        again = readings.call_count - read_before
    empty = statistics.median(taken[EMPTY])
    good = again == 0 and not broken
    print("  page               CPU a rerun   ratio")
    for name, runs in taken.items():
        cost = statistics.median(runs)
        good &= cost <= limit * empty
        print(f"  {name:<18} {cost * 1000:>8.1f} ms {cost / empty:>7.2f}")
    for name in broken:
        print(f"  {name:<18} fails")
    print(f"  Limit: {limit:g} × an empty page, nothing read again ({again} times): {'met' if good else 'NOT MET'}.")
    return good


def _in_frame() -> AppTest:
    return AppTest.from_file(FRAME, default_timeout=60).run()


@contextmanager
def _emptied() -> Iterator[None]:
    """Every page of the frame says nothing."""
    page = st.Page

    def empty(script: object, **named: Any) -> object:
        return page(
            (lambda: None) if isinstance(script, Path) else script,
            **({"url_path": script.stem} if isinstance(script, Path) else {}) | named,
        )

    with mock.patch.object(st, "Page", empty):
        yield


@contextmanager
def _live(events: int | None) -> Iterator[mock.Mock]:
    """The dashboard's data as it is when nothing is configured, or that many events in the sample's place."""

    def many(today: dt.date, now: dt.datetime) -> Workbook:
        made = sheets.workbook(events or 0, today)
        return Workbook("sample", now, made.timezone, made.tabs)

    with mock.patch.object(reader, "read_workbook", wraps=reader.read_workbook) as readings:
        if events is None:
            live = counties.start(Settings(refresh_seconds=3600)).wait(60)
        else:
            with mock.patch("cwac.sources.sample.sample_workbook", many):
                live = counties.start(Settings(refresh_seconds=3600)).wait(120)
        assert isinstance(live.snapshot, Snapshot), live.trouble
        try:
            yield readings
        finally:
            counties.stop()


if __name__ == "__main__":
    sys.exit(0 if main(*map(int, sys.argv[1:])) else 1)

"""A process that shows a sheet, for tests that kill or freeze it, or stop its database.

`python -m tests.refresh.process ADDRESS FILE SECONDS [count]`, once for each line of its input, prints the number of a
child process that polls. The child prints a line of JSON for each look, and for each change of what it shows. The sheet
is a number in a file; with `count`, each look raises it.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from cwac.clock import read_clock
from cwac.model import Workbook
from cwac.refresh.live import Live
from cwac.refresh.pace import Pace
from cwac.refresh.poller import Poller
from cwac.refresh.source_factory import Source
from cwac.sheet.reader import read_workbook
from cwac.storage.store import Store
from tests import fixed_clock
from tests.refresh.plan import LINK, tables, workbook


def numbered(number: int) -> Workbook:
    """The sheet after so many edits."""
    content = tables()
    content["Events"][2][3] = f"Town {number}"
    return workbook(content, read_clock())


def number_in(content: Workbook) -> int:
    return int(str(content.tabs[0].rows[2][3]).split()[1])


def poll(address: str, file: Path, every: float, counts: bool) -> None:
    def say(**words: object) -> None:
        print(json.dumps({"at": time.monotonic(), **words}), flush=True)

    def fetch(_: bool) -> Workbook:
        number = int(file.read_text()) + counts
        if counts:
            new = file.with_suffix(".new")
            new.write_text(str(number))
            new.replace(file)  # whole or not at all, as this process may be killed at any moment
        say(look=number)
        return numbered(number)

    last: dict[str, object] = {}

    def note(live: Live) -> None:
        town = live.snapshot.event_by_id["EV-7"].town if live.snapshot else None
        now = {
            "shows": None if town is None else int(town.split()[1]),
            "version": live.version,
            "unkept": any(notice.code == "store" for notice in live.notices),
        }
        if now != last:
            last.update(now)
            say(**now)

    pace = Pace(every=every, retries=(0.1, 0.2, 0.3), asked=every, follow=min(0.1, every), silence=60.0)
    Poller(Source(fetch, "Google", LINK), read_workbook, Store(address), pace=pace, on_new=note).run()


def main() -> None:
    fixed_clock.set_clock()
    address, file, every, *counts = sys.argv[1:]
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            poll(address, Path(file), float(every), bool(counts))
            os._exit(0)
        print(f"\n{json.dumps({'child': child})}", flush=True)  # a kill may have cut the line before
    os._exit(0)


if __name__ == "__main__":
    main()

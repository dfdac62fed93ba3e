"""A process that shows a sheet is killed at any moment, and no version that it announced is lost.

`python -m tests.refresh.test_processes ADDRESS FILE`, once for each line of its input, prints the number of a child
process that polls. The child counts its looks in the file, and prints a line of JSON for each, and for each version.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

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
from tests.refresh.polling import until

PROJECT = Path(__file__).parents[2]
PACE = Pace(every=0.02, retries=(0.1, 0.2, 0.3), asked=0.02, follow=0.02)


def numbered(number: int) -> Workbook:
    """The sheet after so many edits."""
    content = tables()
    content["Events"][2][3] = f"Town {number}"
    return workbook(content, read_clock())


def poll(address: str, file: Path) -> None:
    def fetch(_: bool) -> Workbook:
        number = int(file.read_text()) + 1
        new = file.with_suffix(".new")
        new.write_text(str(number))
        new.replace(file)  # whole or not at all
        print(json.dumps({"look": number}), flush=True)
        return numbered(number)

    def note(live: Live) -> None:
        if live.snapshot is not None and live.version is not None and not live.store_notices:
            print(json.dumps({"version": live.version, "town": live.snapshot.event_by_id["EV-7"].town}), flush=True)

    Poller(Source(fetch, "Google", LINK), read_workbook, Store(address), pace=PACE, on_new=note).run()


def main() -> None:
    fixed_clock.set_clock()
    address, file = sys.argv[1:]
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            poll(address, Path(file))
            os._exit(0)
        print(f"\n{json.dumps({'child': child})}", flush=True)  # a kill may have cut the line before
        os.waitpid(child, 0)
    os._exit(0)


def lines_of(file: Path) -> list[dict[str, Any]]:
    """The whole lines so far, without those that a kill has cut."""
    lines = []
    for text in file.read_text().splitlines(keepends=True):
        try:
            lines.append(json.loads(text))
        except ValueError:
            continue
    return lines


@pytest.mark.slow
def test_a_kill_at_any_moment_loses_no_version_that_was_announced(url: str, tmp_path: Path) -> None:
    chance, said = random.Random(7), tmp_path / "said"
    (tmp_path / "sheet").write_text("0")
    command = [sys.executable, "-m", "tests.refresh.test_processes", url, str(tmp_path / "sheet")]
    with said.open("w") as out, subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=out) as process:
        assert process.stdin is not None
        for run in range(4):
            process.stdin.write(b"start\n")
            process.stdin.flush()
            until(lambda run=run: sum("child" in line for line in lines_of(said)) == run + 1)
            children = [line["child"] for line in lines_of(said) if "child" in line]
            looks = sum("look" in line for line in lines_of(said))
            until(lambda looks=looks: sum("look" in line for line in lines_of(said)) >= looks + 3)
            time.sleep(chance.random() / 10)
            os.kill(children[-1], signal.SIGKILL)
        process.stdin.close()
    announced = {line["version"]: line["town"] for line in lines_of(said) if "version" in line}
    assert len(announced) > 4
    store = Store(url)
    kept = {version.id: store.load(version).tabs[0].rows[2][3] for version in store.versions(LINK)}
    store.close()
    assert kept.items() >= announced.items()
    shown = [int(line["town"].split()[1]) for line in lines_of(said) if "version" in line]
    assert shown == sorted(shown), "nobody goes back to an older sheet"


if __name__ == "__main__":
    main()

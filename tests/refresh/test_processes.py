"""Real processes that share a store, while one is killed or frozen, and while PostgreSQL is stopped and started."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cwac.storage.store import Store
from tests.postgresql import Server
from tests.refresh.plan import LINK
from tests.refresh.polling import until
from tests.refresh.process import number_in
from tests.refresh.test_turns import sql

pytestmark = pytest.mark.slow

EVERY = 0.5
PROJECT = Path(__file__).parents[2]


class Process:
    """One process that can be killed and started again; what it has said so far."""

    def __init__(self, address: str, file: Path, every: float = EVERY, *counts: str) -> None:
        command = [sys.executable, "-m", "tests.refresh.process", address, str(file), str(every), *counts]
        self._process = subprocess.Popen(
            command,
            cwd=PROJECT,
            env=os.environ | {"PYTHONPATH": str(PROJECT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.child = 0
        self.lines: list[dict[str, Any]] = []
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for text in self._process.stdout:
            with contextlib.suppress(ValueError):  # a line that a kill has cut
                line = json.loads(text)
                self.child = line.get("child", self.child)
                self.lines.append(line)

    def start(self) -> None:
        assert self._process.stdin is not None
        self.child = 0
        self._process.stdin.write("start\n")
        self._process.stdin.flush()
        until(lambda: self.child)

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.child, number)

    @property
    def looks(self) -> list[dict[str, Any]]:
        return [line for line in list(self.lines) if "look" in line]

    @property
    def shown(self) -> list[int | None]:
        return [line["shows"] for line in list(self.lines) if "shows" in line]

    @property
    def shows(self) -> int | None:
        return self.shown[-1] if self.shown else None

    def end(self) -> None:
        if self.child:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.child, signal.SIGKILL)
        self._process.kill()
        self._process.wait()
        self._reading.join(10)
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()


class Sheet:
    def __init__(self, file: Path) -> None:
        self.file = file
        self.number = 0
        file.write_text("0")

    def edit(self) -> int:
        self.number += 1
        new = self.file.with_suffix(".new")
        new.write_text(str(self.number))
        new.replace(self.file)  # so that nobody reads half of it
        return self.number


@pytest.fixture
def sheet(tmp_path: Path) -> Sheet:
    return Sheet(tmp_path / "sheet")


@pytest.fixture
def two(postgresql_url: str, sheet: Sheet) -> Iterator[tuple[Process, Process]]:
    both = Process(postgresql_url, sheet.file), Process(postgresql_url, sheet.file)
    try:
        for process in both:
            process.start()
        until(lambda: both[0].shows == both[1].shows == 0)
        yield both
    finally:
        for process in both:
            process.end()


def looker(two: tuple[Process, Process]) -> tuple[Process, Process]:
    """The process that has looked last, and the other one."""
    a, b = two
    last = [process.looks[-1]["at"] if process.looks else 0.0 for process in two]
    return (a, b) if last[0] > last[1] else (b, a)


def is_never_blank_nor_older(process: Process) -> bool:
    """From its first sheet on: a process that was started again begins anew."""
    shown = process.shown
    while shown and shown[0] is None:
        shown.pop(0)
    numbers = [-1 if number is None else number for number in shown]
    return numbers == sorted(numbers) and -1 not in numbers


def looks_until_shown(two: tuple[Process, Process], edited: float, number: int) -> int:
    """How many looks began between an edit and the moment when the first process showed it."""
    lines = [line for process in two for line in list(process.lines)]
    shown = min(line["at"] for line in lines if line.get("shows") == number)
    return sum("look" in line and edited <= line["at"] <= shown for line in lines)


def test_when_the_process_that_looks_is_killed_or_frozen_the_other_one_goes_on(
    two: tuple[Process, Process], sheet: Sheet
) -> None:
    killed, other = looker(two)
    killed.signal(signal.SIGKILL)
    edited, number = time.monotonic(), sheet.edit()
    until(lambda: other.shows == number)
    assert looks_until_shown(two, edited, number) <= 2
    killed.start()
    number = sheet.edit()
    until(lambda: killed.shows == other.shows == number)

    frozen, other = looker(two)
    frozen.signal(signal.SIGSTOP)
    try:
        for _ in range(2):
            edited, number = time.monotonic(), sheet.edit()
            until(lambda number=number: other.shows == number)
            assert looks_until_shown(two, edited, number) <= 2
    finally:
        frozen.signal(signal.SIGCONT)
    until(lambda: frozen.shows == number)
    number = sheet.edit()
    until(lambda: frozen.shows == other.shows == number)
    assert all(map(is_never_blank_nor_older, two))
    looks = sorted(look["at"] for process in two for look in process.looks)
    # A look is printed a little after its turn was taken, so half an interval is left for that.
    assert len(looks) <= (looks[-1] - looks[0]) / EVERY + 1.5 + 4, "each incident costs one more look"


# --- PostgreSQL is stopped and started --------------------------------------------------------------------------------


@pytest.fixture
def server(postgresql_programs: Path) -> Iterator[Server]:
    with Server(postgresql_programs) as server:
        yield server


def test_while_postgresql_is_stopped_all_go_on_and_nothing_that_was_kept_is_lost(server: Server, sheet: Sheet) -> None:
    two = Process(server.address, sheet.file), Process(server.address, sheet.file)
    try:
        for process in two:
            process.start()
        until(lambda: two[0].shows == two[1].shows == 0)
        number = sheet.edit()
        until(lambda: two[0].shows == two[1].shows == number)
        server.stop()
        stopped = time.monotonic()
        until(lambda: all(process.lines[-1].get("unkept") or "look" in process.lines[-1] for process in two))
        number = sheet.edit()
        until(lambda: two[0].shows == two[1].shows == number)
        for process in two:
            looks = [look["at"] for look in process.looks if look["at"] >= stopped]
            assert len(looks) <= (looks[-1] - stopped) / (4 * EVERY) + 2, "every fourth interval"
        server.start()
        number = sheet.edit()
        until(lambda: two[0].shows == two[1].shows == number)
        until(lambda: all(line["unkept"] is False for line in last_shown(two)))
        assert all(map(is_never_blank_nor_older, two))
        assert sql(server.address, "SELECT count(*) >= 3 FROM versions") == [(True,)]
        assert kept(server.address).items() >= announced(two).items()
    finally:
        for process in two:
            process.end()


def last_shown(processes: tuple[Process, ...]) -> list[dict[str, Any]]:
    return [[line for line in list(process.lines) if "shows" in line][-1] for process in processes]


def announced(processes: tuple[Process, ...]) -> dict[int, int]:
    """By version, what processes have shown as kept."""
    lines = [line for process in processes for line in list(process.lines) if "shows" in line]
    return {line["version"]: line["shows"] for line in lines if line["version"] is not None and not line["unkept"]}


def kept(address: str) -> dict[int, int]:
    """By version, what is in the store."""
    store = Store(address)
    try:
        return {version.id: number_in(store.load(version)) for version in store.versions(LINK)}
    finally:
        store.close()


# --- kill -9 at any moment --------------------------------------------------------------------------------------------


def test_a_kill_at_any_moment_loses_no_version_that_was_announced(url: str, sheet: Sheet) -> None:
    chance = random.Random(7)
    process = Process(url, sheet.file, 0.02, "count")
    try:
        for _ in range(6):
            before = len(process.looks)
            process.start()
            until(lambda before=before: len(process.looks) >= before + 3)
            time.sleep(chance.random() / 5)
            process.signal(signal.SIGKILL)
        last = process.looks[-1]["look"]
        assert last > 12
        versions = announced((process,))
        assert len(versions) > 6
        assert kept(url).items() >= versions.items()
        assert is_never_blank_nor_older(process)
    finally:
        process.end()

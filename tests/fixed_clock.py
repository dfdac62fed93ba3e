"""The program's clock in tests: it begins at START when the tests begin, on whatever day they run.

Run as a program it gives another one that clock: `python tests/fixed_clock.py MODULE ARGUMENTS`, like `python -m`.
"""

import datetime as dt
import os
import runpy
import sys
from pathlib import Path
from time import monotonic

from cwac import clock

START = dt.datetime(2026, 11, 25, 18, 0, tzinfo=dt.UTC)  # 10 AM in the sheet's zone, a Wednesday
TODAY = dt.date(2026, 11, 25)
PYTHON = (sys.executable, __file__)
"""Instead of `python -m`, for a process with this clock."""
BEGAN = "TESTS_BEGAN"
"""Environment variable: when the tests began by the machine's monotonic clock, which all processes share."""


def set_clock() -> None:
    """Replace the clock of the program in this process and, through the environment, in those that tests start."""
    began = float(os.environ.setdefault(BEGAN, str(monotonic())))
    clock.time = lambda: START.timestamp() + monotonic() - began


def date_file(path: Path) -> Path:
    """Give a file the time at which the program's clock saved it."""
    now = clock.read_clock().timestamp()
    os.utime(path, (now, now))
    return path


class Clock:
    """A clock of seconds that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


if __name__ == "__main__":
    set_clock()
    sys.path[0] = os.getcwd()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)

"""Answers that nobody waits for yet: the thread that works them out rests in between, and those who wait go first.

Python runs one thread at a time. One that works on without a rest makes every page take twice as long and more.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

STINT = 0.003
"""Seconds of work after which it rests."""

RESTS = 3
"""So many times as long as it has worked, it rests: pages then take a quarter longer, not twice as long."""

LONGEST = 0.1
"""Seconds that it rests at most."""

OFTEN = 32
"""After so many of a long row it looks at the clock."""

_One = TypeVar("_One")
_this_thread = threading.local()


@contextmanager
def at_leisure() -> Iterator[None]:
    """Whatever this thread works out in here, it does with rests."""
    _this_thread.began = time.monotonic()
    try:
        yield
    finally:
        del _this_thread.began


def unhurried(many: Iterable[_One]) -> Iterable[_One]:
    """The same ones; with rests in between, where the thread is at leisure."""
    return _with_rests(many) if hasattr(_this_thread, "began") else many


def _with_rests(many: Iterable[_One]) -> Iterator[_One]:
    for number, one in enumerate(many):
        if number % OFTEN == 0:
            rest()
        yield one


def rest() -> None:
    """A rest, where the thread is at leisure and has worked for long enough."""
    began = getattr(_this_thread, "began", None)
    if began is not None and (worked := time.monotonic() - began) > STINT:
        time.sleep(min(RESTS * worked, LONGEST))
        _this_thread.began = time.monotonic()

"""Long work beside pages that are being drawn: it gives way to them, and rests where nobody waits for it yet.

Python runs one thread at a time. One that works on without a rest makes every page take twice as long and more.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

STINT = 0.003
"""Seconds of work after which it rests."""

RESTS = 3
"""So many times as long as it has worked, it rests: pages then take a quarter longer, not twice as long."""

LONGEST = 0.1
"""Seconds that it rests at most."""

MOST_RESTS = 6
"""So many times as long as it has worked it rests altogether, where there is always somebody who waits for a page."""

OFTEN = 32
"""After so many of a long row it looks at the clock."""

PATIENCE = sys.getswitchinterval()
"""Seconds after which a thread that wants to go on has the others stop, as Python has it."""

IMPATIENCE = 0.0005
"""The same, beside long work: a page stops and goes on a hundred times while it is drawn. Pages beside one another are
better off with Python's own: of many at once a quarter less are drawn where they interrupt one another so often.
"""

_One = TypeVar("_One")


class _Thread(threading.local):
    at_leisure = False
    began = 0.0
    """When it last went on."""
    left = LONGEST
    """For so long it may still wait for those who draw pages."""


class _Inside:
    """Counts who is in it: something is done when the first comes, and something when the last has left."""

    def __init__(self, first: Callable[[], None], last: Callable[[], None]) -> None:
        self._first, self._last = first, last
        self._number, self._lock = 0, threading.Lock()

    @contextmanager
    def __call__(self) -> Iterator[None]:
        with self._lock:
            self._number += 1
            if self._number == 1:
                self._first()
        try:
            yield
        finally:
            with self._lock:
                self._number -= 1
                if not self._number:
                    self._last()


_this_thread = _Thread()
_nobody_waits = threading.Event()
_nobody_waits.set()

giving_way = _Inside(partial(sys.setswitchinterval, IMPATIENCE), partial(sys.setswitchinterval, PATIENCE))
"""Whatever is worked out in here takes long, perhaps: meanwhile whoever draws a page soon has their turn."""

drawing = _Inside(_nobody_waits.clear, _nobody_waits.set)
"""A page is drawn in here, which somebody waits for: who is at leisure rests until it is there."""


@contextmanager
def at_leisure() -> Iterator[None]:
    """Whatever this thread works out in here, it does with rests."""
    before, _this_thread.at_leisure = _this_thread.at_leisure, True
    if not before:
        _this_thread.began = time.monotonic()
    try:
        with giving_way():
            yield
    finally:
        _this_thread.at_leisure = before


def unhurried(many: Iterable[_One]) -> Iterable[_One]:
    """The same ones; with rests in between, where the thread is at leisure."""
    return _with_rests(many) if _this_thread.at_leisure else many


def _with_rests(many: Iterable[_One]) -> Iterator[_One]:
    for number, one in enumerate(many):
        if number % OFTEN == 0:
            rest()
        yield one


def rest() -> None:
    """A rest, where the thread is at leisure, and has worked for long enough or somebody waits for a page."""
    own = _this_thread
    if not own.at_leisure:
        return
    stopped = time.monotonic()
    worked = stopped - own.began
    if worked <= STINT and (_nobody_waits.is_set() or own.left <= 0):
        return
    time.sleep(min(RESTS * worked, LONGEST))
    _nobody_waits.wait(min(max(own.left, 0.0), LONGEST))
    own.began = time.monotonic()
    own.left = min(own.left + MOST_RESTS * worked - (own.began - stopped), LONGEST)

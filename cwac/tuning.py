"""Every process-wide knob of the interpreter. Allocator settings belong in the service unit (`MALLOC_ARENA_MAX`).

A version that is shown is not frozen: `gc.freeze` would also freeze ended sessions and keep old versions with them, and
to unfreeze and collect first stalls all pages for 0.25 s at 2,000 events, where an ordinary collection takes 0.02 s.
"""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

READING_SWITCH_SECONDS = 0.0005
"""Beside a read of 20,000 events the same page takes 20 ms with this, and 70 ms with Python's 0.005."""

_usual_switch_seconds = sys.getswitchinterval()
_lock = threading.Lock()
_reads = 0


def at_start() -> None:
    """Collect garbage in small steps, and keep everything imported so far out of it."""
    gc.set_threshold(2_000, 100, 1)  # with steps fifty times as large, each stalled every page for 100 ms
    gc.freeze()


@contextmanager
def reading() -> Iterator[None]:
    """While a sheet is read or compared, or first answers are worked out: let pages interrupt, collect no garbage."""
    global _reads
    with _lock:
        _reads += 1
        gc.disable()  # searching a million new records would take a third of the read
        sys.setswitchinterval(READING_SWITCH_SECONDS)  # noqa: TID251 - the one place
    try:
        yield
    finally:
        with _lock:
            _reads -= 1
            if not _reads:
                gc.enable()
                # Pages among themselves: a quarter more of them a second.
                sys.setswitchinterval(_usual_switch_seconds)  # noqa: TID251

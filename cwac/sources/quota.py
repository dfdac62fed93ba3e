"""Google's quota of API calls a minute for one account, shared by all of its spreadsheets."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

CALLS = 55
"""Calls a minute. Google allows 60 per account, by its own clock."""


class Quota:
    """Allows at most `calls` in any `seconds`. Thread-safe."""

    def __init__(self, calls: int = CALLS, seconds: float = 60.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._taken: deque[float] = deque(maxlen=calls)
        self._calls = calls
        self._seconds = seconds
        self._clock = clock
        self._taking = threading.Lock()

    def wait(self) -> float:
        """Reserve one call and return the seconds to wait before making it; later callers wait longer."""
        with self._taking:
            now = self._clock()
            turn = max(now, self._taken[0] + self._seconds) if len(self._taken) == self._calls else now
            self._taken.append(turn)
        return turn - now

"""Google's allowance: so many calls in any minute for one account, however many spreadsheets it reads."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

CALLS = 55
"""A minute. Google allows 60 reads a minute and account, and counts by a clock of its own."""


class Quota:
    """Lets at most `calls` through in any `seconds`. For many threads."""

    def __init__(self, calls: int = CALLS, seconds: float = 60.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._taken: deque[float] = deque(maxlen=calls)
        self._calls = calls
        self._seconds = seconds
        self._clock = clock
        self._taking = threading.Lock()

    def wait(self) -> float:
        """Take one call and answer with the seconds to wait before making it. Who comes later waits longer."""
        with self._taking:
            now = self._clock()
            turn = max(now, self._taken[0] + self._seconds) if len(self._taken) == self._calls else now
            self._taken.append(turn)
        return turn - now

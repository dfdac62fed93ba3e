"""When to look at the source next: the usual interval, sooner after a failure, later when the source asks for it."""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass, replace

from cwac.model import SourceUnavailable
from cwac.storage.store import TurnRow


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between looks at the source."""

    every: float = 30.0
    retries: tuple[float, ...] = (1.0, 4.0, 15.0)
    """After the first, second and third failure in a row; from the fourth on it is `every` again."""
    rate_limit: float = 60.0
    """After "too many requests" without a Retry-After, at most: Google counts by the minute."""
    retry_after: float = 3600.0
    """The longest Retry-After that is obeyed."""
    permanent: float = 60.0
    """The longest wait after a failure that only a human can fix."""
    asked: float = 10.0
    """Between two looks that the Refresh button asks for, however many people press it."""
    silence: float = 60.0
    """From a look that was due and brought nothing until viewers are told that the source does not answer."""
    follow: float = 2.0
    """Between two looks into the store for what other processes have kept."""

    least: float = 0.0
    """Between two looks, always: it overrides every other value here."""
    first: float = 0.0
    """Before the first look."""
    apart: float = 0.0
    """Once more, before the second look, so that the sheets of several counties are not all read at once."""

    def at_least(self, seconds: float) -> Pace:
        """The same pace, with at least `seconds` between two looks."""
        return replace(
            self,
            every=max(self.every, seconds),
            retries=tuple(max(retry, seconds) for retry in self.retries),
            rate_limit=max(self.rate_limit, seconds),
            permanent=max(self.permanent, seconds),
            asked=max(self.asked, seconds),
            least=seconds,
        )


DEFAULT_PACE = Pace()

ALONE = 4
"""Intervals between the looks of one of several processes while their database is away."""


class Schedule:
    """Counts failures and tells how long to wait. Seconds are by the monotonic clock."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        self.failures: Counter[str] = Counter()
        """By cause, since the start."""
        self.limited_until = float("-inf")
        self.answered_at = float("-inf")
        self.looked_at = float("-inf")
        """When any process is known to have looked last."""
        self._failing = 0
        self._asked_at = float("-inf")

    def ask(self) -> bool:
        """Whether the Refresh button may ask for a look now; it then may not for `pace.asked` seconds."""
        now = time.monotonic()
        if now < max(self._asked_at + self.pace.asked, self.looked_at + self.pace.least, self.limited_until):
            return False
        self._asked_at = now
        return True

    def follow(self, row: TurnRow, *, failing: bool, asked: bool) -> None:
        """Go on from the look of another process; `asked`: somebody had pressed Refresh there."""
        now = time.monotonic()
        self.looked_at = now - max(0.0, row.now - row.taken_at)
        self.limited_until = now + row.pause
        self._failing = 0
        if not failing:
            self.answered_at = now
        if asked:
            self._asked_at = max(self._asked_at, self.looked_at)

    def delay_after(self, trouble: SourceUnavailable | None, began: float, *, answered: bool) -> float:
        """Seconds until the next look. `answered`: the source did answer, but perhaps with what cannot be shown."""
        pace = self.pace
        if trouble is None:
            self._failing = 0
            # Counts from start to start, but lets a slow source rest a little.
            return max(pace.every / 10, pace.every - (time.monotonic() - began))
        self.failures[trouble.cause] += 1
        self._failing += 1
        spread = random.random() / 4  # noqa: S311 - no secret: several processes must not ask in step
        if trouble.cause == "rate-limit" or trouble.retry_after is not None:
            # If Google does not say how long, be back within two intervals of its being ready.
            usual = min(pace.rate_limit, 1.5 * pace.every)
            requested = usual if trouble.retry_after is None else trouble.retry_after
            wait = min(max(requested, pace.retries[0]), pace.retry_after)
            self.limited_until = time.monotonic() + wait
            return wait + spread * min(wait, pace.every)
        if answered:
            return pace.every
        if trouble.permanent:
            return min(pace.permanent, pace.every)
        if self._failing <= len(pace.retries):
            return pace.retries[self._failing - 1] * (1 + spread)
        return pace.every

    def may_stay_quiet(self, trouble: SourceUnavailable, delay: float, began: float) -> bool:
        """Whether viewers need not be told yet: the next try will be over while what is shown is still fresh."""
        now = time.monotonic()
        return (
            not trouble.permanent
            and trouble.cause != "rate-limit"
            and trouble.retry_after is None
            and self._failing <= len(self.pace.retries)
            and now + delay + (now - began) - self.answered_at < 2 * self.pace.every
        )

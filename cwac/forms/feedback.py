"""What residents answered, from 1 to 5: means with ranges and shares, and nothing but a number below 8 answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from cwac.analysis.attendance import total
from cwac.analysis.periods import Period
from cwac.analysis.ratios import wilson
from cwac.forms.records import FeedbackAnswer
from cwac.model import Snapshot

ENOUGH = 8
"""Answers from which on more is said than how many there are."""
SCALE = range(1, 6)
CHOSEN = "Those who answer choose themselves, so they may not speak for all who came."


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its number of answers, their mean with a 95% range, and the share of each answer from 1 to 5.

    Below `ENOUGH` answers all but the question is None.
    """

    question: str
    n: int | None = None
    mean: float | None = None
    low: float | None = None
    high: float | None = None
    shares: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True)
class Feedback:
    """The answers in a period; `guests` and `response_rate` are of those events with answers that were counted."""

    answers: int
    guests: float | None = None
    response_rate: float | None = None
    questions: tuple[Question, ...] = ()


def feedback(snapshot: Snapshot, period: Period | None = None) -> Feedback:
    """What residents answered at the events of the period, of all events without one."""
    chosen = {event.id for event in snapshot.events if period is None or event.date in period}
    answers = [record for record in snapshot.added if isinstance(record, FeedbackAnswer) and record.event_id in chosen]
    names = max((answer.questions for answer in answers), key=len, default=())
    questions = tuple(
        _question(name, [answer.scores[place] for answer in answers if place < len(answer.scores)])
        for place, name in enumerate(names)
    )
    if len(answers) < ENOUGH:
        return Feedback(len(answers), questions=questions)
    by_event = Counter(answer.event_id for answer in answers)
    guests = {event_id: total(snapshot.headcounts_by_event.get(event_id, ())).best for event_id in by_event}
    counted = {event_id: best for event_id, best in guests.items() if best}
    came = sum(counted.values()) or None
    rate = None if came is None else min(1.0, sum(by_event[event_id] for event_id in counted) / came)
    return Feedback(len(answers), came, rate, questions)


def _question(name: str, typed: Sequence[int | None]) -> Question:
    scores = [score for score in typed if score is not None]
    n = len(scores)
    if n < ENOUGH:
        return Question(name)
    mean = sum(scores) / n
    # A mean of 1 to 5 varies at most as a share does, so the range is rather too wide than too narrow.
    low, high = (1 + 4 * share for share in wilson((mean - 1) / 4 * n, n))
    counts = Counter(scores)
    return Question(name, n, mean, low, high, tuple(counts[score] / n for score in SCALE))

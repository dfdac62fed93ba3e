"""What residents answered, from 1 to 5: means with ranges and shares, and nothing but a number below 8 answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from cwac import release
from cwac.addons import ResidentsSaid
from cwac.analysis.attendance import total
from cwac.analysis.measures import wilson
from cwac.analysis.periods import Period, quarter_of
from cwac.analysis.words import number, shorten
from cwac.exports.spanish import LANGUAGES, Language, words
from cwac.forms.settings import Forms
from cwac.forms.tabs import ASKED, FeedbackAnswer
from cwac.model import Snapshot
from cwac.rounding import percent
from cwac.settings import Settings

ENOUGH = 8
"""The fewest answers of which more than their number is shown."""
LONGEST = 100
"""Letters of a question in a report."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its number of answers, their mean with a 95% range, and the share of each answer from 1 to 5.

    All but the question is None below `ENOUGH` answers, and where other figures would then tell what fewer said.
    """

    question: str
    n: int | None = None
    mean: float | None = None
    low: float | None = None
    high: float | None = None
    shares: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True)
class Feedback:
    """The answers in a period, and the guests and rate of events that were counted; no rate where more answered."""

    answers: int
    guests: float | None = None
    response_rate: float | None = None
    questions: tuple[Question, ...] = ()


def feedback(snapshot: Snapshot, period: Period | None = None, *, _answers: Answers | None = None) -> Feedback:
    """What residents answered at the events of a calendar quarter or year, of all events without one.

    A quarter's figures are given from `ENOUGH` answers on; those of a year, and of all, only where they do not tell,
    beside the quarters' and years', what fewer than `ENOUGH` said.
    """
    every = answers_by_quarter(snapshot) if _answers is None else _answers
    inside = {quarter: some for quarter, some in every.items() if period is None or quarter.first in period}
    names = question_names(every) if inside else ()
    shown = [
        _are_shown({quarter: len(_scores(some, place)) for quarter, some in inside.items()}, period)
        for place in range(len(names))
    ]
    return _feedback(snapshot, list(chain.from_iterable(inside.values())), names, shown)


def by_town(snapshot: Snapshot, answers: Sequence[FeedbackAnswer], names: Sequence[str]) -> Mapping[str, Feedback]:
    """Town -> its answers of one quarter; figures of a question only where no town has fewer than `ENOUGH` answers."""
    towns: dict[str, list[FeedbackAnswer]] = {}
    for answer in answers:
        towns.setdefault(snapshot.event_by_id[answer.event_id].town or "Town not known", []).append(answer)
    shown = [not any(0 < len(_scores(some, place)) < ENOUGH for some in towns.values()) for place in range(len(names))]
    return {town: _feedback(snapshot, towns[town], names, shown) for town in sorted(towns)}


Answers = Mapping[Period, Sequence[FeedbackAnswer]]


def answers_by_quarter(snapshot: Snapshot) -> Answers:
    """Quarter with answers -> these, the newest quarter first."""
    quarters = {event.id: quarter_of(event.date) for event in snapshot.events}
    found: dict[Period, list[FeedbackAnswer]] = {}
    for record in snapshot.added:
        if isinstance(record, FeedbackAnswer) and record.event_id in quarters:
            found.setdefault(quarters[record.event_id], []).append(record)
    return dict(sorted(found.items(), key=lambda item: item[0].first, reverse=True))


def question_names(answers: Answers) -> tuple[str, ...]:
    asked = (answer.questions for quarter in answers.values() for answer in quarter)
    return max(asked, key=len, default=())


def _scores(answers: Sequence[FeedbackAnswer], place: int) -> list[int]:
    scores = (answer.scores[place] for answer in answers if place < len(answer.scores))
    return [score for score in scores if score is not None]


def _are_shown(by_quarter: Mapping[Period, int], period: Period | None) -> bool:
    """Whether the figures of a year, or of all, leave none or enough answers beside those shown `by_quarter`."""
    years: dict[int, list[int]] = {}
    for quarter, n in by_quarter.items():
        years.setdefault(quarter.first.year, []).append(n)
    left = 0
    for counts in years.values():
        few = sum(n for n in counts if n < ENOUGH)
        is_given = sum(counts) >= ENOUGH and not 0 < few < ENOUGH
        left += 0 if period is None and is_given else few  # a year whose figures are given leaves nothing
    return not 0 < left < ENOUGH


def _feedback(
    snapshot: Snapshot, answers: Sequence[FeedbackAnswer], names: Sequence[str], shown: Sequence[bool]
) -> Feedback:
    questions = tuple(
        _question(name, _scores(answers, place), is_shown=shown[place]) for place, name in enumerate(names)
    )
    if len(answers) < ENOUGH:
        return Feedback(len(answers), questions=questions)
    by_event = Counter(answer.event_id for answer in answers)
    guests = {event_id: total(snapshot.headcounts_by_event.get(event_id, ())).best for event_id in by_event}
    counted = {event_id: best for event_id, best in guests.items() if best}
    came = sum(counted.values()) or None
    answered = sum(by_event[event_id] for event_id in counted)
    return Feedback(len(answers), came, answered / came if came and answered <= came else None, questions)


def _question(name: str, scores: Sequence[int], *, is_shown: bool) -> Question:
    n = len(scores)
    if n < ENOUGH or not is_shown:
        return Question(name)
    mean = sum(scores) / n
    # A mean of 1 to 5 varies at most as a share does, so the range is rather too wide than too narrow.
    low, high = (1 + 4 * share for share in wilson((mean - 1) / 4 * n, n))
    return Question(name, n, mean, low, high, tuple(scores.count(score) / n for score in range(1, 6)))


def share_words(question: Question, pattern: str) -> str | None:
    """The share of answers of 4 or 5 with its 95% range, in a pattern with {share}, {low}, {high} and {count}."""
    if question.n is None or question.shares is None:
        return None
    share = question.shares[3] + question.shares[4]
    low, high = map(percent, wilson(share * question.n, question.n))
    return pattern.format(share=percent(share), low=low, high=high, count=question.n)


def residents_said(snapshot: Snapshot, period: Period, language: Language = "en") -> ResidentsSaid | None:
    """What the answers of a calendar quarter or year say, for its reports; None without answers."""
    found, t = feedback(snapshot, period), words(language)
    if not found.answers:
        return None
    heard = str(found.answers) if found.answers >= ENOUGH else t["answers_few"].format(count=found.answers, most=ENOUGH)
    if found.guests is not None:
        share = None if found.response_rate is None else percent(found.response_rate)
        pattern = t["answers_beside_guests" if share is None else "answers_of_guests"]
        heard = pattern.format(count=found.answers, share=share, guests=number(found.guests))
    rows, typed = [(t["answers"], heard)], []
    for one in found.questions if found.answers >= ENOUGH else ():
        name = one.question.rstrip(" .:")
        if ours := next((words for words in ASKED if name in words), None):
            name = ours[LANGUAGES.index(language)]
        else:
            typed.append(name := shorten(name, LONGEST))
        rows.append((name, share_words(one, t["share_of_answers"]) or t["answers_held_back"]))
    return ResidentsSaid(tuple(rows), t["answers_note"], tuple(typed))


def public_feedback(settings: Settings, snapshot: Snapshot, period: Period, language: Language) -> ResidentsSaid | None:
    """The same for a public page, where the county publishes it and there are enough answers; else None.

    The quarter must be over: strangers who watch the page would see each answer come.
    """
    forms = settings.section(Forms)
    is_given = forms is not None and forms.publish_feedback and period.last < snapshot.today
    shown = {event.id for event in release.released_events(snapshot)} if is_given else set()
    # Every record of this add-on belongs to an event.
    added = tuple(record for record in snapshot.added if record.event_id in shown)
    found = residents_said(replace(snapshot, added=added), period, language) if is_given else None
    return found if found is not None and len(found.rows) > 1 else None

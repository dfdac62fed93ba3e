"""Answers about a plan of one line: its events, rows and options as in alerts.txt, and what is answered (answers.txt)."""

import re
from pathlib import Path

from cwac.analysis import scheduling
from cwac.analysis.candidates import who_could_go
from cwac.analysis.changes import changes
from cwac.analysis.rest import rest_warnings
from cwac.analysis.staffing import gap_board
from tests.analysis.plans import ON, SAMPLE, day, typed_plan
from tests.cases import each

TEXT = (Path(__file__).parent / "answers.txt").read_text("utf-8")
CASES = [
    (kind, *(cell.strip() for cell in line.split("|")))
    for kind, *lines in (section.splitlines() for section in re.split("^== ", TEXT, flags=re.M)[1:])
    for line in lines
    if line and not line.startswith("#")
]


def planned(snapshot, rules):
    """The plan of scheduling; 300 seconds, so that a busy machine does not end the search early."""
    return scheduling.plan(snapshot, ON, day(60), ON, seconds=300.0, rules=rules)


def proposed(snapshot, rules):
    sent = sorted((proposal.event.id, proposal.officer.id) for proposal in planned(snapshot, rules).proposals)
    return " ".join(f"{event_id}:{officer}" for event_id, officer in sent)


def unfilled(snapshot, rules):
    result = planned(snapshot, rules)
    return f"{result.posts} open: {' / '.join(unfilled.reason for unfilled in result.unfilled)}"


def tired(snapshot, rules):
    return "; ".join(
        f"{one.kind} {one.person} {round(one.hours, 2):g} of {one.limit:g} on {one.day:%b %d}: {''.join(one.event_ids)}"
        for one in rest_warnings(snapshot, ON, rules)
    )


def candidates(snapshot, _):
    """Those who could go to the first event, best first, with brackets around those who cannot."""
    ranked = who_could_go(snapshot, snapshot.events[0], ON)
    return ", ".join(one.officer.name if one.available else f"({one.officer.name})" for one in ranked)


def against(snapshot, _):
    """What speaks against A. Sample, who comes last if that keeps them from going."""
    ranked = who_could_go(snapshot, snapshot.events[0], ON)
    (sample,) = [one for one in ranked if one.officer == SAMPLE]
    assert sample.available or ranked[-1] == sample
    return f"{'can' if sample.available else 'cannot'} go: {' / '.join(sample.against)}"


def gap_words(snapshot, _):
    (gap,) = gap_board(snapshot, ON)
    needed = gap.ask.partition("Still needed: ")[2].partition(".")[0]
    return (
        f"{'open' if gap.fill.open else 'filled'}, {gap.fill.short} short: {gap.fill.words}; asks for {needed or '-'}"
    )


def urgency(snapshot, _):
    (gap,) = gap_board(snapshot, ON)
    return f"{gap.urgency} {gap.ask.partition('Who is available? ')[2]}"


def effects(before, after):
    result = changes(before, after)
    return "; ".join(" ".join([one.id, *(f"{effect.kind} {effect.code}" for effect in one.effects)]) for one in result)


def numbers(before, after):
    """Officers and openings, of which an event that was called off or deleted has none left to fill."""
    (change,) = changes(before, after)
    return f"{change.officers:+} officers, {change.openings:+} open"


ANSWERS = {
    "proposed": proposed,
    "unfilled": unfilled,
    "plan in words": lambda snapshot, rules: planned(snapshot, rules).words,
    "advice": lambda snapshot, rules: " / ".join(planned(snapshot, rules).advice),
    "hours and rest": tired,
    "candidates": candidates,
    "against A. Sample": against,
    "gap": gap_words,
    "urgency": urgency,
    "text to copy": lambda snapshot, _: gap_board(snapshot, ON)[0].ask,
}
CHANGES = {"effects": effects, "numbers": numbers}


@each(("kind", "events", "rows", "options", "answer"), [case for case in CASES if case[0] in ANSWERS])
def test_plan_gives_the_answer_of_its_line(kind, events, rows, options, answer):
    assert ANSWERS[kind](*typed_plan(events, rows, options)) == answer


@each(("kind", "before", "after", "answer"), [case for case in CASES if case[0] in CHANGES])
def test_change_of_a_plan_has_the_effect_of_its_line(kind, before, after, answer):
    versions = (typed_plan(*version.split("/"))[0] for version in (before, after))
    assert CHANGES[kind](*versions) == answer


def test_every_line_is_of_a_known_answer():
    assert {case[0] for case in CASES} == ANSWERS.keys() | CHANGES.keys()

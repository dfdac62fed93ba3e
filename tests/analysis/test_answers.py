"""Answers about plans of one line, which are typed as in alerts.txt: each line of answers.txt is a case."""

import re
from dataclasses import fields
from pathlib import Path

from cwac.analysis import events, hours, scheduling
from cwac.analysis.alerts import alerts, by_event
from cwac.analysis.attendance import Outcomes, count_words, finding, guests_in_all, turnout, typical_guests
from cwac.analysis.candidates import fair_share, pulled, who_could_go
from cwac.analysis.changes import changes
from cwac.analysis.events import shares_to_ask
from cwac.analysis.officers import rest_warnings
from cwac.analysis.periods import holiday_words
from cwac.analysis.staffing import EventSummary, fill, gap_board, staffing_states, summarize
from cwac.web.sections import gaps
from tests.analysis.plans import ABOUT, ON, OPEN, RANGE, SAMPLE, counted, day, held, plan, typed_plan, with_rows
from tests.cases import each

TEXT = (Path(__file__).parent / "answers.txt").read_text("utf-8")
CASES = [
    (kind, *(cell.strip() for cell in line.rsplit("|", 1)))
    for kind, *lines in (section.splitlines() for section in re.split("^== ", TEXT, flags=re.M)[1:])
    for line in lines
    if line and not line.startswith("#")
]


def planned(snapshot, rules):
    """The plan of scheduling; 300 seconds, so that a busy machine does not end the search early."""
    return scheduling.plan(snapshot, ON, day(60), ON, seconds=300.0, rules=rules)


def proposed(snapshot, rules):
    """Who is proposed for which event, in which role, in place of which row's placeholder."""
    proposals = sorted(planned(snapshot, rules).proposals, key=lambda one: (one.event.id, one.officer.id))
    return ", ".join(
        f"{one.event.id}:{one.officer.id}{f' as {one.role}' if one.role else ''}"
        f"{f' in row {one.placeholder}' if one.placeholder else ''}"
        for one in proposals
    )


def unfilled(snapshot, rules):
    """Why which positions and roles stay open."""
    result = planned(snapshot, rules)
    lacking = [(one.event.id, ", ".join([str(one.posts), *one.missing_roles]), one.reason) for one in result.unfilled]
    reasons = [f"{event_id} lacks {what}: {reason}" for event_id, what, reason in lacking]
    return f"{result.posts} open: {' / '.join(reasons)}"


def tired(snapshot, rules):
    return "; ".join(
        f"{one.kind} {one.person} of {one.agency}: {round(one.hours, 2):g} of {one.limit:g} on {one.day:%b %d}: "
        f"{''.join(one.event_ids)}"
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


def reasons(snapshot, _):
    """What speaks for each candidate, and against them."""
    ranked = who_could_go(snapshot, snapshot.events[0], ON)
    return " / ".join(
        f"{one.officer.name}: {', '.join(one.reasons)}; {', '.join(one.against) or '-'}" for one in ranked
    )


def gap_words(snapshot, _):
    (gap,) = gap_board(snapshot, ON)
    needed = gap.ask.partition("Still needed: ")[2].partition(".")[0] or "-"
    state = "open" if gap.fill.open else "filled"
    return f"{state}, {gap.fill.short} short: {gap.fill.words}; asks for {needed}"


def urgency(snapshot, _):
    (gap,) = gap_board(snapshot, ON)
    return f"{gap.urgency} {gap.ask.partition('Who is available? ')[2]}"


def still_needed(snapshot, _):
    """What the alert asks agencies for, in the same words as the text to copy."""
    (gap,) = gap_board(snapshot, ON)
    (words,) = [
        one.message.partition("Still needed: ")[2] for one in alerts(snapshot, ON) if one.code == "understaffed"
    ]
    assert f" Still needed: {words.rstrip('.')}" in gap.ask
    assert sum(number for _, number in shares_to_ask(gap.fill.short, dict(gap.fill.owed))) == gap.fill.short
    return words


def officers(snapshot, _):
    """Of each agency of the first event what is known of its officers there; nobody is missed while that is open."""
    filled = fill(snapshot, snapshot.events[0])
    words = [gaps.officers_words(line) for line in filled.by_agency]
    assert ("nobody from" in filled.words) == bool(filled.silent) == bool(filled.owed) == ("not known" not in words)
    return " / ".join(word or "-" for word in words)


def message(code):
    """The words of the only alert of this code."""

    def words(snapshot, rules):
        (alert,) = [alert for alert in alerts(snapshot, ON, rules) if alert.code == code]
        return alert.message

    return words


def holiday(snapshot, rules):
    """The holiday of the first event, of which an alert speaks in the same words."""
    words = holiday_words(snapshot.events[0].date)
    found = [one.message.partition(" is ")[2] for one in alerts(snapshot, ON, rules) if one.code == "federal-holiday"]
    assert found == ([f"{words}."] if words else [])
    return words or "none"


def span(snapshot, rules):
    """When the first event begins and ends, and the first person's duty there."""
    spans = [events.interval(snapshot.events[0], rules)]
    spans += [events.duty_interval(snapshot.events[0], row, rules) for row in snapshot.assignments[:1]]
    return ", duty ".join(" to ".join(f"{at:%b %d %H:%M}" for at in one) if one else "not known" for one in spans)


BARE = EventSummary("", "confirmed", None, False, None, (), (), True)


def summary(snapshot, _):
    """The first event in a calendar: for those who may see staffing, for others, and the states to choose it by."""
    first, found = snapshot.events[0], by_event(snapshot, ON)
    shown = (summarize(first, snapshot, found, ON, gaps=gaps) for gaps in (True, False))
    names = [field.name for field in fields(BARE)]
    words = [
        ", ".join(f"{name} {getattr(one, name)}" for name in names if getattr(one, name) != getattr(BARE, name))
        for one in shown
    ]
    return " / ".join(part or "-" for part in (*words, ", ".join(sorted(staffing_states(first, snapshot, found, ON)))))


def losses(snapshot, _):
    """What an emergency left open: event, officers missing, who could go."""
    return "; ".join(
        f"{one.event.id} {'off' if one.off else 'on'}, {one.short} short, "
        f"could go: {', '.join(could.officer.name for could in one.could) or '-'}. {one.message}"
        for one in pulled(snapshot, ON)
    )


def shares(snapshot, _):
    """Shifts from 100 days ago to 30 ahead: of each agency (`?` if not known), and of officers, who is next first."""
    share = fair_share(snapshot, day(-100), day(30), ON)
    agencies = [f"{one.agency} {'?' if one.events is None else one.events}" for one in share.agencies]
    assert all((one.people is None) == (one.hours is None) == (one.events is None) for one in share.agencies)
    officers = [
        f"{one.officer.name} {one.events}, {one.days_away} days away{', not now' * (not one.available)}"
        for one in share.officers
    ]
    return f"{share.unknown} of unknown agency; {', '.join(agencies)}; {'; '.join(officers)}"


def officer_hours(snapshot, _):
    """Hours of each line at the first event, then whether they are known in full, and the sum in words."""
    book, first = hours.ledger(snapshot), snapshot.events[0]
    lines = book.lines
    people = [
        f"{lines.person.names[person]} {'?' if unknown else f'{spent:g}'}{' recorded' * bool(recorded)}"
        for person, unknown, spent, recorded in zip(
            lines.person.numbers, lines.unknown, lines.hours, lines.recorded, strict=True
        )
    ]
    ((known, lack),) = book.at([first])
    summed = book.total(book.of([first]))
    assert known == summed.total
    in_all = "not known" if known is None else f"{known:g} h"
    return f"{', '.join(people) or 'nobody'}: {lack or 'in full'}; {in_all}: {summed.words}"


def difference(before, after):
    """What changes() tells of two plans, each typed as events / rows / options."""
    return changes(*(typed_plan(*version.split("/"))[0] for version in (before, after)))


def effects(before, after):
    result = difference(before, after)
    return "; ".join(" ".join([one.id, *(f"{effect.kind} {effect.code}" for effect in one.effects)]) for one in result)


def numbers(before, after):
    """Officers and openings, of which an event that was called off or deleted has none left to fill."""
    (change,) = difference(before, after)
    return f"{change.officers:+} officers, {change.openings:+} open"


def told(before, after):
    return " / ".join(change.sentence for change in difference(before, after))


def attendance(*versions):
    """What is told of an event whose rows of guests change, each typed as the guests and what else it notes."""

    def row(guests, *noted):
        fields = {name: int(text) if text.isdigit() else text for name, text in (word.split("=") for word in noted)}
        return counted("EV-1", guests_of(guests), **fields)

    before, after = (
        plan([held("EV-1")], headcounts=tuple(row(*words.split()) for words in version.split("; ") if words))
        for version in versions
    )
    return " / ".join(detail for change in changes(before, after) for detail in change.details)


def guests_of(cell):
    return {"-": None, "~40": ABOUT, "35-40": RANGE, "30+": OPEN}[cell] if not cell.isdigit() else int(cell)


HOST = "S EV-1 role=Host"


def field(words):
    """What is told of an event that these words change, and by what those who come are upset."""
    result = difference(f"EV-1 / {HOST}", f"EV-1 {words} / {HOST}")
    return "; ".join(f"{', '.join(one.details)}{f' ({one.upset})' * bool(one.upset)}" for one in result)


def people(rows):
    """What is told where these people take the place of the host."""
    return "; ".join(", ".join(one.details) for one in difference(f"EV-1 / {HOST}", f"EV-1 / {rows}"))


def of_held(answer):
    """An answer about events with these guests: of each event, those of its rows."""

    def given(guests):
        counts = [[] if rows == "no row" else rows.split(", ") for rows in guests.split("; ") if rows]
        return answer([with_rows(*map(guests_of, rows)) for rows in counts])

    return given


def known(held_events):
    """The count of an event, and whether it is known in full."""
    summed = held_events[0].total
    in_full = summed.in_full("guests")
    assert summed.open_ended == (in_full is None and summed.best is not None)
    return f"{count_words(summed)}{'' if in_full is None else f', in full {in_full:g}'}"


MESSAGES = "national-day", "town-too-soon", "no-host", "understaffed", "staffed-agency-not-on-event"
OF_PLANS = {
    "proposed": proposed,
    "unfilled": unfilled,
    "plan in words": lambda snapshot, rules: planned(snapshot, rules).words,
    "advice": lambda snapshot, rules: " / ".join(planned(snapshot, rules).advice),
    "hours and rest": tired,
    "warning": lambda snapshot, rules: " / ".join(one.message for one in rest_warnings(snapshot, ON, rules)),
    "candidates": candidates,
    "against A. Sample": against,
    "reasons": reasons,
    "gap": gap_words,
    "urgency": urgency,
    "text to copy": lambda snapshot, _: gap_board(snapshot, ON)[0].ask,
    "still needed": still_needed,
    "officers by agency": officers,
    **{f"message of {code}": message(code) for code in MESSAGES},
    "holiday": holiday,
    "span": span,
    "summary": summary,
    "state": lambda snapshot, _: events.state_words(snapshot.events[0]),
    "place": lambda snapshot, _: events.where(snapshot.events[0]),
    "upcoming": lambda snapshot, _: ", ".join(event.id for event in events.upcoming(snapshot, ON)),
    "pulled": losses,
    "shares": shares,
    "officer-hours": officer_hours,
}
OTHERS = {
    "told": told,
    "effects": effects,
    "numbers": numbers,
    "field of EV-1": field,
    "people of EV-1": people,
    "attendance of EV-1": attendance,
    "count of an event": of_held(known),
    "guests in all": of_held(lambda those: guests_in_all(turnout(those)).words),
    "typical guests": of_held(lambda those: typical_guests(turnout(those)).words),
    "finding": of_held(lambda those: finding(Outcomes(tuple(those)), "in May")),
}


@each(("kind", "given", "answer"), CASES)
def test_plan_gives_the_answer_of_its_line(kind, given, answer):
    cells = [cell.strip() for cell in given.split("|")]
    assert (OTHERS[kind](*cells) if kind in OTHERS else OF_PLANS[kind](*typed_plan(*cells))) == answer


def test_every_answer_has_a_line():
    assert {kind for kind, *_ in CASES} == OF_PLANS.keys() | OTHERS.keys()

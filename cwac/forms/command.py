"""`cwac answers`, `cwac feedback` and `cwac forms`: what people answered, and setting the forms up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from cwac.analysis.words import counted
from cwac.cli.options import on_option, one_source, read_snapshot, settings_for, source_argument, text_or_json_option
from cwac.cli.output import Command, Refusal, as_called, plain, print_answer, print_text
from cwac.cli.store import revisions_of

if TYPE_CHECKING:
    from cwac.forms.answers import Answered
    from cwac.forms.feedback import Feedback
    from cwac.forms.questions import FormKind
    from cwac.forms.settings import Forms
    from cwac.model import Event, Snapshot


@click.command("answers", cls=Command, short_help="List what officers answered, and the cells to type.")
@source_argument
@on_option
@text_or_json_option
def answers_command(source: str | None, on: dt.date | None, output_format: str) -> None:
    """List what officers answered about their shifts through the county's form, and the cells of the sheet to type."""
    from cwac.forms.answers import answered, moved

    settings = settings_for(source)
    snapshot = read_snapshot(source, on, settings)
    past = revisions_of(snapshot, settings, "it is not known which answers were given before an event was moved")
    listed = answered(snapshot, moved(snapshot, _past=past))
    answers = [_row(one, snapshot.timezone) for one in listed]
    print_answer(snapshot, output_format, {"answers": answers}, _lines(snapshot, listed))


def _row(one: Answered, timezone: str) -> dict[str, Any]:
    answer, to_do = one.answer, one.to_do
    at = None if answer.at is None else answer.at.replace(tzinfo=ZoneInfo(timezone)).isoformat()
    return {
        "event_id": one.event.id,
        "date": one.event.date.isoformat(),
        "officer_id": answer.officer,
        "officer": answer.name,
        "agency": answer.agency,
        "answer": answer.answer,
        "at": at,
        "from_other_address": answer.other_address,
        "sheet_status": one.status,
        "to_do": None if to_do is None else {"cell": to_do.cell, "tab": to_do.tab, "value": to_do.value},
    }


def _lines(snapshot: Snapshot, listed: Sequence[Answered]) -> Iterator[str]:
    from cwac.analysis.events import where
    from cwac.date_words import day_words
    from cwac.forms.answers import words

    open_ones = sum(one.to_do is not None for one in listed)
    yield f"{counted(len(listed), 'answer')}, {counted(open_ones, 'cell')} to type."
    for one in sorted(listed, key=lambda one: (one.to_do is None, one.to_do and one.answer.answer != "No")):
        agency = f" ({one.answer.agency})" if one.answer.agency else ""
        event = f"{day_words(one.event.date, snapshot.today)}, {where(one.event)} [{one.event.id}]"
        yield f"  {one.answer.name}{agency} {words(one.answer, snapshot.today, one.void)}: {event}"
        yield f"      {one.to_do.words}." if one.to_do else f"      The sheet says {one.status}."


@click.command("feedback", cls=Command, short_help="Say what residents answered.")
@source_argument
@click.option("--period", metavar="PERIOD", help="Only events of this quarter or year, such as 2026-Q3 or 2026.")
@on_option
@text_or_json_option
def feedback_command(source: str | None, period: str | None, on: dt.date | None, output_format: str) -> None:
    """Say how many residents answered, and how; below 8 answers only how many. Their text is never printed."""
    from cwac.analysis.periods import quarter_or_year_named
    from cwac.forms.feedback import feedback

    try:
        chosen = None if period is None else quarter_or_year_named(period)
    except ValueError as error:
        raise click.BadParameter(plain(str(error)), param_hint="--period") from None
    snapshot = read_snapshot(source, on, settings_for(source))
    found = feedback(snapshot, chosen)
    print_answer(snapshot, output_format, {"period": period, **asdict(found)}, _feedback_lines(found))


def _feedback_lines(found: Feedback) -> Iterator[str]:
    from cwac.analysis.words import number, with_guests
    from cwac.exports.spanish import words
    from cwac.forms.feedback import ENOUGH
    from cwac.rounding import percent

    said = words("en")
    if found.answers < ENOUGH:
        yield said["answers_few"].format(count=counted(found.answers, "answer"), most=ENOUGH) + "."
        return
    guests = "" if found.guests is None else with_guests(number(found.guests))
    rate = f"; {guests} counted" if guests else ""
    if found.response_rate is not None:
        rate = f", {percent(found.response_rate)} of {guests}"
    yield f"{counted(found.answers, 'answer')}{rate}. {said['answers_note']}"
    for one in found.questions:
        if one.mean is None or one.low is None or one.high is None:
            yield f"  {one.question} {said['answers_held_back']}"
            continue
        shares = ", ".join(f"{score}: {percent(share)}" for score, share in enumerate(one.shares or (), 1))
        mean, low, high = map(number, (one.mean, one.low, one.high))
        yield f"  {one.question} {mean} of 5 (95% range {low} to {high}; {one.n} answers)"
        yield f"      {shares}"


@click.command("forms", cls=Command, short_help="Set up forms, and check their tabs and links.")
@source_argument
@click.option("--event", "event_id", metavar="ID", help="The event of the links. Default: the next one.")
@click.option("--officer", metavar="NAME", help="The officer of the link. Default: one who is at that event.")
@click.option("--shift", metavar="URL", help="Put the link with which officers answer into the settings.")
@click.option("--door", metavar="URL", help="The same for counts from the door.")
@click.option("--feedback", metavar="URL", help="The same for residents.")
@click.option("--feedback-es", metavar="URL", help="The same for residents, in Spanish.")
@on_option
def forms_command(
    source: str | None, event_id: str | None, officer: str | None, on: dt.date | None, **typed: str | None
) -> None:
    """Say which questions to create and where to click, what the sheet has of each form, and the links of an event.

    In a link that is put into the settings, EVENT and OFFICER stand for the event and the officer.
    """
    from cwac.analysis.events import upcoming
    from cwac.forms.questions import KINDS, STEPS
    from cwac.forms.settings import Forms

    addresses = {key: address for key, address in typed.items() if address is not None}
    if addresses:
        _write(addresses)
    settings = settings_for(source)
    forms = one_source(source, settings).section(Forms) or Forms()
    snapshot = read_snapshot(source, on, settings)
    event = next(iter(upcoming(snapshot, snapshot.today)), None)
    if event_id is not None and (event := snapshot.event_by_id.get(event_id)) is None:
        raise click.BadParameter(f"no event has the ID {plain(event_id)}.", param_hint="--event")
    lines: list[str] = []
    for maker, steps in STEPS.items():
        numbered = (f"  {number}. {step}" for number, step in enumerate(map(as_called, steps), 1))
        lines += [f"With {maker}:", *numbered, ""]
    for kind in KINDS:
        lines += [*_of_kind(kind, forms, snapshot, event, officer), ""]
    print_text(lines[:-1])


def _write(addresses: dict[str, str]) -> None:
    from cwac.cli.connect_questions import rewritten, with_values
    from cwac.forms.settings import read, with_places
    from cwac.settings import SettingsError
    from cwac.settings.schema import Typed

    filled = {key: with_places(address) for key, address in addresses.items()}
    try:
        read(Typed({"forms": filled}))
    except SettingsError as error:
        raise Refusal(f"{plain(str(error))} Nothing was written.") from None
    rewritten(lambda text: with_values(text, {"forms": filled}))


def _of_kind(
    kind: FormKind, forms: Forms, snapshot: Snapshot, event: Event | None, officer: str | None
) -> Iterator[str]:
    from cwac.forms.questions import rows_words, tabs_not_read
    from cwac.forms.settings import filled_in

    yield f"{kind.title} ([forms] {kind.key})"
    for number, (question, answer) in enumerate(kind.questions.items(), 1):
        yield f"  {number}. {question}: {answer}"
    if (account := snapshot.accounting.get(kind.tab)) is not None:
        yield f"  In the sheet: {kind.tab}, {rows_words(account)}."
    else:
        yield f"  In the sheet: no tab of {kind.tab} yet."
        yield from (f"  {advice}" for advice in tabs_not_read(snapshot))
    address = getattr(forms, kind.key)
    if not address:
        yield "  Link: none in the settings yet."
    elif event is None:
        yield f"  Link: {address}"
    else:
        people = (row.officer or row.name for row in snapshot.assignments_by_event.get(event.id, ()))
        named = officer or next(filter(None, people), "")
        yield f"  Link for {event.id}{f', {named}' if kind.key == 'shift' and named else ''}: " + filled_in(
            address, event.id, named
        )


COMMANDS = (answers_command, feedback_command, forms_command)

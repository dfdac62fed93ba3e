"""`cwac answers`: what officers answered, and the cells to type. `cwac feedback`: what residents answered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from cwac.analysis.words import counted
from cwac.cli.group import Command
from cwac.cli.options import on_option, source_argument, text_or_json_option
from cwac.cli.output import json_heading, print_json, print_text, text_heading
from cwac.cli.source import read_snapshot, settings_for
from cwac.cli.text import plain

if TYPE_CHECKING:
    from cwac.forms.answers import Answered
    from cwac.forms.feedback import Feedback
    from cwac.model import Snapshot


@click.command("answers", cls=Command, short_help="List what officers answered, and the cells to type.")
@source_argument
@on_option
@text_or_json_option
def answers_command(source: str | None, on: dt.date | None, output_format: str) -> None:
    """List what officers answered about their shifts through the county's form, and the cells of the sheet to type."""
    from cwac.forms.answers import answered

    snapshot = read_snapshot(source, on, settings_for(source))
    listed = answered(snapshot)
    if output_format == "json":
        print_json({**json_heading(snapshot), "answers": [_row(one, snapshot.timezone) for one in listed]})
    else:
        print_text([*text_heading(snapshot), *_lines(snapshot, listed)])


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
    from cwac.forms.answers import to_do, words

    open_ones = to_do(snapshot)
    yield f"{counted(len(listed), 'answer')}, {counted(len(open_ones), 'cell')} to type."
    for one in (*open_ones, *(one for one in listed if one.to_do is None)):
        agency = f" ({one.answer.agency})" if one.answer.agency else ""
        event = f"{day_words(one.event.date, snapshot.today)}, {where(one.event)} [{one.event.id}]"
        yield f"  {one.answer.name}{agency} {words(one.answer, snapshot.today)}: {event}"
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
    if output_format == "json":
        print_json({**json_heading(snapshot), "period": period, **asdict(found)})
    else:
        print_text([*text_heading(snapshot), *_feedback_lines(found)])


def _feedback_lines(found: Feedback) -> Iterator[str]:
    from cwac.analysis.words import number
    from cwac.forms.feedback import CHOSEN, ENOUGH
    from cwac.rounding import percent

    if found.answers < ENOUGH:
        yield f"{counted(found.answers, 'answer')}: from {ENOUGH} on it is said what they are."
        return
    rate = (
        "" if found.response_rate is None else f", {percent(found.response_rate)} of {number(found.guests or 0)} guests"
    )
    yield f"{counted(found.answers, 'answer')}{rate}. {CHOSEN}"
    for one in found.questions:
        if one.mean is None or one.low is None or one.high is None:
            yield f"  {one.question} fewer than {ENOUGH} answers"
            continue
        shares = ", ".join(f"{score}: {percent(share)}" for score, share in enumerate(one.shares or (), 1))
        yield f"  {one.question} {one.mean:.1f} of 5 (95% range {one.low:.1f} to {one.high:.1f}; {one.n} answers)"
        yield f"      {shares}"

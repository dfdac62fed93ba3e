"""`cwac forms`: the questions to create, the tabs that are there, and the links."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from cwac.cli.called import as_called
from cwac.cli.exit_status import Refusal
from cwac.cli.group import Command
from cwac.cli.options import on_option, source_argument
from cwac.cli.output import print_text
from cwac.cli.source import one_source, read_snapshot, settings_for
from cwac.cli.text import plain

if TYPE_CHECKING:
    from cwac.forms.questions import FormKind
    from cwac.forms.settings import Forms
    from cwac.model import Event, Snapshot


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
    from cwac.forms.questions import KINDS, STEPS
    from cwac.forms.settings import Forms

    addresses = {key: address for key, address in typed.items() if address is not None}
    if addresses:
        _write(addresses)
    settings = settings_for(source)
    forms = one_source(source, settings).section(Forms) or Forms()
    snapshot = read_snapshot(source, on, settings)
    event = _event(snapshot, event_id)
    lines: list[str] = []
    for maker, steps in STEPS.items():
        lines += [
            f"With {maker}:",
            *(f"  {number}. {step}" for number, step in enumerate(map(as_called, steps), 1)),
            "",
        ]
    for kind in KINDS:
        lines += [*_of_kind(kind, forms, snapshot, event, officer), ""]
    print_text(lines[:-1])


def _write(addresses: dict[str, str]) -> None:
    from cwac.cli import settings_text
    from cwac.cli.connect import rewritten
    from cwac.forms.settings import read, with_places
    from cwac.settings import SettingsError
    from cwac.settings.section import Typed

    filled = {key: with_places(address) for key, address in addresses.items()}
    try:
        read(Typed({"forms": filled}))
    except SettingsError as error:
        raise Refusal(f"{plain(str(error))} Nothing was written.") from None
    rewritten(lambda text: settings_text.with_meanings(text, {"forms": filled}))


def _event(snapshot: Snapshot, event_id: str | None) -> Event | None:
    from cwac.analysis.events import upcoming

    if event_id is None:
        return next(iter(upcoming(snapshot, snapshot.today)), None)
    if (event := snapshot.event_by_id.get(event_id)) is None:
        raise click.BadParameter(f"no event has the ID {plain(event_id)}.", param_hint="--event")
    return event


def _of_kind(
    kind: FormKind, forms: Forms, snapshot: Snapshot, event: Event | None, officer: str | None
) -> Iterator[str]:
    from cwac.forms.settings import filled_in
    from cwac.forms.tabs import LOOKS_LIKE_A_FORM

    yield f"{kind.title} ([forms] {kind.key})"
    for number, (question, answer) in enumerate(kind.questions.items(), 1):
        yield f"  {number}. {question}: {answer}"
    if (account := snapshot.accounting.get(kind.tab)) is not None:
        yield f"  In the sheet: {kind.tab}, {account.kept:,} of {account.rows:,} rows are used."
    else:
        yield f"  In the sheet: no tab of {kind.tab} yet."
        unread = [one.advice for one in snapshot.problems if one.code == "unused-tab"]
        yield from (f"  {advice}" for advice in unread if LOOKS_LIKE_A_FORM in advice)
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

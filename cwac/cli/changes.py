"""`cwac changes`: what changed in the sheet since a day, and what that did to the staffing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from cwac.cli.group import Command
from cwac.cli.options import on_option, parse_day, source_argument, text_or_json_option
from cwac.cli.output import Refusal, local_time, plain, print_either, print_message, progress
from cwac.cli.source import name_of, one_source, settings_for
from cwac.cli.store import not_connected, open_store
from cwac.clock import read_clock
from cwac.refresh.source_factory import identity_of
from cwac.settings import Settings

if TYPE_CHECKING:
    from cwac.analysis.changes import Change
    from cwac.storage.store import Store, Version


def _parse_day_or_yesterday(ctx: click.Context, param: click.Parameter, typed: str) -> dt.date | None:
    """None for yesterday, which depends on the sheet's time zone."""
    if typed.strip().casefold() == "yesterday":
        return None
    try:
        return parse_day(ctx, param, typed)
    except click.BadParameter:
        message = f"{plain(typed)} is neither a date, such as 2026-10-07, nor the word yesterday."
        raise click.BadParameter(message) from None


@click.command("changes", cls=Command, short_help="Say what changed in the sheet, and what that did to the staffing.")
@source_argument
@click.option(
    "--since",
    metavar="DATE|yesterday",
    default="yesterday",
    callback=_parse_day_or_yesterday,
    show_default=True,
    help="From the first minute of that day on, where the sheet is.",
)
@on_option
@text_or_json_option
def command(source: str | None, since: dt.date | None, on: dt.date | None, output_format: str) -> None:
    """Say what changed in the sheet since a day, from the versions that the dashboard has kept.

    What residents said, notes and how officers want to be reached are never repeated.
    """
    from cwac.analysis.changes import changes
    from cwac.exports.documents import change_row
    from cwac.sheet.reader import read_workbook
    from cwac.storage import history

    settings = settings_for(source)
    with open_store(settings, source) as store:
        chosen = one_source(source, settings)
        last = _last_version(store, chosen)
        zone = ZoneInfo(last.timezone)
        today = on or read_clock(zone).date()
        first = since or today - dt.timedelta(days=1)
        if first > today:
            raise click.BadParameter(f"{first} is still to come.", param_hint="--since")
        beginning = dt.datetime.combine(first, dt.time(), zone)
        base = history.base_version(store, last.source, beginning)
        assert base is not None
        with progress("Comparing"):
            before, after = (read_workbook(store.load(version), today, settings.rules) for version in (base, last))
            listed = changes(before, after, settings.rules)
    if base.at > beginning:
        first, when = base.at.astimezone(zone).date(), local_time(base.at, last.timezone)
        print_message(f"No version from before is kept: this is what changed since the first one, of {when}.")
    as_of = last.seen_at.astimezone(zone).isoformat()
    heading = {"source": name_of(chosen), "as_of": as_of, "since": first.isoformat()}
    print_either(
        output_format, {**heading, "changes": list(map(change_row, listed))}, _lines(last, first, listed, today)
    )


def _last_version(store: Store, chosen: Settings) -> Version:
    if chosen.sample:
        raise not_connected(chosen)
    name = identity_of(chosen) or name_of(chosen)
    if store.is_there and (last := store.latest(name)) is not None:
        return last
    if chosen.workbook:
        raise Refusal(
            f"{plain(name)} is a file, and a file has no history: what changed is known of a sheet "
            "that the dashboard reads and keeps. cwac history lists what is kept."
        )
    raise Refusal(
        f"No version of {plain(name)} is kept yet: the dashboard keeps them while it runs. "
        "CWAC_STORE must name the store that it writes to."
    )


def _lines(last: Version, since: dt.date, changes: Sequence[Change], today: dt.date) -> Iterator[str]:
    from cwac.analysis.changes import EFFECTS
    from cwac.date_words import day_words

    as_of = local_time(last.seen_at, last.timezone)
    yield f"{last.source}, as of {as_of}; changes since {day_words(since, today)}."
    if not changes:
        yield ""
        yield "Nothing has changed."
    heading = None
    for change in changes:
        section = "To come" if change.date and change.date >= today else "Past" if change.date else "Lists"
        if section != heading:
            heading = section
            yield ""
            yield f"{section}:"
        when = f" ({day_words(change.date, today)})" if change.date else ""
        details = "; ".join(change.details) or "nothing typed here, but elsewhere"
        yield f"  {change.subject}{when}: {details}"
        for effect in change.effects:
            yield f"      {EFFECTS[effect.kind]}: {effect.message}"

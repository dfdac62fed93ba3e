"""What is planned: `cwac alerts`, `cwac gaps` and `cwac backtest`."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

import click

from cwac.analysis.words import counted
from cwac.cli.options import as_bad, on_option, read_snapshot, settings_for, source_argument, text_or_json_option
from cwac.cli.output import Command, print_answer, progress
from cwac.date_words import clock_range, day_words, days_away, month_words
from cwac.model import Snapshot

if TYPE_CHECKING:
    from cwac.analysis.periods import Period
    from cwac.analysis.staffing import Gap


@click.command("alerts", cls=Command, short_help="List conflicts and openings in the plan.")
@source_argument
@on_option
@text_or_json_option
def list_alerts(source: str | None, on: dt.date | None, output_format: str) -> None:
    """List the conflicts and openings in the plan from today on, soonest first."""
    from cwac.analysis.alerts import ALERT_CODES, alerts
    from cwac.analysis.events import upcoming
    from cwac.exports.documents import alert_row

    settings = settings_for(source)
    snapshot = read_snapshot(source, on, settings)
    listed = alerts(snapshot, snapshot.today, settings.rules)
    lines = []
    for days, of_day in groupby(listed, lambda alert: alert.days_until):
        lines += ["", f"{day_words(snapshot.today + dt.timedelta(days=days))} ({days_away(days)})"]
        for alert in of_day:
            lines.append(f"  {alert.severity}: {ALERT_CODES[alert.code]} [{', '.join(alert.event_ids)}]")
            lines.append(f"      {alert.message}")
    if not listed:
        lines = ["", f"No alerts for {counted(len(upcoming(snapshot, snapshot.today)), 'event')} to come."]
    print_answer(snapshot, output_format, {"alerts": list(map(alert_row, listed))}, lines[1:])


@click.command("gaps", cls=Command, short_help="List missing officers, and which agencies still have to send them.")
@source_argument
@on_option
@text_or_json_option
@click.option("--month", metavar="MONTH", help="Only the events of this month, such as 2026-12. Default: all to come.")
@click.option("--agency", metavar="NAME", help="What this agency still has to send, then what is open to any agency.")
def list_gaps(
    source: str | None, on: dt.date | None, output_format: str, month: str | None, agency: str | None
) -> None:
    """List the officers missing at the events from today on, and which agencies still have to send them."""
    from cwac.exports import documents

    with as_bad("--month"):
        period = None if month is None else month_named(month)
    snapshot = read_snapshot(source, on, settings_for(source))
    with as_bad("--agency"):
        short = None if agency is None else agency_named(snapshot, agency)
    rows = documents.gap_rows(documents.gaps(snapshot, period, short))
    print_answer(snapshot, output_format, {"gaps": rows}, gap_lines(snapshot, period, short))


_MONTH = re.compile(r"\s*(?P<year>\d{4})-(?P<month>\d{1,2})\s*", re.ASCII)
_MAX_NAMED = 10


def month_named(typed: str) -> Period:
    """The calendar month called `2026-12`. Raises `ValueError` with a sentence for the user."""
    from cwac.analysis.periods import month_of

    if not typed.strip():
        raise ValueError("It is empty: write the year and the month, such as 2026-12.")
    match = _MONTH.fullmatch(typed)
    if match is None or not 1 <= int(match["month"]) <= 12:
        raise ValueError(f"{typed} is not a month: write the year and the month, such as 2026-12.")
    if not 1990 <= int(match["year"]) <= 2100:
        raise ValueError(f"{typed} is too far away: choose a month of 1990 to 2100.")
    return month_of(dt.date(int(match["year"]), int(match["month"]), 1))


def agency_named(snapshot: Snapshot, typed: str) -> str:
    """The short name of the agency with this name or alias in any case; a `ValueError` names the nearest agency."""
    from cwac.sheet.names import Agencies

    wanted, used = typed.strip().casefold(), [short for event in snapshot.events for short in event.agencies]
    used += [row.agency for row in snapshot.assignments if row.agency]
    short_by_name = {
        name.casefold(): agency.short
        for agency in snapshot.agencies
        for name in (*agency.aliases, agency.name, agency.short)
    } or {short.casefold(): short for short in used}
    short = Agencies(snapshot.agencies).find(typed) if snapshot.agencies else short_by_name.get(wanted)
    if short:
        return short
    if not short_by_name:
        raise ValueError(f"{typed} is not an agency of this sheet: it names none.")
    shorts = sorted(set(short_by_name.values()))
    others = f" and {len(shorts) - _MAX_NAMED} more" if len(shorts) > _MAX_NAMED else ""
    listing = f"{', '.join(shorts[:_MAX_NAMED])}{others}"
    if not wanted:
        raise ValueError(f"It is empty: name one of {listing}.")
    nearest = short_by_name[difflib.get_close_matches(wanted, short_by_name, n=1, cutoff=0.0)[0]]
    raise ValueError(f"{typed} is not an agency of this sheet. Did you mean {nearest}? It has {listing}.")


def gap_lines(snapshot: Snapshot, month: Period | None, agency: str | None) -> Iterator[str]:
    """What the agency (or each) still has to send and to which events, then what is open to any agency."""
    from cwac.analysis.staffing import gap_board, still_needed, to_send_words

    if month is not None and month.last < snapshot.today:
        yield f"{month_words(month.first)} is over: nothing is left to fill."
        return
    board = gap_board(snapshot, snapshot.today, until=month.last if month else None)
    needed = still_needed([gap for gap in board if month is None or gap.fill.event.date in month], agency)
    yield needed.answer(f"in {month_words(month.first)}" if month else "")
    if agency is None:
        yield from (f"{to_send_words(name, owed)}." for name, owed in needed.to_send.items())
        yield from filter(None, [needed.any_words])
    yield from _gap_events(needed.first, snapshot.today, agency)
    if agency and needed.any_words:
        yield from ("", needed.any_words, *_gap_events(needed.free, snapshot.today, ""))


def _gap_events(gaps: Sequence[Gap], today: dt.date, agency: str | None) -> Iterator[str]:
    """The events that miss an officer, by day, each with what it needs of the agency, of any ("") or in all (None)."""
    from cwac.analysis.events import where
    from cwac.analysis.positions import wanted_words

    gaps = [gap for gap in gaps if gap.fill.short or gap.fill.owed]
    for days, same_day in groupby(gaps, lambda gap: gap.days):
        yield ""
        yield f"{day_words(today + dt.timedelta(days=days))} ({days_away(days)})"
        for gap in same_day:
            event = gap.fill.event
            named = f", {', '.join(event.agencies)}" if event.agencies else ""
            yield f"  {clock_range(event.start, event.end)}, {where(event)}{named} [{event.id}]"
            owed = {name: number for name, number in gap.fill.owed if agency in (None, name)}
            short = gap.fill.short if agency is None else sum(owed.values()) or gap.fill.any_agency
            wanted = f". Still needed: {wanted_words(short, owed)}" if gap.fill.short else ""
            yield f"      {gap.fill.words}{wanted}"


@click.command("backtest", cls=Command, short_help="Say how good the forecasts of attendance are.")
@source_argument
@on_option
@text_or_json_option
def run_backtest(source: str | None, on: dt.date | None, output_format: str) -> None:
    """Forecast each past event from those before it, and say how far off the forecasts were."""
    from cwac.analysis.backtest import backtest, right
    from cwac.analysis.forecast import AHEAD, fit

    snapshot = read_snapshot(source, on, settings_for(source))
    with progress("Forecasting the past"):
        near, far = backtest(fit(snapshot)), backtest(fit(snapshot, AHEAD))
    lines = [near.words]
    if near.tried:
        if near.first_visits:
            lines.append(f"At first visits to a venue it was {right(near.first_visits)}.")
        lines += [f"At {venue} it was {right(there)}." for venue, there in near.by_venue.items()]
        lines += ["", far.words]
    document = {"backtest": near.as_dict(), "backtest_30_days": far.as_dict()}
    print_answer(snapshot, output_format, document, lines)

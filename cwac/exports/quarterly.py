"""The quarterly report: its sentences, its page, its tables, and its figures for CSV and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from functools import partial
from typing import TYPE_CHECKING, Any

from cwac.analysis.attendance import count_words, finding
from cwac.analysis.attendance_change import NOT_A_YEAR, typical_words
from cwac.analysis.events import where
from cwac.analysis.hours import Hours, officer_hours
from cwac.analysis.measures import HOURS_ADD_UP, Measure
from cwac.analysis.quarter import Figure, Quarter, method_notes
from cwac.analysis.words import counted, number, people, shorten, with_guests, with_noun
from cwac.date_words import MONTHS, day_words, quarter_name
from cwac.exports.colors import CANCELED, state_of
from cwac.exports.reports import SAMPLE, Report, as_of, page_of
from cwac.exports.tables import Cell, Percent, ReportTable, Row, values_of, whole

if TYPE_CHECKING:
    from openpyxl.chart import BarChart

MAX_ROWS = (7, 5, 3)
"""Agencies or towns in the tables of the page, the most for which there is room; a last row then sums up the others."""
MAX_NAME = 100
"""Letters of a name on the page."""
AGENCIES_NOTE = f"A shared event counts under Took part for each of its agencies. {HOURS_ADD_UP}"
"""Said below the table of agencies."""
TILES = ("events_held", "guests", "median_guests", "officer_hours", "towns")
"""The five figures at the top of the screen and of the first page."""


# --- sentences of every format ----------------------------------------------------------------------------------


def title(answer: Quarter) -> str:
    return f"Coffee with a Cop, {answer.period.title}"


def _unfinished(answer: Quarter) -> str | None:
    still = f"{counted(len(answer.outcomes.coming), 'event')} still to come"
    words = f"The quarter is not over: {still}, and changes compare it with a whole quarter."
    return words if answer.unfinished else None


def change_words(answer: Quarter) -> str:
    """Both quarters side by side, and the verdict on the year."""
    now, then = typical_words(answer.turnout), typical_words(answer.then)
    names = quarter_name(answer.period.first), quarter_name(answer.before.first)
    sides = f"{names[0]}: {now}; {names[1]}: {then}."
    return f"{sides} {answer.verdict.sentence} {answer.verdict.basis}"


def _follow_ups(answer: Quarter) -> str:
    if answer.follow_ups is None:
        return "Not known: there is no Follow-ups tab here."
    asked = answer.follow_ups.asked
    if not asked.asked and not answer.follow_ups.closed:
        return "None raised, and none closed."
    closed, days = counted(asked.closed, "closed one"), with_noun(number(asked.closing_days), "day")
    reported = f"{asked.told} of {closed} reported back to the resident" if asked.closed else "none closed"
    after = f"; {asked.timed} closed, typically after {days}" if asked.timed else ""
    return (
        f"{asked.asked} raised: {asked.open} still open, {asked.overdue} of them overdue; {reported}{after}. "
        f"{answer.follow_ups.closed} closed in the quarter, whenever raised."
    )


def _canceled_by_reason(answer: Quarter) -> str:
    reasons = answer.outcomes.canceled_by_reason
    if not reasons:
        return "None."
    return f"{len(answer.outcomes.canceled)}: " + ", ".join(f"{why.lower()} {n}" for why, n in reasons.items()) + "."


def report(answer: Quarter) -> Report:
    return Report(
        title=title(answer),
        author=answer.agency_label,
        layout="report.typ",
        page=partial(_page, answer),
        pictured=partial(_page, answer),
        tables=partial(_tables, answer),
        lines=partial(_lines, answer),
        document=partial(document, answer),
    )


# --- the page ---------------------------------------------------------------------------------------------------


def _page(answer: Quarter) -> dict[str, Any]:
    by_key = {figure.key: figure for figure in answer.figures}
    printed = [figure for figure in answer.figures if figure.key not in ("cups_served", "surveys")]
    # Those whose name does not say how they are made.
    explained = ("median_guests", "guests", "officer_hours", "guests_per_officer_hour",
                 "conversations_per_officer_hour", "new_visitors_share")  # fmt: skip
    return {
        **page_of(answer, title(answer), title(answer), shorten(answer.agency_label, MAX_NAME)),
        "period": answer.period.words,
        "quarter": quarter_name(answer.period.first),
        "before": quarter_name(answer.before.first),
        "unfinished": _unfinished(answer),
        "tiles": [
            {"name": figure.name, "value": _brief(figure.this, figure),
             "note": caveat_words(figure, answer) or (figure.this.words if figure.key == "towns" else "")}
            for figure in (by_key[key] for key in TILES)
        ],
        "verdict": answer.verdict.sentence,
        "basis": answer.verdict.basis,
        "finding": finding(answer.outcomes, "in the quarter"),
        "chart": _chart(answer),
        "figures": [
            [
                figure.name,
                _brief(figure.this, figure),
                _brief(figure.last, figure),
                "–" if figure.change.refused else figure.change.short,
                "" if figure.key == "towns" or figure.this.n is None
                else str(figure.this.n) if figure.this.of is None else f"{figure.this.n} of {figure.this.of}",
            ]
            for figure in printed
        ],
        "caveats": [
            {"name": figure.name, "words": figure.this.caveat} for figure in printed if figure.this.caveat
        ],
        "shared": " ".join(filter(None, [AGENCIES_NOTE, answer.shared])),
        "tables": _short_tables(answer),
        "hours_name": answer.productivity.hours_name,
        "hours": f"All agencies, of the people who went: {answer.productivity.hours.words}.",
        "reach": f"Reached: {by_key['towns'].this.words}.",
        "canceled": _canceled_by_reason(answer),
        "follow_ups": _follow_ups(answer),
        "residents": None if answer.residents is None else answer.residents._asdict(),
        "made": [{"name": figure.name, "made": figure.method} for figure in answer.figures if figure.key in explained],
        "notes": (*method_notes(answer), "The dashboard and the workbook explain the plain numbers too."),
    }  # fmt: skip


def _brief(measure: Measure, figure: Figure) -> str:
    """The value for a narrow column; a dash where there is none."""
    if measure.value is None:
        return "–"
    return number(measure.value) if figure.key == "towns" else measure.short


def caveat_words(figure: Figure, answer: Quarter) -> str:
    """What must be said beside a figure of this quarter: the events that were not held beside those that were."""
    return answer.outcomes.not_held if figure.key == "events_held" else figure.this.caveat


def before_words(figure: Figure) -> str:
    """`about 109 (6 of 8 counted)`: a figure of the quarter before, with how many of its events are in it."""
    last = figure.last
    if figure.unit != "guests" or last.n is None or last.n == last.of:
        return last.short
    return f"{last.short} ({last.n} of {last.of} counted)"


def _short_tables(answer: Quarter) -> list[dict[str, list[list[str]]]]:
    """The tables of agencies and towns by `MAX_ROWS`; a last row has the sums of the others, but of no shared event."""
    # The hours of an agency of which nothing is known count as one person's unknown ones.
    spent = {agency: answer.hours_of(agency) or Hours(people=1, unknown=1) for agency in _agencies(answer)}
    agencies = [
        [shorten(agency, MAX_NAME), *(str(of.get(agency, 0)) for of in (answer.led, answer.took_part)),
         officer_hours(hours).short]
        for agency, hours in spent.items()
    ]  # fmt: skip
    towns = [
        [
            shorten(town.label, MAX_NAME),
            str(town.turnout.held),
            f"{number(town.turnout.median)} ({town.turnout.counted})" if town.turnout.counted else "not counted",
        ]
        for town in answer.towns
    ]
    tables = []
    for most in MAX_ROWS:
        others = list(spent)[most - 1 :]
        led = sum(answer.led.get(agency, 0) for agency in others)
        hours = Hours(*map(sum, zip(*(astuple(spent[agency]) for agency in others), strict=True)))
        held = sum(town.turnout.held for town in answer.towns[most - 1 :])
        of_agencies, of_towns = (str(led), "", officer_hours(hours).short), (str(held), "")
        short: dict[str, list[list[str]]] = {}
        for name, rows, sums in (("agencies", agencies, of_agencies), ("towns", towns, of_towns)):
            more = f"and {len(rows) - most + 1} more {name}, in the workbook"
            short[name] = rows if len(rows) <= most else [*rows[: most - 1], [more, *sums]]
        tables.append(short)
    return tables


def _agencies(answer: Quarter) -> Sequence[str]:
    """Agencies with officer-hours or a part in an event, most hours first."""
    rest = sorted(answer.took_part, key=lambda short: (-answer.took_part[short], short))
    return tuple(dict.fromkeys([*answer.productivity.by_agency, *rest]))


def _chart(answer: Quarter) -> dict[str, Any]:
    period = answer.period
    days = (period.last - period.first).days
    points: list[dict[str, Any]] = []
    for line in answer.lines:
        at = (line.event.date - period.first).days / days
        point = {"at": at, "guests": None, "low": None, "high": None, "state": CANCELED, "words": ""}
        if line.event.status == "Cancelled":
            points.append(point)
        elif line.held is not None:
            point["state"] = state_of(line.held)
            if (total := line.held.total) is not None:
                words = "" if total.best is None else f"{people(total.best)}{'+' if total.high is None else ''}"
                point |= {"guests": total.best, "low": total.low, "high": total.high, "words": words}
            points.append(point)
    highest: float = max([point[key] or 0 for point in points for key in ("guests", "high")], default=0)
    step = next(step for size in range(9) for step in (10**size * part for part in (1, 2, 5)) if highest <= step * 4)
    top = step * max(1, -(-highest // step))
    named: list[dict[str, Any]] = []
    for point in (point for point in points if point["words"]):  # a number that would cover another is left out
        if any(abs(point["at"] - near["at"]) < 0.05 and abs(point["guests"] - near["guests"]) < top / 12
               for near in named):  # fmt: skip
            point["words"] = ""
        else:
            named.append(point)
    months = [period.first.replace(month=period.first.month + later) for later in range(3)]
    turnout = answer.turnout
    typical = f"A typical event of {quarter_name(period.first)} had {with_guests(number(turnout.median))}."
    return {
        "points": points,
        "top": top,
        "ticks": list(range(0, int(top) + 1, step)),
        "title": "No event of the quarter is counted yet." if turnout.median is None else typical,
        "of": f"Guests at each event, {answer.agency_label}, {period.words}: "
        f"{turnout.counted} of {counted(turnout.held, 'event')} counted.",
        "months": [{"at": (day - period.first).days / days, "name": MONTHS[day.month - 1]} for day in months],
        "alt": f"Guests at each of {counted(turnout.held, 'held event')}, by day: {turnout.counted} counted, from "
        f"{people(turnout.lowest)} to {people(turnout.highest)}, typical {number(turnout.median)}; "
        f"{turnout.missing} not counted; {len(answer.outcomes.canceled)} canceled.",
    }


# --- CSV and JSON -----------------------------------------------------------------------------------------------


def _lines(answer: Quarter) -> list[Row]:
    """A line for each figure; the change is a plain difference, and empty where there is none."""
    names = {"median_guests": "Median guests at an event"}  # programs look for the old name
    columns = ("quarter", "agency", "figure", "unit", "value", "before", "change", "n", "of", "made", "as_of", "low",
               "high", "caveat", "refused", "change_low", "change_high", "change_claimed", "change_refused",
               "shared")  # fmt: skip
    return [
        values_of(figure.this, columns)
        | {
            "quarter": answer.period.label,
            "agency": answer.agency,
            "figure": names.get(figure.key, figure.name),
            "unit": figure.unit,
            "before": figure.last.value,
            "change": figure.change.estimate,
            "made": figure.method,
            "as_of": answer.as_of.isoformat(),
            "change_claimed": False,
            "change_refused": figure.change.refused,
            "shared": answer.shared,
        }
        for figure in answer.figures
    ]


def document(answer: Quarter) -> dict[str, Any]:
    """The figures by key, as numbers: shares are 0 to 1, a change of 0.2 is 20% more, None is not known.

    Only the change of the year, under `trend`, may be `claimed`: two quarters are not tested against each other.
    """
    names = ("value", "before", "n", "of", "low", "high", "words", "caveat", "refused")
    untested: dict[str, Any] = {"estimate": None, "low": None, "high": None}
    n, not_counted = answer.turnout.counted + answer.then.counted, answer.turnout.missing + answer.then.missing
    return {
        "quarter": answer.period.label,
        "agency": answer.agency,
        "unfinished": answer.unfinished,
        "shared": answer.shared,
        "figures": {
            figure.key: values_of(figure.this, names)
            | {
                "before": whole(figure.last.value),
                "caveat": figure.this.caveat or None,
                "change": {
                    **untested,
                    "estimate": whole(figure.change.estimate),
                    "claimed": False,
                    "refused": figure.change.refused,
                },
            }
            for figure in answer.figures
        },
        "trend": dict(answer.verdict.figures),
        "comparison": {**untested, "n": n, "not_counted": not_counted, "claimed": False, "refused": NOT_A_YEAR},
    }


# --- tables -----------------------------------------------------------------------------------------------------


def _tables(answer: Quarter) -> list[ReportTable]:
    """Tabs Quarter, Events, Agencies, Towns and How it is made."""
    columns = ("Town", "Held", "Counted", "Typical guests", "Lower quartile", "Upper quartile", "Estimates", "Canceled")
    rows = [
        (town.label, town.turnout.held, town.turnout.counted, town.turnout.median, town.turnout.lower_quartile,
         town.turnout.upper_quartile, town.turnout.estimated, town.canceled)
        for town in answer.towns
    ]  # fmt: skip
    spent = answer.productivity
    methods = [(figure.name, figure.method) for figure in answer.figures]
    methods += [
        (f"{measure.name}, this quarter", f"{measure.method}.")
        for measure in (spent.guests_per_hour, spent.conversations_per_hour, spent.new_share)
    ]
    methods += [("In general", words) for words in method_notes(answer)]
    methods += [("As of", as_of(answer)), ("Read on", day_words(answer.today))]
    return [
        _figures(answer), _events(answer), _by_agency(answer), ReportTable("Towns", columns, rows),
        ReportTable("How it is made", ("Figure", "How it is made"), methods),
    ]  # fmt: skip


def _figures(answer: Quarter) -> ReportTable:
    said = answer.residents
    residents = [f"{name}: {words}" for name, words in said.rows] if said else []
    above = [
        f"{answer.agency_label} · {answer.period.words} · {as_of(answer)}",
        SAMPLE if answer.sample else "",
        _unfinished(answer),
        finding(answer.outcomes, "in the quarter"),
        change_words(answer),
        f"Canceled: {_canceled_by_reason(answer)}",
        f"Follow-ups: {_follow_ups(answer)}",
        f"{answer.productivity.hours_name}, of the people who went: {answer.productivity.hours.words}.",
        *(["What residents said:", *residents, said.note] if said else []),
        answer.shared,
    ]
    this_quarter, last_quarter = (quarter_name(period.first) for period in (answer.period, answer.before))
    rows: list[Sequence[Cell]] = []
    for figure in answer.figures:
        this, last, change = figure.this, figure.last, figure.change
        values = [this.value, last.value, change.estimate, this.low, this.high]
        if figure.unit == "share":
            values = [None if value is None else Percent(value) for value in values]
        now, before, difference, low, high = values
        difference_words = change.short if difference is None else difference
        rows.append((figure.name, now, before, difference_words, this.n, this.of, figure.unit, low, high, this.caveat))
    columns = ("Figure", this_quarter, last_quarter, "Change", "n", "of", "Unit", "Low", "High", "To know")
    return ReportTable("Quarter", columns, rows, above=[*filter(None, above), ""])


def _events(answer: Quarter) -> ReportTable:
    columns = ("Date", "Start", "Event ID", "Where", "Town", "Lead agency", "Agencies", "State", "Guests", "At least",
               "At most", "Count in words", "Officer-hours")  # fmt: skip
    rows: list[Sequence[Cell]] = []
    for line in answer.lines:
        event, total = line.event, line.held.total if line.held else None
        guests: tuple[Cell, ...] = (total.best, total.low, total.high) if total else (None, None, None)
        rows.append(
            (event.date, event.start, event.id, where(event), event.town, event.lead_agency,
             ", ".join(event.agencies), line.state, *guests, count_words(total) if line.held else "",
             line.officer_hours)
        )  # fmt: skip

    def chart(sheet: Any) -> BarChart:
        chart = _bar_chart(sheet, "Guests at each event (a gap: not counted, or not held)", 9, 9, len(rows))
        chart.y_axis.title = "Guests"
        chart.legend = None
        chart.width, chart.height = 30, 9
        chart.x_axis.number_format = "mmm d"
        return chart

    is_counted = any(line.held is not None and line.held.guests is not None for line in answer.lines)
    return ReportTable("Events", columns, rows, chart=chart if is_counted else None)


def _bar_chart(sheet: Any, title: str, first: int, last: int, rows: int) -> BarChart:
    from openpyxl.chart import BarChart, Reference

    chart = BarChart()
    chart.title = title
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.add_data(Reference(sheet, min_col=first, max_col=last, min_row=1, max_row=rows + 1), titles_from_data=True)
    chart.set_categories(Reference(sheet, min_col=1, min_row=2, max_row=rows + 1))
    return chart


def _by_agency(answer: Quarter) -> ReportTable:
    columns = ("Agency", "Events led", "Took part in", "Hours recorded", "Hours as scheduled", "People and events",
               "Hours not known")  # fmt: skip
    rows: list[Sequence[Cell]] = []
    for short in _agencies(answer):
        spent = answer.hours_of(short)
        rows.append(
            (short, answer.led.get(short, 0), answer.took_part.get(short, 0),
             *((spent.recorded, spent.scheduled, spent.people, spent.unknown) if spent else (None,) * 4))
        )  # fmt: skip

    def chart(sheet: Any) -> BarChart:
        chart = _bar_chart(sheet, f"{answer.productivity.hours_name}, recorded and as scheduled", 4, 5, len(rows))
        chart.type, chart.grouping, chart.overlap = "bar", "stacked", 100
        chart.width, chart.height = 22, max(7, len(rows))
        return chart

    below: list[Sequence[Cell]] = [(AGENCIES_NOTE,)]
    below += [()] * (3 + 2 * max(9, len(rows)))  # below the chart, of a centimeter a row at most
    for of, table in (("Pay type", answer.productivity.by_pay_type), ("Funding", answer.productivity.by_funding)):
        below.append((f"{answer.productivity.hours_name} by {of.lower()}",))
        below += [(name, spent.total, spent.words) for name, spent in table.items()]
        below.append(())
    return ReportTable("Agencies", columns, rows, below=below, chart=chart if rows else None)

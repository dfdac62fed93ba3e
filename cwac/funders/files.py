"""A report for a funder as tables, pages of a PDF, tabs of a workbook, lines of CSV and JSON. None names an officer."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from importlib import resources
from typing import Any

from cwac.analysis.attendance import count_words, guests_in_all
from cwac.analysis.events import where
from cwac.analysis.hours import NOT_NOTED, Hours, hours_words, officer_hours
from cwac.analysis.measures import HOURS_ADD_UP, Measure
from cwac.analysis.periods import federal_quarter
from cwac.analysis.words import counted, number, with_noun
from cwac.exports.reports import SAMPLE, Report, page_of
from cwac.exports.tables import Amount, Cell, ReportTable, Row, cell_words, values_of, whole
from cwac.funders.figures import GROUPS, Figures, figures
from cwac.funders.report import HIDDEN_LANGUAGE, NAMES, PAY_TYPES, STATES, FunderReport, is_late, lead_days
from cwac.model import USUAL_TITLE, choice_label

NOT_KNOWN = "Not known"
EVENTS = "The events of this report"
"""The heading of the last table, of all events."""


def report(answer: FunderReport) -> Report:
    return Report(
        title=answer.title,
        author=answer.agency_label,
        layout={"main.typ": (resources.files("cwac.funders") / "funder.typ").read_bytes()},
        page=partial(_page, answer),
        pictured=partial(_page, answer, ROWS_PICTURED),
        tables=partial(_tables, answer),
        lines=partial(_lines, answer),
        document=partial(document, answer),
    )


# --- the page ---------------------------------------------------------------------------------------------------

ROWS_PICTURED = 250
"""Rows in pictures, of all tables: more than fill the four pages that are shown. All of a large sheet take seconds."""


def _page(report: FunderReport, most_rows: int | None = None) -> dict[str, Any]:
    """What `funder.typ` prints; of its tables the first `most_rows`, or all for None."""
    made = figures(report)
    every = sections(report, made)
    shown, left = every, most_rows
    if left is not None:
        shown = ()
        for section in every:
            shown += (replace(section, rows=section.rows[:left]),) if left > 0 else ()
            left -= len(section.rows)
    name = f"{NAMES[report.preset]}, {report.period.title}"
    return {
        **page_of(report, report.title, name, report.agency_label),
        "subtitle": report.subtitle,
        "period": report.period_words,
        "due": report.due_words,
        "scope": report.scope_words,
        "warnings": report.warnings,
        "notes": report.notes,
        "tiles": [{"name": name, "value": value, "note": note} for name, value, note in tiles(report, made)],
        "sections": [
            {
                "heading": section.heading,
                "columns": section.columns,
                "rows": [[cell_words(cell) for cell in row] for row in section.rows],
                "note": section.note,
                "nothing": section.nothing,
                "right": section.right,
                "figures": section.columns[0] == "Figure",
                "evidence": section.columns[0] == "Criterion",
                "wide": section.heading == EVENTS,
            }
            for section in shown
        ],
        "whole": shown == every,
    }


# --- CSV and JSON -----------------------------------------------------------------------------------------------


def _lines(report: FunderReport) -> list[Row]:
    """A line for each figure; `refused` says why one is not known."""
    return [
        {"for": report.preset, "period": report.period.label, "agency": report.agency, "funding": report.funding,
         "key": key, "figure": figure.name, "value": figure.value, "words": figure.words, "n": figure.n,
         "of": figure.of, "refused": figure.refused, "made": figure.method,
         "due": report.due and report.due.isoformat(), "as_of": report.as_of.isoformat()}
        for key, figure in figures(report).items()
    ]  # fmt: skip


_TURNOUT = ("held", "counted", "guests", "estimated")
"""The keys of a turnout in JSON."""


def document(report: FunderReport) -> dict[str, Any]:
    """The figures by key and the tables, as numbers and ISO days; null is not known, never zero."""
    period = report.period
    first, last = federal_quarter(period.first), federal_quarter(period.last)
    return {
        "for": report.preset,
        "period": period.label,
        "first": period.first.isoformat(),
        "last": period.last.isoformat(),
        "federal_fiscal_years": sorted({first[0], last[0]}),
        "federal_quarter": first[1] if first == last else None,
        "due": report.due.isoformat() if report.due else None,
        "unfinished": report.unfinished,
        "agency": report.agency,
        "funding": report.funding,
        "scope": report.scope_words,
        "warnings": list(report.warnings),
        "figures": {
            key: values_of(each, ("name", "value", "n", "of", "words", "refused")) | {"made": each.method}
            for key, each in figures(report).items()
        },
        "canceled_by_reason": dict(report.outcomes.canceled_by_reason),
        "hours_by_pay_type": [
            {"pay_type": _none_if_not_noted(pay_type)} | _hours(report.by_pay_type.get(pay_type, Hours()))
            for pay_type in PAY_TYPES
        ],
        "hours_by_agency": [
            {"agency": _none_if_not_noted(agency), "pay_type": _none_if_not_noted(pay_type)} | _hours(hours)
            for agency, of_agency in report.by_agency.items()
            for pay_type, hours in of_agency.items()
        ],
        "languages": [{"language": name, "events": events} for name, events in report.languages.events.items()],
        "towns": [{"town": town.label, **values_of(town.turnout, _TURNOUT)} for town in report.towns],
        "concerns": None if report.concerns is None else [
            {"category": category, "by_state": dict(by_state)} for category, by_state in report.concerns.items()
        ],
        "by_funding": [
            {"funding": line.funding, "included": line.included, "planned": len(line.outcomes.events),
             "canceled": len(line.outcomes.canceled), **values_of(line.turnout, _TURNOUT),
             "officer_hours": whole(line.hours.total)}
            for line in report.by_funding
        ],
        "events": _event_rows(report),
    }  # fmt: skip


def _none_if_not_noted(name: str) -> str | None:
    return None if name == NOT_NOTED else name


def _hours(hours: Hours) -> dict[str, Any]:
    """`hours` is null if nobody's are known; zero officers have none."""
    return {
        "officers": hours.people,
        "hours": whole(hours.total) if hours.people else None,
        "recorded": whole(hours.recorded),
        "scheduled": whole(hours.scheduled),
        "officers_only_scheduled": hours.unrecorded,
        "officers_without_hours": hours.unknown,
    }


def _event_rows(report: FunderReport) -> list[dict[str, Any]]:
    rows = []
    for line in report.lines:
        event, total = line.event, line.held.total if line.held else None
        new = report.replaced_by.get(event.id)
        rows.append(
            {
                "id": event.id,
                "date": event.date.isoformat(),
                "where": where(event),
                "agencies": list(event.agencies),
                "status": event.status,
                "held": line.held is not None,
                "cancel_reason": event.cancel_reason,
                "replaced_by": new.id if new else None,
                "new_date": new.date.isoformat() if new else None,
                "funding": event.funding,
                "guests": whole(total.best) if total else None,
                "guests_estimated": total.estimated if total and total.best is not None else None,
                "officer_hours": whole(line.officer_hours),
                "release_due": event.release_due.isoformat() if event.release_due else None,
                "release_sent": event.release_sent.isoformat() if event.release_sent else None,
                "release_lead_days": lead_days(event),
                "media_present": report.media.get(event.id),
            }
        )
    return rows


def _tables(report: FunderReport) -> list[ReportTable]:
    made = figures(report)
    above = [report.subtitle, report.period_words, SAMPLE if report.sample else "", report.due_words or ""]
    above += [report.scope_words, *report.warnings, *report.notes]
    rows: list[tuple[Cell, ...]] = [
        (each.name, each.value, each.n, each.of, each.words, each.method) for each in made.values()
    ]
    columns = ("Figure", "Value", "n", "of", "In words", "How it is made")
    others = [section for section in sections(report, made) if section.columns[0] != "Figure"]
    return [
        ReportTable("Figures", columns, rows, above=[line for line in above if line]),
        *(replace(section, above=[section.note]) for section in others),
    ]


def tiles(report: FunderReport, made: Figures) -> tuple[tuple[str, str, str], ...]:
    """Name, value and note of the five figures that are asked for first."""
    events, turnout, hours = report.outcomes, report.turnout, report.hours
    blank = made["hours_without_pay_type"]
    lead = made["release_lead_days"]
    unknown = with_noun(blank.short, "hour") if blank.value is not None else blank.short
    return (
        ("Events held", f"{len(events.held)} of {len(report.lines)}",
         f"{len(events.canceled)} canceled, {len(events.postponed)} postponed"),
        ("People who came", guests_in_all(turnout).short, f"{turnout.counted} of {turnout.held} counted"),
        (made["officer_hours"].name, made["officer_hours"].short,
         f"{counted(hours.people, 'officer')}; pay type not known: {unknown}"),
        ("Towns reached", number(made["towns"].value), made["towns"].short),
        ("Releases sent", made["releases_sent"].short,
         "lead days not known" if lead.value is None else f"typically {with_noun(lead.short, 'working day')} before"),
    )  # fmt: skip


# --- the tables -------------------------------------------------------------------------------------------------


def sections(report: FunderReport, made: Figures) -> tuple[ReportTable, ...]:
    """The figures by group, each followed by the tables that they are made of, and last all events."""
    after = {
        "Events": _canceled_and_funding(report),
        "Officers": _officer_hours(report),
        "Languages": (_languages(report),),
        "Releases": (_releases(report),),
        "Towns": (_towns(report),),
        "Concerns": (_concerns(report),),
    }
    tables = [_evidence(report, made)] if report.preset == "nno" else []
    for heading, keys in GROUPS.items():
        rows = [(made[key].name, made[key].words, made[key].method) for key in keys if key in made]
        tables.append(ReportTable(heading, ("Figure", "Value", "How it is made"), rows, ""))
        tables += after.get(heading, ())
        if heading == "People" and report.residents is not None:
            said = report.residents
            tables.append(ReportTable("What residents said", ("Question", "Answers"), said.rows, said.note))
    return (*tables, _events(report))


def _evidence(report: FunderReport, made: Figures) -> ReportTable:
    """What the award asks for, what the sheet has of it, and what people must add."""

    def say(key: str) -> str:
        return f"{made[key].name}: {made[key].words}."

    titles = sorted({line.event.title for line in report.lines if line.event.title != USUAL_TITLE})
    special = (
        f"Events with a title of their own: {'; '.join(titles)}." if titles else "No event has a title of its own."
    )
    there = sorted({short for past in report.outcomes.held for short in past.event.agencies})
    agencies = f"Agencies on the events held: {', '.join(there) or 'none'}."
    rows = (
        ("1. Overall campaign", " ".join([say("events_planned"), say("events_held"), agencies]),
         "Planning notes, proclamation, letters, contact with the national office"),
        ("2. Neighborhood participation",
         " ".join([say("events_on_the_night"), say("guests"), say("towns")]),
         "Block parties, neighborhoods and groups that took part, and their numbers"),
        ("3. Law enforcement involvement", " ".join([say("officers"), say("officer_hours")]),
         "Photos, and what else each agency agrees to show"),
        ("4. Media and promotion",
         " ".join([say("releases_sent"), say("release_lead_days"), say("flyers_sent"), say("media_present")]),
         "Clippings, links to broadcasts, social media, a copy of each release and flyer"),
        ("5. Special events", special, "What was new about each, photos, programs"),
        ("6. The report itself", "The figures and the list of events on this page.", "The narrative, results, agendas"),
    )  # fmt: skip
    note = "Left: what the award asks for. Middle: what the sheet says. Right: what it cannot say, to be added by hand."
    return ReportTable("Evidence by criterion", ("Criterion", "From the sheet", "To be added"), rows, note)


def _canceled_and_funding(report: FunderReport) -> tuple[ReportTable, ...]:
    canceled: list[tuple[Cell, ...]] = []
    for event in sorted(
        (*report.outcomes.canceled, *report.outcomes.postponed), key=lambda event: (event.date, event.id)
    ):
        reason = choice_label(event.cancel_reason) if event.cancel_reason else "Not noted"
        new = report.replaced_by.get(event.id)
        later = (new.date, new.id) if new else ("none in the sheet", "")
        canceled.append((event.date, event.id, choice_label(event.status or ""), reason, *later))
    by_funding = [
        (
            line.funding or "Blank",
            "yes" if line.included else "no",
            len(line.outcomes.events),
            len(line.outcomes.held),
            len(line.outcomes.canceled),
            line.turnout.counted,
            _amount(guests_in_all(line.turnout)),
            _total(line.hours),
        )
        for line in report.by_funding
    ]
    return (
        ReportTable(
            "Canceled and postponed", ("Date", "Event ID", "Status", "Reason", "New date", "New event ID"), canceled,
            "The reason is the Cancel reason. The new date is that of the event whose Replaces cell names this one; it "
            "is counted in its own period.", "None.",
        ),
        ReportTable(
            "By funding",
            ("Funding", "In this report", "Planned", "Held", "Canceled", "Counted", "People", "Officer-hours"),
            by_funding,
            "Every event of the period is in one line, by its Funding cell in upper or lower case. People are those of "
            "the counted events alone. The hours are all agencies'.",
            "None.", right=(2, 3, 4, 5, 6, 7),
        ),
    )  # fmt: skip


def _amount(figure: Measure) -> Cell:
    """The figure as a number, with its words where they say more; the words alone where it is not known."""
    if figure.value is None:
        return figure.short
    return figure.value if figure.exact else Amount(figure.value, figure.short)


def _total(hours: Hours) -> Cell:
    """`12.5`, `about 12.5`, `none`, `not known`."""
    return _amount(officer_hours(hours)) if hours.people else "none"


def _officer_hours(report: FunderReport) -> tuple[ReportTable, ...]:
    named = [NOT_KNOWN if pay_type == NOT_NOTED else pay_type for pay_type in PAY_TYPES]
    by_pay_type: list[tuple[Cell, ...]] = []
    for pay_type, name in zip(PAY_TYPES, named, strict=True):
        hours = report.by_pay_type.get(pay_type, Hours())
        is_recorded = hours.recorded or hours.people > hours.unrecorded + hours.unknown
        recorded = hours.recorded if is_recorded else "none"
        scheduled = hours.scheduled if hours.unrecorded else "none"
        by_pay_type.append((name, hours.people, recorded, scheduled, hours.unknown, _total(hours)))
    by_agency = [
        (
            NOT_KNOWN if agency == NOT_NOTED else agency,
            *(_total(of_agency.get(pay_type, Hours())) for pay_type in PAY_TYPES),
            _total(report.of_agency[agency]),
        )
        for agency, of_agency in report.by_agency.items()
    ]
    scope = f"Only the people of {report.agency}. " if report.agency else ""
    return (
        ReportTable(
            "Officer-hours by pay type",
            ("Pay type", "Officers", "Hours recorded", "Hours as scheduled", "Hours not known", "Together"),
            by_pay_type,
            f"{scope}Officers are counted once an event and pay type. Hours not known: people with neither hours nor "
            "times. “About”: some are assigned, but not recorded.",
            right=(1, 2, 3, 4, 5),
        ),
        ReportTable(
            "Officer-hours by agency", ("Agency", *named, "Together"), by_agency,
            "All agencies at these events, recorded and scheduled hours together. None: nobody has that pay type. "
            f"{HOURS_ADD_UP}",
            "Nobody is listed at the events held.", right=tuple(range(1, 2 + len(PAY_TYPES))),
        ),
    )  # fmt: skip


def _languages(report: FunderReport) -> ReportTable:
    names = {HIDDEN_LANGUAGE: "A language not shown to you"}
    rows = [(names.get(language, language), events) for language, events in report.languages.events.items()]
    return ReportTable(
        "Languages besides English", ("Language", "Events held with a speaker"), rows,
        "By the Languages cells of the officers assigned. Which language residents used is not recorded.",
        "None is known.", right=(1,),
    )  # fmt: skip


def _releases(report: FunderReport) -> ReportTable:
    rows: list[tuple[Cell, ...]] = []
    for event in (line.event for line in report.lines):
        lead: Cell = days if (days := lead_days(event)) is not None else "not known"
        if days is not None and days < 0:
            lead = Amount(days, f"{-days} after the event")
        elif days is not None and is_late(event):
            lead = Amount(days, f"{days}, after the day due")
        rows.append((event.date, event.id, event.release_due or "blank", event.release_sent or "blank", lead))
    return ReportTable(
        "Releases by event", ("Event", "Event ID", "Release due", "Release sent", "Working days before"), rows,
        "Working days from the day sent to the day of the event: weekends and federal holidays are left out.",
        "No event planned.", right=(4,),
    )  # fmt: skip


def _towns(report: FunderReport) -> ReportTable:
    rows = [
        (town.label, town.turnout.held, town.turnout.counted, _amount(guests_in_all(town.turnout)))
        for town in report.towns
    ]
    return ReportTable(
        "Towns by events held", ("Town", "Held", "Counted", "People"), rows,
        "People of the counted events alone.", "No event held.", right=(1, 2, 3),
    )  # fmt: skip


def _concerns(report: FunderReport) -> ReportTable:
    rows: list[tuple[Cell, ...]] = [
        (
            choice_label(category) if category else NOT_KNOWN,
            *(by_state[state] for state in STATES),
            sum(by_state.values()),
        )
        for category, by_state in (report.concerns or {}).items()
    ]
    nothing = "None entered." if report.concerns is not None else "Not known: there is no Follow-ups tab."
    return ReportTable(
        "Concerns by state", ("Category", *STATES, "Together"), rows,
        "The number of follow-ups of these events, with their state on the day of this page; never what was said.",
        nothing, right=tuple(range(1, 2 + len(STATES))),
    )  # fmt: skip


def _events(report: FunderReport) -> ReportTable:
    rows: list[tuple[Cell, ...]] = []
    for line in report.lines:
        event, total, known = line.event, line.held.total if line.held else None, line.officer_hours
        people: Cell = "–" if line.held is None else "not counted"
        hours: Cell = "–" if line.held is None else "not known"
        if total is not None and total.best is not None:
            people = Amount(total.best, count_words(total)) if total.estimated else total.best
        if line.held is not None and known is not None:
            hours = known if line.hours_in_full else Amount(known, f"about {hours_words(known)}")
        rows.append(
            (event.date, event.id, where(event), ", ".join(event.agencies) or "not known", line.state,
             " ".join((event.funding or "blank").split()), people, hours)
        )  # fmt: skip
    return ReportTable(
        EVENTS,
        ("Date", "Event ID", "Where", "Agencies", "State", "Funding", "People", "Hours"),
        rows,
        "Every figure above is of these. The hours are all agencies', recorded or else scheduled; “about”: somebody's "
        "are not known, or not recorded. A dash: not held.",
        "No event.",
        right=(6, 7),
    )

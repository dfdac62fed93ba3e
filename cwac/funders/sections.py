"""A report for a funder as headings, tables and sentences, which its page, PDF and workbook share."""

from __future__ import annotations

from collections.abc import Mapping

from cwac.analysis.attendance import count_words, guests_in_all, shared_words
from cwac.analysis.events import where
from cwac.analysis.hours import NOT_NOTED, Hours, hours_words, officer_hours
from cwac.analysis.measures import HOURS_ADD_UP, Measure
from cwac.analysis.periods import Period, federal_quarter, quarter_of
from cwac.analysis.words import counted, number
from cwac.date_words import day_words, quarter_name
from cwac.exports.reports import as_of
from cwac.exports.tables import Amount, Cell, ReportTable
from cwac.funders.figures import GROUPS, Figures
from cwac.funders.report import HIDDEN_LANGUAGE, PAY_TYPES, STATES, FunderReport, Preset, is_late, lead_days
from cwac.model import USUAL_TITLE, choice_label

NAMES: Mapping[Preset, str] = {
    "ots-quarter": "OTS quarterly report",
    "nno": "National Night Out award",
    "agency": "Agency report",
}
"""Preset -> its name in lists and messages."""
NOT_KNOWN = "Not known"
EVENTS = "The events of this report"
"""The heading of the last table, of all events."""


# --- above the tables -------------------------------------------------------------------------------------------


def title(report: FunderReport) -> str:
    if report.preset == "ots-quarter":
        return f"OTS quarterly report, {federal_words(report.period)}"
    if report.preset == "nno":
        return f"National Night Out award: the evidence, {report.period.title}"
    return f"{report.agency_label}, {report.period.title}"


def federal_words(period: Period) -> str:
    """`quarter 4 of federal fiscal year 2026`, `federal fiscal years 2026 and 2027`."""
    (first, quarter), (last, of_last) = federal_quarter(period.first), federal_quarter(period.last)
    if first != last:
        return f"federal fiscal years {first} and {last}"
    return f"quarter {quarter} of federal fiscal year {first}" if quarter == of_last else f"federal fiscal year {first}"


def subtitle(report: FunderReport) -> str:
    return f"Coffee with a Cop · {report.agency_label} · {as_of(report)}"


def period_words(report: FunderReport) -> str:
    """`July 1–September 30, 2026 (Q3 2026)`, with the federal quarter where the title has not said it."""
    period = report.period
    is_quarter = period == quarter_of(period.first)
    days = f"{period.words} ({quarter_name(period.first)})" if is_quarter else period.words
    return days if report.preset == "ots-quarter" else f"{days}, {federal_words(period)}"


def due_words(report: FunderReport) -> str | None:
    """The day on which the report is due, and how far away it is; None if it is not known here."""
    if report.due is None:
        return None
    days = (report.due - report.today).days
    left = "today" if days == 0 else f"in {counted(days, 'day')}" if days > 0 else f"{counted(-days, 'day')} ago"
    due = "Due" if days >= 0 else "Was due"
    return f"{due} {day_words(report.due)}, 30 days after the quarter ends ({left})."


def scope_words(report: FunderReport) -> str:
    scope = f" that {report.agency} leads or takes part in" if report.agency else " of all agencies"
    funding = " whose Funding names OTS or the Office of Traffic Safety" if report.preset == "ots-quarter" else ""
    if report.funding:
        funding += f"{' and' if funding else ' whose Funding'} has “{report.funding}”"
    return f"Events{scope}{funding}."


def warnings(report: FunderReport) -> tuple[str, ...]:
    words = []
    if report.unfinished:
        words.append(f"The period is not over: {counted(len(report.outcomes.coming), 'event')} still to come.")
    if report.preset == "ots-quarter":
        blank = sum(len(line.outcomes.events) for line in report.by_funding if line.funding is None)
        if blank:
            these = counted(blank, "event of the quarter has", "events of the quarter have")
            words.append(f"{these} no Funding in the sheet and {'is' if blank == 1 else 'are'} not in here.")
    if open_ones := len(report.outcomes.not_closed):
        words.append(f"{counted(open_ones, 'past event is', 'past events are')} not closed: held or not?")
    if missing := report.turnout.missing:
        words.append(f"{counted(missing, 'held event has', 'held events have')} no count of guests.")
    if report.undated:
        words.append(f"{counted(report.undated, 'event has', 'events have')} no readable date, and so no period.")
    return tuple(words)


def notes(report: FunderReport) -> tuple[str, ...]:
    about: Mapping[Preset, str] = {
        "ots-quarter": "These figures are for the Quarterly Performance Report, which is entered in the form of the "
        "Office of Traffic Safety: this page is not that form. The grant agreement decides what is reported, and by "
        "when. Claims are made from time sheets, not from these hours.",
        "nno": "The criteria are those that the National Association of Town Watch has published (natw.org). Its "
        "organizational kit has the deadline, the category by population and how to enter; the sheet knows none of "
        "these.",
    }
    general = "No officer is named, and nothing that residents said is quoted. Blank cells are never taken for zero."
    shared = shared_words(report.outcomes.held, report.agency)
    return tuple(filter(None, (about.get(report.preset), general, shared)))


def tiles(report: FunderReport, figures: Figures) -> tuple[tuple[str, str, str], ...]:
    """Name, value and note of the five figures that are asked for first."""
    events, turnout, hours = report.outcomes, report.turnout, report.hours
    blank = figures["hours_without_pay_type"]
    lead = figures["release_lead_days"]
    unknown = f"{blank.short} hours" if blank.value is not None else blank.short
    return (
        ("Events held", f"{len(events.held)} of {len(report.lines)}",
         f"{len(events.canceled)} canceled, {len(events.postponed)} postponed"),
        ("People who came", guests_in_all(turnout).short, f"{turnout.counted} of {turnout.held} counted"),
        (figures["officer_hours"].name, figures["officer_hours"].short,
         f"{counted(hours.people, 'officer')}; pay type not known: {unknown}"),
        ("Towns reached", number(figures["towns"].value), figures["towns"].short),
        ("Releases sent", figures["releases_sent"].short,
         f"typically {lead.short} working days before" if lead.value is not None else "lead days not known"),
    )  # fmt: skip


# --- the tables -------------------------------------------------------------------------------------------------


def sections(report: FunderReport, figures: Figures) -> tuple[ReportTable, ...]:
    """The figures by group, each followed by the tables that they are made of, and last all events."""
    after = {
        "Events": (_canceled(report), _funding(report)),
        "Officers": (_hours_by_pay_type(report), _hours_by_agency(report)),
        "Languages": (_languages(report),),
        "Releases": (_releases(report),),
        "Towns": (_towns(report),),
        "Concerns": (_concerns(report),),
    }
    made = [_evidence(report, figures)] if report.preset == "nno" else []
    for heading, keys in GROUPS.items():
        rows = [(figures[key].name, figures[key].words, figures[key].method) for key in keys if key in figures]
        made.append(ReportTable(heading, ("Figure", "Value", "How it is made"), rows, ""))
        made += after.get(heading, ())
        if heading == "People" and report.residents is not None:
            said = report.residents
            made.append(ReportTable("What residents said", ("Question", "Answers"), said.rows, said.note))
    return (*made, _events(report))


def _evidence(report: FunderReport, figures: Figures) -> ReportTable:
    """What the award asks for, what the sheet has of it, and what people must add."""

    def say(key: str) -> str:
        return f"{figures[key].name}: {figures[key].words}."

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


def _canceled(report: FunderReport) -> ReportTable:
    rows: list[tuple[Cell, ...]] = []
    for event in sorted(
        (*report.outcomes.canceled, *report.outcomes.postponed), key=lambda event: (event.date, event.id)
    ):
        reason = choice_label(event.cancel_reason) if event.cancel_reason else "Not noted"
        new = report.replaced_by.get(event.id)
        later = (new.date, new.id) if new else ("none in the sheet", "")
        rows.append((event.date, event.id, choice_label(event.status or ""), reason, *later))
    return ReportTable(
        "Canceled and postponed", ("Date", "Event ID", "Status", "Reason", "New date", "New event ID"), rows,
        "The reason is the Cancel reason. The new date is that of the event whose Replaces cell names this one; it is "
        "counted in its own period.", "None.",
    )  # fmt: skip


def _funding(report: FunderReport) -> ReportTable:
    rows = [
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
    return ReportTable(
        "By funding",
        ("Funding", "In this report", "Planned", "Held", "Canceled", "Counted", "People", "Officer-hours"),
        rows,
        "Every event of the period is in one line, by its Funding cell in upper or lower case. People are those of the "
        "counted events alone. The hours are all agencies'.",
        "None.",
        right=(2, 3, 4, 5, 6, 7),
    )


def _amount(figure: Measure) -> Cell:
    """The figure as a number, with its words where they say more; the words alone where it is not known."""
    if figure.value is None:
        return figure.short
    return figure.value if figure.exact else Amount(figure.value, figure.short)


def _total(hours: Hours) -> Cell:
    """`12.5`, `about 12.5`, `none`, `not known`."""
    return _amount(officer_hours(hours)) if hours.people else "none"


def _hours_by_pay_type(report: FunderReport) -> ReportTable:
    rows: list[tuple[Cell, ...]] = []
    for pay_type in PAY_TYPES:
        hours = report.by_pay_type.get(pay_type, Hours())
        recorded = hours.people - hours.unrecorded - hours.unknown
        rows.append(
            (
                NOT_KNOWN if pay_type == NOT_NOTED else pay_type,
                hours.people,
                hours.recorded if recorded or hours.recorded else "none",
                hours.scheduled if hours.unrecorded else "none",
                hours.unknown,
                _total(hours),
            )
        )
    scope = f"Only the people of {report.agency}. " if report.agency else ""
    return ReportTable(
        "Officer-hours by pay type",
        ("Pay type", "Officers", "Hours recorded", "Hours as scheduled", "Hours not known", "Together"),
        rows,
        f"{scope}Officers are counted once an event and pay type. Hours not known: people with neither hours nor "
        "times. “About”: some are assigned, but not recorded.",
        right=(1, 2, 3, 4, 5),
    )


def _hours_by_agency(report: FunderReport) -> ReportTable:
    rows = [
        (
            NOT_KNOWN if agency == NOT_NOTED else agency,
            *(_total(of_agency.get(pay_type, Hours())) for pay_type in PAY_TYPES),
            _total(report.of_agency[agency]),
        )
        for agency, of_agency in report.by_agency.items()
    ]
    pay_types = [NOT_KNOWN if pay_type == NOT_NOTED else pay_type for pay_type in PAY_TYPES]
    return ReportTable(
        "Officer-hours by agency",
        ("Agency", *pay_types, "Together"),
        rows,
        "All agencies at these events, recorded and scheduled hours together. None: nobody has that pay type. "
        f"{HOURS_ADD_UP}",
        "Nobody is listed at the events held.",
        right=tuple(range(1, 2 + len(PAY_TYPES))),
    )


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
        (
            town.label,
            town.turnout.held,
            town.turnout.counted,
            _amount(guests_in_all(town.turnout)),
        )
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

"""The figures of a report for a funder, each with the events it is of, what is missing, and how it is made."""

from __future__ import annotations

import re
import statistics
from collections.abc import Mapping
from dataclasses import replace

from cwac.analysis.attendance import guests_in_all, towns_in_words, typical_guests
from cwac.analysis.hours import NOT_NOTED, Hours, noted_in_all, officer_hours
from cwac.analysis.measures import Measure, refused
from cwac.analysis.periods import national_night_out
from cwac.analysis.words import counted, number
from cwac.funders.report import FunderReport, is_late, lead_days

Figures = Mapping[str, Measure]
NONE_HELD, NONE_PLANNED = "no event held", "no event planned"
_NIGHT = re.compile(r"\bNNO\b|national night out", re.IGNORECASE)
_ADDED_UP = "The column {} of Attendance added up, of the events where it is filled in."

GROUPS: Mapping[str, Mapping[str, str]] = {
    "Events": {
        "events_planned": "Every event dated in the period, drafts left out: held, canceled, postponed, past but still "
        "Confirmed or Tentative, and still to come.",
        "events_held": "Status Completed, and its day is not in the future.",
        "events_cancelled": "Status Canceled. Never counted as held, or as low turnout.",
        "events_postponed": "Status Postponed. A new date is an event of its own, counted in the period of the new "
        "date.",
        "events_rescheduled": "Those that the Replaces cell of another event names, drafts left out.",
        "events_not_closed": "Past, and still Confirmed or Tentative, as a blank Status is: whether they were held is "
        "not known. Postponed is not in it.",
        "events_coming": "Dated on or after the day of this page.",
        "events_led": "By Lead agency.",
        "events_on_the_night": "Held on the first Tuesday of August, or with National Night Out or NNO in the title.",
    },
    "People": {
        "guests": "Guests of all counts added up: visits, so who came twice counts twice. An event without a count "
        "adds nothing, an open-ended count (30+) its lower end.",
        "median_guests": "The middle one of the counts. An event without a count is left out, never taken for zero.",
        "events_without_count": "Held, and no number of guests could be read: how many came is not known.",
        "youth": _ADDED_UP.format("Youth"),
        "new_visitors": _ADDED_UP.format("New visitors"),
        "conversations": _ADDED_UP.format("Conversations"),
    },
    "Officers": {
        "officers": "People in Staffing, each counted once an event, but those who declined, were swapped out or did "
        "not show.",
        "officer_hours": "Hours as recorded in Staffing; where none are, from report to release time, or the event's "
        "own times. Scheduled hours are no record of hours worked.",
        "hours_without_pay_type": "Officer-hours of the people whose Pay type is blank or not readable.",
        "officers_without_hours": "Neither hours nor times that give them: they add nothing to the officer-hours.",
    },
    "Languages": {
        "events_with_second_language": "Held events with an assigned officer whose Languages cell names one besides "
        "English, or with the role Bilingual. A blank cell is not known, not English only.",
        "bilingual_needed": "Of the held events with Bilingual needed: yes, those with such an officer.",
    },
    "Releases": {
        "releases_sent": "Events planned with a day in Release sent. A blank says nothing: not sent, or not noted.",
        "release_lead_days": "The median from the day in Release sent to the day of the event, without weekends and "
        "federal holidays; of events with that day.",
        "releases_late": "Release sent later than Release due, of the events with both days.",
        "flyers_sent": "Events planned with a day in Flyer sent.",
        "media_present": "Media present: yes, in any row of Attendance; of the events where it is filled in.",
    },
    "Towns": {"towns": "Different towns with an event held. An event with a blank Town has its venue's town."},
    "Concerns": {
        "concerns_raised": "Follow-ups entered for the events planned, whichever agency has them.",
        "concerns_open": "Open, Working or Referred on the day of this page.",
        "concerns_reported_back": "Reported back: yes. A blank is not known.",
    },
}
"""Heading -> the keys of its figures, in the order of the page, and how each is made. A report may lack some."""


def figures(report: FunderReport) -> Figures:
    """Key, as files name it and which never changes -> the figure; its `method` says how it is made."""
    made = {
        **_events(report),
        **_people(report),
        **_officers(report),
        **_languages(report),
        **_releases(report),
        "towns": towns_in_words(report.outcomes.held, report.listed_towns),
        **_concerns(report),
    }
    methods = {key: method for group in GROUPS.values() for key, method in group.items()}
    return {key: replace(made[key], method=method) for key, method in methods.items() if key in made}


def _count(name: str, value: int, caveat: str = "") -> Measure:
    return Measure(name, value, number(value), caveat=caveat)


def _share(
    name: str, value: int, of: int, nothing: str, caveat: str = "", blank: int = 0, short: str = "none"
) -> Measure:
    """A count of a total, at least that much with `blank` cells; refused without a total, or if all cells are blank."""
    if not of:
        return refused(name, nothing, short, n=0, of=0)
    if blank == of:
        return refused(name, f"blank at all {of:,}" if of > 1 else "blank", n=0, of=of)
    words = f"{number(value)} of {number(of)}"
    if blank:
        words, caveat = f"at least {words}", "; ".join(filter(None, [f"{blank:,} blank", caveat]))
    return Measure(name, value, words, value, of, caveat=caveat, exact=not blank)


def _events(report: FunderReport) -> Figures:
    events, agency = report.outcomes, report.agency
    held = len(events.held)
    reasons = ", ".join(f"{why.lower()} {n}" for why, n in events.canceled_by_reason.items())
    off = [event.id for event in (*events.canceled, *events.postponed)]
    replaced = sum(event_id in report.replaced_by for event_id in off)
    made = {
        "events_planned": _count("Events planned", len(report.lines)),
        "events_held": _count("Events held", held),
        "events_cancelled": _count("Events canceled", len(events.canceled), reasons),
        "events_postponed": _count("Events postponed", len(events.postponed)),
        "events_rescheduled": _share(
            "Canceled or postponed, with a new date", replaced, len(off), "no event canceled or postponed"
        ),
        "events_not_closed": _count("Past events not closed", len(events.not_closed)),
        "events_coming": _count("Events still to come", len(events.coming)),
    }
    if agency is not None:
        led = sum(past.event.lead_agency == agency for past in events.held)
        made["events_led"] = _share(f"Held events led by {agency}", led, held, NONE_HELD)
    if report.preset == "nno":
        name, years = "Events on National Night Out", range(report.period.first.year, report.period.last.year + 1)
        nights = [night for night in map(national_night_out, years) if night in report.period]
        number_held = sum(past.event.date in nights or bool(_NIGHT.search(past.event.title)) for past in events.held)
        made["events_on_the_night"] = (
            _share(name, number_held, held, NONE_HELD)
            if nights or number_held
            else refused(name, "the night is not in this period", "none")
        )
    return made


def _people(report: FunderReport) -> Figures:
    turnout, held = report.turnout, report.outcomes.held
    guests = guests_in_all(turnout)
    lacks = {"missing": turnout.missing, "estimated": turnout.estimated, "open-ended": turnout.open_ended}
    known = f"counted at {turnout.counted:,} of {counted(turnout.held, 'held event')}"
    caveat = ", ".join([known, *(f"{number:,} {lack}" for lack, number in lacks.items() if number)])
    return {
        "guests": replace(guests, name="People who came", caveat=guests.caveat if guests.value is None else caveat),
        "median_guests": typical_guests(turnout),
        "events_without_count": _share("Held events without a count", turnout.missing, turnout.held, NONE_HELD),
        "youth": noted_in_all(held, "youth", "Youth"),
        "new_visitors": noted_in_all(held, "new_visitors", "New visitors"),
        "conversations": noted_in_all(held, "conversations", "Conversations"),
    }


def _officers(report: FunderReport) -> Figures:
    hours, of_agency = report.hours, f" of {report.agency}" if report.agency else ""
    unread = f"{counted(report.unread, 'person', 'people')} named in Staffing not identified" if report.unread else ""
    without = sum(each.people for each in report.by_agency.get(NOT_NOTED, {}).values()) if report.agency else 0
    maybe = f"{counted(without, 'more person', 'more people')} whose agency is not known" if without else ""
    more = "; ".join(filter(None, [unread, maybe]))
    spent = officer_hours(hours)
    name_of_hours = f"Officer-hours{of_agency} at the events held" if report.agency else spent.name
    caveat = "; ".join(filter(None, [spent.caveat, more]))
    unpaid = report.by_pay_type.get(NOT_NOTED, Hours())
    name, people = "Of these, pay type not known", counted(unpaid.people, "person", "people")
    no_pay_type = replace(officer_hours(unpaid), name=name, caveat=people)
    if not unpaid.people:
        no_pay_type = _count(name, 0)
    elif unpaid.total is None:
        no_pay_type = refused(name, f"{people}, hours not known")
    return {
        "officers": _count(f"Officers{of_agency} at the events held", hours.people, more),
        "officer_hours": replace(spent, name=name_of_hours, caveat=caveat),
        "hours_without_pay_type": no_pay_type,
        "officers_without_hours": _share(
            "Officers whose hours are not known", hours.unknown, hours.people, "nobody is listed"
        ),
    }


def _languages(report: FunderReport) -> Figures:
    spoken, held = report.languages, len(report.outcomes.held)
    people = counted(spoken.people, "officer")
    unknown = [f"languages of {spoken.not_noted:,} of {people} not known"] if spoken.not_noted else []
    unknown += [f"of {spoken.not_shown:,} not shown to you"] if spoken.not_shown else []
    with_another = _share(
        "Held events with a second language", spoken.with_another, held, NONE_HELD, ", ".join(unknown)
    )
    needed = _share("Bilingual officer there where needed", spoken.met, spoken.needed, "no held event asks for one")
    return {
        "events_with_second_language": _at_least(with_another, spoken.maybe),
        "bilingual_needed": _at_least(needed, spoken.maybe_met),
    }


def _at_least(figure: Measure, maybe: int) -> Measure:
    """The figure as a lower end, where it may be that many more."""
    return replace(figure, short=f"at least {figure.short}", exact=False) if maybe else figure


def _releases(report: FunderReport) -> Figures:
    planned, held = len(report.lines), len(report.outcomes.held)
    events = [line.event for line in report.lines]
    leads = [lead for lead in map(lead_days, events) if lead is not None]
    dated = [late for late in map(is_late, events) if late is not None]
    media = [present for present in report.media.values() if present is not None]
    flyers = sum(event.flyer_sent is not None for event in events)
    name, of_held = "Typical working days from release to event", counted(held, "held event")
    lead = refused(name, "no event has a day in Release sent", n=0, of=planned)
    if leads:
        lead = Measure(
            name, (median := statistics.median(leads)), number(median), len(leads), planned,
            caveat=f"{len(leads):,} of {counted(planned, 'event')}, from {min(leads)} to {max(leads)}",
        )  # fmt: skip
    return {
        "releases_sent": _share(
            "News releases sent", len(leads), planned, NONE_PLANNED, blank=planned - len(leads)
        ),
        "release_lead_days": lead,
        "releases_late": _share(
            "Releases sent after the day due", sum(dated), len(dated), "no event has both days", short="not known"
        ),
        "flyers_sent": _share("Flyers out", flyers, planned, NONE_PLANNED, blank=planned - flyers),
        "media_present": _share(
            "Held events with media present", sum(media), len(media),
            f"filled in at none of {of_held}" if held else NONE_HELD,
            f"not known at {held - len(media):,} of {of_held}" if held > len(media) else "",
            short="not known" if held else "none",
        ),
    }  # fmt: skip


def _concerns(report: FunderReport) -> Figures:
    every = list((report.concerns or {}).values())
    raised = sum(sum(by_state.values()) for by_state in every)
    still_open = raised - sum(by_state["Closed"] for by_state in every)
    made = {
        "concerns_raised": _count("Concerns raised", raised),
        "concerns_open": _share("Of these, not closed", still_open, raised, "none entered"),
        "concerns_reported_back": _share(
            "Of these, reported back", report.told[True], raised, "none entered", blank=report.told[None]
        ),
    }
    if report.concerns is None:
        return {key: refused(each.name, "there is no Follow-ups tab") for key, each in made.items()}
    return made

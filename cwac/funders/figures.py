"""The figures of a report for a funder, each with the events it is of, what is missing, and how it is made."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import replace

from cwac.analysis.attendance import Noted, guests_in_all, typical_guests
from cwac.analysis.hours import Hours, officer_hours
from cwac.analysis.measures import Measure, refused
from cwac.analysis.outreach import towns_in_words
from cwac.analysis.productivity import NOT_NOTED, noted_in_all
from cwac.analysis.words import counted, number
from cwac.funders.report import FunderReport

Figures = Mapping[str, Measure]
NONE_HELD, NONE_PLANNED = "no event held", "no event planned"

GROUPS: Mapping[str, tuple[str, ...]] = {
    "Events": (
        "events_planned", "events_held", "events_cancelled", "events_postponed", "events_rescheduled",
        "events_not_closed", "events_coming", "events_led", "events_on_the_night",
    ),
    "People": ("guests", "median_guests", "events_without_count", "youth", "new_visitors", "conversations"),
    "Officers": ("officers", "officer_hours", "hours_without_pay_type", "officers_without_hours"),
    "Languages": ("events_with_second_language", "bilingual_needed"),
    "Releases": ("releases_sent", "release_lead_days", "releases_late", "flyers_sent", "media_present"),
    "Towns": ("towns",),
    "Concerns": ("concerns_raised", "concerns_open", "concerns_reported_back"),
}  # fmt: skip
"""Heading -> the keys of its figures, in the order of the page. A figure that the report has no use for is left out."""


def figures(report: FunderReport) -> Figures:
    """Key, as files name it and which never changes -> the figure; its `method` says how it is made."""
    made = {
        **_events(report),
        **_people(report),
        **_officers(report),
        **_languages(report),
        **_releases(report),
        "towns": _towns(report),
        **_concerns(report),
    }
    return {key: made[key] for keys in GROUPS.values() for key in keys if key in made}


def _count(name: str, value: int, method: str, caveat: str = "") -> Measure:
    return Measure(name, value, number(value), caveat=caveat, method=method)


def _share(
    name: str, value: int, of: int, method: str, nothing: str, caveat: str = "", blank: int = 0, short: str = "none"
) -> Measure:
    """A count out of a total; not given if the total is zero, and `nothing` then says why.

    Of `blank` cells it is not known: with some the value is a lower end, with nothing else it is not given.
    """
    if not of:
        return replace(refused(name, nothing, short, n=0, of=0), method=method)
    if blank == of:
        return replace(refused(name, f"blank at all {of:,}" if of > 1 else "blank", n=0, of=of), method=method)
    words = f"{number(value)} of {number(of)}"
    if blank:
        words, caveat = f"at least {words}", "; ".join(filter(None, [f"{blank:,} blank", caveat]))
    return Measure(name, value, words, value, of, caveat=caveat, method=method, exact=not blank)


def _events(report: FunderReport) -> Figures:
    events = report.outcomes
    held, canceled, postponed = len(events.held), len(events.canceled), len(events.postponed)
    reasons = ", ".join(f"{why.lower()} {n}" for why, n in events.canceled_by_reason.items())
    off = [event.id for event in (*events.canceled, *events.postponed)]
    replaced = sum(event_id in report.replaced_by for event_id in off)
    agency = report.agency
    made = {
        "events_planned": _count(
            "Events planned", len(report.lines),
            "Every event dated in the period, drafts left out: held, canceled, postponed, not closed and still to come "
            "together.",
        ),
        "events_held": _count("Events held", held, "Status Completed, and its day is not in the future."),
        "events_cancelled": _count(
            "Events canceled", canceled, "Status Canceled. Never counted as held, or as low turnout.", reasons
        ),
        "events_postponed": _count(
            "Events postponed", postponed,
            "Status Postponed. A new date is an event of its own, counted in the period of the new date.",
        ),
        "events_rescheduled": _share(
            "Canceled or postponed, with a new date", replaced, len(off),
            "Those that the Replaces cell of another event names, drafts left out.", "no event canceled or postponed",
        ),
        "events_not_closed": _count(
            "Past events not closed", len(events.not_closed),
            "Past, and neither Completed, Canceled nor Postponed: whether they were held is not known.",
        ),
        "events_coming": _count("Events still to come", len(events.coming), "Dated on or after the day of this page."),
    }  # fmt: skip
    if agency is not None:
        led = sum(past.event.lead_agency == agency for past in events.held)
        made["events_led"] = _share(f"Held events led by {agency}", led, held, "By Lead agency.", NONE_HELD)
    if report.preset == "nno":
        made["events_on_the_night"] = _on_the_night(report)
    return made


def _on_the_night(report: FunderReport) -> Measure:
    name = "Events on National Night Out"
    method = "Held on the first Tuesday of August, or with National Night Out or NNO in the title."
    night = report.on_the_night
    if not report.nights and not night:
        return replace(refused(name, "the night is not in this period", "none"), method=method)
    return _share(name, len(night), len(report.outcomes.held), method, NONE_HELD)


def _people(report: FunderReport) -> Figures:
    guests = guests_in_all(report.turnout)
    return {
        "guests": replace(
            guests,
            name="People who came",
            caveat=_counted(report) if guests.value is not None else guests.caveat,
            method="Guests of all counts added up: visits, so who came twice counts twice. An event without a count "
            "adds nothing, an open-ended count (30+) its lower end.",
        ),
        "median_guests": replace(
            typical_guests(report.turnout),
            method="The middle one of the counts. An event without a count is left out, never taken for zero.",
        ),
        "events_without_count": _share(
            "Held events without a count", report.turnout.missing, report.turnout.held,
            "Held, and no number of guests could be read: how many came is not known.", NONE_HELD,
        ),
        "youth": _noted(report, "youth", "Youth"),
        "new_visitors": _noted(report, "new_visitors", "New visitors"),
        "conversations": _noted(report, "conversations", "Conversations"),
    }  # fmt: skip


def _counted(report: FunderReport) -> str:
    """`counted at 5 of 7 held events, 2 missing, 1 estimated, 1 open-ended`."""
    turnout = report.turnout
    parts = [f"counted at {turnout.counted:,} of {counted(turnout.held, 'held event')}"]
    for count, words in (
        (turnout.missing, "missing"), (turnout.estimated, "estimated"), (turnout.open_ended, "open-ended"),
    ):  # fmt: skip
        parts += [f"{count:,} {words}"] if count else []
    return ", ".join(parts)


def _noted(report: FunderReport, noted: Noted, name: str) -> Measure:
    method = f"The column {name} of Attendance added up, of the events where it is filled in."
    return replace(noted_in_all(report.outcomes.held, noted, name), method=method)


def _officers(report: FunderReport) -> Figures:
    hours, of_agency = report.hours, f" of {report.agency}" if report.agency else ""
    unread = f"{counted(hours.unread, 'person', 'people')} named in Staffing not identified" if hours.unread else ""
    spent = officer_hours(hours.total)
    caveat = "; ".join(filter(None, [spent.caveat, unread, _without_agency(report)]))
    return {
        "officers": _count(
            f"Officers{of_agency} at the events held", hours.total.people,
            "People in Staffing, each counted once an event, but those who declined, were swapped out or did not show.",
            "; ".join(filter(None, [unread, _without_agency(report)])),
        ),
        "officer_hours": replace(
            spent, name=f"Officer-hours{of_agency}", caveat=caveat,
            method="Hours as recorded in Staffing; where none are, from report to release time, or the event's own "
            "times. Scheduled hours are no record of hours worked.",
        ),
        "hours_without_pay_type": _without_pay_type(hours.by_pay_type.get(NOT_NOTED, Hours())),
        "officers_without_hours": _share(
            "Officers whose hours are not known", hours.total.unknown, hours.total.people,
            "Neither hours nor times that give them: they add nothing to the officer-hours.", "nobody is listed",
        ),
    }  # fmt: skip


def _without_agency(report: FunderReport) -> str:
    """How many people may be the agency's, but have no agency in the sheet."""
    if report.agency is None:
        return ""
    people = sum(hours.people for hours in report.hours.by_agency.get(NOT_NOTED, {}).values())
    return f"{counted(people, 'more person', 'more people')} whose agency is not known" if people else ""


def _without_pay_type(hours: Hours) -> Measure:
    name, method = (
        "Of these, pay type not known",
        "Officer-hours of the people whose Pay type is blank or not readable.",
    )
    if hours.people and hours.total is None:
        return replace(refused(name, f"{counted(hours.people, 'person', 'people')}, hours not known"), method=method)
    if not hours.people:
        return Measure(name, 0, number(0), method=method)
    return replace(officer_hours(hours), name=name, caveat=counted(hours.people, "person", "people"), method=method)


def _languages(report: FunderReport) -> Figures:
    spoken, held = report.languages, len(report.outcomes.held)
    method = (
        "Held events with an assigned officer whose Languages cell names one besides English, or with the role "
        "Bilingual. A blank cell is not known, not English only."
    )
    parts = [
        f"languages of {spoken.not_noted:,} of {counted(spoken.people, 'officer')} not known"
        if spoken.not_noted
        else "",
        f"of {spoken.not_shown:,} not shown to you" if spoken.not_shown else "",
    ]
    with_another = _share(
        "Held events with a second language",
        spoken.with_another,
        held,
        method,
        NONE_HELD,
        ", ".join(filter(None, parts)),
    )
    needed = _share(
        "Bilingual officer there where needed", spoken.met, spoken.needed,
        "Of the held events with Bilingual needed: yes, those with such an officer.",
        "no held event asks for one",
    )  # fmt: skip
    return {
        "events_with_second_language": _at_least(with_another, spoken.maybe),
        "bilingual_needed": _at_least(needed, spoken.maybe_met),
    }


def _at_least(figure: Measure, maybe: int) -> Measure:
    """The figure as a lower end, where it may be that many more."""
    return replace(figure, short=f"at least {figure.short}", exact=False) if maybe else figure


def _releases(report: FunderReport) -> Figures:
    planned = len(report.lines)
    events = [line.event for line in report.lines]
    leads = [release.lead_days for release in report.releases if release.lead_days is not None]
    dated = [release.late for release in report.releases if release.late is not None]
    media = [present for present in report.media.values() if present is not None]
    held = len(report.outcomes.held)
    flyers = sum(event.flyer_sent is not None for event in events)
    name, method = (
        "Typical working days from release to event",
        "The median from the day in Release sent to the day of the event, without weekends and federal holidays; of "
        "events with that day.",
    )
    lead = refused(name, "no event has a day in Release sent", n=0, of=planned)
    if leads:
        lead = Measure(
            name, (median := statistics.median(leads)), number(median), len(leads), planned,
            caveat=f"{len(leads):,} of {counted(planned, 'event')}, from {min(leads)} to {max(leads)}",
        )  # fmt: skip
    return {
        "releases_sent": _share(
            "News releases sent", len(leads), planned,
            "Events planned with a day in Release sent. A blank says nothing: not sent, or not noted.",
            NONE_PLANNED, blank=planned - len(leads),
        ),
        "release_lead_days": replace(lead, method=method),
        "releases_late": _share(
            "Releases sent after the day due", sum(dated), len(dated),
            "Release sent later than Release due, of the events with both days.", "no event has both days",
            short="not known",
        ),
        "flyers_sent": _share(
            "Flyers out", flyers, planned, "Events planned with a day in Flyer sent.",
            NONE_PLANNED, blank=planned - flyers,
        ),
        "media_present": _share(
            "Held events with media present", sum(media), len(media),
            "Media present: yes, in any row of Attendance; of the events where it is filled in.",
            f"filled in at none of {counted(held, 'held event')}" if held else NONE_HELD,
            f"not known at {held - len(media):,} of {counted(held, 'held event')}" if held > len(media) else "",
            short="not known" if held else "none",
        ),
    }  # fmt: skip


def _towns(report: FunderReport) -> Measure:
    return replace(
        towns_in_words(report.outcomes.held, report.listed_towns),
        method="Different towns with an event held. An event with a blank Town has its venue's town.",
    )


def _concerns(report: FunderReport) -> Figures:
    concerns = report.concerns

    every = concerns or ()
    raised = sum(concern.count for concern in every)
    still_open = sum(concern.count - concern.by_state["Closed"] for concern in every)
    made = {
        "concerns_raised": _count(
            "Concerns raised", raised, "Follow-ups entered for the events planned, whichever agency has them."
        ),
        "concerns_open": _share(
            "Of these, not closed", still_open, raised, "Open, Working or Referred on the day of this page.",
            "none entered",
        ),
        "concerns_reported_back": _share(
            "Of these, reported back", report.told, raised,
            "Reported back: yes. A blank is not known.", "none entered", blank=report.told_blank,
        ),
    }  # fmt: skip
    if concerns is None:
        no_tab = "there is no Follow-ups tab"
        return {key: replace(refused(each.name, no_tab), method=each.method) for key, each in made.items()}
    return made

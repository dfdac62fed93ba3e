"""What an event is missing (officers, roles, confirmations, agencies, a backup venue, a news release); holidays."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from cwac.analysis.commitments import Commitments, Crew, EventRule
from cwac.analysis.days import federal_holidays, in_fire_season
from cwac.analysis.events import FILLED, is_live
from cwac.analysis.officers import lacks_supervisor
from cwac.analysis.positions import ask_words, open_positions, owed, placeholders, positions, silent_agencies
from cwac.analysis.words import any_of, list_words, shorten
from cwac.date_words import day_words
from cwac.model import Alert, Event, Severity


def _understaffed(plan: Commitments, event: Event, crew: Crew) -> Iterable[Alert]:
    rows = plan.snapshot.assignments_by_event.get(event.id, ())
    still_open = open_positions(event, rows)
    if not still_open:
        return ()
    staffed = len({person for row, person in zip(crew.rows, crew.people, strict=True) if row.status in FILLED})
    asked = [row.agency for row in placeholders(rows)]
    agencies = list_words(sorted({agency for agency in asked if agency}), 3) if any(asked) else ""
    waiting = f" ({len(asked)} requested{f' from {agencies}' if agencies else ''})" if asked else ""
    message = (
        f"{plan.words(event)}: {staffed} of {positions(event, rows)} officers{waiting}. "
        f"{ask_words(event, still_open, owed(rows, silent_agencies(plan.snapshot, event, crew.rows)))}"
    )
    return (plan.about(event, "error" if (event.date - plan.on).days <= 2 else "warning", "understaffed", message),)


def _no_host(plan: Commitments, event: Event, crew: Crew) -> Iterable[Alert]:
    if "Host" in [row.role for row in crew.rows]:
        return ()
    message = _lacking(plan, event, "No host", "Host", plan.hosts.intersection(crew.people))
    return (plan.about(event, "warning", "no-host", message),)


def _no_bilingual(plan: Commitments, event: Event, crew: Crew) -> Iterable[Alert]:
    if not event.bilingual_needed or "Bilingual" in [row.role for row in crew.rows]:
        return ()
    if not plan.bilingual.isdisjoint(crew.people):
        return ()
    message = _lacking(plan, event, "No bilingual officer", "Bilingual")
    return (plan.about(event, "warning", "no-bilingual", message),)


def _no_supervisor(plan: Commitments, event: Event, crew: Crew) -> Iterable[Alert]:
    if not lacks_supervisor(crew.rows, plan.supervisors):
        return ()
    message = _lacking(plan, event, f"{len(set(crew.people))} people and no supervisor", "Supervisor")
    return (plan.about(event, "notice", "no-supervisor", message),)


def _lacking(plan: Commitments, event: Event, lack: str, role: str, able: Collection[str] = ()) -> str:
    if able:
        names = list_words([shorten(plan.name(person), 24) for person in sorted(able)], 2, "or")
        return f"{lack} at {plan.words(event)}. {names} can do it: set the Role to {role}."
    return f"{lack} at {plan.words(event)}. Ask {any_of(event.agencies)} for one."


def _unconfirmed(plan: Commitments, event: Event, crew: Crew) -> Iterable[Alert]:
    days = (event.date - plan.on).days
    if days > 14:
        return ()
    parts = ["the event is tentative"] if event.status is None or event.status == "Tentative" else []
    waiting = [row for row in crew.rows if row.status in ("Requested", "Assigned")]
    if waiting:
        names = list(dict.fromkeys([shorten(row.name or row.officer or "somebody", 24) for row in waiting]))
        parts.append(f"{list_words(names, 2)} {'has' if len(names) == 1 else 'have'} not confirmed")
    if not parts:
        return ()
    message = f"{plan.words(event)}: {' and '.join(parts)}. Ask, then set the Status to Confirmed."
    severity: Severity = "error" if days <= 2 else "warning" if days <= 7 else "notice"
    return (plan.about(event, severity, "unconfirmed", message),)


def _agency_without_officer(plan: Commitments, event: Event, crew: Crew) -> Iterable[Alert]:
    return [
        plan.about(
            event,
            "warning",
            "agency-without-officer",
            f"No officer from {agency} at {plan.words(event)}. Assign one, or remove {agency} from the event.",
            agency=agency,
        )
        for agency in silent_agencies(plan.snapshot, event, crew.rows)
    ]


def _staffed_agency_not_on_event(plan: Commitments, event: Event, crew: Crew) -> Iterable[Alert]:
    names_by_agency: dict[str, list[str]] = {}
    named = event.agencies
    for row in crew.rows:
        if row.agency is not None and row.agency not in named:
            names_by_agency.setdefault(row.agency, []).append(shorten(row.name or "somebody", 24))
    return [
        plan.about(
            event,
            "notice",
            "staffed-agency-not-on-event",
            f"{list_words(names, 2)} of {agency} {'is' if len(names) == 1 else 'are'} assigned to {plan.words(event)}, "
            f"which does not name {agency}. Add it to Partner agencies.",
            agency=agency,
        )
        for agency, names in names_by_agency.items()
    ]


def _shelter_venue(plan: Commitments, event: Event, _: Crew) -> Iterable[Alert]:
    if event.venue is None or not event.venue.shelter_site or event.backup_venue:
        return ()
    if not in_fire_season(event.date, plan.rules):
        return ()
    message = f"{plan.words(event)}: the venue becomes a shelter in a fire. Name a Backup venue."
    return (plan.about(event, "notice", "shelter-venue", message, venue=event.venue.name),)


def _release_overdue(plan: Commitments, event: Event, _: Crew) -> Iterable[Alert]:
    due = event.release_due
    if due is None or due >= plan.on or event.release_sent is not None or event.status == "Completed":
        return ()
    message = (
        f"The news release for {plan.words(event)} was due {day_words(due, plan.on)}. "
        "Send it, then fill in Release sent."
    )
    return (plan.about(event, "warning", "release-overdue", message),)


def holiday_words(event: Event) -> str | None:
    """`on a federal holiday: Thanksgiving Day`; None on other days, and for drafts, canceled and postponed events."""
    names = federal_holidays(event.date) if is_live(event) else ()
    return f"on a federal holiday: {' and '.join(names)}" if names else None


def _federal_holiday(plan: Commitments, event: Event, _: Crew) -> Iterable[Alert]:
    words = holiday_words(event)
    if words is None:
        return ()
    return (plan.about(event, "notice", "federal-holiday", f"{plan.words(event)} is {words}."),)


EVENT_RULES: tuple[EventRule, ...] = (
    _understaffed,
    _no_host,
    _no_bilingual,
    _no_supervisor,
    _unconfirmed,
    _agency_without_officer,
    _staffed_agency_not_on_event,
    _shelter_venue,
    _release_overdue,
    _federal_holiday,
)

"""What one event lacks: officers, roles, confirmations, agencies, a backup venue, a news release."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from cwac.analysis.commitments import Commitments, Crew, EventRule
from cwac.analysis.events import FILLED, day_words
from cwac.analysis.positions import open_positions, placeholders, positions, silent_agencies
from cwac.analysis.wording import any_of, list_words, shorten
from cwac.model import Alert, Event, Severity


def _understaffed(book: Commitments, event: Event, crew: Crew) -> Iterable[Alert]:
    rows = book.snapshot.assignments_by_event.get(event.id, ())
    still_open = open_positions(event, rows)
    if not still_open:
        return ()
    named = len({who for row, who in zip(crew.rows, crew.people, strict=True) if row.status in FILLED})
    asked = [row.agency for row in placeholders(rows)]
    of_whom = list_words(sorted({agency for agency in asked if agency}), 3) if any(asked) else ""
    waiting = f" ({len(asked)} asked for{f' of {of_whom}' if of_whom else ''})" if asked else ""
    message = (
        f"{book.words(event)}: {named} of {positions(event, rows)} officers{waiting}. "
        f"Ask {any_of(event.agencies)} for {still_open} more."
    )
    return (book.about(event, "error" if (event.date - book.on).days <= 2 else "warning", "understaffed", message),)


def _no_host(book: Commitments, event: Event, crew: Crew) -> Iterable[Alert]:
    if "Host" in [row.role for row in crew.rows]:
        return ()
    message = _lacking(book, event, "Nobody hosts", "Host", book.hosts.intersection(crew.people))
    return (book.about(event, "warning", "no-host", message),)


def _no_bilingual(book: Commitments, event: Event, crew: Crew) -> Iterable[Alert]:
    if not event.bilingual_needed or "Bilingual" in [row.role for row in crew.rows]:
        return ()
    if not book.bilingual.isdisjoint(crew.people):
        return ()
    message = _lacking(book, event, "No bilingual officer", "Bilingual")
    return (book.about(event, "warning", "no-bilingual", message),)


def _no_supervisor(book: Commitments, event: Event, crew: Crew) -> Iterable[Alert]:
    if len(crew.people) < 4 or not book.supervisors.isdisjoint(crew.people):
        return ()
    people = len(set(crew.people))
    if people < 4 or "Supervisor" in [row.role for row in crew.rows]:
        return ()
    message = _lacking(book, event, f"{people} people and no supervisor", "Supervisor")
    return (book.about(event, "notice", "no-supervisor", message),)


def _lacking(book: Commitments, event: Event, what: str, role: str, able: Collection[str] = ()) -> str:
    if able:
        names = list_words([shorten(book.name(person), 24) for person in sorted(able)], 2, "or")
        return f"{what} at {book.words(event)}. {names} may: set the Role to {role}."
    return f"{what} at {book.words(event)}. Ask {any_of(event.agencies)} for one."


def _unconfirmed(book: Commitments, event: Event, crew: Crew) -> Iterable[Alert]:
    days = (event.date - book.on).days
    if days > 14:
        return ()
    parts = ["the event is tentative"] if event.status is None or event.status == "Tentative" else []
    waiting = [row for row in crew.rows if row.status in ("Requested", "Assigned")]
    if waiting:
        names = list(dict.fromkeys([shorten(row.name or row.officer or "somebody", 24) for row in waiting]))
        parts.append(f"{list_words(names, 2)} {'has' if len(names) == 1 else 'have'} not confirmed")
    if not parts:
        return ()
    message = f"{book.words(event)}: {' and '.join(parts)}. Ask, then set the Status to Confirmed."
    severity: Severity = "error" if days <= 2 else "warning" if days <= 7 else "notice"
    return (book.about(event, severity, "unconfirmed", message),)


def _agency_without_officer(book: Commitments, event: Event, crew: Crew) -> Iterable[Alert]:
    return [
        book.about(
            event,
            "warning",
            "agency-without-officer",
            f"{agency} is named on {book.words(event)} but sends nobody. Name an officer, or take it off.",
            agency=agency,
        )
        for agency in silent_agencies(book.snapshot, event, crew.rows)
    ]


def _staffed_agency_not_on_event(book: Commitments, event: Event, crew: Crew) -> Iterable[Alert]:
    named = event.agencies
    strangers: dict[str, list[str]] = {}
    for row in crew.rows:
        if row.agency is not None and row.agency not in named:
            strangers.setdefault(row.agency, []).append(shorten(row.name or "somebody", 24))
    return [
        book.about(
            event,
            "notice",
            "staffed-agency-not-on-event",
            f"{list_words(names, 2)} of {agency} {'goes' if len(names) == 1 else 'go'} to {book.words(event)}, "
            f"which does not name {agency}. Add it to Partner agencies.",
            agency=agency,
        )
        for agency, names in strangers.items()
    ]


def _shelter_venue(book: Commitments, event: Event, _: Crew) -> Iterable[Alert]:
    if event.venue is None or not event.venue.shelter_site or event.backup_venue:
        return ()
    first, last = book.rules.fire_season_first_month, book.rules.fire_season_last_month
    month = event.date.month
    if not (first <= month <= last if first <= last else month >= first or month <= last):
        return ()
    message = f"{book.words(event)}: the venue becomes a shelter in a fire. Name a Backup venue."
    return (book.about(event, "notice", "shelter-venue", message, venue=event.venue.name),)


def _release_overdue(book: Commitments, event: Event, _: Crew) -> Iterable[Alert]:
    due = event.release_due
    if due is None or due >= book.on or event.release_sent is not None or event.status == "Completed":
        return ()
    message = (
        f"The news release for {book.words(event)} was due {day_words(due, book.on)}. "
        "Send it, then fill in Release sent."
    )
    return (book.about(event, "warning", "release-overdue", message),)


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
)

"""Officers: when they are active or off, what they can do, and everybody who is listed or named."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from cwac.model import Assignment, Event, Officer, Role, Snapshot, grouped
from cwac.sheet.names import words
from cwac.sheet.text import is_not_said

_ENGLISH = frozenset("english eng en only no none native first fluent language american us usa speaks speaker".split())
"""Words of a Languages cell that name no language besides English."""


def everyone(snapshot: Snapshot) -> Mapping[str, Officer]:
    """The officers by person (`Assignment.person`): those listed, then those whom only Staffing names."""
    officers = {officer.id: officer for officer in snapshot.officers}
    for row in snapshot.assignments:
        if row.officer is None and row.person is not None and row.person not in officers:
            officers[row.person] = Officer(row.name or row.person, row.name or row.person, row.agency or "")
    return officers


def time_off_by_person(snapshot: Snapshot) -> Mapping[str, list[tuple[dt.date, dt.date]]]:
    """Person (`Assignment.person`) -> first and last days off, both included."""
    listed = snapshot.officer_by_id
    return grouped(
        (off.officer if off.officer in listed else off.officer.casefold(), (off.first, off.last))
        for off in snapshot.time_off
    )


def is_active(officer: Officer, day: dt.date) -> bool:
    return (officer.active_from is None or officer.active_from <= day) and (
        officer.active_to is None or day <= officer.active_to
    )


def is_off(absences: Iterable[tuple[dt.date, dt.date]], day: dt.date) -> bool:
    return any(first <= day <= last for first, last in absences)


def takes_part(snapshot: Snapshot, short: str) -> bool:
    agency = snapshot.agency_by_short.get(short)
    return agency is None or agency.active is not False


def other_languages(officer: Officer) -> tuple[str, ...]:
    """The languages besides English as typed; "English only", "none" and the like are not one."""
    spoken = [language for language in officer.languages if not is_not_said(language)]
    return tuple([language for language in spoken if not _ENGLISH.issuperset(words(language))])


def speaks_another(officer: Officer | None) -> bool:
    return officer is not None and bool(other_languages(officer))


def lacking_roles(snapshot: Snapshot, event: Event, participants: Sequence[Assignment]) -> tuple[Role, ...]:
    """The roles that an event lacks: a host, a bilingual officer where it needs one, a supervisor of four or more."""
    people, roles = {row.person for row in participants}, {row.role for row in participants}
    officers = [officer for person in people if (officer := snapshot.officer_by_id.get(person or ""))]
    wanted: dict[Role, bool] = {
        "Host": True,
        "Bilingual": event.bilingual_needed is True and not any(map(speaks_another, officers)),
        "Supervisor": len(people) >= 4 and not any(officer.supervisor for officer in officers),
    }
    return tuple(role for role, is_wanted in wanted.items() if is_wanted and role not in roles)

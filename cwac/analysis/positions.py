"""Open positions: how many officers an event still wants, which agencies owe them, and where that is not known.

Every page, alert, export and command takes these numbers from here, so that none of them can differ.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from cwac.analysis.events import NOT_GOING, assigned
from cwac.model import Assignment, Event, Snapshot

# --- how many -----------------------------------------------------------------------------------------------------


def placeholders(rows: Iterable[Assignment]) -> tuple[Assignment, ...]:
    """The rows that ask for an officer without naming one; not those declined, swapped out, pulled or no-show."""
    return tuple([row for row in rows if row.placeholder and row.status not in NOT_GOING])


def open_positions(event: Event, rows: Iterable[Assignment]) -> int:
    """How many officers are still to be found for an event, given all its assignments.

    The larger of Officers needed less the people counted, and the placeholders; where Officers needed is blank, the
    placeholders.
    """
    rows = tuple(rows)
    return max((event.officers_needed or 0) - len(assigned(rows)), len(placeholders(rows)), 0)


def positions(event: Event, rows: Iterable[Assignment]) -> int | None:
    """How many officers an event wants in all: Officers needed, or more where people and open positions exceed it.

    None where the sheet asks for nobody: how many it wants is not known.
    """
    rows = tuple(rows)
    still_open = open_positions(event, rows)
    if event.officers_needed is None and not still_open:
        return None
    return max(event.officers_needed or 0, len(assigned(rows)) + still_open)


# --- whose --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Owed:
    """What one agency owes: so many officers, at so many events."""

    officers: int
    events: int


def owed(rows: Iterable[Assignment], silent: Collection[str]) -> Mapping[str, int]:
    """What each agency owes an event: its placeholders, and at least 1 where it is named and sends nobody (`silent`).

    What is open beyond that is anybody's.
    """
    owes = dict.fromkeys(silent, 1)
    asked: dict[str, int] = {}
    for row in placeholders(rows):
        if row.agency:
            asked[row.agency] = asked.get(row.agency, 0) + 1
    for agency, number in asked.items():
        owes[agency] = max(number, owes.get(agency, 0))
    return owes


def total_owed(each: Iterable[Mapping[str, int]]) -> Mapping[str, Owed]:
    """What each agency owes over several events, the largest debt first."""
    found: dict[str, Owed] = {}
    for owes in each:
        for agency, number in owes.items():
            before = found.get(agency, Owed(0, 0))
            found[agency] = Owed(before.officers + number, before.events + 1)
    return dict(sorted(found.items(), key=lambda one: (-one[1].officers, -one[1].events, one[0])))


def from_any_agency(still_open: int, owes: Mapping[str, int]) -> int:
    """The open positions of an event that no agency in particular owes."""
    return max(0, still_open - sum(owes.values()))


def agencies_are_known(snapshot: Snapshot) -> bool:
    """False where people are named but the sheet says of none of them whose they are: no Officers tab, no Agency."""
    listed = snapshot.accounting.get("Officers")
    # A liaison sees some of the officers only, perhaps none but stand-ins, but the accounting of the whole sheet.
    if (listed is not None and listed.kept) or not all(officer.stand_in for officer in snapshot.officers):
        return True
    return not snapshot.people_by_agency or any(snapshot.people_by_agency)


def people_without_agency(snapshot: Snapshot) -> frozenset[str]:
    """The people (as `Assignment.person`) of whom at least one row does not say whose they are."""
    return frozenset(snapshot.people_by_agency.get(None, ()))


def silent_agencies(snapshot: Snapshot, event: Event, there: Sequence[Assignment]) -> tuple[str, ...]:
    """The agencies named on an event that send nobody, given the rows of the people who take part.

    None where somebody goes whose agency is not known: it may be any of them.
    """
    sending: set[str | None] = {row.agency or None for row in there}
    sending.update(unread.agency for unread in snapshot.unread_people_by_event.get(event.id, ()))
    if None in sending or not agencies_are_known(snapshot):
        return ()
    return tuple([agency for agency in event.agencies if agency not in sending])


def agency_is_unknown(snapshot: Snapshot, event: Event, there: Sequence[Assignment]) -> bool:
    """Whether somebody goes to an event, given the rows of those who take part, whose agency is not known."""
    return (
        any(not row.agency for row in there)
        or any(unread.agency is None for unread in snapshot.unread_people_by_event.get(event.id, ()))
        or not agencies_are_known(snapshot)
    )

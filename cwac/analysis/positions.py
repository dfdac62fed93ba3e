"""Open positions: how many officers an event still needs, and which agencies still have to send them.

All pages, alerts, exports and commands take these numbers from here, so they always agree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from cwac.analysis.events import NOT_GOING, assigned
from cwac.analysis.words import any_of, counted
from cwac.model import Assignment, Event, Snapshot

ANY_AGENCY = "any agency"


def placeholders(rows: Iterable[Assignment]) -> tuple[Assignment, ...]:
    """The rows that ask for an officer without naming one, except declined, swapped out, pulled and no-show ones."""
    return tuple([row for row in rows if row.placeholder and row.status not in NOT_GOING])


def open_positions(event: Event, rows: Sequence[Assignment]) -> int:
    """The officers still to be found: Officers needed minus the people assigned, or the placeholders if more."""
    return max((event.officers_needed or 0) - len(assigned(rows)), len(placeholders(rows)))


def positions(event: Event, rows: Sequence[Assignment]) -> int | None:
    """All positions: Officers needed, or people and open positions if more; None if the sheet asks for nobody."""
    vacant = open_positions(event, rows)
    if event.officers_needed is None and not vacant:
        return None
    return max(event.officers_needed or 0, len(assigned(rows)) + vacant)


@dataclass(frozen=True, slots=True)
class Owed:
    """How many officers are still to be sent, to how many events."""

    officers: int = 0
    events: int = 0

    @property
    def words(self) -> str:
        """`9 officers to 7 events`."""
        return f"{counted(self.officers, 'officer')} to {counted(self.events, 'event')}"


def owed(rows: Iterable[Assignment], silent: Collection[str]) -> Mapping[str, int]:
    """Agency -> officers it still has to send: its placeholders, or 1 if it is named and sends nobody (`silent`)."""
    return dict.fromkeys(silent, 1) | Counter(row.agency for row in placeholders(rows) if row.agency)


def from_any_agency(vacant: int, owes: Mapping[str, int]) -> int:
    """The number of open positions that no particular agency has to send somebody to."""
    return max(0, vacant - sum(owes.values()))


def shares_to_ask(vacant: int, owes: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """Agency -> how many of the open positions to ask it for; `any agency` for those that any may fill.

    Where agencies have to send more than is open, one share names all of them.
    """
    if sum(owes.values()) > vacant:
        return ((any_of(tuple(owes)), vacant),)
    rest = from_any_agency(vacant, owes)
    return (*owes.items(), *([(ANY_AGENCY, rest)] if rest else []))


def wanted_words(vacant: int, owes: Mapping[str, int]) -> str:
    """`2 officers from SCSO`, `2 officers from SCSO, 1 from any agency`; the same in alerts, messages and commands."""
    (agency, number), *others = shares_to_ask(vacant, owes)
    return ", ".join([f"{counted(number, 'officer')} from {agency}", *(f"{n} from {other}" for other, n in others)])


def agencies_are_known(snapshot: Snapshot) -> bool:
    """False if people are named but the sheet gives nobody's agency: no Officers tab, no Agency in Staffing."""
    officers_tab = snapshot.accounting.get("Officers")
    # A liaison may see no officers but stand-ins; the accounting is that of the whole sheet.
    if (officers_tab is not None and officers_tab.kept) or not all(officer.stand_in for officer in snapshot.officers):
        return True
    return not snapshot.people_by_agency or any(snapshot.people_by_agency)


def people_without_agency(snapshot: Snapshot) -> frozenset[str]:
    """The people (`Assignment.person`) of whom at least one row gives no agency."""
    return frozenset(snapshot.people_by_agency.get(None, ()))


def silent_agencies(snapshot: Snapshot, event: Event, participants: Sequence[Assignment]) -> tuple[str, ...]:
    """The agencies named on an event that send nobody; none if a participant's agency is unknown, as it may be any."""
    sending = _sending_agencies(snapshot, event, participants)
    return () if None in sending else tuple([agency for agency in event.agencies if agency not in sending])


def agency_is_unknown(snapshot: Snapshot, event: Event, participants: Sequence[Assignment]) -> bool:
    """Whether the agency of a participant, or of a person whose name could not be read, is unknown."""
    return None in _sending_agencies(snapshot, event, participants)


def _sending_agencies(snapshot: Snapshot, event: Event, participants: Iterable[Assignment]) -> set[str | None]:
    unread = snapshot.unread_people_by_event.get(event.id, ())
    return {row.agency or None for row in participants} | {person.agency for person in unread}

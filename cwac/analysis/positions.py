"""Open positions: how many officers an event still needs, and which agencies owe them.

All pages, alerts, exports and commands take these numbers from here, so they always agree.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from cwac.analysis.events import NOT_GOING, assigned
from cwac.analysis.words import any_of, counted
from cwac.model import Assignment, Event, Snapshot

# --- how many -------------------------------------------------------------------------------------------------------


def placeholders(rows: Iterable[Assignment]) -> tuple[Assignment, ...]:
    """The rows that ask for an officer without naming one, except declined, swapped out, pulled and no-show ones."""
    return tuple([row for row in rows if row.placeholder and row.status not in NOT_GOING])


def open_positions(event: Event, rows: Iterable[Assignment]) -> int:
    """The number of officers still to be found for an event, given all its assignments.

    The larger of Officers needed minus the people assigned, and the number of placeholders; if Officers needed is
    blank, the number of placeholders.
    """
    rows = tuple(rows)
    return max((event.officers_needed or 0) - len(assigned(rows)), len(placeholders(rows)))


def positions(event: Event, rows: Iterable[Assignment]) -> int | None:
    """The total number of positions of an event: Officers needed, or more if people and open positions exceed it.

    None if the sheet asks for nobody, since the number is then unknown.
    """
    rows = tuple(rows)
    vacant = open_positions(event, rows)
    if event.officers_needed is None and not vacant:
        return None
    return max(event.officers_needed or 0, len(assigned(rows)) + vacant)


# --- whose ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Owed:
    """How many officers one agency owes, at how many events."""

    officers: int
    events: int


def owed(rows: Iterable[Assignment], silent: Collection[str]) -> Mapping[str, int]:
    """Agency -> officers it owes an event: its placeholders, and at least 1 if it is named and sends nobody (`silent`).

    Any agency may fill the other open positions.
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
    """Agency -> what it owes over several events, the largest debt first."""
    totals: dict[str, Owed] = {}
    for owes in each:
        for agency, number in owes.items():
            before = totals.get(agency, Owed(0, 0))
            totals[agency] = Owed(before.officers + number, before.events + 1)
    return dict(sorted(totals.items(), key=lambda item: (-item[1].officers, -item[1].events, item[0])))


def from_any_agency(vacant: int, owes: Mapping[str, int]) -> int:
    """The number of open positions that no particular agency owes."""
    return max(0, vacant - sum(owes.values()))


def shares_to_ask(vacant: int, owes: Mapping[str, int]) -> tuple[tuple[str | None, int], ...]:
    """Whom to ask for how many of the open positions: the agencies that owe them, then any agency (None) for the rest.

    Where agencies owe more than is open, one share names all of them.
    """
    if sum(owes.values()) > vacant:
        return ((any_of(tuple(owes)), vacant),)
    rest = from_any_agency(vacant, owes)
    return (*owes.items(), *([(None, rest)] if rest else []))


def ask_words(event: Event, vacant: int, owes: Mapping[str, int]) -> str:
    """`Ask SCSO for 2 more.`, `Ask SCSO for 1 more, any agency for 2.`; the event's agencies where nobody owes any."""
    shares = shares_to_ask(vacant, owes)
    anybody = "any agency" if owes else any_of(event.agencies)
    asks = [f"{agency or anybody} for {number}" for agency, number in shares]
    return f"Ask {', '.join([f'{asks[0]} more', *asks[1:]])}."


def wanted_words(vacant: int, owes: Mapping[str, int]) -> str:
    """`2 more officers from SCSO`, `3 more officers (2 from SCSO)`, in a message that goes to all agencies."""
    wanted = counted(vacant, "more officer")
    shares = [(agency, number) for agency, number in shares_to_ask(vacant, owes) if agency is not None]
    if len(shares) == 1 and shares[0][1] == vacant:
        return f"{wanted} from {shares[0][0]}"
    return f"{wanted} ({', '.join(f'{number} from {agency}' for agency, number in shares)})" if shares else wanted


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
    """The agencies named on an event that send nobody: all of them if nobody at all goes.

    Empty if a participant's agency is unknown, since it may be any of them.
    """
    sending: set[str | None] = {row.agency or None for row in participants}
    sending.update(unread.agency for unread in snapshot.unread_people_by_event.get(event.id, ()))
    if None in sending:
        return ()
    return tuple([agency for agency in event.agencies if agency not in sending])


def agency_is_unknown(snapshot: Snapshot, event: Event, participants: Sequence[Assignment]) -> bool:
    """Whether the agency of a participant, or of a person whose name could not be read, is unknown."""
    unread = snapshot.unread_people_by_event.get(event.id, ())
    return any(not row.agency for row in participants) or any(person.agency is None for person in unread)

"""Fair share: which events and hours each officer and agency carried in a period."""

from __future__ import annotations

import datetime as dt
import itertools
import statistics
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields

from cwac.analysis.events import DEFAULTS
from cwac.analysis.hours import CodedColumn, Hours, Ledger, ledger
from cwac.analysis.officers import everyone, is_active, is_off, takes_part, time_off_by_person
from cwac.analysis.words import counted, list_words
from cwac.model import Officer, Snapshot, grouped
from cwac.rounding import half_up
from cwac.settings import Rules


@dataclass(frozen=True, slots=True)
class _Carried:
    """What a person or an agency carried in a period; `last` and `next` are around "on" in the whole sheet."""

    events: int
    people: int | None
    hours: Hours
    leads: int
    early: int
    weekends: int
    last: dt.date | None
    next: dt.date | None


@dataclass(frozen=True, slots=True)
class OfficerShare(_Carried):
    """What one officer carried. `days_away` counts the days of the period on which they were off or not active."""

    officer: Officer
    days_away: int
    available: bool


@dataclass(frozen=True, slots=True)
class AgencyShare:
    """What one agency carried, each person's early and weekend duties counted; `people` is None if some are not named.

    If nobody is known to have come from it, but the agency of some people is unknown, everything it carried is None.
    """

    agency: str
    leads: int
    last: dt.date | None
    sworn: int | None
    people: int | None = None
    events: int | None = None
    hours: Hours | None = None
    early: int | None = None
    weekends: int | None = None

    @property
    def hours_per_sworn(self) -> float | None:
        total = self.hours.total if self.hours else None
        return total / self.sworn if total is not None and self.sworn else None


@dataclass(frozen=True, slots=True)
class FairShare:
    """Officers by the fewest events, then by the last duty; agencies by the last duty, then by the fewest events.

    Of the last duties, never comes first and the longest ago next.
    Those who are not available on the day "on" come last, and so do agencies of which nothing is known. `unknown`
    counts duties of people whose agency is unknown.
    """

    officers: tuple[OfficerShare, ...]
    agencies: tuple[AgencyShare, ...]
    unknown: int = 0


MANY_SHIFTS = 20
"""Shifts from which on a share of them is said in percent."""
STANDS_OUT = 0.2
"""Share of all shifts from which on those who served them are named."""


def typical_shifts(shares: Sequence[OfficerShare]) -> float:
    """The median of the officers' shifts, 0 without officers."""
    return statistics.median([share.events for share in shares] or [0])


def stand_out_words(shares: Sequence[OfficerShare], verb: str) -> str:
    """`B. Demo and C. Example served 28% of all shifts (34 of 120).`

    Up to three officers with twice the typical number, those above the largest step down, if they served a fifth.
    `verb` is `served`, or `have` in a period that is not over.
    """
    total, typical = sum(share.events for share in shares), typical_shifts(shares)
    one_verb = "has" if verb == "have" else verb
    if not total:
        return f"No officer {one_verb} a shift in that time."
    busiest = sorted(shares, key=lambda share: (-share.events, share.officer.name))
    steps = [before.events - after.events for before, after in itertools.pairwise([*busiest[:4], *busiest[-1:]])][:3]
    many = sum(share.events >= max(2, 2 * typical) for share in busiest[:3])
    top = busiest[: 1 + steps[:many].index(max(steps[:many]))] if many else []
    top = busiest if len(busiest) == 1 else top
    carried = sum(share.events for share in top)
    if carried < STANDS_OUT * total:
        most, of = busiest[0].events, counted(total, "shift")
        return f"Shifts are spread: the busiest of {len(shares):,} officers {one_verb} {most:,} of {of}."
    names = list_words([share.officer.name for share in top], 3)
    verb = one_verb if len(top) == 1 else verb
    if total < MANY_SHIFTS:
        return f"{names} {verb} {carried} of {counted(total, 'shift')}."
    return f"{names} {verb} {half_up(100 * carried / total)}% of all shifts ({carried:,} of {total:,})."


_NOTHING = _Carried(0, 0, Hours(), 0, 0, 0, None, None)


def fair_share(
    snapshot: Snapshot,
    first: dt.date,
    last: dt.date,
    on: dt.date,
    rules: Rules = DEFAULTS,
    among: Collection[str] | None = None,
    *,
    _book: Ledger | None = None,
) -> FairShare:
    """What officers and agencies carried from `first` to `last`, both included, at events held or planned.

    A person carries an event if they are Assigned, Confirmed or Attended, or have hours recorded. An officer's leads
    are the events at which they are Host, an agency's those it leads; an early duty begins before 8:00. `among`: list
    only these people (`Assignment.person`). `_book`: the ledger of all events, if known.
    """
    hours_ledger = _book or ledger(snapshot, rules)
    led = Counter(event.lead_agency for event in hours_ledger.events if first <= event.date <= last)
    nameless = {officer.id for officer in snapshot.officers if officer.stand_in}
    officers, agencies = (
        _add_up_carried(hours_ledger, by, first, last, on, nameless)
        for by in (hours_ledger.lines.person, hours_ledger.lines.sender)
    )
    unknown = agencies.get(None, _NOTHING).hours.people
    by_agency = []
    for short in filter(None, dict.fromkeys([*(agency.short for agency in snapshot.agencies), *led, *agencies])):
        own, agency = agencies.get(short, _NOTHING), snapshot.agency_by_short.get(short)
        is_known = own.events or not unknown
        carried = (own.people, own.events, own.hours, own.early, own.weekends) if is_known else ()
        by_agency.append(AgencyShare(short, led[short], own.last, agency.sworn if agency else None, *carried))
    by_agency.sort(key=lambda share: (share.events is None, _least_recent(share), share.agency))
    off, by_officer = time_off_by_person(snapshot), []
    days = [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
    for person, officer in everyone(snapshot).items():
        if among is not None and person not in among:
            continue
        whole, absences = officers.get(person, _NOTHING), off.get(person, ())
        bounded = absences or officer.active_from or officer.active_to
        away = sum(not is_active(officer, day) or is_off(absences, day) for day in days) if bounded else 0
        if not whole.events and not whole.next and away == len(days):
            continue  # no duty in this period, and never available in it
        available = is_active(officer, on) and not is_off(absences, on) and takes_part(snapshot, officer.agency)
        of_officer = {field.name: getattr(whole, field.name) for field in fields(whole)}
        by_officer.append(OfficerShare(**of_officer, officer=officer, days_away=away, available=available))
    by_officer.sort(
        key=lambda each: (not each.available, each.events, *_least_recent(each), each.officer.name, each.officer.id)
    )
    return FairShare(tuple(by_officer), tuple(by_agency), unknown)


def _add_up_carried(
    book: Ledger, by: CodedColumn, first: dt.date, last: dt.date, on: dt.date, nameless: Collection[str]
) -> Mapping[str | None, _Carried]:
    """For each name of the column: totals of the period, and its duties around the day "on" over the whole sheet."""
    import numpy as np

    lines, person, day = book.lines, book.lines.person, book.day[book.lines.event]
    inside = (day >= first.toordinal()) & (day <= last.toordinal())
    there, hours, past = inside & person.first, book.totals(inside, by), day <= on.toordinal()
    columns = (column[there].tolist() for column in (lines.event, person.numbers, lines.hosts, lines.early, day))
    duties_of = grouped(zip(by.numbers[there].tolist(), zip(*columns, strict=True), strict=True))
    latest, soonest = np.zeros((2, len(by.names)), dtype=np.int64)
    latest[by.numbers[past]] = day[past]  # lines are by day, so of one name the last one stays
    soonest[by.numbers[~past][::-1]] = day[~past][::-1]
    carried: dict[str | None, _Carried] = {}
    for number, name in enumerate(by.names):
        events, people, hosts, early, days = zip(*duties_of[number], strict=True) if number in duties_of else [()] * 5
        # Several nameless rows may be the same person.
        unnamed = any((one := person.names[each]) is None or one in nameless for each in people)
        carried[name] = _Carried(
            len(set(events)),
            1 if by is person else None if unnamed else len(set(people)),
            hours.get(name, Hours()),
            sum(hosts),
            sum(early),
            sum(dt.date.fromordinal(each).isoweekday() >= 6 for each in days),
            *(dt.date.fromordinal(each) if each else None for each in (latest[number].item(), soonest[number].item())),
        )
    return carried


def _least_recent(share: OfficerShare | AgencyShare) -> tuple[dt.date, int, float]:
    hours = share.hours.total if share.hours else None
    return share.last or dt.date.min, share.events or 0, hours or 0

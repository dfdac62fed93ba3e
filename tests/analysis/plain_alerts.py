"""The conflicts of a plan by a plain computation that compares everything with everything."""

import datetime as dt
import itertools
import math

from cwac.analysis.days import national_day
from tests.analysis.plans import AGENCIES


class Plain:
    """Conflicts and towns visited too soon, as docs/coordinators.md describes them, without regard for speed."""

    def __init__(self, snapshot, on):
        self.snapshot, self.on = snapshot, on
        towns = [event.town for event in snapshot.events if event.town]
        self.events = sorted(
            (
                event
                for event in snapshot.events
                if event.date >= on
                and not (towns and not event.town and (event.made_id or self.has_a_date_only(event)))
                and (
                    event.status in (None, "Tentative", "Confirmed")
                    or (event.status == "Completed" and event.date == on)
                )
            ),
            key=lambda event: (event.date, event.start is None, event.start or dt.time(), event.id),
        )
        self.rank = {event.id: n for n, event in enumerate(self.events)}
        self.rows = {
            event.id: [
                row
                for row in snapshot.assignments
                if row.event_id == event.id
                and not row.placeholder
                and row.status not in ("Declined", "Swapped out", "Pulled", "No-show")
            ]
            for event in self.events
        }
        self.people = {row.person for rows in self.rows.values() for row in rows}
        people = [row for row in snapshot.assignments if not row.placeholder]
        self.whose_is_known = bool(snapshot.officers) or not people or any(row.agency for row in people)

    def has_a_date_only(self, event):
        return (event.start, event.venue_text, event.agencies, event.status) == (None, None, (), None)

    def unread(self, events):
        """The agencies of people whose names could not be read, at these events; None where unknown."""
        return [
            person.agency for person in self.snapshot.unread_people if person.event_id in {each.id for each in events}
        ]

    def whose(self, event):
        """The agencies of the people who go; None among them if that of anybody is unknown."""
        return {row.agency for row in self.rows[event.id]} | set(self.unread([event]))

    def span(self, event, row=None):
        if event.start is None:
            return None
        start = dt.datetime.combine(event.date, event.start)
        end = dt.datetime.combine(event.date, event.end) if event.end else start + dt.timedelta(minutes=90)
        if row is not None:
            own = (
                dt.datetime.combine(event.date, row.report_time) if row.report_time else start,
                dt.datetime.combine(event.date, row.release_time) if row.release_time else end,
            )
            if own[0] < own[1]:
                return own
        return start, end

    def chains(self, spans):
        """Groups of (start, end, event) in which each overlaps another, found by joining pairs until none is left."""
        groups = [[span] for span in spans]
        while True:
            for group, other in itertools.combinations(groups, 2):
                if any(a[0] < b[1] and b[0] < a[1] for a in group for b in other):
                    groups.remove(other)
                    group.extend(other)
                    break
            else:
                return sorted((sorted(group, key=self.order) for group in groups), key=lambda group: group[0][0])

    def order(self, span):
        return span[0], span[1], self.rank[span[2].id]

    def names(self, events):
        return tuple(event.id for event in self.events if event in events)

    def lead(self, events):
        leads = {event.lead_agency for event in events}
        return leads.pop() if len(leads) == 1 else None

    def alerts(self):
        wrong = []

        def tell(severity, code, events, officer=None, agency=None, venue=None):
            events = [event for event in self.events if event in events]
            days = (events[0].date - self.on).days
            wrong.append((severity, code, self.names(events), officer, agency, venue, days))

        for person in self.people:
            face = next(row for event in self.events for row in self.rows[event.id] if row.person == person)
            person_and_agency = (face.officer or face.name, face.agency)
            spans = [
                (*self.span(event, row), event)
                for event in self.events
                for row in self.rows[event.id]
                if row.person == person and self.span(event, row)
            ]
            chains = self.chains(spans)
            for chain in chains:
                if len({event.id for *_, event in chain}) > 1:
                    tell("error", "officer-double-booked", [event for *_, event in chain], *person_and_agency)
            for before, after in itertools.pairwise(chains):
                last = max(before, key=lambda span: (span[1], span[0], self.rank[span[2].id]))
                minutes = self.drive(last[2], after[0][2])
                if minutes is not None and (after[0][0] - last[1]) < dt.timedelta(minutes=minutes):
                    tell("warning", "officer-tight-travel", [last[2], after[0][2]], *person_and_agency)
            for planned in self.events:
                if any(row.person == person for row in self.rows[planned.id]):
                    off = [
                        t for t in self.snapshot.time_off if t.officer == person and t.first <= planned.date <= t.last
                    ]
                    if off:
                        tell("error", "officer-on-time-off", [planned], *person_and_agency)
                    officer = self.snapshot.officer_by_id.get(person)
                    if officer and (
                        (officer.active_from and planned.date < officer.active_from)
                        or (officer.active_to and planned.date > officer.active_to)
                    ):
                        tell("error", "officer-inactive", [planned], *person_and_agency)

        for place in {self.place(planned) for planned in self.events} - {None}:
            here = [
                (*self.span(planned), planned)
                for planned in self.events
                if self.place(planned) == place and self.span(planned)
            ]
            for chain in self.chains(here):
                if len(chain) > 1:
                    events = [event for *_, event in chain]
                    first = next(event for event in self.events if event in events)
                    venue = first.venue.name if first.venue else first.venue_text
                    tell("error", "venue-double-booked", events, None, self.lead(events), venue)
        for town in {planned.town for planned in self.events} - {None}:
            two_weeks = dt.timedelta(days=14)
            here = [(event.date, event.date + two_weeks, event) for event in self.events if event.town == town]
            for chain in self.chains(here):
                if len(chain) > 1:
                    events = [event for *_, event in chain]
                    tell("notice", "town-too-soon", events, None, self.lead(events))

        for date in {planned.date for planned in self.events if planned.date == national_day(planned.date.year)}:
            that_day = [event for event in self.events if event.date == date]
            if not self.whose_is_known or any(None in self.whose(event) for event in that_day):
                everybody = {row.person for event in that_day for row in self.rows[event.id]}
                if len(that_day) > len(everybody) + len(self.unread(that_day)):
                    tell("warning", "national-day", that_day, None, self.lead(that_day))
                continue
            for agency in AGENCIES:
                named = [event for event in that_day if agency in event.agencies]
                staffed = {row.person for event in that_day for row in self.rows[event.id] if row.agency == agency}
                if len(named) > len(staffed) + self.unread(that_day).count(agency):
                    tell("warning", "national-day", named, None, agency)
        return wrong

    def place(self, event):
        if event.venue:
            return event.venue.name
        return ("grange hall", event.town) if event.venue_text else None

    def drive(self, event, other):
        if event.id == other.id or (self.place(event) and self.place(event) == self.place(other)):
            return None
        if event.town == other.town and not (self.place(event) and self.place(other)):
            return None
        points = []
        for stop in (event, other):
            for at in (stop.venue, self.snapshot.town_by_name.get(stop.town)):
                if at and at.latitude is not None:
                    points.append((math.radians(at.latitude), math.radians(at.longitude)))
                    break
            else:
                return None
        (lat, lon), (lat2, lon2) = points
        cosine = math.sin(lat) * math.sin(lat2) + math.cos(lat) * math.cos(lat2) * math.cos(lon2 - lon)
        return 1.3 * 3958.8 * math.acos(min(1, cosine)) / 50 * 60 + 15

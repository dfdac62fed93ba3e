"""Find: what the viewer typed in the frame's box, answered from the snapshot that they may see.

What is typed is neither put in the URL nor logged nor kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cwac.analysis import find
from cwac.analysis.find import Kind, Match
from cwac.analysis.words import counted
from cwac.web.sections import officers
from cwac.web.session import AGENCY, ALL_AGENCIES, Session

LONGEST = find.LONGEST

GROUPS: Mapping[Kind, str] = {
    "officer": "Officers",
    "agency": "Agencies",
    "town": "Towns",
    "venue": "Venues",
    "event": "Events",
}
"""Kind -> heading above its matches."""

NOTHING = "Nothing found among what is open to you. Find knows {what} by name, and events by their ID."
SHORT = "Type two letters or more."


def scope(session: Session) -> str:
    """What this viewer can find, in words."""
    return "officers, agencies, towns and venues" if session.sees_staffing else "agencies, towns and venues"


def answer(session: Session, typed: str) -> Mapping[str, Any]:
    """The matches as data for the browser, which shows every text as text."""
    groups = find.search(session.snapshot, session.ask(find.index, session.today), typed)
    if groups is None:
        return {"typed": typed, "said": SHORT, "groups": []}
    count = sum(len(group.matches) + group.more for group in groups)
    return {
        "typed": typed,
        "said": f"{counted(count, 'match', 'matches')}." if count else NOTHING.format(what=scope(session)),
        "groups": [
            {
                "name": GROUPS[group.kind],
                "links": [
                    {"text": match.label, "detail": match.detail, "target": _target(session, match)}
                    for match in group.matches
                ],
                "more": f"{group.more:,} more: keep typing to narrow this down." if group.more else "",
            }
            for group in groups
        ],
    }


def _target(session: Session, match: Match) -> Mapping[str, Any]:
    """The event or the page that a match opens."""
    if match.opens == "officer":
        return _shifts(session, match.key)
    if match.opens == "event":
        return {"event": match.key}
    return {"page": "calendar", "query": {AGENCY if match.opens == "agency" else "town": match.key}}


def _shifts(session: Session, person: str) -> Mapping[str, Any]:
    """The page of an officer's shifts; of one whom a liaison sees at shared events alone, such an event."""
    names = session.ask(officers.names, officers.own_agencies(session.viewer, None))
    label = next((label for label, each in names.items() if each == person), None)
    if label is None and (event_id := find.event_of(session.snapshot, person, session.today)):
        return {"event": event_id}
    query = {} if label is None else {"officer": label}
    if label not in session.ask(officers.names, officers.own_agencies(session.viewer, session.agency)):
        query[AGENCY] = ALL_AGENCIES  # the agency that is selected leaves this officer out
    return {"page": "my_shifts", "query": query}

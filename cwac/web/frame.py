"""The frame in the browser: the stylesheet, and the component with the pages, Find and what is read out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from cwac.analysis import find
from cwac.analysis.find import Kind, Match
from cwac.analysis.words import counted
from cwac.web import session
from cwac.web.components import ours
from cwac.web.sections import officers
from cwac.web.session import AGENCY, ALL_AGENCIES, Session

KEY = "frame"
_TYPED = "_find"
"""Key in Streamlit's session state of what was typed into Find, for the one run that answers it."""


class Stylesheet:
    """Stylesheets as one element. Given their paths alone, Streamlit would read the files again on each rerun."""

    def __init__(self, *files: Path) -> None:
        self._html = f"<style>{''.join(file.read_text(encoding='utf-8') for file in files)}</style>"

    def _repr_html_(self) -> str:
        return self._html


STYLESHEET = Stylesheet(
    Path(__file__).with_name("assets") / "tokens.css", Path(__file__).with_name("assets") / "frame.css"
)

ICONS: Mapping[str, str] = {
    "overview": "home",
    "calendar": "calendar_month",
    "my_shifts": "assignment_ind",
    "staffing": "groups",
    "attendance": "bar_chart",
}
"""Page -> its icon in a phone's bottom bar, where only the first pages have room."""


def style() -> None:
    """Load the one stylesheet of the frame and of Streamlit's own elements."""
    st.html(STYLESHEET)


def draw_pages(pages: Mapping[str, tuple[str, str]], current: str) -> None:
    """Draw the links to `pages` (name of the file -> title, summary), in their order."""
    links = [
        {"page": name, "title": title, "summary": summary, "icon": ICONS.get(name, "circle")}
        for name, (title, summary) in pages.items()
    ]
    ours("frame", js="frame.js", isolate_styles=False)(key="pages", data={"pages": links, "current": current})


def draw(updated: str, words: str) -> None:
    """Draw Find and the age of the data, and announce `words`; call this in a fragment, which a search reruns."""
    shown = session.current()
    typed = str(st.session_state.pop(_TYPED, ""))
    component = ours("frame", js="frame.js", isolate_styles=False)
    component(
        key=KEY,
        data={
            "updated": updated,
            "words": words,
            "finds": scope_words(shown) if shown else "",
            "found": find_matches(shown, typed) if shown and typed else None,
        },
        on_find_change=_typed,
    )


def _typed() -> None:
    typed = getattr(st.session_state.get(KEY), "find", None)
    st.session_state[_TYPED] = typed[: find.LONGEST] if isinstance(typed, str) else ""


# --- Find ---------------------------------------------------------------------------------------------------------
# What is typed is neither put in the URL nor logged nor kept.

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


def scope_words(session: Session) -> str:
    return "officers, agencies, towns and venues" if session.sees_staffing else "agencies, towns and venues"


def find_matches(session: Session, typed: str) -> Mapping[str, Any]:
    """The matches as data for the browser, which shows every text as text."""
    groups = find.search(session.snapshot, session.ask(find.index, session.today), typed)
    if groups is None:
        return {"typed": typed, "said": SHORT, "groups": []}
    count = sum(len(group.matches) + group.more for group in groups)
    return {
        "typed": typed,
        "said": f"{counted(count, 'match', 'matches')}." if count else NOTHING.format(what=scope_words(session)),
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

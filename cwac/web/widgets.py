"""What every page is made of: cell text made harmless, agency badges, filters that live in the URL, downloads."""

from __future__ import annotations

import datetime as dt
import logging
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal, TypeVar

import pyarrow as pa
import streamlit as st

from cwac import logs
from cwac.analysis.events import (
    assigned,
    clock_range,
    day_words,
    is_live,
    state_words,
    statuses_named,
    towns_named,
    where,
)
from cwac.analysis.positions import open_positions, positions
from cwac.model import Assignment, Event, Severity, Snapshot
from cwac.storage import audit

_log = logging.getLogger(__name__)
_Line = TypeVar("_Line")
Border = bool | Literal["horizontal"]

# --- text as text -------------------------------------------------------------------------------------------------

_CONTROL = re.compile(r"[\u0000-\u0008\u000b-\u001f\u007f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_LINKED_ANYWAY = re.compile(r"(?i)(?:https?|ftp)(?=\\:)|\bwww(?=\\\.)|\\@|\\:(?=streamlit\\:)|\\[-<>~](?=\\[-=>])")


def md(text: object) -> str:
    """Text from the sheet, for any element that reads Markdown: shown as typed, never as formatting, link or image.

    Backslashes alone do not do: addresses and arrows are made into links and signs after they were taken out.
    """
    return "" if text is None else _escaped(str(text))


@lru_cache(maxsize=8192)  # the same names, places and days stand on every page
def _escaped(text: str) -> str:
    plain = _CONTROL.sub("", " ".join(text.split()))
    escaped = _PUNCTUATION.sub(r"\\\1", plain)
    return _LINKED_ANYWAY.sub(lambda match: match.group(0) + "\u2060", escaped)


def counted(number: int, noun: str, nouns: str | None = None) -> str:
    """`1 event`, `3 events`, `1,200 events`."""
    return f"{number:,} {noun if number == 1 else nouns or noun + 's'}"


# --- colors ------------------------------------------------------------------------------------------------------

FALLBACK = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#5d3a9b", "#8c6d1f")
"""Told apart with any color vision (Okabe and Ito, and two more); the name always stands beside."""
UNKNOWN = "#6b7280"
_HEX = re.compile(r"#[0-9a-f]{6}")
ENOUGH = 4.5
"""The least contrast of text, WCAG 2.2 at level AA."""


def luminance(color: str) -> float:
    """Relative luminance, 0 to 1, of `#rrggbb` (WCAG 2.2)."""
    channels = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def readable(color: str, ground: str) -> str:
    """The color, moved towards black or white only as far as it takes to be read on this ground."""
    goal = "#000000" if luminance(ground) > 0.18 else "#ffffff"
    for step in range(21):
        mixed = _mixed(color, goal, step / 20)
        if contrast(mixed, ground) >= ENOUGH:
            return mixed
    return goal


def _mixed(color: str, other: str, share: float) -> str:
    parts = [
        round(int(color[place : place + 2], 16) * (1 - share) + int(other[place : place + 2], 16) * share)
        for place in (1, 3, 5)
    ]
    return "#" + "".join(f"{part:02x}" for part in parts)


def agency_colors(snapshot: Snapshot) -> Mapping[str, str]:
    """Short name -> `#rrggbb`: what the sheet says, else the next of the fallback set, in the order of the sheet."""
    spare = iter(FALLBACK * (len(snapshot.agencies) // len(FALLBACK) + 1))
    return {
        agency.short: agency.color if agency.color and _HEX.fullmatch(agency.color) else next(spare)
        for agency in snapshot.agencies
    }


def badge(short: str | None, colors: Mapping[str, str]) -> str:
    """An agency's mark, in Markdown: its short name on its color, in black or white, whichever is easier to read."""
    return "" if short is None else _mark(short, colors.get(short, UNKNOWN))


@lru_cache(maxsize=256)
def _mark(short: str, ground: str) -> str:
    ink = max(("#ffffff", "#000000"), key=lambda candidate: contrast(candidate, ground))
    unbroken_short = md(short).replace("\\-", "\\-\u2060")
    return f':color[{unbroken_short}]{{foreground="{ink}" background="{ground}"}}'


def badges(agencies: Iterable[str], colors: Mapping[str, str]) -> str:
    return " ".join(badge(short, colors) for short in agencies)


SEVERITY_SHAPES: Mapping[Severity | None, str] = {
    "error": ":material/error:",
    "warning": ":material/warning:",
    "notice": ":material/info:",
}
SEVERITY_WORDS: Mapping[Severity, str] = {
    "error": f"{SEVERITY_SHAPES['error']} **Error**",
    "warning": f"{SEVERITY_SHAPES['warning']} **Warning**",
    "notice": f"{SEVERITY_SHAPES['notice']} Notice",
}
"""A severity is a shape and a word, whatever its color."""


# --- events -------------------------------------------------------------------------------------------------------

STATE_SHAPES: Mapping[str, str] = {
    "Draft": ":material/draft:",
    "Tentative": ":material/help:",
    "Confirmed": ":material/check:",
    "Completed": ":material/done_all:",
    "Cancelled": ":material/cancel:",
    "Postponed": ":material/event_repeat:",
}
AT_ONCE = 60
"""The most lines that a list shows at a time: more is no longer read, only scrolled."""


def state(event: Event) -> str:
    """The event's state as a shape and in words."""
    return f"{STATE_SHAPES[event.status or 'Tentative']} {md(state_words(event))}"


def staffed(event: Event, assignments: Sequence[Assignment]) -> str:
    """`3 of 4 staffed`, people of positions; where the sheet asks for nobody, `3 going`."""
    people, wanted = len(assigned(assignments)), positions(event, assignments)
    if wanted is None:
        return f"{people} going"
    words = unbroken(f"{people} of {wanted}")
    return f":material/group_add: **{words}** staffed" if open_positions(event, assignments) else f"{words} staffed"


def table(
    columns: Mapping[str, Sequence[object]], alt: str, border: bool | Literal["horizontal"] = "horizontal"
) -> None:
    """A table to be read: cells are Markdown, as are headers. As Arrow at once, which spares each rerun a frame."""
    st.table(pa.table(dict(columns)), border=border, hide_index=True, alt=alt)


def unbroken(text: str) -> str:
    """Words that stay on one line."""
    return text.replace(" ", "\u00a0")


def event_table(snapshot: Snapshot, events: Sequence[Event], today: dt.date, *, gaps: bool, alt: str) -> None:
    """One line an event: when, where, who, how many and in what state. `gaps` is whether staffing may be told."""
    colors = agency_colors(snapshot)
    columns: dict[str, list[str]] = {"When": [], "Where": [], "Agencies": [], "State": []}
    for event in events:
        struck = "~~" if event.status in ("Cancelled", "Postponed") else ""
        when = f"**{unbroken(md(day_words(event.date, today)))}** {unbroken(md(clock_range(event.start, event.end)))}"
        columns["When"].append(f"{struck}{when}{struck}")
        columns["Where"].append(f"{struck}{md(where(event))}{struck}")
        columns["Agencies"].append(badges(event.agencies, colors))
        going = snapshot.assignments_by_event.get(event.id, ())
        told = f", {staffed(event, going)}" if gaps and is_live(event) else ""
        columns["State"].append(state(event) + told)
    table(columns, alt)


def undated_table(snapshot: Snapshot, agency: str | None) -> None:
    """The events that have no readable date yet, and what was typed for it."""
    colors = agency_colors(snapshot)
    waiting = [one for one in snapshot.undated if agency in (None, one.lead_agency, *one.partner_agencies)]
    columns = {
        "Date as typed": [md(one.found or "nothing") for one in waiting],
        "Where": [md(one.venue_text or one.town or "place not known") for one in waiting],
        "Agencies": [badges(filter(None, (one.lead_agency, *one.partner_agencies)), colors) for one in waiting],
        "Row": [f"{one.row} of Events" for one in waiting],
    }
    table(columns, "Events without a readable date")


def town_names(snapshot: Snapshot) -> tuple[str, ...]:
    """The towns that events are in, by name."""
    return tuple(sorted(towns_named(snapshot)))


def status_names(snapshot: Snapshot) -> tuple[str, ...]:
    """The states that events are in, in the order of an event's life."""
    return tuple(status for status in STATE_SHAPES if status in statuses_named(snapshot))


# --- filters in the URL -------------------------------------------------------------------------------------------

_ASKED = "_asked"


def note_what_was_asked() -> None:
    """Keep the URL's values for this run. To be called before the first widget: an invalid one is then taken away."""
    st.session_state[_ASKED] = {key: tuple(st.query_params.get_all(key)) for key in st.query_params}


# Streamlit writes what is chosen in white on the theme's accent, which by night is too light for it.
_CHIPS_BY_NIGHT = "<style>[data-testid=stMultiSelect] [data-tag] { color: #0f1419; }</style>"


def is_dark() -> bool:
    """Whether the viewer's theme is the dark one."""
    return st.context.theme.type == "dark"


class Filters:
    """A row of filters, each kept in the URL under its key. What a link asks for and nobody knows is told below it."""

    def __init__(self) -> None:
        self._row = st.container(horizontal=True, vertical_alignment="bottom")
        self._strange: list[str] = []

    def __enter__(self) -> Filters:
        return self

    def __exit__(self, *_: object) -> None:
        self.say()

    def say(self) -> None:
        if self._strange:
            st.info(f"The link asks for {', '.join(self._strange)}, which is not known here. It is left out.")

    def view(self, label: str, options: Sequence[str], key: str) -> str:
        """One of a few views, the first by default."""
        self._check(label, options, key)
        chosen = self._row.segmented_control(
            label, options, default=options[0], required=True, key=key, bind="query-params"
        )
        return chosen or options[0]

    def one(self, label: str, options: Sequence[str], key: str, width: int = 200) -> str:
        """One of the options, the first by default."""
        self._check(label, options, key)
        return str(self._row.selectbox(label, options, key=key, bind="query-params", width=width))

    def check(self, label: str, key: str) -> bool:
        """Yes or no, no by default."""
        return self._row.toggle(label, key=key, bind="query-params")

    def day(self, label: str, default: dt.date, key: str) -> dt.date:
        day = self._row.date_input(label, default, key=key, bind="query-params", format="YYYY-MM-DD", width=150)
        return day or default

    def many(self, label: str, options: Sequence[str], key: str, width: int = 280) -> tuple[str, ...]:
        """Any of the options; none chosen means all."""
        self._check(label, options, key)
        chosen = self._row.multiselect(label, options, key=key, bind="query-params", placeholder="All", width=width)
        if chosen and is_dark():
            st.html(_CHIPS_BY_NIGHT)
        return tuple(chosen)

    def _check(self, label: str, options: Sequence[str], key: str) -> None:
        asked = st.session_state.get(_ASKED, {}).get(key, ())
        self._strange += [f'{label.lower()} "{md(one[:40])}"' for one in asked if one not in options]


def clear(*keys: str) -> None:
    """Back to everything, for these filters; to be called on a click."""
    for key in keys:
        st.session_state.pop(key, None)


def page_of(lines: Sequence[_Line], count: str, key: str) -> Sequence[_Line]:
    """At most `AT_ONCE` of the lines, with how many there are (`count`, in words) and the way to the others."""
    pages = -(-len(lines) // AT_ONCE)
    if pages < 2:
        st.markdown(count)
        return lines
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        place = st.container(width="content")
        number = st.pagination(pages, key=f"page-{key}")
    first = (number - 1) * AT_ONCE
    place.markdown(f"{count}: {first + 1:,} to {min(first + AT_ONCE, len(lines)):,}")
    return lines[first : first + AT_ONCE]


COUNTY = "county"
"""In the session and in the URL: which county's sheet is looked at, where several are served."""


def in_county(name: str) -> dict[str, str]:
    """What a link to here must ask for beside all else."""
    return {COUNTY: name} if name else {}


PAGES = Path(__file__).resolve().parent.parent.parent / "pages"


def link(page: str, label: str, asking: Mapping[str, str]) -> None:
    """A link to a page (by its file's name) that is listed in the frame, with filters set."""
    st.page_link(
        PAGES / f"{page}.py",
        label=label,
        icon=":material/arrow_forward:",
        icon_position="right",
        query_params=dict(asking),
    )


# --- nothing there, trouble, and ways out --------------------------------------------------------------------------


def empty(sentence: str) -> None:
    """Instead of nothing: what would fill this place."""
    st.info(sentence, icon=":material/info:")


WHO = "_who"
"""Where the door leaves the visitor's address for the audit, or what kind of viewer it is."""


STILL_OPEN = "_still_open"
"""Where the door leaves what tells whether the visitor may still have what the page holds."""


def download(label: str, name: str, make: Callable[[], bytes], mime: str = "text/csv") -> None:
    """A download that is made only when somebody asks for it, which is noted, and does not rerun the page."""
    who = st.session_state.get(WHO, "somebody")

    may_have = st.session_state.get(STILL_OPEN, lambda: True)

    def made() -> bytes:
        if not may_have():
            audit.note(who, f"was refused {name}")
            raise RuntimeError("The download is no longer open to them")
        audit.note(who, f"downloaded {name}")
        try:
            return make()
        except Exception as error:
            # Streamlit logs whatever comes out of here with its message, which may quote a cell.
            _log.error("A download failed: %s at %s", type(error).__name__, logs.place(error))
            raise RuntimeError("The download could not be made") from None

    st.download_button(
        label, made, file_name=name, mime=mime, on_click="ignore", icon=":material/download:", key=f"download-{name}"
    )

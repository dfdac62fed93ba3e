"""Cards, tiles, strips, bars, grids and tables as plain data, and the one component that draws them.

Every text is shown as text, so nothing here needs escaping.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeAlias

import streamlit as st

from cwac.exports.colors import UNKNOWN_COLOR, visible
from cwac.web import streamlit_compat

Piece: TypeAlias = str | Mapping[str, Any]
"""Part of a line: a text, or a dict made by one of the functions below."""
Line: TypeAlias = Sequence[Piece]
Block: TypeAlias = Mapping[str, Any]
Tone = Literal["plain", "good", "notice", "warning", "error"]
"""How much attention something needs; always shown by a symbol or a word too, never by a color alone."""
Part: TypeAlias = tuple[float, Tone | Literal["quiet"]]
SHOWN_FIRST = 10
"""Cards or rows before "Show more": the usual `limit` of a list, where None shows all.

On a narrow screen it is `narrow`, or if that is None the same.
"""


@cache
def ours(name: str, **files: Any) -> Callable[..., Any]:
    """Our component of that name in `cwac/pyproject.toml`. Not at import: Streamlit scans for them as it starts."""
    streamlit_compat.register_components(Path(__file__).resolve().parents[2], "cwac.calendar")
    component = st.components.v2.component(f"cwac.{name}", **files)

    def mount(data: Mapping[str, object], **options: Any) -> Any:
        # Streamlit spends 0.15 ms on checking whether a list is a table, and no time on a tuple.
        return component(data={key: tuple(v) if isinstance(v, list) else v for key, v in data.items()}, **options)

    return mount


def draw(key: str, *blocks: Block, **options: Any) -> None:
    """Draw blocks below each other. A click on an event opens its dialog; a click on a page shows that page."""
    component = ours("blocks", css="blocks.css", js="blocks.js", isolate_styles=False)
    component(key=f"blocks-{key}", data={"blocks": list(blocks)}, **options)


# --- pieces of a line ---------------------------------------------------------------------------------------------

BREAK: Piece = {"type": "break"}


def strong(text: str) -> Piece:
    return {"type": "strong", "text": text}


def quiet(text: str) -> Piece:
    return {"type": "quiet", "text": text}


def wide(text: str) -> Piece:
    """Quiet text that a phone only reads out."""
    return {"type": "wide", "text": text}


def struck(text: str) -> Piece:
    """Text with a line through it: an event that was called off, an officer who declined."""
    return {"type": "struck", "text": text}


def agency(short: str, colors: Mapping[str, str], *, lead: bool = False) -> Piece:
    """An agency's short name beside a dot in its color, bold if it leads the event."""
    return {"type": "agency", "name": short, "color": visible(colors.get(short, UNKNOWN_COLOR)), "lead": lead}


def agencies(lead: str | None, partners: Sequence[str], colors: Mapping[str, str]) -> Line:
    """The agencies of an event in words: `WPD leads, with CHP-MS and SCSO`."""
    line: list[Piece] = (
        [agency(lead, colors, lead=True), quiet(" leads, with " if partners else " leads")] if lead else []
    )
    for place, short in enumerate(partners):
        if place:
            line.append(quiet(" and " if place == len(partners) - 1 else ", "))
        line.append(agency(short, colors))
    return line


def dots(filled: int, of: int, text: str) -> Piece:
    """One dot a position, filled or hollow, at most twelve, then the words, such as `3 of 5 staffed`."""
    return {"type": "dots", "filled": filled, "of": of, "text": text}


def chip(text: str, tone: Tone = "plain") -> Piece:
    return {"type": "chip", "text": text, "tone": tone}


def event_link(event_id: str, text: str) -> Piece:
    """A link that opens the event's dialog on the page at hand."""
    return {"type": "event", "id": event_id, "text": text}


def page_link(
    page: str,
    text: str,
    query: Mapping[str, str] | None = None,
    *,
    button: bool = False,
    expanded: bool | None = None,
) -> Piece:
    """A link to a page (the name of its file); the agency, the county and "view as" of the URL are carried along.

    With `button` it looks like a button, as one choice of many. `expanded`: whether what the link opens in its place
    is there already.
    """
    piece = {"type": "page", "page": page, "query": dict(query or {}), "text": text, "button": button}
    return piece if expanded is None else piece | {"expanded": str(expanded).lower()}


def link(url: str, text: str) -> Piece:
    """A link to another site, in a new tab."""
    if not url.startswith(("https://", "tel:", "mailto:")):
        raise ValueError("Links to other sites must be https")
    return {"type": "link", "url": url, "text": text}


def copy_button(label: str, text: str, *, query: bool = False) -> Piece:
    """A button that copies the text byte for byte; a `query` as a link to the page at hand."""
    return {"type": "copy", "label": label, "text": text} | ({"query": True} if query else {})


def draw_copy_button(label: str, text: str, key: str) -> None:
    """Draw a button that copies the text. Text that begins with `?` is a query, copied as a link to this page."""
    draw(f"copy-{key}", lines([copy_button(label, text, query=text.startswith("?"))]), width="content")


def sparkline(values: Sequence[float | None], text: str) -> Piece:
    """A small line through the values (None is a gap); `text` says the same to screen readers."""
    return {"type": "line", "values": list(values), "text": text}


# --- blocks -------------------------------------------------------------------------------------------------------


def heading(text: str, wide: str = "") -> Block:
    """A heading of the second level, above the blocks that follow; a phone leaves out what is `wide`."""
    return {"kind": "heading", "text": text} | ({"wide": wide} if wide else {})


def note(text: str) -> Block:
    """A sentence in place of an empty list: what will fill it."""
    return {"kind": "note", "text": text}


def lines(*each: Line) -> Block:
    """Paragraphs."""
    return {"kind": "lines", "lines": [list(line) for line in each]}


def card(
    title: Line,
    *more: Line,
    tone: Tone = "plain",
    actions: Sequence[Piece] = (),
    large: bool = False,
) -> Mapping[str, Any]:
    """A card. A link in its title covers the card; `actions` are links and buttons beside it."""
    return {
        "title": list(title),
        "lines": [list(line) for line in more if line],
        "tone": tone,
        "actions": list(actions),
        "large": large,
    }


def cards(
    cards_shown: Sequence[Mapping[str, Any]],
    label: str,
    *,
    columns: int = 1,
    limit: int | None = SHOWN_FIRST,
    narrow: int | None = None,
) -> Block:
    """A list of cards, in columns at a desk. `label` names the list for screen readers."""
    block = {"kind": "cards", "cards": list(cards_shown), "label": label, "columns": columns}
    return block | {"limit": limit, "narrow": narrow or limit}


def row(cells: Sequence[Line], *, below: Sequence[Line] = ()) -> Mapping[str, Any]:
    """A row of `rows`, a cell for each column, with lines `below` it. A click anywhere on it follows its first link."""
    return {"cells": [list(each) for each in cells], "below": [list(line) for line in below]}


def rows(
    columns: Sequence[str],
    rows_shown: Sequence[Mapping[str, Any]],
    label: str,
    *,
    top: Collection[int] = (0,),
    desk: Collection[int] = (),
    limit: int | None = SHOWN_FIRST,
    narrow: int | None = None,
) -> Block:
    """A list of rows of 40 px, such as events.

    On a phone a row has two lines, the columns `top` in the first one; those of `desk` are then only heard and copied.
    """
    block = {"kind": "rows", "columns": list(columns), "rows": list(rows_shown), "label": label}
    return block | {"top": sorted(top), "desk": sorted(desk), "limit": limit, "narrow": narrow or limit}


def tile(name: Line, value: str, note: Line = (), tone: Tone = "plain") -> Mapping[str, Any]:
    """A number with its name. A link in the name covers the tile."""
    return {"name": list(name), "value": value, "note": list(note), "tone": tone}


def tiles(tiles_shown: Sequence[Mapping[str, Any]], label: str) -> Block:
    return {"kind": "tiles", "tiles": list(tiles_shown), "label": label}


def mark(event_id: str, town: str, staffed: str, text: str, tone: Tone, conflict: bool) -> Mapping[str, Any]:
    """An event in a strip: a few letters of its town, and `4/5` in its `tone`, with ⚠ if it has a `conflict`.

    `text` is what a screen reader hears after these.
    """
    return {"event": event_id, "town": town, "staffed": staffed, "text": text, "tone": tone, "conflict": conflict}


def strip(weeks: Sequence[tuple[str, Sequence[Mapping[str, Any]], bool, Piece | None]], label: str) -> Block:
    """Weeks as (name, marks, whether it is the current one, a link to the events that have no mark)."""
    listed = [{"name": name, "marks": list(marks), "now": now, "more": more} for name, marks, now, more in weeks]
    return {"kind": "strip", "weeks": listed, "label": label}


def bar(name: Line, parts: Sequence[Part], text: Line) -> Mapping[str, Any]:
    """A bar with its `parts` side by side; `text` says the numbers with their unit."""
    return {"name": list(name), "parts": [{"value": value, "tone": tone} for value, tone in parts], "text": list(text)}


def bars(
    rows: Sequence[Mapping[str, Any]],
    label: str,
    *,
    limit: int | None = None,
    narrow: int | None = None,
    line: float | None = None,
) -> Block:
    """Bars on one scale below each other; a `line` crosses all at this value, which the text beside them must say."""
    return {"kind": "bars", "rows": list(rows), "label": label, "limit": limit, "narrow": narrow or limit, "line": line}


def table(
    columns: Sequence[str],
    rows: Sequence[Sequence[Line]],
    caption: str,
    *,
    limit: int | None = None,
    narrow: int | None = None,
) -> Block:
    """A table; on a phone its rows become cards. The first cell of a row is its header."""
    cells = [[list(cell) for cell in row] for row in rows]
    block = {"kind": "table", "columns": list(columns), "rows": cells, "caption": caption}
    return block | {"limit": limit, "narrow": narrow or limit}

"""The content of blocks as plain data for the browser. Every text is shown as text, so nothing here needs escaping."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

from cwac.analysis.periods import first_day_of_week
from cwac.date_words import clock, month_day
from cwac.exports.colors import UNKNOWN_COLOR, visible

Piece: TypeAlias = str | Mapping[str, Any]
"""Part of a line: a text, or a dict made by one of the functions below."""
Line: TypeAlias = Sequence[Piece]
Block: TypeAlias = Mapping[str, Any]
Tone = Literal["plain", "good", "notice", "warning", "error"]
"""How much attention something needs; always shown by a symbol or a word too, never by a color alone."""
Part: TypeAlias = tuple[float, Tone | Literal["quiet"], str | None]
"""Part of a bar: its value, its tone, and a color `#rrggbb` in place of the tone's."""
SHOWN_FIRST = 10
"""Cards or rows of a long list before "Show more"."""

# --- pieces of a line ---------------------------------------------------------------------------------------------

BREAK: Piece = {"type": "break"}


def strong(text: str) -> Piece:
    return {"type": "strong", "text": text}


def quiet(text: str) -> Piece:
    return {"type": "quiet", "text": text}


def struck(text: str) -> Piece:
    """Text with a line through it: an event that was called off, an officer who declined."""
    return {"type": "struck", "text": text}


def agency(short: str, colors: Mapping[str, str], *, lead: bool = False) -> Piece:
    """An agency's short name beside a dot in its color, bold if it leads the event."""
    return {"type": "agency", "name": short, "color": visible(colors.get(short, UNKNOWN_COLOR)), "lead": lead}


def agencies(lead: str | None, partners: Sequence[str], colors: Mapping[str, str]) -> Line:
    """The agencies of an event, the lead first."""
    leading = [agency(lead, colors, lead=True)] if lead else []
    return [*leading, *(agency(short, colors) for short in partners)]


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


def sparkline(values: Sequence[float | None], text: str) -> Piece:
    """A small line through the values (None is a gap); `text` says the same to screen readers."""
    return {"type": "line", "values": list(values), "text": text}


# --- blocks -------------------------------------------------------------------------------------------------------


def heading(text: str) -> Block:
    """A heading of the second level, above the blocks that follow."""
    return {"kind": "heading", "text": text}


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
    picture: Block | None = None,
) -> Mapping[str, Any]:
    """A card. A link in its title covers the card; `actions` are links and buttons beside it.

    `picture` is a block below the lines, such as `spans`.
    """
    return {
        "title": list(title),
        "lines": [list(line) for line in more if line],
        "tone": tone,
        "actions": list(actions),
        "large": large,
        "picture": picture,
    }


def cards(
    cards_shown: Sequence[Mapping[str, Any]],
    label: str,
    *,
    columns: int = 1,
    limit: int | None = SHOWN_FIRST,
    narrow: int | None = None,
) -> Block:
    """A list of cards, in columns at a desk. `label` names the list for screen readers.

    `limit` cards are shown before "Show more", `narrow` (the same if None) on a narrow screen.
    """
    return {
        "kind": "cards",
        "cards": list(cards_shown),
        "label": label,
        "columns": columns,
        "limit": limit,
        "narrow": narrow or limit,
    }


def tile(name: Line, value: str, note: Line = (), tone: Tone = "plain") -> Mapping[str, Any]:
    """A number with its name. A link in the name covers the tile."""
    return {"name": list(name), "value": value, "note": list(note), "tone": tone}


def tiles(tiles_shown: Sequence[Mapping[str, Any]], label: str) -> Block:
    return {"kind": "tiles", "tiles": list(tiles_shown), "label": label}


def mark(event_id: str, share: float | None, text: str, *, conflict: bool = False) -> Mapping[str, Any]:
    """An event in a strip: filled by the share of its positions that are staffed (0 to 1), None if not known."""
    return {"event": event_id, "share": None if share is None else round(share, 3), "text": text, "conflict": conflict}


def strip(weeks: Sequence[tuple[str, Sequence[Mapping[str, Any]], bool, Piece | None]], label: str) -> Block:
    """Weeks as (name, marks, whether it is the current one, a link to the events that have no mark)."""
    listed = [{"name": name, "marks": list(marks), "now": now, "more": more} for name, marks, now, more in weeks]
    return {"kind": "strip", "weeks": listed, "label": label}


def bar(name: Line, parts: Sequence[Part], text: Line, of: float | None = None) -> Mapping[str, Any]:
    """A bar with its `parts` side by side; `text` says the numbers with their unit.

    All bars of a block share a scale, up to the longest bar or the largest `of`.
    """
    listed = [{"value": value, "tone": tone, "color": color} for value, tone, color in parts]
    return {"name": list(name), "parts": listed, "text": list(text), "of": of}


def bars(
    rows: Sequence[Mapping[str, Any]],
    label: str,
    *,
    limit: int | None = None,
    narrow: int | None = None,
    each: bool = False,
) -> Block:
    """Bars below each other; `limit` of them are shown before "Show more", `narrow` of them on a narrow screen.

    With `each`, every bar has a scale of its own, up to its `of`.
    """
    listed = {"kind": "bars", "rows": list(rows), "label": label, "limit": limit, "narrow": narrow or limit}
    return listed | {"each": each}


def cell(text: str, level: int = 0, event_id: str | None = None, *, total: bool = False) -> Mapping[str, Any]:
    """A cell of a grid: `level` 0 to 3 is how dark its ground is, 4 an outline for "too much".

    Without text it has a small dot, which screen readers hear as "none". A `total` is set apart from the cells.
    """
    return {"text": text, "level": level, "event": event_id, "total": total}


def grid(
    columns: Sequence[str],
    rows: Sequence[tuple[Line, Sequence[Mapping[str, Any]]]],
    caption: str,
    *,
    narrow: int | None = None,
    ahead: int | None = None,
) -> Block:
    """A heat grid. `columns` begins with the name of the column of row names; a phone shows the last `narrow`.

    A thick line stands before the column `ahead`, the first one of the future.
    """
    listed = [{"name": list(name), "cells": list(cells)} for name, cells in rows]
    return {
        "kind": "grid",
        "columns": list(columns),
        "rows": listed,
        "caption": caption,
        "narrow": narrow,
        "ahead": ahead,
    }


def spans(rows: Sequence[tuple[Line, dt.datetime, dt.datetime, Tone]], label: str) -> Block:
    """Bars on one time axis: (name, start, end, tone). The names must say the times in words."""
    first = min(start for _, start, _, _ in rows).replace(minute=0, second=0)
    last = max(end for _, _, end, _ in rows)
    hours = max(1, -(-int((last - first).total_seconds()) // 3600))
    step = next(step for step in (1, 2, 3, 6, 12, 24 * max(1, hours // 96)) if hours / step <= 8 or step >= 24)
    width = dt.timedelta(hours=hours).total_seconds()

    def at(moment: dt.datetime) -> float:
        return round((moment - first).total_seconds() / width, 4)

    ticks = [first + dt.timedelta(hours=hour) for hour in range(0, hours + 1, step)]
    return {
        "kind": "spans",
        "label": label,
        "ticks": [
            {"at": at(tick), "text": month_day(tick.date()) if step >= 24 else clock(tick).replace(":00", "")}
            for tick in ticks
        ],
        "rows": [
            {"name": list(name), "from": at(start), "to": at(end), "tone": tone} for name, start, end, tone in rows
        ],
    }


def month(
    caption: str, first: dt.date, today: dt.date, events: Mapping[dt.date, tuple[int, Piece]], *, desk: bool = False
) -> Block:
    """A month as a small table. `events` is day -> (number of events, `event_link` or `page_link` naming them).

    With `desk` it is left out on narrow screens.
    """
    start = first_day_of_week(first)
    weeks: list[list[Mapping[str, Any] | None]] = []
    day = start
    while day <= first or day.month == first.month:
        week: list[Mapping[str, Any] | None] = []
        for _ in range(7):
            week.append(_day_of_month(day, today, events.get(day)) if day.month == first.month else None)
            day += dt.timedelta(days=1)
        weeks.append(week)
    return {"kind": "month", "caption": caption, "weeks": weeks, "desk": desk}


def _day_of_month(day: dt.date, today: dt.date, events: tuple[int, Piece] | None) -> Mapping[str, Any]:
    target: Mapping[str, Any] | None = None
    text = ""
    if events is not None and not isinstance(events[1], str):
        piece = events[1]
        text = str(piece["text"])
        is_event = piece["type"] == "event"
        target = {"event": piece["id"]} if is_event else {"page": piece["page"], "query": piece["query"]}
    return {
        "number": day.day,
        "today": day == today,
        "events": events[0] if events else 0,
        "target": target,
        "text": text,
    }


def table(
    columns: Sequence[str],
    rows: Sequence[Sequence[Line]],
    caption: str,
    *,
    limit: int | None = None,
    narrow: int | None = None,
) -> Block:
    """A table; on a phone its rows become cards. The first cell of a row is its header.

    `limit` rows are shown before "Show more", `narrow` of them on a narrow screen.
    """
    return {
        "kind": "table",
        "columns": list(columns),
        "rows": [[list(cell_shown) for cell_shown in row] for row in rows],
        "caption": caption,
        "limit": limit,
        "narrow": narrow or limit,
    }

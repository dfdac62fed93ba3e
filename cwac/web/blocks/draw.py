"""Draw blocks and follow their links."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from cwac.web import widgets
from cwac.web.blocks.content import Block
from cwac.web.calendar.browser import EVENT
from cwac.web.components import ours

CARRIED = ("agency", widgets.COUNTY, "as")
"""URL parameters that links to other pages keep."""
LONGEST_ID = 500
"""Characters of an event ID or of a parameter that a browser may send."""


def draw(key: str, *blocks: Block) -> None:
    """Draw blocks below each other. A click on an event opens its dialog; a click on a page shows that page."""
    component = ours("blocks", css="blocks.css", js="blocks.js", isolate_styles=False)
    name = f"blocks-{key}"
    result = component(
        key=name, data={"blocks": list(blocks)}, on_open_change=lambda: _open(name), on_go_change=lambda: None
    )
    _go(getattr(result, "go", None))


def _open(name: str) -> None:
    event_id = getattr(st.session_state.get(name), "open", None)
    if isinstance(event_id, str) and len(event_id) <= LONGEST_ID:
        st.query_params[EVENT] = event_id


def _go(target: object) -> None:
    """Show the page that was clicked, with its query. A page that does not exist is ignored."""
    if not isinstance(target, Mapping):
        return
    page, query = target.get("page"), target.get("query")
    if page in {file.stem for file in widgets.PAGES.glob("*.py")}:
        st.switch_page(widgets.PAGES / f"{page}.py", query_params={**carried(), **_plain(query)})


def carried() -> dict[str, str]:
    """The agency, the county and "view as" of the URL."""
    return {name: st.query_params[name] for name in CARRIED if name in st.query_params}


def _plain(query: Any) -> dict[str, str]:
    pairs = query.items() if isinstance(query, Mapping) else ()
    return {str(name): value for name, value in pairs if isinstance(value, str) and len(value) <= LONGEST_ID}

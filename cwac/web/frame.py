"""The frame in the browser: the stylesheet, and the component with Find, a phone's bottom bar and what is read out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import streamlit as st

from cwac.web import find, session
from cwac.web.components import ours

KEY = "frame"
_TYPED = "_find"
"""Key in Streamlit's session state of what was typed into Find, for the one run that answers it."""


class Stylesheet:
    """A stylesheet as an element. Given the path alone, Streamlit would read the file again on each rerun."""

    def __init__(self, file: Path) -> None:
        self._html = f"<style>{file.read_text(encoding='utf-8')}</style>"

    def _repr_html_(self) -> str:
        return self._html


STYLESHEET = Stylesheet(Path(__file__).with_name("assets") / "frame.css")

MAIN: Mapping[str, tuple[str, str]] = {
    "overview": ("Home", "home"),
    "calendar": ("Calendar", "calendar_month"),
    "my_shifts": ("My shifts", "assignment_ind"),
    "staffing": ("Staffing", "groups"),
    "attendance": ("Attendance", "bar_chart"),
}
"""Page -> its name and icon in the bottom bar: the first four that a viewer may open; all others are under "More"."""


def style() -> None:
    """Load the one stylesheet of the frame and of Streamlit's own elements."""
    st.html(STYLESHEET)


def links(pages: Sequence[tuple[str, str]]) -> Sequence[Mapping[str, str]]:
    """The links of the bottom bar to `pages`, (name of the file, title), in its order."""
    return [
        {"page": name, "title": MAIN[name][0] if name in MAIN else title, "icon": MAIN.get(name, ("", ""))[1]}
        for name, title in sorted(pages, key=lambda page: [*MAIN, page[0]].index(page[0]))
    ]


def draw(data: Mapping[str, object]) -> None:
    """Draw Find, the bottom bar and the age of the data; call this in a fragment, which a search reruns.

    `data`: `pages` from `links`, `current` the page at hand, `updated` the age, `words` what screen readers say.
    """
    shown = session.current()
    typed = str(st.session_state.pop(_TYPED, ""))
    component = ours("frame", js="frame.js", isolate_styles=False)
    component(
        key=KEY,
        data={
            **data,
            "finds": find.scope(shown) if shown else "",
            "found": find.answer(shown, typed) if shown and typed else None,
        },
        on_find_change=_typed,
    )


def _typed() -> None:
    typed = getattr(st.session_state.get(KEY), "find", None)
    st.session_state[_TYPED] = typed[: find.LONGEST] if isinstance(typed, str) else ""

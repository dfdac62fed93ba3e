"""The frame every page stands in: ribbon, sign-in, navigation, agency switch and "as of". Run on each rerun."""

from functools import partial

import streamlit as st

from cwac import access
from cwac.access import Viewer
from cwac.web import county, session, widgets
from cwac.web.viewer import Doorway, viewer_of

LISTED = {
    "overview": ("Overview", "What is next, what needs you, and how last quarter went."),
    "calendar": ("Calendar", "Every event of every agency, by day or by month."),
    "staffing": ("Staffing", "Posts still open, who goes where, and what clashes."),
    "attendance": ("Attendance", "How many residents came, by month, town and agency."),
    "follow_ups": ("Follow-ups", "What residents asked for, and what became of it."),
    "changes": ("Changes", "What changed in the sheet, when, and what it did to the staffing."),
    "sheet_health": ("Sheet health", "Every cell of the sheet that needs a human, with a link to it."),
    "reports": ("Reports", "A quarter on a page to print, and rows for other programs."),
}


def draw() -> None:
    """The frame, and the page in it.

    In a function: what a script has at its top level stays, with the functions it defines, until Python next searches
    for garbage, and a version of the sheet with it.
    """
    st.set_page_config(page_title="Coffee with a Cop", page_icon="☕", layout="wide")
    widgets.note_what_was_asked()
    county.choose()
    live, settings = session.look(), county.settings()
    if settings.sample:
        session.sample_ribbon(live)
    viewer, doorway = viewer_of(live, settings)
    pages = [page_for(name, viewer, doorway) for name in LISTED]
    page = st.navigation(pages, position="top" if doorway == "open" else "hidden")  # type: ignore[arg-type]
    if doorway == "open":
        session.heading(page.title, viewer, live, settings)
    page.run()


def page_for(name: str, viewer: Viewer, doorway: Doorway) -> object:
    """The page itself where it is open to this viewer, else what is said instead, at the same address."""
    title, summary = LISTED[name]
    first = name == next(iter(LISTED))
    if doorway == "open" and access.may_open(viewer, name):
        return st.Page(widgets.PAGES / f"{name}.py", title=title, help=summary, default=first)
    said = partial(session.turned_away, "not-open" if doorway == "open" else doorway, viewer, name)
    return st.Page(said, title=title, url_path=name, default=first, visibility="hidden")


draw()

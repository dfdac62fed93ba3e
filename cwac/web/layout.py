"""The frame around every page: title, navigation, agency switch, age of the data, sign-in. Runs on each rerun."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from cwac import access
from cwac.access import Viewer
from cwac.refresh import sheets
from cwac.refresh.live import Live
from cwac.settings import Settings
from cwac.settings.connections import NAMES_ARE_PUBLIC
from cwac.web import county, frame, session, widgets
from cwac.web.responses import MISSING
from cwac.web.sections import event
from cwac.web.viewer import VIEW_AS
from cwac.web.widgets import md

LISTED = {
    "overview": ("Overview", "What is next, what needs attention, and how last quarter went."),
    "calendar": ("Calendar", "Every event of every agency, by day or by month."),
    "my_shifts": ("My shifts", "Where one officer must be, and when."),
    "staffing": ("Staffing", "Open positions, officers and conflicts."),
    "attendance": ("Attendance", "How many residents came, by month, town and agency."),
    "follow_ups": ("Follow-ups", "What residents asked for, and what became of it."),
    "changes": ("Changes", "What changed in the sheet, when, and what it did to the staffing."),
    "sheet_health": ("Fix the sheet", "The cells to fix, with a link to each."),
    "reports": ("Reports", "The quarter to print, and the data as CSV."),
}
"""Page (the name of its file) -> its title and summary, in the order of the navigation."""


def draw() -> None:
    """Draw the frame and run the page in it.

    This is a function because a script's module globals live until the next garbage collection, and would keep an old
    snapshot in memory.
    """
    st.html(frame.STYLESHEET)
    widgets.remember_query()
    county.choose()
    live, settings = session.first_look(), county.settings()
    agencies = [agency.short for agency in live.snapshot.agencies] if live.snapshot else []
    place = st.container(key="frame-top", gap=None)
    if settings.sample:
        with place:
            _show_sample_ribbon(agencies)
    viewer, doorway = county.entering()
    pages: list[Any] = []
    for each, (title, _) in LISTED.items():
        if doorway == "open" and access.may_open(viewer, each):
            pages.append(st.Page(widgets.SCRIPTS[each], title=title, default=not pages))
        else:  # a page at the same address that says why not
            refusal = partial(session.show_refusal, "not-open" if doorway == "open" else doorway, viewer, each)
            pages.append(st.Page(refusal, title=title, url_path=each, default=not pages))
    page = st.navigation(pages, position="hidden")
    st.session_state[widgets.PAGE] = page.title
    widgets.name_tab()
    name = page.url_path or next(iter(LISTED))
    if doorway == "open":
        with place:
            row = _show_bar(name, viewer, live, settings, agencies)
            st.session_state[widgets.HEADLINE] = st.container()
        _show_notices(row, page.title, viewer, live, settings)
    # There with and without a dialog: else the page would move by one element, and its focus be lost.
    place_of_dialog = st.container()
    try:
        page.run()
    finally:
        if widgets.HEADLINE in st.session_state:
            widgets.headline(page.title)
    event_id = st.query_params.get(widgets.EVENT)
    if event_id is not None and doorway == "open" and access.may_open(viewer, name):
        with place_of_dialog:
            event.open_dialog(session.enter(name), event_id)


def _show_sample_ribbon(agencies: Sequence[str]) -> None:
    with st.container(key="ribbon", horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(
            ":orange-badge[SAMPLE] Made-up officers **and numbers in real agencies and towns. "
            "Your own sheet takes their place.**",
            width="content",
        )
        st.selectbox(
            "View as",
            ["coordinator", *(f"liaison {short}" for short in agencies), "public"],
            key=VIEW_AS,
            bind="query-params",
            width=220,
        )


def _show_bar(page: str, viewer: Viewer, live: Live, settings: Settings, agencies: Sequence[str]) -> widgets.FilterRow:
    """One line: the program's name, the pages, the county, the agencies, Find, the age of the data, the account."""
    bar = st.container(key="bar", horizontal=True, vertical_alignment="center", gap="small")
    with bar:
        st.markdown(f"**{widgets.PRODUCT}**", width="content")
        if live.snapshot is not None or live.trouble is None:
            frame.draw_pages({each: LISTED[each] for each in LISTED if access.may_open(viewer, each)}, page)
        county.switch()
        row = widgets.FilterRow(bar)
        if agencies:
            preselected = session.preselect_agency(viewer, agencies)
            row.select("Agency", [session.ALL_AGENCIES, *agencies], session.AGENCY, width=124, default=preselected)
        words = frame.announcement(live, viewer)
        st.fragment(frame.show_live_part, run_every=frame.poll_seconds(settings))(viewer, words)
        frame.show_refresh(viewer)
        _show_account(viewer, settings)
    return row


def _show_notices(row: widgets.FilterRow, title: str, viewer: Viewer, live: Live, settings: Settings) -> None:
    if missing := st.query_params.get(MISSING):
        st.info(f'The link asks for page "{md(missing[:40])}", which is not known here: this is {title}.')
    county.report_unknown()
    row.report_unknown()
    if viewer.email is None and settings.auth and (error := session.sign_in_error(settings)):
        st.warning(error)
    if viewer.kind == "public" and viewer.email is not None:
        title, advice = session.REFUSALS["not-listed"]
        st.info(f"{title} You see what everybody may see. {advice}")
    if viewer.kind != "public":
        if settings.reads == "link":
            st.warning(widgets.message_markdown(NAMES_ARE_PUBLIC), icon=":material/lock_open:")
        frame.show_notices(live, viewer)
    if viewer.kind == "coordinator" and (trouble := sheets.access_trouble()):
        st.warning(widgets.message_markdown(f"The settings file cannot be used. {trouble}"), icon=":material/warning:")


def _show_account(viewer: Viewer, settings: Settings) -> None:
    if viewer.email is not None:
        with st.popover(
            widgets.message_markdown(viewer.email), icon=":material/account_circle:", type="tertiary", key="account"
        ):
            st.markdown(f"{viewer.kind.capitalize()}, {md(', '.join(viewer.agencies) or 'no agency')}")
            st.button("Sign out", on_click=st.logout)
    elif settings.auth and not settings.sample:
        st.button("Sign in", on_click=st.login)
    elif viewer.kind == "coordinator" and not settings.sample:
        with st.popover("This computer", icon=":material/computer:", type="tertiary", key="account"):
            st.markdown("Open on this machine only (local = true): no sign-in, a coordinator's view.")


draw()

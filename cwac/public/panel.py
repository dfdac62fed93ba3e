"""The public pages on the dashboard: an event's QR code, and the way to put the events on an agency's own site."""

from __future__ import annotations

import streamlit as st

from cwac import addons
from cwac.exports.event_pages import event_address, fits, has_lasting_page, qr_code
from cwac.model import Event
from cwac.public.routes import address_of
from cwac.refresh import sheets
from cwac.web import county
from cwac.web.session import Session
from cwac.web.widgets import md


def show_qr_code(session: Session, event: Event) -> None:
    """The event's short address as a QR code for posters; nothing where a stranger would meet no page."""
    prefix = addons.public_address(county.settings(), sheets.names(), session.county)
    if prefix is None or event.date < session.today or not has_lasting_page(event, session.snapshot):
        return
    address = event_address(prefix, event.id)
    if not fits(address):
        return
    with st.popover("QR code"):
        st.image(qr_code(address), width=196, alt="QR code of the short address")
        st.code(address, language=None, wrap_lines=True)


def put_it_on_your_site(session: Session) -> None:
    """A link to the code for agencies' own pages; nothing where the dashboard is not public."""
    if (address := address_of(session.county)) is None:
        return
    with st.expander("Put it on your site"):
        st.markdown(
            f"Show the next events on your agency's own pages, kept up to date: [copy the code]({md(address)}share). "
            f"Residents find all events on the [public pages]({md(address)})."
        )

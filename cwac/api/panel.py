"""The part of Reports with which coordinators make tokens of the API."""

from __future__ import annotations

import streamlit as st

from cwac.api.routes import ApiScope, scopes
from cwac.refresh import sheets
from cwac.web import feeds
from cwac.web.sections import subscribe
from cwac.web.session import Session, current
from cwac.web.widgets import md


def show(session: Session) -> None:
    """For coordinators: a token with which another program reads the plan as JSON, shown once."""
    if session.viewer.kind != "coordinator" or sheets.store() is None:
        return
    made = st.session_state.get(subscribe.MADE_TOKEN)
    with st.expander("A token for another program", expanded=made is not None):
        st.markdown("With it a program reads the plan as JSON under `/api/v1`.")
        choices = session.ask(scopes)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            chosen = st.selectbox("It may read", list(choices), key="api-token-scope")
            st.button("Make a token", on_click=_make, args=(choices[chosen],))
        subscribe.show_too_many()
        if made and made[0] == session.county:
            _, words, token = made
            st.success(f"{md(words)}. This token is shown only now. Send it as `Authorization: Bearer TOKEN`:")
            st.code(token, language=None, wrap_lines=True)
        subscribe.show_links_in_force(session, of_programs=True)


def _make(scope: ApiScope) -> None:
    session = current()
    if session is not None and session.viewer.kind == "coordinator":
        token = subscribe.create_token(session, feeds.write_scope(scope, session.county))
        if token is not None:
            st.session_state[subscribe.MADE_TOKEN] = (session.county, scope.words, token)

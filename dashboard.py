"""The ASGI app that `streamlit run dashboard.py` starts: Streamlit's script and our routes, middleware and lifespan."""

import streamlit as st

from cwac.web import preflight, session

start = preflight.begin()

app = st.App(
    preflight.SCRIPT,
    routes=preflight.ROUTES,
    middleware=preflight.middleware(start),
    lifespan=preflight.lifespan(start),
    on_script_error=session.failed,
)

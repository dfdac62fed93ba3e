"""The ASGI app that `streamlit run dashboard.py` starts: Streamlit's script and our routes, middleware and lifespan."""

import streamlit as st

from cwac.web import preflight, routes, session

start = preflight.begin()

app = st.App(
    routes.SCRIPT,
    routes=routes.ROUTES,
    middleware=routes.middleware(start),
    lifespan=routes.lifespan(start),
    on_script_error=session.failed,
)

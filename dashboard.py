"""The server: `streamlit run dashboard.py`. What it shows is in cwac/web/layout.py and pages/."""

import functools
import logging

import streamlit as st
from streamlit import config, net_util
from streamlit.runtime import media_file_manager

from cwac import logs
from cwac.web import downloads, limits, preflight, routes, session

# When a browser comes from an unknown origin, Streamlit asks an outside service for this machine's address, and waits
# for it. Nothing here wants to know: a page of another origin stays out.
net_util.get_external_ip = net_util.get_internal_ip = lambda: None

# Streamlit puts the theme together from hundreds of options whenever a page is drawn. Here they never change.
config.get_options_for_section = functools.cache(config.get_options_for_section)

# What somebody had made to download is gone at the second run of any page after that, be it another visitor's: with
# many about, before their browser fetches it. Here it stays for a minute.
media_file_manager.MediaFileMetadata.mark_for_delete = downloads.mark_for_delete

# Streamlit logs a page's exception with its message, which may quote a cell; `door.failed` logs it without.
logging.getLogger("streamlit.error_util").addFilter(lambda record: record.exc_info is None)

logs.escape_all()
routes.share_memory()
start = preflight.now(st.get_option, by_streamlit=config._server_mode == "starlette-app")
start.stop_where_unsafe()
limits.raise_open_files(start.chosen)
limits.guard_connections(start.chosen)

app = st.App(
    routes.FRAME,
    routes=routes.ROUTES,
    middleware=routes.middleware(start),
    lifespan=routes.lifespan(start),
    on_script_error=session.failed,
)

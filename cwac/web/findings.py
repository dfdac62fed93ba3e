"""What `cwac doctor` would find, on the page of the person who sits at this machine; nobody else is shown it."""

from __future__ import annotations

import streamlit as st

from cwac.checks import configured, doctor
from cwac.model import SourceUnavailable
from cwac.web import local_key
from cwac.web.widgets import message_markdown

_MARKS = {"PASS": ":green-badge[PASS]", "WARN": ":orange-badge[WARN]", "FAIL": ":red-badge[FAIL]"}


def show_at_this_machine(trouble: SourceUnavailable | None) -> None:
    """List the findings to a browser on this machine that has this start's key; to any other show nothing.

    They follow from the files and from `trouble`, without a call over the network.
    """
    if local_key.state(st.context.headers, st.context.cookies) != "open":
        return
    now = configured.load()
    if trouble is None and now.settings is not None:
        st.markdown("The settings can be used now: start the dashboard again.")
    for finding in doctor.for_this_machine(trouble, now):
        whose = f" *({finding.whose})*" if finding.whose else ""
        next_step = f"  \n{message_markdown(finding.next)}{whose}" if finding.next else ""
        st.markdown(f"{_MARKS[finding.result]} {message_markdown(finding.found)}{next_step}")

"""What `cwac doctor` would find, on the page of the person who sits at this machine; nobody else is shown it."""

from __future__ import annotations

import streamlit as st

from cwac.checks import configured, doctor
from cwac.checks.finding import OPERATOR
from cwac.checks.service import command
from cwac.model import SourceUnavailable
from cwac.web import local_key
from cwac.web.sections import sheet_reading
from cwac.web.widgets import message_markdown

_MARKS = {"FAIL": ":red-badge[FAIL]", "WARN": ":orange-badge[WARN]", "PASS": ":green-badge[PASS]"}


def show_at_this_machine(trouble: SourceUnavailable | None) -> None:
    """List the findings, worst first, to a browser on this machine with this start's key; to any other show nothing.

    They follow from the files and from `trouble`, without a call over the network.
    """
    if local_key.state(st.context.headers, st.context.cookies) != "open":
        return
    if trouble is not None:
        sheet_reading.show_refused(trouble.reading)
    config = configured.load()
    with st.expander("What was checked", expanded=trouble is None):
        if trouble is None and config.settings is not None:
            st.markdown("The settings can be used now: start the dashboard again.")
        findings = doctor.for_this_machine(trouble, config)
        for finding in sorted(findings, key=lambda finding: list(_MARKS).index(finding.result)):
            st.markdown(f"{_MARKS[finding.result]} {message_markdown(finding.found)}")
            if finding.next:
                prefix = "" if finding.whose == OPERATOR else f"{finding.whose[:1].upper()}{finding.whose[1:]}: "
                # As code, so that a line or a command can be copied as it is.
                st.code(f"{prefix}{finding.next}".replace("cwac ", f"{command()} "), language=None, wrap_lines=True)

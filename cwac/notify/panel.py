"""The Notifications panel for coordinators: who was told last, who could not be, and who is told nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

import streamlit as st

from cwac.analysis.words import counted
from cwac.date_words import clock, day_words
from cwac.notify import deliveries, serving
from cwac.notify.deliveries import RecipientState
from cwac.notify.recipients import KINDS
from cwac.notify.settings import Notify
from cwac.refresh import sheets
from cwac.settings import lists_person
from cwac.storage.store import StoreTrouble
from cwac.web import widgets
from cwac.web.session import Session

COLUMNS = ("Recipient", "Last sent", "State")


def show(session: Session) -> None:
    """The panel, for coordinators of every county served; nothing in the sample, or where nobody is told anything."""
    settings, store = sheets.running().settings, sheets.store()
    if session.viewer.kind != "coordinator" or settings.section(Notify) is None or store is None or settings.sample:
        return  # everybody coordinates the sample, and the store may be a county's
    email = session.viewer.email
    every = (sheets.settings(name) for name in sheets.names())
    if email is not None and not all(lists_person(email, own.coordinators) for own in every):
        return  # the store does not say which county a recipient belongs to
    try:
        people = tuple(deliveries.recipients(store).values())
        counts = deliveries.sent_by_kind(store)
        waiting = deliveries.waiting(store, session.now)
    except StoreTrouble as trouble:
        st.caption(widgets.message_markdown(str(trouble)))
        return
    failing = sum(person.trouble is not None for person in people)
    label = f"Notifications: {counted(len(people), 'recipient')}, {waiting} waiting, {failing} failing"
    with st.expander(label, expanded=bool(failing)):
        st.markdown(widgets.md(summary(counts)))
        if people:
            zone = ZoneInfo(session.snapshot.timezone)
            table = rows(people, session.now.astimezone(zone))
            cells = {name: [widgets.md(row[place]) for row in table] for place, name in enumerate(COLUMNS)}
            widgets.table(cells, "Who was told last, and who could not be")
        for sentence in serving.troubles():
            st.markdown(f"- {widgets.md(sentence)}")


def summary(counts: Mapping[str, int]) -> str:
    """`Sent: 12 × the weekly digest, 3 × warnings.`"""
    if not counts:
        return "Nothing has been sent yet."
    return f"Sent: {', '.join(f'{number} × {KINDS.get(kind, kind)}' for kind, number in counts.items())}."


def rows(people: Sequence[RecipientState], now: dt.datetime) -> list[tuple[str, str, str]]:
    """Recipient, when they were sent something last, and how they are doing; failing ones first."""
    table = []
    for person in sorted(people, key=lambda person: (person.trouble is None, person.recipient)):
        words = []
        if person.trouble is not None:
            words.append(f"Failing since {_moment(person.trouble_since, now)}: {person.trouble}")
        if person.left_kinds:
            words.append(f"Stopped: {', '.join(KINDS.get(kind, kind) for kind in person.left_kinds)}")
        table.append((person.recipient, _moment(person.sent_at, now) or "never", ". ".join(words) or "OK"))
    return table


def _moment(moment: dt.datetime | None, now: dt.datetime) -> str:
    if moment is None:
        return ""
    local = moment.astimezone(now.tzinfo)
    return f"{day_words(local.date(), now.date())}, {clock(local)}"

"""My shifts: one officer's next shift in large, and those after it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import streamlit as st

from cwac import addons
from cwac.analysis.events import NOT_GOING, directions, where
from cwac.analysis.officers import everyone
from cwac.analysis.staffing import Duty
from cwac.analysis.words import counted
from cwac.date_words import clock, clock_range, day_words
from cwac.exports.colors import agency_colors
from cwac.model import SEVERITIES, Snapshot
from cwac.web import blocks, county, event_cards, widgets
from cwac.web.blocks import Line, draw
from cwac.web.sections import changes, officers, staffing, subscribe
from cwac.web.session import Session
from cwac.web.widgets import md

NOBODY = "Choose an officer"
STATUS_WORDS = {"Assigned": "Officer assigned, not confirmed", "Requested": "Officer asked"}
"""Status of a shift that is not sure -> what it means."""
OFFICER = "officer"
"""URL parameter: the officer as the list names them."""
LETTER = "letter"
"""URL parameter: the first letter of the last names that are listed."""
SOONEST = 6
"""Next shifts of all officers below their names."""
MANY = 40
"""Officers from which on only those of one letter are listed."""


def by_agency(session: Session, names: Mapping[str, str]) -> Mapping[str, Sequence[tuple[str, str]]]:
    """Agency -> (name, label in the list) of its officers, the agencies in the order of the sheet."""
    groups: dict[str, list[tuple[str, str]]] = {agency.short: [] for agency in session.snapshot.agencies}
    people = session.ask(everyone)
    for label, person in names.items():
        officer = people[person]
        groups.setdefault(officer.agency or "agency not known", []).append((officer.name, label))
    return {agency: listed for agency, listed in groups.items() if listed}


def show(session: Session) -> None:
    names = session.ask(officers.names, officers.own_agencies(session))
    chosen = ""
    if names:
        own_officer = session.own_officer
        own = [label for label, person in names.items() if person == own_officer]
        options = dict.fromkeys([*(own or [NOBODY]), *names])
        with widgets.FilterRow() as row:
            chosen = row.select("Officer", [*options], OFFICER, width=320)
    if chosen in names:
        _show_shifts(session, names[chosen])
    else:
        _show_choice(session, names)


def _show_choice(session: Session, names: Mapping[str, str]) -> None:
    if not names:
        words = "No officer is known yet. Officers show here as soon as the Officers or the Staffing tab has them."
        if session.viewer.kind == "liaison" and not session.viewer.agencies:
            words = (
                "Your address belongs to no agency of the Agencies tab, so no officers are shown to you. Ask your "
                "coordinator to add it in the column Email."
            )
        elif session.agency and session.ask(officers.names, officers.own_agencies(session, of_all=True)):
            words = f"No officer of {md(session.agency)} to show here. Choose another agency at the top."
        widgets.empty(words)
        return
    colors = session.ask(agency_colors)
    widgets.headline("Choose an officer.")
    st.markdown(
        "Press a name: that page has the next shift, and below it **Add to your phone's calendar**. A bookmark of it "
        "opens the same officer."
    )
    everybody = set(names.values())
    if len(names) > MANY:
        letters = sorted({letter_of(label) for label in names})
        with widgets.FilterRow() as row:
            letter = row.choice("Last name", letters, LETTER, letters[0])
        names = {label: person for label, person in names.items() if letter_of(label) == letter}
    cards = []
    for agency, listed in by_agency(session, names).items():
        links = [blocks.page_link("my_shifts", name, {OFFICER: label}, button=True) for name, label in listed]
        cards.append(blocks.card([blocks.agency(agency, colors)], links))
    draw("officers", blocks.cards(cards, "Officers by agency", columns=2, limit=None, narrow=12))
    shifts = session.ask(officers.coming, session.rules, session.today, None, session.agency, None)
    soonest = [shift for shift in shifts if shift.person in everybody][:SOONEST]
    if soonest:
        st.header("The next shifts", anchor=False)
        draw("soonest", officers.duty_table(session, soonest))


def letter_of(label: str) -> str:
    """The letter of the last name in `A. Sample, WPD (OF-01)`, or of `Smith, J., WPD`; `#` if it has none."""
    words = [word for word in label.partition(",")[0].split() if word[0].isalpha()]
    return words[-1][0].upper() if words else "#"


def _show_shifts(session: Session, person: str) -> None:
    """The next shift of an officer in large, then the later ones, their calendar, and a page to print."""
    name = session.ask(everyone)[person].name
    widgets.name_tab(name)
    shifts = session.ask(officers.coming, session.rules, session.today, None, None, person)
    events = [shift.event for shift in shifts]
    if not shifts:
        widgets.headline(f"{name} has no shift at a coming event.")
    else:
        first, *later = shifts
        day = first.event.date
        near = {0: "today, ", 1: "tomorrow, "}.get((day - session.today).days, "on ")
        widgets.headline(f"{name}'s next shift is {near}{day_words(day, session.today)}, at {where(first.event)}.")
        moved = changes.moved(session)
        draw("next-shift", blocks.cards([_large(session, first, moved)], "Next shift"))
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        subscribe.officer_calendar(session, person, events)
        if shifts:
            if map_link := directions(events[0]):
                st.link_button("Directions", map_link)
            file = f"shifts-{widgets.file_name(name)}-{session.today:%Y-%m}.pdf"
            make = staffing.printed(session, f"Shifts of {name}", (name,), events)
            widgets.download("Print my shifts", file, make, "application/pdf")
    subscribe.open_made(session, person)
    if not shifts:
        return
    st.header(f"Then {counted(len(later), 'more shift')}" if later else "No shift after that", anchor=False)
    if later:
        beside = addons.beside_names(session)
        cards = [_card(session, shift, beside, moved) for shift in later[: widgets.AT_ONCE]]
        draw("later-shifts", blocks.cards(cards, "Later shifts", columns=2))


def report_words(shift: Duty) -> str:
    """`Report at 8:30 AM, released at 10:30 AM`."""
    report = f"Report at {clock(shift.report)}" if shift.report else "Report time not known"
    return f"{report}, released at {clock(shift.release)}" if shift.release else report


def shift_when(shift: Duty, today: dt.date) -> str:
    """Day and times of the shift, and those of the event where they differ."""
    event, own = shift.event, clock_range(shift.report, shift.release)
    whole = clock_range(event.start, event.end)
    words = f"{event_cards.day_from_today(event.date, today)} · {own}"
    return words if own == whole else f"{words} (event {whole})"


def _large(session: Session, shift: Duty, moved: Mapping[str, Line]) -> Mapping[str, object]:
    event, venue = shift.event, shift.event.venue
    street = f" · {venue.street}, {venue.town}" if venue and venue.street else ""
    number = event_cards.phone_link(venue.contact_phone or "") if venue else ""
    others: list[blocks.Piece] = []
    named = {shift.person}
    for row in session.snapshot.assignments_by_event.get(event.id, ()):
        if row.status not in NOT_GOING and (row.placeholder or row.person not in named):
            named.add(row.person or "")
            name = "open position" if row.placeholder else row.name or "an officer"
            agency = officers.agency_of(row.agency, session.ask(agency_colors))
            others += [", " if others else "", *agency, name]
    return blocks.card(
        [blocks.event_link(event.id, shift_when(shift, session.today))],
        moved.get(event.id, []),
        [blocks.strong(report_words(shift))],
        [blocks.strong(where(event)), street],
        [f"Parking: {venue.parking}"] if venue and venue.parking else [],
        ["Contact: ", venue.contact or "", " ", number] if venue and (venue.contact or number) else [],
        _role_and_status(shift, addons.beside_names(session)),
        _answer_link(session.snapshot, shift),
        ["With ", *others] if others else ["Nobody else is assigned."],
        *_conflicts(shift),
        tone=_tone(shift),
        large=True,
    )


def _conflicts(shift: Duty) -> list[Line]:
    """What is wrong with a shift, what its agency does about it, and what the officer does."""
    told = officers.conflict_lines(shift.clashes)
    return [*told, ["If this is your shift, ask your liaison before you go."]] if told else []


def _tone(shift: Duty) -> blocks.Tone:
    return min(map(event_cards.tone_of, shift.clashes), key=SEVERITIES.index, default="plain")


def _role_and_status(shift: Duty, beside: Mapping[tuple[str, str], Line]) -> Line:
    """Role and status, and what is said `beside` the officer's name, such as an answer through a form."""
    role = [f"{shift.role} · "] if shift.role else []
    words = STATUS_WORDS.get(shift.status)
    said = beside.get((shift.event.id, shift.person or ""), ())
    if shift.status == "Requested" and not said:
        words = f"{words}, no answer yet"
    status = blocks.chip(words, "warning") if words else blocks.chip(f"Officer {shift.status.lower()}", "good")
    return [*role, status, *said]


def _card(
    session: Session,
    shift: Duty,
    beside: Mapping[tuple[str, str], Line],
    moved: Mapping[str, Line],
) -> Mapping[str, object]:
    event = shift.event
    return blocks.card(
        [blocks.event_link(event.id, shift_when(shift, session.today))],
        event_cards.place(event, session.ask(agency_colors)),
        [report_words(shift), " · ", *_role_and_status(shift, beside)],
        moved.get(event.id, []),
        *_conflicts(shift),
        _answer_link(session.snapshot, shift),
        tone=_tone(shift),
    )


def _answer_link(snapshot: Snapshot, shift: Duty) -> Line:
    officer = shift.person if shift.person in snapshot.officer_by_id else shift.name
    form = addons.shift_form(county.settings(), shift.event.id, officer or "")
    return [] if form is None else [blocks.link(*form)]

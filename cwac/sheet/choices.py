"""A word typed where the contract has a list of choices: which choice is meant."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from rapidfuzz.distance import OSA

from cwac.model import Cell
from cwac.sheet.cells import NOTHING, Reading, as_typed, is_not_said, plain, wrong
from cwac.sheet.tabs import key

_YES = frozenset({"yes", "y", "x", "true", "1", "✓", "✔", "☑", "✅", "ja", "si", "sí", "ok", "done"})
_NO = frozenset({"no", "n", "false", "0", "✗", "✘", "☐", "❌", "-", "none"})


def read_yes_no(cell: Cell) -> Reading:
    if isinstance(cell, bool):
        return Reading(cell)
    text = (plain(as_typed(cell) or "")).casefold().rstrip(".!\ufe0f")
    if text in _YES:
        return Reading(True)
    if text in _NO:
        return Reading(False)
    if is_not_said(cell):
        return NOTHING
    return wrong("not-a-choice", "Type Yes or No.")


_USUAL = {
    # events and assignments
    "Tentative": "tent tenative pencil penciled pencilled penciledin pencilledin hold proposed tbc",
    "Confirmed": "conf confd confirm ok yes y firm cfm cfmd",
    "Completed": "comp complete done held finished",
    "Cancelled": "canceled cancel canc canx cancld cnx cxl cxld cx 1022 calledoff scrubbed",
    "Postponed": "pp ppd postpone moved rescheduled resched",
    "Draft": "wip idea",
    "Requested": "req reqd asked request invited",
    "Assigned": "assg asgd assign asg",
    "Declined": "decl decline no cant unavailable",
    "Swapped out": "swap swapped swappedout",
    "Pulled": "pull pulledtomutualaid",
    "No-show": "ns noshow didnotshow absent",
    "Attended": "att attd present worked attend",
    # why an event was cancelled
    "Fire": "wildfire fires wildfires",
    "Smoke": "aqi airquality smoky",
    "Weather": "rain snow storm ice wind heat rainedout snowedout",
    "Mutual aid": "ma mutualaid",
    "Short staff": "staffing shortstaffed nostaff shortofstaff",
    "Venue": "venueclosed location",
    "Illness": "sick flu covid ill",
    # roles
    "Host": "lead poc",
    "Greeter": "greet door",
    "Floor": "mingle",
    "PIO": "pao media",
    "Bilingual": "spanish interpreter translator",
    "Supervisor": "supv sup sgt",
    "Standby": "standbye oncall",
    # pay, and how guests were counted
    "Overtime": "ot",
    "On duty": "regular reg straight straighttime duty st",
    "Grant": "ots",
    "Volunteer": "vol unpaid",
    "Clicker": "click tally counter",
    "Sign-in": "signin signinsheet signup",
    "Cups": "cup",
    "Estimate": "est estimated guess eyeball",
    # agencies, coverage, follow-ups
    "State": "chp",
    "City": "municipal town local",
    "County": "sheriff",
    "Contract": "contracted bycontract",
    "Primary": "main",
    "Neighbour": "neighbor neighbors neighbours",
    "Homelessness": "homeless",
    "Traffic": "speeding parking",
    "Youth": "kids",
    "Fire safety": "fire",
    "Praise": "thanks",
    "Other": "misc",
    "Drugs": "drug",
    "Working": "inprogress wip",
    "Open": "new reopened",
    "Closed": "close resolved",
    "Referred": "ref refd",
}
_TICKS = {
    "✓": "Confirmed",
    "✔": "Confirmed",
    "☑": "Confirmed",
    "✅": "Confirmed",
    "✗": "Declined",
    "✘": "Declined",
    "❌": "Declined",
}


@cache
def _abbreviations(choices: tuple[str, ...]) -> dict[str, str]:
    return {typed: choice for choice in choices for typed in _USUAL.get(choice, "").split()}


def choice_of(text: str, choices: tuple[str, ...]) -> str | None:
    """The choice that was meant: as listed, by a usual abbreviation, or its beginning (three letters at least)."""
    tick = _TICKS.get(text.strip().rstrip("\ufe0f"))
    if tick in choices:
        return tick
    typed = key(text)
    if not typed:
        return None
    for choice in choices:
        if key(choice) == typed:
            return choice
    meant = _abbreviations(choices).get(typed)
    if meant is not None:
        return meant
    begun = [choice for choice in choices if len(typed) >= 3 and key(choice).startswith(typed)]
    return begun[0] if len(begun) == 1 else None


def read_choice(cell: Cell, choices: tuple[str, ...]) -> Reading:
    advice = f"Choose one of: {', '.join(choices)}."
    if isinstance(cell, bool):
        meant = "Confirmed" if cell and "Confirmed" in choices else None
        return Reading(meant) if meant else wrong("not-a-choice", advice)
    text = plain(as_typed(cell) or "")
    if len(text) > 200:
        return wrong("not-a-choice", advice)
    meant = choice_of(text, choices)
    if meant is not None:
        return Reading(meant)
    if is_not_said(cell) and text.casefold() not in {"tbc"}:
        return NOTHING
    if text.endswith("?") and choice_of(text.rstrip("? "), choices):
        return wrong("ambiguous", f"The question mark leaves it open. {advice}")
    near = _nearest_choice(text, choices)
    return wrong("not-a-choice", f'Did you mean "{near}"? {advice}' if near else advice)


def _nearest_choice(text: str, choices: tuple[str, ...]) -> str | None:
    typed = key(text)
    near = [choice for choice in choices if len(typed) > 3 and OSA.distance(typed, key(choice), score_cutoff=2) <= 2]
    return near[0] if len(near) == 1 else None


_STATUS_AND_REASON = re.compile(
    r"^(?P<status>[^-(:,;/]+?(?:-[0-9]+)?)\s*(?:[-(:,;/]|\bdue to\b|\bbecause of\b|\bfor\b)\s*(?P<why>.+?)\)?$", re.I
)


@dataclass(frozen=True, slots=True)
class StatusExtra:
    """Why an event was cancelled, where the Status cell says so: a reason of the list, or a remark."""

    reason: str | None = None
    note: str | None = None


def read_event_status(cell: Cell, choices: tuple[str, ...], reasons: tuple[str, ...]) -> Reading:
    """An event's status, and in `extra` the reason typed beside it: "CANX – fire"."""
    read = read_choice(cell, choices)
    if not read.failed or not isinstance(cell, str):
        return read
    text = plain(cell)
    found = _STATUS_AND_REASON.match(text) if len(text) <= 200 else None
    parts = (found["status"], found["why"]) if found else tuple(text.split(" ", 1)) if " " in text else None
    if parts is None or len(parts) != 2:
        return read
    status = choice_of(parts[0], choices)
    if status is None:
        return read
    why = parts[1].strip(" -()")
    reason = choice_of(why, reasons) or next(
        (meant for word in why.split() if (meant := choice_of(word, reasons))), None
    )
    if status in ("Cancelled", "Postponed") and reason:
        return Reading(status, extra=StatusExtra(reason, None if key(reason) == key(why) else why))
    if status in ("Cancelled", "Postponed") or (found and "(" in text):
        return Reading(status, extra=StatusExtra(None, why or None))
    return read

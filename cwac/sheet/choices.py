"""A word typed where the contract lists choices."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from rapidfuzz.distance import OSA

from cwac.model import NOT_GOING, Cell, choice_label
from cwac.sheet.headers import key
from cwac.sheet.remarks import TICKS, meaning
from cwac.sheet.text import DOUBT, NOTHING, CellFinding, Reading, as_typed, guess, is_not_said, plain, quoted, wrong

_YES = frozenset({"yes", "y", "x", "true", "1", "✓", "✔", "☑", "✅", "ja", "si", "sí", "ok", "done"})
_NO = frozenset({"no", "n", "false", "0", "✗", "✘", "☐", "❌"})


def read_yes_no(cell: Cell) -> Reading:
    text = plain(as_typed(cell) or "").casefold().rstrip(".!\ufe0f")
    if text in _YES or text in _NO:
        return Reading(text in _YES)
    return NOTHING if is_not_said(cell) else wrong("not-a-choice", "Type Yes or No.")


_PUBLIC = re.compile(
    r"(?:yes|y|x|true|1|ok(?:ay)?|si|s[ií]|public|p[uú]blico|approved|aprobad[oa]|publish(?:ed)?|post(?:ed)?|go"
    r"|[✓✔☑✅])\ufe0f?(?P<more>(?:[\s,;:/()-]+(?:[a-z]{1,3}\.?|(?:per|by) [\w. ]{1,20}"
    r"|[0-9]{1,4}(?:[/.-][0-9]{1,4}){1,2}"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? [0-9]{1,2}))*)[.!)\s]*",
    re.I,
)
"""A plain yes under Public, perhaps with initials or a day behind it: "Y - JB 11/3"."""


def read_public(cell: Cell) -> Reading:
    """True for a plain yes; False for no and for a blank; any other text is False and reported."""
    text = plain(as_typed(cell) or "")
    if _PUBLIC.fullmatch(text) and not re.search(r"\b(?:no|not|fb|if)\b", text, re.I):
        return Reading(True)
    if text.casefold().rstrip(".!\ufe0f") in _NO or is_not_said(cell):
        return Reading(False)
    advice = f"{quoted(text)} is no plain yes, so the event is not public: type Yes or No."
    return Reading(False, (CellFinding("held-back", advice, "warning"),))


_USUAL = {
    # events and assignments
    "Tentative": "tent tenative pencil penciled pencilled penciledin pencilledin hold proposed tbc tobeconfirmed",
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
    # why an event was canceled
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
    "Closed": "close resolved done complete completed finished",
    "Referred": "ref refd",
}
_TICKS = {mark: status for mark, status in TICKS.items() if mark not in "☒✖"}


def choice_of(text: str, choices: tuple[str, ...]) -> str | None:
    """The choice with that name, usual abbreviation, or beginning (at least three letters); None if unclear."""
    tick = _TICKS.get(text.strip().rstrip("\ufe0f"))
    if tick in choices:
        return tick
    typed = key(text)
    if not typed:
        return None
    for choice in choices:
        if key(choice) == typed:
            return choice
    for choice in choices:
        if typed in _USUAL.get(choice, "").split():
            return choice
    completions = [choice for choice in choices if len(typed) >= 3 and key(choice).startswith(typed)]
    return completions[0] if len(completions) == 1 else None


def read_choice(cell: Cell, choices: tuple[str, ...]) -> Reading:
    advice = _choose(choices)
    text = plain(as_typed(cell) or "")
    if text.casefold() in ("true", "false"):
        meant = "Confirmed" if text.casefold() == "true" and "Confirmed" in choices else None
        return guess(meant, f"Read as {meant}. {advice}") if meant else wrong("not-a-choice", advice)
    if len(text) > 200:
        return wrong("not-a-choice", advice)
    is_open = "?" in text
    if not is_open and (meant := choice_of(text, choices)) is not None:
        is_answer = text.casefold() in ("yes", "y", "no", "n")
        return guess(meant, f"Read as {choice_label(meant)}. {advice}") if is_answer else Reading(meant)
    if is_not_said(cell):
        return NOTHING
    if is_open and choice_of(_without_question(text), choices) is not None:
        return wrong("ambiguous", f"The question mark leaves it open. {advice}")
    typed = key(text)
    similar = [choice for choice in choices if len(typed) > 3 and OSA.distance(typed, key(choice), score_cutoff=2) <= 2]
    near = similar[0] if len(similar) == 1 else None
    return wrong("not-a-choice", f'Did you mean "{choice_label(near)}"? {advice}' if near else advice)


def _choose(choices: tuple[str, ...]) -> str:
    return f"Choose one of: {', '.join(map(choice_label, choices))}."


_QUESTION = re.compile(r"\s*[(\[]\s*\?+\s*[)\]]\s*|\?+|¿")


def _without_question(text: str) -> str:
    return " ".join(_QUESTION.sub(" ", text).split()).strip(" -,:")


_STATUS_AND_REASON = re.compile(
    r"^(?P<status>[^-(:,;/]+?(?:-[0-9]+)?)\s*(?:[-(:,;/]|\bdue to\b|\bbecause of\b|\bfor\b)\s*(?P<why>.+?)\)?$", re.I
)


@dataclass(frozen=True, slots=True)
class StatusExtra:
    """Why an event was canceled, as typed in its Status cell: a reason of the list, or a remark."""

    reason: str | None = None
    note: str | None = None


_OF_EVENTS = {
    word: status
    for status, words in {
        "Confirmed": "scheduled sched booked set approved lockedin locked goodtogo on confirmado programado listo si",
        "Tentative": "planned planning pencilledin penciledin penciled hold onhold idea tentativo pendiente planeado "
        "inprogress",
        "Completed": "done held happened complete realizado completado hecho terminado occurred",
        "Cancelled": "off nixed nogo cancelado cancelada",
        "Postponed": "pospuesto pospuesta aplazado aplazada reprogramado delayed",
    }.items()
    for word in words.split()
}
"""Usual words for the status of an event, not of a person."""


def read_event_status(cell: Cell, choices: tuple[str, ...], reasons: tuple[str, ...]) -> Reading:
    """An event's status, with the reason typed beside it in `extra`: "CANX – fire"."""
    if isinstance(cell, str) and len(cell) < 40 and "?" not in cell and (meant := _OF_EVENTS.get(key(cell))) in choices:
        return Reading(meant)
    reading = read_choice(cell, choices)
    if not reading.failed or not isinstance(cell, str):
        return reading
    text = plain(cell)
    if len(text) > 200 or "?" not in text:
        return _status_with_reason(text, reading, choices, reasons)
    if any(finding.code == "ambiguous" for finding in reading.findings):
        return reading
    if _status_with_reason(_without_question(text), reading, choices, reasons).failed:
        return reading
    return wrong("ambiguous", f"The question mark leaves it open. {_choose(choices)}")


def _status_with_reason(text: str, reading: Reading, choices: tuple[str, ...], reasons: tuple[str, ...]) -> Reading:
    """The status at the beginning of the text and the reason after it, or `reading` where there is none."""
    match = _STATUS_AND_REASON.match(text) if len(text) <= 200 else None
    parts = (match["status"], match["why"]) if match else tuple(text.split(" ", 1)) if " " in text else None
    if parts is None:
        return reading
    status = _OF_EVENTS.get(key(parts[0])) or choice_of(parts[0], choices)
    if status not in choices:
        return reading
    reason_text = parts[1].strip(" -()")
    if re.fullmatch(rf"(?:{DOUBT})[.!]*", reason_text, re.I):
        return wrong("ambiguous", f'"{reason_text}" leaves it open. {_choose(choices)}')
    if choice_of(reason_text, choices) not in (None, status):
        return wrong("ambiguous", f"Two statuses are typed here. {_choose(choices)}")
    reason = choice_of(reason_text, reasons) or next(
        (meant for word in reason_text.split() if (meant := choice_of(word, reasons))), None
    )
    is_off = status in ("Cancelled", "Postponed")
    if not is_off and not (match and "(" in text):
        return reading
    reason = reason if is_off else None
    note = None if reason and key(reason) == key(reason_text) else reason_text or None
    return Reading(status, extra=StatusExtra(reason, note))


def read_assignment_status(cell: Cell, choices: tuple[str, ...], *, asks: bool) -> Reading:
    """An assignment's status; with `asks` the cell answers the question in its header, "Confirmed?".

    A status that cannot be read is None, and the person does not count as staffed.
    """
    advice = _choose(choices)
    unread = "Until then the person is Requested, and not counted as staffed."
    text = plain(as_typed(cell) or "")
    answer = text.casefold().rstrip(".!")
    if answer == "false":
        return NOTHING
    if asks and answer in ("true", "yes", "y"):
        return Reading("Confirmed")
    if asks and answer in ("no", "n", "not yet"):
        return guess("Requested", f"Not confirmed: read as Requested. {advice}")
    if answer == "true":
        return guess("Confirmed", f"Read as Confirmed. {advice}")
    if is_not_said(cell):
        # TBD and the like say that a value will follow, n/a does not.
        is_open = "?" in answer or any(word in answer for word in ("tb", "t.b", "pending", "unknown", "to be"))
        return guess("Requested", f"Read as Requested. {advice}") if is_open else NOTHING
    reading = read_choice(cell, choices)
    findings = tuple(replace(finding, advice=f"{finding.advice} {unread}") for finding in reading.findings)
    if reading.value is not None:
        return reading
    if len(text) > 200 or any(finding.code == "ambiguous" for finding in reading.findings):
        return Reading(None, findings)
    bare, remark = _without_question(text), meaning(_without_question(text))
    head = _STATUS_AND_REASON.match(bare)
    # "no-show - sick" begins with no, but does not say No.
    status = choice_of(head["status"], choices) if head and head["status"].casefold() != "no" else None
    if status is None and remark.asked_only:
        status = choice_of(bare.split(" ")[0], choices)  # "Confirmed until 9:20"
    if status is None or (remark.status in NOT_GOING and status not in NOT_GOING):
        status = remark.status
    elif remark.asked_only and status not in NOT_GOING and status != "Attended":
        status = "Requested"
    if status is None:
        return Reading(None, findings)
    if bare != text and "?" in text:
        return wrong("ambiguous", f"The question mark leaves it open. {advice} {unread}")
    return guess(status, f"Read as {status}; the rest is not read. {advice}")

"""How many people came, in English or Spanish, as the public site says it."""

from __future__ import annotations

from cwac.analysis.attendance import Total, Turnout, number
from cwac.exports.spanish import Language, words


def guests_in(language: Language, total: Total) -> str | None:
    """`18 guests`, `about 40 guests`, `35 to 40 guests`, `30 or more guests`; None if they were not counted."""
    phrases = words(language)
    if total.best is None:
        return None
    count = number(total.best)
    if total.high is None:
        return phrases["guests_or_more"].format(count=count)
    if total.low is not None and total.low < total.high:
        return phrases["guests_range"].format(low=number(total.low), high=number(total.high))
    if total.estimated:
        return phrases["guests_about"].format(count=count)
    return phrases["one_guest"] if count == "1" else phrases["guests"].format(count=count)


def totals_in(language: Language, turnout: Turnout, *, is_over: bool) -> str:
    """`12 events held, about 218 guests`, for a quarter that is over or still runs."""
    phrases = words(language)
    if not turnout.held:
        return phrases["no_event_held" if is_over else "no_event_yet"]
    held = phrases["one_event_held"] if turnout.held == 1 else phrases["events_held"].format(count=f"{turnout.held:,}")
    if turnout.guests is None:
        return held
    form = "guests_about" if turnout.estimated else "guests_at_least" if turnout.missing else "guests"
    count = number(turnout.guests)
    guests = phrases["one_guest"] if (form, count) == ("guests", "1") else phrases[form].format(count=count)
    return f"{held}, {guests}"


def caveat_in(language: Language, turnout: Turnout) -> str:
    """`4 of 7 open-ended, 6 estimated, 1 not counted`, `none counted`; empty where every count is exact."""
    phrases = words(language)
    if turnout.guests is None:
        return phrases["none_counted"] if turnout.held else ""
    # An open-ended count is an estimate too, so it is named once where all estimates are open-ended.
    counts = {
        "open_ended": turnout.open_ended,
        "estimated": turnout.estimated if turnout.estimated > turnout.open_ended else 0,
        "not_counted": turnout.missing,
    }
    parts = [(f"{count:,}", phrases[kind]) for kind, count in counts.items() if count]
    if parts:
        parts[0] = (phrases["of_all"].format(count=parts[0][0], all=f"{turnout.held:,}"), parts[0][1])
    return ", ".join(f"{count} {kind}" for count, kind in parts)

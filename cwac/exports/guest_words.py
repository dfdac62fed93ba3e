"""How many people came, in English or Spanish, as the public site says it."""

from __future__ import annotations

from cwac.analysis.attendance import Total, Turnout
from cwac.analysis.words import people
from cwac.exports.spanish import Language, words


def guests_in(language: Language, total: Total) -> str | None:
    """`18 guests`, `about 40 guests`, `35 to 40 guests`, `30 or more guests`; None if they were not counted."""
    if total.best is None:
        return None
    if total.high is not None and total.low is not None and people(total.low) != people(total.high):
        return words(language)["guests_range"].format(low=people(total.low), high=people(total.high))
    form = "guests_or_more" if total.high is None else "guests_about" if total.estimated else "guests"
    return _counted(language, form, total.best)


def _counted(language: Language, form: str, guests: float) -> str:
    count = people(guests)
    return words(language)[form.replace("guests", "one_guest") if count == "1" else form].format(count=count)


def totals_in(language: Language, turnout: Turnout, *, is_over: bool) -> str:
    """`12 events held, about 218 guests`, for a quarter that is over or still runs."""
    phrases = words(language)
    if not turnout.held:
        return phrases["no_event_held" if is_over else "no_event_yet"]
    held = phrases["one_event_held"] if turnout.held == 1 else phrases["events_held"].format(count=f"{turnout.held:,}")
    if turnout.guests is None:
        return held
    form = "guests_about" if turnout.estimated else "guests_at_least" if turnout.missing else "guests"
    return f"{held}, {_counted(language, form, turnout.guests)}"


def caveat_in(language: Language, turnout: Turnout) -> str:
    """`4 of 7 open-ended, 6 estimated, 1 not counted`, `none counted`; empty where every count is exact."""
    phrases = words(language)
    if turnout.guests is None:
        return phrases["none_counted"] if turnout.held else ""
    parts = [(f"{count:,}", phrases[kind]) for kind, count in turnout.inexact.items()]
    if parts:
        parts[0] = (phrases["of_all"].format(count=parts[0][0], all=f"{turnout.held:,}"), parts[0][1])
    return ", ".join(f"{count} {kind}" for count, kind in parts)

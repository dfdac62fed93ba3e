"""Agencies in a sheet without a list of them: spellings that mean one agency."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from cwac.sheet.names import name_key, words

_POLICE = frozenset({"pd", "police", "policia"})
_SHERIFF = frozenset({"so", "sd", "sheriff", "sheriffs"})
_PATROL = frozenset({"chp", "highway", "patrol", "california"})
_LEFT_OUT = frozenset({"department", "office", "the", "of", "city", "town", "county", "agency", "division", "dept"})
_LETTERS = re.compile(r"(?P<place>[A-Z]{1,4})(?P<kind>PD|SO|SD)")

Form = tuple[frozenset[str], str]
"""The words of the place, and the kind: "pd", "so", "chp" or none."""


def _form(typed: str) -> Form | None:
    """What a spelling says, in one form for all; None for an abbreviation of a place that is not spelled out."""
    if _LETTERS.fullmatch(typed.strip()):
        return None
    spelled = words(typed)
    kind = next(
        (
            name
            for name, own in (("pd", _POLICE), ("so", _SHERIFF), ("chp", frozenset({"chp", "highway"})))
            if own.intersection(spelled)
        ),
        "",
    )
    if not kind:
        return None
    other = _POLICE | _SHERIFF | (_PATROL if kind == "chp" else frozenset()) | _LEFT_OUT
    return frozenset(word for word in spelled if word not in other), kind


def _initials(typed: str) -> set[str]:
    """The initials of a place, with County and without: "SC" and "S" for Siskiyou County."""
    spelled = [word for word in words(typed) if word not in _POLICE | _SHERIFF | _LEFT_OUT]
    short = "".join(word[0] for word in spelled).upper()
    return {short, f"{short}C"} if _SHERIFF.intersection(words(typed)) else {short}


def same_agencies(typed: Iterable[str], towns: Mapping[str, str]) -> Mapping[str, list[str]]:
    """First spelling -> all spellings of one agency, where it has several; in the order in which they were typed.

    `towns` has the town in which an agency leads most events. WPD is Weed PD if that is in Weed: one letter may stand
    for several towns.
    """
    spellings = list({name_key(text): text for text in reversed([text for text in typed if name_key(text)])}.values())
    spellings.reverse()
    groups: dict[Form, list[str]] = {}
    letters: list[str] = []
    for text in spellings:
        form = _form(text)
        if form is not None:
            groups.setdefault(form, []).append(text)
        elif _LETTERS.fullmatch(text.strip()):
            letters.append(text)
    joined: list[tuple[list[str], str]] = []
    for text in letters:
        match = _LETTERS.fullmatch(text.strip())
        assert match is not None
        kind = "pd" if match["kind"] == "PD" else "so"
        fitting = [
            group
            for (place, of), group in groups.items()
            if of == kind
            and place
            and match["place"] in set().union(*map(_initials, group))
            and (of == "so" or len(place) > 1 or place <= set(words(towns.get(text, ""))))
        ]
        if len(fitting) == 1:
            joined.append((fitting[0], text))
    for group, text in joined:
        group.append(text)
    # "Sheriff" alone is the only sheriff there is.
    sheriffs = [form for form in groups if form[1] == "so" and form[0]]
    if (frozenset(), "so") in groups and len(sheriffs) == 1:
        groups[sheriffs[0]] += groups.pop((frozenset(), "so"))
    order = {text: number for number, text in enumerate(spellings)}
    several = [sorted(group, key=order.__getitem__) for group in groups.values() if len(group) > 1]
    return {group[0]: group for group in several}

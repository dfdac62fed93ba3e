"""Names typed "Last, First", in a cell where a comma may also part two people."""

from __future__ import annotations

import re

from cwac.sheet.given_names import GIVEN_NAMES, GIVEN_OR_FAMILY
from cwac.sheet.name_parts import ADDED, NamePart, has_capitals, looks_like_name, only_remark
from cwac.sheet.names import Agencies, words
from cwac.sheet.officers import SUFFIXES, Officers
from cwac.sheet.placeholders import is_placeholder_word
from cwac.sheet.remarks import RANKS, may_speak, surely_no_name

_SUFFIX_AFTER_COMMA = re.compile(r", (?:jr|sr|ii|iii|iv)\.?$", re.I)
_INITIALS = re.compile(r"[^\W\d_]\.?(?:\s?[^\W\d_]\.)?|(?:jr|sr|ii|iii|iv)\.?", re.I)
_PARTICLES = frozenset(
    "de la del los las da das dos di du van von der den ten ter le st san santa mac mc al el bin".split()
)


def join_last_and_first(parts: list[NamePart], officers: Officers, agencies: Agencies) -> list[NamePart]:
    """The parts, with "Foster" and "James" of "Foster, James" joined into one."""
    if not any(part.after == "," for part in parts):
        return parts
    runs: list[list[NamePart]] = []
    for part in parts:
        if part.after != "," or not runs:
            runs.append([part])
        elif _INITIALS.fullmatch(part.bare) and runs[-1][-1].bare:
            runs[-1][-1] = runs[-1][-1].joined(part, ", ")
        else:
            runs[-1].append(part)
    capitals = has_capitals(parts)
    names = [[part for part in run if _may_be_name(part, agencies, capitals)] for run in runs]
    # "Sample, Demo and Example" is a list of surnames; "Foster, James and Demo, Beth" is two people.
    list_of_surnames = (
        any(part.after in ADDED for part in parts)
        and any(len(run_names) != 2 for run_names in names)
        and all(" " not in part.bare for run_names in names for part in run_names)
    )
    joined_parts: list[NamePart] = []
    for run, run_names in zip(runs, names, strict=True):
        at = 0
        while at < len(run):
            part = run[at]
            following = run[at + 1] if at + 1 < len(run) else None
            if following is not None and part.bare and following.bare:
                both_names = any(part is name for name in run_names) and any(following is name for name in run_names)
                only_two = both_names and len(run_names) == 2 and not list_of_surnames
                if (joined := _one_person(part, following, officers, only_two=only_two)) is not None:
                    joined_parts.append(joined)
                    at += 2
                    continue
            joined_parts.append(part)
            at += 1
    return joined_parts


def _may_be_name(part: NamePart, agencies: Agencies, capitals: bool) -> bool:
    text = part.bare
    if not text or agencies.find(text) or is_placeholder_word(text) or not looks_like_name(text, capitals):
        return False
    return not only_remark(text, capitals) or (not part.after and not surely_no_name(text))


def _one_person(last: NamePart, first: NamePart, officers: Officers, *, only_two: bool) -> NamePart | None:
    """The two parts as one name, or None where they are two people. `only_two` where the run has no other names."""
    joined = last.joined(first, ", ")
    if "," in last.bare + first.bare and not _SUFFIX_AFTER_COMMA.search(first.bare):
        return None
    if officers.listed and any(map(str.isalpha, first.bare)):
        if officers.is_whole_name(joined.bare) or (not may_speak(joined.bare) and len(officers.find(joined.bare)) == 1):
            return joined
        if officers.find(first.bare):
            return None
    given, surname = words(first.bare), [word for word in words(last.bare) if word not in RANKS]
    if not given or not surname or len(surname[0]) == 1 or len(surname) > 3:
        return None
    if len(given) > 1 and any(len(word) > 1 and word not in SUFFIXES for word in given[1:]):
        return None
    if not officers.listed and not last.remarks and not any(map(is_placeholder_word, (last.bare, first.bare))):
        if officers.in_plain_order(last.bare, first.bare):
            return joined
        if officers.are_two(last.bare, first.bare):
            return None
    if not only_two:
        return None
    if not officers.listed:
        if last.remarks or given[0] not in GIVEN_NAMES | GIVEN_OR_FAMILY:
            return None
        if given[0] not in GIVEN_NAMES and len(given) == 1:
            last.perhaps_one = first.perhaps_one = True
            return None
    joined.doubtful = len(surname) > 1 and surname[0] not in _PARTICLES
    return joined

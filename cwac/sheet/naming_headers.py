"""Columns that an agency or a person names, and columns of people: by the lists, the letters and the cells."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from cwac.sheet import headers
from cwac.sheet.cell_kinds import Cells, is_agency_like, text_of
from cwac.sheet.header_words import has_only_known_words, meanings, role_of, speaks_of_other_things, tokens
from cwac.sheet.name_parts import looks_like_name, split_cell
from cwac.sheet.names import name_key
from cwac.sheet.officers import surname_of
from cwac.sheet.plan import ColumnPlan
from cwac.sheet.remarks import RANKS

MOSTLY = 0.5
"""The share of cells from which on a column is of a kind."""


@dataclass(frozen=True, slots=True)
class Known:
    """Keys of the agencies and people that the workbook's lists name; `typed_people` that columns of officers name."""

    agencies: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    typed_people: Callable[[], frozenset[str]] = frozenset


@dataclass(slots=True)
class Headed:
    """A column as it stands in the sheet: its header, the same with the group above it, and its cells."""

    index: int
    header: str
    joined: str
    cells: Cells


def named_columns(columns: Sequence[Headed], known: Known) -> dict[int, ColumnPlan]:
    """Columns that an agency or a person names: its people, its positions, or ticks."""
    planned: dict[int, ColumnPlan] = {}
    agencies = [column for column in columns if _is_agency_header(column.header, known)]
    marks = [column.cells.share("mark") for column in agencies if column.cells]
    # "L" for the lead is a mark like X, where all such columns have marks alone.
    are_marked = bool(marks) and min(marks) >= 0.8 and any(column.cells.share("tick") for column in agencies)
    if any(_surely_agency(column.header, known) for column in agencies):
        # A 1 is a tick, unless a column beside it counts officers.
        counts = any(
            isinstance(cell, int) and not isinstance(cell, bool) and cell > 1
            for column in agencies
            for cell in column.cells.sample
        )
        for column in agencies:
            if counts and column.cells.share("count") >= 0.8:
                planned[column.index] = _named(column, "officers", "positions")
            elif are_marked or column.cells.share("tick") >= 0.8:
                planned[column.index] = _named(column, "partner_agencies", "takes part")
            else:
                planned[column.index] = _named(column, "officers", "people")
    people = [
        column
        for column in columns
        if column.index not in planned and column.cells.share("tick") >= 0.9 and _is_person_header(column.header, known)
    ]
    return planned | {column.index: _named(column, "officers", "is there") for column in people}


def numbered_people(columns: Sequence[Headed]) -> dict[int, ColumnPlan]:
    """Columns such as Slot 1, Slot 2 and Slot 3, in which names stand."""
    series: dict[str, list[Headed]] = {}
    for column in columns:
        if match := re.fullmatch(
            r"(?P<name>.*[^\W\d_].*?)[ #.-]*(?:[0-9]{1,2}|(?<=[ #.-])[A-H])(?: *[(\[].*)?", column.joined.strip()
        ):
            said = meanings(match["name"])
            if not said or said[0].field in ("officers", "title"):
                series.setdefault(headers.key(match["name"]), []).append(column)
    return {
        column.index: ColumnPlan(column.index, column.header, "officers", "cells", role=role_of(column.joined))
        for same in series.values()
        if len(same) > 1
        and any(column.cells.share("people") >= MOSTLY for column in same)
        and all(not column.cells or column.cells.share("people") >= MOSTLY for column in same)
        for column in same
    }


def _named(column: Headed, field: str, use: str) -> ColumnPlan:
    plan = ColumnPlan(column.index, column.header, field, "cells", named=" ".join(column.header.split()))
    return replace(plan, use=use)  # type: ignore[arg-type]


def without_officers(header: str) -> str:
    """A header such as "WPD officers" without the word for its people."""
    bare = re.sub(r"\b(?:officers?|ofcs?|deput(?:y|ies)|troopers?|staff|personnel)\b\.?", "", header, flags=re.I)
    return bare.strip() or header


_GENERIC = frozenset("police department dept pd agency agencies law enforcement".split())
_AGENCY_LETTERS = re.compile(r"\b(?:[A-Z]{1,4}(?:PD|SO|SD)|PD|SO|CHP|Police|Sheriff\S*)\b", re.I)


def _is_agency_header(header: str, known: Known) -> bool:
    if name_key(header) in known.agencies:
        return True
    own = [word for word in tokens(header) if word not in _GENERIC]
    if not own or any(meanings(word) for word in own) or speaks_of_other_things(header):
        return False
    return len(header) <= 40 and is_agency_like(header.strip())


def _surely_agency(header: str, known: Known) -> bool:
    return name_key(header) in known.agencies or _AGENCY_LETTERS.search(header) is not None


def with_agencies_of_groups(columns: Sequence[ColumnPlan], groups: Sequence[str], known: Known) -> list[ColumnPlan]:
    """The columns, in which names below an agency ("WPD" over Officer 1 and Officer 2) are that agency's."""
    return [
        replace(one, named=" ".join(groups[one.index].split()))
        if one.field == "officers" and one.use == "people" and one.named is None
        and _is_agency_header(groups[one.index], known) and _surely_agency(groups[one.index], known)
        else one
        for one in columns
    ]  # fmt: skip


def agency_of_title(title: str, known: Known) -> str | None:
    """The agency whose events a tab holds, by its title: WPD, "Weed PD 2026"."""
    bare = re.sub(r"\b(?:20[0-9]{2}|events?|schedule|calendar|fy ?[0-9-]+)\b", "", title, flags=re.I).strip(" -–")
    is_short = len(bare.split()) <= 4 and not re.search(r"coffee|cop\b", bare, re.I)
    own = [word for word in tokens(bare) if word not in _GENERIC]
    return bare if is_short and own and _surely_agency(bare, known) else None


def _is_person_header(header: str, known: Known) -> bool:
    words = re.findall(r"[^\W\d_]+", header)
    if "?" in header:
        return False
    if name_key(header) in known.people or (words and name_key(words[-1]) in known.people):
        return True
    if words and name_key(words[-1]) in known.typed_people():
        return True
    has_rank = len(words) > 1 and words[0].casefold() in RANKS
    has_initial = re.fullmatch(r"[A-Z]\. ?[A-Z][\w'-]+", header.strip()) is not None
    return not meanings(header) and looks_like_name(header, True) and (has_rank or has_initial)


def may_be_name(header: str, cells: Cells) -> bool:
    """Whether a header may be a person's name: it stands over ticks, or has a word that the plan does not know."""
    return bool(header.strip()) and (cells.share("mark") >= MOSTLY or not has_only_known_words(header))


def may_be_officer(column: Headed) -> bool:
    """Whether ticks stand under a word that may be a surname, which somebody has to say."""
    words = re.findall(r"[^\W\d_]+", column.header)
    return (
        column.cells.share("tick") >= 0.9
        and 0 < len(words) <= 2
        and all(word[0].isupper() and not has_only_known_words(word) for word in words)
        and looks_like_name(column.header, True)
    )


def share_of_people(cells: Cells, typed_people: Callable[[], frozenset[str]]) -> float:
    """The share of cells that name only people of the columns of officers; 0 for fewer than two such people."""
    if cells.share("people") < 0.8:
        return 0.0
    named = [
        {surname for part in split_cell(text_of(cell)) if (surname := surname_of(part.bare))} for cell in cells.sample
    ]
    known = typed_people()
    if len({surname for surnames in named for surname in surnames} & known) < 2:
        return 0.0
    return sum(bool(surnames) and surnames <= known for surnames in named) / len(named)

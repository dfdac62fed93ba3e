"""Which column of a plan of events is what: the words of the headers and the cells below are weighed together."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from cwac.model import Cell
from cwac.sheet import headers
from cwac.sheet.cell_kinds import Cells, is_agency_like
from cwac.sheet.headers import HeaderMeaning, has_only_known_words, meanings, role_of, speaks_of_other_things, tokens
from cwac.sheet.names import name_key
from cwac.sheet.officers import surname_of
from cwac.sheet.plan import By, ColumnPlan, Use
from cwac.sheet.remarks import RANKS, looks_like_name, split_cell
from cwac.sheet.text import remark_in, text_of

SURE_WORDS, SOME_WORDS = 3.0, 1.5
"""Words of the header speak of the field; the others change nothing, or one speaks of something that is not known."""
FITTING_CELLS, FITTING_TEXT = 2.0, 1.0
"""Most cells are days, times, counts, agencies or people, as the field needs them; or text, as many fields need it."""
ONLY_ONE = 1.0
"""No other column without a meaning has such cells."""
OTHER_CELLS = -9.0
"""Few cells are of the kind that the field needs: words alone do not count then."""
USED, ASKED = 3.0, 2.0
"""From the first on a column is used, from the second on somebody is asked."""

_KIND = {
    "date": "day",
    "start": "time",
    "end": "time",
    "guests": "count",
    "officers_needed": "count",
    "lead_agency": "agency",
    "partner_agencies": "agency",
    "officers": "people",
    "status": "status",
    "bilingual_needed": "tick",
}
"""The kind of cells of each field; others are text."""
MOSTLY = 0.5
"""The share of cells from which on a column is of a kind."""
_HARDLY = 0.34
_BY_CELLS_ALONE = ("date", "start", "lead_agency")
"""Fields that the only column of such cells may be, whatever its header."""
_AREAS = (("beat",), ("district",), ("sector",), ("zone",), ("precinct",), ("division",), ("area",))
"""Headers of a part of a town, which stands for the town where no column has that."""
_ROOMS = (("room",), ("rm",), ("hall",), ("area",))
SEVERAL = ("officers", "partner_agencies")
"""Fields that several columns may have."""
MASKED = "\x01"
"""Stands for a header that must not be matched by its name."""


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


def fitting(field: str, cells: Cells) -> float:
    """How the cells of a column weigh for a field; 0 without any."""
    if not cells:
        return 0.0
    kind = _KIND.get(field)
    if kind is None:
        if field == "town":
            return FITTING_TEXT if cells.share("town") >= MOSTLY else OTHER_CELLS
        is_text = cells.share("text") >= MOSTLY and cells.share("day") < MOSTLY and cells.share("time") < MOSTLY
        return FITTING_TEXT if is_text else OTHER_CELLS
    share = cells.share(kind)
    if kind == "count" and cells.share("fraction"):
        return OTHER_CELLS  # dollars, hours or miles
    if kind in ("agency", "people") and (cells.share("day") >= MOSTLY or cells.share("private") > 0.2):
        return OTHER_CELLS
    # In capitals, LEE is as short as an agency.
    is_agency = cells.share("agency") >= 0.8 and cells.share("sure agency") >= MOSTLY
    if field == "officers" and is_agency and cells.share("rank") < _HARDLY:
        return OTHER_CELLS
    if kind == "people" and share < _HARDLY and cells.share("text") >= 0.8 and not cells.share("private"):
        return 0.0  # "need 2", "see Sgt."
    if kind == "agency" and share < _HARDLY:
        # A department may be called Parks, so only names of people speak against it.
        return FITTING_TEXT if cells.share("text") >= MOSTLY and cells.share("rank") < _HARDLY else OTHER_CELLS
    return FITTING_CELLS if share >= MOSTLY else OTHER_CELLS if share < _HARDLY else 0.0


def is_contradicted(field: str, cells: Cells, *, names_month: bool = False) -> bool:
    """Whether the cells say that a column named by an alias is something else: weekdays under Day.

    Where a title `names_month`, days of the month are dates.
    """
    if field == "date" and cells.share("weekday") == 1.0:
        return True
    are_officers = cells.share("people") >= 0.8 and cells.share("rank") >= MOSTLY
    if are_officers and field in ("venue", "backup_venue", "guests"):
        return True
    if len(cells.sample) < 3:
        return False
    if field == "title":
        are_people = cells.share("people") >= 0.8 and cells.share("title") == 0 and cells.share("count") == 0
        return are_people or cells.share("time") >= 0.8 or cells.share("tick") == 1.0
    if field == "date" and names_month and cells.share("day of month") >= MOSTLY:
        return False
    if field == "guests" and cells.share("fraction"):
        return True
    kind = _KIND.get(field)
    if kind in ("day", "time", "count"):
        return cells.share(kind) < 0.2 and not (field == "date" and cells.share("text") and not cells.share("weekday"))
    if field == "lead_agency":
        return cells.share("agency") < 0.2 and are_officers
    is_agency = cells.share("agency") >= 0.8 and cells.share("sure agency") >= MOSTLY
    return field == "officers" and ((is_agency and cells.share("rank") < 0.2) or cells.share("count") >= 0.8)


_WHO_LEADS = frozenset(
    "lead host hostedby ledby runby incharge sponsor sponsoredby organizer organizedby responsible".split()
)


def may_be_anybody(header: str, cells: Cells, towns: AbstractSet[Cell]) -> bool:
    """Whether the lead may be an agency, a person or a cafe: the header does not say, and no cell is an agency."""
    is_unsaid = headers.key(header) in _WHO_LEADS and len(cells.sample) > 1
    return is_unsaid and cells.share("agency") < 0.2 and not set(cells.sample) <= towns


def names_agency_and_people(header: str) -> bool:
    """Whether a header such as "Officers / Agency" names both."""
    fields = {meaning.field for meaning in meanings(header)}
    are_both = "officers" in fields and not fields.isdisjoint(("lead_agency", "partner_agencies"))
    return are_both and re.search(r"[/&+]|\band\b", header) is not None


_ESTIMATE = re.compile(r"\b(?:est(?:imated?)?|approx\w*|proj\w*|anticipated|expected|planned|goal|rough\w*)\b", re.I)


def estimates_beside_counts(headers_typed: Sequence[str], cells: Sequence[Cells]) -> set[int]:
    """The columns of estimated guests where another one has the guests that came."""
    of_guests = {
        at
        for at, typed in enumerate(headers_typed)
        if any(meaning.field == "guests" and meaning.sure for meaning in meanings(typed)[:1])
        and fitting("guests", cells[at]) >= 0
    }
    estimates = {at for at in of_guests if _ESTIMATE.search(headers_typed[at])}
    return estimates if of_guests - estimates else set()


def assign(columns: Sequence[Headed], already: Sequence[ColumnPlan], known: Known) -> dict[int, ColumnPlan]:
    """A plan for each of these columns that has or may have a meaning, beside those that are planned already.

    All candidates are weighed first and the heaviest come first, so that no column takes another one's field.
    """
    taken = {one.field for one in already if one.field is not None}
    dates = _dates_in_parts(columns, taken)
    planned = {one.index: one for one in dates}
    taken.update("date" for one in dates if one.use != "weekday")
    left = [column for column in columns if column.index not in planned]

    def still_open() -> list[Headed]:
        return [column for column in left if column.index not in planned]

    planned |= named_columns(left, known)
    for column in still_open():
        is_off = any(meaning.use == "canceled" for meaning in meanings(column.header))
        if is_off and column.cells.share("tick") >= 0.8:
            planned[column.index] = ColumnPlan(column.index, column.header, "status", "near", "canceled")
    names = _in_parts(still_open(), "officers", "near", {"given name": "people", "family name": "people"})
    planned |= {one.index: one for one in names.values()} if len(names) == 2 else {}
    planned |= numbered_people(still_open())
    perhaps, again = _heaviest_first(left, planned, taken, known)
    counts = _in_parts(still_open(), "guests", "alias", {"adults": "count", "youth": "count"})
    if "guests" not in taken and "adults" in counts:
        planned |= {one.index: one for one in counts.values()}
    _add_doubts(still_open(), perhaps, taken | {"guests"}.intersection(one.field for one in planned.values()))
    for column in still_open() if not any(one.field == "id" for one in already) else ():
        typed = [cell for cell in column.cells.sample if isinstance(cell, str)]
        if column.index not in again and may_be_officer(column):
            perhaps[column.index] = "officers"
        elif any((found := remark_in(cell, "internal_notes")) and found.is_plain for cell in typed):
            perhaps.setdefault(column.index, "internal_notes")
    rooms = [
        one for one in left if "venue" in (perhaps.get(one.index), again.get(one.index)) and is_of_rooms(one.header)
    ]
    for room in rooms if len(rooms) == 1 and "venue" in taken else ():
        planned[room.index] = ColumnPlan(room.index, room.header, "venue", "near", "room")
    place = {one.field: one.index for one in (*already, *planned.values()) if one.field is not None}
    for column in still_open():
        if (field := again.get(column.index)) is not None and field in place:
            planned[column.index] = ColumnPlan(column.index, column.header, perhaps=field, same_as=place[field])
        elif column.index in perhaps:
            planned[column.index] = ColumnPlan(column.index, column.header, perhaps=perhaps[column.index])
    return planned


def _heaviest_first(
    columns: Sequence[Headed], planned: dict[int, ColumnPlan], taken: set[str], known: Known
) -> tuple[dict[int, str], dict[int, str]]:
    """Plan the columns with enough weight; return the likely fields of the others, and the fields that some repeat."""
    left = [column for column in columns if column.index not in planned]
    weighed = [(weight, meaning, column) for column in left for weight, meaning in _weighed(column, columns, known)]
    perhaps: dict[int, str] = {}
    again: dict[int, str] = {}
    for weight, meaning, column in sorted(weighed, key=lambda one: (-one[0], one[2].index)):
        if column.index in planned:
            continue
        if meaning.field in taken and meaning.field not in SEVERAL:
            if weight >= USED and meaning.sure and "address" not in tokens(column.header):
                again.setdefault(column.index, meaning.field)
        elif weight >= USED:
            taken.add(meaning.field)
            by: By = "near" if meaning.sure else "cells"
            role = role_of(column.joined) if meaning.field == "officers" else None
            planned[column.index] = ColumnPlan(column.index, column.header, meaning.field, by, role=role)
        elif weight >= ASKED:
            perhaps.setdefault(column.index, meaning.field)
    return perhaps, again


def _add_doubts(columns: Sequence[Headed], perhaps: dict[int, str], taken: AbstractSet[str]) -> None:
    """Ask about ticks under a word of status, and about the one column of counts, where nothing else says these."""
    for column in columns:
        # A tick under "Confirmed" says one thing of several that a status may be.
        says_status = any(meaning.field == "status" and meaning.sure for meaning in meanings(column.header))
        if says_status and column.cells.share("tick") >= 0.8 and "status" not in taken:
            perhaps.setdefault(column.index, "status")
    counts = [
        column
        for column in columns
        if column.index not in perhaps
        and not meanings(column.header)
        and not speaks_of_other_things(column.joined)
        and len(column.cells.sample) > 1
        and column.cells.share("count") >= 0.8
        and fitting("guests", column.cells) > 0
        and not _is_series(column.cells.sample)
    ]
    areas = [column for column in columns if tokens(column.header) in _AREAS and column.cells]
    if len(areas) == 1 and "town" not in taken:
        perhaps.setdefault(areas[0].index, "town")
    if len(counts) == 1 and "guests" not in taken:
        perhaps[counts[0].index] = "guests"


def _is_series(sample: Sequence[Cell]) -> bool:
    return isinstance(sample[0], int) and [*sample] == [*range(sample[0], sample[0] + len(sample))]


_IN_BRACKETS = re.compile(r"\w.*\((\w[^()]*)\)\s*$")


def is_of_rooms(header: str) -> bool:
    return tokens(header)[-1:] in _ROOMS


def _weighed(column: Headed, others: Sequence[Headed], known: Known) -> list[tuple[float, HeaderMeaning]]:
    said = _said(column, others)
    weighed: list[tuple[float, HeaderMeaning]] = []
    # The hours of a shift are how long it is, not when.
    is_duration = "hours" in tokens(column.header) and not all(isinstance(cell, str) for cell in column.cells.sample)
    for rank, meaning in enumerate(one for one in said if one.use == "value" and not is_duration):
        cells = fitting(meaning.field, column.cells)
        # "Changes / other" is about anything.
        is_vague = meaning.field == "partner_agencies" and not meaning.sure and column.cells.share("agency") < _HARDLY
        # What the words do not say first, the cells must say.
        is_unsaid = rank and (not column.cells or (cells < FITTING_CELLS and meaning.field in _KIND))
        if not is_vague and not is_unsaid:
            weighed.append(((SURE_WORDS if meaning.sure else SOME_WORDS) - rank / 4 + cells, meaning))
    named = {meaning.field for _, meaning in weighed}
    if "title" not in named and column.cells.share("title") >= MOSTLY:
        weighed.append((FITTING_CELLS + ONLY_ONE, HeaderMeaning("title", False)))
    if not said and not speaks_of_other_things(column.joined):
        for field in _BY_CELLS_ALONE:
            kind = _KIND[field]
            if column.cells.share(kind) >= 0.8 and len(column.cells.sample) >= 2:
                alone = not any(other.cells.share(kind) >= 0.8 for other in others if other is not column)
                # AM, OT and YES look like short names of agencies.
                alone = alone and (kind != "agency" or column.cells.share("sure agency") >= MOSTLY)
                weighed.append((FITTING_CELLS + (ONLY_ONE if alone else 0), HeaderMeaning(field, False)))
        if not weighed and column.cells.share("people") >= 0.8 and column.cells.share("rank") >= MOSTLY:
            weighed.append((FITTING_CELLS, HeaderMeaning("officers", False)))
    is_open = not speaks_of_other_things(column.joined) and all(weight < ASKED for weight, _ in weighed)
    if is_open and share_of_people(column.cells, known.typed_people) >= 0.8:
        # The officers of another column, in a column of its own: "Alternate", "Assisting".
        weighed.append((FITTING_CELLS + ONLY_ONE, HeaderMeaning("officers", False)))
    return weighed


def _said(column: Headed, others: Sequence[Headed]) -> tuple[HeaderMeaning, ...]:
    """The fields that the words of a header may mean, as the cells and the other columns allow."""
    said = meanings(column.header) or meanings(column.joined)
    beside = meanings(match[1])[:1] if (match := _IN_BRACKETS.search(column.header)) else ()
    if said and beside and {said[0].field, beside[0].field} == {"venue", "town"}:
        said = (beside[0], *said)  # "Location (city)"
    group = meanings(column.joined.removesuffix(column.header))[:1]
    if said and said[0].field in ("lead_agency", "partner_agencies") and any(one.field == "officers" for one in group):
        said = (HeaderMeaning("officers", True), *said)  # "Lead" below "Who"
    if said and said[0].field == "lead_agency":
        of_people = [other for other in others if other is not column and other.cells.share("people") >= 0.8]
        attend = any(one.field in ("officers", "guests") for other in of_people for one in meanings(other.header)[:1])
        also = ("partner_agencies",) if attend else ("partner_agencies", "officers")
        said = (*said, *(HeaderMeaning(field, said[0].sure) for field in also))
    if said and said[0].field == "title" and column.cells.share("time") >= 0.8:
        said = (HeaderMeaning("start", said[0].sure),)  # when the event or program begins, beside "Doors" or "Set-up"
    counts_guests = {"no", "number", "many", "count", "total"}.intersection(tokens(column.header))
    are_officers = (
        column.cells.share("rank") >= MOSTLY or not {"required", "optional"}.isdisjoint(tokens(column.header))
    ) and column.cells.share("people") >= 0.8  # other names of those who come may be those of residents
    if said and said[0].field == "guests" and not counts_guests and are_officers:
        said = (HeaderMeaning("officers", said[0].sure),)
    if any(meaning.field == "officers" for meaning in said):
        besides = ("officers_needed", "lead_agency") if column.cells.share("sure agency") else ("officers_needed",)
        said = (*said, *(HeaderMeaning(field, said[0].sure) for field in besides))
    return said


def _dates_in_parts(columns: Sequence[Headed], taken: set[str]) -> list[ColumnPlan]:
    """A weekday column, and a date in two or three columns: month, day and perhaps year."""
    planned = [
        ColumnPlan(column.index, column.header, "date", "cells", "weekday")
        for column in columns
        if column.cells.share("weekday") >= 0.6 and column.cells.share("day") < MOSTLY
    ]
    weekdays = {one.index for one in planned}
    others = [column for column in columns if column.index not in weekdays and "date" not in taken]
    parts = _in_parts(others, "date", "alias", {"month": "month", "day": "day of month", "year": "year"})
    if len({one.index for one in parts.values()}) < len(parts) or not {"month", "day"} <= parts.keys():
        parts = {}
    return [*planned[:1], *parts.values()]


def _in_parts(columns: Sequence[Headed], field: str, by: By, kinds: Mapping[Use, str]) -> dict[Use, ColumnPlan]:
    """The first column of each use that is a part of a field, by the kind of its cells: month, day and year."""
    parts: dict[Use, ColumnPlan] = {}
    for column in columns:
        for meaning in (*meanings(column.header), *(meanings(column.joined) if field == "date" else ())):
            if meaning.use in kinds and column.cells.share(kinds[meaning.use]) >= MOSTLY:
                parts.setdefault(meaning.use, ColumnPlan(column.index, column.header, field, by, meaning.use))
    return parts


_ITS_OFFICERS = re.compile(r"\b(?:officers?|ofcs?|deput(?:y|ies)|troopers?|staff|personnel)\b\.?", re.I)
"""The word for an agency's people in a header such as "WPD officers"."""
_NUMBERED = re.compile(r"(?P<name>.*[^\W\d_].*?)[ #.-]*(?:[0-9]{1,2}|(?<=[ #.-])[A-H])(?: *[(\[].*)?")


def named_columns(columns: Sequence[Headed], known: Known) -> dict[int, ColumnPlan]:
    """Columns that an agency or a person names: its people, its positions, or ticks."""
    planned: dict[int, ColumnPlan] = {}
    columns = [replace(one, header=_ITS_OFFICERS.sub("", one.header).strip() or one.header) for one in columns]
    agencies = [column for column in columns if _is_agency_header(column.header, known)]
    marks = [column.cells.share("mark") for column in agencies if column.cells]
    # "L" for the lead is a mark like X, where all such columns have marks alone.
    are_marked = bool(marks) and min(marks) >= 0.8 and any(column.cells.share("tick") for column in agencies)
    if any(_surely_agency(column.header, known) for column in agencies):
        # A 1 is a tick, unless a column beside it counts officers.
        counts = any(type(cell) is int and cell > 1 for column in agencies for cell in column.cells.sample)
        for column in agencies:
            if counts and column.cells.share("count") >= 0.8:
                planned[column.index] = _named(column, "officers", "positions")
            elif are_marked or column.cells.share("tick") >= 0.8:
                planned[column.index] = _named(column, "partner_agencies", "takes part")
            else:
                planned[column.index] = _named(column, "officers", "people")
    ticked = [one for one in columns if one.index not in planned and one.cells.share("tick") >= 0.9]
    people = [one for one in ticked if _is_person_header(one.header, known)]
    return planned | {one.index: _named(one, "officers", "is there") for one in people}


def numbered_people(columns: Sequence[Headed]) -> dict[int, ColumnPlan]:
    """Columns such as Slot 1, Slot 2 and Slot 3, in which names stand."""
    series: dict[str, list[Headed]] = {}
    for column in columns:
        match = _NUMBERED.fullmatch(column.joined.strip())
        if match and {meaning.field for meaning in meanings(match["name"])[:1]} <= {"officers", "title"}:
            series.setdefault(headers.key(match["name"]), []).append(column)
    return {
        column.index: ColumnPlan(column.index, column.header, "officers", "cells", role=role_of(column.joined))
        for same in series.values()
        if len(same) > 1
        and any(column.cells.share("people") >= MOSTLY for column in same)
        and all(not column.cells or column.cells.share("people") >= MOSTLY for column in same)
        for column in same
    }


def _named(column: Headed, field: str, use: Use) -> ColumnPlan:
    return ColumnPlan(column.index, column.header, field, "cells", use, named=" ".join(column.header.split()))


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
    surname = name_key(words[-1]) if words else None
    if "?" in header:
        return False
    if name_key(header) in known.people or surname in known.people or surname in known.typed_people():
        return True
    has_rank = len(words) > 1 and words[0].casefold() in RANKS
    has_initial = re.fullmatch(r"[A-Z]\. ?[A-Z][\w'-]+", header.strip()) is not None
    return not meanings(header) and looks_like_name(header, True) and (has_rank or has_initial)


def may_be_officer(column: Headed) -> bool:
    """Whether ticks stand under a word that may be a surname, which somebody has to say."""
    words = re.findall(r"[^\W\d_]+", column.header)
    if column.cells.share("tick") < 0.9 or not 0 < len(words) <= 2 or not looks_like_name(column.header, True):
        return False
    return all(word[0].isupper() and not has_only_known_words(word) for word in words)


def share_of_people(cells: Cells, typed_people: Callable[[], frozenset[str]]) -> float:
    """The share of cells that name only people of the columns of officers; 0 for fewer than two such people."""
    if cells.share("people") < 0.8:
        return 0.0
    named = [{surname_of(part.bare) for part in split_cell(text_of(cell))} - {""} for cell in cells.sample]
    known = typed_people()
    if len(known.intersection(set().union(*named))) < 2:
        return 0.0
    return sum(bool(surnames) and surnames <= known for surnames in named) / len(named)

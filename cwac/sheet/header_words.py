"""What the words of a header mean where it is no name of the contract: a field, an agency, a person."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeVar

from cwac.sheet import headers
from cwac.sheet.cell_kinds import Cells, is_agency_like
from cwac.sheet.names import name_key
from cwac.sheet.officers import surname_of
from cwac.sheet.plan import ColumnPlan, Use
from cwac.sheet.remarks import RANKS, looks_like_name, split_cell
from cwac.sheet.text import text_of

_Meant = TypeVar("_Meant", bound=str)

_PHRASES: Mapping[str, str] = {
    "date": "date; event date; start date time; date time; date and time; start date; begin date; day and time; day "
    "time; fecha y hora; date start time; day date; what day; que dia; what date; on what date; fecha; dia; event day; "
    "when; cuando; dates",
    "start": "hours; start; start time; starts; begin; begins; time; what time; hora; horario; inicio; from; times; "
    "begin time; kickoff; time slot; shift; shift time; event time; desde",
    "end": "end; end time; ends; finish; end date time; end date; until; to; thru; through; hasta; termina; time end; "
    "hora fin; stop",
    "title": "name; event; title; subject; function; event name; event title; activity; program; event type; type of "
    "event; evento; actividad; what; name of event; topic; theme; nombre del evento; occasion",
    "town": "town; city; community; municipality; ciudad; pueblo; comunidad; village; city town; neighborhood; "
    "municipio; localidad; city or town; part of town; area of town; side of town",
    "venue": "venue; location; place; where; site; cafe; coffee shop; shop; coffeehouse; restaurant; business; lugar; "
    "sitio; ubicacion; venue name; store; facility; host site; host business; location name; donde; coffee house; "
    "establishment; hosted at; held at; business name; partner business; coffee location; diner; park; library; "
    "school; address; street address; branch; branch location; room; address of venue; sede; spot; loc",
    "backup_venue": "backup venue; rain location; alternate location; alternate venue; backup location; rain site",
    "lead_agency": "agency; lead agency; dept; department; host agency; host dept; host department; hosting agency; "
    "lead; hosted by; organizer; police department; law enforcement agency; corporacion; dependencia; agencia; lead "
    "dept; agency in charge; in charge; sponsoring agency; lead department; responsible agency; pd; le agency; "
    "organization; what agency; departamento; run by; jurisdiction; sponsor; primary agency; led by; organized by",
    "partner_agencies": "partner; partners; partner agencies; other agencies; assisting; assist; assisting agency; "
    "others; other; participating agencies; agencies; supporting; allied; supporting dept; supporting agencies; "
    "support agency; joint with; with; co host; cohost; agencies attending; agencies participating; allied agencies; "
    "second agency; partner agency; additional agencies; otras agencias; agencias; also attending; agencies involved; "
    "partner depts; mutual aid",
    "status": "status; event status; estado; estatus; confirmed; state of event; stage; go no go; booking status; "
    "canceled; cancelled",
    "cancel_reason": "cancel reason; reason canceled; reason cancelled; reason for cancellation; cancellation reason",
    "officers_needed": "officers needed; needed; number needed; no needed; staff needed; officers required; slots; "
    "positions; no of officers; number of officers; openings; spots; volunteers needed; how many officers",
    "bilingual_needed": "bilingual needed; spanish needed; bilingual; spanish speaker needed",
    "public_notes": "public notes; public info",
    "internal_notes": "notes; note; comments; comment; remarks; anything else; observaciones; notas; comentarios; "
    "memo; memos; how it went; how did it go; additional info; additional information; details; other info; misc; "
    "special instructions; internal notes; rmks",
    "officers": "name; officer; officers; deputy; deputies; ofc; ofcs; personnel; staff; staffing; who; attending "
    "officers; officers attending; assigned; assigned to; assignment; team; crew; oficial; oficiales; agente; agentes; "
    "quien; volunteer; volunteers; cop; cops; sworn; people; staff assigned; names; who is going; members; member; "
    "participants; officer name; officer names; roster; attending; worked by; staffed by; representative; rep; "
    "employee; poc; point of contact; trooper; troopers; sgt; sergeant; supervisor; pio; lieutenant; lt; corporal; "
    "cpl; host officer; lead officer; backup officer; host; backup; greeter; bilingual officer; personal; civilian; "
    "crc; cso; backup host; standby; helper; coverage; staff attending; person; chief; captain; encargado; presenter; "
    "presenters; speaker; facilitator; officer in charge; oic; lead deputy; deputy assigned; officials; volunteers "
    "assigned; rep name; representatives; reps; sro on duty; school resource officer; on duty",
    "guests": "attendance; cnt; att; actual no; actual count; actual; attendees; guests; head count; headcount; "
    "turnout; attended; no attended; number attended; how many came; how many people came; how many people; how many; "
    "personas; personas que asistieron; asistieron; cuantas personas; numero de asistentes; no de asistentes; actual "
    "attendance; residents; public; people came; visitors; people attended; no of attendees; number of attendees; "
    "asistencia; asistentes; invitados; count; citizens; no people; number of people; no of people; community members; "
    "total; total attendance; crowd; no guests; patrons; no of guests; number of guests; attend; contacts made; public "
    "attendance; people reached; participation; pax; came; showed up; showed; public ct; served; no present; no stu; "
    "no students; checked in; parents; families; seniors; neighbors",
    "id": "event id; event no; event number",
}
"""Words and phrases by field, without accents; a phrase beats a word of it."""
_PARTS: Mapping[Use, str] = {
    "weekday": "day; weekday; dow; day of week; day of the week; dia de la semana; wkday; dia",
    "month": "month; mes; mo",
    "day": "day; dia; date",
    "year": "year; ano; yr",
    "adults": "adults; adult; adultos; grown ups",
    "given name": "first name; officer first name; first; nombre de pila; given name",
    "family name": "last name; officer last name; last; surname; apellido; family name",
    "canceled": "canceled; cancelled; cancel; cancelado; cxl; is canceled; is cancelled; "
    "event canceled; event cancelled",
    "youth": "kids; youth; children; ninos; jovenes; minors; under 18; child; teens; juveniles; students",
}
_PART_OF = {
    "adults": "guests", "youth": "guests", "canceled": "status", "given name": "officers", "family name": "officers"
}  # fmt: skip
"""The field of each part that is not one of a date."""
_NEUTRAL = frozenset(
    """or concerns questions suggestions event events the a an of for at in on by to with is are was were be will it
    its this that your you our their name names full hosting est estimated approx approximate approximately rough
    roughly actual final primary main scheduled schedule proposed planned assigned attending attended coming going list
    all number no num coffee cop cops cwac please if blank leave not yet and del de la el los las con para un una que es
    se y do does did there what which who where when how many time business info here typed enter new current 1 2 3 4 5
    6 7 8 9 10 first second third fourth fifth st nd rd th b c d e f present law enforcement le field officer officers
    confirmed details agency dept department police sheriff pd so community public local county city town venue location
    place address street am pm start end date day total we us should would could like need know""".split()
)
"""Words that do not change what the others mean."""
OTHERWISE = frozenset(
    """expected anticipated projected goal capacity max maximum target limit minimum rsvps registered registrations
    last next week weekly timestamp marca temporal email mail phone telephone cell fax url link website web id ids state
    county unit vehicle cost costs price amount budget paid pay invoice vendor fund funds funding grant mileage miles
    odometer plate vin fuel serial model make item items qty quantity stock inventory sku expires expiration expiry
    expired certificate cert course class instructor trainer training score grade zip postal latitude longitude lat lon
    flyer flyers photo photos picture press release media posted post facebook social birth dob badge hired updated
    modified created entered submitted ordered received returned purchased purchase due deadline issued renewal renew
    warranty service serviced supplies giveaways swag donuts cups rsvp permit insurance approval approved approver
    signature parking map weather temp rank title2 overtime ot rate payroll reimbursement receipt account balance debit
    credit category priority owner manager contact review reported report follow followup resolved closed opened case
    incident citation call calls arrests response beat district region zone sector shirt size allergies street
    evaluation survey feedback timesheet replaced replaces pays fee fees job jobs caller called discussion bookings
    channel portable vet shots suspect victim offense offender disposition destination wage wages paycode patient dosage
    refund deposit private reminder sensitivity""".split()
)
"""Words of other things: a header with one of them is not guessed at."""
USUAL_BESIDE = frozenset(
    """timestamp email mail phone telephone cell url link website web flyer flyers photo photos picture press
    release media posted post facebook social rsvp rsvps registered registrations permit insurance approval approved
    parking map weather giveaways swag donuts cups contact ot overtime address evaluation survey feedback id ids
    expected anticipated capacity county category signature submitted created updated follow followup fee fees deposit
    private reminder sensitivity""".split()
)
"""Those of them that plans of events often have beside."""
_OFFICERS = frozenset("officer officers deputy deputies staff personnel volunteers cops".split())
_CAME = frozenset("attended attending present came worked participated assisted".split())
"""How many officers came is neither how many are needed nor how many guests there were."""
_ROLES: Mapping[str, str] = {
    **dict.fromkeys("host anfitrion".split(), "Host"),
    **dict.fromkeys("sgt sergeant supervisor lt lieutenant sup supv".split(), "Supervisor"),
    **dict.fromkeys(("pio",), "PIO"),
    **dict.fromkeys("bilingual interpreter translator".split(), "Bilingual"),
    **dict.fromkeys("greeter greeters".split(), "Greeter"),
    **dict.fromkeys("backup standby alternate".split(), "Standby"),
}
_SURNAMES_TOO = frozenset("case day grant may page park post price rank".split())
_BREAKS = frozenset("of for at in with by from to de del para en con".split())
_ASIDE = re.compile(r"[(\[].*|[:;\n].*|\s[-–—]\s.*", re.S)
_TOKEN = re.compile(r"[a-z]+|[0-9]+")


@dataclass(frozen=True, slots=True)
class HeaderMeaning:
    """A field that a header may mean. `sure` says that no word of it speaks of anything else."""

    field: str
    sure: bool
    use: Use = "value"


def tokens(header: str) -> tuple[str, ...]:
    """The words of a header in lower case, without accents and without what stands in brackets or behind a dash."""
    bare = _ASIDE.sub("", header) if _ASIDE.sub("", header).strip() else header
    bare = re.sub(r"(?i)^names? of (?:the |your |our )?(?=\w)", "", bare)
    bare = re.sub(r"(?i)(?<=\w)\s*[/&]\s*(?:id|badge)(?: ?(?:#|no\.?|num\w*))?\s*$", "", bare)
    bare = re.sub(r"(?i)\b(back|stand)[- ](up|by)\b", r"\1\2", bare)
    bare = re.sub(r"(?i)\b(who|what|where|when|how)['’]s\b", r"\1 is", bare)
    bare = re.sub(r"#", " no ", bare).replace("'", "").replace("’", "").replace(".", " ")
    bare = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", bare)
    plain = unicodedata.normalize("NFKD", bare).encode("ascii", "ignore").decode().casefold()
    return tuple(_TOKEN.findall(plain))


def _by_phrase(table: Mapping[_Meant, str]) -> Mapping[tuple[str, ...], tuple[_Meant, ...]]:
    """The fields or uses of each phrase, in the order of the table."""
    found: dict[tuple[str, ...], tuple[_Meant, ...]] = {}
    for meant, phrases in table.items():
        for phrase in phrases.split("; "):
            words = tuple(phrase.split())
            found[words] = (*found.get(words, ()), meant)
    return found


_FIELDS, _USES = _by_phrase(_PHRASES), _by_phrase(_PARTS)
_LONGEST = 4


@lru_cache(4096)
def meanings(header: str) -> tuple[HeaderMeaning, ...]:
    """The fields of Events that the words of a header may mean, the likeliest first."""
    before, colon, after = header.partition(":")
    if colon and (found := _meanings(after)) and found[0].sure:
        # "STAFF USE: Status" is a status; of "Time: start" the time counts.
        first = _meanings(before)
        if not (first and first[0].sure):
            return found
    return _meanings(header)


def _meanings(header: str) -> tuple[HeaderMeaning, ...]:
    words = tokens(header)
    if not words or len(words) > 20:
        return ()
    parts = tuple(HeaderMeaning(_PART_OF.get(use, "date"), True, use) for use in _USES.get(words, ()))
    counts_officers = _OFFICERS.intersection(words) and {"number", "no", "many", "count"}.intersection(words)
    if OTHERWISE.intersection(words) or (counts_officers and _CAME.intersection(words)):
        return parts
    if counts_officers:  # "How many cops" are no guests
        return (HeaderMeaning("officers_needed", True), *parts)
    matches: list[tuple[int, int, tuple[str, ...]]] = []
    at = 0
    while at < len(words):
        size = next((n for n in range(min(_LONGEST, len(words) - at), 0, -1) if words[at : at + n] in _FIELDS), 0)
        if size:
            matches.append((at, at + size, _FIELDS[words[at : at + size]]))
        at += size or 1
    if not matches:
        return parts
    covered = {place for begin, end, _ in matches for place in range(begin, end)}
    sure = all(place in covered or word in _NEUTRAL or word.isdigit() for place, word in enumerate(words))
    # The head of "Location of the event" is before "of", of "Event location" at the end.
    cut = next((n for n, word in enumerate(words) if n and word in _BREAKS and n not in covered), len(words))
    head = [match for match in matches if match[0] < cut] or matches
    asks = words[0] in ("who", "where", "when", "quien", "donde", "cuando")
    asks = asks or (words[0] in ("how", "which", "what") and head[0][0] == 0 and head[0][1] > 1)
    # "business or organization": what the cells are of the two, the first in doubt
    either = [match for match in head if {"or", "o"}.intersection(words[head[0][1] : match[0]])]
    best = head[0] if asks or (len(head) == 2 and either) else head[-1]
    if words[-1] in ("notes", "comments", "remarks") and best is matches[-1]:
        sure = True  # whoever's notes they are
    own = {*best[2], *(field for match in either for field in match[2])}
    others = [match for match in reversed(matches) if match is not best]
    fields = dict.fromkeys([*best[2], *(field for match in others for field in match[2] if field != "title")])
    return (*(HeaderMeaning(field, sure and field in own) for field in fields), *parts)


def role_of(header: str) -> str | None:
    """The role that a column of people is for, such as Host."""
    return next((_ROLES[word] for word in tokens(header) if word in _ROLES), None)


_KNOWN_WORDS = {word for phrase in (*_FIELDS, *_USES) for word in phrase} | _NEUTRAL | OTHERWISE | _ROLES.keys()


def has_only_known_words(header: str) -> bool:
    """Whether every word of a header is one that plans of events use, and none that is a surname too."""
    words = set(re.findall(r"[^\W\d_]+", header.casefold()))
    return words <= _KNOWN_WORDS and words.isdisjoint(_SURNAMES_TOO)


def speaks_of_other_things(header: str) -> bool:
    """Whether a header has a word of something that is not read, such as Phone or Odometer."""
    return bool(OTHERWISE.intersection(tokens(header)))


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


_ITS_OFFICERS = re.compile(r"\b(?:officers?|ofcs?|deput(?:y|ies)|troopers?|staff|personnel)\b\.?", re.I)
"""The word for an agency's people in a header such as "WPD officers"."""


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
    for column in [one for one in columns if one.index not in planned and one.cells.share("tick") >= 0.9]:
        if _is_person_header(column.header, known):
            planned[column.index] = _named(column, "officers", "is there")
    return planned


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
    named = [{surname_of(part.bare) for part in split_cell(text_of(cell))} - {""} for cell in cells.sample]
    known = typed_people()
    if len(known.intersection(set().union(*named))) < 2:
        return 0.0
    return sum(bool(surnames) and surnames <= known for surnames in named) / len(named)

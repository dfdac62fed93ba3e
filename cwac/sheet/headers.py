"""What a title or a header means: by the names of the contract, misspelled or not, else by its words."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby

from rapidfuzz.distance import OSA

from cwac.model import Cell, grouped
from cwac.sheet.plan import Use
from cwac.sheet.schema import EVENTS, TABS, Column, TabSpec
from cwac.sheet.text import MAX_CELL, bounded, is_blank


def key(typed: object) -> str:
    """A tab's or header's name without case, accents, spaces and punctuation; `#` becomes "no"."""
    text = str(typed).casefold().replace("#", "no")
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text)
    return "".join(filter(str.isalnum, text))


def is_exact(typed: object, name: str, aliases: Iterable[str]) -> bool:
    """Whether it is the name as it is spelled, or an alias in any case; `key` forgives more."""
    return typed == name or str(typed).casefold() in map(str.casefold, aliases)


_BY_TITLE = {key(alias): spec for spec in TABS for alias in spec.aliases} | {key(spec.name): spec for spec in TABS}


def spec_for(title: str) -> TabSpec | None:
    """The contract's tab of that title, by name or alias, or None."""
    return _BY_TITLE.get(key(title)) if len(title) <= MAX_CELL else None


@dataclass(frozen=True, slots=True)
class Header:
    """The meaning of a header row, by the index of each cell (from 0).

    `columns` are read, in order; `renamed` are those among them with a misspelled name; `repeated` map to the index
    that has the same column already; `unknown` are in the table but not in the contract; `cut` are known names
    outside the table.
    """

    columns: dict[int, Column]
    renamed: tuple[int, ...]
    repeated: dict[int, int]
    unknown: tuple[int, ...]
    cut: dict[int, Column]

    @property
    def fields_named(self) -> set[str]:
        """The fields named anywhere in the row, in the table or outside."""
        return {column.field for column in (*self.columns.values(), *self.cut.values())}


def read_header(spec: TabSpec, row: Sequence[Cell]) -> Header:
    """The column of each header cell: names and aliases first, other spellings, Spanish names, misspellings last."""
    cells = [bounded(cell, MAX_CELL) for cell in row]
    exact = {at: column for at, cell in enumerate(cells) if (column := _exact(spec, cell)) is not None}
    # Of several Spanish names of one column the first in `spanish` counts.
    names = _spanish(spec)
    typed = {at: key(cell) for at, cell in enumerate(cells) if type(cell) is str and at not in exact}
    order = list(names)
    best: dict[str, int] = {column.field: -1 for column in exact.values()}
    for at in sorted((at for at, name in typed.items() if name in names), key=lambda at: order.index(typed[at])):
        best.setdefault(names[typed[at]].field, at)
    by_index = exact | {at: names[typed[at]] for at in best.values() if at >= 0}
    table, apart = _table_of(cells, by_index)
    place: dict[str, int] = {}
    forgiven = {at for at, column in exact.items() if not is_exact(cells[at], column.header, column.aliases)}
    for at in sorted([at for at in table if at in by_index], key=forgiven.__contains__):
        place.setdefault(by_index[at].field, at)
    columns = {at: by_index[at] for at in place.values()}
    repeated = {at: place[by_index[at].field] for at in table if at in by_index and at not in columns}
    renamed = []
    for at in table:
        near = None if at in by_index else _near(spec, cells[at])
        if near is not None and place.setdefault(near.field, at) == at:
            columns[at] = near
            renamed.append(at)
    unknown = tuple(at for at in table if at not in columns and at not in repeated)
    cut = {at: by_index[at] for at in apart if at in by_index}
    return Header(dict(sorted(columns.items())), tuple(renamed), repeated, unknown, cut)


HEADER_WITHIN = 10
"""The header is looked for in this many rows: a title or a note may be above it."""


def header_row(spec: TabSpec, rows: Sequence[Sequence[Cell]]) -> int | None:
    """The index of the first of the top rows that names at least two of the tab's columns.

    A tab with one required column (a list of towns) may have just that one.
    """
    lone: int | None = None
    for number, row in enumerate(rows[:HEADER_WITHIN]):
        fields = read_header(spec, row).fields_named
        if len(fields) >= 2:
            return number
        if lone is None and any(spec.column(name).required for name in fields):
            lone = number
    return lone if sum(column.required for column in spec.columns) == 1 else None


def _table_of(cells: Sequence[Cell], columns: dict[int, Column]) -> tuple[list[int], list[int]]:
    """The indexes of the table's headers, and of those outside it.

    Of the blocks between blank headers, that with the most known headers is the table. A blank header does not end the
    table if at least two known headers follow and none of them repeats an earlier one: then somebody just inserted a
    column.
    """
    runs = groupby(range(len(cells)), key=lambda at: is_blank(cells[at]))
    blocks = [list(run) for is_gap, run in runs if not is_gap]
    if not blocks:
        return [], []
    fields = [{columns[at].field for at in block if at in columns} for block in blocks]
    begin = max(range(len(blocks)), key=lambda number: len(fields[number]))
    end = begin + 1
    own = set(fields[begin])
    known = [number for number, named in enumerate(fields) if named]
    while end < len(blocks):
        # A repeated header begins another table. Only blocks with known headers are looked at, and so a few of them.
        ahead: set[str] = set()
        for at in range(bisect_left(known, end), len(known)):
            number = known[at]
            if fields[number] & (own | ahead) and number > end:
                break
            ahead |= fields[number]
        if len(ahead) < 2 or fields[end] & own:
            break
        own |= fields[end]
        end += 1
    while begin > 0 and len(own) >= 2 and not fields[begin - 1] & own:
        begin -= 1
        own |= fields[begin]
    table = [at for block in blocks[begin:end] for at in block]
    return table, [at for block in (*blocks[:begin], *blocks[end:]) for at in block]


def column_for(spec: TabSpec, header: object) -> Column | None:
    """The column of a single header cell: by name, alias, Spanish name, or with one typing mistake."""
    if not isinstance(header, str):
        return None
    cell = bounded(header, MAX_CELL)
    return _exact(spec, cell) or _spanish(spec).get(key(cell)) or _near(spec, cell)


@cache
def _headers(spec: TabSpec) -> dict[str, Column]:
    names = {key(alias): column for column in spec.columns for alias in column.aliases}
    return names | {key(column.header): column for column in spec.columns}


@cache
def _spanish(spec: TabSpec) -> dict[str, Column]:
    return {key(name): column for column in spec.columns for name in column.spanish}


_PARENTHESIS = re.compile(r"[(\[][^)\]]*[)\]]")
_OUR_EXPORT = frozenset(
    "officers_assigned officers_confirmed guests_low guests_high guests_estimated timezone placeholder rows".split()
)
"""Computed columns of `cwac export`. In this spelling "officers_assigned" holds a number, not names."""


def _exact(spec: TabSpec, header: Cell) -> Column | None:
    if type(header) is not str or header.strip() in _OUR_EXPORT:
        return None
    names = _headers(spec)
    return names.get(key(header)) or names.get(key(_PARENTHESIS.sub("", header)))


_COMMON = frozenset(
    """account address agree alignment attendant bank began cafe case cell center centre claim close closer closet code
    coffee color commend commodity communion communist community complete concert condition conditional confirm
    conformed conservation contact contract conversion conviction cost count country county course court cover crew
    crime date day debt deed department departmental depot desk detail duration email end entry error even fee file
    final finding finnish flag floor food form founding fuel gate giant grace graft grand grant grape grave group guess
    hall head hold home host hour house item job kind lane last lead leader lease lever levee limit line link list load
    loan lock log lot mail manage manager map mark market mass max meal median medic medical member memo menu mile miner
    minor mode model month name need news noise note noted number offer office option order owned page paid palace park
    parking part party pass peace percent permit person phase phony photo place plan plane plank plant plate point
    police policy poll pool pop population port poster pound present press price prior prize process progress quest
    question quote rain range rate ratio reason record region regiment rent reply report reporter residence residency
    resident resort return revenue risk road role room route row rule sale scale score screen season seat second segment
    series serial sex shape share sheet shelf shift shirt shoot shop shore short shout show side sign signal size slot
    smart snort source space speak speed spend sport spot stage stake stand star start state station stats statue
    statute stop store story street stuff style subject submit sum supervise supervision survey surrey sword table tag
    talk tanks target task tax team tell term test text theme thorough though tier time title token tone tonic tool
    topic total tour toxic trace track trade trip type unit unite update url usage use user vacation value van visit
    void vote wage want ward watch weather web week wheel where while whole width word work worker year yes zip zone
    contacto""".split()
)
"""Words of other columns that are near a name: "County" is not a misspelled "Count"."""

_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")


def _words(header: str) -> tuple[str, ...]:
    """A header's words in lower case; "EnteredBy" and "entered_by" are two words."""
    plain = unicodedata.normalize("NFKD", _PARENTHESIS.sub("", header)).encode("ascii", "ignore").decode()
    return tuple(word.lower() for word in _WORDS.findall(plain.replace("'", "")))


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word


_NAMES = [name for spec in TABS for column in spec.columns for name in (column.header, *column.aliases)]
_VOCABULARY = {word for name in (*_NAMES, *(spec.name for spec in TABS)) for word in _words(name)} | {"by"}
"""Every word that the contract uses in a header, so none of them is a misspelling."""


@cache
def _written(spec: TabSpec) -> dict[str, Column]:
    names = ((name, column) for column in spec.columns for name in (*column.aliases, column.header))
    written = grouped(("".join(map(_singular, _words(name))), column) for name, column in names)
    return {name: columns[0] for name, columns in written.items() if len({one.field for one in columns}) == 1}


@lru_cache(4096)
def _near(spec: TabSpec, header: Cell) -> Column | None:
    """The column that a misspelled header means; None for a header made of known words."""
    if type(header) is not str or header.strip() in _OUR_EXPORT:
        return None
    words = _words(header)
    if len(words) == 1 and (words[0] in _COMMON or _singular(words[0]) in _COMMON):
        return None
    plural = _written(spec).get("".join(map(_singular, words)))
    if plural is not None:
        return plural
    if all(word in _VOCABULARY or word in _COMMON or _singular(word) in _COMMON for word in words):
        return None
    typed = key(header)
    if len(typed) < 5:
        return None
    # One mistake in a short word, two in a long one, but not in the first letter: "Note" is not "Date".
    near = {
        column.header: column
        for written, column in _headers(spec).items()
        if len(written) >= 5
        and written[0] == typed[0]
        and OSA.distance(written, typed, score_cutoff=2) <= (1 if min(len(written), len(typed)) < 9 else 2)
    }
    return next(iter(near.values())) if len(near) == 1 else None


_NEUTRAL = frozenset(
    """or concerns questions suggestions events the a an of for at in on by is are was were be will it its this that you
    your our their full hosting est estimated approx approximate approximately rough roughly final primary main
    scheduled schedule proposed planned coming going list all number no num coffee please if blank leave not yet and del
    de la el los las con para un una que es se y do does did there which how many info here typed enter new current
    first second third fourth fifth st nd rd th b c d e f present law enforcement le field police sheriff so local am pm
    day we us should would could like need know cwac""".split()
)
"""Words that do not change what the phrases of a field mean."""
OF_OTHER_TABS = frozenset(
    """projected goal max maximum target limit minimum last next week weekly marca temporal fax unit vehicle cost
    costs price amount budget paid pay invoice vendor fund funds funding grant mileage miles odometer plate vin fuel
    serial model make item items qty quantity stock inventory sku expires expiration expiry expired certificate cert
    course class instructor trainer training score grade latitude longitude lat lon birth dob badge hired
    modified entered ordered received returned purchased purchase due deadline issued renewal renew warranty service
    serviced supplies approver temp rank title2 rate payroll reimbursement receipt account balance debit credit priority
    owner manager review reported report resolved closed opened case incident citation call calls arrests response beat
    district region zone sector shirt size allergies street timesheet replaced replaces pays job jobs caller called
    discussion bookings channel portable vet shots suspect victim offense offender disposition destination wage wages
    paycode patient dosage refund""".split()
)
"""Words of other things than plans of events have."""
_OF_OTHER_THINGS = OF_OTHER_TABS.union(
    """timestamp email mail phone telephone cell url link website web flyer flyers photo photos picture press release
    media posted post facebook social rsvp rsvps registered registrations permit insurance approval approved parking map
    weather giveaways swag donuts cups contact ot overtime evaluation survey feedback id ids expected anticipated
    capacity county category signature submitted created updated follow followup fee fees deposit private reminder
    sensitivity state zip postal""".split()
)
"""Those and others that stand beside plans of events: a header with one of them is not guessed at."""
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
_BREAK = re.compile(r"(?<= )(?:of|for|at|in|with|by|from|to|de|del|para|en|con)\b")
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
    bare = before if (before := _ASIDE.sub("", header)).strip() else header
    bare = re.sub(r"(?i)^names? of (?:the |your |our )?(?=\w)", "", bare)
    bare = re.sub(r"(?i)(?<=\w)\s*[/&]\s*(?:id|badge)(?: ?(?:#|no\.?|num\w*))?\s*$", "", bare)
    bare = re.sub(r"(?i)\b(back|stand)[- ](up|by)\b", r"\1\2", bare)
    bare = re.sub(r"(?i)\b(who|what|where|when|how)['’]s\b", r"\1 is", bare)
    bare = bare.replace("#", " no ").replace("'", "").replace("’", "").replace(".", " ")
    bare = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", bare)
    plain = unicodedata.normalize("NFKD", bare).encode("ascii", "ignore").decode().casefold()
    return tuple(_TOKEN.findall(plain))


_FIELDS = grouped(
    (phrase, column.field) for column in EVENTS.columns if column.phrases for phrase in column.phrases.split("; ")
)
"""The fields that each phrase may mean."""
_PARTS = grouped(
    (phrase, HeaderMeaning(column.field, True, use))
    for column in EVENTS.columns for use, phrases in column.parts for phrase in phrases.split("; ")
)  # fmt: skip
_PHRASE = re.compile(rf"\b({'|'.join(sorted(_FIELDS, key=len, reverse=True))})\b")


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
    parts = tuple(_PARTS.get(" ".join(words), ()))
    counts_officers = _OFFICERS.intersection(words) and {"number", "no", "many", "count"}.intersection(words)
    if _OF_OTHER_THINGS.intersection(words) or (counts_officers and _CAME.intersection(words)):
        return parts
    if counts_officers:  # "How many cops" are no guests
        return (HeaderMeaning("officers_needed", True), *parts)
    pieces = _PHRASE.split(" ".join(words))
    others, phrases = pieces[::2], pieces[1::2]
    if not phrases:
        return parts
    sure = all(word in _NEUTRAL or word.isdigit() for piece in others for word in piece.split())
    # The head of "Location of the event" is before "of", of "Event location" at the end.
    head = phrases[: next((at for at, piece in enumerate(others) if _BREAK.search(piece)), 0) or None]
    asks = words[0] in ("who", "where", "when", "quien", "donde", "cuando")
    asks = asks or (words[0] in ("how", "which", "what") and others[0] == "" and " " in head[0])
    # "business or organization": what the cells are of the two, the first in doubt
    either = [at for at in range(len(head)) if {"or", "o"}.intersection(" ".join(pieces[2 : 2 * at + 1]).split())]
    best = 0 if asks or (len(head) == 2 and either) else len(head) - 1
    if words[-1] in ("notes", "comments", "remarks") and best == len(phrases) - 1:
        sure = True  # whoever's notes they are
    own = {field for at in (best, *either) for field in _FIELDS[phrases[at]]}
    beside = (field for at in reversed(range(len(phrases))) if at != best for field in _FIELDS[phrases[at]])
    fields = dict.fromkeys([*_FIELDS[phrases[best]], *(field for field in beside if field != "title")])
    return (*(HeaderMeaning(field, sure and field in own) for field in fields), *parts)


def role_of(header: str) -> str | None:
    """The role that a column of people is for, such as Host."""
    return next((_ROLES[word] for word in tokens(header) if word in _ROLES), None)


_KNOWN_WORDS = _NEUTRAL.union(_OF_OTHER_THINGS, _ROLES, *map(str.split, (*_FIELDS, *_PARTS))) - _SURNAMES_TOO


def has_only_known_words(header: str) -> bool:
    """Whether every word of a header is one that plans of events use, and none that is a surname too."""
    return _KNOWN_WORDS.issuperset(re.findall(r"[^\W\d_]+", header.casefold()))


def speaks_of_other_things(header: str) -> bool:
    """Whether a header has a word of something that is not read, such as Phone or Odometer."""
    return bool(_OF_OTHER_THINGS.intersection(tokens(header)))


def said_by_hand(header: str, tab: str, by_hand: Mapping[str, str]) -> str | None:
    """What the settings say that a column is: a header of the contract, blank for "not read", None for nothing.

    A header that is a question may be named by its beginning, without what stands in brackets behind it.
    """
    bare = re.sub(r"[(\[].*", "", header, flags=re.S)
    names = (f"{tab}!{header}", f"{tab}!{bare}", header, bare)
    return next((by_hand[typed] for name in names if (typed := key(name)) in by_hand), None)


_OFFICERS_OF = re.compile(r"officers of (?P<agency>.+)", re.I)


def field_by_hand(meant: str, spec: TabSpec) -> tuple[str, str | None] | None:
    """The field, and the agency of "Officers of WPD", that a meaning in the settings names; None for no meaning."""
    if (of := _OFFICERS_OF.fullmatch(meant.strip())) and spec is EVENTS:
        return "officers", of["agency"].strip()
    column = next((one for one in spec.columns if key(one.header) == key(meant)), None)
    return None if column is None else (column.field, None)

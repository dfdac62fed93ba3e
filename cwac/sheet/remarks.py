"""Remarks beside a name or in a Status cell of Staffing, and a cell of names cut into names and remarks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Literal

from cwac.model import AssignmentStatus, Cell
from cwac.sheet.names import NOT_APPLICABLE, Agencies, fold
from cwac.sheet.text import PUNCTUATION, plain, text_of

RANKS = frozenset(
    "officer ofc ofcr off deputy dep dpty sergeant sgt lieutenant lt ltn captain cpt capt corporal cpl chief "
    "undersheriff sheriff detective det commander cmdr cdr trooper cso sro cro ms mr mrs mx dr reserve "
    "explorer senior sr agte agente sgto sargento jefe oficial tte teniente cabo".split()
)
# "Off." before a name is a rank; "(off)" after it is a day off.
_HARMLESS = RANKS - {"off"} | set(
    "host hosting hosts greeter greeters greeting greet floor mingle pio pao media bilingual interpreter translator "
    "supervisor supervising supv sup standby oncall lead poc door role roles primary cohost "
    "acting assistant asst interim k9 k fto cadet recruit trainee intern rank major specialist "
    "english spanish hmong lao laotian mien thai vietnamese tagalog filipino chinese mandarin cantonese korean "
    "japanese russian ukrainian punjabi hindi arabic farsi portuguese french italian karuk asl sign language languages "
    "speaks speak speaker speaking fluent native espanol "
    "pd so po police sheriffs chp highway patrol dept department office county city state agency "
    "from of the a an and or for with as our is their co on".split()
)
"""Words that name only a rank, a role, a language or an agency."""
_AN_AGENCY = re.compile(r"(?:from |of )?(?:[a-z]+ ){0,3}(?:pd|police|sheriffs?|so|chp|police dept|police department|"
                        r"sheriffs? (?:office|dept|department))")  # fmt: skip

# Anywhere in a remark.
_PHRASES: tuple[tuple[AssignmentStatus, str], ...] = (
    (
        "No-show",
        r"no ?shows?|noshowed|no showed|(?:did not|didnt|never) (?:show|appear|turn|come|came|arrive|attend|make)\w*"
        r"|failed to (?:show|appear)|absent|awol",
    ),
    (
        "Swapped out",
        r"(?:swap(?:ped)?|switch(?:ed)?|trad(?:e|ed)|subbed|substituted) (?:out|with|w|for|to|by|places)"
        r"|replaced (?:by|with)|swapped",
    ),
    (
        "Declined",
        r"declin(?:e|es|ed|ing)|decl|refus(?:e|es|ed|ing)|cancel\w*|canx|cancld|cnx|cxl\w*|10 22|1022"
        r"|not (?:be )?(?:coming|going|available|avail|attending|free|participating|joining|volunteering)"
        r"|(?:not (?:be )?able|unable)(?: to (?:come|make|attend|go|join|be|do|work|participate)|$)"
        r"|no longer (?:coming|going|available|attending|able|free|in|with|works?|working)"
        r"|(?:isnt|is not|wasnt|arent) (?:coming|going|available|attending|free|able)|not gonna|unavail\w*"
        r"|(?:cant|cannot|can not|couldnt|could not|wont|will not|wouldnt)"
        r"(?: (?:come|make|attend|go|join|do|work|be|participate)|$)"
        r"|back(?:ed|s|ing)? out|bail(?:ed|ing)?|drop(?:ped|ping|s)? out|opt(?:ed|s|ing)? out|begged off|withdrew"
        r"|withdrawn|regrets|excused|call(?:ed|s|ing)? (?:in|out|off)|call(?:ed|s|ing)? (?:in )?sick|sick|covid"
        r"|sent regrets|said no|on leave|on vacation|out of (?:town|office|county|state|area)|day off|days off"
        r"|not (?:feeling|doing) well|under the weather",
    ),
    (
        "Pulled",
        r"pulled|pull|removed|taken off|crossed off|struck off|scratched|bumped|re ?assigned|re ?deployed|deployed|"
        r"recalled|call(?:ed)? (?:away|back|up)|ordered (?:to|away)|sent (?:to|away)|diverted|mutual aid"
        r"|needed elsewhere|off (?:the )?(?:list|roster)",
    ),
)
_STRONG = tuple((status, re.compile(rf"\b(?:{phrases})\b")) for status, phrases in _PHRASES)
_STRONG_WORDS = tuple(pattern for _, pattern in _STRONG)
_CALLED_TO_WORK = re.compile(r"\bcall(?:ed)? out (?:to|for|on)\b")
# These count only if the whole remark says nothing else.
_WEAK: dict[str, AssignmentStatus] = {
    **dict.fromkeys(
        "out sick covid off away gone leave vacation vac pto holiday furlough fmla bereavement jury court subpoena "
        "subpoenaed busy conflict conflicts ill illness flu injured injury hurt hospital hospitalized surgery "
        "medical doctor appointment appt dentist family emergency ooo cant cannot wont unable no nope nah negative "
        "declines passed passes".split(),
        "Declined",
    ),
    **dict.fromkeys("ns dns fta missed".split(), "No-show"),
    **dict.fromkeys("swap swaps switch switched trade traded replaced subbed".split(), "Swapped out"),
}
_FILLER = frozenset(
    "is was be been has have had at in on to a an the due because of for still sorry all both they he she day days "
    "today this that week weekend month duty town date now currently again with it them thanks said says".split()
)
_GOING: dict[str, AssignmentStatus] = {
    **dict.fromkeys("confirmed conf confd yes y ok okay coming going attending in".split(), "Confirmed"),
    **dict.fromkeys(("will attend", "is coming", "will come", "will be there", "is going"), "Confirmed"),
    **dict.fromkeys("attended present worked there".split(), "Attended"),
    **dict.fromkeys("assigned assg asgd".split(), "Assigned"),
}
TICKS: dict[str, AssignmentStatus] = {**dict.fromkeys("✓✔☑✅", "Confirmed"), **dict.fromkeys("✗✘❌☒✖", "Declined")}
MARKS = re.compile(f"[{''.join(TICKS)}\ufe0f]")

_GOES_INSTEAD = re.compile(
    r"\b(?:cover(?:ing|s)? for|fill(?:ing|s)? in|sub(?:bing|s)? for|in (?:place|lieu) of|instead of|replac(?:es|ing)"
    r"|swap(?:ped|s|ping)? in|switch(?:ed)? in|step(?:ping|ped)? in|took over)\b|^for\b"
)
_DENIED = re.compile(
    r"\b(?:not|never|no longer|isnt|wasnt|hasnt|hadnt|didnt|did not|doesnt|dont|havent|arent|without)(?: \w+)?"
    r" (?:declin|sick|ill\b|cancel|swap|pull|remov|refus|unavail|absent|busy|excused|replaced|a no)"
)
_DOUBT = re.compile(
    r"\?|\b(?:may ?be|might|may (?:not )?(?:be|come|join|make|have|attend|need|get|go)|perhaps|possib\w*"
    r"|prob(?:ably|able)?|likely|tentativ\w*|tent|tbd|tba|tbc|pending|unknown|unsure|not sure|uncertain|if|unless"
    r"|depend\w*|hopeful\w*|hoping|hopes|try|trying|tries|subject to|(?:a)?wait(?:ing|s)?|wait ?list\w*|request(?:ed)?"
    r"|reqd?|requesting|asked|asking|invited|ask|invite|to (?:be )?confirm(?:ed)?|to be (?:determined|announced)"
    r"|unconfirmed|not (?:yet )?confirmed|hasnt confirmed|confirm|confirming|back ?up|alternate|alt|or|either"
    r"|considering|checking|will (?:let|advise|see|check|confirm)|dont know|dunno"
    r"|no (?:answer|reply|response|word|confirmation)|voicemail|left (?:a )?(?:message|vm|msg)|approval|needs ok"
    r"|not (?:yet )?(?:assigned|approved|cleared|asked))\b"
)
_TIME = re.compile(
    r"\b(?:from|by|at|around|about|leav(?:e|es|ing)|start(?:s|ing)?|arriv\w*|in) [0-9]|\b[0-9]{1,2}[:.][0-9]{2}\b"
    r"|\b[0-9]{1,2} ?(?:am?|pm?|a\.m|p\.m)\b|\b[0-9]{1,4} ?(?:h|hrs?|hours?|mins?|minutes?)\b"
    r"|\b[0-9]{1,2} ?- ?[0-9]{1,2}\b"
    r"|\b(?:until|til|till|thru|through|after|before|noon|mornings?|afternoons?|evenings?|midday|late|early|tardy"
    r"|leaving|leaves|arriv(?:es|ing)|hours?|hrs?|mins?|minutes?|half|am|pm|[ap]\.m|part ?-?time|partial(?:ly)?|then)\b"
)
_ANY_WORD = re.compile(
    "|".join(pattern.pattern for pattern in (*_STRONG_WORDS, _DOUBT, _DENIED)) + rf"|\b(?:{'|'.join(_WEAK)})\b"
)
_NOT_WORDS = re.compile(r"[^a-z0-9?]+")
# The only single words that are a remark directly beside a name: most others might be a surname.
_BARE_WEAK = frozenset("out vacation pto busy ill cant cannot swap replaced".split())
_SURNAMES = frozenset("alt ask try wait either or confirm early noon half then tent pull check".split())
_LINKS = frozenset("is was has have had will be been now also still currently just the a both all".split())
# "replaced by Demo" is not about Demo.
_BEFORE_OBJECT = frozenset("by with w for to of on from than".split())
_LINKS_BEFORE = _LINKS | frozenset("out in on at with due because".split())
_MOST_BARE_WORDS = 14


@dataclass(frozen=True, slots=True)
class Meaning:
    """The meaning of a remark. `status` is set for kind "status" only; "doubt" and "time" make a person Requested."""

    kind: Literal["status", "doubt", "time", "harmless", "other"]
    status: AssignmentStatus | None = None

    @property
    def asked_only(self) -> bool:
        return self.kind in ("doubt", "time")


def flat_words(text: str) -> str:
    return " ".join(_NOT_WORDS.sub(" ", fold(text)).split())


@lru_cache(maxsize=1024)
def meaning(remark: str) -> Meaning:
    """The meaning of a remark, apart from an agency that it may name."""
    flat = flat_words(remark)
    if not flat and (tick := MARKS.search(remark)) and tick[0] in TICKS:
        return Meaning("status", TICKS[tick[0]])
    if "?" in flat or _DENIED.search(flat):
        return Meaning("doubt")
    words = flat.split()
    if words and (_HARMLESS.issuperset(words) or "".join(words) in _HARMLESS or _AN_AGENCY.fullmatch(flat)):
        return Meaning("harmless")
    if _GOES_INSTEAD.search(flat):
        return Meaning("other")
    if status := _strong(flat) or _weak(words) or _GOING.get(flat):
        return Meaning("status", status)
    if _DOUBT.search(flat):
        return Meaning("doubt")
    return Meaning("time") if _TIME.search(fold(remark)) else Meaning("other")


def _strong(flat: str) -> AssignmentStatus | None:
    if _CALLED_TO_WORK.search(flat):
        return "Pulled"
    return next((status for status, pattern in _STRONG if pattern.search(flat)), None)


def _weak(words: list[str]) -> AssignmentStatus | None:
    named = [word for word in words if word in _WEAK]
    return _WEAK[named[0]] if named and all(word in _WEAK or word in _FILLER for word in words) else None


@lru_cache(maxsize=1024)
def may_speak(text: str) -> bool:
    """Whether the text has a word of any remark: a fast check, since most names have none."""
    return bool(_ANY_WORD.search(flat_words(text)) or _TIME.search(fold(text)) or MARKS.search(text))


def surely_no_name(text: str) -> bool:
    """Whether a text at the beginning of a cell is a status ("Declined, A. Sample") and not a surname (Court)."""
    flat = flat_words(text)
    return _strong(flat) is not None or " " in flat


def remark_after(name: str) -> tuple[str, str]:
    """A name, and the remark after it without punctuation between them: "Sample declined"."""
    words = name.split()
    if not 2 <= len(words) <= _MOST_BARE_WORDS or not may_speak(name):
        return name, ""
    begins = (at for at in range(1, len(words)) if begins_as_remark(" ".join(words[at:])))
    end = next(begins, len(words))
    # "Sample off until 9": two remarks, or a word that only introduces one.
    while 1 < end < len(words) and (words[end - 1].casefold() in _LINKS or begins_as_remark(words[end - 1])):
        end -= 1
    return " ".join(words[:end]), " ".join(words[end:])


def remark_before(name: str) -> tuple[str, str]:
    """A name, and the remark before it without punctuation between them: "maybe Sample"."""
    words = name.split()
    if 2 <= len(words) <= _MOST_BARE_WORDS and may_speak(name):
        for at in range(len(words) - 1, 0, -1):
            before = " ".join(words[:at])
            if _is_wholly_remark(before):
                while at < len(words) - 1 and words[at].casefold() in _LINKS:
                    at += 1
                return " ".join(words[at:]), before
    return name, ""


def begins_as_remark(text: str) -> bool:
    """Whether a text begins with a remark, so that no name comes first."""
    words = flat_words(text).replace("?", " ").split()
    while len(words) > 1 and words[0] in _LINKS_BEFORE:
        words = words[1:]
    flat = " ".join(words)
    if not flat or flat in _SURNAMES:
        return False
    if flat == "confirmed" or (_weak(words) and (len(words) > 1 or flat in _BARE_WEAK or flat == "off")):
        return True
    begins = any(pattern.match(flat) for pattern in (_CALLED_TO_WORK, *_STRONG_WORDS, _DENIED, _DOUBT))
    return begins or begins_with_time(text)


def begins_with_time(text: str) -> bool:
    return _TIME.match(fold(text)) is not None


def _is_wholly_remark(text: str) -> bool:
    flat = flat_words(text)
    words = flat.split()
    if not words or flat in _SURNAMES or words[-1] in _BEFORE_OBJECT:
        return False
    if flat == "confirmed" or (_weak(words) and (len(words) > 1 or flat in _BARE_WEAK)):
        return True
    return any(pattern.fullmatch(flat) for pattern in (*_STRONG_WORDS, _DOUBT, _TIME))


WITH_STATUS = "Type the name alone, and the Status in Staffing."

_OPEN, _CLOSE = "([{", ")]}"
BRACKETED = "\x00"
"""Replaces brackets and their content in a text, so that only the text outside is split."""
_WITHOUT = re.compile(r"\bw/o\b", re.I)
SEPARATOR = re.compile(
    r"([;\n&+,]|(?<![0-9])/|/(?![0-9])|(?<![0-9]):(?!\d)|:(?=\s)|\band\b|(?-i:(?<=\s)y(?=\s))|\bplus\b|\bw/|\bwith\b)",
    re.I,
)
ADDED = frozenset({"and", "y", "&", "+", "plus"})
_ASIDE = re.compile(r"(?<=\s)-+|(?<!-)-++(?=\s)|\.{2,}|…|=")
BADGE = re.compile(r"(?:\b(?:badge|id|star|unit|no)\b\.?\s*)?#?\s*\b[0-9]{1,7}\b", re.I)
PERSON_ID = re.compile(r"[A-Z]{1,4}[- ]?[0-9]{2,7}|#[0-9]{2,7}", re.I)
"""An ID or a badge number, which names a person where no officers are listed."""
_MOST_HYPHENS = 4
_NOT_IN_NAMES = frozenset(
    "the at is will has have had was were to of if when while who her his their our she he it they needs need still "
    "only on in for by from about after before with without because but as or not then driving bringing "
    "needed possible available necessary required sure time work today tomorrow here there yet again day week me him "
    "you".split()
)


@dataclass(slots=True)
class NamePart:
    """A piece of a cell between separators; `after` is the separator before it. Brackets are `BRACKETED`."""

    text: str
    remarks: list[str]
    after: str = ""
    doubtful: bool = False
    """Whether it was joined from two parts that might be two people."""
    perhaps_one: bool = False
    """Whether it and the part beside it might be one person, last name first."""

    @property
    def bare(self) -> str:
        return " ".join(self.text.replace(BRACKETED, " ").split())

    def joined(self, other: NamePart, between: str) -> NamePart:
        return NamePart(f"{self.text}{between}{other.text}", self.remarks + other.remarks, self.after)

    def split(self, by: re.Pattern[str]) -> list[NamePart]:
        remarks = iter(self.remarks)
        return [NamePart(side, [next(remarks) for _ in range(side.count(BRACKETED))]) for side in by.split(self.text)]


def split_cell(text: str) -> list[NamePart]:
    """A cell split at semicolons, commas, line breaks, "and" and so on, but not inside brackets."""
    masked, inside = without_brackets(text)
    masked = _WITHOUT.sub("without", NOT_APPLICABLE.sub("none", masked))
    parts: list[NamePart] = []
    after = ""
    for at, piece in enumerate(NamePart(masked, inside).split(SEPARATOR)):
        if at % 2:
            after = piece.text.casefold() if piece.text != "," or after in ("", ",") else after
        elif piece.text.strip():
            parts.append(NamePart(piece.text.strip(), piece.remarks, after if parts else ""))
            after = ""
    return parts


def without_brackets(text: str) -> tuple[str, list[str]]:
    """The text with `BRACKETED` for each pair of brackets, and their contents. A bracket never closed is a dash."""
    opened: list[int] = []
    closed: dict[int, int] = {}
    for at, char in enumerate(text):
        if char in _OPEN:
            opened.append(at)
        elif char in _CLOSE and opened:
            closed[opened.pop()] = at
    outside: list[str] = []
    inside: list[str] = []
    at = 0
    while at < len(text):
        char = text[at]
        if at in closed:
            inside.append(re.sub(r"[()\[\]{}]", " ", text[at + 1 : closed[at]]).strip())
            char, at = f" {BRACKETED} ", closed[at]
        elif char in _OPEN:
            char = " - "
        elif char in _CLOSE or char == BRACKETED:
            char = " "
        outside.append(char)
        at += 1
    return "".join(outside), inside


def split_at_dashes(text: str) -> list[str]:
    """A part's pieces around a dash, an equals sign or points."""
    pieces: list[str] = []
    for piece in filter(None, (piece.strip(" -,:*") for piece in _ASIDE.split(text))):
        # The name and the remark of "Sample-declined"; most hyphens belong to a name.
        for hyphen in islice(re.finditer("-", piece), _MOST_HYPHENS):
            remark = piece[hyphen.end() :]
            if surely_no_name(remark) and begins_as_remark(remark) and not begins_as_remark(piece):
                pieces += [piece[: hyphen.start()], remark]
                break
        else:
            pieces.append(piece)
    return pieces


def bare_name(typed: str) -> str:
    """A name without brackets, remarks, question marks and numbers."""
    outside = without_brackets(plain(typed))[0].replace(BRACKETED, " ").replace("?", " ")
    name = next(iter(split_at_dashes(" ".join(outside.split()))), "")
    name = remark_before(remark_after(name)[0])[0]
    return without_badge(name)


def without_badge(name: str) -> str:
    return " ".join(BADGE.sub(" ", name).split()).strip(" ,;:-#")


_PLACEHOLDER_WORD = re.compile(
    r"t\.?b\.?[dac]\.?|pending|unknown|to be (?:determined|announced|confirmed|assigned)"
    r"|por (?:confirmar|definir|asignar)|pendiente|unassigned|unstaffed",
    re.I,
)


def is_placeholder_word(text: str) -> bool:
    """Whether a text is TBD or the like, in any punctuation."""
    bare = text.strip(PUNCTUATION)
    return _PLACEHOLDER_WORD.fullmatch(bare) is not None if bare else "?" in text


def split_agency(text: str, agencies: Agencies) -> tuple[str, str] | None:
    """The agency and the rest of "CHP Ofc. Salas" or "Ofc. Salas CHP", which have a rank; None for other texts."""
    typed = text.split()
    are_ranks = [word.strip(".,:").casefold() in RANKS for word in typed]
    for at in range(1, len(typed)):
        before = re.sub(r"(?:'s|[\s:,-]+)$", "", " ".join(typed[:at]))
        if are_ranks[at] and agencies.reads_before_rank(before):
            return before, " ".join(typed[at:])
    if len(typed) > 2 and are_ranks[0] and len(typed[-1]) > 2 and agencies.find(typed[-1]):
        return typed[-1], " ".join(typed[:-1]).rstrip(" -:,")
    return None


def agencies_beside(cell: Cell, agencies: Agencies) -> Iterator[str]:
    """The agencies that a cell of people names beside them."""
    for part in split_cell(text_of(cell)):
        beside = split_agency(part.bare, agencies)
        pieces = (*split_at_dashes(part.bare), *part.remarks, *(beside[:1] if beside else ()))
        yield from filter(agencies.find, pieces)


UNNAMED = frozenset("officer ofc deputy dep dpty trooper reserve explorer".split())
"""Ranks that many have: an agency and one of these name nobody."""
_LONGEST_EVERYBODY = 60
_EVERY = frozenset(
    "all any anyone anybody every everyone everybody whoever whomever todos todas cualquiera cualquier".split()
)
_GROUPS = frozenset(
    "team teams crew crews squad squads platoon staff personnel shift shifts volunteers explorers cadets reserves "
    "posse equipo turno".split()
)
_MEMBERS = _GROUPS | set(
    "hands officers officer ofcs deputies deputy members agencies agency department departments dept unit units office "
    "station watch patrol oficiales agentes departamento unidades".split()
)
_BESIDE_EVERY = frozenset(
    "the of us our who can is are free available avail availible on duty working from else and that come make it to "
    "attend los las el la de del disponible disponibles whole entire full todo toda".split()
)
_OF_A_GROUP = frozenset("day night swing graveyard morning evening early late first second third am pm k9 sro".split())
_DUTY_OFFICER = re.compile(
    r"(?:(?:on )?duty|shift|watch) (?:officer|ofc|deputy|sgt|sergeant|lt|lieutenant|cpl|corporal|commander|supervisor)"
)


@lru_cache(maxsize=1024)
def everybody_of(text: str) -> str | None:
    """The words beside "all", "everyone", "whole team" and the like, as in "All WPD officers"; None for other texts."""
    typed = [word for word in text.split() if any(map(str.isalnum, word))]
    said = [flat_words(word) for word in typed]
    if _DUTY_OFFICER.fullmatch(" ".join(said)):
        return ""
    has_group = not _GROUPS.isdisjoint(said)
    known = _EVERY | _MEMBERS | _BESIDE_EVERY | (_OF_A_GROUP if has_group else frozenset())
    is_whole = not _MEMBERS.isdisjoint(said) and not {"whole", "entire", "full", "todo"}.isdisjoint(said)
    if not (has_group or is_whole) and _EVERY.isdisjoint(said):
        return None
    return " ".join(word for word, flat in zip(typed, said, strict=True) if flat not in known)


def is_everybody(text: str, agencies: Agencies) -> bool:
    """Whether a text says everybody, or everybody of an agency, and names nobody: ALL, "everyone avail", "all WPD"."""
    beside = everybody_of(text) if len(text) <= _LONGEST_EVERYBODY else None
    return beside is not None and (not beside or agencies.find(beside) is not None)


def has_content(remark: str) -> bool:
    return "?" in remark or any(map(str.isalnum, remark)) or MARKS.search(remark) is not None


def looks_like_name(text: str, capitals: bool) -> bool:
    """Whether a text is one to five words without digits, none of them a word of sentences.

    With `capitals` one of its letters must be a capital.
    """
    text = text.removeprefix("Of. ")  # Spanish for Officer
    name_words = text.replace("-", " ").replace("'", "").split()
    return (
        0 < len(name_words) <= 5
        and not any(map(str.isdigit, text))
        and any(map(str.isalpha, text))
        and (not capitals or any(map(str.isupper, text)) or not text.isascii())
        and not any(word.strip(".,").casefold() in _NOT_IN_NAMES for word in name_words)
    )


def meaning_of(remark: str, agencies: Agencies) -> Meaning:
    """The meaning of a remark beside a name; naming an agency is harmless."""
    return Meaning("harmless") if agencies.find_source(remark) else meaning(remark)


def only_remark(text: str, capitals: bool) -> bool:
    """Whether a text says something about a person without naming one."""
    if MARKS.search(text) and not any(map(str.isalpha, text)):
        return True
    remark = meaning(text)
    if remark.kind == "harmless":
        return True
    if not begins_as_remark(text):
        return remark.kind == "status" and text.isalpha()
    name, before = remark_before(text)
    return not before or begins_as_remark(name) or not looks_like_name(name, capitals)

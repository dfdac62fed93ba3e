"""Persons and private details in texts that strangers may read, and texts that read as an agency or as a person."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from cwac.sheet.names import fold, words
from cwac.sheet.officers import person_words
from cwac.sheet.person_names import GIVEN_NAMES, GIVEN_OR_FAMILY
from cwac.sheet.remarks import RANKS
from cwac.sheet.text import plain

_HOMOGLYPHS = str.maketrans(
    "аеорсухіѕјԁһвмнктАЕОРСУХІЅЈВМНКТΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", "aeopcyxisjdhbmhktAEOPCYXISJBMHKTABEZHIKMNOPTYXo"
)
"""Cyrillic and Greek letters that look like Latin ones."""
_VOWEL = "AEIOUY"
_ONSET = (
    "SCHW|SCH|SCR|SHR|SPR|STR|THR|BL|BR|CH|CL|CR|DR|FL|FR|GL|GR|GW|KN|KR|MC|NG|PH|PL|PR|QU|RH|SC|SH|SK|SL|SM|SN|SP|ST|SW|TH"
    f"|TR|TS|TW|VL|WH|WR|ZH|[^{_VOWEL}]"
)
_SPOKEN = re.compile(rf"(?:{_ONSET})?[{_VOWEL}]+(?:[^{_VOWEL}]{{1,3}}[{_VOWEL}]+)*[^{_VOWEL}]{{0,2}}")
"""Capitals that are a word, and perhaps a surname, and not initials: VEGA, LEE, MILLER."""
_INITIALS = re.compile(r"(?:[A-Z]\.?){2,6}")
_SUFFIX = re.compile(r"[A-Z]{0,4}(?:PD|SD|FD|DA|DPS|CHP)|[A-Z]{0,3}SO")
_KNOWN_INITIALS = frozenset(
    "fbi dea atf blm ice cia usda nps doj tsa bia epa noaa ada oes cdf calfire bart amtrak".split()
)
_AGENCY_WORDS = re.compile(
    r"\b(?:p\.?d|polic[ei]a?|policing|s\.?o|sheriff\w*|chp|c\.h\.p|highway patrol|u\.s|us|patrol|marshal[ls]?"
    r"|marshal'?s|constables?|probation"
    r"|parole|corrections?|fire(?: ?fighters)?|bomberos|cal ?fire|district attorney|county attorney|city attorney"
    r"|d\.?a\.?'?s? office"
    r"|parks?|park rangers?|rangers|recreation|department|dept|departamento|division|bureau|agency|agencies"
    r"|authority|commission"
    r"|public safety|dps|state police|troopers|county|city of|town of|village of|city hall|tribal|tribe|nation"
    r"|rancheria"
    r"|university|college|campus|school district|unified|schools|transit|airport|railroad|port of|harbor"
    r"|fish (?:and|&) (?:wildlife|game)|wildlife|forest service|forestry|national guard|coast guard|army|navy"
    r"|air force|marines"
    r"|code enforcement|animal (?:control|services)|coroner|emergency (?:services|management)|ems|health services"
    r"|social services"
    r"|explorers|cadets|reserves|academy|task force|joint|force|fbi|dea|atf|blm|usfs|cdfw|cdcr|caltrans)\b",
    re.I,
)
_OFFICE = re.compile(r"[\s\-–/,(#]+")

_ABBREVIATED = (
    "ofcr|ofc|off|dep|dpty|sgt|lt|ltn|cpt|capt|cpl|det|cmdr|cdr|insp|inv|agt|sgto|agte|tte|comm|offcr|ofcer|cso|sro|cro|dpo"
    "|lpo|pio"
)
_SPELLED = (
    "officer|officers|deputy|deputies|sergeant|lieutenant|captain|corporal|chief|undersheriff|sheriff|detective|commander"
    "|sargent|trooper|constable|marshal|ranger|inspector|investigator|warden|sarge|cadet|oficial|agente|sargento|jefe|jefa|teniente|cabo|detective|alguacil"
)
_RANKED = re.compile(
    rf"\b(?P<rank>{_ABBREVIATED}|{_SPELLED})s?\b(?:(?P<between>\.?[\s,:#-]+)|\.)(?:and\s+)?[\"']?(?P<initial>[a-z]\.?\s+)?"
    r"(?P<name>[^\W\d_][\w'-]*)(?P<after>(?:\s+|-)[^\W\d_][\w'-]*)?",
    re.I,
)
_ABBREVIATION = re.compile(rf"(?:{_ABBREVIATED})", re.I)
_NO_NAME = frozenset(
    """a an and of in on at for the to from with w or is are will would can may our your their his her its this that
    be who meet meets greet greets visit visits talk talks chat chats safety training program programs academy
    appreciation coffee coffees cop cops patrol police policia probation sheriff sheriffs district attorney chief
    chiefs officer officers deputy deputies sergeant sergeants lieutenant captain captains corporal detective
    commander marshal ranger rangers station office offices department dept county city town state association
    foundation memorial day days week month year club coloring book books badge badges stickers sticker hat hats
    coroner friendly pepper peppers joseph jack seattle sherman mcgruff america crunch kangaroo kirk cook hook
    morgan planet underpants needed wanted assigned available tbd tba tbc present present attend attends attending
    recruiting recruitment recruiter recruiters hiring jobs exam careers career candidates dogs dog k9 k-9 unit
    units team teams presentation demonstration demo questions q community relations liaison school resource youth
    explorer explorers cadet cadets reserve reserves volunteers volunteer only staff party rodeo posse ball dance
    picnic governor governors tent table booth car cars vehicle vehicles bike bikes de del la el los las y con para
    en su sus""".split()
)
"""Words that may follow a rank without being a name: Officer Friendly, Chief of Police, Sgt. Pepper's."""
_PLACE_WORDS = frozenset(
    """st street ave avenue rd road dr drive ln lane blvd boulevard way ct court pl place hwy highway cir circle ter
    terrace park parks plaza square trail bridge creek river lake mountain butte peak ranch farm farms field fields
    stadium center hall library school elementary high middle academy college university church chapel temple
    cafe café coffee coffeehouse diner grill kitchen bakery bistro restaurant deli pizza pizzeria bar pub brewery
    taproom house inn hotel motel lodge market grocery store shop books bookstore hardware pharmacy drug drugs salon
    gym garage auto motors tire tires bank hospital clinic museum theater  gallery building bldg complex mall
    depot station beach campground springs valley county city town donuts  bagels burgers tacos taqueria
    roasters espresso tea creamery dairy nursery winery vineyards orchard memorial foundation canyon hill hills
    point island ridge meadow meadows grove gardens garden estates village room cabin fire corner""".split()
)
"""Words that make the word before them the name of a place or a business: Church St., Miller's Diner."""
_COMMON = frozenset(
    """park day weed young law street church rose mason king cook baker brown white black green gray gold
    silver hill lake rivers field fields woods wood forest stone rock banks bridge bridges hall rooms page price
    rice bean beans berry cherry olive best good love joy grace hope faith may june april august summer winter
    spring monday friday will mark bill rob art ray dale glen heath cliff dean chase hunter fisher shepherd
    carpenter taylor smith miller mills butler porter parker carter cooper gardener gardner farmer marshall marshal
    judge bishop pope abbot knight knights noble prince duke earl barber potter weaver turner walker rider ryder
    driver drivers sawyer sharp short long little small large strong wise swift quick early frost snow rain storm
    winters bird birds fox wolf lamb bull hawk crane swan drake finch martin robin wren dove crow buck colt
    house houses home homes barn barnes case cash bell bells ball branch brook brooks burn burns camp camps castle
    cross dark drew east west north south english french irish welsh german holland england france london paris york
    lincoln washington jackson madison kelly lee ward guard guards power powers reading read speed star starr
    stewart temple town towns tree trees vance wall walls warm waters water wells west wild wilder window worth yard
    major minor sergeant post means more moore new newman free freeman open hand hands head love self self
    family moon sun sky blue amber ruby pearl sage ash beach bliss bond boon brand bright bush child christian
    coffee cole cotton court craft day deal dear fine fair flowers ford forward glass grant green hay high honey
    hood hope hunt ivy jewel key kind land lane last leaf light line lock lord mayo meadows mercy miles money monk
    nail nation neal noon nurse oaks paine pack pair peace penny plant pool poor prayer proud quarter rush sales
    salt sands savage sellers shine sides singer sprout steel summers sweet tanner true vines wade waste way weeks
    wheat wheeler whistle""".split()
)
"""Surnames that are words, towns or months too: they name somebody only with a given name, an initial or a rank."""

_PHRASEBOOK: Mapping[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def _detail(patterns: Iterable[str]) -> re.Pattern[str]:
    whole = "|".join(patterns).replace("{number}", _PHRASEBOOK["number"]).replace("{rank}", _ABBREVIATED)
    return re.compile(whole, re.I)


_DETAILS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (str(kind), _detail(patterns)) for kind, patterns in _PHRASEBOOK["details"].items()
)
_HOME = re.compile(
    r"\b(?:residence|(?:pvt\.?|private) home|(?:my|his|her) (?:house|home)|[A-Z]\w+'s (?:house|home|place on))\b"
)
_TO_ASK = re.compile(
    r"\b(?:[Aa]sk|txt|[Tt]ext|[Cc]all|contact|Contact|[Ss]ee"
    r"|[Ee]mail|mensaje|ll[aá]m[ea]\w*|pregunt\w*)(?: for| a| por)?"
    r" (?P<given>[A-Z][a-z]+)\b(?!'s)"
)
_LAST_FIRST = re.compile(r"\b[A-Z][\w'-]+, (?P<given>[A-Z]\w+)\b|\b[A-Z][a-z'-]+, [A-Z]\.(?!\w)")
_ADDRESS = re.compile(
    r"(?<![\w/$.:-])(?P<number>\d{1,5})\s+(?:[nsew]\.?\s+)?(?P<street>(?:[a-z0-9.']+\s+){1,3}?)"
    r"(?:st|street|ave|avenue|rd|road|dr|drive|ln|lane|blvd|boulevard|way|ct|court|pl|place|hwy|highway|cir"
    r"|circle|ter|terrace)\b",
    re.I,
)
_MAY_HOLD = re.compile(
    rf"[0-9@]|\b(?:{_ABBREVIATED}|{_SPELLED}|at|oh|zero|one|two|three|five|cero|dos|cinco|ssn|cell|number|phone|mobile|key)s?\b",
    re.I,
)
"""A fast check: texts without any of these hold no detail and no rank."""


def latin(text: str) -> str:
    """The text with plain dashes, quotes and spaces, and Latin letters for those that only look like them."""
    text = plain(text)
    return text if text.isascii() else text.translate(_HOMOGLYPHS)


class KnownNames:
    """The people whom a workbook names, to find them in texts in any of the usual forms."""

    def __init__(self, people: Iterable[str], allowed: Iterable[str] = ()) -> None:
        """`people` are names and aliases as typed; `allowed` texts may be published, whoever they name."""
        self._by_surname: dict[str, set[tuple[str, ...]]] = {}
        self._given: set[str] = set()
        for typed in people:
            last, comma, first = latin(typed).partition(",")
            name = person_words(f"{first} {last}" if comma else last)
            name = tuple(word for word in name if not word.isdigit())
            if len(name) > 1:
                self._given.add(name[0])
                for half in last.split()[-1].split("-") if "-" in last else ():
                    self._by_surname.setdefault("".join(words(half)), set()).add(name[:1])
            for start in range(min(len(name), 6)):
                surname = "".join(name[start:])
                if len(surname) > 1 and (start or len(name) == 1):
                    self._by_surname.setdefault(surname, set()).add(name[:start])
        self.allowed = tuple(sorted({fold(latin(name)) for name in allowed}, key=len, reverse=True))

    def find(self, text: str) -> bool:
        """Whether the text names one of them: by surname, or where that is a word too, with more of the name."""
        if not self._by_surname:
            return False
        typed = [word for word in _NAME_WORDS.findall(text.replace("'s", " ")) if not word.isdigit()]
        folded = ["".join(words(word)) for word in typed]
        shouted = text.isupper() or not any(map(str.isupper, text))
        for at, (rank, word) in enumerate(pairwise(folded), start=1):
            if word in self._given and rank in RANKS and typed[at][0].isupper():
                return True
        for at in range(len(typed)):
            for end in range(at + 1, min(at + 4, len(typed) + 1)):
                is_capital = shouted or typed[end - 1][0].isupper()
                if "".join(folded[at:end]) in self._by_surname and is_capital and self._is_named(folded, at, end):
                    return True
        return False

    def _is_named(self, folded: list[str], start: int, end: int) -> bool:
        """Whether the words from `start` to `end`, a surname, name one of the people here."""
        surname, before, after = "".join(folded[start:end]), folded[max(0, start - 1) : start], folded[end : end + 1]
        if before and before[0] in RANKS:
            return True
        is_place = bool(_PLACE_WORDS.intersection(after) or _NOT_AFTER_NAMES.intersection(after))
        for given in filter(None, self._by_surname[surname]):
            if f"{''.join(given)} {surname}" in _PHRASES:
                if start > len(given) and folded[start - len(given) - 1] in RANKS:
                    return True
                continue
            initials = {given[0][0], "".join(name[0] for name in given)}
            if {given[0], "".join(given)}.intersection((*before, *after)) or initials.intersection(before):
                return not is_place or surname not in _COMMON
            if surname not in _COMMON and initials.intersection(after):
                return True
        if is_place:
            return False
        if surname in _COMMON or surname in GIVEN_NAMES or len(surname) < 3:
            may_be = surname not in _PLACE_WORDS and surname not in _PLACES_TOO
            return may_be and bool(_BEFORE_NAMES.intersection(before) or _AFTER_NAMES.intersection(after))
        return True


_BEFORE_NAMES = frozenset("with w ask see meet by host hosts contact call text txt con".split())
_AFTER_NAMES = frozenset("will has have brings hosts hosting attending pours serves attends said says".split())
_NOT_AFTER_NAMES = frozenset("pd police starbucks people bag lunch dozen friday saturday sunday monday".split())
_PLACES_TOO = frozenset(
    "weed day may june april august summer winter spring woods fields rivers stone rock young".split()
)
_PHRASES = frozenset({"may day", "art hall", "june day", "will power", "grace period", "faith church", "hope chapel"})
"""Names that are phrases too: they name somebody only with a rank."""
_NAME_WORDS = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")


def why_private(text: str, known: KnownNames, venue_texts: Iterable[str] = (), *, is_place: bool = False) -> str | None:
    """What a text holds that strangers must not read, in words ("a phone number"); None for a harmless text.

    `venue_texts` are the venue's own name and street, whose address may stand; `is_place` for a venue's or a town's
    name.
    """
    text = latin(text)
    for name in known.allowed:
        at = fold(text).find(name)
        if at >= 0 and len(fold(text)) == len(text):
            text = f"{text[:at]} {text[at + len(name) :]}"
    if _MAY_HOLD.search(text):
        for kind, pattern in _DETAILS:
            if pattern.search(text):
                return kind
        if not is_place and (found := _ADDRESS.search(text)) and not _is_of_venue(found, venue_texts):
            return "a street address"
        if names_ranked_person(text):
            return "a person's name"
    if _HOME.search(text):
        return "a private address"
    return "a person's name" if known.find(text) or _names_person(text) else None


def _names_person(text: str) -> bool:
    """Whether a text asks for a person by a given name, or has one last name first: ask Rhonda; Lopez, Maria."""
    asked = any(fold(found["given"]) in GIVEN_NAMES for found in _TO_ASK.finditer(text))
    last_first = (found["given"] for found in _LAST_FIRST.finditer(text))
    return asked or any(given is None or fold(given) in GIVEN_NAMES for given in last_first)


def _is_of_venue(found: re.Match[str], venue_texts: Iterable[str]) -> bool:
    number, street = found["number"], words(found["street"])
    return any({number, *street[:1]} <= set(words(text)) for text in venue_texts)


def names_ranked_person(text: str) -> bool:
    """Whether a rank stands before a name: Ofc. Vega, Deputy R. Ortiz; not Officer Friendly or Chief Joseph Park."""
    for found in _RANKED.finditer(text):
        name, after = found["name"].removesuffix("'s"), (found["after"] or "").strip(" -")
        if found["rank"].casefold() == "off" and not (found["between"] or ".").startswith("."):
            continue  # off Highway 97
        key, following = fold(name), fold(after).removesuffix("s") or ""
        if key in _NO_NAME or key in RANKS or key.removesuffix("s") in _NO_NAME or len(key) < 2:
            continue
        behind = set(words(text[found.end() : found.end() + 24])[:2])
        if (
            fold(after) in _PLACE_WORDS
            or following in _PLACE_WORDS
            or not behind.isdisjoint(("memorial", "stronghold"))
        ):
            continue
        if name[0].isupper() or _ABBREVIATION.fullmatch(found["rank"]) or key in GIVEN_NAMES:
            return True
    return False


@lru_cache(4096)
def reads_as_agency(typed: str) -> bool:
    """Whether a text reads as an agency: by its words, or as initials of 2 to 6 letters with or without an office."""
    text = latin(typed).strip(" .,;:()")
    if not text or len(text) > 120:
        return False
    if _AGENCY_WORDS.search(fold(text)):
        return True
    first, *office = [part for part in _OFFICE.split(text) if part]
    return _is_initials(first) and len(office) <= 4


def _is_initials(word: str) -> bool:
    """Whether a word is initials of an agency, and not a surname in capitals."""
    letters = word.replace(".", "")
    if not _INITIALS.fullmatch(word) or not 2 <= len(letters) <= 6:
        return False
    is_word = _SPOKEN.fullmatch(letters) is not None and letters.casefold() not in _KNOWN_INITIALS
    is_word = is_word and not (_SUFFIX.fullmatch(letters) and len(letters) < 5)
    return not is_word and letters.casefold() not in GIVEN_NAMES | GIVEN_OR_FAMILY


_CHP_OFFICES = frozenset(
    """altadena alturas amador antelope arrowhead auburn bakersfield baldwin barstow bishop bridgeport buellton
    buttonwillow capistrano castro central chico clear contra costa crescent dublin el cajon centro fort tejon
    fresno gilroy gold run golden gate hanford hayward hollister humboldt indio king lake lemoore los angeles banos
    madera marin mariposa merced modesto monterey moorpark morongo mount mt shasta napa needles newhall northern
    oakhurst oakland oceanside orange oroville placerville porterville quincy rancho red bluff redding redwood
    riverside sacramento salinas san andreas bernardino diego francisco gorgonio jose juan luis obispo santa ana
    barbara cruz fe maria rosa siskiyou sonora south stockton susanville templeton temecula tracy truckee trinity
    river ukiah valley ventura victorville visalia west westminster willows winterhaven woodland yreka yuba sutter
    inland coastal border division""".split()
)
_OF_OFFICES = frozenset(
    """rec rescue services safety enforcement enf works watch of the and & de del la los las y el condado ciudad
    city county town north south east west mt mount st san santa lake fort valley area office offices station
    substation division district region regional unit units command squad bureau team section patrol post dept k9
    k-9 reserve reserves explorers cadets volunteers vips crc srp youth community services""".split()
)
_CORE = re.compile(r"(?:d\.?a\.?'?s?|p\.?d\.?|s\.?o\.?|s\.?d\.?|chp|c\.h\.p\.?)", re.I)
_CONNECTS = frozenset(("of", "de", "del"))
_SEGMENTS = re.compile(r"\s+c/o\s+|\s+[-–]+\s+|\s*[:()\[\]]\s*|\s+w/\s*|\s+with\s+|\s+--+\s*")
_INITIAL_NAME = re.compile(
    r"(?:[A-Z]\.?\s*){1,2}(?:[A-Z][a-z'’]+|Mc[A-Z][a-z]+)(?:-[A-Z][a-z]+)?|[A-Z][\w'’-]+,?\s+[A-Z]\.?"
)
_NAME_WORD = re.compile(r"(?:[A-Z][a-zà-ÿ'’]+|[A-Z]'[A-Z][a-z]+|Mc[A-Z][a-z]+|O'[A-Z][a-z]+)(?:-[A-Z][a-z]+)?")
_BADGE = re.compile(r"\s*(?:\b(?:badge|id|star|unit|no)\b\.?\s*)+#?\s*\d{1,7}|#\s*\d{1,7}|\b\d{3,7}\b", re.I)


class AgencyParts(NamedTuple):
    """What a cell of agencies holds: an agency, a person, or a word that is neither."""

    agency: str = ""
    person: str = ""
    unknown: str = ""


def part_agency(typed: str, towns: Collection[str] = ()) -> AgencyParts:
    """The agency, the person and the rest of a text in a column of agencies; `towns` are words of the sheet's towns.

    "WPD - Ofc. Vega" is an agency and a person, "K. Lindqvist" a person; of "CHP Sandoval" only CHP is an agency.
    """
    text = latin(typed).strip(" ;,")
    agency, person, unknown = "", "", ""
    for segment in filter(None, (one.strip(" ,;/&") for one in _SEGMENTS.split(text))):
        ranked = next(_RANKED.finditer(segment), None) if names_ranked_person(segment) else None
        before = segment[: ranked.start()].strip(" ,-–:/&") if ranked else ""
        named = segment[len(before) :].strip(" ,-–:/&") if ranked else ""
        if not ranked and not reads_as_agency(segment) and (_is_person(segment) or _BADGE.search(segment)):
            named = segment
        if named:
            last, comma, behind = named.rpartition(",")
            if comma and reads_as_agency(behind):
                before, named = before or behind.strip(), last
            person = person or named
            segment = before
        if not segment:
            continue
        core, rest = _agency_core(segment, towns)
        agency = f"{agency}, {core}" if agency and core else agency or core
        if rest and _is_person(rest):
            person = person or rest
        else:
            unknown = unknown or rest
    return AgencyParts(agency, person, unknown)


def _agency_core(text: str, towns: Collection[str]) -> tuple[str, str]:
    """A text that reads as an agency without what may be a person beside it, and that; else nothing and the text."""
    if not reads_as_agency(text):
        return "", text
    typed = text.split()
    cores = [at for at, word in enumerate(typed) if _is_core(word)]
    if not cores:
        return text, ""
    first, end = cores[0], cores[-1] + 1
    while end < len(typed) and (_may_be_office(typed[end], towns) or fold(typed[end - 1]).strip(".") in _CONNECTS):
        end += 1
    joints = [at for at in range(first) if typed[at].casefold() in ("and", "&", "+", "y")]
    begin = joints[-1] + 1 if joints and joints[-1] > 1 else 0
    letters = typed[first].strip(".,").upper()
    if _INITIALS.fullmatch(typed[first].strip(".,")) and not letters.endswith(("PD", "SO", ".D", ".O")):
        begin = next(
            (at for at in range(begin, first) if all(_may_be_office(word, towns) for word in typed[at:first])), first
        )
    rest = [*typed[:begin], *typed[end:]]
    return " ".join(typed[begin:end]).strip(" ,;&/"), " ".join(rest).strip(" ,;&/")


def _is_core(word: str) -> bool:
    bare = word.strip(".,;")
    return bool(_CORE.fullmatch(bare) or _AGENCY_WORDS.fullmatch(fold(bare)) or _is_initials(bare))


def _may_be_office(word: str, towns: Collection[str]) -> bool:
    key = fold(word).strip(".,;'")
    if any(map(str.isdigit, word)):
        return False
    return key in _OF_OFFICES or key in _CHP_OFFICES or key in towns or not word[:1].isupper()


def _is_person(text: str) -> bool:
    """Whether a text without a rank has the shape of a person: K. Lindqvist, Lindqvist K, Vega, Maria; Ana Vega."""
    text = " ".join(_BADGE.sub(" ", text).split()).strip(" -–:,/()")
    if _INITIAL_NAME.fullmatch(text):
        return True
    names = text.replace(",", " ").split()
    if not 2 <= len(names) <= 4 or not all(map(_NAME_WORD.fullmatch, names)):
        return False
    return "," in text or any(
        fold(name) in GIVEN_NAMES or fold(name) in GIVEN_OR_FAMILY for name in (names[0], names[-1])
    )

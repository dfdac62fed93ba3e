"""Persons as typed: a listed officer, a placeholder such as "2 from SCSO", or a name typed "Last, First"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from rapidfuzz import process
from rapidfuzz.distance import OSA

from cwac.model import NOT_GOING, AssignmentStatus, Cell, Officer
from cwac.sheet.counts import whole_number
from cwac.sheet.names import Agencies, Names, name_key, unclear_officer, words
from cwac.sheet.remarks import (
    ADDED,
    RANKS,
    WITH_STATUS,
    NamePart,
    bare_name,
    has_content,
    looks_like_name,
    may_speak,
    meaning,
    meaning_of,
    only_remark,
    split_cell,
    surely_no_name,
)
from cwac.sheet.text import NOTHING, PUNCTUATION, CellFinding, Reading, as_typed, guess, is_not_said, plain, wrong

SUFFIXES = frozenset({"jr", "ii", "iii", "iv"})


@dataclass(frozen=True, slots=True)
class Person:
    """An officer or a placeholder named in a Staffing cell; `status` is set if the cell itself says it."""

    officer: str | None = None
    name: str | None = None
    agency: str | None = None
    placeholder: bool = False
    status: AssignmentStatus | None = None
    swapped_for: str | None = None


class Officers:
    """The officers of the Officers tab, by ID, name, alias or unique surname."""

    def __init__(self, officers: Sequence[Officer]) -> None:
        self._names: Names[Officer] = Names("officer", "Officers", lambda officer: officer.id, is_private=True)
        self._in_plain_order: dict[str, str] = {}
        """Where no officers are listed: the key of each name of several words, given name first -> the name."""
        self._alone: set[str] = set()
        """Where no officers are listed: the keys of the words that are all that a cell names."""
        self._surnames: dict[str, list[tuple[Officer, tuple[str, ...]]]] = {}
        for officer in officers:
            name = person_words(officer.name)
            aliases = [typed for alias in officer.aliases for typed in (alias, " ".join(person_words(alias)))]
            self._names.add(officer, officer.id, officer.name, " ".join(name), *aliases)
            # "Maria De La Cruz" answers to Cruz, La Cruz and De La Cruz.
            for start in range(1, len(name)):
                self._surnames.setdefault("".join(name[start:]), []).append((officer, name[:start]))

    @property
    def listed(self) -> bool:
        return self._names.listed

    def read(self, cell: Cell) -> Reading:
        """One officer as a `Person`."""
        typed = as_typed(cell) or ""
        if is_not_said(cell):
            return NOTHING
        # As in Staffing, "A. Sample (vacation)" and "A. Sample #4512" are A. Sample.
        bare = typed if self.exact(typed) else bare_name(typed)
        beside = name_key(bare) != name_key(typed) or "?" in typed
        advice = "What is beside the name is not read: type the name or the Officer ID alone."
        matches = self.find(bare)
        if len(matches) > 1:
            return Reading(None, (unclear_officer("ambiguous", (officer.id for officer in matches)),))
        if self.listed and not matches:
            return Reading(None, (self._names.unknown(" ".join(person_words(typed)) or typed),))
        if not matches and (isinstance(cell, bool) or not any(map(str.isalpha, bare))):
            return wrong("unreadable", "There is no name here: type the officer's name.")
        person = person_of(matches[0]) if matches else Person(name=self.as_typed(bare))
        return guess(person, advice) if beside else Reading(person)

    def find(self, typed: str, agency: str | None = None) -> list[Officer]:
        """The officers that a text may mean; of several, those of `agency` if there are any."""
        if not self.listed:
            return []  # asked several times for each name
        return _of_agency(self._names.exact(typed) or self._by_surname(typed), agency)

    def exact(self, typed: str, agency: str | None = None) -> list[Officer]:
        """The officers with that ID, whole name or alias."""
        return _of_agency(self._names.exact(typed), agency)

    def is_whole_name(self, typed: str) -> bool:
        """Whether every word of a text is part of one listed officer's name, even a word such as Court."""
        matches = self.find(typed)
        if len(matches) != 1:
            return False
        own = (RANKS - {"off"}).union(words(" ".join((matches[0].name, *matches[0].aliases))))
        return all(word in own or len(word) == 1 for word in words(typed))

    def _by_surname(self, typed: str) -> list[Officer]:
        last, comma, first = plain(typed).partition(",")
        name = person_words(f"{first} {last}" if comma else typed)
        matches = self._names.exact(" ".join(name))
        for order in (name, name[1:] + name[:1]) if not comma else (name,):
            if matches:
                break
            for start in range(len(order)):
                for officer, given in self._surnames.get("".join(order[start:]), ()):
                    # "M" agrees with "Maria", and so does no given name at all.
                    both = zip(order[:start], given, strict=False)
                    agree = all(one.startswith(other) or other.startswith(one) for one, other in both)
                    if agree and start <= max(1, len(given)) and officer not in matches:
                        matches.append(officer)
        return matches

    def suggestion(self, typed: str) -> CellFinding:
        """The finding for an unknown name: suggests officers with a similar name or surname."""
        last, comma, first = typed.partition(",")
        typed = f"{first} {last}" if comma else typed
        bare = person_words(typed)
        whole = self._names.unknown(" ".join(bare) or typed)
        if whole.code != "unknown-reference" or not bare:
            return whole
        surnames = self._surnames.keys()
        mistakes = max(1, len(bare[-1]) // 4)
        near = process.extract(bare[-1], surnames, scorer=OSA.distance, score_cutoff=mistakes, limit=2)
        similar = [officer for surname, _, _ in near for officer, _ in self._surnames[surname]]
        if len(bare[-1]) < 3 or not similar:
            return whole
        return unclear_officer("did-you-mean", (officer.id for officer in similar))

    def note_names(self, columns: Iterable[Sequence[Cell]]) -> None:
        """Where no officers are listed: note the names in columns of people, to know names in the other order."""
        cells = () if self.listed else (cell for column in columns for cell in column)
        for typed in sorted({cell for cell in cells if isinstance(cell, str)}):
            parts = split_cell(plain(typed))
            for part in parts:
                own = person_words(part.bare)
                if len(own) > 1 and looks_like_name(part.bare, True):
                    self._in_plain_order.setdefault("".join(own), part.bare)
                elif len(parts) == 1:
                    self._alone |= {*own}

    def are_two(self, last: str, first: str) -> bool:
        """Whether each of two words around a comma names a person by itself elsewhere."""
        return self._alone.issuperset((*words(last), *words(first)))

    def in_plain_order(self, last: str, first: str) -> str | None:
        """The name of a person typed last name first, as it stands elsewhere with the given name first."""
        return self._in_plain_order.get("".join((*person_words(first), *person_words(last))))

    def as_typed(self, typed: str) -> str:
        """The name in its first spelling; one that stands elsewhere with the given name first, as it stands there."""
        last, comma, first = typed.partition(",")
        elsewhere = self.in_plain_order(last, first) if comma else None
        return self._names.as_typed(elsewhere or typed)


def _of_agency(matches: list[Officer], agency: str | None) -> list[Officer]:
    own = [officer for officer in matches if officer.agency == agency]
    return own if len(matches) > 1 and own else matches


def person_of(officer: Officer) -> Person:
    return Person(officer.id, officer.name, officer.agency)


def person_words(typed: str) -> tuple[str, ...]:
    """A person's name without rank and suffix, unless nothing would be left."""
    all_words = words(typed)
    kept = tuple(word for word in all_words if word not in RANKS and word not in SUFFIXES)
    return kept or all_words


def surname_of(typed: str) -> str:
    """The last word of a name, without a badge number behind it; blank without a name."""
    return next((word for word in reversed(person_words(typed)) if word.isalpha()), "")


GIVEN_NAMES = frozenset(
    """aaron abby abigail adam adrian adriana aidan alan albert alejandra alejandro alex alexander alexandra alexis
    alfonso alfred alfredo alice alicia allen allison alma alyssa amanda amber amelia amy ana andrea andres andrew andy
    angel angela angelica angie anita ann anna anne annette annie anthony antonia antonio april ariana armando art
    arthur arturo ashley audrey austin ava barbara becky ben benjamin bernard bernice beth bethany betty beverly bill
    billy bob bobby bonnie brad bradley brandon brandy brenda brent brett brian brianna bridget brittany brooke bruce
    bryan caitlin caleb calvin cameron candace carl carla carlos carmen carol carolina caroline carolyn carrie casey
    cassandra catherine cathy cecilia cesar chad charlene charles charlie charlotte chelsea cheryl chris christian
    christina christine christopher christy cindy claire clara clarence claudia clayton cliff clifford clyde cody colin
    colleen connie connor corey cory courtney craig cristina crystal curtis cynthia daisy dale dan dana daniel daniela
    danielle danny darlene darrell darren dave david dawn debbie deborah debra delia denise dennis derek derrick desiree
    diana diane diego dolores don donald donna doris dorothy doug douglas duane dustin dylan earl eddie edgar eduardo
    edward edwin eileen elaine elena eli elias elijah elizabeth ella ellen emilio emily emma enrique eric erica erik
    erika erin ernest ernesto esteban esther ethan eugene eva evan evelyn faith felicia felipe felix fernando florence
    frances francis francisco frank fred frederick gabriel gabriela gabriella gail gary gavin gene george gerald gerardo
    gilbert gina glen glenda glenn gloria gregory greg guadalupe guillermo gustavo hannah harold harry hazel heather
    hector heidi helen henry herbert holly howard hugo ian ignacio irene iris isaac isabel isabella ismael ivan jack
    jackie jacob jacqueline jaime jake james jamie jan jane janet janice jared jasmine javier jay jean jeanette jeff
    jeffrey jen jenna jennifer jenny jeremiah jeremy jerome jerry jesse jessica jesus jill jim jimmy jo joan joann
    joanna joanne joaquin jody joe joel joey john johnny jon jonathan jorge jose joseph josh joshua joy joyce juan juana
    juanita judith judy julia julian juliana julie julio june justin karen karina karl katelyn kathleen kathryn kathy
    katie katrina kayla keith kelsey ken kenneth kerry kevin kim kimberly kirk kris kristen kristin kristina kyle lance
    larry laura lauren laurie lawrence leah leo leon leonard leonardo leslie leticia lillian lily linda lindsay lindsey
    lisa liz lois lori lorraine louis louise lucas lucia lucy luis luke luz lydia lynn madison manny manuel marc marcia
    marco marcos marcus margaret margarita maria mariah mariana marie marilyn mario marisol marissa mark martha martin
    mary mateo matt matthew maureen max megan melanie melinda melissa mercedes michael micheal michele michelle miguel
    mike mindy miranda mitchell molly monica monique nancy naomi natalia natalie nate nathan nathaniel neil nicholas
    nick nicolas nicole nina noah noel nora norma norman olga olivia omar oscar pablo pam pamela patricia patrick patty
    paul paula pauline pedro peggy penny pete peter phil philip phillip phyllis priscilla rachel rafael ralph ramiro
    ramon randall randy raquel raul ray raymond rebecca regina rene renee rhonda ricardo richard rick ricky rigoberto
    rita rob robert roberta roberto robin rocio rodney rodolfo roger roland ron ronald rosa rosario rose rosemary
    roxanne ruben ruby rudy russ russell ruth ryan sabrina sally salvador sam samantha samuel sandra sandy santiago sara
    sarah scott sean sergio seth shane shannon sharon shaun shawn sheila shelby shelly sherri sherry shirley silvia
    sofia sonia sonya sophia stacey stacy stan stanley stella stephanie stephen steve steven stuart sue summer susan
    suzanne sylvia tamara tammy tanya tara ted teresa terri terry thelma theodore theresa tiffany tim timothy tina todd
    tom tommy toni tony tonya tracey traci tracy travis trevor trisha troy valerie vanessa vera vernon veronica vicente
    vicki vickie victor victoria vincent viola virginia vivian walter wanda wendy wesley will william willie xavier
    yesenia yolanda yvette yvonne zachary zoe""".split()
)
GIVEN_OR_FAMILY = frozenset(
    """blake brady brooks carson carter chase cole cooper cruz dean drew duncan elliott garrett grant grayson harley
    harper harrison hayden hudson hunter jackson jordan kelly kendall kennedy kent lane lee lewis lincoln logan
    lopez marshall mason miles morgan nelson owen parker perry quinn reed reese riley ross ruiz sawyer spencer
    taylor tucker tyler wade warren wayne weston wyatt""".split()
)


_FILLER = re.compile(
    r"\b(?:need(?:s|ed)?|more|another|additional|extra|from|for|officers?|ofcs?|deput(?:y|ies)|tbd|tba|tbc|open|vacant"
    r"|unfilled|someone|somebody|anyone|anybody|persons?|people|slots?|posts?|spots?|a|an|the|of|to|be|assigned|named"
    r"|determined|one of|any|others?|x|request(?:ed)?|ask(?:ed)?|host|greeter|pio|supervisor|bilingual|sgt"
    r"|volunteers?)\b",
    re.I,
)
_PLACEHOLDER_WORD = re.compile(
    r"t\.?b\.?[dac]\.?|pending|unknown|to be (?:determined|announced|confirmed|assigned)"
    r"|por (?:confirmar|definir|asignar)|pendiente|unassigned|unstaffed",
    re.I,
)
_AGENCY_AND_NUMBER = re.compile(r"(?P<agency>.*\S)\s*[:-]?\s+(?P<number>[1-9])")
_ASKS_FROM, _ASKS_FROM_ALONE = re.compile(r"\bfrom\b", re.I), re.compile(r"\bfrom\b|\bneed", re.I)
_NUMBER_OR_TBD = r"(?:[0-9]|one|two|three|four|five|six|seven|eight|nine|ten|another|t\.?b\.?[dac])"
_BEFORE_ADDED = re.compile(rf"[,;]|(?<=\S)\s+(?=(?:\+|&|plus\b|and\b)\s*{_NUMBER_OR_TBD})", re.I)
_ADDED = re.compile(rf"(?P<sign>(?:\+|&|plus\b|and\b|with\b|w/)\s*)?(?P<asked>{_NUMBER_OR_TBD}.*)", re.I | re.S)
_ASKED = re.compile(r"\b(?:tb[dac]|more|others?|another|additional|extra|from|open|vacant|unfilled|needed)\b", re.I)
_AFTER_DASH = re.compile(r"(?P<name>[^\W\d].*?)\s+-+\s*(?P<asked>\S.*)", re.S)
_TIMES = re.compile(r"(?P<name>[^\W\d_][^\d;,]*?)\s*\bx ?(?P<number>[2-9])", re.I)
_CLAUSE = re.compile(r"\b(?:if|as|when|where|unless)\b.*", re.I)
"""A clause such as "if needed" after a name or a number is a remark, not a request."""


def is_placeholder_word(text: str) -> bool:
    """Whether a text is TBD or the like, in any punctuation."""
    bare = text.strip(PUNCTUATION)
    return _PLACEHOLDER_WORD.fullmatch(bare) is not None if bare else "?" in text


class Placeholders:
    """Reads how many unnamed officers a text asks for, and of which agency."""

    MOST = 20
    NUMBER = re.compile(r"\b(?:[0-9]{1,3}|one|two|three|four|five|six|seven|eight|nine|ten)\b", re.I)
    FIRST = re.compile(r"(?:t\.?b\.?[dac]|open|vacant|unfilled|unassigned)\b[\s:,.-]*", re.I)
    SIGN = re.compile(
        r"\b(?:need(?:s|ed)?|more|another|additional|tbd|tba|tbc|open|vacant|unfilled|someone|somebody|anyone|anybody"
        r"|slots?|posts?|spots?|officers|deputies|volunteers?|x ?[0-9]{1,2}|[0-9]{1,2} ?x)\b|\?{2,}|^\s*\?\s*$"
        r"|^\s*[0-9]{1,3}\s|^(?:one|two|three|four|five|six|seven|eight|nine|ten) from\b",
        re.I,
    )

    def __init__(self, officers: Officers, agencies: Agencies) -> None:
        self._officers = officers
        self._agencies = agencies

    def read(self, text: str, remarks: list[str], row_agency: str | None, *, alone: bool) -> Reading | None:
        """The placeholders in a text, or None if it has none. `alone` means that the text is the whole cell."""
        status, findings, in_brackets = self._read_remarks(remarks)
        row_agency = in_brackets or row_agency
        agency = self._agencies.find(text)
        if agency or is_placeholder_word(text):
            return Reading((Person(agency=agency or row_agency, placeholder=True, status=status),), findings)
        asked = None if self._officers.listed else _AGENCY_AND_NUMBER.fullmatch(text)
        if asked and (agency := self._agencies.find(asked["agency"])):
            return Reading((Person(agency=agency, placeholder=True, status=status),) * int(asked["number"]), findings)
        text = _CLAUSE.sub("", text).rstrip(" -,")
        bare = text.rstrip("?!. ")
        if not (self.SIGN.search(text) or self.NUMBER.fullmatch(bare)):
            return None
        number, named, rest = self.split(bare)
        wanted = whole_number(number.casefold()) if number else 1
        asks_from = _ASKS_FROM_ALONE if alone else _ASKS_FROM
        is_harmless = meaning(named).kind == "harmless" and not self._agencies.find_source(named)
        if named and not is_not_said(named) and not is_harmless:
            agency = self._agencies.find(named) or self._agencies.find(rest.strip(" ()?-"))
            if agency is None:
                first = self.FIRST.match(text)
                if first and not looks_like_name(text[first.end() :], True):
                    advice = "Read as a position to fill; the rest is not read. Type TBD alone, and the rest in Note."
                    findings = (*findings, CellFinding("guessed", advice, "warning"))
                elif not (number or asks_from.search(text)):
                    return None
                elif self._officers.find(named) or (
                    not self._officers.listed and (wanted or 0) > self.MOST and looks_like_name(named, True)
                ):
                    return None  # the number belongs to a person's name, as a badge number does: "12 Sample"
                elif not self._agencies.listed:
                    agency = self._agencies.as_typed(named)
                else:
                    for finding in self._agencies.read(named).findings:
                        advice = f"Which agency's officer? {finding.advice}"
                        findings = (*findings, replace(finding, advice=advice))
        if not wanted or wanted > self.MOST:
            return wrong("out-of-range", f"Ask for 1 to {self.MOST} officers in a row.")
        return Reading((Person(agency=agency or row_agency, placeholder=True, status=status),) * wanted, findings)

    @staticmethod
    def split(text: str) -> tuple[str | None, str, str]:
        """The number of officers in a text, the agency or person named, and the text without the number."""
        rest = re.sub(r"\bx ?(?=[0-9])|(?<=[0-9]) ?x\b", " ", text, flags=re.I)
        number = Placeholders.NUMBER.search(rest)
        if number:
            rest = rest[: number.start()] + " " + rest[number.end() :]
        named = re.sub(r"^[\s\W]+|[\s\W]+$", "", _FILLER.sub(" ", rest))
        return number[0] if number else None, named, rest

    def set_apart(self, parts: list[NamePart]) -> list[NamePart]:
        """The parts, with placeholders in brackets or after a dash as parts of their own: "B. Demo (+2 TBD)".

        Where no officers are listed, "Miller x2" is Miller and one placeholder.
        """
        apart: list[NamePart] = []
        for part in parts:
            added: list[NamePart] = []
            companions: list[NamePart] = []
            times = None if self._officers.listed else _TIMES.fullmatch(part.bare)
            is_name = times is not None and looks_like_name(times["name"], True)
            if times and is_name and meaning_of(times["name"], self._agencies).kind != "harmless":
                part.text = times["name"]
                companions.append(NamePart(f"{int(times['number']) - 1} TBD", [], "+"))
            dash = _AFTER_DASH.fullmatch(part.text)
            name = dash["name"] if dash else ""
            # A person, and not an agency that is asked for officers.
            is_person = self._officers.find(name) or (
                not self._officers.listed
                and " " in name
                and looks_like_name(name, True)
                and meaning_of(name, self._agencies).kind == "other"
            )
            if dash and is_person and (asked := self._added(dash["asked"])):
                part.text = name
                added.append(NamePart(asked, [], "+"))
            for at, remark in enumerate(part.remarks):
                pieces = [(piece, self._added(piece.strip())) for piece in _BEFORE_ADDED.split(remark)]
                added += [NamePart(asked, [], "+") for _, asked in pieces if asked]
                if any(asked for _, asked in pieces):
                    part.remarks[at] = ",".join(piece for piece, asked in pieces if not asked)
            apart += [part, *added, *companions]
        return apart

    def _added(self, remark: str) -> str | None:
        """The placeholders that a remark adds to the person beside it, if it says nothing else."""
        if not (match := _ADDED.fullmatch(remark)):
            return None
        asked: str = _CLAUSE.sub("", match["asked"]).rstrip(" -,")
        if not match["sign"] and not _ASKED.search(asked):
            return None
        number, named, _ = self.split(asked)
        is_request = number or asked[:1] in "aA" or (match["sign"] and is_placeholder_word(asked))
        is_whole = not named or self._agencies.find_source(named) or _ASKS_FROM.search(asked)
        return asked if is_request and is_whole else None

    def _read_remarks(self, remarks: list[str]) -> tuple[AssignmentStatus | None, tuple[CellFinding, ...], str | None]:
        """The status, the findings and the agency in the brackets beside placeholders."""
        agency = next((named for remark in remarks if (named := self._agencies.find_source(remark))), None)
        meanings = [meaning_of(remark, self._agencies) for remark in remarks if has_content(remark)]
        status = next((meaning.status for meaning in meanings if meaning.status in NOT_GOING), None)
        if status is None and all(meaning.kind != "other" for meaning in meanings):
            return None, (), agency
        advice = f"Read as {status}. {WITH_STATUS}"
        if status is None:
            advice = "The words in parentheses are not read. Type TBD or the number alone, and the rest in Note."
        return status, (CellFinding("guessed", advice, "warning"),), agency

    def read_number(self, text: str, agency: str | None) -> Reading:
        number = int(text) if text.isdecimal() and len(text) < 4 else None
        if number is not None and 1 <= number <= self.MOST:
            advice = f"Read as {number} still to be named. Type {number} TBD, or the name or Officer ID."
            return guess((Person(agency=agency, placeholder=True),) * number, advice)
        if number == 0:
            return wrong("out-of-range", f"Ask for 1 to {self.MOST} officers in a row.")
        code = "unknown-reference" if self._officers.listed else "unreadable"
        return wrong(code, "A number that is no Officer ID names nobody: type the name or the Officer ID.")


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
    capitals = any(map(str.isupper, "".join(part.text for part in parts)))
    names = [[part for part in run if _may_be_name(part, agencies, capitals)] for run in runs]
    # "Sample, Demo and Example" is a list of surnames; "Foster, James and Demo, Beth" is two people.
    list_of_surnames = (
        any(part.after in ADDED for part in parts)
        and any(len(run_names) != 2 for run_names in names)
        and all(" " not in part.bare for run_names in names for part in run_names)
    )
    joined_parts: list[NamePart] = []
    for run, run_names in zip(runs, names, strict=True):
        last: NamePart | None = None
        for part in run:
            joined = None
            if last is not None and last.bare and part.bare:
                only_two = not list_of_surnames and run_names == [last, part]
                joined = _one_person(last, part, officers, only_two=only_two)
            if joined is not None:
                joined_parts[-1] = joined
            else:
                joined_parts.append(part)
            last = part if joined is None else None
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
    has_two_names = any(len(word) > 1 and word not in SUFFIXES for word in given[1:])
    if not given or has_two_names or not surname or len(surname[0]) == 1 or len(surname) > 3:
        return None
    if not officers.listed and not last.remarks and not any(map(is_placeholder_word, (last.bare, first.bare))):
        if officers.in_plain_order(last.bare, first.bare):
            return joined
        if officers.are_two(last.bare, first.bare):
            return None
    if not only_two:
        return None
    if not officers.listed:
        is_given = given[0] in GIVEN_NAMES
        if last.remarks or not (is_given or given[0] in GIVEN_OR_FAMILY):
            return None
        if not is_given and len(given) == 1:
            last.perhaps_one = first.perhaps_one = True
            return None
    joined.doubtful = len(surname) > 1 and surname[0] not in _PARTICLES
    return joined

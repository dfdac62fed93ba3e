"""The people named in Staffing.Officer or Events.Officers, and the remarks beside a name."""

import re
from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cwac.model import Assignment, Cell, Snapshot
from tests.cases import each
from tests.sheet.county import NO_LISTS, Rows, events, problems, read

FORMS = (
    "{name} ({words})", "{name} [{words}]", "{name} {{{words}}}", "{name} - {words}", "{name} – {words}",
    "{name}, {words}", "{name}: {words}", "{name} ({words}", "{name}\n{words}", "{name}; {words}", "({words}) {name}",
    "{words}: {name}",
)  # fmt: skip
NOT_GOING = {
    "declined": "Declined", "Declined - court": "Declined", "out sick": "Declined", "sick": "Declined",
    "not coming": "Declined", "can't make it": "Declined", "unavailable": "Declined", "called out": "Declined",
    "on vacation": "Declined", "cancelled": "Declined", "won't be there": "Declined", "backed out": "Declined",
    "no show": "No-show", "no-show": "No-show", "did not show": "No-show", "absent": "No-show",
    "pulled": "Pulled", "pulled to mutual aid": "Pulled", "removed": "Pulled", "reassigned": "Pulled",
    "swapped out": "Swapped out", "swapped": "Swapped out", "replaced by Demo": "Swapped out",
}  # fmt: skip
ASKED_ONLY = (
    "maybe", "if needed", "until 9:20", "tentative", "TBC", "not confirmed", "pending approval", "9-10",
    "arriving 9:30",
    "might be late", "depends on court", "?", "leaves at 10", "not declined", "2 hrs",
)  # fmt: skip
HARMLESS = ("Host", "host", "PIO", "Sgt.", "bilingual", "speaks Spanish", "Spanish", "WPD", "Weed PD", "from WPD")
OTHER = ("bringing cups", "handing out flyers", "training the new kid", "covering for sick Example", "see note")
TABS_AND_LISTS = list(product(("Staffing", "Events"), (True, False)))
"""The tabs that name people, each with the county's lists and without any."""
GUESSED = [("guessed", "warning")]


def read_people(cell, tab: str = "Staffing", *, listed: bool = True, status=None, **lists: Rows) -> Snapshot:
    """The county, or a sheet without lists but the given ones, in which the event E1 has these people."""
    lists = ({} if listed else NO_LISTS) | lists
    if tab == "Events":
        return read(Events=events({"Officers": cell}), **lists)
    return read(Staffing=[["Event ID", "Officer", "Status"], ["E1", cell, status]], **lists)


def officers(*names: str) -> Rows:
    return [["Officer ID", "Name", "Agency"], *([f"OF-0{number}", name, "WPD"] for number, name in enumerate(names))]


def people(snapshot: Snapshot) -> list[tuple[str | None, str]]:
    """(Officer ID, name as typed, or the placeholder's agency in brackets; status) of each assignment."""
    return [person_and_status(row) for row in snapshot.assignments]


def person_and_status(row: Assignment) -> tuple[str | None, str]:
    return f"[{row.agency or ''}]" if row.placeholder else row.officer or row.name, row.status


def problem_codes(snapshot: Snapshot) -> list[tuple[str, str]]:
    return problems(snapshot, "code", "severity", column="Officer") + problems(
        snapshot, "code", "severity", column="Officers"
    )


# --- one cell -------------------------------------------------------------------------------------------------------

LETTERS = {
    "S": ("OF-01", "A. Sample"),
    "D": ("OF-02", "B. Demo"),
    "E": ("OF-03", "C. Example"),
    "s": ("OF-01", "Sample"),
}
WITHOUT_PUNCTUATION = {
    "Declined": "Sample declined; Sample is sick; Sample-declined; declined Sample; Sample off; ❌ Sample; Sample ✗",
    "No-show": "Absent Sample; Sample absent; Sample NO SHOW",
    "Requested": "maybe Sample; Sample maybe; Sample if needed; Sample until 9:20; Sample TBD; probably Sample; "
    "Sample (?); ?Sample",
    "Confirmed": "Sample ✓",
}
CAUTIOUS = {
    "Declined": "A. Sample (WPD) (declined)|A. Sample (declined) (WPD)|A. Sample (maybe) - sick|A. Sample [host], sick|"
    "A. Sample, driving the van, declined",
    "Requested": "(maybe) A. Sample (host)|A. Sample (confirmed) - until 9",
}
BETWEEN = (", ", "; ", " & ", " / ", "/", "\n", " and ", ",\n", ", and ", " + ")
ASKED = {"2 TBD": "[]; []", "TBD": "[]", "1 WPD": "[WPD]", "2 from WPD": "[WPD]; [WPD]", "need 1 more": "[]"}
ADDED = {
    "+2 TBD": 2, "+ 2": 2, "+1": 1, "plus 1": 1, "plus two": 2, "plus one more": 1, "and 2 TBD": 2, "& 2 others": 2,
    "with 2 more": 2, "w/ 1 more": 1, "+ TBD": 1, "and another": 1, "+ 2 officers": 2, "2 TBD": 2, "2 more": 2,
    "two TBD": 2, "+1 if needed": 1, "+ 2 from SCSO": "[SCSO]; [SCSO]", "+1 SCSO": "[SCSO]",
    "plus one from WPD": "[WPD]",
    "2 from SCSO": "[SCSO]; [SCSO]",
}  # fmt: skip
ADDS_NOBODY = {"Requested": ("+30 min", "2 hours", "TBD", "9-10"),
               "Assigned": ("2 years", "unit 2", "+K9", "from SCSO", "a deputy from SCSO")}  # fmt: skip
"""Remarks with a number that ask for nobody, by the status that they leave."""
NOBODYS = (4512, 21, 500, 12.5, "4512", "#4512", "Badge 4512", "No. 4512", 46400, -3, True, "12/5")
"""Numbers that are no Officer ID."""


def cells_and_people() -> Iterator[tuple[Cell, str, str]]:
    """Cell; people as letters, with a status unless it is Assigned; problem (`several`: a guess in Staffing only)."""
    for (words, status), form in product(NOT_GOING.items(), FORMS):
        if not (words.startswith("Declined -") and ": " in form):  # two remarks in one part are read otherwise
            yield form.format(name="A. Sample", words=words), f"S {status}", "guessed"
    for words, form in product(ASKED_ONLY, FORMS[:8]):
        if (words, form) != ("?", "{name}, {words}"):
            yield form.format(name="A. Sample", words=words), "S Requested", "guessed"
    yield "A. Sample, ?", "S; []", "several"
    for words, form in product(HARMLESS, FORMS[:7]):
        yield form.format(name="A. Sample", words=words), "S", ""
    for words, form in product(OTHER, FORMS[:5]):
        yield form.format(name="A. Sample", words=words), "S", "guessed"
    for status, words in WITHOUT_PUNCTUATION.items():
        yield from ((cell, f"s {status}", "guessed") for cell in words.split("; "))
    for status, words in CAUTIOUS.items():
        yield from ((cell, f"S {status}", "guessed") for cell in words.split("|"))
    for between, letters in product(BETWEEN, ("SD", "SDE", "EDS")):
        yield between.join(LETTERS[letter][1] for letter in letters), "; ".join(letters), "several"
    for (asked, posts), between in product(ASKED.items(), (", ", "; ", " & ", " and ", "\n", " / ")):
        yield f"A. Sample{between}{asked}", f"S; {posts}", "several"
        yield f"{asked}{between}A. Sample", f"{posts}; S", "several"
    for words, posts in ADDED.items():
        people = "; ".join(["D", *(["[]"] * posts if isinstance(posts, int) else [posts])])
        for form in ("B. Demo ({})", "B. Demo [{}]", "B. Demo (host) ({})", "B. Demo (host, {})", "B. Demo (host; {})",
                     "({}) B. Demo"):  # fmt: skip
            yield form.format(words), people, "any"
    for words in ("2 TBD", "+2 TBD", "2 more"):
        yield f"B. Demo - {words}", "D; []; []", "any"
    yield "B. Demo - 2 from SCSO", "D; [SCSO]; [SCSO]", "any"
    for status, every in ADDS_NOBODY.items():
        yield from ((f"B. Demo ({words})", f"D {status}", "any") for words in every)
    for word, around in product(("tbd", "TBA", "tbc", "?", "pending", "Unknown"), ("{}", "({})", "[{}]", " {}. ")):
        yield around.format(word), "[]", ""
    for word, around in product(("n/a", "N/A", "none", "nil", "-", "–", "—"), ("{}", "({})", "{}.")):
        yield around.format(word), "", "missing"
    yield from ((number, "", "error") for number in NOBODYS)
    for badge in ("#4512", "4512", "# 4512", "badge 4512", "(4512)", "(#4512)", "- 4512", "[badge 4512]"):
        yield f"A. Sample {badge}", "S", "guessed"
    yield "Weed PD - 2 TBD", "[WPD]; [WPD]", ""
    yield from ((number, "[]; []; []", "guessed") for number in (3, "3"))
    yield 2.0, "[]; []", "guessed"
    for words, form in product(("declined", "sick", "pulled"), ("TBD ({})", "1 from SCSO ({})")):
        status = "Pulled" if words == "pulled" else "Declined"
        yield form.format(words), f"[{'SCSO' if 'SCSO' in form else ''}] {status}", "guessed"
    yield "A. Sample (declined), B. Demo (confirmed); 2 from SCSO", "S Declined; D Confirmed; [SCSO]; [SCSO]", "any"
    for cell in ("Sick: A. Sample, B. Demo", "A. Sample and B. Demo (both sick)", "A. Sample, B. Demo, both sick"):
        yield cell, "S Declined; D Declined", "any"
    yield "A. Sample or B. Demo", "S Requested; D Requested", "guessed"
    for nothing, line_break in product(("n/a", "none"), ("\n", "\r\n", ", ", "; ")):
        yield from ((line_break.join(parts), "S", "") for parts in ((nothing, "A. Sample"), ("A. Sample", nothing)))
        yield f"{nothing}{line_break}{nothing}", "", "missing"
    yield from ((cell, "[]; []", "several") for cell in ("?\nTBD", "TBD\n?", "TBD\nTBD"))
    yield from ((cell, "[]", "") for cell in ("n/a\nTBD", "?\nn/a"))


@pytest.mark.slow
@each(("tab", "listed"), TABS_AND_LISTS)
def test_cell_is_read_as_its_people_and_reported_where_that_was_a_guess(tab, listed):
    """All cells are read in one sheet, each at an event of its own."""
    # Without an Officers tab "#4512" is somebody's badge, and names them; and Weed PD is no agency that is known.
    typed = (case for case in cells_and_people() if listed or case[0] not in ("#4512", "Weed PD - 2 TBD"))
    cases = [(f"E{number}", *case) for number, case in enumerate(typed)]
    assert len(cases) == len({cell for _, cell, *_ in cases}) > 800
    cells = [(name, cell) for name, cell, *_ in cases]
    lists = {} if listed else dict(NO_LISTS)
    if tab == "Events":
        lists["Events"] = events(*({"Event ID": name, "Officers": cell} for name, cell in cells))
    else:
        lists["Events"] = events(*({"Event ID": name} for name, _ in cells))
        lists["Staffing"] = [["Event ID", "Officer"], *map(list, cells)]
    snapshot = read(**lists)
    column = {"Staffing": "Officer", "Events": "Officers"}[tab]
    codes: dict[int | None, list[tuple[str, str]]] = {}
    for row, *found in problems(snapshot, "row", "code", "severity", tab=tab, column=column):
        codes.setdefault(row, []).append(tuple(found))
    in_staffing = tab == "Staffing"
    expected_codes = {"": [], "guessed": GUESSED, "several": GUESSED * in_staffing,
                      "missing": [("missing", "error")] * in_staffing}  # fmt: skip
    wrong = []
    for row, (name, cell, letters, code) in enumerate(cases, 2):
        people_read = [person_and_status(row) for row in snapshot.assignments_by_event.get(name, ())]
        people = []
        for who, _, status in (person.partition(" ") for person in letters.split("; ") if person):
            people.append((LETTERS[who][not listed] if who in LETTERS else who, status or "Assigned"))
        told = codes.get(row, [])
        severities = {severity for _, severity in told}
        is_told = {"error": severities == {"error"}, "any": "error" not in severities}.get(code)
        if people_read != people or not (told == expected_codes[code] if is_told is None else is_told):
            wrong.append(f"{cell!r} is read as {people_read} with {told}, not as {people} with {code or 'nothing'}")
    assert not wrong, "\n".join(wrong)


@each("surname", ["Court", "Early", "Alt", "Leave", "May", "Hope"])
def test_surname_that_is_also_a_word_of_remarks_is_a_name(surname):
    name = f"Dana {surname}"
    for cell in (name, surname, f"Ofc. {surname}", f"{surname}, Dana", f"D. {surname}"):
        snapshot = read_people(cell, Officers=officers(name))
        assert (people(snapshot), problem_codes(snapshot)) == ([("OF-00", "Assigned")], []), cell
    unlisted = read_people(name, listed=False)
    assert (people(unlisted), problem_codes(unlisted)) == ([(name, "Assigned")], [])


def test_swap_keeps_its_meaning():
    snapshot = read_people("Sample (sick) → Demo (swap)", status="Confirmed")
    assert people(snapshot) == [("OF-02", "Confirmed"), ("OF-01", "Swapped out")]
    assert [row.swapped_for for row in snapshot.assignments] == [None, "OF-02"]
    assert people(read_people("Sample → TBD")) == [("[]", "Assigned"), ("OF-01", "Swapped out")]
    assert people(read_people("Sample → Demo → Example")) == [
        ("OF-03", "Assigned"), ("OF-02", "Swapped out"), ("OF-01", "Swapped out"),
    ]  # fmt: skip
    assert [row.swapped_for for row in read_people("Sample (replaced by Demo)").assignments] == ["OF-02"]


# --- several people -------------------------------------------------------------------------------------------------


@each(("tab", "listed"), TABS_AND_LISTS)
@each("cell", ["Foster, James", "Foster, J.", "Foster, J", "FOSTER, JAMES", "De La Cruz, Maria", "Foster, James T."])
def test_last_name_first_is_one_person(cell, listed, tab):
    named = {"Officers": officers("James T. Foster", "Maria De La Cruz")} if listed else {}
    snapshot = read_people(cell, tab, listed=listed, **named)
    (row,) = snapshot.assignments
    assert row.officer == (None if not listed else "OF-01" if "Cruz" in cell else "OF-00")
    assert problem_codes(snapshot) == []


@each(
    ("cell", "names"),
    [
        ("Foster, James; Demo, Beth", ["Foster, James", "Demo, Beth"]),
        ("Foster, James and Demo, Beth", ["Foster, James", "Demo, Beth"]),
        ("Foster, J., Demo, B.", ["Foster, J.", "Demo, B."]),
        ("Sample, Demo and Example", ["Sample", "Demo", "Example"]),
        ("Sample, Demo, Example", ["Sample", "Demo", "Example"]),
        ("Ofc. Foster, Sgt. Beth Demo", ["Ofc. Foster", "Sgt. Beth Demo"]),
        ("1. James Foster\n2. Beth Demo", ["James Foster", "Beth Demo"]),
        ("Foster, James, Jr.", ["Foster, James, Jr."]),
    ],
)
@each("tab", ["Staffing", "Events"])
def test_commas_in_a_sheet_without_officers(cell, names, tab):
    assert [row.name for row in read_people(cell, tab, listed=False).assignments] == names


AROUND_COMMAS = """
Drake, Olive = Drake, Olive
De La Rosa, Inez = De La Rosa, Inez
DRAKE, OLIVE = DRAKE, OLIVE
O'Brien, Tia = O'Brien, Tia
McCoy, Zed = McCoy, Zed
Van der Berg, Tia = Van der Berg, Tia
Garcia-Lopez, Inez = Garcia-Lopez, Inez
Drake, Mary Ann = Drake, Mary Ann
Drake, Olive M. = Drake, Olive M.
Ofc. Drake, Olive = Ofc. Drake, Olive
Drake, Olive (host) = Drake, Olive
Drake, Olive - host = Drake, Olive
Drake, Olive, WPD = Drake, Olive
Vega, Thomas = Vega, Thomas
Yoder, Sal; Zeller, Tia = Yoder, Sal | Zeller, Tia
Yoder, Sal / Zeller, Tia = Yoder, Sal | Zeller, Tia
Yoder, Sal & Zeller, Tia = Yoder, Sal | Zeller, Tia
Yoder, Sal and Zeller, Tia = Yoder, Sal | Zeller, Tia
Qwill, Xuxo; Zorp, Wuzz = Qwill, Xuxo | Zorp, Wuzz
Vega, Taylor; Hall, Jordan = Vega, Taylor | Hall, Jordan
Drake, Olive; Hall = Drake, Olive | Hall
Vega, Hall = Vega | Hall
Miller, Ramos = Miller | Ramos
Sample, Demo = Sample | Demo
Vega, De La Rosa = Vega | De La Rosa
Drake, McCoy = Drake | McCoy
Hall, O'Brien = Hall | O'Brien
Hall, Garcia-Lopez = Hall | Garcia-Lopez
Olive Drake, Tia Zeller = Olive Drake | Tia Zeller
Zeller, Olive Drake = Zeller | Olive Drake
Miller (WPD), Ramos (SO) = Miller | Ramos
Ann, Bo, Al = Ann | Bo | Al
Hall, Vega, Miller = Hall | Vega | Miller
Sgt. Drake, Ofc. Olive = Sgt. Drake | Ofc. Olive
Drake, Ofc. Olive = Drake | Ofc. Olive
Vega, Hall; Sgt. Kim = Vega | Hall | Sgt. Kim
Sample, Trial, Tester, Probe = Sample | Trial | Tester | Probe
guessed
De La Rosa, Qwill = De La Rosa, Qwill
Smith Jones, Olive = Smith Jones, Olive
Drake, Qwill; Hall = Drake, Qwill | Hall
Hall; Drake, Qwill = Hall | Drake, Qwill
ambiguous
Drake, Qwill = Drake? | Qwill?
McCoy, Qwill = McCoy? | Qwill?
Ofc. Drake, Qwill = Ofc. Drake? | Qwill?
Vega, Taylor = Vega? | Taylor?
Drake, Mary Qwill = Drake? | Mary Qwill?
Drake, Olive and Hall = Drake? | Olive? | Hall
Vega, James, Hall = Vega? | James? | Hall
Foster, James, Demo, Beth = Foster? | James? | Demo? | Beth?
Yoder, Sal, Zeller, Tia = Yoder? | Sal? | Zeller? | Tia?
Miller, Ramos; Vega, Hall = Miller? | Ramos? | Vega? | Hall?
"""
"""Cells of a sheet without officers, and the people in them; with "?" a person is Requested. The last two parts hold
cells with these problems."""


def test_comma_separates_unlisted_people_only_where_their_names_allow_it():
    wrong, told = [], {"": [], "guessed": GUESSED, "ambiguous": [("ambiguous", "error"), *GUESSED]}
    code = ""
    for line in AROUND_COMMAS.strip().split("\n"):
        cell, equals, expected = line.partition(" = ")
        if not equals:
            code = cell
            continue
        snapshot = read_people(cell, "Events", listed=False)
        people = " | ".join(f"{row.name}{'?' * (row.status == 'Requested')}" for row in snapshot.assignments)
        codes = list(dict.fromkeys(problem_codes(snapshot)))
        if (people, codes) != (expected, told[code]):
            wrong.append(f"{cell} is read as {people} with {codes}")
    assert not wrong, "\n".join(wrong)


@each(
    ("cell", "others", "names", "codes"),
    [
        # The name after the comma stands alone, in a list, last or first in a name elsewhere.
        ("Drake, Qwill", ["Qwill"], ["Drake", "Qwill"], []),
        ("Drake, Qwill", ["Hall; Qwill"], ["Drake", "Qwill"], []),
        ("Drake, Qwill", ["Hall, Qwill, Vega"], ["Drake", "Qwill"], []),
        ("Drake, Qwill", ["Bo Qwill"], ["Drake", "Qwill"], []),
        ("Drake, Qwill", ["Qwill Hall"], ["Drake, Qwill"], []),
        ("Drake, Qwill", ["Sgt. Qwill Drake"], ["Sgt. Qwill Drake"], []),
        # Other cells have last and first names, and no lists.
        ("Drake, Qwill", ["Vega, Ann", "Hall, Bo"], ["Drake, Qwill"], GUESSED),
        ("Drake, Qwill", ["Vega, Ann", "Hall, Bo", "Hall, Vega, Cole"], ["Drake", "Qwill"], None),
        ("Drake, Qwill", ["Yoder, Sal; Vega, Bo", "Cole, Tia; Vega, Bo"], ["Qwill Drake"], []),
        # A first name alone elsewhere is that of two people only if the other is alone too.
        ("Drake, Olive", ["Olive"], ["Drake, Olive"], []),
        ("Drake, Olive", ["Olive", "Drake"], ["Drake", "Olive"], []),
        ("Vega, Hall", ["Hall Vega"], ["Hall Vega"], []),
    ],
)
def test_other_cells_tell_whether_a_comma_is_between_two_people(cell, others, names, codes):
    lists = NO_LISTS | {
        "Events": events(*({"Event ID": f"E{n}", "Officers": typed} for n, typed in enumerate([cell, *others])))
    }
    snapshot = read(**lists)
    assert [row.name for row in snapshot.assignments_by_event["E0"]] == names
    told = problems(snapshot, "code", "severity", column="Officers", row=2)
    assert ("ambiguous", "error") in told if codes is None else told == codes


@each(("tab", "listed"), TABS_AND_LISTS)
@each("cell", ["1 MSPD, 1 WPD", "1 from MSPD; 1 from WPD", "1 MSPD/1 WPD", "1 MSPD and 1 WPD", "MSPD, WPD"])
def test_each_placeholder_keeps_its_own_agency(cell, tab, listed):
    # Without a list an agency is known where one of the agency columns names it.
    named = {"Partner agencies": "WPD"} | ({"Officers": cell} if tab == "Events" else {})
    staffing = [["Event ID", "Officer"], *([["E1", cell]] if tab == "Staffing" else [])]
    snapshot = read(Events=events(named), Staffing=staffing, **{} if listed else NO_LISTS)
    assert people(snapshot) == [("[MSPD]", "Assigned"), ("[WPD]", "Assigned")]


EVERYBODY = {
    "[]": ("ALL", "all", "everyone", "Everybody!", "ALL HANDS", "All officers", "everybody avail", "Everyone available",
           "all staff", "all units", "whole team", "the whole department", "entire shift", "Day shift", "the team",
           "Staff", "anyone", "any deputy", "whoever is free", "todos", "Todos los oficiales", "duty officer",
           "Watch commander", "all on duty"),
    "[WPD]": ("All WPD", "WPD all", "all of WPD", "All WPD officers", "ALL (WPD)", "Everyone - WPD", "WPD team"),
    "[]; []": ("any 2", "any two officers"),
    "s; []": ("Sample; ALL", "Sample, ALL", "Sample & everyone", "Sample + team", "Sample and crew",
              "Sample w/ cadets"),
    "[]; s": ("ALL, Sample", "Everyone; Sample", "all staff / Sample"),
    "s; d": ("Sample, Demo",),
    "s": ("Sample, all day", "Sample (all)", "Sample, on duty"),
    "s Requested; [] Requested": ("Sample or anyone",),
    "s Requested; [WPD] Requested": ("Sample or WPD",),
    "s Declined; d Declined": ("Sample, Demo, all sick",),
}  # fmt: skip
"""Cells that say everybody, and neighbors, by the people in them as letters."""


@each(("tab", "listed"), TABS_AND_LISTS)
@each(("letters", "cell"), ((letters, cell) for letters, cells in EVERYBODY.items() for cell in cells))
def test_everybody_is_an_open_position_and_never_a_person(letters, cell, tab, listed):
    expected = []
    for who, _, status in (person.partition(" ") for person in letters.split("; ")):
        name = {"s": ("Sample", "OF-01"), "d": ("Demo", "OF-02")}.get(who, (who, who))[listed]
        expected.append((name, status or "Assigned"))
    assert people(read_people(cell, tab, listed=listed)) == expected


@each("cell", ["Al", "Ally", "A. All", "Todos Santos", "Any Lopez", "Ofc. Day", "Free", "Staff Sgt. Kim", "Ed Whole"])
def test_name_like_a_word_for_everybody_is_a_person(cell):
    assert people(read_people(cell, listed=False)) == [(cell, "Assigned")]


@each("lists", [{}, NO_LISTS])
@each("cell", ["ALL", "Everyone", "All officers", "whole team", "todos", "Everybody!"])
def test_everybody_is_nobody_in_time_off(cell, lists):
    snapshot = read(Time_off=[["Officer", "From", "To"], [cell, 46400, 46401]], **lists)
    assert snapshot.time_off == ()
    assert [severity for _, severity in problem_codes(snapshot)] == ["error"]


BESIDE_A_RANK = """
CHP Ofc. Salas = Ofc. Salas/CHP
WPD Sgt. Kim = Sgt. Kim/WPD
SCSO Deputy Ray Ortiz = Deputy Ray Ortiz/SCSO
CHP-MS Ofc. Salas = Ofc. Salas/CHP-MS
USFS Ofc. Salas = Ofc. Salas/USFS
Weed PD - Ofc. Vega = Ofc. Vega/Weed PD
Weed PD Ofc. Vega = Ofc. Vega/Weed PD
Fort Jones Police Dept. Chief Kim = Chief Kim/Fort Jones Police Dept.
Placer Co. Sheriff Deputy Ortiz = Deputy Ortiz/Placer Co. Sheriff
Sheriff's Office Deputy Ortiz = Deputy Ortiz/Sheriff's Office
CHP Yreka Ofc. Salas = Ofc. Salas/CHP Yreka
Redding Fire Capt. Bo Hall = Capt. Bo Hall/Redding Fire
Ofc. Salas CHP = Ofc. Salas/CHP
Ofc. Vega (Weed PD) = Ofc. Vega/Weed PD
CHP Ofc. Salas, Ofc. Vega = Ofc. Salas/CHP; Ofc. Vega
CHP Ofc. Salas; WPD Sgt. Kim = Ofc. Salas/CHP; Sgt. Kim/WPD
CHP Ofc. Salas or WPD Sgt. Kim = Ofc. Salas/CHP; Sgt. Kim/WPD
CHP Ofc. Salas -> WPD Sgt. Kim = Sgt. Kim/WPD; Ofc. Salas/CHP
CHP Officer = []/CHP
WPD Deputy = []/WPD
Police Chief Kim = Police Chief Kim
Fire Capt. Kim = Fire Capt. Kim
Probation Officer Kim = Probation Officer Kim
Senior Officer Kim = Senior Officer Kim
School Resource Officer Kim = School Resource Officer Kim
SRO Deputy Kim = SRO Deputy Kim
OIC Sgt. Kim = OIC Sgt. Kim
Deputy Sheriff Kim = Deputy Sheriff Kim
Sheriff Kim = Sheriff Kim
So Yun Kim = So Yun Kim
"""
"""Cells of a sheet without lists, and the people in them, with their agencies."""


def test_agency_beside_a_rank_and_a_name_is_the_persons():
    wrong = []
    for line in BESIDE_A_RANK.strip().split("\n"):
        cell, _, expected = line.partition(" = ")
        rows = read_people(cell, "Events", listed=False).assignments
        people = "; ".join((row.name or "[]") + (f"/{row.agency}" if row.agency else "") for row in rows)
        if people != expected:
            wrong.append(f"{cell} is read as {people}")
    assert not wrong, "\n".join(wrong)


@each(
    ("cell", "found"),
    [
        ("WPD Ofc. Sample", "OF-01"), ("Weed PD Sgt. Sample", "OF-01"), ("SCSO Deputy B. Demo", "OF-02"),
        ("Sheriff's Deputy Demo", "OF-02"), ("Ofc. Sample WPD", "OF-01"), ("CHP-MS - Ofc. Example", "OF-03"),
    ],
)  # fmt: skip
@each("tab", ["Staffing", "Events"])
def test_listed_officer_is_found_behind_an_agency_and_a_rank(cell, found, tab):
    snapshot = read_people(cell, tab)
    assert (people(snapshot), problem_codes(snapshot)) == ([(found, "Assigned")], [])


def test_agency_beside_a_name_is_the_one_that_the_event_names_in_another_spelling():
    row = {"Lead agency": "WPD", "Officers": "Weed PD - Ofc. Vega"}
    snapshot = read(Events=events(row), **NO_LISTS)
    assert [row.agency for row in snapshot.assignments] == ["WPD"]


def test_cell_that_asks_for_too_many_is_refused():
    snapshot = read_people("; ".join(["20 TBD"] * 20))
    assert (people(snapshot), problem_codes(snapshot)) == ([], [("out-of-range", "error")])
    assert problem_codes(read_people("; ".join(f"N{chr(65 + n % 26)}" for n in range(60)), listed=False)) == [
        ("too-large", "error")
    ]


# --- nothing, numbers, badges, accents ------------------------------------------------------------------------------


@each(
    ("names", "typed", "found"),
    [
        *((("Tony Muñoz",), typed, ["OF-00"]) for typed in ("muñoz", "Munoz")),
        *((("Tony Munoz",), typed, ["OF-00"]) for typed in ("Muñoz", "Tony Mun\u0303oz", "MUÑOZ, T")),
        (("José Peña",), "Jose Pena", ["OF-00"]), (("Jose Pena",), "José Peña", ["OF-00"]),
        (("Zoë Núñez",), "Z. Nunez", ["OF-00"]), (("Søren Åberg",), "Soren Aberg", ["OF-00"]),
        (("Łukasz Wójcik",), "Lukasz Wojcik", ["OF-00"]),
        # Part of an accented name is not the name.
        *((("Tony Muñoz", "Ana Núñez", "Bo Søober"), typed, []) for typed in ("oz", "Oz", "mun", "ez", "na", "ober")),
    ],
)  # fmt: skip
def test_accents_are_folded_on_both_sides(names, typed, found):
    snapshot = read_people(typed, Officers=officers(*names))
    assert [row.officer for row in snapshot.assignments] == found
    assert (problem_codes(snapshot) == []) is bool(found)


@each(("cell", "officer"), [(4512, "4512"), ("4512", "4512"), (3, "3")])
def test_number_that_is_an_id_names_its_officer(cell, officer):
    listed = [["Officer ID", "Name", "Agency"], [4512, "A. Sample", "WPD"], [3, "B. Demo", "WPD"]]
    snapshot = read_people(cell, Officers=listed)
    assert (people(snapshot), problem_codes(snapshot)) == ([(officer, "Assigned")], [])


@each("cell", ["A. Sample (vacation)", "A. Sample #4512", "A. Sample - leave", "A. Sample?"])
@each(("lists", "officer"), [({}, "OF-01"), (NO_LISTS, "A. Sample")])
def test_time_off_names_the_same_person_as_staffing(cell, lists, officer):
    snapshot = read(Time_off=[["Officer", "From", "To"], [cell, 46400, 46401]], **lists)
    assert [days.officer for days in snapshot.time_off] == [officer]
    assert problem_codes(snapshot) == GUESSED


def test_unlisted_name_is_shown_in_its_first_spelling():
    rows = [["Event ID", "Officer"], ["E1", "a. SAMPLE"], ["E1", "A. Sample"], ["E1", "A Sample (host)"]]
    assert [row.name for row in read(Staffing=rows, **NO_LISTS).assignments] == ["a. SAMPLE"] * 3


@each(
    "joint",
    ["{} or ", "{} -> {}", "{} or {}", "A. Sample or {}", "A. Sample -> {}", "{} -> A. Sample", "(maybe){}#4512"],
)
@each("nothing", ["n/a", "none"])
@each("tab", ["Staffing", "Events"])
def test_nothing_word_joined_to_another_word_is_nobody_and_said(nothing, joint, tab):
    snapshot = read_people(joint.format(nothing, nothing), tab, listed=False)
    assert {person.name for person in snapshot.assignments} <= {"A. Sample"}
    assert problem_codes(snapshot)


PIECES = st.sampled_from(
    ["A. Sample", "Demo", "Foster, James", "ALL", "everyone", "CHP Ofc. ", "TBD", "2 from SCSO", "WPD", "declined",
     "(maybe)",
     "sick",
     "until 9:20", "#4512",
     "?", "(", ")", "[", ", ", "; ", " / ", " and ", " or ", " - ", "->", ":", "\n", "\x00", "3", "✗", "é", "n/a", " "]
)  # fmt: skip


@pytest.mark.slow
@settings(max_examples=160, deadline=None)
@given(st.lists(PIECES, max_size=14).map("".join), st.sampled_from(["Staffing", "Events"]), st.booleans())
def test_any_cell_is_people_or_a_finding(cell, tab, listed):
    snapshot = read_people(cell, tab, listed=listed)
    # A reader that loses a name without a word would fail here.
    assert snapshot.assignments or problem_codes(snapshot) or not any(map(str.isalpha, cell)) or is_nothing(cell)
    for row in snapshot.assignments:
        assert row.placeholder or "\x00" not in (row.name or "")


def is_nothing(cell: str) -> bool:
    """Whether a cell holds words for no value and words that join names, and nothing else."""
    words = re.findall(r"[^\W\d_]+", cell.casefold().replace("n/a", " "))
    return "n/a" in cell.casefold() and set(words) <= {"and", "or"}

"""The people named in Staffing.Officer or Events.Officers, and the remarks beside a name."""

import re
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cwac.analysis.staffing import fill
from cwac.model import Assignment, Snapshot
from tests.cases import each
from tests.sheet.county import LISTS, events, read

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
TABS = ("Staffing", "Events")
LISTED = (True, False)


def read_people(
    cell, tab: str = "Staffing", *, listed: bool = True, status=None, agency=None, header="Status"
) -> Snapshot:
    lists = {} if listed else {name: [] for name in LISTS}
    if tab == "Events":
        return read(Events=events({"Officers": cell}), **lists)
    rows = [["Event ID", "Officer", "Agency", header], ["E1", cell, agency, status]]
    return read(Staffing=rows, **lists)


def people(snapshot: Snapshot) -> list[tuple[str | None, str]]:
    """(Officer ID, name as typed, or the placeholder's agency in brackets; status) of each assignment."""
    return [person_and_status(row) for row in snapshot.assignments]


def person_and_status(row: Assignment) -> tuple[str | None, str]:
    return f"[{row.agency or ''}]" if row.placeholder else row.officer or row.name, row.status


def check_cells(
    expected: dict[str, tuple[list[tuple[str, str]], list[tuple[str, str]]]], tab: str, *, listed: bool
) -> None:
    """Check people and problems of each cell; all are read in one sheet, each cell at an event of its own."""
    cells = {f"E{number}": cell for number, cell in enumerate(expected)}
    lists = {} if listed else {name: [] for name in LISTS}
    if tab == "Events":
        snapshot = read(Events=events(*({"Event ID": name, "Officers": cell} for name, cell in cells.items())), **lists)
    else:
        plan = events(*({"Event ID": name} for name in cells))
        snapshot = read(Events=plan, Staffing=[["Event ID", "Officer"], *map(list, cells.items())], **lists)
    wrong = []
    for row, (name, cell) in enumerate(cells.items(), 2):
        problems = [problem for problem in snapshot.problems if (problem.tab, problem.row) == (tab, row)]
        codes = [(problem.code, problem.severity) for problem in problems if problem.column in ("Officer", "Officers")]
        assignments = [person_and_status(row) for row in snapshot.assignments_by_event.get(name, ())]
        if (assignments, codes) != expected[cell]:
            wrong.append(f"{cell!r} is read as {assignments} with {codes}, not as {expected[cell]}")
    assert not wrong, "\n".join(wrong)


def problem_codes(snapshot: Snapshot, *columns: str) -> list[tuple[str, str]]:
    wanted = columns or ("Officer", "Officers")
    return [(problem.code, problem.severity) for problem in snapshot.problems if problem.column in wanted]


def sample(listed: bool) -> str:
    return "OF-01" if listed else "A. Sample"


GUESSED = [("guessed", "warning")]


# --- a remark beside one name -----------------------------------------------------------------------------------


@each(("tab", "listed"), list(product(TABS, LISTED)))
def test_person_who_does_not_go_is_not_counted_as_staffed(tab, listed):
    expected = {
        form.format(name="A. Sample", words=words): ([(sample(listed), status)], GUESSED)
        for words, status in NOT_GOING.items()
        for form in FORMS
        # Two remarks in one part are read otherwise.
        if not (words.startswith("Declined -") and form in ("{name}: {words}", "{words}: {name}"))
    }
    assert len(expected) == len(NOT_GOING) * len(FORMS) - 2
    check_cells(expected, tab, listed=listed)


@each(("tab", "listed"), list(product(TABS, LISTED)))
def test_doubt_or_time_beside_a_name_means_requested(tab, listed):
    expected = {
        form.format(name="A. Sample", words=words): ([(sample(listed), "Requested")], GUESSED)
        for words, form in product(ASKED_ONLY, FORMS[:8])
        if (words, form) != ("?", "{name}, {words}")
    }
    assert len(expected) == len(ASKED_ONLY) * 8 - 1
    check_cells(expected, tab, listed=listed)
    assert people(read_people("A. Sample, ?", tab, listed=listed)) == [(sample(listed), "Assigned"), ("[]", "Assigned")]


@each(("tab", "listed"), list(product(TABS, LISTED)))
def test_role_rank_language_and_agency_are_harmless(tab, listed):
    cells = [form.format(name="A. Sample", words=words) for words, form in product(HARMLESS, FORMS[:7])]
    assert len(set(cells)) == len(HARMLESS) * 7
    check_cells(dict.fromkeys(cells, ([(sample(listed), "Assigned")], [])), tab, listed=listed)


@each(("tab", "listed"), list(product(TABS, LISTED)))
def test_any_other_remark_is_reported(tab, listed):
    cells = [form.format(name="A. Sample", words=words) for words, form in product(OTHER, FORMS[:5])]
    assert len(set(cells)) == len(OTHER) * 5
    check_cells(dict.fromkeys(cells, ([(sample(listed), "Assigned")], GUESSED)), tab, listed=listed)


@each("listed", LISTED)
@each(
    ("cell", "status"),
    [
        ("Sample declined", "Declined"), ("Sample is sick", "Declined"), ("Sample-declined", "Declined"),
        ("declined Sample", "Declined"), ("Absent Sample", "No-show"), ("Sample absent", "No-show"),
        ("Sample off", "Declined"), ("Sample NO SHOW", "No-show"), ("❌ Sample", "Declined"), ("Sample ✗", "Declined"),
        ("maybe Sample", "Requested"), ("Sample maybe", "Requested"), ("Sample if needed", "Requested"),
        ("Sample until 9:20", "Requested"), ("Sample TBD", "Requested"), ("probably Sample", "Requested"),
        ("Sample (?)", "Requested"), ("?Sample", "Requested"), ("Sample ✓", "Confirmed"),
    ],
)  # fmt: skip
def test_remark_without_punctuation_is_read(cell, status, listed):
    snapshot = read_people(cell, listed=listed)
    assert people(snapshot) == [("OF-01" if listed else "Sample", status)]
    assert problem_codes(snapshot) == GUESSED


@each(
    ("cell", "status"),
    [
        ("A. Sample (WPD) (declined)", "Declined"),
        ("A. Sample (declined) (WPD)", "Declined"),
        ("A. Sample (maybe) - sick", "Declined"),
        ("A. Sample [host], sick", "Declined"),
        ("(maybe) A. Sample (host)", "Requested"),
        ("A. Sample (confirmed) - until 9", "Requested"),
        ("A. Sample, driving the van, declined", "Declined"),
    ],
)
@each("listed", LISTED)
def test_most_cautious_of_several_remarks_counts(cell, status, listed):
    assert people(read_people(cell, listed=listed)) == [(sample(listed), status)]


@each("surname", ["Court", "Early", "Alt", "Leave", "May", "Hope"])
def test_surname_that_is_also_a_word_of_remarks_is_a_name(surname):
    officers = [["Officer ID", "Name", "Agency"], ["OF-07", f"Dana {surname}", "WPD"]]
    for cell in (f"Dana {surname}", surname, f"Ofc. {surname}", f"{surname}, Dana", f"D. {surname}"):
        snapshot = read(Officers=officers, Staffing=[["Event ID", "Officer"], ["E1", cell]])
        assert (people(snapshot), problem_codes(snapshot)) == ([("OF-07", "Assigned")], []), cell
        unlisted = read_people(f"Dana {surname}", listed=False)
        assert (people(unlisted), problem_codes(unlisted)) == ([(f"Dana {surname}", "Assigned")], [])


def test_remark_takes_the_person_out_of_the_open_posts():
    def open_positions(cell: str) -> tuple[int, int]:
        snapshot = read(
            Events=events({"Date": 46400, "Officers needed": 1}),
            Staffing=[["Event ID", "Officer"], ["E1", cell]],
        )
        posts = fill(snapshot, snapshot.events[0])
        return posts.assigned, posts.requested

    assert open_positions("A. Sample") == (1, 0)
    assert open_positions("A. Sample (declined)") == (0, 0)
    assert open_positions("A. Sample (maybe)") == (0, 1)


@each(
    ("remark", "typed", "becomes", "warned"),
    [
        ("declined", None, "Declined", False),
        ("declined", "Confirmed", "Declined", True),
        ("declined", "Attended", "Declined", True),
        ("sick", "Assigned", "Declined", True),
        ("declined", "Requested", "Declined", False),
        ("sick", "No-show", "No-show", False),
        ("swapped out", "Pulled", "Pulled", False),
        ("maybe", None, "Requested", False),
        ("maybe", "Confirmed", "Confirmed", False),
        ("until 9:20", "Attended", "Attended", False),
        ("confirmed", "Declined", "Declined", False),
        ("host", "Confirmed", "Confirmed", False),
    ],
)
@each("listed", LISTED)
def test_status_cell_counts_unless_the_remark_says_not_going(remark, typed, becomes, warned, listed):
    snapshot = read_people(f"A. Sample ({remark})", status=typed, listed=listed)
    assert people(snapshot) == [(sample(listed), becomes)]
    assert problem_codes(snapshot, "Status") == ([("inconsistent", "warning")] if warned else [])


def test_swap_keeps_its_meaning():
    snapshot = read_people("Sample (sick) → Demo (swap)", status="Confirmed")
    assert people(snapshot) == [("OF-02", "Confirmed"), ("OF-01", "Swapped out")]
    assert [row.swapped_for for row in snapshot.assignments] == [None, "OF-02"]
    assert people(read_people("Sample → TBD")) == [("[]", "Assigned"), ("OF-01", "Swapped out")]
    assert people(read_people("Sample → Demo → Example")) == [
        ("OF-03", "Assigned"), ("OF-02", "Swapped out"), ("OF-01", "Swapped out"),
    ]  # fmt: skip
    assert [row.swapped_for for row in read_people("Sample (replaced by Demo)").assignments] == ["OF-02"]


# --- several people ---------------------------------------------------------------------------------------------


NAMES = ("A. Sample", "B. Demo", "C. Example")
IDS = dict(zip(NAMES, ("OF-01", "OF-02", "OF-03"), strict=True))


@each(("tab", "listed"), list(product(TABS, LISTED)))
@each("between", [", ", "; ", " & ", " / ", "/", "\n", " and ", ",\n", ", and ", " + "])
@each("names", [NAMES[:2], NAMES, NAMES[::-1]])
def test_several_people_in_a_cell_are_separated(names, between, tab, listed):
    snapshot = read_people(between.join(names), tab, listed=listed)
    assert people(snapshot) == [(IDS[name] if listed else name, "Assigned") for name in names]
    assert problem_codes(snapshot) == (GUESSED if tab == "Staffing" else [])


@each("tab", TABS)
@each("listed", LISTED)
@each("cell", ["Foster, James", "Foster, J.", "Foster, J", "FOSTER, JAMES", "De La Cruz, Maria", "Foster, James T."])
def test_last_name_first_is_one_person(cell, listed, tab):
    lists = {} if listed else {name: [] for name in LISTS}
    officers = [
        ["Officer ID", "Name", "Agency"],
        ["OF-08", "James T. Foster", "WPD"],
        ["OF-09", "Maria De La Cruz", "WPD"],
    ]
    lists = {"Officers": officers} if listed else lists
    named = {"Officers": cell} if tab == "Events" else {}
    snapshot = read(
        Events=events(named), Staffing=[["Event ID", "Officer"], *([["E1", cell]] if not named else [])], **lists
    )
    assert len(snapshot.assignments) == 1
    if listed:
        assert snapshot.assignments[0].officer == ("OF-09" if "Cruz" in cell else "OF-08")
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
@each("tab", TABS)
def test_commas_in_a_sheet_without_officers(cell, names, tab):
    assert [row.name for row in read_people(cell, tab, listed=False).assignments] == names


@pytest.mark.slow
@each(("tab", "listed"), list(product(TABS, LISTED)))
@each("between", [", ", "; ", " & ", " and ", "\n", " / "])
@each(
    ("asked", "agencies"),
    [("2 TBD", ["", ""]), ("TBD", [""]), ("1 WPD", ["WPD"]), ("2 from WPD", ["WPD", "WPD"]), ("need 1 more", [""])],
)
def test_name_and_placeholders_are_both_kept_in_either_order(asked, agencies, between, tab, listed):
    posts = [(f"[{agency}]", "Assigned") for agency in agencies]
    after = read_people(f"A. Sample{between}{asked}", tab, listed=listed)
    assert people(after) == [(sample(listed), "Assigned"), *posts]
    before = read_people(f"{asked}{between}A. Sample", tab, listed=listed)
    assert people(before) == [*posts, (sample(listed), "Assigned")]
    assert problem_codes(after) == problem_codes(before) == (GUESSED if tab == "Staffing" else [])


ADDED = {
    "+2 TBD": ["[]", "[]"], "+ 2": ["[]", "[]"], "+1": ["[]"], "plus 1": ["[]"], "plus two": ["[]", "[]"],
    "plus one more": ["[]"], "and 2 TBD": ["[]", "[]"], "& 2 others": ["[]", "[]"], "with 2 more": ["[]", "[]"],
    "w/ 1 more": ["[]"], "+ TBD": ["[]"], "and another": ["[]"], "+ 2 officers": ["[]", "[]"],
    "+ 2 from SCSO": ["[SCSO]", "[SCSO]"], "+1 SCSO": ["[SCSO]"], "plus one from WPD": ["[WPD]"],
    "2 TBD": ["[]", "[]"], "2 more": ["[]", "[]"], "2 from SCSO": ["[SCSO]", "[SCSO]"], "two TBD": ["[]", "[]"],
    "+1 if needed": ["[]"],
}  # fmt: skip


@each("tab", TABS)
@each("listed", LISTED)
@each("words", ADDED)
@each(
    "form",
    ["B. Demo ({})", "B. Demo [{}]", "B. Demo (host) ({})", "B. Demo (host, {})", "B. Demo (host; {})", "({}) B. Demo"],
)
def test_remark_that_asks_for_officers_is_that_many_placeholders_beside_the_person(form, words, tab, listed):
    snapshot = read_people(form.format(words), tab, listed=listed)
    demo = "OF-02" if listed else "B. Demo"
    assert people(snapshot) == [(name, "Assigned") for name in (demo, *ADDED[words])]
    assert {problem.severity for problem in snapshot.problems if problem.tab == tab} <= {"warning", "notice"}


@each("tab", TABS)
@each("listed", LISTED)
@each(("words", "placeholders"), [("2 TBD", "[]"), ("+2 TBD", "[]"), ("2 more", "[]"), ("2 from SCSO", "[SCSO]")])
def test_placeholders_after_a_dash_are_beside_the_person(words, placeholders, tab, listed):
    demo = ("OF-02" if listed else "B. Demo", "Assigned")
    assert people(read_people(f"B. Demo - {words}", tab, listed=listed)) == [demo, *[(placeholders, "Assigned")] * 2]


@each("tab", TABS)
def test_agency_before_a_dash_is_asked_for_the_placeholders(tab):
    assert people(read_people("Weed PD - 2 TBD", tab)) == [("[WPD]", "Assigned")] * 2


@each("listed", LISTED)
@each(
    ("words", "status"),
    [("+30 min", "Requested"), ("2 hours", "Requested"), ("TBD", "Requested"), ("2 years", "Assigned"),
     ("unit 2", "Assigned"), ("+K9", "Assigned"), ("from SCSO", "Assigned"), ("a deputy from SCSO", "Assigned"),
     ("9-10", "Requested")],
)  # fmt: skip
def test_remark_with_a_number_that_asks_for_nobody_adds_nobody(words, status, listed):
    assert people(read_people(f"B. Demo ({words})", listed=listed)) == [("OF-02" if listed else "B. Demo", status)]


@each(("tab", "listed"), list(product(TABS, LISTED)))
@each("cell", ["1 MSPD, 1 WPD", "1 from MSPD; 1 from WPD", "1 MSPD/1 WPD", "1 MSPD and 1 WPD", "MSPD, WPD"])
def test_each_placeholder_keeps_its_own_agency(cell, tab, listed):
    if not listed:
        # Without a list an agency is known where one of the agency columns names it.
        snapshot = read(
            Events=events({"Partner agencies": "WPD", **({"Officers": cell} if tab == "Events" else {})}),
            Staffing=[["Event ID", "Officer"], *([["E1", cell]] if tab == "Staffing" else [])],
            **{name: [] for name in LISTS},
        )
    else:
        snapshot = read_people(cell, tab)
    assert people(snapshot) == [("[MSPD]", "Assigned"), ("[WPD]", "Assigned")]


def test_remark_belongs_to_the_name_beside_it():
    assert people(read_people("A. Sample (declined), B. Demo (confirmed); 2 from SCSO")) == [
        ("OF-01", "Declined"), ("OF-02", "Confirmed"), ("[SCSO]", "Assigned"), ("[SCSO]", "Assigned"),
    ]  # fmt: skip
    assert people(read_people("Sick: A. Sample, B. Demo")) == [("OF-01", "Declined"), ("OF-02", "Declined")]
    assert people(read_people("A. Sample and B. Demo (both sick)")) == [("OF-01", "Declined"), ("OF-02", "Declined")]
    assert people(read_people("A. Sample or B. Demo")) == [("OF-01", "Requested"), ("OF-02", "Requested")]


@each("words", ["declined", "sick", "pulled"])
@each("cell", ["TBD ({words})", "2 from SCSO ({words})"])
def test_declined_placeholder_is_declined(cell, words):
    snapshot = read_people(cell.format(words=words))
    assert {status for _, status in people(snapshot)} == {"Pulled" if words == "pulled" else "Declined"}
    assert all(row.placeholder for row in snapshot.assignments)


def test_cell_that_asks_for_too_many_is_refused():
    snapshot = read_people("; ".join(["20 TBD"] * 20))
    assert (people(snapshot), problem_codes(snapshot)) == ([], [("out-of-range", "error")])
    assert problem_codes(read_people("; ".join(f"N{chr(65 + n % 26)}" for n in range(60)), listed=False)) == [
        ("too-large", "error")
    ]


# --- nothing, numbers, badges, accents --------------------------------------------------------------------------


@each(("tab", "listed"), list(product(TABS, LISTED)))
@each("around", ["{}", "({})", "[{}]", " {}. "])
@each("word", ["tbd", "TBA", "tbc", "?", "pending", "Unknown"])
def test_word_for_nobody_yet_is_a_placeholder(word, around, tab, listed):
    snapshot = read_people(around.format(word), tab, listed=listed)
    assert (people(snapshot), problem_codes(snapshot)) == ([("[]", "Assigned")], [])


@each("listed", LISTED)
@each("around", ["{}", "({})", "{}."])
@each("word", ["n/a", "N/A", "none", "nil", "-", "–", "—"])
def test_word_for_nobody_is_blank(word, around, listed):
    assert problem_codes(read_people(around.format(word), listed=listed)) == [("missing", "error")]
    snapshot = read_people(around.format(word), "Events", listed=listed)
    assert (people(snapshot), problem_codes(snapshot)) == ([], [])


@each(("tab", "listed"), list(product(TABS, LISTED)))
@each("cell", [4512, 21, 500, 12.5, "4512", "Badge 4512", "No. 4512", 46400, -3, True, "12/5"])
def test_number_that_is_no_id_names_nobody(cell, tab, listed):
    snapshot = read_people(cell, tab, listed=listed)
    assert people(snapshot) == []
    assert [severity for _, severity in problem_codes(snapshot)] == ["error"]


@each("listed", LISTED)
@each("cell", [3, 3.0, "3"])
def test_small_number_is_that_many_placeholders_and_is_reported(cell, listed):
    snapshot = read_people(cell, listed=listed)
    assert (people(snapshot), problem_codes(snapshot)) == ([("[]", "Assigned")] * 3, GUESSED)


def test_number_that_is_an_id_names_its_officer():
    officers = [["Officer ID", "Name", "Agency"], [4512, "A. Sample", "WPD"], [3, "B. Demo", "WPD"]]
    for cell, officer in ((4512, "4512"), ("4512", "4512"), (3, "3")):
        snapshot = read(Officers=officers, Staffing=[["Event ID", "Officer"], ["E1", cell]])
        assert (people(snapshot), problem_codes(snapshot)) == ([(officer, "Assigned")], [])


@each(("tab", "listed"), list(product(TABS, LISTED)))
@each("badge", ["#4512", "4512", "# 4512", "badge 4512", "(4512)", "(#4512)", "- 4512", "[badge 4512]"])
def test_badge_number_after_a_name_is_dropped_and_reported(badge, tab, listed):
    snapshot = read_people(f"A. Sample {badge}", tab, listed=listed)
    assert (people(snapshot), problem_codes(snapshot)) == ([(sample(listed), "Assigned")], GUESSED)


@each(
    ("listed", "typed"),
    [
        ("Tony Muñoz", "muñoz"), ("Tony Muñoz", "Munoz"), ("Tony Munoz", "Muñoz"), ("Tony Mun\u0303oz", "MUÑOZ, T"),
        ("José Peña", "Jose Pena"), ("Jose Pena", "José Peña"), ("Zoë Núñez", "Z. Nunez"),
        ("Søren Åberg", "Soren Aberg"),
        ("Łukasz Wójcik", "Lukasz Wojcik"),
    ],
)  # fmt: skip
def test_accents_are_folded_on_both_sides(listed, typed):
    officers = [["Officer ID", "Name", "Agency"], ["OF-07", listed, "WPD"]]
    snapshot = read(Officers=officers, Staffing=[["Event ID", "Officer"], ["E1", typed]])
    assert (people(snapshot), problem_codes(snapshot)) == ([("OF-07", "Assigned")], [])


@each("typed", ["oz", "Oz", "mun", "ez", "na", "ober"])
def test_part_of_an_accented_name_is_not_the_name(typed):
    officers = [["Officer ID", "Name", "Agency"], ["OF-07", "Tony Muñoz", "WPD"], ["OF-08", "Ana Núñez", "WPD"],
                ["OF-09", "Bo Søober", "WPD"]]  # fmt: skip
    snapshot = read(Officers=officers, Staffing=[["Event ID", "Officer"], ["E1", typed]])
    assert people(snapshot) == []


@each("cell", ["A. Sample (vacation)", "A. Sample #4512", "A. Sample - leave", "A. Sample?"])
@each("listed", LISTED)
def test_time_off_names_the_same_person_as_staffing(cell, listed):
    lists = {} if listed else {name: [] for name in LISTS}
    snapshot = read(Time_off=[["Officer", "From", "To"], [cell, 46400, 46401]], **lists)
    assert [days.officer for days in snapshot.time_off] == [sample(listed)]
    assert problem_codes(snapshot) == GUESSED


def test_unlisted_name_is_shown_in_its_first_spelling():
    rows = [["Event ID", "Officer"], ["E1", "a. SAMPLE"], ["E1", "A. Sample"], ["E1", "A Sample (host)"]]
    snapshot = read(Staffing=rows, **{name: [] for name in LISTS})
    assert [row.name for row in snapshot.assignments] == ["a. SAMPLE"] * 3


@each("line_break", ["\n", "\r\n", ", ", "; "])
@each("nothing", ["n/a", "none"])
@each("tab", TABS)
def test_nothing_word_among_several_parts_is_nobody(nothing, line_break, tab):
    for cell in (f"{nothing}{line_break}A. Sample", f"A. Sample{line_break}{nothing}"):
        assert [person.name for person in read_people(cell, tab, listed=False).assignments] == ["A. Sample"], cell
    assert read_people(f"{nothing}{line_break}{nothing}", tab, listed=False).assignments == ()


@each(
    "joint",
    ["{} or ", "{} -> {}", "{} or {}", "A. Sample or {}", "A. Sample -> {}", "{} -> A. Sample", "(maybe){}#4512"],
)
@each("nothing", ["n/a", "none"])
@each("tab", TABS)
def test_nothing_word_joined_to_another_word_is_nobody_and_said(nothing, joint, tab):
    snapshot = read_people(joint.format(nothing, nothing), tab, listed=False)
    assert {person.name for person in snapshot.assignments} <= {"A. Sample"}
    assert problem_codes(snapshot)


@each("cell", ["?\nTBD", "TBD\n?", "TBD\nTBD", "n/a\nTBD", "?\nn/a"])
@each("tab", TABS)
def test_question_mark_and_placeholder_on_two_lines_are_placeholders(cell, tab):
    assignments = read_people(cell, tab, listed=False).assignments
    assert assignments
    assert all(person.placeholder for person in assignments)


PIECES = st.sampled_from(
    ["A. Sample", "Demo", "Foster, James", "TBD", "2 from SCSO", "WPD", "declined", "(maybe)", "sick",
     "until 9:20", "#4512",
     "?", "(", ")", "[", ", ", "; ", " / ", " and ", " or ", " - ", "->", ":", "\n", "\x00", "3", "✗", "é", "n/a", " "]
)  # fmt: skip


@pytest.mark.slow
@settings(max_examples=500, deadline=None)
@given(st.lists(PIECES, max_size=14).map("".join), st.sampled_from(TABS), st.booleans())
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

"""Choices as people type them, above all a status, and words for no value."""

from cwac.analysis.officers import speaks_another
from cwac.model import Officer
from tests.cases import each
from tests.sheet.county import NO_LISTS, SPECS, events, problems, read

AMBIGUOUS, GUESSED = [("ambiguous", "error")], [("guessed", "warning")]
NO_CHOICE, FAILED = [("not-a-choice", "error")], [("formula-error", "error")]


# --- choices, above all a status ------------------------------------------------------------------------------------

QUESTIONS = ("{}?", "{} ?", "{}??", "{} (?)", "{} [?]", "?{}", "? {}", "(?) {}", "¿{}?", "{}？", "{}?!")
DOUBTS = ("maybe", "probably", "TBC", "not confirmed", "unsure")
WORDS = {
    "Declined": "sick; SICK; out sick; called out; called in sick; not available; cancelled; canceled; can't make it; "
    "on vacation; court; off; declined - court; Declined (court); declined, sick kid; declined: on leave; no; "
    "Confirmed - now sick",
    "Pulled": "removed; reassigned; mutual aid; Pulled - fire",
    "No-show": "no-show - never called; never showed",
    "Swapped out": "swapped with Demo",
    "Confirmed": "Confirmed - brings cups; yes; Y; TRUE",
    "Requested": "Confirmed until 9:20; Confirmed (maybe); TBD; tbc; pending; ?",
    "Attended": "Attended - late",
}
"""Status of an assignment -> what people type for it, which is reported as a guess."""


def each_of(words, forms):
    return [form.format(word) for form in forms for word in words.split("; ")]


CASES = [
    # A question mark, a doubt or another status beside a status leaves it open.
    *(("Events", "Status", typed, None, AMBIGUOUS) for typed in [
        *each_of("Cancelled; canx; Confirmed; conf; Postponed; Completed; Draft; tent.", QUESTIONS),
        *each_of("; ".join(DOUBTS), ("Cancelled ({})", "Cancelled - {}", "Confirmed ({})", "Postponed, {}")),
        "CANX? fire", "CANX fire?", "Cancelled - fire?", "Cancelled (smoke?)", "canceled? due to snow",
        "Confirmed (canceled)", "Confirmed (postponed)", "Completed (cancelled)", "Canceled - postponed",
    ]),
    *(("Staffing", "Status", typed, "Requested", AMBIGUOUS)
      for typed in each_of("Confirmed; Declined; Attended; No-show; sick; Assigned; ✓", QUESTIONS)),
    *(("Follow-ups", "Status", typed, "Open", AMBIGUOUS)
      for typed in each_of("Closed; resolved; Referred; Working", QUESTIONS)),
    *(("Staffing", "Role", typed, None, AMBIGUOUS) for typed in each_of("Host", QUESTIONS)),
    # Choices, their abbreviations and spellings, and blanks.
    *(("Events", "Status", typed, "Cancelled", [])
      for typed in ("Cancelled", "canx", "CANX – fire", "Canceled", "CANCELLED", "canceled")),
    ("Events", "Status", "tbc", "Tentative", []),
    *(("Follow-ups", "Category", typed, "Neighbour", [])
      for typed in ("Neighbour", "Neighbor", "neighbours", "Neighbors")),
    *(("Staffing", "Status", typed, status, []) for typed, status in (
        ("Confirmed", "Confirmed"), ("conf", "Confirmed"), ("✓", "Confirmed"), ("declined", "Declined"),
        ("No show", "No-show"), ("unavailable", "Declined"), ("pulled", "Pulled"), ("att", "Attended"),
        ("req", "Requested"),
        *((blank, "Assigned") for blank in (None, " ", "n/a", "-", "none", False, "FALSE")),
    )),
    *(("Events", "Bilingual needed", word, None, []) for word in ("-", "none", "n/a", "?", "TBD")),
    # Usual words for a status are read and reported; anything else does not fill the position.
    *(("Staffing", "Status", typed, status, GUESSED) for status, words in WORDS.items() for typed in words.split("; ")),
    ("Staffing", "Status", True, "Confirmed", GUESSED),
    *(("Staffing", "Status", typed, "Requested", NO_CHOICE) for typed in (
        "perhaps", "x", "blue", "swap in", "not declined", "Cnofirmed", "12", 12, 0, "waiting on Lt", "z" * 300,
    )),
    *(("Staffing", "Status", error, "Requested", FAILED) for error in ("#REF!", "#N/A", "#DIV/0!")),
    *(("Events", "Status", typed, "Confirmed", GUESSED) for typed in (True, "TRUE", "yes", "Y")),
    *(("Events", "Status", typed, None, NO_CHOICE) for typed in (False, "FALSE", "no")),
]  # fmt: skip


@each(("tab", "column"), sorted({case[:2] for case in CASES}))
def test_choices_are_read_as_typed_or_reported(tab, column):
    """All cells of a column are read in one sheet, each in a row of its own."""
    cases = {number: case[2:] for number, case in enumerate((case for case in CASES if case[:2] == (tab, column)), 2)}
    if tab == "Events":
        snapshot = read(Events=events(*({"Event ID": f"E{n}", column: typed} for n, (typed, *_) in cases.items())))
    elif tab == "Staffing":
        rows = [["Event ID", "Officer", column], *([f"E{n}", "OF-01", typed] for n, (typed, *_) in cases.items())]
        snapshot = read(Events=events(*({"Event ID": f"E{number}"} for number in cases)), Staffing=rows)
    else:
        rows = [["Follow-up ID", "Event ID", column], *([f"F{n}", "E1", typed] for n, (typed, *_) in cases.items())]
        snapshot = read(Follow_ups=rows)
    records = {"Events": snapshot.events, "Staffing": snapshot.assignments, "Follow-ups": snapshot.follow_ups}[tab]
    field = next(spec.field for spec in SPECS[tab].columns if spec.header == column)
    codes = {row: problems(snapshot, "code", "severity", tab=tab, column=column, row=row) for row in cases}
    assert {record.row: (getattr(record, field), codes[record.row]) for record in records} == {
        row: (becomes, expected) for row, (_, becomes, expected) in cases.items()
    }
    if (tab, column) == ("Staffing", "Status"):
        advice = problems(snapshot, "advice", tab=tab, column=column, code="not-a-choice")
        assert all("not counted as staffed" in words for words in advice)
    if (tab, column) == ("Events", "Status"):
        assert {record.cancel_reason for record in records if record.status != "Cancelled"} == {None}


@each("header", ["Confirmed?", "Confirmed", "CONFIRMED ?"])
@each(
    ("typed", "status", "codes"),
    [(True, "Confirmed", []), ("TRUE", "Confirmed", []), ("yes", "Confirmed", []), (False, "Assigned", []),
     ("FALSE", "Assigned", []), (None, "Assigned", []), ("no", "Requested", GUESSED), ("declined", "Declined", []),
     ("sick", "Declined", GUESSED)],
)  # fmt: skip
def test_checkbox_under_a_header_that_asks(typed, status, codes, header):
    snapshot = read(Staffing=[["Event ID", "Officer", header], ["E1", "OF-01", typed]])
    assert (snapshot.assignments[0].status, problems(snapshot, "code", "severity", column=header)) == (status, codes)


@each(
    ("status", "closed", "becomes", "codes"),
    [*((blank, 46320, "Closed", GUESSED) for blank in (None, " ", "n/a", "-", "TBD")),
     ("Open", 46320, "Open", []), ("Working", 46320, "Working", []), ("Closed", None, "Closed", []),
     (None, None, "Open", []), ("Closed?", 46320, "Open", []), ("done", 46320, "Closed", []),
     (None, "soon", "Open", [("unreadable", "error")]), (None, 46400, "Open", [])],
)  # fmt: skip
def test_closing_day_closes_a_follow_up_without_a_status(status, closed, becomes, codes):
    rows = [["Follow-up ID", "Event ID", "Status", "Closed on"], ["F1", "E1", status, closed]]
    snapshot = read(Events=events({"Date": 46300, "Status": "Completed"}), Follow_ups=rows)
    found = problems(snapshot, "code", "severity", column="Closed on")
    assert (snapshot.follow_ups[0].status, found) == (becomes, codes)


# --- words that say nothing -----------------------------------------------------------------------------------------

NOTHING = (
    "n/a", "N/A", "na", "none", "None", "NIL", "-", "–", "—", "--", "?", "???", "TBD", "tba", "tbc", "t.b.d.",
    "pending",
    "to be determined", "To Be Announced", "unknown", "(n/a)", "[TBD]", "TBD.", "n/a!", "(to be determined)", '"none"',
    " tbd ", "(?)", "- TBD -",
)  # fmt: skip
SOMETHING = ("N/A Cafe", "nothing", "Tba Hall", "unknown soldier", "Nil's", "0", "no", "x", "Pendington")
TEXTS = {
    "Title": "title", "Backup venue": "backup_venue", "Venue": "venue_text", "Funding": "funding",
    "Public notes": "public_notes", "Internal notes": "internal_notes", "Town": "town", "Replaces": "replaces",
}  # fmt: skip


def rows_of(words, *columns):
    return events(*({"Event ID": f"E{number}"} | dict.fromkeys(columns, word) for number, word in enumerate(words)))


def test_word_for_no_value_is_blank_in_optional_texts():
    empty, snapshot = (read(Events=rows_of(words, *TEXTS), Towns=[], Venues=[]) for words in ([None], NOTHING))
    for column, field in TEXTS.items():
        assert {getattr(event, field) for event in snapshot.events} == {getattr(empty.events[0], field)}
        assert problems(snapshot, "code", column=column) == problems(empty, "code", column=column) * len(NOTHING)


def test_other_words_are_values():
    snapshot = read(Events=rows_of(SOMETHING, "Backup venue", "Venue", "Title"), Venues=[])
    texts = [(event.backup_venue, event.venue_text, event.title) for event in snapshot.events]
    assert texts == [(word, word, word) for word in SOMETHING]


def test_word_for_no_value_is_dropped_from_lists():
    listed = [word for nothing in NOTHING for word in (nothing, f"Spanish; {nothing}")]
    officers = [[f"OF-{number}", f"Officer {number}", "WPD", word] for number, word in enumerate(listed)]
    header = ["Officer ID", "Name", "Agency", "Languages"]
    partners = rows_of([f"WPD; {word}" for word in NOTHING], "Partner agencies")
    snapshot = read(Officers=[header, *officers], Events=partners)
    assert [officer.languages for officer in snapshot.officers] == [(), ("Spanish",)] * len(NOTHING)
    assert {event.partner_agencies for event in snapshot.events} == {("WPD",)}
    assert not {"Languages", "Partner agencies"} & set(problems(snapshot, "column"))


def test_word_for_no_value_as_an_alias_is_reported_and_not_used():
    aliases = {form.format(word): form[:5].strip("{};") for word in NOTHING for form in ("{}", "Other; {}")}
    heads = {"Agencies": ["Agency", "Name"], "Officers": ["Officer ID", "Name", "Agency"], "Venues": ["Venue", "Town"],
             "Towns": ["Town"]}  # fmt: skip
    tabs = {
        tab: [[*head, "Aliases"], *([f"{name}{n}" for name in head] + [cell] for n, cell in enumerate(aliases))]
        for tab, head in heads.items()
    }
    snapshot = read(**tabs)
    for records in (snapshot.agencies, snapshot.officers, snapshot.venues, snapshot.towns):
        assert [record.aliases for record in records] == [(other,) if other else () for other in aliases.values()]
    found = problems(snapshot, "code", "severity", column="Aliases")
    assert found == [("not-a-choice", "warning")] * 4 * len(aliases)


ENGLISH = "English; english only; Eng; EN; English (native); US English; eng.; Only English; n/a; None; -".split("; ")
OTHERS = ("Spanish", "Hmong", "English/Spanish", "English and Lao", "ASL", "Español", "中文")


@each("english", ENGLISH)
def test_english_is_not_a_second_language(english):
    assert not speaks_another(Officer("OF-1", "A", "WPD", languages=(english,)))
    for other in OTHERS:
        assert speaks_another(Officer("OF-1", "A", "WPD", languages=(english, other)))
        assert speaks_another(Officer("OF-1", "A", "WPD", languages=(other,)))


# --- towns ----------------------------------------------------------------------------------------------------------


TOWNS = {"Weed": "Weed", "Mt Shasta": "Mount Shasta", "mt. shasta": "Mount Shasta", "Yreka": "Yreka"}
WITH_STATE = (
    "{}, CA; {} CA; {}, Ca.; {}, California; {}, Calif.; {}, CA 96094; {} (CA); City of {}; city of {}; Town of {}; "
    "The City of {}; {} City; City of {}, CA; {}, CA, USA"
).split("; ")


def test_town_with_its_state_or_city_of_is_that_town():
    cells = {form.format(typed): town for form in WITH_STATE for typed, town in TOWNS.items()}
    snapshot = read(
        Events=events(*({"Event ID": f"E{number}", "Town": cell} for number, cell in enumerate(cells))),
        Venues=[["Venue", "Town"], *([f"Hall {number}", cell] for number, cell in enumerate(cells))],
    )
    for records in (snapshot.events, snapshot.venues):
        assert [record.town for record in records] == list(cells.values())
    assert problems(snapshot, "code", "severity", column="Town") == GUESSED * 2 * len(cells)


MISSPELLED = "Weeed, CA; City of Yrkea; near Weed; Weed Heights; Weed, Yreka; Shasta City; City of; CA; Weed County"


@each("typed", MISSPELLED.split("; "))
def test_misspelled_town_is_never_resolved(typed):
    snapshot = read(Events=events({"Town": typed}))
    assert (snapshot.events[0].town, problems(snapshot, "severity", column="Town")) == (None, ["error"])


@each(
    ("town", "lists"),
    [
        ("Shasta City", {"Towns": [["Town"], ["Shasta"], ["Shasta City"]], "Venues": []}),  # a listed town
        ("Weed, CA", NO_LISTS),  # towns are taken as typed where none are listed
    ],
)
def test_listed_town_called_city_and_any_town_where_none_are_listed_is_itself(town, lists):
    snapshot = read(Events=events({"Town": town}), **lists)
    assert (snapshot.events[0].town, problems(snapshot, "code", column="Town")) == (town, [])


# --- spellings, and the Officers tab --------------------------------------------------------------------------------


def test_advice_lists_choices_in_american_spelling():
    (advice,) = problems(read(Events=events({"Status": "gone fishing"})), "advice", column="Status")
    assert advice.endswith("Draft, Tentative, Confirmed, Completed, Canceled, Postponed.")


def test_an_officers_address_and_choice_are_read_and_what_is_none_is_reported():
    rows = [
        ["Officer ID", "Name", "Agency", "E-mail", "Notify"],
        ["OF-01", "A. Sample", "WPD", "A.Sample@WPD.example.gov", "yes"],
        ["OF-02", "B. Demo", "WPD", "@wpd.example.gov", "no"],
        ["OF-03", "C. Example", "WPD", "c at wpd", None],
    ]
    snapshot = read(Officers=rows)
    read_back = [(officer.email, officer.notify) for officer in snapshot.officers]
    assert read_back == [("a.sample@wpd.example.gov", True), (None, False), (None, None)]
    assert problems(snapshot, "code", "cell", tab="Officers") == [("unreadable", "D3"), ("unreadable", "D4")]


SEVERAL_AGENCIES = """
PD, Sheriff, CHP = PD | Sheriff | CHP
PD/SO/CHP = PD | SO | CHP
PD SO CHP = PD | SO | CHP
PD & Fire = PD | Fire
Weed Police and Fire = Weed Police | Fire
Weed PD with CHP = Weed PD | CHP
PD w/ SO = PD | SO
Probation & PD = Probation | PD
PD, Fish & Wildlife = PD | Fish & Wildlife
CHP and Parks and Rec = CHP | Parks and Rec
Sheriff & PD & Fire & EMS = Sheriff | PD | Fire | EMS
Forest Service & BLM = Forest Service | BLM
Fish & Wildlife = Fish & Wildlife
Parks & Rec = Parks & Rec
US Fish and Wildlife = US Fish and Wildlife
Sheriff and Coroner = Sheriff and Coroner
Health & Human Services = Health & Human Services
Weed Fire & Rescue = Weed Fire & Rescue
Weed PD = Weed PD
"""


@each("field", ["Lead agency", "Partner agencies"])
@each("line", SEVERAL_AGENCIES.strip().split("\n"))
def test_cell_of_a_sheet_without_agencies_is_split_where_each_part_is_one(line, field):
    cell, _, expected = line.partition(" = ")
    snapshot = read(Events=events({"Lead agency": None} | {field: cell}), **NO_LISTS)
    assert [" | ".join(event.agencies) for event in snapshot.events] == [expected]


@each("cell", ["Sheriff's Office, Siskiyou County", "Starbucks and Weed PD", "Kiwanis / Rotary"])
def test_lead_agency_that_is_not_surely_several_is_one(cell):
    snapshot = read(Events=events({"Lead agency": cell}), **NO_LISTS)
    assert [event.agencies for event in snapshot.events] == [(cell,)]


@each(
    ("cell", "agencies"),
    [
        ("PD, Sheriff, CHP", ["PD", "Sheriff", "CHP"]), ("PD/SO/CHP", ["PD", "SO", "CHP"]),
        ("PD & Fire", ["PD", "Fire"]), ("CHP & Fish & Wildlife", ["CHP", "Fish & Wildlife"]),
        ("Fish & Wildlife", ["Fish & Wildlife"]), ("1 CHP, 2 Sheriff", ["CHP", "Sheriff", "Sheriff"]),
    ],
)  # fmt: skip
def test_agencies_in_place_of_people_are_an_open_position_each(cell, agencies):
    snapshot = read(Events=events({"Officers": cell}), **NO_LISTS)
    assert [(row.name, row.agency) for row in snapshot.assignments] == [(None, agency) for agency in agencies]


@each("cell", ["VEGA, HALL", "Sheriff", "Sheriff LaRue & Hall", "Marshall, Parks"])
def test_names_like_words_for_agencies_are_people(cell):
    snapshot = read(Events=events({"Officers": cell}), **NO_LISTS)
    assert {row.placeholder for row in snapshot.assignments} == {False}


def test_further_agency_where_only_one_can_be_is_reported():
    staffing = [["Event ID", "Officer", "Agency"], ["E1", "TBD", "PD/CHP"], ["E1", "Vega", "Fish & Wildlife"]]
    follow_ups = [
        ["Follow-up ID", "Event ID", "Category", "Summary", "Referred to"],
        ["F1", "E1", "Traffic", "x", "WPD & SO"],
    ]
    snapshot = read(Staffing=staffing, Follow_ups=follow_ups, **NO_LISTS)
    assert [row.agency for row in snapshot.assignments] == ["PD", "Fish & Wildlife"]
    told = problems(snapshot, "tab", "cell", "found", "severity", code="guessed")
    assert told == [("Staffing", "C2", "PD/CHP", "warning"), ("Follow-ups", "E2", "WPD & SO", "warning")]

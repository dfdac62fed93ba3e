"""Choices as people type them, above all a status, and words for no value."""

import pytest

from cwac.analysis.alerts import alerts
from cwac.analysis.officers import speaks_another
from cwac.model import Officer, Snapshot
from cwac.settings import Rules
from tests.cases import each
from tests.sheet.county import LISTS, TODAY, events, read


def problem_codes(snapshot: Snapshot, column: str) -> list[tuple[str, str]]:
    return [(problem.code, problem.severity) for problem in snapshot.problems if problem.column == column]


def staffed(status, header="Status") -> Snapshot:
    return read(Staffing=[["Event ID", "Officer", header], ["E1", "OF-01", status]])


def statuses(snapshot: Snapshot) -> list[str]:
    return [row.status for row in snapshot.assignments]


def concern(**cells) -> Snapshot:
    row = {"Follow-up ID": "F1", "Event ID": "E1", "Status": None, "Closed on": None} | cells
    return read(Events=events({"Date": 46300, "Status": "Completed"}), Follow_ups=[list(row), list(row.values())])


# --- a question mark --------------------------------------------------------------------------------------------

QUESTIONS = ("{}?", "{} ?", "{}??", "{} (?)", "{} [?]", "?{}", "? {}", "(?) {}", "¿{}?", "{}？", "{}?!")


@each("form", QUESTIONS)
@each("word", ["Cancelled", "canx", "Confirmed", "conf", "Postponed", "Completed", "Draft", "tent."])
def test_question_mark_after_an_event_status_leaves_it_open(word, form):
    snapshot = read(Events=events({"Status": form.format(word)}))
    assert snapshot.events[0].status is None
    assert problem_codes(snapshot, "Status") == [("ambiguous", "error")]


@each("status", ["CANX? fire", "CANX fire?", "Cancelled - fire?", "Cancelled (smoke?)", "canceled? due to snow"])
def test_question_mark_anywhere_in_a_status_with_its_reason_leaves_it_open(status):
    snapshot = read(Events=events({"Status": status}))
    assert (snapshot.events[0].status, snapshot.events[0].cancel_reason) == (None, None)
    assert problem_codes(snapshot, "Status") == [("ambiguous", "error")]


@each("doubt", ["maybe", "probably", "TBC", "not confirmed", "unsure"])
@each("form", ["Cancelled ({})", "Cancelled - {}", "Confirmed ({})", "Postponed, {}"])
def test_doubt_after_an_event_status_leaves_it_open(form, doubt):
    snapshot = read(Events=events({"Status": form.format(doubt)}))
    assert snapshot.events[0].status is None
    assert problem_codes(snapshot, "Status") == [("ambiguous", "error")]


@each("status", ["Confirmed (canceled)", "Confirmed (postponed)", "Completed (cancelled)", "Canceled - postponed"])
def test_two_statuses_in_one_cell_are_ambiguous(status):
    snapshot = read(Events=events({"Status": status}))
    assert snapshot.events[0].status is None
    assert problem_codes(snapshot, "Status") == [("ambiguous", "error")]


def test_event_with_an_open_status_is_still_in_the_plan():
    plan = {"Date": 46400, "Officers needed": 2}
    codes = [{alert.code for alert in alerts(read(Events=events(plan | {"Status": status})), TODAY, Rules())}
             for status in ("Cancelled", "Cancelled?", "Tentative")]  # fmt: skip
    assert codes[0] == set()
    assert codes[1] == codes[2]
    assert "understaffed" in codes[1]


@each("form", QUESTIONS)
@each("word", ["Confirmed", "Declined", "Attended", "No-show", "sick", "Assigned", "✓"])
def test_question_mark_after_an_assignment_status_means_requested(word, form):
    snapshot = staffed(form.format(word))
    assert (statuses(snapshot), problem_codes(snapshot, "Status")) == (["Requested"], [("ambiguous", "error")])


@each("form", QUESTIONS)
@each("word", ["Closed", "resolved", "Referred", "Working"])
def test_question_mark_after_a_follow_up_status_leaves_it_open(word, form):
    snapshot = concern(Status=form.format(word))
    assert snapshot.follow_ups[0].status == "Open"
    assert problem_codes(snapshot, "Status") == [("ambiguous", "error")]


@each("form", QUESTIONS)
def test_question_mark_after_any_other_choice_leaves_it_blank(form):
    snapshot = read(Staffing=[["Event ID", "Officer", "Role"], ["E1", "OF-01", form.format("Host")]])
    assert snapshot.assignments[0].role is None
    assert problem_codes(snapshot, "Role") == [("ambiguous", "error")]


@each(
    ("typed", "status"),
    [("Cancelled", "Cancelled"), ("canx", "Cancelled"), ("CANX – fire", "Cancelled"), ("tbc", "Tentative")],
)
def test_event_status_without_a_question_mark_is_read(typed, status):
    snapshot = read(Events=events({"Status": typed}))
    assert (snapshot.events[0].status, problem_codes(snapshot, "Status")) == (status, [])


# --- an assignment's status -------------------------------------------------------------------------------------


@each(
    ("typed", "status"),
    [
        ("sick", "Declined"), ("SICK", "Declined"), ("out sick", "Declined"), ("called out", "Declined"),
        ("called in sick", "Declined"), ("not available", "Declined"), ("cancelled", "Declined"),
        ("canceled", "Declined"),
        ("can't make it", "Declined"), ("on vacation", "Declined"), ("court", "Declined"), ("off", "Declined"),
        ("removed", "Pulled"), ("reassigned", "Pulled"), ("mutual aid", "Pulled"), ("Pulled - fire", "Pulled"),
        ("declined - court", "Declined"), ("Declined (court)", "Declined"), ("declined, sick kid", "Declined"),
        ("declined: on leave", "Declined"), ("no-show - never called", "No-show"), ("never showed", "No-show"),
        ("swapped with Demo", "Swapped out"), ("Confirmed - now sick", "Declined"),
        ("Confirmed - brings cups", "Confirmed"),
        ("Confirmed until 9:20", "Requested"), ("Confirmed (maybe)", "Requested"), ("Attended - late", "Attended"),
        ("no", "Declined"), ("yes", "Confirmed"), ("Y", "Confirmed"), (True, "Confirmed"),
        ("TRUE", "Confirmed"), ("TBD", "Requested"), ("tbc", "Requested"), ("pending", "Requested"), ("?", "Requested"),
    ],
)  # fmt: skip
def test_usual_words_are_read_and_reported(typed, status):
    snapshot = staffed(typed)
    assert (statuses(snapshot), problem_codes(snapshot, "Status")) == ([status], [("guessed", "warning")])


@each(
    "typed", ["perhaps", "x", "blue", "swap in", "not declined", "Cnofirmed", "12", 12, 0, "waiting on Lt", "z" * 300]
)
def test_unreadable_status_does_not_fill_the_position(typed):
    snapshot = staffed(typed)
    assert (statuses(snapshot), problem_codes(snapshot, "Status")) == (["Requested"], [("not-a-choice", "error")])
    (problem,) = [problem for problem in snapshot.problems if problem.column == "Status"]
    assert "not counted as staffed" in problem.advice


@each("error", ["#REF!", "#N/A", "#DIV/0!"])
def test_status_of_a_failed_formula_does_not_fill_the_position(error):
    snapshot = staffed(error)
    assert (statuses(snapshot), problem_codes(snapshot, "Status")) == (["Requested"], [("formula-error", "error")])


@each(
    ("typed", "status"),
    [("Confirmed", "Confirmed"), ("conf", "Confirmed"), ("✓", "Confirmed"), ("declined", "Declined"),
     ("No show", "No-show"),
     ("unavailable", "Declined"), ("pulled", "Pulled"), ("att", "Attended"), ("req", "Requested"), (None, "Assigned"),
     (" ", "Assigned"), ("n/a", "Assigned"), ("-", "Assigned"), ("none", "Assigned"), (False, "Assigned"),
     ("FALSE", "Assigned")],
)  # fmt: skip
def test_choices_abbreviations_and_blanks_are_read_without_a_problem(typed, status):
    snapshot = staffed(typed)
    assert (statuses(snapshot), problem_codes(snapshot, "Status")) == ([status], [])


@each("header", ["Confirmed?", "Confirmed", "CONFIRMED ?"])
@each(
    ("typed", "status", "codes"),
    [(True, "Confirmed", []), ("TRUE", "Confirmed", []), ("yes", "Confirmed", []), (False, "Assigned", []),
     ("FALSE", "Assigned", []), (None, "Assigned", []), ("no", "Requested", [("guessed", "warning")]),
     ("declined", "Declined", []), ("sick", "Declined", [("guessed", "warning")])],
)  # fmt: skip
def test_checkbox_under_a_header_that_asks(typed, status, codes, header):
    snapshot = staffed(typed, header)
    assert (statuses(snapshot), problem_codes(snapshot, header)) == ([status], codes)


@each("typed", [True, "TRUE", "yes", "Y"])
def test_event_status_that_answers_yes_is_reported(typed):
    snapshot = read(Events=events({"Status": typed}))
    assert (snapshot.events[0].status, problem_codes(snapshot, "Status")) == ("Confirmed", [("guessed", "warning")])


@each("typed", [False, "FALSE", "no"])
def test_event_status_that_answers_no_is_refused(typed):
    snapshot = read(Events=events({"Status": typed}))
    assert (snapshot.events[0].status, problem_codes(snapshot, "Status")) == (None, [("not-a-choice", "error")])


# --- follow-ups -------------------------------------------------------------------------------------------------


@each("blank", [None, " ", "n/a", "-", "TBD"])
def test_follow_up_with_a_closing_day_and_no_status_is_closed(blank):
    snapshot = concern(**{"Status": blank, "Closed on": 46320})
    assert snapshot.follow_ups[0].status == "Closed"
    assert problem_codes(snapshot, "Closed on") == [("guessed", "warning")]


@each(
    ("status", "closed", "becomes"),
    [("Open", 46320, "Open"), ("Working", 46320, "Working"), ("Closed", None, "Closed"), (None, None, "Open"),
     ("Closed?", 46320, "Open"), (None, "soon", "Open"), (None, 46400, "Open"), ("done", 46320, "Closed")],
)  # fmt: skip
def test_other_follow_ups_keep_their_status(status, closed, becomes):
    snapshot = concern(**{"Status": status, "Closed on": closed})
    assert snapshot.follow_ups[0].status == becomes
    assert ("guessed", "warning") not in problem_codes(snapshot, "Closed on")


# --- words that say nothing -------------------------------------------------------------------------------------

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


@pytest.mark.slow
@each("column", TEXTS)
@each("word", NOTHING)
def test_word_for_no_value_is_blank_in_an_optional_text(word, column):
    empty = read(Events=events({column: None}), Towns=[], Venues=[])
    snapshot = read(Events=events({column: word}), Towns=[], Venues=[])
    assert getattr(snapshot.events[0], TEXTS[column]) == getattr(empty.events[0], TEXTS[column])
    assert problem_codes(snapshot, column) == problem_codes(empty, column)


@each("word", SOMETHING)
def test_other_words_are_values(word):
    snapshot = read(Events=events({"Backup venue": word, "Venue": word, "Title": word}), Venues=[])
    event = snapshot.events[0]
    assert (event.backup_venue, event.venue_text, event.title) == (word, word, word)


@each("word", NOTHING)
def test_word_for_no_value_as_backup_venue_keeps_the_shelter_alert(word):
    venues = [["Venue", "Town", "Shelter site"], ["Weed Starbucks", "Weed", "yes"]]

    def codes(backup):
        plan = {"Date": 46600, "Venue": "Weed Starbucks", "Backup venue": backup}
        return {alert.code for alert in alerts(read(Events=events(plan), Venues=venues), TODAY, Rules())}

    assert "shelter-venue" in codes(word)
    assert "shelter-venue" not in codes("Grange Hall")


@each("word", NOTHING)
def test_word_for_no_value_is_dropped_from_lists(word):
    officers = [
        ["Officer ID", "Name", "Agency", "Languages"],
        ["OF-07", "A. Sample", "WPD", word],
        ["OF-08", "B. Demo", "WPD", f"Spanish; {word}"],
    ]
    snapshot = read(Officers=officers, Events=events({"Partner agencies": f"WPD; {word}"}))
    assert [officer.languages for officer in snapshot.officers] == [(), ("Spanish",)]
    assert snapshot.events[0].partner_agencies == ("WPD",)
    assert problem_codes(snapshot, "Languages") == problem_codes(snapshot, "Partner agencies") == []


@pytest.mark.slow
@each("tab", ["Agencies", "Officers", "Venues", "Towns"])
@each("word", NOTHING)
@each("form", ["{}", "Other; {}", "{}; Other"])
def test_word_for_no_value_as_an_alias_is_reported_and_not_used(tab, word, form):
    rows = {
        "Agencies": [["Agency", "Name", "Aliases"], ["WPD", "Weed Police", None]],
        "Officers": [["Officer ID", "Name", "Agency", "Aliases"], ["OF-01", "A. Sample", "WPD", None]],
        "Venues": [["Venue", "Town", "Aliases"], ["Hall", "Weed", None]],
        "Towns": [["Town", "Aliases"], ["Weed", None]],
    }  # fmt: skip
    rows[tab][1][-1] = form.format(word)
    snapshot = read(**({"Venues": []} | {name: rows[name] for name in (tab, "Agencies", "Towns")}))
    (record,) = getattr(snapshot, tab.lower())
    assert record.aliases == (() if form == "{}" else ("Other",))
    assert problem_codes(snapshot, "Aliases") == [("not-a-choice", "warning")]


def test_placeholders_are_not_collected_by_an_alias():
    officers = [["Officer ID", "Name", "Agency", "Aliases"], ["OF-01", "A. Sample", "WPD", "TBD"]]
    snapshot = read(Officers=officers, Staffing=[["Event ID", "Officer"], ["E1", "TBD"]])
    assert [(row.officer, row.placeholder) for row in snapshot.assignments] == [(None, True)]


ENGLISH = (
    "English",
    "english only",
    "Eng",
    "EN",
    "English (native)",
    "US English",
    "eng.",
    "Only English",
    "n/a",
    "None",
    "-",
)
OTHERS = ("Spanish", "Hmong", "English/Spanish", "English and Lao", "ASL", "Español", "中文")


@each("english", ENGLISH)
def test_english_is_not_a_second_language(english):
    assert not speaks_another(Officer("OF-1", "A", "WPD", languages=(english,)))
    for other in OTHERS:
        assert speaks_another(Officer("OF-1", "A", "WPD", languages=(english, other)))
        assert speaks_another(Officer("OF-1", "A", "WPD", languages=(other,)))


@each("word", ["-", "none", "n/a", "?", "TBD"])
def test_word_for_no_value_is_neither_yes_nor_no(word):
    snapshot = read(Events=events({"Bilingual needed": word}))
    assert (snapshot.events[0].bilingual_needed, problem_codes(snapshot, "Bilingual needed")) == (None, [])


# --- towns ------------------------------------------------------------------------------------------------------


@each("tab", ["Events", "Venues"])
@each(
    "form",
    ["{}, CA", "{} CA", "{}, Ca.", "{}, California", "{}, Calif.", "{}, CA 96094", "{} (CA)", "City of {}",
     "city of {}",
     "Town of {}", "The City of {}", "{} City", "City of {}, CA", "{}, CA, USA"],
)  # fmt: skip
@each(
    ("typed", "town"),
    [("Weed", "Weed"), ("Mt Shasta", "Mount Shasta"), ("mt. shasta", "Mount Shasta"), ("Yreka", "Yreka")],
)
def test_town_with_its_state_or_city_of_is_that_town(typed, town, form, tab):
    cell = form.format(typed)
    snapshot = (
        read(Events=events({"Town": cell})) if tab == "Events" else read(Venues=[["Venue", "Town"], ["Hall", cell]])
    )
    records = snapshot.events if tab == "Events" else snapshot.venues
    assert [record.town for record in records] == [town]
    assert problem_codes(snapshot, "Town") == [("guessed", "warning")]


@each(
    "typed",
    [
        "Weeed, CA",
        "City of Yrkea",
        "near Weed",
        "Weed Heights",
        "Weed, Yreka",
        "Shasta City",
        "City of",
        "CA",
        "Weed County",
    ],
)
def test_misspelled_town_is_never_resolved(typed):
    snapshot = read(Events=events({"Town": typed}))
    assert snapshot.events[0].town is None
    assert [severity for _, severity in problem_codes(snapshot, "Town")] == ["error"]


def test_listed_town_called_city_is_itself():
    snapshot = read(Towns=[["Town"], ["Shasta"], ["Shasta City"]], Events=events({"Town": "Shasta City"}), Venues=[])
    assert (snapshot.events[0].town, problem_codes(snapshot, "Town")) == ("Shasta City", [])


def test_towns_are_taken_as_typed_where_none_are_listed():
    snapshot = read(Events=events({"Town": "Weed, CA"}), **{name: [] for name in LISTS})
    assert (snapshot.events[0].town, problem_codes(snapshot, "Town")) == ("Weed, CA", [])


# --- both spellings ---------------------------------------------------------------------------------------------


@each("spelling", ["Cancelled", "Canceled", "CANCELLED", "canceled"])
def test_both_spellings_of_canceled_are_one_status(spelling):
    snapshot = read(Events=events({"Status": spelling}))
    assert (snapshot.events[0].status, problem_codes(snapshot, "Status")) == ("Cancelled", [])


@each("spelling", ["Neighbour", "Neighbor", "neighbours", "Neighbors"])
def test_both_spellings_of_neighbor_are_one_category(spelling):
    snapshot = concern(Category=spelling)
    assert (snapshot.follow_ups[0].category, problem_codes(snapshot, "Category")) == ("Neighbour", [])


@each(("color", "email"), [("Colour", "E-mail"), ("Color", "Email"), ("COLOUR HEX", "E-mail domain")])
def test_both_spellings_of_a_header_are_read(color, email):
    rows = [["Agency", "Name", color, email], ["WPD", "Weed Police Department", "#0b5cad", "wpd.example.gov"]]
    snapshot = read(Agencies=rows)
    (agency,) = snapshot.agencies
    assert (agency.color, agency.emails) == ("#0b5cad", ("wpd.example.gov",))
    assert [problem for problem in snapshot.problems if problem.tab == "Agencies"] == []


def test_advice_lists_choices_in_american_spelling():
    (problem,) = (
        problem for problem in read(Events=events({"Status": "gone fishing"})).problems if problem.column == "Status"
    )
    assert problem.advice.endswith("Draft, Tentative, Confirmed, Completed, Canceled, Postponed.")


def test_an_officers_address_and_choice_are_read_and_what_is_none_is_reported():
    rows = [
        ["Officer ID", "Name", "Agency", "E-mail", "Notify"],
        ["OF-01", "A. Sample", "WPD", "A.Sample@WPD.example.gov", "yes"],
        ["OF-02", "B. Demo", "WPD", "@wpd.example.gov", "no"],
        ["OF-03", "C. Example", "WPD", "c at wpd", None],
    ]
    snapshot = read(Officers=rows)
    assert [(officer.email, officer.notify) for officer in snapshot.officers] == [
        ("a.sample@wpd.example.gov", True),
        (None, False),
        (None, None),
    ]
    assert [(p.code, p.cell) for p in snapshot.problems if p.tab == "Officers"] == [
        ("unreadable", "D3"),
        ("unreadable", "D4"),
    ]

"""Counts, hours and times of day as typed, and contradictions with the event."""

import datetime as dt

from cwac.analysis.attendance import count_words, guests_by_event
from cwac.exports.tables import attendance_rows
from cwac.model import Accounting, Count
from cwac.sheet.counts import read_count, read_hours, read_needed, read_whole, whole_number
from cwac.sheet.text import Reading
from tests.cases import each
from tests.sheet.county import codes, events, problems, read

WORDS = {"two": 2, "six": 6, "twelve": 12, "twenty-four": 24, "forty": 40}
BESIDE = ("{word} ({number})", "{number} ({word})", "{word} [{number}]", "{word} - {number}", "{word}, {number}",
          "{word} / {number}", "{number} = {word}")  # fmt: skip
NUMBERS = {"24": 24, "twenty-four": 24, "twenty four": 24, "forty": 40, "two dozen": 24, "two-dozen": 24, "2-dozen": 24,
           "two–dozen": 24, "two-dozens": 24, "a dozen": 12, "half-a-dozen": 6, "half-dozen": 6}  # fmt: skip
AROUND = (
    "about {}; around {}; ~{}; ~ {}; approx. {}; approximately {}; roughly {}; circa {}; maybe {}; probably {}; "
    "perhaps {}; possibly {}; some {}; nearly {}; close to {}; just over {}; est. {}; I think {}; guessing {}; "
    "plus or minus {}; +/- {}; ±{}; {} or so; {}-ish; {} ish; {}ish; {}?; {}, roughly; {} - roughly; {} approx.; "
    "{} (est.); {} (maybe); {} maybe; {} probably; {} more or less; {}, more or less; {} give or take; "
    "{} plus or minus; {} +/-; {} or thereabouts; {} (I think); {} unconfirmed; maybe {} or so; {} people or so; "
    "about {} people; {} people, roughly"
).split("; ")
COUNTS = {
    # a number with its word; dozens, and words of doubt, make an estimate
    **{beside.format(word=word, number=number): f"{number}" for word, number in WORDS.items() for beside in BESIDE},
    **{words.format(number): f"~{best}" for number, best in NUMBERS.items() for words in AROUND},
    **dict.fromkeys(("a dozen", "dozen"), "~12"),
    **dict.fromkeys(("two dozen", "2 dozen", "2 doz.", "about two dozen", "two dozen guests", "two dozen (24)"), "~24"),
    **{"six dozen": "~72", "half a dozen": "~6"},
    # a dash before "dozen" is no range; other ranges have both ends
    **dict.fromkeys(("two-dozen", "2-dozen", "two - dozen", "Two-Dozens", "two-dozen people", "two-doz."), "~24"),
    **dict.fromkeys(
        ("one or two dozen", "1-2 dozen", "one to two-dozen", "a dozen to two dozen", "1-2 dozen or so"), "12-24"
    ),
    **{"2 or 3 doz.": "24-36", "10 to two dozen": "10-24", "4 give or take 6": "0-10", "thirty to forty-ish": "30-40"},
    **dict.fromkeys(("forty or fifty", "40 or 50"), "40-50"),
    **dict.fromkeys(("40 ± 5", "forty plus or minus five", "40 +/- 5"), "35-45"),
    # a range from zero is a range; a zero with a reason is not counted
    **dict.fromkeys(("0-5", "0 - 5", "0–5", "0 to 5", "zero to five", "0-5 people", "~0-5", "between 0 and 5"), "0-5"),
    **dict.fromkeys(
        ("0 (rained out)", "0 - rained out", "none, smoke", "zero: closed", "nobody (fire)"), "nothing guessed"
    ),
    **{"0 adults + 5 kids": "5", "zero (0)": "0", "0.5": "nothing unreadable"},
    **dict.fromkeys(("dozens", "dozens of people", "several dozen", "many"), "nothing unreadable"),
    # something else than people is marked
    **dict.fromkeys(("40 cups", "40 surveys", "40 conversations", "40 families"), "40 guessed"),
    **{"about 40 cups": "~40 guessed", "40 guests": "40"},
}


def told(reading: Reading) -> str:
    """The count in the words of `COUNTS`: `24`, `~24` for an estimate, `20-24`, and the codes of its problems."""
    count = reading.value
    ends = "nothing" if count is None else f"{count.low}" if count.low == count.high else f"{count.low}-{count.high}"
    words = f"~{ends}" if count is not None and count.estimated and count.low == count.high else ends
    return " ".join([words, *(finding.code for finding in reading.findings)])


@each("typed", COUNTS)
def test_count_is_read_as_typed(typed):
    assert told(read_count(typed)) == COUNTS[typed]
    if COUNTS[typed] == "0-5":
        count = read_count(typed).value
        assert (count.best, count.estimated) == (2.5, True)


@each("beside", BESIDE)
@each("word", WORDS)
def test_number_with_its_word_is_one_number(beside, word):
    typed = beside.format(word=word, number=WORDS[word])
    assert [told(read_count(shown)) for shown in (typed.upper(), typed.title())] == [str(WORDS[word])] * 2
    assert whole_number(typed) == read_whole(typed).value == WORDS[word]
    if WORDS[word] <= 20:
        assert (read_needed(typed).value, read_needed(typed).findings) == (WORDS[word], ())


@each("typed", ["six (7)", "7 (six)", "two [three]", "forty (14)"])
def test_number_with_a_different_word_is_reported(typed):
    assert read_count(typed).findings
    assert whole_number(typed) is None


CLOCKS = ("0.4375", "0.3125", "0.0625", "0.33333333", " 0.4375 ")
"""Clocks that were pasted as text."""


@each(
    ("typed", "hours", "code"),
    [
        *((hundredths / 100, hundredths / 100, "guessed" if hundredths in (25, 50) else None)
          for hundredths in range(1, 100)),
        *((minutes / 1440, minutes / 60, "guessed") for minutes in range(1, 721) if (minutes * 100) % 1440),
        *((hours, hours, None) for hours in (0, 1, 1.3333, 7.25, 12)),
        *((typed, round(float(typed) * 1440) / 60, "guessed") for typed in CLOCKS),
        *((f"{typed.strip()} h", float(typed), None) for typed in CLOCKS),
        (20 / 24, None, "out-of-range"),
    ],
)  # fmt: skip
def test_two_decimals_and_numbers_from_one_on_are_hours_and_other_fractions_of_a_day_are_clocks(typed, hours, code):
    reading = read_hours(typed)
    assert (reading.value, [finding.code for finding in reading.findings]) == (hours, [code] if code else [])


# --- times ----------------------------------------------------------------------------------------------------------


@each(("start", "end", "used"), [("5", "7", 7), ("4", "8", 8), ("noon", "11", 11), ("5 PM", "7", 7), (5, 7, 7)])
def test_the_finding_names_the_time_that_is_used(start, end, used):
    staffing = [["Event ID", "Officer", "Report time", "Release time"], ["E1", "OF-01", start, end]]
    snapshot = read(Events=events({"Start": start, "End": end}), Staffing=staffing)
    assert snapshot.events[0].end == snapshot.assignments[0].release_time == dt.time(12 + used)
    for column in ("End", "Release time"):
        (advice,) = problems(snapshot, "advice", column=column, code="guessed")
        assert advice.startswith(f"Read as {used}:00 PM")


def test_a_range_and_an_end_that_mean_the_same_do_not_contradict_each_other():
    snapshot = read(Events=events({"Start": "5-7", "End": "7"}))
    event = snapshot.events[0]
    assert (event.start, event.end) == (dt.time(17), dt.time(19))
    assert not [problem for problem in snapshot.problems if "but End says" in problem.advice]


# --- counts and events ------------------------------------------------------------------------------------------------


@each(("change", "cell"), [({"Status": "Cancelled", "Date": 46281}, "I2"), ({}, "B2")])
def test_count_in_the_events_tab_of_an_event_that_did_not_happen_is_reported(change, cell):
    snapshot = read(Events=events({"Guests": 12} | change))
    assert codes(snapshot) == [("inconsistent", cell)]


@each("typed", ["ev-1", "EV-1", "Ev-1", " ev-1 "])
def test_ids_that_differ_in_case_alone_are_one_id_everywhere(typed):
    held = {"Event ID": "EV-1", "Date": 46281, "Status": "Completed"}
    rows = events(held, {"Event ID": "E2", "Replaces": typed})
    for cell in (12, "n/a", "dozens"):
        snapshot = read(
            Events=rows,
            Attendance=[["Event ID", "Guests"], [typed, cell]],
            Staffing=[["Event ID", "Officer"], [typed, "OF-01"]],
            Follow_ups=[["Follow-up ID", "Event ID"], ["F1", typed]],
        )
        records = (*snapshot.headcounts, *snapshot.assignments, *snapshot.follow_ups)
        assert [record.event_id for record in records] == ["EV-1"] * 3
        assert snapshot.events[1].replaces == "EV-1"
        assert problems(snapshot, "cell", code="overdue") == []


@each(
    ("own", "attendance", "asked"),
    [
        (None, [["Event ID", "Guests"]], ["A2"]),
        (None, [["Event ID", "Guests", "Note"], ["ev-1", None, "later"]], ["A2"]),
        # an answer in the Events tab ends the question although there is an Attendance tab
        *((typed, [["Event ID", "Guests"]], []) for typed in ("n/a", "dozens", 12)),
    ],
)
def test_a_count_that_is_really_missing_is_still_asked_for(own, attendance, asked):
    held = {"Event ID": "EV-1", "Date": 46281, "Status": "Completed", "Guests": own}
    assert problems(read(Events=events(held), Attendance=attendance), "cell", code="overdue") == asked


# --- checkboxes -------------------------------------------------------------------------------------------------------


@each("header", ["Confirmed?", "Status", "Response"])
@each("blank", [False, "FALSE", "false"])
def test_row_with_only_an_unticked_checkbox_is_blank(header, blank):
    rows = [["Event ID", "Officer", header], ["E1", "OF-01", True], *[[None, None, blank]] * 5]
    snapshot = read(Staffing=rows)
    assert snapshot.accounting["Staffing"] == Accounting(rows=1, kept=1)
    # The ticked box answers the question Confirmed?; under any other header that it does is a guess.
    assert codes(snapshot) == ([] if header == "Confirmed?" else [("guessed", "C2")])


def test_row_with_only_a_ticked_checkbox_is_not_blank():
    for header, cell in (("Confirmed?", True), ("Note", False)):
        snapshot = read(Staffing=[["Event ID", "Officer", header], [None, None, cell]])
        assert snapshot.accounting["Staffing"].rows == 1


@each(
    ("tab", "rows"),
    [("Events", events({})), ("Follow-ups", [["Follow-up ID", "Event ID", "Status"], ["F1", "E1", "Open"]])],
)
def test_unticked_status_in_other_tabs_is_blank(tab, rows):
    unticked = [False if name == "Status" else None for name in rows[0]]
    assert read(**{tab: [*rows, unticked]}).accounting[tab].rows == 1


def counted(*rows):
    """The event E1, held a week ago, with these rows of its guests and the count method."""
    attendance = [["Event ID", "Guests", "Count method"], *(["E1", *row] for row in rows)]
    return read(Events=events({"Date": "11/18/2026", "Status": "Completed"}), Attendance=attendance)


@each("method", ["Estimate", "estimate", "Est.", "est", "guess", "Estimated"])
@each(
    ("typed", "low", "high"),
    [(18, 18, 18), ("18", 18, 18), ("18 guests", 18, 18), ("16-20", 16, 20), ("18+", 18, None)],
)
def test_count_whose_method_is_an_estimate_is_one_in_every_answer(typed, low, high, method):
    snapshot = counted([typed, method])
    [headcount] = snapshot.headcounts
    assert headcount.guests == Count(str(typed), low, 18, high, True)
    [line] = attendance_rows(snapshot)
    assert (line["guests"], line["guests_low"], line["guests_high"], line["guests_estimated"]) == (18, low, high, True)
    total = guests_by_event(snapshot)["E1"]
    assert count_words(total) == {18: "about 18", 20: "16 to 20", None: "18 or more"}[high]


@each("method", ["Clicker", "Sign-in", "Cups", None, "hand count"])
def test_count_of_another_method_is_exact(method):
    assert [headcount.guests for headcount in counted([18, method]).headcounts] == [Count("18", 18, 18, 18)]


def test_one_estimated_hour_makes_the_sum_an_estimate_and_leaves_its_ends():
    total = guests_by_event(counted([18, "Clicker"], [12, "Estimate"]))["E1"]
    assert (total.low, total.best, total.high, total.estimated) == (30, 30, 30, True)

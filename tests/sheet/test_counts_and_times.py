"""Counts, hours and times of day as typed, and contradictions with the event."""

import datetime as dt

from cwac.analysis.attendance import count_words, guests_by_event
from cwac.exports.tables import attendance_rows
from cwac.model import Accounting, Count
from cwac.sheet.counts import read_count, read_hours, read_needed, read_whole, whole_number
from cwac.sheet.text import Reading
from tests.cases import each
from tests.sheet.county import codes, events, read

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


# --- hours ----------------------------------------------------------------------------------------------------------


@each("hundredths", range(1, 100))
def test_two_decimals_are_hours_as_typed(hundredths):
    reading = read_hours(hundredths / 100)
    assert reading.value == hundredths / 100
    assert [finding.code for finding in reading.findings] == (["guessed"] if hundredths in (25, 50) else [])


@each("minutes", [minutes for minutes in range(1, 721) if (minutes * 100) % 1440])
def test_other_fractions_of_a_day_are_times(minutes):
    reading = read_hours(minutes / 1440)
    assert (reading.value, [finding.code for finding in reading.findings]) == (minutes / 60, ["guessed"])


def test_a_clock_of_more_than_twelve_hours_is_out_of_range():
    assert [finding.code for finding in read_hours(20 / 24).findings] == ["out-of-range"]


@each("hours", [0, 1, 1.3333, 7.25, 12])
def test_hours_from_one_on_are_as_typed(hours):
    assert (read_hours(hours).value, read_hours(hours).findings) == (hours, ())


@each("typed", ["0.4375", "0.3125", "0.0625", "0.33333333", " 0.4375 "])
def test_clock_that_was_pasted_as_text_is_a_clock_too(typed):
    reading = read_hours(typed)
    assert (reading.value, [finding.code for finding in reading.findings]) == (
        round(float(typed) * 1440) / 60, ["guessed"],
    )  # fmt: skip
    assert (read_hours(f"{typed.strip()} h").value, read_hours(f"{typed.strip()} h").findings) == (float(typed), ())


# --- times ----------------------------------------------------------------------------------------------------------


@each(
    ("start", "end", "used"),
    [
        ("5", "7", "7:00 PM"),
        ("4", "8", "8:00 PM"),
        ("noon", "11", "11:00 PM"),
        ("5 PM", "7", "7:00 PM"),
        (5, 7, "7:00 PM"),
    ],
)
def test_the_finding_names_the_time_that_is_used(start, end, used):
    snapshot = read(Events=events({"Start": start, "End": end}))
    event = snapshot.events[0]
    assert f"{event.end:%-I:%M %p}" == used
    advice = [problem.advice for problem in snapshot.problems if problem.column == "End" and problem.code == "guessed"]
    assert len(advice) == 1
    assert advice[0].startswith(f"Read as {used}")
    report = read(Staffing=[["Event ID", "Officer", "Report time", "Release time"], ["E1", "OF-01", start, end]])
    assert f"{report.assignments[0].release_time:%-I:%M %p}" == used
    advice = [
        problem.advice for problem in report.problems if problem.column == "Release time" and problem.code == "guessed"
    ]
    assert [sentence.startswith(f"Read as {used}") for sentence in advice] == [True]


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
        assert [problem for problem in snapshot.problems if problem.code == "overdue"] == []


def test_a_count_that_is_really_missing_is_still_asked_for():
    held = {"Event ID": "EV-1", "Date": 46281, "Status": "Completed"}
    for attendance in ([["Event ID", "Guests"]], [["Event ID", "Guests", "Note"], ["ev-1", None, "later"]]):
        snapshot = read(Events=events(held), Attendance=attendance)
        assert [problem.cell for problem in snapshot.problems if problem.code == "overdue"] == ["A2"]


@each("typed", ["n/a", "dozens", 12])
def test_an_answer_in_the_events_tab_ends_the_question_although_there_is_an_attendance_tab(typed):
    held = {"Event ID": "EV-1", "Date": 46281, "Status": "Completed", "Guests": typed}
    snapshot = read(Events=events(held), Attendance=[["Event ID", "Guests"]])
    assert [problem.cell for problem in snapshot.problems if problem.code == "overdue"] == []


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
    assert read(Staffing=[["Event ID", "Officer", "Confirmed?"], [None, None, True]]).accounting["Staffing"].rows == 1
    assert read(Staffing=[["Event ID", "Officer", "Note"], [None, None, False]]).accounting["Staffing"].rows == 1


@each(("tab", "header"), [("Events", "Status"), ("Follow_ups", "Status")])
def test_unticked_status_in_other_tabs_is_blank(tab, header):
    rows = events({}) if tab == "Events" else [["Follow-up ID", "Event ID", "Status"], ["F1", "E1", "Open"]]
    width = len(rows[0])
    rows.append([False if name == header else None for name in rows[0]] + [None] * (width - len(rows[0])))
    assert read(**{tab: rows}).accounting[tab.replace("_", "-")].rows == 1


@each("method", ["Estimate", "estimate", "Est.", "est", "guess", "Estimated"])
@each(
    ("typed", "low", "high"),
    [(18, 18, 18), ("18", 18, 18), ("18 guests", 18, 18), ("16-20", 16, 20), ("18+", 18, None)],
)
def test_count_whose_method_is_an_estimate_is_one_in_every_answer(typed, low, high, method):
    snapshot = read(
        Events=events({"Date": "11/18/2026", "Status": "Completed"}),
        Attendance=[["Event ID", "Guests", "Count method"], ["E1", typed, method]],
    )
    [headcount] = snapshot.headcounts
    assert headcount.guests == Count(str(typed), low, 18, high, True)
    [line] = attendance_rows(snapshot)
    assert (line["guests"], line["guests_low"], line["guests_high"], line["guests_estimated"]) == (18, low, high, True)
    total = guests_by_event(snapshot)["E1"]
    assert count_words(total) == {18: "about 18", 20: "16 to 20", None: "18 or more"}[high]


@each("method", ["Clicker", "Sign-in", "Cups", None, "hand count"])
def test_count_of_another_method_is_exact(method):
    rows = [["Event ID", "Guests", "Count method"], ["E1", 18, method]]
    snapshot = read(Events=events({"Date": "11/18/2026", "Status": "Completed"}), Attendance=rows)
    assert [headcount.guests for headcount in snapshot.headcounts] == [Count("18", 18, 18, 18)]


def test_one_estimated_hour_makes_the_sum_an_estimate_and_leaves_its_ends():
    rows = [["Event ID", "Guests", "Count method"], ["E1", 18, "Clicker"], ["E1", 12, "Estimate"]]
    snapshot = read(Events=events({"Date": "11/18/2026", "Status": "Completed"}), Attendance=rows)
    total = guests_by_event(snapshot)["E1"]
    assert (total.low, total.best, total.high, total.estimated) == (30, 30, 30, True)

"""`cwac gaps`: its keys, its text, and what it refuses."""

import datetime as dt
import json
from pathlib import Path

import pytest

from tests.cases import each
from tests.cli.plan import refusal, run, write

ON = "2026-10-01"
EVENTS = [
    ["Event ID", "Date", "Start", "End", "Town", "Venue", "Lead agency", "Partner agencies", "Status",
     "Officers needed"],
    ["EV-1", dt.date(2026, 10, 6), dt.time(8, 30), dt.time(10, 0), "Weed", "Cafe", "WPD", "SCSO", "Confirmed", None],
    ["EV-2", dt.date(2026, 10, 20), None, None, "Etna", None, "WPD", None, "Confirmed", 3],
    ["EV-3", dt.date(2026, 11, 3), dt.time(9, 0), None, "Weed", None, "WPD", None, "Confirmed", 1],
    ["EV-4", dt.date(2026, 9, 2), None, None, "Weed", None, "WPD", None, "Confirmed", 5],
    ["EV-5", dt.date(2026, 11, 4), None, None, "Etna", None, "WPD", None, "Cancelled", 5],
    ["EV-6", dt.date(2026, 11, 5), None, None, "Etna", None, "WPD", None, "Confirmed", None],
    [None, dt.date(2026, 11, 6), None, None, None, None, "WPD", None, None, 4],
]  # fmt: skip
STAFFING = [
    ["Event ID", "Officer", "Agency", "Role", "Status"],
    ["EV-1", "OF-01", None, "Host", "Confirmed"],
    ["EV-1", "2 from SCSO", None, None, None],
    ["EV-1", "TBD", "SCSO", None, "Declined"],
    ["EV-2", "OF-01", None, None, "Requested"],
    ["EV-2", "OF-02", None, None, "Assigned"],
    ["EV-3", "OF-01", None, None, "Confirmed"],
    ["EV-6", "OF-01", None, None, "Confirmed"],
    ["EV-6", "TBD", None, None, "Pulled"],
]
OFFICERS = [["Officer ID", "Name", "Agency"], ["OF-01", "A. Sample", "WPD"], ["OF-02", "B. Demo", "WPD"]]
AGENCIES = [["Agency", "Name", "Aliases"], ["WPD", "Weed Police Department", "Weed PD"], ["SCSO", "Sheriff", "SO"]]


@pytest.fixture
def sheet(tmp_path: Path) -> str:
    return write(tmp_path / "plan.xlsx", Events=EVENTS, Staffing=STAFFING, Officers=OFFICERS, Agencies=AGENCIES)


@pytest.fixture(autouse=True)
def zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CWAC_TIMEZONE", "America/Los_Angeles")


def gaps(*words: str) -> list[dict[str, object]]:
    done = run("gaps", *words, "--on", ON, "--format", "json")
    assert done.stderr == ""
    document = json.loads(done.stdout)
    assert list(document) == ["source", "as_of", "on", "gaps"]
    assert document["on"] == ON
    return document["gaps"]


FIRST = {
    "event_id": "EV-1", "date": "2026-10-06", "start": "08:30", "town": "Weed", "agencies": ["WPD", "SCSO"],
    "needed": None, "assigned": 1, "requested": 0, "placeholders": 2, "open": 2,
    "owed": [{"agency": "SCSO", "positions": 2}],
}  # fmt: skip
SECOND = {
    "event_id": "EV-2", "date": "2026-10-20", "start": None, "town": "Etna", "agencies": ["WPD"], "needed": 3,
    "assigned": 1, "requested": 1, "placeholders": 0, "open": 2, "owed": [],
}  # fmt: skip


def test_gaps_in_json_have_the_keys_of_the_contract_in_its_order(sheet: str) -> None:
    """Full, past, canceled and half-typed events, and declined or pulled placeholders, are no gaps."""
    listed = gaps(sheet)
    assert listed == [FIRST, SECOND]
    assert [list(gap) for gap in listed] == [list(FIRST)] * 2


@each(
    ("words", "ids"),
    [
        (("--month", "2026-10"), ["EV-1", "EV-2"]),
        (("--month", "2026-11"), []),
        (("--month", "2026-09"), []),
        (("--agency", "scso"), ["EV-1"]),
        (("--agency", "SO"), ["EV-1"]),
        (("--agency", "Weed Police Department"), ["EV-1", "EV-2"]),
        (("--agency", "SCSO", "--month", "2026-11"), []),
    ],
)
def test_gaps_are_filtered_by_month_and_agency(sheet: str, words: tuple[str, ...], ids: list[str]) -> None:
    assert [gap["event_id"] for gap in gaps(sheet, *words)] == ids


EV_1 = [
    "",
    "Tue, Oct 6, 2026 (in 5 days)",
    "  8:30–10:00 AM, Cafe, Weed, WPD, SCSO [EV-1]",
    "      1 of 3 staffed · nobody from SCSO. Still needed: 2 officers from SCSO",
]
EV_2 = [
    "",
    "Tue, Oct 20, 2026 (in 19 days)",
    "  time not known, Etna, WPD [EV-2]",
    "      1 of 3 staffed · no host. Still needed: 2 officers from any agency",
]


@each(
    ("words", "printed"),
    [
        (
            (),
            ["4 officers are missing at 2 of 4 events.", "SCSO still has to send 2 officers to 1 event.",
             "2 more places are open to any agency.", *EV_1, *EV_2],
        ),
        (
            ("--agency", "SCSO"),
            ["SCSO still has to send 2 officers to 1 event.", *EV_1, "", "2 more places are open to any agency.",
             *EV_2],
        ),
        (
            ("--agency", "WPD", "--month", "2026-10"),
            ["WPD has sent everybody it owes in October 2026.", "", "2 places are open to any agency.", *EV_2],
        ),
        (("--month", "2026-11"), ["No officer is missing at 2 events in November 2026."]),
        (("--month", "2026-09"), ["September 2026 is over: nothing is left to fill."]),
        (("--month", "2027-01", "--agency", "SCSO"), ["SCSO has sent everybody it owes in January 2027."]),
    ],
)  # fmt: skip
def test_gaps_as_text_say_what_an_agency_still_has_to_send_before_what_is_open_to_any(
    sheet: str, words: tuple[str, ...], printed: list[str]
) -> None:
    done = run("gaps", sheet, "--on", ON, *words)
    assert (done.stderr, done.stdout.splitlines()[2:]) == ("", printed)


REFUSED = [
    (("--month", "2026-13"), "2026-13 is not a month: write the year and the month, such as 2026-12."),
    (("--month", "2026-12-01"), "2026-12-01 is not a month"),
    (("--month", ""), "It is empty: write the year and the month, such as 2026-12."),
    (("--month", "0001-01"), "0001-01 is too far away: choose a month of 1990 to 2100."),
    (("--agency", "SCOS"), "SCOS is not an agency of this sheet. Did you mean SCSO? It has SCSO, WPD."),
    (("--agency", "Wede Plice"), "Did you mean WPD?"),
    (("--agency", ""), "It is empty: name one of SCSO, WPD."),
    (("--on", "2026-02-30"), "2026-02-30 is not a date"),
]


@each("words, message", REFUSED)
def test_invalid_option_is_refused_with_a_sentence(sheet: str, words: tuple[str, ...], message: str) -> None:
    assert message in refusal("gaps", sheet, *words)


def test_agency_named_only_by_events_is_accepted(tmp_path: Path) -> None:
    book = write(tmp_path / "plan.xlsx", Events=EVENTS, Staffing=STAFFING[:2], Agencies=AGENCIES[:1])
    assert [gap["event_id"] for gap in gaps(book, "--agency", "scso")] == ["EV-1"]
    assert "Did you mean SCSO?" in refusal("gaps", book, "--agency", "SCOS")


def test_named_sheet_is_read_where_the_settings_name_none(sheet: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CWAC_CREDENTIALS", "default")
    assert "2 officers from SCSO" in run("gaps", sheet, "--on", ON).stdout
    assert "CWAC_CREDENTIALS is set, but no sheet to read" in refusal("gaps", "--on", ON)

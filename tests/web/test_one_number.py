"""One number in every place: openings, conflicts, cells, guests and hours of random small sheets, as the test counts.

What is expected is counted here from the rows of the sheet, and read back from the words of pages, commands, messages
and reports.
"""

import datetime as dt
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import pytest

from cwac import access
from cwac.analysis import overview
from cwac.analysis.alerts import alerts, alerts_concerning, conflicts_among
from cwac.analysis.attendance import outcomes
from cwac.analysis.candidates import fair_share
from cwac.analysis.followups import missing_after_event
from cwac.analysis.hours import officer_hours, productivity
from cwac.analysis.periods import quarter_before, quarter_of
from cwac.analysis.quarter import quarter
from cwac.analysis.staffing import gap_board
from cwac.cli.answers import gap_lines
from cwac.exports import documents, quarterly
from cwac.funders.figures import figures
from cwac.funders.report import funder_report
from cwac.model import Cell, Snapshot, Tab, Workbook
from cwac.notify.compose import digest
from cwac.notify.message import Links, MessageSection
from cwac.notify.warnings import SnapshotOfDay
from cwac.settings import Rules
from cwac.sheet.reader import read_workbook
from cwac.sources.sample import sample_workbook
from cwac.web.sections import attendance_views as staff_time
from cwac.web.sections import gaps, missing_results, scheduling, sheet_health, staffing
from cwac.web.sections import overview as overview_page
from cwac.web.sections.reports import headline_words
from tests.analysis import test_quarter
from tests.cases import each
from tests.sheet.county import serial
from tests.web.conftest import line_words

RULES = Rules()
TODAY = dt.date(2026, 11, 25)
AGENCIES = ("WPD", "SCSO", "CHP-MS")
OFFICERS = {f"{short}-{n}": short for short in AGENCIES for n in (1, 2)}
TOWNS = ("Weed", "Etna", "Yreka", "Dorris", "Dunsmuir", "Montague")
ODD: list[Cell] = [None, "maybe?", "TBD", 7, "x", -3, "12/9", "Etna", "WPD"]


@dataclass
class PlainEvent:
    """A row of Events, and its rows of Staffing: officers who go, and the agencies asked for somebody ("" for any)."""

    name: str
    day: dt.date
    agencies: list[str]
    needed: int | str | None
    people: list[str]
    asked: list[str]
    guests: int | None = None
    hours: float = 0

    @property
    def missing(self) -> int:
        needed = self.needed if isinstance(self.needed, int) else 0
        return max(needed - len(self.people), len(self.asked), 0)

    @property
    def to_send(self) -> dict[str, int]:
        sent = {OFFICERS[person] for person in self.people}
        owed = {short: 1 for short in self.agencies if short not in sent}
        return owed | {short: max(self.asked.count(short), owed.get(short, 0)) for short in self.asked if short}


def plain_events(seed: int) -> list[PlainEvent]:
    """Coming events, some on one day with the same officers, and held ones of the last quarter."""
    draw = random.Random(seed)
    events = []
    for at in range(draw.randint(2, 6)):
        day = TODAY + dt.timedelta(days=draw.randint(1, 3) * 20)
        agencies = draw.sample(AGENCIES, draw.randint(1, 3))
        people = draw.sample(sorted(OFFICERS), draw.randint(0, 3))
        of = draw.sample(["", *AGENCIES], draw.randint(0, 2))
        asked = [short for short in of for _ in range(draw.choice([1, 2]) if short else 1)]
        events.append(PlainEvent(f"C{at}", day, agencies, draw.choice([None, 1, 2, 4, "many?"]), people, asked))
    for at in range(draw.randint(0, 3)):
        day, agencies = dt.date(2026, 7 + at, 8), draw.sample(AGENCIES, draw.randint(1, 3))
        held = PlainEvent(f"H{at}", day, agencies, None, draw.sample(sorted(OFFICERS), draw.randint(1, 3)), [])
        held.guests, held.hours = draw.randint(0, 40), draw.choice([1, 1.5, 2.5])
        events.append(held)
    return events


@cache
def read(seed: int, *, odd: bool = False) -> Snapshot:
    events = plain_events(seed)
    rows: dict[str, list[list[Cell]]] = {
        "Events": [["Event ID", "Date", "Start", "End", "Town", "Venue", "Lead agency", "Partner agencies", "Status",
                    "Officers needed"]],
        "Staffing": [["Event ID", "Officer", "Agency", "Role", "Status", "Hours"]],
        "Attendance": [["Event ID", "Guests"]],
        "Officers": [["Officer ID", "Name", "Agency"], *([key, f"{key} Sample", of] for key, of in OFFICERS.items())],
        "Agencies": [["Agency", "Name"], *([short, f"{short} Police"] for short in AGENCIES)],
    }  # fmt: skip
    for at, event in enumerate(events):
        status = "Completed" if event.name.startswith("H") else "Confirmed"
        rows["Events"].append(
            [event.name, serial(event.day), 9 / 24, 10 / 24, TOWNS[at % 6], f"Hall {event.name}", event.agencies[0],
             "; ".join(event.agencies[1:]) or None, status, event.needed]
        )  # fmt: skip
        went = "Attended" if status == "Completed" else "Confirmed"
        rows["Staffing"] += [
            [event.name, person, None, "Host" if not n else None, went, event.hours or None]
            for n, person in enumerate(event.people)
        ]
        rows["Staffing"] += [
            [event.name, f"{event.asked.count(short)} from {short}" if short else "TBD", None, None, None, None]
            for short in dict.fromkeys(event.asked)
        ]
        if event.guests is not None:
            rows["Attendance"].append([event.name, event.guests])
    if odd:
        draw = random.Random(-seed)
        for row in (row for title, tab in rows.items() if title != "Agencies" for row in tab[1:]):
            row[:] = [draw.choice(ODD) if draw.random() < 0.05 else cell for cell in row]
    tabs = tuple(Tab(title, tuple(map(tuple, tab))) for title, tab in rows.items())
    book = Workbook("plan.xlsx", dt.datetime(2026, 1, 1, tzinfo=dt.UTC), "America/Los_Angeles", tabs)
    return read_workbook(book, TODAY, RULES)


def numbers(pattern: str, words: str) -> tuple[float, ...]:
    """The numbers in words, zeros if they do not say any."""
    match = re.search(pattern, words)
    groups = match.groups() if match else ["0"] * re.compile(pattern).groups
    return tuple(float(group.replace(",", "")) for group in groups)


OWN = r"still has to send (\d+) officers? to (\d+) event"
MISSING = r"(\d+) officers? (?:is|are) missing at (\d+) of"
ANY = r"(\d+)(?: more)? places? (?:is|are) open to any agency"


def openings(snapshot: Snapshot, agency: str | None, told: Sequence[MessageSection]) -> dict[str, tuple[float, ...]]:
    """Officers and events that are still missing, or that the agency still has to send, and places open to any."""
    own = MISSING if agency is None else OWN
    needed = gaps.openings(snapshot, TODAY, None, agency)
    printed = " ".join(gap_lines(snapshot, None, agency))
    line = line_words(overview_page.needs_line(overview.needs(snapshot, TODAY, agency, RULES), agency))
    rows = gaps.rows(needed.first, {}, "", agency=agency)["rows"]
    free = gaps.rows(needed.free, {}, "", agency=agency, any_agency=True)["rows"] if agency else []
    listed = [numbers(r"(\d+) officer", line_words(row["cells"][2]))[0] for row in rows]
    open_to_any = sum(numbers(r"(\d+) officer", line_words(row["cells"][2]))[0] for row in free)
    json = documents.gap_rows(documents.gaps(snapshot, None, agency))
    of_json = [
        row["open"] if agency is None else sum(each["positions"] for each in row["owed"] if each["agency"] == agency)
        for row in json
    ]
    found = {
        "headline": numbers(own, needed.answer()) + numbers(ANY, needed.any_words),
        "rows": (sum(listed), sum(map(bool, listed)), open_to_any if agency else numbers(ANY, needed.any_words)[0]),
        "command": numbers(own, printed) + numbers(ANY, printed),
        "overview": numbers(OWN if agency else r"(\d+) officers? missing at (\d+) event", line) + numbers(ANY, printed),
        "json": (sum(of_json), sum(map(bool, of_json)), *numbers(ANY, printed)),
    }
    if agency is not None:
        heading = " ".join(section.heading for section in told)
        lines = " ".join(line.words for section in told for line in section.lines)
        if "still has to send" in heading:
            found["digest"] = numbers(own, heading) + numbers(ANY, lines)
    return found


def lacking(snapshot: Snapshot, agency: str | None, _: Sequence[MessageSection]) -> dict[str, tuple[float, ...]]:
    """Events that lack no officer, but a role or an agency."""
    line = line_words(overview_page.needs_line(overview.needs(snapshot, TODAY, agency, RULES)))
    rows = gaps.rows(gaps.openings(snapshot, TODAY, None, agency).first, {}, "", agency=agency)["rows"]
    missing = [line_words(row["cells"][2]) for row in rows]
    return {
        "overview": numbers(r"(\d+) (?:more )?events? (?:is|are) missing only", line),
        "rows": (sum(not re.search(r"\d officer", words) for words in missing),),
    }


def digest_of(snapshot: Snapshot, agency: str | None) -> list[MessageSection]:
    if agency is None:
        return []
    moment = SnapshotOfDay(snapshot, TODAY)
    parts = digest(moment, moment, RULES, Links("https://x.example", agency=agency), "")
    return [section for part in parts for section in part.sections]


def conflicts(snapshot: Snapshot, agency: str | None, _: Sequence[MessageSection]) -> dict[str, tuple[float, ...]]:
    every = alerts(snapshot, TODAY, RULES)
    concerning = alerts_concerning(snapshot, TODAY, RULES, agency, _alerts=every)
    shown = staffing.alerts_about(concerning, "Clashes", ())
    line = line_words(overview_page.needs_line(overview.needs(snapshot, TODAY, agency, RULES, _alerts=every)))
    return {
        "headline": numbers(r"(\d+) conflict", staffing.alerts_words(shown, "Clashes", TODAY, of_kind=False)),
        "overview": numbers(r"(\d+) conflict", line),
        "⚠": (len(conflicts_among(concerning)),),
    }


def cells(snapshot: Snapshot, agency: str | None, told: Sequence[MessageSection]) -> dict[str, tuple[float, ...]]:
    mistakes = sheet_health.mistakes_of(snapshot, agency)
    line, whose = overview_page.sheet_line(snapshot, agency is None, agency)
    found = {
        "headline": numbers(r"(\d+) cells? to fix", sheet_health.headline(mistakes)),
        "overview": numbers(r"(\d+) cells? to fix", line),
    }
    if whose:
        found["overview, in parts"] = (sum(map(int, re.findall(r"\d+", whose.replace("-", "")))),)
    if agency is None:
        led = [line_words(row["cells"][1]) for row in sheet_health.owners(mistakes, snapshot)["rows"]]
        found["agencies"] = (sum(numbers(r"(\d+)", words)[0] for words in led),)
    else:
        shared = {problem for problem in access.concerning(snapshot.problems, {agency}) if not problem.agencies}
        if not shared:
            heading = " ".join(section.heading for section in told)
            found["digest"] = numbers(r"(\d+) cells? to fix", heading)
    return found


def last_quarter(snapshot: Snapshot, agency: str | None, _: Sequence[MessageSection]) -> dict[str, tuple[float, ...]]:
    """Events held, guests and officer-hours of July to September."""
    last = quarter_before(quarter_of(TODAY))
    figures = overview.quarters(snapshot, last, agency, RULES)[-1]
    report = quarterly.report(quarter(snapshot, last.label, agency, RULES))
    names = ("Events held", "Guests counted in all", "Hours at its events" if agency else "Officer-hours")
    printed = {name: this for name, this, *_ in report.page()["figures"]}
    table = {str(name): this for name, this, *_ in report.tables()[0].rows}
    csv = {row["figure"]: row["value"] for row in report.lines()}
    held = outcomes(snapshot, last, agency).held
    hours, *_ = staff_time.staff_time_tiles(productivity(snapshot, held, RULES, agency))["tiles"]
    spent = numbers(r"([\d.]+)", hours["value"]) if held else (0.0,)
    return {
        "Staff time": (*numbers(r"at (\d+) event", line_words(hours["note"])), figures.guests.value or 0, *spent),
        "overview": (figures.events, figures.guests.value or 0, figures.hours.value or 0),
        "PDF": tuple(numbers(r"([\d.,]+)", printed[name])[0] for name in names),
        "Excel": tuple(table[name] or 0 for name in names),  # type: ignore[misc]
        "CSV": tuple(csv[name] or 0 for name in names),
    }


def expected(seed: int, agency: str | None) -> dict[str, tuple[float, ...]]:
    every = plain_events(seed)
    coming = [event for event in every if event.name.startswith("C")]
    held = [event for event in every if event.name.startswith("H") and agency in (None, *event.agencies)]
    own = [event.missing if agency is None else event.to_send.get(agency, 0) for event in coming]
    free = [max(0, event.missing - sum(event.to_send.values())) for event in coming]
    by_day: dict[tuple[str, dt.date], list[PlainEvent]] = {}
    for event in coming:
        for person in event.people:
            by_day.setdefault((person, event.day), []).append(event)
    double_booked = [
        person
        for (person, _), events in by_day.items()
        if len(events) > 1 and (agency in (None, OFFICERS[person]) or any(agency in event.agencies for event in events))
    ]
    lacks = [event for event in coming if not event.missing and set(event.to_send) - set(event.asked)]
    hours = sum(event.hours * len(event.people) for event in held)
    to_fix = [event for event in coming if event.needed == "many?" and agency in (None, *event.agencies)]
    return {
        "openings": (sum(own), sum(map(bool, own)), sum(free)),
        "lacking": (0 if agency else len(lacks),),
        "conflicts": (len(double_booked),),
        "cells": (len(to_fix),),
        "last_quarter": (len(held), sum(event.guests or 0 for event in held), hours),
    }


COUNTS = (openings, lacking, conflicts, cells, last_quarter)


@pytest.mark.slow
@each("agency", [None, *AGENCIES])
@each("odd, seed", [(seed >= 30, seed) for seed in range(50)])
def test_every_place_says_the_number_that_is_counted_from_the_rows_and_one_number_of_odd_cells(
    agency: str | None, odd: bool, seed: int
) -> None:
    snapshot = read(seed, odd=odd)
    told = digest_of(snapshot, agency)
    found = {count.__name__: count(snapshot, agency, told) for count in COUNTS}
    if odd:
        assert [places for places in found.values() if len(set(places.values())) > 1] == []
    else:
        counted = expected(seed, agency)
        assert found == {what: dict.fromkeys(places, counted[what]) for what, places in found.items()}


@each("agency", AGENCIES)
@each("seed", range(30))
def test_no_list_of_openings_names_an_event_that_has_nothing_under_its_heading(agency: str, seed: int) -> None:
    needed = gaps.openings(read(seed), TODAY, None, agency)
    coming = {event.name: event for event in plain_events(seed) if event.name.startswith("C")}
    free = {name: event.missing - sum(event.to_send.values()) for name, event in coming.items()}
    own = {name: event.to_send.get(agency, 0) for name, event in coming.items()}
    parts = [(own, needed.first), (free, needed.free)]
    for (expected_of, listed), any_agency in zip(parts, (False, True), strict=True):
        rows = gaps.rows(listed, {}, "", agency=agency, any_agency=any_agency)["rows"]
        found = {row["cells"][0][0]["id"]: numbers(r"(\d+) officer", line_words(row["cells"][2]))[0] for row in rows}
        assert found == {name: number for name, number in expected_of.items() if number > 0}
        assert {len(row["cells"]) for row in rows} <= {4}, "a row has no column of what other agencies send"
    shown = [name for of, _ in parts for name, number in of.items() if number > 0]
    lacks = {event.name for event in coming.values() if agency in event.agencies and (event.missing or event.to_send)}
    hosts = {gap.fill.event.id for gap in needed.others if gap.fill.lacks}
    assert {gap.fill.event.id for gap in needed.others} - hosts == lacks - {*shown} - hosts, "every other opening"


SAMPLE = read_workbook(sample_workbook(TODAY), TODAY)


def test_plan_leaves_the_conflicts_that_the_conflicts_view_counts_also_those_of_venues() -> None:
    every = alerts_concerning(SAMPLE, TODAY, RULES, None)
    kept = scheduling.kept_conflicts([gap.fill for gap in gap_board(SAMPLE, TODAY)], every)
    counted = staffing.alerts_words(staffing.alerts_about(every, "Clashes", ()), "Clashes", TODAY, of_kind=False)
    assert numbers(r"(\d+) conflict", counted) == (len(kept),)
    assert {alert.officer is None for alert in kept} == {True, False}


def test_missing_results_and_staff_time_count_the_same_shifts_without_hours() -> None:
    missing = missing_after_event(SAMPLE, TODAY)
    by_agency = missing_results.owed_by_agency(SAMPLE, None, "Hours", _missing=missing)
    listed = sum(numbers(r"hours of (\d+) shift", words)[0] for words in by_agency.values())
    spent = officer_hours(productivity(SAMPLE, outcomes(SAMPLE).held).hours).caveat
    assert numbers(r"; (\d+) with \d+ hours as scheduled", spent) == (listed,)


def test_officer_hours_of_an_agency_are_those_of_its_officers_wherever_they_are_said() -> None:
    sheet, first, last = test_quarter.SHEET, dt.date(2026, 4, 1), dt.date(2026, 6, 30)
    answer = quarter(sheet, "2026-Q2", "SCSO")
    shares = fair_share(sheet, first, last, dt.date(2026, 9, 1)).agencies
    (workload,) = [share for share in shares if share.agency == "SCSO"]
    assert workload.hours is not None
    assert workload.hours.total == 2.5
    # One of the hours was at an event of WPD alone, which is in no report of SCSO.
    funder = figures(funder_report(sheet, "agency", "2026-Q2", agency="SCSO"))["officer_hours"]
    assert (funder.name, funder.value) == ("Officer-hours of SCSO at the events held", 1.5)
    assert answer.productivity.by_agency["SCSO"].total == 1.5
    at_events = overview.quarters(sheet, answer.period, "SCSO", RULES)[-1].hours
    assert (at_events.name, at_events.value) == ("Hours at its events", 5.5)
    assert headline_words(answer).endswith(", 5.5 hours at its events.")
    tile, *_ = staff_time.staff_time_tiles(answer.productivity)["tiles"]
    assert line_words(tile["name"]) == "Hours at its events"

"""Reports for funders: every figure of the PDF read back against the typed rows, by a plain computation of its own."""

import csv
import datetime as dt
import io
import random
import re
import statistics
import subprocess

import openpyxl
import pytest
from PIL import Image

from cwac.access import Viewer, restrict
from cwac.analysis.funder_figures import GROUPS, figures
from cwac.exports import funder_sections, funders, pdf
from cwac.model import Tab, Workbook
from cwac.sheet.reader import read_workbook
from cwac.web.sections.reports import MOST_PICTURES
from tests.cases import each
from tests.exports.test_quarterly import HOSTILE, needs

TODAY = dt.date(2026, 12, 10)
HEADERS = {
    "Events": ["Event ID", "Date", "Start", "End", "Title", "Town", "Lead agency", "Partner agencies", "Status",
               "Cancel reason", "Replaces", "Bilingual needed", "Release due", "Release sent", "Flyer sent", "Funding"],
    "Staffing": ["Event ID", "Officer", "Status", "Role", "Pay type", "Hours"],
    "Attendance": ["Event ID", "Guests", "Youth", "New visitors", "Conversations", "Media present"],
    "Follow-ups": ["Follow-up ID", "Event ID", "Category", "Summary", "Status", "Reported back"],
    "Agencies": ["Agency", "Name"],
    "Officers": ["Officer ID", "Name", "Agency", "Languages"],
    "Towns": ["Town", "Population"],
}  # fmt: skip
AGENCIES = ("WPD", "SCSO", "CHP-MS")
OFFICERS = [(f"OF-0{n}", f"{n}. Invented", AGENCIES[n % 3], language) for n, language in enumerate(
    ["Spanish", None, "English only", "Hmong; Spanish", None, None], start=1)]  # fmt: skip
TOWNS = ("Weed", "Yreka", "Etna", "Dorris")
# Typed -> the count it is read as and whether that is an estimate; None where it is no count.
TYPED = {"18": (18, False), "7": (7, False), "0": (0, False), "~40": (40, True), "35-40": (37.5, True), "": None}
HOLIDAYS = [dt.date(2026, month, day) for month, day in ((6, 19), (7, 3), (9, 7), (10, 12), (11, 11), (11, 26))]


def rows_as_typed():
    draw = random.Random(31)
    rows = {name: [] for name in HEADERS}
    rows["Agencies"] = [[short, f"{short} Department"] for short in AGENCIES]
    rows["Officers"] = [list(officer) for officer in OFFICERS]
    rows["Towns"] = [[town, 900] for town in TOWNS]
    for number in range(80):
        name, day = f"E{number}", dt.date(2026, 6, 25) + dt.timedelta(days=number * 9 // 4)
        status = draw.choice(["Completed"] * 6 + ["Canceled", "Canceled", "Postponed", "Confirmed", "Draft"])
        if day > TODAY:
            status = draw.choice(["Confirmed", "Tentative"])
        replaces = f"E{number - 9}" if number in (30, 44, 60) else None
        due = day - dt.timedelta(days=14)
        rows["Events"].append(
            [name, day.isoformat(), draw.choice(["9:00 AM", "9:00 AM", None]), "10:30 AM",
             draw.choice([None, None, "National Night Out"]) if number % 13 == 0 else None, draw.choice(TOWNS),
             draw.choice(AGENCIES), draw.choice([None, "WPD"]), status,
             draw.choice(["Fire", "Smoke", None]) if status == "Canceled" else None, replaces,
             draw.choice(["yes", "no", None]), draw.choice([due.isoformat(), None]),
             draw.choice([(due + dt.timedelta(days=draw.randint(-5, 3))).isoformat(), None]),
             draw.choice([due.isoformat(), None]),
             draw.choice(["OTS grant", "ots  GRANT", "OTS PT26001", "City fund", None])]
        )  # fmt: skip
        if rows["Events"][-1][2] is None:
            rows["Events"][-1][3] = None
        for officer in draw.sample(OFFICERS, draw.randint(0, 4)):
            status_of_officer = draw.choice(["Confirmed", "Attended", "Attended", "Declined", "Requested"])
            pay_type, hours = draw.choice(["On duty", "Overtime", "Grant", None]), draw.choice([None, 1, 1.5, 2])
            role = draw.choice([None, "Host", "Bilingual"])
            rows["Staffing"].append([name, officer[0], status_of_officer, role, pay_type, hours])
        if draw.random() < 0.8:
            blank_or = [draw.choice([None, 2, 5]) for _ in range(3)]
            rows["Attendance"].append([name, draw.choice(list(TYPED)), *blank_or, draw.choice(["yes", "no", None])])
        for concern in range(draw.choice([0, 0, 1, 2])):
            rows["Follow-ups"].append(
                [f"F{number}-{concern}", name, draw.choice(["Traffic", "Youth", "Neighbor", None]), "SECRET SUMMARY",
                 draw.choice(["Open", "Working", "Referred", "Closed"]), draw.choice(["yes", "no", None])]
            )  # fmt: skip
    return rows


ROWS = rows_as_typed()


def table(name, rows=ROWS):
    return [dict(zip(HEADERS[name], row, strict=True)) for row in rows[name]]


def read(rows=ROWS, today=TODAY, without=()):
    tabs = tuple(Tab(name, [HEADERS[name], *rows[name]]) for name in HEADERS if name not in without)
    book = Workbook("raw.xlsx", dt.datetime(2026, 12, 10, 17, tzinfo=dt.UTC), "America/Los_Angeles", tabs)
    return read_workbook(book, today)


@pytest.fixture(scope="module")
def snapshot():
    whole = read()
    assert (len(whole.events), len(whole.assignments), len(whole.follow_ups)) == (
        80, len(ROWS["Staffing"]), len(ROWS["Follow-ups"]),
    )  # fmt: skip
    return whole


def text_of(pdf, tmp_path):
    """The text in its reading order, with single spaces; page footers and repeated headers are taken out."""
    (tmp_path / "page.pdf").write_bytes(pdf)
    done = subprocess.run(["pdftotext", "-raw", "page.pdf", "-"], cwd=tmp_path, capture_output=True, check=True)
    return " ".join(done.stdout.decode().split())


# --- the same figures, computed plainly from what was typed -------------------------------------------------------


def num(value):
    return f"{value:,.1f}".rstrip("0").rstrip(".") if f"{value:,.1f}".endswith("0") else f"{value:,.1f}"


def short_day(iso):
    day = dt.date.fromisoformat(iso)
    return f"{day:%b} {day.day}, {day.year}"


def joined(count, noun, nouns=None):
    return f"{count} {noun if count == 1 else nouns or noun + 's'}"


class Plain:
    """The typed rows of a report: `ots`, `agency` and the first and last day say of which events."""

    def __init__(self, first, last, ots=False, agency=None):
        def is_of(event):
            names = agency is None or agency in (event["Lead agency"], event["Partner agencies"])
            return names and first <= event["Date"] <= last and event["Status"] != "Draft"

        self.agency = agency
        self.of_period = [event for event in table("Events") if is_of(event)]
        self.planned = [event for event in self.of_period if not ots or "ots" in (event["Funding"] or "").lower()]
        self.held = [event for event in self.planned if event["Status"] == "Completed"]
        self.counts = {row["Event ID"]: row for row in table("Attendance")}
        self.follow_ups = [row for row in table("Follow-ups") if row["Event ID"] in self.ids(self.planned)]

    @staticmethod
    def ids(events):
        return [event["Event ID"] for event in events]

    def by_status(self, *statuses):
        return [event for event in self.planned if event["Status"] in statuses]

    def guests(self, events):
        """`about 58` and what was typed, of these events."""
        counted = [TYPED[row["Guests"]] for event in events if (row := self.counts.get(event["Event ID"]))]
        counted = [count for count in counted if count is not None]
        if not counted:
            return "not known", counted
        about = "about " if any(estimated for _, estimated in counted) else ""
        about = about or ("at least " if len(counted) < len(events) else "")
        return about + num(sum(count for count, _ in counted)), counted

    def staff(self, events, agency=None):
        """The people whose hours count: typed row and hours, None where nothing gives them."""
        agency_of = {officer: short for officer, _, short, _ in OFFICERS}
        by_id = {event["Event ID"]: event for event in events}
        for row in table("Staffing"):
            event = by_id.get(row["Event ID"])
            out = row["Status"] == "Declined" or (row["Status"] == "Requested" and row["Hours"] is None)
            if event is not None and not out and agency in (None, agency_of[row["Officer"]]):
                yield row, row["Hours"] or (1.5 if event["Start"] else None)

    def hours(self, staff):
        """`about 12.5`, `none` or `not known`."""
        staff = list(staff)
        if not staff:
            return "none"
        known = [hours for _, hours in staff if hours is not None]
        if not known:
            return "not known"
        unsure = any(hours is None or (row["Hours"] is None and row["Status"] != "Attended") for row, hours in staff)
        return f"{'about ' if unsure else ''}{num(sum(known))}"


def share(value, of, nothing, caveat="", blank=0, short="none"):
    if not of:
        return f"{short} ({nothing})"
    if blank == of:
        return f"not known ({f'blank at all {of}' if of > 1 else 'blank'})"
    words = f"{'at least ' if blank else ''}{value} of {of}"
    caveats = [f"{blank} blank"] * bool(blank) + [caveat] * bool(caveat)
    return f"{words} ({'; '.join(caveats)})" if caveats else words


def working_days(first, last):
    days = [first + dt.timedelta(days=n) for n in range((last - first).days)]
    return sum(day.weekday() < 5 and day not in HOLIDAYS for day in days)


def event_words(plain):
    canceled, postponed = plain.by_status("Canceled"), plain.by_status("Postponed")
    reasons = [(event["Cancel reason"] or "No reason noted").lower() for event in canceled]
    counted = sorted({(-reasons.count(why), why.capitalize()) for why in reasons})
    because = ", ".join(f"{why.lower()} {-n}" for n, why in counted)
    off = Plain.ids(canceled + postponed)
    replaced = {event["Replaces"] for event in table("Events") if event["Status"] != "Draft"}
    past = [event for event in plain.by_status("Confirmed", "Tentative") if event["Date"] < TODAY.isoformat()]
    coming = [event for event in plain.by_status("Confirmed", "Tentative") if event["Date"] >= TODAY.isoformat()]
    made = {
        "Events planned": str(len(plain.planned)),
        "Events held": str(len(plain.held)),
        "Events canceled": f"{len(canceled)} ({because})" if canceled else "0",
        "Events postponed": str(len(postponed)),
        "Canceled or postponed, with a new date": share(
            len(replaced & set(off)), len(off), "no event canceled or postponed"
        ),
        "Past events not closed": str(len(past)),
        "Events still to come": str(len(coming)),
    }
    if plain.agency:
        led = sum(event["Lead agency"] == plain.agency for event in plain.held)
        made[f"Held events led by {plain.agency}"] = share(led, len(plain.held), "no event held")
    return made


def people_words(plain):
    held = len(plain.held)
    words, counted = plain.guests(plain.held)
    estimated = sum(is_estimate for _, is_estimate in counted)
    caveat = f"counted at {len(counted)} of {joined(held, 'held event')}"
    caveat += f", {held - len(counted)} missing" if held > len(counted) else ""
    caveat += f", {estimated} estimated" if estimated else ""
    made = {
        "People who came": f"{words} ({caveat})",
        "Median guests at an event": f"{num(statistics.median(count for count, _ in counted))} (",
        "Held events without a count": share(held - len(counted), held, "no event held"),
    }
    for column in ("Youth", "New visitors", "Conversations"):
        filled = [plain.counts[name][column] for name in Plain.ids(plain.held) if name in plain.counts]
        filled = [value for value in filled if value is not None]
        at = f"filled in at {len(filled)} of {joined(held, 'held event')}"
        made[column] = f"{'at least ' if len(filled) < held else ''}{num(sum(filled))} ({at})"
    return made


def officer_words(plain):
    staff = list(plain.staff(plain.held, plain.agency))
    whose = f" of {plain.agency}" if plain.agency else ""
    blank = [(row, hours) for row, hours in staff if row["Pay type"] is None]
    unknown = sum(hours is None for _, hours in staff)
    known = sum(hours or 0 for _, hours in blank)
    people = f" ({joined(len(blank), 'person', 'people')})" if blank else ""
    return {
        f"Officers{whose} at the events held": str(len(staff)),
        f"Officer-hours{whose}": f"{plain.hours(staff)} (",
        "Of these, pay type not known": f"{num(known)}{people}",
        "Officers whose hours are not known": share(unknown, len(staff), "nobody is listed"),
    }


def spoken_at(event):
    """The people assigned, the languages besides English they speak, and whether one is there for it."""
    languages = {officer: language for officer, _, _, language in OFFICERS}
    rows = [row for row in table("Staffing") if row["Event ID"] == event["Event ID"]]
    there = [row for row in rows if row["Status"] in ("Confirmed", "Attended")]
    cells = [languages[row["Officer"]] for row in there]
    spoken = {name.strip() for cell in cells if cell and cell != "English only" for name in cell.split(";")}
    return cells, spoken, bool(spoken) or any(row["Role"] == "Bilingual" for row in there)


def language_words(plain):
    held = [spoken_at(event) for event in plain.held]
    cells = [cell for every, _, _ in held for cell in every]
    with_another = sum(has_another for _, _, has_another in held)
    unknown = any(None in every and not has_another for every, _, has_another in held)
    words = f"{'at least ' if unknown else ''}{with_another} of {len(held)}"
    if None in cells:
        words += f" (languages of {cells.count(None)} of {joined(len(cells), 'officer')} not known)"
    asking = [there for event, there in zip(plain.held, held, strict=True) if event["Bilingual needed"] == "yes"]
    maybe = any(None in every and not has_another for every, _, has_another in asking)
    needed = [has_another for _, _, has_another in asking]
    met = share(sum(needed), len(needed), "no held event asks for one")
    return {
        "Held events with a second language": words,
        "Bilingual officer there where needed": f"{'at least ' if maybe else ''}{met}",
    }


def lead(event):
    sent, day = event["Release sent"], dt.date.fromisoformat(event["Date"])
    return working_days(dt.date.fromisoformat(sent), day) if sent else None


def release_words(plain):
    planned, held = len(plain.planned), len(plain.held)
    leads = [days for event in plain.planned if (days := lead(event)) is not None]
    both = [event for event in plain.planned if event["Release due"] and event["Release sent"]]
    late = sum(event["Release sent"] > event["Release due"] for event in both)
    flyers = sum(event["Flyer sent"] is not None for event in plain.planned)
    media = [plain.counts[name]["Media present"] for name in Plain.ids(plain.held) if name in plain.counts]
    media = [answer for answer in media if answer]
    unknown = f"not known at {held - len(media)} of {joined(held, 'held event')}" if held > len(media) else ""
    median = num(statistics.median(leads))
    return {
        "News releases sent": share(len(leads), planned, "", blank=planned - len(leads)),
        "Working days from release to event, median":
            f"{median} ({len(leads)} of {joined(planned, 'event')}, from {min(leads)} to {max(leads)})",
        "Releases sent after the day due": share(late, len(both), "no event has both days", short="not known"),
        "Flyers out": share(flyers, planned, "", blank=planned - flyers),
        "Held events with media present": share(media.count("yes"), len(media), "", unknown),
    }  # fmt: skip


def other_words(plain):
    follow_ups = plain.follow_ups
    told = [row["Reported back"] for row in follow_ups]
    still_open = sum(row["Status"] != "Closed" for row in follow_ups)
    return {
        "Towns reached": f"{len({event['Town'] for event in plain.held})} of 4 listed",
        "Concerns raised": str(len(follow_ups)),
        "Of these, not closed": share(still_open, len(follow_ups), "none entered"),
        "Of these, reported back": share(told.count("yes"), len(told), "none entered", blank=told.count(None)),
    }


def tables(plain):
    """Heading -> the rows of its table as one text."""
    pay_types = ["On duty", "Overtime", "Grant", "Volunteer", None]
    staff = list(plain.staff(plain.held, plain.agency))
    by_pay_type = []
    for pay_type in pay_types:
        theirs = [(row, hours) for row, hours in staff if row["Pay type"] == pay_type]
        recorded = [row["Hours"] for row, _ in theirs if row["Hours"] is not None]
        scheduled = [hours for row, hours in theirs if row["Hours"] is None and hours is not None]
        by_pay_type.append(
            f"{pay_type or 'Not known'} {len(theirs)} {num(sum(recorded)) if recorded else 'none'} "
            f"{num(sum(scheduled)) if scheduled else 'none'} {sum(hours is None for _, hours in theirs)} "
            f"{plain.hours(theirs)}"
        )
    fundings = sorted({" ".join((event["Funding"] or "").lower().split()) for event in plain.of_period})
    by_funding = [funding_row(plain, key) for key in fundings]
    languages = [name for event in plain.held for name in spoken_at(event)[1]]
    ordered = sorted(set(languages), key=lambda name: (-languages.count(name), name))
    concerns = []
    for category in ("Traffic", "Youth", "Neighbor", None):
        states = [row["Status"] for row in plain.follow_ups if row["Category"] == category]
        counts = [str(states.count(state)) for state in ("Open", "Working", "Referred", "Closed")]
        concerns += [f"{category or 'Not known'} {' '.join(counts)} {len(states)}"] if states else []
    return {
        "Officer-hours by pay type": by_pay_type,
        "By funding": by_funding,
        "Languages besides English": [f"{name} {languages.count(name)}" for name in ordered],
        "Concerns by state": concerns,
        "Releases by event": [release_row(event) for event in plain.planned],
        "Towns by events held": [town_row(plain, town) for town in {event["Town"] for event in plain.held}],
        "The events of this report": [event_row(plain, event) for event in plain.planned],
        "Canceled and postponed": [off_row(event) for event in plain.by_status("Canceled", "Postponed")],
    }  # fmt: skip


def funding_row(plain, key):
    events = [event for event in plain.of_period if " ".join((event["Funding"] or "").lower().split()) == key]
    held = [event for event in events if event["Status"] == "Completed"]
    words, counted = plain.guests(held)
    included = "yes" if events[0] in plain.planned else "no"
    canceled = sum(event["Status"] == "Canceled" for event in events)
    name = " ".join((events[0]["Funding"] or "Blank").split())
    return (
        f"{name} {included} {len(events)} {len(held)} {canceled} {words} "
        f"({len(counted)} of {len(held)} counted) {plain.hours(plain.staff(held))}"
    )


def release_row(event):
    days, due, sent = lead(event), event["Release due"], event["Release sent"]
    late = ", after the day due" if due and sent and sent > due else ""
    return (
        f"{short_day(event['Date'])} {event['Event ID']} {short_day(due) if due else 'blank'} "
        f"{short_day(sent) if sent else 'blank'} {'not known' if days is None else f'{days}{late}'}"
    )


def town_row(plain, town):
    held = [event for event in plain.held if event["Town"] == town]
    words, counted = plain.guests(held)
    return f"{town} {len(held)} {len(counted)} {words}"


def event_row(plain, event):
    agencies = ", ".join(dict.fromkeys(filter(None, (event["Lead agency"], event["Partner agencies"]))))
    state = event["Status"] + (f": {event['Cancel reason'].lower()}" if event["Cancel reason"] else "")
    state += ", not closed" * (event["Status"] in ("Confirmed", "Tentative") and event["Date"] < TODAY.isoformat())
    typed = plain.counts.get(event["Event ID"], {}).get("Guests", "")
    people = {"~40": "about 40", "35-40": "35 to 40", "": "not counted"}.get(typed, typed)
    known = [hours for _, hours in plain.staff([event]) if hours is not None]
    hours = num(sum(known)) if known else "not known"
    ending = f"{people} {hours}" if event["Status"] == "Completed" else "– –"
    funding = " ".join((event["Funding"] or "blank").split())
    return f"{short_day(event['Date'])} {event['Event ID']} {event['Town']} {agencies} {state} {funding} {ending}"


def off_row(event):
    new = next((other for other in table("Events") if other["Replaces"] == event["Event ID"]
                and other["Status"] != "Draft"), None)  # fmt: skip
    reason = event["Cancel reason"] or "Not noted"
    return f"{short_day(event['Date'])} {event['Event ID']} {event['Status']} {reason} " + (
        "none in the sheet" if new is None else short_day(new["Date"])
    )


SCOPES = [
    ("ots-quarter", "2026-Q3", None, Plain("2026-07-01", "2026-09-30", ots=True)),
    ("ots-quarter", "2026-Q4", None, Plain("2026-10-01", "2026-12-31", ots=True)),
    ("ots-quarter", "2026-Q3", "WPD", Plain("2026-07-01", "2026-09-30", ots=True, agency="WPD")),
    ("nno", "2026-Q3", None, Plain("2026-07-01", "2026-09-30")),
    ("agency", "2026", "SCSO", Plain("2026-01-01", "2026-12-31", agency="SCSO")),
]


@pytest.mark.slow
@needs("pdftotext")
@each(("preset", "period", "agency", "plain"), SCOPES)
def test_every_figure_of_the_pdf_is_that_of_the_typed_rows(snapshot, tmp_path, preset, period, agency, plain):
    report = funders.funder_report(snapshot, preset, period, agency)
    text = text_of(funders.to_pdf(report), tmp_path)
    expected = event_words(plain) | people_words(plain) | officer_words(plain) | language_words(plain)
    expected |= release_words(plain) | other_words(plain)
    if preset == "nno":
        night = [event for event in plain.held if event["Date"] == "2026-08-04" or event["Title"]]
        expected["Events on National Night Out"] = share(len(night), len(plain.held), "no event held")
    made = {figure.name: figure for figure in figures(report).values()}
    assert set(expected) == set(made)
    missing = []
    for name, words in expected.items():
        # With the way it is made after it, so that a longer value is not taken for a shorter one.
        method = " ".join(made[name].method.split()[:4])
        found = re.search(
            f"{re.escape(f'{name} {words}')}{'.*?' if words.endswith('(') else ' '}{re.escape(method)}", text
        )
        missing += [] if found else [f"{name} {words}"]
    assert missing == []
    unfound = [row for rows in tables(plain).values() for row in rows if row not in text]
    assert unfound == []
    assert "SECRET" not in text
    assert [name for _, name, _, _ in OFFICERS if name in text] == []


# --- blanks, edges, and what must not be in it -----------------------------------------------------------------------


def sheet(events, today=dt.date(2026, 12, 10), **tabs):
    """A sheet with these events (fields by header) and the rows of other tabs."""
    rows = {name: [] for name in HEADERS} | tabs
    rows["Agencies"] = [[short, f"{short} Department"] for short in AGENCIES]
    rows["Officers"] = [list(officer) for officer in OFFICERS]
    usual = {"Start": "9:00 AM", "End": "10:30 AM", "Town": "Weed", "Lead agency": "WPD", "Status": "Completed",
             "Funding": "OTS grant"}  # fmt: skip
    rows["Events"] = [[(usual | event).get(header) for header in HEADERS["Events"]] for event in events]
    return read(rows, today, without=("Towns",))


def words_of(report):
    return {key: figure.words for key, figure in figures(report).items()}


def rows_of(report, heading):
    sections = funder_sections.sections(report, figures(report))
    return next(section.rows for section in sections if section.heading == heading)


def test_blank_cells_are_not_zero():
    whole = sheet([{"Event ID": "E1", "Date": "2026-08-05", "Start": None, "End": None}],
                  Staffing=[["E1", "OF-02", "Attended", None, None, None]],
                  **{"Follow-ups": [["F1", "E1", "Traffic", "x", "Open", None]]})  # fmt: skip
    words = words_of(funders.funder_report(whole, "ots-quarter", "2026-Q3"))
    assert {key: words[key] for key in (
        "guests", "youth", "officer_hours", "hours_without_pay_type", "officers_without_hours",
        "events_with_second_language", "releases_sent", "release_lead_days", "releases_late", "flyers_sent",
        "media_present", "concerns_reported_back",
    )} == {
        "guests": "not known (1 event held, none counted)",
        "youth": "not known (filled in at none of 1 held event)",
        "officer_hours": "not known (0 of 1 with hours recorded; 1 not known)",
        "hours_without_pay_type": "not known (1 person, hours not known)",
        "officers_without_hours": "1 of 1",
        "events_with_second_language": "at least 0 of 1 (languages of 1 of 1 officer not known)",
        "releases_sent": "not known (blank)",
        "release_lead_days": "not known (no event has a day in Release sent)",
        "releases_late": "not known (no event has both days)",
        "flyers_sent": "not known (blank)",
        "media_present": "not known (filled in at none of 1 held event)",
        "concerns_reported_back": "not known (blank)",
    }  # fmt: skip


@each(
    ("sent", "lead", "late"),
    [
        ("2026-09-04", 5, "0 of 1"),  # Labor Day between
        ("2026-09-08", 4, "1 of 1"),
        ("2026-09-07", 4, "0 of 1"),  # the day due
        ("2026-09-14", "0, after the day due", "1 of 1"),
        ("2026-09-16", "2 after the event", "1 of 1"),
    ],
)
def test_release_counts_working_days_and_is_late_after_its_day(sent, lead, late):
    event = {"Event ID": "E1", "Date": "2026-09-14", "Release due": "2026-09-07", "Release sent": sent}
    report = funders.funder_report(sheet([event]), "ots-quarter", "2026-Q3")
    assert rows_of(report, "Releases by event")[0][-1] in (lead, f"{lead}, after the day due")
    assert words_of(report)["releases_late"] == late


def test_event_moved_to_the_next_quarter_is_held_only_there():
    whole = sheet([
        {"Event ID": "E1", "Date": "2026-09-30", "Status": "Postponed"},
        {"Event ID": "E2", "Date": "2026-10-01", "Replaces": "E1"},
        {"Event ID": "E3", "Date": "2026-09-29", "Status": "Canceled", "Cancel reason": "Fire"},
        {"Event ID": "E4", "Date": "2026-10-09", "Status": "Draft", "Replaces": "E3"},
    ])  # fmt: skip
    before, after = (funders.funder_report(whole, "ots-quarter", name) for name in ("2026-Q3", "2026-Q4"))
    keys = ("events_planned", "events_held", "events_postponed", "events_cancelled", "events_rescheduled")
    assert [words_of(before)[key] for key in keys] == ["2", "0", "1", "1 (fire 1)", "1 of 2"]
    assert [words_of(after)[key] for key in keys] == ["1", "1", "0", "0", "none (no event canceled or postponed)"]
    assert rows_of(before, "Canceled and postponed") == [
        (dt.date(2026, 9, 29), "E3", "Canceled", "Fire", "none in the sheet"),
        (dt.date(2026, 9, 30), "E1", "Postponed", "Not noted", "Oct 1, 2026 (Q4 2026), E2"),
    ]


@each(
    ("period", "title", "due", "words"),
    [
        ("2026-Q3", "quarter 4 of federal fiscal year 2026", dt.date(2026, 10, 30),
         "Was due Fri, Oct 30, 2026, 30 days after the quarter ends (41 days ago)."),
        ("2026-Q4", "quarter 1 of federal fiscal year 2027", dt.date(2027, 1, 30),
         "Due Sat, Jan 30, 2027, 30 days after the quarter ends (in 51 days)."),
        ("2027-Q1", "quarter 2 of federal fiscal year 2027", dt.date(2027, 4, 30), None),
        ("2027-Q2", "quarter 3 of federal fiscal year 2027", dt.date(2027, 7, 30), None),
    ],
)  # fmt: skip
def test_quarter_is_named_as_the_federal_one_with_its_due_day(period, title, due, words):
    report = funders.funder_report(sheet([]), "ots-quarter", period)
    assert funder_sections.title(report) == f"OTS quarterly report, {title}"
    assert report.due == due
    assert words is None or funder_sections.due_words(report) == words


def test_year_spans_two_federal_fiscal_years():
    report = funders.funder_report(sheet([]), "nno", "2026")
    assert funder_sections.period_words(report) == ("January 1–December 31, 2026, federal fiscal years 2026 and 2027")
    assert funders.in_json(report)["federal_quarter"] is None
    with pytest.raises(ValueError, match="is not a quarter"):
        funders.funder_report(sheet([]), "ots-quarter", "2026")


@needs("pdftotext")
def test_empty_period_has_no_figure_from_nothing(tmp_path):
    report = funders.funder_report(sheet([]), "ots-quarter", "2026-Q3")
    text = text_of(funders.to_pdf(report), tmp_path)
    for words in ("Events held 0 Status", "People who came not known (no event held)", "Officers whose hours are not "
                  "known none (nobody is listed)", "News releases sent none (no event planned)",
                  "Towns reached 0 Different"):  # fmt: skip
        assert words in text
    values = {key: figure.value for key, figure in figures(report).items()}
    assert {key for key, value in values.items() if value == 0} == {
        "events_planned", "events_held", "events_cancelled", "events_postponed", "events_not_closed", "events_coming",
        "officers", "hours_without_pay_type", "towns", "concerns_raised",
    }  # fmt: skip


def test_two_funders_and_a_blank_are_kept_apart():
    whole = sheet([
        {"Event ID": "E1", "Date": "2026-08-05", "Funding": "OTS grant"},
        {"Event ID": "E2", "Date": "2026-08-06", "Funding": "ots  GRANT"},
        {"Event ID": "E3", "Date": "2026-08-07", "Funding": "City fund"},
        {"Event ID": "E4", "Date": "2026-08-08", "Funding": None},
        {"Event ID": "E5", "Date": "2026-08-09", "Funding": "Scots Fund"},
        {"Event ID": "E6", "Date": "2026-08-10", "Funding": "Grant of the Office of Traffic Safety"},
    ])  # fmt: skip
    report = funders.funder_report(whole, "ots-quarter", "2026-Q3")
    assert [line.event.id for line in report.lines] == ["E1", "E2", "E6"]
    assert [(line.funding, line.included, line.planned) for line in report.by_funding] == [
        ("Grant of the Office of Traffic Safety", True, 1), ("OTS grant", True, 2),
        ("City fund", False, 1), ("Scots Fund", False, 1), (None, False, 1),
    ]  # fmt: skip
    assert "1 event of the quarter has no Funding in the sheet and is not in here." in funder_sections.warnings(report)
    one = funders.funder_report(whole, "nno", "2026-Q3", funding="city")
    assert [line.event.id for line in one.lines] == ["E3"]
    whole_name = funders.funder_report(whole, "nno", "2026-Q3", funding="OTS Grant")
    assert [line.event.id for line in whole_name.lines] == ["E1", "E2"]
    with pytest.raises(ValueError, match="'lottery' is in no Funding cell of this sheet: it has City fund, Grant of"):
        funders.funder_report(whole, "nno", "2026-Q3", funding="lottery")


def test_concerns_are_not_known_without_their_tab():
    without = read(ROWS, without=("Follow-ups",))
    report = funders.funder_report(without, "nno", "2026-Q3")
    assert words_of(report)["concerns_raised"] == "not known (there is no Follow-ups tab)"
    assert funders.in_json(report)["concerns"] is None


def test_report_of_an_agency_counts_its_own_people_alone(snapshot):
    report = funders.funder_report(snapshot, "agency", "2026", "wpd")
    assert report.agency == "WPD"
    assert report.hours.total == report.hours.of_agency["WPD"]
    assert set(report.hours.of_agency) == set(AGENCIES)
    with pytest.raises(ValueError, match="of one agency"):
        funders.funder_report(snapshot, "agency", "2026")


def test_liaison_gets_the_same_figures_and_no_hidden_language(snapshot):
    theirs = restrict(snapshot, Viewer("liaison", ("WPD",), "one@wpd.example.gov"))
    reports = [funders.funder_report(seen, "nno", "2026-Q3") for seen in (snapshot, theirs)]
    whole, restricted = (funders.in_json(report) for report in reports)
    assert "another" not in [line["language"] for line in whole["languages"]]
    assert "another" in [line["language"] for line in restricted["languages"]]
    assert "A language not shown to you" in [row[0] for row in rows_of(reports[1], "Languages besides English")]
    for document in (whole, restricted):
        del document["languages"], document["figures"]["events_with_second_language"]
    assert restricted == whole


@pytest.mark.slow
@needs("pdftotext")
def test_text_from_the_sheet_stays_text(tmp_path):
    typed = HOSTILE.encode("utf-8", "replace").decode()[:200]
    whole = sheet([{"Event ID": "E1", "Date": "2026-08-05", "Funding": f"OTS {typed}", "Title": typed, "Town": typed}])
    report = funders.funder_report(whole, "ots-quarter", "2026-Q3")
    assert report.lines
    assert "#panic(1)" in text_of(funders.to_pdf(report), tmp_path)
    book = openpyxl.load_workbook(io.BytesIO(funders.to_xlsx(report)))
    assert all(cell.data_type != "f" for tab in book for row in tab.iter_rows() for cell in row)


@pytest.mark.slow
@needs("pdfinfo")
@each("preset", ["ots-quarter", "nno"])
def test_pdf_is_tagged_and_of_letter_pages(snapshot, tmp_path, preset):
    (tmp_path / "page.pdf").write_bytes(funders.to_pdf(funders.funder_report(snapshot, preset, "2026-Q3")))
    info = subprocess.run(["pdfinfo", "page.pdf"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert re.search(r"Tagged:\s+yes", info)
    assert "letter" in info
    assert re.search(r"Title:\s+(OTS quarterly report|National Night Out award)", info)


def long_report():
    """A report with more events than rows in pictures."""
    days = [dt.date(2026, 7, 1) + dt.timedelta(days=number % 90) for number in range(funders.ROWS_PICTURED + 150)]
    events = [{"Event ID": f"E{number}", "Date": day.isoformat()} for number, day in enumerate(days)]
    return funders.funder_report(sheet(events), "nno", "2026-Q3")


def test_pictures_have_the_first_rows_of_all_tables_together(snapshot):
    pictured, whole = (funders._page(long_report(), most) for most in (funders.ROWS_PICTURED, None))
    rows = [[row for section in page["sections"] for row in section["rows"]] for page in (pictured, whole)]
    assert rows[0] == rows[1][: funders.ROWS_PICTURED]
    assert (pictured["whole"], whole["whole"]) == (False, True)
    short = funders.funder_report(snapshot, "nno", "2026-Q3")
    assert funders._page(short, funders.ROWS_PICTURED) == funders._page(short)


@pytest.mark.slow
def test_pictures_of_a_long_report_are_the_first_pages_of_the_pdf():
    report = long_report()
    pictures, whole = funders.to_pngs(report), pdf.to_pngs("funder.typ", funders._page(report))
    assert MOST_PICTURES < len(pictures) < len(whole)
    for picture, page in zip(pictures[:MOST_PICTURES], whole, strict=False):
        assert above_the_footer(picture) == above_the_footer(page)


def above_the_footer(picture: bytes) -> bytes:
    """The pixels of a page without its last inch, where the PDF says of how many pages it is."""
    page = Image.open(io.BytesIO(picture)).convert("RGB")
    return page.crop((0, 0, page.width, page.height - 144)).tobytes()


def test_csv_has_each_figure_with_how_it_is_made(snapshot):
    report = funders.funder_report(snapshot, "ots-quarter", "2026-Q3")
    rows = list(csv.DictReader(io.StringIO(funders.to_csv(report).decode("utf-8-sig"))))
    made = figures(report)
    assert [row["key"] for row in rows] == list(made)
    assert [row["words"] for row in rows] == [figure.words for figure in made.values()]
    assert {(row["for"], row["period"], row["due"]) for row in rows} == {("ots-quarter", "2026-Q3", "2026-10-30")}
    assert all(row["made"] for row in rows)


def test_workbook_has_real_days_and_numbers(snapshot):
    report = funders.funder_report(snapshot, "ots-quarter", "2026-Q3")
    book = openpyxl.load_workbook(io.BytesIO(funders.to_xlsx(report)))
    names = [figure.name for figure in figures(report).values()]
    assert [row[0].value for row in book["Figures"].iter_rows() if row[0].value in names] == names
    last = list(book["The events of this report"].values)[-1]
    assert isinstance(last[0], dt.datetime)
    assert [type(cell) for cell in list(book["By funding"].values)[2][2:5]] == [int, int, int]


def test_every_figure_says_how_it_is_made_and_has_a_place(snapshot):
    keys = [key for group in GROUPS.values() for key in group]
    assert len(keys) == len(set(keys))
    for preset, agency in (("nno", "WPD"), ("ots-quarter", None), ("agency", "WPD")):
        made = figures(funders.funder_report(snapshot, preset, "2026-Q3", agency))
        assert [key for key, figure in made.items() if not figure.method.endswith(".")] == []
    assert set(figures(funders.funder_report(snapshot, "nno", "2026-Q3", "WPD"))) == set(keys)

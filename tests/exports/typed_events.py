"""Eighty events as typed, and what a report for a funder says about them, by a plain computation of its own."""

import datetime as dt
import random
import statistics

from cwac.model import Tab, Workbook
from cwac.sheet.reader import read_workbook

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


# --- the same figures, computed plainly from what was typed -------------------------------------------------------


def num(value):
    tenths = int(value * 10 + 0.5)  # halves up, as in school
    return f"{tenths // 10:,}" + (f".{tenths % 10}" if tenths % 10 else "")


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
        return about + num(int(sum(count for count, _ in counted) + 0.5)), counted  # whole people

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
        known_hours = [hours for _, hours in staff if hours is not None]
        if not known_hours:
            return "not known"
        unsure = any(hours is None or (row["Hours"] is None and row["Status"] != "Attended") for row, hours in staff)
        return f"{'about ' if unsure else ''}{num(sum(known_hours))}"


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
        "Typical guests at an event": f"{num(statistics.median(count for count, _ in counted))} (",
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
    known_hours = sum(hours or 0 for _, hours in blank)
    people = f" ({joined(len(blank), 'person', 'people')})" if blank else ""
    about = "about " if plain.hours(blank).startswith("about ") else ""
    return {
        f"Officers{whose} at the events held": str(len(staff)),
        f"Officer-hours{whose}": f"{plain.hours(staff)} (",
        "Of these, pay type not known": f"{about}{num(known_hours)}{people}",
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
        "Typical working days from release to event":
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
        f"{name} {included} {len(events)} {len(held)} {canceled} {len(counted)} {words} "
        f"{plain.hours(plain.staff(held))}"
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
    hours = plain.hours(plain.staff([event])).replace("none", "not known")
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

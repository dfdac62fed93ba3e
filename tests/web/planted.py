"""A workbook with a unique secret in every restricted cell, and the viewers allowed to see each."""

import datetime as dt
import re
import struct
from functools import cache
from pathlib import Path

from tests.web import plan
from tests.web.plan import Rows

EVERYBODY = frozenset({"stranger", "unlisted", "agencyless", "wpd", "sheriff", "coordinator"})
SIGNED_IN = EVERYBODY - {"stranger", "unlisted"}
WPD = frozenset({"wpd", "coordinator"})
SHERIFF = frozenset({"sheriff", "coordinator"})
COORDINATOR = frozenset({"coordinator"})
NOBODY: frozenset[str] = frozenset()

PLANTED: dict[str, frozenset[str]] = {}
"""Secret -> viewers who may be sent it."""


def word(name: str, viewers: frozenset[str]) -> str:
    """A unique word that no escaping changes."""
    secret = f"Zq{name}Zq"
    PLANTED[secret] = viewers
    return secret


def count(number: int, viewers: frozenset[str]) -> int:
    """A unique number."""
    PLANTED[str(number)] = viewers
    return number


def secrets_in(data: bytes) -> set[str]:
    """The secrets found in these bytes, as text or as a number in a table."""
    words = {match.lower().decode() for match in _WORD.findall(data)}
    return {
        secret for secret in PLANTED if (_has_number(secret, data) if secret.isdigit() else secret.lower() in words)
    }


_WORD = re.compile(rb"zq[a-z]+?zq", re.I)


def _has_number(secret: str, data: bytes) -> bool:
    forms, pattern = _number(secret)
    # Far faster than the pattern, which would try every position.
    return any(form in data for form in forms) and pattern.search(data) is not None


@cache
def _number(secret: str) -> tuple[tuple[bytes, ...], re.Pattern[bytes]]:
    """All the ways in which that number is written, and a pattern of them as numbers of their own."""
    number = int(secret)
    texts = (f"{number}".encode(), f"{number:,}".encode())
    packed = (struct.pack("<q", number), struct.pack("<d", number))
    # Not within the random names that Streamlit gives its sessions and widgets.
    text = rb"(?<![0-9a-z.-])(?:" + b"|".join(texts) + rb")(?![0-9a-z-])"
    return (*texts, *packed), re.compile(b"|".join([text, *map(re.escape, packed)]))


def slip(name: str, viewers: frozenset[str]) -> str:
    """A planted name with one letter added, so that it is closest to that officer's."""
    letters = name.removesuffix("Zq")
    return word(f"{letters.removeprefix('Zq')}{letters[-1]}", viewers)


def tabs(today: dt.date) -> dict[str, Rows]:
    """Events of every state: shared by CHP-MS and WPD, of SCSO alone, of WPD alone. Names that are misspelled or
    could be several people's are in the rows of agencies that may not know whom they come near.
    """

    def day(after: int) -> int:
        return plan.serial(today + dt.timedelta(days=after))

    def event(name: str, after: int, town: str, lead: str, status: str, **more: object) -> list[object]:
        cells = {"Event ID": name, "Date": day(after), "Start": 8 / 24, "End": 9.5 / 24, "Town": town,
                 "Lead agency": lead, "Status": status, "Officers needed": 3} | more  # fmt: skip
        return [cells.get(header) for header in EVENTS]

    return {
        "Events": [
            EVENTS,
            event("SHARED", 3, "Weed", "CHP-MS", "Confirmed", **{
                "Partner agencies": "WPD", "Venue": "Weed Starbucks", "Title": "Public title",
                "Public notes": "Free parking", "Internal notes": word("internal", SIGNED_IN),
                "Funding": word("funding", SIGNED_IN), "Backup venue": word("backup", SIGNED_IN),
                "Bilingual needed": True, "Replaces": word("draftid", SIGNED_IN),
            }),
            event("SHERIFFS", 5, "Yreka", "SCSO", "Confirmed", Venue="Yreka Starbucks"),
            event(word("tentativeid", SIGNED_IN), 7, "Etna", "WPD", "Tentative", Title=word("tentative", SIGNED_IN)),
            event(word("draftid", SIGNED_IN), 8, "Etna", "SCSO", "Draft", Title=word("draft", SIGNED_IN)),
            event("UNPLACED", 9, word("town", SIGNED_IN), "WPD", "Confirmed", Venue=word("venue", SIGNED_IN),
                  Officers=f"OF-01; D. {slip('ZqdoraZq', WPD)}", Replaces=word("tentativeid", SIGNED_IN)),
            event("GONE", -40, "Weed", "CHP-MS", "Completed", **{"Partner agencies": "WPD"}),
            event("GONETOO", -30, "Yreka", "SCSO", "Completed"),
            event("UNREAD", -20, "Yreka", "SCSO", "Confirmed", **{
                "Officers needed": word("needed", SHERIFF), "Flyer sent": word("flyer", SHERIFF),
                "Host briefed": word("briefed", SHERIFF),
            }),
            [word("lost", SIGNED_IN), word("when", SIGNED_IN), *[None] * (len(EVENTS) - 2)],
        ],
        "Staffing": [
            ["Event ID", "Officer", "Agency", "Role", "Status", "Swapped for", "Hours", "Note"],
            # The same row number as its event's in Events.
            ["SHARED", "OF-01", None, "Host", "Confirmed", None, word("manyhours", WPD), word("sharednote", WPD)],
            ["SHARED", "OF-02", None, "Floor", "Swapped out", "OF-01", None, None],
            ["SHARED", "1 from WPD", None, "Greeter", None, None, None, None],
            ["SHERIFFS", "OF-03", None, "Host", "Confirmed", None, None, word("sheriffsnote", SHERIFF)],
            ["SHERIFFS", "OF-04", None, "Bilingual", "Requested", None, None, None],
            ["GONE", "OF-01", None, "Host", "Attended", None, 1.5, None],
            ["GONETOO", "OF-03", None, "Host", "Attended", None, 2, None],
            ["SHARED", word("strange", WPD), None, None, None, None, None, None],
            ["SHARED", f"OF-01; C. {slip('ZqcarlZq', WPD)}", None, "Floor", None, None, None, None],
            ["SHARED", f"D. {word('doora', WPD)}", "WPD", None, None, None, None, None],
            ["SHARED", "Duke", None, None, None, None, None, word("dukesnote", COORDINATOR)],
            ["SHARED", "OF-05", None, None, "Swapped out", f"C. {word('carrl', WPD)}", None, None],
            ["SHARED", "OF-05", None, "PIO", "Swapped out", "Duke", None, None],
            ["SHERIFFS", word("stranger", SHERIFF), None, None, None, None, None, None],
            ["SHERIFFS", f"A. {slip('ZqadamZq', SHERIFF)}", None, None, None, None, None, None],
            [word("nosuch", SIGNED_IN), f"C. {word('ccarl', COORDINATOR)}", None, None, None, None, None, None],
            ["SHERIFFS", "OF-03", None, word("role", SHERIFF), None, None, None, None],
        ],
        "Attendance": [
            ["Event ID", "Guests", "Count method", "Youth", "New visitors", "Conversations", "Cups served", "Surveys",
             "Weather", "Note"],
            ["GONE", count(9817, EVERYBODY), "Clicker", count(7219, SIGNED_IN), count(7229, SIGNED_IN),
             count(7239, SIGNED_IN), count(7249, SIGNED_IN), count(7259, SIGNED_IN), word("weather", SIGNED_IN),
             word("countnote", SIGNED_IN)],
            ["GONETOO", word("guests", SHERIFF), None, None, None, None, None, None, None, None],
            [word("nowhere", SIGNED_IN), 12, None, None, None, None, None, None, None, None],
        ],
        "Agencies": [
            ["Agency", "Name", "Aliases", "Type", "Home town", "Sworn", "Email", "Liaison role", "Color",
             "Boilerplate", "Press contact"],
            ["CHP-MS", "California Highway Patrol Mount Shasta", word("agencyalias", SIGNED_IN), "State", "Weed", 14,
             f"chp.example.gov; {word('email', SIGNED_IN)}@chp.example.gov", word("liaison", SIGNED_IN), "#0b5cad",
             word("boilerplate", SIGNED_IN), word("press", SIGNED_IN)],
            ["WPD", "Weed Police Department", None, "City", "Weed", 8, "wpd.example.gov", None, None, None, None],
            ["SCSO", "Siskiyou County Sheriff", None, "County", "Yreka", 48, "sheriff.example.gov", *[None] * 4],
        ],
        "Officers": [
            ["Officer ID", "Name", "Rank", "Agency", "Aliases", "Languages", "Supervisor", "Email", "Notify"],
            ["OF-01", "A. " + word("adam", WPD), word("adamrank", WPD), "WPD", word("adamalias", WPD), None, None,
             word("adammail", COORDINATOR) + "@wpd.example.gov", True],
            ["OF-02", "B. " + word("bert", WPD), None, "CHP-MS", None, word("language", WPD), None, None, None],
            ["OF-03", "C. " + word("carl", SHERIFF), word("carlrank", SHERIFF), "SCSO", word("carlalias", SHERIFF),
             word("carllanguage", SHERIFF), True, None, None],
            ["OF-04", "D. " + word("dora", SHERIFF), None, "SCSO", None, "Spanish", None, None, None],
            [word("idle", SHERIFF), "E. " + word("ernest", SHERIFF), None, "SCSO", None, None, None, None, None],
            ["OF-05", "F. " + word("fred", WPD), None, "WPD", "Duke", None, None,
             word("badmail", COORDINATOR), word("maybenotify", COORDINATOR)],
            ["OF-06", "G. " + word("greta", SHERIFF), None, "SCSO", "Duke", None, None, None, None],
        ],
        "Time off": [["Officer", "From", "To"], ["OF-03", day(20), day(30)],
                     ["OF-03", word("off", SHERIFF), day(30)],
                     ["C. " + word("caarl", COORDINATOR), day(20), day(30)], ["Duke", day(21), day(30)]],
        "Venues": [
            ["Venue", "Aliases", "Town", "Street", "Capacity", "Hours", "Contact", "Contact work phone", "Parking",
             "Permission"],
            ["Weed Starbucks", word("venuealias", SIGNED_IN), "Weed", "1 Main St", count(8237, SIGNED_IN),
             word("hours", SIGNED_IN), word("contact", SIGNED_IN), "530-555-" + word("phone", SIGNED_IN),
             word("parking", SIGNED_IN), word("permission", SIGNED_IN)],
            ["Yreka Starbucks", None, "Yreka", None, None, None, None, None, None, None],
        ],
        "Towns": [["Town", "Population"], ["Weed", 2862], ["Yreka", 7807], ["Etna", 678]],
        "Coverage": [["Town", "Agency", "Coverage"], ["Weed", "WPD", "Primary"]],
        "Follow-ups": [
            ["Follow-up ID", "Event ID", "Category", "Summary", "Referred to", "Owner role", "Status"],
            [word("followid", SIGNED_IN), "GONE", "Traffic", word("saidtowpd", WPD), "WPD", word("owner", SIGNED_IN),
             "Open"],
            ["F-2", "GONE", "Noise", word("saidtosheriff", SHERIFF), "SCSO", None, "Open"],
            ["F-3", "GONE", "Youth", word("saidtolead", COORDINATOR), None, None, "Closed"],
            ["F-4", "GONE", word("category", SHERIFF), word("saidagain", SHERIFF), "SCSO", None, "Open"],
        ],
        "Form Responses 1": [
            ["Timestamp", "Event ID", "Officer", "Can you come?", "Note", "Email Address"],
            [day(-1) + 0.758, "SHARED", "OF-01", "No", word("answernote", WPD), word("answermail", NOBODY) + "@a.gov"],
            [day(-1) + 0.5, "SHERIFFS", "OF-03", "Yes", word("sheriffsanswer", SHERIFF), None],
            [day(-1) + 0.6, "SHERIFFS", "OF-04", "Yes", None, word("othermail", NOBODY)],
            [day(-1), "SHERIFFS", "OF-01", "Yes", word("unnamednote", COORDINATOR), None],
            [day(-1), "SHARED", word("answerer", WPD), "Yes", word("lostnote", COORDINATOR), word("lostmail", NOBODY)],
            [day(-1), "SHERIFFS", word("sheriffsanswerer", SHERIFF), "Yes", None, None],
            [day(-1), "SHERIFFS", "OF-04", word("badanswer", SHERIFF), word("badnote", COORDINATOR), None],
            [day(-1), word("noanswer", SIGNED_IN), f"C. {word('answercarl', COORDINATOR)}", "Yes", None, None],
        ],
        "Form Responses 2": [
            ["Timestamp", "Event ID", "Guests", "Youth", "Final?", "Counted by", "Note"],
            [day(-30) + 0.4, "GONETOO", 12, None, "So far", word("counter", NOBODY), word("doornote", COORDINATOR)],
            [day(-30) + 0.4, "GONETOO", word("doorguests", SHERIFF), None, "Final", None, None],
        ],
        "Form Responses 3": [
            ["Timestamp", "Event ID", "I felt welcome", "First time here?", "Anything else?", "Email"],
            *[[day(-40) + 0.4, "GONE", 5, "Yes", word("said", NOBODY), word("sender", NOBODY)] for _ in range(8)],
            [day(-40) + 0.4, "GONETOO", 9, None, word("saidtoo", NOBODY), None],
        ],
        word("tab", COORDINATOR): [["Something"], [word("elsewhere", COORDINATOR)]],
    }  # type: ignore[return-value]  # fmt: skip


def tabs_of_months(today: dt.date) -> dict[str, Rows]:
    """The same workbook as somebody kept it before: a tab a month, with headers and an order of their own.

    A row of the second has the ID of another event: whose it is, nobody can say who is not a coordinator.
    """
    headers = {"Date": "When", "Start": "Start time", "Title": "What", "Venue": "Where", "Lead agency": "Host agency",
               "Partner agencies": "With", "Officers": "Who goes", "Internal notes": "Remarks", "Funding": "Grant",
               "Officers needed": "# needed", "Backup venue": "Plan B", "Flyer sent": "Flyer out"}  # fmt: skip
    made = tabs(today)
    _, *rows = made.pop("Events")
    shared = dict(zip(EVENTS, rows[0], strict=True))
    again = shared | {"Partner agencies": "SCSO; WPD", "Officers": f"C. {word('carlx', COORDINATOR)}",
                      "Internal notes": None, "Funding": None, "Backup venue": None, "Replaces": None}  # fmt: skip
    header = [headers.get(str(name), name) for name in EVENTS]
    unused = [word("headeroverticks", COORDINATOR), word("headerovertext", COORDINATOR)]
    turned = [row[2:] + row[:2] for row in (header, *rows[1:], [again[name] for name in EVENTS])]
    return {"Oct": [header + unused, [*rows[0], "x", "donuts"]], "Nov": turned} | made


EVENTS: list[object] = [
    "Event ID", "Date", "Start", "End", "Title", "Town", "Venue", "Backup venue", "Lead agency", "Partner agencies",
    "Status", "Officers needed", "Bilingual needed", "Funding", "Public notes", "Internal notes", "Officers",
    "Replaces", "Flyer sent", "Host briefed",
]  # fmt: skip


def tabs_later(today: dt.date) -> dict[str, Rows]:
    """The same workbook after an edit that a public viewer must not be able to notice."""
    later = tabs(today)
    events, staffing, attendance = later["Events"], later["Staffing"], later["Attendance"]
    shared, draft = events[1], next(row for row in events if row[0] == "ZqdraftidZq")
    shared[EVENTS.index("Internal notes")] = word("internallater", SIGNED_IN)
    shared[EVENTS.index("Officers needed")] = 5
    draft[EVENTS.index("Title")] = word("draftlater", SIGNED_IN)
    events.append([word("newdraftid", SIGNED_IN), *draft[1:]])
    staffing[1][7] = word("sharednotelater", WPD)
    staffing[4] = ["SHERIFFS", "OF-03", None, "Floor", "Confirmed", None, None, word("sheriffsnotelater", SHERIFF)]
    staffing[5][4] = "Confirmed"
    staffing.append(["SHERIFFS", "ZqidleZq", None, "Greeter", None, None, None, None])
    staffing.append(["SHERIFFS", f"E. {slip('ZqernestZq', SHERIFF)}", None, None, None, None, None, None])
    attendance[1][9] = word("countnotelater", SIGNED_IN)
    later["Form Responses 1"][1][3:5] = ["Yes", word("answernotelater", WPD)]
    later["Venues"][1][6] = word("contactlater", SIGNED_IN)
    later["Follow-ups"].append(["F-5", "GONETOO", "Praise", word("saidlater", SHERIFF), "SCSO", None, "Open"])
    later["Follow-ups"][1][6] = "Closed"
    return later


def save(path: Path, today: dt.date, *, later: bool = False) -> Path:
    return plan.save(path, today, **(tabs_later(today) if later else tabs(today)))

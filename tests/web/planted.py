"""A workbook with a unique secret in every restricted cell, and the viewers allowed to see each."""

import datetime as dt
import re
import struct
from functools import cache
from pathlib import Path

from cwac.model import Cell
from tests.web import plan
from tests.web.plan import Rows

EVERYBODY = frozenset({"stranger", "unlisted", "agencyless", "wpd", "sheriff", "coordinator"})
SIGNED_IN = EVERYBODY - {"stranger", "unlisted"}
WPD = frozenset({"wpd", "coordinator"})
SHERIFF = frozenset({"sheriff", "coordinator"})
COORDINATOR = frozenset({"coordinator"})
NOBODY: frozenset[str] = frozenset()

VIEWERS = {
    "EVERYBODY": EVERYBODY, "SIGNED_IN": SIGNED_IN, "WPD": WPD, "SHERIFF": SHERIFF, "COORDINATOR": COORDINATOR,
    "NOBODY": NOBODY,
}  # fmt: skip
PLANTED: dict[str, frozenset[str]] = {}
"""Secret -> viewers who may be sent it."""


def word(name: str, viewers: frozenset[str]) -> str:
    """A unique word that no escaping changes."""
    secret = f"Zq{name}Zq"
    PLANTED[secret] = viewers
    return secret


def secrets_in(data: bytes) -> set[str]:
    """The secrets found in these bytes, as text or as a number in a table."""
    words = {match.lower().decode() for match in _WORD.findall(data)}
    return {
        secret for secret in PLANTED if (_has_number(secret, data) if secret.isdigit() else secret.lower() in words)
    }


FILE = Path(__file__).with_suffix(".txt")
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


def tabs(today: dt.date) -> dict[str, Rows]:
    """The rows of `planted.txt`, where `{word:viewers}` is a secret.

    Events of every state: shared by CHP-MS and WPD, of SCSO alone, of WPD alone. Names that are misspelled or could be
    several people's are in the rows of agencies that may not know whom they come near. The first row of Staffing has
    the same number as its event's row.
    """
    grids = plan.read_tabs(FILE, today)
    return {str(_planted(name)): [list(map(_planted, row)) for row in rows] for name, rows in grids.items()}


def _planted(typed: Cell) -> Cell:
    """The cell with its secrets: words, or a number where it is the whole cell."""
    if number := re.fullmatch(r"{(\d+):(\w+)}", str(typed)):
        PLANTED[number[1]] = VIEWERS[number[2]]
        return int(number[1])
    if not isinstance(typed, str):
        return typed
    return re.sub(r"{(\w+):(\w+)}", lambda secret: word(secret[1], VIEWERS[secret[2]]), typed)


EVENTS = plan.read_tabs(FILE, plan.TODAY)["Events"][0]


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
    staffing.append(["SHERIFFS", f"E. {word('ernestt', SHERIFF)}", None, None, None, None, None, None])
    attendance[1][9] = word("countnotelater", SIGNED_IN)
    later["Form Responses 1"][1][3:5] = ["Yes", word("answernotelater", WPD)]
    later["Venues"][1][6] = word("contactlater", SIGNED_IN)
    later["Follow-ups"].append(["F-5", "GONETOO", "Praise", word("saidlater", SHERIFF), "SCSO", None, "Open"])
    later["Follow-ups"][1][6] = "Closed"
    return later


def save(path: Path, today: dt.date, *, later: bool = False) -> Path:
    return plan.save(path, today, **(tabs_later(today) if later else tabs(today)))

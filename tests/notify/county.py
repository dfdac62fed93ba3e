"""A small county to tell people about: three agencies, six officers with unique names, and edits of its sheet."""

import datetime as dt

from cwac.model import Tab, Workbook
from cwac.notify.recipients import NotifiedSheet
from cwac.notify.settings import AgencyNotices, Notify
from cwac.notify.turn import Turn, VersionReader
from cwac.refresh.live import Live
from cwac.settings import Settings

ZONE = "America/Los_Angeles"
URL = "https://docs.google.com/spreadsheets/d/1aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
SUNDAY = dt.date(2026, 10, 4)
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
OFFICERS = {
    "OF-1": ("Aldo Weedman", "WPD"),
    "OF-2": ("Berta Weedova", "WPD"),
    "OF-3": ("Carlo Sheriffson", "SCSO"),
    "OF-4": ("Dora Sheriffini", "SCSO"),
    "OF-5": ("Emil Patrolov", "CHP"),
    "OF-6": ("Fiona Patrolenko", "CHP"),
}
EVENTS = [
    "Event ID", "Date", "Start", "End", "Town", "Venue", "Lead agency", "Partner agencies", "Status", "Officers needed",
    "Cancel reason",
]  # fmt: skip
ANSWERS = ["Timestamp", "Event ID", "Officer", "Can you come?", "Note", "Email Address"]
ANSWER_NOTE = "plantedanswernote"
STAFFING = ["Event ID", "Officer", "Agency", "Role", "Report time", "Status", "Hours"]


def at(day: int, hour: int = 9, minute: int = 0) -> dt.datetime:
    """A moment `day` days after Sunday, October 4, 2026, in the county's zone (UTC−7)."""
    local = dt.datetime.combine(SUNDAY + day * DAY, dt.time(hour, minute), dt.timezone(-7 * HOUR))
    return local.astimezone(dt.UTC)


def serial(day: int) -> int:
    return (SUNDAY + day * DAY - dt.date(1899, 12, 30)).days


class Plan:
    """The rows of a sheet, which edits change."""

    def __init__(self) -> None:
        self.events: dict[str, dict[str, object]] = {}
        self.staffing: list[dict[str, object]] = []
        self.attendance: list[list[object]] = []
        self.follow_ups: list[list[object]] = []
        self.answers: list[list[object]] = []
        self.officers: dict[str, list[object]] = {
            number: [number, name, agency, None, None] for number, (name, agency) in OFFICERS.items()
        }

    def event(self, event_id: str, day: int, lead: str = "WPD", **cells: object) -> "Plan":
        usual = {"Start": 9 / 24, "End": 10.5 / 24, "Town": "Weed", "Venue": "Depot", "Status": "Confirmed"}
        self.events[event_id] = {"Event ID": event_id, "Date": serial(day), "Lead agency": lead, **usual} | cells
        return self

    def staff(self, event_id: str, officer: str, **cells: object) -> "Plan":
        self.staffing.append({"Event ID": event_id, "Officer": officer} | cells)
        return self

    def unstaff(self, event_id: str, officer: str) -> "Plan":
        self.staffing = [row for row in self.staffing if (row["Event ID"], row["Officer"]) != (event_id, officer)]
        return self

    def change(self, event_id: str, **cells: object) -> "Plan":
        self.events[event_id].update(cells)
        return self

    def delete(self, event_id: str) -> None:
        del self.events[event_id]

    def officer(self, number: str, address: str, told: str) -> None:
        self.officers[number][3:] = [address, told]

    def follow_up(self, *cells: object) -> None:
        self.follow_ups.append(list(cells))

    def answer(self, event_id: str, officer: str, said: str, hours: float) -> "Plan":
        """An officer's answer through a form, some hours after Sunday began, with a note and an address."""
        self.answers.append([serial(0) + hours / 24, event_id, officer, said, ANSWER_NOTE, f"{ANSWER_NOTE}@a.example"])
        return self

    def workbook(self, as_of: dt.datetime, source: str = "plan", url: str | None = URL) -> Workbook:
        tabs = {
            "Events": [EVENTS, *([row.get(name) for name in EVENTS] for row in self.events.values())],
            "Staffing": [STAFFING, *([row.get(name) for name in STAFFING] for row in self.staffing)],
            "Attendance": [["Event ID", "Guests", "Note"], *self.attendance],
            "Agencies": [
                ["Agency", "Name", "Email"],
                ["WPD", "Weed Police Department", "wpd.example.gov"],
                ["SCSO", "Sheriff's Office", "sheriff.example.gov"],
                ["CHP", "Highway Patrol", "chp.example.gov"],
            ],
            "Officers": [["Officer ID", "Name", "Agency", "Email", "Notify"], *self.officers.values()],
            "Towns": [["Town"], ["Weed"], ["Yreka"]],
            "Follow-ups": [
                ["Follow-up ID", "Event ID", "Category", "Summary", "Referred to", "Status"], *self.follow_ups,
            ],
        }  # fmt: skip
        if self.answers:
            tabs["Form Responses 1"] = [ANSWERS, *self.answers]
        grids = tuple(Tab(name, rows, id=number) for number, (name, rows) in enumerate(tabs.items()))
        return Workbook(source, as_of, ZONE, grids, url=url)


SETTINGS = Settings(
    spreadsheet=URL,
    address="https://coffee.example.gov",
    viewers=("@wpd.example.gov", "@sheriff.example.gov", "@chp.example.gov"),
    coordinators=("lead@sheriff.example.gov",),
)
NOTIFY = Notify(
    sender="Coffee <coffee@example.gov>",
    server="127.0.0.1",
    security="none",
    coordinators=("lead@sheriff.example.gov",),
    officer_domains=("wpd.example.gov",),
    agencies=(
        AgencyNotices("WPD", ("chief@wpd.example.gov",)),
        AgencyNotices("SCSO", ("liaison@sheriff.example.gov",)),
        AgencyNotices("CHP", ("desk@chp.example.gov",)),
    ),
)


class Mailbox:
    """Takes messages in place of a channel; `trouble` is raised in place of taking one."""

    def __init__(self) -> None:
        self.taken = []
        self.trouble = None

    def __call__(self, envelope) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.taken.append(envelope)

    def to(self, name, kind=None):
        return [e.message for e in self.taken if e.recipient.name == name and kind in (None, e.kind)]


def base() -> Plan:
    plan = Plan().event("E1", 3, "WPD", **{"Partner agencies": "SCSO", "Officers needed": 2})
    plan.event("E2", 9, "SCSO").event("E3", 40, "WPD")
    return plan.staff("E1", "OF-1", Role="Host").staff("E1", "OF-2").staff("E2", "OF-3").staff("E3", "OF-1")


def sheet(settings: Settings = SETTINGS, live: Live | None = None) -> NotifiedSheet:
    return NotifiedSheet("", URL, settings, live or Live())


def turn(store, now, send, notify=NOTIFY, sheets=None, reader=None) -> int:
    """One turn at that moment; how many messages were sent. With a reader, it keeps snapshots for the next turn."""
    return Turn(store, notify, sheets or [sheet()], now, send, reader or VersionReader(store)).run()


class Office:
    """A store whose sheet has settled and whose recipients are noted: nothing is told of what was there before."""

    def __init__(self, store, plan=None, notify=NOTIFY, send=None, **of_turns) -> None:
        self.store, self.plan, self.notify, self.of_turns = store, plan or base(), notify, of_turns
        self.mailbox = Mailbox()
        self.send = send or self.mailbox
        self.to = self.mailbox.to
        self.keep(at(0, 7))
        assert self.turns(at(0, 8)) == [0]

    def keep(self, moment, plan=None):
        return self.store.keep((plan or self.plan).workbook(moment))

    def lose(self, officer, moment, event="E1") -> None:
        """An edit that takes an officer out of an event."""
        self.plan.unstaff(event, officer)
        self.keep(moment)

    def turns(self, *moments, **other) -> list[int]:
        """How many messages a turn at each of these moments sends."""
        others = self.of_turns | other
        send = others.pop("send", self.send)
        return [turn(self.store, moment, send, self.notify, **others) for moment in moments]

"""The vocabulary: a workbook as typed, and the records that its rows become, in one module as they hold each other."""

from __future__ import annotations

import datetime as dt
import hashlib
import marshal
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any, Literal, NamedTuple, TypeVar

Cell = str | int | float | bool | None
Row = Sequence[Cell]

EventStatus = Literal["Draft", "Tentative", "Confirmed", "Completed", "Cancelled", "Postponed"]
PUBLIC_STATUSES: frozenset[EventStatus] = frozenset({"Confirmed", "Completed", "Cancelled", "Postponed"})
"""Statuses of events that strangers may see."""
CancelReason = Literal["Fire", "Smoke", "Weather", "Mutual aid", "Short staff", "Venue", "Illness", "Other"]
Role = Literal["Host", "Greeter", "Floor", "PIO", "Bilingual", "Supervisor", "Standby"]
AssignmentStatus = Literal[
    "Requested",
    "Assigned",
    "Confirmed",
    "Declined",
    "Swapped out",
    "Pulled",
    "No-show",
    "Attended",
]
Conflict = Literal["double-booked", "tight-travel"]
PayType = Literal["On duty", "Overtime", "Grant", "Volunteer"]
CountMethod = Literal["Clicker", "Sign-in", "Cups", "Estimate"]
AgencyType = Literal["State", "County", "City"]
CoverageKind = Literal["Primary", "Contract", "Dispatch"]
FollowUpCategory = Literal[
    "Traffic",
    "Drugs",
    "Homelessness",
    "Youth",
    "Noise",
    "Fire safety",
    "Neighbour",
    "Complaint",
    "Praise",
    "Other",
]
FollowUpStatus = Literal["Open", "Working", "Referred", "Closed"]
FILLED: frozenset[AssignmentStatus] = frozenset({"Assigned", "Confirmed", "Attended"})
"""People with these statuses fill a position."""
NOT_GOING: frozenset[AssignmentStatus] = frozenset({"Declined", "Swapped out", "Pulled", "No-show"})
CHOICE_LABELS: Mapping[str, str] = {"Cancelled": "Canceled", "Neighbour": "Neighbor"}
"""Choice -> how people see it, where files, links and stored versions keep another spelling."""
Severity = Literal["error", "warning", "notice"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "notice")
"""Worst first."""


def choice_label(choice: str) -> str:
    """The choice as people see it, in American spelling."""
    return CHOICE_LABELS.get(choice, choice)


# --- the workbook, as typed ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Merge:
    """A merged range, zero-based, with exclusive ends, as Google gives them."""

    top: int
    bottom: int
    left: int
    right: int


@dataclass(frozen=True)
class Tab:
    """One tab as typed; rows may be ragged, `id` is Google's sheetId, `struck` rows (from 0) are crossed out."""

    title: str
    rows: Sequence[Row]
    merges: tuple[Merge, ...] = ()
    id: int | None = None
    hidden: bool = False
    struck: tuple[int, ...] = ()

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 (hex) of the title, id, cells, merges and marks, without trailing blank cells and rows."""
        merges = sorted((m.top, m.bottom, m.left, m.right) for m in self.merges)
        marks = (self.hidden, self.struck) if self.hidden or self.struck else ()
        digest = hashlib.sha256(marshal.dumps((self.title, self.id, merges, *marks), _MARSHAL))
        rows: list[list[Cell]] = []
        blank_rows = 0
        for row in self.rows:
            cells = list(row)
            while cells and cells[-1] in _BLANK:
                cells.pop()
            if not cells:
                blank_rows += 1
                continue
            rows += [[]] * blank_rows
            blank_rows = 0
            rows.append(cells)
            if len(rows) >= 1000:
                digest.update(marshal.dumps(rows, _MARSHAL))
                rows = []
        digest.update(marshal.dumps(rows, _MARSHAL))
        return digest.hexdigest()


_BLANK = (None, "")
_MARSHAL = 2
"""Marshal's last format without shared references, so equal cells always give equal bytes."""


@dataclass(frozen=True)
class Workbook:
    """All tabs of one source at one moment.

    `source` is the path or URL as configured (`sample` for the built-in one); `as_of` is aware: the file's
    modification time, or the time of the service's response; `timezone` is an IANA name; `url` is the spreadsheet's
    address up to and including its key, None for files. `renamed`: the earlier name and the present title of each tab
    that is still read by its earlier name; `web_url`: where a browser opens it, if not at `url`; `checked_out`: an
    older version is read, as somebody has checked the file out. These three are not stored.
    """

    source: str
    as_of: dt.datetime
    timezone: str
    tabs: tuple[Tab, ...]
    locale: str = "en_US"
    url: str | None = None
    renamed: tuple[tuple[str, str], ...] = ()
    web_url: str | None = None
    checked_out: bool = False
    plan: Any = field(default=None, compare=False, repr=False)
    """How it was read, a `cwac.sheet.plan.Plan`, once it was; stored with the version."""

    @property
    def identity(self) -> str:
        """The name under which the store keeps its versions: one for all forms of a link to the same sheet."""
        return self.url or self.source

    def seen_again(self, as_of: dt.datetime, **others: Any) -> Workbook:
        """The same workbook at a later moment, its content hash kept; `others` are fields that are not content."""
        again = replace(self, as_of=as_of, **others)
        if "content_hash" in vars(self):
            vars(again)["content_hash"] = self.content_hash
        return again

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 (hex) of the tabs, cells, merges, time zone and locale, not of the source or the time."""
        return content_hash(self.timezone, self.locale, [tab.content_hash for tab in self.tabs])


def content_hash(timezone: str, locale: str, tab_hashes: Iterable[str]) -> str:
    """`Workbook.content_hash`, from the hashes of the tabs."""
    digest = hashlib.sha256(repr((timezone, locale)).encode())
    for each in tab_hashes:
        digest.update(each.encode())
    return digest.hexdigest()


# --- trouble ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing in the sheet that needs a human. `found` is the cell as typed, None if it must stay private.

    `agencies` must act on it; if empty, anybody. `advice` names no officer: `candidates` are the IDs of the officers
    that a cell could mean, `field_name` is the column's name in the contract and `event_id` the row's event.
    `tab` is a title for people to find: compare `kind`. `read_as` and `record_row` are the contract's tab and the row
    as records number it, where these differ from `tab` and `row`. `perhaps` is the contract's tab that an unread
    tab may be, or `OF_ADDON`. `unquoted` is the advice for liaisons where `found` or the advice quotes a column that is
    not read. These seven are never written to a file or response (`PROBLEM_KEYS`).
    """

    severity: Severity
    code: str
    tab: str | None
    row: int | None
    column: str | None
    cell: str | None
    found: str | None
    advice: str
    link: str | None = None
    agencies: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    field_name: str | None = None
    event_id: str | None = None
    read_as: str | None = None
    record_row: int | None = None
    perhaps: str | None = None
    unquoted: str | None = None

    @property
    def kind(self) -> str | None:
        """The contract's name of the tab, also of one with another title; None for a tab that is not read."""
        return self.read_as or self.tab

    @property
    def place(self) -> tuple[str | None, int | None]:
        """The contract's tab, and the row as its records number it."""
        return self.kind, self.record_row or self.row


PROBLEM_KEYS = ("severity", "code", "tab", "row", "column", "cell", "found", "advice", "link", "agencies")
"""The fields of a problem in files and responses, in this order."""


@dataclass(frozen=True, slots=True)
class Alert:
    """A clash or gap; `officer` is an Officer ID, else the name as typed; `days_until` counts from the day "on"."""

    severity: Severity
    code: str
    event_ids: tuple[str, ...]
    officer: str | None
    agency: str | None
    venue: str | None
    days_until: int
    message: str


@dataclass(frozen=True, slots=True)
class Accounting:
    """How a tab's non-blank rows were read; always `rows == kept + left_out + skipped`."""

    rows: int = 0
    kept: int = 0
    left_out: int = 0
    skipped: int = 0


class RemedyStep(NamedTuple):
    """One step of a remedy; `lead` names the person who must act, or says to wait first, and may be empty."""

    lead: str
    do: str


class SourceUnavailable(Exception):  # noqa: N818 - the name says what happened, to people
    """A source could not be read: the cause and the remedy, both fit to be shown to users.

    `cause` is a stable word for tests and metrics (`not-found`, `not-a-workbook`, `too-large`, `no-events-tab`,
    `not-shared`, `rate-limit`, `unreachable`, …); `str(error)` is one clear sentence; `remedy`, which can be given in
    `steps`, says what to do and who must act. `permanent` is True if retrying at once cannot help.
    `reading` is how the tabs that may list the events could be read; it is for the person at this machine alone.
    """

    def __init__(
        self,
        cause: str,
        sentence: str,
        remedy: str | Sequence[RemedyStep] = "",
        *,
        permanent: bool = True,
        retry_after: float | None = None,
        reading: Sequence[TableReading] = (),
    ) -> None:
        super().__init__(sentence)
        self.cause = cause
        self.sentence = sentence
        self.steps = (RemedyStep("", remedy),) if isinstance(remedy, str) else tuple(remedy)
        self.remedy = " ".join(step.lead + step.do for step in self.steps)
        self.permanent = permanent
        self.retry_after = retry_after
        self.reading = tuple(reading)

    def __str__(self) -> str:
        return f"{self.sentence} {self.remedy}".strip()


# --- the records -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Count:
    """A number of people as typed: `~40`, `30+` (`high` unknown), `35-40`. `best` may be a half."""

    raw: str
    low: float | None
    best: float
    high: float | None
    estimated: bool = False


USUAL_TITLE = "Coffee with a Cop"
"""The title of an event whose Title is blank."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event on a date. Agencies and towns are by their name in the sheet, None if unreadable.

    `row` is the row number in Events. `venue` is a listed Venue, None if none matches; `venue_text` is the text
    as typed. Where the Town cell is blank, `town` is that of the listed venue. A `status` of None is treated as
    Tentative. Times are wall clock in the sheet's zone. An event that is `withheld` is not public, whatever its status:
    the sheet has no Status, its column Public does not say yes, or another cell speaks against it.
    """

    id: str
    row: int
    date: dt.date
    start: dt.time | None = None
    end: dt.time | None = None
    title: str = USUAL_TITLE
    town: str | None = None
    town_text: str | None = None
    venue: Venue | None = None
    venue_text: str | None = None
    backup_venue: str | None = None
    lead_agency: str | None = None
    partner_agencies: tuple[str, ...] = ()
    status: EventStatus | None = None
    cancel_reason: CancelReason | None = None
    status_note: str | None = None
    replaces: str | None = None
    officers_needed: int | None = None
    bilingual_needed: bool | None = None
    registered: bool | None = None
    release_due: dt.date | None = None
    release_sent: dt.date | None = None
    flyer_sent: dt.date | None = None
    host_briefed: dt.date | None = None
    funding: str | None = None
    public_notes: str | None = None
    internal_notes: str | None = None
    date_note: str | None = None
    made_id: bool = False
    withheld: bool = False
    public: bool | None = None

    @property
    def agencies(self) -> tuple[str, ...]:
        """The lead agency, then the partners, without duplicates."""
        agencies = ((self.lead_agency,) if self.lead_agency else ()) + self.partner_agencies
        return tuple(dict.fromkeys(agencies))

    def names(self, agency: str) -> bool:
        """Whether the agency leads the event or is a partner."""
        return self.lead_agency == agency or agency in self.partner_agencies


@dataclass(frozen=True, slots=True)
class Undated:
    """An event whose Date is not a date, listed separately. `found` is the Date as typed."""

    id: str | None
    row: int
    found: str | None
    title: str = USUAL_TITLE
    town: str | None = None
    venue_text: str | None = None
    lead_agency: str | None = None
    partner_agencies: tuple[str, ...] = ()
    status: EventStatus | None = None


@dataclass(frozen=True, slots=True)
class Assignment:
    """One person, or one placeholder, at one event. `officer` is an Officer ID; `name` is for display.

    Without an Officers tab, `officer` is None and `name` is as typed. A placeholder (a position asked for but not
    filled) has neither; its `agency` may be None. A person's `agency` is the officer's own, else the row's.

    `conflict` is set in a restricted snapshot only: how this duty conflicts with an event at which the viewer sees no
    names. It says neither where nor when. `in_events`: typed in the event's own row, so `row` is a row of Events.
    """

    event_id: str
    row: int
    officer: str | None = None
    name: str | None = None
    agency: str | None = None
    placeholder: bool = False
    role: Role | None = None
    report_time: dt.time | None = None
    release_time: dt.time | None = None
    status: AssignmentStatus = "Assigned"
    swapped_for: str | None = None
    pay_type: PayType | None = None
    hours: float | None = None
    note: str | None = None
    conflict: Conflict | None = None
    in_events: bool = False

    @property
    def person(self) -> str | None:
        """A key for counting distinct people: the Officer ID, else the name in lower case; None for a placeholder."""
        if self.placeholder:
            return None
        return self.officer or (self.name.casefold() if self.name else None)


@dataclass(frozen=True, slots=True)
class HeldBack:
    """An event, or a value of one, that is not public, the cell that says so and why.

    `event_id` is None where every event with the value is meant: a venue, a town or an agency of the lists.
    """

    event_id: str | None
    what: Literal["event", "title", "notes", "agency", "place"]
    tab: str | None
    cell: str | None
    why: str
    value: str | None = None


@dataclass(frozen=True, slots=True)
class UnreadPerson:
    """A person named in an event's row who could not be identified; `agency` is None if unknown."""

    event_id: str
    agency: str | None = None


@dataclass(frozen=True, slots=True)
class Headcount:
    """One row of Attendance (an hour, or the whole event). A None is "not counted", never zero.

    `in_events`: typed in the event's own row, so `row` is a row of Events. `at_door`: the guests were counted through a
    form; `row` is 0 where Attendance has no row of the event.
    """

    event_id: str
    row: int
    guests: Count | None = None
    method: CountMethod | None = None
    youth: float | None = None
    new_visitors: float | None = None
    conversations: float | None = None
    cups: float | None = None
    surveys: float | None = None
    media: bool | None = None
    weather: str | None = None
    entered_on: dt.date | None = None
    note: str | None = None
    in_events: bool = False
    at_door: bool = False


@dataclass(frozen=True, slots=True)
class Agency:
    short: str
    name: str
    row: int = 0
    aliases: tuple[str, ...] = ()
    type: AgencyType | None = None
    home_town: str | None = None
    sworn: int | None = None
    emails: tuple[str, ...] = ()
    liaison_role: str | None = None
    boilerplate: str | None = None
    press_contact: str | None = None
    color: str | None = None
    active: bool | None = None


@dataclass(frozen=True, slots=True)
class Officer:
    id: str
    name: str
    agency: str
    row: int = 0
    rank: str | None = None
    aliases: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    can_host: bool | None = None
    supervisor: bool | None = None
    active_from: dt.date | None = None
    active_to: dt.date | None = None
    email: str | None = None
    notify: bool | None = None
    """Whether they asked to be told of changes to their own shifts. This and `email` are for coordinators only."""
    stand_in: bool = False
    """Stands for a person whose name is not shown, at one event only."""


@dataclass(frozen=True, slots=True)
class TimeOff:
    """Whole days, both ends included. The reason is never kept."""

    officer: str
    first: dt.date
    last: dt.date
    row: int = 0


@dataclass(frozen=True, slots=True)
class Venue:
    name: str
    town: str
    row: int = 0
    aliases: tuple[str, ...] = ()
    street: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    capacity: int | None = None
    hours: str | None = None
    contact: str | None = None
    contact_phone: str | None = None
    parking: str | None = None
    permission: str | None = None
    shelter_site: bool | None = None
    active: bool | None = None


@dataclass(frozen=True, slots=True)
class Town:
    name: str
    row: int = 0
    aliases: tuple[str, ...] = ()
    population: int | None = None
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class Coverage:
    """The agency that polices a town from `first` to `last`, both included; None is open-ended."""

    town: str
    agency: str
    row: int = 0
    kind: CoverageKind | None = None
    first: dt.date | None = None
    last: dt.date | None = None


@dataclass(frozen=True, slots=True)
class FollowUp:
    id: str
    event_id: str
    row: int = 0
    category: FollowUpCategory | None = None
    summary: str | None = None
    referred_to: str | None = None
    owner_role: str | None = None
    due: dt.date | None = None
    status: FollowUpStatus = "Open"
    closed_on: dt.date | None = None
    reported_back: bool | None = None


@dataclass(frozen=True, slots=True)
class EventTab:
    """A tab, or a block of one, that is read as Events. Rows count from `first`; `columns` are letters by field."""

    title: str
    id: int | None
    first: int
    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ColumnReading:
    """A column, the contract's column that it is or `perhaps` is, and up to three `cells` if it is asked about."""

    column: str
    header: str = ""
    meaning: str | None = None
    by: str | None = None
    perhaps: str | None = None
    cells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TableReading:
    """A table of a tab, the tab of the contract that it is read as, its header's row and how many rows are below it."""

    tab: str
    meaning: str
    header_row: int | None
    rows: int
    columns: tuple[ColumnReading, ...] = ()


@dataclass(frozen=True)
class Snapshot:
    """A workbook as read on one day: the records, the problems, and the accounting by tab (the contract's names).

    `tab_columns` is tab -> field -> the letters of its column, `free_rows` tab -> the first row below the filled ones.

    `national_day_people` is set in a restricted snapshot only, in which people cannot be told apart: national day and
    agency (None for all agencies) -> the distinct people who go to that day's events.
    """

    source: str
    as_of: dt.datetime
    timezone: str
    today: dt.date
    url: str | None = None
    web_url: str | None = None
    content_hash: str = ""
    events: tuple[Event, ...] = ()
    undated: tuple[Undated, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    unread_people: tuple[UnreadPerson, ...] = ()
    headcounts: tuple[Headcount, ...] = ()
    agencies: tuple[Agency, ...] = ()
    officers: tuple[Officer, ...] = ()
    time_off: tuple[TimeOff, ...] = ()
    venues: tuple[Venue, ...] = ()
    towns: tuple[Town, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    added: tuple[Any, ...] = ()
    """The records of the tabs of add-ons."""
    problems: tuple[Problem, ...] = ()
    accounting: Mapping[str, Accounting] = field(default_factory=dict)
    tab_ids: Mapping[str, int | None] = field(default_factory=dict)
    tab_columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    free_rows: Mapping[str, int] = field(default_factory=dict)
    national_day_people: Mapping[tuple[dt.date, str | None], int] | None = None
    event_tabs: tuple[EventTab, ...] = ()
    """The tabs that are read as Events, and their blocks, where there are several."""
    reading: tuple[TableReading, ...] = ()
    held_back: tuple[HeldBack, ...] = ()
    """What the sheet itself keeps from strangers; only coordinators are told where and why."""
    read_by: str = ""
    """Hash of the settings by which it was read: the same workbook may be read again by others."""

    @property
    def identity(self) -> str:
        """`Workbook.identity` of the workbook that was read."""
        return self.url or self.source

    def sharing(self, before: Snapshot) -> Snapshot:
        """The same with the equal records of `before`, so that a second version in memory needs little more."""
        shared: dict[str, Any] = {}
        for column in fields(self):
            own, theirs = getattr(self, column.name), getattr(before, column.name)
            if isinstance(own, tuple) and isinstance(theirs, tuple):
                equal = [old if old == new else new for new, old in zip(own, theirs, strict=False)]
                shared[column.name] = (*equal, *own[len(theirs) :])
        return replace(self, **shared)

    @cached_property
    def event_by_id(self) -> Mapping[str, Event]:
        return {event.id: event for event in self.events}

    @cached_property
    def events_by_start(self) -> tuple[Event, ...]:
        """The events of every status by date, start and ID; on each day those without a start come last."""
        return tuple(
            sorted(self.events, key=lambda one: (one.date, one.start is None, one.start or dt.time.min, one.id))
        )

    @cached_property
    def events_by_town(self) -> Mapping[str | None, Sequence[Event]]:
        """Town as read, else as typed, else None -> its events, in the order of the sheet."""
        return grouped((event.town or event.town_text or None, event) for event in self.events)

    @cached_property
    def people_by_agency(self) -> Mapping[str | None, Collection[str]]:
        """Agency as a Staffing row gives it, else None -> the people (`Assignment.person`) whom such rows name."""
        groups = grouped((row.agency or None, person) for row in self.assignments if (person := row.person) is not None)
        return {agency: set(people) for agency, people in groups.items()}

    @cached_property
    def unread_people_by_event(self) -> Mapping[str, tuple[UnreadPerson, ...]]:
        return _by_event(self.unread_people)

    @cached_property
    def assignments_by_event(self) -> Mapping[str, tuple[Assignment, ...]]:
        """Event ID -> its assignments, in the order of the sheet."""
        return _by_event(self.assignments)

    @cached_property
    def headcounts_by_event(self) -> Mapping[str, tuple[Headcount, ...]]:
        return _by_event(self.headcounts)

    @cached_property
    def follow_ups_by_event(self) -> Mapping[str, tuple[FollowUp, ...]]:
        return _by_event(self.follow_ups)

    @cached_property
    def agency_by_short(self) -> Mapping[str, Agency]:
        return {agency.short: agency for agency in self.agencies}

    @cached_property
    def officer_by_id(self) -> Mapping[str, Officer]:
        return {officer.id: officer for officer in self.officers}

    @cached_property
    def town_by_name(self) -> Mapping[str, Town]:
        return {town.name: town for town in self.towns}


_OfEvent = TypeVar("_OfEvent", bound=Assignment | Headcount | FollowUp | UnreadPerson)
_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


def grouped(pairs: Iterable[tuple[_Key, _Value]]) -> dict[_Key, list[_Value]]:
    """Key -> its values, both in the order given."""
    groups: dict[_Key, list[_Value]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return groups


def _by_event(records: Iterable[_OfEvent]) -> Mapping[str, tuple[_OfEvent, ...]]:
    groups = grouped((record.event_id, record) for record in records)
    return {event_id: tuple(group) for event_id, group in groups.items()}

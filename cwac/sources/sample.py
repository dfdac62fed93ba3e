"""The built-in sample, long because it is mostly data: 27 months of a program around any day, with its mistakes.

Agencies, towns and the two events of 2019 are real. Everything else is made up, and the officers visibly so. A past
event depends on its week only, so it keeps its town, crew and count as "today" moves on. Future events depend on
"today", so that every kind of clash and gap is always ahead.
"""

from __future__ import annotations

import datetime as dt
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeAlias
from zoneinfo import ZoneInfo

from cwac.model import Agency, CancelReason, Cell, Coverage, EventStatus, Merge, Officer, Tab, Town, Venue, Workbook
from cwac.sheet.dates import nth_weekday
from cwac.sheet.schema import TABS, TabSpec
from cwac.sheet.serials import EPOCH
from cwac.sheet.times import as_time

ZONE = "America/Los_Angeles"
DAYS_BACK = 730
DAYS_AHEAD = 91

Typed: TypeAlias = Cell | dt.date | dt.time
Row: TypeAlias = dict[str, Typed]
"""A row by the contract's fields (extra columns by their header). Days and times are converted to numbers last."""
Rows: TypeAlias = dict[str, list[Row]]
"""The rows by the contract's tabs."""

# --- people and places ---------------------------------------------------------------------------------------------

# fmt: off

# Sworn: only the number of the Yreka police is documented. The domains do not exist. The paragraphs and press contacts
# are made up.
AGENCIES = (
    Agency("CHP-MS", "California Highway Patrol Mount Shasta", aliases=("CHP Mount Shasta", "CHP Mt Shasta"),
           type="State", home_town="Mount Shasta", sworn=14, emails=("mtshasta@chp.example.gov", "chp.example.gov"),
           liaison_role="Public information officer", color="#0b5cad", active=True,
           boilerplate="The California Highway Patrol's Mount Shasta office serves Interstate 5 and the "
                       "roads of southern Siskiyou County.",
           press_contact="Public information officer, 530-555-0101"),
    Agency("CHP-YR", "California Highway Patrol Yreka", aliases=("CHP Yreka",),
           type="State", home_town="Yreka", sworn=16, emails=("yreka@chp.example.gov", "chp.example.gov"),
           liaison_role="Public information officer", color="#d9a400", active=True,
           boilerplate="The California Highway Patrol's Yreka office serves Interstate 5 and the roads "
                       "of northern Siskiyou County.",
           press_contact="Public information officer, 530-555-0102"),
    Agency("SCSO", "Siskiyou County Sheriff's Office",
           aliases=("Sheriff", "Sheriff's Department", "Sheriff's Office", "SO"),
           type="County", home_town="Yreka", sworn=48, emails=("sheriff.example.gov",),
           liaison_role="Community services sergeant", color="#7a5200", active=True,
           boilerplate="The Siskiyou County Sheriff's Office serves the towns and ranches of the county "
                       "that have no police of their own.",
           press_contact="Press line, 530-555-0103"),
    Agency("YPD", "Yreka Police Department", aliases=("Yreka PD", "Yreka Police"),
           type="City", home_town="Yreka", sworn=12, emails=("ypd.example.gov",),
           liaison_role="Lieutenant", color="#a03c7d", active=True,
           boilerplate="The Yreka Police Department serves the county seat.",
           press_contact="Lieutenant on duty, 530-555-0104"),
    Agency("WPD", "Weed Police Department", aliases=("Weed PD", "Weed Police"),
           type="City", home_town="Weed", sworn=8, emails=("wpd.example.gov",),
           liaison_role="Patrol sergeant", color="#00795b", active=True,
           boilerplate="The Weed Police Department serves the city of Weed, at the foot of Mount Shasta.",
           press_contact="Press desk, 530-555-0105"),
    Agency("MSPD", "Mount Shasta Police Department", aliases=("Mt Shasta PD", "Mount Shasta PD"),
           type="City", home_town="Mount Shasta", sworn=9, emails=("mspd.example.gov",),
           liaison_role="Patrol sergeant", color="#b84300", active=True,
           boilerplate="The Mount Shasta Police Department serves the city of Mount Shasta and its visitors.",
           press_contact="Press desk, 530-555-0106"),
    Agency("EPD", "Etna Police Department", aliases=("Etna PD", "Etna Police"),
           type="City", home_town="Etna", sworn=3, emails=("epd.example.gov",),
           liaison_role="Chief", color="#595959", active=True),
)

# Agency, rank, name, then what applies: a language, "host" (can host), "leads" (a supervisor).
_PEOPLE = """
WPD    Officer     A. Sample       host
SCSO   Deputy      B. Demo         host
CHP-MS Officer     C. Example      host
YPD    Officer     D. Placeholder  host
MSPD   Officer     E. Specimen     host
SCSO   Sergeant    F. Fixture      host leads
CHP-YR Sergeant    G. Mockup       host leads
SCSO   Deputy      H. Prototype    Spanish
EPD    Chief       I. Template     host leads
WPD    Sergeant    J. Standin      host leads
CHP-MS Sergeant    K. Stub         leads
YPD    Officer     L. Ipsum        Spanish
SCSO   Deputy      M. Foobar
CHP-YR Officer     N. Testcase
YPD    Lieutenant  O. Sandbox      leads
MSPD   Sergeant    P. Pretend      host leads
CHP-MS Officer     Q. Quux         Spanish
SCSO   Lieutenant  R. Rehearsal    host leads
CHP-YR Officer     S. Simulation   host
SCSO   Deputy      T. Trial        Hmong
WPD    Officer     U. Untitled     Spanish
YPD    Officer     V. Virtual
CHP-MS Officer     W. Whatsit
EPD    CSO         X. Xample       host
CHP-YR Officer     Y. Yardstick    Spanish
SCSO   Deputy      Z. Zilch
"""

# Population 2020; Tulelake's, McCloud's and Happy Camp's are not confirmed.
TOWNS = (
    Town("Yreka", aliases=("City of Yreka",), population=7807, latitude=41.7350, longitude=-122.6340),
    Town("Mount Shasta", aliases=("Mt Shasta", "Mt. Shasta"), population=3223, latitude=41.3144, longitude=-122.3114),
    Town("Weed", population=2862, latitude=41.4242, longitude=-122.3844),
    Town("Dunsmuir", population=1707, latitude=41.2217, longitude=-122.2731),
    Town("Montague", population=1226, latitude=41.7272, longitude=-122.5264),
    Town("Tulelake", population=902, latitude=41.9542, longitude=-121.4758),
    Town("Dorris", population=860, latitude=41.9650, longitude=-121.9189),
    Town("Fort Jones", aliases=("Ft. Jones",), population=695, latitude=41.6072, longitude=-122.8419),
    Town("Etna", population=678, latitude=41.4572, longitude=-122.8969),
    Town("McCloud", population=945, latitude=41.2557, longitude=-122.1395),
    Town("Happy Camp", population=905, latitude=41.7929, longitude=-123.3806),
)

COVERAGE = (
    Coverage("Yreka", "YPD", kind="Primary"),
    Coverage("Mount Shasta", "MSPD", kind="Primary"),
    Coverage("Weed", "WPD", kind="Primary"),
    Coverage("Etna", "EPD", kind="Primary"),
    Coverage("Etna", "SCSO", kind="Dispatch"),
    Coverage("Fort Jones", "SCSO", kind="Contract", last=dt.date(2019, 12, 11)),
    Coverage("Fort Jones", "EPD", kind="Contract", first=dt.date(2019, 12, 12)),
    Coverage("Dunsmuir", "SCSO", kind="Contract"),
    Coverage("Montague", "SCSO", kind="Contract"),
    Coverage("Dorris", "SCSO", kind="Contract"),
    Coverage("Tulelake", "SCSO", kind="Contract"),
    Coverage("McCloud", "SCSO", kind="Primary"),
    Coverage("Happy Camp", "SCSO", kind="Primary"),
)

# The two Starbucks, the Community Center and the two museums exist; what is said about them, and the rest, is made up.
VENUES = (
    Venue("Yreka Starbucks", "Yreka", aliases=("Starbucks",), latitude=41.7350, longitude=-122.6340, capacity=45,
          hours="5 AM to 8 PM", contact="Store manager", contact_phone="530-555-0110",
          parking="Shared lot on the north side; meet by the front door", permission="Standing agreement"),
    Venue("Siskiyou County Museum", "Yreka", aliases=("County Museum",), street="910 S Main St", capacity=60,
          hours="Tue to Sat, 9 to 3", contact="Front desk", contact_phone="530-555-0111",
          parking="Lot beside the museum; meet at the front desk",
          permission="Ask two weeks ahead"),
    Venue("Mount Shasta Community Center", "Mount Shasta", aliases=("Community Center", "MS Community Center"),
          street="629 Alder St", latitude=41.3144, longitude=-122.3114, capacity=150, hours="By booking",
          contact="Booking office", contact_phone="530-555-0120", parking="North lot; report at the side door",
          permission="Book with the district",
          shelter_site=True),
    Venue("Mount Shasta coffee house", "Mount Shasta", capacity=30, hours="6 AM to 5 PM", contact="Owner",
          contact_phone="530-555-0121", permission="Standing agreement"),
    Venue("Weed Starbucks", "Weed", aliases=("Starbucks",), latitude=41.4242, longitude=-122.3844, capacity=40,
          hours="5 AM to 8 PM", contact="Store manager", contact_phone="530-555-0130",
          parking="Back row of the lot; meet by the front door", permission="Standing agreement"),
    Venue("Weed community center", "Weed", latitude=41.4260, longitude=-122.3860, capacity=80, hours="By booking",
          contact="Caretaker", contact_phone="530-555-0131", permission="Free for agencies", shelter_site=True),
    Venue("Siskiyou Arts Museum", "Dunsmuir", aliases=("Arts Museum",), capacity=35, hours="Thu to Sun",
          contact="Volunteer on duty", contact_phone="530-555-0140", parking="On the street",
          permission="Ask two weeks ahead"),
    Venue("Dunsmuir diner", "Dunsmuir", capacity=28, hours="6 AM to 2 PM", contact="Owner",
          contact_phone="530-555-0141", permission="Standing agreement"),
    Venue("Montague city hall", "Montague", capacity=40, contact="City clerk", contact_phone="530-555-0150"),
    Venue("Tulelake community hall", "Tulelake", capacity=70, contact="Hall keeper", contact_phone="530-555-0155",
          shelter_site=True),
    Venue("Dorris city hall", "Dorris", capacity=35, contact="City clerk", contact_phone="530-555-0160"),
    Venue("Fort Jones grange hall", "Fort Jones", aliases=("Grange hall",), capacity=60, contact="Grange secretary",
          contact_phone="530-555-0165"),
    Venue("Etna library", "Etna", capacity=25, hours="Tue to Sat, 10 to 5", contact="Librarian",
          contact_phone="530-555-0170", permission="Standing agreement"),
    Venue("McCloud community hall", "McCloud", capacity=50, contact="Hall keeper", contact_phone="530-555-0175"),
)

# --- the past --------------------------------------------------------------------------------------------------

POLICED_BY: Mapping[str, tuple[str, ...]] = {
    "Yreka": ("YPD", "CHP-YR", "SCSO"),
    "Mount Shasta": ("MSPD", "CHP-MS", "SCSO"),
    "Weed": ("WPD", "CHP-MS", "SCSO"),
    "Dunsmuir": ("SCSO", "CHP-MS"),
    "Montague": ("SCSO", "CHP-YR", "YPD"),
    "Tulelake": ("SCSO", "CHP-YR"),
    "Dorris": ("SCSO", "CHP-YR"),
    "Fort Jones": ("EPD", "SCSO"),
    "Etna": ("EPD", "SCSO", "CHP-YR"),
    "McCloud": ("SCSO", "CHP-MS"),
}
# The length of the rotation is prime, so that weeks left out never leave out the same town. Happy Camp waits.
ROTATION = ("Yreka", "Weed", "Mount Shasta", "Dunsmuir", "Yreka", "Etna", "Mount Shasta", "Weed", "Montague", "Yreka",
            "Dunsmuir", "Mount Shasta", "Fort Jones", "Weed", "Yreka", "Dorris", "McCloud")
IN_FIRE_SEASON: tuple[CancelReason, ...] = ("Fire", "Smoke", "Mutual aid")
AT_OTHER_TIMES: tuple[CancelReason, ...] = ("Short staff", "Illness")
NATIONAL_TOWNS = ("Yreka", "Mount Shasta", "Weed", "Dunsmuir", "Etna")

# Why more or fewer guests come: each a factor on the middle count. What is left is chance.
MIDDLE_GUESTS = 16.5
CHANCE = 0.15
DRAW = {"Yreka Starbucks": 1.5, "Siskiyou County Museum": 1.0, "Mount Shasta Community Center": 1.45,
        "Mount Shasta coffee house": 0.95, "Weed Starbucks": 1.25, "Weed community center": 0.8,
        "Siskiyou Arts Museum": 0.95, "Dunsmuir diner": 0.7, "Montague city hall": 0.75, "Dorris city hall": 0.6,
        "Fort Jones grange hall": 0.85, "Etna library": 0.65, "McCloud community hall": 0.7}
BY_WEEKDAY = (0.85, 0.95, 1.05, 1.0, 0.9, 1.25, 1.0)
BY_MONTH = (0.75, 0.8, 0.9, 1.0, 1.1, 1.25, 1.3, 1.2, 1.05, 1.0, 0.85, 0.75)
BY_START = {8 * 60: 0.85, 8 * 60 + 30: 1.0, 9 * 60: 1.1, 10 * 60: 1.05, 14 * 60 + 30: 0.8, 17 * 60 + 30: 1.15}

# Concerns: category, neutral words, the role responsible (blank: none), the agency (blank: the lead).
CONCERNS = (
    ("Traffic", "Speeding past the elementary school at drop-off.", "Traffic officer", ""),
    ("Traffic", "Truck parking on the shoulder near the freeway ramp.", "Traffic officer", "CHP-MS"),
    ("Traffic", "Crosswalk paint by the library has worn off.", "Patrol sergeant", ""),
    ("Drugs", "Asks where unused medicine can be handed in.", "Community officer", ""),
    ("Drugs", "Needles found at the river access twice this month.", "Patrol sergeant", "SCSO"),
    ("Homelessness", "Asks which services there are for people camping by the tracks.", "Community officer", ""),
    ("Homelessness", "Worried about warming fires under the bridge.", "", "SCSO"),
    ("Youth", "Would like a bicycle safety day before summer.", "School resource officer", ""),
    ("Youth", "Asks how teenagers can join the Explorers.", "School resource officer", "SCSO"),
    ("Noise", "Loud exhausts on the main street on Friday nights.", "Patrol sergeant", ""),
    ("Noise", "Dogs barking behind the grange hall at night.", "", "SCSO"),
    ("Fire safety", "Dry brush on an empty lot, who clears it?", "Community officer", ""),
    ("Fire safety", "Asks for evacuation zone cards for a neighborhood meeting.", "Emergency coordinator", "SCSO"),
    ("Neighbor", "A shared driveway is blocked again and again.", "Patrol sergeant", ""),
    ("Complaint", "Waited two days for a call back about a found wallet.", "Watch commander", ""),
    ("Complaint", "The front counter closes before the working day ends.", "Chief", ""),
    ("Praise", "Thanks the deputies who helped with sandbags.", "Community officer", "SCSO"),
    ("Other", "Asks how to sign up for county alerts.", "Community officer", "SCSO"),
    ("Other", "Would like the next event in the evening.", "Public information officer", ""),
)

# --- the plan --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Planned:
    """An event `after` days from today; the lead agency first. A crew has surname, role and, unless Confirmed, status.

    `replaces` in `more` names the venue of an event planned above.
    """

    after: int
    hours: str
    venue: str
    agencies: str
    needed: int | None = None
    crew: str = ""
    asks: tuple[tuple[str, str | None], ...] = ()
    status: str = "Confirmed"
    more: Mapping[str, Typed] = field(default_factory=dict)


# At least three days apart, so that moving off a weekend makes no unintended clash.
PLAN = (
    # Understaffed and unconfirmed with a day to go.
    Planned(1, "9:00-10:30", "Weed Starbucks", "WPD CHP-MS SCSO", 5,
            "Sample Host, Example Greeter, Demo Floor assigned", (("2 from SCSO", None),)),
    # No host, no supervisor for four people, one position open within a week, and the news release is late.
    Planned(4, "8:30-10:00", "Yreka Starbucks", "YPD CHP-YR SCSO", 5,
            "Placeholder Floor, Testcase Greeter, Trial Floor assigned, Virtual Floor",
            more={"release_sent": None}),
    # No problem.
    Planned(6, "10:00-11:30", "Montague city hall", "SCSO CHP-YR", 3,
            "Rehearsal Host, Simulation PIO, Yardstick Bilingual", more={"bilingual_needed": True}),
    # No bilingual officer where one is needed; one position open within two weeks.
    Planned(8, "14:00-15:30", "Siskiyou Arts Museum", "SCSO CHP-MS", 4,
            "Fixture Host, Whatsit Greeter, Foobar Floor assigned", (("TBD", "CHP-MS"),),
            more={"bilingual_needed": True}),
    # Demo in two towns at once, for two lead agencies; Weed again within two weeks.
    Planned(11, "9:00-10:30", "Weed community center", "WPD CHP-MS SCSO", 3,
            "Standin Host, Example Greeter, Demo Floor", more={"backup_venue": "Weed Starbucks"}),
    Planned(11, "9:30-11:00", "Mount Shasta coffee house", "MSPD SCSO", 3,
            "Specimen Host, Pretend Supervisor, Demo Floor"),
    # One hall, two agencies; a shelter site without a backup.
    Planned(15, "9:00-10:30", "Mount Shasta Community Center", "MSPD CHP-MS SCSO", 4,
            "Specimen Host, Pretend Supervisor, Stub Floor, Foobar Greeter"),
    Planned(15, "10:00-11:30", "Mount Shasta Community Center", "CHP-MS SCSO", 3,
            "Example Host, Whatsit Greeter, Trial Floor", more={"title": "Coffee with a Cop for commuters"}),
    # Half an hour to drive forty miles.
    Planned(19, "8:30-10:00", "Siskiyou County Museum", "YPD CHP-YR", 3,
            "Placeholder Host, Mockup Supervisor, Testcase Floor", more={"backup_venue": "Yreka Starbucks"}),
    Planned(19, "10:30-12:00", "Dorris city hall", "SCSO CHP-YR", 3, "Fixture Host, Testcase Floor, Trial Greeter"),
    # Prototype has the week off.
    Planned(23, "10:00-11:30", "Etna library", "EPD SCSO", 3, "Template Host, Xample Greeter, Prototype Floor"),
    # A partner agency (YPD) without people, and a person of an agency (WPD) that is not a partner.
    Planned(27, "9:00-10:30", "Montague city hall", "SCSO CHP-YR YPD", 3,
            "Rehearsal Host, Simulation PIO, Untitled Bilingual"),
    # Zilch has not started yet.
    Planned(31, "9:00-10:30", "McCloud community hall", "SCSO CHP-MS", 4,
            "Zilch Floor assigned, Quux Bilingual requested", (("TBD", None),), "Tentative"),
    Planned(36, "11:00-12:30", "Tulelake community hall", "SCSO CHP-YR", 3, status="Postponed",
            more={"internal_notes": "New day once the hall's roof is done."}),
    Planned(40, "9:00-10:30", "Fort Jones grange hall", "EPD SCSO", 3, "Template Host declined", status="Canceled",
            more={"cancel_reason": "Venue", "public_notes": "A new day follows."}),
    Planned(45, "17:30-19:00", "Yreka Starbucks", "YPD CHP-YR SCSO", 5,
            "Placeholder Host, Sandbox Supervisor, Ipsum Bilingual assigned, Simulation Floor assigned",
            (("1 from SCSO", None),)),
    Planned(50, "9:00-10:30", "Mount Shasta coffee house", "MSPD CHP-MS", 3,
            "Specimen Host, Stub Supervisor assigned, Whatsit Floor assigned"),
    Planned(54, "9:00-10:30", "Fort Jones grange hall", "EPD SCSO", 3, "Template Host requested", (("TBD", "SCSO"),),
            "Tentative", {"replaces": "Fort Jones grange hall"}),
    Planned(60, "9:00-10:30", "Dorris city hall", "SCSO CHP-YR", status="Draft", more={"id": None}),
    Planned(67, "8:00-9:30", "Weed Starbucks", "WPD CHP-MS SCSO", 4, "Sample Host requested", status="Tentative"),
    Planned(74, "10:00-11:30", "Etna library", "EPD SCSO", 3, "Template Host assigned", status="maybe?"),
    Planned(81, "9:00-10:30", "Mount Shasta Community Center", "MSPD CHP-MS SCSO", 4, "Specimen Host assigned",
            (("2 from SCSO", None),)),
    Planned(86, "9:00-10:30", "Siskiyou County Museum", "YPD CHP-YR SCSO", 4, status="Tentative"),
)

# On the national day the county-wide agencies have more events than people.
NATIONAL_PLAN = (
    Planned(0, "8:30-10:00", "Yreka Starbucks", "YPD CHP-YR SCSO", 4,
            "Placeholder Host, Sandbox Supervisor, Mockup Floor, Demo Floor"),
    Planned(0, "8:30-10:00", "Mount Shasta Community Center", "MSPD CHP-MS SCSO", 4,
            "Specimen Host, Pretend Supervisor, Stub Floor", (("1 from SCSO", None),),
            more={"backup_venue": "Mount Shasta coffee house"}),
    Planned(0, "8:30-10:00", "Weed Starbucks", "WPD CHP-MS SCSO", 4,
            "Sample Host, Standin Supervisor, Example Floor", (("TBD", "SCSO"),)),
    Planned(0, "9:00-10:30", "Siskiyou Arts Museum", "SCSO CHP-MS", 3, "Fixture Host, Foobar Floor assigned"),
    Planned(0, "9:00-10:30", "Etna library", "EPD SCSO", 3, "Template Host, Xample Greeter"),
)

# Time off: officer, first and last day counted from today; in future only officers without a post on the national day.
# The last row has no end: see MISTAKES.
TIME_OFF = (
    ("J. Standin", -300, -290), ("B. Demo", -210, -204), ("OF-09", -150, -141), ("D. Placeholder", -95, -88),
    ("OF-17", -47, -40), ("V. Virtual", -12, -6), ("OF-21", -2, 3), ("H. Prototype", 21, 28), ("OF-18", 33, 40),
    ("T. Trial", 52, 60), ("OF-19", 63, 70), ("Y. Yardstick", 84, 91),
)

# --- mistakes made on purpose ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Planted:
    """Types `typed` into `field` of the `nth` row of `tab` that matches `where`; the reader reports `code`."""

    code: str
    tab: str
    where: Mapping[str, Typed]
    nth: int
    field: str
    typed: Typed


LONG_SUMMARY = (
    "The resident explained at length how traffic, deliveries and parking on the main street have changed since the "
    "mill closed, asked which agency looks after what, and would like somebody to explain it at a town meeting."
)
CELLS_MISTYPED = (
    Planted("did-you-mean", "Events", {"town": "Yreka", "status": "Completed"}, -3, "town", "Yrkea"),
    Planted("ambiguous", "Events", {"lead_agency": "WPD", "status": "Completed"}, -2, "partner_agencies", "CHP/SCSO"),
    Planted("guessed", "Events", {"town": "Mount Shasta", "status": "Completed"}, -2, "start", 9),
    Planted("unknown-reference", "Events", {"town": "Yreka", "status": "Completed"}, -5, "venue", "Tent at the fair"),
    Planted("overdue", "Events", {"status": "Completed"}, -1, "status", "Confirmed"),
    Planted("unknown-reference", "Staffing", {"status": "Attended", "role": "Floor"}, -9, "officer", "R. Nobody"),
    Planted("formula-error", "Staffing", {"status": "Attended", "role": "Floor"}, -20, "hours", "#REF!"),
    Planted("not-a-choice", "Staffing", {"status": "Attended", "role": "Greeter"}, -15, "pay_type", "comp time"),
    Planted("unreadable", "Attendance", {"method": "Clicker"}, -4, "guests", "dozens"),
    Planted("implausible", "Attendance", {"method": "Clicker"}, -7, "guests", 46091),  # "3-10", made a day by the sheet
    Planted("inconsistent", "Attendance", {"method": "Clicker"}, -10, "youth", 45),
    Planted("unreadable", "Agencies", {"short": "EPD"}, 0, "color", "dark gray"),
    Planted("missing", "Time off", {"officer": "Y. Yardstick"}, 0, "last", None),
    Planted("out-of-range", "Venues", {"name": "Weed community center"}, 0, "longitude", 122.386),
    Planted("privacy", "Follow-ups", {"category": "Traffic"}, -1, "summary", "Speeding at the mill, 530-555-0142."),
    Planted("too-large", "Follow-ups", {"category": "Traffic"}, -2, "summary", LONG_SUMMARY),
    Planted("inconsistent", "Follow-ups", {"status": "Closed"}, -6, "closed_on", dt.date(2019, 6, 20)),
)
# fmt: on
ROWS_GONE_WRONG = (
    ("weekday-mismatch", "Events"),  # the day before is meant, or the weekday is wrong: undated
    ("impossible", "Events"),  # June 31: undated
    ("unreadable", "Events"),  # "after fire season": undated
    ("not-a-choice", "Events"),  # "maybe?" in the plan
    ("made-id", "Events"),  # the draft in the plan
    ("duplicate-id", "Events"),  # a row copied for the next event with its old ID
    ("overdue", "Events"),  # counts that were not entered
    ("unused-column", "Events"),
    ("duplicate-row", "Staffing"),
    ("merged-or-offset", "Staffing"),
    ("duplicate-column", "Attendance"),
    ("skipped-row", "Attendance"),  # TOTAL
)
MISTAKES: frozenset[tuple[str, str]] = frozenset((mistake.code, mistake.tab) for mistake in CELLS_MISTYPED) | set(
    ROWS_GONE_WRONG
)
"""Code and tab of every problem that the reader reports."""

EXTRA_COLUMNS: Mapping[str, str] = {"Events": "Flyer", "Attendance": "Remarks"}


def _officers() -> Mapping[str, Officer]:
    """The officers by surname."""
    people: dict[str, Officer] = {}
    for number, line in enumerate(_PEOPLE.strip().splitlines(), start=1):
        agency, rank, initial, surname, *rest = line.split()
        people[surname] = Officer(
            f"OF-{number:02}",
            f"{initial} {surname}",
            agency,
            rank=rank,
            languages=tuple(word for word in rest if word not in ("host", "leads")),
            can_host="host" in rest or None,
            supervisor="leads" in rest or None,
        )
    return people


OFFICERS = _officers()
NOT_YET_STARTED = "Zilch"
_OF_AGENCY = {
    agency.short: [o for surname, o in OFFICERS.items() if o.agency == agency.short and surname != NOT_YET_STARTED]
    for agency in AGENCIES
}
_VENUE = {venue.name: venue for venue in VENUES}
_IN_TOWN = {town: [venue.name for venue in VENUES if venue.town == town] for town in POLICED_BY}
_ALIASES = {agency.short: agency.aliases for agency in AGENCIES}


def sample_workbook(today: dt.date, now: dt.datetime | None = None) -> Workbook:
    """The ten tabs as if fetched from Google, always the same for one day. `as_of` is `now`, or noon in the zone."""
    return Workbook("sample", now or _noon(today), ZONE, tabs_of(today))


def the_day_before(today: dt.date, now: dt.datetime | None = None) -> Workbook:
    """An earlier version of today's sample, from 25 hours before `now`, so that there are changes to show."""
    return Workbook("sample", (now or _noon(today)) - dt.timedelta(hours=25), ZONE, tabs_of_the_day_before(today))


@lru_cache(2)
def tabs_of(today: dt.date) -> tuple[Tab, ...]:
    """The tabs of that day's sample; all workbooks of a day share them."""
    return _tabs(*_rows(today))


@lru_cache(2)
def tabs_of_the_day_before(today: dt.date) -> tuple[Tab, ...]:
    """The tabs of that day's sample as they were the day before."""
    rows, merge = _rows(today)
    coming = [row for row in rows["Events"] if isinstance(row["date"], dt.date) and row["date"] >= today]
    first = next(row for row in coming if isinstance(row["start"], dt.time))
    crew = [row for row in rows["Staffing"] if row["event_id"] == first["id"]]
    # The first one began an hour earlier, with one more to come and a host who had not answered yet; one was not
    # called off yet, one not thought of, and the last count not entered.
    assert isinstance(first["start"], dt.time)
    first["start"] = first["start"].replace(hour=first["start"].hour - 1)
    named = {row["officer"] for row in crew}
    other = next(officer for officer in OFFICERS.values() if named.isdisjoint({officer.id, officer.name}))
    rows["Staffing"].append({"event_id": first["id"], "officer": other.id, "role": "Floor", "status": "Confirmed"})
    crew[0]["status"] = "Assigned"
    for row in coming:
        if row["status"] == "Postponed":
            row["status"] = "Confirmed"
    rows["Events"].remove(coming[-1])
    del rows["Attendance"][-2]  # above the total
    return _tabs(rows, merge)


def _noon(today: dt.date) -> dt.datetime:
    return dt.datetime.combine(today, dt.time(12), ZoneInfo(ZONE))


def _rows(today: dt.date) -> tuple[Rows, Merge]:
    rows: Rows = {spec.name: [] for spec in TABS}
    _lists(rows, today)
    days: list[dt.date] = []
    _documented(rows, days)
    _past(rows, days, today)
    _plan(rows, days, today)
    _left_out(rows, days, today)
    order = sorted(range(len(days)), key=days.__getitem__)
    rows["Events"] = [rows["Events"][i] for i in order]
    return rows, _go_wrong(rows)


def _tabs(rows: Rows, merge: Merge) -> tuple[Tab, ...]:
    return tuple(_tab(spec, rows[spec.name], (merge,) if spec.name == "Staffing" else ()) for spec in TABS)


# --- rows ------------------------------------------------------------------------------------------------------


def _lists(rows: Rows, today: dt.date) -> None:
    """Add agencies, officers, venues, towns, coverage and time off."""
    for name, records in (
        ("Agencies", AGENCIES),
        ("Officers", tuple(OFFICERS.values())),
        ("Venues", VENUES),
        ("Towns", TOWNS),
        ("Coverage", COVERAGE),
    ):
        spec = next(spec for spec in TABS if spec.name == name)
        for record in records:
            values = {column.field: getattr(record, column.field) for column in spec.columns}
            rows[name].append(
                {key: "; ".join(value) or None if isinstance(value, tuple) else value for key, value in values.items()}
            )
    rows["Officers"][list(OFFICERS).index(NOT_YET_STARTED)]["active_from"] = today + dt.timedelta(days=45)
    rows["Time off"] = [
        {"officer": officer, "first": today + dt.timedelta(days=first), "last": today + dt.timedelta(days=last)}
        for officer, first, last in TIME_OFF
    ]


def _documented(rows: Rows, days: list[dt.date]) -> None:
    """Add the two documented events, whose attendance was not published."""
    for day, start, end, venue, agencies in (
        (dt.date(2019, 4, 8), dt.time(9), dt.time(10, 30), "Yreka Starbucks", ("CHP-YR", "YPD", "SCSO")),
        (dt.date(2019, 6, 19), None, None, "Weed Starbucks", ("CHP-MS", "WPD", "SCSO")),
    ):
        event_id = _week_id(day)
        days.append(day)
        rows["Events"].append(
            {
                "id": event_id,
                "date": day,
                "start": start,
                "end": end,
                "town": _VENUE[venue].town,
                "venue": venue,
                "lead_agency": agencies[0],
                "partner_agencies": "; ".join(agencies[1:]),
                "status": "Completed",
                "public_notes": "Reported in the press.",
            }
        )
        rows["Attendance"].append({"event_id": event_id, "guests": "n/a", "note": "No public count is known."})


@dataclass(frozen=True, slots=True)
class _Held:
    """A past event, perhaps canceled. `start` is in minutes after midnight; `week` counts from year 1."""

    id: str
    day: dt.date
    week: int
    start: int
    minutes: int
    venue: str
    agencies: tuple[str, ...]
    needed: int
    bilingual: bool = False
    national: bool = False
    reason: CancelReason | None = None


def _past(rows: Rows, days: list[dt.date], today: dt.date) -> None:
    first = today - dt.timedelta(days=DAYS_BACK)
    monday = first - dt.timedelta(days=first.weekday())
    while monday < today:
        rng = random.Random(monday.toordinal())  # noqa: S311 - made-up events
        for held in _events_of_week(monday, rng):
            if first <= held.day < today:
                days.append(held.day)
                _record(rows, held, today, rng)
        monday += dt.timedelta(days=7)


def _events_of_week(monday: dt.date, rng: random.Random) -> Iterator[_Held]:
    """One event in most weeks, fewer in winter, and several on the national day."""
    week = monday.toordinal() // 7
    national = nth_weekday(monday.year, 10, 2, 1)
    if monday <= national < monday + dt.timedelta(days=7):
        for letter, town in zip("abcde", NATIONAL_TOWNS, strict=True):
            yield _Held(
                f"{_week_id(monday)}{letter}",
                national,
                week,
                rng.choice((8 * 60 + 30, 9 * 60)),
                90,
                _IN_TOWN[town][0],
                POLICED_BY[town],
                4 if len(POLICED_BY[town]) > 2 else 3,
                national=True,
                reason="Smoke" if town == "Dunsmuir" and national.year % 2 else None,
            )
        return
    if week % 5 in (1, 4) or (monday.month in (12, 1, 2) and week % 4 == 1):
        return
    day = monday + dt.timedelta(days=rng.choices(range(6), (1, 2, 5, 3, 1, 2))[0])
    town = ROTATION[week % len(ROTATION)]
    venues = _IN_TOWN[town]
    agencies = POLICED_BY[town]
    if rng.random() < 0.25 and len(agencies) > 2:
        agencies = (agencies[1], agencies[0], agencies[2])
    if rng.random() < 0.25 and len(agencies) > 2:
        agencies = agencies[:2]
    start = rng.choices(tuple(BY_START), (2, 2, 6, 3, 1, 2))[0] if day.weekday() < 5 else 9 * 60
    reason: CancelReason | None = None
    if day.month in (9, 10) and week % 2:
        reason = rng.choices(IN_FIRE_SEASON, (3, 3, 2))[0]
    elif week % 23 == 7:
        reason = "Weather" if day.month in (11, 12, 1, 2, 3) else rng.choice(AT_OTHER_TIMES)
    yield _Held(
        _week_id(monday),
        day,
        week,
        start,
        rng.choices((90, 120), (5, 1))[0],
        venues[0] if rng.random() < 0.6 else venues[-1],
        agencies,
        min(6, len(agencies) + rng.choice((1, 1, 2, 3))),
        bilingual=rng.random() < 0.2,
        reason=reason,
    )


def _record(rows: Rows, held: _Held, today: dt.date, rng: random.Random) -> None:
    """Add the rows of a past event: the event, its crew, its counts and its follow-ups."""
    venue = _VENUE[held.venue]
    start, end = _typed_hours(rng, held.start, held.start + held.minutes)
    due = held.day - dt.timedelta(days=14)
    grant = held.week % 7 == 2
    status, reason = ("Canceled", held.reason) if held.reason else ("Completed", None)
    if held.reason and rng.random() < 0.3:
        status, reason = f"CANX – {held.reason.lower()}", None
    rows["Events"].append(
        {
            "id": held.id,
            "date": _typed_day(rng, held.day),
            "start": start,
            "end": end,
            "title": "National Coffee with a Cop Day" if held.national else None,
            "town": venue.town,
            "venue": held.venue if not venue.aliases or rng.random() < 0.85 else venue.aliases[0],
            "backup_venue": next((other for other in _IN_TOWN[venue.town] if other != held.venue), None)
            if venue.shelter_site
            else None,
            "lead_agency": _typed_agency(rng, held.agencies[0]),
            "partner_agencies": rng.choice(("; ", "; ", "; ", "/", " & ")).join(
                _typed_agency(rng, short) for short in held.agencies[1:]
            ),
            "status": status,
            "cancel_reason": reason,
            "officers_needed": held.needed,
            "bilingual_needed": held.bilingual or None,
            "registered": held.national or None,
            "release_due": due,
            "release_sent": due - dt.timedelta(days=rng.randrange(4)),
            "funding": "OTS grant" if grant else "City community fund" if held.week % 9 == 4 else None,
            "public_notes": "Free coffee while it lasts." if held.week % 8 == 1 else None,
            "flyer_sent": due + dt.timedelta(days=4) if held.week % 6 else None,
            "host_briefed": held.day - dt.timedelta(days=1) if held.week % 4 else None,
            "Flyer": "printed" if held.week % 5 == 0 else None,
        }
    )
    rows["Staffing"] += _crew_rows(rng, held, grant)
    if held.reason:
        return
    if held.week % 13 != 5 or held.national:
        rows["Attendance"] += _count_rows(rng, held)
    rows["Follow-ups"] += _concern_rows(rng, held, today)


def _crew(rng: random.Random, held: _Held) -> list[tuple[Officer, str]]:
    """Officers and roles: one of each agency, a host first. Some officers are chosen more often than others."""

    def rank(officer: Officer) -> float:
        return rng.random() + int(officer.id.removeprefix("OF-")) / 40

    pools = [sorted(_OF_AGENCY[short], key=rank) for short in held.agencies]
    people: list[Officer] = []
    for turn in range(held.needed):
        people += [pool[turn] for pool in pools if turn < len(pool)]
    people = people[: held.needed]
    if held.bilingual and not any(officer.languages for officer in people):
        people[-1:] = [officer for pool in pools for officer in pool if officer.languages][:1] or people[-1:]
    hosts = [officer for officer in people if officer.can_host] or [
        officer for officer in _OF_AGENCY[held.agencies[0]] if officer.can_host
    ][:1]
    people = [hosts[0], *(officer for officer in people if officer is not hosts[0])][: held.needed]
    crew = [(people[0], "Host")]
    for place, officer in enumerate(people[1:]):
        role = "Greeter" if place == 0 else "Floor"
        if officer.supervisor and held.needed > 3:
            role = "Supervisor"
        elif officer.languages and held.bilingual:
            role = "Bilingual"
        crew.append((officer, role))
    return crew


def _crew_rows(rng: random.Random, held: _Held, grant: bool) -> list[Row]:
    made: list[Row] = []
    crew = _crew(rng, held)
    at_home = [
        officer
        for short in held.agencies
        for officer in _OF_AGENCY[short]
        if all(officer is not member for member, _ in crew)
    ]
    for place, (officer, role) in enumerate(crew):
        row: Row = {"event_id": held.id, "officer": _typed_officer(rng, officer), "role": role}
        luck = rng.random()
        if held.reason:
            row["status"] = "Pulled" if held.reason in ("Fire", "Mutual aid") and luck < 0.5 else "Confirmed"
            row["note"] = "Pulled to mutual aid" if row["status"] == "Pulled" else None
        elif place > 1 and luck < 0.07:
            row["status"] = rng.choice(("Declined", "No-show", "Pulled"))
        elif place > 1 and luck < 0.1 and at_home:
            instead = at_home.pop()
            row |= {"status": "Swapped out", "swapped_for": instead.id}
            made.append({"event_id": held.id, "officer": instead.id, "role": role, "status": "Attended"})
        else:
            report = held.start - 30 if luck > 0.8 else None
            row |= {
                "status": "Attended",
                "report_time": as_time(report) if report else None,
                "pay_type": "Grant" if grant else rng.choices(("On duty", "Overtime", "Volunteer"), (8, 3, 1))[0],
                "hours": None if luck < 0.2 else round((held.minutes + 30) / 60 + rng.choice((0, 0, 0, 0.5)), 2),
            }
        made.append(row)
    return made


def _turnout(rng: random.Random, held: _Held) -> int:
    """Guests, 5 to 40: the median by venue, weekday, month and hour, with random variation."""
    expected = MIDDLE_GUESTS * DRAW[held.venue] * BY_WEEKDAY[held.day.weekday()] * BY_MONTH[held.day.month - 1]
    expected *= BY_START[held.start] * (1.2 if held.national else 1)
    return min(40, max(5, round(expected * math.exp(rng.gauss(0, CHANCE)))))


def _count_rows(rng: random.Random, held: _Held) -> list[Row]:
    """One row, or one an hour; most counts are exact, some are typed as estimates."""
    guests = _turnout(rng, held)
    after_school = held.start >= 14 * 60
    whole: Row = {
        "event_id": held.id,
        "guests": guests,
        "method": "Clicker",
        "youth": round(guests * rng.uniform(0.15, 0.35) if after_school else guests * rng.uniform(0, 0.15)),
        "new_visitors": round(guests * rng.uniform(0.25, 0.55)) if held.week % 3 else None,
        "conversations": round(guests * rng.uniform(0.5, 0.9)),
        "cups": round(guests * rng.uniform(0.8, 1.2)) if held.week % 4 else None,
        "surveys": rng.randrange(1, 7) if held.week % 5 == 0 else None,
        "media": True if held.national or rng.random() < 0.1 else None,
        "weather": _weather(rng, held.day.month),
        "entered_on": held.day + dt.timedelta(days=rng.randrange(3)),
    }
    luck = rng.random()
    if luck < 0.12:
        # By the hour: the first is the quieter one.
        early = round(guests * rng.uniform(0.3, 0.45))
        first: Row = {"event_id": held.id, "guests": early, "method": "Sign-in", "note": "First hour"}
        rest = whole | {"guests": guests - early, "method": "Sign-in", "note": "After that", "youth": None}
        return [first, rest]
    if luck < 0.32:
        whole |= {"guests": _typed_estimate(rng, guests), "method": "Estimate", "youth": None}
    elif luck < 0.5:
        whole["method"] = "Sign-in"
    if held.week % 13 == 0:
        whole["Remarks"] = "Ask for more chairs"
    return [whole]


def _weather(rng: random.Random, month: int) -> str:
    if month in (12, 1, 2):
        return rng.choice(("Snow", "Cold, clear", "Rain"))
    return rng.choice(("Hot", "Clear", "Hazy")) if month in (6, 7, 8, 9) else rng.choice(("Clear", "Windy", "Rain"))


def _concern_rows(rng: random.Random, held: _Held, today: dt.date) -> list[Row]:
    """Up to two follow-ups. Most are closed in time; some take so long that a few are always open."""
    made: list[Row] = []
    slow = held.week % 4 == 0
    asked = rng.sample(CONCERNS, rng.choices((0, 1, 2), (0 if slow else 10, 8, 2))[0])
    for letter, (category, summary, owner, agency) in zip("ab", asked, strict=False):
        closes = held.day + dt.timedelta(days=rng.randrange(150, 260) if slow else rng.randrange(5, 45))
        waits = closes >= today
        status = rng.choice((None, "Open", "Working", "Referred")) if waits else "Closed"
        made.append(
            {
                "id": f"FU-{held.id[3:]}-{letter}",
                "event_id": held.id,
                "category": category,
                "summary": summary,
                "referred_to": agency or held.agencies[0],
                "owner_role": owner or None,
                "due": held.day + dt.timedelta(days=30),
                "status": status,
                "closed_on": None if waits else closes,
                "reported_back": True if not waits and rng.random() < 0.7 else None,
            }
        )
    return made


def _plan(rows: Rows, days: list[dt.date], today: dt.date) -> None:
    national = nth_weekday(today.year, 10, 2, 1)
    planned = [
        (number, _working_day(today, entry.after, national), entry) for number, entry in enumerate(PLAN, start=201)
    ]
    if today <= national <= today + dt.timedelta(days=DAYS_AHEAD):
        planned += [(number, national, entry) for number, entry in enumerate(NATIONAL_PLAN, start=301)]
    ids: dict[str, str] = {}
    for number, day, entry in planned:
        event_id = f"EV-{day.year}-{number}"
        due = day - dt.timedelta(days=14)
        start, end = (dt.time.fromisoformat(at.zfill(5)) for at in entry.hours.split("-"))
        lead, *partners = entry.agencies.split()
        row: Row = {
            "id": event_id,
            "date": day,
            "start": start,
            "end": end,
            "title": "National Coffee with a Cop Day" if number > 300 else None,
            "town": _VENUE[entry.venue].town,
            "venue": entry.venue,
            "lead_agency": lead,
            "partner_agencies": "; ".join(partners),
            "status": entry.status,
            "officers_needed": entry.needed,
            "registered": number > 300 or None,
            "release_due": due,
            "release_sent": due if due <= today else None,
            "flyer_sent": due + dt.timedelta(days=4) if 4 < entry.after <= 10 else None,
            "host_briefed": today - dt.timedelta(days=1) if entry.after == 6 else None,
        }
        row |= entry.more
        if isinstance(entry.more.get("replaces"), str):
            row["replaces"] = ids[str(entry.more["replaces"])]
        ids.setdefault(entry.venue, event_id)
        days.append(day)
        rows["Events"].append(row)
        rows["Staffing"] += [_post(event_id, post) for post in entry.crew.split(", ") if post]
        rows["Staffing"] += [
            {"event_id": event_id, "officer": ask, "agency": agency, "role": "Floor", "status": "Requested"}
            for ask, agency in entry.asks
        ]


def _working_day(today: dt.date, after: int, national: dt.date) -> dt.date:
    """The day `after` days from today, moved off the national day, Sundays, and (except soon) Saturdays."""
    day = today + dt.timedelta(days=after)
    while day.weekday() == 6 or (day.weekday() == 5 and after > 2) or day == national:
        day += dt.timedelta(days=1)
    return day


def _post(event_id: str, post: str) -> Row:
    surname, role, *status = post.split()
    return {
        "event_id": event_id,
        "officer": OFFICERS[surname].id,
        "role": role,
        "status": status[0].capitalize() if status else "Confirmed",
    }


def _left_out(rows: Rows, days: list[dt.date], today: dt.date) -> None:
    """Add three events without a readable day, and a row copied for another day without a new ID."""
    days.append(days[12] + dt.timedelta(days=35))
    rows["Events"].append(rows["Events"][12] | {"date": days[-1]})
    june = today.year if today.month > 6 else today.year - 1
    wednesday = today + dt.timedelta(days=48)
    wednesday += dt.timedelta(days=(2 - wednesday.weekday()) % 7)
    status: EventStatus
    for number, place, typed, venue, agencies, status in (
        (401, dt.date(june, 6, 30), f"6/31/{june}", "Montague city hall", "SCSO CHP-YR", "Completed"),
        (402, wednesday, f"Tues {_us(wednesday)}", "Dunsmuir diner", "SCSO CHP-MS", "Tentative"),
        (403, today + dt.timedelta(days=DAYS_AHEAD), "after fire season", None, "SCSO CHP-MS", "Draft"),
    ):
        lead, partner = agencies.split()
        days.append(place)
        rows["Events"].append(
            {
                "id": f"EV-{place.year}-{number}",
                "date": typed,
                "start": dt.time(9),
                "town": _VENUE[venue].town if venue else "Happy Camp",
                "venue": venue,
                "lead_agency": lead,
                "partner_agencies": partner,
                "status": status,
                "officers_needed": 3,
            }
        )


# --- mistakes -----------------------------------------------------------------------------------------------


def _go_wrong(rows: Rows) -> Merge:
    """Make the mistakes of `CELLS_MISTYPED`, and add repeated, merged and total rows. Returns the merge in Staffing."""
    for mistake in CELLS_MISTYPED:
        agreeing = [
            row for row in rows[mistake.tab] if all(row.get(name) == value for name, value in mistake.where.items())
        ]
        agreeing[mistake.nth][mistake.field] = mistake.typed

    staffing = rows["Staffing"]
    staffing.insert(len(staffing) // 3, dict(staffing[len(staffing) // 3]))
    second = next(
        number
        for number in range(len(staffing) // 2, len(staffing))
        if staffing[number]["event_id"] == staffing[number - 1]["event_id"] and staffing[number]["role"] == "Floor"
    )
    staffing[second]["event_id"] = None

    counts = [row["guests"] for row in rows["Attendance"]]
    total = sum(count for count in counts if isinstance(count, int) and count <= 40)
    rows["Attendance"].append({"event_id": "TOTAL", "guests": total})
    # The header is the sheet's first row.
    return Merge(top=second, bottom=second + 2, left=0, right=1)


# --- as people type --------------------------------------------------------------------------------------------


def _week_id(day: dt.date) -> str:
    year, week, _ = day.isocalendar()
    return f"EV-{year}-{week:03}"


def _us(day: dt.date) -> str:
    return f"{day.month}/{day.day}/{day.year}"


def _typed_day(rng: random.Random, day: dt.date) -> Typed:
    shapes = (day, _us(day), f"{day:%a} {_us(day)}", f"{day:%B} {day.day}, {day.year}", day.isoformat())
    return rng.choices(shapes, (85, 5, 4, 3, 3))[0]


def _typed_hours(rng: random.Random, start: int, end: int) -> tuple[Typed, Typed]:
    luck = rng.random()
    first, last = as_time(start), as_time(end)
    if luck < 0.06 and last.hour < 12:
        return f"{first.hour}:{first:%M}–{last.hour}:{last:%M}", None
    return (_am_pm(first), _am_pm(last)) if luck < 0.18 else (first, last)


def _am_pm(time: dt.time) -> str:
    return f"{time.hour % 12 or 12}:{time:%M} {'AM' if time.hour < 12 else 'PM'}"


def _typed_agency(rng: random.Random, short: str) -> str:
    return short if rng.random() < 0.88 else _ALIASES[short][0]


def _typed_officer(rng: random.Random, officer: Officer) -> str:
    initial, surname = officer.name.split()
    shapes = (officer.id, officer.name, f"{officer.rank} {surname}", f"{surname.upper()}, {initial[0]}")
    return rng.choices(shapes, (60, 25, 10, 5))[0]


def _typed_estimate(rng: random.Random, guests: int) -> str:
    if 11 <= guests <= 13:
        return "about a dozen"
    fives = 5 * round(guests / 5)
    return rng.choice((f"~{fives}", f"{fives}ish", f"{guests - 2}-{guests + 2}", f"{5 * (guests // 5)}+"))


# --- into the sheet --------------------------------------------------------------------------------------------


def _tab(spec: TabSpec, rows: Sequence[Row], merges: tuple[Merge, ...]) -> Tab:
    fields = [column.field for column in spec.columns]
    header: list[Cell] = [column.header for column in spec.columns]
    if spec.name in EXTRA_COLUMNS:
        fields.append(EXTRA_COLUMNS[spec.name])
        header.append(EXTRA_COLUMNS[spec.name])
    return Tab(spec.name, (tuple(header), *(tuple([_cell(row.get(name)) for name in fields]) for row in rows)), merges)


def _cell(typed: Typed) -> Cell:
    """The value as Google sends it: a day as days since 1899-12-30, a time as a fraction of a day."""
    if isinstance(typed, dt.date):
        return (typed - EPOCH).days
    if isinstance(typed, dt.time):
        return (typed.hour * 60 + typed.minute) / 1440
    return typed

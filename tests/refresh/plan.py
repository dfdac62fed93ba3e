"""A small plan, a poller whose source, trouble and clock the test sets, and the ways to damage its sheet."""

import copy
import datetime as dt
import time
from dataclasses import replace

from cwac.model import SourceUnavailable, Tab, Workbook
from cwac.refresh.keeping import Pace
from cwac.refresh.poller import Poller
from cwac.refresh.source_factory import Source
from cwac.sheet.reader import read_workbook
from tests.sheet.county import serial

ZONE = "America/Los_Angeles"
TODAY = dt.date(2026, 10, 7)
NOW = dt.datetime(2026, 10, 7, 17, 42, tzinfo=dt.UTC)  # 10:42 AM Pacific Time
LINK = "https://docs.google.com/spreadsheets/d/KEY"


def tables(today=TODAY):
    """Header and rows of each tab, to be changed at will."""
    return {
        "Events": [
            ["Event ID", "Date", "Start", "Town", "Lead agency", "Status", "Officers needed"],
            *(
                [f"EV-{after}", serial(today + dt.timedelta(days=after)), 9 / 24, town, "WPD", "Confirmed", 2]
                for after, town in ((-30, "Weed"), (7, "Yreka"), (14, "Etna"), (21, "Weed"), (28, "Yreka"))
            ),
        ],
        "Staffing": [
            ["Event ID", "Officer", "Role", "Status"],
            ["EV-7", "OF-01", "Host", "Confirmed"],
            ["EV-7", "OF-02", "Greeter", "Assigned"],
        ],
        "Officers": [
            ["Officer ID", "Name", "Agency"],
            ["OF-01", "A. Sample", "WPD"],
            ["OF-02", "B. Demo", "WPD"],
        ],
    }


def workbook(of=None, at=NOW, **other):
    """The tables as a workbook, as Google would have answered at that moment."""
    of = copy.deepcopy(of or tables())
    tabs = tuple(Tab(title, rows, id=number) for number, (title, rows) in enumerate(of.items()))
    return Workbook(LINK, at, ZONE, tabs, url=LINK, **other)


MINUTE = dt.timedelta(minutes=1)
LIMIT = SourceUnavailable("rate-limit", "Google says that there were too many requests.", "Wait.", permanent=False)
DOWN = SourceUnavailable("unreachable", "Google could not be reached: no route.", "Wait.", permanent=False)
CLOSED = SourceUnavailable("not-shared", "The sheet is not shared with this program.", "Share it with robot@x.")
QUICK = Pace(every=0.1, retries=(0.01, 0.02, 0.05), rate_limit=1.0, permanent=0.5, asked=0.1, silence=60, follow=0.02)
CALM = replace(QUICK, every=3600.0, asked=3600.0, follow=3600.0)
"""Nothing comes due within a test."""
LONG = 60.0
"""Seconds within which something happens, however busy the machine is."""


class Sheet:
    """A source whose content, trouble and clock the test sets."""

    def __init__(self, today=TODAY):
        self.now = NOW
        self.tables = tables(today)
        self.trouble = None
        self.asked = []

    def edit(self, town):
        """Move EV-7 to another town."""
        self.tables["Events"][2][3] = town

    def fetch(self, asked):
        self.asked.append(asked)
        if self.trouble is not None:
            raise self.trouble
        return workbook(self.tables, self.now)

    def poller(self, store=None, **other):
        source = Source(self.fetch, "Google", LINK)
        return Poller(source, read_workbook, store, **{"clock": lambda: self.now} | other)


def ids(live):
    return [event.id for event in live.snapshot.events]


def towns_kept(store):
    """The town of EV-7 in each version kept, oldest first."""
    return [store.load(version).tabs[0].rows[2][3] for version in reversed(store.versions(LINK))]


def after(poller, sheet, minutes=0.5):
    """Look again some minutes later; what is shown then."""
    sheet.now += minutes * MINUTE
    poller.look()
    return poller.live


def until(true, seconds=LONG):
    """Wait until it is true."""
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends, "it never came true"
        time.sleep(0.002)


def drop_events(of):
    del of["Events"]
    of["Plan B"] = [["notes"]]


def drop_column(tab, header):
    def drop(of):
        at = of[tab][0].index(header)
        of[tab] = [row[:at] + row[at + 1 :] for row in of[tab]]

    return drop

"""A small plan that the tests of the poller share: four coming events, one past, with staffing and towns."""

import copy
import datetime as dt

from cwac.model import Tab, Workbook
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

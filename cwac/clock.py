"""The one place where the program reads the current time; tests set it here."""

import datetime as dt
from time import time  # noqa: TID251 - the one place


def read_clock(zone: dt.tzinfo = dt.UTC) -> dt.datetime:
    """The current time in that zone."""
    return dt.datetime.fromtimestamp(time(), zone)

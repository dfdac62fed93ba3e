"""All events in a month, week, day or agenda, and the events without a date."""

from cwac.web.calendar import filters
from cwac.web.session import enter

filters.show(enter("calendar"))

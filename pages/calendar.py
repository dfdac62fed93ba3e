"""All events in a month, week, day or agenda, and the events without a date."""

from cwac.web.calendar import page
from cwac.web.session import enter

page.show(enter("calendar"))

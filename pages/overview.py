"""The next event, what needs attention, the weeks to come, and the last quarter."""

from cwac.web.sections import overview
from cwac.web.session import enter

overview.show(enter("overview"))

"""Follow-ups: rows for the responsible agency, counts for everybody signed in."""

from cwac.web.sections import followups
from cwac.web.session import enter

followups.show(enter("follow_ups"))

"""Openings, officers and their shifts, conflicts, who is available, workload, and suggested assignments."""

from cwac.web.sections import staffing
from cwac.web.session import enter

session = enter("staffing")
staffing.follow_old_links()
staffing.show(session)

"""Openings, officers and their shifts, conflicts, who is available, workload, and suggested assignments."""

from cwac.web import widgets
from cwac.web.sections import staffing
from cwac.web.session import enter

session = enter("staffing")
staffing.follow_old_links()

row = widgets.FilterRow()
view = row.view("Show", list(staffing.VIEWS), "show", staffing.LABELS)
staffing.VIEWS[view](session, row)

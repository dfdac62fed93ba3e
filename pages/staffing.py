"""Open posts, duties, clashes, candidates for a gap, and a plan for a month."""

from cwac.web import widgets
from cwac.web.sections import staffing
from cwac.web.session import enter

session = enter("staffing")

row = widgets.Filters()
view = row.view("Show", list(staffing.VIEWS), "show")
staffing.VIEWS[view](session, row)

"""Attendance, officer-hours, forecasts, towns reached, and what past events still lack."""

from cwac.exports import tables
from cwac.web import widgets
from cwac.web.sections import attendance, forecast, outreach, productivity
from cwac.web.session import enter

session = enter("attendance")
snapshot = session.snapshot

sections = {
    "Trends": attendance.trends,
    "Compare": attendance.two_periods,
    "Worth it?": productivity.show if session.sees_staffing else None,
    "What to expect": forecast.show,
    "Reach": outreach.show,
    "After the event": attendance.after_the_event if session.sees_staffing else None,
}
row = widgets.Filters()
section = sections[row.view("Show", [name for name, show_section in sections.items() if show_section], "show")]
if section is not None:
    section(session, row)

widgets.download(
    "Attendance as CSV", "attendance.csv", lambda: tables.to_csv(tables.attendance_rows(snapshot), tables.ATTENDANCE)
)

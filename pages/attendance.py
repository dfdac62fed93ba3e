"""How many residents came, what that took, what to expect, whom it reaches, and what past events still lack."""

from cwac.outputs import export
from cwac.ui import door, effort, outlook, parts, reached, turnout

visit = door.enter("attendance")
snapshot = visit.snapshot

sections = {
    "Trends": turnout.trends,
    "Compare": turnout.two_periods,
    "Worth it?": effort.show if visit.sees_staffing else None,
    "What to expect": outlook.show,
    "Reach": reached.show,
    "After the event": turnout.after_the_event if visit.sees_staffing else None,
}
row = parts.Filters()
section = sections[row.view("Show", [name for name, shown in sections.items() if shown], "show")]
if section is not None:
    section(visit, row)

parts.download(
    "Attendance as CSV", "attendance.csv", lambda: export.to_csv(export.attendance_rows(snapshot), export.ATTENDANCE)
)

"""Attendance, officer-hours, forecasts, towns reached, and the results that past events still lack."""

from cwac import addons
from cwac.exports import tables
from cwac.web import widgets
from cwac.web.sections import attendance, attendance_views, comparison, missing_results
from cwac.web.session import enter

session = enter("attendance")
snapshot = session.snapshot

sections = {
    "Trends": attendance.trends,
    "Compare": comparison.show,
    "Worth it?": attendance_views.show_staff_time if session.sees_staffing else None,
    "What to expect": attendance_views.show_forecast,
    "Reach": attendance_views.show_towns,
    missing_results.VIEW: missing_results.show if session.sees_staffing else None,
}
labels = {
    "Trends": "Trend", "Worth it?": "Staff time", "What to expect": "Forecast", "Reach": "Towns",
    missing_results.VIEW: "Missing results",
}  # fmt: skip
row = widgets.FilterRow()
section = sections[row.view("Show", [name for name, show_section in sections.items() if show_section], "show", labels)]
if section is not None:
    section(session, row)

if section is attendance_views.show_towns:
    for show_added in addons.sections("towns"):
        show_added(session)

if snapshot.events:
    widgets.download(
        "Attendance as CSV",
        "attendance.csv",
        lambda: tables.to_csv(tables.attendance_rows(snapshot), tables.ATTENDANCE),
    )

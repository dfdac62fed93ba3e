"""Attendance, officer-hours, forecasts, towns reached, and the results that past events still lack."""

from cwac import addons
from cwac.web import widgets
from cwac.web.sections import attendance, attendance_views, missing_results, reports
from cwac.web.session import enter

session = enter("attendance")
snapshot = session.snapshot

staffing = session.sees_staffing
views = {
    "Trends": ("Trend", attendance.trends),
    "Compare": ("Compare", attendance_views.show_comparison),
    **({"Worth it?": ("Staff time", attendance_views.show_staff_time)} if staffing else {}),
    "What to expect": ("Forecast", attendance_views.show_forecast),
    "Reach": ("Towns", attendance_views.show_towns),
    **({missing_results.VIEW: ("Missing results", missing_results.show)} if staffing else {}),
}
row = widgets.FilterRow()
view = row.view("Show", list(views), "show", {name: label for name, (label, _) in views.items()})
_, show = views[view]
show(session, row)

if view == "Reach":
    for show_added in addons.sections("towns"):
        show_added(session)

if snapshot.events:
    widgets.download("Attendance as CSV", "attendance.csv", lambda: reports.data_csv(snapshot, "attendance"))

"""How many residents came: by month, event, town and agency, with what was never counted apart."""

import streamlit as st

from cwac.answers.attendance import programme
from cwac.outputs import export
from cwac.ui import door, parts, summary, turnout

visit = door.enter("attendance")
snapshot, today, agency = visit.snapshot, visit.today, visit.agency

with parts.Filters() as row:
    view = row.view("By", [*turnout.VIEWS, *(["Not counted"] if visit.sees_staffing else [])], "by")
    chosen = row.one("Period", list(turnout.PERIODS), "period") if view in turnout.VIEWS else ""

if view not in turnout.VIEWS:
    missing = visit.derive(summary.uncounted, agency)
    if missing:
        count = f"{parts.counted(len(missing), 'past event')} without a count, or a word on whether it was held"
        turnout.missing_table(snapshot, parts.page_of(missing, count, "missing"), today)
    else:
        parts.empty("Every past event has its count.")
else:
    st.markdown(parts.md(visit.derive(turnout.sentence, chosen, agency)))
    if visit.derive(programme, turnout.period(chosen, today), agency).held:
        turnout.draw(*visit.derive(turnout.chart, chosen, agency, view, parts.is_dark()))
        st.caption("The median is of the events that were counted. A blank count is not zero, and is never guessed.")
    else:
        parts.empty("Events show here once they are Completed and their day is past.")

parts.download(
    "Attendance as CSV", "attendance.csv", lambda: export.to_csv(export.attendance_rows(snapshot), export.ATTENDANCE)
)

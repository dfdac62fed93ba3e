"""The quarterly report in figures and as files, and the data as CSV."""

import streamlit as st

from cwac.analysis.quarter import quarter
from cwac.exports import quarterly, tables
from cwac.web import widgets
from cwac.web.blocks import content
from cwac.web.blocks.draw import draw
from cwac.web.sections import reports
from cwac.web.session import enter

session = enter("reports")
snapshot = session.snapshot

quarters = session.ask(reports.quarters)
if not quarters:
    widgets.empty("No event has been held yet. Once one has, its quarter is reported here.")
else:
    with widgets.Filters() as row:
        chosen = row.select("Quarter", quarters, "quarter", labels=reports.titles(quarters))
        preview = row.toggle("Show the printed page", "preview")
    asked = chosen, session.agency, session.rules
    answer = session.ask(quarter, *asked)
    still = " It is not over yet." if answer.unfinished else ""
    st.markdown(
        f"**{widgets.md(answer.period.words)}, {widgets.md(answer.agency_label)}.**{still} "
        "The agency is chosen at the top. No officer is named."
    )
    draw("figures", reports.tiles(answer))
    st.markdown(reports.plain_change(answer))
    if answer.shared:
        st.caption(widgets.md(answer.shared))
    reports.downloads(answer)
    if preview:
        reports.show_pages(session.ask(reports.pages, *asked, _answer=answer), answer)
    with st.expander("Show the numbers"):
        draw("all-figures", content.lines([quarterly.change_words(answer)]), reports.figures_table(answer))

reports.put_it_on_your_site(session.county)

st.header("Download the data", anchor=False)
st.markdown("Every row that is open to you, from all agencies, as CSV. What residents said is in none of the files.")
with st.container(horizontal=True):
    for name, (columns, rows_of) in tables.TABLES.items():
        widgets.download(
            name.capitalize(),
            f"{name}.csv",
            lambda columns=columns, rows_of=rows_of: tables.to_csv(rows_of(snapshot), columns),
        )

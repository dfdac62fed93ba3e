"""Officers' answers beside the sheet: what is to be typed, and that nothing counts by them."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cwac.analysis.alerts import alerts
from cwac.analysis.revisions import Revisions, advance
from cwac.analysis.staffing import gap_board
from cwac.exports import tables
from cwac.forms.answers import answered
from cwac.forms.answers import moved as moved_at
from tests.cases import each
from tests.forms.answered import ANSWERS, at, read
from tests.sheet import county


@each(
    ("cells", "moved"),
    [
        ({"Date": 46401}, True), ({"Start": 9 / 24}, True), ({"End": 12 / 24}, True),
        ({"Status": "Tentative"}, False), ({"Town": "Yreka"}, False), ({"Title": "Coffee again"}, False), ({}, False),
    ],
)  # fmt: skip
def test_event_was_moved_where_a_stored_version_has_another_day_or_time(cells, moved):
    versions = [read(), read(Events=county.events({"Event ID": "E1", "Partner agencies": "WPD"} | cells))]
    past = Revisions()
    for number, version in enumerate(versions):
        past = advance(past, version, dt.datetime(2026, 11, 20 + number, 20, tzinfo=dt.UTC))
    asked = read(Form1=[ANSWERS, [at(9), "E1", "OF-01", "Yes"]])
    assert moved_at(asked, _past=past) == ({"E1": dt.datetime.fromisoformat("2026-11-21T12:00")} if moved else {})
    assert moved_at(asked, _past=None) == {}
    assert moved_at(versions[1], _past=past) == {}


ONE_ROW = (
    st.sampled_from(["E1", "E2", "E3", None]),
    st.sampled_from(["OF-01", "OF-02", "OF-03", "B. Demo", "nobody", None]),
    st.sampled_from(["Yes", "No", "Maybe", "Sí", "what?", None]),
    st.sampled_from([None, "a note"]),
)
ROWS = st.lists(st.tuples(st.one_of(st.none(), st.floats(at(0), at(48)), st.just("soon")), *ONE_ROW), max_size=8)
PLAIN = read()


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(ROWS)
def test_answers_never_change_who_is_staffed_confirmed_or_missing(rows):
    snapshot = read(Form1=[ANSWERS, *map(list, rows)])
    own = {"added", "problems", "accounting", "content_hash", "tab_ids", "tab_columns", "free_rows", "reading"}
    kept = {name: getattr(PLAIN, name) for name in own}
    assert replace(snapshot, **kept) == PLAIN
    assert alerts(snapshot, snapshot.today) == alerts(PLAIN, PLAIN.today)
    assert gap_board(snapshot, snapshot.today) == gap_board(PLAIN, PLAIN.today)
    for export in (tables.event_rows, tables.staffing_rows):
        assert export(snapshot) == export(PLAIN)
    account = snapshot.accounting["Officer answers"]
    assert account.rows == account.kept + account.left_out + account.skipped
    assert account.rows == sum(any(cell is not None for cell in row) for row in rows)


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 500), *ONE_ROW), max_size=8, unique_by=lambda row: row[0]), st.randoms())
def test_order_of_rows_does_not_matter_but_by_time(rows, random):
    timed = [[at(hours / 10), *row] for hours, *row in rows]
    found = [
        {(one.event.id, replace(one.answer, row=0), one.to_do) for one in answered(read(Form1=[ANSWERS, *ordered]))}
        for ordered in (timed, random.sample(timed, len(timed)))
    ]
    assert found[0] == found[1]

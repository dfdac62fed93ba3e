"""Follow-ups: counts for everybody signed in, summaries only for the responsible agency and only in an opened row."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from cwac.storage import audit
from cwac.web.sections import followups
from tests.cases import each
from tests.web import plan
from tests.web.conftest import Serve, block_words, closed_to_strangers, line_words, links_of, opened, sent, words

DAY = plan.serial(plan.TODAY)
FOLLOW_UPS: plan.Rows = [
    ["Follow-up ID", "Event ID", "Category", "Summary", "Referred to", "Owner role", "Due", "Status", "Closed on",
     "Reported back"],
    ["F-1", "GONE", "Traffic", "Call 530-555-0142", "WPD", "Sergeant", DAY - 1, "Open", None, None],
    ["F-2", "GONE", "Noise", "said", "SCSO", None, DAY + 9, "Open", None, None],
    ["F-3", "GONE", "Youth", "said", None, "Liaison", None, "Closed", DAY - 30, True],
    ["F-4", "GONE", "Youth", "said", "WPD", "Sergeant", None, "Closed", DAY - 20, None],
]  # fmt: skip
SNAPSHOT = plan.snapshot(**{"Follow-ups": FOLLOW_UPS})


@each(
    ("agency", "headline", "line"),
    [
        (None, "1 of 2 open follow-ups is overdue.",
         "2 closed, typically after 15 days · 1 of 2 residents told, not noted for 1"),
        ("SCSO", "Nothing of SCSO is overdue.", "1 open · 0 closed"),
        ("WPD", "1 of 1 open follow-up of WPD is overdue.",
         "1 closed, typically after 20 days · 0 of 1 resident told, not noted for 1"),
    ],
)  # fmt: skip
def test_headline_says_what_is_overdue_and_the_line_below_what_it_has_not_said(
    agency: str | None, headline: str, line: str
) -> None:
    assert followups.headline(SNAPSHOT, agency) == headline
    assert block_words(followups.summary(SNAPSHOT, agency)) == line


def test_age_is_in_a_band_overdue_or_not_known() -> None:
    lost = [*FOLLOW_UPS, ["F-5", "LOST", "Traffic", "said", "WPD", None, None, "Open", None, None]]
    bars = followups.count_bars(plan.snapshot(**{"Follow-ups": lost}), None, "age")["rows"]
    assert [(line_words(bar["name"]), line_words(bar["text"])) for bar in bars] == [
        ("Under 30 days", "0 open · 2 closed"),
        ("30 to 90 days", "2 open, 1 overdue · 0 closed"),
        ("Not known", "1 open · 0 closed"),
    ]
    assert [(part["value"], part["tone"]) for part in bars[1]["parts"]] == [(1, "error"), (1, "plain"), (0, "quiet")]


def test_table_by_owner_counts_those_who_were_told() -> None:
    assert [[line_words(cell) for cell in row] for row in followups.count_table(SNAPSHOT, None, "owner")["rows"]] == [
        ["Sergeant", "1", "1", "1", "20 days", "0 of 1"],
        ["No owner", "1", "0", "0", "", ""],
        ["Liaison", "0", "0", "1", "10 days", "1 of 1"],
    ]


@each(
    ("own", "listed"),
    [(None, ["F-1", "F-2", "F-4", "F-3"]), (("WPD",), ["F-1", "F-4"]), (("CHP-MS",), ["F-3"]), ((), [])],
)
def test_liaison_lists_only_their_agencys_follow_ups(own: tuple[str, ...] | None, listed: list[str]) -> None:
    assert [item.follow_up.id for item in followups.listed(SNAPSHOT, None, own)] == listed


def test_opened_row_links_to_its_event_and_to_its_cell_of_the_sheet() -> None:
    sheet = replace(SNAPSHOT, url="https://docs.google.com/spreadsheets/d/x", tab_ids={"Follow-ups": 7})
    shown = followups.listed(sheet, None, None)
    opened_one, *others = followups.rows(sheet, shown, "Open", "F-1")["rows"]
    assert {link["query"]["follow_up"] for row in others for link in links_of(row)} == {"F-2", "F-3", "F-4"}
    assert [link.get("id") or link.get("url") or link["query"] for link in links_of(opened_one)] == [
        {"show": "Open"},
        "GONE",
        "https://docs.google.com/spreadsheets/d/x/edit#gid=7&range=H2",
    ]


def test_category_is_shown_in_american_spelling() -> None:
    rows = [FOLLOW_UPS[0], ["F-1", "GONE", "Neighbour", "said", "WPD", None, None, "Open", None, None]]
    sheet = plan.snapshot(**{"Follow-ups": rows})
    (row,) = followups.rows(sheet, followups.listed(sheet, None, None), "Open", None)["rows"]
    assert line_words(row["cells"][0]) == "Neighbor"
    for block in (followups.count_bars(sheet, None, "category"), followups.count_table(sheet, None, "category")):
        assert block_words(block).splitlines()[:1] == ["Neighbor"] or "\nNeighbor\n" in block_words(block)


def test_row_beyond_the_first_ten_is_shown_when_it_is_opened() -> None:
    rows = FOLLOW_UPS[:1] + [[f"F-{number:02}", "GONE", *FOLLOW_UPS[2][2:]] for number in range(20)]
    sheet = plan.snapshot(**{"Follow-ups": rows})
    shown = followups.listed(sheet, None, None)
    limits = [followups.rows(sheet, shown, "Open", opened)["limit"] for opened in (None, "F-03", "F-15")]
    assert limits == [10, 10, None]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    today = plan.TODAY
    moved = [[*row] for row in FOLLOW_UPS]
    for row in moved[1:]:
        row[6], row[8] = (item and item - DAY + plan.serial(today) for item in (row[6], row[8]))  # type: ignore[operator]
    return plan.save(tmp_path / "plan.xlsx", today, **{"Follow-ups": moved})


def test_summary_is_sent_only_when_its_row_is_opened_with_a_privacy_warning(
    serve: Serve, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted: list[tuple[str, str]] = []
    monkeypatch.setattr(audit, "note", lambda who, what, **_: noted.append((who, what)))
    serve(closed_to_strangers(file))
    page = opened("follow_ups", "coordinator")
    assert b"0142" not in sent(page)
    page.query_params["follow_up"] = "F-1"
    page.run()
    assert b"0142" in sent(page)
    assert "This looks like a resident's personal data (a phone number)" in words(page)
    read = ("boss@county.example.gov", "read the summary of follow-up F-1")
    assert noted.count(read) == 1
    page.run()
    assert noted.count(read) == 1, "it is the same opening"
    del page.query_params["follow_up"]
    assert b"0142" not in sent(page.run())
    page.query_params["follow_up"] = "F-1"
    page.run()
    assert noted.count(read) == 2


def test_closed_ones_are_listed_last_closed_first_and_say_the_day() -> None:
    closed = [item for item in followups.listed(SNAPSHOT, None, None) if not item.open]
    ordered = followups.newest_closed_first(closed)
    assert [item.follow_up.id for item in ordered] == ["F-4", "F-3"]
    shown = followups.rows(SNAPSHOT, ordered, "Closed", None)
    assert [[line_words(cell) for cell in row["cells"]] for row in shown["rows"]] == [
        ["Youth", "Weed", "Thu, Nov 5, after 20 days", "WPD Sergeant", "not noted"],
        ["Youth", "Weed", "Mon, Oct 26, after 10 days", "CHP-MS Liaison", "told"],
    ]
    last_year = replace(ordered[0].follow_up, closed_on=dt.date(2025, 11, 5))
    assert followups._age(replace(ordered[0], follow_up=last_year), SNAPSHOT).startswith("Wed, Nov 5, 2025")


def test_link_turns_to_the_page_of_its_follow_up_once(
    serve: Serve, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cwac.web.widgets.AT_ONCE", 1)
    serve(closed_to_strangers(file))
    page = opened("follow_ups", "coordinator")
    assert ("WPD Sergeant" in words(page), "SCSO no owner" in words(page)) == (True, False), "one a page"
    linked = opened("follow_ups", "coordinator", follow_up="F-2")
    assert (linked.session_state["page-follow-ups"], "SCSO no owner" in words(linked)) == (2, True)
    linked.session_state["page-follow-ups"] = 1
    linked.run()
    assert "SCSO no owner" not in words(linked)
    assert linked.run().session_state["page-follow-ups"] == 1

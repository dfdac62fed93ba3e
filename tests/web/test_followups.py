"""Follow-ups: counts for everybody signed in, summaries only for the responsible agency and only in an opened card."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from cwac.model import Snapshot
from cwac.settings import Settings
from cwac.storage import audit
from cwac.web.sections import followups
from tests.web import plan
from tests.web.conftest import block_words, cards_of, closed_to_strangers, line_words, links_of, opened, sent, words

Serve = Callable[[Settings], None]

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


def tiles(snapshot: Snapshot, agency: str | None) -> dict[str, tuple[str, str]]:
    block = followups.summary(snapshot, agency)
    return {line_words(tile["name"]): (tile["value"], line_words(tile["note"])) for tile in block["tiles"]}


def test_tiles_count_open_overdue_closed_and_reported_back() -> None:
    assert tiles(SNAPSHOT, None) == {
        "Open": ("2", ""),
        "Overdue": ("1", "of 2 open"),
        "Closed": ("2", "typically after 15 days (2 counted)"),
        "Reported back": ("1 of 2", "not said for 1"),
    }
    assert tiles(SNAPSHOT, "SCSO") == {
        "Open": ("1", ""),
        "Overdue": ("0", "of 1 open"),
        "Closed": ("0", ""),
        "Reported back": ("0 of 0", ""),
    }


def test_aging_bar_has_every_band_and_marks_what_is_overdue() -> None:
    bars = followups.aging(SNAPSHOT, None)["rows"]
    assert [(line_words(bar["name"]), line_words(bar["text"])) for bar in bars] == [
        ("Under 30 days", "0 open"),
        ("30 to 90 days", "2 open, 1 overdue"),
        ("Over 90 days", "0 open"),
    ]
    assert [(part["value"], part["tone"]) for part in bars[1]["parts"]] == [(1, "error"), (1, "plain")]


def test_open_follow_up_of_unknown_age_has_a_bar() -> None:
    rows = [FOLLOW_UPS[0], ["F-1", "LOST", "Traffic", "said", "WPD", None, None, "Open", None, None]]
    assert "Not known\n1 open" in block_words(followups.aging(plan.snapshot(**{"Follow-ups": rows}), None))


def test_counts_by_owner_cover_every_agency_without_summaries() -> None:
    block = followups.count_table(SNAPSHOT, None, "owner")
    assert block["columns"] == ["Owner", "Open", "Overdue", "Closed", "Typical time to close", "Reported back"]
    assert [[line_words(cell) for cell in row] for row in block["rows"]] == [
        ["Sergeant", "1", "1", "1", "20 days (1 counted)", "0 of 1"],
        ["No owner", "1", "0", "0", "", ""],
        ["Liaison", "0", "0", "1", "10 days (1 counted)", "1 of 1"],
    ]
    assert block_words(followups.count_bars(SNAPSHOT, None, "owner")).splitlines() == [
        "Sergeant", "1 open, 1 overdue · 1 closed", "No owner", "1 open · 0 closed", "Liaison", "0 open · 1 closed",
        "Follow-ups by owner",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("own", "listed"),
    [(None, ["F-1", "F-2", "F-4", "F-3"]), (("WPD",), ["F-1", "F-4"]), (("CHP-MS",), ["F-3"]), ((), [])],
)
def test_liaison_lists_only_their_agencys_follow_ups(own: tuple[str, ...] | None, listed: list[str]) -> None:
    assert [item.follow_up.id for item in followups.listed(SNAPSHOT, None, own)] == listed


# --- cards ----------------------------------------------------------------------------------------------------------


def test_card_links_to_its_event_and_to_its_row_of_the_sheet() -> None:
    sheet = replace(SNAPSHOT, url="https://docs.google.com/spreadsheets/d/x", tab_ids={"Follow-ups": 7})
    shown = followups.listed(sheet, None, None)
    links = links_of(followups.cards(sheet, shown, "Open", None)["cards"][0])
    assert [link.get("id") or link.get("url") or link["query"] for link in links] == [
        {"show": "Open", "follow_up": "F-1"},
        "GONE",
        "https://docs.google.com/spreadsheets/d/x/edit#gid=7&range=H2",
    ]


def test_category_is_shown_in_american_spelling() -> None:
    rows = [FOLLOW_UPS[0], ["F-1", "GONE", "Neighbour", "said", "WPD", None, None, "Open", None, None]]
    sheet = plan.snapshot(**{"Follow-ups": rows})
    (card,) = followups.cards(sheet, followups.listed(sheet, None, None), "Open", None)["cards"]
    assert card["title"][0]["text"].startswith("Neighbor: ")
    for block in (followups.count_bars(sheet, None, "category"), followups.count_table(sheet, None, "category")):
        assert block_words(block).splitlines()[:1] == ["Neighbor"] or "\nNeighbor\n" in block_words(block)


def test_card_beyond_the_first_ten_is_shown_when_it_is_opened() -> None:
    rows = FOLLOW_UPS[:1] + [[f"F-{number:02}", "GONE", *FOLLOW_UPS[2][2:]] for number in range(20)]
    sheet = plan.snapshot(**{"Follow-ups": rows})
    shown = followups.listed(sheet, None, None)
    limits = [followups.cards(sheet, shown, "Open", opened)["limit"] for opened in (None, "F-03", "F-15")]
    assert limits == [10, 10, None]


# --- on the page ----------------------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> Path:
    today = plan.TODAY
    moved = [[*row] for row in FOLLOW_UPS]
    for row in moved[1:]:
        row[6], row[8] = (item and item - DAY + plan.serial(today) for item in (row[6], row[8]))  # type: ignore[operator]
    return plan.save(tmp_path / "plan.xlsx", today, **{"Follow-ups": moved})


def test_summary_is_sent_only_when_its_card_is_opened_with_a_privacy_warning(
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


def test_liaison_can_open_only_their_own_summaries(serve: Serve, file: Path) -> None:
    serve(closed_to_strangers(file))
    assert "530-555-0142" in words(opened("follow_ups", "liaison", follow_up="F-1"))
    page = opened("follow_ups", "liaison", follow_up="F-2")
    assert 'The link asks for follow-up "F-2", which is not in your list.' in words(page)
    (title,) = [line_words(card["title"]) for card in cards_of(page)]
    assert title.startswith("Traffic: Weed, ")
    assert title.endswith(" OverdueF-1, row 2")
    assert b"F\\-2" not in sent(opened("follow_ups", "liaison"))
    of_another = opened("follow_ups", "liaison", agency="SCSO")
    assert "Of other agencies' follow-ups you see the counts" in words(of_another)
    assert "Open\n1" in words(of_another)


def test_open_card_stays_silent_in_another_view(serve: Serve, file: Path) -> None:
    serve(closed_to_strangers(file))
    page = opened("follow_ups", "coordinator", follow_up="F-1", show="Closed")
    assert b"0142" not in sent(page)
    assert "The link asks for" not in words(page)


def test_closed_ones_are_listed_last_closed_first_and_say_the_day() -> None:
    closed = [item for item in followups.listed(SNAPSHOT, None, None) if not item.open]
    ordered = followups.newest_closed_first(closed)
    assert [item.follow_up.id for item in ordered] == ["F-4", "F-3"]
    assert followups._state(ordered[0], SNAPSHOT).startswith("Closed Thu, Nov 5, 20 days after")
    last_year = replace(ordered[0], follow_up=replace(ordered[0].follow_up, closed_on=dt.date(2025, 11, 5)))
    assert followups._state(last_year, SNAPSHOT).startswith("Closed Wed, Nov 5, 2025")


def test_link_turns_to_the_page_of_its_follow_up_once(
    serve: Serve, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cwac.web.widgets.AT_ONCE", 1)
    serve(closed_to_strangers(file))
    page = opened("follow_ups", "coordinator")
    order = [follow_up for follow_up in ("F-1", "F-2") if follow_up in words(page)]
    assert len(order) == 1, "one a page"
    other = "F-2" if order == ["F-1"] else "F-1"
    linked = opened("follow_ups", "coordinator", follow_up=other)
    assert (linked.session_state["page-follow-ups"], other in words(linked)) == (2, True)
    linked.session_state["page-follow-ups"] = 1
    linked.run()
    assert other not in words(linked)
    assert linked.run().session_state["page-follow-ups"] == 1

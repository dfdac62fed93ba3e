"""Follow-ups: counts for everybody signed in, summaries only for the responsible agency and only on a click."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from cwac.refresh import sheets
from cwac.settings import Settings
from cwac.storage import audit
from cwac.web.sections import followups
from tests.web import plan
from tests.web.conftest import closed_to_strangers, opened, sent, words

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


def test_sentence_counts_open_overdue_closed_and_reported_back() -> None:
    assert followups.sentence(SNAPSHOT, None) == (
        "2 follow-ups open, 1 of them overdue; 2 closed, in a median of 15 days after the event (n 2). Of those "
        "closed, 1 were reported back to the resident, 0 were not, and of 1 nobody has said."
    )
    assert followups.sentence(SNAPSHOT, "SCSO") == "1 follow-up open, 0 of them overdue; 0 closed."
    assert followups.sentence(plan.snapshot(**{"Follow-ups": FOLLOW_UPS[:1]}), None) == (
        "Nobody has asked for anything yet."
    )


def test_counts_by_owner_cover_every_agency_without_summaries() -> None:
    assert followups.counts(SNAPSHOT, None, "owner") == {
        "Owner": ["Sergeant", "No owner", "Liaison"],
        "Open": ["1", "1", "0"],
        "Overdue": ["**1**", "0", "0"],
        "Closed": ["1", "0", "1"],
        "Median days to close": ["20 (n 1)", "", "10 (n 1)"],
        "Reported back": ["0 of 1", "", "1 of 1"],
    }


@pytest.mark.parametrize(
    ("own", "listed"),
    [(None, ["F-1", "F-2", "F-4", "F-3"]), (("WPD",), ["F-1", "F-4"]), (("CHP-MS",), ["F-3"]), ((), [])],
)
def test_liaison_lists_only_their_agencys_follow_ups(own: tuple[str, ...] | None, listed: list[str]) -> None:
    assert [item.follow_up.id for item in followups.listed(SNAPSHOT, None, own)] == listed


# --- on the page ----------------------------------------------------------------------------------------------------


def click(page: AppTest, name: str) -> AppTest:
    return next(item for item in page.button if item.label == name).click().run()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    today = plan.real_today()
    moved = [[*row] for row in FOLLOW_UPS]
    for row in moved[1:]:
        row[6], row[8] = (item and item - DAY + plan.serial(today) for item in (row[6], row[8]))  # type: ignore[operator]
    return plan.save(tmp_path / "plan.xlsx", today, **{"Follow-ups": moved})


def test_summary_is_sent_only_on_a_click_with_a_privacy_warning(
    serve: Serve, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted: list[tuple[str, str]] = []
    monkeypatch.setattr(audit, "note", lambda who, what, **_: noted.append((who, what)))
    serve(closed_to_strangers(file))
    page = opened("follow_ups", "coordinator")
    assert b"0142" not in sent(page)
    page = click(page, "Show it")
    assert b"0142" in sent(page)
    assert "This looks like a resident's personal data (a phone number)" in words(page)
    assert ("boss@county.example.gov", "read the summary of follow-up F-1") in noted
    assert b"0142" not in sent(page.run())


def test_liaison_can_open_only_their_own_summaries(serve: Serve, file: Path) -> None:
    serve(closed_to_strangers(file))
    page = opened("follow_ups", "liaison")
    assert page.selectbox(key="follow-up").options == ["F-1, Traffic"]
    assert b"F\\-2" not in sent(page)
    assert "530-555-0142" in words(click(page, "Show it"))
    of_another = opened("follow_ups", "liaison", agency="SCSO")
    assert "Of others there are counts only" in words(of_another)
    assert "1 follow-up open" in words(of_another)


def test_sample_has_follow_ups_for_each_agency(serve: Serve) -> None:
    serve(Settings())
    snapshot = sheets.current().snapshot
    assert snapshot is not None
    assert followups.listed(snapshot, None, None)
    assert opened("follow_ups").table

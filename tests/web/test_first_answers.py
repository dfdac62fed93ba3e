"""What nearly every page asks of a new version is answered before that version is shown."""

import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cwac.refresh import sheets
from cwac.web import cache, first_answers, session
from cwac.web.comparing import VersionComparison
from tests.web import plan
from tests.web.conftest import closed_to_strangers, opened, words
from tests.web.served import until

ASKED = ("alerts", "by_event", "gap_board", "missing_after_event", "outcomes", "ledger")
"""The answers, as `first_answers` imports them."""


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each answer has been computed; comparisons of versions count as `compared`."""
    counts: Counter[str] = Counter()
    ask = session.Session.ask

    def counting(own: session.Session, answer: Callable[..., Any], *args: Any, **named: Any) -> Any:
        def compute(*arguments: Any, **also: Any) -> Any:
            counts[answer.__name__] += 1
            return answer(*arguments, **also)

        compute.__module__, compute.__qualname__ = answer.__module__, answer.__qualname__
        return ask(own, compute, *args, **named)

    load = VersionComparison._load
    monkeypatch.setattr(cache, "_sheets", {})  # an earlier test may have asked the same of the same workbook
    monkeypatch.setattr(session.Session, "ask", counting)
    monkeypatch.setattr(VersionComparison, "_load", lambda own, version: counts.update(["read"]) or load(own, version))
    return counts


def move_to_etna(path: Path) -> None:
    """Save the workbook with its first event in another town."""
    today = plan.TODAY
    events = plan.tabs(today)["Events"]
    events[1][5], events[1][6] = "Etna", None
    plan.save(path, today, Events=events)


def town_shown() -> str | None:
    live = sheets.current()
    assert live.snapshot is not None
    return live.snapshot.event_by_id["SHARED"].town


def look_again() -> None:
    """Have the poller look, and wait until it shows something else."""
    before = sheets.current().snapshot
    assert sheets.refresh_now()
    until(lambda: sheets.current().snapshot is not before, 20, 0.02)


def open_pages() -> None:
    assert "officers missing at" in words(opened(who="coordinator"))
    assert "Events with openings" in words(opened("staffing", "coordinator"))
    assert "Typical" in words(opened("attendance", "coordinator"))


@pytest.mark.usefixtures("serve")
def test_pages_of_a_new_version_find_the_answers(plan_file: Path, tmp_path: Path, computed: Counter[str]) -> None:
    workbook = Path(shutil.copy(plan_file, tmp_path / "plan.xlsx"))
    sheets.start(closed_to_strangers(workbook), first_answers.ask).wait(20)
    open_pages()
    before = {name: computed[name] for name in ASKED}
    assert all(before[name] == 1 for name in ("alerts", "gap_board", "missing_after_event", "outcomes"))

    move_to_etna(workbook)
    look_again()
    once_more = {name: computed[name] for name in ASKED}
    assert all(once_more[name] == before[name] + 1 for name in ASKED)
    read = computed["read"]
    open_pages()
    assert {name: computed[name] for name in ASKED} == once_more
    assert computed["read"] == read


@pytest.mark.usefixtures("serve")
def test_the_version_is_shown_although_an_answer_fails(
    plan_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workbook = Path(shutil.copy(plan_file, tmp_path / "plan.xlsx"))
    sheets.start(closed_to_strangers(workbook), first_answers.ask).wait(20)
    assert town_shown() == "Weed"

    def fails(*_: object) -> None:
        raise ValueError("a mistake")

    monkeypatch.setattr(first_answers, "alerts", fails)
    move_to_etna(workbook)
    look_again()
    assert town_shown() == "Etna"

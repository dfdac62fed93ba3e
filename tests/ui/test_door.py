"""The door: what a page is given, worked out once for a version of the sheet, and forgotten with it."""

import datetime as dt
import gc
import weakref
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from cwac.access import COORDINATOR, PUBLIC
from cwac.live import counties, refresh
from cwac.model import Snapshot
from cwac.settings import Rules, Settings
from cwac.ui import door
from cwac.ui.door import Visit
from cwac.ui.viewer import viewer_of
from tests.ui import plan
from tests.ui.conftest import opened, words

worked_out: list[str] = []


def answer(snapshot: Snapshot, word: str = "") -> str:
    worked_out.append(word)
    return f"{len(snapshot.events)} {word}"


def visit_of(snapshot: Snapshot) -> Visit:
    now = dt.datetime.combine(snapshot.today, dt.time(9), dt.UTC)
    return Visit(COORDINATOR, snapshot, snapshot.today, now, Rules())


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    worked_out.clear()
    for cache in door._OF_ONE_VERSION:
        cache.clear()


def test_an_answer_is_worked_out_once_for_a_version_a_day_and_what_is_given() -> None:
    snapshot = plan.snapshot()
    tomorrow = replace(snapshot, today=snapshot.today + dt.timedelta(days=1))
    edited = replace(snapshot, content_hash="another", events=snapshot.events[:1])
    for _ in range(2):
        assert visit_of(snapshot).derive(answer, "a") == "6 a"
        assert visit_of(snapshot).derive(answer, word="b") == "6 b"
        assert visit_of(tomorrow).derive(answer, "c") == "6 c"
        assert visit_of(edited).derive(answer, "a") == "1 a"
    assert worked_out == ["a", "b", "c", "a"]


def test_a_pages_own_function_is_refused() -> None:
    own = eval("lambda snapshot: 1", {"__name__": "__main__"})
    with pytest.raises(TypeError, match="a page's own"):
        visit_of(plan.snapshot()).derive(own)


def test_what_is_kept_of_an_old_version_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "_shown_versions", {})
    old, modoc = plan.snapshot(), plan.snapshot()
    door._forget_old_versions("Siskiyou", old)
    kept = door._derived(key="key", _work=lambda: replace(old))
    gone = weakref.ref(kept)
    del kept
    door._forget_old_versions("Modoc", modoc)
    door._forget_old_versions("Siskiyou", old)
    gc.collect()
    assert gone() is not None
    door._forget_old_versions("Siskiyou", replace(old, content_hash="another"))
    gc.collect()
    assert gone() is None


def test_nothing_is_read_again_on_a_rerun(
    serve: Callable[[Settings], None], plan_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(Settings(workbook=str(plan_file), public=True))
    page = opened()
    before = counties.current().snapshot

    def never(*_: object) -> None:
        raise AssertionError("read again")

    monkeypatch.setattr("cwac.sheet.reading.read_workbook", never)
    monkeypatch.setattr("cwac.access._for_public", never)
    assert not page.run().exception
    assert counties.current().snapshot is before


# --- how old it is ------------------------------------------------------------------------------------------------


@pytest.fixture
def troubled(serve: Callable[[Settings], None], tmp_path: Path) -> Path:
    """A workbook that was read well and then spoilt."""
    file = plan.save(tmp_path / "planted.xlsx", plan.real_today())
    serve(Settings(workbook=str(file), public=True))
    file.write_bytes(b"spoilt")
    for _ in range(6):
        counties.refresher().look()
    assert counties.current().trouble is not None
    return file


@pytest.mark.usefixtures("troubled")
def test_a_stranger_sees_the_last_good_copy_and_nothing_of_what_ails_the_source() -> None:
    page = opened()
    assert "Weed Starbucks" in words(page)
    assert "As of" in words(page)
    assert "planted" not in words(page)


@pytest.mark.usefixtures("troubled")
def test_whoever_may_know_is_told_what_ails_the_source() -> None:
    told = refresh.as_of_sentence(counties.current(), dt.datetime.now(dt.UTC))
    assert "planted.xlsx" in told


def test_without_sign_in_a_real_sheet_is_open_only_where_it_is_public() -> None:
    assert viewer_of(refresh.Live(), Settings(workbook="x", public=True)) == (PUBLIC, "open")
    assert viewer_of(refresh.Live(), Settings(workbook="x")) == (PUBLIC, "set-up")

"""The session: each answer is computed once per version, day and audience, and freed with its version."""

import datetime as dt
import gc
import threading
import weakref
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cwac.access import COORDINATOR, PUBLIC, Viewer, restrict
from cwac.model import Snapshot
from cwac.refresh import sheets
from cwac.refresh.live import Live
from cwac.settings import Rules, Settings
from cwac.web import cache
from cwac.web.cache import Cache
from cwac.web.session import Session
from cwac.web.viewer import viewer_of
from tests.web import plan, planted
from tests.web.conftest import Serve, closed_to_strangers, frame, opened, words
from tests.web.test_pages import EVERY_VIEW

computed: list[str] = []


def answer(snapshot: Snapshot, word: str = "", _beside: None = None) -> str:
    computed.append(word)
    return f"{len(snapshot.events)} {word}"


def visit_of(snapshot: Snapshot, county: str = "Siskiyou", viewer: Viewer = COORDINATOR) -> Session:
    now = dt.datetime.combine(snapshot.today, dt.time(9), dt.UTC)
    answers = cache.of_version(county, (snapshot.content_hash, snapshot.today), 10)
    return Session(viewer, restrict(snapshot, viewer), snapshot.today, now, Rules(), county=county, cache=answers)


@pytest.fixture(autouse=True)
def empty_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    computed.clear()
    monkeypatch.setattr(cache, "_sheets", {})


def test_an_answer_is_computed_once_per_audience_and_arguments() -> None:
    snapshot = plan.snapshot()
    for _ in range(2):
        assert visit_of(snapshot).ask(answer, "a") == "6 a"
        assert visit_of(snapshot).ask(answer, word="b", _beside=None) == "6 b"
        assert visit_of(snapshot, viewer=PUBLIC).ask(answer, "a") != "6 a"
    assert computed == ["a", "b", "a"]


class Book:
    """The answer of another question, of which each looks the same."""

    def __init__(self, pages: int) -> None:
        self.pages = pages

    def __repr__(self) -> str:
        return "Book()"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Book)

    def __hash__(self) -> int:
        return 0


def pages_of(_: Snapshot, *, _book: Book | None = None, _other: Book | None = None) -> tuple[int, int]:
    return _book.pages if _book else 0, _other.pages if _other else 0


def test_two_values_of_an_argument_never_share_an_answer() -> None:
    visit = visit_of(plan.snapshot())
    thin, thick = Book(1), Book(9)
    asked: list[dict[str, Book | None]] = [
        {"_book": thin}, {"_book": thick}, {"_book": None}, {}, {"_other": thin}, {"_book": thin, "_other": thick},
        {"_book": thick, "_other": thin},
    ]  # fmt: skip
    wanted = [(1, 0), (9, 0), (0, 0), (0, 0), (0, 1), (1, 9), (9, 1)]
    assert [visit.ask(pages_of, **named) for named in asked] == wanted
    assert [visit.ask(pages_of, **named) for named in asked] == wanted


def test_object_whose_place_in_memory_is_taken_shares_no_answer() -> None:
    visit = visit_of(plan.snapshot())
    assert [visit.ask(pages_of, _book=Book(number)) for number in range(8)] == [(number, 0) for number in range(8)]


@pytest.mark.slow
@pytest.mark.parametrize("viewer", ["stranger", "liaison", "coordinator"])
def test_second_look_at_a_view_computes_nothing(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, viewer: str
) -> None:
    settings = closed_to_strangers(planted.save(tmp_path / "plan.xlsx", plan.TODAY), public=True)
    serve(replace(settings, store=f"sqlite:///{tmp_path}/store.sqlite3"))
    get, keys = Cache.get, list[Hashable]()

    def noting(self: Cache, key: Hashable, compute: Callable[[], Any]) -> Any:
        if not self.has(key):
            keys.append(key)
        return get(self, key, compute)

    monkeypatch.setattr(Cache, "get", noting)
    again: list[object] = []
    for page, query in EVERY_VIEW:
        opened(page, viewer, **query)
        before = len(keys)
        opened(page, viewer, **query)
        again += [(page, query, key) for key in keys[before:]]
    assert again == []
    assert len(keys) > 10


def test_versions_days_and_counties_do_not_share_answers() -> None:
    snapshot = plan.snapshot()
    edited = replace(snapshot, content_hash="another", events=snapshot.events[:1])
    tomorrow = replace(snapshot, today=snapshot.today + dt.timedelta(days=1))
    still = visit_of(snapshot)
    assert still.ask(answer) == "6 "
    assert visit_of(edited).ask(answer) == "1 "
    assert visit_of(tomorrow).ask(answer) == "6 "
    assert still.ask(answer) == "6 ", "a page that is still being drawn asks its own version, which answers anew"
    assert visit_of(snapshot, "Modoc").ask(answer) == "6 "
    assert visit_of(tomorrow).ask(answer) == "6 ", "Modoc's versions do not matter here"
    assert len(computed) == 5


def test_function_defined_in_a_page_is_refused() -> None:
    own = eval("lambda snapshot: 1", {"__name__": "__main__"})
    with pytest.raises(TypeError, match="defined in a page"):
        visit_of(plan.snapshot()).ask(own)


@pytest.mark.slow
def test_answers_about_an_old_version_are_freed() -> None:
    old = plan.snapshot()
    gone = weakref.ref(visit_of(old).ask(replace))
    gc.collect()
    assert gone() is not None
    visit_of(replace(old, content_hash="another"))
    gc.collect()
    assert gone() is None


def test_rerun_neither_reads_nor_restricts_the_sheet_again(
    serve: Serve, plan_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(Settings(workbook=str(plan_file), public=True))
    page = opened()
    before = sheets.current().snapshot

    def never(*_: object) -> None:
        raise AssertionError("read again")

    monkeypatch.setattr("cwac.sheet.reader.read_workbook", never)
    monkeypatch.setattr("cwac.access.restrict", never)
    assert not page.run().exception
    assert sheets.current().snapshot is before


def test_public_viewer_sees_the_last_good_copy_but_not_the_source_error(serve: Serve, tmp_path: Path) -> None:
    file = plan.save(tmp_path / "planted.xlsx")
    serve(Settings(workbook=str(file), public=True))
    file.write_bytes(b"spoilt")
    for _ in range(6):
        sheets.poller().look()
    assert sheets.current().trouble is not None
    shown = words(opened())
    assert ("Weed Starbucks" in shown, "Updated " in shown, "planted" in shown) == (True, True, False)


def test_without_sign_in_a_real_sheet_is_open_only_if_public() -> None:
    assert viewer_of(Live(), Settings(workbook="x", public=True)) == (PUBLIC, "open")
    assert viewer_of(Live(), Settings(workbook="x")) == (PUBLIC, "set-up")


def test_sheet_that_cannot_be_read_is_said_once_with_one_step_and_no_tabs(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cwac.web.viewer.is_local", lambda _: True)
    monkeypatch.setattr("cwac.web.session.is_local", lambda _: True)
    serve(Settings(workbook=str(tmp_path / "gone.xlsx"), local=True))
    page = opened()
    shown = words(page)
    assert page.title[0].value == r"The sheet cannot be read\."
    assert shown.count("gone.xlsx is not there") == 1
    assert "run `cwac connect`" in shown
    assert ("pages" in frame(page), frame(page)["updated"]) == (False, "")


def test_settings_file_that_cannot_be_used_is_told_to_coordinators_alone(
    serve: Serve, plan_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(closed_to_strangers(plan_file))
    monkeypatch.setattr(sheets, "access_trouble", lambda: "planted cause")
    told = {who: "planted cause" in words(opened("overview", who)) for who in ("coordinator", "liaison")}
    assert told == {"coordinator": True, "liaison": False}


def test_least_recently_used_answer_is_evicted_first() -> None:
    answers, computed = Cache(2), []
    for key in "abacbab":
        assert answers.get(key, lambda key=key: computed.append(key) or key.upper()) == key.upper()  # type: ignore[misc]
    assert computed == ["a", "b", "c", "b", "a"]


def test_concurrent_callers_of_one_key_compute_it_once_and_block_no_other_key() -> None:
    answers, computed, begun, go_on = Cache(2), [], threading.Event(), threading.Event()

    def compute() -> str:
        computed.append(1)
        begun.set()
        go_on.wait(10)
        return "answer"

    with ThreadPoolExecutor(3) as pool:
        received = [pool.submit(answers.get, "key", compute) for _ in range(3)]
        begun.wait(10)
        assert answers.get("another", lambda: 2) == 2
        go_on.set()
    assert ([answer.result() for answer in received], computed) == (["answer"] * 3, [1])


def test_has_tells_whether_an_answer_is_ready_and_an_error_is_not_cached() -> None:
    answers = Cache(1)
    assert not answers.has("key")
    answers.get("key", lambda: answers.has("key") and pytest.fail("an answer being computed is not ready"))
    assert answers.has("key")
    with pytest.raises(ZeroDivisionError):
        answers.get("another", lambda: 1 / 0)
    assert answers.get("another", lambda: None) is None
    assert answers.get("another", lambda: 1 / 0) is None
    assert not answers.has("key")


def test_one_answer_may_ask_for_another() -> None:
    answers = Cache(1)
    assert answers.get("outer", lambda: answers.get("inner", lambda: 1) + 1) == 2


def test_a_new_version_starts_an_empty_cache_and_other_sheets_keep_theirs() -> None:
    modoc, first = cache.of_version("Modoc", 1, 5), cache.of_version("Siskiyou", 1, 5)
    for answers in (modoc, first):
        answers.get("key", lambda: "old")
    assert cache.of_version("Siskiyou", 1, 5) is first
    assert cache.of_version("Siskiyou", 2, 5).get("key", lambda: "new") == "new"
    assert not first.has("key"), "open pages hold it, and would keep large answers in memory"
    assert cache.of_version("Modoc", 1, 5) is modoc
    assert modoc.has("key")


def test_cache_of_a_coming_version_is_filled_before_that_version_is_shown() -> None:
    shown = cache.of_version("Siskiyou", 1, 5)
    shown.get("key", lambda: "old")
    coming = cache.of_version("Siskiyou", 2, 5, coming=True)
    assert coming.get("key", lambda: "new") == "new"
    assert cache.of_version("Siskiyou", 2, 5, coming=True) is coming
    assert shown.has("key"), "pages still show this version"
    assert cache.of_version("Siskiyou", 1, 5) is shown
    assert cache.of_version("Siskiyou", 2, 5) is coming
    assert not shown.has("key")
    assert cache.of_version("Siskiyou", 2, 5, coming=True) is coming


def test_a_coming_version_that_another_overtakes_is_forgotten() -> None:
    cache.of_version("Siskiyou", 1, 5)
    coming = cache.of_version("Siskiyou", 2, 5, coming=True)
    coming.get("key", lambda: "of version 2")
    assert not cache.of_version("Siskiyou", 3, 5).has("key")
    assert cache.of_version("Siskiyou", 2, 5) is not coming

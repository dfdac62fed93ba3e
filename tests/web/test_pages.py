"""Every page, found by glob: for each kind of viewer, on the sample, a plan, an empty and a broken workbook."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from cwac import access
from cwac.settings import Settings
from tests.web import plan
from tests.web.conftest import FRAME, PAGES, ROOT, alone, closed_to_strangers, opened, sent, words

Serve = Callable[[Settings], None]

VIEWS: dict[str, list[dict[str, str]]] = {
    "overview": [{}],
    "calendar": [{}, {"view": "week"}, {"view": "day"}, {"view": "agenda"}, {"event": "SHARED"}, {"event": "GONE"}],
    "staffing": [
        {},
        {"show": "People"},
        {"show": "People", "agency": "SCSO"},
        {"show": "People", "of": "Fair share"},
        {"show": "People", "of": "Rest and emergencies"},
        {"show": "Clashes", "about": "Everything"},
        {"show": "Who could go", "cannot": "true"},
        {"show": "Plan"},
    ],
    "attendance": [
        *[{}, {"by": "Each event"}, {"by": "Town"}, {"by": "Lead agency"}, {"by": "Towns side by side"}],
        *({"show": section} for section in ("Compare", "Worth it?", "What to expect", "Reach", "After the event")),
    ],
    "follow_ups": [{}, {"show": "Closed"}, {"show": "Age and owner"}, {"show": "Town"}, {"show": "Agency"}],
    "changes": [{}, {"since": "A date"}, {"since": "A version"}],
    "sheet_health": [{}],
    "reports": [{}, {"agency": "SCSO"}],
}
EVERY_VIEW = [(page, query) for page, views in VIEWS.items() for query in views]
VIEWERS = {"liaison": "liaison", "coordinator": "coordinator", "stranger": "public", "not listed": "public"}


def test_every_page_is_in_the_navigation_and_checks_access() -> None:
    frame = Path(FRAME).read_text(encoding="utf-8")
    assert PAGES == sorted(VIEWS) == sorted(access.PAGES)
    assert [page for page in PAGES if f'"{page}": (' not in frame] == []
    assert [page for page in PAGES if f'enter("{page}")' not in (ROOT / f"pages/{page}.py").read_text()] == []


# --- each page opens ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("page", "query"), EVERY_VIEW)
@pytest.mark.parametrize("viewer", ["coordinator", "liaison SCSO", "public"])
def test_sample_opens_for_each_kind_of_viewer(serve: Serve, page: str, query: dict[str, str], viewer: str) -> None:
    serve(Settings())
    shown = opened(page, **query, **{"as": viewer})
    assert not shown.exception
    assert not shown.error
    open_to = access.may_open(access.Viewer(viewer.split()[0]), page)  # type: ignore[arg-type]
    assert ("SAMPLE" in words(shown)) == open_to
    assert ("This page is not open to you" in words(shown)) != open_to


@pytest.mark.parametrize(("page", "query"), EVERY_VIEW)
@pytest.mark.parametrize("viewer", VIEWERS)
def test_empty_workbook_says_what_would_fill_each_page(
    serve: Serve, tmp_path: Path, page: str, query: dict[str, str], viewer: str
) -> None:
    headers = {name: rows[:1] for name, rows in plan.tabs().items()}
    serve(closed_to_strangers(plan.save(tmp_path / "empty.xlsx", **headers), public=True))
    shown = opened(page, viewer, **query)
    assert not shown.exception
    assert not shown.error
    if access.may_open(access.Viewer(VIEWERS[viewer]), page) and page != "sheet_health":  # type: ignore[arg-type]
        assert shown.info


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("viewer", VIEWERS)
def test_broken_workbook_shows_one_error_message(serve: Serve, tmp_path: Path, page: str, viewer: str) -> None:
    broken = tmp_path / "planted.xlsx"
    broken.write_bytes(b"this is no workbook")
    serve(closed_to_strangers(broken, public=True))
    shown = opened(page, viewer)
    assert not shown.exception
    assert not shown.get("table")
    if access.may_open(access.Viewer(VIEWERS[viewer]), page):  # type: ignore[arg-type]
        assert len(shown.error) == 1
        # Public viewers are not told where the sheet is.
        assert (b"planted" in sent(shown)) == (VIEWERS[viewer] != "public")


# --- no private data leaks ------------------------------------------------------------------------------------------


def everything(viewer: str) -> bytes:
    """All bytes that the pages send in every view, whether the navigation lists them or not."""
    data = b""
    for page, query in EVERY_VIEW:
        shown = opened(page, viewer, **query)
        assert not shown.exception, (page, query)
        data += sent(shown)
    return data.lower()


@pytest.mark.slow
@pytest.mark.parametrize("viewer", ["stranger", "not listed"])
def test_public_viewer_is_sent_no_private_value(serve: Serve, plan_file: Path, viewer: str) -> None:
    serve(closed_to_strangers(plan_file, public=True))
    data = everything(viewer)
    assert b"weed starbucks" in data
    assert data.count(b"planted") == 0


@pytest.mark.slow
def test_planted_values_are_found_in_a_coordinators_pages(serve: Serve, plan_file: Path) -> None:
    serve(closed_to_strangers(plan_file, public=True))
    data = everything("coordinator")
    # An agency's contacts, a note and a summary are on no page yet.
    for value in (b"plantedsample", b"planteddemo", b"plantedtrial", b"plantedexample", b"planted\\-date",
                  b"planted\\-stranger", b"abc planted\\-count"):  # fmt: skip
        assert value in data, value


@pytest.mark.slow
def test_liaison_is_sent_no_name_from_other_agencies_events(serve: Serve, plan_file: Path) -> None:
    serve(closed_to_strangers(plan_file))
    data = everything("liaison")
    assert b"plantedsample" in data  # WPD's own, and of CHP-MS on the shared event
    assert b"plantedexample" in data
    assert data.count(b"planteddemo") == data.count(b"plantedtrial") == 0


@pytest.mark.slow
@pytest.mark.parametrize("viewer", ["stranger", "not listed"])
def test_public_viewer_of_a_closed_dashboard_is_sent_nothing(serve: Serve, plan_file: Path, viewer: str) -> None:
    serve(closed_to_strangers(plan_file))
    data = everything(viewer)
    for word in (b"planted", b"weed", b"yreka", b"chp-ms", b"scso", b"free parking", b"as of"):
        assert word not in data, word


@pytest.mark.parametrize("page", PAGES)
def test_page_run_without_the_frame_shows_nothing(serve: Serve, plan_file: Path, page: str) -> None:
    serve(closed_to_strangers(plan_file))
    data = sent(alone(page, "stranger")).lower()
    assert b"sign in" in data
    assert b"weed" not in data


@pytest.mark.parametrize("viewer", ["liaison", "coordinator"])
def test_every_cell_was_understood_is_shown_only_to_coordinators(serve: Serve, tmp_path: Path, viewer: str) -> None:
    headers = {name: rows[:1] for name, rows in plan.tabs().items()}
    serve(closed_to_strangers(plan.save(tmp_path / "empty.xlsx", **headers)))
    text = words(opened("sheet_health", viewer))
    assert ("every cell was understood" in text) == (viewer == "coordinator")
    assert ("is shown to them and to coordinators" in text) == (viewer == "liaison")


@pytest.mark.parametrize("page", ["staffing", "sheet_health", "follow_ups", "reports"])
def test_page_closed_to_public_viewers_says_so(serve: Serve, plan_file: Path, page: str) -> None:
    serve(closed_to_strangers(plan_file, public=True))
    assert "This page is not open to you" in words(alone(page, "stranger"))


# --- a real sheet without access settings ---------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("local", [False, True])
def test_without_sign_in_only_setup_instructions_are_shown(
    serve: Serve, plan_file: Path, page: str, local: bool
) -> None:
    # There is no browser at localhost here, so `local` does not apply either.
    serve(Settings(workbook=str(plan_file), local=local))
    shown = opened("overview")
    assert "A sheet is configured, but not who may see it" in words(shown)
    assert b"weed" not in sent(shown).lower()
    bare = alone(page)
    assert "A sheet is configured, but not who may see it" in words(bare)
    assert b"weed" not in sent(bare).lower()


def test_claims_without_sign_in_are_ignored(serve: Serve, plan_file: Path) -> None:
    serve(closed_to_strangers(plan_file))
    frame = AppTest.from_file(FRAME, default_timeout=20)
    frame.user = {"email": "boss@county.example.gov", "email_verified": True}  # type: ignore[assignment]
    assert "Sign in with the address of your agency" in words(frame.run())


def test_invalid_settings_never_show_the_sample(serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit/secrets.toml").write_text("[cwac]\nrefresh_seconds = 'soon'\n")
    monkeypatch.chdir(tmp_path)
    serve(None)  # type: ignore[arg-type]
    shown = opened("overview")
    assert "SAMPLE" not in words(shown)
    assert "The settings cannot be used" in words(shown)

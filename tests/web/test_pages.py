"""Every page, found by glob: for each kind of viewer, on the sample, a plan, an empty and a broken workbook."""

import re
from pathlib import Path

import pytest
from streamlit import user_info
from streamlit.testing.v1 import AppTest

from cwac import access
from cwac.settings import Settings
from tests.test_words import old_words
from tests.web.conftest import (
    FRAME,
    PAGES,
    ROOT,
    Serve,
    alone,
    closed_to_strangers,
    opened,
    sent,
    with_components,
    words,
)
from tests.web.screen_text import FOLDER, drawn, screen, screens

VIEWS: dict[str, list[dict[str, str]]] = {
    "overview": [{}],
    "calendar": [{}, {"view": "week"}, {"view": "day"}, {"view": "agenda"}, {"event": "SHARED"}, {"event": "GONE"}],
    "my_shifts": [{}, {"officer": "A. Plantedsample, WPD (OF-01)"}, {"officer": "A. Sample, WPD (OF-01)"}],
    "staffing": [
        {},
        {"show": "People"},
        {"show": "People", "agency": "SCSO"},
        {"show": "People", "of": "Rest and emergencies"},
        {"show": "Fairness"},
        {"show": "Clashes", "about": "Everything"},
        {"show": "Who could go", "cannot": "true"},
        {"show": "Plan"},
    ],
    "attendance": [
        *[{}, {"by": "Each event"}, {"by": "Town"}, {"by": "Lead agency"}, {"by": "Towns side by side"}],
        *({"show": section} for section in ("Compare", "Worth it?", "What to expect", "Reach", "After the event")),
        {"show": "Compare", "preset": "Any two periods"},
    ],
    "follow_ups": [{}, {"show": "Closed"}, {"show": "Age and owner"}, {"show": "Town"}, {"show": "Agency"}],
    "changes": [{}, {"since": "A date"}, {"since": "A version"}],
    "sheet_health": [{}],
    "reports": [
        *[{}, {"agency": "SCSO"}, {"for": "ots-quarter"}, {"for": "nno"}, {"for": "agency"}],
        {"for": "agency", "agency": "SCSO", "preview": "true"},
    ],
}
EVERY_VIEW = [(page, query) for page, views in VIEWS.items() for query in views]
VIEWERS = {"liaison": "liaison", "coordinator": "coordinator", "stranger": "public", "not listed": "public"}


def test_every_page_is_in_the_navigation_and_checks_access() -> None:
    frame = Path(FRAME).read_text(encoding="utf-8")
    assert PAGES == sorted(VIEWS) == sorted(access.PAGES)
    assert [page for page in PAGES if f'"{page}": (' not in frame] == []
    assert [page for page in PAGES if f'enter("{page}")' not in (ROOT / f"pages/{page}.py").read_text()] == []


TARGETS = re.compile(r' -> [^\]]*|[\w-]*": "[a-z-]+"|https?://\S+| = .*')


@pytest.mark.slow
@pytest.mark.parametrize("viewer", ["coordinator", "liaison SCSO", "public"])
def test_sample_opens_in_plain_american_for_each_kind_of_viewer(serve: Serve, viewer: str) -> None:
    serve(Settings())
    wrong: list[object] = []
    for page, query in EVERY_VIEW if viewer == "coordinator" else [(page, {}) for page in PAGES]:
        shown = opened(page, **query, **{"as": viewer})
        open_to = access.may_open(access.Viewer(viewer.split()[0]), page)  # type: ignore[arg-type]
        said = words(shown)
        found = (bool(shown.exception), bool(shown.error), "SAMPLE" in said, "This page is not open to you" in said)
        if found != (False, False, open_to, not open_to):
            wrong.append((page, query, found))
        lines = {TARGETS.sub("", line) for line in screen(shown).splitlines()}
        wrong += [(page, query, line, old) for line in lines if (old := old_words(line))]
    assert wrong == []


def test_what_is_written_down_of_pages_is_plain_american() -> None:
    lines = {line for file in FOLDER.glob("*.txt") for line in file.read_text("utf-8").splitlines()}
    shown = {line: TARGETS.sub("", line) for line in lines if not line.startswith("=== ")}
    assert [(line, old) for line, text in sorted(shown.items()) if (old := old_words(text))] == []


@pytest.mark.parametrize("viewer", VIEWERS)
def test_broken_workbook_shows_one_error_message(serve: Serve, tmp_path: Path, viewer: str) -> None:
    broken = tmp_path / "planted.xlsx"
    broken.write_bytes(b"this is no workbook")
    serve(closed_to_strangers(broken, public=True))
    wrong: list[object] = []
    for page in PAGES:
        shown = opened(page, viewer)
        open_to = access.may_open(access.Viewer(VIEWERS[viewer]), page)  # type: ignore[arg-type]
        found = bool(shown.exception), bool(shown.get("table")), len(shown.error), b"planted" in sent(shown)
        tells = VIEWERS[viewer] != "public"  # where the sheet is
        if found != (False, False, 1, tells) and (open_to or found[:2] != (False, False)):
            wrong.append((page, found))
    assert wrong == []


def test_page_run_without_the_frame_shows_nothing(serve: Serve, plan_file: Path) -> None:
    serve(closed_to_strangers(plan_file))
    data = {page: sent(alone(page, "stranger")).lower() for page in PAGES}
    assert [page for page in PAGES if b"sign in" not in data[page]] == []
    assert [page for page in PAGES if b"weed" in data[page]] == []


@pytest.mark.parametrize("local", [False, True])
def test_without_sign_in_only_setup_instructions_are_shown(serve: Serve, plan_file: Path, local: bool) -> None:
    # There is no browser at localhost here, so `local` does not apply either.
    serve(Settings(workbook=str(plan_file), local=local))
    shown = {"overview in the layout": opened("overview"), **{page: alone(page) for page in PAGES}}
    instructions = "A sheet is set up, but nobody may see it yet"
    assert [page for page in shown if instructions not in words(shown[page])] == []
    assert [page for page in shown if b"weed" in sent(shown[page]).lower()] == []


def test_claims_without_sign_in_are_ignored(serve: Serve, plan_file: Path) -> None:
    serve(closed_to_strangers(plan_file))
    frame = with_components(AppTest.from_file(FRAME, default_timeout=20))
    frame.user = {"email": "boss@county.example.gov", "email_verified": True}  # type: ignore[assignment]
    assert "Sign in with the address of your agency" in words(frame.run())


def test_invalid_settings_never_show_the_sample(serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit/secrets.toml").write_text("[cwac]\nrefresh_seconds = 'soon'\n")
    monkeypatch.chdir(tmp_path)
    serve(None)  # type: ignore[arg-type]
    shown = opened("overview")
    assert "SAMPLE" not in words(shown)
    assert shown.title[0].value == r"The settings cannot be used\."
    assert "nobody may see it yet" not in words(shown)
    assert "soon" not in words(shown), "a stranger learns nothing of the settings"


def test_pages_without_sign_in_do_not_look_for_a_secrets_file(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    serve(Settings())
    page = opened("overview")

    def looked() -> None:
        raise AssertionError

    monkeypatch.setattr(user_info, "get_secrets_auth_section", looked)
    assert not page.run().exception


@pytest.mark.slow
@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.txt")), ids=lambda file: file.stem)
def test_page_shows_what_is_written_down(file: Path) -> None:
    """After a change that is meant to show, `python -m tests.web.screen_text` writes it anew: read what differs."""
    written = screens(file.read_text(encoding="utf-8"))
    assert drawn(file.stem, list(written)) == written

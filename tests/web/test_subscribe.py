"""Private calendar links: the limit per person, and the message beyond it."""

import re
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from cwac.clock import read_clock
from cwac.refresh import sheets
from cwac.settings import Settings
from cwac.storage.store import Store
from cwac.web import feeds
from cwac.web.calendar.filters import SUBSCRIBE
from cwac.web.sections.subscribe import MOST_LINKS
from tests.cases import each
from tests.web.conftest import CLAIMS, Serve, closed_to_strangers, opened, words

TOO_MANY = "as many as one person may have. Turn off one"


@pytest.fixture
def store(serve: Serve, plan_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """The store of a plan that a local coordinator views."""
    monkeypatch.setattr("cwac.web.viewer.is_local", lambda _: True)
    serve(Settings(workbook=str(plan_file), local=True, store=f"sqlite:///{tmp_path}/store.sqlite3"))
    kept = sheets.store()
    assert kept is not None
    return kept


def pressed(label: str) -> AppTest:
    page = opened("reports" if label == "Make a token" else "calendar")
    page.session_state[SUBSCRIBE] = True
    return press(page.run(), label)


def press(page: AppTest, label: str) -> AppTest:
    """Press the first button of that label."""
    return next(button for button in page.button if button.label == label).click().run()


def test_link_beyond_the_limit_is_refused_with_advice(store: Store) -> None:
    for _ in range(MOST_LINKS - 1):
        store.create_token("agency:WPD", feeds.LOCAL, read_clock(), None)
    page = pressed("Make a private link")
    assert TOO_MANY not in words(page)
    assert "This link is shown only now" in "\n".join(button.value for button in page.success)
    assert len(store.tokens()) == MOST_LINKS
    page = pressed("Make a private link")
    advice = f"{TOO_MANY} that nobody uses any more, under Subscribe, and try again."
    assert f"You have {MOST_LINKS} private links, {advice}" in words(page)
    assert len(page.success) == 0
    assert len(store.tokens()) == MOST_LINKS
    page = press(press(page, "Turn off"), "Make a private link")
    assert TOO_MANY not in words(page)
    assert len(page.success) == 1


@pytest.mark.slow
def test_coordinator_makes_a_token_for_another_program(store: Store) -> None:
    page = pressed("Make a token")
    (token,) = store.tokens()
    assert token.scope == "api:public"
    now = read_clock()
    shown = [code.value for code in page.code if store.find_token(code.value, now) is not None]
    assert len(shown) == 1
    listed = r"API, public, until \w+, \w+ \d+, \d{4}, made \w+, \w+ \d+(, \d{4})?, \d+:\d\d [AP]M"
    assert re.search(listed, words(page))
    assert "API, public" not in words(pressed("Make a private link")), "the calendar lists no token of a program"
    press(page, "Turn off")
    assert store.find_token(shown[0], now) is None


def test_liaison_may_make_no_token(serve: Serve, plan_file: Path) -> None:
    serve(closed_to_strangers(plan_file))
    for viewer, may in (("liaison", False), ("coordinator", True)):
        assert ("Make a token" in {button.label for button in opened("reports", viewer).button}) == may


def test_person_who_coordinates_no_more_finds_their_tokens_under_subscribe(
    serve: Serve, plan_file: Path, tmp_path: Path
) -> None:
    serve(replace(closed_to_strangers(plan_file), store=f"sqlite:///{tmp_path}/store.sqlite3"))
    kept = sheets.store()
    assert kept is not None
    kept.create_token("api:public", str(CLAIMS["liaison"]["email"]), read_clock(), None)
    page = opened("calendar", "liaison")
    page.session_state[SUBSCRIBE] = True
    assert "API, public" in words(page.run())


def test_chosen_reminders_are_in_every_link_of_the_menu(store: Store) -> None:
    page = pressed("Make a private link")
    pills = next(group for group in page.get("button_group") if group.label == "Remind me of each event")
    assert "remind=" not in links(page)
    page = pills.set_value(["2h", "1d"]).run()
    private = next(token for token in store.tokens())
    assert private.scope.startswith("agency:")  # reminders are in the link only
    assert links(page).count("remind=1d,2h") == links(page).count("webcal://") > 0


def links(page: AppTest) -> str:
    """The addresses of the buttons that open a calendar program."""
    return "\n".join(element.proto.url for element in page.get("link_button") if "webcal://" in element.proto.url)


@pytest.mark.usefixtures("store")
@each(("label", "container"), [("Make a private link", "success"), ("Make a token", "code")])
def test_made_link_is_shown_in_its_county_only(label: str, container: str) -> None:
    page = pressed(label)
    assert len(getattr(page, container)) == 1
    key = "_private-feed" if container == "success" else "_api-token"
    page.session_state[key] = ("Modoc", *page.session_state[key][1:])
    assert len(getattr(page.run(), container)) == 0


def test_everybody_who_opens_the_sample_sees_only_its_own_links(serve: Serve, tmp_path: Path) -> None:
    """A county may try the sample over its own store; whoever opens the sample counts as its coordinator."""
    address = f"sqlite:///{tmp_path}/store.sqlite3"
    with closing(Store.open(address)) as kept:
        kept.create_token("agency:WPD", "boss@county.example.gov", read_clock(), None)
    serve(Settings(store=address))
    page = pressed("Make a private link")
    assert len([button for button in page.button if button.label == "Turn off"]) == 1
    assert "boss@county" not in str(page.main)

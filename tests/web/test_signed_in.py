"""Which cookies of sign-in the server accepts."""

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState

from cwac.clock import read_clock
from cwac.storage.store import Store
from tests.cases import each
from tests.web import plan
from tests.web.served import Seen, Served, connected, get, until
from tests.web.signed_in import PEOPLE, audited, cookie, serving_with_sign_in, session_as, session_with

pytestmark = pytest.mark.slow

BOSS = PEOPLE["coordinator"]


@pytest.fixture(scope="module")
def served(plan_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving_with_sign_in(tmp_path_factory.mktemp("auth"), plan_file) as running:
        yield running


def looked_in(served: Served, value: str | None) -> Seen:
    with session_with(served, value) as visitor:
        return visitor.open("calendar", "event=SHERIFFS")


def shut(seen: Seen) -> bool:
    return seen.holds("Sign in") and not seen.holds("Weed")


def test_cookie_signed_by_the_server_is_accepted(served: Served) -> None:
    """Otherwise the tests below would prove nothing."""
    assert looked_in(served, cookie(served, BOSS)).holds("B. Planteddemo")


def test_a_sign_in_of_eight_days_ago_has_expired(served: Served) -> None:
    seen = looked_in(served, cookie(served, BOSS, ago=8 * 86_400))
    assert shut(seen)
    assert seen.holds("It is more than 7 days since you signed in")


FORGERIES: dict[str, Callable[[Served], str | None]] = {
    "none at all": lambda _: None,
    "of last month": lambda served: cookie(served, dict(BOSS) | {"iat": read_clock().timestamp()}, ago=32 * 86_400),
    "signed by somebody else": lambda served: cookie(served, BOSS, secret="somebody-elses-0123456789abcdef0123"),
    "of another site": lambda served: cookie(served, dict(BOSS) | {"origin": "http://evil.example"}),
    "torn": lambda served: cookie(served, BOSS)[:-3],
    "not signed": lambda served: json.dumps({"is_logged_in": True, "origin": served.url, **BOSS}),
    "not signed in": lambda served: cookie(served, dict(BOSS) | {"is_logged_in": False}),
    "without a time": lambda served: cookie(served, dict(BOSS) | {"iat": None}),
}


@each("how", FORGERIES)
def test_a_forged_cookie_is_no_cookie(served: Served, how: str) -> None:
    assert shut(looked_in(served, FORGERIES[how](served)))


def test_without_streamlits_token_a_cookie_from_another_page_does_not_count(served: Served) -> None:
    with connected(served.port, cookie=f"_streamlit_user={cookie(served, BOSS)}") as visitor:
        assert shut(visitor.open("staffing"))


@each(
    ("path", "said"),
    [
        ("oauth2callback?error=access_denied", "You were not signed in"),
        ("oauth2callback?code=stolen&state=made-up", "Signing in did not work"),
        ("", "The sign-in service does not answer"),
    ],
)
def test_failed_sign_in_signs_nobody_in_and_its_reason_is_on_the_page(served: Served, path: str, said: str) -> None:
    if not path:  # where the button of the page leads
        with session_with(served, None) as visitor:
            (button,) = [item.button for item in visitor.open().elements if item.button.label == "Sign in"]
            pressed = visitor.act([WidgetState(id=button.id, trigger_value=True)])
        (path,) = [item.auth_redirect.url.lstrip("/") for item in pressed.messages if item.HasField("auth_redirect")]
    answer = get(f"{served.url}/{path}", headers={"Referer": f"{served.url}/staffing?show=Clashes"})
    cookies = dict(header.partition(";")[0].split("=", 1) for header in answer.headers.get_list("set-cookie"))
    assert (answer.status_code, cookies.get("_streamlit_user", '""')) == (302, '""')
    with connected(served.port, cookie=f"cwac_sign_in={cookies['cwac_sign_in']}") as visitor:
        seen = visitor.open("staffing")
    assert seen.holds(said)
    assert shut(seen)


WPD, CHP = "one@wpd.example.gov", "liaison@planted.example.gov"


class Running:
    """The dashboard with sign-in, over a settings file that the test may change."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.secrets = served.log.parent / ".streamlit" / "secrets.toml"
        self.before = self.secrets.read_text()
        self._saved = 1_700_000_000

    def save(self, text: str) -> None:
        self.secrets.write_text(text)
        self._saved += 10
        os.utime(self.secrets, (self._saved, self._saved))  # an editor was done with it long ago

    def remove_wpd(self) -> None:
        self.save(self.before.replace('"@wpd.example.gov", ', ""))

    def token(self, maker: str, scope: str) -> str:
        with closing(Store(f"sqlite:///{self.served.log.parent}/store.sqlite3")) as store:
            return store.create_token(scope, maker, read_clock())

    def feed(self, token: str) -> int:
        return get(f"{self.served.url}/feed/{token}.ics").status_code

    def audited(self) -> list[tuple[str, str]]:
        return audited(self.served)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    with serving_with_sign_in(tmp_path, plan.save(tmp_path / "plan.xlsx"), CWAC_REFRESH_SECONDS="10") as served:
        yield Running(served)


def test_who_is_removed_sees_nothing_more_and_loses_every_link(running: Running) -> None:
    with session_as(running.served, "wpd") as page, session_as(running.served, "coordinator") as boss:
        shown = page.open("staffing")
        assert shown.holds("Weed Starbucks")
        file = next(item.download_button for item in shown.elements if item.HasField("download_button"))
        token, other = running.token(WPD, "agency:WPD"), running.token(CHP, "agency:CHP-MS")
        assert (running.feed(token), running.feed(other)) == (200, 200)

        running.remove_wpd()
        with pytest.raises(AssertionError):
            page.deferred(file.deferred_file_id)
        assert (running.feed(token), running.feed(other)) == (404, 200)
        later = page.open("staffing")
        assert later.holds("but not on the list")
        assert not later.holds("Weed")
        assert b"planted" not in later.data
        assert boss.open("staffing").holds("Weed Starbucks"), "nobody else is put out"
        until(lambda: ("the settings: no longer in [access]", "revoked feed token 1") in running.audited())

        running.save(running.before)
        assert page.open("staffing").holds("Weed Starbucks")
        assert (running.feed(token), running.feed(other)) == (404, 200), "the link is gone for good"
    assert (WPD, "was refused staffing: not-listed") in running.audited()
    assert (WPD, f"was refused {file.label}") not in running.audited()
    assert any(person == WPD and re.search(r"refused.*\(\.csv\)$", action) for person, action in running.audited())


def test_an_open_page_of_who_was_removed_is_drawn_again_by_itself(running: Running) -> None:
    """The line about the data's age runs every few seconds, whether or not anybody clicks."""
    with session_as(running.served, "wpd") as page:
        shown = page.open("staffing")
        (line,) = {item.auto_rerun.fragment_id for item in shown.messages if item.HasField("auto_rerun")}
        assert page.fragment(line).messages, "as long as nothing has changed, only the line"
        running.remove_wpd()
        came = page.fragment(line).data
        while b"but not on the list" not in came:
            data = page._websocket.recv(timeout=30)
            assert isinstance(data, bytes)
            came += data
    assert b"Weed" not in came


UNUSUAL, UNVERIFIED = "but your address cannot be used", "does not say that this address is yours"


@each(
    ("typed", "reason", "entry", "person"),
    [
        ("bo\u00df@county.example.gov", UNUSUAL, "unusual-address", "bo\\xdf@county.example.gov"),
        ("boss@county.example.gov", UNVERIFIED, "unverified", "boss@county.example.gov"),
        (
            "boss@county.example.gov\n<b>\x1b[31m\u202e",
            UNUSUAL,
            "unusual-address",
            "boss@county.example.gov\\n<b>\\x1b[31m\\u202e",
        ),
    ],
)
def test_unusable_address_is_refused_with_a_reason_and_audited(
    running: Running, typed: str, reason: str, entry: str, person: str
) -> None:
    claims = {"email": typed, "email_verified": reason != UNVERIFIED}
    with session_with(running.served, cookie(running.served, claims)) as page:
        seen = page.open()
    assert seen.holds(reason)
    assert not seen.holds("Weed")
    noted = (f"{person} (as claimed, not verified)", f"was refused overview: {entry}")
    until(lambda: noted in running.audited())
    assert "boss@county.example.gov" not in {person for person, _ in running.audited()}, "the coordinator did nothing"


def test_what_strangers_are_refused_is_noted_once_an_hour(running: Running) -> None:
    for _ in range(3):
        with session_with(running.served, None) as page:
            assert page.open("staffing").holds("Sign in with the address")
    get(f"{running.served.url}/feed/guess.ics")
    until(lambda: len(running.audited()) >= 2)
    stranger = "somebody (not signed in)"
    assert [action for person, action in running.audited() if person == stranger] == ["was refused staffing: sign-in"]

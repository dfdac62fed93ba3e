"""Which cookies of sign-in the server accepts."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cwac.clock import read_clock
from tests.web.served import Seen, Served, connected
from tests.web.signed_in import PEOPLE, cookie, serving_with_sign_in, session_with

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


@pytest.mark.parametrize("how", FORGERIES)
def test_a_forged_cookie_is_no_cookie(served: Served, how: str) -> None:
    assert shut(looked_in(served, FORGERIES[how](served)))


def test_without_streamlits_token_a_cookie_from_another_page_does_not_count(served: Served) -> None:
    with connected(served.port, cookie=f"_streamlit_user={cookie(served, BOSS)}") as visitor:
        assert shut(visitor.open("staffing"))

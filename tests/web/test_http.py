"""The running server, asked in ways that no browser of ours would."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.exceptions import InvalidStatus

from cwac.web.limits import BURST
from tests.cases import each
from tests.web.served import Served, get, serving, session, until
from tests.web.signed_in import PEOPLE, audited, cookie, serving_with_sign_in, session_as

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def served(plan_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving_with_sign_in(tmp_path_factory.mktemp("http"), plan_file, access="public = true\n") as running:
        yield running


def audited_by(served: Served, person: str, what: str) -> list[str]:
    """The actions of that person, once one contains `what`: the server writes them in order, a little later."""
    until(lambda: any(name == person and what in action for name, action in audited(served)))
    return [action for name, action in audited(served) if name == person]


def test_requests_are_bounded(served: Served) -> None:
    assert get(f"{served.url}/?{'x' * 9000}").status_code == 414
    assert get(f"{served.url}/", headers={"X": "x" * 40_000}).status_code == 431


def test_feeds_go_at_a_pace(served: Served) -> None:
    headers = {"X-Forwarded-For": "203.0.113.77"}  # a proxy on this machine is trusted
    with httpx.Client(headers=headers) as client:
        answers = [client.get(f"{served.url}/feed/guess{number}.ics") for number in range(BURST + 30)]
    statuses = [answer.status_code for answer in answers]
    assert statuses[:BURST] == [404] * BURST
    assert set(statuses[BURST:]) <= {404, 429}
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert 1 <= int(refused.headers["retry-after"]) <= 2
    assert get(f"{served.url}/calendar.ics").status_code == 200


def test_cookies_set_over_tls_are_secure(served: Served) -> None:
    plain = get(f"{served.url}/_stcore/host-config")
    over = get(f"{served.url}/_stcore/host-config", headers={"X-Forwarded-Proto": "https"})
    assert "strict-transport-security" not in plain.headers
    assert over.headers["strict-transport-security"] == "max-age=31536000"
    callback = f"{served.url}/oauth2callback?error=access_denied"
    cookies = get(callback, headers={"X-Forwarded-Proto": "https"}).headers.get_list("set-cookie")
    assert cookies
    assert all(cookie_header.endswith("; Secure") for cookie_header in cookies)
    assert not any("Secure" in cookie_header for cookie_header in get(callback).headers.get_list("set-cookie"))


def test_download_is_not_stored_by_the_browser_and_is_audited(served: Served) -> None:
    with session_as(served, "coordinator") as visitor:
        buttons = [element.download_button for element in visitor.open("reports").elements]
        button = next(button for button in buttons if button.label == "Staffing")
        address = visitor.deferred(button.deferred_file_id)
    answer = get(f"{served.url}{address}")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    maker, what = "boss@county.example.gov", "downloaded Staffing (.csv)"
    assert what in audited_by(served, maker, what)


def test_a_session_cannot_ask_for_another_sessions_file(served: Served) -> None:
    with session_as(served, "coordinator") as theirs, session_as(served, "stranger") as mine:
        theirs.open("reports")
        mine.open()
        mine._id = theirs._id
        with pytest.raises(AssertionError, match="Invalid session ID"):
            mine.deferred("x")


@each(
    ("headers", "may"),
    [
        *(({"Sec_Fetch_Site": site}, False) for site in ("cross-site", "same-site", "none", "")),
        *(({"Referer": f"http://{address}"}, False) for address in ("evil.example/", "localhost:1/", "[")),
        *(({"Referer": address}, False) for address in ("US.evil.example/", "http://evil.example/?US/")),
        ({"Sec_Fetch_Site": "cross-site", "Referer": "US/"}, False),
        ({}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "http://evil.example", "Referer": "US/"}, False),
        ({"Sec_Fetch_Site": "same-origin"}, True),
        ({"Referer": "US/staffing"}, True),
        ({"Origin": "US", "Referer": "US/"}, True),
    ],
)
def test_a_page_of_this_site_can_sign_out_and_another_site_signs_nobody_out(
    served: Served, headers: dict[str, str], may: bool
) -> None:
    sent = {name.replace("_", "-"): value.replace("US", served.url) for name, value in headers.items()}
    sent["Cookie"] = f"_streamlit_user={cookie(served, PEOPLE['wpd'])}"
    answer = get(f"{served.url}/auth/logout", headers=sent)
    removed = [cookie for cookie in answer.headers.get_list("set-cookie") if cookie.startswith('_streamlit_user="";')]
    assert (answer.status_code, len(removed)) == ((302, 1) if may else (403, 0))
    assert may or "set-cookie" not in answer.headers


def test_only_the_names_that_the_operator_gives_are_answered(plan_file: Path, tmp_path: Path) -> None:
    environ = {
        "CWAC_WORKBOOK": str(plan_file), "CWAC_PUBLIC": "true",
        "STREAMLIT_SERVER_ALLOWED_HOSTS": "coffee.example.gov localhost",
    }  # fmt: skip
    with serving(tmp_path, environ) as served:
        for name in ("coffee.example.gov", "localhost"):
            with session(served, name=name) as visitor:
                assert visitor.open().holds("Weed")
        with pytest.raises(InvalidStatus, match="403"), session(served, name="rebound.example"):
            pass


def test_stranger_is_offered_the_public_calendar_only(served: Served) -> None:
    with session(served) as visitor:
        visitor.open("calendar", "town=Weed")
        elements = visitor.open_menus().elements
    (address,) = [item.link_button.url for item in elements if item.link_button.label == "Apple or Outlook"]
    assert address.partition("://")[0] == "webcal"
    assert address.rpartition("/")[2] == "calendar.ics?town=Weed"
    assert get(f"{served.url}/calendar.ics?town=Weed").headers["content-type"] == "text/calendar; charset=utf-8"


def test_a_feed_is_noted_once_and_its_token_nowhere(served: Served) -> None:
    with session_as(served, "wpd") as visitor:
        visitor.open("calendar")
        elements = visitor.open_menus().elements
        whose = next(element.selectbox for element in elements if element.selectbox.label == "Calendar of")
        make = next(element.button for element in elements if element.button.label.startswith("Make"))
        assert all("SCSO" not in element and "Planteddemo" not in element for element in whose.options)
        states = [WidgetState(id=whose.id, string_value="WPD"), WidgetState(id=make.id, trigger_value=True)]
        seen = visitor.act(states)
    token = seen.data.partition(b"/feed/")[2].partition(b".ics")[0].decode()
    assert len(token) == 43
    for _ in range(3):
        assert get(f"{served.url}/feed/{token}.ics").text.startswith("BEGIN:VCALENDAR")
    with session_as(served, "sheriff") as visitor:
        visitor.open("calendar")
    audited_by(served, str(PEOPLE["sheriff"]["email"]), "came in")  # written after all of the above
    noted = [what for what in audited_by(served, str(PEOPLE["wpd"]["email"]), "feed") if "feed" in what]
    assert noted == ["made a feed token: agency:WPD", "feed 1 was read"]
    kept = [served.log, *served.log.parent.glob("store.sqlite3*")]
    assert [path for path in kept if token.encode() in path.read_bytes()] == []

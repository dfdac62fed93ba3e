"""The running server: startup, security headers, access, the cost of polling, and requests that no browser makes."""

import base64
import contextlib
import hashlib
import re
import socket
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.exceptions import InvalidStatus

from cwac.web import responses
from cwac.web.limits import BURST
from tests.cases import each
from tests.web.conftest import PAGES
from tests.web.served import Served, Session, get, serving, session, until
from tests.web.signed_in import PEOPLE, audited, cookie, serving_with_sign_in, session_as
from tests.web.test_walk import ROUTES, STREAMLITS

pytestmark = pytest.mark.slow


def test_server_starts_from_any_folder_without_a_prompt(sample: Served) -> None:
    log = sample.log.read_text()
    assert "mail" not in log.lower()
    assert f"URL: http://localhost:{sample.port}" in log  # the project's own configuration was found
    assert f"The sample is shown, as there is no .streamlit/secrets.toml in {sample.log.parent}" in log
    assert list(sample.log.parent.iterdir()) == [sample.log]  # and nothing was written at home


def test_server_listens_on_loopback_only(sample: Served) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing; tells this machine's own address
        except OSError:
            pytest.skip("This machine has no address but loopback, so there is nothing to try.")
        outward = probe.getsockname()[0]
    with socket.socket() as outside:
        outside.settimeout(3)
        assert outside.connect_ex((outward, sample.port)) != 0


def test_sample_is_shown_and_ready(sample: Served) -> None:
    with session(sample) as visitor:
        assert visitor.open().holds("SAMPLE")
    assert get(f"{sample.url}/healthz").text == "ok\n"
    ready = get(f"{sample.url}/readyz")
    assert (ready.status_code, ready.json()["ready"]) == (200, True)
    assert 0 <= ready.json()["age_seconds"] < 120


@each(("agent", "view"), [("(iPhone; CPU iPhone OS 17_0) Mobile/15E148", "agenda"), ("(X11; Linux x86_64)", "month")])
def test_calendar_begins_with_the_agenda_on_a_phone_and_with_the_month_on_a_desk(
    sample: Served, agent: str, view: str
) -> None:
    with session(sample, {"User-Agent": f"Mozilla/5.0 {agent} Safari/604.1"}) as visitor:
        assert visitor.open("calendar").holds(f'"view": "{view}"')


def test_every_response_has_the_security_headers(sample: Served) -> None:
    policy = responses.content_security_policy(f"localhost:{sample.port}", responses.inline_scripts())
    for path in ("/", "/staffing", "/healthz", "/readyz", "/_stcore/health", "/nothing/here"):
        response = get(f"{sample.url}{path}")
        for name, value in responses.SecurityHeaders.FIXED:
            assert response.headers.get_list(name) == [value], path
        assert response.headers.get_list("Content-Security-Policy") == [policy], path


def test_policy_allows_own_scripts_and_streamlits_inline_script_only(sample: Served) -> None:
    page = get(sample.url)
    policy = dict(part.split(" ", 1) for part in page.headers["Content-Security-Policy"].split("; "))
    inline = re.findall(r"<script>(.*?)</script>", page.text, re.S)
    hashes = [base64.b64encode(hashlib.sha256(body.encode()).digest()).decode() for body in inline]
    assert policy["script-src"].split() == ["'self'", *(f"'sha256-{script_hash}'" for script_hash in hashes)]
    assert policy["connect-src"].split() == ["'self'", f"ws://localhost:{sample.port}"]
    assert policy["object-src"] == "'none'"


NAMES = frozenset({"localhost", "::1", "coffee.example.gov"})
STRANGE = [
    "", " ", "a b", "x; script-src *", "localhost; script-src *", "localhost script-src", "localhost:8501 *",
    "localhost,*", "x\nX: y", "localhost\r\nX: y", "localhost\n", "localhost:8501\n", "[::1", "::1", "[::1]x",
    "evil.example", "evil.example/*", "localhost/*", "localhost:", "localhost:x", "localhost:123456",
    "localhost@evil.example", "localhost:1@evil.example", "evil.example:8501", "localhost.evil.example", "xlocalhost",
    "coffee.example.gov.evil.example", "*", "*.example.gov", "'unsafe-inline'", "data:", "coffee.example.gov.",
    "\u217docalhost", "\u017focalhost", "localhost\x00", "localhost\t", "http://localhost",
]  # fmt: skip
"""Host headers that differ from every configured name, each in its own way."""


def test_a_strange_host_adds_nothing_to_the_policy() -> None:
    bare = responses.content_security_policy("", (), NAMES)
    assert "connect-src 'self';" in bare
    assert [host for host in STRANGE if responses.content_security_policy(host, (), NAMES) != bare] == []


@each("scheme", ["ws", "wss"])
def test_configured_host_name_is_in_the_policy(scheme: Any) -> None:
    for host in ("localhost", "LocalHost:8501", "[::1]:8501", "coffee.example.gov", "coffee.example.gov:443"):
        assert f"connect-src 'self' {scheme}://{host};" in responses.content_security_policy(host, (), NAMES, scheme)


def test_no_answer_repeats_a_strange_host(sample: Served) -> None:
    """On the wire, where a line break in the host starts another header: the response must not contain it."""
    for host in [host for host in STRANGE if host and host.isascii()]:
        with socket.create_connection(("127.0.0.1", sample.port), timeout=20) as opened:
            opened.sendall(f"GET /healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            answer = b"".join(iter(partial(opened.recv, 65_536), b""))
        head = answer.partition(b"\r\n\r\n")[0].decode()
        assert "\r\nx:" not in head.lower(), host
        if head.startswith("HTTP/1.1 200"):
            (policy,) = re.findall(r"^content-security-policy: (.*)\r?$", head, re.M | re.I)
            (sources,) = [part.split() for part in policy.split("; ") if part.startswith("connect-src")]
            allowed = (["'self'"], ["'self'", "ws://localhost"], ["'self'", "ws://localhost:8501"])
            assert sources[1:] in allowed, host


FORGED = {"X-Forwarded-Host": "forged.example", "X-Original-Host": "forged.example", "Forwarded": "host=forged.example"}


@each("headers", [{"Host": "forged.example"}, FORGED])
def test_no_answer_of_any_route_repeats_a_forged_host(sample: Served, headers: dict[str, str]) -> None:
    paths = [re.sub(r"{\w+(:path)?}", "x", path) for path in (*ROUTES, *STREAMLITS)]
    paths += ["/public/", "/public/index.html", "/public/share", "/public/embed", "/public/es", "/public/events.json"]
    for path in dict.fromkeys([*(f"{path}{end}" for path in paths for end in ("", "/")), "//", "/x//y"]):
        answer = get(f"{sample.url}{path}", headers=headers)
        assert b"forged.example" not in f"{answer.headers}".encode() + answer.content, path


def test_the_first_requests_to_pages_by_their_address_meet_the_frame(tmp_path: Path, plan_file: Path) -> None:
    """On a new server, before any session: if Streamlit discovered pages/, the page would run without the gate.

    All pages are asked for at once, so that none comes after another has been drawn.
    """
    with serving(tmp_path, {"CWAC_WORKBOOK": str(plan_file)}) as served, contextlib.ExitStack() as stack:
        visitors = [stack.enter_context(session(served)) for _ in PAGES]
        with ThreadPoolExecutor(len(PAGES)) as pool:
            shown = [*pool.map(Session.open, visitors, PAGES), *map(Session.open, visitors, PAGES)]
    for seen in shown:
        assert seen.holds("nobody may see it yet")
        assert b"planted" not in seen.data.lower()
        assert b"Weed" not in seen.data


def test_poll_for_a_new_version_takes_under_a_kilobyte(sample: Served) -> None:
    with session(sample) as visitor:
        assert [extension.name for extension in visitor._websocket.protocol.extensions] == ["permessage-deflate"]
        seen = visitor.open()
        (fragment,) = {item.auto_rerun.fragment_id for item in seen.messages if item.HasField("auto_rerun")}
        connection = zlib.compressobj()  # which compresses a poll with what it knows of the ones before
        polls = [visitor.fragment(fragment).data for _ in range(3)]
        sizes = [len(connection.compress(data) + connection.flush(zlib.Z_SYNC_FLUSH)) for data in polls]
    assert max(sizes[1:]) < 1024, sizes


def test_failing_page_shows_one_sentence_and_logs_the_place(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "from cwac.web import widgets\n"
        "def download(*_):\n"
        "    raise ValueError('plant' 'ed: B. Planted' 'demo')\n"
        "widgets.download = download\n"
    )
    with serving(tmp_path, {"PATCHES": str(tmp_path)}) as served, session(served) as visitor:
        seen = visitor.open("attendance")
        log = served.log.read_text()
    assert seen.holds("Something went wrong on our side")
    secrets = ("planted", "Planteddemo", "Traceback", "sitecustomize.py")
    assert [secret for secret in secrets if seen.holds(secret)] == []
    assert ("A page failed: ValueError" in log, "attendance.py" in log, "Planteddemo" in log) == (True, True, False)


# --- with sign-in, asked in ways that no browser of ours would --------------------------------------------------------


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
    until(lambda: get(f"{served.url}/calendar.ics").status_code == 200)  # once the sheet has been read


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

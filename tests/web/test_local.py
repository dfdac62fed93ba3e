"""`local = true`: only a browser with this start's key gets in, whatever proxy is in front."""

import contextlib
import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus

from cwac import access
from cwac.web import viewer
from tests.cases import each
from tests.web.reverse_proxy import running_nginx
from tests.web.served import Seen, Served, connected, free_port, get, serving, session, until
from tests.web.signed_in import audited

pytestmark = pytest.mark.slow

DATA = "Weed Starbucks"


KEYLESS = "This dashboard is open only on the computer that runs it"
NOBODY_YET = "nobody may see it yet"


def environ(plan_file: Path, folder: Path) -> dict[str, str]:
    return {
        "CWAC_WORKBOOK": str(plan_file), "CWAC_LOCAL": "true", "CWAC_STORE": f"sqlite:///{folder}/store.sqlite3",
    }  # fmt: skip


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, plan_file: Path) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("local")
    with serving(folder, environ(plan_file, folder)) as running:
        yield running


def key_of(served: Served) -> str:
    return str(served.with_key).partition("key=")[2]


def shown(served: Served, **arguments: object) -> Seen:
    with session(served, **arguments) as visitor:  # type: ignore[arg-type]
        return visitor.open()


def only_says(seen: Seen, words: str) -> bool:
    """Whether the page says these words and holds no data."""
    return seen.holds(words) and not seen.holds(DATA) and b"planted" not in seen.data


def test_page_without_the_key_says_which_address_to_open(served: Served) -> None:
    assert only_says(shown(served, key=False), KEYLESS)


def test_printed_address_opens_the_dashboard(served: Served) -> None:
    answer = get(str(served.with_key))
    assert (answer.status_code, answer.headers["location"], answer.headers["cache-control"]) == (303, "/", "no-store")
    cookie = rf"cwac_local_{served.port}=[\w-]{{43}}; HttpOnly; Path=/; SameSite=strict"
    assert re.fullmatch(cookie, answer.headers["set-cookie"])
    assert shown(served).holds(DATA)


def test_wrong_key_gives_no_cookie(served: Served) -> None:
    right = key_of(served)
    for key in ("", "x", f"{right}+", f"{right}%00", f"+{right}", right.swapcase(), f"{right}&key=x", "%C3%A9", "%FF",
                "K" * 43):  # fmt: skip
        answer = get(f"{served.url}/local?key={key}")
        assert (answer.status_code, answer.text) == (403, viewer.NO_KEY), key
        assert "set-cookie" not in answer.headers, key
    assert get(f"{served.url}/local").status_code == 403


def test_wrong_cookie_and_the_key_as_the_cookie_are_refused(served: Served) -> None:
    name, _, value = served.local_cookie().partition("=")
    for sent in (value, "", value[:-1], value + "x", value.swapcase(), key_of(served)):
        assert shown(served, key=False, headers={"Cookie": f"{name}={sent}"}).holds(DATA) == (sent == value), sent


def test_each_start_has_its_own_key_and_cookie(served: Served, plan_file: Path, tmp_path: Path) -> None:
    with serving(tmp_path, environ(plan_file, tmp_path)) as other:
        keys = [key_of(server) for server in (served, other)]
        cookies = [server.local_cookie().partition("=")[2] for server in (served, other)]
        assert len({*keys, *cookies}) == 4
        assert get(f"{other.url}/local?key={keys[0]}").status_code == 403
        held = {"Cookie": f"cwac_local_{other.port}={cookies[0]}"}
        assert not shown(other, key=False, headers=held).holds(DATA)


@pytest.mark.parametrize("form", ["", "json"])
def test_key_is_printed_once_and_stored_nowhere(form: str, plan_file: Path, tmp_path: Path) -> None:
    with serving(tmp_path, environ(plan_file, tmp_path) | {"CWAC_LOG": form}) as running:
        key = key_of(running)
        cookie = running.local_cookie().partition("=")[2]
        shown(running)
        get(f"{running.url}/local?key=wrong")
        get(f"{running.url}/local?key={key}", headers={"X-Forwarded-For": "203.0.113.9"})
        with contextlib.suppress(InvalidStatus):
            shown(running, origin="http://evil.example")
    log = running.log.read_text()
    assert (log.count(key), log.count(cookie)) == (1, 0)
    refusals = [action for _, action in audited(running) if "was refused" in action]
    assert sorted(refusals) == [
        "was refused /local from elsewhere", "was refused /local with another key",
        "was refused a websocket of another origin, or of none",
    ]  # fmt: skip
    files = b"".join(path.read_bytes() for path in tmp_path.glob("store.sqlite3*"))
    assert [secret for secret in (key, cookie) if secret.encode() in files] == []


@each(
    "origin",
    [
        None, "null", "", "http://localhost", "http://localhost:1", "http://localhost:PORT0", "http://127.0.0.1:PORT",
        "http://[::1]:PORT", "http://localhost.:PORT", "http://evil.example", "http://evil.example:PORT",
        "http://localhost:PORT@evil.example", "http://localhost:PORT.evil.example", "http://localhost:PORT/",
        "file://", "ftp://localhost:PORT", "localhost:PORT",
    ],
)  # fmt: skip
def test_page_of_another_origin_is_refused_even_with_the_cookie(served: Served, origin: str | None) -> None:
    forged = origin and origin.replace("PORT", str(served.port))
    with pytest.raises(InvalidStatus, match="403"), connected(served.port, "localhost", forged, served.local_cookie()):
        pass


FORWARDING = """
Forwarded X-Forwarded-For X-Forwarded-Host X-Forwarded-Proto X-Forwarded-Port X-Forwarded-Server X-Forwarded-User
X-FORWARDED-ANYTHING X-Real-IP x-real-ip Via CF-Connecting-IP CF-Ray True-Client-IP X-Client-IP X-Original-Host
CDN-Loop Fly-Client-IP X-Envoy-External-Address Client-IP X-ARR-SSL X-ARR-LOG-ID X-Vercel-Id X-Vercel-Forwarded-For
X-Goog-Iap-Jwt-Assertion X-Goog-Authenticated-User-Email X-Ms-Client-Principal X-Ms-Client-Principal-Name
X-Ms-Token-Aad-Id-Token Tailscale-User-Login Tailscale-Headers-Info X-Forwarded X-ForwardedFor X-Forwarded_For
Cf-Access-Jwt-Assertion Cf-Anything X-Amz-Cf-Id X-Amzn-Oidc-Data X-Amzn-Trace-Id X-Cloud-Trace-Context X-Azure-FDID
X-AppEngine-User-IP X-NF-Client-Connection-IP Akamai-Origin-Hop Fastly-Client-IP Fastly-SSL X-Auth-Request-Email
Remote-User Remote-Addr X-Remote-User X-Pomerium-Jwt-Assertion X-WebAuth-User X-ProxyUser-Ip X-Proxy-Id X-Original-URL
X-Rewrite-URL X-Cluster-Client-IP WL-Proxy-Client-IP Proxy-Client-IP X-Sucuri-ClientIP Incap-Client-IP X-Scheme
X-Url-Scheme X-Host Front-End-Https X-Request-Id X-Request-Start Rndr-Id Max-Forwards
"""
"""Of proxies, clouds and services that let people in, as their own pages name them."""


@each("header", FORWARDING.split())
def test_header_of_any_kind_of_proxy_is_known(header: str) -> None:
    assert viewer.is_forwarded({"Host": "localhost:8501", header: "x"})


OF_BROWSERS = """
Host User-Agent Accept Accept-Encoding Accept-Language Cookie Referer Origin Connection Upgrade-Insecure-Requests
Sec-Fetch-Site Sec-CH-UA Sec-GPC Sec-WebSocket-Key X-Requested-With DNT Cache-Control Pragma Priority TE If-None-Match
Range X-Xsrftoken X-Csrftoken
"""


@each("header", OF_BROWSERS.split())
def test_header_of_a_browser_is_none_of_a_proxy(header: str) -> None:
    assert not viewer.is_forwarded({header: "x"})


@each("header", ["Forwarded", "X-Forwarded-For", "x-real-ip", "Via", "CF-Ray", "X-FORWARDED-ANYTHING"])
def test_header_of_a_proxy_keeps_even_the_key_out(served: Served, header: str) -> None:
    answer = get(str(served.with_key), headers={header: "127.0.0.1"})
    assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)
    assert only_says(shown(served, headers={header: "127.0.0.1"}), NOBODY_YET)


def test_ordinary_browser_headers_are_accepted(served: Served) -> None:
    seen = shown(served, headers=dict.fromkeys(("User-Agent", "Accept-Language", "Sec-Fetch-Site", "DNT"), "x"))
    assert (seen.holds(DATA), seen.holds("no sign-in"), seen.holds("SAMPLE")) == (True, True, False)


def test_local_does_not_apply_under_another_host_name(served: Served) -> None:
    """DNS rebinding: a site can point its own name at 127.0.0.1, and its visitor's browser then sends that name."""
    assert only_says(shown(served, name="evil.example"), NOBODY_YET)


def test_a_plain_proxy_makes_nobody_on_the_network_a_coordinator(served: Served, tmp_path: Path) -> None:
    """A minimal nginx that listens on every address of this machine."""
    port = free_port()
    directives = (
        f"access_log off; server {{ listen 0.0.0.0:{port}; location / {{ proxy_pass http://localhost:{served.port};\n"
        "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; } }"
    )

    def through(origin: str | None, cookie: str = "") -> Seen:
        with connected(port, "machine.example", origin, cookie) as visitor:
            return visitor.open()

    with running_nginx(tmp_path, directives):
        until(lambda: get(f"http://127.0.0.1:{port}/healthz").text == "ok\n", 20)
        for origin in (f"http://machine.example:{port}", None, "http://evil.example", f"http://localhost:{port}"):
            with pytest.raises(InvalidStatus, match="403"):
                through(origin)
        # Only a program can forge that origin.
        for cookie in ("", f"cwac_local_{served.port}=guess"):
            assert only_says(through(f"http://localhost:{served.port}", cookie), KEYLESS)
        assert get(f"http://127.0.0.1:{port}/local?key=guess").status_code == 403


def test_what_counts_is_where_the_socket_is_bound_and_not_what_the_setting_says(
    plan_file: Path, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "from streamlit.web.server.starlette import starlette_server\n"
        "bind = starlette_server._bind_socket\n"
        "starlette_server._bind_socket = lambda address, *given: bind('0.0.0.0', *given)\n"
    )
    elsewhere = environ(plan_file, tmp_path) | {"PATCHES": str(tmp_path)}
    with serving(tmp_path, elsewhere) as running:
        assert get(str(running.with_key)).status_code == 403
        assert only_says(shown(running, key=False), NOBODY_YET)


@pytest.mark.skipif(os.name != "posix", reason="Windows has no list of open files.")
@pytest.mark.parametrize(
    ("address", "here"), [("127.0.0.1", True), ("127.0.0.2", True), ("::1", True), ("0.0.0.0", False), ("::", False)]
)
def test_listening_sockets_are_found(address: str, here: bool) -> None:
    before = sorted(viewer.listening_on())
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as listener:
        try:
            listener.bind((address, 0))
        except OSError:
            pytest.skip(f"This machine has no {address}.")
        assert sorted(viewer.listening_on()) == before, "bound, but nobody can connect yet"
        listener.listen()
        assert sorted(viewer.listening_on()) == sorted([*before, address])
        assert access.is_loopback_address(address) is here
    assert sorted(viewer.listening_on()) == before


@pytest.mark.skipif(os.name != "posix", reason="Windows has no list of open files.")
def test_search_for_sockets_leaves_no_file_open(tmp_path: Path) -> None:
    read, write = os.pipe()
    with (tmp_path / "x").open("w"), socket.socket(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM):
        before = sorted(os.listdir("/dev/fd"))
        for _ in range(3):
            list(viewer.listening_on())
        assert sorted(os.listdir("/dev/fd")) == before
    os.close(read)
    os.close(write)


def test_sample_has_no_key_and_needs_none(tmp_path: Path) -> None:
    with serving(tmp_path, {"CWAC_LOCAL": "true"}) as running:
        assert running.with_key is None
        assert shown(running).holds("SAMPLE")
        answer = get(f"{running.url}/local?key=x")
        assert (answer.status_code, answer.headers["location"], "set-cookie" in answer.headers) == (303, "/", False)


def test_findings_are_shown_to_the_browser_with_the_key_alone(tmp_path: Path) -> None:
    (tmp_path / "plan 2026.xlsx").touch()
    with serving(tmp_path, environ(tmp_path / "plan2026.xlsx", tmp_path)) as served:
        at_this_machine, stranger = shown(served), shown(served, key=False)
    assert at_this_machine.holds("The sheet cannot be read")
    assert at_this_machine.holds(":red-badge[FAIL]")
    assert at_this_machine.holds("Did you mean plan 2026")
    assert stranger.holds(KEYLESS)
    assert not stranger.holds("plan")

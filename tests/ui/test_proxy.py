"""The dashboard behind nginx as the operators' guide sets it up: TLS, websockets, compression, cookies, addresses."""

import datetime as dt
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from websockets.sync.client import connect

from cwac.limits import BURST
from tests.ui.served import ROOT, Served, Session, free_port, serving

NAME = "coffee.example.gov"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


def certificate(folder: Path) -> ssl.SSLContext:
    """A certificate for NAME in that folder, and who trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    trusting = ssl.create_default_context(cafile=str(folder / "cert.pem"))
    return trusting


class Proxied:
    def __init__(self, served: Served, port: int, trusting: ssl.SSLContext, log: Path) -> None:
        self.served, self.port, self.trusting, self.log = served, port, trusting, log

    def get(self, path: str, **headers: str) -> httpx.Response:
        with httpx.Client(verify=self.trusting) as client:
            return client.get(
                f"https://127.0.0.1:{self.port}{path}",
                headers={"Host": f"{NAME}:{self.port}", **headers},
                extensions={"sni_hostname": NAME},
            )


@pytest.fixture(scope="module")
def proxied(plan_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    if NGINX is None:
        pytest.skip("No nginx here. On Debian or Ubuntu: apt-get install nginx-light")
    folder = tmp_path_factory.mktemp("proxy")
    trusting, port = certificate(folder), free_port()
    environ = {
        "CWAC_WORKBOOK": str(plan_file), "CWAC_PUBLIC": "true", "CWAC_LOCAL": "true",
        "STREAMLIT_SERVER_ALLOWED_HOSTS": NAME,
    }  # fmt: skip
    with serving(folder, environ) as served:
        guide = (ROOT / "docs/operators.md").read_text(encoding="utf-8")
        written = re.findall(r"```nginx\n(.*?)```", guide, re.S)[0]
        for said, here in (
            ("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl; ssl_certificate cert.pem; ssl_certificate_key key.pem;"),
            ("/var/log/nginx/coffee.log", f"{folder}/access.log"),
            ("http://127.0.0.1:8501", f"http://127.0.0.1:{served.port}"),
        ):
            assert said in written
            written = written.replace(said, here)
        folders = "".join(
            f"{one}_temp_path {folder}/{one};\n" for one in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (folder / "nginx.conf").write_text(
            f"daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;\n"
            f"{'user root;' if os.geteuid() == 0 else ''}\nevents {{}}\nhttp {{\n{folders}{written}\n}}\n"
        )
        words = folder / "error.log"
        nginx = subprocess.Popen(
            [NGINX, "-p", str(folder), "-c", "nginx.conf", "-e", str(words)], stdin=subprocess.DEVNULL
        )
        try:
            found = Proxied(served, port, trusting, folder / "access.log")
            until = time.monotonic() + 10
            while True:
                try:
                    assert found.get("/healthz").text == "ok\n"
                    break
                except httpx.HTTPError:
                    assert nginx.poll() is None, words.read_text()
                    assert time.monotonic() < until, words.read_text()
                    time.sleep(0.1)
            yield found
        finally:
            nginx.terminate()
            nginx.wait(10)


def test_a_session_comes_through_and_local_does_not_hold(proxied: Proxied) -> None:
    with connect(
        f"wss://{NAME}:{proxied.port}/_stcore/stream",
        sock=socket.create_connection(("127.0.0.1", proxied.port)),
        ssl=proxied.trusting,
        subprotocols=["streamlit"],  # type: ignore[list-item]
        origin=f"https://{NAME}:{proxied.port}",  # type: ignore[arg-type]
        max_size=None,
    ) as websocket:
        seen = Session(websocket).open("calendar")
    assert seen.holds("Weed Starbucks")
    assert not seen.holds("planted-internal")
    assert not seen.holds("no sign-in")


def test_cookies_stay_on_tls_and_pages_are_compressed(proxied: Proxied) -> None:
    page = proxied.get("/", **{"Accept-Encoding": "gzip"})
    assert page.headers["strict-transport-security"] == "max-age=31536000"
    assert f"wss://{NAME}:{proxied.port}" in page.headers["content-security-policy"]
    script = re.search(r'src="\.?(/static/js/[^"]+\.js)"', page.text)
    assert script is not None
    assert proxied.get(script[1], **{"Accept-Encoding": "gzip"}).headers["content-encoding"] == "gzip"
    cookies = proxied.get("/oauth2callback?error=access_denied").headers.get_list("set-cookie")
    assert cookies
    assert all(one.endswith("; Secure") for one in cookies)


def test_each_visitor_has_a_pace_of_their_own_that_no_header_of_theirs_changes(proxied: Proxied) -> None:
    answers = [
        proxied.get(f"/feed/x{number}.ics", **{"X-Forwarded-For": f"203.0.113.{number}"}).status_code
        for number in range(BURST + 40)
    ]
    assert 429 in answers


def test_the_proxys_log_does_not_hold_what_was_asked_for(proxied: Proxied) -> None:
    proxied.get("/feed/secret-token.ics")
    log = proxied.log.read_text()
    assert log.count("127.0.0.1") > 1
    assert "secret-token" not in log
    assert "/feed" not in log


def test_figures_are_not_there_through_a_proxy(proxied: Proxied) -> None:
    assert proxied.get("/metrics").status_code == 404

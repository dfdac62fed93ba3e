"""nginx as docs/deploy/ sets it up, with ports, certificate and log of a test."""

import contextlib
import datetime as dt
import os
import re
import shutil
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.web.served import ROOT, free_port, until

NAME = "coffee.example.gov"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")  # which is not on everybody's path


@dataclass(frozen=True)
class Proxy:
    """A running nginx: its port for TLS, the one that only leads there, who trusts it, its log, what it leads to."""

    port: int
    plain_port: int
    trusting: ssl.SSLContext
    log: Path
    dashboards: Mapping[int, int]

    @property
    def url(self) -> str:
        return f"https://{NAME}:{self.port}"

    def get(self, path: str, **headers: str) -> httpx.Response:
        with httpx.Client(verify=self.trusting, timeout=20) as client:
            return client.get(
                f"https://127.0.0.1:{self.port}{path}",
                headers={"Host": f"{NAME}:{self.port}", **headers},
                extensions={"sni_hostname": NAME},
            )


@contextlib.contextmanager
def nginx(
    folder: Path, name: str, dashboards: Mapping[int, int], changed: Mapping[str, str] | None = None
) -> Iterator[Proxy]:
    """docs/deploy/`name`, where the dashboard that it expects at a port (8501, …) is at another.

    `changed` is what else it says, and what is written here instead.
    """
    trusting, port = _certificate(folder), free_port()
    plain = free_port()
    while plain == port:  # nothing listens on it yet, so it may be given out twice
        plain = free_port()
    written = (ROOT / "docs/deploy" / name).read_text(encoding="utf-8")
    for line, here in {
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
        "/etc/ssl/coffee/fullchain.pem": f"{folder}/cert.pem",
        "/etc/ssl/coffee/privkey.pem": f"{folder}/key.pem",
        "/var/log/nginx/coffee.log": f"{folder}/access.log",
        **(changed or {}),
    }.items():
        assert line in written
        written = written.replace(line, here)
    assert set(map(int, re.findall(r":(85\d\d)\b", written))) == set(dashboards)
    written = re.sub(r":(85\d\d)\b", lambda match: f":{dashboards[int(match[1])]}", written)
    proxy = Proxy(port, plain, trusting, folder / "access.log", dashboards)
    with running_nginx(folder, written):
        until(lambda: proxy.get("/healthz").text == "ok\n", 20)
        yield proxy


@contextlib.contextmanager
def running_nginx(folder: Path, servers: str) -> Iterator[None]:
    """nginx with these directives in its `http` block, and with its files in that folder."""
    if NGINX is None:
        pytest.skip("No nginx here. On Debian or Ubuntu: apt-get install nginx-light")
    folders = "".join(
        f"{name}_temp_path {folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;\n"
        f"{'user root;' if os.geteuid() == 0 else ''}\nevents {{}}\nhttp {{\n{folders}{servers}\n}}\n"
    )
    command = [NGINX, "-p", str(folder), "-c", "nginx.conf", "-e", str(folder / "error.log")]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(10)


def _certificate(folder: Path) -> ssl.SSLContext:
    """A certificate for NAME in that folder, and who trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(dt.datetime(2120, 1, 1, tzinfo=dt.UTC))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    trusting = ssl.create_default_context(cafile=str(folder / "cert.pem"))
    # With 1.3 the server says something more after the handshake: the client of the websockets reads that in one thread
    # while it writes in another, which Python's ssl does not bear, and at times it then waits for ever.
    trusting.maximum_version = ssl.TLSVersion.TLSv1_2
    return trusting

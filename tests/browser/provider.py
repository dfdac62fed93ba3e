"""A real OpenID Connect provider on this machine, and the dashboard set up to sign people in with it."""

import contextlib
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from itsdangerous import URLSafeTimedSerializer

from tests.ui.served import Served, _free_port, serving

SECRET = "only-for-tests-0123456789abcdef0123"
PEOPLE: Mapping[str, Mapping[str, object]] = {
    "coordinator": {"email": "Boss@County.example.gov", "email_verified": True},
    "wpd": {"email": "one@wpd.example.gov", "email_verified": True},
    "both": {"email": "liaison@planted.example.gov", "email_verified": True},
    "highway": {"email": "any@chp.example.gov", "email_verified": True},
    "agencyless": {"email": "mayor@weed.example.gov", "email_verified": True},
    "unlisted": {"email": "x@elsewhere.example", "email_verified": True},
    "unverified": {"email": "boss@county.example.gov", "email_verified": False},
    "unsaid": {"email": "boss@county.example.gov"},
}
"""By the name that the provider's form is given."""

ACCESS = """
viewers = ["@wpd.example.gov", "@chp.example.gov", "liaison@planted.example.gov", "mayor@weed.example.gov"]
coordinators = ["boss@county.example.gov"]
"""


@dataclass
class Provider:
    port: int
    process: "subprocess.Popen[bytes]"

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)


@contextlib.contextmanager
def provider() -> Iterator[Provider]:
    people = [f"--user-claims={json.dumps({'sub': sub, **claims})}" for sub, claims in PEOPLE.items()]
    port = _free_port()
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "-H", "localhost", "-p", str(port), *people],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    running = Provider(port, process)
    try:
        until = time.monotonic() + 20
        while True:
            try:
                urllib.request.urlopen(f"http://localhost:{port}/.well-known/openid-configuration", timeout=2).close()
                break
            except OSError:
                assert process.poll() is None
                assert time.monotonic() < until, "the provider did not start"
                time.sleep(0.1)
        yield running
    finally:
        running.stop()


@contextlib.contextmanager
def signing_in(folder: Path, workbook: Path, port: int, access: str = "", **environ: str) -> Iterator[Served]:
    """The dashboard over that workbook, with the provider at that port."""
    secrets = folder / ".streamlit" / "secrets.toml"
    secrets.parent.mkdir(parents=True)
    secrets.touch(0o600)
    secrets.write_text(
        f"""
[cwac]
workbook = "{workbook}"
store = "sqlite:///{folder}/store.sqlite3"
[auth]
redirect_uri = "http://localhost:{{port}}/oauth2callback"
cookie_secret = "{SECRET}"
client_id = "cwac"
client_secret = "only for tests"
server_metadata_url = "http://localhost:{port}/.well-known/openid-configuration"
[access]
{ACCESS}{access}
"""
    )
    with serving(folder, environ) as served:
        yield served


def cookie(served: Served, claims: Mapping[str, object], *, secret: str = SECRET, ago: float = 0) -> str:
    """The value of Streamlit's own cookie for somebody who signed in so many seconds ago."""
    at = time.time() - ago
    told = {"iat": int(at), "origin": served.url, "is_logged_in": True, "provider": "default"} | dict(claims)
    signer = URLSafeTimedSerializer(secret, salt="_streamlit_user", signer_kwargs={})

    class Earlier(signer.signer):  # type: ignore[name-defined,misc]
        def get_timestamp(self) -> int:
            return int(at)

    signer.signer = Earlier
    made = signer.dumps(json.dumps(told))
    return made if isinstance(made, str) else made.decode()

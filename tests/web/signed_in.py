"""The dashboard with sign-in, and signed-in sessions without a browser or a provider."""

import contextlib
import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string

from cwac.clock import read_clock
from tests.web.served import Served, Session, connected, free_port, get, serving, until, write_secrets

SECRET = "only-for-tests-0123456789abcdef0123"
PEOPLE: Mapping[str, Mapping[str, object]] = {
    "coordinator": {"email": "Boss@County.example.gov", "email_verified": True},
    "wpd": {"email": "one@wpd.example.gov", "email_verified": True},
    "sheriff": {"email": "any@sheriff.example.gov", "email_verified": True},
    "agencyless": {"email": "mayor@weed.example.gov", "email_verified": True},
    "unlisted": {"email": "x@elsewhere.example", "email_verified": True},
}
"""Person -> claims of the provider."""

LISTED = """
viewers = ["@wpd.example.gov", "@chp.example.gov", "@sheriff.example.gov",
  "liaison@planted.example.gov", "mayor@weed.example.gov"]
coordinators = ["boss@county.example.gov"]
"""


def with_provider(port: int = 9, address: str = "http://localhost:{port}") -> str:
    """Sign-in settings for a provider at that local port; sign-in leads back to that address."""
    return f"""
[auth]
redirect_uri = "{address}/oauth2callback"
cookie_secret = "{SECRET}"
client_id = "cwac"
client_secret = "planted client secret"
server_metadata_url = "http://localhost:{port}/.well-known/openid-configuration"
"""


@contextlib.contextmanager
def provider() -> Iterator[int]:
    """The port of a local OpenID Connect provider with the accounts of `PEOPLE`."""
    people = [f"--user-claims={json.dumps({'sub': sub, **claims})}" for sub, claims in PEOPLE.items()]
    port = free_port()
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "-H", "localhost", "-p", str(port), *people]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet) as process:
        try:
            until(lambda: get(f"http://localhost:{port}/.well-known/openid-configuration", timeout=2).is_success)
            yield port
        finally:
            process.terminate()


@contextlib.contextmanager
def serving_with_sign_in(
    folder: Path, workbook: Path | None, provider: int = 9, access: str = "", **environ: str
) -> Iterator[Served]:
    """A server for that workbook, else for what `access` adds, with a provider at that port; its store is there too."""
    source = f'workbook = "{workbook}"' if workbook else ""
    write_secrets(
        folder,
        f"""
[cwac]
{source}
store = "sqlite:///{folder}/store.sqlite3"
{with_provider(provider)}
[access]
{LISTED}{access}
""",
    )
    with serving(folder, environ) as served:
        yield served


def audited(served: Served) -> list[tuple[str, str]]:
    """Person and action of each entry."""
    with sqlite3.connect(served.log.parent / "store.sqlite3") as store:
        return store.execute("SELECT who, what FROM audit ORDER BY id").fetchall()


def cookie(served: Served, claims: Mapping[str, object], *, secret: str = SECRET, ago: float = 0) -> str:
    """Streamlit's cookie for a person who signed in that many seconds ago."""
    at = int(time.time() - ago)  # noqa: TID251 - Streamlit itself checks the cookie's age

    class Earlier(TimestampSigner):
        def get_timestamp(self) -> int:
            return at

    iat = read_clock().timestamp() - ago
    content = {"iat": iat, "origin": served.url, "is_logged_in": True, "provider": "default"} | dict(claims)
    return str(URLSafeTimedSerializer(secret, salt="_streamlit_user", signer=Earlier).dumps(json.dumps(content)))


@contextlib.contextmanager
def session_with(
    served: Served, value: str | None, headers: Mapping[str, str] | None = None, patience: float = 30.0
) -> Iterator[Session]:
    """A session with that cookie, or without sign-in."""
    token = generate_xsrf_token_string()
    cookies = f"_streamlit_xsrf={token}" + (f"; _streamlit_user={value}" if value else "")
    with connected(served.port, cookie=cookies, headers=headers, token=token, patience=patience) as opened:
        yield opened


@contextlib.contextmanager
def session_as(served: Served, who: str) -> Iterator[Session]:
    """A session of one of `PEOPLE`; any other name is not signed in."""
    with session_with(served, cookie(served, PEOPLE[who]) if who in PEOPLE else None) as opened:
        yield opened

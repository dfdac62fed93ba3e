"""A local OpenID Connect provider with the accounts of the tests."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from tests.web.served import free_port, get, until
from tests.web.signed_in import PEOPLE


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
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "-H", "localhost", "-p", str(port), *people],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    running = Provider(port, process)
    try:
        until(lambda: get(f"http://localhost:{port}/.well-known/openid-configuration", timeout=2).is_success)
        yield running
    finally:
        running.stop()

"""The API and the public pages over HTTP: the requests of docs/api.md, and what the middleware adds."""

import json
import re
import shutil
import subprocess
import time

import pytest

from cwac.clock import read_clock
from cwac.storage.store import Store
from tests.api.test_routes import valid
from tests.web import planted
from tests.web.plan import TODAY
from tests.web.served import ROOT, get
from tests.web.signed_in import serving_with_sign_in

pytestmark = pytest.mark.slow

REQUESTS = re.findall(r"```sh\n(.*?)```", (ROOT / "docs" / "api.md").read_text(encoding="utf-8"), re.S)
ANSWERS = ["events", "gaps", "changes", "quarter", "as-of"]


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("api")
    workbook = planted.save(folder / "plan.xlsx", TODAY)
    with serving_with_sign_in(folder, workbook, access="public = true\n") as served:
        until = time.monotonic() + 60
        while get(f"{served.url}/readyz").status_code != 200:  # the workbook has not been read yet
            assert time.monotonic() < until
            time.sleep(0.2)
        yield served


@pytest.fixture(scope="module")
def token(served):
    (path,) = served.log.parent.glob("*.sqlite3")
    store = Store(f"sqlite:///{path}")
    try:
        return store.create_token("api:coordinator", "boss@county.example.gov", read_clock())
    finally:
        store.close()


def test_requests_of_the_guide_are_answered(served, token):
    if shutil.which("curl") is None:
        pytest.skip("curl is missing: apt-get install curl")
    assert len(REQUESTS) == len(ANSWERS)
    for command, name in zip(REQUESTS, ANSWERS, strict=True):
        environment = {"PATH": "/usr/bin:/bin", "CWAC": served.url, "TOKEN": token}
        result = subprocess.run(["sh", "-ec", command], env=environment, capture_output=True, timeout=60)
        assert (result.returncode, result.stderr) == (0, b""), command
        valid(f"answer-{name}", json.loads(result.stdout))
    assert token not in served.log.read_text()

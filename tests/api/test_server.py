"""The API and the public pages over HTTP: the requests of docs/api.md, and what the middleware adds."""

import json
import re
import shutil
import subprocess
import time

import pytest

from cwac.clock import read_clock
from cwac.storage.store import Store
from tests.api.test_routes import bearer, is_problem, valid
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


def test_refusals_of_the_whole_server_are_problem_documents(served, token):
    assert is_problem(get(f"{served.url}/api/v1/gaps"), 401)
    assert is_problem(get(f"{served.url}/api/v1/gaps", headers=bearer("guess")), 401)
    assert is_problem(get(f"{served.url}/api/v1/nothing", headers={"Accept": "text/html"}), 404)
    assert is_problem(get(f"{served.url}/api/v1/events?form=x"), 400, "form")
    assert token not in served.log.read_text()


def test_answer_is_compressed_for_clients_that_accept_gzip(served, token):
    answer = get(f"{served.url}/api/v1/problems", headers=bearer(token))
    assert answer.headers["content-encoding"] == "gzip"
    plain = get(f"{served.url}/api/v1/problems", headers=bearer(token) | {"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.headers["etag"] == answer.headers["etag"]
    assert plain.json()["problems"] == answer.json()["problems"]


def test_public_page_may_be_found_and_framed_and_sets_no_cookie(served):
    page = get(f"{served.url}/public/event/SHARED.html", headers={"Accept": "text/html"})
    assert (page.status_code, "Public title" in page.text) == (200, True)
    assert [name for name in ("x-robots-tag", "x-frame-options", "set-cookie") if name in page.headers] == []

"""The same workbook by every source, and what each says when it fails: the guides' tables, and no secret."""

import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any, Literal

import pytest
from click.testing import CliRunner

from cwac.cli import main
from cwac.refresh.source_factory import source_for
from cwac.settings import load
from cwac.sheet.reader import read_workbook
from cwac.sources.google import LinkSource
from tests.cases import each
from tests.server.answers import Answer
from tests.server.library import DriveItem
from tests.sources.every import (
    KINDS,
    Everywhere,
    comparable,
    everything_logged,
    on_this_machine,
    sheet_with_oddities,
    write_settings,
)
from tests.sources.failures import (
    FAILURES,
    HTML,
    Step,
    World,
    content,
    credentials,
    fault,
    given,
    page,
    path,
    roles,
    trouble_of,
    troubles,
    write_credentials,
)
from tests.sources.shared_workbook import workbook
from tests.web.served import ROOT

TODAY = dt.date(2026, 10, 1)


@pytest.fixture
def places(tmp_path: Path) -> Iterator[Everywhere]:
    with Everywhere(sheet_with_oddities(), tmp_path) as running, on_this_machine(running, tmp_path):
        yield running


def test_every_source_gives_the_same_records_problems_and_accounting(places: Everywhere, tmp_path: Path) -> None:
    snapshots = {}
    for kind in KINDS:
        settings = load(secrets=write_settings(places.settings(kind), tmp_path))
        snapshots[kind] = read_workbook(source_for(settings).fetch(False), TODAY)
    by_key = comparable(snapshots["key"])
    assert [kind for kind in KINDS if comparable(snapshots[kind]) != by_key] == []
    assert len(snapshots["file"].events) >= 3
    assert len(snapshots["file"].problems) >= 5
    assert snapshots["key"].accounting["Events"].left_out > 0
    assert {problem.link for problem in snapshots["link"].problems if problem.cell} == {
        f"https://docs.google.com/spreadsheets/d/{places.link.id}"
    }
    assert {call: places.calls()[call] for call in ("token", "imds", "download")} == {
        "token": 2, "imds": 1, "download": 3,
    }  # fmt: skip


def test_password_in_netrc_replaces_no_token(
    places: Everywhere, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login planted password planted\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for kind in KINDS:
        assert source_for(load(secrets=write_settings(places.settings(kind), tmp_path))).fetch(False).tabs


FOR_THE_SHEET = ("metadata", "batchGet", "formats", "export", "download", "share", "content", "drives")


def counted(places: Everywhere) -> tuple[int, int]:
    """Requests since they were forgotten: all, and those to sign in."""
    of_sheets = (places.google, places.link, places.graph)
    calls = [(call, count) for server in of_sheets for call, count in server.calls.items()]
    for_the_sheet = sum(count for call, count in calls if call in FOR_THE_SHEET)
    everything = sum(count for _, count in calls) + sum(places.auth.calls.values())
    return everything, everything - for_the_sheet


@pytest.mark.slow
@pytest.mark.parametrize(("place", "kind"), list(enumerate(KINDS)))
def test_guide_has_the_requests_of_each_source(places: Everywhere, tmp_path: Path, kind: str, place: int) -> None:
    """Of the first look, of one without news and of one after an edit; and of the first, those to sign in."""
    settings = load(secrets=write_settings(places.settings(kind), tmp_path))
    fetch = source_for(settings).fetch
    if kind == "link":
        source, hours = LinkSource.from_settings(settings), count(step=3600)
        source._clock = lambda: next(hours)  # it would not look more than once in five minutes
        fetch = lambda _: source.fetch()  # noqa: E731
    counts: list[tuple[int, int]] = []
    for edit in (workbook("Weed"), None, workbook("Weed", "Etna")):
        if edit is not None:
            places.edit(edit)
        places.forget_calls()
        seen = fetch(False)
        counts.append(counted(places))
    assert len(seen.tabs[0].rows) == 3, "the edit is read"
    (first, sign_in), (nothing_new, _), (edit, _) = counts
    table = (ROOT / "docs/operate/sources.md").read_text(encoding="utf-8").split("\n")[4:11]
    requests, of_sign_in = table[place].split(" | ")[3:5]
    assert requests.removesuffix(", every 5 minutes at most") == f"{first}, {nothing_new}, {edit}"
    assert of_sign_in == str(sign_in)


@pytest.mark.slow
def test_no_secret_is_in_a_log_or_what_commands_print(places: Everywhere, tmp_path: Path) -> None:
    """Those of failures are looked for where each of them is made."""
    texts: list[str] = []
    with everything_logged() as logged:
        for kind in KINDS:
            write_settings(places.settings(kind, access={"local": True}), tmp_path)
            for words in (["check"], ["doctor"], ["connect"]):
                ended = CliRunner().invoke(main, words)
                assert ended.exit_code in (0, 1, 2), (kind, words, ended.output)
                texts.append(ended.output)
    assert len(places.secrets()) > 40
    assert 'HTTP/1.1" 200' in logged.getvalue()  # the requests themselves are logged
    everything = "\n".join([*texts, logged.getvalue()])
    assert [secret for secret in places.secrets() if secret in everything] == []


@pytest.mark.slow
def test_guide_has_what_each_source_says_when_it_fails() -> None:
    assert len(troubles()) == sum(map(len, FAILURES.values())) > 70
    assert page() == (ROOT / "docs/failures.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_each_failure_has_its_cause() -> None:
    """The page does not say it, but the steps of `cwac doctor` and the metrics go by it."""
    assert Counter(trouble.cause for trouble in troubles().values()) == {
        "api-disabled": 2, "bad-address": 1, "bad-answer": 5, "bad-key": 12, "clock": 1, "damaged": 1, "locked": 1,
        "no-credentials": 2, "not-a-google-sheet": 1, "not-a-workbook": 2, "not-allowed": 9, "not-found": 8,
        "not-installed": 1, "not-shared": 6, "old-format": 2, "password": 2, "protected": 3, "rate-limit": 4,
        "scope": 3, "server-error": 3, "too-large": 2, "unreachable": 4,
    }  # fmt: skip


# --- what docs/failures.md does not list: it is rarer, or says the same of another cause -----------------------------


def _refused(error: dict[str, Any]) -> Step:
    return fault(
        "google", "x", answer=Answer(403, json.dumps({"error": {"code": 403, "message": "x"} | error}).encode())
    )


def _stale(world: World) -> None:
    (world.folder / "stale").write_text(world.places.auth.subject_token(minutes=-1))


def _provider(file: str) -> Step:
    """The token of the identity provider is in the file."""
    return lambda w: write_credentials(w, w.places.auth.external_account(w.folder / file))


def _elsewhere(world: World) -> None:
    account = world.places.auth.external_account()
    account["credential_source"]["url"] += "-elsewhere"
    write_credentials(world, account)


def _item(kind: Literal["folder", "package"]) -> Step:
    return lambda world: world.places.graph.drive.add(DriveItem("Plans", kind=kind))


def _token(error: object) -> Step:
    return fault("google", "x", on="token", answer=Answer(401, json.dumps(error).encode()))


SCOPED = {"errors": [{"reason": "userRateLimitExceeded", "domain": "usageLimits"}]}
SUSPENDED = {"status": "PERMISSION_DENIED", "details": [{"reason": "CONSUMER_SUSPENDED"}]}
INVALID = Answer(400, b'{"error": {"code": "invalidRequest", "message": "x"}}')
REFUSED_PAGE = Answer(403, HTML.body, HTML.headers)
NO_FILE = (
    "no-credentials: This machine has no Application Default Credentials that can be used. "
    "GOOGLE_APPLICATION_CREDENTIALS names FOLDER/adc.json, which is no credentials file."
)
NOT_GRANTED = "not-shared: SharePoint does not let this program read the workbook: its app has"
ACCOUNT = "not-allowed: Google refused the sign-in of the service account"
CLIENT_EMAIL = "cwac-reader@test-project.iam.gserviceaccount.com"
CASES = [
    ("key", "rate-limit: Google says that there were too many requests.", _refused(SCOPED)),
    ("key", "not-allowed: Google did not allow the sheet to be read (HTTP 403, CONSUMER_SUSPENDED).",
     _refused(SUSPENDED)),
    ("key", f"{ACCOUNT} (HTTP 401, invalid_client).", _token({"error": "invalid_client", "error_description": "x"})),
    ("key", f"{ACCOUNT} (HTTP 401, unauthorized_client).", _token({"error": "unauthorized_client"})),
    ("key", f"{ACCOUNT} (HTTP 401).", _token({"error": {"odd": 1}})),
    ("key", "server-error: Google answered with a page instead of data (HTTP 401).", _token([])),
    ("default", "not-allowed: Google Sheets does not accept the federated token itself (HTTP 401).",
     credentials("external_account", impersonate=False)),
    ("default", f"not-allowed: Google does not let this machine act as {CLIENT_EMAIL}.",
     credentials("external_account"), given("auth.may_impersonate", False)),
    ("default", "bad-key: The sign-in with gcloud has expired or was revoked.",
     credentials("authorized_user"), given("auth.user.must_sign_in_again", True)),
    ("default", "not-allowed: Google refused the sign-in with Application Default Credentials (HTTP 401).",
     lambda w: write_credentials(w, w.places.auth.authorized_user() | {"client_id": "other"})),
    ("default", "not-allowed: Google does not accept the token of the identity provider: it has expired, is damaged, "
     "or is meant for somebody else (sign-in: invalid_grant).", _stale, _provider("stale")),
    ("default", "not-allowed: The identity provider gave no token for the sign-in at Google (HTTP 404).", _elsewhere),
    ("default", "not-allowed: The sign-in with Application Default Credentials failed on this machine (RefreshError).",
     _provider("gone")),
    ("default", NO_FILE, lambda w: write_credentials(w, {"type": "authorized_user"})),
    ("default", NO_FILE, lambda w: write_credentials(w, {"hello": "there"})),
    ("link", 'not-shared: The sheet is not shared with "anyone with the link".',
     fault("link", "401")),
    ("link", "damaged: The export of the sheet is damaged: its end is missing.",
     given("link.content", b"PK\x03\x04 nothing")),
    ("secret", "bad-key: The app registration is disabled. (AADSTS7000112)", fault("graph", "7000112", on="token")),
    ("secret", "bad-key: The app registration belongs to another of Microsoft's clouds. (AADSTS90038)",
     fault("graph", "90038", on="token")),
    ("secret", "clock: Microsoft refused the sign-in because the clock of this server is wrong. (AADSTS700024)",
     fault("graph", "700024", on="token")),
    ("secret", "bad-key: Microsoft refused the sign-in of this program (AADSTS50013).",
     fault("graph", "50013", on="token")),
    ("secret", "bad-key: The tenant does not know Microsoft Graph at the configured address. (AADSTS500011)",
     given("graph.entra.audiences", set())),
    ("secret", "not-allowed: The app registration has no permission to read files.", roles("User.Read.All")),
    ("secret", f"{NOT_GRANTED} Sites.Selected, and was not granted this site.", roles("Sites.Selected")),
    ("secret", f"{NOT_GRANTED} Files.SelectedOperations.Selected, and was not granted this workbook.",
     path("Outreach/Plan.xlsx"), roles("Files.SelectedOperations.Selected")),
    ("secret", "bad-address: Microsoft cannot use the link in the settings (HTTP 400, invalidRequest).",
     fault("graph", "400", on="share", answer=INVALID)),
    ("secret", "not-found: The site sites/CoffeeWithACop has no library that holds Lists/Plan.xlsx.",
     lambda w: w.table.update(link=f"{w.places.graph.site.url}/Lists/Plan.xlsx")),
    ("secret", "bad-answer: Microsoft's answer was a web page instead of data (HTTP 403); a proxy may be answering in "
     "its place.", fault("graph", "page", on="share", answer=REFUSED_PAGE)),
    ("secret", "bad-answer: Microsoft's answer could not be read.", fault("graph", "page", on="share", answer=HTML)),
    ("secret", "not-a-workbook: Plans is a folder, not a workbook.", path("Plans"), _item("folder")),
    ("secret", "not-a-workbook: Plans is a OneNote notebook, not a workbook.", path("Plans"), _item("package")),
    ("secret", "not-a-workbook: Plan.xlsx is empty.", content(b"")),
]  # fmt: skip


@pytest.mark.slow
@each("source, said, steps", [(source, said, steps) for source, said, *steps in CASES])
def test_rarer_failure_has_its_cause_and_sentence(source: str, said: str, steps: list[Step]) -> None:
    trouble = trouble_of(source, said, *steps)
    assert re.sub(r"/tmp/\S*/", "FOLDER/", f"{trouble.cause}: {trouble.sentence}") == said
    assert trouble.remedy

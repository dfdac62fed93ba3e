"""What docs/failures.md does not list: refusals that are rarer, or say the same of another cause."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from tests.cases import each
from tests.server.answers import Answer
from tests.server.library import DriveItem
from tests.sources.failures import (
    HTML,
    Failure,
    World,
    adc,
    both,
    content,
    google,
    graph,
    path,
    roles,
    set_,
    trouble_of,
)


def _refused(error: dict[str, object]) -> Answer:
    return Answer(403, json.dumps({"error": {"code": 403, "message": "x"} | error}).encode())


def _stale(world: World) -> None:
    (world.folder / "stale").write_text(world.places.auth.subject_token(minutes=-1))


def _elsewhere(world: World) -> None:
    account = world.places.auth.external_account()
    account["credential_source"]["url"] += "-elsewhere"
    adc(lambda _: account)(world)


def _item(kind: str) -> Callable[[World], object]:
    return lambda world: world.places.graph.drive.add(DriveItem("Plans", kind=kind))


def _token(error: object) -> Callable[[World], object]:
    return google("x", on="token", answer=Answer(401, json.dumps(error).encode()))


SCOPED = {"errors": [{"reason": "userRateLimitExceeded", "domain": "usageLimits"}]}
SUSPENDED = {"status": "PERMISSION_DENIED", "details": [{"reason": "CONSUMER_SUSPENDED"}]}
INVALID = Answer(400, b'{"error": {"code": "invalidRequest", "message": "x"}}')
CASES = (
    ("key", "a rate limit that calls itself 403", google("x", answer=_refused(SCOPED)),
     "rate-limit: Google says that there were too many requests."),
    ("key", "a suspended project", google("x", answer=_refused(SUSPENDED)),
     "not-allowed: Google did not allow the sheet to be read (HTTP 403, CONSUMER_SUSPENDED)."),
    ("key", "the sign-in: invalid_client", _token({"error": "invalid_client", "error_description": "Not found."}),
     "not-allowed: Google refused the sign-in of the service account (HTTP 401, invalid_client)."),
    ("key", "the sign-in: unauthorized_client", _token({"error": "unauthorized_client"}),
     "not-allowed: Google refused the sign-in of the service account (HTTP 401, unauthorized_client)."),
    ("key", "the sign-in: an odd error", _token({"error": {"odd": 1}}),
     "not-allowed: Google refused the sign-in of the service account (HTTP 401)."),
    ("key", "the sign-in: no error", _token([]),
     "server-error: Google answered with a page instead of data (HTTP 401)."),
    ("default", "federation without impersonation", adc(lambda p: p.auth.external_account(impersonate=False)),
     "not-allowed: Google Sheets does not accept the federated token itself (HTTP 401)."),
    ("default", "federation may not impersonate",
     both(adc(lambda p: p.auth.external_account()), set_(lambda p: p.auth, "may_impersonate", False)),
     "not-allowed: Google does not let this machine act as cwac-reader@test-project.iam.gserviceaccount.com."),
    ("default", "a person must sign in again",
     both(adc(lambda p: p.auth.authorized_user()), set_(lambda p: p.auth.user, "must_sign_in_again", True)),
     "bad-key: The sign-in with gcloud has expired or was revoked."),
    ("default", "another OAuth client", adc(lambda p: p.auth.authorized_user() | {"client_id": "other"}),
     "not-allowed: Google refused the sign-in with Application Default Credentials (HTTP 401)."),
    ("default", "an expired token of the provider",
     both(_stale, lambda w: adc(lambda p: p.auth.external_account(w.folder / "stale"))(w)),
     "not-allowed: Google does not accept the token of the identity provider: it has expired, is "
     "damaged, or is meant for somebody else (sign-in: invalid_grant)."),
    ("default", "a provider that gives no token", _elsewhere,
     "not-allowed: The identity provider gave no token for the sign-in at Google (HTTP 404)."),
    ("default", "a token file that is gone", lambda w: adc(lambda p: p.auth.external_account(w.folder / "gone"))(w),
     "not-allowed: The sign-in with Application Default Credentials failed on this machine (RefreshError)."),
    ("default", "damaged credentials", adc(lambda _: {"type": "authorized_user"}),
     "no-credentials: This machine has no Application Default Credentials that can be used. "
     "GOOGLE_APPLICATION_CREDENTIALS names FOLDER/adc.json, which is no credentials file."),
    ("default", "credentials of no type", adc(lambda _: {"hello": "there"}),
     "no-credentials: This machine has no Application Default Credentials that can be used. "
     "GOOGLE_APPLICATION_CREDENTIALS names FOLDER/adc.json, which is no credentials file."),
    ("link", "401", both(set_(lambda p: p.link, "shared", False), set_(lambda p: p.link, "private", "401")),
     "not-shared: The sheet is not shared with \"anyone with the link\"."),
    ("link", "no workbook", set_(lambda p: p.link, "content", b"PK\x03\x04 nothing"),
     "damaged: The export of the sheet is damaged: its end is missing."),
    ("secret", "the app is disabled", graph("7000112", on="token"),
     "bad-key: The app registration is disabled. (AADSTS7000112)"),
    ("secret", "the app is of another cloud", graph("90038", on="token"),
     "bad-key: The app registration belongs to another of Microsoft's clouds. (AADSTS90038)"),
    ("secret", "the clock", graph("700024", on="token"),
     "clock: Microsoft refused the sign-in because the clock of this server is wrong. (AADSTS700024)"),
    ("secret", "an unknown code", graph("50013", on="token"),
     "bad-key: Microsoft refused the sign-in of this program (AADSTS50013)."),
    ("secret", "Graph of another cloud", lambda w: w.places.graph.entra.audiences.clear(),
     "bad-key: The tenant does not know Microsoft Graph at the configured address. (AADSTS500011)"),
    ("secret", "a permission that reads nothing", roles("User.Read.All"),
     "not-allowed: The app registration has no permission to read files."),
    ("secret", "Sites.Selected, by link", roles("Sites.Selected"),
     "not-shared: SharePoint does not let this program read the workbook: its app has "
     "Sites.Selected, and was not granted this site."),
    ("secret", "a file that was not granted, by path",
     both(path("Outreach/Plan.xlsx"), roles("Files.SelectedOperations.Selected")),
     "not-shared: SharePoint does not let this program read the workbook: its app has "
     "Files.SelectedOperations.Selected, and was not granted this workbook."),
    ("secret", "a link that Graph cannot use", graph("400", on="share", answer=INVALID),
     "bad-address: Microsoft cannot use the link in the settings (HTTP 400, invalidRequest)."),
    ("secret", "an address in no library",
     lambda w: w.microsoft.update(link=f"{w.places.graph.site.url}/Lists/Plan.xlsx"),
     "not-found: The site sites/CoffeeWithACop has no library that holds Lists/Plan.xlsx."),
    ("secret", "a page of a proxy", graph("page", on="share", answer=Answer(403, HTML.body, HTML.headers)),
     "bad-answer: Microsoft's answer was a web page instead of data (HTTP 403); a proxy may be "
     "answering in its place."),
    ("secret", "a page in place of JSON", graph("page", on="share", answer=HTML),
     "bad-answer: Microsoft's answer could not be read."),
    ("secret", "a folder", both(path("Plans"), _item("folder")),
     "not-a-workbook: Plans is a folder, not a workbook."),
    ("secret", "a notebook", both(path("Plans"), _item("package")),
     "not-a-workbook: Plans is a OneNote notebook, not a workbook."),
    ("secret", "an empty file", content(b""),
     "not-a-workbook: Plan.xlsx is empty."),
)  # fmt: skip


@pytest.mark.slow
@each(("source", "cause", "make", "said"), CASES)
def test_rarer_failure_has_its_cause_and_sentence(
    source: str, cause: str, make: Callable[[World], object], said: str
) -> None:
    trouble = trouble_of(Failure(source, cause, make))
    assert re.sub(r"/tmp/\S*/", "FOLDER/", f"{trouble.cause}: {trouble.sentence}") == said
    assert trouble.remedy

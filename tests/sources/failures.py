"""What goes wrong at each source, made at the stand-ins, and the sentence that the operator then reads.

`python -m tests.sources.failures` prints docs/failures.md; `test_every_source.py` compares the two.
"""

import json
import re
import sys
import tempfile
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from operator import attrgetter
from pathlib import Path
from typing import Any, Literal

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from cwac.model import SourceUnavailable
from cwac.refresh.source_factory import source_for
from cwac.settings import load
from cwac.sources.google import GoogleSource
from tests.server.answers import Answer, as_json
from tests.server.entra import make_certificate
from tests.server.google_auth import DEFAULT_SCOPES, PLATFORM
from tests.server.library import DriveItem, protected_workbook
from tests.sources.every import Everywhere, everything_logged, on_this_machine, toml, write_settings
from tests.sources.shared_workbook import workbook

NAMES = {
    "key": "Google Sheet with a key",
    "default": "Google Sheet with default credentials",
    "link": "Google Sheet by its link",
    "secret": "Excel at Microsoft",
    "file": "Excel file on this machine",
}
CONTENT = workbook("Weed", "Yreka")
OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "Workbook".encode("utf-16-le")


@dataclass(frozen=True)
class World:
    """The stand-ins, the settings that a failure may change, and this process' environment."""

    places: Everywhere
    settings: dict[str, dict[str, Any]]
    patch: pytest.MonkeyPatch
    folder: Path

    @property
    def table(self) -> dict[str, Any]:
        """The section of the settings that names the sheet."""
        return next(iter(self.settings.values()))

    @cached_property
    def look(self) -> Callable[[bool], object]:
        settings = load(secrets=write_settings(toml(self.settings), self.folder))
        if settings.credentials == "default" and settings.reads == "google":
            source = GoogleSource.from_settings(settings)
            source._token_session = self.places.auth.session  # Google's real addresses lead to the stand-in
            return lambda _: source.fetch()
        return source_for(settings).fetch


Step = Callable[[World], object]


def write_credentials(world: World, content: Mapping[str, Any]) -> None:
    """Make this the content of the file with the default credentials."""
    (world.folder / "adc.json").write_text(json.dumps(content))
    world.patch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(world.folder / "adc.json"))


def credentials(kind: str, **settings: Any) -> Step:
    return lambda world: write_credentials(world, getattr(world.places.auth, kind)(**settings))


def given(attribute: str, value: object) -> Step:
    """Set an attribute of one of the stand-ins."""
    of, _, name = attribute.rpartition(".")
    return lambda world: setattr(attrgetter(of)(world.places), name, value)


def fault(server: str, kind: str, **more: Any) -> Step:
    return lambda world: getattr(world.places, server).fail(kind, None, **more)


def stop(server: str) -> Step:
    return lambda world: getattr(world.places, server).stop()


def env(name: str, value: str) -> Step:
    return lambda world: world.patch.setenv(name, value)


def content(content: bytes, name: str = "Plan.xlsx") -> Step:
    def write(world: World) -> None:
        world.places.graph.item.name = name
        world.places.graph.item.write(content)

    return write


def path(path: str, site: str = "sites/CoffeeWithACop", **drive: str) -> Step:
    def name(world: World) -> None:
        del world.table["link"]
        world.table.update({"site": f"siskiyou.sharepoint.com/{site}", "path": path, **drive})

    return name


def roles(*roles: str) -> Step:
    return given("graph.entra.roles", set(roles))


def _certificate(*, expired: bool = False, known: bool = True) -> Step:
    def sign_in(world: World) -> None:
        certificate, key = make_certificate(expired=expired)
        world.places.graph.entra.certificate = certificate if known else make_certificate(key_name="other")[0]
        world.places.certificate.write_text(certificate.public_bytes(Encoding.PEM).decode() + key)
        del world.table["client_secret"]
        world.table["certificate"] = str(world.places.certificate)

    return sign_in


def _identity(world: World) -> None:
    for name in ("tenant", "client_id", "client_secret"):
        del world.table[name]
    world.table["managed_identity"] = True


def _file(content: bytes) -> Step:
    return lambda world: world.places.file.write_bytes(content)


UNSAFE = Answer(302, b"", {"Location": "http://example.com/file"})
MODIFIED = Answer(409, b'{"error": {"code": "resourceModified", "message": "x"}}')
HTML = Answer(200, b"<!DOCTYPE html><title>Sign in to the network</title>", {"Content-Type": "text/html"})
FAILURES: dict[str, list[tuple[Any, ...]]] = {
    "key": [
        ("the address is not that of a sheet",
         lambda w: w.table.update(spreadsheet="https://docs.google.com/document/d/1aB")),
        ("the settings hold no key", lambda w: [w.table.pop(name) for name in ("private_key", "client_email")]),
        ("the key is damaged", lambda w: w.table.update(private_key="-----BEGIN PRIVATE KEY-----\nMIIE")),
        ("the key was deleted at Google", fault("google", "bad-signature", on="token")),
        ("the account was deleted", fault("google", "no-account", on="token")),
        ("this machine's clock is wrong", fault("google", "clock", on="token")),
        ("the Sheets API is switched off", given("google.api_enabled", False)),
        ("the sheet is not shared with the account", given("google.shared", False)),
        ("the sheet was deleted", lambda w: w.places.google.books.clear()),
        ("an Excel file in Google Drive", given("google.office_file", True)),
        ("too many requests (429)", fault("google", "429", retry_after=7)),
        ("a fault of Google's (503)", fault("google", "503")),
        ("an answer that breaks off", fault("google", "cut-json")),
        ("no connection", stop("google")),
    ],
    "default": [
        ("no credentials on this machine", env("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/adc.json")),
        ("a machine at Google without an account", given("auth.machine.email", None)),
        ("Compute Engine: scopes without Sheets", given("auth.machine.scopes", {PLATFORM})),
        ("impersonation: scopes without cloud-platform",
         given("auth.machine.scopes", set(DEFAULT_SCOPES)), lambda w: w.table.update(impersonate=w.places.auth.target)),
        ("impersonation: the role is missing", credentials("impersonated"), given("auth.may_impersonate", False)),
        ("impersonation: its API is switched off", credentials("impersonated"), given("auth.iam_enabled", False)),
        ("federation: the pool was deleted", credentials("external_account"), given("auth.pool_exists", False)),
        ("federation: the condition refuses", credentials("external_account"), given("auth.condition_met", False)),
        ("gcloud: the sign-in does not include Sheets",
         credentials("authorized_user"), given("auth.user.granted", {PLATFORM})),
        ("gcloud: the sign-in has expired", credentials("authorized_user"), given("auth.user.revoked", True)),
        ("gcloud: no project for the calls", credentials("authorized_user"), fault("google", "quota-project")),
        ("the sheet is not shared with the account", given("google.shared", False)),
    ],
    "link": [
        ("the sheet is not shared by link", given("link.shared", False)),
        ("no such sheet (404)", fault("link", "404")),
        ("viewers may not download (403)", fault("link", "403")),
        ("too many requests (429)", fault("link", "429")),
        ("over the size bound (413)", fault("link", "413")),
        ("a fault of Google's (500)", fault("link", "500")),
        ("no connection", stop("link")),
    ],
    "secret": [
        ("msal is not installed", lambda w: w.patch.setitem(sys.modules, "msal", None)),
        ("the client secret has expired", fault("graph", "7000222", on="token")),
        ("the client secret is wrong", fault("graph", "7000215", on="token")),
        ("no such app registration", fault("graph", "700016", on="token")),
        ("no such tenant", lambda w: w.table.update(tenant="elsewhere.onmicrosoft.com")),
        ("a policy blocks the sign-in", fault("graph", "53003", on="token")),
        ("the certificate is not that of the app", _certificate(known=False)),
        ("the certificate has expired", _certificate(expired=True)),
        ("managed identity: outside Azure", _identity, env("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:9")),
        ("managed identity: none is assigned", _identity, given("graph.entra.identity_assigned", False)),
        ("no permission (403)", roles()),
        ("Sites.Selected, the site not granted (403)", path("Outreach/Plan.xlsx"), roles("Sites.Selected")),
        ("Files.SelectedOperations.Selected, the file not granted (403)", roles("Files.SelectedOperations.Selected")),
        ("refused although the app may read all (403)", fault("graph", "403", on="share")),
        ("the access token is not accepted (401)", fault("graph", "401", on="share")),
        ("the link was withdrawn (404)", lambda w: w.places.graph.links.clear()),
        ("no such file at that path (404)", path("Outreach/Plans.xlsx")),
        ("no such library", path("Outreach/Plan.xlsx", drive="Document")),
        ("no such site (404)", path("Plan.xlsx", site="sites/Elsewhere", drive="Documents"), roles("Sites.Read.All")),
        ("deleted while the dashboard runs", lambda w: w.look(False), lambda w: w.places.graph.drive.items.clear()),
        ("locked by an editor (423)", fault("graph", "423", on="content")),
        ("too many requests (429)", fault("graph", "429", on="share", retry_after=31)),
        ("busy, with Retry-After (503)", fault("graph", "503", on="share")),
        ("a fault of Microsoft's (500)", fault("graph", "500", on="share")),
        ("changed during the download (409)", fault("graph", "409", on="content", answer=MODIFIED)),
        ("the download address has expired (403)", fault("graph", "403", on="download")),
        ("a web page in place of the workbook", fault("graph", "page", on="download", answer=HTML)),
        ("a redirect that is not safe", fault("graph", "302", on="content", answer=UNSAFE)),
        ("no connection", stop("graph")),
        ("a password", content(protected_workbook())),
        ("a sensitivity label that encrypts", content(protected_workbook(label=True))),
        ("double key encryption (423)", fault("graph", "423-double-key", on="content")),
        ("a virus was found", given("graph.item.malware", "Trojan")),
        ("the old format (.xls)", content(OLD, "Plan.xls")),
        ("a CSV file", content(b"a,b\n", "Plan.csv")),
        ("a damaged file", lambda w: w.places.graph.item.write(w.places.graph.item.content[:-60])),
        ("over the size bound", given("graph.item.claimed_size", 2**29)),
    ],
    "file": [
        ("not there", lambda w: w.places.file.unlink()),
        ("a password", _file(protected_workbook())),
        ("a sensitivity label that encrypts", _file(protected_workbook(label=True))),
        ("the old format (.xls)", _file(OLD)),
        ("empty, or being saved", _file(b"")),
    ],
}  # fmt: skip
"""By source: a cause in words, and the steps that bring it about."""


# --- what docs/failures.md does not list: it is rarer, or says the same of another cause -----------------------------


def _refused(error: dict[str, Any]) -> Step:
    return fault("google", "x", answer=as_json(403, {"error": {"code": 403, "message": "x"} | error}))


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
    return fault("google", "x", on="token", answer=as_json(401, error))


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
RARER: list[tuple[Any, ...]] = [
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
     "or is meant for somebody else (sign-in: invalid_grant).",
     lambda w: (w.folder / "stale").write_text(w.places.auth.subject_token(minutes=-1)), _provider("stale")),
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
"""By source: the cause and the sentence, and the steps that bring it about."""


def trouble_of(source: str, cause: str, *steps: Step) -> SourceUnavailable:
    """The trouble that the dashboard has then. No secret is in it or in the log."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Everywhere(CONTENT, Path(folder), tls="certificate" in cause, kinds=[source]) as places,
        on_this_machine(places, Path(folder)) as patch,
        everything_logged() as logged,
    ):
        world = World(places, places.tables(source), patch, Path(folder))
        for step in steps:
            step(world)
        with pytest.raises(SourceUnavailable) as caught:
            world.look(False)
        shown = "".join([repr(caught.value), *traceback.format_exception(caught.value), logged.getvalue()])
        assert [secret for secret in places.secrets() if secret in shown] == []
        return caught.value


@cache
def troubles() -> Mapping[tuple[str, str], SourceUnavailable]:
    """By source and cause."""
    return {(source, row[0]): trouble_of(source, *row) for source, rows in FAILURES.items() for row in rows}


PAGE = """\
# What each source says when it cannot be read

For operators. `python -m tests.sources.failures` makes this page with the program itself, against stand-ins \
for Google and Microsoft: so
the sentences are those of pages, log, `cwac check` and `cwac doctor`. The last good copy stays on each page, \
with its age. "Passes": it is
tried again by itself, soon. The rest is tried again too, but seldom, as somebody must act first.

{}
A file that is **moved or renamed** at Microsoft is no failure: it is followed by its ID. Of one that is \
**checked out**, what was checked in last is read,
and every page says so. **304** (nothing new) is an answer like any other.
"""


def page() -> str:
    """docs/failures.md."""
    sections = ""
    for source, name in NAMES.items():
        sections += f"## {name}\n\n| Cause | What is said | Who does what | |\n|---|---|---|---|\n"
        for (of, cause), trouble in troubles().items():
            if of == source:
                cells = (cause, trouble.sentence, trouble.remedy, "" if trouble.permanent else "passes")
                sections += f"| {' | '.join(map(_cell, cells))} |\n"
        sections += "\n"
    return PAGE.format(sections.rstrip("\n") + "\n")


def _cell(text: str) -> str:
    text = re.sub(r"/tmp/\S*/(?=plan\.xlsx|app\.pem)", "/srv/coffee/", text)
    text = re.sub(r"(?<=key )[0-9a-f]{40}", "33e2…", text)
    return text.replace("|", "\\|")


if __name__ == "__main__":
    print(page(), end="")

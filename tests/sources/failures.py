"""What goes wrong at each source, made at the stand-ins, and the sentence that the operator then reads.

`python -m tests.sources.failures` prints docs/failures.md; `test_tables.py` compares the two.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cwac.model import SourceUnavailable
from cwac.refresh.source_factory import source_for
from cwac.settings import load
from cwac.sources.google import GoogleSource
from tests.server.answers import Answer
from tests.server.entra import make_certificate
from tests.server.google_auth import DEFAULT_SCOPES, PLATFORM
from tests.server.library import protected_workbook
from tests.sources.every import KINDS, Everywhere, on_this_machine, toml, write_settings
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
    def gsheets(self) -> dict[str, Any]:
        return self.settings["connections.gsheets"]

    @property
    def microsoft(self) -> dict[str, Any]:
        return self.settings["connections.microsoft"]


@dataclass(frozen=True)
class Failure:
    """`cause` in words; `make` brings it about, before a look or, with `later`, after a good one."""

    source: str
    cause: str
    make: Callable[[World], object]
    later: bool = False


def adc(content: Callable[[Everywhere], Mapping[str, Any]]) -> Callable[[World], None]:
    def name(world: World) -> None:
        import json

        path = world.folder / "adc.json"
        path.write_text(json.dumps(content(world.places)))
        world.patch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))

    return name


def both(*steps: Callable[[World], object]) -> Callable[[World], None]:
    def make(world: World) -> None:
        for step in steps:
            step(world)

    return make


def set_(of: Callable[[Everywhere], object], name: str, value: object) -> Callable[[World], None]:
    return lambda world: setattr(of(world.places), name, value)


def google(kind: str, **more: Any) -> Callable[[World], object]:
    return lambda world: world.places.google.fail(kind, None, **more)


def _link(kind: str) -> Callable[[World], object]:
    return lambda world: world.places.link.fail(kind, None)


def graph(kind: str, on: str = "any", **more: Any) -> Callable[[World], object]:
    return lambda world: world.places.graph.fail(kind, None, on=on, **more)


def content(content: bytes, name: str = "Plan.xlsx") -> Callable[[World], None]:
    def write(world: World) -> None:
        world.places.graph.item.name = name
        world.places.graph.item.write(content)

    return write


def path(path: str, site: str = "sites/CoffeeWithACop", drive: str | None = None) -> Callable[[World], None]:
    def name(world: World) -> None:
        del world.microsoft["link"]
        world.microsoft.update({"site": f"siskiyou.sharepoint.com/{site}", "path": path})
        if drive:
            world.microsoft["drive"] = drive

    return name


def roles(*roles: str) -> Callable[[World], None]:
    return lambda world: setattr(world.places.graph.entra, "roles", set(roles))


def _certificate(*, expired: bool = False, known: bool = True) -> Callable[[World], None]:
    def sign_in(world: World) -> None:
        from cryptography.hazmat.primitives.serialization import Encoding

        certificate, key = make_certificate(expired=expired)
        world.places.graph.entra.certificate = certificate if known else make_certificate(key_name="other")[0]
        world.places.certificate.write_text(certificate.public_bytes(Encoding.PEM).decode() + key)
        del world.microsoft["client_secret"]
        world.microsoft["certificate"] = str(world.places.certificate)

    return sign_in


def _identity(world: World) -> None:
    for name in ("tenant", "client_id", "client_secret"):
        del world.microsoft[name]
    world.microsoft["managed_identity"] = True


def _file(content: bytes | None) -> Callable[[World], object]:
    return lambda world: world.places.file.write_bytes(content) if content is not None else world.places.file.unlink()


HTML = Answer(200, b"<!DOCTYPE html><title>Sign in to the network</title>", {"Content-Type": "text/html"})
FAILURES = (
    Failure("key", "the address is not that of a sheet",
            lambda w: w.gsheets.update(spreadsheet="https://docs.google.com/document/d/1aB")),
    Failure("key", "the settings hold no key",
            lambda w: [w.gsheets.pop(name) for name in ("private_key", "client_email")]),
    Failure("key", "the key is damaged", lambda w: w.gsheets.update(private_key="-----BEGIN PRIVATE KEY-----\nMIIE")),
    Failure("key", "the key was deleted at Google", google("bad-signature", on="token")),
    Failure("key", "the account was deleted", google("no-account", on="token")),
    Failure("key", "this machine's clock is wrong", google("clock", on="token")),
    Failure("key", "the Sheets API is switched off", set_(lambda p: p.google, "api_enabled", False)),
    Failure("key", "the sheet is not shared with the account", set_(lambda p: p.google, "shared", False)),
    Failure("key", "the sheet was deleted", lambda w: w.places.google.books.clear()),
    Failure("key", "an Excel file in Google Drive", set_(lambda p: p.google, "office_file", True)),
    Failure("key", "too many requests (429)", google("429", retry_after=7)),
    Failure("key", "a fault of Google's (503)", google("503")),
    Failure("key", "an answer that breaks off", google("cut-json")),
    Failure("key", "no connection", lambda w: w.places.google.stop()),
    Failure("default", "no credentials on this machine",
            lambda w: w.patch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/adc.json")),
    Failure("default", "a machine at Google without an account", set_(lambda p: p.auth.machine, "email", None)),
    Failure("default", "Compute Engine: scopes without Sheets", set_(lambda p: p.auth.machine, "scopes", {PLATFORM})),
    Failure("default", "impersonation: scopes without cloud-platform", both(
        set_(lambda p: p.auth.machine, "scopes", set(DEFAULT_SCOPES)),
            lambda w: w.gsheets.update(impersonate=w.places.auth.target))),
    Failure("default", "impersonation: the role is missing", both(
        adc(lambda p: p.auth.impersonated()), set_(lambda p: p.auth, "may_impersonate", False))),
    Failure("default", "impersonation: its API is switched off", both(
        adc(lambda p: p.auth.impersonated()), set_(lambda p: p.auth, "iam_enabled", False))),
    Failure("default", "federation: the pool was deleted", both(
        adc(lambda p: p.auth.external_account()), set_(lambda p: p.auth, "pool_exists", False))),
    Failure("default", "federation: the condition refuses", both(
        adc(lambda p: p.auth.external_account()), set_(lambda p: p.auth, "condition_met", False))),
    Failure("default", "gcloud: the sign-in does not include Sheets", both(
        adc(lambda p: p.auth.authorized_user()), set_(lambda p: p.auth.user, "granted", {PLATFORM}))),
    Failure("default", "gcloud: the sign-in has expired", both(
        adc(lambda p: p.auth.authorized_user()), set_(lambda p: p.auth.user, "revoked", True))),
    Failure("default", "gcloud: no project for the calls", both(
        adc(lambda p: p.auth.authorized_user()), google("quota-project"))),
    Failure("default", "the sheet is not shared with the account", set_(lambda p: p.google, "shared", False)),
    Failure("link", "the sheet is not shared by link", set_(lambda p: p.link, "shared", False)),
    Failure("link", "no such sheet (404)", _link("404")),
    Failure("link", "viewers may not download (403)", set_(lambda p: p.link, "downloads_allowed", False)),
    Failure("link", "too many requests (429)", _link("429")),
    Failure("link", "over the size bound (413)", set_(lambda p: p.link, "too_large", "413")),
    Failure("link", "a fault of Google's (500)", _link("500")),
    Failure("link", "no connection", lambda w: w.places.link.stop()),
    Failure("secret", "msal is not installed", lambda w: w.patch.setitem(sys.modules, "msal", None)),
    Failure("secret", "the client secret has expired", graph("7000222", on="token")),
    Failure("secret", "the client secret is wrong", graph("7000215", on="token")),
    Failure("secret", "no such app registration", graph("700016", on="token")),
    Failure("secret", "no such tenant", lambda w: w.microsoft.update(tenant="elsewhere.onmicrosoft.com")),
    Failure("secret", "a policy blocks the sign-in", graph("53003", on="token")),
    Failure("secret", "the certificate is not that of the app", _certificate(known=False)),
    Failure("secret", "the certificate has expired", _certificate(expired=True)),
    Failure("secret", "managed identity: outside Azure", both(
        _identity, lambda w: w.patch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:9"))),
    Failure("secret", "managed identity: none is assigned", both(
        _identity, set_(lambda p: p.graph.entra, "identity_assigned", False))),
    Failure("secret", "no permission (403)", roles()),
    Failure("secret", "Sites.Selected, the site not granted (403)",
            both(path("Outreach/Plan.xlsx"), roles("Sites.Selected"))),
    Failure("secret", "Files.SelectedOperations.Selected, the file not granted (403)",
            roles("Files.SelectedOperations.Selected")),
    Failure("secret", "refused although the app may read all (403)", graph("403", on="share")),
    Failure("secret", "the access token is not accepted (401)", graph("401", on="share")),
    Failure("secret", "the link was withdrawn (404)", lambda w: w.places.graph.links.clear()),
    Failure("secret", "no such file at that path (404)", path("Outreach/Plans.xlsx")),
    Failure("secret", "no such library", path("Outreach/Plan.xlsx", drive="Document")),
    Failure("secret", "no such site (404)",
            both(path("Plan.xlsx", site="sites/Elsewhere", drive="Documents"), roles("Sites.Read.All"))),
    Failure("secret", "deleted while the dashboard runs", lambda w: w.places.graph.drive.items.clear(), later=True),
    Failure("secret", "locked by an editor (423)", graph("423", on="content")),
    Failure("secret", "too many requests (429)", graph("429", on="share", retry_after=31)),
    Failure("secret", "busy, with Retry-After (503)", graph("503", on="share")),
    Failure("secret", "a fault of Microsoft's (500)", graph("500", on="share")),
    Failure("secret", "changed during the download (409)", graph(
        "409", on="content", answer=Answer(409, b'{"error": {"code": "resourceModified", "message": "x"}}'))),
    Failure("secret", "the download address has expired (403)", graph("403", on="download")),
    Failure("secret", "a web page in place of the workbook", graph("page", on="download", answer=HTML)),
    Failure("secret", "a redirect that is not safe", graph(
        "302", on="content", answer=Answer(302, b"", {"Location": "http://example.com/file"}))),
    Failure("secret", "no connection", lambda w: w.places.graph.stop()),
    Failure("secret", "a password", content(protected_workbook())),
    Failure("secret", "a sensitivity label that encrypts", content(protected_workbook(label=True))),
    Failure("secret", "double key encryption (423)", graph("423-double-key", on="content")),
    Failure("secret", "a virus was found", set_(lambda p: p.graph.item, "malware", "Trojan")),
    Failure("secret", "the old format (.xls)", content(OLD, "Plan.xls")),
    Failure("secret", "a CSV file", content(b"a,b\n", "Plan.csv")),
    Failure("secret", "a damaged file", lambda w: w.places.graph.item.write(w.places.graph.item.content[:-60])),
    Failure("secret", "over the size bound", set_(lambda p: p.graph.item, "claimed_size", 2**29)),
    Failure("file", "not there", _file(None)),
    Failure("file", "a password", _file(protected_workbook())),
    Failure("file", "a sensitivity label that encrypts", _file(protected_workbook(label=True))),
    Failure("file", "the old format (.xls)", _file(OLD)),
    Failure("file", "empty, or being saved", _file(b"")),
)  # fmt: skip


def trouble_of(failure: Failure) -> SourceUnavailable:
    """The trouble that the dashboard has then. Raises `AssertionError` if it has none."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Everywhere(CONTENT, Path(folder), tls="certificate" in failure.cause, kinds=[failure.source]) as places,
        on_this_machine(places, Path(folder)) as patch,
    ):
        world = World(places, _tables(places, failure.source), patch, Path(folder))
        if not failure.later:
            failure.make(world)
        source = _source(world)
        if failure.later:
            source(False)
            failure.make(world)
        try:
            source(False)
        except SourceUnavailable as trouble:
            return trouble
    raise AssertionError(f"{failure.source}, {failure.cause}: it was read")


def _tables(places: Everywhere, kind: str) -> dict[str, dict[str, Any]]:
    if kind == "file":
        return {"cwac": {"workbook": str(places.file)}}
    if kind in KINDS[:3]:
        return {"connections.gsheets": {"spreadsheet": places.address(kind), **places.gsheets(kind)}}
    return {"connections.microsoft": {"link": places.address(kind), **places.microsoft(kind)}}


def _source(world: World) -> Callable[[bool], object]:
    settings = load(secrets=write_settings(toml(world.settings), world.folder))
    if settings.credentials == "default" and settings.reads == "google":
        by_google = GoogleSource.from_settings(settings)
        by_google._token_session = world.places.auth.session  # Google's real addresses lead to the stand-in
        return lambda _: by_google.fetch()
    return source_for(settings).fetch


@cache
def troubles() -> Mapping[Failure, SourceUnavailable]:
    return {failure: trouble_of(failure) for failure in FAILURES}


def page() -> str:
    """docs/failures.md."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# What each source says when it cannot be read"
    yield ""
    yield from (
        "For operators. `python -m tests.sources.failures` makes this page with the program itself, against stand-ins "
        "for Google and Microsoft: so",
        "the sentences are those of pages, log, `cwac check` and `cwac doctor`. The last good copy stays on each page, "
        'with its age. "Passes": it is',
        "tried again by itself, soon. The rest is tried again too, but seldom, as somebody must act first.",
    )
    for source, name in NAMES.items():
        yield ""
        yield f"## {name}"
        yield ""
        yield "| Cause | What is said | Who does what | |"
        yield "|---|---|---|---|"
        for failure in FAILURES:
            if failure.source == source:
                trouble = troubles()[failure]
                cells = (failure.cause, trouble.sentence, trouble.remedy, "" if trouble.permanent else "passes")
                yield f"| {' | '.join(_cell(cell) for cell in cells)} |"
    yield ""
    yield (
        "A file that is **moved or renamed** at Microsoft is no failure: it is followed by its ID. Of one that is "
        "**checked out**, what was checked in last is read,"
    )
    yield "and every page says so. **304** (nothing new) is an answer like any other."


def _cell(text: str) -> str:
    text = re.sub(r"/tmp/\S*/(?=plan\.xlsx|app\.pem)", "/srv/coffee/", text)
    text = re.sub(r"(?<=key )[0-9a-f]{40}", "33e2…", text)
    return text.replace("|", "\\|")


if __name__ == "__main__":
    print(page(), end="")

"""Each failure of the sign-in, of Graph and of the file is one sentence with a remedy; over HTTP, from the stand-in."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from cwac.model import SourceUnavailable
from cwac.settings import Settings
from cwac.settings.microsoft import WorkbookPlace, place_of_link
from cwac.sources import microsoft as module
from cwac.sources.microsoft import MicrosoftSource
from tests.cases import each
from tests.server.answers import Answer
from tests.server.entra import make_certificate
from tests.server.graph import GraphServer
from tests.server.library import DriveItem, protected_workbook
from tests.sources.shared_workbook import by_path, failure_of, sign_in, source_of, towns_of, workbook
from tests.sources.xlsx_files import packed, parts

Setup = Callable[[GraphServer], None]
SITE = "siskiyou.sharepoint.com/sites/CoffeeWithACop"


@pytest.fixture
def graph() -> Iterator[GraphServer]:
    with GraphServer(workbook("Weed", "Yreka")) as running:
        yield running


def said(trouble: SourceUnavailable) -> tuple[str, str]:
    return trouble.cause, trouble.sentence


# --- the sign-in -----------------------------------------------------------------------------------------------------


@each(
    ("code", "cause", "sentence", "remedy"),
    [
        ("7000222", "bad-key", "The client secret in the settings has expired. (AADSTS7000222)", "a new client secret"),
        ("7000215", "bad-key", "Microsoft does not accept the client secret in the settings. (AADSTS7000215)", "Value"),
        ("700016", "bad-key", "Microsoft knows no app of that client_id in this tenant. (AADSTS700016)", "client_id"),
        ("7000112", "bad-key", "The app registration is disabled. (AADSTS7000112)", "Enterprise applications"),
        ("90038", "bad-key",
         "The app registration belongs to another of Microsoft's clouds. (AADSTS90038)", "gcc-high"),
        ("700024", "clock",
         "Microsoft refused the sign-in because the clock of this server is wrong. (AADSTS700024)", "time server"),
        ("700027", "bad-key", "Microsoft does not accept the certificate in the settings. (AADSTS700027)", "upload"),
        ("53003", "not-allowed",
         "A Conditional Access policy blocks the sign-in of this program. (AADSTS53003)", "policy"),
        ("50013", "bad-key", "Microsoft refused the sign-in of this program (AADSTS50013).", "look the code up"),
    ],
)  # fmt: skip
def test_refused_sign_in(graph: GraphServer, code: str, cause: str, sentence: str, remedy: str) -> None:
    graph.heal()
    graph.fail(code, on="token")
    trouble = failure_of(source_of(graph))
    assert said(trouble) == (cause, sentence)
    assert remedy in trouble.remedy
    assert trouble.permanent


def test_graph_of_another_cloud(graph: GraphServer) -> None:
    graph.entra.audiences.clear()
    trouble = failure_of(source_of(graph))
    assert said(trouble) == (
        "bad-key", "The tenant does not know Microsoft Graph at the configured address. (AADSTS500011)",
    )  # fmt: skip
    assert "cloud" in trouble.remedy


def test_sign_in_works_as_soon_as_it_is_accepted_again(graph: GraphServer) -> None:
    source = source_of(graph)
    graph.fail("7000222", on="token")
    failure_of(source)
    assert towns_of(source) == ["Weed", "Yreka"]


def test_unknown_tenant(graph: GraphServer) -> None:
    trouble = failure_of(source_of(graph, microsoft=sign_in(graph, tenant="elsewhere.onmicrosoft.com")))
    assert said(trouble) == ("bad-key", "Microsoft knows no tenant of that name.")
    assert "Directory (tenant) ID" in trouble.remedy


def test_expired_and_unknown_certificates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    with GraphServer(workbook("Weed"), certificate=tmp_path / "ca.pem") as graph:
        certificate, key = make_certificate(expired=True)
        pem = tmp_path / "app.pem"
        pem.write_text(certificate.public_bytes(Encoding.PEM).decode() + key)
        microsoft = sign_in(graph, client_secret=None, certificate=str(pem))
        assert said(failure_of(source_of(graph, microsoft=microsoft))) == (
            "bad-key", "Microsoft does not accept the certificate in the settings. (AADSTS700027)",
        )  # fmt: skip
        graph.entra.certificate = certificate
        assert said(failure_of(source_of(graph, microsoft=microsoft))) == (
            "bad-key", "The certificate in the settings has expired. (AADSTS700027)",
        )  # fmt: skip


def test_certificate_file_that_cannot_be_used(graph: GraphServer, tmp_path: Path) -> None:
    certificate, key = make_certificate()
    _, other_key = make_certificate(key_name="other")
    public = certificate.public_bytes(Encoding.PEM).decode()
    pem = tmp_path / "app.pem"
    microsoft = sign_in(graph, client_secret=None, certificate=str(pem))
    named = "The file that certificate in the settings names"
    for text, sentence in (
        (None, f"{named} cannot be read (No such file or directory)."),
        (public, f"{named} does not hold a private key and a certificate, in PEM form."),
        (public + key[:200] + "\n" + key[300:], f"{named} is damaged, or its key has a password."),
        (public + other_key, f"{named} holds a key and a certificate that do not belong together."),
    ):
        if text is not None:
            pem.write_text(text)
        trouble = failure_of(source_of(graph, microsoft=microsoft))
        assert said(trouble) == ("bad-key", sentence)
        assert key[40:80] not in str(trouble)
    assert graph.calls == {}


def test_machine_without_an_identity(graph: GraphServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", graph.imds)
    graph.entra.identity_assigned = False
    microsoft = sign_in(graph, tenant=None, client_id=None, client_secret=None, managed_identity=True)
    trouble = failure_of(source_of(graph, microsoft=microsoft))
    assert said(trouble) == ("bad-key", "The managed identity of this machine was not given an access token.")
    assert "certificate" in trouble.remedy


def test_machine_outside_azure(graph: GraphServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:9")
    microsoft = sign_in(graph, tenant=None, client_id=None, client_secret=None, managed_identity=True)
    trouble = failure_of(source_of(graph, microsoft=microsoft))
    assert said(trouble) == ("unreachable", "The identity service of this machine does not answer.")
    assert "in Azure" in trouble.remedy


def test_missing_library_says_how_to_install_it(graph: GraphServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "msal", None)
    trouble = failure_of(source_of(graph))
    assert said(trouble) == (
        "not-installed", "Workbooks in SharePoint need the library msal, which is not installed.",
    )  # fmt: skip
    assert trouble.remedy.endswith('pip install "cwac[microsoft]"')


# --- permissions -----------------------------------------------------------------------------------------------------


def test_missing_permission_is_named(graph: GraphServer) -> None:
    refused = "SharePoint does not let this program read the workbook"
    site = f"grant the app registration the site {SITE},"
    for roles, place, cause, sentence, remedy in (
        (set(), graph.link, "not-allowed", "The app registration has no permission to read files.", "Sites.Selected"),
        ({"User.Read.All"}, graph.link, "not-allowed", "The app registration has no permission to read files.",
         "admin consent"),
        ({"Sites.Selected"}, by_path(graph), "not-shared",
         f"{refused}: its app has Sites.Selected, and was not granted this site.", site),
        ({"Sites.Selected"}, graph.link, "not-shared",
         f"{refused}: its app has Sites.Selected, and was not granted this site.", "by site, drive and path instead"),
        ({"Files.SelectedOperations.Selected"}, by_path(graph), "not-shared",
         f"{refused}: its app has Files.SelectedOperations.Selected, and was not granted this workbook.",
         "grant the app registration the workbook,"),
    ):  # fmt: skip
        graph.entra.roles = roles
        trouble = failure_of(source_of(graph, place))
        assert said(trouble) == (cause, sentence)
        assert remedy in trouble.remedy
        assert trouble.permanent


def test_permission_is_used_at_the_next_look(graph: GraphServer) -> None:
    graph.entra.roles = set()
    source = source_of(graph)
    failure_of(source)
    graph.entra.roles = {"Sites.Selected"}
    failure_of(source)
    graph.grant(graph.site)
    assert towns_of(source) == ["Weed", "Yreka"]


def test_refused_although_all_files_are_open(graph: GraphServer) -> None:
    graph.fail("403", on="share")
    trouble = failure_of(source_of(graph))
    assert said(trouble) == (
        "not-allowed", "SharePoint refuses the workbook, although the app may read all files (HTTP 403, accessDenied).",
    )  # fmt: skip
    assert "policy" in trouble.remedy


def test_token_that_graph_does_not_accept(graph: GraphServer) -> None:
    graph.fail("401", None, on="share")
    trouble = failure_of(source_of(graph))
    assert said(trouble) == (
        "not-allowed",
        "Microsoft Graph did not accept the access token of this program (HTTP 401, InvalidAuthenticationToken).",
    )
    assert "cloud" in trouble.remedy
    assert graph.calls["share"] == 2


# --- where it is -----------------------------------------------------------------------------------------------------


def test_place_that_is_not_there(graph: GraphServer) -> None:
    graph.entra.roles = {"Sites.Read.All"}
    elsewhere = WorkbookPlace(graph.site.host, site="sites/Elsewhere", drive="Documents", path="Plan.xlsx")
    for place, sentence, remedy in (
        (by_path(graph, "Outreach/Plans.xlsx"), f"SharePoint has no workbook Outreach/Plans.xlsx in {SITE}.",
         "site and path"),
        (by_path(graph, drive="Document"), "The site sites/CoffeeWithACop has no library Document.",
         "The site has: Documents."),
        (elsewhere, "SharePoint has no site siskiyou.sharepoint.com/sites/Elsewhere.", "open the site in a browser"),
        (place_of_link(f"{graph.site.url}/Lists/Plan.xlsx"),
         "The site sites/CoffeeWithACop has no library that holds Lists/Plan.xlsx.", "The site has: Documents."),
    ):  # fmt: skip
        trouble = failure_of(source_of(graph, place))
        assert said(trouble) == ("not-found", sentence)
        assert remedy in trouble.remedy


def test_link_that_was_withdrawn(graph: GraphServer) -> None:
    graph.links.clear()
    trouble = failure_of(source_of(graph))
    assert said(trouble) == (
        "not-found", "The link in the settings leads to no workbook: it was deleted, or the link was withdrawn.",
    )  # fmt: skip
    assert "Copy link" in trouble.remedy


def test_deleted_file(graph: GraphServer) -> None:
    source = source_of(graph)
    source.fetch()
    graph.drive.items.clear()
    assert failure_of(source).cause == "not-found"


def test_link_that_graph_cannot_use(graph: GraphServer) -> None:
    graph.fail("400", on="share", answer=Answer(400, b'{"error": {"code": "invalidRequest", "message": "x"}}'))
    assert said(failure_of(source_of(graph))) == (
        "bad-address", "Microsoft cannot use the link in the settings (HTTP 400, invalidRequest).",
    )  # fmt: skip


@each("call", ["token", "share"])
@each("bracket", [b"[", b'{"value":'])
def test_deeply_nested_answer_is_a_bad_answer(graph: GraphServer, call: str, bracket: bytes) -> None:
    graph.faults.clear()
    graph.fail("x", on=call, answer=Answer(200, bracket * 100_000))
    assert failure_of(source_of(graph)).cause == "bad-answer"


# --- what may pass by itself -----------------------------------------------------------------------------------------


@pytest.mark.slow
@each(
    ("fault", "on", "retry_after", "cause", "sentence", "seconds"),
    [
        ("429", "metadata", None, "rate-limit", "Microsoft says that there were too many requests.", 31.0),
        ("429", "content", 7, "rate-limit", "Microsoft says that there were too many requests.", 7.0),
        ("html-429", "metadata", 12, "rate-limit", "Microsoft says that there were too many requests.", 12.0),
        ("html-429", "download", 9, "rate-limit", "Microsoft says that there were too many requests.", 9.0),
        ("503", "metadata", None, "rate-limit", "Microsoft says that there were too many requests.", 120.0),
        ("html-503", "metadata", None, "server-error", "Microsoft has a fault of its own (HTTP 503).", None),
        ("500", "content", None, "server-error", "Microsoft has a fault of its own (HTTP 500).", None),
        ("504", "metadata", None, "server-error", "Microsoft has a fault of its own (HTTP 504).", None),
        ("423", "content", None, "locked", "Somebody has the workbook open in a way that locks it.", None),
        ("423-editing", "content", None, "locked", "Somebody has the workbook open in a way that locks it.", None),
        ("403", "download", None, "bad-answer", "Microsoft's answer had a download address that was good no longer.",
         None),
        ("409", "content", None, "bad-answer", "Microsoft's answer came while the workbook was being changed.", None),
        ("cut-json", "metadata", None, "bad-answer", "Microsoft's answer could not be read.", None),
        ("short-body", "metadata", None, "bad-answer", "Microsoft's answer was cut off.", None),
        ("short-body", "download", None, "bad-answer", "Microsoft's answer was cut off.", None),
        ("reset", "metadata", None, "unreachable", "Microsoft could not be reached: the connection broke off.", None),
        ("close", "download", None, "unreachable", "Microsoft could not be reached: the connection broke off.", None),
    ],
)  # fmt: skip
def test_failures_that_may_pass(
    graph: GraphServer, fault: str, on: str, retry_after: int | None, cause: str, sentence: str, seconds: float | None
) -> None:
    graph.heal()
    graph.item.content = workbook("Weed", "Yreka")
    source = source_of(graph)
    source.fetch()
    graph.item.write(workbook("Etna"))
    changing = Answer(409, b'{"error": {"code": "resourceModified", "message": "x"}}')
    graph.fail(fault, on=on, retry_after=retry_after, answer=changing if fault == "409" else None)
    trouble = failure_of(source)
    assert (*said(trouble), trouble.retry_after) == (cause, sentence, seconds)
    assert not trouble.permanent
    assert towns_of(source) == ["Etna"]  # the next look brings it


@pytest.mark.slow
@each(("fault", "on"), [("hang", "metadata"), ("drip-body", "download"), ("drip-headers", "token")])
def test_slow_answer_ends_at_the_deadline(graph: GraphServer, fault: str, on: str) -> None:
    graph.heal()
    source = source_of(graph, by_path(graph), deadline=0.6)
    graph.fail(fault, on=on, seconds=30)
    trouble = failure_of(source)
    assert said(trouble) == ("unreachable", "Microsoft could not be reached: it did not answer within 0.6 seconds.")
    graph.heal()


def test_sign_in_service_that_is_busy_or_out(graph: GraphServer) -> None:
    source = source_of(graph)
    graph.fail("html-503", on="token", retry_after=5)
    trouble = failure_of(source)
    assert (trouble.cause, trouble.retry_after) == ("rate-limit", 5.0)
    graph.fail("cut-json", on="token")
    assert failure_of(source).cause == "bad-answer"
    graph.stop()
    assert said(failure_of(source)) == ("unreachable", "Microsoft could not be reached: no connection could be made.")
    graph.start()
    assert towns_of(source) == ["Weed", "Yreka"]


def test_web_page_in_place_of_the_workbook(graph: GraphServer) -> None:
    page = Answer(200, b"<!DOCTYPE html><title>Sign in to the network</title>", {"Content-Type": "text/html"})
    source = source_of(graph)
    graph.fail("page", on="share", answer=page)
    assert said(failure_of(source)) == ("bad-answer", "Microsoft's answer could not be read.")
    graph.fail("page", on="share", answer=Answer(403, page.body, page.headers))
    assert said(failure_of(source)) == (
        "bad-answer",
        "Microsoft's answer was a web page instead of data (HTTP 403); a proxy may be answering in its place.",
    )
    graph.fail("page", on="download", answer=page)
    trouble = failure_of(source)
    assert trouble.sentence.startswith("Microsoft's answer was a web page instead of the workbook")
    assert not trouble.permanent
    assert towns_of(source) == ["Weed", "Yreka"]


@each("location", ["http://example.com/file", "ftp://127.0.0.1/file", "https://user@example.com/", "http://["])
def test_unsafe_redirect_is_not_followed(graph: GraphServer, location: str) -> None:
    graph.fail("302", on="content", answer=Answer(302, b"", {"Location": location}))
    trouble = failure_of(source_of(graph))
    assert said(trouble) == ("bad-answer", "Microsoft's answer led to an address that is not safe to follow.")


def test_endless_redirect_ends(graph: GraphServer) -> None:
    address = f"{graph.graph}/v1.0/drives/{graph.drive.id}/items/{graph.item.id}/content"
    graph.fail("302", None, on="content", answer=Answer(302, b"", {"Location": address}))
    assert failure_of(source_of(graph)).cause == "bad-answer"
    assert graph.calls["content"] == 6


# --- what is in the file ---------------------------------------------------------------------------------------------


OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "Workbook".encode("utf-16-le")


@each(
    ("content", "name", "cause", "sentence", "remedy"),
    [
        (protected_workbook(), "Plan.xlsx", "password", "Plan.xlsx is protected with a password.", "take the password"),
        (protected_workbook(label=True), "Plan.xlsx", "protected",
         "Plan.xlsx is encrypted by a sensitivity label or rights management.", "label without encryption"),
        (OLD, "Plan.xls", "old-format", "Plan.xls is a workbook of the old kind (.xls).", "as .xlsx"),
        (b"", "Plan.xlsx", "not-a-workbook", "Plan.xlsx is empty.", "link of an Excel workbook"),
        (b"a,b\n", "Plan.csv", "not-a-workbook", "Plan.csv is text (perhaps CSV), not a workbook.", "Excel workbook"),
        (packed(parts(""))[:-60], "Plan.xlsx", "damaged", "Plan.xlsx is damaged: its end is missing.", "repair"),
    ],
)  # fmt: skip
def test_file_that_is_no_workbook(
    graph: GraphServer, content: bytes, name: str, cause: str, sentence: str, remedy: str
) -> None:
    graph.item.name = name
    graph.item.write(content)
    trouble = failure_of(source_of(graph))
    assert said(trouble) == (cause, sentence)
    assert remedy in trouble.remedy


def test_folder_and_notebook(graph: GraphServer) -> None:
    graph.drive.add(DriveItem("Plans", kind="folder"))
    graph.drive.add(DriveItem("Notes", kind="package"))
    for path, what in (("Plans", "a folder"), ("Notes", "a OneNote notebook")):
        trouble = failure_of(source_of(graph, by_path(graph, path)))
        assert said(trouble) == ("not-a-workbook", f"{path} is {what}, not a workbook.")
    assert graph.calls["content"] == 0


def test_file_over_the_bound(graph: GraphServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_FILE", 2**20)
    small = graph.item.content
    graph.item.write(bytes(2**20 + 1))
    source = source_of(graph)
    assert said(failure_of(source)) == ("too-large", "Plan.xlsx is over 1 MB.")
    assert graph.calls["content"] == 0
    graph.item.write(small)
    graph.fail("long", on="download", answer=Answer(200, bytes(2**20 + 1)))  # longer than Graph had said
    assert said(failure_of(source)) == ("too-large", "Plan.xlsx is over 1 MB.")


def test_virus_and_double_key(graph: GraphServer) -> None:
    graph.item.malware = "Trojan"
    assert failure_of(source_of(graph)).sentence == (
        "Microsoft keeps the workbook back because its virus scan found something in it."
    )
    graph.item.malware = None
    graph.fail("423-double-key", on="content")
    assert failure_of(source_of(graph)).cause == "protected"


# --- mistakes of ours and of the settings ----------------------------------------------------------------------------


def test_mistake_of_ours_says_no_more_than_its_kind(graph: GraphServer, monkeypatch, caplog) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError(f"quotes {graph.link}")

    monkeypatch.setattr(module.TabReader, "tabs", fail)
    trouble = failure_of(source_of(graph))
    assert (trouble.cause, trouble.permanent) == ("bad-answer", False)
    assert "Unexpected RuntimeError" in caplog.text
    assert graph.link not in caplog.text


def test_settings_that_name_no_sign_in() -> None:
    with pytest.raises(SourceUnavailable) as caught:
        MicrosoftSource.from_settings(Settings(spreadsheet="https://a.sharepoint.com/:x:/s/C/Ekey"))
    assert caught.value.cause == "bad-address"
    assert "does not say how to sign in" in caught.value.sentence

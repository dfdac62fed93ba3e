"""A workbook in SharePoint, read from the stand-in for Microsoft Graph over HTTP, and each failure of it."""

import logging
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from cwac import logs
from cwac.model import SourceUnavailable
from cwac.settings import Settings
from cwac.settings.connections import WorkbookPlace, place_of_link
from cwac.sources import microsoft as module
from cwac.sources.microsoft import MicrosoftSource
from tests.cases import each
from tests.server.answers import Answer, as_json
from tests.server.entra import SECRET, TENANT, make_certificate
from tests.server.graph import GraphServer
from tests.server.library import Drive, DriveItem, Site
from tests.sources.shared_sheet import failure_of
from tests.sources.shared_workbook import by_path, sign_in, source_of, towns_of, workbook

FIRST = {"discovery": 1, "token": 1}


def requests_of(graph: GraphServer, source: MicrosoftSource, *, look_again: bool = False) -> dict[str, int]:
    """The requests of one look, by kind."""
    graph.calls.clear()
    source.fetch(look_again=look_again)
    return dict(graph.calls)


def test_a_look_without_news_is_one_request_and_downloads_nothing(graph: GraphServer) -> None:
    source = source_of(graph)
    assert requests_of(graph, source) == FIRST | {"share": 1, "content": 1, "download": 1}
    first = source.fetch()
    for touched, status in ((False, 304), (True, 200), (False, 304)):
        if touched:
            graph.item.touch()
        assert requests_of(graph, source) == {"metadata": 1}
        assert graph.log[-1].status == status
    graph.metadata_304 = False  # as if Graph ignored the tag
    assert requests_of(graph, source) == {"metadata": 1}
    assert graph.log[-1].status == 200
    assert source.fetch().content_hash == first.content_hash
    assert requests_of(graph, source, look_again=True) == {"metadata": 1}


def test_content_that_cannot_be_read_is_downloaded_once(graph: GraphServer) -> None:
    source = source_of(graph)
    source.fetch()
    graph.item.write(b"no workbook")
    for requests in ({"metadata": 1, "content": 1, "download": 1}, {"metadata": 1}):
        graph.calls.clear()
        with pytest.raises(Exception, match="not a workbook"):
            source.fetch()
        assert dict(graph.calls) == requests
    graph.item.write(workbook("Etna"))
    assert towns_of(source) == ["Etna"]


def test_workbook_is_found_by_link_path_and_library_and_in_the_root_site(graph: GraphServer) -> None:
    other, root = Drive("Station plans", folder="Station plans"), Site(path="")
    other.add(DriveItem("Plan & staff #2.xlsx", workbook("Dorris"), folder="North/Butte Valley"))
    root.drives[0].add(DriveItem("Plan.xlsx", workbook("Tulelake")))
    graph.site.drives.append(other)
    graph.sites.append(root)
    path = "North/Butte Valley/Plan & staff #2.xlsx"
    address = f"{graph.site.url}/Station%20plans/North/Butte%20Valley/Plan%20%26%20staff%20%232.xlsx?web=1"
    by_drive = {"drives": 1, "metadata": 1}
    for place, town, requests in (
        (by_path(graph), "Weed", {"metadata": 1}),
        (by_path(graph, drive="documents"), "Weed", by_drive),
        (by_path(graph, path, "Station Plans"), "Dorris", by_drive),
        (place_of_link(address), "Dorris", by_drive),
        (place_of_link(address.replace("/sites/", "/:x:/r/sites/")), "Dorris", by_drive),
        (place_of_link(graph.link.partition("?")[0]), "Weed", {"share": 1}),
        (WorkbookPlace(root.host, path="Plan.xlsx"), "Tulelake", {"metadata": 1}),
        (place_of_link(f"https://{root.host}/Shared%20Documents/Plan.xlsx"), "Tulelake", by_drive),
    ):
        source = source_of(graph, place)
        assert requests_of(graph, source) == FIRST | requests | {"content": 1, "download": 1}
        assert towns_of(source)[0] == town


def test_library_is_looked_for_on_every_page(graph: GraphServer) -> None:
    more = f"{graph.graph}/v1.0/sites/{graph.site.host}:/{graph.site.path}:/drives?$skiptoken=2"
    first = {"value": [{"id": "b!other", "name": "Archive", "webUrl": f"{graph.site.url}/Archive"}]}
    graph.fail("page", on="drives", answer=as_json(200, first | {"@odata.nextLink": more}))
    assert towns_of(source_of(graph, by_path(graph, drive="Documents"))) == ["Weed", "Yreka"]
    assert graph.calls["drives"] == 2
    graph.fail("page", on="drives", answer=as_json(200, first | {"@odata.nextLink": "https://example.com/v1.0/drives"}))
    with pytest.raises(SourceUnavailable, match="could not be read"):  # the token stays with Graph
        source_of(graph, by_path(graph, drive="Documents")).fetch()


def test_moved_or_renamed_file_is_followed_by_its_id_and_one_that_replaces_it_found_at_its_place(
    graph: GraphServer,
) -> None:
    source = source_of(graph, by_path(graph))
    before = source.fetch()
    graph.item.move(name="Plan 2027.xlsx", folder="Archive")
    graph.item.write(workbook("Etna"))
    after = source.fetch()
    assert after.tabs[0].rows[1][3] == "Etna"
    assert (after.url, after.source) == (before.url, before.source)
    assert after.web_url == f"{graph.site.url}/Shared%20Documents/Archive/Plan%202027.xlsx"
    graph.drive.items.clear()
    graph.drive.add(DriveItem("Plan.xlsx", workbook("Dorris"), folder="Outreach"))
    assert requests_of(graph, source) == {"metadata": 2, "content": 1, "download": 1}
    assert towns_of(source) == ["Dorris"]


def test_signs_in_with_the_identity_of_the_machine(graph: GraphServer, monkeypatch: pytest.MonkeyPatch) -> None:
    # The machine's own service is not behind the proxy.
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", graph.imds.replace("127.0.0.1", "localhost"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for client in (None, graph.entra.client):
        microsoft = sign_in(graph, tenant=None, client_secret=None, client_id=client, managed_identity=True)
        source = source_of(graph, microsoft=microsoft)
        assert requests_of(graph, source) == {"imds": 1, "share": 1, "content": 1, "download": 1}
        assert requests_of(graph, source) == {"metadata": 1}


def test_token_is_used_until_it_expires_and_a_revoked_one_replaced_once(graph: GraphServer) -> None:
    graph.entra.lifetime = 200  # msal renews it when less than five minutes are left
    source = source_of(graph)
    source.fetch()
    assert requests_of(graph, source)["token"] == 1
    graph.entra.lifetime = 3599
    source.fetch()
    assert requests_of(graph, source) == {"metadata": 1}
    graph.fail("claims")
    assert requests_of(graph, source) == FIRST | {"metadata": 2}


def test_no_secret_is_logged_or_sent_to_the_download_host(graph: GraphServer, caplog: pytest.LogCaptureFixture) -> None:
    logs.quiet_libraries()
    caplog.set_level(logging.DEBUG)
    source = source_of(graph)
    source.fetch()
    graph.item.write(workbook("Etna"))
    source.fetch()
    graph.fail("403")
    with pytest.raises(Exception, match="SharePoint"):
        source.fetch()
    downloads = [entry for entry in graph.log if entry.host == "download"]
    assert len(downloads) == 2
    assert all("authorization" not in {name.lower() for name in entry.headers} for entry in downloads)
    assert graph.failures == []
    written = caplog.text + repr(source.__dict__.get("_microsoft"))
    assert '"GET /… HTTP/1.1" 200' in written  # the requests themselves are logged
    keys = {SECRET, *graph.entra.given, *graph._downloads, graph.link.rpartition("/")[2].partition("?")[0]}
    assert [key for key in keys if key in written] == []


def test_key_in_the_store_opens_nothing(graph: GraphServer) -> None:
    made = source_of(graph).fetch()
    token = graph.link.rpartition("/")[2].partition("?")[0]
    assert token not in f"{made.url} {made.source}"
    assert made.url is not None
    assert made.url.startswith(f"https://{graph.site.host}/:x:/s/CoffeeWithACop/")
    assert made.web_url == f"{graph.site.url}/Shared%20Documents/Outreach/Plan.xlsx"


@each(
    "address, place",
    [
        ("https://a.sharepoint.com/:x:/s/C/Ekey", {"link": "https://a.sharepoint.com/:x:/s/C/Ekey"}),
        (
            "https://a.sharepoint.com/sites/C/Docs/P.xlsx",
            {"site": "sites/C", "path": "Docs/P.xlsx", "in_library": False},
        ),
    ],
)
def test_address_of_a_county_is_read_by_its_host(address: str, place: dict[str, Any]) -> None:
    settings = Settings(spreadsheet=address)
    assert (settings.reads, settings.place()) == ("microsoft", WorkbookPlace("a.sharepoint.com", **place))


def test_token_at_another_host_is_asked_for_through_the_proxy(
    graph: GraphServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = f"{graph.login}/{TENANT}"
    document = {
        "issuer": f"{base}/v2.0",
        "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
        "token_endpoint": f"{base.replace('http://127.0.0.1', 'https://localhost')}/oauth2/v2.0/token",
    }
    graph.fail("another host", on="discovery", answer=as_json(200, document))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    # Asked directly, the stand-in would offer no secure connection.
    assert failure_of(source_of(graph)).sentence == "Microsoft could not be reached: the connection broke off."
    assert graph.calls == {"discovery": 1}


def said(trouble: SourceUnavailable) -> tuple[str, str]:
    return trouble.cause, trouble.sentence


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


@each("call", ["token", "share"])
@each("bracket", [b"[", b'{"value":'])
def test_deeply_nested_answer_is_a_bad_answer(graph: GraphServer, call: str, bracket: bytes) -> None:
    graph.faults.clear()
    graph.fail("x", on=call, answer=Answer(200, bracket * 100_000))
    assert failure_of(source_of(graph)).cause == "bad-answer"


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
        ("504", "metadata", None, "server-error", "Microsoft has a fault of its own (HTTP 504).", None),
        ("423-editing", "content", None, "locked", "Somebody has the workbook open in a way that locks it.", None),
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
    graph.fail(fault, on=on, retry_after=retry_after)
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


def test_sign_in_is_tried_again_at_each_look_and_a_permission_used_once_it_is_given(graph: GraphServer) -> None:
    source, trouble = source_of(graph), []
    graph.fail("7000222", on="token")
    trouble.append(failure_of(source).cause)
    graph.fail("html-503", on="token", retry_after=5)
    busy = failure_of(source)
    assert (busy.cause, busy.retry_after) == ("rate-limit", 5.0)
    graph.fail("cut-json", on="token")
    trouble.append(failure_of(source).cause)
    graph.stop()
    assert said(failure_of(source)) == ("unreachable", "Microsoft could not be reached: no connection could be made.")
    graph.start()
    graph.fail("401", 2, on="share")
    trouble.append(failure_of(source).cause)
    assert graph.calls["share"] == 2
    for roles in (set(), {"Sites.Selected"}):
        graph.entra.roles = roles
        trouble.append(failure_of(source).cause)
    assert trouble == ["bad-key", "bad-answer", "not-allowed", "not-allowed", "not-shared"]
    graph.grant(graph.site)
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


def test_settings_that_name_no_sign_in() -> None:
    with pytest.raises(SourceUnavailable) as caught:
        MicrosoftSource.from_settings(Settings(spreadsheet="https://a.sharepoint.com/:x:/s/C/Ekey"))
    assert caught.value.cause == "bad-address"
    assert "does not say how to sign in" in caught.value.sentence

"""The stand-in for Microsoft: msal can sign in to it, and each answer has the published status and shape."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import jwt
import msal
import pytest
import requests
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from tests.cases import each
from tests.server.entra import ASSERTION, CLIENT, IDENTITY_HEADER, SECRET, TENANT, make_certificate
from tests.server.graph import GraphServer
from tests.server.graph_answers import NAMED
from tests.server.library import Drive, DriveItem, Site, protected_workbook

CONTENT = bytes(range(256)) * 20


@pytest.fixture
def graph() -> Iterator[GraphServer]:
    with GraphServer(CONTENT) as running:
        yield running


def sign_in(graph: GraphServer, credential: object = SECRET, **options: object) -> dict:
    application = msal.ConfidentialClientApplication(
        CLIENT,
        authority=f"{graph.entra.cloud.login}/{TENANT}",
        client_credential=credential,
        http_client=graph.session(),
        **options,
    )
    return application.acquire_token_for_client([f"{graph.entra.cloud.graph}/.default"])


def get(graph: GraphServer, path: str, token: str | None = None, **headers: str) -> requests.Response:
    token = graph.entra.give(graph.graph, graph.now) if token is None else token
    sent = {"Authorization": f"Bearer {token}"} if token else {}
    url = f"{graph.graph}/v1.0/{path}"
    return requests.get(url, headers=sent | headers, allow_redirects=False, timeout=5)


def item_path(graph: GraphServer) -> str:
    return f"drives/{graph.drive.id}/items/{graph.item.id}"


def encoded(link: str) -> str:
    return "u!" + base64.urlsafe_b64encode(link.encode()).decode().rstrip("=")


# --- signing in ----------------------------------------------------------------------------------------------------


def test_msal_signs_in_with_a_secret_and_reads_the_file(graph: GraphServer) -> None:
    token = sign_in(graph)["access_token"]
    redirect = get(graph, f"shares/{encoded(graph.link)}/driveItem/content", token)
    assert requests.get(redirect.headers["Location"], timeout=5).content == CONTENT
    assert {call: graph.calls[call] for call in ("token", "content", "download")} == {
        "token": 1,
        "content": 1,
        "download": 1,
    }


@pytest.mark.parametrize("form", ["x5t", "x5t#S256"])
def test_msal_signs_in_with_a_certificate(graph: GraphServer, form: str) -> None:
    graph.entra.certificate, key = make_certificate()
    pem = graph.entra.certificate.public_bytes(Encoding.PEM).decode()
    print_of = {"thumbprint": graph.entra.certificate.fingerprint(SHA1()).hex()} if form == "x5t" else {}
    credential = {"private_key": key, **(print_of or {"public_certificate": pem})}
    assert "access_token" in sign_in(graph, credential)


def test_msal_signs_in_over_https(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    with GraphServer(certificate=tmp_path / "ca.pem") as graph:
        application = msal.ConfidentialClientApplication(
            CLIENT,
            authority=f"{graph.login}/{TENANT}",
            client_credential=SECRET,
            instance_discovery=False,
        )
        assert application.acquire_token_for_client([f"{graph.graph}/.default"])["token_type"] == "Bearer"


def refusal(graph: GraphServer) -> str:
    """The sign-in's refusal as `error` and code."""
    result = sign_in(graph)
    return f"{result['error']} {result['error_codes'][0]}"


def test_credentials_that_are_not_accepted_have_the_published_codes(graph: GraphServer) -> None:
    graph.entra.secret = "another"
    assert refusal(graph) == "invalid_client 7000215"
    graph.entra.secret, graph.entra.secret_expires = SECRET, graph.now - 1
    assert refusal(graph) == "invalid_client 7000222"
    graph.entra.secret_expires, graph.entra.blocked_by_policy = graph.now + 60, True
    assert refusal(graph) == "invalid_grant 53003"
    graph.entra.blocked_by_policy, graph.entra.disabled = False, True
    assert refusal(graph) == "unauthorized_client 7000112"
    graph.entra.client = "00000000-0000-0000-0000-000000000000"
    assert refusal(graph) == "unauthorized_client 700016"


def test_unknown_tenant_is_refused_at_discovery_and_at_the_token_endpoint(graph: GraphServer) -> None:
    graph.entra.tenant = "11111111-1111-1111-1111-111111111111"
    with pytest.raises(ValueError, match="check your tenant name or GUID"):  # msal does not pass the code on
        sign_in(graph)
    discovered = requests.get(f"{graph.login}/{TENANT}/v2.0/.well-known/openid-configuration", timeout=5)
    assert (discovered.status_code, discovered.json()["error_codes"]) == (400, [90002])
    form = {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET, "scope": "x/.default"}
    answer = requests.post(f"{graph.login}/{TENANT}/oauth2/v2.0/token", data=form, timeout=5)
    assert (answer.status_code, answer.json()["error_codes"]) == (400, [90002])


def test_certificates_that_are_not_accepted_have_the_published_codes(graph: GraphServer) -> None:
    registered, key = make_certificate()
    _, other_key = make_certificate(key_name="other")
    thumbprint = registered.fingerprint(SHA1()).hex()
    good = {"private_key": key, "thumbprint": thumbprint}

    def code(credential: dict) -> int:
        return sign_in(graph, credential)["error_codes"][0]

    assert code(good) == 700027  # nothing is registered
    graph.entra.certificate = registered
    assert code({"private_key": other_key, "thumbprint": thumbprint}) == 700027
    graph.clock_offset = 3600.0
    assert code(good) == 700024
    graph.entra.certificate, key = make_certificate(expired=True)
    graph.clock_offset = 0.0
    assert code({"private_key": key, "thumbprint": graph.entra.certificate.fingerprint(SHA1()).hex()}) == 700027


def test_assertions_with_wrong_claims_have_the_published_codes(graph: GraphServer) -> None:
    graph.entra.certificate, key = make_certificate()
    x5t = base64.urlsafe_b64encode(graph.entra.certificate.fingerprint(SHA256())).decode().rstrip("=")
    now = int(graph.now)
    good = {"aud": f"{graph.entra.cloud.login}/{TENANT}/oauth2/v2.0/token", "iss": CLIENT, "sub": CLIENT, "jti": "1"}

    def answered(**claims: str) -> str:
        assertion = jwt.encode(
            good | {"nbf": now, "exp": now + 300} | claims, key, algorithm="PS256", headers={"x5t#S256": x5t}
        )
        form = {
            "grant_type": "client_credentials",
            "client_id": CLIENT,
            "scope": f"{graph.graph}/.default",
            "client_assertion_type": ASSERTION,
            "client_assertion": assertion,
        }
        content = requests.post(f"{graph.login}/{TENANT}/oauth2/v2.0/token", data=form, timeout=5).json()
        return content.get("token_type") or content["error_codes"][0]

    assert answered() == "Bearer"
    assert answered(aud="https://login.microsoftonline.us/elsewhere/v2.0") == 50027
    assert answered(sub="00000000-0000-0000-0000-000000000000") == 50048


@each("cloud", ["global", "gcc-high", "dod"])
def test_token_of_another_cloud_is_not_accepted(cloud: str) -> None:
    with GraphServer(cloud=cloud) as graph:
        assert "access_token" in sign_in(graph)
        elsewhere = graph.entra.give("https://microsoftgraph.chinacloudapi.cn", graph.now)
        assert get(graph, item_path(graph), elsewhere).status_code == 401


def test_managed_identity_of_a_machine(graph: GraphServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", graph.imds)
    client = msal.ManagedIdentityClient(msal.SystemAssignedManagedIdentity(), http_client=requests.Session())
    token = client.acquire_token_for_client(resource="https://graph.microsoft.com")["access_token"]
    assert get(graph, item_path(graph), token).status_code == 200
    url = f"{graph.imds}/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://graph.microsoft.com/"
    without_header = requests.get(url, timeout=5)
    assert (without_header.status_code, without_header.json()["error"]) == (400, "bad_request_102")
    graph.entra.identity_assigned = False
    without_identity = requests.get(url, headers={"Metadata": "true"}, timeout=5)
    assert (without_identity.status_code, without_identity.json()["error"]) == (400, "invalid_request")


def test_managed_identity_of_app_service(graph: GraphServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDENTITY_ENDPOINT", graph.identity_endpoint)
    monkeypatch.setenv("IDENTITY_HEADER", IDENTITY_HEADER)
    client = msal.ManagedIdentityClient(msal.SystemAssignedManagedIdentity(), http_client=requests.Session())
    assert "access_token" in client.acquire_token_for_client(resource="https://graph.microsoft.com")
    assert requests.get(graph.identity_endpoint, timeout=5).status_code == 401


# --- where the file is ---------------------------------------------------------------------------------------------


def test_site_libraries_and_path_lead_to_the_file(graph: GraphServer) -> None:
    graph.entra.roles = {"Sites.Read.All"}
    site = get(graph, f"sites/{graph.site.host}:/{graph.site.path}").json()
    drives = get(graph, f"sites/{site['id']}/drives").json()["value"]
    by_path = get(graph, f"drives/{drives[0]['id']}/root:/Outreach/Plan.xlsx").json()
    by_id = get(graph, f"drives/{drives[0]['id']}/items/{by_path['id']}").json()
    assert by_path["id"] == by_id["id"] == graph.item.id
    content = get(graph, f"drives/{drives[0]['id']}/root:/Outreach/Plan.xlsx:/content")
    assert content.status_code == 302


def test_renamed_or_moved_file_is_found_by_its_id_only(graph: GraphServer) -> None:
    before = get(graph, item_path(graph)).json()
    by_path = f"drives/{graph.drive.id}/root:/Outreach/Plan.xlsx"
    graph.item.move(name="Plan 2027.xlsx", folder="Old")
    after = get(graph, item_path(graph)).json()
    assert (after["name"], after["cTag"] == before["cTag"], after["eTag"] == before["eTag"]) == (
        "Plan 2027.xlsx",
        True,
        False,
    )
    gone = get(graph, by_path)
    assert (gone.status_code, gone.json()["error"]["code"]) == (404, "itemNotFound")
    assert get(graph, f"drives/{graph.drive.id}/root:/Old/Plan%202027.xlsx").status_code == 200
    assert get(graph, f"shares/{encoded(graph.link)}/driveItem").json()["id"] == graph.item.id


def test_sharing_links_are_encoded_as_published(graph: GraphServer) -> None:
    web = get(graph, item_path(graph)).json()["webUrl"]
    assert get(graph, f"shares/{encoded(web)}/driveItem").json()["id"] == graph.item.id
    assert get(graph, f"shares/{encoded('https://elsewhere.example/')}/driveItem").status_code == 404
    assert get(graph, f"shares/{graph.link.encode().hex()}/driveItem").json()["error"]["code"] == "invalidRequest"


def test_selected_properties_alone_are_returned(graph: GraphServer) -> None:
    graph.item.checked_out_by = "A. Sergeant"
    everything = get(graph, item_path(graph)).json()
    assert everything["file"]["mimeType"].endswith("spreadsheetml.sheet")
    assert (everything["size"], "publication" in everything) == (len(CONTENT), False)
    some = get(graph, f"{item_path(graph)}?$select=id,publication,malware").json()
    assert set(some) == {"@odata.context", "id", "publication"}
    assert (some["publication"]["level"], some["publication"]["checkedOutBy"]["user"]["displayName"]) == (
        "checkout",
        "A. Sergeant",
    )
    assert get(graph, f"{item_path(graph)}?$select=tags").status_code == 400


def test_folders_and_notebooks_have_no_content(graph: GraphServer) -> None:
    folder = graph.drive.add(DriveItem("Outreach", kind="folder"))
    notebook = graph.drive.add(DriveItem("Notes", kind="package"))
    assert set(get(graph, f"drives/{graph.drive.id}/items/{folder.id}").json()) >= {"folder", "eTag"}
    answer = get(graph, f"drives/{graph.drive.id}/items/{notebook.id}").json()
    assert (answer["package"], "file" in answer, "cTag" in answer) == ({"type": "oneNote"}, False, False)
    assert get(graph, f"drives/{graph.drive.id}/items/{folder.id}/content").status_code == 400


def test_personal_site_and_several_libraries(graph: GraphServer) -> None:
    personal = Site("siskiyou-my.sharepoint.com", "personal/c_ordinator", drives=[Drive("OneDrive", "Documents")])
    item = personal.drives[0].add(DriveItem("Plan.xlsx", b"mine"))
    graph.sites.append(personal)
    graph.users["c.ordinator@siskiyou.example"] = personal
    graph.site.drives.append(Drive("Plans", "Plans"))
    assert get(graph, "users/c.ordinator@siskiyou.example/drive/root:/Plan.xlsx").json()["id"] == item.id
    names = [drive["name"] for drive in get(graph, f"sites/{graph.site.id}/drives").json()["value"]]
    assert names == ["Documents", "Plans"]


# --- news, and the download ----------------------------------------------------------------------------------------


def test_known_tag_answers_304_for_metadata_and_content(graph: GraphServer) -> None:
    answer = get(graph, item_path(graph)).json()

    def statuses(tag: str) -> list[int]:
        return [get(graph, item_path(graph) + end, **{"If-None-Match": tag}).status_code for end in ("", "/content")]

    assert statuses(answer["eTag"]) == statuses(answer["cTag"]) == [304, 304]
    assert statuses('"{0},1"') == [200, 302]
    graph.metadata_304 = graph.content_304 = False
    assert statuses(answer["eTag"]) == [200, 302]
    graph.metadata_304 = graph.content_304 = True
    graph.item.touch()
    assert (statuses(answer["eTag"]), statuses(answer["cTag"])) == ([200, 302], [304, 304])
    graph.item.write(b"new")
    assert statuses(answer["cTag"]) == [200, 302]


def test_download_address_refuses_a_token_and_expires(graph: GraphServer) -> None:
    url = get(graph, f"{item_path(graph)}/content").headers["Location"]
    with_token = requests.get(url, headers={"Authorization": "Bearer x"}, timeout=5)
    assert (with_token.status_code, with_token.headers["Content-Type"]) == (401, "text/html; charset=utf-8")
    part = requests.get(url, headers={"Range": "bytes=0-9"}, timeout=5)
    assert (part.status_code, part.content) == (206, CONTENT[:10])
    graph.clock_offset = graph.download_lifetime + 1
    assert requests.get(url, timeout=5).status_code == 401


def test_requests_do_not_send_the_token_to_another_port(graph: GraphServer) -> None:
    """A redirect to another port is followed without the header by requests, so this stand-in can tell."""
    token = graph.entra.give(graph.graph, graph.now)
    url = f"{graph.graph}/v1.0/{item_path(graph)}/content"
    assert requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=5).content == CONTENT
    assert [("Authorization" in entry.headers, entry.call) for entry in graph.log] == [
        (True, "content"),
        (False, "download"),
    ]


def test_log_has_no_secrets(graph: GraphServer) -> None:
    token = sign_in(graph)["access_token"]
    location = get(graph, f"{item_path(graph)}/content", token).headers["Location"]
    requests.get(location, timeout=5)
    written = repr(graph.log)
    assert "download.aspx" in written
    assert [secret for secret in (token, SECRET, location.rpartition("=")[2]) if secret in written] == []


def test_protected_files_are_compound_files() -> None:
    assert protected_workbook()[:8] == protected_workbook(label=True)[:8] == bytes.fromhex("d0cf11e0a1b11ae1")
    assert "EncryptedPackage".encode("utf-16-le") in protected_workbook()
    assert "DataSpaces".encode("utf-16-le") in protected_workbook(label=True)


# --- who may read --------------------------------------------------------------------------------------------------


def test_permissions_open_what_is_published(graph: GraphServer) -> None:
    paths = {
        "site": f"sites/{graph.site.host}:/{graph.site.path}",
        "drives": f"sites/{graph.site.id}/drives",
        "item": item_path(graph),
        "content": f"{item_path(graph)}/content",
        "share": f"shares/{encoded(graph.link)}/driveItem",
    }

    def opened(*roles: str) -> set[str]:
        graph.entra.roles = set(roles)
        return {name for name, path in paths.items() if get(graph, path).status_code in (200, 302)}

    assert opened() == set()
    assert opened("Mail.Read") == opened("Sites.Selected") == opened("Files.SelectedOperations.Selected") == set()
    assert opened("Files.Read.All") == set(paths) - {"site"}
    assert opened("Sites.Read.All") == set(paths)
    graph.grant(graph.item)
    assert opened("Files.SelectedOperations.Selected") == {"item", "content", "share"}
    assert opened("Sites.Selected") == set()
    graph.grant(graph.site)
    assert opened("Sites.Selected") == set(paths)
    graph.shares_need_write = True
    assert opened("Sites.Selected") == opened("Sites.Read.All") == set(paths) - {"share"}
    assert opened("Files.ReadWrite.All") == set(paths) - {"site"}


def test_refused_requests_have_the_published_codes(graph: GraphServer) -> None:
    missing = get(graph, item_path(graph), "")
    assert (missing.status_code, missing.json()["error"]["code"]) == (401, "InvalidAuthenticationToken")
    assert 'authorization_uri="https://login.microsoftonline.com/' in missing.headers["WWW-Authenticate"]
    token = graph.entra.give(graph.graph, graph.now)
    graph.clock_offset = 3600.0
    assert "expired" in get(graph, item_path(graph), token).json()["error"]["message"]
    graph.entra.roles = {"Mail.Read"}
    refused = get(graph, item_path(graph))
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "accessDenied")
    assert set(refused.json()["error"]["innerError"]) == {"date", "request-id", "client-request-id"}


def test_claims_challenge_is_answered_by_a_new_token(graph: GraphServer) -> None:
    application = msal.ConfidentialClientApplication(
        CLIENT,
        authority=f"{graph.entra.cloud.login}/{TENANT}",
        client_credential=SECRET,
        http_client=graph.session(),
        client_capabilities=["cp1"],
    )
    scopes = ["https://graph.microsoft.com/.default"]
    old = application.acquire_token_for_client(scopes)["access_token"]
    graph.challenge()
    assert get(graph, item_path(graph)).status_code == 200  # a client that does not declare the capability
    challenged = get(graph, item_path(graph), old)
    header = challenged.headers["WWW-Authenticate"]
    assert (challenged.status_code, 'error="insufficient_claims"' in header) == (401, True)
    claims = base64.b64decode(header.partition('claims="')[2].rstrip('"')).decode()
    new = application.acquire_token_for_client(scopes, claims_challenge=claims)["access_token"]
    assert get(graph, item_path(graph), new).status_code == 200


# --- failures ------------------------------------------------------------------------------------------------------


@each("kind", sorted(NAMED))
def test_named_failure_is_sent_once(graph: GraphServer, kind: str) -> None:
    graph.fail(kind, on="content")
    failed = get(graph, f"{item_path(graph)}/content")
    numbers = {"malware": 403, "no-roles": 403, "claims": 401}
    assert failed.status_code == numbers.get(kind, int("".join(filter(str.isdigit, kind)) or 0))
    assert ("error" in failed.json()) if not kind.startswith("html") else failed.text.startswith("<!DOCTYPE html>")
    assert get(graph, f"{item_path(graph)}/content").status_code == 302


def test_throttling_names_the_seconds_to_wait(graph: GraphServer) -> None:
    graph.fail("429", on="metadata", retry_after=7)
    throttled = get(graph, item_path(graph))
    assert (throttled.headers["Retry-After"], throttled.json()["error"]["innerError"]["code"]) == (
        "7",
        "throttledRequest",
    )
    graph.fail("7000222", on="token")
    assert sign_in(graph)["error_codes"] == [7000222]


def test_locked_and_infected_files(graph: GraphServer) -> None:
    graph.item.locked = True
    assert get(graph, f"{item_path(graph)}/content").json()["error"]["code"] == "resourceLocked"
    graph.item.malware = "Eicar"
    assert get(graph, item_path(graph)).json()["malware"] == {"description": "Eicar"}
    assert get(graph, f"{item_path(graph)}/content").json()["error"]["code"] == "malwareDetected"


def test_body_can_be_cut_short(graph: GraphServer) -> None:
    url = get(graph, f"{item_path(graph)}/content").headers["Location"]
    graph.fail("short-body", on="download")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        _ = requests.get(url, timeout=5).content


def test_size_is_not_always_known(graph: GraphServer) -> None:
    graph.item.claimed_size, graph.chunked = 10**9, True
    assert get(graph, item_path(graph)).json()["size"] == 10**9
    answer = requests.get(get(graph, f"{item_path(graph)}/content").headers["Location"], timeout=5)
    assert ("Content-Length" in answer.headers, answer.content) == (False, CONTENT)


def test_managed_identity_can_fail_for_a_while(graph: GraphServer) -> None:
    graph.fail("imds-429", on="imds")
    url = f"{graph.imds}/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://graph.microsoft.com"
    answers = [requests.get(url, headers={"Metadata": "true"}, timeout=5).status_code for _ in range(2)]
    assert answers == [429, 200]


def test_nothing_can_be_written(graph: GraphServer) -> None:
    assert requests.post(f"{graph.graph}/v1.0/{item_path(graph)}/content", timeout=5).status_code == 405

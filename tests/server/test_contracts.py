"""The vendors' own clients and descriptions against the answers of the test servers."""

import base64
import datetime as dt
import json
from pathlib import Path

import google.auth
import google.auth.impersonated_credentials
import jsonschema
import msal
import pytest
import requests
from cryptography.hazmat.primitives.serialization import Encoding
from google.auth.compute_engine import _metadata
from google.auth.transport.requests import Request
from google.oauth2.service_account import Credentials

from tests.server import SheetsServer
from tests.server.entra import CLIENT, SECRET, TENANT, make_certificate
from tests.server.google_auth import SHEETS, GoogleAuthServer
from tests.server.graph import GraphServer
from tests.server.server import discovery


def as_json_schema(described: dict) -> dict:
    """A schema of Google's description as JSON Schema. Strict: no field that Google does not name."""
    if "$ref" in described:
        return {"$ref": f"#/definitions/{described['$ref']}"}
    kind = described["type"]
    if kind == "any":
        return {"type": ["string", "number", "boolean", "null"]}
    if kind == "array":
        return {"type": "array", "items": as_json_schema(described["items"])}
    if kind == "object":
        inner = {name: as_json_schema(part) for name, part in described.get("properties", {}).items()}
        others = as_json_schema(described["additionalProperties"]) if "additionalProperties" in described else False
        return {"type": "object", "properties": inner, "additionalProperties": others}
    return {"type": kind} | ({"enum": described["enum"]} if "enum" in described else {})


@pytest.mark.slow
def test_google_sheets_is_as_google_describes_it() -> None:
    definitions = {name: as_json_schema(described) for name, described in discovery()["schemas"].items()}
    with SheetsServer() as server:
        rows = [["Event ID", "Date", "Guests"], ["EV-1", dt.date(2026, 10, 7), 1.5], [], [True, 0, "ü"]]
        server.book.add("Events", rows).merge("A4:B5")
        server.book.add("It's 1", hidden=True)
        server.book.add("Chart").kind = "OBJECT"
        credentials = Credentials.from_service_account_info(server.key, scopes=[SHEETS])
        session = google.auth.transport.requests.AuthorizedSession(credentials)
        root = f"{server.endpoint}/v4/spreadsheets/{server.book.id}"
        for schema, path in (
            ("Spreadsheet", ""),
            ("Spreadsheet", "?fields=sheets(properties(sheetId,title),merges),properties.timeZone"),
            ("ValueRange", "/values/Events"),
            ("BatchGetValuesResponse", "/values:batchGet?ranges=Events&ranges='It''s 1'"),
            ("BatchGetValuesResponse", "/values:batchGet?ranges=Events&valueRenderOption=UNFORMATTED_VALUE"),
        ):
            answer = session.get(root + path)
            whole = {"$ref": f"#/definitions/{schema}", "definitions": definitions}
            jsonschema.Draft7Validator(whole).validate(answer.json())
        assert answer.json()["valueRanges"][0] == {
            "range": "Events!A1:Z1000",
            "majorDimension": "ROWS",
            "values": [["Event ID", "Date", "Guests"], ["EV-1", 46302, 1.5], [], [True, "", "ü"]],
        }
        refused = ("?filter=x", "?fields=sheets.tabs", "/values:batchGet?valueRenderOption=RAW", "/values/Nope", "/x")
        assert [session.get(root + path).status_code for path in refused] == [400, 400, 400, 400, 404]
        assert requests.get(root).status_code == 401


def test_google_auth_gets_a_token_for_each_kind_of_default_credentials(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GOOGLE_APPLICATION_CREDENTIALS", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "test-project")
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path / "no gcloud"))
    with SheetsServer() as sheets, GoogleAuthServer(sheets) as auth:
        sheets.book.add("Events", [["a"]])
        monkeypatch.setenv("GCE_METADATA_IP", auth.environment["GCE_METADATA_IP"])
        monkeypatch.setattr(_metadata, "_GCE_METADATA_HOST", auth.environment["GCE_METADATA_HOST"])

        def status(content: dict[str, object] | None) -> int:
            if content is not None:
                (tmp_path / "adc.json").write_text(json.dumps(content))
                monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "adc.json"))
            credentials, _ = google.auth.default(scopes=[SHEETS], request=Request(auth.session()))
            credentials.refresh(Request(auth.session()))
            url = f"{sheets.endpoint}/v4/spreadsheets/{sheets.book.id}/values/Events"
            return requests.get(url, headers={"Authorization": f"Bearer {credentials.token}"}, timeout=5).status_code

        assert status(None) == 403, "the machine's account has not the scope"
        auth.machine.scopes.add(SHEETS)
        assert status(None) == 200
        (tmp_path / "token").write_text(auth.subject_token())
        assert status(auth.external_account(tmp_path / "token")) == 200
        assert status(auth.external_account()) == 200
        assert status(auth.external_account(impersonate=False)) == 401
        assert status(auth.authorized_user()) == 200
        assert status(auth.impersonated()) == 200
        secrets = (*auth.given, auth.user.refresh_token)
        assert [token for token in secrets if token in repr(auth.log)] == []


def test_msal_signs_in_and_the_file_is_downloaded_by_a_redirect(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    with GraphServer(b"content", certificate=tmp_path / "ca.pem") as server:
        server.entra.certificate, key = make_certificate()
        certificate = server.entra.certificate.public_bytes(Encoding.PEM).decode()
        by_key = {"private_key": key, "public_certificate": certificate}
        for credential in (SECRET, by_key):
            application = msal.ConfidentialClientApplication(
                CLIENT, credential, f"{server.login}/{TENANT}", instance_discovery=False
            )
            token = application.acquire_token_for_client([f"{server.graph}/.default"])["access_token"]
        link = "u!" + base64.urlsafe_b64encode(server.link.encode()).decode().rstrip("=")
        root = f"{server.graph}/v1.0/shares/{link}/driveItem"

        def get(url: str, bearer: str, **headers: str) -> requests.Response:
            headers |= {"Authorization": f"Bearer {bearer}"} if bearer else {}
            return requests.get(url, headers=headers, allow_redirects=False, timeout=5)

        known = get(root, token).json()
        assert (known["id"], known["size"]) == (server.item.id, 7)
        assert get(root, token, **{"If-None-Match": known["eTag"]}).status_code == 304
        redirect = get(f"{root}/content", token)
        assert redirect.status_code == 302
        location = redirect.headers["Location"]
        assert get(location, token).status_code == 401, "the address alone is the right"
        assert get(location, "").content == b"content"
        server.entra.roles = {"Mail.Read"}
        assert get(root, server.entra.give(server.graph, server.now)).json()["error"]["code"] == "accessDenied"
        assert get(root, "").status_code == 401
        secrets = (token, SECRET, location.rpartition("=")[2])
        assert [secret for secret in secrets if secret in repr(server.log)] == []

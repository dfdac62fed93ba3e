"""Sessions for Microsoft: the sign-in with msal, calls of Graph, and each refusal as a cause and a remedy."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.structures import CaseInsensitiveDict

from cwac.model import SourceUnavailable
from cwac.settings import is_encrypted_or_local
from cwac.settings.microsoft import CLOUDS, MICROSOFT, Microsoft, WorkbookPlace
from cwac.sources.http_calls import MICROSOFT as AT_MICROSOFT
from cwac.sources.http_calls import (
    MOST_REDIRECTS,
    REDIRECTS,
    Answer,
    Calls,
    RefusedCall,
    TooLate,
    explain_by_table,
    json_object,
    one_word,
    seconds_of,
)


class RefusedByMicrosoft(RefusedCall):
    """A refusal of `whom`: Graph, the download host or the sign-in service."""

    def __init__(self, answer: Answer, whom: str = "graph") -> None:
        super().__init__(answer.status, answer.headers, answer.body)
        self.whom = whom
        self.is_page = bool(answer.body.strip()) and not self.content
        inner = self.error.get("innerError") or self.error.get("innererror")
        self.codes = {str(part["code"]) for part in (self.error, inner) if isinstance(part, dict) and "code" in part}


class Graph:
    """Reads from Graph at `base`, such as `https://graph.microsoft.com`; `token` gives the access token for a call."""

    def __init__(self, calls: Calls, base: str, token: Callable[[], str]) -> None:
        self._calls, self._base, self._token = calls, base, token

    def read(self, path: str, if_none_match: str | None = None) -> Mapping[str, Any]:
        """The JSON object at a path of version 1.0, or the next page; empty if it still has the tag (304).

        Raises `RefusedByMicrosoft`, and `ValueError` if the answer is no JSON object.
        """
        headers = {"Authorization": f"Bearer {self._token()}", "Accept": "application/json"}
        if if_none_match is not None:
            headers["If-None-Match"] = if_none_match
        answer = self._calls.request("get", self._address(path), headers)
        if answer.status == 304 and if_none_match is not None:
            return {}
        if answer.status != 200:
            raise RefusedByMicrosoft(answer)
        content = json_object(answer.body)
        if not content:
            raise ValueError("not a JSON object")
        return content

    def download(self, path: str, limit: int) -> Answer:
        """The file at a path, of at most `limit` bytes.

        Graph redirects to another host, with an address that is good for some minutes: the token stays with Graph.
        Raises `RefusedByMicrosoft`, `TooBig`, and `SourceUnavailable` for an address that is not safe.
        """
        address, whom = self._address(path), "graph"
        answer = self._calls.request("get", address, {"Authorization": f"Bearer {self._token()}"}, limit)
        for _ in range(MOST_REDIRECTS):
            if answer.status not in REDIRECTS:
                break
            address, whom = self._target(address, answer.headers.get("Location", "")), "download"
            answer = self._calls.request("get", address, {"Accept-Encoding": "identity"}, limit)
        if answer.status in REDIRECTS:
            raise _unsafe()
        if answer.status != 200:
            raise RefusedByMicrosoft(answer, whom)
        return answer

    def _address(self, path: str) -> str:
        """The address of a path, or of a next page, which must be at Graph: the token is sent there."""
        if not path.startswith("/"):
            if not path.startswith(f"{self._base}/v1.0/"):
                raise ValueError("a next page at another host")
            return path
        return f"{self._base}/v1.0{path}"

    def _target(self, address: str, location: str) -> str:
        """Where a redirect leads: with TLS, or to this machine where Graph itself is there."""
        try:
            target = urljoin(address, location)
        except ValueError:
            target = ""
        leaves_tls = self._base.startswith("https:") and not target.startswith("https:")
        if leaves_tls or not is_encrypted_or_local(target):
            raise _unsafe()
        return target


def _unsafe() -> SourceUnavailable:
    return AT_MICROSOFT.bad_answer("led to an address that is not safe to follow")


class MicrosoftSignIn:
    """Gives access tokens for Graph; msal renews them before they expire. Not safe for several threads at a time."""

    def __init__(self, microsoft: Microsoft) -> None:
        self._microsoft = microsoft
        self._http = _Http(microsoft.addresses.login)
        self._client: Any = None

    def forget(self) -> None:
        """Make the next call sign in again."""
        self._client = None

    def token(self, calls: Calls) -> str:
        """An access token. Raises `SourceUnavailable`, `RefusedByMicrosoft` or a network error."""
        try:
            import msal
        except ImportError:
            raise _trouble("(not-installed)") from None
        self._http.calls = calls
        resource, is_identity = self._microsoft.addresses.graph, self._microsoft.managed_identity
        try:
            if self._client is None:
                self._client = self._make_client(msal)
            wanted = {"resource": resource} if is_identity else {"scopes": [f"{resource}/.default"]}
            result = self._client.acquire_token_for_client(**wanted)
        except (OSError, TooLate):
            if not is_identity:
                raise
            raise _trouble("(no-identity-service)") from None
        except (ValueError, KeyError) as error:
            # msal's own message may quote the answer, and an error of the key's parser the key.
            # There is no sign-in service for the tenant, or its answer cannot be read.
            raise _trouble("(no-tenant)" if "authority configuration" in str(error) else "(unread)") from None
        token = result.get("access_token")
        if isinstance(token, str) and token:
            return token
        self.forget()  # msal would repeat the refusal for a minute without asking
        # Entra's own text is never repeated: it may quote an ID.
        described, word = str(result.get("error_description", "")), str(result.get("error", ""))
        code = next(iter(re.findall(r"AADSTS(\d{4,8})", described)), "")
        shown = f"AADSTS{code}" if code else word if re.fullmatch(r"\w{1,60}", word) else "without a reason"
        marks = {"(identity)": is_identity, "(expired)": "expired" in described, code: True}
        raise _trouble(*filter(marks.get, marks), code=code, shown=shown)

    def _make_client(self, msal: ModuleType) -> Any:
        microsoft = self._microsoft
        if microsoft.managed_identity:
            identity = (
                msal.UserAssignedManagedIdentity(client_id=microsoft.client_id)
                if microsoft.client_id
                else msal.SystemAssignedManagedIdentity()
            )
            return msal.ManagedIdentityClient(identity, http_client=self._http)
        return msal.ConfidentialClientApplication(
            microsoft.client_id,
            client_credential=self._credential(),
            authority=f"{self._http.authority}/{microsoft.tenant}",
            instance_discovery=False,
            http_client=self._http,
        )

    def _credential(self) -> str | dict[str, str]:
        if self._microsoft.client_secret:
            return self._microsoft.client_secret
        path = self._microsoft.certificate or ""
        try:
            text = Path(path).read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            raise _trouble("(certificate)", fault=f"cannot be read ({error.strerror})") from None
        blocks = [(match[1], match[0]) for match in _PEM_BLOCK.finditer(text)]
        key = next((block for kind, block in blocks if kind.endswith("PRIVATE KEY")), None)
        certificate = next((block for kind, block in blocks if kind == "CERTIFICATE"), None)
        if key is None or certificate is None:
            raise _trouble("(certificate)", fault="does not hold a private key and a certificate, in PEM form")
        from cryptography import x509
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        try:
            private = load_pem_private_key(key.encode(), password=None)
            public = x509.load_pem_x509_certificate(certificate.encode()).public_key()
        except Exception:
            # The message of any exception here could quote the key.
            raise _trouble("(certificate)", fault="is damaged, or its key has a password") from None
        if not isinstance(private, RSAPrivateKey):
            raise _trouble("(certificate)", fault="has a key that is not RSA, and Microsoft Entra takes no other")
        if private.public_key() != public:
            raise _trouble("(certificate)", fault="holds a key and a certificate that do not belong together")
        return {"private_key": key, "public_certificate": certificate}


_PEM_BLOCK = re.compile(r"-----BEGIN ([A-Z ]+)-----.*?-----END \1-----", re.DOTALL)


class _Http:
    """msal's HTTP client: its calls share the deadline of the fetch.

    msal wants https in every address. Where the sign-in service is configured at this machine, without TLS, msal is
    given https addresses, and the calls go without.
    """

    def __init__(self, login: str) -> None:
        self.calls: Calls | None = None
        parts = urlsplit(login)
        self._plain = f"http://{parts.netloc}" if parts.scheme == "http" else None
        self.authority = f"https://{parts.netloc}"

    def get(self, url: str, **asked: Any) -> requests.Response:
        return self._request("get", url, **asked)

    def post(self, url: str, **asked: Any) -> requests.Response:
        return self._request("post", url, **asked)

    def close(self) -> None:
        pass

    def _request(
        self, method: str, url: str, params: Any = None, data: Any = None, headers: Any = None, **_: Any
    ) -> requests.Response:
        assert self.calls is not None
        more: dict[str, Any] = {}
        if url.startswith(f"{self.authority}/"):
            url = f"{self._plain or self.authority}{url.removeprefix(self.authority)}"
        elif method == "get":  # a machine's own identity service must not be asked by way of a proxy
            more = {"proxies": {"http": None, "https": None, "all": None}}
        answer = self.calls.request(method, url, headers, params=params, data=data, **more)
        if answer.status in (408, 429) or answer.status >= 500:
            raise RefusedByMicrosoft(answer, "login")  # msal would not say how long to wait
        response = requests.Response()
        response.status_code, response.encoding = answer.status, "utf-8"
        response.headers = CaseInsensitiveDict(answer.headers)
        plain, authority = (self._plain or self.authority).encode(), self.authority.encode()
        response._content = answer.body.replace(plain, authority)
        return response


def _roles_of(token: str) -> frozenset[str] | None:
    """The application permissions in an access token; None if they cannot be told. They are only used in sentences."""
    parts = token.split(".")
    try:
        claims = json_object(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))) if len(parts) == 3 else {}
    except ValueError:
        claims = {}
    roles = claims.get("roles", []) if claims else None
    if not isinstance(roles, list):
        return None
    return frozenset(role for role in roles if isinstance(role, str) and re.fullmatch(r"[A-Za-z.]{1,60}", role))


def _trouble(*words: str, **names: str) -> SourceUnavailable:
    return explain_by_table("sign-in", words, names)


SELECTED = frozenset({"Sites.Selected", "Lists.SelectedOperations.Selected", "ListItems.SelectedOperations.Selected",
                      "Files.SelectedOperations.Selected"})  # fmt: skip
"""Permissions that open nothing until a site, list or file is granted to the app."""

_BROAD = frozenset({"Files.Read.All", "Files.ReadWrite.All", "Sites.Read.All", "Sites.ReadWrite.All",
                    "Sites.Manage.All", "Sites.FullControl.All"})  # fmt: skip


def explain(refusal: RefusedByMicrosoft, place: WorkbookPlace, step: str, token: str) -> SourceUnavailable:
    """A refusal as a sentence, with a remedy.

    `step` is what was asked for: `library`, `file` (by path or link), `item` (by ID) or `content`.
    """
    roles = _roles_of(token)
    status, codes, is_link = refusal.status, refusal.codes, place.link is not None
    wait = refusal.headers.get("Retry-After")
    claimless = "scp or roles claim" in refusal.message.lower()
    marks = {
        "(fault)": status >= 500 or status == 408,
        "(busy)": status == 503 and seconds_of(wait) is not None,
        "(locked)": "resourceLocked" in codes or (status == 423 and "fileDoubleKeyEncrypted" not in codes),
        "(download)": refusal.whom == "download",
        "(page)": refusal.is_page,
        "(library)": step == "library",
        "(link)": is_link,
        "(no-SharePoint)": "SPO license" in refusal.message,
        "(reads-nothing)": claimless or (roles is not None and not roles & (SELECTED | _BROAD)),
        "(reads-all)": roles is not None and bool(roles & _BROAD),
    }
    where = f"{place.host}/{place.site}" if place.site else place.host
    granted = ", ".join(sorted(roles & SELECTED)) if roles else ""
    target, this = "the workbook's site" if is_link else f"the site {where}", "this site"
    if roles is not None and "Sites.Selected" not in roles:
        target, this = "the workbook", "this workbook"
    names = {
        "status": status,
        "shown": f"HTTP {status}{one_word(codes)}",
        "where": where,
        "path": place.path,
        "setting": "link" if is_link else "site, drive or path",
        "section": f"[{MICROSOFT}]",
        "clouds": ", ".join(CLOUDS),
        "granted": f": its app has {granted}, and was not granted {this}" if granted else "",
        "target": target,
        "by_path": _BY_PATH if is_link else "",
        "all_files": "" if granted else _ALL_FILES,
    }
    return explain_by_table("microsoft", [str(status), *codes, *filter(marks.get, marks)], names, wait)


_BY_PATH = " If it is granted already, name the workbook by site, drive and path instead of a sharing link."
_ALL_FILES = " Otherwise Files.Read.All with admin consent, which opens every file of the organization."

"""Read an Excel workbook in SharePoint, OneDrive or Teams by Microsoft Graph and msal; nothing is written."""

from __future__ import annotations

import base64
import datetime as dt
import re
from collections.abc import Callable, Mapping
from functools import partial, partialmethod
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import quote, unquote, urljoin, urlsplit
from zoneinfo import ZoneInfo

import requests
from requests.structures import CaseInsensitiveDict

from cwac.clock import read_clock
from cwac.model import RemedyStep, SourceUnavailable, Workbook
from cwac.settings import DEFAULT_ZONE, Settings, SettingsError, host_of, is_encrypted_or_local
from cwac.settings.connections import CLOUDS, MICROSOFT, Microsoft, WorkbookPlace, sharing_token
from cwac.sources import http_calls
from cwac.sources.excel import MAX_FILE, REMEDY, TabReader
from cwac.sources.http_calls import OPERATOR, Answer, Calls, TooBig, by, explain_by_table, json_object, json_part
from cwac.sources.xlsx_package import UnusableFile, is_web_page

_FIELDS = "id,name,eTag,cTag,size,lastModifiedDateTime,file,folder,package,parentReference,publication,webUrl"
_MOST_PAGES = 20  # of a site's libraries


class _Item:
    """The file as Graph describes it, in `drive` if it names none. `content_tag` changes with its content alone."""

    def __init__(self, about: Mapping[str, Any], drive: str = "") -> None:
        parent, publication, size = about.get("parentReference"), about.get("publication"), about.get("size", 0)
        in_drive = parent.get("driveId") if isinstance(parent, dict) else None
        self.drive = _text({"driveId": in_drive or drive}, "driveId")
        self.path = f"/drives/{quote(self.drive, safe='!')}/items/{quote(_text(about, 'id'), safe='!')}"
        self.name = str(about.get("name", "The workbook"))[:200]
        self.tag = str(about.get("eTag") or "")
        self.content_tag = str(about.get("cTag") or self.tag or (about.get("lastModifiedDateTime"), size))
        self.size = size if isinstance(size, int) else 0
        address = str(about.get("webUrl"))
        self.address = address if address.startswith("https://") and host_of(address) else None
        self.is_checked_out = isinstance(publication, dict) and publication.get("level") == "checkout"
        kinds = {"package": "a OneNote notebook", "folder": "a folder"}
        self.no_file = next((kind for key, kind in kinds.items() if isinstance(about.get(key), dict)), None)


class MicrosoftSource:
    """The workbook at `place`, its times in `timezone`, `waits` as in `Patience`; not for several threads at a time."""

    def __init__(
        self, place: WorkbookPlace, microsoft: Microsoft, timezone: str = DEFAULT_ZONE, **waits: float
    ) -> None:
        self._place, self._microsoft, self._zone = place, microsoft, ZoneInfo(timezone)
        self._patience = http_calls.Patience(**waits)
        self._sign_in = MicrosoftSignIn(microsoft)
        self._step = "file"
        self._item: _Item | None = None
        self._read: tuple[str, Workbook | SourceUnavailable] | None = None
        """The content's tag, and the workbook made from it, or the trouble that the file itself has."""
        self._tabs = TabReader()

    @classmethod
    def from_settings(cls, settings: Settings) -> MicrosoftSource:
        """Raises `SourceUnavailable` if the settings cannot name a workbook or a sign-in."""
        try:
            place = settings.place()
            settings.microsoft.refuse_sign_in()
        except SettingsError as error:
            steps = [by(OPERATOR, f"correct it in [{MICROSOFT}].")]
            raise SourceUnavailable("bad-address", str(error), steps) from None
        patience = http_calls.patience_for(settings.refresh_seconds)
        return cls(place, settings.microsoft, settings.timezone, patience=patience)

    def fetch(self, *, look_again: bool = False) -> Workbook:
        """The workbook: one request if its content is the same, and two more for new content.

        With `look_again` the request is not conditional. The first fetch also signs in and finds the file; later ones
        go by its ID. The only retry is with a new access token. Raises `SourceUnavailable`, and nothing else.
        """
        try:
            with self._patience.calls() as calls:
                return self._fetch(calls, look_again)
        except RefusedByMicrosoft as refusal:
            if refusal.status in (401, 403):
                self._sign_in.forget()  # what an administrator grants from now on is in new tokens only
            raise explain(refusal, self._place, self._step, self._sign_in.last_token) from None
        except Exception as error:
            raise http_calls.MICROSOFT.explain(error) from None

    def _fetch(self, calls: Calls, look_again: bool) -> Workbook:
        graph = Graph(calls, self._microsoft.addresses.graph, partial(self._sign_in.token, calls))
        try:
            item = self._look(graph, look_again)
        except RefusedByMicrosoft as refusal:
            if refusal.status != 401 or refusal.whom != "graph":
                raise
            self._sign_in.forget()  # the token may have been revoked
            item = self._look(graph, look_again)
        now = read_clock(self._zone)
        tag, read = self._read or ("", None)
        if read is None or tag != item.content_tag:
            read = self._download(graph, item, now)
        elif isinstance(read, Workbook):
            read = read.seen_again(now, web_url=item.address, checked_out=item.is_checked_out)
        self._read = item.content_tag, read
        if isinstance(read, SourceUnavailable):
            raise read.with_traceback(None)
        return read

    def _look(self, graph: Graph, look_again: bool) -> _Item:
        """The file as it is now: by its ID if that is known, else by the place in the settings."""
        if self._item is not None:
            self._step = "item"
            tag = "" if look_again or self._read is None else self._item.tag
            try:
                about = graph.read(f"{self._item.path}?$select={_FIELDS}", tag)
                self._item = _Item(about, self._item.drive) if about else self._item
            except RefusedByMicrosoft as refusal:
                if refusal.status not in (404, 410):
                    raise
                self._item = None  # it was deleted; there may be another at its place
        self._item = self._item or self._find(graph)
        return self._item

    def _find(self, graph: Graph) -> _Item:
        place = self._place
        if place.link is not None:
            self._step = "file"
            return _Item(graph.read(f"/shares/{sharing_token(place.link)}/driveItem?$select={_FIELDS}"))
        # By path, without asking for the site first: that would need a permission more.
        site = f"/sites/{place.host}:/{quote(place.site)}:" if place.site else f"/sites/{place.host}"
        if place.in_library and place.drive is None:
            library, path = f"{site}/drive", place.path
        else:
            self._step = "library"
            drive, path = self._library(graph, site)
            library = f"/drives/{quote(drive, safe='!')}"
        self._step = "file"
        return _Item(graph.read(f"{library}/root:/{quote(path)}?$select={_FIELDS}"))

    def _library(self, graph: Graph, site: str) -> tuple[str, str]:
        """The ID of the library, and the file's path in it."""
        place = self._place
        names: list[str] = []
        page = f"{site}/drives?$select=id,name,webUrl"
        for _ in range(_MOST_PAGES):
            answer = graph.read(page)
            for drive in (entry for entry in json_part(answer, "value", list) if isinstance(entry, dict)):
                names.append(str(drive.get("name", "")))
                if (path := _path_in(drive, place)) is not None:
                    return _text(drive, "id"), path
            if "@odata.nextLink" not in answer:
                break
            page = _text(answer, "@odata.nextLink")
        listed = ", ".join(name for name in names[:10] if name)
        wanted = f" {place.drive}" if place.drive else f" that holds {place.path}"
        raise SourceUnavailable(
            "not-found",
            f"The site {place.site or place.host} has no library{wanted}.",
            [by(OPERATOR, f"correct it in the settings.{f' The site has: {listed}.' if listed else ''}")],
        )

    def _download(self, graph: Graph, item: _Item, now: dt.datetime) -> Workbook | SourceUnavailable:
        """The workbook, or the trouble that its content has until somebody changes it."""
        try:
            if item.no_file is not None:
                raise UnusableFile("not-a-workbook", f"is {item.no_file}, not a workbook")
            if item.size > MAX_FILE:
                raise TooBig(item.size)
            self._step = "content"
            content = graph.download(f"{item.path}/content", MAX_FILE).body
            if is_web_page(content) and not item.name.lower().endswith((".htm", ".html")):
                page = "was a web page instead of the workbook; a proxy or sign-in page may be in between"
                raise http_calls.MICROSOFT.bad_answer(page)
            tabs = self._tabs.tabs(content)
        except UnusableFile as unusable:
            return SourceUnavailable(unusable.cause, f"{item.name} {unusable}.", _remedy(unusable.cause))
        except TooBig:
            sentence = f"{item.name} is over {MAX_FILE // 2**20} MB."
            return SourceUnavailable("too-large", sentence, _remedy("too-large"))
        key, zone = self._place.key, self._zone.key
        return Workbook(key, now, zone, tabs, url=key, web_url=item.address, checked_out=item.is_checked_out)


def _text(content: Mapping[str, Any], name: str) -> str:
    text = json_part(content, name, str)
    if not text:
        raise ValueError(name)
    return text


def _path_in(drive: Mapping[str, Any], place: WorkbookPlace) -> str | None:
    """The workbook's path in this library; None if it is in another."""
    if place.in_library:
        return place.path if str(drive.get("name", "")).casefold() == (place.drive or "").casefold() else None
    start = unquote(urlsplit(str(drive.get("webUrl", ""))).path).strip("/")
    whole = "/".join(part for part in (place.site, place.path) if part)
    return whole[len(start) + 1 :] if start and whole.casefold().startswith(f"{start.casefold()}/") else None


def _remedy(cause: str) -> list[RemedyStep]:
    remedies = {
        "not-a-workbook": "put the link of an Excel workbook (.xlsx) into the settings, or save this one as one.",
        "protected": "give the workbook a sensitivity label without encryption (Home, Sensitivity). "
        "Whoever administers Microsoft 365 knows which labels encrypt.",
    }
    return [by("Whoever owns the workbook", remedies.get(cause) or f"{REMEDY[cause][0].lower()}{REMEDY[cause][1:]}")]


class RefusedByMicrosoft(http_calls.RefusedCall):
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

    def read(self, path: str, tag: str = "") -> Mapping[str, Any]:
        """The JSON object at a path of version 1.0, or the next page; empty if it still has the `tag` (304).

        Raises `RefusedByMicrosoft`, and `ValueError` if the answer is no JSON object.
        """
        headers = {"Authorization": f"Bearer {self._token()}", "Accept": "application/json"}
        answer = self._calls.request("get", self._address(path), headers | ({"If-None-Match": tag} if tag else {}))
        if answer.status == 304 and tag:
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
        address, whom, headers = self._address(path), "graph", {"Authorization": f"Bearer {self._token()}"}
        for _ in range(1 + http_calls.MOST_REDIRECTS):
            answer = self._calls.request("get", address, headers, limit)
            if answer.status == 200:
                return answer
            if answer.status not in http_calls.REDIRECTS:
                raise RefusedByMicrosoft(answer, whom)
            address, whom = self._target(address, answer.headers.get("Location", "")), "download"
            headers = {"Accept-Encoding": "identity"}
        raise http_calls.MICROSOFT.bad_answer("led to an address that is not safe to follow")

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
            raise http_calls.MICROSOFT.bad_answer("led to an address that is not safe to follow")
        return target


class MicrosoftSignIn:
    """Gives access tokens for Graph; msal renews them before they expire. Not safe for several threads at a time."""

    def __init__(self, microsoft: Microsoft) -> None:
        self._microsoft = microsoft
        self._http = _Http(microsoft.addresses.login)
        self._client: Any = None
        self.last_token = ""

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
        except (OSError, http_calls.TooLate):
            if not is_identity:
                raise
            raise _trouble("(no-identity-service)") from None
        except (ValueError, KeyError) as error:
            # msal's own message may quote the answer, and an error of the key's parser the key.
            # There is no sign-in service for the tenant, or its answer cannot be read.
            raise _trouble("(no-tenant)" if "authority configuration" in str(error) else "(unread)") from None
        token = result.get("access_token")
        if isinstance(token, str) and token:
            self.last_token = token
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
            own = microsoft.client_id
            identity = msal.UserAssignedManagedIdentity(client_id=own) if own else msal.SystemAssignedManagedIdentity()
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

    get, post = partialmethod(_request, "get"), partialmethod(_request, "post")


def _roles_of(token: str) -> frozenset[str] | None:
    """The application permissions in an access token; None if they cannot be told. They are only used in sentences."""
    try:
        _header, payload, _signature = token.split(".")
        claims = json_object(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except ValueError:
        return None
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
    """A refusal of a `step` (`library`, `file` by path or link, `item` by ID, `content`) in words, with a remedy."""
    roles = _roles_of(token)
    status, codes, is_link = refusal.status, refusal.codes, place.link is not None
    wait = refusal.headers.get("Retry-After")
    claimless = "scp or roles claim" in refusal.message.lower()
    marks = {
        "(fault)": status >= 500 or status == 408,
        "(busy)": status == 503 and http_calls.seconds_of(wait) is not None,
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
        "shown": f"HTTP {status}{http_calls.one_word(codes)}",
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

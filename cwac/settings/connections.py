"""Where sheets are and how they are read: Google's by key, default credentials or link, Microsoft's by signing in."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, quote, unquote, urlsplit

from cwac.settings import values
from cwac.settings.values import Kind, Setting, SettingsError, host_of, is_below, is_encrypted_or_local, other_kind


@dataclass(frozen=True, slots=True)
class County:
    """One sheet of several, by address or as the file `workbook`; its people are added to those of all counties."""

    name: str
    spreadsheet: str | None = field(default=None, repr=False)  # may be a sharing link, which opens the file
    viewers: tuple[str, ...] = ()
    coordinators: tuple[str, ...] = ()
    public: bool | None = None
    """None: the value for all counties applies."""
    credentials: str | None = None
    """As in `[connections.gsheets]`; None: the value there applies."""
    workbook: str | None = None
    calendar_id: str | None = None
    """Part of the UID of each event of the file; None: the value in `[cwac]` applies."""


_KEYS_OF_A_COUNTY = ("county", "address", "workbook", "calendar_id", "viewers", "coordinators", "public", "credentials")


def spreadsheets(value: object) -> tuple[str | None, tuple[County, ...]]:
    """One address, or several as counties. In text, commas separate them: `Modoc = https://…, …`."""
    if isinstance(value, str):
        value = [address for address in value.split(",") if address.strip()]
    if value == []:
        raise SettingsError("spreadsheet", "names no sheet", "write the sheet's address in quotes, or take it away.")
    if not isinstance(value, list):
        raise SettingsError("spreadsheet", "must be the sheet's address in quotes, or a list of such")
    counties = tuple(_county(entry, number) for number, entry in enumerate(value, 1))
    # The spreadsheet's ID, whatever form of its link was pasted.
    named = (county.workbook or county.spreadsheet or "" for county in counties)
    places = [re.sub(r"^.*?/d/([\w-]+).*$", r"\1", place, flags=re.DOTALL) for place in named]
    for names in ([county.name.casefold() for county in counties], places):
        duplicate = next((name for index, name in enumerate(names) if name in names[:index]), None)
        if duplicate is not None:
            raise SettingsError("spreadsheet", f"names {duplicate!r} twice", "each county needs its own.")
    if len(counties) == 1 and counties[0] == County("Sheet 1", counties[0].spreadsheet):
        return counties[0].spreadsheet, ()
    return None, counties


def _county(entry: object, number: int) -> County:
    """`"https://…"`, `"Modoc = https://…"`, or a table with `county`, `address` or `workbook`, and who may see it."""
    if isinstance(entry, str):
        name, equals, link = entry.partition("=")
        # Behind a slash the = is part of the address.
        entry = {"county": name, "address": link} if equals and "/" not in name else {"address": entry}
    if not isinstance(entry, Mapping):
        raise SettingsError("spreadsheet", "must list addresses in quotes, or tables with county and address")
    if unknown := sorted(set(entry) - set(_KEYS_OF_A_COUNTY)):
        known = f"it knows {', '.join(_KEYS_OF_A_COUNTY)}."
        raise SettingsError("A table in spreadsheet", f"does not know {', '.join(unknown)}", known)
    address = values.text_of(entry.get("address"), "address")
    workbook = values.plain_text(entry.get("workbook"), "workbook")
    place = f"spreadsheet {number}"
    if (address is None) == (workbook is None):
        wrong = "has no address and no workbook" if address is None else "has both an address and a workbook"
        raise SettingsError(place, wrong, "a county is one sheet or one file.")
    for key, other, what in (("calendar_id", address, "a file"), ("credentials", workbook, "a Google Sheet")):
        if key in entry and other is not None:
            raise SettingsError(place, f"has {key}, which is for {what}", "take it away.")
    if (kind := other_kind(workbook or "")) is not None:
        wrong = f"is the link of {kind[0]}, and a file belongs there"
        raise SettingsError("workbook in a table of spreadsheet", wrong, f"{kind[1]}.")
    if re.match(r"https?://", workbook or "", re.I):
        raise SettingsError("workbook in a table of spreadsheet", "is a web address", "write it as address there.")
    county = values.text_of(entry.get("county"), "county") or f"Sheet {number}"
    if len(county) > 60 or "," in county or not county.isprintable():
        raise SettingsError("county", f"must be a name of at most 60 characters without a comma, not {county!r}")
    return County(
        county,
        address,
        values.people(entry.get("viewers", ()), "viewers"),
        values.people(entry.get("coordinators", ()), "coordinators"),
        values.flag(entry["public"], "public") if "public" in entry else None,
        values.text_of(entry.get("credentials"), "credentials"),
        workbook,
        values.calendar_id(entry["calendar_id"], "calendar_id") if "calendar_id" in entry else None,
    )


GSHEETS = "connections.gsheets"
KEY_FILE = Setting(GSHEETS, "key_file", "path", other_variable="CWAC_SERVICE_ACCOUNT")
KEYS = ("credentials", "impersonate", "api_endpoint", "web_endpoint")
"""The keys beside `spreadsheet` and `key_file`."""
GOOGLE_TABLE = tuple(Setting(GSHEETS, key, "text") for key in KEYS)
GOOGLE_KEYS = (
    "type", "project_id", "private_key_id", "private_key", "client_email", "client_id", "auth_uri", "token_uri",
    "auth_provider_x509_cert_url", "client_x509_cert_url", "universe_domain",
)  # fmt: skip

SECONDS_BY_LINK = 300.0
"""Between two looks at a sheet by its link, at least: an export costs Google far more than a call of its API."""
NAMES_ARE_PUBLIC = (
    "Anybody who has the link of the sheet sees the officers' names in it: it is read by its link, without signing in."
)
"""What coordinators and liaisons are told on every page, and the operator by the log and `cwac doctor`."""

_OF_A_KEY = ("private_key", "client_email", "private_key_id")
_MOST = 200_000
"""Bytes of a key file that are read: one has about 2,400."""
_ACCOUNT = re.compile(r"[A-Za-z0-9-]{1,100}@[A-Za-z0-9.-]{1,150}\.gserviceaccount\.com")


def refuse_google_trouble(gsheets: Mapping[str, Any], key_file: Path | None, counties: Iterable[County]) -> None:
    """Refuse a key or an account to act as that contradicts the credentials, by its name. Raises `SettingsError`."""
    general = gsheets.get("credentials", "key")
    used = {county.credentials or general for county in counties if county.workbook is None} or {general}
    if not {general, *used} <= {"key", "default", "none"}:
        of_link = '"none" (a sheet that anybody with the link may see)'
        right = f'must be "default" (Application Default Credentials) or {of_link}'
        raise SettingsError(f"credentials in [{GSHEETS}]", right, "without it, the service account's key is used.")
    key = "key_file" if key_file else next((name for name in _OF_A_KEY if gsheets.get(name)), None)
    if key is not None and "key" not in used:
        remedy = "delete one of them. (The key may come from CWAC_SERVICE_ACCOUNT.)"
        raise SettingsError(f'credentials = "{general}" in [{GSHEETS}]', f"uses no key, and {key} is there too", remedy)
    account = gsheets.get("impersonate")
    place = f"impersonate in [{GSHEETS}]"
    if account is not None and "default" not in used:
        raise SettingsError(place, 'works only with credentials = "default"', "write both, or delete it.")
    if account is not None and not _ACCOUNT.fullmatch(str(account)):
        raise SettingsError(place, "must be a service account, such as coffee@my-project.iam.gserviceaccount.com")


def read_key(path: Path, named_in: str) -> Mapping[str, Any]:
    """The content of Google's key file. Raises `SettingsError`, which never quotes it; `named_in` names the file."""
    try:
        with path.open("rb") as file:
            content = json.loads(file.read(_MOST))
    except OSError as error:
        place = f"The service account's key file {path}"
        raise SettingsError(place, f"cannot be read ({error.strerror})", f"check {named_in}.") from None
    except (ValueError, RecursionError):
        content = None
    key: dict[str, Any] = content if isinstance(content, dict) else {}
    if key.get("type", "service_account") != "service_account" or not key.keys() & set(_OF_A_KEY):
        make_one = "in Google Cloud open IAM & Admin, Service Accounts, the account, Keys, and add a key of type JSON."
        raise SettingsError(str(path), "is not a service account's key file as Google made it", make_one)
    return key


MICROSOFT = "connections.microsoft"


class Cloud(NamedTuple):
    """The addresses of one of Microsoft's clouds, and how the hosts of SharePoint end there."""

    graph: str
    login: str
    sharepoint: str


CLOUDS: Mapping[str, Cloud] = {
    "global": Cloud("https://graph.microsoft.com", "https://login.microsoftonline.com", ".sharepoint.com"),
    "gcc-high": Cloud("https://graph.microsoft.us", "https://login.microsoftonline.us", ".sharepoint.us"),
    "dod": Cloud("https://dod-graph.microsoft.us", "https://login.microsoftonline.us", ".sharepoint-mil.us"),
    "china": Cloud(
        "https://microsoftgraph.chinacloudapi.cn", "https://login.chinacloudapi.cn", ".sharepoint.cn"
    ),
}  # fmt: skip
"""From Microsoft's page "Microsoft Graph national cloud deployments". GCC without "High" is `global`."""

_SHAREPOINT = tuple(cloud.sharepoint for cloud in CLOUDS.values())
_OTHER_HOSTS = ("1drv.ms", "onedrive.live.com", "teams.microsoft.com", "excel.cloud.microsoft", "office.com")
_OF_OTHER_FILES = {"f": "a folder", "w": "a Word document", "p": "a presentation", "o": "a OneNote notebook",
                   "b": "a PDF", "v": "a video", "i": "a picture"}  # fmt: skip
"""The letter of a sharing link, as in `/:f:/`, and what it leads to."""

COPY_LINK = "open the workbook in SharePoint or OneDrive, press Share, Copy link, and write that link."


@dataclass(frozen=True, slots=True)
class WorkbookPlace:
    """Where a workbook is: a sharing `link`, or a `path` in the library `drive` (None: the default) of a `site`.

    `site` is a path at `host` without slashes at its ends, empty for the root site. If not `in_library`, `path` begins
    with the library's part of the address.
    """

    host: str
    link: str | None = None
    site: str = ""
    drive: str | None = None
    path: str = ""
    in_library: bool = True

    @property
    def key(self) -> str:
        """The name of the workbook's versions in the store, by the settings alone: an address that gives nobody access.

        The last part of a sharing link, with which others could open the file, is replaced by its hash.
        """
        if self.link is None:
            parts = [part for part in (self.site, self.drive or "", self.path) if part]
            return f"https://{self.host}/{quote('/'.join(parts))}"
        parts_of_link = urlsplit(self.link)
        document = parse_qs(parts_of_link.query).get("sourcedoc")
        if document:
            return f"https://{self.host}{parts_of_link.path}?sourcedoc={quote(document[0])}"
        folder, _, token = parts_of_link.path.rpartition("/")
        return f"https://{self.host}{folder}/{hashlib.sha256(token.encode()).hexdigest()[:16]}"


@dataclass(frozen=True, slots=True)
class Microsoft:
    """The table `[connections.microsoft]`. Either `link`, or `site` with `path`, names the workbook."""

    link: str | None = field(default=None, repr=False)  # may be a sharing link, which opens the file
    site: str | None = None
    drive: str | None = None
    path: str | None = None
    tenant: str | None = None
    client_id: str | None = None
    client_secret: str | None = field(default=None, repr=False)
    certificate: str | None = None
    managed_identity: bool = False
    cloud: str = "global"
    graph: str | None = None
    login: str | None = None

    @property
    def names_a_workbook(self) -> bool:
        return bool(self.link or self.site or self.path)

    @property
    def addresses(self) -> Cloud:
        """The addresses in use: those of the cloud, unless others are configured."""
        graph, login, sharepoint = CLOUDS[self.cloud]
        return Cloud((self.graph or graph).rstrip("/"), (self.login or login).rstrip("/"), sharepoint)

    def place(self, link: str | None = None) -> WorkbookPlace:
        """The place that `link` names, else the one configured. Raises `SettingsError`."""
        link, typed, path = link or self.link, (self.site or "").strip(), (self.path or "").strip().strip("/")
        if link:
            place = place_of_link(link)
        else:
            if not _host(typed).endswith(_SHAREPOINT):
                right = "must be the address of a SharePoint site, such as contoso.sharepoint.com/sites/Coffee"
                raise SettingsError(f"site in [{MICROSOFT}]", right)
            site = unquote(urlsplit(typed if "://" in typed else f"https://{typed}").path).strip("/")
            if {".", ".."} & {*path.split("/"), *site.split("/")}:
                raise SettingsError(f"path and site in [{MICROSOFT}]", "must not have . or .. as a folder")
            place = WorkbookPlace(_host(typed), site=site, drive=self.drive, path=path)
        right = next((name for name, cloud in CLOUDS.items() if place.host.endswith(cloud.sharepoint)), self.cloud)
        if right != self.cloud:
            fault = f"is in another of Microsoft's clouds than cloud in [{MICROSOFT}] says"
            raise SettingsError("The workbook", fault, f'write cloud = "{right}".')
        return place

    def refuse_sign_in(self) -> None:
        """Raise `SettingsError` if the sign-in misses something or contradicts itself."""
        used = [name for name in ("client_secret", "certificate", "managed_identity") if getattr(self, name)]
        place = f"[{MICROSOFT}]"
        if len(used) > 1:
            raise SettingsError(place, f"signs in by {' and by '.join(used)}", "keep one of them.")
        if not used:
            ways = (
                "write tenant, client_id and certificate (or client_secret) of the app registration, or "
                "managed_identity = true."
            )
            raise SettingsError(place, "does not say how to sign in", ways)
        if self.managed_identity and self.tenant:
            raise SettingsError(f"tenant in {place}", "has no effect with managed_identity", "remove it.")
        missing = [name for name in ("tenant", "client_id") if not getattr(self, name)]
        if missing and not self.managed_identity:
            copy = "copy it from the app registration's Overview."
            raise SettingsError(place, f"has no {' and no '.join(missing)}", copy)


_KINDS: Mapping[str, Kind] = {"managed_identity": "flag", "certificate": "path"}
MICROSOFT_TABLE = tuple(
    Setting(MICROSOFT, key, _KINDS.get(key, "text"), other_variable=f"CWAC_MICROSOFT_{key.upper()}")
    for key in (each.name for each in fields(Microsoft))
)
CERTIFICATE = next(setting for setting in MICROSOFT_TABLE if setting.key == "certificate")


def is_microsoft(address: str | None) -> bool:
    """Whether an address is one of SharePoint, OneDrive, Teams or Excel for the web."""
    host = _host(address or "")
    return host.endswith((*_SHAREPOINT, *(f".{other}" for other in _OTHER_HOSTS))) or host in _OTHER_HOSTS


def _host(address: str) -> str:
    typed = address.strip().replace(" ", "%20")  # people type the names of folders as they read them
    return host_of(typed if "://" in typed else f"https://{typed}")


def place_of_link(link: str) -> WorkbookPlace:
    """Where a link leads: a sharing link, or the address of a file. Raises `SettingsError`."""
    typed = link.strip()
    typed = typed if "://" in typed else f"https://{typed}"
    host = _host(typed)
    if not host.endswith(_SHAREPOINT):
        if is_microsoft(typed):
            only = "a file can be read without a person signing in only at SharePoint or OneDrive for work or school"
            raise SettingsError("The link", f"leads to {host}, and {only}", COPY_LINK)
        raise SettingsError("The link", "is not one of SharePoint or OneDrive", COPY_LINK)
    parts = urlsplit(typed)
    if parts.scheme != "https":
        raise SettingsError("The link", "must begin with https://")
    segments = [unquote(segment) for segment in parts.path.split("/") if segment]
    if {".", ".."} & set(segments):
        raise SettingsError("The link", "has . or .. as a folder", COPY_LINK)
    kind = re.fullmatch(r":(\w):", segments[0]) if segments else None
    if kind and kind[1] in _OF_OTHER_FILES:
        raise SettingsError("The link", f"leads to {_OF_OTHER_FILES[kind[1]]}, not to a workbook", COPY_LINK)
    is_address = not kind or segments[1:2] == ["r"]
    if not is_address or "_layouts" in segments:
        return WorkbookPlace(host, link=typed)
    # An address without a sharing link's key, such as /sites/Coffee/Shared Documents/Plans/Coffee.xlsx
    segments = segments[2:] if kind else segments
    length = 2 if segments and segments[0].lower() in ("sites", "teams", "personal") else 0
    site, rest = segments[:length], segments[length:]
    if len(rest) < 2:
        raise SettingsError("The link", "leads to a site or a library, not to a workbook", COPY_LINK)
    return WorkbookPlace(host, site="/".join(site), path="/".join(rest), in_library=False)


def sharing_token(link: str) -> str:
    """A sharing link as Graph's `/shares/` takes it: `u!` and base64url without padding."""
    return "u!" + base64.urlsafe_b64encode(link.encode()).decode().rstrip("=")


_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_TENANT = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_EXAMPLE_ID = "00000000-aaaa-1111-bbbb-222222222222"


def microsoft_of(typed: Mapping[str, Any]) -> Microsoft:
    """The table, checked. Raises `SettingsError` for a value that cannot be right, or two that contradict."""
    made = Microsoft(**typed)
    if made.cloud not in CLOUDS:
        raise SettingsError(f"cloud in [{MICROSOFT}]", f"must be one of {', '.join(CLOUDS)}")
    for key in ("graph", "login"):
        address = getattr(made, key)
        if address is not None and (not is_encrypted_or_local(address) or is_below(address)):
            raise SettingsError(f"{key} in [{MICROSOFT}]", "must begin with https:// and have no path")
    if made.link and (other := next((key for key in ("site", "drive", "path") if getattr(made, key)), None)):
        place = f"link and {other} in [{MICROSOFT}]"
        raise SettingsError(place, "both say where the workbook is", "keep one of them.")
    if not made.link and (made.site or made.drive or made.path):
        for absent in (key for key in ("site", "path") if not getattr(made, key)):
            together = "site and path together name a workbook, or link alone."
            raise SettingsError(f"[{MICROSOFT}]", f"has no {absent}", together)
    if made.names_a_workbook:
        made.place()
    if made.client_id is not None and not _GUID.fullmatch(made.client_id):
        right = f"must be the Application (client) ID, which looks like {_EXAMPLE_ID}"
        raise SettingsError(f"client_id in [{MICROSOFT}]", right)
    if made.tenant is not None and (
        not _TENANT.fullmatch(made.tenant) or made.tenant.lower() in ("common", "organizations", "consumers")
    ):
        right = "must be the Directory (tenant) ID or a domain of yours, such as contoso.onmicrosoft.com"
        raise SettingsError(f"tenant in [{MICROSOFT}]", right)
    if made.client_secret is not None and _GUID.fullmatch(made.client_secret):
        copy = "copy its Value, which is shown once, when it is made."
        raise SettingsError(f"client_secret in [{MICROSOFT}]", "is the secret's ID", copy)
    return made


def refuse_microsoft_trouble(made: Microsoft, addresses: Sequence[str]) -> None:
    """Refuse a second workbook beside `addresses` (of `spreadsheet`), unusable links, or a sign-in that cannot work."""
    if made.names_a_workbook and addresses:
        place = f"spreadsheet in [connections.gsheets] and [{MICROSOFT}]"
        keep_one = "keep one of them, or list both addresses in spreadsheet, each with its county."
        raise SettingsError(place, "both name what to read", keep_one)
    at_microsoft = [address for address in addresses if is_microsoft(address)]
    for address in at_microsoft:
        made.place(address)
    if at_microsoft or made != Microsoft():
        made.refuse_sign_in()
    if made.certificate is None:
        return
    path = Path(made.certificate)
    place = f"certificate in [{MICROSOFT}]: {path}"
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise SettingsError(place, f"cannot be read ({error.strerror})") from None
    if "-----BEGIN ENCRYPTED PRIVATE KEY-----" in text or "Proc-Type: 4,ENCRYPTED" in text:
        without = "write it without one (openssl pkey), readable by this program alone."
        raise SettingsError(place, "has a key with a password", without)
    marks = {"private key": "PRIVATE KEY-----", "certificate": "BEGIN CERTIFICATE-----"}
    if missing := [part for part, mark in marks.items() if mark not in text]:
        raise SettingsError(place, f"has no {' and no '.join(missing)}", "it must hold both, in PEM form.")

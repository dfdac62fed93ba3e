"""Microsoft identity platform and Microsoft Graph v1.0 on loopback, without Microsoft.

Written from Microsoft's published pages alone; the page stands beside each answer, here and in `entra` and `library`;
"recorded" marks what no page spells out. It can be read, not written to.

    with GraphServer(b"the workbook's bytes") as graph:
        graph.login, graph.graph, graph.imds            # addresses: sign-in, Graph (with /v1.0), managed identity
        graph.link, graph.item, graph.site, graph.drive # a sharing link of the one file; and where it is
        graph.entra.certificate                         # what the registered application may sign in with
        graph.entra.roles = {"Sites.Selected"}          # what an administrator consented to …
        graph.grant(graph.site)                         # … and the site that the application was granted
        graph.item.write(b"…"); graph.item.move(name="Plan 2027.xlsx")
        graph.metadata_304 = False
        graph.fail("429", 2, on="content", retry_after=31); graph.fail("7000222", on="token")
        assert graph.calls == {"token": 1, "share": 1, "content": 1, "download": 1}     # graph.log has the rest

msal speaks HTTPS only: give `certificate=`.
"""

import base64
import re
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from tests.server.answers import REFUSALS, Answer, as_json, page
from tests.server.entra import CODES, GRAPH, Entra, refused
from tests.server.library import XLSX, Drive, DriveItem, Site, item_json
from tests.server.listener import Incoming, StandIn
from tests.server.tokens import decode_part

CHALLENGE = (
    'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", '
    'client_id="00000003-0000-0000-c000-000000000000"'
)
CLAIMS = base64.b64encode(b'{"access_token": {"nbf": {"essential": true, "value": "1790000000"}}}').decode()


def error(status: int, code: str, message: str, *inner: str, **headers: str) -> Answer:
    """An error; `inner` are more detailed codes, the outermost first.

    Codes and shape: https://learn.microsoft.com/graph/errors ("you should only code against error codes returned in
    `code` properties"; messages may change at any time).
    """
    ids = dict.fromkeys(("request-id", "client-request-id"), "0b1d9c3c-5f3c-4d0a-9a57-1d1a2d0e6f11")
    innermost: dict[str, Any] = {"date": "2026-10-07T16:00:00"} | ids
    for number, name in enumerate(reversed(inner)):
        innermost = {"code": name} | ({"innerError": innermost} if number else innermost)
    named = ids | {name.replace("_", "-"): value for name, value in headers.items()}
    return as_json(status, {"error": {"code": code, "message": message, "innerError": innermost}}, **named)


ANSWERS = {
    # Code, text and header recorded: https://github.com/microsofthackathons/tdi/issues/24
    "401": error(
        401,
        "InvalidAuthenticationToken",
        "Access token has expired or is not yet valid.",
        WWW_Authenticate=CHALLENGE,
    ),
    # https://learn.microsoft.com/entra/identity-platform/claims-challenge#claims-challenge-header-format
    "claims": error(
        401,
        "InvalidAuthenticationToken",
        "Continuous access evaluation resulted in challenge with result: InteractionRequired and code: "
        "TokenIssuedBeforeRevocationTimestamp",  # recorded
        WWW_Authenticate=f'{CHALLENGE}, error="insufficient_claims", claims="{CLAIMS}"',
    ),
    # https://learn.microsoft.com/graph/permissions-selected-overview ("the application doesn't have access") and
    # https://learn.microsoft.com/graph/errors; text recorded: https://github.com/iterate-ch/cyberduck/pull/16853
    "403": error(403, "accessDenied", "Access denied"),
    # Recorded, without its status: https://github.com/microsoftgraph/microsoft-graph-docs/issues/7766
    "no-roles": error(403, "AccessDenied", "Either scp or roles claim need to be present in the token."),
    # https://learn.microsoft.com/graph/errors has the codes; no page has the status.
    "malware": error(403, "malwareDetected", "Malware was detected in the requested resource.", "virusSuspicious"),
    "404": error(404, "itemNotFound", "The resource could not be found."),
    # No page has the answer to a link that was revoked or never was.
    "404-share": error(
        404, "itemNotFound", "The sharing link no longer exists, or you do not have permission to access it."
    ),
    "404-site": error(404, "itemNotFound", "Requested site could not be found"),
    # 423 is on https://learn.microsoft.com/graph/errors; code and text recorded, for writing only:
    # https://github.com/microsoftgraph/msgraph-sdk-java/issues/365
    "423": error(423, "resourceLocked", "The resource you are attempting to access is locked"),
    # Recorded, for renaming: https://github.com/OneDrive/onedrive-api-docs/pull/1199
    "423-editing": error(
        423, "accessDenied", "The file is currently checked out or locked for editing by another user."
    ),
    # https://learn.microsoft.com/graph/api/driveitem-extractsensitivitylabels has this for that action only.
    "423-double-key": error(423, "fileDoubleKeyEncrypted", "The file is protected via double key encryption."),
    # https://learn.microsoft.com/graph/throttling (429 and 503, Retry-After in seconds); body recorded:
    # https://learn.microsoft.com/answers/questions/648796/retry-after-header-upper-limit-or-range
    "429": error(
        429, "activityLimitReached", "The request has been throttled", "throttledRequest", "quota", Retry_After="31"
    ),
    "500": error(500, "generalException", "An unspecified error has occurred."),
    "503": error(503, "serviceNotAvailable", "The service is not available. Try again later.", Retry_After="120"),
    "504": error(504, "generalException", "An unspecified error has occurred."),
    "html-429": REFUSALS["html-429"],
    "html-503": page(503),
}
"""What `GraphServer.fail` can send instead of the true answer, besides the AADSTS codes and what spoils it."""
# https://learn.microsoft.com/graph/api/driveitem-get, driveitem-get-content, drive-list: application permissions.
READ_FILES = {"Files.Read.All", "Files.ReadWrite.All", "Sites.Read.All", "Sites.ReadWrite.All"}
Found = tuple[str, Site | None, Drive | None, DriveItem | None]
"""The kind of call, and what its address means."""


class GraphServer(StandIn):
    """Sign-in, managed identity and Graph on one port, the download host on another. See the module."""

    hosts = ("api", "download")

    def __init__(self, content: bytes = b"", *, certificate: Path | None = None) -> None:
        super().__init__(certificate)
        self.entra = Entra()
        self.site = Site()
        self.sites = [self.site]
        self.item = self.drive.add(DriveItem("Plan.xlsx", content, folder="Outreach"))
        # A sharing link, as people copy it.
        self.link = (
            f"https://{self.site.host}/:x:/s/CoffeeWithACop/{secrets.token_urlsafe(33)}?e={secrets.token_hex(3)}"
        )
        self.links = {self.link: self.item}
        self.granted: set[str] = set()
        self.metadata_304 = True
        self._downloads: dict[str, tuple[float, DriveItem]] = {}

    def start(self) -> None:
        super().start()
        self.entra.audiences = {self.graph, GRAPH}

    # --- how to reach it ---------------------------------------------------------------------------------------

    @property
    def graph(self) -> str:
        return self.address("api")

    login = imds = graph
    """The second is the machine's metadata service: AZURE_POD_IDENTITY_AUTHORITY_HOST for msal."""

    @property
    def drive(self) -> Drive:
        return self.site.drives[0]

    # --- what happens ------------------------------------------------------------------------------------------

    def grant(self, what: Site | DriveItem) -> None:
        """Assign the application to a site, a folder or a file, for the `Selected` permissions."""
        self.granted.add(what.id)

    def named_answer(self, kind: str) -> Answer | None:
        return refused(kind) if kind in CODES else ANSWERS.get(kind)

    # --- answers -----------------------------------------------------------------------------------------------

    def answer(self, incoming: Incoming) -> tuple[str, Answer]:
        if incoming.host == "download":
            return "download", self._download(incoming)
        if incoming.path.startswith("/v1.0/"):
            return self._graph(incoming)
        if incoming.path == "/metadata/identity/oauth2/token":
            return "imds", self.entra.imds(incoming.headers, incoming.query, self.now)
        tenant, _, method = incoming.path.strip("/").partition("/")
        if method == "oauth2/v2.0/token" and incoming.method == "POST":
            return "token", self.entra.token(tenant, incoming.form, self.now)
        if method == "v2.0/.well-known/openid-configuration":
            return "discovery", self.entra.openid_configuration(tenant, self.login)
        return "other", page(404)

    def _graph(self, incoming: Incoming) -> tuple[str, Answer]:
        call, site, drive, item = self._find(incoming.path.removeprefix("/v1.0/"))
        refusal = self._refusal(incoming, site, item)
        if refusal is not None:
            return call, refusal
        if call == "other" or incoming.method != "GET":
            return call, _unknown_segment(incoming.path)
        if call == "drives" and site is not None:
            drives = [
                {"id": drive.id, "name": drive.name, "webUrl": f"{site.url}/{quote(drive.folder)}"}
                for drive in site.drives
            ]
            return call, as_json(200, {"@odata.context": f"{GRAPH}/v1.0/$metadata#drives", "value": drives})
        if site is None or drive is None or item is None:
            return call, ANSWERS.get(f"404-{call}", ANSWERS["404"])
        # "If this request header is included and the eTag (or cTag) provided matches the current tag on the file, an
        # HTTP 304 Not Modified response is returned": the pages of driveitem-get and of driveitem-get-content.
        tags = re.findall(r'(?:W/)?("[^"]*")', incoming.headers.get("If-None-Match", ""))
        if (item.etag in tags or item.ctag in tags) and (call == "content" or self.metadata_304):
            return call, Answer(304, b"", {"request-id": secrets.token_hex(16)})
        if call != "content":
            return call, _selected(incoming, item_json(site, drive, item))
        if item.malware is not None:
            return call, ANSWERS["malware"]
        # "Returns a 302 Found response redirecting to a preauthenticated download URL for the file."
        return call, Answer(302, b"", {"Location": self._download_url(item), "Cache-Control": "max-age=0, private"})

    def _download_url(self, item: DriveItem) -> str:
        """ "Only valid for a short period of time (a few minutes)":
        https://learn.microsoft.com/graph/api/driveitem-get-content
        """
        key = secrets.token_urlsafe(24)
        self._downloads[key] = (self.now + 300, item)
        path = f"{self.site.path}/_layouts/15/download.aspx?UniqueId={item.guid.lower()}&Translate=false"
        return f"{self.address('download')}/{path}&tempauth={key}"

    def _download(self, incoming: Incoming) -> Answer:
        """https://learn.microsoft.com/graph/api/driveitem-get-content: the URL needs no Authorization header.

        401 for a request that has the header is recorded: https://github.com/OneDrive/onedrive-api-docs/issues/1901 .
        No page says what answers once the URL has expired; ETag and Content-Disposition are not described either.
        """
        expires, item = self._downloads.get(incoming.query.get("tempauth", ""), (0.0, None))
        if "Authorization" in incoming.headers or item is None or expires <= self.now:
            return page(401)
        return Answer(200, item.content, {"Content-Type": XLSX})

    # --- who may read what -------------------------------------------------------------------------------------

    def _refusal(self, incoming: Incoming, site: Site | None, item: DriveItem | None) -> Answer | None:
        expires, audience, roles = self.entra.given.get(incoming.bearer, (0.0, "", frozenset[str]()))
        # "Access tokens acquired for a national cloud deployment are not interchangeable with those acquired for the
        # global service": https://learn.microsoft.com/graph/deployments
        if expires <= self.now or audience not in self.entra.audiences:
            return ANSWERS["401"]
        if not roles:
            return ANSWERS["no-roles"]
        return None if self._may(roles, site, item) else ANSWERS["403"]

    def _may(self, roles: frozenset[str], site: Site | None, item: DriveItem | None) -> bool:
        """https://learn.microsoft.com/graph/permissions-selected-overview: "the destination to be accessed controls the
        behavior", and "lower scopes can never provide access to higher-level resources".
        """
        if roles & READ_FILES:
            return True
        if "Sites.Selected" in roles and site is not None and site.id in self.granted:
            return True
        return "Files.SelectedOperations.Selected" in roles and item is not None and item.id in self.granted

    # --- addresses ---------------------------------------------------------------------------------------------

    def _find(self, address: str) -> Found:
        """https://learn.microsoft.com/graph/onedrive-addressing-driveitems
        and https://learn.microsoft.com/graph/api/site-getbypath
        """
        shared = re.fullmatch(r"shares/u!([\w-]+)/driveItem(/content)?", address)
        if shared:
            return ("content" if shared[2] else "share", *self._shared(decode_part(shared[1]).decode()))
        in_site = re.fullmatch(r"sites/([^:/]+)(?::/([^:]*):)?/(drives|drive/.*)", address)
        in_drive = re.fullmatch(r"drives/([^/]+)/(.*)", address)
        if in_site:
            place = in_site[1].lower(), unquote(in_site[2] or "").lower()
            site = next((site for site in self.sites if (site.host, site.path.lower()) == place), None)
            if site is None or in_site[3] == "drives":
                return "drives" if site else "site", site, None, None
            drive, rest = site.drives[0], in_site[3].removeprefix("drive/")
        elif in_drive:
            drives = {drive.id: (site, drive) for site in self.sites for drive in site.drives}
            site, drive = drives.get(unquote(in_drive[1]), (None, Drive()))
            rest = in_drive[2]
        else:
            return "other", None, None, None
        named = re.fullmatch(r"root:/([^:]+)|items/([^/]+)(/content)?", rest)
        if named is None:
            return "other", site, drive, None
        path, key = unquote(named[1] or "").lower(), unquote(named[2] or "")
        item = next((item for item in drive.items if item.id == key or item.path.lower() == path), None)
        return "content" if named[3] else "metadata", site, drive, item

    def _shared(self, url: str) -> tuple[Site | None, Drive | None, DriveItem | None]:
        """https://learn.microsoft.com/graph/api/shares-get#encoding-sharing-urls"""
        for site in self.sites:
            for drive in site.drives:
                for item in drive.items:
                    addresses = {link for link, shared in self.links.items() if shared is item}
                    addresses |= {link.partition("?")[0] for link in addresses}
                    web = f"{site.url}/{quote(drive.folder)}/{quote(item.path)}"
                    if url in addresses | {web, unquote(web)}:
                        return site, drive, item
        return None, None, None


def _unknown_segment(name: str) -> Answer:
    """Recorded."""
    return error(400, "BadRequest", f"Resource not found for the segment '{name}'.")


def _selected(incoming: Incoming, everything: dict[str, object]) -> Answer:
    """https://learn.microsoft.com/graph/query-parameters#select-parameter"""
    # https://learn.microsoft.com/graph/api/resources/driveitem: publication is left out unless it is selected.
    names = incoming.query.get("$select", ",".join(everything.keys() - {"publication"})).split(",")
    unknown = set(names) - set(everything) - {"cTag", "file", "folder", "package"}
    if unknown:
        return _unknown_segment(unknown.pop())
    content = {name: everything[name] for name in names if name in everything}
    return as_json(200, {"@odata.context": f"{GRAPH}/v1.0/$metadata#driveItem"} | content)

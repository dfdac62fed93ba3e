"""Microsoft identity platform and Microsoft Graph v1.0 on loopback, without Microsoft.

Written from Microsoft's published pages alone; the page stands beside each answer, here and in `graph_answers`, `entra`
and `library`. It can be read, not written to.

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

from __future__ import annotations

import re
import secrets
from pathlib import Path
from urllib.parse import quote, unquote

from tests.server import graph_answers as answers
from tests.server.answers import Answer, as_json
from tests.server.entra import CODES, GRAPH, Entra, refused
from tests.server.library import XLSX, Drive, DriveItem, Site, item_json
from tests.server.listener import Incoming, StandIn
from tests.server.tokens import decode_part

# https://learn.microsoft.com/graph/api/driveitem-get, driveitem-get-content, drive-list: application permissions.
READ_FILES = {"Files.Read.All", "Files.ReadWrite.All", "Sites.Read.All", "Sites.ReadWrite.All"}
MISSING = {
    "share": "The sharing link no longer exists, or you do not have permission to access it.",
    "site": "Requested site could not be found",
}
"""No page has the answer to a link that was revoked or never was."""
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
        if kind in answers.NAMED:
            return answers.NAMED[kind]()
        return refused(kind) if kind in CODES else None

    # --- answers -----------------------------------------------------------------------------------------------

    def answer(self, incoming: Incoming) -> tuple[str, Answer]:
        if incoming.host == "download":
            return "download", self._download(incoming)
        if incoming.path.startswith("/v1.0/"):
            return self._graph(incoming)
        if incoming.path == "/metadata/identity/oauth2/token":
            return "imds", self.entra.imds(incoming.headers, incoming.query, self.now)
        tenant, _, page = incoming.path.strip("/").partition("/")
        if page == "oauth2/v2.0/token" and incoming.method == "POST":
            return "token", self.entra.token(tenant, incoming.form, self.now, incoming.origin)
        if page == "v2.0/.well-known/openid-configuration":
            return "discovery", self.entra.openid_configuration(tenant, incoming.origin)
        return "other", answers.page(404, "Not found")

    def _graph(self, incoming: Incoming) -> tuple[str, Answer]:
        call, site, drive, item = self._find(incoming.path.removeprefix("/v1.0/"))
        refusal = self._refusal(incoming, site, item)
        if refusal is not None:
            return call, refusal
        if call == "other" or incoming.method != "GET":
            return call, answers.unknown_segment(incoming.path)
        if call == "drives" and site is not None:
            drives = [
                {"id": drive.id, "name": drive.name, "webUrl": f"{site.url}/{quote(drive.folder)}"}
                for drive in site.drives
            ]
            return call, as_json(200, {"@odata.context": f"{GRAPH}/v1.0/$metadata#drives", "value": drives})
        if site is None or drive is None or item is None:
            return call, answers.not_found(MISSING.get(call, "The resource could not be found."))
        # "If this request header is included and the eTag (or cTag) provided matches the current tag on the file, an
        # HTTP 304 Not Modified response is returned": the pages of driveitem-get and of driveitem-get-content.
        tags = re.findall(r'(?:W/)?("[^"]*")', incoming.headers.get("If-None-Match", ""))
        if (item.etag in tags or item.ctag in tags) and (call == "content" or self.metadata_304):
            return call, Answer(304, b"", {"request-id": secrets.token_hex(16)})
        if call != "content":
            return call, _selected(incoming, item_json(site, drive, item))
        if item.malware is not None:
            return call, answers.malware()
        # "Returns a 302 Found response redirecting to a preauthenticated download URL for the file."
        return call, Answer(302, b"", {"Location": self._download_url(item), "Cache-Control": "max-age=0, private"})

    def _download_url(self, item: DriveItem) -> str:
        """ "Only valid for a short period of time (a few minutes)":
        https://learn.microsoft.com/graph/api/driveitem-get-content
        """
        key = secrets.token_urlsafe(24)
        self._downloads[key] = (self.now + 300, item)
        page = f"/{self.site.path}/_layouts/15/download.aspx"
        return f"{self.address('download')}{page}?UniqueId={item.guid.lower()}&Translate=false&tempauth={key}"

    def _download(self, incoming: Incoming) -> Answer:
        """https://learn.microsoft.com/graph/api/driveitem-get-content: the URL needs no Authorization header.

        401 for a request that has the header is recorded: https://github.com/OneDrive/onedrive-api-docs/issues/1901 .
        No page says what answers once the URL has expired; ETag and Content-Disposition are not described either.
        """
        expires, item = self._downloads.get(incoming.query.get("tempauth", ""), (0.0, None))
        if "Authorization" in incoming.headers or item is None or expires <= self.now:
            return answers.page(401, "401 UNAUTHORIZED")
        return Answer(200, item.content, {"Content-Type": XLSX})

    # --- who may read what -------------------------------------------------------------------------------------

    def _refusal(self, incoming: Incoming, site: Site | None, item: DriveItem | None) -> Answer | None:
        kind, _, token = incoming.headers.get("Authorization", "").partition(" ")
        issued = self.entra.given.get(token)
        # "Access tokens acquired for a national cloud deployment are not interchangeable with those acquired for the
        # global service": https://learn.microsoft.com/graph/deployments
        if (
            kind.lower() != "bearer"
            or issued is None
            or issued.expires <= self.now
            or issued.audience not in self.entra.audiences
        ):
            return answers.unauthenticated()
        if not issued.roles:
            return answers.no_roles()
        return None if self._may(issued.roles, site, item) else answers.access_denied()

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


def _selected(incoming: Incoming, everything: dict[str, object]) -> Answer:
    """https://learn.microsoft.com/graph/query-parameters#select-parameter"""
    # https://learn.microsoft.com/graph/api/resources/driveitem: publication is left out unless it is selected.
    names = incoming.query.get("$select", ",".join(everything.keys() - {"publication"})).split(",")
    unknown = set(names) - set(everything) - {"cTag", "file", "folder", "package"}
    if unknown:
        return answers.unknown_segment(unknown.pop())
    content = {name: everything[name] for name in names if name in everything}
    return as_json(200, {"@odata.context": f"{GRAPH}/v1.0/$metadata#driveItem"} | content)

"""Microsoft identity platform and Microsoft Graph v1.0 on loopback, without Microsoft.

Written from Microsoft's published pages alone; the page stands beside each answer, here and in `graph_answers`, `entra`
and `library`. It can be read, not written to.

    with GraphServer(b"the workbook's bytes") as graph:
        graph.login, graph.graph, graph.imds            # addresses: sign-in, Graph (with /v1.0), managed identity
        graph.link, graph.item, graph.site, graph.drive # a sharing link of the one file; and where it is
        graph.entra.secret, graph.entra.certificate     # what the registered application signs in with
        graph.entra.roles = {"Sites.Selected"}          # what an administrator consented to …
        graph.grant(graph.site)                         # … and the site that the application was granted
        graph.item.write(b"…"); graph.item.move(name="Plan 2027.xlsx")
        graph.metadata_304 = False
        graph.fail("429", 2, on="content", retry_after=31); graph.fail("7000222", on="token")
        assert graph.calls == {"token": 1, "share": 1, "content": 1, "download": 1}     # graph.log has the rest

msal speaks HTTPS only: give `certificate=`.
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

from tests.server import graph_answers as answers
from tests.server.answers import Answer, as_json
from tests.server.entra import CLOUDS, CODES, Entra, refused
from tests.server.library import Drive, DriveItem, Site, item_json
from tests.server.listener import Incoming, StandIn

# https://learn.microsoft.com/graph/api/driveitem-get, driveitem-get-content, drive-list: application permissions.
READ_FILES = {"Files.Read.All", "Files.ReadWrite.All", "Sites.Read.All", "Sites.ReadWrite.All"}
# Left out unless selected: https://learn.microsoft.com/graph/api/resources/driveitem
NOT_BY_DEFAULT = {"publication"}


@dataclass(frozen=True)
class Found:
    """The kind of call, what its address means, and the answer where it means nothing."""

    call: str
    site: Site | None = None
    drive: Drive | None = None
    item: DriveItem | None = None
    missing: Answer | None = None


class GraphServer(StandIn):
    """Sign-in, managed identity and Graph on one port, the download host on another. See the module."""

    hosts = ("api", "download")

    def __init__(
        self, content: bytes = b"", *, name: str = "Plan.xlsx", cloud: str = "global", certificate: Path | None = None
    ) -> None:
        super().__init__(certificate)
        self.entra = Entra(cloud=CLOUDS[cloud])
        self.site = Site()
        self.sites = [self.site]
        self.item = self.drive.add(DriveItem(name, content, folder="Outreach"))
        self.links: dict[str, DriveItem] = {}
        self.granted: set[str] = set()
        self.metadata_304 = True
        self.download_lifetime = 300.0
        """"Only valid for a short period of time (a few minutes)": https://learn.microsoft.com/graph/api/driveitem-get-content"""
        self._downloads: dict[str, tuple[float, DriveItem]] = {}
        self.link = self.share(self.item)

    def start(self) -> None:
        super().start()
        self.entra.audiences = {self.address("api"), self.entra.cloud.graph}

    # --- how to reach it ---------------------------------------------------------------------------------------

    @property
    def login(self) -> str:
        return self.address("api")

    @property
    def graph(self) -> str:
        return self.address("api")

    @property
    def imds(self) -> str:
        """The machine's metadata service: AZURE_POD_IDENTITY_AUTHORITY_HOST for msal."""
        return self.address("api")

    @property
    def drive(self) -> Drive:
        return self.site.drives[0]

    # --- what happens ------------------------------------------------------------------------------------------

    def share(self, item: DriveItem) -> str:
        """A sharing link, as people copy it."""
        link = f"https://{self.site.host}/:x:/s/CoffeeWithACop/{secrets.token_urlsafe(33)}?e={secrets.token_hex(3)}"
        self.links[link] = item
        return link

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
        parts = [unquote(part) for part in incoming.path.strip("/").split("/")]
        if parts[0] == "v1.0":
            return self._graph(incoming)
        if incoming.path == "/metadata/identity/oauth2/token":
            return "imds", self.entra.imds(incoming.headers, incoming.query, self.now)
        if parts[1:] == ["oauth2", "v2.0", "token"]:
            if incoming.method != "POST":
                return "token", answers.method_not_allowed()
            return "token", self.entra.token(parts[0], incoming.form, self.now, incoming.origin)
        if parts[1:] == ["v2.0", ".well-known", "openid-configuration"]:
            return "discovery", self.entra.openid_configuration(parts[0], incoming.origin)
        return "other", answers.page(404, "Not found")

    def _graph(self, incoming: Incoming) -> tuple[str, Answer]:
        resource = incoming.path.removeprefix("/v1.0/")
        addressed = self._addressed(resource)
        call, site, drive, item = addressed.call, addressed.site, addressed.drive, addressed.item
        refusal = self._refusal(incoming, site, item)
        if incoming.method != "GET":
            return call, answers.method_not_allowed()
        if refusal is not None:
            return call, refusal
        if addressed.missing is not None:
            return call, addressed.missing
        assert site is not None
        if call == "drives":
            context = f"{self.entra.cloud.graph}/v1.0/$metadata#drives"
            return call, as_json(200, {"@odata.context": context, "value": [_drive_json(site, d) for d in site.drives]})
        assert drive is not None
        assert item is not None
        return call, self._item(incoming, call, site, drive, item)

    def _item(self, incoming: Incoming, call: str, site: Site, drive: Drive, item: DriveItem) -> Answer:
        # "If this request header is included and the eTag (or cTag) provided matches the current tag on the file, an
        # HTTP 304 Not Modified response is returned": the pages of driveitem-get and of driveitem-get-content.
        tags = re.findall(r'(?:W/)?("[^"]*")', incoming.headers.get("If-None-Match", ""))
        is_unchanged = item.etag in tags or item.ctag in tags
        if is_unchanged and (call == "content" or self.metadata_304):
            return Answer(304, b"", {"request-id": secrets.token_hex(16)})
        if call != "content":
            return _selected(incoming, item_json(site, drive, item, self._download_url(item)), self.entra.cloud.graph)
        if item.malware is not None:
            return answers.malware()
        if item.locked:
            return answers.locked()
        # "Returns a 302 Found response redirecting to a preauthenticated download URL for the file."
        return Answer(302, b"", {"Location": self._download_url(item), "Cache-Control": "max-age=0, private"})

    def _download_url(self, item: DriveItem) -> str:
        key = secrets.token_urlsafe(24)
        self._downloads[key] = (self.now + self.download_lifetime, item)
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
        return Answer(200, item.content, {"Content-Type": item.mime_type})

    # --- who may read what -------------------------------------------------------------------------------------

    def _refusal(self, incoming: Incoming, site: Site | None, item: DriveItem | None) -> Answer | None:
        kind, _, token = incoming.headers.get("Authorization", "").partition(" ")
        if not token:
            return answers.unauthenticated("Access token is empty.")
        issued = self.entra.given.get(token)
        if kind.lower() != "bearer" or issued is None:
            return answers.unauthenticated("CompactToken parsing failed with error code: 80049217")
        if issued.expires <= self.now:
            return answers.unauthenticated()
        # "Access tokens acquired for a national cloud deployment are not interchangeable with those acquired for the
        # global service": https://learn.microsoft.com/graph/deployments
        if issued.audience not in self.entra.audiences:
            return answers.unauthenticated("Access token validation failure. Invalid audience.")
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
        if "Files.SelectedOperations.Selected" not in roles or site is None or item is None:
            return False
        above = [
            folder.id
            for drive in site.drives
            for folder in drive.items
            if f"{item.path}/".startswith(f"{folder.path}/")
        ]
        return bool({item.id, *above} & self.granted)

    # --- addresses ---------------------------------------------------------------------------------------------

    def _addressed(self, resource: str) -> Found:
        """https://learn.microsoft.com/graph/onedrive-addressing-driveitems"""
        first, _, rest = resource.partition("/")
        if first == "shares":
            return self._shared(rest)
        if first == "sites":
            return self._in_site(rest)
        if first == "drives":
            key, _, rest = rest.partition("/")
            for site in self.sites:
                for drive in site.drives:
                    if drive.id == unquote(key):
                        return self._in_drive(site, drive, rest)
            return Found(_call_of(rest), missing=answers.not_found())
        return Found("other", missing=answers.unknown_segment(first))

    def _shared(self, rest: str) -> Found:
        """https://learn.microsoft.com/graph/api/shares-get#encoding-sharing-urls"""
        token, _, rest = rest.partition("/")
        call = "content" if rest.endswith("/content") else "share"
        if re.fullmatch(r"(driveItem|root)(/content)?", rest) is None:
            return Found(call, missing=answers.unknown_segment(rest))
        try:
            encoded = token.removeprefix("u!")
            if encoded == token or "=" in token:
                raise ValueError(token)
            url = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
        except (binascii.Error, ValueError):
            return Found(call, missing=answers.unknown_segment(token))
        for site in self.sites:
            for drive in site.drives:
                for item in drive.items:
                    addresses = {link for link, shared in self.links.items() if shared is item}
                    addresses |= {link.partition("?")[0] for link in addresses}
                    web = f"{site.url}/{quote(drive.folder)}/{quote(item.path)}"
                    if url in addresses | {web, unquote(web)}:
                        return Found(call, site=site, drive=drive, item=item)
        # No page has the answer to a link that was revoked or never was.
        return Found(
            call,
            missing=answers.not_found("The sharing link no longer exists, or you do not have permission to access it."),
        )

    def _in_site(self, rest: str) -> Found:
        """https://learn.microsoft.com/graph/api/site-getbypath and https://learn.microsoft.com/graph/api/site-get"""
        by_path = re.fullmatch(r"(?P<key>[^:/]+):/(?P<path>[^:]*)(?::(?P<rest>/.*)?)?", rest)
        if by_path:
            key, path, after = unquote(by_path["key"]), unquote(by_path["path"]).strip("/"), by_path["rest"] or ""
        else:
            key, _, after = rest.partition("/")
            key, path = unquote(key), ""
        after = after.strip("/")
        for site in self.sites:
            named = site.host == key.lower() and site.path.lower() == path.lower()
            if named or (site.id == key and not by_path):
                break
        else:
            return Found("site", missing=answers.not_found("Requested site could not be found"))
        if after == "drives":
            return Found("drives", site=site)
        if after == "drive" or after.startswith("drive/"):
            return self._in_drive(site, site.drives[0], after.removeprefix("drive").strip("/"))
        return Found("other", site=site, missing=answers.unknown_segment(after))

    def _in_drive(self, site: Site, drive: Drive, rest: str) -> Found:
        call = _call_of(rest)
        if rest.startswith("root:/"):
            path, _, after = rest.removeprefix("root:/").partition(":")
            wanted = unquote(path).strip("/").lower()
            match = next((item for item in drive.items if item.path.lower() == wanted), None)
        elif rest.startswith("items/"):
            key, _, after = rest.removeprefix("items/").partition("/")
            match = next((item for item in drive.items if item.id == unquote(key)), None)
        else:
            return Found("other", site=site, drive=drive, missing=answers.unknown_segment(rest))
        if after.strip("/") not in {"", "content"}:
            return Found("other", site=site, drive=drive, item=match, missing=answers.unknown_segment(after))
        return Found(call, site=site, drive=drive, item=match, missing=answers.not_found() if match is None else None)


def _call_of(rest: str) -> str:
    return "content" if rest.endswith("/content") else "metadata"


def _selected(incoming: Incoming, everything: dict[str, object], root: str) -> Answer:
    """https://learn.microsoft.com/graph/query-parameters#select-parameter; `$` may be left out."""
    names = incoming.query.get("$select", incoming.query.get("select"))
    content: dict[str, object] = {"@odata.context": f"{root}/v1.0/$metadata#driveItem"}
    if names is None:
        return as_json(200, content | {name: v for name, v in everything.items() if name not in NOT_BY_DEFAULT})
    optional = {"cTag", "file", "folder", "package", "malware", "publication", "deleted", "shared", "root"}
    for name in names.split(","):
        name = {"content.downloadUrl": "@microsoft.graph.downloadUrl"}.get(name.strip(), name.strip())
        if name in everything:
            content[name] = everything[name]
        elif name not in optional | {"@microsoft.graph.downloadUrl"}:
            return answers.unknown_segment(name)
    return as_json(200, content)


def _drive_json(site: Site, drive: Drive) -> dict[str, object]:
    return {
        "createdDateTime": "2025-05-09T20:56:00Z",
        "description": "",
        "id": drive.id,
        "lastModifiedDateTime": "2026-05-09T20:56:01Z",
        "name": drive.name,
        "webUrl": f"{site.url}/{quote(drive.folder)}",
        "driveType": "documentLibrary",
        "createdBy": {"user": {"displayName": "System Account"}},
    }

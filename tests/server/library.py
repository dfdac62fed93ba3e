"""SharePoint sites, document libraries and files, as Microsoft Graph describes them."""

import datetime as dt
import secrets
import uuid
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import quote

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass
class DriveItem:
    """A file, folder or package: https://learn.microsoft.com/graph/api/resources/driveitem

    Its ID stays when it is renamed or moved inside its library:
    https://learn.microsoft.com/graph/onedrive-addressing-driveitems#id-based-addressing
    """

    name: str
    content: bytes = b""
    folder: str = ""
    """The path of the folder in the library, without slashes at its ends."""
    kind: Literal["file", "folder", "package"] = "file"
    modified: dt.datetime = dt.datetime(2026, 10, 1, 16, 0, tzinfo=dt.UTC)
    malware: str | None = None
    checked_out_by: str | None = None
    claimed_size: int | None = None
    """The size that the metadata gives, where it is not that of the content."""
    id: str = field(default_factory=lambda: "01" + secrets.token_hex(16).upper())
    guid: str = field(default_factory=lambda: str(uuid.uuid4()).upper())
    metadata_edition: int = 1
    content_edition: int = 1

    @property
    def path(self) -> str:
        return f"{self.folder}/{self.name}".strip("/")

    @property
    def etag(self) -> str:
        """Changes with the content and with the metadata."""
        return f'"{{{self.guid}}},{self.metadata_edition}"'

    @property
    def ctag(self) -> str:
        """Changes with the content alone; a folder has none."""
        return f'"c:{{{self.guid}}},{self.content_edition}"'

    def write(self, content: bytes) -> None:
        """Somebody saves the file."""
        self.content = content
        self.content_edition += 1
        self.touch()

    def touch(self) -> None:
        """Something about the file changes, but not its content."""
        self.metadata_edition += 1
        self.modified += dt.timedelta(minutes=1)

    def move(self, *, name: str | None = None, folder: str | None = None) -> None:
        """Rename the file, or move it to another folder of its library."""
        self.name = name or self.name
        self.folder = folder or self.folder
        self.touch()


@dataclass
class Drive:
    """A document library: https://learn.microsoft.com/graph/api/resources/drive"""

    name: str = "Documents"
    folder: str = "Shared Documents"
    """How the library is called in addresses."""
    items: list[DriveItem] = field(default_factory=list)
    id: str = field(default_factory=lambda: "b!" + secrets.token_urlsafe(48))

    def add(self, item: DriveItem) -> DriveItem:
        self.items.append(item)
        return item


@dataclass
class Site:
    """A SharePoint site: https://learn.microsoft.com/graph/api/resources/site"""

    host: str = "siskiyou.sharepoint.com"
    path: str = "sites/CoffeeWithACop"
    drives: list[Drive] = field(default_factory=lambda: [Drive()])
    id: str = field(default_factory=lambda: f"siskiyou.sharepoint.com,{uuid.uuid4()},{uuid.uuid4()}")

    @property
    def url(self) -> str:
        return f"https://{self.host}/{self.path}".rstrip("/")


def item_json(site: Site, drive: Drive, item: DriveItem) -> dict[str, Any]:
    """What can be selected of an item."""
    folder = f"/drives/{drive.id}/root:" + (f"/{quote(item.folder)}" if item.folder else "")
    content: dict[str, Any] = {
        "eTag": item.etag,
        "id": item.id,
        "lastModifiedDateTime": item.modified.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "name": item.name,
        "parentReference": {"driveType": "documentLibrary", "driveId": drive.id, "path": folder},
        "webUrl": f"{site.url}/{quote(drive.folder)}/{quote(item.path)}",
        "cTag": item.ctag,
        "size": len(item.content) if item.claimed_size is None else item.claimed_size,
        # https://learn.microsoft.com/graph/api/resources/publicationfacet
        "publication": {"level": "checkout" if item.checked_out_by else "published", "versionId": "1.0"},
    }
    if item.checked_out_by:
        content["publication"] |= {"checkedOutBy": {"user": {"displayName": item.checked_out_by}}}
    if item.kind == "file":
        return content | {"file": {"mimeType": XLSX}}
    # "The cTag property is not returned, if the driveItem has a folder facet".
    del content["cTag"]
    return content | {item.kind: {"type": "oneNote"} if item.kind == "package" else {"childCount": 0}}


def protected_workbook(label: bool = False) -> bytes:
    """An .xlsx with a password, or under a sensitivity label's encryption: a compound file, not a ZIP file.

    The beginning as in [MS-CFB], and the names of the streams in its directory as in [MS-OFFCRYPTO] 1.3.1 to 1.3.3
    (https://learn.microsoft.com/openspecs/office_file_formats/ms-offcrypto); all else is left out.
    """
    names = ("Root Entry", "EncryptedPackage", "\x06DataSpaces" if label else "EncryptionInfo")
    directory = b"".join(name.encode("utf-16-le").ljust(128, b"\0") for name in names)
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(1024, b"\0") + directory

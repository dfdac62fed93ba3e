"""SharePoint sites, document libraries and files, as Microsoft Graph describes them."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import secrets
import struct
import uuid
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import quote

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def _new_id() -> str:
    return "01" + "".join(secrets.choice(ALPHABET) for _ in range(32))


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
    mime_type: str = XLSX
    modified: dt.datetime = dt.datetime(2026, 10, 1, 16, 0, tzinfo=dt.UTC)
    malware: str | None = None
    checked_out_by: str | None = None
    locked: bool = False
    claimed_size: int | None = None
    """The size that the metadata gives, where it is not that of the content."""
    id: str = field(default_factory=_new_id)
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

    def write(self, content: bytes, modified: dt.datetime | None = None) -> None:
        """Somebody saves the file."""
        self.content = content
        self.content_edition += 1
        self.touch(modified)

    def touch(self, modified: dt.datetime | None = None) -> None:
        """Something about the file changes, but not its content."""
        self.metadata_edition += 1
        self.modified = modified or self.modified + dt.timedelta(minutes=1)

    def move(self, *, name: str | None = None, folder: str | None = None) -> None:
        """Rename the file, or move it to another folder of its library."""
        self.name = self.name if name is None else name
        self.folder = self.folder if folder is None else folder.strip("/")
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
    name: str = "Coffee with a Cop"
    drives: list[Drive] = field(default_factory=lambda: [Drive()])
    collection: str = field(default_factory=lambda: str(uuid.uuid4()))
    web: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def id(self) -> str:
        return f"{self.host},{self.collection},{self.web}"

    @property
    def url(self) -> str:
        return f"https://{self.host}/{self.path}".rstrip("/")


def item_json(site: Site, drive: Drive, item: DriveItem, download_url: str) -> dict[str, Any]:
    """Everything about an item that Graph can return; `publication` only where it is selected."""
    person = {"user": {"email": "c.ordinator@siskiyou.example", "id": site.web, "displayName": "C. Ordinator"}}
    when = item.modified.strftime("%Y-%m-%dT%H:%M:%SZ")
    folder = f"/drives/{drive.id}/root:" + (f"/{quote(item.folder)}" if item.folder else "")
    content: dict[str, Any] = {
        "@microsoft.graph.downloadUrl": download_url,
        "createdBy": person,
        "createdDateTime": "2026-01-05T17:00:00Z",
        "eTag": item.etag,
        "id": item.id,
        "lastModifiedBy": person,
        "lastModifiedDateTime": when,
        "name": item.name,
        "parentReference": {"driveType": "documentLibrary", "driveId": drive.id, "path": folder, "siteId": site.web},
        "webUrl": f"{site.url}/{quote(drive.folder)}/{quote(item.path)}",
        "cTag": item.ctag,
        "fileSystemInfo": {"createdDateTime": "2026-01-05T17:00:00Z", "lastModifiedDateTime": when},
        "size": len(item.content) if item.claimed_size is None else item.claimed_size,
    }
    if item.kind == "file":
        # 160 bits in Base64, as of https://learn.microsoft.com/graph/api/resources/hashes; the real function differs.
        quick = base64.b64encode(hashlib.sha1(item.content, usedforsecurity=False).digest()).decode()
        content["file"] = {"mimeType": item.mime_type, "hashes": {"quickXorHash": quick}}
    else:
        # "The cTag property is not returned, if the driveItem has a folder facet", and only files can be downloaded.
        content |= {"folder": {"childCount": 0}} if item.kind == "folder" else {"package": {"type": "oneNote"}}
        del content["cTag"], content["@microsoft.graph.downloadUrl"]
    if item.malware is not None:
        content["malware"] = {"description": item.malware}  # https://learn.microsoft.com/graph/api/resources/malware
    # https://learn.microsoft.com/graph/api/resources/publicationfacet
    content["publication"] = {"level": "checkout" if item.checked_out_by else "published", "versionId": "1.0"} | (
        {"checkedOutBy": {"user": {"displayName": item.checked_out_by}}} if item.checked_out_by else {}
    )
    return content


def protected_workbook(label: bool = False) -> bytes:
    """An .xlsx with a password, or under a sensitivity label's encryption: a compound file, not a ZIP file.

    Streams as in [MS-OFFCRYPTO] 1.3.1 to 1.3.3 (https://learn.microsoft.com/openspecs/office_file_formats/ms-offcrypto);
    what is in them is left out. Container as in [MS-CFB], version 3.
    """
    names = ["Root Entry", "EncryptedPackage", *(["\x06DataSpaces"] if label else ["EncryptionInfo"])]
    entries = b""
    for number, name in enumerate(names):
        encoded = name.encode("utf-16-le") + b"\0\0"
        root = number == 0
        kind = 5 if root else 1 if name == "\x06DataSpaces" else 2
        right = number + 1 if 0 < number < len(names) - 1 else 0xFFFFFFFF
        entries += encoded.ljust(64, b"\0") + struct.pack("<HBB", len(encoded), kind, 1)
        entries += struct.pack("<III", 0xFFFFFFFF, right, 1 if root else 0xFFFFFFFF)
        entries += b"\0" * 36 + struct.pack("<IQ", 0xFFFFFFFE, 0)
    entries = entries.ljust(512, b"\0")
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<IIIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0, 0)
    header += b"\xff" * (512 - len(header) - 0)
    table = struct.pack("<II", 0xFFFFFFFD, 0xFFFFFFFE).ljust(512, b"\xff")
    return header + table + entries

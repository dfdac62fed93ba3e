"""A Google Sheet that is shared with "anyone with the link", read as its .xlsx export.

Google publishes no description of /spreadsheets/d/ID/export: only that a sheet can be shared so
(https://support.google.com/drive/answer/2494822), that its owner can forbid downloads
(https://support.google.com/drive/answer/2494893) and, for another way to the same export, that it is limited to 10 MB
(https://developers.google.com/workspace/drive/api/reference/rest/v3/files/export). So every answer here is recorded by
others or assumed; which of them, stands beside it.

    with LinkExport(b"the workbook's bytes") as google:
        google.url                          # the sheet's address, as people copy it, at this server
        google.content = b"…"               # somebody edits
        google.shared = False               # as google.private says: "sign-in", "401", "403" or "404"
        google.downloads_allowed = False; google.too_large = "413"; google.stamped = True
        google.fail("429")
        assert google.calls == {"export": 1, "download": 1}
"""

from __future__ import annotations

import io
import re
import secrets
import zipfile
from pathlib import Path
from typing import Literal
from urllib.parse import quote, urlencode

from tests.server import answers
from tests.server.answers import Answer
from tests.server.library import XLSX
from tests.server.listener import Incoming, StandIn


class LinkExport(StandIn):
    """docs.google.com, the host of the downloads, and accounts.google.com, each on its own port. See the module."""

    hosts = ("docs", "download", "accounts")

    def __init__(self, content: bytes = b"", *, title: str = "Plan", certificate: Path | None = None) -> None:
        super().__init__(certificate)
        self.content = content
        self.title = title
        self.id = "1" + secrets.token_urlsafe(32)
        self.shared = True
        self.private: Literal["sign-in", "401", "403", "404"] = "sign-in"
        self.downloads_allowed = True
        self.too_large: Literal["", "413", "500"] = ""
        self.stamped = False
        """Whether each export of the same sheet has other bytes: recorded ("new bytes on every download")."""
        self._revision = 0
        self._keys: set[str] = set()

    @property
    def url(self) -> str:
        return f"{self.address('docs')}/spreadsheets/d/{self.id}/edit?usp=sharing#gid=0"

    @property
    def export_url(self) -> str:
        return f"{self.address('docs')}/spreadsheets/d/{self.id}/export?format=xlsx"

    def named_answer(self, kind: str) -> Answer | None:
        if kind == "429":  # recorded: the page "Sorry…", without Retry-After
            return answers.REFUSALS["html-429"]
        return answers.page(int(kind)) if kind.isdigit() else None

    def answer(self, incoming: Incoming) -> tuple[str, Answer]:
        if incoming.host == "accounts":
            return "sign-in", answers.page(200, "Google Sheets: Sign-in", "Sign in")
        if incoming.host == "download":
            return "download", self._download(incoming)
        named = re.fullmatch(r"/spreadsheets/d/([^/]+)/export", incoming.path)
        return ("export", self._export(named[1], incoming)) if named else ("other", answers.page(404))

    def _export(self, key: str, incoming: Incoming) -> Answer:
        if key != self.id:
            return answers.page(404)  # recorded
        if not self.shared:
            # Recorded: a redirect to the sign-in page, which answers 200; a page with 401. Assumed: 403 and 404.
            if self.private != "sign-in":
                return answers.page(int(self.private))
            query = urlencode({"service": "wise", "continue": f"https://docs.google.com{incoming.target}"})
            return _redirect(302, f"{self.address('accounts')}/ServiceLogin?{query}")
        if not self.downloads_allowed:
            return answers.page(403)  # assumed
        if self.too_large:
            return answers.page(int(self.too_large))  # assumed
        if incoming.query.get("format") != "xlsx":
            return answers.page(400)  # assumed; only this format is there
        ticket = secrets.token_urlsafe(24)
        self._keys.add(ticket)
        # Recorded: 307 to https://doc-0s-0g-sheets.googleusercontent.com/export/…?format=xlsx&id=…&dat=…
        query = urlencode({"format": "xlsx", "id": key, "dat": ticket})
        return _redirect(307, f"{self.address('download')}/export/stand-in/{self.id}?{query}")

    def _download(self, incoming: Incoming) -> Answer:
        if incoming.query.get("dat") not in self._keys:
            return answers.page(403)  # assumed
        name = f"{self.title}.xlsx"
        plain = re.sub(r"[^A-Za-z0-9._-]", "", name)
        # Recorded: attachment with both forms of the name; no ETag and no Last-Modified.
        disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
        content = self._stamped() if self.stamped else self.content
        # Assumed: no Content-Length, since the export is made on demand.
        headers = {"Content-Type": XLSX, "Content-Disposition": disposition, "Transfer-Encoding": "chunked"}
        return Answer(200, content, headers)

    def _stamped(self) -> bytes:
        """The same workbook, packed at another time."""
        self._revision += 1
        packed = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(self.content)) as old, zipfile.ZipFile(packed, "w") as new:
            for name in old.namelist():
                new.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, self._revision, 0)), old.read(name))
        return packed.getvalue()


def _redirect(status: int, location: str) -> Answer:
    body = f'<HTML><HEAD><TITLE>Moved</TITLE></HEAD><BODY><A HREF="{location}">here</A>.</BODY></HTML>'
    return Answer(status, body.encode(), {"Content-Type": "text/html; charset=UTF-8", "Location": location})

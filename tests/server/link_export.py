"""A Google Sheet that is shared with "anyone with the link", read as its .xlsx export.

Google publishes no description of /spreadsheets/d/ID/export: only that a sheet can be shared so
(https://support.google.com/drive/answer/2494822), that its owner can forbid downloads
(https://support.google.com/drive/answer/2494893) and, for another way to the same export, that it is limited to 10 MB
(https://developers.google.com/workspace/drive/api/reference/rest/v3/files/export). So every answer here is recorded by
others or assumed; which of them, stands beside it.

    with LinkExport(b"the workbook's bytes") as google:
        google.content = b"…"               # somebody edits
        google.shared = False; google.stamped = True
        google.fail("429"); google.fail("403")      # also 401 (recorded: not shared), 404, 413, 500
        assert google.calls == {"export": 1, "download": 1}
"""

import io
import re
import secrets
import zipfile

from tests.server import answers
from tests.server.answers import Answer
from tests.server.library import XLSX
from tests.server.listener import Incoming, StandIn


class LinkExport(StandIn):
    """docs.google.com, the host of the downloads, and accounts.google.com, each on its own port. See the module."""

    hosts = ("docs", "download", "accounts")

    def __init__(self, content: bytes = b"") -> None:
        super().__init__()
        self.content = content
        self.id = "1" + secrets.token_urlsafe(32)
        self.shared = True
        self.stamped = False
        """Whether each export of the same sheet has other bytes: recorded ("new bytes on every download")."""
        self._keys: set[str] = set()

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
            return "download", self._download(incoming.query.get("dat", ""))
        named = re.fullmatch(r"/spreadsheets/d/([^/]+)/export", incoming.path)
        return ("export", self._export(named[1], incoming)) if named else ("other", answers.page(404))

    def _export(self, key: str, incoming: Incoming) -> Answer:
        if key != self.id:
            return answers.page(404)  # recorded
        if not self.shared:  # recorded: a redirect to the sign-in page, which answers 200
            return _redirect(302, f"{self.address('accounts')}/ServiceLogin?service=wise")
        if incoming.query.get("format") != "xlsx":
            return answers.page(400)  # assumed; only this format is there
        ticket = secrets.token_urlsafe(24)
        self._keys.add(ticket)
        # Recorded: 307 to https://doc-0s-0g-sheets.googleusercontent.com/export/…?format=xlsx&id=…&dat=…
        return _redirect(307, f"{self.address('download')}/export/stand-in/{key}?format=xlsx&id={key}&dat={ticket}")

    def _download(self, ticket: str) -> Answer:
        if ticket not in self._keys:
            return answers.page(403)  # assumed
        content = self.content
        if self.stamped:  # the same workbook, packed at another time
            packed = io.BytesIO()
            with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(packed, "w") as new:
                for name in old.namelist():
                    new.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, len(self._keys), 0)), old.read(name))
            content = packed.getvalue()
        # Recorded: no ETag and no Last-Modified. Assumed: no Content-Length, since the export is made on demand.
        return Answer(200, content, {"Content-Type": XLSX, "Transfer-Encoding": "chunked"})


def _redirect(status: int, location: str) -> Answer:
    body = f'<HTML><HEAD><TITLE>Moved</TITLE></HEAD><BODY><A HREF="{location}">here</A>.</BODY></HTML>'
    return Answer(status, body.encode(), {"Content-Type": "text/html; charset=UTF-8", "Location": location})

"""Read an Excel workbook in SharePoint, OneDrive or Teams by way of Microsoft Graph; nothing is ever written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote, urlsplit
from zoneinfo import ZoneInfo

from cwac.clock import read_clock
from cwac.model import RemedyStep, SourceUnavailable, Workbook
from cwac.settings import DEFAULT_ZONE, Settings, SettingsError, host_of
from cwac.settings.microsoft import MICROSOFT, Microsoft, WorkbookPlace, sharing_token
from cwac.sources.excel import MAX_FILE, REMEDY, TabReader
from cwac.sources.http_calls import MICROSOFT as AT_MICROSOFT
from cwac.sources.http_calls import OPERATOR, Calls, Patience, TooBig, by, json_part, patience_for
from cwac.sources.microsoft_session import Graph, MicrosoftSignIn, RefusedByMicrosoft, explain
from cwac.sources.xlsx_package import UnusableFile, is_web_page

_FIELDS = "id,name,eTag,cTag,size,lastModifiedDateTime,file,folder,package,parentReference,publication,webUrl"
_MOST_PAGES = 20
"""Pages of a site's libraries."""


class _Item:
    """The file as Graph describes it, in `drive` if it names none. `content_tag` changes with its content.

    `tag` changes with anything. `kind` is `file`, `folder` or `package`, which is a OneNote notebook.
    """

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
        self.kind = next((kind for kind in ("package", "folder") if isinstance(about.get(kind), dict)), "file")


class MicrosoftSource:
    """The workbook at `place`, read with the sign-in of `microsoft`. Not safe for several threads at a time.

    `timezone` is the zone of its wall-clock times, `waits` are those of `Patience`.
    """

    def __init__(
        self, place: WorkbookPlace, microsoft: Microsoft, timezone: str = DEFAULT_ZONE, **waits: float
    ) -> None:
        self._place, self._microsoft, self._zone = place, microsoft, ZoneInfo(timezone)
        self._patience = Patience(**waits)
        self._sign_in = MicrosoftSignIn(microsoft)
        self._token = ""
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
            correct = by(OPERATOR, f"correct it in [{MICROSOFT}].")
            raise SourceUnavailable("bad-address", str(error), [correct]) from None
        return cls(place, settings.microsoft, settings.timezone, patience=patience_for(settings.refresh_seconds))

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
            raise explain(refusal, self._place, self._step, self._token) from None
        except Exception as error:
            raise AT_MICROSOFT.explain(error) from None

    def _fetch(self, calls: Calls, look_again: bool) -> Workbook:
        def token() -> str:
            self._token = self._sign_in.token(calls)
            return self._token

        graph = Graph(calls, self._microsoft.addresses.graph, token)
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

    # --- finding the file --------------------------------------------------------------------------------------

    def _look(self, graph: Graph, look_again: bool) -> _Item:
        """The file as it is now: by its ID if that is known, else by the place in the settings."""
        if self._item is not None:
            self._step = "item"
            tag = None if look_again or self._read is None else self._item.tag or None
            try:
                about = graph.read(f"{self._item.path}?$select={_FIELDS}", tag)
            except RefusedByMicrosoft as refusal:
                if refusal.status not in (404, 410):
                    raise
                self._item = None  # it was deleted; there may be another at its place
            else:
                self._item = _Item(about, self._item.drive) if about else self._item
                return self._item
        self._item = self._find(graph)
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

    # --- its content -------------------------------------------------------------------------------------------

    def _download(self, graph: Graph, item: _Item, now: dt.datetime) -> Workbook | SourceUnavailable:
        """The workbook, or the trouble that its content has until somebody changes it."""
        try:
            if item.kind != "file":
                kind = "a folder" if item.kind == "folder" else "a OneNote notebook"
                raise UnusableFile("not-a-workbook", f"is {kind}, not a workbook")
            if item.size > MAX_FILE:
                raise TooBig(item.size)
            self._step = "content"
            content = graph.download(f"{item.path}/content", MAX_FILE).body
            if is_web_page(content) and not item.name.lower().endswith((".htm", ".html")):
                page = "was a web page instead of the workbook; a proxy or sign-in page may be in between"
                raise AT_MICROSOFT.bad_answer(page)
            tabs = self._tabs.tabs(content)
        except UnusableFile as unusable:
            return SourceUnavailable(unusable.cause, f"{item.name} {unusable}.", _remedy(unusable.cause))
        except TooBig:
            sentence = f"{item.name} is over {MAX_FILE // 2**20} MB."
            return SourceUnavailable("too-large", sentence, _remedy("too-large"))
        return Workbook(
            source=self._place.key,
            as_of=now,
            timezone=self._zone.key,
            tabs=tabs,
            url=self._place.key,
            web_url=item.address,
            checked_out=item.is_checked_out,
        )


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

"""A walk through everything that the dashboard sends to one viewer: pages, views, clicks, downloads, pictures."""

import io
import re
import subprocess
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any
from urllib.parse import urlencode

import httpx
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from tests.ui.served import ROOT, Seen, Served, Session

PAGES = ["", *sorted(path.stem for path in (ROOT / "pages").glob("*.py"))]
SIGNING = ("Sign in", "Sign out")
MOST_CHOICES = 6


@dataclass
class Walk:
    """What came, by where it came from."""

    served: Served
    session: "Acting"
    came: dict[str, bytes] = field(default_factory=dict)
    runs: list[tuple[str, Seen]] = field(default_factory=list)
    files: list[tuple[str, httpx.Response]] = field(default_factory=list)
    _taken: set[tuple[str, str]] = field(default_factory=set)

    def everything(self, event_ids: list[str]) -> "Walk":
        for page in PAGES:
            self.page(page)
        for event in event_ids:
            self.look("calendar", {"event": event})
        return self

    def page(self, page: str) -> None:
        """Each choice that the page offers; within each view, each choice of that view too; and each click."""
        first = self.look(page, {})
        known = {key for key, _ in _choices(first)}
        for key, option in _choices(first):
            seen = self.look(page, {key: option})
            for other, inner in _choices(seen):
                if other not in known:
                    self.look(page, {key: option, other: inner})

    def look(self, page: str, query: dict[str, str]) -> Seen:
        """That address as it stands, with everything on it clicked and every download taken."""
        where = f"/{page}?{urlencode(query)}"
        seen = self.session.open(page, urlencode(query))
        self.runs.append((where, seen))
        self._keep(where, seen.data)
        elements = list(elements_of(seen))
        # Downloads first: they are made for the run that showed their button.
        for one in elements:
            if one.WhichOneof("type") == "download_button":
                self._download(where, page, one.download_button)
            elif one.WhichOneof("type") == "imgs":
                for picture in one.imgs.imgs:
                    self.fetch(picture.url)
        picks = [
            [(box.selectbox.id, option) for option in box.selectbox.options[:MOST_CHOICES]]
            for box in elements
            if box.WhichOneof("type") == "selectbox" and not box.selectbox.query_param_key
        ]
        for chosen in product(*picks):
            for button in [one.button for one in elements if one.WhichOneof("type") == "button"]:
                if button.label not in SIGNING and not button.disabled:
                    self._click(where, page, button, chosen)
        return seen

    def _click(self, where: str, page: str, button: Any, chosen: tuple[tuple[str, str], ...]) -> None:
        """Once on each page for each choice beside it: the same button does the same in each view."""
        options = ", ".join(option for _, option in chosen)
        if (page, f"{button.label} {options}") in self._taken:
            return
        self._taken.add((page, f"{button.label} {options}"))
        states = [WidgetState(id=one, string_value=option) for one, option in chosen]
        seen = self.session.act([*states, WidgetState(id=button.id, trigger_value=True)])
        self.runs.append((f"{where} [{button.label}: {options}]", seen))
        self._keep(f"{where} [{button.label}: {options}]", seen.data)
        for one in elements_of(seen):
            if one.WhichOneof("type") == "download_button":
                self._download(where, page, one.download_button)

    def _download(self, where: str, page: str, button: Any) -> None:
        if (page, button.label) in self._taken:
            return
        self._taken.add((page, button.label))
        url = self.session.deferred(button.deferred_file_id) if button.deferred_file_id else button.url
        self._keep(f"{where} [{button.label}]", opened(self.fetch(url)))

    def fetch(self, path: str) -> bytes:
        answer = httpx.get(f"{self.served.url}{path}", timeout=60)
        self.files.append((path, answer))
        head = "\n".join(f"{name}: {value}" for name, value in answer.headers.items()).encode()
        self._keep(path, head + b"\n" + answer.content)
        return answer.content

    def _keep(self, where: str, data: bytes) -> None:
        self.came[where] = self.came.get(where, b"") + data
        for feed in {one.decode() for one in re.findall(rb"/feed/[A-Za-z0-9_-]{20,}\.ics", data)} - self.came.keys():
            self.fetch(feed)


class Acting(Session):
    """A session that can also click and download."""

    def act(self, states: list[WidgetState]) -> Seen:
        asking = BackMsg()
        asking.rerun_script.page_script_hash = self._page
        asking.rerun_script.query_string = self._query
        asking.rerun_script.widget_states.widgets.extend(states)
        return self._run(asking)

    def open(self, page: str = "", query: str = "") -> Seen:
        seen = super().open(page, query)
        for message in seen.messages:
            if message.WhichOneof("type") == "new_session":
                self._id = message.new_session.initialize.session_id
        return seen

    def deferred(self, file_id: str) -> str:
        """The address of a file that is made now."""
        asking = BackMsg()
        asking.backend_operation_request.session_id = self._id
        asking.backend_operation_request.request_id = f"request-{file_id}"
        asking.backend_operation_request.deferred_file.file_id = file_id
        self._websocket.send(asking.SerializeToString())
        until = time.monotonic() + 60
        while time.monotonic() < until:
            data = self._websocket.recv(timeout=60)
            assert isinstance(data, bytes)
            message = ForwardMsg.FromString(data)
            if message.WhichOneof("type") == "backend_operation_response":
                answer = message.backend_operation_response
                assert not answer.error_msg, answer.error_msg
                return str(answer.deferred_file.url)
        raise TimeoutError(file_id)


def elements_of(seen: Seen) -> Iterator[Element]:
    for message in seen.messages:
        if message.WhichOneof("type") == "delta" and message.delta.WhichOneof("type") == "new_element":
            yield message.delta.new_element


def _choices(seen: Seen) -> Iterator[tuple[str, str]]:
    """The filters and views that live in the address, and what each offers."""
    for one in elements_of(seen):
        kind = one.WhichOneof("type")
        widget = getattr(one, kind) if kind else None
        key = getattr(widget, "query_param_key", "")
        options = getattr(widget, "options", ())
        for option in list(options)[:MOST_CHOICES] if key else ():
            yield key, getattr(option, "content", option)


def opened(data: bytes) -> bytes:
    """What a reader of the file sees: the parts of a workbook, the words of a PDF."""
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            return data + b"".join(packed.read(name) for name in packed.namelist())
    if data.startswith(b"%PDF"):
        return data + subprocess.run(["pdftotext", "-", "-"], input=data, capture_output=True, check=True).stdout
    return data

"""Collects everything that the dashboard sends to one viewer: pages, views, filter values, clicks, downloads.

Each address is opened in a new session, because a session remembers its filters.
"""

import datetime as dt
import io
import json
import re
import subprocess
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlencode

import httpx
from google.protobuf.message import Message
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.WidgetStates_pb2 import WidgetState

from cwac import access
from cwac.web import preflight
from cwac.web.calendar.content import VIEWS
from tests.web.served import ROOT, Seen, Served, Session, get

PAGES = ["", *sorted({path.stem for path in (ROOT / "pages").glob("*.py")} | access.PAGES.keys())]
ROUTES = [route.path for route in preflight.ROUTES if "{" not in route.path]
VIEW_KEYS = ("show", "since", "of", "preset")
"""URL parameters of views. Other groups of buttons, such as the agencies, are filters."""
SIGNING = ("Sign in", "Sign out")
ONCE_IN_ALL = ("Make a private link", "Make a token", "Turn off", "Refresh")
"""Buttons with the same effect on every page, clicked once for each option in their block."""
IN_EVERY_VIEW = ("Download as .xlsx", "Attendance as CSV")
"""Files that stand below every view of their page and do not depend on it."""

Query = Mapping[str, str]
Option = TypeVar("Option")


@dataclass(frozen=True)
class Look:
    """One run of a page: its address, the selected views, and what was sent."""

    page: str
    query: Query
    views: tuple[str, ...]
    seen: Seen

    @property
    def where(self) -> str:
        return f"/{self.page}?{urlencode(self.query)}"


@dataclass
class Walk:
    """Everything that was sent, by origin. `new_session` opens a session as the viewer."""

    served: Served
    new_session: Callable[[], AbstractContextManager[Session]]
    most_choices: int | None = None
    """Maximum number of options tried per filter or list, the last among them; None for all."""
    downloads: bool = True
    """Whether files are made and fetched."""
    received: dict[str, bytes] = field(default_factory=dict)
    looks: list[Look] = field(default_factory=list)
    runs: list[tuple[str, Seen]] = field(default_factory=list)
    files: list[tuple[str, httpx.Response]] = field(default_factory=list)
    _done: set[tuple[object, ...]] = field(default_factory=set)
    _menus: dict[tuple[str, tuple[str, ...]], tuple[WidgetState, ...]] = field(default_factory=dict)
    """What opens the menus of a page and view. The first look checks that open menus hide no words."""

    def everything(self, event_ids: list[str]) -> "Walk":
        # Else each other session is the last one, after which Streamlit forgets what it compiled.
        with self.new_session():
            for page in PAGES:
                self.page(page, {}, ())
            for view in VIEWS:
                self.look("calendar", {"view": view}, (view,))
            for event in event_ids:
                self.look("calendar", {"event": event})
            for route in ROUTES:
                self.fetch(route)
        return self

    def page(self, page: str, query: Query, views: tuple[str, ...]) -> None:
        """Open each view of the page, also nested ones, and each option of every filter in it."""
        look = self.look(page, query, views)
        inner = {key: options for key, options in _views_of(look.seen).items() if key not in query}
        if not inner:
            self._choices(look)
            return
        # The first view is the default; it is also requested by name.
        key, options = next(iter(inner.items()))
        for option in options:
            self.page(page, {**query, key: option}, (*views, option))

    def _choices(self, look: Look) -> None:
        """Open each card that opens in its place, and each option of every filter, in a session of its own."""
        page, views = look.page, look.views
        for shown_on, query in some_of(closed_cards(look.seen), self.most_choices):
            if self._first(shown_on, "card", urlencode(query)):
                self.look(shown_on, query, views)
        choices = _choices_of(look.seen)
        for key, options in choices.items():
            if key in look.query or key in _views_of(look.seen):
                continue
            for option in some_of(options, self.most_choices):
                chosen = {**look.query, key: option}
                deeper = _choices_of(self.look(page, chosen, views).seen)
                # An option may add filters, such as the days of a period.
                for new in deeper.keys() - choices.keys() - look.query.keys():
                    for inner in some_of(deeper[new], self.most_choices):
                        self.look(page, {**chosen, new: inner}, views)

    def look(self, page: str, query: Query, views: tuple[str, ...] = ()) -> Look:
        """Open the address in a new session and fetch every download; then click each button in its own session."""
        with self.new_session() as session:
            seen = session.open(page, urlencode(query), self._menus.get((page, views), ()))
            self._ran(Look(page, query, views, seen).where, seen)
            if session.closed_menus:
                closed, seen = seen, session.open_menus()
                self._menus[page, views] = session.menus
                self._ran(f"{Look(page, query, views, seen).where} [menus]", seen)
                lost = set(words_of(closed)) - set(words_of(seen))
                assert lost == set(), f"an open menu hides {lost}"
            look = Look(page, query, views, seen)
            self.looks.append(look)
            # Downloads first, because they belong to the run that drew their button.
            self._downloads(look, session, seen.elements, "")
            picks = _picks(seen, self.most_choices)
            for state in (state for _, pick in picks for state in pick[1:]):
                if self._first(look.page, look.views, "pick", state.string_value):
                    picked = session.act([state])
                    self._ran(f"{look.where} [{state.string_value}]", picked)
                    self._downloads(look, session, picked.elements, state.string_value)
            menus = session.menus
        for block, element in seen.placed_elements:
            button = element.button
            if element.WhichOneof("type") == "button" and button.label not in SIGNING and not button.disabled:
                for state in [None, *(state for beside, pick in picks if beside == block for state in pick)]:
                    self._click(look, button, [state] if state else [], menus)
        return look

    def _click(self, look: Look, button: Any, chosen: list[WidgetState], menus: tuple[WidgetState, ...]) -> None:
        """Click once per view and option in the button's block; other lists and filters do not change its effect."""
        options = ", ".join(state.string_value for state in chosen)
        place = () if button.label in ONCE_IN_ALL else (look.page, look.views)
        if not self._first(*place, "click", button.label, options):
            return
        with self.new_session() as session:
            session.open(look.page, urlencode(look.query), menus)
            seen = session.act([*chosen, WidgetState(id=button.id, trigger_value=True)])
            self._ran(f"{look.where} [{button.label}: {options}]", seen)
            self._downloads(look, session, seen.elements, f"{button.label}: {options}")

    def _downloads(self, look: Look, session: Session, elements: list[Element], after: str) -> None:
        for element in elements:
            if element.WhichOneof("type") == "download_button":
                button = element.download_button
                # Its ID says which file it makes, such as which version of the sheet.
                views = None if button.label in IN_EVERY_VIEW else look.views
                if self.downloads and self._first(look.page, views, "download", button.id):
                    url = session.deferred(button.deferred_file_id) if button.deferred_file_id else button.url
                    where = f"{look.where} [{button.label}{', ' if after else ''}{after}]"
                    # What a reader sees in the file, which its bytes do not tell.
                    for part, content in contents_of(self.fetch(url)).items():
                        self._keep(f"{where} {part}", content)
            elif element.WhichOneof("type") == "imgs":
                for picture in element.imgs.imgs:
                    self.fetch(picture.url)

    def fetch(self, path: str) -> bytes:
        answer = get(f"{self.served.url}{path}")
        self.files.append((path, answer))
        head = "\n".join(f"{name}: {value}" for name, value in answer.headers.items()).encode()
        self._keep(path, head + b"\n" + answer.content)
        return answer.content

    def _first(self, *what: object) -> bool:
        if what in self._done:
            return False
        self._done.add(what)
        return True

    def _ran(self, where: str, seen: Seen) -> None:
        self.runs.append((where, seen))
        self._keep(where, seen.data)

    def _keep(self, where: str, data: bytes) -> None:
        self.received[where] = self.received.get(where, b"") + data
        for feed in sorted({path.decode() for path in re.findall(rb"/feed/[A-Za-z0-9_-]{20,}\.ics", data)}):
            if self._first("feed", feed):
                self.fetch(feed)


def some_of(options: Sequence[Option], most: int | None) -> Sequence[Option]:
    """That many options: the first ones and the last, where a list ends with another kind of thing."""
    if most is None or len(options) <= most:
        return options
    return [*options[: most - 1], options[-1]] if most else []


def words_of(seen: Seen) -> list[str]:
    """All texts and tables of a run in order, without Streamlit's element IDs."""
    return [text for element in seen.elements for text in _texts(element)]


_NAMES = frozenset({"id", "form_id", "element_id", "deferred_file_id", "url", "page_script_hash", "fragment_id"})


def _texts(message: Message) -> Iterator[str]:
    for descriptor, value in message.ListFields():
        values = value if descriptor.is_repeated else [value]
        for item in values if descriptor.name not in _NAMES else ():
            if isinstance(item, Message):
                yield from _texts(item)
            elif isinstance(item, str):
                yield item
            elif isinstance(item, bytes):
                yield item.decode("latin-1")


def _views_of(seen: Seen) -> dict[str, list[str]]:
    """URL parameter -> views that it selects."""
    groups = [element.button_group for element in seen.elements if element.WhichOneof("type") == "button_group"]
    return {_parameter(group): [option.content for option in group.options] for group in groups if _parameter(group)}


def _parameter(group: Any) -> str:
    """The URL parameter of a group of views. Most views are put there by the page itself, under the widget's key."""
    key = group.query_param_key or group.id.rpartition("-")[2]
    return key if key in VIEW_KEYS else ""


def _choices_of(seen: Seen) -> dict[str, list[str]]:
    """URL parameter -> options, for all filters that are in the URL."""
    choices: dict[str, list[str]] = {}
    for element in seen.elements:
        kind = element.WhichOneof("type")
        widget = getattr(element, kind) if kind else None
        key = getattr(widget, "query_param_key", "")
        if not key:
            continue
        if kind == "checkbox":
            choices[key] = ["true"]
        elif kind == "date_input":
            days = [dt.date.fromisoformat(day.replace("/", "-")) for day in widget.default]
            choices[key] = [(day - dt.timedelta(days=300)).isoformat() for day in days]
        else:
            choices[key] = [getattr(option, "content", option) for option in getattr(widget, "options", ())]
    return choices


def closed_cards(seen: Seen) -> list[tuple[str, dict[str, str]]]:
    """Page and query of each link of our blocks that opens something in its place."""
    drawn = [element.bidi_component for element in seen.elements if element.WhichOneof("type") == "bidi_component"]
    return [
        (piece["page"], piece["query"])
        for component in drawn
        if component.component_name == "cwac.blocks"
        for piece in _pieces(json.loads(component.json or component.mixed.json))
        if piece.get("expanded") == "false"
    ]


def _pieces(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    for part in value if isinstance(value, list) else ():
        yield from _pieces(part)


def _picks(seen: Seen, most: int | None) -> list[tuple[tuple[int, ...], list[WidgetState]]]:
    """For each list that is not in the URL, the place of its block, and some of its options."""
    lists = [(block, element.selectbox) for block, element in seen.placed_elements if element.selectbox.id]
    return [
        (block, [WidgetState(id=box.id, string_value=option) for option in some_of(box.options, most)])
        for block, box in lists
        if not box.query_param_key
    ]


def contents_of(data: bytes) -> dict[str, bytes]:
    """The parts of a workbook or document by name, or the text of a PDF; nothing for a file that is text itself."""
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            return {name: packed.read(name) for name in packed.namelist()}
    if data.startswith(b"%PDF"):
        return {"text": subprocess.run(["pdftotext", "-", "-"], input=data, capture_output=True, check=True).stdout}
    return {}

"""Opens the dashboard in tests: the real layout and pages, with the real poller, as any viewer."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from streamlit.components.v2.component_manager import BidiComponentManager
from streamlit.testing.v1 import AppTest

from cwac.clock import read_clock
from cwac.refresh import sheets
from cwac.settings import Settings
from tests.web import plan
from tests.web.served import Served, serving

ROOT = Path(__file__).resolve().parent.parent.parent
FRAME = str(ROOT / "cwac/web/layout.py")
PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))
Serve = Callable[[Settings], None]
"""Starts the pollers for some settings."""


@pytest.fixture(scope="session")
def plan_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plan of `plan.py` around the current day, as an .xlsx file."""
    return plan.save(tmp_path_factory.mktemp("plan") / "plan.xlsx")


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The sample, started from an empty folder outside the project."""
    with serving(tmp_path_factory.mktemp("elsewhere")) as served:
        yield served


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start the pollers for some settings in this process; they are stopped afterward."""

    def start(settings: Settings) -> None:
        sheets.start(settings).wait(20)

    yield start
    sheets.stop()


def closed_to_strangers(workbook: Path, *, public: bool = False) -> Settings:
    """Settings of a workbook with sign-in: one coordinator, and WPD's people as liaisons."""
    return Settings(
        workbook=str(workbook),
        auth=True,
        public=public,
        viewers=("@wpd.example.gov",),
        coordinators=("boss@county.example.gov",),
    )


SIGNED_IN: dict[str, object] = {"is_logged_in": True, "email_verified": True, "iat": read_clock().timestamp()}
CLAIMS: dict[str, dict[str, object]] = {
    "stranger": {"is_logged_in": False},
    "not listed": SIGNED_IN | {"email": "x@elsewhere.example"},
    "unverified": SIGNED_IN | {"email": "boss@county.example.gov", "email_verified": False},
    "liaison": SIGNED_IN | {"email": "one@wpd.example.gov"},
    "coordinator": SIGNED_IN | {"email": "boss@county.example.gov"},
}


def opened(page: str = "overview", who: str | None = None, **query: str | list[str]) -> AppTest:
    """The page in the layout, as that viewer; if the navigation does not list it, the page alone."""
    frame = _app(FRAME, who, query)
    if page == "overview":
        return frame.run()
    file = f"../../pages/{page}.py"
    frame.switch_page(file).run()
    try:
        return frame.switch_page(file)  # now it knows the navigation
    except ValueError:
        return alone(page, who, **query)


def alone(page: str, who: str | None = None, **query: str | list[str]) -> AppTest:
    """The page's script without the layout."""
    return _app(str(ROOT / f"pages/{page}.py"), who, query).run()


def _app(script: str, who: str | None, query: Mapping[str, str | list[str]]) -> AppTest:
    app = with_components(AppTest.from_file(script, default_timeout=120))
    if who is not None:
        app.user = CLAIMS[who]  # type: ignore[assignment]
    for key, value in query.items():
        app.query_params[key] = value
    return app


def with_components(app: AppTest) -> AppTest:
    """The same app, with components found before: each AppTest looks through all installed packages, for 0.1 s."""
    app._bidi_component_manager = _components()
    return app


@cache
def _components() -> BidiComponentManager:
    manager = BidiComponentManager()
    manager.discover_and_register_components(start_file_watching=False)
    return manager


def sent(page: AppTest) -> bytes:
    """All bytes that the page sends to the browser."""
    return b"\n".join(node.proto.SerializeToString() for node in _nodes(page._tree) if node.proto is not None)


def _nodes(node: object) -> Iterator[object]:
    children = getattr(node, "children", None)
    if hasattr(node, "proto"):
        yield node
    for child in (children or {}).values():
        yield from _nodes(child)


def words(page: AppTest) -> str:
    """The visible text of the page's text elements and of its blocks."""
    elements = [*page.title, *page.header, *page.markdown, *page.caption, *page.info, *page.warning, *page.error]
    text = "\n".join([*(str(element.value) for element in elements), age(page), *block_texts(page)])
    return text.replace("\\", "").replace("\u2060", "").replace("\u00a0", " ")


def blocks(page: AppTest) -> list[dict[str, Any]]:
    """The blocks that the page draws, in its order."""
    return [block for data in data_of(page, "cwac.blocks") for block in data["blocks"]]


def frame(page: AppTest) -> dict[str, Any]:
    """What the frame's components are sent: the links to the pages, and Find with the age; empty if there are none."""
    return {key: value for data in data_of(page, "cwac.frame") for key, value in data.items()}


def age(page: AppTest) -> str:
    """When the data was updated, as the frame says it; empty if it is stale."""
    return str(frame(page).get("updated", ""))


def data_of(page: AppTest, component: str) -> Iterator[dict[str, Any]]:
    """The data of each component of that name."""
    for node in _nodes(page._tree):
        if getattr(node.proto, "component_name", "") == component:
            yield json.loads(node.proto.json or node.proto.mixed.json)


def block_texts(page: AppTest) -> Iterator[str]:
    """The texts of the page's blocks: each line of a card or cell joined, without event IDs and links' targets."""
    for block in blocks(page):
        yield from _texts(block)


_NOT_SHOWN = frozenset({"kind", "type", "tone", "id", "event", "page", "query", "url", "color"})


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        line = [
            part if isinstance(part, str) else part.get("text", part.get("name", "\n"))
            for part in value
            if isinstance(part, str) or (isinstance(part, dict) and "type" in part)
        ]
        if line and len(line) == len(value):
            yield "".join(map(str, line))
        else:
            for part in value:
                yield from _texts(part)
    elif isinstance(value, dict):
        for name, part in value.items():
            if name not in _NOT_SHOWN:
                yield from _texts(part)


def block_words(block: Mapping[str, Any]) -> str:
    """The texts of one block, each line of a card or cell on a line."""
    return "\n".join(_texts(dict(block)))


def line_words(line: Sequence[Any]) -> str:
    return "".join(_texts(list(line)))


def links_of(value: object) -> list[dict[str, Any]]:
    """The links in a block or a part of it: to events, pages and other sites."""
    if isinstance(value, dict):
        if value.get("type") in ("event", "page", "link"):
            return [value]
        value = list(value.values())
    return [link for part in value for link in links_of(part)] if isinstance(value, list) else []

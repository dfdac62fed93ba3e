"""What `streamlit_compat` needs of Streamlit: a new release that changes any of it fails here, by name."""

import ast
import importlib
import inspect
import logging
import time
from typing import Any

import pytest
import streamlit as st
import uvicorn

from tests.cases import each
from tests.web.served import ROOT

try:
    from streamlit import config, net_util
    from streamlit.components.v2.bidi_component import main as bidi_component
    from streamlit.components.v2.component_manager import BidiComponentManager
    from streamlit.runtime.media_file_manager import MediaFileManager, MediaFileMetadata
    from streamlit.runtime.media_file_storage import MediaFileKind
    from streamlit.runtime.state import SessionState
    from streamlit.runtime.state.common import WidgetMetadata

    from cwac.web import streamlit_compat
except ImportError as error:
    raise ImportError(f"Streamlit {st.__version__} moved a module: see cwac/web/streamlit_compat.py") from error

COMPAT = ROOT / "cwac/web/streamlit_compat.py"

BIDI = "streamlit.components.v2"
MEDIA = "streamlit.runtime.media_file_manager"
PRESENTER = "(aggregator_id, component_id, allowed_state_keys)"
SIGNATURES = {
    "streamlit.config.get_option": "(key)",
    "streamlit.net_util.get_external_ip": "()",
    "streamlit.net_util.get_internal_ip": "()",
    f"{MEDIA}.MediaFileMetadata.__init__": "(self, kind)",
    f"{MEDIA}.MediaFileMetadata.mark_for_delete": "(self)",
    f"{BIDI}.get_bidi_component_manager.get_bidi_component_manager": "()",
    f"{BIDI}.bidi_component.main.make_bidi_component_presenter": PRESENTER,
    f"{BIDI}.presentation.make_bidi_component_presenter": PRESENTER,
    f"{BIDI}.component_manager.BidiComponentManager.get_metadata": "(self, component_name)",
    f"{BIDI}.component_manager.BidiComponentManager.register_from_manifest": "(self, manifest, package_root)",
    f"{BIDI}.manifest_scanner.ComponentConfig.from_dict": "(config)",
    f"{BIDI}.manifest_scanner.ComponentManifest.__init__": "(self, name, version, components)",
    "uvicorn.Server.startup": "(self, sockets)",
}
"""Names of parameters of everything that is called or replaced."""


def changed(what: str) -> str:
    return f"Streamlit {st.__version__} changed {what}: see cwac/web/streamlit_compat.py"


def resolve(path: str) -> Any:
    """The object at that dotted path, whichever part of it is the module."""
    parts = path.split(".")
    for length in range(len(parts) - 1, 0, -1):
        try:
            symbol: Any = importlib.import_module(".".join(parts[:length]))
        except ImportError:
            continue
        for name in parts[length:]:
            symbol = getattr(symbol, name, None)
        return symbol
    return None


@each("path", SIGNATURES)
def test_symbol_has_the_expected_parameters(path: str) -> None:
    symbol = resolve(path)
    assert symbol is not None, changed(path)
    names = inspect.signature(symbol).parameters
    assert [name for name, parameter in names.items() if parameter.kind is parameter.KEYWORD_ONLY] == [], changed(path)
    assert f"({', '.join(names)})" == SIGNATURES[path], changed(path)


def test_every_private_import_is_listed_above() -> None:
    imported = {
        f"{node.module}.{alias.name}"
        for node in ast.walk(ast.parse(COMPAT.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("streamlit")
        for alias in node.names
    }
    assert imported
    assert [name for name in imported if not any(path.startswith(name) for path in SIGNATURES)] == []


CALLS = {
    "streamlit.web.server.server_util.is_url_from_allowed_origins": [
        "net_util.get_internal_ip",
        "net_util.get_external_ip",
    ],
    f"{BIDI}.bidi_component.main.BidiComponentMixin._bidi_component": ["presenter = make_bidi_component_presenter("],
    f"{BIDI}.presentation.make_bidi_component_presenter": [
        "session_state._new_widget_state[aggregator_id]",
        "class _WriteThrough(",  # otherwise Streamlit makes no class each time: delete ours
    ],
    f"{MEDIA}.MediaFileManager.remove_orphaned_files": [".mark_for_delete()", ".is_marked_for_delete"],
    "streamlit.web.bootstrap._prepare_asgi_app_run_context": ['"starlette-app"', "config._server_mode = "],
    "streamlit.error_util._log_uncaught_app_exception": ["_LOGGER"],
    "streamlit.web.server.starlette.starlette_gzip_middleware._should_bypass_gzip": [
        'return path.startswith(f"/{BASE_ROUTE_STATIC}/")',  # otherwise Streamlit compresses them: delete ours
    ],
    "uvicorn.Server._serve": ["self.startup(sockets="],
}
"""Function -> what its source must still contain; otherwise a replacement silently does nothing."""


@each("path", CALLS)
def test_streamlit_still_calls_what_is_replaced(path: str) -> None:
    source = inspect.getsource(resolve(path))
    assert [call for call in CALLS[path] if call not in source] == [], changed(path)


SERVER = "streamlit.web.server"
NAMES = {
    f"{SERVER}.starlette.starlette_auth_routes._ROUTE_AUTH_LOGIN": streamlit_compat.LOGIN.strip("/"),
    f"{SERVER}.starlette.starlette_auth_routes._ROUTE_AUTH_LOGOUT": streamlit_compat.LOGOUT.strip("/"),
    f"{SERVER}.starlette.starlette_auth_routes._ROUTE_OAUTH_CALLBACK": streamlit_compat.CALLBACK.strip("/"),
    f"{SERVER}.starlette.starlette_server_config.USER_COOKIE_NAME": streamlit_compat.USER_COOKIE,
    f"{SERVER}.server.MEDIA_ENDPOINT": streamlit_compat.MEDIA.removesuffix("/"),
    f"{SERVER}.starlette.starlette_routes.BASE_ROUTE_STATIC": "static",
    "streamlit.error_util._LOGGER.name": "streamlit.error_util",
}


UNUSED = ("agent_routes._ROUTE_AGENT_INTERACT", "agent_routes._ROUTE_AGENT_SCHEMA", "agent_routes._ROUTE_AGENT_MCP",
          "routes.BASE_ROUTE_UPLOAD_FILE", "routes.ROUTE_METRICS")  # fmt: skip
OPTIONS = (
    "runner.postScriptGC", "runner.magicEnabled", "logger.enableRich", "client.disableDataExport",
    "client.showErrorDetails", "server.maxWidgetStateSize", "server.showEmailPrompt", "server.allowedHosts",
    "server.corsAllowedOrigins", "server.trustedUserHeaders", "server.enableStaticServing", "server.baseUrlPath",
    "global.developmentMode",
)  # fmt: skip


def test_constants_are_streamlits_unused_routes_are_closed_and_options_exist() -> None:
    wrong = [path for path in NAMES if resolve(path) != NAMES[path]]
    routes = {path: f"/{resolve(f'{SERVER}.starlette.starlette_{path}')}" for path in UNUSED}
    wrong += [path for path, route in routes.items() if not route.startswith(streamlit_compat.UNUSED_ROUTES)]
    wrong += [option for option in OPTIONS if option not in config.get_config_options()]
    assert wrong == [], changed(", ".join(wrong))


def test_patch_replaces_each_symbol_and_filters_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    for owner, name in (
        (net_util, "get_external_ip"),
        (net_util, "get_internal_ip"),
        (bidi_component, "make_bidi_component_presenter"),
        (MediaFileMetadata, "mark_for_delete"),
    ):
        monkeypatch.setattr(owner, name, None)
    theirs = logging.getLogger("streamlit.error_util")
    monkeypatch.setattr(theirs, "filters", [])
    streamlit_compat.patch()
    assert (net_util.get_external_ip(), net_util.get_internal_ip()) == (None, None)
    assert bidi_component.make_bidi_component_presenter is streamlit_compat.make_presenter
    assert MediaFileMetadata.mark_for_delete is streamlit_compat.mark_for_delete
    record = theirs.makeRecord("x", logging.ERROR, "x", 1, "It failed", (), (ValueError, ValueError("a cell"), None))
    assert not theirs.filter(record)
    record.exc_info = None
    assert theirs.filter(record)


def test_component_state_is_a_plain_dictionary_unless_the_browser_sent_an_event() -> None:
    present = streamlit_compat.make_presenter("events", "component")
    state = SessionState()
    assert type(present({"kept": 1}, state)) is dict
    state._set_widget_metadata(WidgetMetadata("events", list, str, "json_trigger_value"))
    state._new_widget_state.set_from_value("events", None)
    assert type(present({"kept": 1}, state)) is dict
    state._new_widget_state.set_from_value("events", [{"event": "open", "value": "EV-1"}])
    presented: Any = present({"kept": 1}, state)
    assert (presented.open, presented.kept, presented.go) == ("EV-1", 1, None)


def test_server_is_configured_before_it_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []

    async def startup(_: uvicorn.Server, sockets: object = None) -> None:  # noqa: ARG001
        order.append("listens")

    monkeypatch.setattr(uvicorn.Server, "startup", startup)
    monkeypatch.setattr(streamlit_compat, "_startup", startup)
    streamlit_compat.before_listening(lambda config: order.append(config.host))
    server_of_test = uvicorn.Server(uvicorn.Config(lambda: None, host="192.0.2.1"))
    coroutine = server_of_test.startup()
    with pytest.raises(StopIteration):
        coroutine.send(None)
    assert order == ["192.0.2.1", "listens"]


def test_components_are_registered_once_where_the_project_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    manager = BidiComponentManager()
    monkeypatch.setattr(streamlit_compat, "get_bidi_component_manager", lambda: manager)
    assert manager.get_metadata("cwac.calendar") is None
    streamlit_compat.register_components(ROOT / "cwac", "cwac.calendar")
    registered = manager.get_metadata("cwac.calendar")
    assert registered is not None
    streamlit_compat.register_components(ROOT / "cwac", "cwac.calendar")
    assert manager.get_metadata("cwac.calendar") is registered


def test_download_is_deleted_after_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MediaFileMetadata, "mark_for_delete", streamlit_compat.mark_for_delete)
    deleted: list[str] = []

    class Storage:
        def delete_file(self, file_id: str) -> None:
            deleted.append(file_id)

    files = MediaFileManager(Storage())  # type: ignore[arg-type]
    files._file_metadata["file"] = MediaFileMetadata(MediaFileKind.DOWNLOADABLE)
    for _ in range(5):
        files.remove_orphaned_files()
    assert deleted == []
    later = time.monotonic() + streamlit_compat.DOWNLOAD_SECONDS + 1
    monkeypatch.setattr("time.monotonic", lambda: later)
    files.remove_orphaned_files()
    files.remove_orphaned_files()
    assert deleted == ["file"]

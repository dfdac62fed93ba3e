"""Every use of a Streamlit internal: open this file first when Streamlit is upgraded.

Tested with Streamlit 1.67.0 only. Each item says why it is here, since which version of Streamlit it applies, and what
breaks without it. `tests/web/test_streamlit_compat.py` checks that each symbol still exists with the same signature.
Options that Streamlit hides or that we depend on are in `.streamlit/config.toml`, and are checked by the same test.
"""

from __future__ import annotations

import logging
import socket
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn
from streamlit import config, net_util
from streamlit.components.v2.bidi_component import main as bidi_component
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest
from streamlit.components.v2.presentation import make_bidi_component_presenter
from streamlit.runtime import media_file_manager

# --- names in Streamlit's URLs and cookies ---------------------------------------------------------------------------
# Since: sign-in 1.42, `/_stcore/agent` 1.67, the others before 1.41. Where they are wrong, people do not return to the
# page they came from, browsers may keep downloads, and routes that nobody needs are open.

LOGIN, LOGOUT, CALLBACK = "/auth/login", "/auth/logout", "/oauth2callback"
USER_COOKIE = "_streamlit_user"
MEDIA = "/media/"
"""Downloads are served below this path."""
UNUSED_ROUTES = ("/_stcore/metrics", "/_stcore/upload_file", "/_stcore/agent")
"""Session figures, uploads, and a way in for programs: nobody needs them here."""


def patch() -> None:
    """Apply every patch that does not depend on the settings. Call it once, before the app is made."""
    # Why: a browser of an unknown origin makes Streamlit ask an outside service for this machine's address, and every
    # other viewer waits. Since: before 1.41. Without it: a stranger can make the server call out and block for seconds.
    net_util.get_external_ip = net_util.get_internal_ip = lambda: None
    # Why: a page's exception may quote a cell; `session.failed` logs the type and place alone. Since: before 1.41.
    # Without it: names from the sheet can reach the log.
    logging.getLogger("streamlit.error_util").addFilter(lambda record: record.exc_info is None)
    bidi_component.make_bidi_component_presenter = make_presenter  # type: ignore[attr-defined]
    media_file_manager.MediaFileMetadata.mark_for_delete = mark_for_delete  # type: ignore[method-assign, assignment]


def make_presenter(
    aggregator_id: str, component_id: str | None = None, allowed_state_keys: set[str] | None = None
) -> Callable[[object, Any], object]:
    """Replaces `make_bidi_component_presenter`. Without an event, a component's state is its plain dictionary.

    Why: Streamlit defines a new class each time, about 15 a rerun, and only the garbage collector frees them. Since:
    1.51. Without it: six times as much garbage, so collections stall all pages twice as often.
    """
    present = make_bidi_component_presenter(aggregator_id, component_id, allowed_state_keys)

    def presenter(state: object, session_state: Any) -> object:
        try:
            events = session_state._new_widget_state[aggregator_id]
        except KeyError:
            return state
        return present(state, session_state) if events else state

    return presenter


DOWNLOAD_SECONDS = 60.0
"""How long a file made for a download can be fetched."""


def mark_for_delete(file: Any) -> None:
    """Replaces `MediaFileMetadata.mark_for_delete`: a minute passes after the first rerun that could have deleted it.

    Why: Streamlit deletes it at the second rerun of any session, which with many viewers is before the browser has
    fetched it. Since: 1.52, the first to make files at the click. Without it: downloads fail with 404 under load.

    A route of our own cannot replace it yet: its link must be made at the click to be short-lived, and no public
    element passes a link made at a click to the browser without a rerun and a second click.
    """
    first_call = file.__dict__.setdefault("_first_marked", time.monotonic())
    if time.monotonic() - first_call > DOWNLOAD_SECONDS:
        file._is_marked_for_delete = True


def started_by_streamlit() -> bool:
    """Whether `streamlit run` started this process, and so chose the address that the options name.

    Why: a start that would be unsafe is refused before any socket is bound, so there is no socket to ask yet. Whether
    a request reached a loopback socket is read from the socket (`viewer`). Since: 1.53. Without it: `local = true`
    could not be refused under a server whose address nobody here knows.
    """
    return config._server_mode == "starlette-app"


def register_components(package: Path, first: str) -> None:
    """Register the components listed in `pyproject.toml` of that folder, unless `first` is registered already.

    Why: Streamlit finds components of installed projects only, and Community Cloud installs this project's
    dependencies but not the project. Since: 1.51. Without it: no calendar on Community Cloud.
    """
    manager = get_bidi_component_manager()
    if manager.get_metadata(first) is None:
        project = tomllib.loads((package / "pyproject.toml").read_text(encoding="utf-8"))
        listed = project["tool"]["streamlit"]["component"]["components"]
        components = [ComponentConfig.from_dict(component) for component in listed]
        manager.register_from_manifest(ComponentManifest(first.partition(".")[0], "", components), package)


_startup = uvicorn.Server.startup


def before_listening(configure: Callable[[uvicorn.Config], None]) -> None:
    """Call `configure` with the configuration of each uvicorn server of this process before it accepts connections.

    Why: Streamlit creates the server itself and has no option for its protocol classes; `startup` is the last call
    before it listens. Since: 1.53, the first on uvicorn. Without it: no limit on connections, and no deadline for half
    a request.
    """

    async def startup(server: uvicorn.Server, sockets: list[socket.socket] | None = None) -> None:
        configure(server.config)
        await _startup(server, sockets)

    uvicorn.Server.startup = startup  # type: ignore[method-assign, assignment]

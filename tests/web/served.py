"""The dashboard as a server process, and a websocket client that speaks Streamlit's protocol without a browser."""

import contextlib
import os
import re
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import ClientConnection, connect

from tests.fixed_clock import PYTHON
from tests.web.forked import ForkedProcess, Process

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 120
EARLY = ForwardMsg.ScriptFinishedStatus.Value("FINISHED_EARLY_FOR_RERUN")
FIRST_READ = "Reading the sheet for the first time"


@dataclass(frozen=True)
class Served:
    """A running server: its port, process and log file."""

    port: int
    process: Process
    log: Path

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def with_key(self) -> str | None:
        """The printed address with the local key, None without `local`."""
        address = re.search(r"\S+/local\?key=\S+", self.log.read_text(errors="replace"))
        return address[0] if address else None

    def local_cookie(self) -> str:
        """The cookie that this address sets; empty without `local`."""
        address = self.with_key
        if address is None:
            return ""
        return get(address).headers["set-cookie"].partition(";")[0]


def get(address: str, timeout: float = 60, headers: Mapping[str, str] | None = None) -> httpx.Response:
    """The answer to a GET over plain HTTP, without the 7 ms that it takes to load certificates."""
    return httpx.get(address, timeout=timeout, headers=headers, verify=False)


def until(true: Callable[[], object], seconds: float = 40.0, pause: float = 0.05) -> None:
    """Wait until it is true; where nothing answers it is not."""
    end = time.monotonic() + seconds
    while True:
        with contextlib.suppress(httpx.HTTPError, OSError):
            if true():
                return
        assert time.monotonic() < end, "it never came true"
        time.sleep(pause)


def write_secrets(folder: Path, text: str) -> None:
    """The settings file of a server with that working directory, which nobody else may read."""
    file = folder / ".streamlit" / "secrets.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(0o600)
    file.write_text(text)


@contextlib.contextmanager
def serving(
    folder: Path,
    environ: Mapping[str, str] | None = None,
    *arguments: str,
    script: Path = ROOT / "dashboard.py",
    fresh: bool = False,
) -> Iterator[Served]:
    """`streamlit run` of the dashboard or another script, with `folder` as working directory and HOME.

    It is forked, unless it must be `fresh`: a new interpreter that imports everything itself. A PYTHONPATH needs one.
    Before it starts it runs the `sitecustomize.py` in the folder that the environment names as PATCHES.
    """
    log = folder / "server.log"
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("CWAC_", "STREAMLIT_"))}
    full = (
        clean
        | {"HOME": str(folder), "XDG_DATA_HOME": f"{folder}/.local/share", "STREAMLIT_SERVER_FILE_WATCHER_TYPE": "none"}
        | dict(environ or {})
    )
    if "PATCHES" in full and sys.platform != "linux":
        full["PYTHONPATH"] = f"{full['PATCHES']}{os.pathsep}{ROOT}"
    is_forked = sys.platform == "linux" and not fresh and "PYTHONPATH" not in (environ or {})
    for attempt in range(3):
        log.write_bytes(b"")
        options = ["--server.headless=true", f"--server.port={free_port()}", *arguments]
        command = ["run", str(script), *options]
        process: Process = (
            ForkedProcess(command, folder, full, log)
            if is_forked
            else started([*PYTHON, "streamlit", *command], folder, full, log)
        )
        try:
            port = wait_for_port(process, log)
            if port is not None:
                yield Served(port, process, log)
                return
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        assert attempt < 2, log.read_text(errors="replace")


def serving_locally(workbook: Path, **environ: str) -> contextlib.AbstractContextManager[Served]:
    """The dashboard of that workbook for this machine alone, in the workbook's folder."""
    return serving(workbook.parent, {"CWAC_WORKBOOK": str(workbook), "CWAC_LOCAL": "true", **environ})


def started(
    command: Sequence[str | Path], folder: Path, environ: Mapping[str, str], log: Path
) -> subprocess.Popen[bytes]:
    """A command in that folder and with exactly that environment, which appends to the log."""
    with log.open("ab") as output:
        return subprocess.Popen(
            command, cwd=folder, env=environ, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )


@contextlib.contextmanager
def running(command: Sequence[str | Path], folder: Path, environ: Mapping[str, str], log: Path) -> Iterator[Served]:
    """A command that serves the dashboard."""
    process = started(command, folder, environ, log)
    try:
        port = wait_for_port(process, log)
        assert port is not None, log.read_text(errors="replace")
        yield Served(port, process, log)
    finally:
        process.terminate()
        process.wait(30)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_for_port(process: Process, log: Path) -> int | None:
    """The port once the server answers; None if it exited, for example because the port was taken."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        address = re.search(r"URL: http://[^:\s]+:(\d+)", log.read_text(errors="replace"))
        if address:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{address[1]}/healthz", timeout=2).close()
                return int(address[1])
        time.sleep(0.03)
    return None


@dataclass
class Seen:
    """The messages of one script run, their bytes, and its duration in seconds."""

    data: bytes = b""
    messages: list[ForwardMsg] = field(default_factory=list)
    seconds: float = 0.0

    def holds(self, text: str) -> bool:
        return text.encode() in self.data

    @property
    def elements(self) -> list[Element]:
        return [element for _, element in self.placed_elements]

    @property
    def placed_elements(self) -> list[tuple[tuple[int, ...], Element]]:
        """Each element after the place of the block that it is in."""
        return [
            (tuple(message.metadata.delta_path[:-1]), message.delta.new_element)
            for message in self.messages
            if message.delta.WhichOneof("type") == "new_element"
        ]

    @property
    def menus(self) -> tuple[WidgetState, ...]:
        """What opens the menus whose state the server knows."""
        popovers = [message.delta.add_block.popover for message in self.messages]
        return tuple(WidgetState(id=popover.id, bool_value=True) for popover in popovers if popover.id)


OWN = "(own)"
"""The origin of a page of the server itself."""


@contextlib.contextmanager
def connected(
    port: int,
    name: str = "localhost",
    origin: str | None = OWN,
    cookie: str = "",
    *,
    headers: Mapping[str, str] | None = None,
    token: str = "",
    tls: ssl.SSLContext | None = None,
    patience: float = 30.0,
    compressed: bool = False,
) -> Iterator["Session"]:
    """A websocket session with that port of this machine, under any host name; `token` is Streamlit's, of a page."""
    with connect(
        f"ws{'s' if tls else ''}://{name}:{port}/_stcore/stream",
        sock=socket.create_connection(("127.0.0.1", port)),
        ssl=tls,
        subprotocols=["streamlit", token] if token else ["streamlit"],  # type: ignore[list-item]
        origin=f"http{'s' if tls else ''}://{name}:{port}" if origin == OWN else origin,  # type: ignore[arg-type]
        additional_headers=({"Cookie": cookie} if cookie else {}) | dict(headers or {}),
        open_timeout=20,
        max_size=None,
        compression="deflate" if compressed else None,
    ) as websocket:
        yield Session(websocket, patience)


@contextlib.contextmanager
def session(
    served: Served,
    headers: Mapping[str, str] | None = None,
    origin: str = OWN,
    name: str = "localhost",
    patience: float = 30.0,
    *,
    key: bool = True,
    compressed: bool = True,
) -> Iterator["Session"]:
    """A session as a browser opens it, which asks for compression; with `key`, by the printed local address."""
    cookie = served.local_cookie() if key else ""
    with connected(
        served.port, name, origin, cookie, headers=headers, patience=patience, compressed=compressed
    ) as opened:
        yield opened


class Session:
    """The browser's side of a session."""

    menus: tuple[WidgetState, ...] = ()
    """What opens menus of the page, sent with each run."""
    closed_menus: tuple[WidgetState, ...] = ()
    """What opens those that are empty while they are closed."""

    def __init__(self, websocket: ClientConnection, patience: float = 30.0) -> None:
        self._websocket = websocket
        self._patience = patience
        self._page = self._query = self._id = ""

    def open(self, page: str = "", query: str = "", menus: tuple[WidgetState, ...] = (), *, wait: bool = True) -> Seen:
        """Open a page by its address, with these menus; repeat, as the page does, until the first read is done."""
        self.menus = menus
        until = time.monotonic() + self._patience
        while (seen := self._opened(page, query)).holds(FIRST_READ) and wait and time.monotonic() < until:
            time.sleep(0.1)
        self.closed_menus = tuple(menu for menu in seen.menus if menu not in menus)
        return seen

    def _opened(self, page: str, query: str) -> Seen:
        self._page, self._query = "", query
        seen = self._rerun(self.menus, page_name=page)
        shown = [item.navigation.page_script_hash for item in seen.messages if item.WhichOneof("type") == "navigation"]
        self._page = shown[-1] if shown else ""
        begun = [item.new_session for item in seen.messages if item.WhichOneof("type") == "new_session"]
        self._id = begun[-1].initialize.session_id if begun else self._id
        return seen

    def act(self, states: list[WidgetState]) -> Seen:
        """Click or choose."""
        return self._rerun([*self.menus, *states])

    def open_menus(self) -> Seen:
        """Open the menus of the page, which stay open."""
        self.menus, self.closed_menus = (*self.menus, *self.closed_menus), ()
        return self.act([])

    def refresh(self) -> Seen:
        """Press Refresh."""
        buttons = [element.button for element in self.open("changes").elements if element.HasField("button")]
        (refresh,) = (button for button in buttons if button.label == "Refresh")
        return self.act([WidgetState(id=refresh.id, trigger_value=True)])

    def deferred(self, file_id: str) -> str:
        """The address of a file that is made on request."""
        asking = BackMsg()
        request = asking.backend_operation_request
        request.session_id, request.request_id, request.deferred_file.file_id = self._id, file_id, file_id
        self._websocket.send(asking.SerializeToString())
        while True:
            message = ForwardMsg.FromString(self._websocket.recv(timeout=60, decode=False))
            if message.WhichOneof("type") == "backend_operation_response":
                answer = message.backend_operation_response
                assert not answer.error_msg, answer.error_msg
                return str(answer.deferred_file.url)

    def fragment(self, fragment_id: str) -> Seen:
        """Run one fragment, as its timer does."""
        return self._rerun(fragment_id=fragment_id, is_auto_rerun=True)

    def _rerun(self, states: Sequence[WidgetState] = (), **asked: object) -> Seen:
        """Messages until the next run finishes, including runs that are restarted meanwhile."""
        asking = BackMsg()
        asking.rerun_script.page_script_hash = self._page
        asking.rerun_script.query_string = self._query
        asking.rerun_script.widget_states.widgets.extend(states)
        for name, value in asked.items():
            setattr(asking.rerun_script, name, value)
        self._websocket.send(asking.SerializeToString())
        seen = Seen()
        start = time.perf_counter()
        while True:
            data = self._websocket.recv(timeout=self._patience, decode=False)
            message = ForwardMsg.FromString(data)
            seen.data += data
            seen.messages.append(message)
            if message.WhichOneof("type") == "script_finished" and message.script_finished != EARLY:
                seen.seconds = time.perf_counter() - start
                return seen

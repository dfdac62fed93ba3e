"""One deadline for all calls of a fetch or a message, and connections that can be cut."""

from __future__ import annotations

import functools
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextlib import suppress
from typing import Any, TypeVar

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection

_Result = TypeVar("_Result")


class TooLate(Exception):  # noqa: N818
    """The deadline of the whole fetch, in seconds, has passed."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class TooBig(Exception):  # noqa: N818
    """An answer is longer than what was asked for."""


MOST_BYTES = 64 * 2**20
"""Of an answer that is read whole."""


PATIENCE, SHORTEST = 0.8, 8.0
"""Share of the refresh interval after which a source counts as not answering, and the shortest deadline in seconds."""


class Patience:
    """The deadline of the next fetch in seconds, at most `deadline`.

    A fast source has `patience` seconds, or three times the duration of its last fetch; they double after each miss.
    """

    def __init__(self, deadline: float, patience: float | None = None) -> None:
        self._deadline, self._patience = deadline, deadline if patience is None else patience
        self._took, self._missed = 0.0, 0

    @property
    def seconds(self) -> float:
        return min(self._deadline, max(self._patience * 2.0 ** min(self._missed, 10), 3 * self._took))

    def missed(self) -> None:
        self._missed += 1

    def read_since(self, began: float) -> None:
        """Note that the fetch that began then, by the monotonic clock, is done."""
        self._took, self._missed = time.monotonic() - began, 0


class Sockets:
    """Sockets that can be cut from another thread."""

    def __init__(self) -> None:
        self._sockets: list[socket.socket] = []
        self.is_cut = False

    def keep(self, sock: socket.socket) -> None:
        """Cut this socket too, now or later."""
        if sock not in self._sockets:
            self._sockets.append(sock)
        if self.is_cut:
            self.cut()

    def cut(self) -> None:
        """End every connection, and any that is opened later."""
        self.is_cut = True
        for sock in list(self._sockets):
            with suppress(OSError):
                # Not the TLS socket's own method, which would break the session that the other thread uses.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)


class Adapter(HTTPAdapter):
    """Opens connections whose sockets can be cut, and bounds answers that are read whole."""

    def __init__(self) -> None:
        self.sockets = Sockets()
        super().__init__()

    def send(self, request: PreparedRequest, stream: bool = False, *args: Any, **kwargs: Any) -> Response:
        """Send a request. Raises `TooBig` if the answer is to be read whole and is over `MOST_BYTES`."""
        response = super().send(request, True, *args, **kwargs)
        if not stream:
            body = bytearray()
            for chunk in response.iter_content(65_536):
                body += chunk
                if len(body) > MOST_BYTES:
                    response.close()
                    raise TooBig(MOST_BYTES)
            response._content = bytes(body)
        return response

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        pool.ConnectionCls = functools.partial(_KeptHttps if pool.scheme == "https" else _KeptHttp, self.sockets.keep)
        return pool


class _KeptHttp(HTTPConnection):
    """Gives its socket to `keep` once it is connected."""

    def __init__(self, keep: Callable[[socket.socket], None], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._keep = keep

    def connect(self) -> None:
        super().connect()
        self._keep(self.sock)


class _KeptHttps(_KeptHttp, HTTPSConnection):
    """The same over TLS."""


def within(left: float, sockets: Sockets, send: Callable[[], _Result]) -> _Result | None:
    """What `send` returns, or None if it takes more than `left` seconds; then its sockets are cut.

    Timeouts limit each wait for a byte, not the whole request, and a name lookup has no timeout. So the request runs in
    a thread of its own; cutting its sockets ends the thread too.
    """
    answer: Future[_Result] = Future()

    def run() -> None:
        try:
            answer.set_result(send())
        except BaseException as error:
            answer.set_exception(error)

    threading.Thread(target=run, name="cwac-source", daemon=True).start()
    if not wait([answer], left).done:
        sockets.cut()
        return None
    return answer.result()

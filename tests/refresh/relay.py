"""A way to a PostgreSQL that a test can cut, or make silent, and restore."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from pathlib import Path


class Relay:
    """Passes on, between `with` and its end, what comes at `port` of this machine to a PostgreSQL's socket."""

    def __init__(self, server: Path) -> None:
        self._to = str(server / ".s.PGSQL.5432")
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._silent = threading.Event()
        self._listener: socket.socket | None = None
        self.port = 0

    def __enter__(self) -> Relay:
        self.restore()
        return self

    def __exit__(self, *_: object) -> None:
        self._silent.clear()
        self.cut()

    def cut(self) -> None:
        """Break off what is open, and refuse what comes."""
        with self._lock:
            listener, self._listener = self._listener, None
            for end in self._open if listener is None else {*self._open, listener}:
                _shut(end)
        if listener is not None:
            listener.close()

    def silence(self) -> None:
        """Pass nothing on, but break nothing off: as a server whose disk is stuck."""
        self._silent.set()

    def restore(self) -> None:
        """Pass on again, at the same port."""
        self._silent.clear()
        with self._lock:
            if self._listener is None:
                self._listener = socket.create_server(("127.0.0.1", self.port))
                self.port = self._listener.getsockname()[1]
                threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.socket(socket.AF_UNIX)
                far.connect(self._to)
                with self._lock:
                    self._open |= {near, far}
                    if listener is not self._listener:
                        _shut(near)
                for ends in ((near, far), (far, near)):
                    threading.Thread(target=self._pass_on, args=ends, daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while content := source.recv(65536):
                while self._silent.is_set():
                    time.sleep(0.05)
                sink.sendall(content)
        _shut(sink)
        with self._lock:
            self._open.discard(source)
        source.close()


def _shut(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)

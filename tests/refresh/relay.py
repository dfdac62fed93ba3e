"""A way to a PostgreSQL that a test can cut, or make silent, and restore."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
from pathlib import Path


class Relay:
    """Passes on, between `with` and its end, what comes at `port` of this machine to a PostgreSQL's socket."""

    def __init__(self, server: Path) -> None:
        self._to = str(server / ".s.PGSQL.5432")
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self._silent = threading.Event()
        self._ended = threading.Event()
        self._listener: socket.socket | None = None
        self.port = 0

    def __enter__(self) -> Relay:
        self.restore()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self.cut()

    def cut(self) -> None:
        """Break off what is open, and refuse what comes."""
        with self._lock:
            listener, self._listener = self._listener, None
            if listener is not None:
                with contextlib.suppress(OSError):
                    listener.shutdown(socket.SHUT_RDWR)
                listener.close()
            for end in self._open:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

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
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            try:
                far.connect(self._to)
            except OSError:
                near.close()
                far.close()
                continue
            with self._lock:
                if listener is not self._listener:
                    near.close()
                    far.close()
                    return
                self._open += near, far
            threading.Thread(target=self._pass_on, args=(near, far), daemon=True).start()

    def _pass_on(self, near: socket.socket, far: socket.socket) -> None:
        with contextlib.suppress(OSError), selectors.DefaultSelector() as ready:
            ready.register(near, selectors.EVENT_READ, far)
            ready.register(far, selectors.EVENT_READ, near)
            ended = False
            while not ended:
                for key, _ in ready.select(0.5):
                    if self._silent.is_set() and not self._ended.wait(0.05):
                        continue
                    what = key.fileobj.recv(65536)  # type: ignore[union-attr]
                    ended = ended or not what
                    key.data.sendall(what)
        for end in (near, far):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        with self._lock:
            self._open = [end for end in self._open if end not in (near, far)]
        near.close()
        far.close()

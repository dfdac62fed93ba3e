"""The thread that tells people: a turn a minute, apart from the pollers, so that sending never delays a look."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections.abc import Callable, Sequence

from cwac import logs
from cwac.clock import read_clock
from cwac.notify.channels import sender
from cwac.notify.recipients import NotifiedSheet
from cwac.notify.settings import Notify
from cwac.notify.turn import Read, Send, Turn, VersionReader, read_plainly
from cwac.storage.store import Store, StoreTrouble

_log = logging.getLogger(__name__)

EVERY = 60.0
"""Seconds between turns."""


class Loop:
    """Runs a turn every minute in a thread of its own. `sheets` gives the sheets as they are served at that moment."""

    def __init__(
        self,
        store: Store,
        notify: Notify,
        sheets: Callable[[], Sequence[NotifiedSheet]],
        *,
        send: Send | None = None,
        read: Read = read_plainly,
        clock: Callable[[], dt.datetime] = read_clock,
    ) -> None:
        self.store = store
        self.troubles: tuple[str, ...] = ()
        """One sentence for each line of `[notify]` that reaches nobody."""
        self._notify = notify
        self._sheets = sheets
        self._send = send or sender(notify)
        self._reader = VersionReader(store, read)
        self._clock = clock
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="cwac-notify", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, seconds: float = 3.0) -> None:
        """End the thread; one that is sending is left to its deadline, and what it was sending is noted."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(seconds)

    def turn(self) -> int:
        """One turn; how many messages were sent. Raises `StoreTrouble`."""
        turn = Turn(self.store, self._notify, self._sheets(), self._clock(), self._send, self._reader)
        targets = turn.targets()
        troubles = turn.roll(targets).troubles
        if troubles != self.troubles:
            for trouble in troubles:
                _log.warning("Careful: %s", trouble)
        self.troubles = troubles
        try:
            return turn.run()
        finally:
            self._reader.keep_only(targets.values())

    def _run(self) -> None:
        while not self._stopping.wait(EVERY):
            try:
                self.turn()
            except StoreTrouble as trouble:
                _log.warning("Nobody can be told at the moment: %s", trouble.cause)
            except Exception as error:
                _log.error("Telling people failed: %s at %s", type(error).__name__, logs.place(error))

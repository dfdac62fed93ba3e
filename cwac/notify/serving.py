"""The thread that tells people: its start and end, the sheets as this process shows them, and its metrics."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client.core import Metric

from cwac.model import Snapshot, Workbook
from cwac.notify import deliveries
from cwac.notify.channels import sender
from cwac.notify.recipients import NotifiedSheet, Status
from cwac.notify.settings import Notify
from cwac.notify.turn import Loop
from cwac.refresh import sheets
from cwac.refresh.live import Live
from cwac.refresh.source_factory import identity_of
from cwac.settings import Settings
from cwac.storage.store import Store
from cwac.web.metrics import gauge

_loop: Loop | None = None


def start() -> None:
    """Start telling people where `[notify]` says so. Nobody is told about the sample."""
    global _loop
    settings, store = sheets.running().settings, sheets.store()
    notify = settings.section(Notify)
    if notify is None or store is None or settings.sample:
        return
    _loop = Loop(store, notify, served, sender(notify), read=read)
    _loop.start()


def stop() -> None:
    """Stop telling people."""
    global _loop
    if _loop is not None:
        _loop.stop()
        _loop = None


@contextmanager
def running() -> Iterator[None]:
    start()
    try:
        yield
    finally:
        stop()


def troubles() -> tuple[str, ...]:
    """One sentence for each line of `[notify]` that reaches nobody, as of the last turn."""
    return _loop.troubles if _loop is not None else ()


def metrics(store: Store | None) -> Iterator[Metric]:
    """Messages sent by kind, and recipients who could not be told; without samples where there is no store."""
    sent = {} if store is None else deliveries.sent_by_kind(store)
    yield gauge(
        "cwac_messages_sent",
        "Messages sent within audit_days, by kind.",
        (({"kind": kind}, number) for kind, number in sent.items()),
    )
    people = [] if store is None else deliveries.recipients(store).values()
    failing = sum(person.trouble is not None for person in people)
    yield gauge(
        "cwac_recipients_failing",
        "Recipients who could not be told at the last try.",
        [] if store is None else [({}, failing)],
    )


def served() -> tuple[NotifiedSheet, ...]:
    """The sheets with the lists of `[access]` as they are now."""
    return tuple(_sheet(name, sheets.settings(name), sheets.current(name)) for name in sheets.names())


def read(sheet: NotifiedSheet, workbook: Workbook, today: dt.date) -> Snapshot:
    """Read a stored version by the rules of its county, as the poller does."""
    return sheets.reader(sheet.settings)(workbook, today)


def _sheet(county: str, settings: Settings, live: Live) -> NotifiedSheet:
    snapshot = live.snapshot
    source = identity_of(settings) or ((snapshot.url or snapshot.source) if snapshot else "")
    return NotifiedSheet(county, source, settings, _status(live), live.version, snapshot)


def _status(live: Live) -> Status:
    notices = {notice.code: notice.sentence for notice in live.notices}
    if live.trouble is None:
        return Status(notices=notices)
    return Status(live.trouble_since, str(live.trouble), notices)

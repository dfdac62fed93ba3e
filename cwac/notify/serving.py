"""The thread that tells people: its start and end, the sheets as this process shows them, and its metrics."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client.core import Metric

from cwac.notify import deliveries
from cwac.notify.channels import sender
from cwac.notify.recipients import NotifiedSheet
from cwac.notify.settings import Notify
from cwac.notify.turn import Loop
from cwac.refresh import sheets
from cwac.refresh.source_factory import identity_of
from cwac.storage.store import Store
from cwac.web.metrics import gauge

_loop: Loop | None = None


@contextmanager
def running() -> Iterator[None]:
    """Tell people where `[notify]` says so. Nobody is told about the sample."""
    global _loop
    settings, store = sheets.running().settings, sheets.store()
    notify = settings.section(Notify)
    if notify is not None and store is not None and not settings.sample:
        _loop = Loop(store, notify, served, sender(notify))
        _loop.start()
    try:
        yield
    finally:
        if _loop is not None:
            _loop.stop()
            _loop = None


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


def served() -> Iterator[NotifiedSheet]:
    for county in sheets.names():
        settings, live = sheets.settings(county), sheets.current(county)
        source = identity_of(settings) or (live.snapshot.identity if live.snapshot else "")
        yield NotifiedSheet(county, source, settings, live)

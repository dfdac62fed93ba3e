"""The messages that were sent, for a public-records request."""

from __future__ import annotations

import datetime as dt
from collections import Counter

from cwac.notify import deliveries
from cwac.notify.settings import Notify
from cwac.settings import Settings
from cwac.storage.store import Store


def messages_sent(settings: Settings, begin: dt.datetime, end: dt.datetime) -> list[tuple[dt.date, str, int]]:
    """Date in the zone of `begin`, kind and number of the messages sent in the period. Raises `StoreTrouble`."""
    store = Store(settings.store)
    if settings.section(Notify) is None or not store.is_there:
        return []
    try:
        sent = deliveries.sent(store.or_read_only(), begin, end)
    finally:
        store.close()
    counts = Counter((message.at.astimezone(begin.tzinfo).date(), message.kind) for message in sent)
    return [(day, kind, number) for (day, kind), number in sorted(counts.items())]

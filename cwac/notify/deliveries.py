"""What each recipient was told last, by kind of message and sheet, and which process is telling them now.

A process claims a recipient for a few minutes rather than lock the row while it sends: on SQLite an open transaction
would keep the poller from storing versions. A claim that was never released runs out by itself.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from typing import Any

import sqlalchemy as sa

from cwac.notify.settings import Notify
from cwac.settings import Settings
from cwac.storage import tables
from cwac.storage.store import Store, add_entry

_people, _told, _sent, _links = tables.recipients.c, tables.deliveries.c, tables.sent_messages.c, tables.leave_links.c
LINKS = 500
"""How many links that stop messages work for a recipient and kind: those of the latest messages."""
_WELL = {"tries": 0, "retry_at": None, "trouble": None, "trouble_since": None}
"""The columns of a recipient whose last try worked."""


@dataclass(frozen=True, slots=True)
class RecipientState:
    """An address, or a webhook by channel and agency (`teams:WPD`).

    `left_kinds` are the kinds of message that were stopped, `sent_at` is the time of the last message of any kind.
    `trouble` says why the last try failed; the next is at `retry_at`.
    """

    recipient: str
    left_kinds: tuple[str, ...] = ()
    sent_at: dt.datetime | None = None
    tries: int = 0
    retry_at: dt.datetime | None = None
    trouble: str | None = None
    trouble_since: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """The version of a sheet, and the moment, up to which a recipient was told.

    `told_facts` are those of the sheet itself that were told and still hold, `dropped_days` are the days of digests
    that were too late to be sent, and `late_since` is when the first try failed. `sending_version` and `sending_at` are
    set while a message is on its way: it is sent again as it was if nobody knows whether it arrived.
    """

    told_version: int | None
    told_at: dt.datetime
    told_facts: tuple[str, ...] = ()
    dropped_days: tuple[str, ...] = ()
    late_since: dt.datetime | None = None
    sending_version: int | None = None
    sending_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """One message that was sent: no content."""

    at: dt.datetime
    recipient: str
    kind: str
    sheets: str
    message_id: str


@dataclass(frozen=True, slots=True)
class RecipientClaim:
    """The right to tell a recipient, which one process has at a time."""

    store: Store
    recipient: str
    token: str


class ClaimLost(Exception):  # noqa: N818 - no mistake of the program
    """The claim has run out, and another process has claimed the recipient."""


def recipients(store: Store) -> Mapping[str, RecipientState]:
    """Everybody who was ever told anything, by name. Raises `StoreTrouble`, as all of these do."""
    rows = store.rows(_select(RecipientState, tables.recipients).order_by(_people.recipient))
    return {row.recipient: RecipientState(*row) for row in rows}


def read_progress(store: Store, recipient: str) -> Mapping[tuple[str, str], Progress]:
    """What this recipient was told last, by kind and sheet."""
    query = _select(Progress, tables.deliveries).add_columns(_told.kind, _told.sheet)
    rows = store.rows(query.where(_told.recipient == recipient))
    return {(kind, sheet): Progress(*columns) for *columns, kind, sheet in rows}


def waiting(store: Store, now: dt.datetime) -> int:
    """How many recipients have a message on its way, or one that will be tried again later."""
    on_its_way = _people.recipient.in_(sa.select(_told.recipient).where(_told.sending_at.is_not(None)))
    count = sa.select(sa.func.count()).select_from(tables.recipients)
    return int(store.rows(count.where(on_its_way | (_people.retry_at > now)))[0][0])


def sent(store: Store, first: dt.datetime, last: dt.datetime) -> tuple[Sent, ...]:
    """The messages sent from `first` to before `last`, oldest first."""
    query = _select(Sent, tables.sent_messages).where(_sent.at >= first, _sent.at < last)
    return tuple(Sent(*row) for row in store.rows(query.order_by(_sent.id)))


def messages_sent(settings: Settings, begin: dt.datetime, end: dt.datetime) -> list[tuple[dt.date, str, int]]:
    """Date in the zone of `begin`, kind and number of the messages sent in the period, for a public-records request."""
    store = Store(settings.store)
    if settings.section(Notify) is None or not store.is_there:
        return []
    try:
        listed = sent(store.or_read_only(), begin, end)
    finally:
        store.close()
    counts = Counter((message.at.astimezone(begin.tzinfo).date(), message.kind) for message in listed)
    return [(day, kind, number) for (day, kind), number in sorted(counts.items())]


def sent_by_kind(store: Store) -> Mapping[str, int]:
    query = sa.select(_sent.kind, sa.func.count()).group_by(_sent.kind).order_by(_sent.kind)
    return {kind: int(number) for kind, number in store.rows(query)}


def distrust_times_ahead(store: Store, now: dt.datetime, longest_pause: dt.timedelta) -> None:
    """Count everybody as told by now where stored times lie ahead: a clock that was ahead must silence nobody."""
    corrections = (
        (tables.recipients, _people.retry_at > now + longest_pause, {"retry_at": None}),
        (tables.recipients, _people.sent_at > now, {"sent_at": None}),
        (tables.recipients, _people.trouble_since > now, {"trouble_since": now}),
        (tables.deliveries, _told.told_at > now, {"told_at": now, "dropped_days": (), "late_since": None}),
        (tables.deliveries, _told.sending_at > now, {"sending_version": None, "sending_at": None}),
    )
    with store.reading() as connection:  # a transaction that writes each minute would keep the poller waiting
        is_ahead = any(connection.scalar(sa.select(sa.exists().where(condition))) for _, condition, _ in corrections)
    if is_ahead:
        with store.writing("times ahead") as connection:
            for table, condition, values in corrections:
                connection.execute(table.update().where(condition).values(values))


def claim(store: Store, recipient: str, now: dt.datetime, seconds: float) -> RecipientClaim | None:
    """Claim a recipient for `seconds`, who is added if not known; None while another process has the claim."""
    mine, until = RecipientClaim(store, recipient, secrets.token_hex(16)), now + dt.timedelta(seconds=seconds)
    with store.writing(f"delivery {recipient}") as connection:
        row = connection.execute(sa.select(_people.claimed_until).where(_people.recipient == recipient)).one_or_none()
        if row is None:
            connection.execute(tables.recipients.insert().values(recipient=recipient, left_kinds=(), tries=0))
        # A claim from further ahead than any process makes comes from a wrong clock.
        elif row.claimed_until is not None and now < row.claimed_until <= now + 2 * (until - now):
            return None
        connection.execute(_person(recipient).values(claim=mine.token, claimed_until=until))
    return mine


def begin(mine: RecipientClaim, kind: str, sheet: str, progress: Progress) -> None:
    """Start telling a recipient of a sheet: from this version on. Raises `ClaimLost`."""
    with _writing(mine) as connection:
        row = {"recipient": mine.recipient, "kind": kind, "sheet": sheet} | asdict(progress)
        connection.execute(tables.deliveries.insert().values(row))


def mark_sending(mine: RecipientClaim, kind: str, versions: Mapping[str, int | None], now: dt.datetime) -> None:
    """Note which version of each sheet a message that is about to be sent tells. Raises `ClaimLost`."""
    with _writing(mine) as connection:
        for sheet, version in versions.items():
            row = _progress(mine, kind).where(_told.sheet == sheet)
            connection.execute(row.values(sending_version=version, sending_at=now))


def advance(mine: RecipientClaim, kind: str, progress: Mapping[str, Progress], message: Sent | None) -> None:
    """Note what a recipient was told of each sheet, with the message, if one was sent. Raises `ClaimLost`."""
    with _writing(mine) as connection:
        for sheet, now_told in progress.items():
            values = asdict(now_told) | {"sending_version": None, "sending_at": None}
            connection.execute(_progress(mine, kind).where(_told.sheet == sheet).values(values))
        if message is not None:
            connection.execute(tables.sent_messages.insert().values(asdict(message)))
            add_entry(connection, message.at, "cwac notify", f"sent {kind} to {mine.recipient}")
            connection.execute(_person(mine.recipient).values(sent_at=message.at, **_WELL))


def fail(
    mine: RecipientClaim, kind: str, now: dt.datetime, retry_at: dt.datetime, trouble: str, *, maybe_arrived: bool
) -> None:
    """Note a failed try; with `maybe_arrived` the next repeats the message unchanged. Raises `ClaimLost`."""
    since = sa.literal(now, tables.Moment)
    with _writing(mine) as connection:
        values = {"tries": _people.tries + 1, "retry_at": retry_at, "trouble": trouble}
        first = sa.func.coalesce(_people.trouble_since, since)
        connection.execute(_person(mine.recipient).values(trouble_since=first, **values))
        connection.execute(_progress(mine, kind).values(late_since=sa.func.coalesce(_told.late_since, since)))
        if not maybe_arrived:
            connection.execute(_progress(mine, kind).values(sending_version=None, sending_at=None))


def release(mine: RecipientClaim) -> None:
    with mine.store.writing(f"delivery {mine.recipient}") as connection:
        own = _person(mine.recipient).where(_people.claim == mine.token)
        connection.execute(own.values(claim=None, claimed_until=None))


def make_link(store: Store, recipient: str, kind: str) -> str:
    """A new token for a link that stops messages of this kind to this recipient; only its SHA-256 is stored."""
    token = secrets.token_urlsafe(32)
    of_both = _links.recipient == recipient, _links.kind == kind
    with store.writing(f"delivery {recipient}") as connection:
        values = {"digest": tables.digest(token), "recipient": recipient, "kind": kind}
        connection.execute(tables.leave_links.insert().values(values))
        latest = sa.select(_links.id).where(*of_both).order_by(_links.id.desc()).limit(LINKS)
        connection.execute(tables.leave_links.delete().where(*of_both, _links.id.not_in(latest)))
    return token


def by_link(store: Store, token: str) -> tuple[RecipientState, str] | None:
    with store.reading() as connection:
        return _of_link(connection, token)


def leave(store: Store, token: str) -> tuple[RecipientState, str] | None:
    """Stop the messages of a link by its token; return the recipient as before, and the kind of message."""
    with store.writing("leaving") as connection:
        found = _of_link(connection, token)
        if found is not None:
            recipient, kind = found
            kinds = tuple(sorted({*recipient.left_kinds, kind}))
            connection.execute(_person(recipient.recipient).values(left_kinds=kinds))
        return found


def resume(store: Store, recipient: str) -> bool:
    """Send a recipient everything again, from what is true now on; False if they are not known."""
    with store.writing(f"delivery {recipient}") as connection:
        connection.execute(tables.deliveries.delete().where(_told.recipient == recipient))
        return connection.execute(_person(recipient).values(left_kinds=(), **_WELL)).rowcount > 0


@contextmanager
def _writing(mine: RecipientClaim) -> Iterator[sa.Connection]:
    """A transaction of the process that has the claim. Raises `ClaimLost`."""
    with mine.store.writing(f"delivery {mine.recipient}") as connection:
        query = sa.select(_people.claim).where(_people.recipient == mine.recipient)
        if connection.execute(query).scalar() != mine.token:
            raise ClaimLost
        yield connection


def _select(record: type, table: sa.Table) -> sa.Select[Any]:
    return sa.select(*(table.c[field.name] for field in fields(record)))


def _person(recipient: str) -> sa.Update:
    return tables.recipients.update().where(_people.recipient == recipient)


def _progress(mine: RecipientClaim, kind: str) -> sa.Update:
    return tables.deliveries.update().where(_told.recipient == mine.recipient, _told.kind == kind)


def _of_link(connection: sa.Connection, token: str) -> tuple[RecipientState, str] | None:
    query = _select(RecipientState, tables.recipients).add_columns(_links.kind)
    found = query.join(tables.leave_links, _links.recipient == _people.recipient)
    row = connection.execute(found.where(_links.digest == tables.digest(token))).one_or_none()
    return None if row is None else (RecipientState(*row[:-1]), row.kind)

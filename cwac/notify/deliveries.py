"""What each recipient was told last, by kind of message and sheet, and which process is telling them now.

A process claims a recipient for a few minutes rather than lock the row while it sends: on SQLite an open transaction
would keep the poller from storing versions. A claim that was never released runs out by itself.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from cwac.storage import audit_entries, tables
from cwac.storage.store import Store

_people, _told, _sent, _links = tables.recipients.c, tables.deliveries.c, tables.sent_messages.c, tables.leave_links.c
LINKS = 500
"""How many links that stop messages work for a recipient and kind: those of the latest messages."""


OF_VERSIONS = ("warnings", "shifts")
"""The kinds of message that need no state of their own."""


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

    `sending_version` is set while a message is on its way: it is sent again as it was if nobody knows whether it
    arrived. `state` is for messages that do not come from versions.
    """

    version: int | None
    at: dt.datetime
    state: str = ""
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


# --- reading -----------------------------------------------------------------------------------------------------


def recipients(store: Store) -> Mapping[str, RecipientState]:
    """Everybody who was ever told anything, by name. Raises `StoreTrouble`, as all of these do."""
    with store.reading() as connection:
        rows = connection.execute(sa.select(tables.recipients).order_by(_people.recipient))
        return {row.recipient: _recipient(row) for row in rows}


def read_progress(store: Store, recipient: str) -> Mapping[tuple[str, str], Progress]:
    """What this recipient was told last, by kind and sheet."""
    with store.reading() as connection:
        return _told_rows(connection, recipient)


def waiting(store: Store, now: dt.datetime) -> int:
    """How many recipients have a message on its way, or one that will be tried again later."""
    with store.reading() as connection:
        on_its_way = sa.select(_told.recipient).where(_told.sending_at.is_not(None))
        later = _people.recipient.in_(on_its_way) | (_people.retry_at > now)
        return int(
            connection.execute(sa.select(sa.func.count()).select_from(tables.recipients).where(later)).scalar_one()
        )


def sent(store: Store, first: dt.datetime, last: dt.datetime) -> tuple[Sent, ...]:
    """The messages sent from `first` to before `last`, oldest first."""
    with store.reading() as connection:
        query = sa.select(_sent.at, _sent.recipient, _sent.kind, _sent.sheets, _sent.message_id)
        rows = connection.execute(query.where(_sent.at >= first, _sent.at < last).order_by(_sent.id))
        return tuple(Sent(*row) for row in rows)


def sent_by_kind(store: Store) -> Mapping[str, int]:
    """How many messages of each kind are still in the list of those sent."""
    with store.reading() as connection:
        query = sa.select(_sent.kind, sa.func.count()).group_by(_sent.kind).order_by(_sent.kind)
        return {kind: int(number) for kind, number in connection.execute(query)}


# --- times ahead of now -------------------------------------------------------------------------------------------


def distrust_times_ahead(store: Store, now: dt.datetime, longest_pause: dt.timedelta) -> None:
    """Correct stored times that lie ahead of now: a clock that was ahead for a minute must silence nobody.

    Everybody counts as told up to now, and the next try is due.
    """
    ahead = _people.retry_at > now + longest_pause, _people.sent_at > now, _people.trouble_since > now
    told_ahead = _told.told_at > now, _told.sending_at > now
    with store.reading() as connection:
        found = [
            connection.execute(sa.select(sa.func.count()).select_from(table).where(sa.or_(*conditions))).scalar()
            for table, conditions in ((tables.recipients, ahead), (tables.deliveries, told_ahead))
        ]
    if not any(found):
        return
    with store.writing("times ahead") as connection:
        people, told = tables.recipients.update(), tables.deliveries.update()
        connection.execute(people.where(ahead[0]).values(retry_at=None))
        connection.execute(people.where(ahead[1]).values(sent_at=None))
        connection.execute(people.where(ahead[2]).values(trouble_since=now))
        # Of the digest a state has the days that were dropped, of the others when the first try failed.
        connection.execute(told.where(told_ahead[0], _told.kind != "sheet").values(told_state=""))
        connection.execute(told.where(told_ahead[0]).values(told_at=now))
        connection.execute(told.where(told_ahead[1]).values(sending_version=None, sending_at=None))


# --- telling -----------------------------------------------------------------------------------------------------


def claim(store: Store, recipient: str, now: dt.datetime, seconds: float) -> str | None:
    """Claim a recipient for `seconds`, who is added if not known; None while another process has the claim."""
    mine, until = secrets.token_hex(16), now + dt.timedelta(seconds=seconds)
    with store.writing(f"delivery {recipient}") as connection:
        row = connection.execute(sa.select(_people.claimed_until).where(_people.recipient == recipient)).one_or_none()
        if row is None:
            connection.execute(tables.recipients.insert().values(recipient=recipient, left_kinds="", tries=0))
        # A claim from further ahead than any process makes comes from a wrong clock.
        elif row.claimed_until is not None and now < row.claimed_until <= now + 2 * (until - now):
            return None
        mark = tables.recipients.update().where(_people.recipient == recipient)
        connection.execute(mark.values(claim=mine, claimed_until=until))
    return mine


def begin(store: Store, recipient: str, mine: str, kind: str, sheet: str, told: Progress) -> bool:
    """Start telling a recipient of a sheet: from this version on. False if the claim was lost."""
    with store.writing(f"delivery {recipient}") as connection:
        if not _is_mine(connection, recipient, mine):
            return False
        values = {"told_version": told.version, "told_at": told.at, "told_state": told.state}
        connection.execute(tables.deliveries.insert().values(recipient=recipient, kind=kind, sheet=sheet, **values))
        return True


def mark_sending(
    store: Store, recipient: str, mine: str, kind: str, versions: Mapping[str, int | None], now: dt.datetime
) -> bool:
    """Note which version of each sheet a message that is about to be sent tells. False if the claim was lost."""
    with store.writing(f"delivery {recipient}") as connection:
        if not _is_mine(connection, recipient, mine):
            return False
        for sheet, version in versions.items():
            connection.execute(_row(recipient, kind, sheet).values(sending_version=version, sending_at=now))
        return True


def advance(
    store: Store,
    recipient: str,
    mine: str,
    kind: str,
    versions: Mapping[str, Progress],
    message: Sent | None,
) -> bool:
    """Note that a recipient was told up to these versions, with the message, if one was sent. False without a claim."""
    with store.writing(f"delivery {recipient}") as connection:
        if not _is_mine(connection, recipient, mine):
            return False
        for sheet, now_told in versions.items():
            values: dict[str, Any] = {"told_version": now_told.version, "told_at": now_told.at}
            values |= {"told_state": now_told.state, "sending_version": None, "sending_at": None}
            connection.execute(_row(recipient, kind, sheet).values(values))
        if message is not None:
            row = {name: getattr(message, name) for name in Sent.__slots__}
            connection.execute(tables.sent_messages.insert().values(row))
            audit_entries.add(connection, message.at, "cwac notify", f"sent {kind} to {recipient}")
            well = {"sent_at": message.at, "tries": 0, "retry_at": None, "trouble": None, "trouble_since": None}
            connection.execute(tables.recipients.update().where(_people.recipient == recipient).values(well))
        return True


def fail(
    store: Store,
    recipient: str,
    mine: str,
    kind: str,
    now: dt.datetime,
    retry_at: dt.datetime,
    trouble: str,
    *,
    maybe_arrived: bool,
) -> None:
    """Note a failed try. With `maybe_arrived` the next try repeats the message unchanged, otherwise a new one is made.

    For the kinds in `OF_VERSIONS`, `told_state` keeps when the first try failed.
    """
    with store.writing(f"delivery {recipient}") as connection:
        if not _is_mine(connection, recipient, mine):
            return
        values = {
            "tries": _people.tries + 1,
            "retry_at": retry_at,
            "trouble": trouble,
            "trouble_since": sa.func.coalesce(_people.trouble_since, sa.literal(now, tables.Moment)),
        }
        connection.execute(tables.recipients.update().where(_people.recipient == recipient).values(values))
        late = tables.deliveries.update().where(_told.recipient == recipient, _told.kind == kind)
        if kind in OF_VERSIONS:
            connection.execute(late.where(_told.told_state == "").values(told_state=now.isoformat()))
        if not maybe_arrived:
            unsent = tables.deliveries.update().where(_told.recipient == recipient, _told.kind == kind)
            connection.execute(unsent.values(sending_version=None, sending_at=None))


def release(store: Store, recipient: str, mine: str) -> None:
    """Give a claim back."""
    with store.writing(f"delivery {recipient}") as connection:
        mark = tables.recipients.update().where(_people.recipient == recipient, _people.claim == mine)
        connection.execute(mark.values(claim=None, claimed_until=None))


# --- leaving -----------------------------------------------------------------------------------------------------


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
    """The recipient and the kind of message that the link with this token stops."""
    with store.reading() as connection:
        return _of_link(connection, token)


def leave(store: Store, token: str) -> tuple[RecipientState, str] | None:
    """Stop the messages of a link by its token; return the recipient as before, and the kind of message."""
    with store.writing("leaving") as connection:
        found = _of_link(connection, token)
        if found is not None:
            recipient, kind = found
            kinds = ",".join(sorted({*recipient.left_kinds, kind}))
            mark = tables.recipients.update().where(_people.recipient == recipient.recipient)
            connection.execute(mark.values(left_kinds=kinds))
        return found


def resume(store: Store, recipient: str) -> bool:
    """Send a recipient everything again, from what is true now on; False if they are not known."""
    with store.writing(f"delivery {recipient}") as connection:
        connection.execute(tables.deliveries.delete().where(_told.recipient == recipient))
        mark = tables.recipients.update().where(_people.recipient == recipient)
        well = {"left_kinds": "", "tries": 0, "retry_at": None, "trouble": None, "trouble_since": None}
        return connection.execute(mark.values(well)).rowcount > 0


# --- rows --------------------------------------------------------------------------------------------------------


def _row(recipient: str, kind: str, sheet: str) -> sa.Update:
    return tables.deliveries.update().where(_told.recipient == recipient, _told.kind == kind, _told.sheet == sheet)


def _of_link(connection: sa.Connection, token: str) -> tuple[RecipientState, str] | None:
    query = sa.select(tables.recipients, _links.kind).join(tables.leave_links, _links.recipient == _people.recipient)
    row = connection.execute(query.where(_links.digest == tables.digest(token))).one_or_none()
    return None if row is None else (_recipient(row), row.kind)


def _is_mine(connection: sa.Connection, recipient: str, mine: str) -> bool:
    query = sa.select(_people.claim).where(_people.recipient == recipient)
    return connection.execute(query).scalar() == mine


def _told_rows(connection: sa.Connection, recipient: str) -> Mapping[tuple[str, str], Progress]:
    rows = connection.execute(sa.select(tables.deliveries).where(_told.recipient == recipient))
    return {
        (row.kind, row.sheet): Progress(
            row.told_version, row.told_at, row.told_state, row.sending_version, row.sending_at
        )
        for row in rows
    }


def _recipient(row: sa.Row[Any]) -> RecipientState:
    return RecipientState(
        row.recipient,
        tuple(kind for kind in row.left_kinds.split(",") if kind),
        row.sent_at,
        row.tries,
        row.retry_at,
        row.trouble,
        row.trouble_since,
    )

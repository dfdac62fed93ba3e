"""Who is told what: the settings, and what the sheet itself says of officers, as recipients with what they may see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cwac import access
from cwac.access import Viewer
from cwac.model import Snapshot
from cwac.notify.message import Links
from cwac.notify.settings import Channel, Notify, Topic
from cwac.refresh.live import Live
from cwac.settings import Settings, lists_person


@dataclass(frozen=True, slots=True)
class NotifiedSheet:
    """A sheet to tell people about, as this process shows it; `source` names it in the store, `county` may be empty."""

    county: str
    source: str
    settings: Settings
    live: Live = field(default=Live(), repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Share:
    """What of one sheet a recipient is told: about one agency, one officer (by ID), or with neither the sheet itself.

    `viewer` never sees more than the recipient's pages show.
    """

    sheet: NotifiedSheet
    viewer: Viewer
    agency: str = ""
    officer: str = ""
    topics: tuple[Topic, ...] = ()

    @property
    def links(self) -> Links:
        return Links(self.sheet.settings.address or "", self.sheet.county, self.agency)


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person by address, or a webhook by channel and agency (`teams:WPD`), with the address to send to."""

    name: str
    channel: Channel
    address: str = field(repr=False)
    shares: tuple[Share, ...] = ()

    def of_kind(self, kind: str) -> tuple[Share, ...]:
        return tuple(share for share in self.shares if kind in kinds_of(share))


KINDS: Mapping[str, str] = {
    "sheet": "the state of the sheet",
    "shifts": "your own shifts",
    "digest": "the weekly digest",
    "warnings": "warnings",
}
"""The kinds of message, in the order in which they are sent, and what they are called."""


def kinds_of(share: Share) -> tuple[str, ...]:
    if share.officer:
        return ("shifts",)
    if not share.agency:
        return ("sheet",)
    digest = ("digest",) if "digest" in share.topics else ()
    return (*digest, "warnings") if set(share.topics) - {"digest"} else digest


@dataclass(frozen=True)
class Recipients:
    """The recipients, and one sentence for each line of `[notify]` that reaches nobody."""

    recipients: tuple[Recipient, ...]
    troubles: tuple[str, ...]


def find_recipients(notify: Notify, sheets: Sequence[tuple[NotifiedSheet, Snapshot]]) -> Recipients:
    """Everybody who is told something about these sheets, whose unrestricted snapshots are given."""
    shares: dict[tuple[str, Channel, str], list[Share]] = {}
    troubles: list[str] = []
    mailboxes: dict[str, str] = {}
    for sheet, snapshot in sheets:
        for address in notify.coordinators:
            if lists_person(address, sheet.settings.coordinators):
                shares.setdefault((address, "email", address), []).append(Share(sheet, access.COORDINATOR))
        for officer in snapshot.officers:
            name, _, domain = (officer.email or "").rpartition("@")
            has_left = officer.active_to is not None and officer.active_to < snapshot.today
            if not officer.notify or not officer.email or domain not in notify.officer_domains or has_left:
                continue
            # Mail to a+1@x and a+2@x comes to one mailbox: it gets one message.
            address = mailboxes.setdefault(f"{name.partition('+')[0]}@{domain}", officer.email)
            share = Share(sheet, Viewer("liaison", (officer.agency,)), officer=officer.id)
            shares.setdefault((address, "email", address), []).append(share)
    for notices in notify.agencies:
        having = [each for each in sheets if notices.agency in (agency.short for agency in each[1].agencies)]
        if not having:
            troubles.append(f"[notify.agencies.{notices.agency}] names an agency that the sheet does not have.")
        for sheet, _ in having:
            # Nobody without an agency is shown a name, and a channel has readers whom nobody has checked.
            for channel, address in notices.webhooks:
                share = Share(sheet, Viewer("liaison", ()), notices.agency, topics=notices.messages)
                shares.setdefault((f"{channel}:{notices.agency}", channel, address), []).append(share)
        for address in notices.to if having else ():
            shown_in = [
                sheet
                for sheet, snapshot in having
                if lists_person(address, sheet.settings.coordinators)
                or (
                    lists_person(address, sheet.settings.viewers)
                    and notices.agency in access.agencies_of(address, snapshot.agencies)
                )
            ]
            viewer = Viewer("liaison", (notices.agency,), address)
            shares.setdefault((address, "email", address), []).extend(
                Share(sheet, viewer, notices.agency, topics=notices.messages) for sheet in shown_in
            )
            if not shown_in:
                troubles.append(
                    f"{address} is not told about {notices.agency}: [access] and the Email column of the Agencies tab "
                    f"do not show {notices.agency} to that address."
                )
    told = {notices.agency for notices in notify.agencies}
    for _, snapshot in sheets:
        untold = [each.short for each in snapshot.agencies if each.short not in told and each.active is not False]
        troubles += [f"Nobody is told about {short}: there is no [notify.agencies.{short}]." for short in untold]
    people = tuple(Recipient(*key, shares=tuple(their_shares)) for key, their_shares in shares.items() if their_shares)
    return Recipients(people, tuple(troubles))

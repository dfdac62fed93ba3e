"""`cwac notify`: what would be sent to whom, a message to try the mail server with, and sending again to who left."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from cwac.cli.group import Command
from cwac.cli.options import on_option
from cwac.cli.output import Refusal, local_time, plain, print_message, print_text
from cwac.cli.store import audit_export, not_connected, open_store, zone_of_sheet
from cwac.clock import read_clock
from cwac.notify.settings import Notify
from cwac.settings import Settings, load

if TYPE_CHECKING:
    from cwac.notify.preview import Preview
    from cwac.notify.recipients import NotifiedSheet
    from cwac.notify.turn import Turn
    from cwac.storage.store import Store


@click.group("notify", invoke_without_command=True, short_help="Say what would be sent to whom, or try it.")
@click.option("--dry-run", is_flag=True, help="Print what would be sent now, to whom and why. Nothing is sent.")
@click.option("--agency", metavar="AGENCY", help="Only what is about this agency, by its short name.")
@on_option
@click.pass_context
def command(context: click.Context, dry_run: bool, agency: str | None, on: dt.date | None) -> None:
    """Messages are sent by the dashboard while it runs; this command shows and tries them.

    With --on, the moment is that day at the time of the digest.
    """
    if context.invoked_subcommand is not None:
        if dry_run or agency or on:
            raise click.UsageError("--dry-run, --agency and --on go without a further command.")
        return
    if not dry_run:
        raise click.UsageError("Write --dry-run to see what would be sent; the dashboard sends it while it runs.")
    settings, notify = _configured()
    with open_store(settings, reading=True) as store:
        turn = _turn(store, settings, notify, on)
        print_text(_lines(turn, agency))


@command.command("test", cls=Command, short_help="Send a message without content to one address.")
@click.option("--to", "address", metavar="ADDRESS", required=True, help="Where to send it.")
def test(address: str) -> None:
    """Send a test message by the mail server of [notify]; it says nothing of the sheet."""
    from cwac.notify import mail
    from cwac.notify.message import Message, NotSent

    settings, notify = _configured()
    if not notify.server:
        raise Refusal("[notify] names no server.")
    from cwac.settings import is_address

    if not is_address(address):
        raise click.BadParameter(f"{plain(address)} is no email address.", param_hint="--to")
    message = Message("Coffee with a Cop: a test", (), "Sent by cwac notify test. It needs no answer.")
    now = read_clock()
    identity = mail.message_id(address, "test", now.isoformat(), notify.sender)
    try:
        mail.send(notify, mail.email(message, notify.sender, address, identity, now, ""))
    except NotSent as error:
        raise Refusal(str(error)) from None
    audit_export(settings, None, f"sent a test message to {address}")
    print_message(f"Sent to {plain(address)}: look into its inbox, and into its spam folder.")


@command.command("resume", cls=Command, short_help="Send again to an address that stopped its messages.")
@click.option("--to", "address", metavar="ADDRESS", required=True, help="The address.")
def resume(address: str) -> None:
    """Send messages again to an address that stopped them, from what is true now on."""
    from cwac.notify import deliveries

    settings, _ = _configured()
    with open_store(settings) as store:
        if not deliveries.resume(store, address):
            raise Refusal(f"Nothing was ever sent to {plain(address)}.")
    audit_export(settings, None, f"resumed messages to {address}")
    print_message(f"{plain(address)} is told again, from now on.")


def _configured() -> tuple[Settings, Notify]:
    settings = load()
    if settings.sample:
        raise not_connected(settings)
    if (notify := settings.section(Notify)) is None:
        raise Refusal("Nobody is told anything: the settings have no section [notify].")
    return settings, notify


def _turn(store: Store, settings: Settings, notify: Notify, on: dt.date | None) -> Turn:
    from cwac.notify.channels import sender
    from cwac.notify.turn import Turn, VersionReader

    now = read_clock()
    if on is not None:
        time = dt.time(notify.digest_time // 60, notify.digest_time % 60)
        now = dt.datetime.combine(on, time, ZoneInfo(zone_of_sheet(store, settings))).astimezone(dt.UTC)
    return Turn(store, notify, list(_sheets(settings)), now, sender(notify), VersionReader(store))


def _sheets(settings: Settings) -> Iterator[NotifiedSheet]:
    """The configured sheets by the names under which the dashboard keeps their versions."""
    from cwac.notify.recipients import NotifiedSheet
    from cwac.refresh.source_factory import identity_of

    for name, own in settings.by_county().items():
        yield NotifiedSheet(name, identity_of(own) or "", own)


def _lines(turn: Turn, agency: str | None) -> Iterator[str]:
    from cwac.notify.preview import previews

    if not turn.targets:
        raise Refusal("No version of the sheet is kept yet: the dashboard keeps them while it runs.")
    number = 0
    for preview in previews(turn):
        shares = preview.recipient.of_kind(preview.kind)
        if agency is not None and agency.casefold() not in {share.agency.casefold() for share in shares}:
            continue
        number += preview.message is not None
        yield from _preview_lines(preview)
    for trouble in turn.recipients.troubles:
        yield f"Careful: {plain(trouble)}"
    messages = f"{number} {'message' if number == 1 else 'messages'}"
    known = local_time(turn.now, next(iter(turn.targets.values())).timezone)
    yield f"{messages} to send, by what is known on {known}."


def _preview_lines(preview: Preview) -> Iterator[str]:
    from cwac.notify.mail import text
    from cwac.notify.recipients import KINDS

    yield f"To {plain(preview.recipient.name)} ({preview.recipient.channel}): {KINDS[preview.kind]}"
    yield f"  {plain(preview.why)}"
    if preview.message is not None:
        yield f"  Subject: {plain(preview.message.subject)}"
        yield from (f"  | {plain(line)}" for line in text(preview.message, "").splitlines())
    yield ""

"""`cwac notify`: what would be sent to whom, a message to try, sending again to who left; what `cwac doctor` checks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import product
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from cwac.analysis.words import counted
from cwac.cli.options import on_option
from cwac.cli.output import Command, Refusal, local_time, plain, print_message, print_text
from cwac.cli.store import audit_export, not_connected, open_store, zone_of_sheet
from cwac.clock import read_clock
from cwac.notify.settings import DAYS, Notify
from cwac.settings import Settings, is_address, load

if TYPE_CHECKING:
    from cwac.checks.finding import Finding
    from cwac.notify.deliveries import RecipientState
    from cwac.notify.message import Message
    from cwac.notify.recipients import Recipient
    from cwac.notify.turn import Turn
    from cwac.storage.store import Store

LATELY_DIGEST, LATELY = dt.timedelta(days=8), dt.timedelta(days=1)
"""Since when somebody who was never told anything is shown what they would have been told."""


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
        print_text(_lines(_turn(store, settings, notify, on), agency))


@command.command("test", cls=Command, short_help="Send a message without content to one address.")
@click.option("--to", "address", metavar="ADDRESS", required=True, help="Where to send it.")
def test(address: str) -> None:
    """Send a test message by the mail server of [notify]; it says nothing of the sheet."""
    from cwac.notify import channels
    from cwac.notify.message import Message, NotSent

    settings, notify = _configured()
    if not notify.server:
        raise Refusal("[notify] names no server.")
    if not is_address(address):
        raise click.BadParameter(f"{plain(address)} is no email address.", param_hint="--to")
    message = Message("Coffee with a Cop: a test", (), "Sent by cwac notify test. It needs no answer.")
    now = read_clock()
    identity = channels.message_id(address, "test", now.isoformat(), notify.sender)
    try:
        channels.send(notify, channels.email(message, notify.sender, address, identity, now, ""))
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
    from cwac.notify.recipients import NotifiedSheet
    from cwac.notify.turn import Turn, VersionReader
    from cwac.refresh.source_factory import identity_of

    now = read_clock()
    if on is not None:
        time = dt.time(notify.digest_time // 60, notify.digest_time % 60)
        now = dt.datetime.combine(on, time, ZoneInfo(zone_of_sheet(store, settings))).astimezone(dt.UTC)
    # By the names under which the dashboard keeps the sheets' versions.
    sheets = [NotifiedSheet(name, identity_of(own) or "", own) for name, own in settings.by_county().items()]
    return Turn(store, notify, sheets, now, sender(notify), VersionReader(store))


def _lines(turn: Turn, agency: str | None) -> Iterator[str]:
    """What everybody would be sent at the moment of the turn, and why; nothing is claimed, sent or written."""
    from cwac.notify import deliveries
    from cwac.notify.channels import text
    from cwac.notify.recipients import KINDS

    if not turn.targets:
        raise Refusal("No version of the sheet is kept yet: the dashboard keeps them while it runs.")
    number, people = 0, deliveries.recipients(turn.store)
    for recipient, kind in product(turn.recipients.recipients, KINDS):
        agencies = [share.agency.casefold() for share in recipient.of_kind(kind)]
        if not agencies or (agency is not None and agency.casefold() not in agencies):
            continue
        why, message = _previewed(turn, recipient, kind, people.get(recipient.name))
        number += message is not None
        yield f"To {plain(recipient.name)} ({recipient.channel}): {KINDS[kind]}"
        yield f"  {plain(why)}"
        if message is not None:
            yield f"  Subject: {plain(message.subject)}"
            yield from (f"  | {plain(line)}" for line in text(message, "").splitlines())
        yield ""
    for trouble in turn.recipients.troubles:
        yield f"Careful: {plain(trouble)}"
    known = local_time(turn.now, next(iter(turn.targets.values())).timezone)
    yield f"{counted(number, 'message')} to send, by what is known on {known}."


def _previewed(
    turn: Turn, recipient: Recipient, kind: str, record: RecipientState | None
) -> tuple[str, Message | None]:
    """Why a message would be sent or not, and that message."""
    from cwac.notify.deliveries import Progress, read_progress

    if record is not None and kind in record.left_kinds:
        return f"Not sent: {recipient.name} has stopped it.", None
    told = dict(read_progress(turn.store, recipient.name))
    since, is_new = turn.now - (LATELY_DIGEST if kind == "digest" else LATELY), False
    for source in (share.sheet.source for share in recipient.of_kind(kind)):
        row = told.get((kind, source))
        if row is None or row.told_at > turn.now:
            start = turn.store.as_of(source, since) or turn.store.oldest(source)
            told[kind, source] = Progress(start.id if start is not None and kind != "sheet" else None, since)
            is_new = True
    plan = turn.plan(recipient, kind, told)
    if plan is None or plan.message is None:
        (hour, minute), day = divmod(turn.notify.digest_time, 60), DAYS[turn.notify.digest_day].capitalize()
        due = f": digests are due on {day} at {hour}:{minute:02}" if kind == "digest" else ""
        return f"Nothing to send now{due}.", None
    held = turn.why_not_now(record, recipient)
    why = f"Held back: {held}." if held else "Would be sent now."
    return f"{why} Never told before, so this is what happened lately." if is_new else why, plan.message


def findings(settings: Settings) -> Iterator[Finding]:
    """Whether the mail server lets us in. Nothing is sent, and no webhook is asked, as asking is posting."""
    from cwac.checks.finding import failed, passed, skipped, warned
    from cwac.notify import channels
    from cwac.notify.message import NotSent

    notify = settings.section(Notify)
    if notify is None:
        return
    if settings.sample:
        yield warned("notify", "[notify] tells nobody: the built-in sample is shown.", "Connect a sheet.")
    if notify.server:
        try:
            channels.check(notify)
        except NotSent as error:
            remedy = error.remedy or "ask the administrator of the mail server."
            yield failed("notify-mail", error.found, f"{remedy[0].upper()}{remedy[1:]}")
        else:
            found = f"The mail server {notify.server} lets the dashboard in on port {notify.port}."
            yield passed("notify-mail", found)
    told = [agency.agency for agency in notify.agencies]
    webhooks = sum(len(agency.webhooks) for agency in notify.agencies)
    if not told:
        yield warned(
            "notify-agencies", "[notify] tells no agency anything.", "Write a section such as [notify.agencies.WPD]."
        )
    else:
        yield passed("notify-agencies", f"[notify] tells {', '.join(told)}, with addresses that [access] lets in.")
    if webhooks:
        found = f"{counted(webhooks, 'webhook is', 'webhooks are')} configured. Asking one is posting there"
        yield skipped("notify-webhooks", f"{found}, so none was asked.")

"""`[notify]`: whether the mail server lets us in. Nothing is sent, and no webhook is asked, as asking is posting."""

from __future__ import annotations

from collections.abc import Iterator

from cwac.checks.finding import Finding, failed, passed, skipped, warned
from cwac.notify import mail
from cwac.notify.message import NotSent
from cwac.notify.settings import Notify
from cwac.settings import Settings


def findings(settings: Settings) -> Iterator[Finding]:
    notify = settings.section(Notify)
    if notify is None:
        return
    if settings.sample:
        yield warned("notify", "[notify] tells nobody: the built-in sample is shown.", "Connect a sheet.")
    if notify.server:
        try:
            mail.check(notify)
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
        yield skipped(
            "notify-webhooks", f"{webhooks} webhooks are configured. Asking one is posting there, so none was asked."
        )

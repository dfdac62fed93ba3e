"""All checks, in the order in which they are printed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

from cwac import addons
from cwac.checks import audience, configured, google_sheet, machine, store
from cwac.checks.configured import Configured
from cwac.checks.finding import Finding, skipped
from cwac.model import SourceUnavailable
from cwac.settings import Settings


def every(config: Configured, now: dt.datetime, *, url: str | None, port: int) -> Iterator[Finding]:
    """Every finding; asks Google, the sign-in service and, with `url`, the dashboard itself. `now` is aware."""
    yield machine.python()
    yield machine.streamlit()
    yield from configured.findings(config)
    if config.settings is not None:
        yield from audience.findings(config.settings)
        yield from _sources(config.settings, now)
        yield from store.findings(config.settings, now)
        for addon in addons.installed():
            yield from addon.checks(config.settings)
    yield machine.proxy(config.typed.environ)
    if (forwarding := machine.forwarding(config.typed.environ)) is not None:
        yield forwarding
    yield from audience.sign_in(config.typed.section("auth"))
    yield machine.port(port)
    if url is not None:
        yield from machine.outside(url, config.settings)


def _sources(settings: Settings, now: dt.datetime) -> Iterator[Finding]:
    """The sheet of each county, who may open it by its link, and the clock beside Google's."""
    if settings.sample:
        yield skipped("events", "The sample needs no key and no sharing.")
        return
    first: machine.Answer | None = None
    for name, own in settings.by_county().items():
        findings = list(google_sheet.findings(own, now))
        if not own.workbook:
            sharing, answer = google_sheet.link_sharing(own)
            findings.append(sharing)
            first = first or answer
        yield from (replace(each, found=f"{name}: {each.found}") if name else each for each in findings)
    if not all(own.workbook for own in settings.by_county().values()):
        yield machine.clock(first)


def for_this_machine(trouble: SourceUnavailable | None, config: Configured) -> list[Finding]:
    """What the set-up page shows to the person at the machine: no call over the network, no new look at the sheet."""
    findings = [*configured.findings(config)]
    if config.settings is not None and trouble is not None and not config.settings.counties:
        findings += google_sheet.after_trouble(config.settings, trouble)
        findings += [] if config.settings.workbook else [machine.proxy(config.typed.environ)]
    return [finding for finding in findings if finding.result != "SKIP"]

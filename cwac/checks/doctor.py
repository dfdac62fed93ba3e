"""All checks, in the order in which they are printed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace

from cwac.checks import (
    audience,
    configured,
    google_sheet,
    http,
    link_sharing,
    machine,
    notify,
    outside,
    sign_in,
    store,
)
from cwac.checks.configured import Configured
from cwac.checks.finding import Finding, skipped
from cwac.model import SourceUnavailable
from cwac.settings import Settings

PORT = 8501


def every(found: Configured, now: dt.datetime, *, url: str | None = None, port: int = PORT) -> Iterator[Finding]:
    """Every finding; asks Google, the sign-in service and, with `url`, the dashboard itself. `now` is aware."""
    yield machine.python()
    yield machine.streamlit()
    yield from configured.findings(found)
    if found.settings is not None:
        yield from audience.findings(found.settings)
        yield from _sources(found.settings, now)
        yield from store.findings(found.settings, now)
        yield from notify.findings(found.settings)
    yield machine.proxy(found.environ)
    if (forwarding := machine.forwarding(found.environ)) is not None:
        yield forwarding
    yield from sign_in.findings(found.section("auth"))
    yield machine.port(port)
    if url is not None:
        yield from outside.findings(url, found.settings)


def _sources(settings: Settings, now: dt.datetime) -> Iterator[Finding]:
    """The sheet of each county, who may open it by its link, and the clock beside Google's."""
    if settings.sample:
        yield skipped("events", "The sample needs no key and no sharing.")
        return
    first: http.Answer | None = None
    for own in _by_county(settings):
        name = next((county.name for county in settings.counties if county.spreadsheet == own.spreadsheet), "")
        findings = list(google_sheet.findings(own, now))
        if not own.workbook:
            sharing, answer = link_sharing.finding(own)
            findings.append(sharing)
            first = first or answer
        yield from (
            replace(finding, found=f"{name}: {finding.found}" if name else finding.found) for finding in findings
        )
    if not settings.workbook:
        yield machine.clock(first)


def _by_county(settings: Settings) -> Sequence[Settings]:
    if settings.workbook or not settings.counties:
        return [settings]
    return [settings.of(county) for county in settings.counties]


def for_this_machine(trouble: SourceUnavailable | None, found: Configured) -> list[Finding]:
    """What the set-up page shows to the person at the machine: no call over the network, no new look at the sheet."""
    findings = [*configured.findings(found)]
    if found.settings is not None and trouble is not None and not found.settings.counties:
        findings += google_sheet.after_trouble(found.settings, trouble)
        findings += [] if found.settings.workbook else [machine.proxy(found.environ)]
    return [finding for finding in findings if finding.result != "SKIP"]

"""All checks in order, and those of the sheet: each step from the key to the Events tab, and the first that fails."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

from cwac import addons
from cwac.checks import audience, configured, finding, machine
from cwac.checks.configured import Configured
from cwac.checks.finding import NETWORK, OPERATOR, SHEET_OWNER, Finding, failed, of_trouble, passed, skipped, warned
from cwac.checks.machine import Answer, Unreachable, get
from cwac.model import Snapshot, SourceUnavailable, Workbook
from cwac.settings import Settings, host_of
from cwac.settings.connections import NAMES_ARE_PUBLIC
from cwac.sources.http_calls import REDIRECTS, SIGN_IN, WEB


def every(config: Configured, now: dt.datetime, *, url: str | None, port: int) -> Iterator[Finding]:
    """Every finding; asks Google, the sign-in service and, with `url`, the dashboard itself. `now` is aware."""
    from cwac.checks import store

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
    first: Answer | None = None
    for name, own in settings.by_county().items():
        findings = list(sheet_findings(own, now))
        if not own.workbook:
            sharing, answer = link_sharing(own)
            findings.append(sharing)
            first = first or answer
        yield from (replace(each, found=f"{name}: {each.found}") if name else each for each in findings)
    if not all(own.workbook for own in settings.by_county().values()):
        yield machine.clock(first)


def for_this_machine(trouble: SourceUnavailable | None, config: Configured) -> list[Finding]:
    """What the set-up page shows to the person at the machine: no call over the network, no new look at the sheet."""
    findings = [*configured.findings(config)]
    if config.settings is not None and trouble is not None and not config.settings.counties:
        findings += after_trouble(config.settings, trouble)
        findings += [] if config.settings.workbook else [machine.proxy(config.typed.environ)]
    return [one for one in findings if one.result != "SKIP"]


STEPS = {
    "address": "The settings hold the address of a Google Sheet.",
    "key": "The service account's key can be read.",
    "network": "Google answers.",
    "token": "Google accepts the key and gave an access token.",
    "api": "The Google Sheets API is switched on.",
    "shared": "The sheet is shared with the service account.",
    "events": "The tab Events was found.",
}
"""Each step and what is said if it succeeds, in order."""

STEPS_BY_LINK = {
    "address": STEPS["address"],
    "network": STEPS["network"],
    "shared": "Anybody with the link can open the sheet.",
    "events": STEPS["events"],
}

STEPS_AT_MICROSOFT = {
    "address": "The settings say where the workbook is.",
    "key": "The library msal is installed, and the sign-in in the settings can be read.",
    "network": "Microsoft answers.",
    "token": "Microsoft accepts the sign-in and gave an access token.",
    "shared": "The app may read the workbook.",
    "file": "The file is an Excel workbook.",
    "events": STEPS["events"],
}

_FAILED_AT = {
    "bad-address": ("address", OPERATOR),
    **dict.fromkeys(("unreachable", "server-error", "bad-answer"), ("network", NETWORK)),
    "rate-limit": ("network", OPERATOR),
    "no-credentials": ("key", OPERATOR),
    **dict.fromkeys(("scope", "clock"), ("token", OPERATOR)),
    **dict.fromkeys(("bad-key", "not-allowed"), ("token", finding.CLOUD)),
    "api-disabled": ("api", finding.CLOUD),
    "not-shared": ("shared", SHEET_OWNER),
    **dict.fromkeys(("not-found", "not-a-google-sheet"), ("shared", OPERATOR)),
    **dict.fromkeys(("too-large", "empty", "no-events-tab", "no-header"), ("events", SHEET_OWNER)),
}
"""Cause -> the step that failed, and the person who must act."""

_FAILED_AT_MICROSOFT = _FAILED_AT | {
    "not-installed": ("key", OPERATOR),
    "bad-key": ("token", finding.DIRECTORY),
    **dict.fromkeys(("not-allowed", "not-shared"), ("shared", finding.DIRECTORY)),
    **dict.fromkeys(("locked", "password", "protected", "old-format", "damaged", "too-large"), ("file", SHEET_OWNER)),
    "not-a-workbook": ("file", OPERATOR),
}


def look(settings: Settings) -> tuple[Workbook | None, SourceUnavailable | None, str | None]:
    """The sheet or file, or why it cannot be read; and which default credentials were found."""
    from cwac.sources.excel import read_excel
    from cwac.sources.google import GoogleSource, LinkSource
    from cwac.sources.microsoft import MicrosoftSource

    google: GoogleSource | None = None
    try:
        if settings.workbook:
            return read_excel(settings.workbook, settings.timezone), None, None
        if settings.reads == "link":
            return LinkSource.from_settings(settings).fetch(), None, None
        if settings.reads == "microsoft":
            return MicrosoftSource.from_settings(settings).fetch(), None, None
        google = GoogleSource.from_settings(settings)
        return google.fetch(), None, google.credentials_found
    except SourceUnavailable as trouble:
        return None, trouble, google.credentials_found if google else None


def _steps(settings: Settings, credentials: str | None) -> Mapping[str, str]:
    if settings.reads == "microsoft":
        return STEPS_AT_MICROSOFT
    if settings.reads == "link":
        return STEPS_BY_LINK
    if settings.credentials != "default":
        return STEPS
    return STEPS | {
        "key": credentials or "Application Default Credentials were found.",
        "token": "Google accepts the credentials and gave an access token.",
        "shared": "The sheet is shared with that account.",
    }


def sheet_findings(settings: Settings, now: dt.datetime) -> Iterator[Finding]:
    """Read the sheet or file once, and say how far that went."""
    from cwac.sheet.reader import read_workbook

    workbook, trouble, credentials = look(settings)
    snapshot: Snapshot | None = None
    if workbook is not None:
        try:
            snapshot = read_workbook(workbook, now.astimezone(ZoneInfo(workbook.timezone)).date(), settings.rules)
        except SourceUnavailable as error:
            trouble = error
    if trouble is not None:
        yield from after_trouble(settings, trouble, credentials)
    if snapshot is not None:
        steps = {"file": f"{settings.workbook} can be read."} if settings.workbook else _steps(settings, credentials)
        yield from (passed(name, found) for name, found in steps.items() if name != "events")
        rows = snapshot.accounting["Events"]
        found = f"{STEPS['events']} {rows.kept} of its {rows.rows} {'row is' if rows.rows == 1 else 'rows are'} used."
        if rows.left_out:
            tell = warned if rows.kept else failed
            yield tell("events", found, "Run cwac check, which names each cell to fix.", SHEET_OWNER)
        elif rows.kept:
            yield passed("events", found)
        else:
            none = f"None of the rows of the tab Events ({rows.rows}) is an event."
            found = none if rows.rows else "The tab Events has no rows yet."
            yield warned("events", found, "Type the first event there.", SHEET_OWNER)
    if workbook is not None and settings.reads == "google":
        zone, named = workbook.timezone, settings.timezone
        found = f"The sheet's time zone is {zone}, the settings name {named}; the sheet's is used."
        remedy = "Correct the sheet's (File, Settings), or timezone under [cwac]."
        same = passed("time-zone", f"The sheet and the settings name the same time zone, {zone}.")
        yield same if zone == named else warned("time-zone", found, remedy, SHEET_OWNER)
    if snapshot is not None:
        for addon in addons.installed():
            yield from addon.sheet_checks(settings, snapshot)


def after_trouble(settings: Settings, trouble: SourceUnavailable, credentials: str | None = None) -> Iterator[Finding]:
    """The steps up to the one that failed; those after it are skipped. `credentials`: what was found, as a sentence."""
    if settings.workbook:
        yield _of_file(settings.workbook, trouble)
        return
    step, whose = _step_of(settings, trouble)
    steps = _steps(settings, credentials)
    if step not in steps:
        yield of_trouble("sheet", trouble)
        return
    names = list(steps)
    at = names.index(step)
    yield from (passed(name, steps[name]) for name in names[:at])
    yield of_trouble(step, trouble, whose, "WARN" if trouble.cause in ("rate-limit", "locked") else "FAIL")
    yield from (skipped(name, f'Not tried, as the check "{step}" failed.') for name in names[at + 1 :])


def _step_of(settings: Settings, trouble: SourceUnavailable) -> tuple[str, str]:
    if settings.reads == "microsoft":
        if trouble.cause == "bad-key" and trouble.sentence.startswith("The file that certificate"):
            return "key", OPERATOR
        return _FAILED_AT_MICROSOFT.get(trouble.cause, ("", ""))
    if settings.credentials == "default":
        if trouble.cause == "bad-key" or "impersonation needs" in trouble.sentence:
            return "token", OPERATOR
        if trouble.cause == "not-allowed" and "the sheet to be read" not in trouble.sentence:
            is_of_project = any("Google Cloud project" in step.lead for step in trouble.steps)
            return "token", finding.CLOUD if is_of_project else OPERATOR
    elif trouble.cause == "bad-key":
        from cwac.sources.google_session import Account

        try:
            Account(settings.gsheets).credentials()
        except SourceUnavailable:
            return "key", OPERATOR
    if trouble.cause == "not-allowed" and "sign-in" not in trouble.sentence:
        return "shared", finding.CLOUD
    return _FAILED_AT.get(trouble.cause, ("", ""))


def _of_file(workbook: str, trouble: SourceUnavailable) -> Finding:
    if trouble.cause != "not-found":
        return of_trouble("events" if trouble.cause in _FAILED_AT else "file", trouble, SHEET_OWNER)
    path = Path(workbook).absolute()
    found = f"{workbook} is not there; it was looked for at {path}."
    try:
        beside = sorted(entry.name for entry in path.parent.iterdir() if entry.suffix.lower() == ".xlsx")
    except OSError:
        return failed("file", found, "Check the folder in workbook or CWAC_WORKBOOK.")
    near = difflib.get_close_matches(path.name, beside, 1, 0.6)
    remedy = f"Did you mean {near[0]}?" if near else "Write the file's whole path."
    return failed("file", found, f"{remedy} It is named in workbook or CWAC_WORKBOOK.")


LINK_SHARING = "link-sharing"
_REDIRECTS = 3
_RESTRICT = 'Open the sheet, press Share, and set "General access" to Restricted.'


def link_sharing(settings: Settings, web: str | None = None) -> tuple[Finding, Answer | None]:
    """What an anonymous visitor gets at `web`, and Google's first answer, whose Date header shows the clock."""
    from cwac.sources.google import spreadsheet_key

    if settings.reads == "link":  # reading it has asked already, and is to ask seldom
        remedy = f"Read it with an account (docs/google.md). Then: {_RESTRICT}"
        return warned(LINK_SHARING, NAMES_ARE_PUBLIC, remedy), None
    if settings.reads == "microsoft":
        found = "Not tried: who may open the workbook by a link is under Manage access in SharePoint."
        return skipped(LINK_SHARING, found), None
    web = web or settings.gsheets.get("web_endpoint") or WEB
    try:
        key = spreadsheet_key(settings.spreadsheet or "")
    except SourceUnavailable:
        return skipped(LINK_SHARING, "Not tried, as the settings do not hold a sheet's address."), None
    try:
        address = f"{web}/spreadsheets/d/{key}/export?format=csv"
        first = last = get(address, limit=0)
        for _ in range(_REDIRECTS):
            to = urljoin(address, last.headers.get("Location", ""))
            if last.status not in REDIRECTS or host_of(to) == SIGN_IN:
                break
            address, last = to, get(to, limit=0)
    except Unreachable as error:
        return skipped(LINK_SHARING, f"Could not be found out: {host_of(web)} was not reached, as {error}."), None
    if last.status == 403:  # it may be open while downloads are switched off
        with suppress(Unreachable):
            last = get(f"{web}/spreadsheets/d/{key}/edit", limit=0)
    leads_to_sign_in = host_of(last.headers.get("Location", "")) == SIGN_IN
    kind = last.headers.get("Content-Type", "")
    if leads_to_sign_in or last.status in (401, 403, 404, 410):
        found = "Without a Google account that it is shared with, nobody can open the sheet by its link."
        return passed(LINK_SHARING, found), first
    if last.status == 200 and ("csv" in kind or "html" in kind):
        found = "Anybody with the link can open the sheet, so the officers' names in it are public."
        return warned(LINK_SHARING, found, _RESTRICT, SHEET_OWNER), first
    found = f"Could not be found out: Google answered with status {last.status}."
    return skipped(LINK_SHARING, found), first

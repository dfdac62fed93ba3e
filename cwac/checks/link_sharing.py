"""Whether anybody with the link can open the sheet: then the officers' names in it are public."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urljoin

from cwac.checks import http
from cwac.checks.finding import SHEET_OWNER, Finding, passed, skipped, warned
from cwac.checks.http import Answer, Unreachable
from cwac.model import SourceUnavailable
from cwac.settings import Settings, host_of
from cwac.settings.google import NAMES_ARE_PUBLIC

CHECK = "link-sharing"
WEB = "https://docs.google.com"
_SIGN_IN = "accounts.google.com"
_HOPS = 4
_RESTRICT = 'Open the sheet, press Share, and set "General access" to Restricted.'


def finding(settings: Settings, web: str | None = None) -> tuple[Finding, Answer | None]:
    """What an anonymous visitor gets, and Google's first answer, whose Date header shows the clock.

    `web` stands in for `WEB`. Nothing of the sheet is read: the connection is closed after the headers.
    """
    from cwac.sources.google import spreadsheet_key

    if settings.reads == "link":  # reading it has asked already, and is to ask seldom
        return warned(CHECK, NAMES_ARE_PUBLIC, f"Read it with an account (docs/google.md). Then: {_RESTRICT}"), None
    if settings.reads == "microsoft":
        return skipped(
            CHECK, "Not tried: who may open the workbook by a link is under Manage access in SharePoint."
        ), None
    web = web or settings.gsheets.get("web_endpoint") or WEB
    try:
        key = spreadsheet_key(settings.spreadsheet or "")
    except SourceUnavailable:
        return skipped(CHECK, "Not tried, as the settings do not hold a sheet's address."), None
    try:
        answers = list(_answers(f"{web}/spreadsheets/d/{key}/export?format=csv"))
    except Unreachable as error:
        return skipped(CHECK, f"Could not be found out: {host_of(web)} was not reached, as {error}."), None
    last = answers[-1]
    if last.status == 403:  # it may be open while downloads are switched off
        last = _page(f"{web}/spreadsheets/d/{key}/edit") or last
    return _judge(last), answers[0]


def _answers(address: str) -> Iterator[Answer]:
    """The answers along the redirects, until one leads to Google's sign-in."""
    for _ in range(_HOPS):
        answer = http.get(address, limit=0)
        yield answer
        to = urljoin(address, answer.headers.get("Location", ""))
        if answer.status not in (301, 302, 303, 307, 308) or host_of(to) == _SIGN_IN:
            return
        address = to


def _page(address: str) -> Answer | None:
    try:
        return http.get(address, limit=0)
    except Unreachable:
        return None


def _judge(answer: Answer) -> Finding:
    leads_to_sign_in = host_of(answer.headers.get("Location", "")) == _SIGN_IN
    if leads_to_sign_in or answer.status in (401, 403, 404, 410):
        return passed(CHECK, "Without a Google account that it is shared with, nobody can open the sheet by its link.")
    kind = answer.headers.get("Content-Type", "")
    if answer.status == 200 and ("csv" in kind or "html" in kind):
        return warned(
            CHECK,
            "Anybody with the link can open the sheet, so the officers' names in it are public.",
            _RESTRICT,
            SHEET_OWNER,
        )
    return skipped(CHECK, f"Could not be found out: Google answered with status {answer.status}.")

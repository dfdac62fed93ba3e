"""Each failure of Microsoft Graph as a cause and a remedy."""

from __future__ import annotations

import re

from cwac.model import SourceUnavailable
from cwac.settings.microsoft import CLOUDS, MICROSOFT, WorkbookPlace
from cwac.sources import http_trouble
from cwac.sources.graph_session import RefusedByMicrosoft
from cwac.sources.http_trouble import is_cut_off, seconds_of, why_unreachable

OWNER = "Whoever owns the workbook"
OPERATOR = "Whoever runs this program"
ADMIN = "Whoever administers Microsoft 365"

SELECTED = frozenset(
    {
        "Sites.Selected",
        "Lists.SelectedOperations.Selected",
        "ListItems.SelectedOperations.Selected",
        "Files.SelectedOperations.Selected",
    }
)
"""Permissions that open nothing until a site, list or file is granted to the app."""

_BROAD = frozenset({"Files.Read.All", "Files.ReadWrite.All", "Sites.Read.All", "Sites.ReadWrite.All",
                    "Sites.Manage.All", "Sites.FullControl.All"})  # fmt: skip


def explain(
    refusal: RefusedByMicrosoft, place: WorkbookPlace, step: str, roles: frozenset[str] | None
) -> SourceUnavailable:
    """A refusal as a sentence, with a remedy.

    `step` is what was asked for: `library`, `file` (by path or link), `item` (by ID) or `content`. `roles` are the
    app's permissions, None if unknown.
    """
    status = refusal.status
    if (passing := _may_pass(refusal)) is not None:
        return passing
    if "fileDoubleKeyEncrypted" in refusal.codes:
        return SourceUnavailable(
            "protected",
            "The workbook is encrypted by a sensitivity label with a key of your own (double key encryption).",
            f"{OWNER}: give it a label without encryption.",
        )
    if "malwareDetected" in refusal.codes:
        return SourceUnavailable(
            "not-allowed",
            "Microsoft keeps the workbook back because its virus scan found something in it.",
            f"{OWNER}: restore an earlier version (Version history), or copy its cells into a new workbook.",
        )
    if status in {404, 410}:
        return _not_found(place, step)
    if status == 400:
        return _bad_request(refusal, place)
    if status in {401, 403}:
        return _not_allowed(refusal, place, roles)
    return SourceUnavailable(
        "not-allowed",
        f"Microsoft did not allow the workbook to be read ({_shown(refusal)}).",
        f"{ADMIN}: look at the sign-in log of the app registration.",
    )


def _may_pass(refusal: RefusedByMicrosoft) -> SourceUnavailable | None:
    """The trouble that may pass by itself, None for any other."""
    status, retry_after = refusal.status, seconds_of(refusal.headers.get("Retry-After"))
    if status == 429 or refusal.codes & _THROTTLED or (status == 503 and retry_after is not None):
        return SourceUnavailable(
            "rate-limit",
            "Microsoft says that there were too many requests.",
            "Nothing to do: the workbook is read again in a while. If this lasts, another program may be using the "
            "same app registration.",
            permanent=False,
            retry_after=retry_after,
        )
    if status >= 500 or status == 408:
        return SourceUnavailable(
            "server-error",
            f"Microsoft has a fault of its own (HTTP {status}).",
            "Nothing to do: the workbook is read again in a while.",
            permanent=False,
            retry_after=retry_after,
        )
    if "resourceLocked" in refusal.codes or (status == 423 and "fileDoubleKeyEncrypted" not in refusal.codes):
        return locked(retry_after)
    if status in {409, 412}:
        return bad_answer("came while the workbook was being changed")
    if refusal.whom == "download":
        return bad_answer("had a download address that was good no longer")
    if refusal.is_page:
        return bad_answer(f"was a web page instead of data (HTTP {status}); a proxy may be answering in its place")
    return None


_THROTTLED = {"activityLimitReached", "tooManyRequests", "TooManyRequests"}


def _shown(refusal: RefusedByMicrosoft) -> str:
    word = next((f", {code}" for code in sorted(refusal.codes) if re.fullmatch(r"\w{1,60}", code)), "")
    return f"HTTP {refusal.status}{word}"


def _not_found(place: WorkbookPlace, step: str) -> SourceUnavailable:
    where = f"{place.host}/{place.site}" if place.site else place.host
    if step == "library":
        sentence = f"SharePoint has no site {where}."
        remedy = f"{OPERATOR}: open the site in a browser, and correct its address in the settings."
    elif place.link is not None:
        sentence = "The link in the settings leads to no workbook: it was deleted, or the link was withdrawn."
        remedy = (
            f"{OWNER}: press Share, Copy link. {OPERATOR} puts the new link into the settings, or names the workbook "
            "by site, drive and path, which nobody can withdraw."
        )
    else:
        sentence = f"SharePoint has no workbook {place.path} in {where}."
        remedy = (
            f"{OPERATOR}: check site and path in the settings: folders and file as the library shows them, with .xlsx. "
            "A file that was never checked in counts as missing. If it was deleted, it is in the site's recycle bin."
        )
    return SourceUnavailable("not-found", sentence, remedy)


def _bad_request(refusal: RefusedByMicrosoft, place: WorkbookPlace) -> SourceUnavailable:
    if "SPO license" in refusal.message:
        return SourceUnavailable(
            "bad-address",
            "The tenant in the settings has no SharePoint.",
            f"{OPERATOR}: check tenant and cloud in [{MICROSOFT}].",
        )
    setting = "link" if place.link is not None else "site, drive or path"
    return SourceUnavailable(
        "bad-address",
        f"Microsoft cannot use the {setting} in the settings ({_shown(refusal)}).",
        f"{OPERATOR}: open the workbook, press Share, Copy link, and write that link whole.",
    )


def _not_allowed(refusal: RefusedByMicrosoft, place: WorkbookPlace, roles: frozenset[str] | None) -> SourceUnavailable:
    if refusal.status == 401 and "InvalidAuthenticationToken" in refusal.codes:
        return SourceUnavailable(
            "not-allowed",
            f"Microsoft Graph did not accept the access token of this program ({_shown(refusal)}).",
            f"{OPERATOR}: check tenant and cloud in [{MICROSOFT}] ({', '.join(CLOUDS)}), and the clock of this server.",
        )
    if "scp or roles claim" in refusal.message.lower() or (roles is not None and not roles & (SELECTED | _BROAD)):
        return SourceUnavailable(
            "not-allowed",
            "The app registration has no permission to read files.",
            f"{ADMIN}: add the application permission Sites.Selected of Microsoft Graph to it, grant admin consent, "
            "then grant the app the site, role read.",
        )
    if roles is not None and roles & _BROAD:
        return SourceUnavailable(
            "not-allowed",
            f"SharePoint refuses the workbook, although the app may read all files ({_shown(refusal)}).",
            f"{ADMIN}: look for a policy on the site: restricted access, Conditional Access, or its sensitivity label.",
        )
    return _not_shared(place, roles)


def _not_shared(place: WorkbookPlace, roles: frozenset[str] | None) -> SourceUnavailable:
    """The app may read what it was granted, and was not granted this."""
    granted = ", ".join(sorted(roles & SELECTED)) if roles else ""
    if roles is not None and "Sites.Selected" not in roles:
        target, this = "the workbook", "this workbook"
    else:
        site = f"the site {place.host}{f'/{place.site}' if place.site else ''}"
        target, this = ("the workbook's site" if place.link is not None else site), "this site"
    why = f": its app has {granted}, and was not granted {this}" if granted else ""
    remedy = f"{ADMIN}: grant the app registration {target}, role read, as the operators' guide shows."
    if place.link is not None:
        remedy += " If it is granted already, name the workbook by site, drive and path instead of a sharing link."
    if not granted:
        remedy += " Otherwise Files.Read.All with admin consent, which opens every file of the organization."
    return SourceUnavailable("not-shared", f"SharePoint does not let this program read the workbook{why}.", remedy)


def locked(retry_after: float | None = None) -> SourceUnavailable:
    return SourceUnavailable(
        "locked",
        "Somebody has the workbook open in a way that locks it.",
        f"{OWNER}: open it in Excel for the web, or close it in the desktop program. It is read again by itself.",
        permanent=False,
        retry_after=retry_after,
    )


def explain_network(error: Exception) -> SourceUnavailable:
    return bad_answer("was cut off") if is_cut_off(error) else unreachable(why_unreachable(error))


def unreachable(why: str) -> SourceUnavailable:
    return http_trouble.unreachable("Microsoft", "workbook", why)


def bad_answer(why: str) -> SourceUnavailable:
    return http_trouble.bad_answer("Microsoft", "workbook", why)

"""Each failure of Microsoft Graph as a cause and a remedy."""

from __future__ import annotations

from cwac.model import SourceUnavailable
from cwac.settings.microsoft import CLOUDS, MICROSOFT, WorkbookPlace
from cwac.sources.graph_session import RefusedByMicrosoft
from cwac.sources.http_trouble import explain_by_table, one_word, seconds_of

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
    where = f"{place.host}/{place.site}" if place.site else place.host
    granted = ", ".join(sorted(roles & SELECTED)) if roles else ""
    if roles is not None and "Sites.Selected" not in roles:
        target, this = "the workbook", "this workbook"
    else:
        target, this = "the workbook's site" if place.link is not None else f"the site {where}", "this site"
    names = {
        "status": refusal.status,
        "shown": f"HTTP {refusal.status}{one_word(refusal.codes)}",
        "where": where,
        "path": place.path,
        "setting": "link" if place.link is not None else "site, drive or path",
        "section": f"[{MICROSOFT}]",
        "clouds": ", ".join(CLOUDS),
        "granted": f": its app has {granted}, and was not granted {this}" if granted else "",
        "target": target,
        "by_path": _BY_PATH if place.link is not None else "",
        "all_files": "" if granted else _ALL_FILES,
    }
    words = _words(refusal, place, step, roles)
    return explain_by_table("microsoft", words, names, refusal.headers.get("Retry-After"))


_BY_PATH = " If it is granted already, name the workbook by site, drive and path instead of a sharing link."
_ALL_FILES = " Otherwise Files.Read.All with admin consent, which opens every file of the organization."


def _words(refusal: RefusedByMicrosoft, place: WorkbookPlace, step: str, roles: frozenset[str] | None) -> set[str]:
    """The words of `refusals.toml`: the status, the codes, and in parentheses what else tells refusals apart."""
    status, codes = refusal.status, refusal.codes
    claimless = "scp or roles claim" in refusal.message.lower()
    marks = {
        "(fault)": status >= 500 or status == 408,
        "(busy)": status == 503 and seconds_of(refusal.headers.get("Retry-After")) is not None,
        "(locked)": "resourceLocked" in codes or (status == 423 and "fileDoubleKeyEncrypted" not in codes),
        "(download)": refusal.whom == "download",
        "(page)": refusal.is_page,
        "(library)": step == "library",
        "(link)": place.link is not None,
        "(no-SharePoint)": "SPO license" in refusal.message,
        "(reads-nothing)": claimless or (roles is not None and not roles & (SELECTED | _BROAD)),
        "(reads-all)": roles is not None and bool(roles & _BROAD),
    }
    return {str(status), *codes, *filter(marks.get, marks)}

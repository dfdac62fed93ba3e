"""`[forms]` and the sheet: whether forms and tabs fit each other."""

from __future__ import annotations

from collections.abc import Iterator

from cwac.checks.finding import SHEET_OWNER, Finding, passed, warned
from cwac.forms.questions import KINDS
from cwac.forms.settings import EVENT, Forms
from cwac.forms.tabs import SPECS
from cwac.model import Accounting, Snapshot
from cwac.settings import Settings, host_of
from cwac.sheet.plan import OF_ADDON


def rows_words(account: Accounting) -> str:
    """`3 of 4 rows are used`, `no answer yet`."""
    return f"{account.kept:,} of {account.rows:,} rows are used" if account.rows else "no answer yet"


def tabs_not_read(snapshot: Snapshot) -> list[str]:
    """What is missing in each tab that looks like the answers of a form but is not read."""
    return [one.advice for one in snapshot.problems if one.perhaps == OF_ADDON]


def findings(settings: Settings, snapshot: Snapshot) -> Iterator[Finding]:
    """Forms without a tab, tabs with rows that are left out, and links that fill in no event; nothing without forms."""
    forms = settings.section(Forms) or Forms()
    for kind in KINDS:
        address = getattr(forms, kind.key)
        if not address:
            continue
        if kind.tab not in snapshot.accounting:
            found = f"{kind.key} in [forms] names a form, but the sheet has no tab of {kind.tab}."
            advice = "Link the form to this sheet; cwac forms says where to click."
            if tabs_not_read(snapshot):
                advice = "Run cwac forms: it names a tab that looks like a form's, and what is missing there."
            yield warned("forms", found, advice, SHEET_OWNER)
        if host_of(address.partition("?")[0]) == "docs.google.com" and EVENT not in address:
            found = f"The link {kind.key} in [forms] fills in no event, so people must enter its ID."
            yield warned("forms", found, "Get a pre-filled link; cwac forms says where to click.")
    for spec in SPECS:
        account = snapshot.accounting.get(spec.name)
        if account is None:
            continue
        found = f"{spec.name}: {rows_words(account)}."
        if account.left_out:
            yield warned("forms", found, "Run cwac check, which names each cell that is not used.", SHEET_OWNER)
        else:
            yield passed("forms", found)

"""`[forms]` and the sheet: whether forms and tabs fit each other."""

from __future__ import annotations

from collections.abc import Iterator

from cwac.checks.finding import SHEET_OWNER, Finding, passed, warned
from cwac.forms.questions import KINDS
from cwac.forms.settings import EVENT, Forms
from cwac.forms.tabs import SPECS
from cwac.model import Snapshot
from cwac.settings import Settings, host_of


def findings(settings: Settings, snapshot: Snapshot) -> Iterator[Finding]:
    """Forms without a tab, tabs with rows that are left out, and links that fill in no event; nothing without forms."""
    forms = settings.section(Forms) or Forms()
    for kind in KINDS:
        address = getattr(forms, kind.key)
        if not address:
            continue
        if kind.tab not in snapshot.accounting:
            found = f"{kind.key} in [forms] names a form, but the sheet has no tab of {kind.tab}."
            yield warned("forms", found, "Link the form to this sheet; cwac forms says where to click.", SHEET_OWNER)
        if host_of(address.partition("?")[0]) == "docs.google.com" and EVENT not in address:
            found = f"The link {kind.key} in [forms] fills in no event, so people must enter its ID."
            yield warned("forms", found, "Get a pre-filled link; cwac forms says where to click.")
    for spec in SPECS:
        account = snapshot.accounting.get(spec.name)
        if account is None:
            continue
        found = f"{spec.name}: {account.kept:,} of {account.rows:,} rows are used."
        if account.left_out:
            yield warned("forms", found, "Run cwac check, which names each cell that is not used.", SHEET_OWNER)
        else:
            yield passed("forms", found)

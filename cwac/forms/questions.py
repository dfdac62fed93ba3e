"""The questions of each form, where to click to make it, and whether forms and tabs fit each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cwac.analysis.words import counted
from cwac.checks.finding import SHEET_OWNER, Finding, passed, warned
from cwac.forms.settings import EVENT, Forms
from cwac.forms.tabs import DOOR_COUNTS, FEEDBACK, OFFICER_ANSWERS, SPECS
from cwac.model import Accounting, Snapshot
from cwac.settings import Settings, host_of
from cwac.sheet.plan import OF_ADDON

_SHORT, _OPTIONAL = "short answer, required", "short answer"


@dataclass(frozen=True, slots=True)
class FormKind:
    key: str
    title: str
    tab: str
    questions: Mapping[str, str]


KINDS = (
    FormKind(
        "shift",
        "Officers answer about their shifts",
        OFFICER_ANSWERS.name,
        {
            "Event ID (please do not change)": _SHORT,
            "Officer (please do not change)": _SHORT,
            "Can you come?": "multiple choice, required: Yes, No, Maybe",
            "Note": _OPTIONAL,
        },
    ),
    FormKind(
        "door",
        "Guests are counted at the door",
        DOOR_COUNTS.name,
        {
            "Event ID (please do not change)": _SHORT,
            "Guests: how many so far, or in all?": _SHORT,
            "Youth: how many of them were under 18?": _OPTIONAL,
            "Final? Is this the count of the whole event?": "multiple choice, required: So far, Final",
        },
    ),
    FormKind(
        "feedback",
        "Residents say how it was",
        FEEDBACK.name,
        {
            "Event ID (please do not change)": _SHORT,
            "I felt welcome.": "linear scale from 1 to 5, required",
            "I could say what matters to me.": "linear scale from 1 to 5",
            "First time here?": "multiple choice: Yes, No",
            "Anything else? Please name nobody.": _OPTIONAL,
        },
    ),
    FormKind(
        "feedback_es",
        "Residents say how it was, in Spanish",
        FEEDBACK.name,
        {
            "ID del evento (por favor no lo cambie)": _SHORT,
            "Me sentí bienvenido.": "linear scale from 1 to 5, required",
            "Pude decir lo que me importa.": "linear scale from 1 to 5",
            "¿Es su primera vez aquí?": "multiple choice: Sí, No",
            "¿Algo más? Por favor no nombre a nadie.": _OPTIONAL,
        },
    ),
)
STEPS: Mapping[str, tuple[str, ...]] = {
    "Google Forms": (
        "forms.google.com, Blank form: add the questions of a form below, word for word.",
        "Responses, Link to Sheets, Select existing spreadsheet: the sheet of the events.",
        "Three dots, Get pre-filled link: answer EVENT and OFFICER to these two questions, then Get link, Copy link.",
        "cwac forms --shift, --door, --feedback or --feedback-es, and the link in quotes: puts it into the settings.",
        "Send one answer, and run cwac forms again: it says what the sheet has.",
    ),
    "Microsoft Forms": (
        "Open the workbook in a browser, Insert, Forms, New Form: add the questions of a form below, word for word.",
        "Collect responses, Copy link. No answer is filled in: the page says what to enter.",
        "Then as steps 4 and 5 above.",
    ),
}
"""Where to click to make a form, and to link it to the sheet."""
START_HERE: Mapping[str, str] = {
    "Officers answer": "Yes, No or Maybe for a shift. The dashboard lists each cell to type because of it; nobody "
    "counts as staffed by an answer.",
    "Guests at the door": "How many so far, from a phone. It counts where Attendance has no number.",
    "Residents answer": "How it was, from 1 to 5, in English or Spanish. Below 8 answers only their number is shown.",
    "To set them up": "Make a form with Google Forms or Microsoft Forms and link it to this workbook; cwac forms says "
    "where to click. The form adds a tab of its own: leave its headers as they are.",
}
"""What forms are for, on the template's first tab."""


def rows_words(account: Accounting) -> str:
    """`3 of 4 rows are used`, `no answer yet`."""
    used = counted(account.rows, "row is used", "rows are used")
    return f"{account.kept:,} of {used}" if account.rows else "no answer yet"


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

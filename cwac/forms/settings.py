"""The section `[forms]`: the addresses of the county's forms, and whether residents' answers are published."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from cwac.addons import FormLink
from cwac.settings import Settings
from cwac.settings.schema import SettingsSection, Typed
from cwac.settings.values import SettingsError, flag, host_of, refuse_unknown, text_of

HOSTS = ("docs.google.com", "forms.gle", "forms.office.com", "forms.office365.us", "forms.cloud.microsoft")
"""Where forms of Google and Microsoft are."""
EVENT, OFFICER = "{event}", "{officer}"
_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Forms:
    """The addresses of forms, with `{event}` and `{officer}` to fill in, and whether answers are published."""

    shift: str = ""
    door: str = ""
    feedback: str = ""
    feedback_es: str = ""
    publish_feedback: bool = False


KEYS = tuple(Forms.__dataclass_fields__)


def read(typed: Typed) -> Forms | None:
    """The settings of the section; None where it is missing. Raises `SettingsError`."""
    table = typed.table("forms")
    refuse_unknown("[forms]", table, KEYS)
    values: dict[str, Any] = {
        key: (flag if key == "publish_feedback" else _address)(value, f"{key} in [forms]")
        for key, value in table.items()
    }
    return Forms(**values) if values else None


def _address(typed: object, name: str) -> str:
    address = text_of(typed, name) or ""
    bare = address.replace(EVENT, "").replace(OFFICER, "")
    if not address:
        raise SettingsError(name, "is empty", "write a value, or take it away.")
    if urlsplit(address).scheme != "https" or host_of(bare) not in HOSTS or len(address) > _LONGEST:
        raise SettingsError(name, f"must be an https address of a form on {', '.join(HOSTS[:-1])} or {HOSTS[-1]}")
    if "{" in bare or "}" in bare or host_of(address.partition("?")[0]) not in HOSTS:
        raise SettingsError(name, f"may have {EVENT} and {OFFICER} behind its question mark, and no other braces")
    return address


def filled_in(address: str, event: str, officer: str = "") -> str:
    return address.replace(EVENT, quote(event, safe="")).replace(OFFICER, quote(officer, safe=""))


def shift_form(settings: Settings, event_id: str, officer: str) -> tuple[str, str] | None:
    """As `addons.shift_form`: `Answer`, or `Answer (enter there: Event ID EV-1, Officer OF-2)`."""
    forms = settings.section(Forms)
    if forms is None or not forms.shift:
        return None
    entered = {EVENT: f"Event ID {event_id}", OFFICER: f"Officer {officer}"}
    to_enter = ", ".join(words for part, words in entered.items() if part not in forms.shift)
    return filled_in(forms.shift, event_id, officer), f"Answer (enter there: {to_enter})" if to_enter else "Answer"


def form_links(settings: Settings, event: str) -> dict[str, FormLink]:
    forms = settings.section(Forms) or Forms()
    addresses = {"door": forms.door, "feedback": forms.feedback, "feedback_es": forms.feedback_es}
    return {key: FormLink(filled_in(link, event), EVENT in link) for key, link in addresses.items() if link}


def with_places(address: str) -> str:
    """A link that was filled in with EVENT and OFFICER, with places for the event and the officer instead."""
    return re.sub(r"=EVENT(?=&|$)", f"={EVENT}", re.sub(r"=OFFICER(?=&|$)", f"={OFFICER}", address.strip()))


SECTION = SettingsSection("forms", read)

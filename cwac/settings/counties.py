"""`spreadsheet`: the address of one sheet, or several sheets and files, a county each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from cwac.settings.addresses import other_kind
from cwac.settings.errors import SettingsError
from cwac.settings.values import calendar_id, flag, people, plain_text, text_of


@dataclass(frozen=True, slots=True)
class County:
    """One sheet of several: a `spreadsheet` by its address, or the file `workbook`.

    Its viewers and coordinators are added to those of all counties.
    """

    name: str
    spreadsheet: str | None = field(default=None, repr=False)  # may be a sharing link, which opens the file
    viewers: tuple[str, ...] = ()
    coordinators: tuple[str, ...] = ()
    public: bool | None = None
    """None: the value for all counties applies."""
    credentials: str | None = None
    """As in `[connections.gsheets]`; None: the value there applies."""
    workbook: str | None = None
    calendar_id: str | None = None
    """Part of the UID of each event of the file; None: the value in `[cwac]` applies."""

    @property
    def place(self) -> str:
        """The file, or the address of the spreadsheet."""
        return self.workbook or self.spreadsheet or ""


KEYS = ("county", "address", "workbook", "calendar_id", "viewers", "coordinators", "public", "credentials")


def spreadsheets(value: object) -> tuple[str | None, tuple[County, ...]]:
    """One address, or several as counties. In text, commas separate them: `Modoc = https://…, …`."""
    if isinstance(value, str):
        value = [address for address in value.split(",") if address.strip()]
    if value == []:
        raise SettingsError("spreadsheet", "names no sheet", "write the sheet's address in quotes, or take it away.")
    if not isinstance(value, list):
        raise SettingsError("spreadsheet", "must be the sheet's address in quotes, or a list of such")
    counties = tuple(_county(entry, number) for number, entry in enumerate(value, 1))
    # The spreadsheet's ID, whatever form of its link was pasted.
    places = [re.sub(r"^.*?/d/([\w-]+).*$", r"\1", county.place, flags=re.DOTALL) for county in counties]
    for names in ([county.name.casefold() for county in counties], places):
        duplicate = next((name for index, name in enumerate(names) if name in names[:index]), None)
        if duplicate is not None:
            raise SettingsError("spreadsheet", f"names {duplicate!r} twice", "each county needs its own.")
    if len(counties) == 1 and counties[0] == County("Sheet 1", counties[0].spreadsheet):
        return counties[0].spreadsheet, ()
    return None, counties


def _county(entry: object, number: int) -> County:
    """`"https://…"`, `"Modoc = https://…"`, or a table with `county`, `address` or `workbook`, and who may see it."""
    if isinstance(entry, str):
        name, equals, link = entry.partition("=")
        # Behind a slash the = is part of the address.
        entry = {"county": name, "address": link} if equals and "/" not in name else {"address": entry}
    if not isinstance(entry, Mapping):
        raise SettingsError("spreadsheet", "must list addresses in quotes, or tables with county and address")
    if unknown := sorted(set(entry) - set(KEYS)):
        known = f"it knows {', '.join(KEYS)}."
        raise SettingsError("A table in spreadsheet", f"does not know {', '.join(unknown)}", known)
    address, workbook = text_of(entry.get("address"), "address"), plain_text(entry.get("workbook"), "workbook")
    place = f"spreadsheet {number}"
    if (address is None) == (workbook is None):
        wrong = "has no address and no workbook" if address is None else "has both an address and a workbook"
        raise SettingsError(place, wrong, "a county is one sheet or one file.")
    for key, other, what in (("calendar_id", address, "a file"), ("credentials", workbook, "a Google Sheet")):
        if key in entry and other is not None:
            raise SettingsError(place, f"has {key}, which is for {what}", "take it away.")
    if (kind := other_kind(workbook or "")) is not None:
        wrong = f"is the link of {kind[0]}, and a file belongs there"
        raise SettingsError("workbook in a table of spreadsheet", wrong, f"{kind[1]}.")
    if re.match(r"https?://", workbook or "", re.I):
        raise SettingsError("workbook in a table of spreadsheet", "is a web address", "write it as address there.")
    county = text_of(entry.get("county"), "county") or f"Sheet {number}"
    if len(county) > 60 or "," in county or not county.isprintable():
        raise SettingsError("county", f"must be a name of at most 60 characters without a comma, not {county!r}")
    return County(
        county,
        address,
        people(entry.get("viewers", ()), "viewers"),
        people(entry.get("coordinators", ()), "coordinators"),
        flag(entry["public"], "public") if "public" in entry else None,
        text_of(entry.get("credentials"), "credentials"),
        workbook,
        calendar_id(entry["calendar_id"], "calendar_id") if "calendar_id" in entry else None,
    )

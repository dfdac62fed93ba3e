"""The settings as everything else reads them, what the operator typed, and the sections of add-ons."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from math import inf
from pathlib import Path
from typing import Any, Literal, TypeVar

from cwac.settings.connections import County, Microsoft, WorkbookPlace, is_microsoft, spreadsheets
from cwac.settings.values import DEFAULT_ZONE, Kind, Setting, SettingsError, parse

T = TypeVar("T")


def _key(
    section: str,
    kind: Kind,
    default: Any,
    minimum: float = -inf,
    maximum: float = inf,
    below: str | None = None,
    variable: str | None = None,
) -> Any:
    """A field that is a key of this section."""
    about = {"section": section, "kind": kind, "minimum": minimum, "maximum": maximum, "below": below}
    return field(default=default, metadata=about | {"other_variable": variable})


def _years(variable: str, default: int | None = None, minimum: int = 2) -> Any:
    """A period of `[records]`: not shorter than the law's, which is two years for counties and cities."""
    return _key("records", "whole", default, minimum, 100, variable=f"CWAC_RECORDS_{variable}")


def settings_of_record(record: type) -> Iterator[Setting]:
    """The fields of a record that are keys of a section."""
    return (Setting(key=each.name, **each.metadata) for each in fields(record) if each.metadata)


@dataclass(frozen=True, slots=True)
class Rules:
    """Thresholds of the analysis, in the units that their names say; coordinates in degrees."""

    default_minutes: int = _key("rules", "whole", 90, 1, 1440)
    travel_mph: float = _key("rules", "number", 50.0, 1, 200)
    travel_detour: float = _key("rules", "number", 1.3, 1, 10)
    travel_spare_minutes: float = _key("rules", "number", 15.0, 0, 1440)
    early_hour: int = _key("rules", "whole", 6, 0, 23, below="late_hour")
    late_hour: int = _key("rules", "whole", 20, 1, 24)
    fire_season_first_month: int = _key("rules", "whole", 6, 1, 12)
    fire_season_last_month: int = _key("rules", "whole", 11, 1, 12)
    weekly_hours: float = _key("rules", "number", 12.0, 1, 168)
    rest_hours: float = _key("rules", "number", 8.0, 0, 168)
    latitude_min: float = _key("rules", "number", 32.0, -90, 90, below="latitude_max")
    latitude_max: float = _key("rules", "number", 43.0, -90, 90)
    longitude_min: float = _key("rules", "number", -125.0, -180, 180, below="longitude_max")
    longitude_max: float = _key("rules", "number", -114.0, -180, 180)
    columns: tuple[tuple[str, str], ...] = ()
    """What the operator says that headers mean, from `[columns]`."""
    tabs: tuple[tuple[str, str], ...] = ()
    """The same for tabs, from `[tabs]`."""
    public_names: tuple[str, ...] = ()
    """Names that the public may read, from `names` in `[public]`."""


@dataclass(frozen=True, slots=True)
class Retention:
    """Years after which rows are eligible for review, by the body whose schedule it is, and by tab.

    `county` applies to every row for which nothing else is set, `city` and `state` to events with such an agency.
    `federal_grants` counts from a grant's final report.
    """

    county: int = _years("COUNTY", 2)
    city: int | None = _years("CITY")
    state: int | None = _years("STATE")
    federal_grants: int = _years("FEDERAL_GRANTS", 3, 3)
    events: int | None = _years("EVENTS")
    staffing: int | None = _years("STAFFING")
    attendance: int | None = _years("ATTENDANCE")
    follow_ups: int | None = _years("FOLLOW_UPS")
    time_off: int | None = _years("TIME_OFF")

    def years(self, tab: str, bodies: Iterable[str] = ()) -> int:
        """The longest period of a row of this tab, whose event has agencies of these types (City, County, State)."""
        by_tab: int | None = getattr(self, tab.lower().replace("-", "_").replace(" ", "_"))
        by_body = {"City": self.city, "State": self.state}
        return max([by_tab or self.county, *filter(None, map(by_body.get, bodies))])


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be configured.

    `gsheets` is the table `[connections.gsheets]`: Google's key and address. Several spreadsheets are in `counties`,
    and `spreadsheet` is then None. A `spreadsheet` at SharePoint is read as `microsoft` says. Of versions older than
    `thin_after_days` one a day is kept; None keeps all. A sign-in is valid for `sign_in_days`. `reached_at` is the
    scheme and host at which people sign in. `address` is the dashboard's own, without a slash at the end, for links in
    calendars and files. `calendar_id` is part of the UID of each event that is read from a file.
    """

    workbook: str | None = _key("cwac", "text", None)
    spreadsheet: str | None = field(default=None, repr=False)  # perhaps a sharing link
    gsheets: Mapping[str, Any] = field(default_factory=dict, repr=False)
    microsoft: Microsoft = field(default_factory=Microsoft)
    timezone: str = _key("cwac", "zone", DEFAULT_ZONE)
    store: str | None = _key("cwac", "store", None)
    address: str | None = _key("cwac", "address", None)
    calendar_id: str = _key("cwac", "id", "workbook")
    refresh_seconds: int = _key("cwac", "whole", 30, 10, 86_400)
    thin_after_days: int | None = _key("cwac", "whole", None, 1, 36_500)
    auth: bool = False
    reached_at: str | None = None
    rules: Rules = field(default_factory=Rules)
    records: Retention = field(default_factory=Retention)
    counties: tuple[County, ...] = ()
    websockets_per_address: int = _key("cwac", "whole", 300, 1, 1_000_000)
    """Open pages. An address is an IPv4 address or an IPv6 /64; behind a trusted proxy, the visitor's."""
    connections_per_address: int = _key("cwac", "whole", 600, 1, 1_000_000)
    connections: int = _key("cwac", "whole", 3000, 1, 1_000_000)
    """From all addresses together."""
    request_seconds: int = _key("cwac", "whole", 10, 1, 3_600)
    """Deadline for receiving a whole request."""
    limit_loopback: bool = _key("cwac", "flag", True)
    """Whether the limits apply to loopback addresses too; benchmarks turn it off."""
    audit_days: int = _key("cwac", "whole", 400, 1, 36_500)
    """Age at which audit entries are deleted."""
    public: bool = _key("access", "flag", False)
    embed_origins: tuple[str, ...] = _key("access", "origins", ())
    """Sites that may show the public pages in a frame."""
    local: bool = _key("access", "flag", False)
    public_names_accepted: bool = _key("access", "flag", False)
    """Whether a sheet that anybody with the link may see is served to other machines too."""
    viewers: tuple[str, ...] = _key("access", "people", ())
    coordinators: tuple[str, ...] = _key("access", "people", ())
    sign_in_days: int = _key("access", "whole", 7, 1, 365)
    added: tuple[object, ...] = ()
    """The records of the add-ons' sections, as far as they are configured."""
    file: Path | None = field(default=None, compare=False)
    """The settings file, if there was one."""

    def section(self, kind: type[T]) -> T | None:
        """The record of this type in `added`; None where its section is not configured."""
        return next((record for record in self.added if isinstance(record, kind)), None)

    @property
    def sample(self) -> bool:
        """Whether nothing is configured, so that the built-in sample is shown."""
        return self.reads == "sample" and not self.counties

    @property
    def reads(self) -> Literal["file", "google", "link", "microsoft", "sample"]:
        """The kind of the one source that is read; of several counties each has its own, by `of`."""
        if self.workbook:
            return "file"
        if self.spreadsheet:
            by_google: Literal["google", "link"] = "link" if self.credentials == "none" else "google"
            return "microsoft" if is_microsoft(self.spreadsheet) else by_google
        return "microsoft" if self.microsoft.names_a_workbook else "sample"

    @property
    def credentials(self) -> str:
        """How Google's sheets are read: with a `key`, with `default` credentials, or with `none`, by their link."""
        return str(self.gsheets.get("credentials", "key"))

    def place(self) -> WorkbookPlace:
        """Where the workbook is at Microsoft. Raises `SettingsError` if its link cannot be used."""
        return self.microsoft.place(self.spreadsheet)

    def by_county(self) -> Mapping[str, Settings]:
        """The settings of each county by its name; a single sheet or file has the empty name."""
        if self.workbook or not self.counties:
            return {"": self}
        return {county.name: self.of(county) for county in self.counties}

    def of(self, county: County) -> Settings:
        """The settings of one county: its sheet or file alone, its people and those of all counties."""
        return replace(
            self,
            workbook=county.workbook,
            spreadsheet=county.spreadsheet,
            calendar_id=county.calendar_id or self.calendar_id,
            viewers=(*self.viewers, *county.viewers),
            coordinators=(*self.coordinators, *county.coordinators),
            public=self.public if county.public is None else county.public,
            gsheets={**self.gsheets, **({"credentials": county.credentials} if county.credentials else {})},
            counties=(),
        )


PUBLIC_NAMES = Setting("public", "names", "names", other_variable="CWAC_PUBLIC_NAMES")

_MAY_BE_EMPTY = ("flag", "people", "origins")
"""Kinds of which an empty value means "no" or "nobody"."""


@dataclass(frozen=True, slots=True)
class Typed:
    """The sections of the settings file at `path`, if there is one, and the environment, which has priority."""

    file: Mapping[str, Any] = field(default_factory=dict, repr=False)
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    path: Path | None = None

    def table(self, section: str) -> Mapping[str, Any]:
        """A section by its whole name, such as `connections.gsheets`; empty where it is missing."""
        table = self.file
        for name in section.split("."):
            inner = table.get(name, {})
            if not isinstance(inner, Mapping):
                raise SettingsError(f"[{name}] in secrets.toml", "must be a section of its own, not a single value")
            table = inner
        return table

    def section(self, name: str) -> Mapping[str, Any]:
        """The same; empty too where it is no section."""
        with suppress(SettingsError):
            return self.table(name)
        return {}

    def values(self, table: tuple[Setting, ...]) -> dict[str, Any]:
        """Key -> value of each configured setting; an empty one is refused, except where it means "nobody" or "no"."""
        values = {}
        for setting in table:
            typed: Any = self.environ.get(setting.variable)
            name = f"{setting.variable}: {setting.key}"
            if typed is None:
                typed = self.table(setting.section).get(setting.key)
                names_section = setting.section in ("rules", "records", "connections.microsoft")
                name = f"{setting.key} in [{setting.section}]" if names_section else setting.key
            if isinstance(typed, str) and not typed.strip() and setting.kind not in _MAY_BE_EMPTY:
                raise SettingsError(name, "is empty", "write a value, or take it away.")
            if typed is not None:
                value = spreadsheets(typed) if setting.kind == "spreadsheet" else parse(setting, typed, name)
                values[setting.key] = self.path_of(setting) if setting.kind == "path" else value
        return values

    def path_of(self, setting: Setting) -> Path | None:
        """The file that the environment names, else the settings file; the latter's path is relative to that file."""
        if named := self.environ.get(setting.variable, "").strip():
            return Path(named)
        typed = self.section(setting.section).get(setting.key)
        if not isinstance(typed, str) or not typed.strip():
            return None
        return (Path() if self.path is None else self.path.parent) / os.path.expanduser(typed.strip())


@dataclass(frozen=True, slots=True)
class SettingsSection:
    """A section of an add-on: its keys, and how it becomes a record in `Settings.added`; None if not configured.

    A section without a `table` checks the names of its keys itself. `refuse` raises `SettingsError` for contradictions.
    """

    name: str
    read: Callable[[Typed], object | None]
    table: tuple[Setting, ...] = ()
    variables: tuple[str, ...] = ()
    """Variables without a key in the file."""
    refuse: Callable[[Settings], None] = lambda _: None
    holds_secret: Callable[[Mapping[str, Any]], bool] = lambda _: False

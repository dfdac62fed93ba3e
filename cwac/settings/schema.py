"""The settings as everything else reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypeVar

from cwac.settings.counties import County
from cwac.settings.microsoft import Microsoft, WorkbookPlace, is_microsoft
from cwac.settings.values import DEFAULT_ZONE

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Rules:
    """Thresholds of the analysis, in the units that their names say; coordinates in degrees."""

    default_minutes: int = 90
    travel_mph: float = 50.0
    travel_detour: float = 1.3
    travel_spare_minutes: float = 15.0
    early_hour: int = 6
    late_hour: int = 20
    fire_season_first_month: int = 6
    fire_season_last_month: int = 11
    weekly_hours: float = 12.0
    rest_hours: float = 8.0
    latitude_min: float = 32.0
    latitude_max: float = 43.0
    longitude_min: float = -125.0
    longitude_max: float = -114.0
    columns: tuple[tuple[str, str], ...] = ()
    """What the operator says that headers mean, from `[columns]`."""
    tabs: tuple[tuple[str, str], ...] = ()
    """The same for tabs, from `[tabs]`."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be configured.

    `gsheets` is the table `[connections.gsheets]`: Google's key and address. Several spreadsheets are in `counties`,
    and `spreadsheet` is then None. A `spreadsheet` at SharePoint is read as `microsoft` says. Of versions older than
    `thin_after_days` one a day is kept; None keeps all. A sign-in is valid for `sign_in_days`. `reached_at` is the
    scheme and host at which people sign in. `address` is the dashboard's own, without a slash at the end, for links in
    calendars and files. `calendar_id` is part of the UID of each event that is read from a file.
    """

    workbook: str | None = None
    spreadsheet: str | None = field(default=None, repr=False)  # perhaps a sharing link
    gsheets: Mapping[str, Any] = field(default_factory=dict, repr=False)
    microsoft: Microsoft = field(default_factory=Microsoft)
    timezone: str = DEFAULT_ZONE
    store: str | None = None
    address: str | None = None
    calendar_id: str = "workbook"
    refresh_seconds: int = 30
    thin_after_days: int | None = None
    public: bool = False
    local: bool = False
    embed_origins: tuple[str, ...] = ()
    """Sites that may show the public pages in a frame."""
    public_names_accepted: bool = False
    """Whether a sheet that anybody with the link may see is served to other machines too."""
    viewers: tuple[str, ...] = ()
    coordinators: tuple[str, ...] = ()
    sign_in_days: int = 7
    auth: bool = False
    reached_at: str | None = None
    rules: Rules = field(default_factory=Rules)
    counties: tuple[County, ...] = ()
    websockets_per_address: int = 300
    """Open pages. An address is an IPv4 address or an IPv6 /64; behind a trusted proxy, the visitor's."""
    connections_per_address: int = 600
    connections: int = 3000
    """From all addresses together."""
    request_seconds: int = 10
    """Deadline for receiving a whole request."""
    limit_loopback: bool = True
    """Whether the limits apply to loopback addresses too; benchmarks turn it off."""
    audit_days: int = 400
    """Age at which audit entries are deleted."""
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

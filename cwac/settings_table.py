"""Every setting and its sections, and what is said of names that are not among them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from cwac import google_settings, microsoft_settings, notify_settings
from cwac.google_settings import GSHEETS
from cwac.microsoft_settings import MICROSOFT
from cwac.setting_values import Setting

KEY_FILE = Setting(GSHEETS, "key_file", "text", other_variable="CWAC_SERVICE_ACCOUNT")
PACKET = (Setting("packet", "templates", "text"), Setting("packet", "seals", "text"))
"""Folders: typst files of the agency's own, and agencies' seals."""
TABLE: tuple[Setting, ...] = (
    Setting(GSHEETS, "spreadsheet", "spreadsheet"),
    KEY_FILE,
    *google_settings.TABLE,
    *microsoft_settings.TABLE,
    Setting("cwac", "workbook", "text"),
    Setting("cwac", "timezone", "zone"),
    Setting("cwac", "store", "text"),
    Setting("cwac", "address", "address"),
    Setting("cwac", "calendar_id", "id"),
    Setting("cwac", "refresh_seconds", "whole", 1, 86_400),
    Setting("cwac", "thin_after_days", "whole", 1, 36_500),
    Setting("cwac", "websockets_per_address", "whole", 1, 1_000_000),
    Setting("cwac", "connections_per_address", "whole", 1, 1_000_000),
    Setting("cwac", "connections", "whole", 1, 1_000_000),
    Setting("cwac", "request_seconds", "whole", 1, 3_600),
    Setting("cwac", "limit_loopback", "flag"),
    Setting("cwac", "audit_days", "whole", 1, 36_500),
    Setting("access", "public", "flag"),
    Setting("access", "embed_origins", "origins"),
    Setting("access", "local", "flag"),
    Setting("access", "public_names_accepted", "flag"),
    Setting("access", "viewers", "people"),
    Setting("access", "coordinators", "people"),
    Setting("access", "sign_in_days", "whole", 1, 365),
    *PACKET,
    Setting("rules", "default_minutes", "whole", 1, 1440),
    Setting("rules", "travel_mph", "number", 1, 200),
    Setting("rules", "travel_detour", "number", 1, 10),
    Setting("rules", "travel_spare_minutes", "number", 0, 1440),
    Setting("rules", "early_hour", "whole", 0, 23, below="late_hour"),
    Setting("rules", "late_hour", "whole", 1, 24),
    Setting("rules", "fire_season_first_month", "whole", 1, 12),
    Setting("rules", "fire_season_last_month", "whole", 1, 12),
    Setting("rules", "weekly_hours", "number", 1, 168),
    Setting("rules", "rest_hours", "number", 0, 168),
    Setting("rules", "latitude_min", "number", -90, 90, below="latitude_max"),
    Setting("rules", "latitude_max", "number", -90, 90),
    Setting("rules", "longitude_min", "number", -180, 180, below="longitude_max"),
    Setting("rules", "longitude_max", "number", -180, 180),
)
"""Every setting. The file and the environment are checked against this table."""

KEYS = (*(setting.key for setting in TABLE), *notify_settings.KEYS, *notify_settings.AGENCY_KEYS)
OTHER_VARIABLES = (notify_settings.PASSWORD, "CWAC_DEBUG", "CWAC_LOG", "CWAC_METRICS_TOKEN")
"""Variables without a key in the file."""

CONNECTIONS = (GSHEETS, MICROSOFT)
SECTIONS = (
    *dict.fromkeys(setting.section for setting in TABLE if setting.section not in CONNECTIONS),
    "notify",
)
FOREIGN_SECTIONS = ("auth", "connections")
"""Sections with keys of Streamlit and Google, of which only near misses of ours are refused."""
AUTH_KEYS = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")
"""The keys of `[auth]` that a sign-in needs."""
_OF_STREAMLIT = ("client_kwargs", "expose_tokens", "worksheet")
_LIKE_OURS = 0.78


def unknown_names(file: Mapping[str, Any], environ: Mapping[str, str]) -> Iterator[str]:
    """One sentence for each mistyped name: ignoring it would show the sample in place of the sheet, or drop a limit."""
    for name, value in file.items():
        if name in FOREIGN_SECTIONS or (name in SECTIONS and not isinstance(value, Mapping)):
            continue
        if name not in SECTIONS:
            if not isinstance(value, Mapping):
                yield f"{shown(name)} is above all sections: {_belongs(name, SECTIONS)}."
                continue
            sections = (*SECTIONS, *FOREIGN_SECTIONS)
            near = nearest(name, sections)
            meant = f"did you mean [{near}]? " if near else ""
            yield (
                f"[{shown(name)}] is not a section that is known: {meant}Known are "
                f"{', '.join(f'[{section}]' for section in sections)}."
            )
            continue
        if name == "notify":
            continue  # `notify_settings` knows its keys
        yield from _unknown_keys(name, value)
    connections = file.get("connections")
    if isinstance(connections, Mapping):
        yield from _unknown_keys(MICROSOFT, connections.get("microsoft"))
    variables = (*(setting.variable for setting in TABLE), *OTHER_VARIABLES)
    for name in environ:
        # Other programs may have variables of such names too (Kubernetes makes CWAC_PORT of a service's name).
        if name.upper().startswith("CWAC_") and name not in variables and (near := nearest(name, variables, 0.85)):
            yield f"The variable {shown(name)} is not known: did you mean {near}?"


def _unknown_keys(section: str, table: object) -> Iterator[str]:
    keys = [setting.key for setting in TABLE if setting.section == section]
    for key in table if isinstance(table, Mapping) else ():
        if key not in keys:
            yield f"[{section}] does not know {shown(key)}: {_belongs(key, (section,))}."


def near_misses(file: Mapping[str, Any]) -> Iterator[str]:
    """One sentence for each name of ours that is mistyped among those of Streamlit and Google."""
    yield from _near_misses("auth", file.get("auth"), AUTH_KEYS)
    connections = file.get("connections")
    for name, table in connections.items() if isinstance(connections, Mapping) else ():
        known = [section.removeprefix("connections.") for section in CONNECTIONS]
        if name == "gsheets":
            yield from _near_misses(GSHEETS, table, [setting.key for setting in TABLE if setting.section == GSHEETS])
        elif name not in known and (near := nearest(name, known, _LIKE_OURS)):
            yield f"[connections.{shown(name)}] is not a section that is known: did you mean [connections.{near}]?"


def _near_misses(section: str, table: object, keys: Collection[str]) -> Iterator[str]:
    """One sentence for each key that is spelled almost as one of `keys`, also in the tables within."""
    for key, value in table.items() if isinstance(table, Mapping) else ():
        if isinstance(value, Mapping) and key not in _OF_STREAMLIT:
            yield from _near_misses(f"{section}.{shown(key)}", value, keys)
        elif key not in keys and key not in _OF_STREAMLIT and (near := nearest(key, keys, _LIKE_OURS)):
            yield f"[{section}] does not know {shown(key)}: did you mean {near}?"


def _belongs(key: str, sections: Collection[str]) -> str:
    """The section that the key belongs in, or what may have been meant."""
    homes = [setting.section for setting in TABLE if setting.key == key]
    if homes:
        return f"it belongs under [{homes[0]}]"
    keys = [setting.key for setting in TABLE if setting.section in sections]
    near = nearest(key, keys)
    return f"did you mean {near}? Known are {', '.join(keys)}" if near else f"known are {', '.join(keys)}"


def nearest(name: str, names: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The most similar of the names, by `difflib`'s ratio of at least `cutoff`."""
    folded = {re.sub(r"[\W_]+", "_", candidate.casefold()): candidate for candidate in names}
    matches = difflib.get_close_matches(re.sub(r"[\W_]+", "_", name[:60].casefold()), folded, 1, cutoff)
    return folded[matches[0]] if matches else None


def shown(name: str) -> str:
    """A name as typed, on one line of printable characters."""
    return name if name.isprintable() and len(name) <= 60 else repr(name[:60])

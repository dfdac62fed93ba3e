"""Every setting and its section, and what is said of names that are not among them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from cwac import addons
from cwac.settings import google, microsoft
from cwac.settings.errors import SettingsError
from cwac.settings.google import GSHEETS, KEY_FILE
from cwac.settings.microsoft import MICROSOFT
from cwac.settings.names import meant, nearest, shown
from cwac.settings.schema import Rules, Settings, settings_of_record
from cwac.settings.section import SettingsSection, Typed
from cwac.settings.values import Setting

CORE: tuple[Setting, ...] = (
    Setting(GSHEETS, "spreadsheet", "spreadsheet"),
    KEY_FILE,
    *google.TABLE,
    *microsoft.TABLE,
    *settings_of_record(Settings),
    *settings_of_record(Rules),
)
"""Every setting of the core. The file and the environment are checked against it."""

BY_HAND = ("columns", "tabs")
"""Sections whose keys are names in the sheet, and whose values say what these mean."""
FOREIGN_SECTIONS = ("auth", "connections")
"""Sections with keys of Streamlit and Google, of which only near misses of ours are refused."""
AUTH_KEYS = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")
"""The keys of `[auth]` that a sign-in needs."""
_OF_STREAMLIT = ("client_kwargs", "expose_tokens", "worksheet")
_LIKE_OURS = 0.78


@cache
def added_sections() -> tuple[SettingsSection, ...]:
    """The sections of the add-ons that are installed; one of another add-on is refused by its name."""
    return tuple(section for addon in addons.installed() for section in addon.settings())


@cache
def all_settings() -> tuple[Setting, ...]:
    """Every setting of the core and of the add-ons."""
    return (*CORE, *(setting for section in added_sections() for setting in section.table))


def other_variables() -> tuple[str, ...]:
    """Variables without a key in the file."""
    added = (name for section in added_sections() for name in section.variables)
    return ("CWAC_DEBUG", "CWAC_LOG", "CWAC_METRICS_TOKEN", *added)


def settings_of(section: str) -> tuple[Setting, ...]:
    return tuple(setting for setting in all_settings() if setting.section == section)


def unknown_names(typed: Typed) -> Iterator[SettingsError]:
    """An error for each mistyped name: ignoring it would show the sample in place of the sheet, or drop a limit."""
    core = dict.fromkeys(setting.section for setting in CORE if setting.section not in (GSHEETS, MICROSOFT))
    own = (*core, *BY_HAND, *(section.name for section in added_sections()))
    for name, value in typed.file.items():
        if name in FOREIGN_SECTIONS or (name in own and not isinstance(value, Mapping)):
            continue
        if name in own:
            yield from _unknown_keys(name, value)
        elif isinstance(value, Mapping):
            known = meant(name, (*own, *FOREIGN_SECTIONS), "[{}]")
            yield SettingsError(f"[{shown(name)}]", "is not a section that is known", known)
        else:
            yield SettingsError(shown(name), "is above all sections", _belongs(name, own))
    connections = typed.file.get("connections")
    if isinstance(connections, Mapping):
        yield from _unknown_keys(MICROSOFT, connections.get("microsoft"))
    variables = (*(setting.variable for setting in all_settings()), *other_variables())
    for name in typed.environ:
        # Other programs may have variables of such names too (Kubernetes makes CWAC_PORT of a service's name).
        if name.upper().startswith("CWAC_") and name not in variables and (near := nearest(name, variables, 0.85)):
            yield SettingsError(f"The variable {shown(name)}", "is not known", f"did you mean {near}?")


def _unknown_keys(section: str, table: object) -> Iterator[SettingsError]:
    keys = [setting.key for setting in settings_of(section)]
    for key in table if keys and isinstance(table, Mapping) else ():  # a section without keys here checks its own
        if key not in keys:
            yield SettingsError(f"[{section}]", f"does not know {shown(key)}", _belongs(key, (section,)))


def near_misses(typed: Typed) -> Iterator[SettingsError]:
    """An error for each name of ours that is mistyped among those of Streamlit and Google."""
    yield from _near_misses("auth", typed.section("auth"), AUTH_KEYS)
    known = [section.removeprefix("connections.") for section in (GSHEETS, MICROSOFT)]
    for name, table in typed.section("connections").items():
        if name == "gsheets":
            yield from _near_misses(GSHEETS, table, [setting.key for setting in settings_of(GSHEETS)])
        elif name not in known and (near := nearest(name, known, _LIKE_OURS)):
            place = f"[connections.{shown(name)}]"
            yield SettingsError(place, "is not a section that is known", f"did you mean [connections.{near}]?")


def _near_misses(section: str, table: object, keys: Sequence[str]) -> Iterator[SettingsError]:
    """An error for each key that is spelled almost as one of `keys`, also in the tables within."""
    for key, value in table.items() if isinstance(table, Mapping) else ():
        if isinstance(value, Mapping) and key not in _OF_STREAMLIT:
            yield from _near_misses(f"{section}.{shown(key)}", value, keys)
        elif key not in keys and key not in _OF_STREAMLIT and (near := nearest(key, keys, _LIKE_OURS)):
            yield SettingsError(f"[{section}]", f"does not know {shown(key)}", f"did you mean {near}?")


def _belongs(key: str, sections: Sequence[str]) -> str:
    """The section that the key belongs in, or what may have been meant."""
    home = next((setting.section for setting in all_settings() if setting.key == key), None)
    keys = [setting.key for section in sections for setting in settings_of(section)]
    return f"it belongs under [{home}]." if home else meant(key, keys)

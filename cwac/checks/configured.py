"""What is configured: which file is read, what is wrong in it, what the dashboard reads, and who may read the files."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cwac import google_settings, notify_settings, settings_file
from cwac import settings as configuration
from cwac.checks.finding import OPERATOR, Finding, failed, passed, skipped, warned
from cwac.microsoft_settings import CERTIFICATE
from cwac.settings import Settings, SettingsError
from cwac.toml_hints import AUTH_KEYS, GOOGLE_KEYS

EXAMPLE = 'spreadsheet = "https://docs.google.com/spreadsheets/d/…" under [connections.gsheets]'


@dataclass(frozen=True)
class Configured:
    """The settings, or None and the reason why they cannot be used; the file, if there is one, and its sections."""

    settings: Settings | None
    trouble: str = ""
    path: Path | None = None
    sections: Mapping[str, Any] = field(default_factory=dict, repr=False)
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)

    def section(self, *names: str) -> Mapping[str, Any]:
        """A section of the file; empty where it is missing or no section."""
        table: Any = self.sections
        for name in names:
            table = table.get(name) if isinstance(table, Mapping) else None
        return table if isinstance(table, Mapping) else {}


def load(environ: Mapping[str, str] | None = None, secrets: Path | None = None) -> Configured:
    """What is configured; never raises `SettingsError`."""
    environ = os.environ if environ is None else environ
    path, sections = secrets, {}
    try:
        path = secrets or settings_file.find(environ, configuration.folders())
        sections = dict(settings_file.read(path, configuration.KEYS))
        return Configured(configuration.load(environ, secrets), "", path, sections, environ)
    except SettingsError as error:
        return Configured(None, str(error), path, sections, environ)


def findings(configured: Configured) -> Iterator[Finding]:
    """Everything that can be said of the settings without asking anybody over the network."""
    yield which_file(configured)
    yield from other_files(configured)
    yield from usable(configured)
    yield from unknown_keys(configured)
    yield what_is_read(configured)
    yield from packet_folders(configured)
    yield from permissions(configured)


def which_file(configured: Configured) -> Finding:
    """Which settings file is read."""
    path = configured.path
    if path is None:
        looked_in = ", ".join(str(folder) for folder in dict.fromkeys(configuration.folders()))
        return passed("settings-file", f"There is no settings file (.streamlit/secrets.toml) in {looked_in}.")
    in_home = Path.home() / settings_file.FOLDER / settings_file.NAME
    if path == in_home and Path.home() != Path.cwd() and not configured.environ.get(settings_file.SECRETS):
        return warned(
            "settings-file",
            f"{path} is read: the file in your home folder applies to every Streamlit program that you start.",
            f"Move it to {Path.cwd() / settings_file.FOLDER / settings_file.NAME} if it is for this dashboard alone.",
        )
    return passed("settings-file", f"{path} is read.")


def other_files(configured: Configured) -> Iterator[Finding]:
    """Files that were meant to be the settings file, and settings files that another one hides."""
    for miss in settings_file.near_misses(configuration.folders()):
        if str(miss) == configured.trouble or (configured.path is not None and _is_same(miss.path, configured.path)):
            continue
        found = f"{miss.path} holds settings and is not read."
        remedy = f"{miss.remedy[0].upper()}{miss.remedy[1:]}, or delete it."
        if configured.path is not None:
            remedy = f"Delete it if {configured.path} is the right one."
        yield warned("other-settings-files", found, remedy)
    hidden = [folder / settings_file.FOLDER / settings_file.NAME for folder in configuration.folders()]
    for path in dict.fromkeys(hidden):
        if configured.path is not None and path.is_file() and not _is_same(path, configured.path):
            yield warned(
                "other-settings-files",
                f"{path} is not read, as {configured.path} comes first.",
                "Keep all settings in one of the two, and delete the other.",
            )


def _is_same(path: Path, other: Path) -> bool:
    with suppress(OSError):
        return path.samefile(other)
    return False


def usable(configured: Configured) -> Iterator[Finding]:
    """Whether every name and value in the settings can be used: each unknown name, and the first impossible value."""
    if configured.settings is not None:
        yield passed("settings", "Every name and value in the settings can be used.")
        return
    names = configuration.unknown_names(configured.sections, configured.environ)
    for sentence in dict.fromkeys((configured.trouble, *names)):
        found, next_step = _in_two(sentence)
        yield failed("settings", found, next_step)


_SEPARATOR = re.compile(r"(?<=\S)(?::\s+|[.;]\s+)(?=[A-Za-z])")


def _in_two(trouble: str) -> tuple[str, str]:
    """What is wrong, and the remedy, which follows the first colon, semicolon or full stop of the sentence."""
    start = re.match(r"CWAC_\w+: |.*is not well-formed TOML: ", trouble)
    separator = _SEPARATOR.search(trouble, start.end() if start else 0)
    if separator is None:
        return trouble, "Correct it in the settings, then start the dashboard again."
    found, remedy = trouble[: separator.start()], trouble[separator.end() :]
    return f"{found}.", f"{remedy[0].upper()}{remedy[1:]}"


def unknown_keys(configured: Configured) -> Iterator[Finding]:
    """Keys of Google's and Streamlit's sections that neither reads: the settings do not refuse them."""
    gsheets, auth = configured.section("connections", "gsheets"), configured.section("auth")
    keys = (*GOOGLE_KEYS, "spreadsheet", "key_file", *google_settings.KEYS, "worksheet")
    yield from _unknown("connections.gsheets", gsheets, keys)
    yield from _unknown(
        "auth", {key: value for key, value in auth.items() if not isinstance(value, Mapping)}, AUTH_KEYS
    )


def _unknown(section: str, table: Collection[str], known_keys: Collection[str]) -> Iterator[Finding]:
    for key in table:
        if key in known_keys:
            continue
        shown = key if re.fullmatch(r"[\w-]{1,40}", key) else "a key"
        near = difflib.get_close_matches(key.lower().replace("-", "_"), known_keys, 1, 0.6)
        remedy = f"Write {near[0]} if that is meant" if near else "Delete the line"
        yield warned("unknown-keys", f"[{section}] has {shown}, which nothing reads.", f"{remedy}.")


def what_is_read(configured: Configured) -> Finding:
    """Which sheet, file or sample the dashboard reads, and why it is the sample."""
    settings = configured.settings
    if settings is None:
        return skipped("source", "Nothing is read until the settings can be used.")
    if settings.workbook:
        other = "Google Sheet" if settings.spreadsheet or settings.counties else "workbook in SharePoint"
        if settings.spreadsheet or settings.counties or settings.microsoft.names_a_workbook:
            return warned(
                "source",
                f"The settings name the file {settings.workbook}, so their {other} is not read.",
                "Delete one of the two.",
            )
        return passed("source", f"The settings name the file {settings.workbook}.")
    if settings.counties:
        by_account = {settings.of(county).reads for county in settings.counties} <= {"google", "link"}
        kind = "Google Sheets" if by_account else "sheets and files"
        return passed("source", f"The settings name {len(settings.counties)} {kind}, one for each county.")
    if settings.reads == "microsoft":
        return passed("source", f"The settings name a workbook at {settings.place().host}.")
    if settings.spreadsheet:
        how = {"link": ", which is read by its link"}.get(settings.reads, "")
        return passed("source", f"The settings name one Google Sheet{how}.")
    if configured.path is None:
        why = "there is no settings file, and the environment names no sheet either"
    else:
        why = f"neither {configured.path} nor the environment names a sheet"
    return warned(
        "source",
        f"The built-in sample is shown, not a sheet of yours: {why}.",
        f"Run cwac connect; or write {EXAMPLE}, or workbook under [cwac]; or set CWAC_WORKBOOK.",
    )


def permissions(configured: Configured) -> Iterator[Finding]:
    """Whether only their owner can read the files that hold keys."""
    if os.name != "posix":
        yield skipped("permissions", "Windows has no file modes: see Properties, Security for who may read the file.")
        return
    gsheets, microsoft = configured.section("connections", "gsheets"), configured.section("connections", "microsoft")
    key_file = configuration.key_file_of(gsheets, configured.environ, configured.path)
    certificate = configuration.file_of(CERTIFICATE, microsoft, configured.environ, configured.path)
    named = (configured.path, key_file, certificate)
    for path in (path for path in named if path is not None):
        try:
            if configuration.others_may_read(path):
                secrets = (
                    configured.section("auth"),
                    gsheets.get("private_key"),
                    microsoft.get("client_secret"),
                    notify_settings.holds_secret(configured.section(notify_settings.SECTION)),
                )
                holds_key = path != configured.path or any(secrets)
                tell = failed if holds_key else warned
                yield tell("permissions", f"Other users of this machine can read {path}.", f"Run chmod 600 {path}")
            else:
                yield passed("permissions", f"No other user of this machine can read {path}.")
        except OSError as error:
            yield failed(
                "permissions", f"{path} cannot be read ({error.strerror}).", "Check its path and owner.", OPERATOR
            )


def packet_folders(configured: Configured) -> Iterator[Finding]:
    """The folders with an agency's own layouts and seals, where they are not there: no document can be made."""
    settings = configured.settings
    folders = {"templates": settings.templates, "seals": settings.seals} if settings else {}
    for name, folder in folders.items():
        if folder is not None and not folder.is_dir():
            found = f"{name} under [packet] names no folder: {folder}"
            yield failed("packet", found, "Correct the path, or take the line away.")

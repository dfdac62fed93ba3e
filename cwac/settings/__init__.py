"""The operator's configuration, from the file and the environment: read, checked and refused by name."""

from cwac.settings.connections import County
from cwac.settings.loading import PROJECT, load, others_may_read
from cwac.settings.schema import Retention, Rules, Settings
from cwac.settings.values import (
    DEFAULT_ZONE,
    LOOPBACK,
    PERSON,
    SettingsError,
    host_of,
    is_address,
    is_encrypted_or_local,
    lists_person,
    names_no_file,
    other_kind,
)

__all__ = [
    "DEFAULT_ZONE",
    "LOOPBACK",
    "PERSON",
    "PROJECT",
    "County",
    "Retention",
    "Rules",
    "Settings",
    "SettingsError",
    "host_of",
    "is_address",
    "is_encrypted_or_local",
    "lists_person",
    "load",
    "names_no_file",
    "other_kind",
    "others_may_read",
]

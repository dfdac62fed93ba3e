"""The section `[notify]` of the settings: who is told what, and by which channel."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import Any, Literal, Protocol

from cwac.setting_values import LOOPBACK, PERSON, SettingsError, is_address, is_encrypted_or_local, lists_person

Topic = Literal["digest", "assignments", "openings", "conflicts", "events", "counts"]
TOPICS: Mapping[Topic, str] = {
    "digest": "the weekly digest",
    "assignments": "changes to the shifts of its officers within a week",
    "openings": "positions still open 7 and 2 days before",
    "conflicts": "an officer double-booked by an edit",
    "events": "an event moved or canceled within a week",
    "counts": "a count of guests missing after 3 days",
}
"""What an agency can be told, and what that is."""

Channel = Literal["email", "teams", "slack", "google_chat"]
WEBHOOKS: tuple[Channel, ...] = ("teams", "slack", "google_chat")
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PASSWORD = "CWAC_SMTP_PASSWORD"


@dataclass(frozen=True, slots=True)
class AgencyNotices:
    """Who is told for one agency: addresses, and by channel the address of a webhook, which is a secret."""

    agency: str
    to: tuple[str, ...] = ()
    messages: tuple[Topic, ...] = tuple(TOPICS)
    webhooks: tuple[tuple[Channel, str], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Notify:
    """The settings of `[notify]`. Times are minutes since midnight in the sheet's zone; `digest_day` 0 is Monday.

    Nothing is sent from `quiet_from` to `quiet_to`; the same value for both means no quiet hours.
    """

    sender: str = ""
    server: str = ""
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    officer_domains: tuple[str, ...] = ()
    coordinators: tuple[str, ...] = ()
    quiet_from: int = 21 * 60
    quiet_to: int = 6 * 60
    digest_day: int = 0
    digest_time: int = 7 * 60
    agencies: tuple[AgencyNotices, ...] = ()


SECTION = "notify"
KEYS = (
    "sender", "server", "port", "security", "user", "password", "officer_domains", "coordinators", "quiet_hours",
    "digest_day", "digest_time", "agencies",
)  # fmt: skip
AGENCY_KEYS = ("to", "messages", *WEBHOOKS)


def read(table: Mapping[str, Any], environ: Mapping[str, str]) -> Notify | None:
    """The settings of the section; None where it is missing. Raises `SettingsError`.

    A password and a webhook may be written as `$NAME`: the variable of that name in the environment.
    """
    password = environ.get(PASSWORD)
    if not table:
        return None
    _refuse_unknown(table, KEYS, "[notify]")
    mail = _mail(table, environ, password)
    quiet_from, quiet_to = _hours(table.get("quiet_hours", "21:00-06:00"))
    agencies = table.get("agencies", {})
    if not isinstance(agencies, Mapping):
        raise SettingsError("agencies in [notify] must be sections of their own, such as [notify.agencies.WPD].")
    notices = tuple(_agency(name, value, environ) for name, value in agencies.items())
    notify = Notify(
        **mail,
        officer_domains=_domains(table.get("officer_domains", ())),
        coordinators=_addresses(table.get("coordinators", ()), "coordinators in [notify]"),
        quiet_from=quiet_from,
        quiet_to=quiet_to,
        digest_day=_day(table.get("digest_day", "Monday")),
        digest_time=_minutes(table.get("digest_time", "07:00"), "digest_time in [notify]"),
        agencies=notices,
    )
    needs_mail = notify.coordinators or notify.officer_domains or any(agency.to for agency in notices)
    if needs_mail and not notify.server:
        raise SettingsError("[notify] names people to write to, but no server: write server and sender there.")
    return notify


class Lists(Protocol):
    """The lists of `[access]`, for all counties or for one."""

    @property
    def viewers(self) -> tuple[str, ...]: ...
    @property
    def coordinators(self) -> tuple[str, ...]: ...


def refuse_trouble(notify: Notify, address: str | None, lists: Sequence[Lists]) -> None:
    """Raise `SettingsError` without an address of the dashboard, and for people whom no list lets in."""
    if address is None:
        raise SettingsError(
            'Every message of [notify] links to the dashboard: write address = "https://…" under [cwac].'
        )
    coordinators = {person for each in lists for person in each.coordinators}
    everybody = coordinators.union(*(each.viewers for each in lists))
    for person in notify.coordinators:
        if not lists_person(person, coordinators):
            raise SettingsError(f"coordinators in [notify] has {person}, who is not in coordinators under [access].")
    for agency in notify.agencies:
        for person in agency.to:
            if not lists_person(person, everybody):
                raise SettingsError(
                    f"[notify.agencies.{agency.agency}] writes to {person}, whom [access] does not let in: add the "
                    "address or its domain to viewers there, or take it away here."
                )


def holds_secret(table: Mapping[str, Any]) -> bool:
    """Whether the section itself holds a password or a webhook, rather than the name of a variable."""
    agencies = table.get("agencies")
    sections = agencies.values() if isinstance(agencies, Mapping) else ()
    typed = [table.get("password"), *(a.get(key) for a in sections if isinstance(a, Mapping) for key in WEBHOOKS)]
    return any(isinstance(value, str) and value.strip() and not value.startswith("$") for value in typed)


def _mail(table: Mapping[str, Any], environ: Mapping[str, str], password: str | None) -> dict[str, Any]:
    server, sender = _text(table, "server"), _text(table, "sender")
    security = _text(table, "security") or "starttls"
    if security not in ("starttls", "tls", "none"):
        raise SettingsError(f"security in [notify] must be starttls, tls or none, not {security[:40]!r}.")
    if server and not re.fullmatch(r"[A-Za-z0-9._:-]{1,253}", server):
        raise SettingsError("server in [notify] must be the name of a mail server, such as smtp.example.gov.")
    if security == "none" and server and server.lower() not in LOOPBACK:
        raise SettingsError(
            "security in [notify] is none, which sends names in plain sight of the network: write starttls or tls. "
            "Only a mail server on this machine may do without."
        )
    if bool(server) != bool(sender):
        raise SettingsError("[notify] needs both: server, which sends, and sender, the address that it sends from.")
    if sender and not is_address(parseaddr(sender)[1]):
        raise SettingsError(
            "sender in [notify] must be an address, such as coffee@example.gov or Coffee <coffee@example.gov>."
        )
    port = table.get("port", 465 if security == "tls" else 587)
    if isinstance(port, bool) or not isinstance(port, int) or not 1 <= port <= 65535:
        raise SettingsError("port in [notify] must be a whole number from 1 to 65535, such as 587.")
    user = _text(table, "user")
    secret = password if password is not None else _secret(_text(table, "password"), environ, "password in [notify]")
    if bool(user) != bool(secret):
        raise SettingsError(f"[notify] needs both user and password (or the variable {PASSWORD}), or neither.")
    return {
        "sender": sender, "server": server, "port": port, "security": security, "user": user, "password": secret,
    }  # fmt: skip


def _agency(name: str, table: object, environ: Mapping[str, str]) -> AgencyNotices:
    section = f"[notify.agencies.{name[:40]}]"
    if not isinstance(table, Mapping):
        raise SettingsError(f"{section} must be a section of its own, with to, messages or a webhook.")
    _refuse_unknown(table, AGENCY_KEYS, section)
    messages = table.get("messages", list(TOPICS))
    if not isinstance(messages, list) or not all(isinstance(topic, str) for topic in messages):
        raise SettingsError(f'messages in {section} must be a list, such as ["digest", "openings"].')
    for topic in messages:
        if topic not in TOPICS:
            raise SettingsError(f"messages in {section} does not know {topic[:40]!r}: {_meant(topic, tuple(TOPICS))}.")
    webhooks = tuple(
        (channel, _webhook(address, f"{channel} in {section}"))
        for channel in WEBHOOKS
        if (address := _secret(_text(table, channel, section), environ, f"{channel} in {section}"))
    )
    to = _addresses(table.get("to", ()), f"to in {section}")
    if not to and not webhooks:
        raise SettingsError(f"{section} tells nobody: write to, or one of {', '.join(WEBHOOKS)}, or take it away.")
    return AgencyNotices(name, to, tuple(topic for topic in TOPICS if topic in messages), webhooks)


def _webhook(address: str, name: str) -> str:
    """An https address; plain http only on this machine. The address is a secret, so no error repeats it."""
    if not is_encrypted_or_local(address):
        raise SettingsError(f"{name} must be the whole address of a webhook, which begins with https://.")
    return address


def _secret(typed: str, environ: Mapping[str, str], name: str) -> str:
    if not typed.startswith("$"):
        return typed
    value = environ.get(typed[1:], "").strip()
    if not value:
        raise SettingsError(f"{name} names the variable {typed[1:60]}, which is not set.")
    return value


def _text(table: Mapping[str, Any], key: str, section: str = "[notify]") -> str:
    value = table.get(key, "")
    if not isinstance(value, str) or "\n" in value or "\r" in value or len(value) > 2000:
        raise SettingsError(f"{key} in {section} must be text in quotes, on one line.")
    if key in table and not value.strip():
        raise SettingsError(f"{key} in {section} is empty: write a value, or take it away.")
    return value.strip()


def _strings(value: object, name: str, example: str) -> Sequence[str]:
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise SettingsError(f"{name} must be a list, such as {example}.")
    return [item.strip().lower() for item in value]


def _addresses(value: object, name: str) -> tuple[str, ...]:
    addresses = _strings(value, name, '["name@agency.gov"]')
    for address in addresses:
        if not is_address(address):
            raise SettingsError(f"{name} has {address[:60]!a}, which is no email address.")
    return tuple(dict.fromkeys(addresses))


def _domains(value: object) -> tuple[str, ...]:
    domains = [domain.removeprefix("@") for domain in _strings(value, "officer_domains in [notify]", '["agency.gov"]')]
    for domain in domains:
        if not PERSON.fullmatch(f"@{domain}"):
            raise SettingsError(
                f"officer_domains in [notify] has {domain[:60]!a}, which is no domain such as agency.gov."
            )
    return tuple(dict.fromkeys(domains))


def _hours(value: object) -> tuple[int, int]:
    start, dash, end = value.replace("–", "-").partition("-") if isinstance(value, str) else ("", "", "")
    if not dash:
        raise SettingsError('quiet_hours in [notify] must be two times, such as "21:00-06:00".')
    return _minutes(start, "quiet_hours in [notify]"), _minutes(end, "quiet_hours in [notify]")


def _minutes(value: object, name: str) -> int:
    match = re.fullmatch(r"\s*(\d{1,2}):(\d{2})\s*", value) if isinstance(value, str) else None
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:
        raise SettingsError(f'{name} must be a time of the day from 00:00 to 23:59, such as "07:00".')
    return int(match[1]) * 60 + int(match[2])


def _day(value: object) -> int:
    day = str(value).strip().lower()
    if day not in DAYS:
        raise SettingsError("digest_day in [notify] must be a day of the week, such as Monday.")
    return DAYS.index(day)


def _refuse_unknown(table: Mapping[str, Any], names: Sequence[str], section: str) -> None:
    for key in table:
        if key not in names:
            shown = key if key.isprintable() and len(key) <= 60 else repr(key[:60])
            raise SettingsError(f"{section} does not know {shown}: {_meant(key, names)}.")


def _meant(typed: str, names: Sequence[str]) -> str:
    near = difflib.get_close_matches(typed.lower(), names, 1, 0.6)
    return f"did you mean {near[0]}? Known are {', '.join(names)}" if near else f"known are {', '.join(names)}"

"""The section `[notify]` of the settings: who is told what, and by which channel."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from cwac.settings.connections import County
from cwac.settings.schema import Settings, SettingsSection, Typed
from cwac.settings.values import (
    LOOPBACK,
    PERSON,
    SettingsError,
    is_address,
    is_encrypted_or_local,
    lists_person,
    meant,
    refuse_unknown,
    text_of,
)

Topic = Literal["digest", "assignments", "openings", "conflicts", "events", "counts"]
TOPICS: tuple[Topic, ...] = get_args(Topic)
Channel = Literal["email", "teams", "slack", "google_chat"]
WEBHOOKS: tuple[Channel, ...] = ("teams", "slack", "google_chat")
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PASSWORD = "CWAC_SMTP_PASSWORD"  # noqa: S105 - the name of a variable


@dataclass(frozen=True, slots=True)
class AgencyNotices:
    """Who is told for one agency: addresses, and by channel the address of a webhook, which is a secret."""

    agency: str
    to: tuple[str, ...] = ()
    messages: tuple[Topic, ...] = TOPICS
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


KEYS = (
    "sender", "server", "port", "security", "user", "password", "officer_domains", "coordinators", "quiet_hours",
    "digest_day", "digest_time", "agencies",
)  # fmt: skip


def read(typed: Typed) -> Notify | None:
    """The settings of the section, None where it is missing; a secret `$NAME` is a variable. Raises `SettingsError`."""
    table, environ = typed.table("notify"), typed.environ
    if not table:
        return None
    refuse_unknown("[notify]", table, KEYS)
    mail = _mail(table, environ)
    quiet = table.get("quiet_hours", "21:00-06:00")
    start, dash, end = quiet.replace("–", "-").partition("-") if isinstance(quiet, str) else ("", "", "")
    if not dash:
        raise SettingsError("quiet_hours in [notify]", 'must be two times, such as "21:00-06:00"')
    day = str(table.get("digest_day", "Monday")).strip().lower()
    if day not in DAYS:
        raise SettingsError("digest_day in [notify]", "must be a day of the week, such as Monday")
    agencies = table.get("agencies", {})
    if not isinstance(agencies, Mapping):
        raise SettingsError("agencies in [notify]", "must be sections of their own, such as [notify.agencies.WPD]")
    notify = Notify(
        **mail,
        officer_domains=_addresses(table.get("officer_domains", ()), "officer_domains in [notify]", domains=True),
        coordinators=_addresses(table.get("coordinators", ()), "coordinators in [notify]"),
        quiet_from=_minutes(start, "quiet_hours in [notify]"),
        quiet_to=_minutes(end, "quiet_hours in [notify]"),
        digest_day=DAYS.index(day),
        digest_time=_minutes(table.get("digest_time", "07:00"), "digest_time in [notify]"),
        agencies=tuple(_agency(name, value, environ) for name, value in agencies.items()),
    )
    needs_mail = notify.coordinators or notify.officer_domains or any(agency.to for agency in notify.agencies)
    if needs_mail and not notify.server:
        raise SettingsError("[notify]", "names people to write to, but no server", "write server and sender there.")
    return notify


def refuse_trouble(settings: Settings) -> None:
    """Raise `SettingsError` without an address of the dashboard, and for people whom no list lets in."""
    notify = settings.section(Notify)
    if notify is None:
        return
    if settings.address is None:
        raise SettingsError(
            "Every message of [notify]", "links to the dashboard", 'write address = "https://…" under [cwac].'
        )
    lists: Sequence[Settings | County] = (settings, *settings.counties)
    coordinators = {person for each in lists for person in each.coordinators}
    everybody = coordinators.union(*(each.viewers for each in lists))
    for person in notify.coordinators:
        if not lists_person(person, coordinators):
            fault = f"has {person}, who is not in coordinators under [access]"
            raise SettingsError("coordinators in [notify]", fault)
    for agency in notify.agencies:
        for person in agency.to:
            if not lists_person(person, everybody):
                raise SettingsError(
                    f"[notify.agencies.{agency.agency}]",
                    f"writes to {person}, whom [access] does not let in",
                    "add the address or its domain to viewers there, or take it away here.",
                )


def holds_secret(table: Mapping[str, Any]) -> bool:
    """Whether the section itself holds a password or a webhook, rather than the name of a variable."""
    agencies = table.get("agencies")
    sections = agencies.values() if isinstance(agencies, Mapping) else ()
    typed = [table.get("password"), *(a.get(key) for a in sections if isinstance(a, Mapping) for key in WEBHOOKS)]
    return any(isinstance(value, str) and value.strip() and not value.startswith("$") for value in typed)


def _mail(table: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    from email.utils import parseaddr  # it imports socket and random, which most commands need not

    server, sender = _text(table, "server"), _text(table, "sender")
    security = _text(table, "security") or "starttls"
    if security not in ("starttls", "tls", "none"):
        raise SettingsError("security in [notify]", f"must be starttls, tls or none, not {security[:40]!r}")
    if server and not re.fullmatch(r"[A-Za-z0-9._:-]{1,253}", server):
        raise SettingsError("server in [notify]", "must be the name of a mail server, such as smtp.example.gov")
    if security == "none" and server and server.lower() not in LOOPBACK:
        raise SettingsError(
            "security in [notify]",
            "is none, which sends names in plain sight of the network",
            "write starttls or tls. Only a mail server on this machine may do without.",
        )
    if bool(server) != bool(sender):
        both = "server, which sends, and sender, the address that it sends from."
        raise SettingsError("[notify]", "needs both", both)
    if sender and not is_address(parseaddr(sender)[1]):
        example = "coffee@example.gov or Coffee <coffee@example.gov>"
        raise SettingsError("sender in [notify]", f"must be an address, such as {example}")
    port = table.get("port", 465 if security == "tls" else 587)
    if isinstance(port, bool) or not isinstance(port, int) or not 1 <= port <= 65535:
        raise SettingsError("port in [notify]", "must be a whole number from 1 to 65535, such as 587")
    user, password = _text(table, "user"), environ.get(PASSWORD)
    if password is None:
        password = _secret(_text(table, "password"), environ, "password in [notify]")
    if bool(user) != bool(password):
        raise SettingsError("[notify]", f"needs both user and password (or the variable {PASSWORD}), or neither")
    return {
        "sender": sender, "server": server, "port": port, "security": security, "user": user, "password": password,
    }  # fmt: skip


def _agency(name: str, table: object, environ: Mapping[str, str]) -> AgencyNotices:
    section = f"[notify.agencies.{name[:40]}]"
    if not isinstance(table, Mapping):
        raise SettingsError(section, "must be a section of its own, with to, messages or a webhook")
    refuse_unknown(section, table, ("to", "messages", *WEBHOOKS))
    messages = table.get("messages", list(TOPICS))
    if not isinstance(messages, list) or not all(isinstance(topic, str) for topic in messages):
        raise SettingsError(f"messages in {section}", 'must be a list, such as ["digest", "openings"]')
    if unknown := next((topic for topic in messages if topic not in TOPICS), None):
        raise SettingsError(
            f"messages in {section}", f"does not know {unknown[:40]!r}", meant(unknown, TOPICS)
        )  # fmt: skip
    webhooks: list[tuple[Channel, str]] = []
    for channel in WEBHOOKS:
        name_of_key = f"{channel} in {section}"
        address = _secret(_text(table, channel, section), environ, name_of_key)
        if address and not is_encrypted_or_local(address):  # a secret, which no error repeats
            raise SettingsError(name_of_key, "must be the whole address of a webhook, which begins with https://")
        webhooks += [(channel, address)] if address else []
    to = _addresses(table.get("to", ()), f"to in {section}")
    if not to and not webhooks:
        somebody = f"write to, or one of {', '.join(WEBHOOKS)}, or take it away."
        raise SettingsError(section, "tells nobody", somebody)
    return AgencyNotices(name, to, tuple(topic for topic in TOPICS if topic in messages), tuple(webhooks))


def _secret(typed: str, environ: Mapping[str, str], name: str) -> str:
    if not typed.startswith("$"):
        return typed
    value = environ.get(typed[1:], "").strip()
    if not value:
        raise SettingsError(name, f"names the variable {typed[1:60]}, which is not set")
    return value


def _text(table: Mapping[str, Any], key: str, section: str = "[notify]") -> str:
    text = text_of(table.get(key), f"{key} in {section}") or ""
    if "\n" in text or "\r" in text or len(text) > 2000:
        raise SettingsError(f"{key} in {section}", "must be text in quotes, on one line")
    if key in table and not text:
        raise SettingsError(f"{key} in {section}", "is empty", "write a value, or take it away.")
    return text


def _addresses(value: object, name: str, *, domains: bool = False) -> tuple[str, ...]:
    """The addresses in lower case, or the domains, with or without an @ before them."""
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        example = '["agency.gov"]' if domains else '["name@agency.gov"]'
        raise SettingsError(name, f"must be a list, such as {example}")
    listed = [item.strip().lower() for item in value]
    listed = [item.removeprefix("@") for item in listed] if domains else listed
    for item in listed:
        if not (PERSON.fullmatch(f"@{item}") if domains else is_address(item)):
            what = "no domain such as agency.gov" if domains else "no email address"
            raise SettingsError(name, f"has {item[:60]!a}, which is {what}")
    return tuple(dict.fromkeys(listed))


def _minutes(value: object, name: str) -> int:
    match = re.fullmatch(r"\s*(\d{1,2}):(\d{2})\s*", value) if isinstance(value, str) else None
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:
        raise SettingsError(name, 'must be a time of the day from 00:00 to 23:59, such as "07:00"')
    return int(match[1]) * 60 + int(match[2])


SECTION = SettingsSection("notify", read, variables=(PASSWORD,), refuse=refuse_trouble, holds_secret=holds_secret)

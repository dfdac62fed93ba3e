"""Who may look (sign-in, the lists of `[access]`, this machine only), and whether people can sign in."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cwac.access import ENTRA
from cwac.checks.finding import NETWORK, PROVIDER, Finding, failed, passed, skipped, warned
from cwac.checks.machine import Unreachable, get
from cwac.settings import Settings, host_of, is_encrypted_or_local
from cwac.settings.loading import AUTH_KEYS, MIN_SECRET_LENGTH
from cwac.sources.http_calls import json_object

CHECK = "access"
_NOBODY_SIGNS_IN = "[access] names viewers or coordinators, and nobody can sign in, as there is no [auth]."
_SET_UP = "Set up [auth] (docs/operate/sign-in.md); local = true under [access] is for this machine alone."


def findings(settings: Settings) -> Iterator[Finding]:
    """One finding for each risk; otherwise one that says who may look."""
    risks = [*unsafe(settings), *warnings(settings)]
    yield from risks or [_audience(settings)]


def unsafe(settings: Settings) -> Iterator[Finding]:
    """Combinations with which the dashboard does not start."""
    if settings.local and not settings.sample and not settings.auth and _is_public(settings):
        local = "treats every request from this machine, even one through a careless proxy, as a coordinator's"
        found = f"public = true opens the dashboard to others, and local = true {local}."
        yield failed(CHECK, found, "Remove one of them.")


def warnings(settings: Settings) -> Iterator[Finding]:
    """Combinations that work but may surprise."""
    if settings.local and settings.auth:
        yield warned(CHECK, "local = true has no effect with [auth]: everybody signs in.", "Remove one of them.")
    listed = _lists_people(settings)
    if listed and not settings.auth and not settings.sample and (settings.local or _is_public(settings)):
        yield warned(CHECK, _NOBODY_SIGNS_IN, _SET_UP)
    is_public = any(own.public for own in settings.by_county().values())
    if settings.auth and not settings.sample and not listed and not is_public:
        found = "Nobody who signs in sees anything: [access] names neither viewers nor coordinators."
        yield warned(CHECK, found, "Write their addresses there.")
    if settings.workbook and everybody_may_read(Path(settings.workbook)):
        found = f"{settings.workbook} may hold officers' names, and everybody on this machine may read it:"
        yield warned("workbook-mode", found, f"run chmod o-r {shlex.quote(settings.workbook)}")


def everybody_may_read(path: Path) -> bool:
    """Whether every user of this machine can read the file; False on Windows, a read-only mount, or without a file."""
    if os.name != "posix" or not path.is_file() or os.statvfs(path).f_flag & os.ST_RDONLY:
        return False
    is_in_closed_folder = any(not folder.stat().st_mode & 0o001 for folder in path.resolve().parents)
    return bool(path.stat().st_mode & 0o004) and not is_in_closed_folder


def _audience(settings: Settings) -> Finding:
    if settings.sample:
        return passed(CHECK, "The sample is open to everybody who reaches the dashboard.")
    strangers = "strangers see what is public" if _is_public(settings) else "strangers see nothing"
    if settings.auth:
        listed = f"{len(settings.viewers)} in viewers, {len(settings.coordinators)} in coordinators"
        return passed(CHECK, f"People sign in ({listed}); {strangers}.")
    if settings.local:
        return passed(CHECK, "One browser on this machine, with the address that the start prints (local = true).")
    if _is_public(settings):
        return passed(CHECK, "Everybody sees what is public, and nobody can sign in to see more.")
    if _lists_people(settings):
        return failed(CHECK, _NOBODY_SIGNS_IN, _SET_UP)
    remedy = "Write local = true under [access] to try it on this machine, or set up [auth] and [access] for others."
    return failed(CHECK, "A sheet is configured, but not who may see it, so nothing is shown.", remedy)


def reads_by_link(settings: Settings) -> bool:
    """Whether a sheet, perhaps that of one county among several, is read without signing in."""
    return any(own.reads == "link" for own in settings.by_county().values())


def _lists_people(settings: Settings) -> bool:
    return any(own.viewers or own.coordinators for own in settings.by_county().values())


def _is_public(settings: Settings) -> bool:
    return settings.public or any(county.public for county in settings.counties)


CALLBACK = "/oauth2callback"
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_SAFE_LETTERS = 8
"""Different characters that a random secret has at least."""
MAKE_SECRET = 'python3 -c "import secrets; print(secrets.token_urlsafe(32))"'  # noqa: S105 - makes one


def sign_in(auth: Mapping[str, Any]) -> Iterator[Finding]:
    if not auth:
        yield skipped("sign-in", "There is no [auth] section: nobody signs in.")
        return
    if missing := missing_keys(auth):
        nested = any(isinstance(value, Mapping) for value in auth.values())
        where = "directly under [auth], not under a section of the provider" if nested else "under [auth]"
        remedy = f"Write {'them' if len(missing) > 1 else 'it'} {where}."
        yield failed("sign-in", f"[auth] is missing {', '.join(missing)}.", remedy)
    else:
        yield passed("sign-in", "[auth] has the five lines that sign-in needs.")
    if "redirect_uri" not in missing:
        yield redirect(auth["redirect_uri"])
    if "cookie_secret" not in missing:
        yield cookie_secret(auth["cookie_secret"])
    yield from scope(auth.get("client_kwargs"))
    if "server_metadata_url" not in missing:
        yield from provider(auth["server_metadata_url"])


def missing_keys(auth: Mapping[str, Any]) -> list[str]:
    """The lines without which nobody can sign in."""
    return [name for name in AUTH_KEYS if not isinstance(auth.get(name), str) or not auth[name].strip()]


def redirect(address: str) -> Finding:
    """The address that people come back to must be https, and Streamlit's own path."""
    check = "sign-in-redirect"
    typed = address.replace(":{port}", "")  # which Streamlit fills in
    host = host_of(typed)
    remedy = f"Write https://{host or 'coffee.example.gov'}{CALLBACK}"
    if not host:
        return failed(check, "redirect_uri is not an address.", remedy)
    if urlsplit(typed).path != CALLBACK:
        found = f"redirect_uri must end in {CALLBACK}, right behind the host's name."
        return failed(check, found, f"{remedy}, here and at the sign-in service.")
    if not is_encrypted_or_local(typed):
        return failed(check, "redirect_uri does not begin with https://.", remedy)
    return passed(check, f"People come back to {host} after signing in; the sign-in service must know that address.")


def cookie_secret(secret: str) -> Finding:
    check = "sign-in-cookie"
    if len(secret) < MIN_SECRET_LENGTH or len(set(secret)) < _SAFE_LETTERS:
        return failed(check, "cookie_secret can be guessed: anybody who does can sign in as anyone.",
                      f"Make one with {MAKE_SECRET}")  # fmt: skip
    return passed(check, f"cookie_secret has {len(secret)} characters.")


def scope(client_kwargs: object) -> Iterator[Finding]:
    """A failure if the settings ask for a scope without the email address."""
    typed = client_kwargs.get("scope") if isinstance(client_kwargs, Mapping) else None
    if typed is not None and not {"openid", "email"} <= set(str(typed).split()):
        found = "scope in client_kwargs leaves out openid or email, so nobody's address is known."
        yield failed("sign-in-scope", found, 'Write scope = "openid profile email", or delete it.')


def provider(address: str) -> Iterator[Finding]:
    """The provider's discovery document: reachable, sane, and whether addresses come verified."""
    check, host = "sign-in-provider", urlsplit(address).hostname or "the sign-in service"
    try:
        answer = get(address)
    except Unreachable as error:
        remedy = "Check server_metadata_url, and that this machine may call it."
        yield failed(check, f"{host} was not reached: {error}.", remedy, NETWORK)
        return
    document = json_object(answer.body)
    if answer.status != 200 or not document:
        found = f"{host} did not answer with a discovery document (HTTP {answer.status})."
        yield failed(check, found, "Correct server_metadata_url: it ends in /.well-known/openid-configuration.")
        return
    yield _wrong_in(document, address) or passed(check, f"{host} answers with its discovery document.")
    yield verified_email(document)


def _wrong_in(document: Mapping[str, Any], address: str) -> Finding | None:
    check = "sign-in-provider"
    issuer = str(document.get("issuer", ""))
    if "{" in issuer or any(part in urlsplit(address).path.split("/") for part in ("common", "organizations")):
        return failed(check, "server_metadata_url is for accounts of every organization.",
                      "Write your directory's own ID in place of common or organizations.")  # fmt: skip
    for name in _ENDPOINTS:
        endpoint = str(document.get(name, ""))
        if not urlsplit(endpoint).hostname:
            return failed(check, f"The discovery document has no {name}.", "Correct server_metadata_url.")
        if not is_encrypted_or_local(endpoint):
            return failed(check, f"{name} of the provider is not https.", "Use a provider with TLS.", PROVIDER)
    if issuer.rstrip("/") != address.partition("/.well-known/")[0].rstrip("/"):
        return warned(check, "The issuer in the discovery document is not the address that it came from.",
                      "Check server_metadata_url letter by letter.")  # fmt: skip
    return None


def verified_email(document: Mapping[str, Any]) -> Finding:
    """Whether the provider says that an address is verified: without that nobody gets in."""
    check = "sign-in-verified-email"
    claims = document.get("claims_supported")
    if isinstance(claims, list) and "email_verified" in claims:
        return passed(check, "The sign-in service says whether an address is verified (email_verified).")
    if str(document.get("issuer", "")).startswith(ENTRA):
        found = "Microsoft Entra never sends email_verified."
        remedy = "Add the optional claims email and xms_edov to the app's ID token, as the operators' guide says."
    else:
        found = "The sign-in service does not list email_verified among its claims; without it nobody gets in."
        remedy = "Ask for the claim to be sent, then sign in once to see."
    return warned(check, found, remedy, PROVIDER)

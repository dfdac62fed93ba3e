"""Who may look: sign-in, the lists of `[access]`, or this machine only."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from pathlib import Path

from cwac.checks.finding import Finding, failed, passed, warned
from cwac.settings import Settings

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

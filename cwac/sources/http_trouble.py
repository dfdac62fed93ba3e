"""What HTTP libraries raise and servers ask for, in the words of a sentence."""

from __future__ import annotations

import datetime as dt
import email.utils
import logging
import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import requests
from urllib3.exceptions import NameResolutionError, NewConnectionError, ReadTimeoutError

from cwac import logs
from cwac.clock import read_clock
from cwac.model import RemedyStep, SourceUnavailable
from cwac.sources.deadline import TooLate

log = logging.getLogger(__name__)

MOST_SECONDS = 86_400.0
"""The longest Retry-After: a day."""


def seconds_of(retry_after: str | None) -> float | None:
    """Retry-After, in seconds or as a date, as seconds from now; at most a day."""
    if not retry_after:
        return None
    typed = retry_after.strip()
    if typed.isdecimal():
        return min(float(typed), MOST_SECONDS)
    try:
        until = email.utils.parsedate_to_datetime(typed)
        left = (until.replace(tzinfo=until.tzinfo or dt.UTC) - read_clock()).total_seconds()
    except (ValueError, OverflowError):
        return None
    return min(max(left, 0.0), MOST_SECONDS)


@cache  # a file of this package, which does not change while the process runs
def _table(whom: str) -> list[dict[str, Any]]:
    text = resources.files("cwac.sources").joinpath("refusals.toml").read_text(encoding="utf-8")
    rows: list[dict[str, Any]] = tomllib.loads(text)[whom]
    return rows


def explain_by_table(
    table: str, words: Collection[str], names: Mapping[str, object], wait: str | None = None
) -> SourceUnavailable:
    """The first row of a table of `refusals.toml` that these words of a refusal match.

    `names` are what its texts have in braces, `wait` is the answer's Retry-After.
    """
    said = set(words)
    row = next(row for row in _table(table) if any(said.issuperset(words_of.split()) for words_of in row["on"]))
    passes = row.get("passes", False)
    steps = [by(who, do.format_map(names)) for who, do in row.get("remedy", ())]
    return SourceUnavailable(
        row["cause"],
        row["sentence"].format_map(names),
        steps or [waiting(GOOGLE.what if table in ("google", "link") else MICROSOFT.what, row.get("lasts", ""))],
        permanent=not passes,
        retry_after=seconds_of(wait) if passes and row["cause"] != "bad-answer" else None,
    )


def by(who: str, do: str) -> RemedyStep:
    """A step that this person must take, or that anybody can."""
    return RemedyStep(f"{who}: " if who else "", do)


def waiting(what: str, lasts: str = "") -> RemedyStep:
    """The step of those who wait until `what` is read again; `lasts` says what to do if that does not help."""
    wait = f"Nothing to do: the {what} is read again in a while."
    return RemedyStep(f"{wait} If this lasts, ", lasts) if lasts else RemedyStep("", wait)


def one_word(codes: Iterable[str]) -> str:
    """The first of the codes that is a plain word, after a comma; empty if none is."""
    return next((f", {code}" for code in sorted(codes) if re.fullmatch(r"\w{1,60}", code)), "")


class Service(NamedTuple):
    """A service that is asked for a sheet or workbook, and what can be wrong with any HTTP answer of it."""

    name: str
    what: str

    def unreachable(self, why: str) -> SourceUnavailable:
        """It could not be reached, as the clause `why` says."""
        steps = [waiting(self.what, "look at the internet connection of this server.")]
        return SourceUnavailable("unreachable", f"{self.name} could not be reached: {why}.", steps, permanent=False)

    def bad_answer(self, why: str = "could not be read") -> SourceUnavailable:
        """Its answer cannot be used, as the end of the sentence `why` says."""
        return SourceUnavailable("bad-answer", f"{self.name}'s answer {why}.", [waiting(self.what)], permanent=False)

    def explain(self, error: Exception) -> SourceUnavailable:
        """An exception of a fetch; one that is not of the network is logged, without its message."""
        if isinstance(error, SourceUnavailable):
            return error
        if isinstance(error, TooLate):
            return self.unreachable(f"it did not answer within {error.seconds:.3g} seconds")
        if isinstance(error, requests.exceptions.ChunkedEncodingError | requests.exceptions.ContentDecodingError):
            return self.bad_answer("was cut off")
        if isinstance(error, OSError):  # those of requests, too
            return self.unreachable(_why_unreachable(error))
        if not isinstance(error, ValueError):
            # ValueError: not JSON, or not that of the service (a hotel's sign-in page). For the rest: a dozen libraries
            # are between here and there, and no exception of theirs may break a page.
            log.error("Unexpected %s while reading the %s at %s", type(error).__name__, self.what, logs.place(error))
        return self.bad_answer()


GOOGLE, MICROSOFT = Service("Google", "sheet"), Service("Microsoft", "workbook")


def _why_unreachable(error: Exception) -> str:
    """Why there was no answer, as a clause."""
    inner = error.args[0] if error.args else None
    reason = getattr(inner, "reason", inner)
    if isinstance(error, requests.Timeout) or isinstance(reason, ReadTimeoutError):
        return "it did not answer in time"
    if isinstance(error, requests.exceptions.SSLError):
        return "no secure connection could be made"
    if isinstance(reason, NameResolutionError):
        return "its name could not be looked up"
    if isinstance(reason, NewConnectionError):
        return "no connection could be made"
    return "the connection broke off"

"""What HTTP libraries raise and servers ask for, in the words of a sentence."""

from __future__ import annotations

import datetime as dt
import email.utils
import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Any

import requests
from urllib3.exceptions import NameResolutionError, NewConnectionError, ReadTimeoutError

from cwac.clock import read_clock
from cwac.model import SourceUnavailable

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


def explain_by_table(whom: str, words: set[str], names: Mapping[str, object], wait: str | None) -> SourceUnavailable:
    """The first row of `refusals.toml` that these words of a refusal match. `names` are what its texts have in braces.

    `wait` is the answer's Retry-After.
    """
    row = next(row for row in _table(whom) if any(words.issuperset(words_of.split()) for words_of in row["on"]))
    passes = row.get("passes", False)
    return SourceUnavailable(
        row["cause"],
        row["sentence"].format_map(names),
        row["remedy"].format_map(names),
        permanent=not passes,
        retry_after=seconds_of(wait) if passes and row["cause"] != "bad-answer" else None,
    )


def one_word(codes: Iterable[str]) -> str:
    """The first of the codes that is a plain word, after a comma; empty if none is."""
    return next((f", {code}" for code in sorted(codes) if re.fullmatch(r"\w{1,60}", code)), "")


def is_cut_off(error: Exception) -> bool:
    """Whether the answer came, but not whole."""
    return isinstance(error, requests.exceptions.ChunkedEncodingError | requests.exceptions.ContentDecodingError)


def why_unreachable(error: Exception) -> str:
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


def unreachable(whom: str, what: str, why: str) -> SourceUnavailable:
    """`whom` could not be reached, as the clause `why` says; `what` is read again."""
    return SourceUnavailable(
        "unreachable",
        f"{whom} could not be reached: {why}.",
        f"Nothing to do: the {what} is read again in a while. If this lasts, look at the internet connection of this "
        "server.",
        permanent=False,
    )


def bad_answer(whom: str, what: str, why: str) -> SourceUnavailable:
    """An answer of `whom` that cannot be used, as the end of the sentence `why` says; `what` is read again."""
    return SourceUnavailable(
        "bad-answer",
        f"{whom}'s answer {why}.",
        f"Nothing to do: the {what} is read again in a while.",
        permanent=False,
    )

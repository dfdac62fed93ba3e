"""One finding: what was checked, the result, what was found, and the next step with the person who must take it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cwac.model import SourceUnavailable

Result = Literal["PASS", "WARN", "FAIL", "SKIP"]

OPERATOR = "the person who runs the dashboard"
SHEET_OWNER = "the owner of the sheet"
CLOUD = "the administrator of the Google Cloud project"
DIRECTORY = "the administrator of Microsoft Entra and Microsoft 365"
NETWORK = "the network administrator"
PROVIDER = "the administrator of the sign-in service"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding, without keys, secrets or names from the sheet; `check` is a stable name, `next` may be empty."""

    check: str
    result: Result
    found: str
    next: str = ""
    whose: str = ""

    @property
    def sentence(self) -> str:
        """What was found and the next step, as the log says it."""
        return f"{self.found} {self.next}".strip()


def passed(check: str, found: str) -> Finding:
    return Finding(check, "PASS", found)


def skipped(check: str, found: str) -> Finding:
    return Finding(check, "SKIP", found)


def warned(check: str, found: str, next: str, whose: str = OPERATOR) -> Finding:
    return Finding(check, "WARN", found, next, whose)


def failed(check: str, found: str, next: str, whose: str = OPERATOR) -> Finding:
    return Finding(check, "FAIL", found, next, whose)


def of_trouble(check: str, trouble: SourceUnavailable, whose: str = OPERATOR, result: Result = "FAIL") -> Finding:
    """A source that cannot be read. Its remedy names the person who must act; here that is `whose`."""
    # "Nothing to do" is for those who look at a page and wait: here somebody has come to find the cause.
    remedy = " ".join(step.do[:1].upper() + step.do[1:] for step in trouble.steps)
    return Finding(check, result, trouble.sentence, remedy, whose if remedy else "")

"""A message before it has a form: headings and lines of plain text with links; and why one was not sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from urllib.parse import quote, urlencode

from cwac.one_line import one_line

TIMEOUT = 10.0
"""Seconds for each step of a connection."""
DEADLINE = 30.0
"""Seconds for a whole message, however slowly the service answers."""


@dataclass(frozen=True, slots=True)
class _OneLine:
    """Puts its texts on one line: a line break or a reversed text in a cell would forge lines of a message."""

    def __post_init__(self) -> None:
        for name in (field.name for field in fields(self)):
            value = getattr(self, name)
            if isinstance(value, str):
                value = one_line(value)
            elif isinstance(value, tuple):
                value = tuple(one_line(each) if isinstance(each, str) else each for each in value)
            object.__setattr__(self, name, value)


@dataclass(frozen=True, slots=True)
class MessageLine(_OneLine):
    """`words`, which `link` opens; what there is to say; and as `action` a label and an address, which may be empty."""

    words: str
    detail: str = ""
    link: str | None = None
    action: tuple[str, str] | None = None

    @property
    def text(self) -> str:
        return f"{self.words}: {self.detail}" if self.detail else self.words


@dataclass(frozen=True, slots=True)
class MessageSection(_OneLine):
    """Lines under a heading, how many more were left out, and a link that opens all of them."""

    heading: str
    lines: tuple[MessageLine, ...]
    left_out: int = 0
    link: str | None = None

    @property
    def more(self) -> str:
        return f"and {self.left_out} more" if self.left_out else ""

    @property
    def count(self) -> int:
        return len(self.lines) + self.left_out


@dataclass(frozen=True, slots=True)
class AgencyPart(_OneLine):
    """What a message says about one agency of one county; `link` opens the dashboard."""

    title: str
    sections: tuple[MessageSection, ...]
    link: str = ""


@dataclass(frozen=True, slots=True)
class Message(_OneLine):
    """`subject` names nobody, as it is shown on locked phones. `reason` says why the recipient gets the message."""

    subject: str
    parts: tuple[AgencyPart, ...]
    reason: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses of the dashboard's pages, for an agency. `county` is empty where one sheet is served."""

    address: str
    county: str = ""
    agency: str = ""

    def page(self, name: str, **query: str) -> str:
        chosen = {"county": self.county, "agency": self.agency} | query
        pairs = {key: value for key, value in chosen.items() if value}
        return f"{self.address}/{name}" + (f"?{urlencode(pairs, quote_via=quote)}" if pairs else "")

    def event(self, event_id: str) -> str:
        return self.page("calendar", event=event_id)


def section(
    heading: str, lines: Iterable[MessageLine], limit: int, link: str | None = None
) -> tuple[MessageSection, ...]:
    """A section of at most `limit` lines; none without lines."""
    every = tuple(lines)
    return (MessageSection(heading, every[:limit], max(len(every) - limit, 0), link),) if every else ()


def lines_of(parts: Sequence[AgencyPart]) -> int:
    """How many lines all sections have, with those left out."""
    return sum(each.count for part in parts for each in part.sections)


@dataclass(eq=False)
class NotSent(Exception):  # noqa: N818 - the name says what happened, to people
    """A message that was not sent: what was found, and the remedy, for the operator and without any secret.

    `maybe_arrived`: the connection broke after the message was handed over, so it may have arrived. `permanent`: the
    same try will fail again until somebody changes something. `for_all`: so will one for anybody else of this channel.
    `retry_after` is how many seconds the service asks to wait.
    """

    found: str
    remedy: str = ""
    maybe_arrived: bool = False
    permanent: bool = False
    for_all: bool = False
    retry_after: float | None = None

    def __str__(self) -> str:
        return f"{self.found.removesuffix('.')}: {self.remedy}" if self.remedy else self.found

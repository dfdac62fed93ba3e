"""Tokens of the API: feed tokens whose scope is a tier, made by coordinators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote

from cwac import access
from cwac.access import Viewer
from cwac.model import Snapshot

Tier = Literal["public", "agency", "coordinator"]


@dataclass(frozen=True, slots=True)
class ApiScope:
    """What a token may read: what strangers, the liaison of these agencies, or coordinators may see."""

    tier: Tier
    agencies: tuple[str, ...] = ()

    def __str__(self) -> str:
        names = (name.replace("%", "%25").replace("|", "%7C") for name in self.agencies)
        return f"api:{self.tier}{':' + '|'.join(names) if self.agencies else ''}"

    @property
    def viewer(self) -> Viewer:
        if self.tier == "coordinator":
            return access.COORDINATOR
        return Viewer("liaison", self.agencies) if self.tier == "agency" else access.PUBLIC

    @property
    def words(self) -> str:
        of = f" of {', '.join(self.agencies)}" if self.agencies else ""
        return f"API, {'liaison' if self.tier == 'agency' else self.tier}{of}"


def parse(text: str) -> ApiScope | None:
    """The scope from its `str()`; None if the text is the scope of a calendar, or of nothing."""
    agencies = tuple(unquote(name) for name in text.removeprefix("api:agency:").split("|") if name)
    scopes = ApiScope("public"), ApiScope("coordinator"), ApiScope("agency", agencies)
    return next((scope for scope in scopes if str(scope) == text), None)


def read(text: str) -> tuple[str, ApiScope | None]:
    """The county and scope that `feeds.write_scope` encoded."""
    if not text.startswith("in "):
        return "", parse(text)
    county, _, scope = text.removeprefix("in ").partition(", ")
    return county, parse(scope)


def words_of(text: str) -> str | None:
    scope = read(text)[1]
    return scope.words if scope is not None else None


def choices(snapshot: Snapshot) -> dict[str, ApiScope]:
    """Whose view -> scope of each token that a coordinator may make."""
    return {
        "What everybody sees": ApiScope("public"),
        **{f"What {agency.short} sees": ApiScope("agency", (agency.short,)) for agency in snapshot.agencies},
        "What coordinators see": ApiScope("coordinator"),
    }

"""What the API offers the core."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cwac.addons import Addon

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from cwac.web.session import Session


def _routes() -> Iterable[BaseRoute]:
    from cwac.api.routes import ROUTES

    return ROUTES


def _under_subscribe(session: Session) -> None:
    from cwac.api.panel import show

    show(session)


def _token_words(text: str) -> str | None:
    from cwac.api.tokens import read

    scope = read(text)[1]
    return scope.words if scope is not None else None


ADDON = Addon(routes=_routes, sections={"subscribe": _under_subscribe}, token_words=_token_words)

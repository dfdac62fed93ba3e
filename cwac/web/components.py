"""Our own elements in the browser, as Streamlit gets to know them."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

PACKAGE = Path(__file__).resolve().parent.parent


@cache
def ours(name: str, **files: Any) -> Callable[..., Any]:
    """The component of that name in `cwac/pyproject.toml`. Not at import: Streamlit looks for them as it starts."""
    _introduce()
    return st.components.v2.component(f"cwac.{name}", **files)


@cache
def _introduce() -> None:
    """Streamlit finds those of installed projects; Community Cloud installs what this one needs, but not itself."""
    manager = get_bidi_component_manager()
    if manager.get_metadata("cwac.calendar") is None:
        written = tomllib.loads((PACKAGE / "pyproject.toml").read_text(encoding="utf-8"))
        listed = [ComponentConfig.from_dict(one) for one in written["tool"]["streamlit"]["component"]["components"]]
        manager.register_from_manifest(ComponentManifest("cwac", "", listed), PACKAGE)

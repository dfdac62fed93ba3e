"""Our own browser components, as Streamlit knows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from cwac.web import streamlit_compat

PACKAGE = Path(__file__).resolve().parent.parent


@cache
def ours(name: str, **files: Any) -> Callable[..., Any]:
    """The component of that name in `cwac/pyproject.toml`. Not at import: Streamlit scans for them as it starts."""
    streamlit_compat.register_components(PACKAGE, "cwac.calendar")
    component = st.components.v2.component(f"cwac.{name}", **files)

    def mount(data: Mapping[str, object], **options: Any) -> Any:
        # Streamlit spends 0.15 ms on checking whether a list is a table, and no time on a tuple.
        return component(data={key: tuple(v) if isinstance(v, list) else v for key, v in data.items()}, **options)

    return mount

"""Draw blocks."""

from __future__ import annotations

from typing import Any

from cwac.web.blocks.content import Block
from cwac.web.components import ours


def draw(key: str, *blocks: Block, **options: Any) -> None:
    """Draw blocks below each other. A click on an event opens its dialog; a click on a page shows that page."""
    component = ours("blocks", css="blocks.css", js="blocks.js", isolate_styles=False)
    component(key=f"blocks-{key}", data={"blocks": list(blocks)}, **options)

"""QR codes of addresses, for pages and for paper."""

from __future__ import annotations

import io

LONGEST = 900
"""Characters of the longest address that phones still read from paper."""


def fits(address: str | None) -> bool:
    """Whether there is an address, and phones can scan its code."""
    return address is not None and len(address) <= LONGEST


def qr_code(address: str, *, border: int = 4) -> str:
    """The address as a QR code, an SVG of black on white.

    `border` is the quiet zone in modules, which must be 4 where anything but white paper is around it.
    """
    import segno

    image = io.BytesIO()
    # One fixed mask takes a fraction of the time of the best, which counts for a site with 2,000 codes.
    segno.make(address, error="m", micro=False, mask=3).save(
        image, kind="svg", xmldecl=False, omitsize=True, border=border, light="#fff"
    )
    return image.getvalue().decode()

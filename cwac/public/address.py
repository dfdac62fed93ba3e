"""Where strangers find an event."""

from collections.abc import Collection

from cwac import access
from cwac.exports.addresses import short_address
from cwac.settings import Settings


def public_address(settings: Settings, counties: Collection[str], county: str) -> str | None:
    """The beginning of the addresses of a county's events; None where strangers would meet the sign-in page."""
    return short_address(settings.address, counties, county) if access.may_enter(access.PUBLIC, settings) else None

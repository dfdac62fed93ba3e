"""Links to maps."""

from __future__ import annotations

from urllib.parse import urlencode

from cwac.analysis.events import town_of
from cwac.model import Event


def directions(event: Event) -> str | None:
    """Google Maps directions to the venue's coordinates, else to what is known of its address; None if nothing is."""
    venue, town = event.venue, town_of(event) or event.town_text
    here = (venue.name, venue.street, venue.town or town) if venue else (event.venue_text, town)
    known = [part for part in here if part]
    if venue is not None and venue.latitude is not None and venue.longitude is not None:
        to = f"{venue.latitude},{venue.longitude}"
    elif known:
        to = ", ".join([*known, "California"])
    else:
        return None
    return "https://www.google.com/maps/dir/?" + urlencode({"api": "1", "destination": to})

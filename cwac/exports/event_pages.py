"""What the public site says about one event: for people, for search engines, and for other programs."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from cwac.analysis.attendance import total
from cwac.analysis.events import directions, is_live, where
from cwac.exports.guest_words import guests_in
from cwac.exports.spanish import Language, day_in, short_day_in, short_time_in, state_in, words, zone_in
from cwac.model import USUAL_TITLE, Event, Snapshot

STATE = "California"

_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}")
_OTHER = re.compile(r"[^A-Za-z0-9_-]+")
_SCHEMA = "https://schema.org/"


EventFacts = Mapping[str, Any]
"""What the templates say about one event, from `facts`."""


def title_in(language: Language, event: Event) -> str:
    """The event's title: that of the program in this language, or another one as typed."""
    return words(language)["title"] if event.title == USUAL_TITLE else event.title


def is_still_open(event: Event, today: dt.date) -> bool:
    """Whether people may still come, so that what is not known of the event will be told."""
    return is_live(event) and event.status != "Completed" and event.date >= today


def place_in(language: Language, event: Event, today: dt.date) -> str:
    """The place as typed; else a set phrase, which in Spanish promises to tell it only while people may still come."""
    if _is_place_known(event):
        return where(event)
    return words(language)["place_not_known" if is_still_open(event, today) else "place_was_not_known"]


def _is_place_known(event: Event) -> bool:
    return bool(event.venue or event.venue_text or event.town_text or event.town)


def page_names(names: Iterable[str], reserved: Collection[str] = ("index",)) -> Mapping[str, str]:
    """Name -> a file name in plain letters, which is the name itself where it can be; no two differ in case alone."""
    pages: dict[str, str] = {}
    taken = set(reserved)
    for name in sorted(names):
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
        page = name
        if not _PLAIN_NAME.fullmatch(name):
            page = f"{_OTHER.sub('-', name).strip('-')[:60]}-{digest[:8]}".lstrip("-")
        if page.casefold() in taken:
            page = f"{page[:60]}-{digest[:16]}"
        taken.add(page.casefold())
        pages[name] = page
    return pages


def county_folders(counties: Iterable[str]) -> Mapping[str, str]:
    """County -> its folder in addresses, which is never that of the Spanish pages."""
    return page_names(counties, ("index", "es"))


def _agency_names(event: Event, snapshot: Snapshot) -> list[str]:
    by_short = snapshot.agency_by_short
    return [by_short[short].name if short in by_short else short for short in event.agencies]


def facts(
    event: Event,
    snapshot: Snapshot,
    pages: Mapping[str, str],
    styles: Mapping[str, str],
    replacements: Mapping[str, Event],
    language: Language = "en",
) -> EventFacts:
    """The event in words of one language. `replacements` is the ID of an event -> the one that replaces it.

    `page` is the name of its page, without folder and ending; the `style` of an agency is the class with its color in
    the stylesheet. `state` is empty for a confirmed event; `moved_to` and `moved_from` are a page and the day there.
    `title` and `where` are as typed, which is never translated, unless they are set phrases.
    """

    def moved(other: Event | None) -> tuple[str, str] | None:
        if other is None:
            return None
        return pages[other.id], short_day_in(language, other.date, snapshot.today, after_article=True)

    coming = event.date >= snapshot.today
    guests = None
    if event.status == "Completed" and not coming:
        guests = guests_in(language, total(snapshot.headcounts_by_event.get(event.id, ())))
    time = short_time_in(language, event.start, event.end, is_open=is_still_open(event, snapshot.today))
    zone = zone_in(language, snapshot.timezone) if event.start else ""
    street, town = event.venue.street if event.venue else None, event.town and f"{event.town}, {STATE}"
    state = state_in(language, event.status or "Tentative", event.cancel_reason)
    agencies = zip(event.agencies, _agency_names(event, snapshot), strict=True)
    return {
        "page": pages[event.id],
        "title": title_in(language, event),
        "is_title_typed": event.title != USUAL_TITLE,
        "iso": _moment(event.date, event.start, snapshot),
        "day": short_day_in(language, event.date, snapshot.today),
        "long_day": day_in(language, event.date),
        "time": time,
        "zone": zone,
        "zoned_time": f"{time}{' ' if language == 'en' else ', '}{zone}" if zone else time,
        "where": place_in(language, event, snapshot.today),
        "is_where_typed": _is_place_known(event),
        "address": ", ".join(filter(None, [street, town])),
        "town": event.town or "",
        "agencies": [{"name": name, "style": styles.get(short, "a")} for short, name in agencies],
        "state": "" if event.status == "Confirmed" else state,
        "called_off": event.status in ("Cancelled", "Postponed"),
        "coming": coming,
        "notes": event.public_notes or "",
        "guests": guests or "",
        "map_link": directions(event),
        "moved_to": moved(replacements.get(event.id)),
        "moved_from": moved(snapshot.event_by_id.get(event.replaces or "")),
    }


def _moment(day: dt.date, time: dt.time | None, snapshot: Snapshot) -> str:
    """ISO 8601 with the offset of the sheet's zone on that day; only the day where the time is not known."""
    if time is None:
        return day.isoformat()
    return dt.datetime.combine(day, time, ZoneInfo(snapshot.timezone)).isoformat()


# --- for search engines -----------------------------------------------------------------------------------------------


def structured_data(
    event: Event, snapshot: Snapshot, address: str | None, language: Language = "en"
) -> Mapping[str, Any]:
    """The event as schema.org's `Event`, for JSON-LD. `address` is that of its page in this language."""
    earlier = snapshot.event_by_id.get(event.replaces or "")
    status = event.status if event.status in ("Cancelled", "Postponed") else "Rescheduled" if earlier else "Scheduled"
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": f"{title_in(language, event)}, {place_in(language, event, snapshot.today)}",
        "startDate": _moment(event.date, event.start, snapshot),
        "eventStatus": f"{_SCHEMA}Event{status}",
        "eventAttendanceMode": f"{_SCHEMA}OfflineEventAttendanceMode",
        "isAccessibleForFree": True,
        "location": _place(event, snapshot.today, language),
        "organizer": [
            {"@type": "GovernmentOrganization", "name": name}
            for name in _agency_names(event, snapshot) or [words(language)["title"]]
        ],
        # Not as the event's own `inLanguage`: that would promise that the event is held in Spanish.
        "mainEntityOfPage": {"@type": "WebPage", "inLanguage": language},
    }
    if event.start is not None and event.end is not None and event.end > event.start:
        data["endDate"] = _moment(event.date, event.end, snapshot)
    if earlier is not None:
        data["previousStartDate"] = _moment(earlier.date, earlier.start, snapshot)
    if event.public_notes:
        data["description"] = event.public_notes
    if address is not None:
        data["url"] = data["mainEntityOfPage"]["@id"] = address
    return data


def _place(event: Event, today: dt.date, language: Language) -> Mapping[str, Any]:
    venue = event.venue
    known = {"addressLocality": event.town, "streetAddress": venue and venue.street}
    address = {"@type": "PostalAddress", "addressRegion": "CA", "addressCountry": "US"} | {
        name: words for name, words in known.items() if words
    }
    name = venue.name if venue else place_in(language, event, today)
    place: dict[str, Any] = {"@type": "Place", "name": name, "address": address}
    if venue is not None and venue.latitude is not None and venue.longitude is not None:
        place["geo"] = {"@type": "GeoCoordinates", "latitude": venue.latitude, "longitude": venue.longitude}
    return place

"""What strangers are told about an event, on its page and on paper: its address and QR code, its facts, its guests."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from cwac import release
from cwac.analysis.attendance import Total, Turnout, total
from cwac.analysis.events import directions, is_half_typed, is_live, where
from cwac.analysis.words import people
from cwac.exports.spanish import Language, day_in, short_day_in, short_time_in, state_in, words, zone_in
from cwac.model import USUAL_TITLE, Event, Snapshot

STATE = "California"
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


def structured_data(
    event: Event, snapshot: Snapshot, address: str | None, language: Language = "en"
) -> Mapping[str, Any]:
    """The event as schema.org's `Event`, for JSON-LD. `address` is that of its page in this language."""
    earlier = snapshot.event_by_id.get(event.replaces or "")
    status = event.status if event.status in ("Cancelled", "Postponed") else "Rescheduled" if earlier else "Scheduled"
    venue = event.venue
    known = {"addressLocality": event.town, "streetAddress": venue and venue.street}
    address_there = {"@type": "PostalAddress", "addressRegion": "CA", "addressCountry": "US"}
    address_there |= {name: text for name, text in known.items() if text}
    place = venue.name if venue else place_in(language, event, snapshot.today)
    location: dict[str, Any] = {"@type": "Place", "name": place, "address": address_there}
    if venue is not None and venue.latitude is not None and venue.longitude is not None:
        location["geo"] = {"@type": "GeoCoordinates", "latitude": venue.latitude, "longitude": venue.longitude}
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": f"{title_in(language, event)}, {place_in(language, event, snapshot.today)}",
        "startDate": _moment(event.date, event.start, snapshot),
        "eventStatus": f"{_SCHEMA}Event{status}",
        "eventAttendanceMode": f"{_SCHEMA}OfflineEventAttendanceMode",
        "isAccessibleForFree": True,
        "location": location,
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


# --- addresses and their QR codes ---------------------------------------------------------------------------------


def page_names(names: Iterable[str], reserved: Collection[str] = ("index",)) -> Mapping[str, str]:
    """Name -> a file name in plain letters, which is the name itself where it can be; no two differ in case alone."""
    pages: dict[str, str] = {}
    taken = set(reserved)
    for name in sorted(names):
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
        page = name
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}", name):
            page = f"{re.sub(r'[^A-Za-z0-9_-]+', '-', name).strip('-')[:60]}-{digest[:8]}".lstrip("-")
        if page.casefold() in taken:
            page = f"{page[:60]}-{digest[:16]}"
        taken.add(page.casefold())
        pages[name] = page
    return pages


def county_folders(counties: Iterable[str]) -> Mapping[str, str]:
    """County -> its folder in addresses, which is never that of the Spanish pages."""
    return page_names(counties, ("index", "es"))


def short_address(address: str | None, counties: Iterable[str], county: str) -> str | None:
    """The beginning of the short addresses of a county's events; None where the dashboard's address is not known."""
    if address is None:
        return None
    folder = folder_of(counties, county)
    return f"{address}/e/{folder}{'/' if folder else ''}"


def event_address(beginning: str, event_id: str) -> str:
    """An event's short address, with its ID as the query where a server or proxy could refuse it in a path, as `..`."""
    as_query = re.search(r"[/\\?#%:\x00-\x1f\x7f]|^\.+$", event_id)
    return f"{beginning}{'?' if as_query else ''}{quote(event_id, safe='', errors='replace')}"


def folder_of(counties: Iterable[str], county: str) -> str:
    """The county's folder in addresses, empty where one sheet is served."""
    names = tuple(counties)
    return county_folders(names)[county] if len(names) > 1 else ""


def has_lasting_page(event: Event, snapshot: Snapshot) -> bool:
    """Whether strangers find the event, under an address that may be printed: one made from its row can change."""
    is_public = release.release(event, release.held_values(snapshot)) is not None
    return is_public and not event.made_id and not is_half_typed(event, snapshot)


def fits(address: str | None) -> bool:
    """Whether there is an address, and phones can still read its code from paper."""
    return address is not None and len(address) <= 900


def qr_code(address: str, *, border: int = 4) -> str:
    """The address as an SVG, black on white; `border` must be 4 modules where anything but white paper is around it."""
    import segno

    image = io.BytesIO()
    # One fixed mask takes a fraction of the time of the best, which counts for a site with 2,000 codes.
    segno.make(address, error="m", micro=False, mask=3).save(
        image, kind="svg", xmldecl=False, omitsize=True, border=border, light="#fff"
    )
    return image.getvalue().decode()


# --- guests -------------------------------------------------------------------------------------------------------


def guests_in(language: Language, total: Total) -> str | None:
    """`18 guests`, `about 40 guests`, `35 to 40 guests`, `30 or more guests`; None if they were not counted."""
    if total.best is None:
        return None
    if total.high is not None and total.low is not None and people(total.low) != people(total.high):
        return words(language)["guests_range"].format(low=people(total.low), high=people(total.high))
    form = "guests_or_more" if total.high is None else "guests_about" if total.estimated else "guests"
    return _counted(language, form, total.best)


def _counted(language: Language, form: str, guests: float) -> str:
    count = people(guests)
    return words(language)[form.replace("guests", "one_guest") if count == "1" else form].format(count=count)


def totals_in(language: Language, turnout: Turnout, *, is_over: bool) -> str:
    """`12 events held, about 218 guests`, for a quarter that is over or still runs."""
    phrases = words(language)
    if not turnout.held:
        return phrases["no_event_held" if is_over else "no_event_yet"]
    held = phrases["one_event_held"] if turnout.held == 1 else phrases["events_held"].format(count=f"{turnout.held:,}")
    if turnout.guests is None:
        return held
    form = "guests_about" if turnout.estimated else "guests_at_least" if turnout.missing else "guests"
    return f"{held}, {_counted(language, form, turnout.guests)}"


def caveat_in(language: Language, turnout: Turnout) -> str:
    """`4 of 7 open-ended, 6 estimated, 1 not counted`, `none counted`; empty where every count is exact."""
    phrases = words(language)
    if turnout.guests is None:
        return phrases["none_counted"] if turnout.held else ""
    parts = [(f"{count:,}", phrases[kind]) for kind, count in turnout.inexact.items()]
    if parts:
        parts[0] = (phrases["of_all"].format(count=parts[0][0], all=f"{turnout.held:,}"), parts[0][1])
    return ", ".join(f"{count} {kind}" for count, kind in parts)

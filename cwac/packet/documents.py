"""The documents of one event: briefing, flyer, news release, venue letter, count sheet, table card and more."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cwac.exports.event_pages import fits, qr_code
from cwac.exports.spanish import LANGUAGES, words
from cwac.packet import release
from cwac.packet.facts import PUBLIC, VERSION, MissingFact
from cwac.packet.layouts import SHIPPED, Theme
from cwac.sheet import schema

_WORD_FILE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

Make = Callable[[Mapping[str, Any], Mapping[str, str], Theme], bytes]


@dataclass(frozen=True, slots=True)
class Document:
    """One document of the packet. `keys` are the parts of the data that it is made from; nothing else reaches it.

    `facts` are those that it shows, or the beginnings of their names up to a period: of what is missing, only these are
    marked in it. `after` documents are made once the event's day is over.
    """

    name: str
    label: str
    ending: str
    mime: str
    keys: tuple[str, ...]
    facts: tuple[str, ...]
    make: Make
    after: bool = False

    def file(self, data: Mapping[str, Any], missing: Sequence[MissingFact] = (), look: Theme = SHIPPED) -> bytes:
        """The document. Raises `TemplateError` where a template or seal of the agency's own cannot be used."""
        return self.make(self.part_of(data), self.holes(missing), look)

    def part_of(self, data: Mapping[str, Any]) -> dict[str, Any]:
        return {key: data[key] for key in self.keys}

    def holes(self, missing: Sequence[MissingFact]) -> dict[str, str]:
        groups = tuple(fact for fact in self.facts if fact.endswith("."))
        return {hole.fact: hole.words for hole in missing if hole.fact in self.facts or hole.fact.startswith(groups)}


def _page(name: str) -> Make:
    return lambda data, holes, look: look.to_pdf(name, contents(name, data, holes))


def contents(name: str, data: Mapping[str, Any], holes: Mapping[str, str]) -> dict[str, Any]:
    """What a layout gets: the data, the holes as fact -> words, the QR codes, the set phrases, and what is its own."""
    asked = data.get("feedback", {})
    forms = {"door": data.get("door"), **{f"feedback_{language}": asked.get(language) for language in LANGUAGES}}
    addresses = {place: data["links"][place] for place in ("map", "page")}
    addresses |= {form: link and link["address"] for form, link in forms.items()}
    page: dict[str, Any] = {
        "version": VERSION,
        "document": name,
        "data": data,
        "holes": holes,
        "qr": {of: qr_code(address, border=2) if fits(address) else None for of, address in addresses.items()},
        "words": {language: words(language) for language in LANGUAGES},
    }
    if name == "venue-letter":
        page["paragraphs"] = release.as_json(release.venue_letter(data, holes))
    if name == "count-sheet":
        page["columns"] = {
            tab.name: [column.header for column in tab.columns if name in column.shown]
            for tab in (schema.ATTENDANCE, schema.FOLLOW_UPS)
        }
        categories = schema.FOLLOW_UPS.column("category").labels
        page["choices"] = {"category": categories, "method": schema.ATTENDANCE.column("method").labels}
    return page


_PDF = ("pdf", "application/pdf")
_EVENT = ("when.", "place.", "agencies")
_RELEASE = (*_EVENT, "press.", "boilerplate.", "release.")
_STAFF = (*PUBLIC, "site", "people", "open_positions", "bilingual_needed")

TABLE_CARD = "table-card"
DOCUMENTS: tuple[Document, ...] = (
    Document(
        "briefing", "Officer briefing", *_PDF, (*_STAFF, "internal_notes", "topics", "door"),
        (*_EVENT, "site.", "people", "people."), _page("briefing"),
    ),
    Document("flyer", "Flyer", *_PDF, (*PUBLIC, "feedback"), _EVENT, _page("flyer")),
    Document("flyer-half", "Half-page flyer", *_PDF, (*PUBLIC, "feedback"), _EVENT, _page("flyer-half")),
    Document(TABLE_CARD, "Table card", *_PDF, (*PUBLIC, "feedback", "county"), (), _page(TABLE_CARD)),
    Document(
        "release", "News release", "docx", _WORD_FILE, (*PUBLIC, "press", "release"), _RELEASE,
        lambda data, holes, _: release.to_docx(release.news_release(data, holes), "News release"),
    ),
    Document(
        "release", "News release as text", "txt", "text/plain", (*PUBLIC, "press", "release"), _RELEASE,
        lambda data, holes, _: release.to_text(release.news_release(data, holes)),
    ),
    Document(
        "release-es", "News release in Spanish", "docx", _WORD_FILE, (*PUBLIC, "press", "release"), _RELEASE,
        lambda data, holes, _: release.to_docx(release.news_release(data, holes, "es"), "Comunicado"),
    ),
    Document(
        "venue-letter", "Venue letter", *_PDF, (*PUBLIC, "press", "site"),
        (*_EVENT, "site.contact", "site.backup", "press.contact"), _page("venue-letter"),
    ),
    Document("count-sheet", "Count sheet", *_PDF, (*PUBLIC, "door"), _EVENT, _page("count-sheet")),
    Document(
        "after-action", "After-action page and thank-you list", *_PDF, (*_STAFF, "results"),
        (*_EVENT, "site.contact", "people", "results."), _page("after-action"), True
    ),
)  # fmt: skip
"""In the order of their work. Flyers and table card are for everybody; release and letter leave the building."""

FLYER = next(document for document in DOCUMENTS if document.name == "flyer")
FLYERS = tuple(document for document in DOCUMENTS if document.name.startswith("flyer"))


def documents(event: Mapping[str, Any], *, residents_asked: bool = False) -> tuple[Document, ...]:
    """The documents that this event (of the data) has; the table card only where residents have a form."""
    made = (document for document in DOCUMENTS if residents_asked or document.name != TABLE_CARD)
    return tuple(document for document in made if why_not(document, event) is None)


def reasons_against(event: Mapping[str, Any]) -> tuple[str, ...]:
    """Why the event lacks some of the documents that others of its day have."""
    reasons = (why_not(document, event) for document in DOCUMENTS if not document.after)
    return tuple(dict.fromkeys(reason for reason in reasons if reason))


def why_not(document: Document, event: Mapping[str, Any]) -> str | None:
    """Why an event has no such document now, in a sentence; None where it has.

    Nobody is invited to an event that is over; a canceled one has a notice for the door until its day is over.
    """
    if document.after:
        return None if event["past"] else "The after-action page is made once the day is over."
    if event["phase"] == "not closed" and document.name != "count-sheet":
        return (
            "The day is over, and the sheet does not say whether the event took place: set its Status to Completed, "
            "Canceled or Postponed."
        )
    if event["phase"] == "off" and document.name in ("count-sheet", TABLE_CARD):
        return "There is nothing to count: the event is called off."
    if document.name in ("briefing", "flyer", "flyer-half", TABLE_CARD) and (event["past"] or event["phase"] == "held"):
        return "The event is over: there is nobody to brief or invite."
    return None


def file_stem(data: Mapping[str, Any]) -> str:
    """`2026-10-07-EV-012`: the date and the ID, with nothing that a file name cannot have."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", data["event"]["id"]).strip("-")[:60]
    return f"{data['when']['date']}-{plain or 'event'}"

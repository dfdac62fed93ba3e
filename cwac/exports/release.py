"""The news release and the venue letter as paragraphs, written as .docx, as plain text or by a layout as PDF."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from cwac.analysis.funders import names_ots
from cwac.exports.spanish import Language, listed, phrases
from cwac.exports.tables import xml_text
from cwac.one_line import one_line

Kind = Literal["note", "heading", "text", "item"]


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of text; `missing` marks a fact that the sheet lacks, in brackets."""

    text: str
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Paragraph:
    """`note` is for the person who sends the document, who deletes it."""

    kind: Kind
    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        return "".join(part.text for part in self.parts)


class _Facts:
    """The facts of the data as parts of a sentence."""

    def __init__(self, data: Mapping[str, Any], holes: Mapping[str, str], language: Language) -> None:
        self.data, self.holes, self.language = data, holes, language
        self.words = phrases(language)

    def hole(self, fact: str) -> Part | None:
        return Part(f"[{self.holes[fact]}]", missing=True) if fact in self.holes else None

    def fact(self, fact: str, value: str | None) -> tuple[Part, ...]:
        if value:
            return (Part(value),)
        hole = self.hole(fact)
        return (hole,) if hole else ()

    @property
    def agencies(self) -> tuple[Part, ...]:
        return self.fact("agencies", listed(self.language, [agency["name"] for agency in self.data["agencies"]]))

    @property
    def place(self) -> tuple[Part, ...]:
        """Venue, street and town, or what is missing of them."""
        place = self.data["place"]
        parts: list[Part] = []
        for name in ("venue", "street", "town"):
            inside = name == "town" and place["town"] and _names_town(place)
            for part in () if inside else self.fact(f"place.{name}", place[name]):
                parts += [Part(", ")] if parts else []
                parts.append(part)
        return tuple(parts)

    @property
    def time(self) -> tuple[Part, ...]:
        time = self.fact("when.time", self.data["when"]["time"][self.language])
        end = () if self.data["when"]["end"] else self.fact("when.end", None)
        return (*time, Part(" "), *end) if end else time

    @property
    def day(self) -> str:
        return str(self.data["when"]["day"][self.language])

    @property
    def state(self) -> str | None:
        return self.words.get(self.data["event"]["status"])

    @property
    def title(self) -> str:
        event = self.data["event"]
        return self.words["title"] if event["usual_title"] else str(event["title"])

    @property
    def press_contact(self) -> tuple[Part, ...]:
        contact = self.data["press"][0]["contact"] if self.data["press"] else None
        return self.fact("press.contact", contact)


def _names_town(place: Mapping[str, Any]) -> bool:
    return not place["street"] and place["town"].casefold() in (place["venue"] or "").casefold()


def _paragraph(kind: Kind, *parts: str | Part | tuple[Part, ...]) -> Paragraph:
    flat: list[Part] = []
    for part in parts:
        flat += [Part(part)] if isinstance(part, str) else [part] if isinstance(part, Part) else part
    return Paragraph(kind, tuple(flat))


def news_release(data: Mapping[str, Any], holes: Mapping[str, str], language: Language = "en") -> list[Paragraph]:
    facts = _Facts(data, holes, language)
    words, release = facts.words, data["release"]
    town = data["place"]["town"] or ""
    lead = [f"{town}, California – "] if town else []
    invite = words["invite_many"] if len(data["agencies"]) > 1 else words["invite_one"]
    written = [
        _paragraph("note", f"Send it by {release['ten_days']} (10 working days before), at the latest by "
                   f"{release['five_days']} (5). Release due: ", facts.fact("release.due", release["due"]),
                   f". Release sent: {release['sent'] or 'not yet'}. Then delete this line."),
        *([_paragraph("note", words["sample"])] if data["sample"] else []),
        *([_paragraph("note", facts.state)] if facts.state else []),
        _paragraph("text", words["for_release"]),
        _paragraph("text", words["press_contact"], ": ", facts.press_contact),
        _paragraph("heading", facts.title, f": {town}, " if town else ": ", facts.day),
        _paragraph("text", *lead, facts.agencies, f" {invite} {words['title']} {words['on']} {facts.day}, ",
                   facts.time, f", {words['at']} ", facts.place, "."),
        _paragraph("text", f"{words['no_agenda']} {words['invitation']}"),
        _paragraph("text", words["quote"]),
    ]  # fmt: skip
    if data["public_notes"]:
        written.append(_paragraph("text", f"{words['note']}: {data['public_notes']}"))
    if release["funding"]:
        written.append(_paragraph("text", funding_sentence(release["funding"], words)))
    for agency in data["press"]:
        about = facts.fact(f"boilerplate.{agency['short']}", agency["boilerplate"])
        written.append(_paragraph("text", f"{words['about']} {agency['name']}: ", about))
    return [*written, _paragraph("text", "###")]


def funding_sentence(funding: str, words: Mapping[str, str]) -> str:
    """The sentence that Funding says or that its grant is known to ask for, else a line to fill in.

    Funding is an internal cell: only a whole sentence, of five words or more with a period, is taken from it.
    """
    text = funding.strip()
    if text.endswith(".") and len(text.split()) >= 5:
        return text
    return words["ots"] if names_ots(text) else words["funding"]


def venue_letter(data: Mapping[str, Any], holes: Mapping[str, str]) -> list[Paragraph]:
    facts = _Facts(data, holes, "en")
    site, lead = data["site"], data["agencies"][0]["name"] if data["agencies"] else "the agencies"
    backup = facts.fact("site.backup", site["backup"])
    return [
        *([_paragraph("note", facts.words["sample"])] if data["sample"] else []),
        *([_paragraph("note", facts.state)] if facts.state else []),
        _paragraph("text", facts.fact("site.contact", site["contact"])),
        _paragraph("text", facts.place),
        _paragraph("heading", f"{facts.title}, {facts.day}"),
        _paragraph("text", "Thank you for opening your doors to your neighbors and to us. We look forward to being "
                   "with you on ", facts.day, ", ", facts.time, "."),
        _paragraph("text", "With us: ", facts.agencies, "."),
        _paragraph("text", "What we ask of you:"),
        _paragraph("item", "A few tables where people can sit down with an officer, and room to pass."),
        _paragraph("item", "That nobody has to buy anything to take part."),
        _paragraph("item", "Parking for our guests, and for a patrol car or two near the door."),
        _paragraph("item", "A word to your staff of that shift, and our flyer at your door or counter."),
        _paragraph("text", "If smoke, fire or an emergency closes your doors that day, we move to the backup venue, ",
                   backup, ", and tell you first."),
        _paragraph("text", "On the day, ask: ", facts.press_contact, "."),
        _paragraph("text", "With thanks,"),
        _paragraph("text", lead),
    ]  # fmt: skip


def as_json(paragraphs: Sequence[Paragraph]) -> list[dict[str, Any]]:
    return [
        {"kind": each.kind, "parts": [{"text": part.text, "missing": part.missing} for part in each.parts]}
        for each in paragraphs
    ]


def to_text(paragraphs: Sequence[Paragraph]) -> bytes:
    return ("\n\n".join(xml_text(one_line(each.text)) for each in paragraphs) + "\n").encode()


def _mark(paragraph: Any) -> None:
    """Draw a bar in the margin beside the paragraph."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    borders, left = OxmlElement("w:pBdr"), OxmlElement("w:left")
    for name, value in (("val", "single"), ("sz", "24"), ("space", "6"), ("color", "000000")):
        left.set(qn(f"w:{name}"), value)
    borders.append(left)
    paragraph._p.get_or_add_pPr().insert_element_before(
        borders, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )


def to_docx(paragraphs: Sequence[Paragraph], title: str) -> bytes:
    """A Word file: notes in italics, what is missing highlighted."""
    from docx import Document
    from docx.enum.text import WD_COLOR_INDEX

    document, file = Document(), io.BytesIO()
    document.core_properties.title, document.core_properties.author = title, ""
    document.core_properties.comments = ""
    for each in paragraphs:
        written = document.add_heading(level=1) if each.kind == "heading" else document.add_paragraph()
        if any(part.missing for part in each.parts):
            _mark(written)
        for part in each.parts:
            run = written.add_run(xml_text(part.text))
            run.italic = each.kind == "note" or None
            if part.missing or each.kind == "note":
                run.font.highlight_color = WD_COLOR_INDEX.YELLOW
    document.save(file)
    return file.getvalue()

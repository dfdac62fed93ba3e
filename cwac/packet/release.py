"""The news release and the venue letter as paragraphs, written as .docx, as plain text or by a layout as PDF."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from cwac.analysis.events import names_ots
from cwac.exports.spanish import Language, day_in, listed, words
from cwac.exports.tables import xml_text
from cwac.one_line import one_line

Kind = Literal["note", "heading", "text", "item"]


@dataclass(frozen=True, slots=True)
class TextPart:
    """A piece of text; `missing` marks a fact that the sheet lacks, in brackets."""

    text: str
    missing: bool = False


_Text = str | TextPart


@dataclass(frozen=True, slots=True)
class Paragraph:
    """`note` is for the person who sends the document, who deletes it."""

    kind: Kind
    parts: tuple[TextPart, ...]

    @property
    def text(self) -> str:
        return "".join(part.text for part in self.parts)


class _Facts:
    def __init__(self, data: Mapping[str, Any], holes: Mapping[str, str], language: Language) -> None:
        self.data, self.holes, self.language = data, holes, language
        self.words = words(language)

    def hole(self, fact: str) -> TextPart | None:
        return TextPart(f"[{self.holes[fact]}]", missing=True) if fact in self.holes else None

    def fact(self, fact: str, value: str | None) -> tuple[TextPart, ...]:
        if value:
            return (TextPart(value),)
        hole = self.hole(fact)
        return (hole,) if hole else ()

    @property
    def agencies(self) -> tuple[TextPart, ...]:
        return self.fact("agencies", listed(self.language, [agency["name"] for agency in self.data["agencies"]]))

    def place(self, place: Mapping[str, Any] | None = None) -> tuple[TextPart, ...]:
        """Venue, street and town of the event, or what is missing of them; or those of another place."""
        here = self.data["place"] if place is None else place
        parts: list[TextPart] = []
        names_town = not here["street"] and (here["town"] or "").casefold() in (here["venue"] or "").casefold()
        for name in ("venue", "street", "town"):
            inside = name == "town" and here["town"] and names_town
            fact = self.fact(f"place.{name}", here[name] or None) if place is None or here[name] else ()
            for part in () if inside else fact:
                parts += [TextPart(", ")] if parts else []
                parts.append(part)
        return tuple(parts)

    def at_place(self, place: Mapping[str, Any] | None = None) -> tuple[_Text, ...]:
        parts = self.place(place)
        return (f"{self.words['at']} ", *parts) if parts else ()

    @property
    def time(self) -> tuple[_Text, ...]:
        if self.data["event"]["phase"] == "off" and not self.data["when"]["time"][self.language]:
            return ()
        time = self.fact("when.time", self.data["when"]["time"][self.language])
        if self.data["when"]["end"]:
            return time
        end = self.fact("when.end", None)
        return (*self._with_article(time), " ", *end) if end else self._with_article(time)

    def _with_article(self, time: tuple[TextPart, ...]) -> tuple[TextPart, ...]:
        """A start alone, which in a Spanish sentence has an article: `a las 8:00 a. m.`."""
        if self.language != "es" or not time or time[0].missing:
            return time
        return (TextPart(f"{'a la' if time[0].text.startswith('1:') else 'a las'} {time[0].text}"),)

    @property
    def day(self) -> str:
        """The day in a sentence, where Spanish has it after an article."""
        return _day(self.language, self.data["when"])

    def new_date(self, here: str | None = None) -> tuple[_Text, ...]:
        """When and where an event that is called off takes place instead; empty where that is not to be said.

        `here` are the words for its own place, where that stays the same.
        """
        moved = self.data["moved_to"]
        if moved is None:
            return (self.words["new_date_later"],) if self.data["event"]["status"] == "Postponed" else ()
        time = tuple(TextPart(each) for each in (moved["time"][self.language],) if each)
        day = self.words["new_date_is"].format(day=_day(self.language, moved))
        stays = here is not None and moved["place"] == self.data["place"] and moved["place"]["venue"]
        place = (here,) if here is not None and stays else self.at_place(moved["place"])
        return (*_listed((day,), time if moved["end"] else self._with_article(time), place), ".")

    def of_hosts(self, phrase: str) -> str:
        """The phrase that goes on after the agencies, in the singular or plural, with the event's title and day."""
        many = "many" if len(self.data["agencies"]) > 1 else "one"
        return self.words[f"{phrase}_{many}"].format(title=self.title, day=self.day)

    @property
    def state(self) -> str | None:
        return self.words.get(self.data["event"]["status"])

    @property
    def title(self) -> str:
        event = self.data["event"]
        return self.words["title"] if event["usual_title"] else str(event["title"])

    @property
    def press_contact(self) -> tuple[TextPart, ...]:
        contact = self.data["press"][0]["contact"] if self.data["press"] else None
        return self.fact("press.contact", contact)


def _day(language: Language, when: Mapping[str, Any]) -> str:
    return day_in(language, dt.date.fromisoformat(when["date"]), after_article=True)


def _listed(*groups: tuple[_Text, ...]) -> Iterator[_Text]:
    for number, group in enumerate(group for group in groups if group):
        yield from (", ", *group) if number else group


def _paragraph(kind: Kind, *parts: _Text | tuple[TextPart, ...]) -> Paragraph:
    flat: list[TextPart] = []
    for part in parts:
        flat += [TextPart(part)] if isinstance(part, str) else [part] if isinstance(part, TextPart) else part
    return Paragraph(kind, tuple(part for part in flat if part.text))


def news_release(data: Mapping[str, Any], holes: Mapping[str, str], language: Language = "en") -> list[Paragraph]:
    """An invitation; of an event that is called off the announcement of that, of one that was held a look back."""
    facts = _Facts(data, holes, language)
    words, town, phase = facts.words, data["place"]["town"], data["event"]["phase"]
    is_off = phase == "off"
    body = {"off": _announcement, "held": _look_back}.get(phase, _invitation)(facts)
    written = [
        _sending_note(facts),
        *([_paragraph("note", words["sample"])] if data["sample"] else []),
        *([_paragraph("note", facts.state)] if facts.state and not is_off else []),
        _paragraph("text", words["for_release"]),
        _paragraph("text", words["press_contact"], ": ", facts.press_contact),
        _paragraph("heading", f"{facts.state}: " if is_off else "", facts.title, f": {town}, " if town else ": ",
                   facts.day),
        _paragraph("text", f"{town}, California – " if town else "", facts.agencies, " ", *body[0]),
        *(_paragraph("text", *parts) for parts in body[1:]),
    ]  # fmt: skip
    if data["public_notes"]:
        written.append(_paragraph("text", f"{words['note']}: {data['public_notes']}"))
    if data["release"]["funding"] and not is_off:
        written.append(_paragraph("text", funding_sentence(data["release"]["funding"], words)))
    for agency in data["press"]:
        about = facts.fact(f"boilerplate.{agency['short']}", agency["boilerplate"])
        written.append(_paragraph("text", f"{words['about']} {agency['name']}: ", about))
    return [*written, _paragraph("text", "###")]


def _sending_note(facts: _Facts) -> Paragraph:
    release, sent = facts.data["release"], facts.data["release"]["sent"] or "not yet"
    if facts.data["event"]["phase"] == "off":
        return _paragraph("note", "Send it at once, to everybody who got the invitation. "
                          f"Invitation sent: {sent}. Then delete this line.")  # fmt: skip
    if facts.data["event"]["phase"] == "held":
        return _paragraph("note", "A look back at the event. Then delete this line.")
    return _paragraph("note", f"Send it by {release['ten_days']} (10 working days before), at the latest by "
                      f"{release['five_days']} (5). Release due: ", facts.fact("release.due", release["due"]),
                      f". Release sent: {sent}. Then delete this line.")  # fmt: skip


_OFF = {"Cancelled": "canceled", "Postponed": "postponed"}
"""Status -> the word for it in a sentence."""
_Body = list[tuple[_Text, ...]]
"""The paragraphs that tell the news. The first goes on after the names of the agencies."""


def _invitation(facts: _Facts) -> _Body:
    words, moved = facts.words, facts.data["moved_from"]
    when = words["on"].format(day=facts.day)
    return [
        (facts.of_hosts("invite"), " ", *_listed((when,), facts.time, facts.at_place()), "."),
        *([(words["moved_from"].format(day=moved["day"][facts.language]),)] if moved else []),
        (f"{words['no_agenda']} {words['invitation']}",),
        (words["quote"],),
    ]


def _announcement(facts: _Facts) -> _Body:
    words, event = facts.words, facts.data["event"]
    reason = event["reason"][facts.language]
    return [
        (*_listed((facts.of_hosts("announce"),), facts.time, facts.at_place(), (words[f"is_{_OFF[event['status']]}"],)),
         f" {words['reason_is'].format(reason=reason)}" if reason else ""),
        *([new] if (new := facts.new_date()) else []),
        (words["apology"],),
    ]  # fmt: skip


def _look_back(facts: _Facts) -> _Body:
    words, guests = facts.words, facts.data["event"]["guests"][facts.language]
    when = words["on"].format(day=facts.day)
    attendance = f"{words['attendance_is'].format(guests=guests)} " if guests else ""
    return [
        (facts.of_hosts("host_was"), " ", *_listed((when,), facts.time, facts.at_place()), "."),
        (f"{attendance}{words['thanks']}",),
        (words["quote"],),
    ]


def funding_sentence(funding: str, words: Mapping[str, str]) -> str:
    """The sentence that Funding says or that its grant is known to ask for, else a line to fill in.

    Funding is an internal cell: only a whole sentence, of five words or more with a period, is taken from it.
    """
    text = funding.strip()
    if text.endswith(".") and len(text.split()) >= 5:
        return text
    return words["ots"] if names_ots(text) else words["funding"]


def venue_letter(data: Mapping[str, Any], holes: Mapping[str, str]) -> list[Paragraph]:
    """What is asked of the venue; once the event is called off or was held, that and thanks."""
    facts = _Facts(data, holes, "en")
    lead = data["agencies"][0]["name"] if data["agencies"] else "the agencies"
    body = {"off": _letter_of_cancellation, "held": _letter_of_thanks}.get(data["event"]["phase"], _letter_of_plan)
    return [
        *([_paragraph("note", facts.words["sample"])] if data["sample"] else []),
        *([_paragraph("note", facts.state)] if facts.state else []),
        _paragraph("text", facts.fact("site.contact", data["site"]["contact"])),
        _paragraph("text", facts.place()),
        _paragraph("heading", f"{facts.title}, {facts.day}"),
        *body(facts),
        _paragraph("text", "With thanks,"),
        _paragraph("text", lead),
    ]


def _letter_of_plan(facts: _Facts) -> list[Paragraph]:
    backup = facts.fact("site.backup", facts.data["site"]["backup"])
    return [
        _paragraph("text", "Thank you for opening your doors to your neighbors and to us. We look forward to being "
                   "with you on ", *_listed((facts.day,), facts.time), "."),
        _paragraph("text", "With us: ", facts.agencies, "."),
        _paragraph("text", "What we ask of you:"),
        _paragraph("item", "A few tables where people can sit down with an officer, and room to pass."),
        _paragraph("item", "That nobody has to buy anything to take part."),
        _paragraph("item", "Parking for our guests, and for a patrol car or two near the door."),
        _paragraph("item", "A word to your staff of that shift, and our flyer at your door or counter."),
        _paragraph("text", "If smoke, fire or an emergency closes your doors that day, we move to the backup venue, ",
                   backup, ", and tell you first."),
        _paragraph("text", "On the day, ask: ", facts.press_contact, "."),
    ]  # fmt: skip


def _letter_of_cancellation(facts: _Facts) -> list[Paragraph]:
    event = facts.data["event"]
    reason = f" {facts.words['reason_is'].format(reason=event['reason']['en'])}" if event["reason"]["en"] else ""
    state = _OFF[event["status"]]
    new = facts.new_date("at your place")
    return [
        _paragraph("text", f"We have to tell you that {facts.title} at your place on ",
                   *_listed((facts.day,), facts.time), f", is {state}.{reason}"),
        *([_paragraph("text", *new)] if new else []),
        _paragraph("text", "Please take our flyer down and tell your staff of that shift. The notice that comes with "
                   "this letter is for your door."),
        _paragraph("text", "Thank you for offering your place to your neighbors and to us. We are sorry for the "
                   "trouble."),
        _paragraph("text", "For questions, ask: ", facts.press_contact, "."),
    ]  # fmt: skip


def _letter_of_thanks(facts: _Facts) -> list[Paragraph]:
    guests = facts.data["event"]["guests"]["en"]
    return [
        _paragraph("text", "Thank you for opening your doors to your neighbors and to us on ",
                   *_listed((facts.day,), facts.time), "."),
        *([_paragraph("text", facts.words["attendance_is"].format(guests=guests))] if guests else []),
        _paragraph("text", "With us: ", facts.agencies, "."),
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

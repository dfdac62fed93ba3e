"""The news release and the venue letter as paragraphs, written as .docx, as plain text or by a layout as PDF."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from cwac.analysis.events import names_ots
from cwac.exports.spanish import Language, day_in, listed, words
from cwac.exports.tables import xml_text
from cwac.one_line import one_line

Kind = Literal["note", "heading", "text", "item"]


class MissingText(str):
    """The cell to fill, in brackets, in place of a fact that the sheet lacks."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Paragraph:
    """`note` is for the person who sends the document, who deletes it."""

    kind: Kind
    parts: tuple[str, ...]


def _paragraph(kind: Kind, *parts: str) -> Paragraph:
    return Paragraph(kind, tuple(filter(None, parts)))


class _Facts:
    """The facts of an event as pieces of text in one language; a piece is empty where there is nothing to say."""

    def __init__(self, data: Mapping[str, Any], holes: Mapping[str, str], language: Language) -> None:
        self.data, self.holes, self.language = data, holes, language
        self.words, event = words(language), data["event"]
        self.phase, self.status = event["phase"], event["status"]
        self.state = self.words.get(self.status, "")
        self.title: str = self.words["title"] if event["usual_title"] else event["title"]
        self.guests, reason = event["guests"][language], event["reason"][language]
        self.reason: str = f" {self.words['reason_is'].format(reason=reason)}" if reason else ""
        self.agencies = self.fact("agencies", listed(language, [agency["name"] for agency in data["agencies"]]))
        self.press_contact = self.fact("press.contact", data["press"][0]["contact"] if data["press"] else None)
        self.day = self.day_of(data["when"])

    def fact(self, fact: str, value: str | None) -> str:
        return value or (MissingText(f"[{self.holes[fact]}]") if fact in self.holes else "")

    def day_of(self, when: Mapping[str, Any]) -> str:
        """The day in a sentence, where Spanish has it after an article."""
        return day_in(self.language, dt.date.fromisoformat(when["date"]), after_article=True)

    def place(self, moved_to: Mapping[str, Any] | None = None) -> list[str]:
        """Venue, street and town of the event, or what is missing of them; or those of the place that it moves to."""
        here = moved_to or self.data["place"]
        names = ["venue", "street", "town"]
        if not here["street"] and here["town"] and here["town"].casefold() in (here["venue"] or "").casefold():
            names.remove("town")
        return _joined(*([here[name] or ("" if moved_to else self.fact(f"place.{name}", None))] for name in names))

    def at_place(self, moved_to: Mapping[str, Any] | None = None) -> list[str]:
        parts = self.place(moved_to)
        return [f"{self.words['at']} ", *parts] if parts else []

    @property
    def time(self) -> list[str]:
        when = self.data["when"]
        start = when["time"][self.language]
        if self.phase == "off" and not start:
            return []
        start = self.fact("when.time", start)
        if when["end"]:
            return [start]
        end = self.fact("when.end", None)
        return [self.with_article(start), *([" ", end] if end else [])]

    def with_article(self, start: str) -> str:
        """A start alone, which in a Spanish sentence has an article: `a las 8:00 a. m.`."""
        if self.language != "es" or not start or isinstance(start, MissingText):
            return start
        return f"{'a la' if start.startswith('1:') else 'a las'} {start}"

    def new_date(self, here: str = "") -> list[str]:
        """Its new date, if that may be said; `here` are the words for its own place, where that stays the same."""
        moved = self.data["moved_to"]
        if moved is None:
            return [self.words["new_date_later"]] if self.status == "Postponed" else []
        time = moved["time"][self.language] or ""
        day = self.words["new_date_is"].format(day=self.day_of(moved))
        stays = here and moved["place"] == self.data["place"] and moved["place"]["venue"]
        place = [here] if stays else self.at_place(moved["place"])
        return [*_joined([day], [time if moved["end"] else self.with_article(time)], place), "."]

    def of_hosts(self, phrase: str) -> str:
        """The phrase that goes on after the agencies, in the singular or plural, with the event's title and day."""
        many = "many" if len(self.data["agencies"]) > 1 else "one"
        return self.words[f"{phrase}_{many}"].format(title=self.title, day=self.day)

    def with_day(self, phrase: str) -> list[str]:
        """The phrase after the agencies, with day, time and place."""
        when = self.words["on"].format(day=self.day)
        return [self.of_hosts(phrase), " ", *_joined([when], self.time, self.at_place()), "."]


def _joined(*groups: list[str]) -> list[str]:
    """The groups that are not empty, with commas between them."""
    return [part for group in groups if any(group) for part in (", ", *group)][1:]


_OFF = {"Cancelled": "canceled", "Postponed": "postponed"}
"""Status -> the word for it in a sentence."""


def news_release(data: Mapping[str, Any], holes: Mapping[str, str], language: Language = "en") -> list[Paragraph]:
    """An invitation; of an event that is called off the announcement of that, of one that was held a look back."""
    facts = _Facts(data, holes, language)
    words, town, is_off = facts.words, data["place"]["town"], facts.phase == "off"
    release, sent, moved = data["release"], data["release"]["sent"] or "not yet", data["moved_from"]
    others: list[list[str]]
    if is_off:
        sending = ["Send it at once, to everybody who got the invitation. "
                   f"Invitation sent: {sent}. Then delete this line."]  # fmt: skip
        state = words[f"is_{_OFF[facts.status]}"]
        news = [*_joined([facts.of_hosts("announce")], facts.time, facts.at_place(), [state]), facts.reason]
        others = [facts.new_date(), [words["apology"]]]
    elif facts.phase == "held":
        sending = ["A look back at the event. Then delete this line."]
        attendance = f"{words['attendance_is'].format(guests=facts.guests)} " if facts.guests else ""
        news = facts.with_day("host_was")
        others = [[f"{attendance}{words['thanks']}"], [words["quote"]]]
    else:
        sending = [f"Send it by {release['ten_days']} (10 working days before), at the latest by "
                   f"{release['five_days']} (5). Release due: ", facts.fact("release.due", release["due"]),
                   f". Release sent: {sent}. Then delete this line."]  # fmt: skip
        news = facts.with_day("invite")
        others = [[words["moved_from"].format(day=moved["day"][language])] if moved else []]
        others += [[f"{words['no_agenda']} {words['invitation']}"], [words["quote"]]]
    if data["public_notes"]:
        others.append([f"{words['note']}: {data['public_notes']}"])
    if release["funding"] and not is_off:
        others.append([funding_sentence(release["funding"], words)])
    for agency in data["press"]:
        about = facts.fact(f"boilerplate.{agency['short']}", agency["boilerplate"])
        others.append([f"{words['about']} {agency['name']}: ", about])
    return [
        _paragraph("note", *sending),
        *([_paragraph("note", words["sample"])] if data["sample"] else []),
        *([_paragraph("note", facts.state)] if facts.state and not is_off else []),
        _paragraph("text", words["for_release"]),
        _paragraph("text", words["press_contact"], ": ", facts.press_contact),
        _paragraph("heading", f"{facts.state}: " if is_off else "", facts.title, f": {town}, " if town else ": ",
                   facts.day),
        _paragraph("text", f"{town}, California – " if town else "", facts.agencies, " ", *news),
        *(_paragraph("text", *parts) for parts in others if parts),
        _paragraph("text", "###"),
    ]  # fmt: skip


def funding_sentence(funding: str, words: Mapping[str, str]) -> str:
    """Funding, an internal cell, if it is a sentence of five words; else that of the grant, or a line to fill in."""
    text = funding.strip()
    if text.endswith(".") and len(text.split()) >= 5:
        return text
    return words["ots"] if names_ots(text) else words["funding"]


def venue_letter(data: Mapping[str, Any], holes: Mapping[str, str]) -> list[Paragraph]:
    """What is asked of the venue; once the event is called off or was held, that and thanks."""
    facts = _Facts(data, holes, "en")
    when = _joined([facts.day], facts.time)
    if facts.phase == "off":
        new = facts.new_date("at your place")
        body = [
            _paragraph("text", f"We have to tell you that {facts.title} at your place on ", *when,
                       f", is {_OFF[facts.status]}.{facts.reason}"),
            *([_paragraph("text", *new)] if new else []),
            _paragraph("text", "Please take our flyer down and tell your staff of that shift. The notice that comes "
                       "with this letter is for your door."),
            _paragraph("text", "Thank you for offering your place to your neighbors and to us. We are sorry for the "
                       "trouble."),
            _paragraph("text", "For questions, ask: ", facts.press_contact, "."),
        ]  # fmt: skip
    elif facts.phase == "held":
        attendance = facts.words["attendance_is"].format(guests=facts.guests)
        body = [
            _paragraph("text", "Thank you for opening your doors to your neighbors and to us on ", *when, "."),
            *([_paragraph("text", attendance)] if facts.guests else []),
            _paragraph("text", "With us: ", facts.agencies, "."),
        ]
    else:
        backup = facts.fact("site.backup", data["site"]["backup"])
        body = [
            _paragraph("text", "Thank you for opening your doors to your neighbors and to us. We look forward to being "
                       "with you on ", *when, "."),
            _paragraph("text", "With us: ", facts.agencies, "."),
            _paragraph("text", "What we ask of you:"),
            _paragraph("item", "A few tables where people can sit down with an officer, and room to pass."),
            _paragraph("item", "That nobody has to buy anything to take part."),
            _paragraph("item", "Parking for our guests, and for a patrol car or two near the door."),
            _paragraph("item", "A word to your staff of that shift, and our flyer at your door or counter."),
            _paragraph("text", "If smoke, fire or an emergency closes your doors that day, we move to the backup "
                       "venue, ", backup, ", and tell you first."),
            _paragraph("text", "On the day, ask: ", facts.press_contact, "."),
        ]  # fmt: skip
    return [
        *([_paragraph("note", facts.words["sample"])] if data["sample"] else []),
        *([_paragraph("note", facts.state)] if facts.state else []),
        _paragraph("text", facts.fact("site.contact", data["site"]["contact"])),
        _paragraph("text", *facts.place()),
        _paragraph("heading", f"{facts.title}, {facts.day}"),
        *body,
        _paragraph("text", "With thanks,"),
        _paragraph("text", data["agencies"][0]["name"] if data["agencies"] else "the agencies"),
    ]


def to_text(paragraphs: Sequence[Paragraph]) -> bytes:
    return ("\n\n".join(xml_text(one_line("".join(each.parts))) for each in paragraphs) + "\n").encode()


def to_docx(paragraphs: Sequence[Paragraph], title: str) -> bytes:
    """A Word file: notes in italics, what is missing highlighted, with a bar in the margin beside its paragraph."""
    from docx import Document
    from docx.enum.text import WD_COLOR_INDEX
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    bar = f'<w:pBdr {nsdecls("w")}><w:left w:val="single" w:sz="24" w:space="6" w:color="000000"/></w:pBdr>'
    document, file = Document(), io.BytesIO()
    document.core_properties.title, document.core_properties.author = title, ""
    document.core_properties.comments = ""
    for each in paragraphs:
        written = document.add_heading(level=1) if each.kind == "heading" else document.add_paragraph()
        if any(isinstance(part, MissingText) for part in each.parts):
            properties: Any = written._p.get_or_add_pPr()
            later = ("w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr")
            properties.insert_element_before(parse_xml(bar), *later)
        for part in each.parts:
            run = written.add_run(xml_text(part))
            run.italic = each.kind == "note" or None
            if isinstance(part, MissingText) or each.kind == "note":
                run.font.highlight_color = WD_COLOR_INDEX.YELLOW
    document.save(file)
    return file.getvalue()

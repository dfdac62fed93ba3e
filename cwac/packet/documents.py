"""The documents of one event, and what they look like: typst files of this package or an agency's own, and seals."""

from __future__ import annotations

import base64
import io
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from cwac.checks.finding import Finding, failed
from cwac.exports.event_pages import fits, qr_code
from cwac.exports.spanish import LANGUAGES, words
from cwac.exports.typesetting import LayoutError, lay_out
from cwac.packet import release
from cwac.packet.facts import PUBLIC, VERSION, MissingFact
from cwac.packet.release import MissingText
from cwac.packet.settings import Packet
from cwac.settings import Settings
from cwac.sheet.schema import ATTENDANCE, FOLLOW_UPS

MAX_FILES, MAX_BYTES = 200, 10_000_000
MAX_SEAL_BYTES, MAX_SEAL_PIXELS = 2_000_000, 20_000_000


class TemplateError(Exception):
    """A template or seal that cannot be used; its text is one sentence."""


@dataclass(frozen=True, slots=True)
class Theme:
    """An agency's own typst files by their path in the folder; the folder with the seals."""

    own: Mapping[str, bytes] = field(default_factory=dict)
    seals: Path | None = None

    def to_pdf(self, name: str, contents: Mapping[str, Any]) -> bytes:
        """The document of this name. Raises `TemplateError`, where one of the agency's own files cannot be used."""
        seals = self._seals([agency["short"] for agency in contents["data"]["agencies"]])
        page, files = {**contents, "seals": seals}, {**shipped(), **self.own}
        try:
            return lay_out({"main.typ": files[f"{name}.typ"], **files}, page)
        except LayoutError as error:
            if not self.own:
                raise
            raise TemplateError(_sentence(f"{name}.typ", files, error)) from None

    def _seals(self, agencies: Sequence[str]) -> dict[str, str]:
        seals: dict[str, str] = {}
        if self.seals is None:
            return seals
        if not self.seals.is_dir():
            raise TemplateError(f"seals under [packet] names no folder: {self.seals}")
        for short in agencies:
            paths = [self.seals / f"{short}{ending}" for ending in (".png", ".jpg", ".jpeg")]
            # An agency's name that no file can have has no seal.
            if re.fullmatch(r"[\w.-][\w. -]*", short) and (path := next(filter(Path.is_file, paths), None)):
                seals[short] = _seal(path)
        return seals


SHIPPED = Theme()


def read_theme(packet: Packet | None) -> Theme:
    """The look that the settings ask for. Raises `TemplateError`."""
    if packet is None:
        return SHIPPED
    return Theme(dict(_own_files(packet.templates)) if packet.templates is not None else {}, packet.seals)


@cache  # files of this package, which do not change while the process runs
def shipped() -> Mapping[str, bytes]:
    folder = Path(__file__).with_name("templates")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.typ")}


def schema() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(Path(__file__).with_name("packet.schema.json").read_bytes())
    return loaded


_PLACE = re.compile(r"┌─ (.+?):(\d+):\d+")


def _sentence(name: str, files: Mapping[str, bytes], error: LayoutError) -> str:
    """`flyer.typ, line 12: unknown variable: adress.`"""
    message, place = str(error), _PLACE.search(error.diagnostic)
    path, line = (place[1], int(place[2])) if place else ("", 0)
    where = max((file for file in files if path.endswith(f"/{file}")), key=len, default=name)
    if "package" in message:
        return _no_packages(where, line)
    if "escape the project root" in message:
        return f"{where}, line {line}: a template may only read files of its own folder."
    words = re.sub(r" \(searched at .*\)$", "", " ".join(message.split()))[:300].rstrip(".")
    return f"{where}, line {line}: {words}." if line else f"{where}: {words}."


def _no_packages(name: str, line: int) -> str:
    return f"{name}, line {line}: a template may not import packages; copy the files that it needs into its folder."


# --- the documents ----------------------------------------------------------------------------------------------------

_WORD_FILE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@dataclass(frozen=True, slots=True)
class Document:
    """One document of the packet. `keys` are the parts of the data that it is made from; nothing else reaches it.

    `facts` are those that it shows, or the beginnings of their names up to a period: of what is missing, only these are
    marked in it. `make` makes what is no PDF. `after` documents are made once the event's day is over.
    """

    name: str
    label: str
    ending: str
    mime: str
    keys: tuple[str, ...]
    facts: tuple[str, ...]
    make: Callable[[Mapping[str, Any], Mapping[str, str]], bytes] | None = None
    after: bool = False

    def file(self, data: Mapping[str, Any], missing: Sequence[MissingFact] = (), look: Theme = SHIPPED) -> bytes:
        """The document. Raises `TemplateError` where a template or seal of the agency's own cannot be used."""
        part, holes = self.part_of(data), self.holes(missing)
        return self.make(part, holes) if self.make else look.to_pdf(self.name, contents(self.name, part, holes))

    def part_of(self, data: Mapping[str, Any]) -> dict[str, Any]:
        return {key: data[key] for key in self.keys}

    def holes(self, missing: Sequence[MissingFact]) -> dict[str, str]:
        groups = tuple(fact for fact in self.facts if fact.endswith("."))
        return {hole.fact: hole.words for hole in missing if hole.fact in self.facts or hole.fact.startswith(groups)}


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
        page["paragraphs"] = [
            {"kind": of.kind, "parts": [{"text": part, "missing": isinstance(part, MissingText)} for part in of.parts]}
            for of in release.venue_letter(data, holes)
        ]
    if name == "count-sheet":
        page["columns"] = {
            tab.name: [column.header for column in tab.columns if name in column.shown]
            for tab in (ATTENDANCE, FOLLOW_UPS)
        }
        categories = FOLLOW_UPS.column("category").labels
        page["choices"] = {"category": categories, "method": ATTENDANCE.column("method").labels}
    return page


_PDF = ("pdf", "application/pdf")
_EVENT = ("when.", "place.", "agencies")
_RELEASE = (*_EVENT, "press.", "boilerplate.", "release.")
_STAFF = (*PUBLIC, "site", "people", "open_positions", "bilingual_needed")

TABLE_CARD = "table-card"
DOCUMENTS: tuple[Document, ...] = (
    Document(
        "briefing", "Officer briefing", *_PDF, (*_STAFF, "internal_notes", "topics", "door"),
        (*_EVENT, "site.", "people", "people."),
    ),
    Document("flyer", "Flyer", *_PDF, (*PUBLIC, "feedback"), _EVENT),
    Document("flyer-half", "Half-page flyer", *_PDF, (*PUBLIC, "feedback"), _EVENT),
    Document(TABLE_CARD, "Table card", *_PDF, (*PUBLIC, "feedback", "county"), ()),
    Document(
        "release", "News release", "docx", _WORD_FILE, (*PUBLIC, "press", "release"), _RELEASE,
        lambda data, holes: release.to_docx(release.news_release(data, holes), "News release"),
    ),
    Document(
        "release", "News release as text", "txt", "text/plain", (*PUBLIC, "press", "release"), _RELEASE,
        lambda data, holes: release.to_text(release.news_release(data, holes)),
    ),
    Document(
        "release-es", "News release in Spanish", "docx", _WORD_FILE, (*PUBLIC, "press", "release"), _RELEASE,
        lambda data, holes: release.to_docx(release.news_release(data, holes, "es"), "Comunicado"),
    ),
    Document(
        "venue-letter", "Venue letter", *_PDF, (*PUBLIC, "press", "site"),
        (*_EVENT, "site.contact", "site.backup", "press.contact"),
    ),
    Document("count-sheet", "Count sheet", *_PDF, (*PUBLIC, "door"), _EVENT),
    Document(
        "after-action", "After-action page and thank-you list", *_PDF, (*_STAFF, "results"),
        (*_EVENT, "site.contact", "people", "results."), after=True
    ),
)  # fmt: skip
"""In the order of their work. Flyers and table card are for everybody; release and letter leave the building."""

NAMES = tuple(document.name for document in DOCUMENTS if document.ending == "pdf")
"""The documents that have a layout, each `NAME.typ`."""
FLYERS = tuple(document for document in DOCUMENTS if document.name.startswith("flyer"))


_FOR_EVERYBODY = ("flyer", "flyer-half", TABLE_CARD, "release", "release-es")


def documents(event: Mapping[str, Any], *, residents_asked: bool = False) -> tuple[Document, ...]:
    """The documents that this event (of the data) has; the table card only where residents have a form."""
    made = (document for document in DOCUMENTS if residents_asked or document.name != TABLE_CARD)
    return tuple(document for document in made if why_not(document, event) is None)


def reasons_against(event: Mapping[str, Any]) -> tuple[str, ...]:
    """Why the event lacks some of the documents that others of its day have."""
    reasons = (why_not(document, event) for document in DOCUMENTS if not document.after)
    return tuple(dict.fromkeys(reason for reason in reasons if reason))


def why_not(document: Document, event: Mapping[str, Any]) -> str | None:
    """Why an event has no such document now, such as a flyer once it is over; None if it has one."""
    if event["held_back"] and document.name in _FOR_EVERYBODY:
        return "The sheet keeps this event from the public: the page Fix the sheet says which cell does, and why."
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


# --- an agency's own files ------------------------------------------------------------------------------------------

_PACKAGE = re.compile(rb"""["'`]@[\w-]*/""")


def _own_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """The files of the folder by their path in it. Nothing outside of it is read, not even by a link in it."""
    if not folder.is_dir():
        raise TemplateError(f"templates under [packet] names no folder: {folder}")
    root, count, size = folder.resolve(), 0, 0
    for path in _visible_files(folder):
        name = path.relative_to(folder).as_posix()
        if "/" not in name and name.endswith(".typ") and name.removesuffix(".typ") not in NAMES:
            # A misspelled name would silently leave the shipped document in use.
            raise TemplateError(
                f"{name} in the templates' folder is no document: known are "
                f"{', '.join(f'{document}.typ' for document in NAMES)}; "
                "files that these import belong in a folder of their own, such as parts/."
            )
        try:
            inside = path.resolve(strict=True).is_relative_to(root)
            if not inside or not path.is_file():
                raise TemplateError(f"{name} in the templates' folder leads out of it: copy the file into the folder.")
            count, size = count + 1, size + path.stat().st_size
            if count > MAX_FILES or size > MAX_BYTES:
                raise TemplateError(
                    f"The templates' folder has over {MAX_FILES} files or {MAX_BYTES // 1_000_000} MB: "
                    "leave only what the documents use."
                )
            contents = path.read_bytes()
        except OSError as error:
            raise TemplateError(f"{name} in the templates' folder cannot be read ({error.strerror}).") from None
        if name.endswith(".typ") and (package := _PACKAGE.search(contents)) is not None:
            line = contents.count(b"\n", 0, package.start()) + 1
            raise TemplateError(_no_packages(name, line))
        yield name, contents


def _visible_files(folder: Path) -> Iterator[Path]:
    for above, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(above, name) for name in sorted(names) if not name.startswith("."))


def _seal(path: Path) -> str:
    """The seal as a small picture in an SVG, without what else the file holds (places, names of people, comments)."""
    from PIL import Image

    name = f"The seal {path.name}"
    if path.stat().st_size > MAX_SEAL_BYTES:
        raise TemplateError(f"{name} has over {MAX_SEAL_BYTES // 1_000_000} MB: make it smaller.")
    try:
        with Image.open(path, formats=("PNG", "JPEG")) as image:
            if image.width * image.height > MAX_SEAL_PIXELS:
                raise TemplateError(f"{name} has {image.width} × {image.height} pixels: make it smaller.")
            drawn = image.convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise TemplateError(f"{name} is no PNG or JPEG that can be read: save it again as PNG.") from None
    drawn.thumbnail((400, 400))  # more pixels cannot be seen at its size on paper
    written = io.BytesIO()
    drawn.save(written, "PNG")
    size = f'width="{drawn.width}" height="{drawn.height}"'
    picture = base64.b64encode(written.getvalue()).decode()
    # An SVG, as it goes to the layout as text.
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}><image {size} href="data:image/png;base64,{picture}"/></svg>'
    )


def folders(settings: Settings) -> Iterator[Finding]:
    """The folders with an agency's own layouts and seals, where they are not there: no document can be made."""
    packet = settings.section(Packet)
    for name, folder in {"templates": packet.templates, "seals": packet.seals}.items() if packet else ():
        if folder is not None and not folder.is_dir():
            found = f"{name} under [packet] names no folder: {folder}"
            yield failed("packet", found, "Correct the path, or take the line away.")

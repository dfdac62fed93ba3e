"""An .xlsx file: a zip of XML parts unpacked as a stream and within limits, its cell formats, references and values."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import math
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from sys import getsizeof
from xml.parsers import expat

from cwac.model import Cell, Merge
from cwac.sheet.counts import could_be_clock, is_clock

_MAX_DIRECTORY = 4 * 2**20
_MAX_UNPACKED = 2**30
_ALWAYS_UNPACKED = 64 * 2**20
_MAX_RATIO = 100  # a sheet shrinks to a tenth, a zip bomb to a thousandth
_MAX_PARTS = 10_000
_MAX_RELATIONS = 2_000
_MAX_TAG = 2**20
_MAX_TAGS = 1_000_000
_MAX_NAMES = 5_000  # expat keeps each name of an element or attribute until the part ends
MAX_DEPTH = 32  # a worksheet with all of Excel's extensions has a dozen levels, and expat needs memory for each
_MAX_PIECES = 200_000  # characters; Excel's own limit is 32,767
_OPENING = 4_096  # bytes that are unpacked in the time that it takes to open a part


MAX_CELLS = 10_000_000
"""Google's own limit, counted as the rectangle from A1 to the last value of each tab."""
MAX_TABS = 200
"""Google's own limit."""
MAX_TEXT = 24 * 2**20
"""Bytes of memory for all texts of a workbook that differ, and of a text file."""


class UnusableFile(Exception):  # noqa: N818 - becomes a SourceUnavailable once the file's name is known
    """The file cannot be used: a cause, and the sentence that follows the file's name."""

    def __init__(self, cause: str, sentence: str) -> None:
        super().__init__(sentence)
        self.cause = cause


class Package:
    """The parts of an .xlsx by name, unpacked as streams; one limit of bytes is shared by all."""

    def __init__(self, data: bytes) -> None:
        if not data.startswith(b"PK\x03\x04"):
            raise _what_else(data)
        if _directory_size(data) > _MAX_DIRECTORY:
            raise too_large("parts")
        try:
            self._data, self._zip = data, zipfile.ZipFile(io.BytesIO(data))
        except _BROKEN_ZIP as error:
            raise damaged() from error
        if len(self._zip.filelist) > _MAX_PARTS:
            raise too_large("parts")
        # Some programs use another case or slash than in their own list of parts.
        self._parts = {info.filename.replace("\\", "/").lower(): info for info in self._zip.infolist()}
        self._left = min(_MAX_UNPACKED, max(_ALWAYS_UNPACKED, _MAX_RATIO * len(data)))

    def __contains__(self, part: str) -> bool:
        return part.lower() in self._parts

    def unpack(self, part: str) -> Iterator[bytes]:
        info = self._parts.get(part.lower())
        if info is None:
            raise damaged()
        if info.flag_bits & 1:
            raise UnusableFile("password", "is protected with a password")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise damaged()  # other methods unpack without limit, and no spreadsheet program uses them
        self._left -= _OPENING
        try:
            with self._zip.open(info) as stream:
                while chunk := stream.read(65_536):
                    self._left -= len(chunk)
                    if self._left < 0:
                        raise UnusableFile("too-large", "unpacks to far more than a workbook holds")
                    yield chunk
        except _BROKEN_ZIP as error:
            raise damaged() from error

    def digest(self, part: str) -> tuple[int, int, bytes]:
        """Equal for two parts that are packed alike, so their content is the same."""
        info = self._parts.get(part.lower())
        if info is None or not 0 <= info.header_offset <= len(self._data) - 30:
            raise damaged()
        # Between the header and the content are the part's own name and extra field.
        begin = info.header_offset + 30 + sum(struct.unpack_from("<HH", self._data, info.header_offset + 26))
        packed = memoryview(self._data)[begin : begin + info.compress_size]
        return info.compress_type, info.flag_bits, hashlib.sha256(packed).digest()

    def related(self, part: str) -> dict[str, tuple[str, str]]:
        """The parts that `part` refers to: relation ID -> (last word of the relation's type, part)."""
        folder, name = posixpath.split(part)
        listing = posixpath.join(folder, "_rels", f"{name}.rels")
        related: list[tuple[str, tuple[str, str]]] = []

        def start(name: str, attributes: dict[str, str]) -> None:
            if name == "Relationship" and attributes.get("TargetMode") != "External":
                kind = attributes.get("Type", "").rpartition("/")[2]
                target = posixpath.join("/", folder, attributes.get("Target", "").replace("\\", "/"))
                related.append((attributes.get("Id", ""), (kind, posixpath.normpath(target).lstrip("/"))))
                if len(related) > _MAX_RELATIONS:
                    raise too_large("parts")

        if listing in self:
            feed(make_parser(start), self.unpack(listing))
        return dict(related)


_BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, ValueError, RuntimeError)


def damaged() -> UnusableFile:
    return UnusableFile("damaged", "is damaged")


def too_large(what: str) -> UnusableFile:
    return UnusableFile("too-large", f"holds far more {what} than a workbook has")


def is_web_page(data: bytes) -> bool:
    return data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<!doctype html", b"<html"))


def _what_else(data: bytes) -> UnusableFile:
    """The error for a file that is not a zip, by its first bytes."""
    if not data:
        return UnusableFile("not-a-workbook", "is empty")
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):  # Microsoft's container, before and around .xlsx
        if "EncryptedPackage".encode("utf-16-le") in data:
            # [MS-OFFCRYPTO]: only rights management has these data spaces, or no EncryptionInfo beside them.
            is_of_label = (
                "\x06DataSpaces".encode("utf-16-le") in data and "EncryptionInfo".encode("utf-16-le") not in data
            )
            if is_of_label or "DRMEncryptedDataSpace".encode("utf-16-le") in data:
                return UnusableFile("protected", "is encrypted by a sensitivity label or rights management")
            return UnusableFile("password", "is protected with a password")
        if "Workbook".encode("utf-16-le") in data or "Book".encode("utf-16-le") in data:
            return UnusableFile("old-format", "is a workbook of the old kind (.xls)")
        return UnusableFile("not-a-workbook", "is a file of another Office program, not a workbook")
    if data.startswith((b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00", b"\x09\x08")):
        return UnusableFile("old-format", "is a workbook of a very old kind (.xls)")
    if data.startswith(b"%PDF"):
        return UnusableFile("not-a-workbook", "is a PDF, not a workbook")
    if is_web_page(data):
        return UnusableFile("not-a-workbook", "is a web page, not a workbook")
    if b"\x00" not in data[:4096]:
        return UnusableFile("not-a-workbook", "is text (perhaps CSV), not a workbook")
    return UnusableFile("not-a-workbook", "is not a workbook")


def _directory_size(data: bytes) -> int:
    """The declared size of a zip's directory in bytes. Each entry costs memory before any is unpacked."""
    end = data.rfind(b"PK\x05\x06", max(0, len(data) - 65_557))
    if end < 0 or end + 22 > len(data):
        raise UnusableFile("damaged", "is damaged: its end is missing")
    is_large = end >= 76 and data[end - 20 : end - 16] == b"PK\x06\x07" and data[end - 76 : end - 72] == b"PK\x06\x06"
    return int.from_bytes(data[end - 36 : end - 28] if is_large else data[end + 12 : end + 16], "little")


def make_parser(
    start: Callable[[str, dict[str, str]], None], end: Callable[[str], None] | None = None
) -> expat.XMLParserType:
    """A parser that calls `start` and `end` with each element's name, and refuses elements that are nested too deep."""
    inside: list[str] = []

    def begin(tag: str, attributes: dict[str, str]) -> None:
        inside.append(tag)
        if len(inside) > MAX_DEPTH:
            raise too_large("levels of elements")
        start(tag.rpartition(":")[2], attributes)

    def finish(tag: str) -> None:
        inside.remove(tag)
        if end is not None:
            end(tag.rpartition(":")[2])

    def refuse_doctype(*_: object) -> None:
        raise damaged()  # no workbook has one, and its entities can grow without limit

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = begin
    parser.EndElementHandler = finish
    parser.StartDoctypeDeclHandler = refuse_doctype
    return parser


def feed(
    parser: expat.XMLParserType, chunks: Iterable[bytes], pieces: Iterable[str] = (), most_tags: int = _MAX_TAGS
) -> None:
    """Parse a part; `pieces` are those of the text that the parser's handlers are collecting."""
    read = tags = 0
    try:
        for chunk in chunks:
            tags += chunk.count(b"<")
            if tags > most_tags:
                raise too_large("elements")
            parser.Parse(chunk)
            read += len(chunk)
            # A tag that never ends would be parsed again from its start with every chunk.
            if read - parser.CurrentByteIndex > _MAX_TAG:
                raise damaged()
            if len(parser.intern) > _MAX_NAMES:
                raise too_large("kinds of elements")
            if sum(map(len, pieces)) > _MAX_PIECES:
                raise too_large("text in one cell")
        parser.Parse(b"", True)
    except (expat.ExpatError, ValueError, LookupError) as error:  # the last two: an unknown encoding
        raise damaged() from error


def no_workbook(package: Package) -> UnusableFile:
    for part, sentence in (
        ("xl/workbook.bin", "is a binary workbook (.xlsb)"),
        ("word/document.xml", "is a Word document, not a workbook"),
        ("content.xml", "is an OpenDocument file"),
    ):
        if part in package:
            return UnusableFile("not-a-workbook", sentence)
    return UnusableFile("not-a-workbook", "is a zip file, not a workbook")


def sheets_of(
    package: Package, workbook: str, related: dict[str, tuple[str, str]]
) -> tuple[list[tuple[str, str, bool]], bool]:
    """Each worksheet's title and part and whether it is hidden; and whether day numbers start in 1904, as on a Mac."""
    sheets: list[tuple[str, str, bool]] = []
    from_1904 = inside = False

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal from_1904, inside
        if not inside:
            if name != "workbook":
                raise no_workbook(package)
            inside = True
        elif name == "workbookPr":
            from_1904 = attributes.get("date1904", "").lower() in {"1", "true", "on"}
        elif name == "sheet":
            relation = next((value for key, value in attributes.items() if key.endswith(":id")), "")
            if relation not in related:
                raise damaged()
            kind, part = related[relation]
            if kind == "worksheet":
                sheets.append((attributes.get("name", ""), part, attributes.get("state", "visible") != "visible"))
            if len(sheets) > MAX_TABS:
                raise UnusableFile("too-large", f"has over {MAX_TABS} tabs")

    feed(make_parser(start), package.unpack(workbook))
    return sheets, from_1904


def strings_of(chunks: Iterable[bytes]) -> list[str]:
    """The shared texts that cells refer to by number."""
    strings: list[str] = []
    pieces: list[str] = []
    phonetic = False
    size = 0

    def start(name: str, _: dict[str, str]) -> None:
        nonlocal phonetic
        if name in ("si", "rPh"):
            phonetic = name == "rPh"  # how to pronounce the text, after the text
        elif name == "t" and not phonetic:
            parser.CharacterDataHandler = pieces.append

    def end(name: str) -> None:
        nonlocal size
        parser.CharacterDataHandler = None
        if name == "si":
            strings.append(unescape("".join(pieces)))
            pieces.clear()
            size += getsizeof(strings[-1])
            if size > MAX_TEXT:
                raise too_large("text")

    parser = make_parser(start, end)
    feed(parser, chunks, pieces, MAX_CELLS)
    return strings


MAX_ROWS, _MAX_COLUMNS = 1_048_576, 16_384

_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


def position_of(reference: str) -> tuple[int, int]:
    """`C7` -> (6, 2): row and column, counted from 0."""
    match = _REFERENCE.fullmatch(reference)
    column = 0
    for letter in match[1] if match else "":
        column = column * 26 + ord(letter) - 64
    row = int(match[2]) if match else 0
    if not (1 <= row <= MAX_ROWS and column <= _MAX_COLUMNS):
        raise damaged()
    return row - 1, column - 1


def whole_number_of(typed: str) -> int:
    if not typed.strip().isdecimal():
        raise damaged()
    return int(typed)


def merge_of(reference: str) -> Merge:
    first, _, last = reference.partition(":")
    top, left = position_of(first)
    bottom, right = position_of(last or first)
    return Merge(top, bottom + 1, left, right + 1)


def total_rows(package: Package, worksheet: str) -> frozenset[int]:
    """The total rows of the tables of a worksheet, counted from 0. Raises `UnusableFile`."""
    rows: set[int] = set()

    def start(name: str, attributes: dict[str, str]) -> None:
        count = attributes.get("totalsRowCount", "").strip()
        last = re.fullmatch(r"[A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}([0-9]{1,7})", attributes.get("ref", ""))
        if name == "table" and last and count.isdecimal() and int(count):
            rows.add(int(last[1]) - 1)  # Excel knows one total row a table

    for kind, part in package.related(worksheet).values():
        if kind == "table" and part in package:
            feed(make_parser(start), package.unpack(part))
    return frozenset(rows)


_MAX_FORMATS = 65_490
"""Excel's own limit."""
_MAX_CODES, _MAX_CODE = 5_000, 255
"""Number formats, and the characters of one; Excel's own limits are 250 and 255."""

_DAY_FORMATS = (*range(14, 18), 22, *range(27, 32), 36, *range(50, 55), 57, 58)
_TIME_FORMATS = (*range(18, 22), *range(32, 36), *range(45, 48), 55, 56)
_NUMBER_FORMATS = (*range(1, 14), *range(37, 45), 48)
_NOT_CODE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\[\]]*\]', re.IGNORECASE)

_CODES = {"day": re.compile("[dy]"), "time": re.compile(r"[hs]|\[m"), "number": re.compile("[0#?]")}


def read_styles(chunks: Iterable[bytes]) -> tuple[dict[str, str], frozenset[str]]:
    """The numbers of styles that show a "day", "time" or "number", and of those with a font that is struck through."""
    kinds = {"day": _DAY_FORMATS, "time": _TIME_FORMATS, "number": _NUMBER_FORMATS}
    formats = {str(number): kind for kind, numbers in kinds.items() for number in numbers}
    styles: list[tuple[str, str]] = []
    fonts: list[bool] = []
    section = ""
    codes = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal section, codes
        if name == "numFmt":
            codes += 1
            code = _NOT_CODE.sub("", attributes.get("formatCode", "")[:_MAX_CODE]).lower()
            shown = (kind for kind, pattern in _CODES.items() if pattern.search(code))
            if code != "general" and (kind := next(shown, None)):
                formats[attributes.get("numFmtId", "")] = kind
        elif name == "xf" and section == "cellXfs":
            styles.append((attributes.get("numFmtId", "0"), attributes.get("fontId", "0")))
        elif name == "font" and section == "fonts":
            fonts.append(False)
        elif name == "strike" and section == "fonts" and fonts:
            fonts[-1] = fonts[-1] or attributes.get("val", "1") not in ("0", "false")
        elif name.endswith("Xfs") or name in ("fonts", "fills", "dxfs"):
            section = name
        if len(styles) > _MAX_FORMATS or codes > _MAX_CODES:
            raise too_large("cell formats")

    feed(make_parser(start), chunks)
    struck = {str(number) for number, is_struck in enumerate(fonts) if is_struck}
    return (
        {str(number): formats[style] for number, (style, _) in enumerate(styles) if style in formats},
        frozenset(str(number) for number, (_, font) in enumerate(styles) if font in struck),
    )


def number_of(typed: str) -> int | float | str | None:
    if len(typed) < 16 and typed.isdecimal():
        return int(typed)
    try:
        number = float(typed)
    except ValueError:
        return typed.strip() or None  # not a number: the reader reports it with its place
    return _tidy(number) if math.isfinite(number) else "#NUM!"


def hours_of(number: float, *, is_time: bool, is_number: bool) -> Cell:
    """Hours as text where the number alone could be a time or a fraction of an hour, and its format tells which."""
    if is_time and 0 < number < 4:
        return "{}:{:02}".format(*divmod(round(number * 1440), 60))
    if is_clock(number):
        return f"{number!r} h" if is_number else number
    return repr(number) if could_be_clock(number) else number


def _tidy(number: float) -> int | float:
    """Whole numbers as int; times of day without the rounding errors of spreadsheet programs."""
    if number.is_integer():
        return int(number) if abs(number) < 2**53 else number
    seconds = number * 86_400
    whole = round(seconds)
    if abs(seconds - whole) > 1e-5:
        return number
    return whole / 86_400 if whole % 86_400 else whole // 86_400


def iso_number(typed: str) -> Cell:
    """The number for a date, a time or both that is stored as ISO text."""
    # A time alone is of the first day.
    for stamp in (typed.strip(), f"1899-12-30T{typed.strip().removeprefix('T')}"):
        with suppress(ValueError):
            moment = dt.datetime.fromisoformat(stamp).replace(tzinfo=None)
            return _tidy((moment - dt.datetime(1899, 12, 30)) / dt.timedelta(days=1))  # noqa: DTZ001 - wall-clock
    return typed or None


_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def unescape(text: str) -> str:
    """Decode characters that XML cannot hold, such as `_x000D_`."""
    return _ESCAPED.sub(_character, text)


def _character(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    allowed = code in {0x9, 0xA, 0xD} or 0x20 <= code < 0xD800 or code >= 0xE000
    return chr(code) if allowed else match[0]

"""An .xlsx file as a zip of XML parts, unpacked as a stream and within limits."""

from __future__ import annotations

import hashlib
import io
import posixpath
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from xml.parsers import expat

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
        if info is None:
            raise damaged()
        header = self._data[info.header_offset : info.header_offset + 30]
        if len(header) < 30:
            raise damaged()
        begin = info.header_offset + 30 + sum(struct.unpack("<HH", header[26:30]))  # its own name and extra field
        packed = memoryview(self._data)[begin : begin + info.compress_size]
        return info.compress_type, info.flag_bits, hashlib.sha256(packed).digest()

    def related(self, part: str) -> dict[str, tuple[str, str]]:
        """The parts that `part` refers to: relation ID -> (last word of the relation's type, part)."""
        folder, name = posixpath.split(part)
        listing = posixpath.join(folder, "_rels", f"{name}.rels")
        related: dict[str, tuple[str, str]] = {}
        number = 0

        def start(tag: str, attributes: dict[str, str]) -> None:
            nonlocal number
            if tag.endswith("Relationship") and attributes.get("TargetMode") != "External":
                kind = attributes.get("Type", "").rpartition("/")[2]
                target = posixpath.join("/", folder, attributes.get("Target", "").replace("\\", "/"))
                related[attributes.get("Id", "")] = kind, posixpath.normpath(target).lstrip("/")
                number += 1
                if number > _MAX_RELATIONS:
                    raise too_large("parts")

        if listing in self:
            feed(make_parser(start), self.unpack(listing))
        return related


_BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, ValueError, RuntimeError)


def damaged() -> UnusableFile:
    return UnusableFile("damaged", "is damaged")


def too_large(what: str) -> UnusableFile:
    return UnusableFile("too-large", f"holds far more {what} than a workbook has")


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
    begins = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if begins.startswith((b"<!doctype html", b"<html")):
        return UnusableFile("not-a-workbook", "is a web page, not a workbook")
    if b"\x00" not in data[:4096]:
        return UnusableFile("not-a-workbook", "is text (perhaps CSV), not a workbook")
    return UnusableFile("not-a-workbook", "is not a workbook")


def _directory_size(data: bytes) -> int:
    """The declared size of a zip's directory in bytes. Each entry costs memory before any is unpacked."""
    end = data.rfind(b"PK\x05\x06", max(0, len(data) - 65_557))
    if end < 0 or end + 22 > len(data):
        raise UnusableFile("damaged", "is damaged: its end is missing")
    sizes: list[int] = list(struct.unpack_from("<L", data, end + 12))
    if end >= 76 and data[end - 20 : end - 16] == b"PK\x06\x07" and data[end - 76 : end - 72] == b"PK\x06\x06":
        sizes = list(struct.unpack_from("<Q", data, end - 36))
    return sizes[0]


def make_parser(
    start: Callable[[str, dict[str, str]], None], end: Callable[[str], None] | None = None
) -> expat.XMLParserType:
    """A parser that calls `start` and `end` for each element, and refuses elements that are nested too deep."""
    inside: list[str] = []

    def begin(tag: str, attributes: dict[str, str]) -> None:
        inside.append(tag)
        if len(inside) > MAX_DEPTH:
            raise too_large("levels of elements")
        start(tag, attributes)

    def finish(tag: str) -> None:
        inside.remove(tag)
        if end is not None:
            end(tag)

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = begin
    parser.EndElementHandler = finish
    parser.StartDoctypeDeclHandler = _refuse_doctype
    return parser


def _refuse_doctype(*_: object) -> None:
    raise damaged()  # no workbook has one, and its entities can grow without limit


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

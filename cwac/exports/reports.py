"""A report and the one way to write it in each format: PDF, PNG, Excel, CSV and JSON. None names an officer.

PDF and PNG pages are made by typst: the layout is a .typ file, the contents are JSON, never typst markup.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from cwac.analysis.quarter import PeriodReport
from cwac.date_words import zoned_moment
from cwac.exports import tables
from cwac.exports.tables import ReportTable, Row, xml_text

if TYPE_CHECKING:
    from typst import Fonts

# One thread for typst: with one per processor, laying out a PDF would hold up the pages of all other viewers. Typst
# reads the variable once, before it first compiles.
os.environ.setdefault("RAYON_NUM_THREADS", "1")

_LAYOUTS = resources.files("cwac.exports")
_FONTS = _LAYOUTS / "fonts"
_NOTHING_ELSE: dict[str, Any] = {"root": str(_FONTS), "package_path": os.devnull, "package_cache_path": os.devnull}
"""A layout reads the files that it is given, and could read fonts. Otherwise typst would read the working directory and
the user's packages, and would keep packages from the network."""

Source = str | Mapping[str, bytes]
"""A layout of this package by its name, such as `report.typ`; or files by their path, with `main.typ`."""

SAMPLE = "SAMPLE: invented events, officers and counts."


@dataclass(frozen=True, slots=True)
class Report:
    """A report to write, made part by part as a format needs it: `layout` prints `page` as PDF and `pictured`, which
    may be shorter, as pictures; `tables` are for Excel, `document` is for JSON, `lines`, at least one, are for CSV.
    """

    title: str
    author: str
    layout: Source
    page: Callable[[], Mapping[str, Any]]
    pictured: Callable[[], Mapping[str, Any]]
    tables: Callable[[], Sequence[ReportTable]]
    lines: Callable[[], Sequence[Row]]
    document: Callable[[], Mapping[str, Any]]


def page_of(answer: PeriodReport, title: str, name: str, whose: str) -> dict[str, Any]:
    """What every layout prints of a report; `name` begins the footer."""
    moment = answer.as_of.astimezone(ZoneInfo(answer.timezone))
    return {
        "title": title,
        "whose": whose,
        "as_of": as_of(answer),
        "made_on": {"year": moment.year, "month": moment.month, "day": moment.day},
        "footer": f"{name} · {whose} · {as_of(answer)}",
        "sample": answer.sample,
    }


def as_of(answer: PeriodReport) -> str:
    """`sheet as of Fri, Oct 2, 2026, 8:05 AM Pacific Time`."""
    return f"sheet as of {zoned_moment(answer.as_of.astimezone(ZoneInfo(answer.timezone)))}"


def to_pdf(report: Report) -> bytes:
    return lay_out(report.layout, report.page())


def to_pngs(report: Report) -> tuple[bytes, ...]:
    return lay_out_pictures(report.layout, report.pictured())


def to_xlsx(report: Report) -> bytes:
    return tables.to_xlsx(report.tables(), report.title, report.author)


def to_csv(report: Report) -> bytes:
    """A line for each figure; shares are 0 to 1, and a figure that is not known is empty."""
    lines = report.lines()
    return tables.to_csv(lines, tuple(lines[0]))


FORMATS: Mapping[str, Callable[[Report], bytes]] = {"pdf": to_pdf, "xlsx": to_xlsx, "csv": to_csv}
"""The function that writes each format, by file ending."""


# --- pages by typst -----------------------------------------------------------------------------------------------


def lay_out(source: Source, page: Mapping[str, Any]) -> bytes:
    """The filled layout as a PDF for screen readers (PDF/UA-1), which does not say so if its fonts lack a character."""
    import typst

    try:
        pdf: bytes = _compile(source, page, pdf_standards="ua-1")
    except typst.TypstError:
        pdf = _compile(source, page)
    return pdf


def lay_out_pictures(source: Source, page: Mapping[str, Any]) -> tuple[bytes, ...]:
    """Each page as a PNG at 144 pixels an inch, for a preview."""
    pages = _compile(source, page, format="png")
    return (pages,) if isinstance(pages, bytes) else tuple(pages or ())


def _compile(source: Source, page: Mapping[str, Any], **options: Any) -> Any:
    import typst

    # typst's stubs know of one file alone
    files: Any = (_LAYOUTS / source).read_bytes() if isinstance(source, str) else dict(source)
    inputs = {"page": json.dumps(_printable(page))}
    return typst.compile(files, font_paths=_fonts(), sys_inputs=inputs, **_NOTHING_ELSE, **options)


def _printable(value: Any) -> Any:
    """The page with control characters and lone surrogates replaced in every text."""
    if isinstance(value, str):
        return xml_text(value)
    if isinstance(value, Mapping):
        return {key: _printable(item) for key, item in value.items()}
    return [_printable(item) for item in value] if isinstance(value, list | tuple) else value


@cache  # files of this package, which do not change while the process runs
def _fonts() -> Fonts:
    """The font of this package and typst's own, never the machine's, so that a page looks the same everywhere."""
    from typst import Fonts

    with resources.as_file(_FONTS) as folder:
        return Fonts(include_system_fonts=False, font_paths=[folder])

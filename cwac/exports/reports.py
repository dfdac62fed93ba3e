"""A report and the one way to write it in each format: PDF, PNG, Excel, CSV and JSON. None names an officer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from cwac.analysis.quarter import PeriodReport
from cwac.date_words import zoned_moment
from cwac.exports import pdf, tables
from cwac.exports.tables import ReportTable, Row

SAMPLE = "SAMPLE: invented events, officers and counts."


@dataclass(frozen=True, slots=True)
class Report:
    """A report to write: its parts are made when a format needs them.

    `layout` prints `page` as PDF, and `pictured`, which may be shorter, as pictures. `tables` are for Excel, `document`
    is for JSON, and `lines`, of which there is at least one, are for CSV.
    """

    title: str
    author: str
    layout: pdf.Source
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
    return pdf.to_pdf(report.layout, report.page())


def to_pngs(report: Report) -> tuple[bytes, ...]:
    return pdf.to_pngs(report.layout, report.pictured())


def to_xlsx(report: Report) -> bytes:
    return tables.to_xlsx(report.tables(), report.title, report.author)


def to_csv(report: Report) -> bytes:
    """A line for each figure; shares are 0 to 1, and a figure that is not known is empty."""
    lines = report.lines()
    return tables.to_csv(lines, tuple(lines[0]))


FORMATS: Mapping[str, Callable[[Report], bytes]] = {"pdf": to_pdf, "xlsx": to_xlsx, "csv": to_csv}
"""The function that writes each format, by file ending."""

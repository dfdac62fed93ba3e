"""The Excel tables of a worksheet: the rows that only sum up a table."""

from __future__ import annotations

import re

from cwac.sources.xlsx_package import Package, feed, make_parser


def total_rows(package: Package, worksheet: str) -> frozenset[int]:
    """The total rows of the tables of a worksheet, counted from 0. Raises `UnusableFile`."""
    rows: set[int] = set()

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag.rpartition(":")[2] != "table" or not attributes.get("totalsRowCount", "0").strip().isdecimal():
            return
        count = int(attributes.get("totalsRowCount", "0"))
        last = re.fullmatch(r"[A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}([0-9]{1,7})", attributes.get("ref", ""))
        if count and last:
            rows.add(int(last[1]) - 1)  # Excel knows one total row a table

    for kind, part in package.related(worksheet).values():
        if kind == "table" and part in package:
            feed(make_parser(start), package.unpack(part))
    return frozenset(rows)

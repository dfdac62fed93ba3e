"""A page as the text that its reader sees, with what each link opens; `python -m tests.web.screen_text` writes them.

A file of `screens/` is about one sheet. A line that begins with `=== ` names a viewer, a page and its query.
"""

import datetime as dt
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode
from zoneinfo import ZoneInfo

import openpyxl
from streamlit.testing.v1 import AppTest

from cwac.refresh import sheets
from cwac.settings import Settings
from cwac.sheet.template import write_template
from cwac.sources.excel import read_excel
from cwac.storage.store import Store
from tests import fixed_clock
from tests.web import plan
from tests.web.conftest import closed_to_strangers, opened

FOLDER = Path(__file__).with_name("screens")
NO_COUNTS = plan.tabs()["Attendance"][:1]


def one_tab(folder: Path) -> Settings:
    """Events with officers' names and agencies, but nothing that links people to agencies."""
    day, after = plan.serial(plan.TODAY) - 5, plan.serial(plan.TODAY) + 5
    events: plan.Rows = [
        ["Event ID", "Date", "Start", "Town", "Lead agency", "Partner agencies", "Status", "Officers needed",
         "Officers"],
        ["PAST", day, "9:00 AM", "Weed", "WPD", "SCSO", "Completed", 2, "A. Sample"],
        ["NEXT", after, "9:00 AM", "Weed", "WPD", "SCSO", "Confirmed", 3, "A. Sample; B. Demo"],
    ]  # fmt: skip
    agencies: plan.Rows = [["Agency", "Name"], ["WPD", "Weed Police"], ["SCSO", "Sheriff"]]
    empty: dict[str, plan.Rows] = {name: [] for name in plan.tabs()}
    return closed_to_strangers(plan.save(folder / "one-tab.xlsx", **empty | {"Events": events, "Agencies": agencies}))


def empty(folder: Path) -> Settings:
    """Headers alone."""
    headers = {name: rows[:1] for name, rows in plan.tabs().items()}
    return closed_to_strangers(plan.save(folder / "empty.xlsx", **headers), public=True)


def holiday(folder: Path) -> Settings:
    """Two events at once on a holiday with one officer at both, and a postponed event."""
    rows = plan.tabs()
    for row in rows["Events"][1:4]:
        row[1:4] = [plan.serial(dt.date(2026, 12, 25)), 8 / 24, 9.5 / 24]
    rows["Events"][3][10] = "Postponed"
    rows["Staffing"].append(["SHERIFFS", "OF-01", None, "Host", "Confirmed", None])
    return closed_to_strangers(plan.save(folder / "holiday.xlsx", **rows), public=True)


def own_names(folder: Path) -> Settings:
    """Tabs and columns by names of somebody's own, which are partly unknown."""
    fall: plan.Rows = [
        ["Coffee with a Cop"],
        ["When", "Town", "Where", "Host dept", "Crewing", "Snacks [x](y)"],
        [dt.date(2025, 9, 2), "Weed", "Park", "WPD", "Sgt. Planted-Vega", "donuts"],
        [dt.date(2025, 9, 16), "Weed", "Grange", "SCSO", "Ofc. Planted-Hall", None],
        [dt.date(2025, 10, 7), "Etna", "Cafe", "WPD", "Dep. Planted-Ruiz", None],
    ]
    ideas: plan.Rows = [["Date", "Topic"], [dt.date(2025, 9, 3), "music"], ["9/4/2025", "art"]]
    return closed_to_strangers(plan.save_tabs(folder / "fall.xlsx", {"Fall": fall, "Ideas": ideas}))


def template(folder: Path) -> Settings:
    write_template(folder / "plan.xlsx")
    return closed_to_strangers(folder / "plan.xlsx")


def edited(folder: Path) -> Settings:
    """A plan with three versions: from three days ago, edited yesterday at noon, and edited as today began."""
    file = plan.save(folder / "edited.xlsx")
    book = openpyxl.load_workbook(file)
    with closing(Store(f"sqlite:///{folder}/store.sqlite3")) as store:
        for days_ago, cell, value in ((3, None, None), (1, "C2", 9 / 24), (0, "E6", "Declined")):
            if cell is not None:
                book["Events" if days_ago else "Staffing"][cell] = value
                book.save(file)
            time = dt.time(12 if days_ago else 0, tzinfo=ZoneInfo(plan.ZONE))
            as_of = dt.datetime.combine(plan.TODAY - dt.timedelta(days=days_ago), time)
            os.utime(file, (as_of.timestamp(), as_of.timestamp()))
            store.keep(read_excel(file, plan.ZONE))
    return closed_to_strangers(file)


SHEETS: Mapping[str, Callable[[Path], Settings]] = {
    "plan": lambda folder: closed_to_strangers(plan.save(folder / "plan.xlsx"), public=True),
    "closed": lambda folder: closed_to_strangers(plan.save(folder / "plan.xlsx")),
    "edited": edited,
    "empty": empty,
    "holiday": holiday,
    "one_tab": one_tab,
    "own_names": own_names,
    "template": template,
    "uncounted": lambda folder: closed_to_strangers(plan.save(folder / "plan.xlsx", Attendance=NO_COUNTS), public=True),
    "sample": lambda _: Settings(),
}


def screen(page: AppTest) -> str:
    """What stands on the page below its title, and in its dialog, line by line."""
    assert not page.exception
    return "\n".join(["", *_lines(page._tree)]).partition("\n# ")[2].replace("\u2060", "").replace("\u00a0", " ")


def _lines(node: Any) -> Iterator[str]:
    proto = getattr(node, "proto", None)
    kind = "" if proto is None else getattr(node, "type", "")
    if kind in ("popover", "dialog"):
        label = proto.popover.label if kind == "popover" else proto.dialog.title
        yield f"[{kind}] {label}".replace("\\", "")
    elif kind == "bidi_component":
        data = json.loads(proto.json or proto.mixed.json)
        yield from _component(proto.component_name, data)
    elif kind in ("title", "header", "markdown", "caption", "info", "warning", "error", "success", "code"):
        mark = {"title": "# ", "header": "## ", "markdown": ""}.get(kind, f"[{kind}] ")
        yield mark + str(node.value).replace("\\", "")
    elif kind in ("dataframe", "table"):
        yield from ("[table] " + " | ".join(map(str, node.value.columns)), *_rows(node.value))
    elif kind == "vega_lite_chart":
        yield f"[chart] {proto.alt}"
    elif kind == "imgs":
        yield f"[image] {proto.imgs[0].alt}"
    elif kind == "link_button":
        yield f"[link] {proto.label} -> {proto.url}"
    elif kind == "page_link":
        yield f"[link] {proto.label} -> {proto.page}?{proto.query_string}"
    elif hasattr(proto, "label"):
        options = [getattr(option, "content", option) for option in getattr(proto, "options", ())]
        chosen = getattr(node, "value", None) if kind not in ("button", "expander") else None
        yield (
            f"[{kind}] {proto.label}"
            + (f": {' / '.join(options)}" if options else "")
            + (f" = {chosen}" if chosen not in (None, [], False) else "")
        )
    for child in (getattr(node, "children", None) or {}).values():
        yield from _lines(child)


def _rows(frame: Any) -> Iterator[str]:
    for row in frame.itertuples(index=False):
        yield " | ".join("" if value is None or value != value else str(value).replace("\\", "") for value in row)


def _component(name: str, data: Mapping[str, Any]) -> Iterator[str]:
    if name == "cwac.blocks":
        for block in data["blocks"]:
            yield from _block(block)
    elif name == "cwac.calendar":
        yield f"[calendar] {data['view']} {data['title']}"
        for day in data["days"]:
            yield from (f"{day['date']} {json.dumps(event, ensure_ascii=False)}" for event in day["events"])


def _block(block: Mapping[str, Any]) -> Iterator[str]:
    kind, name = block["kind"], block.get("label") or block.get("caption") or block.get("text") or ""
    yield f"({kind}) {name}"
    for line in block.get("lines", ()):
        yield f"  {_line(line)}"
    for card in block.get("cards", ()):
        yield f"  * {_line(card['title'])} [{card['tone']}]"
        yield from (f"    {_line(line)}" for line in card["lines"])
        yield from (f"    > {_line([action])}" for action in card["actions"])
    for tile in block.get("tiles", ()):
        yield f"  * {_line(tile['name'])}: {tile['value']} | {_line(tile['note'])} [{tile['tone']}]"
    for week in block.get("weeks", ()) if kind == "strip" else ():
        marks = [
            f"{mark['town']} {mark['staffed']} {mark['text']} ({mark['event']}) "
            f"[{mark['tone']}{', conflict' * mark['conflict']}]"
            for mark in week["marks"]
        ]
        yield f"  {week['name']}: {', '.join(marks)}"
    if kind in ("table", "rows"):
        yield f"  {' | '.join(block['columns'])}"
    for row in block.get("rows", ()):
        if kind == "table":
            yield f"  {' | '.join(map(_line, row))}"
        elif kind == "rows":
            yield f"  {' | '.join(map(_line, row['cells']))}"
            yield from (f"    {_line(line)}" for line in row["below"])
        else:
            parts = " + ".join(f"{part['value']:g} {part['tone']}" for part in row["parts"])
            yield f"  {_line(row['name'])}: {parts}: {_line(row['text'])}"


def _line(pieces: list[Any]) -> str:
    return "".join(map(_piece, pieces))


_PIECES = {
    "break": " // ",
    "chip": "<{text}: {tone}>",
    "event": "[{text} -> event {id}]",
    "link": "[{text} -> {url}]",
    "copy": "[{label}: {text}]",
}
"""Kind of a piece of a line -> how it is written; other kinds as their text."""


def _piece(piece: Any) -> str:
    if isinstance(piece, str):
        return piece
    if piece["type"] == "agency":
        return f"{{{piece['name']}{'*' if piece['lead'] else ''}}}"
    if piece["type"] == "dots":
        return f"{'●' * piece['filled']}{'○' * (piece['of'] - piece['filled'])} {piece['text']}"
    if piece["type"] == "page":
        return f"[{piece['text']} -> {piece['page']}?{urlencode(piece['query'])}]"
    return _PIECES.get(piece["type"], "{text}").format(**piece)


def screens(text: str) -> dict[str, str]:
    """Heading -> what it shows, in a file of screens."""
    parts = text.split("=== ")[1:]
    return {part.partition("\n")[0]: part.partition("\n")[2].rstrip("\n") for part in parts}


def drawn(sheet: str, headings: list[str]) -> dict[str, str]:
    """These screens of the sheet, as the pages draw them now."""
    shown = {}
    with tempfile.TemporaryDirectory() as folder:
        try:
            settings = replace(SHEETS[sheet](Path(folder)), store=f"sqlite:///{folder}/store.sqlite3")
            sheets.start(settings).wait(20)
            for heading in headings:
                viewer, _, address = heading.rpartition(" ")
                page, _, typed = address.partition("?")
                query = {name: values if len(values) > 1 else values[0] for name, values in parse_qs(typed).items()}
                if sheet == "sample":
                    shown[heading] = screen(opened(page, **query | {"as": viewer}))
                else:
                    shown[heading] = screen(opened(page, viewer, **query))
        finally:
            sheets.stop()
    return shown


def main() -> None:
    fixed_clock.set_clock()
    for file in sorted(FOLDER.glob("*.txt")):
        headings = list(screens(file.read_text(encoding="utf-8")))
        shown = drawn(file.stem, headings)
        file.write_text("\n".join(f"=== {heading}\n{text}\n" for heading, text in shown.items()), encoding="utf-8")


if __name__ == "__main__":
    main()

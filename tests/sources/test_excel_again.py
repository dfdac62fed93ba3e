"""A workbook read again parses only what changed, and gives what a first read gives."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cwac.sources.excel import TabReader
from cwac.sources.xlsx_package import UnusableFile
from tests.sources.xlsx_files import (
    BOOK,
    BOOK_PARTS,
    MAIN,
    RELATIONS,
    SHEET,
    SHEET_PARTS,
    STRINGS,
    STYLES,
    WEED,
    packed,
    parts,
    relation,
)

Edit = tuple[str, str, str]
"""A part, what is in it, and what is put there instead."""
SECOND_SHEET = "xl/worksheets/sheet2.xml"
ROWS = (
    '<sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
    '<row r="2"><c r="A2" t="s"><v>2</v></c><c r="B2" s="1"><v>0.25</v></c></row></sheetData>'
)
ID, HOURS = "<si><t>Event ID</t></si>", "<si><t>Hours</t></si>"
EDITS: tuple[Edit, ...] = (
    (SHEET, "<v>0.25</v>", "<v>0.5</v>"),
    (SECOND_SHEET, "<v>0.25</v>", "<v>45000</v>"),
    (SECOND_SHEET, '<c r="B2" s="1"><v>0.25</v></c>', '<c r="B2" t="s"><v>3</v></c>'),
    (STRINGS, "</sst>", f"{WEED}</sst>"),  # added at the end
    (STRINGS, "<si><t>EV-1</t></si>", "<si><t>EV-2</t></si>"),
    (STRINGS, f"{ID}{HOURS}", f"{HOURS}{ID}"),
    (STYLES, 'numFmtId="20"', 'numFmtId="14"'),
    (BOOK, "<workbookPr/>", '<workbookPr date1904="1"/>'),
    (BOOK, 'name="Staffing"', 'name="Attendance"'),
    (BOOK, 'name="Staffing"', 'name="Events"'),  # two tabs of one name
    (BOOK_PARTS, "worksheets/sheet2.xml", "worksheets/sheet1.xml"),  # one part twice
)


def edited(*edits: Edit, **more: str) -> bytes:
    """A workbook with two equal tabs, Events and Staffing, after the edits, and with more parts."""
    texts = parts(
        ROWS,
        ROWS,
        strings=f"{ID}{HOURS}<si><t>EV-1</t></si><si><t>none</t></si>",
        styles='<cellXfs><xf numFmtId="0"/><xf numFmtId="20"/></cellXfs>',
        workbook="<workbookPr/>",
    )
    for part, before, after in edits:
        texts[part] = texts[part].replace(before, after)
    return packed(texts | more)


@pytest.mark.slow
@settings(max_examples=40)
@given(st.lists(st.frozensets(st.sampled_from(EDITS), max_size=3), min_size=2, max_size=5))
def test_a_workbook_read_again_gives_what_a_first_read_gives(saves: list[frozenset[Edit]]) -> None:
    reader = TabReader()
    for edits in saves:
        data = edited(*edits)
        assert reader.tabs(data) == TabReader().tabs(data)


def test_only_the_changed_tab_is_parsed_again() -> None:
    reader = TabReader()
    events, staffing = reader.tabs(edited())
    events_again, staffing_again = reader.tabs(edited(EDITS[1], EDITS[3]))
    assert events_again is events
    assert staffing_again is not staffing
    assert staffing_again.rows[1][1] == 45000


def test_total_row_that_a_table_got_is_seen() -> None:
    reader, dated = TabReader(), (STRINGS, "Hours", "Date")
    assert reader.tabs(edited(dated))[0].rows[1][0] == "EV-1"
    table = f'<table xmlns="{MAIN}" ref="A1:B2" totalsRowCount="1"/>'
    relations = f'<Relationships xmlns="{RELATIONS}">{relation("t", "table", "../tables/table1.xml")}</Relationships>'
    events, _ = reader.tabs(edited(dated, **{SHEET_PARTS: relations, "xl/tables/table1.xml": table}))
    assert events.rows[1][0] == "Total"


def test_damaged_save_is_refused_and_the_next_good_one_read() -> None:
    reader = TabReader()
    tabs = reader.tabs(edited())
    with pytest.raises(UnusableFile):
        reader.tabs(edited((SECOND_SHEET, "</sheetData>", "")))
    assert reader.tabs(edited()) == tabs

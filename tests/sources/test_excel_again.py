"""A workbook read again parses only what changed, and gives what a first read gives."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cwac.sources.excel import TabReader
from cwac.sources.xlsx_package import UnusableFile
from tests.sources.xlsx_files import MAIN, OFFICE, RELATIONS, packed, parts

Edit = tuple[str, str, str]
"""A part, what is in it, and what is put there instead."""
SHEET = "xl/worksheets/sheet{}.xml"
ROWS = (
    '<sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
    '<row r="2"><c r="A2" t="s"><v>2</v></c><c r="B2" s="1"><v>0.25</v></c></row></sheetData>'
)
ID, HOURS = "<si><t>Event ID</t></si>", "<si><t>Hours</t></si>"
EDITS: tuple[Edit, ...] = (
    (SHEET.format(1), "<v>0.25</v>", "<v>0.5</v>"),
    (SHEET.format(2), "<v>0.25</v>", "<v>45000</v>"),
    (SHEET.format(2), '<c r="B2" s="1"><v>0.25</v></c>', '<c r="B2" t="s"><v>3</v></c>'),
    ("xl/sharedStrings.xml", "</sst>", "<si><t>Weed</t></si></sst>"),  # added at the end
    ("xl/sharedStrings.xml", "<si><t>EV-1</t></si>", "<si><t>EV-2</t></si>"),
    ("xl/sharedStrings.xml", f"{ID}{HOURS}", f"{HOURS}{ID}"),
    ("xl/styles.xml", 'numFmtId="20"', 'numFmtId="14"'),
    ("xl/workbook.xml", "<workbookPr/>", '<workbookPr date1904="1"/>'),
    ("xl/workbook.xml", 'name="Staffing"', 'name="Attendance"'),
    ("xl/workbook.xml", 'name="Staffing"', 'name="Events"'),  # two tabs of one name
    ("xl/_rels/workbook.xml.rels", "worksheets/sheet2.xml", "worksheets/sheet1.xml"),  # one part twice
)  # fmt: skip


def _texts() -> dict[str, str]:
    """A workbook with two equal tabs, Events and Staffing."""
    texts = parts(
        ROWS,
        strings=f"{ID}{HOURS}<si><t>EV-1</t></si><si><t>none</t></si>",
        styles='<cellXfs><xf numFmtId="0"/><xf numFmtId="20"/></cellXfs>',
        workbook="<workbookPr/>",
    )
    texts["xl/workbook.xml"] = texts["xl/workbook.xml"].replace(
        "</sheets>", '<sheet name="Staffing" sheetId="2" r:id="other"/></sheets>'
    )
    texts["xl/_rels/workbook.xml.rels"] = texts["xl/_rels/workbook.xml.rels"].replace(
        "</Relationships>",
        f'<Relationship Id="other" Type="{OFFICE}/worksheet" Target="worksheets/sheet2.xml"/></Relationships>',
    )
    texts[SHEET.format(2)] = texts[SHEET.format(1)]
    return texts


def _edited(edits: frozenset[Edit]) -> bytes:
    texts = _texts()
    for part, before, after in edits:
        texts[part] = texts[part].replace(before, after)
    return packed(dict(texts))


@pytest.mark.slow
@settings(max_examples=40)
@given(st.lists(st.frozensets(st.sampled_from(EDITS), max_size=3), min_size=2, max_size=5))
def test_a_workbook_read_again_gives_what_a_first_read_gives(saves: list[frozenset[Edit]]) -> None:
    reader = TabReader()
    for edits in saves:
        data = _edited(edits)
        assert reader.tabs(data) == TabReader().tabs(data)


def test_only_the_changed_tab_is_parsed_again() -> None:
    reader = TabReader()
    events, staffing = reader.tabs(_edited(frozenset()))
    events_again, staffing_again = reader.tabs(_edited(frozenset({EDITS[1], EDITS[3]})))
    assert events_again is events
    assert staffing_again is not staffing
    assert staffing_again.rows[1][1] == 45000


def test_total_row_that_a_table_got_is_seen() -> None:
    texts = _texts()
    texts["xl/sharedStrings.xml"] = texts["xl/sharedStrings.xml"].replace("Hours", "Date")
    reader = TabReader()
    assert reader.tabs(packed(dict(texts)))[0].rows[1][0] == "EV-1"
    texts["xl/worksheets/_rels/sheet1.xml.rels"] = (
        f'<Relationships xmlns="{RELATIONS}"><Relationship Id="t" Type="{OFFICE}/table" Target="../tables/table1.xml"/>'
        "</Relationships>"
    )
    texts["xl/tables/table1.xml"] = f'<table xmlns="{MAIN}" ref="A1:B2" totalsRowCount="1"/>'
    events, _ = reader.tabs(packed(dict(texts)))
    assert events.rows[1][0] == "Total"


def test_damaged_save_is_refused_and_the_next_good_one_read() -> None:
    reader = TabReader()
    good = _edited(frozenset())
    tabs = reader.tabs(good)
    bad = _texts()
    bad[SHEET.format(2)] = bad[SHEET.format(2)].replace("</sheetData>", "")
    with pytest.raises(UnusableFile):
        reader.tabs(packed(dict(bad)))
    assert reader.tabs(good) == tabs

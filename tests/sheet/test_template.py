"""The blank workbook: its help, its formats, and that it reads back as written; and the coordinators' guide."""

import datetime as dt
import io
import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import openpyxl
import pytest

from cwac.exports.colors import contrast
from cwac.model import Accounting, Merge, Tab
from cwac.sheet.reader import read_workbook
from cwac.sheet.schema import TABS
from cwac.sheet.template import data_dictionary, with_dictionary, write_template
from cwac.sources.excel import read_excel
from cwac.sources.sample import sample_workbook
from tests.sheet.county import COLUMNS, TODAY, book

GUIDE = Path(__file__).parents[2] / "docs" / "coordinators.md"
EVENTS = [
    ["Siskiyou County, 2026"],
    [],
    ["Town", "Event date", "Start", "Status", "Lead agency", "Internal notes", "My own", "Bilingual", "Date"],
    ["Weed", 46302, 8.5 / 24, "Confirmed", "CHP-MS", "=HYPERLINK(1)", "=1+1", True, "10/8/2026"],
    ["Mount Shasta", "TBD Oct", "'8-10", "#REF!", "-", "line one\nline two ", "007", False],
    [None, 46302.375, 45514, " ", "é 東京 & <b>", "@SUM(1)", 12.5, None, -3],
]
FILLED = book(
    Tab("Events", EVENTS, merges=(Merge(0, 1, 0, 4),)),
    Tab("Towns", [["Town", "Latitude"], ["Weed", 41.4242], ["Mount Shasta", 41.3144]]),
    Tab("Agencies", [["Name", "Agency"], ["California Highway Patrol", "CHP-MS"]]),
    Tab("Ideas & such", [["anything", 1], [None, "else"]]),
)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The blank workbook, the filled one and the sample, by name."""
    folder = tmp_path_factory.mktemp("written")
    write_template(folder / "blank.xlsx")
    write_template(folder / "filled.xlsx", FILLED)
    write_template(folder / "sample.xlsx", sample_workbook(TODAY))
    return {name: folder / f"{name}.xlsx" for name in ("blank", "filled", "sample")}


@pytest.fixture(scope="module")
def blank(written):
    return openpyxl.load_workbook(written["blank"])


@pytest.fixture(scope="module")
def filled(written):
    return openpyxl.load_workbook(written["filled"])


def headed(sheet, header: str, row: int = 1):
    return next(cell for cell in sheet[row] if cell.value == header)


def lists(sheet) -> dict[str, tuple[str, str]]:
    """By header: which cells have a dropdown, and what it offers."""
    dropdowns = {}
    for rule in sheet.data_validations.dataValidation:
        assert (rule.type, rule.errorStyle, rule.showDropDown) == ("list", "warning", False)
        [cells] = rule.sqref.ranges
        dropdowns[sheet.cell(cells.min_row - 1, cells.min_col).value] = str(rule.sqref), rule.formula1
    return dropdowns


ORDER = "Start here,Agencies,Officers,Towns,Venues,Events,Staffing,Attendance,Follow-ups,Time off,Coverage".split(",")


def test_blank_template_has_the_contracts_tabs_and_headers_without_problems(written):
    workbook = read_excel(written["blank"])
    assert [tab.title for tab in workbook.tabs] == ORDER
    assert {tab.title: list(tab.rows[0]) for tab in workbook.tabs[1:]} == {
        spec.name: [column.header for column in spec.columns] for spec in TABS
    }
    snapshot = read_workbook(workbook, TODAY)
    assert {(problem.severity, problem.code) for problem in snapshot.problems} == {("notice", "skipped-row")}
    assert (snapshot.events, snapshot.undated, snapshot.assignments, snapshot.headcounts) == ((), (), (), ())
    assert snapshot.accounting == {spec.name: Accounting() for spec in TABS} | {
        name: Accounting(rows=2, skipped=2) for name in ("Events", "Staffing", "Attendance")
    }


def test_start_here_opens_first_names_every_tab_and_leads_to_it(blank):
    sheet = blank["Start here"]
    assert blank.active is sheet
    links = {cell.value: cell.hyperlink.location for row in sheet["B4:B40"] for cell in row if cell.hyperlink}
    assert {name: links[name] for name in ORDER[1:]} == {name: f"'{name}'!A1" for name in ORDER[1:]}
    assert [cell.value for row in sheet["A4:A40"] for cell in row if isinstance(cell.value, int)] == [1, 2, 3, 4, 5]
    assert (sheet.page_setup.orientation, sheet.page_setup.fitToWidth) == ("portrait", 1)


def test_every_header_has_a_note_that_says_what_to_type(blank):
    for spec, column in COLUMNS:
        note = headed(blank[spec.name], column.header).comment.text
        assert column.help in note
        assert note.startswith("Required.\n") is column.required
        assert all(choice in note for choice in column.labels)
    assert headed(blank["Staffing"], "Report time").comment.text == (
        "When to be there, where it differs from Start.\nFor example: 8:30 AM"
    )
    assert headed(blank["Events"], "Date").comment.text == (
        "Required.\nThe day, for example 10/7/2026. An event without a readable date waits in the undated list."
    )
    assert "This tab: One row per event." in headed(blank["Events"], "Event ID").comment.text


def test_required_headers_look_different_and_all_are_easy_to_read(blank):
    looks = {True: set(), False: set()}
    for spec, column in COLUMNS:
        cell = headed(blank[spec.name], column.header)
        looks[column.required].add((cell.font.b, cell.font.color.rgb, cell.fill.fgColor.rgb))
    assert [len(look) for look in looks.values()] == [1, 1]
    assert looks[True].isdisjoint(looks[False])
    assert min(contrast(f"#{font[2:]}", f"#{fill[2:]}") for _, font, fill in looks[True] | looks[False]) > 7


def test_dropdowns_for_choices_and_for_the_names_of_other_tabs(blank):
    assert lists(blank["Events"]) == {
        "Town": ("F2:F1001", "'Towns'!$A$2:$A$1001"),
        "Venue": ("G2:G1001", "'Venues'!$A$2:$A$1001"),
        "Lead agency": ("I2:I1001", "'Agencies'!$A$2:$A$1001"),
        "Partner agencies": ("J2:J1001", "'Agencies'!$A$2:$A$1001"),
        "Status": ("K2:K1001", '"Draft,Tentative,Confirmed,Completed,Canceled,Postponed"'),
        "Cancel reason": ("L2:L1001", '"Fire,Smoke,Weather,Mutual aid,Short staff,Venue,Illness,Other"'),
        "Replaces": ("M2:M1001", "'Events'!$A$2:$A$1001"),
        "Bilingual needed": ("O2:O1001", '"Yes,No"'),
        "Registered nationally": ("P2:P1001", '"Yes,No"'),
        "Officers": ("X2:X1001", "'Officers'!$B$2:$B$1001"),
        "Public": ("Z2:Z1001", '"Yes,No"'),
    }
    rules = blank["Events"].data_validations.dataValidation
    assert [rule.errorTitle for rule in rules if not rule.showErrorMessage] == ["Partner agencies", "Officers"]
    assert rules[0].error == "Not in the list of the Towns tab."
    for spec in TABS:
        listed = {column.header for column in spec.columns if column.choices or column.reader == "yes-no"}
        assert listed <= set(lists(blank[spec.name]))
    for _, column in COLUMNS:
        assert not any("," in choice or '"' in choice for choice in column.labels)
        assert len(",".join(column.labels)) <= 255


def test_dates_and_times_are_shown_as_such_in_every_row_made_ready(blank):
    formats = {"date": "m/d/yyyy", "long-date": "m/d/yyyy", "time": "h:mm AM/PM"}
    for spec, column in COLUMNS:
        if column.reader in formats:
            sheet = blank[spec.name]
            letter = headed(sheet, column.header).column_letter
            for shown in (sheet[f"{letter}2"], sheet[f"{letter}1001"], sheet.column_dimensions[letter]):
                assert shown.number_format == formats[column.reader]


def test_rare_columns_are_folded_away_and_only_where_nothing_is_in_them(blank, written):
    for spec in TABS:
        dimensions = blank[spec.name].column_dimensions
        folded = {cell.value: dimensions[cell.column_letter] for cell in blank[spec.name][1]}
        assert {header for header, dimension in folded.items() if dimension.hidden} == {
            column.header for column in spec.columns if column.rare
        }
        assert all(dimension.outlineLevel == int(dimension.hidden) for dimension in folded.values())
        has_rare = any(column.rare for column in spec.columns)
        assert (blank[spec.name].sheet_format.outlineLevelCol or 0) == int(has_rare)  # or Excel shows no +
    assert not any(column.required for _, column in COLUMNS if column.rare)
    sample = openpyxl.load_workbook(written["sample"])
    for sheet in sample:
        hidden = [letter for letter, dimension in sheet.column_dimensions.items() if dimension.hidden]
        assert not any(cell.value for letter in hidden for cell in sheet[letter][1:])
    assert not sample["Events"].column_dimensions["E"].hidden


def test_events_print_about_ten_columns_on_letter_paper(blank, filled):
    sheet = blank["Events"]
    assert (sheet.print_area, sheet.page_setup.paperSize) == ("'Events'!$A$1:$N$1048576", 1)
    shown = [cell.value for cell in sheet[1][:14] if not sheet.column_dimensions[cell.column_letter].hidden]
    assert shown == [
        "Event ID", "Date", "Start", "End", "Town", "Venue", "Lead agency", "Partner agencies", "Status",
        "Officers needed",
    ]  # fmt: skip
    assert filled["Events"].print_area == "'Events'!$A$1:$D$1048576"
    assert blank["Venues"].print_area == ""


def rules(sheet) -> dict[str, list[str]]:
    """The formulas of the conditional formats by range."""
    return {
        str(cells.sqref): [formula for rule in cells.rules for formula in rule.formula]
        for cells in sheet.conditional_formatting
    }


def test_examples_repeated_ids_and_overdue_events_are_colored(blank, filled):
    assert rules(blank["Events"]) == {
        "A2:Z1001": ['LEFT($A2,8)="EXAMPLE-"'],
        "A2:A1001": ['AND($A2<>"",COUNTIF($A$2:$A$1001,$A2)>1)'],
        "B2:Z1001": ['AND(ISNUMBER($B2),$B2<TODAY(),$K2="Confirmed",LEFT($A2,8)<>"EXAMPLE-")'],
    }
    assert list(rules(blank["Staffing"])) == ["A2:K1001"]
    assert [len(rules(blank[name])) for name in ORDER] == [0, 1, 1, 1, 0, 3, 1, 1, 1, 0, 0]
    # Without an ID column, and below a title.
    assert rules(filled["Events"]) == {"A4:H1003": ['AND(ISNUMBER($B4),$B4<TODAY(),$D4="Confirmed")']}


def test_tabs_have_the_color_of_their_kind_a_header_in_view_and_pages_as_wide_as_the_table(blank):
    colors = {name: blank[name].sheet_properties.tabColor.rgb for name in ORDER}
    assert None not in colors.values()
    assert colors["Events"] == colors["Staffing"] != colors["Agencies"] == colors["Venues"] != colors["Start here"]
    for spec in TABS:
        sheet = blank[spec.name]
        assert (sheet.freeze_panes, sheet.print_title_rows) == ("A2", "$1:$1")
        page = sheet.page_setup
        assert (page.orientation, page.fitToWidth, page.fitToHeight) == ("landscape", 1, 0)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        widths = [sheet.column_dimensions[cell.column_letter].width for cell in sheet[1]]
        assert widths == [column.width for column in spec.columns]


def test_a_filled_workbook_comes_back_cell_by_cell(written):
    assert read_excel(written["filled"]).content_hash == FILLED.content_hash


def test_the_sample_reads_from_its_file_as_it_does_by_itself(written):
    itself, file = read_workbook(sample_workbook(TODAY), TODAY), read_workbook(read_excel(written["sample"]), TODAY)
    assert file.problems == itself.problems
    assert file.accounting == itself.accounting
    assert (file.events, file.assignments, file.headcounts) == (itself.events, itself.assignments, itself.headcounts)


def test_dates_are_numbers_shown_as_dates_and_text_is_never_a_formula(filled):
    sheet = filled["Events"]
    shown = [(cell.value, cell.number_format) for cell in sheet[4][1:3]]
    assert shown == [(dt.datetime(2026, 10, 7), "m/d/yyyy"), (dt.time(8, 30), "h:mm AM/PM")]  # noqa: DTZ001
    kinds = {cell.coordinate: cell.data_type for row in sheet.iter_rows(min_row=4) for cell in row if cell.value}
    assert "f" not in kinds.values()
    assert [kinds[cell] for cell in ("F4", "G4", "F5", "D5", "F6", "H4")] == ["s", "s", "s", "s", "s", "b"]
    assert [sheet[cell].quotePrefix for cell in ("F4", "G4", "F6", "A4")] == [True, True, True, False]
    assert sheet["F5"].alignment.wrap_text


def test_the_help_follows_the_table_wherever_it_stands(filled):
    sheet = filled["Events"]
    assert (sheet.freeze_panes, sheet.print_title_rows) == ("A4", "$3:$3")
    assert lists(sheet) == {
        "Town": ("A4:A1003", "'Towns'!$A$2:$A$1001"),
        "Status": ("D4:D1003", '"Draft,Tentative,Confirmed,Completed,Canceled,Postponed"'),
        "Lead agency": ("E4:E1003", "'Agencies'!$B$2:$B$1001"),
        "Bilingual": ("H4:H1003", '"Yes,No"'),
    }
    assert [bool(cell.comment) for cell in sheet[3]] == [True] * 6 + [False, True, False]
    assert filled["Ideas & such"].data_validations.dataValidation == []


def test_a_table_longer_than_usual_is_made_ready_to_its_end():
    stream = io.BytesIO()
    rows = [["Date", "Town"], *[[46302, "Weed"]] * 1500]
    write_template(stream, book(Tab("Events", rows), Tab("Towns", [["Town", "Pop"]])))
    sheet = openpyxl.load_workbook(stream)["Events"]
    assert lists(sheet) == {"Town": ("B2:B1501", "'Towns'!$A$2:$A$1001")}
    assert sheet["A1501"].number_format == "m/d/yyyy"


@pytest.mark.slow
def test_the_same_workbook_gives_the_same_bytes(written):
    for name, workbook in (("blank", None), ("filled", FILLED)):
        again = io.BytesIO()
        write_template(again, workbook)
        assert again.getvalue() == written[name].read_bytes()
        with zipfile.ZipFile(again) as parts:
            assert {part.date_time for part in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
            assert b"dcterms" not in parts.read("docProps/core.xml").partition(b">")[2]


@pytest.mark.slow
# LibreOffice writes whole columns as $A:$N, which only openpyxl cannot read.
@pytest.mark.filterwarnings("ignore:Print area cannot be set")
@pytest.mark.skipif(
    shutil.which("soffice") is None and not os.environ.get("CI"),
    reason="LibreOffice is missing: apt-get install libreoffice-calc",
)
def test_template_saved_by_libreoffice_reads_the_same(written, tmp_path):
    soffice = ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless"]
    command = [*soffice, "--convert-to", "xlsx", "--outdir", tmp_path, *written.values()]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    for name, path in written.items():
        saved = tmp_path / f"{name}.xlsx"
        assert read_excel(saved).content_hash == read_excel(path).content_hash
        kept, made = openpyxl.load_workbook(saved), openpyxl.load_workbook(path)
        for sheet in made:
            assert len(kept[sheet.title].data_validations.dataValidation) == len(sheet.data_validations.dataValidation)
            assert kept[sheet.title].freeze_panes == sheet.freeze_panes
    saved_blank = read_workbook(read_excel(tmp_path / "blank.xlsx"), TODAY)
    assert saved_blank.problems == read_workbook(read_excel(written["blank"]), TODAY).problems
    assert len(saved_blank.problems) == 6


# --- the coordinators' guide --------------------------------------------------------------------------------------

CODES = (
    "missing unreadable impossible ambiguous weekday-mismatch not-a-choice unknown-reference did-you-mean duplicate-id "
    "out-of-range formula-error missing-column merged-or-offset guessed inconsistent overdue privacy duplicate-row "
    "duplicate-column too-large cut-off missing-tab unused-column renamed-column unused-tab skipped-row "
    "made-id agency-unknown implausible"
).split()


def test_the_guide_holds_the_dictionary_of_todays_contract():
    """To bring it up to date:

    python -c "from pathlib import Path; from cwac.sheet.template import with_dictionary as w;
    p = Path('docs/coordinators.md'); p.write_text(w(p.read_text('utf-8')), 'utf-8')"
    """
    guide = GUIDE.read_text("utf-8")
    assert data_dictionary() in guide
    assert with_dictionary(guide) == guide


def test_the_guide_explains_every_tab_and_every_code():
    guide = GUIDE.read_text("utf-8").partition("## Every tab and column")[0]
    assert [code for code in CODES if f"| `{code}` |" not in guide] == []
    assert [spec.name for spec in TABS if spec.name not in guide] == []

"""The workbook for a public-records request: what needs review; `records.txt` of tests/cli/sessions has the rest."""

import datetime as dt
import io

import openpyxl

from cwac.exports.workbooks import records, records_workbook
from cwac.sheet.reader import read_workbook
from cwac.sheet.schema import TABS
from tests.web import plan


def test_every_contract_column_that_names_people_has_a_review_reason() -> None:
    for column in [column for spec in TABS for column in spec.columns]:
        if column.reader in ("people", "officer", "summary") or column.field in ("note", "internal_notes"):
            assert column.review, column.header


def test_text_in_the_workbook_is_never_a_formula() -> None:
    events = plan.tabs()["Events"]
    events[1][4], events[1][15] = '=HYPERLINK("http://evil.example")', "a\x00b\ud800"
    workbook, first, last = plan.workbook(Events=events), dt.date(2026, 10, 1), dt.date(2026, 11, 30)
    snapshot = read_workbook(workbook, plan.TODAY)
    written = records_workbook(records(workbook, snapshot, first, last), workbook, snapshot, first, last)
    sheet = openpyxl.load_workbook(io.BytesIO(written))["Events"]
    assert (sheet["H2"].value, sheet["H2"].data_type) == ('=HYPERLINK("http://evil.example")', "s")
    assert sheet["S2"].value == "a\ufffdb\ufffd"

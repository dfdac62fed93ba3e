"""What is exported of a sheet: the rows, and how each format writes them."""

import csv
import datetime as dt
import io
import json
import re
from dataclasses import replace

import openpyxl

from cwac.exports.tables import (
    EVENTS,
    FOLLOW_UPS,
    TABLES,
    event_rows,
    public_row,
    table_of,
    to_csv,
    to_json,
    to_tsv,
    to_xlsx,
)
from cwac.model import Assignment, Count, Event, FollowUp, Headcount, Snapshot, Undated, Venue
from tests.cases import each

STARBUCKS = Venue("Weed Starbucks", "Weed")
FULL = Event(
    "EV-1", 2, dt.date(2026, 10, 7), dt.time(8, 30), dt.time(10, 0), town="Weed", venue=STARBUCKS, lead_agency="WPD",
    partner_agencies=("SCSO", "CHP-MS"), status="Confirmed", officers_needed=3,
)  # fmt: skip
BARE = Event("2026-10-08-unknown", 3, dt.date(2026, 10, 8), venue_text="somewhere")


def snapshot(**records):
    as_of, made = dt.datetime(2026, 10, 1, tzinfo=dt.UTC), {name: tuple(rows) for name, rows in records.items()}
    return Snapshot("plan.xlsx", as_of, "America/Los_Angeles", as_of.date(), **made)


# --- rows -------------------------------------------------------------------------------------------------------

EVERYTHING = snapshot(
    events=[FULL, BARE],
    undated=[Undated("EV-2", 4, "soon", town="Etna")],
    venues=[STARBUCKS],
    assignments=[
        Assignment("EV-1", 2, "OF-01", "A. Sample", "WPD", role="Host", report_time=dt.time(8, 0),
                   release_time=dt.time(10, 15), status="Confirmed", pay_type="On duty", hours=2.0),
        Assignment("EV-1", 3, "OF-01", "A. Sample", "WPD", role="Greeter"),
        Assignment("EV-1", 4, "OF-02", "B. Demo", "SCSO", status="Attended"),
        Assignment("EV-1", 5, "OF-03", "C. Example", "CHP-MS", status="Requested"),
        Assignment("EV-1", 6, "OF-04", "D. Absent", "CHP-MS", status="Declined"),
        Assignment("EV-1", 7, placeholder=True),
        Assignment("EV-1", 8, None, "E. Walk-in", "SCSO", status="Assigned"),
        Assignment("EV-2", 3, None, None, "SCSO", placeholder=True),
    ],
    headcounts=[
        Headcount("EV-2", 2),
        Headcount("EV-1", 2, Count("35-40", 35, 37.5, 40, True), youth=5.0, new_visitors=2.0),
        Headcount("EV-1", 3, Count("12", 12.0, 12.0, 12.0), conversations=4),
    ],
    follow_ups=[
        FollowUp("FU-1", "EV-1", 2, "Traffic", "Speeding by the school", "WPD", "Sergeant", dt.date(2026, 11, 1),
                 "Closed", dt.date(2026, 10, 20), True),
    ],
)  # fmt: skip
EXPORTED = {
    "events": r"""
        id,date,start,end,timezone,title,town,venue,lead_agency,partner_agencies,status,officers_needed,\
        officers_assigned,officers_confirmed,guests,guests_low,guests_high,guests_estimated
        EV-1,2026-10-07,08:30,10:00,America/Los_Angeles,Coffee with a Cop,Weed,Weed Starbucks,WPD,\
        SCSO; CHP-MS,Confirmed,3,3,2,49.5,47,52,true
        2026-10-08-unknown,2026-10-08,,,America/Los_Angeles,Coffee with a Cop,,,,,,,0,0,,,,
    """,
    "staffing": """
        event_id,date,officer_id,officer,agency,role,status,report_time,release_time,hours,pay_type,placeholder
        EV-1,2026-10-07,OF-01,A. Sample,WPD,Host,Confirmed,08:00,10:15,2,On duty,false
        EV-1,2026-10-07,OF-01,A. Sample,WPD,Greeter,Assigned,,,,,false
        EV-1,2026-10-07,OF-02,B. Demo,SCSO,,Attended,,,,,false
        EV-1,2026-10-07,OF-03,C. Example,CHP-MS,,Requested,,,,,false
        EV-1,2026-10-07,OF-04,D. Absent,CHP-MS,,Declined,,,,,false
        EV-1,2026-10-07,,,,,Assigned,,,,,true
        EV-1,2026-10-07,,E. Walk-in,SCSO,,Assigned,,,,,false
        EV-2,,,,SCSO,,Assigned,,,,,true
    """,
    "attendance": r"""
        event_id,date,town,guests,guests_low,guests_high,guests_estimated,youth,new_visitors,conversations,rows,\
        count_source
        EV-2,,Etna,,,,,,,,1,sheet
        EV-1,2026-10-07,Weed,49.5,47,52,true,5,2,4,2,sheet
    """,
    "follow-ups": """
        id,event_id,category,referred_to,status,due,closed_on,reported_back
        FU-1,EV-1,Traffic,WPD,Closed,2026-11-01,2026-10-20,true
    """,
}  # fmt: skip
"""What is exported -> its lines, of which some go on after a backslash: a blank is not zero."""


@each("what", TABLES)
def test_export_has_a_row_for_each_record_with_the_columns_in_their_order(what):
    columns, rows_of = TABLES[what]
    rows = rows_of(EVERYTHING)
    lines = [line.strip() for line in re.sub(r"\\\n *", "", EXPORTED[what]).strip().splitlines()]
    assert to_csv(rows, columns).decode().splitlines() == lines
    assert {tuple(row) for row in rows} == {columns}


@each(("today", "guests"), [(7, (None,) * 4), (8, (49.5, 47, 52, True))])
def test_public_row_has_nothing_but_what_strangers_may_see(today, guests):
    held = replace(FULL, status="Completed", internal_notes="Ask B. Demo", funding="COPS", cancel_reason="Fire")
    sheet = replace(EVERYTHING, events=(held,), today=dt.date(2026, 10, today))
    assert public_row(held, sheet, "event/EV-1.html") == {
        "id": "EV-1", "date": "2026-10-07", "start": "08:30", "end": "10:00", "timezone": "America/Los_Angeles",
        "title": "Coffee with a Cop", "town": "Weed", "venue": "Weed Starbucks", "lead_agency": "WPD",
        "partner_agencies": ["SCSO", "CHP-MS"], "status": "Completed",
        **dict(zip(("guests", "guests_low", "guests_high", "guests_estimated"), guests, strict=True)),
        "page": "event/EV-1.html",
    }  # fmt: skip


def test_whole_numbers_are_written_without_decimals():
    (row,) = event_rows(snapshot(events=[FULL], headcounts=[Headcount("EV-1", 2, Count("12", 12.0, 12.0, 12.0))]))
    assert to_json([row["guests"], row["guests_low"], row["guests_high"]]) == b"[\n12,\n12,\n12\n]\n"


@each(
    ("typed", "listed", "exported"),
    [
        ("Weed Starbucks", (), "Weed Starbucks"),
        ("Weed Starbucks", (Venue("Etna Grange", "Etna"),), None),
        ("tbd", (), None),
        ("#REF!", (), None),
        (None, (), None),
    ],
)
def test_venue_is_as_typed_only_without_a_list_of_venues(typed, listed, exported):
    event = Event("EV-1", 2, dt.date(2026, 10, 7), venue_text=typed)
    (row,) = event_rows(snapshot(events=[event], venues=listed))
    assert row["venue"] == exported


# --- formats ----------------------------------------------------------------------------------------------------

FULL_WIDTH = [f"{sign}SUM(A1)" for sign in "＝＋－＠"]
DANGEROUS = ["=1+1", "+٣", "+1-530-555-0100", "-cmd", "@SUM(A1)", *FULL_WIDTH, "\tx", "\rx"]
HARMLESS = ["-3", "+4.5", "-.5", "-3.", "Weed", " =1", "'=1", "", "2-3", "2＝3", "Weed＠"]


def read_csv(written):
    return list(csv.reader(io.StringIO(written.decode("utf-8"), newline="")))


def test_csv_escapes_formulas_and_a_list_by_its_first_item():
    rows = [{"text": text, "n": -3} for text in [*DANGEROUS, ["=A", "B"], *HARMLESS, ["A", "=B"], []]]
    written = [*(f"'{text}" for text in DANGEROUS), "'=A; B", *HARMLESS, "A; =B", ""]
    assert read_csv(to_csv(rows, ("text", "n"))) == [["text", "n"], *([text, "-3"] for text in written)]


def test_csv_writes_values_as_json_does():
    row = {"a": None, "b": True, "c": False, "d": 37.5, "e": 37.0, "f": 'say "hi", Weed\nnow', "g": "Café – ☕"}
    assert to_csv([row], tuple(row)).decode() == (
        'a,b,c,d,e,f,g\r\n,true,false,37.5,37,"say ""hi"", Weed\nnow",Café – ☕\r\n'
    )


def read_xlsx(written):
    (sheet,) = openpyxl.load_workbook(io.BytesIO(written)).worksheets
    return sheet.title, [[(cell.value, cell.data_type) for cell in row] for row in sheet.iter_rows()]


def test_xlsx_writes_text_as_text_and_numbers_as_numbers():
    texts = [*DANGEROUS[:-1], "#N/A", "-3"]
    rows = [{"text": text, "n": -3, "half": 37.5, "flag": True, "list": ["=A", "B"], "no": None} for text in texts]
    written = to_xlsx([table_of("Events", rows, tuple(rows[0]))])
    title, cells = read_xlsx(written)
    assert title == "Events"
    assert cells == [
        [(name, "s") for name in rows[0]],
        *([(text, "s"), (-3, "n"), (37.5, "n"), (True, "b"), ("=A; B", "s"), (None, "n")] for text in texts),
    ]
    # Text stays text after somebody edits the cell in Excel.
    column = openpyxl.load_workbook(io.BytesIO(written))["Events"].iter_rows(min_row=2, max_col=1)
    assert [bool(cell.quotePrefix) for (cell,) in column] == [text != "#N/A" for text in texts]


def test_formula_behind_a_space_is_not_pasted_as_a_formula():
    assert to_tsv([{"text": " =1+1", "list": ["=1", "2"], "n": -3}], ("text", "list", "n")) == "'=1+1\t'=1; 2\t-3"


def test_no_text_breaks_any_format():
    row = {"text": "bell \x07, half \ud800, \U0001f600, " + "x" * 40_000}
    assert read_csv(to_csv([row], ("text",)))[1] == [row["text"].replace("\ud800", "?")]
    assert json.loads(to_json([row])) == [row]
    _, cells = read_xlsx(to_xlsx([table_of("Events", [row], ("text",))]))
    # Excel's cells hold 32,767 characters.
    assert cells[1] == [(("bell \ufffd, half \ufffd, \U0001f600, " + "x" * 40_000)[:32_767], "s")]


def test_json_has_a_line_for_each_item():
    document = {"source": "Café", "tabs": {"Events": {"rows": 1}}, "problems": [{"a": 1}, {"a": None}], "none": []}
    written = to_json(document)
    assert json.loads(written) == document
    assert written.decode() == (
        '{\n"source": "Café",\n"tabs": {"Events": {"rows": 1}},\n"problems": [\n{"a": 1},\n{"a": null}\n],\n'
        '"none": []\n}\n'
    )


def test_empty_export_is_a_header_or_an_empty_list():
    assert to_csv([], FOLLOW_UPS) == ",".join(FOLLOW_UPS).encode() + b"\r\n"
    assert to_json([]) == b"[]\n"
    assert read_xlsx(to_xlsx([table_of("Events", [], EVENTS)]))[1] == [[(name, "s") for name in EVENTS]]

"""Headers in any order, misspelled, in Spanish, and beside blank columns."""

import pytest

from cwac.exports.tables import ATTENDANCE, EVENTS
from cwac.model import Accounting, SourceUnavailable, Tab
from cwac.sheet import schema
from cwac.sheet.headers import column_for, key, read_header, tokens
from cwac.sheet.schema import TABS
from tests.cases import each
from tests.sheet.county import COLUMNS, codes, events, problems, read

OTHERS = (
    "State", "County", "City", "Unit", "Units", "Note", "Notes", "Time", "Times", "Type", "Name", "Names", "Contact",
    "Contract", "Office", "Court", "Country", "Tasks", "Medic", "Reporter", "Stats", "Plate", "Price", "Grand",
    "Entered by", "Recorded by", "Resolved by", "Referred by", "Assigned by", "EnteredBy", "referred_by",
    "Release date", "Event day", "Home agency", "Coffee", "Present", "Finding", "Resident",
)  # fmt: skip


def exact(spec, header):
    """The column with this name or alias, or None, without using the code under test."""
    typed = key(header)
    return next(
        (column for column in spec.columns for name in (column.header, *column.aliases) if key(name) == typed), None
    )


@each("spec", TABS)
@each("header", OTHERS)
def test_a_common_word_is_never_taken_for_a_misspelling(spec, header):
    if exact(spec, header) is None and header not in ("Units", "Times", "Names"):
        assert column_for(spec, header) is None
    assert column_for(spec, header) in (None, exact(spec, header))


@each("order", [1, -1])
@each("other", [str.lower, str.upper, "{} ".format, "{}:".format, "{} (of it)".format])
@each(("spec", "column"), COLUMNS)
def test_header_of_the_exact_name_is_read_wherever_it_stands(spec, column, other, order):
    row = [column.header, other(column.header)]
    if row[0] == row[1] or len({column_for(spec, header) for header in row}) > 1:
        return
    beside = next(each for each in spec.columns if each.field != column.field)
    header = read_header(spec, [*row[::order], beside.header])
    exact, forgiven = (0, 1) if order == 1 else (1, 0)
    assert (header.columns, header.repeated) == ({exact: column, 2: beside}, {forgiven: exact})


def slips(header):
    """The header with its longest word short of a letter, and with two of its letters the other way round."""
    word = max(header.split(" "), key=len)
    middle = len(word) // 2
    start, end = word[: middle - 1], word[middle + 1 :]
    for slip in (word[:middle] + end, start + word[middle] + word[middle - 1] + end):
        if slip != word:
            yield header.replace(word, slip, 1)


@each(("spec", "column"), COLUMNS)
def test_misspelled_header_is_read_and_reported(spec, column):
    for typed in slips(column.header):
        meant = column_for(spec, typed)
        assert meant in (None, column)
        if len(key(typed)) >= 7:
            header = read_header(spec, [typed])
            assert (header.columns, header.renamed) == ({0: column}, (0,))


@each("typed", ["Officer needed", "Lead agencies", "Lead Agncy", "LeadAgncy", "Venu name"])
def test_plural_and_misspelled_word_in_a_header_are_read(typed):
    spec = schema.VENUES if "Venu" in typed else schema.EVENTS
    assert column_for(spec, typed) is not None


@pytest.mark.slow
@each("order", [1, -1])
@each(("spec", "column"), COLUMNS)
def test_an_exact_name_beats_a_near_miss_in_any_order(spec, column, order):
    exact_names = [other.header for other in spec.columns if other is not column] + [column.header]
    row = [*slips(column.header), *exact_names][::order]
    header = read_header(spec, row)
    assert {at: meant.header for at, meant in header.columns.items()} == {
        at: typed for at, typed in enumerate(row) if exact(spec, typed) and typed in exact_names
    }
    assert header.renamed == ()


# --- Spanish ---------------------------------------------------------------------------------------------------------


@each(("spec", "column", "name"), [(spec, column, name) for spec, column in COLUMNS for name in column.spanish])
def test_spanish_header_is_read_with_and_without_accents_and_takes_no_other_column(spec, column, name):
    bare = name.translate(str.maketrans("áéíóúüñÁÉÍÓÚÜÑ", "aeiouunAEIOUUN"))
    for typed in (name, bare, name.upper()):
        assert column_for(spec, typed) is column
        header = read_header(spec, [typed])
        assert (header.columns, header.renamed) == ({0: column}, ())
    assert exact(spec, name) in (None, column)
    # An English header of the same column counts, wherever it stands.
    row = [name, *[other.header for other in spec.columns]]
    assert {meant.header: row[at] for at, meant in read_header(spec, row).columns.items()} == {
        other.header: other.header for other in spec.columns
    }
    assert read_header(spec, row).unknown == (0,)


def test_no_spanish_name_means_two_columns_of_a_tab():
    for spec in TABS:
        names = [key(name) for column in spec.columns for name in column.spanish]
        assert len(names) == len(set(names))


# --- phrases ---------------------------------------------------------------------------------------------------------


def test_each_phrase_of_a_column_is_written_as_the_words_of_a_header_are_read():
    for column in schema.EVENTS.columns:
        texts = [column.phrases, *(phrases for _, phrases in column.parts)]
        for phrase in [phrase for text in texts if text for phrase in text.split("; ")]:
            assert " ".join(tokens(f"the {phrase}")) == f"the {phrase}"


# --- blank columns ---------------------------------------------------------------------------------------------------


@each("blank", [None, "", "  ", "\u200b"])
@each("spec", TABS)
def test_inserted_blank_column_cuts_off_nothing_or_is_reported(spec, blank):
    names = [column.header for column in spec.columns]
    for place in range(len(names) + 1):
        row = [*names[:place], blank, *names[place:]]
        header = read_header(spec, row)
        read_names = [row[at] for at in header.columns]
        right = len(names) - place
        if right == 1 and place > 1:
            assert (read_names, [row[at] for at in header.cut]) == (names[:-1], names[-1:])
        elif right == 1:
            assert set(read_names) | {row[at] for at in header.cut} == set(names)
        else:
            assert (read_names, header.cut) == (names, {})


@each("left", ["#", "No.", "Row", 1, "Nr", "1"])
def test_row_number_and_blank_column_before_the_table_are_ignored(left):
    rows = [[left, None, *events()[0]], [1, None, *events({})[1]], [2, None, *[None] * len(events()[0])]]
    snapshot = read(Events=rows)
    assert [event.id for event in snapshot.events] == ["E1"]
    assert snapshot.accounting["Events"] == Accounting(rows=1, kept=1)
    assert codes(snapshot) == []


def test_columns_that_are_cut_off_are_named_with_their_letters():
    header = ["Date", "Town", "Lead agency", "Status", None, "Agency", "Guests"]
    snapshot = read(Events=[header, [46400, "Weed", "WPD", "Confirmed", None, "SCSO", 12]])
    assert snapshot.headcounts == ()
    ((advice, *found),) = problems(snapshot, "advice", "severity", "cell", "found", code="cut-off")
    assert found == ["warning", "F1", "Agency"]
    assert '"Agency" (F), "Guests" (G)' in advice


@each(
    ("row", "read_names", "cut"),
    [
        # A side table without known headers is nobody's business.
        (["Date", "Town", "Lead agency", None, "To buy", "Sugar"], ["Date", "Town", "Lead agency"], []),
        # One known header alone may be anything.
        (["Date", "Town", "Lead agency", None, "Guests"], ["Date", "Town", "Lead agency"], ["Guests"]),
        # Two belong to the table, also after a second blank column.
        (["Date", "Town", None, "Guests", "Status"], ["Date", "Town", "Guests", "Status"], []),
        (["Date", "Town", None, None, "Guests", "Status"], ["Date", "Town", "Guests", "Status"], []),
        # A repeated one begins another table.
        (["Date", "Town", "Status", None, "Town", "Guests"], ["Date", "Town", "Status"], ["Town", "Guests"]),
        (["Date", "Town", None, "Status", "Guests", None, "Town", "Venue"], ["Date", "Town", "Status", "Guests"],
         ["Town", "Venue"]),
        # The block with the most known headers is the table, wherever it stands.
        (["Town", "Guests", None, "Date", "Town", "Lead agency", "Status"], ["Date", "Town", "Lead agency", "Status"],
         ["Town", "Guests"]),
        (["Event ID", None, "Date", "Town", "Status"], ["Event ID", "Date", "Town", "Status"], []),
    ],
)  # fmt: skip
def test_table_ends_at_a_blank_header_or_a_repeated_one(row, read_names, cut):
    header = read_header(schema.EVENTS, row)
    assert ([row[at] for at in header.columns], [row[at] for at in header.cut]) == (read_names, cut)


# --- our own export --------------------------------------------------------------------------------------------------


WORKED_OUT = set(
    "officers_assigned officers_confirmed guests_low guests_high guests_estimated timezone rows count_source".split()
)
"""Columns of an export that nobody types."""


@each(
    ("spec", "names", "back"),
    [(schema.EVENTS, EVENTS, {"date", "town", "lead_agency", "guests"}), (schema.ATTENDANCE, ATTENDANCE, set())],
)
def test_columns_of_an_export_are_read_back_except_computed_ones(spec, names, back):
    header = read_header(spec, list(names))
    fields = {names[at]: column.field for at, column in header.columns.items()}
    assert WORKED_OUT.isdisjoint(fields)
    assert (header.renamed, header.repeated) == ((), {})
    assert set(names) - set(fields) - WORKED_OUT <= {"date", "town"} - back
    assert {name: name for name in back}.items() <= fields.items()


def test_officers_assigned_as_a_header_are_the_officers():
    assert column_for(schema.EVENTS, "Officers assigned").field == "officers"


# --- tabs ------------------------------------------------------------------------------------------------------------


@each("spec", TABS[1:])
@each("others", [(), ("Ideas",)])
def test_a_known_tab_is_never_proposed_for_events(spec, others):
    known = Tab(spec.name, [[column.header for column in spec.columns], ["x"]])
    with pytest.raises(SourceUnavailable) as refused:
        read(known, *(Tab(title, [["nothing"]]) for title in others))
    assert refused.value.cause == "no-events-tab"
    assert [table.tab for table in refused.value.reading] == list(others)
    assert not any(title in str(refused.value) for title in (f'"{spec.name}"', *others))


@pytest.mark.slow
def test_known_headers_beyond_thousands_of_single_ones_belong_to_the_table():
    """Looking ahead from each of them to the end took seconds at Excel's last column."""
    beside = [cell for number in range(8_000) for cell in (f"z{number}", None)]
    row = ["Date", "Town", None, *beside, "Lead agency", "Status"]
    assert list(read_header(schema.EVENTS, row).columns) == [0, 1, len(row) - 2, len(row) - 1]

"""The tabs that forms fill: what their rows become, their columns, and how they are known by their headers."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Literal, get_args

from cwac.model import Cell, Row, Tab
from cwac.sheet import headers, schema, text
from cwac.sheet.cell_kinds import LOOKED_AT
from cwac.sheet.plan import ByHand, ColumnPlan, TablePlan
from cwac.sheet.schema import Audience, Column, TabSpec
from cwac.sheet.text import header_text

Reply = Literal["Yes", "No", "Maybe"]


@dataclass(frozen=True, slots=True)
class OfficerAnswer:
    """The last answer of an officer about an event. `at` is in the sheet's zone, None where the row has no time.

    `officer` is an Officer ID, None without an Officers tab. `other_address` marks an answer that was sent from an
    address other than the officer's.
    """

    event_id: str
    row: int
    answer: Reply
    officer: str | None = None
    name: str | None = None
    agency: str | None = None
    at: dt.datetime | None = None
    note: str | None = None
    other_address: bool = False

    @property
    def person(self) -> str | None:
        return self.officer or (self.name.casefold() if self.name else None)


@dataclass(frozen=True, slots=True)
class FeedbackAnswer:
    """What one resident answered, without the text: scores from 1 to 5 in the order of the questions, None if blank."""

    event_id: str
    row: int
    questions: tuple[str, ...] = ()
    scores: tuple[int | None, ...] = ()
    first_time: bool | None = None
    language: str | None = None


QUESTIONS = ("question_1", "question_2", "question_3")
"""The fields of the questions that residents answer from 1 to 5."""
ASKED: tuple[tuple[str, ...], ...] = (
    ("I felt welcome", "Me sentí bienvenido"),
    ("I could say what matters to me", "Pude decir lo que me importa"),
    (),
)
"""Their words in our forms, English and Spanish; questions in other words are told apart by their order."""

_private = partial(Column, told="no")
_shared = partial(_private, audience="agencies")
_asked = partial(_shared, quoted=True)
_required = partial(_asked, required=True)
_AT = _shared(
    "Timestamp",
    "text",
    "When the answer was sent; the form fills it in.",
    field="at",
    aliases=("Completion time", "Submitted at"),
    spanish=("Marca temporal", "Hora de finalización"),
)
_BEGAN = _shared(
    "Start time", "text", "When the form was opened, in Microsoft Forms.", field="began", spanish=("Hora de inicio",)
)
_EVENT_ID = replace(
    schema.STAFFING.column("event_id"),
    aliases=("Event no", "Event number", "Event #", "EventID", "Event code"),
    spanish=("ID del evento", "ID de evento", "Número de evento", "Código del evento"),
)
_NOTE = replace(
    schema.STAFFING.column("note"),
    told="no",
    review="",
    spanish=("Nota", "Notas", "Comentario", "Comentarios"),
)
_EMAIL = _private(
    "Email Address",
    "text",
    "The address that the form collected; it is compared with the officer's and never shown.",
    field="email",
    aliases=("Email", "E-mail address", "E-mail", "Username"),
    spanish=("Dirección de correo electrónico", "Correo electrónico", "Correo"),
)

OFFICER_ANSWERS = TabSpec(
    "Officer answers",
    "What officers answered about their shifts, filled by a form.",
    (
        _AT,
        _BEGAN,
        _EVENT_ID,
        _shared(
            "Officer",
            "officer",
            "The officer's ID or name.",
            required=True,
            aliases=("Officer ID", "Officer name", "Your officer ID"),
            spanish=("Oficial", "Agente", "ID del oficial"),
        ),
        _required(
            "Can you come?",
            "choice",
            "Yes, No or Maybe.",
            field="answer",
            aliases=("Can you make it?", "Are you coming?", "Will you come?", "Will you be there?", "Answer"),
            choices=get_args(Reply),
            spanish=("¿Puede venir?", "¿Puedes venir?", "¿Vendrá?", "Respuesta"),
        ),
        _NOTE,
        _EMAIL,
    ),
    (OfficerAnswer,),
)
DOOR_COUNTS = TabSpec(
    "Door counts",
    "How many guests were counted at the door, filled by a form.",
    (
        _AT,
        _BEGAN,
        _EVENT_ID,
        _required(
            "Guests",
            "count",
            "How many residents came so far, or in all.",
            aliases=("How many so far?", "How many guests", "Count"),
            spanish=("Asistentes", "Visitantes", "¿Cuántos"),
        ),
        replace(
            schema.ATTENDANCE.column("youth"),
            told="no",
            shown=(),
            aliases=("Kids", "Children", "Under 18", "How many of them were under 18"),
        ),
        _required(
            "Final?",
            "choice",
            "So far, or Final.",
            aliases=("Final count?", "Is this final?", "So far or final?"),
            choices=("So far", "Final"),
            spanish=("¿Es el total final?", "¿Final?"),
        ),
        _private("Counted by", "text", "Who counted.", aliases=("Your name",), spanish=("Contó",)),
        _NOTE,
        _EMAIL,
    ),
    (),
)
FEEDBACK = TabSpec(
    "Resident feedback",
    "What residents answered at or after an event, filled by a form.",
    (
        _AT,
        _BEGAN,
        _EVENT_ID,
        *(
            _asked(
                f"Question {number}",
                "number",
                "An answer from 1 to 5.",
                field=field,
                aliases=words[:1],
                spanish=words[1:],
            )
            for number, (field, words) in enumerate(zip(QUESTIONS, ASKED, strict=True), 1)
        ),
        _asked(
            "First time here?",
            "yes-no",
            "Yes or No.",
            field="first_time",
            aliases=("Is this your first time here?", "Is this your first", "First time"),
            spanish=("¿Es su primera vez?", "¿Primera vez?", "¿Es la primera vez"),
        ),
        _shared("Language", "text", "The form's language.", spanish=("Idioma",)),
        _private(
            "Anything else?",
            "note",
            "One line of text, which is never shown.",
            field="anything",
            aliases=("Anything you want to add?", "Comments", "Comment", "Note"),
            spanish=("¿Algo más?", "¿Algo mas", "Comentarios", "Comentario"),
        ),
        _EMAIL,
    ),
    (FeedbackAnswer,),
)
SPECS = (OFFICER_ANSWERS, DOOR_COUNTS, FEEDBACK)
OTHER_FIELDS: Mapping[type, Mapping[str, Audience]] = {
    OfficerAnswer: dict.fromkeys(("row", "name", "agency", "other_address"), "agencies"),
    FeedbackAnswer: dict.fromkeys(("row", "questions", "scores"), "agencies"),
}
_TIMES = {"at", "began"}
_OF_THE_FORM = frozenset(
    map(headers.key, ("ID", "Name", "Nombre", "Last modified time", "Hora de la última modificación", "Points"))
)
"""Headers of columns that Google's or Microsoft's form adds by itself, and that say nothing of the event."""


def audience_of(record: object, own: Collection[str], shared: Collection[str]) -> Audience | None:
    """Answers are seen as names in Staffing are; an officer's note by their own agency; feedback by all agencies."""
    if isinstance(record, OfficerAnswer):
        if record.agency is not None and record.agency in own:
            return "own agency"
        return "agencies" if record.event_id in shared else None
    return "agencies" if isinstance(record, FeedbackAnswer) else None


def _words(typed: str) -> tuple[str, ...]:
    plain = unicodedata.normalize("NFKD", typed.casefold()).encode("ascii", "ignore").decode().replace("#", " no ")
    return tuple(re.findall(r"[a-z0-9]+", plain))


@cache
def _names(spec: TabSpec) -> Mapping[tuple[str, ...], Column]:
    return {
        _words(name): column
        for column in spec.columns
        for name in (*column.spanish, *column.aliases, *([] if column.field in QUESTIONS else [column.header]))
    }


def _column_of(spec: TabSpec, words: tuple[str, ...]) -> Column | None:
    """The column whose name is the longest beginning of a header, as in "Event ID (please do not change)"."""
    names = _names(spec)
    found = (names.get(words[:length]) for length in range(len(words), 0, -1))
    return next((column for column in found if column is not None), None)


def _planned(spec: TabSpec, rows: Sequence[Row], header: int, by_hand: ByHand) -> list[ColumnPlan]:
    typed = [header_text(cell) for cell in rows[header]]
    said = by_hand(spec, typed)
    taken = {one.field: at for at, one in said.items() if one.field is not None}
    columns = dict(said)
    open_at = [at for at, name in enumerate(typed) if name.strip() and at not in said]
    exact_names = {headers.key(column.header) for column in spec.columns}
    for at in sorted(open_at, key=lambda at: headers.key(typed[at]) not in exact_names):
        column = _column_of(spec, _words(typed[at]))
        if column is None:
            is_known = headers.key(typed[at]) in _OF_THE_FORM
            columns[at] = ColumnPlan(at, typed[at], by="alias" if is_known else None)
        elif column.field in taken:
            columns[at] = ColumnPlan(at, typed[at], same_as=taken[column.field], perhaps=column.field)
        else:
            taken[column.field] = at
            exact = headers.key(typed[at]) == headers.key(column.header)
            columns[at] = ColumnPlan(at, typed[at], column.field, "exact" if exact else "alias")
    # Without an event and a time it is no form, and its cells need no look.
    if spec is FEEDBACK and "event_id" in taken and not _TIMES.isdisjoint(taken):
        left = [at for at in sorted(columns) if columns[at].field is None and columns[at].by is None]
        asked = [at for at in left if columns[at].same_as is None and _is_scale(typed[at], rows, header, at)]
        for at, field in zip(asked, (field for field in QUESTIONS if field not in taken), strict=False):
            columns[at] = replace(columns[at], field=field, by="alias")
    return [columns[at] for at in sorted(columns)]


def _is_scale(header: str, rows: Sequence[Row], header_row: int, at: int) -> bool:
    """Whether a column may be a question that is answered from 1 to 5: no column of another tab, and numbers below."""
    if any(headers.column_for(spec, header) is not None for spec in schema.TABS[:3]):
        return False
    cells = [row[at] for row in rows[header_row + 1 : header_row + 1 + LOOKED_AT] if at < len(row)]
    filled = [cell for cell in cells if not text.is_blank(cell)]
    return 2 * sum(score_of(cell) is not None for cell in filled) >= len(filled)


def score_of(cell: Cell) -> int | None:
    """The number of an answer on a scale, such as 4, "4" or "5 - Strongly agree"; None where it has none."""
    if isinstance(cell, bool) or cell is None:
        return None
    if isinstance(cell, int | float):
        return int(cell) if float(cell).is_integer() and abs(cell) < 1000 else None
    match = re.match(r"\s*([0-9]{1,3})\s*(?:$|[-–—:.)]\s*\D)", cell)
    return int(match[1]) if match else None


def _candidates(tab: Tab, by_hand: ByHand) -> Iterator[tuple[TabSpec, int, list[ColumnPlan], set[str]]]:
    """For each row that may be the header, and each kind of tab: the columns and fields, if it has times and events."""
    date = schema.EVENTS.column("date")
    for header, row in enumerate(tab.rows[: headers.HEADER_WITHIN]):
        typed = [header_text(cell) for cell in row if isinstance(cell, str)]
        if len(typed) < 2:
            continue
        # Few rows of a sheet name an event, and planning the columns of each row takes long.
        named = [_words(name) for name in typed]
        specs = [
            spec
            for spec in SPECS
            if spec.column("event_id") in (_column_of(spec, name) for name in named)
            or by_hand(spec, list(map(header_text, row)))
        ]
        # A plan of events that a form filled has days.
        if not specs or any(headers.column_for(schema.EVENTS, name) is date for name in typed):
            continue
        for spec in specs:
            columns = _planned(spec, tab.rows, header, by_hand)
            fields = {one.field for one in columns if one.field is not None}
            if fields & _TIMES and "event_id" in fields:
                yield spec, header, columns, fields


def plan(number: int, tab: Tab, by_hand: ByHand) -> TablePlan | None:
    """The table of a tab that a form filled, known by a time and its required columns; None for any other tab."""
    for spec, header, columns, fields in _candidates(tab, by_hand):
        is_another = spec is FEEDBACK and (
            fields.isdisjoint(QUESTIONS) or not _fields_of(tab.rows[header]).isdisjoint(("officer", "guests"))
        )
        if fields.issuperset(column.field for column in spec.columns if column.required) and not is_another:
            return TablePlan(number, tab.title, spec.name, header, tuple(columns))
    return None


def _fields_of(row: Row) -> set[str]:
    """The fields of officers' answers and door counts that these headers name."""
    typed = [_words(header_text(cell)) for cell in row]
    columns = (_column_of(spec, name) for spec in (OFFICER_ANSWERS, DOOR_COUNTS) for name in typed)
    return {column.field for column in columns if column is not None}


def why_none(tab: Tab, by_hand: ByHand) -> str | None:
    """Why a tab that seems to be filled by a form is not read; None if it does not seem so."""
    for _, header, _, _ in _candidates(tab, by_hand):
        fields = _fields_of(tab.rows[header])
        if "officer" in fields:
            missing = f'no column "{OFFICER_ANSWERS.column("answer").header}" with Yes, No or Maybe'
        elif "guests" in fields:
            missing = f'no column "{DOOR_COUNTS.column("final").header}" with So far or Final'
        else:
            missing = "no question that is answered from 1 to 5, and no Officer or Guests"
        return f"it looks like the answers of a form, but has {missing}. Name the question so, or say so in [columns]."
    return None

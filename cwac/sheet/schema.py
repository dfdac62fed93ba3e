"""The contract, one table kept whole: every tab and column, its names, how it is read, and who may see it.

The reader, the gate (`access`), the blank template with its dropdowns, the data dictionary, the changes told, and the
columns to review before records are released are all made from `TABS`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Literal, get_args

from cwac import addons, model
from cwac.sheet.text import MAX_CELL, MAX_LIST, MAX_NOTE

Reader = Literal[
    "text",  # any text
    "note",  # any text, up to `MAX_NOTE` characters
    "id",  # an identifier: text, or a whole number
    "date",  # a day near today
    "long-date",  # a day in a career or a town's history
    "time",
    "count",  # people, perhaps an estimate or a range
    "needed",  # officers needed
    "number",  # a whole number from 0
    "hours",
    "yes-no",
    "choice",
    "event-status",  # a choice that may carry the reason: "CANX – fire"
    "agency",
    "agencies",
    "town",
    "venue",
    "officer",  # one person
    "people",  # a cell of Staffing: a person, several, a swap or a placeholder
    "event",  # the ID of a row in Events
    "list",  # several texts
    "latitude",
    "longitude",
    "color",
    "summary",  # a resident's concern: short, without personal data
]

Audience = Literal[
    "public",  # anybody
    "agencies",  # signed-in people of the agencies
    "own agency",  # those whose agency has a part in the row: the row's own agency, or one of its event's
    "coordinators",
]
"""Who may see a column, widest first; each audience also sees what a wider one does."""
Told = Literal[
    "values",  # "start 9:00 → 10:00 AM"; of Attendance only the counts, added up
    "change",  # "public notes changed": the text is too long, or too private, to be repeated
    "no",  # it identifies the row, is described with another column, or is nobody else's business
]
"""How a change of a cell is told on the Changes page and in messages."""
Document = Literal["count-sheet"]
"""The documents of an event that are made from columns of this table."""

# Why a clerk must look at a column before a record is released.
_OFFICER = "Names an officer: not confidential as such, but their safety may be a reason, above all for events ahead."
_HOUR = "Says when and where somebody is on duty."
_AWAY = "Says when somebody is away: a personnel matter."
_PERSONNEL = "A personnel matter."
_PRIVATE = "May name or reach a private person."
_FREE = "Free text: may hold anything, such as a name, a phone number or a plate."
_COORDINATORS = "Only coordinators see this column."


_WIDTHS = {
    **dict.fromkeys(("yes-no", "count", "number"), 9),
    **dict.fromkeys(("time", "latitude", "longitude"), 11),
    **dict.fromkeys(("date", "long-date"), 14),
    "note": 32,
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `field` is the record's field in `model`: the header in lower case, if nothing else is stated.

    `width` is in characters, by default what cells of the `reader` need.

    `past` marks a day that is usually in the past, so that a two-digit year may be of the last century. `spanish` names
    count only where no column has the English one, the best first: "Estado" is also the state in an address. The
    template folds `rare` columns away. A problem may quote a `quoted` cell to any agency in a row whose agency is
    unknown. `review` is why a clerk must look at the column before a record is released. `shown` are the documents that
    have the column. A sheet that lost most values of a `key` column does not replace the last good copy.
    """

    header: str
    reader: Reader
    help: str
    field: str = ""
    required: bool = False
    aliases: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    width: int = 0
    past: bool = False
    spanish: tuple[str, ...] = ()
    rare: bool = False
    audience: Audience = "coordinators"
    quoted: bool = False
    told: Told = "values"
    review: str = ""
    shown: tuple[Document, ...] = ()
    key: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "field", self.field or re.sub(r"\W+", "_", self.header.lower()).strip("_"))
        object.__setattr__(self, "width", self.width or _WIDTHS.get(self.reader, 16))

    @property
    def labels(self) -> tuple[str, ...]:
        """The choices as the template, help and advice write them."""
        return tuple(map(model.choice_label, self.choices))

    @property
    def longest(self) -> int:
        """The most characters that are read; a longer note is cut, any other longer cell is not read."""
        if self.reader in ("note", "summary"):
            return MAX_NOTE
        return MAX_LIST if self.reader in ("list", "agencies") or self.field == "officers" else MAX_CELL

    @property
    def names_people(self) -> bool:
        """Whether one cell may name people of several agencies."""
        return self.reader in ("people", "officer")

    @property
    def names_a_row(self) -> bool:
        """Whether a cell names a row of another tab; a name in another case is still the same name."""
        return self.reader in ("agency", "agencies", "town", "venue", "event")

    @property
    def review_reason(self) -> str:
        """Why a clerk must look at it before a record is released; blank if that is not needed."""
        return self.review or (_COORDINATORS if self.audience == "coordinators" else "")


@dataclass(frozen=True, slots=True, eq=False)  # hashing every column took an eighth of a small read
class TabSpec:
    """One tab. `records` are the kinds of records that its rows become.

    `unique` is the field that identifies a row, if any; a second use is reported as `duplicate-id`.
    """

    name: str
    help: str
    columns: tuple[Column, ...]
    records: tuple[type, ...]
    aliases: tuple[str, ...] = ()
    unique: str | None = None

    def column(self, field: str) -> Column:
        return next(column for column in self.columns if column.field == field)


def _choices(literal: object) -> tuple[str, ...]:
    return get_args(literal)


# Columns that several tabs have.
_EVENT_ID = Column(
    "Event ID",
    "event",
    "The event's ID, as in Events.",
    required=True,
    audience="agencies",
    quoted=True,
    told="no",
    aliases=("ID", "Event", "Event no", "Event number", "Event #", "EventID"),
    spanish=("ID del evento", "Evento"),
)
_NOTE = Column(
    "Note",
    "note",
    "Anything else.",
    audience="agencies",
    told="change",
    review=_FREE,
    aliases=("Notes", "Comment", "Comments", "Remarks"),
    spanish=("Nota", "Notas", "Comentarios"),
)
_ALIASES = Column(
    "Aliases",
    "list",
    "Other ways people write it, separated by a semicolon.",
    audience="agencies",
    aliases=("Alias", "Also known as", "AKA", "Other names"),
    width=26,
)
_LATITUDE = Column(
    "Latitude",
    "latitude",
    "Degrees north, such as 41.4242.",
    audience="public",
    quoted=True,
    aliases=("Lat",),
    spanish=("Latitud",),
)
_LONGITUDE = Column(
    "Longitude",
    "longitude",
    "Degrees, negative for west, such as -122.3844.",
    audience="public",
    quoted=True,
    aliases=("Lon", "Long", "Lng"),
    spanish=("Longitud",),
)

EVENTS = TabSpec(
    "Events",
    "One row per event.",
    (
        Column(
            "Event ID",
            "id",
            "An ID for the event, such as EV-2026-031. Left blank, one is made from the date and the town, but an ID "
            "that you type stays the same when rows move.",
            field="id",
            audience="public",
            key=True,
            quoted=True,
            told="no",
            aliases=("ID", "Event no", "Event number", "Event #", "EventID", "Ref"),
            spanish=("ID del evento", "Número de evento", "ID de evento"),
        ),
        Column(
            "Date",
            "date",
            "The day, for example 10/7/2026. An event without a readable date waits in the undated list.",
            audience="public",
            key=True,
            quoted=True,
            required=True,
            aliases=("Event date", "Day", "When", "Date of event"),
            spanish=("Fecha", "Fecha del evento", "Día"),
        ),
        Column(
            "Start",
            "time",
            "When it begins, for example 8:30 AM.",
            audience="public",
            key=True,
            quoted=True,
            aliases=("Start time", "Begins", "Begin", "Time", "Starts", "Time start", "From time"),
            spanish=("Hora de inicio", "Inicio", "Hora", "Comienza", "Horario"),
        ),
        Column(
            "End",
            "time",
            "When it ends, for example 10:00 AM. Left blank, 90 minutes are assumed.",
            audience="public",
            quoted=True,
            aliases=("End time", "Ends", "Finish", "Until", "Time end", "To time"),
            spanish=("Hora de fin", "Fin", "Termina", "Hora final", "Hora de término"),
        ),
        Column(
            "Title",
            "text",
            'What to call it. Left blank: "Coffee with a Cop".',
            audience="public",
            quoted=True,
            aliases=("Event", "Event name", "Event title", "Name", "What"),
            width=24,
            spanish=("Título", "Nombre del evento", "Evento"),
            rare=True,
        ),
        Column(
            "Town",
            "town",
            "The town, as the Towns tab names it.",
            audience="public",
            key=True,
            quoted=True,
            required=True,
            aliases=("City", "Community", "Town/City", "City/Town"),
            spanish=("Ciudad", "Pueblo", "Comunidad"),
        ),
        Column(
            "Venue",
            "venue",
            "The place, as the Venues tab names it.",
            audience="public",
            quoted=True,
            aliases=("Location", "Place", "Where", "Site", "Cafe", "Coffee shop"),
            width=26,
            spanish=("Lugar", "Sitio", "Ubicación"),
        ),
        Column(
            "Backup venue",
            "text",
            "Where to go if the venue falls through, for example when it becomes a shelter.",
            audience="agencies",
            quoted=True,
            aliases=("Backup", "Back-up venue", "Alternate venue", "Plan B", "Backup location"),
            width=26,
            spanish=("Lugar alterno", "Lugar alternativo"),
            rare=True,
        ),
        Column(
            "Lead agency",
            "agency",
            "The agency that runs it, by its short name.",
            audience="public",
            key=True,
            quoted=True,
            required=True,
            aliases=("Lead", "Host agency", "Agency", "Lead dept", "Lead department", "Hosting agency"),
            spanish=("Agencia principal", "Agencia líder", "Agencia anfitriona", "Agencia"),
        ),
        Column(
            "Partner agencies",
            "agencies",
            "The other agencies, separated by a semicolon.",
            audience="public",
            quoted=True,
            aliases=("Partners", "Partner agency", "Partner", "Other agencies", "With", "Agencies", "Joint with"),
            width=24,
            spanish=("Otras agencias", "Agencias asociadas", "Agencias", "Socios", "Agencias participantes"),
        ),
        Column(
            "Status",
            "event-status",
            "How far along it is. Past events become Completed or Canceled.",
            audience="public",
            key=True,
            quoted=True,
            required=True,
            aliases=("Event status", "State of event", "Stage"),
            choices=_choices(model.EventStatus),
            width=13,
            spanish=("Estatus", "Estado del evento", "Estado"),
        ),
        Column(
            "Cancel reason",
            "choice",
            "Why it was canceled, so that it is not taken for low turnout.",
            audience="public",
            quoted=True,
            told="no",
            aliases=(
                "Reason",
                "Cancellation reason",
                "Reason canceled",
                "Why canceled",
                "Reason cancelled",
                "Why cancelled",
            ),
            choices=_choices(model.CancelReason),
            spanish=("Motivo de cancelación", "Motivo", "Razón"),
            rare=True,
        ),
        Column(
            "Replaces",
            "event",
            "The Event ID of the event that this one makes up for.",
            audience="public",
            quoted=True,
            aliases=("Rescheduled from", "Replacement for", "Makes up for"),
            spanish=("Reemplaza", "Reemplaza a"),
            rare=True,
        ),
        Column(
            "Officers needed",
            "needed",
            "How many officers it needs, 1 to 20.",
            audience="agencies",
            quoted=True,
            aliases=(
                "Needed",
                "# needed",
                "Officers required",
                "Staff needed",
                "No. of officers",
                "# officers",
                "Need",
            ),
            width=10,
            spanish=("Oficiales necesarios", "Oficiales requeridos"),
        ),
        Column(
            "Bilingual needed",
            "yes-no",
            "Yes where an officer with a second language is needed.",
            audience="agencies",
            quoted=True,
            aliases=("Bilingual", "Bilingual officer", "Spanish needed"),
            width=10,
            spanish=("Bilingüe", "Se necesita bilingüe"),
        ),
        Column(
            "Registered nationally",
            "yes-no",
            "Yes once it is on the national list of events.",
            field="registered",
            audience="agencies",
            quoted=True,
            aliases=("Registered", "National registration", "Nat'l registered"),
            width=12,
            spanish=("Registrado",),
            rare=True,
        ),
        Column(
            "Release due",
            "date",
            "The day by which the news release must be sent.",
            audience="agencies",
            quoted=True,
            aliases=("Press release due", "News release due", "PR due"),
            rare=True,
        ),
        Column(
            "Release sent",
            "date",
            "The day on which the news release was sent.",
            audience="agencies",
            quoted=True,
            aliases=("Press release sent", "News release sent", "PR sent"),
            past=True,
            rare=True,
        ),
        Column(
            "Flyer sent",
            "date",
            "The day on which the flyer went out.",
            audience="agencies",
            quoted=True,
            aliases=("Flyer out", "Flyers sent", "Flyer posted"),
            past=True,
            rare=True,
        ),
        Column(
            "Host briefed",
            "date",
            "The day on which the host got the officer briefing.",
            audience="agencies",
            quoted=True,
            aliases=("Briefed", "Host briefing", "Briefing sent"),
            past=True,
            rare=True,
        ),
        Column(
            "Funding",
            "text",
            "The grant or budget that pays for it.",
            audience="agencies",
            aliases=("Funding source", "Grant", "Fund"),
            spanish=("Fondos", "Financiamiento"),
            rare=True,
        ),
        Column(
            "Public notes",
            "note",
            "What anybody may read.",
            audience="public",
            told="change",
            review=_FREE,
            aliases=("Public note", "Notes public", "Public info"),
            spanish=("Notas públicas",),
        ),
        Column(
            "Internal notes",
            "note",
            "For signed-in people of the agencies only.",
            audience="agencies",
            told="change",
            review=_FREE,
            aliases=("Notes", "Note", "Comments", "Remarks", "Internal note"),
            spanish=("Notas internas", "Notas", "Comentarios"),
        ),
        Column(
            "Officers",
            "people",
            "For sheets of one tab: the officers assigned, separated by a semicolon. Used where Staffing has no row "
            "for the event.",
            audience="own agency",
            key=True,
            review=_OFFICER,
            aliases=("Officer", "Who", "Who goes", "Staff", "Staffing", "Assigned officers", "Officers assigned"),
            width=26,
            spanish=("Oficiales", "Agentes", "Oficial", "Oficiales asignados"),
            rare=True,
        ),
        Column(
            "Guests",
            "count",
            "For sheets of one tab: how many residents came. Blank: not counted. Used where Attendance has no row.",
            audience="public",
            key=True,
            aliases=("Attendance", "Attendees", "Head count", "Turnout", "How many came", "# guests", "Residents"),
            width=10,
            spanish=("Asistentes", "Asistencia", "Invitados", "Visitantes"),
            rare=True,
        ),
    ),
    (model.Event, model.Undated),
    aliases=("Event", "Calendar", "Schedule", "Event list", "Events list", "Coffee events", "Coffee with a Cop"),
    unique="id",
)

STAFFING = TabSpec(
    "Staffing",
    "One row per person and event.",
    (
        replace(_EVENT_ID, key=True),
        Column(
            "Officer",
            "people",
            'Officer ID or name, or a placeholder such as "TBD" or "2 from SCSO".',
            audience="own agency",
            key=True,
            told="no",
            review=_OFFICER,
            required=True,
            aliases=("Officer ID", "Name", "Officer name", "Who", "Person", "Deputy", "Officers"),
            width=24,
            spanish=("Oficial", "Oficiales", "Agente", "Nombre", "Nombre del oficial"),
        ),
        Column(
            "Agency",
            "agency",
            "For a placeholder: the agency that is asked for the officer.",
            audience="agencies",
            quoted=True,
            aliases=("Dept", "Department", "Agency asked"),
            spanish=("Agencia",),
        ),
        Column(
            "Role",
            "choice",
            "What the person does there. Every event needs one Host.",
            audience="agencies",
            quoted=True,
            aliases=("Duty", "Post", "Position", "Assignment"),
            choices=_choices(model.Role),
            width=12,
            spanish=("Función", "Rol", "Puesto"),
        ),
        Column(
            "Report time",
            "time",
            "When to be there, where it differs from Start.",
            audience="agencies",
            quoted=True,
            review=_HOUR,
            aliases=("Report", "Report at", "On at", "Call time"),
            spanish=("Hora de llegada", "Llegada"),
        ),
        Column(
            "Release time",
            "time",
            "When free again, where it differs from End.",
            audience="agencies",
            quoted=True,
            review=_HOUR,
            aliases=("Release", "Released", "Off at", "Released at"),
            spanish=("Hora de salida", "Salida"),
        ),
        Column(
            "Status",
            "choice",
            "Left blank: Assigned.",
            audience="agencies",
            quoted=True,
            aliases=("Assignment status", "Confirmed?", "Response"),
            choices=_choices(model.AssignmentStatus),
            width=13,
            spanish=("Estatus", "Estado"),
        ),
        Column(
            "Swapped for",
            "officer",
            "The officer who takes over.",
            audience="own agency",
            review=_OFFICER,
            aliases=("Swap", "Replaced by", "Swapped with", "Substitute"),
            width=20,
            spanish=("Cambiado por", "Reemplazado por"),
            rare=True,
        ),
        Column(
            "Pay type",
            "choice",
            "How the hours are paid.",
            audience="agencies",
            quoted=True,
            aliases=("Pay", "Pay code", "Paid as"),
            choices=_choices(model.PayType),
            width=12,
            spanish=("Tipo de pago", "Pago"),
            rare=True,
        ),
        Column(
            "Hours",
            "hours",
            "Hours worked, for example 1.5.",
            audience="agencies",
            quoted=True,
            aliases=("Hrs", "Hours worked", "# hours"),
            width=9,
            spanish=("Horas",),
        ),
        replace(_NOTE, audience="own agency"),
    ),
    (model.Assignment,),
    aliases=("Staff", "Assignments", "Officers assigned", "Roster", "Detail", "Details", "Staffing assignments"),
)

ATTENDANCE = TabSpec(
    "Attendance",
    "One row per event, or one per hour: several rows add up. Blank is not zero.",
    (
        replace(_EVENT_ID, audience="public", key=True),
        Column(
            "Guests",
            "count",
            "How many residents came: 18, or ~40, 30+, 35-40. Blank means not counted; type 0 only if nobody came.",
            audience="public",
            key=True,
            quoted=True,
            shown=("count-sheet",),
            aliases=("Guest", "Attendance", "Attendees", "Head count", "Count", "Turnout", "Residents", "# guests"),
            width=12,
            spanish=("Asistentes", "Asistencia", "Invitados", "Visitantes"),
        ),
        Column(
            "Count method",
            "choice",
            "How they were counted.",
            field="method",
            audience="agencies",
            quoted=True,
            shown=("count-sheet",),
            aliases=("Method", "How counted", "Counted by"),
            choices=_choices(model.CountMethod),
            width=13,
            spanish=("Método", "Método de conteo"),
        ),
        Column(
            "Youth",
            "count",
            "How many of the guests were under 18.",
            audience="agencies",
            quoted=True,
            shown=("count-sheet",),
            aliases=("Kids", "Children", "Minors", "Under 18", "Of which youth"),
            spanish=("Jóvenes", "Niños", "Menores"),
        ),
        Column(
            "New visitors",
            "count",
            "How many came for the first time.",
            audience="agencies",
            quoted=True,
            shown=("count-sheet",),
            aliases=("New", "First time", "First timers", "New guests"),
            spanish=("Visitantes nuevos", "Nuevos"),
        ),
        Column(
            "Conversations",
            "count",
            "How many conversations officers had.",
            audience="agencies",
            quoted=True,
            shown=("count-sheet",),
            aliases=("Contacts", "Talks", "Conversation"),
            width=14,
            spanish=("Conversaciones",),
        ),
        Column(
            "Cups served",
            "count",
            "Cups of coffee served. Guests are never worked out from cups.",
            field="cups",
            audience="agencies",
            quoted=True,
            shown=("count-sheet",),
            aliases=("Cups", "Coffees", "Coffees served"),
            spanish=("Tazas", "Tazas servidas"),
            rare=True,
        ),
        Column(
            "Surveys",
            "count",
            "Survey cards returned.",
            audience="agencies",
            quoted=True,
            shown=("count-sheet",),
            aliases=("Survey", "Surveys returned"),
            spanish=("Encuestas",),
            rare=True,
        ),
        Column(
            "Media present",
            "yes-no",
            "Yes where press, radio or TV came.",
            field="media",
            audience="agencies",
            quoted=True,
            aliases=("Media", "Press", "Press present"),
            spanish=("Prensa", "Medios"),
            rare=True,
        ),
        Column(
            "Weather",
            "text",
            "Weather on the day.",
            audience="agencies",
            shown=("count-sheet",),
            aliases=("Conditions",),
            width=16,
            spanish=("Clima",),
            rare=True,
        ),
        Column(
            "Entered on",
            "date",
            "The day the count was typed.",
            audience="agencies",
            quoted=True,
            aliases=("Entered", "Date entered", "Recorded on"),
            past=True,
            spanish=("Fecha de registro",),
            rare=True,
        ),
        _NOTE,
    ),
    (model.Headcount,),
    aliases=("Headcounts", "Headcount", "Guests", "Counts", "Turnout"),
)

AGENCIES = TabSpec(
    "Agencies",
    "One row per agency.",
    (
        Column(
            "Agency",
            "id",
            "The short name, such as CHP-MS.",
            field="short",
            audience="public",
            quoted=True,
            required=True,
            aliases=("Short", "Short name", "Code", "Abbreviation", "Agency code"),
            width=12,
            spanish=("Agencia", "Siglas"),
        ),
        Column(
            "Name",
            "text",
            "The full name.",
            audience="public",
            quoted=True,
            required=True,
            aliases=("Full name", "Agency name"),
            width=40,
            spanish=("Nombre completo", "Nombre"),
        ),
        replace(_ALIASES, width=36),
        Column(
            "Type",
            "choice",
            "State, County or City.",
            audience="public",
            quoted=True,
            aliases=("Kind", "Level"),
            choices=_choices(model.AgencyType),
            width=10,
            spanish=("Tipo",),
        ),
        Column(
            "Home town",
            "town",
            "Where its office is.",
            audience="public",
            quoted=True,
            aliases=("Town", "City", "Base"),
            spanish=("Ciudad", "Pueblo"),
        ),
        Column(
            "Sworn",
            "number",
            "How many sworn officers it has, to compare workloads.",
            audience="agencies",
            aliases=("Sworn officers", "# sworn", "Headcount", "Size"),
        ),
        Column(
            "Email",
            "list",
            "Addresses or domains of its people, separated by a semicolon.",
            field="emails",
            audience="agencies",
            review=_PRIVATE,
            aliases=("E-mail", "Emails", "E-mails", "Mail", "Domain", "Email domain", "E-mail domain"),
            width=32,
            spanish=("Correo", "Correos", "Correo electrónico"),
        ),
        Column(
            "Liaison role",
            "text",
            "The role of its liaison (no name).",
            audience="agencies",
            aliases=("Liaison", "Contact role"),
            width=22,
            rare=True,
        ),
        Column(
            "Boilerplate",
            "note",
            "The paragraph about the agency that ends its news releases.",
            audience="agencies",
            aliases=("About the agency", "About", "Release paragraph"),
            width=40,
            rare=True,
        ),
        Column(
            "Press contact",
            "text",
            "Whom reporters ask, with a work phone or email.",
            audience="agencies",
            review=_PRIVATE,
            aliases=("Media contact", "PIO contact", "News contact"),
            width=28,
            rare=True,
        ),
        Column(
            "Color",
            "color",
            "Its color in hex, such as #0b5cad.",
            audience="public",
            aliases=("Colour", "Hex", "Color hex", "Colour hex"),
            width=10,
            rare=True,
        ),
        Column(
            "Active",
            "yes-no",
            "No once it no longer takes part.",
            audience="public",
            aliases=("In use",),
            spanish=("Activa", "Activo"),
            rare=True,
        ),
    ),
    (model.Agency,),
    aliases=("Agency", "Departments", "Agency list"),
    unique="short",
)

OFFICERS = TabSpec(
    "Officers",
    "One row per officer.",
    (
        Column(
            "Officer ID",
            "id",
            "An invented ID such as OF-01. Never a badge number.",
            field="id",
            audience="own agency",
            told="no",
            review=_OFFICER,
            required=True,
            aliases=("ID", "Officer no", "Officer #"),
            width=12,
            spanish=("ID del oficial", "Número de oficial"),
        ),
        Column(
            "Name",
            "text",
            "The name that people use.",
            audience="own agency",
            review=_OFFICER,
            required=True,
            aliases=("Officer", "Officer name"),
            width=22,
            spanish=("Nombre", "Oficial"),
        ),
        Column(
            "Rank",
            "text",
            "Rank or title.",
            audience="own agency",
            review=_OFFICER,
            aliases=("Title", "Grade"),
            width=14,
            spanish=("Rango", "Grado"),
        ),
        Column(
            "Agency",
            "agency",
            "Their agency, by its short name.",
            audience="own agency",
            quoted=True,
            required=True,
            aliases=("Dept", "Department"),
            width=12,
            spanish=("Agencia",),
        ),
        Column(
            "Aliases",
            "list",
            "Other ways people write the name, separated by a semicolon.",
            audience="own agency",
            review=_OFFICER,
            aliases=("Alias", "Also known as", "AKA", "Nickname"),
            width=22,
        ),
        Column(
            "Languages",
            "list",
            "Languages beside English, separated by a semicolon.",
            audience="own agency",
            review="May say something about a person's origin.",
            aliases=("Language", "Second language", "Speaks"),
            width=16,
            spanish=("Idiomas", "Idioma"),
        ),
        Column(
            "Can host",
            "yes-no",
            "Yes where they may be the Host.",
            audience="own agency",
            aliases=("Host", "Hosts"),
            spanish=("Anfitrión",),
        ),
        Column(
            "Supervisor",
            "yes-no",
            "Yes for a sergeant and above.",
            audience="own agency",
            aliases=("Is supervisor", "Supv"),
            width=11,
            spanish=("Supervisora",),
        ),
        Column(
            "Active from",
            "long-date",
            "First day they may be assigned.",
            audience="own agency",
            review=_PERSONNEL,
            aliases=("From", "Start date", "Active since"),
            past=True,
            spanish=("Desde",),
            rare=True,
        ),
        Column(
            "Active to",
            "long-date",
            "Last day they may be assigned.",
            audience="own agency",
            review=_PERSONNEL,
            aliases=("To", "End date", "Active until"),
            spanish=("Hasta",),
            rare=True,
        ),
        Column(
            "Email",
            "text",
            "Where to write to them about their own shifts, if the operator allows it. Only coordinators see it.",
            told="no",
            review=_PRIVATE,
            aliases=("E-mail", "Mail", "Email address"),
            width=26,
            spanish=("Correo", "Correo electrónico"),
            rare=True,
        ),
        Column(
            "Notify",
            "yes-no",
            "Yes where they asked to be told of changes to their own shifts. Only coordinators see it.",
            told="no",
            review="A personal choice.",
            aliases=("Notify by email", "Notifications"),
            spanish=("Notificar", "Avisar"),
            rare=True,
        ),
    ),
    (model.Officer,),
    aliases=("Officer", "Officer list", "People", "Personnel", "Deputies"),
    unique="id",
)

TIME_OFF = TabSpec(
    "Time off",
    "Whole days on which an officer cannot be assigned. No reason is ever asked.",
    (
        Column(
            "Officer",
            "officer",
            "Officer ID or name.",
            audience="own agency",
            told="no",
            review=_AWAY,
            required=True,
            aliases=("Officer ID", "Name", "Who"),
            width=22,
            spanish=("Oficial", "Nombre"),
        ),
        Column(
            "From",
            "date",
            "First day off.",
            field="first",
            audience="own agency",
            review=_AWAY,
            required=True,
            aliases=("Start", "First day", "Off from"),
            spanish=("Desde", "Primer día"),
        ),
        Column(
            "To",
            "date",
            "Last day off.",
            field="last",
            audience="own agency",
            review=_AWAY,
            required=True,
            aliases=("End", "Last day", "Until", "Through"),
            spanish=("Hasta", "Último día"),
        ),
    ),
    (model.TimeOff,),
    aliases=("Leave", "Days off", "Unavailable", "Vacation", "PTO"),
)

VENUES = TabSpec(
    "Venues",
    "One row per venue.",
    (
        Column(
            "Venue",
            "text",
            "Its name, such as Weed Starbucks.",
            field="name",
            audience="public",
            quoted=True,
            required=True,
            aliases=("Name", "Venue name", "Place", "Location"),
            width=30,
            spanish=("Lugar", "Nombre", "Sitio"),
        ),
        replace(_ALIASES, quoted=True),
        Column(
            "Town",
            "town",
            "The town it is in.",
            audience="public",
            quoted=True,
            required=True,
            aliases=("City",),
            spanish=("Ciudad", "Pueblo"),
        ),
        Column(
            "Street",
            "text",
            "Street and number.",
            audience="public",
            quoted=True,
            aliases=("Address", "Street address"),
            width=28,
            spanish=("Dirección", "Calle", "Domicilio"),
        ),
        _LATITUDE,
        _LONGITUDE,
        Column(
            "Capacity",
            "number",
            "How many people fit.",
            audience="agencies",
            quoted=True,
            aliases=("Seats", "Max"),
            spanish=("Capacidad", "Cupo"),
            rare=True,
        ),
        Column(
            "Hours",
            "text",
            "When it is open.",
            audience="agencies",
            aliases=("Opening hours", "Open"),
            width=20,
            spanish=("Horario", "Horas"),
            rare=True,
        ),
        Column(
            "Contact",
            "text",
            "The person to ask there.",
            audience="agencies",
            review=_PRIVATE,
            aliases=("Manager", "Contact name"),
            width=20,
            spanish=("Contacto",),
        ),
        Column(
            "Contact work phone",
            "text",
            "A work number. Never a private one.",
            field="contact_phone",
            audience="agencies",
            review=_PRIVATE,
            aliases=("Phone", "Work phone", "Contact phone"),
            width=18,
            spanish=("Teléfono", "Teléfono del trabajo", "Teléfono de contacto"),
        ),
        Column(
            "Parking",
            "text",
            "Where to park, and where to report.",
            audience="agencies",
            review=_PRIVATE,
            aliases=("Where to park", "Where to report"),
            width=24,
            spanish=("Estacionamiento",),
        ),
        Column(
            "Permission",
            "text",
            "What was agreed, and when.",
            audience="agencies",
            review=_PRIVATE,
            aliases=("Permit", "Agreed"),
            width=24,
            spanish=("Permiso",),
        ),
        Column(
            "Shelter site",
            "yes-no",
            "Yes where it becomes a shelter in a fire: then events there need a backup.",
            audience="agencies",
            aliases=("Shelter", "Evacuation site", "Evacuation shelter"),
        ),
        Column(
            "Active",
            "yes-no",
            "No once it can no longer be used.",
            audience="public",
            quoted=True,
            aliases=("In use",),
            spanish=("Activo",),
            rare=True,
        ),
    ),
    (model.Venue,),
    aliases=("Venue", "Locations", "Places", "Venue list"),
)

TOWNS = TabSpec(
    "Towns",
    "One row per town.",
    (
        Column(
            "Town",
            "text",
            "Its name.",
            field="name",
            audience="public",
            quoted=True,
            required=True,
            aliases=("Name", "City", "Town name"),
            spanish=("Ciudad", "Pueblo", "Nombre"),
        ),
        replace(_ALIASES, audience="public", quoted=True),
        Column(
            "Population",
            "number",
            "Residents.",
            audience="public",
            quoted=True,
            aliases=("Pop", "Residents"),
            width=11,
            spanish=("Población", "Habitantes"),
        ),
        _LATITUDE,
        _LONGITUDE,
    ),
    (model.Town,),
    aliases=("Town", "Cities", "Communities", "Town list"),
    unique="name",
)

COVERAGE = TabSpec(
    "Coverage",
    "Who polices a town, and from when to when.",
    (
        Column(
            "Town",
            "town",
            "The town.",
            audience="agencies",
            quoted=True,
            required=True,
            aliases=("City",),
            spanish=("Ciudad", "Pueblo"),
        ),
        Column(
            "Agency",
            "agency",
            "The agency.",
            audience="agencies",
            quoted=True,
            required=True,
            aliases=("Policed by", "Dept"),
            width=12,
            spanish=("Agencia",),
        ),
        Column(
            "Coverage",
            "choice",
            "Primary, by contract, or dispatch only.",
            field="kind",
            audience="agencies",
            quoted=True,
            aliases=("Kind", "Type", "Coverage type"),
            choices=_choices(model.CoverageKind),
            width=12,
            spanish=("Cobertura",),
        ),
        Column(
            "From",
            "long-date",
            "First day.",
            field="first",
            audience="agencies",
            quoted=True,
            aliases=("Since", "Start"),
            past=True,
            spanish=("Desde",),
        ),
        Column(
            "To",
            "long-date",
            "Last day; blank while it lasts.",
            field="last",
            audience="agencies",
            quoted=True,
            aliases=("Until", "End"),
            spanish=("Hasta",),
        ),
    ),
    (model.Coverage,),
    aliases=("Policing", "Town coverage", "Beats"),
)

FOLLOW_UPS = TabSpec(
    "Follow-ups",
    "One row per concern that a resident raised.",
    (
        Column(
            "Follow-up ID",
            "id",
            "An ID for the follow-up, such as FU-031.",
            field="id",
            audience="agencies",
            quoted=True,
            told="no",
            required=True,
            aliases=("ID", "Followup no", "Follow-up #", "Concern ID"),
            width=14,
            spanish=("ID de seguimiento",),
        ),
        replace(_EVENT_ID, aliases=_EVENT_ID.aliases[1:]),
        Column(
            "Category",
            "choice",
            "What it is about.",
            audience="agencies",
            shown=("count-sheet",),
            aliases=("Topic", "Subject", "Kind"),
            choices=_choices(model.FollowUpCategory),
            width=14,
            spanish=("Categoría", "Tema", "Asunto"),
        ),
        Column(
            "Summary",
            "summary",
            "200 characters at most. No names, phones, plates, addresses or dates of birth. Crime tips go to dispatch.",
            audience="own agency",
            told="change",
            review="What a resident said: may tell who they are, or accuse somebody.",
            shown=("count-sheet",),
            aliases=("Concern", "Description", "Details", "What was said"),
            width=48,
            spanish=("Resumen", "Descripción"),
        ),
        Column(
            "Referred to",
            "agency",
            "The agency that takes it.",
            audience="agencies",
            quoted=True,
            shown=("count-sheet",),
            aliases=("Referred", "Agency", "Assigned to", "Sent to"),
            width=13,
            spanish=("Referido a", "Agencia"),
        ),
        Column(
            "Owner role",
            "text",
            "The role that owns it (no name).",
            audience="agencies",
            aliases=("Owner", "Responsible"),
            width=20,
            spanish=("Responsable",),
        ),
        Column(
            "Due",
            "date",
            "By when.",
            audience="agencies",
            aliases=("Due date", "Due by"),
            spanish=("Fecha límite", "Vence"),
        ),
        Column(
            "Status",
            "choice",
            "Left blank: Open.",
            audience="agencies",
            aliases=("Follow-up status", "Progress"),
            choices=_choices(model.FollowUpStatus),
            width=11,
            spanish=("Estatus", "Estado"),
        ),
        Column(
            "Closed on",
            "date",
            "The day it was closed.",
            audience="agencies",
            aliases=("Closed", "Date closed", "Resolved on"),
            past=True,
            spanish=("Cerrado", "Fecha de cierre"),
        ),
        Column(
            "Reported back",
            "yes-no",
            "Yes once the resident was told.",
            audience="agencies",
            aliases=("Reported", "Told resident", "Reply given"),
            width=10,
        ),
    ),
    (model.FollowUp,),
    aliases=("Followups", "Concerns", "Follow up", "Actions"),
    unique="id",
)

START_HERE = "Start here"
"""The tab of the template that explains the others. It is ours, and nothing in it is read or reported."""

TABS: tuple[TabSpec, ...] = (
    EVENTS,
    STAFFING,
    ATTENDANCE,
    AGENCIES,
    OFFICERS,
    TIME_OFF,
    VENUES,
    TOWNS,
    COVERAGE,
    FOLLOW_UPS,
)


def every_tab() -> tuple[TabSpec, ...]:
    """The tabs of the contract, then those of the add-ons."""
    added = (tabs.specs for addon in addons.installed() if (tabs := addon.tabs()) is not None)
    return TABS + tuple(spec for specs in added for spec in specs)


OTHER_FIELDS: Mapping[type, Mapping[str, Audience]] = {
    model.Event: dict.fromkeys(
        ("row", "town_text", "venue_text", "status_note", "date_note", "made_id", "withheld"), "agencies"
    ),
    model.Undated: dict.fromkeys(("row", "found", "venue_text"), "agencies"),
    model.Assignment: {
        **dict.fromkeys(("row", "placeholder", "in_events"), "agencies"),
        **dict.fromkeys(("name", "conflict"), "own agency"),
    },
    model.UnreadPerson: dict.fromkeys(("event_id", "agency"), "agencies"),
    model.Headcount: {**dict.fromkeys(("row", "in_events"), "agencies"), "at_door": "public"},
    model.Count: {**dict.fromkeys(("low", "best", "high", "estimated"), "public"), "raw": "agencies"},
    model.Officer: dict.fromkeys(("row", "stand_in"), "own agency"),
    model.TimeOff: {"row": "own agency"},
    model.ColumnReading: dict.fromkeys(("column", "meaning", "by", "perhaps"), "agencies"),
    **{kind: {"row": "agencies"} for kind in (model.Agency, model.Venue, model.Town, model.Coverage, model.FollowUp)},
}
"""Who may see the fields of records that are no columns. A count as typed, and a header, may hold names and remarks."""


@cache
def seen_by(record: type, audience: Audience) -> tuple[str, ...]:
    """The fields of such a record that this audience may see; a field that is stated nowhere is the coordinators'."""
    columns = {
        column.field: column.audience for spec in every_tab() if record in spec.records for column in spec.columns
    }
    others = [tabs.other_fields for addon in addons.installed() if (tabs := addon.tabs()) is not None]
    stated = columns | {name: seen for table in (OTHER_FIELDS, *others) for name, seen in table.get(record, {}).items()}
    audiences = get_args(Audience)
    seen = audiences[: audiences.index(audience) + 1]
    names = (field.name for field in fields(record))
    return tuple(name for name in names if stated.get(name, "coordinators") in seen)

"""The contract, one table kept whole: every tab and column, its names, how its cells are read, its help text.

The reader, the blank template with its dropdowns, the data dictionary and the sample are all made from `TABS`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

from cwac import model
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


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `field` is the record's field in `model`; `width` is in characters.

    `past` marks a day that is usually in the past, so that a two-digit year may be of the last century. `spanish` names
    count only where no column has the English one, the best first: "Estado" is also the state in an address. The
    template folds `rare` columns away.
    """

    header: str
    field: str
    reader: Reader
    help: str
    required: bool = False
    aliases: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    width: int = 16
    past: bool = False
    spanish: tuple[str, ...] = ()
    rare: bool = False

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


@dataclass(frozen=True, slots=True, eq=False)  # hashing every column took an eighth of a small read
class TabSpec:
    """One tab. `unique` is the field that identifies a row, if any; a second use is reported as `duplicate-id`."""

    name: str
    help: str
    columns: tuple[Column, ...]
    aliases: tuple[str, ...] = ()
    unique: str | None = None

    def column(self, field: str) -> Column:
        return next(column for column in self.columns if column.field == field)


def _choices(literal: object) -> tuple[str, ...]:
    return get_args(literal)


# Columns that several tabs have.
_EVENT_ID = Column(
    "Event ID",
    "event_id",
    "event",
    "The event's ID, as in Events.",
    required=True,
    aliases=("ID", "Event", "Event no", "Event number", "Event #", "EventID"),
    spanish=("ID del evento", "Evento"),
)
_NOTE = Column(
    "Note",
    "note",
    "note",
    "Anything else.",
    aliases=("Notes", "Comment", "Comments", "Remarks"),
    width=32,
    spanish=("Nota", "Notas", "Comentarios"),
)
_ALIASES = Column(
    "Aliases",
    "aliases",
    "list",
    "Other ways people write it, separated by a semicolon.",
    aliases=("Alias", "Also known as", "AKA", "Other names"),
    width=26,
)
_LATITUDE = Column(
    "Latitude",
    "latitude",
    "latitude",
    "Degrees north, such as 41.4242.",
    aliases=("Lat",),
    width=11,
    spanish=("Latitud",),
)
_LONGITUDE = Column(
    "Longitude",
    "longitude",
    "longitude",
    "Degrees, negative for west, such as -122.3844.",
    aliases=("Lon", "Long", "Lng"),
    width=11,
    spanish=("Longitud",),
)

EVENTS = TabSpec(
    "Events",
    "One row per event.",
    (
        Column(
            "Event ID",
            "id",
            "id",
            "An ID for the event, such as EV-2026-031. Left blank, one is made from the date and the town, but an ID "
            "that you type stays the same when rows move.",
            aliases=("ID", "Event no", "Event number", "Event #", "EventID", "Ref"),
            spanish=("ID del evento", "Número de evento", "ID de evento"),
        ),
        Column(
            "Date",
            "date",
            "date",
            "The day, for example 10/7/2026. An event without a readable date waits in the undated list.",
            required=True,
            aliases=("Event date", "Day", "When", "Date of event"),
            width=14,
            spanish=("Fecha", "Fecha del evento", "Día"),
        ),
        Column(
            "Start",
            "start",
            "time",
            "When it begins, for example 8:30 AM.",
            aliases=("Start time", "Begins", "Begin", "Time", "Starts", "Time start", "From time"),
            width=11,
            spanish=("Hora de inicio", "Inicio", "Hora", "Comienza", "Horario"),
        ),
        Column(
            "End",
            "end",
            "time",
            "When it ends, for example 10:00 AM. Left blank, 90 minutes are assumed.",
            aliases=("End time", "Ends", "Finish", "Until", "Time end", "To time"),
            width=11,
            spanish=("Hora de fin", "Fin", "Termina", "Hora final", "Hora de término"),
        ),
        Column(
            "Title",
            "title",
            "text",
            'What to call it. Left blank: "Coffee with a Cop".',
            aliases=("Event", "Event name", "Event title", "Name", "What"),
            width=24,
            spanish=("Título", "Nombre del evento", "Evento"),
            rare=True,
        ),
        Column(
            "Town",
            "town",
            "town",
            "The town, as the Towns tab names it.",
            required=True,
            aliases=("City", "Community", "Town/City", "City/Town"),
            spanish=("Ciudad", "Pueblo", "Comunidad"),
        ),
        Column(
            "Venue",
            "venue",
            "venue",
            "The place, as the Venues tab names it.",
            aliases=("Location", "Place", "Where", "Site", "Cafe", "Coffee shop"),
            width=26,
            spanish=("Lugar", "Sitio", "Ubicación"),
        ),
        Column(
            "Backup venue",
            "backup_venue",
            "text",
            "Where to go if the venue falls through, for example when it becomes a shelter.",
            aliases=("Backup", "Back-up venue", "Alternate venue", "Plan B", "Backup location"),
            width=26,
            spanish=("Lugar alterno", "Lugar alternativo"),
            rare=True,
        ),
        Column(
            "Lead agency",
            "lead_agency",
            "agency",
            "The agency that runs it, by its short name.",
            required=True,
            aliases=("Lead", "Host agency", "Agency", "Lead dept", "Lead department", "Hosting agency"),
            spanish=("Agencia principal", "Agencia líder", "Agencia anfitriona", "Agencia"),
        ),
        Column(
            "Partner agencies",
            "partner_agencies",
            "agencies",
            "The other agencies, separated by a semicolon.",
            aliases=("Partners", "Partner agency", "Partner", "Other agencies", "With", "Agencies", "Joint with"),
            width=24,
            spanish=("Otras agencias", "Agencias asociadas", "Agencias", "Socios", "Agencias participantes"),
        ),
        Column(
            "Status",
            "status",
            "event-status",
            "How far along it is. Past events become Completed or Canceled.",
            required=True,
            aliases=("Event status", "State of event", "Stage"),
            choices=_choices(model.EventStatus),
            width=13,
            spanish=("Estatus", "Estado del evento", "Estado"),
        ),
        Column(
            "Cancel reason",
            "cancel_reason",
            "choice",
            "Why it was canceled, so that it is not taken for low turnout.",
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
            "replaces",
            "event",
            "The Event ID of the event that this one makes up for.",
            aliases=("Rescheduled from", "Replacement for", "Makes up for"),
            spanish=("Reemplaza", "Reemplaza a"),
            rare=True,
        ),
        Column(
            "Officers needed",
            "officers_needed",
            "needed",
            "How many officers it needs, 1 to 20.",
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
            "bilingual_needed",
            "yes-no",
            "Yes where an officer with a second language is needed.",
            aliases=("Bilingual", "Bilingual officer", "Spanish needed"),
            width=10,
            spanish=("Bilingüe", "Se necesita bilingüe"),
        ),
        Column(
            "Registered nationally",
            "registered",
            "yes-no",
            "Yes once it is on the national list of events.",
            aliases=("Registered", "National registration", "Nat'l registered"),
            width=12,
            spanish=("Registrado",),
            rare=True,
        ),
        Column(
            "Release due",
            "release_due",
            "date",
            "The day by which the news release must be sent.",
            aliases=("Press release due", "News release due", "PR due"),
            width=14,
            rare=True,
        ),
        Column(
            "Release sent",
            "release_sent",
            "date",
            "The day on which the news release was sent.",
            aliases=("Press release sent", "News release sent", "PR sent"),
            width=14,
            past=True,
            rare=True,
        ),
        Column(
            "Flyer sent",
            "flyer_sent",
            "date",
            "The day on which the flyer went out.",
            aliases=("Flyer out", "Flyers sent", "Flyer posted"),
            width=14,
            past=True,
            rare=True,
        ),
        Column(
            "Host briefed",
            "host_briefed",
            "date",
            "The day on which the host got the officer briefing.",
            aliases=("Briefed", "Host briefing", "Briefing sent"),
            width=14,
            past=True,
            rare=True,
        ),
        Column(
            "Funding",
            "funding",
            "text",
            "The grant or budget that pays for it.",
            aliases=("Funding source", "Grant", "Fund"),
            spanish=("Fondos", "Financiamiento"),
            rare=True,
        ),
        Column(
            "Public notes",
            "public_notes",
            "note",
            "What anybody may read.",
            aliases=("Public note", "Notes public", "Public info"),
            width=32,
            spanish=("Notas públicas",),
        ),
        Column(
            "Internal notes",
            "internal_notes",
            "note",
            "For signed-in people of the agencies only.",
            aliases=("Notes", "Note", "Comments", "Remarks", "Internal note"),
            width=32,
            spanish=("Notas internas", "Notas", "Comentarios"),
        ),
        Column(
            "Officers",
            "officers",
            "people",
            "For sheets of one tab: the officers assigned, separated by a semicolon. Used where Staffing has no row "
            "for the event.",
            aliases=("Officer", "Who", "Who goes", "Staff", "Staffing", "Assigned officers", "Officers assigned"),
            width=26,
            spanish=("Oficiales", "Agentes", "Oficial", "Oficiales asignados"),
            rare=True,
        ),
        Column(
            "Guests",
            "guests",
            "count",
            "For sheets of one tab: how many residents came. Blank: not counted. Used where Attendance has no row.",
            aliases=("Attendance", "Attendees", "Head count", "Turnout", "How many came", "# guests", "Residents"),
            width=10,
            spanish=("Asistentes", "Asistencia", "Invitados", "Visitantes"),
            rare=True,
        ),
    ),
    aliases=("Event", "Calendar", "Schedule", "Event list", "Events list", "Coffee events", "Coffee with a Cop"),
    unique="id",
)

STAFFING = TabSpec(
    "Staffing",
    "One row per person and event.",
    (
        _EVENT_ID,
        Column(
            "Officer",
            "officer",
            "people",
            'Officer ID or name, or a placeholder such as "TBD" or "2 from SCSO".',
            required=True,
            aliases=("Officer ID", "Name", "Officer name", "Who", "Person", "Deputy", "Officers"),
            width=24,
            spanish=("Oficial", "Oficiales", "Agente", "Nombre", "Nombre del oficial"),
        ),
        Column(
            "Agency",
            "agency",
            "agency",
            "For a placeholder: the agency that is asked for the officer.",
            aliases=("Dept", "Department", "Agency asked"),
            spanish=("Agencia",),
        ),
        Column(
            "Role",
            "role",
            "choice",
            "What the person does there. Every event needs one Host.",
            aliases=("Duty", "Post", "Position", "Assignment"),
            choices=_choices(model.Role),
            width=12,
            spanish=("Función", "Rol", "Puesto"),
        ),
        Column(
            "Report time",
            "report_time",
            "time",
            "When to be there, where it differs from Start.",
            aliases=("Report", "Report at", "On at", "Call time"),
            width=11,
            spanish=("Hora de llegada", "Llegada"),
        ),
        Column(
            "Release time",
            "release_time",
            "time",
            "When free again, where it differs from End.",
            aliases=("Release", "Released", "Off at", "Released at"),
            width=11,
            spanish=("Hora de salida", "Salida"),
        ),
        Column(
            "Status",
            "status",
            "choice",
            "Left blank: Assigned.",
            aliases=("Assignment status", "Confirmed?", "Response"),
            choices=_choices(model.AssignmentStatus),
            width=13,
            spanish=("Estatus", "Estado"),
        ),
        Column(
            "Swapped for",
            "swapped_for",
            "officer",
            "The officer who takes over.",
            aliases=("Swap", "Replaced by", "Swapped with", "Substitute"),
            width=20,
            spanish=("Cambiado por", "Reemplazado por"),
            rare=True,
        ),
        Column(
            "Pay type",
            "pay_type",
            "choice",
            "How the hours are paid.",
            aliases=("Pay", "Pay code", "Paid as"),
            choices=_choices(model.PayType),
            width=12,
            spanish=("Tipo de pago", "Pago"),
            rare=True,
        ),
        Column(
            "Hours",
            "hours",
            "hours",
            "Hours worked, for example 1.5.",
            aliases=("Hrs", "Hours worked", "# hours"),
            width=9,
            spanish=("Horas",),
        ),
        _NOTE,
    ),
    aliases=("Staff", "Assignments", "Officers assigned", "Roster", "Detail", "Details", "Staffing assignments"),
)

ATTENDANCE = TabSpec(
    "Attendance",
    "One row per event, or one per hour: several rows add up. Blank is not zero.",
    (
        _EVENT_ID,
        Column(
            "Guests",
            "guests",
            "count",
            "How many residents came: 18, or ~40, 30+, 35-40. Blank means not counted; type 0 only if nobody came.",
            aliases=("Guest", "Attendance", "Attendees", "Head count", "Count", "Turnout", "Residents", "# guests"),
            width=12,
            spanish=("Asistentes", "Asistencia", "Invitados", "Visitantes"),
        ),
        Column(
            "Count method",
            "method",
            "choice",
            "How they were counted.",
            aliases=("Method", "How counted", "Counted by"),
            choices=_choices(model.CountMethod),
            width=13,
            spanish=("Método", "Método de conteo"),
        ),
        Column(
            "Youth",
            "youth",
            "count",
            "How many of the guests were under 18.",
            aliases=("Kids", "Children", "Minors", "Under 18", "Of which youth"),
            width=9,
            spanish=("Jóvenes", "Niños", "Menores"),
        ),
        Column(
            "New visitors",
            "new_visitors",
            "count",
            "How many came for the first time.",
            aliases=("New", "First time", "First timers", "New guests"),
            width=9,
            spanish=("Visitantes nuevos", "Nuevos"),
        ),
        Column(
            "Conversations",
            "conversations",
            "count",
            "How many conversations officers had.",
            aliases=("Contacts", "Talks", "Conversation"),
            width=14,
            spanish=("Conversaciones",),
        ),
        Column(
            "Cups served",
            "cups",
            "count",
            "Cups of coffee served. Guests are never worked out from cups.",
            aliases=("Cups", "Coffees", "Coffees served"),
            width=9,
            spanish=("Tazas", "Tazas servidas"),
            rare=True,
        ),
        Column(
            "Surveys",
            "surveys",
            "count",
            "Survey cards returned.",
            aliases=("Survey", "Surveys returned"),
            width=9,
            spanish=("Encuestas",),
            rare=True,
        ),
        Column(
            "Media present",
            "media",
            "yes-no",
            "Yes where press, radio or TV came.",
            aliases=("Media", "Press", "Press present"),
            width=9,
            spanish=("Prensa", "Medios"),
            rare=True,
        ),
        Column(
            "Weather",
            "weather",
            "text",
            "Weather on the day.",
            aliases=("Conditions",),
            width=16,
            spanish=("Clima",),
            rare=True,
        ),
        Column(
            "Entered on",
            "entered_on",
            "date",
            "The day the count was typed.",
            aliases=("Entered", "Date entered", "Recorded on"),
            width=14,
            past=True,
            spanish=("Fecha de registro",),
            rare=True,
        ),
        _NOTE,
    ),
    aliases=("Headcounts", "Headcount", "Guests", "Counts", "Turnout"),
)

AGENCIES = TabSpec(
    "Agencies",
    "One row per agency.",
    (
        Column(
            "Agency",
            "short",
            "id",
            "The short name, such as CHP-MS.",
            required=True,
            aliases=("Short", "Short name", "Code", "Abbreviation", "Agency code"),
            width=12,
            spanish=("Agencia", "Siglas"),
        ),
        Column(
            "Name",
            "name",
            "text",
            "The full name.",
            required=True,
            aliases=("Full name", "Agency name"),
            width=40,
            spanish=("Nombre completo", "Nombre"),
        ),
        replace(_ALIASES, width=36),
        Column(
            "Type",
            "type",
            "choice",
            "State, County or City.",
            aliases=("Kind", "Level"),
            choices=_choices(model.AgencyType),
            width=10,
            spanish=("Tipo",),
        ),
        Column(
            "Home town",
            "home_town",
            "town",
            "Where its office is.",
            aliases=("Town", "City", "Base"),
            spanish=("Ciudad", "Pueblo"),
        ),
        Column(
            "Sworn",
            "sworn",
            "number",
            "How many sworn officers it has, for fair shares.",
            aliases=("Sworn officers", "# sworn", "Headcount", "Size"),
            width=9,
        ),
        Column(
            "Email",
            "emails",
            "list",
            "Addresses or domains of its people, separated by a semicolon.",
            aliases=("E-mail", "Emails", "E-mails", "Mail", "Domain", "Email domain", "E-mail domain"),
            width=32,
            spanish=("Correo", "Correos", "Correo electrónico"),
        ),
        Column(
            "Liaison role",
            "liaison_role",
            "text",
            "The role of its liaison (no name).",
            aliases=("Liaison", "Contact role"),
            width=22,
            rare=True,
        ),
        Column(
            "Boilerplate",
            "boilerplate",
            "note",
            "The paragraph about the agency that ends its news releases.",
            aliases=("About the agency", "About", "Release paragraph"),
            width=40,
            rare=True,
        ),
        Column(
            "Press contact",
            "press_contact",
            "text",
            "Whom reporters ask, with a work phone or email.",
            aliases=("Media contact", "PIO contact", "News contact"),
            width=28,
            rare=True,
        ),
        Column(
            "Color",
            "color",
            "color",
            "Its color in hex, such as #0b5cad.",
            aliases=("Colour", "Hex", "Color hex", "Colour hex"),
            width=10,
            rare=True,
        ),
        Column(
            "Active",
            "active",
            "yes-no",
            "No once it no longer takes part.",
            aliases=("In use",),
            width=9,
            spanish=("Activa", "Activo"),
            rare=True,
        ),
    ),
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
            "id",
            "An invented ID such as OF-01. Never a badge number.",
            required=True,
            aliases=("ID", "Officer no", "Officer #"),
            width=12,
            spanish=("ID del oficial", "Número de oficial"),
        ),
        Column(
            "Name",
            "name",
            "text",
            "The name that people use.",
            required=True,
            aliases=("Officer", "Officer name"),
            width=22,
            spanish=("Nombre", "Oficial"),
        ),
        Column(
            "Rank", "rank", "text", "Rank or title.", aliases=("Title", "Grade"), width=14, spanish=("Rango", "Grado")
        ),
        Column(
            "Agency",
            "agency",
            "agency",
            "Their agency, by its short name.",
            required=True,
            aliases=("Dept", "Department"),
            width=12,
            spanish=("Agencia",),
        ),
        Column(
            "Aliases",
            "aliases",
            "list",
            "Other ways people write the name, separated by a semicolon.",
            aliases=("Alias", "Also known as", "AKA", "Nickname"),
            width=22,
        ),
        Column(
            "Languages",
            "languages",
            "list",
            "Languages beside English, separated by a semicolon.",
            aliases=("Language", "Second language", "Speaks"),
            width=16,
            spanish=("Idiomas", "Idioma"),
        ),
        Column(
            "Can host",
            "can_host",
            "yes-no",
            "Yes where they may be the Host.",
            aliases=("Host", "Hosts"),
            width=9,
            spanish=("Anfitrión",),
        ),
        Column(
            "Supervisor",
            "supervisor",
            "yes-no",
            "Yes for a sergeant and above.",
            aliases=("Is supervisor", "Supv"),
            width=11,
            spanish=("Supervisora",),
        ),
        Column(
            "Active from",
            "active_from",
            "long-date",
            "First day they may be assigned.",
            aliases=("From", "Start date", "Active since"),
            width=14,
            past=True,
            spanish=("Desde",),
            rare=True,
        ),
        Column(
            "Active to",
            "active_to",
            "long-date",
            "Last day they may be assigned.",
            aliases=("To", "End date", "Active until"),
            width=14,
            spanish=("Hasta",),
            rare=True,
        ),
        Column(
            "Email",
            "email",
            "text",
            "Where to write to them about their own shifts, if the operator allows it. Only coordinators see it.",
            aliases=("E-mail", "Mail", "Email address"),
            width=26,
            spanish=("Correo", "Correo electrónico"),
            rare=True,
        ),
        Column(
            "Notify",
            "notify",
            "yes-no",
            "Yes where they asked to be told of changes to their own shifts. Only coordinators see it.",
            aliases=("Notify by email", "Notifications"),
            width=9,
            spanish=("Notificar", "Avisar"),
            rare=True,
        ),
    ),
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
            "officer",
            "Officer ID or name.",
            required=True,
            aliases=("Officer ID", "Name", "Who"),
            width=22,
            spanish=("Oficial", "Nombre"),
        ),
        Column(
            "From",
            "first",
            "date",
            "First day off.",
            required=True,
            aliases=("Start", "First day", "Off from"),
            width=14,
            spanish=("Desde", "Primer día"),
        ),
        Column(
            "To",
            "last",
            "date",
            "Last day off.",
            required=True,
            aliases=("End", "Last day", "Until", "Through"),
            width=14,
            spanish=("Hasta", "Último día"),
        ),
    ),
    aliases=("Leave", "Days off", "Unavailable", "Vacation", "PTO"),
)

VENUES = TabSpec(
    "Venues",
    "One row per venue.",
    (
        Column(
            "Venue",
            "name",
            "text",
            "Its name, such as Weed Starbucks.",
            required=True,
            aliases=("Name", "Venue name", "Place", "Location"),
            width=30,
            spanish=("Lugar", "Nombre", "Sitio"),
        ),
        _ALIASES,
        Column(
            "Town", "town", "town", "The town it is in.", required=True, aliases=("City",), spanish=("Ciudad", "Pueblo")
        ),
        Column(
            "Street",
            "street",
            "text",
            "Street and number.",
            aliases=("Address", "Street address"),
            width=28,
            spanish=("Dirección", "Calle", "Domicilio"),
        ),
        _LATITUDE,
        _LONGITUDE,
        Column(
            "Capacity",
            "capacity",
            "number",
            "How many people fit.",
            aliases=("Seats", "Max"),
            width=9,
            spanish=("Capacidad", "Cupo"),
            rare=True,
        ),
        Column(
            "Hours",
            "hours",
            "text",
            "When it is open.",
            aliases=("Opening hours", "Open"),
            width=20,
            spanish=("Horario", "Horas"),
            rare=True,
        ),
        Column(
            "Contact",
            "contact",
            "text",
            "The person to ask there.",
            aliases=("Manager", "Contact name"),
            width=20,
            spanish=("Contacto",),
        ),
        Column(
            "Contact work phone",
            "contact_phone",
            "text",
            "A work number. Never a private one.",
            aliases=("Phone", "Work phone", "Contact phone"),
            width=18,
            spanish=("Teléfono", "Teléfono del trabajo", "Teléfono de contacto"),
        ),
        Column(
            "Parking",
            "parking",
            "text",
            "Where to park, and where to report.",
            aliases=("Where to park", "Where to report"),
            width=24,
            spanish=("Estacionamiento",),
        ),
        Column(
            "Permission",
            "permission",
            "text",
            "What was agreed, and when.",
            aliases=("Permit", "Agreed"),
            width=24,
            spanish=("Permiso",),
        ),
        Column(
            "Shelter site",
            "shelter_site",
            "yes-no",
            "Yes where it becomes a shelter in a fire: then events there need a backup.",
            aliases=("Shelter", "Evacuation site", "Evacuation shelter"),
            width=9,
        ),
        Column(
            "Active",
            "active",
            "yes-no",
            "No once it can no longer be used.",
            aliases=("In use",),
            width=9,
            spanish=("Activo",),
            rare=True,
        ),
    ),
    aliases=("Venue", "Locations", "Places", "Venue list"),
)

TOWNS = TabSpec(
    "Towns",
    "One row per town.",
    (
        Column(
            "Town",
            "name",
            "text",
            "Its name.",
            required=True,
            aliases=("Name", "City", "Town name"),
            spanish=("Ciudad", "Pueblo", "Nombre"),
        ),
        _ALIASES,
        Column(
            "Population",
            "population",
            "number",
            "Residents.",
            aliases=("Pop", "Residents"),
            width=11,
            spanish=("Población", "Habitantes"),
        ),
        _LATITUDE,
        _LONGITUDE,
    ),
    aliases=("Town", "Cities", "Communities", "Town list"),
    unique="name",
)

COVERAGE = TabSpec(
    "Coverage",
    "Who polices a town, and from when to when.",
    (
        Column("Town", "town", "town", "The town.", required=True, aliases=("City",), spanish=("Ciudad", "Pueblo")),
        Column(
            "Agency",
            "agency",
            "agency",
            "The agency.",
            required=True,
            aliases=("Policed by", "Dept"),
            width=12,
            spanish=("Agencia",),
        ),
        Column(
            "Coverage",
            "kind",
            "choice",
            "Primary, by contract, or dispatch only.",
            aliases=("Kind", "Type", "Coverage type"),
            choices=_choices(model.CoverageKind),
            width=12,
            spanish=("Cobertura",),
        ),
        Column(
            "From",
            "first",
            "long-date",
            "First day.",
            aliases=("Since", "Start"),
            width=14,
            past=True,
            spanish=("Desde",),
        ),
        Column(
            "To",
            "last",
            "long-date",
            "Last day; blank while it lasts.",
            aliases=("Until", "End"),
            width=14,
            spanish=("Hasta",),
        ),
    ),
    aliases=("Policing", "Town coverage", "Beats"),
)

FOLLOW_UPS = TabSpec(
    "Follow-ups",
    "One row per concern that a resident raised.",
    (
        Column(
            "Follow-up ID",
            "id",
            "id",
            "An ID for the follow-up, such as FU-031.",
            required=True,
            aliases=("ID", "Followup no", "Follow-up #", "Concern ID"),
            width=14,
            spanish=("ID de seguimiento",),
        ),
        replace(_EVENT_ID, aliases=_EVENT_ID.aliases[1:]),
        Column(
            "Category",
            "category",
            "choice",
            "What it is about.",
            aliases=("Topic", "Subject", "Kind"),
            choices=_choices(model.FollowUpCategory),
            width=14,
            spanish=("Categoría", "Tema", "Asunto"),
        ),
        Column(
            "Summary",
            "summary",
            "summary",
            "200 characters at most. No names, phones, plates, addresses or dates of birth. Crime tips go to dispatch.",
            aliases=("Concern", "Description", "Details", "What was said"),
            width=48,
            spanish=("Resumen", "Descripción"),
        ),
        Column(
            "Referred to",
            "referred_to",
            "agency",
            "The agency that takes it.",
            aliases=("Referred", "Agency", "Assigned to", "Sent to"),
            width=13,
            spanish=("Referido a", "Agencia"),
        ),
        Column(
            "Owner role",
            "owner_role",
            "text",
            "The role that owns it (no name).",
            aliases=("Owner", "Responsible"),
            width=20,
            spanish=("Responsable",),
        ),
        Column(
            "Due",
            "due",
            "date",
            "By when.",
            aliases=("Due date", "Due by"),
            width=14,
            spanish=("Fecha límite", "Vence"),
        ),
        Column(
            "Status",
            "status",
            "choice",
            "Left blank: Open.",
            aliases=("Follow-up status", "Progress"),
            choices=_choices(model.FollowUpStatus),
            width=11,
            spanish=("Estatus", "Estado"),
        ),
        Column(
            "Closed on",
            "closed_on",
            "date",
            "The day it was closed.",
            aliases=("Closed", "Date closed", "Resolved on"),
            width=14,
            past=True,
            spanish=("Cerrado", "Fecha de cierre"),
        ),
        Column(
            "Reported back",
            "reported_back",
            "yes-no",
            "Yes once the resident was told.",
            aliases=("Reported", "Told resident", "Reply given"),
            width=10,
        ),
    ),
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

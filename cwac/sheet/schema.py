"""The contract: every tab and column, how it may be headed, how its cells are read, and what to tell coordinators.

The reader, the blank template with its dropdowns, the data dictionary and the sample are all made from `TABS`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal, get_args

from rapidfuzz.distance import OSA

from cwac import model
from cwac.sheet.cells import MAX_CELL, MAX_LIST, MAX_NOTE, bounded, is_blank

Reader = Literal[
    "text",  # any text
    "note",  # any text, and plenty of it
    "id",  # an identifier: text, or a whole number
    "date",  # a day near today
    "long-date",  # a day in anybody's career or a town's history
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
    "summary",  # a resident's concern: short, and never with personal data
]


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `field` is the record's field in `model`; `width` is in characters.

    `past` marks a day that mostly lies in the past: its two-digit years may be of the last century. `spanish` has the
    names that count where no column has an English one, the best first: "Estado" is also the state in an address.
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

    @property
    def longest(self) -> int:
        """How many characters a cell may have; more are not read, and of a note only so many."""
        if self.reader in ("note", "summary"):
            return MAX_NOTE
        return MAX_LIST if self.reader in ("list", "agencies") or self.field == "officers" else MAX_CELL


@dataclass(frozen=True, slots=True)
class TabSpec:
    """One tab. `unique` is the field that names a row (a second use is `duplicate-id`), if any."""

    name: str
    help: str
    columns: tuple[Column, ...]
    aliases: tuple[str, ...] = ()
    unique: str | None = None

    def column(self, field: str) -> Column:
        return next(column for column in self.columns if column.field == field)


def _choices(literal: object) -> tuple[str, ...]:
    return get_args(literal)


EVENTS = TabSpec(
    "Events",
    "One row an event.",
    (
        Column(
            "Event ID",
            "id",
            "id",
            "A name of its own for the event, such as EV-2026-031. Left blank, one is made from date and town, but an "
            "ID of one's own stays the same when rows move.",
            aliases=("ID", "Event no", "Event number", "Event #", "EventID", "Ref"),
            spanish=("ID del evento", "Número de evento"),
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
            "When it ends, for example 10:00 AM. Left blank, 90 minutes are assumed for clashes.",
            aliases=("End time", "Ends", "Finish", "Until", "Time end", "To time"),
            width=11,
            spanish=("Hora de fin", "Fin", "Termina", "Hora final"),
        ),
        Column(
            "Title",
            "title",
            "text",
            'What to call it. Left blank: "Coffee with a Cop".',
            aliases=("Event", "Event name", "Event title", "Name", "What"),
            width=24,
            spanish=("Título", "Nombre del evento", "Evento"),
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
            spanish=("Otras agencias", "Agencias asociadas", "Agencias", "Socios"),
        ),
        Column(
            "Status",
            "status",
            "event-status",
            "Where it stands. Past events become Completed or Cancelled.",
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
            "Why it was cancelled, so that it is not taken for low turnout.",
            aliases=("Reason", "Cancellation reason", "Reason cancelled", "Why cancelled"),
            choices=_choices(model.CancelReason),
            spanish=("Motivo de cancelación", "Motivo", "Razón"),
        ),
        Column(
            "Replaces",
            "replaces",
            "event",
            "The Event ID of the event that this one makes up for.",
            aliases=("Rescheduled from", "Replacement for", "Makes up for"),
            spanish=("Reemplaza", "Reemplaza a"),
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
        ),
        Column(
            "Release due",
            "release_due",
            "date",
            "The day by which the news release must go out.",
            aliases=("Press release due", "News release due", "PR due"),
            width=14,
        ),
        Column(
            "Release sent",
            "release_sent",
            "date",
            "The day on which the news release went out.",
            aliases=("Press release sent", "News release sent", "PR sent"),
            width=14,
            past=True,
        ),
        Column(
            "Funding",
            "funding",
            "text",
            "Grant or budget that pays.",
            aliases=("Funding source", "Grant", "Fund"),
            spanish=("Fondos", "Financiamiento"),
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
            "For sheets of one tab: who goes, separated by a semicolon. Used where Staffing has no row for the event.",
            aliases=("Officer", "Who", "Who goes", "Staff", "Staffing", "Assigned officers", "Officers assigned"),
            width=26,
            spanish=("Oficiales", "Agentes"),
        ),
        Column(
            "Guests",
            "guests",
            "count",
            "For sheets of one tab: how many residents came. Blank: not counted. Used where Attendance has no row.",
            aliases=("Attendance", "Attendees", "Head count", "Turnout", "How many came", "# guests", "Residents"),
            width=10,
            spanish=("Asistentes", "Asistencia", "Invitados", "Visitantes"),
        ),
    ),
    aliases=("Event", "Calendar", "Schedule", "Event list", "Events list", "Coffee events", "Coffee with a Cop"),
    unique="id",
)

STAFFING = TabSpec(
    "Staffing",
    "One row a person and event.",
    (
        Column(
            "Event ID",
            "event_id",
            "event",
            "The event's ID, as in Events.",
            required=True,
            aliases=("ID", "Event", "Event no", "Event number", "Event #", "EventID"),
            spanish=("ID del evento", "Evento"),
        ),
        Column(
            "Officer",
            "officer",
            "people",
            'Officer ID or name, or a placeholder such as "TBD" or "2 from SCSO".',
            required=True,
            aliases=("Officer ID", "Name", "Officer name", "Who", "Person", "Deputy", "Officers"),
            width=24,
            spanish=("Oficial", "Oficiales", "Agente", "Nombre"),
        ),
        Column(
            "Agency",
            "agency",
            "agency",
            "For a placeholder: whose officer is asked for.",
            aliases=("Dept", "Department", "Agency asked"),
            spanish=("Agencia",),
        ),
        Column(
            "Role",
            "role",
            "choice",
            "What the person does there. Every event wants one Host.",
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
            "Who goes instead.",
            aliases=("Swap", "Replaced by", "Swapped with", "Substitute"),
            width=20,
            spanish=("Cambiado por", "Reemplazado por"),
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
        Column(
            "Note",
            "note",
            "note",
            "Anything else.",
            aliases=("Notes", "Comment", "Comments", "Remarks"),
            width=32,
            spanish=("Nota", "Notas", "Comentarios"),
        ),
    ),
    aliases=("Staff", "Assignments", "Officers assigned", "Roster", "Detail", "Details", "Staffing assignments"),
)

ATTENDANCE = TabSpec(
    "Attendance",
    "One row an event, or one an hour: several rows add up. Blank is not zero.",
    (
        Column(
            "Event ID",
            "event_id",
            "event",
            "The event's ID, as in Events.",
            required=True,
            aliases=("ID", "Event", "Event no", "Event number", "Event #", "EventID"),
            spanish=("ID del evento", "Evento"),
        ),
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
        ),
        Column(
            "Surveys",
            "surveys",
            "count",
            "Survey cards returned.",
            aliases=("Survey", "Surveys returned"),
            width=9,
            spanish=("Encuestas",),
        ),
        Column(
            "Media present",
            "media",
            "yes-no",
            "Yes where press, radio or TV came.",
            aliases=("Media", "Press", "Press present"),
            width=9,
            spanish=("Prensa", "Medios"),
        ),
        Column(
            "Weather",
            "weather",
            "text",
            "Weather on the day.",
            aliases=("Conditions",),
            width=16,
            spanish=("Clima",),
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
        ),
        Column(
            "Note",
            "note",
            "note",
            "Anything else.",
            aliases=("Notes", "Comment", "Comments", "Remarks"),
            width=32,
            spanish=("Nota", "Notas", "Comentarios"),
        ),
    ),
    aliases=("Headcounts", "Headcount", "Guests", "Counts", "Turnout"),
)

AGENCIES = TabSpec(
    "Agencies",
    "One row an agency.",
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
        Column(
            "Aliases",
            "aliases",
            "list",
            "Other ways people write it, separated by a semicolon.",
            aliases=("Alias", "Also known as", "AKA", "Other names"),
            width=36,
        ),
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
            spanish=("Ciudad",),
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
            "E-mail",
            "emails",
            "list",
            "Addresses or domains of its people, separated by a semicolon.",
            aliases=("Email", "Emails", "E-mails", "Mail", "Domain", "E-mail domain"),
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
        ),
        Column(
            "Colour",
            "color",
            "color",
            "Its colour in hex, such as #0b5cad.",
            aliases=("Color", "Hex", "Colour hex"),
            width=10,
        ),
        Column("Active", "active", "yes-no", "No once it takes part no longer.", aliases=("In use",), width=9),
    ),
    aliases=("Agency", "Departments", "Agency list"),
    unique="short",
)

OFFICERS = TabSpec(
    "Officers",
    "One row an officer.",
    (
        Column(
            "Officer ID",
            "id",
            "id",
            "An invented ID such as OF-01. Never a badge number.",
            required=True,
            aliases=("ID", "Officer no", "Officer #"),
            width=12,
            spanish=("ID del oficial",),
        ),
        Column(
            "Name",
            "name",
            "text",
            "As people call them.",
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
        Column("Can host", "can_host", "yes-no", "Yes where they may be the Host.", aliases=("Host", "Hosts"), width=9),
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
        ),
        Column(
            "Active to",
            "active_to",
            "long-date",
            "Last day they may be assigned.",
            aliases=("To", "End date", "Active until"),
            width=14,
            spanish=("Hasta",),
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
            spanish=("Desde",),
        ),
        Column(
            "To",
            "last",
            "date",
            "Last day off.",
            required=True,
            aliases=("End", "Last day", "Until", "Through"),
            width=14,
            spanish=("Hasta",),
        ),
    ),
    aliases=("Leave", "Days off", "Unavailable", "Vacation", "PTO"),
)

VENUES = TabSpec(
    "Venues",
    "One row a venue.",
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
        Column(
            "Aliases",
            "aliases",
            "list",
            "Other ways people write it, separated by a semicolon.",
            aliases=("Alias", "Also known as", "AKA", "Other names"),
            width=26,
        ),
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
            spanish=("Dirección", "Calle"),
        ),
        Column(
            "Latitude",
            "latitude",
            "latitude",
            "Degrees north, such as 41.4242.",
            aliases=("Lat",),
            width=11,
            spanish=("Latitud",),
        ),
        Column(
            "Longitude",
            "longitude",
            "longitude",
            "Degrees, negative for west, such as -122.3844.",
            aliases=("Lon", "Long", "Lng"),
            width=11,
            spanish=("Longitud",),
        ),
        Column(
            "Capacity",
            "capacity",
            "number",
            "How many people fit.",
            aliases=("Seats", "Max"),
            width=9,
            spanish=("Capacidad", "Cupo"),
        ),
        Column(
            "Hours",
            "hours",
            "text",
            "When it is open.",
            aliases=("Opening hours", "Open"),
            width=20,
            spanish=("Horario", "Horas"),
        ),
        Column(
            "Contact",
            "contact",
            "text",
            "Whom to ask there.",
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
            spanish=("Teléfono", "Teléfono del trabajo"),
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
            "Yes where it becomes a shelter in a fire: then events there want a backup.",
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
        ),
    ),
    aliases=("Venue", "Locations", "Places", "Venue list"),
)

TOWNS = TabSpec(
    "Towns",
    "One row a town.",
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
        Column(
            "Aliases",
            "aliases",
            "list",
            "Other ways people write it, separated by a semicolon.",
            aliases=("Alias", "Also known as", "AKA", "Other names"),
            width=26,
        ),
        Column(
            "Population",
            "population",
            "number",
            "Residents.",
            aliases=("Pop", "Residents"),
            width=11,
            spanish=("Población", "Habitantes"),
        ),
        Column(
            "Latitude",
            "latitude",
            "latitude",
            "Degrees north, such as 41.4242.",
            aliases=("Lat",),
            width=11,
            spanish=("Latitud",),
        ),
        Column(
            "Longitude",
            "longitude",
            "longitude",
            "Degrees, negative for west, such as -122.3844.",
            aliases=("Lon", "Long", "Lng"),
            width=11,
            spanish=("Longitud",),
        ),
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
    "One row a concern that a resident raised.",
    (
        Column(
            "Follow-up ID",
            "id",
            "id",
            "A name of its own, such as FU-031.",
            required=True,
            aliases=("ID", "Followup no", "Follow-up #", "Concern ID"),
            width=14,
        ),
        Column(
            "Event ID",
            "event_id",
            "event",
            "The event's ID, as in Events.",
            required=True,
            aliases=("Event", "Event no", "Event number", "Event #", "EventID"),
            spanish=("ID del evento", "Evento"),
        ),
        Column(
            "Category",
            "category",
            "choice",
            "What it is about.",
            aliases=("Topic", "Subject", "Kind"),
            choices=_choices(model.FollowUpCategory),
            width=14,
            spanish=("Categoría", "Tema"),
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


def key(typed: object) -> str:
    """A tab's or header's name with case, accents, spaces and punctuation taken off; `#` reads as "no"."""
    text = str(typed).casefold().replace("#", "no")
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text)
    return "".join(ch for ch in text if ch.isalnum())


def spec_for(title: str) -> TabSpec | None:
    """The contract's tab of that title, by name or alias, or None."""
    return _by_title().get(key(title)) if len(title) <= MAX_CELL else None


@cache
def _by_title() -> dict[str, TabSpec]:
    names = {key(alias): spec for spec in TABS for alias in spec.aliases}
    return names | {key(spec.name): spec for spec in TABS}


# --- headers -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Header:
    """A header row understood, by the place of each cell (counted from 0).

    `columns` are those that are read, in order; `renamed` are those of them that are named only nearly; `repeated`
    have a meaning that another place has already; `unknown` belong to the table and mean nothing; `cut` are known
    names that stand apart from the table.
    """

    columns: dict[int, Column]
    renamed: tuple[int, ...]
    repeated: dict[int, int]
    unknown: tuple[int, ...]
    cut: dict[int, Column]

    @property
    def known(self) -> set[str]:
        """The fields named anywhere in the row."""
        return {column.field for column in (*self.columns.values(), *self.cut.values())}


def read_header(spec: TabSpec, row: Sequence[model.Cell]) -> Header:
    """What each header of a row means: names and aliases first, Spanish names next, near misses last."""
    cells = [bounded(cell, MAX_CELL) for cell in row]
    exact = {at: column for at, cell in enumerate(cells) if (column := _exact(spec, cell)) is not None}
    spanish = _spanish_columns(spec, cells, exact)
    known = exact | spanish
    table, apart = _table_of(_blocks(cells), known)
    columns: dict[int, Column] = {}
    place: dict[str, int] = {}
    repeated: dict[int, int] = {}
    for at in [at for at in table if at in exact] + [at for at in table if at in spanish]:
        first = place.setdefault(known[at].field, at)
        if first == at:
            columns[at] = known[at]
        else:
            repeated[at] = first
    renamed = []
    for at in table:
        near = None if at in known else _near(spec, cells[at])
        if near is not None and near.field not in place:
            place[near.field] = at
            columns[at] = near
            renamed.append(at)
    return Header(
        dict(sorted(columns.items())),
        tuple(renamed),
        repeated,
        tuple(at for at in table if at not in columns and at not in repeated),
        {at: known[at] for at in apart if at in known},
    )


def _blocks(cells: Sequence[model.Cell]) -> list[list[int]]:
    """The runs of header cells between blank ones."""
    blocks: list[list[int]] = []
    blank = True
    for at, cell in enumerate(cells):
        before, blank = blank, is_blank(cell)
        if not blank:
            if before:
                blocks.append([])
            blocks[-1].append(at)
    return blocks


def _table_of(blocks: list[list[int]], known: dict[int, Column]) -> tuple[list[int], list[int]]:
    """The places of the table's headers, and those apart from it.

    The block with the most known headers is the table. A blank header beside it does not end it where at least two
    known headers are to the right and none of them repeats one on the left: a column was inserted, nothing else.
    """
    if not blocks:
        return [], []
    fields = [{known[at].field for at in block if at in known} for block in blocks]
    begin = max(range(len(blocks)), key=lambda number: len(fields[number]))
    end = begin + 1
    own = set(fields[begin])
    while end < len(blocks):
        # What follows counts as far as it repeats nothing: there, another table begins.
        ahead: set[str] = set()
        for number in range(end, len(blocks)):
            if fields[number] & (own | ahead) and number > end:
                break
            ahead |= fields[number]
        if len(ahead) < 2 or fields[end] & own:
            break
        own |= fields[end]
        end += 1
    while begin > 0 and len(own) >= 2 and not fields[begin - 1] & own:
        begin -= 1
        own |= fields[begin]
    table = [at for block in blocks[begin:end] for at in block]
    return table, [at for block in (*blocks[:begin], *blocks[end:]) for at in block]


def column_for(spec: TabSpec, header: object) -> Column | None:
    """The column that a header cell alone means: by name, alias or Spanish name, or one typing mistake away."""
    if not isinstance(header, str):
        return None
    cell = bounded(header, MAX_CELL)
    return _exact(spec, cell) or _spanish(spec).get(key(cell)) or _near(spec, cell)


@cache
def _headers(spec: TabSpec) -> dict[str, Column]:
    names = {key(alias): column for column in spec.columns for alias in column.aliases}
    return names | {key(column.header): column for column in spec.columns}


@cache
def _spanish(spec: TabSpec) -> dict[str, Column]:
    return {key(name): column for column in spec.columns for name in column.spanish}


_PARENTHESIS = re.compile(r"[(\[][^)\]]*[)\]]")
_OUR_EXPORT = frozenset(
    "officers_assigned officers_confirmed guests_low guests_high guests_estimated timezone placeholder rows".split()
)
"""Columns of `cwac export` that are worked out. Typed like this, "officers_assigned" holds a number, not names."""


def _exact(spec: TabSpec, header: model.Cell) -> Column | None:
    if type(header) is not str or header.strip() in _OUR_EXPORT:
        return None
    names = _headers(spec)
    return names.get(key(header)) or names.get(key(_PARENTHESIS.sub("", header)))


def _spanish_columns(spec: TabSpec, cells: Sequence[model.Cell], exact: dict[int, Column]) -> dict[int, Column]:
    """The columns that only a Spanish name has; of several names of one column the better counts."""
    names = _spanish(spec)
    typed = {at: key(cell) for at, cell in enumerate(cells) if type(cell) is str and at not in exact}
    found = {at: names[name] for at, name in typed.items() if name in names}
    if len(found) > 1:
        order = {key(name): number for column in spec.columns for number, name in enumerate(column.spanish)}
        found = dict(sorted(found.items(), key=lambda item: order[typed[item[0]]]))
        kept: dict[str, int] = {}
        for at, column in found.items():
            kept.setdefault(column.field, at)
        found = {at: column for at, column in found.items() if kept[column.field] == at}
    taken = {column.field for column in exact.values()}
    return {at: column for at, column in found.items() if column.field not in taken}


_COMMON = frozenset(
    """account address agree agreement alignment attendant bank began cafe call case cases cell center centre charge
    charger check claim class client close closer closet code coffee color column commend commission commodity communion
    communist community company complete concert condition conditions conditional confirm conformed conservation
    contact contract contractor control conversion conviction cost council count country county course court cover
    crew crime date day debt deed department departmental depot desk detail district division document duration email
    end entry error estimate even expense fee field file final finding finnish flag floor food form format founding
    fuel full gate giant grace graft grand grant grape grave group guard guess half hall handle head height hold home
    host hour house index indicator info initial input invoice item job kind label lane last lead leader league lease
    length letter lever levee license limit line link list load loan lock log lot mail manage manager map mark market
    mass master material max mayor meal median medic medical meeting member memo menu message meter mile miner minor
    minute mode model month music name need news night noise note noted number object offer office officiant online
    option order organizer origin output owned page paid palace panel park parking part party pass patrol peace pending
    percent permanent permit person phase phony photo picture place plan plane plank plant plate player point police
    policy poll pool pop population port poster pound power present press price prior priority prize process product
    profile program progress project proof purpose quantity quarter quest question queue quota quote radio rain range
    rate ratio reader reading reason receipt record region regiment rent repair reply report reporter
    request reserve residence residency resident resort result return revenue review reward risk road role room route
    row rule safety sale sample scale score screen search season seat second section sector security segment senior
    series serial service session sex shape share sheet shelf shift shirt shoot shop shore short shout show side sign
    signal size skill slot smart snort social source space speak speaker special species speed spend spirit sponsor
    sport spot stage stake stand standard star start state statement station stats statue statute stock stop storage
    store stores story street stuff style subject submit suburb sum supervise supervision supplier supply support
    survey surrey sword symbol system table tag talk tanks target task tax team tell term test text theme thorough
    though ticket tier time title token tone tonic tool topic total tour toxic trace track trade traffic train transit
    travel trip truck trust type unit unite update url usage use user vacation vacancy value van vehicle vendor version
    video view village visit voice void volume volunteer vote wage want ward warning watch weather web week weight
    wheel where while whole width window winner word work worker year yes zip zone contacto tiempo estado""".split()
)
"""Words of other columns: "County" is not a misspelt "Count", nor "Contact" a misspelt "Contacts"."""

_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")


def _words(header: str) -> tuple[str, ...]:
    """A header's words in small letters; "EnteredBy" and "entered_by" are two."""
    plain = unicodedata.normalize("NFKD", _PARENTHESIS.sub("", header)).encode("ascii", "ignore").decode()
    return tuple(word.lower() for word in _WORDS.findall(plain.replace("'", "")))


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word


@cache
def _vocabulary() -> frozenset[str]:
    """Every word that the contract itself uses in a header: none of them is a misspelling."""
    named = [name for spec in TABS for column in spec.columns for name in (column.header, *column.aliases)]
    return frozenset(word for name in (*named, *(spec.name for spec in TABS)) for word in _words(name)) | {"by"}


@cache
def _written(spec: TabSpec) -> dict[str, Column]:
    """The headers in the singular, where that leaves one column only."""
    found: dict[str, set[str]] = {}
    for column in spec.columns:
        for name in (*column.aliases, column.header):
            found.setdefault("".join(map(_singular, _words(name))), set()).add(column.field)
    return {name: spec.column(next(iter(fields))) for name, fields in found.items() if len(fields) == 1}


def _near(spec: TabSpec, header: model.Cell) -> Column | None:
    """The column that a misspelt header means; None for one made of known words, which says what it says."""
    if type(header) is not str or header.strip() in _OUR_EXPORT:
        return None
    return _near_column(spec.name, header)


@cache
def _specs() -> dict[str, TabSpec]:
    return {spec.name: spec for spec in TABS}


@lru_cache(4096)
def _near_column(name: str, header: str) -> Column | None:
    spec = _specs()[name]
    words = _words(header)
    if len(words) == 1 and (words[0] in _COMMON or _singular(words[0]) in _COMMON):
        return None
    plural = _written(spec).get("".join(map(_singular, words)))
    if plural is not None:
        return plural
    known = _vocabulary()
    if all(word in known or word in _COMMON or _singular(word) in _COMMON for word in words):
        return None
    typed = key(header)
    if len(typed) < 5:
        return None
    # One slip in a short word, two in a long one; the first letter is rarely the slip, and "Note" is not "Date".
    near = {
        column.header: column
        for written, column in _headers(spec).items()
        if len(written) >= 5
        and written[0] == typed[0]
        and OSA.distance(written, typed, score_cutoff=2) <= (1 if min(len(written), len(typed)) < 9 else 2)
    }
    return next(iter(near.values())) if len(near) == 1 else None

"""The contract, one table kept whole: every tab and column, its names, how it is read, and who may see it.

The reader, the gate (`access`), the blank template with its dropdowns, the data dictionary, the changes told, and the
columns to review before records are released are all made from `TABS`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache, partial
from typing import TYPE_CHECKING, Literal, get_args

from cwac import addons, model
from cwac.sheet.text import MAX_CELL, MAX_LIST, MAX_NOTE

if TYPE_CHECKING:
    from cwac.sheet.plan import AddedTabs, Use

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
    "public",  # a plain yes makes the event public
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
    **dict.fromkeys(("yes-no", "public", "count", "number", "hours"), 9),
    **dict.fromkeys(("needed", "color"), 10),
    **dict.fromkeys(("time", "latitude", "longitude"), 11),
    **dict.fromkeys(("date", "long-date"), 14),
    **dict.fromkeys(("venue", "people"), 26),
    **{"choice": 12, "event-status": 13, "agencies": 24, "note": 32, "summary": 48},
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `field` is the record's field in `model`: the header in lower case, if nothing else is stated.

    `width` is in characters, by default what cells of the `reader` need.

    `past` marks a day that is usually in the past, so that a two-digit year may be of the last century. `spanish` names
    count only where no column has the English one, the best first: "Estado" is also the state in an address. `phrases`
    are words of a county's own headers, without accents and separated by "; ", and `parts` those for a part of it. The
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
    phrases: str = ""
    parts: tuple[tuple[Use, str], ...] = ()
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
    def is_private(self) -> bool:
        """Whether its cells may name people, or are for coordinators alone."""
        return self.names_people or self.audience == "coordinators"

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

    `unique` is the field that identifies a row, if any; a second use is reported as `duplicate-id`. `without` says what
    it costs if the tab is missing.
    """

    name: str
    help: str
    columns: tuple[Column, ...]
    records: tuple[type, ...]
    aliases: tuple[str, ...] = ()
    unique: str | None = None
    without: str = ""

    def column(self, field: str) -> Column:
        """The column of a field, of one of several columns of names ("officers#2"), or of an event's key ("@date")."""
        spec, name = (EVENTS, field[1:]) if field.startswith("@") else (self, field.partition("#")[0])
        return next(column for column in spec.columns if column.field == name)


# Columns by their audience. Those that are also `quoted` are facts of the plan, not texts, people or concerns.
_public = partial(Column, audience="public", quoted=True)
_shared = partial(Column, audience="agencies", quoted=True)
_inside = partial(Column, audience="agencies")
_own_agency = partial(Column, audience="own agency")
_officer = partial(_own_agency, review=_OFFICER)
_contact = partial(_inside, review=_PRIVATE)
_counted = partial(_shared, shown=("count-sheet",))
_unquoted = partial(Column, audience="public")

# Columns that several tabs have.
_EVENT_ID = _shared(
    "Event ID",
    "event",
    "The event's ID, as in Events.",
    required=True,
    told="no",
    aliases=("ID", "Event", "Event no", "Event number", "Event #", "EventID"),
    spanish=("ID del evento", "Evento"),
)
_NOTE = _inside(
    "Note",
    "note",
    "Anything else.",
    told="change",
    review=_FREE,
    aliases=("Notes", "Comment", "Comments", "Remarks"),
    spanish=("Nota", "Notas", "Comentarios"),
)
_ALIASES = _inside(
    "Aliases",
    "list",
    "Other ways people write it, separated by a semicolon.",
    aliases=("Alias", "Also known as", "AKA", "Other names"),
    width=26,
)
_LATITUDE = _public(
    "Latitude",
    "latitude",
    "Degrees north, such as 41.4242.",
    aliases=("Lat",),
    spanish=("Latitud",),
)
_LONGITUDE = _public(
    "Longitude",
    "longitude",
    "Degrees, negative for west, such as -122.3844.",
    aliases=("Lon", "Long", "Lng"),
    spanish=("Longitud",),
)

EVENTS = TabSpec(
    "Events",
    "One row per event.",
    (
        _public(
            "Event ID",
            "id",
            "An ID for the event, such as EV-2026-031. Left blank, one is made from the date and the town, but an ID "
            "that you type stays the same when rows move.",
            field="id",
            key=True,
            told="no",
            aliases=("ID", "Event no", "Event number", "Event #", "EventID", "Ref"),
            spanish=("ID del evento", "Número de evento", "ID de evento"),
            phrases="event id; event no; event number",
        ),
        _public(
            "Date",
            "date",
            "The day, for example 10/7/2026. An event without a readable date waits in the undated list.",
            key=True,
            required=True,
            aliases=("Event date", "Day", "When", "Date of event"),
            spanish=("Fecha", "Fecha del evento", "Día"),
            phrases="date; event date; start date time; date time; date and time; start date; begin date; day and "
            "time; day time; fecha y hora; date start time; day date; what day; que dia; what date; on what date; "
            "fecha; dia; event day; when; cuando; dates",
            parts=(
                ("weekday", "day; weekday; dow; day of week; day of the week; dia de la semana; wkday; dia"),
                ("month", "month; mes; mo"),
                ("day", "day; dia; date"),
                ("year", "year; ano; yr"),
            ),
        ),
        _public(
            "Start",
            "time",
            "When it begins, for example 8:30 AM.",
            key=True,
            aliases=("Start time", "Begins", "Begin", "Time", "Starts", "Time start", "From time"),
            spanish=("Hora de inicio", "Inicio", "Hora", "Comienza", "Horario"),
            phrases="hours; start; start time; starts; begin; begins; time; what time; hora; horario; inicio; from; "
            "times; begin time; kickoff; time slot; shift; shift time; event time; desde",
        ),
        _public(
            "End",
            "time",
            "When it ends, for example 10:00 AM. Left blank, 90 minutes are assumed.",
            aliases=("End time", "Ends", "Finish", "Until", "Time end", "To time"),
            spanish=("Hora de fin", "Fin", "Termina", "Hora final", "Hora de término"),
            phrases="end; end time; ends; finish; end date time; end date; until; to; thru; through; hasta; termina; "
            "time end; hora fin; stop",
        ),
        _public(
            "Title",
            "text",
            'What to call it. Left blank: "Coffee with a Cop".',
            aliases=("Event", "Event name", "Event title", "Name", "What"),
            width=24,
            spanish=("Título", "Nombre del evento", "Evento"),
            phrases="name; event; title; subject; function; event name; event title; activity; program; event type; "
            "type of event; evento; actividad; what; name of event; topic; theme; nombre del evento; occasion",
            rare=True,
        ),
        _public(
            "Town",
            "town",
            "The town, as the Towns tab names it.",
            key=True,
            required=True,
            aliases=("City", "Community", "Town/City", "City/Town"),
            spanish=("Ciudad", "Pueblo", "Comunidad"),
            phrases="town; city; community; municipality; ciudad; pueblo; comunidad; village; city town; "
            "neighborhood; municipio; localidad; city or town; part of town; area of town; side of town",
        ),
        _public(
            "Venue",
            "venue",
            "The place, as the Venues tab names it.",
            aliases=("Location", "Place", "Where", "Site", "Cafe", "Coffee shop"),
            spanish=("Lugar", "Sitio", "Ubicación"),
            phrases="venue; location; place; where; site; cafe; coffee shop; shop; coffeehouse; restaurant; business; "
            "lugar; sitio; ubicacion; venue name; store; facility; host site; host business; location name; donde; "
            "coffee house; establishment; hosted at; held at; business name; partner business; coffee location; "
            "diner; park; library; school; address; street address; branch; branch location; room; address of venue; "
            "sede; spot; loc",
        ),
        _shared(
            "Backup venue",
            "text",
            "Where to go if the venue falls through, for example when it becomes a shelter.",
            aliases=("Backup", "Back-up venue", "Alternate venue", "Plan B", "Backup location"),
            width=26,
            spanish=("Lugar alterno", "Lugar alternativo"),
            phrases="backup venue; rain location; alternate location; alternate venue; backup location; rain site",
            rare=True,
        ),
        _public(
            "Lead agency",
            "agency",
            "The agency that runs it, by its short name.",
            key=True,
            required=True,
            aliases=("Lead", "Host agency", "Agency", "Lead dept", "Lead department", "Hosting agency"),
            spanish=("Agencia principal", "Agencia líder", "Agencia anfitriona", "Agencia"),
            phrases="agency; lead agency; dept; department; host agency; host dept; host department; hosting agency; "
            "lead; hosted by; organizer; police department; law enforcement agency; corporacion; dependencia; "
            "agencia; lead dept; agency in charge; in charge; sponsoring agency; lead department; responsible agency; "
            "pd; le agency; organization; what agency; departamento; run by; jurisdiction; sponsor; primary agency; "
            "led by; organized by",
        ),
        _public(
            "Partner agencies",
            "agencies",
            "The other agencies, separated by a semicolon.",
            aliases=("Partners", "Partner agency", "Partner", "Other agencies", "With", "Agencies", "Joint with"),
            spanish=("Otras agencias", "Agencias asociadas", "Agencias", "Socios", "Agencias participantes"),
            phrases="partner; partners; partner agencies; other agencies; assisting; assist; assisting agency; "
            "others; other; participating agencies; agencies; supporting; allied; supporting dept; supporting "
            "agencies; support agency; joint with; with; co host; cohost; agencies attending; agencies participating; "
            "allied agencies; second agency; partner agency; additional agencies; otras agencias; agencias; also "
            "attending; agencies involved; partner depts; mutual aid",
        ),
        _public(
            "Status",
            "event-status",
            "How far along it is. Past events become Completed or Canceled.",
            key=True,
            required=True,
            aliases=("Event status", "State of event", "Stage"),
            choices=get_args(model.EventStatus),
            spanish=("Estatus", "Estado del evento", "Estado"),
            phrases="status; event status; estado; estatus; confirmed; state of event; stage; go no go; booking "
            "status; canceled; cancelled",
            parts=(
                (
                    "canceled",
                    "canceled; cancelled; cancel; cancelado; cxl; is canceled; is cancelled; event canceled; "
                    "event cancelled",
                ),
            ),
        ),
        _public(
            "Cancel reason",
            "choice",
            "Why it was canceled, so that it is not taken for low turnout.",
            told="no",
            aliases=(
                "Reason",
                "Cancellation reason",
                "Reason canceled",
                "Why canceled",
                "Reason cancelled",
                "Why cancelled",
            ),
            choices=get_args(model.CancelReason),
            width=16,
            spanish=("Motivo de cancelación", "Motivo", "Razón"),
            phrases="cancel reason; reason canceled; reason cancelled; reason for cancellation; cancellation reason",
            rare=True,
        ),
        _public(
            "Replaces",
            "event",
            "The Event ID of the event that this one makes up for.",
            aliases=("Rescheduled from", "Replacement for", "Makes up for"),
            spanish=("Reemplaza", "Reemplaza a"),
            rare=True,
        ),
        _shared(
            "Officers needed",
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
            spanish=("Oficiales necesarios", "Oficiales requeridos"),
            phrases="officers needed; needed; number needed; no needed; staff needed; officers required; slots; "
            "positions; no of officers; number of officers; openings; spots; volunteers needed; how many officers",
        ),
        _shared(
            "Bilingual needed",
            "yes-no",
            "Yes where an officer with a second language is needed.",
            aliases=("Bilingual", "Bilingual officer", "Spanish needed"),
            width=10,
            spanish=("Bilingüe", "Se necesita bilingüe"),
            phrases="bilingual needed; spanish needed; bilingual; spanish speaker needed",
        ),
        _shared(
            "Registered nationally",
            "yes-no",
            "Yes once it is on the national list of events.",
            field="registered",
            aliases=("Registered", "National registration", "Nat'l registered"),
            width=12,
            spanish=("Registrado",),
            rare=True,
        ),
        _shared(
            "Release due",
            "date",
            "The day by which the news release must be sent.",
            aliases=("Press release due", "News release due", "PR due"),
            rare=True,
        ),
        _shared(
            "Release sent",
            "date",
            "The day on which the news release was sent.",
            aliases=("Press release sent", "News release sent", "PR sent"),
            past=True,
            rare=True,
        ),
        _shared(
            "Flyer sent",
            "date",
            "The day on which the flyer went out.",
            aliases=("Flyer out", "Flyers sent", "Flyer posted"),
            past=True,
            rare=True,
        ),
        _shared(
            "Host briefed",
            "date",
            "The day on which the host got the officer briefing.",
            aliases=("Briefed", "Host briefing", "Briefing sent"),
            past=True,
            rare=True,
        ),
        _inside(
            "Funding",
            "text",
            "The grant or budget that pays for it.",
            aliases=("Funding source", "Grant", "Fund"),
            spanish=("Fondos", "Financiamiento"),
            rare=True,
        ),
        _unquoted(
            "Public notes",
            "note",
            "What anybody may read.",
            told="change",
            review=_FREE,
            aliases=("Public note", "Notes public", "Public info"),
            spanish=("Notas públicas",),
            phrases="public notes; public info",
        ),
        _inside(
            "Internal notes",
            "note",
            "For signed-in people of the agencies only.",
            told="change",
            review=_FREE,
            aliases=("Notes", "Note", "Comments", "Remarks", "Internal note"),
            spanish=("Notas internas", "Notas", "Comentarios"),
            phrases="notes; note; comments; comment; remarks; anything else; observaciones; notas; comentarios; memo; "
            "memos; how it went; how did it go; additional info; additional information; details; other info; misc; "
            "special instructions; internal notes; rmks",
        ),
        _officer(
            "Officers",
            "people",
            "For sheets of one tab: the officers assigned, separated by a semicolon. Used where Staffing has no row "
            "for the event.",
            key=True,
            aliases=("Officer", "Who", "Who goes", "Staff", "Staffing", "Assigned officers", "Officers assigned"),
            spanish=("Oficiales", "Agentes", "Oficial", "Oficiales asignados"),
            phrases="name; officer; officers; deputy; deputies; ofc; ofcs; personnel; staff; staffing; who; attending "
            "officers; officers attending; assigned; assigned to; assignment; team; crew; oficial; oficiales; agente; "
            "agentes; quien; volunteer; volunteers; cop; cops; sworn; people; staff assigned; names; who is going; "
            "members; member; participants; officer name; officer names; roster; attending; worked by; staffed by; "
            "representative; rep; employee; poc; point of contact; trooper; troopers; sgt; sergeant; supervisor; pio; "
            "lieutenant; lt; corporal; cpl; host officer; lead officer; backup officer; host; backup; greeter; "
            "bilingual officer; personal; civilian; crc; cso; backup host; standby; helper; coverage; staff "
            "attending; person; chief; captain; encargado; presenter; presenters; speaker; facilitator; officer in "
            "charge; oic; lead deputy; deputy assigned; officials; volunteers assigned; rep name; representatives; "
            "reps; sro on duty; school resource officer; on duty",
            parts=(
                ("given name", "first name; officer first name; first; nombre de pila; given name"),
                ("family name", "last name; officer last name; last; surname; apellido; family name"),
            ),
            rare=True,
        ),
        _unquoted(
            "Guests",
            "count",
            "For sheets of one tab: how many residents came. Blank: not counted. Used where Attendance has no row.",
            key=True,
            aliases=("Attendance", "Attendees", "Head count", "Turnout", "How many came", "# guests", "Residents"),
            width=10,
            spanish=("Asistentes", "Asistencia", "Invitados", "Visitantes"),
            phrases="attendance; cnt; att; actual no; actual count; actual; attendees; guests; head count; headcount; "
            "turnout; attended; no attended; number attended; how many came; how many people came; how many people; "
            "how many; personas; personas que asistieron; asistieron; cuantas personas; numero de asistentes; no de "
            "asistentes; actual attendance; residents; public; people came; visitors; people attended; no of "
            "attendees; number of attendees; asistencia; asistentes; invitados; count; citizens; no people; number of "
            "people; no of people; community members; total; total attendance; crowd; no guests; patrons; no of "
            "guests; number of guests; attend; contacts made; public attendance; people reached; participation; pax; "
            "came; showed up; showed; public ct; served; no present; no stu; no students; checked in; parents; "
            "families; seniors; neighbors",
            parts=(
                ("adults", "adults; adult; adultos; grown ups"),
                ("youth", "kids; youth; children; ninos; jovenes; minors; under 18; child; teens; juveniles; students"),
            ),
            rare=True,
        ),
        _shared(
            "Public",
            "public",
            "Yes where anybody may know of the event. Where this column is there, every other cell, and a blank one, "
            "keeps it from the public.",
            aliases=(
                "Public?",
                "Publish",
                "Publish?",
                "Published",
                "Post",
                "Posted",
                "OK to post",
                "Approved",
                "Approval",
                "Sign off",
                "Sign-off",
                "Visibility",
                "Open to public",
                "Announce",
            ),
            spanish=("Público", "Publicar", "Publicado"),
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
        _officer(
            "Officer",
            "people",
            'Officer ID or name, or a placeholder such as "TBD" or "2 from SCSO".',
            key=True,
            told="no",
            required=True,
            aliases=("Officer ID", "Name", "Officer name", "Who", "Person", "Deputy", "Officers"),
            width=24,
            spanish=("Oficial", "Oficiales", "Agente", "Nombre", "Nombre del oficial"),
        ),
        _shared(
            "Agency",
            "agency",
            "For a placeholder: the agency that is asked for the officer.",
            aliases=("Dept", "Department", "Agency asked"),
            spanish=("Agencia",),
        ),
        _shared(
            "Role",
            "choice",
            "What the person does there. Every event needs one Host.",
            aliases=("Duty", "Post", "Position", "Assignment"),
            choices=get_args(model.Role),
            spanish=("Función", "Rol", "Puesto"),
        ),
        _shared(
            "Report time",
            "time",
            "When to be there, where it differs from Start.",
            review=_HOUR,
            aliases=("Report", "Report at", "On at", "Call time"),
            spanish=("Hora de llegada", "Llegada"),
        ),
        _shared(
            "Release time",
            "time",
            "When free again, where it differs from End.",
            review=_HOUR,
            aliases=("Release", "Released", "Off at", "Released at"),
            spanish=("Hora de salida", "Salida"),
        ),
        _shared(
            "Status",
            "choice",
            "Left blank: Assigned.",
            aliases=("Assignment status", "Confirmed?", "Response"),
            choices=get_args(model.AssignmentStatus),
            width=13,
            spanish=("Estatus", "Estado"),
        ),
        _officer(
            "Swapped for",
            "officer",
            "The officer who takes over.",
            aliases=("Swap", "Replaced by", "Swapped with", "Substitute"),
            width=20,
            spanish=("Cambiado por", "Reemplazado por"),
            rare=True,
        ),
        _shared(
            "Pay type",
            "choice",
            "How the hours are paid.",
            aliases=("Pay", "Pay code", "Paid as"),
            choices=get_args(model.PayType),
            spanish=("Tipo de pago", "Pago"),
            rare=True,
        ),
        _shared(
            "Hours",
            "hours",
            "Hours worked, for example 1.5.",
            aliases=("Hrs", "Hours worked", "# hours"),
            spanish=("Horas",),
        ),
        replace(_NOTE, audience="own agency"),
    ),
    (model.Assignment,),
    aliases=("Staff", "Assignments", "Officers assigned", "Roster", "Detail", "Details", "Staffing assignments"),
    without="people are read from Events alone, and hours are not known.",
)

ATTENDANCE = TabSpec(
    "Attendance",
    "One row per event, or one per hour: several rows add up. Blank is not zero.",
    (
        replace(_EVENT_ID, audience="public", key=True),
        _public(
            "Guests",
            "count",
            "How many residents came: 18, or ~40, 30+, 35-40. Blank means not counted; type 0 only if nobody came.",
            key=True,
            shown=("count-sheet",),
            aliases=("Guest", "Attendance", "Attendees", "Head count", "Count", "Turnout", "Residents", "# guests"),
            width=12,
            spanish=("Asistentes", "Asistencia", "Invitados", "Visitantes"),
        ),
        _counted(
            "Count method",
            "choice",
            "How they were counted.",
            field="method",
            aliases=("Method", "How counted", "Counted by"),
            choices=get_args(model.CountMethod),
            width=13,
            spanish=("Método", "Método de conteo"),
        ),
        _counted(
            "Youth",
            "count",
            "How many of the guests were under 18.",
            aliases=("Kids", "Children", "Minors", "Under 18", "Of which youth"),
            spanish=("Jóvenes", "Niños", "Menores"),
        ),
        _counted(
            "New visitors",
            "count",
            "How many came for the first time.",
            aliases=("New", "First time", "First timers", "New guests"),
            spanish=("Visitantes nuevos", "Nuevos"),
        ),
        _counted(
            "Conversations",
            "count",
            "How many conversations officers had.",
            aliases=("Contacts", "Talks", "Conversation"),
            width=14,
            spanish=("Conversaciones",),
        ),
        _counted(
            "Cups served",
            "count",
            "Cups of coffee served. Guests are never worked out from cups.",
            field="cups",
            aliases=("Cups", "Coffees", "Coffees served"),
            spanish=("Tazas", "Tazas servidas"),
            rare=True,
        ),
        _counted(
            "Surveys",
            "count",
            "Survey cards returned.",
            aliases=("Survey", "Surveys returned"),
            spanish=("Encuestas",),
            rare=True,
        ),
        _shared(
            "Media present",
            "yes-no",
            "Yes where press, radio or TV came.",
            field="media",
            aliases=("Media", "Press", "Press present"),
            spanish=("Prensa", "Medios"),
            rare=True,
        ),
        _inside(
            "Weather",
            "text",
            "Weather on the day.",
            shown=("count-sheet",),
            aliases=("Conditions",),
            width=16,
            spanish=("Clima",),
            rare=True,
        ),
        _shared(
            "Entered on",
            "date",
            "The day the count was typed.",
            aliases=("Entered", "Date entered", "Recorded on"),
            past=True,
            spanish=("Fecha de registro",),
            rare=True,
        ),
        _NOTE,
    ),
    (model.Headcount,),
    aliases=("Headcounts", "Headcount", "Guests", "Counts", "Turnout"),
    without="guests are read from Events alone.",
)

AGENCIES = TabSpec(
    "Agencies",
    "One row per agency.",
    (
        _public(
            "Agency",
            "id",
            "The short name, such as CHP-MS.",
            field="short",
            required=True,
            aliases=("Short", "Short name", "Code", "Abbreviation", "Agency code"),
            width=12,
            spanish=("Agencia", "Siglas"),
        ),
        _public(
            "Name",
            "text",
            "The full name.",
            required=True,
            aliases=("Full name", "Agency name"),
            width=40,
            spanish=("Nombre completo", "Nombre"),
        ),
        replace(_ALIASES, width=36),
        _public(
            "Type",
            "choice",
            "State, County or City.",
            aliases=("Kind", "Level"),
            choices=get_args(model.AgencyType),
            width=10,
            spanish=("Tipo",),
        ),
        _public(
            "Home town",
            "town",
            "Where its office is.",
            aliases=("Town", "City", "Base"),
            spanish=("Ciudad", "Pueblo"),
        ),
        _inside(
            "Sworn",
            "number",
            "How many sworn officers it has, to compare workloads.",
            aliases=("Sworn officers", "# sworn", "Headcount", "Size"),
        ),
        _contact(
            "Email",
            "list",
            "Addresses or domains of its people, separated by a semicolon.",
            field="emails",
            aliases=("E-mail", "Emails", "E-mails", "Mail", "Domain", "Email domain", "E-mail domain"),
            width=32,
            spanish=("Correo", "Correos", "Correo electrónico"),
        ),
        _inside(
            "Liaison role",
            "text",
            "The role of its liaison (no name).",
            aliases=("Liaison", "Contact role"),
            width=22,
            rare=True,
        ),
        _inside(
            "Boilerplate",
            "note",
            "The paragraph about the agency that ends its news releases.",
            aliases=("About the agency", "About", "Release paragraph"),
            width=40,
            rare=True,
        ),
        _contact(
            "Press contact",
            "text",
            "Whom reporters ask, with a work phone or email.",
            aliases=("Media contact", "PIO contact", "News contact"),
            width=28,
            rare=True,
        ),
        _unquoted(
            "Color",
            "color",
            "Its color in hex, such as #0b5cad.",
            aliases=("Colour", "Hex", "Color hex", "Colour hex"),
            rare=True,
        ),
        _unquoted(
            "Active",
            "yes-no",
            "No once it no longer takes part.",
            aliases=("In use",),
            spanish=("Activa", "Activo"),
            rare=True,
        ),
    ),
    (model.Agency,),
    aliases=("Agency", "Departments", "Agency list"),
    unique="short",
    without="agencies are taken as typed, and no email address signs in as one of them.",
)

OFFICERS = TabSpec(
    "Officers",
    "One row per officer.",
    (
        _officer(
            "Officer ID",
            "id",
            "An invented ID such as OF-01. Never a badge number.",
            field="id",
            told="no",
            required=True,
            aliases=("ID", "Officer no", "Officer #"),
            width=12,
            spanish=("ID del oficial", "Número de oficial"),
        ),
        _officer(
            "Name",
            "text",
            "The name that people use.",
            required=True,
            aliases=("Officer", "Officer name"),
            width=22,
            spanish=("Nombre", "Oficial"),
        ),
        _officer(
            "Rank",
            "text",
            "Rank or title.",
            aliases=("Title", "Grade"),
            width=14,
            spanish=("Rango", "Grado"),
        ),
        _own_agency(
            "Agency",
            "agency",
            "Their agency, by its short name.",
            quoted=True,
            required=True,
            aliases=("Dept", "Department"),
            width=12,
            spanish=("Agencia",),
        ),
        _officer(
            "Aliases",
            "list",
            "Other ways people write the name, separated by a semicolon.",
            aliases=("Alias", "Also known as", "AKA", "Nickname"),
            width=22,
        ),
        _own_agency(
            "Languages",
            "list",
            "Languages beside English, separated by a semicolon.",
            review="May say something about a person's origin.",
            aliases=("Language", "Second language", "Speaks"),
            width=16,
            spanish=("Idiomas", "Idioma"),
        ),
        _own_agency(
            "Can host",
            "yes-no",
            "Yes where they may be the Host.",
            aliases=("Host", "Hosts"),
            spanish=("Anfitrión",),
        ),
        _own_agency(
            "Supervisor",
            "yes-no",
            "Yes for a sergeant and above.",
            aliases=("Is supervisor", "Supv"),
            width=11,
            spanish=("Supervisora",),
        ),
        _own_agency(
            "Active from",
            "long-date",
            "First day they may be assigned.",
            review=_PERSONNEL,
            aliases=("From", "Start date", "Active since"),
            past=True,
            spanish=("Desde",),
            rare=True,
        ),
        _own_agency(
            "Active to",
            "long-date",
            "Last day they may be assigned.",
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
    without="people are taken as typed: ranks and languages are not known.",
)

TIME_OFF = TabSpec(
    "Time off",
    "Whole days on which an officer cannot be assigned. No reason is ever asked.",
    (
        _own_agency(
            "Officer",
            "officer",
            "Officer ID or name.",
            told="no",
            review=_AWAY,
            required=True,
            aliases=("Officer ID", "Name", "Who"),
            width=22,
            spanish=("Oficial", "Nombre"),
        ),
        _own_agency(
            "From",
            "date",
            "First day off.",
            field="first",
            review=_AWAY,
            required=True,
            aliases=("Start", "First day", "Off from"),
            spanish=("Desde", "Primer día"),
        ),
        _own_agency(
            "To",
            "date",
            "Last day off.",
            field="last",
            review=_AWAY,
            required=True,
            aliases=("End", "Last day", "Until", "Through"),
            spanish=("Hasta", "Último día"),
        ),
    ),
    (model.TimeOff,),
    aliases=("Leave", "Days off", "Unavailable", "Vacation", "PTO"),
    without="nobody is known to be away.",
)

VENUES = TabSpec(
    "Venues",
    "One row per venue.",
    (
        _public(
            "Venue",
            "text",
            "Its name, such as Weed Starbucks.",
            field="name",
            required=True,
            aliases=("Name", "Venue name", "Place", "Location"),
            width=30,
            spanish=("Lugar", "Nombre", "Sitio"),
        ),
        replace(_ALIASES, quoted=True),
        _public(
            "Town",
            "town",
            "The town it is in.",
            required=True,
            aliases=("City",),
            spanish=("Ciudad", "Pueblo"),
        ),
        _public(
            "Street",
            "text",
            "Street and number.",
            aliases=("Address", "Street address"),
            width=28,
            spanish=("Dirección", "Calle", "Domicilio"),
        ),
        _LATITUDE,
        _LONGITUDE,
        _shared(
            "Capacity",
            "number",
            "How many people fit.",
            aliases=("Seats", "Max"),
            spanish=("Capacidad", "Cupo"),
            rare=True,
        ),
        _inside(
            "Hours",
            "text",
            "When it is open.",
            aliases=("Opening hours", "Open"),
            width=20,
            spanish=("Horario", "Horas"),
            rare=True,
        ),
        _contact(
            "Contact",
            "text",
            "The person to ask there.",
            aliases=("Manager", "Contact name"),
            width=20,
            spanish=("Contacto",),
        ),
        _contact(
            "Contact work phone",
            "text",
            "A work number. Never a private one.",
            field="contact_phone",
            aliases=("Phone", "Work phone", "Contact phone"),
            width=18,
            spanish=("Teléfono", "Teléfono del trabajo", "Teléfono de contacto"),
        ),
        _contact(
            "Parking",
            "text",
            "Where to park, and where to report.",
            aliases=("Where to park", "Where to report"),
            width=24,
            spanish=("Estacionamiento",),
        ),
        _contact(
            "Permission",
            "text",
            "What was agreed, and when.",
            aliases=("Permit", "Agreed"),
            width=24,
            spanish=("Permiso",),
        ),
        _inside(
            "Shelter site",
            "yes-no",
            "Yes where it becomes a shelter in a fire: then events there need a backup.",
            aliases=("Shelter", "Evacuation site", "Evacuation shelter"),
        ),
        _public(
            "Active",
            "yes-no",
            "No once it can no longer be used.",
            aliases=("In use",),
            spanish=("Activo",),
            rare=True,
        ),
    ),
    (model.Venue,),
    aliases=("Venue", "Locations", "Places", "Venue list"),
    without="venues are taken as typed: capacities and contacts are not known.",
)

TOWNS = TabSpec(
    "Towns",
    "One row per town.",
    (
        _public(
            "Town",
            "text",
            "Its name.",
            field="name",
            required=True,
            aliases=("Name", "City", "Town name"),
            spanish=("Ciudad", "Pueblo", "Nombre"),
        ),
        replace(_ALIASES, audience="public", quoted=True),
        _public(
            "Population",
            "number",
            "Residents.",
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
    without="towns are taken as typed: populations are not known.",
)

COVERAGE = TabSpec(
    "Coverage",
    "Who polices a town, and from when to when.",
    (
        _shared(
            "Town",
            "town",
            "The town.",
            required=True,
            aliases=("City",),
            spanish=("Ciudad", "Pueblo"),
        ),
        _shared(
            "Agency",
            "agency",
            "The agency.",
            required=True,
            aliases=("Policed by", "Dept"),
            width=12,
            spanish=("Agencia",),
        ),
        _shared(
            "Coverage",
            "choice",
            "Primary, by contract, or dispatch only.",
            field="kind",
            aliases=("Kind", "Type", "Coverage type"),
            choices=get_args(model.CoverageKind),
            spanish=("Cobertura",),
        ),
        _shared(
            "From",
            "long-date",
            "First day.",
            field="first",
            aliases=("Since", "Start"),
            past=True,
            spanish=("Desde",),
        ),
        _shared(
            "To",
            "long-date",
            "Last day; blank while it lasts.",
            field="last",
            aliases=("Until", "End"),
            spanish=("Hasta",),
        ),
    ),
    (model.Coverage,),
    aliases=("Policing", "Town coverage", "Beats"),
    without="it is not known who polices a town.",
)

FOLLOW_UPS = TabSpec(
    "Follow-ups",
    "One row per concern that a resident raised.",
    (
        _shared(
            "Follow-up ID",
            "id",
            "An ID for the follow-up, such as FU-031.",
            field="id",
            told="no",
            required=True,
            aliases=("ID", "Followup no", "Follow-up #", "Concern ID"),
            width=14,
            spanish=("ID de seguimiento",),
        ),
        replace(_EVENT_ID, aliases=_EVENT_ID.aliases[1:]),
        _inside(
            "Category",
            "choice",
            "What it is about.",
            shown=("count-sheet",),
            aliases=("Topic", "Subject", "Kind"),
            choices=get_args(model.FollowUpCategory),
            width=14,
            spanish=("Categoría", "Tema", "Asunto"),
        ),
        _own_agency(
            "Summary",
            "summary",
            "200 characters at most. No names, phones, plates, addresses or dates of birth. Crime tips go to dispatch.",
            told="change",
            review="What a resident said: may tell who they are, or accuse somebody.",
            shown=("count-sheet",),
            aliases=("Concern", "Description", "Details", "What was said"),
            spanish=("Resumen", "Descripción"),
        ),
        _counted(
            "Referred to",
            "agency",
            "The agency that takes it.",
            aliases=("Referred", "Agency", "Assigned to", "Sent to"),
            width=13,
            spanish=("Referido a", "Agencia"),
        ),
        _inside(
            "Owner role",
            "text",
            "The role that owns it (no name).",
            aliases=("Owner", "Responsible"),
            width=20,
            spanish=("Responsable",),
        ),
        _inside(
            "Due",
            "date",
            "By when.",
            aliases=("Due date", "Due by"),
            spanish=("Fecha límite", "Vence"),
        ),
        _inside(
            "Status",
            "choice",
            "Left blank: Open.",
            aliases=("Follow-up status", "Progress"),
            choices=get_args(model.FollowUpStatus),
            width=11,
            spanish=("Estatus", "Estado"),
        ),
        _inside(
            "Closed on",
            "date",
            "The day it was closed.",
            aliases=("Closed", "Date closed", "Resolved on"),
            past=True,
            spanish=("Cerrado", "Fecha de cierre"),
        ),
        _inside(
            "Reported back",
            "yes-no",
            "Yes once the resident was told.",
            aliases=("Reported", "Told resident", "Reply given"),
            width=10,
        ),
    ),
    (model.FollowUp,),
    aliases=("Followups", "Concerns", "Follow up", "Actions"),
    unique="id",
    without="no concern is followed up.",
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


EXAMPLE_PREFIX = "EXAMPLE-"
EXAMPLES: dict[str, tuple[dict[str, model.Cell], ...]] = {
    "Events": (
        {
            "id": "EXAMPLE-1",
            "date": 46302,  # 7 October 2026
            "start": 8.5 / 24,
            "end": 10 / 24,
            "town": "Weed",
            "venue": "Weed Starbucks",
            "lead_agency": "WPD",
            "partner_agencies": "CHP-MS; SCSO",
            "status": "Completed",
            "officers_needed": 3,
            "public_notes": "Free coffee, no agenda.",
            "public": "Yes",
            "internal_notes": "An example: type over it, or delete the row.",
        },
        {
            "id": "EXAMPLE-2",
            "date": 46463,  # 17 March 2027
            "start": 9 / 24,
            "end": 10.5 / 24,
            "town": "Mount Shasta",
            "venue": "Mount Shasta Community Center",
            "lead_agency": "MSPD",
            "status": "Tentative",
            "officers_needed": 2,
        },
    ),
    "Staffing": (
        {"event_id": "EXAMPLE-1", "officer": "A. Sample", "role": "Host", "status": "Attended", "hours": 1.5},
        {
            "event_id": "EXAMPLE-2",
            "officer": "2 from SCSO",
            "role": "Floor",
            "status": "Requested",
            "note": "No names yet: this asks the agency for two officers.",
        },
    ),
    "Attendance": (
        {"event_id": "EXAMPLE-1", "guests": 18, "method": "Clicker", "youth": 3},
        {
            "event_id": "EXAMPLE-1",
            "guests": "~12",
            "method": "Estimate",
            "note": "A second hour: rows of one event add up.",
        },
    ),
}
"""The example rows by tab: the cells by field; never counted while they are as here. Their days are fixed."""


def example_id(spec: TabSpec) -> str | None:
    """The field that holds `EXAMPLE-…` in an example row; None for a tab without example rows."""
    if spec.name not in EXAMPLES:
        return None
    return "id" if any(column.field == "id" for column in spec.columns) else "event_id"


def added_tabs() -> Iterator[AddedTabs]:
    return (tabs for addon in addons.installed() if (tabs := addon.tabs()) is not None)


def every_tab() -> tuple[TabSpec, ...]:
    """The tabs of the contract, then those of the add-ons."""
    return TABS + tuple(spec for tabs in added_tabs() for spec in tabs.specs)


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
    others = (OTHER_FIELDS, *(tabs.other_fields for tabs in added_tabs()))
    stated = columns | {name: seen for table in others for name, seen in table.get(record, {}).items()}
    audiences = get_args(Audience)
    seen = audiences[: audiences.index(audience) + 1]
    names = (field.name for field in fields(record))
    return tuple(name for name in names if stated.get(name, "coordinators") in seen)

"""Set phrases, dates and times of all that is public, in English and in Spanish: one table, checked by people.

Typed text is never translated. `docs/spanish.md` says who should review the phrases, and how to correct one.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Literal

from cwac.analysis.words import list_words
from cwac.date_words import clock_range, day_words, long_day, long_day_range, month_words, quarter_words, zone_words

Language = Literal["en", "es"]
LANGUAGES: tuple[Language, ...] = ("en", "es")
_COLUMN: Mapping[Language, int] = {"en": 0, "es": 1}

# Not from the locale, which differs between machines.
_WEEKDAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
_MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
    "diciembre",
)  # fmt: skip

PHRASES: Mapping[str, tuple[str, str]] = {
    "title": ("Coffee with a Cop", "Café con un policía"),
    "when": ("When", "Cuándo"),
    "where": ("Where", "Dónde"),
    "host_one": ("Your host", "Organiza"),
    "host_many": ("Your hosts", "Organizan"),
    "seal": ("Seal of", "Escudo de"),
    "no_agenda": ("No agenda, no speeches.", "Sin agenda y sin discursos."),
    "invitation": (
        "Ask questions, raise concerns, and meet the officers who serve your town. Free and open to everybody.",
        "Haga preguntas, comparta sus inquietudes y conozca a los agentes que sirven a su comunidad. Es gratis y "
        "abierto a todo el público.",
    ),
    "note": ("Please note", "Nota de las agencias (en inglés)"),
    "scan_page": ("Scan for details and changes", "Escanee para ver detalles y cambios"),
    "scan_map": ("Scan for directions", "Escanee para ver cómo llegar"),
    "scan_feedback": ("Afterward: tell us how it was", "Después: díganos qué le pareció"),
    "how_was_it": ("How was it? Scan and tell us.", "¿Qué le pareció? Escanee y díganos."),
    "choose_event": ("Event to enter: {event}", "Evento que debe indicar: {event}"),
    "other_formats": (
        "For an accommodation, or this notice in another format or language, ask",
        "Para pedir adaptaciones por discapacidad, o este aviso en otro formato o idioma, comuníquese con",
    ),
    "any_agency": ("the agency that invites you", "la agencia que invita"),
    "Tentative": ("DRAFT: the event is not confirmed yet", "BORRADOR: el evento aún no está confirmado"),
    "Draft": ("DRAFT: the event is not confirmed yet", "BORRADOR: el evento aún no está confirmado"),
    "Cancelled": ("CANCELED", "CANCELADO"),
    "Postponed": ("POSTPONED", "POSPUESTO"),
    "sample": ("SAMPLE: invented events, officers and counts", "MUESTRA: eventos, agentes y cifras inventados"),
    "for_release": ("FOR IMMEDIATE RELEASE", "PARA PUBLICACIÓN INMEDIATA"),
    "press_contact": ("Press contact", "Contacto de prensa"),
    "invite_one": ("invites residents to {title}", "invita a los residentes al evento «{title}»"),
    "invite_many": ("invite residents to {title}", "invitan a los residentes al evento «{title}»"),
    "at": ("at", "en"),
    "on": ("on {day}", "el {day}"),
    # --- an event that is called off, and one that was held
    "announce_one": ("announces that {title} on {day}", "anuncia que el evento «{title}» del {day}"),
    "announce_many": ("announce that {title} on {day}", "anuncian que el evento «{title}» del {day}"),
    "is_canceled": ("is canceled.", "queda cancelado."),
    "is_postponed": ("is postponed.", "queda pospuesto."),
    "off_canceled": ("This event is canceled. Please do not come.", "Este evento se canceló. Por favor, no venga."),
    "off_postponed": (
        "This event is postponed. Please do not come on this day.",
        "Este evento se pospuso. Por favor, no venga en esta fecha.",
    ),
    "planned_for": ("It was planned for", "Estaba previsto para"),
    "reason_is": ("Reason: {reason}.", "Motivo: {reason}."),
    "new_date": ("New date", "Nueva fecha"),
    "new_date_is": ("The new date is {day}", "La nueva fecha es el {day}"),
    "new_date_later": ("A new date will be announced.", "Se anunciará una nueva fecha."),
    "apology": ("We apologize for the inconvenience.", "Lamentamos las molestias."),
    "host_was_one": ("hosted {title}", "realizó el evento «{title}»"),
    "host_was_many": ("hosted {title}", "realizaron el evento «{title}»"),
    "attendance_is": ("Attendance: {guests}.", "Asistencia: {guests}."),
    "thanks": ("Thank you to everybody who came.", "Gracias a todas las personas que asistieron."),
    "quote": (
        "“[Quote: one or two sentences],” said [name and title of the person quoted].",
        "“[Cita: una o dos frases]”, dijo [nombre y cargo de la persona citada].",
    ),
    "ots": (
        "Funding for this program was provided by a grant from the California Office of Traffic Safety, through the "
        "National Highway Traffic Safety Administration.",
        "Los fondos para este programa provienen de una subvención de la Oficina de Seguridad Vial de California, a "
        "través de la Administración Nacional de Seguridad del Tráfico en las Carreteras.",
    ),
    "funding": (
        "[Funding: the sentence that the grant asks for, or delete this line]",
        "[Fondos: la frase que exige la subvención, o borre esta línea]",
    ),
    "about": ("About", "Acerca de"),
    "and": ("and", "y"),
    # --- the public site
    "other_language": ("Español", "English"),
    "sample_site": ("SAMPLE: these events are made up.", "MUESTRA: estos eventos son inventados."),
    "sample_events": ("SAMPLE: made up events", "MUESTRA: eventos inventados"),
    "as_of": ("As of {moment}.", "Actualizado: {moment}."),
    "subscribe": ("Calendar to subscribe to", "Calendario para suscribirse"),
    "atom_feed": ("Atom feed", "Canal Atom"),
    "calendar": ("Calendar", "Calendario"),
    "counties": ("Counties", "Condados"),
    "index_title": ("{name}: upcoming events", "{name}: próximos eventos"),
    "index_about": (
        "Coffee with a Cop: where and when you can sit down with officers of your town.",
        "Café con un policía: dónde y cuándo puede conversar con los agentes de su comunidad.",
    ),
    "lead": (
        "No agenda and no speeches: a chance to ask questions and get to know the officers of your town. Everyone is "
        "welcome, and it is free.",
        "Sin agenda y sin discursos: una oportunidad para hacer preguntas y conocer a los agentes de su comunidad. Es "
        "gratis y abierto a todo el público.",
    ),
    "coming": ("Upcoming events", "Próximos eventos"),
    "coming_events": ("Coming events", "Próximos eventos"),
    "next_events": ("Coffee with a Cop: the next events", "Café con un policía: los próximos eventos"),
    "past": ("Past events", "Eventos anteriores"),
    "all_events": ("All events", "Todos los eventos"),
    "all_towns": ("All towns", "Todas las localidades"),
    "one_more": ("1 more is planned:", "Hay 1 evento más:"),
    "more_planned": ("{count} more are planned:", "Hay {count} eventos más:"),
    "nothing_planned": ("Nothing is planned at the moment.", "Por el momento no hay eventos programados."),
    "come_back": (
        "Please come back later, or subscribe to the calendar below.",
        "Vuelva más adelante o suscríbase al calendario que aparece abajo.",
    ),
    "nothing_in_town": (
        "Nothing is planned in {town} at the moment.",
        "Por el momento no hay eventos programados en {town}.",
    ),
    "no_next": ("nothing planned", "sin eventos programados"),
    "by_town": ("By town", "Por localidad"),
    "by_quarter": ("Past events, by quarter", "Eventos anteriores, por trimestre"),
    "in_town": ("{name} in {town}", "{name} en {town}"),
    "town_about": ("{heading}: upcoming and past events.", "{heading}: eventos próximos y anteriores."),
    "more_in_town": ("More in {town}", "Más eventos en {town}"),
    "quarter_about": ("{name} from {days}: {totals}.", "{name} {days}: {totals}."),
    "events": ("Events", "Eventos"),
    "part_of": ("{title}, part {number}", "{title}, parte {number}"),
    "part": ("Part", "Parte"),
    "parts": ("Parts of the quarter", "Partes del trimestre"),
    "moved_to": ("Moved to {day}", "Cambió al {day}"),
    "it_moved_to": ("It moved to {day}.", "Se cambió al {day}."),
    "moved_from": (
        "This event moved: it was planned for {day}.",
        "Este evento cambió de fecha: estaba previsto para el {day}.",
    ),
    "directions": ("Directions", "Cómo llegar"),
    "add_to_calendar": ("Add to calendar", "Agregar al calendario"),
    "who_will_be_there": ("Who will be there", "Quiénes estarán presentes"),
    "agency": ("Agency", "Agencia"),
    "agencies": ("Agencies", "Agencias"),
    "good_to_know": ("Good to know", "Nota de las agencias (en inglés)"),
    "how_it_went": ("How it went", "Asistencia"),
    "qr_code": ("QR code of this page's short address", "Código QR de la dirección corta de esta página"),
    "short_address": ("Short address:", "Dirección corta:"),
    "time_not_known": ("time not known", "hora por confirmar"),
    "place_not_known": ("place not known", "lugar por confirmar"),
    "time_was_not_known": ("time not known", "hora no indicada"),
    "place_was_not_known": ("place not known", "lugar no indicado"),
    # --- counts
    "no_event_held": ("no event held", "ningún evento realizado"),
    "no_event_yet": ("no event held yet", "ningún evento realizado hasta ahora"),
    "one_event_held": ("1 event held", "1 evento realizado"),
    "events_held": ("{count} events held", "{count} eventos realizados"),
    "one_guest": ("1 guest", "1 asistente"),
    "guests": ("{count} guests", "{count} asistentes"),
    "one_guest_about": ("about 1 guest", "aproximadamente 1 asistente"),
    "guests_about": ("about {count} guests", "unos {count} asistentes"),
    "one_guest_or_more": ("1 or more guests", "1 asistente o más"),
    "guests_or_more": ("{count} or more guests", "{count} asistentes o más"),
    "guests_range": ("{low} to {high} guests", "de {low} a {high} asistentes"),
    "one_guest_at_least": ("at least 1 guest", "al menos 1 asistente"),
    "guests_at_least": ("at least {count} guests", "al menos {count} asistentes"),
    "of_all": ("{count} of {all}", "{count} de {all}"),
    "open-ended": ("open-ended", "con cifra mínima"),
    "estimated": ("estimated", "con cifra estimada"),
    "none_counted": ("none counted", "no se contaron los asistentes"),
    "not counted": ("not counted", "sin contar"),
    # --- what residents answered
    "residents_said": ("What residents said", "Qué dijeron los residentes"),
    "answers": ("Answers", "Respuestas"),
    "answers_few": ("{count}: too few to show; {most} are needed", "{count}: se dan a conocer a partir de {most}"),
    "answers_of_guests": (
        "{count}, from {share} of the guests counted at these events ({guests})",
        "{count}, del {share} de los asistentes contados en estos eventos ({guests})",
    ),
    "answers_beside_guests": (
        "{count}; guests counted at these events: {guests}",
        "{count}; asistentes contados en estos eventos: {guests}",
    ),
    "share_of_answers": (
        "{share} gave 4 or 5 of 5 (95% range {low} to {high}; {count} answers)",
        "el {share} dio 4 o 5 de 5 (intervalo del 95%: de {low} a {high}; {count} respuestas)",
    ),
    "answers_held_back": (
        "not given: fewer than 8 answered, or other figures would tell what fewer than 8 said",
        "no se indica: respondieron menos de 8 personas, u otras cifras revelarían lo que dijeron menos de 8",
    ),
    "answers_note": (
        "At all agencies' events of the period. Those who answer choose themselves, so they may not speak for all who "
        "came.",
        "En los eventos de todas las agencias en el período. Quienes responden lo hacen por decisión propia, así que "
        "quizá no representen a todas las personas que asistieron.",
    ),
    # --- calendars
    "time_not_known_yet": ("The time is not known yet.", "Aún no se conoce la hora."),
    "end_not_known_yet": (
        "The end is not known yet: {minutes} minutes are assumed.",
        "Aún no se conoce la hora de término: se calculan {minutes} minutos.",
    ),
    "no_time": ("The time is not known.", "No se conoce la hora."),
    "no_end": (
        "The end is not known: {minutes} minutes are assumed.",
        "No se conoce la hora de término: se calculan {minutes} minutos.",
    ),
    "agency_is": ("Agency: {names}.", "Agencia: {names}."),
    "agencies_are": ("Agencies: {names}.", "Agencias: {names}."),
    "replaces": ("Replaces {event}.", "Reemplaza al evento {event}."),
    "note_is": ("{note}", "Nota de las agencias (en inglés): {note}"),
    # --- time zones
    "Pacific Time": ("Pacific Time", "hora del Pacífico"),
    "Mountain Time": ("Mountain Time", "hora de la Montaña"),
    "Central Time": ("Central Time", "hora del Centro"),
    "Eastern Time": ("Eastern Time", "hora del Este"),
    "Alaska Time": ("Alaska Time", "hora de Alaska"),
    "Hawaii Time": ("Hawaii Time", "hora de Hawái"),
    # --- errors
    "not_found": ("Not found", "No se encontró"),
    "not_ready": ("Not ready yet", "Aún no está disponible"),
    "parameter_unknown": (
        "The address has a parameter that is not known: use {names}.",
        "La dirección tiene un parámetro desconocido: use {names}.",
    ),
    "parameter_twice": (
        "The parameter {name} is there twice: give it once.",
        "El parámetro {name} aparece dos veces: escríbalo una sola vez.",
    ),
    "parameter_value": (
        "The parameter {name} names none that is known: {known}.",
        "El parámetro {name} no nombra nada conocido. Los conocidos son: {known}.",
    ),
    "parameter_limit": (
        "The parameter limit must be a whole number from 1 to {most}.",
        "El parámetro limit debe ser un número entero del 1 al {most}.",
    ),
}
"""Phrase -> English, Spanish. What is in braces is filled in."""

STATUSES: Mapping[str, tuple[str, str]] = {
    "Draft": ("Draft", "Borrador"),
    "Tentative": ("Tentative", "Por confirmar"),
    "Confirmed": ("Confirmed", "Confirmado"),
    "Completed": ("Completed", "Realizado"),
    "Cancelled": ("Canceled", "Cancelado"),
    "Postponed": ("Postponed", "Pospuesto"),
}
"""Status in the sheet -> English, Spanish."""

REASONS: Mapping[str, tuple[str, str]] = {
    "Fire": ("fire", "incendio"),
    "Smoke": ("smoke", "humo"),
    "Weather": ("weather", "mal tiempo"),
    "Mutual aid": ("pulled to mutual aid", "los agentes fueron llamados a otra emergencia"),
    "Short staff": ("short of staff", "falta de personal"),
    "Venue": ("venue", "el lugar no está disponible"),
    "Illness": ("illness", "enfermedad"),
    "Other": ("other reason", "otro motivo"),
}
"""Reason for canceling in the sheet -> English, Spanish."""


@cache
def words(language: Language) -> Mapping[str, str]:
    """The phrases in a language, shared by all callers, which must not change them."""
    return {name: both[_COLUMN[language]] for name, both in PHRASES.items()}


def day_in(language: Language, day: dt.date, *, after_article: bool = False) -> str:
    """`Wednesday, October 7, 2026`, `miércoles, 7 de octubre de 2026`; in Spanish without a comma after an article."""
    if language == "en":
        return long_day(day)
    comma = "" if after_article else ","
    return f"{_WEEKDAYS[day.weekday()]}{comma} {day.day} de {_MONTHS[day.month - 1]} de {day.year}"


@lru_cache(4096)
def short_day_in(language: Language, day: dt.date, on: dt.date | None = None, *, after_article: bool = False) -> str:
    """`Wed, Oct 7, 2026`, `mié, 7 de oct de 2026`; without the year if it is that of `on`. Commas as in `day_in`."""
    if language == "en":
        return day_words(day, on)
    comma = "" if after_article else ","
    written = f"{_WEEKDAYS[day.weekday()][:3]}{comma} {day.day} de {_MONTHS[day.month - 1][:3]}"
    return written if on is not None and day.year == on.year else f"{written} de {day.year}"


def month_in(language: Language, day: dt.date) -> str:
    """`October 2026`, `octubre de 2026`."""
    return month_words(day) if language == "en" else f"{_MONTHS[day.month - 1]} de {day.year}"


def quarter_in(language: Language, day: dt.date) -> str:
    """The quarter of a day: `Q3 2026 (Jul–Sep)`, `3.er trimestre de 2026 (jul–sep)`."""
    if language == "en":
        return quarter_words(day)
    number = (day.month - 1) // 3
    months = f"{_MONTHS[number * 3][:3]}–{_MONTHS[number * 3 + 2][:3]}"
    return f"{('1.er', '2.º', '3.er', '4.º')[number]} trimestre de {day.year} ({months})"


def days_in(language: Language, first: dt.date, last: dt.date) -> str:
    """Days of one year: `July 1–September 30, 2026`, `del 1 de julio al 30 de septiembre de 2026`."""
    if language == "en":
        return long_day_range(first, last)
    from_day = f"{first.day} de {_MONTHS[first.month - 1]}"
    return f"del {from_day} al {last.day} de {_MONTHS[last.month - 1]} de {last.year}"


def state_in(language: Language, status: str, reason: str | None = None) -> str:
    """A status of the sheet with the reason for canceling: `Canceled: fire`, `Cancelado: incendio`."""
    column = _COLUMN[language]
    state = STATUSES[status][column]
    if reason is None or status not in ("Cancelled", "Postponed"):
        return state
    return f"{state}: {REASONS[reason][column]}"


def reason_in(language: Language, reason: str | None) -> str | None:
    """Why an event was canceled; None where the sheet gives no reason, or only `Other`."""
    return None if reason is None or reason == "Other" else REASONS[reason][_COLUMN[language]]


def time_in(language: Language, start: dt.time, end: dt.time | None) -> str:
    """`8:00–9:30 AM`, `de 8:00 a. m. a 9:30 a. m.`; without an end, only the start."""
    written = clock_range(start, end)
    if language == "es" and end is not None:
        written = f"de {clock_range(start, None)} a {clock_range(end, None)}"
    return written if language == "en" else _in_spanish(written)


@lru_cache(4096)
def short_time_in(language: Language, start: dt.time | None, end: dt.time | None, *, is_open: bool = True) -> str:
    """`8:00–9:30 AM`, `8:00–9:30 a. m.`, unbroken; else a phrase, which in Spanish promises to tell it if `is_open`."""
    if start is None:
        return words(language)["time_not_known" if is_open else "time_was_not_known"]
    written = clock_range(start, end)
    return written if language == "en" else _in_spanish(written).replace(" ", "\N{NO-BREAK SPACE}")


def zone_in(language: Language, timezone: str) -> str:
    """`Pacific Time`, `hora del Pacífico`; any zone without an American name by its IANA name."""
    name = zone_words(timezone)
    return words(language).get(name, name)


def moment_in(language: Language, moment: dt.datetime, timezone: str) -> str:
    """`Wed, Oct 7, 2026, 8:00 AM Pacific Time`, `mié, 7 de oct de 2026, 8:00 a. m., hora del Pacífico`."""
    day, time = short_day_in(language, moment.date()), short_time_in(language, moment.time(), None)
    return f"{day}, {time}{'' if language == 'en' else ','} {zone_in(language, timezone)}"


def _in_spanish(times: str) -> str:
    return times.replace("AM", "a. m.").replace("PM", "p. m.")


_SOUNDS_LIKE_I = re.compile(
    r"í|i(?![aeouáéóú])|ione\b|h[ií](?:[b-df-gj-npq-tvx-zñ][aeiouáéíóú]|sp|st|mn|ld[ao]|dr|gr|pn)", re.IGNORECASE
)
"""What begins with the sound of i in Spanish: not the diphthong of hielo and Iowa, nor the h of Hilt and Highway."""


def listed(language: Language, names: list[str]) -> str:
    """`A, B and C`; in Spanish with "e" before the sound of i, as in `A e Irvine`."""
    sounds_like_i = language == "es" and names and _SOUNDS_LIKE_I.match(names[-1])
    return list_words(names, len(names), "e" if sounds_like_i else words(language)["and"])

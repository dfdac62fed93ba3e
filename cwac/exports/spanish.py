"""Dates, times and set phrases of public documents in English and in Spanish: one table, checked by people.

Typed text is never translated. The guide for coordinators says who should review the phrases.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Literal

from cwac.date_words import clock_range, long_day

Language = Literal["en", "es"]
LANGUAGES: tuple[Language, ...] = ("en", "es")

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
    "hosts": ("Your hosts", "Organizan"),
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
    "invite_one": ("invites residents to", "invita a los residentes a"),
    "invite_many": ("invite residents to", "invitan a los residentes a"),
    "at": ("at", "en"),
    "on": ("on", "el"),
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
}
"""Phrase -> English, Spanish."""


def phrases(language: Language) -> dict[str, str]:
    return {name: both[LANGUAGES.index(language)] for name, both in PHRASES.items()}


def day_in(language: Language, day: dt.date) -> str:
    """`Wednesday, October 7, 2026`, `miércoles, 7 de octubre de 2026`."""
    if language == "en":
        return long_day(day)
    return f"{_WEEKDAYS[day.weekday()]}, {day.day} de {_MONTHS[day.month - 1]} de {day.year}"


def time_in(language: Language, start: dt.time, end: dt.time | None) -> str:
    """`8:00–9:30 AM`, `de 8:00 a. m. a 9:30 a. m.`; without an end, only the start."""
    if language == "en":
        return clock_range(start, end)
    return _clock(start) if end is None else f"de {_clock(start)} a {_clock(end)}"


def _clock(moment: dt.time) -> str:
    return f"{moment.hour % 12 or 12}:{moment.minute:02} {'a. m.' if moment.hour < 12 else 'p. m.'}"


def listed(language: Language, names: list[str]) -> str:
    """`A, B and C`; in Spanish with "e" before the sound of i, as in `A e Instituto`."""
    if len(names) < 2:
        return "".join(names)
    last = names[-1]
    sounds_like_i = last[:1].casefold() in ("i", "í") or last[:2].casefold() == "hi"
    joint = "and" if language == "en" else "e" if sounds_like_i else "y"
    return f"{', '.join(names[:-1])} {joint} {last}"

"""Set phrases, days, times and counts in English and Spanish; and what search engines are told of an event."""

import datetime as dt
import re
from dataclasses import replace
from itertools import product
from string import Formatter
from typing import get_args
from zoneinfo import ZoneInfo

from cwac.analysis.attendance import Turnout, count_words, guests_in_all, guests_words, total
from cwac.analysis.events import state_words
from cwac.exports import spanish
from cwac.exports.event_pages import caveat_in, guests_in, structured_data, totals_in
from cwac.exports.spanish import PHRASES, REASONS, STATUSES, words
from cwac.model import CancelReason, Event, EventStatus, Headcount
from cwac.model import Count as GuestCount
from tests.cases import each
from tests.public.test_site import COMING, COUNTS, snapshot_of
from tests.web import plan


def test_every_phrase_has_a_translation_with_the_same_blanks() -> None:
    for name, (english, in_spanish) in [*PHRASES.items(), *STATUSES.items(), *REASONS.items()]:
        blanks = [sorted(field for _, field, *_ in Formatter().parse(text) if field) for text in (english, in_spanish)]
        assert blanks[0] == blanks[1], name
        assert len({"", english.strip(), in_spanish.strip()}) == 3, name
    assert words("es") is words("es")


WRONG_JOINT = re.compile(r"\by (?:í|i(?![aeo])|hi(?!e))|\bo (?:h?[oó]|8|11\b)", re.IGNORECASE)


@each(
    ("text", "wrong"),
    [("agua y hielo", False), ("madera y hierro", False), ("padre y hijo", True), ("cafés y ideas", True),
     ("siete o ocho", True), ("7 o 8", True), ("uno o hoy", True), ("4 o 5", False), ("siete u ocho", False)],
)  # fmt: skip
def test_joint_that_sounds_like_the_next_word_is_found(text: str, wrong: bool) -> None:
    assert bool(WRONG_JOINT.search(text)) == wrong


def test_no_phrase_has_y_before_the_sound_of_i_or_o_before_that_of_o() -> None:
    texts = [in_spanish for _, in_spanish in (*PHRASES.values(), *STATUSES.values(), *REASONS.values())]
    assert [text for text in texts if WRONG_JOINT.search(text)] == []


def test_english_statuses_and_counts_are_those_of_the_dashboard() -> None:
    assert (set(STATUSES), set(REASONS)) == (set(get_args(EventStatus)), set(get_args(CancelReason)))
    for status, reason in product(get_args(EventStatus), (None, *get_args(CancelReason))):
        event = Event("EV-1", 2, dt.date(2026, 11, 28), status=status, cancel_reason=reason)
        assert spanish.state_in("en", status, reason) == state_words(event)
        assert spanish.state_in("es", status, reason) != spanish.state_in("en", status, reason)
    for row in COUNTS:
        counted = total([row])
        assert guests_in("en", counted) in (f"{count_words(counted)} guests", "1 guest")
    for figures in (
        Turnout(held=9, counted=7, missing=2, estimated=6, guests=1218, open_ended=4),
        Turnout(held=9, counted=9, estimated=2, guests=99, open_ended=2),
        Turnout(held=2, counted=1, missing=1, guests=12),
        Turnout(held=1, counted=1, guests=12),
    ):
        guests = guests_in_all(figures)
        assert f", {guests.short} guests" in totals_in("en", figures, is_over=True)
        assert caveat_in("en", figures) == guests.caveat


@each(
    ("figures", "said"),
    [
        (Turnout(held=1218, counted=1216, missing=2, estimated=6, guests=9817, open_ended=4),
         "1,218 eventos realizados, unos 9,817 asistentes (4 de 1,218 con cifra mínima, 6 con cifra estimada, "
         "2 sin contar)"),
        (Turnout(held=2, counted=1, missing=1, guests=12),
         "2 eventos realizados, al menos 12 asistentes (1 de 2 sin contar)"),
        (Turnout(held=1, counted=1, guests=1), "1 evento realizado, 1 asistente ()"),
        (Turnout(held=2, counted=1, missing=1, guests=1),
         "2 eventos realizados, al menos 1 asistente (1 de 2 sin contar)"),
        (Turnout(held=1, counted=1, estimated=1, guests=1),
         "1 evento realizado, aproximadamente 1 asistente (1 de 1 con cifra estimada)"),
        (Turnout(held=1, counted=1, estimated=1, guests=354.5),
         "1 evento realizado, unos 355 asistentes (1 de 1 con cifra estimada)"),
        (Turnout(held=2, missing=2), "2 eventos realizados (no se contaron los asistentes)"),
        (Turnout(), "ningún evento realizado ()"),
    ],
)  # fmt: skip
def test_totals_in_spanish(figures: Turnout, said: str) -> None:
    assert f"{totals_in('es', figures, is_over=True)} ({caveat_in('es', figures)})" == said


def test_days_and_times_in_spanish() -> None:
    wednesday, noon = dt.date(2026, 10, 7), dt.time(12)
    moment = dt.datetime(2026, 1, 3, 8, 5, tzinfo=ZoneInfo(plan.ZONE))
    space = "\N{NO-BREAK SPACE}"
    expected = {
        spanish.day_in("es", wednesday): "miércoles, 7 de octubre de 2026",
        spanish.short_day_in("es", wednesday): "mié, 7 de oct de 2026",
        spanish.short_day_in("es", dt.date(2026, 9, 5), wednesday): "sáb, 5 de sep",
        spanish.month_in("es", wednesday): "octubre de 2026",
        spanish.quarter_in("es", dt.date(2026, 2, 1)): "1.er trimestre de 2026 (ene–mar)",
        spanish.quarter_in("es", wednesday): "4.º trimestre de 2026 (oct–dic)",
        spanish.days_in("es", dt.date(2026, 7, 1), dt.date(2026, 9, 30)): "del 1 de julio al 30 de septiembre de 2026",
        spanish.short_time_in("es", dt.time(8), dt.time(9, 30)): f"8:00–9:30{space}a.{space}m.",
        spanish.short_time_in("es", dt.time(11, 30), noon): f"11:30{space}a.{space}m.–12:00{space}p.{space}m.",
        spanish.short_time_in("es", dt.time(0, 15), None): f"12:15{space}a.{space}m.",
        spanish.time_in("es", dt.time(0, 5), None): "12:05 a. m.",
        spanish.time_in("es", dt.time(11, 30), dt.time(13)): "de 11:30 a. m. a 1:00 p. m.",
        spanish.short_time_in("es", None, None): "hora por confirmar",
        spanish.short_time_in("es", None, None, is_open=False): "hora no indicada",
        spanish.day_in("es", wednesday, after_article=True): "miércoles 7 de octubre de 2026",
        spanish.short_day_in("es", wednesday, wednesday, after_article=True): "mié 7 de oct",
        spanish.moment_in("es", moment, plan.ZONE): (
            f"sáb, 3 de ene de 2026, 8:05{space}a.{space}m., hora del Pacífico"
        ),
        spanish.zone_in("es", "Etc/GMT+8"): "Etc/GMT+8",
    }
    assert {text: text for text in expected} == expected


@each(
    ("count", "english", "in_spanish"),
    [
        ((1, 1, 1, False), "1 guest", "1 asistente"),
        ((1, 1, 1, True), "about 1 guest", "aproximadamente 1 asistente"),
        ((1, 1, None, True), "1 or more guests", "1 asistente o más"),
        ((0, 0, 0, False), "0 guests", "0 asistentes"),
        ((2, 2, 2, True), "about 2 guests", "unos 2 asistentes"),
        ((0, 0.5, 1, True), "0 to 1 guests", "de 0 a 1 asistentes"),
        ((65, 67.5, None, True), "68 or more guests", "68 asistentes o más"),
        ((67.5, 67.5, 67.5, True), "about 68 guests", "unos 68 asistentes"),
        ((354.5, 354.5, 354.5, False), "355 guests", "355 asistentes"),
        (None, None, None),
    ],
)
def test_guests_are_whole_people_and_agree_with_their_number(
    count: tuple[float, float, float | None, bool] | None, english: str | None, in_spanish: str | None
) -> None:
    counted = total([Headcount("EV-1", 0, GuestCount("typed", *count) if count else None)])
    assert (guests_in("en", counted), guests_in("es", counted)) == (english, in_spanish)
    assert english is None or guests_words(counted) == english


AGENCIES = ["California Highway Patrol", "Weed Police Department"]


@each(
    ("fields", "start", "end", "organizers"),
    [
        ({}, "2026-11-28T08:00:00-08:00", "2026-11-28T09:30:00-08:00", AGENCIES),
        ({"date": dt.date(2027, 7, 1), "end": None}, "2027-07-01T08:00:00-07:00", None, AGENCIES),
        ({"start": None}, "2026-11-28", None, AGENCIES),
        ({"start": None, "lead_agency": None, "partner_agencies": ()}, "2026-11-28", None, ["Coffee with a Cop"]),
    ],
)
def test_search_engines_are_told_the_times_and_the_organizers(
    fields: dict[str, object], start: str, end: str | None, organizers: list[str]
) -> None:
    event = replace(COMING, **fields)  # type: ignore[arg-type]
    told = structured_data(event, snapshot_of(event), None)
    assert (told["startDate"], told.get("endDate")) == (start, end)
    assert [organizer["name"] for organizer in told["organizer"]] == organizers

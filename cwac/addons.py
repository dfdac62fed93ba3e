"""The add-ons, each a folder with all of one feature: the only file of the core that names one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    import datetime as dt

    import click
    from prometheus_client.core import Metric
    from starlette.routing import BaseRoute

    from cwac.analysis.periods import Period
    from cwac.analysis.revisions import Revisions
    from cwac.checks.finding import Finding
    from cwac.cli.files import ReportCommand
    from cwac.exports.spanish import Language
    from cwac.model import Event, Snapshot
    from cwac.settings import Settings
    from cwac.settings.schema import SettingsSection
    from cwac.sheet.plan import AddedTabs
    from cwac.storage.store import Store
    from cwac.web.blocks import Line
    from cwac.web.sections.reports import ReportPage
    from cwac.web.session import Session

NAMES = ("api", "forms", "funders", "notify", "packet", "public")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class CellToType:
    """A cell to type because of an answer: the answer and the sheet in words, then the cell's words and address."""

    event: Event
    person: str
    answer: str
    is_no: bool
    sheet: str
    cell: tuple[str, str]


class FormLink(NamedTuple):
    """The address of a form, and whether it fills in the event."""

    address: str
    fills_in: bool


class ResidentsSaid(NamedTuple):
    """What residents answered in a period: a question and its figures in words a row, and how to read them.

    `typed` are the questions in words of the county's own, in whatever language.
    """

    rows: tuple[tuple[str, str], ...]
    note: str
    typed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Addon:
    """What an add-on offers the core; each function imports what it needs when it is called.

    Fields without a description have that of the function of their name below.
    """

    settings: Callable[[], Iterable[SettingsSection]] = tuple
    tabs: Callable[[], AddedTabs | None] = lambda: None
    """Tabs of the workbook that it reads."""
    start_here: Callable[[], Mapping[str, Mapping[str, str]]] = dict
    """Heading -> lines by their first words, on the template's first tab."""
    commands: Callable[[], Iterable[click.Command]] = tuple
    routes: Callable[[], Iterable[BaseRoute]] = tuple
    running: Callable[[], AbstractContextManager[None]] = nullcontext
    """What runs while the server does."""
    settings_checks: Callable[[Settings], Iterable[Finding]] = lambda _: ()
    """Checks that ask nobody over the network."""
    checks: Callable[[Settings], Iterable[Finding]] = lambda _: ()
    """Checks of `cwac doctor` alone."""
    sheet_checks: Callable[[Settings, Snapshot], Iterable[Finding]] = lambda *_: ()
    """Checks of `cwac doctor` of each sheet, once it was read."""
    metrics: Callable[[Store | None], Iterable[Metric]] = lambda _: ()
    """Figures of the store; without samples where there is no store."""
    event_actions: Callable[[Session, Event], None] = lambda *_: None
    """Buttons in the dialog of an event."""
    event_lines: Callable[[Session, Event], Iterable[Line]] = lambda *_: ()
    """Lines at its end, for viewers of the staffing."""
    sections: Mapping[str, Callable[[Session], None]] = field(default_factory=dict)
    """Place on the pages -> what is shown there."""
    beside_names: Callable[[Session], Mapping[tuple[str, str], Line]] = lambda _: {}
    urgent: Callable[[Session], tuple[str, Line] | None] = lambda _: None
    """The first sentence with which the overview and the openings must begin, and what to do."""
    cells_to_type: Callable[[Snapshot, str | None, Revisions | None], Iterable[CellToType]] = lambda *_: ()
    shift_form: Callable[[Settings, str, str], tuple[str, str] | None] = lambda *_: None
    form_links: Callable[[Settings, str], Mapping[str, FormLink]] = lambda *_: {}
    residents_said: Callable[[Snapshot, Period], ResidentsSaid | None] = lambda *_: None
    """What residents answered in a quarter or year, at the events of all agencies."""
    public_feedback: Callable[[Settings, Snapshot, Period, Language], ResidentsSaid | None] = lambda *_: None
    """The same for the public page of a quarter, of the whole snapshot; None where the county does not publish it."""
    public_address: Callable[[Settings, Collection[str], str], str | None] = lambda *_: None
    messages_sent: Callable[[Settings, dt.datetime, dt.datetime], Sequence[tuple[dt.date, str, int]]] = lambda *_: ()
    """Date, kind and number of the messages sent in a period, for a public-records request. Raises `StoreTrouble`."""
    token_words: Callable[[str], str | None] = lambda _: None
    """How a token of the add-on is called; None for the scope of another one."""
    report_pages: Callable[[], Iterable[ReportPage]] = tuple
    """Reports on the page Reports, beside that of the quarter."""
    report_commands: Callable[[], Iterable[ReportCommand]] = tuple
    """The same for `cwac report`."""


@cache
def installed() -> tuple[Addon, ...]:
    """The add-ons whose folders are there; an add-on that cannot be imported is an error."""
    found: list[Addon] = []
    for name in NAMES:
        try:
            import_module(f"cwac.{name}")
        except ModuleNotFoundError as error:
            if error.name != f"cwac.{name}":
                raise
        else:
            found.append(import_module(f"cwac.{name}.addon").ADDON)
    return tuple(found)


def first(answer_of: Callable[[Addon], Answer | None]) -> Answer | None:
    """The first answer of an add-on; None if none has one."""
    return next((answer for addon in installed() if (answer := answer_of(addon)) is not None), None)


def sections(place: str) -> Iterator[Callable[[Session], None]]:
    """What the add-ons show at this place."""
    return (addon.sections[place] for addon in installed() if place in addon.sections)


def beside_names(session: Session) -> Mapping[tuple[str, str], Line]:
    """Event and person -> what the add-ons say beside the person's name there."""
    return {duty: line for addon in installed() for duty, line in addon.beside_names(session).items()}


def cells_to_type(snapshot: Snapshot, agency: str | None, past: Revisions | None) -> tuple[CellToType, ...]:
    """The cells to type after what officers of an agency (None: of any) answered, each No first.

    `past` tells which events were moved.
    """
    return tuple(cell for addon in installed() for cell in addon.cells_to_type(snapshot, agency, past))


def shift_form(settings: Settings, event_id: str, officer: str) -> tuple[str, str] | None:
    """The address at which an officer answers about a shift, and the link's words; None without a form."""
    return first(lambda addon: addon.shift_form(settings, event_id, officer))


def form_links(settings: Settings, event_id: str) -> Mapping[str, FormLink]:
    """Form (`door`, `feedback`, `feedback_es`) -> its link for an event, of those that the county has."""
    return {form: link for addon in installed() for form, link in addon.form_links(settings, event_id).items()}


def public_address(settings: Settings, counties: Collection[str], county: str) -> str | None:
    """The beginning of the addresses at which strangers find a county's events; None where they find none."""
    return first(lambda addon: addon.public_address(settings, counties, county))

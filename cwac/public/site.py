"""The public site: what is coming and what has been, as static pages that need no script."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, partial
from itertools import groupby
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import jinja2
from markupsafe import Markup, escape

from cwac import access, addons
from cwac.addons import ResidentsSaid
from cwac.analysis.attendance import outcomes, turnout
from cwac.analysis.events import OFF, matching
from cwac.analysis.periods import Period, quarter_of
from cwac.analysis.revisions import Revisions
from cwac.exports import event_pages, ical, tables
from cwac.exports.colors import agency_colors
from cwac.exports.event_pages import EventFacts, caveat_in, event_address, fits, page_names, qr_code, totals_in
from cwac.exports.spanish import LANGUAGES, Language, days_in, moment_in, month_in, quarter_in, words
from cwac.model import Event, Snapshot
from cwac.settings import Settings

FORMAT = 5
"""Part of the key of cached sites: raise it when the same snapshot makes other bytes."""

FOLDERS: Mapping[Language, str] = {"en": "", "es": "es/"}
"""Where the pages of each language are in the site; each page has the same name in both."""

ON_A_PAGE = 60
"""Events on one page, so that it stays below 60 KB; the list of coming events goes on by quarter."""
IN_THE_FEED = 50
TYPEFACE = "source-sans.woff2"
_HEAD, _ROW, _FOOT = 52, 92, 44
"""Heights in pixels of the embedded list's parts, as in the stylesheet."""
MAX_EMBEDDED = 20

MEDIA_TYPES = {
    "html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8", "json": "application/json",
    "xml": "application/xml; charset=utf-8", "ics": ical.MEDIA_TYPE, "svg": "image/svg+xml", "woff2": "font/woff2",
}  # fmt: skip


@dataclass(eq=False, repr=False)
class Site(Mapping[str, bytes]):
    """Path -> bytes of each file, made when it is asked for. `snapshot` is restricted to what strangers may see.

    `address` is where the site will be, without a slash at the end. Links between pages are relative; what needs a
    whole address (the site map, QR codes) is left out where none is known.

    `county` is its heading; `as_of` is a moment at which the sheet was as the pages say, by default the snapshot's, and
    does not depend on edits of what is private; `short` is the beginning of the events' short addresses, by default
    their pages'. `sheet`, `past` and `left_out` are as in the feeds. `residents` gives what residents answered in a
    quarter, where the county publishes it.
    """

    snapshot: Snapshot
    address: str | None
    county: str = ""
    as_of: dt.datetime | None = None
    short: str | None = None
    sheet: str | None = None
    past: Revisions = field(default_factory=Revisions)
    left_out: frozenset[str] = frozenset()
    settings: Settings = field(default_factory=lambda: Settings(workbook="-"))
    residents: Callable[[Period, Language], ResidentsSaid | None] = lambda *_: None

    def __post_init__(self) -> None:
        snapshot = self.snapshot
        if snapshot.assignments or snapshot.officers or snapshot.follow_ups or snapshot.problems or snapshot.source:
            raise ValueError("the snapshot is not restricted to what strangers may see")
        self.today, self.events = snapshot.today, snapshot.events_by_start
        self.moment, self.sample = self.as_of or snapshot.as_of, self.settings.sample
        self.pages = page_names(event.id for event in self.events)
        self.towns = page_names({town for event in self.events if (town := event.town)})
        self._styles = {agency.short: f"a{number}" for number, agency in enumerate(snapshot.agencies)}
        self._replacements = {event.replaces: event for event in self.events if event.replaces}
        self._by_page = {page: snapshot.event_by_id[event_id] for event_id, page in self.pages.items()}
        self._makers = dict(self._files())

    def __getitem__(self, path: str) -> bytes:
        return self._makers[path]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)

    def __contains__(self, path: object) -> bool:
        return path in self._makers

    def _files(self) -> Iterator[tuple[str, Callable[[], bytes]]]:
        yield TYPEFACE, typeface
        yield "style.css", self._stylesheet
        yield "events.json", self._json
        if self.address is not None:
            yield "sitemap.xml", partial(self._site_map, self.address)
        for page, event in self._by_page.items():
            if (address := self.short_address(event)) is not None:
                yield f"event/{page}.svg", partial(_svg, address)
        for language, folder in FOLDERS.items():
            yield f"{folder}calendar.ics", partial(self._calendar, language)
            yield f"{folder}atom.xml", partial(self._atom, language)
            for page, event in self._by_page.items():
                yield f"{folder}event/{page}.html", partial(self._event, language, event)
                if event.date >= self.today:
                    yield f"{folder}event/{page}.ics", partial(self._ics, [event], language, as_file=True)
            for town, page in self.towns.items():
                yield f"{folder}town/{page}.html", partial(self._town, language, town)
            for quarter, parts in self.quarters.items():
                for number in range(len(parts)):
                    page = _quarter_page(quarter, number)
                    yield f"{folder}quarter/{page}.html", partial(self._quarter, language, quarter, number)
            yield f"{folder}index.html", partial(self._index, language)

    # --- events ------------------------------------------------------------------------------------------------------

    @cached_property
    def coming(self) -> tuple[Event, ...]:
        return tuple(event for event in self.events if event.date >= self.today)

    @cached_property
    def quarters(self) -> Mapping[Period, Sequence[Sequence[Event]]]:
        """The quarters that have events, the last first, and their events in parts of `ON_A_PAGE`."""
        by_quarter = [(of, list(events)) for of, events in groupby(self.events, lambda event: quarter_of(event.date))]
        return {
            quarter: [events[at : at + ON_A_PAGE] for at in range(0, len(events), ON_A_PAGE)]
            for quarter, events in reversed(by_quarter)
        }

    def facts(self, event: Event, language: Language) -> EventFacts:
        return event_pages.facts(event, self.snapshot, self.pages, self._styles, self._replacements, language)

    def short_address(self, event: Event) -> str | None:
        """The address in the event's QR code; None if nobody may come, it is not known, or it is too long to scan."""
        page = self._page_address(f"event/{self.pages[event.id]}.html")
        if event.date < self.today or event.status in OFF:
            return None
        short = page if self.short is None else event_address(self.short, event.id)
        return short if fits(short) else None

    def _page_address(self, path: str) -> str | None:
        return None if self.address is None else f"{self.address}/{path}"

    # --- pages -------------------------------------------------------------------------------------------------------

    def as_of_in(self, language: Language) -> str:
        moment = self.moment.astimezone(ZoneInfo(self.snapshot.timezone))
        return moment_in(language, moment, self.snapshot.timezone)

    def _render(self, path: str, language: Language, **values: Any) -> bytes:
        """The page at `path`, by the template of that name, or of its folder's."""
        folder, slash, _ = path.partition("/")
        return render(
            f"{folder}.html" if slash else path,
            language,
            site=self,
            canonical=self._page_address(f"{FOLDERS[language]}{path}"),
            as_of=self.as_of_in(language),
            **_links(path, language, self.address),
            **values,
        )

    def _index(self, language: Language) -> bytes:
        later = self.coming[ON_A_PAGE:]
        first_of_town = {event.town: event for event in reversed(self.coming) if event.status not in OFF}
        return self._render(
            "index.html",
            language,
            months=self._months(self.coming[:ON_A_PAGE], language),
            towns=[
                (page, town, self.facts(first_of_town[town], language)["day"] if town in first_of_town else "")
                for town, page in sorted(self.towns.items())
            ],
            later=[
                (quarter_in(language, quarter.first), _quarter_page(quarter, 0))
                for quarter in dict.fromkeys(quarter_of(event.date) for event in later)
            ],
            later_count=len(later),
            quarters=[
                (quarter_in(language, quarter.first), _quarter_page(quarter, 0), self._totals(quarter, language)[0])
                for quarter in self.quarters
                if quarter.first <= self.today
            ],
        )

    def _months(self, events: Sequence[Event], language: Language) -> list[tuple[str, list[EventFacts]]]:
        by_month = groupby(events, lambda event: month_in(language, event.date))
        return [(month, [self.facts(event, language) for event in group]) for month, group in by_month]

    def _totals(self, quarter: Period, language: Language) -> tuple[str, str]:
        """`12 events held, about 218 guests`, so far where the quarter is not over, and what is not sure about it."""
        figures = turnout(outcomes(self.snapshot, quarter).held)
        return totals_in(language, figures, is_over=quarter.last < self.today), caveat_in(language, figures)

    def _town(self, language: Language, town: str) -> bytes:
        coming = [event for event in self.coming if event.town == town]
        past = [event for event in reversed(self.events) if event.town == town and event.date < self.today]
        return self._render(
            f"town/{self.towns[town]}.html",
            language,
            town=town,
            months=self._months(coming[: ON_A_PAGE // 2], language),
            past=[self.facts(event, language) for event in past[: ON_A_PAGE // 2]],
        )

    def _quarter(self, language: Language, quarter: Period, number: int) -> bytes:
        parts = self.quarters[quarter]
        totals, caveat = self._totals(quarter, language)
        return self._render(
            f"quarter/{_quarter_page(quarter, number)}.html",
            language,
            title=quarter_in(language, quarter.first),
            days=days_in(language, quarter.first, quarter.last),
            totals=totals,
            caveat=caveat,
            months=self._months(parts[number], language),
            residents=self.residents(quarter, language),
            number=number,
            parts=[_quarter_page(quarter, other) for other in range(len(parts))],
        )

    def _event(self, language: Language, event: Event) -> bytes:
        path = f"event/{self.pages[event.id]}.html"
        address = self._page_address(f"{FOLDERS[language]}{path}")
        return self._render(
            path,
            language,
            event=self.facts(event, language),
            town_page=self.towns.get(event.town or ""),
            short=self.short_address(event),
            structured=event_pages.structured_data(event, self.snapshot, address, language),
        )

    # --- files -------------------------------------------------------------------------------------------------------

    def _stylesheet(self) -> bytes:
        colors = agency_colors(self.snapshot)
        styles = [f".{style}{{--c:{colors[short]}}}" for short, style in self._styles.items()]
        return stylesheet() + "\n".join(styles).encode() + b"\n"

    def _calendar(self, language: Language) -> bytes:
        events = ical.listed(self.snapshot, ical.PUBLIC)
        listed = [event for event in events if event.id not in self.left_out]
        return self._ics(listed, language, as_file=False)

    def _ics(self, events: Sequence[Event], language: Language, *, as_file: bool) -> bytes:
        return ical.write(
            replace(self.snapshot, as_of=self.moment),
            ical.PUBLIC,
            events,
            sheet=self.sheet,
            past=self.past,
            rules=self.settings.rules,
            calendar_id=self.settings.calendar_id,
            as_file=as_file,
            language=language,
        )

    def _json(self) -> bytes:
        document = {
            "as_of": self.moment.isoformat(),
            "on": self.today.isoformat(),
            "events": [
                tables.public_row(event, self.snapshot, f"event/{self.pages[event.id]}.html") for event in self.events
            ],
        }
        return (json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n").encode("utf-8", "replace")

    def _changed(self, event: Event) -> dt.datetime:
        revision = self.past.of(event.id)
        return (revision.plan_changed if revision else self.moment).astimezone(dt.UTC)

    def _atom(self, language: Language) -> bytes:
        newest = sorted(self.coming, key=lambda event: (self._changed(event), event.id), reverse=True)[:IN_THE_FEED]
        calendar_id = self.settings.calendar_id
        # Readers show one of two entries with the same ID: a translated one is another entry.
        urn = "urn:cwac:" if language == "en" else f"urn:cwac:{language}:"
        pages = {event.id: f"event/{self.pages[event.id]}.html" for event in newest}
        entries = [
            (
                self.facts(event, language),
                f"{urn}{ical.uid(self.past.first_id(event.id), self.sheet, calendar_id)}",
                _atom_time(self._changed(event)),
                self._page_address(f"{FOLDERS[language]}{pages[event.id]}") or pages[event.id],
            )
            for event in newest
        ]
        updated = max((self._changed(event) for event in newest), default=self.moment)
        feed_id = f"{urn}feed:{ical.uid('feed', self.sheet, calendar_id)}"
        return self._render("atom.xml", language, entries=entries, updated=_atom_time(updated), feed_id=feed_id)

    def _site_map(self, address: str) -> bytes:
        pages = sorted(path for path in self if path.endswith(".html") and not path.startswith(FOLDERS["es"]))
        return render("sitemap.xml", pages=[_alternates(path, address) for path in pages])

    # --- on other sites ----------------------------------------------------------------------------------------------

    def embed(self, agency: str | None, town: str | None, limit: int, language: Language = "en") -> bytes:
        """The next events as a list for an iframe of `embed_height(limit)` pixels."""
        events = matching(self.coming, agency, [town] if town else ())
        return render(
            "embed.html",
            language,
            root=FOLDERS[language],  # the list is beside the English pages in both languages
            site=self,
            events=[self.facts(event, language) for event in events[:limit]],
        )

    @property
    def agencies(self) -> tuple[str, ...]:
        return tuple(agency.short for agency in self.snapshot.agencies)


def county_site(
    whole: Snapshot, settings: Settings, past: Revisions | None, base: str | None, folder: str = "", **told: Any
) -> Site:
    """The site of an unrestricted snapshot, in `folder` below `base`. `told` are other fields of `Site`."""
    return Site(
        access.restrict(whole, access.PUBLIC, settings.rules),
        base and f"{base}/{folder}".rstrip("/"),
        sheet=whole.url,
        past=past or Revisions(),
        left_out=ical.unplaced(whole),
        settings=settings,
        residents=lambda quarter, language: addons.first(
            lambda addon: addon.public_feedback(settings, whole, quarter, language)
        ),
        **told,
    )


def embed_height(limit: int) -> int:
    return _HEAD + limit * _ROW + _FOOT


def snippet(address: str, height: int, language: Language = "en") -> str:
    lang = Markup("" if language == "en" else ' lang="es"')  # noqa: S704 - ours, whichever it is
    return str(
        Markup('<iframe src="{}" title="{}"{} height="{}" style="border:0;width:100%" loading="lazy"></iframe>').format(
            address, words(language)["next_events"], lang, height
        )
    )


def counties_page(counties: Sequence[tuple[str, str]], language: Language = "en") -> bytes:
    return render("counties.html", language, counties=counties, **_links("index.html", language, None))


def not_found_page(address: str, language: Language = "en") -> bytes:
    """The page for an address that does not exist, with a link to the events of the site at `address`."""
    return render("not_found.html", language, root=f"{address}{FOLDERS[language]}", shared=address)


def _svg(address: str) -> bytes:
    return qr_code(address).encode()


def _links(path: str, language: Language, address: str | None) -> Mapping[str, Any]:
    """What a page at `path` in its language's folder needs for links.

    `root` leads to that folder, `shared` to the files of both languages, `other` is the other language and the same
    page there, `alternates` are the page in every language for search engines, which want whole addresses.
    """
    shared = "../" * (FOLDERS[language] + path).count("/")
    other = next(each for each in LANGUAGES if each != language)
    return {
        "root": "../" * path.count("/"),
        "shared": shared,
        "other": (other, f"{shared}{FOLDERS[other]}{path}"),
        "alternates": [] if address is None else _alternates(path, address),
    }


def _alternates(path: str, address: str) -> list[tuple[str, str]]:
    """Each language and the page's address in it; English is the default for readers of other languages."""
    addresses = [(str(language), f"{address}/{folder}{path}") for language, folder in FOLDERS.items()]
    return [*addresses, ("x-default", addresses[0][1])]


def _quarter_page(quarter: Period, number: int) -> str:
    return quarter.label if number == 0 else f"{quarter.label}-{number + 1}"


def _atom_time(moment: dt.datetime) -> str:
    return f"{moment.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"


# --- templates --------------------------------------------------------------------------------------------------------

_TEMPLATES = Path(__file__).with_name("templates")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def _printable(value: object) -> object:
    """Cell text without control characters, which XML cannot hold, and without marks that turn text around."""
    return value if isinstance(value, Markup) or not isinstance(value, str) else _CONTROL.sub("", value)


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_printable,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters["fill"] = _fill
    environment.filters["sentence"] = lambda text: text[:1].upper() + text[1:]
    environment.policies["json.dumps_kwargs"] = {"sort_keys": False, "separators": (",", ":")}
    return environment


def _fill(phrase: str, **values: object) -> Markup:
    """The phrase with these values in its braces; of them only `Markup` is not escaped."""
    return escape(phrase).format(**{name: _printable(value) for name, value in values.items()})


@cache
def _terms(language: Language) -> SimpleNamespace:
    """The set phrases as `t.phrase`, the language, its folder, and `typed`: the attribute that marks typed text."""
    typed = Markup("" if language == "en" else ' lang="en"')  # noqa: S704 - ours, whichever it is
    return SimpleNamespace(**words(language), lang=language, folder=FOLDERS[language], typed=typed)


_NO_SITE = SimpleNamespace(county="", sample=False)
_USUAL = {"root": "", "shared": "", "other": None, "alternates": (), "canonical": None, "site": _NO_SITE}
"""What the templates need of a page without links to other pages of its site, as `_links` says."""


def render(template: str, language: Language = "en", **values: Any) -> bytes:
    """A template with these values; everything in them is text, and never markup."""
    text = _environment().get_template(template).render(_USUAL | values, t=_terms(language))
    return text.encode("utf-8", "replace")


@cache
def stylesheet() -> bytes:
    text = re.sub(r"/\*.*?\*/", "", (_TEMPLATES / "site.css").read_text(encoding="utf-8"), flags=re.S)
    return (re.sub(r"\s*\n\s*", "\n", text).strip() + "\n").encode()


def typeface() -> bytes:
    return (_TEMPLATES / TYPEFACE).read_bytes()

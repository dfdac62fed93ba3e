"""The public site: its pages in both languages, what search engines read, and only the public tier in any file."""

import datetime as dt
import json
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any, get_args
from xml.etree import ElementTree

import html5lib
import icalendar
import jinja2
import pytest

from cwac.access import PUBLIC, restrict
from cwac.addons import ResidentsSaid
from cwac.analysis.periods import Period
from cwac.date_words import MONTHS, WEEKDAYS
from cwac.exports.event_pages import county_folders, page_names
from cwac.exports.spanish import LANGUAGES, PHRASES, REASONS, STATUSES, Language, words
from cwac.model import Agency, CancelReason, Event, Headcount, Snapshot, Venue
from cwac.model import Count as GuestCount
from cwac.public import site as site_module
from cwac.public.site import ON_A_PAGE, Site, counties_page, not_found_page
from cwac.settings import Settings
from tests.cases import each
from tests.web import plan, planted
from tests.web.planted import PLANTED, secrets_in

TODAY = plan.TODAY
ADDRESS = "https://coffee.example.gov/public"
STARBUCKS = Venue("Weed Starbucks", "Weed", street="1 Main St", latitude=41.42, longitude=-122.38)
COMING = Event(
    "EV-1", 0, TODAY + dt.timedelta(days=3), dt.time(8), dt.time(9, 30), town="Weed", venue=STARBUCKS,
    lead_agency="CHP-MS", partner_agencies=("WPD",), status="Confirmed", public_notes="Free parking",
)  # fmt: skip
AGENCIES = (
    Agency("CHP-MS", "California Highway Patrol", color="#ffff00"),
    Agency("WPD", "Weed Police Department", color="#000080"),
)


def count(event_id: str, low: int, best: int, high: int | None, estimated: bool = False) -> Headcount:
    return Headcount(event_id, 0, GuestCount("typed", low, best, high, estimated))


COUNTS = (
    count("EXACT", 18, 18, 18),
    count("ONE", 1, 1, 1),
    count("GUESSED", 40, 40, 40, estimated=True),
    count("RANGE", 35, 37, 40, estimated=True),
    count("MORE", 30, 30, None, estimated=True),
    count("YEARS-AGO", 7, 7, 7),
)


def day(days: int) -> dt.date:
    return TODAY + dt.timedelta(days=days)


def snapshot_of(*events: Event, **more: object) -> Snapshot:
    whole = Snapshot("plan.xlsx", plan.START, plan.ZONE, TODAY, events=events, agencies=AGENCIES)
    return restrict(replace(whole, **more), PUBLIC)  # type: ignore[arg-type]


def site_of(*events: Event, address: str | None = ADDRESS, **more: object) -> Site:
    return Site(snapshot_of(*events, **more), address)


def structured(site: Site, event_id: str) -> dict[str, object]:
    page = site[f"event/{site.pages[event_id]}.html"].decode()
    data: dict[str, object] = json.loads(re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)[0])
    return data


def test_no_file_holds_anything_but_the_public_tier() -> None:
    site = Site(restrict(plan.snapshot(**planted.tabs(TODAY)), PUBLIC), ADDRESS)
    public = {secret for secret, viewers in PLANTED.items() if "stranger" in viewers}
    files = {path: body.replace(b"\r\n ", b"") for path, body in site.items()}
    files |= {f"embed {language}": site.embed(None, None, 20, language) for language in LANGUAGES}
    sent = {path: secrets_in(path.encode() + b"\n" + body) for path, body in files.items()}
    assert {path: secrets - public for path, secrets in sent.items() if secrets - public} == {}
    assert set().union(*sent.values()) == public, "the counts that are public are there, so others would be found"


def test_snapshot_that_is_not_restricted_is_refused() -> None:
    with pytest.raises(ValueError, match="not restricted"):
        Site(Snapshot("plan.xlsx", plan.START, plan.ZONE, TODAY, events=(COMING,)), ADDRESS)


def test_as_of_is_the_moment_that_the_publication_names() -> None:
    as_of = dt.datetime(2026, 11, 24, 20, 0, tzinfo=dt.UTC)
    later = replace(snapshot_of(COMING), as_of=plan.START + dt.timedelta(hours=1))
    site = Site(snapshot_of(COMING), ADDRESS, as_of=as_of)
    assert b"As of Tue, Nov 24, 2026, 12:00 PM Pacific Time" in site["index.html"]
    assert dict(site) == dict(Site(later, ADDRESS, as_of=as_of))


def test_structured_data_of_moved_and_canceled_events() -> None:
    old = replace(COMING, id="OLD", status="Postponed")
    new = replace(COMING, id="NEW", date=day(9), replaces="OLD")
    off = replace(COMING, id="OFF", status="Cancelled", cancel_reason="Smoke")
    site = site_of(old, new, off)
    told = {name: structured(site, name) for name in ("OLD", "NEW", "OFF")}
    assert {name: data["eventStatus"] for name, data in told.items()} == {
        "OLD": "https://schema.org/EventPostponed",
        "NEW": "https://schema.org/EventRescheduled",
        "OFF": "https://schema.org/EventCancelled",
    }
    assert told["NEW"]["previousStartDate"] == "2026-11-28T08:00:00-08:00"
    assert "Canceled: smoke" in site["event/OFF.html"].decode()
    assert 'It moved to <a href="NEW.html">Fri, Dec 4</a>' in site["event/OLD.html"].decode()


# --- text stays text --------------------------------------------------------------------------------------------------

ATTACK = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'&{{7*7}}\x00\u202e"


def test_cell_text_is_never_markup() -> None:
    venue, agency = Venue(ATTACK, ATTACK, street=ATTACK), Agency(ATTACK, ATTACK, color="red;}body{display:none")
    event = replace(COMING, id=ATTACK, title=ATTACK, town=ATTACK, venue=venue, public_notes=ATTACK)
    site = site_of(replace(event, lead_agency=ATTACK, partner_agencies=()), agencies=(agency,))
    pages = {path: body for path, body in site.items() if path.endswith(".html")}
    pages |= {f"embed {language}": site.embed(None, None, 5, language) for language in LANGUAGES}
    for path, body in pages.items():
        document = html5lib.parse(body, namespaceHTMLElements=False)
        scripts = [script.get("type") for script in document.iter("script")]
        assert scripts == (["application/ld+json"] if "event/" in path else []), path
        assert [image.get("onerror") for image in document.iter("img")].count(None) == len(list(document.iter("img")))
        assert b"\x00" not in body
    assert structured(site, ATTACK)["description"] == ATTACK
    assert b"body{display" not in site["style.css"].replace(b" ", b"")
    for path in ("atom.xml", "es/atom.xml", "sitemap.xml"):
        assert len(ElementTree.fromstring(site[path])) > 0, path


def test_files_have_plain_names_that_differ() -> None:
    names = ["EV-1", "ev-1", "../../etc/passwd", "a/b", "a b", ".hidden", "index", "", "é", "CON.html", "x" * 300]
    pages = page_names(names)
    assert pages["EV-1"] == "EV-1"
    assert len({page.casefold() for page in pages.values()}) == len(names)
    assert [page for page in pages.values() if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}", page)] == []
    assert page_names(reversed(names)) == pages


# --- pages ------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_every_page_is_valid_html_below_60_kb_and_links_to_files_that_exist() -> None:
    events = [
        replace(COMING, id=f"EV-{each}", date=day(each % 400 - 200), public_notes="Bring a cup.") for each in range(300)
    ]
    held = [replace(event, status="Completed") if event.date < TODAY else event for event in events]
    counts = [Headcount(event.id, 0, GuestCount("12", 12, 12, 12)) for event in held if event.date < TODAY]
    site = site_of(*held, headcounts=tuple(counts))
    assert len(site["style.css"]) < 10_000
    pages = [path for path in site if path.endswith(".html") and "event/" not in path]
    of_events = [f"{folder}event/EV-{number}.html" for folder in ("", "es/") for number in (1, 299)]
    for path in pages + of_events:
        body = site[path]
        parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
        document = parser.parse(body)
        assert len(body) + len(site["style.css"]) <= 60_000, path
        for link in [*document.iter("a"), *document.iter("link"), *document.iter("img")]:
            target = link.get("href") or link.get("src") or ""
            if not target.startswith("https://"):
                folder = path.rpartition("/")[0]
                assert posixpath.normpath(posixpath.join(folder, target)) in site, (path, target)
        assert len(list(document.iter("h1"))) == 1
    assert sum("quarter/2026-Q4" in page for page in site) == 2 * -(-92 // ON_A_PAGE)


def test_calendars_are_those_of_the_public_feed() -> None:
    site = site_of(COMING, replace(COMING, id="LEFT-OUT"))
    site = Site(site.snapshot, ADDRESS, left_out=frozenset({"LEFT-OUT"}))
    feed = icalendar.Calendar.from_ical(site["calendar.ics"])
    assert [str(event["UID"]) for event in feed.events] == ["EV-1@workbook.cwac"]
    assert len(icalendar.Calendar.from_ical(site["event/EV-1.ics"]).events) == 1


def test_without_an_address_nothing_names_one() -> None:
    site = site_of(COMING, address=None)
    assert "sitemap.xml" not in site
    assert "event/EV-1.svg" not in site
    assert "url" not in structured(site, "EV-1")


def test_address_too_long_to_scan_has_no_code() -> None:
    site = Site(snapshot_of(replace(COMING, id="E" * 900)), ADDRESS, short=f"{ADDRESS}/e/")
    (page,) = site.pages.values()
    assert f"event/{page}.svg" not in site
    assert ".svg" not in site[f"event/{page}.html"].decode()


def test_canceled_event_has_no_code_and_is_not_the_next_one_of_its_town() -> None:
    off = replace(COMING, id="OFF", date=day(1), status="Cancelled")
    page = site_of(off)["index.html"].decode()
    assert re.findall(r'<li><a href="town/Weed.html">Weed</a> <span>(.*?)</span>', page) == ["nothing planned"]
    site = site_of(off, COMING)
    assert re.findall(r'<li><a href="town/Weed.html">Weed</a> <span>(.*?)</span>', site["index.html"].decode()) == [
        "Sat, Nov 28"
    ]
    assert [path for path in site if path.endswith(".svg")] == ["event/EV-1.svg"]
    assert ".svg" not in site["event/OFF.html"].decode()


def test_empty_sheet_says_that_nothing_is_planned() -> None:
    assert "Nothing is planned at the moment." in site_of()["index.html"].decode()


def test_sample_is_labeled_and_not_indexed() -> None:
    site = Site(snapshot_of(COMING), ADDRESS, settings=Settings())
    pages = [body for path, body in site.items() if path.endswith(".html")]
    assert all(re.search(b"SAMPLE|MUESTRA", page) and b'content="noindex"' in page for page in pages)
    assert b"SAMPLE" in site.embed(None, None, 5)
    assert b"MUESTRA" in site.embed(None, None, 5, "es")


# --- in Spanish: every phrase has one, none is left in English, and what people type stays as typed -----------------

TEMPLATES = Path(site_module.__file__).with_name("templates")
IN_BOTH = sorted(path for path in TEMPLATES.iterdir() if path.suffix in (".html", ".xml") and path.stem != "share")
"""The templates of pages that are in both languages. The page for people who keep an agency's site is in English."""


GONE = replace(COMING, date=day(-30), status="Completed", public_notes=None)
QUIET = Venue("Grange Hall", "Etna", street="2 Oak Rd")
EVERY_KIND = (
    COMING,
    replace(GONE, id="ALONE", partner_agencies=()),
    replace(COMING, id="TITLED", title="Depot Cocoa", date=day(400)),
    replace(COMING, id="NOWHERE", town=None, venue=None, start=None, end=None, date=day(2)),
    replace(COMING, id="OPEN-END", end=None, date=day(6)),
    replace(COMING, id="OLD", status="Postponed"),
    replace(COMING, id="NEW", replaces="OLD", date=day(9)),
    *(
        replace(COMING, id=f"OFF-{number}", status="Cancelled", cancel_reason=reason)
        for number, reason in enumerate(get_args(CancelReason))
    ),
    replace(GONE, id="EXACT", town="Etna", venue=QUIET),
    *(replace(GONE, id=name) for name in ("ONE", "GUESSED", "RANGE", "MORE", "MISSING")),
    replace(GONE, id="YEARS-AGO", date=day(-400)),
    replace(GONE, id="UNCOUNTED", date=day(-200)),
    replace(GONE, id="PULLED", date=day(-800), status="Cancelled"),
)


def full_site() -> Site:
    return site_of(*EVERY_KIND, headcounts=COUNTS)


def many(number: int) -> Site:
    return site_of(*(replace(COMING, id=f"EV-{each}", date=day(each % 9)) for each in range(number)))


def said(_: Period, language: Language) -> ResidentsSaid:
    heard = words(language)["answers_few"].format(count=9, most=8)
    rows = ((words(language)["answers"], heard), ("Cocoa", heard))
    return ResidentsSaid(rows, words(language)["answers_note"], ("Cocoa",))


@cache
def pages(language: Language) -> Mapping[str, str]:
    """Pages in one language that show every phrase of the templates, by name."""
    sites = {
        "full": full_site(),
        "one more": many(61),
        "many more": many(62),
        "empty": site_of(),
        "sample": Site(snapshot_of(COMING), ADDRESS, "Siskiyou", settings=Settings()),
        "answered": Site(snapshot_of(GONE), ADDRESS, residents=said),
        "ended": site_of(replace(GONE, status="Confirmed", date=day(-400)), replace(GONE, status="Confirmed")),
    }
    result = {
        "counties": counties_page([("Siskiyou", "siskiyou")], language).decode(),
        "not found": not_found_page("/public/", language).decode(),
    }
    for name, site in sites.items():
        for path in site:
            is_asked = path.startswith("es/") == (language == "es") and path.endswith((".html", "atom.xml"))
            if is_asked and not ("more" in name and "event/" in path):  # those are all alike
                result[f"{name} {path}"] = site[path].decode()
        result[f"{name} embed"] = site.embed(None, None, 20, language).decode()
    return result


SHOWN = {"alt", "title", "content", "aria-label"}
TYPED = (
    "Starbucks",
    "Free parking",
    "Highway Patrol",
    "Cocoa",
    "Grange",
    "Siskiyou",
    "1 Main St",
    "Weed Police",
    "California",
)


def texts(page: str) -> Iterator[tuple[str, str]]:
    """Each text of the page that people see or hear, with its language."""
    if page.startswith("<?xml"):
        root = ElementTree.fromstring(page)
        language = root.get("{http://www.w3.org/XML/1998/namespace}lang") or ""
        yield from ((language, element.text or "") for element in root.iter() if not element.tag.endswith("}id"))
        return
    document = html5lib.parse(page, namespaceHTMLElements=False)

    def inside(element: ElementTree.Element, language: str) -> Iterator[tuple[str, str]]:
        language = element.get("lang", language)
        if element.tag == "script":
            return
        yield from ((language, value) for name, value in element.attrib.items() if name in SHOWN)
        yield language, element.text or ""
        for child in element:
            yield from inside(child, language)
            yield language, child.tail or ""

    yield from inside(document, "")


def in_language(page: str, language: str) -> str:
    spoken_text = "\n".join(text for spoken, text in texts(page) if spoken == language)
    return re.sub(r"https://\S+", "", spoken_text)


def pieces(phrase: str) -> list[str]:
    """The phrase's own words, without what is filled in."""
    return [piece.strip(" ,.:()") for piece, *_ in Formatter().parse(phrase) if re.search("[A-Za-z]", piece)]


def holds(text: str, piece: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(piece)}(?!\w)", text, re.IGNORECASE) is not None


def test_templates_have_no_words_of_their_own() -> None:
    """What people read comes from the table; only file formats have a name that is the same in both languages."""
    own: dict[str, list[str]] = {}
    for path in IN_BOTH:
        tokens = list(jinja2.Environment().lex(path.read_text("utf-8")))
        markup = "".join(text if kind == "data" else "\x00" for _, kind, text in tokens)
        outside_tags = re.sub(r"<[^>]*>", "\n", markup)
        in_attributes = re.findall(r'\b(?:alt|title|aria-label|content)="([^"]*)"', markup)
        in_code = [text for _, kind, text in tokens if kind == "string" and " " in text.strip("'\" ")]
        own[path.name] = re.findall(r"[^\W\d_]{2,}", "\n".join([outside_tags, *in_code]))
        own[path.name] += [value for value in in_attributes if value.replace("\x00", "").strip(" :,.")]
    machine = {"width=device-width, initial-scale=1", "light dark", "noindex", "website"}
    assert {name: sorted(set(terms) - machine) for name, terms in own.items() if set(terms) - machine} == {
        "base.html": ["JSON"]
    }


@pytest.mark.slow
def test_every_phrase_of_the_templates_is_on_a_page_and_in_spanish_alone() -> None:
    english_pages, spanish_pages = pages("en"), pages("es")
    assert english_pages.keys() == {name.replace(" es/", " ") for name in spanish_pages}
    english = "\n".join(in_language(page, "en") for page in english_pages.values())
    used = {name for path in IN_BOTH for name in re.findall(r"\bt\.(\w+)", path.read_text("utf-8"))}
    used -= {"lang", "folder", "typed", "other_language"}  # that is marked as being in the other language
    missing = {name for name in used for piece in pieces(PHRASES[name][0]) if not holds(english, piece)}
    assert missing == set(), "a phrase that no page shows would not be looked for"

    phrases = {piece for table in (PHRASES, STATUSES, REASONS) for both in table.values() for piece in pieces(both[0])}
    names = {*WEEKDAYS, *(name[:3] for name in WEEKDAYS), *MONTHS, "AM", "PM", "Q1", "Q2", "Q3", "Q4"}
    names -= {"May"}  # may: mayo
    english_words = re.compile(rf"(?<!\w)({'|'.join(map(re.escape, phrases | names))})(?!\w)", re.IGNORECASE)
    for name, page in spanish_pages.items():
        assert english_words.findall(in_language(page, "es")) == [], name
        assert 'lang="es"' in page


@pytest.mark.slow
def test_typed_text_is_marked_as_english_and_set_apart() -> None:
    seen: set[str] = set()
    for name, page in pages("es").items():
        if page.startswith("<?xml"):
            continue  # plain text cannot be marked; the note says itself that it is in English
        body = page.partition("<body")[2]
        for spoken, text in texts(f"<!doctype html><html lang=es><body{body}"):
            typed = {word for word in TYPED if word in text}
            seen |= typed
            assert not typed or spoken == "en", (name, text)
    assert seen == set(TYPED)
    event = full_site()["es/event/EV-1.html"].decode()
    assert '<h2>Nota de las agencias (en inglés)</h2>\n<p class="notes" lang="en">Free parking</p>' in event


@each(
    ("changed", "says", "never"),
    [
        ({"start": None, "end": None}, "Hora por confirmar", "no indicad"),
        ({"venue": None, "town": None}, "lugar por confirmar", "no indicad"),
        ({"start": None, "end": None, "date": day(-9), "status": "Completed"}, "Hora no indicada", "por confirmar"),
        ({"start": None, "end": None, "date": day(-9)}, "Hora no indicada", "por confirmar"),
        ({"start": None, "end": None, "status": "Cancelled"}, "Hora no indicada", "por confirmar"),
        ({"venue": None, "town": None, "status": "Postponed"}, "lugar no indicado", "por confirmar"),
        ({"status": "Cancelled"}, 'Se cambió al <a href="NEW.html">vie 4 de dic</a>.', "vie, 4"),
        ({"partner_agencies": (), "status": "Completed", "date": day(-9)}, "<h2>Agencia</h2>", "Agencias"),
        ({"status": "Completed", "date": day(-9)}, "<h2>Agencias</h2>", "<h2>Agencia</h2>"),
    ],
)
def test_spanish_page_says_of_each_state_what_is_so(changed: Mapping[str, Any], says: str, never: str) -> None:
    site = site_of(
        replace(COMING, public_notes=None, **changed), replace(COMING, id="NEW", date=day(9), replaces="EV-1")
    )
    page = site["es/event/EV-1.html"].decode()
    assert says in page
    assert never not in page


def test_calendar_in_spanish_has_the_same_events() -> None:
    """A subscriber who changes the language must not get every event twice."""
    site = full_site()
    for path in ("calendar.ics", "event/EV-1.ics"):
        english, translated = (icalendar.Calendar.from_ical(site[f"{folder}{path}"]) for folder in ("", "es/"))
        for name in ("UID", "DTSTART", "DTEND", "DTSTAMP", "SEQUENCE", "LOCATION"):
            assert [event.get(name) and event[name].to_ical() for event in english.events] == [
                event.get(name) and event[name].to_ical() for event in translated.events
            ]
    told = {str(event["UID"]): event for event in icalendar.Calendar.from_ical(site["es/calendar.ics"]).events}
    assert str(told["NOWHERE@workbook.cwac"]["DESCRIPTION"]).startswith("Confirmado.\nAún no se conoce la hora.\n")
    assert str(told["OFF-0@workbook.cwac"]["SUMMARY"]).startswith("Cancelado: Café con un policía, ")


def test_no_county_is_in_the_folder_of_the_spanish_pages() -> None:
    folders = county_folders(["es", "ES", "modoc"])
    assert folders["modoc"] == "modoc"
    assert {folder.casefold() for folder in folders.values()}.isdisjoint({"es", "index"})
    page = counties_page([("Modoc", "modoc")], "es").decode()
    assert '<a href="../modoc/es/index.html" lang="en">Modoc</a>' in page
    assert '<a class="language" href="../index.html" lang="en" hreflang="en">English</a>' in page

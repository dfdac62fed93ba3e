"""The public site: its pages, what search engines read, and that nothing but the public tier is in any file."""

import datetime as dt
import json
import posixpath
import re
from dataclasses import replace
from xml.etree import ElementTree

import html5lib
import icalendar
import pytest

from cwac.access import PUBLIC, restrict
from cwac.exports.event_pages import page_names
from cwac.exports.spanish import LANGUAGES
from cwac.model import Agency, Event, Headcount, Snapshot, Venue
from cwac.model import Count as GuestCount
from cwac.public.site import ON_A_PAGE, Site
from cwac.settings import Settings
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


def snapshot_of(*events: Event, **more: object) -> Snapshot:
    whole = Snapshot("plan.xlsx", plan.START, plan.ZONE, TODAY, events=events, agencies=AGENCIES)
    return restrict(replace(whole, **more), PUBLIC)  # type: ignore[arg-type]


def site_of(*events: Event, address: str | None = ADDRESS, **more: object) -> Site:
    return Site(snapshot_of(*events, **more), address)


def structured(site: Site, event_id: str) -> dict[str, object]:
    page = site[f"event/{site.pages[event_id]}.html"].decode()
    data: dict[str, object] = json.loads(re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)[0])
    return data


# --- what is public ---------------------------------------------------------------------------------------------------


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


# --- structured data --------------------------------------------------------------------------------------------------


def test_structured_data_of_moved_and_canceled_events() -> None:
    old = replace(COMING, id="OLD", status="Postponed")
    new = replace(COMING, id="NEW", date=TODAY + dt.timedelta(days=9), replaces="OLD")
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


def many(number: int) -> Site:
    events = [
        replace(COMING, id=f"EV-{each}", date=TODAY + dt.timedelta(days=each % 400 - 200), public_notes="Bring a cup.")
        for each in range(number)
    ]
    held = [replace(event, status="Completed") if event.date < TODAY else event for event in events]
    counts = [Headcount(event.id, 0, GuestCount("12", 12, 12, 12)) for event in held if event.date < TODAY]
    return site_of(*held, headcounts=tuple(counts))


@pytest.mark.slow
def test_every_page_is_valid_html_below_60_kb_and_links_to_files_that_exist() -> None:
    site = many(300)
    assert len(site["style.css"]) < 10_000
    pages = {path: body for path, body in site.items() if path.endswith(".html")}
    sample = [path for path in pages if "event/" not in path] + ["event/EV-1.html", "event/EV-299.html"]
    sample += ["es/event/EV-1.html", "es/event/EV-299.html"]
    for path in sample:
        parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
        document = parser.parse(pages[path])
        assert len(pages[path]) + len(site["style.css"]) <= 60_000, path
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
    off = replace(COMING, id="OFF", date=TODAY + dt.timedelta(days=1), status="Cancelled")
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

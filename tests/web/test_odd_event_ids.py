"""Every address that is made from an event's ID opens that event, whatever is typed as its ID."""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import parse_qs, urljoin, urlsplit

import icalendar
import pytest

from cwac import access
from cwac.exports.ical import PUBLIC, event_link, write
from cwac.model import Snapshot
from cwac.notify.message import Links
from cwac.packet.facts import packet_data
from cwac.public.site import Publication, public_site
from cwac.sheet.reader import read_workbook
from cwac.sources.excel import read_excel
from tests.web import plan
from tests.web.plan import TODAY
from tests.web.served import Served, get, serving, session

pytestmark = pytest.mark.slow

ADDRESS = "https://coffee.example.gov"
SHORT = f"{ADDRESS}/e/"
ODD = [
    "EV-1", "..", ".", "...", "a/../b", "../../x", "/rooted", "//server/share", "\\\\server\\share", "..\\x", "a/b",
    "a//b", "a?b", "a#b", "a%b", "a%2Fb", "a%2e%2e", "%2e%2e", "C:x", "a:b", "a b", "a+b", "a&b=c", "a;b", "a=b",
    "~a", "a'b", 'a"b', "<b>", "a|b", "é", "活動 7", "index", "es", "es/", "embed", "share", "style.css",
    "events.json", "EV-1.", ".well-known", "EV-1.html", "☕", "a,b", "(a)", "[a]", "{a}", "a@b", "$a", "a*b",
    "a^b`c",
]  # fmt: skip


def title_of(number: int) -> str:
    return f"Odd title {number:03}."


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    events: plan.Rows = [["Event ID", "Date", "Start", "Town", "Title", "Status"]]
    for number, event_id in enumerate(ODD):
        day = plan.serial(TODAY + dt.timedelta(days=3 + number))
        events.append([event_id, day, 0.4, "Weed", title_of(number), "Confirmed"])
    return plan.save_tabs(tmp_path_factory.mktemp("odd") / "plan.xlsx", {"Events": events})


@pytest.fixture(scope="module")
def snapshot(workbook: Path) -> Snapshot:
    return read_workbook(read_excel(workbook), TODAY)


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory, workbook: Path) -> Iterator[Served]:
    environ = {"CWAC_WORKBOOK": str(workbook), "CWAC_PUBLIC": "true", "CWAC_ADDRESS": ADDRESS}
    with serving(tmp_path_factory.mktemp("public"), environ) as served:
        with session(served) as visitor:
            visitor.open()
        yield served


def opened(served: Served, address: str) -> str:
    """What a browser shows at this address of the server, redirects followed; the status where it is not 200."""
    address = address.replace(ADDRESS, served.url)
    for _ in range(3):
        answer = get(address)
        if answer.status_code == 200:
            return answer.text
        if "location" not in answer.headers:
            break
        address = urljoin(address, answer.headers["location"])
    return f"{answer.status_code} at {address}"


def wrong(served: Served, links: Sequence[str]) -> list[tuple[str, str]]:
    """The IDs whose link does not show their event, and what it shows."""
    shown = [opened(served, link) for link in links]
    assert len(shown) == len(ODD)
    return [(ODD[number], text[:200]) for number, text in enumerate(shown) if title_of(number) not in text]


def test_ids_are_kept_as_typed(snapshot: Snapshot) -> None:
    assert [event.id for event in snapshot.events] == ODD


def test_short_address_in_the_qr_code_of_papers_opens(public: Served, snapshot: Snapshot) -> None:
    links = [packet_data(snapshot, event, public_address=SHORT)["links"]["page"] for event in snapshot.events]
    assert wrong(public, links) == []


def test_short_address_and_page_on_the_public_site_open(public: Served, snapshot: Snapshot) -> None:
    restricted = access.restrict(snapshot, access.PUBLIC)
    site = public_site(restricted, snapshot.today, f"{ADDRESS}/public", Publication(short=SHORT))
    events = sorted(restricted.events, key=lambda event: event.date)
    assert wrong(public, [site.short_address(event) or "" for event in events]) == []
    assert wrong(public, [f"{ADDRESS}/public/event/{site.pages[event.id]}.html" for event in events]) == []
    assert wrong(public, [f"{ADDRESS}/public/es/event/{site.pages[event.id]}.html" for event in events]) == []
    pictures = [get(f"{public.url}/public/event/{site.pages[event.id]}.svg").status_code for event in events]
    assert pictures == [200] * len(ODD)


def test_short_address_leads_people_with_a_sign_in_to_the_event_in_the_dashboard(
    public: Served, snapshot: Snapshot
) -> None:
    cookie = {"Cookie": "_streamlit_user=anything"}
    links = [packet_data(snapshot, event, public_address=SHORT)["links"]["page"] for event in snapshot.events]
    led = [get(link.replace(ADDRESS, public.url), headers=cookie).headers.get("location", "") for link in links]
    assert [parse_qs(urlsplit(location).query).get("event") for location in led] == [[event_id] for event_id in ODD]


def test_links_in_calendars_and_messages_open_the_event_in_the_dashboard(public: Served, snapshot: Snapshot) -> None:
    restricted = access.restrict(snapshot, access.PUBLIC)
    body = write(restricted, PUBLIC, snapshot.events, sheet=None, link=event_link(ADDRESS))
    in_calendar = [str(event["url"]) for event in icalendar.Calendar.from_ical(body).walk("VEVENT")]
    in_message = [Links(ADDRESS).event(event.id) for event in snapshot.events]
    assert [parse_qs(urlsplit(link).query)["event"] for link in in_calendar] == [[event_id] for event_id in ODD]
    assert [parse_qs(urlsplit(link).query)["event"] for link in in_message] == [[event_id] for event_id in ODD]
    with session(public) as visitor:
        for number, link in enumerate(in_message):
            seen = visitor.open("calendar", urlsplit(link).query)
            assert seen.holds(title_of(number)), ODD[number]
            assert not seen.holds("which is not in the calendar"), ODD[number]


def test_link_that_was_printed_before_with_the_id_in_its_path_still_opens(public: Served) -> None:
    number = ODD.index("a/b")
    assert title_of(number) in opened(public, f"{SHORT}a%2Fb")
    assert re.search(r"^404 ", opened(public, f"{SHORT}nothing"))

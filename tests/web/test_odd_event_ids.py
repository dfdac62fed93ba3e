"""Every address that is made from an event's ID opens that event, whatever is typed as its ID."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import parse_qs, urljoin, urlsplit

import icalendar
import pytest
from starlette.applications import Starlette

from cwac import access
from cwac.exports.ical import PUBLIC, event_link, write
from cwac.model import Snapshot
from cwac.notify.message import Links
from cwac.packet.facts import packet_data
from cwac.public.site import Site
from cwac.refresh import sheets
from cwac.settings import Settings
from cwac.web import preflight
from tests.api.test_routes import Client
from tests.web import plan
from tests.web.conftest import opened
from tests.web.plan import TODAY

pytestmark = pytest.mark.slow

ADDRESS = "https://coffee.example.gov"
SHORT = f"{ADDRESS}/e/"
get = Client(Starlette(routes=preflight.ROUTES)).get
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
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    """The events, whose pages and addresses are answered in this process."""
    events: plan.Rows = [["Event ID", "Date", "Start", "Town", "Title", "Status"]]
    for number, event_id in enumerate(ODD):
        day = plan.serial(TODAY + dt.timedelta(days=3 + number))
        events.append([event_id, day, 0.4, "Weed", title_of(number), "Confirmed"])
    workbook = plan.save_tabs(tmp_path_factory.mktemp("odd") / "plan.xlsx", {"Events": events})
    shown = sheets.start(Settings(workbook=str(workbook), public=True, address=ADDRESS)).wait(20).snapshot
    assert shown is not None
    yield shown
    sheets.stop()


def shown_at(address: str) -> str:
    """What a browser shows at this address, redirects followed; the status where it is not 200."""
    for _ in range(3):
        answer = get(address)
        if answer.status_code == 200:
            return answer.text
        if "location" not in answer.headers:
            break
        address = urljoin(address, answer.headers["location"])
    return f"{answer.status_code} at {address}"


def wrong(links: Sequence[str]) -> list[tuple[str, str]]:
    """The IDs whose link does not show their event, and what it shows."""
    shown = [shown_at(link) for link in links]
    assert len(shown) == len(ODD)
    return [(ODD[number], text[:200]) for number, text in enumerate(shown) if title_of(number) not in text]


def asked_for(links: Iterable[str]) -> list[str]:
    """The event that each link to the dashboard asks for."""
    return [parse_qs(urlsplit(link).query).get("event", [""])[0] for link in links]


def test_ids_are_kept_as_typed(snapshot: Snapshot) -> None:
    assert [event.id for event in snapshot.events] == ODD


def short_links(snapshot: Snapshot) -> list[str]:
    return [packet_data(snapshot, event, public_address=SHORT)["links"]["page"] for event in snapshot.events]


def test_short_address_in_the_qr_code_of_papers_opens(snapshot: Snapshot) -> None:
    assert wrong(short_links(snapshot)) == []


def test_short_address_and_page_on_the_public_site_open(snapshot: Snapshot) -> None:
    restricted = access.restrict(snapshot, access.PUBLIC)
    site = Site(restricted, f"{ADDRESS}/public", short=SHORT)
    events = sorted(restricted.events, key=lambda event: event.date)
    assert wrong([site.short_address(event) or "" for event in events]) == []
    for language in ("", "es/"):
        assert wrong([f"{ADDRESS}/public/{language}event/{site.pages[event.id]}.html" for event in events]) == []
    pictures = [get(f"/public/event/{site.pages[event.id]}.svg").status_code for event in events]
    assert pictures == [200] * len(ODD)


def test_short_address_leads_people_with_a_sign_in_to_the_event_in_the_dashboard(snapshot: Snapshot) -> None:
    cookie = {"Cookie": "_streamlit_user=anything"}
    assert asked_for(get(link, cookie).headers.get("location", "") for link in short_links(snapshot)) == ODD


def test_links_in_calendars_and_messages_open_the_event_in_the_dashboard(snapshot: Snapshot) -> None:
    restricted = access.restrict(snapshot, access.PUBLIC)
    body = write(restricted, PUBLIC, snapshot.events, sheet=None, link=event_link(ADDRESS))
    assert asked_for(str(event["url"]) for event in icalendar.Calendar.from_ical(body).walk("VEVENT")) == ODD
    assert asked_for(Links(ADDRESS).event(event.id) for event in snapshot.events) == ODD
    for number, event_id in enumerate(ODD):
        page = opened("calendar", event=event_id)
        assert page.get("dialog")[0].proto.dialog.title.replace("\\", "").startswith(title_of(number)), event_id


def test_link_that_was_printed_before_with_the_id_in_its_path_still_opens(snapshot: Snapshot) -> None:
    assert snapshot.events[ODD.index("a/b")].title in shown_at(f"{SHORT}a%2Fb")
    assert shown_at(f"{SHORT}nothing").startswith("404 ")

"""The public site over HTTP: headers, caching, the list for other sites, and short addresses."""

import dataclasses
import gzip
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import html5lib
import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware

from cwac import addons
from cwac.packet.facts import packet_data
from cwac.public import routes
from cwac.public.site import embed_height
from cwac.refresh import sheets
from cwac.settings import Settings
from cwac.web.responses import SecurityHeaders
from tests.api.test_routes import Client
from tests.web import plan, planted

CLIENT = Client(Starlette(routes=routes.ROUTES, middleware=[Middleware(SecurityHeaders)]))


def get(path: str, method: str = "GET", **headers: str) -> httpx.Response:
    return CLIENT.request(method, path, {"Accept-Encoding": "identity"} | headers)


Start = Callable[..., None]


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """A function that serves the planted workbook with these settings, if it is not served so already."""
    folder = tmp_path_factory.mktemp("planted")
    workbook, served = str(planted.save(folder / "plan.xlsx", plan.TODAY)), []

    def start(**chosen: object) -> None:
        settings = Settings(workbook=workbook, store=f"sqlite:///{folder}/store.sqlite3")
        wanted = dataclasses.replace(settings, **chosen)  # type: ignore[arg-type]
        if served != [wanted]:
            served[:] = [wanted]
            live = sheets.start(wanted).wait(20)
            assert live.snapshot is not None, live.trouble

    yield start
    sheets.stop()


ADDRESS = "https://coffee.example.gov"


TEXT = Path(__file__).with_name("requests.txt").read_text(encoding="utf-8")
REQUESTS = dict(re.findall(r"^=== (.*)\n((?:.+\n)+)", TEXT, re.M))
"""How the sheet is served, and to whom -> each address, its status, and where it leads or what it shows."""


def events_in(answer: httpx.Response) -> list[str]:
    document = html5lib.parse(answer.content, namespaceHTMLElements=False)
    return [link.get("href") for link in document.iter("a") if "event/" in link.get("href", "")]


def shown(answer: httpx.Response) -> str:
    """Where the answer leads, else its language, heading and events, else its text."""
    if answer.is_redirect:
        return answer.headers["location"]
    if not answer.headers["content-type"].startswith("text/html"):
        return answer.text.rstrip()
    document = html5lib.parse(answer.content, namespaceHTMLElements=False)
    headings = ["".join(heading.itertext()) for heading in document.iter("h1")]
    return " | ".join([document.get("lang"), *headings, *dict.fromkeys(events_in(answer))])


@pytest.mark.parametrize("served", REQUESTS)
def test_each_address_is_answered_as_written_down(start: Start, served: str) -> None:
    start(**{served.partition(",")[0]: True})
    cookie = {"Cookie": "_streamlit_user=anything"} if "signed in" in served else {}
    paths = [line.partition(" ")[0] for line in REQUESTS[served].splitlines()]
    answers = {path: get(path, **cookie) for path in paths}
    told = [f"{path} {answer.status_code} {shown(answer)}" for path, answer in answers.items()]
    assert told == REQUESTS[served].splitlines(), "\n".join(told)


def test_page_has_headers_of_its_own(start: Start) -> None:
    start(public=True, embed_origins=("https://www.weed.example.gov",))
    answer = get("/public/")
    assert answer.headers["content-security-policy"] == (
        "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; frame-src 'none'; form-action 'none'; "
        "base-uri 'none'; frame-ancestors 'self' https://www.weed.example.gov"
    )
    assert [name for name in ("x-robots-tag", "x-frame-options", "set-cookie") if name in answer.headers] == []
    assert answer.headers["x-content-type-options"] == "nosniff"
    missing = get("/public/nothing")
    assert (missing.status_code, missing.headers["x-robots-tag"]) == (404, "noindex, nofollow")
    assert "frame-ancestors 'self'" in missing.headers["content-security-policy"]


def test_unchanged_page_is_not_sent_again_and_can_come_compressed(start: Start) -> None:
    start(public=True)
    plain = get("/public/")
    packed = get("/public/", **{"Accept-Encoding": "gzip"})
    assert (packed.headers["content-encoding"], packed.content) == ("gzip", plain.content)
    assert int(packed.headers["content-length"]) == len(gzip.compress(plain.content, 6, mtime=0))
    again = get("/public/", **{"If-None-Match": plain.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", plain.headers["etag"])
    assert plain.headers["cache-control"] == "public, max-age=60"
    head = get("/public/", "HEAD")
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(plain.content)))


def test_spanish_pages_are_beside_the_english_ones(start: Start) -> None:
    start(public=True)
    page = get("/public/es/")
    assert page.content == get("/public/es/index.html").content
    assert page.headers["content-security-policy"] == get("/public/").headers["content-security-policy"]
    calendar = get("/public/es/calendar.ics").text
    assert ("NAME:Café con un policía" in calendar, "UID:SHARED@" in calendar) == (True, True)
    missing = [get(f"/public/es/{path}").content for path in ("nothing", "event/ZqdraftidZq.html", "share")]
    assert len(set(missing)) == 1
    assert b'<a href="/public/es/index.html">Todos los eventos</a>' in missing[0]


# --- on other sites ---------------------------------------------------------------------------------------------------


def test_embedded_list_is_filtered_and_by_default_no_other_site_may_embed_it(start: Start) -> None:
    start(public=True)
    answer = get("/public/embed?agency=SCSO&town=")
    assert events_in(answer) == ["event/SHERIFFS.html"]
    assert b"<script" not in answer.content
    assert answer.headers["content-security-policy"].endswith("frame-ancestors 'self'")


def test_page_for_other_sites_shows_snippet_and_preview_in_either_language(start: Start) -> None:
    start(public=True, address=ADDRESS)
    for asked, query, title, lang in (
        ("agency=WPD&town=&limit=3", "agency=WPD&limit=3", "Coffee with a Cop: the next events", None),
        ("lang=es&limit=1", "lang=es&limit=1", "Café con un policía: los próximos eventos", "es"),
    ):
        answer = get(f"/public/share?{asked}")
        document = html5lib.parse(answer.content, namespaceHTMLElements=False)
        height, spoken = embed_height(int(query[-1])), f'lang="{lang}" ' if lang else ""
        assert next(document.iter("code")).text == (
            f'<iframe src="{ADDRESS}/public/embed?{query.replace("&", "&amp;")}" title="{title}" '
            f'{spoken}height="{height}" style="border:0;width:100%" loading="lazy"></iframe>'
        )
        frame = next(document.iter("iframe"))
        assert (frame.get("src"), frame.get("height"), frame.get("lang")) == (f"embed?{query}", str(height), lang)
        assert "form-action 'self'" in answer.headers["content-security-policy"]


# --- short addresses --------------------------------------------------------------------------------------------------


def test_private_and_unknown_events_answer_alike(start: Start) -> None:
    start(public=True)
    answers = [get(f"/e/{event_id}") for event_id in ("NOWHERE", "ZqdraftidZq", "ZqtentativeidZq", "ZqlostZq", "")]
    assert {(answer.status_code, answer.content, tuple(answer.headers.items())) for answer in answers} == {
        (404, answers[0].content, tuple(answers[0].headers.items()))
    }
    assert b'<a href="/public/index.html">All events</a>' in answers[0].content


def test_qr_code_is_that_of_the_short_address(start: Start) -> None:
    start(public=True, address=ADDRESS)
    page = get("/public/event/SHARED.html").text
    assert f'<a href="{ADDRESS}/e/SHARED">{ADDRESS}/e/SHARED</a>' in page
    answer = get("/public/event/SHARED.svg")
    assert (answer.headers["content-type"], answer.content[:4]) == ("image/svg+xml", b"<svg")


def test_short_addresses_on_flyers_lead_strangers_to_the_pages_of_events(start: Start) -> None:
    start(public=True, address=ADDRESS)
    snapshot = sheets.current("").snapshot
    assert snapshot is not None
    begins = addons.public_address(sheets.settings(""), sheets.names(), "")
    pages = [packet_data(snapshot, event, public_address=begins)["links"]["page"] for event in snapshot.events]
    scanned = [page.removeprefix(ADDRESS) for page in pages if page]
    assert len(scanned) > 3
    for path in scanned:
        answer = get(path)
        assert answer.status_code == 302, path
        assert get("/" + answer.headers["location"].lstrip("./")).status_code == 200, path


def test_snippet_for_other_sites_never_has_the_requests_host(start: Start) -> None:
    start(public=True)
    answer = get("/public/share?limit=3", Host="forged.example")
    assert "forged" not in answer.text
    assert "src=&#34;https://ADDRESS-OF-THE-DASHBOARD/public/embed?limit=3&#34;" in answer.text
    assert "Write the dashboard's own address" in answer.text

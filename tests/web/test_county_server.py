"""Several counties over HTTP, one of them public: what is not public answers like what does not exist."""

import json
from collections.abc import Callable, Iterator

import httpx
import pytest

from cwac.clock import read_clock
from cwac.storage.store import Store
from tests.api.test_routes import bearer
from tests.server import SheetsServer
from tests.server.grid import Spreadsheet
from tests.web import plan
from tests.web.served import Served, get, serving, until, write_secrets
from tests.web.signed_in import with_provider
from tests.web.test_counties import SECRETS

pytestmark = pytest.mark.slow

BOSS, MODOC_BOSS = "boss@county.example.gov", "both@state.example.gov"
NOWHERE = "Atlantis"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Siskiyou is private and Modoc public."""
    folder = tmp_path_factory.mktemp("counties")
    with SheetsServer(plan.workbook()) as google:
        modoc = Spreadsheet.from_workbook(plan.modoc(), "Modoc")
        google.books[modoc.id] = modoc
        counties = (
            f'[{{ county = "Siskiyou", address = "{google.book.url}" }}, '
            f'{{ county = "Modoc", address = "{modoc.url}", coordinators = ["{MODOC_BOSS}"], public = true }}]'
        )
        write_secrets(
            folder,
            f'[cwac]\nrefresh_seconds = 10\nstore = "sqlite:///{folder}/store.sqlite3"\naddress = "https://coffee.example.gov"\n'
            f"{google.secrets().replace(json.dumps(google.url), counties)}{with_provider()}\n"
            f'[access]\nviewers = ["@wpd.example.gov"]\ncoordinators = ["{BOSS}"]\n',
        )
        with serving(folder) as served:
            for path in ("/public/Modoc/", "/readyz"):
                until(lambda path=path: get(f"{served.url}{path}").status_code == 200, 60)  # type: ignore[misc]
            yield served


@pytest.fixture(scope="module")
def token(served: Served) -> Iterator[Callable[[str, str], str]]:
    """A function that makes a token of that scope by that person."""
    store = Store(f"sqlite:///{served.log.parent}/store.sqlite3")
    try:
        yield lambda scope, made_by: store.create_token(scope, made_by, read_clock())
    finally:
        store.close()


def alike(answers: list[httpx.Response], status: int) -> bool:
    """Whether all have this status, and nothing but the time tells them apart."""
    for answer in answers:
        assert answer.status_code == status, (answer.url, answer.text)
        assert not any(secret in answer.content for secret in SECRETS), answer.url
    return len({(a.content, tuple(h for h in a.headers.items() if h[0] != "date")) for a in answers}) == 1


def test_public_pages_are_those_of_the_public_county_alone(served: Served) -> None:
    def page(path: str) -> httpx.Response:
        return get(f"{served.url}/public/{path}")

    assert (page("").status_code, ">Modoc<" in page("").text, "Siskiyou" in page("").text) == (200, True, False)
    for path in ("Modoc/", "Modoc/event/ALTURAS.html", "Modoc/embed", "Modoc/share", "Modoc/calendar.ics", "style.css",
                 "source-sans.woff2", "Modoc/source-sans.woff2",
                 "es/", "Modoc/es/", "Modoc/es/event/ALTURAS.html"):  # fmt: skip
        assert page(path).status_code == 200, path
    assert page("Modoc").headers["location"] == "Modoc/"
    assert (page("es").headers["location"], page("Modoc/es").headers["location"]) == ("es/", "es/")
    assert ('href="../Modoc/es/index.html"' in page("es/").text, "Siskiyou" in page("es/").text) == (True, False)
    assert "https://coffee.example.gov/e/Modoc/ALTURAS" in page("Modoc/event/ALTURAS.html").text
    hidden = [
        "",
        "/",
        "/index.html",
        "/event/SHARED.html",
        "/embed?agency=WPD",
        "/share",
        "/calendar.ics",
        "/style.css",
    ]
    assert alike([page(f"{county}{path}") for county in ("Siskiyou", NOWHERE) for path in hidden], 404)
    in_spanish = ["/es", "/es/", "/es/event/SHARED.html"]
    assert alike([page(f"{county}{path}") for county in ("Siskiyou", NOWHERE) for path in in_spanish], 404)
    assert alike([page(f"Modoc/event/{name}.html") for name in ("SHARED", "NOTHING")], 404)
    assert alike([page(f"Modoc/embed?agency={name}") for name in ("WPD", "NOPE")], 400)
    assert alike([page(f"Modoc/share?town={name}") for name in ("Weed", "NOPE")], 400)


def test_short_addresses_lead_to_the_county_that_they_name(served: Served) -> None:
    def short(path: str, **headers: str) -> httpx.Response:
        return get(f"{served.url}/e/{path}", headers=headers)

    to_page = short("Modoc/ALTURAS").headers["location"]
    assert to_page == "../../public/Modoc/event/ALTURAS.html"
    assert httpx.URL(f"{served.url}/e/Modoc/ALTURAS").join(to_page).path == "/public/Modoc/event/ALTURAS.html"
    wrong = ["Siskiyou/SHARED", "Siskiyou/NOTHING", f"{NOWHERE}/SHARED", "ALTURAS", ""]
    assert alike([short(path) for path in wrong], 404)
    assert alike([short(path) for path in ("Modoc/SHARED", "Modoc/NOTHING")], 404), "with a link to Modoc's events"
    signed_in = {"Cookie": "_streamlit_user=anything"}
    assert short("Siskiyou/SHARED", **signed_in).headers["location"] == "../../calendar?county=Siskiyou&event=SHARED"


def test_public_feed_is_that_of_the_public_county_alone(served: Served) -> None:
    assert b"Alturas" in get(f"{served.url}/calendar.ics?county=Modoc").content
    assert alike([get(f"{served.url}/calendar.ics?county={name}") for name in ("Siskiyou", NOWHERE)], 404)


def test_without_a_token_a_private_county_is_one_that_does_not_exist(served: Served) -> None:
    def events(query: str) -> httpx.Response:
        return get(f"{served.url}/api/v1/events{query}")

    assert [row["id"] for row in events("?county=Modoc").json()["events"]] == ["ALTURAS"]
    assert alike([events(query) for query in ("", "?county=Siskiyou", f"?county={NOWHERE}", "?county=")], 401)
    assert alike([get(f"{served.url}/api/v1/events/{name}?county=Modoc") for name in ("SHARED", "NOTHING")], 404)
    assert alike([events(f"?county=Modoc&{name}") for name in ("agency=WPD", "agency=NOPE")], 400)
    assert events("?county=Modoc&county=Siskiyou").status_code in (400, 401)


def test_token_names_its_county_and_opens_no_other(served: Served, token: Callable[[str, str], str]) -> None:
    paths = ["events", "gaps", "alerts", "attendance", "follow-ups", "problems", "changes", "quarter?of=2026-Q4"]
    headers = bearer(token("in Modoc, api:coordinator", MODOC_BOSS))
    for path in paths:
        answer = get(f"{served.url}/api/v1/{path}", headers=headers)
        assert answer.status_code == 200, (path, answer.text)
        assert not any(secret in answer.content for secret in SECRETS), path
    assert get(f"{served.url}/api/v1/events?county=Modoc", headers=headers).json()["events"][0]["id"] == "ALTURAS"
    others = [get(f"{served.url}/api/v1/events?county={name}", headers=headers) for name in ("Siskiyou", NOWHERE, "")]
    assert alike(others, 400)
    siskiyou = bearer(token("in Siskiyou, api:coordinator", BOSS))
    answer = get(f"{served.url}/api/v1/events", headers=siskiyou)
    assert {"SHARED", "SHERIFFS"} - {row["id"] for row in answer.json()["events"]} == set()
    assert b"lturas" not in answer.content


def test_token_that_its_maker_could_not_make_there_is_refused(served: Served, token: Callable[[str, str], str]) -> None:
    refused = [
        token("in Siskiyou, api:coordinator", MODOC_BOSS),  # coordinates Modoc alone
        token("in Siskiyou, api:public", MODOC_BOSS),
        token(f"in {NOWHERE}, api:coordinator", BOSS),
        "a guess",
    ]
    answers = [
        get(f"{served.url}/api/v1/events{query}", headers=bearer(text))
        for text in refused
        for query in ("", "?county=Siskiyou", "?county=Modoc", f"?county={NOWHERE}")
    ]
    assert alike(answers, 401)

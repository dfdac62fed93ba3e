"""Several counties: the switch, access to each, no data of one county in another, and a source of its own for each."""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import icalendar
import pytest
from click.testing import CliRunner
from icalendar import Calendar
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

from cwac.api import routes as api_routes
from cwac.api.routes import ApiScope
from cwac.cli import main
from cwac.clock import read_clock
from cwac.exports import ical
from cwac.exports.ical import Scope
from cwac.model import Cell
from cwac.refresh import sheets
from cwac.settings import County, Settings, load
from cwac.web import feeds, preflight, widgets
from cwac.web.sections import changes
from tests.api.test_routes import Client, bearer
from tests.cases import each
from tests.notify.county import NOTIFY
from tests.server import SheetsServer
from tests.server.grid import Spreadsheet
from tests.sources.every import Everywhere, on_this_machine, toml, write_settings
from tests.web import plan
from tests.web.conftest import CLAIMS, PAGES, SIGNED_IN, Serve, blocks, opened, sent, words
from tests.web.test_calendar import files_of

CLAIMS["modoc only"] = SIGNED_IN | {"email": "one@alturas.example.gov"}
CLAIMS["modoc boss"] = SIGNED_IN | {"email": "both@state.example.gov"}
SECRETS = [b"Planted", b"planted", b"SHARED", b"SHERIFFS"]
"""Of the first county: officers' names, text in private columns, event IDs."""


SAME = ("Siskiyou", "Atlantis")
"""A county that is closed, and one that is not known."""
BOSS, MODOC_BOSS = "boss@county.example.gov", "both@state.example.gov"
get = Client(Starlette(routes=preflight.ROUTES)).get
Start = Callable[..., None]


@pytest.fixture(scope="module")
def google() -> Iterator[SheetsServer]:
    """Siskiyou is the plan; Modoc has one event, one agency and one officer of its own."""
    with SheetsServer(plan.workbook()) as server:
        book = Spreadsheet.from_workbook(plan.modoc(), "Modoc")
        server.books[book.id] = book
        yield server


@pytest.fixture
def serve_both(google: SheetsServer, tmp_path: Path) -> Iterator[Start]:
    siskiyou, modoc = google.books.values()

    def start(*, modoc_public: bool | None = None, auth: bool = True, **chosen: Any) -> None:
        own = {"viewers": ("@alturas.example.gov",), "coordinators": (MODOC_BOSS,), "public": modoc_public}
        sheets.start(
            Settings(
                gsheets={key: value for key, value in google.gsheets.items() if key != "spreadsheet"},
                store=f"sqlite:///{tmp_path}/store.sqlite3",
                auth=auth,
                viewers=("@wpd.example.gov",),
                coordinators=(BOSS,),
                counties=(County("Siskiyou", siskiyou.url), County("Modoc", modoc.url, **own)),
                **chosen,
            )
        )
        # At once: by themselves, all but the first wait for their share of Google's quota.
        for name in sheets.names():
            sheets.poller(name).look()

    yield start
    sheets.stop()


@pytest.fixture
def public_modoc(serve_both: Start) -> None:
    """Siskiyou is private and Modoc public."""
    serve_both(modoc_public=True, address="https://coffee.example.gov")


def token(scope: str, made_by: str) -> str:
    store = sheets.store()
    assert store is not None
    return store.create_token(scope, made_by, read_clock(), None)


def county_of(page: AppTest) -> Any:
    return next(element for element in page.selectbox if element.label == "County")


def switch(page: AppTest) -> list[str]:
    """Options of the county switch; empty if there is none."""
    return next((list(element.options) for element in page.selectbox if element.label == "County"), [])


def in_the_url(page: AppTest) -> dict[str, str]:
    """URL parameters; AppTest wraps some values in a list."""
    return {name: value if isinstance(value, str) else value[0] for name, value in page.query_params.items()}


def test_switching_county_changes_the_sheet_and_the_url(serve_both) -> None:
    serve_both()
    page = opened("calendar", "coordinator")
    assert switch(page) == ["Siskiyou", "Modoc"]
    assert in_the_url(page)["county"] == "Siskiyou"
    assert b"Alturas" not in sent(page)
    page.query_params["event"] = "SHARED"
    page.run()
    next(element for element in page.selectbox if element.label == "Agency").set_value("WPD").run()
    county_of(page).select("Modoc").run()
    assert not page.exception
    assert in_the_url(page) == {"county": "Modoc"}, "what was chosen for one county means nothing in another"
    assert b"Alturas" in sent(page)
    assert not any(secret in sent(page) for secret in SECRETS)
    assert b"This page shows a new version" not in sent(page), "it is another sheet, not a newer one"
    back = page.switch_page("../../pages/staffing.py").run()
    assert in_the_url(back)["county"] == "Modoc", "it stays from page to page"
    assert b"ALTURAS" in sent(back)


def test_browsers_back_button_returns_to_the_county_before(serve_both) -> None:
    serve_both()
    page = opened("calendar", "coordinator")
    county_of(page).select("Modoc").run()
    assert in_the_url(page)["county"] == "Modoc"
    page.query_params["county"] = "Siskiyou"
    page.run()
    assert not page.exception
    assert in_the_url(page)["county"] == "Siskiyou"
    assert county_of(page).value == "Siskiyou"
    assert b"Alturas" not in sent(page)
    county_of(page).select("Modoc").run()
    assert (in_the_url(page)["county"], b"Alturas" in sent(page)) == ("Modoc", True)
    del page.query_params["county"]
    page.run()
    assert in_the_url(page)["county"] == "Modoc", "an address without a county is of the one that is shown"


def test_link_opens_its_county_on_every_page(serve_both) -> None:
    serve_both()
    for page in PAGES:
        shown = opened(page, "coordinator", county="modoc")
        assert not shown.exception, page
        assert county_of(shown).value == "Modoc", page
        assert not any(secret in sent(shown) for secret in SECRETS), page


@each("query", [{}, {"county": "Siskiyou"}, {"county": "Siskiyou", "event": "SHARED"}])
def test_viewer_of_one_county_is_sent_nothing_of_another(serve_both, query: dict[str, str]) -> None:
    serve_both()
    for page in PAGES:
        shown = opened(page, "modoc only", **query)
        assert not shown.exception, page
        assert not any(secret in sent(shown).replace(b'"SHARED"', b"") for secret in [*SECRETS[:2], b"SHERIFFS"]), page
        assert switch(shown) == [], page
        if page in ("overview", "calendar"):
            assert "Modoc" in words(shown), page
            assert b"Alturas" in sent(shown), page


def test_role_applies_only_to_its_county(serve_both) -> None:
    serve_both()
    refused = opened("overview", "not listed")
    assert "You are signed in, but not on the list" in words(refused)
    assert "Ask your county's Coffee with a Cop coordinator to add your address" in words(refused)
    assert [element.value for element in refused.code] == ["x@elsewhere.example"]
    assert [button.label for button in refused.button] == ["Sign out"]
    assert switch(opened("overview", "liaison")) == ["Siskiyou", "Modoc"], "listed for all"
    assert b"ALTURAS" in sent(opened("staffing", "modoc boss"))


def test_one_county_alone_can_be_public(serve_both) -> None:
    serve_both()
    assert b"Alturas" not in sent(opened("overview", "stranger"))
    serve_both(modoc_public=True)
    page = opened("overview", "stranger")
    assert b"Alturas" in sent(page)
    assert b"Alturasson" not in sent(page)
    assert not any(secret in sent(page) for secret in SECRETS)


@each(
    ("who", "title", "auth"),
    [
        ("stranger", r"Sign in with the address of your agency\.", True),
        ("not listed", r"You are signed in\, but not on the list\.", True),
        ("unverified", r"You are signed in\, but your address is not verified\.", True),
        (None, r"This link leads to no county that is open to you\.", False),
    ],
)
def test_county_that_a_viewer_may_not_see_does_not_become_another_one(
    serve_both, who: str | None, title: str, auth: bool
) -> None:
    """One that is not known is answered with the same words, so that nobody learns which counties there are."""
    serve_both(modoc_public=True, auth=auth)
    pages = {asked: opened("overview", who, county=asked) for asked in SAME}
    for asked, page in pages.items():
        assert page.title[0].value == title
        assert f'county "{asked}", which is not known here, or not open to everybody.' in words(page)
        assert b"Alturas" not in sent(page)
        assert in_the_url(page) == {"county": asked}, "sign-in leads back there"
    closed, unknown = pages.values()
    assert [button.label for button in closed.button] == [button.label for button in unknown.button]
    assert ("Sign in" in [button.label for button in closed.button]) is (who == "stranger")
    assert words(closed).replace("Siskiyou", "Atlantis") == words(unknown)
    assert "See the public events in Modoc" in str(blocks(closed))
    assert b"Alturas" in sent(opened("overview", who, county="modoc"))


def test_unknown_county_in_a_link_is_reported_once(serve_both) -> None:
    serve_both()
    page = opened("overview", "coordinator", county="Atlantis **x**")
    assert 'The link asks for county "Atlantis **x**", which is not known here.' in words(page)
    assert in_the_url(page)["county"] == "Siskiyou"
    assert "Atlantis" not in words(page.run())


def test_unreadable_county_does_not_affect_the_other(serve_both, google: SheetsServer) -> None:
    key, book = list(google.books.items())[1]
    del google.books[key]
    try:
        serve_both()
        failing = opened("overview", "coordinator", county="Modoc")
        assert "The sheet cannot be read" in words(failing)
        page = opened("overview", "coordinator")
        assert b"SHARED" in sent(opened("calendar", "coordinator"))
        assert "cannot be read" not in words(page)
    finally:
        google.books[key] = book


def test_single_sheet_has_no_county_switch(serve: Serve, plan_file) -> None:
    serve(Settings(workbook=str(plan_file), public=True))
    page = opened("overview")
    assert switch(page) == []
    assert "county" not in page.query_params


def test_feeds_contain_one_county(serve_both) -> None:
    serve_both(public=True)
    modoc = get("/calendar.ics?county=Modoc")
    assert (modoc.status_code, "Alturas" in modoc.text, "SUMMARY" in modoc.text) == (200, True, True)
    assert "Alturas" not in get("/calendar.ics?county=Siskiyou").text
    assert [get(f"/calendar.ics{asked}").status_code for asked in ("", "?county=Nowhere")] == [404, 404]

    def private(agency: str, county: str, maker: str) -> httpx.Response:
        return get(f"/feed/{token(feeds.write_scope(Scope('agency', agency), county), maker)}.ics")

    assert "Alturas" in private("APD", "Modoc", MODOC_BOSS).text
    assert private("WPD", "Siskiyou", MODOC_BOSS).status_code == 404, "a coordinator of Modoc only"
    assert private("WPD", "Modoc", BOSS).text.count("BEGIN:VEVENT") == 0
    assert "Weed" in private("WPD", "", BOSS).text, "made when there was one sheet: the first"
    assert private("APD", "Nowhere", BOSS).status_code == 404


def answered_alike(status: int, paths: Iterable[str], **headers: str) -> bool:
    """Whether all answers have this status, and nothing but the time tells them apart."""
    answers = {path: get(path, headers=headers) for path in paths}
    for path, answer in answers.items():
        assert answer.status_code == status, (path, answer.text)
        assert not any(secret in answer.content for secret in SECRETS), path
    return len({(a.content, tuple(h for h in a.headers.items() if h[0] != "date")) for a in answers.values()}) == 1


@pytest.mark.usefixtures("public_modoc")
def test_public_pages_are_those_of_the_public_county_alone() -> None:
    def page(path: str) -> httpx.Response:
        return get(f"/public/{path}")

    assert (page("").status_code, ">Modoc<" in page("").text, "Siskiyou" in page("").text) == (200, True, False)
    for path in ("Modoc/", "Modoc/event/ALTURAS.html", "Modoc/embed", "Modoc/share", "Modoc/calendar.ics", "style.css",
                 "source-sans.woff2", "Modoc/source-sans.woff2",
                 "es/", "Modoc/es/", "Modoc/es/event/ALTURAS.html"):  # fmt: skip
        assert page(path).status_code == 200, path
    assert [page(path).headers["location"] for path in ("Modoc", "es", "Modoc/es")] == ["Modoc/", "es/", "es/"]
    assert ('href="../Modoc/es/index.html"' in page("es/").text, "Siskiyou" in page("es/").text) == (True, False)
    assert "https://coffee.example.gov/e/Modoc/ALTURAS" in page("Modoc/event/ALTURAS.html").text
    hidden = ["", "/", "/index.html", "/event/SHARED.html", "/embed?agency=WPD", "/share", "/style.css"]
    hidden.append("/calendar.ics")
    in_spanish = ["/es", "/es/", "/es/event/SHARED.html"]
    for paths in (hidden, in_spanish):
        assert answered_alike(404, [f"/public/{county}{path}" for county in SAME for path in paths])
    assert answered_alike(404, [f"/public/Modoc/event/{name}.html" for name in ("SHARED", "NOTHING")])
    assert answered_alike(400, [f"/public/Modoc/embed?agency={name}" for name in ("WPD", "NOPE")])
    assert answered_alike(400, [f"/public/Modoc/share?town={name}" for name in ("Weed", "NOPE")])


@pytest.mark.usefixtures("public_modoc")
def test_short_addresses_lead_to_the_county_that_they_name() -> None:
    to_page = get("/e/Modoc/ALTURAS").headers["location"]
    assert to_page == "../../public/Modoc/event/ALTURAS.html"
    assert httpx.URL("http://x/e/Modoc/ALTURAS").join(to_page).path == "/public/Modoc/event/ALTURAS.html"
    wrong = ["Siskiyou/SHARED", "Siskiyou/NOTHING", "Atlantis/SHARED", "ALTURAS", ""]
    assert answered_alike(404, [f"/e/{path}" for path in wrong])
    assert answered_alike(404, ["/e/Modoc/SHARED", "/e/Modoc/NOTHING"]), "with a link to Modoc's events"
    signed_in = get("/e/Siskiyou/SHARED", headers={"Cookie": "_streamlit_user=anything"})
    assert signed_in.headers["location"] == "../../calendar?county=Siskiyou&event=SHARED"


@pytest.mark.usefixtures("public_modoc")
def test_without_a_token_a_private_county_is_one_that_does_not_exist() -> None:
    assert b"Alturas" in get("/calendar.ics?county=Modoc").content
    assert answered_alike(404, [f"/calendar.ics?county={name}" for name in SAME])
    events = "/api/v1/events"
    assert [row["id"] for row in get(f"{events}?county=Modoc").json()["events"]] == ["ALTURAS"]
    assert answered_alike(401, [events, f"{events}?county=", *(f"{events}?county={name}" for name in SAME)])
    assert answered_alike(404, [f"{events}/{name}?county=Modoc" for name in ("SHARED", "NOTHING")])
    assert answered_alike(400, [f"{events}?county=Modoc&agency={name}" for name in ("WPD", "NOPE")])
    assert get(f"{events}?county=Modoc&county=Siskiyou").status_code in (400, 401)


@pytest.mark.usefixtures("public_modoc")
def test_token_names_its_county_and_opens_no_other() -> None:
    paths = ["events", "gaps", "alerts", "attendance", "follow-ups", "problems", "changes", "quarter?of=2026-Q4"]
    headers = bearer(token("in Modoc, api:coordinator", MODOC_BOSS))
    for path in paths:
        answer = get(f"/api/v1/{path}", headers=headers)
        assert answer.status_code == 200, (path, answer.text)
        assert not any(secret in answer.content for secret in SECRETS), path
    assert get("/api/v1/events?county=Modoc", headers=headers).json()["events"][0]["id"] == "ALTURAS"
    assert answered_alike(400, [f"/api/v1/events?county={name}" for name in (*SAME, "")], **headers)
    answer = get("/api/v1/events", headers=bearer(token("in Siskiyou, api:coordinator", BOSS)))
    assert {"SHARED", "SHERIFFS"} - {row["id"] for row in answer.json()["events"]} == set()
    assert b"lturas" not in answer.content


@pytest.mark.usefixtures("public_modoc")
def test_token_that_its_maker_could_not_make_there_is_refused() -> None:
    for refused in (
        token("in Siskiyou, api:coordinator", MODOC_BOSS),  # coordinates Modoc alone
        token("in Siskiyou, api:public", MODOC_BOSS),
        token("in Atlantis, api:coordinator", BOSS),
        "a guess",
    ):
        queries = ("", "?county=Siskiyou", "?county=Modoc", "?county=Atlantis")
        assert answered_alike(401, [f"/api/v1/events{query}" for query in queries], **bearer(refused))


def test_events_added_once_have_the_same_uid_as_in_the_feed(serve_both, monkeypatch: pytest.MonkeyPatch) -> None:
    serve_both(public=True)
    file = files_of("calendar", "stranger", monkeypatch, county="Siskiyou", view="agenda")["Calendar file"]()
    feed = get("/calendar.ics?county=Siskiyou").content
    uids = [{str(event["UID"]) for event in icalendar.Calendar.from_ical(text).events} for text in (file, feed)]
    assert uids[0]
    assert uids[0] <= uids[1]


def test_recipients_of_all_counties_are_listed_only_to_coordinators_of_all(serve_both) -> None:
    serve_both(added=(NOTIFY,), address="https://coffee.example.gov")
    labels = {
        who: [element.label for element in opened("sheet_health", who, county="Modoc").expander]
        for who in ("coordinator", "modoc boss")
    }
    panels = {who: [label for label in listed if label.startswith("Notifications")] for who, listed in labels.items()}
    assert panels == {"coordinator": ["Notifications: 0 recipients, 0 waiting, 0 failing"], "modoc boss": []}


def test_version_of_any_county_is_downloaded(serve_both, monkeypatch: pytest.MonkeyPatch) -> None:
    serve_both()
    store = sheets.store()
    assert store is not None
    files = files_of("changes", "coordinator", monkeypatch, county="Modoc")
    with ThreadPoolExecutor(1) as pool:  # as Streamlit makes a file: in a thread without session state
        assert pool.submit(files["Download as .xlsx"]).result().startswith(b"PK")
    siskiyou, modoc = (sheets.current(name).snapshot.url for name in ("Siskiyou", "Modoc"))
    with pytest.raises(LookupError):
        changes._as_xlsx(store.latest(modoc).id, siskiyou)


@each("county", ["", "Modoc", "A: b", "agency", "in"])
@each("scope", ["public", "agency:WPD", "officer:OF-1: public", "agency:x: agency:y"])
def test_token_scope_survives_a_round_trip(scope: str, county: str) -> None:
    parsed = Scope.parse(scope)
    assert parsed is not None
    assert feeds.read(feeds.write_scope(parsed, county)) == (county, parsed)


@each("agencies", [("WPD",), ("A|B", "C%7CD"), ("100% of Weed", "agency:x")])
def test_token_for_agencies_survives_a_round_trip(agencies: tuple[str, ...]) -> None:
    scope = ApiScope("agency", agencies)
    assert api_routes.read(feeds.write_scope(scope, "Modoc")) == ("Modoc", scope)


def test_links_between_pages_keep_the_county(serve_both) -> None:
    serve_both()
    asked: list[Mapping[str, str]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("streamlit.page_link", lambda *_, query_params, **__: asked.append(query_params))
        patch.setattr("streamlit.session_state", {widgets.COUNTY: "Modoc"})
        widgets.link("changes", "See what changed", {"since": "A date"})
    assert asked == [{"county": "Modoc", "since": "A date"}]


# --- each with a source of its own: settings, commands, pages and calendars, end to end -------------------------------


TOWNS = {"Key": "Weed", "Default": "Yreka", "Link": "Weed", "Graph": "Weed", "Old": "Etna", "New": "Dorris"}
DAY = plan.TODAY + dt.timedelta(days=7)


def of_town(town: str, folder: Path) -> Path:
    """A workbook with one event in a town; each has the same event ID."""
    header: list[Cell] = ["Event ID", "Date", "Start", "Title", "Town", "Venue", "Lead agency", "Status"]
    event: list[Cell] = ["EV-1", DAY, dt.time(9), f"Coffee in {town}", town, "Cafe", "WPD", "Confirmed"]
    return plan.save_tabs(folder / f"{town}.xlsx", {"Events": [header, event]})


@pytest.fixture
def places(tmp_path: Path) -> Iterator[Everywhere]:
    with (
        Everywhere(of_town("Weed", tmp_path).read_bytes(), tmp_path) as running,
        on_this_machine(running, tmp_path),
    ):
        second = SheetsServer(of_town("Yreka", tmp_path)).book
        running.google.books[second.id] = second
        tables: list[dict[str, Any]] = [
            {"county": "Key", "address": running.google.url},
            # The same sheet under another ID: both are read from one stand-in.
            {"county": "Default", "address": second.url, "credentials": "default"},
            {"county": "Link", "address": running.address("link"), "credentials": "none"},
            {"county": "Graph", "address": running.address("secret")},
            {"county": "Old", "workbook": str(of_town("Etna", tmp_path))},
            {"county": "New", "workbook": str(of_town("Dorris", tmp_path)), "calendar_id": "new"},
        ]
        write_settings(
            toml(
                {
                    "connections.gsheets": {"spreadsheet": tables, **running.gsheets("key")},
                    "connections.microsoft": running.microsoft("secret"),
                    "cwac": {"store": f"sqlite:///{tmp_path}/store.sqlite3"},
                    "access": {"public": True},
                }
            ),
            tmp_path,
        )
        yield running
    sheets.stop()


@pytest.mark.slow
@pytest.mark.usefixtures("places")
def test_commands_read_each_county_from_its_own_source() -> None:
    for county, town in TOWNS.items():
        ended = CliRunner().invoke(main, ["export", "events", county, "--format", "csv"])
        assert ended.exit_code == 0, (county, ended.output)
        assert f"Coffee in {town}" in ended.stdout, county
    assert "Say which to read: Key, Default, Link, Graph, Old, New." in CliRunner().invoke(main, ["check"]).output
    doctor = CliRunner().invoke(main, ["doctor"]).output
    for county in TOWNS:
        assert f"PASS  events            {county}: The tab Events was found." in re.sub(r" {12,}", " " * 12, doctor)
    assert "The settings name 6 sheets and files, one for each county." in doctor


def test_connect_checks_each_county_and_goes_on_after_a_failure(places: Everywhere) -> None:
    ended = CliRunner().invoke(main, ["connect"])
    assert ended.exit_code == 0, ended.output
    assert ended.stdout.count("✓ rows read: 1 row.") == len(TOWNS)
    assert [f"{county}:" for county in TOWNS] == [line for line in ended.stdout.splitlines() if line.endswith(":")
                                                     and line[:-1] in TOWNS]  # fmt: skip
    places.graph.links.clear()
    failed = CliRunner().invoke(main, ["connect"])
    assert (failed.exit_code, failed.stdout.count("✓ rows read")) == (2, len(TOWNS) - 1)
    assert "Error: Not every county can be read: Graph." in failed.output
    assert "another one there by hand" in CliRunner().invoke(main, ["connect", "plan.xlsx"]).output


def uids(text: str) -> list[str]:
    return [str(event["UID"]) for event in Calendar.from_ical(text).walk("VEVENT")]


@pytest.mark.slow
@pytest.mark.usefixtures("places")
def test_pages_feeds_and_files_tell_the_counties_apart() -> None:
    sheets.start(load())
    for name in sheets.names():
        sheets.poller(name).look()
    assert {name: live.trouble for name in sheets.names() if (live := sheets.current(name)).snapshot is None} == {}
    client = Client(Starlette(routes=feeds.ROUTES))
    by_feed = {name: uids(client.get(f"/calendar.ics?county={name}").text) for name in sheets.names()}
    assert by_feed["Old"] == [ical.uid("EV-1", None)]  # as while it was the only file
    assert by_feed["New"] == [ical.uid("EV-1", None, "new")]
    assert len({uid for uids in by_feed.values() for uid in uids}) == len(TOWNS)
    for name in sheets.names():
        page = opened("calendar", county=name, date=str(DAY))
        assert not page.exception
        assert f"Coffee in {TOWNS[name]}".encode() in sent(page), name
        exported = CliRunner().invoke(main, ["export", "events", name, "--format", "ics"])
        assert uids(exported.stdout) == by_feed[name], name


@pytest.mark.slow
@pytest.mark.usefixtures("places")
def test_published_pages_have_the_same_uids(tmp_path: Path) -> None:
    ended = CliRunner().invoke(main, ["publish", str(tmp_path / "site"), "--address", "https://www.example.gov/c"])
    assert ended.exit_code == 0, ended.output
    published = {path.parent.name: uids(path.read_text()) for path in (tmp_path / "site").glob("*/calendar.ics")}
    assert (published["Old"], published["New"]) == ([ical.uid("EV-1", None)], [ical.uid("EV-1", None, "new")])


@pytest.mark.slow
def test_no_secret_is_on_a_page_of_a_source_that_works_or_fails(places: Everywhere) -> None:
    sheets.start(replace(load(), auth=True, coordinators=("boss@county.example.gov",)))
    secrets: set[str] = set()
    for fails in (False, True):
        if fails:
            places.google.fail("unauthorized", None)
            places.link.fail("403", None)
            places.graph.fail("403", None)
        for name in sheets.names():
            sheets.poller(name).look(asked=True)
            secrets.update(places.secrets())
            for page in ("overview", "sheet_health"):
                shown = opened(page, "coordinator", county=name)
                assert not shown.exception
                assert [secret for secret in secrets if secret.encode() in sent(shown)] == [], (name, page, fails)
    assert sheets.current("Graph").trouble is not None
    assert sheets.current("Key").trouble is not None

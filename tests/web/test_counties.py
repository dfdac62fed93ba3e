"""Several counties: the switch, access to each, and no data of one county in another."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import httpx
import icalendar
import pytest
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

from cwac.api import tokens as api_tokens
from cwac.api.tokens import ApiScope
from cwac.clock import read_clock
from cwac.exports.ical import Scope
from cwac.refresh import sheets
from cwac.settings import County, Settings
from cwac.web import feeds, widgets
from cwac.web.sections import changes
from tests.api.test_routes import Client
from tests.notify.county import NOTIFY
from tests.server import SheetsServer
from tests.server.grid import Spreadsheet
from tests.web import plan
from tests.web.conftest import CLAIMS, PAGES, SIGNED_IN, Serve, blocks, opened, sent, words
from tests.web.test_calendar_page import files_of

CLAIMS["modoc only"] = SIGNED_IN | {"email": "one@alturas.example.gov"}
CLAIMS["modoc boss"] = SIGNED_IN | {"email": "both@state.example.gov"}
SECRETS = [b"Planted", b"planted", b"SHARED", b"SHERIFFS"]
"""Of the first county: officers' names, text in private columns, event IDs."""


@pytest.fixture(scope="module")
def google() -> Iterator[SheetsServer]:
    """Siskiyou is the plan; Modoc has one event, one agency and one officer of its own."""
    with SheetsServer(plan.workbook()) as server:
        book = Spreadsheet.from_workbook(plan.modoc(), "Modoc")
        server.books[book.id] = book
        yield server


@pytest.fixture
def serve_both(google: SheetsServer, tmp_path) -> Iterator[Callable[..., None]]:
    siskiyou, modoc = google.books.values()

    def start(**chosen: object) -> None:
        sheets.start(
            Settings(
                gsheets={key: value for key, value in google.gsheets.items() if key != "spreadsheet"},
                store=f"sqlite:///{tmp_path}/store.sqlite3",
                auth=True,
                viewers=("@wpd.example.gov",),
                coordinators=("boss@county.example.gov",),
                counties=(
                    County("Siskiyou", siskiyou.url),
                    County(
                        "Modoc", modoc.url, viewers=("@alturas.example.gov",), coordinators=("both@state.example.gov",)
                    ),
                ),
                **chosen,
            )
        )
        read_all()

    yield start
    sheets.stop()


def read_all() -> None:
    """Read each county's sheet at once: by themselves, all but the first wait for their share of Google's quota."""
    for name in sheets.names():
        sheets.poller(name).look()


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
    next(element for element in page.selectbox if element.label == "County").select("Modoc").run()
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
    next(element for element in page.selectbox if element.label == "County").select("Modoc").run()
    assert in_the_url(page)["county"] == "Modoc"
    page.query_params["county"] = "Siskiyou"
    page.run()
    assert not page.exception
    assert in_the_url(page)["county"] == "Siskiyou"
    assert next(element for element in page.selectbox if element.label == "County").value == "Siskiyou"
    assert b"Alturas" not in sent(page)
    next(element for element in page.selectbox if element.label == "County").select("Modoc").run()
    assert (in_the_url(page)["county"], b"Alturas" in sent(page)) == ("Modoc", True)


def test_link_opens_its_county_on_every_page(serve_both) -> None:
    serve_both()
    for page in PAGES:
        shown = opened(page, "coordinator", county="modoc")
        assert not shown.exception, page
        assert next(element for element in shown.selectbox if element.label == "County").value == "Modoc", page
        assert not any(secret in sent(shown) for secret in SECRETS), page


@pytest.mark.parametrize("query", [{}, {"county": "Siskiyou"}, {"county": "Siskiyou", "event": "SHARED"}])
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
    assert "You are signed in, but not on the list" in words(opened("overview", "not listed"))
    assert switch(opened("overview", "liaison")) == ["Siskiyou", "Modoc"], "listed for all"
    assert b"ALTURAS" in sent(opened("staffing", "modoc boss"))


def test_one_county_alone_can_be_public(serve_both) -> None:
    serve_both()
    assert b"Alturas" not in sent(opened("overview", "stranger"))
    closed = sheets.running().settings
    siskiyou, modoc = closed.counties
    sheets.start(replace(closed, counties=(siskiyou, replace(modoc, public=True))))
    read_all()
    page = opened("overview", "stranger")
    assert b"Alturas" in sent(page)
    assert b"Alturasson" not in sent(page)
    assert not any(secret in sent(page) for secret in SECRETS)


@pytest.mark.parametrize(
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
    serve_both()
    closed = sheets.running().settings
    siskiyou, modoc = closed.counties
    sheets.start(replace(closed, auth=auth, counties=(siskiyou, replace(modoc, public=True))))
    read_all()
    pages = {asked: opened("overview", who, county=asked) for asked in ("Siskiyou", "Atlantis")}
    for asked, page in pages.items():
        assert page.title[0].value == title
        assert f'county "{asked}", which is not known here, or not open to everybody.' in words(page)
        assert b"Alturas" not in sent(page)
        assert in_the_url(page) == {"county": asked}, "sign-in leads back there"
    labels = {asked: [button.label for button in page.button] for asked, page in pages.items()}
    assert labels["Siskiyou"] == labels["Atlantis"]
    assert ("Sign in" in labels["Siskiyou"]) is (who == "stranger")
    assert words(pages["Siskiyou"]).replace("Siskiyou", "Atlantis") == words(pages["Atlantis"])
    assert "See the public events in Modoc" in str(blocks(pages["Siskiyou"]))
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


# --- feeds ----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_feeds_contain_one_county(serve_both) -> None:
    serve_both(public=True)
    store, now = sheets.store(), read_clock()
    assert store is not None
    client = Client(Starlette(routes=feeds.ROUTES))
    modoc = client.get("/calendar.ics?county=Modoc")
    assert (modoc.status_code, "Alturas" in modoc.text, "SUMMARY" in modoc.text) == (200, True, True)
    assert "Alturas" not in client.get("/calendar.ics?county=Siskiyou").text
    assert [client.get(f"/calendar.ics{asked}").status_code for asked in ("", "?county=Nowhere")] == [404, 404]

    def private(scope: Scope, county: str, maker: str) -> httpx.Response:
        token = store.create_token(feeds.write_scope(scope, county), maker, now, now + dt.timedelta(days=1))
        return client.get(f"/feed/{token}.ics")

    apd, wpd, boss = Scope("agency", "APD"), Scope("agency", "WPD"), "both@state.example.gov"
    assert "Alturas" in private(apd, "Modoc", boss).text
    assert private(wpd, "Siskiyou", boss).status_code == 404, "a coordinator of Modoc only"
    assert private(wpd, "Modoc", "boss@county.example.gov").text.count("BEGIN:VEVENT") == 0
    assert "Weed" in private(wpd, "", "boss@county.example.gov").text, "made when there was one sheet: the first"
    assert private(apd, "Nowhere", "boss@county.example.gov").status_code == 404


def test_events_added_once_have_the_same_uid_as_in_the_feed(serve_both, monkeypatch: pytest.MonkeyPatch) -> None:
    serve_both(public=True)
    file = files_of("calendar", "stranger", monkeypatch, county="Siskiyou", view="agenda")["Calendar file"]()
    feed = Client(Starlette(routes=feeds.ROUTES)).get("/calendar.ics?county=Siskiyou").content
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


@pytest.mark.parametrize("county", ["", "Modoc", "A: b", "agency", "in"])
@pytest.mark.parametrize("scope", ["public", "agency:WPD", "officer:OF-1: public", "agency:x: agency:y"])
def test_token_scope_survives_a_round_trip(scope: str, county: str) -> None:
    parsed = Scope.parse(scope)
    assert parsed is not None
    assert feeds.read(feeds.write_scope(parsed, county)) == (county, parsed)


@pytest.mark.parametrize("agencies", [("WPD",), ("A|B", "C%7CD"), ("100% of Weed", "agency:x")])
def test_token_for_agencies_survives_a_round_trip(agencies: tuple[str, ...]) -> None:
    scope = ApiScope("agency", agencies)
    assert api_tokens.read(feeds.write_scope(scope, "Modoc")) == ("Modoc", scope)


def test_links_between_pages_keep_the_county(serve_both) -> None:
    serve_both()
    asked: list[Mapping[str, str]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("streamlit.page_link", lambda *_, query_params, **__: asked.append(query_params))
        patch.setattr("streamlit.session_state", {widgets.COUNTY: "Modoc"})
        widgets.link("changes", "See what changed", {"since": "A date"})
    assert asked == [{"county": "Modoc", "since": "A date"}]

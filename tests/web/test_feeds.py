"""Calendar feeds over HTTP, on a plan that changes between requests, and the menu that makes private links."""

import datetime as dt
import logging
import re
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import icalendar
import pytest
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

from cwac import access
from cwac.clock import read_clock
from cwac.exports import ical
from cwac.refresh import sheets
from cwac.settings import Rules, Settings
from cwac.storage import backup, revisions
from cwac.storage.store import Store
from cwac.web import feeds
from cwac.web.calendar.page import SUBSCRIBE
from cwac.web.sections import subscribe
from cwac.web.sections.subscribe import MOST_LINKS
from cwac.web.session import Session
from tests.api.test_routes import Client
from tests.cases import each
from tests.web import plan
from tests.web.conftest import CLAIMS, Serve, closed_to_strangers, opened, words
from tests.web.served import until

NOW = read_clock()
PUBLIC = ["GONE", "RAINED", "SHARED", "SHERIFFS", "UNCOUNTED"]
CLIENT = Client(Starlette(routes=feeds.ROUTES))
get = CLIENT.get


@pytest.fixture
def start(tmp_path) -> Iterator[Any]:
    """A function that starts polling the plan with these settings."""

    def start(**chosen: Any) -> None:
        if not (tmp_path / "plan.xlsx").exists():
            plan.save(tmp_path / "plan.xlsx")
        settings = {"workbook": str(tmp_path / "plan.xlsx"), "store": f"sqlite:///{tmp_path}/store.sqlite3"}
        live = sheets.start(Settings(**(settings | chosen))).wait(20)
        assert live.snapshot is not None, live.trouble

    yield start
    sheets.stop()


def edit(tmp_path, rows: plan.Rows) -> None:
    """Change the Events tab of the plan and show it."""
    before = sheets.current().generation
    plan.save(tmp_path / "plan.xlsx", Events=rows)
    sheets.poller().look()
    assert sheets.current().generation != before


def until_kept(version: int) -> None:
    until(lambda: sheets.current().version == version)


def with_shared(**cells: object) -> plan.Rows:
    """The plan's events, with other cells in the row of SHARED."""
    header, *rows = plan.tabs()["Events"]
    for name, cell in cells.items():
        rows[0][header.index(name.replace("_", " "))] = cell
    return [header, *rows]


MOVED = with_shared(Start=9 / 24, End=10.5 / 24)


def unnamed(day: int, **cells: object) -> plan.Rows:
    """The plan, with one event that has no ID."""
    return with_shared(**{"Event_ID": None, "Date": plan.serial(plan.TODAY + dt.timedelta(days=day)), **cells})


MADE_ID = f"{plan.TODAY + dt.timedelta(days=3)}-weed"


def events_of(text: bytes) -> dict[str, Any]:
    """The events by ID."""
    return {str(event["UID"]).split("@")[0]: event for event in icalendar.Calendar.from_ical(text).events}


def events(path: str = "/calendar.ics") -> dict[str, Any]:
    answer = get(path)
    assert answer.status_code == 200
    return events_of(answer.content)


def sequences() -> dict[str, int]:
    """Event ID -> sequence, of the events that were ever changed."""
    every = {name: int(event["SEQUENCE"]) for name, event in events().items()}
    return {name: sequence for name, sequence in every.items() if sequence}


def token(scope: str, made_by: str = feeds.LOCAL, expires: dt.datetime | None = None) -> str:
    return sheets.store().create_token(scope, made_by, read_clock(), expires)


def feed(scope: str = "agency:WPD", made_by: str = feeds.LOCAL) -> str:
    """The address of a new private calendar."""
    return f"/feed/{token(scope, made_by)}.ics"


def test_public_calendar_is_off_by_default(start):
    start(local=True)
    answer = get("/calendar.ics")
    assert (answer.status_code, answer.text) == (404, "Not found\n")


def test_public_calendar_holds_confirmed_events_without_names(start):
    start(public=True)
    answer = get("/calendar.ics")
    assert sorted(events_of(answer.content)) == PUBLIC
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"] == "public, no-cache"
    assert b"lanted" not in answer.content.replace(b"\r\n ", b"")


def test_query_parameters_filter_the_calendar(start):
    start(public=True)
    expected = {
        "agency=WPD": ["GONE", "SHARED", "UNCOUNTED"],
        "agency=WPD&agency=SCSO": PUBLIC,
        "town=Yreka": ["SHERIFFS", "UNCOUNTED"],
        "status=Cancelled": ["RAINED"],
        "agency=WPD&town=Weed&status=Confirmed": ["SHARED"],
        "status=Tentative": [],
        "town=Nowhere": [],
        "unknown=1": PUBLIC,
    }
    assert {query: sorted(events(f"/calendar.ics?{query}")) for query in expected} == expected


def test_public_calendar_comes_in_spanish_with_the_same_events(start):
    start(public=True, local=True)
    english, spanish = get("/calendar.ics"), get("/calendar.ics?lang=es&remind=1d")
    assert b"NAME:Coffee with a Cop\r\n" in english.content
    assert "NAME:Café con un policía\r\n" in spanish.text
    assert "DESCRIPTION:Confirmado." in spanish.text
    assert events_of(spanish.content).keys() == events_of(english.content).keys()
    assert get("/calendar.ics?lang=en").content == get("/calendar.ics?lang=fr").content == english.content
    private = feed()
    assert get(f"{private}?lang=es").content == get(private).content


def test_reminders_are_added_to_public_and_private_calendars_on_request(start):
    start(public=True, local=True)
    for path in ("/calendar.ics", feed()):
        for query, triggers in (
            ("remind=1d,2h", {"-P1D", "-PT2H"}),
            ("remind=2h&remind=1d", {"-P1D", "-PT2H"}),
            ("remind=1d", {"-P1D"}),
            ("remind=5m", set()),
            ("remind=", set()),
        ):
            alarms = [alarm for event in events(f"{path}?{query}").values() for alarm in event.walk("VALARM")]
            assert {alarm["TRIGGER"].to_ical().decode() for alarm in alarms} == triggers
            assert (get(f"{path}?{query}").content == get(path).content) is (not triggers)


def test_canceled_event_stays_in_the_public_calendar_with_a_higher_sequence(start, tmp_path):
    start(public=True, local=True)
    assert sequences() == {}
    edit(tmp_path, with_shared(Status="Canceled"))
    public, private = events()["SHARED"], events(feed())["SHARED"]
    assert (public["STATUS"], public["TRANSP"], private["STATUS"]) == ("CONFIRMED", "TRANSPARENT", "CANCELLED")
    assert public["SUMMARY"].startswith("Canceled: ")
    assert sequences() == {"SHARED": 1}


def test_unchanged_calendar_answers_not_modified(start, tmp_path):
    start(public=True)
    tag = get("/calendar.ics").headers["etag"]
    for if_none_match in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        again = get("/calendar.ics", headers={"If-None-Match": if_none_match})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    edit(tmp_path, MOVED)
    changed = get("/calendar.ics", headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag
    assert CLIENT.request("HEAD", "/calendar.ics").headers["etag"] == changed.headers["etag"]


def test_cached_calendar_is_sent_while_others_queue(start, monkeypatch):
    start(public=True)
    made = get("/calendar.ics?town=Weed")
    monkeypatch.setattr(feeds, "_queue", threading.BoundedSemaphore(1))
    with feeds._queue:
        later = get("/calendar.ics?town=Yreka")
        assert (later.status_code, later.headers["retry-after"]) == (503, "30")
        assert get("/calendar.ics?town=Weed").content == made.content
    assert get("/calendar.ics?town=Yreka").status_code == 200


def test_calendar_is_compressed_for_clients_that_accept_gzip(start):
    start(public=True)
    tag = get("/calendar.ics").headers["etag"]
    for accepted, coding in (("br,GZIP;q=0.5", "gzip"), ("br, gzip;q=0", None)):
        answer = get("/calendar.ics", headers={"Accept-Encoding": accepted})
        assert (answer.headers.get("content-encoding"), answer.headers["vary"]) == (coding, "Accept-Encoding")
        assert sorted(events_of(answer.content)) == PUBLIC
        assert answer.headers["etag"] == tag


def test_cache_of_calendars_is_bounded_in_bytes(start, monkeypatch):
    start(public=True)
    feeds._cache.clear()
    get("/calendar.ics?town=Weed")
    (size,) = [calendar.size for calendar in feeds._cache.values()]
    monkeypatch.setattr(feeds, "_MAX_BYTES", size - 1)
    get("/calendar.ics")
    assert len(feeds._cache) == 0


def test_sequence_continues_after_a_purge_and_a_restart(start, tmp_path):
    start(public=True)
    edit(tmp_path, MOVED)
    assert sequences() == {"SHARED": 1}
    until_kept(2)
    assert sequences() == {"SHARED": 1}
    assert sheets.store().purge(1, "test", "test", NOW) is not None
    sheets.stop()
    plan.save(tmp_path / "plan.xlsx")  # the first plan again, which is another change
    start(public=True)
    until(lambda: sequences() == {"SHARED": 2})


def test_event_without_an_id_keeps_its_uid_when_its_date_changes(start, tmp_path):
    start(public=True)
    edit(tmp_path, unnamed(3))
    until_kept(2)
    assert MADE_ID in events()
    assert MADE_ID not in sequences()
    edit(tmp_path, unnamed(4))
    assert sequences()[MADE_ID] == 1
    until_kept(3)
    sheets.stop()
    revisions._cache.clear()
    plan.save(tmp_path / "plan.xlsx", Events=unnamed(9))
    start(public=True)
    until(lambda: sequences().get(MADE_ID) == 2)
    assert len([name for name in events() if name.startswith("20")]) == 1


def test_feeds_go_on_where_they_were_after_a_lost_store_is_restored(start, tmp_path, monkeypatch):
    monkeypatch.setattr(backup, "LOCK_SECONDS", 0.01)
    start(public=True, local=True)
    paths = ("/calendar.ics", feed())
    edit(tmp_path, MOVED)
    until_kept(2)
    before = {path: get(path).content for path in paths}
    assert sequences() == {"SHARED": 1}
    backup.back_up(sheets.store(), tmp_path / "copy")
    store = Store(f"sqlite:///{tmp_path}/store.sqlite3")
    with pytest.raises(backup.BackupRefused, match="stop the dashboard"):
        backup.restore(store, tmp_path / "copy", "cli:tester", NOW)

    sheets.stop()
    for part in tmp_path.glob("store.sqlite3*"):
        part.unlink()
    revisions._cache.clear()
    feeds._cache.clear()
    backup.restore(store, tmp_path / "copy", "cli:tester", NOW)
    start(public=True, local=True)
    assert {path: get(path).content for path in paths} == before


def test_downloaded_file_has_the_uid_sequence_and_link_of_the_feed(start, tmp_path):
    start(public=True, local=True, address="https://coffee.example.gov")
    for version, day in ((2, 3), (3, 4)):
        edit(tmp_path, unnamed(day))
        until_kept(version)
    snapshot = sheets.current().snapshot
    viewer = access.Viewer("coordinator")
    session = Session(viewer, snapshot, snapshot.today, NOW, Rules(), None, ((), snapshot))
    (moved,) = [event for event in snapshot.events if event.made_id]
    file = subscribe.calendar_file(session, ical.ALL, [moved])
    assert b"METHOD:PUBLISH" in file
    ((uid, written),) = events_of(file).items()
    assert (uid, int(written["SEQUENCE"])) == (MADE_ID, 1)
    assert str(written["URL"]) == f"https://coffee.example.gov/calendar?event={moved.id}"


def test_event_without_id_and_town_is_in_no_feed(start, tmp_path):
    start(public=True, local=True)
    edit(tmp_path, unnamed(3, Town=None, Venue="a park"))
    assert any(event.id.endswith("-unknown") for event in sheets.current().snapshot.events)
    assert sorted(events()) == [name for name in PUBLIC if name != "SHARED"]
    assert sorted(events(feed())) == ["GONE", "MAYBE", "UNCOUNTED"]


def test_events_link_to_the_dashboard_if_its_address_is_known(start):
    def links(path: str = "/calendar.ics") -> set[str]:
        return {str(event.get("URL")) for event in events(path).values()}

    start(public=True)
    assert links() == {"None"}
    start(public=True, local=True, address="https://coffee.example.gov")
    assert "https://coffee.example.gov/calendar?event=SHARED" in links()
    assert "https://coffee.example.gov/calendar?event=MAYBE" in links(feed())


@each(
    ("scope", "listed", "name"),
    [
        ("agency:WPD", ["GONE", "MAYBE", "SHARED", "UNCOUNTED"], b"Plantedsample"),
        ("officer:OF-02", ["SHERIFFS"], b"Planteddemo"),
    ],
)
def test_calendar_of_an_agency_and_of_an_officer_names_its_own_officers(start, scope, listed, name):
    start(local=True)
    answer = get(feed(scope))
    assert sorted(events_of(answer.content)) == listed
    assert answer.headers["cache-control"] == "private, no-cache"
    assert name in answer.content.replace(b"\r\n ", b"")


def test_invalid_token_is_not_found(start):
    start(local=True)
    good, gone = token("agency:WPD"), token("agency:WPD")
    late = token("agency:WPD", expires=read_clock() - dt.timedelta(seconds=1))
    sheets.store().revoke_token(sheets.store().tokens()[1].id, "test", NOW)
    texts = [gone, late, good[:-1], good.upper(), "x", token("all"), token("public:x"), token("agency:WPD", "sample")]
    answers = [get(f"/feed/{text}.ics") for text in texts]
    assert {(answer.status_code, answer.text) for answer in answers} == {(404, "Not found\n")}
    assert get(f"/feed/{good}.ics").status_code == 200
    assert len(good) >= 43  # 256 bits


@each(
    ("chosen", "maker", "status"),
    [
        ({"auth": True, "coordinators": ("boss@example.gov",)}, "boss@example.gov", 200),
        ({"auth": True, "viewers": ("@wpd.example.gov",)}, "liaison@wpd.example.gov", 200),
        ({"auth": True, "viewers": ("@sheriff.example.gov",)}, "liaison@sheriff.example.gov", 404),
        ({"auth": True}, "boss@example.gov", 404),
        ({}, "boss@example.gov", 404),
        ({}, feeds.LOCAL, 404),
        ({"auth": True, "local": True}, feeds.LOCAL, 404),
        ({"local": True}, feeds.LOCAL, 200),
        ({"local": True}, feeds.SAMPLE, 404),
    ],
)
def test_link_stops_when_its_maker_loses_access(start, chosen, maker, status):
    start(**chosen)
    assert get(feed(made_by=maker)).status_code == status


def test_token_is_neither_logged_nor_stored(start, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    start(local=True)
    text = token("agency:WPD")
    get(f"/feed/{text}.ics")
    sheets.store()._engine.dispose()
    logged = "".join(record.getMessage() for record in caplog.records if not record.name.startswith("httpx"))
    assert text not in logged
    assert all(text.encode() not in path.read_bytes() for path in tmp_path.glob("store.sqlite3*"))


# --- the menu: the limit per person, and the message beyond it --------------------------------------------------------


TOO_MANY = "as many as one person may have. Turn off one"


@pytest.fixture
def store(serve: Serve, plan_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """The store of a plan that a local coordinator views."""
    monkeypatch.setattr("cwac.web.viewer.is_local", lambda _: True)
    serve(Settings(workbook=str(plan_file), local=True, store=f"sqlite:///{tmp_path}/store.sqlite3"))
    kept = sheets.store()
    assert kept is not None
    return kept


def pressed(label: str) -> AppTest:
    page = opened("reports" if label == "Make a token" else "calendar")
    page.session_state[SUBSCRIBE] = True
    return press(page.run(), label)


def press(page: AppTest, label: str) -> AppTest:
    """Press the first button of that label."""
    return next(button for button in page.button if button.label == label).click().run()


def test_link_beyond_the_limit_is_refused_with_advice(store: Store) -> None:
    for _ in range(MOST_LINKS - 1):
        store.create_token("agency:WPD", feeds.LOCAL, read_clock(), None)
    page = pressed("Make a private link")
    assert TOO_MANY not in words(page)
    assert "This link is shown only now" in "\n".join(button.value for button in page.success)
    assert len(store.tokens()) == MOST_LINKS
    page = pressed("Make a private link")
    advice = f"{TOO_MANY} that nobody uses any more, under Subscribe, and try again."
    assert f"You have {MOST_LINKS} private links, {advice}" in words(page)
    assert len(page.success) == 0
    assert len(store.tokens()) == MOST_LINKS
    page = press(press(page, "Turn off"), "Make a private link")
    assert TOO_MANY not in words(page)
    assert len(page.success) == 1


@pytest.mark.slow
def test_coordinator_makes_a_token_for_another_program(store: Store) -> None:
    page = pressed("Make a token")
    (token,) = store.tokens()
    assert token.scope == "api:public"
    now = read_clock()
    shown = [code.value for code in page.code if store.find_token(code.value, now) is not None]
    assert len(shown) == 1
    listed = r"API, public, until \w+, \w+ \d+, \d{4}, made \w+, \w+ \d+(, \d{4})?, \d+:\d\d [AP]M"
    assert re.search(listed, words(page))
    assert "API, public" not in words(pressed("Make a private link")), "the calendar lists no token of a program"
    press(page, "Turn off")
    assert store.find_token(shown[0], now) is None


def test_liaison_may_make_no_token(serve: Serve, plan_file: Path) -> None:
    serve(closed_to_strangers(plan_file))
    for viewer, may in (("liaison", False), ("coordinator", True)):
        assert ("Make a token" in {button.label for button in opened("reports", viewer).button}) == may


def test_person_who_coordinates_no_more_finds_their_tokens_under_subscribe(
    serve: Serve, plan_file: Path, tmp_path: Path
) -> None:
    serve(replace(closed_to_strangers(plan_file), store=f"sqlite:///{tmp_path}/store.sqlite3"))
    kept = sheets.store()
    assert kept is not None
    kept.create_token("api:public", str(CLAIMS["liaison"]["email"]), read_clock(), None)
    page = opened("calendar", "liaison")
    page.session_state[SUBSCRIBE] = True
    assert "API, public" in words(page.run())


def test_chosen_reminders_are_in_every_link_of_the_menu(store: Store) -> None:
    page = pressed("Make a private link")
    pills = next(group for group in page.get("button_group") if group.label == "Remind me of each event")
    assert "remind=" not in links(page)
    page = pills.set_value(["2h", "1d"]).run()
    private = next(token for token in store.tokens())
    assert private.scope.startswith("agency:")  # reminders are in the link only
    assert links(page).count("remind=1d,2h") == links(page).count("webcal://") > 0


def links(page: AppTest) -> str:
    """The addresses of the buttons that open a calendar program."""
    return "\n".join(element.proto.url for element in page.get("link_button") if "webcal://" in element.proto.url)


@pytest.mark.usefixtures("store")
@each(("label", "container"), [("Make a private link", "success"), ("Make a token", "code")])
def test_made_link_is_shown_in_its_county_only(label: str, container: str) -> None:
    page = pressed(label)
    assert len(getattr(page, container)) == 1
    key = "_private-feed" if container == "success" else "_api-token"
    page.session_state[key] = ("Modoc", *page.session_state[key][1:])
    assert len(getattr(page.run(), container)) == 0


def test_everybody_who_opens_the_sample_sees_only_its_own_links(serve: Serve, tmp_path: Path) -> None:
    """A county may try the sample over its own store; whoever opens the sample counts as its coordinator."""
    address = f"sqlite:///{tmp_path}/store.sqlite3"
    with closing(Store.open(address)) as kept:
        kept.create_token("agency:WPD", "boss@county.example.gov", read_clock(), None)
    serve(Settings(store=address))
    page = pressed("Make a private link")
    assert len([button for button in page.button if button.label == "Turn off"]) == 1
    assert "boss@county" not in str(page.main)

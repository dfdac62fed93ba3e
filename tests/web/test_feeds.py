"""Calendar feeds over HTTP, on a plan that changes between requests."""

import datetime as dt
import logging
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import icalendar
import pytest
import uvicorn
from starlette.applications import Starlette

from cwac import access
from cwac.clock import read_clock
from cwac.exports import ical
from cwac.refresh import sheets
from cwac.settings import Rules, Settings
from cwac.storage import backup, revisions
from cwac.storage.store import Store
from cwac.web import feeds
from cwac.web.sections import subscribe
from cwac.web.session import Session
from tests.web import plan
from tests.web.served import until

NOW = read_clock()


@pytest.fixture(scope="module")
def address():
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=feeds.ROUTES), port=0, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def start(tmp_path, address):
    """A function that starts polling the plan with these settings, and returns an HTTP client."""

    def start(**chosen):
        path = plan.save(tmp_path / "plan.xlsx")
        settings = Settings(**{"workbook": str(path), "store": f"sqlite:///{tmp_path}/store.sqlite3"} | chosen)
        live = sheets.start(settings).wait(20)
        assert live.snapshot is not None, live.trouble
        return client

    with httpx.Client(base_url=address) as client:
        try:
            yield start
        finally:
            sheets.stop()


def edit(tmp_path, **changed):
    """Change rows of the plan and show them."""
    before = sheets.current().generation
    plan.save(tmp_path / "plan.xlsx", **changed)
    sheets.poller().look()
    assert sheets.current().generation != before


def moved():
    rows = [list(row) for row in plan.tabs()["Events"]]
    rows[1][2] = 9 / 24
    rows[1][3] = 10.5 / 24
    return rows


def uids(response):
    assert response.status_code == 200
    return sorted(str(event["UID"]).split("@")[0] for event in icalendar.Calendar.from_ical(response.content).events)


def token(scope, made_by=feeds.LOCAL, expires=None):
    return sheets.store().create_token(scope, made_by, read_clock(), expires)


# --- the public calendar -----------------------------------------------------------------------------------------


def test_public_calendar_is_off_by_default(start):
    answer = start(local=True).get("/calendar.ics")
    assert (answer.status_code, answer.text) == (404, "Not found\n")


def test_public_calendar_holds_confirmed_events_without_names(start):
    answer = start(public=True).get("/calendar.ics")
    assert uids(answer) == ["GONE", "RAINED", "SHARED", "SHERIFFS", "UNCOUNTED"]
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"] == "public, no-cache"
    assert b"lanted" not in answer.content.replace(b"\r\n ", b"")


def test_query_parameters_filter_the_calendar(start):
    client = start(public=True)
    expected = {
        "agency=WPD": ["GONE", "SHARED", "UNCOUNTED"],
        "agency=WPD&agency=SCSO": ["GONE", "RAINED", "SHARED", "SHERIFFS", "UNCOUNTED"],
        "town=Yreka": ["SHERIFFS", "UNCOUNTED"],
        "status=Cancelled": ["RAINED"],
        "agency=WPD&town=Weed&status=Confirmed": ["SHARED"],
        "status=Tentative": [],
        "town=Nowhere": [],
        "unknown=1": ["GONE", "RAINED", "SHARED", "SHERIFFS", "UNCOUNTED"],
    }
    assert {query: uids(client.get(f"/calendar.ics?{query}")) for query in expected} == expected


def test_public_calendar_comes_in_spanish_with_the_same_events(start):
    client = start(public=True, local=True)
    english, in_spanish = client.get("/calendar.ics"), client.get("/calendar.ics?lang=es&remind=1d")
    assert b"NAME:Coffee with a Cop\r\n" in english.content
    assert "NAME:Café con un policía\r\n" in in_spanish.text
    assert "DESCRIPTION:Confirmado." in in_spanish.text
    assert uids(in_spanish) == uids(english)
    assert client.get("/calendar.ics?lang=en").content == client.get("/calendar.ics?lang=fr").content == english.content
    private = f"/feed/{token('agency:WPD')}.ics"
    assert client.get(f"{private}?lang=es").content == client.get(private).content


def test_reminders_are_added_to_public_and_private_calendars_on_request(start):
    client = start(public=True, local=True)
    for path in ("/calendar.ics", f"/feed/{token('agency:WPD')}.ics"):
        plain = client.get(path).content
        for query, triggers in (
            ("remind=1d,2h", {"-P1D", "-PT2H"}),
            ("remind=2h&remind=1d", {"-P1D", "-PT2H"}),
            ("remind=1d", {"-P1D"}),
            ("remind=5m", set()),
            ("remind=", set()),
        ):
            answer = client.get(f"{path}?{query}")
            events = icalendar.Calendar.from_ical(answer.content).events
            alarms = [alarm for event in events for alarm in event.walk("VALARM")]
            assert {alarm["TRIGGER"].to_ical().decode() for alarm in alarms} == triggers
            assert (answer.content == plain) is (not triggers)


def test_canceled_event_stays_in_the_public_calendar_with_a_higher_sequence(start, tmp_path):
    client = start(public=True, local=True)
    rows = [list(row) for row in plan.tabs()["Events"]]
    shared = next(row for row in rows if row[0] == "SHARED")
    before = sequences(client)["SHARED"]
    shared[rows[0].index("Status")] = "Canceled"
    edit(tmp_path, Events=rows)

    def written(path):
        events = icalendar.Calendar.from_ical(client.get(path).content).events
        return next(event for event in events if str(event["UID"]).startswith("SHARED@"))

    public, private = written("/calendar.ics"), written(f"/feed/{token('agency:WPD')}.ics")
    assert (public["STATUS"], public["TRANSP"], private["STATUS"]) == ("CONFIRMED", "TRANSPARENT", "CANCELLED")
    assert public["SUMMARY"].startswith("Canceled: ")
    assert public["SEQUENCE"] > before


def test_unchanged_calendar_answers_not_modified(start, tmp_path):
    client = start(public=True)
    first = client.get("/calendar.ics")
    tag = first.headers["etag"]
    for if_none_match in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        again = client.get("/calendar.ics", headers={"If-None-Match": if_none_match})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    edit(tmp_path, Events=moved())
    changed = client.get("/calendar.ics", headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag
    assert client.head("/calendar.ics").headers["etag"] == changed.headers["etag"]


def test_edits_between_requests_raise_the_sequence(start, tmp_path):
    client = start(public=True)
    rows = moved()
    for hour in (10, 11):
        rows[1][2] = hour / 24
        edit(tmp_path, Events=rows)
        until(lambda: sheets.current().version == sheets.store().latest(sheets.current().snapshot.source).id)
    events = icalendar.Calendar.from_ical(client.get("/calendar.ics").content).events
    assert {int(event["SEQUENCE"]) for event in events} == {0, 2}


def test_cached_calendar_is_sent_while_others_queue(start, monkeypatch):
    client = start(public=True)
    made = client.get("/calendar.ics?town=Weed")
    monkeypatch.setattr(feeds, "_queue", threading.BoundedSemaphore(1))
    feeds._queue.acquire()
    later = client.get("/calendar.ics?town=Yreka")
    assert (later.status_code, later.headers["retry-after"]) == (503, "30")
    assert client.get("/calendar.ics?town=Weed").content == made.content
    feeds._queue.release()
    assert client.get("/calendar.ics?town=Yreka").status_code == 200


def test_calendar_is_compressed_for_clients_that_accept_gzip(start):
    client = start(public=True)
    tag = client.get("/calendar.ics").headers["etag"]
    for accepted, coding in (("br,GZIP;q=0.5", "gzip"), ("br, gzip;q=0", None)):
        answer = client.get("/calendar.ics", headers={"Accept-Encoding": accepted})
        assert (answer.headers.get("content-encoding"), answer.headers["vary"]) == (coding, "Accept-Encoding")
        assert uids(answer) == ["GONE", "RAINED", "SHARED", "SHERIFFS", "UNCOUNTED"]
        assert answer.headers["etag"] == tag


def test_cache_of_calendars_is_bounded_in_bytes(start, monkeypatch):
    client = start(public=True)
    feeds._cache.clear()
    client.get("/calendar.ics?town=Weed")
    (size,) = [calendar.size for calendar in feeds._cache.values()]
    monkeypatch.setattr(feeds, "_MAX_BYTES", size - 1)
    client.get("/calendar.ics")
    assert len(feeds._cache) == 0


def test_sequence_continues_after_a_purge_and_a_restart(start, tmp_path):
    def changed(client):
        events = icalendar.Calendar.from_ical(client.get("/calendar.ics").content).events
        return {str(event["UID"]).split("@")[0]: int(event["SEQUENCE"]) for event in events if int(event["SEQUENCE"])}

    client = start(public=True)
    assert changed(client) == {}
    edit(tmp_path, Events=moved())
    assert changed(client) == {"SHARED": 1}
    until(lambda: sheets.current().version == 2)
    assert changed(client) == {"SHARED": 1}
    assert sheets.store().purge(1, "test", "test", NOW) is not None
    sheets.stop()
    client = start(public=True)  # with the first plan again, which is another change
    until(lambda: changed(client) == {"SHARED": 2})


def unnamed(day, town="Weed"):
    """The plan, with one event that has no ID."""
    rows = [list(row) for row in plan.tabs()["Events"]]
    rows[1][0], rows[1][5] = None, town
    rows[1][1] = plan.serial(plan.TODAY + dt.timedelta(days=day))
    return rows


def sequences(client, query=""):
    events = icalendar.Calendar.from_ical(client.get(f"/calendar.ics{query}").content).events
    return {str(event["UID"]).split("@")[0]: int(event["SEQUENCE"]) for event in events}


def test_event_without_an_id_keeps_its_uid_when_its_date_changes(start, tmp_path):
    first = f"{plan.TODAY + dt.timedelta(days=3)}-weed"
    client = start(public=True)
    edit(tmp_path, Events=unnamed(3))
    until(lambda: sheets.current().version == 2)
    assert sequences(client)[first] == 0
    edit(tmp_path, Events=unnamed(4))
    assert sequences(client)[first] == 1
    until(lambda: sheets.current().version == 3)
    sheets.stop()
    revisions._cache.clear()
    plan.save(tmp_path / "plan.xlsx", Events=unnamed(9))
    live = sheets.start(
        Settings(workbook=str(tmp_path / "plan.xlsx"), store=f"sqlite:///{tmp_path}/store.sqlite3", public=True)
    ).wait(20)
    assert live.snapshot is not None
    until(lambda: sequences(client).get(first) == 2)
    assert len([name for name in sequences(client) if name.startswith("20")]) == 1


def test_feeds_go_on_where_they_were_after_a_lost_store_is_restored(start, tmp_path, monkeypatch):
    monkeypatch.setattr(backup, "LOCK_SECONDS", 0.01)
    client = start(public=True, local=True)
    paths = ("/calendar.ics", f"/feed/{token('agency:WPD')}.ics")
    edit(tmp_path, Events=moved())
    until(lambda: sheets.current().version == 2)
    before = {path: client.get(path).content for path in paths}
    assert sequences(client)["SHARED"] == 1
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
    workbook = str(tmp_path / "plan.xlsx")
    settings = Settings(workbook=workbook, store=f"sqlite:///{tmp_path}/store.sqlite3", public=True, local=True)
    assert sheets.start(settings).wait(20).snapshot is not None
    assert {path: client.get(path).content for path in paths} == before


def test_downloaded_file_has_the_uid_sequence_and_link_of_the_feed(start, tmp_path):
    first = f"{plan.TODAY + dt.timedelta(days=3)}-weed"
    start(public=True, local=True, address="https://coffee.example.gov")
    for number, day in ((2, 3), (3, 4)):
        edit(tmp_path, Events=unnamed(day))
        until(lambda number=number: sheets.current().version == number)
    snapshot = sheets.current().snapshot
    viewer = access.Viewer("coordinator")
    session = Session(viewer, snapshot, snapshot.today, NOW, Rules(), None, ((), snapshot))  # type: ignore[arg-type]
    moved = [event for event in snapshot.events if event.made_id]
    assert b"METHOD:PUBLISH" in subscribe.calendar_file(session, ical.ALL, moved)
    (written,) = icalendar.Calendar.from_ical(subscribe.calendar_file(session, ical.ALL, moved)).events
    assert (str(written["UID"]).split("@")[0], int(written["SEQUENCE"])) == (first, 1)
    assert str(written["URL"]) == f"https://coffee.example.gov/calendar?event={moved[0].id}"


def test_event_without_id_and_town_is_in_no_feed(start, tmp_path):
    client = start(public=True, local=True)
    rows = unnamed(3, town=None)
    rows[1][6] = "a park"
    edit(tmp_path, Events=rows)
    assert any(event.id.endswith("-unknown") for event in sheets.current().snapshot.events)
    private = token("agency:WPD")
    for answer in (client.get("/calendar.ics"), client.get(f"/feed/{private}.ics")):
        assert [name for name in uids(answer) if "unknown" in name] == []
    assert uids(client.get(f"/feed/{private}.ics")) == ["GONE", "MAYBE", "UNCOUNTED"]


def test_events_link_to_the_dashboard_if_its_address_is_known(start):
    def links(client, path="/calendar.ics"):
        return {str(event.get("URL")) for event in icalendar.Calendar.from_ical(client.get(path).content).events}

    assert links(start(public=True)) == {"None"}
    here = start(public=True, local=True, address="https://coffee.example.gov")
    assert "https://coffee.example.gov/calendar?event=SHARED" in links(here)
    assert "https://coffee.example.gov/calendar?event=MAYBE" in links(here, f"/feed/{token('agency:WPD')}.ics")


# --- with a token ------------------------------------------------------------------------------------------------


def test_calendar_of_an_agency_and_of_an_officer_names_its_own_officers(start):
    client = start(local=True)
    for scope, events, name in (
        ("agency:WPD", ["GONE", "MAYBE", "SHARED", "UNCOUNTED"], b"Plantedsample"),
        ("officer:OF-02", ["SHERIFFS"], b"Planteddemo"),
    ):
        answer = client.get(f"/feed/{token(scope)}.ics")
        assert uids(answer) == events
        assert answer.headers["cache-control"] == "private, no-cache"
        assert name in answer.content.replace(b"\r\n ", b"")


def test_invalid_token_is_not_found(start):
    client = start(local=True)
    good, gone = token("agency:WPD"), token("agency:WPD")
    late = token("agency:WPD", expires=read_clock() - dt.timedelta(seconds=1))
    sheets.store().revoke_token(sheets.store().tokens()[1].id, "test", NOW)
    texts = [gone, late, good[:-1], good.upper(), "x", token("all"), token("public:x"), token("agency:WPD", "sample")]
    answers = [client.get(f"/feed/{text}.ics") for text in texts]
    assert {(answer.status_code, answer.text) for answer in answers} == {(404, "Not found\n")}
    assert client.get(f"/feed/{good}.ics").status_code == 200
    assert len(good) >= 43  # 256 bits


@pytest.mark.parametrize(
    ("chosen", "maker", "status"),
    [
        ({"auth": True, "coordinators": ("boss@example.gov",)}, "boss@example.gov", 200),
        ({"auth": True, "viewers": ("@wpd.example.gov",)}, "liaison@wpd.example.gov", 200),
        ({"auth": True, "viewers": ("@sheriff.example.gov",)}, "liaison@sheriff.example.gov", 404),
        ({"auth": True}, "boss@example.gov", 404),
        ({}, "boss@example.gov", 404),
        ({}, feeds.LOCAL, 404),
        ({"local": True}, feeds.LOCAL, 200),
        ({"local": True}, feeds.SAMPLE, 404),
    ],
)
def test_link_stops_when_its_maker_loses_access(start, chosen, maker, status):
    assert start(**chosen).get(f"/feed/{token('agency:WPD', maker)}.ics").status_code == status


def test_token_is_neither_logged_nor_stored(start, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    client = start(local=True)
    text = token("agency:WPD")
    client.get(f"/feed/{text}.ics")
    sheets.store()._engine.dispose()
    logged = "".join(record.getMessage() for record in caplog.records if not record.name.startswith("httpx"))
    assert text not in logged
    assert all(text.encode() not in path.read_bytes() for path in tmp_path.glob("store.sqlite3*"))


# --- a real subscriber -------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_subscribed_client_receives_an_edit(start, address, tmp_path):
    start(public=True)
    config = tmp_path / "vdirsyncer"
    config.write_text(
        f"""
[general]
status_path = "{tmp_path}/status"
[pair coffee]
a = "mine"
b = "theirs"
collections = null
conflict_resolution = "b wins"
[storage mine]
type = "filesystem"
path = "{tmp_path}/mine"
fileext = ".ics"
[storage theirs]
type = "http"
url = "{address}/calendar.ics?town=Weed"
"""
    )
    (tmp_path / "mine").mkdir()

    def sync():
        command = [str(Path(sys.executable).parent / "vdirsyncer"), "-c", str(config), "sync"]
        subprocess.run(command, check=True, capture_output=True, timeout=60)
        texts = [path.read_text() for path in (tmp_path / "mine").glob("*.ics")]
        events = [event for text in texts for event in icalendar.Calendar.from_ical(text).events]
        # vdirsyncer renames the files, so the events are sorted by day.
        return [
            (event["DTSTART"].dt.hour, int(event["SEQUENCE"]))
            for event in sorted(events, key=lambda e: e["DTSTART"].dt)
        ]

    subprocess.run(
        [str(Path(sys.executable).parent / "vdirsyncer"), "-c", str(config), "discover"],
        check=True, capture_output=True, timeout=60, input=b"y\ny\n",
    )  # fmt: skip
    assert sync() == [(8, 0), (8, 0)]
    edit(tmp_path, Events=moved())
    assert sync() == [(8, 0), (9, 1)]

"""A sheet before and after an edit, with a word of its own in every place: what of both each viewer is given anywhere.

The edit renames headers and tabs, moves columns, and moves values into the wrong columns.
"""

import datetime as dt
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from starlette.applications import Starlette

from cwac import access
from cwac.access import COORDINATOR, PUBLIC, Viewer
from cwac.analysis import find
from cwac.analysis.changes import changes
from cwac.api.routes import ApiScope
from cwac.exports import ical, tables, workbooks
from cwac.model import Snapshot, Tab, Workbook
from cwac.notify import compose
from cwac.notify.channels import html, slack_body, text
from cwac.notify.compose import ChangePeriod
from cwac.notify.recipients import NotifiedSheet, find_recipients
from cwac.notify.settings import AgencyNotices
from cwac.packet import facts
from cwac.refresh import sheets
from cwac.refresh.live import Live
from cwac.settings import Settings
from cwac.sheet.reader import read_workbook
from cwac.sources.excel import read_excel
from cwac.storage import audit
from cwac.storage.store import Store
from cwac.web import cache as web_cache
from cwac.web import feeds, first_answers, preflight
from cwac.web.sections import sheet_health
from tests.api.test_routes import Client, bearer
from tests.golden.seen import dumped, readable
from tests.notify.county import NOTIFY
from tests.web import plan
from tests.web.conftest import CLAIMS, SIGNED_IN, opened, sent
from tests.web.test_pages import EVERY_VIEW

SEEN = {
    # Headers and cells of columns that are not read, before and after the edit; tabs that are not read; officers'
    # addresses, and what was typed beside them.
    "coordinator": "unreadheader unreadcell renamedheader heldcell offcell unreadtab unreadtablater "
    "renamedtab tabcell tabcelllater offcells annmail bertmail bertmaillater innotify",
    # Names, ranks and notes of WPD's officers, and what residents said to it.
    "wpd coordinator": "ann annrank annranklater ournote ournotelater oursummary oursummarylater",
    # The same of the sheriff's, also in columns where they do not belong. An agency that is none, hours and counts that
    # are none, and a role that is none are quoted to those whose row it is.
    "sheriff coordinator": "bert bertrank bertranklater carl theirnote theirnotelater theirsummary theirsummarylater "
    "newsummary inlanguages inpartners inneeded inagency inrole inhours inguests incategory",
    # At the event of both, names and notes are both agencies'. All notes about events, places and counts, and all that
    # is typed into a column of the plan, are the agencies': a name in the wrong column is seen like that column.
    "wpd sheriff coordinator": "dora bothnote bothnotelater backup internal internallater funding weather countnote "
    "countnotelater hours contact contactlater intitle intown invenue infunding inlead indate inid inweather "
    "inopeninghours inowner",
}
"""Viewers -> the words that they and nobody else may be given. Strangers may be given none."""
VIEWERS: Mapping[str, Viewer] = {
    "stranger": PUBLIC,
    "wpd": Viewer("liaison", ("WPD",), "chief@wpd.example.gov"),
    "sheriff": Viewer("liaison", ("SCSO",), "desk@sheriff.example.gov"),
    "coordinator": COORDINATOR,
}
SCOPES = {
    "stranger": ApiScope("public"),
    "wpd": ApiScope("agency", ("WPD",)),
    "sheriff": ApiScope("agency", ("SCSO",)),
    "coordinator": ApiScope("coordinator"),
}
BOSS = "boss@county.example.gov"
CLAIMS["sheriff"] = SIGNED_IN | {"email": "desk@sheriff.example.gov"}
PAGE_VIEWERS = {"stranger": "stranger", "wpd": "liaison", "sheriff": "sheriff", "coordinator": "coordinator"}
EVENTS = ("OURS", "THEIRS", "BOTH", "PAST")
Way = tuple[str, str, bytes]
"""A viewer, by which way, and what they were given."""


def allowed() -> dict[str, set[str]]:
    """Word -> the viewers who may be given it."""
    return {word: set(viewers.split()) for viewers, listed in SEEN.items() for word in listed.split()}


_WORD = re.compile(rb"zx([a-z]+?)xz", re.I)


def words_in(data: bytes) -> set[str]:
    return {word.lower().decode() for word in _WORD.findall(data)}


def given(ways: Iterable[Way]) -> dict[str, set[str]]:
    """Word -> the viewers who were given it."""
    found: dict[str, set[str]] = {}
    for viewer, _, data in ways:
        for word in words_in(data):
            found.setdefault(word, set()).add(viewer)
    return found


def leaks(ways: Iterable[Way]) -> list[tuple[str, str, str]]:
    known = allowed()
    return sorted({
        (viewer, way, word) for viewer, way, data in ways for word in words_in(data) if viewer not in known[word]
    })  # fmt: skip


# --- the two versions -------------------------------------------------------------------------------------------------


def grids(name: str) -> dict[str, plan.Rows]:
    return plan.read_tabs(Path(__file__).with_name(f"two_versions_{name}.txt"), plan.TODAY)


@cache
def workbook(name: str) -> Workbook:
    tabs = tuple(Tab(title, rows, id=number) for number, (title, rows) in enumerate(grids(name).items()))
    return replace(plan.workbook(), tabs=tabs)


@cache
def snapshot(name: str) -> Snapshot:
    return read_workbook(workbook(name), plan.TODAY)


def versions() -> tuple[Snapshot, Snapshot]:
    return snapshot("before"), snapshot("after")


def test_every_word_of_both_versions_is_in_the_table_once() -> None:
    planted = set().union(*(words_in(repr(workbook(name).tabs).encode()) for name in ("before", "after")))
    listed = [word for words in SEEN.values() for word in words.split()]
    assert sorted(listed) == sorted(planted)


# --- in memory: records, changes, Find, files, documents and messages ------------------------------------------------


def records(viewer: Viewer) -> Iterator[tuple[str, str]]:
    for whole in versions():
        yield "snapshot", dumped(access.restrict(whole, viewer))
    before, after = access.restrict_both(*versions(), viewer)
    own = viewer.agencies if viewer.kind == "liaison" else None
    every = changes(before, after, own=own)
    yield "changes", repr(every)
    for share in (before, after):
        index = find.index(share, plan.TODAY)
        yield "find", repr(index)
        found = [find.search(share, index, f"Zx{word}xz") for word in allowed()]
        yield "find", repr([match for groups in found for group in groups or () for match in group.matches])
        yield "problems", repr(sheet_health.problem_rows(share))
        for event in share.events:
            late = facts.late_words(every, event.id)
            yield "packet", repr(facts.packet_data(share, event, late=late))
            yield "packet", repr(facts.missing_facts(share, event))


def files(viewer: Viewer) -> Iterator[tuple[str, bytes]]:
    shares = [access.restrict(whole, viewer) for whole in versions()]
    for share in shares:
        for name, (columns, rows_of) in tables.TABLES.items():
            if name == "events" or access.may_open(viewer, "staffing"):
                rows = rows_of(share)
                yield f"{name}.csv", tables.to_csv(rows, columns)
                yield f"{name}.json", tables.to_json(rows)
                yield f"{name}.xlsx", readable(tables.to_xlsx([tables.table_of(name, rows, columns)]))
        scope = ical.ALL if access.may_open(viewer, "staffing") else ical.PUBLIC
        yield "ics", ical.write(share, scope, share.events, sheet=None, as_file=True).replace(b"\r\n ", b"")
    if viewer.kind == "coordinator":  # Changes offers it to nobody else
        for name in ("before", "after"):
            yield "version.xlsx", readable(workbooks.version_workbook(workbook(name)))


def messages() -> Iterator[Way]:
    """All messages about the edit: to the agencies, into their channels, to officers and to coordinators."""
    before, after = versions()
    lists = {"WPD": "chief@wpd.example.gov", "SCSO": "desk@sheriff.example.gov"}
    chats = (("slack", "https://slack.example/x"),)
    notices = tuple(AgencyNotices(agency, (address,), webhooks=chats) for agency, address in lists.items())
    domains = ("wpd.example.gov", "sheriff.example.gov")
    notify = replace(NOTIFY, agencies=notices, coordinators=(BOSS,), officer_domains=domains)
    viewers = tuple(f"@{domain}" for domain in domains)
    settings = Settings(address="https://coffee.example.gov", viewers=viewers, coordinators=(BOSS,))
    sheet = NotifiedSheet("", "plan", settings, Live(snapshot=after))
    until = plan.START
    of_viewer = {"WPD": "wpd", "SCSO": "sheriff", "": "coordinator"}
    for recipient in find_recipients(notify, [(sheet, after)]).recipients:
        periods = [
            ChangePeriod(share, before, until - dt.timedelta(days=7), after, until, until) for share in recipient.shares
        ]
        agencies = [*recipient.shares[0].viewer.agencies, recipient.shares[0].agency]
        made = [
            compose.digest_message(recipient, periods, ()) if recipient.of_kind("digest") else None,
            compose.warning_message(recipient, periods, None) if recipient.of_kind("warnings") else None,
            compose.shift_message(recipient, periods, None) if recipient.of_kind("shifts") else None,
            compose.sheet_message(recipient, [(share, {"damaged": "x"}) for share in recipient.of_kind("sheet")]),
        ]
        for message in filter(None, made):
            said = f"{text(message, '')}{html(message, '')}{slack_body(message)}"
            # Its own address is in each message to an officer.
            yield of_viewer[agencies[0]], f"message to {recipient.channel}", said.replace(recipient.name, "").encode()


def in_memory() -> list[Way]:
    ways = [
        (name, way, said.encode() if isinstance(said, str) else said)
        for name, viewer in VIEWERS.items()
        for way, said in (*records(viewer), *files(viewer))
    ]
    return ways + list(messages())


def test_records_changes_files_and_messages_have_what_each_viewer_may_see_and_no_more() -> None:
    ways = in_memory()
    assert leaks(ways) == []
    assert given(ways) == allowed()  # so each word would be found where it leaks
    every = {(way, viewer) for viewer, way, _ in ways}
    assert {("message to email", "wpd"), ("message to slack", "sheriff"), ("message to email", "coordinator")} <= every


# --- as served: pages with their files, the API, feeds, messages about the sheet, the audit, the log, the cache -------


class OpenMenu:
    """A menu of a page, always open."""

    open = True

    def __init__(self, *_: Any, **__: Any) -> None:
        self._container = st.container()

    def __enter__(self) -> None:
        self._container.__enter__()

    def __exit__(self, *error: Any) -> None:
        self._container.__exit__(*error)


@contextmanager
def serving(folder: Path) -> Iterator[None]:
    """The pollers of the sheet, which was kept three days ago and edited while it is shown."""
    path, address = folder / "plan.xlsx", f"sqlite:///{folder}/store.sqlite3"

    def save(name: str, ago: dt.timedelta) -> Workbook:
        plan.save_tabs(path, grids(name))
        saved = (plan.START - ago).timestamp()
        os.utime(path, (saved, saved))
        return read_excel(path)

    before = save("before", dt.timedelta(days=3))
    with closing(Store(address)) as store:
        store.keep(before)
    settings = Settings(
        workbook=str(path), store=address, auth=True, public=True, coordinators=(BOSS,),
        viewers=("@wpd.example.gov", "@sheriff.example.gov"), address="https://coffee.example.gov",
    )  # fmt: skip
    web_cache._sheets.clear()
    live = sheets.start(settings).wait(20)
    try:
        assert live.snapshot is not None
        after = save("after", dt.timedelta(hours=1))
        first_answers.ask("", replace(live, snapshot=read_workbook(after, plan.TODAY), version=None))
        sheets.poller().look()
        shown = sheets.current()
        assert shown.snapshot is not None
        assert shown.snapshot.content_hash == after.content_hash
        yield
    finally:
        sheets.stop()
        web_cache._sheets.clear()


def pages(monkeypatch: pytest.MonkeyPatch) -> Iterator[Way]:
    """Every view of every page, with its menus open, and every file that it offers."""
    offered: list[tuple[str, Callable[[], bytes]]] = []
    monkeypatch.setattr(st, "popover", OpenMenu)
    monkeypatch.setattr(st, "download_button", lambda _label, make, file_name, **_: offered.append((file_name, make)))
    for viewer, who in PAGE_VIEWERS.items():
        made: set[str] = set()
        for page, query in [*EVERY_VIEW, *(("calendar", {"event": event}) for event in EVENTS)]:
            offered.clear()
            shown = opened(page, who, **query)
            assert not shown.exception, (viewer, page, query)
            yield viewer, f"/{page} {query}", sent(shown)
            for name, make in offered:
                if name not in made:
                    made.add(name)
                    yield viewer, f"/{page} {query} {name}", readable(make())


def answers() -> Iterator[Way]:
    """The API by each tier, private feeds of agencies and officers, and what strangers fetch."""
    client, store = Client(Starlette(routes=preflight.ROUTES)), sheets.store()
    assert store is not None
    paths = ["events", "gaps", "alerts", "attendance", "follow-ups", "problems", "quarter?of=2026-Q4", "as-of"]
    paths += [f"changes?since={plan.TODAY - dt.timedelta(days=2)}", *(f"events/{event}" for event in EVENTS)]
    for viewer, scope in SCOPES.items():
        headers = bearer(store.create_token(feeds.write_scope(scope, ""), BOSS, plan.START, None))
        for path in paths:
            yield viewer, f"/api/v1/{path}", client.get(f"/api/v1/{path}", headers).content
    for viewer, scope_text in (("wpd", "agency:WPD"), ("wpd", "officer:OF-1"), ("sheriff", "agency:SCSO"),
                               ("sheriff", "officer:OF-2")):  # fmt: skip
        token = store.create_token(scope_text, str(VIEWERS[viewer].email), plan.START, None)
        answer = client.get(f"/feed/{token}.ics")
        assert answer.status_code == 200
        yield viewer, scope_text, answer.content.replace(b"\r\n ", b"")
    for path in ("/calendar.ics", "/public/", "/public/embed", "/public/events.json", "/public/event/THEIRS.html",
                 "/public/event/BOTH.html", "/e/THEIRS", "/metrics"):  # fmt: skip
        yield "stranger", path, client.get(path).content


def cached() -> Iterator[Way]:
    """The cached answers of each audience, the first answers of the new version among them."""
    for versions_of in web_cache._sheets.values():
        for answers_of in versions_of.values():
            for key, entry in answers_of._entries.items():
                text_of_key = repr(key[0] if isinstance(key, tuple) and len(key) == 1 else key)
                for viewer, person in VIEWERS.items():
                    audience = repr((person.kind, person.agencies if person.kind == "liaison" else ()))
                    if audience in text_of_key:
                        yield viewer, f"cached {text_of_key[:80]}", repr(entry.answer).encode()


@pytest.mark.slow
def test_pages_files_answers_notices_audit_and_log_have_no_more_than_each_viewer_may_see(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    with serving(tmp_path):
        ways = [*pages(monkeypatch), *answers(), *cached()]
        notices = [notice.sentence for notice in sheets.current().notices]
        audit.flush(5)
        store = sheets.store()
        assert store is not None
        noted = store.audited(1000)
    assert leaks(ways) == []
    found, shown = given(ways), words_in(repr(workbook("after").tabs).encode())
    assert {word: found.get(word) for word in shown} == {word: allowed()[word] for word in shown}
    assert {viewer for viewer, way, _ in ways if way.startswith("cached")} == set(VIEWERS)
    assert len([entry for entry in noted if "downloaded" in entry.action]) > 20
    assert ["new and not understood: I1" in sentence for sentence in notices] == [True]
    assert words_in(repr((notices, noted)).encode()) == set()
    assert words_in(caplog.text.encode()) == set()


# --- the walk bites ---------------------------------------------------------------------------------------------------


def test_leak_made_on_purpose_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "_problems", lambda snapshot, *_: snapshot.problems)
    assert {
        ("wpd", "problems", "renamedheader"),
        ("wpd", "snapshot", "heldcell"),
        ("wpd", "problems", "inhours"),
        ("sheriff", "problems", "renamedtab"),
    } <= set(leaks(in_memory()))

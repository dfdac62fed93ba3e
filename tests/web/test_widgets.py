"""Widgets: escaped text, the theme, filters in the URL, pagination, downloads, and what people copy or follow."""

import ast
import tomllib
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from cwac.analysis.cells import cell_link
from cwac.analysis.events import directions
from cwac.exports.chart_specs import DARK, LIGHT
from cwac.exports.colors import contrast
from cwac.model import Event, EventTab, Venue
from cwac.settings import Settings
from cwac.sheet.table import join_row
from cwac.storage import audit
from cwac.storage.store import Store
from cwac.web import widgets
from tests.cases import each
from tests.server import SheetsServer
from tests.server.tokens import CLIENT_EMAIL
from tests.web import plan
from tests.web.conftest import ROOT, Serve, opened, with_components


@each(
    ("typed", "shown"),
    [
        ("Weed Starbucks", "Weed Starbucks"),
        ("**loud**", r"\*\*loud\*\*"),
        ("![x](http://evil.example/p.png)", r"\!\[x\]\(http" + "\u2060" + r"\:\/\/evil\.example\/p\.png\)"),
        ("a@b.example", "a\\@\u2060b\\.example"),
        ("www.evil.example", "www\u2060\\.evil\\.example"),
        (":red[x] :tada: $x$", r"\:red\[x\] \:tada\: \$x\$"),
        ("<b>x</b>", r"\<b\>x\<\/b\>"),
        ("two\nlines\tand a tab", "two lines and a tab"),
        ("\u202eright to left\u200b", "right to left"),
        (None, ""),
        (17, "17"),
    ],
)
def test_sheet_text_is_escaped_for_markdown(typed: object, shown: str) -> None:
    assert widgets.md(typed) == shown


@given(st.text())
def test_every_markdown_character_is_escaped(typed: str) -> None:
    shown = widgets.md(typed)
    bare = shown.replace("\\\\", "")
    for sign in "*_[]()<>`~$:#|!-+@":
        assert bare.replace(f"\\{sign}", "").count(sign) == 0
    assert "\n" not in shown


def theme() -> dict[str, dict[str, str]]:
    return tomllib.loads((ROOT / ".streamlit/config.toml").read_text())["theme"]


@each("name", ["light", "dark"])
def test_theme_text_links_and_edges_of_fields_have_enough_contrast(name: str) -> None:
    colors = theme()[name]
    for text in ("textColor", "linkColor", "primaryColor"):
        for ground in ("backgroundColor", "secondaryBackgroundColor"):
            assert contrast(colors[text], colors[ground]) >= 4.5, (text, ground)
            assert contrast(colors["borderColor"], colors[ground]) >= 3, ground


def test_charts_use_the_theme_backgrounds() -> None:
    assert (theme()["light"]["backgroundColor"], theme()["dark"]["backgroundColor"]) == (LIGHT.ground, DARK.ground)


def of_periods() -> None:
    import streamlit as st

    from cwac.web import widgets

    widgets.remember_query()
    labels = {"2026-Q4": "Q4 2026 (Oct–Dec)", "2026-Q3": "Q3 2026 (Jul–Sep)"}
    with widgets.FilterRow() as row:
        this = row.select("This", ["2026-Q4", "2026-Q3", "2026"], "this", labels=labels, resets="with")
        other = row.select("With", ["2025", "2024"], "with", labels={})
        way = row.choice("How", ["This quarter vs last", "Any two periods"], "way", "Any two periods")
    st.write(f"{this}, {other}, {way}")


def test_selects_with_labels_keep_their_values_in_the_url() -> None:
    page = with_components(AppTest.from_function(of_periods))
    page.query_params["this"] = "2026-Q3"
    page.query_params["with"] = "2024"
    page.run()
    assert page.markdown[0].value == "2026-Q3, 2024, Any two periods"
    assert page.selectbox(key="this").options == ["Q4 2026 (Oct–Dec)", "Q3 2026 (Jul–Sep)", "2026"]
    page.selectbox(key="this").select("2026").run()
    assert page.markdown[0].value == "2026, 2025, Any two periods"
    assert page.query_params["this"] == "2026"
    assert "with" not in page.query_params
    page.selectbox(key="this").select("2026-Q4").run()
    assert "this" not in page.query_params
    page.query_params["this"] = "Q4 2026 (Oct–Dec)"
    page.run()
    assert [element.value for element in page.info] == [
        'The link asks for this "Q4 2026 \\(Oct–Dec\\)", which is not known here, so it is left out.'
    ]


def test_cells_are_linked_by_tab_column_and_row() -> None:
    snapshot = plan.snapshot()
    sheet = f"{snapshot.url}/edit#gid="
    assert cell_link(snapshot, "Events", "status", 5) == ("K5 of Events", f"{sheet}0&range=K5")
    assert cell_link(snapshot, "Attendance", "guests") == ("B4 of Attendance", f"{sheet}2&range=B4")
    assert cell_link(snapshot, "Staffing", "hours", 7) == ("row 7 of Staffing", f"{sheet}1&range=A7")
    assert cell_link(snapshot, "No such tab", "hours") == ("the tab No such tab", None)
    bare = replace(snapshot, url=None)
    assert cell_link(bare, "Events", "status", 5) == ("K5 of Events", None)
    tabs = EventTab("Fall", 4, 2, {"status": "C"}), EventTab("Spring", 0, join_row(1, 2), {"status": "D"})
    of_tabs = replace(snapshot, event_tabs=tabs)
    assert cell_link(of_tabs, "Events", "status", join_row(1, 5)) == ("D5 of Spring", f"{sheet}0&range=D5")


def test_unreadable_days_in_the_url_are_reported() -> None:
    def of_days() -> None:
        import datetime as dt

        from cwac.web import widgets

        widgets.remember_query()
        with widgets.FilterRow() as row:
            row.day("From", dt.date(2026, 10, 1), "from")
            row.toggle("Only mine", "mine")

    page = with_components(AppTest.from_function(of_days))
    page.query_params["from"] = "someday"
    page.query_params["mine"] = "maybe"
    assert [element.value for element in page.run().info] == [
        'The link asks for from "someday", only mine "maybe", which is not known here, so it is left out.'
    ]


def test_long_lists_are_paginated() -> None:
    def listed() -> None:
        import streamlit as st

        from cwac.web import widgets

        first, *_ = widgets.page_of(range(130), "130 lines", "x")
        st.write(str(first))

    page = with_components(AppTest.from_function(listed)).run()
    assert [element.value for element in page.markdown] == ["130 lines: 1 to 60", "0"]
    page.get("pagination")[0].set_value(3).run()
    assert [element.value for element in page.markdown] == ["130 lines: 121 to 130", "120"]


def test_only_csv_downloads_begin_with_a_byte_order_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    files: list[bytes] = []
    monkeypatch.setattr("streamlit.session_state", {widgets.STILL_ALLOWED: lambda: True})
    monkeypatch.setattr("streamlit.download_button", lambda _, make, **__: files.append(make()))
    for name in ("rows.csv", "rows.xlsx"):
        widgets.download("Rows", name, lambda: b"id,town")
    assert files == [b"\xef\xbb\xbfid,town", b"id,town"]


def test_strangers_downloads_are_audited_once_an_hour(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("streamlit.download_button", lambda _, make, **__: make())
    monkeypatch.setattr(audit, "_noted", {})  # another test of this process may have downloaded one within the hour
    with closing(Store(f"sqlite:///{tmp_path}/store.sqlite3")) as store:
        audit.start(None, days=400)
        assert audit.flush(20)  # what another test has queued
        audit.start(store, days=400)
        for person, times in ((audit.ANONYMOUS, 50), ("boss@county.example.gov", 2)):
            state = {widgets.STILL_ALLOWED: lambda: True, widgets.AUDIT_NAME: person, widgets.COUNTY: "Modoc"}
            monkeypatch.setattr("streamlit.session_state", state)
            for number in range(times):
                widgets.download("Add to calendar", f"EV-{number}.ics", lambda: b"")
        assert audit.flush(20)
        audit.stop()
        by_boss = ("boss@county.example.gov", "downloaded Add to calendar (.ics) in Modoc")
        noted = [(entry.person, entry.action) for entry in store.audited()]
        assert noted == [by_boss, by_boss, (audit.ANONYMOUS, "downloaded a file (.ics)")]


LABELS = {"name.capitalize()", "labels[form]", "document.label"}
"""Labels that are looked up, all among set phrases: of tables, of forms of a report, of documents."""


@pytest.mark.slow
def test_audit_of_every_download_is_a_set_phrase_and_no_cell() -> None:
    labels, audited, calls = set(), set(), 0
    for path in [*ROOT.glob("cwac/web/**/*.py"), *ROOT.glob("cwac/*/panel.py"), *ROOT.glob("pages/*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "download":
                calls += 1
                labels |= {ast.unparse(node.args[0])} if not isinstance(node.args[0], ast.Constant) else set()
                audited |= {ast.unparse(word.value) for word in node.keywords if word.arg == "audited"}
    assert (labels, audited, calls > 15) == (LABELS, {"what"}, True)


def test_download_outside_a_session_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Callable[[], bytes]] = []
    monkeypatch.setattr("streamlit.download_button", lambda _, make, **__: made.append(make))
    widgets.download("Rows", "rows.csv", lambda: b"planted")
    with pytest.raises(RuntimeError, match="no longer open"):
        made[0]()


# --- what people copy or follow: addresses and links byte for byte, places on the map ---------------------------------


CONSOLE = "https://console.developers.google.com/apis/api/sheets.googleapis.com/overview?project=1234567890"


@each(
    ("sentence", "shown", "values"),
    [
        (
            f"Press Share, and add {CLIENT_EMAIL} as a Viewer.",
            rf"Press Share\, and add `{CLIENT_EMAIL}` as a Viewer\.",
            [CLIENT_EMAIL],
        ),
        (f"Enable it at {CONSOLE}. Wait.", rf"Enable it at [`{CONSOLE}`]({CONSOLE})\. Wait\.", [CONSOLE]),
        (
            "Write https://evil.example/x, or https://console.cloud.google.com.evil.example/.",
            r"Write `https://evil.example/x`\, or `https://console.cloud.google.com.evil.example/`\.",
            ["https://evil.example/x", "https://console.cloud.google.com.evil.example/"],
        ),
        ("a@b.example", "`a@b.example`", ["a@b.example"]),
        (
            "Tab https://docs.google.com/document/d/1 is too long.",
            r"Tab `https://docs.google.com/document/d/1` is too long\.",
            ["https://docs.google.com/document/d/1"],
        ),
        ("The tab **Events** is gone.", r"The tab \*\*Events\*\* is gone\.", []),
        ("", "", []),
    ],
)  # fmt: skip
def test_addresses_and_links_are_exact_and_only_known_hosts_are_linked(
    sentence: str, shown: str, values: list[str]
) -> None:
    assert widgets.message_markdown(sentence) == shown
    assert widgets.exact_values(sentence) == values


def test_example_of_a_link_is_no_value_to_copy() -> None:
    example = "Write the sheet's link there, such as https://docs.google.com/spreadsheets/d/…."
    assert widgets.exact_values(example) == []
    assert widgets.message_markdown(example) == widgets.md(example)


@each("fault", ["not-shared", "api-disabled"])
def test_account_and_link_that_google_asks_for_can_be_copied_and_followed(
    serve: Serve, tmp_path: Path, fault: str
) -> None:
    """On the Overview, as a coordinator."""
    with SheetsServer(plan.workbook()) as google:
        google.fail(fault, None)
        gsheets = {key: value for key, value in google.gsheets.items() if key != "spreadsheet"}
        settings = Settings(spreadsheet=google.url, gsheets=gsheets, store=f"sqlite:///{tmp_path}/store.sqlite3")
        serve(replace(settings, auth=True, coordinators=("boss@county.example.gov",)))
        page = opened("overview", "coordinator")
        google.heal()
    assert not page.exception
    (copied,) = {code.value for code in page.code}
    shown = [str(element.value) for element in (*page.markdown, *page.caption, *page.error, *page.warning, *page.code)]
    assert [text for text in shown if "\u2060" in text] == [], "invisible characters would be copied too"
    if fault == "not-shared":
        assert copied == CLIENT_EMAIL
        assert f"`{CLIENT_EMAIL}`" in "".join(shown)
    else:
        assert urlsplit(copied).netloc == "console.developers.google.com"
        assert copied.endswith("project=1234567890")
        assert {button.proto.url for button in page.get("link_button")} == {copied}


@each(
    ("venue", "place"),
    [
        (Venue("Museum", "Dunsmuir"), "Museum, Dunsmuir, California"),
        (Venue("Museum", ""), "Museum, Weed, California"),
        (Venue("Museum", "Dunsmuir", street="1 Main St"), "Museum, 1 Main St, Dunsmuir, California"),
        (Venue("Museum", "Dunsmuir", latitude=41.2, longitude=-122.3), "41.2,-122.3"),
        (Venue("Museum", "Dunsmuir", latitude=41.2), "Museum, Dunsmuir, California"),
    ],
)
def test_map_link_has_no_empty_parts_and_prefers_coordinates(venue: Venue, place: str) -> None:
    event: Event = replace(plan.snapshot().events[0], venue=venue)
    assert parse_qs(urlsplit(directions(event) or "").query) == {"api": ["1"], "destination": [place]}

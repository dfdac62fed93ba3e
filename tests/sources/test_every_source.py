"""The same workbook by every source, and what each says when it fails: the guides' tables, and no secret."""

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cwac.cli import main
from cwac.refresh.source_factory import source_for
from cwac.settings import load
from cwac.sheet.reader import read_workbook
from cwac.sources.google import LinkSource
from tests.cases import each
from tests.sources.every import (
    KINDS,
    Everywhere,
    comparable,
    everything_logged,
    on_this_machine,
    sheet_with_oddities,
    write_settings,
)
from tests.sources.failures import FAILURES, RARER, page, trouble_of, troubles
from tests.sources.shared_workbook import workbook
from tests.web.served import ROOT

TODAY = dt.date(2026, 10, 1)


@pytest.fixture
def places(tmp_path: Path) -> Iterator[Everywhere]:
    with Everywhere(sheet_with_oddities(), tmp_path) as running, on_this_machine(running, tmp_path):
        yield running


def test_every_source_gives_the_same_records_problems_and_accounting(places: Everywhere, tmp_path: Path) -> None:
    snapshots = {}
    for kind in KINDS:
        settings = load(secrets=write_settings(places.settings(kind), tmp_path))
        snapshots[kind] = read_workbook(source_for(settings).fetch(False), TODAY)
    by_key = comparable(snapshots["key"])
    assert [kind for kind in KINDS if comparable(snapshots[kind]) != by_key] == []
    assert len(snapshots["file"].events) >= 3
    assert len(snapshots["file"].problems) >= 5
    assert snapshots["key"].accounting["Events"].left_out > 0
    assert {problem.link for problem in snapshots["link"].problems if problem.cell} == {
        f"https://docs.google.com/spreadsheets/d/{places.link.id}"
    }
    assert {call: places.calls()[call] for call in ("token", "imds", "download")} == {
        "token": 2, "imds": 1, "download": 3,
    }  # fmt: skip


def test_password_in_netrc_replaces_no_token(
    places: Everywhere, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login planted password planted\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for kind in KINDS:
        assert source_for(load(secrets=write_settings(places.settings(kind), tmp_path))).fetch(False).tabs


FOR_THE_SHEET = ("metadata", "batchGet", "formats", "export", "download", "share", "content", "drives")


def counted(places: Everywhere) -> tuple[int, int]:
    """Requests since they were forgotten: all, and those to sign in."""
    of_sheets = (places.google, places.link, places.graph)
    calls = [(call, count) for server in of_sheets for call, count in server.calls.items()]
    for_the_sheet = sum(count for call, count in calls if call in FOR_THE_SHEET)
    everything = sum(count for _, count in calls) + sum(places.auth.calls.values())
    return everything, everything - for_the_sheet


@pytest.mark.slow
@pytest.mark.parametrize(("place", "kind"), list(enumerate(KINDS)))
def test_guide_has_the_requests_of_each_source(places: Everywhere, tmp_path: Path, kind: str, place: int) -> None:
    """Of the first look, of one without news and of one after an edit; and of the first, those to sign in."""
    settings = load(secrets=write_settings(places.settings(kind), tmp_path))
    fetch = source_for(settings).fetch
    if kind == "link":
        source, hours = LinkSource.from_settings(settings), count(step=3600)
        source._clock = lambda: next(hours)  # it would not look more than once in five minutes
        fetch = lambda _: source.fetch()  # noqa: E731
    counts: list[tuple[int, int]] = []
    for edit in (workbook("Weed"), None, workbook("Weed", "Etna")):
        if edit is not None:
            places.edit(edit)
        places.forget_calls()
        seen = fetch(False)
        counts.append(counted(places))
    assert len(seen.tabs[0].rows) == 3, "the edit is read"
    (first, sign_in), (nothing_new, _), (edit, _) = counts
    table = (ROOT / "docs/operate/sources.md").read_text(encoding="utf-8").split("\n")[4:11]
    requests, of_sign_in = table[place].split(" | ")[3:5]
    assert requests.removesuffix(", every 5 minutes at most") == f"{first}, {nothing_new}, {edit}"
    assert of_sign_in == str(sign_in)


@pytest.mark.slow
def test_no_secret_is_in_a_log_or_what_commands_print(places: Everywhere, tmp_path: Path) -> None:
    """Those of failures are looked for where each of them is made."""
    texts: list[str] = []
    with everything_logged() as logged:
        for kind in KINDS:
            write_settings(places.settings(kind, access={"local": True}), tmp_path)
            for words in (["check"], ["doctor"], ["connect"]):
                ended = CliRunner().invoke(main, words)
                assert ended.exit_code in (0, 1, 2), (kind, words, ended.output)
                texts.append(ended.output)
    assert len(places.secrets()) > 40
    assert 'HTTP/1.1" 200' in logged.getvalue()  # the requests themselves are logged
    everything = "\n".join([*texts, logged.getvalue()])
    assert [secret for secret in places.secrets() if secret in everything] == []


@pytest.mark.slow
def test_guide_has_what_each_source_says_when_it_fails() -> None:
    assert len(troubles()) == sum(map(len, FAILURES.values())) > 70
    assert page() == (ROOT / "docs/failures.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_each_failure_has_its_cause() -> None:
    """The page does not say it, but the steps of `cwac doctor` and the metrics go by it."""
    assert Counter(trouble.cause for trouble in troubles().values()) == {
        "api-disabled": 2, "bad-address": 1, "bad-answer": 5, "bad-key": 12, "clock": 1, "damaged": 1, "locked": 1,
        "no-credentials": 2, "not-a-google-sheet": 1, "not-a-workbook": 2, "not-allowed": 9, "not-found": 8,
        "not-installed": 1, "not-shared": 6, "old-format": 2, "password": 2, "protected": 3, "rate-limit": 4,
        "scope": 3, "server-error": 3, "too-large": 2, "unreachable": 4,
    }  # fmt: skip


@pytest.mark.slow
@each("source, said, steps", [(source, said, steps) for source, said, *steps in RARER])
def test_rarer_failure_has_its_cause_and_sentence(source: str, said: str, steps: list[Any]) -> None:
    trouble = trouble_of(source, said, *steps)
    assert re.sub(r"/tmp/\S*/", "FOLDER/", f"{trouble.cause}: {trouble.sentence}") == said
    assert trouble.remedy

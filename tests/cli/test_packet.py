"""`cwac packet`."""

import datetime as dt

import pytest

from tests.cli.plan import EVENTS, ON, refusal, run, write

NAMES = ["briefing.pdf", "count-sheet.pdf", "flyer.pdf", "release-es.docx", "release.docx", "release.txt",
         "venue-letter.pdf"]  # fmt: skip


def test_documents_of_one_event_are_written_and_holes_are_named(plan, tmp_path):
    result = run("packet", "ev-1", plan, "--on", ON, "-o", "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [f"2026-10-06-EV-1-{name}" for name in NAMES]
    assert result.stdout == ""
    first, *holes = result.stderr.splitlines()
    assert first == "7 documents of 1 event in out."
    assert "EV-1 has no press contact: type it in row 2 of Agencies." in holes
    assert "EV-1 has no address: type it in row 2 of Venues." in holes
    assert b"Cafe" in (tmp_path / "out/2026-10-06-EV-1-release.txt").read_bytes()


def test_month_has_every_event_and_the_after_action_page_of_past_ones(plan, tmp_path):
    result = run("packet", "--month", "2026-09", plan, "--on", ON, "-o", "out")
    assert result.stderr.splitlines()[0] == "8 documents of 1 event in out."
    assert (tmp_path / "out/2026-09-02-EV-3-after-action.pdf").is_file()


def test_events_whose_ids_read_alike_in_file_names_are_all_written(tmp_path):
    day = dt.date(2026, 10, 6)
    rows = [[event_id, day, *[None] * 5, "WPD", "Confirmed", None] for event_id in ("A/1", "A 1")]
    path = write(tmp_path / "alike.xlsx", Events=[EVENTS[0], *rows])
    run("packet", "--month", "2026-10", path, "--on", ON, "-o", "out")
    flyers = sorted(file.name for file in (tmp_path / "out").glob("*flyer*"))
    assert flyers == ["2026-10-06-A-1-flyer.pdf", "2026-10-06-A-1-row-2-flyer.pdf"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["EV-9"], "Error: The sheet has no event EV-9: its ID is in the column Event ID of Events."),
        (["EV-2"], "Error: Event EV-2 has no date yet: type it in Events."),
        (["--month", "2026-13"], "Error: Invalid value for --month: 2026-13 is not a month"),
        (["--month", "2027-01"], "Error: The sheet has no event in 2027-01."),
    ],
)
def test_refusals_are_one_sentence_and_write_nothing(plan, tmp_path, words, message):
    assert refusal("packet", *words, plan, "--on", ON, "-o", "out").startswith(message)
    assert not (tmp_path / "out").exists()


def test_event_and_month_exclude_each_other(plan):
    assert "Name one event by its ID" in refusal("packet", "EV-1", plan, "--month", "2026-10", "-o", "out")
    assert "Name one event by its ID" in refusal("packet", "-o", "out")


def test_folder_that_is_a_file_or_has_no_parent_is_refused(plan):
    assert "it is no folder" in refusal("packet", "EV-1", plan, "-o", "plan.xlsx")
    assert "No such file or directory" in refusal("packet", "EV-1", plan, "-o", "nowhere/out")

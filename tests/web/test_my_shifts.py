"""My shifts: an officer's next shift, the later ones, and their calendar."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

from cwac.analysis.staffing import duties
from cwac.web.sections import my_shifts
from tests.cases import each
from tests.web import plan
from tests.web.conftest import Serve, blocks, closed_to_strangers, opened, words


@each(
    ("report", "release", "words"),
    [
        (None, None, "time not known (event 8:00–9:30 AM)"),
        (dt.time(8), dt.time(9, 30), "8:00–9:30 AM"),
        (dt.time(7, 30), dt.time(10), "7:30–10:00 AM (event 8:00–9:30 AM)"),
    ],
)
def test_heading_of_a_shift_has_its_own_times(report: dt.time | None, release: dt.time | None, words: str) -> None:
    duty = duties(plan.snapshot(), plan.TODAY)[0]
    event = replace(duty.event, start=dt.time(8), end=dt.time(9, 30))
    shift = replace(duty, event=event, report=report, release=release)
    assert my_shifts.shift_when(shift, plan.TODAY).partition(" · ")[2] == words


def test_report_and_release_are_said_in_one_line() -> None:
    duty = duties(plan.snapshot(), plan.TODAY)[0]
    for report, release, said in (
        (dt.time(7, 30), dt.time(10), "Report at 7:30 AM, released at 10:00 AM"),
        (dt.time(8), None, "Report at 8:00 AM"),
        (None, None, "Report time not known"),
    ):
        assert my_shifts.report_words(replace(duty, report=report, release=release)) == said


def test_officer_whose_name_has_a_comma_or_parentheses_keeps_it_whole(serve: Serve, tmp_path: Path) -> None:
    rows = plan.tabs()["Officers"][:1]
    rows += [["OF-01", "Smith, J.", "Officer", "WPD"], ["OF-02", "B. Demo (K9)", "Officer", "SCSO"]]
    serve(closed_to_strangers(plan.save(tmp_path / "plan.xlsx", Officers=rows)))
    (choice,) = [
        block for block in blocks(opened("my_shifts", "coordinator")) if block.get("label") == "Officers by agency"
    ]
    offered = {card["title"][0]["name"]: [piece["text"] for piece in card["lines"][0]] for card in choice["cards"]}
    assert "Smith, J." in offered["WPD"]
    assert "B. Demo (K9)" in offered["SCSO"]
    page = opened("my_shifts", "coordinator", officer="Smith, J., WPD (OF-01)")
    assert "Report at " in words(page)
    assert "shifts-Smith-J" in str([element.proto for element in page.get("download_button")])


def test_officer_who_signs_in_lands_on_their_own_shifts(serve: Serve, tmp_path: Path) -> None:
    rows = plan.tabs()["Officers"][:1]
    rows[0] = ["Officer ID", "Name", "Agency", "Email"]
    rows += [["OF-01", "A. Sample", "WPD", "One@wpd.example.gov"], ["OF-02", "B. Demo", "WPD", "two@wpd.example.gov"]]
    serve(closed_to_strangers(plan.save(tmp_path / "plan.xlsx", Officers=rows)))
    own = opened("my_shifts", "liaison")
    assert own.selectbox(key="officer").options == ["A. Sample, WPD (OF-01)", "B. Demo, WPD (OF-02)"]
    assert own.title[0].value == r"A\. Sample\'s next shift is on Sat\, Nov 28\, at Weed Starbucks\."
    assert opened("my_shifts", "coordinator").title[0].value == r"Choose an officer\."
    rows[2][3] = "one@wpd.example.gov"  # two officers with one address: neither is known to be the viewer
    serve(closed_to_strangers(plan.save(tmp_path / "two.xlsx", Officers=rows)))
    assert opened("my_shifts", "liaison").title[0].value == r"Choose an officer\."


def test_many_officers_are_listed_by_the_letter_of_their_last_name(serve: Serve, tmp_path: Path) -> None:
    names = ["A. Sample", "B. Samson", "Zilch, Z.", *(f"N. Extra{number}" for number in range(40))]
    rows: plan.Rows = [["Officer ID", "Name", "Agency"], *([f"OF-{at}", name, "WPD"] for at, name in enumerate(names))]
    serve(closed_to_strangers(plan.save(tmp_path / "plan.xlsx", Officers=rows)))
    page = opened("my_shifts", "coordinator", letter="S")
    assert page.pills(key="letter").options == ["E", "S", "Z"]
    (choice,) = [block for block in blocks(page) if block["label"] == "Officers by agency"]
    assert [piece["text"] for card in choice["cards"] for piece in card["lines"][0]] == ["A. Sample", "B. Samson"]


def test_link_to_the_phones_calendar_opens_in_a_dialog_until_it_is_closed(serve: Serve, tmp_path: Path) -> None:
    settings = closed_to_strangers(plan.save(tmp_path / "plan.xlsx"))
    serve(replace(settings, store=f"sqlite:///{tmp_path}/s.sqlite3"))
    page = opened("my_shifts", "coordinator", officer="A. Plantedsample, WPD (OF-01)").run()
    assert not page.get("dialog")
    next(button for button in page.button if button.label == "Add to your phone's calendar").click().run()
    for _ in range(2):  # it stays open when the page runs again
        (dialog,) = page.get("dialog")
        assert dialog.proto.dialog.title == "Add to your phone's calendar"
        (said,) = dialog.success
        assert "**iPhone:** press Apple or Outlook, then Subscribe. **Android:** press Google, then Add" in said.value
        assert [link.proto.label for link in dialog.get("link_button")] == ["Google", "Apple or Outlook"]
        page.run()

"""Turns as stories: edits of a sheet, and everything that each turn sends, written down in `turns.txt`.

`### ` begins a story. A line with a day (of those after Sunday, October 4, 2026) and a time keeps the sheet or takes a
turn; `> ` and the indented lines below are a message. Other lines edit the sheet, with their arguments between bars.
"""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from cwac.notify.settings import AgencyNotices
from cwac.notify.turn import VersionReader
from tests.notify.county import NOTIFY, URL, Mailbox, Plan, at, base, turn
from tests.sheet.county import typed_rows

STORIES = dict(re.findall(r"^### (.*)\n((?:.+\n)+)", Path(__file__).with_name("turns.txt").read_text("utf-8"), re.M))
POSITIONAL = {"event": 3, "staff": 2, "change": 1}


def edited(plan, notify, typed):
    """The plan after one edit, and to whom notices go."""
    ((verb, *cells),) = typed_rows(typed)
    if verb == "county":
        return base(), notify
    if verb == "agency":
        name, address, *channels = cells
        notices = AgencyNotices(name, (address,), webhooks=tuple((each, "https://x.example/") for each in channels))
        return plan, replace(
            notify, agencies=tuple(notices if each.agency == name else each for each in notify.agencies)
        )
    if verb == "officer":
        plan.officers[cells[0]][3:] = cells[1:]
    else:
        count = POSITIONAL.get(verb, len(cells))
        getattr(plan, verb)(*cells[:count], **dict(zip(cells[count::2], cells[count + 1 :: 2], strict=True)))
    return plan, notify


def sent(envelope):
    """A message as text: its notes, then each line with what is to be done and the page that it opens."""
    yield f"> {envelope.recipient.name}, {envelope.kind}: {envelope.message.subject}"
    yield from (f"  ! {note}" for note in envelope.message.notes)
    for part in envelope.message.parts:
        yield f"  {part.title}"
        for section in part.sections:
            for line in section.lines:
                action = f" | {' '.join(line.action).replace(URL, 'SHEET')}" if line.action else ""
                yield f"    {section.heading} | {line.text}{action} -> {line.link}"
            yield from [f"    {section.heading} | {section.more}"] if section.more else []


@pytest.mark.parametrize("title", STORIES)
def test_turns_send_what_their_story_says(store, title):
    story, told, plan, notify, mailbox = STORIES[title].splitlines(), [], Plan(), NOTIFY, Mailbox()
    reader = VersionReader(store)
    for line in story:
        if not line.startswith((">", " ")):
            told.append(line)
            timed = re.fullmatch(r"(\d+) (\d+):(\d+) (keep|turn)", line)
            if timed is None:
                plan, notify = edited(plan, notify, line)
            elif timed[4] == "keep":
                store.keep(plan.workbook(at(*map(int, timed.groups()[:3]))))
            else:
                mailbox.taken.clear()
                turn(store, at(*map(int, timed.groups()[:3])), mailbox, notify, reader=reader)
                taken = sorted(mailbox.taken, key=lambda envelope: (envelope.recipient.name, envelope.kind))
                told += [each for envelope in taken for each in sent(envelope)]
    assert told == story, "\n".join(told)

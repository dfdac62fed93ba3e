"""Stories of a county: edits of its sheet, and what each turn sends, written down in `turns.txt`.

`### ` begins a story. A line with a day (of those after Sunday, October 4, 2026) and a time keeps the sheet or takes a
turn; `> ` and the indented lines below are a message. Other lines edit the sheet or say how it is doing, with their
arguments between bars.
"""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from cwac.model import SourceUnavailable
from cwac.notify.settings import AgencyNotices
from cwac.notify.turn import VersionReader
from cwac.refresh.live import Live, Notice
from tests.notify.county import NOTIFY, URL, Mailbox, Plan, at, base, sheet, turn
from tests.sheet.county import typed_rows

STORIES = dict(re.findall(r"^### (.*)\n((?:.+\n)+)", Path(__file__).with_name("turns.txt").read_text("utf-8"), re.M))
MOMENT = r"(-?\d+) (\d+):(\d+)"
POSITIONAL = {"event": 3, "staff": 2, "change": 1}


def play(store, title):
    """Each line of the story that is not a message, with the envelopes that it sends."""
    plan, notify, live, reader = Plan(), NOTIFY, Live(), VersionReader(store)
    for line in STORIES[title].splitlines():
        if line.startswith((">", " ")):
            continue
        mailbox = Mailbox()
        if timed := re.fullmatch(rf"{MOMENT} (keep|turn)", line):
            moment = moment_of(line)
            if timed[4] == "keep":
                store.keep(plan.workbook(moment))
            else:
                turn(store, moment, mailbox, notify, [sheet(live=live)], reader)
        else:
            ((verb, *cells),) = typed_rows(line)
            if verb == "county":
                plan = base()
            elif verb == "agency":
                name, address, *channels = cells
                hooks = tuple((channel, "https://x.example/") for channel in channels)
                others = [each for each in notify.agencies if each.agency != name]
                notify = replace(notify, agencies=(AgencyNotices(name, (address,), webhooks=hooks), *others))
            elif verb == "unreadable":
                live = replace(live, trouble=SourceUnavailable("", cells[1], ""), trouble_since=moment_of(cells[0]))
            elif verb == "notice":
                notice = Notice(cells[0], cells[1], at(0, 0))
                live = replace(live, store_notices=(*live.store_notices, notice))
            else:
                count = POSITIONAL.get(verb, len(cells))
                getattr(plan, verb)(*cells[:count], **dict(zip(cells[count::2], cells[count + 1 :: 2], strict=True)))
        yield line, sorted(mailbox.taken, key=lambda envelope: (envelope.recipient.name, envelope.kind))


def moment_of(line):
    return at(*map(int, re.match(MOMENT, line).groups()))


def lines_of(envelope):
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
    told = []
    for line, envelopes in play(store, title):
        told += [line, *(each for envelope in envelopes for each in lines_of(envelope))]
    assert told == STORIES[title].splitlines(), "\n".join(told)

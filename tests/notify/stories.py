"""Stories of a county: edits of its sheet, and what each turn sends, written down in `turns.txt`.

`### ` begins a story. A line with a day (of those after Sunday, October 4, 2026) and a time keeps the sheet or takes a
turn; `> ` and the indented lines below are a message. Other lines edit the sheet or say how it is doing, with their
arguments between bars.
"""

import re
from dataclasses import replace
from pathlib import Path

from cwac.notify.recipients import Status
from cwac.notify.settings import AgencyNotices
from cwac.notify.turn import VersionReader
from tests.notify.county import NOTIFY, Mailbox, Plan, at, base, sheet, turn
from tests.sheet.county import typed_rows

STORIES = dict(re.findall(r"^### (.*)\n((?:.+\n)+)", Path(__file__).with_name("turns.txt").read_text("utf-8"), re.M))
MOMENT = r"(-?\d+) (\d+):(\d+)"
POSITIONAL = {"event": 3, "staff": 2, "change": 1}


def play(store, title):
    """Each line of the story that is not a message, with the envelopes that it sends."""
    plan, notify, status, reader = Plan(), NOTIFY, Status(), VersionReader(store)
    for line in STORIES[title].splitlines():
        if line.startswith((">", " ")):
            continue
        mailbox = Mailbox()
        if timed := re.fullmatch(rf"{MOMENT} (keep|turn)", line):
            moment = moment_of(line)
            if timed[4] == "keep":
                store.keep(plan.workbook(moment))
            else:
                turn(store, moment, mailbox, notify, [sheet(status=status)], reader)
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
                status = replace(status, unreadable_since=moment_of(cells[0]), reason=cells[1])
            elif verb == "notice":
                status = replace(status, notices={**status.notices, cells[0]: cells[1]})
            else:
                count = POSITIONAL.get(verb, len(cells))
                getattr(plan, verb)(*cells[:count], **dict(zip(cells[count::2], cells[count + 1 :: 2], strict=True)))
        yield line, sorted(mailbox.taken, key=lambda envelope: (envelope.recipient.name, envelope.kind))


def moment_of(line):
    return at(*map(int, re.match(MOMENT, line).groups()))

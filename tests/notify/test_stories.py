"""Everything that each turn sends, as the stories of `turns.txt` say."""

import pytest

from tests.notify.county import URL
from tests.notify.stories import STORIES, play


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

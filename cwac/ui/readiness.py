"""What was asked of a large sheet lately is answered for its next version before that is shown: nobody is the first."""

from __future__ import annotations

import time
from collections.abc import Collection

from cwac.access import Viewer
from cwac.live import counties
from cwac.live.shares import in_common, next_share, share_of
from cwac.model import Snapshot
from cwac.ui import door, kept

ENOUGH = 4.0
"""Seconds of work, with rests four times as long; whoever asks for what is left then waits for it as before."""


LIAISON = Viewer("liaison")
"""Of no agency: what they are shown, all liaisons are."""


def get_ready(county: str, snapshot: Snapshot, changed: Collection[str] | None) -> None:
    """Make the shares of those who look, and answer what they asked last, before `snapshot` is shown.

    `changed` are the IDs of the events in which it differs from the version shown; None where it may in anything.
    """
    shares, answers = kept.shown((county, "shares")), kept.shown(county)
    settings = counties.settings(county)
    rules, version = settings.rules, door.version_of(snapshot)
    if shares is None or answers is None:
        if settings.auth:  # a liaison may be the first to come
            share_of(LIAISON, snapshot, rules)
        return
    new_shares = kept.coming((county, "shares"), version, shares[1].most)
    new_answers = kept.coming(county, version, answers[1].most)
    until = time.thread_time() + ENOUGH
    made: dict[object, Snapshot] = {door.EVERYBODY: in_common(snapshot)}
    for who, earlier in shares[1].asked():
        made[who] = next_share(Viewer(*who), snapshot, earlier, rules, changed)
        new_shares.give(who, made[who])
    if version[1] != answers[0][1]:
        return
    for question, _ in answers[1].asked():
        if time.thread_time() > until:
            break
        if question.holds and question.who in made:
            share = made[question.who]
            new_answers.give(question.key(share), question.of(share))

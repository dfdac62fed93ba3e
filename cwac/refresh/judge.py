"""Decides whether a workbook that was just fetched is shown, and says what viewers are told of it and of its age."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

from cwac import logs
from cwac.date_words import day_words, zoned_clock
from cwac.model import Snapshot, SourceUnavailable, Workbook
from cwac.refresh import sanity
from cwac.refresh.live import Live, Notice
from cwac.refresh.sanity import Vanished
from cwac.sheet.plan import Plan
from cwac.sheet.reader import keep_plan
from cwac.storage.versions import Version

_log = logging.getLogger(__name__)

LOSS_STANDS = dt.timedelta(days=1)
"""How long a large deletion is pointed out."""

_Result = TypeVar("_Result")


class Reader(Protocol):
    """Reads a workbook on a day; `before` is the plan by which the last version was read."""

    def __call__(self, workbook: Workbook, today: dt.date, *, before: Plan | None = None) -> Snapshot: ...


class Judge:
    """Reads workbooks as snapshots of a day, and compares each with the last good one."""

    def __init__(self, read: Reader, clock: Callable[[], dt.datetime]) -> None:
        self.read = read
        """Another one may take its place at any time; what is shown is then read again."""
        self._shown_by = read
        self._clock = clock
        self._unreadable: tuple[str, dt.date] | None = None
        """Content and day that the reader failed on: reading them again would fail again."""

    def today(self, workbook: Workbook) -> dt.date:
        """The date in the workbook's own zone."""
        return self._clock().astimezone(ZoneInfo(workbook.timezone)).date()

    def snapshot(self, workbook: Workbook, live: Live) -> Snapshot:
        """The workbook read on today's date, or the snapshot shown if that would be the same."""
        today = self.today(workbook)
        current, by = live.snapshot, self.read
        is_same = current is not None and (current.content_hash, current.today) == (workbook.content_hash, today)
        plan = live.workbook.plan if live.workbook is not None else None
        if current is not None and is_same and by is self._shown_by:
            if workbook.plan is None:
                keep_plan(workbook, plan)
            return current
        read = by(workbook, today, before=plan)
        self._shown_by = by
        return read if current is None else read.sharing(current)

    def on_today(self, live: Live) -> Live:
        """The same, read on today's date."""
        return live if live.workbook is None else replace(live, snapshot=self.snapshot(live.workbook, live))

    def judge(
        self, workbook: Workbook | None, trouble: SourceUnavailable | None, live: Live
    ) -> tuple[Live, SourceUnavailable | None, bool]:
        """What to show after a look, why that failed, and whether the workbook was judged; raises nothing."""
        judged = None
        if workbook is not None:
            judged, trouble = attempt("reading", lambda: self._judge(workbook, live))
            after, trouble = judged or (live, trouble)
            live = replace(after, look_closer=after.look_closer or trouble is not None)
        # There may be nothing new to show, but it may be another day.
        today, mistake = attempt("reading", lambda: self.on_today(live))
        return today or live, trouble or mistake, judged is not None

    def _judge(self, workbook: Workbook, live: Live) -> tuple[Live, SourceUnavailable | None]:
        """What to show, with the workbook if that is good, and why not if there is nothing else to show."""
        content, today = workbook.content_hash, self.today(workbook)
        is_read_anew = self.read is not self._shown_by
        if self._unreadable == (content, today) and not is_read_anew:
            raise our_mistake("reading")
        is_accepted = content in live.accepted
        if live.damaged_content == content and not (is_accepted or is_read_anew):
            return live, None
        before: Snapshot | None = None
        findings: tuple[Vanished, ...] = ()
        try:
            after = self.snapshot(workbook, live)
            if live.workbook is not None and live.workbook.content_hash != content:
                before = self.snapshot(live.workbook, live)
                findings = sanity.vanished(before, after, live.workbook, workbook)
        except SourceUnavailable as trouble:
            if live.snapshot is None:
                return live, trouble
            return self._damaged(workbook, live, str(trouble), may_accept=False)
        except BaseException:
            self._unreadable = content, today
            raise
        if not is_accepted and (reasons := sanity.staying(findings)):
            return self._damaged(workbook, live, sanity.clauses(reasons), may_accept=True)
        look_closer = False
        if before is not None:
            # Required cells that became blank may have been merged, which only the metadata tells.
            look_closer = bool(sanity.new_problems(before, after, "missing", "tab", "cell"))
            live = self._with_loss(after, live, workbook, () if is_accepted else findings)
        good = replace(
            live,
            workbook=workbook,
            snapshot=after,
            as_of=workbook.as_of,
            damage=None,
            damaged_content=None,
            source_notice=_source_notice(workbook, live.source_notice),
            look_closer=look_closer,
        )
        return good, None

    def loss_since(self, earlier: Workbook, then: Version, live: Live) -> Live:
        """Point out a large deletion since that earlier version, if there was one."""
        assert live.snapshot is not None
        assert live.workbook is not None
        findings = self._vanished(earlier, live.snapshot, live.workbook)
        if not findings:
            return live
        loss = _loss_notice(findings, f"since {self._when(then.seen_at, live)}", live.workbook.as_of, then.id)
        return replace(live, loss=loss, before_loss=earlier)

    def _damaged(self, workbook: Workbook, live: Live, reason: str, *, may_accept: bool) -> tuple[Live, None]:
        _log.warning("The sheet is damaged: the last good version stays")
        since = live.damage.since if live.damage is not None else workbook.as_of
        sentence = (
            f"The sheet is damaged since {self._when(since, live)}: {reason[:1].lower()}{reason[1:].rstrip('.')}. "
            f"This is the sheet as it was at {self._when(live.as_of or since, live)}. Whoever keeps it: put back "
            "what is gone (undo, or File > Version history), and this page follows by itself."
        )
        notice = Notice("damaged", sentence, since, live.version, may_accept)
        return replace(live, damage=notice, damaged_content=workbook.content_hash), None

    def _with_loss(self, after: Snapshot, live: Live, workbook: Workbook, findings: tuple[Vanished, ...]) -> Live:
        """The same with the loss to point out, and what was before it; of several in a row, the first has it all."""
        before, version = live.workbook, live.version
        if live.loss is not None and live.before_loss is not None:
            still = self._vanished(live.before_loss, after, workbook)
            if still and not findings:
                return live
            if still:
                before, findings, version = live.before_loss, still, live.loss.version
        if not findings:
            return replace(live, loss=None, before_loss=None)
        loss = _loss_notice(findings, f"at {self._when(workbook.as_of, live)}", workbook.as_of, version)
        return replace(live, loss=loss, before_loss=before)

    def _vanished(self, earlier: Workbook, after: Snapshot, workbook: Workbook) -> tuple[Vanished, ...]:
        """What vanished since an earlier workbook; nothing if that can no longer be read, by other settings."""
        try:
            return sanity.vanished(self.read(earlier, after.today), after, earlier, workbook)
        except SourceUnavailable as trouble:
            _log.warning("What was kept before a loss could not be read: %s", trouble.cause)
            return ()

    def _when(self, moment: dt.datetime, live: Live) -> str:
        """Always with the day, since the sentence stays up for a while."""
        local = moment.astimezone(ZoneInfo(live.snapshot.timezone)) if live.snapshot else moment
        return _dated(local, self._clock().astimezone(local.tzinfo).date())


def attempt(doing: str, act: Callable[[], _Result]) -> tuple[_Result | None, SourceUnavailable | None]:
    """The result, or the trouble; any error but `SourceUnavailable` is a fault of this program."""
    try:
        return act(), None
    except SourceUnavailable as trouble:
        return None, trouble
    except BaseException as error:
        _log.error("A mistake while %s the sheet: %s at %s", doing, type(error).__name__, logs.place(error))
        return None, our_mistake(doing)


def our_mistake(doing: str) -> SourceUnavailable:
    """The trouble that is shown after a fault of this program while `doing` (fetching, reading) the sheet."""
    return SourceUnavailable(
        "our-mistake",
        f"This program made a mistake while {doing} the sheet.",
        "Whoever runs it finds the place in its log. It tries again by itself.",
        permanent=False,
    )


def _loss_notice(findings: tuple[Vanished, ...], when: str, since: dt.datetime, version: int | None) -> Notice:
    sentence = (
        f"{sanity.loss_sentence(findings, when)} If that was a mistake, whoever keeps the sheet can "
        "undo it there (undo, or File > Version history)."
    )
    code = "large-deletion" if any(finding.is_deletion for finding in findings) else "large-change"
    return Notice(code, sentence, since).of_version(version)


CHECKED_OUT = (
    "The workbook is checked out in SharePoint: what is shown is the version that was checked in last. Whoever checked "
    "it out: check it in, so that the edits since then show."
)


def _source_notice(workbook: Workbook, earlier: Notice | None) -> Notice | None:
    """A notice of a file that is checked out or of tabs under new names; `earlier` again if it says the same."""
    if not (workbook.checked_out or workbook.renamed):
        return None
    names = " and ".join(f'the tab "{title}" is read as {name}' for name, title in workbook.renamed)
    sentence = (
        f"{names[:1].upper()}{names[1:]}, as it was called before. Whoever keeps the sheet: give it that name again. "
        "A program that never saw the old name cannot know which tab it is."
    )
    code, sentence = ("checked-out", CHECKED_OUT) if workbook.checked_out else ("renamed-tab", sentence)
    is_same = earlier is not None and earlier.sentence == sentence
    return earlier if is_same else Notice(code, sentence, workbook.as_of)


_REASONS = {
    "rate-limit": "too many requests",
    "unreachable": "it could not be reached",
    "server-error": "a fault of its own",
    "bad-answer": "its answer could not be read",
}
"""Why Google has not answered, by cause."""


def as_of_sentence(live: Live, now: dt.datetime) -> str:
    """How old the data is and, if it is older than it should be, why, what to do, and who must do it."""
    if live.as_of is None:
        return str(live.trouble) if live.trouble else "The sheet is being read for the first time."
    local = live.as_of.astimezone(ZoneInfo(live.snapshot.timezone)) if live.snapshot else live.as_of
    today = now.astimezone(local.tzinfo).date()
    moment = zoned_clock(local) if local.date() == today else _dated(local, today)
    if live.trouble is None and not live.is_silent(now):
        return f"As of {moment}" + (". The sheet has been damaged since." if live.damage else "")
    if live.trouble is not None and live.trouble.cause not in _REASONS:
        return f"{live.trouble.sentence} Showing the sheet as it was at {moment}. {live.trouble.remedy}".strip()
    why, remedy = (f" ({_REASONS[live.trouble.cause]})", live.trouble.remedy) if live.trouble else ("", "")
    return f"{live.source} has not answered since {moment}{why}. Showing the sheet as it was then. {remedy}".strip()


def _dated(local: dt.datetime, today: dt.date) -> str:
    """`10:42 AM Pacific Time on Wed, Oct 7`, for sentences that stay up for days."""
    return f"{zoned_clock(local)} on {day_words(local.date(), today)}"

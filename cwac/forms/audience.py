"""Who sees what people answered."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from cwac.forms.records import FeedbackAnswer, OfficerAnswer
from cwac.sheet.schema import Audience

OTHER_FIELDS: Mapping[type, Mapping[str, Audience]] = {
    OfficerAnswer: dict.fromkeys(("row", "name", "agency", "other_address"), "agencies"),
    FeedbackAnswer: dict.fromkeys(("row", "questions", "scores"), "agencies"),
}


def audience_of(record: object, own: Collection[str], shared: Collection[str]) -> Audience | None:
    """Answers are seen as names in Staffing are; an officer's note by their own agency; feedback by all agencies."""
    if isinstance(record, OfficerAnswer):
        if record.agency is not None and record.agency in own:
            return "own agency"
        return "agencies" if record.event_id in shared else None
    return "agencies" if isinstance(record, FeedbackAnswer) else None

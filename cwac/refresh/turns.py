"""The state of a sheet as JSON: the process that looked last writes it into the row of turns for the others."""

from __future__ import annotations

import datetime as dt
import json
import logging
from dataclasses import asdict
from typing import Any

from cwac.model import SourceUnavailable
from cwac.refresh.live import Damage, Live, Loss, Notice

_log = logging.getLogger(__name__)


def to_json(live: Live) -> str:
    """The state without the version shown; `source_notice` has the name that earlier releases read."""
    trouble = live.trouble and {
        name: getattr(live.trouble, name) for name in ("cause", "sentence", "remedy", "permanent", "retry_after")
    }
    return json.dumps(
        {
            "as_of": live.as_of and live.as_of.isoformat(),
            "trouble": trouble,
            "trouble_since": live.trouble_since and live.trouble_since.isoformat(),
            "damage": live.damage and (live.damage.content, _notice_to_json(live.damage.notice)),
            "loss": live.loss and _notice_to_json(live.loss.notice),
            "renamed": live.source_notice and _notice_to_json(live.source_notice),
            "accepted": live.accepted,
            "asked": live.asked,
        }
    )


def from_json(text: str) -> Live:
    """The state that `to_json` wrote; an empty one if nothing was written, or another release writes it otherwise."""
    if not text:
        return Live()
    try:
        fields = json.loads(text)
        damage = fields["damage"]
        return Live(
            as_of=_moment(fields["as_of"]),
            trouble=fields["trouble"] and SourceUnavailable(**fields["trouble"]),
            trouble_since=_moment(fields["trouble_since"]),
            damage=damage and Damage(damage[0], _notice(damage[1])),
            loss=fields["loss"] and Loss(_notice(fields["loss"])),
            source_notice=fields["renamed"] and _notice(fields["renamed"]),
            accepted=tuple(fields["accepted"]),
            asked=fields["asked"],
        )
    except (ValueError, TypeError, LookupError) as error:
        _log.warning("The state of a sheet cannot be read: %s", type(error).__name__)
        return Live()


def _notice_to_json(notice: Notice) -> dict[str, object]:
    return asdict(notice) | {"since": notice.since.isoformat()}


def _notice(fields: dict[str, Any]) -> Notice:
    return Notice(**fields | {"since": dt.datetime.fromisoformat(fields["since"])})


def _moment(text: str | None) -> dt.datetime | None:
    return None if text is None else dt.datetime.fromisoformat(text)

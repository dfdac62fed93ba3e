"""The functions that the core may call, each imported when it is called."""

from __future__ import annotations

from importlib import import_module as module
from typing import TYPE_CHECKING

from cwac.addons import Addon

if TYPE_CHECKING:
    from cwac.sheet.plan import AddedTabs


def _tabs() -> AddedTabs:
    from cwac.forms import reading, tabs
    from cwac.sheet.plan import AddedTabs

    return AddedTabs(tabs.SPECS, tabs.plan, tabs.why_none, reading.read, tabs.audience_of, tabs.OTHER_FIELDS)


ADDON = Addon(
    settings=lambda: (module("cwac.forms.settings").SECTION,),
    tabs=_tabs,
    start_here=lambda: {"Answers through forms, where you want them": module("cwac.forms.questions").START_HERE},
    commands=lambda: (
        module("cwac.forms.command").answers_command,
        module("cwac.forms.command").feedback_command,
        module("cwac.forms.command").forms_command,
    ),
    sheet_checks=lambda settings, snapshot: module("cwac.forms.checks").findings(settings, snapshot),
    sections={
        "openings": lambda session: module("cwac.forms.panel").show_to_do(session),
        "towns": lambda session: module("cwac.forms.panel").show_feedback(session),
    },
    residents_said=lambda snapshot, period: module("cwac.forms.feedback").residents_said(snapshot, period),
    public_feedback=lambda *asked: module("cwac.forms.feedback").public_feedback(*asked),
    form_links=lambda settings, event_id: module("cwac.forms.settings").form_links(settings, event_id),
    beside_names=lambda session: module("cwac.forms.panel").beside_names(session),
    urgent=lambda session: module("cwac.forms.panel").urgent(session),
    cells_to_type=lambda *asked: module("cwac.forms.answers").cells_to_type(*asked),
    shift_form=lambda *asked: module("cwac.forms.settings").shift_form(*asked),
)

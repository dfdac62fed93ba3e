"""`cwac report --for`: the reports for funders."""

import json

import pytest

from tests.cases import each
from tests.cli.conftest import nothing_configured
from tests.cli.test_report import ON, plan, run
from tests.exports.test_schemas import ON as PLANTED
from tests.exports.test_schemas import odd, printed, validate

__all__ = ["nothing_configured", "odd", "plan"]


def test_report_for_a_funder_as_json_on_the_screen(plan):
    words = ("--for", "agency", "--agency", "scso", "--format", "json", "--on", ON)
    document = json.loads(run("report", "2026", plan, *words).stdout)
    assert list(document)[:5] == ["source", "as_of", "on", "for", "period"]
    assert (document["for"], document["period"], document["agency"]) == ("agency", "2026", "SCSO")
    assert document["federal_fiscal_years"] == [2026, 2027]
    values = {key: figure["value"] for key, figure in document["figures"].items()}
    assert (values["events_planned"], values["events_held"], values["events_cancelled"]) == (2, 1, 1)
    assert values["youth"] is None


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["2026", "--for", "ots-quarter"], "'2026' is not a quarter"),
        (["2026-13", "--for", "nno"], "'2026-13' is not a quarter"),
        (["2026-Q3", "--for", "agency"], "--for agency is of one agency: name it with --agency."),
        (["2026-Q3", "--for", "nno", "--agency", "KGB"], "'KGB' is not an agency of this sheet: it has WPD, SCSO."),
        (["2026-Q3", "--for", "nno", "--funding", "OTS"], "'OTS' is in no Funding cell of this sheet: it has none."),
        (["2026-Q3", "--funding", "OTS"], "--funding is of the reports for funders: name one with --for."),
        (["2026", "--agency", "WPD"], "'2026' is not a quarter"),
    ],
)
def test_wrong_words_for_a_funder_are_refused(plan, tmp_path, words, message):
    result = run("report", words[0], plan, *words[1:], "--on", ON, "-o", "x.pdf", status=2)
    assert message in result.stderr.splitlines()[-1]
    assert not (tmp_path / "x.pdf").exists()


@pytest.mark.slow
@each("words", [["ots-quarter"], ["nno"], ["agency", "--agency", "WPD"], ["nno", "--funding", "grant"]])
def test_reports_for_funders_fit_the_schema(words, odd):
    for source in ("sample", odd):
        if source == odd and "--funding" in words:
            continue
        document = printed(
            ["report", "2026-Q3", source, "--for", *words, "--format", "json", "-o", "-", "--on", PLANTED]
        )
        assert document["for"] == words[0]
        validate("funder-report", document)

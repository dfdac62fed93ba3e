"""Everything that people read is plain American English, with American dates."""

import ast
import re
import subprocess
import sysconfig
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner

from cwac.cli import main
from cwac.sheet.schema import TABS
from tests.cases import each
from tests.test_documents import DOCUMENTS, ROOT, text_of
from tests.test_imports import SOURCES, parsed

# --- what is not written -------------------------------------------------------------------------------------------

VALUES_IN_TEXT = re.compile(r"\b(?:cancel(?:led|ling)|(?:neighbour|colour|centre)s?)\b", re.IGNORECASE)
"""British words that codespell ignores, as values and sheets have them: a text has the American ones."""
_MONTH = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_LONG_MONTH = "January|February|March|April|May|June|July|August|September|October|November|December"
DAY_BEFORE_MONTH = re.compile(
    rf"(?<![\d.,:/-])\b\d{{1,2}}(?:st|nd|rd|th)? (?:of )?(?:{_LONG_MONTH}|{_MONTH})\b(?! \d{{1,2}}\b)"
)
OLD_WORDS: Mapping[str, re.Pattern[str]] = {
    "fix": re.compile(r"\bmend(?:s|ed|ing)?\b", re.IGNORECASE),
    "counts, is, is used": re.compile(r"\bst(?:ands?|ood)\b(?! (?:for|by)\b|-ins?\b)", re.IGNORECASE),
    "is assigned": re.compile(r"\b[Ww]ho goes\b|\bgoes (?:already|next|instead)\b|\bof \w+ goes? to\b"),
    "is missing": re.compile(r"\black(?:s|ing)?\b", re.IGNORECASE),
    "Officer or Agency": re.compile(r"^Whose$"),
    "Not included": re.compile(r"^Apart$"),
    "needs attention": re.compile(r"\bneeds? (?:somebody|you\b|a human)", re.IGNORECASE),
    "Staff time, Forecast, Missing results": re.compile(r"^(?:Worth it\?|What to expect|After the event)$"),
    "Double-booked": re.compile(r"two places to be|another place to be", re.IGNORECASE),
    "No officer from": re.compile(r"sends? nobody", re.IGNORECASE),
    "shifts, positions": re.compile(
        r"(?<!on )\bdut(?:y|ies)\b|\bposts\b|\b(?:open|a|every|each|no) post\b", re.IGNORECASE
    ),
    "requested from": re.compile(r"(?:\d|\}|[Pp]osts?|[Pp]ositions?) asked for\b|\basked for of\b|^asked for$"),
    "new opening": re.compile(r"opened a gap|gap (?:opened|grew|shrank|closed)", re.IGNORECASE),
    "message to send for": re.compile(r"words to ask with", re.IGNORECASE),
    "this column isn't used": re.compile(r"contract does not know"),
    "still has to send": re.compile(r"\bowes? (?:\d|\{|an?\b|officers|positions)|\bstill owes?\b"),
    "officers are missing": re.compile(r"\bpositions? (?:is|are) open\b"),
    "Workload": re.compile(r"\bfairness\b|\bfair shares?\b", re.IGNORECASE),
    "Who's available": re.compile(r"\bwho (?:can|could) go\b", re.IGNORECASE),
    "conflict": re.compile(r"\bclash(?:es)?\b", re.IGNORECASE),
    "typical 17 (55 events counted)": re.compile(r"\(n \d|\bmedian \d+ \(n\b"),
    "typical guests": re.compile(r"\bmedian guests|, median$|^Median |\bclosed after a median\b", re.IGNORECASE),
    "Q3 2026 (Jul–Sep)": re.compile(r"\b20\d\d-Q[1-4]\b"),
    "vs": re.compile(r"\bvs\."),
    "download the data": re.compile(r"rows for other programs", re.IGNORECASE),
    "the drive takes about 54": re.compile(r"\ballow (?:\d|\{)"),
    "41%": re.compile(r"\d %"),
    "Pacific Time": re.compile(r"\bP[DS]T\b|America/Los_Angeles"),
    "the month before the day": DAY_BEFORE_MONTH,
    "American spelling": VALUES_IN_TEXT,
}
"""What to write -> what is not written for it, in any text that people read."""


def old_words(text: str) -> list[str]:
    """What is wrong with a text, and what to write."""
    return [f"{match[0]!r}: write {better!r}" for better, old in OLD_WORDS.items() if (match := old.search(text))]


@each(
    ("wrong", "texts"),
    [
        (True, ["Wed 7 Oct", "26 Nov", "on 1 October 2026", "41 %", "10:42 AM PDT", "median 17 (n 55)", "Whose",
                "Median guests", "2026-Q3", "Agency sends nobody", "2 asked for of SCSO", "Mend the formula",
                "The first row stands", "No post is open.", "It was cancelled", "Colour", "3 cells need a human",
                "+2 vs. Q3 2026", "10 min, allow 54", "SCSO owes 12 officers at 9 events", "2 positions are open",
                "Fair share as CSV", "Who can go"]),
        (False, ["Wed, Oct 7", "Nov 22–28, 2026", "41%", "10:42 AM Pacific Time", "typical 17 (55 events counted)",
                 "Q3 2026 (Jul–Sep)", "SCSO has sent everybody it owes.", "On duty", "Double-booked", "Canceled"]),
    ],
)  # fmt: skip
def test_old_words_are_found_and_plain_american_text_passes(wrong, texts):
    assert [text for text in texts if bool(old_words(text)) != wrong] == []


# --- our source ----------------------------------------------------------------------------------------------------

READING = {
    "cwac/sheet/choices.py", "cwac/sheet/counts.py", "cwac/sheet/headers.py",
    "cwac/sheet/names.py", "cwac/sheet/officers.py", "cwac/sheet/people.py", "cwac/sheet/remarks.py",
    "cwac/sheet/times.py",
}  # fmt: skip
"""Modules with patterns and lists of what people type, in every spelling. A sentence in them is looked at."""
TYPED = {
    typed
    for spec in TABS
    for column in spec.columns
    for typed in (*column.aliases, *column.spanish, *column.choices, column.phrases, *dict(column.parts).values())
}
"""Names and phrases of columns and choices as sheets may have them; the template writes others."""
VALUES = {
    "Cancelled": "the value of a status in JSON, CSV, xlsx, URLs and stored versions",
    "Neighbour": "the value of a category there",
    "CANCELLED": "iCalendar's word (RFC 5545)",
    "EventCancelled": "schema.org's word",
    "Median guests at an event": "a figure in the report's CSV",
    "America/Los_Angeles": "the name of a time zone in settings",
    "Clashes": "a view, or a value of a filter, in URLs",
    "Clash": "a value of a filter in URLs",
    "Duties": "a view in URLs",
    "duties.csv": "the name of a file",
    "Fairness": "a view in URLs",
    "Fair share": "a view in old URLs",
    "Who could go": "a view in URLs",
    "Two places to be": "a value of a filter in links that were made before it was renamed",
    "Agency sends nobody": "a value of a filter in such links",
    "Worth it?": "a view in URLs",
    "What to expect": "a view in URLs",
    "After the event": "a view in URLs",
}
"""Strings that are no text, but stay as they are, and why."""
SENTENCES = {
    "write the year and the quarter, such as 2026-Q3.": "what the command and the links take",
    "cwac report 2026-Q3": "an example of a command",
    "this quarter or year, such as 2026-Q3 or 2026.": "what the option takes",
    "America/Los_Angeles US/Pacific PST8PDT": "names of time zones, to find their American one",
    "write one such as America/Los_Angeles.": "what the setting takes",
}
"""Parts of texts that may have such words, and why."""


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def strings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and text of each string, f-strings joined, without docstrings."""
    nodes = list(ast.walk(tree))
    prose = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    inner = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in nodes:
        if isinstance(node, ast.JoinedStr):
            parts = (str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
            yield node.lineno, "".join(parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose | inner:
            yield node.lineno, node.value


def is_text(text: str, path: Path) -> bool:
    """Whether people may read it: no value or key, no name of a column as typed, no pattern or list of the reader."""
    if text in VALUES or text in TYPED or re.fullmatch(r"[a-z0-9_-]+", text) or "(?" in text or "\\b" in text:
        return False
    return named(path) not in READING or text.rstrip().endswith((".", "!")) or "{}" in text


@pytest.mark.slow
@each("path", SOURCES, ids=[named(path) for path in SOURCES])
def test_strings_of_the_program_are_plain_american(path):
    allowed = re.compile("|".join(map(re.escape, SENTENCES)))
    texts = [(line, allowed.sub("", text)) for line, text in strings(parsed(path)) if is_text(text, path)]
    assert [f"{named(path)}:{line}: {wrong}" for line, text in texts for wrong in old_words(text)] == []


NUMBER_AND_NOUN = re.compile(
    r"\{((?:[^{}A-Z]|\b[A-Z]+(?=\())[^{}]*)\} ((?!(?:at|for|has|holds|if|of|with) )(?:[a-z-]+ )?"
    r"(?:answers|characters|counts|days|events|guests|hours|minutes|months|officers|ones|others|pages|people|rows"
    r"|seconds|sheets|times|towns|values|versions|webhooks|weeks|years))\b"
)
"""A value in a text and the plural noun behind it, which is wrong of 1: `counted` and `with_noun` know both."""
NEVER_ONE = {
    "host answers", "'fewer' if now < then else 'more' guests",  # no numbers
    "len(secret) characters", "self.days_ahead days", "months months", "text.MAX_CELL characters", "minutes minutes",
    "cell.limit characters", "self.MOST officers", "error.args[0]:.3g seconds", "half_up(abs(off)) seconds",
    "len(printed.pictures) pages",  # limits and lengths of ours
    "len(listed) - 3 others", "len(names) - 3 others", "len(events) times", "len(events) events", "times times",
    "len(people) people", "len(shares):, officers", "len(open_ended):, counts", "days:, days", "one.n answers",
    "held values", "len(coming) coming events", "noun rows", "len(ids) events", "len(unknown):, rows",
    "len(found) events", "len(settings.counties) sheets", "len(towns) towns", "len(events):, events",  # several
    "half_up(hours, 1) hours", "cell:g hours",  # 1.0 hours, 0.5 hours
    "more guests", "high guests",  # percents
    "count events", "count guests", "count answers",  # phrases for one are beside these
}  # fmt: skip


def test_a_number_that_may_be_one_is_not_before_a_fixed_plural_noun() -> None:
    texts = (path.read_text(encoding="utf-8") for path in SOURCES)
    found = {" ".join(match.groups()) for text in texts for match in NUMBER_AND_NOUN.finditer(text)}
    assert found ^ NEVER_ONE == set()


@pytest.mark.slow
def test_every_file_is_in_american_spelling() -> None:
    codespell = Path(sysconfig.get_path("scripts")) / "codespell"
    done = subprocess.run([codespell], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


# --- documents -----------------------------------------------------------------------------------------------------

CODE_IN_MARKDOWN = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
"""Commands, values and words of the sheet or of the code, which stay as they are."""


def prose(document: Path) -> Iterator[tuple[int, str]]:
    """Line and text of a document without code, and without the names that the reader takes for a column."""
    text = CODE_IN_MARKDOWN.sub(lambda code: "\n" * code[0].count("\n"), text_of(document))
    in_dictionary = False
    for number, line in enumerate(text.splitlines(), 1):
        in_dictionary = line.startswith("| Column |") or (in_dictionary and line.startswith("|"))
        yield number, line.rpartition(" | ")[0] if in_dictionary else line


@pytest.mark.slow
@each("document", DOCUMENTS, ids=[named(path) for path in DOCUMENTS])
def test_documents_are_plain_american(document):
    problems = [f"{named(document)}:{line}: {wrong}" for line, text in prose(document) for wrong in old_words(text)]
    assert problems == []


# --- what the program writes ---------------------------------------------------------------------------------------


@pytest.mark.slow
def test_help_and_answers_of_commands_and_what_is_typeset_are_plain_american() -> None:
    """Without what somebody typed into the sample, which is quoted as it is."""
    texts = text_of("docs/cli.md").replace("2026-Q3", "").splitlines()
    for words in ("check", "alerts", "gaps"):
        output = CliRunner().invoke(main, [words, "sample", "--on", "2026-11-25"]).output
        texts += re.sub(r'"[^"\n]*"', "", output).splitlines()
    assert any("3 of 5 staffed. Still needed" in text for text in texts)
    files = [path for path in (ROOT / "cwac").rglob("*.typ") if "templates" not in path.parts]
    lines = [line for path in files for line in text_of(path).splitlines()]
    texts += [line for line in lines if not line.lstrip().startswith("//")]
    assert [f"{text[:120]!r}: {wrong}" for text in dict.fromkeys(texts) for wrong in old_words(text)] == []

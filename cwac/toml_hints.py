"""What is wrong with a settings file that is not TOML: the mistake people make, its line, and the line written right.

No value is ever repeated, as it may be a key: the right line has a placeholder.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

GOOGLE_KEYS = (
    "type", "project_id", "private_key_id", "private_key", "client_email", "client_id", "auth_uri", "token_uri",
    "auth_provider_x509_cert_url", "client_x509_cert_url", "universe_domain",
)  # fmt: skip
"""The lines of Google's key file."""
AUTH_KEYS = (
    "redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url", "client_kwargs",
    "expose_tokens",
)  # fmt: skip
"""What Streamlit reads of `[auth]`."""

_EXAMPLES = {
    "spreadsheet": '"https://docs.google.com/spreadsheets/d/…"',
    "workbook": '"plan.xlsx"',
    "private_key": '"-----BEGIN PRIVATE KEY-----\\n…\\n-----END PRIVATE KEY-----\\n"',
    "viewers": '["@agency.gov", "name@agency.gov"]',
    "coordinators": '["name@agency.gov"]',
    "type": '"service_account"',
}
_SECTIONS = ("connections.gsheets", "connections.microsoft", "cwac", "rules", "auth", "access", "notify", "packet")
_ANY, _ANY_LIST = '"…"', '["…", "…"]'
_UNKNOWN = 'cannot be read. A line is [section], or key = "value", or begins with #.'
_CURLY = re.compile(r"[“”„‟«»″‚]|(?<!\w)[‘’]|[‘’](?!\w)")
_INVISIBLE = re.compile(r"[\u00a0\u2000-\u200f\u202f\u2060\ufeff\u3000]")
_TRUE, _FALSE = ("true", "yes", "on", "y"), ("false", "no", "off", "n")


class NotText(Exception):  # noqa: N818 - becomes a SettingsError once the file's path is known
    """The file is no text in UTF-8; the message follows the file's path."""


def decode(data: bytes) -> str:
    """The text of a settings file. Raises `NotText` with what it is instead, and how to save it again."""
    again = "save it again as plain text, UTF-8 (Notepad: Save as, Encoding: UTF-8)."
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data[:200]:
        raise NotText(f"is saved as UTF-16, which Notepad calls Unicode: {again}")
    if data.startswith((b"{\\rtf", b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise NotText("is a word processor's document, not plain text: copy its lines into Notepad or TextEdit, and "
                      "save it as plain text, UTF-8.")  # fmt: skip
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise NotText(f"is not saved as UTF-8, as line {line} shows: {again}") from None


@dataclass(frozen=True)
class Mistake:
    """The line that the parser stopped at, its number, what the parser said, and the names that may be repeated."""

    lines: list[str]
    number: int
    message: str
    names: Collection[str]

    @property
    def line(self) -> str:
        return self.lines[self.number - 1].strip() if self.lines else ""

    @property
    def key(self) -> str:
        """The key as typed if it is nearly a known one, else "key": a line of a private key may stand there."""
        typed = re.match(r"[\"'“”‘’]?([A-Za-z_][\w-]{0,39})", _INVISIBLE.sub("", self.line))
        return typed[1] if typed and difflib.get_close_matches(typed[1].lower(), self.names, 1, 0.75) else "key"

    @property
    def value(self) -> str:
        """What follows the first = or :."""
        return re.split(r"[=:]", self.line, maxsplit=1)[1].strip() if re.search(r"[=:]", self.line) else ""

    def right(self, value: str | None = None) -> str:
        """The line as it should be, with a placeholder for the value."""
        return f"{self.key} = {value or _EXAMPLES.get(self.key, _ANY)}"


def explain(text: str, error: tomllib.TOMLDecodeError, names: Collection[str]) -> str:
    """One sentence or two: `line 3 has curly quotes. Write straight ones: workbook = "plan.xlsx"`."""
    lines = text.splitlines()
    message = str(error)
    at = re.search(r"at line (\d+)", message)
    number = min(int(at[1]), max(1, len(lines))) if at else _last_opened(lines)
    if message.startswith("Unclosed array") and not lines[number - 1].strip().startswith(("[", '"')):
        number = _last_opened(lines[:number])
    mistake = Mistake(lines, number, message, {*names, *GOOGLE_KEYS, *AUTH_KEYS})
    hint = next((hint for recognize in _PATTERNS if (hint := recognize(mistake))), None)
    return f"line {number} {hint or _UNKNOWN}"


def _last_opened(lines: list[str]) -> int:
    """The last line that opens a list or a text of several lines, else the last line."""
    opened = [number for number, line in enumerate(lines, 1) if re.search(r"=\s*(\[|\"\"\"|''')", line)]
    return opened[-1] if opened else max(1, len(lines))


# --- the mistakes, in the order in which they are looked for ---------------------------------------------------------


def _json(mistake: Mistake) -> str | None:
    if mistake.line.startswith("{"):
        return (
            "begins JSON, as in Google's key file, and this file is TOML. Keep Google's file as it is, name its path "
            'in CWAC_SERVICE_ACCOUNT, and write here only [connections.gsheets] and spreadsheet = "https://…".'
        )
    if re.match(r"[\"“”][\w ]+[\"“”]\s*:", mistake.line):
        return f'is written as JSON ("{mistake.key}": …,). Write it as TOML, without the comma: {mistake.right()}'
    return None


def _curly_quotes(mistake: Mistake) -> str | None:
    return f"has curly quotes. Write straight ones: {mistake.right()}" if _CURLY.search(mistake.line) else None


def _invisible(mistake: Mistake) -> str | None:
    if _INVISIBLE.search(mistake.lines[mistake.number - 1]) and "=" in mistake.line:
        return f"has an invisible character, as copied from a web page. Type the line again: {mistake.right()}"
    return None


def _twice(mistake: Mistake) -> str | None:
    if " twice" not in mistake.message and "overwrite" not in mistake.message:
        return None
    name = re.match(r"\[*\s*([\w.-]+)|([\w-]+)\s*=", mistake.line)
    earlier = next((number for number, line in enumerate(mistake.lines[: mistake.number - 1], 1)
                    if name and _begins_alike(line, mistake.line)), None)  # fmt: skip
    before = f", first in line {earlier}" if earlier else ""
    if mistake.line.startswith("["):
        section = f"[{name[1]}]" if name and len(name[1]) <= 60 else "A section"
        return f"has {section} a second time{before}. Put all its lines below the first, and delete this one."
    return f"has {mistake.key} a second time{before}. Delete one of the two."


def _begins_alike(line: str, other: str) -> bool:
    beginning = re.compile(r"\s*(\[[^\]]*\]|[\w\"-]+\s*=)")
    first, second = beginning.match(line), beginning.match(other)
    return bool(first and second and first[1].replace(" ", "") == second[1].replace(" ", ""))


def _section(mistake: Mistake) -> str | None:
    line = mistake.line.partition("#")[0].strip()
    if "=" in line or not (line.startswith("[") or line.endswith("]")):
        return None
    name = ".".join(re.findall(r"[\w-]+", line)[:3]).lower()
    near = difflib.get_close_matches(name, _SECTIONS, 1, 0.75)
    return f"is not a section's name in brackets. Write: [{near[0] if near else 'section'}]"


def _comment(mistake: Mistake) -> str | None:
    return "is no setting. A remark begins with #." if re.match(r"//|--|/\*|;|<!|'''?\s", mistake.line) else None


def _colon(mistake: Mistake) -> str | None:
    if re.match(r"[\w-]+\s*:", mistake.line):
        return f"has : in place of =. Write: {mistake.right(_boolean(mistake.value.rstrip(',;')))}"
    return None


def _no_equals(mistake: Mistake) -> str | None:
    before, equals, _ = mistake.line.partition("=")
    if not equals or '"' in before.strip('" '):
        return f"has no =. Write: {mistake.right()}" if mistake.key != "key" else None
    words = before.split()
    if len(words) > 1 and "[" not in before:
        joined = difflib.get_close_matches("_".join(words).lower(), mistake.names, 1, 0.75)
        return f"has a space in its key. Write: {joined[0] if joined else 'key'} = …"
    return None


def _no_value(mistake: Mistake) -> str | None:
    if "=" in mistake.line and not mistake.value.partition("#")[0].strip():
        return f"has no value. Write one, or delete the line: {mistake.right()}"
    return None


def _several_lines(mistake: Mistake) -> str | None:
    if "-----BEGIN" in mistake.line or (mistake.key == "private_key" and _is_cut_off(mistake)):
        return (
            "has a private_key that goes on in the next line. Keep it in one line, with \\n where Google's file has "
            f"\\n: private_key = {_EXAMPLES['private_key']}"
        )
    return None


def _is_cut_off(mistake: Mistake) -> bool:
    return "'\\n'" in mistake.message or mistake.message.startswith("Unterminated")


def _backslash(mistake: Mistake) -> str | None:
    if "\\" in mistake.value and ("'\\'" in mistake.message or "hex" in mistake.message or "scape" in mistake.message):
        path = r"'C:\Users\you\plan.xlsx'" if mistake.key == "workbook" else r"'…\…'"
        return f"has a backslash between double quotes. Use single quotes: {mistake.right(path)}"
    return None


def _boolean(value: str) -> str | None:
    word = value.casefold()
    return "true" if word in _TRUE else "false" if word in _FALSE else None


def _true_or_false(mistake: Mistake) -> str | None:
    word = _boolean(mistake.value.partition("#")[0].strip().rstrip(",;"))
    return f"must have true or false, in small letters. Write: {mistake.right(word)}" if word else None


def _list(mistake: Mistake) -> str | None:
    value = mistake.value
    if value.startswith("["):
        example = _EXAMPLES.get(mistake.key, _ANY_LIST)
        return f"has a list that cannot be read: quotes around each entry, commas between: {mistake.right(example)}"
    if re.match(r"([\"']).*?\1\s*,\s*[\"']", value):
        return f"has several values. Put them in brackets: {mistake.right(_EXAMPLES.get(mistake.key, _ANY_LIST))}"
    return None


def _end_of_line(mistake: Mistake) -> str | None:
    if re.search(r"[,;]$", mistake.value):
        mark = "comma" if mistake.value.endswith(",") else "semicolon"
        return f"ends with a {mark}, which does not belong there. Write: {mistake.right()}"
    return None


def _open_quote(mistake: Mistake) -> str | None:
    if _is_cut_off(mistake):
        return f"has a quote that is not closed. Write: {mistake.right()}"
    return None


def _no_quotes(mistake: Mistake) -> str | None:
    if "=" in mistake.line and mistake.message.startswith("Invalid value"):
        return f"has no quotes around its value. Write: {mistake.right()}"
    return None


_PATTERNS: tuple[Callable[[Mistake], str | None], ...] = (
    _json, _curly_quotes, _invisible, _twice, _several_lines, _section, _comment, _colon, _no_equals, _no_value,
    _backslash, _true_or_false, _list, _end_of_line, _open_quote, _no_quotes,
)  # fmt: skip


def escapes_in(text: str) -> Iterator[str]:
    r"""The escapes that TOML read in a path between double quotes: `"C:\temp\new.xlsx"` has a tab and a line break."""
    for character, escape in (("\t", "\\t"), ("\n", "\\n"), ("\b", "\\b"), ("\f", "\\f"), ("\r", "\\r")):
        if character in text:
            yield escape

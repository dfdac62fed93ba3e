"""An agency's own typst files, laid out in a process of its own: no network, no other file, and a deadline.

typst itself keeps a layout from files outside of its root, but fetches packages, and does not stop by itself.
"""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cwac.exports import pdf

DEADLINE = 10.0
"""Seconds for one document, and for waiting until the one before is done."""
MEMORY = 512 << 20
"""Bytes that the process may use."""
MAX_ERROR = 300

ENVIRONMENT = {
    # Where nothing listens, nor can: a package that a layout imports under a composed name is not fetched either.
    **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"),
                    "http://127.0.0.1:0"),
    "RAYON_NUM_THREADS": "1",
}  # fmt: skip

_one_at_a_time = threading.Lock()
"""Layouts that never end must not take every core and thread of the server."""


class TemplateError(Exception):
    """A template or seal that cannot be used; its text is one sentence."""


def no_packages(name: str, line: int) -> str:
    return f"{name}, line {line}: a template may not import packages; copy the files that it needs into its folder."


def to_pdf(name: str, files: Mapping[str, bytes], page: Mapping[str, Any], deadline: float = DEADLINE) -> bytes:
    """The file `name` of `files` laid out with `page`. Raises `TemplateError`, which names the file and line."""
    if not _one_at_a_time.acquire(timeout=deadline):
        raise TemplateError("Another document is being laid out: try again in a moment.")
    try:
        answer = _answer(name, files, page, deadline)
    finally:
        _one_at_a_time.release()
    if (written := answer.get("pdf")) is not None:
        return base64.b64decode(written)
    raise TemplateError(_sentence(name, str(answer.get("message", "")), str(answer.get("diagnostic", ""))))


def _answer(name: str, files: Mapping[str, bytes], page: Mapping[str, Any], deadline: float) -> Mapping[str, Any]:
    library = find_spec("typst")
    assert library is not None
    assert library.origin is not None
    program = (resources.files("cwac.exports") / "sandbox_process.py").read_text("utf-8")
    with tempfile.TemporaryDirectory(prefix="cwac-") as folder, pdf.font_folder() as fonts:
        root, packages = Path(folder, "files"), Path(folder, "packages")
        packages.mkdir()
        for path, contents in {"main.typ": files[name], **files}.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(contents)
        job = {
            "packages": str(packages),
            "page": pdf.contents_of(page),
            "fonts": str(fonts.resolve()),
            "library": str(Path(library.origin).parent.parent),
            "memory": MEMORY,
            "seconds": deadline,
        }
        try:
            done = subprocess.run(  # noqa: S603 - this Python, with our own program
                [sys.executable, "-I", "-c", program],
                input=json.dumps(job).encode(),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=root,
                env=ENVIRONMENT,
                timeout=deadline,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise TemplateError(_stopped(name, deadline)) from None
    try:
        answer: Mapping[str, Any] = json.loads(done.stdout)
    except ValueError:
        raise TemplateError(_stopped(name, deadline)) from None
    return answer


def _stopped(name: str, deadline: float) -> str:
    return (
        f"{name} was stopped, as it took over {deadline:g} seconds or {MEMORY >> 20} MB: "
        "look for a loop that does not end."
    )


_PLACE = re.compile(r"┌─ (.+?):(\d+):\d+")


def _sentence(name: str, message: str, diagnostic: str) -> str:
    """`flyer.typ, line 12: unknown variable: adress.`"""
    place = _PLACE.search(diagnostic)
    where, line = (place[1], int(place[2])) if place else (name, 0)
    where = name if where == "main.typ" else where
    if "package" in message and ("download" in message or "not found" in message):
        return no_packages(where, line)
    if "escape the project root" in message:
        return f"{where}, line {line}: a template may only read files of its own folder."
    words = " ".join(message.split())[:MAX_ERROR].rstrip(".")
    words = re.sub(r" \(searched at .*\)$", "", words)
    return f"{where}, line {line}: {words}." if line else f"{where}: {words}."

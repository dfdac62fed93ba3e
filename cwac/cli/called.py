"""How a person started this program: hints name the commands in the same way, so that they can be pasted."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import sys
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

NAME = "cwac"


def called() -> str:
    """The words that start this program, as they were typed."""
    from cwac.checks import service

    script, words = Path(sys.argv[0]), sys.orig_argv
    if (command := service.command()) != NAME:
        return command
    if script.name == "__main__.py" and script.parent.name == NAME and "-m" in words:
        return shlex.join(words[: words.index("-m") + 2])
    if script.stem != NAME:
        return NAME
    if _by_uv():
        return f"uv run {NAME}" if "UV_RUN_RECURSION_DEPTH" in os.environ else f"uvx --from {_installed_from()} {NAME}"
    on_path = shutil.which(NAME)
    is_on_path = on_path is not None and script.is_absolute() and Path(on_path) == script
    return NAME if is_on_path else shlex.quote(sys.argv[0])


def as_called(text: str) -> str:
    """The text with its hints as this person must type them: `cwac …` and `pip install …`."""
    before = r"(?<![\w/.-])"
    text = re.sub(rf"{before}{NAME} (?=[a-z])", lambda _: f"{called()} ", text)
    return re.sub(rf'{before}pip install ("[^"]*"|\S+)', lambda found: _install(found[1]), text)


def _install(libraries: str) -> str:
    """The command that adds libraries to the Python that runs this program."""
    from cwac.checks import service

    own, script = service.ours(), Path(sys.argv[0])
    if own is not None:
        return f"sudo {own.programs}/pip install {libraries}"
    if _by_uv():
        if "UV_RUN_RECURSION_DEPTH" in os.environ:
            return f"uv pip install {libraries}"
        return f"uvx --with {libraries} --from {_installed_from()} {NAME}"
    if script.stem == NAME and script.with_name("pip").exists() and called() != NAME:
        return f"{shlex.quote(str(script.with_name('pip')))} install {libraries}"
    return f"{shlex.quote(sys.executable)} -m pip install {libraries}"


def _by_uv() -> bool:
    return "UV" in os.environ and ("UV_RUN_RECURSION_DEPTH" in os.environ or "archive-v0" in Path(sys.prefix).parts)


def _installed_from() -> str:
    """What `uvx --from` was given: a folder, a wheel or a repository."""
    try:
        origin = json.loads(metadata.distribution(NAME).read_text("direct_url.json") or "{}")
        address = str(origin["url"])
    except (metadata.PackageNotFoundError, ValueError, KeyError):
        return NAME
    if address.startswith("file:"):
        return shlex.quote(url2pathname(urlsplit(address).path))
    return f"git+{address}" if "vcs_info" in origin else address

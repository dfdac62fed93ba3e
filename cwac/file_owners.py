"""Files, folders and links that other users of this machine own."""

from __future__ import annotations

import os
from pathlib import Path


def is_foreign(path: Path) -> bool:
    """Whether another user, root aside, owns the path itself, links not followed; False on Windows."""
    return hasattr(os, "geteuid") and path.lstat().st_uid not in (0, os.geteuid())


def foreign_link(path: Path) -> Path | None:
    """The first link on the way to the path that another user owns: it may lead to a file of ours."""
    whole = path.absolute()
    return next((part for part in (*reversed(whole.parents), whole) if part.is_symlink() and is_foreign(part)), None)

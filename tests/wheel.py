"""Build the wheel, install it into a fresh environment, and serve it from an empty folder.

    python -m tests.wheel python3.12 python3.13     # with the dependencies as pip finds them, a minute each

The test of `cwac serve` does the same with this environment's dependencies.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from tests.web.served import ROOT, Served, free_port, get, running, session

SOURCES = ("cwac", "pages", "dashboard.py", "pyproject.toml", "setup.py", "README.md", "LICENSE")


def build(folder: Path) -> Path:
    """The wheel of this checkout, built in a copy of it, which also has a settings file that must stay out."""
    copy = folder / "copy"
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy / name)
    (copy / ".streamlit").mkdir()
    shutil.copy(ROOT / ".streamlit/config.toml", copy / ".streamlit")
    (copy / ".streamlit/secrets.toml").write_text('[auth]\ncookie_secret = "planted"\n')
    (copy / "pages/secrets.toml").write_text('[auth]\ncookie_secret = "planted"\n')
    words = ["wheel", "-q", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(copy)]
    subprocess.run([sys.executable, "-m", "pip", "--disable-pip-version-check", *words], check=True, cwd=folder)
    (wheel,) = folder.glob("*.whl")
    return wheel


def install_beside(wheel: Path, folder: Path) -> Path:
    """An environment with the wheel and, by a path file, this environment's other packages; its folder of programs."""
    environ = clean_environ(folder.parent)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True, env=environ)
    pip = [sys.executable, "-P", "-m", "pip", "--disable-pip-version-check", "--python", str(folder / "bin/python")]
    options = ["-q", "--no-deps", "--no-compile", "--no-index"]
    subprocess.run([*pip, "install", *options, str(wheel)], check=True, env=environ, cwd=folder)
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "others.pth").write_text(sysconfig.get_path("purelib"))
    return folder / "bin"


def clean_environ(folder: Path, environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """This environment without settings of ours or Python's, with `folder` as HOME."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CWAC_", "STREAMLIT_", "PYTHON"))}
    return kept | {"HOME": str(folder), "XDG_DATA_HOME": f"{folder}/.local/share"} | dict(environ or {})


def serving(programs: Path, folder: Path, *options: str) -> AbstractContextManager[Served]:
    """`cwac serve` of that environment in `folder`, until the end of the block."""
    command = [programs / "cwac", "serve", f"--port={free_port()}", *options]
    return running(command, folder, clean_environ(folder), folder.with_name(f"{folder.name}.log"))


def main() -> None:
    for name in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            wheel = build(folder)
            subprocess.run([name, "-m", "venv", folder / "fresh"], check=True)
            subprocess.run([folder / "fresh/bin/pip", "install", "-q", str(wheel)], check=True)
            (folder / "empty").mkdir()
            with serving(folder / "fresh/bin", folder / "empty") as served, session(served) as visitor:
                assert get(served.url).status_code == get(f"{served.url}/_stcore/health").status_code == 200
                for page in sorted(path.stem for path in (ROOT / "pages").glob("*.py")):
                    assert visitor.open(page).holds("SAMPLE")
            version = subprocess.run([folder / "fresh/bin/python", "-V"], capture_output=True, text=True, check=True)
            print(f"{name} ({version.stdout.strip()}): every page shows the sample")


if __name__ == "__main__":
    main()

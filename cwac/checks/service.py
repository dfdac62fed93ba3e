"""The systemd services of this machine that run the dashboard, as `docs/deploy/install.sh` lays them out."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path("/")
_STARTS_IT = re.compile(r"^ExecStart=(/\S+)/(?:cwac serve|streamlit run dashboard\.py)\b", re.M)
_SETTINGS = re.compile(r"[=:](/\S+/secrets\.toml)$", re.M)
_DATA = re.compile(r"^Environment=XDG_DATA_HOME=(\S+)$", re.M)


@dataclass(frozen=True)
class InstalledService:
    """A unit: the folder of its programs, its settings file, its store, and the command that acts as its user."""

    unit: str
    programs: Path
    settings: Path | None
    store: Path | None
    command: str | None

    @property
    def is_ours(self) -> bool:
        """Whether this process runs the service's own program."""
        with suppress(OSError, RuntimeError):  # a folder that this user may not see, a loop of links
            return self.programs.resolve() == Path(sys.executable).parent.resolve()
        return False


def services() -> Iterator[InstalledService]:
    """The services of this machine. A unit that cannot be read counts as none."""
    for unit in sorted((ROOT / "etc/systemd/system").glob("*.service")):
        with suppress(OSError, UnicodeDecodeError):
            text = unit.read_text(encoding="utf-8")
            if (programs := _STARTS_IT.search(text)) is None:
                continue
            settings, data = _SETTINGS.search(text), _DATA.search(text)
            wrapper = ROOT / "usr/local/bin" / f"cwac-{re.split('[@.]', unit.name)[0]}"
            yield InstalledService(
                unit.name,
                Path(programs[1]),
                Path(settings[1]) if settings else None,
                Path(data[1].replace("%S", "/var/lib")) / "cwac/cwac.sqlite3" if data else None,
                f"sudo {wrapper.name}" if wrapper.exists() else None,
            )


def ours() -> InstalledService | None:
    """The service whose program this process runs, if any."""
    return next((service for service in services() if service.is_ours), None)


def command() -> str:
    """What an operator types to run a command beside the dashboard that is running: `cwac`, or the service's own."""
    service = ours()
    return service.command if service is not None and service.command else "cwac"


def elsewhere(settings: Path | None) -> InstalledService | None:
    """A service of this machine with another settings file than this one."""
    return next((service for service in services() if service.settings not in (None, settings)), None)

"""A PostgreSQL server for tests that stop it, and for measurements."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path


def programs() -> Path | None:
    """The folder with the newest installed server's programs; None where PostgreSQL is not installed."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    return folders[-1] if folders else None


class Server:
    """A PostgreSQL that can be stopped and started again, in a folder of its own, reached by a socket alone.

    PostgreSQL refuses to run as root, so root starts it as the user postgres.
    """

    def __init__(self, programs: Path, options: str = "") -> None:
        self._programs, self._options = programs, options
        self._user = "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
        # In memory where there is much, since tests copy many databases; not in pytest's, as a socket's path is short.
        memory = Path("/dev/shm")
        is_large = memory.is_dir() and shutil.disk_usage(memory).free > 2**32
        self.folder = Path(tempfile.mkdtemp(prefix="cwac-pg-", dir=memory if is_large else None))
        self.address = f"postgresql+psycopg://cwac@/postgres?host={self.folder}"

    def __enter__(self) -> Server:
        if os.getuid() == 0:
            shutil.chown(self.folder, self._user)
        self._run("initdb", "-U", "cwac", "-A", "trust", "-N", "--no-locale", "-E", "UTF8")
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(AssertionError):
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        options = f"-k {self.folder} -c listen_addresses='' -c fsync=off {self._options}"
        self._run("pg_ctl", "-w", "-l", f"{self.folder}/log", "-o", options, "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-m", "immediate", "-w", "stop")

    def _run(self, program: str, *arguments: str) -> None:
        # Into a file, since the server inherits it, and a pipe would then never end.
        with (self.folder / "output").open("ab+") as output:
            done = subprocess.run(
                [str(self._programs / program), "-D", f"{self.folder}/data", *arguments],
                user=self._user if os.getuid() == 0 else None,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=120,
                check=False,
            )
        assert done.returncode == 0, (self.folder / "output").read_text()

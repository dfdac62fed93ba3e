"""`python -m cwac.refresher` reads one large sheet for the server that starts it, and talks with nobody else."""

from __future__ import annotations

import contextlib
import os
import sys

from cwac import logs
from cwac.live import apart, counties

if __name__ == "__main__":
    logs.set_up()
    with contextlib.suppress(AttributeError, OSError):  # not everywhere, and not always allowed
        os.nice(10)  # where there is too little of the processor for both, viewers go first
    with os.fdopen(os.dup(1), "wb") as said:
        os.dup2(2, 1)  # whatever a library prints must not come between the lines
        apart.serve(counties.alone, sys.stdin.buffer, said)

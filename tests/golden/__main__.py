"""`python -m tests.golden DIR` writes what each viewer is given into DIR, and `digests.txt` beside this file anew."""

import sys
from pathlib import Path

from tests import fixed_clock
from tests.golden import seen

fixed_clock.set_clock()
folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
seen.DIGESTS.write_text(seen.lines(seen.write(folder)), encoding="utf-8")

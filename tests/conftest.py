"""For all tests: the data folder is a temporary one, so that no test reads or migrates the user's own history."""

import os
import tempfile

_DATA = tempfile.TemporaryDirectory(prefix="cwac-tests-", ignore_cleanup_errors=True)
os.environ["XDG_DATA_HOME"] = _DATA.name

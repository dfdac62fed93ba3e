"""A forked server is like one that was started as a new process, and can be killed, paused and waited for."""

import json
import shutil
from pathlib import Path

import pytest

from tests.web.served import ROOT, serving

pytestmark = pytest.mark.slow

STATE = """
import json, os, signal, sys
state = {
    "arguments": [argument for argument in sys.argv if "port" not in argument],
    "folder": os.getcwd(),
    "environment": dict(os.environ),
    "path": sys.path,
    "signals": {number: str(signal.getsignal(number)).split(" at 0x")[0] for number in signal.valid_signals()},
    "inherited": [os.readlink(f"/proc/self/fd/{number}") for number in range(3)],
    "flags": str(sys.flags),
}
print("STATE", json.dumps(state), flush=True)
"""


def state(folder: Path, *, fresh: bool) -> dict[str, object]:
    """What a server says of itself when it starts."""
    (folder / ".streamlit").mkdir(exist_ok=True)
    shutil.copy(ROOT / ".streamlit" / "config.toml", folder / ".streamlit")
    script = folder / "script.py"
    script.write_text((ROOT / "dashboard.py").read_text() + STATE)
    with serving(folder, {"CWAC_PUBLIC": "true"}, "--server.maxUploadSize=1", script=script, fresh=fresh) as served:
        (line,) = [line for line in served.log.read_text().splitlines() if line.startswith("STATE")]
    return json.loads(line.removeprefix("STATE"))


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="Servers are forked on Linux only.")
def test_forked_server_is_in_the_state_of_a_new_process(tmp_path: Path) -> None:
    assert state(tmp_path, fresh=False) == state(tmp_path, fresh=True)

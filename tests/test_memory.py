"""The memory that threads take: from few places, where the system's library can be told so."""

import subprocess
import sys

import pytest

SCRIPT = """
import ctypes, sys, threading
from cwac import server

{told}
libc = ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p
all_there = threading.Barrier(6)

def take():
    libc.malloc(100)
    all_there.wait()

threads = [threading.Thread(target=take) for _ in range(6)]
for one in threads: one.start()
for one in threads: one.join()
file = ctypes.c_void_p(libc.fopen(sys.argv[1].encode(), b"w"))
libc.malloc_info(0, file)
libc.fclose(file)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems' libraries have no such places")
@pytest.mark.parametrize(("told", "places"), [("", 7), ("server.share_memory()", 2)])
def test_threads_take_memory_from_few_places(told, places, tmp_path):
    said = tmp_path / "said.xml"
    subprocess.run([sys.executable, "-c", SCRIPT.format(told=told), said], check=True)
    assert said.read_text().count("<heap nr=") == places


def test_where_the_library_has_no_such_setting_nothing_happens(monkeypatch):
    from cwac import server

    monkeypatch.setattr(server.ctypes, "CDLL", lambda _: object())
    server.share_memory()

"""A layout that does not end, or fills memory, is stopped in its own process, and the server's stays as it was."""

import os
import subprocess
import sys

import pytest

from cwac.exports import typesetting
from cwac.exports.typesetting import LayoutError, lay_out, lay_out_pictures
from tests.cases import each

ENDLESS = b"#for a in range(100000) { for b in range(100000) { } }"
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits memory and tells of processes")


def output_of(program: str) -> str:
    clean = {name: value for name, value in os.environ.items() if name != "RAYON_NUM_THREADS"}
    done = subprocess.run([sys.executable, "-c", program], env=clean, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_layout_gets_the_page_as_text():
    files = {"main.typ": b'#let page-data = json(bytes(sys.inputs.page))\n#page-data.at("say")'}
    assert lay_out(files, {"say": "#panic() \x00"}).startswith(b"%PDF-")
    assert [picture[:4] for picture in lay_out_pictures({"main.typ": b"one\n#pagebreak()\ntwo"}, {})] == [
        b"\x89PNG"
    ] * 2


def test_error_of_a_layout_has_its_words_and_its_place():
    with pytest.raises(LayoutError) as refused:
        lay_out({"main.typ": b"one\n#nothing"}, {})
    assert str(refused.value) == "unknown variable: nothing"
    assert "main.typ:2:1" in refused.value.diagnostic


@pytest.mark.slow
def test_layout_without_end_is_stopped(monkeypatch):
    monkeypatch.setattr(typesetting, "MAX_SECONDS", 1)
    with pytest.raises(LayoutError) as stopped:
        lay_out({"main.typ": ENDLESS}, {})
    assert str(stopped.value) == "it was stopped, as a layout may take 1 s and 300 MB of memory at most"


STOPPED = """
import os, resource
from cwac.exports import typesetting
from cwac.exports.typesetting import LayoutError, lay_out
lay_out({"main.typ": b"Coffee"}, {})
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    lay_out({"main.typ": LAYOUT}, {})
    print("laid out")
except LayoutError as error:
    print(error)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1000 < 20)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1000 <= 300)
try:
    print(os.waitpid(-1, os.WNOHANG))
except ChildProcessError:
    print("no process is left")
"""


@linux
@pytest.mark.slow
@each(
    "layout",
    [
        b"#let a = (1,)\n#for i in range(60) { a += a }",
        b"#let a = ()\n#for i in range(1000000000) { a.push(str(i) * 50) }",
        b"#let f(n) = if n > 0 { [#f(n - 1) #f(n - 1)] } else [x]\n#f(60)",
    ],
)
def test_layout_that_fills_memory_is_stopped_and_the_servers_memory_does_not_grow(layout):
    assert output_of(STOPPED.replace("LAYOUT", repr(layout))).splitlines() == [
        "it was stopped, as a layout may take 10 s and 300 MB of memory at most",
        "True",
        "True",
        "no process is left",
    ]


LIMITS = """
import resource
from cwac.exports.typst_process import set_limits
set_limits(270_000_000, 10)
print([resource.getrlimit(limit) for limit in (resource.RLIMIT_DATA, resource.RLIMIT_CPU, resource.RLIMIT_CORE)])
"""


@linux
def test_process_of_a_layout_limits_itself_and_writes_no_core_file():
    """It ends by itself where the server's process is gone, too."""
    assert output_of(LIMITS) == "[(270000000, 270000000), (10, 10), (0, 0)]"


ONE_PAGE = """
import os
from cwac.exports.typst_process import typeset
def threads(): return len(os.listdir("/proc/self/task"))
before = threads()
assert len(typeset({"main.typ": b"Coffee"}, "{}", "png")) == 1
print(threads() - before)
"""


@linux
@pytest.mark.slow
def test_typst_uses_one_thread():
    """The other processors are for other viewers' pages."""
    assert int(output_of(ONE_PAGE)) <= 1

"""Load of a public page beside the dashboard's viewers, and beside nginx with the same bytes.

`python -m tests.bench.public [--viewers N] [--rate N] [--seconds N]`. Requests for one page of the sample come at a
fixed rate, whether or not earlier ones are answered, and each is timed from when it was due. They come from a process
of their own; viewers are those of `tests.bench.load`, none with `--viewers 0`. Everything shares the machine.
"""

import argparse
import asyncio
import contextlib
import multiprocessing
import re
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.bench.load import Figures, Viewer, cpu, dashboard, noted, walking, within
from tests.web.reverse_proxy import running_nginx
from tests.web.served import free_port, get, until

CONNECTIONS = 32
PAGE_LIMIT = 0.050
"""Seconds within which 95 % of the requests are answered, at most."""
VIEWERS_LIMIT = 0.100
"""The same for the viewers' reruns, as in `tests.bench.load`."""
Answers = tuple[list[float], int, int]
"""Seconds of each request from when it was due, how many answers were no 200, and the bytes of one."""


# --- the requests -----------------------------------------------------------------------------------------------------


async def ask(port: int, path: str, rate: float, seconds: float) -> Answers:
    """Request the page at that rate over connections that are kept, as a proxy does."""
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n".encode()
    due: asyncio.Queue[float | None] = asyncio.Queue()
    took: list[float] = []
    sizes: list[int] = []
    wrong = 0

    async def connection() -> None:
        nonlocal wrong
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (moment := await due.get()) is not None:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(re.findall(rb"(?i)content-length: (\d+)", head)[0])
            sizes.append(len(await reader.readexactly(length)))
            took.append(time.perf_counter() - moment)
            wrong += not head.startswith(b"HTTP/1.1 200 ")
        writer.close()

    connections = [asyncio.create_task(connection()) for _ in range(CONNECTIONS)]
    begun = time.perf_counter() + 0.2
    for number in range(int(rate * seconds)):
        moment = begun + number / rate
        if (wait := moment - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        due.put_nowait(moment)
    for _ in connections:
        due.put_nowait(None)
    await asyncio.gather(*connections)
    return took, wrong, sizes[-1]


def asked(port: int, path: str, rate: float, seconds: float) -> Answers:
    return asyncio.run(ask(port, path, rate, seconds))


# --- the servers ------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def static_server(body: bytes) -> Iterator[int]:
    """nginx with these gzipped bytes as a file; its port."""
    port = free_port()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "page.html").write_bytes(body)
        block = (
            "access_log off; keepalive_requests 1000000; default_type text/html;\n"
            f"server {{ listen 127.0.0.1:{port}; root {folder}; add_header Content-Encoding gzip; }}"
        )
        with running_nginx(folder, block):
            until(lambda: get(f"http://127.0.0.1:{port}/page.html").is_success)
            yield port


# --- the run ----------------------------------------------------------------------------------------------------------


async def run(options: argparse.Namespace) -> bool:
    """Print the table; True where the limits are met."""
    good = True
    heading = f"{options.rate:g} requests/s, {options.viewers} viewers"
    print(f"{heading:<40}     p50     p95     p99 ms  viewers' p95  the dashboard's CPU")
    with dashboard(0, liaisons=False) as served:
        packed = await asyncio.to_thread(_packed, f"{served.url}/public/")
        viewers = [Viewer(served.port, number, Figures()) for number in range(options.viewers)]
        with static_server(packed) as static:
            async with walking(viewers):
                for name, port, path in (
                    ("viewers alone", None, ""),
                    ("and /public/ of the dashboard", served.port, "/public/"),
                    ("and the same bytes from nginx", static, "/page.html"),
                ):
                    figures, used, begun = noted(viewers), cpu(served.process.pid), time.monotonic()
                    seconds, wrong, size = [], 0, len(packed)
                    if port:
                        # From a process of its own, which viewers cannot slow down.
                        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as other:
                            asking = asyncio.wrap_future(other.submit(asked, port, path, options.rate, options.seconds))
                            seconds, wrong, size = await asking
                    else:
                        await asyncio.sleep(options.seconds)
                    share = (cpu(served.process.pid) - used) / (time.monotonic() - begun)
                    page = "".join(f"{within(part, seconds) * 1000:>8.1f}" for part in (0.5, 0.95, 0.99))
                    felt = within(0.95, figures.reruns)
                    trouble = f"  {wrong} wrong answers  {dict(+figures.errors)}"
                    print(f"{name:<40}{page}{felt * 1000:>10.0f} ms{share:>13.0%}{trouble}", flush=True)
                    good &= not +figures.errors and (wrong, size) == (0, len(packed))
                    if port == served.port:
                        good &= within(0.95, seconds) <= PAGE_LIMIT and not felt > VIEWERS_LIMIT
    limits = f"page p95 {PAGE_LIMIT * 1000:g} ms, viewers' p95 {VIEWERS_LIMIT * 1000:g} ms, no errors"
    print(f"Limits: {limits}: {'met' if good else 'NOT MET'}. The page has {len(packed):,} bytes, gzipped.")
    return good


def _packed(address: str) -> bytes:
    """The page as it is sent, gzipped: httpx would unpack it."""
    request = urllib.request.Request(address, headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request) as answer:
        return bytes(answer.read())


def main() -> bool:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.public", description=__doc__)
    parser.add_argument("--viewers", type=int, default=50)
    parser.add_argument("--rate", type=float, default=300.0, help="requests a second")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long each row is measured")
    return asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(0 if main() else 1)

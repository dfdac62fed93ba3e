"""Start the Google Sheets test server by hand and print the secrets.toml to use with it."""

from __future__ import annotations

import argparse
import threading

from tests.server import SheetsServer


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.server", description=__doc__)
    parser.add_argument("workbook", help="an .xlsx file, served as if it were a Google Sheet")
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument("--frozen", action="store_true", help="make each answer once (for benchmarks)")
    options = parser.parse_args()
    with SheetsServer(options.workbook, port=options.port, frozen=options.frozen) as server:
        print(f"# {options.workbook} as a Google Sheet at {server.endpoint}, until Ctrl-C.")
        print("# Put this into .streamlit/secrets.toml. The key is made for this run and good for nothing else.")
        print(server.secrets())
        print("[access]\nlocal = true", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()

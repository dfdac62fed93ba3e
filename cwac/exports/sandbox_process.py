"""The process that `sandbox` starts: one layout from standard input, its PDF or error to standard output, as JSON.

It is run as text, without this package: it imports typst and the standard library only.
"""

import base64
import json
import os
import sys
from typing import Any, Literal


def limit(memory: int, seconds: float) -> None:
    """Bound memory and time, write no file, and give way to the server; the parent's deadline holds everywhere."""
    try:
        import resource
    except ImportError:  # Windows
        return
    os.nice(10)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def answer(job: dict[str, Any]) -> dict[str, str]:
    import typst

    fonts = typst.Fonts(include_system_fonts=False, font_paths=[job["fonts"]])

    def compiled(standard: Literal["ua-1"] | None) -> bytes:
        written = typst.compile(
            "main.typ", root=os.getcwd(), font_paths=fonts,
            sys_inputs={"page": job["page"]}, pdf_standards=standard,
            package_path=job["packages"], package_cache_path=job["packages"],
        )  # fmt: skip
        assert isinstance(written, bytes)
        return written

    try:
        try:
            written = compiled("ua-1")
        except typst.TypstError:
            written = compiled(None)
    except RuntimeError as error:  # TypstError is one
        return {"message": str(error), "diagnostic": getattr(error, "diagnostic", "")}
    return {"pdf": base64.b64encode(written).decode()}


def main() -> None:
    job = json.loads(sys.stdin.buffer.read())
    limit(job["memory"], job["seconds"])
    sys.path.append(job["library"])
    sys.stdout.write(json.dumps(answer(job)))


if __name__ == "__main__":
    main()

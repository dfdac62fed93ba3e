"""Many small cases as one test: pytest itself needs longer for a test than most of these cases take."""

import functools
import inspect
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pytest

Test = Callable[..., None]
LONGEST_LIST = 100


def each(names: str | Sequence[str], values: Iterable[Any], ids: Sequence[str] | None = None) -> Callable[[Test], Test]:
    """Run a test with each of the values, like `pytest.mark.parametrize`, but as a single test.

    All cases run, and a failure names every wrong one. Several decorators run all combinations.
    The cases share the test's fixtures, and none may be skipped.
    """
    arguments = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    rows = [row if len(arguments) > 1 else (row,) for row in values]
    table = [
        (name, dict(zip(arguments, row, strict=True))) for name, row in zip(ids or [""] * len(rows), rows, strict=True)
    ]

    def decorate(test: Test) -> Test:
        function, cases = getattr(test, "grouped", (test, [([], {})]))
        combined = [
            ([(name, row), *inner], row | others) for (name, row), (inner, others) in itertools.product(table, cases)
        ]

        @functools.wraps(test)
        def run(**fixtures: Any) -> None:
            failures: list[tuple[str, BaseException]] = []
            for parts, row in combined:
                try:
                    function(**fixtures, **row)
                except (Exception, pytest.fail.Exception, pytest.skip.Exception) as error:
                    failures.append((", ".join(itertools.starmap(labeled, parts)), error))
            report(failures)

        signature = inspect.signature(test)
        assert set(arguments) <= set(signature.parameters), f"{test.__name__} does not take {arguments}"
        fixtures = [argument for name, argument in signature.parameters.items() if name not in arguments]
        run.__signature__ = signature.replace(parameters=fixtures)  # type: ignore[attr-defined]
        run.grouped = function, combined  # type: ignore[attr-defined]
        return run

    return decorate


def labeled(name: str, row: Mapping[str, object]) -> str:
    """The given name of a case, else its arguments, which take long to write if they are large."""
    return name or ", ".join(
        f"{argument}={(value.__name__ if isinstance(value, type) else repr(value))[:80]}"
        for argument, value in row.items()
    )


def report(failures: Sequence[tuple[str, BaseException]]) -> None:
    """Fail with a paragraph for each wrong case; the traceback is of the first."""
    if failures:
        paragraphs = [
            f"[{case}] {type(error).__name__}: {str(error).strip()}" for case, error in failures[:LONGEST_LIST]
        ]
        more = [f"and {len(failures) - LONGEST_LIST} more"] if len(failures) > LONGEST_LIST else []
        raise AssertionError("\n".join([f"{len(failures)} wrong:", *paragraphs, *more])) from failures[0][1]

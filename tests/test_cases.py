"""The decorator that runs many cases as one test."""

import pytest

from tests.cases import each


def test_each_runs_every_combination_and_reports_every_wrong_case(tmp_path):
    ran = []

    @each("word, size", [("a", 1), ("b", 2), ("c", 3)])
    @each("form", ["{}", "({})"])
    def check(word, form, size, folder):
        ran.append((form.format(word), size, folder))
        assert word == "a", "too late in the alphabet"
        assert form == "{}"

    with pytest.raises(AssertionError) as failure:
        check(folder=tmp_path)
    assert ran == [
        (text, size, tmp_path) for word, size in (("a", 1), ("b", 2), ("c", 3)) for text in (word, f"({word})")
    ]
    lines = str(failure.value).splitlines()
    assert lines[0] == "5 wrong:"
    assert [line.partition("]")[0] for line in lines if line.startswith("[")] == [
        "[word='a', size=1, form='({})'",
        "[word='b', size=2, form='{}'",
        "[word='b', size=2, form='({})'",
        "[word='c', size=3, form='{}'",
        "[word='c', size=3, form='({})'",
    ]
    assert failure.value.__cause__ is not None


def test_exception_that_is_not_raised_and_a_skipped_case_are_failures():
    @each("number", [1, 2, 3])
    def check(number):
        if number == 3:
            pytest.skip("no three")
        with pytest.raises(ZeroDivisionError):
            number // (number - 1)

    with pytest.raises(AssertionError, match=r"^2 wrong:\n\[number=2\] Failed: DID NOT RAISE.*\n\[number=3\] Skipped"):
        check()

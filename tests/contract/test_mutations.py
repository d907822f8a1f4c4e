"""The table of mutations does not rot: each row breaks one place that is there, and names a test that is there."""

import re

import pytest

from tests.contract.project import ROOT, text
from tests.mutations.table import CODE, LAB, Mutation, StaleError, read, selected
from tests.mutations.trial import judge

FILE = "tests/mutations/table.toml"


def test_a_row_breaks_one_place_of_one_file_and_names_a_test(subtests: pytest.Subtests) -> None:
    for row in read():
        with subtests.test(row.name):
            assert row.broken() != text(row.file), f"{FILE}: {row.name} changes nothing"
            assert row.means, f"{FILE}: {row.name} does not say what the break means"
            path, _, name = row.test.partition("::")
            assert row.suite in (*CODE, *LAB), f"{FILE}: {row.name}: no row may be of the suite {row.suite}"
            function = name.partition("[")[0]
            assert re.search(rf"^(async )?def {function}\(", text(path), re.MULTILINE), f"{FILE}: {path} has no {name}"


def test_names_are_unique_and_lead_to_their_rows() -> None:
    names = [row.name for row in read()]
    assert sorted(names) == sorted(set(names)), f"{FILE}: {[name for name in names if names.count(name) > 1]}"
    assert [row.name for row in selected([names[0]], (*CODE, *LAB))] == names[:1]
    assert len(selected([], (*CODE, *LAB))) == len(names)


def test_a_text_that_is_not_there_or_not_unique_is_stale() -> None:
    for missing in ("no such line", "the"):
        row = Mutation("x", "README.md", missing, "", "tests/unit/test_x.py::test_x", "")
        with pytest.raises(StaleError, match=r"README\.md: .* occurs \d+ times instead of once"):
            row.broken(ROOT)


def test_only_a_test_that_failed_is_a_catch() -> None:
    for code, output, wanted in (
        (0, "1 passed", "SURVIVED"),
        (1, "FAILED tests/unit/test_x.py::test_x - assert 1 == 2", "caught"),
        (1, "SUBFAILED[row] tests/unit/test_x.py::test_x - assert 1 == 2", "caught"),
        (1, "ERROR tests/unit/test_x.py::test_x - a fixture failed", "error"),
        (2, "ERROR tests/unit/test_x.py - ImportError", "error"),
        (4, "ERROR: not found: tests/unit/test_x.py::test_x", "error"),
        (5, "no tests ran", "error"),
        (None, "FAILED tests/unit/test_x.py::test_x", "error"),  # the timeout
    ):
        assert judge(code, output)[0] == wanted, f"exit code {code}: {output}"

"""The mutations of table.toml: one break of one file each, and the test that has to fail for it."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
TABLE = Path(__file__).with_name("table.toml")

CODE = ("contract", "unit")  # suites that need no lab
LAB = ("e2e", "own", "lessons", "lifecycle", "browser")  # swarm is not among them: its two nodes are shared by all labs


class StaleError(Exception):
    """The text to be broken is not there, or in more than one place."""


@dataclass(frozen=True, slots=True)
class Mutation:
    """`text` occurs exactly once in `file`; `test` is a pytest id, which fails when `replacement` stands there."""

    name: str
    file: str
    text: str
    replacement: str
    test: str
    means: str

    @property
    def suite(self) -> str:
        return self.test.split("/")[1]

    def broken(self, root: Path = ROOT) -> str:
        """The file with the replacement. Raises StaleError."""
        content = (root / self.file).read_text("utf-8")
        if (found := content.count(self.text)) != 1:
            raise StaleError(f"{self.file}: {self.text!r} occurs {found} times instead of once")
        return content.replace(self.text, self.replacement)


def read() -> list[Mutation]:
    return [Mutation(**row) for row in tomllib.loads(TABLE.read_text("utf-8"))["mutation"]]


def selected(words: Iterable[str], suites: Iterable[str]) -> list[Mutation]:
    """The rows of these suites whose name, file or test contains one of the words; all of them without words."""
    words = list(words)
    return [
        row
        for row in read()
        if row.suite in suites and (not words or any(word in text for word in words for text in _searched(row)))
    ]


def _searched(row: Mutation) -> tuple[str, str, str]:
    return row.name, row.file, row.test

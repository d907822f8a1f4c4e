"""Reads nginx's configuration into a tree of directives: only its grammar, none of its meaning."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

# https://nginx.org/en/docs/beginners_guide.html#conf_structure: words, quoted or not, end with `;` or open a block.
_TOKEN = re.compile(
    r"""\#[^\n]* | "(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*' | [{};] | (?:\$\{\w+\}|[^\s{};])+""", re.VERBOSE
)


@dataclass(frozen=True, slots=True)
class Directive:
    """`name arguments;` or `name arguments { block }`."""

    name: str
    arguments: tuple[str, ...]
    block: tuple[Directive, ...] = field(repr=False)

    def __str__(self) -> str:
        return " ".join((self.name, *self.arguments))

    def all(self, name: str) -> list[Directive]:
        return [each for each in self.block if each.name == name]

    def value(self, name: str, default: str = "") -> str:
        """The arguments of the last directive of that name in this block, as one string."""
        return " ".join(next((each.arguments for each in reversed(self.all(name))), (default,)))


def read(source: str) -> tuple[Directive, ...]:
    return _block(token for token in _TOKEN.findall(source) if not token.startswith("#"))


def walk(block: tuple[Directive, ...], *inside: Directive) -> Iterator[tuple[Directive, tuple[Directive, ...]]]:
    """Every directive at any depth, with the blocks that it stands in, outermost first."""
    for each in block:
        yield each, inside
        yield from walk(each.block, *inside, each)


def _block(tokens: Iterator[str]) -> tuple[Directive, ...]:
    found: list[Directive] = []
    words: list[str] = []
    for token in tokens:
        if token == "}":
            break
        if token not in ("{", ";"):
            words.append(token.strip("\"'"))
            continue
        found.append(Directive(words[0], tuple(words[1:]), _block(tokens) if token == "{" else ()))
        words = []
    return tuple(found)

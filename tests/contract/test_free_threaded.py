"""The free-threaded interpreter of scripts/ab may be 3.13: what runs on it must need nothing of 3.14."""

import ast
from collections.abc import Iterator
from itertools import chain

import pytest

from tests.contract.project import ROOT

FOLDERS = ("services/contender", "services/wsgi")


def annotations(tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            arguments = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
            yield from filter(None, [node.returns, *(each.annotation for each in arguments)])
    bodies = [tree.body, *(node.body for node in tree.body if isinstance(node, ast.ClassDef))]
    yield from (each.annotation for each in chain(*bodies) if isinstance(each, ast.AnnAssign))


def unknown_until(tree: ast.Module) -> dict[str, float]:
    """Names that an annotation cannot use above that line: 3.13 evaluates it where it stands."""
    late: dict[str, float] = {node.name: node.end_lineno or 0 for node in tree.body if isinstance(node, ast.ClassDef)}
    for node in tree.body:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            imports = (each for each in node.body if isinstance(each, ast.ImportFrom))
            late |= {alias.asname or alias.name: float("inf") for each in imports for alias in each.names}
    return late


def test_what_runs_on_it_is_3_13(subtests: pytest.Subtests) -> None:
    for path in sorted(chain.from_iterable((ROOT / folder).rglob("*.py") for folder in FOLDERS)):
        with subtests.test(str(path.relative_to(ROOT))):
            tree = ast.parse(path.read_text("utf-8"), feature_version=(3, 13))
            deferred = any(isinstance(each, ast.ImportFrom) and each.module == "__future__" for each in tree.body)
            late = {} if deferred else unknown_until(tree)
            wrong = [
                f"line {each.lineno}: {each.id}"
                for each in chain.from_iterable(map(ast.walk, annotations(tree)))
                if isinstance(each, ast.Name) and each.lineno <= late.get(each.id, 0)
            ]
            assert not wrong, f"annotations of what is not there yet: {wrong}; from __future__ import annotations"

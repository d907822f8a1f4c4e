"""Imports of the bench go one way: a package may import those below it, and no module itself by way of others."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from tests.contract.project import ROOT

SERVICES = ROOT / "services"
# From the lowest: `bench.loadgen` stands beside `bench.messages`, and neither imports the other.
LAYERS = [
    ("event_stream", "notices"),
    ("loadgen", "messages"),
    ("stats",),
    ("protocols", "target"),
    ("views",),
    ("scenarios",),
    ("experiments",),
    ("lessons",),
    ("runner",),
    ("cli",),
    ("__main__",),
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}


def modules() -> dict[str, Path]:
    found = {}
    for path in SERVICES.glob("bench/**/*.py"):
        parts = path.relative_to(SERVICES).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(path: Path, known: set[str]) -> Iterator[str]:
    """Modules of the bench, also those imported inside a function or for their types alone."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from {name if name in known else node.module for name in names} & known
        elif isinstance(node, ast.Import):
            yield from {alias.name for alias in node.names} & known


def test_the_bench_imports_downwards_only_and_in_no_cycle() -> None:
    paths = modules()
    graph = {name: set(imported(path, set(paths))) for name, path in paths.items()}
    assert sum(map(len, graph.values())) > len(graph), "wanted the imports found"
    for name, others in graph.items():
        for other in others - {"bench"}:
            mine, its = name.split(".")[1], other.split(".")[1]
            assert mine == its or LEVEL[mine] > LEVEL[its], f"{name} imports {other}, which is not below it"
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        raise AssertionError(f"these import each other: {' <- '.join(error.args[1])}") from None

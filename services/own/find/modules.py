"""Where a module is imported from, as the framework's own runner would have it: its base folder and its name."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

# Never part of the application: other programs', and what developers keep beside it.
SKIPPED = {"tests", "test", "docs", "doc", "examples", "migrations", "node_modules", "site-packages", "build", "dist"}
_DEPTH = 5  # folders below the root that are searched


def locate(root: Path, file: Path) -> tuple[Path, str]:
    """The folder that a file's module is imported from, and its name there.

    That folder is the one in which most of the file's own absolute imports are found, and deep enough for its relative
    ones; of equals, the nearest that is no package.
    """
    folders = [folder for folder in (file.parent, *file.parent.parents) if folder.is_relative_to(root)]
    imported, level = _imports(file)
    deep = folders[level:] or folders[-1:]
    outside = [folder for folder in deep if not (folder / "__init__.py").exists()] or deep[-1:]
    base = max(outside, key=lambda folder: sum(resolves(folder, name) for name in imported))
    return base, dotted_name(file, base)


def dotted_name(file: Path, base: Path) -> str:
    parts = file.relative_to(base).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def bases(root: Path) -> list[Path]:
    """Where a module's name is looked up: the root, `src`, then folders of the root that are no packages."""
    folders = [
        each for each in sorted(root.iterdir()) if each.is_dir() and each.name not in SKIPPED and each.name[0] != "."
    ]
    others = (each for each in folders if not (each / "__init__.py").exists() and each.name != "src")
    return [root, *(each for each in (root / "src",) if each.is_dir()), *others]


def find_module(root: Path, name: str, folders: list[Path] | None = None) -> tuple[Path, Path] | None:
    """The base and the file of a module, given its dotted name."""
    for base in folders or bases(root):
        if (found := module_file(base, name)) is not None:
            return base, found
    return None


def module_file(base: Path, name: str) -> Path | None:
    stem = base.joinpath(*name.split("."))
    return next((path for path in (stem / "__init__.py", stem.with_name(f"{stem.name}.py")) if path.is_file()), None)


def resolves(base: Path, name: str) -> bool:
    """Whether an absolute import is found in that folder; a folder with modules counts as a package."""
    parts = name.split(".")
    while parts:
        stem = base.joinpath(*parts)
        if stem.with_name(f"{stem.name}.py").is_file() or (stem.is_dir() and any(stem.glob("*.py"))):
            return True
        parts = parts[:-1] if len(parts) > 2 else []
    return False


def modules(root: Path) -> Iterator[Path]:
    """The project's Python files that may hold an application, those near the root first."""
    found = (path for path in root.rglob("*.py") if _may_hold_one(path.relative_to(root)))
    yield from sorted(found, key=lambda path: (len(path.parts), path))


def _may_hold_one(path: Path) -> bool:
    folders = path.parts[:-1]
    outside = any(part in SKIPPED or part.startswith(".") for part in folders) or len(folders) > _DEPTH
    return not outside and not re.match(r"(test_|conftest|setup\.py|manage\.py)", path.name)


def _imports(file: Path) -> tuple[set[str], int]:
    """The names that a file imports absolutely, and how many folders up its relative imports reach."""
    names: set[str] = set()
    level = 0
    for node in ast.walk(parse(file)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level:
            level = max(level, node.level)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names, level


@cache
def parse(file: Path) -> ast.Module:
    """Of a file that is no Python 3, an empty one: importing it shows what is wrong."""
    try:
        return ast.parse(file.read_bytes())
    except SyntaxError, ValueError:
        return ast.Module([], [])

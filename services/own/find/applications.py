"""Which application of the project is meant: one that is named, or the one that its framework's runner would take."""

import re
import tomllib
from dataclasses import replace
from pathlib import Path

from own import ProjectError
from own.description import Request, Target
from own.find import django
from own.find.module import NAMES, Module, choose, read
from own.find.modules import bases, dotted_name, find_module, locate, module_file, modules

# Where FastAPI's and Flask's own runners look, then what else people call it.
# https://fastapi.tiangolo.com/fastapi-cli/, https://flask.palletsprojects.com/en/stable/cli/
ENTRIES = ("main", "app", "api", "app/main", "app/app", "app/api", "wsgi", "asgi", "application", "server", "run")
MANY = 8  # candidates that are listed

Candidate = tuple[Path, Path, str]  # base, file, expression


def find_targets(root: Path, request: Request) -> tuple[Target, ...]:
    """One for each interface. Raises ProjectError."""
    if (root / request.path).is_file() or request.name:
        return _named(root, request)
    path = root / request.path
    found = _configured(root, request) if path == root else ()
    found = found or django.find_targets(root, path) or _search(root, request, path)
    if not found and path != root:  # a folder of the project that holds none, such as its docs: the project is meant
        found = django.find_targets(root, root) or _search(root, request, root)
    if not found:
        raise ProjectError(_nothing(root, request))
    return found


def _named(root: Path, request: Request) -> tuple[Target, ...]:
    path = root / request.path
    file = path if path.is_file() else _package(path, request.name)
    if file is not None:
        base, module = locate(root, file)
        return _of_module(root, base, file, module, request.name)
    module, _, name = _split(request.name)
    if (found := find_module(root, module, list(dict.fromkeys([path, *bases(root)])))) is not None:
        return _of_module(root, found[0], found[1], module, name)
    if not name and request.path != ".":
        raise ProjectError(
            f"{request.folder}/{request.path} has no module {module}; name the file: app.py:{request.name}"
        )
    return (Target(module, name),)  # of an installed package


def _package(path: Path, name: str) -> Path | None:
    """The __init__.py of `shop:create_app`, where shop is a folder, unless create_app is a module in it."""
    file = path / "__init__.py"
    if not file.is_file() or ":" in name:
        return None
    plain, found = name.partition("(")[0], read(file)
    bound = plain in found.applications or plain in found.factories
    return file if bound or module_file(path, plain) is None else None


def _split(name: str) -> tuple[str, str, str]:
    found = re.match(r"([^:(]+)(:?)(.*)$", name)
    return (found[1], found[2], found[3]) if found else (name, "", "")


def _configured(root: Path, request: Request) -> tuple[Target, ...]:
    """What the project itself declares: FLASK_APP, [tool.fastapi]."""
    flask_app = request.flask_app or _flaskenv(root)
    entry = _table(root, "tool", "fastapi").get("entrypoint", "")
    for name in filter(None, (flask_app, entry)):
        module, _, expression = _split(name)
        module = module.removesuffix(".py").replace("/", ".")
        found = find_module(root, module)
        if found is None:
            raise ProjectError(
                f"{name} is set as FLASK_APP or in [tool.fastapi], and {request.folder} has no module {module}."
            )
        return _of_module(root, found[0], found[1], module, expression)
    return ()


def _flaskenv(root: Path) -> str:
    path = root / ".flaskenv"
    found = re.search(r"^\s*(?:export )?FLASK_APP=(.+)$", path.read_text(), re.MULTILINE) if path.is_file() else None
    return found[1].strip().strip("'\"") if found else ""


def _table(root: Path, *names: str) -> dict[str, str]:
    path = root / "pyproject.toml"
    table = tomllib.loads(path.read_text("utf-8")) if path.is_file() else {}
    for name in names:
        table = table.get(name, {})
    return table


def _of_module(root: Path, base: Path, file: Path, module: str, name: str) -> tuple[Target, ...]:
    """Of a file that was named; without a name, those that are found in it."""
    found = read(file)
    where = str(base.relative_to(root))
    if found.mark_ready:
        raise ProjectError(_serving(file.relative_to(root), found.mark_ready))
    if name:
        whole = found.applications.get(name.partition("(")[0])
        _refuse_neither(file.relative_to(root), found, name)
        suffix = whole.suffix if whole else ""
        return (Target(module, name + suffix, where, whole.title if whole else "", whole.interface if whole else ""),)
    chosen = choose(found)
    if not chosen and found.serves_as_script:
        raise ProjectError(_script(file.relative_to(root)))
    if not chosen:
        return (Target(module, "", where),)  # looked up when it is imported
    return _one_each([(base, file, expression) for expression, _ in chosen], root)


def _search(root: Path, request: Request, path: Path) -> tuple[Target, ...]:
    """Where runners look first; then any file, if there is but one application in all of them."""
    places = [folder / f"{entry}.py" for folder in (path, path / "src") for entry in ENTRIES]
    packages = [folder for parent in (path, path / "src") if parent.is_dir() for folder in sorted(parent.iterdir())]
    inside = [folder / f"{name}.py" for folder in packages if folder.is_dir() for name in ("__init__", *ENTRIES)]
    files = [file for file in modules(root) if file.is_relative_to(path)]
    for tier in (places, inside, files):
        candidates = [candidate for file in tier if file in files for candidate in _candidates(root, file)]
        if candidates:
            return _one_each(_without_imported(candidates), root, request.folder)
    return ()


def _candidates(root: Path, file: Path) -> list[Candidate]:
    found = read(file)
    if file.name.startswith("__init__") and not (found.factories or any(found.applications.values())):
        return []
    base, _ = locate(root, file)
    return [(base, file, expression) for expression, _ in choose(found)]


def _without_imported(candidates: list[Candidate]) -> list[Candidate]:
    """wsgi.py that imports app.py has the same application, or one around it: the outer one is meant."""
    inner = set()
    for base, file, _ in candidates:
        for other_base, other, _ in candidates:
            if other != file and _imports(read(file), dotted_name(file, base), dotted_name(other, other_base)):
                inner.add(other)
    outer = [each for each in candidates if each[1] not in inner]
    return outer or candidates


def _imports(module: Module, name: str, other: str) -> bool:
    package = name.rpartition(".")[0]
    for origin in module.imports.values():
        whole = origin.lstrip(".")
        level = len(origin) - len(whole)
        if level:
            parts = package.split(".")[: len(package.split(".")) - level + 1] if package else []
            whole = ".".join([*parts, whole])
        if whole == other or whole.startswith(f"{other}."):
            return True
    return False


def _one_each(candidates: list[Candidate], root: Path, folder: str = "") -> tuple[Target, ...]:
    """At most one for each interface: Django has both. Raises ProjectError, which lists them, for more."""
    targets = [_target(root, candidate) for candidate in candidates]
    for target, (_, file, _) in zip(targets, candidates, strict=True):
        found = read(file)
        if found.mark_ready:
            raise ProjectError(_serving(file.relative_to(root), found.mark_ready))
        _refuse_neither(file.relative_to(root), found, target.name)
    first = targets[0]
    if {each.framework for each in targets} == {"FastAPI"} or len(targets) == 1:
        same = [each for each in targets if each.module == first.module]
        targets = targets[:1] if len(same) == 1 else same
    interfaces = [each.interface for each in targets]
    if len(targets) > 1 and (len(set(interfaces)) < len(targets) or "" in interfaces):
        listed = [
            f"{file.relative_to(root)}:{name}{_title(each)}"
            for (_, file, name), each in zip(candidates, targets, strict=False)
        ]
        raise ProjectError(
            "several applications; name one of them:\n"
            + "\n".join(f"  scripts/try {folder}/{each}" for each in listed[:MANY])
        )
    return tuple(targets)


def _title(target: Target) -> str:
    return f"  ({target.framework})" if target.framework else ""


def _target(root: Path, candidate: Candidate) -> Target:
    base, file, expression = candidate
    kind = read(file).applications.get(expression)
    target = Target(dotted_name(file, base), expression, str(base.relative_to(root)))
    return (
        replace(target, name=expression + kind.suffix, framework=kind.title, interface=kind.interface)
        if kind
        else target
    )


def _refuse_neither(file: Path, found: Module, name: str) -> None:
    kind = found.applications.get(name)
    if kind and not kind.interface:
        raise ProjectError(
            f"{file}: {name} is an application of {kind.title}, which is neither WSGI nor ASGI:"
            f" {kind.title}'s own server runs it."
            " Only WSGI or ASGI callables can be compared here; if the project has one, name it: FILE.py:NAME"
        )


def _serving(file: Path, call: str) -> str:
    return (
        f"{file} starts a server when imported: {call}."
        f' Put that line behind `if __name__ == "__main__":`, so that other servers can import the module.'
    )


def _script(file: Path) -> str:
    return (
        f"{file} starts its own server, and has neither a WSGI nor an ASGI application at module level."
        f" Bind one to a name there ({' or '.join(NAMES[:2])}), or return it from create_app()."
    )


def _nothing(root: Path, request: Request) -> str:
    files = list(modules(root))
    scripts = [file.relative_to(root) for file in files if read(file).serves_as_script or read(file).mark_ready]
    if scripts:
        return _script(scripts[0])
    if not files:
        return f"{request.folder} has no Python files; name a module of an installed package: scripts/try PACKAGE:NAME"
    return f"no application was found in {request.folder}. Name it: scripts/try FILE.py:NAME, or PACKAGE:create_app()"

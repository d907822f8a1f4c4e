"""What the project is installed from: the file that pins most, what that one needs, and which others are not used."""

import re
import tomllib
from pathlib import Path
from typing import Any

from own import ProjectError
from own.description import Request, Source

# In the order in which one of several is taken: a lock before what it was made from.
LOCKS = {"uv.lock": "uv", "pylock.toml": "requirements", "poetry.lock": "poetry", "Pipfile.lock": "pipenv"}
LOOSE = ("requirements.txt", "requirements/production.txt", "requirements/prod.txt", "requirements/base.txt")
_MADE_FROM = {
    "uv.lock": "pyproject.toml",
    "pylock.toml": "pyproject.toml",
    "poetry.lock": "pyproject.toml",
    "Pipfile.lock": "Pipfile",
}

_INCLUDE = re.compile(r"\s*(?:-r|-c|--requirement|--constraint)[ =]?\s*(\S+)")
_EDITABLE = re.compile(r"\s*(?:-e|--editable)[ =]?\s*(\S.*)")
_LOCAL = re.compile(
    r"(?:file:)?(?:\./+)?(?P<path>\.{1,2}(?=$|/|\[)[^\s\[;#]*|\.|[\w.-]*/[^\s\[;#@]*)"
    r"(?P<extras>\[[^\]]*\])?\s*(?:[;#].*)?$"
)
_GIT_EDITABLE = re.compile(r"(git\+[^#\s]+)#(?:.*&)?egg=([\w.\[\],-]+)")


def find_source(root: Path, request: Request) -> Source:
    """Raises ProjectError for a file that was named and cannot be installed from."""
    if request.requirements:
        return _of_file(root, request, request.requirements)
    there = [name for name in (*LOCKS, *LOOSE) if (root / name).is_file()]
    project = _pyproject(root)
    if there:
        source = _of_file(root, request, there[0])
        return _with_unused(source, (*_not_used(root, there), *_hidden_files(root, request)))
    source = _of_project(root, project) or Source("nothing")
    return _with_unused(source, (*_without_lock(root, project, source), *_hidden_files(root, request)))


def _with_unused(source: Source, unused: tuple[str, ...]) -> Source:
    return Source(source.kind, source.file, source.files, source.local, source.project, unused)


def _pyproject(root: Path) -> dict[str, Any]:
    path = root / "pyproject.toml"
    try:
        return tomllib.loads(path.read_text("utf-8")) if path.is_file() else {}
    except tomllib.TOMLDecodeError as error:
        raise ProjectError(f"pyproject.toml cannot be read: {error}") from None


def _of_file(root: Path, request: Request, name: str) -> Source:
    path = root / name
    if not path.is_file():
        hidden = f": {root_dockerignore(name)}" if name in request.entries else ""
        raise ProjectError(f"there is no file {name} in {request.folder}{hidden}.")
    kind = LOCKS.get(path.name) or ("requirements" if re.fullmatch(r"pylock\..+\.toml", path.name) else "")
    if kind:
        beside = _MADE_FROM.get(path.name, "")
        files = [
            str(Path(name).parent / each) for each in (path.name, beside) if each and (path.parent / each).is_file()
        ]
        return Source(kind, name, tuple(files), (), _alone(_pyproject(root), root))
    if path.name == "pyproject.toml":
        return _of_project(root, _pyproject(root)) or Source("nothing")
    if path.name == "Pipfile":
        raise ProjectError(
            "a Pipfile has no exact versions: make its lock with `pipenv lock`, or name a requirements file."
        )
    if path.suffix not in (".txt", ".in"):
        raise ProjectError(
            f"{name} is no file of requirements: .txt, .in, pyproject.toml, or a lock ({', '.join(LOCKS)})."
        )
    return _of_requirements(root, name)


def _of_requirements(root: Path, name: str) -> Source:
    """A requirements file, with those that it includes; folders of the project are installed after the rest."""
    files: list[str] = []
    local: list[str] = []
    _collect(root, Path(name), files, local)
    itself = [each for each in local if each.partition("[")[0] == "."]
    project = "with requirements" if itself else _alone(_pyproject(root), root)
    return Source("requirements", name, tuple(files), tuple(local), project)


def _collect(root: Path, name: Path, files: list[str], local: list[str]) -> None:
    if str(name) in files:
        return
    files.append(str(name))
    for line in (root / name).read_text("utf-8-sig", "replace").splitlines():
        if included := _INCLUDE.match(line):
            inner = _inside(root, name.parent / included[1])
            if inner is None:
                raise ProjectError(f"{name} includes {included[1]}, which is not in the project.")
            _collect(root, inner, files, local)
        elif found := local_requirement(line):
            inner = _inside(root, Path(found[0])) or _inside(root, name.parent / found[0])  # pip: where it is called
            if inner is None:
                raise ProjectError(f"{name} requires {found[0]}, which is not in the project.")
            local.append(f"{inner}{found[1]}")


def _inside(root: Path, path: Path) -> Path | None:
    whole = (root / path).resolve()
    return whole.relative_to(root.resolve()) if whole.exists() and whole.is_relative_to(root.resolve()) else None


def local_requirement(line: str) -> tuple[str, str] | None:
    """The folder and the extras of a requirement that is a folder: `-e .[web]`, `./libs/shop`."""
    editable = _EDITABLE.match(line)
    text = (editable[1] if editable else line).strip().strip("'\"")
    if text.startswith(("#", "-", "git+", "http")) or " @ " in text:
        return None
    found = _LOCAL.match(text)
    return (found["path"] or ".", found["extras"] or "") if found else None


def rewrite(text: str) -> str:
    """A requirements file as uv takes it before the project is there: no folders of it, and git without `-e`."""
    lines = []
    for line in text.removeprefix("\ufeff").splitlines():
        if local_requirement(line):
            continue
        editable = _EDITABLE.match(line)
        git = _GIT_EDITABLE.match(editable[1]) if editable else None
        lines.append(f"{git[2]} @ {git[1]}" if git else line)
    return "\n".join([*lines, ""])


# --- the project itself -----------------------------------------------------------------------------------


def _of_project(root: Path, pyproject: dict[str, Any]) -> Source | None:
    """[project], if it lists its dependencies; else whatever its build backend, or setup.py, makes known."""
    project = pyproject.get("project")
    if project is not None and not _needs_building(pyproject):
        return Source("requirements", "pyproject.toml", ("pyproject.toml",), (), _alone(pyproject, root))
    if project is not None or "build-system" in pyproject:
        return Source("nothing", "pyproject.toml", (), (), "with requirements")
    setup = next((name for name in ("setup.py", "setup.cfg") if (root / name).is_file()), None)
    if setup and "tool.poetry" not in pyproject:
        return Source("nothing", setup, (), (), "with requirements")
    if pyproject.get("dependency-groups"):
        return Source("requirements", "pyproject.toml", ("pyproject.toml",))
    return None


def _needs_building(pyproject: dict[str, Any]) -> bool:
    """Whether its dependencies are dynamic, or some of them folders, which are not there before the rest is."""
    sources = pyproject.get("tool", {}).get("uv", {}).get("sources", {}).values()
    folders = any({"path", "workspace"} & set(each) for each in sources if isinstance(each, dict))
    dynamic = pyproject["project"].get("dynamic", [])
    return folders or "dependencies" in dynamic or "optional-dependencies" in dynamic


def _alone(pyproject: dict[str, Any], root: Path) -> str:
    """Whether the project is installed too: if it declares a build, and does not opt out."""
    tool = pyproject.get("tool", {})
    refuses = tool.get("uv", {}).get("package") is False or tool.get("poetry", {}).get("package-mode") is False
    builds = "build-system" in pyproject or (not pyproject and (root / "setup.py").is_file())
    return "alone" if builds and not refuses else ""


# --- what was not used ------------------------------------------------------------------------------------


def _not_used(root: Path, there: list[str]) -> tuple[str, ...]:
    made_from = _MADE_FROM.get(there[0])
    others = [name for name in there[1:] if not name.startswith("requirements/")]
    if (root / "Pipfile").is_file() and made_from != "Pipfile":
        others.append("Pipfile")
    return tuple(f"{name} is not used: {there[0]} is" for name in others)


def _without_lock(root: Path, pyproject: dict[str, Any], source: Source) -> tuple[str, ...]:
    if (root / "Pipfile").is_file():
        return ("Pipfile is not used: it has no Pipfile.lock; `pipenv lock` makes one",)
    if source.kind == "nothing" and not source.project:
        if pyproject:
            return ("pyproject.toml has settings of tools only, and no requirements",)
        txt = sorted(path.name for path in root.glob("*requirements*.txt"))
        return tuple(f"{name} is not used; to install from it: --requirements {name}" for name in txt)
    return ()


def _hidden_files(root: Path, request: Request) -> tuple[str, ...]:
    """Files that the host has and the build has not: a .dockerignore leaves them out."""
    names = (*LOCKS, "requirements.txt", "pyproject.toml")
    return tuple(
        f"{name} is not used: {root_dockerignore(name)}"
        for name in names
        if name in request.entries and not (root / name).exists()
    )


def root_dockerignore(name: str) -> str:
    return f".dockerignore leaves it out; with a line !{name} it is used"

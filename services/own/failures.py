"""An application that cannot be imported: its error, and the option of scripts/try that is likely to help."""

import errno
import importlib
import re
import traceback
from collections.abc import Iterator
from pathlib import Path

from own import remedies
from own.description import Target
from own.settings import APP, FOLDER

LINES = 8  # of a traceback's end

_ALONE = "without --network, the application reaches the lab's containers only"
# What an error's text holds, and the sentence for it; the first that matches.
_TEXTS = (
    (
        r"unable to open database file",
        (
            "SQLite cannot open its database: its folder is not in the image, or is not the application's."
            " Have the file beside the code or in /tmp, by a variable of the application (--env)."
        ),
    ),
    (
        r"Name or service not known|name resolution|Network is unreachable|getaddrinfo failed|failed to resolve",
        f"a host name does not resolve: {_ALONE}.",
    ),
    (
        r"Connection refused|No route to host|could not connect|Can't connect",
        f"a connection failed: {_ALONE}; `localhost` is its own container.",
    ),
)


def explain(target: Target, error: BaseException, source: str) -> str:
    """A sentence, and the end of the traceback."""
    sentence = next((found for each in _chain(error) if (found := _sentence(target, each, source))), None)
    return in_folder(f"{sentence or f'importing {target} fails:'}\n{tail(error)}")


def in_folder(text: str) -> str:
    """The paths of the image as the user knows them."""
    return re.sub(rf"(?<![\w./-]){APP}(?![\w.-])", lambda _: FOLDER, text)


def tail(error: BaseException) -> str:
    """The end of its traceback, without the lab's and Python's own way to the module."""
    way = ("/lab/", "<frozen ", importlib.__file__)
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith(way)]
    printed = [*traceback.format_list(frames), *traceback.format_exception_only(error)]
    return "".join(f"  {line}\n" for line in "".join(printed).splitlines()[-LINES:]).rstrip()


def _chain(error: BaseException) -> Iterator[BaseException]:
    """It, and what it was raised from."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__


def _sentence(target: Target, error: BaseException, source: str) -> str | None:
    match error:
        case ModuleNotFoundError():
            return _missing_module(target, error.name or "", source)
        case KeyError() if _from_environ(error):
            return f"the variable {error.args[0]} is not set: {remedies.environment([error.args[0]])}"
        case FileNotFoundError() if error.filename:
            return _missing_file(str(error.filename))
        case OSError(errno=errno.EACCES | errno.EROFS) if error.filename:
            return f"{error.filename} is not accessible: an application may write to its own folder and to /tmp."
        case SystemExit():
            return f"importing {target} ends the process (sys.exit): {error}"
        case _:
            return _by_text(type(error).__name__, str(error))


def _by_text(kind: str, text: str) -> str | None:
    if option := remedies.library(text):
        return f"a system library is missing: {option}"
    known = next((sentence for pattern, sentence in _TEXTS if re.search(pattern, text, re.IGNORECASE)), None)
    return known or _missing_settings(kind, text)


def _from_environ(error: BaseException) -> bool:
    frames = traceback.extract_tb(error.__traceback__)
    return bool(frames) and frames[-1].name == "__getitem__" and frames[-1].filename.endswith(("os.py", "<frozen os>"))


def _missing_settings(kind: str, text: str) -> str | None:
    """As settings libraries report a variable that is not set: pydantic, environs, decouple, Django."""
    names = remedies.variables(text)
    if kind == "ValidationError" and "Field required" in text:
        names = [name.upper() for name in re.findall(r"^(\w+)\n\s+Field required", text, re.MULTILINE)]
    elif not re.search(r"environment variable|not set|not found|must not be empty|not configured|[Uu]ndefined", text):
        return None
    if "SECRET_KEY" in text and "SECRET_KEY" not in names:
        names.append("SECRET_KEY")
    return f"a setting is missing: {remedies.environment(names)}" if names else None


def _missing_module(target: Target, name: str, source: str) -> str:
    top = name.partition(".")[0]
    if target.module == name or target.module.startswith(f"{name}."):
        there = ", ".join(sorted(each.name for each in (APP / target.base).iterdir())[:12])
        return f"there is no module {name}; the folder has: {there or 'nothing'}."
    found = next(
        iter(sorted(APP.glob(f"**/{top}.py")) + sorted(each for each in APP.glob(f"**/{top}") if each.is_dir())), None
    )
    if found is not None:
        return f"{name} is not found from where {target.module} is imported; there is one at {found.relative_to(APP)}."
    if source:
        missing = f"{top} is not installed: {source}, from which the rest was, does not require it."
        return f"{missing} Add it there, or name the file that has it: --requirements FILE"
    missing = f"{top} is not installed: the folder has no requirements.txt, pyproject.toml or lock."
    return f"{missing} Add one, or name a file of another name: --requirements FILE"


def _missing_file(name: str) -> str | None:
    path = Path(name)
    if path.is_absolute() and not path.is_relative_to(APP):
        return f"there is no {name}: the application has its own folder, and nothing else of this machine."
    return f"there is no {path} in the image: if the folder has it, it was left out; --include {path.name} adds it."

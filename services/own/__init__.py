"""An application of the user's own: found by its name, and its interface told by looking at it."""

import importlib
import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any

NAMES = ("app", "application")  # of a callable whose name is not given


class Mistaken(Exception):
    """The application cannot be had as it was asked for; the text says why, and what to do."""


def load(target: str) -> Any:
    """The callable of `module:name`, `module:factory()` or `module`, which then has to have one of NAMES.

    Raises Mistaken, and whatever the module itself raises when it is imported.
    """
    module_name, _, name = target.partition(":")
    module = importlib.import_module(module_name)
    path = name.removesuffix("()") or next((each for each in NAMES if hasattr(module, each)), NAMES[0])
    found: Any = module
    for part in path.split("."):
        if not hasattr(found, part):
            raise Mistaken(f"{module_name} has no {path!r}; {_instead(module)}")
        found = getattr(found, part)
    if not callable(found):
        raise Mistaken(f"{target}: {path} is {type(found).__name__}, which nobody can call.")
    if not name.endswith("()"):
        return found
    made = found()
    if not callable(made):
        raise Mistaken(f"{target}: {path}() returns {type(made).__name__}, which nobody can call.")
    return made


def _instead(module: ModuleType) -> str:
    own = (
        name
        for name, each in vars(module).items()
        if callable(each) and not name.startswith("_") and not inspect.ismodule(each) and not inspect.isclass(each)
    )
    names = ", ".join(sorted(own)[:8])
    return f"what can be called there: {names}." if names else "there is nothing in it that can be called."


def interface(app: Callable[..., Any]) -> str | None:
    """`wsgi` or `asgi`; None where a look at the callable does not tell.

    ASGI is a coroutine function, or one of scope, receive and send; WSGI takes environ and start_response:
    https://asgi.readthedocs.io/en/stable/specs/main.html#applications, https://peps.python.org/pep-3333/.
    Raises Mistaken for one that makes an application and for one of ASGI 2.
    """
    call = app if inspect.isroutine(app) or inspect.isclass(app) else type(app).__call__.__get__(app)
    if inspect.iscoroutinefunction(call):
        return "asgi"
    try:
        signature = inspect.signature(call)
    except ValueError, TypeError:  # of a callable written in C
        return None
    if inspect.isclass(app) and _takes(signature, 1):
        raise Mistaken("It is a class that is called with the scope first, which is ASGI 2; servers speak ASGI 3.")
    if _takes(signature, 0) and not _takes(signature, 2):
        raise Mistaken("It takes no arguments: it makes an application. Give it with its brackets: app.py:create_app()")
    fits = [name for name, count in (("wsgi", 2), ("asgi", 3)) if _takes(signature, count)]
    return fits[0] if len(fits) == 1 else None


def _takes(signature: inspect.Signature, count: int) -> bool:
    try:
        signature.bind(*range(count))
    except TypeError:
        return False
    return True

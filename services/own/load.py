"""Imports the application, and tells WSGI from ASGI by looking at it."""

import ast
import importlib
import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any

from own import ProjectError
from own.find.module import FACTORIES, NAMES


def load(module_name: str, expression: str = "") -> tuple[Any, str]:
    """The callable, and the expression that makes it: `app`, `app.server`, `create_app("test")`.

    Without an expression it is one of the usual names; a factory is called.
    Raises ProjectError, and whatever the module raises.
    """
    module = importlib.import_module(module_name)
    expression = expression or next((name for name in (*NAMES, *FACTORIES) if hasattr(module, name)), NAMES[0])
    found = _evaluate(module, expression)
    if not callable(found):
        raise ProjectError(f"{module_name}: {expression} is {type(found).__name__}, which is not callable.")
    if is_factory(found):
        expression += "()"
        found = found()
    if inspect.iscoroutine(found):
        found.close()
        raise ProjectError(
            f"{module_name}: {expression} is a coroutine; the servers need a factory that is no `async def`."
        )
    if not callable(found):
        raise ProjectError(f"{module_name}: {expression} returns {type(found).__name__}, which is not callable.")
    return found, expression


def _evaluate(module: ModuleType, expression: str) -> Any:
    """Names, attributes, and calls whose arguments are literals, as gunicorn and Flask take them."""
    try:
        return _value(module, ast.parse(expression, mode="eval").body)
    except SyntaxError, ValueError:
        raise ProjectError(
            f"{module.__name__}:{expression} is neither a name nor a call with plain arguments."
        ) from None


def _value(module: ModuleType, node: ast.expr) -> Any:
    match node:
        case ast.Name():
            if not hasattr(module, node.id):
                raise ProjectError(f"{module.__name__} has no {node.id!r}; {_callables(module)}")
            return getattr(module, node.id)
        case ast.Attribute():
            owner = _value(module, node.value)
            if not hasattr(owner, node.attr):
                raise ProjectError(f"{module.__name__}: {ast.unparse(node.value)} has no {node.attr!r}.")
            return getattr(owner, node.attr)
        case ast.Call():
            called = _value(module, node.func)
            arguments = [ast.literal_eval(each) for each in node.args]
            keywords = {each.arg or "": ast.literal_eval(each.value) for each in node.keywords}
            if not callable(called):
                raise ProjectError(f"{module.__name__}: {ast.unparse(node.func)} is not callable.")
            return called(*arguments, **keywords)
        case _:
            raise ValueError(node)


def _callables(module: ModuleType) -> str:
    names = sorted(
        name
        for name, each in vars(module).items()
        if callable(each) and not name.startswith("_") and not inspect.isclass(each)
    )
    return f"callables found: {', '.join(names[:8])}." if names else "it defines no callables."


def is_factory(found: Callable[..., Any]) -> bool:
    """A plain function that can be called without arguments makes an application; it is none itself."""
    if not inspect.isroutine(found):
        return False
    try:
        parameters = inspect.signature(found).parameters.values()
    except ValueError, TypeError:  # of a callable written in C
        return False
    takes_any = any(each.kind is each.VAR_POSITIONAL for each in parameters)
    return not takes_any and all(each.default is not each.empty or each.kind is each.VAR_KEYWORD for each in parameters)


def interface(app: Callable[..., Any]) -> str | None:
    """`wsgi` or `asgi`; None where the callable does not show it.

    ASGI is a coroutine function, or one of scope, receive and send; WSGI takes environ and start_response:
    https://asgi.readthedocs.io/en/stable/specs/main.html#applications, https://peps.python.org/pep-3333/.
    Raises ProjectError for ASGI 2.
    """
    call = app if inspect.isroutine(app) or inspect.isclass(app) else type(app).__call__.__get__(app)
    if inspect.iscoroutinefunction(call):
        return "asgi"
    try:
        signature = inspect.signature(call)
    except ValueError, TypeError:
        return None
    if inspect.isclass(app) and _takes(signature, 1):
        raise ProjectError("This is an ASGI 2 application (scope-first class); the servers need ASGI 3.")
    fits = [name for name, count in (("wsgi", 2), ("asgi", 3)) if _takes(signature, count)]
    return fits[0] if len(fits) == 1 else None


def _takes(signature: inspect.Signature, count: int) -> bool:
    try:
        signature.bind(*range(count))
    except TypeError:
        return False
    return True

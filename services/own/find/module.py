"""One module of the project, read without running it: its applications, its factories, and what it imports."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from own.find.frameworks import SERVING, Framework, framework
from own.find.modules import parse

NAMES = ("app", "application", "api", "server")  # in the order in which one of several is taken
FACTORIES = ("create_app", "make_app", "create_application", "get_app", "app_factory")


@dataclass(slots=True)
class Module:
    """What a module binds at its top."""

    applications: dict[str, Framework | None] = field(default_factory=dict)  # None: by its name alone
    factories: list[str] = field(default_factory=list)
    imports: dict[str, str] = field(default_factory=dict)  # name: where it is from
    mark_ready: str = ""  # the call that serves when the module is imported, `app.run() in line 9`
    serves_as_script: bool = False


def read(file: Path) -> Module:
    module = Module()
    _Reader(module).read(parse(file).body)
    return module


def choose(module: Module) -> list[tuple[str, Framework | None]]:
    """Of a module's applications the one that servers take: by its name, the only one, or its factory.

    Two where one is WSGI and one ASGI; several that are equal where nothing decides.
    """
    wanted = {interface: _best(module, interface) for interface in ("wsgi", "asgi", "", None)}
    if wanted["wsgi"] and wanted["asgi"]:
        return [*wanted["wsgi"], *wanted["asgi"]]
    known = [pair for pairs in wanted.values() for pair in pairs]
    made: list[tuple[str, Framework | None]] = [(f"{name}()", None) for name in FACTORIES if name in module.factories]
    return _named(module, known)[:1] or known or made[:1]


def _best(module: Module, interface: str | None) -> list[tuple[str, Framework | None]]:
    pairs = [pair for pair in module.applications.items() if (pair[1].interface if pair[1] else None) == interface]
    return _named(module, pairs)[:1] or pairs


def _named(module: Module, pairs: list[tuple[str, Framework | None]]) -> list[tuple[str, Framework | None]]:
    """Those of a usual name; what a module makes itself before what it imports."""
    named = (pair for pair in pairs if pair[0] in NAMES)
    return sorted(named, key=lambda pair: (pair[0] in module.imports, NAMES.index(pair[0])))


class _Reader:
    def __init__(self, module: Module) -> None:
        self.module = module

    def read(self, body: list[ast.stmt]) -> None:
        for node in body:
            if isinstance(node, ast.If) and _is_main_guard(node.test):
                self.module.serves_as_script |= any(self._serving(each) for each in ast.walk(node))
            else:
                self._read_one(node)
                for part in _blocks(node):
                    self.read(part)

    def _read_one(self, node: ast.stmt) -> None:
        match node:
            case ast.Import():
                for alias in node.names:
                    name = alias.asname or alias.name.partition(".")[0]
                    self.module.imports[name] = alias.name if alias.asname else name
            case ast.ImportFrom():
                self._import_from(node)
            case ast.Assign(targets=[*targets], value=value):
                for target in targets:
                    self._assign(target, value)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self._assign(target, value)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._define(node)
            case ast.Expr(value=ast.Call() as call) if self._serving(call):
                self.module.mark_ready = f"{ast.unparse(call.func)}() in line {node.lineno}"

    def _import_from(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            name = alias.asname or alias.name
            self.module.imports[name] = "." * node.level + f"{node.module or ''}.{alias.name}".lstrip(".")
            self._bind(name, None)

    def _define(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        if node.name in FACTORIES:
            self.module.factories.append(node.name)
        elif node.name in NAMES:
            self.module.applications[node.name] = _bare(node)

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if not isinstance(target, ast.Name):
            return
        found = framework(self._origin(value.func)) if isinstance(value, ast.Call) else None
        if found:
            self.module.applications.pop(target.id, None)
            self.module.applications[target.id] = found
        elif not isinstance(value, ast.Constant):
            self._bind(target.id, self._of_expression(value))

    def _of_expression(self, value: ast.expr) -> Framework | None:
        """Of what is made of an application in this module: `app.server`, `Middleware(app)`."""
        if isinstance(value, ast.Attribute) and isinstance(value.value, ast.Name):
            whole = self.module.applications.get(value.value.id)
            if whole and whole.suffix == f".{value.attr}":
                return Framework(whole.title, whole.interface)
        return None

    def _bind(self, name: str, found: Framework | None) -> None:
        if name in NAMES and (name not in self.module.applications or found):
            self.module.applications[name] = found

    def _serving(self, node: ast.AST) -> bool:
        if not isinstance(node, ast.Call):
            return False
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        return name in SERVING and self._origin(node.func) != "asyncio.run"

    def _origin(self, node: ast.expr) -> str:
        name, _, rest = ast.unparse(node).partition(".")
        return f"{self.module.imports.get(name, name)}.{rest}".rstrip(".")


def _is_main_guard(test: ast.expr) -> bool:
    return "__name__" in ast.unparse(test) and "__main__" in ast.unparse(test)


def _blocks(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    """Those that are run when the module is imported: of `if`, `try` and `with`."""
    if isinstance(node, ast.If | ast.Try | ast.With):
        yield from (getattr(node, name) for name in ("body", "orelse", "finalbody") if getattr(node, name, None))
        for handler in getattr(node, "handlers", ()):
            yield handler.body


def _bare(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Framework | None:
    """A function that is an application itself."""
    count = len(node.args.posonlyargs) + len(node.args.args)
    if isinstance(node, ast.AsyncFunctionDef):
        return Framework("ASGI", "asgi") if count == 3 else None
    return Framework("WSGI", "wsgi") if count == 2 else None

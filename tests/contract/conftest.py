"""A test that takes `contender`, `service`, `lock` or `script` runs once for each of them, under its name."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.contract import nginx_config, project
from tests.contract.nginx_config import Directive
from tests.contract.project import Contender, Spec
from tests.contract.stand_in import Tree

# A row without a name must fail in test_catalogue.py, not here.
_LISTS: dict[str, Callable[[], list[tuple[str, object]]]] = {
    "contender": lambda: [(row.get("name", "nameless"), row) for row in project.catalogue()],
    "service": lambda: [(name, name) for name in project.services()],
    "lock": lambda: [(name, name) for name in project.locks()],
    "script": lambda: [(path, path) for path in project.scripts()],
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    for name, rows in _LISTS.items():
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, [pytest.param(row, id=label) for label, row in rows()])


@pytest.fixture(scope="session")
def contenders() -> list[Contender]:
    return project.catalogue()


@pytest.fixture(scope="session")
def services() -> dict[str, Spec]:
    return project.services()


@pytest.fixture
def spec(contender: Contender) -> Spec:
    """The contender's service in compose.yaml."""
    return project.spec(contender)


@pytest.fixture(scope="session")
def nginx() -> Directive:
    """nginx's http block, with what it includes of nginx/conf.d, as nginx does."""
    (http,) = (each for each in _read("nginx/nginx.conf") if each.name == "http")
    return http


def _read(path: str) -> tuple[Directive, ...]:
    return _included(nginx_config.read(project.text(path)))


def _included(block: tuple[Directive, ...]) -> tuple[Directive, ...]:
    found: list[Directive] = []
    for each in block:
        if each.name == "include" and each.arguments[0].startswith("conf.d/"):
            for path in sorted((project.ROOT / "nginx").glob(each.arguments[0])):
                found += _read(str(path.relative_to(project.ROOT)))
        else:
            found.append(Directive(each.name, each.arguments, _included(each.block)))
    return tuple(found)


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    shutil.copytree(project.ROOT / "scripts", tmp_path / "scripts")
    left_out = ["bench", "rest", "requirements"]
    shutil.copytree(project.ROOT / "services", tmp_path / "services", ignore=lambda *_: left_out)
    for name in ("compose.yaml", ".env.example"):
        shutil.copy(project.ROOT / name, tmp_path)
    return Tree(tmp_path)

"""A Django project: its settings as manage.py has them, and both of its interfaces."""

import re
from pathlib import Path

from own.description import Target
from own.find.module import read
from own.find.modules import module_file, parse

_SETTINGS = re.compile(r"""DJANGO_SETTINGS_MODULE["']\s*,\s*["']([\w.]+)["']""")
_MAKERS = {"wsgi": "django.core.wsgi:get_wsgi_application()", "asgi": "django.core.asgi:get_asgi_application()"}


def find_targets(root: Path, path: Path) -> tuple[Target, ...]:
    """Both interfaces of the project whose manage.py is nearest the root, or of the settings' package `path`."""
    for manage in _managers(root):
        settings = settings_module(manage)
        if settings and path in (root, manage.parent, *_packages(manage.parent, settings)):
            return tuple(_target(root, manage.parent, settings, interface) for interface in _MAKERS)
    return ()


def settings_module(manage: Path) -> str:
    found = _SETTINGS.search(manage.read_text("utf-8", "replace"))
    return found[1] if found else ""


def settings_of(root: Path, base: str) -> str:
    """What a runner would find as DJANGO_SETTINGS_MODULE in that folder."""
    manage = root / base / "manage.py"
    return settings_module(manage) if manage.is_file() else ""


def _managers(root: Path) -> list[Path]:
    return [path for depth in ("", "*/", "*/*/") for path in sorted(root.glob(f"{depth}manage.py"))]


def _packages(base: Path, settings: str) -> list[Path]:
    parts = settings.split(".")[:-1]
    return [base.joinpath(*parts[: count + 1]) for count in range(len(parts))]


def _target(root: Path, base: Path, settings: str, interface: str) -> Target:
    """The project's own wsgi.py or asgi.py beside its settings; else what Django makes of the settings."""
    where = str(base.relative_to(root))
    for package in reversed(_packages(base, settings)):
        module = ".".join([*package.relative_to(base).parts, interface])
        file = module_file(base, module)
        if file is not None and parse(file).body and "application" in read(file).applications:
            return Target(module, "application", where, "Django", interface)
    module, _, name = _MAKERS[interface].partition(":")
    return Target(module, name, where, "Django", interface)

"""Which servers run what was found, and why one cannot: its version is the one that the project pins."""

from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version

from own.description import SERVERS, Target

_WORKERS = {"own-sync": "sync", "own-gthread": "gthread", "own-gevent": "gevent", "own-gunicorn-asgi": "asgi"}
_PACKAGES = {"own-uvicorn": "uvicorn", "own-granian": "granian"} | dict.fromkeys(_WORKERS, "gunicorn")


def assign(targets: Iterable[Target]) -> dict[str, Target]:
    """The target of each server, those of WSGI first; of two, granian has the one of ASGI."""
    by_interface = {each.interface: each for each in targets}
    assigned = {
        server: target
        for interface, target in sorted(by_interface.items(), reverse=True)
        for server in SERVERS[interface]
    }
    assigned |= {server: by_interface["asgi"] for server in SERVERS["asgi"] if "asgi" in by_interface}
    return assigned


def unable(server: str) -> str | None:
    """Why this server cannot start with the version that is installed; None if it can."""
    package = _PACKAGES[server]
    try:
        installed = f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"{package} is not installed"
    worker = _WORKERS.get(server)
    if worker is None:
        return None
    from gunicorn.config import KNOWN_SETTINGS  # noqa: PLC0415 - the suite's image has no gunicorn
    from gunicorn.workers import SUPPORTED_WORKERS  # noqa: PLC0415

    if worker not in SUPPORTED_WORKERS:
        return f"{installed}, which the project requires, has no worker `{worker}`"
    if worker == "asgi" and not any("--root-path" in (each.cli or ()) for each in KNOWN_SETTINGS):
        return f"{installed}, which the project requires, has no --root-path"
    return None

"""The containers of this lab, as far as these tests need more of the Docker Engine than the drills do."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from drills.engine import CLIENT, PROJECT, clone, connect, container, containers, create, until_healthy

__all__ = ["CLIENT", "PROJECT", "clone", "container", "containers", "until_healthy"]


def address(of: Any, network: str = "contenders") -> str:
    """Where others on that network find it."""
    of.reload()
    return str(of.attrs["NetworkSettings"]["Networks"][f"{PROJECT}_{network}"]["IPAddress"])


def on_postgres() -> bool:
    """Whether this lab keeps its records there, not in SQLite."""
    return any(each.startswith("DATABASE_URL=post") for each in container("records").attrs["Config"]["Env"])


@contextmanager
def variant_container(
    service: str, name: str, environment: dict[str, str], command: list[str] | None = None, alias: str = "", **host: Any
) -> Iterator[Any]:
    """A healthy container of the service that is not part of the lab, with other settings of its own and of its host's.

    It is on all networks of the original, unless it has a `NetworkMode` of its own. `alias` is one more name by which
    others find it.
    """
    original = container(service).attrs
    config, labels = original["Config"], original["Config"]["Labels"] | {"com.docker.compose.service": name}
    variables = [*config["Env"], *(f"{key}={value}" for key, value in environment.items())]
    config = config | {"Labels": labels, "Env": variables, "Cmd": command or config["Cmd"]}
    aliases = [alias] if alias else []
    made = create(config, original["HostConfig"] | host, f"{PROJECT}-{name}", aliases)
    try:
        if "NetworkMode" not in host:
            connect(made, original, [name, *aliases])
        with until_healthy(name):
            made.start()
        yield made
    finally:
        made.remove(force=True, v=True)


@contextmanager
def run_container(service: str, command: list[str]) -> Iterator[Any]:
    """What `docker compose run` makes of the service: a container beside it, with a command of its own."""
    original = container(service).attrs
    name = f"{service}-run-{uuid4().hex[:8]}"
    labels = original["Config"]["Labels"] | {"com.docker.compose.service": name}
    host = original["HostConfig"] | {"RestartPolicy": {"Name": "no", "MaximumRetryCount": 0}}
    changed = original["Config"] | {"Cmd": command, "Labels": labels, "Healthcheck": {"Test": ["NONE"]}}
    made = create(changed, host, f"{PROJECT}-{name}")
    try:
        connect(made, original, [])
        made.start()
        yield made
    finally:
        made.remove(force=True, v=True)

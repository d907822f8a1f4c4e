"""The containers of this lab, as far as these tests need more of the Docker Engine than the drills do."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from drills.engine import CLIENT, PROJECT, connect, container, containers, copied, created, until_healthy

__all__ = ["CLIENT", "PROJECT", "container", "containers", "copied", "until_healthy"]


def address(of: Any) -> str:
    """Where nginx finds it."""
    of.reload()
    return str(of.attrs["NetworkSettings"]["Networks"][f"{PROJECT}_contenders"]["IPAddress"])


@contextmanager
def apart(
    service: str, name: str, environment: dict[str, str], command: list[str] | None = None, alias: str = "", **host: Any
) -> Iterator[Any]:
    """A healthy container of the service that is no part of the lab, with changes to its settings and to its host's.

    `alias` is one more name by which others find it.
    """
    original = container(service).attrs
    config, labels = original["Config"], original["Config"]["Labels"] | {"com.docker.compose.service": name}
    variables = [*config["Env"], *(f"{key}={value}" for key, value in environment.items())]
    config = config | {"Labels": labels, "Env": variables, "Cmd": command or config["Cmd"]}
    made = created(config, original["HostConfig"] | host, f"{PROJECT}-{name}")
    try:
        if alias:
            network = CLIENT.networks.get(original["HostConfig"]["NetworkMode"])
            network.disconnect(made)
            network.connect(made, aliases=[alias])
        with until_healthy(name):
            made.start()
        yield made
    finally:
        made.remove(force=True, v=True)


@contextmanager
def ran(service: str, command: list[str]) -> Iterator[Any]:
    """What `docker compose run` makes of the service: a container beside it, with a command of its own."""
    original = container(service).attrs
    labels = original["Config"]["Labels"] | {"com.docker.compose.service": f"{service}-run"}
    host = original["HostConfig"] | {"RestartPolicy": {"Name": "no", "MaximumRetryCount": 0}}
    changed = original["Config"] | {"Cmd": command, "Labels": labels, "Healthcheck": {"Test": ["NONE"]}}
    made = created(changed, host, f"{PROJECT}-{service}-run")
    try:
        connect(made, original, [])
        made.start()
        yield made
    finally:
        made.remove(force=True, v=True)

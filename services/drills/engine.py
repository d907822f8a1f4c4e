"""The Docker Engine, as far as drills and the lifecycle suite need it: the containers of one service of this lab."""

import itertools
import os
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import docker

PROJECT = os.environ.get("PROJECT", "serverlab")
CLIENT = docker.from_env()

# A server starts in under a second here. If the machine is so busy that no check succeeds in the start period of 30 s,
# the next one comes 30 s later (compose.yaml), and takes seconds itself; what is not healthy by then never will be.
HEALTHY_WITHIN = 75.0


def containers(service: str) -> list[Any]:
    return list(CLIENT.containers.list(all=True, filters={"label": _labels(service)}))


def _labels(service: str) -> list[str]:
    """Not those of `docker compose run`, nor of a `docker run` of the same image, which has the image's labels."""
    of = {"project": PROJECT, "service": service, "oneoff": "False"}
    return [f"com.docker.compose.{name}={value}" for name, value in of.items()]


def container(service: str) -> Any:
    """The one of a service that is not scaled. Raises LookupError where there is none."""
    found = containers(service)
    if not found:
        raise LookupError(f"{service} has no container in the project {PROJECT}: scripts/up starts it")
    return found[0]


def clone(original: Any, name: str) -> Any:
    """A second container of the same image, settings, labels and DNS name, as compose makes it to recreate or scale."""
    service = original.labels["com.docker.compose.service"]
    made = create(original.attrs["Config"], original.attrs["HostConfig"], name)
    connect(made, original.attrs, [service])
    return made


def connect(made: Any, original: dict[str, Any], aliases: list[str]) -> None:
    """To the networks that the original has besides the one a container is created with, which compose picks."""
    for network in original["NetworkSettings"]["Networks"]:
        if network != original["HostConfig"]["NetworkMode"]:
            CLIENT.networks.get(network).connect(made, aliases=aliases)


def create(config: dict[str, Any], host: dict[str, Any], name: str, aliases: Iterable[str] = ()) -> Any:
    """A container that others find under the name of its service, and under these."""
    kept = ("Image", "Entrypoint", "Cmd", "Env", "Healthcheck", "Labels", "WorkingDir", "User")
    service, network = config["Labels"]["com.docker.compose.service"], host["NetworkMode"]
    endpoints = {} if network == "none" else {network: {"Aliases": [service, *aliases]}}
    made = CLIENT.api.create_container_from_config(  # type: ignore[no-untyped-call]
        {key: config[key] for key in kept} | {"HostConfig": host, "NetworkingConfig": {"EndpointsConfig": endpoints}},
        name=name,
    )
    return CLIENT.containers.get(made["Id"])


def wait_until_healthy(services: Iterable[str]) -> None:
    """Health checks notice later than clients do: a container that was paused counts as unhealthy until the next one.

    Raises TimeoutError, naming those that are not.
    """
    end = time.monotonic() + HEALTHY_WITHIN
    while sick := [name for name in services if not all(map(_is_healthy, containers(name)))]:
        if time.monotonic() > end:
            raise TimeoutError(f"{', '.join(sick)}: not healthy in {HEALTHY_WITHIN:g} s; docker compose ps --all")
        time.sleep(0.5)  # as often as health is checked at first


def _is_healthy(of: Any) -> bool:
    return bool(of.attrs["State"].get("Health", {}).get("Status") == "healthy")


@contextmanager
def until_healthy(service: str, wanted: int = 1) -> Iterator[None]:
    """Waits for so many of the service's containers to become healthy after the block, by the engine's events."""
    of_service = {"event": "health_status", "label": _labels(service)}
    # The API takes fractions of a second, which the stubs do not know: whole ones would bring back older events.
    events = CLIENT.events(since=time.time(), decode=True, filters=of_service)  # type: ignore[call-overload]
    too_late = threading.Timer(HEALTHY_WITHIN, events.close)
    try:
        yield
        too_late.start()
        healthy = (event for event in events if event["Action"] == "health_status: healthy")
        became = list(itertools.islice(healthy, wanted))
        assert len(became) == wanted, f"{len(became)} of {wanted} containers of {service} became healthy"
    finally:
        too_late.cancel()
        events.close()

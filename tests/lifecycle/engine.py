"""The Docker Engine, as far as these tests need it: the containers of one contender of this lab."""

import itertools
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import docker
import requests

from tests.e2e.lab import PATIENCE, URL

PROJECT = os.environ.get("PROJECT", "serverlab")
CLIENT = docker.from_env()

# The contract: a contender answers again within 2 s of being healthy, with nginx untouched.
SOON = 2.0

# A server starts in under a second here; what is not healthy in a minute never will be.
HEALTHY_WITHIN = 60.0


def containers(service: str) -> list[Any]:
    return list(CLIENT.containers.list(all=True, filters={"label": _labels(service)}))


def _labels(service: str) -> list[str]:
    """Not those of `docker compose run`, nor of a `docker run` of the same image, which has the image's labels."""
    of = {"project": PROJECT, "service": service, "oneoff": "False"}
    return [f"com.docker.compose.{name}={value}" for name, value in of.items()]


def container(service: str) -> Any:
    return containers(service)[0]


def address(of: Any) -> str:
    """Where nginx finds it."""
    of.reload()
    return str(of.attrs["NetworkSettings"]["Networks"][f"{PROJECT}_contenders"]["IPAddress"])


def copied(original: Any, name: str) -> Any:
    """A second container of the same image, settings, labels and DNS name, as compose makes it to recreate or scale."""
    service = original.labels["com.docker.compose.service"]
    made = _created(original.attrs["Config"], original.attrs["HostConfig"], name)
    _connect(made, original.attrs, [service])
    return made


def _connect(made: Any, original: dict[str, Any], aliases: list[str]) -> None:
    """To the networks that the original has besides the one a container is created with, which compose picks."""
    for network in original["NetworkSettings"]["Networks"]:
        if network != original["HostConfig"]["NetworkMode"]:
            CLIENT.networks.get(network).connect(made, aliases=aliases)


@contextmanager
def apart(service: str, name: str, environment: dict[str, str], **host: Any) -> Iterator[Any]:
    """A healthy container of the service that is no part of the lab, with changes to its settings and to its host's."""
    original = container(service).attrs
    config, labels = original["Config"], original["Config"]["Labels"] | {"com.docker.compose.service": name}
    variables = [*config["Env"], *(f"{key}={value}" for key, value in environment.items())]
    made = _created(config | {"Labels": labels, "Env": variables}, original["HostConfig"] | host, f"{PROJECT}-{name}")
    try:
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
    made = _created(changed, host, f"{PROJECT}-{service}-run")
    try:
        _connect(made, original, [])
        made.start()
        yield made
    finally:
        made.remove(force=True, v=True)


def _created(config: dict[str, Any], host: dict[str, Any], name: str) -> Any:
    kept = ("Image", "Entrypoint", "Cmd", "Env", "Healthcheck", "Labels", "WorkingDir", "User")
    service, network = config["Labels"]["com.docker.compose.service"], host["NetworkMode"]
    endpoints = {} if network == "none" else {network: {"Aliases": [service]}}
    made = CLIENT.api.create_container_from_config(  # type: ignore[no-untyped-call]
        {key: config[key] for key in kept} | {"HostConfig": host, "NetworkingConfig": {"EndpointsConfig": endpoints}},
        name=name,
    )
    return CLIENT.containers.get(made["Id"])


@contextmanager
def until_healthy(service: str, wanted: int = 1) -> Iterator[None]:
    """Waits for so many of the service's containers to become healthy after the block: the engine says when."""
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


def answers_soon(path: str, wanted: Callable[[requests.Response], bool], within: float = SOON) -> None:
    """Asks until the answer is the wanted one; later than the contract allows is a failure."""
    asked = time.monotonic()
    while not wanted(response := requests.get(URL + path, timeout=PATIENCE)):
        late = time.monotonic() - asked
        assert late < within, f"{path} still answers {response.status_code} {late:.1f} s after it was healthy"

"""The two nodes of compose.simulation.yaml: the engine of each, and what Swarm runs on it."""

import time
from collections.abc import Callable
from typing import Any

import docker

PATIENCE = 60.0  # seconds for Swarm to converge: it takes a few

MANAGER = docker.DockerClient(base_url="unix:///engines/one/docker.sock")
OUTSIDE = docker.from_env()  # the engine that the nodes are containers of


def role(node: str, is_now: str | None) -> None:
    """Labels it, or takes the label away. What may no longer run there goes to another node at once."""
    found = MANAGER.nodes.get(node)
    labels = {key: value for key, value in found.attrs["Spec"]["Labels"].items() if key != "lab.role"}
    found.update(found.attrs["Spec"] | {"Labels": labels | ({"lab.role": is_now} if is_now else {})})


def service(name: str) -> Any:
    return MANAGER.services.get(f"serverlab_{name}")  # type: ignore[no-untyped-call]


def change(name: str, **container: Any) -> None:
    """Of what its containers are made of: Args are a command."""
    found = service(name)
    task = found.attrs["Spec"]["TaskTemplate"]
    task = task | {"ContainerSpec": task["ContainerSpec"] | container}
    MANAGER.api.update_service(found.id, found.version, name=found.name, task_template=task, fetch_current_spec=True)


def updated(name: str) -> str:
    """How its last update stands: updating, completed, rollback_completed."""
    return str(service(name).attrs.get("UpdateStatus", {}).get("State"))


def tasks(name: str) -> set[str]:
    """Those that run, and are to."""
    return {task["ID"] for task in _running(name)}


def where(name: str) -> list[str]:
    """The node of each replica that runs."""
    names = {node.id: node.attrs["Description"]["Hostname"] for node in MANAGER.nodes.list()}
    return sorted(names[task["NodeID"]] for task in _running(name))


def _running(name: str) -> list[dict[str, Any]]:
    found = service(name).tasks(filters={"desired-state": "running"})
    return [task for task in found if task["Status"]["State"] == "running"]


def until(fact: Callable[[], bool], what: str, within: float = PATIENCE) -> float:
    """How many seconds it took."""
    began = time.monotonic()
    while not fact():
        assert time.monotonic() - began < within, f"not within {within:g} s: {what}"
        time.sleep(0.1)
    return time.monotonic() - began


def kill(node: str) -> None:
    """As if its power were cut: the engine and all that it runs are gone at once."""
    (found,) = OUTSIDE.containers.list(
        filters={"label": ["com.docker.compose.project=serverlab-simulation", f"com.docker.compose.service={node}"]}
    )
    found.kill()

"""Rewrites the output of `docker compose config --format json` into the older format that `docker stack deploy` reads.

    docker compose -f compose.yaml -f compose.swarm.yaml config --format json | python stack.py nginx=localhost/nginx:1

The arguments are the images, one for each service. Nothing is chosen here: what is different on several machines stands
in compose.swarm.yaml, and what Swarm cannot do is left out for the reason beside it. Any other key that Swarm does not
know, `docker stack deploy` itself refuses by name.
"""

import json
import re
import sys
from typing import Any

Service = dict[str, Any]

LEFT_OUT = {
    "build": "each node is given the image",
    "depends_on": "a task whose peer is not up exits, or returns 502, until the other is there",
    "network_mode": "see ALONE",
    "profiles": "compose has chosen",
    "restart": "deploy.restart_policy",
    "security_opt": "no-new-privileges is a setting of each node's engine",
}

# Swarm leaves no task without a network: `network_mode: none` becomes one that leads nowhere.
ALONE = {"alone": {"driver": "overlay", "internal": True}}


def stack(lab: dict[str, Any], images: dict[str, str]) -> dict[str, Any]:
    """Raises ValueError naming the service that has no image, or a setting that has no meaning on a swarm."""
    services = {name: _service(name, each, images) for name, each in lab["services"].items()}
    networks = ALONE | {
        name: {key: each[key] for key in ("driver", "internal") if key in each}
        for name, each in lab["networks"].items()
    }
    return {
        "version": "3.13",
        "services": services,
        "networks": networks,
        "volumes": {name: {} for name in lab["volumes"]},
        "secrets": lab["secrets"],
    }


def _service(name: str, service: Service, images: dict[str, str]) -> Service:
    if name not in images:
        raise ValueError(f"{name} has no image; give {name}=<image>")
    if service.get("cpuset"):
        raise ValueError(
            f"{name} is pinned to cores {service['cpuset']}; Swarm cannot pin; unset CONTENDER_CPUSET and BENCH_CPUSET"
        )
    kept = {key: value for key, value in service.items() if key not in LEFT_OUT and value is not None}
    memory = [_memory(name, each) for each in kept.pop("tmpfs", [])]
    kept["volumes"] = memory + [{**each, "volume": {}} for each in kept.get("volumes", [])]
    if service.get("network_mode") == "none":
        kept["networks"] = list(ALONE)
    if "ports" in kept:
        kept["ports"] = [_port(each) for each in kept["ports"]]
    for secret in kept.get("secrets", []):
        # Octal, from compose 2.34 on: https://github.com/docker/compose/issues/12695
        if isinstance(secret.get("mode"), str):
            secret["mode"] = int(secret["mode"], 8)
    limits = kept["deploy"]["resources"]["limits"]
    limits["cpus"] = str(limits["cpus"])
    return kept | {"image": images[name]}


def _memory(service: str, tmpfs: str) -> dict[str, Any]:
    """`/tmp:size=16m,mode=1777`; that mode is what Swarm gives it anyway."""
    target, _, options = tmpfs.partition(":")
    size = dict(each.split("=") for each in options.split(",") if each).get("size", "")
    if size and not re.fullmatch("[0-9]+m", size):
        raise ValueError(f"{service}: {tmpfs}: give the size as 16m")
    return {"type": "tmpfs", "target": target} | ({"tmpfs": {"size": int(size[:-1]) * 2**20}} if size else {})


def _port(port: dict[str, Any]) -> dict[str, Any]:
    """Of the node itself: the routing mesh would hide the client's address. Swarm publishes on all of its addresses."""
    return {"target": port["target"], "published": int(port["published"]), "protocol": port["protocol"], "mode": "host"}


if __name__ == "__main__":
    try:
        json.dump(stack(json.load(sys.stdin), dict(each.split("=", 1) for each in sys.argv[1:])), sys.stdout)
    except ValueError as error:
        sys.exit(f"stack: {error}")

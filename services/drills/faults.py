"""Faults of containers and of their surroundings: what the engine, an operator or the kernel does to a server.

A fault is a generator of three steps: it makes ready, and yields; breaks something, and yields; mends what a
person would have to mend, and yields. What is left of it puts the lab back as it was.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import requests

from drills import abuse
from drills.engine import CLIENT, clone, container, until_healthy
from drills.traffic import Edge

Steps = Iterator[None]
FOUND = 2.0  # seconds until nginx has queried DNS again (`valid=1s`), twice over
DRAINED = 20  # seconds, compose.yaml's stop_grace_period, which a copy of a container does not have

CONTENDERS, RECORDS, NGINX = "contenders", "records", "nginx"


@dataclass(frozen=True, slots=True)
class Fault:
    """`held` for a while; a recovery then counts from its end, else from its beginning.

    `watched` for so many seconds at least: what it does may begin when answers have been as usual for a while.
    """

    name: str
    does: str
    steps: Callable[[str, Edge], Steps]
    on: tuple[str, ...] = (CONTENDERS,)
    held: bool = False
    by_hand: bool = False
    watched: float = 1.0


def _shell(target: str, command: str) -> None:
    code, output = container(target).exec_run(["sh", "-c", command])
    if code not in (0, 137):  # 137: the container, and with it this shell, was killed
        raise RuntimeError(f"{target}: {command}: exit code {code}: {output.decode(errors='replace')}")


SERVER = "$(cat /proc/1/task/1/children)"  # the child of the container's init


def _worker(target: str, edge: Edge) -> int:
    """The process that answers now."""
    return int(requests.get(f"http://{edge[0]}:{edge[1]}/{target}/whoami", timeout=10).json()["pid"])


def kill_worker(target: str, edge: Edge) -> Steps:
    pid = _worker(target, edge)
    yield
    _shell(target, f"kill -9 {pid}")
    yield
    yield


def kill_master(target: str, _: Edge) -> Steps:
    yield
    _shell(target, f"kill -9 {SERVER}")
    yield
    yield


def restart(target: str, _: Edge) -> Steps:
    of = container(target)
    yield
    of.restart()
    yield
    yield


def recreate(target: str, _: Edge) -> Steps:
    """As `docker compose up --force-recreate`: the new container has another address."""
    original = container(target)
    twin = clone(original, f"{original.name}-recreated")
    try:
        yield
        original.stop(timeout=DRAINED)
        twin.start()
        yield
        yield
    finally:
        _swap(twin, original, target)
        twin.remove(force=True)


def roll(target: str, _: Edge) -> Steps:
    """As scripts/roll does it."""
    original = container(target)
    twin = clone(original, f"{original.name}-rolled")
    try:
        yield
        _swap(original, twin, target)
        yield
        yield
    finally:
        _swap(twin, original, target)
        twin.remove(force=True)


def _swap(old: Any, new: Any, target: str) -> None:
    """The new one is healthy and found before the old one is drained."""
    new.reload()
    if new.status != "running":  # it runs where a swap was broken off before the old one was stopped
        with until_healthy(target):
            new.start()
        time.sleep(FOUND)
    old.stop(timeout=DRAINED)


def scale(target: str, _: Edge) -> Steps:
    original = container(target)
    twins = [clone(original, f"{original.name}-replica-{number}") for number in (2, 3)]
    try:
        yield
        with until_healthy(target, len(twins)):
            for twin in twins:
                twin.start()
        time.sleep(FOUND)
        yield
    finally:
        for twin in twins:
            twin.remove(force=True)
    yield


def reload(target: str, _: Edge) -> Steps:
    yield
    _shell(target, "nginx -s reload" if target == NGINX else f"kill -HUP {SERVER}")
    yield
    yield


def pause(target: str, _: Edge) -> Steps:
    of = container(target)
    yield
    of.pause()
    yield
    of.unpause()
    yield


HOG = """
import pathlib
pathlib.Path("/proc/{pid}/oom_score_adj").write_text("1000")
used = []
while True:
    used.append(b"x" * 1048576)
"""


def out_of_memory(target: str, edge: Edge) -> Steps:
    """A process beside the server takes all memory, and the kernel kills the worker first, then that process."""
    pid = _worker(target, edge)
    yield
    _shell(target, f"exec python -c '{HOG.format(pid=pid)}'")
    yield
    yield


def disk_full(target: str, _: Edge) -> Steps:
    """Its /tmp, a tmpfs of 16 MiB, which is all of the file system that a server may write to."""
    yield
    _shell(
        target,
        'test "$(df -m /tmp | tail -n 1 | tr -s " " | cut -d " " -f 2)" -le 64 && ! cat /dev/zero 2>&1 >/tmp/full',
    )
    yield
    _shell(target, "rm /tmp/full")
    yield


def cut_off(target: str, _: Edge) -> Steps:
    of = container(target)
    networks = of.attrs["NetworkSettings"]["Networks"]
    yield
    for network in networks:
        CLIENT.networks.get(network).disconnect(of)
    yield
    for network in networks:
        CLIENT.networks.get(network).connect(of, aliases=[target])
    yield


def attack(does: Callable[[str, Edge], None]) -> Callable[[str, Edge], Steps]:
    """Clients that do harm for a while, and stop."""

    def steps(target: str, edge: Edge) -> Steps:
        yield
        does(target, edge)
        yield
        yield

    return steps


ALL = {
    each.name: each
    for each in (
        Fault("kill-worker", "SIGKILL the last worker to respond", kill_worker, watched=3),
        Fault("kill-master", "SIGKILL the master process", kill_master, (CONTENDERS, RECORDS, NGINX)),
        Fault("restart", "docker compose restart", restart, (CONTENDERS, RECORDS, NGINX)),
        Fault("recreate", "docker compose up --force-recreate", recreate, (CONTENDERS, RECORDS)),
        Fault("scale", "scale to three replicas, then back to one", scale, held=True),
        Fault("reload", "SIGHUP the server; nginx -s reload", reload, (CONTENDERS, NGINX), watched=3),
        Fault("roll", "scripts/roll: start a second container, drain the first", roll, (CONTENDERS, RECORDS)),
        Fault("pause", "docker compose pause", pause, (CONTENDERS, RECORDS), held=True, by_hand=True),
        Fault("hung-loop", "8 concurrent /block?ms=1000", attack(abuse.block), held=True),
        Fault("out-of-memory", "out of memory: the kernel kills a worker", out_of_memory, watched=3),
        Fault("disk-full", "/tmp completely full", disk_full, held=True, by_hand=True),
        Fault("cut-off", "networks disconnected", cut_off, (CONTENDERS, RECORDS), held=True, by_hand=True),
        Fault(
            "unread-body",
            "40 POSTs of 1 MB to /io (body unread), 8 at a time",
            attack(abuse.unread_body),
            held=True,
        ),
        Fault("uploads", "5 uploads of 64 MiB that stall after 1 MiB", attack(abuse.uploads), held=True),
        Fault("abandoned", "20 clients abort GET /io?ms=500", attack(abuse.abandon), held=True),
        Fault("ping-flood", "a WebSocket client that pings and never reads", attack(abuse.ping_flood), held=True),
        Fault("slow-headers", "1,000 clients send headers at 1 byte/s", attack(abuse.slow("headers")), held=True),
        Fault("slow-body", "1,000 clients send a body at 1 byte/s", attack(abuse.slow("body")), held=True),
        Fault("slow-read", "1,000 clients read a 1 MiB response at 1 byte/s", attack(abuse.slow("read")), held=True),
    )
}

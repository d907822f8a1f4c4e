"""A slot's service: that of its base, as compose has resolved it, under another name, and with what differs."""

import copy
import json
import math
import os
import re
from importlib import import_module
from typing import Any

from contender.catalogue import CATALOGUE
from contender.control import MOST
from contender.slots import SlotError, servers
from contender.slots.servers import Spec
from contender.slots.settings import Settings

BUILT = ("build", "profiles", "image", "pull_policy", "container_name", "labels")  # what the base has, and no slot
_SIZES = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30}
LEAST_MB = 32  # a worker needs more: below, it is killed while it starts

FREE_THREADED = "free-threaded"  # the stage of services/Dockerfile that has this interpreter
RUN_ON_IT = ("sync", "gthread")
_APPLICATION = re.compile(r"(?P<module>[A-Za-z_][\w.]*):(?P<name>[A-Za-z_]\w*)")


def service(base: str, spec: Spec, slot: str, settings: Settings, preset: str | None = None) -> Spec:
    """`preset` is the name of what the settings come from. Raises SlotError."""
    made = {key: value for key, value in copy.deepcopy(spec).items() if value is not None and key not in BUILT}
    _rename(made, base, slot)
    for key, value in settings.keys.items():
        if key == "worker_class" and value.partition(".")[0] in settings.modules():
            servers.put(made, CATALOGUE[base]["server"], slot, key, value, installed=False)
        else:
            _set(made, base, slot, key, value)
    variables = made["environment"]
    for name, value in settings.variables.items():
        if "OWN_ENV" in variables:  # of the application's own, which win: own/settings.py
            variables["OWN_ENV"] += f"{name}={_escaped(value)}\n"
        else:
            variables[name] = value.replace("$", "$$")
    described = {"base": base, "settings": settings.shown()} | ({"preset": preset} if preset else {})
    variables["SLOT"] = json.dumps(described).replace("$", "$$")
    return made


def _rename(spec: Spec, base: str, slot: str) -> None:
    """Mounted at its own prefix, which every server gets in the path; uvicorn would add its --root-path to it.

    uvicorn's worker for gunicorn does not read gunicorn's --root-path.
    """
    command, variables = spec["command"], spec["environment"]
    if CATALOGUE[base]["server"] == "uvicorn":
        place = command.index("--root-path")
        del command[place : place + 2]
    if CATALOGUE[base]["interface"] == "asgi" and CATALOGUE[base]["server"] in ("uvicorn", "gunicorn"):
        variables["MOUNT_PREFIX"] = f"/{base}"  # becomes the slot's below
    spec["command"] = [f"/{slot}" if each == f"/{base}" else each for each in command]
    spec["environment"] = {name: f"/{slot}" if value == f"/{base}" else value for name, value in variables.items()}
    spec["environment"]["SERVICE"] = slot


def _set(spec: Spec, base: str, slot: str, key: str, value: str) -> None:
    server = CATALOGUE[base]["server"]
    match key:
        case "workers":
            _workers(spec, str(_whole(slot, key, value, MOST)))
        case "cpus":
            _limits(spec)["cpus"] = _cpus(slot, value)
        case "memory":
            _limits(spec)["memory"] = str(_memory(slot, value))
        case "app":
            _application(spec, base, slot, value)
        case "apt":
            _packages(slot, value)
        case "python":
            _interpreter(base, slot, value)
            _refuse_observed(spec, slot, value)
        case "threads" if server == "gunicorn":
            servers.put(spec, server, slot, key, str(_whole(slot, key, value, 1000)))
        case _:
            servers.put(spec, server, slot, key, value.replace("$", "$$"))


def _workers(spec: Spec, count: str) -> None:
    variables, command = spec["environment"], spec["command"]
    for name in ("WEB_CONCURRENCY", "GRANIAN_WORKERS"):
        if name in variables:
            variables[name] = count
    if "-w" in command:  # hypercorn, which reads no variable
        command[command.index("-w") + 1] = count


def _application(spec: Spec, base: str, slot: str, value: str) -> None:
    """Another one of the base's codebase: the one argument of every server's command that names a module and a name."""
    wanted = _APPLICATION.fullmatch(value)
    if not wanted or "OWN_ENV" in spec["environment"]:
        raise SlotError(f"--{slot} app={value}: name a callable of {base}'s codebase, like wsgi.app:app.")
    try:
        getattr(import_module(wanted["module"]), wanted["name"])
    except (ImportError, AttributeError) as error:
        raise SlotError(f"--{slot} app={value}: {base} cannot import it: {error}.") from None
    spec["command"] = [value if _APPLICATION.fullmatch(each) else each for each in spec["command"]]


def _packages(slot: str, value: str) -> None:
    """Debian's, which its image gets on top of the base's."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9.+-]+(,[a-z0-9][a-z0-9.+-]+)*", value):
        raise SlotError(f"--{slot} apt={value}: give names of Debian packages, like libjemalloc2, with commas between.")


def _interpreter(base: str, slot: str, value: str) -> None:
    if value != FREE_THREADED:
        raise SlotError(f"--{slot} python={value}: the one other interpreter is {FREE_THREADED}.")
    if base not in RUN_ON_IT:
        raise SlotError(
            f"--{slot} python={value}: only {' and '.join(RUN_ON_IT)} run on it: gevent, eventlet, uvloop, httptools "
            f"and psycopg have no wheels for it, and granian does not start on it with PYTHON_GIL=1."
        )


def _refuse_observed(spec: Spec, slot: str, value: str) -> None:
    """The stage of services/Dockerfile that has this interpreter has a lock of its own."""
    if spec["environment"].get("OBSERVE"):
        raise SlotError(
            f"--{slot} python={value}: it has none of the packages of OBSERVE={spec['environment']['OBSERVE']}; "
            f"start the lab, and the slots, without OBSERVE."
        )


def _limits(spec: Spec) -> dict[str, Any]:
    limits: dict[str, Any] = spec["deploy"]["resources"]["limits"]
    return limits


def _whole(slot: str, key: str, value: str, most: int) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,3}", value) or int(value) > most:
        raise SlotError(f"--{slot} {key}={value}: give a whole number from 1 to {most}.")
    return int(value)


def _cpus(slot: str, value: str) -> float:
    cores = os.cpu_count() or 1
    number = float(value) if re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,2})?", value) else math.nan
    if not 0.1 <= number <= cores:
        raise SlotError(f"--{slot} cpus={value}: give a number from 0.1 to {cores}, the cores of this machine.")
    return number


def _memory(slot: str, value: str) -> int:
    size = re.fullmatch(r"([1-9][0-9]{0,11})([kKmMgG]?)[bB]?", value)
    if not size or int(size[1]) * _SIZES[size[2].lower()] < LEAST_MB * 2**20:
        raise SlotError(f"--{slot} memory={value}: give a size of at least {LEAST_MB}M, like 512M or 1G.")
    return int(size[1]) * _SIZES[size[2].lower()]


def _escaped(value: str) -> str:
    return json.dumps(value)[1:-1].replace("$", "$$")


def differ(base: str, spec: Spec, one: Settings, other: Settings) -> bool:
    """Whether two slots would: in a setting that is not the base's already, or in a package."""
    made = [service(base, spec, "a", each) for each in (one, other)]
    for each in made:
        del each["environment"]["SLOT"]
    return made[0] != made[1] or one.image() != other.image()


def document(config: dict[str, Any], specs: dict[str, Spec]) -> str:
    """What compose reads beside compose.yaml. Each value replaces the one there; @a@ stands for a's image."""
    lines = ["services:"]
    for slot, spec in specs.items():
        lines += [f"  {slot}:", f'    image: "@{slot}@"', "    pull_policy: never", "    build: !reset null"]
        lines.append("    profiles: !reset []")
        for key, value in spec.items():
            tag = "!override " if isinstance(value, (dict, list)) else ""
            lines.append(f"    {key}: {tag}{json.dumps(value)}")
    external = {
        key: each
        for key, each in config.get("networks", {}).items()
        if each.get("external") and any(key in spec.get("networks", {}) for spec in specs.values())
    }
    lines += [f"networks: {json.dumps(external)}"] if external else []
    return "\n".join(lines)

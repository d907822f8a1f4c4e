"""The options of each server by its own names, as the server in this image has them, and how it takes them."""

import difflib
import json
import os
import runpy
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from contender.slots import SlotError

# What makes a contender of a server: where it listens, what it serves, and how many processes, which has a key.
LAB_S = frozenset(
    {
        "app",
        "app_dir",
        "application_path",
        "bind",
        "chdir",
        "check_config",
        "config",
        "control_socket",
        "control_socket_disable",
        "daemon",
        "env_file",
        "env_files",
        "factory",
        "fd",
        "forwarded_allow_ips",
        "group",
        "host",
        "insecure_bind",
        "interface",
        "pid_file",
        "pid_path",
        "pidfile",
        "port",
        "print_config",
        "quic_bind",
        "raw_env",
        "reload",
        "root_path",
        "uds",
        "uds_permissions",
        "url_path_prefix",
        "use_reloader",
        "user",
        "version",
        "working_dir",
        "workers",
        "wsgi_app",
    }
)
HYPERCORN = "contender.slots.hypercorn_config"  # instead of contender/hypercorn.toml, which it reads
OPTIONS = "SLOT_OPTIONS"  # what it adds to that

Spec = dict[str, Any]  # a service, as compose has resolved it


@dataclass(frozen=True, slots=True)
class Options:
    """Of one server."""

    names: tuple[str, ...]
    parse: Callable[[str, str], Any]  # a value, as the server takes it; raises whatever the server does
    current: Callable[[Spec, str], Any]  # that of a service
    put: Callable[[Spec, str, str], None]


def options(server: str) -> Options:
    return {"gunicorn": _gunicorn, "uvicorn": _uvicorn, "granian": _granian, "hypercorn": _hypercorn}[server]()


def put(spec: Spec, server: str, slot: str, name: str, value: str, *, installed: bool = True) -> None:
    """Leaves a service as it is where it has that value already, by its settings or as the server's default.

    Raises SlotError for an option that the server does not have, and for a value that it does not take; one that is
    not `installed` yet cannot be checked here.
    """
    known = options(server)
    if name in LAB_S:
        raise SlotError(f"--{slot} {name}={value}: the lab decides {name} itself; leave it out.")
    if name not in known.names:
        near = difflib.get_close_matches(name, [each for each in known.names if each not in LAB_S], n=3)
        meant = f"Did you mean {', '.join(near)}?" if near else "See the options of your server's documentation."
        raise SlotError(f"--{slot} {name}={value}: {server} has no option {name}. {meant}")
    try:
        parsed = known.parse(name, value) if installed else None
    except (Exception, SystemExit) as error:  # each server has its own
        reason = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".: ")
        raise SlotError(f"--{slot} {name}={value}: {server} refuses it: {reason}.") from None
    if not installed or parsed != known.current(spec, name):
        known.put(spec, name, value)


# --- gunicorn: options of the command line, which win over its file ------------------------------------------


def _gunicorn() -> Options:
    from gunicorn.config import KNOWN_SETTINGS, Config  # noqa: PLC0415

    known = {each.name: each for each in KNOWN_SETTINGS if each.cli}

    def parse(name: str, value: str) -> Any:
        config = Config()
        config.set(name, value)
        if name == "worker_class":
            _ = config.worker_class  # imports it
        return config.settings[name].get()

    def current(spec: Spec, name: str) -> Any:
        config = Config()
        arguments = vars(config.parser().parse_args(spec["command"][1:]))
        of_command = {key: value for key, value in arguments.items() if value is not None}
        for key, value in (_gunicorn_file(spec["environment"]) | of_command).items():
            if key in config.settings:
                config.set(key, value)
        return config.settings[name].get()

    def place(spec: Spec, name: str, value: str) -> None:
        setting, command = known[name], spec["command"]
        if setting.action in ("store_true", "store_const"):  # --no-sendfile: sendfile is False
            spec["command"] = [each for each in command if each not in setting.cli]
            added = [setting.cli[-1]] if _truth(value) == (setting.action == "store_true") else []
        else:
            added = [setting.cli[-1], value]  # of two the last one counts
        spec["command"][-1:-1] = added  # behind all is the application
        if name == "threads":
            spec["environment"]["THREADS"] = value  # for /usage

    return Options(tuple(known), parse, current, place)


def _gunicorn_file(variables: dict[str, Any]) -> dict[str, Any]:
    """What contender/gunicorn.conf.py sets with a service's variables."""
    before = dict(os.environ)
    try:
        os.environ |= {name: str(value) for name, value in variables.items()}
        return runpy.run_path(str(Path(__file__).parents[1] / "gunicorn.conf.py"))
    finally:
        os.environ.clear()
        os.environ |= before


# --- uvicorn and granian: variables named like the options ---------------------------------------------------


def _click(server: str, command: Any, words: Mapping[str, Iterable[str]]) -> Options:
    known = {each.name: each for each in command.params if each.param_type_name == "option"}

    context = command.context_class(command, info_name=server)

    def variable(name: str) -> str:
        return f"{server.upper()}_{name.upper()}"

    def parse(name: str, value: str) -> Any:
        if name in words and value not in words[name] and ":" not in value:
            raise ValueError(f"choose from {', '.join(sorted(words[name]))}")
        return known[name].type.convert(value, known[name], context)

    def current(spec: Spec, name: str) -> Any:
        value = spec["environment"].get(variable(name), known[name].get_default(context))
        if not isinstance(value, (str, int, float)):  # click's own object for no default, or several values
            return value
        return known[name].type.convert(value, known[name], context)

    def place(spec: Spec, name: str, value: str) -> None:
        spec["environment"][variable(name)] = value

    return Options(tuple(known), parse, current, place)


def _uvicorn() -> Options:
    from uvicorn import config  # noqa: PLC0415
    from uvicorn.main import main  # noqa: PLC0415

    loops = getattr(config, "LOOP_FACTORIES", None) or getattr(config, "LOOP_SETUPS", {})
    return _click("uvicorn", main, {"http": config.HTTP_PROTOCOLS, "ws": config.WS_PROTOCOLS, "loop": loops})


def _granian() -> Options:
    return _click("granian", import_module("granian.cli").cli, {})


# --- hypercorn: its file, and what is added to it ------------------------------------------------------------


def _hypercorn() -> Options:
    from hypercorn.config import Config  # noqa: PLC0415

    names = tuple(name for name in dir(Config) if not name.startswith("_") and not callable(getattr(Config, name)))

    def parse(name: str, value: str) -> Any:
        if name == "worker_class" and value not in ("asyncio", "uvloop", "trio"):
            raise ValueError("choose from asyncio, trio, uvloop")
        return typed(getattr(Config, name), value)

    def current(spec: Spec, name: str) -> Any:
        added = json.loads(spec["environment"].get(OPTIONS, "{}"))
        return (hypercorn_file() | added).get(name, getattr(Config, name))

    def place(spec: Spec, name: str, value: str) -> None:
        command, variables = spec["command"], spec["environment"]
        command[command.index("-c") + 1] = f"python:{HYPERCORN}"
        chosen = json.loads(variables.get(OPTIONS, "{}"))
        variables[OPTIONS] = json.dumps(chosen | {name: typed(getattr(Config, name), value)})

    return Options(names, parse, current, place)


def hypercorn_file() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parents[1] / "hypercorn.toml").read_text("utf-8"))


def typed(default: object, value: str) -> Any:
    """A value of the default's type; of none, a number where it reads as one. Raises ValueError."""
    if isinstance(default, bool):
        return _truth(value)
    if isinstance(default, int):
        return int(value)
    if isinstance(default, float):
        return float(value)
    if isinstance(default, list):
        return value.split(",")
    return int(value) if default is None and value.isdigit() else value


def _truth(value: str) -> bool:
    if value.lower() not in ("true", "false"):
        raise ValueError("it is true or false")
    return value.lower() == "true"


def chosen() -> dict[str, Any]:
    """What this slot adds to hypercorn's file."""
    found: dict[str, Any] = json.loads(os.environ.get(OPTIONS, "{}"))
    return found

"""Prints what scripts/ab keeps: a line of packages for each slot, then the services; or one sentence on standard error.

docker compose config --format json | python -m contender.slots BASE --a KEY=VALUE --b KEY=VALUE [--same]
"""

import argparse
import json
import sys
from importlib.metadata import PackageNotFoundError, version

from contender.slots import SlotError
from contender.slots.service import differ, document, service
from contender.slots.settings import Settings, parse


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("base")
    parser.add_argument("--same", action="store_true")
    for slot in ("a", "b"):
        parser.add_argument(f"--{slot}", action="append", default=[])
    arguments = parser.parse_args()
    config = json.load(sys.stdin)
    base, spec = arguments.base, config["services"][arguments.base]
    try:
        settings = {slot: parse(slot, getattr(arguments, slot)) for slot in ("a", "b")}
        specs = {slot: service(base, spec, slot, each) for slot, each in settings.items()}
        _refuse_equal(arguments.same, differ(base, spec, settings["a"], settings["b"]))
    except SlotError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    for each in settings.values():
        sys.stdout.write(" ".join(_to_install(each)) + "\n")
    sys.stdout.write(document(config, specs) + "\n")
    return 0


def _to_install(settings: Settings) -> list[str]:
    """Not what is there already."""
    return [each for name, each in settings.packages.items() if _installed_version(name) != each.partition("==")[2]]


def _installed_version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _refuse_equal(same: bool, different: bool) -> None:
    if same and different:
        raise SlotError("--same starts two that do not differ, and these do; leave out --same, or what differs.")
    if not same and not different:
        raise SlotError(
            "a and b do not differ: the settings are the same, or those that the base has already. "
            "Name what differs (--b http=h11), or compare like with like: --same."
        )


if __name__ == "__main__":
    sys.exit(main())

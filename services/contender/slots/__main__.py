"""Prints what scripts/ab keeps: lines `a packages gunicorn==25.3.0` of what the slots' images are built with, an empty
one, and the services; or one sentence on standard error.

docker compose config --format json | python -m contender.slots BASE --a KEY=VALUE --b KEY=VALUE [--same]
With `--only a` of that slot alone: where b has another base.
"""

import argparse
import json
import sys
from importlib.metadata import PackageNotFoundError, version

from contender.catalogue import SLOTS
from contender.slots import SlotError
from contender.slots.service import differ, document, service
from contender.slots.settings import Settings, parse


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("base")
    parser.add_argument("--same", action="store_true")
    parser.add_argument("--only", choices=SLOTS)
    parser.add_argument("--preset")
    for slot in SLOTS:
        parser.add_argument(f"--{slot}", action="append", default=[])
    arguments = parser.parse_args()
    config = json.load(sys.stdin)
    base, spec = arguments.base, config["services"][arguments.base]
    try:
        slots = (arguments.only,) if arguments.only else SLOTS
        settings = {slot: parse(slot, getattr(arguments, slot)) for slot in slots}
        specs = {slot: service(base, spec, slot, each, arguments.preset) for slot, each in settings.items()}
        if not arguments.only:
            _refuse_equal(arguments.same, differ(base, spec, settings["a"], settings["b"]))
    except SlotError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    for slot, each in settings.items():
        lines = (f"{slot} {what} {' '.join(values)}\n" for what, values in _to_build(each).items() if values)
        sys.stdout.writelines(lines)
    sys.stdout.write(f"\n{document(config, specs)}\n")
    return 0


def _to_build(settings: Settings) -> dict[str, list[str]]:
    """Not the packages that are there already."""
    missing = [each for name, each in settings.packages.items() if _installed_version(name) != each.partition("==")[2]]
    return settings.image() | {"packages": missing}


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

"""The image's entry point: gives a server the application's variables and its folder, then becomes that server."""

import os
import sys

from own.description import Found
from own.settings import APP, environment


def main(*command: str) -> None:
    text = os.environ.get("OWN_FOUND")
    if text and "SERVICE" in os.environ:
        found = Found.from_json(text)
        target = found.target()
        os.environ.update(environment(target, found.variables))
        os.environ["GRANIAN_INTERFACE"] = target.interface
        os.chdir(APP / target.base)
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(*sys.argv[1:])

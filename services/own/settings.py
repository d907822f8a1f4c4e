"""What scripts/try passes to its containers, in environment variables; and the environment that a server gets of it."""

import os
from pathlib import Path

from own.description import Target

APP = Path(os.environ.get("OWN_PLACE", "/app"))  # where the image has the project; elsewhere in the unit tests
FOLDER = os.environ.get("OWN_FOLDER", str(APP))  # where its user has it, for messages
LAB = str(Path(__file__).parents[1])


def variables() -> dict[str, str]:
    """The application's own, of --env: a line KEY=VALUE each."""
    pairs = (line.partition("=") for line in os.environ.get("OWN_ENV", "").splitlines() if line)
    return {name: value for name, _, value in pairs}


def environment(target: Target, own: dict[str, str]) -> dict[str, str]:
    """Of a process that imports the application: its variables, and the folders that it is imported from."""
    folders = dict.fromkeys(APP / each for each in (target.base, ".", "src"))
    paths = [LAB, *(str(each) for each in folders if each.is_dir())]
    merged = os.environ | own | variables()
    if "PYTHONPATH" in own | variables():
        paths.append(merged["PYTHONPATH"])
    return merged | {"PYTHONPATH": ":".join(paths)}

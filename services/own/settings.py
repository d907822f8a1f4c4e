"""What scripts/try passes to its containers, in environment variables; and the environment that a server gets of it."""

import json
import os
from pathlib import Path

from own.description import Target

APP = Path(os.environ.get("OWN_PLACE", "/app"))  # where the image has the project; elsewhere in the unit tests
FOLDER = os.environ.get("OWN_FOLDER", str(APP))  # where its user has it, for messages
LAB = str(Path(__file__).parents[1])


def variables() -> dict[str, str]:
    """The application's own, of --env: a line KEY=VALUE each, written as in a JSON string; {prefix} is the server's."""
    pairs = (line.partition("=") for line in os.environ.get("OWN_ENV", "").split("\n") if line)
    prefix = f"/{os.environ.get('SERVICE', '')}"
    return {name: json.loads(f'"{value}"', strict=False).replace("{prefix}", prefix) for name, _, value in pairs}


def environment(target: Target, own: dict[str, str]) -> dict[str, str]:
    """Of a process that imports the application: its variables, and the folders that it is imported from."""
    folders = dict.fromkeys(APP / each for each in (target.base, ".", "src"))
    paths = [LAB, *(str(each) for each in folders if each.is_dir())]
    merged = os.environ | own | variables()
    if "PYTHONPATH" in own | variables():
        paths.append(merged["PYTHONPATH"])
    return merged | {"PYTHONPATH": ":".join(paths)}

"""In the build: reads the project in /project, and writes what is found to /found.

What installs it is apart from what describes it, so that a change of the code leaves the installation cached.
"""

import json
import os
import shutil
import sys
from dataclasses import asdict
from pathlib import Path

from own import ProjectError
from own.description import Description, Request, Source
from own.find import django, links
from own.find.applications import find_targets
from own.find.requirements import find_source, rewrite
from own.find.version import from_describe

PROJECT, FOUND = Path("/project"), Path("/found")


def describe(root: Path, request: Request) -> Description:
    """Raises ProjectError."""
    source = find_source(root, request)
    targets = find_targets(root, request)
    settings = next((found for each in targets if (found := django.settings_of(root, each.base))), "")
    variables = {"DJANGO_SETTINGS_MODULE": settings} if settings else {}
    return Description(
        request.folder, targets, source, variables, (*source.unused, *links.outside(root, request.folder))
    )


def main() -> int:
    request = Request.parse(os.environ.get("OWN_REQUEST", ""))
    try:
        found = describe(PROJECT, request)
    except ProjectError as error:
        report(str(error))
        return 1
    write(found, request, PROJECT, FOUND)
    return 0


def report(text: str) -> None:
    """scripts/try shows the lines of a build that begin so."""
    sys.stdout.write("".join(f"try| {line}\n" for line in text.splitlines()))
    sys.stdout.flush()


def write(found: Description, request: Request, root: Path, to: Path) -> None:
    for name in ("dependencies", "project"):
        (to / name).mkdir(parents=True, exist_ok=True)
    (to / "description.json").write_text(found.to_json())
    for name in found.source.files:
        path = to / "dependencies" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix in (".txt", ".in"):
            path.write_text(rewrite((root / name).read_text("utf-8-sig")))
        else:
            shutil.copyfile(root / name, path)
    options = {"extras": request.extras, "groups": request.groups}
    installation: Source = found.source
    (to / "dependencies/install.json").write_text(
        json.dumps({"kind": installation.kind, "file": installation.file, **options})
    )
    project = {key: asdict(installation)[key] for key in ("project", "local", "file")}
    (to / "project/install.json").write_text(
        json.dumps(project | options | {"version": from_describe(request.describe)})
    )


if __name__ == "__main__":
    sys.exit(main())

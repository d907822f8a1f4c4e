"""Installs what the application requires on top of the servers: run once, while its image is built.

    python requirements.py PYTHON [FILE]

of requirements.txt or pyproject.toml, in that order, or of FILE, all in /requirements. Its versions win; what no longer
fits together is kept, for scripts/try to tell.
"""

import subprocess
import sys
import tomllib
from pathlib import Path

FOLDER = Path("/requirements")


def main(python: str, *names: str) -> int:
    for name in names or ("requirements.txt", "pyproject.toml"):
        if (FOLDER / name).is_file():
            return _install(python, FOLDER / name)
    if names:
        sys.stderr.write(f"{names[0]} is not in the application's folder.\n")
    return len(names)


def _install(python: str, path: Path) -> int:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python]
    wanted = ["-r", str(path)] if path.suffix != ".toml" else _dependencies(path)
    if wanted and (code := subprocess.run([*pip, "install", *wanted], check=False).returncode):
        return code
    checked = subprocess.run([*pip, "check"], check=False, capture_output=True, text=True)
    if checked.returncode:
        (FOLDER / "conflicts").write_text(checked.stdout)
    return 0


def _dependencies(path: Path) -> list[str]:
    """Of a pyproject.toml, without building the project: its folder is on the path as it is."""
    project = tomllib.loads(path.read_text("utf-8")).get("project")
    if project is None or "dependencies" in project.get("dynamic", []):
        sys.exit(f"{path.name} does not list [project] dependencies: give the file that does, --requirements FILE.")
    return list(project.get("dependencies", []))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

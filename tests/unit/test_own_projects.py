"""The projects of tests/own/projects.toml, as far as they are found, looked at and explained without a container."""

import shlex
import subprocess
from pathlib import Path

import pytest

from own import ProjectError, failures, look
from own.description import Description, Request, Target
from own.find.__main__ import describe
from tests.contract.project import ROOT
from tests.own.projects import PROJECTS, Project


def located(project: Project, folder: Path) -> tuple[str, Request]:
    """What scripts/try makes of the command: the root, and what it passes on."""
    command = shlex.split(project.command)
    script = (
        'set -euo pipefail; eval "$(sed -n "/^ALL=/,/^{/p" "$1/try" | sed "/^main()/,/^}/d; /^{/d")"\n'
        '. "$1/try-project.sh"; . "$1/try-keep.sh"; shift\n'
    )
    script += (
        'usage() { echo "$1" >&2; exit 2; }; fail() { echo "$1" >&2; exit 1; }; CALLER=$PWD; read_arguments "$@"\n'
    )
    script += "find_project\n"
    script += 'printf "%s\\n" "$root" "$path" "$name" "$requirements" "${groups[*]}"'
    got = subprocess.run(
        ["bash", "-c", script, "bash", str(ROOT / "scripts"), *command],
        cwd=folder / project.folder, check=False, capture_output=True, text=True, timeout=20,
    )  # fmt: skip
    assert got.returncode == 0, got.stderr
    root, path, name, requirements, groups = got.stdout.splitlines()
    inside = Path(path).relative_to(root) if Path(path).is_relative_to(root) else Path()
    entries = tuple(each.name for each in Path(root).iterdir())
    return root, Request(root, str(inside), name, requirements, groups=tuple(groups.split()), entries=entries)


def hide(folder: Path) -> None:
    """What a builder does with the simplest .dockerignore."""
    ignore = folder / ".dockerignore"
    for name in ignore.read_text().split() if ignore.is_file() else ():
        (folder / name).unlink()


def shown(target: Target) -> str:
    return str(target) if target.base == "." else f"{target.base}|{target}"


def found(project: Project, folder: Path) -> Description:
    project.write(folder)
    root, request = located(project, folder)
    hide(folder)
    return describe(Path(root), request)


def test_a_project_is_found_as_its_runner_would_find_it(tmp_path: Path, subtests: pytest.Subtests) -> None:
    for number, project in enumerate(PROJECTS):
        with subtests.test(project.name):
            folder = tmp_path / str(number)
            folder.mkdir()
            if project.sentence and project.stage == "find":
                with pytest.raises(ProjectError) as error:
                    found(project, folder)
                assert project.sentence.replace("{FOLDER}", str(folder)) in str(error.value)
                continue
            description = found(project, folder)
            if project.finds:
                assert [shown(each) for each in description.targets] == list(project.finds)
            if project.installs is not None:
                assert description.source.file == project.installs
            later = ("is left out: ", "requires-python is ", " work")  # of the installation, the look and the visit
            early = [note for note in project.notes if not any(each in note for each in later)]
            assert [note for note in early if not any(note in each for each in description.notes)] == []


def test_a_project_that_cannot_be_imported_gets_its_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, subtests: pytest.Subtests
) -> None:
    for number, project in enumerate(PROJECTS):
        if project.stage != "look":
            continue
        with subtests.test(project.name):
            folder = tmp_path / str(number)
            folder.mkdir()
            description = found(project, folder)
            patience = 2 if "has not ended" in project.sentence else 60  # seconds; a busy machine takes several
            monkeypatch.setattr(look, "PATIENCE", float(patience))
            monkeypatch.setenv("OWN_PATIENCE", str(patience))
            for module in (look, failures):
                monkeypatch.setattr(module, "APP", folder)
            monkeypatch.setattr("own.settings.APP", folder)
            monkeypatch.setenv("OWN_PLACE", str(folder))
            with pytest.raises(ProjectError) as error:
                look.look(description, "")
            assert project.sentence.replace("{FOLDER}", str(folder)) in str(error.value)

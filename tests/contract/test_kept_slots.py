"""What scripts/ab keeps, beside what scripts/try does: each replaces and removes its own."""

import stat
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.contract.stand_in import Tree

KEPT = "compose.override.yaml"
TRY = "# Made by scripts/try for /shop. scripts/try --stop removes it.\nservices:\n  own-sync:\n    image: tried\n"
AB = "# Made by scripts/ab for sync. scripts/ab --stop removes it.\nservices:\n  a:\n    image: old\n"
DOCKER = {
    "compose ps --quiet": "echo 0123",
    "inspect --format {{.State": "echo healthy",
    "inspect --format {{.Image": "echo sha256:0123456789abcdef",
    "compose --profile * config": "echo '{}'",
    "run": r"""printf '\nservices:\n  b:\n    image: "@b@"\n'""",
    "compose port": "echo 127.0.0.1:8080",
    "compose": "true",
    "tag": "true",
    "image": "true",
    "network": "true",
    "ps": "true",
}


@pytest.fixture
def lab(tree: Tree) -> Iterator[Tree]:
    yield tree
    with suppress(FileNotFoundError):
        (tree.root / KEPT).unlink()


def test_each_script_replaces_and_removes_its_own_document(lab: Tree) -> None:
    for before in ("", TRY, f"{TRY}---\n{AB}", f"{AB}---\n{TRY}"):
        (lab.root / KEPT).unlink(missing_ok=True)
        if before:
            (lab.root / KEPT).write_text(before)
        got = lab.run("ab", "uvicorn", "--b", "http=h11", docker=DOCKER)
        assert got.returncode == 0, got.stderr
        kept = lab.read(KEPT)
        assert stat.S_IMODE((lab.root / KEPT).stat().st_mode) == 0o600
        assert (TRY in kept) == (TRY in before), f"of {before!r} came {kept!r}"
        assert "image: old" not in kept, kept
        assert kept.count('  b:\n    image: "serverlab-slot:0123456789ab"\n') == 1, kept
        assert kept.count("---") == (TRY in before), kept
        assert lab.run("ab", "--stop", docker=DOCKER).returncode == 0
        assert (lab.read(KEPT) if (lab.root / KEPT).exists() else "") == (TRY if TRY in before else "")
    (lab.root / KEPT).write_text(f"{TRY}---\n{AB}")
    assert lab.run("try", "--stop", docker=DOCKER).returncode == 0
    assert lab.read(KEPT) == AB


def test_slots_that_do_not_start_leave_what_was_kept(lab: Tree) -> None:
    (lab.root / KEPT).write_text(f"{TRY}---\n{AB}")
    got = lab.run("ab", "sync", "--same", docker={"compose --progress quiet up": "exit 1"} | DOCKER)
    assert (got.returncode, "Those that ran before are started again." in got.stderr) == (1, True), got.stderr
    assert lab.read(KEPT) == f"{TRY}---\n{AB}"


def test_a_preset_is_its_two_sides_and_each_is_described_in_its_own_base(lab: Tree) -> None:
    got = lab.run("ab", "--preset", "manager", docker=DOCKER)
    assert got.returncode == 0, got.stderr
    one, other = (line for line in lab.commands("run") if "contender.slots" in line)
    assert "contender.slots uvicorn --preset manager --only a --a workers=2 " in one, one
    assert one.endswith(" --a env.FORWARDED_ALLOW_IPS=*"), one
    assert "contender.slots gunicorn-asgi --preset manager --only b --b uvicorn==" in other, other
    assert "scripts/bench ab --workload hello\n" in got.stdout, got.stdout
    assert lab.read(KEPT).startswith("# Made by scripts/ab for uvicorn and gunicorn-asgi."), lab.read(KEPT)


REFUSALS: list[tuple[list[str], dict[str, str], str]] = [
    (["nosuch", "--same"], {}, "there is no contender nosuch: sync gevent"),
    (["a", "--same"], {}, "a slot cannot be the base of another"),
    ([], {}, "which contender?"),
    (["sync", "gevent", "uvicorn"], {}, "two bases at most: sync, gevent, uvicorn."),
    (["sync", "gevent", "--same"], {}, "--same starts one contender twice: sync or gevent."),
    (["--preset", "nosuch"], {}, "there is no preset nosuch; choose from parser loop "),
    (["--preset", "parser", "--b", "loop=asyncio"], {}, "leave out the rest"),
    (["--preset", "django"], {"compose ps --quiet": "true"}, "Start it: scripts/try services/own/examples/django"),
    (["sync", "--b"], {}, "--b needs a value: KEY=VALUE."),
    (["granian", "--same"], {"compose ps --quiet": "true"}, "Start it: COMPOSE_PROFILES=more scripts/up"),
    (["sync", "--same"], {"inspect --format {{.State": "echo starting"}, "sync is not up.\n  Start it: scripts/up"),
    (["sync", "--b", "x=1"], {"run": "echo '--b x=1: gunicorn has no option x.' >&2; exit 1"}, "ab: --b x=1: gunicorn"),
]


def test_what_is_refused_is_refused_before_anything_is_built_or_kept(lab: Tree) -> None:
    for arguments, docker, phrase in REFUSALS:
        got = lab.run("ab", *arguments, docker=docker | {key: do for key, do in DOCKER.items() if key not in docker})
        assert got.returncode in (1, 2), arguments
        assert phrase in got.stderr, f"{arguments}: {got.stderr}"
    assert not (lab.root / KEPT).exists()
    started = [line for line in lab.commands("compose") if " up " in line or " build " in line]
    assert not started, started

"""scripts/instrument: which slots each variant is compared in, and what becomes of the others where one fails."""

import pytest

from contender.catalogue import CATALOGUE
from contender.slots import servers
from contender.slots.settings import parse
from tests.contract.stand_in import Tree

AB = """#!/bin/sh
echo "$@" >> slots
case "$*" in gthread*) exit 1 ;; esac
"""
DOCKER = {
    "ps --quiet": "echo 0123",
    "ps --all": "true",
    "compose up --detach --wait sink": "true",
    "exec": "echo '{}'",
    "compose exec --no-TTY bench python -m bench.views.instrument head": "echo '| head |'",
    "compose exec --no-TTY bench python -m bench.views.instrument row": "cat >/dev/null; echo '| row |'",
}


@pytest.fixture
def lab(tree: Tree) -> Tree:
    (tree.root / "scripts/ab").unlink()
    (tree.root / "scripts/ab").write_text(AB)
    (tree.root / "scripts/ab").chmod(0o755)
    return tree


def test_each_variant_is_compared_with_nothing_and_a_failure_ends_no_other(lab: Tree) -> None:
    got = lab.run("instrument", docker=DOCKER)
    started = lab.read("slots").splitlines()
    assert started.pop() == "--stop"
    for line in started:
        base, *words = line.split()
        for slot in ("a", "b"):
            texts = [text for word, text in zip(words[::2], words[1::2], strict=True) if word == f"--{slot}"]
            assert texts[0].startswith("observe="), line
            keys = parse(slot, texts).keys
            known = {"observe", "workers", *servers.options(CATALOGUE[base]["server"]).names}
            assert keys.keys() <= known, f"{base} has no {keys.keys() - known}"
        assert "--a observe= " in f"{line} ", line
    of_each = {base: sum(line.split()[0] == base for line in started) for base in CATALOGUE}
    assert of_each["uvicorn"] == of_each["granian"] == 8, of_each
    assert of_each["sync"] == of_each["gevent"] == 7, "the interface has no receive and send"
    assert got.returncode == 1, "gthread failed"
    assert got.stdout.splitlines() == ["| head |", *["| row |"] * (len(started) - of_each["gthread"])], got.stderr
    measured = lab.commands("exec")
    assert len(measured) == len(started) - of_each["gthread"]
    assert measured[0].endswith("--seconds 1 --budget 40 --tag instrument --note sync, access-log --json"), measured[0]


REFUSALS = [
    (["--contender", "nosuch"], "--contender nosuch: choose from sync gthread"),
    (["--variant", "nosuch"], "--variant nosuch: choose from access-log"),
    (["--variant"], "--variant needs a value"),
    (["--budget", "5"], "--budget 5: give seconds from 10 to 3600"),
    (["--nosuch"], "there is no option --nosuch"),
]


def test_what_cannot_be_measured_is_a_sentence_and_starts_nothing(lab: Tree) -> None:
    for arguments, phrase in REFUSALS:
        got = lab.run("instrument", *arguments, docker=DOCKER)
        assert (got.returncode, phrase in got.stderr) == (2, True), f"{arguments}: {got.stderr}"
    (lab.root / "compose.override.yaml").write_text("# Made by scripts/ab for sync.\nservices: {}\n")
    got = lab.run("instrument", docker=DOCKER)
    assert (got.returncode, "the slots are in use" in got.stderr) == (1, True), got.stderr
    assert not lab.read("slots")

"""scripts/profile: what it starts beside a contender, with which powers, and that nothing of it stays."""

import shlex

import pytest

from tests.contract.stand_in import Tree

DOCKER = {
    "ps --quiet --filter": 'case "$*" in *service=sync*) printf "aaa\\nbbb\\n" ;; *service=bench*) echo ccc ;; esac',
    "ps --all --format": "true",
    "build": "true",
    "run": "true",
    "exec": "exit 3",  # the bench's own code
    "stop": "true",
    "rm": "true",
    "compose": "true",
}


@pytest.fixture
def lab(tree: Tree) -> Tree:
    tree.idle("prepare")
    return tree


def test_a_sampler_runs_beside_each_container_with_one_power_and_is_removed(lab: Tree) -> None:
    got = lab.run("profile", "--contender", "sync", "--rate", "9", docker=DOCKER)
    assert got.returncode == 3, got.stderr
    started = [shlex.split(line) for line in lab.commands("run")]
    for number, (words, container) in enumerate(zip(started, ("aaa", "bbb"), strict=True), 1):
        options = " ".join(words)
        for wanted in (
            f"--name serverlab-profiler-{number}",
            f"--pid container:{container}",
            "--rm",
            "--network none",
            "--read-only",
            "--cap-drop ALL --cap-add SYS_PTRACE",
            "--security-opt no-new-privileges:true",
            "--volume serverlab_bench:/data:ro",
        ):
            assert wanted in options, f"wanted {wanted} of {options}"
        assert words[-2:] == ["sync", "2"], words
        assert (options.count("--cap-add"), options.count("--volume")) == (1, 1), options
    assert lab.commands("rm")[-1].split()[-2:] == ["serverlab-profiler-1", "serverlab-profiler-2"]
    (bench,) = lab.commands("exec")
    assert bench.endswith("python -m bench profile --contender sync --rate 9"), bench


REFUSALS: list[tuple[list[str], dict[str, str], str]] = [
    ([], {}, "which contender?"),
    (["--contender", "nosuch"], {}, "there is no contender 'nosuch': sync gevent"),
    (["--contender", "x'; y"], {}, "there is no contender"),
    (["--contender=gevent"], {}, "gevent is not up."),
    (["--contender", "sync"], {"ps --all --format": "echo serverlab-profiler-1"}, "another profile of this lab"),
    (["--contender", "sync"], {"build": "echo no network >&2; exit 1"}, "could not be built:"),
    (["--contender", "sync"], {"run": "echo denied >&2; exit 1"}, "could not be started beside sync"),
]


def test_what_cannot_be_profiled_is_a_sentence_and_leaves_nothing_running(lab: Tree) -> None:
    for arguments, docker, phrase in REFUSALS:
        others = {key: do for key, do in DOCKER.items() if key not in docker}
        got = lab.run("profile", *arguments, docker=docker | others)
        assert got.returncode in (1, 2), arguments
        assert phrase in got.stderr, f"{arguments}: {got.stderr}"
        assert not lab.commands("exec"), f"{arguments}: no load without a sampler"
    assert len(lab.commands("rm")) == 1, "of the one whose containers were being started"

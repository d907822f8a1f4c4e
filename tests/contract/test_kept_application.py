"""What scripts/try keeps: replaced by what has proved to run, and by nothing else."""

import json
import re
import stat
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import yaml

from tests.contract.stand_in import Tree

KEPT = "compose.override.yaml"
OLD = "# Made by scripts/try for /old\nservices:\n  own-sync:\n    image: old\n"
PROOF = "compose --file compose.yaml --file "
UP = "compose --progress quiet up"
DOCKER = {
    "compose --file compose.yaml --progress plain build": "true",
    PROOF: r"""case "$*" in *look.yaml*) printf '{\"found\": 1}\nown-sync own-granian\n' ;; esac""",
    "image inspect": "echo sha256:0123456789abcdef",
    "image": "true",
    "tag": "true",
    "inspect": "echo 'running healthy '",
    "logs": "true",
    "compose port": "echo 127.0.0.1:8080",
    "compose --profile * ps": "echo own-sync",
    "compose": "true",
    "ps": "true",
}


class Loader(yaml.SafeLoader):
    """Without compose's own tags: `!reset null` is null."""


Loader.add_multi_constructor("!", lambda loader, _, node: loader.construct_object(_untagged(node), deep=True))


def _untagged(node: Any) -> Any:
    kinds = {yaml.ScalarNode: "null", yaml.SequenceNode: "seq"}
    return type(node)(f"tag:yaml.org,2002:{kinds[type(node)]}", node.value)


@pytest.fixture
def shop(tree: Tree) -> Iterator[Tree]:
    """A checkout that keeps another application, and a project."""
    for script in ("prepare", "up"):
        tree.idle(script)
    (tree.root / "shop").mkdir()
    (tree.root / "shop/requirements.txt").write_text("")
    (tree.root / KEPT).write_text(OLD)
    yield tree
    with suppress(FileNotFoundError):
        (tree.root / KEPT).unlink()


def run_try(shop: Tree, *options: str, **docker: str) -> subprocess.CompletedProcess[str]:
    return shop.run("try", "shop", *options, docker={**docker, **{k: v for k, v in DOCKER.items() if k not in docker}})


def test_what_is_healthy_is_kept_with_its_values_and_for_its_user_alone(shop: Tree) -> None:
    value = 'a "quote", $HOME, a \\ and\na second line'
    got = run_try(shop, "--env", f"ODD={value}", "--tmp-mb", "64", "--network")
    assert got.returncode == 0, got.stderr
    assert stat.S_IMODE((shop.root / KEPT).stat().st_mode) == 0o600
    services = yaml.load(shop.read(KEPT), Loader)["services"]
    assert list(services) == ["own-sync", "own-granian"]
    spec = services["own-sync"]
    fixed: dict[str, Any] = {
        "image": "serverlab-own:0123456789ab",
        "build": None,
        "profiles": [],
        "pull_policy": "never",
    }
    assert {key: spec[key] for key in fixed} == fixed
    assert (spec["tmpfs"], spec["networks"]) == (["/tmp:size=64m,mode=1777"], ["contenders", "outside"])
    assert not re.search(r"(?<!\$)\$(?!\$)", spec["environment"]["OWN_ENV"]), "compose would put a variable there"
    name, _, passed = spec["environment"]["OWN_ENV"].replace("$$", "$").strip().partition("=")
    assert (name, json.loads(f'"{passed}"')) == ("ODD", value)
    assert json.loads(spec["environment"]["OWN_FOUND"]) == {"found": 1}
    (up,) = shop.commands(UP)
    assert up.endswith(" own-sync own-granian"), up


def test_a_try_that_fails_leaves_alone_what_runs(shop: Tree) -> None:
    ended, refused = "echo 'exited unhealthy '", "echo 'running starting /own-sync/: 404 instead of one below 400'"
    for state, sentence in ((ended, "own-sync is left out: it has ended"), (refused, "404 instead of one below 400")):
        got = run_try(shop, inspect=state)
        assert (got.returncode, sentence in got.stderr) == (1, True), got.stderr
        assert "The application that ran before runs on." in got.stderr
        assert shop.read(KEPT) == OLD
        stopped = [line for line in shop.commands("compose") if re.search(r" (up|rm|stop|down) ", line)]
        assert not stopped, f"wanted the old containers left alone, got {stopped}"


def test_of_two_servers_the_one_that_starts_is_kept(shop: Tree) -> None:
    state = """case "$*" in *proof-own-sync) echo 'exited starting ' ;; *) echo 'running healthy ' ;; esac"""
    got = run_try(shop, inspect=state)
    assert (got.returncode, "own-sync is left out" in got.stderr) == (0, True), got.stderr
    assert list(yaml.load(shop.read(KEPT), Loader)["services"]) == ["own-granian"]


def test_a_swap_that_fails_brings_back_what_ran(shop: Tree) -> None:
    """Of the two that ran, one had been stopped."""
    got = run_try(shop, **{UP: f"grep -q old {shop.root}/{KEPT}"})
    assert (got.returncode, "what ran before is started again" in got.stderr) == (1, True), got.stderr
    assert shop.read(KEPT) == OLD
    new, old = shop.commands(UP)
    assert new.endswith(" own-sync own-granian"), new
    assert old.endswith(" own-sync"), old


def test_a_file_of_the_user_s_is_never_touched(shop: Tree) -> None:
    for name in (KEPT, "compose.override.yml", "docker-compose.override.yml"):
        (shop.root / KEPT).unlink(missing_ok=True)
        (shop.root / name).write_text("services: {}\n")
        for options in (["shop"], ["--stop"]) if name == KEPT else (["shop"],):
            got = shop.run("try", *options, docker=DOCKER)
            assert (got.returncode, f"{name} is not of scripts/try" in got.stderr) == (1, True), got.stderr
            assert shop.read(name) == "services: {}\n"
        (shop.root / name).unlink()
    assert not shop.commands("compose --file compose.yaml"), "wanted nothing built"


def test_a_lab_whose_application_has_lost_its_image_says_so_before_it_builds(tree: Tree) -> None:
    tree.idle("prepare")
    (tree.root / KEPT).write_text('services:\n  own-sync:\n    image: "serverlab-own:0123456789ab"\n')
    got = tree.run("up", docker={"compose port": "exit 1"})
    assert got.returncode == 1
    assert "the image of your application, serverlab-own:0123456789ab, is gone" in got.stderr, got.stderr
    assert not tree.commands("compose build")


# --- an image that exists already -------------------------------------------------------------------------------------

IMAGE = ("--image", "shop/web:1", "--port", "3000", "--health", "/up")
RUNNING = {"compose ps --quiet --status running nginx": "echo 1"} | DOCKER | {"inspect": "echo running"}
NGINX = "compose --progress quiet up --detach --no-deps --no-build --wait nginx"


def test_an_image_is_kept_beside_an_application_and_outlives_its_next_try(shop: Tree) -> None:
    options = ("--env", "PRICE=a $HOME", "--env", "MOUNT={prefix}/x", "--join", "shop_default", "--network")
    got = shop.run("try", *IMAGE, *options, "--", "serve", "all $of it", docker=RUNNING | {"network": "echo true"})
    assert got.returncode == 0, got.stderr
    assert stat.S_IMODE((shop.root / KEPT).stat().st_mode) == 0o600
    kept = yaml.load(shop.read(KEPT), Loader)
    assert kept["services"] == {
        "own-image": {
            "image": "shop/web:1",
            "profiles": [],
            "tmpfs": ["/tmp:size=16m,mode=1777,exec"],
            "networks": ["contenders", "outside", "image-join0"],
            "environment": {"PRICE": "a $$HOME", "MOUNT": "/own-image/x"},
            "command": ["serve", "all $$of it"],
        },
        "own-image-usage": {"profiles": []},
        "nginx": {"environment": {"OWN_IMAGE_PORT": "3000", "OWN_IMAGE_HEALTH": "/up"}},
        "own-sync": {"image": "old"},
    }
    assert kept["networks"] == {"image-join0": {"external": True, "name": "shop_default"}}
    assert shop.commands(NGINX) == [f"{NGINX} own-image-usage"], "nginx and what reads the figures come with it"
    got = run_try(shop)
    assert got.returncode == 0, got.stderr
    again = yaml.load(shop.read(KEPT), Loader)
    assert again["networks"] == kept["networks"]
    image = {name: spec for name, spec in kept["services"].items() if name != "own-sync"}
    assert image.items() <= again["services"].items(), "a try of an application leaves the image alone"
    assert again["services"]["own-sync"]["image"] == "serverlab-own:0123456789ab"


def test_an_image_that_is_not_healthy_leaves_alone_what_runs_and_is_never_deleted(shop: Tree) -> None:
    refused = "compose exec --no-TTY --env SERVICE=own-image"
    for docker, sentence in (
        ({"inspect": "echo exited"}, "own-image is left out: it has ended"),
        ({refused: "echo '/up: 404 instead of one below 400'; false"}, "/up: 404 instead of one below 400"),
        ({"image inspect": "exit 1", "pull": "echo no such host; false"}, "is not here, and cannot be pulled: no such"),
        ({UP: "exit 1"}, "what ran before is started again"),
    ):
        got = shop.run("try", *IMAGE, docker=docker | {key: does for key, does in RUNNING.items() if key not in docker})
        assert (got.returncode, sentence in got.stderr) == (1, True), got.stderr
        assert shop.read(KEPT) == OLD
    assert shop.commands(NGINX) == [NGINX], "after the swap that failed nginx is as it was"
    shop.run("try", *IMAGE, docker=RUNNING)
    got = shop.run("try", "--stop", docker=RUNNING)
    assert (got.returncode, shop.read(KEPT)) == (0, ""), got.stderr
    assert shop.commands(NGINX)[-1] == NGINX, "without an image nginx has its default port for one"
    assert not [line for line in shop.commands("image rm") if "shop/web" in line]


def test_the_port_of_an_image_is_the_one_that_it_exposes(shop: Tree) -> None:
    for exposed, sentence in (
        ("80/tcp", ""),
        ("53/udp 8080/tcp", ""),
        ("80/tcp 443/tcp", "shop/web:1 exposes 80 443: name the one that its server listens on."),
        ("", "shop/web:1 exposes no port: name the one that its server listens on."),
    ):
        inspect = {"image inspect --format {{range $each": f"printf '%s\\n' {exposed}"}
        got = shop.run("try", "--image", "shop/web:1", docker=inspect | RUNNING)
        assert (got.returncode, sentence in got.stderr) == (int(bool(sentence)), True), got.stderr
        if not sentence:
            assert f'OWN_IMAGE_PORT: "{exposed.split()[-1].removesuffix("/tcp")}"' in shop.read(KEPT)

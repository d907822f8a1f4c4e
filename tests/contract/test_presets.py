"""services/presets.json is complete: each preset can be started and measured, and the README has what it came to."""

import json
import re
import shlex
from importlib import import_module
from typing import Any

import pytest

from bench.cli import options
from bench.cli.commands import main
from contender.catalogue import CATALOGUE
from contender.slots import servers
from contender.slots.settings import parse
from experiments.registry import EXPERIMENTS
from tests.benchmarks import presets as benchmark
from tests.contract.project import ROOT, text
from tests.lessons.course import facts

FILE, README = "services/presets.json", "services/bench/README.md"
PRESETS: list[dict[str, Any]] = json.loads(text(FILE))
KEYS = ("name", "a", "b", "bench", "shows", "source")
LAB_S = {"workers", "app", "apt", "python", "observe"}  # keys that are no option of a server
MEASURED = ("measured", "date", "cores")


def test_a_preset_has_its_keys_a_line_each_as_scripts_ab_reads_them(subtests: pytest.Subtests) -> None:
    assert text(FILE) == benchmark.document(PRESETS), f"{FILE}: not as tests/benchmarks/presets.py writes it"
    assert "\\" not in text(FILE), f"{FILE}: a backslash, which scripts/ab would print"
    for each in PRESETS:
        with subtests.test(each["name"]):
            compared = "experiment" not in each
            wanted = {*KEYS, *(["metric"] if compared else ["experiment"])}
            wanted |= {*MEASURED, *(["pairs"] if compared else [])} if "measured" in each else set()
            assert each.keys() - {"needs"} == wanted
            assert re.fullmatch(r"[a-z][a-z-]+", each["name"])
            assert each.get("metric", "cpu_us") in benchmark.NAMES
            assert re.fullmatch(r"https://[\w.-]+/\S*", each["source"]), each["source"]
            assert each["shows"].endswith("."), each["shows"]
            if "measured" in each and compared:
                assert re.search(r"\(.+ to .+\)|no difference", each["measured"]), each["measured"]
    names = [each["name"] for each in PRESETS]
    assert len(set(names)) == len(names), names


def test_the_two_sides_of_a_preset_are_contenders_with_settings_that_differ(subtests: pytest.Subtests) -> None:
    for each in PRESETS:
        with subtests.test(each["name"]):
            for slot in ("a", "b"):
                base, *settings = each[slot].split(" ")
                assert base in CATALOGUE, f"{each['name']}: there is no contender {base}"
                keys = parse(slot, settings).keys
                unknown = keys.keys() - LAB_S - set(servers.options(CATALOGUE[base]["server"]).names)
                assert not unknown, f"{each['name']}: {base} has no {unknown}"
                module, _, name = keys.get("app", "frameworks.starlette:app").partition(":")
                assert hasattr(import_module(module), name), f"{each['name']}: there is no {keys['app']}"
                assert ("needs" in each) == base.startswith("own-"), f"{each['name']}: needs"
            assert each["a"] != each["b"]


def test_a_preset_is_measured_by_a_command_that_the_bench_takes(subtests: pytest.Subtests) -> None:
    for each in PRESETS:
        with subtests.test(each["name"]):
            experiment = EXPERIMENTS[each.get("experiment", "ab")]
            found = main.commands[experiment.name].make_context("bench", shlex.split(each["bench"])).params
            own = {option.name for option in options.options(experiment)} | {"direct"}
            options.read(experiment, {name: value for name, value in found.items() if name in own and value})
            assert list(found["contenders"]) == ([] if experiment.name == "ab" else ["a", "b"])


def test_the_readme_has_what_each_preset_came_to() -> None:
    assert benchmark.table(PRESETS) in text(README), f"{README}: its table of presets is not that of {FILE}"


def test_the_image_of_nginx_carries_the_presets() -> None:
    line = "services/presets.json /lab/html/presets.json"
    assert line in text("services/Dockerfile"), f"services/Dockerfile: does not copy {line}, which the dashboard reads"


def test_a_lesson_on_slots_is_of_a_preset_and_starts_it() -> None:
    names = {each["name"] for each in PRESETS}
    for path in sorted((ROOT / "services/lessons").glob("[0-9]*.md")):
        page = path.read_text("utf-8")
        section = page.partition("## Run\n")[2].partition("\n## ")[0]
        started = re.findall(r"^scripts/ab --preset (.*)$", section, re.MULTILINE)
        presets = facts(path).get("preset", [])
        assert started == presets, f"{path.name}: its section Run does not start its slots"
        assert set(presets) <= names, path.name

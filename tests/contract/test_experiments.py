"""An experiment is one row of the registry, and has all that belongs to it: a function, a table, a picture."""

import re

import pytest

from bench.cli import picture, tables
from bench.cli.commands import main
from bench.runner.scenario import FUNCTIONS
from contender.catalogue import CONTENDERS
from experiments.registry import EXPERIMENTS
from tests.contract.project import rows, text

PARTS = {
    "bench.runner.scenario.FUNCTIONS": FUNCTIONS.keys(),
    "bench.cli.tables._PARTS": tables._PARTS.keys(),
    "bench.cli.picture._DRAWN": picture._DRAWN.keys(),
    "the commands of bench": main.commands.keys() - {"list", "show", "export", "work", "generate"},
}


@pytest.mark.parametrize("names", PARTS.values(), ids=PARTS.keys())
def test_the_experiments_of_the_registry_are_those_of(names: set[str]) -> None:
    missing, unknown = EXPERIMENTS.keys() - names, names - EXPERIMENTS.keys()
    assert not missing, f"experiments/registry.py has {', '.join(missing)}, of which there is none here"
    assert not unknown, f"{', '.join(unknown)} is no experiment of experiments/registry.py"


def test_the_contenders_of_the_catalogue_are_those_that_are_measured_and_each_has_a_colour() -> None:
    names = {row["name"] for row in rows()}
    assert set(CONTENDERS) == names
    assert picture.COLOURS.keys() == names, "bench/picture.py: wanted a colour for each of services/catalog.json"


def test_a_contender_has_one_colour_in_the_dashboard_and_in_a_bench_s_picture() -> None:
    light = re.findall(
        r"^\.accent-\d+ \{ --accent: light-dark\((#[0-9a-f]{6}),", text("nginx/html/colours.css"), re.MULTILINE
    )
    assert tuple(light) == picture.ACCENTS, "bench/picture.py: ACCENTS are not those of nginx/html/colours.css"

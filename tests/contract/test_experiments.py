"""An experiment is one module on each side, and nothing else names it."""

import re

from bench.cli.commands import main
from bench.experiments.registry import scenarios
from bench.views import drawing
from contender.catalogue import CONTENDERS
from experiments.registry import EXPERIMENTS
from tests.contract.project import ROOT, every, text

PAGE = ROOT / "nginx/html"


def test_an_experiment_has_a_module_on_each_side_and_a_command() -> None:
    for side, names in (
        ("services/bench/experiments", scenarios().keys()),
        ("nginx/html/experiments", {path.stem for path in PAGE.glob("experiments/*.js")}),
        ("the commands of bench", main.commands.keys() - {"list", "show", "export", "work", "generate"}),
    ):
        missing, unknown = EXPERIMENTS.keys() - names, names - EXPERIMENTS.keys()
        assert not missing, f"services/experiments has {', '.join(missing)}, and {side} has none of that name"
        assert not unknown, f"{side} has {', '.join(unknown)}, and services/experiments none of that name"


def test_in_the_page_no_other_module_asks_for_an_experiment_by_its_name() -> None:
    name = f"({'|'.join(EXPERIMENTS)})"
    wanted = (rf"experiment\b.*[!=]==? *['\"`]{name}\b", rf"^ {{2}}'?{name}'?: \[", rf"experiments/{name}\.js")
    modules = [path for path in PAGE.glob("**/*.js") if path.parent.name not in ("experiments", "lib")]
    lines = [(path.name, line) for path in modules for line in path.read_text().splitlines()]
    found = [(module, line.strip()) for module, line in lines if any(re.search(each, line) for each in wanted)]
    assert {module for module, _ in found} == {"app.js"}, f"wanted the addresses of views and no others: {found}"


def test_every_contender_of_the_catalogue_is_measured_and_has_a_colour() -> None:
    names = {row["name"] for row in every()}
    assert set(CONTENDERS) == names
    assert drawing.COLOURS.keys() == names, "bench/views/drawing.py: wanted a colour for each of services/catalog.json"


def test_a_contender_has_one_colour_in_the_dashboard_and_in_a_bench_s_picture() -> None:
    light = re.findall(
        r"^\.accent-\d+ \{ --accent: light-dark\((#[0-9a-f]{6}),", text("nginx/html/colours.css"), re.MULTILINE
    )
    assert tuple(light) == drawing.ACCENTS, "bench/views/drawing.py: ACCENTS are not those of nginx/html/colours.css"

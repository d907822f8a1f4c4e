"""Each lesson is complete, runs what it says, claims something of each run, and quotes code that is there."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from bench.cli import options
from bench.cli.commands import main
from bench.lessons.registry import claims
from contender.usage import SWITCHES
from experiments.registry import EXPERIMENTS
from tests.contract.project import ROOT
from tests.lessons.course import facts, name_of

FOLDER = ROOT / "services/lessons"
FILES = sorted(FOLDER.glob("[0-9]*.md"))
SECTIONS = ["Predict", "Run", "What happens", "Why", "In your own service", "Go on"]
FACTS = ["title", "minutes", "answer", "builds_on", "runs"]


def commands(path: Path) -> list[list[str]]:
    """The words of each command of the section Run, from the experiment on."""
    section = path.read_text("utf-8").split("## Run\n")[1].split("\n## ")[0]
    lines = re.findall(r"^scripts/(?:bench (.*)|(profile .*))$", section, re.MULTILINE)
    return [shlex.split(bench or script) for bench, script in lines]


def test_a_lesson_has_its_facts_its_sections_and_a_few_choices(subtests: pytest.Subtests) -> None:
    assert [int(path.name[:2]) for path in FILES] == list(range(1, len(FILES) + 1)), "numbered without gaps"
    for path in FILES:
        with subtests.test(path.name):
            text = path.read_text("utf-8")
            assert list(facts(path)) in (
                FACTS,
                *([*FACTS, each] for each in ("switches", "preset", "script", "observe")),
            )
            assert re.findall(r"^## (.*)$", text, re.MULTILINE) == SECTIONS
            assert re.search(rf"^# {re.escape(facts(path)['title'])}$", text, re.MULTILINE), "its title is its heading"
            assert re.search(r"^\*\*.*\?\*\*$", text, re.MULTILINE), "a question, in bold"
            choices = re.findall(r"^- ", text.split("## Predict\n")[1].split("\n## ")[0], re.MULTILINE)
            assert 3 <= len(choices) <= 4, f"{len(choices)} choices"
            assert 1 <= facts(path)["answer"] <= len(choices), "the number of the right choice"


def test_a_lesson_has_the_picture_of_a_run(subtests: pytest.Subtests) -> None:
    """Also where nobody runs it; of a bad setting, two slots, a script, or with OBSERVE, what happened is lines."""
    for path in (path for path in FILES if not facts(path).keys() & {"switches", "preset", "script", "observe"}):
        for scheme in ("light", "dark"):
            picture = f"../../.github/pictures/lesson-{name_of(path)}-{scheme}.png"
            with subtests.test(path.name, scheme=scheme):
                assert picture in path.read_text("utf-8")
                assert (FOLDER / picture).exists(), f"scripts/screenshots lesson-{name_of(path)}"


def test_a_lesson_builds_on_earlier_ones(subtests: pytest.Subtests) -> None:
    for place, path in enumerate(FILES):
        with subtests.test(path.name):
            earlier = {name_of(other) for other in FILES[:place]}
            assert set(facts(path)["builds_on"]) <= earlier


def test_the_command_of_a_lesson_is_what_its_page_runs(subtests: pytest.Subtests) -> None:
    for path in FILES:
        with subtests.test(path.name):
            runs = [parsed(words) for words in commands(path)]
            presets = facts(path)["runs"]
            wanted = [
                (each["experiment"], EXPERIMENTS[each["experiment"]].complete(each["params"]), each["contenders"])
                for each in presets
            ]
            assert runs == wanted


def parsed(words: list[str]) -> tuple[str, dict[str, Any], list[str]]:
    experiment = EXPERIMENTS[words[0]]
    selected = main.commands[experiment.name].make_context("bench", words[1:]).params
    of_run = {each.name for each in options.options(experiment)} | {"direct"}
    params = {name: value for name, value in selected.items() if name in of_run and value not in (None, False)}
    return experiment.name, options.read(experiment, params), list(selected["contenders"])


def test_a_run_that_a_script_makes_has_the_tag_by_which_its_page_finds_it() -> None:
    for path in (path for path in FILES if "script" in facts(path)):
        for number, words in enumerate(commands(path), 1):
            assert f"--tag lesson:{name_of(path)}/{number}" in " ".join(words), path.name


def test_a_lesson_about_a_bad_setting_says_how_it_is_set_and_mended(subtests: pytest.Subtests) -> None:
    for path in (path for path in FILES if "switches" in facts(path)):
        bad, good = facts(path)["switches"]
        assert bad.keys() <= SWITCHES.keys(), path.name
        assert good == {}, path.name
        wanted = []
        for run, settings in zip(facts(path)["runs"], (bad, good), strict=True):
            up = [*(f"{name}={value}" for name, value in settings.items()), "docker compose up -d --wait"]
            wanted += [" ".join([*up, *run["contenders"]]), "scripts/bench"]
        section = path.read_text("utf-8").split("## Run\n")[1].split("\n## ")[0]
        lines = [line for line in section.splitlines() if re.search(r"docker compose|scripts/bench", line)]
        with subtests.test(path.name):
            assert [re.sub(r"^(scripts/bench) .*", r"\1", line) for line in lines] == wanted


def test_a_lesson_that_needs_observe_says_how_the_lab_is_started(subtests: pytest.Subtests) -> None:
    for path in (path for path in FILES if "observe" in facts(path)):
        with subtests.test(path.name):
            section = path.read_text("utf-8").split("## Run\n")[1].split("\n## ")[0]
            assert f"\nOBSERVE={facts(path)['observe']} scripts/up\nscripts/bench " in section


def test_each_run_of_a_lesson_has_its_claim_and_no_claim_is_left_over() -> None:
    named = {f"{name_of(path)}/{number + 1}" for path in FILES for number in range(len(facts(path)["runs"]))}
    assert named == claims().keys()


def test_code_that_a_lesson_quotes_is_in_a_file_that_it_links(subtests: pytest.Subtests) -> None:
    for path in FILES:
        text = path.read_text("utf-8")
        linked = [FOLDER / link for link in re.findall(r"\]\((\.\./[\w/.-]+\.py)\)", text)]
        sources = "\n".join(each.read_text("utf-8") for each in linked)
        for block in re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
            with subtests.test(path.name, block=block):
                assert block in sources, f"{path.name} quotes what none of {linked} has"


def test_the_course_is_listed(subtests: pytest.Subtests) -> None:
    page = (FOLDER / "README.md").read_text("utf-8")
    for path in FILES:
        with subtests.test(path.name):
            listed = re.escape(f"[{facts(path)['title']}]({path.name})")
            assert re.search(rf"^\| \d+ \| {listed}.* \| {facts(path)['minutes']} \|$", page, re.MULTILINE)

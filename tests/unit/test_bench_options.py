"""The command line's options are made from the models: none is missing, none is made up, and a mistake is named."""

import re
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.cli import options
from bench.cli.commands import main
from contender.workload import Parameter
from experiments.registry import EXPERIMENTS, WORKLOADS, Experiment

EACH_EXPERIMENT = pytest.mark.parametrize("experiment", EXPERIMENTS.values(), ids=EXPERIMENTS.keys())
PARAMETERS = [(workload, each) for workload, parameters in WORKLOADS.items() for each in parameters]
EACH_PARAMETER = pytest.mark.parametrize(
    ("workload", "parameter"), PARAMETERS, ids=[f"{workload}-{each.name}" for workload, each in PARAMETERS]
)
OF_WORKLOADS = {each.name for _, each in PARAMETERS}


def bench(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def refused(*arguments: str) -> str:
    """What is said of a wrong usage, on one line."""
    result = bench(*arguments)
    assert result.exit_code == 2, f"bench {' '.join(arguments)}: wanted exit code 2, got {result}: {result.output}"
    assert result.stdout == "", f"wanted nothing on standard output, got {result.stdout!r}"
    return " ".join(result.stderr.split())


def parsed(experiment: Experiment, *arguments: str) -> dict[str, Any]:
    """The parameters that a command line comes to."""
    command = click.Command("bench", params=[*options.options(experiment)], callback=lambda **told: told)
    return options.read(experiment, command.main(list(arguments), standalone_mode=False))


def flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


# --- every field, both directions -----------------------------------------------------------------------


@EACH_EXPERIMENT
def test_the_options_are_the_fields_of_the_model_and_the_parameters_of_the_workloads(experiment: Experiment) -> None:
    names = [each.name for each in options.options(experiment)]
    assert set(names) | {"direct"} == set(experiment.model.model_fields) | OF_WORKLOADS
    assert len(names) == len(set(names)), f"wanted each option once, got {names}"


def test_help_does_not_offer_what_has_no_say() -> None:
    """Slow clients send what is slow by itself; a workload is taken from them, as from everybody, and not offered."""
    assert "--workload" not in bench("slow-clients", "--help").stdout
    assert "--workload" in bench("victim", "--help").stdout


@EACH_EXPERIMENT
def test_the_command_has_them_all_and_those_of_every_experiment(experiment: Experiment) -> None:
    command = main.commands[experiment.name]
    own = {each.name for each in options.options(experiment)}
    every = {"contenders", "direct", "note", "tags", "no_save", "as_json"}
    assert {each.name for each in command.params} == own | every


@EACH_EXPERIMENT
def test_help_tells_every_option_by_its_flag(experiment: Experiment) -> None:
    said = bench(experiment.name, "--help")
    assert said.exit_code == 0, said.output
    for each in main.commands[experiment.name].params:
        for name in each.opts if not getattr(each, "hidden", False) else []:
            assert re.search(rf"(?<![\w-]){re.escape(name)}\b", said.stdout), f"wanted {name} in {said.stdout}"


@EACH_EXPERIMENT
def test_the_flags_of_the_contract_are_the_names_with_hyphens(experiment: Experiment) -> None:
    for each in options.options(experiment):
        assert each.name is not None
        assert flag(each.name) in each.opts, f"wanted {flag(each.name)}, got {each.opts}"


def test_a_race_takes_its_requests_by_the_short_option_too() -> None:
    assert parsed(EXPERIMENTS["race"], "-n", "7")["requests"] == 7


# --- defaults ---------------------------------------------------------------------------------------------


@EACH_EXPERIMENT
def test_nothing_said_is_the_model_s_defaults(experiment: Experiment) -> None:
    assert parsed(experiment) == experiment.complete({})


@EACH_EXPERIMENT
def test_the_default_that_is_shown_is_the_model_s(experiment: Experiment) -> None:
    complete = experiment.complete({})
    shown = {each.name: re.findall(r"\[(.+)\]$", each.help or "") for each in options.options(experiment)}
    for name in [*(each for each in experiment.model.model_fields if each != "direct"), "workload"]:
        default = complete[name]
        text = ",".join(map(str, default)) if isinstance(default, list) else str(default)
        assert shown[name] == [text], f"{flag(name)}: wanted {text} shown, got {shown[name]}"


@EACH_PARAMETER
def test_the_default_of_a_parameter_is_shown_with_its_workload(workload: str, parameter: Parameter) -> None:
    (option,) = (each for each in options.options(EXPERIMENTS["race"]) if each.name == parameter.name)
    shown = re.findall(r"\[(.+)\]$", option.help or "")[0].split(", ")
    assert f"{workload} {parameter.default}" in shown
    mine = [name for name, parameters in WORKLOADS.items() if parameter.name in {each.name for each in parameters}]
    assert [each.partition(" ")[0] for each in shown] == mine, "wanted the workloads that have it, and no other"


# --- values that fit --------------------------------------------------------------------------------------


@EACH_EXPERIMENT
@EACH_PARAMETER
def test_a_parameter_s_range_is_the_contender_s(experiment: Experiment, workload: str, parameter: Parameter) -> None:
    for value in (parameter.low, parameter.high):
        got = parsed(experiment, "--workload", workload, flag(parameter.name), str(value))
        assert got == experiment.complete({"workload": workload, parameter.name: value})
        assert got[parameter.name] == value


@EACH_PARAMETER
def test_a_number_of_milliseconds_may_have_a_fraction_and_a_count_may_not(workload: str, parameter: Parameter) -> None:
    if parameter.whole:
        said = refused("race", "--workload", workload, flag(parameter.name), "1.5")
        assert f"'{flag(parameter.name)}'" in said, said
        assert "'1.5'" in said, said
    else:
        got = parsed(EXPERIMENTS["race"], "--workload", workload, flag(parameter.name), "1.5")
        assert got[parameter.name] == 1.5


OWN: list[tuple[str, str, str, Any]] = [
    ("race", "requests", "500", 500),
    ("sweep", "points", "256,1,3", [256, 1, 3]),
    ("sweep", "seconds", "0.5", 0.5),
    ("sweep", "repeats", "20", 20),
    ("rate", "rate", "1000", 1000),
    ("rate", "arrivals", "poisson", "poisson"),
    ("capacity", "p99_ms", "99.5", 99.5),
    ("capacity", "max_errors", "0", 0),
    ("victim", "background", "0", 0),
    ("victim", "probe_rate", "0.5", 0.5),
    ("slow-clients", "clients", "1000", 1000),
    ("slow-clients", "mode", "read", "read"),
]


@pytest.mark.parametrize(("name", "field", "text", "value"), OWN)
def test_an_own_option_arrives_as_its_field(name: str, field: str, text: str, value: Any) -> None:
    assert parsed(EXPERIMENTS[name], flag(field), text)[field] == value


@settings(max_examples=25)
@given(st.lists(st.integers(1, 256), min_size=1, max_size=32, unique=True))
def test_points_are_numbers_with_commas_between_them(points: list[int]) -> None:
    assert parsed(EXPERIMENTS["sweep"], "--points", ",".join(map(str, points)))["points"] == points


# --- values that do not -----------------------------------------------------------------------------------

MISTAKES: list[tuple[list[str], list[str]]] = [
    (["race", "-n", "0"], ["--requests:", "got 0", "1"]),
    (["race", "--requests", "501"], ["--requests:", "got 501", "500"]),
    (["race", "-n", "many"], ["'--requests' / '-n'", "'many'"]),
    (["race", "--ms", "-1"], ["--ms:", "got -1", "0"]),
    (["race", "--ms", "10001"], ["--ms:", "got 10001", "10000"]),
    (["race", "--workload", "cpu", "--ms", "2001"], ["--ms:", "got 2001", "2000"]),
    (["race", "--workload", "mix", "--io-ms", "20000", "--bytes", "-1"], ["--io-ms:", "20000", "--bytes:", "got -1"]),
    (["race", "--ms", "nan"], ["--ms:", "finite"]),
    (["race", "--ms", "inf"], ["--ms:", "finite"]),
    (["race", "--ms", ""], ["'--ms'", "''"]),
    (["race", "--workload", "walk"], ["'--workload'", "'walk'", "'hello'", "'sse'"]),
    (["race", "--contender", "apache"], ["'--contender'", "'apache'", "'gevent'"]),
    (["sweep", "--points", "0"], ["--points:", "got 0", "1"]),
    (["sweep", "--points", "1,257"], ["--points:", "got 257", "256"]),
    (["sweep", "--points", "4,4"], ["--points:", "4 is given twice"]),
    (["sweep", "--points", ",".join(map(str, range(1, 34)))], ["--points:", "32"]),
    (["sweep", "--points", ""], ["'--points'", "''", "1,2,4,8"]),
    (["sweep", "--points", "1,,2"], ["'--points'", "'1,,2'", "1,2,4,8"]),
    (["sweep", "--points", "1, 2"], ["'--points'", "'1, 2'", "1,2,4,8"]),
    (["sweep", "--points", "-1"], ["'--points'", "'-1'"]),
    (["sweep", "--points", "1.5"], ["'--points'", "'1.5'"]),
    (["sweep", "--seconds", "0"], ["--seconds:", "0.1"]),
    (["sweep", "--repeats", "21"], ["--repeats:", "20", "got 21"]),
    (["rate", "--arrivals", "bursts"], ["'--arrivals'", "'bursts'", "'constant', 'poisson'"]),
    (["rate", "--rate", "10001"], ["--rate:", "10000", "got 10001"]),
    (["capacity", "--p99-ms", "0"], ["--p99-ms:", "greater than 0"]),
    (["capacity", "--max-errors", "1.5"], ["--max-errors:", "1", "got 1.5"]),
    (["victim", "--background", "257"], ["--background:", "256", "got 257"]),
    (["slow-clients", "--mode", "write"], ["'--mode'", "'write'", "'headers', 'body', 'read'"]),
    (["slow-clients", "--clients", "1001"], ["--clients:", "1000", "got 1001"]),
    (["race", "--points", "1"], ["--points"]),
    (["race", "extra"], ["extra"]),
]


@pytest.mark.parametrize(("arguments", "told"), MISTAKES, ids=[" ".join(each)[:40] for each, _ in MISTAKES])
def test_a_mistake_is_wrong_usage_and_names_the_option_the_value_and_the_range(
    arguments: list[str], told: list[str]
) -> None:
    said = refused(*arguments)
    missing = [each for each in told if each not in said]
    assert not missing, f"bench {' '.join(arguments)}: wanted {missing} named, got {said}"


@pytest.mark.parametrize("workload", WORKLOADS)
def test_parameters_of_other_workloads_are_refused_with_those_that_it_has(workload: str) -> None:
    own = [each.name for each in WORKLOADS[workload]]
    known = ", ".join(map(flag, own)) or "none"
    others = sorted(OF_WORKLOADS - set(own))
    said = refused("race", "--workload", workload, *(text for name in others for text in (flag(name), "1")))
    for name in others:
        assert f"{flag(name)}: the workload {workload} has no such parameter; it has {known}." in said, said


@EACH_EXPERIMENT
def test_a_parameter_that_the_default_workload_lacks_is_refused(experiment: Experiment) -> None:
    assert "--bytes: the workload io has no such parameter; it has --ms." in refused(experiment.name, "--bytes", "1")


def test_every_mistake_is_told_at_once() -> None:
    said = refused("race", "-n", "0", "--ms", "-1", "--io-ms", "5")
    assert all(each in said for each in ("--requests:", "--ms:", "--io-ms:")), said

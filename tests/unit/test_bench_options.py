"""The command line's options are made from the models: none is missing, none is made up, and a mistake is named."""

import re
from functools import cache
from typing import Any

import click
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.cli import options
from bench.cli.commands import main
from contender.workload import Parameter
from experiments.registry import EXPERIMENTS
from experiments.schema.experiment import Experiment
from experiments.schema.workloads import PARAMETERS, PARTS

NUMBERS = [
    (workload, each)
    for workload, parameters in PARAMETERS.items()
    for each in parameters
    if isinstance(each, Parameter)
]
OF_WORKLOADS = {each.name for parameters in PARAMETERS.values() for each in parameters}


def bench(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def refused(*arguments: str) -> str:
    """The error of a wrong usage, on one line."""
    result = bench(*arguments)
    assert result.exit_code == 2, f"bench {' '.join(arguments)}: wanted exit code 2, got {result}: {result.output}"
    assert result.stdout == "", f"wanted nothing on standard output, got {result.stdout!r}"
    return " ".join(result.stderr.split())


def parsed(experiment: Experiment, *arguments: str) -> dict[str, Any]:
    """The parameters that a command line comes to."""
    return options.read(experiment, command_of(experiment.name).main(list(arguments), standalone_mode=False))


@cache  # the options are the same for each command line of the hundreds here
def command_of(experiment: str) -> click.Command:
    return click.Command("bench", params=[*options.options(EXPERIMENTS[experiment])], callback=lambda **given: given)


def flag(name: str) -> str:
    return f"--{options.OPTION.get(name, name.replace('_', '-'))}"


# --- every field, both directions -----------------------------------------------------------------------


def test_the_options_are_the_fields_of_the_model_and_the_parameters_of_the_workloads() -> None:
    for name, experiment in EXPERIMENTS.items():
        own = [each.name for each in options.options(experiment)]
        fixed = {each for each, field in experiment.model.model_fields.items() if field.annotation is type(None)}
        short = {"db_ms", "blocking"} if name == "advise" else set()
        sent = OF_WORKLOADS if experiment.model.sends_request else OF_WORKLOADS - {each.name for each in PARTS}
        assert set(own) | {"direct"} == set(experiment.model.model_fields) - fixed | sent | short, name
        assert len(own) == len(set(own)), f"{name}: wanted each option once, got {own}"
        every = {"contenders", "direct", "note", "tags", "no_save", "as_json"}
        every |= {"markdown"} if name in ("ab", "advise") else set()
        assert {each.name for each in main.commands[name].params} == set(own) | every, name
        for each in options.options(experiment):
            assert flag(str(each.name)) in each.opts, f"{name}: wanted {flag(str(each.name))}, got {each.opts}"


def test_help_has_every_option_that_has_an_effect() -> None:
    for name in EXPERIMENTS:
        result = bench(name, "--help")
        assert result.exit_code == 0, result.output
        for each in main.commands[name].params:
            for option in each.opts if not getattr(each, "hidden", False) else []:
                assert re.search(rf"(?<![\w-]){re.escape(option)}\b", result.stdout), f"{name}: wanted {option} in help"
        # Some send what they are about; a workload is accepted for them, as for all, and not offered.
        assert ("--workload" in result.stdout) is (name not in ("slow-clients", "protocols"))


def test_a_race_takes_its_requests_by_the_short_option_too() -> None:
    assert parsed(EXPERIMENTS["race"], "-n", "7")["requests"] == 7


# --- defaults ---------------------------------------------------------------------------------------------


def test_no_option_given_is_the_model_s_defaults_and_they_are_shown() -> None:
    for name, experiment in EXPERIMENTS.items():
        complete = experiment.complete({})
        assert parsed(experiment) == complete, name
        shown = {each.name: re.findall(r"\[(.+)\]$", each.help or "") for each in options.options(experiment)}
        limits = experiment.model.model_json_schema()["properties"]
        for field in experiment.model.model_fields.keys() & complete.keys() - {"direct"}:
            default = complete[field]
            text = ",".join(map(str, default)) if isinstance(default, list) else str(default)
            facts = shown[field][0].split("; ")
            assert facts[0] == f"default: {text}", f"{name} {flag(field)}: wanted {text} shown, got {facts}"
            limited = limits[field].get("items", limits[field])
            if "maximum" in limited:
                assert facts[1].endswith(f"-{limited['maximum']:g}"), (
                    f"{name} {flag(field)}: wanted its range in {facts}"
                )


def test_the_default_of_a_parameter_is_shown_with_its_workload() -> None:
    for workload, parameter in NUMBERS:
        (option,) = (each for each in options.options(EXPERIMENTS["race"]) if each.name == parameter.name)
        shown = re.findall(r"\[(.+)\]$", option.help or "")[0].split(", ")
        assert f"{workload} {parameter.default or 0} ({parameter.low}-{parameter.high})" in shown
        mine = [name for name, parameters in PARAMETERS.items() if parameter.name in {each.name for each in parameters}]
        assert [each.partition(" ")[0] for each in shown] == mine, (
            f"{parameter.name}: wanted the workloads that have it"
        )


# --- values that fit --------------------------------------------------------------------------------------


def test_a_parameter_s_range_is_the_contender_s() -> None:
    for name, experiment in EXPERIMENTS.items():
        for workload, parameter in NUMBERS:
            for value in (parameter.low, parameter.high):
                got = parsed(experiment, "--workload", workload, flag(parameter.name), str(value))
                assert got == experiment.complete({"workload": workload, parameter.name: value})
                assert got[parameter.name] == value, f"{name} {workload} {parameter.name}"


def test_a_number_of_milliseconds_may_have_a_fraction_and_a_count_may_not() -> None:
    for workload, parameter in NUMBERS:
        arguments = ("--workload", workload, flag(parameter.name), "1.5")
        if parameter.whole:
            text = refused("race", *arguments)
            assert f"'{flag(parameter.name)}'" in text, text
            assert "'1.5'" in text, text
        else:
            assert parsed(EXPERIMENTS["race"], *arguments)[parameter.name] == 1.5


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


def test_an_own_option_arrives_as_its_field() -> None:
    for name, field, text, value in OWN:
        assert parsed(EXPERIMENTS[name], flag(field), text)[field] == value, f"{name} {field}"


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
    (["race", "--contender", "apache"], ["'--contender'", "'apache'", "gevent"]),
    (["sweep", "--points", "0"], ["--points:", "got 0", "1"]),
    (["sweep", "--points", "1,257"], ["--points:", "got 257", "256"]),
    (["sweep", "--points", "4,4"], ["--points:", "4 is repeated"]),
    (["sweep", "--points", ",".join(map(str, range(1, 34)))], ["--points:", "32"]),
    (["sweep", "--points", ""], ["'--points'", "''", "1,2,4,8"]),
    (["sweep", "--points", "1,,2"], ["'--points'", "'1,,2'", "1,2,4,8"]),
    (["sweep", "--points", "1, 2"], ["'--points'", "'1, 2'", "1,2,4,8"]),
    (["sweep", "--points", "-1"], ["'--points'", "'-1'"]),
    (["sweep", "--points", "1.5"], ["'--points'", "'1.5'"]),
    (["sweep", "--seconds", "0"], ["--seconds:", "0.1"]),
    (["sweep", "--repeats", "21"], ["--repeats:", "20", "got 21"]),
    (["rate", "--arrivals", "random"], ["'--arrivals'", "'random'", "'constant', 'poisson', 'bursts'"]),
    (["rate", "--rate", "10001"], ["--rate:", "10000", "got 10001"]),
    (["capacity", "--p99-ms", "0"], ["--p99-ms:", "greater than 0"]),
    (["capacity", "--max-errors", "1.5"], ["--max-errors:", "1", "got 1.5"]),
    (["victim", "--background", "257"], ["--background:", "256", "got 257"]),
    (["slow-clients", "--mode", "write"], ["'--mode'", "'write'", "'headers', 'body', 'read'"]),
    (["slow-clients", "--clients", "1001"], ["--clients:", "1000", "got 1001"]),
    (["race", "--points", "1"], ["--points"]),
    (["race", "extra"], ["extra"]),
    (["race", "-n", "0", "--ms", "-1", "--io-ms", "5"], ["--requests:", "--ms:", "--io-ms:"]),  # all at once
]


def test_a_mistake_is_wrong_usage_and_names_the_option_the_value_and_the_range() -> None:
    for arguments, named in MISTAKES:
        text = refused(*arguments)
        missing = [each for each in named if each not in text]
        assert not missing, f"bench {' '.join(arguments)}: wanted {missing} named, got {text}"


FLAGS = ("at_root",)  # options without a value


def test_parameters_of_other_workloads_are_refused_with_those_that_it_has() -> None:
    for workload, parameters in PARAMETERS.items():
        own = [each.name for each in parameters]
        known = ", ".join(map(flag, own)) or "none"
        others = sorted(OF_WORKLOADS - set(own))
        given = dict.fromkeys(others, "1") | {
            "driver": "usual",
            "method": "GET",
            "path": "/",
            "headers": "A: b",
            "expect": "200",
        }
        text = refused(
            "race",
            "--workload",
            workload,
            *(part for name in others for part in (flag(name), given[name])[: 1 if name in FLAGS else 2]),
        )
        for name in others:  # each of them at once
            assert f"{flag(name)}: workload {workload} has no such parameter; it has {known}." in text, text
    for name in EXPERIMENTS.keys() - {"advise"}:  # of the default workload
        assert "--bytes: workload io has no such parameter; it has --ms." in refused(name, "--bytes", "1")


# --- advise: in words of a user who does not know the workloads yet -------------------------------------


def test_advise_has_short_words_for_the_parameters_of_a_workload() -> None:
    rows = [
        (("--io-ms", "60", "--cpu-ms", "5"), {"workload": "mix", "io_ms": 60, "cpu_ms": 5}),
        (("--io-ms", "60", "--blocking"), {"workload": "mix", "io_ms": 0, "block_ms": 60}),
        (("--db-ms", "20", "--queries", "3", "--cpu-ms", "5"), {"workload": "db", "ms": 20, "queries": 3, "cpu_ms": 5}),
        (("--db-ms", "20", "--blocking"), {"workload": "db", "ms": 20, "driver": "blocking"}),
        (("--workload", "io", "--ms", "7"), {"workload": "io", "ms": 7}),
    ]
    for arguments, wanted in rows:
        got = parsed(EXPERIMENTS["advise"], *arguments)
        assert {name: got[name] for name in wanted} == wanted, f"{arguments}: {got}"
    assert "needs --io-ms or --db-ms" in refused("advise", "--blocking")

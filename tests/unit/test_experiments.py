"""The experiments: what they accept, what they add, and a JSON Schema that says the same."""

from typing import Any

from pydantic import ValidationError

from contender.workload import WORKLOADS, Parameter
from experiments.registry import EXPERIMENTS
from experiments.schema.workloads import PARTS, REQUEST

IO = {"workload": "io", "ms": 100, "direct": False}
DEFAULTS: list[tuple[str, dict[str, Any]]] = [
    ("race", {"requests": 20}),
    ("sweep", {"points": [1, 2, 4, 8, 16, 32, 64, 128], "seconds": 5, "repeats": 3}),
    ("rate", {"rate": 200, "seconds": 10, "arrivals": "constant", "repeats": 3}),
    ("capacity", {"p99_ms": 250, "max_errors": 0.001}),
    ("victim", {"background": 2, "probe_rate": 20, "seconds": 15}),
    ("slow-clients", {"clients": 200, "mode": "headers", "seconds": 20}),
    ("protocols", {}),
    ("waterfall", {"requests": 40, "ms": 50}),
    ("workers", {"counts": [1, 2, 4, 8, 16], "p99_ms": 250}),
    ("advise", {"rate": 200, "p99_ms": 500}),
    ("ab", {"in_flight": 16, "seconds": 2, "detect": 5, "budget": 180, "seed": 1, "unequal": False}),
    ("profile", {"rate": 50, "seconds": 10, "repeats": 3, "frequency": 200, "python_only": False, "cost": False}),
    ("memory", {"requests": 10_000, "in_flight": 16}),
]
PARAMETERS = [
    (workload, each) for workload, parameters in WORKLOADS.items() for each in parameters if isinstance(each, Parameter)
]


def test_the_experiments_and_their_defaults_are_those_of_the_contract() -> None:
    assert list(EXPERIMENTS) == [name for name, _ in DEFAULTS]
    for name, own in DEFAULTS:
        assert EXPERIMENTS[name].complete({}) == IO | own


def test_every_workload_has_its_own_defaults_and_the_contender_s_ranges() -> None:
    race = EXPERIMENTS["race"]
    for workload in ("hello", *WORKLOADS):
        wanted = {each.name: each.default for each in WORKLOADS.get(workload, ()) if each.default is not None}
        got = race.complete({"workload": workload})
        assert got == {"workload": workload, "requests": 20, "direct": False} | wanted
    for workload, parameter in PARAMETERS:
        for fits in (parameter.low, parameter.high):
            assert race.complete({"workload": workload, parameter.name: fits})[parameter.name] == fits
        nothing = [None] if parameter.default is not None else []
        for wrong in (parameter.low - 1, parameter.high + 1, str(parameter.low), True, *nothing):
            refused("race", {"workload": workload, parameter.name: wrong})
    assert race.complete({"workload": "db", "driver": "blocking"})["driver"] == "blocking"
    refused("race", {"workload": "db", "driver": "fast"})


def refused(name: str, params: Any) -> None:
    try:
        got = EXPERIMENTS[name].complete(params)
    except ValidationError:
        return
    raise AssertionError(f"{name}: wanted {params} refused, got {got}")


BOUNDS: list[tuple[str, str, list[Any], list[Any]]] = [
    ("race", "requests", [1, 500], [0, 501, 1.5]),
    ("sweep", "points", [[1], [256], [*range(1, 33)]], [[], [0], [257], [*range(1, 34)], [1, 1], 4, [1.5]]),
    ("sweep", "seconds", [0.1, 120], [0, 121]),
    ("sweep", "repeats", [1, 20], [0, 21]),
    ("rate", "rate", [0.1, 10_000], [0, 10_001, float("nan"), float("inf")]),
    ("rate", "arrivals", ["constant", "poisson", "bursts"], ["random", ""]),
    ("rate", "generators", [1, 16], [0, 17, 1.5]),
    ("rate", "halfway", ["reload", "restart"], ["stop", ""]),
    ("capacity", "p99_ms", [0.5, 10_000], [0, 10_001]),
    ("capacity", "max_errors", [0, 1], [-0.1, 1.1]),
    ("ab", "rate", [0.1, 10_000], [0, 10_001]),
    ("ab", "detect", [0.5, 100], [0, 101]),
    ("ab", "budget", [10, 3600], [9, 3601]),
    ("profile", "frequency", [10, 1000], [9, 1001, 10.5]),
    ("memory", "requests", [100, 100_000], [99, 100_001]),
    ("victim", "background", [0, 256], [-1, 257]),
    ("victim", "probe_rate", [0.5, 1_000], [0, 1_001]),
    ("slow-clients", "clients", [1, 1_000], [0, 1_001]),
    ("slow-clients", "mode", ["headers", "body", "read"], ["write"]),
    ("waterfall", "requests", [1, 200], [0, 201]),
    ("waterfall", "direct", [False], [True]),
    ("race", "direct", [True, False], [1, "yes", None]),
    ("race", "workers", [1, 32], [0, 33, 1.5, True]),
    ("workers", "counts", [[1], [32], [*range(1, 17)]], [[], [0], [33], [*range(1, 18)], [2, 2], 4]),
    ("advise", "rate", [1, 5_000], [0.5, 5_001]),
    ("advise", "memory_mb", [16, 65_536], [15, 65_537]),
]


def test_an_experiment_s_parameter_has_a_range() -> None:
    for name, parameter, fit, wrong in BOUNDS:
        for value in fit:
            assert EXPERIMENTS[name].complete({parameter: value})[parameter] == value, f"{name} {parameter}"
        for value in wrong:
            refused(name, {parameter: value})


UNKNOWN: list[Any] = [{"x": 1}, {"workload": "whoami", "ms": 1}, {"workload": "x"}, {"workload": 1}, [], 1]


def test_what_is_not_known_is_refused_and_completing_twice_changes_nothing() -> None:
    for name, experiment in EXPERIMENTS.items():
        for params in (*UNKNOWN, {"workload": ["io"]}):
            refused(name, params)
        once = experiment.complete({"workload": "mix", "bytes": 3, "io_ms": 1.5})
        assert experiment.complete(once) == once


LEFT_OUT = {
    "sweep": ("generators",),
    "rate": ("halfway", "generators"),
    "capacity": ("generators",),
    "ab": ("rate",),
    "protocols": ("feature",),
    "advise": ("memory_mb",),
}  # where they are not given


def test_the_schema_has_one_closed_object_a_workload() -> None:
    for name, own in DEFAULTS:
        has_one_closed_object_a_workload(name, own)


def has_one_closed_object_a_workload(name: str, own: dict[str, Any]) -> None:
    schema = EXPERIMENTS[name].schema()
    objects = [schema["$defs"][each["$ref"].rpartition("/")[2]] for each in schema["oneOf"]]
    by_workload = {each["properties"]["workload"]["const"]: each for each in objects}
    sends_request = name not in ("slow-clients", "protocols", "waterfall")
    assert by_workload.keys() == {"hello", *WORKLOADS, *([REQUEST] if sends_request else [])}
    for workload, each in by_workload.items():
        wanted = {
            "workload",
            "direct",
            "workers",
            *LEFT_OUT.get(name, ()),
            *(own.keys() - {"ms"}),
            *(parameter.name for parameter in WORKLOADS.get(workload, PARTS if workload == REQUEST else ())),
        }
        assert (each["properties"].keys(), each["additionalProperties"]) == (wanted, False)
        assert all("title" in member for member in each["properties"].values()), f"a form needs titles: {each}"
        assert each.get("required", []) == ([] if workload == "io" else ["workload"])

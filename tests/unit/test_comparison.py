"""Two stored runs against each other: the interval against noise with a known difference, and its sentence."""

import math
from random import Random
from typing import Any

from starlette.testclient import TestClient

from experiments.comparison import Side, compare
from experiments.comparison.unpaired import interval
from tests.unit.bench_rows import point_row, workers_row
from tests.unit.service import answered, errors, made_at, problem, queued

RUNS = 1500


def test_intervals_cover_a_planted_difference_also_of_a_noisy_short_run() -> None:
    for name, (first, second), (noise, other) in (
        ("alike", (3, 3), (0.04, 0.04)),
        ("one noisier", (5, 5), (0.02, 0.1)),
        ("one noisier and shorter", (8, 3), (0.02, 0.08)),
    ):
        random, covered = Random(name), 0
        for _ in range(RUNS):
            a = [random.gauss(0, noise) for _ in range(first)]
            b = [math.log(0.9) + random.gauss(0, other) for _ in range(second)]
            found = interval(a, b)
            covered += found is not None and found[0] <= math.log(0.9) <= found[1]
        assert 0.93 < covered / RUNS < 0.99, f"{name}: {covered / RUNS:.1%} cover it, wanted 95 % or a little more"
    assert interval([0.0], [0.1, 0.2]) is None, "one repeat has no variance"
    assert interval([0.0, 0.0], [0.1, 0.1]) == (0.1, 0.1), "wanted no division by nothing"


def side(experiment: str, rows: list[Any], **params: Any) -> Side:
    return Side(experiment, params, [row.model_dump(mode="json") for row in rows])


def test_a_difference_is_found_only_where_its_interval_leaves_out_zero() -> None:
    before = [point_row(16, repeat, rps=100.0 + repeat, p99_ms=20.0 + 9 * repeat) for repeat in (1, 2, 3)]
    after = [point_row(16, repeat, rps=121.0 + repeat, p99_ms=26.0 + 9 * repeat) for repeat in (1, 2, 3)]
    only_here = point_row(64, 1)
    found = compare(side("sweep", [*before, only_here], ms=20), side("sweep", after, ms=30))
    items = {item["metric"]: item for item in found["items"]}
    assert {item["point"] for item in found["items"]} == {16.0}, found
    rps, p99 = items["rps"], items["p99_ms"]
    assert 17 < rps["low_pct"] < rps["difference_pct"] < rps["high_pct"] < 25, rps
    assert (rps["found"], p99["found"]) == (True, False), (rps, p99)
    assert p99["low_pct"] < 0 < p99["high_pct"], p99
    assert found["differing"] == {"ms": [20, 30]}
    assert found["notes"][0].startswith("Unpaired"), found["notes"]


def test_what_was_measured_once_has_a_difference_without_an_interval() -> None:
    runs = [side("workers", [workers_row(rate=rate)]) for rate in (1936.0, 2400.0)]
    found = compare(*runs)
    (rate,) = (item for item in found["items"] if item["metric"] == "rate")
    assert (round(rate["difference_pct"]), rate["low_pct"], rate["found"]) == (24, None, False), rate
    assert any("without an interval" in note for note in found["notes"]), found["notes"]
    assert compare(side("race", []), side("race", []))["notes"] == [
        "The rows of race are single events, which no other run has again: look at the pictures."
    ]


def test_runs_of_different_experiments_are_refused_by_name(rest: TestClient) -> None:
    race, sweep = queued(rest), queued(rest, experiment="sweep", params={"workload": "hello"})
    address = f"{made_at(race)}/comparison?against={sweep.json()['id']}"
    refused = rest.get(address)
    assert "race and sweep measure different things" in problem(refused, 422)["detail"]
    assert list(errors(refused)) == ["against"], errors(refused)
    same = answered(rest.get(f"{made_at(race)}/comparison?against={queued(rest).json()['id']}"), 200).json()
    assert (same["items"], same["differing"]) == ([], {}), same

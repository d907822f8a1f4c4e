"""The experiments as a person starts them, through the queue: what the rows prove about each model."""

import itertools
import statistics
from datetime import datetime
from typing import Any

import pytest

from tests.e2e.lab import EARLY_MS, NAMES, WORKERS, answered, ask, get
from tests.e2e.queue import cancel, events, finished, queued, until

Row = dict[str, Any]

COOPERATIVE = [name for name in NAMES if name != "sync"]


def run(experiment: str, contenders: list[str] | None = None, **params: Any) -> dict[str, Any]:
    return finished({"experiment": experiment, "params": params, "contenders": contenders or NAMES})


# --- race ---------------------------------------------------------------------------------------------

REQUESTS, MS = 10 * WORKERS, 200


@pytest.fixture(scope="module")
def race() -> dict[str, Any]:
    return run("race", workload="io", ms=MS, requests=REQUESTS)


def rows_of(run: dict[str, Any], contender: str) -> list[Row]:
    return [row for row in run["results"] if row["contender"] == contender]


def lasted(rows: list[Row]) -> float:
    """Seconds from the first request sent to the last answer received."""
    return float(max(row["received"] for row in rows) - min(row["sent"] for row in rows))


def test_a_race_has_a_row_for_every_request_and_each_is_a_right_answer(race: dict[str, Any], contender: str) -> None:
    rows = rows_of(race, contender)
    assert sorted(row["seq"] for row in rows) == list(range(REQUESTS))
    assert {(row["status"], row["error"]) for row in rows} == {(200, None)}, rows
    for row in rows:
        assert row["sent"] < row["started"] < row["finished"] < row["received"], row
        assert row["finished"] - row["started"] >= (MS - EARLY_MS) / 1000, row


def test_sync_takes_ten_rounds_and_the_others_one(race: dict[str, Any], contender: str) -> None:
    """A wait never takes less than it says: ten rounds are at least ten waits; and less than four are no rounds."""
    waits = lasted(rows_of(race, contender)) * 1000 / MS
    if contender == "sync":
        assert waits >= REQUESTS / WORKERS, f"{REQUESTS} requests took {waits:.1f} waits"
    else:
        assert waits < 4, f"{REQUESTS} requests took {waits:.1f} waits"


def test_under_sync_each_process_serves_one_request_at_a_time(race: dict[str, Any]) -> None:
    rows = sorted(rows_of(race, "sync"), key=lambda row: row["started"])
    assert len({row["pid"] for row in rows}) == WORKERS
    assert {row["lane"] for row in rows} == {"thread-1"}
    for pid in {row["pid"] for row in rows}:
        for one, following in itertools.pairwise([row for row in rows if row["pid"] == pid]):
            assert one["finished"] <= following["started"], f"process {pid} served two at once: {one} and {following}"


def test_elsewhere_every_request_has_a_lane_of_its_own(race: dict[str, Any]) -> None:
    for contender in COOPERATIVE:
        lanes = {(row["pid"], row["lane"]) for row in rows_of(race, contender)}
        assert len(lanes) == REQUESTS, f"{contender}: {len(lanes)} lanes for {REQUESTS} requests at once"


def test_a_run_tells_what_it_was_measured_on(race: dict[str, Any]) -> None:
    measured = [data["what"] for kind, data in race["notices"] if kind == "measuring"]
    assert measured == NAMES, f"wanted each contender announced in its turn, got {measured}"
    environment = race["environment"]
    assert environment.keys() >= {"cores", "cpu_model", "memory_mb", "kernel", "load_before", "generator", "pinned"}
    nginx = {"server": "nginx", "server_version": get("/healthz").headers["X-Nginx-Version"]}
    assert (environment["nginx"], set(environment["contenders"])) == (nginx, set(NAMES))
    for name, told in environment["contenders"].items():
        assert (told["workers"], told["replicas"]) == (WORKERS, 1), f"{name}: {told}"
        assert told.keys() >= {"server", "server_version", "worker", "python", "cpus", "memory_mb", "cpuset"}


# --- load ---------------------------------------------------------------------------------------------


# Of what is possible with waits alone. A quiet machine reaches 0.95 and more (tests/benchmarks/waits.py); a busy one
# less, but nobody who serves two at a time comes anywhere near.
MOST = 0.7


def test_waits_in_flight_are_all_served_at_once_where_they_are_shared() -> None:
    in_flight, ms = 64, 400
    for row in run("sweep", COOPERATIVE, workload="io", ms=ms, points=[in_flight], seconds=4, repeats=1)["results"]:
        share = row["rps"] * ms / 1000 / in_flight
        assert MOST <= share <= 1.03, f"{row['contender']}: {share:.3f} of Little's bound: {row}"
        served = row["rps"] * row["mean_ms"] / 1000
        edge = in_flight * row["max_ms"] / 1000 / row["seconds"]  # all come and go together: a round more, or less
        assert served == pytest.approx(in_flight, abs=edge), f"Little's law: {served:.1f} were in flight: {row}"


def test_waits_in_flight_are_served_by_as_many_as_there_are_workers_under_sync() -> None:
    ms = 200
    [row] = run("sweep", ["sync"], workload="io", ms=ms, points=[64], seconds=6, repeats=1)["results"]
    share = row["rps"] * ms / 1000 / WORKERS
    assert MOST <= share <= 1.03, f"{share:.3f} of what {WORKERS} workers can: {row}"


def test_rows_of_points_count_everything_and_cost_what_the_contender_says() -> None:
    swept = run("sweep", ["uvicorn"], workload="hello", points=[1, 4], seconds=0.5, repeats=2)
    rows, points = swept["results"], [data for kind, data in swept["notices"] if kind == "point"]
    assert [(row["point"], row["repeat"]) for row in rows] == [(1, 1), (4, 1), (1, 2), (4, 2)], (
        "wanted them interleaved"
    )
    assert swept["environment"]["noise"]["repeats"] == 2
    for row, point in zip(rows, points, strict=True):
        assert (row["errors"], row["timeouts"]) == (0, 0), row
        assert row["requests"] == pytest.approx(row["rps"] * row["seconds"], rel=0.01)  # by shares at the edges
        assert row["p50_ms"] <= row["p90_ms"] <= row["p99_ms"] <= row["p999_ms"] <= row["max_ms"]
        assert row["rps"] * row["mean_ms"] / 1000 <= row["point"] * (1 + row["max_ms"] / 1000 / row["seconds"])
        assert row["rss_mb"] > 10
        assert row["cpu_pct"] == pytest.approx(point["cpu_us"] * row["rps"] / 1e4, rel=0.01)
        generator = point["generator"]
        assert generator["cpu_pct"] == pytest.approx(generator["cpu_us"] * row["rps"] / 1e4, abs=0.1)
        assert point["fairness"]["connections"] <= 1


def test_an_open_loop_keeps_its_rate_and_tells_both_latencies() -> None:
    rated = run("rate", ["gevent"], workload="io", ms=20, rate=100, seconds=2, repeats=1, arrivals="poisson")
    [row], [point] = rated["results"], [data for kind, data in rated["notices"] if kind == "point"]
    generator = point["generator"]
    assert generator["sent"] == generator["intended"] == row["requests"] + row["errors"] + row["timeouts"]
    assert row["p50_ms"] >= 20 - EARLY_MS
    assert point["uncorrected"]["p99_ms"] <= row["p99_ms"]


# --- others ---------------------------------------------------------------------------------------------


def p99_ms(run: dict[str, Any], phase: str) -> float:
    """Of probes; one without an answer waited at least until the time-out."""
    took = [
        1000 * ((row["received"] or row["due"] + 10) - row["due"]) for row in run["results"] if row["phase"] == phase
    ]
    return float(statistics.quantiles(took, n=100, method="inclusive")[98])


BLOCK_MS = 1000  # a pause of the machine is no tenth of it


def test_one_blocking_line_ruins_an_event_loop() -> None:
    blocked = run("victim", ["uvicorn"], workload="block", ms=BLOCK_MS, background=4 * WORKERS, seconds=9)
    before, during = p99_ms(blocked, "before"), p99_ms(blocked, "during")
    assert during >= 20 * before, f"p99 of the innocent was {before:.1f} ms before and {during:.1f} ms during"


def test_under_sync_a_free_worker_shields_the_innocent() -> None:
    """Nobody waits for a block: what a busy machine adds is far less than half of one."""
    shielded = run("victim", ["sync"], workload="block", ms=BLOCK_MS, background=WORKERS - 1, seconds=9)
    assert p99_ms(shielded, "during") < BLOCK_MS / 2


# --- the queue --------------------------------------------------------------------------------------------


def test_a_cancelled_run_ends_at_once_and_the_next_one_begins() -> None:
    """Long before the first would have come to its end: its one round takes ten seconds."""
    waits = {"workload": "io", "ms": 10_000, "requests": 1}
    path = queued({"experiment": "race", "params": waits, "contenders": ["gevent"]})
    until(path, "running")
    cancel(path)
    assert [data["state"] for kind, data in events(path) if kind == "state"] == ["queued", "running", "cancelled"]
    cancelled, following = answered(get(path), 200).json(), run("race", ["uvicorn"], workload="io", ms=0, requests=1)
    waited = datetime.fromisoformat(following["started"]) - datetime.fromisoformat(cancelled["finished"])
    assert waited.total_seconds() < 5, f"the next run began {waited} after the cancelled one's end"
    answered(ask("DELETE", path), 204)

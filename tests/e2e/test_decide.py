"""How many workers, of which class: the experiments that answer it, with figures of this machine."""

from tests.e2e.queue import finished


def test_each_worker_of_a_contender_that_waits_carries_as_much_as_the_first() -> None:
    params = {"workload": "io", "ms": 100, "counts": [1, 2], "p99_ms": 2000}
    run = finished({"experiment": "workers", "params": params, "contenders": ["sync"]})
    one, two = sorted(run["results"], key=lambda row: row["workers"])
    assert (one["error"], two["error"]) == (None, None), run["results"]
    assert two["rate"] / one["rate"] > 1.4, f"wanted about twice as much with two workers, got {run['results']}"
    assert two["predicted_rate"] / one["predicted_rate"] > 1.8
    assert one["predicted_rate"] < 10, "one worker that waits 100 ms a request serves ten a second at most"
    assert one["limit"] == "workers"


def test_what_no_number_of_workers_can_keep_is_said_with_its_reason() -> None:
    params = {"workload": "mix", "io_ms": 60, "rate": 10, "p99_ms": 50}
    run = finished({"experiment": "advise", "params": params, "contenders": ["sync", "uvicorn"]})
    assert {row["contender"]: (row["workers"], row["kept"]) for row in run["results"]} == {
        "sync": (None, False),
        "uvicorn": (None, False),
    }
    assert all("one request alone takes" in row["error"] for row in run["results"]), run["results"]
    (advice,) = (data for kind, data in run["notices"] if kind == "advice")
    assert (advice["recommended"], advice["command"]) == (None, None), advice

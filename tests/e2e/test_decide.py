"""Which worker class, and how many: what cannot be is said with its reason. What can be is measured in tests/own."""

from tests.e2e.queue import finished
from tests.turns import LAB


@LAB
def test_what_no_number_of_workers_can_keep_is_said_with_its_reason() -> None:
    params = {"workload": "mix", "io_ms": 20, "rate": 10, "p99_ms": 10}
    run = finished({"experiment": "advise", "params": params, "contenders": ["sync", "uvicorn"]})
    assert {row["contender"]: (row["workers"], row["kept"]) for row in run["results"]} == {
        "sync": (None, False),
        "uvicorn": (None, False),
    }
    assert all("a single request takes" in row["error"] for row in run["results"]), run["results"]
    (advice,) = (data for kind, data in run["notices"] if kind == "advice")
    assert (advice["recommended"], advice["command"]) == (None, None), advice

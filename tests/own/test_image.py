"""An image that knows nothing of the lab (here Python's own file server, on a port of its own)."""

from contender.hosts import host_name
from tests.e2e.lab import CATALOGUE, answered, ask, get
from tests.own.apps import LAB_PREFIX, ran

NAME, PATH = "own-image", "/catalog.json"


def test_it_is_at_its_two_addresses_without_a_prefix_and_nginx_requests_its_health() -> None:
    for there in (get(f"/{NAME}{PATH}"), get(PATH, headers={"Host": host_name(NAME)})):
        assert answered(there, 200).json() == CATALOGUE, there.text
        assert there.headers.keys().isdisjoint({"X-Served-By", "Server-Timing"}), there.headers
    health = answered(get(f"/{NAME}/{LAB_PREFIX}/healthz"), 200)
    assert "Directory listing" in health.text, "wanted --health, which is /"
    assert answered(get("/status.json"), 200).json()[NAME] == ""
    answered(get(f"/{NAME}/{LAB_PREFIX}/internal/stop"), 404)


def test_it_is_measured_as_the_others_are_with_its_cpu_time_and_its_memory() -> None:
    (row,) = ran("rate", [NAME], PATH, rate=40, seconds=1, repeats=1)["results"]
    assert (row["errors"], row["timeouts"]) == (0, 0), row
    assert row["cpu_pct"] > 0, f"what its processes use is read beside it: {row}"
    assert 5 < row["rss_mb"] < 500, row


def test_what_only_the_lab_s_own_servers_can_do_is_refused_in_a_sentence() -> None:
    for experiment, params, wanted in (
        ("workers", {}, "this experiment changes the number of workers, which an image decides itself"),
        ("race", {"direct": True}, "it is reached through nginx, which knows its port"),
    ):
        request = {"workload": "request", "path": PATH} | params
        run = {"experiment": experiment, "params": request, "contenders": [NAME]}
        (error,) = answered(ask("POST", "/starlette/runs", json=run), 422).json()["errors"]
        assert error["detail"].startswith(f"{NAME}: {wanted}"), error

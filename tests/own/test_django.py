"""services/own/examples/django under each WSGI server."""

from tests.e2e.lab import answered, get
from tests.e2e.queue import finished
from tests.own.apps import WSGI, are_at_their_host_names, are_contenders, ran


def test_each_server_has_the_application_below_its_own_path() -> None:
    are_contenders(WSGI, "wsgi")
    for name in WSGI:
        got = answered(get(f"/{name}/wait?ms=1"), 200).json()
        assert got == {"waited_ms": 1, "at": f"/{name}/wait"}, got


def test_each_server_has_it_at_the_root_of_its_host_name() -> None:
    are_at_their_host_names(WSGI, "/wait?ms=1")


def test_a_host_that_django_does_not_know_is_told_as_such() -> None:
    """Of a browser's it allows localhost, and the host names below it."""
    for headers, at_root, status in (
        ([], False, "done"),
        ([], True, "done"),
        (["Host: shop.example"], False, "failed"),
    ):
        params = {"workload": "request", "path": "/", "requests": 2, "headers": headers, "at_root": at_root}
        run = finished({"experiment": "race", "params": params, "contenders": ["own-sync"]}, status)
        wanted = "own-sync refuses the host shop.example (Django's DisallowedHost)" if status == "failed" else ""
        assert wanted in (run["error"] or ""), run


def test_it_is_measured_under_load() -> None:
    rows = ran("rate", ["own-sync", "own-granian"], "/wait?ms=5", rate=50, seconds=2, repeats=1)["results"]
    assert {row["contender"]: (row["errors"], row["timeouts"]) for row in rows} == {
        "own-sync": (0, 0),
        "own-granian": (0, 0),
    }
    assert all(row["requests"] > 0 and row["cpu_pct"] > 0 for row in rows), rows

"""services/own/examples/django under each WSGI server."""

from tests.e2e.lab import answered, get
from tests.own.apps import WSGI, are_contenders, ran


def test_each_server_has_the_application_below_its_own_path() -> None:
    are_contenders(WSGI, "wsgi")
    for name in WSGI:
        got = answered(get(f"/{name}/wait?ms=1"), 200).json()
        assert got == {"waited_ms": 1, "at": f"/{name}/wait"}, got


def test_it_is_measured_under_load() -> None:
    rows = ran("rate", ["own-sync", "own-granian"], "/wait?ms=5", rate=50, seconds=2, repeats=1)["results"]
    assert {row["contender"]: (row["errors"], row["timeouts"]) for row in rows} == {
        "own-sync": (0, 0),
        "own-granian": (0, 0),
    }
    assert all(row["requests"] > 0 and row["cpu_pct"] > 0 for row in rows), rows

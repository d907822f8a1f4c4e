"""What the three examples have in common: where each server answers, and a run of a request of theirs."""

from typing import Any

from contender.hosts import AT_ROOT, host_name
from tests.e2e.lab import CATALOGUE, answered, ask, get, problem
from tests.e2e.queue import finished

LAB_PREFIX = ".well-known/serverlab"
WSGI = ["own-sync", "own-gthread", "own-gevent", "own-granian"]
ASGI = ["own-uvicorn", "own-gunicorn-asgi", "own-granian"]
WORKERS = {row["name"]: row.get("worker") for row in CATALOGUE} | {
    "own-granian": None
}  # of WSGI and ASGI, each its own


def are_contenders(names: list[str], interface: str) -> None:
    """Each returns its identity where the application has no route, and cannot be stopped from outside."""
    for name in names:
        who = answered(get(f"/{name}/{LAB_PREFIX}/whoami"), 200).json()
        assert (who["service"], who["interface"]) == (name, interface), who
        assert WORKERS[name] in (who["worker"], None), who
        answered(ask("POST", f"/{name}/{LAB_PREFIX}/internal/stop"), 404)
        root = answered(get(f"/{name}/"), 200)
        assert root.headers["X-Served-By"].startswith(f"host={who['host']}, pid="), root.headers


def are_at_their_host_names(names: list[str], path: str) -> None:
    """As below the prefix, without the lab's own paths; and a client's own mark is not trusted."""
    for name in names:
        at_root = {"Host": host_name(name)}
        there, below = answered(get(path, headers=at_root), 200), answered(get(f"/{name}{path}"), 200)
        assert there.text.replace(f"/{name}/", "/") == below.text.replace(f"/{name}/", "/"), there.text
        assert f"/{name}/" not in there.text, f"{name} hears of its prefix: {there.text}"
        claimed = answered(get(f"/{name}{path}", headers={AT_ROOT: name}), 200)
        assert claimed.text == below.text, f"a client's own mark is trusted: {claimed.text}"
        for closed in ("whoami", "internal/stop", "/internal/stop", "internal%2Fstop"):
            problem(ask("POST", f"/{LAB_PREFIX}/{closed}", headers=at_root), 404)
            if "internal" in closed:
                problem(ask("POST", f"/{name}/{LAB_PREFIX}/{closed}"), 404)
        assert get(f"//x/{LAB_PREFIX}/internal/stop", headers=at_root).status_code == 404, name


def ran(experiment: str, contenders: list[str], path: str, **params: Any) -> dict[str, Any]:
    """A run of that request, done, by the queue that the dashboard uses."""
    request = {"workload": "request", "path": path}
    return finished({"experiment": experiment, "params": request | params, "contenders": contenders})


def raced(contenders: list[str], path: str, **params: Any) -> dict[str, list[dict[str, Any]]]:
    """Twenty requests at one moment, by contender."""
    rows = ran("race", contenders, path, requests=20, **params)["results"]
    return {name: [row for row in rows if row["contender"] == name] for name in contenders}


def at_once(rows: list[dict[str, Any]]) -> int:
    """The most that were served at one moment, of those that were answered."""
    spans = [(row["started"], row["finished"]) for row in rows if row["started"] is not None]
    return max((sum(begin <= moment < end for begin, end in spans) for moment, _ in spans), default=0)

"""Runs as the records would have them, for what no lab can be made to measure on demand: routes answer in its place."""

import json
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page, Route, expect

Row = dict[str, Any]
Notice = tuple[str, dict[str, Any]]

MOMENT = 1795348800.0  # seconds; when all of them began


@dataclass(frozen=True, slots=True)
class Recorded:
    experiment: str
    params: dict[str, Any]
    rows: list[Row]
    notices: list[Notice] = field(default_factory=list)
    id: str = "0199aaaa-0000-7000-8000-000000000001"
    environment: dict[str, Any] | None = None
    tags: list[str] = field(default_factory=list)

    @property
    def run(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "experiment": self.experiment,
            "params": self.params,
            "contenders": list(dict.fromkeys(row["contender"] for row in self.rows)),
            "state": "done",
            "progress": 1,
            "created": "2026-11-22T12:00:00Z",
            "started": "2026-11-22T12:00:01Z",
            "finished": "2026-11-22T12:00:09Z",
            "environment": self.environment,
            "error": None,
            "note": "",
            "tags": self.tags,
        }

    @property
    def events(self) -> str:
        all_of_them = [("sample", row) for row in self.rows] + self.notices + [("state", {"state": "done"})]
        return "".join(
            f"id: {number}\nevent: {kind}\ndata: {json.dumps(data)}\n\n"
            for number, (kind, data) in enumerate(all_of_them, 1)
        )


def serve(page: Page, run: Recorded) -> None:
    """The page gets this run from the records."""

    def events(route: Route) -> None:
        if "last-event-id" in route.request.headers:
            route.fulfill(status=204)
        else:
            route.fulfill(content_type="text/event-stream", body=run.events)

    page.route(f"**/starlette/runs/{run.id}", lambda route: route.fulfill(json=run.run, headers={"ETag": '"1"'}))
    page.route(f"**/starlette/runs/{run.id}/events", events)


def opened(page: Page, run: Recorded) -> None:
    serve(page, run)
    page.goto(f"/#/runs/{run.id}")
    expect(page.locator(".state")).to_have_text("done")


def served(contender: str, seq: int, begin: float, end: float, **more: Any) -> Row:
    """A request of a race: queued until `begin`, processed until `end`, in seconds."""
    times = {"sent": MOMENT, "started": MOMENT + begin, "finished": MOMENT + end, "received": MOMENT + end}
    who = {"contender": contender, "seq": seq, "pid": 8, "lane": f"task-{seq}"}
    return who | times | {"status": 200, "queued_ms": None, "error": None} | more


def point(contender: str, at: float, **more: Any) -> Row:
    """A row of a sweep or of a rate."""
    latencies = {"p50_ms": 20.5, "p90_ms": 30.5, "p99_ms": 41.5, "p999_ms": 60.5, "max_ms": 80.5, "mean_ms": 22.5}
    counts = {"seconds": 2, "requests": 2000, "errors": 0, "timeouts": 0, "rps": 1000.0}
    return (
        {"contender": contender, "point": at, "repeat": 1} | counts | latencies | {"cpu_pct": 50, "rss_mb": 60} | more
    )


def probe(contender: str, due: float, ms: float | None, phase: str, via: str = "nginx") -> Row:
    """Of a victim run; `ms` is None for one that timed out."""
    answered: Row = {"received": MOMENT + due + (ms or 0) / 1000, "status": 200, "error": None}
    lost: Row = {"received": None, "status": None, "error": "timeout"}
    row = {"contender": contender, "via": via, "phase": phase, "due": MOMENT + due, "sent": MOMENT + due}
    return row | (lost if ms is None else answered)


def summary(*sentences: str, rows: list[Row], **more: Any) -> Notice:
    return "summary", {"sentences": list(sentences), "rows": rows} | more

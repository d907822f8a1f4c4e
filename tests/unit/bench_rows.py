"""Rows of results as the experiments make them: complete, checked by their models, and plausible."""

from typing import Any, Literal

from bench.notices import Notice, read
from experiments.ab import AbSample
from experiments.advise import AdviceSample
from experiments.memory import MemorySample
from experiments.profile import ProfileSample
from experiments.protocols import ProtocolSample
from experiments.race import RaceSample
from experiments.schema.samples import PointSample, ProbeSample
from experiments.waterfall import WaterfallSample
from experiments.workers import WorkersSample

SENT = 1795348800.0  # seconds since the epoch


def race_row(seq: int = 0, start: float = 0.001, end: float = 0.201, **members: Any) -> RaceSample:
    """A request of a race, with its start and end in seconds since it was sent."""
    row: dict[str, Any] = {
        "contender": "sync",
        "seq": seq,
        "sent": SENT,
        "status": 200,
        "host": "a",
        "pid": 7,
        "lane": "thread-1",
    }
    row |= {"started": SENT + start, "finished": SENT + end, "received": SENT + end + 0.001}
    return RaceSample(**row | {"queued_ms": 1.0, "error": None} | members)


def unanswered(seq: int = 0, **members: Any) -> RaceSample:
    nothing: Any = dict.fromkeys(("status", "started", "finished", "received", "host", "pid", "lane", "queued_ms"))
    return race_row(seq, **nothing | {"error": "refused"} | members)


def point_row(point: float = 1, repeat: int = 1, **members: Any) -> PointSample:
    row: dict[str, Any] = {
        "contender": "sync",
        "point": point,
        "repeat": repeat,
        "seconds": 5.0,
        "requests": 500,
        "errors": 0,
    }
    row |= {"timeouts": 0, "rps": 100.0, "p50_ms": 9.5, "p90_ms": 11.0, "p99_ms": 20.0, "p999_ms": 25.0}
    return PointSample(**row | {"max_ms": 30.0, "mean_ms": 10.0, "cpu_pct": 50.0, "rss_mb": 64.5} | members)


def nothing_answered(point: float = 1, repeat: int = 1, **members: Any) -> PointSample:
    """A point at which every request failed, of a contender that does not say what it used."""
    nothing = dict.fromkeys(name for name in PointSample.model_fields if name.endswith(("_ms", "_pct", "_mb")))
    return point_row(point, repeat, **nothing | {"requests": 0, "errors": 40, "timeouts": 2, "rps": 0.0} | members)


def probe_row(seq: int = 1, phase: str = "before", took: float | None = 0.002, **members: Any) -> ProbeSample:
    """A probe that was due at a 20th of a second each, answered after so many seconds; None is not at all."""
    due = SENT + seq / 20
    row: dict[str, Any] = {"contender": "sync", "via": "nginx", "phase": phase, "seq": seq, "due": due, "sent": due}
    answered = took is not None
    row |= {"status": 200 if answered else None, "received": None if took is None else due + took}
    return ProbeSample(**row | {"error": None if answered else "timeout"} | members)


def unfetched(seq: int = 0) -> WaterfallSample:
    return WaterfallSample(**unanswered(seq).model_dump() | {"protocol": "h3", "connection": 1})


def fetched_row(seq: int = 0, protocol: str = "h2", connection: int = 1, **members: Any) -> WaterfallSample:
    """A request of a waterfall."""
    row = race_row(seq).model_dump() | {"protocol": protocol, "connection": connection} | members
    return WaterfallSample(**row)


def protocol_row(feature: str = "h3", verdict: str = "no", via: str = "direct", **members: Any) -> ProtocolSample:
    row = {"contender": "sync", "via": via, "feature": feature, "verdict": verdict, "evidence": "nothing for 2 s"}
    return ProtocolSample.model_validate(row | members)


def point_notice(row: PointSample, **members: Any) -> Notice:
    """What follows the row of a point."""
    named = {name: getattr(row, name) for name in ("contender", "point", "repeat")}
    notice = {"valid": True, "doubts": [], "generator_limited": False, "cpu_us": 5000.0, "uncorrected": None}
    return read("point", named | notice | members)


def verdict_notice(**members: Any) -> Notice:
    verdict = {"noisy": False, "spread_pct": 3.2, "bound_pct": 15.0, "repeats": 3, "generator_limited": False}
    return read("verdict", verdict | {"doubts": [], "advice": []} | members)


def workers_row(contender: str = "gevent", workers: int = 2, **fields: Any) -> WorkersSample:
    row = {"contender": contender, "workers": workers, "rate": 1936.0, "failed_rate": 2200.0, "limit": "cores"}
    figures = {"p50_ms": 51.8, "p99_ms": 100.4, "cpu_pct": 75.2, "memory_mb": 59.2}
    theory = {"predicted_rate": 2299.0, "predicted_p99_ms": 51.2}
    return WorkersSample.model_validate(row | figures | theory | fields)


def advice_row(contender: str = "gthread", workers: int | None = 2, **fields: Any) -> AdviceSample:
    kept = {"kept": True, "kept_more": True, "rps": 200.0, "p50_ms": 60.0, "p99_ms": 90.0, "more_p99_ms": 120.0}
    cost = {"cpu_pct": 110.0, "memory_mb": 60.0, "predicted_p99_ms": 80.0, "predicted_varied_p99_ms": 140.0}
    return AdviceSample.model_validate({"contender": contender, "workers": workers} | kept | cost | fields)


def excluded(contender: str = "sync") -> AdviceSample:
    """What theory excludes."""
    return AdviceSample(contender=contender, workers=None, kept=False, error="no")


def ab_row(side: Literal["a", "b"], pair: int = 1, **fields: Any) -> AbSample:
    """A turn of a pair; b spends a fifth less CPU, and is as quick."""
    row = {"contender": "sync" if side == "a" else "uvicorn", "side": side, "pair": pair, "place": 1, "seconds": 2.0}
    figures = {"requests": 2000, "errors": 0, "timeouts": 0, "rps": 1000.0, "p50_ms": 9.5, "p99_ms": 20.0}
    cost = {"cpu_us": (200.0 if side == "a" else 160.0) * (1 + pair % 3 / 100), "memory_mb": 40.0}
    return AbSample.model_validate(row | figures | cost | fields)


def ab_rows(pairs: int = 10) -> list[AbSample]:
    return [ab_row(side, pair) for pair in range(1, pairs + 1) for side in ("a", "b")]


def profile_row(contender: str = "sync", repeat: int = 1, **fields: Any) -> ProfileSample:
    """A request of 3 ms in the application."""
    row = {"contender": contender, "repeat": repeat, "seconds": 10.0, "requests": 500, "errors": 0, "timeouts": 0}
    row |= {"rps": 50.0, "p50_ms": 4.0, "p99_ms": 6.0, "samples": 4000, "sampling_errors": 0}
    row |= {"application_us": 3000.0 + repeat, "serialization_us": 40.0, "framework_us": 0.0, "server_us": 300.0}
    row |= {"native_us": 0.0, "kernel_us": 120.0, "lab_us": 90.0, "sampled_us": 3550.0 + repeat, "cpu_us": 3600.0}
    row |= {"gil_us": 0.0, "busy_pct": 9.0, "top": "burn (contender/workload.py)", "top_us": 3000.0}
    return ProfileSample.model_validate(row | fields)


def unprofiled(contender: str = "sync") -> ProfileSample:
    """Of one that answered nothing."""
    nothing: dict[str, Any] = {
        name: None for name in ProfileSample.model_fields if name.endswith(("_us", "_ms", "_pct"))
    }
    return profile_row(contender, **nothing, top=None, requests=0, errors=50, rps=0.0)


def memory_row(contender: str = "sync", **fields: Any) -> MemorySample:
    """A line that leaves 1 KiB of each request."""
    row = {"contender": contender, "file": "contender/identity.py", "line": 116, "bytes_per_request": 1058.0}
    row |= {"kib": 10_332.0, "objects": 10_000, "requests": 10_000, "errors": 0}
    return MemorySample.model_validate(row | fields)

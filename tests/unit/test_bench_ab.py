"""A against B: the order and the number of pairs, the sentences, and which responses count as equal."""

import asyncio
import json
from random import Random
from typing import Any

import pytest

from bench.experiments import ab
from bench.loadgen import Exchange
from bench.messages import Message, RowMeasured
from bench.notices import Notice, PairsPlanned, of, read
from bench.scenarios.point import Measured, Point, Points
from bench.scenarios.report import Report
from bench.target import equal, lab
from bench.target.replicas import NoAnswer
from experiments.ab import AbSample
from experiments.registry import EXPERIMENTS
from tests.unit.bench_rows import ab_row, ab_rows, point_row


def compare(monkeypatch: pytest.MonkeyPatch, deviation: float, seconds: float, **params: Any) -> Report:
    """A run whose turns take so many seconds of a virtual clock, and vary so much in CPU time."""
    now, random = [0.0], Random(7)

    async def prepare(*_: Any) -> None:
        return None

    async def measure(self: Any, point: Point, *_: Any) -> Measured:
        now[0] += seconds
        row = point_row(point.point, contender=point.contender)
        turn = Measured(row, [], 100 * random.lognormvariate(0, deviation))
        self.measured.append(turn)
        return turn

    async def alike(*_: Any) -> None:
        return None

    monkeypatch.setattr(Points, "prepare", prepare)
    monkeypatch.setattr(Points, "measure", measure)
    monkeypatch.setattr(ab, "inequality", alike)
    monkeypatch.setattr(ab, "now", lambda: now[0])
    sent: list[Message] = []
    report = Report(sent.append)
    asyncio.run(ab.run(EXPERIMENTS["ab"].read(params), ["sync", "uvicorn"], report))  # type: ignore[arg-type]
    assert len([each for each in sent if isinstance(each, RowMeasured)]) == len(report.rows)
    return report


def order(rows: list[Any]) -> list[str]:
    assert [(row.pair, row.place) for row in rows] == [(1 + n // 2, 1 + n % 2) for n in range(len(rows))]
    assert all({one.side, two.side} == {"a", "b"} for one, two in zip(rows[::2], rows[1::2], strict=True))
    assert all(row.contender == {"a": "sync", "b": "uvicorn"}[row.side] for row in rows)
    return [row.side for row in rows[::2]]


def test_the_order_within_a_pair_is_that_of_the_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    first, again, other = (order(compare(monkeypatch, 0.03, 2, seed=seed).rows) for seed in (1, 1, 2))
    assert first == again
    assert first[:10] != other[:10]
    assert {"a", "b"} == set(first), "wanted each to begin some pairs"


def test_the_number_of_pairs_is_that_of_the_variance_within_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    for deviation, seconds, budget, pairs, text in (
        (0.001, 2, 180, 10, "all of the first stage, where it is enough"),
        (0.05, 2, 180, 45, "as many as the budget has room for"),
        (0.05, 20, 180, 4, "a first stage that ends with the budget"),
        (0.05, 90, 180, 3, "the fewest that have an interval"),
    ):
        report = compare(monkeypatch, deviation, seconds, budget=budget, detect=2)
        assert len(report.rows) == 2 * pairs, f"{text}: wanted {pairs} pairs, got {len(report.rows) / 2:g}"
        (plan,) = of(PairsPlanned, report.notices)
        assert plan.pairs == pairs
    generous = compare(monkeypatch, 0.05, 2, budget=3600, detect=5)
    (plan,) = of(PairsPlanned, generous.notices)
    assert 10 < plan.needed == len(generous.rows) / 2 < plan.affordable


def test_one_contender_alone_and_responses_that_differ_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    async def differs(*_: Any) -> str:
        return "the bodies differ"

    monkeypatch.setattr(ab, "inequality", differs)
    for contenders, wanted in ((["sync"], "Only sync"), (["sync", "gevent"], "bodies differ. Compare all the same")):
        with pytest.raises(NoAnswer, match=wanted):
            asyncio.run(ab.run(EXPERIMENTS["ab"].read({}), contenders, Report(lambda _: None)))  # type: ignore[arg-type]


def conclusion_of(rows: list[AbSample], notices: list[Notice] | None = None, **params: Any) -> str:
    return " ".join(ab.sentences(params, rows, notices or []))


def test_a_sentence_claims_what_its_interval_has_and_no_more() -> None:
    noise = [0.8, 1.25, 0.9, 1.15, 1.0, 0.95, 1.1, 0.85, 1.2, 1.05]
    noisy = [ab_row("a", pair) for pair in range(1, 11)]
    other = {"memory_mb": 50.0}
    noisy += [ab_row("b", n + 1, p99_ms=20 * p99, rps=1301.0 + n, **other) for n, p99 in enumerate(noise)]
    text = conclusion_of(noisy)
    assert "uvicorn spends 20 % less CPU per request than sync (20 to 20 %)." in text
    assert "uvicorn has 31 % more throughput than sync (30 to 31 %)." in text
    assert "No difference in p50 was found" in text
    assert "No difference in p99 was found; one of 19 % or more would have been, in nine of ten runs." in text
    assert "uvicorn holds 25 % more memory than sync (25 to 25 %)." in text
    slower = conclusion_of([row.model_copy(update={"p99_ms": row.p99_ms and row.p99_ms * (2 if row.side == "b" else 1)})
                   for row in ab_rows()])  # fmt: skip
    assert "uvicorn has a higher p99 than sync, by 100 % (100 to 100 %)." in slower
    assert conclusion_of(ab_rows(2)) == "", "wanted nothing of two pairs"
    wild = [ab_row("a", pair, cpu_us=10.0**pair) for pair in (1, 2, 3)] + [ab_row("b", pair) for pair in (1, 2, 3)]
    assert "No difference in CPU per request was found; with so few pairs and so much noise" in conclusion_of(wild)
    assert "> 100 %" in ab.markdown({}, wild)


def test_who_got_the_requests_is_said_where_the_two_do_not_share_them_alike() -> None:
    uneven = [ab_row("a", pair, fairness=0.27 if pair > 1 else 1.0) for pair in (1, 2, 3)]
    uneven += [ab_row("b", pair, fairness=0.97) for pair in (1, 2, 3)]
    assert "Requests per worker process, Jain's index: sync 0.27; uvicorn 0.97 (1 is even" in conclusion_of(uneven)
    for fairness in (None, 0.95):
        even = [ab_row(side, pair, fairness=fairness) for pair in (1, 2, 3) for side in ("a", "b")]
        assert "Jain" not in conclusion_of(even), fairness


def test_failures_a_rate_too_high_and_a_budget_too_small_are_in_the_sentences() -> None:
    failing = [ab_row("a", pair, errors=1) for pair in (1, 2, 3)] + [ab_row("b", pair) for pair in (1, 2, 3)]
    assert "sync lost 3 of 6003 requests." in conclusion_of(failing)
    text = conclusion_of(ab_rows(), rate=1500)
    assert "throughput" not in text, "wanted no comparison of what the schedule decides"
    assert "sync carried 1,000 of 1,500 req/s" in text
    assert "carried" not in conclusion_of(ab_rows(), rate=1000)
    varied = [ab_row("a", pair, cpu_us=100.0 + 7 * (pair % 3)) for pair in range(1, 11)]
    varied += [ab_row("b", pair) for pair in range(1, 11)]
    plan = read("plan", {"deviation_pct": 6.0, "needed": 30, "affordable": 10, "pairs": 10, "seconds_per_pair": 6.0})
    assert "would take about " in (text := conclusion_of(varied, [plan]))
    assert text.endswith("The budget has no room for all pairs that --detect needs.")


def exchange(status: int, body: bytes) -> Exchange:
    made = Exchange(0.0)
    made.status, made.body = status, body
    return made


def test_equal_responses_are_those_whose_status_and_body_are_but_for_who_served_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def identity(name: str, **members: Any) -> bytes:
        return json.dumps({"service": name, "pid": len(name), "request_id": name, "workload": "io", **members}).encode()

    for first, second, workload, wanted in (
        (exchange(200, b"hello"), exchange(200, b"hello"), "hello", None),
        (exchange(200, b"hello"), exchange(200, b"Hello"), "hello", "the bodies of sync and uvicorn differ"),
        (exchange(200, b'{"pid": 1}'), exchange(200, b'{"pid": 2}'), "hello", "the bodies"),
        (exchange(200, identity("sync")), exchange(200, identity("uvicorn")), "io", None),
        (exchange(200, identity("sync", x=1)), exchange(200, identity("uvicorn", x=2)), "io", "the bodies"),
        (exchange(200, b"a"), exchange(200, b"b"), "stream", None),
        (exchange(200, b"a"), exchange(404, b"a"), "io", "sync returned 200 and uvicorn 404 to /io"),
    ):
        turns = iter((first, second))

        async def burst(*_: Any, turns: Any = turns) -> list[Exchange]:
            return [next(turns)]

        monkeypatch.setattr(equal, "burst", burst)
        monkeypatch.setattr(lab, "request_of", lambda *_: None)
        params = EXPERIMENTS["ab"].read({"workload": workload})
        found = asyncio.run(equal.inequality(params, ["sync", "uvicorn"]))
        assert (found or "").startswith(wanted or ""), f"{workload}: {found}"
        assert bool(found) is bool(wanted), f"{workload}: {found}"

"""What the experiments decide: arrivals and connections, whether a trial met its goal, and the verdict."""

import asyncio
import time
from array import array
from dataclasses import replace
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import click
import pytest
import uvloop

from bench.cli.contenders import choose
from bench.experiments import race
from bench.experiments.registry import scenario
from bench.loadgen import Exchange, Load, burst, get
from bench.loadgen.result import CONNECTIONS, Window
from bench.notices import Refused, Verdict, of
from bench.runner import measurement
from bench.runner.outcome import failure
from bench.scenarios import point as module
from bench.scenarios.calibration import in_turn_ms
from bench.scenarios.load import BEHIND, _schedule, interrupt_halfway, meets_goal
from bench.scenarios.point import Measured, Point, Points, connection_limit
from bench.scenarios.report import Report
from bench.scenarios.verdict import ADVICE, Figure, median_of, throughput, verdict, verdict_on_points
from bench.stats import NOISY, Measurement, ValidityWarning
from bench.target import lab, preflight, replicas
from bench.target.drain import Drain
from bench.target.replicas import NoAnswer
from bench.target.sockets import Sockets
from contender.catalogue import DEFAULTS
from experiments.race import Race
from experiments.registry import EXPERIMENTS, label
from experiments.sweep import Sweep
from tests.unit.bench_rows import (
    advice_row,
    excluded,
    nothing_answered,
    point_row,
    probe_row,
    protocol_row,
    race_row,
    unanswered,
    unfetched,
    workers_row,
)
from tests.unit.scripted_server import answer, scripted

# --- a load ---------------------------------------------------------------------------------------------


def test_random_arrivals_are_the_same_for_every_contender_and_others_in_each_repeat() -> None:
    one, other, later = Point("sync", 100, 1), Point("gevent", 100, 1), Point("sync", 100, 2)
    assert _schedule(one, "poisson", 5) == _schedule(other, "poisson", 5)
    assert _schedule(one, "poisson", 5) != _schedule(later, "poisson", 5)
    assert _schedule(one, "constant", 5) == _schedule(later, "constant", 5)


def test_a_load_that_fails_says_why_although_the_contender_was_to_be_interrupted() -> None:
    async def refused(*_: Any) -> Load:
        raise ValueError("the generator refuses")

    loading = interrupt_halfway(refused, lambda: None)
    with pytest.raises(ValueError, match="the generator refuses"):
        asyncio.run(loading(get((("sync", 8000),), "sync", "/hello"), Window(0, 1), 1))


def test_there_are_several_times_as_many_connections_as_are_in_use() -> None:
    for rate, seconds, wanted in ((10, 0.1, 64), (200, 0.1, 80), (1000, 3, CONNECTIONS)):
        assert connection_limit(rate, seconds) == wanted, f"{rate} a second of {seconds} s"


def test_connections_are_counted_where_they_are_opened_and_sync_keeps_none() -> None:
    """Through nginx it is the contender that sees nginx's; bypassing it, the generator knows its own."""
    rest, quiet = Drain(True, 0.0), Sockets(time_wait=0, ports=28_232, reused=False)
    good: dict[str, Any] = {"latencies": array("d", [1.0]), "requests": 1, "intended": 1, "sent": 1, "completed": 1000}
    for contender, direct, own, seen, wanted in (
        ("gevent", False, 8, 900, ["connections-reopened"]),
        ("gevent", False, 900, 8, []),
        ("gevent", False, 900, None, []),
        ("gevent", True, 900, 8, ["connections-reopened"]),
        ("gevent", True, 8, 900, []),
        ("sync", False, 8, 900, []),
        ("sync", True, 900, 900, []),
    ):
        points = Points(Sweep(workload="hello", workers=None, direct=direct), Report(lambda _: None))
        cost: Any = SimpleNamespace(opened=seen, process_lost=False)
        load = Load(seconds=1, rate=10, opened=own, **good)
        found = [doubt.kind for doubt in points._check(contender, load, cost, (rest, rest), quiet)]
        assert found == wanted, f"{contender}, direct {direct}: {own} opened by the generator, {seen} at the contender"
    own_request: Any = {"workload": "request", "headers": ["Connection: close"], "direct": True}
    points = Points(EXPERIMENTS["sweep"].read(own_request), Report(lambda _: None))
    assert points._check("gevent", load, cost, (rest, rest), quiet) == [], "wanted no warning of what was requested"


def test_a_point_has_company_whether_it_came_before_during_or_after(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Before is what the last point ended with, where that was rest: nothing has happened in between.

    And its contender's idle latency is looked for at each point until it is known: it may have been down.
    """
    idle = iter([None, None, 1.5])
    compared: list[float | None] = []
    looks: list[bool] = []
    busy: tuple[float, ...] = ()

    async def idle_ms(*_: Any, **__: Any) -> float | None:
        return next(idle)

    async def drain(_: str, idle: float | None, *, look: bool = True, **__: Any) -> Drain:
        compared.append(idle)
        looks.append(look)
        return Drain(True, busy[2 * (len(compared) % 2 == 0)] if look else 0.0)

    async def loading(*_: Any) -> Load:
        return Load(seconds=1, rate=10, latencies=array("d", [1.0]), requests=1, intended=1, sent=1, completed=1)

    def cost(_: str) -> Any:
        nothing = dict.fromkeys(("load_ended", "end"), lambda: None)
        unknown = dict.fromkeys(("per_request_us", "fairness"), lambda _: None)
        figures: dict[str, Any] = {"opened": None, "loop_lag": None, "process_lost": False, "memory_mb": 60.0}
        figures |= {"foreign_pct": lambda _: busy[1]}
        return SimpleNamespace(**nothing, **unknown, **figures)

    for name, stand_in in (("idle_ms", idle_ms), ("drain", drain), ("Cost", cost)):
        monkeypatch.setattr(module, name, stand_in)

    async def measured() -> None:
        nonlocal busy
        points = Points(Sweep(workload="hello", workers=None, direct=False), Report(lambda _: None))
        await points.prepare(["sync"])
        for *members, wanted in (
            (90.0, 0.0, 0.0, [0.9]),
            (0.0, 90.0, 0.0, [0.9]),
            (0.0, 0.0, 90.0, [0.9]),
            (90.0, 0.0, 0.0, [0.9]),
            (0.0, 0.0, 0.0, []),
        ):
            busy = tuple(members)
            point = await points.measure(Point("sync", 1, 1), loading, 1)
            got = [doubt.value for doubt in point.warnings if doubt.kind == "foreign-cpu"]
            assert got == wanted, f"others before, during and after: {busy} %: wanted {wanted}, got {got}"

    asyncio.run(measured())
    assert compared == [None] * 2 + [1.5] * 8, "wanted it looked for again at each point, and no more once it is known"
    assert looks == [True, True, False, True, False, True, True, True, False, True], (
        "wanted one look between two points"
    )


# --- capacity -------------------------------------------------------------------------------------------

GOAL = {"p99_ms": 250, "max_errors": 0.001}
MET: dict[str, Any] = {"seconds": 5.0, "requests": 1000, "rps": 200.0, "p99_ms": 100.0}
TRIALS: list[tuple[dict[str, Any], bool]] = [
    ({}, True),
    ({"p99_ms": 250.0}, True),
    ({"p99_ms": 250.1}, False),
    ({"requests": 999, "errors": 1}, True),
    ({"requests": 998, "errors": 2}, False),
    ({"requests": 998, "timeouts": 2}, False),
    ({"rps": 200.0 * (1 - BEHIND)}, True),
    ({"rps": 200.0 * (1 - BEHIND) - 0.2}, False),  # one more of them came after the window
    ({"requests": 10, "rps": 9 / 5}, True),  # one alone is chance
    ({"requests": 10, "rps": 8 / 5}, False),
]


def test_a_goal_is_met_up_to_each_bound_and_not_beyond() -> None:
    for case, met in TRIALS:
        assert meets_goal(point_row(200, **MET | case), **GOAL) is met, case
    for case in ({}, {"errors": 0, "timeouts": 0}):
        assert not meets_goal(nothing_answered(200, **case), **GOAL), "wanted an answer"


# --- the verdict ----------------------------------------------------------------------------------------


def point(
    rps: float = 100, *doubts: ValidityWarning, point: float = 8, contender: str = "sync", p50: float = 9
) -> Measured:
    row = point_row(point, contender=contender, rps=rps, p50_ms=p50)
    return Measured(row, list(doubts))


def on_points(points: list[Measured], figure: Figure | None = throughput) -> Verdict:
    return verdict_on_points(points, figure)


def test_repeats_that_agree_are_not_noisy() -> None:
    assert on_points([point(100), point(104), point(98)]).document() == {
        "figure": "req/s",
        "noisy": False,
        "spread_pct": 6.0,
        "bound_pct": 100 * NOISY,
        "repeats": 3,
        "generator_limited": False,
        "doubts": [],
        "advice": [],
    }


CALM, WILD = [point(100, point=1) for _ in range(3)], [point(rps, point=2) for rps in (50, 100, 150)]
APART = [
    point(rps, point=at, contender=name)
    for name, at, rps in (("sync", 1, 10), ("sync", 2, 20), ("gevent", 1, 500), ("sync", 1, 10), ("sync", 2, 22))
]
SLOWER = [point(100, p50=p50) for p50 in (10, 10, 20)]
NOTHING = Measured(nothing_answered(8), [])
# Points, the figure that should repeat, and its verdict: noisy, the spread in per cent, and repeats.
SPREADS: list[tuple[list[Measured], Figure | None, tuple[bool, float | None, int]]] = [
    ([point(100), point(100), point(115)], throughput, (False, 15, 3)),  # the bound is the last that is not noisy
    ([point(100), point(100), point(116)], throughput, (True, 16, 3)),
    (APART, throughput, (False, 9.5, 2)),  # compared at their own point and contender only
    ([*WILD, *CALM], throughput, (True, 100, 3)),  # the worst of the points
    ([*CALM, *WILD], throughput, (True, 100, 3)),
    ([point(100, point=1), point(900, point=2)], throughput, (False, None, 1)),
    ([point(100), point(900)], None, (False, None, 0)),  # no two points are meant to be alike
    (SLOWER, throughput, (False, 0, 3)),  # an open loop's throughput is what it was given
    (SLOWER, median_of, (True, 100, 3)),
    ([NOTHING, point(), point()], median_of, (False, 0, 2)),
    ([], throughput, (False, None, 0)),
]


def test_a_verdict_says_how_much_repeats_differ() -> None:
    for number, (points, figure, wanted) in enumerate(SPREADS):
        got = on_points(points, figure)
        assert (got.noisy, got.spread_pct, got.repeats) == wanted, f"row {number}: {got}"
        assert got.advice == [ADVICE["noisy"]] * wanted[0]


def test_a_generator_that_was_the_limit_is_in_the_verdict_with_what_would_help() -> None:
    late = ValidityWarning("generator-late", "sync", 3, 1)
    got = on_points([point(100), point(100, ValidityWarning("not-drained", "sync")), point(100, late)])
    assert (got.generator_limited, got.advice) == (True, [ADVICE["generator"]])
    assert got.doubts == [
        ValidityWarning("not-drained", "sync").document() | {"points": 1, "of": 3},
        late.document() | {"points": 1, "of": 3},
    ]


def test_an_experiment_without_points_has_the_same_verdict() -> None:
    got = verdict([Measurement("sync", [ValidityWarning("generator-late", "sync", 3, 1)]), Measurement("gevent", [])])
    assert got.document().keys() == on_points([]).document().keys()
    assert (got.repeats, got.noisy, got.generator_limited) == (1, False, True)
    assert [(each["points"], each["of"]) for each in got.doubts] == [(1, 1)]


def test_a_race_knows_who_served_an_answer_by_its_head() -> None:
    exchange = Exchange(1.0)
    exchange.sent, exchange.received, exchange.status = 1.0, 3.0, 200
    exchange.head = (
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nServer-Timing: queue;dur=1.5, app;dur=0.1\r\n"
        b"x-served-by: host=abc, pid=9, lane=task-2, started=10.5, finished=10.6"
    )
    row = race.sample("uvicorn", exchange)
    assert (row.host, row.pid, row.lane, row.started, row.finished, row.queued_ms) == (
        "abc",
        9,
        "task-2",
        10.5,
        10.6,
        1.5,
    )
    exchange.head = b"HTTP/1.1 200 OK\r\nContent-Length: 0"
    assert race.sample("uvicorn", exchange).pid is None


CLOCKS = 0.01  # seconds; more than the server's clock and the generator's may differ


def test_streams_of_a_race_are_at_work_to_their_last_byte() -> None:
    """Whoever's they are: six of them, whose heads say that they took no time, end when all have begun."""
    begun: list[float] = []
    all_begun = asyncio.Event()

    async def stream(writer: asyncio.StreamWriter, _: int) -> None:
        now = time.time() - CLOCKS
        by = f"X-Served-By: host=abc, pid=9, lane=task-{len(begun)}, started={now:.6f}, finished={now:.6f}"
        writer.write(f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n{by}\r\n\r\n2\r\n1\n\r\n".encode())
        begun.append(now)
        if len(begun) == 6:
            all_begun.set()
        await all_begun.wait()
        writer.write(b"0\r\n\r\n")

    async def run() -> list[Exchange]:
        async with scripted(stream) as server:
            return await burst(server.request(body=None), 6, 20)

    rows = [race.sample("uvicorn", each) for each in uvloop.run(run())]
    assert all(row.finished == row.received and row.span and row.span[1] > row.span[0] for row in rows), rows
    (summary,) = scenario("race").summarise(rows, [])
    assert summary["pattern"].startswith("all 6 at once"), summary


def test_a_race_looks_at_the_machine_before_its_first_turn_and_its_last(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: dict[str, bool] = {}

    async def drain_before(contender: str, *, look: bool, **_: Any) -> list[ValidityWarning]:
        looks[contender] = look
        return []

    async def burst(*_: Any) -> list[Exchange]:
        return []

    monkeypatch.setattr(race, "drain_before", drain_before)
    monkeypatch.setattr(race, "burst", burst)
    for names, wanted in ((["sync"], [True]), (["sync", "gevent", "uvicorn", "starlette"], [True, False, False, True])):
        params = Race(workload="hello", requests=1, workers=None, direct=False)
        asyncio.run(race.run(params, names, Report(lambda _: None)))
        assert [looks[name] for name in names] == wanted, names


def test_a_request_that_does_not_yield_is_found_by_how_few_are_answered() -> None:
    """Sixteen in flight, two workers: milliseconds alone, of CPU time, answers a second, and what keeps a worker."""
    for took, cpu_ms, rps, wanted in (
        (50, 1, 310, 0),  # side by side
        (50, 1, 40, 49),  # one after the other
        (50, 1, 60, 1000 * 2 / 60 - 1),  # a part of it
        (5, 5, 350, 0),  # it computes, and the cores are full
        (50, 1, 0, 0),  # nothing is known
    ):
        got = in_turn_ms(took, cpu_ms, rps, workers=2)
        assert got == pytest.approx(wanted, abs=0.8), f"{took} ms, {cpu_ms} ms of CPU time, {rps} a second: {got}"


# --- where nothing succeeds -------------------------------------------------------------------------------


def measured(failing: dict[str, str], experiment: str) -> tuple[list[str], list[str]]:
    """Which contenders are measured, and the reasons of the others."""
    seen: list[str] = []

    async def failures(*_: Any) -> dict[str, str]:
        return failing

    async def experiment_itself(_params: Any, contenders: list[str], _report: Report) -> Verdict:
        seen.extend(contenders)
        return verdict([])

    report = Report(lambda _: None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(preflight, "failures", failures)
        module_of = import_module(f"bench.experiments.{experiment.replace('-', '_')}")
        patch.setattr(module_of, "SCENARIO", replace(scenario(experiment), run=experiment_itself))
        params = EXPERIMENTS[experiment].read({})
        asyncio.run(measurement._measure(experiment, params, ["sync", "gevent"], report))
    return seen, [each.text for each in of(Refused, report.notices)]


def test_every_experiment_skips_a_contender_that_does_not_respond() -> None:
    for experiment in EXPERIMENTS:
        with pytest.raises(NoAnswer, match=r"sync returned 503\. gevent returned 502\."):
            measured({"sync": "sync returned 503.", "gevent": "gevent returned 502."}, experiment)
        seen, skipped = measured({"sync": "sync returned 503."}, experiment)
        if experiment == "race":  # short, and about how each request fails
            assert (seen, skipped) == (["sync", "gevent"], []), experiment
        else:
            assert (seen, skipped) == (["gevent"], ["Skipped: sync returned 503."]), experiment
        assert measured({}, experiment) == (["sync", "gevent"], []), experiment


def test_a_request_that_fails_is_explained_by_status_body_and_command(monkeypatch: pytest.MonkeyPatch) -> None:
    body = b'{"detail": "no\n  database"}' + 300 * b"x"
    statuses = iter(["503 Service Unavailable"] * 2 + ["500 Internal Server Error", "200 OK"])

    async def script(writer: asyncio.StreamWriter, _: int) -> None:
        writer.write(answer(body, next(statuses)))

    async def found() -> list[dict[str, str]]:
        async with scripted(script) as server:
            monkeypatch.setattr(lab, "edge", lambda: (server.address,))
            params = EXPERIMENTS["rate"].read({"workload": "request", "path": "/items"})
            return [await preflight.failures(params, ["own-sync"]) for _ in range(2)]

    monkeypatch.setattr(preflight, "is_running", lambda _: True)
    first, second = asyncio.run(found())
    text = first["own-sync"]
    assert text.startswith('own-sync returned 503 to GET /items, expected 200: {"detail": "no database"}xxx'), text
    assert text.endswith("x…. See: docker compose logs own-sync"), text
    assert len(text) < preflight.EXCERPT + 120, text
    assert second == {}, "wanted one failure alone taken for chance"


def test_a_run_without_a_success_has_failed_and_says_why() -> None:
    for experiment, rows, wanted in (
        ("race", [unanswered(0), unanswered(1, error="status 503")], "(refused: 1, status 503: 1)"),
        ("race", [unanswered(0), race_row(1)], None),
        ("race", [], None),
        ("rate", [nothing_answered(200)], "(timeout: 2)"),
        ("rate", [nothing_answered(200), point_row(200)], None),
        ("victim", [probe_row(1, took=None)], "(timeout: 1)"),
        ("waterfall", [unfetched()], "(refused: 1)"),
        ("workers", [workers_row(rate=None, error="no")], "(no: 1)"),
        ("workers", [workers_row(rate=None)], None),  # the target was met at no rate, which is an answer
        ("advise", [advice_row(kept=None, error="no")], "(no: 1)"),
        ("advise", [excluded()], None),
        ("protocols", [protocol_row()], None),
    ):
        got = failure(scenario(experiment).succeeded, rows, [], ["sync", "gevent"])
        if wanted is None:
            assert got is None, f"{experiment} {rows}: {got}"
        else:
            assert got == f"No request succeeded {wanted}. See: docker compose logs sync gevent", experiment


def test_contenders_are_all_that_are_up_and_serve_the_workload(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replicas, "is_running", lambda name: name in ("granian", "own-sync"))
    for names, workload, wanted in (
        ((), "io", [*DEFAULTS]),
        (("all",), "io", [*DEFAULTS, "granian"]),
        (("sync", "all"), "io", [*DEFAULTS, "granian"]),
        (("all",), "request", ["own-sync"]),
        (("granian", "sync", "granian"), "io", ["granian", "sync"]),
    ):
        assert choose(names, {"workload": workload}) == wanted, f"{names} {workload}"
    for up, sets_workers, wanted in (
        (("own-sync", "own-image"), False, ["own-sync", "own-image"]),
        (("own-sync", "own-image"), True, ["own-sync"]),
        (("own-image",), True, ["own-image"]),  # which is then refused by name
    ):
        monkeypatch.setattr(replicas, "is_running", up.__contains__)
        assert choose((), {"workload": "request"}, sets_workers=sets_workers) == wanted, up
    with pytest.raises(click.UsageError, match="gthread is down"):
        choose(("gthread",), {"workload": "io"})


def test_a_label_names_what_is_sent() -> None:
    for experiment, params, wanted in (
        ("race", {"workload": "request", "method": "POST", "path": "/notes?x=1"}, "POST /notes?x=1"),
        ("race", {"workload": "io", "ms": 20}, "/io"),
        ("slow-clients", {"workload": "io", "mode": "body"}, "slow body"),
        ("protocols", {"workload": "io"}, "feature matrix"),
        ("protocols", {"feature": "sse"}, "sse"),
        ("sweep", {}, "sweep"),  # of an earlier version
    ):
        assert label(experiment, params) == wanted, f"{experiment} {params}"

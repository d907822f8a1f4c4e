"""The sentences of a run are true of its rows: who is named first, who last, by how much, and when none is."""

from typing import Any

from bench.experiments.race import NAMED
from bench.experiments.registry import scenario
from bench.notices import Notice, read
from experiments.registry import EXPERIMENTS
from experiments.schema.samples import RateSample
from tests.unit.bench_rows import (
    SENT,
    fetched_row,
    nothing_answered,
    point_notice,
    point_row,
    probe_row,
    protocol_row,
    race_row,
    unanswered,
    unfetched,
)


def conclusion_of(experiment: str, rows: list[Any], notices: list[Notice] | None = None, **params: object) -> str:
    return " ".join(scenario(experiment).conclude(params, rows, notices or []))


def holds(text: str, *parts: str) -> None:
    """In this order."""
    at = -1
    for part in parts:
        at = text.find(part, at + 1)
        assert at >= 0, f"wanted {parts} in this order, got {text!r}"


def lap(contender: str, seconds: float, requests: int = 4) -> list[Any]:
    return [race_row(seq, 0, seconds, contender=contender, lane=f"task-{seq}") for seq in range(requests)]


def test_a_race_names_the_first_and_how_much_longer_the_last_took() -> None:
    text = conclusion_of("race", [*lap("sync", 2.0), *lap("gevent", 0.2), *lap("uvicorn", 0.21)])
    holds(text, "gevent and uvicorn served all 4 in 201 ms to 211 ms", "sync took 10× as long, 2.00 s")


def test_nobody_has_won_where_all_took_about_as_long() -> None:
    holds(conclusion_of("race", [*lap("sync", 0.2), *lap("gevent", 0.25)]), "No clear winner: 201 ms to 251 ms")
    holds(conclusion_of("race", lap("sync", 0.2, 1)), "sync served its one request in 201 ms")


def test_whoever_did_not_answer_everything_has_won_nothing() -> None:
    failing = [*lap("sync", 0.1), unanswered(4)]
    text = conclusion_of("race", [*failing, *lap("gevent", 0.2)])
    holds(text, "gevent served all 4", "sync: 1 of 5 failed (refused: 1)")
    holds(conclusion_of("race", failing), "Every contender had failures", "sync: 1 of 5 failed")
    assert text.count("failed") == 1, f"wanted it once: {text}"


def test_more_winners_than_one_would_read_are_counted() -> None:
    rows = [row for number in range(NAMED + 1) for row in lap(f"c-{number}", 0.2)]
    holds(conclusion_of("race", [*rows, *lap("slow", 2.0)]), f"{NAMED + 1} of {NAMED + 2} served", "slow took")


def test_a_sweep_names_where_each_carries_most() -> None:
    rows = [point_row(point, contender=name, rps=float(rps)) for name, point, rps in (
        ("sync", 1, 90), ("sync", 8, 100), ("gevent", 1, 50), ("gevent", 64, 5000), ("gevent", 128, 4000),
        ("eventlet", 64, 700),
    )]  # fmt: skip
    holds(conclusion_of("sweep", rows), "gevent peaks at 5,000 req/s with 64 in flight", "sync 100 with 8.")
    assert conclusion_of("sweep", rows[:2]) == "sync peaks at 100 req/s with 8 in flight."


def test_a_rate_names_the_quickest_the_slowest_and_what_coordinated_omission_hides() -> None:
    rows = [
        point_row(200, contender=name, p99_ms=p99, max_ms=2 * p99, requests=1000)
        for name, p99 in (("sync", 900.0), ("gevent", 30.0))
    ]
    text = conclusion_of("rate", [*rows, nothing_answered(200, contender="uvicorn")])
    holds(text, "At 200 req/s, the p99 of gevent is 30 ms; of sync 900 ms.")
    assert "Uncorrected" not in text
    naive = [point_notice(rows[0], uncorrected={"p99_ms": 90.0, "max_ms": 600.0})]
    holds(conclusion_of("rate", rows, naive), "Uncorrected, the p99 of sync would read 90 ms, 10× too low")
    few = [rows[0], rows[1].model_copy(update={"requests": 10})]
    text = conclusion_of("rate", few, naive)
    holds(text, "At 200 req/s, the maximum of gevent is 60 ms; of sync 1.80 s (too few responses for a p99).")
    holds(text, "Uncorrected, the maximum of sync would read 600 ms, 3.0× too low.")
    assert conclusion_of("rate", [nothing_answered(200)]) == "No responses."


def test_a_rate_says_where_the_application_does_not_see_its_queue() -> None:
    rows = [
        RateSample(**point_row(80, contender=name, p99_ms=p99, requests=1000).model_dump(), app_p99_ms=own)
        for name, p99, own in (("sync", 4900.0, 70.0), ("gevent", 60.0, 74.0), ("uvicorn", 300.0, None))
    ]
    text = conclusion_of("rate", rows)
    holds(text, "The p99 that sync reports of itself is 70 ms; the bench's, 4.90 s, is 70× higher.")
    assert "reports of itself" not in conclusion_of("rate", rows[1:]), "they agree, or there is nothing to compare"


def test_a_rate_that_was_interrupted_says_first_what_that_cost() -> None:
    rows = [
        point_row(40, 1, errors=3, timeouts=1, requests=236),
        point_row(40, 2, requests=240),
        point_row(40, contender="uvicorn", requests=240),
    ]
    text = " ".join(scenario("rate").conclude({"halfway": "restart"}, rows))
    assert text.startswith("On a restart mid-run, sync lost 4 of 480; uvicorn lost none of 240. At 40 "), text


def test_a_capacity_has_the_rates_in_order_and_the_goal() -> None:
    rates = (("sync", 20.0, 21.0), ("gevent", 1500.0, 1600.0), ("uvicorn", None, 1.0))
    answers = [read("answer", {"contender": name, "rate": rate, "high": high}) for name, rate, high in rates]
    text = conclusion_of("capacity", [point_row()], answers, p99_ms=250)
    holds(text, "At p99 ≤ 250 ms, ", "gevent sustains 1,500", "sync sustains 20", "uvicorn sustains under 1 ")


def probes(contender: str, before: float, during: float | None, via: str = "nginx") -> list[Any]:
    rows = [probe_row(seq, "before", before, contender=contender, via=via) for seq in range(9)]
    return rows + [probe_row(seq, "during", during, contender=contender, via=via) for seq in range(9, 18)]


def test_who_suffered_comes_first_and_the_others_are_named() -> None:
    rows = [*probes("gevent", 0.002, 0.004), *probes("uvicorn", 0.002, 0.4), *probes("starlette", 0.002, 1.0)]
    holds(conclusion_of("victim", rows), "1.00 s on starlette (", "400 ms on uvicorn (", "Little change: gevent")
    holds(conclusion_of("victim", rows[:18]), "No contender degraded: the probe maximum stayed below 5× its baseline")


def test_probes_are_compared_by_one_figure_which_their_number_supports() -> None:
    """192 times as long by p50 to maximum, and 16 times by p99, were in one run's sentences."""
    few = probes("uvicorn", 0.002, 0.4)
    many = [probe_row(seq, phase, took) for phase, took in (("before", 0.002), ("during", 0.4)) for seq in range(1000)]
    holds(conclusion_of("victim", few), "The probe maximum rose from 2.0 ms to 400 ms on uvicorn (200×).")
    holds(conclusion_of("victim", many), "The probe p99 rose from 2.0 ms to 400 ms on sync (200×).")
    assert "p99" not in conclusion_of("victim", [*many, *few]), "wanted one figure for all that is compared"


def test_a_probe_that_timed_out_suffered_its_time_out() -> None:
    """Left out, the p99 would be that of the few that were answered."""
    holds(conclusion_of("victim", probes("uvicorn", 0.002, None)), "to 10.00 s on uvicorn", "9 of 9 unanswered")
    refused = [row.model_copy(update={"error": "refused"}) if row.error else row for row in probes("sync", 0.002, None)]
    holds(conclusion_of("victim", refused), "sync answered 0 of 9 probes")


def test_where_there_are_two_ways_each_is_named() -> None:
    rows = [*probes("sync", 0.002, 1.0, "direct"), *probes("sync", 0.002, 0.002)]
    holds(conclusion_of("slow-clients", rows), "on sync (direct)", "Little change: sync (nginx)")


def test_nothing_measured_says_nothing() -> None:
    for experiment in EXPERIMENTS:
        assert scenario(experiment).conclude({"p99_ms": 250}, [], []) == [], experiment


def test_protocols_are_told_by_who_has_them() -> None:
    rows = [
        protocol_row("h2-prior-knowledge", verdict, contender=name)
        for name, verdict in (("sync", "no"), ("granian", "yes"), ("hypercorn", "yes"), ("gevent", "partly"))
    ]
    rows += [protocol_row("h3", "yes", "nginx-tls", contender=name) for name in ("sync", "granian")]
    rows += [protocol_row("early-hints", "no", contender="sync")]
    holds(
        conclusion_of("protocols", rows),
        "HTTP/2 without TLS: hypercorn and granian; not sync and gevent.",
        "Early hints: none.",
        "HTTP/3 via nginx: all.",
    )


def page(contender: str, protocol: str, at_once: int, connections: int) -> list[Any]:
    """40 waits of 50 ms, so many at a time."""
    return [
        fetched_row(
            seq,
            protocol,
            seq % connections + 1,
            contender=contender,
            **{
                name: SENT + 0.05 * (seq // at_once + by)
                for name, by in (("started", 0), ("finished", 1), ("received", 1))
            },
        )
        for seq in range(40)
    ]


def test_a_waterfall_names_the_limit_where_it_is_the_contender() -> None:
    pages = (("http/1.1", 6), ("h2", 1), ("h3", 1))
    free = [row for protocol, open_ in pages for row in page("uvicorn", protocol, 6 if open_ == 6 else 40, open_)]
    took = "350 ms over HTTP/1.1 (6 connections), 50 ms over HTTP/2, 50 ms over HTTP/3"
    assert conclusion_of("waterfall", free) == f"uvicorn served 40 requests in {took}."
    bound = [row for protocol, open_ in pages for row in page("sync", protocol, 2, open_)]
    holds(conclusion_of("waterfall", bound), "The bottleneck was sync, not the protocol: peak concurrency 2.")
    lost = [unfetched(seq) for seq in range(3)]
    assert conclusion_of("waterfall", lost) == "sync: 3 requests over HTTP/3 failed."


def test_an_application_of_the_user_s_that_never_yields_is_told_so() -> None:
    def turns(contender: str) -> list[Any]:
        return [race_row(seq, 0.02 * seq, 0.02 * (seq + 1), contender=contender) for seq in range(6)]

    holds(
        conclusion_of("race", turns("own-gevent")),
        "own-gevent ran no more requests at once than it has processes, like sync",
    )
    assert "no more at a time" not in conclusion_of(
        "race", [*turns("own-sync"), *turns("own-image"), *turns("gevent"), *lap("own-uvicorn", 0.2, 6)]
    )

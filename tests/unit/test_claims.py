"""What a lesson says of its run: that it holds where it does, that it does not where it does not, and nothing else."""

from typing import Any

from bench.experiments.registry import scenario
from bench.lessons.registry import check_claim
from bench.notices import read
from experiments.schema.samples import RateSample
from tests.unit.bench_rows import ab_row, ab_rows, point_row, probe_row, protocol_row, race_row, unanswered

PARAMS: dict[str, Any] = {"workload": "io", "ms": 200}


def claim_of(tag: str, rows: list[Any], **params: Any) -> dict[str, Any] | None:
    return check_claim(["mine", tag], PARAMS | params, rows, [])


def in_turn(contender: str, count: int = 4, ms: int = 200) -> list[Any]:
    """Two processes, each with one request after the other."""
    return [
        race_row(seq, ms / 1000 * (seq // 2), ms / 1000 * (seq // 2 + 1), contender=contender, pid=7 + seq % 2)
        for seq in range(count)
    ]


def side_by_side(contender: str, count: int = 4, ms: int = 200) -> list[Any]:
    return [race_row(seq, 0, ms / 1000, contender=contender, lane=f"task-{seq}") for seq in range(count)]


def test_a_claim_holds_where_its_effect_shows_and_says_its_figures() -> None:
    found = claim_of("lesson:one-request/1", in_turn("sync"))
    assert found is not None
    assert (found["lesson"], found["holds"]) == ("one-request/1", True), found
    assert "The last of 4 requests was answered after 401 ms: 2 rounds of 200 ms" in found["text"], found
    assert "Request 3 waited 200 ms for a process" in found["text"], found


def test_a_claim_compares_by_the_figure_of_the_sentence_beside_it() -> None:
    """Lesson 4 had 192 times as long above 16 times as long, of one run: from p50 to maximum, and from p99 to p99."""
    rows = [probe_row(seq, "before", 0.02 if seq == 0 else 0.001, contender="uvicorn") for seq in range(40)]
    rows += [probe_row(seq, "during", 0.3, contender="uvicorn") for seq in range(40, 80)]
    lag = read("loop-lag", {"held": 3, "held_by": "app.py:45 in block", "mean_ms": 30.0, "text": ""})
    found = check_claim(["lesson:blocking-line/1"], PARAMS | {"ms": 300}, rows, [lag])
    assert found is not None
    assert "The maximum of the /hello probes was 20 ms before, and 300 ms during" in found["text"], found
    (sentence, *_) = scenario("victim").conclude({}, rows)
    assert ("15×" in found["text"], "15×" in sentence) == (True, True), f"{found['text']} beside {sentence}"


def test_a_dashboard_is_green_where_an_application_reports_less_than_its_users_wait() -> None:
    tag = "lesson:the-dashboard-is-green/1"
    for own, holds in ((70.0, True), (2000.0, False)):
        rows = [
            RateSample(**point_row(80, contender=name, p99_ms=p99).model_dump(), app_p99_ms=reported)
            for name, p99, reported in (("sync", 4900.0, own), ("uvicorn", 60.0, 74.0))
        ]
        found = claim_of(tag, rows, rate=80)
        assert found is not None
        assert found["holds"] is holds, found
    found = claim_of(tag, [point_row(80, contender=name) for name in ("sync", "uvicorn")], rate=80)
    assert found is not None
    assert (found["holds"], "OBSERVE=prometheus scripts/up" in found["text"]) == (False, True), found


UNEVEN = {"a": (0.45, 0.9, 0.99), "b": (0.88, 0.9, 0.99)}  # of turns: by medians they are alike


def test_a_claim_on_slots_holds_where_the_second_costs_more_and_says_by_how_much() -> None:
    costly = [*(ab_row("a", pair) for pair in (1, 2, 3)), *(ab_row("b", pair, cpu_us=300.0) for pair in (1, 2, 3))]
    for lesson in ("another-parser", "costly-middleware"):
        found, other = (claim_of(f"lesson:{lesson}/1", rows) for rows in (costly, ab_rows()))
        assert found is not None
        assert other is not None
        assert (found["holds"], other["holds"]) == (True, False), f"{found}, {other}"
        assert "CPU per request: a 202 µs, b 300 µs (49 % more, 45 to 52 %; 3 pairs)." in found["text"], found
    shares = [ab_row("a", pair, fairness=share) for pair, share in enumerate(UNEVEN["a"], 1)]
    shares += [ab_row("b", pair, fairness=share) for pair, share in enumerate(UNEVEN["b"], 1)]
    found = claim_of("lesson:one-worker/1", shares)
    assert found is not None
    assert found["holds"], found
    assert "a 0.90 (0.45 to 0.99 in 3 turns); b 0.90 (0.88 to 0.99 in 3 turns)" in found["text"], found
    assert (claim_of("lesson:one-worker/1", ab_rows()) or {})["holds"] is False


def test_a_claim_does_not_hold_where_the_effect_is_missing() -> None:
    green = [*side_by_side("gevent"), *side_by_side("eventlet")]
    for tag, rows in (
        ("lesson:one-request/1", side_by_side("sync")),
        ("lesson:monkey-patching/1", [*side_by_side("sync"), *green]),
        ("lesson:monkey-patching/2", [*in_turn("sync"), *green]),
        ("lesson:event-loop/1", [*in_turn("uvicorn", 8), *in_turn("gevent", 8)]),
        ("lesson:computing/1", [*in_turn("sync"), *side_by_side("gevent"), *side_by_side("uvicorn")]),
        ("lesson:what-wsgi-cannot-say/1", [*side_by_side("sync"), *side_by_side("uvicorn")]),
        ("lesson:silent-worker/1", [*in_turn("sync"), *side_by_side("gevent")]),
        ("lesson:silent-worker/2", [*[unanswered(seq) for seq in range(4)], *side_by_side("gevent")]),
        ("lesson:out-of-memory/1", side_by_side("gevent")),
        ("lesson:restart/1", [point_row(errors=1)]),
        ("lesson:replaced-workers/1", [point_row()]),
        ("lesson:replaced-workers/2", [point_row(errors=1)]),
        ("lesson:restart/2", [point_row(errors=1), point_row(contender="uvicorn")]),
        ("lesson:keep-alive-race/1", [point_row()]),
        ("lesson:buffered-stream/1", [protocol_row("sse", "yes", "direct"), protocol_row("sse", "yes", "nginx-tls")]),
        ("lesson:buffered-stream/2", [protocol_row("sse", "yes", "direct"), protocol_row("sse", "no", "nginx-tls")]),
    ):
        found = claim_of(tag, rows)
        assert found is not None, tag
        assert found["holds"] is False, f"{tag}: {found}"


def test_a_run_that_lacks_what_the_lesson_needs_says_so() -> None:
    for rows in ([], in_turn("gevent"), [unanswered(seq) for seq in range(4)]):
        found = claim_of("lesson:one-request/1", rows)
        assert found is not None
        assert (found["holds"], "Too few responses" in found["text"]) == (False, True), found


def test_what_was_lost_is_counted_and_nothing_sent_is_not_nothing_lost() -> None:
    lost = claim_of("lesson:restart/2", [point_row(errors=14, timeouts=1, requests=226)])
    assert lost is not None
    assert (lost["holds"], lost["text"]) == (True, "sync lost 15 of 241.")
    for tag in ("lesson:restart/1", "lesson:restart/2", "lesson:silent-worker/2", "lesson:out-of-memory/2"):
        found = claim_of(tag, [])
        assert found is not None
        assert found["holds"] is False, f"{tag}: {found}"


def test_a_run_of_no_lesson_is_told_nothing() -> None:
    for tag in ("lesson:unknown/1", "lesson:", "one-request/1"):
        assert claim_of(tag, in_turn("sync")) is None, tag


def counted(contender: str, requests: int, series: int = 90, files: int = 6) -> Any:
    text = f"{contender} counted {requests} of 200 requests."
    figures = {"sent": 200, "requests": requests, "series": series, "files": files}
    return read("counted", {"contender": contender, "text": text} | figures)


def traced(contender: str, spans: int) -> Any:
    return read("counted", {"contender": contender, "text": f"{spans} spans", "sent": 200, "spans": spans})


WRONG = {  # of each part: where its claim holds, and where it does not, of a and b
    1: [([counted("a", 107), counted("b", 200)], True), ([counted("a", 200), counted("b", 200)], False)],
    2: [
        ([counted("a", 200, files=28), counted("b", 200, files=8)], True),
        ([counted("a", 200, files=8), counted("b", 200, files=8)], False),
        ([counted("a", 200, files=28), counted("b", 199, files=8)], False),
    ],
    3: [
        ([counted("a", 200, series=3692), counted("b", 200, series=110)], True),
        ([counted("a", 200, series=110), counted("b", 200, series=110)], False),
    ],
    4: [
        ([traced("a", 0), traced("b", 204)], True),
        ([traced("a", 200), traced("b", 204)], False),
        ([traced("a", 0), traced("b", 0)], False),
    ],
    5: [([traced("a", 0), traced("b", 200)], True), ([counted("a", 200), counted("b", 200)], False)],
}


def test_a_claim_on_metrics_compares_the_broken_slot_with_the_mended_one() -> None:
    for part, cases in WRONG.items():
        for notices, holds in cases:
            found = check_claim([f"lesson:wrong-metrics/{part}"], PARAMS, [], notices)
            assert found is not None
            assert found["holds"] is holds, f"part {part}: {found}"
            assert found["text"] == " ".join(each.text for each in notices)
    found = check_claim(["lesson:wrong-metrics/1"], PARAMS, [], [counted("b", 200)])
    assert found is not None
    assert not found["holds"], "a has no metrics"

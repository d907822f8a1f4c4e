"""A recommendation from rows: which is recommended, and the sentence where none is."""

from typing import Any

from bench.experiments.advise import markdown
from bench.stats.advice import advice
from tests.unit.bench_rows import advice_row as row

PARAMS = {"workload": "mix", "rate": 200, "p99_ms": 500}


def test_what_no_repeat_tells_apart_is_tied_and_the_reason_for_one_of_them_is_given() -> None:
    repeated = {"repeats": 3, "repeats_kept": 3}
    found = advice(
        PARAMS,
        [
            row("sync", 14, memory_mb=180.0, p99_ms=88.0, p99_low_ms=85.0, p99_high_ms=92.0, **repeated),
            row("sync", 13, kept=False, kept_more=None, p99_ms=700.0),
            row("gthread", 2, threads=8, memory_mb=45.0, p99_ms=91.0, p99_low_ms=80.0, p99_high_ms=99.0, **repeated),
            row("gthread", 3, threads=8, memory_mb=60.0),
            row("gthread", 1, threads=8, memory_mb=30.0, kept_more=False),
            row("eventlet", 2, memory_mb=36.0, p99_ms=86.0, **repeated),
            row("starlette", 2, memory_mb=71.0, p99_ms=90.0, **repeated),
            row("uvicorn", 2, memory_mb=40.0, p99_ms=224.0, p99_low_ms=205.0, p99_high_ms=240.0, **repeated),
            row("gevent", 2, memory_mb=35.0, p99_ms=60.0, doubted=True),
            row("granian", None, kept=False, kept_more=None, rps=None, p99_ms=None, error="no"),
        ],
    )
    assert found.recommended is not None
    assert (found.recommended.contender, found.recommended.workers) == ("gthread", 2), found
    assert found.command == "gunicorn -k gthread --workers 2 --threads 8 app:app"
    first, alike, reasons, slower, frontier, *others = found.sentences
    assert first.startswith("Use gthread with 2 workers of 8 threads: it meets p99 ≤ 500 ms at 200 req/s"), first
    assert "a p99 of 91 ms (80 ms to 99 ms in 3 repeats)" in first, first
    assert "sync with 14 workers (88 ms)" in alike, alike
    assert "uvicorn" not in alike + reasons, "5 MiB less do not make up for a p99 of 224 ms"
    for reason in ("eventlet is no longer maintained", "sync takes 14 processes", "starlette takes 71 MiB"):
        assert reason in reasons, f"wanted {reason!r} in {reasons}"
    assert slower.startswith("Slower is uvicorn with 2 workers: a p99 of 224 ms"), "no doubted one before a sure one"
    assert "gevent with 2 workers (60 ms, 1.10 cores, 35 MiB)" in frontier, frontier
    assert "sync" not in frontier, f"gthread has as little p99 with less memory: {frontier}"
    assert others == ["granian: no."], others
    page = markdown(PARAMS, [row("gthread", 2, threads=8)])
    assert "| gthread | 2 | yes | yes |" in page, page
    assert "gunicorn -k gthread --workers 2 --threads 8 app:app" in page


def test_two_workers_are_recommended_where_one_would_do_and_the_reason_is_given() -> None:
    down = "a worker that restarts, or blocks in a request, takes the whole service down"
    one, two = row("uvicorn", 1, memory_mb=44.0), row("uvicorn", 2, memory_mb=66.0, predicted_workers=1)
    for name, rows, workers, wanted in (
        ("measured", [one, two], 2, "One worker would carry the load, too (measured with a p99 of 90 ms)"),
        ("by the model", [two], 2, "One worker would carry the load, too (by the model)"),
        ("no memory for two", [one], 1, "It is a single worker"),
    ):
        found = advice(PARAMS, rows)
        assert found.recommended is not None
        assert found.recommended.workers == workers, f"{name}: {found}"
        assert wanted in found.sentences[1], f"{name}: {found.sentences}"
        assert down in found.sentences[1], f"{name}: {found.sentences}"
    for name, rows in (
        ("three are needed", [row("uvicorn", 3)]),
        ("one has missed it", [one.model_copy(update={"kept": False}), two]),
    ):
        assert down not in " ".join(advice(PARAMS, rows).sentences), name


def test_a_target_missed_in_one_repeat_is_said() -> None:
    (sentence, *_) = advice(PARAMS, [row("sync", 2, repeats=3, repeats_kept=2)]).sentences
    assert "It missed it in 1 of 3 repeats." in sentence, sentence


def test_where_nothing_keeps_the_promise_it_says_what_would() -> None:
    rows = [
        row("sync", 32, kept=False, kept_more=None, rps=150.0, p99_ms=4000.0),
        row("uvicorn", 2, kept=False, kept_more=None, rps=180.0, p99_ms=900.0),
    ]
    found = advice(PARAMS, rows)
    assert (found.recommended, found.runner_up, found.command) == (None, None, None)
    text = " ".join(found.sentences)
    for part in (
        "set the target above that",
        "900 ms",
        "At most 180 req/s",
        "CONTENDER_CPUS",
        "sync: at best a p99 of 4.00 s",
    ):
        assert part in text, f"wanted {part!r} in {text}"


def test_cores_are_no_remedy_where_nothing_was_answered() -> None:
    nothing: dict[str, Any] = {"kept": None, "kept_more": None, "rps": None, "p50_ms": None, "p99_ms": None}
    for error, wanted in (
        ("sync returned 503 to GET /items", False),
        ("a single request takes 600 ms; the target is 500 ms", False),
        ("2 cores at 9 ms CPU per request sustain 222 req/s at most", True),
    ):
        found = advice(PARAMS, [row("sync", None, error=error, **nothing)])
        assert any("CONTENDER_CPUS" in each for each in found.sentences) is wanted, f"{error}: {found.sentences}"
        assert any(error in each for each in found.sentences), found.sentences


def test_a_p99_of_too_few_responses_is_said_with_their_number() -> None:
    few, enough = (advice(PARAMS, [row("sync", 2, responses=count)]) for count in (300, 1000))
    assert "a p99 of 90 ms (of 300 responses only)" in few.sentences[0], few.sentences
    assert any("needs 1,000" in each for each in few.rests_on), few.rests_on
    assert "responses only" not in enough.sentences[0], enough.sentences


def test_a_contender_is_started_by_its_own_server() -> None:
    for contender, command in (
        ("uvicorn", "uvicorn --workers 3 app:app"),
        ("gunicorn-asgi", "gunicorn -k asgi --workers 3 app:app"),
        ("eventlet", "gunicorn -k eventlet --workers 3 app:app"),
        ("fastapi", "uvicorn --workers 3 app:app"),
        ("granian", "granian --interface asgi --workers 3 app:app"),
    ):
        assert advice(PARAMS, [row(contender, 3)]).command == command, contender

"""A recommendation from rows: what is taken, and what is said where nothing can be."""

from typing import Any

from bench.experiments.advise import markdown
from bench.stats.advice import advice
from tests.unit.bench_rows import advice_row as row

PARAMS = {"workload": "mix", "rate": 200, "p99_ms": 500}


def test_the_least_memory_with_room_is_taken_and_the_next_is_the_runner_up() -> None:
    found = advice(
        PARAMS,
        [
            row("sync", 14, memory_mb=180.0),
            row("sync", 13, kept=False, kept_more=None, p99_ms=700.0),
            row("gthread", 3, threads=8, memory_mb=60.0),
            row("gthread", 2, threads=8, memory_mb=45.0),
            row("gthread", 1, threads=8, memory_mb=30.0, kept_more=False),
            row("gevent", 1, memory_mb=35.0, doubted=True),
            row("eventlet", None, kept=False, kept_more=None, rps=None, p99_ms=None, error="no"),
        ],
    )
    assert found.recommended is not None
    assert found.recommended.workers == 2, found
    assert found.command == "gunicorn -k gthread --workers 2 --threads 8 app:app"
    assert found.runner_up is not None
    assert found.runner_up.contender == "sync", "wanted none whose figures are doubted before a sure one"
    first, second, *others = found.sentences
    assert first.startswith("Use gthread with 2 workers of 8 threads: it meets p99 ≤ 500 ms at 200 req/s"), first
    assert second.startswith("The runner-up is sync with 14 workers: a p99 of 90 ms, 180 MiB"), second
    assert others == ["eventlet: no."], others
    page = markdown(PARAMS, [row("gthread", 2, threads=8)])
    assert "| gthread | 2 | yes | yes |" in page, page
    assert "gunicorn -k gthread --workers 2 --threads 8 app:app" in page


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
        ("2 cores at 9 ms of CPU time a request are 222 a second at most", True),
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

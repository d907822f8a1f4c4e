"""Tables of every experiment, from any rows that it can have, in a terminal of 80 columns and in a pipe."""

import itertools
import re
from typing import Any

from rich.console import Console

from bench.cli.tables import ROOMY, WIDE, run_list, table
from bench.experiments.registry import scenario
from bench.notices import Notice, read
from bench.stats import ValidityWarning
from experiments.registry import EXPERIMENTS
from experiments.schema.samples import PointSample, RateSample
from tests.unit.bench_rows import (
    ab_row,
    ab_rows,
    advice_row,
    excluded,
    fetched_row,
    memory_row,
    nothing_answered,
    point_notice,
    point_row,
    probe_row,
    profile_row,
    protocol_row,
    race_row,
    unanswered,
    unfetched,
    unprofiled,
    verdict_notice,
    workers_row,
)

NAMES = ("sync", "gevent", "eventlet", "uvicorn", "starlette")
LONG = ("sync", "gevent", "gunicorn-asgi")
WAYS = list(itertools.product(LONG, ("nginx", "direct"), ("before", "during", "after")))

RACE = {
    "plenty": [race_row(seq, contender=name, lane=f"task-{seq}") for name in LONG for seq in range(100)],
    "errors": [race_row(), unanswered(1), race_row(2, error="status 503", status=503)],
    "no answers": [unanswered(seq, contender=name) for name in LONG for seq in range(3)],
    "one row": [race_row()],
}
POINTS = {
    "plenty": [point_row(2**n, repeat, contender=name, rps=9.0 * n + 9, cpu_pct=n)
               for repeat in (1, 2, 3) for n in range(9) for name in LONG],
    "errors": [point_row(1, 1), nothing_answered(1, 2), point_row(2, errors=3, timeouts=9)],
    "no answers": [nothing_answered(point, contender=name) for name in LONG for point in (1, 2)],
    "one row": [point_row()],
}  # fmt: skip
PROBES = {
    "plenty": [probe_row(seq, phase, contender=name, via=via) for name, via, phase in WAYS for seq in range(20)],
    "errors": [probe_row(1), probe_row(2, "during", None), probe_row(3, "after", None)],
    "no answers": [probe_row(seq, phase, None, contender=name) for name, _, phase in WAYS for seq in (1, 2)],
    "one row": [probe_row()],
}
PROTOCOLS = {
    "plenty": [
        protocol_row(feature, verdict, via, contender=name)
        for name in LONG
        for via in ("direct", "nginx", "nginx-tls")
        for feature, verdict in (("keep-alive", "yes"), ("websocket-subprotocol", "no"), ("sse", "partly"))
    ],
    "one row": [protocol_row()],
}
PAGES = {
    "plenty": [
        fetched_row(seq, protocol, seq % 6 + 1, contender=name)
        for name in LONG
        for protocol in ("http/1.1", "h2", "h3")
        for seq in range(12)
    ],
    "no answers": [unfetched()],
    "one row": [fetched_row()],
}
WORKERS = {
    "one row": [workers_row()],
    "no answer": [workers_row(rate=None, p50_ms=None, p99_ms=None, cpu_pct=None, memory_mb=None, error="no")],
    "plenty": [workers_row(name, count) for name in LONG for count in (1, 2, 4, 8, 16, 32)],
}
ADVICE = {
    "one row": [advice_row()],
    "excluded": [excluded()],
    "plenty": [advice_row(name, count, doubted=True) for name in LONG for count in (1, 2, 32)] + [excluded("uvicorn")],
}
ROWS: dict[str, dict[str, list[Any]]] = {"race": RACE, "sweep": POINTS, "rate": POINTS, "capacity": POINTS}
ROWS |= {"victim": PROBES, "slow-clients": PROBES, "protocols": PROTOCOLS, "waterfall": PAGES}
ROWS |= {"workers": WORKERS, "advise": ADVICE}
ROWS["ab"] = {
    "one row": [ab_row("a")],
    "plenty": ab_rows(),
    "no answers": [ab_row("a", cpu_us=None, p99_ms=None, rps=0), ab_row("b", cpu_us=None, p99_ms=None, rps=0)],
}
ROWS["profile"] = {
    "one row": [profile_row()],
    "plenty": [profile_row(name, repeat) for repeat in (1, 2, 3) for name in LONG],
    "no answers": [unprofiled()],
}
ROWS["memory"] = {
    "one row": [memory_row()],
    "plenty": [memory_row(name, line=line) for name in LONG for line in range(1, 21)],
    "no answers": [memory_row(errors=10_000)],
}
CASES = [(experiment, case) for experiment, rows in ROWS.items() for case in rows]


def printed(experiment: str, rows: list[Any], notices: list[Notice], columns: int = WIDE) -> str:
    console = Console(width=columns, record=True, quiet=False, file=open("/dev/null", "w"))  # noqa: SIM115
    with console.file:
        console.print(table(experiment, rows, notices, columns))
    return console.export_text()


def line(text: str, *begin: str) -> list[str]:
    """The words of the line that begins with these."""
    found = [each.split() for each in text.splitlines() if each.split()[: len(begin)] == list(begin)]
    assert found, f"wanted a line of {begin}, got\n{text}"
    return found[0]


def test_the_cases_are_of_every_experiment() -> None:
    assert ROWS.keys() == EXPERIMENTS.keys()


def test_a_table_has_every_contender_of_the_rows_and_no_none() -> None:
    for experiment, case in CASES:
        rows = ROWS[experiment][case]
        text = printed(experiment, rows, [])
        for name in {row.contender for row in rows}:
            assert name in text, f"{experiment}, {case}: wanted {name} in\n{text}"
        assert not re.search(r"\b(None|nan|inf)\b", text), text
        assert printed(experiment, [], [verdict_notice()]).strip() == "No results."


def test_a_table_fits_80_columns_with_nothing_cut() -> None:
    for experiment, case in CASES:
        rows = ROWS[experiment][case]
        notices = [point_notice(row, valid=False) for row in rows] if isinstance(rows[0], PointSample) else []
        text = printed(experiment, rows, [*notices, verdict_notice()], 80)
        assert "…" not in text, f"{experiment}, {case}: wanted no cell cut, got\n{text}"
        assert max(map(len, text.splitlines())) <= 80, f"{experiment}, {case}"


def test_a_figure_that_has_no_room_is_folded_and_never_cut() -> None:
    wide: Any = dict.fromkeys(("p50_ms", "p99_ms", "p999_ms"), 123456.0)
    output = printed(
        "sweep", [point_row(256, rps=40000.0, cpu_pct=200.0, errors=10**6, timeouts=10**6, **wide)], [], 80
    )
    digits = re.sub(r"[^0-9]", "", output.partition("MiB")[2].partition("p50 to")[0])
    assert "…" not in output, output
    figures = ["256", "40000", *["123456"] * 3, *["1000000"] * 2, "200", "50", "645"]
    assert sorted(digits) == sorted("".join(figures)), output


# --- what is in them ------------------------------------------------------------------------------------


def test_a_race_is_drawn_counted_and_told() -> None:
    rows = [race_row(seq, 0.2 * (seq // 2), 0.2 * (seq // 2) + 0.2, pid=7 + seq % 2) for seq in range(20)]
    output = printed("race", [*rows, unanswered(20)], [])
    assert "█ processing" in output
    assert " ".join(line(output, "sync", "20")) == "sync 20 1 201 ms 2,001 ms 2 2 2"
    assert "sync served 2 at a time: 10 rounds of 200 ms, in 2 processes" in output


def test_a_point_is_a_line_of_medians_sums_and_costs() -> None:
    rows = [point_row(8, n, rps=rps, errors=n, timeouts=1) for n, rps in enumerate((1234.5, 1300.0, 1200.0), 1)]
    output = printed("sweep", rows, [point_notice(rows[0]), point_notice(rows[1], valid=False)])
    cost = f"{1e4 * 50 / 1234.5:,.0f}"
    assert " ".join(line(output, "sync", "8")) == f"sync 8 1,234 8 % 9.5 20 25* 6 3 50 % {cost} 64.5 ?"


def test_a_percentile_of_too_few_responses_is_marked_wherever_it_stands() -> None:
    few, enough = point_row(1, requests=10), point_row(2, requests=10_000)
    for name, begin, marked, plain in (
        ("sweep", ("sync", "1"), ("9.5*", "20*", "25*"), ("9.5", "20", "25")),
        ("rate", ("sync", "1"), ("9.5*", "20*", "25*"), ("9.5", "20", "25")),
    ):
        text = printed(name, [few, enough], [])
        assert line(text, *begin)[3:6] == [*marked], text
        assert line(text, "sync", "2")[3:6] == [*plain], text
        assert "*: fewer than ten responses beyond this percentile" in " ".join(text.split())
    text = printed("rate", [few], [point_notice(few, uncorrected={"p99_ms": 19.0})])
    assert line(text, "sync", "20") == ["sync", "20", "ms*", "19", "ms*"]
    assert "100*" in line(printed("workers", [workers_row(responses=58)], []), "gevent")
    assert "100" in line(printed("workers", [workers_row(responses=1000)], []), "gevent")
    assert "90*" in line(printed("advise", [advice_row(responses=300)], []), "gthread")
    assert "90" in line(printed("advise", [advice_row()], []), "gthread"), "wanted rows of earlier versions unmarked"


def test_failures_are_counted_once() -> None:
    """By the sentences of a run that came to its end; by its table if it did not, which has the reason."""
    rows = [race_row(), unanswered(1)]
    assert printed("race", rows, []).count("refused") == 1
    ended = read("summary", {"sentences": scenario("race").conclude({}, rows), "rows": []})
    assert printed("race", rows, [ended]).count("refused") == 1
    nothing = [nothing_answered(1)]
    text = printed("sweep", nothing, [point_notice(nothing[0], errors={"status 503": 40})])
    assert "503" not in text, "wanted it in the error of the run, which has failed"


def test_a_point_without_a_doubt_is_not_marked() -> None:
    output = printed("sweep", [point_row(8), point_row(9)], [point_notice(point_row(8), valid=False)])
    assert (line(output, "sync", "8")[-1], line(output, "sync", "9")[-1]) == ("?", "64.5")


def test_a_point_without_an_answer_has_dashes() -> None:
    output = printed("sweep", [nothing_answered(1)], [])
    assert line(output, "sync", "1") == ["sync", "1", "0", "-", "-", "-", "40", "2", "-", "-", "-"]


def test_a_sweep_s_sparkline_rises_with_throughput_on_one_scale_for_all() -> None:
    rising = [point_row(n, rps=100.0 * n) for n in (1, 4, 8)]
    level = [point_row(n, contender="gevent", rps=800.0) for n in (1, 4, 8)]
    output = printed("sweep", rising + level, [])
    assert "sync ▁▄█ req/s, point by point" in output
    assert line(output, "gevent", "███")


def test_a_rate_has_both_latencies_as_medians_of_its_repeats() -> None:
    """Of two repeats the median is between them, for both alike: the uncorrected one never seems the larger."""
    rows = [point_row(200, n, p99_ms=p99, requests=2000) for n, p99 in enumerate((10.0, 90.0), 1)]
    notices = [point_notice(row, uncorrected={"p99_ms": (row.p99_ms or 0) - 8}) for row in rows]
    output = printed("rate", rows, notices)
    assert line(output, "sync", "50") == ["sync", "50", "ms", "42", "ms"]


def test_a_rate_has_what_the_application_reports_where_it_reports_anything() -> None:
    rows = [point_row(200, n, p99_ms=900.0, requests=2000) for n in (1, 2)]
    assert "in the application" not in printed("rate", rows, [])
    own = [RateSample(**row.model_dump(), app_p99_ms=p99) for row, p99 in zip(rows, (50.0, 70.0), strict=True)]
    quiet = point_row(200, contender="uvicorn", requests=2000)
    output = printed("rate", [*own, quiet], [])
    assert "p99 in the application" in output
    assert line(output, "sync", "900") == ["sync", "900", "ms", "-", "60", "ms"]
    assert line(output, "uvicorn", "20") == ["uvicorn", "20", "ms", "-", "-"]


def test_a_rate_that_nothing_answered_has_no_uncorrected_latency() -> None:
    rows = [nothing_answered(200)]
    output = printed("rate", rows, [point_notice(rows[0], uncorrected={"p99_ms": None})])
    assert line(output, "sync", "-") == ["sync", "-", "-"]


def test_a_capacity_has_the_answer_of_each_contender() -> None:
    answers = [read("answer", {"contender": name, "text": f"{name}: 340 a second [of 5]"}) for name in NAMES]
    output = printed("capacity", POINTS["plenty"], answers)
    assert all(f"{name}: 340 a second [of 5]" in output for name in NAMES), output


def test_probes_are_a_line_a_way_and_phase() -> None:
    output = printed("victim", [*[probe_row(seq) for seq in range(3)], probe_row(4, "during", None)], [])
    assert " ".join(line(output, "sync", "nginx", "before")) == "sync nginx before 3 0 0 2 ms* 2 ms* 2 ms"
    assert (
        " ".join(line(output, "sync", "nginx", "during")) == "sync nginx during 1 0 1 10,000 ms* 10,000 ms* 10,000 ms"
    )


def test_slow_clients_are_counted_beside_the_probes() -> None:
    counts = {"connected": 200, "dropped": 1, "answered": 2, "refused": 3, "holding": 194}
    output = printed("slow-clients", [probe_row()], [read("slow", {"contender": "sync", "via": "direct"} | counts)])
    assert line(output, "sync", "direct") == ["sync", "direct", "200", "1", "2", "3", "194"]


# --- the verdict ----------------------------------------------------------------------------------------

LATE = ValidityWarning("generator-late", "sync", 3, 1)
OLD = "1 of 9 points: [bold]late[/nothing]"  # recorded by an earlier version; and no markup
NOISY = verdict_notice(
    noisy=True,
    spread_pct=23.4,
    doubts=[LATE.document() | {"points": 2, "of": 9}, LATE.document() | {"points": 1, "of": 1}, OLD],
    advice=["a quiet machine: --repeats 5"],
)


def test_validity_warnings_stand_below_the_table() -> None:
    for experiment in EXPERIMENTS:
        text = printed(experiment, ROWS[experiment]["plenty"], [NOISY])
        assert "Noisy: repeats vary by 23 % (limit 15 %)." in text
        folded = " ".join(text.split())
        assert f"Validity warning (2 of 9 measurements): {LATE.text}" in folded, text
        assert f"Validity warning: {LATE.text}" in folded, text
        assert f"Validity warning: {OLD}" in folded, text
        assert "Suggestion: a quiet machine: --repeats 5" in text


def test_of_several_verdicts_the_last_one_counts() -> None:
    """A run that was begun again has the verdict of each attempt."""
    text = printed("sweep", [point_row()], [NOISY, verdict_notice(spread_pct=None)])
    assert not re.search("Noisy|Validity warning:|Suggestion", text), text


def test_the_sentences_of_a_run_that_came_to_its_end_are_printed() -> None:
    for experiment in EXPERIMENTS:
        summary = read("summary", {"sentences": ["gevent was first.", "sync was not."], "rows": []})
        text = printed(experiment, ROWS[experiment]["one row"], [summary])
        assert "gevent was first.\nsync was not.\n" in text, text


# --- the list -------------------------------------------------------------------------------------------

RUN: dict[str, Any] = {
    "id": "019ab1e2-7d30-7c11-8a55-0242ac120005",
    "experiment": "slow-clients",
    "state": "cancelled",
    "created": "2026-11-24T13:41:07.123456Z",
    "params": {"workload": "io", "ms": 20, "mode": "headers"},
    "contenders": list(NAMES),
    "note": "[a note]",
}


def test_a_run_of_the_list_is_shown_whole_in_any_terminal() -> None:
    for columns in (80, ROOMY):
        console = Console(width=columns, markup=False)
        with console.capture() as captured:
            console.print(run_list([RUN], columns))
        text = captured.get()
        parts = [*(RUN[name] for name in ("id", "experiment", "state", "note")), "slow headers", " ".join(NAMES)]
        assert [each for each in ["2026-11-24 13:41", *parts] if each not in text] == [], text
        assert max(map(len, text.splitlines())) <= columns


def test_kinds_of_errors_are_told_with_how_often_each_of_them_was_seen() -> None:
    rows = [point_row(1, 1, errors=3), point_row(1, 2, errors=2)]
    kinds = [{"refused": 2, "status 502": 1}, {"refused": 2}]
    output = [point_notice(row, errors=each) for row, each in zip(rows, kinds, strict=True)]
    assert "sync: refused: 4, status 502: 1" in printed("sweep", rows, output)


def test_processes_that_share_unevenly_are_told_where_most_is_in_flight() -> None:
    """One request at a time always goes to one process: that is no unfairness."""
    output = [
        point_notice(point_row(point, repeat, contender=name), fairness={"workers": index, "connections": 1.0})
        for name, most in (("eventlet", 0.6), ("uvicorn", 0.95))
        for point, index in ((1, 0.5), (64, most))
        for repeat in (1, 2, 3)
    ]
    alone = [point_notice(point_row(contender="sync"), fairness={"workers": None, "connections": 1.0})]
    text = printed("sweep", [point_row()], output + alone)
    assert "eventlet: uneven load across processes at 64 in flight: fairness 0.60" in text
    assert "uvicorn" not in text
    assert "sync: its" not in text


def test_the_grid_as_markdown_has_a_table_a_way_and_a_glyph_a_verdict() -> None:
    verdicts = {("sync", "http10"): "yes", ("sync", "h3"): "no", ("uvicorn", "http10"): "partly"}
    rows = [
        protocol_row(feature, verdict, via, contender=name)
        for via in ("direct", "nginx-tls")
        for (name, feature), verdict in verdicts.items()
    ]
    made = scenario("protocols").markdown
    assert made is not None
    lines = made({}, rows).splitlines()
    assert lines[:4] == ["| direct | sync | uvicorn |", "|---|:-:|:-:|", "| http10 | ✓ | ~ |", "| h3 | ✗ |  |"]
    assert "| nginx-tls | sync | uvicorn |" in lines

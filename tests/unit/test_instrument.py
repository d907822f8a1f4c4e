"""The table of scripts/instrument."""

from typing import Any

import pytest

from bench.views import instrument
from tests.unit.bench_rows import ab_rows


def run_of(pairs: int, **of_b: Any) -> dict[str, Any]:
    rows = [row.model_copy(update=of_b) if row.side == "b" else row for row in ab_rows(pairs)]
    return {"results": [row.model_dump() for row in rows]}


def test_a_line_has_what_is_added_with_its_interval_and_a_mark_where_it_is_in_doubt(
    capsys: pytest.CaptureFixture[str],
) -> None:
    line = instrument.row("sync", "otel-1", run_of(10, cpu_us=303.0))
    cells = [each.strip() for each in line.strip("|").split("|")]
    assert cells == ["sync", "otel-1", "202", "+101 (+99 to +103)", "+50 %", "20.0 ms", "none found (+0 to +0 %)", "10"]
    instrument.main("head")
    head = capsys.readouterr().out.splitlines()
    assert {each.count("|") for each in (*head, line)} == {len(cells) + 1}
    doubted = instrument.row("sync", "otel-1", run_of(10, cpu_us=303.0, doubted=True))
    assert doubted == line, "half of the turns have no warning"
    for row in (every := run_of(10))["results"]:
        row["doubted"] = True
    assert instrument.row("sync", "otel-1", every).endswith("| 10 ? |")


def test_a_comparison_of_too_few_pairs_is_a_sentence() -> None:
    with pytest.raises(SystemExit, match="too few turns of sync, otel-1 were measured"):
        instrument.row("sync", "otel-1", run_of(2))

"""A run as a page of its own: all of it is there, nothing is fetched, and user input stays text."""

import re
from base64 import b64encode
from typing import Any

import pytest

from bench.cli import page as module
from bench.cli.page import page
from bench.notices import read
from experiments.registry import EXPERIMENTS
from tests.unit.bench_rows import advice_row
from tests.unit.test_bench_tables import ROWS


def run_of(experiment: str, **members: object) -> dict[str, Any]:
    run: dict[str, Any] = {
        "experiment": experiment,
        "params": EXPERIMENTS[experiment].complete({}),
        "contenders": ["sync", "gevent"],
    }
    run |= {"created": "2026-11-23T12:00:00Z", "state": "done", "error": None, "note": ""}
    return run | {"environment": {"cores": 2, "contenders": {"sync": {"workers": 2}}}} | members


def test_every_experiment_has_one_with_its_picture_and_its_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """That each can be drawn is proven in test_bench_picture.py."""
    monkeypatch.setattr(module, "png", lambda run, rows: f"{run['experiment']}: {rows}".encode())
    for experiment in EXPERIMENTS:
        for rows in ROWS[experiment].values():
            made = page(run_of(experiment), rows, [])
            picture = b64encode(f"{experiment}: {list(rows)}".encode()).decode()
            assert f'src="data:image/png;base64,{picture}"></figure>' in made, experiment
            assert re.search(rf"<t[dh]>{rows[0].contender}</t[dh]>", made), experiment
            assert re.search(r"<th>cores</th><td>2</td>(.|\n)*<td>sync</td><td>2</td>", made), (
                f"{experiment}: how it was made"
            )
            fetched = re.findall(r'(?:src|href)="(?!data:)([^"]*)"|url\(|<script|@import', made)
            assert not fetched, f"{experiment} is not self-contained: {fetched}"


def test_advice_begins_with_what_to_run() -> None:
    rows = [advice_row("gthread", 2, threads=8)]
    made = page(run_of("advise"), rows, [])
    assert made.index("Use gthread with 2 workers of 8 threads") < made.index("<img")
    assert "<pre>gunicorn -k gthread --workers 2 --threads 8 app:app</pre>" in made


def test_what_somebody_wrote_is_a_text() -> None:
    made = page(run_of("race", note="<b>mine</b>", state="failed", error="a < b"), [], [read("x", {})])
    assert "&lt;b&gt;mine&lt;/b&gt;" in made
    assert "This run is failed. a &lt; b" in made
    assert "No results." in made

"""An experiment is added by one module on each side, and then is wherever experiments are."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.contract.project import ROOT

DATA = r'''"""toy: how often a coin shows heads."""

from pydantic import Field

from experiments.schema.experiment import Experiment
from experiments.schema.params import Params
from experiments.schema.samples import Count, Sample


class Toy(Params):
    coins: int = Field(default=3, title="Coins", ge=1, le=9)


class ToySample(Sample):
    heads: Count


EXPERIMENT = Experiment(
    name="toy", title="Toy", description="Tosses coins.", place=45, model=Toy, row=ToySample
)
'''

BENCH = r'''"""toy: how often a coin shows heads."""

from bench.scenarios.scenario import Scenario
from bench.scenarios.verdict import verdict
from bench.stats import Measurement
from bench.views.parts import Table
from experiments.toy import ToySample


async def run(params, contenders, report):
    for contender in contenders:
        report.sample(ToySample(contender=contender, heads=params.coins))
    return verdict([Measurement(contender, []) for contender in contenders])


def table(rows, notices):
    shown = Table(("contender", "heads"))
    for row in rows:
        shown.add(row.contender, str(row.heads))
    yield shown


SCENARIO = Scenario(
    run=run,
    summarise=lambda rows, notices: [row.model_dump(mode="json") for row in rows],
    sentences=lambda params, rows, notices: [f"{row.contender} showed heads {row.heads} times." for row in rows],
    table=table,
    draw=lambda figure, rows: figure.subplots().bar([row.contender for row in rows], [row.heads for row in rows]),
    succeeded=lambda row: True,
)
'''

# What each place shows of it, as JSON; each in a process of its own, as its modules are found once.
SEEN = """
import asyncio, json
from click.testing import CliRunner
from starlette.testclient import TestClient

from bench.cli.commands import main
from bench.cli.page import page
from bench.experiments.registry import scenario
from bench.notices import Summary
from bench.runner import measurement
from bench.scenarios.report import Report
from bench.target import preflight
from experiments.registry import EXPERIMENTS
from rest.app import app
from rest.openapi import document

async def none_failing(*_):
    return {}

printed = {"commands": ["--help"], "help": ["toy", "--help"]}
seen = {name: CliRunner().invoke(main, words).output for name, words in printed.items()}
toy, made = EXPERIMENTS["toy"], scenario("toy")
preflight.failures = none_failing
report = Report(lambda message: None)
asyncio.run(measurement._measure("toy", toy.read({"coins": 2}), ["sync"], report))
documents = [row.model_dump(mode="json") for row in report.rows]
sentences = made.conclude({}, report.rows)
run = {"experiment": "toy", "params": toy.complete({}), "contenders": ["sync"], "state": "done", "error": None}
run |= {"note": "", "created": "2026-11-30T00:00:00Z", "environment": None}
notices = [Summary(sentences=sentences, rows=made.summarise(report.rows, []))]
seen["page"] = page(run, toy.rows(documents), notices)
seen["openapi"] = document("http://lab")
with TestClient(app) as records:
    seen["form"] = records.get("/experiments/toy").json()["params"]
    seen["experiments"] = [each["name"] for each in records.get("/experiments").json()["items"]]
    wanted = {"experiment": "toy", "contenders": ["sync"]}
    leased = records.post("/internal/runs", json={"runner": "me", "run": wanted}).json()
    wrong = [{"contender": "sync", "tails": 1}]
    seen["answers"] = [
        records.post(
            f"/internal/runs/{leased['run']['id']}/samples",
            json={"token": leased["token"], "batch": {"number": number, "samples": samples}},
        ).status_code
        for number, samples in ((1, documents), (2, wrong))
    ]
    seen["runs"] = records.get("/runs").json()["items"]
    csv = {"Accept": "text/csv"}
    seen["results"] = records.get(f"/runs/{leased['run']['id']}/results", headers=csv).text.split()
print(json.dumps(seen))
"""


def seen_of(tmp_path: Path) -> dict[str, Any]:
    services = tmp_path / "services"
    for part in ("bench", "contender", "experiments", "rest"):
        shutil.copytree(ROOT / "services" / part, services / part)
    shutil.copy(ROOT / "services" / "catalog.json", services)
    (services / "experiments" / "toy.py").write_text(DATA)
    (services / "bench" / "experiments" / "toy.py").write_text(BENCH)
    environment = {"PYTHONPATH": str(services), "DATABASE_URL": f"sqlite:///{tmp_path}/runs.db"}
    command = [sys.executable, "-c", SEEN]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_toy_is_wherever_experiments_are(tmp_path: Path) -> None:
    seen = seen_of(tmp_path)
    assert re.search(r"capacity.*\n +toy +Toy\n +victim", seen["commands"]), seen["commands"]
    assert re.search(r"--coins N +Coins\.  \[default: 3; 1-9\]", seen["help"]), seen["help"]
    assert seen["openapi"]["paths"]["/experiments/{name}"]["parameters"][0]["schema"]["enum"].count("toy") == 1
    assert seen["openapi"]["components"]["schemas"].keys() >= {"NewToy", "ToyIo", "ToySample"}
    assert seen["experiments"].index("toy") == seen["experiments"].index("capacity") + 1
    coins = {"title": "Coins", "type": "integer", "default": 3, "minimum": 1, "maximum": 9}
    assert seen["form"]["$defs"]["ToyIo"]["properties"]["coins"] == coins, "wanted what the form is made from"
    assert seen["answers"] == [200, 422], "wanted its rows stored, and no others"
    assert [(run["experiment"], run["label"]) for run in seen["runs"]] == [("toy", "/io")]
    assert seen["results"] == ["contender,heads", "sync,2"]
    for part in ("<h1>Toy: /io</h1>", "<td>sync</td><td>2</td>", "sync showed heads 2 times.", "data:image/png"):
        assert part in seen["page"], f"wanted {part} in\n{seen['page'][:3000]}"

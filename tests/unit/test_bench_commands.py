"""The bench's commands: what they print and where, and the code they exit with, on the real service and without one."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid7

import pytest
from click.testing import CliRunner, Result

from bench.cli import measure
from bench.cli.commands import main
from bench.runner import records as records_of_a_run
from bench.runner import run as running
from bench.runner.records import Records
from bench.runner.task import Task
from experiments.registry import EXPERIMENTS
from tests.unit.bench_rows import race_row
from tests.unit.live_service import LiveService
from tests.unit.service import RACE
from tests.unit.tiny_experiments import MANY, tiny


@pytest.fixture(autouse=True)
def exclusive_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(running, "LOCK", tmp_path / "lock")
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of records that are not there."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        monkeypatch.setattr(records_of_a_run, "URL", url)
        yield url


@pytest.fixture
def records(service: LiveService, monkeypatch: pytest.MonkeyPatch) -> Records:
    monkeypatch.setattr(records_of_a_run, "URL", service.url)
    return Records(service.url)


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """A race is the experiment of a moment that the test names; everything around it is real."""
    name: str = request.param
    monkeypatch.setattr(Task, "of", lambda _run: tiny(name))


def bench(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def words(text: str) -> str:
    return " ".join(text.split())


def ended(records: Records, state: str = "done", error: str = "", **members: Any) -> str:
    """The id of a run of one row."""
    lease = records.begin(RACE | members, "bench-1")
    records.hand_in(
        lease, {"number": 1, "samples": [race_row(error=error or None).model_dump(mode="json")], "events": []}
    )
    records.finish(lease, {"state": state, "error": None if state == "done" else "no [/water]", "environment": None})
    return str(lease.run["id"])


# --- help and wrong usage -------------------------------------------------------------------------------


def test_every_command_has_help() -> None:
    main.commands["ab"].make_context("ab", [])  # click keeps the first context's option for help
    for command in ("", *EXPERIMENTS, "list", "show", "export", "work"):
        for flag in ("-h", "--help"):
            got = bench(*command.split(), flag)
            assert (got.exit_code, got.stderr) == (0, ""), command
            assert got.stdout.startswith("Usage: "), command


WRONG: list[tuple[list[str], str]] = [
    (["marathon"], "'marathon'"),
    (["show"], "RUN"),
    (["show", "first"], "'first'"),
    (["export", "1"], "'1'"),
    (["export", str(uuid7()), "--format", "pdf"], "'pdf'"),
    (["list", "--limit", "101"], "101"),
    (["list", "--limit", "0"], "'--limit'"),
    (["work", "hard"], "hard"),
    (["race", "--contender", "nginx"], "'nginx' is not a contender; choose from sync, gevent"),
]


@pytest.mark.usefixtures("away")
def test_wrong_usage_is_2_and_says_what_is_wrong() -> None:
    for arguments, named in WRONG:
        got = bench(*arguments)
        assert (got.exit_code, got.stdout) == (2, ""), got.output
        assert named in words(got.stderr), arguments


@pytest.mark.usefixtures("measured")
@pytest.mark.parametrize("measured", ["counting"], indirect=True)
def test_a_run_waits_for_the_bench_of_another_machine(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which this one's lock knows nothing of."""
    other, waits = records.begin(RACE, "bench-elsewhere"), 0

    def waiting() -> None:
        nonlocal waits
        waits += 1
        if waits == 2:
            records.finish(other, {"state": "done", "error": None, "environment": None})

    monkeypatch.setattr(measure, "_waiting", lambda: waiting)
    monkeypatch.setattr(running, "POLL", 0.01)
    got = bench("race", "--contender", "sync")
    assert (got.exit_code, waits) == (0, 2), got.output


# --- without a lab --------------------------------------------------------------------------------------


def test_without_the_records_it_is_1_and_says_how_to_start_them(away: str) -> None:
    for arguments in (["list"], ["show", str(uuid7())], ["export", str(uuid7())], ["race"]):
        got = bench(*arguments)
        assert (got.exit_code, got.stdout) == (1, ""), got.output
        assert f"{away} is unreachable" in words(got.stderr)
        assert "docker compose up -d --wait" in words(got.stderr)
        assert ("--no-save" in got.stderr) == (arguments[0] == "race")


@pytest.mark.usefixtures("away", "measured")
@pytest.mark.parametrize("measured", ["counting"], indirect=True)
def test_no_save_needs_no_records_and_json_is_all_there_is_on_standard_output() -> None:
    got = bench("race", "--no-save", "--json", *["--contender", "sync"] * 2, "--note", "n", "--tag", "t")
    assert got.exit_code == 0, got.output
    printed = json.loads(got.stdout)
    assert printed.keys() == {"run", "results"}
    assert [row["seq"] for row in printed["results"]] == [*range(MANY)]
    run = printed["run"]
    assert (run["id"], run["state"], run["progress"], run["contenders"]) == (None, "done", 1, ["sync"])
    assert (run["note"], run["tags"], run["params"]) == ("n", ["t"], EXPERIMENTS["race"].complete({}))
    assert run["created"] == run["started"] < run["finished"]
    assert "Saved" not in got.stderr


@pytest.mark.usefixtures("away", "measured")
@pytest.mark.parametrize("measured", ["failing"], indirect=True)
def test_a_run_that_failed_is_1_and_shows_what_was_measured() -> None:
    got = bench("race", "--no-save")
    assert got.exit_code == 1
    assert "sync served one request" in got.stdout
    assert "failed: ValueError: no water" in got.stderr


# --- with the records -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("measured")
@pytest.mark.parametrize("measured", ["counting"], indirect=True)
def test_a_run_is_kept_and_says_how_to_show_it_again(records: Records) -> None:
    got = bench("race", "--contender", "gevent")
    (run,) = records.runs(10)
    assert (got.exit_code, run["state"], run["contenders"]) == (0, "done", ["gevent"]), got.output
    assert f"Saved: scripts/bench show {run['id']}" in got.stderr
    for name in (run["id"], run["id"][:8], "last"):
        again = bench("show", name)
        assert (again.exit_code, again.stdout) == (0, got.stdout), f"{name}: wanted it shown as it was when it ended"
    assert json.loads(bench("export", "last").stdout)["run"] == run


def test_a_secret_is_sent_and_neither_stored_nor_shown(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[dict[str, Any]] = []

    def of(run: dict[str, Any]) -> Task:
        sent.append(run["params"])
        return tiny("counting")

    monkeypatch.setattr(Task, "of", of)
    headers = ["Authorization: Bearer s3cr3t", "X-Signing-Key: s3cr3t", "Accept: text/plain"]
    options = [option for each in headers for option in ("--header", each)]
    got = bench("race", "--contender", "sync", "--path", "/items?token=s3cr3t&limit=3", *options, "--json")
    assert got.exit_code == 0, got.output
    assert (sent[0]["headers"], sent[0]["path"]) == (headers, "/items?token=s3cr3t&limit=3")
    (run,) = records.runs(10)
    assert run["params"]["headers"] == ["Authorization: [hidden]", "X-Signing-Key: [hidden]", "Accept: text/plain"]
    assert run["params"]["path"] == "/items?token=[hidden]&limit=3"
    pages = [bench("export", run["id"], "--format", kind).output for kind in ("json", "html", "csv")]
    assert "s3cr3t" not in "".join([got.output, bench("show", run["id"]).output, *pages])


def test_a_run_is_exported_as_what_it_is(records: Records) -> None:
    run_id = ended(records)
    exported = json.loads(bench("export", run_id).stdout)
    assert exported == json.loads(bench("show", run_id, "--json").stdout)
    assert exported == {"run": records.run(run_id), "results": [race_row().model_dump(mode="json")]}
    assert bench("export", run_id, "--format", "csv").stdout_bytes == records.table(records.run(run_id)["id"]).encode()
    assert bench("export", run_id, "--format", "png").stdout_bytes.startswith(b"\x89PNG")
    assert bench("export", run_id, "--format", "html").stdout.startswith("<!doctype html>")


def test_a_run_that_is_not_there_is_1_and_named(records: Records) -> None:
    run_id = str(uuid7())
    for command in ("show", "export"):
        got = bench(command, run_id)
        assert (got.exit_code, got.stdout) == (1, "")
        assert run_id in words(got.stderr)


def test_an_ambiguous_beginning_lists_its_runs_and_an_unknown_one_is_named(records: Records) -> None:
    """Ids begin with the time: those of one moment have more than that in common."""
    runs = [ended(records) for _ in range(2)]
    for command in ("show", "export"):
        got = bench(command, runs[0][:8])
        assert (got.exit_code, got.stdout) == (2, ""), got.output
        assert all(run_id in got.stderr for run_id in runs), got.stderr
        got = bench(command, "ffff")
        assert (got.exit_code, got.stdout) == (1, ""), got.output
        assert "No run begins with ffff" in got.stderr


def test_a_run_that_goes_on_is_not_shown_yet_and_without_results_no_picture(
    service: LiveService, records: Records
) -> None:
    run_id = service.queue()
    for command, named in ((["export", run_id, "--format", "png"], "no results"), (["show", run_id], "queued")):
        got = bench(*command)
        assert (got.exit_code, got.stdout_bytes) == (1, b"")
        assert named in got.stderr


def test_a_picture_is_not_written_to_a_terminal(service: LiveService, records: Records) -> None:
    run_id = ended(records)
    leader, terminal = os.openpty()
    environment = os.environ | {"RECORDS_URL": service.url, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-m", "bench", "export", run_id, "--format", "png"]
    got = subprocess.run(command, stdout=terminal, stderr=subprocess.PIPE, env=environment, check=False)
    os.close(terminal)
    os.close(leader)
    assert got.returncode == 2, got
    assert "> run.png" in words(got.stderr.decode())


# --- the list -------------------------------------------------------------------------------------------


def test_the_list_has_the_newest_first(records: Records) -> None:
    old, new = ended(records), ended(records, "failed")
    lines = bench("list").stdout.splitlines()
    assert [line.split()[:3] for line in lines[1:]] == [[new, "race", "failed"], [old, "race", "done"]]
    assert json.loads(bench("list", "--json", "--limit", "1").stdout) == records.runs(1)


def test_an_empty_list_says_how_to_begin(records: Records) -> None:
    assert bench("list").stdout == "No runs yet. Try: scripts/bench race\n"
    assert json.loads(bench("list", "--json").stdout) == []
    last = bench("show", "last")
    assert (last.exit_code, "There are no runs yet" in last.stderr) == (1, True), last.output


def test_what_looks_like_markup_is_shown_as_it_was_written(records: Records) -> None:
    """A note is anybody's; an error is some library's."""
    run_id = ended(records, "failed", note="[bold]two[/nothing] :+1:")
    listed, shown = bench("list"), bench("show", run_id)
    assert (listed.exit_code, shown.exit_code) == (0, 0), (listed.exception, shown.exception)
    assert "[bold]two[/nothing] :+1:" in listed.stdout
    assert "failed: no [/water]" in shown.stderr


STEERING = "\x1b[2J\x1b]0;title\x07 \x9b31m \u202e"


def test_what_would_steer_the_terminal_is_shown_as_its_escape(records: Records) -> None:
    run_id = ended(records, error=STEERING, note=STEERING)
    page = bench("show", run_id, "--json").stdout
    for arguments in (["list"], ["show", run_id], ["race", "--path", f"/{STEERING}"], ["race", "--header", STEERING]):
        got = bench(*arguments)
        assert not set(got.output) & set("\x1b\x07\x9b\u202e"), arguments
        assert r"\x1b[2J\x1b]0;" in got.output.replace("\\\\", "\\"), got.output
    assert json.loads(page)["run"]["note"] == STEERING, "wanted JSON as it was"


def test_a_mistake_does_not_repeat_all_of_a_long_text() -> None:
    for arguments in (["--body", "x" * 70_000], ["--ms", "x" * 70_000], ["--path", "x" * 70_000]):
        got = bench("race", *arguments)
        assert got.exit_code == 2, got.output
        assert len(got.stderr) < 3000, arguments
        assert re.search(r"\([0-9,]+ characters\)", got.stderr), arguments

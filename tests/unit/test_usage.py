"""/usage: what this container's server has used, read from the real /proc, and its limits from both control groups."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from contender import usage


def burn(seconds: float) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


# --- the whole of it ----------------------------------------------------------------------------------


def test_usage_names_the_container_and_what_it_has_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE", "gevent")
    monkeypatch.setattr(usage, "SERVING", tmp_path / "serving")
    usage.mark_ready()
    (usage.SERVING / "4194305").touch()  # of a process that has ended: above any process id
    before = usage.usage()
    burn(0.05)
    got = usage.usage()
    assert (got["service"], got["host"], got["workers"]) == ("gevent", socket.gethostname(), 1)
    assert os.getpid() in got["processes"], f"wanted at least this process, got {got}"
    assert 10 < got["memory_mb"] < 4096, f"wanted MiB of a Python process, got {got}"
    assert got["cpuset"] == sorted(os.sched_getaffinity(0))
    grown = got["cpu_seconds"] - before["cpu_seconds"]
    assert 0.05 <= grown < 5, f"wanted the 0.05 s that were burnt, got {grown} s"


def test_an_accepted_connection_is_counted_and_its_end_waits() -> None:
    """The side that closes first holds TIME_WAIT; both ends are of this network here."""
    before = usage.sockets(usage.PROC / "net")
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        accepted, _ = server.accept()
        during = usage.sockets(usage.PROC / "net")
        client.shutdown(socket.SHUT_WR)
        accepted.close()
    after = usage.sockets(usage.PROC / "net")
    assert during["accepted"] >= before["accepted"] + 1, f"{before}, then {during}"
    assert during["established"] >= 2, f"wanted both ends, got {during}"
    assert after["time_wait"] >= 1, f"wanted the closed end waiting, got {after}"


# --- CPU time and memory ------------------------------------------------------------------------------


def test_cpu_seconds_are_those_of_the_process_clock() -> None:
    burn(0.02)
    before, reported, after = time.process_time(), usage.cpu_seconds(os.getpid()), time.process_time()
    assert before <= reported <= after


def test_another_process_s_cpu_time_is_known_while_it_lives_and_nothing_afterwards() -> None:
    burning = "import time\nwhile time.process_time() < .05: pass\nprint('burnt', flush=True)\ninput()"
    with subprocess.Popen(
        [sys.executable, "-c", burning], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "burnt\n"
        used, pages = usage.cpu_seconds(process.pid), usage.pss(process.pid)
        process.communicate("\n")
    assert 0.05 <= used < 5
    assert pages > 1024 * 1024, f"wanted more than a MiB of a Python process, got {pages} bytes"
    assert (usage.cpu_seconds(process.pid), usage.pss(process.pid)) == (0, 0), "wanted nothing of one that has ended"


def test_memory_is_the_proportional_set_size_in_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "7").mkdir()
    rollup = "00400000-7ffd rollup\nRss:  5000 kB\nPss:            1234 kB\nPss_Anon:  99 kB\nShared_Clean: 1 kB\n"
    (tmp_path / "7/smaps_rollup").write_text(rollup)
    monkeypatch.setattr(usage, "PROC", tmp_path)
    assert usage.pss(7) == 1234 * 1024


def test_of_a_process_of_any_user_the_resident_set_is_known_and_the_cpu_time() -> None:
    """Beside an image of the user's own: of root's processes everything else is closed."""
    waits = [sys.executable, "-c", "print(flush=True); input()"]
    with subprocess.Popen(waits, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()  # it is Python by now
        before = usage.resident(other.pid)
        assert 2**20 < before < 2**28, f"wanted bytes of a Python process, got {before}"
        other.communicate(b"\n")
    assert usage.resident(other.pid) == 0, "wanted nothing of one that has ended"


# --- whose processes ----------------------------------------------------------------------------------


def stat(proc: Path, pid: int, parent: int, name: str = "python") -> None:
    (proc / str(pid)).mkdir()
    (proc / str(pid) / "stat").write_text(f"{pid} ({name}) S {parent} {pid} {pid} 0 -1 4194560 0 0\n")


def test_the_server_s_processes_are_the_first_one_and_its_descendants(tmp_path: Path) -> None:
    stat(tmp_path, 1, 0, "docker-init")
    stat(tmp_path, 7, 1, "gunicorn: master (a) 9")  # a name with what looks like fields of its own
    stat(tmp_path, 8, 7)
    stat(tmp_path, 9, 8)
    stat(tmp_path, 20, 0, "healthcheck")  # executed by Docker from outside: no parent in here
    stat(tmp_path, 21, 20)
    stat(tmp_path, 30, 29)  # its parent has ended meanwhile
    (tmp_path / "self").mkdir()
    (tmp_path / "stat").write_text("cpu 1 2 3\n")
    assert sorted(usage.tree(tmp_path)) == [1, 7, 8, 9]


def test_a_process_that_ends_meanwhile_is_left_out(tmp_path: Path) -> None:
    stat(tmp_path, 1, 0)
    (tmp_path / "8").mkdir()
    (tmp_path / "8/stat").symlink_to(tmp_path / "ended")  # listed, and gone when it is read
    assert usage.tree(tmp_path) == [1]


def test_a_name_that_is_no_utf_8_is_a_name(tmp_path: Path) -> None:
    stat(tmp_path, 1, 0)
    (tmp_path / "8").mkdir()
    (tmp_path / "8/stat").write_bytes(b"8 (\xff\xfe) S 1 8 8 0\n")
    assert sorted(usage.tree(tmp_path)) == [1, 8]


def test_a_child_of_this_process_is_among_the_server_s() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        during = usage.tree(usage.PROC)
        process.communicate(b"\n")
    assert {os.getpid(), process.pid} <= set(during)
    assert process.pid not in usage.tree(usage.PROC)


# --- limits -------------------------------------------------------------------------------------------

CPUS: list[tuple[dict[str, str], float | None]] = [
    ({"cpu.max": "200000 100000\n"}, 2),
    ({"cpu.max": "50000 100000\n"}, 0.5),
    ({"cpu.max": "33333 100000\n"}, 0.333),
    ({"cpu.max": "max 100000\n"}, None),
    ({"cpu/cpu.cfs_quota_us": "150000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 1.5),
    ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, None),
    ({"cpu/cpu.cfs_quota_us": "50000\n", "cpu/cpu.cfs_period_us": "25000\n"}, 2),
    ({}, None),
]
MEMORY: list[tuple[dict[str, str], float | None]] = [
    ({"memory.max": "536870912\n"}, 512),
    ({"memory.max": "1500000\n"}, 1.43),
    ({"memory.max": "max\n"}, None),
    ({"memory/memory.limit_in_bytes": "268435456\n"}, 256),
    ({"memory/memory.limit_in_bytes": "9223372036854771712\n"}, None),
    ({}, None),
]


def test_the_limits_are_those_of_the_control_group(tmp_path: Path) -> None:
    for number, (files, cpus) in enumerate(CPUS):
        assert usage.cpu_limit(written(tmp_path / f"cpu-{number}", files)) == cpus, f"{files}"
    for number, (files, mib) in enumerate(MEMORY):
        assert usage.memory_limit(written(tmp_path / f"memory-{number}", files)) == mib, f"{files}"


def written(cgroup: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (cgroup / name).parent.mkdir(parents=True, exist_ok=True)
        (cgroup / name).write_text(text)
    return cgroup

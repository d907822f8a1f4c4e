"""Profiles: whose a sample is, what samples say of a request, and the samplers that the bench waits for."""

import asyncio
import json
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from bench.experiments.registry import scenario
from bench.stats.categories import CATEGORIES
from bench.stats.growth import grown, grows
from bench.stats.profiles import Looks, Thread, Turn, spent
from bench.stats.stacks import (
    Ran,
    Stack,
    by_category,
    by_function,
    is_blocking,
    line_of,
    owner,
    read,
    seconds_by_stack,
    thinned,
    waits_for_gil,
)
from bench.target import samplers
from bench.target.replicas import NoAnswer
from profiler.remote import SCRIPT, SHOWN_AS, Remote, SilentError
from profiler.waiting import Greenlets, grouped, tasks
from rest.models import begun_run, new_run
from tests.unit.bench_rows import profile_row

SITE, STD = "/venv/lib/python3.14/site-packages", "/usr/lib/python3.14"
GUNICORN = f"run (/venv/bin/gunicorn:8);handle ({SITE}/gunicorn/workers/sync.py:134)"
APP = "app (/lab/contender/wsgi_contract.py:60);mix (/lab/wsgi/workloads.py:20)"
UVICORN = f"run ({STD}/asyncio/runners.py:127);run_asgi ({SITE}/uvicorn/protocols/http/httptools_impl.py:409)"
STARLETTE = f"__call__ ({SITE}/starlette/routing.py:670);__call__ ({SITE}/starlette/responses.py:150)"

LIBC = "/usr/lib/x86_64-linux-gnu/libc.so.6"
BURN = f"{APP};burn (/lab/contender/workload.py:139)"
JSON = f"{STARLETTE};render ({SITE}/starlette/responses.py:190);dumps ({STD}/json/__init__.py:231)"
PYDANTIC = f"serialize_response ({SITE}/fastapi/routing.py:200);0x1 ({SITE}/pydantic_core/_pydantic_core.so)"
VIEW = f"list_items (/app/views.py:12);execute ({SITE}/psycopg/cursor.py:97)"

# A stack, its category, and the function whose own time it is.
OWNERS = [
    (GUNICORN, "server", "handle"),
    (f"{GUNICORN};send ({STD}/socket.py:10)", "server", "handle"),
    (f"{GUNICORN};__send ({LIBC})", "kernel", "handle"),
    (f"{GUNICORN};malloc ({LIBC});0x7f00 ({LIBC})", "server", "handle"),
    (f"{GUNICORN};{APP}", "application", "mix"),
    (f"{GUNICORN};app (/lab/contender/wsgi_contract.py:60)", "lab", "app"),
    (f"{GUNICORN};{BURN}", "application", "burn"),
    (f"{GUNICORN};{BURN};clock_gettime (libc.so.6);0x7ff ([vdso])", "application", "burn"),
    (f"{GUNICORN};{APP};iterencode ({STD}/json/encoder.py:260)", "serialization", "iterencode"),
    (f"{UVICORN};{STARLETTE}", "framework", "__call__"),
    (f"{UVICORN};{JSON}", "serialization", "dumps"),
    (f"{UVICORN};{PYDANTIC}", "serialization", "serialize_response"),
    (f"{UVICORN};0x7f01 ({SITE}/uvloop/loop.cpython-314-x86_64-linux-gnu.so)", "native", "run_asgi"),
    (f"{UVICORN};{VIEW}", "application", "list_items"),
    (f"_run_once ({STD}/asyncio/base_events.py:2050)", "server", "_run_once"),
]


def stacks_of(raw: str) -> Counter[Stack]:
    """Of the one thread that is there."""
    (stacks,) = read(raw).values()
    return stacks


def test_a_sample_is_its_innermost_owner_s() -> None:
    for text, category, function in OWNERS:
        (stack,) = stacks_of(f"{text} 1")
        assert (owner(stack)[0], line_of(stack).name) == (category, function), text


def test_command_lines_of_processes_are_no_frames() -> None:
    spawned = 'process 7:"gunicorn";process 9:"python -c from m import s; s(fd=5)";thread (9): MainThread'
    found = read(f"{spawned};{GUNICORN} 3\n{spawned};{GUNICORN};{APP} 4\n")
    assert list(found) == [9]
    assert by_category(found[9]) == {"server": 3, "application": 4}
    assert by_function(found[9]) == [("mix (wsgi/workloads.py)", 4), ("handle (gunicorn/workers/sync.py)", 3)]


def test_what_a_worker_runs_for_the_profiler_is_no_sample() -> None:
    script = SCRIPT.format(source="", name="", arguments=(), reply="")
    (name,) = re.findall(r"^def (.*)\(\):$", script, re.MULTILINE)
    inside = f"{GUNICORN};<module> (<string>:1);{name} (<string>:7);main ({SHOWN_AS}/greenlets.py:19)"
    assert sum(stacks_of(f"{inside} 5\n{GUNICORN};{APP} 4").values()) == 4


def test_a_system_call_without_a_name_is_known_by_its_instruction() -> None:
    raw = f"{GUNICORN};select ({LIBC});0x7f00 ({LIBC}) 5\n{GUNICORN};0x7e00 ({LIBC});0x7f00 ({LIBC}) 3\n"
    found = stacks_of(f"{raw}{GUNICORN};0x7d00 ({LIBC}) 2")
    assert {stack[-1].name: count for stack, count in found.items()} == {"select": 5, "system call": 3, "handle": 2}
    assert [is_blocking(stack) for stack in found] == [True, True, False]
    (gil,) = stacks_of(f"{GUNICORN};pthread_cond_timedwait ({LIBC});0x7c00 ({LIBC}) 1")
    assert (waits_for_gil(gil), is_blocking(gil)) == (True, True)


def test_stored_stacks_are_the_heaviest_and_of_a_limited_size() -> None:
    raw = "\n".join(f"{GUNICORN};f{number} (/app/a.py:{number}) {number}" for number in range(1, 1001))
    stacks = stacks_of(raw)
    whole, half = thinned(stacks, least=0), thinned(stacks, least=0.001)
    assert whole.dropped == 0
    assert half.dropped == sum(range(1, 501)), "of 500,500, a thousandth is 500.5"
    few = thinned(stacks, least=0, largest=10_000)
    assert few.size() <= 10_000
    assert len(few.stacks) > 50
    us, *places = few.stacks[0]
    assert (us, [few.frames[int(place)][0] for place in places]) == (1000, ["run", "handle", "f1000"])
    assert {frame[3] for frame in few.frames} <= {*CATEGORIES, "library"}


SLEEPING = f"{GUNICORN};select ({LIBC})"
SLOW = f"{GUNICORN};{APP};clock_nanosleep ({LIBC})"
STUCK = f"{GUNICORN};pthread_cond_timedwait ({LIBC})"


def turn(
    stacks: str = f"{GUNICORN};{APP} 1000\n{GUNICORN} 500", ran: float = 7.5, waited: float = 0.0, **members: Any
) -> Turn:
    """A hundred requests in ten seconds, and 2,000 looks: a sample is 50 µs of each request."""
    looks: dict[str, Any] = {"taken": 2000, "failed": 0, "seconds": 10.0, "planned": 10.0}
    looks |= {name: members.pop(name) for name in looks.keys() & members}
    found = thread(stacks, looks["seconds"] / looks["taken"], ran, waited)
    return Turn([found], [Looks(**looks)], **{"unseen": 0.0, "requests": 100} | members)


def thread(stacks: str, interval: float, ran: float, waited: float) -> Thread:
    every = stacks_of(stacks)
    asleep, running = ({each: every[each] for each in every if is_blocking(each) is blocks} for blocks in (True, False))
    by_stack = Ran(scaled(running, interval), {})
    return Thread(by_stack, scaled(asleep, interval), sum(running.values()), ran, waited)


def scaled(counts: Mapping[Stack, float], interval: float) -> dict[Stack, float]:
    return {stack: count * interval for stack, count in counts.items()}


def shares(found: Turn) -> dict[str, float]:
    return {name: us for name, us in found.by_category().items() if us}


def test_microseconds_are_samples_times_interval_over_requests() -> None:
    assert shares(turn()) == {"application": 50_000, "server": 25_000}
    assert turn().check() == []
    native = turn(unseen=1.0)
    assert shares(native) == {"application": 50_000, "server": 25_000, "native": 10_000}, "threads that run no Python"
    assert native.check() == []
    assert shares(turn(requests=0)) == {}


def test_the_kernel_s_count_decides_what_a_thread_that_could_run_did() -> None:
    waiting = turn(ran=6.0, waited=1.5)
    assert shares(waiting) == {"application": 40_000, "server": 20_000}, "a fifth of the samples waited for a core"
    assert waiting.core_us == 15_000
    assert waiting.check()[0].kind == "samples-off", "of 6 s, 7.5 were sampled"
    calls = turn(ran=8.0)
    assert shares(calls)["kernel"] == 5_000, "what no sample explains was spent in calls that sleep"


def test_the_count_is_a_thread_s_own() -> None:
    """A master sleeps in a call without a name: each look finds it there, and the kernel knows that it does not run."""
    both = turn()
    both.threads.append(thread(f"{GUNICORN};0x7d00 ({LIBC}) 2000", 0.005, 0.01, 0.0))
    assert shares(both) == {"application": 50_000, "server": 25_100}
    assert both.check() == []


def seconds_of(running: str, every: str) -> list[dict[str, float]]:
    """Running and waking, by the two innermost frames."""
    found = seconds_by_stack(stacks_of(running), stacks_of(every))
    return [{" ".join(frame.name for frame in stack[-2:]): each for stack, each in kind.items()} for kind in found]


def test_few_looks_with_native_frames_divide_the_time_of_many_without() -> None:
    """Of a line that waits, the many have as running what had been woken up: there the few decide."""
    every = f"{GUNICORN};{APP};__send ({LIBC}) 3\n{GUNICORN};{APP} 1\n{GUNICORN};{APP};select ({LIBC}) 3"
    every += f"\n{SLEEPING} 8\n{GUNICORN};0x1 ({SITE}/uvloop/loop.so) 2"
    running = f"{GUNICORN};{APP} 40\n{GUNICORN};{APP};burn (/lab/contender/workload.py:139) 50\n{GUNICORN} 70"
    wanted = {"handle [loop]": 2, "mix __send": 30, "app mix": 10, "mix burn": 50}
    assert seconds_of(running, every) == [wanted, {}]


def test_without_native_frames_a_line_waits_that_is_mostly_found_asleep() -> None:
    """What the kernel counted beyond all other lines is its own, as far as it was found running."""
    waits, awake = f"{GUNICORN};wait (/app/a.py:1)", f"{GUNICORN};{APP}"
    running, waking = seconds_of(f"{waits} 20\n{awake} 50", f"{waits} 80\n{awake} 50")
    assert (running, waking) == ({"app mix": 50}, {"handle wait": 20})
    for ran, us in ((60.0, [50, 10, 0]), (90.0, [50, 20, 20]), (40.0, [40, 0, 0])):
        stacks = seconds_by_stack(stacks_of(f"{waits} 20\n{awake} 50"), stacks_of(f"{waits} 80\n{awake} 50"))
        assert [each for _, each in Thread(stacks, {}, 70, ran, 0.0).spent()] == us, ran


def test_threads_that_sleep_spend_nothing() -> None:
    asleep = turn(f"{GUNICORN};{APP} 1000\n{GUNICORN} 500\n{SLEEPING} 1800\n{SLOW} 200\n{STUCK} 40")
    assert shares(asleep) == shares(turn())
    assert asleep.samples == 1500
    assert asleep.gil_us == 2_000
    assert by_function(asleep.slept()) == [("mix (wsgi/workloads.py)", 10_000)], "within requests alone"


def test_what_makes_a_profile_doubtful() -> None:
    for members, kind in (
        ({"ran": 6.5, "waited": 1.0}, "samples-off"),
        ({"ran": 8.5}, "samples-off"),
        ({"stacks": f"{GUNICORN} 900", "ran": 4.5}, "few-samples"),
        ({"failed": 60}, "samples-lost"),
        ({"seconds": 12.0, "ran": 9.0}, "samples-late"),
    ):
        (warning,) = turn(**members).check()
        assert warning.kind == kind, warning.text


def test_what_sampling_costs_is_of_pairs_of_turns() -> None:
    rows = [profile_row(repeat=number, turn_us=110.0 * number, unsampled_us=100.0 * number) for number in (1, 2, 3)]
    wanted = "sync with sampling spends 10 % more CPU per request than without (10 to 10 %)."
    assert wanted in scenario("profile").conclude({}, rows, [])
    assert len(scenario("profile").conclude({}, rows[:2], [])) == 1, "two pairs have no interval"


def test_the_interval_is_student_s_over_repeats() -> None:
    assert spent([100.0]).low is None
    found = spent([90.0, 100.0, 110.0])
    assert (found.us, round(found.high or 0, 1)) == (100, 124.8), "4.303 times 10 over the root of 3"


def test_a_profile_is_begun_by_its_script_and_never_queued() -> None:
    for document in ({"experiment": "profile"}, {"experiment": "profile", "contenders": ["sync"]}):
        with pytest.raises(ValidationError, match="run scripts/profile"):
            new_run(document)
        assert begun_run(document).experiment == "profile"


@pytest.fixture
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where samplers connect to."""
    monkeypatch.setattr(samplers, "SOCKET", tmp_path / "socket")
    monkeypatch.setattr(samplers, "PATIENCE", 0.2)
    return tmp_path / "socket"


async def sampler(socket: Path, *replies: dict[str, Any], replicas: int = 1) -> None:
    """One that answers each order with the next replies, and ends behind the last."""
    while not socket.exists():
        await asyncio.sleep(0.01)
    reader, writer = await asyncio.open_unix_connection(socket)
    writer.write(json.dumps({"contender": "sync", "replicas": replicas, "host": "a"}).encode() + b"\n")
    if replies:
        assert json.loads(await reader.readline()) == {"frequency": 100, "native": True}
        for each in replies:
            writer.write(json.dumps(each).encode() + b"\n")
        await writer.drain()
        await reader.readline()  # until the bench closes
    writer.close()


PROCESS: dict[str, Any] = {"seconds": 3.1, "frequency": 20, "whole": True, "errors": 1, "stacks": "a (/app/a.py:1) 2"}
FOUND: dict[str, Any] = {"seconds": 3.1, "processes": [PROCESS], "own": 0.1, "threads": {"9": [1.5, 0.1]}}
FOUND |= {"busy": [1.0], "waiting": []}


async def recorded(socket: Path, *replies: dict[str, Any], replicas: int = 1) -> list[samplers.Recorded]:
    other = asyncio.create_task(sampler(socket, *replies, replicas=replicas))
    try:
        async with samplers.samplers(["sync"]) as found:
            await found.begin("sync", 100, native=True)
            return await found.end("sync")
    finally:
        await other


def test_the_bench_gets_what_a_sampler_has_found(beside: Path) -> None:
    (got,) = asyncio.run(recorded(beside, {"attached": True}, FOUND))
    assert (got.threads, got.processes[0].errors, got.busy) == ({9: (1.5, 0.1)}, 1, (1.0,))
    assert not beside.exists()


def test_a_sampler_that_is_missing_or_fails_is_a_sentence(beside: Path) -> None:
    for replies, replicas, sentence in (
        ((), 2, "There is no sampler beside sync. Start both: scripts/profile --contender sync"),
        ((), 1, "sync: its sampler has ended; scripts/profile shows why."),
        (({"error": "it finds no Python"},), 1, "sync cannot be profiled: it finds no Python."),
    ):
        with pytest.raises(NoAnswer) as caught:
            asyncio.run(recorded(beside, *replies, replicas=replicas))
        assert str(caught.value) == sentence


@contextmanager
def running(program: str) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", program]) as process:
        try:
            yield process
        finally:
            process.kill()


def first[Value](look: Callable[[], Value], wanted: Callable[[Value], bool]) -> Value:
    """Of looks at a process, the first that finds it as far as it is wanted."""
    end = time.monotonic() + 30
    while not wanted(found := look()):
        assert time.monotonic() < end, found
        time.sleep(0.005)  # or the looks would keep it from getting there
    return found


WAITS = """
import asyncio

async def slow():
    await asyncio.sleep(60)

async def both():
    await asyncio.gather(slow(), slow())

asyncio.run(both())
"""


def sleeps(group: dict[str, Any]) -> bool:
    """Its tasks do; before they have begun, they are at the line of their function."""
    return bool(group["stack"][0] == "slow (<string>:5)")


def test_tasks_of_another_process_are_seen_with_what_waits_for_them() -> None:
    with running(WAITS) as process:
        slow, both = first(lambda: grouped(tasks(process.pid)), lambda found: len(found) == 2 and sleeps(found[0]))
    assert (slow["tasks"], slow["awaited_by"]) == (2, "both (<string>:8)")
    assert (both["tasks"], both["awaited_by"]) == (1, None)


GREENLETS = """
import time
from greenlet import greenlet

def fetch():
    hub.switch()

def work():
    while True:
        time.sleep(0.001)

def run():
    for each in [greenlet(fetch, hub), greenlet(fetch, hub), greenlet(work, hub)]:
        kept.append(each)
        each.switch()

kept = []
hub = greenlet(run)
hub.switch()
"""


def test_greenlets_are_seen_by_the_process_itself_but_for_what_runs_them() -> None:
    with running(GREENLETS) as process, Remote() as remote:
        greenlets = Greenlets(remote)
        groups = first(lambda: grouped(greenlets.look([process.pid])), lambda found: len(found) == 2)
        greenlets.end()
        assert greenlets.seconds[process.pid] > 0
    fetch, main = groups
    assert (fetch["tasks"], fetch["stack"], fetch["awaited_by"]) == (2, ["fetch (<string>:6)"], None)
    assert (main["tasks"], main["stack"]) == (1, ["<module> (<string>:19)"])


LEAKING = """
import time

kept = []

def serve():
    kept.append(bytes(1024))

while True:
    for _ in range(100):
        serve()
    time.sleep(0.01)
"""


def is_reached(remote: Remote, pid: int) -> bool:
    """Whether its interpreter is there already."""
    try:
        remote.call([pid], "greenlets")  # and has run that: what is sent behind it is the next that it runs
    except SilentError:
        return False
    return True


def test_what_a_process_keeps_is_found_at_its_line_and_tracing_ends() -> None:
    with running(LEAKING) as process, Remote() as remote:

        def call(action: str) -> Any:
            return remote.call([process.pid], "memory", action)[process.pid]["value"]

        first(lambda: is_reached(remote, process.pid), bool)
        call("start")
        before = call("read")["traces"]
        most, *others = first(lambda: grown(before, call("read")["traces"]), lambda found: found[0].blocks >= 1000)
        assert (most.file, most.line) == ("<string>", 7)
        assert 1024 < most.size / most.blocks < 1100
        assert grows(most.size, most.blocks)
        assert not any(grows(each.size, most.blocks) for each in others), others
        call("stop")
        assert call("read") is None, "it is not traced any more"


def test_growth_is_the_line_s_that_called_a_library() -> None:
    library, own = [f"{STD}/json/decoder.py", 345], ["/app/views.py", 12]
    before = [[100, 1, [library, own]], [500, 2, [own]]]
    after = [[4100, 41, [library, own]], [400, 1, [["/app/models.py", 3]]], [9, 1, [library]]]
    found = [(each.file, each.line, each.size, each.blocks) for each in grown(before, after)]
    assert found == [("/app/views.py", 12, 3500, 38), ("/app/models.py", 3, 400, 1), ("json/decoder.py", 345, 9, 1)]


def test_a_process_that_cannot_be_reached_is_a_sentence() -> None:
    with subprocess.Popen(["sleep", "60"]) as process, Remote() as remote:
        with pytest.raises(SilentError, match=r"it runs no CPython 3\.\d+ that can be reached \("):
            remote.call([process.pid], "greenlets")
        process.kill()
        process.wait()
        with pytest.raises(SilentError, match="the process has ended"):
            remote.call([process.pid], "greenlets")
    assert not remote.folder.exists(), "a file is left behind"

"""The part of scripts/mutate that is Python: lists the rows, breaks a file, and tries the rows that need no lab."""

import argparse
import os
import sys
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial

from tests.mutations.table import CODE, LAB, Mutation, StaleError, read, selected
from tests.mutations.trial import ALL, TIMEOUT, TIMEOUT_ALL, Trial, Verdict, import_shared, start

STALE = 3  # exit code of `break`
CORES = os.process_cpu_count() or 1
POLL = 0.05  # seconds between two looks at what has ended

Start = Callable[[], Trial]


def main() -> int:
    commands = {"list": show, "lab": print_lab_rows, "break": print_broken, "code": try_all}
    parser = argparse.ArgumentParser(prog="python -m tests.mutations", description=__doc__)
    parser.add_argument("command", choices=commands)
    parser.add_argument("words", nargs="*", help="in the name, the file or the test of a row")
    parser.add_argument("--all", dest="whole", action="store_true", help="the whole suite in place of the named test")
    arguments = parser.parse_args()
    return commands[arguments.command](arguments)


def show(arguments: argparse.Namespace) -> int:
    for row in selected(arguments.words, (*CODE, *LAB)):
        print(f"{row.name:<34} {row.suite:<9} {row.means}")
    return 0


def print_lab_rows(arguments: argparse.Namespace) -> int:
    """For the shell: suite, test, name, file and meaning; by suite, so that each is prepared once."""
    for row in sorted(selected(arguments.words, LAB), key=lambda row: LAB.index(row.suite)):
        print(row.suite, row.test, row.name, row.file, row.means)
    return 0


def print_broken(arguments: argparse.Namespace) -> int:
    """The broken file of the row of this name."""
    (row,) = (each for each in read() if [each.name] == arguments.words)
    try:
        sys.stdout.write(row.broken())
    except StaleError as stale:
        sys.stderr.write(f"{stale}\n")
        return STALE
    return 0


def try_all(arguments: argparse.Namespace) -> int:
    """A line for each row as soon as its verdict is there."""
    for row, verdict in verdicts(selected(arguments.words, CODE), whole=arguments.whole):
        detail = verdict.detail if verdict.outcome == "caught" else f"{verdict.detail} ({row.means}; {row.test})"
        print(f"{verdict.outcome:<8} {verdict.seconds:5.1f} s  {row.name:<34} {detail[:300]}", flush=True)
    return 0


def verdicts(rows: Sequence[Mutation], *, whole: bool) -> Iterator[tuple[Mutation, Verdict]]:
    import_shared()
    unusable, tasks = dict(failing({row.test for row in rows})), dict[Mutation, Start]()
    for row in rows:
        if reason := stale(row) or unusable.get(row.test):
            yield row, reason
        else:
            tasks[row] = partial(start, ALL if whole else [row.test], row, TIMEOUT_ALL if whole else TIMEOUT)
    yield from in_parallel(tasks, 1 if whole else CORES)


def stale(row: Mutation) -> Verdict | None:
    try:
        row.broken()
    except StaleError as reason:
        return Verdict("stale", str(reason))
    return None


def failing(tests: Collection[str]) -> Iterator[tuple[str, Verdict]]:
    """Those that do not pass on the unbroken tree: one process a core, and one for each test where that fails."""
    shares = {each for each in (tuple(sorted(tests)[core::CORES]) for core in range(CORES)) if each}
    for share, verdict in in_parallel({share: partial(start, share, timeout=TIMEOUT_ALL) for share in shares}, CORES):
        if verdict.outcome != "SURVIVED":
            alone = {test: partial(start, [test]) for test in share}
            yield from ((test, unfit(each)) for test, each in in_parallel(alone, 1) if each.outcome != "SURVIVED")


def unfit(verdict: Verdict) -> Verdict:
    return Verdict("error", f"not passed on the unbroken tree: {verdict.detail}")


def in_parallel[Key](tasks: Mapping[Key, Start], at_once: int) -> Iterator[tuple[Key, Verdict]]:
    """So many at a time, each as soon as it has ended."""
    waiting, running = deque(tasks.items()), dict[Key, Trial]()
    while waiting or running:
        while waiting and len(running) < at_once:
            key, begin = waiting.popleft()
            running[key] = begin()
        for key, verdict in [(key, verdict) for key, trial in running.items() if (verdict := trial.verdict())]:
            del running[key]
            yield key, verdict
        time.sleep(POLL)


if __name__ == "__main__":
    sys.exit(main())

"""Stacks as a sampler has counted them: read, given to categories, and made few enough to be stored."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from bench.stats.categories import (
    APPLICATION,
    BLOCKING,
    C_LIBRARIES,
    GIL,
    KERNEL,
    KERNEL_FILE,
    LAB_FOLDERS,
    NATIVE,
    PACKAGES,
    SERVER,
    STDLIB,
    SYSCALL,
    SYSCALLS,
)

LEAST = 0.0005  # share of the time, below which a stack is dropped: a hundredth of a pixel's worth of a flame graph
LARGEST = 128 * 1024  # characters of the stacks of one contender, as JSON: eight contenders make one megabyte of events

PROFILER = "run_for_the_profiler ("  # what a worker ran for profiler/remote.py, and no request
_THREAD = re.compile(r"(?:^|;)thread \((\d+)\)[^;]*;")
_SITE = re.compile(r".*/(?:site|dist)-packages/")
_STDLIB = re.compile(r".*/lib(?:64)?/python3[.\d]*/(?:lib-dynload/)?")
_LIBRARY = re.compile(r"(?:^|/)[^/]*\.so[.\d]*$")


class Frame(NamedTuple):
    name: str
    file: str
    line: int  # 0 where it is not known

    @property
    def native(self) -> bool:
        return _LIBRARY.search(self.file) is not None or self.file in ("?", "[vdso]")


Stack = tuple[Frame, ...]  # from the outermost to the innermost


def read(raw: str) -> dict[int, Counter[Stack]]:
    """By thread, of py-spy's `--format raw --threads`: a line a stack, frames with semicolons between, a count."""
    found: dict[int, Counter[Stack]] = defaultdict(Counter)
    for line in raw.splitlines():
        text, _, count = line.rpartition(" ")
        if not count.isdigit() or PROFILER in text:
            continue
        # Processes come first, by their command lines, which may hold anything; then the thread.
        thread = _THREAD.search(text)
        frames = text[thread.end() :] if thread else text
        found[int(thread[1]) if thread else 0][tuple(map(_frame, frames.split(";")))] += int(count)
    every = {stack for stacks in found.values() for stack in stacks}
    calls = {stack[-1] for stack in every if _is_nameless(stack[-1]) and any(map(_is_call, stack))}
    return {thread: _clean(stacks, calls) for thread, stacks in found.items()}


def _clean(stacks: Counter[Stack], calls: set[Frame]) -> Counter[Stack]:
    found: Counter[Stack] = Counter()
    for stack, count in stacks.items():
        found[_cleaned(stack, calls)] += count
    return found


def _cleaned(stack: Stack, calls: set[Frame]) -> Stack:
    """Without addresses that have no name. Those of the C library are left out, but for system calls, known by the
    instruction that others with a name end in; of other libraries one is left, for what the library is."""
    kept: list[Frame] = []
    for frame in stack:
        if not _is_nameless(frame):
            kept.append(frame)
        elif not _is_c_library(frame) and frame.file not in ("?", "[vdso]"):
            library = Frame(f"[{frame.file.rpartition('/')[2].split('.')[0]}]", frame.file, 0)
            if not kept or kept[-1] != library:
                kept.append(library)
    if stack[-1] in calls and not any(map(_is_call, stack)):
        kept.append(Frame(SYSCALL, stack[-1].file, 0))
    return tuple(kept) or stack


def _is_nameless(frame: Frame) -> bool:
    return frame.name.startswith("0x")


def _is_c_library(frame: Frame) -> bool:
    return frame.native and frame.file.rpartition("/")[2].startswith(C_LIBRARIES)


def _is_call(frame: Frame) -> bool:
    return _is_c_library(frame) and _symbol(frame) in SYSCALLS


def _symbol(frame: Frame) -> str:
    return frame.name.lstrip("_").removeprefix("libc_").removeprefix("GI_")


def is_blocking(stack: Stack) -> bool:
    """Whether it sleeps in the kernel, or has just been woken up there."""
    return _is_c_library(stack[-1]) and _symbol(stack[-1]) in BLOCKING


def waits_for_gil(stack: Stack) -> bool:
    return _is_c_library(stack[-1]) and _symbol(stack[-1]) in GIL


class Ran(NamedTuple):
    """Seconds of a thread, by stack."""

    running: dict[Stack, float]  # in which it ran or could have run
    waking: dict[Stack, float]  # in calls that wait: it ran, or had been woken up and waited for a core


def seconds_by_stack(running: Mapping[Stack, float], every: Mapping[Stack, float]) -> Ran:
    """From what a thread was sampled in two ways: often while it runs, and seldom whatever it does.

    How long each line ran is known from the former, and what it called meanwhile from the latter, which may have native
    frames. A line that mostly waits is found running also when it has only been woken up: there the native frames
    decide, and without them what the kernel counted.
    """
    seen: dict[Stack, dict[Stack, float]] = defaultdict(dict)  # by the innermost line of Python
    for stack, seconds in every.items():
        seen[stack[: _callee(stack)][-1:]][stack] = seconds
    native = any(frame.native for stack in every for frame in stack)
    ran: dict[Stack, float] = defaultdict(float)
    for stack, seconds in running.items():
        ran[stack[-1:]] += seconds
    waits = {
        line
        for line, stacks in seen.items()
        if 2 * (sum(_awake(stacks).values()) if native else ran[line]) < sum(stacks.values())
    }
    found = Ran(defaultdict(float), {})
    for stack, seconds in running.items():
        if stack[-1:] not in waits:
            calls = _awake(seen.get(stack[-1:], {})) or {stack: 1.0}
            for call, each in calls.items():
                found.running[stack + call[_callee(call) :]] += seconds * each / sum(calls.values())
        elif not native:
            found.waking[stack] = seconds
    if native:
        for line in waits | {()}:  # and what was called by no line of Python
            found.running.update(_awake(seen.get(line, {})))
    return found


def _callee(stack: Stack) -> int:
    """The place of the native frames that its innermost line of Python called."""
    return next((place + 1 for place in range(len(stack) - 1, -1, -1) if not stack[place].native), 0)


def _awake(stacks: Mapping[Stack, float]) -> dict[Stack, float]:
    return {stack: seconds for stack, seconds in stacks.items() if not is_blocking(stack)}


@cache
def _frame(text: str) -> Frame:
    """`app (/lab/wsgi/app.py:12)`; `epoll_wait (libc.so.6)`."""
    name, opened, rest = text.rpartition(" (")
    if not opened:
        return Frame(text, "", 0)
    file, _, line = rest.removesuffix(")").rpartition(":")
    return Frame(name, file, int(line)) if file and line.isdigit() else Frame(name, rest.removesuffix(")"), 0)


@cache
def category_of(frame: Frame) -> str | None:
    """None where it is its caller's: libraries, most of the standard library, memory and strings of the C library."""
    file = frame.file
    if file == KERNEL_FILE or _is_call(frame) or (frame.name == SYSCALL and _is_c_library(frame)):
        return KERNEL
    if file.startswith("/lab/"):
        return _of_folder(file.removeprefix("/lab/"))
    if _SITE.match(file):
        found = PACKAGES.get(_SITE.sub("", file).split("/")[0].split(".")[0])
        return NATIVE if frame.native and found == SERVER else found
    if _STDLIB.match(file):
        return STDLIB.get(_STDLIB.sub("", file).split("/")[0])
    return APPLICATION if _is_module(frame) else None


def _is_module(frame: Frame) -> bool:
    """Of an application: no library, no <frozen importlib> or <string>, nor the script that starts a server."""
    return frame.file.startswith("/") and frame.file.endswith(".py") and "/bin/" not in frame.file


def _of_folder(path: str) -> str | None:
    folder, _, _ = path.partition("/")
    return LAB_FOLDERS.get(path, LAB_FOLDERS.get(folder))


def owner(stack: Stack) -> tuple[str, Frame]:
    """The category that a sample counts for, and the frame that decides: the innermost that has one.

    Where that is the kernel or native code, the function is its innermost Python caller, whose line it is.
    """
    for place in range(len(stack) - 1, -1, -1):
        if (category := category_of(stack[place])) is not None:
            return category, stack[place]
    return SERVER, stack[-1]


def line_of(stack: Stack) -> Frame:
    """The function whose own time a sample is: the innermost Python frame that is no library's."""
    for frame in reversed(stack):
        if not frame.native and category_of(frame) is not None:
            return frame
    return stack[-1]


def place_of_wait(frames: Sequence[str]) -> str:
    """Of what waits, outermost frame first: the application's line that it is in, else its innermost."""
    stack = [_frame(each) for each in frames]
    found = next((each for each in reversed(stack) if category_of(each) == APPLICATION), stack[-1])
    return f"{found.name} ({short(found.file)}:{found.line})"


def by_category(stacks: Mapping[Stack, float]) -> dict[str, float]:
    found: dict[str, float] = defaultdict(float)
    for stack, count in stacks.items():
        found[owner(stack)[0]] += count
    return dict(found)


def by_function(stacks: Mapping[Stack, float]) -> list[tuple[str, float]]:
    """Functions with their own time, most first: `burn (contender/workload.py)`."""
    found: dict[str, float] = defaultdict(float)
    for stack, count in stacks.items():
        frame = line_of(stack)
        found[f"{frame.name} ({short(frame.file)})"] += count
    return sorted(found.items(), key=lambda each: -each[1])


@cache
def short(file: str) -> str:
    """Without the place where packages, the standard library or the lab are."""
    for pattern in (_SITE, _STDLIB):
        if pattern.match(file):
            return pattern.sub("", file)
    return file.removeprefix("/lab/")


@dataclass(frozen=True, slots=True)
class Thinned:
    """What is stored of stacks: frames once, as [name, file, line, category], and stacks as [µs, frame...]."""

    frames: list[list[Any]]
    stacks: list[list[float]]
    dropped: float  # µs of stacks that are not stored

    def size(self) -> int:
        """About, as JSON."""
        return sum(len(each[0]) + len(each[1]) + 30 for each in self.frames) + sum(
            5 * len(each) for each in self.stacks
        )


def thinned(stacks: Mapping[Stack, float], least: float = LEAST, largest: int = LARGEST) -> Thinned:
    """The heaviest, as many as there is room for."""
    total = sum(stacks.values())
    kept = sorted(((us, stack) for stack, us in stacks.items() if us >= least * total), reverse=True)
    while True:
        made = _interned(kept, total)
        if made.size() <= largest or not kept:
            return made
        kept = kept[: min(len(kept) - 1, int(len(kept) * largest / made.size()))]


def _interned(kept: Sequence[tuple[float, Stack]], total: float) -> Thinned:
    places: dict[Frame, int] = {}
    stacks = [[round(us, 2), *(places.setdefault(frame, len(places)) for frame in stack)] for us, stack in kept]
    frames: list[list[Any]] = [[each.name, short(each.file), each.line, _shown(each)] for each in places]
    return Thinned(frames, stacks, round(total - sum(us for us, _ in kept), 2))


def _shown(frame: Frame) -> str:
    """What a frame is drawn as; a library's has no category."""
    return category_of(frame) or "library"

"""What each lesson claims of its runs: whether it shows in these rows, and their figures.

A lesson is a file of services/lessons; its runs carry the tag `lesson:<name>/<number>`.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from bench.experiments import race
from bench.notices import LoopLag, Notice, PointMeasured, of
from bench.stats.phrases import count, lost_of, milliseconds, times
from bench.stats.points import failed, summarise_points
from bench.stats.probes import ProbeSummary, summarise_probes
from bench.stats.tail import tail

TAG = "lesson:"


@dataclass(frozen=True, slots=True)
class ClaimResult:
    holds: bool
    text: str


Params = dict[str, Any]
Rows = Sequence[Any]  # those of its experiment
Claim = Callable[[Params, Rows, Sequence[Notice]], ClaimResult]


def check_claim(tags: Iterable[str], params: Params, rows: Rows, notices: Sequence[Notice]) -> dict[str, Any] | None:
    """Of a lesson's run: its name, whether its claim holds, and what was seen; None of any other.

    Also None where the run is not the lesson's own any more: a contender was left out.
    """
    name = next((tag.removeprefix(TAG) for tag in tags if tag.startswith(TAG)), None)
    if name is None or name not in CLAIMS:
        return None
    try:
        shown = CLAIMS[name](params, rows, notices)
    except LookupError, StopIteration, TypeError, ValueError, ZeroDivisionError:
        shown = ClaimResult(False, "Too few responses to judge: check the errors.")
    return {"lesson": name, "holds": shown.holds, "text": shown.text}


# --- races ------------------------------------------------------------------------------------------------


def _races(rows: Rows) -> dict[str, race.RaceSummary]:
    return {each.contender: each for each in race.summaries(rows) if not each.errors}


def _last(one: race.RaceSummary) -> float:
    if one.last_ms is None:
        raise ValueError("nothing was answered")
    return one.last_ms


def _one_request(params: Params, rows: Rows, _: Sequence[Notice]) -> ClaimResult:
    sync, ms = _races(rows)["sync"], params["ms"]
    rounds = math.ceil(sync.answered / sync.processes)
    holds = sync.at_once <= sync.processes and _last(sync) >= 0.95 * rounds * ms
    begun = sorted(row.started - row.sent for row in rows)
    text = (
        f"The last of {sync.answered} requests was answered after {milliseconds(_last(sync))}: {rounds} rounds of "
        f"{ms:g} ms, because sync ran at most {sync.at_once} requests at once, one in each of its {sync.processes} "
        f"processes. Request {sync.processes + 1} waited {milliseconds(1000 * begun[sync.processes])} for a process "
        f"to return from its first."
    )
    return ClaimResult(holds, text)


def _patched(_: Params, rows: Rows, __: Sequence[Notice]) -> ClaimResult:
    races = _races(rows)
    sync, green = races["sync"], [races["gevent"], races["eventlet"]]
    factors = [_last(sync) / _last(each) for each in green]
    text = (
        f"The same file: sync's last answer came after {milliseconds(_last(sync))}, gevent's after "
        f"{milliseconds(_last(green[0]))} and eventlet's after {milliseconds(_last(green[1]))}, "
        f"{times(min(factors))} times as fast or more. gevent had {green[0].at_once} requests at work at once, "
        f"sync {sync.at_once}."
    )
    return ClaimResult(min(factors) > 2, text)


def _unpatched(_: Params, rows: Rows, __: Sequence[Notice]) -> ClaimResult:
    races = _races(rows)
    sync, green = races["sync"], [races["gevent"], races["eventlet"]]
    text = (
        f"Now gevent's last answer came after {milliseconds(_last(green[0]))} and eventlet's after "
        f"{milliseconds(_last(green[1]))}; sync's after {milliseconds(_last(sync))}, as before. "
        f"gevent ran {green[0].at_once} requests at once: one per process."
    )
    return ClaimResult(min(map(_last, green)) > 0.75 * _last(sync), text)


def _event_loop(_: Params, rows: Rows, __: Sequence[Notice]) -> ClaimResult:
    races = _races(rows)
    loop, green = races["uvicorn"], races["gevent"]
    text = (
        f"uvicorn had {loop.at_once} of {loop.answered} requests waiting at one moment, in {loop.processes} processes "
        f"with one thread each, and had answered all after {milliseconds(_last(loop))}; gevent {green.at_once}, "
        f"after {milliseconds(_last(green))}."
    )
    return ClaimResult(min(loop.at_once / loop.answered, green.at_once / green.answered) > 0.5, text)


def _threads(_: Params, rows: Rows, __: Sequence[Notice]) -> ClaimResult:
    races = _races(rows)
    pools = {name: races[name].at_once / races[name].processes for name in ("starlette", "uvicorn", "gthread")}
    phrases = ", ".join(
        f"{name} {races[name].at_once} ({pool:g}/process; finished after {milliseconds(_last(races[name]))})"
        for name, pool in pools.items()
    )
    bounded = pools["gthread"] <= 8 and pools["starlette"] <= 40
    return ClaimResult(bounded and pools["starlette"] > 2 * pools["uvicorn"], f"At work at one moment: {phrases}.")


def _computing(params: Params, rows: Rows, _: Sequence[Notice]) -> ClaimResult:
    races = _races(rows)
    took = {name: _last(races[name]) for name in ("sync", "gevent", "uvicorn")}
    phrases = ", ".join(f"{name}'s after {milliseconds(ms)}" for name, ms in took.items())
    work = params["ms"] * races["sync"].answered
    text = f"The last answers: {phrases}. All of it was {milliseconds(work)} of CPU time."
    return ClaimResult(max(took.values()) < 1.7 * min(took.values()) and min(took.values()) > work / 4, text)


def _streams(_: Params, rows: Rows, __: Sequence[Notice]) -> ClaimResult:
    races = _races(rows)
    sync, loop = _last(races["sync"]), _last(races["uvicorn"])
    text = (
        f"uvicorn's streams had all ended after {milliseconds(loop)}: side by side. sync's took "
        f"{milliseconds(sync)}, {times(sync / loop)} times as long: as many at a time as it has processes."
    )
    return ClaimResult(sync > 1.8 * loop, text)


# --- probes -----------------------------------------------------------------------------------------------


def _probes(rows: Rows) -> dict[tuple[str, str, str], ProbeSummary]:
    return {(each.contender, each.via, each.phase): each for each in summarise_probes(rows)}


def _blocking_line(params: Params, rows: Rows, notices: Sequence[Notice]) -> ClaimResult:
    probes = _probes(rows)
    before, during = (probes["uvicorn", "nginx", phase] for phase in ("before", "during"))
    slowest = tail(probes.values())
    usual, worst = before.latency(slowest) or 0.0, during.latency(slowest) or 0.0
    text = (
        f"The {slowest.name} of the /hello probes was {milliseconds(usual)} before, and {milliseconds(worst)} during "
        f"the {params['ms']:g} ms blocking requests: {times(worst / usual)}×, though /hello itself does nothing. "
    )
    (lag,) = of(LoopLag, notices)
    text += f"A watchdog thread saw an event loop blocked {count(lag.held, 'time')}, the last time by {lag.held_by}."
    return ClaimResult(worst > max(5 * usual, 0.5 * params["ms"]) and lag.held_by is not None, text)


def _slow_clients(params: Params, rows: Rows, _: Sequence[Notice]) -> ClaimResult:
    probes = _probes(rows)
    through, direct, loop = (
        probes[name, via, "during"] for name, via in (("sync", "nginx"), ("sync", "direct"), ("uvicorn", "direct"))
    )
    lost, slowest = direct.errors + direct.timeouts, tail(probes.values())
    usual, slowed, other = (each.latency(slowest) or 0.0 for each in (through, direct, loop))
    failed = f", and {lost} of {direct.sent} probes failed" if lost else ""
    text = (
        f"With {params['clients']} slow clients, the {slowest.name} of the /hello probes was {milliseconds(usual)} via "
        f"nginx on sync. Bypassing nginx, sync had no free worker: {milliseconds(slowed)}{failed}. uvicorn, also "
        f"direct: {milliseconds(other)}."
    )
    fine = not through.errors and not through.timeouts and not loop.errors and not loop.timeouts
    return ClaimResult(fine and (lost > 0 or slowed > 10 * usual), text)


def _silent_worker(_: Params, rows: Rows, __: Sequence[Notice]) -> ClaimResult:
    return ClaimResult(_lost(rows, "sync") > 0 and not _lost(rows, "gevent"), _fates(rows))


def _none_lost(_: Params, rows: Rows, __: Sequence[Notice]) -> ClaimResult:
    return ClaimResult(not any(each.errors for each in race.summaries(rows)), _fates(rows))


def _out_of_memory(_: Params, rows: Rows, __: Sequence[Notice]) -> ClaimResult:
    return ClaimResult(_lost(rows, "gevent") > 0, _fates(rows))


def _lost(rows: Rows, contender: str) -> int:
    return next(each.errors for each in race.summaries(rows) if each.contender == contender)


def _fates(rows: Rows) -> str:
    """How many of each contender's requests were answered, and what became of the others."""
    phrases = []
    for each in race.summaries(rows):
        why = f" ({each.failures})" if each.errors else ""
        phrases.append(lost_of(each.contender, each.errors, each.errors + each.answered) + why)
    if not phrases:
        raise ValueError("nothing was sent")
    return f"{'; '.join(phrases)}."


# --- points -----------------------------------------------------------------------------------------------


def _how_many(params: Params, rows: Rows, _: Sequence[Notice]) -> ClaimResult:
    rates = {row.workers: row.rate for row in rows if row.contender == "sync"}
    one, most = min(params["counts"]), max(params["counts"])
    factor = rates[most] / rates[one]
    text = (
        f"sync carried {rates[one]:,.0f} requests a second with {one} worker and {rates[most]:,.0f} with {most}: "
        f"{times(factor)} times as many."
    )
    return ClaimResult(factor > 0.6 * most / one, text)


def _the_queue(params: Params, rows: Rows, _: Sequence[Notice]) -> ClaimResult:
    points = {each.point: each.values for each in summarise_points(rows)}
    few, many = points[2], points[max(points)]
    flight = many["rps"] * many["p50_ms"] / 1000  # type: ignore[operator]
    text = (
        f"From 2 clients to {max(points):g}, throughput went from {few['rps']:.0f} to {many['rps']:.0f} a second, and "
        f"half of the answers from {milliseconds(few['p50_ms'] or 0)} to {milliseconds(many['p50_ms'] or 0)}. "
        f"Little's law: {many['rps']:.0f} a second times {milliseconds(many['p50_ms'] or 0)} are {flight:.1f} requests "
        f"in flight."
    )
    flat = many["rps"] < 1.4 * few["rps"]  # type: ignore[operator]
    return ClaimResult(flat and many["p50_ms"] > 4 * few["p50_ms"], text)  # type: ignore[operator]


def _the_clock(params: Params, rows: Rows, notices: Sequence[Notice]) -> ClaimResult:
    (point,) = (each for each in summarise_points(rows, notices) if each.contender == "sync")
    slowest = tail([point])
    due, sent = point.latency(slowest), point.uncorrected(slowest) or 0.0
    text = (
        f"{params['rate']:g} req/s were scheduled, and {point.values['rps']:.1f} were answered. The {slowest.name} was "
        f"{milliseconds(due)} from the scheduled time; uncorrected, from when the request was sent, "
        f"{milliseconds(sent)}: {times(due / sent)}× too low."
    )
    return ClaimResult(due > 1.5 * sent, text)


def _none_failed(_: Params, rows: Rows, __: Sequence[Notice]) -> ClaimResult:
    return ClaimResult(not any(map(failed, rows)), _toll(rows))


def _restarted(_: Params, rows: Rows, __: Sequence[Notice]) -> ClaimResult:
    return ClaimResult(all(map(failed, rows)), _toll(rows))


def _keep_alive_race(_: Params, rows: Rows, __: Sequence[Notice]) -> ClaimResult:
    return ClaimResult(any(map(failed, rows)), _toll(rows))


def _replaced(_: Params, rows: Rows, notices: Sequence[Notice]) -> ClaimResult:
    gone = {doubt["kind"] for point in of(PointMeasured, notices) for doubt in point.doubts} & {"process-lost"}
    return ClaimResult(not any(map(failed, rows)) and bool(gone), f"{_toll(rows)} {_slowest(rows)}")


def _kept(_: Params, rows: Rows, __: Sequence[Notice]) -> ClaimResult:
    return ClaimResult(not any(map(failed, rows)), f"{_toll(rows)} {_slowest(rows)}")


def _slowest(rows: Rows) -> str:
    phrases = []
    for row in sorted(rows, key=lambda row: str(row.contender)):
        usual, slowest = milliseconds(row.p50_ms), milliseconds(row.max_ms)
        phrases.append(f"{row.contender}: p50 {usual}, maximum {slowest}")
    return f"{'; '.join(phrases)}."


def _toll(rows: Rows) -> str:
    phrases = [
        lost_of(str(row.contender), failed(row), failed(row) + row.requests)
        for row in sorted(rows, key=lambda row: str(row.contender))
    ]
    if not phrases:
        raise ValueError("nothing was measured")
    return f"{'; '.join(phrases)}."


def _framework(_: Params, __: Rows, notices: Sequence[Notice]) -> ClaimResult:
    costs: dict[str, list[float]] = {"uvicorn": [], "starlette": []}
    for each in of(PointMeasured, notices):
        if each.contender in costs and each.cpu_us is not None:
            costs[each.contender].append(each.cpu_us)
    bare, framework = (median(each) for each in costs.values())
    text = (
        f"CPU per request: uvicorn {bare:.0f} µs, Starlette on uvicorn {framework:.0f}: "
        f"{framework - bare:.0f} µs more. In a request that waits for 20 ms there is room for "
        f"{20_000 / (framework - bare):,.0f} of those."
    )
    return ClaimResult(framework > bare, text)


def _versions(_: Params, rows: Rows, __: Sequence[Notice]) -> ClaimResult:
    from bench.experiments import waterfall  # noqa: PLC0415 HTTP/3, which the process that others are forked from lacks

    pages: dict[str, Any] = {each.protocol: each for each in waterfall.summaries(rows)}
    one, two, three = (pages[protocol].last_ms for protocol in ("http/1.1", "h2", "h3"))
    text = (
        f"The page was there after {milliseconds(one)} over {pages['http/1.1'].connections} connections of HTTP/1.1, "
        f"after {milliseconds(two)} over one of HTTP/2, and after {milliseconds(three)} over one of HTTP/3."
    )
    return ClaimResult(max(two, three) < 0.75 * one, text)


def _collected(_: Params, rows: Rows, __: Sequence[Notice]) -> ClaimResult:
    ways = {row.via: row for row in rows if row.feature == "sse"}
    late, direct = ways["nginx-tls"], ways["direct"]
    text = f"By TLS, through nginx: {late.evidence}. Directly: {direct.evidence}."
    return ClaimResult(late.verdict == "no" and direct.verdict == "yes", text)


def _one_by_one(_: Params, rows: Rows, __: Sequence[Notice]) -> ClaimResult:
    ways = {row.via: row for row in rows if row.feature == "sse"}
    text = f"By TLS, through nginx: {ways['nginx-tls'].evidence}."
    return ClaimResult(all(row.verdict == "yes" for row in ways.values()), text)


CLAIMS: dict[str, Claim] = {
    "one-request/1": _one_request,
    "monkey-patching/1": _patched,
    "monkey-patching/2": _unpatched,
    "event-loop/1": _event_loop,
    "blocking-line/1": _blocking_line,
    "threads/1": _threads,
    "computing/1": _computing,
    "how-many-workers/1": _how_many,
    "the-queue/1": _the_queue,
    "the-clock/1": _the_clock,
    "slow-clients/1": _slow_clients,
    "what-wsgi-cannot-say/1": _streams,
    "http-versions/1": _versions,
    "a-framework/1": _framework,
    "restart/1": _none_failed,
    "restart/2": _restarted,
    # Broken on purpose, and mended.
    "silent-worker/1": _silent_worker,
    "silent-worker/2": _none_lost,
    "keep-alive-race/1": _keep_alive_race,
    "keep-alive-race/2": _none_failed,
    "out-of-memory/1": _out_of_memory,
    "out-of-memory/2": _none_lost,
    "buffered-stream/1": _collected,
    "buffered-stream/2": _one_by_one,
    "replaced-workers/1": _replaced,
    "replaced-workers/2": _kept,
}
